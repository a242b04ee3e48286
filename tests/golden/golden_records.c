/* Records as lines of text: "@time key | value", see README.md. SPDX-License-Identifier: Apache-2.0
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"
#include "golden.h"

enum { WINDOW_BYTES = 8, POLL_RECORDS = 256 };

/* --- text of bytes ---------------------------------------------------------------------------- */

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* \xNN, \n, \t, \\ and \e, which stands for nothing. */
static pw_str unescape(pw_arena *arena, pw_str text) {
    char *out = pw_arena_alloc(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '\\' || i + 1 == text.length) {
            out[length++] = text.data[i];
            continue;
        }
        char c = text.data[++i];
        if (c == 'x' && i + 2 < text.length) {
            out[length++] = (char)(hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]));
            i += 2;
        } else if (c != 'e') {
            out[length++] = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
    }
    out[length] = '\0';
    return (pw_str){out, length};
}

/* Of bytes that are no text none is shown as a letter. */
void golden_escape(pw_buf *out, const void *data, size_t length) {
    const char *bytes = data;
    bool is_text =
        pw_utf8_check(bytes, length) == length && (length == 0 || !memchr(bytes, 0, length));
    if (length == 0) pw_buf_add_literal(out, "\\e");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\\' && is_text)
            pw_buf_add_literal(out, "\\\\");
        else if (c < ' ' || c == 0x7f || !is_text)
            pw_buf_format(out, "\\x%02x", c);
        else
            pw_buf_add_char(out, (char)c);
    }
}

/* --- sending ---------------------------------------------------------------------------------- */

static bool parse_record(pw_arena *arena, pw_str line, pw_outgoing *out) {
    size_t bar = pw_str_find(line, PW_STR("|"));
    bool has_value = bar != SIZE_MAX;
    pw_str value = PW_STR_EMPTY;
    if (has_value) {
        value = pw_str_trim((pw_str){line.data + bar + 1, line.length - bar - 1});
        line.length = bar;
    }
    pw_str time = take_word(&line);
    *out = (pw_outgoing){.partition = -1};
    if (time.length < 2 || time.data[0] != '@') return false;
    if (!pw_str_to_i64((pw_str){time.data + 1, time.length - 1}, &out->timestamp_ms)) return false;
    if (line.length > 0) {
        pw_str key = unescape(arena, line);
        out->key = key.data;
        out->key_length = key.length;
    }
    if (has_value) {
        value = unescape(arena, value);
        out->value = value.data;
        out->value_length = value.length;
    }
    return true;
}

static pw_status parse_records(const golden_topics *topics, pw_str body, pw_outgoing **out,
                               size_t *count) {
    lines all = {.arena = topics->arena};
    lines_add_text(&all, body);
    *out = PW_NEW_ARRAY(topics->arena, pw_outgoing, all.count + 1);
    *count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].data[0] == '#') continue;
        if (!parse_record(topics->arena, all.items[i], *out + (*count)++)) {
            return pw_fail(topics->err, PW_INVALID, PW_SPAN_NONE, "not a record: %.*s",
                           PW_STR_ARGS(all.items[i]));
        }
    }
    return PW_OK;
}

static pw_status produce(pw_producer *producer, pw_str topic, pw_outgoing *records, size_t count,
                         pw_error *err) {
    pw_topic_handle *handle;
    int32_t partitions;
    PW_TRY(pw_producer_topic(producer, topic, &handle, &partitions, err));
    for (size_t i = 0; i < count; i++)
        records[i].topic = handle;
    for (size_t done = 0; done < count;) {
        size_t sent = 0;
        PW_TRY(pw_producer_send(producer, records + done, count - done, &sent, err));
        done += sent;
        if (sent == 0) pw_producer_poll(producer, 10);
    }
    return pw_producer_flush(producer, 10000, err);
}

pw_status golden_send(const golden_topics *topics, pw_str topic, pw_str body, size_t from,
                      size_t count, size_t *sent) {
    pw_outgoing *records;
    size_t all;
    PW_TRY(parse_records(topics, body, &records, &all));
    *sent = from < all ? all - from : 0;
    if (*sent > count) *sent = count;
    if (*sent == 0) return PW_OK;
    pw_producer *producer;
    PW_TRY(pw_producer_open(topics->broker, NULL, NULL, &producer, topics->err));
    pw_status status = produce(producer, topic, records + from, *sent, topics->err);
    pw_producer_close(producer);
    return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void print_key(pw_buf *out, const pw_record *record, bool is_windowed) {
    if (!is_windowed || record->key_length < WINDOW_BYTES) {
        golden_escape(out, record->key, record->key_length);
        return;
    }
    uint32_t length = record->key_length - WINDOW_BYTES;
    uint64_t start = 0;
    for (uint32_t i = length; i < record->key_length; i++)
        start = start << 8 | (uint8_t)record->key[i];
    golden_escape(out, record->key, length);
    pw_buf_format(out, "@%" PRId64, (int64_t)start);
}

static void print_record(const pw_record *record, bool is_windowed, lines *out) {
    pw_buf line;
    pw_buf_init(&line);
    pw_buf_format(&line, "@%" PRId64, record->timestamp_ms);
    if (record->key) {
        pw_buf_add_char(&line, ' ');
        print_key(&line, record, is_windowed);
    }
    if (record->value) {
        pw_buf_add_literal(&line, " | ");
        golden_escape(&line, record->value, record->value_length);
    }
    lines_add(out, pw_buf_str(&line));
    pw_buf_deinit(&line);
}

static pw_status read_partition(const golden_topics *topics, const pw_reader_spec *spec,
                                bool is_windowed, lines *out) {
    int64_t low, high;
    PW_TRY(
        pw_topic_offsets(topics->broker, spec->topic, spec->partition, &low, &high, topics->err));
    pw_reader *reader;
    PW_TRY(pw_reader_open(topics->broker, spec, &reader, topics->err));
    pw_status status = PW_OK;
    pw_record records[POLL_RECORDS];
    while (status == PW_OK && pw_reader_position(reader) < high) {
        uint32_t count;
        status = pw_reader_poll(reader, records, POLL_RECORDS, &count, topics->err);
        for (uint32_t i = 0; status == PW_OK && i < count; i++)
            print_record(&records[i], is_windowed, out);
    }
    pw_reader_close(reader);
    return status;
}

pw_status golden_read(const golden_topics *topics, pw_str topic, bool is_windowed, lines *out) {
    pw_topic_info info;
    PW_TRY(pw_topic_describe(topics->broker, topics->arena, topic, &info, topics->err));
    for (int32_t i = 0; i < info.partition_count; i++) {
        pw_reader_spec spec = {.topic = topic, .partition = i, .offset = PW_OFFSET_EARLIEST};
        PW_TRY(read_partition(topics, &spec, is_windowed, out));
    }
    return PW_OK;
}
