/* CAST: the matrix of allowed pairs, and values as the real engine gave them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/cast.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "types/base64.h"
#include "types/compare.h"
#include "types/decimal.h"

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

static const char *printed(const pw_type *type, const pw_slot *value) {
    if (value->is_null) return NULL;
    pw_buf buf;
    pw_buf_init(&buf);
    pw_slot_print_text(type, value, &buf);
    const char *text = pw_arena_cstr(&arena, pw_buf_str(&buf));
    pw_buf_deinit(&buf);
    return text;
}

static const pw_type *decimal(int32_t precision, int32_t scale) {
    return pw_type_decimal(&arena, precision, scale);
}

static pw_slot text(const char *terminated) {
    return pw_slot_str(pw_str_from(terminated));
}

/* Casts, and wants the result to print as `expected`; NULL: a cast that fails. */
static void assert_cast(const pw_type *from, pw_slot value, const pw_type *to,
                        const char *expected) {
    pw_slot result = pw_slot_i64(77);
    assert_true(pw_cast_is_allowed(from, to));
    const char *problem = pw_cast(&arena, from, &value, to, &result);
    assert_true((problem != NULL) == (expected == NULL));
    assert_true((result.is_null != 0) == (expected == NULL));
    if (expected) assert_string_equal(printed(to, &result), expected);
}

typedef struct text_case {
    const char *text, *expected;
} text_case;

static void assert_text_casts(const pw_type *to, const text_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_cast(&pw_type_string, text(cases[i].text), to, cases[i].expected);
    }
}

#define TEXT_CASTS(to, ...)                                                                        \
    assert_text_casts(to, (const text_case[]){__VA_ARGS__},                                        \
                      sizeof((const text_case[]){__VA_ARGS__}) / sizeof(text_case))

static void allowed_pairs(void **state) {
    (void)state;
    static const char *const rows[PW_TYPE_KIND_COUNT] = {
        /* to:          N B I L D M S Y d t T A M S */
        [PW_TYPE_NULL] = "11111111111111",      [PW_TYPE_BOOLEAN] = "01000010000000",
        [PW_TYPE_INTEGER] = "00111110000000",   [PW_TYPE_BIGINT] = "00111110000000",
        [PW_TYPE_DOUBLE] = "00111110000000",    [PW_TYPE_DECIMAL] = "00111110000000",
        [PW_TYPE_STRING] = "01111111111000",    [PW_TYPE_BYTES] = "00000011000000",
        [PW_TYPE_DATE] = "00000010101000",      [PW_TYPE_TIME] = "00000010010000",
        [PW_TYPE_TIMESTAMP] = "00000010111000", [PW_TYPE_ARRAY] = "00000010000100",
        [PW_TYPE_MAP] = "00000010000010",       [PW_TYPE_STRUCT] = "00000010000001",
    };
    pw_field field = {PW_STR("F"), &pw_type_integer};
    for (int from = 0; from < PW_TYPE_KIND_COUNT; from++) {
        for (int to = 0; to < PW_TYPE_KIND_COUNT; to++) {
            pw_type types[2] = {{.kind = (pw_type_kind)from}, {.kind = (pw_type_kind)to}};
            for (int i = 0; i < 2; i++) {
                types[i].precision = 4;
                types[i].key = types[i].element = &pw_type_string;
                types[i].fields = &field;
                types[i].field_count = 1;
            }
            assert_int_equal(pw_cast_is_allowed(&types[0], &types[1]), rows[from][to] == '1');
        }
    }
    const pw_type *dates = pw_type_array(&arena, &pw_type_date);
    const pw_type *bigints = pw_type_array(&arena, &pw_type_bigint);
    assert_false(pw_cast_is_allowed(dates, bigints));
    pw_field other[] = {{PW_STR("F"), &pw_type_boolean}, {PW_STR("G"), &pw_type_date}};
    const pw_type *record = pw_type_struct(&arena, &field, 1);
    assert_false(pw_cast_is_allowed(record, pw_type_struct(&arena, other, 2)));
    assert_true(pw_cast_is_allowed(record, pw_type_struct(&arena, other + 1, 1)));
}

static void nulls(void **state) {
    (void)state;
    pw_slot null = pw_slot_null(), result = pw_slot_i64(1);
    assert_null(pw_cast(&arena, &pw_type_integer, &null, &pw_type_string, &result));
    assert_true(result.is_null);
    result = pw_slot_i64(1);
    assert_null(pw_cast(&arena, &pw_type_null, &null, &pw_type_double, &result));
    assert_true(result.is_null);
}

