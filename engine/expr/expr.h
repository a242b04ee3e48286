/* Expressions: bound from AST to a typed tree, compiled to flat steps, run over batches.
 *
 *   pw_expr_bind  names, types, overloads, coercions: every user mistake is found here
 *   pw_program_*  steps over registers (columns); constants folded, equal sub-expressions shared
 *   pw_eval_*     runs a program over the selected rows of a batch: one dispatch per step and batch
 *
 * A bound tree and a program are read-only and may be shared by tasks; a pw_eval belongs to one
 * task. (ksqlDB reference, section 2.)
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_EXPR_EXPR_H
#define PW_EXPR_EXPR_H

#include "base/hashmap.h"
#include "functions/function.h"
#include "parser/ast.h"
#include "types/batch.h"

/* --- names ------------------------------------------------------------------------------------ */

typedef struct pw_scope_column {
    pw_str source; /* alias or name of the source, for `source.column` */
    pw_str name;
    const pw_type *type;
    uint32_t index; /* of the batch's columns */
    bool is_pseudo; /* ROWTIME and so on: not part of `*` */
    bool is_time;   /* ROWTIME, WINDOWSTART, WINDOWEND: text compared with it is a time */
} pw_scope_column;

typedef struct pw_scope {
    const pw_scope_column *columns;
    uint32_t column_count;
    const pw_hashmap *custom_types; /* upper-cased name -> const pw_type *; may be NULL */
    /* Asked for every node before it is bound: does it stand for column `*column` of the batch? So
     * the planner puts grouping expressions, aggregates and table functions in place.
     * May be NULL. */
    bool (*substitute)(void *opaque, const pw_node *node, uint32_t *column, const pw_type **type);
    void *opaque;
    /* What an aggregate or table function here means: NULL, it is an error; else its place
     * ("WHERE", ...) as text for the message. */
    const char *clause;
} pw_scope;

/* Type of an AST type node. PW_UNKNOWN for a custom type that is not there (hint: the nearest). */
PW_MUST_USE pw_status pw_type_from_ast(pw_arena *arena, const pw_node *node,
                                       const pw_hashmap *custom_types, const pw_type **out,
                                       pw_error *err);

/* --- bound expressions ------------------------------------------------------------------------ */

typedef struct pw_expr pw_expr; /* its inside is expr/expr_private.h */

const pw_type *pw_expr_type(const pw_expr *expr);
pw_span pw_expr_span(const pw_expr *expr);
/* The batch column this expression is nothing but a reference to, or -1. */
int32_t pw_expr_column(const pw_expr *expr);
/* The value of a constant expression (folded), or NULL. */
const pw_slot *pw_expr_constant(const pw_expr *expr);
/* Sets used[i] for every batch column the expression reads. */
void pw_expr_mark_columns(const pw_expr *expr, bool *used);

/* Binds `node`; every failure has the span of the smallest node at fault, ksqlDB's text and a hint
 * where one helps (unknown column or function: the nearest name). A bare NULL has type
 * PW_TYPE_NULL. */
PW_MUST_USE pw_status pw_expr_bind(pw_arena *arena, const pw_scope *scope, const pw_node *node,
                                   const pw_expr **out, pw_error *err);

/* Converts implicitly to `type` where ksqlDB would (reference, "Coercion"); is_lax: as for literals
 * and INSERT VALUES. */
PW_MUST_USE pw_status pw_expr_coerce(pw_arena *arena, const pw_expr *expr, const pw_type *type,
                                     bool is_lax, const pw_expr **out, pw_error *err);

/* A reference to column `index` of the batch. */
const pw_expr *pw_expr_make_column(pw_arena *arena, uint32_t index, const pw_type *type,
                                   pw_str name);

/* Text for EXPLAIN, close to SQL, columns as names. */
void pw_expr_print(const pw_expr *expr, pw_buf *out);

/* --- programs --------------------------------------------------------------------------------- */

typedef struct pw_program pw_program;

/* One program for several expressions: what they share is evaluated once. names[i] is what a
 * failure is reported under (the output column). */
PW_MUST_USE pw_status pw_program_compile(pw_arena *arena, const pw_expr *const *exprs,
                                         const pw_str *names, uint32_t count, pw_program **out,
                                         pw_error *err);

/* The steps, one a line, for EXPLAIN and tests. */
void pw_program_print(const pw_program *program, pw_buf *out);

/* --- running ---------------------------------------------------------------------------------- */

typedef struct pw_eval pw_eval;

/* In `arena` (of the task). Errors come from call sites that prepare themselves (a bad constant
 * pattern). */
PW_MUST_USE pw_status pw_eval_open(pw_arena *arena, const pw_program *program, pw_eval **out,
                                   pw_error *err);
void pw_eval_close(pw_eval *eval);

/* Evaluates all expressions for the selected rows of the batch: results[i] is the column of
 * expression i, in the batch's arena (or shared with a batch column, or a constant). A row whose
 * evaluation fails gets NULL and is reported to batch->errors under the expression's name; the
 * others go on. */
void pw_eval_run(pw_eval *eval, const pw_batch *batch, pw_vector *results);

/* Keeps the selected rows for which expression `index` (BOOLEAN) is TRUE: not FALSE, not NULL, not
 * failed (a failed row is reported). Shortens batch->selection in place. */
void pw_eval_filter(pw_eval *eval, pw_batch *batch, uint32_t index);

/* One expression without columns: INSERT VALUES, settings, examples. Fails with PW_BAD_VALUE. */
PW_MUST_USE pw_status pw_eval_constant(pw_arena *arena, const pw_expr *expr, pw_slot *out,
                                       pw_error *err);

#endif
