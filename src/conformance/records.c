/* Between the JSON of a case and the bytes of a topic. SPDX-License-Identifier: Apache-2.0 */
#include "conformance/world.h"
#include "types/base64.h"
#include "types/number_text.h"

/* --- to bytes --------------------------------------------------------------------------------- */

static const pw_column *first_column(const pw_source *source, pw_side side) {
    pw_column_kind kind = side == PW_SIDE_KEY ? PW_COLUMN_KEY : PW_COLUMN_VALUE;
    for (uint32_t i = 0; source && i < source->schema.column_count; i++) {
        if (source->schema.columns[i].kind == kind) return &source->schema.columns[i];
    }
    return NULL;
}

static void add_text(const pw_json *value, pw_buf *out) {
    bool is_plain = value->kind == PW_JSON_STRING || value->kind == PW_JSON_NUMBER;
    if (is_plain)
        pw_buf_add_str(out, value->text);
    else
        pw_json_tree_print(value, out);
}

static pw_status encode_kafka(const pw_column *column, const pw_json *value, pw_buf *out,
                              pw_error *err) {
    int64_t whole = 0;
    double real = 0;
    switch ((int)(column ? column->type->kind : PW_TYPE_STRING)) {
    case PW_TYPE_INTEGER:
        if (!pw_i32_parse(value->text, &whole)) break;
        pw_buf_add_be32(out, (uint32_t)whole);
        return PW_OK;
    case PW_TYPE_BIGINT:
        if (!pw_i64_parse(value->text, &whole)) break;
        pw_buf_add_be64(out, (uint64_t)whole);
        return PW_OK;
    case PW_TYPE_DOUBLE: {
        if (!pw_double_parse(value->text, &real)) break;
        uint64_t bits;
        memcpy(&bits, &real, sizeof bits);
        pw_buf_add_be64(out, bits);
        return PW_OK;
    }
    default: add_text(value, out); return PW_OK;
    }
    return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "an input is no number of KAFKA format: %.*s",
                   PW_STR_ARGS(value->text));
}

static pw_status encode_side(const pw_source *source, pw_side side, const pw_json *value,
                             pw_buf *out, pw_error *err) {
    if (!source) {
        add_text(value, out);
        return PW_OK;
    }
    pw_str format = side == PW_SIDE_KEY ? source->key_format.name : source->value_format.name;
    if (pw_str_equal(format, PW_STR("JSON"))) {
        pw_json_tree_print(value, out);
        return PW_OK;
    }
    if (pw_str_equal(format, PW_STR("KAFKA"))) {
        return encode_kafka(first_column(source, side), value, out, err);
    }
    if (pw_str_equal(format, PW_STR("DELIMITED"))) {
        add_text(value, out);
        return PW_OK;
    }
    return pw_fail(err, PW_UNSUPPORTED, PW_SPAN_NONE, "inputs of format %.*s are not supported yet",
                   PW_STR_ARGS(format));
}

static bool is_absent(const pw_json *value) {
    return !value || value->kind == PW_JSON_NULL;
}

static uint64_t bound(const pw_json *window, const char *name) {
    const pw_json *value = pw_json_member(window, pw_str_from(name));
    int64_t number = 0;
    return value && pw_str_to_i64(value->text, &number) ? (uint64_t)number : 0;
}

/* Time windows: 8 bytes of start; sessions: 8 of end, then 8 of start. */
static void add_window(const pw_json *window, pw_buf *out) {
    const pw_json *type = pw_json_member(window, PW_STR("type"));
    bool is_session = type && pw_str_equal_nocase(type->text, PW_STR("session"));
    if (is_session) pw_buf_add_be64(out, bound(window, "end"));
    pw_buf_add_be64(out, bound(window, "start"));
}

static const pw_headers *read_headers(pw_arena *arena, const pw_json *list) {
    if (is_absent(list) || list->count == 0) return NULL;
    pw_headers *headers = PW_NEW(arena, pw_headers);
    pw_header *items = PW_NEW_ARRAY(arena, pw_header, list->count);
    for (const pw_json *item = list->first; item; item = item->next) {
        pw_header *header = &items[headers->count++];
        const pw_json *name = pw_json_member(item, PW_STR("key"));
        const pw_json *value = pw_json_member(item, PW_STR("value"));
        header->name = name ? name->text : PW_STR_EMPTY;
        header->is_null = is_absent(value);
        if (header->is_null) continue;
        size_t length = 0;
        uint8_t *bytes = pw_arena_alloc(arena, pw_base64_data_length_max(value->text.length) + 1);
        if (pw_base64_decode(value->text, bytes, &length)) {
            header->value = (pw_str){(const char *)bytes, length};
        }
    }
    headers->items = items;
    return headers;
}

static bool is_none(const pw_source *source, pw_side side) {
    if (!source) return false;
    const pw_source_format *format =
        side == PW_SIDE_KEY ? &source->key_format : &source->value_format;
    return pw_str_equal(format->name, PW_STR("NONE"));
}

