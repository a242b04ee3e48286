/* What ksqlDB makes of a JSON number: exact conversions of scanned numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_JSON_NUMBER_H
#define PW_FORMATS_JSON_NUMBER_H

#include "base/arena.h"
#include "formats/json_scan.h"

/* Java's longValue of it: the fraction cut off, the rest modulo 2^64. */
int64_t pw_json_number_wrap_slow(const pw_json_number *number);

static inline int64_t pw_json_number_wrap(const pw_json_number *number) {
    if (!number->is_integer || number->digit_count > 18) return pw_json_number_wrap_slow(number);
    int64_t value = (int64_t)number->mantissa;
    return number->is_negative ? -value : value;
}

/* Correctly rounded; too big is infinite; zero has no sign, as a BigDecimal has none. */
double pw_json_number_double(const pw_json_number *number);

/* Java's BigDecimal.toString, which is what a STRING column gets: "1.50", "1E+2". At most
 * PW_JSON_NUMBER_TEXT_BYTES_MAX bytes. */
enum { PW_JSON_NUMBER_TEXT_BYTES_MAX = PW_JSON_NUMBER_BYTES_MAX + 16 };
size_t pw_json_number_print(const pw_json_number *number, char *out);

#endif
