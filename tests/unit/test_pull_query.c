/* Queries on tables: exact answers, and mistakes with their place. SPDX-License-Identifier:
 * Apache-2.0 */
#include "pull_fixture.h"

static const char *const standings[] = {
    "'HAM', 2021, 387, 17.5, '1234567.89', '1985-01-07', '2021-12-12T13:00:00', ARRAY['a','b'], "
    "'Mercedes', TRUE",
    "'VER', 2021, 395, 18.0, '0.10', '1997-09-30', '2021-12-12T14:30:00', ARRAY['c'], 'Red Bull', "
    "TRUE",
    "'BOT', 2021, 226, 10.25, '-5.00', '1989-08-28', '2021-12-12T12:00:00', NULL, 'Mercedes', "
    "FALSE",
    "'ALO', 2005, 133, NULL, NULL, NULL, NULL, ARRAY['d','e','f'], NULL, NULL",
    "'FAN', 1957, 40, 5.0, '10.00', '1911-06-24', '1957-08-04T00:00:00', NULL, 'Maserati', FALSE",
};
static const char *const teams[] = {
    "'Mercedes', 'Brackley', 2010",
    "'Red Bull', 'Milton Keynes', 2005",
    "'Williams', 'Grove', 1977",
};
static const char *const laps[] = {
    "44, 0, 60000, 3, 90100",
    "44, 60000, 120000, 2, 89900",
    "33, 0, 60000, 4, 90050",
    "33, -60000, 0, 1, 91000",
};
static const char *const pairs[] = {
    "1, 'x', 10",
    "1, NULL, 20",
    "2, 'x', 30",
    "NULL, 'y', 40",
};

static const char standings_columns[] =
    "DRIVER STRING KEY, SEASON INT, POINTS BIGINT, AVG_POINTS DOUBLE, PRICE DECIMAL(9, 2), BORN "
    "DATE, "
    "LAST_RACE TIMESTAMP, TAGS ARRAY<STRING>, TEAM STRING, ACTIVE BOOLEAN";

#define ROWS(rows) (rows), (uint32_t)(sizeof(rows) / sizeof((rows)[0]))

