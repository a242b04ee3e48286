/* Functions of one array, and SLICE, ELT, FIELD and GENERATE_SERIES. Results share the elements of
 * their arguments. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "functions/functions_private.h"
#include "types/cast.h"
#include "types/compare.h"

static void array_length(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_i64(pw_arg(call, 0, row)->length);
}

static void array_contains(pw_call *call) {
    const pw_type *type = call->arg_types[0]->element;
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *array = pw_arg(call, 0, row), *value = pw_arg(call, 1, row);
        bool is_found = false;
        for (uint32_t i = 0; !array->is_null && i < array->length && !is_found; i++)
            is_found = pw_slot_equal(type, &array->items[i], value);
        call->out[row] = pw_slot_i64(is_found);
    }
}

static void array_remove(pw_call *call) {
    const pw_type *type = call->arg_types[0]->element;
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *array = pw_arg(call, 0, row), *value = pw_arg(call, 1, row);
        call->out[row] = pw_slot_null();
        if (array->is_null) continue;
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, array->length + 1);
        uint32_t count = 0;
        for (uint32_t i = 0; i < array->length; i++)
            if (!pw_slot_equal(type, &array->items[i], value)) items[count++] = array->items[i];
        call->out[row] = pw_slot_items(items, count);
    }
}

/* Either NULL gives the other one. */
static void array_concat(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *left = pw_arg(call, 0, row), *right = pw_arg(call, 1, row);
        if (left->is_null || right->is_null) {
            call->out[row] = left->is_null ? *right : *left;
            continue;
        }
        pw_slot *items =
            PW_NEW_ARRAY(call->arena, pw_slot, (size_t)left->length + right->length + 1);
        if (left->length) memcpy(items, left->items, left->length * sizeof *items);
        if (right->length)
            memcpy(items + left->length, right->items, right->length * sizeof *items);
        call->out[row] = pw_slot_items(items, left->length + right->length);
    }
}

static void array_extreme(pw_call *call, int sign) {
    const pw_type *type = call->result_type;
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *array = pw_arg(call, 0, row), *best = NULL;
        if (pw_type_is_nested(type)) {
            call->fail(call, row, "values of this type have no order");
            continue;
        }
        for (uint32_t i = 0; i < array->length; i++) {
            const pw_slot *item = &array->items[i];
            if (item->is_null) continue;
            if (!best || pw_slot_compare(type, item, best) * sign > 0) best = item;
        }
        call->out[row] = best ? *best : pw_slot_null();
    }
}

static void array_max(pw_call *call) {
    array_extreme(call, 1);
}
static void array_min(pw_call *call) {
    array_extreme(call, -1);
}

/* --- ARRAY_SORT ---------------------------------------------------------------------------- */

typedef struct sort_order {
    const pw_type *type;
    int sign;
} sort_order;

/* NULLs come last in both directions. */
static int compare_items(const void *a, const void *b, void *opaque) {
    const sort_order *order = opaque;
    const pw_slot *left = a, *right = b;
    if (left->is_null || right->is_null) return (int)left->is_null - (int)right->is_null;
    return pw_slot_compare(order->type, left, right) * order->sign;
}

static int direction_of(pw_str text) {
    if (pw_str_equal_nocase(text, PW_STR("ASC")) || pw_str_equal_nocase(text, PW_STR("ASCENDING")))
        return 1;
    if (pw_str_equal_nocase(text, PW_STR("DESC")) ||
        pw_str_equal_nocase(text, PW_STR("DESCENDING")))
        return -1;
    return 0;
}

static void array_sort(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *array = pw_arg(call, 0, row);
        sort_order order = {call->result_type->element, 1};
        if (call->arg_count > 1) order.sign = direction_of(pw_arg_str(call, 1, row));
        call->out[row] = pw_slot_null();
        if (order.sign == 0) continue;
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, array->length + 1);
        if (array->length) memcpy(items, array->items, array->length * sizeof *items);
        qsort_r(items, array->length, sizeof *items, compare_items, &order);
        call->out[row] = pw_slot_items(items, array->length);
    }
}

/* --- ARRAY_JOIN ---------------------------------------------------------------------------- */

