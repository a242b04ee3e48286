/* Queries on every type: its order, equality, arithmetic and text, and names that need care.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pull_fixture.h"

static const char *const values[] = {
    "1, TRUE, 2147483647, 9223372036854775807, 1.5, 'a', '00', 'AQ==', '2000-01-01', "
    "'10:20:30.456', "
    "'2000-01-01T10:00:00', '1.50', '12345678901234567890.12345', ARRAY[1, 2], MAP('k' := 1), "
    "STRUCT(F := 1, "
    "G := 'g')",
    "2, FALSE, -1, -9223372036854775808, 0E0 / 0E0, '\xef\xbf\xbd', '00', 'gA==', '-0044-03-15', "
    "'23:59', '1066-10-14', '-0.01', '-1', ARRAY[1], MAP('k' := 2), STRUCT(F := 2, G := 'g')",
    "3, TRUE, 0, 0, -1E0 / 0E0, '\xf0\x9f\x8f\x8e', '', 'fw==', '2000-01-02', '00:00', "
    "'2000-01-01T10:00:00.001', '10.00', '99.5', ARRAY[CAST(NULL AS INT)], MAP('a' := 1, 'b' := "
    "2), STRUCT(F := "
    "1, G := CAST(NULL AS STRING))",
    "4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
};
static const char *const names[] = {"'k', 1, 2, 3, 'x'"};

static int open_values(void **unused) {
    if (fixture_open_pitwall(unused) != 0) return -1;
    fixture_table("V",
                  "ID INT KEY, O BOOLEAN, I INT, B BIGINT, D DOUBLE, S STRING, E STRING, Y BYTES, "
                  "DT DATE, TM "
                  "TIME, TS TIMESTAMP, M DECIMAL(4, 2), W DECIMAL(30, 5), A ARRAY<INT>, X "
                  "MAP<STRING, INT>, R "
                  "STRUCT<F INT, G STRING>",
                  false, values, 4);
    fixture_table("a \"table\"", "`select` STRING KEY, `id` INT, ID INT, `c0` INT, `x;--` STRING",
                  false, names, 1);
    return 0;
}

typedef struct question {
    const char *sql, *rows;
} question;

static void check(const question *questions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        answer a;
        pitwall_error err;
        answer_init(&a);
        if (answer_ask(&a, questions[i].sql, &err) != PITWALL_OK) {
            fail_msg("%s\n%s", questions[i].sql, err.message);
        }
        if (strcmp(pw_buf_cstr(&a.text), questions[i].rows) != 0) {
            fail_msg("%s\nwanted:\n%s\ngot:\n%s", questions[i].sql, questions[i].rows,
                     pw_buf_cstr(&a.text));
        }
        answer_deinit(&a);
    }
}
#define CHECK(questions) check((questions), sizeof(questions) / sizeof((questions)[0]))

static void test_texts(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT O, I, B, D, S, Y FROM V", "true|2147483647|9223372036854775807|1.5|a|AQ==\n"
                                           "false|-1|-9223372036854775808|NaN|\xef\xbf\xbd|gA==\n"
                                           "true|0|0|-Infinity|\xf0\x9f\x8f\x8e|fw==\n"
                                           "NULL|NULL|NULL|NULL|NULL|NULL"},
        {"SELECT TM, TS, M, W FROM V LIMIT 3",
         "10:20:30|2000-01-01T10:00:00.000|1.50|12345678901234567890.12345\n"
         "23:59|1066-10-14T00:00:00.000|-0.01|-1.00000\n"
         "00:00|2000-01-01T10:00:00.001|10.00|99.50000"},
        {"SELECT A, X, R FROM V",
         "[1,2]|{\"k\":1}|{\"F\":1,\"G\":\"g\"}\n[1]|{\"k\":2}|{\"F\":2,\"G\":\"g\"}\n"
         "[null]|{\"a\":1,\"b\":2}|{\"F\":1,\"G\":null}\nNULL|NULL|NULL"},
    };
    CHECK(questions);
}

/* Values that were through a function come out as they went in. */
static void test_round_trip(void **state) {
    (void)state;
    static const char *const columns[] = {"O",  "I",  "B", "D", "S", "E", "Y", "DT",
                                          "TM", "TS", "M", "W", "A", "X", "R"};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        char plain[128], through[256];
        answer a, b;
        pitwall_error err;
        snprintf(plain, sizeof plain, "SELECT %s FROM V ORDER BY ID", columns[i]);
        snprintf(through, sizeof through,
                 "SELECT CASE WHEN ID > 0 THEN Q ELSE Q END FROM (SELECT ID, CASE WHEN ID > 0 THEN "
                 "%s ELSE %s "
                 "END AS Q FROM V) ORDER BY ID",
                 columns[i], columns[i]);
        answer_init(&a);
        answer_init(&b);
        if (answer_ask(&a, plain, &err) != PITWALL_OK) fail_msg("%s", err.message);
        if (answer_ask(&b, through, &err) != PITWALL_OK) fail_msg("%s\n%s", through, err.message);
        assert_string_equal(pw_buf_cstr(&a.json), pw_buf_cstr(&b.json));
        answer_deinit(&a);
        answer_deinit(&b);
    }
}

