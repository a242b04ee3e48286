/* Scans of a store: by prefix in key order, and by time.
 *
 * What the file has and memory has not is brought into memory first, piece by piece; then memory
 * alone is walked, which is how its newer entries and tombstones win. SPDX-License-Identifier:
 * Apache-2.0 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"

enum {
    SCAN_PIECE_ROWS = 1024,
    SCAN_PIECE_ROWS_UNORDERED = 65536, /* every piece looks at all entries of an unordered store */
};

typedef bool (*visitor)(void *opaque, pw_store_entry *entry);

static int compare_keys(const void *a, const void *b) {
    const pw_node *const *x = a;
    const pw_node *const *y = b;
    return pw_str_compare(pw_node_key(*x), pw_node_key(*y));
}

/* Nodes in memory of the range with key <= *to (NULL: no bound), sorted. */
static void collect(const pw_store *store, const pw_key_range *range, const pw_str *to,
                    pw_node_list *out) {
    out->count = 0;
    if (store->store_class.is_ordered) {
        pw_order_range(&store->order, range, to, out);
        return;
    }
    for (uint32_t i = 0; i < store->item_next; i++) {
        pw_node *node = pw_store_node(store, i);
        if (!(node->entry.flags & PW_ENTRY_LIVE)) continue;
        pw_str key = pw_node_key(node);
        if (!pw_str_starts_with(key, range->prefix)) continue;
        int order = pw_str_compare(key, range->from);
        if (order < 0 || (order == 0 && !range->is_from_included)) continue;
        if (to && pw_str_compare(key, *to) > 0) continue;
        pw_node_list_add(out, node);
    }
    if (out->count > 1) qsort(out->nodes, out->count, sizeof *out->nodes, compare_keys);
}

/* Entries that came in only to be looked at go again, unless there is room to keep them. */
static void forget_passing(pw_store *store, const pw_node_list *list) {
    pw_store_publish_bytes(store);
    int64_t used = atomic_load_explicit(&store->state->cache_bytes_used, memory_order_relaxed);
    bool is_short = used > (int64_t)store->state->spec.cache_bytes;
    for (size_t i = 0; i < list->count; i++) {
        pw_node *node = list->nodes[i];
        if (!(node->entry.flags & PW_ENTRY_PASSING)) continue;
        node->entry.flags &= ~(uint32_t)PW_ENTRY_PASSING;
        if (!is_short || node->entry.mark != 0) continue;
        store->is_complete = false;
        pw_nodes_free(store, node);
    }
}

/* False when the visitor wants no more. */
static bool visit_all(const pw_node_list *list, visitor visit, void *opaque) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->nodes[i]->entry.flags & PW_ENTRY_DELETED) continue;
        if (!visit(opaque, &list->nodes[i]->entry)) return false;
    }
    return true;
}

/* Piece by piece: rows of the file into memory, then all of memory up to the last of them. */
static pw_status scan_pieces(pw_store *store, pw_str prefix, visitor visit, void *opaque,
                             pw_error *err) {
    uint32_t piece_rows =
        store->store_class.is_ordered ? SCAN_PIECE_ROWS : SCAN_PIECE_ROWS_UNORDERED;
    pw_node_list list = {0};
    pw_buf from;
    pw_buf last;
    pw_buf_init(&from);
    pw_buf_init(&last);
    pw_key_range range = {prefix, prefix, true};
    pw_status status = PW_OK;
    for (;;) {
        status = pw_store_file_scan(store, &range, piece_rows, &last, err);
        if (status != PW_OK) break;
        pw_str to = pw_buf_str(&last);
        collect(store, &range, to.length > 0 ? &to : NULL, &list);
        bool goes_on = visit_all(&list, visit, opaque) && to.length > 0;
        forget_passing(store, &list);
        if (!goes_on) break;
        pw_buf_clear(&from);
        pw_buf_add_str(&from, to);
        range.from = pw_buf_str(&from);
        range.is_from_included = false;
    }
    pw_buf_deinit(&from);
    pw_buf_deinit(&last);
    pw_mem_free(list.nodes);
    return status;
}

pw_status pw_store_scan(pw_store *store, pw_str prefix, bool (*visit)(void *, pw_store_entry *),
                        void *opaque, pw_error *err) {
    if (!store->is_complete) return scan_pieces(store, prefix, visit, opaque, err);
    pw_node_list list = {0};
    pw_key_range range = {prefix, prefix, true};
    collect(store, &range, NULL, &list);
    visit_all(&list, visit, opaque);
    pw_mem_free(list.nodes);
    return PW_OK;
}

pw_status pw_store_scan_expired(pw_store *store, int64_t before_ms, uint32_t max,
                                bool (*visit)(void *, pw_store_entry *), void *opaque,
                                pw_error *err) {
    PW_ASSERT(store->store_class.has_time);
    if (!store->is_complete) {
        PW_TRY(pw_store_file_scan_expired(store, before_ms, max, err));
    }
    /* Taken out of the heap while they are visited, so that none is visited twice. */
    pw_node_list due = {0};
    while (due.count < max && store->heap.count > 0 && store->heap.items[0].time_ms < before_ms) {
        pw_node *node = store->heap.items[0].node;
        pw_time_heap_remove(&store->heap, node);
        pw_node_list_add(&due, node);
    }
    visit_all(&due, visit, opaque);
    for (size_t i = 0; i < due.count; i++) {
        due.nodes[i]->entry.flags &= ~(uint32_t)PW_ENTRY_PASSING;
        pw_time_heap_update(&store->heap, due.nodes[i]);
    }
    pw_mem_free(due.nodes);
    return PW_OK;
}
