/* Shared by time_pattern.c, time_format.c, time_parse.c and time_resolve.c.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUNCTIONS_TIME_PRIVATE_H
#define PW_FUNCTIONS_TIME_PRIVATE_H

#include "functions/time_pattern.h"

extern const char *const pw_month_names[12];
extern const char *const pw_day_names[7]; /* from Monday */

enum { PW_SHORT_NAME_BYTES = 3 };

/* Is the element written as a number? */
bool pw_time_is_number(const pw_time_element *element);

/* Least and most digits of a number. */
void pw_time_width(const pw_time_element *element, uint32_t *least, uint32_t *most);

/* 0 Sunday to 6 Saturday. */
int32_t pw_weekday_from_sunday(int64_t days);

/* What a text gave, field by field. */
typedef struct pw_time_fields {
    uint64_t bits;       /* of the letters, from A */
    int64_t values[128]; /* by letter */
    bool has_zone, has_offset;
    pw_zone zone;
    int32_t offset_ms;
} pw_time_fields;

static inline bool pw_time_has(const pw_time_fields *fields, char letter) {
    return (fields->bits >> (letter - 'A')) & 1;
}

static inline void pw_time_set(pw_time_fields *fields, char letter, int64_t value) {
    fields->bits |= UINT64_C(1) << (letter - 'A');
    fields->values[(uint8_t)letter] = value;
}

/* Fields to a date and time (time_resolve.c). is_lenient: values out of range carry over. */
const char *pw_time_resolve(const pw_time_fields *fields, bool is_lenient, pw_time_parsed *out);

#endif
