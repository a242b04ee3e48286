/* COUNT. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

static void count_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    *(int64_t *)state = 0;
}

static pw_status count_add(const pw_aggregate_call *call, uint8_t *const *states,
                           uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                           uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)failed_row;
    (void)err;
    if (call->arg_count == 0) {
        for (uint32_t i = 0; i < row_count; i++)
            ++*PW_STATE(int64_t, states, i, state_offset);
        return PW_OK;
    }
    pw_vector values = args[0];
    for (uint32_t i = 0; i < row_count; i++)
        *PW_STATE(int64_t, states, i, state_offset) += !pw_at(values, rows[i])->is_null;
    return PW_OK;
}

static pw_status count_undo(const pw_aggregate_call *call, void *state, const pw_slot *const *args,
                            pw_error *err) {
    (void)err;
    *(int64_t *)state -= call->arg_count == 0 || !args[0]->is_null;
    return PW_OK;
}

static pw_status count_merge(const pw_aggregate_call *call, void *into, const void *from,
                             pw_error *err) {
    (void)call;
    (void)err;
    *(int64_t *)into += *(const int64_t *)from;
    return PW_OK;
}

static pw_slot count_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)call;
    (void)arena;
    return pw_slot_i64(*(const int64_t *)state);
}

static const pw_aggregate count_aggregate = {
    .state_bytes = sizeof(int64_t),
    .init = count_init,
    .add = count_add,
    .undo = count_undo,
    .merge = count_merge,
    .result = count_result,
};

static const pw_function count_rows[] = {
    {.signature = "COUNT() -> BIGINT",
     .doc = "The number of rows.",
     .example = "COUNT over [] = 0",
     .aggregate = &count_aggregate,
     .flags = PW_FN_TABLE_UNDO},
    {.signature = "COUNT(value T) -> BIGINT",
     .doc = "The number of rows in which `value` is not NULL; COUNT(*) counts every row.",
     .example = "COUNT over [1, NULL, 3] = 2",
     .aggregate = &count_aggregate,
     .flags = PW_FN_TABLE_UNDO},
};

const pw_function_family pw_functions_count = PW_FUNCTION_FAMILY("AGGREGATE", count_rows);
