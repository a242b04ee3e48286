/* Calendar and ISO texts. SPDX-License-Identifier: Apache-2.0 */
#include "types/temporal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_printed(void (*print)(int64_t, pw_buf *), int64_t value, const char *expected) {
    pw_buf buf;
    pw_buf_init(&buf);
    print(value, &buf);
    assert_string_equal(pw_buf_cstr(&buf), expected);
    pw_buf_deinit(&buf);
}

static void civil_days(void **state) {
    (void)state;
    assert_true(pw_days_from_civil(1970, 1, 1) == 0);
    assert_true(pw_days_from_civil(2000, 3, 1) == 11017);
    assert_true(pw_days_from_civil(-1, 1, 1) == -719893);
    assert_true(pw_days_from_civil(9999, 12, 31) == 2932896);
    /* Every day of two eras: valid, and the day after the one before. */
    pw_civil before = pw_civil_from_days(-719529 - 146097);
    for (int64_t days = -719528 - 146097; days < -719528 + 146097; days++) {
        pw_civil civil = pw_civil_from_days(days);
        assert_true(pw_civil_is_valid(civil.year, civil.month, civil.day));
        assert_true(pw_days_from_civil(civil.year, civil.month, civil.day) == days);
        if (civil.day == 1) {
            assert_false(pw_civil_is_valid(before.year, before.month, before.day + 1));
        } else {
            assert_true(civil.day == before.day + 1 && civil.month == before.month);
        }
        before = civil;
    }
    /* No overflow at the ends, where nothing sensible can come out. */
    pw_civil_from_days(INT64_MAX);
    pw_civil_from_days(INT64_MIN);
}

static void civil_validity(void **state) {
    (void)state;
    assert_true(pw_civil_is_valid(2000, 2, 29));
    assert_true(pw_civil_is_valid(0, 2, 29));
    assert_true(pw_civil_is_valid(-4, 2, 29));
    assert_false(pw_civil_is_valid(1900, 2, 29));
    assert_false(pw_civil_is_valid(2022, 4, 31));
    assert_false(pw_civil_is_valid(2022, 0, 1));
    assert_false(pw_civil_is_valid(2022, 13, 1));
    assert_false(pw_civil_is_valid(2022, 1, 0));
}

static void print_dates(void **state) {
    (void)state;
    assert_printed(pw_date_print, 0, "1970-01-01");
    assert_printed(pw_date_print, -1, "1969-12-31");
    assert_printed(pw_date_print, 2932896, "9999-12-31");
    assert_printed(pw_date_print, 2932897, "+10000-01-01");
    assert_printed(pw_date_print, -719528, "0000-01-01");
    assert_printed(pw_date_print, -719893, "-0001-01-01");
    assert_printed(pw_date_print, INT32_MAX, "+5881580-07-11");
}

static void print_times(void **state) {
    (void)state;
    assert_printed(pw_time_print, 0, "00:00");
    assert_printed(pw_time_print, 49510999, "13:45:10");
    assert_printed(pw_time_print, 49500999, "13:45");
    assert_printed(pw_time_print, PW_MS_PER_DAY - 1, "23:59:59");
    assert_printed(pw_time_print, -1, "23:59:59");
}

static void print_timestamps(void **state) {
    (void)state;
    assert_printed(pw_timestamp_print, 0, "1970-01-01T00:00:00.000");
    assert_printed(pw_timestamp_print, -1, "1969-12-31T23:59:59.999");
    assert_printed(pw_timestamp_print, 1650000000123, "2022-04-15T05:20:00.123");
    assert_printed(pw_timestamp_print, 253402300799999, "9999-12-31T23:59:59.999");
    assert_printed(pw_timestamp_print, 253402300800000, "+10000-01-01T00:00:00.000");
    assert_printed(pw_timestamp_print, INT64_MAX, "+292278994-08-17T07:12:55.807");
    assert_printed(pw_timestamp_print, INT64_MIN, "-292275055-05-16T16:47:04.192");
}

typedef struct text_case {
    const char *text;
    int64_t value;
} text_case;

static void assert_parsed(bool (*parse)(pw_str, int64_t *), const text_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t value = 0;
        assert_true(parse(pw_str_from(cases[i].text), &value));
        assert_true(value == cases[i].value);
    }
}

