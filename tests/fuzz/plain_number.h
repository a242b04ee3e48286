/* Numbers the plain way, for comparison: digits, a point, and the conversions by their definition.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUZZ_PLAIN_NUMBER_H
#define PW_FUZZ_PLAIN_NUMBER_H

#include <stdlib.h>

#include "types/decimal.h"

enum { NUMBER_BYTES_MAX = 1000 }; /* Jackson's limit */

/* The digits of a number and where its point is: value = 0.DIGITS * 10^point. */
typedef struct plain_number {
    char digits[NUMBER_BYTES_MAX + 1]; /* no leading zeros; empty for zero */
    int64_t count;
    int64_t point;
    int64_t scale; /* Java's: fraction digits minus exponent */
    bool is_negative;
} plain_number;

/* Grammar of RFC 8259 over the whole text, and Java's limits. */
static inline bool parse_number(const char *text, plain_number *out) {
    memset(out, 0, sizeof *out);
    if (strlen(text) > NUMBER_BYTES_MAX) return false;
    const char *at = text;
    if (*at == '-') out->is_negative = *at++ == '-';
    size_t whole = strspn(at, "0123456789");
    if (whole == 0 || (whole > 1 && *at == '0')) return false;
    char all[NUMBER_BYTES_MAX + 1];
    memcpy(all, at, whole);
    at += whole;
    size_t fraction = 0;
    if (*at == '.') {
        fraction = strspn(++at, "0123456789");
        if (fraction == 0) return false;
        memcpy(all + whole, at, fraction);
        at += fraction;
    }
    long double exponent = 0;
    if (*at == 'e' || *at == 'E') {
        at++;
        if (!strspn(at + (*at == '+' || *at == '-'), "0123456789")) return false;
        char *end;
        exponent = strtold(at, &end); /* digits only, checked below */
        at += *at == '+' || *at == '-';
        at += strspn(at, "0123456789");
        if (at != end) return false;
    }
    if (*at) return false;
    long double scale = (long double)fraction - exponent;
    if ((fraction || exponent != 0) && (scale > INT32_MAX || scale < -INT32_MAX)) return false;
    out->scale = (int64_t)scale;
    size_t zeros = 0;
    while (zeros < whole + fraction && all[zeros] == '0')
        zeros++;
    out->count = (int64_t)(whole + fraction - zeros);
    memcpy(out->digits, all + zeros, (size_t)out->count);
    out->point = out->count - out->scale;
    return true;
}

static inline char digit_at(const plain_number *number, int64_t i) {
    return i >= 0 && i < number->count ? number->digits[i] : '0';
}

static inline int64_t wrap_number(const plain_number *number) {
    uint64_t value = 0;
    if (number->point > NUMBER_BYTES_MAX + 64) return 0;
    for (int64_t i = 0; i < number->point; i++) {
        value = value * 10 + (uint64_t)(digit_at(number, i) - '0');
    }
    return (int64_t)(number->is_negative ? 0 - value : value);
}

static inline bool decimal_of(pw_arena *arena, const plain_number *number, const pw_type *type,
                              pw_slot *out) {
    pw_i128 value = 0;
    int64_t used = number->count;
    while (used > 0 && number->digits[used - 1] == '0')
        used--;
    if (used > 0) {
        int64_t length = number->point + type->scale; /* digits of the unscaled value */
        if (used > length || length > type->precision) return false;
        for (int64_t i = 0; i < length; i++)
            value = value * 10 + (digit_at(number, i) - '0');
    }
    *out = pw_decimal_slot(arena, type, number->is_negative ? -value : value);
    return true;
}

/* BigDecimal.toString, by its documentation. */
static inline void print_number(const plain_number *number, bool is_integer, pw_buf *out) {
    int64_t count = number->count ? number->count : 1;
    if (number->is_negative && number->count) pw_buf_add_char(out, '-');
    int64_t scale = is_integer ? 0 : number->scale;
    int64_t adjusted = -scale + (count - 1);
    bool is_plain = scale >= 0 && adjusted >= -6;
    for (int64_t i = is_plain && adjusted < 0 ? adjusted : 0; i < count; i++) {
        pw_buf_add_char(out, digit_at(number, i));
        int64_t behind = is_plain ? adjusted : 0;
        if (adjusted < 0 && is_plain) behind = adjusted;
        if (i == behind && i < count - 1) pw_buf_add_char(out, '.');
    }
    if (!is_plain) pw_buf_format(out, "E%+lld", (long long)adjusted);
}

#endif
