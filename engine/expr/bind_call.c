/* Function calls: the overload is chosen by the types of the arguments, which are then converted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_private.h"

#include "types/cast.h"

static pw_status fail_aggregate(pw_binder *binder, const pw_node *node) {
    const char *clause = binder->scope->clause;
    bool is_table = pw_function_is_table(node->text);
    const char *kind = is_table ? "table function" : "aggregate function";
    pw_status status;
    if (clause && strcmp(clause, "WHERE") == 0) {
        status = pw_fail(binder->err, PW_INVALID, node->span,
                         "Invalid Predicate: Can't find any functions with the name '%.*s'",
                         PW_STR_ARGS(node->text));
    } else if (clause && !is_table) {
        status = pw_fail(binder->err, PW_INVALID, node->span,
                         "%s does not support aggregate functions: %.*s is an aggregate function.",
                         clause, PW_STR_ARGS(node->text));
    } else {
        status =
            pw_fail(binder->err, PW_INVALID, node->span, "%.*s is %s %s and cannot be used here",
                    PW_STR_ARGS(node->text), is_table ? "a" : "an", kind);
    }
    if (binder->err && clause)
        pw_error_hint(binder->err, "%.*s is %s %s, which %s cannot have", PW_STR_ARGS(node->text),
                      is_table ? "a" : "an", kind, clause);
    return status;
}

pw_status pw_bind_call_args(pw_binder *binder, pw_str name, pw_span span, const pw_expr **args,
                            uint32_t arg_count, const pw_expr **out) {
    pw_arena *arena = binder->arena;
    const pw_type **types = PW_NEW_ARRAY(arena, const pw_type *, arg_count + 1);
    bool *is_literal = PW_NEW_ARRAY(arena, bool, arg_count + 1);
    for (uint32_t i = 0; i < arg_count; i++) {
        types[i] = args[i]->type;
        is_literal[i] = args[i]->is_literal;
    }
    const pw_signature *signature = NULL;
    const pw_type **coerced = NULL;
    pw_expr draft = {.kind = PW_EXPR_CALL, .span = span};
    PW_TRY(pw_function_find(arena, name, types, is_literal, arg_count, span, &signature, &coerced,
                            &draft.type, binder->err));
    for (uint32_t i = 0; i < arg_count; i++) {
        if (!pw_expr_is_null_literal(args[i]) && !pw_type_equal(args[i]->type, coerced[i]) &&
            !pw_cast_is_allowed(args[i]->type, coerced[i])) {
            return pw_fail(binder->err, PW_INVALID, args[i]->span,
                           "%sCast of %s to %s is not supported", pw_binder_invalid_prefix(binder),
                           pw_type_text(arena, args[i]->type), pw_type_text(arena, coerced[i]));
        }
        args[i] = pw_expr_make_cast(arena, args[i], coerced[i]);
    }
    draft.signature = signature;
    *out = pw_expr_make(arena, draft, args, arg_count);
    return PW_OK;
}

pw_status pw_bind_call(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    if (pw_function_is_aggregate(node->text) || pw_function_is_table(node->text))
        return fail_aggregate(binder, node);
    if (pw_has_flag(node, PW_FLAG_DISTINCT)) {
        return pw_fail(binder->err, PW_UNSUPPORTED, node->span,
                       "DISTINCT is for aggregate functions: %.*s is none",
                       PW_STR_ARGS(node->text));
    }
    /* F(*) of a scalar function has no arguments, as in ksqlDB: the overloads say what is wrong. */
    const pw_expr **args = PW_NEW_ARRAY(binder->arena, const pw_expr *, node->child_count + 1);
    for (uint32_t i = 0; i < node->child_count; i++) {
        const pw_node *arg = node->children[i];
        if (arg->kind == PW_NODE_LAMBDA) {
            return pw_fail(binder->err, PW_UNSUPPORTED, arg->span,
                           "Lambda functions are not supported yet: %.*s", PW_STR_ARGS(node->text));
        }
        PW_TRY(pw_bind_node(binder, arg, &args[i]));
    }
    return pw_bind_call_args(binder, node->text, node->span, args, node->child_count, out);
}
