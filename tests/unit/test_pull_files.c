/* Queries and the files they read: while one is written, read-only, missing, damaged, locked.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "pull_fixture.h"

static const char *const rows[] = {"1, 'one'", "2, 'two'", "3, 'three'"};

static pw_schema number_schema;

static int open_files(void **unused) {
    if (fixture_open_pitwall(unused) != 0) return -1;
    number_schema = fixture_schema("ID BIGINT KEY, NAME STRING");
    fixture_table("NUMBERS", "ID BIGINT KEY, NAME STRING", false, rows, 3);
    return 0;
}

static const char *add_source(const char *name) {
    pw_str path = pw_arena_format(&fixture_arena, "%s/%s.db", fixture_folder, name);
    fixture_add_source(name, &number_schema, true, PW_WINDOW_NONE, path.data);
    return path.data;
}

static void check_answer(const char *sql, const char *wanted) {
    answer a;
    pitwall_error err;
    answer_init(&a);
    if (answer_ask(&a, sql, &err) != PITWALL_OK) fail_msg("%s\n%s", sql, err.message);
    assert_string_equal(pw_buf_cstr(&a.text), wanted);
    answer_deinit(&a);
}

static void check_failure(const char *sql, pitwall_status status, const char *part) {
    answer a;
    pitwall_error err;
    answer_init(&a);
    assert_int_equal(answer_ask(&a, sql, &err), status);
    if (!strstr(err.message, part)) fail_msg("%s\nwanted: %s\ngot: %s", sql, part, err.message);
    answer_deinit(&a);
}

/* --- while the file is written ---------------------------------------------------------------- */

typedef struct writer {
    pw_state *state;
    pw_table *table;
} writer;

static void write_rows(writer *w, int64_t first, uint32_t count, bool commits) {
    pw_error err = {0};
    pw_batch *batch = pw_batch_new(&fixture_arena, 2, count);
    batch->row_count = batch->selected_count = count;
    for (uint32_t i = 0; i < count; i++) {
        batch->selection[i] = i;
        batch->rowtime[i] = 0;
        batch->columns[0].slots[i] = pw_slot_i64(first + i);
        batch->columns[1].slots[i] = pw_slot_str(PW_STR("x"));
    }
    fixture_ok(pw_table_apply(w->table, batch, &err), &err);
    if (commits) fixture_commit(w->state, "topic", first + count);
}

/* A commit in the middle of an answer. */
static bool commit_row(void *opaque, const char *const *texts, const char *const *jsons,
                       size_t count) {
    writer *w = opaque;
    (void)texts, (void)jsons, (void)count;
    static int64_t next = 5000;
    if (next < 5100) write_rows(w, next, 10, true);
    next += 10;
    return true;
}

static void test_whole_cuts(void **state) {
    (void)state;
    pw_error err = {0};
    writer w;
    const char *path = add_source("LIVE");
    pw_state_spec spec = fixture_spec(path);
    spec.table_name = PW_STR("LIVE");
    spec.table_schema = &number_schema;
    w.state = fixture_open(&spec);
    fixture_ok(pw_table_open(w.state, 0, &w.table, &err), &err);
    check_answer("SELECT COUNT(*) FROM LIVE", "0");
    write_rows(&w, 0, 1000, false);
    check_answer("SELECT COUNT(*) FROM LIVE", "0");
    fixture_commit(w.state, "topic", 1);
    check_answer("SELECT COUNT(*), SUM(ID) FROM LIVE", "1000|499500");
    /* What is committed while rows are given is not seen. */
    pitwall_rows receiver = {.row = commit_row, .opaque = &w};
    pitwall_error api_err;
    assert_int_equal(pitwall_query(fixture_pitwall, "SELECT * FROM LIVE", &receiver, &api_err),
                     PITWALL_OK);
    check_answer("SELECT COUNT(*) FROM LIVE", "1100");
    pw_state_close(w.state);
    check_answer("SELECT COUNT(*), MAX(ID) FROM LIVE", "1100|5099");
}

static void test_read_only_pitwall(void **state) {
    (void)state;
    pitwall *writes = fixture_pitwall;
    pitwall_options options = {.data_folder = fixture_folder, .is_read_only = true};
    pitwall_error err;
    assert_int_equal(pitwall_open(&options, &fixture_pitwall, &err), PITWALL_OK);
    fixture_add_source("NUMBERS", &number_schema, true, PW_WINDOW_NONE, fixture_path("NUMBERS.db"));
    check_answer("SELECT NAME FROM NUMBERS WHERE ID >= 2", "two\nthree");
    pitwall_close(fixture_pitwall);
    fixture_pitwall = writes;
}

/* --- several files ---------------------------------------------------------------------------- */

