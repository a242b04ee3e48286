/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_number.h"

#include <stdio.h>

#include "base/assert.h"
#include "types/number_text.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int64_t pw_json_number_wrap_slow(const pw_json_number *number) {
    int64_t keep = (int64_t)number->digit_count; /* digits in front of the decimal point */
    if (number->exponent < 0) keep += number->exponent;
    uint64_t value = 0;
    const char *at = number->text.data;
    for (; keep > 0; at++) {
        if (!is_digit(*at)) continue;
        value = value * 10 + (uint64_t)(*at - '0');
        keep--;
    }
    /* 10^64 is a multiple of 2^64: from there on nothing is left. */
    if (number->exponent >= 64) return 0;
    for (int32_t i = 0; i < number->exponent; i++)
        value *= 10;
    return (int64_t)(number->is_negative ? 0 - value : value);
}

static bool is_zero(const pw_json_number *number) {
    for (size_t i = 0; i < number->text.length; i++) {
        char c = number->text.data[i];
        if (c == 'e' || c == 'E') break;
        if (c >= '1' && c <= '9') return false;
    }
    return true;
}

double pw_json_number_double(const pw_json_number *number) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int32_t exact_max = 22;
    int32_t exponent = number->exponent;
    /* Both operands are exact doubles, so that one IEEE operation rounds correctly. */
    if (number->digit_count <= 19 && number->mantissa <= (UINT64_C(1) << 53) &&
        exponent >= -exact_max && exponent <= exact_max) {
        double value = (double)number->mantissa;
        value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
        return number->is_negative && number->mantissa ? -value : value;
    }
    if (is_zero(number)) return 0.0;
    double value = 0;
    bool is_number = pw_double_parse_json(number->text, &value);
    PW_ASSERT(is_number);
    return value;
}

/* The digits without sign, point and leading zeros; at least one. */
static size_t plain_digits(const pw_json_number *number, char *out) {
    size_t length = 0;
    for (size_t i = 0; i < number->text.length; i++) {
        char c = number->text.data[i];
        if (c == 'e' || c == 'E') break;
        if (!is_digit(c) || (c == '0' && length == 0)) continue;
        out[length++] = c;
    }
    if (length == 0) out[length++] = '0';
    return length;
}

size_t pw_json_number_print(const pw_json_number *number, char *out) {
    char digits[PW_JSON_NUMBER_BYTES_MAX];
    size_t count = plain_digits(number, digits);
    char *to = out;
    if (number->is_negative && !is_zero(number)) *to++ = '-';
    int64_t scale = -(int64_t)number->exponent;
    int64_t adjusted = (int64_t)count - 1 - scale; /* exponent of the first digit */
    if (scale == 0) {
        memcpy(to, digits, count);
        return (size_t)(to + count - out);
    }
    if (scale > 0 && adjusted >= -6) {
        /* Plain: the point inside the digits, or zeros in front of them. */
        if (adjusted < 0) {
            memcpy(to, "0.000000", 8);
            to += 1 - adjusted;
            memcpy(to, digits, count);
            return (size_t)(to + count - out);
        }
        size_t whole = (size_t)adjusted + 1;
        memcpy(to, digits, whole);
        to[whole] = '.';
        memcpy(to + whole + 1, digits + whole, count - whole);
        return (size_t)(to + count + 1 - out);
    }
    *to++ = digits[0];
    if (count > 1) {
        *to++ = '.';
        memcpy(to, digits + 1, count - 1);
        to += count - 1;
    }
    if (adjusted == 0) return (size_t)(to - out);
    int written = snprintf(to, 14, "E%+lld", (long long)adjusted);
    PW_ASSERT(written > 0 && written < 14);
    return (size_t)(to + written - out);
}
