/* Window functions: f(...) OVER (PARTITION BY ... ORDER BY ... frame). SPDX-License-Identifier:
 * Apache-2.0 */
#include "session/pull_private.h"

/* --- functions that only OVER knows ----------------------------------------------------------- */

typedef enum { RESULT_BIGINT, RESULT_DOUBLE, RESULT_VALUE } result_kind;

static const struct {
    const char *name;
    result_kind result;
    uint32_t args_min, args_max;
    bool has_count; /* its second argument, or its only one, is a number of rows */
} window_functions[] = {
    {"ROW_NUMBER", RESULT_BIGINT, 0, 0, false}, {"RANK", RESULT_BIGINT, 0, 0, false},
    {"DENSE_RANK", RESULT_BIGINT, 0, 0, false}, {"PERCENT_RANK", RESULT_DOUBLE, 0, 0, false},
    {"CUME_DIST", RESULT_DOUBLE, 0, 0, false},  {"NTILE", RESULT_BIGINT, 1, 1, true},
    {"LAG", RESULT_VALUE, 1, 3, true},          {"LEAD", RESULT_VALUE, 1, 3, true},
    {"FIRST_VALUE", RESULT_VALUE, 1, 1, false}, {"LAST_VALUE", RESULT_VALUE, 1, 1, false},
    {"NTH_VALUE", RESULT_VALUE, 2, 2, true},
};
enum { WINDOW_FUNCTIONS = sizeof window_functions / sizeof window_functions[0] };

static pw_status read_count(pull_level *level, const pw_node *node, const pw_node *call,
                            pw_str *out) {
    pull *q = level->q;
    bool is_zero_fine = call->child_count > 1 && !pw_str_equal(call->text, PW_STR("NTH_VALUE"));
    if (node->kind != PW_NODE_INTEGER_LITERAL || node->number < (is_zero_fine ? 0 : 1)) {
        return pw_fail(q->err, PW_INVALID, node->span,
                       "%.*s needs a whole number of rows here, from %d", PW_STR_ARGS(call->text),
                       is_zero_fine ? 0 : 1);
    }
    *out = pull_parameter_add(q, &pw_type_bigint, pw_slot_i64(node->number));
    return PW_OK;
}

/* The third argument of LAG and LEAD, as a value of the first one's type. */
static pw_status read_default(pull_level *level, const pw_node *node, const pw_type *type,
                              pw_str *out) {
    pull_value value, converted;
    PW_TRY(pull_expr(level, node, level->clause, &value));
    if (pull_convert(level->q, &value, type, &converted) != PW_OK) {
        return pw_fail(level->q->err, PW_INVALID, node->span,
                       "the default must have the type of the first argument");
    }
    *out = converted.sql;
    return PW_OK;
}

static pw_status write_function(pull_level *level, const pw_node *call, size_t row,
                                pull_value *out) {
    pull *q = level->q;
    uint32_t count = call->child_count;
    bool is_value = window_functions[row].result == RESULT_VALUE;
    if (count < window_functions[row].args_min || count > window_functions[row].args_max) {
        return pw_fail(q->err, PW_INVALID, call->span, "%s takes %u to %u arguments, not %u",
                       window_functions[row].name, window_functions[row].args_min,
                       window_functions[row].args_max, count);
    }
    *out = (pull_value){.type = &pw_type_bigint, .raw = PW_STR_EMPTY};
    if (window_functions[row].result == RESULT_DOUBLE) out->type = &pw_type_double;
    pw_str args[3] = {PW_STR_EMPTY, PW_STR_EMPTY, PW_STR_EMPTY};
    if (is_value) {
        pull_value value;
        PW_TRY(pull_expr(level, pw_child(call, 0), level->clause, &value));
        out->type = value.type;
        args[0] = value.sql;
    }
    uint32_t at = is_value ? 1 : 0;
    if (count > at) PW_TRY(read_count(level, pw_child(call, at), call, &args[at]));
    if (count > 2) PW_TRY(read_default(level, pw_child(call, 2), out->type, &args[2]));
    out->sql = pw_arena_format(&q->arena, "%s(%.*s%s%.*s%s%.*s)", window_functions[row].name,
                               PW_STR_ARGS(args[0]), count > 1 ? ", " : "", PW_STR_ARGS(args[1]),
                               count > 2 ? ", " : "", PW_STR_ARGS(args[2]));
    return PW_OK;
}

/* --- the frame -------------------------------------------------------------------------------- */

/* Bounds in the order of the rows: 0 UNBOUNDED PRECEDING, 1 n PRECEDING, 2 CURRENT ROW, 3 n
 * FOLLOWING, 4 UNBOUNDED FOLLOWING. */
static int place_of(const pw_node *bound) {
    if (pw_str_equal(bound->text, PW_STR("CURRENT ROW"))) return 2;
    bool is_before = pw_str_equal(bound->text, PW_STR("PRECEDING"));
    if (pw_child(bound, 0)) return is_before ? 1 : 3;
    return is_before ? 0 : 4;
}

static pw_status write_bound(pull *q, const pw_node *frame, const pw_node *bound, pw_buf *sql) {
    const pw_node *offset = pw_child(bound, 0);
    if (!offset) {
        bool is_row = place_of(bound) == 2;
        pw_buf_format(sql, "%s%.*s", is_row ? "" : "UNBOUNDED ", PW_STR_ARGS(bound->text));
        return PW_OK;
    }
    if (offset->kind != PW_NODE_INTEGER_LITERAL || offset->number < 0) {
        return pw_fail(q->err, PW_INVALID, offset->span,
                       "%.*s needs a whole number that is not negative", PW_STR_ARGS(frame->text));
    }
    pw_str count = pull_parameter_add(q, &pw_type_bigint, pw_slot_i64(offset->number));
    pw_buf_format(sql, "%.*s %.*s", PW_STR_ARGS(count), PW_STR_ARGS(bound->text));
    return PW_OK;
}