static void test_order(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT ID FROM V ORDER BY O, ID", "4\n2\n1\n3"},
        {"SELECT ID FROM V ORDER BY B DESC", "1\n3\n2\n4"},
        {"SELECT ID FROM V ORDER BY D", "4\n3\n1\n2"},
        {"SELECT ID FROM V ORDER BY S", "4\n1\n3\n2"},
        {"SELECT ID FROM V ORDER BY Y", "4\n2\n1\n3"},
        {"SELECT ID FROM V ORDER BY DT", "4\n2\n1\n3"},
        {"SELECT ID FROM V ORDER BY TM", "4\n3\n1\n2"},
        {"SELECT ID FROM V ORDER BY TS", "4\n2\n1\n3"},
        {"SELECT ID FROM V ORDER BY M", "4\n2\n1\n3"},
        {"SELECT ID FROM V ORDER BY W", "4\n2\n3\n1"},
        {"SELECT ID FROM V ORDER BY A", "4\n3\n2\n1"},
        {"SELECT ID FROM V ORDER BY R, ID", "4\n3\n1\n2"},
    };
    CHECK(questions);
}

static void test_comparisons(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT ID FROM V WHERE D = D", "1\n3"},
        {"SELECT ID FROM V WHERE D > 0 OR D < 0", "1\n3"},
        {"SELECT ID FROM V WHERE D IN (1.5E0)", "1"},
        {"SELECT ID FROM V WHERE S > 'a'", "2\n3"},
        {"SELECT ID FROM V WHERE S < '\xef\xbf\xbd'", "1\n3"},
        {"SELECT ID FROM V WHERE E = ''", "3"},
        {"SELECT ID FROM V WHERE DT < '0001-01-01'", "2"},
        {"SELECT ID FROM V WHERE TS >= '2000-01-01T10:00:00'", "1\n3"},
        {"SELECT ID FROM V WHERE TM BETWEEN '10:00' AND '23:59'", "1\n2"},
        {"SELECT ID FROM V WHERE TM = '10:20:30.456'", "1"},
        {"SELECT ID FROM V WHERE M = 10", "3"},
        {"SELECT ID FROM V WHERE M = 1.5", "1"},
        {"SELECT ID FROM V WHERE M = 1.505", ""},
        {"SELECT ID FROM V WHERE M < 2 AND M > -1", "1\n2"},
        {"SELECT ID FROM V WHERE I = 2147483648", ""},
        {"SELECT ID FROM V WHERE I < 2147483648", "1\n2\n3"},
        {"SELECT ID FROM V WHERE B > 1.5", "1"},
        {"SELECT ID FROM V WHERE W = 99.5", "3"},
        {"SELECT ID FROM V WHERE A = ARRAY[1]", "2"},
        {"SELECT ID FROM V WHERE X = MAP('b' := 2, 'a' := 1)", "3"},
        {"SELECT ID FROM V WHERE R->F = 1", "1\n3"},
        {"SELECT ID FROM V WHERE Y = TO_BYTES('80', 'hex')", "2"},
        {"SELECT ID FROM V WHERE O = TRUE", "1\n3"},
        {"SELECT ID FROM V WHERE I IS DISTINCT FROM 0", "1\n2\n4"},
        {"SELECT ID FROM V WHERE ID IN ('1', '4')", "1\n4"},
        {"SELECT ID FROM V WHERE DT IN (SELECT DT FROM V WHERE ID < 3)", "1\n2"},
        {"SELECT ID FROM V WHERE D IN (SELECT D FROM V)", "1\n3"},
        {"SELECT ID FROM V WHERE B IN (SELECT I FROM V)", "3"},
        {"SELECT L.ID, R.ID FROM V L JOIN V R ON L.M = R.M AND L.W = R.W AND L.Y = R.Y ORDER BY 1",
         "1|1\n2|2\n3|3"},
        {"SELECT L.ID, R.ID FROM V L JOIN V R ON L.D = R.D ORDER BY 1", "1|1\n3|3"},
    };
    CHECK(questions);
}

