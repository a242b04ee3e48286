/* A record as one line of JSON: what `consume --output jsonl` prints and `produce` reads.
 *
 *   {"key":"hamilton","timestamp":1496588400000,"value":{"points":25.0},"headers":{}}
 *
 * A string stands for its characters, an object or array for its text without white space between
 * tokens, a number or boolean for its text, null for no key or no value (a tombstone). Bytes that
 * are no UTF-8 stand in "keyBase64" and "valueBase64". SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_RECORD_JSON_H
#define PW_SRC_RECORD_JSON_H

#include "kafka/broker.h"

/* A line read. The offsets are into `bytes`, which grows while further lines are read. */
typedef struct record_line {
    bool has_key;
    bool has_value;
    size_t key_at;
    size_t key_length;
    size_t value_at;
    size_t value_length;
    int64_t timestamp_ms;
    const pw_headers *headers; /* in the arena, or NULL */
} record_line;

/* Reads one line. timestamp: absent means now_ms; null means a time before 1970 that Kafka cannot
 * carry and is 0, as every negative number is. Errors: PW_BAD_DATA; err->at is the place in the
 * line. */
PW_MUST_USE pw_status record_read(pw_arena *arena, pw_str line, int64_t now_ms, pw_buf *bytes,
                                  record_line *out, pw_error *err);

/* Appends the line of `record`, with topic, partition and offset, which record_read skips. Reading
 * it back gives the same key, value, headers and timestamp, byte for byte. */
void record_print(pw_str topic, const pw_record *record, pw_buf *out);

/* For people: bytes as text, what cannot be shown as \xNN; null for none. */
void record_print_text(const char *bytes, size_t length, pw_buf *out);

#endif
