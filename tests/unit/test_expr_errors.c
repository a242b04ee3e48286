/* What is wrong with an expression: message (ksqlDB's where it has one), place and hint.
 * SPDX-License-Identifier: Apache-2.0 */
#include "expr_harness.h"

typedef struct error_case {
    const char *expression;
    const char *message; /* whole */
    const char *at;      /* the text the span covers, NULL: the whole expression */
    const char *hint;    /* NULL: none asked for */
} error_case;

static void check_error(harness *h, const error_case *c) {
    const pw_expr *expr = harness_bind(h, c->expression);
    if (expr) fail_msg("%s is accepted", c->expression);
    if (strcmp(h->error.message, c->message) != 0)
        fail_msg("%s: %s", c->expression, h->error.message);
    const char *at = c->at ? c->at : c->expression;
    uint32_t length = h->error.at.end - h->error.at.start;
    if (length != strlen(at) || strncmp(c->expression + h->error.at.start, at, length) != 0) {
        fail_msg("%s: place is %u..%u", c->expression, h->error.at.start, h->error.at.end);
    }
    if (c->hint) assert_string_equal(h->error.hint, c->hint);
}

static void check_errors(const error_case *cases, size_t count, const char *clause) {
    for (size_t i = 0; i < count; i++) {
        harness h;
        harness_init(&h);
        h.scope.clause = clause;
        check_error(&h, &cases[i]);
        harness_deinit(&h);
    }
}
#define CHECK_ERRORS(cases, clause)                                                                \
    check_errors((cases), sizeof(cases) / sizeof((cases)[0]), (clause))

static void test_names(void **state) {
    (void)state;
    static const error_case cases[] = {
        {"NOPE", "SELECT column 'NOPE' cannot be resolved.", NULL, ""},
        {"I + NOPE", "SELECT column 'NOPE' cannot be resolved.", "NOPE", NULL},
        {"ROWTIM + 1", "SELECT column 'ROWTIM' cannot be resolved.", "ROWTIM",
         "did you mean ROWTIME?"},
        {"LAPZ.I", "SELECT column 'LAPZ.I' cannot be resolved.", NULL, "did you mean LAPS.I?"},
        {"WINDOWEND", "Unknown column WINDOWEND.", NULL, NULL},
        {"R->NOPE", "Could not find field 'NOPE' in 'R'.", NULL, NULL},
        {"I->F", "Expected STRUCT type, got: INTEGER", NULL, NULL},
        {"I[1]", "Subscript expression (I[1]) do not apply to INTEGER.", NULL, NULL},
        {"R['F']",
         "Subscript expression (R['F']) do not apply to STRUCT<`F` INTEGER, `G` STRING>. Use the "
         "dereference operator for "
         "STRUCTS: R->'F'",
         NULL, NULL},
    };
    CHECK_ERRORS(cases, NULL);
    static const error_case where[] = {
        {"NOPE = 1", "WHERE column 'NOPE' cannot be resolved.", "NOPE", NULL},
        {"I >= 'x'",
         "Error in WHERE expression: Cannot compare I (INTEGER) to 'x' (STRING) with "
         "GREATER_THAN_OR_EQUAL.",
         NULL, "CAST one side to the type of the other"},
        {"TRUE + 1.5",
         "Error in WHERE expression: Error processing expression: (true + 1.5). Unsupported "
         "arithmetic types. "
         "BOOLEAN DECIMAL",
         NULL, NULL},
        {"WINDOWEND < 1", "Error in WHERE expression: Unknown column WINDOWEND.", "WINDOWEND",
         NULL},
        {"I IN (10, 'x y')", "Invalid Predicate: invalid input syntax for type INTEGER: \"x y\".",
         "'x y'", NULL},
        {"EXPLODE(A) = 1", "Invalid Predicate: Can't find any functions with the name 'EXPLODE'",
         "EXPLODE(A)", NULL},
    };
    CHECK_ERRORS(where, "WHERE");
    static const error_case group_by[] = {
        {"SUM(I)", "GROUP BY does not support aggregate functions: SUM is an aggregate function.",
         NULL, NULL},
    };
    CHECK_ERRORS(group_by, "GROUP BY");
}

