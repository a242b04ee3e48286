/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_encode.h"

#include <math.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/assert.h"
#include "formats/formats_private.h"
#include "types/base64.h"
#include "types/decimal.h"
#include "types/number_text.h"
#include "types/temporal.h"

/* --- text ------------------------------------------------------------------------------- */

static char *write_escape(uint8_t c, char *to) {
    static const char hex[17] = "0123456789ABCDEF";
    static const char letters[128] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                      ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    *to++ = '\\';
    if (letters[c]) {
        *to++ = letters[c];
        return to;
    }
    memcpy(to, "u00", 3);
    to[3] = hex[c >> 4];
    to[4] = hex[c & 15];
    return to + 5;
}

/* Six bytes for each of the text, and sixteen more for the last wide store, are free at `to`. */
static char *write_text(pw_str text, char *to) {
    const char *at = text.data;
    const char *end = at + text.length;
    for (;;) {
#if defined(__SSE2__)
        while (end - at >= 16) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
            _mm_storeu_si128((__m128i *)(void *)to, bytes);
            __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
            __m128i special =
                _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
            unsigned mask = (unsigned)_mm_movemask_epi8(special);
            unsigned plain = mask ? (unsigned)__builtin_ctz(mask) : 16;
            at += plain;
            to += plain;
            if (mask) break;
        }
#endif
        while (at < end && (uint8_t)*at >= 0x20 && *at != '"' && *at != '\\')
            *to++ = *at++;
        if (at == end) return to;
        to = write_escape((uint8_t)*at++, to);
    }
}

void pw_json_text_print(pw_str text, pw_buf *out) {
    char *start = pw_buf_reserve(out, text.length * 6 + 18);
    char *to = start;
    *to++ = '"';
    to = write_text(text, to);
    *to++ = '"';
    out->length += (size_t)(to - start);
}

/* --- numbers ---------------------------------------------------------------------------- */

static char *write_u64(uint64_t value, char *out) {
    static const char pairs[201] = "00010203040506070809101112131415161718192021222324"
                                   "25262728293031323334353637383940414243444546474849"
                                   "50515253545556575859606162636465666768697071727374"
                                   "75767778798081828384858687888990919293949596979899";
    char digits[20];
    char *at = digits + sizeof digits;
    for (; value >= 100; value /= 100) {
        at -= 2;
        memcpy(at, pairs + value % 100 * 2, 2);
    }
    if (value >= 10) {
        at -= 2;
        memcpy(at, pairs + value * 2, 2);
    } else {
        *--at = (char)('0' + value);
    }
    size_t length = (size_t)(digits + sizeof digits - at);
    memcpy(out, at, length);
    return out + length;
}

static char *write_i64(int64_t value, char *out) {
    if (value >= 0) return write_u64((uint64_t)value, out);
    *out++ = '-';
    return write_u64(0 - (uint64_t)value, out);
}

bool pw_json_is_fixed(const pw_type *type) {
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return true;
    case PW_TYPE_NULL:
    case PW_TYPE_DOUBLE:
    case PW_TYPE_DECIMAL:
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    return false;
}

char *pw_json_fixed_write(const pw_type *type, const pw_slot *value, char *out) {
    if (type->kind != PW_TYPE_BOOLEAN) return write_i64(value->i64, out);
    memcpy(out, value->i64 ? "true " : "false", 5);
    return out + (value->i64 ? 4 : 5);
}

/* Infinities and NaN have no JSON number: Jackson quotes them. */
static void print_double(double value, pw_buf *out) {
    bool is_finite = isfinite(value);
    if (!is_finite) pw_buf_add_char(out, '"');
    pw_double_print(value, out);
    if (!is_finite) pw_buf_add_char(out, '"');
}

/* --- values ----------------------------------------------------------------------------- */

static void print_base64(const pw_slot *value, pw_buf *out) {
    size_t length = pw_base64_text_length(value->length);
    char *to = pw_buf_reserve(out, length + 2);
    to[0] = '"';
    pw_base64_encode(value->bytes, value->length, to + 1);
    to[length + 1] = '"';
    out->length += length + 2;
}

