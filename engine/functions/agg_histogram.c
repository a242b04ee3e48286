/* HISTOGRAM and ATTR: values with how often they are present. An entry of the list is a length in 4
 * bytes, the encoded value, and the count in 8. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

enum { HISTOGRAM_KEYS_MAX = 1000, ENTRY_EXTRA = 4 + 8 };

static uint32_t get_be32(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t get_be64(const uint8_t *b) {
    return (int64_t)((uint64_t)get_be32(b) << 32 | get_be32(b + 4));
}

static void put_be64(uint8_t *b, int64_t value) {
    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
}

/* --- counted lists ------------------------------------------------------------------------- */

static uint8_t *find_entry(pw_agg_list *list, pw_str value) {
    for (uint32_t at = 0; at < list->length;) {
        uint8_t *entry = list->data + at;
        uint32_t length = get_be32(entry);
        if (length == value.length && memcmp(entry + 4, value.data, length) == 0) return entry;
        at += length + ENTRY_EXTRA;
    }
    return NULL;
}

static void remove_entry(pw_agg_list *list, uint8_t *entry) {
    uint32_t bytes = get_be32(entry) + ENTRY_EXTRA;
    uint32_t behind = list->length - (uint32_t)(entry - list->data) - bytes;
    memmove(entry, entry + bytes, behind);
    list->length -= bytes;
    list->count--;
}

/* Adds `count` (may be negative) to the count of a value; at zero it goes. count_max: entries above
 * which no new value is taken. */
static pw_status change(pw_agg_list *list, pw_str value, int64_t count, uint32_t count_max,
                        pw_error *err) {
    uint8_t *entry = find_entry(list, value);
    if (entry) {
        uint8_t *stored = entry + 4 + get_be32(entry);
        int64_t now = (int64_t)((uint64_t)get_be64(stored) + (uint64_t)count);
        put_be64(stored, now);
        if (now == 0) remove_entry(list, entry);
        return PW_OK;
    }
    if (list->count >= count_max || count <= 0) return PW_OK;
    pw_buf bytes;
    pw_buf_init(&bytes);
    pw_buf_add_be32(&bytes, (uint32_t)value.length);
    pw_buf_add_str(&bytes, value);
    pw_buf_add_be64(&bytes, (uint64_t)count);
    pw_str text = pw_buf_str(&bytes);
    bool fits = pw_agg_list_append(list, (const uint8_t *)text.data, (uint32_t)text.length);
    pw_buf_deinit(&bytes);
    if (fits) return PW_OK;
    return pw_fail(err, PW_BAD_VALUE, PW_SPAN_NONE, "the state of the aggregate is too long");
}

static pw_status change_slot(const pw_aggregate_call *call, void *state, const pw_slot *value,
                             int64_t count, uint32_t count_max, pw_error *err) {
    pw_buf bytes;
    pw_buf_init(&bytes);
    pw_value_encode(call->arg_types[0], value, &bytes);
    pw_status status = change(state, pw_buf_str(&bytes), count, count_max, err);
    pw_buf_deinit(&bytes);
    return status;
}

static pw_status merge_counts(pw_agg_list *list, const pw_agg_list *other, uint32_t count_max,
                              pw_error *err) {
    for (uint32_t at = 0; at < other->length;) {
        const uint8_t *entry = other->data + at;
        uint32_t length = get_be32(entry);
        pw_str value = {(const char *)entry + 4, length};
        PW_TRY(change(list, value, get_be64(entry + 4 + length), count_max, err));
        at += length + ENTRY_EXTRA;
    }
    return PW_OK;
}

static void counted_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(pw_agg_list));
}

static void counted_encode(const pw_aggregate_call *call, const void *state, pw_buf *out) {
    (void)call;
    const pw_agg_list *list = state;
    pw_buf_add(out, list->data, list->length);
}

static void counted_release(const pw_aggregate_call *call, void *state) {
    (void)call;
    pw_agg_list_release(state);
}

/* Every entry is taken through `change`, so that double ones do no harm. */
static bool counted_decode(const pw_aggregate_call *call, void *state, pw_str bytes) {
    const uint8_t *at = (const uint8_t *)bytes.data, *end = at + bytes.length;
    memset(state, 0, sizeof(pw_agg_list));
    if (bytes.length > PW_AGG_LIST_BYTES_MAX) return false;
    bool is_good = true;
    while (is_good && at < end) {
        is_good = end - at >= ENTRY_EXTRA && get_be32(at) <= (uint64_t)(end - at - ENTRY_EXTRA);
        if (!is_good) break;
        uint32_t length = get_be32(at);
        const uint8_t *value = at + 4, *value_end = value + length;
        pw_str text = {(const char *)value, length};
        is_good = pw_value_decode(call->arg_types[0], &value, value_end, NULL, NULL) &&
                  value == value_end && get_be64(value_end) > 0 &&
                  change(state, text, get_be64(value_end), UINT32_MAX, NULL) == PW_OK;
        at = value_end + 8;
    }
    if (!is_good) pw_agg_list_release(state);
    return is_good;
}

