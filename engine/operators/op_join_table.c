/* Stream-table join: input 1 keeps the table, input 0 looks its rows up. Only the stream's side
 * emits. (ksqlDB reference, 4.6.) SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "operators/op.h"

typedef struct table_row {
    pw_arena arena; /* holds the slots' texts and items */
    pw_slot *slots;
    int64_t rowtime_ms;
} table_row;

typedef struct join_table {
    pw_op op;
    const pw_plan_op *right; /* the table's side of the plan */
    uint32_t right_count;    /* columns kept of the table */
    uint32_t *kept;          /* which columns of the right batch: those somebody reads */
    const pw_type **kept_types;
    uint32_t left_count;
    pw_store *store;
    pw_buf key;
} join_table;

/* --- rows in the store ------------------------------------------------------------------------ */

static void row_init(void *opaque, void *object) {
    (void)opaque;
    table_row *row = object;
    memset(row, 0, sizeof *row);
    pw_arena_init(&row->arena, 256);
}

static void row_release(void *opaque, void *object) {
    (void)opaque;
    pw_arena_deinit(&((table_row *)object)->arena);
}

static void row_encode(void *opaque, const void *object, pw_buf *out) {
    const join_table *self = opaque;
    const table_row *row = object;
    pw_buf_add_be64(out, (uint64_t)row->rowtime_ms);
    pw_row_encode(self->kept_types, row->slots, self->right_count, out);
}

static bool row_decode(void *opaque, void *object, pw_str bytes) {
    const join_table *self = opaque;
    table_row *row = object;
    row_init(opaque, object);
    if (bytes.length < 8) return false;
    for (int i = 0; i < 8; i++)
        row->rowtime_ms = (int64_t)((uint64_t)row->rowtime_ms << 8 | (uint8_t)bytes.data[i]);
    row->slots = PW_NEW_ARRAY(&row->arena, pw_slot, self->right_count + 1);
    pw_str rest = {bytes.data + 8, bytes.length - 8};
    return pw_row_decode(&row->arena, self->kept_types, self->right_count, rest, row->slots);
}

static size_t row_extra_bytes(void *opaque, const void *object) {
    (void)opaque;
    return ((const table_row *)object)->arena.allocated_bytes + 64;
}

/* --- open ------------------------------------------------------------------------------------- */

/* The columns of the right side that were decoded at all. */
static const bool *wanted_of(const pw_plan_op *right) {
    while (right->kind == PW_PLAN_EXCHANGE || right->kind == PW_PLAN_FILTER_TABLE)
        right = right->inputs[0];
    return right->kind == PW_PLAN_SOURCE ? right->source->wanted : NULL;
}

static pw_status join_table_open(pw_op *op, pw_error *err) {
    join_table *self = (join_table *)op;
    pw_arena *arena = op->context->task_arena;
    self->right = op->plan->inputs[1];
    self->left_count = op->plan->inputs[0]->schema.column_count - 1;
    uint32_t count = self->right->schema.column_count;
    const bool *wanted = wanted_of(self->right);
    self->kept = PW_NEW_ARRAY(arena, uint32_t, count + 1);
    self->kept_types = PW_NEW_ARRAY(arena, const pw_type *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (wanted && !wanted[i]) continue;
        self->kept[self->right_count] = i;
        self->kept_types[self->right_count++] = self->right->types[i];
    }
    pw_buf_init(&self->key);
    pw_store_class store_class = {.object_bytes = sizeof(table_row),
                                  .init = row_init,
                                  .decode = row_decode,
                                  .encode = row_encode,
                                  .release = row_release,
                                  .extra_bytes = row_extra_bytes,
                                  .opaque = self};
    return pw_store_open(op->context->state, (uint32_t)op->plan->store, op->context->task,
                         &store_class, &self->store, err);
}

/* --- the table's side ------------------------------------------------------------------------- */

static pw_str key_of(join_table *self, const pw_type *type, pw_vector column, uint32_t row) {
    uint32_t index = 0;
    pw_buf_clear(&self->key);
    pw_key_encode(&type, &column, &index, 1, row, &self->key);
    return pw_buf_str(&self->key);
}

