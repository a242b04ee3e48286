/* A cut: everything that changed since the last one, copied in memory while the query stands still.
 *
 * Stores encode their dirty objects into the cut's logs; table parts swap theirs for empty ones.
 * The memory of the last cut is used again, because fresh pages would cost more than the copying.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"

void pw_row_log_deinit(pw_row_log *log) {
    pw_buf_deinit(&log->bytes);
    pw_mem_free(log->rows);
    memset(log, 0, sizeof *log);
}

void pw_row_log_clear(pw_row_log *log) {
    if (log->bytes.capacity > PW_CUT_BYTES_KEPT_MAX) pw_row_log_deinit(log);
    pw_buf_clear(&log->bytes);
    log->row_count = 0;
}

pw_cut_row *pw_row_log_add(pw_row_log *log) {
    if (log->row_count == log->row_capacity) {
        log->row_capacity = log->row_capacity ? log->row_capacity * 2 : 64;
        log->rows = pw_mem_realloc(log->rows, log->row_capacity * sizeof *log->rows);
    }
    return &log->rows[log->row_count++];
}

static pw_cut *new_cut(const pw_state *state) {
    pw_cut *cut = pw_mem_zalloc(1, sizeof *cut);
    pw_arena_init(&cut->arena, 0);
    cut->log_count = ((size_t)state->spec.store_count + 1) * state->spec.task_count;
    cut->logs = pw_mem_zalloc(cut->log_count, sizeof *cut->logs);
    return cut;
}

void pw_cut_destroy(pw_cut *cut) {
    if (!cut) return;
    for (size_t i = 0; i < cut->log_count; i++)
        pw_row_log_deinit(&cut->logs[i]);
    pw_mem_free(cut->logs);
    pw_mem_free(cut->outbox);
    pw_arena_deinit(&cut->arena);
    pw_mem_free(cut);
}

static void copy_progress(pw_cut *cut, const pw_cut_offset *offsets, size_t offset_count,
                          const int64_t *stream_times, uint32_t task_count) {
    cut->offsets = PW_NEW_ARRAY(&cut->arena, pw_cut_offset, offset_count);
    cut->offset_count = offset_count;
    for (size_t i = 0; i < offset_count; i++) {
        cut->offsets[i] = offsets[i];
        cut->offsets[i].topic = pw_arena_str(&cut->arena, offsets[i].topic);
    }
    cut->stream_time_count = stream_times ? task_count : 0;
    cut->stream_times = PW_NEW_ARRAY(&cut->arena, int64_t, cut->stream_time_count);
    for (uint32_t i = 0; i < cut->stream_time_count; i++)
        cut->stream_times[i] = stream_times[i];
}

pw_cut *pw_state_cut(pw_state *state, const pw_cut_offset *offsets, size_t offset_count,
                     const int64_t *stream_times, uint32_t task_count) {
    PW_ASSERT(!state->is_cut_open);
    PW_ASSERT(task_count <= state->spec.task_count);
    pw_cut *cut = state->spare_cut ? state->spare_cut : new_cut(state);
    state->spare_cut = NULL;
    state->is_cut_open = true;
    cut->epoch = atomic_load_explicit(&state->committed_epoch, memory_order_acquire) + 1;
    cut->row_count = 0;
    copy_progress(cut, offsets, offset_count, stream_times, task_count);
    size_t store_logs = (size_t)state->spec.store_count * state->spec.task_count;
    for (uint32_t task = 0; task < state->spec.task_count; task++) {
        pw_state_reader_rest(state, task);
        pw_table *table = state->tables[task];
        if (table) pw_table_cut(table, &cut->logs[store_logs + task]);
    }
    for (size_t i = 0; i < store_logs; i++) {
        if (state->stores[i]) pw_store_cut(state->stores[i], cut->epoch, &cut->logs[i]);
    }
    for (size_t i = 0; i < cut->log_count; i++)
        cut->row_count += cut->logs[i].row_count;
    return cut;
}

size_t pw_state_dirty_bytes(const pw_state *state, uint32_t task) {
    const pw_table *table = state->tables[task];
    size_t bytes = table ? pw_table_dirty_bytes(table) : 0;
    for (uint32_t index = 0; index < state->spec.store_count; index++) {
        const pw_store *store = state->stores[(size_t)index * state->spec.task_count + task];
        if (store) bytes += pw_store_dirty_bytes(store);
    }
    return bytes;
}

size_t pw_cut_row_count(const pw_cut *cut) {
    return cut->row_count;
}

void pw_cut_outbox_add(pw_cut *cut, pw_str piece) {
    if (cut->outbox_count == cut->outbox_capacity) {
        cut->outbox_capacity = cut->outbox_capacity ? cut->outbox_capacity * 2 : 16;
        cut->outbox = pw_mem_realloc(cut->outbox, cut->outbox_capacity * sizeof *cut->outbox);
    }
    cut->outbox[cut->outbox_count++] = pw_arena_str(&cut->arena, piece);
}

void pw_cut_free(pw_state *state, pw_cut *cut) {
    if (!cut) return;
    PW_ASSERT(state->is_cut_open);
    state->is_cut_open = false;
    for (size_t i = 0; i < cut->log_count; i++)
        pw_row_log_clear(&cut->logs[i]);
    pw_arena_reset(&cut->arena);
    cut->outbox_count = 0;
    cut->row_count = 0;
    state->spare_cut = cut;
}