static void test_arithmetic(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT I + 1, B + 1 FROM V WHERE ID = 1", "-2147483648|-9223372036854775808"},
        {"SELECT SUM(B) FROM V", "-1"},
        {"SELECT SUM(I), MAX(D), MIN(M), MAX(W) FROM V",
         "2147483646|NaN|-0.01|12345678901234567890.12345"},
        {"SELECT M * W FROM V WHERE ID = 3", "995.0000000"},
        {"SELECT CAST(W AS STRING), CAST(D AS STRING) FROM V WHERE ID = 1",
         "12345678901234567890.12345|1.5"},
        {"SELECT 7 / 2, -7 / 2, 7 % 3, 7.0 / 2", "3|-3|1|3.500000000000"},
        {"SELECT COUNT(DISTINCT DT), COUNT(DISTINCT A), COUNT(DISTINCT O) FROM V", "3|3|2"},
        {"SELECT DISTINCT M - M FROM V ORDER BY 1", "NULL\n0.00"},
        {"SELECT I FROM V WHERE ID = 1 UNION SELECT B FROM V WHERE ID = 1 ORDER BY 1",
         "2147483647\n9223372036854775807"},
        {"SELECT DT FROM V WHERE ID = 1 UNION SELECT NULL FROM V WHERE ID = 1 ORDER BY 1 NULLS "
         "LAST",
         "2000-01-01\nNULL"},
        {"SELECT TOPK(I, 2), COLLECT_SET(O), HISTOGRAM(E) FROM V WHERE ID < 3",
         "[2147483647,-1]|[true,false]|{\"00\":2}"},
    };
    CHECK(questions);
}

static void test_names(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT `select`, `id`, ID, `c0`, `x;--` FROM `a \"table\"`", "k|1|2|3|x"},
        {"SELECT `c0` AS `a b`, ID AS C0 FROM `a \"table\"` ORDER BY `c0`, C0", "3|2"},
        {"SELECT `t1`.ID FROM `a \"table\"` AS `t1` WHERE `t1`.`id` = 1", "2"},
        {"SELECT W1.ID, T2.ID FROM V W1 JOIN V T2 USING (ID) WHERE W1.I = 0", "3|3"},
        {"SELECT ID FROM V A JOIN V B USING (ID) JOIN V C USING (ID) WHERE A.ID < 3 ORDER BY ID",
         "1\n2"},
        {"SELECT ID FROM V A FULL JOIN (SELECT ID + 2 AS ID FROM V) B USING (ID) ORDER BY ID",
         "1\n2\n3\n4\n5\n6"},
        {"SELECT A.ID, C.ID FROM V A LEFT JOIN (V B JOIN V C ON B.ID = C.ID AND B.ID = 2) ON A.ID "
         "= B.ID ORDER "
         "BY A.ID",
         "1|NULL\n2|2\n3|NULL\n4|NULL"},
        {"WITH V AS (SELECT ID FROM V WHERE ID = 2) SELECT * FROM V", "2"},
        {"SELECT (SELECT (SELECT O.I + N.ID + M.ID FROM V M WHERE M.ID = 1) FROM V N WHERE N.ID = "
         "O.ID) FROM V "
         "O WHERE O.ID = 3",
         "4"},
        {"SELECT ID, ROWTIME FROM V WHERE ROWTIME BETWEEN '1970-01-01T00:00:02' AND "
         "'1970-01-01T00:00:03'",
         "2|2000\n3|3000"},
        {"SELECT A.ROWTIME - B.ROWTIME FROM V A JOIN V B ON A.ID = B.ID + 1 AND A.ID = 2", "1000"},
        {"SELECT R.T FROM (SELECT ROWTIME AS T FROM V) R WHERE R.T = '1970-01-01T00:00:02'",
         "2000"},
    };
    CHECK(questions);
}

static void test_volatile(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT COUNT(DISTINCT U) FROM (SELECT UUID() AS U FROM V)", "4"},
    };
    CHECK(questions);
}

static void test_limits(void **state) {
    (void)state;
    answer a;
    pitwall_error err;
    pw_buf sql;
    pw_buf_init(&sql);
    pw_buf_add_literal(&sql, "SELECT ID FROM V WHERE I IN (0");
    for (int i = 1; i < 3000; i++)
        pw_buf_format(&sql, ", %d", i);
    pw_buf_add_literal(&sql, ")");
    answer_init(&a);
    if (answer_ask(&a, pw_buf_cstr(&sql), &err) != PITWALL_OK) fail_msg("%s", err.message);
    assert_string_equal(pw_buf_cstr(&a.text), "3");
    answer_deinit(&a);
    pw_buf_clear(&sql);
    for (int i = 0; i < 70; i++)
        pw_buf_add_literal(&sql, "SELECT * FROM (");
    pw_buf_add_literal(&sql, "SELECT ID FROM V");
    for (int i = 0; i < 70; i++)
        pw_buf_add_literal(&sql, ")");
    answer_init(&a);
    assert_int_equal(answer_ask(&a, pw_buf_cstr(&sql), &err), PITWALL_USER);
    assert_non_null(strstr(err.message, "nested more than 64 deep"));
    answer_deinit(&a);
    pw_buf_deinit(&sql);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),      cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_order),      cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_names),
        cmocka_unit_test(test_volatile),   cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, open_values, fixture_close_pitwall);
}
