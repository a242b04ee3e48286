/* The catalog: log, sources and types; the error table; the data folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "catalog/catalog.h"
#include "catalog/data_folder.h"
#include "catalog/errors.h"
#include "state_fixture.h"

static pw_catalog *open_catalog(const char *path, bool is_read_only) {
    pw_error err = {0};
    pw_catalog *catalog = NULL;
    fixture_ok(pw_catalog_open(pw_str_from(path), is_read_only, &catalog, &err), &err);
    return catalog;
}

static int64_t append(pw_catalog *catalog, pw_entry_kind kind, const char *name) {
    pw_error err = {0};
    pw_catalog_entry entry = {.kind = kind,
                              .name = pw_str_from(name),
                              .query_id = PW_STR("Q"),
                              .statement = PW_STR("CREATE `x`"),
                              .created_ms = 5,
                              .plan_version = 3};
    fixture_ok(pw_catalog_log_append(catalog, &entry, &err), &err);
    return entry.id;
}

/* Names of the log in order, each with ! when quarantined and ~ when paused. */
static void expect_log(pw_catalog *catalog, const char *expected) {
    pw_error err = {0};
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_catalog_entry *entries = NULL;
    size_t count = 0;
    fixture_ok(pw_catalog_log_list(catalog, &arena, &entries, &count, &err), &err);
    pw_buf names;
    pw_buf_init(&names);
    for (size_t i = 0; i < count; i++) {
        pw_buf_add_str(&names, entries[i].name);
        if (entries[i].quarantine_reason.length > 0) pw_buf_add_char(&names, '!');
        if (entries[i].is_paused) pw_buf_add_char(&names, '~');
        pw_buf_add_char(&names, ' ');
    }
    assert_string_equal(pw_buf_cstr(&names), expected);
    pw_buf_deinit(&names);
    pw_arena_deinit(&arena);
}

/* --- log ------------------------------------------------------------------------------------ */

static void test_log(void **unused) {
    (void)unused;
    pw_error err = {0};
    const char *path = fixture_path("catalog.db");
    pw_catalog *catalog = open_catalog(path, false);
    assert_int_equal(pw_catalog_id_next(catalog), 1);
    int64_t laps = append(catalog, PW_ENTRY_CREATE_STREAM, "LAPS");
    int64_t best = append(catalog, PW_ENTRY_CREATE_TABLE_AS, "BEST");
    int64_t last = append(catalog, PW_ENTRY_CREATE_TYPE, "CAR");
    assert_true(laps < best && best < last);
    fixture_ok(pw_catalog_log_quarantine(catalog, best, PW_STR("no topic"), &err), &err);
    fixture_ok(pw_catalog_log_pause(catalog, last, true, &err), &err);
    expect_log(catalog, "LAPS BEST! CAR~ ");
    fixture_ok(pw_catalog_log_quarantine(catalog, best, PW_STR_EMPTY, &err), &err);
    fixture_ok(pw_catalog_log_delete(catalog, &last, 1, &err), &err);
    pw_catalog_close(catalog);

    catalog = open_catalog(path, false);
    expect_log(catalog, "LAPS BEST ");
    /* The number of a dropped statement is not given again. */
    assert_int_equal(pw_catalog_id_next(catalog), last + 1);
    pw_catalog_entry replaced = {.id = laps,
                                 .kind = PW_ENTRY_CREATE_STREAM,
                                 .name = PW_STR("LAPS2"),
                                 .statement = PW_STR("s")};
    fixture_ok(pw_catalog_log_replace(catalog, &replaced, &err), &err);
    expect_log(catalog, "LAPS2 BEST ");
    replaced.id = 99;
    assert_int_equal(pw_catalog_log_replace(catalog, &replaced, &err), PW_UNKNOWN);
    pw_catalog_close(catalog);
}

