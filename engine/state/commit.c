/* The commit: a cut becomes one SQLite transaction, on the commit thread.
 *
 * Rows are written in key order: neighbours share pages, which measured twice as fast as the order
 * in which they changed. Nothing of the cut is used up, so a commit that failed can be tried again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"
#include "state/table_value.h"

enum { BIND_ARENA_RESET_ROWS = 256 };

/* What a row is sorted by; most keys differ in their first 8 bytes. */
typedef struct sort_item {
    uint64_t prefix;
    const pw_row_log *log;
    const pw_cut_row *row;
} sort_item;

static int compare_items(const void *a, const void *b) {
    const sort_item *x = a;
    const sort_item *y = b;
    if (x->prefix != y->prefix) return x->prefix < y->prefix ? -1 : 1;
    return pw_str_compare(pw_cut_row_key(x->log, x->row), pw_cut_row_key(y->log, y->row));
}

static uint64_t key_prefix(pw_str key) {
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++) {
        prefix = prefix << 8 | (i < key.length ? (uint8_t)key.data[i] : 0);
    }
    return prefix;
}

/* All rows of `log_count` logs by key; NULL for none. To be freed. */
static sort_item *sort_rows(const pw_row_log *logs, size_t log_count, size_t *row_count) {
    size_t count = 0;
    for (size_t i = 0; i < log_count; i++)
        count += logs[i].row_count;
    *row_count = count;
    if (count == 0) return NULL;
    sort_item *items = pw_mem_alloc(count * sizeof *items);
    size_t at = 0;
    for (size_t i = 0; i < log_count; i++) {
        for (size_t r = 0; r < logs[i].row_count; r++) {
            const pw_cut_row *row = &logs[i].rows[r];
            items[at++] = (sort_item){key_prefix(pw_cut_row_key(&logs[i], row)), &logs[i], row};
        }
    }
    qsort(items, count, sizeof *items, compare_items);
    return items;
}

static pw_status write_store_rows(const pw_store_writer *writer, uint32_t task,
                                  const sort_item *items, size_t count, pw_error *err) {
    for (size_t i = 0; i < count; i++) {
        const pw_cut_row *row = items[i].row;
        bool is_delete = row->value_length == PW_CUT_ROW_DELETED;
        sqlite3_stmt *statement = is_delete ? writer->remove : writer->upsert;
        pw_str key = pw_cut_row_key(items[i].log, row);
        sqlite3_bind_int64(statement, 1, task);
        sqlite3_bind_blob64(statement, 2, key.data, key.length, SQLITE_STATIC);
        if (!is_delete) {
            sqlite3_bind_blob64(statement, 3, key.data + key.length, row->value_length,
                                SQLITE_STATIC);
            if (row->time_ms == INT64_MAX)
                sqlite3_bind_null(statement, 4);
            else
                sqlite3_bind_int64(statement, 4, row->time_ms);
        }
        PW_TRY(pw_sqlite_run(statement, err));
    }
    return PW_OK;
}

static pw_status write_stores(pw_state *state, const pw_cut *cut, pw_error *err) {
    uint32_t task_count = state->spec.task_count;
    for (uint32_t index = 0; index < state->spec.store_count; index++) {
        for (uint32_t task = 0; task < task_count; task++) {
            size_t count = 0;
            sort_item *items = sort_rows(&cut->logs[(size_t)index * task_count + task], 1, &count);
            pw_status status =
                write_store_rows(&state->store_writers[index], task, items, count, err);
            pw_mem_free(items);
            if (status != PW_OK) return status;
        }
    }
    return PW_OK;
}

