/* The projection decoder of JSON. A plan is made once from the wanted types; running it over a
 * payload fills slots in one pass and allocates only what a slot points to.
 *
 * Every declared column is looked at, wanted or not: a value that ksqlDB could not read makes the
 * whole record undecodable whatever a query selects, so results do not depend on the projection.
 * What is not wanted is scanned and checked, but never copied.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_JSON_DECODE_H
#define PW_FORMATS_JSON_DECODE_H

#include "base/arena.h"
#include "formats/json_scan.h"
#include "types/schema.h"
#include "types/slot.h"

/* Why a value could not become a value of its type. found == NULL: it could. */
typedef struct pw_json_why {
    const char *found;  /* "a string", "an object", ... */
    const char *detail; /* what was wrong with it, or NULL: this kind of value never fits */
    pw_type_kind wanted;
} pw_json_why;

typedef struct pw_json_shape pw_json_shape;

/* The plan for a value of one type. */
typedef struct pw_json_node {
    const pw_type *type;
    const struct pw_json_node *key;     /* MAP */
    const struct pw_json_node *element; /* ARRAY, MAP */
    pw_json_shape *shape;               /* STRUCT */
} pw_json_node;

typedef struct pw_json_context {
    pw_json_scan scan;
    pw_arena *arena; /* for what slots point to */
    bool is_kept;    /* false: the value is only checked */
    uint32_t depth;  /* open containers */
    pw_json_why why; /* the first value that did not fit */
} pw_json_context;

const pw_json_node *pw_json_node_new(pw_arena *arena, const pw_type *type);

/* A shape reads objects: `names[i]` are its members. wanted may be NULL: all. */
pw_json_shape *pw_json_shape_new(pw_arena *arena, const pw_column *columns, uint32_t count,
                                 const bool *wanted);

/* Reads the value at `at` (its first character, before the end). Returns the position behind it,
 * NULL if the text is no JSON; a value that does not fit leaves context->why. */
const char *pw_json_value_read(pw_json_context *context, const pw_json_node *node, const char *at,
                               pw_slot *out);

/* Reads the object at `at` ('{') into slots[column]; columns not wanted get something undefined.
 * *bad_column: the column context->why is about. */
const char *pw_json_object_read(pw_json_context *context, pw_json_shape *shape, const char *at,
                                pw_slot *slots, uint32_t *bad_column);

#endif
