/* The JSON scanner: finds where tokens end and says whether they are valid, one pass, no tree.
 *
 * Every function takes the position of a token and returns the position behind it, or NULL when
 * the text is not JSON (RFC 8259, as strict as Jackson: no comments, no leading zeros, no control
 * characters in strings; text is valid UTF-8 and surrogates come in pairs). `scan->bad` then says
 * where. A position is always <= scan->end; nothing behind it is read.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_JSON_SCAN_H
#define PW_FORMATS_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/str.h"

/* Digits and sign of one number: Jackson's limit, which keeps exact conversions affordable. */
enum { PW_JSON_NUMBER_BYTES_MAX = 1000 };

typedef struct pw_json_scan {
    const char *end;
    const char *bad; /* where the text stopped being JSON; set when NULL is returned */
} pw_json_scan;

/* value = (is_negative ? -1 : 1) * digits * 10^exponent. */
typedef struct pw_json_number {
    pw_str text;
    uint64_t mantissa;    /* all digits as one integer; right only if digit_count <= 19 */
    uint32_t digit_count; /* digits of integer part and fraction, zeros included */
    int32_t exponent;
    bool is_negative;
    bool is_integer; /* neither point nor exponent */
} pw_json_number;

const char *pw_json_number_scan(pw_json_scan *scan, const char *at, pw_json_number *out);

/* `at` is behind the opening quote; returns the closing quote's own position. */
const char *pw_json_string_scan(pw_json_scan *scan, const char *at, bool *has_escape);

/* One value of any kind. depth: containers already open around it. */
const char *pw_json_skip(pw_json_scan *scan, const char *at, uint32_t depth);

/* `at` is at 't', 'f' or 'n': the literal of that letter. */
const char *pw_json_literal(pw_json_scan *scan, const char *at);

/* The text of a valid string token between its quotes, escapes undone. `out` has room for as many
 * bytes as the token has; returns how many were written. */
size_t pw_json_unescape(pw_str token, char *out);

/* One escape at `at` (a backslash) of a valid token: its code point; *at moves behind it. */
uint32_t pw_json_escape_read(const char **at);

static inline const char *pw_json_bad(pw_json_scan *scan, const char *at) {
    scan->bad = at;
    return NULL;
}

static inline bool pw_json_is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next character that is not white space, or the end. */
static inline const char *pw_json_space(const pw_json_scan *scan, const char *at) {
    while (at < scan->end && pw_json_is_space(*at))
        at++;
    return at;
}

/* As pw_json_string_scan; the usual short plain text ends within the first sixteen bytes. */
static inline const char *pw_json_string(pw_json_scan *scan, const char *at, bool *has_escape) {
#if defined(__SSE2__)
    if (scan->end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        /* Signed "less than 0x20" finds control characters and all non-ASCII bytes at once. */
        __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);
        if (mask) {
            const char *found = at + __builtin_ctz(mask);
            if (*found == '"') {
                *has_escape = false;
                return found;
            }
        }
    }
#endif
    return pw_json_string_scan(scan, at, has_escape);
}

#endif
