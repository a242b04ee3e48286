/* The log of DDL statements: catalog.db. It is written rarely and must never be lost, so it keeps
 * SQLite's plain journal (one file when nobody writes, readable anywhere) and waits for the disk.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "catalog/catalog.h"
#include "catalog/catalog_private.h"

enum {
    APPLICATION_ID = 0x70697463, /* "pitc" */
    FORMAT_VERSION = 1,
};

static const char schema_sql[] =
    "CREATE TABLE pitwall_statements("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " kind TEXT NOT NULL, name TEXT NOT NULL, query_id TEXT NOT NULL, statement TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, plan_version INTEGER NOT NULL,"
    " is_paused INTEGER NOT NULL, quarantine_reason TEXT NOT NULL);";

static const char *const kind_texts[PW_ENTRY_KIND_COUNT] = {
#define KIND_TEXT(name, text) text,
    PW_ENTRY_KIND_MAP(KIND_TEXT)
#undef KIND_TEXT
};

const char *pw_entry_kind_text(pw_entry_kind kind) {
    PW_ASSERT(kind < PW_ENTRY_KIND_COUNT);
    return kind_texts[kind];
}

static bool kind_from_text(pw_str text, pw_entry_kind *out) {
    for (int kind = 0; kind < PW_ENTRY_KIND_COUNT; kind++) {
        *out = (pw_entry_kind)kind;
        if (pw_str_equal(text, pw_str_from(kind_texts[kind]))) return true;
    }
    return false;
}

/* --- opening --------------------------------------------------------------------------------- */

static pw_status load_id_next(pw_catalog *catalog, pw_error *err) {
    catalog->id_next = 1;
    PW_TRY(pw_sqlite_read_i64(
        catalog->db, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'pitwall_statements'",
        &catalog->id_next, err));
    return PW_OK;
}

static pw_status create_schema(pw_catalog *catalog, pw_error *err) {
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             APPLICATION_ID, FORMAT_VERSION);
    PW_TRY(pw_sqlite_exec(catalog->db, "PRAGMA journal_mode = DELETE", err));
    PW_TRY(pw_sqlite_exec(catalog->db, "BEGIN IMMEDIATE", err));
    pw_status status = pw_sqlite_exec(catalog->db, sql, err);
    if (status == PW_OK) status = pw_sqlite_exec(catalog->db, schema_sql, err);
    if (status == PW_OK) status = pw_sqlite_exec(catalog->db, "COMMIT", err);
    if (status != PW_OK) sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

pw_status pw_catalog_log_open(pw_catalog *catalog, pw_error *err) {
    catalog->id_next = 1;
    if (catalog->is_read_only && access(catalog->path, F_OK) != 0) return PW_OK;
    int flags =
        catalog->is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    PW_TRY(pw_sqlite_open(catalog->path, flags | SQLITE_OPEN_NOMUTEX, &catalog->db, err));
    bool is_new = false;
    PW_TRY(pw_sqlite_check_format(catalog->db, catalog->path, APPLICATION_ID, FORMAT_VERSION,
                                  &is_new, err));
    if (is_new && catalog->is_read_only) {
        /* Made, but not yet filled, by a process that is just starting. */
        sqlite3_close(catalog->db);
        catalog->db = NULL;
        return PW_OK;
    }
    if (is_new) PW_TRY(create_schema(catalog, err));
    if (!catalog->is_read_only) {
        PW_TRY(pw_sqlite_exec(catalog->db, "PRAGMA synchronous = FULL", err));
    }
    return load_id_next(catalog, err);
}

int64_t pw_catalog_id_next(const pw_catalog *catalog) {
    return catalog->id_next;
}

/* --- changing -------------------------------------------------------------------------------- */

static pw_status prepare_change(pw_catalog *catalog, const char *sql, sqlite3_stmt **out,
                                pw_error *err) {
    if (catalog->is_read_only) {
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "%s is open for reading only", catalog->path);
    }
    return pw_sqlite_prepare(catalog->db, sql, out, err);
}

