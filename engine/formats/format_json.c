/* JSON: objects with one member per column, or one bare value (ksqlDB reference, 5.5).
 * json_scan.c finds tokens, json_object.c members, json_decode.c values; json_encode.c writes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "base/limits.h"
#include "formats/formats_private.h"
#include "formats/json_decode.h"
#include "formats/json_encode.h"

/* --- decoder ---------------------------------------------------------------------------- */

typedef struct json_decoder {
    pw_decoder base;
    const pw_column *columns;
    uint32_t column_count;
    bool is_wrapped;
    bool *wanted;
    pw_json_shape *shape;     /* wrapped */
    const pw_json_node *node; /* bare */
    pw_slot *row;             /* the row being read; columns not wanted included */
} json_decoder;

static void report(json_decoder *decoder, uint32_t index, pw_str column, const char *reason) {
    if (decoder->base.fail) decoder->base.fail(decoder->base.fail_opaque, index, column, reason);
}

static void report_invalid(json_decoder *decoder, uint32_t index, pw_str payload,
                           const pw_json_scan *scan) {
    char reason[96];
    size_t offset = scan->bad ? (size_t)(scan->bad - payload.data) : 0;
    snprintf(reason, sizeof reason, "not valid JSON at byte %zu of %zu", offset, payload.length);
    report(decoder, index, PW_STR_EMPTY, reason);
}

static void report_unfit(json_decoder *decoder, uint32_t index, uint32_t bad_column,
                         const pw_json_why *why) {
    char reason[160];
    int at =
        snprintf(reason, sizeof reason, "cannot read %s as %s", why->found,
                 why->wanted == PW_TYPE_KIND_COUNT ? "a record" : pw_type_kind_text(why->wanted));
    PW_ASSERT(at > 0 && (size_t)at < sizeof reason);
    if (why->detail) snprintf(reason + at, sizeof reason - (size_t)at, ": %s", why->detail);
    pw_str column =
        bad_column < decoder->column_count ? decoder->columns[bad_column].name : PW_STR_EMPTY;
    report(decoder, index, column, reason);
}

/* The root value into decoder->row. */
static const char *read_root(json_decoder *decoder, pw_json_context *context, const char *at,
                             uint32_t *bad_column) {
    if (!decoder->is_wrapped) {
        *bad_column = 0;
        return pw_json_value_read(context, decoder->node, at, decoder->row);
    }
    if (*at == '{') {
        return pw_json_object_read(context, decoder->shape, at, decoder->row, bad_column);
    }
    if (*at != 'n') {
        context->why = (pw_json_why){.found = "this JSON value", .wanted = PW_TYPE_KIND_COUNT};
    }
    for (uint32_t i = 0; i < decoder->column_count; i++)
        decoder->row[i] = pw_slot_null();
    return pw_json_skip(&context->scan, at, 0);
}

static bool decode_payload(json_decoder *decoder, pw_arena *arena, uint32_t index, pw_str payload,
                           bool *is_null_row) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    pw_json_context context;
    context.scan = (pw_json_scan){.end = payload.data + payload.length, .bad = NULL};
    context.arena = arena;
    context.is_kept = decoder->is_wrapped || decoder->wanted[0];
    context.depth = 0;
    context.why.found = NULL;
    const char *at = payload.data;
    /* Jackson passes over a byte order mark. */
    if (payload.length >= 3 && memcmp(at, byte_order_mark, 3) == 0) at += 3;
    at = pw_json_space(&context.scan, at);
    uint32_t bad_column = UINT32_MAX;
    if (at == context.scan.end) {
        pw_json_bad(&context.scan, at);
        at = NULL;
    } else {
        *is_null_row = *at == 'n';
        at = read_root(decoder, &context, at, &bad_column);
    }
    if (at) at = pw_json_space(&context.scan, at);
    if (at == context.scan.end && !context.why.found) return true;
    if (at && at != context.scan.end) context.scan.bad = at; /* something behind the value */
    if (!at || at != context.scan.end)
        report_invalid(decoder, index, payload, &context.scan);
    else
        report_unfit(decoder, index, bad_column, &context.why);
    return false;
}

