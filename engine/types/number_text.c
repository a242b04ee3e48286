/* Reads numbers from text: the hot path of the JSON decoder, and Java's parse rules.
 *
 * A decimal text is taken apart into up to 19 digits w and a power of ten q. Then, fastest first:
 * both w and 10^q are exact doubles, so one multiplication or division rounds correctly (William
 * Clinger's observation); or w * 10^q is computed with 192 bits and the cut-off error does not
 * reach the rounding boundary (the idea of Michael Eisel and Daniel Lemire); or strtod decides.
 * strtod never sees a decimal point, so the locale cannot matter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/number_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "types/types_private.h"

enum {
    DIGITS_MAX = 19,          /* every such number fits 64 bits */
    EXACT_POWER_MAX = 22,     /* 10^22 is the last power of ten that is a double */
    SIGNIFICANT_MAX = 800,    /* more digits than any double's rounding boundary has (768) */
    TEXT_DIGITS_MAX = 100000, /* of one number: so that an exponent beyond it always wins */
};

/* A decimal number as it stands in the text: sign, digits with at most one point, exponent. */
typedef struct scanned {
    bool is_negative;
    uint64_t digits;       /* the first DIGITS_MAX significant ones */
    int32_t exponent;      /* value = digits * 10^exponent, but for the digits left out */
    bool is_cut;           /* non-zero digits were left out */
    const char *first;     /* where the digits stand, the point among them */
    const char *last;      /* one past them */
    int32_t text_exponent; /* what stands behind the `e` */
} scanned;

static const char *scan_exponent(const char *at, const char *end, int32_t *exponent) {
    bool is_negative = false;
    if (at < end && (*at == '+' || *at == '-')) is_negative = *at++ == '-';
    const char *start = at;
    int32_t value = 0;
    for (; at < end && pw_is_digit(*at); at++) {
        if (value < 2 * TEXT_DIGITS_MAX) value = value * 10 + (*at - '0');
    }
    *exponent = is_negative ? -value : value;
    return at > start ? at : NULL;
}

/* More than 19 digits: take the first ones again, from the first that is not zero. */
static void scan_long(scanned *number) {
    uint64_t digits = 0;
    int32_t count = 0, dropped = 0, behind_point = 0;
    bool has_point = false;
    for (const char *at = number->first; at < number->last; at++) {
        if (*at == '.') {
            has_point = true;
            continue;
        }
        if (count < DIGITS_MAX) {
            digits = digits * 10 + (uint64_t)(*at - '0');
            if (digits > 0) count++;
            behind_point += has_point;
        } else {
            if (*at != '0') number->is_cut = true;
            dropped += !has_point;
        }
    }
    number->digits = digits;
    number->exponent = number->text_exponent - behind_point + dropped;
}

/* Returns where the number ends, or NULL if there is none at `at`. */
static const char *scan_decimal(const char *at, const char *end, scanned *number) {
    memset(number, 0, sizeof *number);
    if (at < end && (*at == '-' || *at == '+')) number->is_negative = *at++ == '-';
    number->first = at;
    uint64_t digits = 0;
    while (at < end && pw_is_digit(*at))
        digits = digits * 10 + (uint64_t)(*at++ - '0');
    ptrdiff_t count = at - number->first, behind_point = 0;
    if (at < end && *at == '.') {
        const char *point = at++;
        while (at < end && pw_is_digit(*at))
            digits = digits * 10 + (uint64_t)(*at++ - '0');
        behind_point = at - point - 1;
        count += behind_point;
    }
    if (count == 0 || count > TEXT_DIGITS_MAX) return NULL;
    number->last = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at = scan_exponent(at + 1, end, &number->text_exponent);
        if (!at) return NULL;
    }
    number->digits = digits;
    number->exponent = number->text_exponent - (int32_t)behind_point;
    if (count > DIGITS_MAX) scan_long(number);
    return at;
}

/* Rounds top / 2^shift to the nearest integer, ties to even. The true number lies between top and
 * top + 2 (both excluded), or, if is_exact, is top plus the 64 further bits `low`.
 * False if that does not decide. */
