/* INSERT INTO ... VALUES: the row is encoded as the target's topic has it and produced at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "session/session_private.h"

typedef struct insert {
    const pw_source *target;
    pw_slot *slots;
    int64_t rowtime_ms;
} insert;

static void keep_failure(void *opaque, uint32_t index, pw_str column, const char *reason) {
    (void)index;
    pw_fail(opaque, PW_INVALID, PW_SPAN_NONE, "%.*s cannot be written: %s", PW_STR_ARGS(column),
            reason);
}

/* One side of the record. */
static pw_status encode_side(script *s, const insert *row, pw_side side, pw_buf *out,
                             pw_piece *piece, pw_error *err) {
    const pw_source *target = row->target;
    const pw_source_format *format =
        side == PW_SIDE_KEY ? &target->key_format : &target->value_format;
    pw_column_kind kind = side == PW_SIDE_KEY ? PW_COLUMN_KEY : PW_COLUMN_VALUE;
    pw_column *columns = PW_NEW_ARRAY(&s->arena, pw_column, target->schema.column_count + 1);
    pw_vector *vectors = PW_NEW_ARRAY(&s->arena, pw_vector, target->schema.column_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < target->schema.column_count; i++) {
        if (target->schema.columns[i].kind != kind) continue;
        columns[count] = target->schema.columns[i];
        vectors[count++] = pw_vector_constant(&s->arena, row->slots[i]);
    }
    pw_format_spec spec = {.name = format->name,
                           .side = side,
                           .delimiter = format->delimiter,
                           .is_wrapped = format->is_wrapped,
                           .columns = columns,
                           .column_count = count};
    pw_encoder *encoder;
    PW_TRY(pw_format_find(format->name)->encoder_open(&s->arena, &spec, &encoder, err));
    encoder->fail = keep_failure;
    encoder->fail_opaque = err;
    uint32_t row_index = 0;
    bool is_ok = true;
    encoder->encode(encoder, vectors, &row_index, 1, out, piece, &is_ok);
    return is_ok ? PW_OK : PW_INVALID;
}

static pw_status produce(script *s, const insert *row, const pw_outgoing *template, pw_error *err) {
    pw_producer *producer;
    PW_TRY(pw_producer_open(s->p->broker, NULL, NULL, &producer, err));
    pw_outgoing record = *template;
    int32_t partitions;
    size_t sent = 0;
    pw_status status =
        pw_producer_topic(producer, row->target->topic, &record.topic, &partitions, err);
    if (status == PW_OK) status = pw_producer_send(producer, &record, 1, &sent, err);
    if (status == PW_OK) status = pw_producer_flush(producer, s->p->settings.start_timeout_ms, err);
    pw_producer_close(producer);
    return status;
}

static pw_status run_insert(script *s, action *a, pw_error *err) {
    const insert *row = a->opaque;
    pw_buf bytes;
    pw_buf_init(&bytes);
    pw_piece key, value;
    pw_status status = encode_side(s, row, PW_SIDE_KEY, &bytes, &key, err);
    if (status == PW_OK) status = encode_side(s, row, PW_SIDE_VALUE, &bytes, &value, err);
    if (status == PW_OK) status = session_broker(s->p, err);
    if (status == PW_OK) {
        int64_t time = row->rowtime_ms == INT64_MIN ? pw_clock_wall_ms() : row->rowtime_ms;
        pw_outgoing record = {.partition = -1,
                              .key = key.is_null ? NULL : bytes.data + key.start,
                              .key_length = key.length,
                              .value = value.is_null ? NULL : bytes.data + value.start,
                              .value_length = value.length,
                              .timestamp_ms = time};
        const session_drive *drive = s->p->drive;
        status = drive ? drive->insert(drive->opaque, row->target, &record, err)
                       : produce(s, row, &record, err);
    }
    pw_buf_deinit(&bytes);
    if (status == PW_OK)
        script_answer(s, "1 row inserted into %.*s", PW_STR_ARGS(row->target->name));
    return status;
}

pw_status stmt_insert_values(script *s, const pw_node *statement, pw_error *err) {
    insert *row = PW_NEW(&s->arena, insert);
    pw_plan_context context = session_plan_context(s->p, &s->arena);
    PW_TRY(pw_plan_insert_values(&context, statement, &row->target, &row->slots, &row->rowtime_ms,
                                 err));
    script_add(s, statement, run_insert)->opaque = row;
    return PW_OK;
}
