/* The only door to topics. Two implementations stand behind it: broker_rdkafka.c (a real cluster)
 * and broker_local.c (embedded, topics are tables of a SQLite file). Both pass one contract suite
 * (tests/contract).
 *
 * Threads: a pw_broker may be used by any thread; a reader or producer by one thread at a time,
 * except where a function says otherwise. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_KAFKA_BROKER_H
#define PW_KAFKA_BROKER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "types/batch.h" /* pw_headers */

typedef struct pw_broker pw_broker;
typedef struct pw_reader pw_reader;
typedef struct pw_producer pw_producer;
typedef struct pw_group pw_group;

/* --- configuration ---------------------------------------------------------------------------- */

typedef struct pw_broker_property {
    pw_str name; /* as librdkafka has it, e.g. "bootstrap.servers", "sasl.password" */
    pw_str value;
    bool for_consumer; /* which clients it is for; properties of [default] have both */
    bool for_producer;
    pw_str origin; /* "config.ini:7" or "--set": where an error points */
} pw_broker_property;

typedef struct pw_broker_config {
    const pw_broker_property *properties;
    size_t property_count;
    pw_str local_path; /* of topics.db when there is no bootstrap.servers; ":memory:" for tests */
    int32_t local_partitions; /* of a topic made without a count, 1 if 0 */
    int64_t timeout_ms;       /* for metadata, creation, flush at close; 0 means 10 000 */
} pw_broker_config;

/* Opens the cluster if `bootstrap.servers` is among the properties, the embedded broker otherwise.
 * A real broker is asked for its metadata before this returns. Errors: PW_CONFIG (unknown key, with
 * origin and the nearest known key; bad value), PW_BROKER (nobody answers at that address within
 * the timeout), PW_IO. Secrets never reach a message. */
PW_MUST_USE pw_status pw_broker_open(const pw_broker_config *config, pw_broker **out,
                                     pw_error *err);
void pw_broker_close(pw_broker *broker); /* readers and producers must be closed before */
bool pw_broker_is_local(const pw_broker *broker);
/* "127.0.0.1:9092" or "embedded (pitwall-data/topics.db)", for messages. */
pw_str pw_broker_name(const pw_broker *broker);

/* Is `name` a property that a real cluster's client knows? For checking settings without a
 * connection. */
bool pw_broker_property_is_known(pw_str name);
/* The known property nearest to `name`, or empty. */
pw_str pw_broker_property_nearest(pw_str name);

/* --- topics ----------------------------------------------------------------------------------- */

typedef struct pw_topic_info {
    pw_str name; /* in the arena of the call */
    int32_t partition_count;
    int32_t replica_count;
    bool is_internal;
} pw_topic_info;

typedef struct pw_topic_spec {
    pw_str name;
    int32_t partition_count; /* 0: the broker's default */
    int32_t replica_count;   /* 0: the broker's default */
    int64_t retention_ms;    /* 0: the broker's default (embedded: for ever); -1: for ever */
    bool is_compacted;
} pw_topic_spec;

/* PW_NO_TOPIC if there is none (hint: the nearest name there is). Never creates one. */
PW_MUST_USE pw_status pw_topic_describe(pw_broker *broker, pw_arena *arena, pw_str name,
                                        pw_topic_info *out, pw_error *err);
PW_MUST_USE pw_status pw_topic_list(pw_broker *broker, pw_arena *arena, pw_topic_info **out,
                                    size_t *count, pw_error *err);
/* PW_EXISTS if there is one already. Returns when the topic can be used. */
PW_MUST_USE pw_status pw_topic_create(pw_broker *broker, const pw_topic_spec *spec, pw_error *err);
PW_MUST_USE pw_status pw_topic_delete(pw_broker *broker, pw_str name, pw_error *err);
/* retention_ms: -1 for ever, 0 the broker's default. */
PW_MUST_USE pw_status pw_topic_set_retention(pw_broker *broker, pw_str name, int64_t retention_ms,
                                             pw_error *err);
/* Oldest offset kept and the one past the newest. */
PW_MUST_USE pw_status pw_topic_offsets(pw_broker *broker, pw_str name, int32_t partition,
                                       int64_t *low, int64_t *high, pw_error *err);

/* --- records ---------------------------------------------------------------------------------- */

/* A record as it is on the topic. Borrowed: see the function that gives it. */
typedef struct pw_record {
    const char *key;   /* NULL: a null key */
    const char *value; /* NULL: a null value (tombstone) */
    uint32_t key_length;
    uint32_t value_length;
    int64_t offset;
    int64_t timestamp_ms; /* -1 when the topic has none */
    int32_t partition;
    const pw_headers *headers; /* NULL when none, or when the reader was not asked for them */
} pw_record;

/* --- readers: one partition of one topic, from a given offset --------------------------------- */

enum { PW_OFFSET_EARLIEST = -2, PW_OFFSET_LATEST = -1 };

typedef struct pw_reader_spec {
    pw_str topic;
    int32_t partition;
    int64_t offset; /* first to read, or PW_OFFSET_... ; one that is gone already, or that lies
                       beyond the end (the topic was made anew), becomes the earliest kept */
    bool wants_headers;
    /* Called from any thread when a reader that had nothing may have something now, be it only the
     * news that it is at the end; the first call may come before pw_reader_open returns. A reader
     * has nothing after a poll that gave fewer records than asked for; after a full one, poll again
     * without waiting. Must be quick and must not call back into the broker. None comes after
     * pw_reader_close. May be NULL. */
    void (*wake)(void *opaque);
    void *opaque;
} pw_reader_spec;

