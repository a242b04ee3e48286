/* GROUP BY: one group per key, or per key and window. Batches are grouped first, then each
 * aggregate runs over all rows of the batch in one loop. Changed groups are remembered and emitted
 * once per cut (or one row per input row when the query emits every update). Window semantics:
 * ksqlDB reference, "Windows"; KIP-328 for grace. SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "base/mem.h"
#include "operators/op.h"
#include "types/temporal.h"

typedef struct group {
    int64_t rowtime_ms; /* of the newest row in it */
    uint8_t states[];   /* one per aggregate, at state_offsets */
} group;

typedef struct aggregate {
    pw_op op;
    const pw_plan_aggregate *plan;
    uint32_t *state_offsets;
    uint32_t state_bytes;
    const pw_type **key_types; /* group columns, then BIGINT for a window's start */
    uint32_t *key_columns;
    pw_store *store;
    pw_buf key;
    uint64_t epoch; /* entry->mark == epoch: in `changed` already */
    pw_store_entry **changed;
    size_t changed_count, changed_capacity;
    /* Scratch of one pass. */
    uint8_t *states[PW_BATCH_ROWS_MAX];
    uint32_t rows[PW_BATCH_ROWS_MAX];
    pw_store_entry *entries[PW_BATCH_ROWS_MAX];
} aggregate;

/* --- groups in the store ---------------------------------------------------------------------- */

static void group_init(void *opaque, void *object) {
    const aggregate *self = opaque;
    group *g = object;
    g->rowtime_ms = INT64_MIN;
    for (uint32_t i = 0; i < self->plan->call_count; i++) {
        const pw_aggregate_call *call = &self->plan->calls[i];
        call->aggregate->init(call, g->states + self->state_offsets[i]);
    }
}

static void group_release(void *opaque, void *object) {
    const aggregate *self = opaque;
    group *g = object;
    for (uint32_t i = 0; i < self->plan->call_count; i++) {
        const pw_aggregate_call *call = &self->plan->calls[i];
        if (call->aggregate->release)
            call->aggregate->release(call, g->states + self->state_offsets[i]);
    }
}

static void group_encode(void *opaque, const void *object, pw_buf *out) {
    const aggregate *self = opaque;
    const group *g = object;
    pw_buf_add_be64(out, (uint64_t)g->rowtime_ms);
    for (uint32_t i = 0; i < self->plan->call_count; i++) {
        const pw_aggregate_call *call = &self->plan->calls[i];
        const void *state = g->states + self->state_offsets[i];
        size_t at = out->length;
        pw_buf_add_be32(out, 0);
        if (call->aggregate->encode)
            call->aggregate->encode(call, state, out);
        else
            pw_buf_add(out, state, call->aggregate->state_bytes);
        uint32_t length = (uint32_t)(out->length - at - 4);
        for (int b = 0; b < 4; b++)
            out->data[at + (size_t)b] = (char)(uint8_t)(length >> (24 - 8 * b));
    }
}

static uint64_t read_be(const char *bytes, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | (uint8_t)bytes[i];
    return value;
}

static bool group_decode(void *opaque, void *object, pw_str bytes) {
    const aggregate *self = opaque;
    group *g = object;
    group_init(opaque, object);
    if (bytes.length < 8) return false;
    g->rowtime_ms = (int64_t)read_be(bytes.data, 8);
    size_t at = 8;
    for (uint32_t i = 0; i < self->plan->call_count; i++) {
        const pw_aggregate_call *call = &self->plan->calls[i];
        void *state = g->states + self->state_offsets[i];
        if (bytes.length - at < 4) return false;
        size_t length = (size_t)read_be(bytes.data + at, 4);
        at += 4;
        if (bytes.length - at < length) return false;
        pw_str part = {bytes.data + at, length};
        at += length;
        if (call->aggregate->decode) {
            if (!call->aggregate->decode(call, state, part)) return false;
        } else {
            if (length != call->aggregate->state_bytes) return false;
            memcpy(state, part.data, length);
        }
    }
    return at == bytes.length;
}

/* --- open ------------------------------------------------------------------------------------- */