static void integers(void **state) {
    (void)state;
    const pw_type *type = &pw_type_bigint;
    assert_cast(type, pw_slot_i64(2147483648), &pw_type_integer, "-2147483648");
    assert_cast(type, pw_slot_i64(INT64_MAX), &pw_type_integer, "-1");
    assert_cast(type, pw_slot_i64(INT64_MIN), &pw_type_integer, "0");
    assert_cast(type, pw_slot_i64(INT64_MAX), &pw_type_double, "9.223372036854776E18");
    assert_cast(type, pw_slot_i64(-1), decimal(4, 1), "-1.0");
    assert_cast(type, pw_slot_i64(2147483648), decimal(4, 1), NULL);
    assert_cast(type, pw_slot_i64(INT64_MIN), decimal(30, 10), "-9223372036854775808.0000000000");
    assert_cast(type, pw_slot_i64(INT64_MIN), &pw_type_string, "-9223372036854775808");
    assert_cast(&pw_type_integer, pw_slot_i64(10), decimal(2, 1), NULL);
    assert_cast(&pw_type_integer, pw_slot_i64(-7), &pw_type_bigint, "-7");
    assert_cast(&pw_type_boolean, pw_slot_i64(1), &pw_type_string, "true");
    assert_cast(&pw_type_boolean, pw_slot_i64(0), &pw_type_string, "false");
}

static void doubles(void **state) {
    (void)state;
    const pw_type *type = &pw_type_double;
    assert_cast(type, pw_slot_f64(-2.5), &pw_type_integer, "-2");
    assert_cast(type, pw_slot_f64(3e9), &pw_type_integer, "2147483647");
    assert_cast(type, pw_slot_f64(-3e9), &pw_type_integer, "-2147483648");
    assert_cast(type, pw_slot_f64(1e300), &pw_type_bigint, "9223372036854775807");
    assert_cast(type, pw_slot_f64(-1e300), &pw_type_bigint, "-9223372036854775808");
    assert_cast(type, pw_slot_f64(NAN), &pw_type_bigint, "0");
    assert_cast(type, pw_slot_f64(1e10), &pw_type_string, "1.0E10");
    assert_cast(type, pw_slot_f64(NAN), &pw_type_string, "NaN");
    assert_cast(type, pw_slot_f64(1.5), decimal(2, 0), "2");
    assert_cast(type, pw_slot_f64(-2.5), decimal(2, 0), "-3");
    assert_cast(type, pw_slot_f64(123456.789), decimal(30, 10), "123456.7890000000");
    assert_cast(type, pw_slot_f64(123456.789), decimal(4, 1), NULL);
    assert_cast(type, pw_slot_f64(NAN), decimal(4, 1), NULL);
}

static void decimals(void **state) {
    (void)state;
    const pw_type *type = decimal(8, 3);
    pw_slot value = pw_decimal_slot(&arena, type, -2500);
    assert_cast(type, value, &pw_type_integer, "-2");
    assert_cast(type, value, &pw_type_bigint, "-2");
    assert_cast(type, value, &pw_type_double, "-2.5");
    assert_cast(type, value, &pw_type_string, "-2.500");
    assert_cast(type, value, decimal(3, 0), "-3");
    assert_cast(type, value, decimal(30, 10), "-2.5000000000");
    assert_cast(type, pw_slot_i64(0), &pw_type_string, "0.000");
    assert_cast(decimal(5, 2), pw_slot_i64(99999), decimal(4, 1), "1000.0");
    assert_cast(decimal(6, 2), pw_slot_i64(100000), decimal(4, 1), NULL);
    assert_cast(decimal(4, 3), pw_slot_i64(1005), decimal(3, 2), "1.01");
    const pw_type *wide = decimal(38, 0);
    pw_slot largest = pw_decimal_slot(&arena, wide, pw_decimal_power_of_ten(38) - 1);
    assert_cast(wide, largest, &pw_type_bigint, "687399551400673279"); /* wraps */
    assert_cast(wide, largest, &pw_type_double, "1.0E38");
    assert_cast(wide, largest, decimal(38, 1), NULL);
}

