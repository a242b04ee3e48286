/* TOPK and TOPKDISTINCT: the k greatest values, greatest first. A value equal to the last one that
 * is kept does not push it out. With further columns TOPK keeps a struct per value.
 *
 * The state is a sorted array of entries; an entry owns the encoded row, whose first value is the
 * one sorted by. k up to 0 is accepted, as in ksqlDB, and keeps nothing. SPDX-License-Identifier:
 * Apache-2.0 */

#include "base/assert.h"
#include "base/mem.h"
#include "functions/functions_private.h"
#include "types/compare.h"

enum { ENTRIES_FIRST = 4, TOPK_MAX = 1 << 20, COLUMNS_MAX = 16 };

typedef struct entry {
    pw_slot key; /* text points into `row` */
    uint8_t *row;
    uint32_t length;
} entry;

typedef struct topk_state {
    entry *entries;
    uint32_t count, capacity;
} topk_state;

static pw_status topk_open(pw_arena *arena, pw_aggregate_call *call, pw_error *err) {
    (void)arena;
    PW_ASSERT(call->init_arg_count == 1);
    if (call->arg_count > COLUMNS_MAX || call->init_args[0].i64 > TOPK_MAX)
        return pw_fail(err, PW_LIMIT, PW_SPAN_NONE, "TOPK keeps at most %d values of %d columns",
                       TOPK_MAX, COLUMNS_MAX);
    return PW_OK;
}

static uint32_t wanted(const pw_aggregate_call *call) {
    const pw_slot *k = &call->init_args[0];
    return k->is_null || k->i64 < 0 ? 0 : (uint32_t)k->i64;
}

static void topk_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(topk_state));
}

/* Reads the key that the row starts with. Decoding scalars but text needs an arena only for
 * DECIMAL. */
static pw_slot key_of_row(const pw_type *type, const uint8_t *row, uint32_t length,
                          pw_arena *arena) {
    if (type->kind == PW_TYPE_STRING || type->kind == PW_TYPE_BYTES) {
        uint32_t bytes =
            (uint32_t)row[1] << 24 | (uint32_t)row[2] << 16 | (uint32_t)row[3] << 8 | row[4];
        return pw_slot_text((const char *)row + 5, bytes);
    }
    pw_slot key;
    const uint8_t *at = row;
    bool is_good = pw_value_decode(type, &at, row + length, arena, &key);
    PW_ASSERT(is_good);
    return key;
}

