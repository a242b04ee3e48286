/* Values as bytes, for the states of aggregates: a byte 0 for NULL, else 1 and the content. Equal
 * values have equal bytes, so sets of values compare bytes (a NaN is always written the same way).
 *
 *   numbers, times   8 bytes, big-endian      BOOLEAN            8 bytes
 *   DECIMAL          16 bytes, big-endian     STRING, BYTES      length in 4 bytes, bytes
 *   ARRAY, MAP       count in 4 bytes, items  STRUCT             its fields
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "functions/functions_private.h"
#include "types/decimal.h"

static void encode_items(const pw_type *type, const pw_slot *value, pw_buf *out) {
    if (type->kind == PW_TYPE_STRUCT) {
        for (uint32_t i = 0; i < type->field_count; i++)
            pw_value_encode(type->fields[i].type, &value->items[i], out);
        return;
    }
    pw_buf_add_be32(out, value->length);
    for (uint32_t i = 0; i < value->length; i++) {
        if (type->kind == PW_TYPE_ARRAY) {
            pw_value_encode(type->element, &value->items[i], out);
        } else {
            pw_value_encode(type->key, &value->items[2 * i], out);
            pw_value_encode(type->element, &value->items[2 * i + 1], out);
        }
    }
}

void pw_value_encode(const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_buf_add_char(out, value->is_null ? 0 : 1);
    if (value->is_null) return;
    switch (type->kind) {
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: pw_buf_add_be64(out, (uint64_t)value->i64); break;
    case PW_TYPE_DOUBLE: {
        double number = isnan(value->f64) ? (double)NAN : value->f64;
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        pw_buf_add_be64(out, bits);
        break;
    }
    case PW_TYPE_DECIMAL: {
        pw_i128 number = pw_decimal_get(type, value);
        pw_buf_add_be64(out, (uint64_t)(number >> 64));
        pw_buf_add_be64(out, (uint64_t)number);
        break;
    }
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES:
        pw_buf_add_be32(out, value->length);
        pw_buf_add(out, value->bytes, value->length);
        break;
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: encode_items(type, value, out); break;
    }
}

static bool take_be32(const uint8_t **at, const uint8_t *end, uint32_t *out) {
    if (end - *at < 4) return false;
    const uint8_t *b = *at;
    *out = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    *at += 4;
    return true;
}

static bool take_be64(const uint8_t **at, const uint8_t *end, uint64_t *out) {
    uint32_t high = 0, low = 0;
    if (!take_be32(at, end, &high) || !take_be32(at, end, &low)) return false;
    *out = (uint64_t)high << 32 | low;
    return true;
}

/* A count is never larger than the bytes left: each value takes one at least. */
static bool decode_items(const pw_type *type, const uint8_t **at, const uint8_t *end,
                         pw_arena *arena, pw_slot *out) {
    bool is_struct = type->kind == PW_TYPE_STRUCT;
    uint32_t count = type->field_count, slot_count = count;
    if (!is_struct) {
        if (!take_be32(at, end, &count) || count > (uint64_t)(end - *at)) return false;
        slot_count = type->kind == PW_TYPE_MAP ? 2 * count : count;
        if (slot_count > (uint64_t)(end - *at)) return false;
    }
    pw_slot *items = arena ? PW_NEW_ARRAY(arena, pw_slot, slot_count + 1) : NULL;
    for (uint32_t i = 0; i < slot_count; i++) {
        const pw_type *item_type = is_struct                                 ? type->fields[i].type
                                   : type->kind == PW_TYPE_MAP && i % 2 == 0 ? type->key
                                                                             : type->element;
        if (!pw_value_decode(item_type, at, end, arena, items ? &items[i] : NULL)) return false;
    }
    if (out) *out = pw_slot_items(items, is_struct ? slot_count : count);
    return true;
}

static bool decode_text(const pw_type *type, const uint8_t **at, const uint8_t *end,
                        pw_arena *arena, pw_slot *out) {
    uint32_t length = 0;
    if (!take_be32(at, end, &length) || length > (uint64_t)(end - *at)) return false;
    pw_str text = {(const char *)*at, length};
    *at += length;
    if (!arena) {
        return type->kind == PW_TYPE_BYTES || pw_utf8_check(text.data, length) == length;
    }
    *out = pw_slot_str(pw_arena_str(arena, text));
    return true;
}

static bool decode_decimal(const pw_type *type, const uint8_t **at, const uint8_t *end,
                           pw_arena *arena, pw_slot *out) {
    uint64_t high = 0, low = 0;
    if (!take_be64(at, end, &high) || !take_be64(at, end, &low)) return false;
    __extension__ pw_i128 number = (pw_i128)((unsigned __int128)high << 64 | low);
    if (!pw_decimal_fits(number, type->precision)) return false;
    if (arena) *out = pw_decimal_slot(arena, type, number);
    return true;
}

bool pw_value_decode(const pw_type *type, const uint8_t **at, const uint8_t *end, pw_arena *arena,
                     pw_slot *out) {
    PW_ASSERT(!arena == !out);
    if (end - *at < 1 || **at > 1) return false;
    bool is_null = *(*at)++ == 0;
    if (is_null) {
        if (out) *out = pw_slot_null();
        return true;
    }
    uint64_t bits = 0;
    switch (type->kind) {
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: return false;
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
    case PW_TYPE_DOUBLE:
        if (!take_be64(at, end, &bits)) return false;
        if (out) {
            *out = pw_slot_i64(0);
            memcpy(&out->i64, &bits, sizeof bits);
        }
        return true;
    case PW_TYPE_DECIMAL: return decode_decimal(type, at, end, arena, out);
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES: return decode_text(type, at, end, arena, out);
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: break;
    }
    return decode_items(type, at, end, arena, out);
}
