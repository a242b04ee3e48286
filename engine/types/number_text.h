/* Numbers as text, as Java writes and reads them: the topics of ksqlDB users hold such text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_NUMBER_TEXT_H
#define PW_TYPES_NUMBER_TEXT_H

#include "base/buf.h"

/* Double.toString (JDK 19 and later): "1.0", "1.0E7", "1.0E-5", "NaN", "-Infinity": the shortest
 * digits that read back. Fast, allocates nothing but room in `out`. */
void pw_double_print(double value, pw_buf *out);

/* Double.parseDouble after trimming: also "1d", "0x1p3", "NaN", "Infinity". */
bool pw_double_parse(pw_str text, double *out);

/* JSON number text or plain decimal text ("+1", ".5", "5.", "007") to double, correctly rounded,
 * infinite on overflow; no trimming, no hex, no words. False if the text is not entirely such a
 * number. Fast, allocates nothing. */
bool pw_double_parse_json(pw_str text, double *out);

/* Integer.parseInt / Long.parseLong (no trimming): optional sign, digits, in range. */
bool pw_i32_parse(pw_str text, int64_t *out);
bool pw_i64_parse(pw_str text, int64_t *out);

#endif
