/* SUM and SUM_LIST. Whole numbers wrap as in Java; a DECIMAL that leaves its precision is an error,
 * as the query would publish a wrong sum. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"
#include "types/decimal.h"

static int64_t wrap_add(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t wrap_sub(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* --- whole numbers ------------------------------------------------------------------------- */

static void sum_init(const pw_aggregate_call *call, void *state) {
    memset(state, 0, call->aggregate->state_bytes);
}

/* The sum is kept in 64 bits and wrapped to 32 where it is read: the low bits are the same. */
static pw_status sum_i64_add(const pw_aggregate_call *call, uint8_t *const *states,
                             uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                             uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)call;
    (void)failed_row;
    (void)err;
    pw_vector values = args[0];
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(values, rows[i]);
        int64_t *sum = PW_STATE(int64_t, states, i, state_offset);
        if (!value->is_null) *sum = wrap_add(*sum, value->i64);
    }
    return PW_OK;
}

static pw_status sum_i64_undo(const pw_aggregate_call *call, void *state,
                              const pw_slot *const *args, pw_error *err) {
    (void)call;
    (void)err;
    int64_t *sum = state;
    if (!args[0]->is_null) *sum = wrap_sub(*sum, args[0]->i64);
    return PW_OK;
}

static pw_status sum_i64_merge(const pw_aggregate_call *call, void *into, const void *from,
                               pw_error *err) {
    (void)call;
    (void)err;
    int64_t *sum = into;
    *sum = wrap_add(*sum, *(const int64_t *)from);
    return PW_OK;
}

static pw_slot sum_i64_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)arena;
    int64_t sum = *(const int64_t *)state;
    return pw_slot_i64(call->result_type->kind == PW_TYPE_INTEGER ? pw_wrap_i32(sum) : sum);
}

static const pw_aggregate sum_i64 = {
    .state_bytes = sizeof(int64_t),
    .init = sum_init,
    .add = sum_i64_add,
    .undo = sum_i64_undo,
    .merge = sum_i64_merge,
    .result = sum_i64_result,
};

/* --- DOUBLE -------------------------------------------------------------------------------- */

static pw_status sum_f64_add(const pw_aggregate_call *call, uint8_t *const *states,
                             uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                             uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)call;
    (void)failed_row;
    (void)err;
    pw_vector values = args[0];
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(values, rows[i]);
        if (!value->is_null) *PW_STATE(double, states, i, state_offset) += value->f64;
    }
    return PW_OK;
}

static pw_status sum_f64_undo(const pw_aggregate_call *call, void *state,
                              const pw_slot *const *args, pw_error *err) {
    (void)call;
    (void)err;
    if (!args[0]->is_null) *(double *)state -= args[0]->f64;
    return PW_OK;
}

static pw_status sum_f64_merge(const pw_aggregate_call *call, void *into, const void *from,
                               pw_error *err) {
    (void)call;
    (void)err;
    *(double *)into += *(const double *)from;
    return PW_OK;
}

static pw_slot sum_f64_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)call;
    (void)arena;
    return pw_slot_f64(*(const double *)state);
}

static const pw_aggregate sum_f64 = {
    .state_bytes = sizeof(double),
    .init = sum_init,
    .add = sum_f64_add,
    .undo = sum_f64_undo,
    .merge = sum_f64_merge,
    .result = sum_f64_result,
};

/* --- DECIMAL ------------------------------------------------------------------------------- */

/* A state is aligned for 8 bytes, a 128-bit integer wants 16. */
static pw_i128 load(const void *state) {
    pw_i128 sum;
    memcpy(&sum, state, sizeof sum);
    return sum;
}

/* Both sides have at most 38 digits, so the sum does not overflow 128 bits. */
static pw_status change(const pw_aggregate_call *call, void *state, pw_i128 change, pw_error *err) {
    pw_i128 sum = load(state) + change;
    if (!pw_decimal_fits(sum, call->result_type->precision))
        return pw_fail(err, PW_BAD_VALUE, PW_SPAN_NONE, "Numeric field overflow");
    memcpy(state, &sum, sizeof sum);
    return PW_OK;
}

static pw_status sum_decimal_add(const pw_aggregate_call *call, uint8_t *const *states,
                                 uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                                 uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    pw_vector values = args[0];
    const pw_type *type = call->arg_types[0];
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(values, rows[i]);
        if (value->is_null) continue;
        *failed_row = rows[i];
        PW_TRY(change(call, states[i] + state_offset, pw_decimal_get(type, value), err));
    }
    return PW_OK;
}

