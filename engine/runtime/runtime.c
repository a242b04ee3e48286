/* Opening, closing and waiting. SPDX-License-Identifier: Apache-2.0 */
#include "runtime/runtime.h"

#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "runtime/runtime_private.h"

pw_status pw_runtime_open(const pw_runtime_options *options, pw_runtime **out, pw_error *err) {
    pw_runtime *runtime = pw_mem_zalloc(1, sizeof *runtime);
    runtime->options = *options;
    runtime->opened_ns = pw_clock_mono_ns();
    pthread_mutex_init(&runtime->lock, NULL);
    pthread_cond_init(&runtime->wake, NULL);
    pthread_cond_init(&runtime->done, NULL);
    pw_feeds_init(&runtime->feeds, options->broker);
    pw_status status = pw_producer_open(options->broker, NULL, NULL, &runtime->producer, err);
    if (status == PW_OK) {
        status = pw_pool_open(&runtime->pool, options->worker_count, err);
        if (status != PW_OK) pw_producer_close(runtime->producer);
    }
    if (status == PW_OK &&
        pthread_create(&runtime->committer, NULL, pw_committer_main, runtime) != 0) {
        status = pw_fail(err, PW_MEMORY, PW_SPAN_NONE, "cannot start the committer thread");
        pw_pool_close(&runtime->pool);
        pw_producer_close(runtime->producer);
    }
    if (status != PW_OK) {
        pw_mem_free(runtime);
        return status;
    }
    *out = runtime;
    return PW_OK;
}

void pw_runtime_close(pw_runtime *runtime) {
    if (!runtime) return;
    while (runtime->queries)
        pw_runtime_stop(runtime, runtime->queries);
    pthread_mutex_lock(&runtime->lock);
    runtime->is_stopping = true;
    runtime->is_woken = true;
    pthread_cond_signal(&runtime->wake);
    pthread_mutex_unlock(&runtime->lock);
    pthread_join(runtime->committer, NULL);
    pw_pool_close(&runtime->pool);
    pw_producer_close(runtime->producer);
    pw_feeds_deinit(&runtime->feeds);
    pthread_cond_destroy(&runtime->wake);
    pthread_cond_destroy(&runtime->done);
    pthread_mutex_destroy(&runtime->lock);
    pw_mem_free(runtime);
}

void pw_runtime_stop_request(pw_runtime *runtime) {
    atomic_store(&runtime->is_stop_requested,
                 true); /* seen within a tick: nothing else is safe in a signal handler */
}

uint32_t pw_runtime_queries(pw_runtime *runtime, pw_query **queries, uint32_t capacity) {
    pthread_mutex_lock(&runtime->lock);
    uint32_t count = 0;
    for (pw_query *query = runtime->queries; query; query = query->next, count++) {
        if (count < capacity) queries[count] = query;
    }
    pthread_mutex_unlock(&runtime->lock);
    return count;
}

/* --- waiting ---------------------------------------------------------------------------------- */

typedef struct deadline {
    int64_t at_ns; /* INT64_MAX: none */
} deadline;

static deadline deadline_make(int64_t timeout_ms) {
    return (deadline){timeout_ms < 0 ? INT64_MAX : pw_clock_mono_ns() + timeout_ms * 1000000};
}

/* One short sleep until something was committed or failed. */
static void sleep_tick(pw_runtime *runtime) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 5000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    pthread_mutex_lock(&runtime->lock);
    pthread_cond_timedwait(&runtime->done, &runtime->lock, &at);
    pthread_mutex_unlock(&runtime->lock);
}

static pw_status wait_tick(pw_runtime *runtime, deadline until, pw_error *err) {
    if (atomic_load(&runtime->is_stop_requested)) {
        return pw_fail(err, PW_CANCELLED, PW_SPAN_NONE, "stopped on request");
    }
    if (pw_clock_mono_ns() > until.at_ns) return pw_fail(err, PW_BROKER, PW_SPAN_NONE, "timed out");
    sleep_tick(runtime);
    return PW_OK;
}

static pw_status query_failure(pw_query *query, pw_error *err) {
    if (!atomic_load(&query->has_failed)) return PW_OK;
    pthread_mutex_lock(&query->lock);
    if (err) *err = query->error;
    pw_status status = query->error.status;
    pthread_mutex_unlock(&query->lock);
    return status;
}

static pw_status wait_commit(pw_query *query, deadline until, pw_error *err) {
    uint64_t ticket = pw_query_want_commit(query);
    pw_committer_wake(query->runtime);
    while (atomic_load(&query->commits_kept) < ticket) {
        PW_TRY(query_failure(query, err));
        PW_TRY(wait_tick(query->runtime, until, err));
    }
    return query_failure(query, err);
}

