/* GROUP BY: which columns feed the aggregate, and what may be named behind it.
 *
 *   PROJECT [group expressions, aggregate arguments] - EXCHANGE if the group is not the source's
 * key - AGGREGATE [group, WINDOWSTART, WINDOWEND, results] SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "plan/plan_private.h"

enum { AGGREGATES_MAX = 256, DAY_MS = 86400000 };

/* --- substitutes ------------------------------------------------------------------------------ */

void plan_substitute_add(plan_builder *b, plan_substitutes *list, const pw_node *node,
                         uint32_t column, const pw_type *type) {
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 16;
        const pw_node **nodes = PW_NEW_ARRAY(b->arena, const pw_node *, capacity);
        uint32_t *columns = PW_NEW_ARRAY(b->arena, uint32_t, capacity);
        const pw_type **types = PW_NEW_ARRAY(b->arena, const pw_type *, capacity);
        for (uint32_t i = 0; i < list->count; i++) {
            nodes[i] = list->nodes[i];
            columns[i] = list->columns[i];
            types[i] = list->types[i];
        }
        list->nodes = nodes;
        list->columns = columns;
        list->types = types;
        list->capacity = capacity;
    }
    list->nodes[list->count] = node;
    list->columns[list->count] = column;
    list->types[list->count++] = type;
}

bool plan_substitute(void *opaque, const pw_node *node, uint32_t *column, const pw_type **type) {
    plan_substitutes *list = opaque;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!plan_node_equal(list->b, list->relation, list->nodes[i], node)) continue;
        *column = list->columns[i];
        *type = list->types[i];
        return true;
    }
    return false;
}

typedef struct grouped_check {
    const plan_substitutes *list;
    const pw_node *stray;
} grouped_check;

static bool is_window_bound(const pw_node *node) {
    return pw_str_equal(node->text, PW_STR("WINDOWSTART")) ||
           pw_str_equal(node->text, PW_STR("WINDOWEND"));
}

static bool visit_grouped(const pw_node *node, void *opaque) {
    grouped_check *check = opaque;
    for (uint32_t i = 0; i < check->list->count; i++) {
        const plan_substitutes *list = check->list;
        if (plan_node_equal(list->b, list->relation, list->nodes[i], node)) return false;
    }
    if (node->kind == PW_NODE_COLUMN && !is_window_bound(node) && !check->stray)
        check->stray = node;
    return !check->stray;
}

pw_status plan_check_grouped(plan_builder *b, const plan_substitutes *list, const pw_node *node,
                             const char *what) {
    grouped_check check = {list, NULL};
    pw_ast_walk(node, visit_grouped, &check);
    if (!check.stray) return PW_OK;
    /* A column that does not exist at all is the nearer mistake. */
    pw_scope scope = plan_scope(b, list->relation, "SELECT");
    const pw_expr *ignored;
    PW_TRY(pw_expr_bind(b->arena, &scope, check.stray, &ignored, b->err));
    pw_str text = plan_node_text(b, node);
    return pw_fail(b->err, PW_INVALID, check.stray->span,
                   "Non-aggregate %s not part of GROUP BY: %.*s\n"
                   "Either add the column(s) to the GROUP BY or remove them from the %s.",
                   what, PW_STR_ARGS(text), what[0] == 'H' ? "HAVING" : "SELECT");
}

/* --- window ----------------------------------------------------------------------------------- */

static pw_status duration_ms(plan_builder *b, const pw_node *node, int64_t *ms) {
    char text[64];
    snprintf(text, sizeof text, "%lld %.*s", (long long)node->number, PW_STR_ARGS(node->text));
    if (pw_with_duration(pw_str_from(text), ms)) return PW_OK;
    return pw_fail(b->err, PW_INVALID, node->span, "Invalid duration: %s", text);
}

