/* What a case expects against what happened. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_CONFORMANCE_JUDGE_H
#define PW_SRC_CONFORMANCE_JUDGE_H

#include "conformance/world.h"

typedef enum { VERDICT_PASS, VERDICT_FAIL, VERDICT_ERROR, VERDICT_UNSUPPORTED } verdict;

const char *verdict_text(verdict v);

/* detail: why it did not pass. must_fail: the run must not be what the case says. */
verdict judge_case(world *w, bool must_fail, pw_buf *detail);

/* values.c: is `actual` what is expected? If not, `detail` says where (behind `path`) and how they
 * differ. is_exact: numbers with decimals are compared by their text, not by nearness. */
bool values_match(const pw_json *expected, const pw_json *actual, bool is_exact, pw_str path,
                  pw_buf *detail);

/* post.c: the sources and topics that must be there afterwards. */
bool post_holds(world *w, const pw_json *post, pw_buf *detail);

/* "parse", "statement", "ksql" or "streams". */
const char *judge_category(const world *w);

#endif
