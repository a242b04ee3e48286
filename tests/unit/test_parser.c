/* The parser: every kind of statement printed and read back, precedence, names, errors with their
 * place, limits. SPDX-License-Identifier: Apache-2.0 */
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
#include "parser/parser_private.h"

typedef struct fixture {
    pw_arena arena;
    pw_buf text;
    pw_error err;
} fixture;

static void fixture_init(fixture *f) {
    pw_arena_init(&f->arena, 0);
    pw_buf_init(&f->text);
    f->err = (pw_error){0};
}

static void fixture_deinit(fixture *f) {
    pw_buf_deinit(&f->text);
    pw_arena_deinit(&f->arena);
}

static pw_node *parse_one(fixture *f, pw_str sql) {
    pw_statements statements;
    if (pw_parse(&f->arena, sql, &statements, &f->err) != PW_OK) {
        pw_buf_clear(&f->text);
        pw_error_render(&f->err, PW_STR("sql"), sql, &f->text);
        fail_msg("%s", pw_buf_cstr(&f->text));
    }
    assert_int_equal(statements.count, 1);
    return statements.items[0];
}

/* ------------------------------------------------------------------ print and read back */

static bool seen[PW_NODE_KIND_COUNT];

static bool see(const pw_node *node, void *opaque) {
    (void)opaque;
    seen[node->kind] = true;
    return true;
}

