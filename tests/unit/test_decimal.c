/* DECIMAL values and arithmetic. SPDX-License-Identifier: Apache-2.0 */
#include "types/decimal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static pw_arena arena;

static int set_up(void **state) {
    (void)state;
    pw_arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pw_arena_deinit(&arena);
    return 0;
}

static const char *text_of(pw_i128 unscaled, int32_t scale) {
    pw_buf buf;
    pw_buf_init(&buf);
    pw_decimal_print(unscaled, scale, &buf);
    const char *text = pw_arena_cstr(&arena, pw_buf_str(&buf));
    pw_buf_deinit(&buf);
    return text;
}

static const char *java_text_of(const char *text) {
    pw_i128 unscaled;
    int32_t scale;
    assert_true(pw_decimal_parse(pw_str_from(text), &unscaled, &scale));
    pw_buf buf;
    pw_buf_init(&buf);
    pw_decimal_print_java(unscaled, scale, &buf);
    const char *printed = pw_arena_cstr(&arena, pw_buf_str(&buf));
    pw_buf_deinit(&buf);
    return printed;
}

static pw_i128 value_of(const char *text, int32_t scale) {
    pw_i128 unscaled;
    int32_t own_scale;
    assert_true(pw_decimal_parse(pw_str_from(text), &unscaled, &own_scale));
    assert_true(pw_decimal_rescale(unscaled, own_scale, scale, PW_ROUND_UNNECESSARY, &unscaled));
    return unscaled;
}

static void print_plain(void **state) {
    (void)state;
    assert_string_equal(text_of(0, 0), "0");
    assert_string_equal(text_of(0, 2), "0.00");
    assert_string_equal(text_of(-1250, 2), "-12.50");
    assert_string_equal(text_of(5, 3), "0.005");
    assert_string_equal(text_of(-5, 1), "-0.5");
    assert_string_equal(text_of(12, -3), "12000");
    assert_string_equal(text_of(0, -3), "0");
    pw_i128 largest = pw_decimal_power_of_ten(38) - 1;
    assert_string_equal(text_of(largest, 0), "99999999999999999999999999999999999999");
    assert_string_equal(text_of(-largest, 38), "-0.99999999999999999999999999999999999999");
}

