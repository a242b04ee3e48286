/* Every way a call can fail, whose fault it is, and the error that carries it to the reader.
 *
 * A fallible function returns pw_status and takes `pw_error *err` last. Success leaves `err` alone.
 * Blame decides what happens next, in one place (runtime/blame.h): USER is told, RECORD is counted
 * and kept in the error table, WORLD is retried or waited for, ENGINE stops the query.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_STATUS_H
#define PW_BASE_STATUS_H

#include <stdarg.h>
#include <stddef.h>

#include "base/span.h"

typedef enum {
    PW_BLAME_NONE,
    PW_BLAME_USER,
    PW_BLAME_RECORD,
    PW_BLAME_WORLD,
    PW_BLAME_ENGINE
} pw_blame;

#define PW_STATUS_MAP(X)                                                                           \
    X(OK, "ok", PW_BLAME_NONE)                                                                     \
    X(SYNTAX, "statement does not parse", PW_BLAME_USER)                                           \
    X(INVALID, "statement is not valid", PW_BLAME_USER)                                            \
    X(UNKNOWN, "name is not known", PW_BLAME_USER)                                                 \
    X(EXISTS, "name is taken", PW_BLAME_USER)                                                      \
    X(UNSUPPORTED, "not supported", PW_BLAME_USER)                                                 \
    X(LIMIT, "a limit is exceeded", PW_BLAME_USER)                                                 \
    X(CONFIG, "configuration is wrong", PW_BLAME_USER)                                             \
    X(NO_TOPIC, "topic does not exist", PW_BLAME_USER)                                             \
    X(BAD_DATA, "record cannot be decoded", PW_BLAME_RECORD)                                       \
    X(BAD_VALUE, "expression cannot be evaluated", PW_BLAME_RECORD)                                \
    X(BUSY, "in use by another process", PW_BLAME_WORLD)                                           \
    X(BROKER, "broker does not answer", PW_BLAME_WORLD)                                            \
    X(IO, "input or output failed", PW_BLAME_WORLD)                                                \
    X(DISK_FULL, "no space is left on the device", PW_BLAME_WORLD)                                 \
    X(CANCELLED, "stopped on request", PW_BLAME_WORLD)                                             \
    X(CORRUPT, "state file is damaged", PW_BLAME_ENGINE)                                           \
    X(MEMORY, "out of memory", PW_BLAME_ENGINE)                                                    \
    X(INTERNAL, "internal error", PW_BLAME_ENGINE)

typedef enum {
#define PW_STATUS_ENUM(name, text, blame) PW_##name,
    PW_STATUS_MAP(PW_STATUS_ENUM)
#undef PW_STATUS_ENUM
        PW_STATUS_COUNT
} pw_status_code;

/* A status must be looked at: PW_TRY passes it on, an `if` acts on it. */
typedef pw_status_code pw_status;
#define PW_MUST_USE __attribute__((warn_unused_result))

enum { PW_ERROR_MESSAGE_BYTES_MAX = 1024, PW_ERROR_HINT_BYTES_MAX = 256 };

typedef struct pw_error {
    pw_status status;
    pw_span at;                               /* in the statement text; PW_SPAN_NONE if nowhere */
    char message[PW_ERROR_MESSAGE_BYTES_MAX]; /* what is wrong, with the value; no full stop */
    char hint[PW_ERROR_HINT_BYTES_MAX];       /* what would be right; may be empty */
} pw_error;

const char *pw_status_text(pw_status status);
const char *pw_status_name(pw_status status); /* "DISK_FULL" */
pw_blame pw_status_blame(pw_status status);

/* Fills `err` (which may be NULL: the caller does not want the text) and returns `status`.
 * A message longer than the buffer is cut at a character's end. */
pw_status pw_fail(pw_error *err, pw_status status, pw_span at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
pw_status pw_fail_v(pw_error *err, pw_status status, pw_span at, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* Adds what would be right to an error already filled: "did you mean POINTS?". */
void pw_error_hint(pw_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

void pw_error_clear(pw_error *err);

/* The only macro that returns: passes a failure on unchanged. */
#define PW_TRY(call)                                                                               \
    do {                                                                                           \
        pw_status pw_try_status = (call);                                                          \
        if (pw_try_status != PW_OK) return pw_try_status;                                          \
    } while (0)

#endif