/* Where a query must get to: the ends of its partitions as of now. */
static pw_status end_offsets(pw_query *query, int64_t **out, uint32_t *count, pw_error *err) {
    uint32_t at = 0, most = 0;
    for (uint32_t t = 0; t < query->task_count; t++)
        most += query->tasks[t].input_count;
    *out = pw_mem_zalloc(most + 1, sizeof **out);
    for (uint32_t t = 0; t < query->task_count; t++) {
        for (uint32_t i = 0; i < query->tasks[t].input_count; i++) {
            const pw_task_input *input = &query->tasks[t].inputs[i];
            int64_t low, high;
            PW_TRY(pw_topic_offsets(query->runtime->options.broker,
                                    input->plan->source->source->topic, input->partition, &low,
                                    &high, err));
            (*out)[at++] = high;
        }
    }
    *count = at;
    return PW_OK;
}

/* Read up to the ends? A reader's own word counts too, if it knew of that end: behind the last
 * record there may be control records only. */
static bool is_read(pw_query *query, const int64_t *ends) {
    uint32_t at = 0;
    for (uint32_t t = 0; t < query->task_count; t++) {
        for (uint32_t i = 0; i < query->tasks[t].input_count; i++, at++) {
            pw_task_input *input = &query->tasks[t].inputs[i];
            if (atomic_load(&input->position) >= ends[at] || ends[at] == 0) continue;
            if (atomic_load(&input->end_reached) < ends[at]) return false;
        }
    }
    return true;
}

/* Is anything read but not yet processed? */
static bool has_pending(pw_query *query) {
    for (uint32_t t = 0; t < query->task_count; t++) {
        pw_task *task = &query->tasks[t];
        if (atomic_load(&task->schedule) != PW_TASK_IDLE) return true;
        for (uint32_t i = 0; i < task->input_count; i++) {
            if (atomic_load(&task->inputs[i].has_pending)) return true;
        }
    }
    return !pw_query_is_quiet(query);
}

static pw_status wait_query_end(pw_query *query, deadline until, pw_error *err) {
    int64_t *ends = NULL;
    uint32_t count = 0;
    pw_status status = end_offsets(query, &ends, &count, err);
    while (status == PW_OK && (!is_read(query, ends) || has_pending(query))) {
        status = query_failure(query, err);
        if (status == PW_OK) status = wait_tick(query->runtime, until, err);
    }
    pw_mem_free(ends);
    PW_TRY(status);
    return wait_commit(query, until, err);
}

pw_status pw_runtime_wait_end(pw_runtime *runtime, int64_t timeout_ms, pw_error *err) {
    deadline until = deadline_make(timeout_ms);
    for (pw_query *query = runtime->queries; query; query = query->next) {
        PW_TRY(wait_query_end(query, until, err));
    }
    return PW_OK;
}

pw_status pw_runtime_wait_stop(pw_runtime *runtime, int64_t timeout_ms, pw_error *err) {
    deadline until = deadline_make(timeout_ms);
    for (;;) {
        bool is_any_alive = false;
        pw_status first = PW_OK;
        for (pw_query *query = runtime->queries; query; query = query->next) {
            pw_error failure;
            pw_status status = query_failure(query, &failure);
            is_any_alive |= status == PW_OK;
            if (status != PW_OK && first == PW_OK) {
                first = status;
                if (err) *err = failure;
            }
        }
        if (runtime->queries && !is_any_alive) return first;
        pw_status status = wait_tick(runtime, until, err);
        if (status == PW_CANCELLED) return PW_OK;
        PW_TRY(status);
    }
}

/* A commit after which the query stands still; a wait for room or for a broker ends it. */
static pw_status halt_query(pw_query *query, pw_error *err) {
    uint64_t ticket = pw_query_want_commit(query);
    pw_committer_wake(query->runtime);
    while (atomic_load(&query->commits_kept) < ticket && !atomic_load(&query->has_failed)) {
        if (atomic_load(&query->is_stalled)) {
            pthread_mutex_lock(&query->lock);
            if (err) *err = query->stall;
            pw_status status = query->stall.status;
            pthread_mutex_unlock(&query->lock);
            return status;
        }
        sleep_tick(query->runtime);
    }
    return PW_OK;
}

pw_status pw_runtime_halt(pw_runtime *runtime, pw_error *err) {
    pw_status first = PW_OK;
    for (pw_query *query = runtime->queries; query; query = query->next) {
        atomic_store(&query->is_halted, true);
    }
    for (pw_query *query = runtime->queries; query; query = query->next) {
        pw_status status = halt_query(query, first == PW_OK ? err : NULL);
        if (first == PW_OK) first = status;
    }
    return first;
}
