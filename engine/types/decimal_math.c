/* DECIMAL arithmetic by ksqlDB's rule: the exact result, or an error; nothing is ever rounded.
 *
 * Values have up to 38 digits and scales up to 38, so aligned operands and products need up to 256
 * bits. The common case fits 128 bits and is tried first. Division needs no wide numbers: a / b is
 * a finite decimal only if b, once a's factors are taken out, has no prime factor but 2 and 5.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/limits.h"
#include "types/decimal.h"
#include "types/types_private.h"

const char pw_decimal_overflow[] = "Numeric overflow";
const char pw_decimal_inexact[] = "Rounding necessary";
static const char division_by_zero[] = "Division by zero";

/* Whole digits that a capped result type keeps before its scale gets any: those of a BIGINT. */
enum { WHOLE_DIGITS_KEPT = 18 };

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static int32_t smaller(int32_t a, int32_t b) {
    return a < b ? a : b;
}

const pw_type *pw_decimal_result_type(pw_arena *arena, pw_decimal_op op, const pw_type *a,
                                      const pw_type *b) {
    int32_t a_whole = a->precision - a->scale, b_whole = b->precision - b->scale;
    int32_t scale = larger(a->scale, b->scale), precision = 0;
    switch (op) {
    case PW_DECIMAL_ADD:
    case PW_DECIMAL_SUB: precision = larger(a_whole, b_whole) + scale + 1; break;
    case PW_DECIMAL_MUL:
        scale = a->scale + b->scale;
        precision = a->precision + b->precision + 1;
        break;
    case PW_DECIMAL_DIV:
        scale = larger(6, a->scale + b->precision + 1);
        precision = a_whole + b->scale + scale;
        break;
    case PW_DECIMAL_MOD: precision = smaller(a_whole, b_whole) + scale; break;
    }
    if (precision > PW_DECIMAL_PRECISION_MAX) {
        int32_t whole = smaller(precision - scale, WHOLE_DIGITS_KEPT);
        scale = smaller(scale, PW_DECIMAL_PRECISION_MAX - whole);
        precision = PW_DECIMAL_PRECISION_MAX;
    }
    /* `%` of DECIMAL(2,2) by DECIMAL(2,2) has no whole digit; a type needs one digit in all. */
    return pw_type_decimal(arena, larger(precision, 1), scale);
}

/* An unsigned number of 256 bits; a sign goes beside it where one is needed. */
typedef struct wide {
    pw_u128 high;
    pw_u128 low;
} wide;

static wide wide_multiply(pw_u128 a, pw_u128 b) {
    uint64_t a_low = (uint64_t)a, a_high = (uint64_t)(a >> 64);
    uint64_t b_low = (uint64_t)b, b_high = (uint64_t)(b >> 64);
    pw_u128 low = (pw_u128)a_low * b_low;
    pw_u128 cross = (pw_u128)a_high * b_low + (low >> 64);
    pw_u128 other = (pw_u128)a_low * b_high + (uint64_t)cross;
    pw_u128 high = (pw_u128)a_high * b_high + (cross >> 64) + (other >> 64);
    return (wide){high, (other << 64) | (uint64_t)low};
}

static wide wide_add(wide a, wide b) {
    pw_u128 low = a.low + b.low;
    return (wide){a.high + b.high + (low < a.low), low};
}

static wide wide_subtract(wide a, wide b) {
    return (wide){a.high - b.high - (a.low < b.low), a.low - b.low};
}

