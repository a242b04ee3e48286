/* The bound tree: making nodes, comparing them, asking them. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/cast.h"
#include "types/compare.h"

const pw_type *pw_expr_type(const pw_expr *expr) {
    return expr->type;
}

pw_span pw_expr_span(const pw_expr *expr) {
    return expr->span;
}

int32_t pw_expr_column(const pw_expr *expr) {
    return expr->kind == PW_EXPR_COLUMN ? (int32_t)expr->index : -1;
}

const pw_slot *pw_expr_constant(const pw_expr *expr) {
    return expr->constant;
}

void pw_expr_mark_columns(const pw_expr *expr, bool *used) {
    if (expr->constant) return;
    if (expr->kind == PW_EXPR_COLUMN) used[expr->index] = true;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        pw_expr_mark_columns(expr->args[i], used);
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccdu;
}

static uint64_t hash_of(const pw_expr *expr) {
    uint64_t hash = mix((uint64_t)expr->kind, (uint64_t)expr->op);
    hash = mix(hash, expr->index + (expr->is_not ? 1u << 31 : 0));
    hash = mix(hash, (uint64_t)expr->type->kind);
    hash = mix(hash, (uint64_t)(uintptr_t)expr->signature);
    if (expr->kind == PW_EXPR_LITERAL && !expr->constant->is_null) {
        hash = mix(hash, pw_slot_hash(expr->type, expr->constant));
    }
    for (uint32_t i = 0; i < expr->arg_count; i++)
        hash = mix(hash, expr->args[i]->hash);
    return hash;
}

bool pw_expr_equal(const pw_expr *a, const pw_expr *b) {
    if (a == b) return !a->is_volatile;
    if (a->hash != b->hash || a->kind != b->kind || a->op != b->op || a->index != b->index)
        return false;
    if (a->is_not != b->is_not || a->signature != b->signature || a->arg_count != b->arg_count)
        return false;
    if (a->is_volatile || b->is_volatile || !pw_type_equal(a->type, b->type)) return false;
    if (a->kind == PW_EXPR_LITERAL && !pw_slot_equal(a->type, a->constant, b->constant))
        return false;
    for (uint32_t i = 0; i < a->arg_count; i++) {
        if (!pw_expr_equal(a->args[i], b->args[i])) return false;
    }
    return true;
}

/* A failure is left for every row to report: a statement with 1 / 0 in it is valid. */
static const pw_slot *fold(pw_arena *arena, const pw_expr *expr) {
    if (expr->is_volatile || expr->kind == PW_EXPR_COLUMN || expr->type->kind == PW_TYPE_NULL)
        return NULL;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        if (!expr->args[i]->constant) return NULL;
    }
    pw_slot value;
    if (pw_eval_constant(arena, expr, &value, NULL) != PW_OK) return NULL;
    pw_slot *constant = pw_arena_alloc(arena, sizeof *constant);
    *constant = value;
    return constant;
}

const pw_expr *pw_expr_make(pw_arena *arena, pw_expr draft, const pw_expr *const *args,
                            uint32_t arg_count) {
    const pw_expr **copied = PW_NEW_ARRAY(arena, const pw_expr *, arg_count + 1);
    for (uint32_t i = 0; i < arg_count; i++) {
        copied[i] = args[i];
        draft.is_volatile |= args[i]->is_volatile;
    }
    draft.args = copied;
    draft.arg_count = arg_count;
    if (draft.kind == PW_EXPR_CALL && (draft.signature->function->flags & PW_FN_VOLATILE))
        draft.is_volatile = true;
    draft.hash = hash_of(&draft);
    pw_expr *expr = PW_NEW(arena, pw_expr);
    *expr = draft;
    if (!expr->constant) expr->constant = fold(arena, expr);
    return expr;
}

const pw_expr *pw_expr_make_constant(pw_arena *arena, const pw_type *type, pw_slot value,
                                     pw_span span) {
    pw_slot *constant = pw_arena_alloc(arena, sizeof *constant);
    *constant = value;
    pw_expr draft = {.kind = PW_EXPR_LITERAL,
                     .type = type,
                     .span = span,
                     .constant = constant,
                     .is_literal = true};
    return pw_expr_make(arena, draft, NULL, 0);
}

const pw_expr *pw_expr_make_null(pw_arena *arena, const pw_type *type, pw_span span) {
    return pw_expr_make_constant(arena, type, pw_slot_null(), span);
}

const pw_expr *pw_expr_make_column(pw_arena *arena, uint32_t index, const pw_type *type,
                                   pw_str name) {
    pw_expr draft = {
        .kind = PW_EXPR_COLUMN, .index = index, .type = type, .name = pw_arena_str(arena, name)};
    return pw_expr_make(arena, draft, NULL, 0);
}

const pw_expr *pw_expr_make_cast(pw_arena *arena, const pw_expr *expr, const pw_type *type) {
    if (pw_type_equal(expr->type, type)) return expr;
    if (pw_expr_is_null_literal(expr)) return pw_expr_make_null(arena, type, expr->span);
    PW_ASSERT(pw_cast_is_allowed(expr->type, type));
    pw_expr draft = {.kind = PW_EXPR_CAST,
                     .type = type,
                     .span = expr->span,
                     .is_implicit = true,
                     .is_literal = expr->is_literal};
    return pw_expr_make(arena, draft, &expr, 1);
}
