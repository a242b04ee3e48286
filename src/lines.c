/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 << 10, LINE_BYTES_MAX = 128 << 20 };

bool lines_open(lines_reader *reader, const char *path) {
    bool is_stdin = !path || (path[0] == '-' && path[1] == '\0');
    int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    struct stat status;
    *reader = (lines_reader){.file = file};
    if (fstat(file, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            if (!is_stdin) close(file);
            errno = EISDIR;
            return false;
        }
        if (S_ISREG(status.st_mode)) reader->bytes_total = (uint64_t)status.st_size;
    }
    pw_buf_init(&reader->bytes);
    return true;
}

void lines_close(lines_reader *reader) {
    if (reader->file > STDIN_FILENO) close(reader->file);
    pw_buf_deinit(&reader->bytes);
}

static lines_result read_piece(lines_reader *reader) {
    if (reader->at > 0) {
        size_t left = reader->bytes.length - reader->at;
        memmove(reader->bytes.data, reader->bytes.data + reader->at, left);
        reader->bytes.length = left;
        reader->scanned -= reader->at;
        reader->at = 0;
    }
    if (reader->bytes.length > LINE_BYTES_MAX) {
        errno = EFBIG;
        return LINES_FAILED;
    }
    char *to = pw_buf_reserve(&reader->bytes, PIECE_BYTES);
    ssize_t length = read(reader->file, to, PIECE_BYTES);
    if (length < 0) return errno == EINTR ? LINES_WOULD_WAIT : LINES_FAILED;
    reader->is_over = length == 0;
    reader->bytes.length += (size_t)length;
    return LINES_LINE;
}

static void give(lines_reader *reader, size_t length, size_t taken, pw_str *line) {
    *line = (pw_str){reader->bytes.data + reader->at, length};
    if (length && line->data[length - 1] == '\r') line->length--;
    reader->at += taken;
    reader->scanned = reader->at;
    reader->bytes_done += taken;
    reader->number++;
}

lines_result lines_next(lines_reader *reader, pw_str *line, bool *is_complete) {
    *is_complete = true;
    for (;;) {
        const char *data = reader->bytes.data;
        size_t left = reader->bytes.length - reader->scanned;
        const char *end = left ? memchr(data + reader->scanned, '\n', left) : NULL;
        if (end) {
            size_t length = (size_t)(end - data) - reader->at;
            give(reader, length, length + 1, line);
            return LINES_LINE;
        }
        reader->scanned = reader->bytes.length;
        if (reader->is_over) break;
        if (!reader->may_wait) {
            reader->may_wait = true;
            return LINES_WOULD_WAIT;
        }
        reader->may_wait = false;
        lines_result result = read_piece(reader);
        if (result != LINES_LINE) return result;
    }
    size_t rest = reader->bytes.length - reader->at;
    if (rest == 0) return LINES_END;
    *is_complete = false;
    give(reader, rest, rest, line);
    return LINES_LINE;
}