static void array_join(pw_call *call) {
    const pw_type *type = call->arg_types[0]->element;
    bool has_text = !pw_type_is_nested(type) && type->kind != PW_TYPE_BYTES &&
                    type->kind != PW_TYPE_DATE && type->kind != PW_TYPE_TIME &&
                    type->kind != PW_TYPE_TIMESTAMP;
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *array = pw_arg(call, 0, row);
        pw_str delimiter = PW_STR(",");
        if (call->arg_count > 1) {
            const pw_slot *given = pw_arg(call, 1, row);
            delimiter = given->is_null ? PW_STR_EMPTY : pw_slot_as_str(given);
        }
        call->out[row] = pw_slot_null();
        if (array->is_null) continue;
        pw_buf_clear(&buf);
        for (uint32_t i = 0; has_text && i < array->length; i++) {
            if (i) pw_buf_add_str(&buf, delimiter);
            if (array->items[i].is_null) {
                pw_buf_add_literal(&buf, "null");
            } else {
                pw_slot_print_text(type, &array->items[i], &buf);
            }
            if (buf.length > PW_FN_RESULT_BYTES_MAX) break;
        }
        if (!has_text || buf.length > PW_FN_RESULT_BYTES_MAX) {
            call->fail(call, row,
                       has_text ? "the result is too long"
                                : "elements of this type cannot be joined");
        } else {
            call->out[row] = pw_text_result(call->arena, &buf);
        }
    }
    pw_buf_deinit(&buf);
}

/* --- parts --------------------------------------------------------------------------------- */

static void slice(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *array = pw_arg(call, 0, row);
        const pw_slot *from = pw_arg(call, 1, row), *to = pw_arg(call, 2, row);
        call->out[row] = pw_slot_null();
        if (array->is_null) continue;
        int64_t start = from->is_null ? 0 : from->i64 - 1;
        int64_t end = to->is_null ? (int64_t)array->length : to->i64;
        if (start < 0 || end > (int64_t)array->length) continue;
        if (start > end) {
            call->fail(call, row, "the slice ends before it begins");
        } else {
            call->out[row] =
                pw_slot_items(array->length ? array->items + start : NULL, (uint32_t)(end - start));
        }
    }
}

static void elt(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *index = pw_arg(call, 0, row);
        call->out[row] = pw_slot_null();
        if (index->is_null) {
            call->fail(call, row, "the index is NULL");
        } else if (index->i64 >= 1 && index->i64 < (int64_t)call->arg_count) {
            call->out[row] = *pw_arg(call, (uint32_t)index->i64, row);
        }
    }
}

static void field(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *text = pw_arg(call, 0, row);
        int64_t position = 0;
        for (uint32_t i = 1; !text->is_null && i < call->arg_count && position == 0; i++)
            if (pw_slot_equal(&pw_type_string, text, pw_arg(call, i, row))) position = i;
        call->out[row] = pw_slot_i64(position);
    }
}

static void generate_series(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t first = pw_arg(call, 0, row)->i64, last = pw_arg(call, 1, row)->i64;
        int64_t step = first <= last ? 1 : -1;
        if (call->arg_count > 2) step = pw_arg(call, 2, row)->i64;
        if (step == 0 || (first < last && step < 0) || (first > last && step > 0)) {
            call->fail(call, row, "GENERATE_SERIES step has wrong sign");
            continue;
        }
        uint64_t distance =
            first <= last ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
        uint64_t steps = distance / (step > 0 ? (uint64_t)step : 0 - (uint64_t)step);
        if (steps >= PW_FN_RESULT_ITEMS_MAX) {
            call->fail(call, row, "the series is too long");
            continue;
        }
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, steps + 1);
        for (uint64_t i = 0; i <= steps; i++)
            items[i] = pw_slot_i64((int64_t)((uint64_t)first + i * (uint64_t)step));
        call->out[row] = pw_slot_items(items, (uint32_t)steps + 1);
    }
}

#define ROW(signature_, doc_, example_, scalar_, flags_)                                           \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = flags_                                                                            \
    }

#define SORT_DOC   "The elements in order, ASC or DESC, NULLs last."
#define JOIN_DOC   "The elements as text with `delimiter` between them, a comma if none is given."
#define SERIES_DOC "Whole numbers from `start` to `end`, both included, in steps of `step`."

