/* The JSON format: coercions, names, nesting, errors, what it writes. SPDX-License-Identifier:
 * Apache-2.0 */
#include "test_format.h"

#include "base/limits.h"

/* A wrapped source with the one column V. */
static void open_one(fixture *f, const pw_type *type) {
    fixture_init(f, "JSON", true);
    fixture_add(f, "V", type);
    fixture_open(f);
}

static const char *value_of(fixture *f, const char *json) {
    return decoded(f, pw_arena_format(&f->arena, "{\"V\":%s}", json).data);
}

#define CANNOT(found, type, why) "!V: cannot read " found " as " type why

static void integers(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_integer);
    assert_string_equal(value_of(&f, "1"), "1");
    assert_string_equal(value_of(&f, "\"7\""), "7");
    assert_string_equal(value_of(&f, "\"+7\""), "7");
    assert_string_equal(value_of(&f, "1.9"), "1");
    assert_string_equal(value_of(&f, "-1.9"), "-1");
    assert_string_equal(value_of(&f, "1e2"), "100");
    assert_string_equal(value_of(&f, "1234e-2"), "12");
    assert_string_equal(value_of(&f, "2147483648"), "-2147483648");
    assert_string_equal(value_of(&f, "-2147483649"), "2147483647");
    assert_string_equal(value_of(&f, "1e400"), "0");
    assert_string_equal(value_of(&f, "null"), "null");
    assert_string_equal(value_of(&f, "-0"), "0");
    assert_string_equal(value_of(&f, "true"), CANNOT("a boolean", "INTEGER", ""));
    assert_string_equal(value_of(&f, "\"\""), CANNOT("a string", "INTEGER", ": not an INTEGER"));
    assert_string_equal(value_of(&f, "\" 5\""), CANNOT("a string", "INTEGER", ": not an INTEGER"));
    assert_string_equal(value_of(&f, "\"1.5\""), CANNOT("a string", "INTEGER", ": not an INTEGER"));
    assert_string_equal(value_of(&f, "\"2147483648\""),
                        CANNOT("a string", "INTEGER", ": not an INTEGER"));
    assert_string_equal(value_of(&f, "[1]"), CANNOT("an array", "INTEGER", ""));
    assert_string_equal(value_of(&f, "{\"a\":1}"), CANNOT("an object", "INTEGER", ""));
    fixture_deinit(&f);

    open_one(&f, &pw_type_bigint);
    assert_string_equal(value_of(&f, "9223372036854775807"), "9223372036854775807");
    assert_string_equal(value_of(&f, "9223372036854775808"), "-9223372036854775808");
    assert_string_equal(value_of(&f, "18446744073709551617"), "1");
    assert_string_equal(value_of(&f, "-18446744073709551617"), "-1");
    assert_string_equal(value_of(&f, "0.1e20"), "-8446744073709551616");
    assert_string_equal(value_of(&f, "0.00012e4"), "1");
    assert_string_equal(value_of(&f, "1e63"), "-9223372036854775808");
    assert_string_equal(value_of(&f, "1e64"), "0");
    assert_string_equal(value_of(&f, "\"-9223372036854775808\""), "-9223372036854775808");
    assert_string_equal(value_of(&f, "\"\\u0035\""), "5");
    fixture_deinit(&f);
}

