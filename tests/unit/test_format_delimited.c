/* The DELIMITED format: cells, quotes, counts, what it writes. SPDX-License-Identifier: Apache-2.0
 */
#include "test_format.h"

/* S STRING, I INT, D DOUBLE, M DECIMAL(5,2), O BOOLEAN. */
static void open_row(fixture *f, char delimiter) {
    fixture_init(f, "DELIMITED", false);
    f->spec.delimiter = delimiter;
    fixture_add(f, "S", &pw_type_string);
    fixture_add(f, "I", &pw_type_integer);
    fixture_add(f, "D", &pw_type_double);
    fixture_add(f, "M", pw_type_decimal(&f->arena, 5, 2));
    fixture_add(f, "O", &pw_type_boolean);
    fixture_open(f);
}

static void rows(void **state) {
    (void)state;
    fixture f;
    open_row(&f, 0);
    const char *good[][3] = {
        {"a,1,1.5,2.50,true", "\"a\"|1|1.5|2.50|true", "a,1,1.5,2.50,true"},
        {",,,,", "null|null|null|null|null", ",,,,"},
        {"\"a,b\",2,1e3,1,TRUE", "\"a,b\"|2|1000.0|1.00|true", "\"a,b\",2,1000.0,1.00,true"},
        {"\"a\"\"b\",3,.5,-0.01,false", "\"a\\\"b\"|3|0.5|-0.01|false",
         "\"a\"\"b\",3,0.5,-0.01,false"},
        {"a,1,1,1,maybe", "\"a\"|1|1.0|1.00|false", "a,1,1.0,1.00,false"},
        {"\"\",5,1,1,true", "null|5|1.0|1.00|true", ",5,1.0,1.00,true"},
        {"\xC3\xA9,6,NaN,1,t", "\"\xC3\xA9\"|6|\"NaN\"|1.00|false",
         "\"\xC3\xA9\",6,NaN,1.00,false"},
        {"\"multi\nline\",7,1,1,true", "\"multi\\nline\"|7|1.0|1.00|true",
         "\"multi\nline\",7,1.0,1.00,true"},
        {"#c,8,1,1,true", "\"#c\"|8|1.0|1.00|true", "\"#c\",8,1.0,1.00,true"},
        {"-x,9,-1,1,true", "\"-x\"|9|-1.0|1.00|true", "\"-x\",9,-1.0,1.00,true"},
        {"a\"b,1,1,1,true", "\"a\\\"b\"|1|1.0|1.00|true", "\"a\"\"b\",1,1.0,1.00,true"},
        {"\"a\" \t,\"1\",1, 1 ,true", NULL, NULL},
        {"\"a\" \t,\"1\", 1 ,1,true", "\"a\"|1|1.0|1.00|true", "a,1,1.0,1.00,true"},
        {"\r\n\na,1,1,1,true\r\nx,y", "\"a\"|1|1.0|1.00|true", "a,1,1.0,1.00,true"},
        {"a,1,1,1,true\n\"x\ny\"", "\"a\"|1|1.0|1.00|true", "a,1,1.0,1.00,true"},
        {"a \xFF\xE2\x82,1,1,1,true", "\"a \xEF\xBF\xBD\xEF\xBF\xBD\"|1|1.0|1.00|true",
         "a \xEF\xBF\xBD\xEF\xBF\xBD,1,1.0,1.00,true"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!good[i][1]) {
            assert_int_equal(decoded(&f, good[i][0])[0], '!');
            continue;
        }
        assert_string_equal(decoded(&f, good[i][0]), good[i][1]);
        assert_string_equal(encoded(&f), good[i][2]);
    }
    fixture_deinit(&f);
}

static void errors(void **state) {
    (void)state;
    fixture f;
    open_row(&f, ',');
    assert_string_equal(decoded(&f, "a,1,1.5,2.50"), "!: expected 5 cells, found 4");
    assert_string_equal(decoded(&f, "a,1,1.5,2.50,true,x"), "!: expected 5 cells, found 6");
    assert_string_equal(decoded(&f, ""), "!: no cells in the record");
    assert_string_equal(decoded(&f, "\n\r\n"), "!: no cells in the record");
    assert_string_equal(decoded(&f, " a , 4 ,1,2,true "), "!I: not an INTEGER");
    assert_string_equal(decoded(&f, "a,x,1,1,true"), "!I: not an INTEGER");
    assert_string_equal(decoded(&f, "a,1.5,1,1,true"), "!I: not an INTEGER");
    assert_string_equal(decoded(&f, "a,2147483648,1,1,true"), "!I: not an INTEGER");
    assert_string_equal(decoded(&f, "a,1,x,1,true"), "!D: not a DOUBLE");
    assert_string_equal(decoded(&f, "a,1,1,123456,true"),
                        "!M: does not fit the DECIMAL's precision");
    assert_string_equal(decoded(&f, "a,1,1,1.234,true"),
                        "!M: does not fit the DECIMAL's scale without rounding");
    assert_string_equal(decoded(&f, "\"a,1,1,1,true"), "!: a quoted cell has no closing quote");
    assert_string_equal(decoded(&f, "\"a\"b,1,1,1,true"), "!: text stands behind a quoted cell");
    assert_string_equal(decoded(&f, "a,1,1,1,true\n\"x"), "!: a quoted cell has no closing quote");
    assert_string_equal(decoded_bytes(&f, NULL, 0), "null|null|null|null|null");
    assert_true(f.is_null_row);
    fixture_deinit(&f);
}

