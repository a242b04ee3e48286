/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_scan.h"

#include "base/limits.h"
#include "base/utf8.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Exponent digits up to where the value is certainly out of range. */
static const char *scan_exponent(pw_json_scan *scan, const char *at, int64_t *exponent) {
    bool is_negative = false;
    if (at < scan->end && (*at == '+' || *at == '-')) is_negative = *at++ == '-';
    if (at == scan->end || !is_digit(*at)) return pw_json_bad(scan, at);
    int64_t value = 0;
    for (; at < scan->end && is_digit(*at); at++) {
        if (value < INT64_C(1000000000000)) value = value * 10 + (*at - '0');
    }
    *exponent = is_negative ? -value : value;
    return at;
}

const char *pw_json_number_scan(pw_json_scan *scan, const char *at, pw_json_number *out) {
    const char *start = at;
    const char *end = scan->end;
    if (at == end) return pw_json_bad(scan, at);
    out->is_negative = *at == '-';
    if (out->is_negative) at++;

    const char *digits = at;
    uint64_t mantissa = 0;
    for (; at < end && is_digit(*at); at++)
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    size_t digit_count = (size_t)(at - digits);
    if (digit_count == 0 || (digit_count > 1 && *digits == '0')) return pw_json_bad(scan, start);

    int64_t exponent = 0;
    out->is_integer = true;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        for (; at < end && is_digit(*at); at++)
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
        if (at == fraction) return pw_json_bad(scan, at);
        exponent = fraction - at;
        digit_count += (size_t)(at - fraction);
        out->is_integer = false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        int64_t written;
        at = scan_exponent(scan, at + 1, &written);
        if (!at) return NULL;
        exponent += written;
        /* Java's BigDecimal, in which ksqlDB reads every number, has a scale of 32 bits. */
        if (exponent > INT32_MAX || exponent < -INT32_MAX) return pw_json_bad(scan, start);
        out->is_integer = false;
    }
    if (at - start > PW_JSON_NUMBER_BYTES_MAX) return pw_json_bad(scan, start);
    out->text = (pw_str){start, (size_t)(at - start)};
    out->mantissa = mantissa;
    out->digit_count = (uint32_t)digit_count;
    out->exponent = (int32_t)exponent;
    return at;
}

/* A run of non-ASCII characters, so that text in other scripts does not go back to the wide loop
 * for each of them. */
static const char *scan_utf8(pw_json_scan *scan, const char *at) {
    const char *end = scan->end;
    while (at < end && (*at & 0x80)) {
        const uint8_t *byte = (const uint8_t *)at;
        if (end - at >= 2 && byte[0] >= 0xC2 && byte[0] <= 0xDF && (byte[1] & 0xC0) == 0x80) {
            at += 2;
            continue;
        }
        size_t length = pw_utf8_length(at, (size_t)(end - at));
        if (length == 0) return pw_json_bad(scan, at);
        at += length;
    }
    return at;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Four hex digits, or -1. */
static int32_t hex4(const char *at) {
    int32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* `at` is at a backslash. */
static const char *scan_escape(pw_json_scan *scan, const char *at) {
    const char *end = scan->end;
    if (end - at < 2) return pw_json_bad(scan, at);
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': break;
    default: return pw_json_bad(scan, at);
    }
    int32_t code = end - at >= 6 ? hex4(at + 2) : -1;
    if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF)) return pw_json_bad(scan, at);
    if (code < 0xD800 || code > 0xDFFF) return at + 6;
    int32_t low = end - at >= 12 && at[6] == '\\' && at[7] == 'u' ? hex4(at + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return pw_json_bad(scan, at);
    return at + 12;
}

/* The next byte that is a quote, a backslash, a control character or not ASCII. */
static const char *find_special(const char *at, const char *end) {
#if defined(__SSE2__)
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);
        if (mask) return at + __builtin_ctz(mask);
        at += 16;
    }
