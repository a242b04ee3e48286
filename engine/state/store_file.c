/* Rows of a store in the file, as seen through the task's read-only connection. What is read here
 * is always a committed cut; entries of later cuts are in memory and win. SPDX-License-Identifier:
 * Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"

enum {
    LOAD_ROWS_MAX = 200000,  /* read at open at most: a restart must not depend on state size */
    LOAD_SHARE_OF_CACHE = 4, /* ... and not more than this part of the cache for all stores */
    SQL_BYTES_MAX = 512,
};

pw_status pw_store_file_create(pw_store *store, pw_error *err) {
    pw_state *state = store->state;
    char sql[SQL_BYTES_MAX];
    snprintf(sql, sizeof sql,
             "CREATE TABLE IF NOT EXISTS pitwall_store_%u(task INTEGER NOT NULL, key BLOB NOT NULL,"
             " value BLOB NOT NULL, time_ms INTEGER, PRIMARY KEY(task, key)) WITHOUT ROWID;",
             store->index);
    size_t length = strlen(sql);
    if (store->store_class.has_time) {
        snprintf(sql + length, sizeof sql - length,
                 "CREATE INDEX IF NOT EXISTS pitwall_store_%u_time ON pitwall_store_%u"
                 "(task, time_ms) WHERE time_ms IS NOT NULL;",
                 store->index, store->index);
    }
    PW_TRY(pw_state_run_sql(state, pw_str_from(sql), err));

    pthread_mutex_lock(&state->mutex);
    pw_store_writer *writer = &state->store_writers[store->index];
    pw_status status = PW_OK;
    if (!writer->upsert) {
        snprintf(sql, sizeof sql,
                 "REPLACE INTO pitwall_store_%u(task, key, value, time_ms) VALUES(?1, ?2, ?3, ?4)",
                 store->index);
        status = pw_sqlite_prepare(state->writer, sql, &writer->upsert, err);
    }
    if (status == PW_OK && !writer->remove) {
        snprintf(sql, sizeof sql, "DELETE FROM pitwall_store_%u WHERE task = ?1 AND key = ?2",
                 store->index);
        status = pw_sqlite_prepare(state->writer, sql, &writer->remove, err);
    }
    pthread_mutex_unlock(&state->mutex);
    return status;
}

static pw_status fail_damaged(const pw_store *store, pw_error *err) {
    pw_fail(err, PW_CORRUPT, PW_SPAN_NONE, "%s is damaged: a row of store %u cannot be decoded",
            store->state->location, store->index);
    pw_error_hint(err,
                  "restore it from a copy, or delete it: it is then built anew from its topics");
    return PW_CORRUPT;
}

static pw_str column_bytes(sqlite3_stmt *statement, int column) {
    const char *bytes = sqlite3_column_blob(statement, column);
    return (pw_str){bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, column)};
}

/* A clean entry from a row; value in `column`, time behind it. */
static pw_status take_row(pw_store *store, pw_str key, uint64_t hash, sqlite3_stmt *statement,
                          int column, pw_node **out, pw_error *err) {
    pw_node *node = pw_nodes_insert(store, key, hash);
    if (!store->store_class.decode(store->store_class.opaque, node->entry.object,
                                   column_bytes(statement, column))) {
        /* The decoder left nothing to release. */
        node->entry.flags |= PW_ENTRY_DELETED;
        pw_nodes_free(store, node);
        return fail_damaged(store, err);
    }
    node->entry.flags |= PW_ENTRY_PERSISTED;
    if (sqlite3_column_type(statement, column + 1) != SQLITE_NULL) {
        node->entry.time_ms = sqlite3_column_int64(statement, column + 1);
    }
    if (store->store_class.has_time) pw_time_heap_update(&store->heap, node);
    pw_nodes_charge(store, node);
    *out = node;
    return PW_OK;
}

static pw_status prepare(pw_store *store, const char *format, sqlite3_stmt **statement,
                         pw_error *err) {
    sqlite3 *reader = NULL;
    PW_TRY(pw_state_reader(store->state, store->task, &reader, err));
    if (*statement) return PW_OK;
    pw_buf sql;
    pw_buf_init(&sql);
    for (const char *at = format; *at; at++) {
        if (*at == '#')
            pw_buf_format(&sql, "pitwall_store_%u", store->index);
        else
            pw_buf_add_char(&sql, *at);
    }
    pw_status status = pw_sqlite_prepare(reader, pw_buf_cstr(&sql), statement, err);
    pw_buf_deinit(&sql);
    if (status == PW_OK) sqlite3_bind_int64(*statement, 1, store->task);
    return status;
}

/* Ends a walk over rows: DONE is well, a failure of our own wins over SQLite's. */
static pw_status finish(sqlite3_stmt *statement, int rc, pw_status status, pw_error *err) {
    if (status == PW_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
        status = pw_sqlite_fail(sqlite3_db_handle(statement), rc, "read", err);
    }
    sqlite3_reset(statement);
    return status;
}

