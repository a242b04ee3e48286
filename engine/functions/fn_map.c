/* Functions of maps. A map is a list of pairs in insertion order; a later pair replaces the value
 * of an earlier one with the same key. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "functions/functions_private.h"
#include "types/compare.h"

static void map_part(pw_call *call, uint32_t which) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *map = pw_arg(call, 0, row);
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, map->length + 1);
        for (uint32_t i = 0; i < map->length; i++)
            items[i] = map->items[2 * i + which];
        call->out[row] = pw_slot_items(items, map->length);
    }
}

static void map_keys(pw_call *call) {
    map_part(call, 0);
}
static void map_values(pw_call *call) {
    map_part(call, 1);
}

/* A map being made: pairs in order, and an index by hash of the key. */
typedef struct map_builder {
    const pw_type *key_type;
    pw_slot *pairs;
    uint32_t *index; /* pair number + 1 */
    uint32_t count, mask;
} map_builder;

static map_builder builder_new(pw_arena *arena, const pw_type *key_type, uint64_t count_max) {
    uint32_t size = 8;
    while (size < 2 * count_max && size < UINT32_C(1) << 31)
        size *= 2;
    return (map_builder){.key_type = key_type,
                         .pairs = PW_NEW_ARRAY(arena, pw_slot, 2 * count_max + 1),
                         .index = PW_NEW_ARRAY(arena, uint32_t, size),
                         .mask = size - 1};
}

static void builder_put(map_builder *map, const pw_slot *key, const pw_slot *value) {
    uint32_t at = (uint32_t)pw_slot_hash(map->key_type, key) & map->mask;
    while (map->index[at]) {
        pw_slot *pair = &map->pairs[2 * (map->index[at] - 1)];
        if (pw_slot_equal(map->key_type, &pair[0], key)) {
            pair[1] = *value;
            return;
        }
        at = (at + 1) & map->mask;
    }
    map->pairs[2 * map->count] = *key;
    map->pairs[2 * map->count + 1] = *value;
    map->index[at] = ++map->count;
}

static void map_union(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *left = pw_arg(call, 0, row), *right = pw_arg(call, 1, row);
        if (left->is_null || right->is_null) {
            call->out[row] = left->is_null ? *right : *left;
            continue;
        }
        map_builder map = builder_new(call->arena, call->result_type->key,
                                      (uint64_t)left->length + right->length);
        for (uint32_t i = 0; i < left->length; i++)
            builder_put(&map, &left->items[2 * i], &left->items[2 * i + 1]);
        for (uint32_t i = 0; i < right->length; i++)
            builder_put(&map, &right->items[2 * i], &right->items[2 * i + 1]);
        call->out[row] = pw_slot_items(map.pairs, map.count);
    }
}

static void as_map(pw_call *call) {
    static const pw_slot null_value = {.is_null = 1};
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *keys = pw_arg(call, 0, row), *values = pw_arg(call, 1, row);
        map_builder map = builder_new(call->arena, call->result_type->key, keys->length);
        for (uint32_t i = 0; i < keys->length; i++)
            builder_put(&map, &keys->items[i],
                        i < values->length ? &values->items[i] : &null_value);
        call->out[row] = pw_slot_items(map.pairs, map.count);
    }
}

static int compare_entries(const void *a, const void *b) {
    const pw_slot *left = a, *right = b;
    pw_str left_key = pw_slot_as_str(&left->items[0]), right_key = pw_slot_as_str(&right->items[0]);
    if (left->items[0].is_null || right->items[0].is_null)
        return (int)left->items[0].is_null - (int)right->items[0].is_null;
    return pw_text_compare_utf16(left_key, right_key);
}

static void entries(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *map = pw_arg(call, 0, row), *is_sorted = pw_arg(call, 1, row);
        call->out[row] = pw_slot_null();
        if (is_sorted->is_null) {
            call->fail(call, row, "sorted is NULL");
            continue;
        }
        if (map->is_null) continue;
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, map->length + 1);
        for (uint32_t i = 0; i < map->length; i++)
            items[i] = pw_slot_items(&map->items[2 * i], 2); /* a pair is laid out as the struct */
        if (is_sorted->i64) qsort(items, map->length, sizeof *items, compare_entries);
        call->out[row] = pw_slot_items(items, map->length);
    }
}

/* --- SPLIT_TO_MAP -------------------------------------------------------------------------- */

