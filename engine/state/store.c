/* A store: the write-back cache of one operator's keyed state, in front of a table of the query's
 * file.
 *
 * The life of an entry: found or made -> touched (dirty) -> encoded into a cut (persisted, but not
 * to be evicted) -> cut committed (clean: the file can answer for it, so memory may forget it). A
 * removed entry stays as a tombstone until the commit that deletes its row, because until then a
 * miss would find the old row in the file.
 *
 * Sizes and times (bench_state): a hit is one probe of the hash table and one look at the item.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"

enum {
    TRIM_STEPS_MAX =
        16384, /* items the clock's hand passes in one call: trim comes after every batch */
    PREFETCH_AHEAD = 8, /* dirty entries lie all over memory: fetch early what is encoded next */
};

pw_status pw_store_open(pw_state *state, uint32_t index, uint32_t task,
                        const pw_store_class *store_class, pw_store **out, pw_error *err) {
    PW_ASSERT(index < state->spec.store_count && task < state->spec.task_count);
    pw_store **place = &state->stores[(size_t)index * state->spec.task_count + task];
    PW_ASSERT(!*place);
    pw_store *store = pw_mem_zalloc(1, sizeof *store);
    store->state = state;
    store->index = index;
    store->task = task;
    store->store_class = *store_class;
    pw_nodes_init(store);
    pw_status status = pw_store_file_create(store, err);
    if (status == PW_OK) status = pw_store_file_load(store, err);
    pw_store_publish_bytes(store);
    if (status != PW_OK) {
        pw_store_free(store);
        return status;
    }
    *place = store;
    *out = store;
    return PW_OK;
}

void pw_store_free(pw_store *store) {
    if (!store) return;
    atomic_fetch_sub(&store->state->cache_bytes_used, store->published_bytes);
    pw_store_file_close(store);
    pw_nodes_deinit(store);
    pw_order_deinit(&store->order);
    pw_time_heap_deinit(&store->heap);
    pw_mem_free(store);
}

void pw_store_publish_bytes(pw_store *store) {
    atomic_fetch_add_explicit(&store->state->cache_bytes_used,
                              store->charged_bytes - store->published_bytes, memory_order_relaxed);
    store->published_bytes = store->charged_bytes;
}

/* --- finding and changing --------------------------------------------------------------------- */

static void init_object(pw_store *store, pw_node *node) {
    store->store_class.init(store->store_class.opaque, node->entry.object);
    node->entry.flags |= PW_ENTRY_UNTOUCHED;
    node->entry.time_ms = INT64_MAX;
    node->entry.mark = 0;
}

pw_status pw_store_find(pw_store *store, pw_str key, uint64_t hash, bool create,
                        pw_store_entry **out, pw_error *err) {
    *out = NULL;
    pw_node *node = pw_nodes_lookup(store, key, hash);
    if (node && !(node->entry.flags & PW_ENTRY_DELETED)) {
        node->entry.flags |= PW_ENTRY_REFERENCED;
        *out = &node->entry;
        return PW_OK;
    }
    if (!node && !store->is_complete) {
        PW_TRY(pw_store_file_find(store, key, hash, &node, err));
        if (node) {
            *out = &node->entry;
            return PW_OK;
        }
    }
    if (!create) return PW_OK;
    if (!node) node = pw_nodes_insert(store, key, hash);
    node->entry.flags &= ~(uint32_t)PW_ENTRY_DELETED;
    init_object(store, node);
    pw_nodes_charge(store, node);
    *out = &node->entry;
    return PW_OK;
}

static void mark_dirty(pw_store *store, pw_node *node) {
    node->entry.flags &= ~(uint32_t)(PW_ENTRY_UNTOUCHED | PW_ENTRY_PASSING);
    if (node->entry.flags & PW_ENTRY_DIRTY) return;
    node->entry.flags |= PW_ENTRY_DIRTY;
    store->dirty_bytes += node->charged_bytes;
    pw_node_list_add(&store->dirty, node);
}

void pw_store_touch(pw_store *store, pw_store_entry *entry) {
    pw_node *node = (pw_node *)(void *)entry;
    PW_ASSERT((entry->flags & (PW_ENTRY_LIVE | PW_ENTRY_DELETED)) == PW_ENTRY_LIVE);
    mark_dirty(store, node);
    if (store->store_class.has_time) pw_time_heap_update(&store->heap, node);
}

void pw_store_remove(pw_store *store, pw_store_entry *entry) {
    pw_node *node = (pw_node *)(void *)entry;
    PW_ASSERT((entry->flags & (PW_ENTRY_LIVE | PW_ENTRY_DELETED)) == PW_ENTRY_LIVE);
    if (store->store_class.release) {
        store->store_class.release(store->store_class.opaque, entry->object);
    }
    mark_dirty(store, node);
    entry->flags |= PW_ENTRY_DELETED;
    entry->time_ms = INT64_MAX;
    if (store->store_class.has_time) pw_time_heap_remove(&store->heap, node);
    pw_nodes_charge(store, node);
}

size_t pw_store_dirty_bytes(const pw_store *store) {
    return store->dirty_bytes;
}

uint64_t pw_store_entry_count(const pw_store *store) {
    return store->live_count;
}

/* --- cut -------------------------------------------------------------------------------------- */

