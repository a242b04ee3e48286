/* The function registry. One row is one signature: code, doc and test (its example runs as a test).
 * From the rows come lookup and overload choice, SHOW FUNCTIONS, DESCRIBE FUNCTION and
 * docs/functions.md.
 *
 * Signature text: NAME(argument TYPE, ...) -> TYPE
 *   - types as in SQL; DECIMAL without parameters takes any precision and scale, as a result it is
 *     the type of the first DECIMAL argument;
 *   - single capital letters T, K, V, R, S are type variables, bound consistently:
 *     ARRAY_CONTAINS(array ARRAY<T>, value T);
 *   - one argument `values T...` may be variadic (one or more; `T...?` none or more);
 *   - ANY matches everything without binding; LAMBDA arguments: `mapper (T) => R`;
 *   - a result type that depends on more than type variables is worked out by `.result_type`.
 *
 * (ksqlDB reference, "Functions".) SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUNCTIONS_FUNCTION_H
#define PW_FUNCTIONS_FUNCTION_H

#include "types/batch.h"
#include "types/type.h"

/* --- scalar functions ---------------------------------------------------------------------- */

typedef struct pw_call pw_call;
struct pw_call {
    pw_arena *arena;       /* of the batch: results that do not fit a slot live here */
    const pw_vector *args; /* argument columns */
    uint32_t arg_count;
    const pw_type *const *arg_types;
    const pw_type *result_type;
    pw_slot *out;         /* result column: write out[row] for each selected row */
    const uint32_t *rows; /* selected rows */
    uint32_t row_count;
    void *state; /* from .open, per call site and task; NULL without one */
    /* Says that `row` has no result: it becomes NULL and the reason is reported. The message is
     * copied. */
    void (*fail)(pw_call *call, uint32_t row, const char *message);
    /* Evaluates the lambda that is argument `arg` (a function with one): see expr/lambda.h. NULL
     * otherwise. */
    const struct pw_lambda *const *lambdas;
    void *owner; /* the evaluator's */
};

/* One pass over the batch: `row` runs over the selected rows. */
#define PW_CALL_EACH_ROW(call, row)                                                                \
    for (uint32_t pw_i = 0, row = 0; pw_i < (call)->row_count && ((row = (call)->rows[pw_i]), 1);  \
         pw_i++)

typedef void pw_scalar_fn(pw_call *call);

enum {
    PW_FN_NULL_IN_NULL_OUT = 1, /* any NULL argument gives NULL; the evaluator sees to it (the
                                   function is called for the other rows only) */
    PW_FN_NULL_FAILS = 2,       /* Java primitive parameters: NULL is an evaluation error, result
                                   NULL; the evaluator sees to it, as above */
    PW_FN_VOLATILE = 4, /* not a constant even if all arguments are: RANDOM, UUID, UNIX_TIMESTAMP */
    PW_FN_TIME_UNIT = 8, /* the first argument is a bare time unit, passed as a STRING constant */
    PW_FN_DEPRECATED = 16,
    PW_FN_TEST_ONLY = 32,  /* exists for the conformance cases only: not listed */
    PW_FN_TABLE_UNDO = 64, /* aggregate that can aggregate a table */
};

/* --- aggregate functions ------------------------------------------------------------------- */

/* State of one aggregate of one group: `state_bytes` bytes, 8-aligned, inside the group's row. What
 * does not fit is allocated with pw_mem_* and released by `release`. */
typedef struct pw_aggregate pw_aggregate;
typedef struct pw_aggregate_call {
    const pw_aggregate *aggregate;
    const pw_type *const *arg_types; /* the changing arguments */
    uint32_t arg_count;
    const pw_slot *init_args; /* literals at the end: TOPK's k */
    uint32_t init_arg_count;
    const pw_type *result_type;
    void *config; /* from .open; read-only afterwards; may be NULL */
} pw_aggregate_call;

struct pw_aggregate {
    uint32_t state_bytes;
    /* Checks and prepares the literal arguments. May be NULL. */
    pw_status (*open)(pw_arena *arena, pw_aggregate_call *call, pw_error *err);
    void (*init)(const pw_aggregate_call *call, void *state);
    /* For i in 0..row_count: adds row rows[i] to states[i] (base pointer of the group) +
     * state_offset. Later rows see earlier ones when they share a group. On failure (e.g. SUM of a
     * DECIMAL overflows) returns PW_BAD_VALUE with *failed_row. */
    pw_status (*add)(const pw_aggregate_call *call, uint8_t *const *states, uint32_t state_offset,
                     const pw_vector *args, const uint32_t *rows, uint32_t row_count,
                     uint32_t *failed_row, pw_error *err);
    /* The reverse, one row of a table's old value; NULL when not supported. */
    pw_status (*undo)(const pw_aggregate_call *call, void *state, const pw_slot *const *args,
                      pw_error *err);
    /* Adds state `from` to `into` (sessions that merge, panes of hopping windows). What is in
     * `into` counts as earlier. */
    pw_status (*merge)(const pw_aggregate_call *call, void *into, const void *from, pw_error *err);
    /* The value; nested results and text are copied to `arena`. */
    pw_slot (*result)(const pw_aggregate_call *call, const void *state, pw_arena *arena);
    /* State as bytes for the store and back. A state that is plain data without pointers leaves
     * both NULL: its bytes are kept as they are. decode gives false for bytes that no encode
     * wrote. */
    void (*encode)(const pw_aggregate_call *call, const void *state, pw_buf *out);
    bool (*decode)(const pw_aggregate_call *call, void *state, pw_str bytes);
    void (*release)(const pw_aggregate_call *call, void *state); /* NULL: nothing to release */
};

