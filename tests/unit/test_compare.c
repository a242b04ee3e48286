/* Order, equality and hashes of values. SPDX-License-Identifier: Apache-2.0 */
#include "types/compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
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

static int sign(int order) {
    return order < 0 ? -1 : order > 0;
}

/* The values are given in ascending order, each larger than the one before. */
static void assert_ascending(const pw_type *type, const pw_slot *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int expected = i < j ? -1 : i > j;
            assert_int_equal(sign(pw_slot_compare(type, &values[i], &values[j])), expected);
            assert_int_equal(pw_slot_equal(type, &values[i], &values[j]), expected == 0);
        }
    }
}

static pw_slot text(const char *terminated) {
    return pw_slot_str(pw_str_from(terminated));
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void scalars(void **state) {
    (void)state;
    pw_slot integers[] = {pw_slot_i64(INT64_MIN), pw_slot_i64(-1), pw_slot_i64(0),
                          pw_slot_i64(INT64_MAX)};
    assert_ascending(&pw_type_bigint, integers, COUNT(integers));
    pw_slot doubles[] = {pw_slot_f64(-INFINITY), pw_slot_f64(-1),       pw_slot_f64(-0.0),
                         pw_slot_f64(0.0),       pw_slot_f64(4.9e-324), pw_slot_f64(INFINITY),
                         pw_slot_f64(NAN)};
    assert_ascending(&pw_type_double, doubles, COUNT(doubles));
    pw_slot other_nan = pw_slot_f64(-NAN);
    assert_true(pw_slot_equal(&pw_type_double, &doubles[6], &other_nan));
    assert_true(pw_slot_hash(&pw_type_double, &doubles[6]) ==
                pw_slot_hash(&pw_type_double, &other_nan));

    const pw_type *wide = pw_type_decimal(&arena, 38, 2);
    pw_i128 largest = pw_decimal_power_of_ten(38) - 1;
    pw_slot decimals[] = {pw_decimal_slot(&arena, wide, -largest),
                          pw_decimal_slot(&arena, wide, -1), pw_decimal_slot(&arena, wide, 0),
                          pw_decimal_slot(&arena, wide, largest)};
    assert_ascending(wide, decimals, COUNT(decimals));
    pw_slot same = pw_decimal_slot(&arena, wide, largest);
    assert_true(pw_slot_hash(wide, &same) == pw_slot_hash(wide, &decimals[3]));
}

static void bytes_are_signed(void **state) {
    (void)state;
    pw_slot values[] = {pw_slot_text("", 0),         pw_slot_text("\x80", 1),
                        pw_slot_text("\xff", 1),     pw_slot_text("\x00", 1),
                        pw_slot_text("\x00\x00", 2), pw_slot_text("\x7f", 1)};
    assert_ascending(&pw_type_bytes, values, COUNT(values));
}

static void texts(void **state) {
    (void)state;
    /* U+FFFF is after U+10000, whose first half in UTF-16 is D800, and that after U+D7FF. */
    pw_slot values[] = {text(""),
                        text("A"),
                        text("AB"),
                        text("a"),
                        text("abcdefgh"),
                        text("abcdefghi"),
                        text("abcdefghj"),
                        text("\xc3\xa9"),
                        text("\xed\x9f\xbf"),
                        text("\xf0\x90\x80\x80"),
                        text("\xf4\x8f\xbf\xbf"),
                        text("\xee\x80\x80"),
                        text("\xef\xbf\xbf")};
    assert_ascending(&pw_type_string, values, COUNT(values));
}

/* Any two characters behind a common beginning, against their UTF-16 code units. */
static void texts_of_random_characters(void **state) {
    (void)state;
    srand(1);
    for (int i = 0; i < 200000; i++) {
        uint32_t codes[2];
        uint16_t units[2][2] = {{0}};
        char characters[2][16];
        size_t lengths[2];
        for (int side = 0; side < 2; side++) {
            static const uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
            do {
                codes[side] = (uint32_t)rand() % limits[rand() % 4];
            } while (codes[side] >= 0xd800 && codes[side] < 0xe000);
            uint32_t above = codes[side] - 0x10000;
            bool is_pair = codes[side] >= 0x10000;
            units[side][0] = (uint16_t)(is_pair ? 0xd800 + (above >> 10) : codes[side]);
            units[side][1] = (uint16_t)(is_pair ? 0xdc00 + (above & 0x3ff) : 0);
            memcpy(characters[side], "prefix", 6);
            lengths[side] = 6 + pw_utf8_encode(codes[side], characters[side] + 6);
        }
        int expected =
            units[0][0] != units[1][0] ? units[0][0] - units[1][0] : units[0][1] - units[1][1];
        int order = pw_text_compare_utf16((pw_str){characters[0], lengths[0]},
                                          (pw_str){characters[1], lengths[1]});
        assert_int_equal(sign(order), sign(expected));
    }
}

static pw_slot array_of(uint32_t count, const int64_t *values) {
    pw_slot *items = PW_NEW_ARRAY(&arena, pw_slot, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = values[i] == INT64_MIN ? pw_slot_null() : pw_slot_i64(values[i]);
    }
    return pw_slot_items(items, count);
}

static void arrays_and_structs(void **state) {
    (void)state;
    const pw_type *type = pw_type_array(&arena, &pw_type_bigint);
    pw_slot values[] = {
        array_of(0, NULL),
        array_of(1, (int64_t[]){INT64_MIN}),
        array_of(2, (int64_t[]){INT64_MIN, 5}),
        array_of(1, (int64_t[]){1}),
        array_of(2, (int64_t[]){1, 2}),
        array_of(2, (int64_t[]){1, 3}),
        array_of(1, (int64_t[]){2}),
    };
    assert_ascending(type, values, COUNT(values));
    pw_slot again = array_of(2, (int64_t[]){1, 3});
    assert_true(pw_slot_hash(type, &again) == pw_slot_hash(type, &values[5]));

    pw_field fields[] = {{PW_STR("A"), &pw_type_bigint}, {PW_STR("B"), &pw_type_bigint}};
    const pw_type *record = pw_type_struct(&arena, fields, 2);
    pw_slot records[] = {
        array_of(2, (int64_t[]){INT64_MIN, 9}),
        array_of(2, (int64_t[]){0, INT64_MIN}),
        array_of(2, (int64_t[]){0, 1}),
        array_of(2, (int64_t[]){1, 0}),
    };
    assert_ascending(record, records, COUNT(records));
    pw_slot null = pw_slot_null();
    assert_true(pw_slot_equal(record, &null, &null));
    assert_false(pw_slot_equal(record, &null, &records[0]));
    assert_false(pw_slot_equal(record, &records[0], &null));
}

/* {first: first, first + step: ...} in the given direction. */
static pw_slot map_of(uint32_t count, int64_t first, int64_t step, int64_t value) {
    pw_slot *items = PW_NEW_ARRAY(&arena, pw_slot, 2 * count + 1);
    for (uint32_t i = 0; i < count; i++) {
        items[2 * i] = pw_slot_i64(first + step * i);
        items[2 * i + 1] = pw_slot_i64(value);
    }
    return pw_slot_items(items, count);
}

static void maps_ignore_order(void **state) {
    (void)state;
    const pw_type *type = pw_type_map(&arena, &pw_type_bigint, &pw_type_bigint);
    for (uint32_t count = 1; count < 300; count += 37) {
        pw_slot up = map_of(count, 1, 1, 7), down = map_of(count, count, -1, 7);
        assert_true(pw_slot_equal(type, &up, &down));
        assert_int_equal(pw_slot_compare(type, &up, &down), 0);
        assert_true(pw_slot_hash(type, &up) == pw_slot_hash(type, &down));
        pw_slot other = map_of(count, count, -1, 8);
        assert_false(pw_slot_equal(type, &up, &other));
        assert_true(pw_slot_compare(type, &up, &other) < 0);
        assert_true(pw_slot_hash(type, &up) != pw_slot_hash(type, &other));
    }
    pw_slot values[] = {map_of(0, 0, 0, 0), map_of(1, 1, 1, 5), map_of(2, 1, 1, 5),
                        map_of(1, 1, 1, 6), map_of(1, 2, 1, 0)};
    assert_ascending(type, values, COUNT(values));
}

static void hashes_spread(void **state) {
    (void)state;
    size_t buckets[64] = {0};
    for (int64_t i = 0; i < 64000; i++) {
        pw_slot value = pw_slot_i64(i * 1024);
        buckets[pw_slot_hash(&pw_type_bigint, &value) % 64]++;
    }
    for (size_t i = 0; i < 64; i++)
        assert_in_range(buckets[i], 800, 1200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars),
        cmocka_unit_test(bytes_are_signed),
        cmocka_unit_test(texts),
        cmocka_unit_test(texts_of_random_characters),
        cmocka_unit_test(arrays_and_structs),
        cmocka_unit_test(maps_ignore_order),
        cmocka_unit_test(hashes_spread),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
