/* Operators: arithmetic, comparison, BETWEEN. Operands are brought to the kind that is computed or
 * compared, so that the steps have nothing left to decide (reference, "Arithmetic", "Comparison and
 * logic"). SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/decimal.h"
#include "types/temporal.h"

/* --- arithmetic ------------------------------------------------------------------------------- */

/* -5 is a literal of its own: so -2147483648 is an INTEGER. */
static const pw_expr *negated_literal(pw_binder *binder, const pw_expr *arg, pw_span span) {
    pw_slot value = *arg->constant;
    const pw_type *type = arg->type;
    if (type->kind == PW_TYPE_DOUBLE) {
        value.f64 = -value.f64;
    } else if (type->kind == PW_TYPE_DECIMAL) {
        value = pw_decimal_slot(binder->arena, type, -pw_decimal_get(type, &value));
    } else {
        value.i64 = (int64_t)(0 - (uint64_t)value.i64);
        type =
            value.i64 >= INT32_MIN && value.i64 <= INT32_MAX ? &pw_type_integer : &pw_type_bigint;
    }
    return pw_expr_make_constant(binder->arena, type, value, span);
}

pw_status pw_bind_unary(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *arg = NULL;
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &arg));
    if (!pw_type_is_number(arg->type)) {
        return pw_fail(binder->err, PW_INVALID, node->span, "%s%s needs a number: %s is %s",
                       pw_binder_invalid_prefix(binder),
                       pw_operator_text((pw_operator)node->number), pw_binder_text(binder, arg),
                       pw_type_text(binder->arena, arg->type));
    }
    if (node->number != PW_OPERATOR_NEGATE) {
        *out = arg;
        return PW_OK;
    }
    if (arg->kind == PW_EXPR_LITERAL && arg->is_literal && !arg->constant->is_null) {
        *out = negated_literal(binder, arg, node->span);
        return PW_OK;
    }
    pw_expr draft = {.kind = PW_EXPR_NEGATE, .type = arg->type, .span = node->span};
    *out = pw_expr_make(binder->arena, draft, &arg, 1);
    return PW_OK;
}

static const pw_type *as_decimal(pw_arena *arena, const pw_type *type) {
    if (type->kind == PW_TYPE_INTEGER) return pw_type_decimal(arena, 10, 0);
    if (type->kind == PW_TYPE_BIGINT) return pw_type_decimal(arena, 19, 0);
    return type;
}

static const pw_type *arithmetic_type(pw_arena *arena, pw_operator op, const pw_type *a,
                                      const pw_type *b) {
    if (a->kind == PW_TYPE_DOUBLE || b->kind == PW_TYPE_DOUBLE) return &pw_type_double;
    if (a->kind == PW_TYPE_DECIMAL || b->kind == PW_TYPE_DECIMAL) {
        return pw_decimal_result_type(arena, (pw_decimal_op)(op - PW_OPERATOR_ADD),
                                      as_decimal(arena, a), as_decimal(arena, b));
    }
    return a->kind == PW_TYPE_BIGINT || b->kind == PW_TYPE_BIGINT ? &pw_type_bigint
                                                                  : &pw_type_integer;
}
_Static_assert(PW_OPERATOR_MODULO - PW_OPERATOR_ADD == (int)PW_DECIMAL_MOD,
               "ORDER: both lists are + - * / %");

/* Text of the type as ksqlDB has it here: no parameters. */
static const char *base_type_text(pw_binder *binder, const pw_type *type) {
    if (type->kind == PW_TYPE_NULL) return "null";
    if (type->kind == PW_TYPE_DECIMAL) return "DECIMAL";
    if (type->kind == PW_TYPE_ARRAY) return "ARRAY";
    if (type->kind == PW_TYPE_MAP) return "MAP";
    if (type->kind == PW_TYPE_STRUCT) return "STRUCT";
    return pw_type_text(binder->arena, type);
}

