/* IN, LIKE and CASE. SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "expr/expr_private.h"

/* The value takes part in finding the common type, so `id IN (1, 2.5)` compares decimals. */
pw_status pw_bind_in(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_node *list = pw_child(node, 1);
    if (list->kind != PW_NODE_LIST) {
        return pw_fail(binder->err, PW_UNSUPPORTED, list->span,
                       "IN with a query is not supported in a streaming expression");
    }
    uint32_t count = list->child_count + 1;
    const pw_expr **args = PW_NEW_ARRAY(binder->arena, const pw_expr *, count);
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &args[0]));
    for (uint32_t i = 1; i < count; i++)
        PW_TRY(pw_bind_node(binder, list->children[i - 1], &args[i]));
    const pw_type *type = NULL;
    PW_TRY(pw_coerce_to_common(binder->arena, args, count, pw_binder_invalid_prefix(binder), &type,
                               binder->err));
    if (type->kind == PW_TYPE_NULL) {
        return pw_fail(binder->err, PW_INVALID, node->span, "IN needs a value that is not NULL");
    }
    pw_expr draft = {.kind = PW_EXPR_IN, .type = &pw_type_boolean, .span = node->span};
    *out = pw_expr_make(binder->arena, draft, args, count);
    if (!pw_has_flag(node, PW_FLAG_NOT)) return PW_OK;
    pw_expr negated = {.kind = PW_EXPR_NOT, .type = &pw_type_boolean, .span = node->span};
    *out = pw_expr_make(binder->arena, negated, out, 1);
    return PW_OK;
}

pw_status pw_bind_like(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *args[2] = {NULL, NULL};
    pw_expr draft = {.kind = PW_EXPR_LIKE, .type = &pw_type_boolean, .span = node->span};
    for (uint32_t i = 0; i < 2; i++) {
        PW_TRY(pw_bind_node(binder, pw_child(node, i), &args[i]));
        if (pw_expr_is_null_literal(args[i]))
            args[i] = pw_expr_make_null(binder->arena, &pw_type_string, args[i]->span);
        if (args[i]->type->kind == PW_TYPE_STRING) continue;
        return pw_fail(binder->err, PW_INVALID, args[i]->span,
                       "%sLIKE needs STRING operands: %s is %s", pw_binder_invalid_prefix(binder),
                       pw_binder_text(binder, args[i]), pw_type_text(binder->arena, args[i]->type));
    }
    const pw_node *escape = pw_child(node, 2);
    if (escape) {
        size_t bytes = 0;
        draft.index = escape->text.length
                          ? pw_utf8_decode(escape->text.data, escape->text.length, &bytes)
                          : 0;
        if (bytes == 0 || bytes != escape->text.length) {
            return pw_fail(binder->err, PW_INVALID, escape->span,
                           "Expected single character escape but got: %.*s",
                           PW_STR_ARGS(escape->text));
        }
    }
    *out = pw_expr_make(binder->arena, draft, args, 2);
    if (!pw_has_flag(node, PW_FLAG_NOT)) return PW_OK;
    pw_expr negated = {.kind = PW_EXPR_NOT, .type = &pw_type_boolean, .span = node->span};
    *out = pw_expr_make(binder->arena, negated, out, 1);
    return PW_OK;
}

/* Branches must have one type, NULLs aside: ksqlDB does not widen here. */
static pw_status case_type(pw_binder *binder, const pw_expr *const *args, uint32_t count,
                           pw_span span, const pw_type **out) {
    const pw_type *type = NULL;
    for (uint32_t i = 2; i < count; i += 2) {
        if (pw_expr_is_null_literal(args[i])) continue;
        if (!type) type = args[i]->type;
        if (pw_type_equal(type, args[i]->type)) continue;
        return pw_fail(binder->err, PW_INVALID, args[i]->span,
                       "Invalid Case expression. Type for all 'THEN' clauses should be the same.\n"
                       "THEN expression '%s' has type: %s.\nPrevious THEN expression(s) type: %s.",
                       pw_binder_text(binder, args[i]), pw_type_text(binder->arena, args[i]->type),
                       pw_type_text(binder->arena, type));
    }
    bool has_default = !pw_expr_is_null_literal(args[0]);
    if (!type && has_default) type = args[0]->type;
    if (!type) {
        return pw_fail(binder->err, PW_INVALID, span,
                       "Invalid Case expression. All case branches have NULL type");
    }
    if (has_default && !pw_type_equal(type, args[0]->type)) {
        return pw_fail(binder->err, PW_INVALID, args[0]->span,
                       "Invalid Case expression. Type for the default clause should be the same as "
                       "for 'THEN' clauses.\n"
                       "THEN type: %s.\nDEFAULT type: %s.",
                       pw_type_text(binder->arena, type),
                       pw_type_text(binder->arena, args[0]->type));
    }
    *out = type;
    return PW_OK;
}

pw_status pw_bind_case(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    if (pw_child(node, 0)) {
        pw_status status =
            pw_fail(binder->err, PW_UNSUPPORTED, node->span,
                    "CASE with an operand is not supported in a streaming expression");
        if (binder->err) pw_error_hint(binder->err, "write CASE WHEN operand = value THEN ...");
        return status;
    }
    uint32_t whens = node->child_count - 2, count = 1 + 2 * whens;
    const pw_expr **args = PW_NEW_ARRAY(binder->arena, const pw_expr *, count);
    for (uint32_t i = 0; i < whens; i++) {
        const pw_node *when = node->children[2 + i];
        PW_TRY(pw_bind_node(binder, pw_child(when, 0), &args[1 + 2 * i]));
        PW_TRY(pw_bind_node(binder, pw_child(when, 1), &args[2 + 2 * i]));
        const pw_expr *condition = args[1 + 2 * i];
        if (condition->type->kind == PW_TYPE_BOOLEAN) continue;
        return pw_fail(binder->err, PW_INVALID, condition->span,
                       "WHEN operand type should be boolean.\nType for '%s' is %s",
                       pw_binder_text(binder, condition),
                       pw_type_text(binder->arena, condition->type));
    }
    if (pw_child(node, 1)) {
        PW_TRY(pw_bind_node(binder, pw_child(node, 1), &args[0]));
    } else {
        args[0] = pw_expr_make_null(binder->arena, &pw_type_null, node->span);
    }
    pw_expr draft = {.kind = PW_EXPR_CASE, .span = node->span};
    PW_TRY(case_type(binder, args, count, node->span, &draft.type));
    for (uint32_t i = 0; i < count; i += 2) {
        if (pw_expr_is_null_literal(args[i]))
            args[i] = pw_expr_make_null(binder->arena, draft.type, args[i]->span);
    }
    *out = pw_expr_make(binder->arena, draft, args, count);
    return PW_OK;
}
