/* SPDX-License-Identifier: Apache-2.0 */
#include "json_slice.h"

#include "base/limits.h"
#include "base/utf8.h"

void json_open(json_cursor *cursor, pw_str text) {
    *cursor = (json_cursor){.at = text.data, .begin = text.data, .end = text.data + text.length};
}

size_t json_offset(const json_cursor *cursor) {
    return (size_t)(cursor->at - cursor->begin);
}

static bool fail(json_cursor *cursor, const char *problem) {
    if (!cursor->problem)
        cursor->problem = cursor->at == cursor->end ? "the line ends too early" : problem;
    return false;
}

static void skip_space(json_cursor *cursor) {
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' ||
                                        *cursor->at == '\r' || *cursor->at == '\n'))
        cursor->at++;
}

bool json_at_end(json_cursor *cursor) {
    skip_space(cursor);
    return cursor->at == cursor->end || fail(cursor, "there is more behind the value");
}

bool json_peek(json_cursor *cursor, json_kind *kind) {
    skip_space(cursor);
    if (cursor->at == cursor->end) return fail(cursor, "");
    switch (*cursor->at) {
    case '{': *kind = JSON_OBJECT; return true;
    case '[': *kind = JSON_ARRAY; return true;
    case '"': *kind = JSON_STRING; return true;
    case 't': *kind = JSON_TRUE; return true;
    case 'f': *kind = JSON_FALSE; return true;
    case 'n': *kind = JSON_NULL; return true;
    }
    *kind = JSON_NUMBER;
    bool is_number = *cursor->at == '-' || (*cursor->at >= '0' && *cursor->at <= '9');
    return is_number || fail(cursor, "a value was expected");
}

/* --- strings ---------------------------------------------------------------------------------- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool read_hex4(json_cursor *cursor, uint32_t *code) {
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = cursor->at < cursor->end ? hex_digit(*cursor->at) : -1;
        if (digit < 0) return fail(cursor, "\\u needs four hexadecimal digits");
        *code = *code * 16 + (uint32_t)digit;
        cursor->at++;
    }
    return true;
}

/* Behind "\u". A pair of surrogates is one character, a lone one becomes U+FFFD. */
static bool read_unicode(json_cursor *cursor, pw_buf *out) {
    uint32_t code, low;
    if (!read_hex4(cursor, &code)) return false;
    bool has_second = code >= 0xD800 && code <= 0xDBFF && cursor->end - cursor->at >= 6 &&
                      cursor->at[0] == '\\' && cursor->at[1] == 'u';
    if (has_second) {
        const char *second = cursor->at;
        cursor->at += 2;
        if (!read_hex4(cursor, &low)) return false;
        if (low >= 0xDC00 && low <= 0xDFFF)
            code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00;
        else
            cursor->at = second;
    }
    if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;
    if (out) out->length += pw_utf8_encode(code, pw_buf_reserve(out, 4));
    return true;
}

static bool read_escape(json_cursor *cursor, pw_buf *out) {
    cursor->at++;
    if (cursor->at == cursor->end) return fail(cursor, "");
    char c = *cursor->at++;
    switch (c) {
    case '"':
    case '\\':
    case '/': break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return read_unicode(cursor, out);
    default: cursor->at--; return fail(cursor, "this is no escape");
    }
    if (out) pw_buf_add_char(out, c);
    return true;
}

/* out NULL: only checks. */
static bool read_string(json_cursor *cursor, pw_buf *out) {
    if (cursor->at == cursor->end || *cursor->at != '"')
        return fail(cursor, "a string was expected");
    cursor->at++;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        if (*cursor->at == '\\') {
            if (!read_escape(cursor, out)) return false;
            continue;
        }
        if ((unsigned char)*cursor->at < 0x20)
            return fail(cursor, "a control character must be escaped");
        size_t length = pw_utf8_length(cursor->at, (size_t)(cursor->end - cursor->at));
        if (length == 0) return fail(cursor, "this is not UTF-8");
        if (out) pw_buf_add(out, cursor->at, length);
        cursor->at += length;
    }
    if (cursor->at == cursor->end) return fail(cursor, "");
    cursor->at++;
    return true;
}

bool json_string(json_cursor *cursor, pw_buf *out) {
    skip_space(cursor);
    return read_string(cursor, out);
}

/* --- values ----------------------------------------------------------------------------------- */

static size_t skip_digits(json_cursor *cursor) {
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
        cursor->at++;
    return (size_t)(cursor->at - start);
}

