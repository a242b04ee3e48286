/* Table functions: one row out per element. Several are zipped, the shorter ones padded with NULL.
 * SPDX-License-Identifier: Apache-2.0 */
#include "operators/op.h"

typedef struct flatten {
    pw_op op;
    pw_eval *eval;
    pw_vector *args;
} flatten;

static pw_status flatten_open(pw_op *op, pw_error *err) {
    flatten *self = (flatten *)op;
    self->args =
        PW_NEW_ARRAY(op->context->task_arena, pw_vector, op->plan->flatten->function_count);
    return pw_eval_open(op->context->task_arena, op->plan->program, &self->eval, err);
}

/* The batch under construction: rows of the input repeated, their elements beside them. */
typedef struct builder {
    pw_batch *in, *out;
    uint32_t width; /* columns of the input */
} builder;

static void builder_start(builder *b, const pw_op *op, uint32_t capacity) {
    uint32_t count = op->plan->schema.column_count;
    b->out = pw_batch_new_frame(b->in->arena, count, capacity);
    b->out->errors = b->in->errors;
    if (b->in->headers) {
        b->out->headers = PW_NEW_ARRAY(b->in->arena, const pw_headers *, capacity);
    }
    for (uint32_t c = 0; c < count; c++) {
        bool is_shared = c < b->width && (!b->in->columns[c].slots || b->in->columns[c].mask == 0);
        b->out->columns[c] = is_shared ? b->in->columns[c] : pw_vector_new(b->in->arena, capacity);
    }
}

static void builder_add(builder *b, uint32_t row, pw_slot *const *elements, const uint32_t *counts,
                        uint32_t function_count, uint32_t index) {
    pw_batch *out = b->out;
    uint32_t at = out->row_count++;
    out->selection[out->selected_count++] = at;
    out->rowtime[at] = b->in->rowtime[row];
    out->flags[at] = b->in->flags[row];
    out->partition[at] = b->in->partition[row];
    out->offset[at] = b->in->offset[row];
    if (out->headers) out->headers[at] = b->in->headers[row];
    for (uint32_t c = 0; c < b->width; c++) {
        if (out->columns[c].slots != b->in->columns[c].slots) {
            out->columns[c].slots[at] = b->in->columns[c].slots[row];
        }
    }
    for (uint32_t f = 0; f < function_count; f++) {
        out->columns[b->width + f].slots[at] =
            index < counts[f] ? elements[f][index] : pw_slot_null();
    }
}

/* The elements of one row; returns how many rows it makes. A function that fails makes none. */
static uint32_t explode_row(flatten *self, pw_batch *batch, uint32_t row, pw_slot **elements,
                            uint32_t *counts) {
    const pw_plan_flatten *plan = self->op.plan->flatten;
    uint32_t longest = 0;
    for (uint32_t f = 0; f < plan->function_count; f++) {
        const char *message = NULL;
        counts[f] = 0;
        pw_status status = plan->functions[f]->function->table(batch->arena, plan->arg_types[f],
                                                               pw_at(self->args[f], row),
                                                               &elements[f], &counts[f], &message);
        if (status != PW_OK) {
            counts[f] = 0;
            pw_batch_report(batch, row, PW_BAD_VALUE, plan->functions[f]->name,
                            message ? message : "table function failed");
        }
        if (counts[f] > longest) longest = counts[f];
    }
    return longest;
}

static pw_status flatten_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    flatten *self = (flatten *)op;
    uint32_t function_count = op->plan->flatten->function_count;
    uint32_t capacity = op->context->batch_rows;
    pw_slot **elements = pw_arena_alloc(batch->arena, function_count * sizeof *elements);
    uint32_t *counts = pw_arena_alloc(batch->arena, function_count * sizeof *counts);
    builder b = {.in = batch, .width = batch->column_count};
    pw_eval_run(self->eval, batch, self->args);
    builder_start(&b, op, capacity);
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        if (batch->flags[row] & PW_ROW_TOMBSTONE) continue;
        uint32_t count = explode_row(self, batch, row, elements, counts);
        for (uint32_t e = 0; e < count; e++) {
            builder_add(&b, row, elements, counts, function_count, e);
            if (b.out->row_count < capacity) continue;
            PW_TRY(pw_op_emit(op, b.out, err));
            builder_start(&b, op, capacity);
        }
    }
    if (b.out->row_count == 0) return PW_OK;
    return pw_op_emit(op, b.out, err);
}

static void flatten_close(pw_op *op) {
    flatten *self = (flatten *)op;
    if (self->eval) pw_eval_close(self->eval);
}

const pw_op_class pw_op_flatten_class = {
    .name = "flatten",
    .instance_bytes = sizeof(flatten),
    .open = flatten_open,
    .process = flatten_process,
    .close = flatten_close,
};
