/* RANDOM and UUID. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "functions/functions_private.h"

enum { UUID_BYTES = 16, UUID_TEXT_BYTES = 36 };

static void random_number(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        uint64_t bits;
        arc4random_buf(&bits, sizeof bits);
        call->out[row] = pw_slot_f64((double)(bits >> 11) * 0x1p-53);
    }
}

static pw_slot uuid_text(pw_arena *arena, const uint8_t *bytes) {
    char *text = pw_arena_alloc(arena, UUID_TEXT_BYTES);
    size_t length = 0;
    for (int i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text[length++] = '-';
        text[length++] = "0123456789abcdef"[bytes[i] >> 4];
        text[length++] = "0123456789abcdef"[bytes[i] & 15];
    }
    return pw_slot_text(text, length);
}

static void uuid_random(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        uint8_t bytes[UUID_BYTES];
        arc4random_buf(bytes, sizeof bytes);
        bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
        call->out[row] = uuid_text(call->arena, bytes);
    }
}

static void uuid_from_bytes(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *value = pw_arg(call, 0, row);
        call->out[row] =
            value->length == UUID_BYTES ? uuid_text(call->arena, value->bytes) : pw_slot_null();
    }
}

static const pw_function random_rows[] = {
    {.signature = "RANDOM() -> DOUBLE",
     .doc = "A random number from 0 to below 1, another one for each row.",
     .example = "RANDOM() BETWEEN 0 AND 1",
     .scalar = random_number,
     .flags = PW_FN_VOLATILE},
    {.signature = "UUID() -> STRING",
     .doc = "A random UUID, another one for each row.",
     .example = "LEN(UUID()) = 36",
     .scalar = uuid_random,
     .flags = PW_FN_VOLATILE},
    {.signature = "UUID(bytes BYTES) -> STRING",
     .doc = "16 bytes written as a UUID; NULL for another length.",
     .example = "UUID(TO_BYTES('000102030405060708090A0B0C0D0E0F', 'hex')) = "
                "'00010203-0405-0607-0809-0a0b0c0d0e0f'",
     .scalar = uuid_from_bytes,
     .flags = PW_FN_NULL_IN_NULL_OUT},
};

const pw_function_family pw_functions_random = PW_FUNCTION_FAMILY("MATHEMATICAL", random_rows);
