/* SPDX-License-Identifier: Apache-2.0 */
#include "record_json.h"

#include "base/error.h"
#include "base/utf8.h"
#include "json_slice.h"

/* --- base64 ----------------------------------------------------------------------------------- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_print(const char *bytes, size_t length, pw_buf *out) {
    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)(unsigned char)bytes[i] << 16;
        if (i + 1 < length) group |= (uint32_t)(unsigned char)bytes[i + 1] << 8;
        if (i + 2 < length) group |= (uint32_t)(unsigned char)bytes[i + 2];
        pw_buf_add_char(out, base64_digits[group >> 18]);
        pw_buf_add_char(out, base64_digits[group >> 12 & 63]);
        pw_buf_add_char(out, i + 1 < length ? base64_digits[group >> 6 & 63] : '=');
        pw_buf_add_char(out, i + 2 < length ? base64_digits[group & 63] : '=');
    }
}

/* Decodes the tail of `buf` from `start` on in place. */
static bool base64_decode(pw_buf *buf, size_t start) {
    size_t length = buf->length - start, out = start;
    if (length % 4 != 0) return false;
    for (size_t i = start; i < start + length; i += 4) {
        uint32_t group = 0;
        int padding = 0;
        for (size_t j = 0; j < 4; j++) {
            char c = buf->data[i + j];
            const char *digit = c ? strchr(base64_digits, c) : NULL;
            bool is_padding = c == '=' && j >= 2 && i + 4 == start + length;
            if (is_padding)
                padding++;
            else if (!digit || padding)
                return false;
            group = group << 6 | (digit && !is_padding ? (uint32_t)(digit - base64_digits) : 0);
        }
        buf->data[out++] = (char)(group >> 16);
        if (padding < 2) buf->data[out++] = (char)(group >> 8 & 255);
        if (padding < 1) buf->data[out++] = (char)(group & 255);
    }
    buf->length = out;
    return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct line_state {
    pw_arena *arena;
    json_cursor cursor;
    pw_buf *bytes;
    record_line *out;
    pw_buf name;
    bool has_timestamp, is_key_given, is_value_given;
} line_state;

static pw_status fail_here(line_state *self, pw_error *err, const char *problem) {
    const char *text = self->cursor.problem ? self->cursor.problem : problem;
    uint32_t at = (uint32_t)json_offset(&self->cursor);
    return pw_fail(err, PW_BAD_DATA, (pw_span){at, at + 1}, "column %u: %s", at + 1, text);
}

/* A key or value: appended to `bytes`. */
static pw_status read_payload(line_state *self, bool is_base64, bool *has, size_t *at,
                              size_t *length, pw_error *err) {
    json_kind kind;
    pw_buf *bytes = self->bytes;
    *at = bytes->length;
    *has = true;
    if (!json_peek(&self->cursor, &kind)) return fail_here(self, err, "");
    bool is_read;
    if (kind == JSON_STRING)
        is_read = json_string(&self->cursor, bytes);
    else
        is_read = json_value(&self->cursor, NULL, bytes);
    if (!is_read) return fail_here(self, err, "");
    if (kind == JSON_NULL) {
        *has = false;
        bytes->length = *at;
    }
    if (is_base64 && (kind != JSON_STRING || !base64_decode(bytes, *at)))
        return fail_here(self, err, "this is no base64 text");
    *length = bytes->length - *at;
    return PW_OK;
}

static pw_status read_timestamp(line_state *self, pw_error *err) {
    json_kind kind;
    pw_str text;
    if (!json_peek(&self->cursor, &kind)) return fail_here(self, err, "");
    if (!json_value(&self->cursor, &text, NULL)) return fail_here(self, err, "");
    self->has_timestamp = true;
    self->out->timestamp_ms = 0;
    if (kind == JSON_NULL) return PW_OK;
    int64_t ms;
    if (kind != JSON_NUMBER || !pw_str_to_i64(text, &ms))
        return fail_here(self, err, "timestamp must be a whole number of milliseconds or null");
    self->out->timestamp_ms = ms > 0 ? ms : 0;
    return PW_OK;
}

static pw_status read_header_value(line_state *self, pw_header *header, pw_error *err) {
    bool has;
    size_t at, length;
    PW_TRY(read_payload(self, false, &has, &at, &length, err));
    pw_str value = {self->bytes->data + at, length};
    header->is_null = !has;
    header->value = has ? pw_arena_str(self->arena, value) : PW_STR_EMPTY;
    self->bytes->length = at;
    return PW_OK;
}

/* ["name", value] */
static pw_status read_header_pair(line_state *self, pw_header *header, pw_error *err) {
    json_cursor *cursor = &self->cursor;
    bool has_more;
    pw_buf_clear(&self->name);
    if (!json_enter(cursor, '[') || !json_next(cursor, ']', true, NULL, &has_more) || !has_more ||
        !json_string(cursor, &self->name) || !json_next(cursor, ']', false, NULL, &has_more) ||
        !has_more)
        return fail_here(self, err, "a header is [\"name\", value]");
    header->name = pw_arena_str(self->arena, pw_buf_str(&self->name));
    PW_TRY(read_header_value(self, header, err));
    if (!json_next(cursor, ']', false, NULL, &has_more) || has_more)
        return fail_here(self, err, "a header is [\"name\", value]");
    return PW_OK;
}

static void add_header(pw_arena *arena, pw_headers *headers, pw_header header) {
    uint32_t count = headers->count;
    bool is_full = (count & (count - 1)) == 0; /* room is a power of two */
    if (is_full) {
        pw_header *items = PW_NEW_ARRAY(arena, pw_header, count ? (size_t)count * 2 : 1);
        if (count) memcpy(items, headers->items, count * sizeof *items);
        headers->items = items;
    }
    pw_header *items = (pw_header *)(uintptr_t)headers->items;
    items[headers->count++] = header;
}

/* {"name": value, ...}, or [["name", value], ...] where a name comes twice. */
static pw_status read_headers(line_state *self, pw_error *err) {
    json_kind kind;
    json_cursor *cursor = &self->cursor;
    if (!json_peek(cursor, &kind)) return fail_here(self, err, "");
    if (kind == JSON_NULL) return json_value(cursor, NULL, NULL) ? PW_OK : fail_here(self, err, "");
    if (kind != JSON_OBJECT && kind != JSON_ARRAY)
        return fail_here(self, err, "headers must be an object or an array of pairs");
    pw_headers *headers = PW_NEW(self->arena, pw_headers);
    char closing = kind == JSON_OBJECT ? '}' : ']';
    if (!json_enter(cursor, kind == JSON_OBJECT ? '{' : '[')) return fail_here(self, err, "");
    for (bool is_first = true;; is_first = false) {
        bool has_more;
        pw_buf *name = kind == JSON_OBJECT ? &self->name : NULL;
        if (!json_next(cursor, closing, is_first, name, &has_more)) return fail_here(self, err, "");
        if (!has_more) break;
        pw_header header = {0};
        if (name) {
            header.name = pw_arena_str(self->arena, pw_buf_str(name));
            PW_TRY(read_header_value(self, &header, err));
        } else {
            PW_TRY(read_header_pair(self, &header, err));
        }
        add_header(self->arena, headers, header);
    }
    self->out->headers = headers->count ? headers : NULL;
    return PW_OK;
}

static pw_status read_member(line_state *self, pw_error *err) {
    record_line *out = self->out;
    pw_str name = pw_buf_str(&self->name);
    bool is_key64 = pw_str_equal(name, PW_STR("keyBase64"));
    bool is_value64 = pw_str_equal(name, PW_STR("valueBase64"));
    if (is_key64 || pw_str_equal(name, PW_STR("key"))) {
        self->is_key_given = true;
        return read_payload(self, is_key64, &out->has_key, &out->key_at, &out->key_length, err);
    }
    if (is_value64 || pw_str_equal(name, PW_STR("value"))) {
        self->is_value_given = true;
        return read_payload(self, is_value64, &out->has_value, &out->value_at, &out->value_length,
                            err);
    }
    if (pw_str_equal(name, PW_STR("timestamp"))) return read_timestamp(self, err);
    if (pw_str_equal(name, PW_STR("headers"))) return read_headers(self, err);
    static const char *const skipped[] = {"topic", "partition", "offset"};
    for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++) {
        if (!pw_str_equal(name, pw_str_from(skipped[i]))) continue;
        return json_value(&self->cursor, NULL, NULL) ? PW_OK : fail_here(self, err, "");
    }
    static const pw_str known[] = {{"key", 3}, {"value", 5}, {"timestamp", 9}, {"headers", 7}};
    pw_str nearest = pw_nearest(name, known, 4);
    uint32_t at = (uint32_t)json_offset(&self->cursor);
    pw_fail(err, PW_BAD_DATA, (pw_span){at, at + 1}, "a record has no member \"%.*s\"",
            PW_STR_ARGS(name));
    if (nearest.length)
        pw_error_hint(err, "did you mean \"%.*s\"?", PW_STR_ARGS(nearest));
    else
        pw_error_hint(err, "members are key, timestamp, value and headers; with --raw the whole "
                           "line is the value");
    return PW_BAD_DATA;
}

