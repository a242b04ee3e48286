/* EARLIEST_BY_OFFSET and LATEST_BY_OFFSET: the first or last value in the order of processing, or
 * the first or last n as an array. NULLs are skipped unless ignoreNulls is FALSE.
 *
 * A value of a type that fits 8 bytes is kept as it is; others are kept encoded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "functions/functions_private.h"

typedef enum { OFFSET_EMPTY, OFFSET_NULL, OFFSET_VALUE } offset_status;

typedef struct offset_state {
    int64_t bits; /* of an inline value */
    uint64_t status;
    pw_agg_list list; /* else: one value, or the first or last n */
} offset_state;

typedef struct offset_config {
    uint32_t count; /* of the n-variants */
    bool ignores_nulls;
    bool is_inline;
} offset_config;

static bool fits_inline(const pw_type *type) {
    return !pw_type_is_nested(type) && type->kind != PW_TYPE_STRING &&
           type->kind != PW_TYPE_BYTES && type->kind != PW_TYPE_DECIMAL;
}

static pw_status open_with(pw_arena *arena, pw_aggregate_call *call, const pw_slot *ignores_nulls,
                           offset_config **out) {
    offset_config *config = PW_NEW(arena, offset_config);
    config->ignores_nulls = !ignores_nulls || ignores_nulls->is_null || ignores_nulls->i64 != 0;
    config->is_inline = fits_inline(call->arg_types[0]);
    call->config = config;
    *out = config;
    return PW_OK;
}

static pw_status open_one(pw_arena *arena, pw_aggregate_call *call, pw_error *err) {
    (void)err;
    offset_config *config = NULL;
    return open_with(arena, call, call->init_arg_count > 0 ? &call->init_args[0] : NULL, &config);
}

static pw_status open_many(pw_arena *arena, pw_aggregate_call *call, pw_error *err) {
    offset_config *config = NULL;
    PW_ASSERT(call->init_arg_count > 0);
    PW_TRY(open_with(arena, call, call->init_arg_count > 1 ? &call->init_args[1] : NULL, &config));
    if (call->init_args[0].is_null || call->init_args[0].i64 <= 0)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                       "Failed to invoke UDAF factory method: the count must be 1 or greater");
    config->count = (uint32_t)call->init_args[0].i64;
    return PW_OK;
}

static void offset_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(offset_state));
}

static pw_status too_long(pw_error *err) {
    return pw_fail(err, PW_BAD_VALUE, PW_SPAN_NONE, "the state of the aggregate is too long");
}

/* --- one value ----------------------------------------------------------------------------- */

static pw_status set_one(const pw_aggregate_call *call, offset_state *state, const pw_slot *value,
                         pw_buf *scratch, pw_error *err) {
    const offset_config *config = call->config;
    state->status = value->is_null ? OFFSET_NULL : OFFSET_VALUE;
    state->bits = value->is_null ? 0 : value->i64;
    if (config->is_inline) return PW_OK;
    pw_buf_clear(scratch);
    pw_value_encode(call->arg_types[0], value, scratch);
    state->list.length = state->list.count = 0;
    pw_str bytes = pw_buf_str(scratch);
    bool fits =
        pw_agg_list_append(&state->list, (const uint8_t *)bytes.data, (uint32_t)bytes.length);
    return fits ? PW_OK : too_long(err);
}

static pw_status add_one(const pw_aggregate_call *call, uint8_t *const *states,
                         uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                         uint32_t row_count, uint32_t *failed_row, pw_error *err, bool is_latest) {
    const offset_config *config = call->config;
    pw_status status = PW_OK;
    pw_buf scratch;
    pw_buf_init(&scratch);
    for (uint32_t i = 0; i < row_count && status == PW_OK; i++) {
        const pw_slot *value = pw_at(args[0], rows[i]);
        offset_state *state = PW_STATE(offset_state, states, i, state_offset);
        if (value->is_null && config->ignores_nulls) continue;
        if (!is_latest && state->status != OFFSET_EMPTY) continue;
        *failed_row = rows[i];
        status = set_one(call, state, value, &scratch, err);
    }
    pw_buf_deinit(&scratch);
    return status;
}

static pw_slot result_one(const pw_aggregate_call *call, const void *opaque, pw_arena *arena) {
    const offset_config *config = call->config;
    const offset_state *state = opaque;
    if (state->status != OFFSET_VALUE) return pw_slot_null();
    if (config->is_inline) return pw_slot_i64(state->bits);
    return pw_agg_list_array(&state->list, call->arg_types[0], arena).items[0];
}

