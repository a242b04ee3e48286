/* FROM: sources, joins, and what their columns are called. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/error.h"
#include "plan/plan_private.h"

static const struct {
    const char *name;
    const pw_type *type;
    pw_column_kind kind;
    bool is_time;
} pseudo_rows[PW_PSEUDO_COUNT] = {
    [PW_PSEUDO_ROWTIME] = {"ROWTIME", &pw_type_bigint, PW_COLUMN_ROWTIME, true},
    [PW_PSEUDO_ROWPARTITION] = {"ROWPARTITION", &pw_type_integer, PW_COLUMN_ROWPARTITION, false},
    [PW_PSEUDO_ROWOFFSET] = {"ROWOFFSET", &pw_type_bigint, PW_COLUMN_ROWOFFSET, false},
    [PW_PSEUDO_WINDOWSTART] = {"WINDOWSTART", &pw_type_bigint, PW_COLUMN_WINDOW_START, true},
    [PW_PSEUDO_WINDOWEND] = {"WINDOWEND", &pw_type_bigint, PW_COLUMN_WINDOW_END, true},
};

bool plan_is_reserved(pw_str name) {
    for (int i = 0; i < PW_PSEUDO_COUNT; i++) {
        if (pw_str_equal(name, pw_str_from(pseudo_rows[i].name))) return true;
    }
    return false;
}

pw_scope plan_scope(plan_builder *b, const plan_relation *relation, const char *clause) {
    return (pw_scope){.columns = relation->columns,
                      .column_count = relation->column_count,
                      .custom_types = &b->custom_types,
                      .clause = clause};
}

/* The program that reads the event time: the column, or its text parsed by the source's pattern. */
static pw_status plan_event_time(plan_builder *b, const plan_relation *relation,
                                 const pw_source *source, pw_plan_source *plan) {
    pw_node *column = PW_NEW(b->arena, pw_node);
    *column = (pw_node){.kind = PW_NODE_COLUMN, .text = source->timestamp_column};
    pw_node *node = column;
    if (source->timestamp_format.length) {
        pw_node *pattern = PW_NEW(b->arena, pw_node);
        *pattern = (pw_node){.kind = PW_NODE_STRING_LITERAL, .text = source->timestamp_format};
        node = PW_NEW(b->arena, pw_node);
        *node =
            (pw_node){.kind = PW_NODE_CALL, .text = PW_STR("PARSE_TIMESTAMP"), .child_count = 2};
        node->children = PW_NEW_ARRAY(b->arena, pw_node *, 2);
        node->children[0] = column;
        node->children[1] = pattern;
    }
    pw_scope scope = plan_scope(b, relation, "TIMESTAMP");
    const pw_expr *expr;
    PW_TRY(pw_expr_bind(b->arena, &scope, node, &expr, b->err));
    pw_expr_mark_columns(expr, plan->wanted);
    return pw_program_compile(b->arena, &expr, &source->timestamp_column, 1, &plan->timestamp,
                              b->err);
}

/* The batch of a source: the columns of its schema, then the pseudo columns. */
static pw_status add_source(plan_builder *b, const pw_source *source, pw_str alias,
                            plan_relation *out) {
    uint32_t pseudo_count =
        source->window_kind == PW_WINDOW_NONE ? PW_PSEUDO_WINDOWSTART : PW_PSEUDO_COUNT;
    uint32_t count = source->schema.column_count;
    uint32_t total = count + pseudo_count;
    pw_column *columns = PW_NEW_ARRAY(b->arena, pw_column, total);
    memset(out, 0, sizeof *out);
    out->columns = PW_NEW_ARRAY(b->arena, pw_scope_column, total);
    for (uint32_t i = 0; i < total; i++) {
        if (i < count) {
            columns[i] = source->schema.columns[i];
            if (columns[i].kind == PW_COLUMN_KEY) out->keys[out->key_count++] = i;
        } else {
            columns[i] =
                (pw_column){pw_str_from(pseudo_rows[i - count].name), pseudo_rows[i - count].type,
                            pseudo_rows[i - count].kind, PW_STR_EMPTY};
        }
        out->columns[i] =
            (pw_scope_column){.source = alias,
                              .name = columns[i].name,
                              .type = columns[i].type,
                              .index = i,
                              .is_pseudo = i >= count,
                              .is_time = i >= count && pseudo_rows[i - count].is_time};
    }
    out->column_count = total;
    PW_TRY(plan_op_add(b, PW_PLAN_SOURCE, NULL, &out->op));
    plan_op_set_schema(b, out->op, columns, total);
    pw_plan_source *plan = PW_NEW(b->arena, pw_plan_source);
    plan->source = source;
    plan->alias = alias;
    plan->wanted = PW_NEW_ARRAY(b->arena, bool, total + 1);
    if (source->timestamp_column.length) PW_TRY(plan_event_time(b, out, source, plan));
    out->op->source = plan;
    out->op->is_table = out->is_table = source->is_table;
    out->op->key_count = out->key_count;
    out->partitions = (uint32_t)source->partitions;
    out->key_format = source->key_format.name;
    b->inputs[b->input_count++] = (plan_input){source, alias, out->op, 0, total};
    return PW_OK;
}

