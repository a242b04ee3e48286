/* Rows as compact bytes: a bitmap of NULLs, then the values that are there.
 *
 *   BOOLEAN                             1 byte
 *   INTEGER BIGINT DATE TIME TIMESTAMP  zigzag varint: -1, 1, -2 ... take few bytes
 *   DOUBLE                              8 bytes, little endian
 *   DECIMAL                             zigzag varint up to 18 digits, else 16 bytes, little endian
 *   STRING BYTES                        length as varint, bytes
 *   ARRAY MAP                           count as varint, bitmap and values of the items
 *   STRUCT                              bitmap and values of the fields
 *
 * For example, (NULL, INTEGER -1, 'ab') is 01 01 02 61 62. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/utf8.h"
#include "state/state.h"
#include "state/table_value.h"
#include "types/decimal.h"

enum { VARINT_BYTES_MAX = 10 };

/* The types of the values of a row, a struct, an array (one for all) or a map (two in turn). */
typedef struct layout {
    const pw_type *const *types; /* of a row */
    const pw_type *nested;       /* else */
} layout;

static const pw_type *type_at(const layout *of, size_t i) {
    if (of->types) return of->types[i];
    if (of->nested->kind == PW_TYPE_STRUCT) return of->nested->fields[i].type;
    return of->nested->kind == PW_TYPE_MAP && i % 2 == 0 ? of->nested->key : of->nested->element;
}

/* --- encoding --------------------------------------------------------------------------------- */

