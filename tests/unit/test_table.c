/* The visible table: what a user with sqlite3 sees. SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "state/table_value.h"
#include "state_values.h"
#include "types/cast.h"

/* Rows of a query on the file, columns with |, rows with newlines. */
static void expect_query(const pw_state *state, const char *sql, const char *expected) {
    sqlite3 *db = NULL;
    pw_str location = pw_state_location(state);
    assert_int_equal(
        sqlite3_open_v2(location.data, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL),
        SQLITE_OK);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    pw_buf rows;
    pw_buf_init(&rows);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int c = 0; c < sqlite3_column_count(statement); c++) {
            if (c > 0) pw_buf_add_char(&rows, '|');
            const char *text = (const char *)sqlite3_column_text(statement, c);
            pw_buf_add_str(&rows, pw_str_from(text ? text : "NULL"));
        }
        pw_buf_add_char(&rows, '\n');
    }
    assert_string_equal(pw_buf_cstr(&rows), expected);
    pw_buf_deinit(&rows);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static pw_table *open_table(pw_state *state, uint32_t task) {
    pw_error err = {0};
    pw_table *table = NULL;
    fixture_ok(pw_table_open(state, task, &table, &err), &err);
    return table;
}

/* Applies one row. */
static void apply(pw_table *table, pw_arena *arena, const pw_slot *slots, uint32_t count,
                  int64_t rowtime, uint8_t flags) {
    pw_batch *batch = pw_batch_new(arena, count, 1);
    for (uint32_t c = 0; c < count; c++)
        batch->columns[c].slots[0] = slots[c];
    batch->rowtime[0] = rowtime;
    batch->flags[0] = flags;
    batch->selection[0] = 0;
    batch->row_count = batch->selected_count = 1;
    pw_error err = {0};
    fixture_ok(pw_table_apply(table, batch, &err), &err);
}

static const pw_column standings_columns[] = {
    {.name = {"DRIVER", 6}, .type = &pw_type_string, .kind = PW_COLUMN_KEY},
    {.name = {"POINTS", 6}, .type = &pw_type_bigint, .kind = PW_COLUMN_VALUE},
    {.name = {"points", 6}, .type = &pw_type_double, .kind = PW_COLUMN_VALUE},
};
static const pw_schema standings_schema = {standings_columns, 3};

static pw_state_spec table_spec(const char *path, const char *name, const pw_schema *schema) {
    pw_state_spec spec = fixture_spec(path);
    spec.store_count = 0;
    spec.table_name = pw_str_from(name);
    spec.table_schema = schema;
    return spec;
}

static void standings_row(pw_table *table, pw_arena *arena, const char *driver, int64_t points,
                          uint8_t flags) {
    pw_slot row[3] = {pw_slot_text(driver, strlen(driver)), pw_slot_i64(points),
                      pw_slot_f64((double)points / 2)};
    apply(table, arena, row, 3, points * 1000, flags);
}

static void test_last_word_wins(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_state_spec spec = table_spec(fixture_path("STANDINGS.db"), "STANDINGS", &standings_schema);
    spec.task_count = 2;
    pw_state *state = fixture_open(&spec);
    pw_table *first = open_table(state, 0);
    pw_table *second = open_table(state, 1);
    standings_row(first, &arena, "VER", 25, 0);
    standings_row(first, &arena, "VER", 44, 0);
    standings_row(second, &arena, "HAM", 18, 0);
    standings_row(first, &arena, "BOT", 1, 0);
    standings_row(first, &arena, "BOT", 0, PW_ROW_TOMBSTONE);
    standings_row(first, &arena, "PER", 0, PW_ROW_TOMBSTONE);
    standings_row(first, &arena, "PER", 5, 0);
    assert_true(pw_table_dirty_bytes(first) > 0);
    fixture_commit(state, "laps", 1);
    assert_int_equal(pw_table_dirty_bytes(first), 0);
    /* `points` beside POINTS: SQLite cannot tell them apart, so the second has a number. */
    expect_query(state, "SELECT DRIVER, POINTS, points_2, ROWTIME FROM STANDINGS",
                 "HAM|18|9.0|18000\nPER|5|2.5|5000\nVER|44|22.0|44000\n");
    standings_row(first, &arena, "VER", 0, PW_ROW_TOMBSTONE);
    standings_row(second, &arena, "HAM", 19, 0);
    fixture_commit(state, "laps", 2);
    expect_query(state, "SELECT DRIVER, POINTS FROM STANDINGS", "HAM|19\nPER|5\n");
    expect_query(state, "SELECT topic, partition, offset_next FROM pitwall_offsets", "laps|0|2\n");
    expect_query(state, "SELECT value FROM pitwall_meta WHERE key = 'epoch'", "2\n");
    pw_state_close(state);
    pw_arena_deinit(&arena);
}