static void parse_and_print_java(void **state) {
    (void)state;
    static const struct {
        const char *text, *java;
    } cases[] = {
        {"0", "0"},
        {"0.00", "0.00"},
        {"0.0000000000", "0E-10"},
        {"1e3", "1E+3"},
        {"1.50e3", "1.50E+3"},
        {"-12.50", "-12.50"},
        {".5", "0.5"},
        {"5.", "5"},
        {"+1.5", "1.5"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1E-7"},
        {"-0.00001000", "-0.00001000"},
        {"00012", "12"},
        {"1e-7", "1E-7"},
        {"0e5", "0E+5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(java_text_of(cases[i].text), cases[i].java);
    }
    static const char *const bad[] = {"",
                                      "-",
                                      ".",
                                      "e5",
                                      "1e",
                                      "1.2.3",
                                      " 1",
                                      "1 ",
                                      "abc",
                                      "1,5",
                                      "0x1",
                                      "NaN",
                                      "1e99999999999",
                                      "1d",
                                      "123456789012345678901234567890123456789"};
    pw_i128 unscaled;
    int32_t scale;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(pw_decimal_parse(pw_str_from(bad[i]), &unscaled, &scale));
    }
    /* Zeros that 38 digits cannot hold are dropped; the value stays. */
    assert_true(pw_decimal_parse(PW_STR("1.00000000000000000000000000000000000000000000000000"),
                                 &unscaled, &scale));
    assert_int_equal(pw_decimal_compare(unscaled, scale, 1, 0), 0);
}

static void parse_as_type(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t precision, scale;
        const char *rounded, *exact; /* NULL: an error */
    } cases[] = {
        {"1.25", 4, 1, "1.3", NULL},
        {"-1.25", 4, 1, "-1.3", NULL},
        {"1.24999999999999999999999999999999999999999999999999999", 4, 1, "1.2", NULL},
        {"999.94", 4, 1, "999.9", NULL},
        {"999.95", 4, 1, "1000.0", NULL},
        {"1000", 4, 1, NULL, NULL},
        {"1e2", 4, 1, "100.0", "100.0"},
        {"1e2", 2, 0, NULL, NULL},
        {"0.04", 4, 1, "0.0", NULL},
        {"0.05", 4, 1, "0.1", NULL},
        {"0.5", 2, 2, "0.50", "0.50"},
        {"1", 2, 2, NULL, NULL},
        {"0.004", 2, 2, "0.00", NULL},
        {"0.00000000000000000000000000000000000000000000000000001", 4, 1, "0.0", NULL},
        {"00000000000000000000000000000000000000000000000000001.50", 4, 1, "1.5", "1.5"},
        {"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999",
         "99999999999999999999999999999999999999"},
        {"99999999999999999999999999999999999999.5", 38, 0, NULL, NULL},
        {"-0", 4, 1, "0.0", "0.0"},
        {"abc", 4, 1, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int is_rounding = 0; is_rounding < 2; is_rounding++) {
            const char *expected = is_rounding ? cases[i].rounded : cases[i].exact;
            pw_i128 value;
            const char *problem =
                pw_decimal_parse_as(pw_str_from(cases[i].text), cases[i].precision, cases[i].scale,
                                    is_rounding, &value);
            assert_true(!problem == !!expected);
            if (expected) assert_string_equal(text_of(value, cases[i].scale), expected);
        }
    }
}

