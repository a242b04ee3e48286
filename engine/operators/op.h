/* Operators: batches in, batches out. They see batches, stores and stream time; never brokers,
 * threads, clocks or logs.
 *
 * A class has up to five verbs, all but `process` optional:
 *   open     gets the plan (read-only) and opens its stores
 *   process  handles a batch on one input
 *   flush    comes before a cut: emits what was held back
 *   trim     between batches: memory may be given back
 *   close    frees
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_OPERATORS_OP_H
#define PW_OPERATORS_OP_H

#include <stdatomic.h>

#include "operators/outbox.h"
#include "plan/topology.h"
#include "state/state.h"

typedef struct pw_op pw_op;

/* Where rows for other tasks go: the runtime's channels. */
typedef struct pw_exchange_port {
    /* Takes the selected rows of `batch` (copies them) for shard `shard` of the stage
     * behind `op`. */
    pw_status (*send)(struct pw_exchange_port *self, const pw_plan_op *op, uint32_t shard,
                      const pw_batch *batch, pw_error *err);
    uint32_t (*shard_count)(struct pw_exchange_port *self, const pw_plan_op *op);
} pw_exchange_port;

/* What became of rows that did not go on; the runtime shows it when a query yields nothing. */
typedef struct pw_op_counters {
    _Atomic uint64_t rows_in;
    _Atomic uint64_t rows_out;
    _Atomic uint64_t null_keys; /* dropped: key or group was NULL */
    _Atomic uint64_t late;      /* dropped: window closed */
    _Atomic uint64_t misses;    /* join: no partner */
} pw_op_counters;

/* Counts. One thread writes a counter at a time, any may read it: no locked instruction
 * is needed. */
#define PW_COUNT(counter, n)                                                                       \
    atomic_store_explicit(&(counter),                                                              \
                          atomic_load_explicit(&(counter), memory_order_relaxed) + (n),            \
                          memory_order_relaxed)

/* One per task; its operators share it. */
typedef struct pw_op_context {
    pw_arena *task_arena;  /* lives as long as the task */
    pw_arena *batch_arena; /* reset after each batch has gone through */
    pw_state *state;
    uint32_t task;           /* number of the task in the query */
    uint32_t batch_rows;     /* rows of a batch at most */
    bool emits_every_update; /* aggregates emit for every row, not once per cut */
    int64_t
        stream_time_ms; /* largest event time seen by the task, INT64_MIN before the first row */
    pw_outbox *outbox;
    pw_exchange_port *exchange;
    pw_row_errors *errors;
} pw_op_context;

typedef struct pw_op_class {
    const char *name;
    size_t instance_bytes; /* first member is a pw_op */
    pw_status (*open)(pw_op *op, pw_error *err);
    pw_status (*process)(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err);
    pw_status (*flush)(pw_op *op, pw_error *err);
    void (*trim)(pw_op *op);
    void (*close)(pw_op *op);
} pw_op_class;

struct pw_op {
    const pw_op_class *op_class;
    const pw_plan_op *plan;
    pw_op_context *context;
    pw_op *next; /* NULL: sink or exchange */
    pw_op_counters counters;
};

/* Makes the instance for `plan` in context->task_arena. next: the operator it emits to, NULL at a
 * stage's end. Not for PW_PLAN_SOURCE: see source.h. */
PW_MUST_USE pw_status pw_op_open(pw_op_context *context, const pw_plan_op *plan, pw_op *next,
                                 pw_op **out, pw_error *err);
PW_MUST_USE pw_status pw_op_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err);
PW_MUST_USE pw_status pw_op_flush(pw_op *op, pw_error *err);
void pw_op_trim(pw_op *op);
void pw_op_close(pw_op *op);

/* For operators: hands a batch to the next one. The batch may be changed by it (its selection
 * shortened). */
PW_MUST_USE pw_status pw_op_emit(pw_op *op, pw_batch *batch, pw_error *err);

extern const pw_op_class pw_op_filter_class, pw_op_filter_table_class, pw_op_project_class,
    pw_op_flatten_class, pw_op_exchange_class, pw_op_aggregate_class, pw_op_join_table_class,
    pw_op_sink_class;

#endif
