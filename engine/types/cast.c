/* CAST from one SQL type to another: which casts exist, and what each one does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/cast.h"

#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "types/base64.h"
#include "types/compare.h"
#include "types/decimal.h"
#include "types/number_text.h"
#include "types/temporal.h"
#include "types/types_private.h"

enum { SHOWN_TEXT_BYTES_MAX = 64 }; /* of a text that an error message quotes */

#define TO(kind) (UINT32_C(1) << PW_TYPE_##kind)

/* The kinds that a scalar kind can be cast to, besides itself. */
static const uint32_t targets[PW_TYPE_KIND_COUNT] = {
    [PW_TYPE_BOOLEAN] = TO(STRING),
    [PW_TYPE_INTEGER] = TO(BIGINT) | TO(DECIMAL) | TO(DOUBLE) | TO(STRING),
    [PW_TYPE_BIGINT] = TO(INTEGER) | TO(DECIMAL) | TO(DOUBLE) | TO(STRING),
    [PW_TYPE_DECIMAL] = TO(INTEGER) | TO(BIGINT) | TO(DOUBLE) | TO(STRING),
    [PW_TYPE_DOUBLE] = TO(INTEGER) | TO(BIGINT) | TO(DECIMAL) | TO(STRING),
    [PW_TYPE_STRING] = TO(BOOLEAN) | TO(INTEGER) | TO(BIGINT) | TO(DECIMAL) | TO(DOUBLE) |
                       TO(BYTES) | TO(DATE) | TO(TIME) | TO(TIMESTAMP),
    [PW_TYPE_BYTES] = TO(STRING),
    [PW_TYPE_DATE] = TO(TIMESTAMP) | TO(STRING),
    [PW_TYPE_TIME] = TO(STRING),
    [PW_TYPE_TIMESTAMP] = TO(DATE) | TO(TIME) | TO(STRING),
    [PW_TYPE_ARRAY] = TO(STRING),
    [PW_TYPE_MAP] = TO(STRING),
    [PW_TYPE_STRUCT] = TO(STRING),
};

bool pw_cast_is_allowed(const pw_type *from, const pw_type *to) {
    if (from->kind == PW_TYPE_NULL) return true;
    if (from->kind != to->kind) return (targets[from->kind] >> to->kind & 1) != 0;
    if (from->kind == PW_TYPE_ARRAY) return pw_cast_is_allowed(from->element, to->element);
    if (from->kind == PW_TYPE_MAP) {
        return pw_cast_is_allowed(from->key, to->key) &&
               pw_cast_is_allowed(from->element, to->element);
    }
    if (from->kind != PW_TYPE_STRUCT) return true;
    for (uint32_t i = 0; i < from->field_count; i++) {
        int32_t target = pw_type_field_index(to, from->fields[i].name);
        if (target < 0) continue;
        if (!pw_cast_is_allowed(from->fields[i].type, to->fields[target].type)) return false;
    }
    return true;
}

/* "'abc' is not a number", the text cut to a bearable length. */
static const char *describe(pw_arena *arena, pw_str text, const char *what) {
    size_t shown = 0;
    while (shown < text.length && shown < SHOWN_TEXT_BYTES_MAX) {
        size_t length = pw_utf8_length(text.data + shown, text.length - shown);
        shown += length ? length : 1;
    }
    if (shown > text.length) shown = text.length;
    const char *more = shown < text.length ? "..." : "";
    return pw_arena_format(arena, "'%.*s%s' is not %s", (int)shown, text.data, more, what).data;
}

/* Any beginning of "true" and "yes" is TRUE, everything else FALSE. */
static bool text_is_true(pw_str text) {
    if (text.length == 0) return false;
    return pw_str_equal_nocase(text, (pw_str){"true", text.length < 4 ? text.length : 4}) ||
           pw_str_equal_nocase(text, (pw_str){"yes", text.length < 3 ? text.length : 3});
}