static void test_several_files(void **state) {
    (void)state;
    static const char *const other[] = {"2, 'deux'", "3, 'trois'"};
    fixture_table("OTHER", "ID BIGINT KEY, NAME STRING", false, other, 2);
    fixture_table("odd \"name?#%", "ID BIGINT KEY, NAME STRING", false, other, 1);
    check_answer("SELECT N.NAME, O.NAME FROM NUMBERS N LEFT JOIN OTHER O ON N.ID = O.ID",
                 "one|NULL\ntwo|deux\nthree|trois");
    check_answer("SELECT NAME FROM `odd \"name?#%`", "deux");
    check_answer("SELECT (SELECT COUNT(*) FROM OTHER) + (SELECT COUNT(*) FROM NUMBERS) + ABS(-1)",
                 "6");
}

/* --- the error table -------------------------------------------------------------------------- */

static void test_errors(void **state) {
    (void)state;
    pw_error_record record = {.at_ms = 1000,
                              .status = PW_BAD_DATA,
                              .query_id = PW_STR("CTAS_T_1"),
                              .topic = PW_STR("laps"),
                              .partition = 2,
                              .offset = 7,
                              .column = PW_STR("MS"),
                              .reason = PW_STR("not a number"),
                              .key = {NULL, 0},
                              .value = PW_STR("{x}")};
    pw_errors_add(fixture_pitwall->errors, &record);
    check_answer("SELECT * FROM pitwall_errors",
                 "1000|BAD_DATA|CTAS_T_1|laps|2|7|MS|not a number|NULL|e3h9");
    check_answer(
        "SELECT REASON, COUNT(*) FROM PITWALL_ERRORS WHERE AT_MS < '2000-01-01' GROUP BY REASON",
        "not a number|1");
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static void spoil(const char *path, long at, const char *bytes, size_t length) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, at, SEEK_SET);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void test_damaged(void **state) {
    (void)state;
    FILE *file = fopen(add_source("TEXT"), "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    check_failure("SELECT * FROM TEXT", PITWALL_WORLD, "TEXT.db is damaged");
    check_failure("SELECT * FROM NUMBERS JOIN TEXT ON NUMBERS.ID = TEXT.ID", PITWALL_WORLD,
                  "TEXT.db");

    fixture_table("TORN", "ID BIGINT KEY, NAME STRING", false, rows, 3);
    char zeros[8192];
    memset(zeros, 0x55, sizeof zeros);
    for (long page = 1; page < 8; page++)
        spoil(fixture_path("TORN.db"), page * 8192, zeros, sizeof zeros);
    check_failure("SELECT * FROM TORN", PITWALL_WORLD, "TORN.db is damaged");
}

static void test_being_created(void **state) {
    (void)state;
    sqlite3 *db;
    const char *path = add_source("FRESH");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE other(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    check_failure("SELECT * FROM FRESH", PITWALL_USER, "table FRESH is being created");
}

static void test_other_columns(void **state) {
    (void)state;
    pw_schema schema = fixture_schema("CODE STRING KEY, NAME STRING");
    fixture_write_table(add_source("MOVED"), "MOVED", &schema, NULL, 0);
    check_failure("SELECT * FROM MOVED", PITWALL_USER, "holds other columns: ID is not there");
}

static void test_strange_value(void **state) {
    (void)state;
    sqlite3 *db;
    fixture_table("STRANGE", "ID BIGINT KEY, BORN DATE", false,
                  (const char *const[]){"1, '2000-01-01'"}, 1);
    assert_int_equal(sqlite3_open(fixture_path("STRANGE.db"), &db), SQLITE_OK);
    sqlite3_exec(db, "UPDATE STRANGE SET BORN = 'yesterday'", NULL, NULL, NULL);
    sqlite3_close(db);
    check_failure("SELECT BORN FROM STRANGE", PITWALL_WORLD,
                  "holds 'yesterday' where a value of DATE");
    check_failure("SELECT FORMAT_DATE(BORN, 'yyyy') FROM STRANGE", PITWALL_WORLD,
                  "holds 'yesterday'");
    check_failure("SELECT ID FROM STRANGE ORDER BY BORN", PITWALL_WORLD, "holds 'yesterday'");
    check_failure("SELECT MAX(BORN) FROM STRANGE", PITWALL_WORLD, "holds 'yesterday'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_cuts),    cmocka_unit_test(test_read_only_pitwall),
        cmocka_unit_test(test_several_files), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_damaged),       cmocka_unit_test(test_being_created),
        cmocka_unit_test(test_other_columns), cmocka_unit_test(test_strange_value),
    };
    return cmocka_run_group_tests(tests, open_files, fixture_close_pitwall);
}
