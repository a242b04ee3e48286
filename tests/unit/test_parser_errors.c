/* What the parser says when a text does not parse: message, place and hint; its limits; the
 * searches in text that is not parsed yet. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "base/error.h"
#include "base/limits.h"
#include "parser/parse.h"

static const struct {
    const char *sql;
    unsigned line;
    unsigned column;
    const char *message;
    const char *hint;
} errors[] = {
    /* misspelt */
    {"SELCT * FROM t;", 1, 1, "Unknown statement 'SELCT'", "did you mean SELECT?"},
    {"SET 'a' = 'b';\nCRAETE STREAM x (a INT);", 2, 1, "Unknown statement 'CRAETE'",
     "did you mean CREATE?"},
    {"SELECT a FROM t GRUOP BY a;", 1, 23,
     "expected ',', ';', WHERE, GROUP BY, EMIT, JOIN, ... after 'GRUOP', found 'BY'",
     "did you mean GROUP instead of GRUOP?"},
    {"SELECT a FROM t\nWHER a = 1;", 2, 6,
     "expected ',', ';', WHERE, GROUP BY, EMIT, JOIN, ... after 'WHER', found 'a'",
     "did you mean WHERE instead of WHER?"},
    {"SELECT * FORM t;", 1, 10,
     "expected FROM, ',', ';', WHERE, GROUP BY, EMIT, ... after '*', found 'FORM'",
     "did you mean FROM?"},
    {"SELECT a FROM t EMIT CHNAGES;", 1, 22,
     "expected CHANGES or FINAL after EMIT, found 'CHNAGES'", "did you mean CHANGES?"},
    {"CREATE STRAEM s (a INT);", 1, 8,
     "expected INDEX, SINK, SOURCE, STREAM, TABLE, TYPE, ... after 'CREATE', found 'STRAEM'",
     "did you mean STREAM?"},
    {"SELECT a FROM t WINDOW TUMBLIN (SIZE 1 DAY) GROUP BY a;", 1, 32,
     "expected HOPPING, SESSION or TUMBLING after 'TUMBLIN', found '('",
     "did you mean TUMBLING instead of TUMBLIN?"},
    /* out of place */
    {"SELECT a, FROM t;", 1, 11, "expected an expression or '*' after ',', found 'FROM'", ""},
    {"SELECT (a + b FROM t;", 1, 15, "expected ')' after 'b', found 'FROM'", ""},
    {"SELECT f(a, b FROM t;", 1, 15, "expected ')' or ',' after 'b', found 'FROM'", ""},
    {"SELECT a FROM t HAVING x > 1 GROUP BY y;", 1, 30,
     "expected ';', EMIT, LIMIT, ORDER BY, EXCEPT, INTERSECT, ... after '1', found 'GROUP'",
     "clauses stand in the order FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, EMIT, ORDER "
     "BY, LIMIT"},
    {"SELECT a FROM t WHERE a == 1;", 1, 26, "expected an expression after '=', found '='",
     "equality is written with one ="},
    {"INSERT INTO t VALUES (1), (2);", 1, 25, "expected ';' after ')', found ','",
     "one INSERT adds one row"},
    {"SELECT a FROM t LIMIT x;", 1, 23, "expected an integer after 'LIMIT', found 'x'", ""},
    {"SELECT a FROM t LIMIT 3 EMIT CHANGES;", 1, 25,
     "expected ';' or OFFSET after '3', found 'EMIT'",
     "clauses stand in the order FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, EMIT, ORDER "
     "BY, LIMIT"},
    {"SELECT a FROM t JOIN u ON b = c WITHIN 1 HOUR;", 1, 33,
     "expected ',', ';', WHERE, GROUP BY, EMIT, JOIN, ... after 'c', found 'WITHIN'",
     "WITHIN stands before ON"},
    {"SELECT x IN () FROM t;", 1, 14, "expected an expression after '(', found ')'", ""},
    {"SELECT a = b = c FROM t;", 1, 14,
     "expected FROM, AS, ',', ';', WHERE, GROUP BY, ... after 'b', found '='", ""},
    {"CREATE STREAM s (a INT) WITH (kafka_topic=foo);", 1, 43,
     "expected a literal (a string in ' ', a number, TRUE, FALSE, NULL) after '=', found 'foo'",
     ""},
    {"CREATE TABLE t AS SELECT a, b;", 1, 30, "expected FROM or ',' after 'b', found ';'", ""},
    {"CREATE TABLE t AS SELECT COUNT(*) FROM s WINDOW TUMBLING (SIZE 1 MONTH) GROUP BY a;", 1, 66,
     "expected a time unit (DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS) after '1', found 'MONTH'",
     ""},
    {"SELECT a FROM t JOIN u;", 1, 23,
     "expected a name, AS, ON, USING or WITHIN after 'u', found ';'", ""},
    {"SELECT * FROM a x CROSS JOIN b ON x.y = b.y;", 1, 19, "CROSS JOIN takes no ON condition", ""},
    /* reserved */
    {"CREATE TABLE t (SELECT INT);", 1, 17,
     "\"SELECT\" is a reserved keyword and it can't be used as an identifier. You can use it as an "
     "identifier by escaping it as 'SELECT'",
     "to use it as a name, write `SELECT`"},
    {"SELECT DECIMAL '1.20' FROM t;", 1, 8,
     "\"DECIMAL\" is a reserved keyword and it can't be used as an identifier. You can use it as "
     "an "
     "identifier by escaping it as 'DECIMAL'",
     "to use it as a name, write `DECIMAL`"},
    /* semicolons */
    {"SELECT a FROM t  -- more\n", 1, 16, "missing ';' at the end of the statement", ""},
    {"SELECT a FROM t CREATE STREAM s (a INT);", 1, 17, "missing ';' before CREATE", ""},
    /* tokens */
    {"SELECT 'abc FROM t;\n", 1, 8, "unterminated string: the closing ' is missing", ""},
    {"SELECT 'it''s;", 1, 8, "unterminated string: the closing ' is missing", ""},
    {"SELECT \"abc FROM t;", 1, 8, "unterminated quoted name: the closing \" is missing", ""},
    {"SELECT `abc FROM t;", 1, 8, "unterminated quoted name: the closing ` is missing", ""},
    {"SELECT a /* FROM t; * /", 1, 10, "unterminated comment: the closing */ is missing", ""},
    {"SELECT 99999999999999999999 FROM t;", 1, 8, "Invalid numeric literal: 99999999999999999999",
     ""},
    {"SELECT é FROM t;", 1, 8, "unexpected character 'é'", ""},
    {"SELECT '日本', # FROM t;", 1, 14, "unexpected character '#'", ""},
    {"SELECT \x01 FROM t;", 1, 8, "unexpected character U+0001", ""},
    {"SELECT a FROM ${topic};", 1, 15, "variable ${topic} is not defined", ""},
    {"SELECT a FROM ${topic;", 1, 15, "variable ${topic is not defined",
     "a variable is written ${name}"},
    {"SELECT \xff FROM t;", 1, 8, "byte 0xff is not valid UTF-8", ""},
};