#endif
    while (end - at >= 8) {
        /* Eight bytes at once: a byte's top bit comes out set if the byte is one of ours (a bit
         * may be set behind a true hit, never before one, and the first is all that counts). */
        const uint64_t ones = 0x0101010101010101u;
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t quote = word ^ (ones * '"');
        uint64_t slash = word ^ (ones * '\\');
        uint64_t hits =
            ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | (word - ones * 0x20) | word;
        if (hits & (ones * 0x80)) break;
        at += 8;
    }
    while (at < end && (uint8_t)*at >= 0x20 && (uint8_t)*at < 0x80 && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

const char *pw_json_string_scan(pw_json_scan *scan, const char *at, bool *has_escape) {
    *has_escape = false;
    for (;;) {
        at = find_special(at, scan->end);
        if (at == scan->end) return pw_json_bad(scan, at);
        if (*at == '"') return at;
        if (*at == '\\') {
            *has_escape = true;
            at = scan_escape(scan, at);
        } else if (*at & 0x80) {
            at = scan_utf8(scan, at);
        } else {
            return pw_json_bad(scan, at);
        }
        if (!at) return NULL;
    }
}

const char *pw_json_literal(pw_json_scan *scan, const char *at) {
    pw_str literal = *at == 't' ? PW_STR("true") : *at == 'f' ? PW_STR("false") : PW_STR("null");
    if ((size_t)(scan->end - at) < literal.length) return pw_json_bad(scan, at);
    if (memcmp(at, literal.data, literal.length) != 0) return pw_json_bad(scan, at);
    return at + literal.length;
}

/* A value that holds no other. */
static const char *skip_scalar(pw_json_scan *scan, const char *at) {
    if (*at == '"') {
        bool has_escape;
        at = pw_json_string(scan, at + 1, &has_escape);
        return at ? at + 1 : NULL;
    }
    if (*at == 't' || *at == 'f' || *at == 'n') return pw_json_literal(scan, at);
    pw_json_number number;
    return pw_json_number_scan(scan, at, &number);
}

/* A member's name and the colon; returns the value's first character. */
static const char *skip_name(pw_json_scan *scan, const char *at) {
    if (at == scan->end || *at != '"') return pw_json_bad(scan, at);
    bool has_escape;
    at = pw_json_string(scan, at + 1, &has_escape);
    if (!at) return NULL;
    at = pw_json_space(scan, at + 1);
    if (at == scan->end || *at != ':') return pw_json_bad(scan, at);
    return pw_json_space(scan, at + 1);
}

/* The containers open at a moment: one bit each, so that no nesting can exhaust the stack. */
typedef struct open_stack {
    uint64_t is_object[PW_JSON_DEPTH_MAX / 64];
    uint32_t count;
    uint32_t count_max;
} open_stack;

static bool top_is_object(const open_stack *open) {
    uint32_t top = open->count - 1;
    return open->is_object[top / 64] >> (top % 64) & 1;
}

static bool push_container(open_stack *open, bool is_object) {
    if (open->count >= open->count_max) return false;
    uint64_t bit = UINT64_C(1) << (open->count % 64);
    uint64_t *word = &open->is_object[open->count / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    open->count++;
    return true;
}

/* Behind a value: passes closing brackets and one comma. Returns where the next value starts, or
 * the end of the outermost one when no container is open any more. */
static const char *skip_between(pw_json_scan *scan, const char *at, open_stack *open) {
    while (open->count) {
        at = pw_json_space(scan, at);
        if (at == scan->end) return pw_json_bad(scan, at);
        bool is_object = top_is_object(open);
        if (*at == ',') {
            at = pw_json_space(scan, at + 1);
            return is_object ? skip_name(scan, at) : at;
        }
        if (*at != (is_object ? '}' : ']')) return pw_json_bad(scan, at);
        open->count--;
        at++;
    }
    return at;
}

const char *pw_json_skip(pw_json_scan *scan, const char *at, uint32_t depth) {
    open_stack open;
    open.count = 0;
    open.count_max = depth < PW_JSON_DEPTH_MAX ? PW_JSON_DEPTH_MAX - depth : 0;
    do {
        if (at == scan->end) return pw_json_bad(scan, at);
        if (*at == '{' || *at == '[') {
            bool is_object = *at == '{';
            if (!push_container(&open, is_object)) return pw_json_bad(scan, at);
            at = pw_json_space(scan, at + 1);
            if (at == scan->end) return pw_json_bad(scan, at);
            if (*at != (is_object ? '}' : ']')) {
                if (is_object) at = skip_name(scan, at);
                if (!at) return NULL;
                continue;
            }
            open.count--;
            at++;
        } else {
            at = skip_scalar(scan, at);
            if (!at) return NULL;
        }
        at = skip_between(scan, at, &open);
        if (!at) return NULL;
    } while (open.count);
    return at;
}

uint32_t pw_json_escape_read(const char **at) {
    const char *escape = *at;
    *at = escape + 2;
    switch (escape[1]) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return (uint8_t)escape[1];
    }
    uint32_t code = (uint32_t)hex4(escape + 2);
    *at = escape + 6;
    if (code < 0xD800 || code > 0xDFFF) return code;
    *at = escape + 12;
    return 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)hex4(escape + 8) - 0xDC00);
}

size_t pw_json_unescape(pw_str token, char *out) {
    const char *at = token.data;
    const char *end = token.data + token.length;
    char *to = out;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape ? escape : end) - at);
        memcpy(to, at, plain);
        to += plain;
        at += plain;
        if (escape) to += pw_utf8_encode(pw_json_escape_read(&at), to);
    }
    return (size_t)(to - out);
}
