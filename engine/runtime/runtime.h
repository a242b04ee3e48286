/* The runtime: persistent queries as tasks on a pool of worker threads, and the thread that commits
 * them.
 *
 * Threads: pw_runtime_stop_request and pw_query_progress_get may be called from anywhere at any
 * time; all else from one thread (the session's). SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_RUNTIME_RUNTIME_H
#define PW_RUNTIME_RUNTIME_H

#include "catalog/errors.h"
#include "kafka/broker.h"
#include "plan/topology.h"

typedef struct pw_runtime pw_runtime;
typedef struct pw_query pw_query;

typedef struct pw_runtime_options {
    pw_broker *broker;
    pw_errors *errors;     /* the error table */
    uint32_t worker_count; /* 0: one per core */
    int64_t commit_interval_ms;
    int64_t max_task_idle_ms;
    uint32_t batch_rows; /* 1 to PW_BATCH_ROWS_MAX */
    size_t cache_bytes;  /* of one query */
    bool emits_every_update;
    bool starts_at_latest; /* auto.offset.reset=latest: streams; tables are always read whole */
} pw_runtime_options;

PW_MUST_USE pw_status pw_runtime_open(const pw_runtime_options *options, pw_runtime **out,
                                      pw_error *err);
/* Stops and commits all queries, ends the threads. */
void pw_runtime_close(pw_runtime *runtime);

/* Prepares a query whose topics exist: it is there, at its committed offsets, and reads from
 * pw_runtime_begin on (so that queries of one script share their readers from the first record).
 * state_path: its file, or ":memory:". The topology must outlive the query. Failure leaves nothing
 * running. */
PW_MUST_USE pw_status pw_runtime_start(pw_runtime *runtime, const pw_topology *topology,
                                       pw_str state_path, pw_query **out, pw_error *err);
/* Lets all prepared queries run. */
void pw_runtime_begin(pw_runtime *runtime);
/* Commits what was read so far and ends the query. */
void pw_runtime_stop(pw_runtime *runtime, pw_query *query);
void pw_query_pause(pw_query *query, bool is_paused);

/* Asks pw_runtime_wait to return. Async-signal-safe. */
void pw_runtime_stop_request(pw_runtime *runtime);

/* Waits until every query has read, processed and committed all that its topics held when its turn
 * came (queries are taken in order of creation, so one that reads another's output sees all of it).
 * timeout_ms < 0: for ever. Errors: PW_CANCELLED after a stop request; the failed query's own
 * error; PW_BROKER when the time is over. */
PW_MUST_USE pw_status pw_runtime_wait_end(pw_runtime *runtime, int64_t timeout_ms, pw_error *err);
/* Waits for a stop request (PW_OK) or until all queries have failed (the first one's error). */
PW_MUST_USE pw_status pw_runtime_wait_stop(pw_runtime *runtime, int64_t timeout_ms, pw_error *err);
/* Brings all queries to a stand, with a commit of what they have read; what is left is to close.
 * Failed ones are left alone. The error of the first that cannot commit because it waits for room
 * or for a broker: its last commit stays, and a restart reads again from there. */
PW_MUST_USE pw_status pw_runtime_halt(pw_runtime *runtime, pw_error *err);

typedef enum {
    PW_QUERY_CATCHING_UP,
    PW_QUERY_RUNNING,
    PW_QUERY_IDLE,
    PW_QUERY_STALLED, /* waits for room on a disk or for a broker */
    PW_QUERY_PAUSED,
    PW_QUERY_FAILED,
} pw_query_state;

const char *pw_query_state_text(pw_query_state state);

typedef struct pw_query_progress {
    pw_str id, sink;
    pw_query_state state;
    char reason[512];
    uint64_t records_read;  /* since start */
    uint64_t records_total; /* records_read plus what is still to be read, as known now */
    uint64_t records_undecodable;
    uint64_t rows_out;
    uint64_t commits;
    char why_nothing[512];
} pw_query_progress;

void pw_query_progress_get(pw_query *query, pw_query_progress *out);
uint32_t pw_runtime_queries(pw_runtime *runtime, pw_query **queries, uint32_t capacity);
const pw_topology *pw_query_topology(const pw_query *query);

#endif
