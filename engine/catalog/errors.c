/* The error table (errors.h): counters and a bounded buffer under one mutex that is held for
 * copying only; the file is written outside of it. SPDX-License-Identifier: Apache-2.0 */
#include "catalog/errors.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "base/sqlite_util.h"

enum {
    APPLICATION_ID = 0x70697465, /* "pite" */
    FORMAT_VERSION = 1,
    BUFFER_RECORDS_MAX = 4096,  /* between two flushes, i.e. commits */
    BUFFER_BYTES_MAX = 4 << 20, /* of them */
    REASON_BYTES_MAX = 1024,
};

typedef struct buffer {
    pw_arena arena;
    pw_error_record *records; /* BUFFER_RECORDS_MAX, allocated with the first */
    size_t count;
} buffer;

/* Per query. */
typedef struct counter {
    uint64_t count;
    bool has_last;
    pw_error_record last;
    pw_arena arena; /* of `last` */
    char query_id[];
} counter;

struct pw_errors {
    pthread_mutex_t mutex; /* counters and the buffer that is being filled */
    pw_hashmap counters;   /* query id -> counter */
    uint64_t count;
    uint64_t overflow_count;
    buffer buffers[2];
    int filling; /* which of them */

    pthread_mutex_t flush_mutex; /* the connection and the other buffer */
    sqlite3 *db;
    sqlite3_stmt *insert;
    sqlite3_stmt *trim;
};

/* --- opening --------------------------------------------------------------------------------- */

