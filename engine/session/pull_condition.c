/* Conditions as SQL text. What SQLite decides as we do stays SQL, so that its planner finds rows by
 * their key; all else is a call of a program.
 *
 * A NULL makes a comparison FALSE for us and NULL for SQLite: where a condition filters rows, that
 * is the same, and below NOT the text says IS NOT TRUE. A condition of AND is split at its top
 * only: further down an operand that is NULL or fails must take the whole row with it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "session/pull_private.h"
#include "types/cast.h"
#include "types/decimal.h"
#include "types/temporal.h"

bool pull_is_plain_equality(const pw_type *type) {
    /* DOUBLE: NaN equals nothing for us; nested values: maps may be written in another order. */
    return type->kind != PW_TYPE_DOUBLE && type->kind != PW_TYPE_NULL && !pw_type_is_nested(type);
}

static bool is_whole(const pw_type *type) {
    return type->kind == PW_TYPE_INTEGER || type->kind == PW_TYPE_BIGINT;
}

/* --- constants as a column keeps them --------------------------------------------------------- */

static bool convert_number(pw_arena *arena, const pw_type *from, const pw_slot *value,
                           const pw_type *to, pw_slot *out) {
    if (is_whole(from) && is_whole(to)) {
        *out = *value;
        return true;
    }
    bool is_exact =
        (is_whole(from) || from->kind == PW_TYPE_DECIMAL) && to->kind == PW_TYPE_DECIMAL;
    if (!is_exact) return false;
    pw_i128 unscaled = is_whole(from) ? value->i64 : pw_decimal_get(from, value);
    int32_t scale = is_whole(from) ? 0 : from->scale;
    if (!pw_decimal_rescale(unscaled, scale, to->scale, PW_ROUND_UNNECESSARY, &unscaled))
        return false;
    if (!pw_decimal_fits(unscaled, to->precision)) return false;
    *out = pw_decimal_slot(arena, to, unscaled);
    return true;
}

/* The constant as a value of the column's type; false: not without change of meaning. */
static bool convert_constant(pull *q, const pull_value *column, const pw_expr *constant,
                             pw_slot *out) {
    const pw_type *from = pw_expr_type(constant), *to = column->type;
    const pw_slot *value = pw_expr_constant(constant);
    if (value->is_null) return false;
    if (column->is_time && from->kind == PW_TYPE_STRING) {
        int64_t epoch_ms;
        if (!pw_timestamp_parse(pw_slot_as_str(value), &epoch_ms)) return false;
        *out = pw_slot_i64(epoch_ms);
        return true;
    }
    if (pw_type_equal(from, to)) {
        *out = *value;
        return true;
    }
    if (pw_type_is_number(from) && pw_type_is_number(to)) {
        return convert_number(&q->arena, from, value, to, out);
    }
    bool is_time =
        to->kind == PW_TYPE_DATE || to->kind == PW_TYPE_TIME || to->kind == PW_TYPE_TIMESTAMP;
    if (!is_time || from->kind != PW_TYPE_STRING) return false;
    return pw_cast(&q->arena, from, value, to, out) == NULL && !out->is_null;
}

/* Does SQLite sort values of the type, against this one, as we do? UTF-8 and UTF-16 sort alike up
 * to U+D7FF. */
static bool is_plain_order(const pw_type *type, const pw_slot *value) {
    if (is_whole(type) || type->kind == PW_TYPE_TIME) return true;
    if (type->kind != PW_TYPE_STRING) return false;
    for (uint32_t i = 0; i < value->length; i++) {
        if ((uint8_t)value->text[i] >= 0xED) return false;
    }
    return true;
}

/* --- comparisons ------------------------------------------------------------------------------ */

static const char *sql_operator(pw_operator op, bool is_swapped) {
    switch ((int)op) {
    case PW_OPERATOR_EQUAL: return "=";
    case PW_OPERATOR_NOT_EQUAL: return "<>";
    case PW_OPERATOR_LESS: return is_swapped ? ">" : "<";
    case PW_OPERATOR_LESS_EQUAL: return is_swapped ? ">=" : "<=";
    case PW_OPERATOR_GREATER: return is_swapped ? "<" : ">";
    case PW_OPERATOR_GREATER_EQUAL: return is_swapped ? "<=" : ">=";
    default: return NULL;
    }
}

/* The stored NULL of a key is a BLOB, greater than any text or number. */
static pw_str with_no_gap(pull *q, const pull_value *column, pw_str sql) {
    if (!column->may_be_gap) return sql;
    return pw_arena_format(&q->arena, "(%.*s AND %.*s <> %s)", PW_STR_ARGS(sql),
                           PW_STR_ARGS(column->raw),
                           column->type->kind == PW_TYPE_BYTES ? "''" : "x''");
}