/* Large cuts after small ones and the other way round: the key index shrinks and grows. */
static void test_many_rows(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_state_spec spec = table_spec(":memory:", "T", &standings_schema);
    pw_state *state = fixture_open(&spec);
    pw_table *table = open_table(state, 0);
    static const int sizes[] = {1, 30000, 2, 0, 5000, 3};
    char name[32];
    for (size_t round = 0; round < sizeof sizes / sizeof *sizes; round++) {
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < sizes[round]; i++) {
                snprintf(name, sizeof name, "d%06d", i);
                standings_row(table, &arena, name, (int64_t)round * 10 + pass, 0);
                pw_arena_reset(&arena);
            }
        }
        pw_cut *cut = pw_state_cut(state, NULL, 0, NULL, 0);
        assert_int_equal(pw_cut_row_count(cut), sizes[round]);
        pw_error err = {0};
        fixture_ok(pw_state_commit(state, cut, &err), &err);
        pw_cut_free(state, cut);
    }
    expect_query(state, "SELECT count(*), sum(POINTS) FROM T", "30000|480030\n");
    expect_query(state, "SELECT POINTS, count(*) FROM T GROUP BY 1 ORDER BY 1",
                 "11|25000\n41|4997\n51|3\n");
    pw_state_close(state);
    pw_arena_deinit(&arena);
}

static void test_windowed(void **unused) {
    (void)unused;
    static const pw_column columns[] = {
        {.name = {"CAR", 3}, .type = &pw_type_integer, .kind = PW_COLUMN_KEY},
        {.name = {"WINDOWSTART", 11}, .type = &pw_type_bigint, .kind = PW_COLUMN_WINDOW_START},
        {.name = {"WINDOWEND", 9}, .type = &pw_type_bigint, .kind = PW_COLUMN_WINDOW_END},
        {.name = {"LAPS", 4}, .type = &pw_type_bigint, .kind = PW_COLUMN_VALUE},
    };
    pw_schema schema = {columns, 4};
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_state_spec spec = table_spec(fixture_path("W.db"), "W", &schema);
    pw_state *state = fixture_open(&spec);
    pw_table *table = open_table(state, 0);
    /* Before 1970, and two windows of one key. */
    pw_slot old[4] = {pw_slot_i64(44), pw_slot_i64(-60000), pw_slot_i64(0), pw_slot_i64(3)};
    pw_slot new[4] = {pw_slot_i64(44), pw_slot_i64(0), pw_slot_i64(60000), pw_slot_i64(4)};
    apply(table, &arena, new, 4, 10, 0);
    apply(table, &arena, old, 4, -10, 0);
    fixture_commit(state, "laps", 1);
    expect_query(state, "SELECT CAR, WINDOWSTART, WINDOWEND, LAPS, ROWTIME FROM W",
                 "44|-60000|0|3|-10\n44|0|60000|4|10\n");
    pw_state_close(state);
    pw_arena_deinit(&arena);
}

/* How each type looks to a user with sqlite3. */
static void test_forms(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const pw_type *tags = pw_type_map(&arena, &pw_type_string, &pw_type_integer);
    pw_column columns[] = {
        {.name = {"ID", 2}, .type = &pw_type_integer, .kind = PW_COLUMN_KEY},
        {.name = {"PART", 4}, .type = &pw_type_string, .kind = PW_COLUMN_KEY},
        {.name = {"ISWET", 5}, .type = &pw_type_boolean, .kind = PW_COLUMN_VALUE},
        {.name = {"PRICE", 5}, .type = pw_type_decimal(&arena, 6, 2), .kind = PW_COLUMN_VALUE},
        {.name = {"DAY", 3}, .type = &pw_type_date, .kind = PW_COLUMN_VALUE},
        {.name = {"CLOCK", 5}, .type = &pw_type_time, .kind = PW_COLUMN_VALUE},
        {.name = {"AT", 2}, .type = &pw_type_timestamp, .kind = PW_COLUMN_VALUE},
        {.name = {"RAW", 3}, .type = &pw_type_bytes, .kind = PW_COLUMN_VALUE},
        {.name = {"TAGS", 4}, .type = tags, .kind = PW_COLUMN_VALUE},
        {.name = {"SHARE", 5}, .type = &pw_type_double, .kind = PW_COLUMN_VALUE},
    };
    pw_schema schema = {columns, 10};
    pw_state_spec spec = table_spec(fixture_path("forms.db"), "FORMS", &schema);
    pw_state *state = fixture_open(&spec);
    pw_table *table = open_table(state, 0);
    pw_slot pair[4] = {pw_slot_text("a\"b", 3), pw_slot_i64(1), pw_slot_text("c", 1),
                       pw_slot_null()};
    pw_slot row[10] = {
        pw_slot_i64(1),         pw_slot_null(),        pw_slot_i64(1),  pw_slot_i64(1250),
        pw_slot_i64(18714),     pw_slot_i64(49510007), pw_slot_i64(-1), pw_slot_text("\0\xff", 2),
        pw_slot_items(pair, 2), pw_slot_f64(NAN)};
    apply(table, &arena, row, 10, 0, 0);
    for (uint32_t i = 2; i < 10; i++)
        row[i] = pw_slot_null();
    row[0] = pw_slot_i64(2);
    apply(table, &arena, row, 10, 0, 0);
    fixture_commit(state, "t", 1);
    expect_query(state,
                 "SELECT ID, quote(PART), ISWET, PRICE, DAY, CLOCK, AT, quote(RAW), TAGS, SHARE"
                 " FROM FORMS",
                 "1|X''|1|12.50|2021-03-28|13:45:10.007|1969-12-31T23:59:59.999|X'00FF'|"
                 "{\"a\\\"b\":1,\"c\":null}|NaN\n"
                 "2|X''|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n");
    /* A NULL in the key is found again for deletion. */
    apply(table, &arena, row, 10, 0, PW_ROW_TOMBSTONE);
    fixture_commit(state, "t", 2);
    expect_query(state, "SELECT ID FROM FORMS WHERE DAY > '2021'", "1\n");
    expect_query(state, "SELECT count(*) FROM FORMS", "1\n");
    pw_state_close(state);
    pw_arena_deinit(&arena);
}

