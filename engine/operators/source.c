/* SPDX-License-Identifier: Apache-2.0 */
#include "operators/source.h"

#include "base/assert.h"

struct pw_source_op {
    pw_op op; /* so that counters and emit work as for all others */
    const pw_plan_source *plan;
    uint32_t key_count, value_count, column_count; /* column_count: of the source's schema */
    uint32_t *key_index, *value_index;             /* columns of the schema on each side */
    pw_decoder *key_decoder,
        *value_decoder; /* NULL when nothing on that side is wanted or possible */
    pw_eval *timestamp;
    pw_record_failed_fn *on_failure;
    void *opaque;
    /* Scratch of one batch. */
    const pw_record *records;
    pw_str payloads[PW_BATCH_ROWS_MAX];
    bool ok[PW_BATCH_ROWS_MAX];
    bool is_fine[PW_BATCH_ROWS_MAX];
    bool null_rows[PW_BATCH_ROWS_MAX];
    pw_vector *side_columns;
};

static const pw_op_class source_class = {.name = "source"};

static void on_decode_failure(void *opaque, uint32_t index, pw_str column, const char *reason) {
    pw_source_op *self = opaque;
    if (self->on_failure) {
        self->on_failure(self->opaque, self->plan->source, &self->records[index], column, reason);
    }
}

/* A key is checked even when nobody reads it only if it is a table's: there it decides what the row
 * replaces. */
static pw_status open_decoder(pw_source_op *self, pw_side side, pw_error *err) {
    const pw_source *source = self->plan->source;
    pw_arena *arena = self->op.context->task_arena;
    uint32_t count = side == PW_SIDE_KEY ? self->key_count : self->value_count;
    const uint32_t *index = side == PW_SIDE_KEY ? self->key_index : self->value_index;
    const pw_source_format *format =
        side == PW_SIDE_KEY ? &source->key_format : &source->value_format;
    pw_column *columns = PW_NEW_ARRAY(arena, pw_column, count + 1);
    bool *wanted = PW_NEW_ARRAY(arena, bool, count + 1);
    bool is_any_wanted = false;
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = source->schema.columns[index[i]];
        wanted[i] = self->plan->wanted[index[i]];
        is_any_wanted |= wanted[i];
    }
    if (count == 0 || (side == PW_SIDE_KEY && !is_any_wanted)) return PW_OK;
    pw_format_spec spec = {.name = format->name,
                           .side = side,
                           .delimiter = format->delimiter,
                           .is_wrapped = format->is_wrapped,
                           .columns = columns,
                           .column_count = count};
    pw_decoder **decoder = side == PW_SIDE_KEY ? &self->key_decoder : &self->value_decoder;
    PW_TRY(pw_format_find(format->name)->decoder_open(arena, &spec, wanted, decoder, err));
    (*decoder)->fail = on_decode_failure;
    (*decoder)->fail_opaque = self;
    (*decoder)->null_rows = self->null_rows;
    return PW_OK;
}

pw_status pw_source_open(pw_op_context *context, const pw_plan_op *plan, pw_op *next,
                         pw_record_failed_fn *on_failure, void *opaque, pw_source_op **out,
                         pw_error *err) {
    PW_ASSERT(plan->kind == PW_PLAN_SOURCE);
    pw_source_op *self = PW_NEW(context->task_arena, pw_source_op);
    self->op.op_class = &source_class;
    self->op.plan = plan;
    self->op.context = context;
    self->op.next = next;
    self->plan = plan->source;
    self->on_failure = on_failure;
    self->opaque = opaque;
    const pw_schema *schema = &plan->source->source->schema;
    self->column_count = schema->column_count;
    self->key_index = PW_NEW_ARRAY(context->task_arena, uint32_t, schema->column_count + 1);
    self->value_index = PW_NEW_ARRAY(context->task_arena, uint32_t, schema->column_count + 1);
    self->side_columns = PW_NEW_ARRAY(context->task_arena, pw_vector, schema->column_count + 1);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (schema->columns[i].kind == PW_COLUMN_KEY) self->key_index[self->key_count++] = i;
        if (schema->columns[i].kind == PW_COLUMN_VALUE) self->value_index[self->value_count++] = i;
    }
    PW_TRY(open_decoder(self, PW_SIDE_KEY, err));
    PW_TRY(open_decoder(self, PW_SIDE_VALUE, err));
    if (plan->source->timestamp) {
        PW_TRY(pw_eval_open(context->task_arena, plan->source->timestamp, &self->timestamp, err));
    }
    *out = self;
    return PW_OK;
}

void pw_source_close(pw_source_op *self) {
    if (self && self->timestamp) pw_eval_close(self->timestamp);
}

bool pw_source_wants_headers(const pw_plan_op *plan) {
    (void)plan;
    return true; /* headers of the input go on to the output (ksqlDB copies them) */
}

