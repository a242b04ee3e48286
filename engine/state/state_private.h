/* What the files of engine/state share. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_STATE_PRIVATE_H
#define PW_STATE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/file_lock.h"
#include "base/hashmap.h"
#include "base/sqlite_util.h"
#include "state/state.h"

/* --- rows on their way into the file ---------------------------------------------------------- */

#define PW_CUT_ROW_DELETED UINT32_MAX
enum { PW_CUT_BYTES_KEPT_MAX = 32 << 20 };

/* A changed row: key and, right behind it, value in `bytes` of its pw_row_log. */
typedef struct pw_cut_row {
    uint64_t at; /* of the key */
    uint32_t key_length;
    uint32_t value_length; /* PW_CUT_ROW_DELETED: the row goes */
    int64_t time_ms;       /* store: expiry, INT64_MAX for never; table: ROWTIME */
} pw_cut_row;

typedef struct pw_row_log {
    pw_buf bytes;
    pw_cut_row *rows;
    size_t row_count;
    size_t row_capacity;
} pw_row_log;

void pw_row_log_deinit(pw_row_log *log);
/* Empties it; memory is kept for the next round unless it is very large. */
void pw_row_log_clear(pw_row_log *log);
pw_cut_row *pw_row_log_add(pw_row_log *log); /* uninitialised */

static inline pw_str pw_cut_row_key(const pw_row_log *log, const pw_cut_row *row) {
    return (pw_str){log->bytes.data + row->at, row->key_length};
}
static inline pw_str pw_cut_row_value(const pw_row_log *log, const pw_cut_row *row) {
    return (pw_str){log->bytes.data + row->at + row->key_length, row->value_length};
}

struct pw_cut {
    pw_arena arena;   /* offsets, stream times, outbox */
    pw_row_log *logs; /* stores: [index * task_count + task]; then one per task for the table */
    size_t log_count;
    size_t row_count;
    uint64_t epoch; /* that the commit will write */
    pw_cut_offset *offsets;
    size_t offset_count;
    int64_t *stream_times;
    uint32_t stream_time_count;
    pw_str *outbox;
    size_t outbox_count;
    size_t outbox_capacity;
};

void pw_cut_destroy(pw_cut *cut); /* NULL is fine */

/* --- stores ----------------------------------------------------------------------------------- */

/* pw_store_entry.flags */
enum {
    PW_ENTRY_LIVE = 1 << 0,       /* the item is in use */
    PW_ENTRY_DIRTY = 1 << 1,      /* in store->dirty */
    PW_ENTRY_DELETED = 1 << 2,    /* gone, but the file may still have it; the object is released */
    PW_ENTRY_PERSISTED = 1 << 3,  /* the file has it, or a cut under way puts it there */
    PW_ENTRY_REFERENCED = 1 << 4, /* found since the clock's hand last came by */
    PW_ENTRY_UNTOUCHED = 1 << 5,  /* made by find and not touched since: not to be kept */
    PW_ENTRY_KEY_APART = 1 << 6,  /* the key has memory of its own */
    PW_ENTRY_PASSING = 1 << 7,    /* read for a scan only: goes first when memory is short */
};

/* An entry with what only the store knows of it. The object and a short key follow in memory. */
typedef struct pw_node {
    pw_store_entry entry;
    uint64_t cut_epoch;   /* of the last cut that holds it */
    uint32_t index;       /* in the slabs */
    uint32_t heap_at;     /* place in the time heap + 1; 0: not there */
    size_t charged_bytes; /* what the cache bound counts for it */
} pw_node;

/* Hash table slot: low half of the hash and the node's index + 1. 0 = empty. */
typedef struct pw_node_slot {
    uint32_t tag;
    uint32_t index_plus_1;
} pw_node_slot;

typedef struct pw_node_slots {
    pw_node_slot *slots;
    uint32_t mask; /* size - 1 */
    uint32_t used; /* moved ones included */
} pw_node_slots;

enum { PW_LEAF_NODES_MAX = 128 };

typedef struct pw_order_leaf {
    uint32_t count;
    pw_node *nodes[PW_LEAF_NODES_MAX];
} pw_order_leaf;

