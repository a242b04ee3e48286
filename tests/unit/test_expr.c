/* Expressions: bound, compiled and run, as values and as filters. The rules are those recorded from
 * ksqlDB. SPDX-License-Identifier: Apache-2.0 */
#include "expr_harness.h"

typedef struct value_case {
    const char *expression;
    const char *row;      /* of the harness */
    const char *expected; /* type and value, or the value alone */
} value_case;

static void check_values(const value_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        harness h;
        harness_init(&h);
        const pw_expr *expr = harness_bind(&h, cases[i].expression);
        if (!expr) fail_msg("%s: %s", cases[i].expression, h.error.message);
        pw_buf text;
        pw_buf_init(&text);
        const char *row = cases[i].row;
        const char *value = harness_run(&h, expr, harness_batch(&h, &row, 1));
        if (strchr(cases[i].expected, ':') &&
            strncmp(cases[i].expected, value, strlen(value) + 1) != 0) {
            pw_type_print(pw_expr_type(expr), &text);
            pw_buf_add_literal(&text, ": ");
        }
        pw_buf_add_str(&text, pw_str_from(value));
        if (strcmp(pw_buf_cstr(&text), cases[i].expected) != 0) {
            print_error("%s on {%s}: %s, not %s\n", cases[i].expression, row, pw_buf_cstr(&text),
                        cases[i].expected);
            fail();
        }
        /* A condition is compiled in another way and must agree. */
        if (pw_expr_type(expr)->kind == PW_TYPE_BOOLEAN) {
            const char *kept = harness_filter(&h, expr, harness_batch(&h, &row, 1));
            assert_string_equal(kept, strcmp(value, "true") == 0 ? "0" : "");
        }
        pw_buf_deinit(&text);
        harness_deinit(&h);
    }
}
#define CHECK_VALUES(cases) check_values((cases), sizeof(cases) / sizeof((cases)[0]))

static void test_literals(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"1", "", "INTEGER: 1"},
        {"2147483647", "", "INTEGER: 2147483647"},
        {"2147483648", "", "BIGINT: 2147483648"},
        {"-2147483648", "", "INTEGER: -2147483648"},
        {"-2147483649", "", "BIGINT: -2147483649"},
        {"1.50", "", "DECIMAL(3, 2): 1.50"},
        {"0.05", "", "DECIMAL(3, 2): 0.05"},
        {"-1.5", "", "DECIMAL(2, 1): -1.5"},
        {"1e3", "", "DOUBLE: 1000.0"},
        {"-1.5E-2", "", "DOUBLE: -0.015"},
        {"'it''s'", "", "STRING: it's"},
        {"TRUE", "", "BOOLEAN: true"},
        {"CAST(NULL AS INT)", "", "INTEGER: NULL"},
    };
    CHECK_VALUES(cases);
}

static void test_arithmetic(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"I + J", "I := 7, J := 2", "INTEGER: 9"},
        {"I + B", "I := 7, B := 5000000000", "BIGINT: 5000000007"},
        {"I + D", "I := 7, D := 2.5", "DOUBLE: 9.5"},
        {"I + J", "I := 2147483647, J := 1", "-2147483648"},
        {"I - J", "I := -2147483648, J := 1", "2147483647"},
        {"I * I", "I := 65536", "0"},
        {"B + 1", "B := 9223372036854775807", "-9223372036854775808"},
        {"B * I", "B := 9223372036854775807, I := 2147483647", "9223372034707292161"},
        {"I / J", "I := -7, J := 2", "-3"},
        {"I % J", "I := -7, J := 3", "-1"},
        {"I / J", "I := -2147483648, J := -1", "-2147483648"},
        {"I % J", "I := -2147483648, J := -1", "0"},
        {"B / I", "B := -9223372036854775807 - 1, I := -1", "-9223372036854775808"},
        {"I / J", "I := 1, J := 0", "NULL"},
        {"B % B", "B := 0", "NULL"},
        {"1 / D", "D := 0", "Infinity"},
        {"1 % D", "D := 0", "NaN"},
        {"D % 2", "D := -7.5", "-1.5"},
        {"-I", "I := -2147483648", "-2147483648"},
        {"-D", "D := 1.5", "-1.5"},
        {"-M", "M := 1.25", "DECIMAL(5, 2): -1.25"},
        {"- - I", "I := 7", "7"},
        {"+I", "I := 7", "7"},
        {"M + P", "M := 7.25, P := 2.0", "DECIMAL(6, 2): 9.25"},
        {"M * P", "M := 7.25, P := 2.0", "DECIMAL(10, 3): 14.500"},
        {"M - I", "M := 7.25, I := 2", "DECIMAL(13, 2): 5.25"},
        {"3 * P", "P := 2.5", "7.5"},
        {"M - B", "M := 7.25, B := 5000000000", "-4999999992.75"},
        {"M - D", "M := 7.25, D := 2.5", "DOUBLE: 4.75"},
        {"1 / M", "M := 4", "0.250000"},
        {"1 / M", "M := 3", "NULL"},
        {"M / 0", "M := 3", "NULL"},
        {"M % M", "M := 0", "NULL"},
        {"W + 1", "W := 12345678901234567890.5", "12345678901234567891.5000000000"},
        {"I + J * B", "I := 1, J := 2, B := 3", "7"},
        {"A[1] + 1", "A := ARRAY[41]", "42"},
    };
    CHECK_VALUES(cases);
}

