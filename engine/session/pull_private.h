/* What the files that answer a SELECT share (README.md says which does what).
 *
 * A SELECT becomes one SQL text for SQLite, made anew from the tree: names are ours (t1, c0) or
 * quoted by us, literals are bound parameters, and each expression that SQLite would not evaluate
 * as we do is a call of a function that runs a compiled program. Between the parts of the text a
 * value has the form in which tables keep it (state/table_value.h). SPDX-License-Identifier:
 * Apache-2.0 */
#ifndef PW_SESSION_PULL_PRIVATE_H
#define PW_SESSION_PULL_PRIVATE_H

#include <sqlite3.h>

#include "expr/expr.h"
#include "session/session_private.h"

enum {
    PULL_FILES_MAX = 11,      /* SQLite's main database and the ten it attaches */
    PULL_ARGUMENTS_MAX = 100, /* of a SQLite function */
    PULL_PARAMETERS_MAX = 32000,
    PULL_DEPTH_MAX = 64, /* queries within queries */
};

/* A constant of the query, bound as parameter number index + 1. */
typedef struct pull_parameter {
    const pw_type *type;
    pw_slot value;
    struct pull_parameter *next;
} pull_parameter;

/* A state file that the query reads. */
typedef struct pull_file {
    pw_str path;
    const char *schema; /* what the SQL text calls it */
} pull_file;

/* One query on its way: from the tree to the rows. */
typedef struct pull {
    pitwall *p;
    pw_arena arena;   /* as long as the query */
    pw_arena scratch; /* as long as one call of a function of ours */
    pw_arena row;     /* as long as one row of the answer */
    pw_error *err;
    sqlite3 *db; /* opened with the first table */
    pull_file files[PULL_FILES_MAX];
    uint32_t file_count;
    pull_parameter *parameters, **parameters_end;
    uint32_t parameter_count;
    uint32_t function_count; /* registered with SQLite */
    uint32_t name_count;     /* of t1, w2, ... */
    uint32_t depth;
    pw_hashmap custom_types;
    pw_status failure; /* of a function of ours while rows are made; its text is in *err */
} pull;

/* What a piece of SQL text stands for. */
typedef struct pull_value {
    pw_str sql;
    const pw_type *type;
    pw_str raw;      /* how a condition writes it: a column of a table by its plain name, which an
                        index knows; else empty */
    bool may_be_gap; /* raw may hold the stored form of a NULL in a key */
    bool is_key;
    bool is_time; /* ROWTIME, WINDOWSTART, WINDOWEND: text compared with it is a time */
} pull_value;

/* A column of a relation: of a table, a CTE, a query in FROM, or of the answer. */
typedef struct pull_column {
    pw_str name;
    pull_value value;
    bool is_pseudo; /* not part of `*` */
} pull_column;

typedef struct pull_columns {
    pull_column *items;
    uint32_t count, capacity;
} pull_columns;

/* WITH name AS (...): what may be named in FROM. The first one found hides the others. */
typedef struct pull_cte {
    pw_str name;
    pw_str sql_name;
    pull_columns columns;
    const struct pull_cte *next;
} pull_cte;

/* A node of the tree that stands for a value already made: an aggregate, a subquery, a column of a
 * query around this one, or, compared by what it says, an expression of GROUP BY. */
typedef struct pull_substitute {
    const pw_node *node;
    bool is_group;
    uint32_t value;
    struct pull_substitute *next;
} pull_substitute;

/* One relation of FROM as names see it: columns first..first+count of the level. */
typedef struct pull_relation {
    pw_str alias;
    uint32_t first, count;
    struct pull_relation *next;
} pull_relation;

/* A SELECT and what can be named in it. */
typedef struct pull_level {
    pull *q;
    struct pull_level *outer; /* the query around this one; NULL: none */
    const pull_cte *ctes;
    pw_scope_column *names;
    uint32_t name_count, name_capacity;
    pull_value *values; /* what names and substitutes mean: the index is the batch column */
    uint32_t value_count, value_capacity;
    pull_substitute *substitutes;
    pull_relation *relations, **relations_end;
    uint32_t relation_count;
    struct pull_merged *merged; /* columns of USING */
    const char *clause;         /* that is being bound, for messages */
    bool is_grouped;            /* from here on only groups and aggregates can be named */
} pull_level;

