/* Random queries, answered by pitwall and by plain SQLite over the same rows, where both languages
 * say the same. SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "pull_fixture.h"

enum { ROWS = 300, QUERIES = 400 };

static sqlite3 *oracle;
static uint64_t seed = 20;

static uint32_t pick(uint32_t count) {
    return (uint32_t)(fixture_random(&seed) % count);
}

static int open_numbers(void **unused) {
    static char rows[ROWS][128];
    static const char *pointers[ROWS];
    if (fixture_open_pitwall(unused) != 0) return -1;
    if (sqlite3_open(":memory:", &oracle) != SQLITE_OK) return -1;
    sqlite3_exec(
        oracle,
        "CREATE TABLE NUMBERS(ID BIGINT PRIMARY KEY, A BIGINT, B BIGINT, N BIGINT, G INT, S TEXT)",
        NULL, NULL, NULL);
    static const char *const words[] = {"'red'", "'green'", "'blue'",
                                        "'Red'", "''",      "'gr\xc3\xbcn'"};
    for (int i = 0; i < ROWS; i++) {
        char n[16] = "NULL";
        if (pick(4)) snprintf(n, sizeof n, "%d", (int)pick(50) - 25);
        snprintf(rows[i], sizeof rows[i], "%d, %d, %d, %s, %d, %s", i * 3 - 200,
                 (int)pick(2000) - 1000, (int)pick(40) - 20, n, (int)pick(7), words[pick(6)]);
        char sql[200];
        snprintf(sql, sizeof sql, "INSERT INTO NUMBERS VALUES(%s)", rows[i]);
        if (sqlite3_exec(oracle, sql, NULL, NULL, NULL) != SQLITE_OK) return -1;
        pointers[i] = rows[i];
    }
    fixture_table("NUMBERS", "ID BIGINT KEY, A BIGINT, B BIGINT, N BIGINT, G INT, S STRING", false,
                  pointers, ROWS);
    return 0;
}

static int close_numbers(void **unused) {
    sqlite3_close(oracle);
    return fixture_close_pitwall(unused);
}

/* --- queries ---------------------------------------------------------------------------------- */

/* Without NULLs and without division: those are not the same. */
static void add_number(pw_buf *sql, int depth) {
    static const char *const columns[] = {"ID", "A", "B", "G"};
    switch (depth > 0 ? pick(5) : pick(2)) {
    case 0: pw_buf_add_str(sql, pw_str_from(columns[pick(4)])); return;
    case 1: pw_buf_format(sql, "%d", (int)pick(100)); return;
    default: break;
    }
    static const char operators[] = {'+', '-', '*'};
    pw_buf_add_char(sql, '(');
    add_number(sql, depth - 1);
    pw_buf_format(sql, " %c ", operators[pick(3)]);
    add_number(sql, depth - 1);
    pw_buf_add_char(sql, ')');
}

static const char *comparison(void) {
    static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
    return operators[pick(6)];
}

static void add_condition(pw_buf *sql, int depth) {
    switch (depth > 0 ? pick(11) : pick(8)) {
    case 0: pw_buf_format(sql, "ID %s %d", comparison(), (int)pick(900) - 200); return;
    case 1: pw_buf_format(sql, "N %s %d", comparison(), (int)pick(50) - 25); return;
    case 2: pw_buf_format(sql, "%d %s B", (int)pick(40) - 20, comparison()); return;
    case 3: pw_buf_format(sql, "S %s 'green'", comparison()); return;
    case 4:
        pw_buf_format(sql, "A BETWEEN %d AND %d", (int)pick(1000) - 1000, (int)pick(1000));
        return;
    case 5: pw_buf_format(sql, "G IN (%u, %u, %u)", pick(7), pick(7), pick(7)); return;
    case 6: pw_buf_format(sql, "N IS %sNULL", pick(2) ? "NOT " : ""); return;
    case 7:
        add_number(sql, 2);
        pw_buf_format(sql, " %s ", comparison());
        add_number(sql, 1);
        return;
    default: break;
    }
    pw_buf_add_char(sql, '(');
    add_condition(sql, depth - 1);
    pw_buf_add_str(sql, pick(2) ? PW_STR(" AND ") : PW_STR(" OR "));
    add_condition(sql, depth - 1);
    pw_buf_add_char(sql, ')');
}

static void add_where(pw_buf *sql, const char *word) {
    if (pick(4) == 0) return;
    pw_buf_add_str(sql, pw_str_from(word));
    add_condition(sql, 3);
}

static void add_limit(pw_buf *sql) {
    if (pick(3) == 0)
        pw_buf_format(sql, " LIMIT %u", pick(20));
    else if (pick(3) == 0)
        pw_buf_format(sql, " LIMIT %u OFFSET %u", pick(20), pick(20));
}

static void write_rows(pw_buf *sql) {
    pw_buf_add_literal(sql, "SELECT ID, S, N, ");
    add_number(sql, 3);
    pw_buf_add_literal(sql, " AS X FROM NUMBERS");
    add_where(sql, " WHERE ");
    static const char *const orders[] = {" ORDER BY X, ID", " ORDER BY N DESC, ID",
                                         " ORDER BY S, ID DESC", " ORDER BY N NULLS LAST, ID",
                                         " ORDER BY A + B, 1"};
    pw_buf_add_str(sql, pw_str_from(orders[pick(5)]));
    add_limit(sql);
}