static void doubles(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_double);
    assert_string_equal(value_of(&f, "1"), "1.0");
    assert_string_equal(value_of(&f, "10.10"), "10.1");
    assert_string_equal(value_of(&f, "1e10"), "1.0E10");
    assert_string_equal(value_of(&f, "-0.0"), "0.0");
    assert_string_equal(value_of(&f, "0.1e-400"), "0.0");
    assert_string_equal(value_of(&f, "1e400"), "\"Infinity\"");
    assert_string_equal(value_of(&f, "-1e400"), "\"-Infinity\"");
    assert_string_equal(value_of(&f, "\"NaN\""), "\"NaN\"");
    assert_string_equal(value_of(&f, "\" 1.5d \""), "1.5");
    assert_string_equal(value_of(&f, "123456789012345678901234567890"), "1.2345678901234568E29");
    assert_string_equal(value_of(&f, "2.2250738585072011e-308"), "2.225073858507201E-308");
    assert_string_equal(value_of(&f, "9007199254740993"), "9.007199254740992E15");
    assert_string_equal(value_of(&f, "\"x\""), CANNOT("a string", "DOUBLE", ": not a DOUBLE"));
    assert_string_equal(value_of(&f, "false"), CANNOT("a boolean", "DOUBLE", ""));
    fixture_deinit(&f);
}

static void decimals(void **state) {
    (void)state;
    fixture f;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    open_one(&f, pw_type_decimal(&arena, 5, 2));
    assert_string_equal(value_of(&f, "1"), "1.00");
    assert_string_equal(value_of(&f, "\"7.5\""), "7.50");
    assert_string_equal(value_of(&f, "\"+.5\""), "0.50");
    assert_string_equal(value_of(&f, "\"5.\""), "5.00");
    assert_string_equal(value_of(&f, "-0.00"), "0.00");
    assert_string_equal(value_of(&f, "1.2300000000000000000000000000000000000000000"), "1.23");
    assert_string_equal(value_of(&f, "1.25e1"), "12.50");
    assert_string_equal(value_of(&f, "12500e-3"), "12.50");
    assert_string_equal(value_of(&f, "-999.99"), "-999.99");
    assert_string_equal(value_of(&f, "0e99"), "0.00");
    const char *rounds =
        CANNOT("a number", "DECIMAL", ": does not fit the DECIMAL's scale without rounding");
    const char *too_big = CANNOT("a number", "DECIMAL", ": does not fit the DECIMAL's precision");
    assert_string_equal(value_of(&f, "1.005"), rounds);
    assert_string_equal(value_of(&f, "1e-3"), rounds);
    assert_string_equal(value_of(&f, "1000"), too_big);
    assert_string_equal(value_of(&f, "1e2000000000"), too_big);
    assert_string_equal(value_of(&f, "99999.9"), too_big);
    assert_string_equal(value_of(&f, "\"x\""),
                        CANNOT("a string", "DECIMAL", ": not a decimal number"));
    assert_string_equal(value_of(&f, "\"\""),
                        CANNOT("a string", "DECIMAL", ": not a decimal number"));
    assert_string_equal(value_of(&f, "true"), CANNOT("a boolean", "DECIMAL", ""));
    fixture_deinit(&f);

    open_one(&f, pw_type_decimal(&arena, 38, 10));
    assert_string_equal(value_of(&f, "-1234567890123456789012345678.0123456789"),
                        "-1234567890123456789012345678.0123456789");
    assert_string_equal(value_of(&f, "0"), "0E-10");
    fixture_deinit(&f);
    pw_arena_deinit(&arena);
}

static void texts(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_string);
    assert_string_equal(value_of(&f, "\"a\""), "\"a\"");
    assert_string_equal(value_of(&f, "\"\""), "\"\"");
    assert_string_equal(value_of(&f, "1"), "\"1\"");
    assert_string_equal(value_of(&f, "1.50"), "\"1.50\"");
    assert_string_equal(value_of(&f, "1e2"), "\"1E+2\"");
    assert_string_equal(value_of(&f, "15e2"), "\"1.5E+3\"");
    assert_string_equal(value_of(&f, "0.0000001"), "\"1E-7\"");
    assert_string_equal(value_of(&f, "0.000012"), "\"0.000012\"");
    assert_string_equal(value_of(&f, "-0.0"), "\"0.0\"");
    assert_string_equal(value_of(&f, "-0"), "\"0\"");
    assert_string_equal(value_of(&f, "true"), "\"true\"");
    assert_string_equal(value_of(&f, "123456789012345678901234567890"),
                        "\"123456789012345678901234567890\"");
    assert_string_equal(value_of(&f, "[1, \"a\",null]"), "\"[1, a, null]\"");
    assert_string_equal(value_of(&f, "[[1,2],{\"x\": [1, 2]}, []]"),
                        "\"[[1, 2], {\\\"x\\\":[1,2]}, []]\"");
    assert_string_equal(value_of(&f, "{ \"x\" : 1 , \"y\":[ true ] }"),
                        "\"{\\\"x\\\":1,\\\"y\\\":[true]}\"");
    assert_string_equal(value_of(&f, "{\"\\u0061\\n\":\"\\u00e9\\/\\u001f\",\"n\":1e5}"),
                        "\"{\\\"a\\\\n\\\":\\\"\xC3\xA9/\\\\u001F\\\",\\\"n\\\":1E+5}\"");
    fixture_deinit(&f);
}