/* A column that USING made of two. */
typedef struct pull_merged {
    pw_str name;
    uint32_t value;
    uint32_t left_name, right_name; /* entries of names that `*` leaves out */
    struct pull_merged *next;
} pull_merged;

/* A query as SQL text whose columns are c0, c1, ... */
typedef struct pull_result {
    pull_columns columns; /* value.sql is only the name, c0 */
    pw_str sql;
} pull_result;

/* --- pull_table.c: tables and their files ----------------------------------------------------- */

/* The table `node` (SOURCE) names: its columns as columns of `sql_alias`, and how FROM
 * writes it. */
PW_MUST_USE pw_status pull_table(pull *q, const pw_node *node, pw_str sql_alias,
                                 pull_columns *columns, pw_str *sql);

/* --- pull_file.c: connections ----------------------------------------------------------------- */

PW_MUST_USE pw_status pull_file_open(pull *q, pw_str path, pw_str table, pw_span at,
                                     const char **schema);
/* The connection, on no file when the query reads none. */
PW_MUST_USE pw_status pull_connect(pull *q);
/* What SQLite's `rc` means, with the files of the query in the text. */
pw_status pull_fail_sqlite(pull *q, int rc);

/* --- pull_scope.c: names ---------------------------------------------------------------------- */

void pull_level_init(pull_level *level, pull *q, pull_level *outer, const pull_cte *ctes);
uint32_t pull_value_add(pull_level *level, pull_value value);
/* A relation of FROM. The columns' values are copied. */
PW_MUST_USE pw_status pull_relation_add(pull_level *level, pw_str alias, pw_span at,
                                        const pull_columns *columns);
void pull_substitute_add(pull_level *level, const pw_node *node, bool is_group, uint32_t value);
pw_scope pull_scope(pull_level *level, const char *clause);
/* Index in level->values of what a COLUMN node names here, or -1: nothing, or not one thing. */
int32_t pull_resolve(const pull_level *level, const pw_node *node);
/* Do both nodes say the same here? Columns are compared by what they mean. */
bool pull_is_same(const pull_level *level, const pw_node *x, const pw_node *y);
/* Makes what lies below `node` and SQLite must do itself: subqueries, window functions, columns of
 * the queries around. To be called before binding. */
PW_MUST_USE pw_status pull_prepare(pull_level *level, const pw_node *node);
/* Under GROUP BY only groups and aggregates are known. what: "SELECT expression(s)", ... */
PW_MUST_USE pw_status pull_check_grouped(pull_level *level, const pw_node *node, const char *what);
pull_column *pull_column_add(pull *q, pull_columns *columns);

/* --- pull_expr.c: expressions ----------------------------------------------------------------- */

pw_str pull_parameter_add(pull *q, const pw_type *type, pw_slot value);
PW_MUST_USE pw_status pull_bind(pull_level *level, const pw_node *node, const char *clause,
                                const pw_expr **out);
/* A bound expression of this level as SQL. is_volatile: it gives another value each time. */
PW_MUST_USE pw_status pull_bound(pull_level *level, const pw_expr *expr, bool is_volatile,
                                 pull_value *out);
/* Binds and writes an expression. */
PW_MUST_USE pw_status pull_expr(pull_level *level, const pw_node *node, const char *clause,
                                pull_value *out);
/* The value converted to `type`, as the language would; PW_INVALID (no text) if it would not. */
PW_MUST_USE pw_status pull_convert(pull *q, const pull_value *value, const pw_type *type,
                                   pull_value *out);
bool pull_is_volatile(const pw_node *node);
/* What ORDER BY sorts by so that SQLite's order is ours. */
PW_MUST_USE pw_status pull_order(pull *q, const pull_value *value, pw_str *out);

/* --- pull_condition.c ------------------------------------------------------------------------- */

/* A condition of WHERE, HAVING or ON: true rows stay. */
PW_MUST_USE pw_status pull_condition(pull_level *level, const pw_node *node, const char *clause,
                                     pw_str *out);
/* Are equal values of the type equal for SQLite, and others not? */
bool pull_is_plain_equality(const pw_type *type);

/* --- pull_subquery.c -------------------------------------------------------------------------- */

