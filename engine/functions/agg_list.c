/* The list of encoded values behind COLLECT_LIST, COLLECT_SET and the n-variants of the offset
 * aggregates (functions_private.h). SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "functions/functions_private.h"

enum { CAPACITY_FIRST = 64, INDEX_FIRST = 16 };

static void skip_value(const pw_type *type, const uint8_t **at, const uint8_t *end) {
    bool is_good = pw_value_decode(type, at, end, NULL, NULL);
    PW_ASSERT(is_good);
}

bool pw_agg_list_append(pw_agg_list *list, const uint8_t *value, uint32_t length) {
    if (length > PW_AGG_LIST_BYTES_MAX || list->length > PW_AGG_LIST_BYTES_MAX - length)
        return false;
    if (list->capacity - list->length < length) {
        uint32_t capacity = list->capacity ? list->capacity : CAPACITY_FIRST;
        while (capacity - list->length < length)
            capacity *= 2;
        list->data = pw_mem_realloc(list->data, capacity);
        list->capacity = capacity;
    }
    memcpy(list->data + list->length, value, length);
    list->length += length;
    list->count++;
    return true;
}

/* Length of the value at `offset`. */
static uint32_t value_length(const pw_agg_list *list, const pw_type *type, uint32_t offset) {
    const uint8_t *at = list->data + offset;
    skip_value(type, &at, list->data + list->length);
    return (uint32_t)(at - (list->data + offset));
}

static void index_add(pw_agg_list *list, uint32_t offset, uint32_t length) {
    uint32_t mask = list->index_size - 1;
    uint32_t slot = (uint32_t)pw_hash_bytes(list->data + offset, length) & mask;
    while (list->index[slot])
        slot = (slot + 1) & mask;
    list->index[slot] = offset + 1;
}

static void index_drop(pw_agg_list *list) {
    pw_mem_free(list->index);
    list->index = NULL;
    list->index_size = 0;
}

/* Rebuilds the index so that it is at most half full with one value more. */
static void index_build(pw_agg_list *list, const pw_type *type) {
    uint32_t size = INDEX_FIRST;
    while (size < 2 * (list->count + 1))
        size *= 2;
    index_drop(list);
    list->index = pw_mem_zalloc(size * 2, sizeof *list->index);
    list->index_size = size * 2;
    for (uint32_t offset = 0; offset < list->length;) {
        uint32_t length = value_length(list, type, offset);
        index_add(list, offset, length);
        offset += length;
    }
}

bool pw_agg_list_add_distinct(pw_agg_list *list, const pw_type *type, const uint8_t *value,
                              uint32_t length) {
    if (list->index_size < 2 * (list->count + 1)) index_build(list, type);
    uint32_t mask = list->index_size - 1;
    uint32_t slot = (uint32_t)pw_hash_bytes(value, length) & mask;
    for (; list->index[slot]; slot = (slot + 1) & mask) {
        uint32_t offset = list->index[slot] - 1;
        /* An encoded value is never the beginning of another one. */
        if (length <= list->length - offset && memcmp(list->data + offset, value, length) == 0)
            return true;
    }
    uint32_t offset = list->length;
    if (!pw_agg_list_append(list, value, length)) return false;
    list->index[slot] = offset + 1;
    return true;
}

void pw_agg_list_drop_first(pw_agg_list *list, const pw_type *type, uint32_t count) {
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < count && list->count > 0; i++, list->count--)
        bytes += value_length(list, type, bytes);
    if (bytes == 0) return;
    memmove(list->data, list->data + bytes, list->length - bytes);
    list->length -= bytes;
    index_drop(list);
}

bool pw_agg_list_remove_last(pw_agg_list *list, const pw_type *type, const uint8_t *value,
                             uint32_t length) {
    uint32_t found = UINT32_MAX;
    for (uint32_t offset = 0; offset < list->length;) {
        uint32_t bytes = value_length(list, type, offset);
        if (bytes == length && memcmp(list->data + offset, value, length) == 0) found = offset;
        offset += bytes;
    }
    if (found == UINT32_MAX) return false;
    memmove(list->data + found, list->data + found + length, list->length - found - length);
    list->length -= length;
    list->count--;
    index_drop(list);
    return true;
}

pw_slot pw_agg_list_array(const pw_agg_list *list, const pw_type *type, pw_arena *arena) {
    pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, list->count + 1);
    const uint8_t *at = list->data;
    for (uint32_t i = 0; i < list->count; i++) {
        bool is_good = pw_value_decode(type, &at, list->data + list->length, arena, &items[i]);
        PW_ASSERT(is_good);
    }
    return pw_slot_items(items, list->count);
}

void pw_agg_list_encode(const pw_agg_list *list, pw_buf *out) {
    pw_buf_add_be32(out, list->count);
    pw_buf_add(out, list->data, list->length);
}

bool pw_agg_list_decode(pw_agg_list *list, const pw_type *type, pw_str bytes) {
    memset(list, 0, sizeof *list);
    if (bytes.length < 4 || bytes.length - 4 > PW_AGG_LIST_BYTES_MAX) return false;
    const uint8_t *b = (const uint8_t *)bytes.data, *end = b + bytes.length, *at = b + 4;
    uint32_t count = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    for (uint32_t i = 0; i < count; i++)
        if (!pw_value_decode(type, &at, end, NULL, NULL)) return false;
    if (at != end) return false;
    if (count == 0) return true;
    list->length = list->capacity = (uint32_t)(bytes.length - 4);
    list->data = pw_mem_alloc(list->length);
    memcpy(list->data, b + 4, list->length);
    list->count = count;
    return true;
}

void pw_agg_list_release(pw_agg_list *list) {
    pw_mem_free(list->data);
    pw_mem_free(list->index);
    memset(list, 0, sizeof *list);
}
