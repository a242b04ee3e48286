/* Values as ksqlDB's own tests compare them. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "conformance/judge.h"

/* Number text taken apart: value = digits * 10^-scale. */
typedef struct number {
    bool is_negative, is_whole; /* is_whole: neither point nor exponent */
    char digits[512];           /* no leading zeros, "" is 0 */
    size_t count;
    int64_t scale;
} number;

static bool read_number(pw_str text, number *out) {
    memset(out, 0, sizeof *out);
    out->is_whole = true;
    size_t at = 0;
    if (at < text.length && (text.data[at] == '-' || text.data[at] == '+')) {
        out->is_negative = text.data[at++] == '-';
    }
    bool is_fraction = false, has_digit = false;
    for (; at < text.length; at++) {
        char c = text.data[at];
        if (c == '.' && !is_fraction) {
            is_fraction = true;
            out->is_whole = false;
            continue;
        }
        if (c < '0' || c > '9') break;
        has_digit = true;
        out->scale += is_fraction;
        if (out->count == 0 && c == '0') continue;
        if (out->count == sizeof out->digits) return false;
        out->digits[out->count++] = c;
    }
    if (has_digit && at < text.length && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (at < text.length && text.data[at] == '+') at++;
        int64_t exponent;
        if (!pw_str_to_i64((pw_str){text.data + at, text.length - at}, &exponent)) return false;
        out->scale -= exponent;
        out->is_whole = false;
        at = text.length;
    }
    if (out->count == 0) out->is_negative = false;
    return has_digit && at == text.length;
}

static bool same_digits(const number *a, const number *b) {
    return a->is_negative == b->is_negative && a->count == b->count &&
           memcmp(a->digits, b->digits, a->count) == 0;
}

/* To scale 0: decimals are cut off, missing zeros added. */
static bool make_whole(number *n) {
    if (n->scale > 0) n->count = (uint64_t)n->scale < n->count ? n->count - (size_t)n->scale : 0;
    for (; n->scale < 0 && n->count; n->scale++) {
        if (n->count == sizeof n->digits) return false;
        n->digits[n->count++] = '0';
    }
    n->scale = 0;
    if (n->count == 0) n->is_negative = false;
    return true;
}

static bool near(pw_str a, pw_str b) {
    char texts[2][128];
    if (a.length >= sizeof texts[0] || b.length >= sizeof texts[1]) return false;
    memcpy(texts[0], a.data, a.length);
    texts[0][a.length] = '\0';
    memcpy(texts[1], b.data, b.length);
    texts[1][b.length] = '\0';
    double difference = strtod(texts[0], NULL) - strtod(texts[1], NULL);
    return difference < 0.000001 && difference > -0.000001;
}

static bool numbers_match(pw_str expected, pw_str actual, bool is_exact) {
    number e, a;
    if (!read_number(expected, &e) || !read_number(actual, &a)) return false;
    if (a.is_whole) return a.count <= 19 && make_whole(&e) && same_digits(&e, &a);
    if (!is_exact) return near(expected, actual);
    if (!e.is_whole) return e.scale == a.scale && same_digits(&e, &a);
    return a.scale <= 0 && make_whole(&a) && same_digits(&e, &a);
}

static bool differ(const pw_json *expected, const pw_json *actual, pw_str path, pw_buf *detail) {
    pw_buf_format(detail, "%.*s: expected ", PW_STR_ARGS(path));
    if (expected)
        pw_json_tree_print(expected, detail);
    else
        pw_buf_add_literal(detail, "nothing");
    pw_buf_add_literal(detail, ", got ");
    if (actual)
        pw_json_tree_print(actual, detail);
    else
        pw_buf_add_literal(detail, "nothing");
    return false;
}

static bool members_match(const pw_json *expected, const pw_json *actual, bool is_exact,
                          pw_str path, pw_buf *detail) {
    if (expected->count != actual->count) return differ(expected, actual, path, detail);
    pw_arena arena;
    pw_arena_init(&arena, 0);
    bool is_same = true;
    for (const pw_json *m = expected->first; m && is_same; m = m->next) {
        const pw_json *other = pw_json_member(actual, m->key);
        if (!other) other = pw_json_member(actual, pw_arena_upper(&arena, m->key));
        pw_str below = pw_arena_format(&arena, "%.*s.%.*s", PW_STR_ARGS(path), PW_STR_ARGS(m->key));
        is_same = values_match(m, other, is_exact, below, detail);
    }
    pw_arena_deinit(&arena);
    return is_same;
}

static bool elements_match(const pw_json *expected, const pw_json *actual, bool is_exact,
                           pw_str path, pw_buf *detail) {
    if (expected->count != actual->count) return differ(expected, actual, path, detail);
    const pw_json *a = actual->first;
    for (const pw_json *e = expected->first; e; e = e->next, a = a->next) {
        if (!values_match(e, a, is_exact, path, detail)) return false;
    }
    return true;
}

bool values_match(const pw_json *expected, const pw_json *actual, bool is_exact, pw_str path,
                  pw_buf *detail) {
    bool is_null_expected = !expected || expected->kind == PW_JSON_NULL;
    bool is_null_actual = !actual || actual->kind == PW_JSON_NULL;
    if (is_null_expected && is_null_actual) return true;
    if (is_null_expected || is_null_actual) return differ(expected, actual, path, detail);
    if (expected->kind == PW_JSON_STRING && actual->kind == PW_JSON_NUMBER) {
        number e, a; /* a decimal written as text: the same with its scale */
        bool is_same = read_number(expected->text, &e) && read_number(actual->text, &a) &&
                       !a.is_whole && e.scale == a.scale && same_digits(&e, &a);
        return is_same || differ(expected, actual, path, detail);
    }
    if (expected->kind != actual->kind) return differ(expected, actual, path, detail);
    bool is_same = true;
    switch (expected->kind) {
    case PW_JSON_NULL:
    case PW_JSON_FALSE:
    case PW_JSON_TRUE: return true;
    case PW_JSON_NUMBER: is_same = numbers_match(expected->text, actual->text, is_exact); break;
    case PW_JSON_STRING: is_same = pw_str_equal(expected->text, actual->text); break;
    case PW_JSON_ARRAY: return elements_match(expected, actual, is_exact, path, detail);
    case PW_JSON_OBJECT: return members_match(expected, actual, is_exact, path, detail);
    }
    return is_same || differ(expected, actual, path, detail);
}
