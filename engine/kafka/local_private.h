/* The embedded broker's inside: topics are tables of one SQLite file.
 *
 *   topic          name -> id, partition count, retention, compaction
 *   partition      (topic, number) -> low, next (offset of the next record), cleaned
 *   records_T_P    records of partition P of the topic with id T; the rowid is the offset
 *   group_...      members, owners and committed offsets of consumer groups
 *
 * Locks, in the order in which they are taken: producers_lock, a local_db's lock, a producer's
 * lock, registry_lock. In memory there is one connection (`write`) for everything; with a file,
 * readers share a few more, so that a poll never waits for a commit. SPDX-License-Identifier:
 * Apache-2.0 */
#ifndef PW_KAFKA_LOCAL_PRIVATE_H
#define PW_KAFKA_LOCAL_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "base/hashmap.h"
#include "kafka/broker_private.h"

enum {
    LOCAL_SCHEMA_VERSION = 1,
    LOCAL_READ_CONNECTIONS = 4,
    LOCAL_WATCH_MS = 10,         /* how soon another process's records are noticed */
    LOCAL_LINGER_MS = 10,        /* a record is written at latest after this */
    LOCAL_HURRY_BYTES = 1 << 20, /* ... or when a producer has gathered this much */
    LOCAL_RETRY_MS = 200,        /* between two tries of what a full disk refused */
    LOCAL_QUEUE_BYTES_MAX = 32 << 20,
    LOCAL_QUEUE_RECORDS_MAX = 200000,
    LOCAL_RECORD_BYTES_MAX = 100 << 20,
    LOCAL_POLL_BYTES_MAX = 16 << 20, /* copied by one poll */
    LOCAL_CLEAN_MS = 1000,           /* between two looks for expired or superseded records */
    LOCAL_CLEAN_ROWS = 5000, /* deleted in one transaction, so that producers get their turn */
    LOCAL_COMPACT_RECORDS_MIN = 10000,     /* new records before a compaction is worth its scan */
    LOCAL_TOMBSTONE_MS = 24 * 3600 * 1000, /* Kafka's delete.retention.ms */
    LOCAL_MEMBER_MS = 6000, /* a group member without a heartbeat is gone after this */
    LOCAL_HEARTBEAT_MS = 1000,
};

typedef struct local_db {
    sqlite3 *db;
    pthread_mutex_t lock;
} local_db;

typedef struct local_reader local_reader;
typedef struct local_producer local_producer;
typedef struct local_group local_group;

/* Whatever is known of a partition in this process. Made on first use, freed with the broker. */
typedef struct local_partition local_partition;
struct local_partition {
    int64_t key[2]; /* topic id, partition: its key in the registry */
    _Atomic int64_t high;
    atomic_bool is_gone;   /* the topic was deleted */
    local_reader *readers; /* under registry_lock */
    /* Of the writer, under write.lock. */
    sqlite3_stmt *insert;
    uint64_t transaction; /* in which `next` was read */
    int64_t next;
    local_partition *touched_next;
};

typedef struct local_broker {
    pw_broker base;
    char *path;
    bool is_memory;
    int32_t partition_count_default;

    local_db write;
    local_db read[LOCAL_READ_CONNECTIONS];
    atomic_uint read_next;
    uint64_t transaction;     /* number of the write transaction, under write.lock */
    local_partition *touched; /* by it */

    pthread_mutex_t registry_lock;
    pw_hashmap partitions;
    pw_arena arena; /* of the partitions */

    pthread_mutex_t producers_lock;
    local_producer *producers;
    pthread_mutex_t groups_lock;
    local_group *groups;
    atomic_uint change_count; /* grows when groups should look at the tables again */

    /* Helper threads, each started when there is something for it to do. */
    pthread_mutex_t thread_lock;
    pthread_cond_t thread_wake;
    bool is_closing;
    bool has_pending; /* for the writer: a producer has records */
    bool is_hurried;
    bool must_clean;
    bool has_writer, has_watcher, has_cleaner;
    pthread_t writer, watcher, cleaner;
} local_broker;

typedef struct local_topic {
    int64_t id;
    int32_t partition_count;
    int64_t retention_ms;
    bool is_compacted;
} local_topic;

struct local_reader {
    pw_reader base;
    local_broker *broker;
    local_partition *partition;
    local_reader *next; /* of the same partition */
    void (*wake)(void *opaque);
    void *opaque;
    char *topic;
    local_db *db;
    sqlite3_stmt *select;
    pw_arena arena; /* the records of the last poll */
    bool wants_headers;
    atomic_bool is_waiting; /* found nothing: wake it */
};

/* --- local_sql.c: SQLite with our errors
 * ------------------------------------------------------------ */

PW_MUST_USE pw_status local_db_open(local_broker *broker, local_db *db, pw_error *err);
void local_db_close(local_db *db);
/* The failure that `db` has just had, as a status. */
pw_status local_fail(const local_broker *broker, sqlite3 *db, const char *doing, pw_error *err);
/* Prepares and binds, `types` one letter per argument: 'i' int64_t, 't' pw_str. */
PW_MUST_USE pw_status local_query(const local_broker *broker, sqlite3 *db, sqlite3_stmt **out,
                                  pw_error *err, const char *sql, const char *types, ...);
PW_MUST_USE pw_status local_step(const local_broker *broker, sqlite3_stmt *statement, bool *has_row,
                                 pw_error *err);
