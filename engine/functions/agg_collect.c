/* COLLECT_LIST and COLLECT_SET. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "functions/functions_private.h"

static void collect_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(pw_agg_list));
}

static pw_status collect_value(const pw_aggregate_call *call, pw_agg_list *list,
                               const uint8_t *bytes, uint32_t length, bool is_set, pw_error *err) {
    bool fits = is_set ? pw_agg_list_add_distinct(list, call->arg_types[0], bytes, length)
                       : pw_agg_list_append(list, bytes, length);
    if (fits) return PW_OK;
    return pw_fail(err, PW_BAD_VALUE, PW_SPAN_NONE, "the collected values are longer than %d bytes",
                   PW_AGG_LIST_BYTES_MAX);
}

static pw_status collect_add(const pw_aggregate_call *call, uint8_t *const *states,
                             uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                             uint32_t row_count, uint32_t *failed_row, pw_error *err, bool is_set) {
    pw_status status = PW_OK;
    pw_buf scratch;
    pw_buf_init(&scratch);
    for (uint32_t i = 0; i < row_count && status == PW_OK; i++) {
        pw_buf_clear(&scratch);
        pw_value_encode(call->arg_types[0], pw_at(args[0], rows[i]), &scratch);
        pw_str bytes = pw_buf_str(&scratch);
        *failed_row = rows[i];
        status = collect_value(call, PW_STATE(pw_agg_list, states, i, state_offset),
                               (const uint8_t *)bytes.data, (uint32_t)bytes.length, is_set, err);
    }
    pw_buf_deinit(&scratch);
    return status;
}

static pw_status list_add(const pw_aggregate_call *call, uint8_t *const *states,
                          uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                          uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    return collect_add(call, states, state_offset, args, rows, row_count, failed_row, err, false);
}

static pw_status set_add(const pw_aggregate_call *call, uint8_t *const *states,
                         uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                         uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    return collect_add(call, states, state_offset, args, rows, row_count, failed_row, err, true);
}

static pw_status list_undo(const pw_aggregate_call *call, void *state, const pw_slot *const *args,
                           pw_error *err) {
    (void)err;
    pw_buf scratch;
    pw_buf_init(&scratch);
    pw_value_encode(call->arg_types[0], args[0], &scratch);
    pw_str bytes = pw_buf_str(&scratch);
    (void)pw_agg_list_remove_last(state, call->arg_types[0], (const uint8_t *)bytes.data,
                                  (uint32_t)bytes.length);
    pw_buf_deinit(&scratch);
    return PW_OK;
}

static pw_status collect_merge(const pw_aggregate_call *call, void *into, const void *from,
                               pw_error *err, bool is_set) {
    const pw_agg_list *other = from;
    const uint8_t *at = other->data, *end = at + other->length;
    while (at < end) {
        const uint8_t *start = at;
        bool is_good = pw_value_decode(call->arg_types[0], &at, end, NULL, NULL);
        PW_ASSERT(is_good);
        PW_TRY(collect_value(call, into, start, (uint32_t)(at - start), is_set, err));
    }
    return PW_OK;
}

static pw_status list_merge(const pw_aggregate_call *call, void *into, const void *from,
                            pw_error *err) {
    return collect_merge(call, into, from, err, false);
}

static pw_status set_merge(const pw_aggregate_call *call, void *into, const void *from,
                           pw_error *err) {
    return collect_merge(call, into, from, err, true);
}

static pw_slot collect_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    return pw_agg_list_array(state, call->arg_types[0], arena);
}

static void collect_encode(const pw_aggregate_call *call, const void *state, pw_buf *out) {
    (void)call;
    pw_agg_list_encode(state, out);
}

static bool collect_decode(const pw_aggregate_call *call, void *state, pw_str bytes) {
    return pw_agg_list_decode(state, call->arg_types[0], bytes);
}

static void collect_release(const pw_aggregate_call *call, void *state) {
    (void)call;
    pw_agg_list_release(state);
}

static const pw_aggregate collect_list = {
    .state_bytes = sizeof(pw_agg_list),
    .init = collect_init,
    .add = list_add,
    .undo = list_undo,
    .merge = list_merge,
    .result = collect_result,
    .encode = collect_encode,
    .decode = collect_decode,
    .release = collect_release,
};

static const pw_aggregate collect_set = {
    .state_bytes = sizeof(pw_agg_list),
    .init = collect_init,
    .add = set_add,
    .merge = set_merge,
    .result = collect_result,
    .encode = collect_encode,
    .decode = collect_decode,
    .release = collect_release,
};

static const pw_function collect_rows[] = {
    {.signature = "COLLECT_LIST(value T) -> ARRAY<T>",
     .doc = "All values as an array, in the order of arrival, NULLs included.",
     .example = "COLLECT_LIST over [1, NULL, 1] = [1, NULL, 1]",
     .aggregate = &collect_list,
     .flags = PW_FN_TABLE_UNDO},
    {.signature = "COLLECT_SET(value T) -> ARRAY<T>",
     .doc = "The different values as an array, in the order of first arrival, NULL included.",
     .example = "COLLECT_SET over [1, NULL, 1, NULL, 2] = [1, NULL, 2]",
     .aggregate = &collect_set},
};

const pw_function_family pw_functions_collect = PW_FUNCTION_FAMILY("AGGREGATE", collect_rows);