/* Input and what pw_ast_print makes of it; NULL: the same text. */
static const struct {
    const char *sql;
    const char *printed;
} statements[] = {
    {"CREATE STREAM S", NULL},
    {"create stream laps (driver string key, Ms int, `x y` double) with (kafka_topic='laps')",
     "CREATE STREAM LAPS (DRIVER STRING KEY, MS INTEGER, `x y` DOUBLE) WITH (KAFKA_TOPIC = "
     "'laps')"},
    {"CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS T (K BIGINT PRIMARY KEY) WITH (PARTITIONS = 3)",
     NULL},
    {"CREATE STREAM S (H ARRAY<STRUCT<KEY STRING, `VALUE` BYTES>> HEADERS, X BYTES HEADER('k'))",
     "CREATE STREAM S (H ARRAY<STRUCT<KEY STRING, VALUE BYTES>> HEADERS, X BYTES HEADER('k'))"},
    {"CREATE TABLE T (A VARCHAR(20), B VARCHAR(STRING), C INT ARRAY, D DECIMAL(4,2), E STRUCT<>, "
     "F MAP<STRING,ADDRESS>)",
     "CREATE TABLE T (A STRING, B STRING, C ARRAY<INTEGER>, D DECIMAL(4, 2), E STRUCT<>, "
     "F MAP<STRING, ADDRESS>)"},
    {"CREATE STREAM S WITH (\"connector.class\"='x', 'a'=-1, b=NULL, C=TRUE, d=1.50, e=1e3)",
     "CREATE STREAM S WITH ('connector.class' = 'x', 'a' = -1, B = NULL, C = TRUE, D = 1.50, E = "
     "1e3)"},
    {"CREATE TABLE IF NOT EXISTS T WITH (FORMAT = 'JSON') AS SELECT A FROM B EMIT CHANGES", NULL},
    {"CREATE OR REPLACE STREAM S AS SELECT * FROM T WHERE A > 1 PARTITION BY B", NULL},
    {"CREATE TYPE IF NOT EXISTS ADDRESS AS STRUCT<STREET STRING, NUMBER INTEGER>", NULL},
    {"CREATE SOURCE CONNECTOR C WITH ('a' = 'b')", NULL},
    {"CREATE SINK CONNECTOR IF NOT EXISTS C WITH ('a' = 'b')", NULL},
    {"CREATE UNIQUE INDEX IF NOT EXISTS I ON T (A, B DESC NULLS LAST, C + 1) WHERE D > 3", NULL},
    {"DROP STREAM S", NULL},
    {"DROP TABLE IF EXISTS T DELETE TOPIC", NULL},
    {"DROP TYPE IF EXISTS A", NULL},
    {"DROP CONNECTOR C", NULL},
    {"DROP INDEX IF EXISTS I", NULL},
    {"ALTER STREAM S ADD COLUMN A INTEGER, ADD COLUMN B ARRAY<INTEGER>", NULL},
    {"ALTER TABLE t ADD column INT, ADD x DECIMAL(3, 1)",
     "ALTER TABLE T ADD COLUMN `COLUMN` INTEGER, ADD COLUMN X DECIMAL(3, 1)"},
    {"INSERT INTO S SELECT * FROM T", NULL},
    {"INSERT INTO S WITH (QUERY_ID = 'q1') SELECT A, B FROM T EMIT CHANGES", NULL},
    {"INSERT INTO S VALUES (1, -2, 'it''s', NULL, TRUE, 1.50, ARRAY[1])", NULL},
    {"INSERT INTO S (A, `b`) VALUES (ABS(-1), -(2))", NULL},
    {"PRINT My_Topic", NULL},
    {"PRINT 'my-topic' FROM BEGINNING SAMPLE 3 LIMIT 4",
     "PRINT `my-topic` FROM BEGINNING INTERVAL 3 LIMIT 4"},
    {"LIST PROPERTIES", "SHOW PROPERTIES"},
    {"SHOW TOPICS", NULL},
    {"SHOW ALL TOPICS EXTENDED", NULL},
    {"SHOW STREAMS EXTENDED", NULL},
    {"SHOW TABLES", NULL},
    {"SHOW QUERIES EXTENDED", NULL},
    {"SHOW FUNCTIONS", NULL},
    {"SHOW TYPES", NULL},
    {"SHOW VARIABLES", NULL},
    {"SHOW CONNECTORS", NULL},
    {"SHOW SOURCE CONNECTORS", NULL},
    {"SHOW SINK CONNECTORS", NULL},
    {"SHOW CONNECTOR PLUGINS", NULL},
    {"DESCRIBE S EXTENDED", NULL},
    {"DESCRIBE FUNCTION", NULL},
    {"DESCRIBE FUNCTION ABS", NULL},
    {"DESCRIBE CONNECTOR C", NULL},
    {"DESCRIBE STREAMS EXTENDED", NULL},
    {"DESCRIBE tables", "DESCRIBE TABLES"},
    {"DESCRIBE `TABLES`", NULL},
    {"EXPLAIN CSAS_S_0", NULL},
    {"EXPLAIN SHOW", NULL},
    {"EXPLAIN CREATE STREAM S AS SELECT * FROM T", NULL},
    {"EXPLAIN ANALYZE SELECT 1", NULL},
    {"EXPLAIN WHY CTAS_T_1", NULL},
    {"TERMINATE CSAS_S_0", NULL},
    {"TERMINATE ALL", NULL},
    {"PAUSE ALL", NULL},
    {"RESUME Q", NULL},
    {"SET 'auto.offset.reset' = 'earliest'", NULL},
    {"UNSET 'auto.offset.reset'", NULL},
    {"ALTER SYSTEM 'a' = 'b'", NULL},
    {"DEFINE X = 'it''s'", NULL},
    {"UNDEFINE X", NULL},
    {"RUN SCRIPT '/tmp/x.sql'", NULL},
    {"ASSERT TOPIC foo", NULL},
    {"ASSERT NOT EXISTS TOPIC `a-b` WITH (PARTITIONS = 1, REPLICAS = 1) TIMEOUT 10 SECONDS", NULL},
    {"ASSERT SCHEMA SUBJECT 'foo-value' ID 3 TIMEOUT 1 MINUTE", NULL},
    {"ASSERT NOT EXISTS SCHEMA ID 3", NULL},
    {"ASSERT VALUES S (K, V) VALUES (1, NULL)", NULL},
    {"ASSERT NULL VALUES S (K) KEY (1)", NULL},
    {"ASSERT STREAM S (K INTEGER KEY) WITH (KAFKA_TOPIC = 't')", NULL},
    {"ASSERT TABLE S", NULL},
    /* queries */
    {"select a.*, b->*, c d, e as f, * from g a emit final limit 5",
     "SELECT A.*, B->*, C AS D, E AS F, * FROM G AS A EMIT FINAL LIMIT 5"},
    {"SELECT * FROM A JOIN B WITHIN 1 HOUR ON A.X = B.X", NULL},
    {"SELECT * FROM A LEFT OUTER JOIN B WITHIN (1 HOUR, 2 DAYS) GRACE PERIOD 0 MILLISECONDS ON A.X "
     "= B.X "
     "FULL JOIN C ON A.X = C.X RIGHT JOIN D ON TRUE",
     "SELECT * FROM A LEFT JOIN B WITHIN (1 HOUR, 2 DAYS) GRACE PERIOD 0 MILLISECONDS ON A.X = B.X "
     "FULL JOIN C ON A.X = C.X RIGHT JOIN D ON TRUE"},
    {"SELECT COUNT(*) FROM A WINDOW TUMBLING (SIZE 1 HOUR, RETENTION 2 DAYS, GRACE PERIOD 1 "
     "SECOND) "
     "GROUP BY B",
     NULL},
    {"SELECT COUNT(*) FROM A WINDOW W HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS) GROUP BY (B, "
     "C)",
     NULL},
    {"SELECT COUNT(*) FROM A WINDOW SESSION (60 SECONDS, GRACE PERIOD 1 DAY) GROUP BY B HAVING "
     "COUNT(*) > 1",
     NULL},
    {"SELECT * FROM A PARTITION BY (B, C + 1)", NULL},
    {"SELECT f(a, x => x + 1, (k, v) => k || v), g(days, 1), date '2020-01-01' FROM t",
     "SELECT F(A, X => X + 1, (K, V) => K || V), G(DAYS, 1), DATE '2020-01-01' FROM T"},
    {"SELECT ARRAY[1, 2][-1], ARRAY[], MAP('a' := 1, 'b' := 2)['a'], MAP(), STRUCT(X := 1, `y` := "
     "2)->X FROM T",
     NULL},
    {"SELECT CASE WHEN A THEN 1 WHEN B THEN 2 ELSE 3 END, CASE X WHEN 1 THEN 'a' END FROM T", NULL},
    {"SELECT CAST(A AS DECIMAL(5, 2)), A AT TIME ZONE 'UTC', TRUE, FALSE, NULL, 1., .5, 1E-3 FROM "
     "T",
     NULL},
    {"SELECT A OR B, - -C FROM T", NULL},
    {"SELECT A IS NULL, A IS NOT NULL, A IS DISTINCT FROM B, A IS NOT DISTINCT FROM B FROM T",
     NULL},
    {"SELECT A NOT BETWEEN 1 AND 2, A NOT IN (1, 2), A NOT LIKE 'x%' ESCAPE '!', A LIKE B FROM T",
     NULL},
    {"SELECT A AS `reserved`, B AS `SELECT`, C AS `ORDER`, D AS `1X`, E AS `a``b`, F AS KEY FROM T",
     NULL},
    {"SELECT 1x, \"a\"\"b\" FROM T", "SELECT `1X`, `a\"b` FROM T"},
    /* standard SQL around it */
    {"SELECT DISTINCT A, COUNT(DISTINCT B) FROM T ORDER BY A DESC NULLS LAST, B ASC NULLS FIRST "
     "LIMIT 3 OFFSET 2",
     "SELECT DISTINCT A, COUNT(DISTINCT B) FROM T ORDER BY A DESC NULLS LAST, B NULLS FIRST LIMIT "
     "3 OFFSET 2"},
    {"SELECT A, SUM(B) OVER (PARTITION BY C, D ORDER BY E DESC ROWS BETWEEN 3 PRECEDING AND "
     "CURRENT ROW), "
     "RANK() OVER (), MAX(X) OVER (ORDER BY Y RANGE UNBOUNDED PRECEDING) FROM T",
     NULL},
    {"WITH RECURSIVE C (N) AS (SELECT 1 UNION ALL SELECT N + 1 FROM C WHERE N < 5), D AS (SELECT "
     "2) "
     "SELECT * FROM C CROSS JOIN D",
     NULL},
    {"SELECT A FROM B UNION SELECT A FROM C INTERSECT SELECT A FROM D EXCEPT ALL SELECT A FROM E "
     "ORDER BY A LIMIT 1",
     NULL},
    {"(SELECT A FROM B ORDER BY A LIMIT 1) UNION ALL (SELECT A FROM C UNION SELECT A FROM D)",
     NULL},
    {"(SELECT A FROM B) LIMIT 2", "SELECT A FROM B LIMIT 2"},
    {"((SELECT A FROM B LIMIT 3)) LIMIT 2", "SELECT * FROM (SELECT A FROM B LIMIT 3) LIMIT 2"},
    {"SELECT (SELECT MAX(X) FROM U), EXISTS (SELECT 1 FROM V) FROM (SELECT A FROM B) AS D WHERE A "
     "IN "
     "(SELECT X FROM Y) AND NOT EXISTS (SELECT 1)",
     NULL},
    {"SELECT * FROM A, B JOIN (C JOIN D USING (X, Y)) ON TRUE",
     "SELECT * FROM A CROSS JOIN B JOIN (C JOIN D USING (X, Y)) ON TRUE"},
    {"SELECT ((SELECT 1)) + 1 FROM T", "SELECT (SELECT 1) + 1 FROM T"},
    {"SELECT A FROM T WHERE X IN ((SELECT 1), 2)", NULL},
};

