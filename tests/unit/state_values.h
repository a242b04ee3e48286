/* Random values of every type, with the awkward ones often. SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_VALUES_H
#define STATE_VALUES_H

#include <math.h>

#include "base/utf8.h"
#include "state_fixture.h"
#include "types/compare.h"
#include "types/decimal.h"

enum { VALUE_TYPES_MAX = 24 };

/* Every scalar type, decimals narrow and wide, and nested ones. Returns how many. */
static inline uint32_t value_types(pw_arena *arena, const pw_type **types) {
    uint32_t count = 0;
    static const pw_type_kind scalars[] = {PW_TYPE_BOOLEAN, PW_TYPE_INTEGER, PW_TYPE_BIGINT,
                                           PW_TYPE_DOUBLE,  PW_TYPE_STRING,  PW_TYPE_BYTES,
                                           PW_TYPE_DATE,    PW_TYPE_TIME,    PW_TYPE_TIMESTAMP};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        types[count++] = pw_type_scalar(scalars[i]);
    }
    types[count++] = pw_type_decimal(arena, 4, 2);
    types[count++] = pw_type_decimal(arena, 18, 0);
    types[count++] = pw_type_decimal(arena, 19, 5);
    types[count++] = pw_type_decimal(arena, 38, 10);
    types[count++] = pw_type_array(arena, &pw_type_string);
    types[count++] = pw_type_array(arena, pw_type_array(arena, &pw_type_integer));
    types[count++] = pw_type_map(arena, &pw_type_string, &pw_type_double);
    pw_field *fields = PW_NEW_ARRAY(arena, pw_field, 2);
    fields[0] = (pw_field){PW_STR("A"), &pw_type_bytes};
    fields[1] = (pw_field){PW_STR("b"), types[count - 4]};
    types[count++] = pw_type_struct(arena, fields, 2);
    return count;
}

static inline int64_t value_integer(uint64_t *seed) {
    static const int64_t edges[] = {0,    1,         -1,        127,       128,
                                    -128, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    uint64_t random = fixture_random(seed);
    if (random % 4 == 0) return edges[random / 4 % 10];
    return (int64_t)fixture_random(seed) >> (random >> 8) % 64;
}

static inline double value_double(uint64_t *seed) {
    static const double edges[] = {0.0,       -0.0, 1.0,    -1.0,    INFINITY,
                                   -INFINITY, NAN,  5e-324, -5e-324, 1.7976931348623157e308};
    uint64_t random = fixture_random(seed);
    if (random % 2 == 0) return edges[random / 2 % 10];
    uint64_t bits = fixture_random(seed);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value == value ? value : NAN;
}

static inline pw_slot value_text(pw_arena *arena, uint64_t *seed, bool is_bytes) {
    /* Few characters, so that texts share beginnings: NUL, ASCII, both sides of the surrogates. */
    static const uint32_t codes[] = {0,      'a',    'b',    0x7F,    0x80,    0x7FF,
                                     0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
    uint32_t count = (uint32_t)(fixture_random(seed) % 12);
    char *text = pw_arena_alloc(arena, 4 * count + 1);
    size_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t random = fixture_random(seed);
        if (is_bytes)
            text[length++] = (char)(random % 3 ? random >> 8 : (random >> 8) % 2 * 0x80);
        else
            length += pw_utf8_encode(codes[random % (random & 64 ? 3 : 11)], text + length);
    }
    return pw_slot_text(text, length);
}

static inline pw_slot value_random(pw_arena *arena, const pw_type *type, uint64_t *seed);

static inline pw_slot value_items(pw_arena *arena, const pw_type *type, uint64_t *seed) {
    uint32_t length = (uint32_t)(fixture_random(seed) % 4);
    if (type->kind == PW_TYPE_STRUCT) length = type->field_count;
    uint32_t count = type->kind == PW_TYPE_MAP ? 2 * length : length;
    pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        bool is_key = type->kind == PW_TYPE_MAP && i % 2 == 0;
        const pw_type *item = type->kind == PW_TYPE_STRUCT ? type->fields[i].type
                              : is_key                     ? type->key
                                                           : type->element;
        items[i] = value_random(arena, item, seed);
        if (is_key) {
            /* Keys of a map are not NULL and differ from each other. */
            items[i] = pw_slot_str(pw_arena_format(arena, "%u%u", (unsigned)(*seed >> 60), i));
        }
    }
    return pw_slot_items(items, length);
}

static inline pw_slot value_random(pw_arena *arena, const pw_type *type, uint64_t *seed) {
    if (fixture_random(seed) % 8 == 0) return pw_slot_null();
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: return pw_slot_i64((int64_t)(fixture_random(seed) % 2));
    case PW_TYPE_INTEGER: return pw_slot_i64((int32_t)value_integer(seed));
    case PW_TYPE_BIGINT: return pw_slot_i64(value_integer(seed));
    case PW_TYPE_DATE: return pw_slot_i64(value_integer(seed) % 3000000);
    case PW_TYPE_TIME: return pw_slot_i64((int64_t)(fixture_random(seed) % 86400000));
    case PW_TYPE_TIMESTAMP: return pw_slot_i64(value_integer(seed) % INT64_C(200000000000000));
    case PW_TYPE_DOUBLE: return pw_slot_f64(value_double(seed));
    case PW_TYPE_STRING: return value_text(arena, seed, false);
    case PW_TYPE_BYTES: return value_text(arena, seed, true);
    case PW_TYPE_DECIMAL: {
        pw_i128 value =
            (pw_i128)value_integer(seed) * (type->precision > 18 ? value_integer(seed) : 1);
        value %= pw_decimal_power_of_ten(type->precision);
        return pw_decimal_slot(arena, type, value);
    }
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: return value_items(arena, type, seed);
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    }
    return pw_slot_null();
}

#endif
