/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/assert.h"
#include "base/mem.h"

uint64_t pw_hash_bytes(const void *bytes, size_t length) {
    return XXH3_64bits(bytes, length);
}

uint32_t pw_murmur2(const void *bytes, size_t length) {
    const uint32_t m = 0x5bd1e995;
    const uint8_t *at = bytes;
    uint32_t h = 0x9747b28cu ^ (uint32_t)length;
    for (; length >= 4; at += 4, length -= 4) {
        uint32_t k = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                     (uint32_t)at[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h = h * m ^ k;
    }
    if (length > 2) h ^= (uint32_t)at[2] << 16;
    if (length > 1) h ^= (uint32_t)at[1] << 8;
    if (length > 0) {
        h ^= at[0];
        h *= m;
    }
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return h;
}

void pw_hashmap_init(pw_hashmap *map) {
    memset(map, 0, sizeof *map);
}

void pw_hashmap_deinit(pw_hashmap *map) {
    pw_mem_free(map->entries);
    pw_mem_free(map->slots);
    memset(map, 0, sizeof *map);
}

/* The slot that holds `key`, or the empty one where it belongs. Removed entries keep their slot. */
static size_t find_slot(const pw_hashmap *map, pw_str key, uint64_t hash) {
    size_t mask = map->slot_count - 1;
    size_t at = hash & mask;
    while (map->slots[at]) {
        const pw_hashmap_entry *entry = &map->entries[map->slots[at] - 1];
        if (!entry->is_removed && entry->hash == hash && pw_str_equal(entry->key, key)) return at;
        at = (at + 1) & mask;
    }
    return at;
}

static void rebuild(pw_hashmap *map) {
    size_t kept = 0;
    for (size_t i = 0; i < map->entry_count; i++) {
        if (!map->entries[i].is_removed) map->entries[kept++] = map->entries[i];
    }
    map->entry_count = kept;
    size_t slot_count = 16;
    while (slot_count < (kept + 1) * 2) slot_count *= 2;
    map->entry_capacity = slot_count / 2 + slot_count / 4;
    map->entries = pw_mem_realloc(map->entries, map->entry_capacity * sizeof *map->entries);
    pw_mem_free(map->slots);
    map->slots = pw_mem_zalloc(slot_count, sizeof *map->slots);
    map->slot_count = slot_count;
    for (size_t i = 0; i < kept; i++) {
        size_t at = map->entries[i].hash & (slot_count - 1);
        while (map->slots[at]) at = (at + 1) & (slot_count - 1);
        map->slots[at] = (uint32_t)(i + 1);
    }
}

void *pw_hashmap_get(const pw_hashmap *map, pw_str key) {
    if (map->count == 0) return NULL;
    size_t at = find_slot(map, key, pw_hash_bytes(key.data, key.length));
    return map->slots[at] ? map->entries[map->slots[at] - 1].value : NULL;
}

void *pw_hashmap_put(pw_hashmap *map, pw_str key, void *value) {
    PW_ASSERT(value);
    if (map->entry_count == map->entry_capacity) rebuild(map);
    uint64_t hash = pw_hash_bytes(key.data, key.length);
    size_t at = find_slot(map, key, hash);
    if (map->slots[at]) {
        pw_hashmap_entry *entry = &map->entries[map->slots[at] - 1];
        void *former = entry->value;
        entry->value = value;
        return former;
    }
    map->entries[map->entry_count] = (pw_hashmap_entry){key, value, hash, false};
    map->slots[at] = (uint32_t)++map->entry_count;
    map->count++;
    return NULL;
}

void *pw_hashmap_remove(pw_hashmap *map, pw_str key) {
    if (map->count == 0) return NULL;
    size_t at = find_slot(map, key, pw_hash_bytes(key.data, key.length));
    if (!map->slots[at]) return NULL;
    pw_hashmap_entry *entry = &map->entries[map->slots[at] - 1];
    entry->is_removed = true;
    map->count--;
    return entry->value;
}