const pw_op_counters *pw_source_counters(const pw_source_op *self) {
    return &self->op.counters;
}

/* --- one side --------------------------------------------------------------------------------- */

static void decode_side(pw_source_op *self, pw_side side, pw_batch *batch, uint32_t count) {
    pw_decoder *decoder = side == PW_SIDE_KEY ? self->key_decoder : self->value_decoder;
    if (!decoder) return;
    uint32_t column_count = side == PW_SIDE_KEY ? self->key_count : self->value_count;
    const uint32_t *index = side == PW_SIDE_KEY ? self->key_index : self->value_index;
    for (uint32_t c = 0; c < column_count; c++)
        self->side_columns[c] = batch->columns[index[c]];
    for (uint32_t i = 0; i < count; i++)
        self->ok[i] = true;
    decoder->decode(decoder, batch->arena, self->payloads, count, self->side_columns, 0, self->ok);
    uint8_t null_flag = side == PW_SIDE_KEY ? PW_ROW_NULL_KEY : PW_ROW_TOMBSTONE;
    for (uint32_t i = 0; i < count; i++) {
        self->is_fine[i] &= self->ok[i];
        if (self->null_rows[i]) batch->flags[i] |= null_flag; /* JSON has a null of its own */
    }
}

/* The key's bytes without the window's: 8 at the end for time windows, 16 for sessions (end,
 * start). */
static pw_str key_payload(pw_source_op *self, pw_batch *batch, uint32_t i) {
    const pw_record *record = &self->records[i];
    pw_str key = {record->key, record->key_length};
    const pw_source *source = self->plan->source;
    if (source->window_kind == PW_WINDOW_NONE) return key;
    pw_vector *pseudo = batch->columns + self->column_count;
    if (pseudo[PW_PSEUDO_WINDOWSTART].slots)
        pseudo[PW_PSEUDO_WINDOWSTART].slots[i] = pw_slot_null();
    if (pseudo[PW_PSEUDO_WINDOWEND].slots) pseudo[PW_PSEUDO_WINDOWEND].slots[i] = pw_slot_null();
    if (!key.data) return key;
    size_t tail = source->window_kind == PW_WINDOW_SESSION ? 16 : 8;
    if (key.length < tail) {
        on_decode_failure(self, i, PW_STR_EMPTY, "the key is too short for a windowed key");
        self->is_fine[i] = false;
        return key;
    }
    uint64_t bounds[2] = {0, 0};
    for (size_t b = 0; b < tail; b++) {
        bounds[b / 8] = bounds[b / 8] << 8 | (uint8_t)key.data[key.length - tail + b];
    }
    int64_t start = (int64_t)(tail == 16 ? bounds[1] : bounds[0]);
    int64_t end = tail == 16 ? (int64_t)bounds[0] : start + source->window_size_ms;
    if (pseudo[PW_PSEUDO_WINDOWSTART].slots) {
        pseudo[PW_PSEUDO_WINDOWSTART].slots[i] = pw_slot_i64(start);
    }
    if (pseudo[PW_PSEUDO_WINDOWEND].slots) pseudo[PW_PSEUDO_WINDOWEND].slots[i] = pw_slot_i64(end);
    key.length -= tail;
    return key;
}

/* --- headers ---------------------------------------------------------------------------------- */

static pw_slot all_headers(pw_arena *arena, const pw_headers *headers) {
    uint32_t count = headers ? headers->count : 0;
    pw_slot *items = pw_arena_alloc(arena, (count + 1) * sizeof *items);
    for (uint32_t i = 0; i < count; i++) {
        pw_slot *fields = pw_arena_alloc(arena, 2 * sizeof *fields);
        fields[0] = pw_slot_str(headers->items[i].name);
        fields[1] =
            headers->items[i].is_null ? pw_slot_null() : pw_slot_str(headers->items[i].value);
        items[i] = pw_slot_items(fields, 2);
    }
    return pw_slot_items(items, count);
}

static pw_slot last_header(const pw_headers *headers, pw_str name) {
    for (uint32_t i = headers ? headers->count : 0; i > 0; i--) {
        const pw_header *header = &headers->items[i - 1];
        if (!pw_str_equal(header->name, name)) continue;
        return header->is_null ? pw_slot_null() : pw_slot_str(header->value);
    }
    return pw_slot_null();
}