static pw_str name_of(const pull_value *value) {
    return value->raw.length ? value->raw : value->sql;
}

static bool write_constant(pull *q, const pull_value *column, const pw_expr *constant,
                           const char *op, pw_str *out) {
    pw_slot value;
    if (!pull_is_plain_equality(column->type)) return false;
    if (!convert_constant(q, column, constant, &value)) return false;
    bool is_equality = strcmp(op, "=") == 0 || strcmp(op, "<>") == 0;
    if (!is_equality && !is_plain_order(column->type, &value)) return false;
    pw_str parameter = pull_parameter_add(q, column->type, value);
    pw_str name = name_of(column);
    *out =
        pw_arena_format(&q->arena, "%.*s %s %.*s", PW_STR_ARGS(name), op, PW_STR_ARGS(parameter));
    if (strcmp(op, "=") != 0) *out = with_no_gap(q, column, *out);
    return true;
}

/* Of two columns only equality is left to SQLite: joins go by it. */
static bool write_columns(pull *q, const pull_value *a, const pull_value *b, const char *op,
                          pw_str *out) {
    bool is_same = pw_type_equal(a->type, b->type) || (is_whole(a->type) && is_whole(b->type));
    if (!is_same || !pull_is_plain_equality(a->type) || strcmp(op, "=") != 0) return false;
    *out =
        pw_arena_format(&q->arena, "%.*s = %.*s", PW_STR_ARGS(name_of(a)), PW_STR_ARGS(name_of(b)));
    if (a->may_be_gap && b->may_be_gap) *out = with_no_gap(q, a, *out);
    return true;
}

static bool write_operands(pull_level *level, const pw_expr *a, const pw_expr *b, pw_operator op,
                           pw_str *out) {
    int32_t left = pw_expr_column(a), right = pw_expr_column(b);
    const char *plain = sql_operator(op, false), *swapped = sql_operator(op, true);
    if (!plain) return false;
    if (left >= 0 && right >= 0) {
        return write_columns(level->q, &level->values[left], &level->values[right], plain, out);
    }
    if (left >= 0 && pw_expr_constant(b)) {
        return write_constant(level->q, &level->values[left], b, plain, out);
    }
    if (right >= 0 && pw_expr_constant(a)) {
        return write_constant(level->q, &level->values[right], a, swapped, out);
    }
    return false;
}

/* --- conditions that SQLite decides as we do -------------------------------------------------- */

/* What was bound as a part of a whole binds again: no message can come of it. */
static bool bind_part(pull_level *level, const pw_node *node, const pw_expr **out) {
    pw_scope scope = pull_scope(level, "WHERE");
    return pw_expr_bind(&level->q->arena, &scope, node, out, NULL) == PW_OK;
}

static bool write_compare(pull_level *level, const pw_node *a, const pw_node *b, pw_operator op,
                          pw_str *out) {
    const pw_expr *left, *right;
    return bind_part(level, a, &left) && bind_part(level, b, &right) &&
           write_operands(level, left, right, op, out);
}

static pw_str negated(pull *q, const pw_node *node, pw_str sql) {
    if (!pw_has_flag(node, PW_FLAG_NOT)) return sql;
    return pw_arena_format(&q->arena, "(%.*s) IS NOT TRUE", PW_STR_ARGS(sql));
}

static bool write_between(pull_level *level, const pw_node *node, pw_str *out) {
    pw_str low, high;
    const pw_node *value = pw_child(node, 0);
    if (!write_compare(level, value, pw_child(node, 1), PW_OPERATOR_GREATER_EQUAL, &low))
        return false;
    if (!write_compare(level, value, pw_child(node, 2), PW_OPERATOR_LESS_EQUAL, &high))
        return false;
    *out =
        pw_arena_format(&level->q->arena, "(%.*s AND %.*s)", PW_STR_ARGS(low), PW_STR_ARGS(high));
    *out = negated(level->q, node, *out);
    return true;
}

/* Elements must be of the column's type, or whole numbers as it is: other lists bring the column to
 * a type of their own. */
static bool write_in(pull_level *level, const pw_node *node, pw_str *out) {
    const pw_node *list = pw_child(node, 1);
    const pw_expr *value, *element;
    if (!bind_part(level, pw_child(node, 0), &value)) return false;
    int32_t index = pw_expr_column(value);
    if (index < 0) return false;
    const pull_value *column = &level->values[index];
    if (!pull_is_plain_equality(column->type)) return false;
    for (uint32_t i = 0; i < list->child_count; i++) {
        if (!bind_part(level, list->children[i], &element) || !pw_expr_constant(element))
            return false;
        const pw_type *type = pw_expr_type(element);
        bool is_same =
            pw_type_equal(type, column->type) || (is_whole(type) && is_whole(column->type));
        if (!is_same || pw_expr_constant(element)->is_null) return false;
    }
    pw_buf text;
    pw_buf_init(&text);
    pw_buf_format(&text, "%.*s IN (", PW_STR_ARGS(name_of(column)));
    for (uint32_t i = 0; i < list->child_count; i++) {
        if (!bind_part(level, list->children[i], &element)) continue;
        pw_str parameter = pull_parameter_add(level->q, column->type, *pw_expr_constant(element));
        pw_buf_format(&text, "%s%.*s", i ? ", " : "", PW_STR_ARGS(parameter));
    }
    pw_buf_add_char(&text, ')');
    *out = negated(level->q, node, pw_arena_str(&level->q->arena, pw_buf_str(&text)));
    pw_buf_deinit(&text);
    return true;
}