static const char *text_to_decimal(pw_arena *arena, pw_str text, const pw_type *to, pw_slot *out) {
    pw_i128 unscaled;
    const char *problem = pw_decimal_parse_as(text, to->precision, to->scale, true, &unscaled);
    if (problem) return describe(arena, text, "a number that fits the DECIMAL");
    *out = pw_decimal_slot(arena, to, unscaled);
    return NULL;
}

static const char *text_to_bytes(pw_arena *arena, pw_str text, pw_slot *out) {
    uint8_t *bytes = pw_arena_alloc(arena, pw_base64_data_length_max(text.length));
    size_t length;
    if (!pw_base64_decode(text, bytes, &length)) return describe(arena, text, "base64");
    *out = pw_slot_text((const char *)bytes, length);
    return NULL;
}

static const char *cast_text(pw_arena *arena, const pw_slot *value, const pw_type *to,
                             pw_slot *out) {
    pw_str full = pw_slot_as_str(value), text = pw_java_trim(full);
    int64_t number = 0;
    double real = 0;
    const char *what = NULL;
    switch (to->kind) {
    case PW_TYPE_BOOLEAN: number = text_is_true(text); break;
    case PW_TYPE_INTEGER: what = pw_i32_parse(text, &number) ? NULL : "an INTEGER"; break;
    case PW_TYPE_BIGINT: what = pw_i64_parse(text, &number) ? NULL : "a BIGINT"; break;
    case PW_TYPE_DATE: what = pw_date_parse(text, &number) ? NULL : "a DATE"; break;
    case PW_TYPE_TIME: what = pw_time_parse(text, &number) ? NULL : "a TIME"; break;
    case PW_TYPE_TIMESTAMP: what = pw_timestamp_parse(text, &number) ? NULL : "a TIMESTAMP"; break;
    case PW_TYPE_DOUBLE:
        /* NaN and infinities are no SQL values: neither their names nor an overflow is accepted. */
        if (!pw_double_parse(text, &real) || !__builtin_isfinite(real)) {
            return describe(arena, full, "a DOUBLE");
        }
        *out = pw_slot_f64(real);
        return NULL;
    case PW_TYPE_DECIMAL: return text_to_decimal(arena, text, to, out);
    case PW_TYPE_BYTES: return text_to_bytes(arena, full, out);
    case PW_TYPE_NULL:
    case PW_TYPE_STRING:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: PW_UNREACHABLE();
    }
    if (what) return describe(arena, full, what);
    *out = pw_slot_i64(number);
    return NULL;
}

static int64_t wrap_to_i32(int64_t value) {
    return (int32_t)(uint32_t)(uint64_t)value;
}

/* As Java: towards zero, at the limits it stays there, NaN is 0. */
static int64_t double_to_integer(double value, int64_t smallest, int64_t largest) {
    if (value != value) return 0;
    if (value <= (double)smallest) return smallest;
    if (value >= (double)largest) return largest;
    return (int64_t)value;
}

static const char *number_to_decimal(pw_arena *arena, pw_i128 unscaled, int32_t scale,
                                     const pw_type *to, pw_slot *out) {
    pw_i128 limit = pw_decimal_power_of_ten(to->precision - to->scale);
    pw_i128 magnitude = unscaled < 0 ? -unscaled : unscaled;
    if (pw_decimal_compare(magnitude, scale, limit, 0) >= 0) return pw_decimal_overflow;
    if (!pw_decimal_rescale(unscaled, scale, to->scale, PW_ROUND_HALF_UP, &unscaled)) {
        return pw_decimal_overflow;
    }
    *out = pw_decimal_slot(arena, to, unscaled);
    return NULL;
}

static const char *cast_integer(pw_arena *arena, int64_t value, const pw_type *to, pw_slot *out) {
    if (to->kind == PW_TYPE_DECIMAL) return number_to_decimal(arena, value, 0, to, out);
    if (to->kind == PW_TYPE_DOUBLE) {
        *out = pw_slot_f64((double)value);
    } else {
        *out = pw_slot_i64(to->kind == PW_TYPE_INTEGER ? wrap_to_i32(value) : value);
    }
    return NULL;
}