static void test_errors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        pw_arena arena;
        pw_error err = {0};
        pw_statements out;
        pw_str sql = pw_str_from(errors[i].sql);
        pw_arena_init(&arena, 0);
        assert_int_equal(pw_parse(&arena, sql, &out, &err), PW_SYNTAX);
        pw_place place = pw_place_find(sql, err.at.start);
        assert_string_equal(err.message, errors[i].message);
        assert_string_equal(err.hint, errors[i].hint);
        if (place.line != errors[i].line || place.column != errors[i].column) {
            fail_msg("%s: place is %u:%u", errors[i].sql, place.line, place.column);
        }
        assert_true(err.at.end > err.at.start);
        pw_arena_deinit(&arena);
    }
}

static void test_error_without_error(void **state) {
    (void)state;
    pw_arena arena;
    pw_statements out;
    pw_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        assert_int_equal(pw_parse(&arena, pw_str_from(errors[i].sql), &out, NULL), PW_SYNTAX);
    }
    pw_arena_deinit(&arena);
}

static void test_ksqldb_words(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"CREATE STREAM I (K STRING (KEY)) WITH (A='b');",
         "line 1:28: Syntax Error\nExpecting {'STRING', INTEGER_VALUE}\nStatement: "
         "CREATE STREAM I (K STRING (KEY)) WITH (A='b');"},
        {"SET 'a'='b';\nFETCH x;",
         "line 2:1: Syntax Error\nUnknown statement 'FETCH'\nDid you mean 'SET'?\n"
         "Statement: FETCH x;"},
        {"SELECT COUNT(*) FROM T GROUP BY A, (B, C);",
         "line 1:38: Syntax Error\nmissing ')' at ','\nStatement: SELECT COUNT(*) FROM T GROUP BY "
         "A, (B, C);"},
        {"SELECT 99999999999999999999 FROM T;",
         "line 1:8: Syntax Error\n\nStatement: SELECT 99999999999999999999 FROM T;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pw_arena arena;
        pw_error err = {0};
        pw_statements out;
        pw_buf text;
        pw_arena_init(&arena, 0);
        pw_buf_init(&text);
        assert_int_equal(pw_parse(&arena, pw_str_from(cases[i][0]), &out, &err), PW_SYNTAX);
        pw_parse_error_as_ksqldb(pw_str_from(cases[i][0]), &err, &text);
        assert_string_equal(pw_buf_cstr(&text), cases[i][1]);
        pw_buf_deinit(&text);
        pw_arena_deinit(&arena);
    }
}