static pw_status from_source(plan_builder *b, const pw_node *node, plan_relation *out) {
    const pw_source *source;
    PW_TRY(pw_catalog_source_get(b->context->catalog, node->text, node->span, &source, b->err));
    pw_str alias = pw_child(node, 0) ? pw_child(node, 0)->text : node->text;
    for (uint32_t i = 0; i < b->input_count; i++) {
        if (b->inputs[i].source == source || pw_str_equal(b->inputs[i].alias, alias)) {
            return pw_fail(b->err, PW_INVALID, node->span,
                           "N-way joins do not support multiple occurrences of the same source. "
                           "Source: '%.*s'",
                           PW_STR_ARGS(node->text));
        }
    }
    if (b->input_count == PW_PLAN_SOURCES_MAX) {
        return pw_fail(b->err, PW_LIMIT, node->span, "a join of more than %d sources",
                       PW_PLAN_SOURCES_MAX);
    }
    if (source->window_kind != PW_WINDOW_NONE && source->is_table) {
        return pw_fail(b->err, PW_INVALID, node->span,
                       "KSQL does not support persistent queries on windowed tables.");
    }
    return add_source(b, source, pw_arena_str(b->arena, alias), out);
}

/* --- exchange --------------------------------------------------------------------------------- */

pw_status plan_exchange(plan_builder *b, plan_relation *relation, uint32_t key_count) {
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, PW_PLAN_EXCHANGE, relation->op, &op));
    op->key_count = key_count;
    relation->op = op;
    relation->partitions = 0;
    return PW_OK;
}

/* --- joins ------------------------------------------------------------------------------------ */

typedef struct join_sides {
    const pw_expr *left;  /* over the left relation */
    const pw_expr *right; /* over the right relation: its key column */
    const pw_node *left_node;
} join_sides;

/* Which side does an operand of ON belong to? */
static bool binds(plan_builder *b, const plan_relation *relation, const pw_node *node,
                  const pw_expr **out) {
    pw_scope scope = plan_scope(b, relation, "JOIN");
    return pw_expr_bind(b->arena, &scope, node, out, NULL) == PW_OK;
}