/* --- table functions ----------------------------------------------------------------------- */

/* Rows that `value` explodes into, appended as slots to `out` (array of pw_slot); NULL argument:
 * none. */
typedef pw_status pw_table_fn(pw_arena *arena, const pw_type *arg_type, const pw_slot *value,
                              pw_slot **rows, uint32_t *row_count, const char **message);

/* --- rows ---------------------------------------------------------------------------------- */

typedef struct pw_function {
    const char *signature;
    const char *doc;      /* one or two sentences */
    const char *example;  /* scalar: an expression that is TRUE; aggregate and table functions: a
                             line  "FN over [1, 2, NULL] = 3" that the test reads */
    pw_scalar_fn *scalar; /* exactly one of these three */
    const pw_aggregate *aggregate;
    pw_table_fn *table;
    uint32_t flags;
    /* Result type from argument types; NULL where the signature says it. Returns NULL with a
     * message for types that do not go together. */
    const pw_type *(*result_type)(pw_arena *arena, const pw_type *const *arg_types,
                                  uint32_t arg_count, const char **message);
    /* Per call site: e.g. compiles a constant pattern. constants[i] is NULL where the argument is
     * no constant. May be NULL. */
    pw_status (*open)(pw_arena *arena, const pw_slot *const *constants, uint32_t arg_count,
                      void **state, pw_error *err);
    /* Aggregates: up to so many of the last arguments are literals
     * (pw_aggregate_call.init_args). */
    uint32_t init_arg_count;
} pw_function;

typedef struct pw_function_family {
    const char *category; /* ksqlDB's: "MATHEMATICAL", "STRING", "DATE / TIME", ... */
    const pw_function *rows;
    size_t row_count;
} pw_function_family;

#define PW_FUNCTION_FAMILY(category_, rows_)                                                       \
    { .category = (category_), .rows = (rows_), .row_count = sizeof(rows_) / sizeof((rows_)[0]) }

/* --- lookup -------------------------------------------------------------------------------- */

typedef struct pw_parameter {
    pw_str name;
    const pw_type *type; /* NULL for a type that holds a variable, ANY or DECIMAL: see type_text */
    pw_str type_text;    /* without the dots of a variadic */
    const struct pw_type_pattern *pattern; /* parsed, functions_private.h */
    bool is_variadic;
    bool is_optional_variadic;
} pw_parameter;

/* Parsed form of a row. */
typedef struct pw_signature {
    const pw_function *function;
    pw_str name; /* upper case */
    const char *category;
    const pw_parameter *parameters;
    uint32_t parameter_count;
    pw_str result_text;
    const struct pw_type_pattern *result; /* parsed, functions_private.h */
} pw_signature;

/* The overload for these arguments.
 * arg_types[i] may be PW_TYPE_NULL for a bare NULL; is_literal[i] says that it is a literal (text
 * becomes a time type or BYTES even where it is none, as in ksqlDB). *coerced (arg_count entries,
 * in arena): the types the arguments must be cast to first (equal to arg_types where nothing is to
 * be done). Errors: PW_UNKNOWN, no such function (hint: the nearest); PW_INVALID, no overload fits
 * (message lists them as ksqlDB does) or several fit equally. Variable arguments bind as the head
 * of this file says. */
PW_MUST_USE pw_status pw_function_find(pw_arena *arena, pw_str name,
                                       const pw_type *const *arg_types, const bool *is_literal,
                                       uint32_t arg_count, pw_span at,
                                       const pw_signature **signature, const pw_type ***coerced,
                                       const pw_type **result_type, pw_error *err);

/* All signatures of a name, or count 0. */
const pw_signature *const *pw_function_signatures(pw_str name, size_t *count);
bool pw_function_is_aggregate(pw_str name);
bool pw_function_is_table(pw_str name);
/* Every signature, ordered by name, for SHOW FUNCTIONS and the docs. */
const pw_signature *const *pw_function_all(size_t *count);

#endif
