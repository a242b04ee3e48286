/* SPDX-License-Identifier: Apache-2.0 */
#include "text_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "say.h"

enum { READ_BYTES = 64 << 10 };

const char *text_file_name(const char *path) {
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

bool text_file_is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool read_stream(FILE *stream, pw_buf *out) {
    size_t length;
    errno = 0;
    do {
        char *to = pw_buf_reserve(out, READ_BYTES);
        length = fread(to, 1, READ_BYTES, stream);
        out->length += length;
    } while (length > 0 && out->length <= PW_STATEMENT_BYTES_MAX);
    return !ferror(stream);
}

bool text_file_read(const command *cmd, const char *path, pw_buf *out) {
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(path, "rbe");
    const char *name = text_file_name(path);
    pw_buf_clear(out);
    if (!stream || !read_stream(stream, out)) {
        say_wrong(cmd->name, "cannot read %s: %s", name, strerror(errno));
        if (stream && !is_stdin) fclose(stream);
        return false;
    }
    if (!is_stdin) fclose(stream);
    if (out->length > PW_STATEMENT_BYTES_MAX) {
        say_wrong(cmd->name, "%s is larger than %d MiB", name, PW_STATEMENT_BYTES_MAX >> 20);
        return false;
    }
    if (out->length && memchr(out->data, '\0', out->length)) {
        say_wrong(cmd->name, "%s holds a zero byte: it is no SQL text", name);
        return false;
    }
    pw_buf_cstr(out);
    return true;
}
