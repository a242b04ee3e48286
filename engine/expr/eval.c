/* Running programs: opening, the loop over steps, errors, filters, constants.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "expr/expr_private.h"

static pw_step_fn *const step_fns[PW_STEP_COUNT] = {
#define STEP_FN(name, operands, meaning) pw_step_##name,
    PW_STEP_MAP(STEP_FN)
#undef STEP_FN
};

/* --- opening ---------------------------------------------------------------------------------- */

static pw_status open_call(pw_arena *arena, const pw_code *code, const pw_step *step,
                           pw_call_site *site, pw_error *err) {
    uint32_t count = step->list_count;
    const pw_slot **constants = PW_NEW_ARRAY(arena, const pw_slot *, count + 1);
    site->args = PW_NEW_ARRAY(arena, pw_vector, count + 1);
    site->arg_types = PW_NEW_ARRAY(arena, const pw_type *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const pw_register *reg = &code->registers[step->list[i]];
        if (reg->kind == PW_REGISTER_CONSTANT) constants[i] = reg->constant;
        site->arg_types[i] = step->expr->args[i]->type;
    }
    const pw_function *function = step->expr->signature->function;
    if (!function->open) return PW_OK;
    return function->open(arena, constants, count, &site->state, err);
}

static pw_status open_frame(pw_arena *arena, const pw_code *code, pw_frame *frame, pw_error *err) {
    frame->code = code;
    frame->registers = PW_NEW_ARRAY(arena, pw_vector, code->register_count + 1);
    frame->rows = PW_NEW_ARRAY(arena, uint32_t *, code->selection_count + 1);
    frame->row_counts = PW_NEW_ARRAY(arena, uint32_t, code->selection_count + 1);
    frame->calls = PW_NEW_ARRAY(arena, pw_call_site, code->call_count + 1);
    for (uint32_t i = 0; i < code->register_count; i++) {
        const pw_register *reg = &code->registers[i];
        if (reg->kind == PW_REGISTER_CONSTANT)
            frame->registers[i] = pw_vector_constant(arena, *reg->constant);
    }
    for (uint32_t i = 0; i < code->step_count; i++) {
        const pw_step *step = &code->steps[i];
        if (step->op != PW_STEP_call) continue;
        pw_status status = open_call(arena, code, step, &frame->calls[step->index], err);
        if (status == PW_OK) continue;
        if (err && err->at.end == err->at.start) err->at = step->expr->span;
        return status;
    }
    return PW_OK;
}

pw_status pw_eval_open(pw_arena *arena, const pw_program *program, pw_eval **out, pw_error *err) {
    pw_eval *eval = PW_NEW(arena, pw_eval);
    eval->program = program;
    eval->reported = PW_NEW_ARRAY(arena, uint8_t *, program->expr_count + 1);
    eval->filters = PW_NEW_ARRAY(arena, pw_frame, program->expr_count + 1);
    PW_TRY(open_frame(arena, &program->code, &eval->frame, err));
    for (uint32_t i = 0; i < program->expr_count; i++) {
        PW_TRY(open_frame(arena, &program->filters[i], &eval->filters[i], err));
    }
    *out = eval;
    return PW_OK;
}

void pw_eval_close(pw_eval *eval) {
    (void)eval; /* everything is in the task's arena */
}

/* --- errors ----------------------------------------------------------------------------------- */

void pw_eval_report(pw_eval *eval, const pw_step *step, uint32_t row, const char *message) {
    if (!eval->batch->errors) return;
    char text[512];
    snprintf(text, sizeof text, "%s in %s", message, step->text ? step->text : "?");
    for (uint32_t i = 0; i < step->owner_count; i++) {
        uint32_t owner = step->owners[i];
        uint8_t **rows = &eval->reported[owner];
        if (!*rows) *rows = PW_NEW_ARRAY(eval->batch->arena, uint8_t, eval->batch->row_count);
        if ((*rows)[row]) continue;
        (*rows)[row] = 1;
        pw_batch_report(eval->batch, row, PW_BAD_VALUE, eval->program->names[owner], text);
    }
}

void pw_eval_fail(pw_eval *eval, const pw_step *step, uint32_t row, const char *message) {
    eval->current->registers[step->out].slots[row].is_null = PW_SLOT_FAILED;
    eval->has_failed = true;
    pw_eval_report(eval, step, row, message);
}

/* --- running ---------------------------------------------------------------------------------- */