static void split_to_map_row(pw_call *call, uint32_t row, pw_str text, pw_str entry_end,
                             pw_str value_start) {
    uint64_t entry_count = 1;
    for (pw_str rest = text;;) {
        size_t at = pw_str_find(rest, entry_end);
        if (at == SIZE_MAX) break;
        rest = (pw_str){rest.data + at + entry_end.length, rest.length - at - entry_end.length};
        entry_count++;
    }
    if (entry_count > PW_FN_RESULT_ITEMS_MAX) {
        call->fail(call, row, "the text has too many entries");
        return;
    }
    map_builder map = builder_new(call->arena, &pw_type_string, entry_count);
    for (pw_str rest = text; entry_count > 0; entry_count--) {
        size_t at = pw_str_find(rest, entry_end);
        pw_str entry = {rest.data, at == SIZE_MAX ? rest.length : at};
        if (at != SIZE_MAX)
            rest = (pw_str){rest.data + at + entry_end.length, rest.length - at - entry_end.length};
        size_t middle = pw_str_find(entry, value_start);
        if (entry.length == 0 || middle == SIZE_MAX) continue;
        size_t from = middle + value_start.length;
        pw_str value = {entry.data + from, entry.length - from};
        size_t end = pw_str_find(value, value_start);
        if (end != SIZE_MAX) value.length = end;
        pw_slot key_slot = pw_slot_text(entry.data, middle), value_slot = pw_slot_str(value);
        builder_put(&map, &key_slot, &value_slot);
    }
    call->out[row] = pw_slot_items(map.pairs, map.count);
}

static void split_to_map(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_str entry_end = pw_arg_str(call, 1, row), value_start = pw_arg_str(call, 2, row);
        call->out[row] = pw_slot_null();
        if (entry_end.length == 0 || value_start.length == 0 ||
            pw_str_equal(entry_end, value_start))
            continue;
        split_to_map_row(call, row, pw_arg_str(call, 0, row), entry_end, value_start);
    }
}

#define ROW(signature_, doc_, example_, scalar_, flags_)                                           \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = flags_                                                                            \
    }

#define ENTRIES_ROW(type_, map_)                                                                   \
    ROW("ENTRIES(map MAP<STRING, " type_ ">, sorted BOOLEAN) -> ARRAY<STRUCT<K STRING, V " type_   \
        ">>",                                                                                      \
        "The pairs of the map as structs, in the order of the keys if `sorted`.",                  \
        "ENTRIES(MAP(" map_ "), TRUE)[1]->K = 'a'", entries, 0)

static const pw_function map_rows[] = {
    ROW("MAP_KEYS(input MAP<STRING, T>) -> ARRAY<STRING>", "The keys of the map.",
        "MAP_KEYS(MAP('a' := 1)) = ARRAY['a']", map_keys, PW_FN_NULL_IN_NULL_OUT),
    ROW("MAP_VALUES(input MAP<STRING, T>) -> ARRAY<T>", "The values of the map.",
        "MAP_VALUES(MAP('a' := 1)) = ARRAY[1]", map_values, PW_FN_NULL_IN_NULL_OUT),
    ROW("MAP_UNION(map1 MAP<STRING, T>, map2 MAP<STRING, T>) -> MAP<STRING, T>",
        "Both maps in one; for a key in both the second map counts.",
        "MAP_UNION(MAP('a' := 1), MAP('a' := 2))['a'] = 2", map_union, 0),
    ROW("AS_MAP(keys ARRAY<STRING>, values ARRAY<T>) -> MAP<STRING, T>",
        "A map from keys and values at the same position.",
        "AS_MAP(ARRAY['a', 'b'], ARRAY[1, 2])['b'] = 2", as_map, PW_FN_NULL_IN_NULL_OUT),
    ENTRIES_ROW("INT", "'b' := 2, 'a' := 1"),
    ENTRIES_ROW("BIGINT", "'b' := 2000000000000, 'a' := 1000000000000"),
    ENTRIES_ROW("DOUBLE", "'b' := 2e0, 'a' := 1e0"),
    ENTRIES_ROW("BOOLEAN", "'b' := TRUE, 'a' := FALSE"),
    ENTRIES_ROW("STRING", "'b' := 'y', 'a' := 'x'"),
    ROW("SPLIT_TO_MAP(input STRING, entryDelimiter STRING, kvDelimiter STRING) -> "
        "MAP<STRING, STRING>",
        "Splits the text into entries, and each entry into key and value.",
        "SPLIT_TO_MAP('ham:44/ver:1', '/', ':')['ver'] = '1'", split_to_map,
        PW_FN_NULL_IN_NULL_OUT),
};

const pw_function_family pw_functions_map = PW_FUNCTION_FAMILY("MAP", map_rows);