static pw_status read_window(plan_builder *b, const pw_node *node, pw_plan_window *out) {
    static const pw_window_kind kinds[] = {PW_WINDOW_TUMBLING, PW_WINDOW_HOPPING,
                                           PW_WINDOW_SESSION};
    for (size_t i = 0; i < 3; i++) {
        if (pw_str_equal(node->text, pw_str_from(pw_window_kind_text(kinds[i]))))
            out->kind = kinds[i];
    }
    PW_ASSERT(out->kind != PW_WINDOW_NONE);
    if (out->kind == PW_WINDOW_SESSION) {
        return pw_fail(b->err, PW_UNSUPPORTED, node->span, "SESSION windows are not supported yet");
    }
    PW_TRY(duration_ms(b, pw_child(node, 0), &out->size_ms));
    out->advance_ms = out->size_ms;
    if (pw_child(node, 1)) PW_TRY(duration_ms(b, pw_child(node, 1), &out->advance_ms));
    if (out->size_ms <= 0 || out->advance_ms <= 0) {
        return pw_fail(b->err, PW_INVALID, node->span,
                       "Window size and advance must be larger than zero");
    }
    if (out->advance_ms > out->size_ms) {
        return pw_fail(
            b->err, PW_INVALID, pw_child(node, 1)->span,
            "Window advance interval should be more than zero and less than or equal to window "
            "duration %lld, but given advance interval is: %lld",
            (long long)out->size_ms, (long long)out->advance_ms);
    }
    out->grace_ms = out->size_ms < DAY_MS ? DAY_MS - out->size_ms : 0;
    if (pw_child(node, 3)) PW_TRY(duration_ms(b, pw_child(node, 3), &out->grace_ms));
    if (__builtin_add_overflow(out->size_ms, out->grace_ms, &out->retention_ms)) {
        return pw_fail(b->err, PW_INVALID, node->span,
                       "Window size plus grace period is too large");
    }
    if (pw_child(node, 2)) {
        int64_t least = out->retention_ms;
        out->has_retention = true;
        PW_TRY(duration_ms(b, pw_child(node, 2), &out->retention_ms));
        if (out->retention_ms < least) {
            return pw_fail(
                b->err, PW_INVALID, pw_child(node, 2)->span,
                "The retention period must be at least the window size plus the grace period: "
                "%lld ms, but is %lld ms",
                (long long)least, (long long)out->retention_ms);
        }
    }
    return PW_OK;
}

/* --- aggregate calls -------------------------------------------------------------------------- */

typedef struct call_list {
    plan_builder *b;
    const plan_relation *relation;
    const pw_node *nodes[AGGREGATES_MAX];
    uint32_t count;
    pw_status status;
} call_list;

static bool collect_call(const pw_node *node, void *opaque) {
    call_list *list = opaque;
    if (list->status != PW_OK) return false;
    if (node->kind != PW_NODE_CALL || !pw_function_is_aggregate(node->text)) return true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (!plan_has_aggregate(node->children[i])) continue;
        list->status =
            pw_fail(list->b->err, PW_INVALID, node->span,
                    "Aggregate functions can not be nested: %.*s(...)", PW_STR_ARGS(node->text));
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (plan_node_equal(list->b, list->relation, list->nodes[i], node)) return false;
    }
    if (list->count == AGGREGATES_MAX) {
        list->status =
            pw_fail(list->b->err, PW_LIMIT, node->span, "more than %d aggregates", AGGREGATES_MAX);
    } else {
        list->nodes[list->count++] = node;
    }
    return false;
}

/* Expressions that the PROJECT below the aggregate computes. */
typedef struct input_list {
    const pw_expr **exprs;
    pw_str *names;
    uint32_t count;
} input_list;

/* COUNT(*) counts rows by their ROWTIME, which none lacks (ksqlDB does the same). */
static pw_status bind_arguments(plan_builder *b, const plan_relation *relation, const pw_node *call,
                                const pw_expr **args, uint32_t *count) {
    pw_scope scope = plan_scope(b, relation, "an aggregate function");
    if (pw_has_flag(call, PW_FLAG_STAR) || call->child_count == 0) {
        pw_node *rowtime = PW_NEW(b->arena, pw_node);
        *rowtime = (pw_node){.kind = PW_NODE_COLUMN, .span = call->span, .text = PW_STR("ROWTIME")};
        if (b->input_count > 1) { /* of the left-most source */
            pw_node *source = PW_NEW(b->arena, pw_node);
            *source = (pw_node){
                .kind = PW_NODE_IDENTIFIER, .span = call->span, .text = b->inputs[0].alias};
            rowtime->child_count = 1;
            rowtime->children = PW_NEW_ARRAY(b->arena, pw_node *, 1);
            rowtime->children[0] = source;
        }
        *count = 1;
        return pw_expr_bind(b->arena, &scope, rowtime, &args[0], b->err);
    }
    *count = call->child_count;
    for (uint32_t i = 0; i < call->child_count; i++) {
        PW_TRY(pw_expr_bind(b->arena, &scope, call->children[i], &args[i], b->err));
    }
    return PW_OK;
}

