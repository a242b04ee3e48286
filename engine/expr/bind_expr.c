/* Binding: from AST to typed tree, one function per kind of node. Every mistake of the user is
 * found here. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/cast.h"

static pw_status refuse(pw_binder *binder, const pw_node *node, const char *what) {
    return pw_fail(binder->err, PW_UNSUPPORTED, node->span,
                   "%s is not supported in a streaming expression", what);
}

static pw_status bind_logic(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    bool is_and = node->kind == PW_NODE_AND;
    const pw_expr *args[2] = {NULL, NULL};
    uint32_t count = node->kind == PW_NODE_NOT ? 1 : 2;
    for (uint32_t i = 0; i < count; i++) {
        PW_TRY(pw_bind_node(binder, pw_child(node, i), &args[i]));
        if (args[i]->type->kind == PW_TYPE_BOOLEAN) continue;
        const char *word = count == 1 ? "NOT" : is_and ? "AND" : "OR";
        return pw_fail(binder->err, PW_INVALID, args[i]->span,
                       "%s needs BOOLEAN operands: %s is %s", word, pw_binder_text(binder, args[i]),
                       pw_type_text(binder->arena, args[i]->type));
    }
    pw_expr draft = {.kind = PW_EXPR_NOT, .type = &pw_type_boolean, .span = node->span};
    if (count == 2) draft.kind = is_and ? PW_EXPR_AND : PW_EXPR_OR;
    /* As ksqlDB: a constant on the right that decides alone does so even if the left side is NULL
     * (oracle, "boolean connectives"). */
    if (count == 2 && args[1]->constant && !args[1]->constant->is_null) {
        bool value = args[1]->constant->i64 != 0;
        if (value != is_and) {
            *out = pw_expr_make_constant(binder->arena, &pw_type_boolean, pw_slot_i64(value),
                                         node->span);
            return PW_OK;
        }
    }
    *out = pw_expr_make(binder->arena, draft, args, count);
    return PW_OK;
}

static pw_status bind_is_null(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *arg = NULL;
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &arg));
    pw_expr draft = {.kind = PW_EXPR_IS_NULL,
                     .type = &pw_type_boolean,
                     .span = node->span,
                     .is_not = pw_has_flag(node, PW_FLAG_NOT)};
    *out = pw_expr_make(binder->arena, draft, &arg, 1);
    return PW_OK;
}

static pw_status bind_cast(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *arg = NULL;
    const pw_type *type = NULL;
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &arg));
    PW_TRY(pw_type_from_ast(binder->arena, pw_child(node, 1), binder->scope->custom_types, &type,
                            binder->err));
    if (pw_expr_is_null_literal(arg)) {
        /* Not a literal any more for coercion: its type is the user's word. */
        pw_expr draft = *pw_expr_make_null(binder->arena, type, node->span);
        draft.is_literal = false;
        *out = pw_expr_make(binder->arena, draft, NULL, 0);
        return PW_OK;
    }
    if (!pw_cast_is_allowed(arg->type, type)) {
        return pw_fail(binder->err, PW_INVALID, node->span, "%sCast of %s to %s is not supported",
                       pw_binder_invalid_prefix(binder), pw_type_text(binder->arena, arg->type),
                       pw_type_text(binder->arena, type));
    }
    pw_expr draft = {.kind = PW_EXPR_CAST, .type = type, .span = node->span};
    *out = pw_expr_make(binder->arena, draft, &arg, 1);
    return PW_OK;
}

static pw_status bind_at_time_zone(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    (void)out;
    pw_status status =
        pw_fail(binder->err, PW_UNSUPPORTED, node->span, "AT TIME ZONE is not supported");
    if (binder->err) pw_error_hint(binder->err, "CONVERT_TZ(timestamp, from, to) does this");
    return status;
}

