/* The KAFKA and NONE formats, and the table of formats. SPDX-License-Identifier: Apache-2.0 */
#include "test_format.h"

static void open_one(fixture *f, const pw_type *type) {
    fixture_init(f, "KAFKA", false);
    fixture_add(f, "V", type);
    fixture_open(f);
}

/* What was decoded last is encoded to the same bytes. */
static void expect_encoded(fixture *f, const char *bytes, size_t length) {
    const char *text = encoded(f);
    assert_int_equal(f->out.length, length);
    assert_memory_equal(text, bytes, length);
}

static void numbers(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_integer);
    assert_string_equal(decoded_bytes(&f, "\0\0\0\1", 4), "1");
    expect_encoded(&f, "\0\0\0\1", 4);
    assert_string_equal(decoded_bytes(&f, "\xFF\xFF\xFF\xFE", 4), "-2");
    expect_encoded(&f, "\xFF\xFF\xFF\xFE", 4);
    assert_string_equal(decoded_bytes(&f, "\x80\0\0\0", 4), "-2147483648");
    assert_string_equal(decoded_bytes(&f, "\0\0\1", 3),
                        "!V: INTEGER takes 4 bytes, the payload has 3");
    assert_string_equal(decoded_bytes(&f, "", 0), "!V: INTEGER takes 4 bytes, the payload has 0");
    assert_string_equal(decoded_bytes(&f, NULL, 0), "null");
    assert_true(f.is_null_row);
    assert_null(encoded(&f));
    fixture_deinit(&f);

    open_one(&f, &pw_type_bigint);
    assert_string_equal(decoded_bytes(&f, "\x01\x02\x03\x04\x05\x06\x07\x08", 8),
                        "72623859790382856");
    expect_encoded(&f, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_string_equal(decoded_bytes(&f, "\x01\x02\x03\x04", 4),
                        "!V: BIGINT takes 8 bytes, the payload has 4");
    fixture_deinit(&f);

    open_one(&f, &pw_type_double);
    assert_string_equal(decoded_bytes(&f, "\xC0\x04\0\0\0\0\0\0", 8), "-2.5");
    expect_encoded(&f, "\xC0\x04\0\0\0\0\0\0", 8);
    fixture_deinit(&f);
}

static void texts(void **state) {
    (void)state;
    fixture f;
    open_one(&f, &pw_type_string);
    assert_string_equal(decoded(&f, "bar"), "\"bar\"");
    expect_encoded(&f, "bar", 3);
    assert_string_equal(decoded(&f, ""), "\"\"");
    assert_non_null(encoded(&f));
    assert_string_equal(decoded(&f, "a\xF0\x9F\x8F\x81\xF0\x9F"),
                        "\"a\xF0\x9F\x8F\x81\xEF\xBF\xBD\"");
    assert_string_equal(decoded(&f, "\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_string_equal(decoded_bytes(&f, NULL, 0), "null");
    assert_null(encoded(&f));
    fixture_deinit(&f);

    open_one(&f, &pw_type_bytes);
    assert_string_equal(decoded(&f, "\xFF"), "\"/w==\"");
    expect_encoded(&f, "\xFF", 1);
    fixture_deinit(&f);

    fixture_init(&f, "KAFKA", false);
    fixture_add(&f, "V", &pw_type_integer);
    f.wanted[0] = false;
    fixture_open(&f);
    assert_string_equal(decoded_bytes(&f, "\0\0\0\1", 4), "");
    assert_int_equal(decoded_bytes(&f, "\0", 1)[0], '!');
    fixture_deinit(&f);
}

static void nothing(void **state) {
    (void)state;
    const char *names[] = {"KAFKA", "NONE"};
    for (int i = 0; i < 2; i++) {
        fixture f;
        fixture_init(&f, names[i], false);
        fixture_open(&f);
        assert_string_equal(decoded(&f, "anything"), "");
        assert_false(f.is_null_row);
        assert_string_equal(decoded_bytes(&f, NULL, 0), "");
        assert_true(f.is_null_row);
        assert_null(encoded(&f));
        fixture_deinit(&f);
    }
}

static void what_it_holds(void **state) {
    (void)state;
    const pw_format *kafka = pw_format_find(PW_STR("kafka"));
    const pw_type map = {.kind = PW_TYPE_MAP, .key = &pw_type_string, .element = &pw_type_string};
    const char *why = NULL;
    assert_true(kafka->can_hold(&pw_type_string, PW_SIDE_KEY, &why));
    assert_true(kafka->can_hold(&pw_type_bytes, PW_SIDE_KEY, &why));
    assert_null(why);
    assert_false(kafka->can_hold(&pw_type_boolean, PW_SIDE_KEY, &why));
    assert_string_equal(why, "The 'KAFKA' format does not support type 'BOOLEAN'");
    assert_false(kafka->can_hold(&map, PW_SIDE_VALUE, NULL));
    const pw_format *none = pw_format_find(PW_STR("NONE"));
    assert_false(none->can_hold(&pw_type_string, PW_SIDE_KEY, &why));
    assert_string_equal(why, "The 'NONE' format can only be used when no columns are defined");
}

static void table_of_formats(void **state) {
    (void)state;
    size_t count;
    const pw_format *const *all = pw_format_all(&count);
    assert_true(count >= 4);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(pw_format_find(pw_str_from(all[i]->name)), all[i]);
    }
    assert_null(pw_format_find(PW_STR("JSO")));
    assert_null(pw_format_find(PW_STR_EMPTY));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),          cmocka_unit_test(texts),
        cmocka_unit_test(nothing),          cmocka_unit_test(what_it_holds),
        cmocka_unit_test(table_of_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
