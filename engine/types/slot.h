/* A slot is one SQL value: 16 bytes, its type known from outside. Values that do not fit point
 * into an arena, usually the batch's.
 *
 *   BOOLEAN INTEGER BIGINT   i64 (INTEGER is kept in the range of 32 bits)
 *   DATE TIME TIMESTAMP      i64: days since 1970, milliseconds of the day, milliseconds since 1970
 *   DOUBLE                   f64
 *   DECIMAL(p,s)             unscaled value: i64 if p <= 18, else *i128 (types/decimal.h)
 *   STRING BYTES             text/bytes and length in bytes; STRING is valid UTF-8
 *   ARRAY                    items[length]
 *   MAP                      items[2 * length]: key, value, key, value ... in insertion order
 *   STRUCT                   items[length], one per field of the type
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_SLOT_H
#define PW_TYPES_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct pw_slot pw_slot;
__extension__ typedef __int128 pw_i128;

struct pw_slot {
    uint32_t is_null; /* 0 or 1; when 1 the rest means nothing */
    uint32_t length;
    union {
        int64_t i64;
        double f64;
        const char *text;
        const uint8_t *bytes;
        const pw_slot *items;
        const pw_i128 *i128;
    };
};

_Static_assert(sizeof(pw_slot) == 16, "a slot is 16 bytes: columns are arrays of them");

static inline pw_slot pw_slot_null(void) {
    return (pw_slot){.is_null = 1, .length = 0, {.i64 = 0}};
}
static inline pw_slot pw_slot_i64(int64_t value) {
    return (pw_slot){.is_null = 0, .length = 0, {.i64 = value}};
}
static inline pw_slot pw_slot_f64(double value) {
    return (pw_slot){.is_null = 0, .length = 0, {.f64 = value}};
}
static inline pw_slot pw_slot_text(const char *text, size_t length) {
    return (pw_slot){.is_null = 0, .length = (uint32_t)length, {.text = text}};
}
static inline pw_slot pw_slot_str(pw_str text) {
    return pw_slot_text(text.data, text.length);
}
static inline pw_slot pw_slot_items(const pw_slot *items, uint32_t length) {
    return (pw_slot){.is_null = 0, .length = length, {.items = items}};
}
static inline pw_str pw_slot_as_str(const pw_slot *slot) {
    return (pw_str){slot->text, slot->length};
}

#endif
