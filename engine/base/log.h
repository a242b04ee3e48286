/* The log: one line per event on stderr, `time level event key=value`. Only runtime, session, kafka
 * and the binary log; operators and formats never do. Thread-safe. A secret never gets here.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_LOG_H
#define PW_BASE_LOG_H

typedef enum { PW_LOG_DEBUG, PW_LOG_INFO, PW_LOG_WARN, PW_LOG_ERROR, PW_LOG_OFF } pw_log_level;

void pw_log_level_set(pw_log_level lowest);

/* event: a word; format: "topic=%s partition=%d". */
void pw_log(pw_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Called before and after a line is written, so that a progress display can step aside. */
void pw_log_hook_set(void (*before)(void), void (*after)(void));

#endif