static void fill_headers(pw_source_op *self, pw_batch *batch, uint32_t count) {
    bool has_any = false;
    for (uint32_t i = 0; i < count; i++)
        has_any |= self->records[i].headers != NULL;
    if (has_any) {
        batch->headers = pw_arena_alloc(batch->arena, count * sizeof *batch->headers);
        for (uint32_t i = 0; i < count; i++)
            batch->headers[i] = self->records[i].headers;
    }
    const pw_schema *schema = &self->plan->source->schema;
    for (uint32_t c = 0; c < self->column_count; c++) {
        const pw_column *column = &schema->columns[c];
        if (!self->plan->wanted[c]) continue;
        for (uint32_t i = 0; column->kind == PW_COLUMN_HEADERS && i < count; i++) {
            batch->columns[c].slots[i] = all_headers(batch->arena, self->records[i].headers);
        }
        for (uint32_t i = 0; column->kind == PW_COLUMN_HEADER && i < count; i++) {
            batch->columns[c].slots[i] = last_header(self->records[i].headers, column->header_key);
        }
    }
}

/* --- times and pseudo columns ----------------------------------------------------------------- */

static void extract_times(pw_source_op *self, pw_batch *batch) {
    if (!self->timestamp) return;
    pw_vector times;
    pw_row_errors *errors = batch->errors;
    batch->errors = NULL; /* reported below, with the record */
    pw_eval_run(self->timestamp, batch, &times);
    batch->errors = errors;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        const pw_slot *slot = pw_at(times, row);
        bool is_null_record = (batch->flags[row] & PW_ROW_TOMBSTONE) != 0;
        if (!slot->is_null) {
            batch->rowtime[row] = slot->i64;
        } else if (!is_null_record) {
            on_decode_failure(self, row, self->plan->source->timestamp_column,
                              "the event time is NULL or cannot be read");
            continue;
        }
        batch->selection[kept++] = row;
    }
    batch->selected_count = kept;
}

static void fill_pseudo(pw_source_op *self, pw_batch *batch) {
    pw_vector *pseudo = batch->columns + self->column_count;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = batch->selection[i];
        if (pseudo[PW_PSEUDO_ROWTIME].slots) {
            pseudo[PW_PSEUDO_ROWTIME].slots[row] = pw_slot_i64(batch->rowtime[row]);
        }
        if (pseudo[PW_PSEUDO_ROWPARTITION].slots) {
            pseudo[PW_PSEUDO_ROWPARTITION].slots[row] = pw_slot_i64(batch->partition[row]);
        }
        if (pseudo[PW_PSEUDO_ROWOFFSET].slots) {
            pseudo[PW_PSEUDO_ROWOFFSET].slots[row] = pw_slot_i64(batch->offset[row]);
        }
    }
}

/* --- the batch -------------------------------------------------------------------------------- */

static pw_batch *new_batch(pw_source_op *self, uint32_t count) {
    uint32_t width = self->op.plan->schema.column_count;
    pw_batch *batch = pw_batch_new_frame(self->op.context->batch_arena, width, count);
    for (uint32_t c = 0; c < width; c++) {
        if (self->plan->wanted[c]) batch->columns[c] = pw_vector_new(batch->arena, count);
    }
    batch->row_count = count;
    batch->errors = self->op.context->errors;
    for (uint32_t i = 0; i < count; i++) {
        const pw_record *record = &self->records[i];
        batch->rowtime[i] = record->timestamp_ms;
        batch->partition[i] = record->partition;
        batch->offset[i] = record->offset;
        batch->flags[i] =
            (uint8_t)((record->value ? 0 : PW_ROW_TOMBSTONE) | (record->key ? 0 : PW_ROW_NULL_KEY));
        self->is_fine[i] = true;
    }
    return batch;
}

pw_batch *pw_source_decode(pw_source_op *self, const pw_record *records, uint32_t count) {
    PW_ASSERT(count <= PW_BATCH_ROWS_MAX);
    self->records = records;
    pw_batch *batch = new_batch(self, count);
    PW_COUNT(self->op.counters.rows_in, count);
    if (self->key_decoder || self->plan->source->window_kind != PW_WINDOW_NONE) {
        for (uint32_t i = 0; i < count; i++)
            self->payloads[i] = key_payload(self, batch, i);
        decode_side(self, PW_SIDE_KEY, batch, count);
    }
    if (self->value_decoder) {
        for (uint32_t i = 0; i < count; i++) {
            self->payloads[i] = (pw_str){records[i].value, records[i].value_length};
        }
        decode_side(self, PW_SIDE_VALUE, batch, count);
    }
    fill_headers(self, batch, count);
    bool is_table = self->plan->source->is_table;
    for (uint32_t i = 0; i < count; i++) {
        bool has_no_key = is_table && (batch->flags[i] & PW_ROW_NULL_KEY);
        if (has_no_key) PW_COUNT(self->op.counters.null_keys, 1);
        if (self->is_fine[i] && !has_no_key) batch->selection[batch->selected_count++] = i;
    }
    extract_times(self, batch);
    fill_pseudo(self, batch);
    return batch;
}

pw_status pw_source_push(pw_source_op *self, pw_batch *batch, pw_error *err) {
    return pw_op_emit(&self->op, batch, err);
}