static pw_status sum_decimal_undo(const pw_aggregate_call *call, void *state,
                                  const pw_slot *const *args, pw_error *err) {
    if (args[0]->is_null) return PW_OK;
    return change(call, state, -pw_decimal_get(call->arg_types[0], args[0]), err);
}

static pw_status sum_decimal_merge(const pw_aggregate_call *call, void *into, const void *from,
                                   pw_error *err) {
    return change(call, into, load(from), err);
}

static pw_slot sum_decimal_result(const pw_aggregate_call *call, const void *state,
                                  pw_arena *arena) {
    return pw_decimal_slot(arena, call->result_type, load(state));
}

static const pw_aggregate sum_decimal = {
    .state_bytes = sizeof(pw_i128),
    .init = sum_init,
    .add = sum_decimal_add,
    .undo = sum_decimal_undo,
    .merge = sum_decimal_merge,
    .result = sum_decimal_result,
};

/* --- SUM_LIST ------------------------------------------------------------------------------ */

/* Sums the elements of one array; direction is 1 or -1. */
static void list_change(const pw_aggregate_call *call, void *state, const pw_slot *array,
                        int direction) {
    bool is_double = call->result_type->kind == PW_TYPE_DOUBLE;
    if (array->is_null) return;
    for (uint32_t i = 0; i < array->length; i++) {
        const pw_slot *item = &array->items[i];
        if (item->is_null) continue;
        if (is_double) {
            *(double *)state += direction * item->f64;
        } else {
            int64_t *sum = state;
            *sum = direction > 0 ? wrap_add(*sum, item->i64) : wrap_sub(*sum, item->i64);
        }
    }
}

static pw_status sum_list_add(const pw_aggregate_call *call, uint8_t *const *states,
                              uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                              uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)failed_row;
    (void)err;
    for (uint32_t i = 0; i < row_count; i++)
        list_change(call, states[i] + state_offset, pw_at(args[0], rows[i]), 1);
    return PW_OK;
}

static pw_status sum_list_undo(const pw_aggregate_call *call, void *state,
                               const pw_slot *const *args, pw_error *err) {
    (void)err;
    list_change(call, state, args[0], -1);
    return PW_OK;
}

static const pw_aggregate sum_list_i64 = {
    .state_bytes = sizeof(int64_t),
    .init = sum_init,
    .add = sum_list_add,
    .undo = sum_list_undo,
    .merge = sum_i64_merge,
    .result = sum_i64_result,
};

static const pw_aggregate sum_list_f64 = {
    .state_bytes = sizeof(double),
    .init = sum_init,
    .add = sum_list_add,
    .undo = sum_list_undo,
    .merge = sum_f64_merge,
    .result = sum_f64_result,
};

#define ROW(signature_, doc_, example_, aggregate_)                                                \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .aggregate = aggregate_,        \
        .flags = PW_FN_TABLE_UNDO                                                                  \
    }

#define SUM_DOC      "The sum of `value`, 0 without any; NULLs are ignored."
#define SUM_LIST_DOC "The sum of all elements of the arrays; NULLs are ignored."

static const pw_function sum_rows[] = {
    ROW("SUM(value DECIMAL) -> DECIMAL", SUM_DOC, "SUM over [1.50, 2.25, NULL] = 3.75",
        &sum_decimal),
    ROW("SUM(value DOUBLE) -> DOUBLE", SUM_DOC, "SUM over [1.5, 2.25, NULL] = 3.75", &sum_f64),
    ROW("SUM(value INT) -> INT", SUM_DOC, "SUM over [1, 2, NULL] = 3", &sum_i64),
    ROW("SUM(value BIGINT) -> BIGINT", SUM_DOC, "SUM over [1, 2, NULL] = 3", &sum_i64),
    ROW("SUM_LIST(list ARRAY<DOUBLE>) -> DOUBLE", SUM_LIST_DOC,
        "SUM_LIST over [[1.5, 2], NULL, [3]] = 6.5", &sum_list_f64),
    ROW("SUM_LIST(list ARRAY<INT>) -> INT", SUM_LIST_DOC, "SUM_LIST over [[1, 2], NULL, [3]] = 6",
        &sum_list_i64),
    ROW("SUM_LIST(list ARRAY<BIGINT>) -> BIGINT", SUM_LIST_DOC,
        "SUM_LIST over [[1, 2], NULL, [3]] = 6", &sum_list_i64),
};

const pw_function_family pw_functions_sum = PW_FUNCTION_FAMILY("AGGREGATE", sum_rows);