static pw_status read_line(line_state *self, pw_error *err) {
    json_cursor *cursor = &self->cursor;
    if (!json_enter(cursor, '{')) {
        pw_status status = fail_here(self, err, "");
        pw_error_hint(err,
                      "a line is {\"key\":...,\"timestamp\":...,\"value\":...}; with --raw the "
                      "whole line is the value");
        return status;
    }
    for (bool is_first = true;; is_first = false) {
        bool has_more;
        if (!json_next(cursor, '}', is_first, &self->name, &has_more))
            return fail_here(self, err, "");
        if (!has_more) break;
        PW_TRY(read_member(self, err));
    }
    if (!json_at_end(cursor)) return fail_here(self, err, "");
    if (self->is_value_given) return PW_OK;
    pw_fail(err, PW_BAD_DATA, PW_SPAN_NONE, "the record has no \"value\"");
    pw_error_hint(err, "\"value\":null makes a tombstone");
    return PW_BAD_DATA;
}

pw_status record_read(pw_arena *arena, pw_str line, int64_t now_ms, pw_buf *bytes, record_line *out,
                      pw_error *err) {
    *out = (record_line){.timestamp_ms = now_ms};
    line_state self = {.arena = arena, .bytes = bytes, .out = out};
    json_open(&self.cursor, line);
    pw_buf_init(&self.name);
    pw_status status = read_line(&self, err);
    pw_buf_deinit(&self.name);
    return status;
}

