/* A growing byte buffer, for text and encoded records. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_BUF_H
#define PW_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

typedef struct pw_buf {
    char *data; /* may be NULL while capacity is 0 */
    size_t length;
    size_t capacity;
} pw_buf;

void pw_buf_init(pw_buf *buf);
void pw_buf_deinit(pw_buf *buf);
static inline void pw_buf_clear(pw_buf *buf) {
    buf->length = 0;
}

void pw_buf_grow(pw_buf *buf, size_t extra_bytes);

/* Room for `extra_bytes` at the end; returns where to write. Add to `length` what was written. */
static inline char *pw_buf_reserve(pw_buf *buf, size_t extra_bytes) {
    if (buf->capacity - buf->length < extra_bytes) pw_buf_grow(buf, extra_bytes);
    return buf->data + buf->length;
}

static inline void pw_buf_add(pw_buf *buf, const void *bytes, size_t length) {
    if (length == 0) return;
    memcpy(pw_buf_reserve(buf, length), bytes, length);
    buf->length += length;
}

static inline void pw_buf_add_char(pw_buf *buf, char c) {
    *pw_buf_reserve(buf, 1) = c;
    buf->length++;
}

static inline void pw_buf_add_str(pw_buf *buf, pw_str text) {
    pw_buf_add(buf, text.data, text.length);
}

#define pw_buf_add_literal(buf, literal) pw_buf_add((buf), "" literal, sizeof(literal) - 1)

void pw_buf_format(pw_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pw_buf_format_v(pw_buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void pw_buf_add_i64(pw_buf *buf, int64_t value); /* decimal, fast */
void pw_buf_add_be32(pw_buf *buf, uint32_t value);
void pw_buf_add_be64(pw_buf *buf, uint64_t value);

/* JSON string escape, with the quotes; invalid UTF-8 becomes U+FFFD. */
void pw_buf_add_json_string(pw_buf *buf, pw_str text);

/* Zero byte behind the end (not counted); valid until the next change. */
const char *pw_buf_cstr(pw_buf *buf);

static inline pw_str pw_buf_str(const pw_buf *buf) {
    return (pw_str){buf->data ? buf->data : "", buf->length};
}

#endif
