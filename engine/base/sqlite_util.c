/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sqlite_util.h"

#include <errno.h>

enum { BUSY_TIMEOUT_MS = 10000 };

static const char *path_of(sqlite3 *db) {
    const char *path = db ? sqlite3_db_filename(db, "main") : NULL;
    return path && *path ? path : "memory";
}

static pw_status fail_write(pw_error *err, const char *path) {
    pw_fail(err, PW_DISK_FULL, PW_SPAN_NONE, "no space is left to write %s", path);
    pw_error_hint(err, "free some space; what was committed is safe and the rest is read again");
    return PW_DISK_FULL;
}

static pw_status fail_corrupt(pw_error *err, const char *path, const char *detail) {
    pw_fail(err, PW_CORRUPT, PW_SPAN_NONE, "%s is damaged: %s", path, detail);
    pw_error_hint(err,
                  "restore it from a copy, or delete it: it is then built anew from its topics");
    return PW_CORRUPT;
}

/* SQLITE_IOERR_...: the system's errno tells a full disk from a broken one. SQLite does not keep it
 * when a COMMIT fails; it is then still in errno, which our calls clear before they begin. */
static pw_status fail_io(sqlite3 *db, int system_errno, const char *doing, const char *path,
                         pw_error *err) {
    int code = db && sqlite3_system_errno(db) ? sqlite3_system_errno(db) : system_errno;
    if (code == ENOSPC || code == EDQUOT || code == EFBIG) return fail_write(err, path);
    pw_fail(err, PW_IO, PW_SPAN_NONE, "cannot %s %s: %s%s%s", doing, path,
            db ? sqlite3_errmsg(db) : "input or output error", code ? ": " : "",
            code ? strerror(code) : "");
    pw_error_hint(err, "check the disk and that nobody moved or deleted the file");
    return PW_IO;
}

static pw_status fail_access(sqlite3 *db, const char *doing, const char *path, pw_error *err) {
    int code = db ? sqlite3_system_errno(db) : 0;
    if (code == ENOSPC || code == EDQUOT) return fail_write(err, path);
    pw_fail(err, PW_IO, PW_SPAN_NONE, "cannot %s %s: %s", doing, path,
            code ? strerror(code) : sqlite3_errmsg(db));
    pw_error_hint(err, "make the folder and the file readable and writable for this user");
    return PW_IO;
}

pw_status pw_sqlite_fail(sqlite3 *db, int rc, const char *doing, pw_error *err) {
    int system_errno = errno;
    const char *path = path_of(db);
    switch (rc & 0xff) {
    case SQLITE_FULL: return fail_write(err, path);
    case SQLITE_IOERR: return fail_io(db, system_errno, doing, path, err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return fail_access(db, doing, path, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        pw_fail(err, PW_BUSY, PW_SPAN_NONE, "%s is locked by another process", path);
        pw_error_hint(err, "end the program that writes it, e.g. an open transaction in sqlite3");
        return PW_BUSY;
    case SQLITE_CORRUPT: return fail_corrupt(err, path, sqlite3_errstr(rc));
    case SQLITE_NOTADB: return fail_corrupt(err, path, "it is not a SQLite file");
    case SQLITE_TOOBIG:
        return pw_fail(err, PW_LIMIT, PW_SPAN_NONE, "a value is too large for %s (1 GB)", path);
    case SQLITE_NOMEM:
        return pw_fail(err, PW_MEMORY, PW_SPAN_NONE, "no memory to %s %s", doing, path);
    case SQLITE_INTERRUPT: return pw_fail(err, PW_CANCELLED, PW_SPAN_NONE, "stopped on request");
    default:
        return pw_fail(err, PW_INTERNAL, PW_SPAN_NONE, "cannot %s %s: %s", doing, path,
                       db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    }
}

pw_status pw_sqlite_open(const char *path, int flags, sqlite3 **out, pw_error *err) {
    *out = NULL;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, flags, NULL);
    if (rc != SQLITE_OK) {
        pw_status status = pw_sqlite_fail(db, rc, "open", err);
        sqlite3_close(db);
        return status;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    *out = db;
    return PW_OK;
}

pw_status pw_sqlite_exec(sqlite3 *db, const char *sql, pw_error *err) {
    errno = 0;
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? PW_OK : pw_sqlite_fail(db, rc, "write", err);
}

pw_status pw_sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, pw_error *err) {
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return rc == SQLITE_OK ? PW_OK : pw_sqlite_fail(db, rc, "read", err);
}

pw_status pw_sqlite_run(sqlite3_stmt *statement, pw_error *err) {
    int rc;
    do
        rc = sqlite3_step(statement);
    while (rc == SQLITE_ROW);
    pw_status status = PW_OK;
    if (rc != SQLITE_DONE) status = pw_sqlite_fail(sqlite3_db_handle(statement), rc, "write", err);
    sqlite3_reset(statement);
    return status;
}

pw_status pw_sqlite_read_i64(sqlite3 *db, const char *sql, int64_t *out, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) *out = sqlite3_column_int64(statement, 0);
    pw_status status = PW_OK;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = pw_sqlite_fail(db, rc, "read", err);
    sqlite3_finalize(statement);
    return status;
}

pw_status pw_sqlite_check_format(sqlite3 *db, const char *path, int32_t application_id,
                                 int32_t version, bool *is_new, pw_error *err) {
    int64_t found_id = 0;
    int64_t found_version = 0;
    int64_t objects = 0;
    PW_TRY(pw_sqlite_read_i64(db, "SELECT count(*) FROM sqlite_schema", &objects, err));
    PW_TRY(pw_sqlite_read_i64(db, "PRAGMA application_id", &found_id, err));
    PW_TRY(pw_sqlite_read_i64(db, "PRAGMA user_version", &found_version, err));
    *is_new = objects == 0;
    if (*is_new) return PW_OK;
    if (found_id != application_id) {
        pw_fail(err, PW_INVALID, PW_SPAN_NONE, "%s is a SQLite file of another program", path);
        pw_error_hint(err, "move it away or choose another data folder");
        return PW_INVALID;
    }
    if (found_version > version) {
        pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                "%s has format %lld, this pitwall knows formats up to %d", path,
                (long long)found_version, version);
        pw_error_hint(err, "run it with the newer pitwall that wrote it");
        return PW_INVALID;
    }
    return PW_OK;
}