static pw_status bind_table_row(const pw_state *state, const sort_item *item, pw_slot *slots,
                                pw_table_binder *binder, sqlite3_stmt **out) {
    const pw_table_plan *plan = state->plan;
    pw_str value = pw_cut_row_value(item->log, item->row);
    if (item->row->value_length == PW_CUT_ROW_DELETED) {
        sqlite3_stmt *statement = state->table_delete;
        bool is_whole = pw_key_decode(&binder->arena, plan->key_types, plan->key_count,
                                      pw_cut_row_key(item->log, item->row), slots);
        PW_ASSERT(is_whole);
        for (uint32_t k = 0; k < plan->key_count; k++) {
            pw_table_value_bind(binder, statement, (int)k + 1, plan->key_types[k], &slots[k], true);
        }
        *out = statement;
        return PW_OK;
    }
    uint32_t column_count = plan->schema.column_count;
    bool is_whole = pw_row_decode_borrowed(&binder->arena, plan->types, column_count, value, slots);
    PW_ASSERT(is_whole);
    for (uint32_t c = 0; c < column_count; c++) {
        pw_table_value_bind(binder, state->table_upsert, (int)c + 1, plan->types[c], &slots[c],
                            plan->is_key[c]);
    }
    sqlite3_bind_int64(state->table_upsert, (int)column_count + 1, item->row->time_ms);
    *out = state->table_upsert;
    return PW_OK;
}

static pw_status write_table(pw_state *state, const pw_cut *cut, pw_error *err) {
    if (!state->plan) return PW_OK;
    size_t count = 0;
    sort_item *items =
        sort_rows(&cut->logs[(size_t)state->spec.store_count * state->spec.task_count],
                  state->spec.task_count, &count);
    pw_table_binder binder;
    pw_table_binder_init(&binder);
    pw_slot *slots = pw_mem_alloc((state->plan->schema.column_count + 1) * sizeof *slots);
    pw_status status = PW_OK;
    for (size_t i = 0; i < count && status == PW_OK; i++) {
        sqlite3_stmt *statement = NULL;
        status = bind_table_row(state, &items[i], slots, &binder, &statement);
        if (status == PW_OK) status = pw_sqlite_run(statement, err);
        if (i % BIND_ARENA_RESET_ROWS == 0) pw_table_binder_reset(&binder);
    }
    pw_mem_free(slots);
    pw_table_binder_deinit(&binder);
    pw_mem_free(items);
    return status;
}

static pw_status write_progress(pw_state *state, const pw_cut *cut, pw_error *err) {
    for (size_t i = 0; i < cut->offset_count; i++) {
        const pw_cut_offset *offset = &cut->offsets[i];
        const int64_t *known = pw_state_offset_slot(state, offset->topic, offset->partition, false);
        if (known && *known == offset->offset_next) continue;
        pw_sqlite_bind_str(state->offset_write, 1, offset->topic);
        sqlite3_bind_int64(state->offset_write, 2, offset->partition);
        sqlite3_bind_int64(state->offset_write, 3, offset->offset_next);
        PW_TRY(pw_sqlite_run(state->offset_write, err));
    }
    for (uint32_t task = 0; task < cut->stream_time_count; task++) {
        if (state->stream_times[task] == cut->stream_times[task]) continue;
        sqlite3_bind_int64(state->time_write, 1, task);
        sqlite3_bind_int64(state->time_write, 2, cut->stream_times[task]);
        PW_TRY(pw_sqlite_run(state->time_write, err));
    }
    for (size_t i = 0; i < cut->outbox_count; i++) {
        sqlite3_bind_int64(state->outbox_write, 1, (sqlite3_int64)cut->epoch);
        sqlite3_bind_blob64(state->outbox_write, 2, cut->outbox[i].data, cut->outbox[i].length,
                            SQLITE_STATIC);
        PW_TRY(pw_sqlite_run(state->outbox_write, err));
    }
    sqlite3_bind_int64(state->epoch_write, 1, (sqlite3_int64)cut->epoch);
    return pw_sqlite_run(state->epoch_write, err);
}

static bool changes_nothing(pw_state *state, const pw_cut *cut) {
    if (cut->row_count > 0 || cut->outbox_count > 0) return false;
    for (size_t i = 0; i < cut->offset_count; i++) {
        const pw_cut_offset *offset = &cut->offsets[i];
        const int64_t *known = pw_state_offset_slot(state, offset->topic, offset->partition, false);
        if (!known || *known != offset->offset_next) return false;
    }
    for (uint32_t task = 0; task < cut->stream_time_count; task++) {
        if (state->stream_times[task] != cut->stream_times[task]) return false;
    }
    return true;
}