/* NULL and failures in arithmetic end at the nearest call, cast or constructor. */
static void test_nulls_and_errors(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"I + 1", "", "NULL"},
        {"-I", "", "NULL"},
        {"S + 'x'", "", "nullx"},
        {"S + T", "S := 'a', T := 'b'", "ab"},
        {"CAST(I AS STRING)", "", "NULL"},
        {"CAST(S AS INT) + 1", "S := 'oops'", "NULL"},
        {"CAST(S AS INT) IS NULL", "S := 'oops'", "true"},
        {"ARRAY[CAST(S AS INT), 1]", "S := 'oops'", "[null, 1]"},
        {"ARRAY[1 / I, 1]", "I := 0", "[null, 1]"},
        {"STRUCT(F := CAST(S AS INT), G := S)->G", "S := 'oops'", "oops"},
        {"A[CAST(S AS INT)]", "S := 'oops', A := ARRAY[1]", "NULL"},
        {"CASE WHEN 1 / I = 1 THEN 'a' ELSE 'b' END", "I := 0", "NULL"},
        {"1 / I = 1", "I := 0", "NULL"},
        {"1 / I IS NULL", "I := 0", "NULL"},
        {"CAST(1 / I AS STRING) IS NULL", "I := 0", "true"},
    };
    CHECK_VALUES(cases);
}

