/* Start, stop, failure and progress of one query. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "runtime/runtime_private.h"

/* --- failures --------------------------------------------------------------------------------- */

void pw_query_fail(pw_query *query, const pw_error *err) {
    pthread_mutex_lock(&query->lock);
    bool is_first = !atomic_load(&query->has_failed);
    if (is_first) query->error = *err;
    pthread_mutex_unlock(&query->lock);
    atomic_store(&query->has_failed, true);
    atomic_store(&query->phase, PW_PHASE_HOLD);
    if (is_first) {
        pw_log(PW_LOG_ERROR, "query.failed", "query=%.*s reason=\"%s\"",
               PW_STR_ARGS(query->topology->query_id), err->message);
    }
    pw_committer_wake(query->runtime);
}

void pw_query_stall(pw_query *query, const pw_error *err) {
    bool was_stalled = atomic_exchange(&query->is_stalled, err != NULL);
    if (err) {
        pthread_mutex_lock(&query->lock);
        query->stall = *err;
        pthread_mutex_unlock(&query->lock);
    }
    if (err && !was_stalled) {
        pw_log(PW_LOG_ERROR, "query.stalled", "query=%.*s reason=\"%s\"",
               PW_STR_ARGS(query->topology->query_id), err->message);
    } else if (!err && was_stalled) {
        pw_log(PW_LOG_WARN, "query.resumed", "query=%.*s", PW_STR_ARGS(query->topology->query_id));
    }
    if (err) pw_committer_wake(query->runtime);
}

bool pw_query_is_quiet(pw_query *query) {
    return atomic_load(&query->running) == 0 && atomic_load(&query->inflight) == 0;
}

uint64_t pw_query_want_commit(pw_query *query) {
    return atomic_fetch_add(&query->commits_wanted, 1) + 1;
}

void pw_query_schedule_all(pw_query *query) {
    for (uint32_t i = 0; i < query->task_count; i++) {
        pw_pool_schedule(&query->runtime->pool, &query->tasks[i]);
    }
}

/* --- start ------------------------------------------------------------------------------------ */

static pw_status open_state(pw_query *query, pw_str path, pw_error *err) {
    const pw_topology *topology = query->topology;
    const pw_plan_op *sink = topology->ops[topology->op_count - 1];
    pw_state_spec spec = {.path = path,
                          .query_id = topology->query_id,
                          .statement = topology->statement,
                          .fingerprint = topology->fingerprint,
                          .task_count = topology->task_count,
                          .store_count = topology->store_count,
                          .table_name =
                              query->sink->has_table ? query->sink->sink.name : PW_STR_EMPTY,
                          .table_schema = &sink->schema,
                          .cache_bytes = query->runtime->options.cache_bytes};
    return pw_state_open(&spec, &query->state, err);
}

static bool has_exchanged_join(const pw_topology *topology) {
    for (uint32_t i = 0; i < topology->op_count; i++) {
        const pw_plan_op *op = topology->ops[i];
        if (op->kind == PW_PLAN_JOIN_TABLE && op->inputs[1]->kind == PW_PLAN_EXCHANGE) return true;
    }
    return false;
}

static pw_status open_tasks(pw_query *query, pw_error *err) {
    const pw_topology *topology = query->topology;
    query->task_count = topology->task_count;
    query->is_time_gated = has_exchanged_join(topology);
    query->tasks = pw_mem_zalloc(query->task_count, sizeof *query->tasks);
    query->stage_first = pw_mem_zalloc(topology->stage_count + 1, sizeof *query->stage_first);
    uint32_t number = 0;
    for (uint32_t stage = 0; stage < topology->stage_count; stage++) {
        query->stage_first[stage] = number;
        for (uint32_t i = 0; i < topology->stages[stage].task_count; i++, number++) {
            query->tasks[number].number = number;
            query->tasks[number].stage = stage;
            query->tasks[number].index = i;
            query->tasks[number].query = query;
        }
    }
    for (uint32_t i = 0; i < query->task_count; i++)
        PW_TRY(pw_task_open(query, &query->tasks[i], err));
    return PW_OK;
}

/* Readers first: after that nobody outside makes a task ready. Then no worker holds one
 * any more. */