static void test_log_fields(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_catalog *catalog = open_catalog(":memory:", false);
    for (int kind = 0; kind < PW_ENTRY_KIND_COUNT; kind++) {
        append(catalog, (pw_entry_kind)kind, pw_entry_kind_text((pw_entry_kind)kind));
    }
    pw_catalog_entry *entries = NULL;
    size_t count = 0;
    fixture_ok(pw_catalog_log_list(catalog, &arena, &entries, &count, &err), &err);
    assert_int_equal(count, PW_ENTRY_KIND_COUNT);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(entries[i].id, i + 1);
        assert_int_equal(entries[i].kind, i);
        assert_true(pw_str_equal(entries[i].query_id, PW_STR("Q")));
        assert_true(pw_str_equal(entries[i].statement, PW_STR("CREATE `x`")));
        assert_int_equal(entries[i].created_ms, 5);
        assert_int_equal(entries[i].plan_version, 3);
    }
    pw_catalog_close(catalog);
    pw_arena_deinit(&arena);
}

static void test_log_transaction(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_catalog *catalog = open_catalog(fixture_path("transaction.db"), false);
    int64_t first = append(catalog, PW_ENTRY_CREATE_STREAM, "A");
    fixture_ok(pw_catalog_log_begin(catalog, &err), &err);
    append(catalog, PW_ENTRY_CREATE_STREAM, "B");
    fixture_ok(pw_catalog_log_delete(catalog, &first, 1, &err), &err);
    expect_log(catalog, "B ");
    pw_catalog_log_rollback(catalog);
    expect_log(catalog, "A ");
    assert_int_equal(pw_catalog_id_next(catalog), first + 1);
    fixture_ok(pw_catalog_log_begin(catalog, &err), &err);
    append(catalog, PW_ENTRY_CREATE_STREAM, "C");
    fixture_ok(pw_catalog_log_commit(catalog, &err), &err);
    pw_catalog_log_rollback(catalog); /* nothing to undo */
    expect_log(catalog, "A C ");
    pw_catalog_close(catalog);
}

static void test_read_only(void **unused) {
    (void)unused;
    pw_error err = {0};
    const char *path = fixture_path("read.db");
    pw_catalog *reader = open_catalog(path, true);
    expect_log(reader, "");
    pw_catalog_close(reader);
    assert_int_equal(access(path, F_OK), -1);
    pw_catalog *writer = open_catalog(path, false);
    append(writer, PW_ENTRY_CREATE_STREAM, "A");
    reader = open_catalog(path, true);
    append(writer, PW_ENTRY_CREATE_STREAM, "B");
    expect_log(reader, "A B ");
    pw_catalog_entry entry = {.name = PW_STR("C")};
    assert_int_equal(pw_catalog_log_append(reader, &entry, &err), PW_INVALID);
    assert_non_null(strstr(err.message, "open for reading only"));
    pw_catalog_close(reader);
    pw_catalog_close(writer);
}

/* --- sources -------------------------------------------------------------------------------- */

static pw_source make_source(const char *name, bool is_table) {
    static const pw_column columns[] = {
        {.name = {"ID", 2}, .type = &pw_type_bigint, .kind = PW_COLUMN_KEY},
        {.name = {"NAME", 4}, .type = &pw_type_string, .kind = PW_COLUMN_VALUE},
    };
    return (pw_source){.name = pw_str_from(name),
                       .is_table = is_table,
                       .schema = {columns, 2},
                       .topic = pw_str_from(name),
                       .partitions = 3,
                       .key_format = {.name = PW_STR("KAFKA")},
                       .value_format = {.name = PW_STR("JSON")},
                       .query_id = is_table ? PW_STR("CTAS_1") : PW_STR_EMPTY};
}