/* --- printing --------------------------------------------------------------------------------- */

/* Is it an object or array whose text would come back unchanged? */
static bool is_compact_json(pw_str text) {
    if (text.length < 2 || (text.data[0] != '{' && text.data[0] != '[')) return false;
    pw_buf compact;
    pw_buf_init(&compact);
    json_cursor cursor;
    json_open(&cursor, text);
    bool is_same = json_value(&cursor, NULL, &compact) && json_at_end(&cursor) &&
                   compact.length == text.length;
    pw_buf_deinit(&compact);
    return is_same;
}

/* "name":..., with a comma behind. */
static void print_payload(const char *name, const char *bytes, size_t length, pw_buf *out) {
    pw_str text = {bytes, length};
    if (!bytes) {
        pw_buf_format(out, "\"%s\":null,", name);
    } else if (is_compact_json(text)) {
        pw_buf_format(out, "\"%s\":", name);
        pw_buf_add_str(out, text);
        pw_buf_add_char(out, ',');
    } else if (pw_utf8_check(bytes, length) == length) {
        pw_buf_format(out, "\"%s\":", name);
        pw_buf_add_json_string(out, text);
        pw_buf_add_char(out, ',');
    } else {
        pw_buf_format(out, "\"%sBase64\":\"", name);
        base64_print(bytes, length, out);
        pw_buf_add_literal(out, "\",");
    }
}

static bool has_double_name(const pw_headers *headers) {
    for (uint32_t i = 0; i < headers->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (pw_str_equal(headers->items[i].name, headers->items[j].name)) return true;
    return false;
}

static void print_headers(const pw_headers *headers, pw_buf *out) {
    bool is_list = has_double_name(headers);
    pw_buf_add_literal(out, ",\"headers\":");
    pw_buf_add_char(out, is_list ? '[' : '{');
    for (uint32_t i = 0; i < headers->count; i++) {
        const pw_header *header = &headers->items[i];
        if (i > 0) pw_buf_add_char(out, ',');
        if (is_list) pw_buf_add_char(out, '[');
        pw_buf_add_json_string(out, header->name);
        pw_buf_add_char(out, is_list ? ',' : ':');
        if (header->is_null)
            pw_buf_add_literal(out, "null");
        else
            pw_buf_add_json_string(out, header->value);
        if (is_list) pw_buf_add_char(out, ']');
    }
    pw_buf_add_char(out, is_list ? ']' : '}');
}

void record_print(pw_str topic, const pw_record *record, pw_buf *out) {
    pw_buf_add_char(out, '{');
    print_payload("key", record->key, record->key_length, out);
    if (record->timestamp_ms >= 0)
        pw_buf_format(out, "\"timestamp\":%lld,", (long long)record->timestamp_ms);
    print_payload("value", record->value, record->value_length, out);
    pw_buf_add_literal(out, "\"topic\":");
    pw_buf_add_json_string(out, topic);
    pw_buf_format(out, ",\"partition\":%d,\"offset\":%lld", record->partition,
                  (long long)record->offset);
    if (record->headers && record->headers->count) print_headers(record->headers, out);
    pw_buf_add_literal(out, "}\n");
}

void record_print_text(const char *bytes, size_t length, pw_buf *out) {
    if (!bytes) {
        pw_buf_add_literal(out, "null");
        return;
    }
    for (size_t i = 0; i < length;) {
        size_t step = pw_utf8_length(bytes + i, length - i);
        unsigned char c = (unsigned char)bytes[i];
        if (step > 1 || (step == 1 && c >= 0x20 && c != 0x7f)) {
            pw_buf_add(out, bytes + i, step);
            i += step;
        } else {
            pw_buf_format(out, "\\x%02x", c);
            i++;
        }
    }
}
