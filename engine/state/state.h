/* State: one SQLite file per persistent query, in front of it a write-back cache per task, and the
 * commit that writes a consistent cut in one transaction (docs/architecture.md, "State and
 * commit").
 *
 *   pw_state  the file: opened once per query; offsets, epoch, stores, the visible table
 *   pw_store  one operator's keyed state of one task: objects in memory, rows `key -> bytes` in the
 *             file
 *   pw_table  the visible table: typed columns, PRIMARY KEY, WITHOUT ROWID; anybody may open it
 *   pw_cut    what changed between two commits, taken in memory in an instant, written by another
 *             thread
 *
 * Threads: a pw_store and a pw_table part belong to their task's thread of the moment; pw_state_cut
 * is called while the query stands still; pw_state_commit runs on the commit thread meanwhile and
 * touches only the cut and its own connection. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_STATE_STATE_H
#define PW_STATE_STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "types/batch.h"

typedef struct pw_state pw_state;
typedef struct pw_store pw_store;
typedef struct pw_table pw_table;
typedef struct pw_cut pw_cut;

/* --- the file --------------------------------------------------------------------------------- */

typedef struct pw_state_spec {
    pw_str path; /* data folder/NAME.db; ":memory:": nothing outlives pw_state_close */
    pw_str query_id;
    pw_str statement;   /* SQL text of the query, kept in the file for people */
    pw_str fingerprint; /* of topology and schema: a file of another one is refused (PW_INVALID) */
    uint32_t task_count;
    uint32_t store_count;          /* operators with state */
    pw_str table_name;             /* empty: the sink is a stream, no visible table */
    const pw_schema *table_schema; /* key columns (PW_COLUMN_KEY, WINDOW_*) and value columns */
    size_t cache_bytes;            /* bound of all caches of the query together; 0: the default */
    bool is_synchronous_full;      /* a commit waits for the disk (exactly once); else only order
                                      is kept: a power cut may cost the last commits, whole */
} pw_state_spec;

enum { PW_STATE_CACHE_BYTES_DEFAULT = 256 << 20 };

/* Creates the file or opens what is there, checks it, takes the writer's lock. Errors: PW_BUSY
 * (another process writes it; says which pid), PW_IO (read-only folder and the like, with the path
 * and remedy), PW_DISK_FULL, PW_CORRUPT, PW_INVALID. */
PW_MUST_USE pw_status pw_state_open(const pw_state_spec *spec, pw_state **out, pw_error *err);
void pw_state_close(pw_state *state);

/* The next offset to read, as of the last commit; -1 when never read. */
int64_t pw_state_offset(const pw_state *state, pw_str topic, int32_t partition);
/* Event time a task (task_index of its stage) had reached; INT64_MIN when none. */
int64_t pw_state_stream_time(const pw_state *state, uint32_t task);
uint64_t pw_state_epoch(const pw_state *state); /* number of the last commit, 0 for none */

/* Where another connection of this process reaches the same data: the path, or a SQLite URI for
 * ":memory:" (open it with SQLITE_OPEN_URI). Borrowed until close. */
pw_str pw_state_location(const pw_state *state);

/* Runs SQL that pitwall generated (CREATE INDEX, DROP INDEX) on the writer's connection, between
 * two commits. */
PW_MUST_USE pw_status pw_state_run_sql(pw_state *state, pw_str sql, pw_error *err);

/* --- stores ----------------------------------------------------------------------------------- */

/* How an operator's object lives in memory and as bytes. */
typedef struct pw_store_class {
    uint32_t object_bytes;                                    /* 8-aligned */
    void (*init)(void *opaque, void *object);                 /* of a key not seen before */
    bool (*decode)(void *opaque, void *object, pw_str bytes); /* false: damaged */
    void (*encode)(void *opaque, const void *object, pw_buf *out);
    void (*release)(void *opaque, void *object); /* may be NULL */
    /* Memory outside the object; may be NULL. */
    size_t (*extra_bytes)(void *opaque, const void *object);
    void *opaque;
    /* Keys are also kept sorted in memory: for stores that scan by prefix often. Without it a scan
     * looks at every entry in memory. */
    bool is_ordered;
    /* Entries have a time_ms: pw_store_scan_expired works, the file has an index on it. */
    bool has_time;
} pw_store_class;

typedef struct pw_store_entry {
    uint64_t hash;
    const char *key;
    uint32_t key_length;
    uint32_t flags; /* state/store.c's */
    void *object;
    uint64_t mark; /* the operator's own ("already in my list of changed groups"); starts at 0 */
    struct pw_store_entry *next; /* state/store.c's */
    int64_t time_ms; /* event time by which the entry can expire; INT64_MAX (as created): never.
                        Kept in the file; call pw_store_touch after setting it */
} pw_store_entry;

/* Store number `index` (< store_count) of task `task`. The class is copied. */
PW_MUST_USE pw_status pw_store_open(pw_state *state, uint32_t index, uint32_t task,
                                    const pw_store_class *store_class, pw_store **out,
                                    pw_error *err);

/* The entry of a key: from the cache, else from the file, else (create) a new one with an
 * initialised object, which is kept only if it is touched. NULL in *out when absent and !create.
 * hash = pw_hash_bytes(key). The entry stays where it is until the next pw_store_trim or cut of
 * this task. A store whose file rows are all in memory never asks the file. */