/* Was the node given a column of its own by the planner (a grouping expression, an aggregate)? */
static bool bind_substitute(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_scope *scope = binder->scope;
    uint32_t column = 0;
    const pw_type *type = NULL;
    if (!scope->substitute || !scope->substitute(scope->opaque, node, &column, &type)) return false;
    pw_buf text;
    pw_buf_init(&text);
    pw_ast_print(node, &text);
    pw_expr draft = {.kind = PW_EXPR_COLUMN, .index = column, .type = type, .span = node->span};
    draft.name = pw_arena_str(binder->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    *out = pw_expr_make(binder->arena, draft, NULL, 0);
    return true;
}

/* clang-format off */
static pw_status bind_by_kind(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    switch ((int)node->kind) {
    case PW_NODE_NULL_LITERAL:
    case PW_NODE_BOOLEAN_LITERAL:
    case PW_NODE_INTEGER_LITERAL:
    case PW_NODE_DECIMAL_LITERAL:
    case PW_NODE_DOUBLE_LITERAL:
    case PW_NODE_STRING_LITERAL:
    case PW_NODE_TIME_UNIT:
    case PW_NODE_TYPED_LITERAL: return pw_bind_literal(binder, node, out);
    case PW_NODE_COLUMN:       return pw_bind_column(binder, node, out);
    case PW_NODE_UNARY:        return pw_bind_unary(binder, node, out);
    case PW_NODE_BINARY:       return pw_bind_binary(binder, node, out);
    case PW_NODE_COMPARE:      return pw_bind_compare(binder, node, out);
    case PW_NODE_AND:
    case PW_NODE_OR:
    case PW_NODE_NOT:          return bind_logic(binder, node, out);
    case PW_NODE_IS_NULL:      return bind_is_null(binder, node, out);
    case PW_NODE_BETWEEN:      return pw_bind_between(binder, node, out);
    case PW_NODE_IN:           return pw_bind_in(binder, node, out);
    case PW_NODE_LIKE:         return pw_bind_like(binder, node, out);
    case PW_NODE_CASE:         return pw_bind_case(binder, node, out);
    case PW_NODE_CAST:         return bind_cast(binder, node, out);
    case PW_NODE_SUBSCRIPT:    return pw_bind_subscript(binder, node, out);
    case PW_NODE_DEREFERENCE:  return pw_bind_dereference(binder, node, out);
    case PW_NODE_ARRAY:        return pw_bind_array(binder, node, out);
    case PW_NODE_MAP:          return pw_bind_map(binder, node, out);
    case PW_NODE_STRUCT:       return pw_bind_struct(binder, node, out);
    case PW_NODE_CALL:         return pw_bind_call(binder, node, out);
    case PW_NODE_AT_TIME_ZONE: return bind_at_time_zone(binder, node, out);
    case PW_NODE_OVER:         return refuse(binder, node, "OVER (a window function)");
    case PW_NODE_LAMBDA:       return refuse(binder, node, "A lambda that is no argument");
    case PW_NODE_SUBQUERY:     return refuse(binder, node, "A subquery");
    case PW_NODE_EXISTS:       return refuse(binder, node, "EXISTS");
    default:                   return refuse(binder, node, pw_node_kind_name(node->kind));
    }
}
/* clang-format on */

pw_status pw_bind_node(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    /* The parser bounds the depth of what it accepts; nodes the planner adds are few. */
    PW_ASSERT(node && binder->depth <= 2 * PW_EXPR_DEPTH_MAX);
    *out = NULL;
    if (bind_substitute(binder, node, out)) return PW_OK;
    binder->depth++;
    pw_status status = bind_by_kind(binder, node, out);
    binder->depth--;
    return status;
}

static bool has_many_sources(const pw_scope *scope) {
    for (uint32_t i = 1; i < scope->column_count; i++) {
        if (!pw_str_equal(scope->columns[i].source, scope->columns[0].source)) return true;
    }
    return false;
}

pw_status pw_expr_bind(pw_arena *arena, const pw_scope *scope, const pw_node *node,
                       const pw_expr **out, pw_error *err) {
    pw_binder binder = {
        .arena = arena, .scope = scope, .err = err, .is_many_sources = has_many_sources(scope)};
    return pw_bind_node(&binder, node, out);
}

/* --- words of messages ------------------------------------------------------------------------ */

const char *pw_binder_text(pw_binder *binder, const pw_expr *expr) {
    pw_buf text;
    pw_buf_init(&text);
    pw_expr_print(expr, &text);
    const char *copy = pw_arena_cstr(binder->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return copy;
}

const char *pw_type_text(pw_arena *arena, const pw_type *type) {
    pw_buf text;
    pw_buf_init(&text);
    pw_type_print(type, &text);
    const char *copy = pw_arena_cstr(arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return copy;
}

static bool is_condition(const pw_binder *binder) {
    const char *clause = binder->scope->clause;
    return clause && (strcmp(clause, "WHERE") == 0 || strcmp(clause, "HAVING") == 0);
}

const char *pw_binder_error_prefix(const pw_binder *binder, char *room, size_t room_bytes) {
    room[0] = 0;
    if (is_condition(binder))
        snprintf(room, room_bytes, "Error in %s expression: ", binder->scope->clause);
    return room;
}

const char *pw_binder_invalid_prefix(const pw_binder *binder) {
    if (is_condition(binder)) return "Invalid Predicate: ";
    return !binder->scope->clause || strcmp(binder->scope->clause, "SELECT") == 0
               ? "Invalid Select: "
               : "";
}