static pw_status keep_row(join_table *self, const pw_batch *batch, uint32_t row, pw_error *err) {
    uint32_t key_index = self->op.plan->join->right_key_index;
    if (pw_at(batch->columns[key_index], row)->is_null) {
        PW_COUNT(self->op.counters.null_keys, 1);
        return PW_OK;
    }
    bool is_delete = (batch->flags[row] & PW_ROW_TOMBSTONE) != 0;
    pw_str key = key_of(self, self->right->types[key_index], batch->columns[key_index], row);
    pw_store_entry *entry;
    PW_TRY(pw_store_find(self->store, key, pw_hash_bytes(key.data, key.length), !is_delete, &entry,
                         err));
    if (!entry) return PW_OK;
    if (is_delete) {
        pw_store_remove(self->store, entry);
        return PW_OK;
    }
    table_row *kept = entry->object;
    pw_arena_deinit(&kept->arena);
    kept->slots = PW_NEW_ARRAY(&kept->arena, pw_slot, self->right_count + 1);
    for (uint32_t i = 0; i < self->right_count; i++) {
        kept->slots[i] = pw_slot_copy(&kept->arena, self->kept_types[i],
                                      pw_at(batch->columns[self->kept[i]], row));
    }
    kept->rowtime_ms = batch->rowtime[row];
    pw_store_touch(self->store, entry);
    return PW_OK;
}

/* --- the stream's side ------------------------------------------------------------------------ */

static void start_output(join_table *self, const pw_batch *batch, pw_batch *result) {
    *result = *batch;
    uint32_t count = self->op.plan->schema.column_count;
    result->column_count = count;
    result->columns = pw_arena_calloc(batch->arena, count + 1, sizeof(pw_vector));
    memcpy(result->columns, batch->columns + 1, self->left_count * sizeof(pw_vector));
    for (uint32_t i = 0; i < self->right_count; i++) {
        result->columns[self->left_count + self->kept[i]] =
            pw_vector_new(batch->arena, batch->row_count);
    }
    result->selection = pw_arena_alloc(batch->arena, (batch->row_count + 1) * sizeof(uint32_t));
    result->selected_count = 0;
}

static pw_status look_up(join_table *self, pw_batch *batch, pw_error *err) {
    const pw_type *key_type = self->op.plan->inputs[0]->types[0];
    bool is_left = self->op.plan->join->kind == PW_JOIN_LEFT;
    pw_batch *result = pw_arena_alloc(batch->arena, sizeof *result);
    start_output(self, batch, result);
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        if (batch->flags[row] & PW_ROW_TOMBSTONE) continue;
        pw_store_entry *entry =
            NULL; /* a NULL key has no partner; LEFT emits its row all the same */
        if (!pw_at(batch->columns[0], row)->is_null) {
            pw_str key = key_of(self, key_type, batch->columns[0], row);
            PW_TRY(pw_store_find(self->store, key, pw_hash_bytes(key.data, key.length), false,
                                 &entry, err));
        }
        PW_COUNT(self->op.counters.misses, !entry);
        if (!entry && !is_left) continue;
        const table_row *found = entry ? entry->object : NULL;
        for (uint32_t c = 0; c < self->right_count; c++) {
            pw_slot *slots = result->columns[self->left_count + self->kept[c]].slots;
            slots[row] = found ? found->slots[c] : pw_slot_null();
        }
        result->selection[result->selected_count++] = row;
    }
    return pw_op_emit(&self->op, result, err);
}

static pw_status join_table_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    join_table *self = (join_table *)op;
    if (input == 0) return look_up(self, batch, err);
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        PW_TRY(keep_row(self, batch, batch->selection[i], err));
    }
    return PW_OK;
}

static void join_table_trim(pw_op *op) {
    pw_store_trim(((join_table *)op)->store);
}

static void join_table_close(pw_op *op) {
    pw_buf_deinit(&((join_table *)op)->key);
}

const pw_op_class pw_op_join_table_class = {
    .name = "join table",
    .instance_bytes = sizeof(join_table),
    .open = join_table_open,
    .process = join_table_process,
    .trim = join_table_trim,
    .close = join_table_close,
};
