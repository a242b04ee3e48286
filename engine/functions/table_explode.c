/* EXPLODE and CUBE_EXPLODE: one row becomes several. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

enum { CUBE_COLUMNS_MAX = 20, CUBE_ITEMS_MAX = 4 << 20 };

static pw_status explode(pw_arena *arena, const pw_type *arg_type, const pw_slot *value,
                         pw_slot **rows, uint32_t *row_count, const char **message) {
    (void)arg_type;
    (void)message;
    *row_count = value->is_null ? 0 : value->length;
    *rows = PW_NEW_ARRAY(arena, pw_slot, *row_count + 1);
    if (*row_count) memcpy(*rows, value->items, *row_count * sizeof **rows);
    return PW_OK;
}

/* All subsets of the positions that are not NULL, as bit masks counted up: the last position is the
 * lowest bit. [1, 2] gives [NULL, NULL], [NULL, 2], [1, NULL], [1, 2]. */
static pw_status cube_explode(pw_arena *arena, const pw_type *arg_type, const pw_slot *value,
                              pw_slot **rows, uint32_t *row_count, const char **message) {
    (void)arg_type;
    *row_count = 0;
    *rows = NULL;
    if (value->is_null || value->length == 0) return PW_OK;
    uint32_t present = 0;
    for (uint32_t i = 0; i < value->length; i++)
        present += !value->items[i].is_null;
    if (present > CUBE_COLUMNS_MAX ||
        (uint64_t)value->length << present > (uint64_t)CUBE_ITEMS_MAX) {
        *message = "the cube has too many columns";
        return PW_BAD_VALUE;
    }
    *row_count = UINT32_C(1) << present;
    *rows = PW_NEW_ARRAY(arena, pw_slot, *row_count);
    for (uint32_t mask = 0; mask < *row_count; mask++) {
        pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, value->length);
        uint32_t bit = present;
        for (uint32_t i = 0; i < value->length; i++) {
            bool is_kept = !value->items[i].is_null && (mask >> --bit & 1);
            items[i] = is_kept ? value->items[i] : pw_slot_null();
        }
        (*rows)[mask] = pw_slot_items(items, value->length);
    }
    return PW_OK;
}

static const pw_function table_rows[] = {
    {.signature = "EXPLODE(list ARRAY<T>) -> T",
     .doc = "A row for each element of the array.",
     .example = "EXPLODE over [[1, NULL, 3]] = [1, NULL, 3]",
     .table = explode},
    {.signature = "CUBE_EXPLODE(columns ARRAY<T>) -> ARRAY<T>",
     .doc = "A row for each subset of the elements, the others NULL.",
     .example = "CUBE_EXPLODE over [[1, 2]] = [[NULL, NULL], [NULL, 2], [1, NULL], [1, 2]]",
     .table = cube_explode},
};

const pw_function_family pw_functions_table = PW_FUNCTION_FAMILY("TABLE", table_rows);
