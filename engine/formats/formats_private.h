/* What the formats share among themselves. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_PRIVATE_H
#define PW_FORMATS_PRIVATE_H

#include "formats/format.h"

extern const pw_format pw_format_json, pw_format_delimited, pw_format_kafka, pw_format_none;

/* --- text.c: conversions of text that more than one format needs ------------------------- */

/* Base64 as Jackson reads it: padding is a must, white space may stand before each group of four
 * (types/base64.h is laxer with the one and stricter with the other). False if it is none. */
bool pw_base64_read(pw_arena *arena, pw_str text, pw_slot *out);

/* Text as Java's `new String(bytes, UTF_8)` has it: each malformed piece becomes U+FFFD. Returns
 * `bytes` itself when it is valid. */
pw_str pw_format_text_repair(pw_arena *arena, pw_str bytes);

/* Text of a number (as BigDecimal reads it: "+1", ".5", "1e3") to a DECIMAL that holds it exactly.
 * Returns NULL, or why it does not fit. */
const char *pw_decimal_fit(pw_arena *arena, const pw_type *type, pw_str text, pw_slot *out);

/* Text of an integer to a DATE, TIME, TIMESTAMP, INTEGER or BIGINT; NULL, or why not. */
const char *pw_integer_fit(pw_type_kind kind, pw_str text, pw_slot *out);

/* The value of a time type from its number of days or milliseconds; NULL, or why not. */
const char *pw_time_fit(pw_type_kind kind, int64_t number, pw_slot *out);

/* "INTEGER", "STRUCT", ... */
const char *pw_type_kind_text(pw_type_kind kind);

/* Does the type contain a MAP? Those cannot be keys. */
bool pw_type_has_map(const pw_type *type);

#endif
