/* SQLite for the embedded broker: connections, statements, transactions, and its errors as ours.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static pw_status status_of(sqlite3 *db, int code) {
    switch (code & 0xff) {
    case SQLITE_FULL: return PW_DISK_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return PW_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return PW_CORRUPT;
    case SQLITE_NOMEM: return PW_MEMORY;
    case SQLITE_IOERR:
        /* SQLite says SQLITE_FULL only for the main writes, not for the shared memory file. */
        return sqlite3_system_errno(db) == ENOSPC ? PW_DISK_FULL : PW_IO;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return PW_IO;
    default: return PW_INTERNAL;
    }
}

static const char *hint_of(pw_status status) {
    if (status == PW_DISK_FULL) return "free space on that device";
    if (status == PW_BUSY) return "another process has been writing to it all the time";
    if (status == PW_CORRUPT) return "restore the file from a copy, or delete it with its topics";
    if (status == PW_IO) return "the folder must exist and be writable for this user";
    return NULL;
}

pw_status local_fail(const local_broker *broker, sqlite3 *db, const char *doing, pw_error *err) {
    int code = sqlite3_extended_errcode(db);
    pw_status status = status_of(db, code);
    pw_fail(err, status, PW_SPAN_NONE, "%s: %s: %s (SQLite code %d)", broker->base.name, doing,
            sqlite3_errmsg(db), code);
    const char *hint = hint_of(status);
    if (hint) pw_error_hint(err, "%s", hint);
    return status;
}

/* Journal mode is a property of the file, and changing it does not wait for others as queries do:
 * processes that start at the same moment try again. */
static pw_status set_wal(local_broker *broker, sqlite3 *db, pw_error *err) {
    int64_t give_up_ns = pw_clock_mono_ns() + broker->base.timeout_ms * 1000000;
    for (;;) {
        int code = sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
        if (code == SQLITE_OK) return PW_OK;
        if ((code & 0xff) != SQLITE_BUSY || pw_clock_mono_ns() > give_up_ns)
            return local_fail(broker, db, "opening", err);
        pw_clock_sleep_ms(5);
    }
}

pw_status local_db_open(local_broker *broker, local_db *db, pw_error *err) {
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const char *path = broker->is_memory ? ":memory:" : broker->path;
    if (sqlite3_open_v2(path, &db->db, flags, NULL) != SQLITE_OK)
        return local_fail(broker, db->db, "opening", err);
    if (sqlite3_db_readonly(db->db, "main") == 1) {
        pw_status status =
            pw_fail(err, PW_IO, PW_SPAN_NONE, "%s: the file cannot be written", broker->base.name);
        pw_error_hint(err, "the file and its folder must be writable for this user");
        return status;
    }
    int timeout_ms = broker->base.timeout_ms < INT32_MAX ? (int)broker->base.timeout_ms : INT32_MAX;
    sqlite3_busy_timeout(db->db, timeout_ms);
    if (!broker->is_memory) PW_TRY(set_wal(broker, db->db, err));
    /* NORMAL: a commit survives the death of the process but not always that of the machine, as
     * with Kafka, which does not wait for the disk either. */
    const char *setup = "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000;"
                        "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=DEFAULT";
    if (sqlite3_exec(db->db, setup, NULL, NULL, NULL) != SQLITE_OK)
        return local_fail(broker, db->db, "opening", err);
    return PW_OK;
}

void local_db_close(local_db *db) {
    sqlite3_close_v2(db->db);
    db->db = NULL;
}

static pw_status query_v(const local_broker *broker, sqlite3 *db, sqlite3_stmt **out, pw_error *err,
                         const char *sql, const char *types, va_list args) {
    *out = NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return local_fail(broker, db, "preparing", err);
    for (int i = 0; types[i]; i++) {
        if (types[i] == 'i') {
            sqlite3_bind_int64(statement, i + 1, va_arg(args, int64_t));
        } else {
            PW_ASSERT(types[i] == 't');
            pw_str text = va_arg(args, pw_str);
            sqlite3_bind_text(statement, i + 1, text.data, (int)text.length, SQLITE_TRANSIENT);
        }
    }
    *out = statement;
    return PW_OK;
}

pw_status local_query(const local_broker *broker, sqlite3 *db, sqlite3_stmt **out, pw_error *err,
                      const char *sql, const char *types, ...) {
    va_list args;
    va_start(args, types);
    pw_status status = query_v(broker, db, out, err, sql, types, args);
    va_end(args);
    return status;
}

pw_status local_step(const local_broker *broker, sqlite3_stmt *statement, bool *has_row,
                     pw_error *err) {
    int code = sqlite3_step(statement);
    *has_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE) return PW_OK;
    return local_fail(broker, sqlite3_db_handle(statement), "reading or writing", err);
}

pw_status local_exec(const local_broker *broker, sqlite3 *db, pw_error *err, const char *sql,
                     const char *types, ...) {
    sqlite3_stmt *statement;
    va_list args;
    va_start(args, types);
    pw_status status = query_v(broker, db, &statement, err, sql, types, args);
    va_end(args);
    bool has_row = status == PW_OK;
    while (status == PW_OK && has_row)
        status = local_step(broker, statement, &has_row, err);
    sqlite3_finalize(statement);
    return status;
}

pw_status local_begin_locked(local_broker *broker, pw_error *err) {
    broker->transaction++;
    broker->touched = NULL;
    if (sqlite3_exec(broker->write.db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
        return PW_OK;
    return local_fail(broker, broker->write.db, "beginning to write", err);
}

pw_status local_end_locked(local_broker *broker, pw_status status, pw_error *err) {
    if (status == PW_OK && sqlite3_exec(broker->write.db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        status = local_fail(broker, broker->write.db, "committing", err);
    /* Some failures have rolled back already; then this one fails, which is fine. */
    if (status != PW_OK) sqlite3_exec(broker->write.db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

pw_status local_begin(local_broker *broker, pw_error *err) {
    pthread_mutex_lock(&broker->write.lock);
    pw_status status = local_begin_locked(broker, err);
    if (status != PW_OK) pthread_mutex_unlock(&broker->write.lock);
    return status;
}

pw_status local_end(local_broker *broker, pw_status status, pw_error *err) {
    status = local_end_locked(broker, status, err);
    pthread_mutex_unlock(&broker->write.lock);
    return status;
}

local_db *local_read_lock(local_broker *broker) {
    local_db *db = &broker->write;
    if (!broker->is_memory) {
        unsigned index = atomic_fetch_add(&broker->read_next, 1) % LOCAL_READ_CONNECTIONS;
        db = &broker->read[index];
    }
    pthread_mutex_lock(&db->lock);
    return db;
}