/* Every value comes back from the file as it was, as key and as value; nested ones as JSON. */
static void test_read_back(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const pw_type *types[VALUE_TYPES_MAX];
    uint32_t type_count = value_types(&arena, types);
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    pw_table_binder binder;
    pw_table_binder_init(&binder);
    uint64_t seed = 3;
    pw_buf declared;
    pw_buf_init(&declared);
    for (uint32_t t = 0; t < type_count; t++) {
        /* Through a column of the declared type, whose affinity must change nothing. */
        pw_buf_clear(&declared);
        pw_buf_format(&declared, "CREATE TABLE t%u(v ", t);
        pw_table_type_print(types[t], &declared);
        pw_buf_add_literal(&declared, ")");
        assert_int_equal(sqlite3_exec(db, pw_buf_cstr(&declared), NULL, NULL, NULL), SQLITE_OK);
        pw_buf_clear(&declared);
        pw_buf_format(&declared, "INSERT INTO t%u VALUES(?1) RETURNING v", t);
        assert_int_equal(sqlite3_prepare_v2(db, pw_buf_cstr(&declared), -1, &statement, NULL),
                         SQLITE_OK);
        for (int round = 0; round < 2000; round++) {
            bool is_key = round % 2;
            pw_slot value = value_random(&arena, types[t], &seed);
            pw_table_value_bind(&binder, statement, 1, types[t], &value, is_key);
            assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
            pw_slot back;
            pw_str json = PW_STR_EMPTY;
            assert_true(pw_table_value_read(&arena, sqlite3_column_value(statement, 0), types[t],
                                            is_key, &back, &json));
            /* SQLite has no negative zero. */
            if (!value.is_null && types[t]->kind == PW_TYPE_DOUBLE) value.f64 += 0.0;
            if (!pw_type_is_nested(types[t]))
                assert_true(pw_slot_equal(types[t], &value, &back));
            else
                assert_int_equal(value.is_null, back.is_null);
            sqlite3_reset(statement);
            pw_table_binder_reset(&binder);
        }
        sqlite3_finalize(statement);
    }
    pw_buf_deinit(&declared);
    pw_table_binder_deinit(&binder);
    sqlite3_close(db);
    pw_arena_deinit(&arena);
}

static void test_refused(void **unused) {
    (void)unused;
    pw_state *state = NULL;
    pw_error err = {0};
    pw_state_spec spec = table_spec(":memory:", "pitwall_meta", &standings_schema);
    assert_int_equal(pw_state_open(&spec, &state, &err), PW_INVALID);
    spec.table_name = PW_STR("SQLITE_X");
    assert_int_equal(pw_state_open(&spec, &state, &err), PW_INVALID);
    pw_schema no_key = {standings_columns + 1, 2};
    spec = table_spec(":memory:", "T", &no_key);
    assert_int_equal(pw_state_open(&spec, &state, &err), PW_INVALID);
    assert_string_equal(err.message, "table T has no primary key");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_word_wins), cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_windowed),       cmocka_unit_test(test_forms),
        cmocka_unit_test(test_read_back),      cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("table", tests, fixture_make_folder, fixture_remove_folder);
}
