/* What the formats share among themselves. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_PRIVATE_H
#define PW_FORMATS_PRIVATE_H

#include "formats/format.h"

extern const pw_format pw_format_json, pw_format_delimited, pw_format_kafka, pw_format_none;

/* --- text.c: conversions of text that more than one format needs ------------------------- */

/* Base64 with padding, standard alphabet (Jackson's MIME without line feeds). */
size_t pw_base64_length(size_t byte_count);               /* of the text */
void pw_base64_encode(const uint8_t *bytes, size_t byte_count, char *out);
/* White space may stand before each group of four. Decodes into `arena`; false if it is not
 * base64. */
bool pw_base64_decode(pw_arena *arena, pw_str text, pw_slot *out);

/* Text as Java's `new String(bytes, UTF_8)` has it: each malformed piece becomes U+FFFD. Returns
 * `bytes` itself when it is valid. */
pw_str pw_text_repair(pw_arena *arena, pw_str bytes);

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