static void test_logic(void **state) {
    (void)state;
    static const char *const rows[] = {
        "O := TRUE, Q := TRUE",
        "O := TRUE, Q := FALSE",
        "O := TRUE",
        "O := FALSE, Q := TRUE",
        "O := FALSE, Q := FALSE",
        "O := FALSE",
        "Q := TRUE",
        "Q := FALSE",
        "",
    };
    static const char *const cases[][2] = {
        {"O AND Q", "true|false|NULL|false|false|false|NULL|NULL|NULL"},
        {"O OR Q", "true|true|true|true|false|NULL|NULL|NULL|NULL"},
        {"NOT O", "false|false|false|true|true|true|NULL|NULL|NULL"},
        {"O = Q", "true|false|false|false|true|false|false|false|false"},
        {"O <> Q", "false|true|false|true|false|false|false|false|false"},
        {"O IS NULL OR Q", "true|false|NULL|true|false|NULL|true|true|true"},
        {"O AND TRUE", "true|true|true|false|false|false|NULL|NULL|NULL"},
        {"O OR TRUE", "true|true|true|true|true|true|true|true|true"},
        {"TRUE AND O", "true|true|true|false|false|false|NULL|NULL|NULL"},
        {"FALSE AND O", "false|false|false|false|false|false|false|false|false"},
        {"O IS NOT DISTINCT FROM Q", "true|false|false|false|true|false|false|false|true"},
        {"CASE WHEN O THEN 1 WHEN Q THEN 2 END", "1|1|1|2|NULL|NULL|2|NULL|NULL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        harness h;
        harness_init(&h);
        const pw_expr *expr = harness_bind(&h, cases[i][0]);
        if (!expr) fail_msg("%s: %s", cases[i][0], h.error.message);
        assert_string_equal(harness_run(&h, expr, harness_batch(&h, rows, 9)), cases[i][1]);
        harness_deinit(&h);
    }
}

static void test_comparison(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"I = 1", "I := 1", "true"},
        {"I = 1", "", "false"},
        {"NOT (I = 1)", "", "true"},
        {"I <> 1", "", "false"},
        {"I = B", "I := 1, B := 1", "true"},
        {"I = D", "I := 1, D := 1.5", "false"},
        {"B < D", "B := 9007199254740993, D := 9007199254740992e0", "false"},
        {"D = 0.1", "D := 0.1", "true"},
        {"D = M", "D := 1.5, M := 1.5", "true"},
        {"I <> M", "I := 1, M := 1.5", "true"},
        {"M = 1.5", "M := 1.5", "true"},
        {"M BETWEEN I AND B", "M := 1, I := 1, B := 1", "true"},
        {"D / D = D", "D := 0", "false"},
        {"D / D <> D", "D := 0", "false"},
        {"W > 1", "W := 12345678901234567890.5", "true"},
        {"S < 'b'", "S := 'a'", "true"},
        {"S >= T", "S := 'b', T := 'a'", "true"},
        {"DT = '2022-01-01'", "DT := '2022-01-01'", "true"},
        {"DT < '2022-06'", "DT := '2022-01-01'", "true"},
        {"DT = 'oops'", "DT := '2022-01-01'", "NULL"},
        {"DT = 'oops'", "", "false"},
        {"TS = S", "TS := '2022-01-01', S := '2022'", "true"},
        {"TM >= '12:00'", "TM := '12:00'", "true"},
        {"TS = DT", "TS := '2022-01-01T00:00:00', DT := '2022-01-01'", "true"},
        {"Y < 'AA=='", "Y := 'gA=='", "!"},
        {"Y = Y", "Y := 'gA=='", "true"},
        {"A = ARRAY[1, 2]", "A := ARRAY[1, 2]", "true"},
        {"A <> ARRAY[1, 2]", "A := ARRAY[1]", "true"},
        {"A = AB", "A := ARRAY[1], AB := ARRAY[1]", "true"},
        {"R = STRUCT(F := 1, G := 'x')", "R := STRUCT(F := 1, G := 'x')", "true"},
        {"I IS DISTINCT FROM J", "I := 1", "true"},
        {"I IS DISTINCT FROM J", "", "false"},
        {"I IS NOT DISTINCT FROM NULL", "", "true"},
        {"I IS NOT DISTINCT FROM M", "I := 1, M := 1", "true"},
        {"ROWTIME > '2018-01-01T00:00:00.001'", "ROWTIME := 1514764800002", "true"},
        {"ROWTIME BETWEEN '2018-01-01' AND '2018-01-02'", "ROWTIME := 1514764800002", "true"},
        {"'2018' <= ROWTIME", "ROWTIME := 1", "false"},
        {"I NOT BETWEEN 2 AND 4", "", "true"},
        {"I BETWEEN 2 AND 4", "I := 4", "true"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].expected[0] != '!') check_values(&cases[i], 1);
    }
}

static void test_in_and_like(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"I IN (1, '2', 3)", "I := 2", "true"},
        {"I IN (1, '2', 3)", "", "false"},
        {"I IN (1, 2147483648)", "I := 1", "true"},
        {"I IN (1, '2147483648')", "I := -2147483648", "false"},
        {"S IN ('1', 2, true, 10.30)", "S := '10.30'", "true"},
        {"S IN ('1', 2, true)", "S := 'true'", "true"},
        {"D IN (1, 1.5)", "D := 1.5", "true"},
        {"M IN (1.5, 2)", "M := 2", "true"},
        {"I IN (1, NULL)", "I := 2", "false"},
        {"I NOT IN (5, NULL)", "", "true"},
        {"I IN (I + 1, 2)", "", "NULL"},
        {"I IN (I + 1, 2)", "I := 2", "true"},
        {"I IN (1, 2.0, 3.00, '4.000', 5.10, B, D, M)", "I := 4", "true"},
        {"I IN (1, 2.0, 3.00, '4.000', 5.10, B, D, M)", "I := 5", "false"},
        {"AB IN (ARRAY[1, 2], ARRAY['3', null], A)", "AB := ARRAY[3, null]", "true"},
        {"R IN (STRUCT(G := 'x', F := '4'))", "R := STRUCT(F := 4, G := 'x')", "true"},
        {"S LIKE '%oba%'", "S := 'foobar'", "true"},
        {"S LIKE 'f_o'", "S := 'foo'", "true"},
        {"S LIKE 'f_o'", "S := 'fooo'", "false"},
        {"S LIKE '%'", "S := ''", "true"},
        {"S LIKE ''", "S := ''", "true"},
        {"S LIKE 'a%b%c'", "S := 'axxbyybc'", "true"},
        {"S LIKE 'a%b%c'", "S := 'axxbyyb'", "false"},
        {"S LIKE '%'", "S := 'a\nb'", "false"},
        {"S LIKE 'a_b'", "S := 'a\nb'", "false"},
        {"S LIKE '%\n%'", "S := 'a\nb'", "true"},
        {"S LIKE '_'", "S := '\xf0\x9f\x8f\x81'", "true"},
        {"S LIKE '!%' ESCAPE '!'", "S := '%'", "true"},
        {"S LIKE '!%' ESCAPE '!'", "S := 'x'", "false"},
        {"S LIKE 'x!' ESCAPE '!'", "S := 'x!'", "NULL"},
        {"S LIKE '%é_'", "S := 'caféx'", "true"},
        {"S LIKE '%é'", "S := 'caféx'", "false"},
        {"S LIKE 'é%%' ESCAPE 'é'", "S := '%abc'", "true"},
        {"S LIKE 'a%%c'", "S := 'aXc'", "true"},
        {"S LIKE T", "S := 'x'", "NULL"},
        {"S NOT LIKE 'x%'", "S := 'y'", "true"},
        {"S LIKE 'A'", "S := 'a'", "false"},
    };
    CHECK_VALUES(cases);
}