static int open_tables(void **unused) {
    if (fixture_open_pitwall(unused) != 0) return -1;
    fixture_table("STANDINGS", standings_columns, false, ROWS(standings));
    fixture_table("TEAMS", "NAME STRING KEY, BASE STRING, FOUNDED INT", false, ROWS(teams));
    fixture_table("LAPS", "CAR INT KEY, N BIGINT, BEST INT", true, ROWS(laps));
    fixture_table("PAIRS", "A INT KEY, B STRING KEY, V BIGINT", false, ROWS(pairs));
    pw_schema schema = fixture_schema(standings_columns);
    fixture_add_source("RACES", &schema, false, PW_WINDOW_NONE, "");
    fixture_add_source("DRIVERS", &schema, true, PW_WINDOW_NONE, "");
    fixture_add_source("SOON", &schema, true, PW_WINDOW_NONE,
                       pw_arena_format(&fixture_arena, "%s/SOON.db", fixture_folder).data);
    return 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

typedef struct question {
    const char *sql, *rows;
} question;

static void check_questions(const question *questions, size_t count) {
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
#define CHECK(questions) check_questions((questions), sizeof(questions) / sizeof((questions)[0]))

static void test_columns(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT DRIVER, POINTS FROM STANDINGS", "ALO|133\nBOT|226\nFAN|40\nHAM|387\nVER|395"},
        {"select driver from standings limit 2;", "ALO\nBOT"},
        {"SELECT * FROM STANDINGS WHERE DRIVER = 'HAM'",
         "HAM|2021|387|17.5|1234567.89|1985-01-07|2021-12-12T13:00:00.000|[\"a\",\"b\"]|Mercedes|"
         "true"},
        {"SELECT * FROM STANDINGS WHERE DRIVER = 'ALO'",
         "ALO|2005|133|NULL|NULL|NULL|NULL|[\"d\",\"e\",\"f\"]|NULL|NULL"},
        {"SELECT S.DRIVER AS D, S.ROWTIME FROM STANDINGS S WHERE S.DRIVER = 'VER'", "VER|2000"},
        {"SELECT ROWTIME, DRIVER FROM STANDINGS WHERE ROWTIME > '1970-01-01T00:00:03'",
         "4000|ALO\n5000|FAN"},
        {"SELECT TAGS[1], TAGS[-1], ARRAY_LENGTH(TAGS) FROM STANDINGS WHERE DRIVER = 'ALO'",
         "d|f|3"},
        {"SELECT POINTS + 1, POINTS * 2.5, POINTS / 2, UCASE(TEAM) FROM STANDINGS WHERE "
         "DRIVER='HAM'",
         "388|967.5|193|MERCEDES"},
        {"SELECT 1 + 1, 'x', NULL, 1.50, CAST(NULL AS INT)", "2|x|NULL|1.50|NULL"},
        {"SELECT PRICE * 2, CAST(AVG_POINTS AS STRING), AVG_POINTS / 0 FROM STANDINGS WHERE "
         "DRIVER='VER'",
         "0.20|18.0|Infinity"},
        {"SELECT POINTS / 0, DRIVER FROM STANDINGS WHERE DRIVER = 'VER'", "NULL|VER"},
        {"SELECT CASE WHEN POINTS > 300 THEN 'top' ELSE 'rest' END AS C, DRIVER FROM STANDINGS",
         "rest|ALO\nrest|BOT\nrest|FAN\ntop|HAM\ntop|VER"},
        {"SELECT STRUCT(A := DRIVER, B := POINTS) FROM STANDINGS LIMIT 1",
         "{\"A\":\"ALO\",\"B\":133}"},
        {"SELECT S->* FROM (SELECT STRUCT(A := DRIVER, B := BORN) AS S FROM STANDINGS) WHERE "
         "S->A='HAM'",
         "HAM|1985-01-07"},
        {"SELECT DISTINCT TEAM FROM STANDINGS ORDER BY TEAM NULLS LAST",
         "Maserati\nMercedes\nRed Bull\nNULL"},
        {"SELECT BORN, LAST_RACE FROM STANDINGS WHERE BORN < '1980-01-01'",
         "1911-06-24|1957-08-04T00:00:00.000"},
    };
    CHECK(questions);
}

static void test_conditions(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT DRIVER FROM STANDINGS WHERE SEASON = 2021 AND POINTS > 226", "HAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE POINTS BETWEEN 40 AND 226", "ALO\nBOT\nFAN"},
        {"SELECT DRIVER FROM STANDINGS WHERE POINTS NOT BETWEEN 40 AND 226", "HAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE DRIVER IN ('VER', 'HAM', 'NON')", "HAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM NOT IN ('Mercedes')", "ALO\nFAN\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM <> 'Mercedes'", "FAN\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE NOT TEAM = 'Mercedes'", "ALO\nFAN\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE NOT (TEAM = 'Mercedes' OR POINTS > 390)", "ALO\nFAN"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM IS NULL", "ALO"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM IS NOT NULL AND ACTIVE", "HAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE NOT ACTIVE", "BOT\nFAN"},
        {"SELECT DRIVER FROM STANDINGS WHERE ACTIVE OR SEASON = 2005", "HAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE SEASON = 2005 OR POINTS = 40", "ALO\nFAN"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM LIKE 'M%e_es'", "BOT\nHAM"},
        {"SELECT DRIVER FROM STANDINGS WHERE PRICE = 10", "FAN"},
        {"SELECT DRIVER FROM STANDINGS WHERE PRICE > 5.5", "FAN\nHAM"},
        {"SELECT DRIVER FROM STANDINGS WHERE PRICE = 10.000", "FAN"},
        {"SELECT DRIVER FROM STANDINGS WHERE AVG_POINTS >= 10", "BOT\nHAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE 'C' < DRIVER AND DRIVER <= 'HAM'", "FAN\nHAM"},
        {"SELECT DRIVER FROM STANDINGS WHERE LAST_RACE = '2021-12-12T13:00'", "HAM"},
        {"SELECT DRIVER FROM STANDINGS WHERE LAST_RACE > '2021-12-12T12:30'", "HAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE BORN IN ('1985-01-07')", "HAM"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM IS DISTINCT FROM 'Mercedes'", "ALO\nFAN\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE TRUE LIMIT 1", "ALO"},
        {"SELECT DRIVER FROM STANDINGS WHERE FALSE", ""},
        {"SELECT DRIVER FROM STANDINGS WHERE POINTS % 2 = 1 AND LEN(DRIVER) = 3", "ALO\nHAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE TAGS = ARRAY['c']", "VER"},
    };
    CHECK(questions);
}

static void test_order(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT DRIVER FROM STANDINGS ORDER BY POINTS DESC LIMIT 3", "VER\nHAM\nBOT"},
        {"SELECT DRIVER, POINTS FROM STANDINGS ORDER BY POINTS LIMIT 2 OFFSET 1",
         "ALO|133\nBOT|226"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY DRIVER OFFSET 4", "VER"},
        {"SELECT DRIVER FROM STANDINGS LIMIT 0", ""},
        {"SELECT DRIVER FROM STANDINGS ORDER BY PRICE", "ALO\nBOT\nVER\nFAN\nHAM"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY PRICE DESC NULLS FIRST", "ALO\nHAM\nFAN\nVER\nBOT"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY PRICE DESC", "HAM\nFAN\nVER\nBOT\nALO"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY AVG_POINTS NULLS LAST, DRIVER",
         "FAN\nBOT\nHAM\nVER\nALO"},
        {"SELECT DRIVER, 0 - POINTS AS MINUS FROM STANDINGS ORDER BY MINUS LIMIT 1", "VER|-395"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY POINTS % 10, 1", "FAN\nALO\nVER\nBOT\nHAM"},
        {"SELECT TEAM, DRIVER FROM STANDINGS ORDER BY 1 DESC NULLS LAST, 2 LIMIT 3",
         "Red Bull|VER\nMercedes|BOT\nMercedes|HAM"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY BORN", "ALO\nFAN\nHAM\nBOT\nVER"},
        {"SELECT DRIVER FROM STANDINGS ORDER BY TAGS, DRIVER", "BOT\nFAN\nHAM\nVER\nALO"},
    };
    CHECK(questions);
}

static void test_windows_and_keys(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT * FROM LAPS", "33|-60000|0|1|91000\n33|0|60000|4|90050\n44|0|60000|3|90100\n"
                               "44|60000|120000|2|89900"},
        {"SELECT CAR, WINDOWSTART, WINDOWEND FROM LAPS WHERE CAR = 44 AND WINDOWSTART >= 60000",
         "44|60000|120000"},
        {"SELECT CAR FROM LAPS WHERE WINDOWSTART < '1970-01-01' AND WINDOWEND = 0", "33"},
        {"SELECT CAR, SUM(N), MIN(BEST) FROM LAPS GROUP BY CAR", "33|5|90050\n44|5|89900"},
        {"SELECT * FROM PAIRS ORDER BY V", "1|x|10\n1|NULL|20\n2|x|30\nNULL|y|40"},
        {"SELECT V FROM PAIRS WHERE B IS NULL", "20"},
        {"SELECT V FROM PAIRS WHERE A IS NULL", "40"},
        {"SELECT V FROM PAIRS WHERE A > 0 ORDER BY V", "10\n20\n30"},
        {"SELECT V FROM PAIRS WHERE B <> 'q' ORDER BY V", "10\n30\n40"},
        {"SELECT V FROM PAIRS WHERE A = 1 AND B = 'x'", "10"},
        {"SELECT COUNT(A), COUNT(B), COUNT(*) FROM PAIRS", "3|3|4"},
        {"SELECT COALESCE(B, '-') FROM PAIRS WHERE A = 1 ORDER BY 1", "-\nx"},
        {"SELECT A, COUNT(*) FROM PAIRS GROUP BY A ORDER BY A NULLS LAST", "1|2\n2|1\nNULL|1"},
        {"SELECT X.V, Y.V FROM PAIRS X JOIN PAIRS Y ON X.A = Y.A AND X.B = Y.B ORDER BY X.V",
         "10|10\n30|30"},
    };
    CHECK(questions);
}

static void test_groups(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT COUNT(*), SUM(POINTS), MIN(POINTS), MAX(POINTS) FROM STANDINGS", "5|1181|40|395"},
        {"SELECT COUNT(TEAM), COUNT(DISTINCT TEAM), AVG(POINTS) FROM STANDINGS", "4|3|236.2"},
        {"SELECT SEASON, COUNT(*) FROM STANDINGS GROUP BY SEASON", "1957|1\n2005|1\n2021|3"},
        {"SELECT TEAM, SUM(POINTS) AS P FROM STANDINGS GROUP BY TEAM HAVING SUM(POINTS) > 100 "
         "ORDER BY P "
         "DESC",
         "Mercedes|613\nRed Bull|395\nNULL|133"},
        {"SELECT SEASON / 10 * 10 AS DECADE, COUNT(*) FROM STANDINGS GROUP BY SEASON / 10 * 10",
         "1950|1\n2000|1\n2020|3"},
        {"SELECT SEASON / 10 * 10 AS DECADE, COUNT(*) FROM STANDINGS GROUP BY DECADE ORDER BY 1 "
         "DESC",
         "2020|3\n2000|1\n1950|1"},
        {"SELECT SEASON, MAX(PRICE), MIN(DRIVER), SUM(PRICE) FROM STANDINGS GROUP BY SEASON ORDER "
         "BY SEASON",
         "1957|10.00|FAN|10.00\n2005|NULL|ALO|0.00\n2021|1234567.89|BOT|1234562.99"},
        {"SELECT COLLECT_LIST(DRIVER) FROM STANDINGS WHERE SEASON = 2021",
         "[\"BOT\",\"HAM\",\"VER\"]"},
        {"SELECT COUNT(*) FROM STANDINGS WHERE SEASON = 1900", "0"},
        {"SELECT SEASON, COUNT(*) FROM STANDINGS WHERE SEASON = 1900 GROUP BY SEASON", ""},
        {"SELECT SUM(POINTS) + 1, SUM(POINTS) * 2 FROM STANDINGS", "1182|2362"},
        {"SELECT SEASON FROM STANDINGS GROUP BY SEASON ORDER BY COUNT(*) DESC, SEASON",
         "2021\n1957\n2005"},
        {"SELECT COUNT(*) FROM STANDINGS HAVING COUNT(*) > 10", ""},
        {"SELECT SEASON + 1 FROM STANDINGS GROUP BY SEASON ORDER BY SEASON", "1958\n2006\n2022"},
    };
    CHECK(questions);
}

static void test_joins(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT S.DRIVER, T.BASE FROM STANDINGS S JOIN TEAMS T ON S.TEAM = T.NAME ORDER BY 1",
         "BOT|Brackley\nHAM|Brackley\nVER|Milton Keynes"},
        {"SELECT DRIVER, BASE FROM STANDINGS LEFT JOIN TEAMS ON TEAM = NAME ORDER BY DRIVER",
         "ALO|NULL\nBOT|Brackley\nFAN|NULL\nHAM|Brackley\nVER|Milton Keynes"},
        {"SELECT DRIVER, NAME FROM STANDINGS S RIGHT JOIN TEAMS T ON S.TEAM = T.NAME ORDER BY "
         "NAME, DRIVER",
         "BOT|Mercedes\nHAM|Mercedes\nVER|Red Bull\nNULL|Williams"},
        {"SELECT DRIVER, NAME FROM STANDINGS FULL JOIN TEAMS ON TEAM = NAME ORDER BY NAME, DRIVER",
         "ALO|NULL\nFAN|NULL\nBOT|Mercedes\nHAM|Mercedes\nVER|Red Bull\nNULL|Williams"},
        {"SELECT A.NAME, B.NAME FROM TEAMS A JOIN TEAMS B ON A.FOUNDED < B.FOUNDED ORDER BY 1, 2",
         "Red Bull|Mercedes\nWilliams|Mercedes\nWilliams|Red Bull"},
        {"SELECT COUNT(*) FROM TEAMS A CROSS JOIN TEAMS B", "9"},
        {"SELECT COUNT(*) FROM TEAMS A, TEAMS B WHERE A.NAME = B.NAME", "3"},
        {"SELECT * FROM TEAMS A JOIN TEAMS B USING (NAME) ORDER BY NAME LIMIT 1",
         "Mercedes|Brackley|2010|Brackley|2010"},
        {"SELECT T.NAME, SUM(S.POINTS) FROM TEAMS T LEFT JOIN STANDINGS S ON S.TEAM = T.NAME AND "
         "S.POINTS "
         "> 300 GROUP BY T.NAME ORDER BY T.NAME",
         "Mercedes|387\nRed Bull|395\nWilliams|0"},
        {"SELECT DRIVER FROM STANDINGS JOIN TEAMS ON LCASE(TEAM) = LCASE(NAME) ORDER BY 1",
         "BOT\nHAM\nVER"},
        {"SELECT S.DRIVER, A.FOUNDED, B.BASE FROM STANDINGS S JOIN TEAMS A ON S.TEAM = A.NAME JOIN "
         "TEAMS B "
         "ON A.NAME = B.NAME WHERE S.DRIVER = 'HAM'",
         "HAM|2010|Brackley"},
    };
    CHECK(questions);
}

