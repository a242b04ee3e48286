/* WHERE over a stream. A null record has no columns to test and does not pass.
 * SPDX-License-Identifier: Apache-2.0 */
#include "operators/op.h"

typedef struct filter {
    pw_op op;
    pw_eval *eval;
} filter;

static pw_status filter_open(pw_op *op, pw_error *err) {
    filter *self = (filter *)op;
    return pw_eval_open(op->context->task_arena, op->plan->program, &self->eval, err);
}

static void drop_null_records(pw_batch *batch) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        batch->selection[kept] = row;
        kept += !(batch->flags[row] & PW_ROW_TOMBSTONE);
    }
    batch->selected_count = kept;
}

static pw_status filter_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    filter *self = (filter *)op;
    drop_null_records(batch);
    pw_eval_filter(self->eval, batch, 0);
    return pw_op_emit(op, batch, err);
}

static void filter_close(pw_op *op) {
    filter *self = (filter *)op;
    if (self->eval) pw_eval_close(self->eval);
}

const pw_op_class pw_op_filter_class = {
    .name = "filter",
    .instance_bytes = sizeof(filter),
    .open = filter_open,
    .process = filter_process,
    .close = filter_close,
};
