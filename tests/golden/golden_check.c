/* What a run gives, as lines, and the comparison with what is expected.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <stdio.h>

#include "golden_private.h"

/* --- errors ----------------------------------------------------------------------------------- */

/* The data folder, which is another one each time, is written FOLDER. */
static void add_message(const run *self, const pitwall_error *err, lines *out) {
    pw_buf text;
    pw_buf_init(&text);
    const char *rest = err->message;
    for (const char *at; (at = strstr(rest, self->folder)); rest = at + strlen(self->folder)) {
        pw_buf_add(&text, rest, (size_t)(at - rest));
        pw_buf_add_literal(&text, "FOLDER");
    }
    pw_buf_add_str(&text, pw_str_from(rest));
    lines_add_text(out, pw_buf_str(&text));
    pw_buf_deinit(&text);
}

/* First line: the place, as "at" of the block has it. */
static bool give_statement_error(run *self, const block *b, lines *out) {
    pitwall_error err = {.line = 0};
    const char *sql = pw_arena_cstr(&self->arena, b->body);
    if (pitwall_execute(self->engine, sql, NULL, NULL, NULL, &err) == PITWALL_OK)
        return run_complain(self, b, "the statement should have failed");
    pw_str place = PW_STR_EMPTY;
    if (err.line > 0) place = pw_arena_format(&self->arena, "%d:%d", err.line, err.column);
    lines_add(out, place);
    add_message(self, &err, out);
    return true;
}

static lines expected_error(run *self, const block *b) {
    lines out = {.arena = &self->arena};
    pw_str rest = b->argument;
    pw_str at = take_word(&rest);
    lines_add(&out, pw_str_equal(at, PW_STR("at")) ? rest : PW_STR_EMPTY);
    for (size_t i = 0; i < b->expected.count; i++)
        lines_add(&out, b->expected.items[i]);
    return out;
}

/* --- rows of SQLite files --------------------------------------------------------------------- */

static void add_cell(pw_buf *line, const char *text) {
    if (line->length) pw_buf_add_literal(line, " | ");
    pw_buf_add_str(line, pw_str_from(text ? text : "NULL"));
}

static void add_row(sqlite3_stmt *select, lines *out) {
    pw_buf line;
    pw_buf_init(&line);
    for (int i = 0; i < sqlite3_column_count(select); i++)
        add_cell(&line, (const char *)sqlite3_column_text(select, i));
    lines_add(out, pw_buf_str(&line));
    pw_buf_deinit(&line);
}

static void add_header(sqlite3_stmt *select, lines *out) {
    pw_buf line;
    pw_buf_init(&line);
    for (int i = 0; i < sqlite3_column_count(select); i++)
        add_cell(&line, sqlite3_column_name(select, i));
    lines_add(out, pw_buf_str(&line));
    pw_buf_deinit(&line);
}

static void add_payload(pw_buf *line, sqlite3_stmt *select, int column) {
    const void *bytes = sqlite3_column_blob(select, column);
    int length = sqlite3_column_bytes(select, column);
    if (sqlite3_column_type(select, column) == SQLITE_NULL)
        pw_buf_add_literal(line, "NULL");
    else
        golden_escape(line, bytes ? bytes : "", (size_t)length);
}

/* topic[partition:offset] column: reason <- key | value */
static void add_error(sqlite3_stmt *select, lines *out) {
    const char *column = (const char *)sqlite3_column_text(select, 3);
    pw_buf line;
    pw_buf_init(&line);
    pw_buf_format(&line, "%s[%d:%lld]%s%s: %s <- ", sqlite3_column_text(select, 0),
                  sqlite3_column_int(select, 1), sqlite3_column_int64(select, 2),
                  column[0] ? " " : "", column, sqlite3_column_text(select, 4));
    add_payload(&line, select, 5);
    pw_buf_add_literal(&line, " | ");
    add_payload(&line, select, 6);
    lines_add(out, pw_buf_str(&line));
    pw_buf_deinit(&line);
}

static bool give_rows(run *self, const block *b, const char *file, const char *sql,
                      void (*add)(sqlite3_stmt *select, lines *out), lines *out) {
    pw_str path = pw_arena_format(&self->arena, "%s/%s", self->folder, file);
    sqlite3 *db = NULL;
    sqlite3_stmt *select = NULL;
    int code = sqlite3_open_v2(path.data, &db, SQLITE_OPEN_READONLY, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(db, sql, -1, &select, NULL);
    if (code == SQLITE_OK && add == add_row) add_header(select, out);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(select);
        if (code == SQLITE_ROW) add(select, out);
    }
    if (code != SQLITE_DONE) run_complain(self, b, sqlite3_errmsg(db));
    sqlite3_finalize(select);
    sqlite3_close(db);
    return code == SQLITE_DONE;
}

/* By key: a table without rowid is kept in that order. */
static bool give_table(run *self, const block *b, lines *out) {
    pw_str file = pw_arena_format(&self->arena, "%.*s.db", PW_STR_ARGS(b->argument));
    pw_str sql = pw_arena_format(&self->arena, "SELECT * FROM \"%.*s\" ORDER BY 1, 2",
                                 PW_STR_ARGS(b->argument));
    return give_rows(self, b, file.data, sql.data, add_row, out);
}

