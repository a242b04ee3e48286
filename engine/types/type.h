/* SQL types. A pw_type is immutable and lives in some arena; the scalar ones are static constants.
 * (ksqlDB reference, "Types".) SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_TYPE_H
#define PW_TYPES_TYPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

/* name, SQL text. ORDER matters nowhere; PW_TYPE_NULL is the type of a bare NULL literal. */
#define PW_TYPE_KIND_MAP(X)                                                                        \
    X(NULL, "NULL")                                                                                \
    X(BOOLEAN, "BOOLEAN")                                                                          \
    X(INTEGER, "INTEGER")                                                                          \
    X(BIGINT, "BIGINT")                                                                            \
    X(DOUBLE, "DOUBLE")                                                                            \
    X(DECIMAL, "DECIMAL")                                                                          \
    X(STRING, "STRING")                                                                            \
    X(BYTES, "BYTES")                                                                              \
    X(DATE, "DATE")                                                                                \
    X(TIME, "TIME")                                                                                \
    X(TIMESTAMP, "TIMESTAMP")                                                                      \
    X(ARRAY, "ARRAY")                                                                              \
    X(MAP, "MAP")                                                                                  \
    X(STRUCT, "STRUCT")

typedef enum {
#define PW_TYPE_ENUM(name, text) PW_TYPE_##name,
    PW_TYPE_KIND_MAP(PW_TYPE_ENUM)
#undef PW_TYPE_ENUM
        PW_TYPE_KIND_COUNT
} pw_type_kind;

typedef struct pw_type pw_type;

typedef struct pw_field {
    pw_str name; /* as folded: upper case unless it was quoted */
    const pw_type *type;
} pw_field;

struct pw_type {
    pw_type_kind kind;
    int32_t precision;      /* DECIMAL: digits in all, from 1 */
    int32_t scale;          /* DECIMAL: digits behind the point */
    const pw_type *key;     /* MAP */
    const pw_type *element; /* ARRAY: of its items; MAP: of its values */
    const pw_field *fields; /* STRUCT */
    uint32_t field_count;
};

extern const pw_type pw_type_null, pw_type_boolean, pw_type_integer, pw_type_bigint, pw_type_double,
    pw_type_string, pw_type_bytes, pw_type_date, pw_type_time, pw_type_timestamp;

const pw_type *pw_type_scalar(pw_type_kind kind); /* asserts that it has no parameters */
const pw_type *pw_type_decimal(pw_arena *arena, int32_t precision, int32_t scale);
const pw_type *pw_type_array(pw_arena *arena, const pw_type *element);
const pw_type *pw_type_map(pw_arena *arena, const pw_type *key, const pw_type *value);
const pw_type *pw_type_struct(pw_arena *arena, const pw_field *fields, uint32_t field_count);

/* Structural; struct field names count. */
bool pw_type_equal(const pw_type *a, const pw_type *b);

/* Deep copy into another arena. */
const pw_type *pw_type_copy(pw_arena *arena, const pw_type *type);

/* ksqlDB's text: "DECIMAL(4, 2)", "ARRAY<STRING>", "STRUCT<`F` INTEGER, `G` STRING>". */
void pw_type_print(const pw_type *type, pw_buf *out);

/* Index of a struct's field by exact name, or -1. */
int32_t pw_type_field_index(const pw_type *type, pw_str name);

static inline bool pw_type_is_number(const pw_type *type) {
    return type->kind == PW_TYPE_INTEGER || type->kind == PW_TYPE_BIGINT ||
           type->kind == PW_TYPE_DOUBLE || type->kind == PW_TYPE_DECIMAL;
}

static inline bool pw_type_is_nested(const pw_type *type) {
    return type->kind == PW_TYPE_ARRAY || type->kind == PW_TYPE_MAP || type->kind == PW_TYPE_STRUCT;
}

#endif
