/* Computes columns. Renaming costs nothing: columns are shared.
 * SPDX-License-Identifier: Apache-2.0 */
#include "operators/op.h"

typedef struct project {
    pw_op op;
    pw_eval *eval;
} project;

static pw_status project_open(pw_op *op, pw_error *err) {
    project *self = (project *)op;
    return pw_eval_open(op->context->task_arena, op->plan->program, &self->eval, err);
}

static pw_batch *project_batch(project *self, pw_batch *batch) {
    pw_batch *result = pw_arena_alloc(batch->arena, sizeof *result);
    *result = *batch;
    result->column_count = self->op.plan->schema.column_count;
    result->columns = pw_arena_alloc(batch->arena, (result->column_count + 1) * sizeof(pw_vector));
    pw_eval_run(self->eval, batch, result->columns);
    result->old = NULL;
    return result;
}

static pw_status project_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    project *self = (project *)op;
    pw_batch *result = project_batch(self, batch);
    if (batch->old) result->old = project_batch(self, batch->old);
    return pw_op_emit(op, result, err);
}

static void project_close(pw_op *op) {
    project *self = (project *)op;
    if (self->eval) pw_eval_close(self->eval);
}

const pw_op_class pw_op_project_class = {
    .name = "project",
    .instance_bytes = sizeof(project),
    .open = project_open,
    .process = project_process,
    .close = project_close,
};