static pw_status bind_on(plan_builder *b, const pw_node *on, const plan_relation *left,
                         const plan_relation *right, join_sides *out) {
    if (on->kind == PW_NODE_AND || on->kind == PW_NODE_OR) {
        pw_str text = plan_node_text(b, on);
        return pw_fail(
            b->err, PW_UNSUPPORTED, on->span,
            "Invalid join condition: joins on multiple conditions are not yet supported. Got %.*s.",
            PW_STR_ARGS(text));
    }
    if (on->kind != PW_NODE_COMPARE || on->number != PW_OPERATOR_EQUAL) {
        pw_str text = plan_node_text(b, on);
        return pw_fail(b->err, PW_INVALID, on->span,
                       "Invalid join condition: %.*s. It must be an equality", PW_STR_ARGS(text));
    }
    const pw_node *x = pw_child(on, 0), *y = pw_child(on, 1);
    if (binds(b, left, x, &out->left) && binds(b, right, y, &out->right)) {
        out->left_node = x;
    } else if (binds(b, left, y, &out->left) && binds(b, right, x, &out->right)) {
        out->left_node = y;
    } else {
        /* Bind over both, so that an unknown column is named with its place. */
        plan_relation both = *left;
        both.columns =
            PW_NEW_ARRAY(b->arena, pw_scope_column, left->column_count + right->column_count);
        memcpy(both.columns, left->columns, left->column_count * sizeof *both.columns);
        memcpy(both.columns + left->column_count, right->columns,
               right->column_count * sizeof *both.columns);
        both.column_count += right->column_count;
        pw_scope scope = plan_scope(b, &both, "JOIN ON");
        const pw_expr *ignored;
        PW_TRY(pw_expr_bind(b->arena, &scope, x, &ignored, b->err));
        PW_TRY(pw_expr_bind(b->arena, &scope, y, &ignored, b->err));
        pw_str text = plan_node_text(b, on);
        return pw_fail(
            b->err, PW_INVALID, on->span,
            "Invalid join condition: each side of %.*s must refer to one of the two joined sources",
            PW_STR_ARGS(text));
    }
    if (!pw_type_equal(pw_expr_type(out->left), pw_expr_type(out->right))) {
        pw_buf text;
        pw_buf_init(&text);
        pw_buf_add_literal(&text, "Invalid join condition: types don't match. Got ");
        pw_str side = plan_node_text(b, x);
        bool is_swapped = out->left_node != x;
        pw_buf_format(&text, "%.*s{", PW_STR_ARGS(side));
        pw_type_print(pw_expr_type(is_swapped ? out->right : out->left), &text);
        side = plan_node_text(b, y);
        pw_buf_format(&text, "} = %.*s{", PW_STR_ARGS(side));
        pw_type_print(pw_expr_type(is_swapped ? out->left : out->right), &text);
        pw_buf_add_literal(&text, "}.");
        pw_fail(b->err, PW_INVALID, on->span, "%s", pw_buf_cstr(&text));
        pw_error_hint(b->err, "CAST one side to the type of the other");
        pw_buf_deinit(&text);
        return PW_INVALID;
    }
    return PW_OK;
}

/* Left side of a join: the key as column 0, then all columns as they were. */
static pw_status project_left(plan_builder *b, plan_relation *left, const join_sides *sides) {
    uint32_t count = left->op->schema.column_count;
    const pw_expr **exprs = PW_NEW_ARRAY(b->arena, const pw_expr *, count + 1);
    pw_str *names = PW_NEW_ARRAY(b->arena, pw_str, count + 1);
    pw_column_kind *kinds = PW_NEW_ARRAY(b->arena, pw_column_kind, count + 1);
    exprs[0] = sides->left;
    names[0] = PW_STR("(join key)");
    kinds[0] = PW_COLUMN_KEY;
    for (uint32_t i = 0; i < count; i++) {
        const pw_column *column = &left->op->schema.columns[i];
        exprs[i + 1] = pw_expr_make_column(b->arena, i, column->type, column->name);
        names[i + 1] = column->name;
        kinds[i + 1] = PW_COLUMN_VALUE;
    }
    return plan_op_project(b, left->op, exprs, names, kinds, count + 1, &left->op);
}

static void join_scope(plan_builder *b, plan_relation *left, const plan_relation *right,
                       uint32_t left_count, plan_relation *out) {
    uint32_t total = left->column_count + right->column_count;
    out->columns = PW_NEW_ARRAY(b->arena, pw_scope_column, total);
    memcpy(out->columns, left->columns, left->column_count * sizeof *out->columns);
    for (uint32_t i = 0; i < right->column_count; i++) {
        out->columns[left->column_count + i] = right->columns[i];
        out->columns[left->column_count + i].index += left_count;
    }
    out->column_count = total;
}

/* The table's rows can stay where they are when both topics are cut alike by the same key. */
static bool is_copartitioned(const plan_relation *left, const join_sides *sides,
                             const plan_relation *right) {
    int32_t column = pw_expr_column(sides->left);
    bool is_key = column >= 0 && left->key_count == 1 && left->keys[0] == (uint32_t)column;
    return is_key && left->partitions == right->partitions &&
           pw_str_equal(left->key_format, right->key_format);
}

