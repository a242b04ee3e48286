/* KAFKA: one bare column as Kafka's own serializers write it: big-endian integers and doubles,
 * text, bytes (ksqlDB reference, 5.7). Nothing is coerced: a wrong length is an error.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "formats/formats_private.h"

typedef struct kafka_decoder {
    pw_decoder base;
    pw_str name;
    pw_type_kind kind;
    bool is_wanted;
    bool is_empty; /* no column at all */
} kafka_decoder;

static uint64_t read_big_endian(pw_str payload) {
    uint64_t value = 0;
    for (size_t i = 0; i < payload.length; i++)
        value = value << 8 | (uint8_t)payload.data[i];
    return value;
}

/* Bytes of a value, or 0 if any length will do. */
static size_t fixed_length(pw_type_kind kind) {
    if (kind == PW_TYPE_INTEGER) return 4;
    return kind == PW_TYPE_BIGINT || kind == PW_TYPE_DOUBLE ? 8 : 0;
}

static bool check_length(const kafka_decoder *decoder, uint32_t index, pw_str payload) {
    size_t length = fixed_length(decoder->kind);
    if (length == 0 || payload.length == length) return true;
    char reason[96];
    snprintf(reason, sizeof reason, "%s takes %zu bytes, the payload has %zu",
             pw_type_kind_text(decoder->kind), length, payload.length);
    if (decoder->base.fail) {
        decoder->base.fail(decoder->base.fail_opaque, index, decoder->name, reason);
    }
    return false;
}

static pw_slot read_payload(pw_type_kind kind, pw_arena *arena, pw_str payload) {
    if (kind == PW_TYPE_BYTES) return pw_slot_str(payload);
    if (kind == PW_TYPE_STRING) return pw_slot_str(pw_format_text_repair(arena, payload));
    uint64_t bits = read_big_endian(payload);
    if (kind == PW_TYPE_INTEGER) return pw_slot_i64((int32_t)(uint32_t)bits);
    if (kind == PW_TYPE_BIGINT) return pw_slot_i64((int64_t)bits);
    double value;
    memcpy(&value, &bits, sizeof value);
    return pw_slot_f64(value);
}

static void kafka_decode(pw_decoder *base, pw_arena *arena, const pw_str *payloads, uint32_t count,
                         const pw_vector *columns, uint32_t first_row, bool *ok) {
    const kafka_decoder *decoder = (const kafka_decoder *)base;
    for (uint32_t i = 0; i < count; i++) {
        bool is_null = payloads[i].data == NULL;
        if (base->null_rows) base->null_rows[i] = is_null;
        ok[i] = is_null || decoder->is_empty || check_length(decoder, i, payloads[i]);
        if (!ok[i] || !decoder->is_wanted) continue;
        columns[0].slots[first_row + i] =
            is_null ? pw_slot_null() : read_payload(decoder->kind, arena, payloads[i]);
    }
}

static pw_status kafka_decoder_open(pw_arena *arena, const pw_format_spec *spec, const bool *wanted,
                                    pw_decoder **out, pw_error *err) {
    (void)err;
    PW_ASSERT(spec->column_count <= 1);
    kafka_decoder *decoder = PW_NEW(arena, kafka_decoder);
    decoder->base.decode = kafka_decode;
    decoder->is_empty = spec->column_count == 0;
    if (!decoder->is_empty) {
        decoder->name = spec->columns[0].name;
        decoder->kind = spec->columns[0].type->kind;
        decoder->is_wanted = !wanted || wanted[0];
    }
    *out = &decoder->base;
    return PW_OK;
}

typedef struct kafka_encoder {
    pw_encoder base;
    pw_type_kind kind;
    bool is_empty;
} kafka_encoder;

static void write_payload(pw_type_kind kind, const pw_slot *value, pw_buf *out) {
    uint64_t bits;
    switch (kind) {
    case PW_TYPE_INTEGER: pw_buf_add_be32(out, (uint32_t)(uint64_t)value->i64); return;
    case PW_TYPE_BIGINT: pw_buf_add_be64(out, (uint64_t)value->i64); return;
    case PW_TYPE_DOUBLE:
        memcpy(&bits, &value->f64, sizeof bits);
        pw_buf_add_be64(out, bits);
        return;
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES: pw_buf_add_str(out, pw_slot_as_str(value)); return;
    case PW_TYPE_NULL:
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_DECIMAL:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

static void kafka_encode(pw_encoder *base, const pw_vector *columns, const uint32_t *rows,
                         uint32_t row_count, pw_buf *out, pw_piece *pieces, bool *ok) {
    const kafka_encoder *encoder = (const kafka_encoder *)base;
    for (uint32_t i = 0; i < row_count; i++) {
        size_t start = out->length;
        const pw_slot *value = encoder->is_empty ? NULL : pw_at(columns[0], rows[i]);
        bool is_null = !value || value->is_null;
        if (!is_null) write_payload(encoder->kind, value, out);
        pieces[i] = (pw_piece){.start = start, .length = out->length - start, .is_null = is_null};
        ok[i] = true;
    }
}

static pw_status kafka_encoder_open(pw_arena *arena, const pw_format_spec *spec, pw_encoder **out,
                                    pw_error *err) {
    (void)err;
    PW_ASSERT(spec->column_count <= 1);
    kafka_encoder *encoder = PW_NEW(arena, kafka_encoder);
    encoder->base.encode = kafka_encode;
    encoder->is_empty = spec->column_count == 0;
    if (!encoder->is_empty) encoder->kind = spec->columns[0].type->kind;
    *out = &encoder->base;
    return PW_OK;
}

/* ksqlDB's reasons for the types that Kafka has no serializer for. */
static const char *const refusals[PW_TYPE_KIND_COUNT] = {
#define REFUSAL(name) [PW_TYPE_##name] = "The 'KAFKA' format does not support type '" #name "'"
    REFUSAL(NULL),      REFUSAL(BOOLEAN), REFUSAL(DECIMAL), REFUSAL(DATE),   REFUSAL(TIME),
    REFUSAL(TIMESTAMP), REFUSAL(ARRAY),   REFUSAL(MAP),     REFUSAL(STRUCT),
#undef REFUSAL
};

static bool kafka_can_hold(const pw_type *type, pw_side side, const char **why) {
    (void)side;
    const char *reason = refusals[type->kind];
    if (why && reason) *why = reason;
    return !reason;
}

const pw_format pw_format_kafka = {
    .name = "KAFKA",
    .can_be_key = true,
    .can_be_value = true,
    .can_unwrap = true,
    .can_hold = kafka_can_hold,
    .decoder_open = kafka_decoder_open,
    .encoder_open = kafka_encoder_open,
};