/* ------------------------------------------------------------------ limits */

static pw_status parse_repeated(const char *before, const char *piece, size_t count,
                                const char *after, pw_error *err) {
    pw_arena arena;
    pw_buf text;
    pw_statements out;
    pw_arena_init(&arena, 0);
    pw_buf_init(&text);
    pw_buf_add(&text, before, strlen(before));
    for (size_t i = 0; i < count; i++)
        pw_buf_add(&text, piece, strlen(piece));
    pw_buf_add(&text, after, strlen(after));
    pw_status status = pw_parse(&arena, pw_buf_str(&text), &out, err);
    pw_buf_deinit(&text);
    pw_arena_deinit(&arena);
    return status;
}

static void test_depth(void **state) {
    (void)state;
    static const struct {
        const char *before;
        const char *piece;
        const char *after;
    } nests[] = {
        {"SELECT ", "(", "1;"},
        {"SELECT ", "f(", "1;"},
        {"SELECT ", "ARRAY[", "1;"},
        {"SELECT ", "NOT ", "1;"},
        {"SELECT ", "- ", "1;"},
        {"SELECT ", "CASE WHEN ", "1;"},
        {"SELECT a", " + 1", ";"},
        {"SELECT a", " OR b", ";"},
        {"SELECT a", "->b", ";"},
        {"SELECT a", "[1]", ";"},
        {"SELECT x IN (", "SELECT x IN (", "1;"},
        {"SELECT CAST(a AS ", "ARRAY<", "INT;"},
        {"SELECT CAST(a AS INT", " ARRAY", ");"},
        {"SELECT ", "f(x => ", "1;"},
        {"SELECT * FROM a", " JOIN b ON c", ";"},
        {"SELECT 1", " UNION SELECT 1", ";"},
        {"", "EXPLAIN ", "SELECT 1;"},
        {"", "(", "SELECT 1;"},
        {"SELECT * FROM ", "(", "a;"},
    };
    for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++) {
        pw_error err = {0};
        pw_status status =
            parse_repeated(nests[i].before, nests[i].piece, 200000, nests[i].after, &err);
        if (status != PW_LIMIT) fail_msg("%s: %s", nests[i].piece, err.message);
        assert_string_equal(err.message, "nested deeper than 200 levels (PW_EXPR_DEPTH_MAX)");
    }
}

