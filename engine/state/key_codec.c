/* Keys as bytes that sort, by memcmp, as their values do (pw_slot_compare); NULL sorts first.
 *
 *   value     1 byte: 0 = NULL, 1 = there is one; then
 *   BOOLEAN   1 byte
 *   INTEGER   4 bytes, big endian, sign bit flipped; BIGINT, DATE, TIME, TIMESTAMP: 8 bytes
 *   DECIMAL   the unscaled value, 8 or 16 bytes in the same way
 *   DOUBLE    8 bytes of IEEE 754: all flipped if negative, else the sign; one NaN, sorting last
 *   STRING    UTF-8 with the first bytes EE..F4 exchanged (below), 00 as 00 FF, end: 00 00
 *   BYTES     each byte with its top bit flipped (Java's have a sign), escaped in the same way
 *   ARRAY     per item 01 and the item, end: 00; MAP: the same with key and value, sorted by key
 *   STRUCT    its fields
 *
 * For example, INTEGER 1 and STRING 'a' give 01 80000001 01 61 0000.
 *
 * UTF-16 order, which Java has, differs from UTF-8 order in one point: characters from U+10000
 * (first byte F0 to F4) come before U+E000 to U+FFFF (first byte EE or EF).
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "state/state.h"
#include "types/decimal.h"

enum { ITEM_END = 0, ITEM_NEXT = 1, VALUE_NULL = 0, VALUE_THERE = 1, ESCAPED_ZERO = 0xFF };
#define SIGN_BIT      (UINT64_C(1) << 63)
#define CANONICAL_NAN UINT64_C(0x7FF8000000000000)

/* --- encoding --------------------------------------------------------------------------------- */

static uint64_t sortable_double(double value) {
    uint64_t bits = CANONICAL_NAN;
    if (value == value) memcpy(&bits, &value, sizeof bits);
    return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

static uint8_t text_byte_out(uint8_t byte) {
    if (byte < 0xEE || byte > 0xF4) return byte;
    return byte >= 0xF0 ? (uint8_t)(byte - 2) : (uint8_t)(byte + 5);
}

static uint8_t text_byte_back(uint8_t byte) {
    if (byte < 0xEE || byte > 0xF4) return byte;
    return byte <= 0xF2 ? (uint8_t)(byte + 2) : (uint8_t)(byte - 5);
}

/* Are all of the 8 bytes ASCII and none zero? */
static bool is_plain(uint64_t eight) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    return ((eight | (eight - ones)) & (ones << 7)) == 0;
}

static void encode_text(const pw_slot *slot, bool is_bytes, pw_buf *out) {
    size_t length = slot->length;
    uint8_t *to = (uint8_t *)pw_buf_reserve(out, 2 * length + 2);
    const uint8_t *start = to;
    size_t i = 0;
    while (i < length) {
        uint64_t eight;
        if (!is_bytes && length - i >= 8 && (memcpy(&eight, slot->bytes + i, 8), is_plain(eight))) {
            memcpy(to, &eight, 8);
            to += 8;
            i += 8;
            continue;
        }
        uint8_t byte = slot->bytes[i++];
        byte = is_bytes ? (uint8_t)(byte ^ 0x80) : text_byte_out(byte);
        *to++ = byte;
        if (byte == 0) *to++ = ESCAPED_ZERO;
    }
    *to++ = 0;
    *to++ = 0;
    out->length += (size_t)(to - start);
}

static void encode_decimal(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    pw_i128 value = pw_decimal_get(type, slot);
    if (type->precision > PW_DECIMAL_PRECISION_INLINE) {
        pw_buf_add_be64(out, (uint64_t)(value >> 64) ^ SIGN_BIT);
        pw_buf_add_be64(out, (uint64_t)value);
    } else {
        pw_buf_add_be64(out, (uint64_t)value ^ SIGN_BIT);
    }
}

static void encode_value(const pw_type *type, const pw_slot *slot, pw_buf *out);

typedef struct map_entry {
    size_t at; /* of the encoded pair, relative to the map */
    size_t length;
    const char *bytes; /* set before sorting */
} map_entry;

static int compare_map_entries(const void *a, const void *b) {
    const map_entry *x = a;
    const map_entry *y = b;
    return pw_str_compare((pw_str){x->bytes, x->length}, (pw_str){y->bytes, y->length});
}

/* Equal maps may have been filled in different orders: the pairs are sorted. Key encodings are free
 * of prefixes, so sorting whole pairs sorts by key. */
