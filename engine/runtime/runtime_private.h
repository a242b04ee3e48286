/* How the files of the runtime hang together.
 *
 *   pool.c     worker threads and the queue of ready tasks
 *   feed.c     what tasks read from: one reader of a partition for all queries at the same place
 *   task.c     one task: read, decode, merge by time, push through the operators, hand over
 *   channel.c  what an exchange moves batches through
 *   query.c    start and stop of a query, its failures and its progress
 *   commit.c   the committer thread: drain, flush, cut, acknowledge, write
 *   blame.h    what becomes of a failure
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_RUNTIME_PRIVATE_H
#define PW_RUNTIME_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "operators/op.h"
#include "operators/source.h"
#include "runtime/feed.h"
#include "runtime/runtime.h"

/* --- channels --------------------------------------------------------------------------------- */

/* A batch on its way to another task, in an arena of its own. */
typedef struct pw_message {
    pw_arena arena;
    pw_batch *batch;
    const pw_plan_op *from; /* the EXCHANGE */
    struct pw_message *next;
} pw_message;

/* Many senders, one receiver. Bounded: senders look at the length before they read more input. */
typedef struct pw_channel {
    pthread_mutex_t lock;
    pw_message *first, *last;
    _Atomic uint32_t length;
} pw_channel;

void pw_channel_init(pw_channel *channel);
void pw_channel_deinit(pw_channel *channel);
void pw_channel_push(pw_channel *channel, pw_message *message);
pw_message *pw_channel_pop(pw_channel *channel);

/* Messages are used again. */
typedef struct pw_message_pool {
    pthread_mutex_t lock;
    pw_message *free;
    uint32_t free_count;
} pw_message_pool;

void pw_message_pool_init(pw_message_pool *pool);
void pw_message_pool_deinit(pw_message_pool *pool);
pw_message *pw_message_take(pw_message_pool *pool);
void pw_message_give(pw_message_pool *pool, pw_message *message);

/* --- tasks ------------------------------------------------------------------------------------ */

typedef struct pw_task pw_task;

/* One partition that a task reads. */
typedef struct pw_task_input {
    pw_source_op *source;
    const pw_plan_op *plan;
    pw_feed *feed;
    int32_t partition;
    pw_arena arena; /* of the pending batch */
    pw_record *records;
    pw_batch *pending;        /* decoded, not yet (all) processed; NULL: none */
    uint32_t cursor;          /* first selected row of `pending` not yet processed */
    int64_t offset_next;      /* first record not yet processed: what a cut takes */
    int64_t idle_since_ns;    /* 0: not waiting */
    _Atomic int64_t position; /* as read, for progress */
    _Atomic int64_t end;      /* end offset as last known */
    _Atomic bool is_at_end;
    _Atomic int64_t end_reached; /* the end at which the reader last had nothing more to give */
    _Atomic bool has_pending;    /* of `pending`, for other threads */
    _Atomic int64_t next_time; /* event time of what this input gives next, as far as is known: its
                                  pending row's; INT64_MAX when the topic has no more; INT64_MIN
                                  while that is not known */
} pw_task_input;

enum { PW_TASK_IDLE, PW_TASK_QUEUED, PW_TASK_RUNNING, PW_TASK_RUNNING_AGAIN };

struct pw_task {
    pw_exchange_port port; /* first: the operators' way to it */
    pw_row_errors row_errors;
    pw_query *query;
    uint32_t number; /* in the query */
    uint32_t stage;
    uint32_t index; /* partition or shard */
    pw_op_context context;
    pw_arena arena, flush_arena;
    pw_outbox outbox;
    _Atomic bool
        is_outbox_counted; /* its output could not all be handed over; in query->inflight */
    pw_op **ops;           /* by id of the plan operator; NULL where another stage's */
    pw_task_input *inputs;
    uint32_t input_count;
    pw_channel channel;
    _Atomic int schedule;
    pw_task *ready_next;
    _Atomic bool is_gated;   /* waits for other inputs of the query to reach its time */
    _Atomic bool is_blocked; /* a reader shared with a slower query has no room: look again later */
    bool is_flushed;         /* in the present cut */
    _Atomic uint64_t records_read, records_undecodable;
    _Atomic size_t dirty_bytes; /* of its changes since the last cut */
};

