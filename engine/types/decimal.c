/* DECIMAL values: scale changes, comparison, text and double. Arithmetic is in decimal_math.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/decimal.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/limits.h"
#include "types/types_private.h"

#define TEN_19      ((pw_i128)UINT64_C(10000000000000000000))
#define POWER_19(n) ((pw_i128)UINT64_C(n) * TEN_19)

static const pw_i128 powers_of_ten[PW_DECIMAL_PRECISION_MAX + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    POWER_19(1),
    POWER_19(10),
    POWER_19(100),
    POWER_19(1000),
    POWER_19(10000),
    POWER_19(100000),
    POWER_19(1000000),
    POWER_19(10000000),
    POWER_19(100000000),
    POWER_19(1000000000),
    POWER_19(10000000000),
    POWER_19(100000000000),
    POWER_19(1000000000000),
    POWER_19(10000000000000),
    POWER_19(100000000000000),
    POWER_19(1000000000000000),
    POWER_19(10000000000000000),
    POWER_19(100000000000000000),
    POWER_19(1000000000000000000),
    POWER_19(10000000000000000000),
};

pw_i128 pw_decimal_power_of_ten(int32_t n) {
    PW_ASSERT(n >= 0 && n <= PW_DECIMAL_PRECISION_MAX);
    return powers_of_ten[n];
}

pw_slot pw_decimal_slot(pw_arena *arena, const pw_type *type, pw_i128 unscaled) {
    pw_i128 limit = pw_decimal_power_of_ten(type->precision);
    PW_ASSERT(unscaled <= limit && unscaled >= -limit);
    if (type->precision <= PW_DECIMAL_PRECISION_INLINE) return pw_slot_i64((int64_t)unscaled);
    pw_i128 *wide = pw_arena_alloc(arena, sizeof *wide);
    *wide = unscaled;
    pw_slot slot = pw_slot_i64(0);
    slot.i128 = wide;
    return slot;
}

bool pw_decimal_fits(pw_i128 unscaled, int32_t precision) {
    pw_i128 limit = pw_decimal_power_of_ten(precision);
    return unscaled < limit && unscaled > -limit;
}

int32_t pw_u128_digit_count(pw_u128 value) {
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;
    int32_t bits = high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 1;
    int32_t count = (int32_t)(((uint32_t)bits * 1233) >> 12); /* bits * log10(2), cut off */
    if (count > PW_DECIMAL_PRECISION_MAX) return count;
    return value < (pw_u128)powers_of_ten[count] ? (count ? count : 1) : count + 1;
}

/* quotient + 1 or quotient, for a magnitude divided with the rest `rest` (not zero). */
static bool is_rounded_up(pw_rounding rounding, bool is_negative, pw_u128 rest, pw_u128 divisor) {
    pw_u128 other = divisor - rest; /* rest against the half without doubling it */
    switch (rounding) {
    case PW_ROUND_UNNECESSARY: break;
    case PW_ROUND_HALF_UP: return rest >= other;
    case PW_ROUND_HALF_DOWN: return rest > other;
    case PW_ROUND_DOWN: return false;
    case PW_ROUND_UP: return true;
    case PW_ROUND_FLOOR: return is_negative;
    case PW_ROUND_CEILING: return !is_negative;
    }
    PW_UNREACHABLE();
}

static bool rescale_down(pw_i128 unscaled, int64_t digits, pw_rounding rounding, pw_i128 *out) {
    pw_u128 magnitude = pw_i128_magnitude(unscaled), quotient = 0, rest = magnitude;
    /* Beyond the largest power everything is less than half a unit: the divisor need not be exact,
     * only more than twice the value. */
    pw_u128 divisor = ~(pw_u128)0;
    if (digits <= PW_DECIMAL_PRECISION_MAX) {
        divisor = (pw_u128)powers_of_ten[digits];
        if (magnitude <= UINT64_MAX && divisor <= UINT64_MAX) {
            quotient = (uint64_t)magnitude / (uint64_t)divisor;
        } else {
            quotient = magnitude / divisor;
        }
        rest = magnitude - quotient * divisor;
    }
    if (rest != 0) {
        if (rounding == PW_ROUND_UNNECESSARY) return false;
        quotient += is_rounded_up(rounding, unscaled < 0, rest, divisor);
    }
    *out = unscaled < 0 ? -(pw_i128)quotient : (pw_i128)quotient;
    return true;
}