pw_status pw_bind_binary(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    pw_operator op = (pw_operator)node->number;
    const pw_expr *args[2] = {NULL, NULL};
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &args[0]));
    PW_TRY(pw_bind_node(binder, pw_child(node, 1), &args[1]));
    if (op == PW_OPERATOR_CONCAT)
        return pw_bind_call_args(binder, PW_STR("CONCAT"), node->span, args, 2, out);
    pw_expr draft = {
        .kind = PW_EXPR_JOIN_TEXT, .op = op, .type = &pw_type_string, .span = node->span};
    bool is_text = args[0]->type->kind == PW_TYPE_STRING && args[1]->type->kind == PW_TYPE_STRING;
    if (op == PW_OPERATOR_ADD && is_text) {
        *out = pw_expr_make(binder->arena, draft, args, 2);
        return PW_OK;
    }
    if (!pw_type_is_number(args[0]->type) || !pw_type_is_number(args[1]->type)) {
        char prefix[64];
        return pw_fail(
            binder->err, PW_INVALID, node->span,
            "%sError processing expression: (%s %s %s). Unsupported arithmetic types. %s %s",
            pw_binder_error_prefix(binder, prefix, sizeof prefix), pw_binder_text(binder, args[0]),
            pw_operator_text(op), pw_binder_text(binder, args[1]),
            base_type_text(binder, args[0]->type), base_type_text(binder, args[1]->type));
    }
    draft.kind = PW_EXPR_ARITHMETIC;
    draft.type = arithmetic_type(binder->arena, op, args[0]->type, args[1]->type);
    if (draft.type->kind == PW_TYPE_DOUBLE) {
        args[0] = pw_expr_make_cast(binder->arena, args[0], &pw_type_double);
        args[1] = pw_expr_make_cast(binder->arena, args[1], &pw_type_double);
    }
    *out = pw_expr_make(binder->arena, draft, args, 2);
    return PW_OK;
}

/* --- comparison ------------------------------------------------------------------------------- */

static const char *compare_word(pw_operator op) {
    switch ((int)op) {
    case PW_OPERATOR_EQUAL: return "EQUAL";
    case PW_OPERATOR_NOT_EQUAL: return "NOT_EQUAL";
    case PW_OPERATOR_LESS: return "LESS_THAN";
    case PW_OPERATOR_LESS_EQUAL: return "LESS_THAN_OR_EQUAL";
    case PW_OPERATOR_GREATER: return "GREATER_THAN";
    case PW_OPERATOR_GREATER_EQUAL: return "GREATER_THAN_OR_EQUAL";
    case PW_OPERATOR_DISTINCT: return "IS_DISTINCT_FROM";
    default: return "IS_NOT_DISTINCT_FROM";
    }
}

static bool is_equality(pw_operator op) {
    return op == PW_OPERATOR_EQUAL || op == PW_OPERATOR_NOT_EQUAL || op == PW_OPERATOR_DISTINCT ||
           op == PW_OPERATOR_NOT_DISTINCT;
}

static bool is_time(const pw_type *type) {
    return type->kind == PW_TYPE_DATE || type->kind == PW_TYPE_TIME ||
           type->kind == PW_TYPE_TIMESTAMP;
}

static bool is_comparable(pw_operator op, const pw_type *a, const pw_type *b) {
    if (pw_type_is_number(a) && pw_type_is_number(b)) return true;
    if (a->kind == PW_TYPE_STRING && is_time(b)) return true;
    if (is_time(a) && b->kind == PW_TYPE_STRING) return true;
    if (is_time(a) && is_time(b)) return (a->kind == PW_TYPE_TIME) == (b->kind == PW_TYPE_TIME);
    if (a->kind != b->kind) return false;
    if (a->kind == PW_TYPE_BOOLEAN || pw_type_is_nested(a)) return is_equality(op);
    return true;
}

static pw_status fail_compare(pw_binder *binder, pw_operator op, const pw_expr *const *args,
                              pw_span span) {
    char prefix[64];
    pw_binder_error_prefix(binder, prefix, sizeof prefix);
    const char *a_type = pw_type_text(binder->arena, args[0]->type);
    const char *b_type = pw_type_text(binder->arena, args[1]->type);
    if (pw_expr_is_null_literal(args[0]) || pw_expr_is_null_literal(args[1])) {
        return pw_fail(binder->err, PW_INVALID, span,
                       "%sComparison with NULL not supported: %s %s %s\nUse 'IS NULL' or 'IS NOT "
                       "NULL' instead.",
                       prefix, a_type, pw_operator_text(op), b_type);
    }
    pw_status status =
        pw_fail(binder->err, PW_INVALID, span, "%sCannot compare %s (%s) to %s (%s) with %s.",
                prefix, pw_binder_text(binder, args[0]), a_type, pw_binder_text(binder, args[1]),
                b_type, compare_word(op));
    if (binder->err && (pw_type_is_number(args[0]->type) != pw_type_is_number(args[1]->type))) {
        pw_error_hint(binder->err, "CAST one side to the type of the other");
    }
    return status;
}

/* ROWTIME > '2021-03-28': the text is a time, known now. */
static pw_status magic_time(pw_binder *binder, const pw_expr **args, uint32_t text) {
    int64_t epoch_ms = 0;
    pw_str value = pw_slot_as_str(args[text]->constant);
    if (!pw_timestamp_parse(value, &epoch_ms)) {
        pw_status status = pw_fail(binder->err, PW_INVALID, args[text]->span,
                                   "Failed to parse timestamp '%.*s'", PW_STR_ARGS(value));
        if (binder->err)
            pw_error_hint(binder->err,
                          "the form is yyyy-MM-ddTHH:mm:ss.SSS, from the right shortened");
        return status;
    }
    args[text] = pw_expr_make_constant(binder->arena, &pw_type_bigint, pw_slot_i64(epoch_ms),
                                       args[text]->span);
    return PW_OK;
}

