/* Open-addressing hash map from byte strings to pointers, insertion-ordered iteration.
 * Keys are borrowed: they must outlive the map (put them in its owner's arena).
 * For control data; the state cache has its own table (state/cache.h).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_HASHMAP_H
#define PW_BASE_HASHMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef struct pw_hashmap_entry {
    pw_str key;
    void *value;
    uint64_t hash;
    bool is_removed;
} pw_hashmap_entry;

typedef struct pw_hashmap {
    pw_hashmap_entry *entries; /* in insertion order; skip is_removed */
    uint32_t *slots;           /* entry index + 1, 0 = empty */
    size_t entry_count;        /* entries in use, removed ones included */
    size_t entry_capacity;
    size_t slot_count; /* power of two, or 0 */
    size_t count;      /* live entries */
} pw_hashmap;

void pw_hashmap_init(pw_hashmap *map);
void pw_hashmap_deinit(pw_hashmap *map);
void *pw_hashmap_get(const pw_hashmap *map, pw_str key); /* NULL when absent */
/* Sets `key` to `value` (not NULL); returns the former value or NULL. */
void *pw_hashmap_put(pw_hashmap *map, pw_str key, void *value);
void *pw_hashmap_remove(pw_hashmap *map, pw_str key); /* returns the former value or NULL */

/* 64-bit hash of bytes (XXH3). */
uint64_t pw_hash_bytes(const void *bytes, size_t length);

/* Kafka's murmur2 of a record key: the default partitioner sends a key to
 * (pw_murmur2(key) & 0x7fffffff) % partitions (Kafka's Utils.murmur2, seed 0x9747b28c). */
uint32_t pw_murmur2(const void *bytes, size_t length);

#endif