static void test_sources(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_catalog *catalog = open_catalog(":memory:", false);
    char name[16] = "STANDINGS";
    pw_source source = make_source(name, true);
    const pw_source *added = NULL;
    fixture_ok(pw_catalog_source_add(catalog, &source, &added, &err), &err);
    memset(name, 'x', sizeof name - 1); /* the catalog has its own copy */
    assert_ptr_equal(pw_catalog_source_find(catalog, PW_STR("STANDINGS")), added);
    assert_true(pw_str_equal(added->topic, PW_STR("STANDINGS")));
    assert_int_equal(added->schema.column_count, 2);
    assert_null(pw_catalog_source_find(catalog, PW_STR("standings")));

    source = make_source("STANDINGS", false);
    assert_int_equal(pw_catalog_source_add(catalog, &source, NULL, &err), PW_EXISTS);
    assert_string_equal(err.message, "Cannot add stream 'STANDINGS': A table with the same name "
                                     "already exists");
    const pw_source *found = NULL;
    assert_int_equal(pw_catalog_source_get(catalog, PW_STR("STANDNGS"), PW_SPAN_NONE, &found, &err),
                     PW_UNKNOWN);
    assert_string_equal(err.message, "STANDNGS does not exist.");
    assert_string_equal(err.hint, "did you mean STANDINGS?");

    source = make_source("LAPS", false);
    fixture_ok(pw_catalog_source_add(catalog, &source, NULL, &err), &err);
    pw_source_reader_add(catalog, PW_STR("LAPS"), PW_STR("CTAS_1"));
    source.partitions = 7;
    fixture_ok(pw_catalog_source_replace(catalog, &source, &err), &err);
    found = pw_catalog_source_find(catalog, PW_STR("LAPS"));
    assert_int_equal(found->partitions, 7);
    assert_int_equal(found->reader_count, 1);
    size_t count = 0;
    const pw_source *const *list = pw_catalog_sources(catalog, &count);
    assert_int_equal(count, 2);
    assert_true(pw_str_equal(list[0]->name, PW_STR("STANDINGS")));
    assert_ptr_equal(list[1], found);
    source = make_source("NOWHERE", false);
    assert_int_equal(pw_catalog_source_replace(catalog, &source, &err), PW_UNKNOWN);
    pw_catalog_close(catalog);
}

static void test_drop(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_catalog *catalog = open_catalog(":memory:", false);
    pw_source source = make_source("A", true);
    fixture_ok(pw_catalog_source_add(catalog, &source, NULL, &err), &err);
    source = make_source("B", false);
    fixture_ok(pw_catalog_source_add(catalog, &source, NULL, &err), &err);
    pw_source_writer_add(catalog, PW_STR("A"), PW_STR("CTAS_1")); /* its own: no obstacle */
    pw_source_reader_add(catalog, PW_STR("A"), PW_STR("CSAS_2"));
    pw_source_reader_add(catalog, PW_STR("A"), PW_STR("CSAS_2"));
    pw_source_reader_add(catalog, PW_STR("A"), PW_STR("CSAS_3"));
    pw_source_writer_add(catalog, PW_STR("A"), PW_STR("INSERT_4"));
    assert_int_equal(pw_catalog_source_drop(catalog, PW_STR("A"), &err), PW_INVALID);
    assert_string_equal(err.message,
                        "Cannot drop A.\n"
                        "The following queries read from this source: [CSAS_2, CSAS_3].\n"
                        "The following queries write into this source: [INSERT_4].\n"
                        "You need to terminate them before dropping A.");
    pw_source_reader_remove(catalog, PW_STR("A"), PW_STR("CSAS_2"));
    pw_catalog_query_forget(catalog, PW_STR("CSAS_3"));
    pw_source_writer_remove(catalog, PW_STR("A"), PW_STR("INSERT_4"));
    fixture_ok(pw_catalog_source_drop(catalog, PW_STR("A"), &err), &err);
    assert_null(pw_catalog_source_find(catalog, PW_STR("A")));
    assert_int_equal(pw_catalog_source_drop(catalog, PW_STR("A"), &err), PW_UNKNOWN);
    source = make_source("A", false);
    fixture_ok(pw_catalog_source_add(catalog, &source, NULL, &err), &err);
    pw_source_reader_add(catalog, PW_STR("GONE"), PW_STR("Q")); /* ignored */
    size_t count = 0;
    assert_true(pw_str_equal(pw_catalog_sources(catalog, &count)[0]->name, PW_STR("B")));
    assert_int_equal(count, 2);
    pw_catalog_close(catalog);
}

static void test_types(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_catalog *catalog = open_catalog(":memory:", false);
    const pw_type *list_type = pw_type_array(&arena, &pw_type_string);
    fixture_ok(pw_catalog_type_add(catalog, PW_STR("ZONES"), list_type, 4, &err), &err);
    fixture_ok(pw_catalog_type_add(catalog, PW_STR("CAR"), &pw_type_bigint, 5, &err), &err);
    assert_int_equal(pw_catalog_type_add(catalog, PW_STR("CAR"), list_type, 6, &err), PW_EXISTS);
    const pw_custom_type *found = pw_catalog_type_find(catalog, PW_STR("ZONES"));
    assert_non_null(found);
    assert_true(pw_type_equal(found->type, list_type));
    assert_ptr_not_equal(found->type, list_type);
    size_t count = 0;
    const pw_custom_type **types = pw_catalog_types(catalog, &arena, &count);
    assert_int_equal(count, 2);
    assert_true(pw_str_equal(types[0]->name, PW_STR("CAR")));
    assert_int_equal(pw_catalog_type_drop(catalog, PW_STR("ZONE"), &err), PW_UNKNOWN);
    assert_string_equal(err.hint, "did you mean ZONES?");
    fixture_ok(pw_catalog_type_drop(catalog, PW_STR("ZONES"), &err), &err);
    assert_null(pw_catalog_type_find(catalog, PW_STR("ZONES")));
    pw_catalog_close(catalog);
    pw_arena_deinit(&arena);
}