static void check_reads_back(fixture *f, const pw_node *node, pw_buf *printed) {
    pw_buf_add_char(printed, ';');
    pw_node *again = parse_one(f, pw_arena_str(&f->arena, pw_buf_str(printed)));
    if (!pw_ast_equal(node, again))
        fail_msg("reads back as another tree: %s", pw_buf_cstr(printed));
}

static void test_print(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        fixture f;
        fixture_init(&f);
        const char *wanted = statements[i].printed ? statements[i].printed : statements[i].sql;
        pw_node *node = parse_one(&f, pw_arena_format(&f.arena, "%s;", statements[i].sql));
        pw_ast_walk(node, see, NULL);
        pw_ast_print(node, &f.text);
        assert_string_equal(pw_buf_cstr(&f.text), wanted);
        check_reads_back(&f, node, &f.text);
        pw_buf_clear(&f.text);
        pw_ast_format(node, &f.text);
        check_reads_back(&f, node, &f.text);
        pw_node *copy = pw_ast_copy(&f.arena, node);
        assert_true(pw_ast_equal(copy, node));
        fixture_deinit(&f);
    }
    for (int kind = 0; kind < PW_NODE_KIND_COUNT; kind++) {
        if (!seen[kind]) fail_msg("no test has a node %s", pw_node_kind_name((pw_node_kind)kind));
    }
}

