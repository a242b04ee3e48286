/* What the planner must accept or refuse whatever the size of the statement.
 * SPDX-License-Identifier: Apache-2.0 */
#include "session/session_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static pitwall_status check(const char *sql, pitwall_error *err) {
    pitwall_options options = {.data_folder = ":memory:"};
    pitwall *p;
    assert_int_equal(pitwall_open(&options, &p, err), PITWALL_OK);
    pitwall_status status = pitwall_check(p, sql, "test.sql", err);
    pitwall_close(p);
    return status;
}

/* Joined relations are wider than any single source may be. */
static void test_wide_join(void **state) {
    (void)state;
    enum { SOURCES = 4, COLUMNS = 1900 };
    pitwall_error err = {0};
    pw_buf sql;
    pw_buf_init(&sql);
    for (int s = 0; s < SOURCES; s++) {
        pw_buf_format(&sql, "CREATE %s t%d (k VARCHAR %s", s ? "TABLE" : "STREAM", s,
                      s ? "PRIMARY KEY" : "KEY");
        for (int c = 0; c < COLUMNS; c++)
            pw_buf_format(&sql, ", c%d INT", c);
        pw_buf_format(&sql, ") WITH (KAFKA_TOPIC='t%d', VALUE_FORMAT='JSON', PARTITIONS=1);\n", s);
    }
    pw_buf_add_literal(
        &sql, "CREATE STREAM j AS SELECT t0.k AS k, t1.c1 AS a, t2.c2 AS b, t3.c1899 AS c FROM t0"
              " JOIN t1 ON t0.k = t1.k JOIN t2 ON t0.k = t2.k JOIN t3 ON t0.k = t3.k;");
    pitwall_status status = check(pw_buf_cstr(&sql), &err);
    pw_buf_deinit(&sql);
    assert_string_equal(err.message, "");
    assert_int_equal(status, PITWALL_OK);
}

/* The key alone does not tell the rows of a windowed table apart: ksqlDB refuses it as a source,
 * whatever its window. */
static void test_windowed_table(void **state) {
    (void)state;
    static const char sql[] = "CREATE STREAM s (k VARCHAR KEY, v INT)"
                              " WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);\n"
                              "CREATE TABLE w AS SELECT k, COUNT(*) AS n FROM s"
                              " WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k;\n"
                              "CREATE TABLE f AS SELECT k, n FROM w WHERE n > 1;";
    pitwall_error err = {0};
    assert_int_equal(check(sql, &err), PITWALL_USER);
    assert_non_null(
        strstr(err.message, "KSQL does not support persistent queries on windowed tables."));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_join),
        cmocka_unit_test(test_windowed_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