static pw_status check_join(plan_builder *b, const pw_node *node, const plan_relation *left,
                            const plan_relation *right) {
    if (left->is_table || !right->is_table) {
        return pw_fail(b->err, PW_UNSUPPORTED, node->span, "%s joins are not supported yet",
                       !left->is_table   ? "stream-stream"
                       : right->is_table ? "table-table"
                                         : "table-stream");
    }
    if (node->number != PW_JOIN_INNER && node->number != PW_JOIN_LEFT) {
        return pw_fail(
            b->err, PW_INVALID, node->span,
            "Invalid join type: only INNER and LEFT joins of a stream with a table are possible");
    }
    const pw_node *within = pw_child(node, 2);
    if (within) {
        return pw_fail(
            b->err, PW_INVALID, within->span,
            "A window definition was provided for a Stream-Table join. These joins are not "
            "windowed. Please remove the window definition (ie. the WITHIN clause) and try again.");
    }
    if (pw_child(node, 3)) return PW_OK;
    return pw_fail(b->err, PW_INVALID, node->span, "a join needs an ON condition");
}

static pw_status check_right_key(plan_builder *b, const pw_node *on, const join_sides *sides,
                                 const plan_relation *right) {
    int32_t key = pw_expr_column(sides->right);
    if (key >= 0 && right->key_count == 1 && right->keys[0] == (uint32_t)key) return PW_OK;
    pw_str text = plan_node_text(b, on);
    text = (pw_str){text.data + 1, text.length - 2}; /* without its parentheses */
    return pw_fail(b->err, PW_INVALID, on->span,
                   "Invalid join condition: stream-table joins require to join on the table's "
                   "primary key. Got %.*s.",
                   PW_STR_ARGS(text));
}

/* The operator; its columns are those of the left side without the join key, then the right ones.
 */
static pw_status add_join(plan_builder *b, const plan_relation *left, const plan_relation *right,
                          pw_plan_join join, pw_plan_op **out) {
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, PW_PLAN_JOIN_TABLE, left->op, &op));
    op->inputs[op->input_count++] = right->op;
    right->op->output = op;
    right->op->output_input = 1;
    op->store = (int32_t)b->store_count++;
    op->key_count = 0;
    pw_plan_join *plan = PW_NEW(b->arena, pw_plan_join);
    *plan = join;
    op->join = plan;
    uint32_t left_count = left->op->schema.column_count - 1;
    uint32_t count = left_count + right->op->schema.column_count;
    pw_column *columns = PW_NEW_ARRAY(b->arena, pw_column, count + 1);
    memcpy(columns, left->op->schema.columns + 1, left_count * sizeof *columns);
    memcpy(columns + left_count, right->op->schema.columns, (count - left_count) * sizeof *columns);
    for (uint32_t i = 0; i < count; i++)
        columns[i].kind = PW_COLUMN_VALUE;
    plan_op_set_schema(b, op, columns, count);
    *out = op;
    return PW_OK;
}

static pw_status from_join(plan_builder *b, const pw_node *node, plan_relation *out) {
    plan_relation left, right;
    join_sides sides;
    PW_TRY(plan_from(b, pw_child(node, 0), &left));
    PW_TRY(plan_from(b, pw_child(node, 1), &right));
    PW_TRY(check_join(b, node, &left, &right));
    PW_TRY(bind_on(b, pw_child(node, 3), &left, &right, &sides));
    PW_TRY(check_right_key(b, pw_child(node, 3), &sides, &right));
    uint32_t right_key = (uint32_t)pw_expr_column(sides.right);
    uint32_t left_count = left.op->schema.column_count;
    int32_t left_column = pw_expr_column(sides.left);
    bool needs_exchange = !is_copartitioned(&left, &sides, &right) &&
                          !(left.partitions == 1 && right.partitions == 1);
    PW_TRY(project_left(b, &left, &sides));
    if (needs_exchange) {
        PW_TRY(plan_exchange(b, &left, 1));
        PW_TRY(plan_exchange(b, &right, 1));
    }
    pw_plan_op *op;
    PW_TRY(add_join(b, &left, &right, (pw_plan_join){(pw_join_kind)node->number, right_key}, &op));

    *out = left;
    join_scope(b, &left, &right, left_count, out);
    out->op = op;
    out->key_count = 0;
    out->keys_are_equal = true;
    if (left_column >= 0) out->keys[out->key_count++] = (uint32_t)left_column;
    out->keys[out->key_count++] = left_count + right_key;
    if (needs_exchange) out->partitions = 0;
    return PW_OK;
}

