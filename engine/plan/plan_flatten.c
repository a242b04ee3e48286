/* Table functions in the SELECT list: EXPLODE and its kin. Several are zipped: the longest decides.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "plan/plan_private.h"

typedef struct flatten_search {
    plan_builder *b;
    const plan_relation *relation;
    const pw_node *calls[64];
    uint32_t count;
    pw_status status;
} flatten_search;

static bool collect_call(const pw_node *node, void *opaque) {
    flatten_search *search = opaque;
    if (search->status != PW_OK) return false;
    if (node->kind == PW_NODE_CASE && plan_has_table_function(node)) {
        search->status = pw_fail(search->b->err, PW_INVALID, node->span,
                                 "Table functions can't be used in CASE");
        return false;
    }
    if (node->kind != PW_NODE_CALL || !pw_function_is_table(node->text)) return true;
    if (node->child_count && plan_has_table_function(node->children[0])) {
        search->status = pw_fail(search->b->err, PW_INVALID, node->span,
                                 "Table functions cannot be nested: %.*s", PW_STR_ARGS(node->text));
        return false;
    }
    for (uint32_t i = 0; i < search->count; i++) {
        if (plan_node_equal(search->b, search->relation, search->calls[i], node)) return false;
    }
    if (search->count == 64) {
        search->status =
            pw_fail(search->b->err, PW_LIMIT, node->span, "more than 64 table functions");
    } else {
        search->calls[search->count++] = node;
    }
    return false;
}

static pw_status bind_call(plan_builder *b, const plan_relation *relation, const pw_node *call,
                           const pw_expr **arg, const pw_signature **signature,
                           const pw_type **result) {
    if (call->child_count != 1) {
        return pw_fail(b->err, PW_INVALID, call->span, "%.*s takes one argument",
                       PW_STR_ARGS(call->text));
    }
    pw_scope scope = plan_scope(b, relation, "SELECT");
    PW_TRY(pw_expr_bind(b->arena, &scope, call->children[0], arg, b->err));
    const pw_type *type = pw_expr_type(*arg);
    const pw_type **coerced;
    bool is_literal = false;
    return pw_function_find(b->arena, call->text, &type, &is_literal, 1, call->span, signature,
                            &coerced, result, b->err);
}

pw_status plan_flatten(plan_builder *b, plan_relation *relation, plan_substitutes *out) {
    flatten_search search = {.b = b, .relation = relation, .status = PW_OK};
    for (uint32_t i = 0; i < b->item_count; i++) {
        pw_ast_walk(b->items[i].node, collect_call, &search);
        PW_TRY(search.status);
    }
    if (search.count == 0) return PW_OK;
    if (relation->is_table) {
        return pw_fail(b->err, PW_INVALID, search.calls[0]->span,
                       "Table source is not supported with table functions");
    }
    uint32_t width = relation->op->schema.column_count;
    pw_plan_flatten *plan = PW_NEW(b->arena, pw_plan_flatten);
    plan->functions = PW_NEW_ARRAY(b->arena, const pw_signature *, search.count);
    plan->arg_types = PW_NEW_ARRAY(b->arena, const pw_type *, search.count);
    plan->function_count = search.count;
    const pw_expr **args = PW_NEW_ARRAY(b->arena, const pw_expr *, search.count);
    pw_str *names = PW_NEW_ARRAY(b->arena, pw_str, search.count);
    pw_column *columns = PW_NEW_ARRAY(b->arena, pw_column, width + search.count);
    memcpy(columns, relation->op->schema.columns, width * sizeof *columns);
    for (uint32_t i = 0; i < search.count; i++) {
        const pw_type *result;
        PW_TRY(bind_call(b, relation, search.calls[i], &args[i], &plan->functions[i], &result));
        plan->arg_types[i] = pw_expr_type(args[i]);
        names[i] = plan_node_text(b, search.calls[i]);
        columns[width + i] = (pw_column){names[i], result, PW_COLUMN_VALUE, PW_STR_EMPTY};
        plan_substitute_add(b, out, search.calls[i], width + i, result);
    }
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, PW_PLAN_FLATTEN, relation->op, &op));
    plan_op_set_schema(b, op, columns, width + search.count);
    PW_TRY(plan_op_program(b, op, args, names, search.count));
    op->flatten = plan;
    relation->op = op;
    return PW_OK;
}