static void test_sets_and_queries(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT NAME FROM TEAMS UNION SELECT TEAM FROM STANDINGS WHERE TEAM IS NOT NULL ORDER BY "
         "NAME",
         "Maserati\nMercedes\nRed Bull\nWilliams"},
        {"SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 2", "1\n1\n2"},
        {"SELECT NAME FROM TEAMS INTERSECT SELECT TEAM FROM STANDINGS ORDER BY 1",
         "Mercedes\nRed Bull"},
        {"SELECT NAME FROM TEAMS EXCEPT SELECT TEAM FROM STANDINGS", "Williams"},
        {"SELECT 1 AS A UNION SELECT 2.5 ORDER BY A DESC", "2.5\n1.0"},
        {"SELECT POINTS AS A FROM STANDINGS WHERE DRIVER = 'HAM' UNION ALL SELECT 1E0",
         "387.0\n1.0"},
        {"(SELECT DRIVER FROM STANDINGS ORDER BY POINTS LIMIT 1) UNION ALL (SELECT DRIVER FROM "
         "STANDINGS "
         "ORDER BY POINTS DESC LIMIT 1)",
         "FAN\nVER"},
        {"WITH TOP AS (SELECT DRIVER, POINTS FROM STANDINGS ORDER BY POINTS DESC LIMIT 2) SELECT "
         "DRIVER "
         "FROM TOP ORDER BY DRIVER",
         "HAM\nVER"},
        {"WITH A (X) AS (SELECT 1 UNION SELECT 2), B AS (SELECT X * 10 AS Y FROM A) SELECT X, Y "
         "FROM A, B "
         "ORDER BY X, Y",
         "1|10\n1|20\n2|10\n2|20"},
        {"WITH RECURSIVE N (I) AS (SELECT 1 UNION ALL SELECT I + 1 FROM N WHERE I < 5) SELECT "
         "SUM(I) FROM N",
         "15"},
        {"SELECT D, P FROM (SELECT DRIVER AS D, POINTS + 0 AS P FROM STANDINGS) AS Q WHERE P > 300",
         "HAM|387\nVER|395"},
        {"SELECT DRIVER FROM STANDINGS WHERE POINTS = (SELECT MAX(POINTS) FROM STANDINGS)", "VER"},
        {"SELECT (SELECT COUNT(*) FROM TEAMS) + 1, (SELECT NAME FROM TEAMS WHERE FOUNDED = 1)",
         "4|NULL"},
        {"SELECT NAME FROM TEAMS T WHERE EXISTS (SELECT 1 FROM STANDINGS S WHERE S.TEAM = T.NAME "
         "AND "
         "S.POINTS > 390)",
         "Red Bull"},
        {"SELECT NAME FROM TEAMS WHERE NOT EXISTS (SELECT 1 FROM STANDINGS WHERE TEAM = NAME)",
         "Williams"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM IN (SELECT NAME FROM TEAMS) ORDER BY 1",
         "BOT\nHAM\nVER"},
        {"SELECT DRIVER FROM STANDINGS WHERE TEAM NOT IN (SELECT NAME FROM TEAMS) ORDER BY 1",
         "ALO\nFAN"},
        {"SELECT NAME, (SELECT SUM(POINTS) FROM STANDINGS WHERE TEAM = NAME) AS P FROM TEAMS ORDER "
         "BY NAME",
         "Mercedes|613\nRed Bull|395\nWilliams|0"},
        {"SELECT DRIVER, TEAM IN (SELECT NAME FROM TEAMS) AS T FROM STANDINGS ORDER BY 1 LIMIT 2",
         "ALO|false\nBOT|true"},
        {"SELECT TEAM, COUNT(*) + (SELECT COUNT(*) FROM TEAMS) FROM STANDINGS WHERE TEAM LIKE 'M%' "
         "GROUP BY "
         "TEAM ORDER BY TEAM",
         "Maserati|4\nMercedes|5"},
    };
    CHECK(questions);
}

