/* librdkafka starts its threads with C11's thrd_create, which ThreadSanitizer (gcc 12) does not
 * know: such a thread crashes in the sanitizer's own allocator. In ThreadSanitizer builds these
 * definitions come before libc's, so that the threads are pthreads, which it does know.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

typedef struct start {
    thrd_start_t function;
    void *argument;
} start;

static void *run(void *opaque) {
    start begin = *(start *)opaque;
    free(opaque);
    return (void *)(intptr_t)begin.function(begin.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument) {
    start *begin = malloc(sizeof *begin);
    if (!begin) return thrd_nomem;
    *begin = (start){function, argument};
    if (pthread_create(thread, NULL, run, begin) == 0) return thrd_success;
    free(begin);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *result) {
    void *value;
    if (pthread_join(thread, &value) != 0) return thrd_error;
    if (result) *result = (int)(intptr_t)value;
    return thrd_success;
}