/* Prepares, binds, runs to the end. */
PW_MUST_USE pw_status local_exec(const local_broker *broker, sqlite3 *db, pw_error *err,
                                 const char *sql, const char *types, ...);
/* Locks the writing connection and begins; `end` commits if `status` is PW_OK and rolls back
 * otherwise, unlocks, and returns what became of it. */
PW_MUST_USE pw_status local_begin(local_broker *broker, pw_error *err);
PW_MUST_USE pw_status local_end(local_broker *broker, pw_status status, pw_error *err);
/* The same by somebody who holds write.lock and keeps it. */
PW_MUST_USE pw_status local_begin_locked(local_broker *broker, pw_error *err);
PW_MUST_USE pw_status local_end_locked(local_broker *broker, pw_status status, pw_error *err);
/* One of the reading connections, locked; unlock its `lock` after use. */
local_db *local_read_lock(local_broker *broker);

/* --- broker_local.c
 * ---------------------------------------------------------------------------------- */

enum { LOCAL_WRITER = 1, LOCAL_WATCHER = 2, LOCAL_CLEANER = 4 };
PW_MUST_USE pw_status local_start_threads(local_broker *broker, int which, pw_error *err);
/* Tells the helper threads that there is something to do (under no lock). */
void local_kick(local_broker *broker, bool is_hurried, bool must_clean);
local_partition *local_partition_get(local_broker *broker, int64_t topic_id, int32_t partition);
/* Sets what is known of the end of a partition and wakes its readers if it grew. */
void local_partition_grown(local_broker *broker, local_partition *partition, int64_t high);
void local_partition_gone(local_broker *broker, local_partition *partition);

/* --- local_topics.c
 * ---------------------------------------------------------------------------------- */

PW_MUST_USE pw_status local_topic_find(local_broker *broker, sqlite3 *db, pw_str name,
                                       local_topic *out, pw_error *err);
PW_MUST_USE pw_status local_partition_find(local_broker *broker, sqlite3 *db, pw_str name,
                                           int32_t partition, local_topic *out, pw_error *err);
pw_status local_topic_describe(pw_broker *broker, pw_arena *arena, pw_str name, pw_topic_info *out,
                               pw_error *err);
pw_status local_topic_list(pw_broker *broker, pw_arena *arena, pw_topic_info **out, size_t *count,
                           pw_error *err);
pw_status local_topic_create(pw_broker *broker, const pw_topic_spec *spec, pw_error *err);
pw_status local_topic_delete(pw_broker *broker, pw_str name, pw_error *err);
pw_status local_topic_set_retention(pw_broker *broker, pw_str name, int64_t retention_ms,
                                    pw_error *err);
pw_status local_topic_offsets(pw_broker *broker, pw_str name, int32_t partition, int64_t *low,
                              int64_t *high, pw_error *err);

/* --- local_reader.c
 * ---------------------------------------------------------------------------------- */

pw_status local_reader_open(pw_broker *broker, const pw_reader_spec *spec, pw_reader **out,
                            pw_error *err);
void local_reader_close(pw_reader *reader);
pw_status local_reader_poll(pw_reader *reader, pw_record *records, uint32_t max, uint32_t *count,
                            pw_error *err);
bool local_reader_is_at_end(const pw_reader *reader);
int64_t local_reader_high_watermark(const pw_reader *reader);
/* Headers as a record's bytes: count, then name and value each with a length, big-endian. */
void local_headers_encode(const pw_headers *headers, pw_buf *out);
const pw_headers *local_headers_decode(pw_arena *arena, const char *bytes, size_t length);

/* --- local_producer.c
 * -------------------------------------------------------------------------------- */

pw_status local_producer_open(pw_broker *broker, pw_delivery_fn *on_delivery, void *opaque,
                              pw_producer **out, pw_error *err);
void local_producer_close(pw_producer *producer);
pw_status local_producer_topic(pw_producer *producer, pw_str topic, pw_topic_handle **out,
                               int32_t *partition_count, pw_error *err);
pw_status local_producer_send(pw_producer *producer, const pw_outgoing *records, size_t count,
                              size_t *sent, pw_error *err);
void local_producer_poll(pw_producer *producer, int timeout_ms);
pw_status local_producer_flush(pw_producer *producer, int64_t timeout_ms, pw_error *err);
pw_producer_stats local_producer_stats(pw_producer *producer);
/* Writes what every producer of the broker has gathered: the writer thread's work. False: a full
 * disk or the like refused some of it. */
bool local_producers_commit(local_broker *broker);

/* --- local_group.c
 * ----------------------------------------------------------------------------------- */

pw_status local_group_join(pw_broker *broker, const pw_group_spec *spec, pw_group **out,
                           pw_error *err);
pw_status local_group_poll(pw_group *group, int timeout_ms, pw_record *records, uint32_t max,
                           uint32_t *count, pw_error *err);
pw_status local_group_commit(pw_group *group, pw_error *err);
bool local_group_is_at_end(pw_group *group);
void local_group_leave(pw_group *group);
/* Of every group joined in this process; called by the watcher. */
void local_groups_heartbeat(local_broker *broker);
/* Lets waiting members look at the tables again. */
void local_groups_changed(local_broker *broker);

/* --- local_clean.c
 * ----------------------------------------------------------------------------------- */

/* Deletes expired records and compacts what is worth it. Returns early when the broker closes. */
void local_clean(local_broker *broker);

#endif
