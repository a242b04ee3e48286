/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int log_lowest = PW_LOG_WARN;
static void (*log_before)(void);
static void (*log_after)(void);

void pw_log_level_set(pw_log_level lowest) {
    atomic_store(&log_lowest, (int)lowest);
}

void pw_log_hook_set(void (*before)(void), void (*after)(void)) {
    pthread_mutex_lock(&log_lock);
    log_before = before;
    log_after = after;
    pthread_mutex_unlock(&log_lock);
}

void pw_log(pw_log_level level, const char *event, const char *format, ...) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if ((int)level < atomic_load(&log_lowest) || level >= PW_LOG_OFF) return;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm parts;
    gmtime_r(&now.tv_sec, &parts);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);

    pthread_mutex_lock(&log_lock);
    if (log_before) log_before();
    fprintf(stderr, "%s.%03ldZ %s %s ", stamp, now.tv_nsec / 1000000, names[level], event);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    if (log_after) log_after();
    pthread_mutex_unlock(&log_lock);
}
