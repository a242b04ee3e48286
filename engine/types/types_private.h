/* Shared inside types/ only: text writers into a caller's array, and the two conversions between
 * a double and a decimal significand that printing, parsing and DECIMAL have in common.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_TYPES_PRIVATE_H
#define PW_TYPES_TYPES_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "types/slot.h"
#include "types/type.h"

__extension__ typedef unsigned __int128 pw_u128;

/* Powers of ten that matter for doubles. */
enum { PW_POWER_MIN = -342, PW_POWER_MAX = 324, PW_POWER_EXACT_MAX = 55 };

/* The first 128 bits of ten to the n-th, cut off, highest bit set. From 0 to PW_POWER_EXACT_MAX
 * nothing had to be cut. power_table.c */
typedef struct pw_power {
    uint64_t high;
    uint64_t low;
} pw_power;
extern const pw_power pw_power_table[PW_POWER_MAX - PW_POWER_MIN + 1];

/* floor(log2(10^n)), for |n| <= 1233. The constant is log2(10) * 2^38, cut off. */
static inline int32_t pw_log2_of_power(int32_t n) {
    int64_t product = (int64_t)n * 913124641741;
    return (int32_t)(product >> 38);
}

/* |value| == digits * 10^exponent, no trailing zeros; 0 for zero. The value must be finite. */
typedef struct pw_shortest {
    uint64_t digits;
    int32_t exponent;
} pw_shortest;
pw_shortest pw_double_shortest(double value);

/* digits * 10^exponent, correctly rounded (infinity on overflow). */
double pw_double_from_digits(pw_u128 digits, int32_t exponent);

/* Writers: return the length, write no zero byte. Room needed is in the names below. */
enum {
    PW_DOUBLE_TEXT_MAX = 26,
    PW_U128_TEXT_MAX = 39,
    PW_I64_TEXT_MAX = 20,
    PW_DECIMAL_TEXT_MAX = 96, /* for scales from 0 to 38 */
    PW_TEMPORAL_TEXT_MAX = 40,
    PW_SCALAR_TEXT_MAX = PW_DECIMAL_TEXT_MAX, /* the longest of them */
};
size_t pw_double_write(double value, char *out);
size_t pw_u128_write(pw_u128 value, char *out);
size_t pw_u64_write(uint64_t value, char *out);
size_t pw_i64_write(int64_t value, char *out);
size_t pw_decimal_write(pw_i128 unscaled, int32_t scale, char *out);
size_t pw_decimal_write_java(pw_i128 unscaled, int32_t scale, char *out);
size_t pw_date_write(int64_t days, char *out);
size_t pw_time_write(int64_t ms, char *out);
size_t pw_timestamp_write(int64_t epoch_ms, char *out);

/* Any type but STRING, BYTES and the nested ones. */
size_t pw_scalar_write(const pw_type *type, const pw_slot *value, char *out);

/* How many decimal digits the value has; 1 for zero. */
int32_t pw_u128_digit_count(pw_u128 value);

static inline pw_u128 pw_i128_magnitude(pw_i128 value) {
    return value < 0 ? ~(pw_u128)value + 1 : (pw_u128)value;
}

/* Java's String.trim: everything up to U+0020 goes from both ends. */
static inline pw_str pw_java_trim(pw_str text) {
    while (text.length > 0 && (unsigned char)text.data[0] <= ' ') {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && (unsigned char)text.data[text.length - 1] <= ' ')
        text.length--;
    return text;
}

static inline bool pw_is_digit(char c) {
    return c >= '0' && c <= '9';
}

#endif
