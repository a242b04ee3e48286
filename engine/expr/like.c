/* LIKE. Two pointers and one place to come back to: where the last % began. A % that has given up need not be tried
 * again, because a later % can take whatever it would have taken, so the time is at most text times pattern.
 *
 * ksqlDB turns the pattern into a regular expression in which . excludes line ends; so % and _ do not cross one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "expr/expr_private.h"

typedef enum { END, LITERAL, ANY_ONE, ANY_RUN, BAD } token_kind;

typedef struct token {
    token_kind kind;
    size_t bytes; /* in the pattern */
    pw_str character; /* LITERAL */
} token;

static size_t character_bytes(pw_str text, size_t at) {
    size_t bytes = pw_utf8_length(text.data + at, text.length - at);
    return bytes ? bytes : 1;
}

static token next_token(pw_str pattern, size_t at, uint32_t escape) {
    if (at >= pattern.length) return (token){END, 0, PW_STR_EMPTY};
    size_t bytes = character_bytes(pattern, at), decoded = 0;
    if (escape && pw_utf8_decode(pattern.data + at, pattern.length - at, &decoded) == escape) {
        size_t next = at + bytes;
        if (next >= pattern.length) return (token){BAD, 0, PW_STR_EMPTY};
        size_t escaped = character_bytes(pattern, next);
        return (token){LITERAL, bytes + escaped, {pattern.data + next, escaped}};
    }
    if (pattern.data[at] == '%') return (token){ANY_RUN, 1, PW_STR_EMPTY};
    if (pattern.data[at] == '_') return (token){ANY_ONE, 1, PW_STR_EMPTY};
    return (token){LITERAL, bytes, {pattern.data + at, bytes}};
}

/* \n, \r, U+0085, U+2028, U+2029: what Java's regular expressions call a line terminator. */
static bool is_line_end(pw_str text, size_t at) {
    size_t bytes = 0;
    if ((unsigned char)text.data[at] < 0x80) return text.data[at] == '\n' || text.data[at] == '\r';
    uint32_t code = pw_utf8_decode(text.data + at, text.length - at, &bytes);
    return code == 0x85 || code == 0x2028 || code == 0x2029;
}

static bool is_pattern_bad(pw_str pattern, uint32_t escape) {
    for (size_t at = 0; escape && at < pattern.length;) {
        token next = next_token(pattern, at, escape);
        if (next.kind == BAD) return true;
        at += next.bytes;
    }
    return false;
}

pw_like_result pw_like(pw_str text, pw_str pattern, uint32_t escape) {
    if (is_pattern_bad(pattern, escape)) return PW_LIKE_BAD;
    size_t t = 0, p = 0, run_pattern = SIZE_MAX, run_text = 0;
    for (;;) {
        token next = next_token(pattern, p, escape);
        if (next.kind == ANY_RUN) {
            p += 1;
            run_pattern = p;
            run_text = t;
            continue;
        }
        if (next.kind == END && t == text.length) return PW_LIKE_YES;
        size_t taken = 0;
        if (t < text.length && next.kind == ANY_ONE && !is_line_end(text, t)) taken = character_bytes(text, t);
        if (next.kind == LITERAL && text.length - t >= next.character.length &&
            memcmp(text.data + t, next.character.data, next.character.length) == 0) {
            taken = next.character.length;
        }
        if (taken) {
            t += taken;
            p += next.bytes;
            continue;
        }
        /* The last % takes one character more and everything behind it is tried again. */
        if (run_pattern == SIZE_MAX || run_text >= text.length || is_line_end(text, run_text)) return PW_LIKE_NO;
        run_text += character_bytes(text, run_text);
        t = run_text;
        p = run_pattern;
    }
}
