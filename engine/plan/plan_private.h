/* Shared by the files that plan one query. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PLAN_PRIVATE_H
#define PW_PLAN_PRIVATE_H

#include "plan/plan.h"
#include "plan/with.h"

enum { PW_PLAN_OPS_MAX = 256, PW_PLAN_SOURCES_MAX = 64 };

/* One source of the FROM clause. */
typedef struct plan_input {
    const pw_source *source;
    pw_str alias;
    pw_plan_op *op;
    uint32_t scope_first; /* of its columns in the scope */
    uint32_t scope_count;
} plan_input;

/* What the operators so far produce, and what its columns are called. */
typedef struct plan_relation {
    pw_plan_op *op;
    bool is_table;
    pw_scope_column *columns; /* one per batch column that has a name */
    uint32_t column_count;
    /* The key: batch columns that hold it. A join has equivalent columns: the first names it. */
    uint32_t keys[PW_PLAN_SOURCES_MAX];
    uint32_t key_count;
    bool keys_are_equal; /* a join: keys[] are alternatives, not parts */
    uint32_t partitions; /* of the topics it is partitioned like; 0 behind an exchange */
    pw_str key_format;   /* of those topics */
} plan_relation;

/* One output column of the SELECT. */
typedef struct plan_item {
    const pw_node *node;
    pw_str name;
    bool has_name; /* given by alias or by the column */
    const pw_expr *expr;
    int32_t key; /* which key column it is, -1: a value */
    bool is_as_value;
} plan_item;

typedef struct plan_builder {
    const pw_plan_context *context;
    pw_arena *arena;
    pw_error *err;
    const pw_node *select;
    pw_plan_op *ops[PW_PLAN_OPS_MAX];
    uint32_t op_count;
    uint32_t store_count;
    plan_input inputs[PW_PLAN_SOURCES_MAX];
    uint32_t input_count;
    pw_hashmap custom_types;
    plan_item *items;
    uint32_t item_count;
    bool is_aggregate;
} plan_builder;

/* plan_ops.c */
pw_status plan_op_add(plan_builder *b, pw_plan_op_kind kind, pw_plan_op *input, pw_plan_op **out);
void plan_op_set_schema(plan_builder *b, pw_plan_op *op, const pw_column *columns, uint32_t count);
pw_status plan_op_program(plan_builder *b, pw_plan_op *op, const pw_expr *const *exprs,
                          const pw_str *names, uint32_t count);
pw_status plan_op_project(plan_builder *b, pw_plan_op *input, const pw_expr *const *exprs,
                          const pw_str *names, const pw_column_kind *kinds, uint32_t count,
                          pw_plan_op **out);
pw_status plan_op_filter(plan_builder *b, pw_plan_op *input, const pw_expr *predicate,
                         bool is_table, pw_plan_op **out);
pw_status plan_assign_stages(plan_builder *b, pw_topology *topology);

/* plan_from.c */
/* A pseudo column's name, which nothing else may have. */
bool plan_is_reserved(pw_str name);
pw_status plan_from(plan_builder *b, const pw_node *relation, plan_relation *out);
pw_scope plan_scope(plan_builder *b, const plan_relation *relation, const char *clause);
pw_status plan_exchange(plan_builder *b, plan_relation *relation, uint32_t key_count);
void plan_mark_sources(plan_builder *b);

/* plan_items.c */
pw_status plan_items(plan_builder *b, const plan_relation *relation);
/* Same expression? Columns are compared by what they mean, not by how they are qualified. */
bool plan_node_equal(plan_builder *b, const plan_relation *relation, const pw_node *x,
                     const pw_node *y);
bool plan_has_aggregate(const pw_node *node);
bool plan_has_table_function(const pw_node *node);
pw_str plan_node_text(plan_builder *b, const pw_node *node);

/* Expressions that stand for a column of the batch: what has been computed already. */
typedef struct plan_substitutes {
    plan_builder *b;
    const plan_relation *relation; /* in whose names the expressions are written */
    const pw_node **nodes;
    uint32_t *columns;
    const pw_type **types;
    uint32_t count, capacity;
} plan_substitutes;

void plan_substitute_add(plan_builder *b, plan_substitutes *list, const pw_node *node,
                         uint32_t column, const pw_type *type);
bool plan_substitute(void *opaque, const pw_node *node, uint32_t *column, const pw_type **type);

/* plan_flatten.c: adds a FLATTEN if the SELECT list has table functions. */
pw_status plan_flatten(plan_builder *b, plan_relation *relation, plan_substitutes *out);

/* plan_aggregate.c: PROJECT, EXCHANGE where needed, AGGREGATE. Behind it only what `out` lists can
 * be named. */
pw_status plan_aggregate(plan_builder *b, plan_relation *relation, plan_substitutes *out,
                         pw_plan_window *window);
/* Every column in `node` must be covered by a substitute. */
pw_status plan_check_grouped(plan_builder *b, const plan_substitutes *list, const pw_node *node,
                             const char *what);

#endif
