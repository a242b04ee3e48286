/* Numbers as text, exactly as Java writes and reads them: the topics of ksqlDB users hold such text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_NUMBER_TEXT_H
#define PW_TYPES_NUMBER_TEXT_H

#include "base/buf.h"

/* Double.toString: "1.0", "1.0E7", "1.0E-5", "NaN", "-Infinity": shortest digits that read back. Fast. */
void pw_double_print(double value, pw_buf *out);

/* Double.parseDouble after trimming: also "1d", "0x1p3", "NaN", "Infinity". */
bool pw_double_parse(pw_str text, double *out);

/* JSON number text or plain decimal text to double, correctly rounded; no trimming, no hex. Fast path for
 * up to 19 digits and small exponents. False if the text is not entirely such a number. */
bool pw_double_parse_json(pw_str text, double *out);

/* Integer.parseInt / Long.parseLong (no trimming): optional sign, digits, in range. */
bool pw_i32_parse(pw_str text, int64_t *out);
bool pw_i64_parse(pw_str text, int64_t *out);

#endif
