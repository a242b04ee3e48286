/* The end of a stage: rows go to the task that owns their key, shard murmur2(key bytes) mod P, as
 * Kafka would place them. SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "operators/op.h"

typedef struct exchange {
    pw_op op;
    uint32_t *key_columns;
    uint32_t shard_count;
    uint32_t *shard_rows; /* shard_count lists of row numbers, batch_rows_max each */
    uint32_t *shard_counts;
    pw_buf key;
} exchange;

static pw_status exchange_open(pw_op *op, pw_error *err) {
    (void)err;
    exchange *self = (exchange *)op;
    pw_arena *arena = op->context->task_arena;
    pw_buf_init(&self->key);
    self->shard_count = op->context->exchange->shard_count(op->context->exchange, op->plan);
    self->key_columns = PW_NEW_ARRAY(arena, uint32_t, op->plan->key_count + 1);
    for (uint32_t i = 0; i < op->plan->key_count; i++)
        self->key_columns[i] = i;
    self->shard_rows = PW_NEW_ARRAY(arena, uint32_t, (size_t)self->shard_count * PW_BATCH_ROWS_MAX);
    self->shard_counts = PW_NEW_ARRAY(arena, uint32_t, self->shard_count);
    return PW_OK;
}

/* One STRING key, the usual case, is hashed where it lies; anything else through its key bytes. */
static uint32_t shard_of(exchange *self, const pw_batch *batch, uint32_t row) {
    const pw_plan_op *plan = self->op.plan;
    uint32_t hash;
    const pw_slot *first = pw_at(batch->columns[0], row);
    if (plan->key_count == 1 && plan->types[0]->kind == PW_TYPE_STRING && !first->is_null) {
        hash = pw_murmur2(first->text, first->length);
    } else {
        pw_buf_clear(&self->key);
        pw_key_encode(plan->types, batch->columns, self->key_columns, plan->key_count, row,
                      &self->key);
        hash = pw_murmur2(self->key.data, self->key.length);
    }
    return (hash & 0x7fffffffu) % self->shard_count;
}

static pw_status exchange_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    exchange *self = (exchange *)op;
    memset(self->shard_counts, 0, self->shard_count * sizeof *self->shard_counts);
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        uint32_t shard = shard_of(self, batch, row);
        self->shard_rows[(size_t)shard * PW_BATCH_ROWS_MAX + self->shard_counts[shard]++] = row;
    }
    pw_batch part = *batch;
    for (uint32_t shard = 0; shard < self->shard_count; shard++) {
        if (self->shard_counts[shard] == 0) continue;
        part.selection = self->shard_rows + (size_t)shard * PW_BATCH_ROWS_MAX;
        part.selected_count = self->shard_counts[shard];
        PW_COUNT(op->counters.rows_out, part.selected_count);
        PW_TRY(op->context->exchange->send(op->context->exchange, op->plan, shard, &part, err));
    }
    return PW_OK;
}

static void exchange_close(pw_op *op) {
    pw_buf_deinit(&((exchange *)op)->key);
}

const pw_op_class pw_op_exchange_class = {
    .name = "exchange",
    .instance_bytes = sizeof(exchange),
    .open = exchange_open,
    .process = exchange_process,
    .close = exchange_close,
};