static bool wide_is_less(wide a, wide b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* Divides by ten in place, 64 bits at a time; returns the rest. */
static uint64_t wide_divide_by_ten(wide *value) {
    uint64_t limbs[4] = {(uint64_t)(value->high >> 64), (uint64_t)value->high,
                         (uint64_t)(value->low >> 64), (uint64_t)value->low};
    uint64_t rest = 0;
    for (int i = 0; i < 4; i++) {
        pw_u128 part = ((pw_u128)rest << 64) | limbs[i];
        limbs[i] = (uint64_t)(part / 10);
        rest = (uint64_t)(part % 10);
    }
    value->high = ((pw_u128)limbs[0] << 64) | limbs[1];
    value->low = ((pw_u128)limbs[2] << 64) | limbs[3];
    return rest;
}

static const char *finish(pw_u128 magnitude, bool is_negative, int32_t precision, pw_i128 *out) {
    if (magnitude >= (pw_u128)pw_decimal_power_of_ten(precision)) return pw_decimal_overflow;
    *out = is_negative ? -(pw_i128)magnitude : (pw_i128)magnitude;
    return NULL;
}

/* value / 10^from_scale at the scale of `result`. */
static const char *finish_wide(wide value, int32_t from_scale, bool is_negative,
                               const pw_type *result, pw_i128 *out) {
    for (int32_t i = from_scale; i > result->scale; i--) {
        if (wide_divide_by_ten(&value) != 0) return pw_decimal_inexact;
    }
    if (value.high != 0) return pw_decimal_overflow;
    pw_u128 factor = (pw_u128)pw_decimal_power_of_ten(larger(result->scale - from_scale, 0));
    pw_u128 magnitude;
    if (__builtin_mul_overflow(value.low, factor, &magnitude)) return pw_decimal_overflow;
    return finish(magnitude, is_negative, result->precision, out);
}

static const char *add(pw_i128 a, int32_t a_scale, pw_i128 b, int32_t b_scale,
                       const pw_type *result, pw_i128 *out) {
    int32_t scale = larger(a_scale, b_scale);
    pw_i128 a_factor = pw_decimal_power_of_ten(scale - a_scale);
    pw_i128 b_factor = pw_decimal_power_of_ten(scale - b_scale);
    pw_i128 a_aligned, b_aligned, sum;
    if (scale == result->scale && !__builtin_mul_overflow(a, a_factor, &a_aligned) &&
        !__builtin_mul_overflow(b, b_factor, &b_aligned) &&
        !__builtin_add_overflow(a_aligned, b_aligned, &sum)) {
        return finish(pw_i128_magnitude(sum), sum < 0, result->precision, out);
    }
    wide a_wide = wide_multiply(pw_i128_magnitude(a), (pw_u128)a_factor);
    wide b_wide = wide_multiply(pw_i128_magnitude(b), (pw_u128)b_factor);
    if ((a < 0) == (b < 0)) {
        return finish_wide(wide_add(a_wide, b_wide), scale, a < 0, result, out);
    }
    bool is_b_larger = wide_is_less(a_wide, b_wide);
    wide difference = is_b_larger ? wide_subtract(b_wide, a_wide) : wide_subtract(a_wide, b_wide);
    return finish_wide(difference, scale, is_b_larger ? b < 0 : a < 0, result, out);
}

static const char *multiply(pw_i128 a, int32_t a_scale, pw_i128 b, int32_t b_scale,
                            const pw_type *result, pw_i128 *out) {
    pw_u128 a_magnitude = pw_i128_magnitude(a), b_magnitude = pw_i128_magnitude(b), product;
    bool is_negative = (a < 0) != (b < 0);
    if (result->scale == a_scale + b_scale) {
        if (__builtin_mul_overflow(a_magnitude, b_magnitude, &product)) return pw_decimal_overflow;
        return finish(product, is_negative, result->precision, out);
    }
    wide exact = wide_multiply(a_magnitude, b_magnitude);
    return finish_wide(exact, a_scale + b_scale, is_negative, result, out);
}

static pw_u128 common_divisor(pw_u128 a, pw_u128 b) {
    while (b != 0) {
        pw_u128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* a / b * 10^digits for positive numbers. */
static const char *divide_exactly(pw_u128 a, pw_u128 b, int32_t digits, pw_u128 *out) {
    pw_u128 scaled;
    if (digits <= PW_DECIMAL_PRECISION_MAX &&
        !__builtin_mul_overflow(a, (pw_u128)pw_decimal_power_of_ten(digits), &scaled)) {
        *out = scaled / b;
        return *out * b == scaled ? NULL : pw_decimal_inexact;
    }
    pw_u128 divisor = common_divisor(a, b), quotient = a / divisor;
    b /= divisor;
    int32_t twos = digits, fives = digits;
    for (; b % 2 == 0; b /= 2)
        twos--;
    for (; b % 5 == 0; b /= 5)
        fives--;
    if (b != 1 || twos < 0 || fives < 0) return pw_decimal_inexact;
    for (; twos > 0; twos--) {
        if (__builtin_mul_overflow(quotient, (pw_u128)2, &quotient)) return pw_decimal_overflow;
    }
    for (; fives > 0; fives--) {
        if (__builtin_mul_overflow(quotient, (pw_u128)5, &quotient)) return pw_decimal_overflow;
    }
    *out = quotient;
    return NULL;
}

static const char *divide(pw_i128 a, int32_t a_scale, pw_i128 b, int32_t b_scale,
                          const pw_type *result, pw_i128 *out) {
    if (b == 0) return division_by_zero;
    *out = 0;
    if (a == 0) return NULL;
    pw_u128 dividend = pw_i128_magnitude(a), divisor = pw_i128_magnitude(b), quotient;
    int32_t digits = result->scale + b_scale - a_scale;
    if (digits < 0) {
        /* Only where the result's scale was capped. A divisor beyond 128 bits is larger than any
         * dividend, so the quotient would be a fraction of a unit. */
        if (__builtin_mul_overflow(divisor, (pw_u128)pw_decimal_power_of_ten(-digits), &divisor)) {
            return pw_decimal_inexact;
        }
        digits = 0;
    }
    const char *problem = divide_exactly(dividend, divisor, digits, &quotient);
    if (problem) return problem;
    return finish(quotient, (a < 0) != (b < 0), result->precision, out);
}

/* value + value modulo `modulus`; both below 2^127, so the sum cannot overflow. */
static pw_u128 double_modulo(pw_u128 value, pw_u128 modulus) {
    pw_u128 sum = value + value;
    return sum >= modulus ? sum - modulus : sum;
}

/* ksqlDB refuses a remainder whose quotient has more digits than the result type ("Division
 * impossible"), which makes 12345.00 % 7 a NULL; here it is the remainder (docs/differences.md). */
static const char *remainder_of(pw_i128 a, int32_t a_scale, pw_i128 b, int32_t b_scale,
                                const pw_type *result, pw_i128 *out) {
    if (b == 0) return division_by_zero;
    pw_u128 rest = pw_i128_magnitude(a), divisor = pw_i128_magnitude(b);
    if (a_scale >= b_scale) {
        pw_u128 factor = (pw_u128)pw_decimal_power_of_ten(a_scale - b_scale);
        /* A divisor beyond 128 bits is larger than any dividend: nothing to take away. */
        if (!__builtin_mul_overflow(divisor, factor, &divisor)) rest %= divisor;
    } else {
        /* rest * 10^n modulo divisor, digit by digit: ten times is (4 times + once) twice. */
        rest %= divisor;
        for (int32_t i = a_scale; i < b_scale; i++) {
            pw_u128 five = double_modulo(double_modulo(rest, divisor), divisor) + rest;
            rest = double_modulo(five >= divisor ? five - divisor : five, divisor);
        }
    }
    return finish_wide((wide){0, rest}, larger(a_scale, b_scale), a < 0, result, out);
}

const char *pw_decimal_apply(pw_decimal_op op, const pw_type *a_type, pw_i128 a,
                             const pw_type *b_type, pw_i128 b, const pw_type *result,
                             pw_i128 *out) {
    switch (op) {
    case PW_DECIMAL_ADD: return add(a, a_type->scale, b, b_type->scale, result, out);
    case PW_DECIMAL_SUB: return add(a, a_type->scale, -b, b_type->scale, result, out);
    case PW_DECIMAL_MUL: return multiply(a, a_type->scale, b, b_type->scale, result, out);
    case PW_DECIMAL_DIV: return divide(a, a_type->scale, b, b_type->scale, result, out);
    case PW_DECIMAL_MOD: return remainder_of(a, a_type->scale, b, b_type->scale, result, out);
    }
    PW_UNREACHABLE();
}