/* What stands for the whole node: IN (SELECT ...), EXISTS. */
static bool write_substitute(pull_level *level, const pw_node *node, pw_str *out) {
    const pw_expr *value;
    if (!bind_part(level, node, &value) || pw_expr_column(value) < 0) return false;
    *out = name_of(&level->values[pw_expr_column(value)]);
    return true;
}

static bool write_is_null(pull_level *level, const pw_node *node, pw_str *out) {
    const pw_expr *value;
    if (!bind_part(level, pw_child(node, 0), &value) || pw_expr_column(value) < 0) return false;
    *out = pw_arena_format(&level->q->arena, "%.*s IS %sNULL",
                           PW_STR_ARGS(level->values[pw_expr_column(value)].sql),
                           pw_has_flag(node, PW_FLAG_NOT) ? "NOT " : "");
    return true;
}

static bool write_native(pull_level *level, const pw_node *node, pw_str *out) {
    pw_str left, right;
    pw_arena *arena = &level->q->arena;
    switch ((int)node->kind) {
    case PW_NODE_COMPARE:
        return write_compare(level, pw_child(node, 0), pw_child(node, 1), (pw_operator)node->number,
                             out);
    case PW_NODE_BETWEEN: return write_between(level, node, out);
    case PW_NODE_EXISTS: return write_substitute(level, node, out);
    case PW_NODE_IN:
        if (pw_child(node, 1)->kind != PW_NODE_LIST) return write_substitute(level, node, out);
        return write_in(level, node, out);
    case PW_NODE_IS_NULL: return write_is_null(level, node, out);
    case PW_NODE_NOT:
        if (!write_native(level, pw_child(node, 0), &left)) return false;
        *out = pw_arena_format(arena, "(%.*s) IS NOT TRUE", PW_STR_ARGS(left));
        return true;
    case PW_NODE_AND:
    case PW_NODE_OR:
        if (!write_native(level, pw_child(node, 0), &left)) return false;
        if (!write_native(level, pw_child(node, 1), &right)) return false;
        *out = pw_arena_format(arena, "(%.*s %s %.*s)", PW_STR_ARGS(left),
                               node->kind == PW_NODE_AND ? "AND" : "OR", PW_STR_ARGS(right));
        return true;
    default: return false;
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static pw_status write_part(pull_level *level, const pw_node *node, const char *clause,
                            pw_str *out) {
    if (write_native(level, node, out)) return PW_OK;
    if (node->kind == PW_NODE_AND) {
        pw_str left, right;
        PW_TRY(write_part(level, pw_child(node, 0), clause, &left));
        PW_TRY(write_part(level, pw_child(node, 1), clause, &right));
        *out = pw_arena_format(&level->q->arena, "%.*s AND %.*s", PW_STR_ARGS(left),
                               PW_STR_ARGS(right));
        return PW_OK;
    }
    pull_value value;
    PW_TRY(pull_expr(level, node, clause, &value));
    *out = value.sql;
    return PW_OK;
}

pw_status pull_condition(pull_level *level, const pw_node *node, const char *clause, pw_str *out) {
    const pw_expr *expr;
    PW_TRY(pull_bind(level, node, clause, &expr));
    const pw_type *type = pw_expr_type(expr);
    if (type->kind != PW_TYPE_BOOLEAN) {
        pw_buf name, text;
        pw_buf_init(&name);
        pw_buf_init(&text);
        pw_type_print(type, &name);
        pw_ast_print(node, &text);
        pw_fail(level->q->err, PW_INVALID, node->span,
                "Type error in %s expression: Should evaluate to boolean but is %s (%s) instead.",
                clause, pw_buf_cstr(&text), pw_buf_cstr(&name));
        pw_buf_deinit(&name);
        pw_buf_deinit(&text);
        return PW_INVALID;
    }
    if (pw_expr_constant(expr)) {
        pull_value value;
        PW_TRY(pull_bound(level, expr, false, &value));
        *out = value.sql;
        return PW_OK;
    }
    return write_part(level, node, clause, out);
}
