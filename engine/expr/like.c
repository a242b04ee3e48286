/* LIKE. Two pointers and one place to come back to: where the last % began. A % that has given up
 * need not be tried again, because a later % can take whatever it would have taken, so the time is
 * at most text times pattern.
 *
 * Literal characters are compared byte by byte: in UTF-8 no character is part of another. ksqlDB
 * turns the pattern into a regular expression in which . excludes line ends; so % and _ do not
 * cross one. SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "expr/expr_private.h"

/* Bytes of the character at text[at] if % or _ may take it: 0 for a line end, which is \n, \r,
 * U+0085, U+2028 or U+2029 as in Java's regular expressions. */
static size_t wild_bytes(pw_str text, size_t at) {
    unsigned char first = (unsigned char)text.data[at];
    if (first < 0x80) return first != '\n' && first != '\r';
    size_t bytes = 0;
    uint32_t code = pw_utf8_decode(text.data + at, text.length - at, &bytes);
    if (code == 0x85 || code == 0x2028 || code == 0x2029) return 0;
    return bytes ? bytes : 1;
}

/* Length of the escape character if it stands at pattern[at], else 0. */
static size_t escape_at(pw_str pattern, size_t at, pw_str escape) {
    if (escape.length == 0 || pattern.length - at < escape.length) return 0;
    return memcmp(pattern.data + at, escape.data, escape.length) == 0 ? escape.length : 0;
}

static bool is_pattern_bad(pw_str pattern, pw_str escape) {
    for (size_t at = 0; at < pattern.length;) {
        size_t skipped = escape_at(pattern, at, escape);
        if (skipped && at + skipped == pattern.length) return true;
        size_t character =
            pw_utf8_length(pattern.data + at + skipped, pattern.length - at - skipped);
        at += skipped + (character ? character : 1);
    }
    return false;
}

static pw_like_result match(pw_str text, pw_str pattern, pw_str escape) {
    size_t t = 0, p = 0, run_pattern = SIZE_MAX, run_text = 0;
    for (;;) {
        size_t skipped = p < pattern.length ? escape_at(pattern, p, escape) : 0;
        char wanted = p + skipped < pattern.length ? pattern.data[p + skipped] : 0;
        if (p == pattern.length) {
            if (t == text.length) return PW_LIKE_YES;
        } else if (!skipped && wanted == '%') {
            run_pattern = ++p;
            run_text = t;
            if (p < pattern.length) continue;
            /* A % at the end takes the rest, line by line. */
            size_t taken = 1;
            while (t < text.length && (taken = wild_bytes(text, t)) != 0)
                t += taken;
            return t >= text.length ? PW_LIKE_YES : PW_LIKE_NO;
        } else if (!skipped && wanted == '_') {
            size_t taken = t < text.length ? wild_bytes(text, t) : 0;
            if (taken) {
                t += taken;
                p++;
                continue;
            }
        } else if (t < text.length && text.data[t] == wanted) {
            t++;
            p += skipped + 1;
            continue;
        }
        /* The last % takes one character more and everything behind it is tried again. */
        if (run_pattern == SIZE_MAX || run_text >= text.length) return PW_LIKE_NO;
        size_t taken = wild_bytes(text, run_text);
        if (taken == 0) return PW_LIKE_NO;
        t = run_text += taken;
        p = run_pattern;
    }
}

pw_like_result pw_like(pw_str text, pw_str pattern, uint32_t escape) {
    char bytes[4];
    pw_str escape_text = {bytes, escape ? pw_utf8_encode(escape, bytes) : 0};
    if (escape && is_pattern_bad(pattern, escape_text)) return PW_LIKE_BAD;
    return match(text, pattern, escape_text);
}
