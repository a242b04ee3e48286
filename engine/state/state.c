/* The file of a query: created or checked at open, locked against a second writer, and what it says
 * of offsets, stream times and the epoch. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "state/state_private.h"

enum {
    APPLICATION_ID = 0x70697477, /* "pitw" */
    FORMAT_VERSION = 1,
};

/* Measured (bench_state): 8 KiB pages commit sorted rows a tenth faster than 4 KiB ones and read a
 * single row nearly as fast; 16 MiB of page cache are within a tenth of 64, and there may be many
 * queries; a checkpoint after 32 MiB of log instead of 4 writes back once what several commits
 * changed. */
static const char setup_sql[] = "PRAGMA page_size = 8192;"
                                "PRAGMA journal_mode = WAL;"
                                "PRAGMA wal_autocheckpoint = 4096;"
                                "PRAGMA journal_size_limit = 67108864;"
                                "PRAGMA cache_size = -16384;"
                                "PRAGMA temp_store = MEMORY;"
                                "PRAGMA synchronous = NORMAL;";

static const char schema_sql[] =
    "CREATE TABLE pitwall_meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE pitwall_offsets(topic TEXT NOT NULL, partition INTEGER NOT NULL,"
    " offset_next INTEGER NOT NULL, PRIMARY KEY(topic, partition)) WITHOUT ROWID;"
    "CREATE TABLE pitwall_tasks(task INTEGER PRIMARY KEY, stream_time INTEGER NOT NULL);"
    "CREATE TABLE pitwall_outbox(position INTEGER PRIMARY KEY, epoch INTEGER NOT NULL,"
    " bytes BLOB NOT NULL);";

/* --- offsets and times ------------------------------------------------------------------------ */

int64_t *pw_state_offset_slot(pw_state *state, pw_str topic, int32_t partition, bool create) {
    pw_buf key;
    pw_buf_init(&key);
    pw_buf_add_str(&key, topic);
    pw_buf_add_char(&key, '\0');
    pw_buf_add_be32(&key, (uint32_t)partition);
    int64_t *slot = pw_hashmap_get(&state->offsets, pw_buf_str(&key));
    if (!slot && create) {
        slot = PW_NEW(&state->arena, int64_t);
        *slot = -1;
        pw_hashmap_put(&state->offsets, pw_arena_str(&state->arena, pw_buf_str(&key)), slot);
    }
    pw_buf_deinit(&key);
    return slot;
}

/* The mutex is the only thing that a reader changes in a state it does not own. */
static pthread_mutex_t *mutex_of(const pw_state *state) {
    return (pthread_mutex_t *)(uintptr_t)&state->mutex;
}

int64_t pw_state_offset(const pw_state *state, pw_str topic, int32_t partition) {
    pthread_mutex_lock(mutex_of(state));
    const int64_t *slot =
        pw_state_offset_slot((pw_state *)(uintptr_t)state, topic, partition, false);
    int64_t offset = slot ? *slot : -1;
    pthread_mutex_unlock(mutex_of(state));
    return offset;
}

int64_t pw_state_stream_time(const pw_state *state, uint32_t task) {
    PW_ASSERT(task < state->spec.task_count);
    pthread_mutex_lock(mutex_of(state));
    int64_t time_ms = state->stream_times[task];
    pthread_mutex_unlock(mutex_of(state));
    return time_ms;
}

uint64_t pw_state_epoch(const pw_state *state) {
    pthread_mutex_lock(mutex_of(state));
    uint64_t epoch = state->epoch;
    pthread_mutex_unlock(mutex_of(state));
    return epoch;
}

pw_str pw_state_location(const pw_state *state) {
    return pw_str_from(state->location);
}

pw_status pw_state_run_sql(pw_state *state, pw_str sql, pw_error *err) {
    pw_buf text;
    pw_buf_init(&text);
    pw_buf_add_str(&text, sql);
    pthread_mutex_lock(&state->mutex);
    pw_status status = pw_sqlite_exec(state->writer, pw_buf_cstr(&text), err);
    pthread_mutex_unlock(&state->mutex);
    pw_buf_deinit(&text);
    return status;
}