/* Nodes by key: an array of sorted leaves. */
typedef struct pw_order {
    pw_order_leaf **leaves;
    size_t leaf_count;
    size_t leaf_capacity;
} pw_order;

typedef struct pw_heap_item {
    int64_t time_ms;
    pw_node *node;
} pw_heap_item;

/* Nodes by time: a binary heap that knows where each node is. */
typedef struct pw_time_heap {
    pw_heap_item *items;
    uint32_t count;
    uint32_t capacity;
} pw_time_heap;

typedef struct pw_node_list {
    pw_node **nodes;
    size_t count;
    size_t capacity;
} pw_node_list;

struct pw_store {
    pw_state *state;
    uint32_t index;
    uint32_t task;
    pw_store_class store_class;

    pw_node_slots table;     /* where new entries go */
    pw_node_slots old_table; /* being moved over while the table grows; slots NULL: none */
    uint32_t old_next;       /* first slot of the old table not yet moved */

    uint8_t **slabs;       /* cache-line aligned; items */
    uint8_t **slab_blocks; /* their memory as allocated */
    uint32_t slab_count, slab_capacity;
    uint32_t slab_shift; /* items per slab, as a power of two */
    uint32_t item_bytes;
    uint32_t key_at;    /* of a short key in an item */
    uint32_t item_next; /* first item never used */
    pw_store_entry *free_items;

    pw_order order;    /* is_ordered */
    pw_time_heap heap; /* has_time */

    pw_node_list dirty;
    size_t dirty_bytes;
    pw_node_list buried; /* deleted by the last cut, kept until that is committed */
    uint64_t cut_epoch;  /* of the last cut */
    size_t cut_count;    /* entries in it */

    size_t live_count;       /* items in use */
    int64_t charged_bytes;   /* all of this store */
    int64_t published_bytes; /* of it, what state->cache_bytes_used has */
    uint32_t hand;           /* of the clock */
    bool is_complete;        /* the file has no row that is not in memory */

    sqlite3_stmt *find_statement; /* on the task's reader; NULL until the first miss */
    sqlite3_stmt *scan_statement;
    sqlite3_stmt *expired_statement;
};

static inline pw_node *pw_store_node(const pw_store *store, uint32_t index) {
    return (pw_node *)(void *)(store->slabs[index >> store->slab_shift] +
                               (size_t)(index & ((1u << store->slab_shift) - 1)) *
                                   store->item_bytes);
}

static inline pw_str pw_node_key(const pw_node *node) {
    return (pw_str){node->entry.key, node->entry.key_length};
}

/* Keys that start with `prefix`, from `from` on (without it if !is_from_included). */
typedef struct pw_key_range {
    pw_str prefix;
    pw_str from;
    bool is_from_included;
} pw_key_range;

/* store_nodes.c: memory of entries and the hash table. */
void pw_nodes_init(pw_store *store);
void pw_nodes_deinit(pw_store *store);
pw_node *pw_nodes_lookup(const pw_store *store, pw_str key, uint64_t hash);
/* A node for a key that is not there, in every index; the object is not initialised. */
pw_node *pw_nodes_insert(pw_store *store, pw_str key, uint64_t hash);
/* Out of every index and memory; the object is released unless it is already. */
void pw_nodes_free(pw_store *store, pw_node *node);
void pw_nodes_charge(pw_store *store, pw_node *node); /* counts its memory anew */
void pw_node_list_add(pw_node_list *list, pw_node *node);

/* store_order.c: by key and by time. */
void pw_order_insert(pw_order *order, pw_node *node);
void pw_order_remove(pw_order *order, pw_node *node);
/* Adds the nodes of the range with key <= *to (NULL: no bound), in order. */
void pw_order_range(const pw_order *order, const pw_key_range *range, const pw_str *to,
                    pw_node_list *out);
void pw_order_deinit(pw_order *order);
/* Puts the node where its time_ms belongs, or takes it out (never expires, or deleted). */
void pw_time_heap_update(pw_time_heap *heap, pw_node *node);
void pw_time_heap_remove(pw_time_heap *heap, pw_node *node);
void pw_time_heap_deinit(pw_time_heap *heap);

