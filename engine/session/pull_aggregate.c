/* Aggregates: counting, and the least and greatest whole number, are SQLite's; all others are the
 * engine's own, so that a sum here is the sum of a persistent query. SPDX-License-Identifier:
 * Apache-2.0 */
#include "session/pull_private.h"

static bool is_query(const pw_node *node) {
    return node->kind == PW_NODE_SELECT || node->kind == PW_NODE_SET_OPERATION;
}

static bool is_aggregate(const pw_node *node) {
    return node->kind == PW_NODE_CALL && pw_function_is_aggregate(node->text);
}

static bool has_aggregate(const pw_node *node, bool is_over) {
    if (is_query(node)) return false;
    if (is_aggregate(node) && !is_over) return true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        const pw_node *child = node->children[i];
        if (child && has_aggregate(child, node->kind == PW_NODE_OVER && i == 0)) return true;
    }
    return false;
}

bool pull_has_aggregate(const pw_node *node) {
    return has_aggregate(node, false);
}

/* --- one call --------------------------------------------------------------------------------- */

typedef struct call_args {
    const pw_expr **exprs;
    uint32_t count;
    bool is_volatile;
    pw_aggregate_call *call;
    const pw_type *result_type;
} call_args;

static pw_status find_overload(pull_level *level, const pw_node *node, call_args *args) {
    pull *q = level->q;
    uint32_t count = args->count;
    const pw_type **types = PW_NEW_ARRAY(&q->arena, const pw_type *, count + 1), **coerced;
    bool *is_literal = PW_NEW_ARRAY(&q->arena, bool, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        types[i] = pw_expr_type(args->exprs[i]);
        is_literal[i] = pw_expr_constant(args->exprs[i]) != NULL;
    }
    const pw_signature *signature;
    PW_TRY(pw_function_find(&q->arena, node->text, types, is_literal, count, node->span, &signature,
                            &coerced, &args->result_type, q->err));
    const pw_function *function = signature->function;
    uint32_t init_count = function->init_arg_count < count ? function->init_arg_count : count;
    pw_slot *init_args = PW_NEW_ARRAY(&q->arena, pw_slot, init_count + 1);
    args->call = PW_NEW(&q->arena, pw_aggregate_call);
    *args->call = (pw_aggregate_call){.aggregate = function->aggregate,
                                      .arg_types = coerced,
                                      .arg_count = count - init_count,
                                      .init_args = init_args,
                                      .init_arg_count = init_count,
                                      .result_type = args->result_type};
    for (uint32_t i = 0; i < count; i++) {
        const pw_expr *arg;
        PW_TRY(pw_expr_coerce(&q->arena, args->exprs[i], coerced[i], true, &arg, q->err));
        args->exprs[i] = arg;
        if (i < args->call->arg_count) continue;
        if (!pw_expr_constant(arg)) {
            return pw_fail(q->err, PW_INVALID, node->children[i]->span,
                           "Parameter %u passed to function %.*s must be a literal constant", i + 1,
                           PW_STR_ARGS(node->text));
        }
        init_args[i - args->call->arg_count] = *pw_expr_constant(arg);
    }
    args->count = args->call->arg_count;
    return function->aggregate->open ? function->aggregate->open(&q->arena, args->call, q->err)
                                     : PW_OK;
}

static pw_status check_call(pull *q, const pw_node *node) {
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (!pull_has_aggregate(node->children[i])) continue;
        return pw_fail(q->err, PW_INVALID, node->span,
                       "Aggregate functions can not be nested: %.*s(...)", PW_STR_ARGS(node->text));
    }
    bool is_offset = pw_str_equal(node->text, PW_STR("LATEST_BY_OFFSET")) ||
                     pw_str_equal(node->text, PW_STR("EARLIEST_BY_OFFSET"));
    if (!is_offset) return PW_OK;
    pw_fail(q->err, PW_INVALID, node->span,
            "%.*s needs the order of a topic: the rows of a table have none",
            PW_STR_ARGS(node->text));
    pw_error_hint(q->err, "ORDER BY ROWTIME with LIMIT 1 finds the first or last row");
    return PW_INVALID;
}

/* Does SQLite do it exactly as we do? */
static const char *native_name(const pw_node *node, const call_args *args) {
    if (pw_str_equal(node->text, PW_STR("COUNT")) && args->count == 1) return "COUNT";
    if (args->count != 1) return NULL;
    pw_type_kind kind = args->call->arg_types[0]->kind;
    if (kind != PW_TYPE_INTEGER && kind != PW_TYPE_BIGINT) return NULL;
    if (pw_str_equal(node->text, PW_STR("MIN"))) return "MIN";
    return pw_str_equal(node->text, PW_STR("MAX")) ? "MAX" : NULL;
}