PW_MUST_USE pw_status pull_subquery(pull_level *level, const pw_node *node);

/* --- pull_aggregate.c, pull_over.c ------------------------------------------------------------ */

/* Every aggregate below `node` (may be NULL) becomes a substitute. */
PW_MUST_USE pw_status pull_aggregates(pull_level *level, const pw_node *node, bool *has_any);
bool pull_has_aggregate(const pw_node *node);
/* An aggregate call. is_moving: as a window function whose frame also loses rows. */
PW_MUST_USE pw_status pull_aggregate_call(pull_level *level, const pw_node *call, bool is_moving,
                                          pull_value *out);
PW_MUST_USE pw_status pull_over(pull_level *level, const pw_node *node);

/* --- pull_from.c, pull_items.c, pull_select.c, pull_set.c ------------------------------------- */

PW_MUST_USE pw_status pull_from(pull_level *level, const pw_node *relation, pw_str *sql);

/* One item of the SELECT list, `*` written out. */
typedef struct pull_item {
    const pw_node *node;
    pw_span span;
    pw_str name;
    bool has_name;
    pull_value value;
} pull_item;

PW_MUST_USE pw_status pull_items(pull_level *level, const pw_node *select, pull_item **items,
                                 uint32_t *count);

/* Any query; outer and ctes as in pull_level. */
PW_MUST_USE pw_status pull_query(pull *q, pull_level *outer, const pull_cte *ctes,
                                 const pw_node *node, pull_result *out);
PW_MUST_USE pw_status pull_select(pull *q, pull_level *outer, const pull_cte *ctes,
                                  const pw_node *node, pull_result *out);
PW_MUST_USE pw_status pull_set(pull *q, pull_level *outer, const pull_cte *ctes,
                               const pw_node *node, pull_result *out);
/* WITH: the text up to the query, and what can be named behind it. */
PW_MUST_USE pw_status pull_with(pull *q, pull_level *outer, const pw_node *with,
                                const pull_cte **ctes, pw_str *sql);
/* " LIMIT ?1 OFFSET ?2", or nothing. */
PW_MUST_USE pw_status pull_limit(pull *q, const pw_node *limit, const pw_node *offset, pw_str *out);
/* " DESC NULLS LAST" of an ORDER_ITEM. */
const char *pull_direction(const pw_node *item);

/* --- pull_function.c, pull_fold.c: functions that SQLite calls -------------------------------- */

/* A scalar function that evaluates `expr` from the columns `columns` of a batch. */
PW_MUST_USE pw_status pull_function_add(pull *q, const pw_expr *expr, const uint32_t *columns,
                                        const pw_type *const *types, uint32_t count,
                                        bool is_volatile, pw_str *name);
/* The bytes that sort as values of the type do. */
PW_MUST_USE pw_status pull_function_add_order(pull *q, const pw_type *type, pw_str *name);
/* An aggregate function over `call->arg_count` columns. */
PW_MUST_USE pw_status pull_fold_add(pull *q, const pw_aggregate_call *call, pw_str *name);
/* The value of the one row of a scalar subquery: a second row is an error. */
PW_MUST_USE pw_status pull_fold_add_single(pull *q, pw_span at, pw_str *name);
/* The collation that sorts text as we do. */
PW_MUST_USE pw_status pull_collation_add(pull *q);
#define PULL_COLLATION "pitwall_text"
/* Ends the statement with this failure. */
void pull_function_fail(pull *q, sqlite3_context *context, pw_status status, const char *message);

/* --- pull_value.c: values from and to SQLite -------------------------------------------------- */

/* A value as tables keep it, in `arena`. PW_CORRUPT if it is none of the type. */
PW_MUST_USE pw_status pull_value_read(pw_arena *arena, sqlite3_value *value, const pw_type *type,
                                      pw_slot *out, pw_error *err);
void pull_value_result(sqlite3_context *context, const pw_type *type, const pw_slot *value);
/* As people read it, and as JSON; NULL is NULL and "null". */
const char *pull_value_text(pw_arena *arena, const pw_type *type, const pw_slot *value,
                            const char *json);
const char *pull_value_json(pw_arena *arena, const pw_type *type, const pw_slot *value);

#endif