/* Where a new key goes: behind all that are not less. */
static uint32_t position_of(const pw_type *type, const topk_state *state, const pw_slot *key,
                            pw_arena *arena) {
    uint32_t low = 0, high = state->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const entry *other = &state->entries[middle];
        pw_slot other_key = type->kind == PW_TYPE_DECIMAL
                                ? key_of_row(type, other->row, other->length, arena)
                                : other->key;
        if (pw_slot_compare(type, &other_key, key) >= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void insert(topk_state *state, uint32_t at, const pw_type *type, const uint8_t *row,
                   uint32_t length, uint32_t limit, pw_arena *arena) {
    if (state->count == limit) {
        pw_mem_free(state->entries[--state->count].row);
    } else if (state->count == state->capacity) {
        state->capacity = state->capacity ? state->capacity * 2 : ENTRIES_FIRST;
        state->entries = pw_mem_realloc(state->entries, state->capacity * sizeof *state->entries);
    }
    memmove(&state->entries[at + 1], &state->entries[at],
            (state->count - at) * sizeof *state->entries);
    entry *added = &state->entries[at];
    added->row = pw_mem_alloc(length);
    added->length = length;
    memcpy(added->row, row, length);
    added->key = type->kind == PW_TYPE_DECIMAL ? pw_slot_null()
                                               : key_of_row(type, added->row, length, arena);
    state->count++;
}

static void take_row(const pw_aggregate_call *call, topk_state *state, const uint8_t *row,
                     uint32_t length, pw_arena *arena, bool is_distinct) {
    const pw_type *type = call->arg_types[0];
    uint32_t limit = wanted(call);
    pw_slot key = key_of_row(type, row, length, arena);
    uint32_t at = position_of(type, state, &key, arena);
    if (at >= limit) return;
    if (is_distinct && at > 0) {
        const entry *before = &state->entries[at - 1];
        pw_slot other = key_of_row(type, before->row, before->length, arena);
        if (pw_slot_compare(type, &other, &key) == 0) return;
    }
    insert(state, at, type, row, length, limit, arena);
}

static pw_status topk_add(const pw_aggregate_call *call, uint8_t *const *states,
                          uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                          uint32_t row_count, bool is_distinct) {
    pw_arena arena; /* for the keys of DECIMALs only; else it allocates nothing */
    pw_buf scratch;
    pw_arena_init(&arena, 4096);
    pw_buf_init(&scratch);
    for (uint32_t i = 0; i < row_count; i++) {
        if (pw_at(args[0], rows[i])->is_null) continue;
        pw_buf_clear(&scratch);
        for (uint32_t a = 0; a < call->arg_count; a++)
            pw_value_encode(call->arg_types[a], pw_at(args[a], rows[i]), &scratch);
        pw_str row = pw_buf_str(&scratch);
        take_row(call, PW_STATE(topk_state, states, i, state_offset), (const uint8_t *)row.data,
                 (uint32_t)row.length, &arena, is_distinct);
    }
    pw_buf_deinit(&scratch);
    pw_arena_deinit(&arena);
    return PW_OK;
}

static pw_status topk_merge(const pw_aggregate_call *call, void *into, const void *from,
                            bool is_distinct) {
    const topk_state *other = from;
    pw_arena arena;
    pw_arena_init(&arena, 4096);
    for (uint32_t i = 0; i < other->count; i++)
        take_row(call, into, other->entries[i].row, other->entries[i].length, &arena, is_distinct);
    pw_arena_deinit(&arena);
    return PW_OK;
}

static pw_slot topk_result(const pw_aggregate_call *call, const void *opaque, pw_arena *arena) {
    const topk_state *state = opaque;
    pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, state->count + 1);
    for (uint32_t i = 0; i < state->count; i++) {
        const uint8_t *at = state->entries[i].row, *end = at + state->entries[i].length;
        pw_slot *fields = PW_NEW_ARRAY(arena, pw_slot, call->arg_count);
        for (uint32_t a = 0; a < call->arg_count; a++) {
            bool is_good = pw_value_decode(call->arg_types[a], &at, end, arena, &fields[a]);
            PW_ASSERT(is_good);
        }
        items[i] = call->arg_count == 1 ? fields[0] : pw_slot_items(fields, call->arg_count);
    }
    return pw_slot_items(items, state->count);
}

/* Rows one after the other, greatest first. */
static void topk_encode(const pw_aggregate_call *call, const void *opaque, pw_buf *out) {
    (void)call;
    const topk_state *state = opaque;
    for (uint32_t i = 0; i < state->count; i++)
        pw_buf_add(out, state->entries[i].row, state->entries[i].length);
}

static void topk_release(const pw_aggregate_call *call, void *opaque) {
    (void)call;
    topk_state *state = opaque;
    for (uint32_t i = 0; i < state->count; i++)
        pw_mem_free(state->entries[i].row);
    pw_mem_free(state->entries);
    memset(state, 0, sizeof *state);
}

/* Inserting the rows again restores the order whatever the bytes say. */
static bool topk_decode(const pw_aggregate_call *call, void *state, pw_str bytes) {
    const uint8_t *at = (const uint8_t *)bytes.data, *end = at + bytes.length;
    bool is_good = true;
    pw_arena arena;
    pw_arena_init(&arena, 4096);
    memset(state, 0, sizeof(topk_state));
    while (is_good && at < end) {
        const uint8_t *start = at;
        is_good = *at == 1;
        for (uint32_t a = 0; a < call->arg_count && is_good; a++)
            is_good = pw_value_decode(call->arg_types[a], &at, end, NULL, NULL);
        if (is_good) take_row(call, state, start, (uint32_t)(at - start), &arena, false);
    }
    pw_arena_deinit(&arena);
    if (!is_good) topk_release(call, state);
    return is_good;
}

/* --- both of them -------------------------------------------------------------------------- */

#define TOPK_AGGREGATE(name_, is_distinct_)                                                        \
    static pw_status name_##_add(const pw_aggregate_call *call, uint8_t *const *states,            \
                                 uint32_t state_offset, const pw_vector *args,                     \
                                 const uint32_t *rows, uint32_t row_count, uint32_t *failed_row,   \
                                 pw_error *err) {                                                  \
        (void)failed_row;                                                                          \
        (void)err;                                                                                 \
        return topk_add(call, states, state_offset, args, rows, row_count, is_distinct_);          \
    }                                                                                              \
    static pw_status name_##_merge(const pw_aggregate_call *call, void *into, const void *from,    \
                                   pw_error *err) {                                                \
        (void)err;                                                                                 \
        return topk_merge(call, into, from, is_distinct_);                                         \
    }                                                                                              \
    static const pw_aggregate name_ = {.state_bytes = sizeof(topk_state),                          \
                                       .open = topk_open,                                          \
                                       .init = topk_init,                                          \
                                       .add = name_##_add,                                         \
                                       .merge = name_##_merge,                                     \
                                       .result = topk_result,                                      \
                                       .encode = topk_encode,                                      \
                                       .decode = topk_decode,                                      \
                                       .release = topk_release};