static void not_wanted(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "DELIMITED", false);
    fixture_add(&f, "I", &pw_type_integer);
    fixture_add(&f, "S", &pw_type_string);
    f.wanted[0] = false;
    fixture_open(&f);
    assert_string_equal(decoded(&f, "1,a"), "\"a\"");
    assert_string_equal(decoded(&f, "x,a"), "!I: not an INTEGER");
    fixture_deinit(&f);
}

static void delimiters(void **state) {
    (void)state;
    const char good[] = {'\t', ' ', '|', '$', ';'};
    for (size_t i = 0; i < sizeof good; i++) {
        fixture f;
        open_row(&f, good[i]);
        char text[64];
        snprintf(text, sizeof text, "\"x%cy\"%c2%c1.0%c1.00%cfalse", good[i], good[i], good[i],
                 good[i], good[i]);
        assert_int_not_equal(decoded(&f, text)[0], '!');
        assert_string_equal(encoded(&f), text);
        fixture_deinit(&f);
    }
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_format_spec spec = {.name = PW_STR("DELIMITED"), .delimiter = '"'};
    pw_decoder *decoder;
    pw_error err;
    assert_int_equal(pw_format_find(spec.name)->decoder_open(&arena, &spec, NULL, &decoder, &err),
                     PW_INVALID);
    pw_arena_deinit(&arena);
}

/* The same text in the first cell and in a later one. */
static void quoting(void **state) {
    (void)state;
    const char *cases[][3] = {
        {"a", "a", "a"},
        {" ", "\" \"", "\" \""},
        {"a ", "\"a \"", "\"a \""},
        {" a", "\" a\"", "\" a\""},
        {"#", "\"#\"", "\"#\""},
        {"-5", "\"-5\"", "-5"},
        {"5", "5", "5"},
        {"a,b", "\"a,b\"", "\"a,b\""},
        {"a\"b", "\"a\"\"b\"", "\"a\"\"b\""},
        {"\"", "\"\"\"\"", "\"\"\"\""},
        {"a\nb", "\"a\nb\"", "\"a\nb\""},
        {"\xC3\xA9", "\"\xC3\xA9\"", "\xC3\xA9"},
        {"'", "\"'\"", "'"},
        {"$x", "\"$x\"", "$x"},
        {"~", "\"~\"", "~"},
        {"!", "\"!\"", "\"!\""},
        {"a!", "a!", "a!"},
        {"", "\"\"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        fixture_init(&f, "DELIMITED", false);
        fixture_add(&f, "S", &pw_type_string);
        fixture_add(&f, "R", &pw_type_string);
        fixture_open(&f);
        pw_slot slot = pw_slot_str(pw_str_from(cases[i][0]));
        f.vectors[0].slots[0] = f.vectors[1].slots[0] = slot;
        char expected[64];
        snprintf(expected, sizeof expected, "%s,%s", cases[i][1], cases[i][2]);
        assert_string_equal(encoded(&f), expected);
        fixture_deinit(&f);
    }
}

static void other_types(void **state) {
    (void)state;
    fixture f;
    fixture_init(&f, "DELIMITED", false);
    fixture_add(&f, "D", &pw_type_double);
    fixture_add(&f, "M", pw_type_decimal(&f.arena, 12, 3));
    fixture_add(&f, "T", &pw_type_date);
    fixture_add(&f, "U", &pw_type_time);
    fixture_add(&f, "P", &pw_type_timestamp);
    fixture_add(&f, "Y", &pw_type_bytes);
    fixture_open(&f);
    assert_string_equal(decoded(&f, "\"-0.001\",-123456789.001,-1,3723004,-1,/w=="),
                        "-0.001|-123456789.001|-1|3723004|-1|\"/w==\"");
    assert_string_equal(encoded(&f), "\"-0.001\",-123456789.001,-1,3723004,-1,/w==");
    assert_string_equal(decoded(&f, "1e10,0,19000,86399999,1650000000123,"),
                        "1.0E10|0.000|19000|86399999|1650000000123|null");
    assert_string_equal(encoded(&f), "1.0E10,0.000,19000,86399999,1650000000123,");
    assert_int_equal(decoded(&f, "1,1,1,86400001,1,AQID")[0], '!');
    assert_string_equal(decoded(&f, "1,1,1,1,1,AQ"), "!Y: not base64");
    fixture_deinit(&f);

    fixture_init(&f, "DELIMITED", false);
    fixture_add(&f, "V", pw_type_decimal(&f.arena, 33, 16));
    fixture_open(&f);
    assert_string_equal(decoded(&f, "12345678987654321.2345678987654321"),
                        "12345678987654321.2345678987654321");
    decoded(&f, "0");
    assert_string_equal(encoded(&f), "0.0000000000000000");
    decoded_bytes(&f, NULL, 0);
    assert_string_equal(encoded(&f), "");
    fixture_deinit(&f);
}

static void what_it_holds(void **state) {
    (void)state;
    const pw_format *format = pw_format_find(PW_STR("Delimited"));
    const char *why = NULL;
    const pw_type array = {.kind = PW_TYPE_ARRAY, .element = &pw_type_integer};
    assert_true(format->can_hold(&pw_type_bytes, PW_SIDE_VALUE, &why));
    assert_null(why);
    assert_false(format->can_hold(&array, PW_SIDE_VALUE, &why));
    assert_string_equal(why, "The 'DELIMITED' format does not support type 'ARRAY'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),          cmocka_unit_test(errors),  cmocka_unit_test(not_wanted),
        cmocka_unit_test(delimiters),    cmocka_unit_test(quoting), cmocka_unit_test(other_types),
        cmocka_unit_test(what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
