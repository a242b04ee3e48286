/* A fixed number of threads and one queue of ready tasks. A task is on one thread at a time: its
 * `schedule` word says whether it is idle, queued, running, or was made ready again while it ran.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/mem.h"
#include "runtime/runtime_private.h"

static void enqueue(pw_pool *pool, pw_task *task) {
    task->ready_next = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->last)
        pool->last->ready_next = task;
    else
        pool->first = task;
    pool->last = task;
    pthread_cond_signal(&pool->ready);
    pthread_mutex_unlock(&pool->lock);
}

void pw_pool_schedule(pw_pool *pool, pw_task *task) {
    int seen = atomic_load(&task->schedule);
    for (;;) {
        int wanted = seen == PW_TASK_IDLE      ? PW_TASK_QUEUED
                     : seen == PW_TASK_RUNNING ? PW_TASK_RUNNING_AGAIN
                                               : seen;
        if (wanted == seen) return;
        if (atomic_compare_exchange_weak(&task->schedule, &seen, wanted)) break;
    }
    if (seen == PW_TASK_IDLE) enqueue(pool, task);
}

static pw_task *dequeue(pw_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->is_stopping)
        pthread_cond_wait(&pool->ready, &pool->lock);
    pw_task *task = pool->first;
    if (task) {
        pool->first = task->ready_next;
        if (!pool->first) pool->last = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    return task;
}

static void *worker_main(void *opaque) {
    pw_pool *pool = opaque;
    pw_task *task;
    while ((task = dequeue(pool))) {
        atomic_store(&task->schedule, PW_TASK_RUNNING);
        bool is_wanted_again = pw_task_run(task);
        int running = PW_TASK_RUNNING;
        if (is_wanted_again ||
            !atomic_compare_exchange_strong(&task->schedule, &running, PW_TASK_IDLE)) {
            atomic_store(&task->schedule, PW_TASK_QUEUED);
            enqueue(pool, task);
        }
    }
    return NULL;
}

pw_status pw_pool_open(pw_pool *pool, uint32_t thread_count, pw_error *err) {
    memset(pool, 0, sizeof *pool);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->ready, NULL);
    if (thread_count == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        thread_count = cores > 0 ? (uint32_t)cores : 1;
    }
    pool->threads = pw_mem_zalloc(thread_count, sizeof *pool->threads);
    for (; pool->thread_count < thread_count; pool->thread_count++) {
        if (pthread_create(&pool->threads[pool->thread_count], NULL, worker_main, pool) != 0) {
            pw_pool_close(pool);
            return pw_fail(err, PW_MEMORY, PW_SPAN_NONE, "cannot start %u worker threads",
                           thread_count);
        }
    }
    return PW_OK;
}

void pw_pool_close(pw_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->ready);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pw_mem_free(pool->threads);
    pthread_cond_destroy(&pool->ready);
    pthread_mutex_destroy(&pool->lock);
}
