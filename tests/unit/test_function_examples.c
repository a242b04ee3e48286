/* The example of every scalar function in the registry is an expression that is TRUE.
 * SPDX-License-Identifier: Apache-2.0 */
#include "expr_harness.h"

static const char *problem_of(harness *h, const char *example) {
    pw_scope nothing = {.column_count = 0};
    pw_node *node = NULL;
    const pw_expr *expr = NULL;
    pw_slot value;
    if (pw_parse_expression(&h->arena, pw_str_from(example), &node, &h->error) != PW_OK ||
        pw_expr_bind(&h->arena, &nothing, node, &expr, &h->error) != PW_OK ||
        pw_eval_constant(&h->arena, expr, &value, &h->error) != PW_OK) {
        return h->error.message;
    }
    if (pw_expr_type(expr)->kind != PW_TYPE_BOOLEAN) return "is not BOOLEAN";
    return value.is_null ? "is NULL" : value.i64 ? NULL : "is FALSE";
}

static bool has_lambda(const pw_signature *signature) {
    return strstr(signature->function->signature, "=>") != NULL;
}

static void test_examples(void **state) {
    (void)state;
    size_t count = 0, wrong = 0, checked = 0;
    const pw_signature *const *all = pw_function_all(&count);
    for (size_t i = 0; i < count; i++) {
        const pw_function *function = all[i]->function;
        if (!function->scalar || has_lambda(all[i])) continue;
        harness h;
        harness_init(&h);
        const char *problem =
            function->example ? problem_of(&h, function->example) : "there is no example";
        checked++;
        if (problem) {
            wrong++;
            print_error("%s: %s: %s\n", function->signature,
                        function->example ? function->example : "", problem);
        }
        harness_deinit(&h);
    }
    print_message("%zu examples of scalar functions\n", checked);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
