/* Doubles and integers to text and back. SPDX-License-Identifier: Apache-2.0 */
#include "types/number_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "types/types_private.h"

static uint64_t random_state = 42;

static uint64_t next_random(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t value = random_state;
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static double double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void print_is_java(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-1.5, "-1.5"},
        {231.45, "231.45"},
        {100, "100.0"},
        {1234567, "1234567.0"},
        {9999999, "9999999.0"},
        {1e7, "1.0E7"},
        {12345678, "1.2345678E7"},
        {9999999.999999998, "9999999.999999998"},
        {1e-3, "0.001"},
        {0.00123, "0.00123"},
        {9.99e-4, "9.99E-4"},
        {1e-5, "1.0E-5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e10, "1.0E10"},
        {1e21, "1.0E21"},
        {1e22, "1.0E22"},
        {1e23, "1.0E23"},
        {2e23, "2.0E23"},
        {8.41e21, "8.41E21"},
        {9007199254740991, "9.007199254740991E15"},
        {9223372036854775807.0, "9.223372036854776E18"},
        {1.7976931348623157e308, "1.7976931348623157E308"},
        {2.2250738585072014e-308, "2.2250738585072014E-308"},
        {2.225073858507201e-308, "2.225073858507201E-308"},
        {4.9e-324, "4.9E-324"},
        {9.9e-324, "9.9E-324"},
        {1.5e-323, "1.5E-323"},
        {2e-323, "2.0E-323"},
        {NAN, "NaN"},
        {INFINITY, "Infinity"},
        {-INFINITY, "-Infinity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pw_buf buf;
        pw_buf_init(&buf);
        pw_double_print(cases[i].value, &buf);
        assert_string_equal(pw_buf_cstr(&buf), cases[i].text);
        pw_buf_deinit(&buf);
    }
}

static void check_round_trip(double value) {
    char text[PW_DOUBLE_TEXT_MAX + 1];
    size_t length = pw_double_write(value, text);
    assert_true(length <= PW_DOUBLE_TEXT_MAX);
    text[length] = 0;
    assert_true(bits_of(strtod(text, NULL)) == bits_of(value));
    double back;
    assert_true(pw_double_parse_json((pw_str){text, length}, &back));
    assert_true(bits_of(back) == bits_of(value));
    char long_text[40];
    int long_length = snprintf(long_text, sizeof long_text, "%.17g", value);
    assert_true(pw_double_parse_json((pw_str){long_text, (size_t)long_length}, &back));
    assert_true(bits_of(back) == bits_of(value));
}

static void print_round_trips(void **state) {
    (void)state;
    for (int i = 0; i < 100000; i++) {
        double value = double_of_bits(next_random());
        if (isfinite(value)) check_round_trip(value);
        check_round_trip((double)(int64_t)(next_random() % 10000000) / 100);
    }
    for (int exponent = -1074; exponent < 1024; exponent++) {
        double value = ldexp(1, exponent);
        check_round_trip(value);
        check_round_trip(nextafter(value, 0));
        check_round_trip(nextafter(value, INFINITY));
    }
}

/* The first precision at which printf's text reads back is the shortest; not so for powers of two,
 * whose interval is lopsided, and where Java wants two digits. */
static void print_is_shortest(void **state) {
    (void)state;
    for (int i = 0; i < 30000; i++) {
        double value = double_of_bits(next_random() & INT64_MAX);
        if (!isfinite(value) || value < 1e-300) continue;
        char expected[40];
        int precision = 0;
        do {
            snprintf(expected, sizeof expected, "%.*e", precision++, value);
        } while (strtod(expected, NULL) != value);
        pw_shortest shortest = pw_double_shortest(value);
        char digits[24];
        size_t length = pw_u64_write(shortest.digits, digits);
        assert_true(length == (size_t)precision);
        assert_true(digits[0] == expected[0]);
        if (length > 1) assert_memory_equal(digits + 1, expected + 2, length - 1);
    }
}

/* Exact powers of ten, least significant word first. */
enum { BIG_WORDS = 48 };
typedef struct big {
    uint32_t words[BIG_WORDS];
} big;

static void big_multiply(big *value, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < BIG_WORDS; i++) {
        carry += (uint64_t)value->words[i] * factor;
        value->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    assert_true(carry == 0);
}

static int32_t big_bit_length(const big *value) {
    for (int i = BIG_WORDS - 1; i >= 0; i--) {
        if (value->words[i]) return 32 * i + 32 - __builtin_clz(value->words[i]);
    }
    return 0;
}

static bool big_bit(const big *value, int32_t index) {
    return index >= 0 && (value->words[index / 32] >> index % 32 & 1);
}

/* How many bits value * factor has; the factor has 129 bits at most. */
static int32_t product_bit_length(const big *value, pw_u128 factor, bool is_one_more) {
    big product = {{0}};
    for (int part = 0; part < 4; part++) {
        uint64_t carry = 0, word = (uint32_t)(factor >> 32 * part);
        for (int i = 0; i + part < BIG_WORDS; i++) {
            carry += product.words[i + part] + (uint64_t)value->words[i] * word;
            product.words[i + part] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    uint64_t carry = 0;
    for (int i = 0; i < BIG_WORDS && is_one_more; i++) {
        carry += (uint64_t)product.words[i] + value->words[i];
        product.words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return big_bit_length(&product);
}

static void power_table_is_exact(void **state) {
    (void)state;
    big power = {{1}};
    for (int32_t n = 0; n <= -PW_POWER_MIN; n++, big_multiply(&power, 10)) {
        int32_t length = big_bit_length(&power);
        if (n <= PW_POWER_MAX) {
            pw_power row = pw_power_table[n - PW_POWER_MIN];
            pw_u128 bits = 0;
            for (int i = 1; i <= 128; i++)
                bits = bits << 1 | big_bit(&power, length - i);
            assert_true(row.high == (uint64_t)(bits >> 64) && row.low == (uint64_t)bits);
            assert_int_equal(pw_log2_of_power(n), length - 1);
        }
        if (n == 0) continue;
        /* 2^k / 10^n cut off: times 10^n it is below 2^k, and one more is not. */
        pw_power row = pw_power_table[-n - PW_POWER_MIN];
        assert_true(row.high >> 63);
        pw_u128 bits = (pw_u128)row.high << 64 | row.low;
        int32_t below = product_bit_length(&power, bits, false);
        assert_int_equal(product_bit_length(&power, bits, true), below + 1);
        assert_int_equal(pw_log2_of_power(-n), -length);
    }
}

static void parse_json_text(void **state) {
    (void)state;
    static const char *const good[] = {
        "0",
        "-0",
        "1",
        "+1",
        "007",
        ".5",
        "5.",
        "-12.5",
        "1e5",
        "1E+5",
        "1e-5",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000000000000000000000000012345678901234567890123",
        "9007199254740993",
        "9007199254740993.0000000000000000000000000000000001",
        "9007199254740992.9999999999999999999999999999999999",
        "1e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "1e400",
        "1e-400",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "0e99999999999",
        "1e99999999999",
        "1e-99999999999",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649"
        "017977587207096330286416692887910946555547851940402630657488671505820681908902000708383"
        "676273854845817711531764475730270069855571366959622842914819860834936475292719074168444"
        "365510704342711559699508093042880",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = 7;
        assert_true(pw_double_parse_json(pw_str_from(good[i]), &value));
        assert_true(bits_of(value) == bits_of(strtod(good[i], NULL)));
    }
    static const char *const bad[] = {"",         "-",     ".",   "-.",  "e5",   "1e",
                                      "1e+",      "1.2.3", " 1",  "1 ",  "0x10", "NaN",
                                      "Infinity", "1d",    "1,5", "--1", "1e5.0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 7;
        assert_false(pw_double_parse_json(pw_str_from(bad[i]), &value));
    }
}

static void parse_random_digits(void **state) {
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char text[64];
        size_t length = 0;
        int digits = 1 + (int)(next_random() % 30), point = (int)(next_random() % 31);
        for (int d = 0; d < digits; d++) {
            if (d == point) text[length++] = '.';
            text[length++] = (char)('0' + next_random() % 10);
        }
        length += (size_t)snprintf(text + length, sizeof text - length, "e%d",
                                   (int)(next_random() % 700) - 350);
        double value;
        assert_true(pw_double_parse_json((pw_str){text, length}, &value));
        assert_true(bits_of(value) == bits_of(strtod(text, NULL)));
    }
}

/* Halfway between two doubles, written out in full, and a hair beside it. */
static void parse_ties(void **state) {
    (void)state;
    for (int i = 0; i < 2000; i++) {
        double low = ldexp((double)(next_random() >> 11 | UINT64_C(1) << 52),
                           (int)(next_random() % 120) - 112);
        long double halfway = ((long double)low + nextafter(low, INFINITY)) / 2;
        char text[300]; /* 19 digits in front of the point, 113 bits behind it at most */
        int length = snprintf(text, sizeof text - 10, "%.120Lf", halfway);
        double value;
        assert_true(pw_double_parse_json((pw_str){text, (size_t)length}, &value));
        assert_true(bits_of(value) == bits_of(strtod(text, NULL)));
        memcpy(text + length, "00001", 6);
        assert_true(pw_double_parse_json((pw_str){text, (size_t)length + 5}, &value));
        assert_true(value == nextafter(low, INFINITY));
    }
}

static void parse_is_java(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"1.5", 1.5},
        {" 2 ", 2},
        {"\t-3\n", -3},
        {"1d", 1},
        {"1F", 1},
        {"1e3", 1000},
        {".5", 0.5},
        {"5.", 5},
        {"0x1p3", 8},
        {"-0X1.8P1", -3},
        {"0x.8p0f", 0.5},
        {"1.0E400", INFINITY},
        {"-Infinity", -INFINITY},
        {"+Infinity", INFINITY},
        {"1e-400", 0},
        {"0x1p-2000", 0},
        {"0x0.00000000000000000000000000000000000000000000000000001p0", 0x1p-212},
        {"0x100000000000000000000000000000000000000000000000000000p0", 0x1p212},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = 7;
        assert_true(pw_double_parse(pw_str_from(good[i].text), &value));
        assert_true(bits_of(value) == bits_of(good[i].value));
    }
    double value;
    assert_true(pw_double_parse(PW_STR("-NaN"), &value) && isnan(value));
    static const char *const bad[] = {"",    "  ",       "abc",   "1,5",       "nan",
                                      "inf", "infinity", "0x1",   "0xp3",      "1dd",
                                      "1 2", "0x1p",     "1e5d5", "0x1.8.1p1", "Infinityf"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(pw_double_parse(pw_str_from(bad[i]), &value));
    }
}

static void parse_integers(void **state) {
    (void)state;
    int64_t value;
    assert_true(pw_i64_parse(PW_STR("9223372036854775807"), &value) && value == INT64_MAX);
    assert_true(pw_i64_parse(PW_STR("-9223372036854775808"), &value) && value == INT64_MIN);
    assert_true(pw_i64_parse(PW_STR("+0012"), &value) && value == 12);
    assert_true(pw_i32_parse(PW_STR("2147483647"), &value) && value == INT32_MAX);
    assert_true(pw_i32_parse(PW_STR("-2147483648"), &value) && value == INT32_MIN);
    static const char *const bad[] = {"", "+", "-", "1.0", " 1", "1 ", "1e3", "0x1", "--1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(pw_i64_parse(pw_str_from(bad[i]), &value));
        assert_false(pw_i32_parse(pw_str_from(bad[i]), &value));
    }
    assert_false(pw_i64_parse(PW_STR("9223372036854775808"), &value));
    assert_false(pw_i64_parse(PW_STR("-9223372036854775809"), &value));
    assert_false(pw_i32_parse(PW_STR("2147483648"), &value));
}

static void write_integers(void **state) {
    (void)state;
    char text[PW_U128_TEXT_MAX];
    assert_memory_equal("-9223372036854775808", text, pw_i64_write(INT64_MIN, text));
    assert_int_equal(pw_u64_write(0, text), 1);
    assert_int_equal(pw_u128_write(~(pw_u128)0, text), 39);
    assert_memory_equal("340282366920938463463374607431768211455", text, 39);
    pw_u128 value = 1;
    for (int32_t digits = 1; digits < 39; digits++, value *= 10) {
        assert_int_equal(pw_u128_digit_count(value), digits);
        assert_int_equal(pw_u128_digit_count(value * 10 - 1), digits);
        assert_int_equal(pw_u128_write(value, text), (size_t)digits);
    }
    assert_int_equal(pw_u128_digit_count(0), 1);
    assert_int_equal(pw_u128_digit_count(~(pw_u128)0), 39);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(print_is_java),     cmocka_unit_test(print_round_trips),
        cmocka_unit_test(print_is_shortest), cmocka_unit_test(power_table_is_exact),
        cmocka_unit_test(parse_json_text),   cmocka_unit_test(parse_random_digits),
        cmocka_unit_test(parse_ties),        cmocka_unit_test(parse_is_java),
        cmocka_unit_test(parse_integers),    cmocka_unit_test(write_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