/* SQLite would go on writing into a deleted file without a word. */
static pw_status check_file(const pw_state *state, pw_error *err) {
    if (state->is_memory) return PW_OK;
    struct stat file;
    if (stat(state->location, &file) == 0) {
        if (file.st_ino == state->inode && file.st_dev == state->device) return PW_OK;
    } else if (errno != ENOENT && errno != ENOTDIR) {
        return pw_fail_errno(err, errno, "write", pw_str_from(state->location));
    }
    pw_fail(err, PW_IO, PW_SPAN_NONE, "%s was deleted or replaced while in use", state->location);
    pw_error_hint(err, "put it back or start the query again: it is then built anew");
    return PW_IO;
}

static pw_status write_cut(pw_state *state, const pw_cut *cut, pw_error *err) {
    PW_TRY(check_file(state, err));
    PW_TRY(pw_sqlite_exec(state->writer, "BEGIN IMMEDIATE", err));
    pw_status status = write_stores(state, cut, err);
    if (status == PW_OK) status = write_table(state, cut, err);
    if (status == PW_OK) status = write_progress(state, cut, err);
    if (status == PW_OK) status = pw_sqlite_exec(state->writer, "COMMIT", err);
    if (status != PW_OK && !sqlite3_get_autocommit(state->writer)) {
        sqlite3_exec(state->writer, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

pw_status pw_state_commit(pw_state *state, pw_cut *cut, pw_error *err) {
    pthread_mutex_lock(&state->mutex);
    if (changes_nothing(state, cut)) {
        pthread_mutex_unlock(&state->mutex);
        return PW_OK;
    }
    PW_ASSERT(cut->epoch == state->epoch + 1);
    pw_status status = write_cut(state, cut, err);
    if (status == PW_OK) {
        for (size_t i = 0; i < cut->offset_count; i++) {
            const pw_cut_offset *offset = &cut->offsets[i];
            *pw_state_offset_slot(state, offset->topic, offset->partition, true) =
                offset->offset_next;
        }
        for (uint32_t task = 0; task < cut->stream_time_count; task++) {
            state->stream_times[task] = cut->stream_times[task];
        }
        state->epoch = cut->epoch;
        atomic_store_explicit(&state->committed_epoch, cut->epoch, memory_order_release);
    }
    pthread_mutex_unlock(&state->mutex);
    return status;
}

/* --- outbox ----------------------------------------------------------------------------------- */

pw_status pw_state_outbox_read(pw_state *state, pw_arena *arena, uint64_t *epoch, pw_str **pieces,
                               size_t *piece_count, pw_error *err) {
    pthread_mutex_lock(&state->mutex);
    int64_t count = 0;
    *piece_count = 0;
    sqlite3_stmt *statement = NULL;
    pw_status status =
        pw_sqlite_read_i64(state->writer, "SELECT count(*) FROM pitwall_outbox", &count, err);
    if (status == PW_OK) {
        status = pw_sqlite_prepare(state->writer,
                                   "SELECT epoch, bytes FROM pitwall_outbox ORDER BY position",
                                   &statement, err);
    }
    if (status == PW_OK) {
        *pieces = PW_NEW_ARRAY(arena, pw_str, (size_t)count);
        int rc;
        while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
            *epoch = (uint64_t)sqlite3_column_int64(statement, 0);
            pw_str bytes = {sqlite3_column_blob(statement, 1),
                            (size_t)sqlite3_column_bytes(statement, 1)};
            (*pieces)[(*piece_count)++] = pw_arena_str(arena, bytes);
        }
        if (rc != SQLITE_DONE) status = pw_sqlite_fail(state->writer, rc, "read", err);
    }
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&state->mutex);
    return status;
}

pw_status pw_state_outbox_clear(pw_state *state, pw_error *err) {
    return pw_state_run_sql(state, PW_STR("DELETE FROM pitwall_outbox"), err);
}
