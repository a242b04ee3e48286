/* Values as JSON text. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_JSON_ENCODE_H
#define PW_FORMATS_JSON_ENCODE_H

#include "base/buf.h"
#include "types/slot.h"
#include "types/type.h"

typedef enum {
    PW_JSON_AS_FORMAT,  /* what the JSON format writes: times as numbers */
    PW_JSON_AS_DISPLAY, /* what people read: times as ISO text, decimals without exponent */
} pw_json_style;

void pw_json_value_print(const pw_type *type, const pw_slot *value, pw_json_style style,
                         pw_buf *out);

/* The most that a value of a scalar type of fixed size takes; 0 for the other types. */
enum { PW_JSON_FIXED_BYTES = 24 };
bool pw_json_is_fixed(const pw_type *type);

/* Writes such a value (PW_JSON_AS_FORMAT, not NULL) where PW_JSON_FIXED_BYTES are free; returns
 * the end. */
char *pw_json_fixed_write(const pw_type *type, const pw_slot *value, char *out);

/* Appends the text as a JSON string, escaped as Jackson does: quote, backslash, control
 * characters. */
void pw_json_text_print(pw_str text, pw_buf *out);

#endif
