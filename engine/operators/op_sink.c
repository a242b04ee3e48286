/* The end of a query: rows become records for the output topic and, for a table, rows of the
 * visible table. A windowed key is the key's bytes followed by the window's start, 8 bytes big
 * endian (Kafka's TimeWindowedSerializer). SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "operators/op.h"

typedef struct sink {
    pw_op op;
    pw_encoder *key_encoder;
    pw_encoder *value_encoder;
    uint32_t value_start; /* first value column of the batch */
    pw_table *table;
    /* Scratch of one batch. */
    pw_buf keys;
    pw_piece *key_pieces, *value_pieces;
    bool *key_ok, *value_ok;
    pw_batch *batch; /* being encoded, for error reports */
} sink;

static void on_encode_failure(void *opaque, uint32_t index, pw_str column, const char *reason) {
    sink *self = opaque;
    pw_batch_report(self->batch, self->batch->selection[index], PW_BAD_VALUE, column, reason);
}

static pw_status open_encoder(pw_op *op, pw_side side, const pw_source_format *format,
                              uint32_t first, uint32_t count, pw_encoder **out, pw_error *err) {
    pw_format_spec spec = {.name = format->name,
                           .side = side,
                           .delimiter = format->delimiter,
                           .is_wrapped = format->is_wrapped,
                           .columns = op->plan->schema.columns + first,
                           .column_count = count};
    PW_TRY(pw_format_find(format->name)->encoder_open(op->context->task_arena, &spec, out, err));
    (*out)->fail = on_encode_failure;
    (*out)->fail_opaque = op;
    return PW_OK;
}

static pw_status sink_open(pw_op *op, pw_error *err) {
    sink *self = (sink *)op;
    const pw_plan_sink *plan = op->plan->sink;
    pw_arena *arena = op->context->task_arena;
    uint32_t rows = PW_BATCH_ROWS_MAX;
    pw_buf_init(&self->keys);
    self->key_pieces = PW_NEW_ARRAY(arena, pw_piece, rows);
    self->value_pieces = PW_NEW_ARRAY(arena, pw_piece, rows);
    self->key_ok = PW_NEW_ARRAY(arena, bool, rows);
    self->value_ok = PW_NEW_ARRAY(arena, bool, rows);
    self->value_start = plan->key_count + (plan->is_windowed ? 2 : 0);
    PW_TRY(open_encoder(op, PW_SIDE_KEY, &plan->sink.key_format, 0, plan->key_count,
                        &self->key_encoder, err));
    PW_TRY(open_encoder(op, PW_SIDE_VALUE, &plan->sink.value_format, self->value_start,
                        op->plan->schema.column_count - self->value_start, &self->value_encoder,
                        err));
    if (plan->has_table)
        PW_TRY(pw_table_open(op->context->state, op->context->task, &self->table, err));
    return PW_OK;
}

/* No column, or one that is NULL, is no key at all, whatever its format would make of it. Of
 * several columns each may be NULL, as ksqlDB has it. */
static bool is_null_key(const sink *self, const pw_batch *batch, uint32_t row) {
    uint32_t count = self->op.plan->sink->key_count;
    return count == 0 || (count == 1 && pw_at(batch->columns[0], row)->is_null);
}

static void add_key(sink *self, const pw_batch *batch, uint32_t i, pw_outbox *outbox,
                    pw_outbox_record *record) {
    const pw_piece *piece = &self->key_pieces[i];
    const char *bytes = self->keys.data + piece->start;
    record->has_key = !piece->is_null && !is_null_key(self, batch, batch->selection[i]);
    record->key_start = outbox->bytes.length;
    record->key_length = 0;
    if (!record->has_key) return;
    record->key_hash = pw_murmur2(bytes, piece->length) & 0x7fffffffu;
    pw_buf_add(&outbox->bytes, bytes, piece->length);
    if (self->op.plan->sink->is_windowed) {
        uint32_t row = batch->selection[i];
        const pw_slot *start = pw_at(batch->columns[self->op.plan->sink->key_count], row);
        pw_buf_add_be64(&outbox->bytes, (uint64_t)start->i64);
    }
    record->key_length = outbox->bytes.length - record->key_start;
}

