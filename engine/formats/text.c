/* Conversions of text that more than one format needs. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/utf8.h"
#include "formats/formats_private.h"
#include "types/decimal.h"
#include "types/number_text.h"
#include "types/temporal.h"

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters to 1-3 bytes; 0 if they are no group. */
static size_t base64_group(const char *at, uint8_t *out) {
    int a = base64_value(at[0]), b = base64_value(at[1]);
    if (a < 0 || b < 0) return 0;
    out[0] = (uint8_t)(a << 2 | b >> 4);
    if (at[2] == '=') return at[3] == '=' ? 1 : 0;
    int c = base64_value(at[2]);
    if (c < 0) return 0;
    out[1] = (uint8_t)((b & 15) << 4 | c >> 2);
    if (at[3] == '=') return 2;
    int d = base64_value(at[3]);
    if (d < 0) return 0;
    out[2] = (uint8_t)((c & 3) << 6 | d);
    return 3;
}

bool pw_base64_read(pw_arena *arena, pw_str text, pw_slot *out) {
    uint8_t *bytes = pw_arena_alloc(arena, text.length / 4 * 3 + 3);
    size_t length = 0;
    for (size_t at = 0;;) {
        while (at < text.length && (uint8_t)text.data[at] <= ' ')
            at++;
        if (at == text.length) break;
        if (text.length - at < 4) return false;
        size_t count = base64_group(text.data + at, bytes + length);
        if (count == 0) return false;
        length += count;
        at += 4;
    }
    *out = pw_slot_text((const char *)bytes, length);
    return true;
}

/* Bytes of the malformed piece at the start of `text`: the longest beginning of a character that
 * could have become a valid one, or a single byte. */
static size_t malformed_length(const uint8_t *at, size_t length) {
    size_t need = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || length < 2) return 1;
    uint8_t low = at[0] == 0xE0 ? 0xA0 : at[0] == 0xF0 ? 0x90 : 0x80;
    uint8_t high = at[0] == 0xED ? 0x9F : at[0] == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high) return 1;
    size_t good = 2;
    while (good < need && good < length && (at[good] & 0xC0) == 0x80)
        good++;
    return good;
}

pw_str pw_format_text_repair(pw_arena *arena, pw_str bytes) {
    size_t valid = pw_utf8_check(bytes.data, bytes.length);
    if (valid == bytes.length) return bytes;
    char *out = pw_arena_alloc(arena, bytes.length * 3);
    size_t length = 0;
    for (size_t at = 0; at < bytes.length;) {
        valid = pw_utf8_check(bytes.data + at, bytes.length - at);
        memcpy(out + length, bytes.data + at, valid);
        length += valid;
        at += valid;
        if (at == bytes.length) break;
        memcpy(out + length, "\xEF\xBF\xBD", 3);
        length += 3;
        at += malformed_length((const uint8_t *)bytes.data + at, bytes.length - at);
    }
    return (pw_str){out, length};
}

/* --- DECIMAL ---------------------------------------------------------------------------- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Digits without leading and trailing zeros, and the power of ten of the last one kept. */
typedef struct decimal_text {
    const char *first, *last; /* first and last digit that is not zero; NULL for zero */
    int64_t exponent;
    bool is_negative;
} decimal_text;

/* "e+12" at `at`; false if it is not one that fits 32 bits. */
static bool read_exponent(const char *at, const char *end, int64_t *exponent) {
    bool is_negative = false;
    if (at < end && (*at == '+' || *at == '-')) is_negative = *at++ == '-';
    if (at == end) return false;
    int64_t value = 0;
    for (; at < end; at++) {
        if (!is_digit(*at)) return false;
        value = value * 10 + (*at - '0');
        if (value > INT32_MAX) return false;
    }
    *exponent = is_negative ? -value : value;
    return true;
}

static bool decimal_text_read(pw_str text, decimal_text *out) {
    const char *at = text.data;
    const char *end = text.data + text.length;
    *out = (decimal_text){0};
    if (at < end && (*at == '+' || *at == '-')) out->is_negative = *at++ == '-';
    const char *point = NULL;
    bool has_digit = false;
    for (; at < end && (is_digit(*at) || (*at == '.' && !point)); at++) {
        if (*at == '.') {
            point = at;
            continue;
        }
        has_digit = true;
        if (*at == '0') continue;
        if (!out->first) out->first = at;
        out->last = at;
    }
    if (!has_digit) return false;
    const char *behind = at;
    if (at < end) {
        if (*at != 'e' && *at != 'E') return false;
        if (!read_exponent(at + 1, end, &out->exponent)) return false;
    }
    if (!out->last) return true;
    if (!point)
        out->exponent += behind - out->last - 1;
    else
        out->exponent += out->last < point ? point - out->last - 1 : point - out->last;
    return true;
}

const char *pw_decimal_fit(pw_arena *arena, const pw_type *type, pw_str text, pw_slot *out) {
    decimal_text number;
    if (!decimal_text_read(text, &number)) return "not a decimal number";
    pw_i128 unscaled = 0;
    if (number.first) {
        int64_t zeros = number.exponent + type->scale;
        if (zeros < 0) return "does not fit the DECIMAL's scale without rounding";
        int64_t count = zeros;
        for (const char *at = number.first; at <= number.last; at++)
            count += *at != '.';
        if (count > type->precision) return "does not fit the DECIMAL's precision";
        for (const char *at = number.first; at <= number.last; at++) {
            if (*at != '.') unscaled = unscaled * 10 + (*at - '0');
        }
        for (; zeros > 0; zeros--)
            unscaled *= 10;
    }
    *out = pw_decimal_slot(arena, type, number.is_negative ? -unscaled : unscaled);
    return NULL;
}

/* --- integers and times ------------------------------------------------------------------- */

const char *pw_time_fit(pw_type_kind kind, int64_t number, pw_slot *out) {
    /* ksqlDB keeps a DATE as milliseconds: days beyond their range stop at its end. */
    const int64_t days_max = INT64_MAX / PW_MS_PER_DAY;
    if (kind == PW_TYPE_TIME && (number < 0 || number > PW_MS_PER_DAY)) {
        return "a TIME is a number of milliseconds from 0 to 86400000";
    }
    if (kind == PW_TYPE_DATE && number > days_max) number = days_max;
    if (kind == PW_TYPE_DATE && number < -days_max) number = -days_max;
    *out = pw_slot_i64(number);
    return NULL;
}

const char *pw_integer_fit(pw_type_kind kind, pw_str text, pw_slot *out) {
    int64_t number = 0;
    if (kind == PW_TYPE_INTEGER) {
        if (!pw_i32_parse(text, &number)) return "not an INTEGER";
        *out = pw_slot_i64(number);
        return NULL;
    }
    if (!pw_i64_parse(text, &number)) return "not a 64-bit integer";
    return pw_time_fit(kind, number, out);
}

const char *pw_type_kind_text(pw_type_kind kind) {
    static const char *const texts[PW_TYPE_KIND_COUNT] = {
#define KIND_TEXT(name, text) [PW_TYPE_##name] = text,
        PW_TYPE_KIND_MAP(KIND_TEXT)
#undef KIND_TEXT
    };
    PW_ASSERT(kind < PW_TYPE_KIND_COUNT);
    return texts[kind];
}

bool pw_type_has_map(const pw_type *type) {
    if (type->kind == PW_TYPE_MAP) return true;
    if (type->kind == PW_TYPE_ARRAY) return pw_type_has_map(type->element);
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (pw_type_has_map(type->fields[i].type)) return true;
    }
    return false;
}