static const char setup_sql[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";

static const char schema_sql[] =
    "CREATE TABLE pitwall_errors(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " status TEXT NOT NULL, query TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER,"
    " \"offset\" INTEGER, \"column\" TEXT NOT NULL, reason TEXT NOT NULL, key BLOB, value BLOB);";

static pw_status open_file(pw_errors *errors, const char *path, pw_error *err) {
    PW_TRY(pw_sqlite_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                          &errors->db, err));
    PW_TRY(pw_sqlite_exec(errors->db, setup_sql, err));
    bool is_new = false;
    PW_TRY(pw_sqlite_check_format(errors->db, path, APPLICATION_ID, FORMAT_VERSION, &is_new, err));
    if (is_new) {
        char sql[128];
        snprintf(sql, sizeof sql, "BEGIN; PRAGMA application_id = %d; PRAGMA user_version = %d;",
                 APPLICATION_ID, FORMAT_VERSION);
        PW_TRY(pw_sqlite_exec(errors->db, sql, err));
        PW_TRY(pw_sqlite_exec(errors->db, schema_sql, err));
        PW_TRY(pw_sqlite_exec(errors->db, "COMMIT", err));
    }
    PW_TRY(pw_sqlite_prepare(errors->db,
                             "INSERT INTO pitwall_errors(at_ms, status, query, topic, partition,"
                             " \"offset\", \"column\", reason, key, value)"
                             " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                             &errors->insert, err));
    return pw_sqlite_prepare(
        errors->db,
        "DELETE FROM pitwall_errors WHERE id <= (SELECT max(id) FROM pitwall_errors) - ?1",
        &errors->trim, err);
}

static void close_file(pw_errors *errors) {
    sqlite3_finalize(errors->insert);
    sqlite3_finalize(errors->trim);
    sqlite3_close(errors->db);
    errors->insert = errors->trim = NULL;
    errors->db = NULL;
}

static void move_aside(const char *path) {
    static const char *const suffixes[] = {"-wal", "-shm"};
    pw_buf name;
    pw_buf_init(&name);
    pw_buf_format(&name, "%s.damaged", path);
    rename(path, pw_buf_cstr(&name));
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        pw_buf_clear(&name);
        pw_buf_format(&name, "%s%s", path, suffixes[i]);
        unlink(pw_buf_cstr(&name));
    }
    pw_buf_deinit(&name);
}

pw_status pw_errors_open(pw_str path, pw_errors **out, pw_error *err) {
    pw_errors *errors = pw_mem_zalloc(1, sizeof *errors);
    pthread_mutex_init(&errors->mutex, NULL);
    pthread_mutex_init(&errors->flush_mutex, NULL);
    pw_hashmap_init(&errors->counters);
    for (int i = 0; i < 2; i++)
        pw_arena_init(&errors->buffers[i].arena, 0);
    pw_buf name;
    pw_buf_init(&name);
    pw_buf_add_str(&name, path);
    pw_status status = open_file(errors, pw_buf_cstr(&name), err);
    if (status == PW_CORRUPT) {
        close_file(errors);
        move_aside(pw_buf_cstr(&name));
        status = open_file(errors, pw_buf_cstr(&name), err);
    }
    pw_buf_deinit(&name);
    if (status != PW_OK) {
        pw_errors_close(errors);
        return status;
    }
    *out = errors;
    return PW_OK;
}

static void free_counter(counter *of) {
    pw_arena_deinit(&of->arena);
    pw_mem_free(of);
}

void pw_errors_close(pw_errors *errors) {
    if (!errors) return;
    if (errors->trim) {
        pw_status status = pw_errors_flush(errors, NULL);
        (void)status; /* nobody is left to be told */
    }
    close_file(errors);
    for (size_t i = 0; i < errors->counters.entry_count; i++) {
        if (!errors->counters.entries[i].is_removed) {
            free_counter(errors->counters.entries[i].value);
        }
    }
    pw_hashmap_deinit(&errors->counters);
    for (int i = 0; i < 2; i++) {
        pw_mem_free(errors->buffers[i].records);
        pw_arena_deinit(&errors->buffers[i].arena);
    }
    pthread_mutex_destroy(&errors->mutex);
    pthread_mutex_destroy(&errors->flush_mutex);
    pw_mem_free(errors);
}

/* --- adding ---------------------------------------------------------------------------------- */

static counter *find_counter(pw_errors *errors, pw_str query_id) {
    counter *found = pw_hashmap_get(&errors->counters, query_id);
    if (found) return found;
    counter *made = pw_mem_zalloc(1, sizeof *made + query_id.length + 1);
    memcpy(made->query_id, query_id.data, query_id.length);
    pw_arena_init(&made->arena, 1024);
    pw_hashmap_put(&errors->counters, (pw_str){made->query_id, query_id.length}, made);
    return made;
}

static pw_str cut_bytes(pw_str bytes, size_t length_max) {
    if (bytes.length > length_max) bytes.length = length_max;
    return bytes;
}

/* NULL (no data) stays NULL. */
static pw_str copy_payload(pw_arena *arena, pw_str bytes) {
    if (!bytes.data) return (pw_str){NULL, 0};
    return pw_arena_str(arena, cut_bytes(bytes, PW_ERROR_RECORD_BYTES_MAX));
}

static void copy_record(pw_arena *arena, const pw_error_record *from, pw_error_record *to) {
    *to = *from;
    to->query_id = pw_arena_str(arena, from->query_id);
    to->topic = pw_arena_str(arena, from->topic);
    to->column = pw_arena_str(arena, from->column);
    to->reason = pw_arena_str(arena, cut_bytes(from->reason, REASON_BYTES_MAX));
    to->key = copy_payload(arena, from->key);
    to->value = copy_payload(arena, from->value);
}

void pw_errors_add(pw_errors *errors, const pw_error_record *record) {
    pthread_mutex_lock(&errors->mutex);
    counter *of = find_counter(errors, record->query_id);
    of->count++;
    errors->count++;
    buffer *into = &errors->buffers[errors->filling];
    if (into->count < BUFFER_RECORDS_MAX && into->arena.allocated_bytes < BUFFER_BYTES_MAX) {
        if (!into->records) {
            into->records = pw_mem_alloc(BUFFER_RECORDS_MAX * sizeof *into->records);
        }
        copy_record(&into->arena, record, &into->records[into->count++]);
        pw_arena_reset(&of->arena);
        copy_record(&of->arena, record, &of->last);
        of->has_last = true;
    } else {
        errors->overflow_count++;
    }
    pthread_mutex_unlock(&errors->mutex);
}

/* --- writing --------------------------------------------------------------------------------- */

static void bind_payload(sqlite3_stmt *statement, int index, pw_str bytes) {
    if (bytes.data)
        sqlite3_bind_blob64(statement, index, bytes.data, bytes.length, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, index);
}

static pw_status insert_record(pw_errors *errors, const pw_error_record *record, pw_error *err) {
    sqlite3_stmt *statement = errors->insert;
    sqlite3_bind_int64(statement, 1, record->at_ms);
    pw_sqlite_bind_str(statement, 2, pw_str_from(pw_status_name(record->status)));
    pw_sqlite_bind_str(statement, 3, record->query_id);
    pw_sqlite_bind_str(statement, 4, record->topic);
    if (record->partition < 0)
        sqlite3_bind_null(statement, 5);
    else
        sqlite3_bind_int(statement, 5, record->partition);
    if (record->offset < 0)
        sqlite3_bind_null(statement, 6);
    else
        sqlite3_bind_int64(statement, 6, record->offset);
    pw_sqlite_bind_str(statement, 7, record->column);
    pw_sqlite_bind_str(statement, 8, record->reason);
    bind_payload(statement, 9, record->key);
    bind_payload(statement, 10, record->value);
    return pw_sqlite_run(statement, err);
}

static pw_status write_buffer(pw_errors *errors, const buffer *from, pw_error *err) {
    PW_TRY(pw_sqlite_exec(errors->db, "BEGIN IMMEDIATE", err));
    pw_status status = PW_OK;
    for (size_t i = 0; i < from->count && status == PW_OK; i++) {
        status = insert_record(errors, &from->records[i], err);
    }
    if (status == PW_OK) {
        sqlite3_bind_int64(errors->trim, 1, PW_ERRORS_KEPT_MAX);
        status = pw_sqlite_run(errors->trim, err);
    }
    if (status == PW_OK) status = pw_sqlite_exec(errors->db, "COMMIT", err);
    if (status != PW_OK && !sqlite3_get_autocommit(errors->db)) {
        sqlite3_exec(errors->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

pw_status pw_errors_flush(pw_errors *errors, pw_error *err) {
    pthread_mutex_lock(&errors->flush_mutex);
    pthread_mutex_lock(&errors->mutex);
    buffer *from = &errors->buffers[errors->filling];
    if (from->count > 0) errors->filling = 1 - errors->filling;
    pthread_mutex_unlock(&errors->mutex);
    pw_status status = PW_OK;
    if (from->count > 0) {
        status = write_buffer(errors, from, err);
        pw_arena_reset(&from->arena);
        from->count = 0;
    }
    pthread_mutex_unlock(&errors->flush_mutex);
    return status;
}

/* --- asking ---------------------------------------------------------------------------------- */

uint64_t pw_errors_count(pw_errors *errors, pw_str query_id) {
    pthread_mutex_lock(&errors->mutex);
    const counter *of = pw_hashmap_get(&errors->counters, query_id);
    uint64_t count = query_id.length == 0 ? errors->count : of ? of->count : 0;
    pthread_mutex_unlock(&errors->mutex);
    return count;
}

uint64_t pw_errors_overflow_count(pw_errors *errors) {
    pthread_mutex_lock(&errors->mutex);
    uint64_t count = errors->overflow_count;
    pthread_mutex_unlock(&errors->mutex);
    return count;
}

bool pw_errors_last(pw_errors *errors, pw_arena *arena, pw_str query_id, pw_error_record *out) {
    pthread_mutex_lock(&errors->mutex);
    const counter *of = pw_hashmap_get(&errors->counters, query_id);
    bool has_last = of && of->has_last;
    if (has_last) copy_record(arena, &of->last, out);
    pthread_mutex_unlock(&errors->mutex);
    return has_last;
}

void pw_errors_forget(pw_errors *errors, pw_str query_id) {
    pthread_mutex_lock(&errors->mutex);
    counter *of = pw_hashmap_remove(&errors->counters, query_id);
    if (of) free_counter(of);
    pthread_mutex_unlock(&errors->mutex);
}