static pw_status merge_one(const pw_aggregate_call *call, void *into, const void *from,
                           pw_error *err, bool is_latest) {
    offset_state *state = into;
    const offset_state *other = from;
    (void)call;
    if (other->status == OFFSET_EMPTY) return PW_OK;
    if (!is_latest && state->status != OFFSET_EMPTY) return PW_OK;
    state->status = other->status;
    state->bits = other->bits;
    state->list.length = state->list.count = 0;
    if (other->list.count == 0) return PW_OK;
    bool fits = pw_agg_list_append(&state->list, other->list.data, other->list.length);
    return fits ? PW_OK : too_long(err);
}

/* A byte of status, then the value. */
static void encode_one(const pw_aggregate_call *call, const void *opaque, pw_buf *out) {
    const offset_config *config = call->config;
    const offset_state *state = opaque;
    pw_buf_add_char(out, (char)state->status);
    if (state->status == OFFSET_EMPTY) return;
    if (config->is_inline) {
        pw_buf_add_be64(out, (uint64_t)state->bits);
    } else {
        pw_buf_add(out, state->list.data, state->list.length);
    }
}

static bool decode_one(const pw_aggregate_call *call, void *opaque, pw_str bytes) {
    const offset_config *config = call->config;
    offset_state *state = opaque;
    memset(state, 0, sizeof *state);
    if (bytes.length == 0 || (uint8_t)bytes.data[0] > OFFSET_VALUE) return false;
    offset_status status = (offset_status)bytes.data[0];
    const uint8_t *at = (const uint8_t *)bytes.data + 1, *end = at + bytes.length - 1;
    const uint8_t *start = at;
    if (status == OFFSET_EMPTY) return bytes.length == 1;
    if (config->is_inline) {
        if (end - at != 8) return false;
        uint64_t bits = 0;
        for (int i = 0; i < 8; i++)
            bits = bits << 8 | at[i];
        state->bits = (int64_t)bits;
    } else {
        if (!pw_value_decode(call->arg_types[0], &at, end, NULL, NULL) || at != end) return false;
        if ((*start == 0) != (status == OFFSET_NULL)) return false;
        if (!pw_agg_list_append(&state->list, start, (uint32_t)(end - start))) return false;
    }
    state->status = status;
    return true;
}

static void offset_release(const pw_aggregate_call *call, void *state) {
    (void)call;
    pw_agg_list_release(&((offset_state *)state)->list);
}

/* --- n values ------------------------------------------------------------------------------ */

static pw_status push_many(const pw_aggregate_call *call, pw_agg_list *list, const uint8_t *value,
                           uint32_t length, bool is_latest, pw_error *err) {
    const offset_config *config = call->config;
    if (list->count >= config->count) {
        if (!is_latest) return PW_OK;
        pw_agg_list_drop_first(list, call->arg_types[0], 1);
    }
    return pw_agg_list_append(list, value, length) ? PW_OK : too_long(err);
}

static pw_status add_many(const pw_aggregate_call *call, uint8_t *const *states,
                          uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                          uint32_t row_count, uint32_t *failed_row, pw_error *err, bool is_latest) {
    const offset_config *config = call->config;
    pw_status status = PW_OK;
    pw_buf scratch;
    pw_buf_init(&scratch);
    for (uint32_t i = 0; i < row_count && status == PW_OK; i++) {
        const pw_slot *value = pw_at(args[0], rows[i]);
        if (value->is_null && config->ignores_nulls) continue;
        *failed_row = rows[i];
        pw_buf_clear(&scratch);
        pw_value_encode(call->arg_types[0], value, &scratch);
        pw_str bytes = pw_buf_str(&scratch);
        status = push_many(call, &PW_STATE(offset_state, states, i, state_offset)->list,
                           (const uint8_t *)bytes.data, (uint32_t)bytes.length, is_latest, err);
    }
    pw_buf_deinit(&scratch);
    return status;
}

static pw_slot result_many(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    return pw_agg_list_array(&((const offset_state *)state)->list, call->arg_types[0], arena);
}

static pw_status merge_many(const pw_aggregate_call *call, void *into, const void *from,
                            pw_error *err, bool is_latest) {
    const pw_agg_list *other = &((const offset_state *)from)->list;
    const uint8_t *at = other->data, *end = at + other->length;
    while (at < end) {
        const uint8_t *start = at;
        bool is_good = pw_value_decode(call->arg_types[0], &at, end, NULL, NULL);
        PW_ASSERT(is_good);
        PW_TRY(push_many(call, &((offset_state *)into)->list, start, (uint32_t)(at - start),
                         is_latest, err));
    }
    return PW_OK;
}

static void encode_many(const pw_aggregate_call *call, const void *state, pw_buf *out) {
    (void)call;
    pw_agg_list_encode(&((const offset_state *)state)->list, out);
}