static void bind_entry(sqlite3_stmt *statement, const pw_catalog_entry *entry) {
    sqlite3_bind_int64(statement, 1, entry->id);
    pw_sqlite_bind_str(statement, 2, pw_str_from(pw_entry_kind_text(entry->kind)));
    pw_sqlite_bind_str(statement, 3, entry->name);
    pw_sqlite_bind_str(statement, 4, entry->query_id);
    pw_sqlite_bind_str(statement, 5, entry->statement);
    sqlite3_bind_int64(statement, 6, entry->created_ms);
    sqlite3_bind_int64(statement, 7, entry->plan_version);
    sqlite3_bind_int(statement, 8, entry->is_paused);
    pw_sqlite_bind_str(statement, 9, entry->quarantine_reason);
}

pw_status pw_catalog_log_append(pw_catalog *catalog, pw_catalog_entry *entry, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(prepare_change(
        catalog, "INSERT INTO pitwall_statements VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &statement, err));
    pw_catalog_entry numbered = *entry;
    numbered.id = catalog->id_next;
    bind_entry(statement, &numbered);
    pw_status status = pw_sqlite_run(statement, err);
    sqlite3_finalize(statement);
    if (status != PW_OK) return status;
    entry->id = catalog->id_next++;
    return PW_OK;
}

/* Runs a change of one entry; the parameters are bound. */
static pw_status run_change(pw_catalog *catalog, sqlite3_stmt *statement, int64_t id,
                            pw_error *err) {
    pw_status status = pw_sqlite_run(statement, err);
    sqlite3_finalize(statement);
    if (status == PW_OK && sqlite3_changes(catalog->db) == 0) {
        return pw_fail(err, PW_UNKNOWN, PW_SPAN_NONE, "%s has no statement %lld", catalog->path,
                       (long long)id);
    }
    return status;
}

pw_status pw_catalog_log_replace(pw_catalog *catalog, const pw_catalog_entry *entry,
                                 pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(prepare_change(catalog,
                          "UPDATE pitwall_statements SET kind = ?2, name = ?3, query_id = ?4,"
                          " statement = ?5, created_ms = ?6, plan_version = ?7, is_paused = ?8,"
                          " quarantine_reason = ?9 WHERE id = ?1",
                          &statement, err));
    bind_entry(statement, entry);
    return run_change(catalog, statement, entry->id, err);
}

pw_status pw_catalog_log_quarantine(pw_catalog *catalog, int64_t id, pw_str reason, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(prepare_change(catalog,
                          "UPDATE pitwall_statements SET quarantine_reason = ?2 WHERE id = ?1",
                          &statement, err));
    sqlite3_bind_int64(statement, 1, id);
    pw_sqlite_bind_str(statement, 2, reason);
    return run_change(catalog, statement, id, err);
}

pw_status pw_catalog_log_pause(pw_catalog *catalog, int64_t id, bool is_paused, pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(prepare_change(catalog, "UPDATE pitwall_statements SET is_paused = ?2 WHERE id = ?1",
                          &statement, err));
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int(statement, 2, is_paused);
    return run_change(catalog, statement, id, err);
}

pw_status pw_catalog_log_delete(pw_catalog *catalog, const int64_t *ids, size_t id_count,
                                pw_error *err) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(
        prepare_change(catalog, "DELETE FROM pitwall_statements WHERE id = ?1", &statement, err));
    /* A savepoint, because the caller may have begun a transaction. */
    pw_status status = pw_sqlite_exec(catalog->db, "SAVEPOINT log_delete", err);
    for (size_t i = 0; i < id_count && status == PW_OK; i++) {
        sqlite3_bind_int64(statement, 1, ids[i]);
        status = pw_sqlite_run(statement, err);
    }
    sqlite3_finalize(statement);
    if (status == PW_OK) status = pw_sqlite_exec(catalog->db, "RELEASE log_delete", err);
    if (status != PW_OK) {
        sqlite3_exec(catalog->db, "ROLLBACK TO log_delete; RELEASE log_delete", NULL, NULL, NULL);
    }
    return status;
}

pw_status pw_catalog_log_begin(pw_catalog *catalog, pw_error *err) {
    PW_ASSERT(!catalog->is_in_transaction);
    if (catalog->is_read_only) {
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "%s is open for reading only", catalog->path);
    }
    PW_TRY(pw_sqlite_exec(catalog->db, "BEGIN IMMEDIATE", err));
    catalog->is_in_transaction = true;
    return PW_OK;
}

