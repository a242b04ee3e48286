/* MIN and MAX. NULLs are ignored; without any value the result is NULL. The state of numbers and
 * times is plain data, that of text owns a copy. SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "functions/functions_private.h"
#include "types/compare.h"
#include "types/decimal.h"

/* Three layouts of state, chosen by the row: 8 bytes, a DECIMAL, text. */
typedef struct plain_state {
    int64_t bits; /* i64 or f64 */
    int64_t has_value;
} plain_state;

typedef struct decimal_state {
    uint64_t bits[2]; /* of a 128-bit integer, which would want an alignment of 16 */
    int64_t has_value;
} decimal_state;

typedef struct text_state {
    uint8_t *bytes;
    uint32_t length, capacity;
    int64_t has_value;
} text_state;

static void minmax_init(const pw_aggregate_call *call, void *state) {
    memset(state, 0, call->aggregate->state_bytes);
}

/* --- numbers and times --------------------------------------------------------------------- */

static pw_slot plain_slot(const plain_state *state) {
    return pw_slot_i64(state->bits);
}

static void plain_take(const pw_type *type, plain_state *state, const pw_slot *value, int sign) {
    if (value->is_null) return;
    if (state->has_value) {
        pw_slot current = plain_slot(state);
        int order = type->kind == PW_TYPE_DOUBLE
                        ? pw_slot_compare(type, value, &current)
                        : (value->i64 > current.i64) - (value->i64 < current.i64);
        if (order * sign <= 0) return;
    }
    state->bits = value->i64;
    state->has_value = 1;
}

static pw_status plain_add(const pw_aggregate_call *call, uint8_t *const *states,
                           uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                           uint32_t row_count, int sign) {
    pw_vector values = args[0];
    const pw_type *type = call->arg_types[0];
    for (uint32_t i = 0; i < row_count; i++)
        plain_take(type, PW_STATE(plain_state, states, i, state_offset), pw_at(values, rows[i]),
                   sign);
    return PW_OK;
}

static pw_slot plain_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)call;
    (void)arena;
    const plain_state *plain = state;
    return plain->has_value ? plain_slot(plain) : pw_slot_null();
}

static pw_status plain_merge(const pw_aggregate_call *call, void *into, const void *from,
                             int sign) {
    pw_slot value = plain_result(call, from, NULL);
    plain_take(call->arg_types[0], into, &value, sign);
    return PW_OK;
}

/* --- DECIMAL ------------------------------------------------------------------------------- */

static void decimal_take(decimal_state *state, pw_i128 value, int sign) {
    if (state->has_value) {
        pw_i128 current;
        memcpy(&current, state->bits, sizeof current);
        if (sign > 0 ? value <= current : value >= current) return;
    }
    memcpy(state->bits, &value, sizeof value);
    state->has_value = 1;
}

static pw_status decimal_add(const pw_aggregate_call *call, uint8_t *const *states,
                             uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                             uint32_t row_count, int sign) {
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(args[0], rows[i]);
        if (value->is_null) continue;
        decimal_take(PW_STATE(decimal_state, states, i, state_offset),
                     pw_decimal_get(call->arg_types[0], value), sign);
    }
    return PW_OK;
}

static pw_status decimal_merge(const pw_aggregate_call *call, void *into, const void *from,
                               int sign) {
    (void)call;
    const decimal_state *other = from;
    pw_i128 value;
    memcpy(&value, other->bits, sizeof value);
    if (other->has_value) decimal_take(into, value, sign);
    return PW_OK;
}

static pw_slot decimal_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    const decimal_state *decimal = state;
    pw_i128 value;
    memcpy(&value, decimal->bits, sizeof value);
    if (!decimal->has_value) return pw_slot_null();
    return pw_decimal_slot(arena, call->result_type, value);
}

/* --- STRING and BYTES ---------------------------------------------------------------------- */

static pw_slot text_slot(const text_state *state) {
    if (!state->has_value) return pw_slot_null();
    return pw_slot_text(state->length ? (const char *)state->bytes : "", state->length);
}

static void text_set(text_state *state, const uint8_t *bytes, uint32_t length) {
    if (length > state->capacity) {
        uint32_t capacity = length < 16 ? 16 : length;
        state->bytes = pw_mem_realloc(state->bytes, capacity);
        state->capacity = capacity;
    }
    if (length) memcpy(state->bytes, bytes, length);
    state->length = length;
    state->has_value = 1;
}

static void text_take(const pw_type *type, text_state *state, const pw_slot *value, int sign) {
    if (value->is_null) return;
    pw_slot current = text_slot(state);
    if (!current.is_null && pw_slot_compare(type, value, &current) * sign <= 0) return;
    text_set(state, value->bytes, value->length);
}

static pw_status text_add(const pw_aggregate_call *call, uint8_t *const *states,
                          uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                          uint32_t row_count, int sign) {
    for (uint32_t i = 0; i < row_count; i++)
        text_take(call->arg_types[0], PW_STATE(text_state, states, i, state_offset),
                  pw_at(args[0], rows[i]), sign);
    return PW_OK;
}

static pw_status text_merge(const pw_aggregate_call *call, void *into, const void *from, int sign) {
    pw_slot value = text_slot(from);
    text_take(call->arg_types[0], into, &value, sign);
    return PW_OK;
}

static pw_slot text_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)call;
    pw_slot value = text_slot(state);
    return value.is_null ? value : pw_slot_str(pw_arena_str(arena, pw_slot_as_str(&value)));
}

static void text_encode(const pw_aggregate_call *call, const void *state, pw_buf *out) {
    pw_slot value = text_slot(state);
    pw_value_encode(call->arg_types[0], &value, out);
}

