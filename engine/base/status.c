/* Status texts and the making of errors. SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

static const struct {
    const char *name;
    const char *text;
    pw_blame blame;
} status_rows[PW_STATUS_COUNT] = {
#define STATUS_ROW(name, text, blame) {#name, text, blame},
    PW_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

const char *pw_status_text(pw_status status) {
    PW_ASSERT(status < PW_STATUS_COUNT);
    return status_rows[status].text;
}

const char *pw_status_name(pw_status status) {
    PW_ASSERT(status < PW_STATUS_COUNT);
    return status_rows[status].name;
}

pw_blame pw_status_blame(pw_status status) {
    PW_ASSERT(status < PW_STATUS_COUNT);
    return status_rows[status].blame;
}

/* Drops a UTF-8 character that vsnprintf cut in two. */
static void trim_cut_character(char *text, size_t capacity, int wanted) {
    if (wanted < 0 || (size_t)wanted < capacity) return;
    size_t end = capacity - 1;
    size_t start = end;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0) return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (end - (start - 1) < need) text[start - 1] = '\0';
}

pw_status pw_fail_v(pw_error *err, pw_status status, pw_span at, const char *format, va_list args) {
    PW_ASSERT(status != PW_OK);
    if (!err) return status;
    err->status = status;
    err->at = at;
    err->hint[0] = '\0';
    int wanted = vsnprintf(err->message, sizeof err->message, format, args);
    trim_cut_character(err->message, sizeof err->message, wanted);
    return status;
}

pw_status pw_fail(pw_error *err, pw_status status, pw_span at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    pw_fail_v(err, status, at, format, args);
    va_end(args);
    return status;
}

void pw_error_hint(pw_error *err, const char *format, ...) {
    if (!err) return;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
    trim_cut_character(err->hint, sizeof err->hint, wanted);
}

void pw_error_clear(pw_error *err) {
    if (err) memset(err, 0, sizeof *err);
}
