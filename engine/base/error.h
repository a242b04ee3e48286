/* Shows an error to a person: message, place, source line, caret, hint.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_ERROR_H
#define PW_BASE_ERROR_H

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

typedef struct pw_place {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in characters (UTF-8 code points), as editors count */
    pw_str text;     /* the source line, without its line end; borrowed from the source */
} pw_place;

/* Line, column and source line of byte `offset` in `source` (an offset past the end is its end). */
pw_place pw_place_find(pw_str source, uint32_t offset);

/* Writes, e.g.
 *     standings.sql:3:8: column POINT is not in RACE_RESULTS
 *       3 | SELECT point FROM race_results;
 *         |        ^~~~~
 *     hint: did you mean POINTS?
 * file may be empty; a source of zero length or a span of nothing leaves the place out. */
void pw_error_render(const pw_error *err, pw_str file, pw_str source, pw_buf *out);

/* The candidate nearest to `word` (case-insensitive edit distance), or an empty string when none is
 * near enough to be helpful (more than a third of the word differs). Borrowed from `candidates`. */
pw_str pw_nearest(pw_str word, const pw_str *candidates, size_t candidate_count);

#endif