static void json_decode(pw_decoder *base, pw_arena *arena, const pw_str *payloads, uint32_t count,
                        const pw_vector *columns, uint32_t first_row, bool *ok) {
    json_decoder *decoder = (json_decoder *)base;
    for (uint32_t i = 0; i < count; i++) {
        bool is_null_row = payloads[i].data == NULL;
        if (is_null_row) {
            ok[i] = true;
            for (uint32_t c = 0; c < decoder->column_count; c++)
                decoder->row[c] = pw_slot_null();
        } else {
            ok[i] = decode_payload(decoder, arena, i, payloads[i], &is_null_row);
        }
        if (base->null_rows) base->null_rows[i] = is_null_row;
        if (!ok[i]) continue;
        for (uint32_t c = 0; c < decoder->column_count; c++) {
            if (decoder->wanted[c]) columns[c].slots[first_row + i] = decoder->row[c];
        }
    }
}

static pw_status json_decoder_open(pw_arena *arena, const pw_format_spec *spec, const bool *wanted,
                                   pw_decoder **out, pw_error *err) {
    (void)err;
    PW_ASSERT(spec->is_wrapped || spec->column_count == 1);
    json_decoder *decoder = PW_NEW(arena, json_decoder);
    decoder->base.decode = json_decode;
    decoder->columns = spec->columns;
    decoder->column_count = spec->column_count;
    decoder->is_wrapped = spec->is_wrapped;
    decoder->wanted = PW_NEW_ARRAY(arena, bool, spec->column_count + 1);
    for (uint32_t i = 0; i < spec->column_count; i++)
        decoder->wanted[i] = !wanted || wanted[i];
    decoder->row = PW_NEW_ARRAY(arena, pw_slot, spec->column_count + 1);
    if (spec->is_wrapped) {
        decoder->shape =
            pw_json_shape_new(arena, spec->columns, spec->column_count, decoder->wanted);
    } else {
        decoder->node = pw_json_node_new(arena, spec->columns[0].type);
    }
    *out = &decoder->base;
    return PW_OK;
}

/* --- encoder ---------------------------------------------------------------------------- */

typedef struct json_column {
    const pw_type *type;
    pw_str name; /* `{"NAME":` for the first, `,"NAME":` for the others; empty for a bare value */
    bool is_fixed;
} json_column;

typedef struct json_encoder {
    pw_encoder base;
    json_column *columns;
    uint32_t column_count;
    bool is_wrapped;
    size_t fixed_bytes; /* of a row: names, brackets and values of fixed size */
} json_encoder;

/* Each row begins with room for all of its fixed part, and each value of other size leaves that
 * much behind it, so that names and small values are written unchecked. */
static void encode_row(const json_encoder *encoder, const pw_vector *columns, uint32_t row,
                       pw_buf *out) {
    char *to = pw_buf_reserve(out, encoder->fixed_bytes);
    for (uint32_t i = 0; i < encoder->column_count; i++) {
        const json_column *column = &encoder->columns[i];
        const pw_slot *value = pw_at(columns[i], row);
        memcpy(to, column->name.data, column->name.length);
        to += column->name.length;
        if (value->is_null) {
            memcpy(to, "null", 4);
            to += 4;
        } else if (column->is_fixed) {
            to = pw_json_fixed_write(column->type, value, to);
        } else {
            out->length = (size_t)(to - out->data);
            pw_json_value_print(column->type, value, PW_JSON_AS_FORMAT, out);
            to = pw_buf_reserve(out, encoder->fixed_bytes);
        }
    }
    if (encoder->is_wrapped) {
        if (encoder->column_count == 0) *to++ = '{';
        *to++ = '}';
    }
    out->length = (size_t)(to - out->data);
}