static void test_format(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f);
    pw_node *node = parse_one(
        &f, PW_STR("create table standings with (kafka_topic='s', partitions=1) as select driver, "
                   "sum(points) "
                   "points from results r join drivers d on r.id = d.id where season = 2021 and "
                   "points > 0 and "
                   "driver is not null and (a = 1 or b = 2) group by driver emit changes;"));
    pw_ast_format(node, &f.text);
    assert_string_equal(pw_buf_cstr(&f.text), "CREATE TABLE STANDINGS WITH (\n"
                                              "  KAFKA_TOPIC = 's',\n"
                                              "  PARTITIONS = 1\n"
                                              ") AS\n"
                                              "SELECT\n"
                                              "  DRIVER,\n"
                                              "  SUM(POINTS) AS POINTS\n"
                                              "FROM RESULTS AS R\n"
                                              "  JOIN DRIVERS AS D ON R.ID = D.ID\n"
                                              "WHERE SEASON = 2021\n"
                                              "  AND POINTS > 0\n"
                                              "  AND DRIVER IS NOT NULL\n"
                                              "  AND (A = 1 OR B = 2)\n"
                                              "GROUP BY DRIVER\n"
                                              "EMIT CHANGES");
    fixture_deinit(&f);
}

/* ------------------------------------------------------------------ precedence */

