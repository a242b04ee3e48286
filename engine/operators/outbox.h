/* What a sink has encoded and the task has not yet handed to the producer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_OPERATORS_OUTBOX_H
#define PW_OPERATORS_OUTBOX_H

#include "base/buf.h"
#include "types/batch.h"

typedef struct pw_outbox_record {
    size_t key_start, key_length;
    size_t value_start, value_length;
    int64_t timestamp_ms;
    uint32_t key_hash; /* murmur2 of the key without its window, positive: partition = key_hash %
                          count */
    bool has_key, has_value;
    const pw_headers *headers; /* in headers_arena */
} pw_outbox_record;

typedef struct pw_outbox {
    pw_buf bytes;
    pw_outbox_record *records;
    size_t count, capacity;
    size_t sent; /* records before this one are with the producer */
    pw_arena headers_arena;
} pw_outbox;

void pw_outbox_init(pw_outbox *outbox);
void pw_outbox_deinit(pw_outbox *outbox);
/* Forgets all records; for when all are sent. */
void pw_outbox_clear(pw_outbox *outbox);
/* Room for `count` more records behind outbox->count. */
pw_outbox_record *pw_outbox_reserve(pw_outbox *outbox, size_t count);

#endif