static bool give_errors(run *self, const block *b, lines *out) {
    return give_rows(
        self, b, "errors.db",
        "SELECT topic, partition, \"offset\", \"column\", reason, key, value "
        "FROM pitwall_errors ORDER BY topic, partition, \"offset\", \"column\", reason",
        add_error, out);
}

/* --- queries ---------------------------------------------------------------------------------- */

static bool add_query_row(void *opaque, const char *const *texts, const char *const *jsons,
                          size_t count) {
    (void)jsons;
    pw_buf line;
    pw_buf_init(&line);
    for (size_t i = 0; i < count; i++)
        add_cell(&line, texts[i]);
    lines_add(opaque, pw_buf_str(&line));
    pw_buf_deinit(&line);
    return true;
}

/* "query ordered": as they come; "query error": the message. */
static bool give_query(run *self, const block *b, lines *out) {
    pitwall_error err;
    pitwall_rows rows = {.row = add_query_row, .opaque = out};
    const char *sql = pw_arena_cstr(&self->arena, b->body);
    bool is_ok = pitwall_query(self->engine, sql, &rows, &err) == PITWALL_OK;
    bool wants_error = pw_str_equal(b->argument, PW_STR("error"));
    if (is_ok && wants_error) return run_complain(self, b, "the query should have failed");
    if (!is_ok && !wants_error) return run_complain(self, b, err.message);
    if (!is_ok) add_message(self, &err, out);
    if (is_ok && !pw_str_equal(b->argument, PW_STR("ordered"))) lines_sort(out);
    return true;
}

static bool give_plan(run *self, const block *b, lines *out) {
    pitwall_error err;
    char *plan = NULL;
    const char *sql = pw_arena_cstr(&self->arena, b->body);
    if (pitwall_explain(self->engine, sql, NULL, &plan, &err) != PITWALL_OK)
        return run_complain(self, b, err.message);
    lines all = {.arena = &self->arena};
    lines_add_text(&all, pw_str_from(plan));
    for (size_t i = 0; i < all.count; i++) { /* a blank line would end the block */
        if (all.items[i].length > 0) lines_add(out, all.items[i]);
    }
    pitwall_free(plan);
    return true;
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool give_records(run *self, const block *b, lines *out) {
    bool is_windowed = b->kind == BLOCK_EXPECT_WINDOWS;
    if (golden_read(&self->topics, b->argument, is_windowed, out) == PW_OK) return true;
    return run_complain(self, b, self->err.message);
}

static bool give(run *self, const block *b, lines *out) {
    if (!run_settle(self, b)) return false;
    switch (b->kind) {
    case BLOCK_STATEMENT_ERROR: return give_statement_error(self, b, out);
    case BLOCK_EXPECT_RECORDS:
    case BLOCK_EXPECT_CHANGES:
    case BLOCK_EXPECT_WINDOWS: return give_records(self, b, out);
    case BLOCK_EXPECT_TABLE: return give_table(self, b, out);
    case BLOCK_EXPECT_ERRORS: return give_errors(self, b, out);
    case BLOCK_QUERY: return give_query(self, b, out);
    case BLOCK_EXPLAIN: return give_plan(self, b, out);
    case BLOCK_TOPIC:
    case BLOCK_STATEMENT_OK:
    case BLOCK_SCRIPT:
    case BLOCK_SEND:
    case BLOCK_LOAD:
    case BLOCK_DATAGEN: break;
    }
    return false;
}

static bool is_same(const lines *a, const lines *b) {
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!pw_str_equal(a->items[i], b->items[i])) return false;
    }
    return true;
}

/* Common lines at both ends are left out but for the last before and the first after. */
static void show_difference(const lines *expected, const lines *actual) {
    size_t head = 0, tail = 0;
    size_t least = expected->count < actual->count ? expected->count : actual->count;
    while (head < least && pw_str_equal(expected->items[head], actual->items[head]))
        head++;
    while (tail < least - head && pw_str_equal(expected->items[expected->count - 1 - tail],
                                               actual->items[actual->count - 1 - tail]))
        tail++;
    if (head > 0) fprintf(stderr, "      %.*s\n", PW_STR_ARGS(expected->items[head - 1]));
    for (size_t i = head; i < expected->count - tail; i++)
        fprintf(stderr, "    - %.*s\n", PW_STR_ARGS(expected->items[i]));
    for (size_t i = head; i < actual->count - tail; i++)
        fprintf(stderr, "    + %.*s\n", PW_STR_ARGS(actual->items[i]));
}

bool run_check(run *self, block *b) {
    lines actual = {.arena = &self->arena};
    if (!give(self, b, &actual)) return false;
    if (self->options->is_update) {
        b->actual = (lines){.arena = &self->file->arena};
        for (size_t i = 0; i < actual.count; i++)
            lines_add(&b->actual, actual.items[i]);
        return true;
    }
    lines expected = b->expected;
    if (b->kind == BLOCK_STATEMENT_ERROR) expected = expected_error(self, b);
    expected = golden_normalise(&self->arena, self->way, b->kind, &expected);
    actual = golden_normalise(&self->arena, self->way, b->kind, &actual);
    if (is_same(&expected, &actual)) return true;
    run_complain(self, b, "expected (-) and given (+) differ:");
    show_difference(&expected, &actual);
    return false;
}
