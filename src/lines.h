/* Lines of a file or of stdin, read in large pieces; says when the next one would have to be waited
 * for, so that what was gathered can be sent first. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_LINES_H
#define PW_SRC_LINES_H

#include "base/buf.h"

typedef enum {
    LINES_LINE,       /* *line is the next one */
    LINES_WOULD_WAIT, /* nothing complete is there: call again to wait */
    LINES_END,
    LINES_FAILED, /* errno says why; also a line beyond the limit (EFBIG) */
} lines_result;

typedef struct lines_reader {
    int file;
    bool is_over;
    bool may_wait;
    pw_buf bytes;
    size_t at;       /* first byte not given out */
    size_t scanned;  /* no line end before this */
    uint64_t number; /* of the last line given out, from 1 */
    uint64_t bytes_done;
    uint64_t bytes_total; /* of a regular file, else 0 */
} lines_reader;

/* path "-" or NULL: stdin. False: errno says why. */
bool lines_open(lines_reader *reader, const char *path);
void lines_close(lines_reader *reader);

/* *line is without its end (\n or \r\n) and valid until the next LINES_WOULD_WAIT is answered by
 * another call. The last line may lack its end: *is_complete says so. */
lines_result lines_next(lines_reader *reader, pw_str *line, bool *is_complete);

#endif
