/* What the binary says on stderr, and its exit status. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_SAY_H
#define PW_SRC_SAY_H

#include "base/status.h"
#include "pitwall.h"

enum { EXIT_WELL = 0, EXIT_USER = 1, EXIT_WORLD = 2 };

/* "pitwall produce: <message>"; command may be NULL. */
void say_wrong(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "hint: <message>". */
void say_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A note that is no mistake, as it stands. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "1 record", "2 records": the ending. */
static inline const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

/* Shows the error and gives the exit status for it. */
int say_error(const char *command, const pw_error *err);
/* The same while connections are made and files are opened: an address, folder or topic that was
 * given and is not there is the user's to correct, so everything but a full disk counts as his. */
int say_error_at_start(const char *command, const pw_error *err);
/* The same for the public API, whose messages are ready to print. */
int say_api_error(pitwall_status status, const pitwall_error *err);

/* Flushes stdout; a disk that is full or a reader that has gone is no success. */
int say_end_of_output(int exit_status);

#endif