static void rescale_rounds(void **state) {
    (void)state;
    static const struct {
        int64_t value;
        int32_t expected[7]; /* by rounding mode, of value / 10; 99 is an error */
    } cases[] = {
        {10, {1, 1, 1, 1, 1, 1, 1}},         {12, {99, 1, 1, 1, 2, 1, 2}},
        {15, {99, 2, 1, 1, 2, 1, 2}},        {18, {99, 2, 2, 1, 2, 1, 2}},
        {-12, {99, -1, -1, -1, -2, -2, -1}}, {-15, {99, -2, -1, -1, -2, -2, -1}},
        {-18, {99, -2, -2, -1, -2, -2, -1}}, {0, {0, 0, 0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int mode = PW_ROUND_UNNECESSARY; mode <= PW_ROUND_CEILING; mode++) {
            pw_i128 value = 99;
            bool is_done = pw_decimal_rescale(cases[i].value, 1, 0, (pw_rounding)mode, &value);
            assert_true(is_done == (cases[i].expected[mode] != 99));
            if (is_done) assert_true(value == cases[i].expected[mode]);
        }
    }
    pw_i128 value;
    assert_true(pw_decimal_rescale(7, 60, 1, PW_ROUND_HALF_UP, &value) && value == 0);
    assert_true(pw_decimal_rescale(7, 60, 1, PW_ROUND_UP, &value) && value == 1);
    assert_false(pw_decimal_rescale(7, 0, 38, PW_ROUND_UNNECESSARY, &value));
    assert_false(pw_decimal_rescale(7, 0, 60, PW_ROUND_UNNECESSARY, &value));
    assert_true(pw_decimal_rescale(0, 0, 60, PW_ROUND_UNNECESSARY, &value) && value == 0);
}

static void compare_scales(void **state) {
    (void)state;
    pw_i128 huge = pw_decimal_power_of_ten(38) - 1;
    assert_int_equal(pw_decimal_compare(10, 1, 100, 2), 0);
    assert_int_equal(pw_decimal_compare(10, 1, 101, 2), -1);
    assert_int_equal(pw_decimal_compare(-10, 1, -101, 2), 1);
    assert_int_equal(pw_decimal_compare(huge, 0, huge, 38), 1);
    assert_int_equal(pw_decimal_compare(-huge, 0, huge, 38), -1);
    assert_int_equal(pw_decimal_compare(1, -300, huge, 0), 1);
    assert_int_equal(pw_decimal_compare(1, 300, 0, 0), 1);
    assert_int_equal(pw_decimal_compare(0, 300, 0, -5), 0);
    assert_int_equal(pw_decimal_compare(1, -37, pw_decimal_power_of_ten(37), 0), 0);
    assert_int_equal(pw_decimal_compare(9, -37, huge, 0), -1);
}

static void result_types(void **state) {
    (void)state;
    static const struct {
        pw_decimal_op op;
        int32_t a[2], b[2], result[2];
    } cases[] = {
        {PW_DECIMAL_ADD, {5, 2}, {4, 1}, {6, 2}},
        {PW_DECIMAL_SUB, {5, 2}, {19, 0}, {22, 2}},
        {PW_DECIMAL_MUL, {5, 2}, {4, 1}, {10, 3}},
        {PW_DECIMAL_DIV, {4, 2}, {10, 0}, {15, 13}},
        {PW_DECIMAL_DIV, {10, 0}, {4, 2}, {18, 6}},
        {PW_DECIMAL_MOD, {5, 2}, {4, 1}, {5, 2}},
        {PW_DECIMAL_MOD, {2, 2}, {10, 0}, {2, 2}},
        {PW_DECIMAL_ADD, {38, 0}, {38, 10}, {38, 10}},
        {PW_DECIMAL_MUL, {30, 10}, {30, 10}, {38, 20}},
        {PW_DECIMAL_DIV, {30, 10}, {30, 10}, {38, 20}},
        {PW_DECIMAL_DIV, {18, 2}, {18, 2}, {38, 20}},
        {PW_DECIMAL_MUL, {38, 38}, {38, 38}, {38, 37}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pw_type *a = pw_type_decimal(&arena, cases[i].a[0], cases[i].a[1]);
        const pw_type *b = pw_type_decimal(&arena, cases[i].b[0], cases[i].b[1]);
        const pw_type *result = pw_decimal_result_type(&arena, cases[i].op, a, b);
        assert_int_equal(result->precision, cases[i].result[0]);
        assert_int_equal(result->scale, cases[i].result[1]);
    }
}

static void arithmetic(void **state) {
    (void)state;
    static const struct {
        const char *a;
        int32_t a_type[2];
        pw_decimal_op op;
        const char *b;
        int32_t b_type[2];
        const char *expected;
    } cases[] = {
        {"7.25", {5, 2}, PW_DECIMAL_ADD, "2.0", {4, 1}, "9.25"},
        {"999.99",
         {5, 2},
         PW_DECIMAL_SUB,
         "9223372036854775807",
         {19, 0},
         "-9223372036854774807.01"},
        {"-999.99", {5, 2}, PW_DECIMAL_MUL, "-999.9", {4, 1}, "999890.001"},
        {"7.25", {5, 2}, PW_DECIMAL_MUL, "2.0", {4, 1}, "14.500"},
        {"1.00", {4, 2}, PW_DECIMAL_DIV, "4", {10, 0}, "0.2500000000000"},
        {"1", {10, 0}, PW_DECIMAL_DIV, "1.00", {4, 2}, "1.000000"},
        {"1", {10, 0}, PW_DECIMAL_DIV, "3", {10, 0}, "Rounding necessary"},
        {"-7", {1, 0}, PW_DECIMAL_DIV, "8", {1, 0}, "-0.875000"},
        {"1", {1, 0}, PW_DECIMAL_DIV, "0", {1, 0}, "Division by zero"},
        {"0.00", {4, 2}, PW_DECIMAL_DIV, "3", {1, 0}, "0.000000"},
        {"1.00", {4, 2}, PW_DECIMAL_MOD, "0.00", {4, 2}, "Division by zero"},
        {"-7.25", {5, 2}, PW_DECIMAL_MOD, "2.5", {4, 1}, "-2.25"},
        {"2.5", {4, 1}, PW_DECIMAL_MOD, "-7.25", {5, 2}, "2.50"},
        {"999.99", {5, 2}, PW_DECIMAL_MOD, "-0.5", {4, 1}, "0.49"},
        {"12345.00", {7, 2}, PW_DECIMAL_MOD, "7", {1, 0}, "4.00"},
        {"99999999999999999999",
         {20, 0},
         PW_DECIMAL_MUL,
         "99999999999999999999",
         {20, 0},
         "Numeric overflow"},
        {"0.0000000001",
         {38, 10},
         PW_DECIMAL_MUL,
         "2000.0000000000",
         {38, 10},
         "0.00000020000000000000"},
        {"1.0000000001",
         {30, 10},
         PW_DECIMAL_DIV,
         "0.0000000002",
         {30, 10},
         "5000000000.50000000000000000000"},
        {"1.0000000001", {30, 10}, PW_DECIMAL_DIV, "0.0000000003", {30, 10}, "Rounding necessary"},
        {"9999999999999999999999999999",
         {38, 10},
         PW_DECIMAL_DIV,
         "0.0000000002",
         {30, 10},
         "Numeric overflow"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pw_type *a = pw_type_decimal(&arena, cases[i].a_type[0], cases[i].a_type[1]);
        const pw_type *b = pw_type_decimal(&arena, cases[i].b_type[0], cases[i].b_type[1]);
        const pw_type *result = pw_decimal_result_type(&arena, cases[i].op, a, b);
        pw_i128 value;
        const char *problem = pw_decimal_apply(cases[i].op, a, value_of(cases[i].a, a->scale), b,
                                               value_of(cases[i].b, b->scale), result, &value);
        assert_string_equal(problem ? problem : text_of(value, result->scale), cases[i].expected);
    }
}

/* Aligned at ten digits behind the point the operands need more than 128 bits; their difference
 * does not. And a capped scale that the exact sum does not fit is an error, not a rounding. */
static void wide_sums(void **state) {
    (void)state;
    const pw_type *a = pw_type_decimal(&arena, 38, 0), *b = pw_type_decimal(&arena, 38, 10);
    const pw_type *result = pw_decimal_result_type(&arena, PW_DECIMAL_ADD, a, b);
    pw_i128 value;
    /* 10^37 - 10^27 is too much for 28 whole digits. */
    assert_ptr_equal(pw_decimal_apply(PW_DECIMAL_SUB, a, pw_decimal_power_of_ten(37), b,
                                      pw_decimal_power_of_ten(37), result, &value),
                     pw_decimal_overflow);
    pw_i128 a_value = 5 * pw_decimal_power_of_ten(27), b_value = 4 * pw_decimal_power_of_ten(37);
    assert_null(pw_decimal_apply(PW_DECIMAL_SUB, a, a_value, b, b_value + 1, result, &value));
    assert_string_equal(text_of(value, result->scale), "999999999999999999999999999.9999999999");
    assert_null(pw_decimal_apply(PW_DECIMAL_SUB, b, b_value + 1, a, a_value, result, &value));
    assert_string_equal(text_of(value, result->scale), "-999999999999999999999999999.9999999999");

    const pw_type *fine = pw_type_decimal(&arena, 38, 30);
    result = pw_decimal_result_type(&arena, PW_DECIMAL_ADD, a, fine);
    assert_int_equal(result->scale, 20);
    assert_ptr_equal(pw_decimal_apply(PW_DECIMAL_ADD, a, 1, fine, 1, result, &value),
                     pw_decimal_inexact);
    assert_null(pw_decimal_apply(PW_DECIMAL_ADD, a, -1, fine, pw_decimal_power_of_ten(30) / 4,
                                 result, &value));
    assert_string_equal(text_of(value, result->scale), "-0.75000000000000000000");
}

static void doubles(void **state) {
    (void)state;
    assert_true(pw_decimal_to_double(-1250, 2) == -12.5);
    assert_true(pw_decimal_to_double(1, 38) == 1e-38);
    assert_true(pw_decimal_to_double(pw_decimal_power_of_ten(38) - 1, 0) == 1e38);
    assert_true(pw_decimal_to_double(9007199254740993, 0) == 9007199254740992.0);

    pw_i128 unscaled;
    int32_t scale;
    assert_true(pw_decimal_from_double(-0.1, &unscaled, &scale));
    assert_int_equal(pw_decimal_compare(unscaled, scale, -1, 1), 0);
    assert_true(pw_decimal_from_double(1e300, &unscaled, &scale));
    assert_int_equal(pw_decimal_compare(unscaled, scale, 1, -300), 0);
    assert_true(pw_decimal_from_double(-0.0, &unscaled, &scale) && unscaled == 0);
    assert_false(pw_decimal_from_double(NAN, &unscaled, &scale));
    assert_false(pw_decimal_from_double(-INFINITY, &unscaled, &scale));
}

static void double_casts(void **state) {
    (void)state;
    static const struct {
        double value;
        int32_t precision, scale;
        const char *expected; /* NULL: an error */
    } cases[] = {
        {0, 30, 10, "0.0000000000"},
        {-0.0, 4, 1, "0.0"},
        {1.5, 2, 0, "2"},
        {-2.5, 2, 0, "-3"},
        {123456.789, 30, 10, "123456.7890000000"},
        {123456.789, 38, 25, "123456.7890000000043073669075966"},
        {-1e-5, 30, 10, "-0.0000100000"},
        {1e10, 4, 1, NULL},
        {999.94, 4, 1, "999.9"},
        {999.96, 4, 1, NULL}, /* four digits make it 1000 before the check */
        {0.1, 38, 38, "0.10000000000000000555111512312578270212"},
        {1e-38, 38, 38, "0.00000000000000000000000000000000000001"},
        {1e-300, 38, 38, "0.00000000000000000000000000000000000000"},
        {1e37, 38, 0, "9999999999999999538762658202121142272"},
        {1e300, 38, 0, NULL},
        {NAN, 4, 1, NULL},
        {INFINITY, 4, 1, NULL},
        {0.45, 1, 0, "1"}, /* twice rounded, as ksqlDB does: 0.45 is 0.5 with one digit */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pw_i128 value;
        const char *problem =
            pw_decimal_cast_double(cases[i].value, cases[i].precision, cases[i].scale, &value);
        assert_true(!problem == !!cases[i].expected);
        if (!problem) assert_string_equal(text_of(value, cases[i].scale), cases[i].expected);
    }
}

static void slots(void **state) {
    (void)state;
    const pw_type *narrow = pw_type_decimal(&arena, 18, 2), *wide = pw_type_decimal(&arena, 19, 2);
    pw_i128 value = pw_decimal_power_of_ten(18); /* one more than the digits allow */
    pw_slot slot = pw_decimal_slot(&arena, narrow, -value);
    assert_true(pw_decimal_get(narrow, &slot) == -value);
    slot = pw_decimal_slot(&arena, wide, value * 10);
    assert_true(pw_decimal_get(wide, &slot) == value * 10);
    assert_true(pw_decimal_fits(value - 1, 18));
    assert_false(pw_decimal_fits(-value, 18));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(print_plain),    cmocka_unit_test(parse_and_print_java),
        cmocka_unit_test(parse_as_type),  cmocka_unit_test(rescale_rounds),
        cmocka_unit_test(compare_scales), cmocka_unit_test(result_types),
        cmocka_unit_test(arithmetic),     cmocka_unit_test(wide_sums),
        cmocka_unit_test(doubles),        cmocka_unit_test(double_casts),
        cmocka_unit_test(slots),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
