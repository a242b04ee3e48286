/* Just enough JSON to take a produce line apart: values stay the text they were written as, only
 * the white space between tokens goes. Numbers keep their digits and objects the order of their
 * members, which a tree would not promise. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_JSON_SLICE_H
#define PW_SRC_JSON_SLICE_H

#include "base/buf.h"

typedef enum {
    JSON_NULL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_OBJECT,
    JSON_ARRAY,
} json_kind;

typedef struct json_cursor {
    const char *at;
    const char *end;
    const char *begin;
    const char *problem; /* why reading failed */
} json_cursor;

void json_open(json_cursor *cursor, pw_str text);
/* Byte offset, from 0, for messages. */
size_t json_offset(const json_cursor *cursor);

/* What comes next, by its first byte; false (with a problem) if nothing can. */
bool json_peek(json_cursor *cursor, json_kind *kind);

/* Reads one value. Its text without outer white space goes to *slice; `compact`, if not NULL, gets
 * the text without any white space between tokens. */
bool json_value(json_cursor *cursor, pw_str *slice, pw_buf *compact);

/* Reads a string and appends its characters, unescaped. */
bool json_string(json_cursor *cursor, pw_buf *out);

/* Into an object or array: consumes the bracket. Then json_next says whether another member
 * follows, having consumed the comma or the closing bracket; `name` (NULL for arrays) gets the
 * member's name, and the value is to be read next. */
bool json_enter(json_cursor *cursor, char bracket);
bool json_next(json_cursor *cursor, char closing, bool is_first, pw_buf *name, bool *has_more);

/* Nothing but white space is left? Sets the problem if there is more. */
bool json_at_end(json_cursor *cursor);

#endif
