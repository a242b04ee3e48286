/* Patterns of dates and times as Java's DateTimeFormatter has them ("yyyy-MM-dd HH:mm:ss.SSS"), in
 * English, and the lenient ones of SimpleDateFormat for PARSE_DATE. A pattern is compiled once; it
 * is read-only afterwards.
 *
 *   G era                    a AM, PM                     z zone name
 *   u y Y year               h K hour of half day         V zone id
 *   M L month, Q q quarter   H k hour                     O GMT+1
 *   d D day of month, year   m s S minute, second, part   X x Z offset
 *   E e c day of week        A n N milli, nano            [ ] optional, 'text', '' quote
 *   w W F week
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUNCTIONS_TIME_PATTERN_H
#define PW_FUNCTIONS_TIME_PATTERN_H

#include "base/arena.h"
#include "base/buf.h"
#include "functions/time_zone.h"

typedef struct pw_time_element {
    char letter; /* 0: literal text; '[' and ']' delimit an optional part */
    uint32_t count;
    pw_str literal;
    uint32_t reserved; /* digits that the numbers right behind this one need */
    bool is_abutting;  /* a number follows at once */
} pw_time_element;

typedef struct pw_time_pattern {
    const pw_time_element *elements;
    uint32_t count;
    bool has_date, has_time, has_zone;
} pw_time_pattern;

/* Returns NULL when fine, else what is wrong with the pattern (static text). */
const char *pw_time_pattern_compile(pw_arena *arena, pw_str pattern, pw_time_pattern *out);

/* A moment in some zone. */
typedef struct pw_moment {
    int64_t days;      /* local, since 1970 */
    int64_t ms_of_day; /* local */
    int64_t epoch_ms;
    const pw_zone *zone;
} pw_moment;

pw_moment pw_moment_at(int64_t epoch_ms, const pw_zone *zone);

/* Appends the text. Returns NULL when fine, else why not. */
const char *pw_time_pattern_format(const pw_time_pattern *pattern, const pw_moment *moment,
                                   pw_buf *out);

typedef struct pw_time_parsed {
    int64_t days, ms_of_day; /* local; what the text leaves out is that of 1970-01-01 00:00 */
    bool has_zone;           /* the text names a zone or an offset */
    pw_zone zone;
} pw_time_parsed;

/* The whole text must match. Letters match in either case. Returns NULL when fine, else why not. */
const char *pw_time_pattern_parse(const pw_time_pattern *pattern, pw_str text, pw_time_parsed *out);

/* As SimpleDateFormat: numbers of any length, out of range they carry over; text behind is
 * ignored. */
const char *pw_time_pattern_parse_lenient(const pw_time_pattern *pattern, pw_str text,
                                          pw_time_parsed *out);

/* The instant of what was parsed; fallback: the zone where the text names none. */
int64_t pw_time_parsed_instant(const pw_time_parsed *parsed, const pw_zone *fallback);

#endif
