/* Keys as bytes: they sort as the values do, and come back the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state_values.h"

static const uint32_t in_order[] = {0, 1, 2, 3};

static void encode(const pw_type *const *types, pw_slot *slots, uint32_t count, pw_buf *out) {
    pw_vector columns[4];
    for (uint32_t i = 0; i < count; i++)
        columns[i] = (pw_vector){&slots[i], 0};
    pw_buf_clear(out);
    pw_key_encode(types, columns, in_order, count, 0, out);
}

/* NULL first. */
static int compare(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    if (a->is_null || b->is_null) return (b->is_null != 0) - (a->is_null != 0);
    return pw_slot_compare(type, a, b);
}

static int sign(int order) {
    return (order > 0) - (order < 0);
}

static void test_order(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const pw_type *types[VALUE_TYPES_MAX];
    uint32_t type_count = value_types(&arena, types);
    pw_buf a_bytes, b_bytes;
    pw_buf_init(&a_bytes);
    pw_buf_init(&b_bytes);
    uint64_t seed = 1950;
    for (int round = 0; round < 100000; round++) {
        /* A key of two columns: the first decides unless it is equal. */
        const pw_type *key[2] = {types[(uint32_t)round % type_count],
                                 types[fixture_random(&seed) % type_count]};
        pw_slot a[2] = {value_random(&arena, key[0], &seed), value_random(&arena, key[1], &seed)};
        pw_slot b[2] = {value_random(&arena, key[0], &seed), value_random(&arena, key[1], &seed)};
        if (round % 3 == 0) b[0] = a[0];
        int order = compare(key[0], &a[0], &b[0]);
        if (order == 0) order = compare(key[1], &a[1], &b[1]);
        encode(key, a, 2, &a_bytes);
        encode(key, b, 2, &b_bytes);
        assert_int_equal(sign(pw_str_compare(pw_buf_str(&a_bytes), pw_buf_str(&b_bytes))),
                         sign(order));
        pw_slot back[2];
        assert_true(pw_key_decode(&arena, key, 2, pw_buf_str(&a_bytes), back));
        assert_true(pw_slot_equal(key[0], &a[0], &back[0]));
        assert_true(pw_slot_equal(key[1], &a[1], &back[1]));
        if (round % 1000 == 0) {
            pw_arena_reset(&arena);
            type_count = value_types(&arena, types);
        }
    }
    pw_buf_deinit(&a_bytes);
    pw_buf_deinit(&b_bytes);
    pw_arena_deinit(&arena);
}

/* The bytes of the file's head comment; they are in files, so they must never change. */
static void test_bytes(void **unused) {
    (void)unused;
    const pw_type *types[2] = {&pw_type_integer, &pw_type_string};
    pw_slot slots[2] = {pw_slot_i64(1), pw_slot_text("a", 1)};
    pw_buf bytes;
    pw_buf_init(&bytes);
    encode(types, slots, 2, &bytes);
    assert_int_equal(bytes.length, 9);
    assert_memory_equal(bytes.data,
                        "\x01\x80\x00\x00\x01\x01"
                        "a\0\0",
                        9);
    slots[0] = pw_slot_null();
    encode(types, slots, 2, &bytes);
    assert_memory_equal(bytes.data,
                        "\0\x01"
                        "a\0\0",
                        5);
    pw_buf_deinit(&bytes);
}

static void test_maps_are_equal_in_any_order(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const pw_type *map = pw_type_map(&arena, &pw_type_string, &pw_type_integer);
    pw_slot ab[4] = {pw_slot_text("a", 1), pw_slot_i64(1), pw_slot_text("b", 1), pw_slot_null()};
    pw_slot ba[4] = {ab[2], ab[3], ab[0], ab[1]};
    pw_slot one = pw_slot_items(ab, 2), other = pw_slot_items(ba, 2);
    pw_buf one_bytes, other_bytes;
    pw_buf_init(&one_bytes);
    pw_buf_init(&other_bytes);
    encode(&map, &one, 1, &one_bytes);
    encode(&map, &other, 1, &other_bytes);
    assert_true(pw_str_equal(pw_buf_str(&one_bytes), pw_buf_str(&other_bytes)));
    pw_buf_deinit(&one_bytes);
    pw_buf_deinit(&other_bytes);
    pw_arena_deinit(&arena);
}

/* Damaged bytes are refused or are the encoding of what they decode to; never read past the end. */
static void test_damage(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_buf bytes, again;
    pw_buf_init(&bytes);
    pw_buf_init(&again);
    uint64_t seed = 44;
    for (int round = 0; round < 100000; round++) {
        pw_arena_reset(&arena);
        const pw_type *types[VALUE_TYPES_MAX];
        uint32_t type_count = value_types(&arena, types);
        const pw_type *type = types[(uint32_t)round % type_count];
        pw_slot value = value_random(&arena, type, &seed);
        encode(&type, &value, 1, &bytes);
        uint64_t random = fixture_random(&seed);
        if (round % 2)
            bytes.length = random % bytes.length;
        else
            bytes.data[random % bytes.length] = (char)(random >> 32);
        char *exact = malloc(bytes.length + 1); /* so that a sanitizer sees reads past the end */
        memcpy(exact, bytes.data, bytes.length);
        pw_slot back;
        if (pw_key_decode(&arena, &type, 1, (pw_str){exact, bytes.length}, &back) &&
            type->kind != PW_TYPE_MAP) {
            encode(&type, &back, 1, &again);
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
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_maps_are_equal_in_any_order),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests_name("key_codec", tests, NULL, NULL);
}