static bool text_decode(const pw_aggregate_call *call, void *state, pw_str bytes) {
    const uint8_t *at = (const uint8_t *)bytes.data, *end = at + bytes.length;
    memset(state, 0, sizeof(text_state));
    if (!pw_value_decode(call->arg_types[0], &at, end, NULL, NULL) || at != end) return false;
    if (bytes.length > 5) {
        text_set(state, (const uint8_t *)bytes.data + 5, (uint32_t)(bytes.length - 5));
    } else if (bytes.length == 5) {
        text_set(state, NULL, 0);
    }
    return true;
}

static void text_release(const pw_aggregate_call *call, void *state) {
    (void)call;
    text_state *text = state;
    pw_mem_free(text->bytes);
    memset(text, 0, sizeof *text);
}

/* --- the six of them ----------------------------------------------------------------------- */

#define MINMAX_CALLS(name_, layout_, sign_)                                                        \
    static pw_status name_##_add(const pw_aggregate_call *call, uint8_t *const *states,            \
                                 uint32_t state_offset, const pw_vector *args,                     \
                                 const uint32_t *rows, uint32_t row_count, uint32_t *failed_row,   \
                                 pw_error *err) {                                                  \
        (void)failed_row;                                                                          \
        (void)err;                                                                                 \
        return layout_##_add(call, states, state_offset, args, rows, row_count, sign_);            \
    }                                                                                              \
    static pw_status name_##_merge(const pw_aggregate_call *call, void *into, const void *from,    \
                                   pw_error *err) {                                                \
        (void)err;                                                                                 \
        return layout_##_merge(call, into, from, sign_);                                           \
    }

#define MINMAX_PLAIN(name_, layout_, sign_)                                                        \
    MINMAX_CALLS(name_, layout_, sign_)                                                            \
    static const pw_aggregate name_ = {.state_bytes = sizeof(layout_##_state),                     \
                                       .init = minmax_init,                                        \
                                       .add = name_##_add,                                         \
                                       .merge = name_##_merge,                                     \
                                       .result = layout_##_result};

#define MINMAX_TEXT(name_, sign_)                                                                  \
    MINMAX_CALLS(name_, text, sign_)                                                               \
    static const pw_aggregate name_ = {.state_bytes = sizeof(text_state),                          \
                                       .init = minmax_init,                                        \
                                       .add = name_##_add,                                         \
                                       .merge = name_##_merge,                                     \
                                       .result = text_result,                                      \
                                       .encode = text_encode,                                      \
                                       .decode = text_decode,                                      \
                                       .release = text_release};

MINMAX_PLAIN(min_plain, plain, -1)
MINMAX_PLAIN(max_plain, plain, 1)
MINMAX_PLAIN(min_decimal, decimal, -1)
MINMAX_PLAIN(max_decimal, decimal, 1)
MINMAX_TEXT(min_text, -1)
MINMAX_TEXT(max_text, 1)

#define ROW(name_, type_, doc_, example_, aggregate_)                                              \
    {                                                                                              \
        .signature = name_ "(value " type_ ") -> " type_, .doc = doc_,                             \
        .example = name_ " over " example_, .aggregate = &aggregate_                               \
    }

#define MIN_DOC "The least `value`, NULL without any; NULLs are ignored."
#define MAX_DOC "The greatest `value`, NULL without any; NULLs are ignored."

static const pw_function minmax_rows[] = {
    ROW("MAX", "DECIMAL", MAX_DOC, "[1.25, NULL, 2.50] = 2.50", max_decimal),
    ROW("MAX", "DOUBLE", MAX_DOC, "[1.25, NULL, 2.5] = 2.5", max_plain),
    ROW("MAX", "INT", MAX_DOC, "[3, NULL, 7, 5] = 7", max_plain),
    ROW("MAX", "BIGINT", MAX_DOC, "[3, NULL, 7, 5] = 7", max_plain),
    ROW("MAX", "STRING", MAX_DOC, "['HAM', NULL, 'VER'] = 'VER'", max_text),
    ROW("MAX", "TIMESTAMP", MAX_DOC, "[1000, NULL, 2000] = 2000", max_plain),
    ROW("MAX", "TIME", MAX_DOC, "[1000, NULL, 2000] = 2000", max_plain),
    ROW("MAX", "DATE", MAX_DOC, "[1, NULL, 2] = 2", max_plain),
    ROW("MAX", "BYTES", MAX_DOC, "['a', NULL, 'b'] = 'b'", max_text),
    ROW("MIN", "DECIMAL", MIN_DOC, "[1.25, NULL, 2.50] = 1.25", min_decimal),
    ROW("MIN", "DOUBLE", MIN_DOC, "[1.25, NULL, 2.5] = 1.25", min_plain),
    ROW("MIN", "INT", MIN_DOC, "[3, NULL, 7, 5] = 3", min_plain),
    ROW("MIN", "BIGINT", MIN_DOC, "[3, NULL, 7, 5] = 3", min_plain),
    ROW("MIN", "STRING", MIN_DOC, "['HAM', NULL, 'VER'] = 'HAM'", min_text),
    ROW("MIN", "TIMESTAMP", MIN_DOC, "[1000, NULL, 2000] = 1000", min_plain),
    ROW("MIN", "TIME", MIN_DOC, "[1000, NULL, 2000] = 1000", min_plain),
    ROW("MIN", "DATE", MIN_DOC, "[1, NULL, 2] = 1", min_plain),
    ROW("MIN", "BYTES", MIN_DOC, "['a', NULL, 'b'] = 'a'", min_text),
};

const pw_function_family pw_functions_minmax = PW_FUNCTION_FAMILY("AGGREGATE", minmax_rows);