static const char *cast_decimal(pw_arena *arena, const pw_type *from, const pw_slot *value,
                                const pw_type *to, pw_slot *out) {
    pw_i128 unscaled = pw_decimal_get(from, value);
    if (to->kind == PW_TYPE_DECIMAL) {
        return number_to_decimal(arena, unscaled, from->scale, to, out);
    }
    if (to->kind == PW_TYPE_DOUBLE) {
        *out = pw_slot_f64(pw_decimal_to_double(unscaled, from->scale));
        return NULL;
    }
    pw_i128 whole = 0;
    bool is_done = pw_decimal_rescale(unscaled, from->scale, 0, PW_ROUND_DOWN, &whole);
    PW_ASSERT(is_done);
    int64_t wrapped = (int64_t)(uint64_t)(pw_u128)whole;
    *out = pw_slot_i64(to->kind == PW_TYPE_INTEGER ? wrap_to_i32(wrapped) : wrapped);
    return NULL;
}

static const char *cast_double(pw_arena *arena, double value, const pw_type *to, pw_slot *out) {
    if (to->kind == PW_TYPE_INTEGER) {
        *out = pw_slot_i64(double_to_integer(value, INT32_MIN, INT32_MAX));
    } else if (to->kind == PW_TYPE_BIGINT) {
        *out = pw_slot_i64(double_to_integer(value, INT64_MIN, INT64_MAX));
    } else {
        pw_i128 unscaled;
        const char *problem = pw_decimal_cast_double(value, to->precision, to->scale, &unscaled);
        if (problem) return problem;
        *out = pw_decimal_slot(arena, to, unscaled);
    }
    return NULL;
}

static void cast_temporal(const pw_type *from, int64_t value, const pw_type *to, pw_slot *out) {
    if (from->kind == PW_TYPE_DATE) { /* to TIMESTAMP, at the limits it stays there */
        int64_t ms;
        if (__builtin_mul_overflow(value, (int64_t)PW_MS_PER_DAY, &ms)) {
            ms = value < 0 ? INT64_MIN : INT64_MAX;
        }
        *out = pw_slot_i64(ms);
        return;
    }
    *out = pw_slot_i64(to->kind == PW_TYPE_DATE ? pw_floor_div(value, PW_MS_PER_DAY)
                                                : pw_floor_mod(value, PW_MS_PER_DAY));
}

/* Short texts are written where they are to live; collections, of unknown length, take a detour. */
static void cast_to_text(pw_arena *arena, const pw_type *from, const pw_slot *value, pw_slot *out) {
    if (from->kind == PW_TYPE_BYTES) {
        size_t length = pw_base64_text_length(value->length);
        char *text = pw_arena_alloc(arena, length ? length : 1);
        pw_base64_encode(value->bytes, value->length, text);
        *out = pw_slot_text(text, length);
    } else if (pw_type_is_nested(from)) {
        pw_buf text;
        pw_buf_init(&text);
        pw_slot_print_text(from, value, &text);
        *out = pw_slot_str(pw_arena_str(arena, pw_buf_str(&text)));
        pw_buf_deinit(&text);
    } else {
        char text[PW_SCALAR_TEXT_MAX];
        size_t length = pw_scalar_write(from, value, text);
        char *copy = pw_arena_alloc(arena, length);
        memcpy(copy, text, length);
        *out = pw_slot_text(copy, length);
    }
}

static const char *cast_array(pw_arena *arena, const pw_type *from, const pw_slot *value,
                              const pw_type *to, pw_slot *out) {
    pw_slot *items = pw_arena_alloc(arena, (value->length + 1) * sizeof *items);
    for (uint32_t i = 0; i < value->length; i++) {
        const char *problem =
            pw_cast(arena, from->element, &value->items[i], to->element, &items[i]);
        if (problem) return problem;
    }
    *out = pw_slot_items(items, value->length);
    return NULL;
}

