/* A borrowed piece of text: pointer and length, not terminated, UTF-8 unless said otherwise.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_STR_H
#define PW_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

typedef struct pw_str {
    const char *data;
    size_t length;
} pw_str;

/* A literal as pw_str; PW_STR_ARGS feeds "%.*s". */
#define PW_STR(literal)   ((pw_str){"" literal, sizeof(literal) - 1})
#define PW_STR_EMPTY      ((pw_str){"", 0})
#define PW_STR_ARGS(text) (int)(text).length, (text).data

static inline pw_str pw_str_from(const char *terminated) {
    return terminated ? (pw_str){terminated, strlen(terminated)} : PW_STR_EMPTY;
}

static inline bool pw_str_equal(pw_str a, pw_str b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* ASCII case only: keywords, property names and formats are ASCII. */
static inline bool pw_str_equal_nocase(pw_str a, pw_str b) {
    return a.length == b.length && (a.length == 0 || strncasecmp(a.data, b.data, a.length) == 0);
}

/* Bytewise, shorter first on a tie: <0, 0, >0. */
int pw_str_compare(pw_str a, pw_str b);

bool pw_str_starts_with(pw_str text, pw_str prefix);
bool pw_str_ends_with(pw_str text, pw_str suffix);
pw_str pw_str_trim(pw_str text); /* ASCII white space at both ends */

/* Position of `needle` in `text`, or SIZE_MAX. */
size_t pw_str_find(pw_str text, pw_str needle);

/* Whole text as a decimal integer; false if it is not one or does not fit. */
bool pw_str_to_i64(pw_str text, int64_t *out);

#endif
