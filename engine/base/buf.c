/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/utf8.h"

void pw_buf_init(pw_buf *buf) {
    memset(buf, 0, sizeof *buf);
}

void pw_buf_deinit(pw_buf *buf) {
    pw_mem_free(buf->data);
    memset(buf, 0, sizeof *buf);
}

void pw_buf_grow(pw_buf *buf, size_t extra_bytes) {
    size_t wanted = buf->length + extra_bytes;
    PW_ASSERT(wanted >= extra_bytes);
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < wanted) capacity += capacity / 2 + 64;
    buf->data = pw_mem_realloc(buf->data, capacity);
    buf->capacity = capacity;
}

void pw_buf_format_v(pw_buf *buf, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    PW_ASSERT(length >= 0);
    char *at = pw_buf_reserve(buf, (size_t)length + 1);
    vsnprintf(at, (size_t)length + 1, format, again);
    va_end(again);
    buf->length += (size_t)length;
}

void pw_buf_format(pw_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    pw_buf_format_v(buf, format, args);
    va_end(args);
}

void pw_buf_add_i64(pw_buf *buf, int64_t value) {
    char digits[24];
    char *end = digits + sizeof digits;
    char *at = end;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) *--at = '-';
    pw_buf_add(buf, at, (size_t)(end - at));
}

void pw_buf_add_be32(pw_buf *buf, uint32_t value) {
    uint8_t *at = (uint8_t *)pw_buf_reserve(buf, 4);
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
    buf->length += 4;
}

void pw_buf_add_be64(pw_buf *buf, uint64_t value) {
    pw_buf_add_be32(buf, (uint32_t)(value >> 32));
    pw_buf_add_be32(buf, (uint32_t)value);
}

static void add_json_special(pw_buf *buf, unsigned char c) {
    switch (c) {
    case '"': pw_buf_add_literal(buf, "\\\""); return;
    case '\\': pw_buf_add_literal(buf, "\\\\"); return;
    case '\n': pw_buf_add_literal(buf, "\\n"); return;
    case '\r': pw_buf_add_literal(buf, "\\r"); return;
    case '\t': pw_buf_add_literal(buf, "\\t"); return;
    case '\b': pw_buf_add_literal(buf, "\\b"); return;
    case '\f': pw_buf_add_literal(buf, "\\f"); return;
    default: pw_buf_format(buf, "\\u%04X", c);
    }
}

void pw_buf_add_json_string(pw_buf *buf, pw_str text) {
    pw_buf_add_char(buf, '"');
    size_t plain = 0; /* start of the run not yet written */
    for (size_t i = 0; i < text.length;) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            i++;
            continue;
        }
        size_t length = 1;
        bool is_valid = c < 0x80 || (length = pw_utf8_length(text.data + i, text.length - i)) > 0;
        if (c >= 0x80 && is_valid) {
            i += length;
            continue;
        }
        pw_buf_add(buf, text.data + plain, i - plain);
        if (c < 0x80) add_json_special(buf, c);
        else pw_buf_add_literal(buf, "\xEF\xBF\xBD");
        i++;
        plain = i;
    }
    pw_buf_add(buf, text.data + plain, text.length - plain);
    pw_buf_add_char(buf, '"');
}

const char *pw_buf_cstr(pw_buf *buf) {
    *pw_buf_reserve(buf, 1) = '\0';
    return buf->data;
}