static void escapes(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_string);
    assert_string_equal(value_of(&f, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
                        "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
    assert_string_equal(value_of(&f, "\"\\u00e9\\uD83C\\uDFC1\""), "\"\xC3\xA9\xF0\x9F\x8F\x81\"");
    assert_string_equal(value_of(&f, "\"a\\u0000b\\u001f\\u007f\""), "\"a\\u0000b\\u001F\x7F\"");
    assert_string_equal(
        value_of(&f, "\"a long text, of more than sixteen bytes, with a \\\" somewhere\""),
        "\"a long text, of more than sixteen bytes, with a \\\" somewhere\"");
    const char *bad[] = {
        "\"\\x\"", "\"\\u12\"", "\"\\uD800\"",    "\"\\uDC00\"", "\"\\uD800\\u0041\"",
        "\"\\",    "\"\\u",     "\"\\uD800\\u\"", "\"a\nb\"",    "\"\x01\"",
        "\"abc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(strncmp(value_of(&f, bad[i]), "!: not valid JSON at byte", 25), 0);
    }
    const char *bad_utf8[] = {"\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                              "\xFF", "\xE2\x82", "\x80",         "sixteen bytes of text \xC3("};
    for (size_t i = 0; i < sizeof bad_utf8 / sizeof *bad_utf8; i++) {
        const char *value = pw_arena_format(&f.arena, "\"%s\"", bad_utf8[i]).data;
        assert_int_equal(value_of(&f, value)[0], '!');
        /* The same where nobody looks at the text. */
        const char *other =
            pw_arena_format(&f.arena, "{\"V\":1,\"other\":\"%s\"}", bad_utf8[i]).data;
        assert_int_equal(decoded(&f, other)[0], '!');
    }
    fixture_deinit(&f);
}

static void booleans_bytes_times(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_boolean);
    assert_string_equal(value_of(&f, "true"), "true");
    assert_string_equal(value_of(&f, "false"), "false");
    assert_string_equal(value_of(&f, "\"true\""), CANNOT("a string", "BOOLEAN", ""));
    assert_string_equal(value_of(&f, "1"), CANNOT("a number", "BOOLEAN", ""));
    fixture_deinit(&f);

    open_one(&f, &pw_type_bytes);
    assert_string_equal(value_of(&f, "\"AQID\""), "\"AQID\"");
    assert_string_equal(value_of(&f, "\"/w==\""), "\"/w==\"");
    assert_string_equal(value_of(&f, "\"\""), "\"\"");
    assert_string_equal(value_of(&f, "\"\\/\\u0077==\""), "\"/w==\"");
    assert_string_equal(value_of(&f, "\"/w\""), CANNOT("a string", "BYTES", ": not base64"));
    assert_string_equal(value_of(&f, "\"/w=a\""), CANNOT("a string", "BYTES", ": not base64"));
    assert_string_equal(value_of(&f, "1"), CANNOT("a number", "BYTES", ""));
    fixture_deinit(&f);

    open_one(&f, &pw_type_time);
    assert_string_equal(value_of(&f, "86400000"), "86400000");
    assert_string_equal(value_of(&f, "\"5\""), "5");
    const char *range = ": a TIME is a number of milliseconds from 0 to 86400000";
    char expected[160];
    snprintf(expected, sizeof expected, "!V: cannot read a number as TIME%s", range);
    assert_string_equal(value_of(&f, "-1"), expected);
    assert_string_equal(value_of(&f, "86400001"), expected);
    assert_int_equal(value_of(&f, "\"12:00\"")[0], '!');
    fixture_deinit(&f);

    open_one(&f, &pw_type_timestamp);
    assert_string_equal(value_of(&f, "-631152000000"), "-631152000000");
    pw_buf_clear(&f.out);
    pw_json_print_display(&pw_type_timestamp, f.vectors[0].slots, &f.out);
    assert_string_equal(pw_buf_cstr(&f.out), "\"1950-01-01T00:00:00.000\"");
    fixture_deinit(&f);

    open_one(&f, &pw_type_date);
    assert_string_equal(value_of(&f, "-1"), "-1");
    assert_string_equal(value_of(&f, "9223372036854775807"), "106751991167");
    fixture_deinit(&f);
}

static void names(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", true);
    fixture_add(&f, "lap", &pw_type_integer);
    fixture_add(&f, "Lap", &pw_type_integer);
    fixture_add(&f, "LAP", &pw_type_integer);
    fixture_open(&f);
    for (int round = 0; round < 2; round++) { /* the second time the names are expected */
        assert_string_equal(decoded(&f, "{\"lap\":1,\"Lap\":2,\"LAP\":3}"), "1|2|3");
        assert_string_equal(decoded(&f, "{\"lap\":1}"), "1|null|1");
        assert_string_equal(decoded(&f, "{\"LAP\":3}"), "null|null|3");
        assert_string_equal(decoded(&f, "{\"lAP\":4}"), "null|null|4");
        assert_string_equal(decoded(&f, "{\"lAP\":4,\"LAp\":5}"), "null|null|5");
        assert_string_equal(decoded(&f, "{\"LAP\":3,\"lAP\":4}"), "null|null|3");
        assert_string_equal(decoded(&f, "{\"LAP\":null,\"lAP\":4}"), "null|null|null");
        assert_string_equal(decoded(&f, "{\"LAP\":3,\"LAP\":4}"), "null|null|4");
        assert_string_equal(decoded(&f, "{\"\\u004cAP\":6}"), "null|null|6");
        assert_string_equal(decoded(&f, "{\"L\":1,\"LAPS\":2,\"\":3}"), "null|null|null");
        assert_string_equal(decoded(&f, "{ \"LAP\" : 3 , \"x\" : [ { } ] }"), "null|null|3");
        /* The last of equal names counts, also when an earlier one could not be read. */
        assert_string_equal(decoded(&f, "{\"LAP\":true,\"LAP\":4}"), "null|null|4");
        assert_string_equal(decoded(&f, "{\"lAP\":true,\"LAP\":4}"), "null|null|4");
        assert_string_equal(decoded(&f, "{\"LAP\":4,\"lAP\":true}"), "null|null|4");
        assert_string_equal(decoded(&f, "{\"LAP\":4,\"LAP\":true}"),
                            "!LAP: cannot read a boolean as INTEGER");
    }
    fixture_deinit(&f);
}

/* Members that come in any order, come and go, or are many. */
static void order_of_members(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", true);
    fixture_add(&f, "A", &pw_type_integer);
    fixture_add(&f, "A NAME OF MORE THAN THIRTY-TWO BYTES", &pw_type_integer);
    fixture_add(&f, "B", &pw_type_integer);
    fixture_open(&f);
    const char *documents[] = {
        "{\"A\":1,\"A NAME OF MORE THAN THIRTY-TWO BYTES\":2,\"B\":3}",
        "{\"B\":3,\"A\":1,\"A name of more than thirty-two bytes\":2}",
        "{\"x\":0,\"B\":3,\"A NAME OF MORE THAN THIRTY-TWO BYTES\":2,\"y\":0,\"A\":1}"};
    for (int i = 0; i < 12; i++) {
        assert_string_equal(decoded(&f, documents[i * 5 % 3]), "1|2|3");
    }
    for (int round = 0; round < 50; round++) {
        pw_buf document;
        pw_buf_init(&document);
        pw_buf_add_char(&document, '{');
        for (int i = 0; i < 40; i++) {
            pw_buf_format(&document, "\"name%d\":%d,", (i * 7 + round * 13) % 400, i);
        }
        pw_buf_add_literal(&document, "\"b\":3,\"a\":1}");
        assert_string_equal(decoded(&f, pw_buf_cstr(&document)), "1|null|3");
        pw_buf_deinit(&document);
    }
    fixture_deinit(&f);
}

static void projection(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", true);
    fixture_add(&f, "A", &pw_type_integer);
    fixture_add(&f, "B", pw_type_array(&f.arena, &pw_type_integer));
    fixture_add(&f, "C", &pw_type_string);
    f.wanted[0] = f.wanted[1] = false;
    fixture_open(&f);
    assert_string_equal(decoded(&f, "{\"A\":1,\"B\":[1,2],\"C\":\"x\",\"D\":{\"C\":1}}"), "\"x\"");
    /* What nobody reads must be readable all the same. */
    assert_string_equal(decoded(&f, "{\"A\":true,\"C\":\"x\"}"),
                        "!A: cannot read a boolean as INTEGER");
    assert_string_equal(decoded(&f, "{\"B\":[1,\"x\"],\"C\":\"x\"}"),
                        "!B: cannot read a string as INTEGER: not an INTEGER");
    assert_int_equal(decoded(&f, "{\"C\":\"x\",\"D\":01}")[0], '!');
    fixture_deinit(&f);
}

static void nested(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", true);
    const pw_field fields[] = {{PW_STR("X"), &pw_type_integer}, {PW_STR("Y"), &pw_type_string}};
    const pw_type *point = pw_type_struct(&f.arena, fields, 2);
    fixture_add(&f, "T", point);
    fixture_add(&f, "L", pw_type_array(&f.arena, point));
    fixture_add(&f, "M", pw_type_map(&f.arena, &pw_type_string, &pw_type_integer));
    fixture_open(&f);
    assert_string_equal(decoded(&f, "{\"T\":{},\"L\":[],\"M\":{}}"),
                        "{\"X\":null,\"Y\":null}|[]|{}");
    assert_string_equal(decoded(&f, "{\"t\":{\"x\":1,\"q\":2}}"), "{\"X\":1,\"Y\":null}|null|null");
    assert_string_equal(
        decoded(&f, "{\"L\":[{\"X\":1},null,{\"Y\":\"a\\n\"}],\"M\":{\"a\":1,\"b\":null}}"),
        "null|[{\"X\":1,\"Y\":null},null,{\"X\":null,\"Y\":\"a\\n\"}]|{\"a\":1,\"b\":null}");
    assert_string_equal(decoded(&f, "{\"M\":{\"a\":1,\"b\":\"2\",\"a\":3}}"),
                        "null|null|{\"a\":3,\"b\":2}");
    assert_string_equal(decoded(&f, "{\"M\":{\"a\":true,\"a\":3}}"), "null|null|{\"a\":3}");
    assert_string_equal(decoded(&f, "{\"M\":{\"a\":\"x\"}}"),
                        "!M: cannot read a string as INTEGER: not an INTEGER");
    assert_string_equal(decoded(&f, "{\"M\":[]}"), "!M: cannot read an array as MAP");
    assert_string_equal(decoded(&f, "{\"T\":5}"), "!T: cannot read a number as STRUCT");
    assert_string_equal(decoded(&f, "{\"L\":{}}"), "!L: cannot read an object as ARRAY");
    assert_string_equal(decoded(&f, "{\"L\":[{\"X\":true},{\"X\":[]}]}"),
                        "!L: cannot read a boolean as INTEGER");
    fixture_deinit(&f);
}

/* Hundreds of keys, half of them twice. */
static void big_map(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", true);
    fixture_add(&f, "V", pw_type_map(&f.arena, &pw_type_string, &pw_type_integer));
    fixture_open(&f);
    pw_buf json, expected;
    pw_buf_init(&json);
    pw_buf_init(&expected);
    for (int i = 0; i < 500; i++) {
        pw_buf_format(&json, "%s\"k%d\":%d", i ? "," : "{\"V\":{", i % 250, i);
    }
    for (int i = 0; i < 250; i++) {
        pw_buf_format(&expected, "%s\"k%d\":%d", i ? "," : "{", i, i + 250);
    }
    pw_buf_add_literal(&json, "}}");
    pw_buf_add_literal(&expected, "}");
    assert_string_equal(decoded(&f, pw_buf_cstr(&json)), pw_buf_cstr(&expected));
    pw_buf_deinit(&json);
    pw_buf_deinit(&expected);
    fixture_deinit(&f);
}

static void invalid_json(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_integer);
    const char *bad[] = {"",
                         " ",
                         "{",
                         "{\"V\"",
                         "{\"V\":",
                         "{\"V\":1",
                         "{\"V\":1,",
                         "{\"V\":1,}",
                         "{,}",
                         "{\"V\" 1}",
                         "{V:1}",
                         "{\"V\":1}x",
                         "{\"V\":1}}",
                         "{\"V\":1}{}",
                         "{\"V\":01}",
                         "{\"V\":+1}",
                         "{\"V\":.5}",
                         "{\"V\":5.}",
                         "{\"V\":1e}",
                         "{\"V\":-}",
                         "{\"V\":nul}",
                         "{\"V\":tru}",
                         "{\"V\":NaN}",
                         "{\"V\":'1'}",
                         "{\"V\":1 2}",
                         "{\"V\":[}",
                         "{\"x\":[1,]}",
                         "{\"x\":[}]}",
                         "{\"x\":{]}}",
                         "/**/{\"V\":1}",
                         "{\"V\":1,\"x\":{\"y\"}}",
                         "{\"V\":1,\"x\":[1 2]}",
                         "{\"V\":0x10}",
                         "{1:1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(strncmp(decoded(&f, bad[i]), "!: not valid JSON at byte", 25), 0);
    }
    assert_string_equal(decoded(&f, "{\"V\":1,}"), "!: not valid JSON at byte 7 of 8");
    assert_int_equal(decoded_bytes(&f, "{\"V\":1}\0", 8)[0], '!');
    assert_string_equal(decoded(&f, "5"), "!: cannot read this JSON value as a record");
    assert_string_equal(decoded(&f, "[{\"V\":1}]"), "!: cannot read this JSON value as a record");
    assert_string_equal(decoded(&f, "\xEF\xBB\xBF {\"V\":1} \n"), "1");
    assert_false(f.is_null_row);
    assert_string_equal(decoded(&f, " null "), "null");
    assert_true(f.is_null_row);
    assert_string_equal(decoded_bytes(&f, NULL, 0), "null");
    assert_true(f.is_null_row);
    fixture_deinit(&f);
}

static const char *brackets(pw_arena *arena, const char *open, int count, const char *close) {
    pw_buf text;
    pw_buf_init(&text);
    pw_buf_add_literal(&text, "{\"V\":");
    for (int i = 0; i < count; i++)
        pw_buf_add_str(&text, pw_str_from(open));
    for (int i = 0; i < count; i++)
        pw_buf_add_str(&text, pw_str_from(close));
    pw_buf_add_char(&text, '}');
    const char *result = pw_arena_cstr(arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return result;
}

static void deep_nesting(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_string);
    const int most = PW_JSON_DEPTH_MAX - 1; /* the root is one too */
    assert_int_equal(decoded(&f, brackets(&f.arena, "[", most, "]"))[0], '"');
    assert_int_equal(decoded(&f, brackets(&f.arena, "[", most + 1, "]"))[0], '!');
    assert_int_equal(decoded(&f, brackets(&f.arena, "[", 300, "]"))[0], '!');
    assert_int_equal(decoded(&f, brackets(&f.arena, "[", 2000000, "]"))[0], '!');
    assert_int_equal(decoded(&f, brackets(&f.arena, "{\"a\":", 2000000, "}"))[0], '!');
    fixture_deinit(&f);

    fixture_init(&f, "JSON", true);
    const pw_type *type = &pw_type_integer;
    for (int i = 0; i < 300; i++)
        type = pw_type_array(&f.arena, type);
    fixture_add(&f, "V", type);
    fixture_open(&f);
    assert_int_equal(decoded(&f, brackets(&f.arena, "[", most, "]"))[0], '[');
    assert_int_equal(decoded(&f, brackets(&f.arena, "[", most + 1, "]"))[0], '!');
    fixture_deinit(&f);
}

static void long_numbers(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_string);
    char digits[1100];
    memset(digits, '9', sizeof digits);
    digits[1000] = '\0';
    assert_int_equal(strlen(value_of(&f, digits)), 1002);
    assert_int_equal(value_of(&f, pw_arena_format(&f.arena, "%s9", digits).data)[0], '!');
    assert_string_equal(value_of(&f, "1e2147483647"), "\"1E+2147483647\"");
    assert_int_equal(value_of(&f, "1e2147483648")[0], '!');
    assert_int_equal(value_of(&f, "1e-99999999999999999999999")[0], '!');
    fixture_deinit(&f);
}

