/* AND, OR, NOT, IS NULL, selections for lazy branches, CASE, LIKE. A NULL BOOLEAN where a truth is
 * needed is an error, as unboxing it is in ksqlDB. SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_private.h"

static uint32_t *new_rows(pw_eval *eval, uint32_t selection, uint32_t count) {
    uint32_t *rows = pw_arena_alloc(eval->batch->arena, (count + 1) * sizeof *rows);
    eval->current->rows[selection] = rows;
    return rows;
}

static void select_rows(pw_eval *eval, const pw_step *step, int64_t wanted) {
    uint32_t count, kept_count = 0;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    uint32_t *kept = new_rows(eval, step->out, count);
    for (uint32_t i = 0; i < count; i++) {
        const pw_slot *x = pw_at(a, rows[i]);
        kept[kept_count] = rows[i];
        kept_count += (x->is_null == 0) & (x->i64 == wanted);
    }
    eval->current->row_counts[step->out] = kept_count;
}

void pw_step_select_true(pw_eval *eval, const pw_step *step) {
    select_rows(eval, step, 1);
}

void pw_step_select_false(pw_eval *eval, const pw_step *step) {
    select_rows(eval, step, 0);
}

/* A condition that is NULL drops its row; as an operand of AND it is an error besides. */
void pw_step_filter(pw_eval *eval, const pw_step *step) {
    select_rows(eval, step, 1);
    if (!step->index) return;
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    for (uint32_t i = 0; i < count; i++) {
        if (pw_at(a, rows[i])->is_null == 1) pw_eval_report(eval, step, rows[i], "NULL operand");
    }
}

/* decisive: the value of `a` that is the result whatever `b` is. */
static void logic(pw_eval *eval, const pw_step *step, int64_t decisive) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row);
        if (!x->is_null && x->i64 != decisive) x = pw_at(b, row);
        out[row] = *x;
        if (x->is_null == 1) pw_eval_fail(eval, step, row, "NULL operand");
    }
}

void pw_step_and(pw_eval *eval, const pw_step *step) {
    logic(eval, step, 0);
}

void pw_step_or(pw_eval *eval, const pw_step *step) {
    logic(eval, step, 1);
}

void pw_step_not(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row);
        out[row] = (pw_slot){.is_null = x->is_null, .length = 0, {.i64 = !x->i64}};
        if (x->is_null == 1) pw_eval_fail(eval, step, row, "NULL operand");
    }
}

void pw_step_is_null(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    uint32_t is_not = step->expr->is_not;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t null = pw_at(a, rows[i])->is_null;
        int64_t is_true = (null != 0) ^ is_not;
        out[rows[i]] = (pw_slot){.is_null = null & PW_SLOT_FAILED, .length = 0, {.i64 = is_true}};
    }
}

/* --- CASE ------------------------------------------------------------------------------------- */

/* A condition that is NULL is not taken; one that fails makes the whole CASE fail. */
void pw_step_split(pw_eval *eval, const pw_step *step) {
    uint32_t count, taken_count = 0, rest_count = 0;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *result = pw_eval_register(eval, step->result).slots;
    uint32_t *taken = new_rows(eval, step->out, count),
             *rest = new_rows(eval, step->out_rest, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row);
        uint32_t has_failed = (x->is_null & PW_SLOT_FAILED) != 0;
        uint32_t is_true = (x->is_null == 0) & (x->i64 != 0);
        taken[taken_count] = row;
        taken_count += is_true;
        rest[rest_count] = row;
        rest_count += !(is_true | has_failed);
        if (has_failed) result[row].is_null = PW_SLOT_FAILED;
    }
    eval->current->row_counts[step->out] = taken_count;
    eval->current->row_counts[step->out_rest] = rest_count;
}

void pw_step_copy(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++)
        out[rows[i]] = *pw_at(a, rows[i]);
}

/* --- LIKE ------------------------------------------------------------------------------------- */

void pw_step_like(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        uint32_t null = x->is_null | y->is_null;
        out[row] = pw_slot_i64(0);
        out[row].is_null = null ? PW_SLOT_FAILED : 0;
        if (null == 1) pw_eval_fail(eval, step, row, "NULL operand");
        if (null) continue;
        pw_like_result result = pw_like(pw_slot_as_str(x), pw_slot_as_str(y), step->index);
        out[row].i64 = result == PW_LIKE_YES;
        if (result == PW_LIKE_BAD)
            pw_eval_fail(eval, step, row, "the pattern ends in its escape character");
    }
}