static bool decode_many(const pw_aggregate_call *call, void *state, pw_str bytes) {
    memset(state, 0, sizeof(offset_state));
    return pw_agg_list_decode(&((offset_state *)state)->list, call->arg_types[0], bytes);
}

/* --- the four of them ---------------------------------------------------------------------- */

#define OFFSET_AGGREGATE(name_, kind_, is_latest_)                                                 \
    static pw_status name_##_add(const pw_aggregate_call *call, uint8_t *const *states,            \
                                 uint32_t state_offset, const pw_vector *args,                     \
                                 const uint32_t *rows, uint32_t row_count, uint32_t *failed_row,   \
                                 pw_error *err) {                                                  \
        return add_##kind_(call, states, state_offset, args, rows, row_count, failed_row, err,     \
                           is_latest_);                                                            \
    }                                                                                              \
    static pw_status name_##_merge(const pw_aggregate_call *call, void *into, const void *from,    \
                                   pw_error *err) {                                                \
        return merge_##kind_(call, into, from, err, is_latest_);                                   \
    }                                                                                              \
    static const pw_aggregate name_ = {.state_bytes = sizeof(offset_state),                        \
                                       .open = open_##kind_,                                       \
                                       .init = offset_init,                                        \
                                       .add = name_##_add,                                         \
                                       .merge = name_##_merge,                                     \
                                       .result = result_##kind_,                                   \
                                       .encode = encode_##kind_,                                   \
                                       .decode = decode_##kind_,                                   \
                                       .release = offset_release};

OFFSET_AGGREGATE(earliest_one, one, false)
OFFSET_AGGREGATE(latest_one, one, true)
OFFSET_AGGREGATE(earliest_many, many, false)
OFFSET_AGGREGATE(latest_many, many, true)

#define ROW(signature_, doc_, example_, aggregate_, init_arg_count_)                               \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .aggregate = &aggregate_,       \
        .init_arg_count = init_arg_count_                                                          \
    }

#define EARLIEST_DOC "The first value that was processed."
#define LATEST_DOC   "The last value that was processed."
#define NULLS_DOC    " NULLs are skipped unless `ignoreNulls` is FALSE."

static const pw_function offset_rows[] = {
    ROW("EARLIEST_BY_OFFSET(value T) -> T", EARLIEST_DOC NULLS_DOC,
        "EARLIEST_BY_OFFSET over [NULL, 1, 2] = 1", earliest_one, 0),
    ROW("EARLIEST_BY_OFFSET(value T, ignoreNulls BOOLEAN) -> T", EARLIEST_DOC NULLS_DOC,
        "EARLIEST_BY_OFFSET(FALSE) over [NULL, 1, 2] = NULL", earliest_one, 1),
    ROW("EARLIEST_BY_OFFSET(value T, earliestN INT) -> ARRAY<T>",
        "The first `earliestN` values that were processed." NULLS_DOC,
        "EARLIEST_BY_OFFSET(2) over [1, NULL, 2, 3] = [1, 2]", earliest_many, 1),
    ROW("EARLIEST_BY_OFFSET(value T, earliestN INT, ignoreNulls BOOLEAN) -> ARRAY<T>",
        "The first `earliestN` values that were processed." NULLS_DOC,
        "EARLIEST_BY_OFFSET(2, FALSE) over [1, NULL, 2] = [1, NULL]", earliest_many, 2),
    ROW("LATEST_BY_OFFSET(value T) -> T", LATEST_DOC NULLS_DOC,
        "LATEST_BY_OFFSET over [1, 2, NULL] = 2", latest_one, 0),
    ROW("LATEST_BY_OFFSET(value T, ignoreNulls BOOLEAN) -> T", LATEST_DOC NULLS_DOC,
        "LATEST_BY_OFFSET(FALSE) over [1, 2, NULL] = NULL", latest_one, 1),
    ROW("LATEST_BY_OFFSET(value T, latestN INT) -> ARRAY<T>",
        "The last `latestN` values that were processed, oldest first." NULLS_DOC,
        "LATEST_BY_OFFSET(2) over [1, NULL, 2, 3] = [2, 3]", latest_many, 1),
    ROW("LATEST_BY_OFFSET(value T, latestN INT, ignoreNulls BOOLEAN) -> ARRAY<T>",
        "The last `latestN` values that were processed, oldest first." NULLS_DOC,
        "LATEST_BY_OFFSET(2, FALSE) over [1, 2, NULL] = [2, NULL]", latest_many, 2),
};

const pw_function_family pw_functions_offset = PW_FUNCTION_FAMILY("AGGREGATE", offset_rows);
