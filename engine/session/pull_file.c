/* The connection a query is answered on: read-only, one main database and others attached to it.
 * Each file is seen as of its last commit from the first step of the statement to its last.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "base/sqlite_util.h"
#include "session/pull_private.h"

static bool is_uri(pw_str path) {
    return pw_str_starts_with(path, PW_STR("file:"));
}

/* Beyond these a reader changes nothing; sorts that do not fit in memory go to temporary files. */
static const char setup_sql[] = "PRAGMA query_only = ON; PRAGMA cache_size = -16384;";

static pw_status connect_to(pull *q, const char *path) {
    /* What is attached later is opened with the same flags. */
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    PW_TRY(pw_sqlite_open(path, flags, &q->db, q->err));
    PW_TRY(pw_sqlite_exec(q->db, setup_sql, q->err));
    return pull_collation_add(q);
}

pw_status pull_connect(pull *q) {
    return q->db ? PW_OK : connect_to(q, ":memory:");
}

pw_status pull_fail_sqlite(pull *q, int rc) {
    if (q->failure != PW_OK) return q->failure; /* a function of ours said why */
    pw_status status = pw_sqlite_fail(q->db, rc, "read", q->err);
    if (q->file_count < 2) return status;
    pw_buf text;
    pw_buf_init(&text);
    for (uint32_t i = 0; i < q->file_count; i++) {
        pw_buf_format(&text, "%s%.*s", i ? ", " : "", PW_STR_ARGS(q->files[i].path));
    }
    pw_buf_format(&text, ": one of them is the cause: %s", sqlite3_errmsg(q->db));
    pw_fail(q->err, status, PW_SPAN_NONE, "%s", pw_buf_cstr(&text));
    pw_buf_deinit(&text);
    return status;
}

static pw_status fail_attach(pull *q, const pull_file *file, int rc) {
    bool is_damaged = (rc & 0xff) == SQLITE_NOTADB || (rc & 0xff) == SQLITE_CORRUPT;
    pw_status status = is_damaged ? PW_CORRUPT : (rc & 0xff) == SQLITE_BUSY ? PW_BUSY : PW_IO;
    return pw_fail(q->err, status, PW_SPAN_NONE,
                   is_damaged ? "%.*s is damaged: %s" : "cannot open %.*s: %s",
                   PW_STR_ARGS(file->path), sqlite3_errmsg(q->db));
}

static pw_status attach(pull *q, const pull_file *file) {
    sqlite3_stmt *statement = NULL;
    pw_str sql = pw_arena_format(&q->arena, "ATTACH ?1 AS %s", file->schema);
    PW_TRY(pw_sqlite_prepare(q->db, sql.data, &statement, q->err));
    pw_sqlite_bind_str(statement, 1, file->path);
    int rc = sqlite3_step(statement);
    pw_status status = PW_OK;
    if (rc != SQLITE_DONE) status = fail_attach(q, file, rc);
    sqlite3_finalize(statement);
    return status;
}

/* A path as a URI: what SQLite reads as a part of one is written %XX. */
static pw_str immutable_uri(pull *q, pw_str path) {
    pw_buf uri;
    pw_buf_init(&uri);
    pw_buf_add_literal(&uri, "file:");
    for (size_t i = 0; i < path.length; i++) {
        char c = path.data[i];
        if (c == '?' || c == '#' || c == '%')
            pw_buf_format(&uri, "%%%02X", (unsigned)(uint8_t)c);
        else
            pw_buf_add_char(&uri, c);
    }
    pw_buf_add_literal(&uri, "?immutable=1");
    pw_str kept = pw_arena_str(&q->arena, pw_buf_str(&uri));
    pw_buf_deinit(&uri);
    return kept;
}

/* A file in WAL mode needs a folder that can be written, if only for the memory its readers share.
 * On a read-only disk nobody writes the file either: it may be read as it stands. */
static pw_str readable_path(pull *q, pw_str path) {
    const char *slash = strrchr(path.data, '/');
    pw_str folder = slash ? (pw_str){path.data, (size_t)(slash - path.data)} : PW_STR(".");
    if (access(pw_arena_cstr(&q->arena, folder), W_OK) == 0 || errno != EROFS) return path;
    pw_str log = pw_arena_format(&q->arena, "%.*s-wal", PW_STR_ARGS(path));
    return access(log.data, F_OK) == 0 ? path : immutable_uri(q, path);
}

static pw_status fail_missing(pull *q, pw_str path, pw_str table, pw_span at) {
    if (errno != ENOENT) {
        return pw_fail(q->err, PW_IO, at, "cannot read %.*s: %s", PW_STR_ARGS(path),
                       strerror(errno));
    }
    pw_fail(q->err, PW_INVALID, at, "table %.*s has no rows yet: there is no file %.*s",
            PW_STR_ARGS(table), PW_STR_ARGS(path));
    pw_error_hint(q->err, "its query makes the file when it starts: pitwall run");
    return PW_INVALID;
}

pw_status pull_file_open(pull *q, pw_str path, pw_str table, pw_span at, const char **schema) {
    for (uint32_t i = 0; i < q->file_count; i++) {
        if (!pw_str_equal(q->files[i].path, path)) continue;
        *schema = q->files[i].schema;
        return PW_OK;
    }
    if (q->file_count == PULL_FILES_MAX) {
        return pw_fail(q->err, PW_LIMIT, at, "a query over more than %d tables", PULL_FILES_MAX);
    }
    path = pw_arena_str(&q->arena, path);
    if (!is_uri(path) && access(path.data, R_OK) != 0) return fail_missing(q, path, table, at);
    pull_file *file = &q->files[q->file_count++];
    file->path = is_uri(path) ? path : readable_path(q, path);
    bool is_main = q->db == NULL;
    file->schema = is_main ? "main" : pw_arena_format(&q->arena, "s%u", q->file_count).data;
    pw_status status = is_main ? connect_to(q, file->path.data) : attach(q, file);
    file->path = path;
    *schema = file->schema;
    if (status != PW_OK) q->err->at = at;
    return status;
}