static void json_encode(pw_encoder *base, const pw_vector *columns, const uint32_t *rows,
                        uint32_t row_count, pw_buf *out, pw_piece *pieces, bool *ok) {
    json_encoder *encoder = (json_encoder *)base;
    for (uint32_t i = 0; i < row_count; i++) {
        size_t start = out->length;
        bool is_null = !encoder->is_wrapped && pw_at(columns[0], rows[i])->is_null;
        if (!is_null) encode_row(encoder, columns, rows[i], out);
        pieces[i] = (pw_piece){.start = start, .length = out->length - start, .is_null = is_null};
        ok[i] = true;
    }
}

static pw_status json_encoder_open(pw_arena *arena, const pw_format_spec *spec, pw_encoder **out,
                                   pw_error *err) {
    (void)err;
    PW_ASSERT(spec->is_wrapped || spec->column_count == 1);
    json_encoder *encoder = PW_NEW(arena, json_encoder);
    encoder->base.encode = json_encode;
    encoder->is_wrapped = spec->is_wrapped;
    encoder->column_count = spec->column_count;
    encoder->columns = PW_NEW_ARRAY(arena, json_column, spec->column_count);
    encoder->fixed_bytes = 2;
    pw_buf name;
    pw_buf_init(&name);
    for (uint32_t i = 0; i < spec->column_count; i++) {
        json_column *column = &encoder->columns[i];
        column->type = spec->columns[i].type;
        column->is_fixed = pw_json_is_fixed(column->type);
        pw_buf_clear(&name);
        if (spec->is_wrapped) {
            pw_buf_add_char(&name, i ? ',' : '{');
            pw_json_text_print(spec->columns[i].name, &name);
            pw_buf_add_char(&name, ':');
        }
        column->name = pw_arena_str(arena, pw_buf_str(&name));
        encoder->fixed_bytes += column->name.length + PW_JSON_FIXED_BYTES;
    }
    pw_buf_deinit(&name);
    *out = &encoder->base;
    return PW_OK;
}

/* --- single values ----------------------------------------------------------------------- */

void pw_json_print(const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_json_value_print(type, value, PW_JSON_AS_FORMAT, out);
}

void pw_json_print_display(const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_json_value_print(type, value, PW_JSON_AS_DISPLAY, out);
}

bool pw_json_read(pw_arena *arena, const pw_type *type, pw_str text, pw_slot *out) {
    text = pw_arena_str(arena, text);
    pw_json_context context = {
        .scan = {.end = text.data + text.length}, .arena = arena, .is_kept = true};
    const char *at = pw_json_space(&context.scan, text.data);
    if (at == context.scan.end) return false;
    at = pw_json_value_read(&context, pw_json_node_new(arena, type), at, out);
    if (!at || context.why.found) return false;
    return pw_json_space(&context.scan, at) == context.scan.end;
}

/* --- the format --------------------------------------------------------------------------- */

static bool has_text_keys(const pw_type *type) {
    if (type->kind == PW_TYPE_MAP && type->key->kind != PW_TYPE_STRING) return false;
    if (type->element && !has_text_keys(type->element)) return false;
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (!has_text_keys(type->fields[i].type)) return false;
    }
    return true;
}

static bool json_can_hold(const pw_type *type, pw_side side, const char **why) {
    const char *reason = NULL;
    if (side == PW_SIDE_KEY && pw_type_has_map(type)) {
        reason = "Map keys, including types that contain maps, are not supported as they may lead "
                 "to unexpected behavior due to inconsistent serialization.";
    } else if (!has_text_keys(type)) {
        reason = "JSON only supports MAP types with STRING keys";
    }
    if (why && reason) *why = reason;
    return !reason;
}

const pw_format pw_format_json = {
    .name = "JSON",
    .can_be_key = true,
    .can_be_value = true,
    .can_hold_many_columns = true,
    .can_wrap = true,
    .can_unwrap = true,
    .can_hold = json_can_hold,
    .decoder_open = json_decoder_open,
    .encoder_open = json_encoder_open,
};