static const pw_function array_rows[] = {
    ROW("ARRAY_LENGTH(array ARRAY<T>) -> INT", "The number of elements.",
        "ARRAY_LENGTH(ARRAY[1, NULL, 3]) = 3", array_length, PW_FN_NULL_IN_NULL_OUT),
    ROW("ARRAY_CONTAINS(array ARRAY<T>, value T) -> BOOLEAN",
        "Is `value` among the elements? NULL equals NULL here.",
        "ARRAY_CONTAINS(ARRAY['HAM', 'VER'], 'VER')", array_contains, 0),
    ROW("ARRAY_REMOVE(array ARRAY<T>, element T) -> ARRAY<T>",
        "The array without the elements equal to `element`.",
        "ARRAY_REMOVE(ARRAY[1, 2, 1], 1) = ARRAY[2]", array_remove, 0),
    ROW("ARRAY_CONCAT(left ARRAY<T>, right ARRAY<T>) -> ARRAY<T>",
        "One array after the other; NULL counts as nothing, two NULLs give NULL.",
        "ARRAY_CONCAT(ARRAY[1, 2], ARRAY[2]) = ARRAY[1, 2, 2]", array_concat, 0),
    ROW("ARRAY_MAX(array ARRAY<T>) -> T", "The greatest element; NULLs are ignored.",
        "ARRAY_MAX(ARRAY[3, NULL, 7]) = 7", array_max, PW_FN_NULL_IN_NULL_OUT),
    ROW("ARRAY_MIN(array ARRAY<T>) -> T", "The least element; NULLs are ignored.",
        "ARRAY_MIN(ARRAY[3, NULL, 7]) = 3", array_min, PW_FN_NULL_IN_NULL_OUT),
    ROW("ARRAY_SORT(array ARRAY<T>) -> ARRAY<T>", SORT_DOC,
        "ARRAY_SORT(ARRAY[3, 1, 2]) = ARRAY[1, 2, 3]", array_sort, PW_FN_NULL_IN_NULL_OUT),
    ROW("ARRAY_SORT(array ARRAY<T>, direction STRING) -> ARRAY<T>", SORT_DOC,
        "ARRAY_SORT(ARRAY[3, 1, 2], 'DESC') = ARRAY[3, 2, 1]", array_sort, PW_FN_NULL_IN_NULL_OUT),
    ROW("ARRAY_JOIN(array ARRAY<T>) -> STRING", JOIN_DOC, "ARRAY_JOIN(ARRAY[1, NULL]) = '1,null'",
        array_join, 0),
    ROW("ARRAY_JOIN(array ARRAY<T>, delimiter STRING) -> STRING", JOIN_DOC,
        "ARRAY_JOIN(ARRAY['a', 'b'], '-') = 'a-b'", array_join, 0),
    ROW("SLICE(in ARRAY<T>, from INT, to INT) -> ARRAY<T>",
        "The elements from position `from` to `to`, counted from 1; NULL means the end. NULL if a "
        "position is outside.",
        "SLICE(ARRAY[1, 2, 3, 4], 2, 3) = ARRAY[2, 3]", slice, 0),
    ROW("ELT(n INT, args STRING...?) -> STRING", "The `n`-th text, NULL if there is none.",
        "ELT(2, 'HAM', 'VER') = 'VER'", elt, 0),
    ROW("FIELD(str STRING, args STRING...?) -> INT",
        "Position of `str` among the texts behind it, 0 if it is not there.",
        "FIELD('VER', 'HAM', 'VER') = 2", field, 0),
    ROW("GENERATE_SERIES(start INT, end INT) -> ARRAY<INT>", SERIES_DOC,
        "GENERATE_SERIES(1, 3) = ARRAY[1, 2, 3]", generate_series, PW_FN_NULL_FAILS),
    ROW("GENERATE_SERIES(start INT, end INT, step INT) -> ARRAY<INT>", SERIES_DOC,
        "GENERATE_SERIES(5, 1, -2) = ARRAY[5, 3, 1]", generate_series, PW_FN_NULL_FAILS),
    ROW("GENERATE_SERIES(start BIGINT, end BIGINT) -> ARRAY<BIGINT>", SERIES_DOC,
        "ARRAY_LENGTH(GENERATE_SERIES(5000000000, 5000000003)) = 4", generate_series,
        PW_FN_NULL_FAILS),
    ROW("GENERATE_SERIES(start BIGINT, end BIGINT, step INT) -> ARRAY<BIGINT>", SERIES_DOC,
        "ARRAY_LENGTH(GENERATE_SERIES(5000000000, 5000000004, 2)) = 3", generate_series,
        PW_FN_NULL_FAILS),
};

const pw_function_family pw_functions_array = PW_FUNCTION_FAMILY("ARRAY", array_rows);