pw_status plan_from(plan_builder *b, const pw_node *relation, plan_relation *out) {
    if (!relation) {
        return pw_fail(b->err, PW_INVALID, b->select->span, "a query needs a FROM clause");
    }
    if (relation->kind == PW_NODE_SOURCE) return from_source(b, relation, out);
    if (relation->kind == PW_NODE_JOIN) return from_join(b, relation, out);
    return pw_fail(b->err, PW_UNSUPPORTED, relation->span,
                   "a sub-query in FROM is not supported in a persistent query");
}

/* --- which columns of the sources are read ---------------------------------------------------- */

/* Programs were compiled against full batches; what none of them reads is never decoded. A column
 * is read if an operator up to the next PROJECT uses it; joins pass columns on. */
static void mark_op(plan_builder *b, const pw_plan_op *op, const bool *wanted);

static void mark_input(plan_builder *b, const pw_plan_op *input, const bool *wanted) {
    if (input->kind != PW_PLAN_SOURCE) {
        mark_op(b, input, wanted);
        return;
    }
    for (uint32_t i = 0; i < input->schema.column_count; i++)
        input->source->wanted[i] |= wanted[i];
}

static void mark_expressions(const pw_plan_op *op, const bool *wanted, bool *below) {
    for (uint32_t i = 0; i < op->expr_count; i++) {
        if (!wanted || wanted[i]) pw_expr_mark_columns(op->exprs[i], below);
    }
}

/* wanted: of the columns that `op` emits. */
static void mark_op(plan_builder *b, const pw_plan_op *op, const bool *wanted) {
    const pw_plan_op *input = op->inputs[0];
    uint32_t count = input ? input->schema.column_count : 0;
    bool *below = PW_NEW_ARRAY(b->arena, bool, count + 1);
    switch (op->kind) {
    case PW_PLAN_SOURCE: return;
    case PW_PLAN_FILTER:
    case PW_PLAN_FILTER_TABLE:
    case PW_PLAN_FLATTEN:
        memcpy(below, wanted, count < op->schema.column_count ? count : op->schema.column_count);
        mark_expressions(op, NULL, below);
        if (op->kind == PW_PLAN_FILTER_TABLE) {
            for (uint32_t i = 0; i < op->key_count; i++)
                below[i] = true;
        }
        break;
    case PW_PLAN_PROJECT: mark_expressions(op, wanted, below); break;
    case PW_PLAN_EXCHANGE:
        memcpy(below, wanted, count);
        for (uint32_t i = 0; i < op->key_count; i++)
            below[i] = true;
        break;
    case PW_PLAN_AGGREGATE:
    case PW_PLAN_SINK: memset(below, 1, count); break;
    case PW_PLAN_JOIN_TABLE: {
        below[0] = true;
        memcpy(below + 1, wanted, count - 1);
        mark_input(b, input, below);
        uint32_t right_count = op->inputs[1]->schema.column_count;
        bool *right = PW_NEW_ARRAY(b->arena, bool, right_count + 1);
        memcpy(right, wanted + (count - 1), right_count);
        right[op->join->right_key_index] = true;
        mark_input(b, op->inputs[1], right);
        return;
    }
    case PW_PLAN_OP_COUNT: PW_UNREACHABLE();
    }
    mark_input(b, input, below);
}

void plan_mark_sources(plan_builder *b) {
    const pw_plan_op *sink = b->ops[b->op_count - 1];
    bool *wanted = PW_NEW_ARRAY(b->arena, bool, sink->schema.column_count + 1);
    memset(wanted, 1, sink->schema.column_count);
    mark_op(b, sink, wanted);
}