/* Several readers of the same partition are independent. */
PW_MUST_USE pw_status pw_reader_open(pw_broker *broker, const pw_reader_spec *spec, pw_reader **out,
                                     pw_error *err);
void pw_reader_close(pw_reader *reader);

/* Takes up to `max` records that are there already; never waits. *count may be 0. The records stay
 * valid until the next poll or the close of this reader. After a fatal broker error: PW_BROKER,
 * after the topic was deleted: PW_NO_TOPIC; passing trouble is retried inside and gives 0 records.
 */
PW_MUST_USE pw_status pw_reader_poll(pw_reader *reader, pw_record *records, uint32_t max,
                                     uint32_t *count, pw_error *err);

/* Has everything been taken that was on the partition when the reader last heard from it (its
 * present end)? Control records and gaps of transactions count as taken. */
bool pw_reader_is_at_end(const pw_reader *reader);
/* Offset of the next record to take. */
int64_t pw_reader_position(const pw_reader *reader);
/* High watermark as last known, -1 before the first fetch. */
int64_t pw_reader_high_watermark(const pw_reader *reader);

/* --- producers -------------------------------------------------------------------------------- */

typedef struct pw_producer_stats {
    uint64_t sent;         /* handed over */
    uint64_t acknowledged; /* by the broker */
    uint64_t failed;
} pw_producer_stats;

/* Called for each acknowledged or failed record, on the thread that calls
 * pw_producer_poll/flush/send. */
typedef void pw_delivery_fn(void *opaque, pw_status status, const char *reason, int32_t partition,
                            int64_t offset, void *record_opaque);

/* on_delivery may be NULL: then only counted, which is faster. */
PW_MUST_USE pw_status pw_producer_open(pw_broker *broker, pw_delivery_fn *on_delivery, void *opaque,
                                       pw_producer **out, pw_error *err);
/* Waits for what is under way, up to the timeout of the broker's configuration. */
void pw_producer_close(pw_producer *producer);

typedef struct pw_topic_handle pw_topic_handle;
/* A topic to produce to: looked up once, kept until the producer closes. *partition_count is what
 * it has now. */
PW_MUST_USE pw_status pw_producer_topic(pw_producer *producer, pw_str topic, pw_topic_handle **out,
                                        int32_t *partition_count, pw_error *err);

typedef struct pw_outgoing {
    pw_topic_handle *topic;
    int32_t partition; /* -1: by the key as Kafka's default partitioner does (murmur2), a null key:
                          any */
    const char *key;   /* NULL: null key */
    size_t key_length;
    const char *value; /* NULL: null value */
    size_t value_length;
    int64_t timestamp_ms;      /* negative is sent as 0, since Kafka cannot carry it (1 through
                                  librdkafka, to      which 0 means "now") */
    const pw_headers *headers; /* may be NULL */
    void *opaque;              /* handed to on_delivery */
} pw_outgoing;

/* Copies and queues records in order. *sent < count with PW_OK means the queue is full: try the
 * rest after pw_producer_poll. They become visible by themselves after some milliseconds, or with a
 * flush. Errors, about record number *sent, which was not queued: PW_LIMIT (too large), PW_INVALID
 * (no such partition), PW_BROKER; of the embedded broker also PW_DISK_FULL, PW_BUSY, PW_IO: the
 * queue is full because of that, try the rest later. Waits while another thread flushes.
 * Thread-safe: several tasks share a producer. */
PW_MUST_USE pw_status pw_producer_send(pw_producer *producer, const pw_outgoing *records,
                                       size_t count, size_t *sent, pw_error *err);
/* Serves deliveries; waits up to timeout_ms for one. Thread-safe. */
void pw_producer_poll(pw_producer *producer, int timeout_ms);
/* Waits until everything sent before is acknowledged. PW_BROKER when a record failed for good or
 * the time is over (err says which topic and why). A lost record fails every later flush of this
 * producer too: what it acknowledged has a gap; open another one. The embedded broker gives
 * PW_DISK_FULL, PW_BUSY, PW_IO as they are, at once: then nothing is lost, it goes on trying until
 * it is closed. pw_producer_get_stats().failed tells the two cases apart. timeout_ms < 0: as long
 * as it takes. */
PW_MUST_USE pw_status pw_producer_flush(pw_producer *producer, int64_t timeout_ms, pw_error *err);
pw_producer_stats pw_producer_get_stats(pw_producer *producer);

/* --- consumer groups (for the command line's `consume --group`) ------------------------------- */

typedef void pw_rebalance_fn(void *opaque, bool is_assigned, pw_str topic,
                             const int32_t *partitions, size_t partition_count);

/* Members of one group share the topic's partitions, whichever process they are in. from_beginning:
 * where a group without committed offsets starts. */
PW_MUST_USE pw_status pw_group_join(pw_broker *broker, pw_str topic, pw_str group,
                                    bool from_beginning, pw_rebalance_fn *on_rebalance,
                                    void *opaque, pw_group **out, pw_error *err);
/* As pw_reader_poll over all assigned partitions, waiting up to timeout_ms; headers are included.
 * Rebalances happen in here, and in pw_group_leave: before a partition is given up, on_rebalance
 * may still commit. */
PW_MUST_USE pw_status pw_group_poll(pw_group *group, int timeout_ms, pw_record *records,
                                    uint32_t max, uint32_t *count, pw_error *err);
/* Commits what has been taken so far. */
PW_MUST_USE pw_status pw_group_commit(pw_group *group, pw_error *err);
bool pw_group_is_at_end(pw_group *group);
void pw_group_leave(pw_group *group);

#endif