static void test_nested(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"A[1]", "A := ARRAY[7, 8]", "7"},
        {"A[-1]", "A := ARRAY[7, 8]", "8"},
        {"A[0]", "A := ARRAY[7, 8]", "NULL"},
        {"A[3]", "A := ARRAY[7, 8]", "NULL"},
        {"A[1]", "", "NULL"},
        {"X['a']", "X := MAP('a' := 1)", "1"},
        {"X['b']", "X := MAP('a' := 1)", "NULL"},
        {"X[1]", "X := MAP('a' := 1)", "NULL"},
        {"X[S]", "X := MAP('a' := 1), S := 'a'", "1"},
        {"R->F", "R := STRUCT(F := 5, G := 'x')", "5"},
        {"R->F", "", "NULL"},
        {"STRUCT(F := I)->F", "I := 3", "3"},
        {"MAP('k' := S)['k']", "S := 's'", "s"},
        {"ARRAY[I, B]", "I := 1, B := 5000000000", "ARRAY<BIGINT>: [1, 5000000000]"},
        {"ARRAY[I, M]", "I := 1, M := 1.25", "ARRAY<DECIMAL(12, 2)>: [1.00, 1.25]"},
        {"ARRAY[I, D, B]", "I := 1, D := 0.5, B := 2", "ARRAY<DOUBLE>: [1.0, 0.5, 2.0]"},
        {"ARRAY[M, 1.234]", "M := 1.25", "[1.250, 1.234]"},
        {"ARRAY['1', 2]", "", "ARRAY<STRING>: [1, 2]"},
        {"ARRAY[NULL, I]", "I := 1", "[null, 1]"},
        {"ARRAY[NULL, 10, '2e1', I, B]", "I := 30, B := 40",
         "ARRAY<BIGINT>: [null, 10, 20, 30, 40]"},
        {"ARRAY[NULL, STRUCT(F := I, G := B), STRUCT(G := I, H := B)]", "I := 30, B := 40",
         "[null, Struct{F=30,G=40}, Struct{G=30,H=40}]"},
        {"MAP(S := I, 'x' := 1)", "S := 's', I := 2", "{s=2, x=1}"},
        {"MAP('x' := 1, 'x' := 2)", "", "{x=2}"},
        {"MAP(S := O, T := 'true', 10 := 'no')", "S := 'a', T := 'b', O := TRUE",
         "{a=true, b=true, 10=false}"},
        {"ARRAY[ARRAY[I], ARRAY[2, 3]]", "I := 1", "[[1], [2, 3]]"},
    };
    CHECK_VALUES(cases);
}