/* Tombstones whose deletion is committed. One that came alive again, or is in the coming cut,
 * stays. */
static void free_buried(pw_store *store) {
    for (size_t i = 0; i < store->buried.count; i++) {
        pw_node *node = store->buried.nodes[i];
        uint32_t flags = node->entry.flags;
        if ((flags & PW_ENTRY_DELETED) && !(flags & PW_ENTRY_DIRTY)) pw_nodes_free(store, node);
    }
    store->buried.count = 0;
}

static void log_key(pw_row_log *log, pw_cut_row *row, const pw_node *node) {
    row->at = log->bytes.length;
    row->key_length = node->entry.key_length;
    row->time_ms = node->entry.time_ms;
    pw_buf_add(&log->bytes, node->entry.key, node->entry.key_length);
}

/* The row is to be deleted: the entry was removed, or came back and was not touched since. */
static void cut_deleted(pw_store *store, pw_node *node, pw_row_log *log) {
    if (node->entry.flags & PW_ENTRY_PERSISTED) {
        pw_cut_row *row = pw_row_log_add(log);
        log_key(log, row, node);
        row->value_length = PW_CUT_ROW_DELETED;
        node->entry.flags &= ~(uint32_t)PW_ENTRY_PERSISTED;
        if (node->entry.flags & PW_ENTRY_DELETED) pw_node_list_add(&store->buried, node);
    } else if (node->entry.flags & PW_ENTRY_DELETED) {
        pw_nodes_free(store, node);
    }
}

static void cut_node(pw_store *store, pw_node *node, pw_row_log *log) {
    node->entry.flags &= ~(uint32_t)PW_ENTRY_DIRTY;
    node->cut_epoch = store->cut_epoch;
    if (node->entry.flags & (PW_ENTRY_DELETED | PW_ENTRY_UNTOUCHED)) {
        cut_deleted(store, node, log);
        return;
    }
    pw_cut_row *row = pw_row_log_add(log);
    log_key(log, row, node);
    size_t start = log->bytes.length;
    store->store_class.encode(store->store_class.opaque, node->entry.object, &log->bytes);
    size_t length = log->bytes.length - start;
    PW_ASSERT(length < PW_CUT_ROW_DELETED);
    row->value_length = (uint32_t)length;
    node->entry.flags |= PW_ENTRY_PERSISTED;
    if (store->store_class.extra_bytes) pw_nodes_charge(store, node);
}

void pw_store_cut(pw_store *store, uint64_t epoch, pw_row_log *log) {
    free_buried(store);
    store->cut_epoch = epoch;
    store->cut_count = store->dirty.count;
    for (size_t i = 0; i < store->dirty.count; i++) {
        if (i + PREFETCH_AHEAD < store->dirty.count) {
            const pw_node *ahead = store->dirty.nodes[i + PREFETCH_AHEAD];
            __builtin_prefetch(ahead);
            __builtin_prefetch((const char *)ahead + 64);
            __builtin_prefetch((const char *)ahead + 128);
        }
        cut_node(store, store->dirty.nodes[i], log);
    }
    store->dirty.count = 0;
    store->dirty_bytes = 0;
    pw_store_publish_bytes(store);
}

/* --- trim ------------------------------------------------------------------------------------- */

/* The clock's hand comes by: an entry that was used since the last time gets another round. */
static void pass_hand(pw_store *store, pw_node *node, uint64_t committed_epoch) {
    uint32_t flags = node->entry.flags;
    if (!(flags & PW_ENTRY_LIVE) || (flags & (PW_ENTRY_DIRTY | PW_ENTRY_DELETED))) return;
    if (node->cut_epoch > committed_epoch) return;
    if (flags & PW_ENTRY_REFERENCED) {
        node->entry.flags &= ~(uint32_t)PW_ENTRY_REFERENCED;
        return;
    }
    if (flags & PW_ENTRY_PERSISTED) store->is_complete = false;
    pw_nodes_free(store, node);
}

void pw_store_trim(pw_store *store) {
    pw_state *state = store->state;
    uint64_t committed_epoch = atomic_load_explicit(&state->committed_epoch, memory_order_acquire);
    pw_state_reader_rest(state, store->task);
    bool is_cut_pending = store->cut_epoch > committed_epoch;
    if (!is_cut_pending && store->buried.count > 0) free_buried(store);
    pw_store_publish_bytes(store);

    int64_t used = atomic_load_explicit(&state->cache_bytes_used, memory_order_relaxed);
    int64_t excess = used - (int64_t)state->spec.cache_bytes;
    if (excess <= 0 || state->is_memory) return;
    /* A lower bound of what may go: when all is dirty or on its way, looking is in vain. */
    size_t bound = store->dirty.count + (is_cut_pending ? store->cut_count : 0);
    if (store->live_count <= bound) return;
    int64_t target = store->charged_bytes - excess;
    uint32_t step_count = 0;
    uint32_t step_max = store->item_next < TRIM_STEPS_MAX ? 2 * store->item_next : TRIM_STEPS_MAX;
    while (store->charged_bytes > target && step_count++ < step_max) {
        if (store->hand >= store->item_next) store->hand = 0;
        pass_hand(store, pw_store_node(store, store->hand++), committed_epoch);
    }
    pw_store_publish_bytes(store);
}