static void quiesce_tasks(pw_query *query) {
    for (uint32_t i = 0; query->tasks && i < query->task_count; i++) {
        pw_task *task = &query->tasks[i];
        for (uint32_t k = 0; k < task->input_count; k++) {
            pw_feed_close(task->inputs[k].feed);
            task->inputs[k].feed = NULL;
        }
    }
    for (uint32_t i = 0; query->tasks && i < query->task_count; i++) {
        while (atomic_load(&query->tasks[i].schedule) != PW_TASK_IDLE)
            pw_clock_sleep_ms(1);
    }
}

static void close_tasks(pw_query *query) {
    for (uint32_t i = 0; query->tasks && i < query->task_count; i++) {
        if (query->tasks[i].arena.block_bytes) pw_task_close(&query->tasks[i]);
    }
    pw_mem_free(query->tasks);
    pw_mem_free(query->stage_first);
    query->tasks = NULL;
}

static void free_query(pw_query *query) {
    quiesce_tasks(query);
    if (query->cut) pw_cut_free(query->state, query->cut);
    if (query->state)
        pw_state_close(query->state); /* its objects are released by the operators' own code */
    close_tasks(query);
    pw_message_pool_deinit(&query->messages);
    pthread_mutex_destroy(&query->lock);
    pw_mem_free(query);
}

pw_status pw_runtime_start(pw_runtime *runtime, const pw_topology *topology, pw_str state_path,
                           pw_query **out, pw_error *err) {
    pw_query *query = pw_mem_zalloc(1, sizeof *query);
    query->runtime = runtime;
    query->topology = topology;
    query->sink = topology->ops[topology->op_count - 1]->sink;
    query->last_commit_ns = pw_clock_mono_ns();
    atomic_store(&query->phase, PW_PHASE_HOLD);
    pthread_mutex_init(&query->lock, NULL);
    pw_message_pool_init(&query->messages);
    pw_status status = open_state(query, state_path, err);
    if (status == PW_OK) {
        status = pw_producer_topic(runtime->producer, query->sink->sink.topic, &query->topic,
                                   &query->sink_partitions, err);
    }
    if (status == PW_OK) status = open_tasks(query, err);
    if (status != PW_OK) {
        free_query(query);
        return status;
    }
    pthread_mutex_lock(&runtime->lock);
    pw_query **end = &runtime->queries;
    while (*end)
        end = &(*end)->next;
    *end = query;
    runtime->query_count++;
    pthread_mutex_unlock(&runtime->lock);
    *out = query;
    return PW_OK;
}

void pw_runtime_begin(pw_runtime *runtime) {
    for (pw_query *query = runtime->queries; query; query = query->next) {
        if (query->is_begun) continue;
        query->is_begun = true;
        query->last_commit_ns = pw_clock_mono_ns();
        atomic_store(&query->phase, PW_PHASE_RUN);
        pw_query_schedule_all(query);
    }
}

void pw_runtime_stop(pw_runtime *runtime, pw_query *query) {
    pthread_mutex_lock(&runtime->lock);
    atomic_store(&query->is_stopped, true);
    pw_query_want_commit(query);
    while (atomic_load(&query->is_stopped)) {
        runtime->is_woken = true;
        pthread_cond_signal(&runtime->wake);
        pthread_cond_wait(&runtime->done, &runtime->lock);
    }
    pthread_mutex_unlock(&runtime->lock);
    free_query(query); /* the committer has taken it out of its list */
}

void pw_query_pause(pw_query *query, bool is_paused) {
    atomic_store(&query->is_paused, is_paused);
    pw_committer_wake(query->runtime);
}

const pw_topology *pw_query_topology(const pw_query *query) {
    return query->topology;
}

/* --- progress --------------------------------------------------------------------------------- */

const char *pw_query_state_text(pw_query_state state) {
    static const char *const texts[] = {"CATCHING UP", "RUNNING", "IDLE",
                                        "STALLED",     "PAUSED",  "FAILED"};
    return texts[state];
}

static void copy_reason(pw_query *query, const pw_error *from, char *to, size_t capacity) {
    pthread_mutex_lock(&query->lock);
    snprintf(to, capacity, "%.*s", (int)capacity - 1, from->message);
    pthread_mutex_unlock(&query->lock);
}