bool pw_decimal_rescale(pw_i128 unscaled, int32_t from_scale, int32_t to_scale,
                        pw_rounding rounding, pw_i128 *out) {
    int64_t digits = (int64_t)to_scale - from_scale;
    if (unscaled == 0 || digits == 0) {
        *out = unscaled;
    } else if (digits < 0) {
        if (!rescale_down(unscaled, -digits, rounding, out)) return false;
    } else {
        if (digits > PW_DECIMAL_PRECISION_MAX) return false;
        if (__builtin_mul_overflow(unscaled, powers_of_ten[digits], out)) return false;
    }
    return pw_decimal_fits(*out, PW_DECIMAL_PRECISION_MAX);
}

/* Two positive numbers. */
static int compare_magnitudes(pw_u128 a, int64_t a_scale, pw_u128 b, int64_t b_scale) {
    if (a_scale == b_scale) return a < b ? -1 : a > b;
    int64_t a_digits = pw_u128_digit_count(a), b_digits = pw_u128_digit_count(b);
    if (a_digits - a_scale != b_digits - b_scale) {
        return a_digits - a_scale < b_digits - b_scale ? -1 : 1;
    }
    /* Their first digits stand at the same place: the one with fewer digits is made as long as the
     * other. An overflow then means more than the other, which is below 2^128. */
    bool is_swapped = a_digits > b_digits;
    pw_u128 shorter = is_swapped ? b : a, longer = is_swapped ? a : b;
    int64_t missing = is_swapped ? a_digits - b_digits : b_digits - a_digits;
    int order = 1;
    if (!__builtin_mul_overflow(shorter, (pw_u128)powers_of_ten[missing], &shorter)) {
        order = shorter < longer ? -1 : shorter > longer;
    }
    return is_swapped ? -order : order;
}

int pw_decimal_compare(pw_i128 a, int32_t a_scale, pw_i128 b, int32_t b_scale) {
    int a_sign = a < 0 ? -1 : a > 0, b_sign = b < 0 ? -1 : b > 0;
    if (a_sign != b_sign) return a_sign < b_sign ? -1 : 1;
    if (a_sign == 0) return 0;
    return a_sign *
           compare_magnitudes(pw_i128_magnitude(a), a_scale, pw_i128_magnitude(b), b_scale);
}

/* A decimal text taken apart: the significant digits stand in [first, last), with at most one
 * point among them; the value is 0.DIGITS * 10^magnitude. */
typedef struct decimal_text {
    bool is_negative;
    const char *first; /* the first digit that is not zero */
    const char *last;  /* one past the last digit that is not zero; == first for zero */
    int32_t digit_count;
    int32_t scale; /* digits behind the point less the exponent, as BigDecimal keeps it */
    int64_t magnitude;
} decimal_text;

/* Java reads at most ten digits of an exponent, and it must fit 32 bits. */
static const char *read_exponent(const char *at, const char *end, int64_t *exponent) {
    bool is_negative = false;
    if (at < end && (*at == '+' || *at == '-')) is_negative = *at++ == '-';
    const char *start = at;
    int64_t value = 0;
    for (; at < end && pw_is_digit(*at); at++) {
        if (value <= INT32_MAX) value = value * 10 + (*at - '0');
    }
    if (at == start || value > INT32_MAX) return NULL;
    *exponent = is_negative ? -value : value;
    return at;
}

static bool read_decimal(pw_str text, decimal_text *out) {
    const char *at = text.data, *end = text.data + text.length, *point = NULL;
    *out = (decimal_text){0};
    if (at < end && (*at == '+' || *at == '-')) out->is_negative = *at++ == '-';
    const char *start = at;
    for (; at < end && (pw_is_digit(*at) || (*at == '.' && !point)); at++) {
        if (*at == '.') point = at;
        if (*at < '1') continue; /* zeros and the point */
        if (!out->first) out->first = at;
        out->last = at + 1;
    }
    const char *stop = at;
    if (stop - start == (point ? 1 : 0) || stop - start > INT32_MAX / 2) return false;
    int64_t exponent = 0;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at = read_exponent(at + 1, end, &exponent);
        if (!at) return false;
    }
    if (at != end) return false;
    if (!point) point = stop;
    int64_t scale = (stop > point ? stop - point - 1 : 0) - exponent;
    if (scale > INT32_MAX || scale < INT32_MIN) return false;
    out->scale = (int32_t)scale;
    if (!out->first) return true;
    bool is_point_inside = point > out->first && point < out->last;
    out->digit_count = (int32_t)(out->last - out->first - is_point_inside);
    out->magnitude = exponent + (out->first < point ? point - out->first : point + 1 - out->first);
    return true;
}