static void print_decimal(const pw_type *type, const pw_slot *value, pw_json_style style,
                          pw_buf *out) {
    pw_i128 unscaled = pw_decimal_get(type, value);
    if (style == PW_JSON_AS_FORMAT)
        pw_decimal_print_java(unscaled, type->scale, out);
    else
        pw_decimal_print(unscaled, type->scale, out);
}

static void print_time(pw_type_kind kind, int64_t value, pw_buf *out) {
    pw_buf_add_char(out, '"');
    if (kind == PW_TYPE_DATE)
        pw_date_print(value, out);
    else if (kind == PW_TYPE_TIME)
        pw_time_print(value, out);
    else
        pw_timestamp_print(value, out);
    pw_buf_add_char(out, '"');
}

static void print_array(const pw_type *type, const pw_slot *value, pw_json_style style,
                        pw_buf *out) {
    pw_buf_add_char(out, '[');
    for (uint32_t i = 0; i < value->length; i++) {
        if (i) pw_buf_add_char(out, ',');
        pw_json_value_print(type->element, &value->items[i], style, out);
    }
    pw_buf_add_char(out, ']');
}

/* A key of another type than STRING is its JSON, in quotes if it has none. */
static void print_key(const pw_type *type, const pw_slot *key, pw_json_style style, pw_buf *out) {
    if (key->is_null) {
        pw_buf_add_literal(out, "\"null\"");
        return;
    }
    if (type->kind == PW_TYPE_STRING) {
        pw_json_text_print(pw_slot_as_str(key), out);
        return;
    }
    pw_buf text;
    pw_buf_init(&text);
    pw_json_value_print(type, key, style, &text);
    bool is_quoted = text.length >= 2 && text.data[0] == '"';
    if (is_quoted)
        pw_buf_add_str(out, pw_buf_str(&text));
    else
        pw_json_text_print(pw_buf_str(&text), out);
    pw_buf_deinit(&text);
}

static void print_map(const pw_type *type, const pw_slot *value, pw_json_style style, pw_buf *out) {
    pw_buf_add_char(out, '{');
    for (uint32_t i = 0; i < value->length; i++) {
        if (i) pw_buf_add_char(out, ',');
        print_key(type->key, &value->items[2 * i], style, out);
        pw_buf_add_char(out, ':');
        pw_json_value_print(type->element, &value->items[2 * i + 1], style, out);
    }
    pw_buf_add_char(out, '}');
}

static void print_struct(const pw_type *type, const pw_slot *value, pw_json_style style,
                         pw_buf *out) {
    pw_buf_add_char(out, '{');
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (i) pw_buf_add_char(out, ',');
        pw_json_text_print(type->fields[i].name, out);
        pw_buf_add_char(out, ':');
        pw_json_value_print(type->fields[i].type, &value->items[i], style, out);
    }
    pw_buf_add_char(out, '}');
}

void pw_json_value_print(const pw_type *type, const pw_slot *value, pw_json_style style,
                         pw_buf *out) {
    if (value->is_null) {
        pw_buf_add_literal(out, "null");
        return;
    }
    char *to;
    switch (type->kind) {
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
        if (style == PW_JSON_AS_DISPLAY) {
            print_time(type->kind, value->i64, out);
            return;
        } /* fall through */
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
        to = pw_buf_reserve(out, PW_JSON_FIXED_BYTES);
        out->length += (size_t)(pw_json_fixed_write(type, value, to) - to);
        return;
    case PW_TYPE_DOUBLE: print_double(value->f64, out); return;
    case PW_TYPE_DECIMAL: print_decimal(type, value, style, out); return;
    case PW_TYPE_STRING: pw_json_text_print(pw_slot_as_str(value), out); return;
    case PW_TYPE_BYTES: print_base64(value, out); return;
    case PW_TYPE_ARRAY: print_array(type, value, style, out); return;
    case PW_TYPE_MAP: print_map(type, value, style, out); return;
    case PW_TYPE_STRUCT: print_struct(type, value, style, out); return;
    case PW_TYPE_NULL: pw_buf_add_literal(out, "null"); return;
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}