static const error_case type_cases[] = {
    {"S + I", "Error processing expression: (S + I). Unsupported arithmetic types. STRING INTEGER",
     NULL, NULL},
    {"S % 2", "Error processing expression: (S % 2). Unsupported arithmetic types. STRING INTEGER",
     NULL, NULL},
    {"I = S", "Cannot compare I (INTEGER) to S (STRING) with EQUAL.", NULL, NULL},
    {"I = '1'", "Cannot compare I (INTEGER) to '1' (STRING) with EQUAL.", NULL, NULL},
    {"O < TRUE", "Cannot compare O (BOOLEAN) to true (BOOLEAN) with LESS_THAN.", NULL, NULL},
    {"A < A", "Cannot compare A (ARRAY<INTEGER>) to A (ARRAY<INTEGER>) with LESS_THAN.", NULL,
     NULL},
    {"CAST('2022-01-01' AS DATE) = 1",
     "Cannot compare CAST('2022-01-01' AS DATE) (DATE) to 1 (INTEGER) with EQUAL.", NULL, NULL},
    {"TM = DT", "Cannot compare TM (TIME) to DT (DATE) with EQUAL.", NULL, NULL},
    {"I = NULL",
     "Comparison with NULL not supported: INTEGER = NULL\nUse 'IS NULL' or 'IS NOT NULL' "
     "instead.",
     NULL, NULL},
    {"1 + NULL",
     "Error processing expression: (1 + null). Unsupported arithmetic types. INTEGER null", NULL,
     NULL},
    {"-S", "Invalid Select: - needs a number: S is STRING", NULL, NULL},
    {"I AND O", "AND needs BOOLEAN operands: I is INTEGER", "I", NULL},
    {"CASE WHEN I THEN 1 END", "WHEN operand type should be boolean.\nType for 'I' is INTEGER", "I",
     NULL},
    {"CASE WHEN O THEN NULL END", "Invalid Case expression. All case branches have NULL type", NULL,
     NULL},
    {"CASE WHEN O THEN 1 WHEN Q THEN 'x' END",
     "Invalid Case expression. Type for all 'THEN' clauses should be the same.\nTHEN "
     "expression ''x'' has type: STRING."
     "\nPrevious THEN expression(s) type: INTEGER.",
     "'x'", NULL},
    {"CASE WHEN O THEN 1 ELSE 'x' END",
     "Invalid Case expression. Type for the default clause should be the same as for 'THEN' "
     "clauses.\n"
     "THEN type: INTEGER.\nDEFAULT type: STRING.",
     "'x'", NULL},
    {"ARRAY[]",
     "Array constructor cannot be empty. Please supply at least one element (see "
     "https://github.com/confluentinc/ksql/issues/4239).",
     NULL, NULL},
    {"MAP()",
     "Map constructor cannot be empty. Please supply at least one key value pair (see "
     "https://github.com/confluentinc/ksql/issues/4239).",
     NULL, NULL},
    {"MAP('a' := 1, 'b' := 'x')", "invalid input syntax for type INTEGER: \"x\".", "'x'", NULL},
    {"ARRAY[1, S]", "operator does not exist: INTEGER = STRING (S)", "S",
     "You might need to add explicit type casts."},
    {"AB IN (AB, ARRAY['10', 'not 10'])",
     "Invalid Select: invalid input syntax for type BIGINT: \"not 10\".", "ARRAY['10', 'not 10']",
     NULL},
    {"AB IN (AB, ARRAY[O])",
     "Invalid Select: operator does not exist: ARRAY<BIGINT> = ARRAY<BOOLEAN> (ARRAY[O])",
     "ARRAY[O]", NULL},
    {"M IN (10, TRUE)", "Invalid Select: operator does not exist: DECIMAL(12, 2) = BOOLEAN (true)",
     "TRUE", NULL},
    {"CAST(O AS BIGINT)", "Invalid Select: Cast of BOOLEAN to BIGINT is not supported", NULL, NULL},
    {"CAST(I AS FLOAT)", "Cannot resolve unknown type: FLOAT", "FLOAT", NULL},
    {"CAST(I AS DECIMAL(0, 0))", "DECIMAL precision must be >= 1: DECIMAL(0,0)", "DECIMAL(0, 0)",
     NULL},
    {"I LIKE '1'", "Invalid Select: LIKE needs STRING operands: I is INTEGER", "I", NULL},
    {"ROWTIME > 'oops'", "Failed to parse timestamp 'oops'", "'oops'", NULL},
    {"1.7976931348623159E308", "Number overflows DOUBLE: 1.7976931348623159E308", NULL, NULL},
    {"STRUCT(F := 1, F := 2)", "Duplicate field names found in STRUCT: 'F := 2'", "F := 2", NULL},
};

static void test_types(void **state) {
    (void)state;
    CHECK_ERRORS(type_cases, NULL);
}

static void test_unsupported(void **state) {
    (void)state;
    static const char *const cases[] = {
        "CASE I WHEN 1 THEN 'a' END", "(SELECT 1 FROM X)",        "EXISTS (SELECT 1 FROM X)",
        "I IN (SELECT 1 FROM X)",     "TRANSFORM(A, x => x + 1)", "TS AT TIME ZONE 'UTC'",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        harness h;
        harness_init(&h);
        if (harness_bind(&h, cases[i])) fail_msg("%s is accepted", cases[i]);
        if (h.error.status != PW_UNSUPPORTED) fail_msg("%s: %s", cases[i], h.error.message);
        harness_deinit(&h);
    }
}