static void test_case_and_cast(void **state) {
    (void)state;
    static const value_case cases[] = {
        {"CASE WHEN I > 0 THEN 'p' WHEN I <= 0 THEN 'n' ELSE '?' END", "", "?"},
        {"CASE WHEN I > 0 THEN 'p' WHEN I <= 0 THEN 'n' ELSE '?' END", "I := -1", "n"},
        {"CASE WHEN I = 0 THEN 0 ELSE 10 / I END", "I := 0", "0"},
        {"CASE WHEN I = 0 THEN 0 ELSE 10 / I END", "I := 5", "2"},
        {"CASE WHEN I > 0 THEN NULL ELSE 'x' END", "I := 1", "STRING: NULL"},
        {"CASE WHEN D < 2.0 THEN B + 2 END", "D := 1.9, B := 4", "BIGINT: 6"},
        {"CASE WHEN FALSE THEN 1 END", "", "NULL"},
        {"CAST('12' AS INT)", "", "INTEGER: 12"},
        {"CAST(I AS BIGINT)", "I := 3", "BIGINT: 3"},
        {"CAST(I AS DOUBLE)", "I := 3", "3.0"},
        {"CAST(I AS DECIMAL(5, 1))", "I := 3", "3.0"},
        {"CAST(2147483648 AS INT)", "", "-2147483648"},
        {"CAST(1.005 AS DECIMAL(3, 2))", "", "1.01"},
        {"CAST(S AS DATE)", "S := '2022-04-10'", "DATE: 2022-04-10"},
        {"CAST(A AS STRING)", "A := ARRAY[1, null]", "[1, null]"},
        {"CAST(I + J AS BIGINT) IS NULL", "I := 1", "true"},
        {"CAST(I + J AS DOUBLE) IS NULL", "I := 1", "true"},
    };
    CHECK_VALUES(cases);
}