static void texts_to_numbers(void **state) {
    (void)state;
    TEXT_CASTS(&pw_type_double, {"1.5", "1.5"}, {"1e3", "1000.0"}, {" 2 ", "2.0"}, {".5", "0.5"},
               {"5.", "5.0"}, {"1.0E400", NULL}, {"NaN", NULL}, {"Infinity", NULL},
               {"-0.0", "-0.0"}, {"0x1p3", "8.0"}, {"1d", "1.0"}, {"1,5", NULL}, {"", NULL},
               {"1e-400", "0.0"});
    TEXT_CASTS(decimal(4, 1), {"1.25", "1.3"}, {"1.35", "1.4"}, {"-1.25", "-1.3"}, {"+1.5", "1.5"},
               {"1e2", "100.0"}, {"999.94", "999.9"}, {"999.95", "1000.0"}, {"1000", NULL},
               {" 3.14 ", "3.1"}, {"", NULL}, {".5", "0.5"}, {"5.", "5.0"}, {"abc", NULL},
               {"0.04", "0.0"});
    TEXT_CASTS(decimal(30, 10), {"1.25", "1.2500000000"}, {"999.95", "999.9500000000"});
    TEXT_CASTS(&pw_type_integer, {"12", "12"}, {" -7\n", "-7"}, {"+1", "1"}, {"2147483648", NULL},
               {"1.0", NULL}, {"", NULL});
    TEXT_CASTS(&pw_type_bigint, {"9223372036854775807", "9223372036854775807"},
               {"9223372036854775808", NULL}, {"x", NULL});
    TEXT_CASTS(&pw_type_boolean, {"true", "true"}, {" T ", "true"}, {"Ye", "true"}, {"y", "true"},
               {"yes", "true"}, {"yess", "false"}, {"truely", "false"}, {"", "false"},
               {"no", "false"}, {"1", "false"});
}

static void texts_to_times(void **state) {
    (void)state;
    TEXT_CASTS(&pw_type_date, {"2022-04-10", "2022-04-10"}, {" 2022-04-10", "2022-04-10"},
               {"2022", "2022-01-01"}, {"-0001-01-01", "-0001-01-01"}, {"2022-4-1", NULL},
               {"10000-01-01", NULL}, {"2022-04-10T10:00:00", NULL}, {"", NULL});
    TEXT_CASTS(&pw_type_time, {"10:20", "10:20"}, {" 10:20:30.5 ", "10:20:30"}, {"25:00", NULL});
    TEXT_CASTS(&pw_type_timestamp, {"2022-04-10T12", "2022-04-10T12:00:00.000"},
               {"2022-04-10 12:30:45", NULL},
               {"2022-04-10T12:30:45+0200", "2022-04-10T10:30:45.000"});
}

static void times(void **state) {
    (void)state;
    assert_cast(&pw_type_timestamp, pw_slot_i64(-1), &pw_type_date, "1969-12-31");
    assert_cast(&pw_type_timestamp, pw_slot_i64(-1), &pw_type_time, "23:59:59");
    assert_cast(&pw_type_timestamp, pw_slot_i64(-1), &pw_type_string, "1969-12-31T23:59:59.999");
    assert_cast(&pw_type_date, pw_slot_i64(-1), &pw_type_timestamp, "1969-12-31T00:00:00.000");
    assert_cast(&pw_type_date, pw_slot_i64(INT64_MAX), &pw_type_timestamp,
                "+292278994-08-17T07:12:55.807");
    assert_cast(&pw_type_date, pw_slot_i64(19000), &pw_type_string, "2022-01-08");
    assert_cast(&pw_type_time, pw_slot_i64(37200123), &pw_type_string, "10:20");
}

static void bytes(void **state) {
    (void)state;
    assert_cast(&pw_type_bytes, pw_slot_text("\x00\xff", 2), &pw_type_string, "AP8=");
    assert_cast(&pw_type_bytes, pw_slot_text("", 0), &pw_type_string, "");
    TEXT_CASTS(&pw_type_bytes, {"AP8=", "AP8="}, {"AP8", "AP8="}, {"", ""},
               {"Zm9vYmFy", "Zm9vYmFy"}, {"Zg==", "Zg=="}, {"Zg=", NULL}, {"Zg=a", NULL},
               {"Z", NULL}, {"Z===", NULL}, {"Zm 9v", NULL}, {"Zm9v=", NULL}, {"====", NULL},
               {"Zm-_", NULL});
}

static void failures_name_the_text(void **state) {
    (void)state;
    pw_slot value = text("gr\xc3\xbcn"), result;
    assert_string_equal(pw_cast(&arena, &pw_type_string, &value, &pw_type_integer, &result),
                        "'gr\xc3\xbcn' is not an INTEGER");
    char longer[200];
    memset(longer, 'x', sizeof longer);
    value = pw_slot_text(longer, sizeof longer);
    const char *problem = pw_cast(&arena, &pw_type_string, &value, &pw_type_double, &result);
    assert_true(strlen(problem) < 100);
}