pw_status kept_record_encode(world *w, const pw_source *source, const pw_json *input,
                             kept_record *out, pw_error *err) {
    const pw_json *key = pw_json_member(input, PW_STR("key"));
    const pw_json *value = pw_json_member(input, PW_STR("value"));
    const pw_json *window = pw_json_member(input, PW_STR("window"));
    const pw_json *timestamp = pw_json_member(input, PW_STR("timestamp"));
    *out =
        (kept_record){.headers = read_headers(&w->arena, pw_json_member(input, PW_STR("headers")))};
    if (timestamp && !pw_str_to_i64(timestamp->text, &out->timestamp_ms)) out->timestamp_ms = 0;
    pw_buf bytes;
    pw_buf_init(&bytes);
    pw_status status = PW_OK;
    if (!is_absent(key) && !is_none(source, PW_SIDE_KEY)) {
        status = encode_side(source, PW_SIDE_KEY, key, &bytes, err);
        if (!is_absent(window)) add_window(window, &bytes);
        out->key = pw_arena_str(&w->arena, pw_buf_str(&bytes));
        pw_buf_clear(&bytes);
    }
    if (status == PW_OK && !is_absent(value) && !is_none(source, PW_SIDE_VALUE)) {
        status = encode_side(source, PW_SIDE_VALUE, value, &bytes, err);
        out->value = pw_arena_str(&w->arena, pw_buf_str(&bytes));
    }
    pw_buf_deinit(&bytes);
    return status;
}

/* --- to JSON ---------------------------------------------------------------------------------- */

static int64_t read_be(pw_str bytes) {
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.length; i++)
        number = number << 8 | (uint8_t)bytes.data[i];
    return bytes.length == 4 ? (int64_t)(int32_t)(uint32_t)number : (int64_t)number;
}

static void print_base64(pw_str bytes, pw_buf *out) {
    size_t length = pw_base64_text_length(bytes.length);
    pw_buf_add_char(out, '"');
    pw_base64_encode((const uint8_t *)bytes.data, bytes.length, pw_buf_reserve(out, length));
    out->length += length;
    pw_buf_add_char(out, '"');
}

static void print_kafka(const pw_column *column, pw_str bytes, pw_buf *out) {
    int64_t whole = read_be(bytes);
    double real;
    switch ((int)(column ? column->type->kind : PW_TYPE_STRING)) {
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: pw_buf_add_i64(out, whole); break;
    case PW_TYPE_DOUBLE:
        memcpy(&real, &whole, sizeof real);
        pw_double_print(real, out);
        break;
    default: pw_buf_add_json_string(out, bytes);
    }
}

static void print_side(const pw_source *source, pw_side side, pw_str bytes, pw_buf *out) {
    if (!bytes.data || is_none(source, side)) {
        pw_buf_add_literal(out, "null");
        return;
    }
    pw_str format = PW_STR("DELIMITED");
    if (source) format = side == PW_SIDE_KEY ? source->key_format.name : source->value_format.name;
    if (pw_str_equal(format, PW_STR("JSON")))
        pw_buf_add_str(out, bytes);
    else if (pw_str_equal(format, PW_STR("KAFKA")))
        print_kafka(first_column(source, side), bytes, out);
    else
        pw_buf_add_json_string(out, bytes);
}

/* Takes the window off the key and prints it. */
static pw_str print_window(const pw_source *source, pw_str key, pw_buf *out) {
    pw_window_kind kind = source ? source->window_kind : PW_WINDOW_NONE;
    size_t tail = kind == PW_WINDOW_SESSION ? 16 : 8;
    if (kind == PW_WINDOW_NONE || !key.data || key.length < tail) {
        pw_buf_add_literal(out, "null");
        return key;
    }
    int64_t start = read_be((pw_str){key.data + key.length - 8, 8});
    int64_t end = kind == PW_WINDOW_SESSION ? read_be((pw_str){key.data + key.length - 16, 8})
                                            : start + source->window_size_ms;
    pw_buf_format(out, "{\"start\":%lld,\"end\":%lld,\"type\":\"%s\"}", (long long)start,
                  (long long)end, kind == PW_WINDOW_SESSION ? "session" : "time");
    return (pw_str){key.data, key.length - tail};
}

void kept_record_print(const pw_source *source, const kept_record *record, pw_buf *out) {
    pw_buf_add_literal(out, "{\"window\":");
    pw_str key = print_window(source, record->key, out);
    pw_buf_add_literal(out, ",\"key\":");
    print_side(source, PW_SIDE_KEY, key, out);
    pw_buf_add_literal(out, ",\"value\":");
    print_side(source, PW_SIDE_VALUE, record->value, out);
    pw_buf_format(out, ",\"timestamp\":%lld,\"headers\":[", (long long)record->timestamp_ms);
    for (uint32_t i = 0; record->headers && i < record->headers->count; i++) {
        const pw_header *header = &record->headers->items[i];
        pw_buf_add_str(out, i ? PW_STR(",{\"key\":") : PW_STR("{\"key\":"));
        pw_buf_add_json_string(out, header->name);
        pw_buf_add_literal(out, ",\"value\":");
        if (header->is_null)
            pw_buf_add_literal(out, "null");
        else
            print_base64(header->value, out);
        pw_buf_add_char(out, '}');
    }
    pw_buf_add_literal(out, "]}");
}
