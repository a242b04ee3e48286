/* Integers to decimal digits, two at a time. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "types/types_private.h"

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

size_t pw_u64_write(uint64_t value, char *out) {
    char digits[20];
    size_t start = sizeof digits;
    while (value >= 100) {
        start -= 2;
        memcpy(digits + start, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        start -= 2;
        memcpy(digits + start, digit_pairs + value * 2, 2);
    } else {
        digits[--start] = (char)('0' + value);
    }
    memcpy(out, digits + start, sizeof digits - start);
    return sizeof digits - start;
}

size_t pw_i64_write(int64_t value, char *out) {
    if (value >= 0) return pw_u64_write((uint64_t)value, out);
    *out = '-';
    return 1 + pw_u64_write(~(uint64_t)value + 1, out + 1);
}

size_t pw_u128_write(pw_u128 value, char *out) {
    if (value <= UINT64_MAX) return pw_u64_write((uint64_t)value, out);
    const uint64_t chunk = UINT64_C(10000000000000000000);
    size_t length = pw_u128_write(value / chunk, out); /* at most two levels: 39 digits */
    char digits[PW_I64_TEXT_MAX];
    size_t count = pw_u64_write((uint64_t)(value % chunk), digits);
    memset(out + length, '0', 19 - count);
    memcpy(out + length + 19 - count, digits, count);
    return length + 19;
}