/* The first `count` significant digits as an integer, with zeros behind where there are no more. */
static pw_u128 take_digits(const decimal_text *number, int64_t count) {
    pw_u128 value = 0;
    uint64_t part = 0, part_scale = 1;
    const char *at = number->first;
    for (; count > 0 && at < number->last; at++) {
        if (*at == '.') continue;
        part = part * 10 + (uint64_t)(*at - '0');
        part_scale *= 10;
        count--;
        if (part_scale == UINT64_C(1000000000000000000)) {
            value = value * part_scale + part;
            part = 0;
            part_scale = 1;
        }
    }
    value = value * part_scale + part;
    return count > 0 ? value * (pw_u128)powers_of_ten[count] : value;
}

bool pw_decimal_parse(pw_str text, pw_i128 *unscaled, int32_t *scale) {
    decimal_text number;
    if (!read_decimal(text, &number)) return false;
    *scale = number.scale;
    *unscaled = 0;
    if (number.digit_count == 0) return true;
    if (number.digit_count > PW_DECIMAL_PRECISION_MAX) return false;
    /* Keep trailing zeros, as BigDecimal does, as far as 38 digits can hold them. */
    int64_t count = number.magnitude + number.scale;
    if (count > PW_DECIMAL_PRECISION_MAX) {
        *scale -= (int32_t)(count - PW_DECIMAL_PRECISION_MAX);
        count = PW_DECIMAL_PRECISION_MAX;
    }
    pw_i128 value = (pw_i128)take_digits(&number, count);
    *unscaled = number.is_negative ? -value : value;
    return true;
}

const char *pw_decimal_parse_as(pw_str text, int32_t precision, int32_t scale, bool is_rounding,
                                pw_i128 *out) {
    decimal_text number;
    if (!read_decimal(text, &number)) return "Not a decimal number";
    *out = 0;
    if (number.digit_count == 0) return NULL;
    if (number.magnitude > precision - scale) return pw_decimal_overflow;
    int64_t count = number.magnitude + scale; /* digits that are kept; at most the precision */
    pw_i128 value = count > 0 ? (pw_i128)take_digits(&number, count) : 0;
    if (count < number.digit_count) {
        if (!is_rounding) return pw_decimal_inexact;
        if (count >= 0) {
            const char *next = number.first;
            for (int64_t left = count; left > 0 || *next == '.'; next++)
                left -= *next != '.';
            value += *next >= '5';
        }
    }
    if (value > powers_of_ten[PW_DECIMAL_PRECISION_MAX] - 1) return pw_decimal_overflow;
    *out = number.is_negative ? -value : value;
    return NULL;
}

size_t pw_decimal_write(pw_i128 unscaled, int32_t scale, char *out) {
    char digits[PW_U128_TEXT_MAX];
    char *start = out;
    size_t count = pw_u128_write(pw_i128_magnitude(unscaled), digits);
    if (unscaled < 0) *out++ = '-';
    size_t behind = scale > 0 ? (size_t)scale : 0;
    if (count > behind) {
        memcpy(out, digits, count - behind);
        out += count - behind;
    } else {
        *out++ = '0';
    }
    if (scale < 0 && unscaled != 0) {
        memset(out, '0', (size_t) - (int64_t)scale);
        out += -(int64_t)scale;
    }
    if (behind > 0) {
        *out++ = '.';
        size_t known = count < behind ? count : behind;
        memset(out, '0', behind - known);
        memcpy(out + behind - known, digits + count - known, known);
        out += behind;
    }
    return (size_t)(out - start);
}

size_t pw_decimal_write_java(pw_i128 unscaled, int32_t scale, char *out) {
    char digits[PW_U128_TEXT_MAX];
    size_t count = pw_u128_write(pw_i128_magnitude(unscaled), digits);
    int64_t first = (int64_t)count - 1 - scale; /* power of ten of the first digit */
    if (scale == 0 || (scale > 0 && first >= -6)) return pw_decimal_write(unscaled, scale, out);
    char *start = out;
    if (unscaled < 0) *out++ = '-';
    *out++ = digits[0];
    if (count > 1) {
        *out++ = '.';
        memcpy(out, digits + 1, count - 1);
        out += count - 1;
    }
    if (first != 0) {
        *out++ = 'E';
        if (first > 0) *out++ = '+';
        out += pw_i64_write(first, out);
    }
    return (size_t)(out - start);
}