static void bare_values(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", false);
    fixture_add(&f, "V", &pw_type_string);
    fixture_open(&f);
    assert_string_equal(decoded(&f, "\"a\""), "\"a\"");
    assert_string_equal(encoded(&f), "\"a\"");
    assert_string_equal(decoded(&f, "{\"x\": 1}"), "\"{\\\"x\\\":1}\"");
    assert_string_equal(decoded(&f, "[1,2]"), "\"[1, 2]\"");
    assert_string_equal(decoded(&f, "null"), "null");
    assert_true(f.is_null_row);
    assert_null(encoded(&f));
    assert_int_equal(decoded(&f, "a")[0], '!');
    assert_int_equal(decoded(&f, "1 1")[0], '!');
    fixture_deinit(&f);

    fixture_init(&f, "JSON", false);
    const pw_field field = {PW_STR("V"), &pw_type_integer};
    fixture_add(&f, "S", pw_type_struct(&f.arena, &field, 1));
    fixture_open(&f);
    assert_string_equal(decoded(&f, "{\"v\":1}"), "{\"V\":1}");
    assert_string_equal(encoded(&f), "{\"V\":1}");
    assert_string_equal(decoded(&f, "5"), "!S: cannot read a number as STRUCT");
    fixture_deinit(&f);
}

