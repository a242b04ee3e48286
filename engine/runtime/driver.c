/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/driver.h"

#include <stdio.h>

#include "base/mem.h"
#include "operators/source.h"

/* One stage: the operators that share a context. */
typedef struct driver_stage {
    pw_op_context context;
    pw_arena arena;       /* lives as long as the driver */
    pw_arena batch_arena; /* of the record under way */
} driver_stage;

struct pw_driver {
    pw_exchange_port port; /* first: the port is the driver */
    pw_row_errors row_errors;
    const pw_topology *topology;
    pw_state *state;
    driver_stage *stages;
    pw_op **ops;            /* by number; NULL for sources */
    pw_source_op **sources; /* by number; NULL for all else */
    pw_outbox outbox;
    uint64_t failure_count;
    char last_failure[256];
};

/* --- what goes wrong with single records ------------------------------------------------------ */

static void note(pw_driver *driver, pw_str column, const char *reason) {
    driver->failure_count++;
    snprintf(driver->last_failure, sizeof driver->last_failure, "%.*s%s%s", PW_STR_ARGS(column),
             column.length ? ": " : "", reason);
}

static void on_record_failed(void *opaque, const pw_source *source, const pw_record *record,
                             pw_str column, const char *reason) {
    (void)source;
    (void)record;
    note(opaque, column, reason);
}

static void on_row_failed(pw_row_errors *self, const pw_batch *batch, uint32_t row,
                          pw_status status, pw_str column, const char *message) {
    (void)status;
    if (batch->flags[row] & PW_ROW_TOMBSTONE) return; /* a null record has nothing to evaluate */
    note((pw_driver *)((char *)self - offsetof(pw_driver, row_errors)), column, message);
}

/* --- exchange: a call ------------------------------------------------------------------------- */

static uint32_t port_shard_count(pw_exchange_port *self, const pw_plan_op *op) {
    (void)self;
    (void)op;
    return 1;
}

static pw_status port_send(pw_exchange_port *self, const pw_plan_op *op, uint32_t shard,
                           const pw_batch *batch, pw_error *err) {
    (void)shard;
    pw_driver *driver = (pw_driver *)self;
    driver_stage *to = &driver->stages[op->output->stage];
    pw_batch *copy = pw_batch_copy_selected(&to->batch_arena, batch, op->types);
    copy->errors = &driver->row_errors;
    return pw_op_process(driver->ops[op->output->id], op->output_input, copy, err);
}

/* --- open and close --------------------------------------------------------------------------- */

static pw_status open_state(pw_driver *driver, pw_error *err) {
    const pw_topology *topology = driver->topology;
    const pw_plan_op *sink = topology->ops[topology->op_count - 1];
    pw_state_spec spec = {.path = PW_STR(":memory:"),
                          .query_id = topology->query_id,
                          .statement = topology->statement,
                          .fingerprint = topology->fingerprint,
                          .task_count = topology->stage_count,
                          .store_count = topology->store_count,
                          .table_name =
                              sink->sink->has_table ? sink->sink->sink.name : PW_STR_EMPTY,
                          .table_schema = &sink->schema};
    return pw_state_open(&spec, &driver->state, err);
}

static void open_stage(pw_driver *driver, uint32_t number) {
    driver_stage *stage = &driver->stages[number];
    pw_arena_init(&stage->arena, 0);
    pw_arena_init(&stage->batch_arena, 0);
    stage->context = (pw_op_context){.task_arena = &stage->arena,
                                     .batch_arena = &stage->batch_arena,
                                     .state = driver->state,
                                     .task = number,
                                     .batch_rows = 1,
                                     .emits_every_update = true,
                                     .stream_time_ms = INT64_MIN,
                                     .outbox = &driver->outbox,
                                     .exchange = &driver->port,
                                     .errors = &driver->row_errors};
}

