/* The committer: one thread that takes each query, when its time has come, through
 *
 *   DRAIN   sources stop to read, channels run empty
 *   FLUSH   operators emit what they held back, stage by stage
 *   cut     changed rows, offsets and times are taken in memory; the query runs on
 *   wait    for the acknowledgement of all output so far
 *   write   the cut, in one transaction
 *
 * so that state and offsets always agree and no output of a commit can be lost (design: at least
 * once). A cut that cannot be written (disk full) stays whole; the query stands still and the write
 * is tried again. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <time.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "runtime/blame.h"
#include "runtime/runtime_private.h"

enum {
    IDLE_TICK_MS = 10,       /* how often idle queries are looked at */
    RETRY_MS = 500,          /* between two tries of what a full disk refused */
    STUCK_MS = 500,          /* a stalled query's output is not waited for any longer */
    FLUSH_TIMEOUT_MS = 5000, /* then the query counts as stalled; it goes on waiting all the same */
    FLUSH_AGAIN_MS = 100,    /* ... by looking again now and then: other queries have their turn */
    DIRTY_BYTES_PART = 4,    /* a cut is taken early when changes fill this part of the cache */
};

void pw_committer_wake(pw_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->is_woken = true;
    pthread_cond_signal(&runtime->wake);
    pthread_mutex_unlock(&runtime->lock);
}

static void wait_woken(pw_runtime *runtime, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&runtime->lock);
    if (!runtime->is_woken) pthread_cond_timedwait(&runtime->wake, &runtime->lock, &until);
    runtime->is_woken = false;
    pthread_mutex_unlock(&runtime->lock);
}

/* --- bringing a query to a stand -------------------------------------------------------------- */

static bool has_unsent(const pw_query *query) {
    for (uint32_t i = 0; i < query->task_count; i++) {
        if (atomic_load(&query->tasks[i].is_outbox_counted)) return true;
    }
    return false;
}

/* Has nobody taken its output for too long? Then it is stalled, if it was not known to be. */
static bool is_stuck(pw_query *query, int64_t since_ns) {
    if (!has_unsent(query)) return false;
    bool is_known = atomic_load(&query->is_stalled);
    int64_t limit_ms = is_known ? STUCK_MS : FLUSH_TIMEOUT_MS;
    if (pw_clock_mono_ns() - since_ns < limit_ms * 1000000) return false;
    if (is_known) return true;
    pw_error err;
    pw_fail(&err, PW_BROKER, PW_SPAN_NONE, "%.*s has taken no output for %d s",
            PW_STR_ARGS(pw_broker_name(query->runtime->options.broker)), FLUSH_TIMEOUT_MS / 1000);
    pw_query_stall(query, &err);
    return true;
}

/* False when the query failed or nobody takes its output: waiting longer would hold up the other
 * queries. */
static bool wait_quiet(pw_query *query) {
    int64_t started_ns = pw_clock_mono_ns();
    while (!pw_query_is_quiet(query) && !atomic_load(&query->has_failed)) {
        if (is_stuck(query, started_ns)) return false;
        wait_woken(query->runtime, 2);
        /* The producer makes room, tasks with output left over try again. */
        pw_producer_poll(query->runtime->producer, 0);
        for (uint32_t i = 0; i < query->task_count; i++) {
            pw_task *task = &query->tasks[i];
            bool has_work =
                atomic_load(&task->channel.length) > 0 || atomic_load(&task->is_outbox_counted);
            if (has_work) pw_pool_schedule(&query->runtime->pool, task);
        }
    }
    return !atomic_load(&query->has_failed);
}

static bool wait_flushed(pw_query *query) {
    while (atomic_load(&query->flush_left) > 0 && !atomic_load(&query->has_failed)) {
        wait_woken(query->runtime, 2);
    }
    return wait_quiet(query);
}

static bool set_phase(pw_query *query, pw_phase phase) {
    atomic_store(&query->phase, phase);
    if (!atomic_load(&query->has_failed)) return true;
    atomic_store(&query->phase, PW_PHASE_HOLD);
    return false;
}

/* Nobody runs in it any more; what was made ready meanwhile sees the phase. */
static void wait_none_running(pw_query *query) {
    while (atomic_load(&query->running) > 0)
        wait_woken(query->runtime, 1);
}

static bool flush_stage(pw_query *query, uint32_t stage) {
    uint32_t count = query->topology->stages[stage].task_count;
    atomic_store(&query->flush_left, count); /* first: a task of this stage may run at once */
    atomic_store(&query->flush_stage, stage);
    if (!set_phase(query, PW_PHASE_FLUSH)) return false;
    for (uint32_t i = 0; i < count; i++) {
        pw_pool_schedule(&query->runtime->pool, &query->tasks[query->stage_first[stage] + i]);
    }
    return wait_flushed(query);
}