pw_status pw_store_file_find(pw_store *store, pw_str key, uint64_t hash, pw_node **out,
                             pw_error *err) {
    PW_TRY(prepare(store, "SELECT value, time_ms FROM # WHERE task = ?1 AND key = ?2",
                   &store->find_statement, err));
    sqlite3_stmt *statement = store->find_statement;
    sqlite3_bind_blob64(statement, 2, key.data ? key.data : "", key.length, SQLITE_STATIC);
    int rc = sqlite3_step(statement);
    pw_status status = PW_OK;
    if (rc == SQLITE_ROW) status = take_row(store, key, hash, statement, 0, out, err);
    return finish(statement, rc, status, err);
}

pw_status pw_store_file_load(pw_store *store, pw_error *err) {
    store->is_complete = store->state->is_memory;
    if (store->is_complete) return PW_OK;
    sqlite3_stmt *statement = NULL;
    PW_TRY(prepare(store, "SELECT key, value, time_ms FROM # WHERE task = ?1", &statement, err));
    const pw_state_spec *spec = &store->state->spec;
    int64_t byte_max = (int64_t)(spec->cache_bytes / LOAD_SHARE_OF_CACHE) /
                       ((int64_t)spec->task_count * spec->store_count);
    pw_status status = PW_OK;
    int rc = SQLITE_ROW;
    for (uint32_t row = 0; status == PW_OK; row++) {
        rc = sqlite3_step(statement);
        if (rc != SQLITE_ROW || row == LOAD_ROWS_MAX || store->charged_bytes > byte_max) break;
        pw_str key = column_bytes(statement, 0);
        pw_node *node = NULL;
        status =
            take_row(store, key, pw_hash_bytes(key.data, key.length), statement, 1, &node, err);
    }
    store->is_complete = rc == SQLITE_DONE;
    status = finish(statement, rc, status, err);
    sqlite3_finalize(statement);
    pw_state_reader_rest(store->state, store->task);
    return status;
}

/* Brings the row's entry into memory unless memory has its own idea of that key. *is_new tells. */
static pw_status take_scanned(pw_store *store, sqlite3_stmt *statement, bool *is_new,
                              pw_error *err) {
    pw_str key = column_bytes(statement, 0);
    uint64_t hash = pw_hash_bytes(key.data, key.length);
    *is_new = pw_nodes_lookup(store, key, hash) == NULL;
    if (!*is_new) return PW_OK;
    pw_node *node = NULL;
    PW_TRY(take_row(store, key, hash, statement, 1, &node, err));
    node->entry.flags |= PW_ENTRY_PASSING;
    return PW_OK;
}

pw_status pw_store_file_scan(pw_store *store, const pw_key_range *range, uint32_t row_max,
                             pw_buf *last_key, pw_error *err) {
    PW_TRY(prepare(store,
                   "SELECT key, value, time_ms FROM # WHERE task = ?1 AND key >= ?2 ORDER BY key",
                   &store->scan_statement, err));
    sqlite3_stmt *statement = store->scan_statement;
    sqlite3_bind_blob64(statement, 2, range->from.data ? range->from.data : "", range->from.length,
                        SQLITE_TRANSIENT);
    pw_buf_clear(last_key);
    pw_status status = PW_OK;
    int rc = SQLITE_DONE;
    uint32_t row_count = 0;
    while (status == PW_OK && row_count < row_max && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        pw_str key = column_bytes(statement, 0);
        if (!pw_str_starts_with(key, range->prefix)) break;
        if (!range->is_from_included && pw_str_equal(key, range->from)) continue;
        bool is_new = false;
        status = take_scanned(store, statement, &is_new, err);
        row_count++;
        if (row_count == row_max) {
            key = column_bytes(statement, 0);
            pw_buf_add_str(last_key, key);
        }
    }
    return finish(statement, rc, status, err);
}

pw_status pw_store_file_scan_expired(pw_store *store, int64_t before_ms, uint32_t row_max,
                                     pw_error *err) {
    PW_TRY(prepare(store,
                   "SELECT key, value, time_ms FROM # WHERE task = ?1 AND time_ms < ?2"
                   " ORDER BY time_ms",
                   &store->expired_statement, err));
    sqlite3_stmt *statement = store->expired_statement;
    sqlite3_bind_int64(statement, 2, before_ms);
    pw_status status = PW_OK;
    int rc = SQLITE_DONE;
    uint32_t new_count = 0;
    while (status == PW_OK && new_count < row_max && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        bool is_new = false;
        status = take_scanned(store, statement, &is_new, err);
        new_count += is_new;
    }
    return finish(statement, rc, status, err);
}

void pw_store_file_close(pw_store *store) {
    sqlite3_finalize(store->find_statement);
    sqlite3_finalize(store->scan_statement);
    sqlite3_finalize(store->expired_statement);
}