/* --- readers ---------------------------------------------------------------------------------- */

pw_status pw_state_reader(pw_state *state, uint32_t task, sqlite3 **out, pw_error *err) {
    pw_task_reader *reader = &state->readers[task];
    if (!reader->db) {
        int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
        if (!state->is_memory) flags &= ~SQLITE_OPEN_URI;
        PW_TRY(pw_sqlite_open(state->location, flags, &reader->db, err));
    }
    if (!reader->is_reading) {
        PW_TRY(pw_sqlite_exec(reader->db, "BEGIN", err));
        reader->is_reading = true;
    }
    *out = reader->db;
    return PW_OK;
}

void pw_state_reader_rest(pw_state *state, uint32_t task) {
    pw_task_reader *reader = &state->readers[task];
    if (!reader->is_reading) return;
    /* Ending a read transaction cannot fail in a way that matters: nothing was written. */
    sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
    reader->is_reading = false;
}

/* --- open ------------------------------------------------------------------------------------- */

static pw_status meta_put(pw_state *state, const char *key, pw_str value, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(pw_sqlite_prepare(state->writer, "REPLACE INTO pitwall_meta(key, value) VALUES(?1, ?2)",
                             &statement, err));
    pw_sqlite_bind_str(statement, 1, pw_str_from(key));
    pw_sqlite_bind_str(statement, 2, value);
    pw_status status = pw_sqlite_run(statement, err);
    sqlite3_finalize(statement);
    return status;
}

static pw_status create_schema(pw_state *state, pw_error *err) {
    char text[64];
    snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             APPLICATION_ID, FORMAT_VERSION);
    PW_TRY(pw_sqlite_exec(state->writer, text, err));
    PW_TRY(pw_sqlite_exec(state->writer, schema_sql, err));
    if (state->plan) PW_TRY(pw_sqlite_exec(state->writer, state->plan->create_sql, err));
    PW_TRY(meta_put(state, "query_id", state->spec.query_id, err));
    PW_TRY(meta_put(state, "fingerprint", state->spec.fingerprint, err));
    snprintf(text, sizeof text, "%lld", (long long)pw_clock_wall_ms());
    PW_TRY(meta_put(state, "created_ms", pw_str_from(text), err));
    return pw_sqlite_exec(state->writer, "INSERT INTO pitwall_meta(key, value) VALUES('epoch', 0)",
                          err);
}

static pw_status check_fingerprint(pw_state *state, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(pw_sqlite_prepare(state->writer,
                             "SELECT value FROM pitwall_meta WHERE key = 'fingerprint'", &statement,
                             err));
    int rc = sqlite3_step(statement);
    pw_status status = PW_OK;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        status = pw_sqlite_fail(state->writer, rc, "read", err);
    } else if (rc != SQLITE_ROW ||
               !pw_str_equal(pw_sqlite_column_str(statement, 0), state->spec.fingerprint)) {
        status = pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                         "%s holds the state of another query: the statement, a source's "
                         "columns or a topic's number of partitions has changed since",
                         state->location);
        pw_error_hint(err, "drop the old query first, delete the file (it is then built anew), or "
                           "give the new one a name of its own");
    }
    sqlite3_finalize(statement);
    return status;
}