static void test_depth_edge(void **state) {
    (void)state;
    pw_arena arena;
    pw_node *node;
    pw_arena_init(&arena, 0);
    pw_buf text;
    pw_buf_init(&text);
    for (int depth = PW_EXPR_DEPTH_MAX - 1; depth <= PW_EXPR_DEPTH_MAX; depth++) {
        pw_buf_clear(&text);
        for (int i = 0; i < depth; i++)
            pw_buf_add_literal(&text, "NOT ");
        pw_buf_add_literal(&text, "x");
        pw_status wanted = depth < PW_EXPR_DEPTH_MAX ? PW_OK : PW_LIMIT; /* x is a level too */
        assert_int_equal(pw_parse_expression(&arena, pw_buf_str(&text), &node, NULL), wanted);
    }
    pw_buf_deinit(&text);
    pw_arena_deinit(&arena);
}

/* Wide is not deep: large texts parse, in linear time. */
static void test_width(void **state) {
    (void)state;
    assert_int_equal(parse_repeated("SELECT f(1", ", 1", 100000, ");", NULL), PW_OK);
    assert_int_equal(parse_repeated("SELECT 1", ", (a, b) ", 0, ";", NULL), PW_OK);
    assert_int_equal(parse_repeated("", "SELECT a FROM b;\n", 50000, "", NULL), PW_OK);
    assert_int_equal(parse_repeated("SELECT CASE", " WHEN a THEN (b)", 50000, " END;", NULL),
                     PW_OK);
    assert_int_equal(parse_repeated("SELECT '", "''", 1000000, "';", NULL), PW_OK);
    assert_int_equal(parse_repeated("SELECT /*", "*", 1000000, "/ 1;", NULL), PW_OK);
    assert_int_equal(parse_repeated("SELECT f(", "(a, ", 100, "1", NULL), PW_SYNTAX);
    assert_int_equal(parse_repeated("SELECT 1 /*", "* /", 1000000, ";", NULL), PW_SYNTAX);
}

static void test_bytes(void **state) {
    (void)state;
    pw_error err = {0};
    assert_int_equal(parse_repeated("", " ", PW_STATEMENT_BYTES_MAX, "", &err), PW_OK);
    assert_int_equal(parse_repeated("", " ", PW_STATEMENT_BYTES_MAX + 1, "", &err), PW_LIMIT);
    assert_string_equal(
        err.message, "the text has 4194305 bytes, the limit is 4194304 (PW_STATEMENT_BYTES_MAX)");
}

static void test_nothing(void **state) {
    (void)state;
    pw_arena arena;
    pw_statements out = {NULL, 7};
    pw_node *node;
    pw_arena_init(&arena, 0);
    assert_int_equal(pw_parse(&arena, PW_STR_EMPTY, &out, NULL), PW_OK);
    assert_int_equal(out.count, 0);
    assert_int_equal(pw_parse(&arena, PW_STR(" ;; -- x"), &out, NULL), PW_OK);
    assert_int_equal(out.count, 0);
    assert_int_equal(pw_parse_expression(&arena, PW_STR_EMPTY, &node, NULL), PW_SYNTAX);
    assert_int_equal(pw_parse_expression(&arena, PW_STR("1 2"), &node, NULL), PW_SYNTAX);
    assert_int_equal(pw_parse_type(&arena, PW_STR("INT;"), &node, NULL), PW_SYNTAX);
    pw_arena_deinit(&arena);
}

/* ------------------------------------------------------------------ text not parsed yet */

