/* Scripts that drop what they create: each statement sees what those before it have done.
 * SPDX-License-Identifier: Apache-2.0 */
#include "session/session_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CREATE_STREAM(type)                                                                        \
    "CREATE STREAM s (k VARCHAR KEY, v " type                                                      \
    ") WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);\n"
#define CREATE_TABLE "CREATE TABLE c AS SELECT k, COUNT(*) AS n, MAX(v) AS m FROM s GROUP BY k;\n"
#define DROP_ALL     "DROP TABLE IF EXISTS c;\nDROP STREAM IF EXISTS s;\n"

static pitwall *p;
static pitwall_error err;

static int open_session(void **state) {
    (void)state;
    pitwall_options options = {.data_folder = ":memory:"};
    memset(&err, 0, sizeof err);
    assert_int_equal(pitwall_open(&options, &p, &err), PITWALL_OK);
    return 0;
}

static int close_session(void **state) {
    (void)state;
    pitwall_close(p);
    return 0;
}

static void run(const char *sql) {
    pitwall_status status = pitwall_execute(p, sql, "test.sql", NULL, NULL, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, PITWALL_OK);
}

static const pw_source *source(const char *name) {
    return pw_catalog_source_find(p->catalog, pw_str_from(name));
}

/* The usual head of a ksqlDB script, run again and again. */
static void test_drop_if_exists(void **state) {
    (void)state;
    for (int turn = 0; turn < 3; turn++) {
        run(DROP_ALL CREATE_STREAM("INT") CREATE_TABLE);
        assert_non_null(source("S"));
        assert_non_null(source("C"));
        assert_non_null(session_query_find(p, source("C")->query_id)->running);
    }
}

/* What comes behind a DROP may differ from what was dropped. */
static void test_changed(void **state) {
    (void)state;
    run(CREATE_STREAM("INT") CREATE_TABLE);
    run(DROP_ALL CREATE_STREAM("BIGINT") CREATE_TABLE);
    int32_t column = pw_schema_find(&source("C")->schema, PW_STR("M"));
    assert_true(column >= 0);
    assert_int_equal(source("C")->schema.columns[column].type->kind, PW_TYPE_BIGINT);
}

static void test_twice_in_one_script(void **state) {
    (void)state;
    run(CREATE_STREAM("INT") CREATE_TABLE DROP_ALL CREATE_STREAM("BIGINT") CREATE_TABLE DROP_ALL);
    assert_null(source("S"));
    assert_null(source("C"));
    assert_null(p->queries);
}

/* A name that is gone is gone for the statements behind it, too. */
static void test_use_of_dropped(void **state) {
    (void)state;
    run(CREATE_STREAM("INT"));
    assert_int_equal(
        pitwall_execute(p, "DROP STREAM s;\n" CREATE_TABLE, "test.sql", NULL, NULL, &err),
        PITWALL_USER);
    assert_non_null(strstr(err.message, "S does not exist"));
    assert_int_equal(err.line, 2);
    assert_null(source("C"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_drop_if_exists, open_session, close_session),
        cmocka_unit_test_setup_teardown(test_changed, open_session, close_session),
        cmocka_unit_test_setup_teardown(test_twice_in_one_script, open_session, close_session),
        cmocka_unit_test_setup_teardown(test_use_of_dropped, open_session, close_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