/* In one transaction: a crash leaves either an empty file or a whole one. */
static pw_status check_or_create(pw_state *state, pw_error *err) {
    bool is_new = false;
    PW_TRY(pw_sqlite_check_format(state->writer, state->location, APPLICATION_ID, FORMAT_VERSION,
                                  &is_new, err));
    if (!is_new) PW_TRY(check_fingerprint(state, err));
    PW_TRY(pw_sqlite_exec(state->writer, "BEGIN IMMEDIATE", err));
    pw_status status = is_new ? create_schema(state, err) : PW_OK;
    if (status == PW_OK) status = meta_put(state, "statement", state->spec.statement, err);
    char pid[24];
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (status == PW_OK) status = meta_put(state, "writer_pid", pw_str_from(pid), err);
    if (status == PW_OK) status = pw_sqlite_exec(state->writer, "COMMIT", err);
    if (status != PW_OK) sqlite3_exec(state->writer, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static pw_status load_offsets(pw_state *state, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(pw_sqlite_prepare(state->writer,
                             "SELECT topic, partition, offset_next FROM pitwall_offsets",
                             &statement, err));
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        *pw_state_offset_slot(state, pw_sqlite_column_str(statement, 0),
                              sqlite3_column_int(statement, 1), true) =
            sqlite3_column_int64(statement, 2);
    }
    pw_status status = rc == SQLITE_DONE ? PW_OK : pw_sqlite_fail(state->writer, rc, "read", err);
    sqlite3_finalize(statement);
    return status;
}

static pw_status load_times(pw_state *state, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(pw_sqlite_prepare(state->writer, "SELECT task, stream_time FROM pitwall_tasks",
                             &statement, err));
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t task = sqlite3_column_int64(statement, 0);
        if (task < 0 || task >= state->spec.task_count) continue;
        state->stream_times[task] = sqlite3_column_int64(statement, 1);
    }
    pw_status status = rc == SQLITE_DONE ? PW_OK : pw_sqlite_fail(state->writer, rc, "read", err);
    sqlite3_finalize(statement);
    return status;
}

static pw_status load(pw_state *state, pw_error *err) {
    int64_t epoch = 0;
    PW_TRY(pw_sqlite_read_i64(state->writer, "SELECT value FROM pitwall_meta WHERE key = 'epoch'",
                              &epoch, err));
    state->epoch = (uint64_t)epoch;
    atomic_store(&state->committed_epoch, state->epoch);
    PW_TRY(load_offsets(state, err));
    return load_times(state, err);
}

static pw_status prepare_writers(pw_state *state, pw_error *err) {
    sqlite3 *db = state->writer;
    if (state->plan) {
        PW_TRY(pw_sqlite_prepare(db, state->plan->upsert_sql, &state->table_upsert, err));
        PW_TRY(pw_sqlite_prepare(db, state->plan->delete_sql, &state->table_delete, err));
    }
    PW_TRY(pw_sqlite_prepare(db, "REPLACE INTO pitwall_offsets VALUES(?1, ?2, ?3)",
                             &state->offset_write, err));
    PW_TRY(pw_sqlite_prepare(db, "REPLACE INTO pitwall_tasks VALUES(?1, ?2)", &state->time_write,
                             err));
    PW_TRY(pw_sqlite_prepare(db, "INSERT INTO pitwall_outbox(epoch, bytes) VALUES(?1, ?2)",
                             &state->outbox_write, err));
    return pw_sqlite_prepare(db, "UPDATE pitwall_meta SET value = ?1 WHERE key = 'epoch'",
                             &state->epoch_write, err);
}

static pw_status take_lock(pw_state *state, pw_error *err) {
    pw_str lock_path = pw_arena_format(&state->arena, "%s.lock", state->location);
    pw_str what = pw_arena_format(&state->arena, "state file %s", state->location);
    return pw_file_lock_take(lock_path, what.data, &state->lock, err);
}

static pw_status open_file(pw_state *state, pw_error *err) {
    if (!state->is_memory) PW_TRY(take_lock(state, err));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (state->is_memory) flags |= SQLITE_OPEN_URI;
    PW_TRY(pw_sqlite_open(state->location, flags, &state->writer, err));
    PW_TRY(pw_sqlite_exec(state->writer, setup_sql, err));
    if (state->spec.is_synchronous_full) {
        PW_TRY(pw_sqlite_exec(state->writer, "PRAGMA synchronous = FULL", err));
    }
    PW_TRY(check_or_create(state, err));
    PW_TRY(load(state, err));
    PW_TRY(prepare_writers(state, err));
    if (state->is_memory) return PW_OK;
    struct stat file;
    if (stat(state->location, &file) != 0) {
        return pw_fail_errno(err, errno, "open", pw_str_from(state->location));
    }
    state->device = file.st_dev;
    state->inode = file.st_ino;
    return PW_OK;
}