/* The tree as nested parentheses: (+ A (* B C)). */
static void dump(const pw_node *node, pw_buf *out) {
    if (node->child_count == 0 || node->kind == PW_NODE_COLUMN) {
        pw_buf_add_str(out, node->text);
        return;
    }
    bool has_operator = node->kind == PW_NODE_BINARY || node->kind == PW_NODE_UNARY ||
                        node->kind == PW_NODE_COMPARE;
    pw_buf_format(out, "(%s",
                  has_operator ? pw_operator_text((pw_operator)node->number)
                               : pw_node_kind_name(node->kind));
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (node->children[i] == NULL) continue;
        pw_buf_add_char(out, ' ');
        dump(node->children[i], out);
    }
    pw_buf_add_char(out, ')');
}

static const struct {
    const char *sql;
    const char *tree;
    const char *printed; /* NULL: as sql */
} expressions[] = {
    {"A + B * C", "(+ A (* B C))", NULL},
    {"(A + B) * C", "(* (+ A B) C)", NULL},
    {"A - B - C", "(- (- A B) C)", NULL},
    {"A - (B - C)", "(- A (- B C))", NULL},
    {"A || B + C || D", "(|| (|| A (+ B C)) D)", NULL},
    {"A * B / C % D", "(% (/ (* A B) C) D)", NULL},
    {"-A * B", "(* (- A) B)", NULL},
    {"-5", "-5", NULL},
    {"- 5", "-5", "-5"},
    {"-(5)", "(- 5)", NULL},
    {"- -5", "(- -5)", NULL},
    {"-(-A)", "(- (- A))", "- -A"},
    {"+5", "(+ 5)", NULL},
    {"A - -5", "(- A -5)", NULL},
    {"A -5", "(- A 5)", "A - 5"},
    {"-5[1]", "(- (SUBSCRIPT 5 1))", NULL},
    {"(-5)[1]", "(SUBSCRIPT -5 1)", NULL},
    {"A->B[1]->C", "(DEREFERENCE (SUBSCRIPT (DEREFERENCE A) 1))", NULL},
    {"A OR B AND NOT C", "(OR A (AND B (NOT C)))", NULL},
    {"(A OR B) AND C", "(AND (OR A B) C)", NULL},
    {"NOT NOT A = B", "(NOT (NOT (= A B)))", NULL},
    {"NOT (A AND B)", "(NOT (AND A B))", NULL},
    {"(NOT A) = B", "(= (NOT A) B)", NULL},
    {"A = B + C", "(= A (+ B C))", NULL},
    {"(A = B) = C", "(= (= A B) C)", NULL},
    {"(A IS NULL) = TRUE", "(= (IS_NULL A) )", NULL},
    {"A BETWEEN B + 1 AND C AND D", "(AND (BETWEEN A (+ B 1) C) D)", NULL},
    {"A IN (1, B OR C)", "(IN A (LIST 1 (OR B C)))", NULL},
    {"A IS DISTINCT FROM B OR C", "(OR (IS DISTINCT FROM A B) C)", NULL},
    {"A <> B", "(<> A B)", NULL},
    {"A != B", "(<> A B)", "A <> B"},
    {"F(X => X + 1)", "(CALL (LAMBDA (LIST X) (+ X 1)))", NULL},
    {"-A AT TIME ZONE 'UTC'", "(- (AT_TIME_ZONE A UTC))", NULL},
};

