/* WHERE and HAVING over a table: a row that passes goes on; one that passed before and fails now is
 * deleted; one that never passed says nothing. Which keys have passed is kept in a store. (ksqlDB
 * reference, 2.11.) SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "operators/op.h"

typedef struct filter_table {
    pw_op op;
    pw_eval *eval;
    pw_store *store;
    uint32_t *key_columns; /* 0, 1, ... */
    pw_buf key;
} filter_table;

typedef struct passed {
    uint64_t is_passed;
} passed;

static void passed_init(void *opaque, void *object) {
    (void)opaque;
    ((passed *)object)->is_passed = 0;
}

static bool passed_decode(void *opaque, void *object, pw_str bytes) {
    (void)opaque;
    ((passed *)object)->is_passed = 1;
    return bytes.length == 0;
}

static void passed_encode(void *opaque, const void *object, pw_buf *out) {
    (void)opaque;
    (void)object;
    (void)out; /* that the key is there says it all */
}

static pw_status filter_table_open(pw_op *op, pw_error *err) {
    filter_table *self = (filter_table *)op;
    static const pw_store_class store_class = {.object_bytes = sizeof(passed),
                                               .init = passed_init,
                                               .decode = passed_decode,
                                               .encode = passed_encode};
    pw_buf_init(&self->key);
    self->key_columns = PW_NEW_ARRAY(op->context->task_arena, uint32_t, op->plan->key_count + 1);
    for (uint32_t i = 0; i < op->plan->key_count; i++)
        self->key_columns[i] = i;
    PW_TRY(pw_eval_open(op->context->task_arena, op->plan->program, &self->eval, err));
    return pw_store_open(op->context->state, (uint32_t)op->plan->store, op->context->task,
                         &store_class, &self->store, err);
}

/* Decides one row: true if it goes on; *becomes_tombstone if as a deletion. */
static pw_status decide(filter_table *self, const pw_batch *batch, uint32_t row, bool passes,
                        bool *goes_on, bool *becomes_tombstone, pw_error *err) {
    pw_buf_clear(&self->key);
    pw_key_encode(self->op.plan->types, batch->columns, self->key_columns, self->op.plan->key_count,
                  row, &self->key);
    pw_str key = pw_buf_str(&self->key);
    pw_store_entry *entry;
    PW_TRY(
        pw_store_find(self->store, key, pw_hash_bytes(key.data, key.length), passes, &entry, err));
    *becomes_tombstone = false;
    *goes_on = passes || entry;
    if (passes) {
        passed *object = entry->object;
        if (!object->is_passed) {
            object->is_passed = 1;
            pw_store_touch(self->store, entry);
        }
    } else if (entry) {
        *becomes_tombstone = true;
        pw_store_remove(self->store, entry);
    }
    return PW_OK;
}

static pw_status filter_table_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    filter_table *self = (filter_table *)op;
    pw_vector verdict;
    pw_eval_run(self->eval, batch, &verdict);
    uint8_t *flags = pw_arena_alloc(batch->arena, batch->row_count + 1);
    memcpy(flags, batch->flags, batch->row_count);
    batch->flags = flags;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        const pw_slot *slot = pw_at(verdict, row);
        bool passes = !(flags[row] & PW_ROW_TOMBSTONE) && !slot->is_null && slot->i64;
        bool goes_on, becomes_tombstone;
        PW_TRY(decide(self, batch, row, passes, &goes_on, &becomes_tombstone, err));
        if (becomes_tombstone) flags[row] |= PW_ROW_TOMBSTONE;
        if (goes_on) batch->selection[kept++] = row;
    }
    batch->selected_count = kept;
    return pw_op_emit(op, batch, err);
}

static void filter_table_trim(pw_op *op) {
    pw_store_trim(((filter_table *)op)->store);
}

static void filter_table_close(pw_op *op) {
    filter_table *self = (filter_table *)op;
    if (self->eval) pw_eval_close(self->eval);
    pw_buf_deinit(&self->key);
}

const pw_op_class pw_op_filter_table_class = {
    .name = "filter table",
    .instance_bytes = sizeof(filter_table),
    .open = filter_table_open,
    .process = filter_table_process,
    .trim = filter_table_trim,
    .close = filter_table_close,
};