static void test_ambiguous(void **state) {
    (void)state;
    static const pw_scope_column columns[] = {
        {.source = {"L", 1}, .name = {"K", 1}, .type = &pw_type_integer, .index = 0},
        {.source = {"R", 1}, .name = {"K", 1}, .type = &pw_type_integer, .index = 1},
        {.source = {"R", 1}, .name = {"BAR", 3}, .type = &pw_type_string, .index = 2},
    };
    harness h;
    harness_init(&h);
    h.scope = (pw_scope){.columns = columns, .column_count = 3};
    assert_null(harness_bind(&h, "K + 1"));
    assert_string_equal(h.error.message, "Column 'K' is ambiguous. Could be L.K or R.K.");
    assert_null(harness_bind(&h, "L.K > R.BAR"));
    assert_string_equal(h.error.message,
                        "Cannot compare L_K (INTEGER) to R_BAR (STRING) with GREATER_THAN.");
    assert_int_equal(pw_expr_column(harness_bind(&h, "R.K")), 1);
    assert_int_equal(pw_expr_column(harness_bind(&h, "BAR")), 2);
    harness_deinit(&h);
}

static bool substitute_sum(void *opaque, const pw_node *node, uint32_t *column,
                           const pw_type **type) {
    (void)opaque;
    if (node->kind != PW_NODE_CALL || !pw_str_equal(node->text, PW_STR("SUM"))) return false;
    *column = 2;
    *type = &pw_type_bigint;
    return true;
}

/* Where the planner has put an aggregate into a column, it is that column. */
static void test_substitute(void **state) {
    (void)state;
    harness h;
    harness_init(&h);
    h.scope.substitute = substitute_sum;
    static const char *const rows[] = {"B := 41"};
    const pw_expr *expr = harness_bind(&h, "SUM(I) + 1");
    assert_non_null(expr);
    assert_string_equal(harness_run(&h, expr, harness_batch(&h, rows, 1)), "42");
    h.scope.clause = "HAVING";
    assert_null(harness_bind(&h, "SUM(I) > '100'"));
    assert_string_equal(h.error.message, "Error in HAVING expression: Cannot compare SUM(I) "
                                         "(BIGINT) to '100' (STRING) with GREATER_THAN.");
    harness_deinit(&h);
}

static void test_coerce(void **state) {
    (void)state;
    static const struct {
        const char *expression, *type, *expected;
        bool is_lax;
    } cases[] = {
        {"'5'", "INT", "5", true},
        {"'5'", "INT", "Expected type INTEGER but got STRING", false},
        {"5", "STRING", "5", true},
        {"1", "DECIMAL(2, 1)", "1.0", true},
        {"1", "BIGINT", "1", false},
        {"1.5", "DOUBLE", "1.5", false},
        {"1.5", "INT", "Expected type INTEGER but got DECIMAL(2, 1)", true},
        {"'ye'", "BOOLEAN", "true", true},
        {"'maybe'", "BOOLEAN", "invalid input syntax for type BOOLEAN: \"maybe\".", true},
        {"NULL", "DATE", "NULL", false},
        {"'2022-04-10'", "DATE", "2022-04-10", false},
        {"ARRAY['1', '2']", "ARRAY<INT>", "[1, 2]", true},
        {"123.45", "DECIMAL(4, 2)", "Expected type DECIMAL(4, 2) but got DECIMAL(5, 2)", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        harness h;
        harness_init(&h);
        pw_node *node = NULL;
        const pw_type *type = NULL;
        const pw_expr *expr = harness_bind(&h, cases[i].expression);
        assert_non_null(expr);
        assert_int_equal(pw_parse_type(&h.arena, pw_str_from(cases[i].type), &node, &h.error),
                         PW_OK);
        assert_int_equal(pw_type_from_ast(&h.arena, node, NULL, &type, &h.error), PW_OK);
        if (pw_expr_coerce(&h.arena, expr, type, cases[i].is_lax, &expr, &h.error) != PW_OK) {
            assert_string_equal(h.error.message, cases[i].expected);
        } else {
            pw_slot value;
            assert_true(pw_type_equal(pw_expr_type(expr), type));
            assert_int_equal(pw_eval_constant(&h.arena, expr, &value, &h.error), PW_OK);
            assert_string_equal(harness_text(&h, type, &value), cases[i].expected);
        }
        harness_deinit(&h);
    }
}

static void test_constant_that_fails(void **state) {
    (void)state;
    harness h;
    harness_init(&h);
    pw_slot value;
    const pw_expr *expr = harness_bind(&h, "1 / 0");
    assert_non_null(expr);
    assert_null(pw_expr_constant(expr));
    assert_int_equal(pw_eval_constant(&h.arena, expr, &value, &h.error), PW_BAD_VALUE);
    assert_string_equal(h.error.message, "division by zero in (1 / 0)");
    harness_deinit(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_unsupported),
        cmocka_unit_test(test_ambiguous),
        cmocka_unit_test(test_substitute),
        cmocka_unit_test(test_coerce),
        cmocka_unit_test(test_constant_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