/* A filter keeps rows that are TRUE, whatever else happens in the others. */
static void test_filter(void **state) {
    (void)state;
    static const char *const rows[] = {
        "I := 1, S := '1', O := TRUE, D := 1",
        "I := 5, S := 'x', O := FALSE, D := 5",
        "",
        "I := 0, S := '0', O := TRUE, D := 0",
        "I := 9, S := '9', D := 9",
    };
    static const struct {
        const char *expression, *expected;
        uint32_t errors;
    } cases[] = {
        {"I > 0", "0|1|4", 0},
        {"NOT (I > 5)", "0|1|2|3", 0},
        {"CAST(S AS INT) > 0", "0|4", 1},
        {"10 / I > 1", "0|1", 2},
        {"O AND I > 0", "0", 2},
        {"O", "0|3", 0},
        {"I IN (1, 5)", "0|1", 0},
        {"S LIKE '%'", "0|1|3|4", 1},
        {"FALSE", "", 0},
        {"TRUE", "0|1|2|3|4", 0},
        {"CAST(NULL AS BOOLEAN)", "", 0},
        {"I > 0 AND D < 6 AND S = 'x'", "1", 0},
        {"I > 0 OR S = '0'", "0|1|3|4", 0},
        {"I <> 0 AND 10 / I > 1", "0|1", 0},
        {"CASE WHEN I = 1 THEN TRUE ELSE FALSE END", "0", 0},
        {"D >= 5 AND D <= 9", "1|4", 0},
        {"S > '0' AND S < '9'", "0", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        harness h;
        harness_init(&h);
        const pw_expr *expr = harness_bind(&h, cases[i].expression);
        if (!expr) fail_msg("%s: %s", cases[i].expression, h.error.message);
        const char *kept = harness_filter(&h, expr, harness_batch(&h, rows, 5));
        if (strcmp(kept, cases[i].expected) != 0)
            fail_msg("%s keeps %s", cases[i].expression, kept);
        if (h.error_count != cases[i].errors) {
            fail_msg("%s: %u errors, last: %s", cases[i].expression, h.error_count, h.last_error);
        }
        harness_deinit(&h);
    }
}

/* What two expressions share is one step, and fails under both names, once for each row. */
static void test_shared_steps(void **state) {
    (void)state;
    harness h;
    harness_init(&h);
    const pw_expr *exprs[3] = {harness_bind(&h, "10 / I + 1"),
                               harness_bind(&h, "10 / I + 1 + 10 / I"),
                               harness_bind(&h, "CASE WHEN I > 0 THEN 10 / I ELSE 2 END")};
    const pw_str names[3] = {PW_STR("C0"), PW_STR("C1"), PW_STR("C2")};
    static const char *const rows[] = {"I := 5", "I := 0"};
    pw_program *program = NULL;
    pw_eval *eval = NULL;
    pw_vector results[3];
    assert_int_equal(pw_program_compile(&h.arena, exprs, names, 3, &program, &h.error), PW_OK);
    assert_int_equal(pw_eval_open(&h.arena, program, &eval, &h.error), PW_OK);
    pw_eval_run(eval, harness_batch(&h, rows, 2), results);
    assert_int_equal(pw_at(results[0], 0)->i64, 3);
    assert_int_equal(pw_at(results[1], 0)->i64, 5);
    assert_int_equal(pw_at(results[2], 0)->i64, 2);
    assert_int_equal(pw_at(results[0], 1)->is_null, 1);
    assert_int_equal(pw_at(results[1], 1)->is_null, 1);
    assert_int_equal(pw_at(results[2], 1)->i64, 2);
    assert_int_equal(h.error_count, 2); /* C2 shares the step, but not for this row */
    assert_string_equal(h.last_error, "division by zero in (10 / I)");
    pw_buf text;
    pw_buf_init(&text);
    pw_program_print(program, &text);
    const char *printed = pw_buf_cstr(&text), *first = strstr(printed, "arith_i32 /");
    assert_non_null(first);
    assert_null(strstr(first + 1, "arith_i32 /"));
    pw_buf_deinit(&text);
    harness_deinit(&h);
}

static void test_columns_are_shared(void **state) {
    (void)state;
    harness h;
    harness_init(&h);
    const pw_expr *exprs[2] = {harness_bind(&h, "S"), harness_bind(&h, "I + 1 > LAPS.J")};
    bool used[HARNESS_COLUMNS] = {false};
    assert_int_equal(pw_expr_column(exprs[0]), 7);
    assert_int_equal(pw_expr_column(exprs[1]), -1);
    assert_null(pw_expr_constant(exprs[1]));
    assert_int_equal(pw_expr_constant(harness_bind(&h, "1 + 2 * 3"))->i64, 7);
    pw_expr_mark_columns(exprs[1], used);
    assert_true(used[0] && used[1] && !used[2]);
    static const char *const rows[] = {"S := 'x'"};
    const pw_str names[2] = {PW_STR("C0"), PW_STR("C1")};
    pw_batch *batch = harness_batch(&h, rows, 1);
    pw_program *program = NULL;
    pw_eval *eval = NULL;
    pw_vector results[2];
    assert_int_equal(pw_program_compile(&h.arena, exprs, names, 2, &program, &h.error), PW_OK);
    assert_int_equal(pw_eval_open(&h.arena, program, &eval, &h.error), PW_OK);
    pw_eval_run(eval, batch, results);
    assert_ptr_equal(results[0].slots, batch->columns[7].slots);
    harness_deinit(&h);
}

/* Rows that are not selected are neither evaluated nor reported. */
static void test_selection(void **state) {
    (void)state;
    harness h;
    harness_init(&h);
    static const char *const rows[] = {"I := 0", "I := 5", "I := 0", "I := 2"};
    pw_batch *batch = harness_batch(&h, rows, 4);
    batch->selection[0] = 1;
    batch->selection[1] = 3;
    batch->selected_count = 2;
    assert_string_equal(harness_run(&h, harness_bind(&h, "10 / I"), batch), "2|5");
    assert_string_equal(harness_filter(&h, harness_bind(&h, "10 / I = 5"), batch), "3");
    assert_int_equal(h.error_count, 0);
    batch->selected_count = 0;
    assert_string_equal(harness_run(&h, harness_bind(&h, "10 / I"), batch), "");
    harness_deinit(&h);
}

static void test_print(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"S || 'x'", "CONCAT(S, 'x')"},
        {"I+1", "(I + 1)"},
        {"CAST('2022-01-01' AS DATE) = DT", "(CAST('2022-01-01' AS DATE) = DT)"},
        {"CASE WHEN O THEN 1 ELSE 2 END", "(CASE WHEN O THEN 1 ELSE 2 END)"},
        {"I IN (1, 2)", "(I IN (1, 2))"},
        {"X['a']", "X['a']"},
        {"R->F", "R->F"},
        {"O < TRUE OR TRUE", "!"},
        {"NOT O", "(NOT O)"},
        {"MAP('a' := I)", "MAP('a':=I)"},
        {"I + D", "(I + D)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        harness h;
        harness_init(&h);
        const pw_expr *expr = harness_bind(&h, cases[i][0]);
        if (expr) {
            pw_buf text;
            pw_buf_init(&text);
            pw_expr_print(expr, &text);
            assert_string_equal(pw_buf_cstr(&text), cases[i][1]);
            pw_buf_deinit(&text);
        } else {
            assert_string_equal(cases[i][1], "!");
        }
        harness_deinit(&h);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_nulls_and_errors),
        cmocka_unit_test(test_logic),
        cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_in_and_like),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_case_and_cast),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_shared_steps),
        cmocka_unit_test(test_columns_are_shared),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