static pw_status apply_magic_time(pw_binder *binder, const pw_expr **args) {
    for (uint32_t i = 0; i < 2; i++) {
        const pw_expr *text = args[1 - i];
        if (args[i]->is_time && text->type->kind == PW_TYPE_STRING && text->constant &&
            !text->constant->is_null) {
            return magic_time(binder, args, 1 - i);
        }
    }
    return PW_OK;
}

/* Brings both sides to a type that one of the fast steps takes, where that loses nothing. What is
 * left (decimals, texts that are times, dates with timestamps) is for compare_mixed, which knows
 * the two types. */
static void unify(pw_binder *binder, const pw_expr **args) {
    for (uint32_t i = 0; i < 2; i++) {
        const pw_type *type = args[i]->type, *other = args[1 - i]->type;
        bool is_whole = type->kind == PW_TYPE_INTEGER || type->kind == PW_TYPE_BIGINT;
        if (is_whole && other->kind == PW_TYPE_DOUBLE) {
            args[i] = pw_expr_make_cast(binder->arena, args[i], &pw_type_double);
        }
        /* A text that is no time stays: only a row whose other side is not NULL fails (oracle,
         * "times compared with texts"). */
        if (type->kind == PW_TYPE_STRING && is_time(other) && args[i]->constant) {
            const pw_expr *cast = pw_expr_make_cast(binder->arena, args[i], other);
            if (cast->constant) args[i] = cast;
        }
    }
}

static pw_status make_compare(pw_binder *binder, pw_operator op, const pw_expr *a, const pw_expr *b,
                              pw_span span, const pw_expr **out) {
    const pw_expr *args[2] = {a, b};
    PW_TRY(apply_magic_time(binder, args));
    bool is_distinct = op == PW_OPERATOR_DISTINCT || op == PW_OPERATOR_NOT_DISTINCT;
    bool is_null = pw_expr_is_null_literal(args[0]) || pw_expr_is_null_literal(args[1]);
    if (is_null && is_distinct) {
        for (uint32_t i = 0; i < 2; i++) {
            if (pw_expr_is_null_literal(args[i]))
                args[i] = pw_expr_make_null(binder->arena, args[1 - i]->type, span);
        }
    } else if (is_null || !is_comparable(op, args[0]->type, args[1]->type)) {
        return fail_compare(binder, op, args, span);
    }
    if (pw_type_is_nested(args[0]->type) && !pw_type_equal(args[0]->type, args[1]->type)) {
        const pw_type *type = NULL;
        if (pw_coerce_to_common(binder->arena, args, 2, "", &type, NULL) != PW_OK) {
            return fail_compare(binder, op, args, span);
        }
    }
    unify(binder, args);
    pw_expr draft = {.kind = PW_EXPR_COMPARE, .op = op, .type = &pw_type_boolean, .span = span};
    *out = pw_expr_make(binder->arena, draft, args, 2);
    return PW_OK;
}

pw_status pw_bind_compare(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *a = NULL, *b = NULL;
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &a));
    PW_TRY(pw_bind_node(binder, pw_child(node, 1), &b));
    return make_compare(binder, (pw_operator)node->number, a, b, node->span, out);
}

/* value BETWEEN low AND high is (value >= low AND value <= high), value evaluated once. */
pw_status pw_bind_between(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *value = NULL, *low = NULL, *high = NULL, *both[2] = {NULL, NULL};
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &value));
    PW_TRY(pw_bind_node(binder, pw_child(node, 1), &low));
    PW_TRY(pw_bind_node(binder, pw_child(node, 2), &high));
    PW_TRY(make_compare(binder, PW_OPERATOR_GREATER_EQUAL, value, low, node->span, &both[0]));
    PW_TRY(make_compare(binder, PW_OPERATOR_LESS_EQUAL, value, high, node->span, &both[1]));
    pw_expr draft = {.kind = PW_EXPR_AND, .type = &pw_type_boolean, .span = node->span};
    *out = pw_expr_make(binder->arena, draft, both, 2);
    if (!pw_has_flag(node, PW_FLAG_NOT)) return PW_OK;
    pw_expr negated = {.kind = PW_EXPR_NOT, .type = &pw_type_boolean, .span = node->span};
    *out = pw_expr_make(binder->arena, negated, out, 1);
    return PW_OK;
}