static bool drain_and_flush(pw_query *query) {
    if (!set_phase(query, PW_PHASE_DRAIN) || !wait_quiet(query)) return false;
    for (uint32_t i = 0; i < query->task_count; i++)
        query->tasks[i].is_flushed = false;
    for (uint32_t stage = 0; stage < query->topology->stage_count; stage++) {
        if (!flush_stage(query, stage)) return false;
    }
    return true;
}

/* False: it failed, or its output is stuck; then all of this is done again some time later. */
static bool bring_to_stand(pw_query *query) {
    bool is_done = drain_and_flush(query);
    set_phase(query, PW_PHASE_DRAIN);
    wait_none_running(query);
    if (!is_done) query->retry_at_ns = pw_clock_mono_ns() + (int64_t)RETRY_MS * 1000000;
    return is_done && !atomic_load(&query->has_failed);
}

/* Does anything keep it from going on after a commit? */
static bool may_run(const pw_query *query) {
    return !atomic_load(&query->is_stopped) && !atomic_load(&query->is_halted) &&
           !atomic_load(&query->is_paused);
}

/* --- cut and commit --------------------------------------------------------------------------- */

static void take_cut(pw_query *query) {
    size_t count = 0, most = 0;
    for (uint32_t i = 0; i < query->task_count; i++)
        most += query->tasks[i].input_count;
    pw_cut_offset *offsets = pw_mem_zalloc(most + 1, sizeof *offsets);
    int64_t *times = pw_mem_zalloc(query->task_count + 1, sizeof *times);
    for (uint32_t i = 0; i < query->task_count; i++) {
        pw_task *task = &query->tasks[i];
        times[i] = task->context.stream_time_ms;
        atomic_store_explicit(&task->dirty_bytes, 0, memory_order_relaxed);
        for (uint32_t k = 0; k < task->input_count; k++) {
            if (task->inputs[k].offset_next < 0) continue; /* nothing heard of the partition yet */
            offsets[count++] =
                (pw_cut_offset){task->inputs[k].plan->source->source->topic,
                                task->inputs[k].partition, task->inputs[k].offset_next};
        }
    }
    atomic_store(&query->is_dirty, false);
    query->cut = pw_state_cut(query->state, offsets, count, times, query->task_count);
    pw_mem_free(offsets);
    pw_mem_free(times);
}

static void finish_commit(pw_query *query) {
    pw_cut_free(query->state, query->cut);
    query->cut = NULL;
    query->last_commit_ns = pw_clock_mono_ns();
    atomic_fetch_add(&query->commits, 1);
    atomic_store(&query->commits_kept, query->cut_ticket);
    pw_query_stall(query, NULL);
}

static void answer_failure(pw_query *query, const pw_error *err) {
    if (pw_respond_repeatable(err->status) == PW_RESPONSE_FAIL) {
        pw_query_fail(query, err);
        return;
    }
    set_phase(query, PW_PHASE_DRAIN); /* no further ahead of what can be kept */
    pw_query_stall(query, err);
    query->retry_at_ns = pw_clock_mono_ns() + (int64_t)RETRY_MS * 1000000;
}

/* Acknowledgements, then the transaction. */
static void write_cut(pw_query *query) {
    pw_runtime *runtime = query->runtime;
    int timeout_ms = runtime->is_output_late ? FLUSH_AGAIN_MS : FLUSH_TIMEOUT_MS;
    pw_error err;
    pw_status status = pw_producer_flush(runtime->producer, timeout_ms, &err);
    runtime->is_output_late = status != PW_OK;
    if (status != PW_OK && pw_producer_get_stats(runtime->producer).failed > 0) {
        /* Output is lost: a restart makes it again from the last commit. */
        pw_query_fail(query, &err);
        return;
    }
    if (status == PW_OK) status = pw_state_commit(query->state, query->cut, &err);
    if (status != PW_OK) {
        answer_failure(query, &err);
        return;
    }
    finish_commit(query);
    if (may_run(query) && atomic_load(&query->phase) == PW_PHASE_DRAIN &&
        set_phase(query, PW_PHASE_RUN)) {
        pw_query_schedule_all(query);
    }
}

static void commit_query(pw_query *query) {
    if (!query->cut) {
        query->cut_ticket = atomic_load(&query->commits_wanted);
        if (!bring_to_stand(query)) return;
        take_cut(query);
        if (may_run(query) && set_phase(query, PW_PHASE_RUN)) pw_query_schedule_all(query);
    }
    write_cut(query);
    pw_error err;
    if (pw_errors_flush(query->runtime->options.errors, &err) != PW_OK) {
        pw_log(PW_LOG_WARN, "errors.lost", "reason=\"%s\"", err.message);
    }
}