/* Two keys may become one: the later value then takes the earlier one's place. */
static uint32_t find_key(const pw_type *type, const pw_slot *items, uint32_t count,
                         const pw_slot *key) {
    uint32_t i = 0;
    while (i < count && !pw_slot_equal(type, &items[2 * i], key))
        i++;
    return i;
}

static const char *cast_map(pw_arena *arena, const pw_type *from, const pw_slot *value,
                            const pw_type *to, pw_slot *out) {
    pw_slot *items = pw_arena_alloc(arena, ((size_t)value->length * 2 + 1) * sizeof *items);
    bool is_same_key = pw_type_equal(from->key, to->key);
    uint32_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const pw_slot *pair = &value->items[2 * i];
        pw_slot key, item;
        const char *problem = pw_cast(arena, from->key, &pair[0], to->key, &key);
        if (!problem) problem = pw_cast(arena, from->element, &pair[1], to->element, &item);
        if (problem) return problem;
        uint32_t place = is_same_key ? count : find_key(to->key, items, count, &key);
        items[2 * place] = key;
        items[2 * place + 1] = item;
        if (place == count) count++;
    }
    *out = pw_slot_items(items, count);
    return NULL;
}

/* Fields go by name: one that is new is NULL, one that the target lacks is dropped. */
static const char *cast_struct(pw_arena *arena, const pw_type *from, const pw_slot *value,
                               const pw_type *to, pw_slot *out) {
    pw_slot *items = pw_arena_alloc(arena, ((size_t)to->field_count + 1) * sizeof *items);
    for (uint32_t i = 0; i < to->field_count; i++) {
        int32_t source = pw_type_field_index(from, to->fields[i].name);
        items[i] = pw_slot_null();
        if (source < 0) continue;
        const char *problem = pw_cast(arena, from->fields[source].type, &value->items[source],
                                      to->fields[i].type, &items[i]);
        if (problem) return problem;
    }
    *out = pw_slot_items(items, to->field_count);
    return NULL;
}

static const char *cast_value(pw_arena *arena, const pw_type *from, const pw_slot *value,
                              const pw_type *to, pw_slot *out) {
    switch (from->kind) {
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: return cast_integer(arena, value->i64, to, out);
    case PW_TYPE_DOUBLE: return cast_double(arena, value->f64, to, out);
    case PW_TYPE_DECIMAL: return cast_decimal(arena, from, value, to, out);
    case PW_TYPE_STRING: return cast_text(arena, value, to, out);
    case PW_TYPE_DATE:
    case PW_TYPE_TIMESTAMP: cast_temporal(from, value->i64, to, out); return NULL;
    case PW_TYPE_ARRAY: return cast_array(arena, from, value, to, out);
    case PW_TYPE_MAP: return cast_map(arena, from, value, to, out);
    case PW_TYPE_STRUCT: return cast_struct(arena, from, value, to, out);
    case PW_TYPE_NULL:
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_BYTES:
    case PW_TYPE_TIME:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

const char *pw_cast(pw_arena *arena, const pw_type *from, const pw_slot *value, const pw_type *to,
                    pw_slot *out) {
    if (value->is_null || from->kind == PW_TYPE_NULL) {
        *out = pw_slot_null();
        return NULL;
    }
    if (pw_type_equal(from, to)) {
        *out = *value;
        return NULL;
    }
    PW_ASSERT(from->kind == to->kind || (targets[from->kind] >> to->kind & 1) != 0);
    if (to->kind == PW_TYPE_STRING) {
        cast_to_text(arena, from, value, out);
        return NULL;
    }
    const char *problem = cast_value(arena, from, value, to, out);
    if (problem) *out = pw_slot_null();
    return problem;
}