/* --- error table ------------------------------------------------------------------------------ */

static int64_t query_i64(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t result = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return result;
}

static pw_errors *open_errors(const char *path) {
    pw_error err = {0};
    pw_errors *errors = NULL;
    fixture_ok(pw_errors_open(pw_str_from(path), &errors, &err), &err);
    return errors;
}

static pw_error_record make_error(const char *query_id, int64_t offset) {
    return (pw_error_record){.at_ms = 1,
                             .status = PW_BAD_DATA,
                             .query_id = pw_str_from(query_id),
                             .topic = PW_STR("laps"),
                             .partition = 0,
                             .offset = offset,
                             .column = PW_STR("MS"),
                             .reason = PW_STR("not a number"),
                             .key = {NULL, 0},
                             .value = PW_STR("{\"ms\": \"x\"}")};
}

static void test_errors(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const char *path = fixture_path("errors.db");
    pw_errors *errors = open_errors(path);
    static char large[PW_ERROR_RECORD_BYTES_MAX + 100];
    memset(large, 'a', sizeof large);
    pw_error_record record = make_error("Q1", 7);
    record.value = (pw_str){large, sizeof large};
    pw_errors_add(errors, &record);
    record = make_error("Q2", -1);
    pw_errors_add(errors, &record);
    fixture_ok(pw_errors_flush(errors, &err), &err);
    assert_int_equal(pw_errors_count(errors, PW_STR("Q1")), 1);
    assert_int_equal(pw_errors_count(errors, PW_STR_EMPTY), 2);
    assert_int_equal(pw_errors_count(errors, PW_STR("Q3")), 0);
    pw_error_record last;
    assert_true(pw_errors_last(errors, &arena, PW_STR("Q1"), &last));
    assert_int_equal(last.offset, 7);
    assert_null(last.key.data);
    assert_int_equal(last.value.length, PW_ERROR_RECORD_BYTES_MAX);
    assert_int_equal(query_i64(path, "SELECT count(*) FROM pitwall_errors WHERE query = 'Q1'"
                                     " AND status = 'BAD_DATA' AND key IS NULL AND length(value) ="
                                     " 4096 AND \"offset\" = 7 AND \"column\" = 'MS'"),
                     1);
    assert_int_equal(query_i64(path, "SELECT count(*) FROM pitwall_errors WHERE query = 'Q2'"
                                     " AND \"offset\" IS NULL"),
                     1);
    pw_errors_forget(errors, PW_STR("Q1"));
    assert_false(pw_errors_last(errors, &arena, PW_STR("Q1"), &last));
    pw_errors_close(errors);
    pw_arena_deinit(&arena);
}

/* More than fit into memory are counted; more than fit into the table drive out the oldest. */
static void test_errors_are_bounded(void **unused) {
    (void)unused;
    pw_error err = {0};
    const char *path = fixture_path("bounded.db");
    pw_errors *errors = open_errors(path);
    int64_t offset = 0;
    for (int flush = 0; flush < 5; flush++) {
        for (int i = 0; i < 5000; i++) {
            pw_error_record record = make_error("Q", offset++);
            pw_errors_add(errors, &record);
        }
        fixture_ok(pw_errors_flush(errors, &err), &err);
    }
    assert_int_equal(pw_errors_count(errors, PW_STR("Q")), 25000);
    int64_t kept = 25000 - (int64_t)pw_errors_overflow_count(errors);
    assert_true(kept > PW_ERRORS_KEPT_MAX && kept < 25000);
    pw_errors_close(errors);
    assert_int_equal(query_i64(path, "SELECT count(*) FROM pitwall_errors"), PW_ERRORS_KEPT_MAX);
    assert_true(query_i64(path, "SELECT min(\"offset\") FROM pitwall_errors") > 5000);
}

