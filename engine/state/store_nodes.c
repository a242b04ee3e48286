/* Entries of a store in memory: items in slabs, found through a hash table of (tag, index) pairs.
 *
 * A hit costs one probe of the table and one look at the item: short keys lie in the item behind
 * the object. The table grows step by step: while an old table is left, every insertion moves some
 * of its slots, so no single call pays for a million. A slot keeps the half of the hash that gives
 * its place, therefore moving never looks at an item. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"

enum {
    SLOTS_MIN = 64,
    SLAB_BYTES = 128 << 10,
    SLAB_SHIFT_MIN = 3,
    KEY_INLINE_BYTES = 32,
    CACHE_LINE_BYTES = 64,
    MOVE_STEP = 64, /* slots per insertion: moving ends long before the new table is full */
};
#define SLOT_MOVED UINT32_MAX /* in the old table: look further, it was here */

void pw_nodes_init(pw_store *store) {
    uint32_t object_bytes = (store->store_class.object_bytes + 7u) & ~7u;
    store->key_at = (uint32_t)sizeof(pw_node) + object_bytes;
    store->item_bytes = (store->key_at + KEY_INLINE_BYTES + 15u) & ~15u;
    store->slab_shift = SLAB_SHIFT_MIN;
    uint32_t whole_lines = (store->item_bytes + CACHE_LINE_BYTES - 1u) / CACHE_LINE_BYTES;
    uint32_t lines_bytes = whole_lines * CACHE_LINE_BYTES;
    if (lines_bytes - store->item_bytes <= lines_bytes / 8) store->item_bytes = lines_bytes;
    while (((size_t)store->item_bytes << (store->slab_shift + 1)) <= SLAB_BYTES)
        store->slab_shift++;
}

static void release_object(pw_store *store, pw_node *node) {
    if (store->store_class.release) {
        store->store_class.release(store->store_class.opaque, node->entry.object);
    }
}

void pw_nodes_deinit(pw_store *store) {
    for (uint32_t i = 0; i < store->item_next; i++) {
        pw_node *node = pw_store_node(store, i);
        if (!(node->entry.flags & PW_ENTRY_LIVE)) continue;
        if (!(node->entry.flags & PW_ENTRY_DELETED)) release_object(store, node);
        if (node->entry.flags & PW_ENTRY_KEY_APART) {
            pw_mem_free((void *)(uintptr_t)node->entry.key);
        }
    }
    for (uint32_t i = 0; i < store->slab_count; i++)
        pw_mem_free(store->slab_blocks[i]);
    pw_mem_free(store->slab_blocks);
    pw_mem_free(store->slabs);
    pw_mem_free(store->table.slots);
    pw_mem_free(store->old_table.slots);
    pw_mem_free(store->dirty.nodes);
    pw_mem_free(store->buried.nodes);
}

void pw_node_list_add(pw_node_list *list, pw_node *node) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->nodes = pw_mem_realloc(list->nodes, list->capacity * sizeof *list->nodes);
    }
    list->nodes[list->count++] = node;
}

/* --- hash table ------------------------------------------------------------------------------- */

static inline pw_node *lookup_in(const pw_store *store, const pw_node_slots *table, pw_str key,
                                 uint64_t hash) {
    uint32_t tag = (uint32_t)hash;
    for (uint32_t at = tag & table->mask;; at = (at + 1) & table->mask) {
        pw_node_slot slot = table->slots[at];
        if (slot.index_plus_1 == 0) return NULL;
        if (slot.tag != tag || slot.index_plus_1 == SLOT_MOVED) continue;
        pw_node *node = pw_store_node(store, slot.index_plus_1 - 1);
        if (node->entry.hash == hash && node->entry.key_length == key.length &&
            memcmp(node->entry.key, key.data, key.length) == 0) {
            return node;
        }
    }
}

pw_node *pw_nodes_lookup(const pw_store *store, pw_str key, uint64_t hash) {
    if (!store->table.slots) return NULL;
    pw_node *node = lookup_in(store, &store->table, key, hash);
    if (node || !store->old_table.slots) return node;
    return lookup_in(store, &store->old_table, key, hash);
}