static void test_precedence(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
        fixture f;
        pw_node *node = NULL;
        fixture_init(&f);
        assert_int_equal(
            pw_parse_expression(&f.arena, pw_str_from(expressions[i].sql), &node, &f.err), PW_OK);
        dump(node, &f.text);
        assert_string_equal(pw_buf_cstr(&f.text), expressions[i].tree);
        pw_buf_clear(&f.text);
        pw_ast_print(node, &f.text);
        assert_string_equal(pw_buf_cstr(&f.text),
                            expressions[i].printed ? expressions[i].printed : expressions[i].sql);
        fixture_deinit(&f);
    }
}

static void test_integers(void **state) {
    (void)state;
    fixture f;
    pw_node *node = NULL;
    fixture_init(&f);
    assert_int_equal(pw_parse_expression(&f.arena, PW_STR("9223372036854775807"), &node, &f.err),
                     PW_OK);
    assert_true(node->number == INT64_MAX);
    assert_int_equal(pw_parse_expression(&f.arena, PW_STR("-9223372036854775808"), &node, &f.err),
                     PW_OK);
    assert_true(node->number == INT64_MIN);
    assert_int_equal(pw_parse_expression(&f.arena, PW_STR("9223372036854775808"), &node, &f.err),
                     PW_SYNTAX);
    assert_string_equal(f.err.message, "Invalid numeric literal: 9223372036854775808");
    assert_int_equal(pw_parse_expression(&f.arena, PW_STR("-9223372036854775809"), &node, &f.err),
                     PW_SYNTAX);
    assert_string_equal(f.err.message, "Invalid numeric literal: -9223372036854775809");
    fixture_deinit(&f);
}

static void test_types(void **state) {
    (void)state;
    fixture f;
    pw_node *node = NULL;
    fixture_init(&f);
    assert_int_equal(pw_parse_type(&f.arena,
                                   PW_STR("map<string, array<struct<`a` int, b decimal(3, 1)>>>"),
                                   &node, &f.err),
                     PW_OK);
    pw_ast_print(node, &f.text);
    assert_string_equal(pw_buf_cstr(&f.text),
                        "MAP<STRING, ARRAY<STRUCT<`a` INTEGER, B DECIMAL(3, 1)>>>");
    assert_int_equal(pw_parse_type(&f.arena, PW_STR("NULL"), &node, &f.err), PW_SYNTAX);
    fixture_deinit(&f);
}

/* ------------------------------------------------------------------ words */

static void test_words_are_sorted(void **state) {
    (void)state;
    for (uint32_t i = 1; pw_word_at(i); i++) {
        assert_true(pw_str_compare(pw_word_at(i - 1)->text, pw_word_at(i)->text) < 0);
        assert_ptr_equal(pw_word_find(pw_word_at(i)->text), pw_word_at(i));
    }
    assert_null(pw_word_find(PW_STR("LAPS")));
}

/* Every word that is not reserved is a name wherever a name may stand. */
static void test_words_as_names(void **state) {
    (void)state;
    const pw_word *word;
    for (uint32_t i = 0; (word = pw_word_at(i)) != NULL; i++) {
        fixture f;
        fixture_init(&f);
        const char *w = pw_arena_cstr(&f.arena, word->text);
        pw_str sql = pw_arena_format(
            &f.arena,
            "SELECT %s, %s AS %s, x %s, %s.%s, y->%s FROM %s %s JOIN z AS %s ON %s = 1 "
            "WHERE %s > 2 GROUP BY %s, b EMIT CHANGES;",
            w, w, w, w, w, w, w, w, w, w, w, w, w);
        pw_statements out;
        pw_status status = pw_parse(&f.arena, sql, &out, &f.err);
        bool is_reserved = word->class == PW_WORD_RESERVED || word->class == PW_WORD_UNUSED;
        if (status != (is_reserved ? PW_SYNTAX : PW_OK)) fail_msg("%s: %s", w, f.err.message);
        if (status == PW_OK) {
            pw_ast_print(out.items[0], &f.text);
            check_reads_back(&f, out.items[0], &f.text);
        }
        fixture_deinit(&f);
    }
}