/* --- HISTOGRAM ----------------------------------------------------------------------------- */

static pw_status histogram_add(const pw_aggregate_call *call, uint8_t *const *states,
                               uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                               uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(args[0], rows[i]);
        *failed_row = rows[i];
        if (value->is_null) continue;
        PW_TRY(change_slot(call, states[i] + state_offset, value, 1, HISTOGRAM_KEYS_MAX, err));
    }
    return PW_OK;
}

static pw_status histogram_undo(const pw_aggregate_call *call, void *state,
                                const pw_slot *const *args, pw_error *err) {
    if (args[0]->is_null) return PW_OK;
    return change_slot(call, state, args[0], -1, HISTOGRAM_KEYS_MAX, err);
}

static pw_status histogram_merge(const pw_aggregate_call *call, void *into, const void *from,
                                 pw_error *err) {
    (void)call;
    return merge_counts(into, from, HISTOGRAM_KEYS_MAX, err);
}

static pw_slot histogram_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    const pw_agg_list *list = state;
    pw_slot *pairs = PW_NEW_ARRAY(arena, pw_slot, 2 * (size_t)list->count + 1);
    uint32_t count = 0;
    for (uint32_t at = 0; at < list->length; count++) {
        const uint8_t *entry = list->data + at, *value = entry + 4;
        uint32_t length = get_be32(entry);
        if (!pw_value_decode(call->arg_types[0], &value, entry + 4 + length, arena,
                             &pairs[2 * count]))
            break;
        pairs[2 * count + 1] = pw_slot_i64(get_be64(entry + 4 + length));
        at += length + ENTRY_EXTRA;
    }
    return pw_slot_items(pairs, count);
}

/* --- ATTR ---------------------------------------------------------------------------------- */

static pw_status attr_add(const pw_aggregate_call *call, uint8_t *const *states,
                          uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                          uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    for (uint32_t i = 0; i < row_count; i++) {
        *failed_row = rows[i];
        PW_TRY(change_slot(call, states[i] + state_offset, pw_at(args[0], rows[i]), 1, UINT32_MAX,
                           err));
    }
    return PW_OK;
}

static pw_status attr_undo(const pw_aggregate_call *call, void *state, const pw_slot *const *args,
                           pw_error *err) {
    return change_slot(call, state, args[0], -1, UINT32_MAX, err);
}

static pw_status attr_merge(const pw_aggregate_call *call, void *into, const void *from,
                            pw_error *err) {
    (void)call;
    return merge_counts(into, from, UINT32_MAX, err);
}

static pw_slot attr_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    const pw_agg_list *list = state;
    pw_slot out = pw_slot_null();
    if (list->count != 1) return out;
    const uint8_t *value = list->data + 4;
    bool is_good =
        pw_value_decode(call->arg_types[0], &value, value + get_be32(list->data), arena, &out);
    return is_good ? out : pw_slot_null();
}

#define COUNTED(name_)                                                                             \
    static const pw_aggregate name_ = {.state_bytes = sizeof(pw_agg_list),                         \
                                       .init = counted_init,                                       \
                                       .add = name_##_add,                                         \
                                       .undo = name_##_undo,                                       \
                                       .merge = name_##_merge,                                     \
                                       .result = name_##_result,                                   \
                                       .encode = counted_encode,                                   \
                                       .decode = counted_decode,                                   \
                                       .release = counted_release};

COUNTED(histogram)
COUNTED(attr)

static const pw_function histogram_rows[] = {
    {.signature = "HISTOGRAM(value STRING) -> MAP<STRING, BIGINT>",
     .doc = "How often each text is there, for the first 1000 different ones; NULLs are ignored.",
     .example = "HISTOGRAM over ['a', 'b', NULL, 'a'] = {'a' = 2, 'b' = 1}",
     .aggregate = &histogram,
     .flags = PW_FN_TABLE_UNDO},
    {.signature = "ATTR(value T) -> T",
     .doc = "The value if all rows have the same one, else NULL; NULL counts as a value.",
     .example = "ATTR over [7, 7, 7] = 7",
     .aggregate = &attr,
     .flags = PW_FN_TABLE_UNDO},
};

const pw_function_family pw_functions_histogram = PW_FUNCTION_FAMILY("AGGREGATE", histogram_rows);