static void encode_map(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    pw_buf pairs;
    pw_buf_init(&pairs);
    map_entry *entries = pw_mem_alloc((slot->length + 1) * sizeof *entries);
    for (uint32_t i = 0; i < slot->length; i++) {
        entries[i].at = pairs.length;
        encode_value(type->key, &slot->items[2 * (size_t)i], &pairs);
        encode_value(type->element, &slot->items[2 * (size_t)i + 1], &pairs);
        entries[i].length = pairs.length - entries[i].at;
    }
    for (uint32_t i = 0; i < slot->length; i++)
        entries[i].bytes = pairs.data + entries[i].at;
    qsort(entries, slot->length, sizeof *entries, compare_map_entries);
    for (uint32_t i = 0; i < slot->length; i++) {
        pw_buf_add_char(out, ITEM_NEXT);
        pw_buf_add(out, entries[i].bytes, entries[i].length);
    }
    pw_buf_add_char(out, ITEM_END);
    pw_mem_free(entries);
    pw_buf_deinit(&pairs);
}

static void encode_value(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    pw_buf_add_char(out, slot->is_null ? VALUE_NULL : VALUE_THERE);
    if (slot->is_null) return;
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: pw_buf_add_char(out, slot->i64 != 0); return;
    case PW_TYPE_INTEGER: pw_buf_add_be32(out, (uint32_t)slot->i64 ^ UINT32_C(0x80000000)); return;
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: pw_buf_add_be64(out, (uint64_t)slot->i64 ^ SIGN_BIT); return;
    case PW_TYPE_DOUBLE: pw_buf_add_be64(out, sortable_double(slot->f64)); return;
    case PW_TYPE_DECIMAL: encode_decimal(type, slot, out); return;
    case PW_TYPE_STRING: encode_text(slot, false, out); return;
    case PW_TYPE_BYTES: encode_text(slot, true, out); return;
    case PW_TYPE_ARRAY:
        for (uint32_t i = 0; i < slot->length; i++) {
            pw_buf_add_char(out, ITEM_NEXT);
            encode_value(type->element, &slot->items[i], out);
        }
        pw_buf_add_char(out, ITEM_END);
        return;
    case PW_TYPE_MAP: encode_map(type, slot, out); return;
    case PW_TYPE_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++) {
            encode_value(type->fields[i].type, &slot->items[i], out);
        }
        return;
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

void pw_key_encode(const pw_type *const *types, const pw_vector *columns, const uint32_t *indexes,
                   uint32_t count, uint32_t row, pw_buf *out) {
    for (uint32_t i = 0; i < count; i++) {
        encode_value(types[i], pw_at(columns[indexes[i]], row), out);
    }
}

/* --- decoding --------------------------------------------------------------------------------- */

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    pw_arena *arena;
} reader;

static bool take_byte(reader *in, uint8_t *out) {
    if (in->at == in->end) return false;
    *out = *in->at++;
    return true;
}

static bool take_big_endian(reader *in, size_t bytes, uint64_t *out) {
    if ((size_t)(in->end - in->at) < bytes) return false;
    *out = 0;
    for (size_t i = 0; i < bytes; i++)
        *out = *out << 8 | *in->at++;
    return true;
}

/* Length of the text before its end mark, escapes resolved; false if there is no end mark. */
static bool measure_text(const reader *in, size_t *length) {
    *length = 0;
    for (const uint8_t *at = in->at; at < in->end; at++, ++*length) {
        if (*at != 0) continue;
        if (++at == in->end) return false;
        if (*at == 0) return true;
        if (*at != ESCAPED_ZERO) return false;
    }
    return false;
}

static bool decode_text(reader *in, bool is_bytes, pw_slot *slot) {
    size_t length;
    if (!measure_text(in, &length) || length > UINT32_MAX) return false;
    char *text = pw_arena_alloc(in->arena, length + 1);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = *in->at++;
        if (byte == 0) in->at++;
        text[i] = (char)(is_bytes ? byte ^ 0x80 : text_byte_back(byte));
    }
    in->at += 2;
    text[length] = '\0';
    *slot = pw_slot_text(text, length);
    return is_bytes || pw_utf8_check(text, length) == length;
}

static bool decode_decimal(reader *in, const pw_type *type, pw_slot *slot) {
    uint64_t high;
    uint64_t low;
    if (!take_big_endian(in, 8, &high)) return false;
    pw_i128 value = (int64_t)(high ^ SIGN_BIT);
    if (type->precision > PW_DECIMAL_PRECISION_INLINE) {
        if (!take_big_endian(in, 8, &low)) return false;
        value = value * ((pw_i128)1 << 64) + low;
    }
    if (!pw_decimal_fits(value, type->precision)) return false;
    *slot = pw_decimal_slot(in->arena, type, value);
    return true;
}