/* From the sink backwards, so that each operator finds the next one. */
static pw_status open_ops(pw_driver *driver, pw_error *err) {
    const pw_topology *topology = driver->topology;
    for (uint32_t i = topology->op_count; i > 0; i--) {
        const pw_plan_op *plan = topology->ops[i - 1];
        pw_op_context *context = &driver->stages[plan->stage].context;
        bool is_last = !plan->output || plan->kind == PW_PLAN_EXCHANGE;
        pw_op *next = is_last ? NULL : driver->ops[plan->output->id];
        if (plan->kind == PW_PLAN_SOURCE) {
            PW_TRY(pw_source_open(context, plan, next, on_record_failed, driver,
                                  &driver->sources[plan->id], err));
        } else {
            PW_TRY(pw_op_open(context, plan, next, &driver->ops[plan->id], err));
        }
    }
    return PW_OK;
}

pw_status pw_driver_open(const pw_topology *topology, pw_driver **out, pw_error *err) {
    pw_driver *driver = pw_mem_zalloc(1, sizeof *driver);
    driver->topology = topology;
    driver->port = (pw_exchange_port){port_send, port_shard_count};
    driver->row_errors.report = on_row_failed;
    driver->stages = pw_mem_zalloc(topology->stage_count, sizeof *driver->stages);
    driver->ops = pw_mem_zalloc(topology->op_count, sizeof(pw_op *));
    driver->sources = pw_mem_zalloc(topology->op_count, sizeof(pw_source_op *));
    pw_outbox_init(&driver->outbox);
    pw_status status = open_state(driver, err);
    for (uint32_t i = 0; i < topology->stage_count; i++)
        open_stage(driver, i);
    if (status == PW_OK) status = open_ops(driver, err);
    if (status != PW_OK) {
        pw_driver_close(driver);
        return status;
    }
    *out = driver;
    return PW_OK;
}

void pw_driver_close(pw_driver *driver) {
    if (!driver) return;
    /* First, since the operators' own code releases its objects. */
    if (driver->state) pw_state_close(driver->state);
    for (uint32_t i = 0; i < driver->topology->op_count; i++) {
        pw_source_close(driver->sources[i]);
        if (driver->ops[i]) pw_op_close(driver->ops[i]);
    }
    for (uint32_t i = 0; i < driver->topology->stage_count; i++) {
        pw_arena_deinit(&driver->stages[i].batch_arena);
        pw_arena_deinit(&driver->stages[i].arena);
    }
    pw_outbox_deinit(&driver->outbox);
    pw_mem_free(driver->sources);
    pw_mem_free(driver->ops);
    pw_mem_free(driver->stages);
    pw_mem_free(driver);
}

/* --- records ---------------------------------------------------------------------------------- */

static bool reads(const pw_plan_op *op, pw_str topic) {
    return op->kind == PW_PLAN_SOURCE && pw_str_equal(op->source->source->topic, topic);
}

bool pw_driver_reads(const pw_driver *driver, pw_str topic) {
    for (uint32_t i = 0; i < driver->topology->op_count; i++) {
        if (reads(driver->topology->ops[i], topic)) return true;
    }
    return false;
}

pw_status pw_driver_feed(pw_driver *driver, pw_str topic, const pw_record *record, pw_error *err) {
    const pw_topology *topology = driver->topology;
    pw_outbox_clear(&driver->outbox);
    pw_status status = PW_OK;
    for (uint32_t i = 0; status == PW_OK && i < topology->op_count; i++) {
        if (!reads(topology->ops[i], topic)) continue;
        pw_batch *batch = pw_source_decode(driver->sources[i], record, 1);
        if (batch->selected_count) status = pw_source_push(driver->sources[i], batch, err);
    }
    for (uint32_t i = 0; i < topology->op_count; i++) {
        if (driver->ops[i]) pw_op_trim(driver->ops[i]);
    }
    for (uint32_t i = 0; i < topology->stage_count; i++) {
        pw_arena_reset(&driver->stages[i].batch_arena);
    }
    return status;
}

const pw_outbox *pw_driver_outbox(const pw_driver *driver) {
    return &driver->outbox;
}

uint64_t pw_driver_failure_count(const pw_driver *driver) {
    return driver->failure_count;
}

const char *pw_driver_last_failure(const pw_driver *driver) {
    return driver->last_failure;
}
