/* Batches: selections, views, and copies that must not share memory with what they copy.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "types/compare.h"
#include "types/decimal.h"

static void new_batch(void **state) {
    (void)state;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_batch *batch = pw_batch_new(&arena, 2, 10);
    assert_int_equal(batch->column_count, 2);
    assert_int_equal(batch->selected_count, 0);
    assert_ptr_equal(batch->arena, &arena);
    for (uint32_t r = 0; r < 10; r++) {
        batch->columns[0].slots[r] = pw_slot_i64(r);
        batch->columns[1].slots[r] = pw_slot_null();
        batch->rowtime[r] = r;
        assert_int_equal(batch->flags[r], 0);
        assert_true(pw_at(batch->columns[0], r)->i64 == r);
    }
    pw_batch_report(batch, 3, PW_BAD_VALUE, PW_STR("C"), "nobody listens");
    pw_arena_deinit(&arena);
}

static void constants_repeat(void **state) {
    (void)state;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_vector constant = pw_vector_constant(&arena, pw_slot_i64(7));
    for (uint32_t r = 0; r < PW_BATCH_ROWS_MAX; r += 100)
        assert_true(pw_at(constant, r)->i64 == 7);
    pw_arena_deinit(&arena);
}

/* Three rows of (BIGINT, a constant STRING), of which the first and the third are selected. */
static pw_batch *sample(pw_arena *arena, char *text) {
    pw_batch *batch = pw_batch_new(arena, 2, 3);
    batch->row_count = 3;
    batch->columns[1] = pw_vector_constant(arena, pw_slot_text(text, strlen(text)));
    for (uint32_t r = 0; r < 3; r++) {
        batch->columns[0].slots[r] = pw_slot_i64(10 + r);
        batch->rowtime[r] = 100 + r;
        batch->partition[r] = (int32_t)r;
        batch->offset[r] = 1000 + r;
    }
    batch->flags[2] = PW_ROW_TOMBSTONE;
    batch->selection[0] = 0;
    batch->selection[1] = 2;
    batch->selected_count = 2;
    return batch;
}

static void view_has_its_own_selection(void **state) {
    (void)state;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    char text[] = "text";
    pw_batch *batch = sample(&arena, text);
    pw_batch *view = pw_batch_view(&arena, batch);
    view->selection[0] = 2;
    view->selected_count = 1;
    assert_int_equal(batch->selection[0], 0);
    assert_int_equal(batch->selected_count, 2);
    assert_ptr_equal(view->columns, batch->columns);
    pw_arena_deinit(&arena);
}

static void copy_compacts_and_owns(void **state) {
    (void)state;
    static const pw_type *const types[] = {&pw_type_bigint, &pw_type_string};
    pw_arena source, target;
    pw_arena_init(&source, 0);
    pw_arena_init(&target, 0);
    char text[] = "text", name[] = "trace";
    pw_batch *batch = sample(&source, text);
    pw_header header = {{name, 5}, {name, 2}, false}, absent = {{name, 5}, PW_STR_EMPTY, true};
    pw_header headers[] = {header, absent};
    pw_headers list = {headers, 2};
    const pw_headers *per_row[] = {NULL, NULL, &list};
    batch->headers = per_row;
    batch->old = sample(&source, text);
    batch->old->columns[0].slots[2] = pw_slot_null();

    pw_batch *copy = pw_batch_copy_selected(&target, batch, types);
    memset(text, 'x', sizeof text - 1);
    memset(name, 'x', sizeof name - 1);
    pw_arena_deinit(&source);
    assert_int_equal(copy->row_count, 2);
    assert_int_equal(copy->selected_count, 2);
    assert_int_equal(copy->selection[1], 1);
    assert_true(pw_at(copy->columns[0], 1)->i64 == 12);
    assert_memory_equal(pw_at(copy->columns[1], 1)->text, "text", 4);
    assert_true(copy->rowtime[1] == 102 && copy->offset[1] == 1002 && copy->partition[1] == 2);
    assert_int_equal(copy->flags[0], 0);
    assert_int_equal(copy->flags[1], PW_ROW_TOMBSTONE);
    assert_null(copy->headers[0]);
    assert_int_equal(copy->headers[1]->count, 2);
    assert_true(pw_str_equal(copy->headers[1]->items[0].name, PW_STR("trace")));
    assert_true(pw_str_equal(copy->headers[1]->items[0].value, PW_STR("tr")));
    assert_true(copy->headers[1]->items[1].is_null);
    assert_true(pw_at(copy->old->columns[0], 0)->i64 == 10);
    assert_true(pw_at(copy->old->columns[0], 1)->is_null);
    pw_arena_deinit(&target);
}

/* MAP<STRING, ARRAY<STRUCT<D DECIMAL(30,2), B BYTES>>>, copied out of an arena that then goes. */
static void deep_copies(void **state) {
    (void)state;
    pw_arena source, target;
    pw_arena_init(&source, 0);
    pw_arena_init(&target, 0);
    pw_field fields[] = {{PW_STR("D"), pw_type_decimal(&target, 30, 2)},
                         {PW_STR("B"), &pw_type_bytes}};
    const pw_type *record = pw_type_struct(&target, fields, 2);
    const pw_type *array = pw_type_array(&target, record);
    const pw_type *map = pw_type_map(&target, &pw_type_string, array);
    pw_slot expected = pw_slot_null(), copy = pw_slot_null();
    for (int round = 0; round < 2; round++) {
        /* The same value twice: one is copied and lost, the other is there to compare with. */
        pw_arena *arena = round == 0 ? &source : &target;
        pw_slot *values = PW_NEW_ARRAY(arena, pw_slot, 2);
        values[0] = pw_decimal_slot(arena, fields[0].type, pw_decimal_power_of_ten(29));
        values[1] = pw_slot_str(pw_arena_str(arena, (pw_str){"\x00\x01", 2}));
        pw_slot *records = PW_NEW_ARRAY(arena, pw_slot, 2);
        records[0] = pw_slot_items(values, 2);
        records[1] = pw_slot_null();
        pw_slot *pairs = PW_NEW_ARRAY(arena, pw_slot, 4);
        pairs[0] = pw_slot_str(pw_arena_str(arena, PW_STR("key")));
        pairs[1] = pw_slot_items(records, 2);
        pairs[2] = pw_slot_str(PW_STR(""));
        pairs[3] = pw_slot_items(records, 0);
        expected = pw_slot_items(pairs, 2);
        if (round == 0) copy = pw_slot_copy(&target, map, &expected);
    }
    pw_arena_deinit(&source);
    assert_true(pw_slot_equal(map, &copy, &expected));
    assert_true(pw_slot_hash(map, &copy) == pw_slot_hash(map, &expected));
    pw_arena_deinit(&target);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_batch),
        cmocka_unit_test(constants_repeat),
        cmocka_unit_test(view_has_its_own_selection),
        cmocka_unit_test(copy_compacts_and_owns),
        cmocka_unit_test(deep_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