static const pw_headers *keep_headers(pw_outbox *outbox, const pw_headers *headers) {
    pw_header *items = PW_NEW_ARRAY(&outbox->headers_arena, pw_header, headers->count + 1);
    for (uint32_t i = 0; i < headers->count; i++) {
        items[i] = headers->items[i];
        items[i].name = pw_arena_str(&outbox->headers_arena, items[i].name);
        if (!items[i].is_null)
            items[i].value = pw_arena_str(&outbox->headers_arena, items[i].value);
    }
    pw_headers *copy = PW_NEW(&outbox->headers_arena, pw_headers);
    *copy = (pw_headers){items, headers->count};
    return copy;
}

/* The outgoing time: a column of the result if WITH (TIMESTAMP=...) said so. */
static int64_t outgoing_time(const sink *self, const pw_batch *batch, uint32_t row, bool *is_ok) {
    int32_t index = self->op.plan->sink->timestamp_index;
    *is_ok = true;
    if (index < 0) return batch->rowtime[row];
    const pw_slot *slot = pw_at(batch->columns[index], row);
    bool is_time = self->op.plan->types[index]->kind != PW_TYPE_STRING;
    *is_ok = is_time && !slot->is_null;
    if (!*is_ok && (batch->flags[row] & PW_ROW_TOMBSTONE)) {
        *is_ok = true;
        return batch->rowtime[row];
    }
    return slot->i64;
}

static void encode_batch(sink *self, pw_batch *batch, pw_outbox *outbox) {
    uint32_t count = batch->selected_count;
    pw_outbox_record *records = pw_outbox_reserve(outbox, count);
    self->batch = batch;
    pw_buf_clear(&self->keys);
    self->key_encoder->encode(self->key_encoder, batch->columns, batch->selection, count,
                              &self->keys, self->key_pieces, self->key_ok);
    self->value_encoder->encode(self->value_encoder, batch->columns + self->value_start,
                                batch->selection, count, &outbox->bytes, self->value_pieces,
                                self->value_ok);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = batch->selection[i];
        bool is_timed;
        int64_t time = outgoing_time(self, batch, row, &is_timed);
        if (!is_timed) {
            pw_batch_report(batch, row, PW_BAD_VALUE, self->op.plan->sink->sink.timestamp_column,
                            "the event time of the result cannot be read");
        }
        if (!self->key_ok[i] || !self->value_ok[i] || !is_timed) continue;
        if (batch->flags[row] & PW_ROW_EXPIRED) continue;
        pw_outbox_record *record = records++;
        outbox->count++;
        memset(record, 0, sizeof *record);
        add_key(self, batch, i, outbox, record);
        record->has_value =
            !(batch->flags[row] & PW_ROW_TOMBSTONE) && !self->value_pieces[i].is_null;
        record->value_start = self->value_pieces[i].start;
        record->value_length = self->value_pieces[i].length;
        record->timestamp_ms = time;
        if (batch->headers && batch->headers[row]) {
            record->headers = keep_headers(outbox, batch->headers[row]);
        }
    }
}

static pw_status sink_process(pw_op *op, uint32_t input, pw_batch *batch, pw_error *err) {
    (void)input;
    sink *self = (sink *)op;
    if (self->table) PW_TRY(pw_table_apply(self->table, batch, err));
    encode_batch(self, batch, op->context->outbox);
    PW_COUNT(op->counters.rows_out, batch->selected_count);
    return PW_OK;
}

static void sink_close(pw_op *op) {
    pw_buf_deinit(&((sink *)op)->keys);
}

const pw_op_class pw_op_sink_class = {
    .name = "sink",
    .instance_bytes = sizeof(sink),
    .open = sink_open,
    .process = sink_process,
    .close = sink_close,
};