pw_status pw_catalog_log_commit(pw_catalog *catalog, pw_error *err) {
    PW_ASSERT(catalog->is_in_transaction);
    PW_TRY(pw_sqlite_exec(catalog->db, "COMMIT", err));
    catalog->is_in_transaction = false;
    return PW_OK;
}

void pw_catalog_log_rollback(pw_catalog *catalog) {
    if (!catalog->is_in_transaction) return;
    sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
    catalog->is_in_transaction = false;
    /* The numbers of what is undone are free again; if they cannot be read, they are skipped. */
    int64_t id_next = catalog->id_next;
    if (load_id_next(catalog, NULL) != PW_OK) catalog->id_next = id_next;
}

/* --- listing --------------------------------------------------------------------------------- */

static pw_status read_entry(const pw_catalog *catalog, pw_arena *arena, sqlite3_stmt *statement,
                            pw_catalog_entry *entry, pw_error *err) {
    pw_str kind = pw_sqlite_column_str(statement, 1);
    if (!kind_from_text(kind, &entry->kind)) {
        return pw_fail(err, PW_CORRUPT, PW_SPAN_NONE, "%s has a statement of unknown kind '%.*s'",
                       catalog->path, PW_STR_ARGS(kind));
    }
    entry->id = sqlite3_column_int64(statement, 0);
    entry->name = pw_arena_str(arena, pw_sqlite_column_str(statement, 2));
    entry->query_id = pw_arena_str(arena, pw_sqlite_column_str(statement, 3));
    entry->statement = pw_arena_str(arena, pw_sqlite_column_str(statement, 4));
    entry->created_ms = sqlite3_column_int64(statement, 5);
    entry->plan_version = sqlite3_column_int(statement, 6);
    entry->is_paused = sqlite3_column_int(statement, 7) != 0;
    entry->quarantine_reason = pw_arena_str(arena, pw_sqlite_column_str(statement, 8));
    return PW_OK;
}

pw_status pw_catalog_log_list(pw_catalog *catalog, pw_arena *arena, pw_catalog_entry **entries,
                              size_t *entry_count, pw_error *err) {
    *entries = NULL;
    *entry_count = 0;
    if (!catalog->db) return PW_OK;
    sqlite3_stmt *statement = NULL;
    PW_TRY(pw_sqlite_prepare(catalog->db, "SELECT * FROM pitwall_statements ORDER BY id",
                             &statement, err));
    size_t capacity = 0;
    pw_catalog_entry *list = NULL;
    pw_status status = PW_OK;
    int rc = SQLITE_DONE;
    while (status == PW_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        if (*entry_count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            list = pw_mem_realloc(list, capacity * sizeof *list);
        }
        status = read_entry(catalog, arena, statement, &list[*entry_count], err);
        if (status == PW_OK) ++*entry_count;
    }
    if (status == PW_OK && rc != SQLITE_DONE) {
        status = pw_sqlite_fail(catalog->db, rc, "read", err);
    }
    sqlite3_finalize(statement);
    *entries = PW_NEW_ARRAY(arena, pw_catalog_entry, *entry_count + 1);
    if (*entry_count > 0) memcpy(*entries, list, *entry_count * sizeof *list);
    pw_mem_free(list);
    return status;
}