static pw_status plan_call(plan_builder *b, const plan_relation *relation, const pw_node *node,
                           input_list *inputs, pw_aggregate_call *call, uint32_t *arg_start) {
    uint32_t count = 0, most = node->child_count ? node->child_count : 1;
    const pw_expr **args = PW_NEW_ARRAY(b->arena, const pw_expr *, most);
    PW_TRY(bind_arguments(b, relation, node, args, &count));
    const pw_type **types = PW_NEW_ARRAY(b->arena, const pw_type *, count);
    bool *is_literal = PW_NEW_ARRAY(b->arena, bool, count);
    for (uint32_t i = 0; i < count; i++) {
        types[i] = pw_expr_type(args[i]);
        is_literal[i] = pw_expr_constant(args[i]) != NULL;
    }
    const pw_signature *signature;
    const pw_type **coerced;
    PW_TRY(pw_function_find(b->arena, node->text, types, is_literal, count, node->span, &signature,
                            &coerced, &call->result_type, b->err));
    uint32_t init_count = signature->function->init_arg_count;
    if (init_count > count) init_count = count;
    call->aggregate = signature->function->aggregate;
    call->arg_count = count - init_count;
    call->arg_types = coerced;
    call->init_arg_count = init_count;
    *arg_start = inputs->count;
    pw_slot *init_args = PW_NEW_ARRAY(b->arena, pw_slot, init_count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const pw_expr *arg;
        PW_TRY(pw_expr_coerce(b->arena, args[i], coerced[i], true, &arg, b->err));
        if (i < call->arg_count) {
            inputs->exprs[inputs->count] = arg;
            inputs->names[inputs->count++] =
                pw_arena_format(b->arena, "%.*s argument %u", PW_STR_ARGS(node->text), i + 1);
        } else if (!pw_expr_constant(arg)) {
            return pw_fail(
                b->err, PW_INVALID, pw_expr_span(args[i]),
                "Parameter %u passed to function %.*s must be a literal constant, but was "
                "expression: '%.*s'",
                i + 1, PW_STR_ARGS(node->text), PW_STR_ARGS(plan_node_text(b, node->children[i])));
        } else {
            init_args[i - call->arg_count] = *pw_expr_constant(arg);
        }
    }
    call->init_args = init_args;
    if (!call->aggregate->open) return PW_OK;
    pw_status status = call->aggregate->open(b->arena, call, b->err);
    if (status != PW_OK && b->err && b->err->at.end <= b->err->at.start) b->err->at = node->span;
    return status;
}

/* --- GROUP BY --------------------------------------------------------------------------------- */

static pw_status bind_groups(plan_builder *b, const plan_relation *relation,
                             const pw_node *group_by, input_list *inputs) {
    pw_scope scope = plan_scope(b, relation, "GROUP BY");
    for (uint32_t i = 0; i < group_by->child_count; i++) {
        const pw_node *node = group_by->children[i];
        if (plan_has_aggregate(node)) {
            return pw_fail(
                b->err, PW_INVALID, node->span,
                "GROUP BY does not support aggregate functions: %.*s is an aggregate function.",
                PW_STR_ARGS(node->text));
        }
        for (uint32_t j = 0; j < i; j++) {
            if (!plan_node_equal(b, relation, group_by->children[j], node)) continue;
            pw_str text = plan_node_text(b, node);
            return pw_fail(b->err, PW_INVALID, node->span, "Duplicate GROUP BY expression: %.*s",
                           PW_STR_ARGS(text));
        }
        PW_TRY(pw_expr_bind(b->arena, &scope, node, &inputs->exprs[inputs->count], b->err));
        if (pw_expr_type(inputs->exprs[inputs->count])->kind == PW_TYPE_NULL) {
            return pw_fail(b->err, PW_INVALID, node->span,
                           "GROUP BY a NULL literal is not possible");
        }
        inputs->names[inputs->count++] = plan_node_text(b, node);
    }
    return PW_OK;
}

/* Rows of a group are together already when the group is exactly the source's key. */
static bool is_key(const plan_relation *relation, const input_list *inputs, uint32_t group_count) {
    if (relation->keys_are_equal || relation->key_count != group_count) return false;
    for (uint32_t i = 0; i < group_count; i++) {
        if (pw_expr_column(inputs->exprs[i]) != (int32_t)relation->keys[i]) return false;
    }
    return relation->partitions > 0;
}

static void aggregate_schema(plan_builder *b, pw_plan_op *op, const pw_plan_aggregate *plan,
                             const call_list *calls, plan_substitutes *out) {
    uint32_t count = plan->group_count;
    bool is_windowed = plan->window.kind != PW_WINDOW_NONE;
    pw_column *columns = PW_NEW_ARRAY(b->arena, pw_column, count + 2 + plan->call_count);
    memcpy(columns, op->schema.columns, count * sizeof *columns);
    if (is_windowed) {
        columns[count++] = (pw_column){PW_STR("WINDOWSTART"), &pw_type_bigint,
                                       PW_COLUMN_WINDOW_START, PW_STR_EMPTY};
        columns[count++] =
            (pw_column){PW_STR("WINDOWEND"), &pw_type_bigint, PW_COLUMN_WINDOW_END, PW_STR_EMPTY};
    }
    for (uint32_t i = 0; i < plan->call_count; i++) {
        plan_substitute_add(b, out, calls->nodes[i], count, plan->calls[i].result_type);
        columns[count++] = (pw_column){plan_node_text(b, calls->nodes[i]),
                                       plan->calls[i].result_type, PW_COLUMN_VALUE, PW_STR_EMPTY};
    }
    plan_op_set_schema(b, op, columns, count);
    op->key_count = plan->group_count + (is_windowed ? 2 : 0);
}