static bool round_shifted(pw_u128 top, uint64_t low, bool is_exact, int32_t shift, uint64_t *out) {
    uint64_t quotient = (uint64_t)(top >> shift);
    pw_u128 rest = top & (((pw_u128)1 << shift) - 1);
    pw_u128 half = (pw_u128)1 << (shift - 1);
    bool is_up = rest >= half;
    if (is_exact && rest == half && low == 0) is_up = quotient % 2 == 1;
    if (!is_exact && rest < half && rest + 2 > half) return false;
    *out = quotient + is_up;
    return true;
}

/* digits * 10^exponent with 192 bits; false if they do not decide. digits > 0. */
static bool multiply_round(uint64_t digits, int32_t exponent, double *out) {
    int32_t zeros = __builtin_clzll(digits);
    uint64_t factor = digits << zeros;
    const pw_power *power = &pw_power_table[exponent - PW_POWER_MIN];
    pw_u128 low = (pw_u128)power->low * factor;
    pw_u128 top = (pw_u128)power->high * factor + (low >> 64);
    bool is_exact = exponent >= 0 && exponent <= PW_POWER_EXACT_MAX;

    int32_t highest = 126 + (int32_t)(top >> 127);
    int32_t binary = highest + pw_log2_of_power(exponent) - 63 - zeros;
    if (binary > 1023) {
        *out = __builtin_inf();
        return true;
    }
    int32_t mantissa_bits = binary >= -1022 ? 53 : 53 - (-1022 - binary);
    if (mantissa_bits <= 0) {
        *out = 0;
        return mantissa_bits < 0; /* at zero bits it may still round up to the smallest double */
    }
    uint64_t mantissa;
    if (!round_shifted(top, (uint64_t)low, is_exact, highest + 1 - mantissa_bits, &mantissa)) {
        return false;
    }
    /* The hidden bit, and a carry out of rounding, count the exponent up by themselves. */
    uint64_t bits = mantissa;
    if (binary >= -1022) bits += (uint64_t)(binary + 1022) << 52;
    memcpy(out, &bits, sizeof bits);
    return true;
}

