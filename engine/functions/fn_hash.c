/* MD5 (RFC 1321). SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
static const uint8_t turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static void md5_block(uint32_t state[4], const uint8_t *block) {
    uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
                   (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t mixed, word;
        if (i < 16) {
            mixed = (b & c) | (~b & d);
            word = i;
        } else if (i < 32) {
            mixed = (d & b) | (~d & c);
            word = (5 * i + 1) % 16;
        } else if (i < 48) {
            mixed = b ^ c ^ d;
            word = (3 * i + 5) % 16;
        } else {
            mixed = c ^ (b | ~d);
            word = 7 * i % 16;
        }
        uint32_t sum = a + mixed + sines[i] + words[word], turn = turns[i / 16][i % 4];
        a = d;
        d = c;
        c = b;
        b += sum << turn | sum >> (32 - turn);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

/* Whole blocks, then the rest with a one bit, zeros and the length in bits. */
static void md5_of(pw_str text, uint8_t digest[16]) {
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    uint8_t last[128] = {0};
    size_t whole = text.length / 64 * 64, rest = text.length - whole;
    for (size_t i = 0; i < whole; i += 64)
        md5_block(state, (const uint8_t *)text.data + i);
    if (rest) memcpy(last, text.data + whole, rest);
    last[rest] = 0x80;
    size_t bytes = rest < 56 ? 64 : 128;
    uint64_t bits = (uint64_t)text.length * 8;
    for (int i = 0; i < 8; i++)
        last[bytes - 8 + (size_t)i] = (uint8_t)(bits >> (8 * i));
    for (size_t i = 0; i < bytes; i += 64)
        md5_block(state, last + i);
    for (int i = 0; i < 16; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
}

static void md5(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        uint8_t digest[16];
        char *hex = pw_arena_alloc(call->arena, 32);
        md5_of(pw_arg_str(call, 0, row), digest);
        for (size_t i = 0; i < 32; i++)
            hex[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
        call->out[row] = pw_slot_text(hex, 32);
    }
}

static const pw_function hash_rows[] = {
    {.signature = "MD5(s STRING) -> STRING",
     .doc = "The MD5 of the text's UTF-8 bytes, in hexadecimal.",
     .example = "MD5('') = 'd41d8cd98f00b204e9800998ecf8427e'",
     .scalar = md5,
     .flags = PW_FN_NULL_IN_NULL_OUT},
};

const pw_function_family pw_functions_hash = PW_FUNCTION_FAMILY("STRING", hash_rows);