/* --- when ------------------------------------------------------------------------------------- */

static bool is_idle(pw_query *query) {
    if (!pw_query_is_quiet(query)) return false;
    for (uint32_t i = 0; i < query->task_count; i++) {
        if (atomic_load(&query->tasks[i].schedule) != PW_TASK_IDLE) return false;
    }
    return true;
}

static bool is_commit_wanted(const pw_query *query) {
    return atomic_load(&query->commits_kept) < atomic_load(&query->commits_wanted);
}

static bool has_many_changes(const pw_query *query) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < query->task_count; i++) {
        bytes += atomic_load_explicit(&query->tasks[i].dirty_bytes, memory_order_relaxed);
    }
    return bytes > query->runtime->options.cache_bytes / DIRTY_BYTES_PART;
}

static bool is_due(pw_query *query, int64_t now) {
    if (query->retry_at_ns > now) return false;
    if (query->cut) return true;
    if (is_commit_wanted(query)) return true;
    if (!atomic_load(&query->is_dirty)) return false;
    int64_t since_ms = (now - query->last_commit_ns) / 1000000;
    if (since_ms >= query->runtime->options.commit_interval_ms || has_many_changes(query))
        return true;
    return since_ms >= IDLE_TICK_MS && is_idle(query);
}

/* Tasks that wait for a clock: an empty partition that holds a merge back, output that a full
 * producer or disk refused, a shared reader held up by another query. */
static void serve_waiting(pw_query *query) {
    if (atomic_load(&query->phase) != PW_PHASE_RUN) return;
    bool merges = query->runtime->options.max_task_idle_ms > 0;
    for (uint32_t i = 0; i < query->task_count; i++) {
        pw_task *task = &query->tasks[i];
        bool waits = atomic_load(&task->is_outbox_counted) || atomic_load(&task->is_blocked);
        if (waits || (merges && (task->input_count > 1 || query->is_time_gated))) {
            pw_pool_schedule(&query->runtime->pool, task);
        }
    }
}

static void serve(pw_query *query, int64_t now) {
    if (atomic_load(&query->has_failed)) {
        atomic_store(&query->commits_kept, atomic_load(&query->commits_wanted));
    } else if (is_due(query, now)) {
        commit_query(query);
    } else {
        serve_waiting(query);
    }
    if (!may_run(query) && atomic_load(&query->phase) == PW_PHASE_RUN)
        set_phase(query, PW_PHASE_DRAIN);
    bool is_held = atomic_load(&query->phase) == PW_PHASE_DRAIN && !query->cut;
    if (is_held && may_run(query) && set_phase(query, PW_PHASE_RUN)) pw_query_schedule_all(query);
}

/* runtime->lock is held. */
static void unlink_query(pw_runtime *runtime, pw_query *query) {
    for (pw_query **at = &runtime->queries; *at; at = &(*at)->next) {
        if (*at != query) continue;
        *at = query->next;
        runtime->query_count--;
        return;
    }
}

/* A stopped query is done with when its last changes are written, or cannot be. */
static void release_stopped(pw_runtime *runtime, pw_query *query) {
    if (!atomic_load(&query->is_stopped)) return;
    bool is_over = atomic_load(&query->has_failed) || atomic_load(&query->is_stalled) ||
                   (!query->cut && !is_commit_wanted(query));
    if (!is_over) return;
    atomic_store(&query->phase, PW_PHASE_HOLD);
    wait_none_running(query); /* of a failed query some may: their readers are about to be closed */
    pthread_mutex_lock(&runtime->lock);
    unlink_query(runtime, query); /* here, so that this thread never meets it again */
    atomic_store(&query->is_stopped, false);
    pthread_cond_broadcast(&runtime->done);
    pthread_mutex_unlock(&runtime->lock);
}

void *pw_committer_main(void *opaque) {
    pw_runtime *runtime = opaque;
    for (;;) {
        pthread_mutex_lock(&runtime->lock);
        bool is_over = runtime->is_stopping;
        pw_query *query = runtime->queries;
        pthread_mutex_unlock(&runtime->lock);
        if (is_over) return NULL;
        while (query) {
            pthread_mutex_lock(&runtime->lock);
            pw_query *next = query->next; /* `query` may be gone after release_stopped */
            pthread_mutex_unlock(&runtime->lock);
            serve(query, pw_clock_mono_ns());
            release_stopped(runtime, query);
            query = next;
        }
        pthread_mutex_lock(&runtime->lock);
        pthread_cond_broadcast(&runtime->done);
        pthread_mutex_unlock(&runtime->lock);
        pw_producer_poll(runtime->producer, 0);
        wait_woken(runtime, IDLE_TICK_MS);
    }
}