void pw_store_prefetch(const pw_store *store, const uint64_t *hashes, uint32_t count) {
    if (!store->table.slots) return;
    const pw_node_slots *table = &store->table;
    for (uint32_t i = 0; i < count; i++) {
        __builtin_prefetch(&table->slots[(uint32_t)hashes[i] & table->mask]);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t tag = (uint32_t)hashes[i];
        for (uint32_t at = tag & table->mask; table->slots[at].index_plus_1 != 0;
             at = (at + 1) & table->mask) {
            if (table->slots[at].tag != tag) continue;
            const char *node =
                (const char *)pw_store_node(store, table->slots[at].index_plus_1 - 1);
            __builtin_prefetch(node, 1);
            __builtin_prefetch(node + CACHE_LINE_BYTES, 1);
            break;
        }
    }
}

static void put_slot(pw_node_slots *table, pw_node_slot slot) {
    uint32_t at = slot.tag & table->mask;
    while (table->slots[at].index_plus_1 != 0)
        at = (at + 1) & table->mask;
    table->slots[at] = slot;
    table->used++;
}

static void move_some(pw_store *store, uint32_t slot_count) {
    pw_node_slots *old = &store->old_table;
    while (slot_count-- > 0 && store->old_next <= old->mask) {
        pw_node_slot *slot = &old->slots[store->old_next++];
        if (slot->index_plus_1 == 0 || slot->index_plus_1 == SLOT_MOVED) continue;
        put_slot(&store->table, *slot);
        slot->index_plus_1 = SLOT_MOVED;
        old->used--;
    }
    if (store->old_next <= old->mask) return;
    pw_mem_free(old->slots);
    memset(old, 0, sizeof *old);
}

static void grow_table(pw_store *store) {
    if (store->old_table.slots) move_some(store, UINT32_MAX);
    uint32_t size = store->table.slots ? (store->table.mask + 1) * 2 : SLOTS_MIN;
    PW_ASSERT(size > store->table.mask);
    store->old_table = store->table;
    store->old_next = 0;
    store->table.slots = pw_mem_zalloc(size, sizeof *store->table.slots);
    store->table.mask = size - 1;
    store->table.used = 0;
    store->charged_bytes += (int64_t)(size * sizeof *store->table.slots) / 2;
}

static void insert_slot(pw_store *store, pw_node *node) {
    uint64_t room = (uint64_t)(store->table.mask + 1) * 5 / 8;
    if (!store->table.slots || store->table.used + store->old_table.used + 1 > room) {
        grow_table(store);
    }
    if (store->old_table.slots) move_some(store, MOVE_STEP);
    put_slot(&store->table, (pw_node_slot){(uint32_t)node->entry.hash, node->index + 1});
}

/* Closes the gap at `at` by moving back what the gap would hide. */
static void close_gap(pw_node_slots *table, uint32_t at) {
    uint32_t gap = at;
    for (uint32_t next = (at + 1) & table->mask; table->slots[next].index_plus_1 != 0;
         next = (next + 1) & table->mask) {
        uint32_t home = table->slots[next].tag & table->mask;
        if (((next - home) & table->mask) < ((next - gap) & table->mask)) continue;
        table->slots[gap] = table->slots[next];
        gap = next;
    }
    table->slots[gap].index_plus_1 = 0;
    table->used--;
}

static bool remove_slot_in(pw_node_slots *table, const pw_node *node, bool is_old) {
    if (!table->slots) return false;
    uint32_t at = (uint32_t)node->entry.hash & table->mask;
    for (; table->slots[at].index_plus_1 != 0; at = (at + 1) & table->mask) {
        if (table->slots[at].index_plus_1 != node->index + 1) continue;
        if (!is_old) {
            close_gap(table, at);
        } else {
            table->slots[at].index_plus_1 = SLOT_MOVED;
            table->used--;
        }
        return true;
    }
    return false;
}

/* --- items ------------------------------------------------------------------------------------ */