static void run(pw_eval *eval, pw_frame *frame, const pw_batch *batch) {
    const pw_code *code = frame->code;
    eval->batch = batch;
    eval->current = frame;
    eval->has_failed = false;
    memset(eval->reported, 0, eval->program->expr_count * sizeof *eval->reported);
    memset(frame->row_counts, 0, code->selection_count * sizeof *frame->row_counts);
    frame->rows[0] = batch->selection;
    frame->row_counts[0] = batch->selected_count;
    for (uint32_t i = 0; i < code->register_count; i++) {
        const pw_register *reg = &code->registers[i];
        if (reg->kind == PW_REGISTER_COLUMN) {
            PW_ASSERT(reg->column < batch->column_count);
            frame->registers[i] = batch->columns[reg->column];
        } else if (reg->kind == PW_REGISTER_TEMPORARY) {
            frame->registers[i] = pw_vector_new(batch->arena, batch->row_count);
        }
    }
    for (uint32_t i = 0; i < code->step_count; i++) {
        const pw_step *step = &code->steps[i];
        if (frame->row_counts[step->rows]) step_fns[step->op](eval, step);
    }
}

/* Failed slots leave the evaluator as NULL. */
static void settle(pw_eval *eval, const pw_batch *batch, pw_vector result) {
    if (!eval->has_failed) return;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        pw_slot *slot = &result.slots[batch->selection[i]];
        if (slot->is_null) slot->is_null = 1;
    }
}

void pw_eval_run(pw_eval *eval, const pw_batch *batch, pw_vector *results) {
    const pw_code *code = eval->frame.code;
    run(eval, &eval->frame, batch);
    for (uint32_t i = 0; i < eval->program->expr_count; i++) {
        uint32_t reg = code->results[i];
        results[i] = eval->frame.registers[reg];
        if (code->registers[reg].kind == PW_REGISTER_TEMPORARY) settle(eval, batch, results[i]);
    }
}

void pw_eval_filter(pw_eval *eval, pw_batch *batch, uint32_t index) {
    PW_ASSERT(index < eval->program->expr_count);
    pw_frame *frame = &eval->filters[index];
    PW_ASSERT(frame->code->selection_count > 0); /* the expression is BOOLEAN */
    if (batch->selected_count == 0) return;
    run(eval, frame, batch);
    uint32_t final = frame->code->final_selection;
    batch->selected_count = frame->row_counts[final];
    if (batch->selected_count == 0) return;
    memcpy(batch->selection, frame->rows[final], batch->selected_count * sizeof *batch->selection);
}

/* --- constants -------------------------------------------------------------------------------- */

typedef struct constant_errors {
    pw_row_errors base;
    char message[256];
} constant_errors;

static void keep_message(pw_row_errors *self, const pw_batch *batch, uint32_t row, pw_status status,
                         pw_str column, const char *message) {
    constant_errors *errors = (constant_errors *)self;
    (void)batch, (void)row, (void)status, (void)column;
    if (!errors->message[0]) snprintf(errors->message, sizeof errors->message, "%s", message);
}

static pw_status eval_constant(pw_arena *scratch, pw_arena *arena, const pw_expr *expr,
                               pw_slot *out, pw_error *err) {
    pw_program *program = NULL;
    pw_eval *eval = NULL;
    const pw_str name = PW_STR_EMPTY;
    PW_TRY(pw_program_compile(scratch, &expr, &name, 1, &program, err));
    PW_TRY(pw_eval_open(scratch, program, &eval, err));
    pw_batch *batch = pw_batch_new(scratch, 0, 1);
    constant_errors errors = {.base = {.report = keep_message}};
    batch->errors = &errors.base;
    batch->row_count = batch->selected_count = 1;
    batch->selection[0] = 0;
    batch->rowtime[0] = batch->offset[0] = 0;
    batch->partition[0] = 0;
    pw_vector result;
    pw_eval_run(eval, batch, &result);
    pw_eval_close(eval);
    const pw_slot *value = pw_at(result, 0);
    if (value->is_null && errors.message[0])
        return pw_fail(err, PW_BAD_VALUE, expr->span, "%s", errors.message);
    *out = pw_slot_copy(arena, expr->type, value);
    return PW_OK;
}

pw_status pw_eval_constant(pw_arena *arena, const pw_expr *expr, pw_slot *out, pw_error *err) {
    if (expr->constant) {
        *out = *expr->constant;
        return PW_OK;
    }
    pw_arena scratch;
    pw_arena_init(&scratch, 4096);
    pw_status status = eval_constant(&scratch, arena, expr, out, err);
    pw_arena_deinit(&scratch);
    return status;
}
