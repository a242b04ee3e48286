/* The inside of an expression: bound tree, program and evaluator.
 *
 * The tree keeps its shape (messages and EXPLAIN print it); a node whose value is known carries it
 * in `constant`. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_EXPR_EXPR_PRIVATE_H
#define PW_EXPR_EXPR_PRIVATE_H

#include "expr/expr.h"
#include "expr/step_list.h"

/* --- tree ------------------------------------------------------------------------------------- */

typedef enum {
    PW_EXPR_LITERAL,    /* .constant */
    PW_EXPR_COLUMN,     /* .index */
    PW_EXPR_NEGATE,     /* [0] */
    PW_EXPR_ARITHMETIC, /* .op ADD..MODULO; [0] [1]; operands are already of the kind that is
                           computed */
    PW_EXPR_JOIN_TEXT,  /* STRING + STRING */
    PW_EXPR_COMPARE,    /* .op EQUAL..NOT_DISTINCT; [0] [1] */
    PW_EXPR_AND,        /* [0] [1] */
    PW_EXPR_OR,         /* [0] [1] */
    PW_EXPR_NOT,        /* [0] */
    PW_EXPR_IS_NULL,    /* [0]; .is_not */
    PW_EXPR_IN,         /* [0] value [1...] of one type */
    PW_EXPR_LIKE,       /* [0] value [1] pattern; .index = escape as a code point, 0 for none */
    PW_EXPR_CASE,       /* [0] else, then condition, result, condition, result ... */
    PW_EXPR_CAST,       /* [0]; .is_implicit: not written by the user, not shown */
    PW_EXPR_SUBSCRIPT,  /* [0] array or map [1] index */
    PW_EXPR_FIELD,      /* [0] struct; .index of the field */
    PW_EXPR_ARRAY,      /* [...] */
    PW_EXPR_MAP,        /* [...] key, value, key, value */
    PW_EXPR_STRUCT,     /* [...] in the order of the type's fields */
    PW_EXPR_CALL,       /* .signature; [...] */
} pw_expr_kind;

struct pw_expr {
    pw_expr_kind kind;
    pw_operator op;
    bool is_not;
    bool is_implicit;
    bool is_literal;  /* written as a literal: may be coerced laxly */
    bool is_time;     /* a column that text is compared with as a time */
    bool is_volatile; /* holds a call that gives another value each time */
    const pw_type *type;
    pw_span span;
    pw_str name; /* COLUMN: as shown; FIELD: its name */
    uint32_t index;
    uint32_t arg_count;
    const pw_expr *const *args;
    const pw_signature *signature;
    const pw_slot *constant; /* the value if it is known now, whatever the kind */
    uint64_t hash;           /* equal expressions have equal ones */
};

/* Copies `draft` with its arguments, works out its hash and volatility and, where every argument is
 * constant, its value. */
const pw_expr *pw_expr_make(pw_arena *arena, pw_expr draft, const pw_expr *const *args,
                            uint32_t arg_count);
const pw_expr *pw_expr_make_constant(pw_arena *arena, const pw_type *type, pw_slot value,
                                     pw_span span);
const pw_expr *pw_expr_make_null(pw_arena *arena, const pw_type *type, pw_span span);
/* A conversion the user did not write; the same expression where the types agree. */
const pw_expr *pw_expr_make_cast(pw_arena *arena, const pw_expr *expr, const pw_type *type);
bool pw_expr_equal(const pw_expr *a, const pw_expr *b);
static inline bool pw_expr_is_null_literal(const pw_expr *expr) {
    return expr->type->kind == PW_TYPE_NULL;
}

/* --- binding ---------------------------------------------------------------------------------- */

typedef struct pw_binder {
    pw_arena *arena;
    const pw_scope *scope;
    pw_error *err;
    uint32_t depth;
    bool is_many_sources;
} pw_binder;