static pw_status check_sources(plan_builder *b, const pw_node *at) {
    for (uint32_t i = 0; i < b->input_count; i++) {
        const pw_source *source = b->inputs[i].source;
        if (!pw_str_equal(source->value_format.name, PW_STR("KAFKA"))) continue;
        return pw_fail(
            b->err, PW_INVALID, at->span,
            "Source(s) %.*s are using the 'KAFKA' value format. This format does not yet support "
            "GROUP BY.",
            PW_STR_ARGS(source->name));
    }
    return PW_OK;
}

static pw_status collect_calls(plan_builder *b, call_list *calls) {
    for (uint32_t i = 0; i < b->item_count; i++)
        pw_ast_walk(b->items[i].node, collect_call, calls);
    const pw_node *having = pw_child(b->select, PW_SELECT_HAVING);
    if (having) pw_ast_walk(having, collect_call, calls);
    PW_TRY(calls->status);
    const pw_node *group_by = pw_child(b->select, PW_SELECT_GROUP_BY);
    if (!group_by) {
        return pw_fail(b->err, PW_INVALID, calls->nodes[0]->span,
                       "Use of aggregate function %.*s requires a GROUP BY clause.",
                       PW_STR_ARGS(calls->nodes[0]->text));
    }
    if (calls->count == 0) {
        return pw_fail(
            b->err, PW_INVALID, group_by->span,
            "GROUP BY requires aggregate functions in either the SELECT or HAVING clause.");
    }
    return check_sources(b, group_by);
}

pw_status plan_aggregate(plan_builder *b, plan_relation *relation, plan_substitutes *out,
                         pw_plan_window *window) {
    call_list calls = {.b = b, .relation = relation, .status = PW_OK};
    PW_TRY(collect_calls(b, &calls));
    const pw_node *group_by = pw_child(b->select, PW_SELECT_GROUP_BY);
    uint32_t most = group_by->child_count;
    for (uint32_t i = 0; i < calls.count; i++)
        most += calls.nodes[i]->child_count + 1;
    input_list inputs = {PW_NEW_ARRAY(b->arena, const pw_expr *, most),
                         PW_NEW_ARRAY(b->arena, pw_str, most), 0};
    pw_plan_aggregate *plan = PW_NEW(b->arena, pw_plan_aggregate);
    if (pw_child(b->select, PW_SELECT_WINDOW)) {
        PW_TRY(read_window(b, pw_child(b->select, PW_SELECT_WINDOW), &plan->window));
    }
    *window = plan->window;
    PW_TRY(bind_groups(b, relation, group_by, &inputs));
    plan->group_count = inputs.count;
    plan->call_count = calls.count;
    plan->calls = PW_NEW_ARRAY(b->arena, pw_aggregate_call, calls.count);
    plan->arg_start = PW_NEW_ARRAY(b->arena, uint32_t, calls.count);
    for (uint32_t i = 0; i < plan->group_count; i++) {
        plan_substitute_add(b, out, group_by->children[i], i, pw_expr_type(inputs.exprs[i]));
    }
    for (uint32_t i = 0; i < calls.count; i++) {
        PW_TRY(
            plan_call(b, relation, calls.nodes[i], &inputs, &plan->calls[i], &plan->arg_start[i]));
    }
    bool is_local = is_key(relation, &inputs, plan->group_count) || relation->partitions == 1;
    pw_column_kind *kinds = PW_NEW_ARRAY(b->arena, pw_column_kind, inputs.count);
    for (uint32_t i = 0; i < inputs.count; i++) {
        kinds[i] = i < plan->group_count ? PW_COLUMN_KEY : PW_COLUMN_VALUE;
    }
    PW_TRY(plan_op_project(b, relation->op, inputs.exprs, inputs.names, kinds, inputs.count,
                           &relation->op));
    if (!is_local) PW_TRY(plan_exchange(b, relation, plan->group_count));
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, PW_PLAN_AGGREGATE, relation->op, &op));
    op->aggregate = plan;
    op->is_table = true;
    op->store = (int32_t)b->store_count++;
    aggregate_schema(b, op, plan, &calls, out);
    relation->op = op;
    return PW_OK;
}