static pw_status write_call(pull_level *level, const pw_node *node, const call_args *args,
                            pw_str name, pw_str *out) {
    pw_buf sql;
    pw_buf_init(&sql);
    pw_status status = PW_OK;
    bool is_distinct = pw_has_flag(node, PW_FLAG_DISTINCT);
    pw_buf_format(&sql, "%.*s(%s", PW_STR_ARGS(name), is_distinct ? "DISTINCT " : "");
    for (uint32_t i = 0; i < args->count && status == PW_OK; i++) {
        pull_value value;
        status = pull_bound(level, args->exprs[i], args->is_volatile, &value);
        if (status == PW_OK) pw_buf_format(&sql, "%s%.*s", i ? ", " : "", PW_STR_ARGS(value.sql));
    }
    pw_buf_add_char(&sql, ')');
    *out = pw_arena_str(&level->q->arena, pw_buf_str(&sql));
    pw_buf_deinit(&sql);
    return status;
}

pw_status pull_aggregate_call(pull_level *level, const pw_node *node, bool is_moving,
                              pull_value *out) {
    pull *q = level->q;
    bool is_count = pw_str_equal(node->text, PW_STR("COUNT"));
    *out = (pull_value){.type = &pw_type_bigint, .sql = PW_STR("COUNT(*)"), .raw = PW_STR_EMPTY};
    if (is_count && (pw_has_flag(node, PW_FLAG_STAR) || node->child_count == 0)) return PW_OK;
    if (pw_has_flag(node, PW_FLAG_STAR)) {
        return pw_fail(q->err, PW_INVALID, node->span, "only COUNT takes *, not %.*s",
                       PW_STR_ARGS(node->text));
    }
    call_args args = {.count = node->child_count};
    args.exprs = PW_NEW_ARRAY(&q->arena, const pw_expr *, node->child_count + 1);
    for (uint32_t i = 0; i < node->child_count; i++) {
        PW_TRY(pull_bind(level, node->children[i], "an aggregate function", &args.exprs[i]));
        args.is_volatile |= pull_is_volatile(node->children[i]);
    }
    PW_TRY(find_overload(level, node, &args));
    if (pw_has_flag(node, PW_FLAG_DISTINCT) && args.count != 1) {
        return pw_fail(q->err, PW_UNSUPPORTED, node->span,
                       "DISTINCT with %u arguments is not supported", args.count);
    }
    const char *native = native_name(node, &args);
    pw_str name = pw_str_from(native);
    if (!native && is_moving && !args.call->aggregate->undo) {
        pw_fail(q->err, PW_UNSUPPORTED, node->span, "%.*s over a frame that moves is not supported",
                PW_STR_ARGS(node->text));
        pw_error_hint(q->err, "a frame from UNBOUNDED PRECEDING is");
        return PW_UNSUPPORTED;
    }
    if (!native) PW_TRY(pull_fold_add(q, args.call, &name));
    out->type = args.result_type;
    return write_call(level, node, &args, name, &out->sql);
}

/* --- all of a query --------------------------------------------------------------------------- */

static bool find_same(const pull_level *level, const pw_node *node, uint32_t *value) {
    for (const pull_substitute *s = level->substitutes; s; s = s->next) {
        if (s->is_group || s->node->kind != PW_NODE_CALL || !pull_is_same(level, s->node, node))
            continue;
        *value = s->value;
        return true;
    }
    return false;
}

static pw_status add_aggregate(pull_level *level, const pw_node *node) {
    uint32_t index;
    if (!find_same(level, node, &index)) {
        pull_value value;
        PW_TRY(check_call(level->q, node));
        PW_TRY(pull_aggregate_call(level, node, false, &value));
        index = pull_value_add(level, value);
    }
    pull_substitute_add(level, node, false, index);
    return PW_OK;
}

pw_status pull_aggregates(pull_level *level, const pw_node *node, bool *has_any) {
    if (!node || is_query(node)) return PW_OK;
    if (is_aggregate(node)) {
        *has_any = true;
        return add_aggregate(level, node);
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        const pw_node *child = node->children[i];
        bool is_window =
            node->kind == PW_NODE_OVER && i == 0; /* its arguments may hold aggregates */
        for (uint32_t j = 0; is_window && j < child->child_count; j++) {
            PW_TRY(pull_aggregates(level, child->children[j], has_any));
        }
        if (!is_window) PW_TRY(pull_aggregates(level, child, has_any));
    }
    return PW_OK;
}