PW_MUST_USE pw_status pw_bind_node(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_literal(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_column(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_unary(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_binary(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_compare(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_between(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_in(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_like(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_case(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_subscript(pw_binder *binder, const pw_node *node,
                                        const pw_expr **out);
PW_MUST_USE pw_status pw_bind_dereference(pw_binder *binder, const pw_node *node,
                                          const pw_expr **out);
PW_MUST_USE pw_status pw_bind_array(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_map(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_struct(pw_binder *binder, const pw_node *node, const pw_expr **out);
PW_MUST_USE pw_status pw_bind_call(pw_binder *binder, const pw_node *node, const pw_expr **out);
/* Function `name` on bound arguments. */
PW_MUST_USE pw_status pw_bind_call_args(pw_binder *binder, pw_str name, pw_span span,
                                        const pw_expr **args, uint32_t arg_count,
                                        const pw_expr **out);

/* Text of an expression or type for a message, in the binder's arena. */
const char *pw_binder_text(pw_binder *binder, const pw_expr *expr);
const char *pw_type_text(pw_arena *arena, const pw_type *type);
/* What ksqlDB writes before a message about a type, and before one found while it generates code.
 */
const char *pw_binder_error_prefix(const pw_binder *binder, char *room, size_t room_bytes);
const char *pw_binder_invalid_prefix(const pw_binder *binder);

/* Brings expressions (of which some may be NULL literals) to their common type. *type is
 * PW_TYPE_NULL if all are. `prefix` begins the message. */
PW_MUST_USE pw_status pw_coerce_to_common(pw_arena *arena, const pw_expr **exprs, uint32_t count,
                                          const char *prefix, const pw_type **type, pw_error *err);

/* --- programs --------------------------------------------------------------------------------- */

typedef enum {
#define PW_STEP_ENUM(name, operands, meaning) PW_STEP_##name,
    PW_STEP_MAP(PW_STEP_ENUM)
#undef PW_STEP_ENUM
        PW_STEP_COUNT
} pw_step_op;

typedef struct pw_step {
    pw_step_op op;
    pw_operator detail;   /* which arithmetic or comparison */
    uint32_t rows;        /* selection it runs over */
    uint32_t out;         /* register, or selection for those that make one */
    uint32_t out_rest;    /* SPLIT: the other selection */
    uint32_t result;      /* SPLIT: register of the CASE */
    uint32_t a, b;        /* registers */
    const uint32_t *list; /* more registers */
    uint32_t list_count;
    uint32_t index; /* field; escape character; call site; filter: NULL is an error; cast, widen:
                       implicit */
    const pw_type *type; /* of the result */
    const pw_type *a_type, *b_type;
    const pw_expr *expr; /* what it evaluates */
    const char *text;    /* the same as text, where the step can fail */
    uint32_t *owners;    /* expressions of the program a failure is reported under */
    uint32_t owner_count;
} pw_step;

typedef enum { PW_REGISTER_COLUMN, PW_REGISTER_CONSTANT, PW_REGISTER_TEMPORARY } pw_register_kind;

typedef struct pw_register {
    pw_register_kind kind;
    uint32_t column;         /* COLUMN: of the batch */
    const pw_slot *constant; /* CONSTANT */
} pw_register;

/* Selection 0 is the batch's; the others are made by steps. */
typedef struct pw_code {
    pw_step *steps;
    uint32_t step_count;
    pw_register *registers;
    uint32_t register_count;
    uint32_t selection_count;
    uint32_t call_count;
    uint32_t *results;        /* register of each expression; of a filter: none */
    uint32_t final_selection; /* of a filter */
} pw_code;

struct pw_program {
    const pw_expr *const *exprs;
    const pw_str *names;
    uint32_t expr_count;
    pw_code code;     /* all expressions as values */
    pw_code *filters; /* per expression; empty (no results) unless it is BOOLEAN */
};

/* The steps of all expressions of a program, or with `filter` of one as a condition. */
void pw_code_compile(pw_arena *arena, const pw_program *program, int32_t filter, pw_code *out);
void pw_code_print(const pw_code *code, pw_buf *out);

/* --- running ---------------------------------------------------------------------------------- */

enum {
    PW_SLOT_FAILED = 2
}; /* is_null inside the evaluator: no value because of an error, on its way up
      to the call, cast or constructor that turns it into NULL */

typedef struct pw_call_site {
    pw_vector *args;
    const pw_type **arg_types;
    void *state;
} pw_call_site;

/* What one code needs while it runs. */
typedef struct pw_frame {
    const pw_code *code;
    pw_vector *registers;
    uint32_t **rows; /* selections */
    uint32_t *row_counts;
    pw_call_site *calls;
} pw_frame;

struct pw_eval {
    const pw_program *program;
    pw_frame frame;
    pw_frame *filters;
    /* while running: */
    const pw_batch *batch;
    pw_frame *current;
    uint8_t **reported; /* per expression, rows that were reported; NULL until the first */
    bool has_failed;    /* some slot is PW_SLOT_FAILED */
};

typedef void pw_step_fn(pw_eval *eval, const pw_step *step);

/* Reports that the step failed for `row` under each of its expressions, once per row. */
void pw_eval_report(pw_eval *eval, const pw_step *step, uint32_t row, const char *message);
/* The same, and its result there is PW_SLOT_FAILED. */
void pw_eval_fail(pw_eval *eval, const pw_step *step, uint32_t row, const char *message);

static inline pw_vector pw_eval_register(const pw_eval *eval, uint32_t index) {
    return eval->current->registers[index];
}
static inline const uint32_t *pw_eval_rows(const pw_eval *eval, const pw_step *step,
                                           uint32_t *count) {
    *count = eval->current->row_counts[step->rows];
    return eval->current->rows[step->rows];
}

#define PW_STEP_DECLARE(name, operands, meaning) pw_step_fn pw_step_##name;
PW_STEP_MAP(PW_STEP_DECLARE)
#undef PW_STEP_DECLARE

/* --- LIKE ------------------------------------------------------------------------------------- */

typedef enum { PW_LIKE_NO, PW_LIKE_YES, PW_LIKE_BAD } pw_like_result;

/* SQL LIKE: % is any run, _ one character, neither crosses a line's end (as ksqlDB's regular
 * expressions). escape: code point, 0 for none. BAD: the pattern ends in its escape character. */
pw_like_result pw_like(pw_str text, pw_str pattern, uint32_t escape);

#endif