static void test_errors_damaged_file(void **unused) {
    (void)unused;
    const char *path = fixture_path("broken.db");
    FILE *file = fopen(path, "wb");
    fputs("this is certainly not a database file, whatever else it may be", file);
    fclose(file);
    pw_errors *errors = open_errors(path);
    pw_error_record record = make_error("Q", 1);
    pw_errors_add(errors, &record);
    pw_errors_close(errors); /* flushes */
    assert_int_equal(query_i64(path, "SELECT count(*) FROM pitwall_errors"), 1);
    assert_int_equal(access(fixture_path("broken.db.damaged"), F_OK), 0);
}

static void *add_errors(void *opaque) {
    for (int i = 0; i < 20000; i++) {
        pw_error_record record = make_error(i % 2 ? "Q1" : "Q2", i);
        pw_errors_add(opaque, &record);
    }
    return NULL;
}

static void test_errors_threads(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_errors *errors = open_errors(fixture_path("threads.db"));
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, add_errors, errors);
    for (int i = 0; i < 20; i++)
        fixture_ok(pw_errors_flush(errors, &err), &err);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(pw_errors_count(errors, PW_STR("Q1")), 30000);
    assert_int_equal(pw_errors_count(errors, PW_STR_EMPTY), 60000);
    pw_errors_close(errors);
}

/* --- data folder ------------------------------------------------------------------------------ */

static void test_data_folder(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_data_folder *folder = NULL;
    pw_data_folder *second = NULL;
    const char *path = fixture_path("a/b/data/");
    fixture_ok(pw_data_folder_open(pw_str_from(path), &folder, &err), &err);
    assert_true(pw_str_ends_with(pw_data_folder_path(folder), PW_STR("a/b/data")));
    assert_int_equal(pw_data_folder_open(pw_str_from(path), &second, &err), PW_BUSY);
    char expected[64];
    snprintf(expected, sizeof expected, "is in use by process %ld", (long)getpid());
    assert_non_null(strstr(err.message, expected));
    pw_data_folder_close(folder);
    fixture_ok(pw_data_folder_open(pw_str_from(path), &folder, &err), &err);
    pw_data_folder_close(folder);

    close(open(fixture_path("file"), O_CREAT | O_WRONLY, 0644));
    assert_int_equal(pw_data_folder_open(pw_str_from(fixture_path("file")), &folder, &err), PW_IO);
    assert_non_null(strstr(err.message, "is not a folder"));
    assert_int_equal(pw_data_folder_open(pw_str_from(fixture_path("file/x")), &folder, &err),
                     PW_IO);
    assert_int_equal(pw_data_folder_open(PW_STR("/proc/nothing/x"), &folder, &err), PW_IO);
}

static void expect_file(pw_arena *arena, const char *name, const char *expected) {
    pw_str file = pw_data_folder_file(arena, PW_STR("d"), pw_str_from(name), PW_STR(".db"));
    assert_string_equal(file.data, expected);
}

static void test_file_names(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    expect_file(&arena, "STANDINGS", "d/STANDINGS.db");
    expect_file(&arena, "../x", "d/%2E.%2Fx.db");
    expect_file(&arena, "50%", "d/50%25.db");
    expect_file(&arena, "a\nb", "d/a%0Ab.db");
    char name[400];
    memset(name, 'N', sizeof name);
    pw_str one = pw_data_folder_file(&arena, PW_STR("d"), (pw_str){name, 300}, PW_STR(".db"));
    pw_str other = pw_data_folder_file(&arena, PW_STR("d"), (pw_str){name, 400}, PW_STR(".db"));
    assert_true(one.length < 255 && other.length < 255);
    assert_false(pw_str_equal(one, other));
    pw_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_log_fields),
        cmocka_unit_test(test_log_transaction),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_errors_are_bounded),
        cmocka_unit_test(test_errors_damaged_file),
        cmocka_unit_test(test_errors_threads),
        cmocka_unit_test(test_data_folder),
        cmocka_unit_test(test_file_names),
    };
    return cmocka_run_group_tests_name("catalog", tests, fixture_make_folder,
                                       fixture_remove_folder);
}