static void assert_refused(bool (*parse)(pw_str, int64_t *), const char *const *texts,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t value;
        assert_false(parse(pw_str_from(texts[i]), &value));
    }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void parse_dates(void **state) {
    (void)state;
    static const text_case good[] = {
        {"2022-04-10", 19092},     {"2022-04", 19083},       {"2022", 18993},
        {"2020-02-29", 18321},     {"-0001-01-01", -719893}, {"0000-01-01", -719528},
        {"+10000-01-01", 2932897}, {"+10000", 2932897},
    };
    static const char *const bad[] = {
        "",
        "2022-4-1",
        "2022-02-29",
        "2022-04-31",
        "10000-01-01",
        " 2022-04-10",
        "2022-04-10 ",
        "2022-04-10T10:00:00",
        "+2022-01-01",
        "-0000-01-01",
        "-0001",
        "-0001-01",
        "2022-",
        "2022-04-",
        "202",
        "2022-13-01",
        "2022-00-01",
        "2022-01-00",
        "2022/01/01",
        "abcd",
    };
    assert_parsed(pw_date_parse, good, COUNT(good));
    assert_refused(pw_date_parse, bad, COUNT(bad));
}

static void parse_times(void **state) {
    (void)state;
    static const text_case good[] = {
        {"10:20", 37200000},      {"10:20:30", 37230000},
        {"10:20:30.4", 37230400}, {"10:20:30.123456789", 37230123},
        {"10:20:30.", 37230000},  {"23:59:59.999", 86399999},
    };
    static const char *const bad[] = {"",
                                      "10",
                                      "1:20",
                                      "10:2",
                                      "24:00",
                                      "10:60",
                                      "10:20:60",
                                      "10:20:3",
                                      "10:20Z",
                                      " 10:20",
                                      "10:20:30.1234567890",
                                      "10:20:"};
    assert_parsed(pw_time_parse, good, COUNT(good));
    assert_refused(pw_time_parse, bad, COUNT(bad));
}

static void parse_timestamps(void **state) {
    (void)state;
    static const text_case good[] = {
        {"2022-04-10T12:30:45.678", 1649593845678},
        {"2022-04-10T12:30:45", 1649593845000},
        {"2022-04-10T12:30", 1649593800000},
        {"2022-04-10T12", 1649592000000},
        {"2022-04-10T", 1649548800000},
        {"2022-04-10", 1649548800000},
        {"2022-04", 1648771200000},
        {"2022", 1640995200000},
        {"2022-04-10T12:30:45Z", 1649593845000},
        {"2022-04-10T12:30:45+0200", 1649586645000},
        {"2022-04-10T12:30:45+02:00", 1649586645000},
        {"2022-04-10T12:30:45-02", 1649601045000},
        {"2022-04-10T12:30:45+2", 1649586645000},
        {"2022-04-10T12:30:45+02:00:01", 1649586644000},
        {"2022-04-10T12:30:45+18:00", 1649529045000},
        {"2022-04-10T12:30:45.6", 1649593845600},
        {"2022-04-10T24:00", 1649635200000},
        {"2022-04-31T00:00", 1651276800000}, /* the last of April */
        {"1969-12-31T23:59:59.999", -1},
        {"-0001-03-01T00:00", -62193657600000},
    };
    static const char *const bad[] = {
        "",
        "2022-04-10 12:30:45",
        "2022-13-01",
        "2022-04-32T00:00",
        "2022-4-10T12:30",
        "2022-04T12",
        "2022-04-10T25",
        "2022-04-10T24:00:01",
        "2022-04-10T12:60",
        "2022-04-10T12:30:45.6789",
        "2022-04-10T12:30:45+18:01",
        "2022-04-10T12:30:45+2:00",
        "2022-04-10T12:30:45+02:0",
        "2022-04-10T12:30:45+",
        "2022-04-10T12:30:45Z8",
        "2022-04-10T12:30:45ZZ",
        "2022-04-10T12:30:45z",
        "+999999999-01-01T00:00",
        "oops",
    };
    assert_parsed(pw_timestamp_parse, good, COUNT(good));
    assert_refused(pw_timestamp_parse, bad, COUNT(bad));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_days),       cmocka_unit_test(civil_validity),
        cmocka_unit_test(print_dates),      cmocka_unit_test(print_times),
        cmocka_unit_test(print_timestamps), cmocka_unit_test(parse_dates),
        cmocka_unit_test(parse_times),      cmocka_unit_test(parse_timestamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