/* digits * 10^exponent where table and exact doubles decide; false if they do not. */
static bool convert_fast(uint64_t digits, int32_t exponent, double *out) {
    static const double exact[EXACT_POWER_MAX + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (digits <= UINT64_C(1) << 53 && exponent >= -EXACT_POWER_MAX &&
        exponent <= EXACT_POWER_MAX) {
        *out = exponent < 0 ? (double)digits / exact[-exponent] : (double)digits * exact[exponent];
        return true;
    }
    if (digits == 0 || exponent < PW_POWER_MIN) {
        *out = 0;
        return true;
    }
    if (exponent > 308) {
        *out = __builtin_inf();
        return true;
    }
    return multiply_round(digits, exponent, out);
}

/* The last resort: strtod on the digits as an integer with an exponent. Digits beyond those that
 * can matter are replaced by a single 1, which stands for "a little more". */
static double convert_slow(const char *first, const char *last, int32_t exponent) {
    char text[SIGNIFICANT_MAX + 24];
    size_t length = 0;
    bool has_point = false, is_more = false;
    for (const char *at = first; at < last; at++) {
        if (*at == '.') {
            has_point = true;
            continue;
        }
        if (length < SIGNIFICANT_MAX) {
            if (length > 0 || *at != '0') text[length++] = *at;
            exponent -= has_point;
        } else {
            is_more |= *at != '0';
            exponent += !has_point;
        }
    }
    if (is_more) {
        text[length++] = '1';
        exponent--;
    }
    if (length == 0) return 0;
    text[length++] = 'e';
    length += pw_i64_write(exponent, text + length);
    text[length] = 0;
    return strtod(text, NULL);
}

static double convert(const scanned *number) {
    double value, next;
    bool is_done = convert_fast(number->digits, number->exponent, &value);
    if (is_done && number->is_cut) {
        is_done = convert_fast(number->digits + 1, number->exponent, &next) && next == value;
    }
    if (!is_done) value = convert_slow(number->first, number->last, number->text_exponent);
    return number->is_negative ? -value : value;
}

bool pw_double_parse_json(pw_str text, double *out) {
    scanned number;
    const char *end = text.data + text.length;
    if (scan_decimal(text.data, end, &number) != end || text.length == 0) return false;
    *out = convert(&number);
    return true;
}

double pw_double_from_digits(pw_u128 digits, int32_t exponent) {
    double value;
    if (digits <= UINT64_MAX && convert_fast((uint64_t)digits, exponent, &value)) return value;
    char text[PW_U128_TEXT_MAX];
    size_t length = pw_u128_write(digits, text);
    return convert_slow(text, text + length, exponent);
}

static int32_t hex_digit(char c) {
    if (pw_is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Java's hexadecimal floating point, behind "0x": the `p` is a must. strtod rounds it; the point is
 * taken out first, as each digit behind it is worth 2^-4. Digits that cannot matter become a 1. */
static const char *parse_hex(const char *at, const char *end, double *out) {
    char text[64] = "0x";
    size_t length = 2;
    int32_t exponent = 0, shift = 0, count = 0;
    bool has_point = false, is_more = false;
    for (; at < end && (*at == '.' || hex_digit(*at) >= 0); at++) {
        if (*at == '.') {
            if (has_point) return NULL;
            has_point = true;
            continue;
        }
        if (count++ >= TEXT_DIGITS_MAX) return NULL;
        if (length < 34) {
            if (length > 2 || *at != '0') text[length++] = *at;
            shift -= has_point ? 4 : 0;
        } else {
            is_more |= *at != '0';
            shift += has_point ? 0 : 4;
        }
    }
    if (count == 0 || at == end || (*at != 'p' && *at != 'P')) return NULL;
    at = scan_exponent(at + 1, end, &exponent);
    if (!at) return NULL;
    if (length == 2) text[length++] = '0';
    if (is_more) {
        text[length++] = '1';
        shift -= 4;
    }
    text[length++] = 'p';
    length += pw_i64_write((int64_t)exponent + shift, text + length);
    text[length] = 0;
    *out = strtod(text, NULL);
    return at;
}

/* "NaN" and "Infinity" are case-sensitive in Java. */
static bool parse_word(pw_str text, double *out) {
    if (pw_str_equal(text, PW_STR("NaN"))) {
        *out = __builtin_nan("");
        return true;
    }
    if (pw_str_equal(text, PW_STR("Infinity"))) {
        *out = __builtin_inf();
        return true;
    }
    return false;
}

bool pw_double_parse(pw_str text, double *out) {
    text = pw_java_trim(text);
    if (text.length == 0) return false;
    const char *at = text.data, *end = text.data + text.length;
    bool is_negative = *at == '-';
    pw_str bare = text;
    if (*at == '-' || *at == '+') bare = (pw_str){at + 1, text.length - 1};
    if (parse_word(bare, out)) {
        if (is_negative) *out = -*out;
        return true;
    }
    if (bare.length > 2 && bare.data[0] == '0' && (bare.data[1] == 'x' || bare.data[1] == 'X')) {
        at = parse_hex(bare.data + 2, end, out);
        if (at && is_negative) *out = -*out;
    } else {
        scanned number;
        at = scan_decimal(at, end, &number);
        if (at) *out = convert(&number);
    }
    if (at && at < end && strchr("fFdD", *at)) at++;
    return at == end;
}

bool pw_i64_parse(pw_str text, int64_t *out) {
    const char *at = text.data, *end = text.data + text.length;
    bool is_negative = false;
    if (at < end && (*at == '-' || *at == '+')) is_negative = *at++ == '-';
    if (at == end) return false;
    /* Counted downwards, as the smallest number has no positive counterpart. */
    int64_t value = 0;
    for (; at < end; at++) {
        if (!pw_is_digit(*at)) return false;
        if (__builtin_mul_overflow(value, (int64_t)10, &value)) return false;
        if (__builtin_sub_overflow(value, (int64_t)(*at - '0'), &value)) return false;
    }
    if (!is_negative && value == INT64_MIN) return false;
    *out = is_negative ? value : -value;
    return true;
}

bool pw_i32_parse(pw_str text, int64_t *out) {
    int64_t value;
    if (!pw_i64_parse(text, &value) || value < INT32_MIN || value > INT32_MAX) return false;
    *out = value;
    return true;
}