static pw_slot items_of(uint32_t length, uint32_t slot_count, const pw_slot *slots) {
    pw_slot *items = PW_NEW_ARRAY(&arena, pw_slot, slot_count + 1);
    if (slot_count > 0) memcpy(items, slots, slot_count * sizeof *items);
    return pw_slot_items(items, length);
}

static void collections(void **state) {
    (void)state;
    const pw_type *strings = pw_type_array(&arena, &pw_type_string);
    const pw_type *integers_type = pw_type_array(&arena, &pw_type_integer);
    const pw_type *bigints = pw_type_array(&arena, &pw_type_bigint);
    pw_slot numbers[] = {pw_slot_i64(1), pw_slot_null(), pw_slot_i64(2147483648)};
    pw_slot array = items_of(3, 3, numbers);
    assert_cast(bigints, array, &pw_type_string, "[1, null, 2147483648]");
    assert_cast(bigints, array, strings, "[1, null, 2147483648]");
    assert_cast(bigints, array, integers_type, "[1, null, -2147483648]");
    assert_cast(bigints, items_of(0, 0, NULL), &pw_type_string, "[]");
    pw_slot words[] = {text("7"), text("x")};
    assert_cast(strings, items_of(2, 2, words), bigints, NULL);

    const pw_type *by_text = pw_type_map(&arena, &pw_type_string, &pw_type_string);
    const pw_type *by_number = pw_type_map(&arena, &pw_type_integer, &pw_type_double);
    pw_slot pairs[] = {text("1"), text("0.5"), text("2"), pw_slot_null(), text("+1"), text("7")};
    pw_slot map = items_of(3, 6, pairs);
    assert_cast(by_text, map, &pw_type_string, "{1=0.5, 2=null, +1=7}");
    assert_cast(by_text, map, by_number, "{1=7.0, 2=null}"); /* two keys became one */
    assert_cast(by_text, items_of(0, 0, NULL), &pw_type_string, "{}");
}

static void structs(void **state) {
    (void)state;
    pw_field from_fields[] = {{PW_STR("F0"), &pw_type_bigint}, {PW_STR("f1"), &pw_type_string}};
    pw_field to_fields[] = {{PW_STR("F3"), &pw_type_string}, {PW_STR("F0"), &pw_type_string}};
    const pw_type *from = pw_type_struct(&arena, from_fields, 2);
    const pw_type *to = pw_type_struct(&arena, to_fields, 2);
    pw_slot fields[] = {pw_slot_i64(1), text("3")};
    pw_slot value = items_of(2, 2, fields);
    assert_cast(from, value, &pw_type_string, "Struct{F0=1,f1=3}");
    assert_cast(from, value, to, "Struct{F0=1}");
    pw_slot empty[] = {pw_slot_null(), pw_slot_null()};
    assert_cast(from, items_of(2, 2, empty), &pw_type_string, "Struct{}");
}

/* Inside a collection, values print as their Java classes do. */
static void text_inside_collections(void **state) {
    (void)state;
    static const struct {
        const pw_type *type;
        int64_t value;
        const char *expected;
    } cases[] = {
        {&pw_type_timestamp, 1650000000123, "[2022-04-15 05:20:00.123]"},
        {&pw_type_timestamp, 1650000000500, "[2022-04-15 05:20:00.5]"},
        {&pw_type_timestamp, 0, "[1970-01-01 00:00:00.0]"},
        {&pw_type_time, 37200000, "[10:20:00]"},
        {&pw_type_time, 37230000, "[10:20:30]"},
        {&pw_type_date, 19000, "[2022-01-08]"},
        {&pw_type_boolean, 1, "[true]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pw_slot item = pw_slot_i64(cases[i].value);
        assert_cast(pw_type_array(&arena, cases[i].type), pw_slot_items(&item, 1), &pw_type_string,
                    cases[i].expected);
    }
    pw_slot zero = pw_slot_i64(0), real = pw_slot_f64(1e10);
    assert_cast(pw_type_array(&arena, decimal(10, 10)), pw_slot_items(&zero, 1), &pw_type_string,
                "[0E-10]");
    assert_cast(pw_type_array(&arena, &pw_type_double), pw_slot_items(&real, 1), &pw_type_string,
                "[1.0E10]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allowed_pairs),
        cmocka_unit_test(nulls),
        cmocka_unit_test(integers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(decimals),
        cmocka_unit_test(texts_to_numbers),
        cmocka_unit_test(texts_to_times),
        cmocka_unit_test(times),
        cmocka_unit_test(bytes),
        cmocka_unit_test(failures_name_the_text),
        cmocka_unit_test(collections),
        cmocka_unit_test(structs),
        cmocka_unit_test(text_inside_collections),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