/* Slabs begin on a cache line and items are whole lines where that wastes little, so that an entry
 * lies on as few lines as it can. */
static void add_slab(pw_store *store) {
    if (store->slab_count == store->slab_capacity) {
        store->slab_capacity = store->slab_capacity ? store->slab_capacity * 2 : 8;
        size_t bytes = store->slab_capacity * sizeof *store->slabs;
        store->slabs = pw_mem_realloc(store->slabs, bytes);
        store->slab_blocks = pw_mem_realloc(store->slab_blocks, bytes);
    }
    uint8_t *block =
        pw_mem_alloc(((size_t)store->item_bytes << store->slab_shift) + CACHE_LINE_BYTES);
    size_t past_line = (uintptr_t)block % CACHE_LINE_BYTES;
    store->slab_blocks[store->slab_count] = block;
    store->slabs[store->slab_count++] = block + (CACHE_LINE_BYTES - past_line) % CACHE_LINE_BYTES;
}

static pw_node *take_item(pw_store *store) {
    if (store->free_items) {
        pw_node *node = (pw_node *)(void *)store->free_items;
        store->free_items = node->entry.next;
        return node;
    }
    uint32_t index = store->item_next++;
    PW_ASSERT(index < UINT32_MAX - 2);
    if (index >> store->slab_shift == store->slab_count) add_slab(store);
    pw_node *node = pw_store_node(store, index);
    node->index = index;
    return node;
}

static void copy_key(pw_store *store, pw_node *node, pw_str key) {
    char *to = (char *)node + store->key_at;
    if (key.length > KEY_INLINE_BYTES) {
        to = pw_mem_alloc(key.length);
        node->entry.flags |= PW_ENTRY_KEY_APART;
    }
    if (key.length) memcpy(to, key.data, key.length);
    node->entry.key = to;
    node->entry.key_length = (uint32_t)key.length;
}

void pw_nodes_charge(pw_store *store, pw_node *node) {
    size_t bytes = store->item_bytes;
    if (node->entry.flags & PW_ENTRY_KEY_APART) bytes += node->entry.key_length;
    if (store->store_class.extra_bytes && !(node->entry.flags & PW_ENTRY_DELETED)) {
        bytes += store->store_class.extra_bytes(store->store_class.opaque, node->entry.object);
    }
    store->charged_bytes += (int64_t)bytes - (int64_t)node->charged_bytes;
    node->charged_bytes = bytes;
}

pw_node *pw_nodes_insert(pw_store *store, pw_str key, uint64_t hash) {
    PW_ASSERT(key.length < UINT32_MAX);
    pw_node *node = take_item(store);
    uint32_t index = node->index;
    memset(node, 0, sizeof *node);
    node->index = index;
    node->entry.hash = hash;
    node->entry.flags = PW_ENTRY_LIVE;
    node->entry.object = (char *)node + sizeof *node;
    node->entry.time_ms = INT64_MAX;
    copy_key(store, node, key);
    insert_slot(store, node);
    if (store->store_class.is_ordered) pw_order_insert(&store->order, node);
    store->live_count++;
    return node;
}

void pw_nodes_free(pw_store *store, pw_node *node) {
    PW_ASSERT(!(node->entry.flags & PW_ENTRY_DIRTY));
    if (!remove_slot_in(&store->table, node, false)) {
        bool was_there = remove_slot_in(&store->old_table, node, true);
        PW_ASSERT(was_there);
    }
    if (store->store_class.is_ordered) pw_order_remove(&store->order, node);
    if (store->store_class.has_time) pw_time_heap_remove(&store->heap, node);
    if (!(node->entry.flags & PW_ENTRY_DELETED)) release_object(store, node);
    if (node->entry.flags & PW_ENTRY_KEY_APART) pw_mem_free((void *)(uintptr_t)node->entry.key);
    store->charged_bytes -= (int64_t)node->charged_bytes;
    store->live_count--;
    node->entry.flags = 0;
    node->entry.next = store->free_items;
    store->free_items = &node->entry;
}