/* Words of the superset that ksqlDB would have read as aliases. */
static void test_words_in_context(void **state) {
    (void)state;
    static const char *const same[][2] = {
        {"SELECT emit changes FROM s emit EMIT CHANGES;",
         "SELECT `EMIT` AS CHANGES FROM S AS `EMIT` EMIT CHANGES"},
        {"SELECT a FROM t order ORDER BY order;", "SELECT A FROM T AS `ORDER` ORDER BY `ORDER`"},
        {"SELECT a union FROM t union UNION SELECT 1;",
         "SELECT A AS `UNION` FROM T AS `UNION` UNION SELECT 1"},
        {"SELECT offset - 5 FROM t offset OFFSET 5;",
         "SELECT `OFFSET` - 5 FROM T AS `OFFSET` OFFSET 5"},
        {"SELECT over(1), f(2) over, g(3) OVER () FROM t;",
         "SELECT `OVER`(1), F(2) AS `OVER`, G(3) OVER () FROM T"},
        {"SELECT * FROM a JOIN b using ON using(1);",
         "SELECT * FROM A JOIN B AS `USING` ON `USING`(1)"},
        {"SELECT * FROM a CROSS JOIN b;", "SELECT * FROM A CROSS JOIN B"},
        {"SELECT * FROM a cross JOIN b ON cross.x = b.x;",
         "SELECT * FROM A AS `CROSS` JOIN B ON `CROSS`.X = B.X"},
        {"SELECT a LIKE b escape FROM t;", "SELECT A LIKE B AS `ESCAPE` FROM T"},
        {"SELECT array[1], \"ARRAY\"[1], \"MAP\"(1) FROM t;",
         "SELECT ARRAY[1], `ARRAY`[1], `MAP`(1) FROM T"},
        {"WITH recursive AS (SELECT 1) SELECT * FROM recursive;",
         "WITH RECURSIVE AS (SELECT 1) SELECT * FROM RECURSIVE"},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        fixture f;
        fixture_init(&f);
        pw_node *node = parse_one(&f, pw_str_from(same[i][0]));
        pw_ast_print(node, &f.text);
        assert_string_equal(pw_buf_cstr(&f.text), same[i][1]);
        check_reads_back(&f, node, &f.text);
        fixture_deinit(&f);
    }
}

static void test_comments(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f);
    pw_node *node = parse_one(
        &f, PW_STR("\xef\xbb\xbf--@test: x\nSELECT a, -- one\n b /* two * / ; \n */, --\n c,\n"
                   " '--', \"/*\" FROM t; -- end"));
    pw_ast_print(node, &f.text);
    assert_string_equal(pw_buf_cstr(&f.text), "SELECT A, B, '--', `/*` FROM T");
    fixture_deinit(&f);
}

static void test_spans(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f);
    pw_str sql = PW_STR("  SELECT a.b + 1 AS c FROM t WHERE (x = 2) ;");
    pw_node *query = parse_one(&f, sql);
    assert_int_equal(query->span.start, 2);
    assert_int_equal(query->span.end, 42);
    pw_node *select = pw_child(query, 0);
    pw_node *item = pw_child(pw_child(select, PW_SELECT_ITEMS), 0);
    assert_int_equal(item->span.start, 9);
    assert_int_equal(item->span.end, 21);
    pw_node *sum = pw_child(item, 0);
    assert_int_equal(sum->span.end, 16);
    assert_int_equal(pw_child(sum, 1)->span.start, 15);
    pw_node *where = pw_child(select, PW_SELECT_WHERE);
    assert_int_equal(where->span.start, 36);
    assert_int_equal(where->span.end, 41);
    fixture_deinit(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),          cmocka_unit_test(test_format),
        cmocka_unit_test(test_precedence),     cmocka_unit_test(test_integers),
        cmocka_unit_test(test_types),          cmocka_unit_test(test_words_are_sorted),
        cmocka_unit_test(test_words_as_names), cmocka_unit_test(test_words_in_context),
        cmocka_unit_test(test_comments),       cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