static void written(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "JSON", true);
    fixture_add(&f, "I", &pw_type_integer);
    fixture_add(&f, "a \"name\"", &pw_type_string);
    fixture_add(&f, "D", &pw_type_double);
    fixture_add(&f, "O", &pw_type_boolean);
    fixture_add(&f, "M", pw_type_decimal(&f.arena, 10, 8));
    fixture_open(&f);
    const char *text = "{\"I\":-2147483648,\"a \\\"name\\\"\":\"text \\\\ with \\u0000 and \\\" of "
                       "more than 16 bytes\",\"D\":1.0E-5,\"O\":false,\"M\":1E-8}";
    assert_int_not_equal(decoded(&f, text)[0], '!');
    assert_string_equal(encoded(&f), text);
    decoded(&f, "{}");
    assert_string_equal(encoded(&f),
                        "{\"I\":null,\"a \\\"name\\\"\":null,\"D\":null,\"O\":null,\"M\":null}");
    fixture_deinit(&f);
    fixture_init(&f, "JSON", true);
    fixture_open(&f);
    assert_string_equal(decoded(&f, "{\"x\":1}"), "");
    assert_string_equal(encoded(&f), "{}");
    fixture_deinit(&f);
}

/* State files: maps with keys of any type, and values that do not point into the text. */
static void printed_and_read(void **state) {
    (void)state;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const pw_type *key_types[] = {&pw_type_integer, &pw_type_double, &pw_type_bytes,
                                  &pw_type_boolean, &pw_type_string, pw_type_decimal(&arena, 4, 2)};
    const char *texts[] = {"{\"-5\":\"a\",\"7\":null}", "{\"1.5\":\"a\",\"NaN\":\"b\"}",
                           "{\"AQID\":\"a\"}",          "{\"true\":\"a\",\"false\":\"b\"}",
                           "{\"a\\\"\":\"a\\n\"}",      "{\"10.50\":\"x\"}"};
    for (int i = 0; i < 6; i++) {
        const pw_type *type = pw_type_map(&arena, key_types[i], &pw_type_string);
        char copy[64];
        snprintf(copy, sizeof copy, "%s", texts[i]);
        pw_slot slot;
        assert_true(pw_json_read(&arena, type, pw_str_from(copy), &slot));
        memset(copy, '?', sizeof copy);
        pw_buf out;
        pw_buf_init(&out);
        pw_json_print(type, &slot, &out);
        assert_string_equal(pw_buf_cstr(&out), texts[i]);
        pw_buf_deinit(&out);
    }
    pw_slot slot;
    assert_false(pw_json_read(&arena, &pw_type_integer, PW_STR("1 x"), &slot));
    assert_false(pw_json_read(&arena, &pw_type_integer, PW_STR("true"), &slot));
    assert_false(pw_json_read(&arena, &pw_type_integer, PW_STR_EMPTY, &slot));
    assert_true(pw_json_read(&arena, &pw_type_integer, PW_STR("null"), &slot));
    assert_true(slot.is_null);
    pw_arena_deinit(&arena);
}