/* RANGE n PRECEDING adds to the value that the rows are sorted by. */
static pw_status check_range(pull *q, const pw_node *frame, const pull_value *key,
                             uint32_t key_count) {
    bool is_number =
        key_count == 1 && pw_type_is_number(key->type) && key->type->kind != PW_TYPE_DECIMAL;
    if (is_number) return PW_OK;
    return pw_fail(q->err, PW_INVALID, frame->span,
                   "RANGE with a number needs ORDER BY of one INTEGER, BIGINT or DOUBLE");
}

static pw_status write_frame(pull *q, const pw_node *frame, const pull_value *key,
                             uint32_t key_count, pw_buf *sql) {
    if (!frame) return PW_OK;
    const pw_node *start = pw_child(frame, 0), *end = pw_child(frame, 1);
    int first = place_of(start), last = end ? place_of(end) : 2;
    if (first > last || first == 4 || last == 0) {
        return pw_fail(q->err, PW_INVALID, frame->span, "the frame ends before it begins");
    }
    bool has_offset = pw_child(start, 0) || (end && pw_child(end, 0));
    if (has_offset && pw_str_equal(frame->text, PW_STR("RANGE"))) {
        PW_TRY(check_range(q, frame, key, key_count));
    }
    if (pw_str_equal(frame->text, PW_STR("GROUPS")) && key_count == 0) {
        return pw_fail(q->err, PW_INVALID, frame->span, "GROUPS needs ORDER BY");
    }
    pw_buf_format(sql, " %.*s BETWEEN ", PW_STR_ARGS(frame->text));
    PW_TRY(write_bound(q, frame, start, sql));
    pw_buf_add_literal(sql, " AND ");
    if (end) return write_bound(q, frame, end, sql);
    pw_buf_add_literal(sql, "CURRENT ROW");
    return PW_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static pw_status write_over(pull_level *level, const pw_node *node, pw_buf *sql) {
    const pw_node *partition = pw_child(node, 1), *order = pw_child(node, 2);
    pull_value value = {.type = &pw_type_null};
    for (uint32_t i = 0; partition && i < partition->child_count; i++) {
        PW_TRY(pull_expr(level, partition->children[i], level->clause, &value));
        pw_buf_format(sql, "%s%.*s", i ? ", " : "PARTITION BY ", PW_STR_ARGS(value.sql));
    }
    for (uint32_t i = 0; order && i < order->child_count; i++) {
        const pw_node *item = order->children[i];
        pw_str key;
        PW_TRY(pull_expr(level, pw_child(item, 0), level->clause, &value));
        PW_TRY(pull_order(level->q, &value, &key));
        pw_buf_format(sql, "%s%.*s%s", i ? ", " : " ORDER BY ", PW_STR_ARGS(key),
                      pull_direction(item));
    }
    return write_frame(level->q, pw_child(node, 3), &value, order ? order->child_count : 0, sql);
}

static pw_status write_call(pull_level *level, const pw_node *node, pull_value *out) {
    pull *q = level->q;
    const pw_node *call = pw_child(node, 0), *frame = pw_child(node, 3);
    if (pw_has_flag(call, PW_FLAG_DISTINCT)) {
        return pw_fail(q->err, PW_UNSUPPORTED, call->span,
                       "DISTINCT in a window function is not supported");
    }
    for (size_t i = 0; i < WINDOW_FUNCTIONS; i++) {
        if (!pw_str_equal(call->text, pw_str_from(window_functions[i].name))) continue;
        return write_function(level, call, i, out);
    }
    if (pw_function_is_aggregate(call->text)) {
        const char *clause = level->clause;
        bool is_moving = frame && place_of(pw_child(frame, 0)) != 0;
        pw_status status = pull_aggregate_call(level, call, is_moving, out);
        level->clause = clause;
        return status;
    }
    return pw_fail(q->err, PW_INVALID, call->span, "%.*s is no window function and no aggregate",
                   PW_STR_ARGS(call->text));
}

pw_status pull_over(pull_level *level, const pw_node *node) {
    pull *q = level->q;
    bool is_place = strcmp(level->clause, "SELECT") == 0 || strcmp(level->clause, "ORDER BY") == 0;
    if (!is_place) {
        pw_fail(q->err, PW_INVALID, node->span, "a window function cannot stand in %s",
                level->clause);
        pw_error_hint(q->err, "SELECT it in a query in FROM and filter that");
        return PW_INVALID;
    }
    if (node->text.length) {
        return pw_fail(q->err, PW_UNSUPPORTED, node->span, "named windows are not supported");
    }
    pull_value value;
    PW_TRY(write_call(level, node, &value));
    pw_buf sql;
    pw_buf_init(&sql);
    pw_status status = write_over(level, node, &sql);
    value.sql = pw_arena_format(&q->arena, "%.*s OVER (%.*s)", PW_STR_ARGS(value.sql),
                                PW_STR_ARGS(pw_buf_str(&sql)));
    pw_buf_deinit(&sql);
    if (status == PW_OK) pull_substitute_add(level, node, false, pull_value_add(level, value));
    return status;
}