static pw_status aggregate_open(pw_op *op, pw_error *err) {
    aggregate *self = (aggregate *)op;
    pw_arena *arena = op->context->task_arena;
    const pw_plan_aggregate *plan = self->plan = op->plan->aggregate;
    uint32_t count = plan->group_count;
    pw_buf_init(&self->key);
    self->epoch = 1;
    self->state_offsets = PW_NEW_ARRAY(arena, uint32_t, plan->call_count + 1);
    for (uint32_t i = 0; i < plan->call_count; i++) {
        self->state_offsets[i] = self->state_bytes;
        self->state_bytes += (plan->calls[i].aggregate->state_bytes + 7) & ~7u;
    }
    self->key_types = PW_NEW_ARRAY(arena, const pw_type *, count + 1);
    self->key_columns = PW_NEW_ARRAY(arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        self->key_types[i] = op->plan->types[i];
        self->key_columns[i] = i;
    }
    self->key_types[count] = &pw_type_bigint;
    bool has_release = false;
    for (uint32_t i = 0; i < plan->call_count; i++)
        has_release |= plan->calls[i].aggregate->release != NULL;
    pw_store_class store_class = {.object_bytes = (uint32_t)sizeof(group) + self->state_bytes,
                                  .init = group_init,
                                  .decode = group_decode,
                                  .encode = group_encode,
                                  .release = has_release ? group_release : NULL,
                                  .has_time = plan->window.kind != PW_WINDOW_NONE,
                                  .opaque = self};
    return pw_store_open(op->context->state, (uint32_t)op->plan->store, op->context->task,
                         &store_class, &self->store, err);
}

/* --- grouping --------------------------------------------------------------------------------- */

static bool has_null_key(const aggregate *self, const pw_batch *batch, uint32_t row) {
    for (uint32_t i = 0; i < self->plan->group_count; i++) {
        if (pw_at(batch->columns[i], row)->is_null) return true;
    }
    return false;
}

static void remember(aggregate *self, pw_store_entry *entry) {
    pw_store_touch(self->store, entry);
    if (entry->mark == self->epoch) return;
    entry->mark = self->epoch;
    if (self->changed_count == self->changed_capacity) {
        self->changed_capacity = self->changed_capacity ? self->changed_capacity * 2 : 1024;
        self->changed =
            pw_mem_realloc(self->changed, self->changed_capacity * sizeof *self->changed);
    }
    self->changed[self->changed_count++] = entry;
}

/* The group of self->key. NULL in *out when there is none and !create. */
static pw_status find_group(aggregate *self, bool create, pw_store_entry **out, pw_error *err) {
    pw_str key = pw_buf_str(&self->key);
    return pw_store_find(self->store, key, pw_hash_bytes(key.data, key.length), create, out, err);
}

static void note_time(const aggregate *self, const pw_batch *batch, uint32_t i) {
    group *g = self->entries[i]->object;
    int64_t time = batch->rowtime[self->rows[i]];
    if (time > g->rowtime_ms) g->rowtime_ms = time;
}

static pw_status add_rows(aggregate *self, const pw_batch *batch, uint32_t first, uint32_t count,
                          pw_error *err) {
    const pw_plan_aggregate *plan = self->plan;
    for (uint32_t i = 0; i < plan->call_count; i++) {
        const pw_aggregate_call *call = &plan->calls[i];
        uint32_t failed;
        PW_TRY(call->aggregate->add(call, self->states + first, self->state_offsets[i],
                                    batch->columns + plan->arg_start[i], self->rows + first, count,
                                    &failed, err));
    }
    return PW_OK;
}

/* --- emitting --------------------------------------------------------------------------------- */

typedef struct output {
    pw_batch *batch;
    uint32_t capacity;
} output;

static void output_start(aggregate *self, output *out, pw_arena *arena, uint32_t capacity) {
    out->capacity = capacity;
    out->batch = pw_batch_new(arena, self->op.plan->schema.column_count, capacity);
    out->batch->errors = self->op.context->errors;
}