TOPK_AGGREGATE(topk_all, false)
TOPK_AGGREGATE(topk_distinct, true)

/* ARRAY<STRUCT<`sort_col` T, `col0` ..., `col1` ...>>: ksqlDB's names, in lower case. */
static const pw_type *struct_result(pw_arena *arena, const pw_type *const *arg_types,
                                    uint32_t arg_count, const char **message) {
    (void)message;
    pw_field *fields = PW_NEW_ARRAY(arena, pw_field, arg_count);
    fields[0] = (pw_field){PW_STR("sort_col"), arg_types[0]};
    for (uint32_t i = 1; i + 1 < arg_count; i++)
        fields[i] = (pw_field){pw_arena_format(arena, "col%u", i - 1), arg_types[i]};
    return pw_type_array(arena, pw_type_struct(arena, fields, arg_count - 1));
}

#define TOPK_DOC     "The `k` greatest values, greatest first."
#define TOPK_ROW_DOC "The rows with the `k` greatest sort values, greatest first."
#define DISTINCT_DOC "The `k` greatest different values, greatest first."

#define TOPK_ROW(type_, example_)                                                                  \
    {.signature = "TOPK(value " type_ ", k INT) -> ARRAY<" type_ ">",                              \
     .doc = TOPK_DOC,                                                                              \
     .example = "TOPK(2) over " example_,                                                          \
     .aggregate = &topk_all,                                                                       \
     .init_arg_count = 1},                                                                         \
    {                                                                                              \
        .signature =                                                                               \
            "TOPK(sortCol " type_ ", cols ANY..., k INT) -> ARRAY<STRUCT<sort_col " type_ ">>",    \
        .doc = TOPK_ROW_DOC, .example = "TOPK(1) over [(1, 7), (2, 8)] = [{2, 8}]",                \
        .aggregate = &topk_all, .result_type = struct_result, .init_arg_count = 1                  \
    }
#define DISTINCT_ROW(type_, example_)                                                              \
    {                                                                                              \
        .signature = "TOPKDISTINCT(value " type_ ", k INT) -> ARRAY<" type_ ">",                   \
        .doc = DISTINCT_DOC, .example = "TOPKDISTINCT(2) over " example_,                          \
        .aggregate = &topk_distinct, .init_arg_count = 1                                           \
    }

static const pw_function topk_rows[] = {
    TOPK_ROW("INT", "[1, 3, NULL, 3, 2] = [3, 3]"),
    TOPK_ROW("BIGINT", "[1, 3, NULL, 3, 2] = [3, 3]"),
    TOPK_ROW("DOUBLE", "[1, 3, NULL, 2.5] = [3, 2.5]"),
    TOPK_ROW("STRING", "['1', '3', NULL, '2'] = ['3', '2']"),
    DISTINCT_ROW("DECIMAL", "[1.00, 3.00, NULL, 3.00, 2.00] = [3.00, 2.00]"),
    DISTINCT_ROW("DOUBLE", "[1, 3, NULL, 3, 2] = [3, 2]"),
    DISTINCT_ROW("INT", "[1, 3, NULL, 3, 2] = [3, 2]"),
    DISTINCT_ROW("BIGINT", "[1, 3, NULL, 3, 2] = [3, 2]"),
    DISTINCT_ROW("STRING", "['a', 'c', NULL, 'c', 'b'] = ['c', 'b']"),
    DISTINCT_ROW("TIMESTAMP", "[1, 3, NULL, 3, 2] = [3, 2]"),
    DISTINCT_ROW("TIME", "[1000, 3000, NULL, 3000, 2000] = [3000, 2000]"),
    DISTINCT_ROW("DATE", "[1, 3, NULL, 3, 2] = [3, 2]"),
    DISTINCT_ROW("BYTES", "['a', 'c', NULL, 'c', 'b'] = ['c', 'b']"),
    DISTINCT_ROW("BOOLEAN", "[FALSE, NULL, TRUE] = [TRUE, FALSE]"),
};

const pw_function_family pw_functions_topk = PW_FUNCTION_FAMILY("AGGREGATE", topk_rows);
