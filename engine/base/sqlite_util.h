/* SQLite with our statuses: open, run, prepare, and what a failure means to the reader.
 * Folders that keep files (state, catalog, the local broker) share it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_SQLITE_UTIL_H
#define PW_BASE_SQLITE_UTIL_H

#include <sqlite3.h>

#include "base/status.h"
#include "base/str.h"

/* What SQLite's result code `rc` means: FULL (and a write refused for lack of room) PW_DISK_FULL,
 * READONLY, CANTOPEN and IOERR PW_IO with the remedy, BUSY and LOCKED PW_BUSY, CORRUPT and NOTADB
 * PW_CORRUPT, TOOBIG PW_LIMIT, the rest PW_INTERNAL. `doing`: "open", "write", ... */
pw_status pw_sqlite_fail(sqlite3 *db, int rc, const char *doing, pw_error *err);

/* Opens `path` with SQLITE_OPEN_... flags, extended result codes and a busy timeout. *out is NULL
 * on failure. The connection is to be closed with sqlite3_close. */
PW_MUST_USE pw_status pw_sqlite_open(const char *path, int flags, sqlite3 **out, pw_error *err);

/* Runs statements whose rows nobody wants. */
PW_MUST_USE pw_status pw_sqlite_exec(sqlite3 *db, const char *sql, pw_error *err);

/* A statement that is kept for long. */
PW_MUST_USE pw_status pw_sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
                                        pw_error *err);

/* Runs a prepared statement without result rows once and makes it ready for the next time. */
PW_MUST_USE pw_status pw_sqlite_run(sqlite3_stmt *statement, pw_error *err);

/* First column of the first row; *out is left alone when there is no row. */
PW_MUST_USE pw_status pw_sqlite_read_i64(sqlite3 *db, const char *sql, int64_t *out, pw_error *err);

/* Finds out whether the file of `path` was written by pitwall for this purpose: application_id and
 * user_version. *is_new: it has no tables yet. PW_INVALID when it belongs to another program or to
 * a newer pitwall. */
PW_MUST_USE pw_status pw_sqlite_check_format(sqlite3 *db, const char *path, int32_t application_id,
                                             int32_t version, bool *is_new, pw_error *err);

/* Binds text or bytes that outlive the statement's next step. */
static inline void pw_sqlite_bind_str(sqlite3_stmt *statement, int index, pw_str text) {
    sqlite3_bind_text64(statement, index, text.data ? text.data : "", text.length, SQLITE_STATIC,
                        SQLITE_UTF8);
}

/* Text of a result column, valid until the next step or reset. */
static inline pw_str pw_sqlite_column_str(sqlite3_stmt *statement, int column) {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? (pw_str){text, (size_t)sqlite3_column_bytes(statement, column)} : PW_STR_EMPTY;
}

#endif