PW_MUST_USE pw_status pw_store_find(pw_store *store, pw_str key, uint64_t hash, bool create,
                                    pw_store_entry **out, pw_error *err);

/* Brings the entries of these keys closer, all at once instead of one after the other: with a
 * million keys a find that follows takes a third of the time. For some 16 to 64 keys that are about
 * to be found; changes nothing. */
void pw_store_prefetch(const pw_store *store, const uint64_t *hashes, uint32_t count);

/* The object was changed: it is in the next cut. */
void pw_store_touch(pw_store *store, pw_store_entry *entry);
/* The key is gone: its row is deleted by the next cut. */
void pw_store_remove(pw_store *store, pw_store_entry *entry);

/* Calls `visit` for every live entry whose key starts with `prefix`, in key order (memory over
 * file). Entries may be touched and removed meanwhile, not added. An entry that is not touched is
 * borrowed for the visit only. Stops when visit returns false. */
PW_MUST_USE pw_status pw_store_scan(pw_store *store, pw_str prefix,
                                    bool (*visit)(void *opaque, pw_store_entry *entry),
                                    void *opaque, pw_error *err);
/* The same for entries with time_ms < before_ms, in time order, at most `max`. For expiry and for
 * closing windows. A visited entry that is neither removed nor given a later time is visited again
 * by the next call. Needs has_time. */
PW_MUST_USE pw_status pw_store_scan_expired(pw_store *store, int64_t before_ms, uint32_t max,
                                            bool (*visit)(void *opaque, pw_store_entry *entry),
                                            void *opaque, pw_error *err);

/* Forgets clean, committed entries until the cache is within its bound. Called between batches. */
void pw_store_trim(pw_store *store);
/* Bytes of changes not yet in a cut: a large number asks for an early commit. */
size_t pw_store_dirty_bytes(const pw_store *store);
uint64_t pw_store_entry_count(const pw_store *store); /* in memory */

/* --- the visible table ------------------------------------------------------------------------ */

/* The part of the table that task `task` writes. */
PW_MUST_USE pw_status pw_table_open(pw_state *state, uint32_t task, pw_table **out, pw_error *err);

/* Takes the selected rows of a batch whose columns are the table's schema: PW_ROW_TOMBSTONE deletes
 * the key, all else is an upsert; the last word on a key within a cut wins. ROWTIME is
 * batch->rowtime. Copies. */
PW_MUST_USE pw_status pw_table_apply(pw_table *table, const pw_batch *batch, pw_error *err);
size_t pw_table_dirty_bytes(const pw_table *table);

/* --- cut and commit --------------------------------------------------------------------------- */

typedef struct pw_cut_offset {
    pw_str topic;
    int32_t partition;
    int64_t offset_next;
} pw_cut_offset;

/* Bytes of changes of this task that the next cut would take: a large number asks for it early. The
 * task's own thread only. */
size_t pw_state_dirty_bytes(const pw_state *state, uint32_t task);

/* Takes everything changed since the last cut, in all stores and table parts. The query must stand
 * still; quick (memory only). One cut may be under way at a time. Empty cuts are fine (only offsets
 * move). */
pw_cut *pw_state_cut(pw_state *state, const pw_cut_offset *offsets, size_t offset_count,
                     const int64_t *stream_times, uint32_t task_count);
size_t pw_cut_row_count(const pw_cut *cut);

/* Exactly once: bytes that are to be produced for this cut, kept in the file until
 * pw_state_outbox_clear. Before pw_state_commit; pieces come back in the order they were added.
 * Copied. */
void pw_cut_outbox_add(pw_cut *cut, pw_str piece);
PW_MUST_USE pw_status pw_state_outbox_read(pw_state *state, pw_arena *arena, uint64_t *epoch,
                                           pw_str **pieces, size_t *piece_count, pw_error *err);
PW_MUST_USE pw_status pw_state_outbox_clear(pw_state *state, pw_error *err);

/* Writes the cut in one transaction, rows sorted by key, and counts the epoch up. A cut that
 * changes nothing (no rows, same offsets and times, no outbox) is not written and leaves the epoch.
 * On failure nothing is written, the cut stays whole and the call can be repeated (PW_DISK_FULL:
 * when there is room again). */
PW_MUST_USE pw_status pw_state_commit(pw_state *state, pw_cut *cut, pw_error *err);
/* Gives the cut's memory back, after a successful commit or when the query fails. */
void pw_cut_free(pw_state *state, pw_cut *cut);

/* --- bytes ------------------------------------------------------------------------------------ */

/* Key columns as bytes that compare (memcmp) in the order of the values; equal values give equal
 * bytes. Used for store keys and exchange. NULL is encoded too. columns: of a batch; indexes:
 * which. */
void pw_key_encode(const pw_type *const *types, const pw_vector *columns, const uint32_t *indexes,
                   uint32_t count, uint32_t row, pw_buf *out);
/* Back to slots, text copied to `arena`. False for bytes that no encode wrote. */
bool pw_key_decode(pw_arena *arena, const pw_type *const *types, uint32_t count, pw_str bytes,
                   pw_slot *slots);

/* A row of any types as compact bytes and back. */
void pw_row_encode(const pw_type *const *types, const pw_slot *slots, uint32_t count, pw_buf *out);
bool pw_row_decode(pw_arena *arena, const pw_type *const *types, uint32_t count, pw_str bytes,
                   pw_slot *slots);

#endif
