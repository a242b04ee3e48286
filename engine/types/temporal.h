/* DATE, TIME and TIMESTAMP: proleptic Gregorian calendar, UTC, negative before 1970.
 * Text forms: ksqlDB reference, "Text forms of time types". Patterns live in functions/.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_TEMPORAL_H
#define PW_TYPES_TEMPORAL_H

#include "base/buf.h"

enum { PW_MS_PER_DAY = 86400000 };

typedef struct pw_civil {
    int64_t year;       /* astronomical: 0 is 1 BC */
    int32_t month, day; /* from 1 */
} pw_civil;

int64_t pw_days_from_civil(int64_t year, int32_t month, int32_t day);
pw_civil pw_civil_from_days(int64_t days);
bool pw_civil_is_valid(int64_t year, int32_t month, int32_t day);

void pw_date_print(int64_t days, pw_buf *out); /* 2021-03-28 */
void pw_time_print(int64_t ms, pw_buf *out);   /* 13:45 or 13:45:10 (milliseconds left out) */
void pw_timestamp_print(int64_t epoch_ms, pw_buf *out); /* 2021-03-28T13:45:10.000 */

/* Partial ISO forms as ksqlDB accepts them ("2021", "2021-03", "2021-03-28T13",
 * "2021-03-28T13:45:10.5+02:00"); no trimming (a cast trims first). A DATE's day must exist; a
 * TIMESTAMP's day past the end of its month is the month's last day. What is finer than a
 * millisecond is cut off. */
bool pw_date_parse(pw_str text, int64_t *days);
bool pw_time_parse(pw_str text, int64_t *ms);
bool pw_timestamp_parse(pw_str text, int64_t *epoch_ms);

/* Floor division: where negative times must round towards the past. divisor > 0. */
static inline int64_t pw_floor_div(int64_t value, int64_t divisor) {
    int64_t quotient = value / divisor;
    return value % divisor < 0 ? quotient - 1 : quotient;
}

/* What pw_floor_div leaves over: from 0 to divisor - 1. */
static inline int64_t pw_floor_mod(int64_t value, int64_t divisor) {
    int64_t rest = value % divisor;
    return rest < 0 ? rest + divisor : rest;
}

#endif