static pw_status output_add(aggregate *self, output *out, const pw_store_entry *entry,
                            pw_error *err) {
    const pw_plan_aggregate *plan = self->plan;
    bool is_windowed = plan->window.kind != PW_WINDOW_NONE;
    uint32_t key_count = plan->group_count + (is_windowed ? 1 : 0);
    pw_batch *batch = out->batch;
    pw_slot keys[64], *slots = keys;
    if (key_count > 64) slots = pw_arena_alloc(batch->arena, key_count * sizeof *slots);
    if (!pw_key_decode(batch->arena, self->key_types, key_count,
                       (pw_str){entry->key, entry->key_length}, slots)) {
        return pw_fail(err, PW_CORRUPT, PW_SPAN_NONE,
                       "a group's key in the state file cannot be read");
    }
    const group *g = entry->object;
    uint32_t row = batch->row_count++;
    batch->selection[batch->selected_count++] = row;
    batch->rowtime[row] = g->rowtime_ms;
    batch->partition[row] = -1;
    batch->offset[row] = -1;
    uint32_t column = 0;
    for (; column < plan->group_count; column++)
        batch->columns[column].slots[row] = slots[column];
    if (is_windowed) {
        int64_t start = slots[plan->group_count].i64;
        batch->columns[column++].slots[row] = pw_slot_i64(start);
        batch->columns[column++].slots[row] = pw_slot_i64(start + plan->window.size_ms);
    }
    for (uint32_t i = 0; i < plan->call_count; i++) {
        const pw_aggregate_call *call = &plan->calls[i];
        batch->columns[column++].slots[row] =
            call->aggregate->result(call, g->states + self->state_offsets[i], batch->arena);
    }
    return PW_OK;
}

/* --- process ---------------------------------------------------------------------------------- */

/* Rows collected in self->rows/states/entries are added and, if every update counts, emitted one by
 * one. */
static pw_status apply(aggregate *self, pw_batch *batch, uint32_t count, pw_error *err) {
    if (count == 0) return PW_OK;
    for (uint32_t i = 0; i < count; i++)
        self->states[i] = ((group *)self->entries[i]->object)->states;
    if (!self->op.context->emits_every_update) {
        for (uint32_t i = 0; i < count; i++) {
            note_time(self, batch, i);
            remember(self, self->entries[i]);
        }
        return add_rows(self, batch, 0, count, err);
    }
    output out;
    output_start(self, &out, batch->arena, count);
    for (uint32_t i = 0; i < count; i++) {
        PW_TRY(add_rows(self, batch, i, 1, err));
        note_time(self, batch, i);
        pw_store_touch(self->store, self->entries[i]);
        PW_TRY(output_add(self, &out, self->entries[i], err));
    }
    return pw_op_emit(&self->op, out.batch, err);
}

static pw_status process_unwindowed(aggregate *self, pw_batch *batch, pw_error *err) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        if ((batch->flags[row] & PW_ROW_TOMBSTONE) || has_null_key(self, batch, row)) {
            PW_COUNT(self->op.counters.null_keys, 1);
            continue;
        }
        pw_buf_clear(&self->key);
        pw_key_encode(self->key_types, batch->columns, self->key_columns, self->plan->group_count,
                      row, &self->key);
        PW_TRY(find_group(self, true, &self->entries[count], err));
        self->rows[count++] = row;
    }
    return apply(self, batch, count, err);
}

/* Every window that holds the row's time: starts are multiples of the advance, before 1970 too.
 * ksqlDB knows no windows that begin before 1970, so a row of a later time opens none, but it still
 * counts in one that an earlier row has opened (golden/window/before_1970.test). */
static pw_status add_windows(aggregate *self, pw_batch *batch, uint32_t row, uint32_t *count,
                             pw_error *err) {
    const pw_plan_window *window = &self->plan->window;
    int64_t time = batch->rowtime[row];
    int64_t last = pw_floor_div(time, window->advance_ms) * window->advance_ms;
    int64_t first =
        last - (window->size_ms - 1 - (time - last)) / window->advance_ms * window->advance_ms;
    size_t prefix = self->key.length;
    bool is_late = false;
    for (int64_t start = first; start <= last; start += window->advance_ms) {
        if (start + window->size_ms + window->grace_ms <= self->op.context->stream_time_ms) {
            is_late = true;
            continue;
        }
        if (*count == PW_BATCH_ROWS_MAX) {
            PW_TRY(apply(self, batch, *count, err));
            *count = 0;
        }
        pw_slot slot = pw_slot_i64(start);
        pw_vector column = {&slot, 0};
        uint32_t index = 0;
        self->key.length = prefix;
        pw_key_encode(self->key_types + self->plan->group_count, &column, &index, 1, 0, &self->key);
        bool can_open = start >= 0 || time < 0;
        PW_TRY(find_group(self, can_open, &self->entries[*count], err));
        if (!self->entries[*count]) continue;
        self->entries[*count]->time_ms =
            start +
            (window->has_retention ? window->retention_ms : window->size_ms + window->grace_ms);
        self->rows[(*count)++] = row;
    }
    PW_COUNT(self->op.counters.late, is_late);
    return PW_OK;
}