static bool decode_double(reader *in, pw_slot *slot) {
    uint64_t sortable;
    if (!take_big_endian(in, 8, &sortable)) return false;
    uint64_t bits = sortable & SIGN_BIT ? sortable ^ SIGN_BIT : ~sortable;
    double value;
    memcpy(&value, &bits, sizeof value);
    if (value != value && bits != CANONICAL_NAN) return false;
    *slot = pw_slot_f64(value);
    return true;
}

static bool decode_value(reader *in, const pw_type *type, pw_slot *slot);

/* Items up to the end mark; per item `width` values of types[]. They are collected in a growing
 * array, as their number is not known before. */
static bool decode_items(reader *in, const pw_type *const *types, uint32_t width, pw_slot *slot) {
    uint32_t count = 0;
    size_t capacity = 0;
    pw_slot *items = NULL;
    uint8_t mark;
    bool is_whole = true;
    while (is_whole && (is_whole = take_byte(in, &mark)) && mark != ITEM_END) {
        if (((size_t)count + 1) * width > capacity) {
            capacity = capacity ? capacity * 2 : 16;
            items = pw_mem_realloc(items, capacity * sizeof *items);
        }
        is_whole = mark == ITEM_NEXT;
        for (uint32_t w = 0; w < width && is_whole; w++) {
            is_whole = decode_value(in, types[w], &items[(size_t)count * width + w]);
        }
        count++;
    }
    if (is_whole) {
        size_t bytes = (size_t)count * width * sizeof *items;
        pw_slot *kept = pw_arena_alloc(in->arena, bytes + 1);
        if (bytes) memcpy(kept, items, bytes);
        *slot = pw_slot_items(kept, count);
    }
    pw_mem_free(items);
    return is_whole;
}

static bool decode_nested(reader *in, const pw_type *type, pw_slot *slot) {
    if (type->kind == PW_TYPE_ARRAY) return decode_items(in, &type->element, 1, slot);
    if (type->kind == PW_TYPE_MAP) {
        const pw_type *pair[2] = {type->key, type->element};
        return decode_items(in, pair, 2, slot);
    }
    PW_ASSERT(type->kind == PW_TYPE_STRUCT);
    pw_slot *fields = PW_NEW_ARRAY(in->arena, pw_slot, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (!decode_value(in, type->fields[i].type, &fields[i])) return false;
    }
    *slot = pw_slot_items(fields, type->field_count);
    return true;
}

static bool decode_integer(reader *in, const pw_type *type, pw_slot *slot) {
    uint64_t bits;
    if (type->kind == PW_TYPE_BOOLEAN) {
        if (!take_big_endian(in, 1, &bits) || bits > 1) return false;
        *slot = pw_slot_i64((int64_t)bits);
        return true;
    }
    if (type->kind == PW_TYPE_INTEGER) {
        if (!take_big_endian(in, 4, &bits)) return false;
        *slot = pw_slot_i64((int32_t)((uint32_t)bits ^ UINT32_C(0x80000000)));
        return true;
    }
    if (!take_big_endian(in, 8, &bits)) return false;
    *slot = pw_slot_i64((int64_t)(bits ^ SIGN_BIT));
    return true;
}

static bool decode_value(reader *in, const pw_type *type, pw_slot *slot) {
    uint8_t mark;
    if (!take_byte(in, &mark) || mark > VALUE_THERE) return false;
    if (mark == VALUE_NULL) {
        *slot = pw_slot_null();
        return true;
    }
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return decode_integer(in, type, slot);
    case PW_TYPE_DOUBLE: return decode_double(in, slot);
    case PW_TYPE_DECIMAL: return decode_decimal(in, type, slot);
    case PW_TYPE_STRING: return decode_text(in, false, slot);
    case PW_TYPE_BYTES: return decode_text(in, true, slot);
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: return decode_nested(in, type, slot);
    case PW_TYPE_NULL: return false;
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

bool pw_key_decode(pw_arena *arena, const pw_type *const *types, uint32_t count, pw_str bytes,
                   pw_slot *slots) {
    reader in = {(const uint8_t *)bytes.data, (const uint8_t *)bytes.data + bytes.length, arena};
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_value(&in, types[i], &slots[i])) return false;
    }
    return in.at == in.end;
}