static void copy_spec(pw_state *state, const pw_state_spec *spec) {
    static _Atomic uint32_t memory_count;
    pw_arena *arena = &state->arena;
    state->spec = *spec;
    state->spec.query_id = pw_arena_str(arena, spec->query_id);
    state->spec.statement = pw_arena_str(arena, spec->statement);
    state->spec.fingerprint = pw_arena_str(arena, spec->fingerprint);
    state->spec.path = pw_arena_str(arena, spec->path);
    if (state->spec.cache_bytes == 0) state->spec.cache_bytes = PW_STATE_CACHE_BYTES_DEFAULT;
    state->is_memory = pw_str_equal(spec->path, PW_STR(":memory:"));
    state->location = pw_arena_cstr(arena, spec->path);
    if (state->is_memory) {
        pw_str uri = pw_arena_format(arena, "file:/pitwall_state_%u?vfs=memdb",
                                     atomic_fetch_add(&memory_count, 1));
        state->location = pw_arena_cstr(arena, uri);
    }
    state->stream_times = PW_NEW_ARRAY(arena, int64_t, spec->task_count);
    for (uint32_t i = 0; i < spec->task_count; i++)
        state->stream_times[i] = INT64_MIN;
    state->readers = PW_NEW_ARRAY(arena, pw_task_reader, spec->task_count);
    state->tables = PW_NEW_ARRAY(arena, pw_table *, spec->task_count);
    state->stores = PW_NEW_ARRAY(arena, pw_store *, (size_t)spec->task_count * spec->store_count);
    state->store_writers = PW_NEW_ARRAY(arena, pw_store_writer, spec->store_count);
}

pw_status pw_state_open(const pw_state_spec *spec, pw_state **out, pw_error *err) {
    PW_ASSERT(spec->task_count > 0 && spec->path.length > 0);
    pw_state *state = pw_mem_zalloc(1, sizeof *state);
    pw_arena_init(&state->arena, 0);
    pw_hashmap_init(&state->offsets);
    pthread_mutex_init(&state->mutex, NULL);
    copy_spec(state, spec);
    pw_status status = PW_OK;
    if (spec->table_name.length > 0) {
        status = pw_table_plan_make(&state->arena, spec->table_name, spec->table_schema,
                                    &state->plan, err);
    }
    if (status == PW_OK) status = open_file(state, err);
    if (status != PW_OK) {
        pw_state_close(state);
        return status;
    }
    *out = state;
    return PW_OK;
}

static void finalize_writers(pw_state *state) {
    for (uint32_t i = 0; i < state->spec.store_count; i++) {
        sqlite3_finalize(state->store_writers[i].upsert);
        sqlite3_finalize(state->store_writers[i].remove);
    }
    sqlite3_finalize(state->table_upsert);
    sqlite3_finalize(state->table_delete);
    sqlite3_finalize(state->offset_write);
    sqlite3_finalize(state->time_write);
    sqlite3_finalize(state->epoch_write);
    sqlite3_finalize(state->outbox_write);
}

void pw_state_close(pw_state *state) {
    if (!state) return;
    size_t store_count = (size_t)state->spec.store_count * state->spec.task_count;
    for (size_t i = 0; i < store_count; i++)
        pw_store_free(state->stores[i]);
    for (uint32_t i = 0; i < state->spec.task_count; i++) {
        pw_table_free(state->tables[i]);
        pw_state_reader_rest(state, i);
        int reader_rc = sqlite3_close(state->readers[i].db);
        PW_ASSERT(reader_rc == SQLITE_OK);
    }
    pw_cut_destroy(state->spare_cut);
    finalize_writers(state);
    int rc = sqlite3_close(state->writer);
    PW_ASSERT(rc == SQLITE_OK);
    pw_file_lock_give(state->lock);
    pw_hashmap_deinit(&state->offsets);
    pthread_mutex_destroy(&state->mutex);
    pw_arena_deinit(&state->arena);
    pw_mem_free(state);
}
