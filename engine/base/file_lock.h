/* A lock file: one holder among all processes of the machine. The kernel gives the lock back when
 * the holder ends, also by kill -9, so a lock file left lying about blocks nobody.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_FILE_LOCK_H
#define PW_BASE_FILE_LOCK_H

#include "base/status.h"
#include "base/str.h"

typedef struct pw_file_lock pw_file_lock;

/* Takes the lock file `path` (created if need be) for writing `what` ("data folder x/y").
 * Errors: PW_BUSY "... is in use by process 4711"; PW_IO and PW_DISK_FULL with the remedy. */
PW_MUST_USE pw_status pw_file_lock_take(pw_str path, const char *what, pw_file_lock **out,
                                        pw_error *err);

/* Gives it back and deletes the file. NULL is fine. */
void pw_file_lock_give(pw_file_lock *lock);

/* PW_IO or PW_DISK_FULL for a failed system call: "cannot <doing> PATH: <reason>" and a hint. */
pw_status pw_fail_errno(pw_error *err, int code, const char *doing, pw_str path);

#endif