/* Runs a task once; true if it should run again soon. */
bool pw_task_run(pw_task *task);
PW_MUST_USE pw_status pw_task_open(pw_query *query, pw_task *task, pw_error *err);
void pw_task_close(pw_task *task);

/* --- pool ------------------------------------------------------------------------------------- */

typedef struct pw_pool {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    pw_task *first, *last;
    pthread_t *threads;
    uint32_t thread_count;
    bool is_stopping;
} pw_pool;

PW_MUST_USE pw_status pw_pool_open(pw_pool *pool, uint32_t thread_count, pw_error *err);
void pw_pool_close(pw_pool *pool);
/* Makes a task ready. From any thread; cheap when it is ready already. */
void pw_pool_schedule(pw_pool *pool, pw_task *task);

/* --- queries ---------------------------------------------------------------------------------- */

/* What tasks may do. Set by the committer (and by failures), read by the workers before and after
 * each run. */
typedef enum {
    PW_PHASE_RUN,   /* read and process */
    PW_PHASE_DRAIN, /* process what is in the channels, read nothing */
    PW_PHASE_FLUSH, /* flush the operators of one stage; channels go on */
    PW_PHASE_HOLD,  /* nothing: paused, stopping, failed */
} pw_phase;

struct pw_query {
    pw_runtime *runtime;
    const pw_topology *topology;
    const pw_plan_sink *sink;
    pw_arena arena;
    pw_state *state;
    pw_topic_handle *topic;
    int32_t sink_partitions;
    bool is_time_gated; /* a join gets both sides through exchanges: sources keep step by event time
                         */
    pw_task *tasks;
    uint32_t task_count;
    uint32_t *stage_first; /* first task of each stage */
    pw_message_pool messages;

    _Atomic int phase;
    _Atomic uint32_t running;  /* tasks being run right now */
    _Atomic uint32_t inflight; /* messages in channels and tasks with unsent output */
    _Atomic uint32_t flush_left;
    _Atomic uint32_t flush_stage;
    _Atomic bool is_dirty; /* something was processed since the last cut */
    _Atomic bool has_failed;
    _Atomic bool is_stalled;
    _Atomic uint64_t commits_wanted; /* tickets: see pw_query_want_commit */
    _Atomic uint64_t commits_kept;   /* ... up to this one are served */
    _Atomic uint64_t commits;
    pthread_mutex_t lock; /* of `error`, `stall` */
    pw_error error;       /* why it failed */
    pw_error stall;       /* why it waits */

    /* The committer's own. */
    _Atomic int64_t last_commit_ns; /* the session sets it when the query begins */
    int64_t retry_at_ns;
    pw_cut *cut;
    uint64_t cut_ticket; /* the last ticket that was drawn before `cut` */
    _Atomic bool is_paused;
    _Atomic bool is_halted; /* stands still after its last commit */
    _Atomic bool
        is_stopped; /* to be released; the committer takes it back when it is done with the query */
    bool is_begun;
    pw_query *next; /* in the runtime's list */
};

struct pw_runtime {
    pw_runtime_options options;
    pw_pool pool;
    pw_producer *producer;
    pw_feeds feeds;
    pthread_t committer;
    bool has_committer;
    pthread_mutex_t lock; /* of the list of queries and of `wake` */
    pthread_cond_t wake;  /* the committer's */
    pthread_cond_t done;  /* a commit or a failure happened: for those who wait */
    bool is_woken;
    bool is_stopping;
    _Atomic bool is_stop_requested;
    bool is_output_late;     /* the committer's own: the last flush did not end in time */
    _Atomic bool has_polled; /* a first read happened, and was logged */
    int64_t opened_ns;
    pw_query *queries;
    uint32_t query_count;
};

/* A failure that this query does not survive: it stops where it is; the last commit stays. */
void pw_query_fail(pw_query *query, const pw_error *err);
/* It waits: disk full, broker away. NULL ends the wait. */
void pw_query_stall(pw_query *query, const pw_error *err);
bool pw_query_is_quiet(pw_query *query);
/* Asks for a commit of all that is processed now. A cut that is being written already may be an
 * older one, hence the ticket: the wish is fulfilled when commits_kept has reached it. */
uint64_t pw_query_want_commit(pw_query *query);
void pw_query_schedule_all(pw_query *query);

void pw_committer_wake(pw_runtime *runtime);
void *pw_committer_main(void *runtime);

#endif
