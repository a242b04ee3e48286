/* JSON text as a tree, for the JSON functions. (The formats have their own, faster way: they know
 * what they look for.) Strict: nothing but white space may follow the value.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUNCTIONS_JSON_TREE_H
#define PW_FUNCTIONS_JSON_TREE_H

#include "base/arena.h"
#include "base/buf.h"

typedef enum {
    PW_JSON_NULL,
    PW_JSON_FALSE,
    PW_JSON_TRUE,
    PW_JSON_NUMBER, /* text as it stands */
    PW_JSON_STRING, /* text decoded */
    PW_JSON_ARRAY,
    PW_JSON_OBJECT, /* of equal keys the last value, at the place of the first */
} pw_json_kind;

typedef struct pw_json pw_json;
struct pw_json {
    pw_json_kind kind;
    uint32_t count; /* children */
    pw_str text;
    pw_str key;           /* of a member */
    const pw_json *first; /* child */
    const pw_json *next;  /* sibling */
};

/* The value, in `arena`, or NULL when the text is no JSON or nested too deep. */
const pw_json *pw_json_parse(pw_arena *arena, pw_str text);

/* Compact text. */
void pw_json_tree_print(const pw_json *value, pw_buf *out);

/* Member or element, or NULL. */
const pw_json *pw_json_member(const pw_json *object, pw_str key);
const pw_json *pw_json_element(const pw_json *array, int64_t index);

#endif