static void test_statement_first(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"SELECT 1; SELECT 2;", "SELECT 1;"},
        {"SELECT ';' ; x", "SELECT ';' ;"},
        {"SELECT 'it'';s' ; x", "SELECT 'it'';s' ;"},
        {"SELECT \";\", `;` ; x", "SELECT \";\", `;` ;"},
        {"SELECT 1 -- ; \n ; x", "SELECT 1 -- ; \n ;"},
        {"SELECT 1 --\n;\n ; x", "SELECT 1 --\n;\n ;"}, /* a bare -- hides the next line */
        {"--@test: ;\nSELECT 1; x", "--@test: ;\nSELECT 1;"},
        {"SELECT 1 /* ; * / ; */ ; x", "SELECT 1 /* ; * / ; */ ;"},
        {"SELECT 1", "SELECT 1"},
        {"SELECT ';", "SELECT ';"},
        {"/* ;", "/* ;"},
        {"--", "--"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pw_str first = pw_statement_first(pw_str_from(cases[i][0]));
        assert_true(pw_str_equal(first, pw_str_from(cases[i][1])));
    }
}

static void test_variables(void **state) {
    (void)state;
    static char topic[] = "laps";
    static char quoted[] = "'it's'";
    static char number[] = "-12";
    static char text[] = "it's";
    static char attack[] = "a; DROP STREAM s";
    static char keyword[] = "select";
    static const struct {
        const char *sql;
        const char *out; /* NULL: refused */
    } cases[] = {
        {"SELECT * FROM ${topic};", "SELECT * FROM laps;"},
        {"SELECT ${NUMBER}, '${text}', ${Quoted};", "SELECT -12, 'it''s', 'it''s';"},
        {"SELECT '${attack}';", "SELECT 'a; DROP STREAM s';"},
        {"SELECT ${attack};", NULL},
        {"SELECT ${text};", NULL},
        {"SELECT ${keyword};", NULL},
        {"SELECT '${keyword}';", "SELECT 'select';"},
        {"SELECT ${unknown}, '${unknown}';", "SELECT ${unknown}, '${unknown}';"},
        {"SELECT $${topic}, '$${topic}';", "SELECT ${topic}, '${topic}';"},
        {"SELECT 'a ${topic}', '${topic} b', '${topic}${topic}';",
         "SELECT 'a ${topic}', '${topic} b', '${topic}${topic}';"},
        {"SELECT \"${topic}\", `${topic}` -- ${topic}\n/* ${topic} */;",
         "SELECT \"${topic}\", `${topic}` -- ${topic}\n/* ${topic} */;"},
        {"SELECT $, ${, ${}, $${, '$', '${', '$${';", "SELECT $, ${, ${}, $${, '$', '${', '$${';"},
    };
    pw_hashmap variables;
    pw_hashmap_init(&variables);
    pw_hashmap_put(&variables, PW_STR("TOPIC"), topic);
    pw_hashmap_put(&variables, PW_STR("QUOTED"), quoted);
    pw_hashmap_put(&variables, PW_STR("NUMBER"), number);
    pw_hashmap_put(&variables, PW_STR("TEXT"), text);
    pw_hashmap_put(&variables, PW_STR("ATTACK"), attack);
    pw_hashmap_put(&variables, PW_STR("KEYWORD"), keyword);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pw_arena arena;
        pw_error err = {0};
        pw_str out = PW_STR_EMPTY;
        pw_arena_init(&arena, 0);
        pw_status status =
            pw_variables_substitute(&arena, pw_str_from(cases[i].sql), &variables, &out, &err);
        assert_int_equal(status, cases[i].out ? PW_OK : PW_INVALID);
        if (cases[i].out) {
            assert_string_equal(pw_arena_cstr(&arena, out), cases[i].out);
        } else {
            assert_int_equal(err.at.start, 7);
        }
        pw_arena_deinit(&arena);
    }
    pw_hashmap_deinit(&variables);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),          cmocka_unit_test(test_error_without_error),
        cmocka_unit_test(test_ksqldb_words),    cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_edge),      cmocka_unit_test(test_width),
        cmocka_unit_test(test_bytes),           cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_statement_first), cmocka_unit_test(test_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