static void test_over(void **state) {
    (void)state;
    static const question questions[] = {
        {"SELECT DRIVER, RANK() OVER (ORDER BY POINTS DESC) AS R FROM STANDINGS ORDER BY R",
         "VER|1\nHAM|2\nBOT|3\nALO|4\nFAN|5"},
        {"SELECT DRIVER, ROW_NUMBER() OVER (PARTITION BY SEASON ORDER BY POINTS) AS N FROM "
         "STANDINGS ORDER "
         "BY DRIVER",
         "ALO|1\nBOT|1\nFAN|1\nHAM|2\nVER|3"},
        {"SELECT DRIVER, SUM(POINTS) OVER (ORDER BY DRIVER) FROM STANDINGS ORDER BY DRIVER",
         "ALO|133\nBOT|359\nFAN|399\nHAM|786\nVER|1181"},
        {"SELECT DRIVER, SUM(POINTS) OVER (ORDER BY DRIVER ROWS BETWEEN 1 PRECEDING AND CURRENT "
         "ROW) FROM "
         "STANDINGS ORDER BY DRIVER",
         "ALO|133\nBOT|359\nFAN|266\nHAM|427\nVER|782"},
        {"SELECT DRIVER, LAG(DRIVER) OVER (ORDER BY DRIVER) AS P, LEAD(DRIVER, 2, '-') OVER (ORDER "
         "BY "
         "DRIVER) AS N FROM STANDINGS ORDER BY DRIVER",
         "ALO|NULL|FAN\nBOT|ALO|HAM\nFAN|BOT|VER\nHAM|FAN|-\nVER|HAM|-"},
        {"SELECT SEASON, SUM(COUNT(*)) OVER (ORDER BY SEASON) FROM STANDINGS GROUP BY SEASON ORDER "
         "BY 1",
         "1957|1\n2005|2\n2021|5"},
        {"SELECT DRIVER FROM (SELECT DRIVER, ROW_NUMBER() OVER (PARTITION BY TEAM ORDER BY POINTS "
         "DESC) AS N "
         "FROM STANDINGS) WHERE N > 1",
         "BOT"},
        {"SELECT DRIVER, POINTS * 100 / SUM(POINTS) OVER () AS SHARE FROM STANDINGS ORDER BY SHARE "
         "DESC "
         "LIMIT 1",
         "VER|33"},
    };
    CHECK(questions);
}