static bool read_number(json_cursor *cursor) {
    if (*cursor->at == '-') cursor->at++;
    bool has_zero = cursor->at < cursor->end && *cursor->at == '0';
    size_t digits = skip_digits(cursor);
    if (digits == 0 || (has_zero && digits > 1)) return fail(cursor, "this is no number");
    if (cursor->at < cursor->end && *cursor->at == '.') {
        cursor->at++;
        if (skip_digits(cursor) == 0) return fail(cursor, "digits are missing behind the point");
    }
    if (cursor->at < cursor->end && (*cursor->at == 'e' || *cursor->at == 'E')) {
        cursor->at++;
        if (cursor->at < cursor->end && (*cursor->at == '+' || *cursor->at == '-')) cursor->at++;
        if (skip_digits(cursor) == 0) return fail(cursor, "digits are missing in the exponent");
    }
    return true;
}

static bool read_word(json_cursor *cursor, pw_str word) {
    size_t left = (size_t)(cursor->end - cursor->at);
    if (!pw_str_starts_with((pw_str){cursor->at, left}, word))
        return fail(cursor, "a value was expected");
    cursor->at += word.length;
    return true;
}

static bool read_value(json_cursor *cursor, pw_buf *compact, int depth);

static bool read_members(json_cursor *cursor, pw_buf *compact, int depth) {
    bool is_object = *cursor->at == '{';
    char closing = is_object ? '}' : ']';
    if (depth == PW_JSON_DEPTH_MAX) return fail(cursor, "this is nested too deeply");
    pw_buf_add_char(compact, *cursor->at++);
    for (bool is_first = true;; is_first = false) {
        bool has_more;
        if (!json_next(cursor, closing, is_first, NULL, &has_more)) return false;
        if (!has_more) break;
        if (!is_first) pw_buf_add_char(compact, ',');
        if (is_object) {
            const char *start = cursor->at;
            if (!read_string(cursor, NULL)) return false;
            pw_buf_add(compact, start, (size_t)(cursor->at - start));
            skip_space(cursor);
            if (cursor->at == cursor->end || *cursor->at != ':')
                return fail(cursor, "':' was expected");
            cursor->at++;
            pw_buf_add_char(compact, ':');
        }
        if (!read_value(cursor, compact, depth + 1)) return false;
    }
    pw_buf_add_char(compact, closing);
    return true;
}

static bool read_value(json_cursor *cursor, pw_buf *compact, int depth) {
    json_kind kind;
    if (!json_peek(cursor, &kind)) return false;
    const char *start = cursor->at;
    bool is_read = false;
    switch (kind) {
    case JSON_OBJECT:
    case JSON_ARRAY: return read_members(cursor, compact, depth);
    case JSON_STRING: is_read = read_string(cursor, NULL); break;
    case JSON_NUMBER: is_read = read_number(cursor); break;
    case JSON_TRUE: is_read = read_word(cursor, PW_STR("true")); break;
    case JSON_FALSE: is_read = read_word(cursor, PW_STR("false")); break;
    case JSON_NULL: is_read = read_word(cursor, PW_STR("null")); break;
    }
    if (is_read) pw_buf_add(compact, start, (size_t)(cursor->at - start));
    return is_read;
}

bool json_value(json_cursor *cursor, pw_str *slice, pw_buf *compact) {
    pw_buf unused;
    pw_buf_init(&unused);
    skip_space(cursor);
    const char *start = cursor->at;
    bool is_read = read_value(cursor, compact ? compact : &unused, 0);
    if (slice) *slice = (pw_str){start, (size_t)(cursor->at - start)};
    pw_buf_deinit(&unused);
    return is_read;
}

bool json_enter(json_cursor *cursor, char bracket) {
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != bracket)
        return fail(cursor, bracket == '{' ? "'{' was expected" : "'[' was expected");
    cursor->at++;
    return true;
}

bool json_next(json_cursor *cursor, char closing, bool is_first, pw_buf *name, bool *has_more) {
    skip_space(cursor);
    *has_more = false;
    if (cursor->at == cursor->end) return fail(cursor, "");
    if (*cursor->at == closing) {
        cursor->at++;
        return true;
    }
    if (!is_first) {
        if (*cursor->at != ',')
            return fail(cursor,
                        closing == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
        cursor->at++;
        skip_space(cursor);
    }
    *has_more = true;
    if (!name) return true;
    pw_buf_clear(name);
    if (!read_string(cursor, name)) return false;
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != ':') return fail(cursor, "':' was expected");
    cursor->at++;
    return true;
}
