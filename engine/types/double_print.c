/* Prints a double as Java's Double.toString does since JDK 19: the shortest decimal that reads back
 * as the same double, and of those the nearest to it.
 *
 * The search for the digits is Raffaello Giulietti's Schubfach ("The Schubfach way to render
 * doubles", 2020). In short: the numbers that round to v form an interval around it. Let 10^k be
 * the largest power of ten not wider than that interval. Then one or two multiples of 10^k lie in
 * it, and at most one multiple of 10^(k+1); if there is such a one it is shorter and wins. To
 * compare without big integers, v and both ends of the interval are multiplied by 10^-k, taken from
 * a table with 126 bits, and rounded to odd, which keeps every comparison with an integer exact.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "types/number_text.h"
#include "types/types_private.h"

enum {
    MANTISSA_BITS = 52,
    EXPONENT_MASK = 0x7ff,
    EXPONENT_MIN = -1074, /* of the unit of a subnormal */
};

#define MANTISSA_MASK ((UINT64_C(1) << MANTISSA_BITS) - 1)

/* floor(log10(2^n)) and floor(log10(3/4 * 2^n)), for |n| < 1200. */
static int32_t log10_of_power_of_two(int32_t n) {
    return (int32_t)(((int64_t)n * 661971961083) >> 41);
}

static int32_t log10_of_three_quarters(int32_t n) {
    return (int32_t)(((int64_t)n * 661971961083 - 274743187321) >> 41);
}

/* value * g / 2^127 rounded to odd: cut off, and the last bit set when anything was lost. */
static uint64_t scale_round_to_odd(pw_u128 g, uint64_t value) {
    pw_u128 low = (pw_u128)(uint64_t)g * value;
    pw_u128 sum = (g >> 64) * value + (low >> 64);
    uint64_t lost = (uint64_t)sum & INT64_MAX;
    return (uint64_t)(sum >> 63) | (lost != 0);
}

static pw_shortest strip_zeros(uint64_t digits, int32_t exponent) {
    if (digits % 100000000 == 0) {
        digits /= 100000000;
        exponent += 8;
    }
    if (digits % 10000 == 0) {
        digits /= 10000;
        exponent += 4;
    }
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (pw_shortest){digits, exponent};
}

/* The digits of mantissa * 2^exponent * 10^tens; tens is 0 or -1. */
static pw_shortest find_shortest(uint64_t mantissa, int32_t exponent, int32_t tens) {
    /* Below a power of two the doubles are twice as dense: the interval is narrower on the left. */
    bool is_regular = mantissa != MANTISSA_MASK + 1 || exponent == EXPONENT_MIN;
    int32_t k = is_regular ? log10_of_power_of_two(exponent) : log10_of_three_quarters(exponent);
    int32_t shift = exponent + pw_log2_of_power(-k) + 2;
    const pw_power *power = &pw_power_table[-k - PW_POWER_MIN];
    pw_u128 g = ((((pw_u128)power->high << 64) | power->low) >> 2) + 1;

    uint64_t middle = mantissa << 2; /* in quarters, so that the ends are whole numbers */
    uint64_t v = scale_round_to_odd(g, middle << shift);
    uint64_t left = scale_round_to_odd(g, (middle - (is_regular ? 2 : 1)) << shift);
    uint64_t right = scale_round_to_odd(g, (middle + 2) << shift);
    uint64_t is_open = mantissa & 1; /* ties go to even: the ends belong to an even mantissa */

    uint64_t below = v >> 2;
    if (below >= 100) {
        uint64_t tens_below = below / 10 * 10;
        uint64_t tens_above = tens_below + 10;
        bool below_is_in = left + is_open <= tens_below << 2;
        bool above_is_in = (tens_above << 2) + is_open <= right;
        if (below_is_in != above_is_in) {
            return strip_zeros(below_is_in ? tens_below : tens_above, k + tens);
        }
    }
    uint64_t above = below + 1;
    bool below_is_in = left + is_open <= below << 2;
    bool above_is_in = (above << 2) + is_open <= right;
    if (below_is_in != above_is_in) {
        return strip_zeros(below_is_in ? below : above, k + tens);
    }
    uint64_t centre = (below + above) << 1; /* in quarters, as v */
    bool take_below = v < centre || (v == centre && below % 2 == 0);
    return strip_zeros(take_below ? below : above, k + tens);
}

pw_shortest pw_double_shortest(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t mantissa = bits & MANTISSA_MASK;
    int32_t exponent = (int32_t)(bits >> MANTISSA_BITS) & EXPONENT_MASK;
    if (exponent != 0) {
        mantissa |= MANTISSA_MASK + 1;
        exponent += EXPONENT_MIN - 1;
        /* Whole numbers need no search: they are their own shortest digits below 2^53. */
        if (exponent <= 0 && exponent >= -MANTISSA_BITS) {
            uint64_t whole = mantissa >> -exponent;
            if (whole << -exponent == mantissa) return strip_zeros(whole, 0);
        }
        return find_shortest(mantissa, exponent, 0);
    }
    if (mantissa == 0) return (pw_shortest){0, 0};
    /* Java wants the nearest of two digits, 4.9E-324 and not 5.0E-324: make the tiniest longer. */
    if (mantissa < 3) return find_shortest(mantissa * 10, EXPONENT_MIN, -1);
    return find_shortest(mantissa, EXPONENT_MIN, 0);
}

static size_t write_word(const char *word, char *out) {
    size_t length = strlen(word);
    memcpy(out, word, length);
    return length;
}

/* Behind the point there is always a digit. */
static char *write_fraction(const char *digits, size_t count, char *out) {
    if (count == 0) {
        *out++ = '0';
        return out;
    }
    memcpy(out, digits, count);
    return out + count;
}

size_t pw_double_write(double value, char *out) {
    if (value != value) return write_word("NaN", out);
    char *start = out;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (bits >> 63) *out++ = '-';
    if (bits << 1 == 0) return (size_t)(out - start) + write_word("0.0", out);
    if (bits << 1 == (uint64_t)EXPONENT_MASK << 53) {
        return (size_t)(out - start) + write_word("Infinity", out);
    }

    pw_shortest shortest = pw_double_shortest(value);
    char digits[20];
    size_t count = pw_u64_write(shortest.digits, digits);
    int32_t first = (int32_t)count - 1 + shortest.exponent; /* power of ten of the first digit */
    if (first >= 0 && first < 7) {
        size_t whole = (size_t)first + 1;
        size_t known = count < whole ? count : whole;
        memcpy(out, digits, known);
        memset(out + known, '0', whole - known);
        out += whole;
        *out++ = '.';
        out = write_fraction(digits + known, count - known, out);
    } else if (first < 0 && first >= -3) {
        out += write_word("0.", out);
        memset(out, '0', (size_t)(-first - 1));
        out += -first - 1;
        out = write_fraction(digits, count, out);
    } else {
        *out++ = digits[0];
        *out++ = '.';
        out = write_fraction(digits + 1, count - 1, out);
        *out++ = 'E';
        out += pw_i64_write(first, out);
    }
    return (size_t)(out - start);
}

void pw_double_print(double value, pw_buf *out) {
    out->length += pw_double_write(value, pw_buf_reserve(out, PW_DOUBLE_TEXT_MAX));
}