/* store_file.c: rows of the file. */
pw_status pw_store_file_create(pw_store *store, pw_error *err);
/* Reads all rows if they are few; sets is_complete. */
pw_status pw_store_file_load(pw_store *store, pw_error *err);
/* *out: NULL when the file has no such row. */
pw_status pw_store_file_find(pw_store *store, pw_str key, uint64_t hash, pw_node **out,
                             pw_error *err);
/* Brings up to row_max rows of the range into memory. *last_key: the last one read; empty when the
 * range is exhausted. */
pw_status pw_store_file_scan(pw_store *store, const pw_key_range *range, uint32_t row_max,
                             pw_buf *last_key, pw_error *err);
pw_status pw_store_file_scan_expired(pw_store *store, int64_t before_ms, uint32_t row_max,
                                     pw_error *err);
void pw_store_file_close(pw_store *store);

/* store.c */
void pw_store_free(pw_store *store);
void pw_store_cut(pw_store *store, uint64_t epoch, pw_row_log *log);
void pw_store_publish_bytes(pw_store *store);

/* --- the visible table ------------------------------------------------------------------------ */

/* How rows of the visible table are laid out; shared by the parts of all tasks. */
typedef struct pw_table_plan {
    pw_str name;
    pw_schema schema;
    const pw_type **types; /* of all columns */
    const char **names;    /* in the file: unique without regard to case */
    uint32_t *key_indexes; /* columns of the primary key */
    const pw_type **key_types;
    uint32_t key_count;
    bool *is_key;
    char *create_sql;
    char *upsert_sql; /* parameters: the columns in order of the schema, then ROWTIME */
    char *delete_sql; /* parameters: the key columns */
} pw_table_plan;

struct pw_table {
    pw_state *state;
    uint32_t task;
    pw_row_log log;
    uint32_t *slots;  /* row index + 1 by hash of the key, 0 = empty */
    uint64_t *hashes; /* of the rows */
    size_t slot_count;
    pw_buf key;
    pw_slot *row;
};

pw_status pw_table_plan_make(pw_arena *arena, pw_str name, const pw_schema *schema,
                             pw_table_plan **out, pw_error *err);
void pw_table_free(pw_table *table);
/* Hands the rows to the cut; the table goes on with the cut's emptied log. */
void pw_table_cut(pw_table *table, pw_row_log *log);

/* --- the file --------------------------------------------------------------------------------- */

/* A read-only connection for the stores of one task. A read transaction is kept open from the first
 * miss to the next trim or cut, so that a batch of misses pays for one snapshot. */
typedef struct pw_task_reader {
    sqlite3 *db;
    bool is_reading;
} pw_task_reader;

typedef struct pw_store_writer {
    sqlite3_stmt *upsert;
    sqlite3_stmt *remove;
} pw_store_writer;

struct pw_state {
    pw_arena arena;
    pw_state_spec spec;  /* texts and schema are copies */
    pw_table_plan *plan; /* NULL: no visible table */

    pw_file_lock *lock;
    char *location;
    bool is_memory;
    dev_t device; /* of the file as opened: is it still there at commit? */
    ino_t inode;

    pthread_mutex_t mutex; /* the writer's connection, offsets, stream times, epoch */
    sqlite3 *writer;
    pw_store_writer *store_writers; /* [store index] */
    sqlite3_stmt *table_upsert, *table_delete;
    sqlite3_stmt *offset_write, *time_write, *epoch_write, *outbox_write;
    pw_hashmap offsets; /* topic \0 partition -> int64_t * */
    int64_t *stream_times;
    uint64_t epoch;

    _Atomic uint64_t committed_epoch; /* same as epoch, for the tasks' threads */
    _Atomic int64_t cache_bytes_used;
    pw_store **stores;       /* [index * task_count + task] */
    pw_table **tables;       /* [task] */
    pw_task_reader *readers; /* [task] */
    pw_cut *spare_cut;
    bool is_cut_open;
};

/* The task's reader, in a read transaction. */
pw_status pw_state_reader(pw_state *state, uint32_t task, sqlite3 **out, pw_error *err);
/* Ends the read transaction, so that the next read sees the newest commit. */
void pw_state_reader_rest(pw_state *state, uint32_t task);
/* What is known of (topic, partition), or NULL. The mutex is held. */
int64_t *pw_state_offset_slot(pw_state *state, pw_str topic, int32_t partition, bool create);

#endif
