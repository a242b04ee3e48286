/* SPDX-License-Identifier: Apache-2.0 */
#include "operators/outbox.h"

#include "base/mem.h"

void pw_outbox_init(pw_outbox *outbox) {
    memset(outbox, 0, sizeof *outbox);
    pw_buf_init(&outbox->bytes);
    pw_arena_init(&outbox->headers_arena, 4096);
}

void pw_outbox_deinit(pw_outbox *outbox) {
    pw_buf_deinit(&outbox->bytes);
    pw_mem_free(outbox->records);
    pw_arena_deinit(&outbox->headers_arena);
    memset(outbox, 0, sizeof *outbox);
}

void pw_outbox_clear(pw_outbox *outbox) {
    pw_buf_clear(&outbox->bytes);
    outbox->count = outbox->sent = 0;
    if (outbox->headers_arena.block) pw_arena_reset(&outbox->headers_arena);
}

pw_outbox_record *pw_outbox_reserve(pw_outbox *outbox, size_t count) {
    if (outbox->capacity - outbox->count < count) {
        size_t capacity = outbox->capacity ? outbox->capacity : 1024;
        while (capacity - outbox->count < count)
            capacity *= 2;
        outbox->records = pw_mem_realloc(outbox->records, capacity * sizeof *outbox->records);
        outbox->capacity = capacity;
    }
    return outbox->records + outbox->count;
}