static void add_varint(pw_buf *out, uint64_t value) {
    uint8_t *at = (uint8_t *)pw_buf_reserve(out, VARINT_BYTES_MAX);
    size_t length = 0;
    while (value >= 0x80) {
        at[length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    at[length++] = (uint8_t)value;
    out->length += length;
}

static void add_zigzag(pw_buf *out, int64_t value) {
    add_varint(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void add_little_endian(pw_buf *out, uint64_t value) {
    uint8_t *at = (uint8_t *)pw_buf_reserve(out, 8);
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
    out->length += 8;
}

static void encode_slots(const layout *of, const pw_slot *slots, size_t count, pw_buf *out);

static void encode_value(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: pw_buf_add_char(out, slot->i64 != 0); return;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: add_zigzag(out, slot->i64); return;
    case PW_TYPE_DOUBLE: {
        uint64_t bits;
        memcpy(&bits, &slot->f64, sizeof bits);
        add_little_endian(out, bits);
        return;
    }
    case PW_TYPE_DECIMAL:
        if (type->precision <= PW_DECIMAL_PRECISION_INLINE) {
            add_zigzag(out, slot->i64);
        } else {
            add_little_endian(out, (uint64_t)*slot->i128);
            add_little_endian(out, (uint64_t)(*slot->i128 >> 64));
        }
        return;
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES:
        add_varint(out, slot->length);
        pw_buf_add(out, slot->bytes, slot->length);
        return;
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP: add_varint(out, slot->length); __attribute__((fallthrough));
    case PW_TYPE_STRUCT: {
        layout nested = {NULL, type};
        size_t count = type->kind == PW_TYPE_STRUCT ? type->field_count
                       : type->kind == PW_TYPE_MAP  ? (size_t)slot->length * 2
                                                    : slot->length;
        encode_slots(&nested, slot->items, count, out);
        return;
    }
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

static void encode_slots(const layout *of, const pw_slot *slots, size_t count, pw_buf *out) {
    size_t bitmap_bytes = (count + 7) / 8;
    size_t bitmap_at = out->length;
    memset(pw_buf_reserve(out, bitmap_bytes), 0, bitmap_bytes);
    out->length += bitmap_bytes;
    for (size_t i = 0; i < count; i++) {
        if (slots[i].is_null) {
            char *byte = &out->data[bitmap_at + i / 8];
            *byte = (char)((uint8_t)*byte | 1u << (i % 8));
        } else {
            encode_value(type_at(of, i), &slots[i], out);
        }
    }
}

void pw_row_encode(const pw_type *const *types, const pw_slot *slots, uint32_t count, pw_buf *out) {
    layout row = {types, NULL};
    encode_slots(&row, slots, count, out);
}

/* --- decoding --------------------------------------------------------------------------------- */

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    pw_arena *arena;
    bool is_borrowing; /* text may point into the bytes */
} reader;

static bool take_varint(reader *in, uint64_t *out) {
    *out = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        if (shift == 63 && byte > 1) return false;
        *out |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return byte != 0 || shift == 0; /* no padding */
    }
    return false;
}

static bool take_zigzag(reader *in, int64_t *out) {
    uint64_t bits;
    if (!take_varint(in, &bits)) return false;
    *out = (int64_t)(bits >> 1 ^ (0 - (bits & 1)));
    return true;
}

static bool take_little_endian(reader *in, uint64_t *out) {
    if (in->end - in->at < 8) return false;
    *out = 0;
    for (int i = 0; i < 8; i++)
        *out |= (uint64_t)in->at[i] << (8 * i);
    in->at += 8;
    return true;
}

static bool decode_slots(reader *in, const layout *of, size_t count, pw_slot *slots);

static bool decode_decimal(reader *in, const pw_type *type, pw_slot *slot) {
    pw_i128 value;
    if (type->precision <= PW_DECIMAL_PRECISION_INLINE) {
        int64_t narrow;
        if (!take_zigzag(in, &narrow)) return false;
        value = narrow;
    } else {
        uint64_t low;
        uint64_t high;
        if (!take_little_endian(in, &low) || !take_little_endian(in, &high)) return false;
        value = (pw_i128)(int64_t)high * ((pw_i128)1 << 64) + low;
    }
    if (!pw_decimal_fits(value, type->precision)) return false;
    *slot = pw_decimal_slot(in->arena, type, value);
    return true;
}

static bool decode_text(reader *in, const pw_type *type, pw_slot *slot) {
    uint64_t length;
    if (!take_varint(in, &length) || length > (uint64_t)(in->end - in->at)) return false;
    if (length > UINT32_MAX) return false;
    pw_str text = {(const char *)in->at, (size_t)length};
    in->at += length;
    if (type->kind == PW_TYPE_STRING && pw_utf8_check(text.data, text.length) != text.length) {
        return false;
    }
    *slot = pw_slot_str(in->is_borrowing ? text : pw_arena_str(in->arena, text));
    return true;
}

static bool decode_nested(reader *in, const pw_type *type, pw_slot *slot) {
    uint64_t length = type->field_count;
    if (type->kind != PW_TYPE_STRUCT && !take_varint(in, &length)) return false;
    uint64_t count = type->kind == PW_TYPE_MAP ? length * 2 : length;
    /* Every item has a bit at least: a damaged count cannot ask for more memory than that. */
    if (length > UINT32_MAX || (count + 7) / 8 > (uint64_t)(in->end - in->at)) return false;
    pw_slot *items = PW_NEW_ARRAY(in->arena, pw_slot, (size_t)count);
    layout nested = {NULL, type};
    if (!decode_slots(in, &nested, (size_t)count, items)) return false;
    *slot = pw_slot_items(items, (uint32_t)length);
    return true;
}

static bool decode_value(reader *in, const pw_type *type, pw_slot *slot) {
    int64_t integer;
    uint64_t bits;
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
        if (in->at == in->end || *in->at > 1) return false;
        *slot = pw_slot_i64(*in->at++);
        return true;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
        if (!take_zigzag(in, &integer)) return false;
        if (type->kind == PW_TYPE_INTEGER && integer != (int32_t)integer) return false;
        *slot = pw_slot_i64(integer);
        return true;
    case PW_TYPE_DOUBLE: {
        if (!take_little_endian(in, &bits)) return false;
        double value;
        memcpy(&value, &bits, sizeof value);
        *slot = pw_slot_f64(value);
        return true;
    }
    case PW_TYPE_DECIMAL: return decode_decimal(in, type, slot);
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES: return decode_text(in, type, slot);
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: return decode_nested(in, type, slot);
    case PW_TYPE_NULL: return false;
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

static bool decode_slots(reader *in, const layout *of, size_t count, pw_slot *slots) {
    size_t bitmap_bytes = (count + 7) / 8;
    if ((size_t)(in->end - in->at) < bitmap_bytes) return false;
    const uint8_t *bitmap = in->at;
    in->at += bitmap_bytes;
    if (count % 8 != 0 && bitmap[bitmap_bytes - 1] >> (count % 8) != 0) return false;
    for (size_t i = 0; i < count; i++) {
        if (bitmap[i / 8] >> (i % 8) & 1)
            slots[i] = pw_slot_null();
        else if (!decode_value(in, type_at(of, i), &slots[i]))
            return false;
    }
    return true;
}

static bool decode_row(pw_arena *arena, const pw_type *const *types, uint32_t count, pw_str bytes,
                       bool is_borrowing, pw_slot *slots) {
    const uint8_t *start = (const uint8_t *)bytes.data;
    reader in = {start, start + bytes.length, arena, is_borrowing};
    layout row = {types, NULL};
    return decode_slots(&in, &row, count, slots) && in.at == in.end;
}

bool pw_row_decode(pw_arena *arena, const pw_type *const *types, uint32_t count, pw_str bytes,
                   pw_slot *slots) {
    return decode_row(arena, types, count, bytes, false, slots);
}

bool pw_row_decode_borrowed(pw_arena *arena, const pw_type *const *types, uint32_t count,
                            pw_str bytes, pw_slot *slots) {
    return decode_row(arena, types, count, bytes, true, slots);
}
