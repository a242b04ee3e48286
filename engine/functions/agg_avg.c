/* AVG. The sum is kept in the type of the input, so that of INTEGERs wraps at 32 bits, as in
 * ksqlDB. Without any value the average is 0. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

typedef struct avg_state {
    union {
        int64_t i64;
        double f64;
    } sum;
    int64_t count;
} avg_state;

static void avg_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(avg_state));
}

static pw_status avg_add(const pw_aggregate_call *call, uint8_t *const *states,
                         uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                         uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)failed_row;
    (void)err;
    pw_vector values = args[0];
    bool is_double = call->arg_types[0]->kind == PW_TYPE_DOUBLE;
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(values, rows[i]);
        avg_state *avg = PW_STATE(avg_state, states, i, state_offset);
        if (value->is_null) continue;
        if (is_double) {
            avg->sum.f64 += value->f64;
        } else {
            avg->sum.i64 = (int64_t)((uint64_t)avg->sum.i64 + (uint64_t)value->i64);
        }
        avg->count++;
    }
    return PW_OK;
}

static pw_status avg_undo(const pw_aggregate_call *call, void *state, const pw_slot *const *args,
                          pw_error *err) {
    (void)err;
    avg_state *avg = state;
    if (args[0]->is_null) return PW_OK;
    if (call->arg_types[0]->kind == PW_TYPE_DOUBLE) {
        avg->sum.f64 -= args[0]->f64;
    } else {
        avg->sum.i64 = (int64_t)((uint64_t)avg->sum.i64 - (uint64_t)args[0]->i64);
    }
    avg->count--;
    return PW_OK;
}

static pw_status avg_merge(const pw_aggregate_call *call, void *into, const void *from,
                           pw_error *err) {
    (void)err;
    avg_state *avg = into;
    const avg_state *other = from;
    if (call->arg_types[0]->kind == PW_TYPE_DOUBLE) {
        avg->sum.f64 += other->sum.f64;
    } else {
        avg->sum.i64 = (int64_t)((uint64_t)avg->sum.i64 + (uint64_t)other->sum.i64);
    }
    avg->count += other->count;
    return PW_OK;
}

static pw_slot avg_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)arena;
    const avg_state *avg = state;
    if (avg->count == 0) return pw_slot_f64(0);
    pw_type_kind kind = call->arg_types[0]->kind;
    double sum = kind == PW_TYPE_INTEGER  ? (double)pw_wrap_i32(avg->sum.i64)
                 : kind == PW_TYPE_BIGINT ? (double)avg->sum.i64
                                          : avg->sum.f64;
    return pw_slot_f64(sum / (double)avg->count);
}

static const pw_aggregate avg_aggregate = {
    .state_bytes = sizeof(avg_state),
    .init = avg_init,
    .add = avg_add,
    .undo = avg_undo,
    .merge = avg_merge,
    .result = avg_result,
};

#define ROW(type_, example_)                                                                       \
    {                                                                                              \
        .signature = "AVG(value " type_ ") -> DOUBLE",                                             \
        .doc = "The average of `value`, 0 without any; NULLs are ignored.", .example = example_,   \
        .aggregate = &avg_aggregate, .flags = PW_FN_TABLE_UNDO                                     \
    }

static const pw_function avg_rows[] = {
    ROW("DOUBLE", "AVG over [1, 2.5, NULL] = 1.75"),
    ROW("INT", "AVG over [1, 2, NULL] = 1.5"),
    ROW("BIGINT", "AVG over [1, 2, NULL] = 1.5"),
};

const pw_function_family pw_functions_avg = PW_FUNCTION_FAMILY("AGGREGATE", avg_rows);
