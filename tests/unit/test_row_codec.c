/* Rows as bytes and back. SPDX-License-Identifier: Apache-2.0 */
#include "state_values.h"

/* Same value, bit for bit where it matters: -0.0 is not 0.0, the sign of a NaN is nothing. */
static void test_round_trip(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_buf bytes;
    pw_buf_init(&bytes);
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        pw_arena_reset(&arena);
        const pw_type *types[VALUE_TYPES_MAX];
        uint32_t count = value_types(&arena, types);
        uint32_t used = (uint32_t)(fixture_random(&seed) % (count + 1));
        pw_slot slots[VALUE_TYPES_MAX], back[VALUE_TYPES_MAX];
        for (uint32_t i = 0; i < used; i++)
            slots[i] = value_random(&arena, types[i], &seed);
        pw_buf_clear(&bytes);
        pw_row_encode(types, slots, used, &bytes);
        assert_true(pw_row_decode(&arena, types, used, pw_buf_str(&bytes), back));
        for (uint32_t i = 0; i < used; i++)
            assert_true(pw_slot_equal(types[i], &slots[i], &back[i]));
    }
    pw_buf_deinit(&bytes);
    pw_arena_deinit(&arena);
}

/* The example of row_codec.c; the bytes are in files, so they must never change. */
static void test_bytes(void **unused) {
    (void)unused;
    const pw_type *types[3] = {&pw_type_double, &pw_type_integer, &pw_type_string};
    pw_slot slots[3] = {pw_slot_null(), pw_slot_i64(-1), pw_slot_text("ab", 2)};
    pw_buf bytes;
    pw_buf_init(&bytes);
    pw_row_encode(types, slots, 3, &bytes);
    assert_int_equal(bytes.length, 5);
    assert_memory_equal(bytes.data,
                        "\x01\x01\x02"
                        "ab",
                        5);
    pw_buf_deinit(&bytes);
}

static void test_damage(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_buf bytes, again;
    pw_buf_init(&bytes);
    pw_buf_init(&again);
    uint64_t seed = 11;
    for (int round = 0; round < 100000; round++) {
        pw_arena_reset(&arena);
        const pw_type *types[VALUE_TYPES_MAX];
        uint32_t count = value_types(&arena, types);
        pw_slot slots[VALUE_TYPES_MAX], back[VALUE_TYPES_MAX];
        for (uint32_t i = 0; i < count; i++)
            slots[i] = value_random(&arena, types[i], &seed);
        pw_buf_clear(&bytes);
        pw_row_encode(types, slots, count, &bytes);
        uint64_t random = fixture_random(&seed);
        if (round % 2)
            bytes.length = random % bytes.length;
        else
            bytes.data[random % bytes.length] = (char)(random >> 32);
        char *exact = malloc(bytes.length + 1);
        memcpy(exact, bytes.data, bytes.length);
        bool is_whole = pw_row_decode(&arena, types, count, (pw_str){exact, bytes.length}, back);
        assert_false(is_whole && round % 2);
        if (is_whole) {
            pw_buf_clear(&again);
            pw_row_encode(types, back, count, &again);
            assert_true(pw_str_equal(pw_buf_str(&bytes), pw_buf_str(&again)));
        }
        free(exact);
    }
    pw_buf_deinit(&bytes);
    pw_buf_deinit(&again);
    pw_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests_name("row_codec", tests, NULL, NULL);
}
