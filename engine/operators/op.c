/* The call wrappers: they count rows, keep the order of calls and find the class of a plan
 * operator. SPDX-License-Identifier: Apache-2.0 */
#include "operators/op.h"

#include "base/assert.h"

static const pw_op_class *const classes[PW_PLAN_OP_COUNT] = {
    [PW_PLAN_FILTER] = &pw_op_filter_class,
    [PW_PLAN_FILTER_TABLE] = &pw_op_filter_table_class,
    [PW_PLAN_PROJECT] = &pw_op_project_class,
    [PW_PLAN_FLATTEN] = &pw_op_flatten_class,
    [PW_PLAN_EXCHANGE] = &pw_op_exchange_class,
    [PW_PLAN_AGGREGATE] = &pw_op_aggregate_class,
    [PW_PLAN_JOIN_TABLE] = &pw_op_join_table_class,
    [PW_PLAN_SINK] = &pw_op_sink_class,
};

pw_status pw_op_open(pw_op_context *context, const pw_plan_op *plan, pw_op *next, pw_op **out,
                     pw_error *err) {
    const pw_op_class *op_class = classes[plan->kind];
    PW_ASSERT(op_class);
    pw_op *op = pw_arena_calloc(context->task_arena, 1, op_class->instance_bytes);
    op->op_class = op_class;
    op->plan = plan;
    op->context = context;
    op->next = next;
    *out = op;
    return op_class->open ? op_class->open(op, err) : PW_OK;
}

pw_status pw_op_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    if (batch->selected_count == 0) return PW_OK;
    PW_COUNT(op->counters.rows_in, batch->selected_count);
    return op->op_class->process(op, input, batch, err);
}

pw_status pw_op_emit(pw_op *op, pw_batch *batch, pw_error *err) {
    PW_COUNT(op->counters.rows_out, batch->selected_count);
    PW_ASSERT(op->next);
    return pw_op_process(op->next, op->plan->output_input, batch, err);
}

pw_status pw_op_flush(pw_op *op, pw_error *err) {
    return op->op_class->flush ? op->op_class->flush(op, err) : PW_OK;
}

void pw_op_trim(pw_op *op) {
    if (op->op_class->trim) op->op_class->trim(op);
}

void pw_op_close(pw_op *op) {
    if (op->op_class->close) op->op_class->close(op);
}
