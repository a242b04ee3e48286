/* SPDX-License-Identifier: Apache-2.0 */
#include "types/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void pw_base64_encode(const uint8_t *data, size_t length, char *out) {
    size_t i = 0;
    for (; i + 3 <= length; i += 3, out += 4) {
        uint32_t bits = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
        out[0] = alphabet[bits >> 18];
        out[1] = alphabet[bits >> 12 & 63];
        out[2] = alphabet[bits >> 6 & 63];
        out[3] = alphabet[bits & 63];
    }
    if (i == length) return;
    bool has_two = length - i == 2;
    uint32_t bits = (uint32_t)data[i] << 16 | (has_two ? (uint32_t)data[i + 1] << 8 : 0);
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = has_two ? alphabet[bits >> 6 & 63] : '=';
    out[3] = '=';
}

/* 0 to 63, or 64 for a character that is not in the alphabet. */
static uint32_t value_of(char c) {
    if (c >= 'A' && c <= 'Z') return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z') return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9') return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

bool pw_base64_decode(pw_str text, uint8_t *out, size_t *length) {
    uint8_t *start = out;
    size_t end = text.length, padding = 0;
    while (padding < 2 && end > 0 && text.data[end - 1] == '=') {
        end--;
        padding++;
    }
    if (padding > 0 && text.length % 4 != 0) return false;
    uint32_t bits = 0;
    for (size_t i = 0; i < end; i++) {
        uint32_t value = value_of(text.data[i]);
        if (value == 64) return false;
        bits = bits << 6 | value;
        if (i % 4 == 3) {
            *out++ = (uint8_t)(bits >> 16);
            *out++ = (uint8_t)(bits >> 8);
            *out++ = (uint8_t)bits;
        }
    }
    if (end % 4 == 1) return false;
    if (end % 4 == 2) *out++ = (uint8_t)(bits >> 4);
    if (end % 4 == 3) {
        *out++ = (uint8_t)(bits >> 10);
        *out++ = (uint8_t)(bits >> 2);
    }
    *length = (size_t)(out - start);
    return true;
}