void pw_decimal_print(pw_i128 unscaled, int32_t scale, pw_buf *out) {
    size_t room = PW_DECIMAL_TEXT_MAX + (size_t)(scale < 0 ? -(int64_t)scale : scale);
    out->length += pw_decimal_write(unscaled, scale, pw_buf_reserve(out, room));
}

void pw_decimal_print_java(pw_i128 unscaled, int32_t scale, pw_buf *out) {
    out->length += pw_decimal_write_java(unscaled, scale, pw_buf_reserve(out, PW_DECIMAL_TEXT_MAX));
}

double pw_decimal_to_double(pw_i128 unscaled, int32_t scale) {
    double magnitude = pw_double_from_digits(pw_i128_magnitude(unscaled), -scale);
    return unscaled < 0 ? -magnitude : magnitude;
}

bool pw_decimal_from_double(double value, pw_i128 *unscaled, int32_t *scale) {
    if (!__builtin_isfinite(value)) return false;
    pw_shortest shortest = pw_double_shortest(value);
    *unscaled = value < 0 ? -(pw_i128)shortest.digits : (pw_i128)shortest.digits;
    *scale = -shortest.exponent;
    return true;
}

/* A fraction in fixed point: words[0] is the most significant. digit_of takes the next decimal
 * digit off its front. */
enum { FRACTION_WORDS = 4 };

static uint32_t digit_of(uint64_t words[FRACTION_WORDS]) {
    uint64_t carry = 0;
    for (int i = FRACTION_WORDS - 1; i >= 0; i--) {
        pw_u128 product = (pw_u128)words[i] * 10 + carry;
        words[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    return (uint32_t)carry;
}

/* mantissa / 2^bits below one, as a fraction; at most 256 bits are there to hold it. */
static void fraction_set(uint64_t words[FRACTION_WORDS], uint64_t mantissa, int32_t bits) {
    memset(words, 0, FRACTION_WORDS * sizeof *words);
    int32_t last = (bits - 1) / 64, used = bits - last * 64; /* the last bit is in words[last] */
    words[last] = mantissa << (64 - used);
    if (used < 64 && last > 0) words[last - 1] = mantissa >> used;
}

const char *pw_decimal_cast_double(double value, int32_t precision, int32_t scale, pw_i128 *out) {
    if (!__builtin_isfinite(value)) return "NaN and infinities have no decimal value";
    *out = 0;
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53); /* |value| == mantissa * 2^exponent */
    exponent -= 53;
    if (exponent > 127 - 53) return pw_decimal_overflow;
    /* A value below 2^-133 is less than a tenth of a unit of the finest scale. It also keeps the
     * fraction within 64 + 133 bits. */
    if (mantissa == 0 || exponent < -133 - 53) return NULL;

    pw_u128 whole = exponent >= 0    ? (pw_u128)mantissa << exponent
                    : exponent > -64 ? mantissa >> -exponent
                                     : 0;
    uint64_t words[FRACTION_WORDS] = {0};
    if (exponent < 0) {
        uint64_t rest = mantissa;
        if (exponent > -64) rest -= (uint64_t)whole << -exponent;
        fraction_set(words, rest, -exponent);
    }
    if (whole >= (pw_u128)powers_of_ten[precision - scale]) return pw_decimal_overflow;

    /* First to `precision` significant digits; leading zeros of a fraction do not count. */
    pw_u128 digits = whole;
    int32_t count = whole ? pw_u128_digit_count(whole) : 0, digits_scale = 0;
    while (count < precision && digits_scale < 2 * PW_DECIMAL_PRECISION_MAX) {
        digits = digits * 10 + digit_of(words);
        digits_scale++;
        count += digits != 0;
    }
    digits += digit_of(words) >= 5;
    int32_t limit = precision - scale + digits_scale; /* the check comes after the first rounding */
    if (limit <= PW_DECIMAL_PRECISION_MAX && digits >= (pw_u128)powers_of_ten[limit]) {
        return pw_decimal_overflow;
    }
    if (!pw_decimal_rescale((pw_i128)digits, digits_scale, scale, PW_ROUND_HALF_UP, out)) {
        return pw_decimal_overflow;
    }
    if (value < 0) *out = -*out;
    return NULL;
}