static void write_groups(pw_buf *sql) {
    static const char *const groups[] = {"G", "S", "G * 2 + 1", "N"};
    const char *group = groups[pick(4)];
    pw_buf_format(sql,
                  "SELECT %s AS K, COUNT(*), COUNT(N), COUNT(DISTINCT B), SUM(A), MIN(B), MAX(N), "
                  "MAX(S), SUM(B * 2) + 1 FROM NUMBERS",
                  group);
    add_where(sql, " WHERE ");
    pw_buf_format(sql, " GROUP BY %s", group);
    if (pick(2)) pw_buf_format(sql, " HAVING COUNT(*) %s %u OR SUM(A) > 0", comparison(), pick(30));
    pw_buf_add_str(sql, pick(2) ? PW_STR(" ORDER BY K") : PW_STR(" ORDER BY COUNT(*) DESC, K"));
    add_limit(sql);
}

static void write_join(pw_buf *sql) {
    pw_buf_add_literal(sql, "SELECT L.ID AS I, R.ID AS J, L.S AS T FROM NUMBERS AS L ");
    pw_buf_add_str(sql, pick(2) ? PW_STR("LEFT JOIN NUMBERS AS R ON ")
                                : PW_STR("JOIN NUMBERS AS R ON "));
    pw_buf_add_str(sql, pick(2) ? PW_STR("L.B = R.N") : PW_STR("L.ID = R.A AND L.G < R.G"));
    pw_buf_format(sql, " WHERE L.ID %s %d ORDER BY I, J", comparison(), (int)pick(900) - 200);
    add_limit(sql);
}

static void write_set(pw_buf *sql) {
    static const char *const words[] = {"UNION", "UNION ALL", "INTERSECT", "EXCEPT"};
    pw_buf_add_literal(sql, "SELECT G AS X, S AS Y FROM NUMBERS");
    add_where(sql, " WHERE ");
    pw_buf_format(sql, " %s SELECT B, S FROM NUMBERS", words[pick(4)]);
    add_where(sql, " WHERE ");
    pw_buf_add_literal(sql, " ORDER BY X, Y");
    add_limit(sql);
}

static void write_nested(pw_buf *sql) {
    pw_buf_add_literal(sql, "WITH Q AS (SELECT ID, A, B, N, G, S FROM NUMBERS");
    add_where(sql, " WHERE ");
    pw_buf_add_literal(sql, ") SELECT DISTINCT S, G FROM Q WHERE ");
    static const char *const conditions[] = {
        "A < (SELECT MAX(B) * 10 FROM Q)", "B IN (SELECT N FROM NUMBERS WHERE N > 3)",
        "NOT EXISTS (SELECT 1 FROM NUMBERS AS M WHERE M.ID = Q.A)", "ID = (SELECT MIN(ID) FROM Q)"};
    pw_buf_add_str(sql, pw_str_from(conditions[pick(4)]));
    pw_buf_add_literal(sql, " ORDER BY S, G");
    add_limit(sql);
}

static void write_over(pw_buf *sql) {
    static const char *const functions[] = {"ROW_NUMBER()", "RANK()", "SUM(A)",
                                            "COUNT(N)",     "MAX(B)", "LAG(A)"};
    pw_buf_format(sql, "SELECT ID, %s OVER (PARTITION BY %s ORDER BY B, ID", functions[pick(6)],
                  pick(2) ? "G" : "S");
    if (pick(2)) pw_buf_format(sql, " ROWS BETWEEN %u PRECEDING AND CURRENT ROW", pick(4));
    pw_buf_add_literal(sql, ") AS W FROM NUMBERS");
    add_where(sql, " WHERE ");
    pw_buf_add_literal(sql, " ORDER BY ID");
    add_limit(sql);
}

/* --- comparing -------------------------------------------------------------------------------- */

static void ask_oracle(const char *sql, pw_buf *out) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(oracle, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s\n%s", sql, sqlite3_errmsg(oracle));
    }
    for (int row = 0; sqlite3_step(statement) == SQLITE_ROW; row++) {
        if (row) pw_buf_add_char(out, '\n');
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            pw_buf_format(out, "%s%s", i ? "|" : "", text ? text : "NULL");
        }
    }
    sqlite3_finalize(statement);
}

static void check(const char *sql) {
    answer a;
    pitwall_error err;
    pw_buf wanted;
    pw_buf_init(&wanted);
    answer_init(&a);
    ask_oracle(sql, &wanted);
    if (answer_ask(&a, sql, &err) != PITWALL_OK) fail_msg("%s\n%s", sql, err.message);
    if (strcmp(pw_buf_cstr(&a.text), pw_buf_cstr(&wanted)) != 0) {
        fail_msg("%s\nwanted:\n%s\ngot:\n%s", sql, pw_buf_cstr(&wanted), pw_buf_cstr(&a.text));
    }
    answer_deinit(&a);
    pw_buf_deinit(&wanted);
}

static void run_queries(void (*write)(pw_buf *sql)) {
    pw_buf sql;
    pw_buf_init(&sql);
    for (int i = 0; i < QUERIES / 4; i++) {
        pw_buf_clear(&sql);
        write(&sql);
        check(pw_buf_cstr(&sql));
    }
    pw_buf_deinit(&sql);
}

static void test_rows(void **state) {
    (void)state;
    run_queries(write_rows);
}
static void test_groups(void **state) {
    (void)state;
    run_queries(write_groups);
}
static void test_joins(void **state) {
    (void)state;
    run_queries(write_join);
}
static void test_sets(void **state) {
    (void)state;
    run_queries(write_set);
}
static void test_nested(void **state) {
    (void)state;
    run_queries(write_nested);
}
static void test_over(void **state) {
    (void)state;
    run_queries(write_over);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_groups), cmocka_unit_test(test_joins),
        cmocka_unit_test(test_sets), cmocka_unit_test(test_nested), cmocka_unit_test(test_over),
    };
    return cmocka_run_group_tests(tests, open_numbers, close_numbers);
}