/* --- headers, JSON, stopping ------------------------------------------------------------------ */

static void check_header(const char *sql, const char *wanted) {
    answer a;
    pitwall_error err;
    answer_init(&a);
    if (answer_ask(&a, sql, &err) != PITWALL_OK) fail_msg("%s", err.message);
    assert_string_equal(pw_buf_cstr(&a.header), wanted);
    answer_deinit(&a);
}

static void test_headers(void **state) {
    (void)state;
    check_header(
        "SELECT * FROM LAPS",
        "CAR INTEGER KEY, WINDOWSTART BIGINT KEY, WINDOWEND BIGINT KEY, N BIGINT, BEST INTEGER");
    check_header("SELECT DRIVER, POINTS + 1, COUNT(*) OVER (), TAGS FROM STANDINGS",
                 "DRIVER STRING KEY, KSQL_COL_0 BIGINT, KSQL_COL_1 BIGINT, TAGS ARRAY<STRING>");
    check_header("SELECT PRICE, PRICE + 1, SUM(PRICE) OVER () AS `a b` FROM STANDINGS",
                 "PRICE DECIMAL(9, 2), KSQL_COL_0 DECIMAL(13, 2), a b DECIMAL(9, 2)");
    check_header(
        "SELECT A.NAME, B.NAME, A.BASE AS BASE FROM TEAMS A JOIN TEAMS B ON A.NAME = B.NAME",
        "A_NAME STRING KEY, B_NAME STRING KEY, BASE STRING");
    check_header(
        "SELECT * FROM TEAMS A JOIN STANDINGS B ON A.NAME = B.TEAM LIMIT 0",
        "A_NAME STRING KEY, A_BASE STRING, A_FOUNDED INTEGER, B_DRIVER STRING KEY, B_SEASON "
        "INTEGER, B_POINTS BIGINT, B_AVG_POINTS DOUBLE, B_PRICE DECIMAL(9, 2), B_BORN DATE, "
        "B_LAST_RACE TIMESTAMP, B_TAGS ARRAY<STRING>, B_TEAM STRING, B_ACTIVE BOOLEAN");
}

