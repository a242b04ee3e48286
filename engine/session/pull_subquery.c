/* Subqueries in expressions: (SELECT ...), EXISTS (...), IN (SELECT ...). Each becomes one value of
 * the expression around it. SPDX-License-Identifier: Apache-2.0 */
#include "session/pull_private.h"

static pw_status one_column(pull_level *level, const pw_node *query, const char *what,
                            pull_result *out) {
    pull *q = level->q;
    PW_TRY(pull_query(q, level, level->ctes, query, out));
    if (out->columns.count == 1) return PW_OK;
    return pw_fail(q->err, PW_INVALID, query->span, "%s must have one column, this one has %u",
                   what, out->columns.count);
}

/* Of no row the value is NULL; a second row is an error when it comes. */
static pw_status scalar(pull_level *level, const pw_node *node, pull_value *out) {
    pull *q = level->q;
    pull_result result;
    pw_str single;
    PW_TRY(one_column(level, pw_child(node, 0), "a subquery that stands for a value", &result));
    PW_TRY(pull_fold_add_single(q, node->span, &single));
    *out = (pull_value){.type = result.columns.items[0].value.type, .raw = PW_STR_EMPTY};
    out->sql = pw_arena_format(&q->arena, "(SELECT %.*s(c0) FROM (%.*s))", PW_STR_ARGS(single),
                               PW_STR_ARGS(result.sql));
    return PW_OK;
}

static pw_status exists(pull_level *level, const pw_node *node, pull_value *out) {
    pull *q = level->q;
    pull_result result;
    PW_TRY(pull_query(q, level, level->ctes, pw_child(node, 0), &result));
    *out = (pull_value){.type = &pw_type_boolean, .raw = PW_STR_EMPTY};
    out->sql = pw_arena_format(&q->arena, "EXISTS(%.*s)", PW_STR_ARGS(result.sql));
    return PW_OK;
}

static pw_status fail_in(pull *q, const pw_node *node, const pw_type *value,
                         const pw_type *column) {
    pw_buf a, b;
    pw_buf_init(&a);
    pw_buf_init(&b);
    pw_type_print(value, &a);
    pw_type_print(column, &b);
    pw_fail(q->err, PW_INVALID, node->span, "Cannot compare %s to %s with IN.", pw_buf_cstr(&a),
            pw_buf_cstr(&b));
    pw_error_hint(q->err, "CAST one of them to the type of the other");
    pw_buf_deinit(&a);
    pw_buf_deinit(&b);
    return PW_INVALID;
}

/* Both sides in one type whose equal values are equal for SQLite. */
static pw_status bring_together(pull *q, const pw_node *node, pull_value *value,
                                pull_value *column) {
    pull_value converted;
    const pw_type *from = column->type, *to = value->type;
    if (pull_convert(q, column, value->type, &converted) == PW_OK)
        *column = converted;
    else if (pull_convert(q, value, column->type, &converted) == PW_OK)
        *value = converted;
    else
        return fail_in(q, node, to, from);
    if (value->type->kind == PW_TYPE_DOUBLE) { /* NaN, which is kept as text, equals nothing */
        value->sql = pw_arena_format(&q->arena, "NULLIF(%.*s, 'NaN')", PW_STR_ARGS(value->sql));
        return PW_OK;
    }
    return pull_is_plain_equality(value->type) ? PW_OK : fail_in(q, node, to, from);
}

/* IN is FALSE, not NULL, where nothing is equal; as a condition that makes no difference, and
 * SQLite can then look up each row of the subquery by key. */
static pw_status in_query(pull_level *level, const pw_node *node, pull_value *out) {
    pull *q = level->q;
    pull_result result;
    pull_value value;
    const char *clause = level->clause;
    PW_TRY(pull_expr(level, pw_child(node, 0), clause, &value));
    PW_TRY(one_column(level, pw_child(node, 1), "the subquery of IN", &result));
    pull_value column = {
        .sql = PW_STR("c0"), .type = result.columns.items[0].value.type, .raw = PW_STR_EMPTY};
    PW_TRY(bring_together(q, node, &value, &column));
    pw_str plain =
        pw_arena_format(&q->arena, "%.*s IN (SELECT %.*s FROM (%.*s))", PW_STR_ARGS(value.sql),
                        PW_STR_ARGS(column.sql), PW_STR_ARGS(result.sql));
    bool is_not = pw_has_flag(node, PW_FLAG_NOT);
    *out = (pull_value){.type = &pw_type_boolean, .raw = is_not ? PW_STR_EMPTY : plain};
    out->sql =
        pw_arena_format(&q->arena, "((%.*s) IS %sTRUE)", PW_STR_ARGS(plain), is_not ? "NOT " : "");
    return PW_OK;
}

pw_status pull_subquery(pull_level *level, const pw_node *node) {
    pull_value value;
    if (node->kind == PW_NODE_SUBQUERY)
        PW_TRY(scalar(level, node, &value));
    else if (node->kind == PW_NODE_EXISTS)
        PW_TRY(exists(level, node, &value));
    else
        PW_TRY(in_query(level, node, &value));
    pull_substitute_add(level, node, false, pull_value_add(level, value));
    return PW_OK;
}
