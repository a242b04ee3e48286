/* Two more ways into a store's entries: by key (prefix scans) and by time (expiry).
 *
 * By key: sorted leaves of up to 128 nodes, the leaves in one sorted array. An insertion shifts
 * within a leaf; only a split, once in 64 insertions, shifts the array: at a million entries that
 * is some 128 KiB, less than the cache misses of a deeper tree would cost. SPDX-License-Identifier:
 * Apache-2.0 */
#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"

/* Index of the last leaf whose first key is <= key; 0 when there is none. */
static size_t find_leaf(const pw_order *order, pw_str key) {
    size_t low = 0;
    size_t high = order->leaf_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (pw_str_compare(pw_node_key(order->leaves[middle]->nodes[0]), key) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Index of the first node with a key >= key. */
static uint32_t find_in_leaf(const pw_order_leaf *leaf, pw_str key) {
    uint32_t low = 0;
    uint32_t high = leaf->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (pw_str_compare(pw_node_key(leaf->nodes[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_leaf(pw_order *order, size_t at, pw_order_leaf *leaf) {
    if (order->leaf_count == order->leaf_capacity) {
        order->leaf_capacity = order->leaf_capacity ? order->leaf_capacity * 2 : 16;
        order->leaves = pw_mem_realloc(order->leaves, order->leaf_capacity * sizeof *order->leaves);
    }
    memmove(order->leaves + at + 1, order->leaves + at,
            (order->leaf_count - at) * sizeof *order->leaves);
    order->leaves[at] = leaf;
    order->leaf_count++;
}

/* Halves a full leaf; keys that only grow leave full leaves behind instead. */
static void split_leaf(pw_order *order, size_t at, bool is_append) {
    pw_order_leaf *leaf = order->leaves[at];
    pw_order_leaf *right = pw_mem_alloc(sizeof *right);
    uint32_t kept = is_append ? leaf->count - 1 : leaf->count / 2;
    right->count = leaf->count - kept;
    memcpy(right->nodes, leaf->nodes + kept, right->count * sizeof(pw_node *));
    leaf->count = kept;
    add_leaf(order, at + 1, right);
}

void pw_order_insert(pw_order *order, pw_node *node) {
    if (order->leaf_count == 0) {
        pw_order_leaf *first = pw_mem_alloc(sizeof *first);
        first->count = 0;
        add_leaf(order, 0, first);
    }
    pw_str key = pw_node_key(node);
    size_t at = order->leaves[0]->count ? find_leaf(order, key) : 0;
    uint32_t place = find_in_leaf(order->leaves[at], key);
    if (order->leaves[at]->count == PW_LEAF_NODES_MAX) {
        split_leaf(order, at, at + 1 == order->leaf_count && place == PW_LEAF_NODES_MAX);
        if (place > order->leaves[at]->count) place -= order->leaves[at++]->count;
    }
    pw_order_leaf *leaf = order->leaves[at];
    memmove(leaf->nodes + place + 1, leaf->nodes + place,
            (leaf->count - place) * sizeof(pw_node *));
    leaf->nodes[place] = node;
    leaf->count++;
}

void pw_order_remove(pw_order *order, pw_node *node) {
    size_t at = find_leaf(order, pw_node_key(node));
    pw_order_leaf *leaf = order->leaves[at];
    uint32_t place = find_in_leaf(leaf, pw_node_key(node));
    PW_ASSERT(place < leaf->count && leaf->nodes[place] == node);
    leaf->count--;
    memmove(leaf->nodes + place, leaf->nodes + place + 1,
            (leaf->count - place) * sizeof(pw_node *));
    if (leaf->count > 0 || order->leaf_count == 1) return;
    pw_mem_free(leaf);
    order->leaf_count--;
    memmove(order->leaves + at, order->leaves + at + 1,
            (order->leaf_count - at) * sizeof *order->leaves);
}

void pw_order_range(const pw_order *order, const pw_key_range *range, const pw_str *to,
                    pw_node_list *out) {
    if (order->leaf_count == 0 || order->leaves[0]->count == 0) return;
    size_t at = find_leaf(order, range->from);
    uint32_t place = find_in_leaf(order->leaves[at], range->from);
    for (;; place++) {
        if (place == order->leaves[at]->count) {
            if (++at == order->leaf_count) return;
            place = 0;
        }
        pw_node *node = order->leaves[at]->nodes[place];
        pw_str key = pw_node_key(node);
        if (!range->is_from_included && pw_str_equal(key, range->from)) continue;
        if (!pw_str_starts_with(key, range->prefix)) return;
        if (to && pw_str_compare(key, *to) > 0) return;
        pw_node_list_add(out, node);
    }
}

void pw_order_deinit(pw_order *order) {
    for (size_t i = 0; i < order->leaf_count; i++)
        pw_mem_free(order->leaves[i]);
    pw_mem_free(order->leaves);
    memset(order, 0, sizeof *order);
}

/* --- by time ---------------------------------------------------------------------------------- */

static void place_item(pw_time_heap *heap, uint32_t at, pw_heap_item item) {
    heap->items[at] = item;
    item.node->heap_at = at + 1;
}

/* Equal times go by key, so that a run can be repeated exactly. */
static bool is_before(const pw_heap_item *a, const pw_heap_item *b) {
    if (a->time_ms != b->time_ms) return a->time_ms < b->time_ms;
    return pw_str_compare(pw_node_key(a->node), pw_node_key(b->node)) < 0;
}

static void sift_up(pw_time_heap *heap, uint32_t at) {
    pw_heap_item item = heap->items[at];
    while (at > 0 && is_before(&item, &heap->items[(at - 1) / 2])) {
        place_item(heap, at, heap->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place_item(heap, at, item);
}

static void sift_down(pw_time_heap *heap, uint32_t at) {
    pw_heap_item item = heap->items[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count && is_before(&heap->items[child + 1], &heap->items[child])) {
            child++;
        }
        if (!is_before(&heap->items[child], &item)) break;
        place_item(heap, at, heap->items[child]);
        at = child;
    }
    place_item(heap, at, item);
}

void pw_time_heap_remove(pw_time_heap *heap, pw_node *node) {
    if (node->heap_at == 0) return;
    uint32_t at = node->heap_at - 1;
    PW_ASSERT(at < heap->count && heap->items[at].node == node);
    node->heap_at = 0;
    heap->count--;
    if (at == heap->count) return;
    place_item(heap, at, heap->items[heap->count]);
    sift_down(heap, at);
    sift_up(heap, heap->items[at].node->heap_at - 1);
}

void pw_time_heap_update(pw_time_heap *heap, pw_node *node) {
    if (node->entry.time_ms == INT64_MAX || (node->entry.flags & PW_ENTRY_DELETED)) {
        pw_time_heap_remove(heap, node);
        return;
    }
    if (node->heap_at != 0) {
        uint32_t at = node->heap_at - 1;
        if (heap->items[at].time_ms == node->entry.time_ms) return;
        heap->items[at].time_ms = node->entry.time_ms;
        sift_down(heap, at);
        sift_up(heap, node->heap_at - 1);
        return;
    }
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity ? heap->capacity * 2 : 64;
        heap->items = pw_mem_realloc(heap->items, heap->capacity * sizeof *heap->items);
    }
    place_item(heap, heap->count++, (pw_heap_item){node->entry.time_ms, node});
    sift_up(heap, heap->count - 1);
}

void pw_time_heap_deinit(pw_time_heap *heap) {
    pw_mem_free(heap->items);
    memset(heap, 0, sizeof *heap);
}
