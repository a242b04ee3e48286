/* Literals: the digits decide the type. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/decimal.h"
#include "types/number_text.h"

/* Precision and scale are the digits written; below 1 the zero before the point counts (0.05 is
 * DECIMAL(3, 2)). */
static pw_status bind_decimal(pw_binder *binder, const pw_node *node, pw_str text,
                              const pw_expr **out) {
    pw_i128 unscaled = 0;
    int32_t scale = 0;
    if (!pw_decimal_parse(text, &unscaled, &scale)) {
        return pw_fail(binder->err, PW_LIMIT, node->span, "Invalid numeric literal: %.*s",
                       PW_STR_ARGS(text));
    }
    if (scale < 0 && !pw_decimal_rescale(unscaled, scale, 0, PW_ROUND_UNNECESSARY, &unscaled)) {
        return pw_fail(binder->err, PW_LIMIT, node->span, "Invalid numeric literal: %.*s",
                       PW_STR_ARGS(text));
    }
    if (scale < 0) scale = 0;
    int32_t precision = 1;
    while (precision < PW_DECIMAL_PRECISION_MAX && !pw_decimal_fits(unscaled, precision))
        precision++;
    if (precision <= scale) precision = scale + 1;
    if (precision > PW_DECIMAL_PRECISION_MAX) precision = PW_DECIMAL_PRECISION_MAX;
    const pw_type *type = pw_type_decimal(binder->arena, precision, scale);
    *out = pw_expr_make_constant(binder->arena, type,
                                 pw_decimal_slot(binder->arena, type, unscaled), node->span);
    return PW_OK;
}

static pw_status bind_double(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    double value = 0;
    if (!pw_double_parse(node->text, &value)) {
        return pw_fail(binder->err, PW_SYNTAX, node->span, "Invalid numeric literal: %.*s",
                       PW_STR_ARGS(node->text));
    }
    if (isinf(value)) {
        return pw_fail(binder->err, PW_INVALID, node->span, "Number overflows DOUBLE: %.*s",
                       PW_STR_ARGS(node->text));
    }
    *out = pw_expr_make_constant(binder->arena, &pw_type_double, pw_slot_f64(value), node->span);
    return PW_OK;
}

static pw_status bind_typed(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    if (pw_str_equal(node->text, PW_STR("DECIMAL"))) {
        return bind_decimal(binder, node, pw_child(node, 0)->text, out);
    }
    pw_status status = pw_fail(binder->err, PW_UNSUPPORTED, node->span, "Unknown type: %.*s",
                               PW_STR_ARGS(node->text));
    if (binder->err) {
        pw_error_hint(binder->err, "write CAST('%.*s' AS %.*s)",
                      PW_STR_ARGS(pw_child(node, 0)->text), PW_STR_ARGS(node->text));
    }
    return status;
}

pw_status pw_bind_literal(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    pw_arena *arena = binder->arena;
    if (node->kind == PW_NODE_DECIMAL_LITERAL) return bind_decimal(binder, node, node->text, out);
    if (node->kind == PW_NODE_DOUBLE_LITERAL) return bind_double(binder, node, out);
    if (node->kind == PW_NODE_TYPED_LITERAL) return bind_typed(binder, node, out);
    if (node->kind == PW_NODE_NULL_LITERAL) {
        *out = pw_expr_make_null(arena, &pw_type_null, node->span);
    } else if (node->kind == PW_NODE_BOOLEAN_LITERAL) {
        *out = pw_expr_make_constant(arena, &pw_type_boolean, pw_slot_i64(node->number != 0),
                                     node->span);
    } else if (node->kind == PW_NODE_INTEGER_LITERAL) {
        bool is_small = node->number >= INT32_MIN && node->number <= INT32_MAX;
        *out = pw_expr_make_constant(arena, is_small ? &pw_type_integer : &pw_type_bigint,
                                     pw_slot_i64(node->number), node->span);
    } else {
        PW_ASSERT(node->kind == PW_NODE_STRING_LITERAL || node->kind == PW_NODE_TIME_UNIT);
        *out = pw_expr_make_constant(arena, &pw_type_string,
                                     pw_slot_str(pw_arena_str(arena, node->text)), node->span);
    }
    return PW_OK;
}