static void test_json(void **state) {
    (void)state;
    answer a;
    pitwall_error err;
    answer_init(&a);
    const char *sql =
        "SELECT DRIVER, PRICE, AVG_POINTS, BORN, TAGS, ACTIVE FROM STANDINGS WHERE DRIVER IN "
        "('ALO', 'HAM')";
    assert_int_equal(answer_ask(&a, sql, &err), PITWALL_OK);
    assert_string_equal(pw_buf_cstr(&a.json),
                        "\"ALO\",null,null,null,[\"d\",\"e\",\"f\"],null\n"
                        "\"HAM\",1234567.89,17.5,\"1985-01-07\",[\"a\",\"b\"],true");
    answer_deinit(&a);
}

static void test_stop(void **state) {
    (void)state;
    answer a;
    pitwall_error err;
    answer_init(&a);
    a.rows_wanted = 2;
    assert_int_equal(answer_ask(&a, "SELECT DRIVER FROM STANDINGS", &err), PITWALL_OK);
    assert_string_equal(pw_buf_cstr(&a.text), "ALO\nBOT");
    answer_deinit(&a);
}

/* --- mistakes --------------------------------------------------------------------------------- */

static void test_mistakes(void **state) {
    (void)state;
    static const struct {
        const char *sql;
        int column;
        const char *part, *hint;
    } mistakes[] = {
        {"SELECT POINT FROM STANDINGS", 8, "SELECT column 'POINT' cannot be resolved.", "POINTS?"},
        {"SELECT DRIVER FROM STANDING", 20, "STANDING does not exist.", "STANDINGS?"},
        {"SELECT A FROM NOTHING_LIKE_IT", 15, "does not exist.", "tables: STANDINGS, TEAMS"},
        {"SELECT DRIVER FROM RACES", 20, "streams", "CREATE TABLE"},
        {"SELECT DRIVER FROM DRIVERS", 20, "The `DRIVERS` table isn't queryable.", "AS SELECT"},
        {"SELECT DRIVER FROM SOON", 20, "table SOON has no rows yet", "pitwall run"},
        {"SELECT DRIVER FROM STANDINGS EMIT CHANGES", 1, "push queries are not supported yet", ""},
        {"SELECT DRIVER FROM STANDINGS WHERE POINTS", 36, "Should evaluate to boolean", ""},
        {"SELECT DRIVER FROM STANDINGS WHERE POINTS = 'x'", 36, "Cannot compare", ""},
        {"SELECT DRIVER FROM STANDINGS WHERE NOPE(1) = 1", 36, "NOPE", ""},
        {"SELECT TEAM, COUNT(*) FROM STANDINGS", 8, "not part of GROUP BY: TEAM", ""},
        {"SELECT DRIVER FROM STANDINGS WHERE COUNT(*) > 1", 36, "COUNT", ""},
        {"SELECT SUM(COUNT(*)) FROM STANDINGS", 8, "can not be nested", ""},
        {"SELECT DRIVER, DRIVER FROM STANDINGS", 16, "duplicate columns: `DRIVER`", ""},
        {"SELECT DRIVER FROM STANDINGS LIMIT -1", 36, "LIMIT must not be negative", ""},
        {"SELECT DRIVER FROM STANDINGS ORDER BY 2", 39, "ORDER BY position 2", ""},
        {"SELECT NAME FROM TEAMS A, TEAMS B", 8,
         "Column 'NAME' is ambiguous. Could be A.NAME or B.NAME.", ""},
        {"SELECT 1 FROM TEAMS, TEAMS", 22, "TEAMS is in FROM twice", ""},
        {"SELECT 1 FROM TEAMS WINDOW TUMBLING (SIZE 1 MINUTE)", 21, "WINDOW clauses", ""},
        {"SELECT 1 UNION SELECT 1, 2", 16, "1 and 2 columns", ""},
        {"SELECT 1 UNION SELECT TRUE", 16, "types that do not go together", ""},
        {"SELECT (SELECT NAME, BASE FROM TEAMS)", 9, "must have one column", ""},
        {"SELECT (SELECT NAME FROM TEAMS)", 8, "more than one row", "LIMIT 1"},
        {"SELECT 1 FROM TEAMS WHERE ROW_NUMBER() OVER () = 1", 27, "cannot stand in WHERE", ""},
        {"SELECT MIN(NAME) OVER (ROWS 1 PRECEDING) FROM TEAMS", 8, "frame that moves", ""},
        {"SELECT X FROM TEAMS JOIN STANDINGS USING (NAME)", 43, "USING column 'NAME'", ""},
        {"SELECT 1 INTERSECT ALL SELECT 1", 1, "INTERSECT ALL is not supported", ""},
        {"SELECT EXPLODE(TAGS) FROM STANDINGS", 8, "table function", ""},
        {"SELECT T.* FROM TEAMS", 8, "'T' is not a valid", ""},
        {"SELECT *", 8, "needs a FROM", ""},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        answer a;
        pitwall_error err;
        answer_init(&a);
        if (answer_ask(&a, mistakes[i].sql, &err) == PITWALL_OK) {
            fail_msg("%s\nwas answered:\n%s", mistakes[i].sql, pw_buf_cstr(&a.text));
        }
        bool is_right = err.line == 1 && err.column == mistakes[i].column &&
                        strstr(err.message, mistakes[i].part) &&
                        strstr(err.message, mistakes[i].hint);
        if (!is_right) {
            fail_msg("%s\nwanted at 1:%d: %s (%s)\ngot at %d:%d: %s", mistakes[i].sql,
                     mistakes[i].column, mistakes[i].part, mistakes[i].hint, err.line, err.column,
                     err.message);
        }
        answer_deinit(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_windows_and_keys),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_sets_and_queries),
        cmocka_unit_test(test_over),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, open_tables, fixture_close_pitwall);
}