static pw_status process_windowed(aggregate *self, pw_batch *batch, pw_error *err) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        if ((batch->flags[row] & PW_ROW_TOMBSTONE) || has_null_key(self, batch, row)) {
            PW_COUNT(self->op.counters.null_keys, 1);
            continue;
        }
        int64_t *stream_time = &self->op.context->stream_time_ms;
        if (batch->rowtime[row] > *stream_time) *stream_time = batch->rowtime[row];
        pw_buf_clear(&self->key);
        pw_key_encode(self->key_types, batch->columns, self->key_columns, self->plan->group_count,
                      row, &self->key);
        PW_TRY(add_windows(self, batch, row, &count, err));
    }
    return apply(self, batch, count, err);
}

static pw_status aggregate_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    aggregate *self = (aggregate *)op;
    if (self->plan->window.kind == PW_WINDOW_NONE) return process_unwindowed(self, batch, err);
    return process_windowed(self, batch, err);
}

/* --- expiry ----------------------------------------------------------------------------------- */

enum {
    EXPIRED_PER_CUT_MAX = 1024
}; /* bounds the time of one flush; the rest goes with the next ones */

typedef struct expiry {
    aggregate *self;
    output out;
    pw_status status;
    pw_error *err;
} expiry;

static bool expire_entry(void *opaque, pw_store_entry *entry) {
    expiry *e = opaque;
    if (e->self->plan->window.has_retention) {
        uint32_t row = e->out.batch->row_count;
        e->status = output_add(e->self, &e->out, entry, e->err);
        if (e->status != PW_OK) return false;
        e->out.batch->flags[row] = PW_ROW_TOMBSTONE | PW_ROW_EXPIRED;
    }
    pw_store_remove(e->self->store, entry);
    return true;
}

/* A window that is closed cannot change any more: its state goes. Its visible row stays unless a
 * RETENTION says how long. */
static pw_status expire(aggregate *self, pw_error *err) {
    pw_op_context *context = self->op.context;
    if (self->plan->window.kind == PW_WINDOW_NONE || context->stream_time_ms == INT64_MIN)
        return PW_OK;
    expiry e = {.self = self, .status = PW_OK, .err = err};
    output_start(self, &e.out, context->batch_arena, EXPIRED_PER_CUT_MAX);
    PW_TRY(pw_store_scan_expired(self->store, context->stream_time_ms + 1, EXPIRED_PER_CUT_MAX,
                                 expire_entry, &e, err));
    PW_TRY(e.status);
    if (e.out.batch->selected_count) PW_TRY(pw_op_emit(&self->op, e.out.batch, err));
    pw_arena_reset(context->batch_arena);
    return PW_OK;
}

/* Emits the changed groups. The batch arena is reset between batches: results of a million groups
 * do not pile up. */
static pw_status aggregate_flush(pw_op *op, pw_error *err) {
    aggregate *self = (aggregate *)op;
    size_t at = 0;
    while (at < self->changed_count) {
        size_t count = self->changed_count - at;
        if (count > op->context->batch_rows) count = op->context->batch_rows;
        output out;
        output_start(self, &out, op->context->batch_arena, (uint32_t)count);
        for (size_t i = 0; i < count; i++)
            PW_TRY(output_add(self, &out, self->changed[at + i], err));
        PW_TRY(pw_op_emit(op, out.batch, err));
        pw_arena_reset(op->context->batch_arena);
        at += count;
    }
    self->changed_count = 0;
    self->epoch++;
    return expire(self, err);
}

/* What is in `changed` is dirty until the cut behind the next flush, and dirty entries are never
 * forgotten. */
static void aggregate_trim(pw_op *op) {
    pw_store_trim(((aggregate *)op)->store);
}

static void aggregate_close(pw_op *op) {
    aggregate *self = (aggregate *)op;
    pw_buf_deinit(&self->key);
    pw_mem_free(self->changed);
}

const pw_op_class pw_op_aggregate_class = {
    .name = "aggregate",
    .instance_bytes = sizeof(aggregate),
    .open = aggregate_open,
    .process = aggregate_process,
    .flush = aggregate_flush,
    .trim = aggregate_trim,
    .close = aggregate_close,
};
