/* Expressions as SQL text: a column, a parameter, or a call of a function that runs the compiled
 * program. SPDX-License-Identifier: Apache-2.0 */
#include "session/pull_private.h"

pw_str pull_parameter_add(pull *q, const pw_type *type, pw_slot value) {
    pull_parameter *parameter = PW_NEW(&q->arena, pull_parameter);
    *parameter = (pull_parameter){type, value, NULL};
    *q->parameters_end = parameter;
    q->parameters_end = &parameter->next;
    return pw_arena_format(&q->arena, "?%u", ++q->parameter_count);
}

static bool visit_volatile(const pw_node *node, void *opaque) {
    bool *is_found = opaque;
    if (node->kind != PW_NODE_CALL) return !*is_found;
    size_t count;
    const pw_signature *const *all = pw_function_signatures(node->text, &count);
    for (size_t i = 0; i < count; i++) {
        if (all[i]->function->flags & PW_FN_VOLATILE) *is_found = true;
    }
    return !*is_found;
}

bool pull_is_volatile(const pw_node *node) {
    bool is_found = false;
    pw_ast_walk(node, visit_volatile, &is_found);
    return is_found;
}

/* A call of a compiled program on the values that the expression reads. */
static pw_status write_call(pull *q, const pull_value *values, uint32_t value_count,
                            const pw_expr *expr, bool is_volatile, pw_str *out) {
    bool *used = PW_NEW_ARRAY(&q->arena, bool, value_count + 1);
    uint32_t *columns = PW_NEW_ARRAY(&q->arena, uint32_t, value_count + 1);
    const pw_type **types = PW_NEW_ARRAY(&q->arena, const pw_type *, value_count + 1);
    uint32_t count = 0;
    pw_expr_mark_columns(expr, used);
    for (uint32_t i = 0; i < value_count; i++) {
        if (!used[i]) continue;
        types[count] = values[i].type;
        columns[count++] = i;
    }
    if (count > PULL_ARGUMENTS_MAX) {
        return pw_fail(q->err, PW_LIMIT, pw_expr_span(expr),
                       "an expression of more than %d different columns", PULL_ARGUMENTS_MAX);
    }
    pw_str name;
    PW_TRY(pull_function_add(q, expr, columns, types, count, is_volatile, &name));
    pw_buf text;
    pw_buf_init(&text);
    pw_buf_add_str(&text, name);
    pw_buf_add_char(&text, '(');
    for (uint32_t i = 0; i < count; i++) {
        const pull_value *value = &values[columns[i]];
        if (i) pw_buf_add_literal(&text, ", ");
        pw_buf_add_str(&text, value->may_be_gap ? value->raw : value->sql);
    }
    pw_buf_add_char(&text, ')');
    *out = pw_arena_str(&q->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return PW_OK;
}

pw_status pull_bound(pull_level *level, const pw_expr *expr, bool is_volatile, pull_value *out) {
    pull *q = level->q;
    int32_t column = pw_expr_column(expr);
    if (column >= 0) {
        *out = level->values[column];
        return PW_OK;
    }
    *out = (pull_value){.type = pw_expr_type(expr), .raw = PW_STR_EMPTY};
    const pw_slot *constant = pw_expr_constant(expr);
    if (constant) {
        if (q->parameter_count == PULL_PARAMETERS_MAX) {
            return pw_fail(q->err, PW_LIMIT, pw_expr_span(expr), "more than %d literals in a query",
                           PULL_PARAMETERS_MAX);
        }
        out->sql = pull_parameter_add(q, out->type, *constant);
        return PW_OK;
    }
    return write_call(q, level->values, level->value_count, expr, is_volatile, &out->sql);
}

pw_status pull_bind(pull_level *level, const pw_node *node, const char *clause,
                    const pw_expr **out) {
    level->clause = clause;
    PW_TRY(pull_prepare(level, node));
    pw_scope scope = pull_scope(level, clause);
    return pw_expr_bind(&level->q->arena, &scope, node, out, level->q->err);
}

pw_status pull_expr(pull_level *level, const pw_node *node, const char *clause, pull_value *out) {
    const pw_expr *expr;
    PW_TRY(pull_bind(level, node, clause, &expr));
    return pull_bound(level, expr, pull_is_volatile(node), out);
}

pw_status pull_convert(pull *q, const pull_value *value, const pw_type *type, pull_value *out) {
    if (pw_type_equal(value->type, type)) {
        *out = *value;
        return PW_OK;
    }
    *out =
        (pull_value){.type = type, .sql = value->sql, .raw = PW_STR_EMPTY, .is_key = value->is_key};
    bool is_whole = value->type->kind == PW_TYPE_INTEGER && type->kind == PW_TYPE_BIGINT;
    if (is_whole || value->type->kind == PW_TYPE_NULL) return PW_OK;
    const pw_expr *column = pw_expr_make_column(&q->arena, 0, value->type, PW_STR("value"));
    const pw_expr *converted;
    PW_TRY(pw_expr_coerce(&q->arena, column, type, false, &converted, NULL));
    return write_call(q, value, 1, converted, false, &out->sql);
}

pw_status pull_order(pull *q, const pull_value *value, pw_str *out) {
    switch ((int)value->type->kind) {
    case PW_TYPE_NULL:
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DOUBLE: /* NaN is a text, and SQLite sorts texts behind numbers, as we do NaN */
    case PW_TYPE_TIME: *out = value->sql; return PW_OK;
    case PW_TYPE_STRING:
        *out = pw_arena_format(&q->arena, "%.*s COLLATE " PULL_COLLATION, PW_STR_ARGS(value->sql));
        return PW_OK;
    default: break;
    }
    pw_str name;
    PW_TRY(pull_function_add_order(q, value->type, &name));
    *out = pw_arena_format(&q->arena, "%.*s(%.*s)", PW_STR_ARGS(name), PW_STR_ARGS(value->sql));
    return PW_OK;
}
