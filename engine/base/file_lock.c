/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { TAKE_ATTEMPTS_MAX = 20, PID_WAIT_MS = 5 };

struct pw_file_lock {
    int file;
    char path[];
};

pw_status pw_fail_errno(pw_error *err, int code, const char *doing, pw_str path) {
    bool is_full = code == ENOSPC || code == EDQUOT || code == EFBIG;
    pw_fail(err, is_full ? PW_DISK_FULL : PW_IO, PW_SPAN_NONE, "cannot %s %.*s: %s", doing,
            PW_STR_ARGS(path), strerror(code));
    if (is_full) pw_error_hint(err, "free some space and start again; nothing committed is lost");
    if (code == EACCES || code == EPERM || code == EROFS) {
        pw_error_hint(err, "make the folder writable for this user, or choose another one");
    }
    return is_full ? PW_DISK_FULL : PW_IO;
}

/* The holder writes its process id right after taking the lock; in between the file is empty. */
static long holder_pid(int file) {
    for (int attempt = 0; attempt < TAKE_ATTEMPTS_MAX; attempt++) {
        char text[24] = {0};
        if (pread(file, text, sizeof text - 1, 0) > 0) return strtol(text, NULL, 10);
        pw_clock_sleep_ms(PID_WAIT_MS);
    }
    return 0;
}

/* Is the open file still the one that the path names? A holder deletes its file when it lets go,
 * and a lock on a deleted file excludes nobody. */
static bool is_current(int file, const char *path) {
    struct stat opened;
    struct stat named;
    return fstat(file, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

static bool write_pid(int file) {
    char text[24];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)length, 0) == length;
}

static pw_status take(pw_file_lock *lock, const char *what, pw_error *err) {
    pw_str path = pw_str_from(lock->path);
    for (int attempt = 0; attempt < TAKE_ATTEMPTS_MAX; attempt++) {
        lock->file = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (lock->file < 0) return pw_fail_errno(err, errno, "create", path);
        if (flock(lock->file, LOCK_EX | LOCK_NB) != 0) {
            int code = errno;
            long pid = code == EWOULDBLOCK ? holder_pid(lock->file) : 0;
            close(lock->file);
            if (code != EWOULDBLOCK) return pw_fail_errno(err, code, "lock", path);
            pw_fail(err, PW_BUSY, PW_SPAN_NONE, "%s is in use by process %ld", what, pid);
            pw_error_hint(err, "stop that process first, or ask it instead of writing here");
            return PW_BUSY;
        }
        if (is_current(lock->file, lock->path)) {
            if (write_pid(lock->file)) return PW_OK;
            int code = errno;
            unlink(lock->path);
            close(lock->file);
            return pw_fail_errno(err, code, "write", path);
        }
        close(lock->file);
    }
    return pw_fail(err, PW_BUSY, PW_SPAN_NONE, "%s is being taken by other processes", what);
}

pw_status pw_file_lock_take(pw_str path, const char *what, pw_file_lock **out, pw_error *err) {
    pw_file_lock *lock = pw_mem_alloc(sizeof *lock + path.length + 1);
    memcpy(lock->path, path.data, path.length);
    lock->path[path.length] = '\0';
    pw_status status = take(lock, what, err);
    if (status != PW_OK) {
        pw_mem_free(lock);
        return status;
    }
    *out = lock;
    return PW_OK;
}

void pw_file_lock_give(pw_file_lock *lock) {
    if (!lock) return;
    /* Deleted while still held: whoever opened it meanwhile sees that it is not current. */
    if (is_current(lock->file, lock->path)) unlink(lock->path);
    close(lock->file);
    pw_mem_free(lock);
}