static void what_it_holds(void **state) {
    (void)state;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const pw_format *json = pw_format_find(PW_STR("json"));
    const char *why = NULL;
    const pw_type *bad = pw_type_map(&arena, &pw_type_integer, &pw_type_double);
    const pw_type *good = pw_type_map(&arena, &pw_type_string, &pw_type_double);
    assert_true(json->can_hold(&pw_type_bytes, PW_SIDE_KEY, &why));
    assert_true(json->can_hold(good, PW_SIDE_VALUE, &why));
    assert_null(why);
    assert_false(json->can_hold(pw_type_array(&arena, bad), PW_SIDE_VALUE, &why));
    assert_string_equal(why, "JSON only supports MAP types with STRING keys");
    assert_false(json->can_hold(pw_type_array(&arena, good), PW_SIDE_KEY, &why));
    assert_int_equal(strncmp(why, "Map keys, including types that contain maps, are not", 52), 0);
    pw_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(decimals),
        cmocka_unit_test(texts),
        cmocka_unit_test(escapes),
        cmocka_unit_test(booleans_bytes_times),
        cmocka_unit_test(names),
        cmocka_unit_test(order_of_members),
        cmocka_unit_test(projection),
        cmocka_unit_test(nested),
        cmocka_unit_test(big_map),
        cmocka_unit_test(invalid_json),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(long_numbers),
        cmocka_unit_test(bare_values),
        cmocka_unit_test(written),
        cmocka_unit_test(printed_and_read),
        cmocka_unit_test(what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