/* What became of the rows when nothing came out: the operator behind which there are none. Counters
 * are read without locks: they are for people. */
static void explain_nothing(pw_query *query, pw_query_progress *out) {
    const pw_topology *topology = query->topology;
    char *at = out->why_nothing;
    size_t left = sizeof out->why_nothing;
    int n = snprintf(at, left, "read %llu records, %llu undecodable",
                     (unsigned long long)out->records_read,
                     (unsigned long long)out->records_undecodable);
    for (uint32_t i = 0; i < topology->op_count && n > 0 && (size_t)n < left; i++) {
        at += n;
        left -= (size_t)n;
        n = 0;
        pw_op_counters sum = {0};
        for (uint32_t t = 0; t < query->task_count; t++) {
            if (!query->tasks[t].ops || !query->tasks[t].ops[i]) continue;
            const pw_op_counters *counters = &query->tasks[t].ops[i]->counters;
            sum.rows_in += counters->rows_in;
            sum.rows_out += counters->rows_out;
            sum.null_keys += counters->null_keys;
            sum.late += counters->late;
            sum.misses += counters->misses;
        }
        const char *name = pw_plan_op_name(topology->ops[i]->kind);
        if (sum.null_keys)
            n = snprintf(at, left, "; %s: %llu rows without a key", name,
                         (unsigned long long)sum.null_keys);
        else if (sum.late)
            n = snprintf(at, left, "; %s: %llu rows too late for their window", name,
                         (unsigned long long)sum.late);
        else if (sum.misses && !sum.rows_out)
            n = snprintf(at, left, "; %s: %llu rows found no partner", name,
                         (unsigned long long)sum.misses);
        else if (sum.rows_in && !sum.rows_out && topology->ops[i]->kind == PW_PLAN_FILTER)
            n = snprintf(at, left, "; WHERE let none of %llu rows pass",
                         (unsigned long long)sum.rows_in);
        else
            n = snprintf(at, left, "%s", "");
    }
}

static void sum_inputs(pw_query *query, pw_query_progress *out, bool *is_behind) {
    for (uint32_t t = 0; t < query->task_count; t++) {
        pw_task *task = &query->tasks[t];
        out->records_read += atomic_load_explicit(&task->records_read, memory_order_relaxed);
        out->records_undecodable +=
            atomic_load_explicit(&task->records_undecodable, memory_order_relaxed);
        for (uint32_t i = 0; i < task->input_count; i++) {
            int64_t end = atomic_load(&task->inputs[i].end);
            int64_t position = atomic_load(&task->inputs[i].position);
            if (end > position && position >= 0) out->records_total += (uint64_t)(end - position);
            *is_behind |= !atomic_load(&task->inputs[i].is_at_end);
        }
        const pw_plan_op *sink = query->topology->ops[query->topology->op_count - 1];
        if (task->ops && task->ops[sink->id])
            out->rows_out += task->ops[sink->id]->counters.rows_out;
    }
    out->records_total += out->records_read;
}

void pw_query_progress_get(pw_query *query, pw_query_progress *out) {
    memset(out, 0, sizeof *out);
    bool is_behind = false;
    out->id = query->topology->query_id;
    out->sink = query->sink->sink.name;
    out->commits = atomic_load(&query->commits);
    sum_inputs(query, out, &is_behind);
    if (atomic_load(&query->has_failed)) {
        out->state = PW_QUERY_FAILED;
        copy_reason(query, &query->error, out->reason, sizeof out->reason);
    } else if (atomic_load(&query->is_stalled)) {
        out->state = PW_QUERY_STALLED;
        copy_reason(query, &query->stall, out->reason, sizeof out->reason);
    } else if (atomic_load(&query->is_paused)) {
        out->state = PW_QUERY_PAUSED;
    } else if (is_behind) {
        out->state = PW_QUERY_CATCHING_UP;
    } else {
        out->state = atomic_load(&query->is_dirty) ? PW_QUERY_RUNNING : PW_QUERY_IDLE;
    }
    if (out->rows_out == 0 && !is_behind) explain_nothing(query, out);
}
