/* Reads and writes JSON trees (json_tree.h). SPDX-License-Identifier: Apache-2.0 */
#include "functions/json_tree.h"

#include "base/hashmap.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "types/decimal.h"

enum { MEMBERS_SCANNED_MAX = 16 }; /* objects with more members find double keys by hash */

typedef struct reader {
    pw_arena *arena;
    const char *at, *end;
} reader;

static void skip_space(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool take(reader *r, char c) {
    skip_space(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static bool take_word(reader *r, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) return false;
    r->at += length;
    return true;
}

/* --- strings ------------------------------------------------------------------------------- */

static bool read_hex4(reader *r, uint32_t *out) {
    if (r->end - r->at < 4) return false;
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit > 15) return false;
        *out = *out << 4 | digit;
    }
    return true;
}

/* Behind "\u". Half a surrogate pair becomes '?', as when Java writes it. */
static bool read_unicode_escape(reader *r, char *out, size_t *length) {
    uint32_t code = 0, low = 0;
    if (!read_hex4(r, &code)) return false;
    if (code >= 0xD800 && code <= 0xDBFF) {
        reader ahead = *r;
        if (take_word(&ahead, "\\u") && read_hex4(&ahead, &low) && low >= 0xDC00 && low <= 0xDFFF) {
            *r = ahead;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        } else {
            code = '?';
        }
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        code = '?';
    }
    *length += pw_utf8_encode(code, out + *length);
    return true;
}

/* Behind the opening quote. */
static bool read_string(reader *r, pw_str *out) {
    const char *start = r->at;
    while (r->at < r->end && *r->at != '"' && *r->at != '\\' && (uint8_t)*r->at >= 0x20)
        r->at++;
    if (r->at == r->end) return false;
    if (*r->at == '"') { /* nothing to decode: borrow */
        *out = (pw_str){start, (size_t)(r->at++ - start)};
        return true;
    }
    const char *close = r->at;
    while (close < r->end && *close != '"')
        close += *close == '\\' && close + 1 < r->end ? 2 : 1;
    char *copy = pw_arena_alloc(r->arena, (size_t)((close < r->end ? close : r->end) - start) + 4);
    size_t length = (size_t)(r->at - start);
    memcpy(copy, start, length);
    while (r->at < r->end && *r->at != '"') {
        if ((uint8_t)*r->at < 0x20) return false;
        if (*r->at != '\\') {
            copy[length++] = *r->at++;
            continue;
        }
        if (++r->at == r->end) return false;
        static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
        char c = *r->at++;
        const char *found = c ? strchr(escapes, c) : NULL;
        if (found) {
            copy[length++] = meanings[found - escapes];
        } else if (c != 'u' || !read_unicode_escape(r, copy, &length)) {
            return false;
        }
    }
    if (r->at == r->end) return false;
    r->at++;
    *out = (pw_str){copy, length};
    return true;
}

/* --- numbers ------------------------------------------------------------------------------- */

static size_t skip_digits(reader *r) {
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return (size_t)(r->at - start);
}

static bool read_number(reader *r, pw_str *out) {
    const char *start = r->at;
    if (*r->at == '-') r->at++;
    const char *digits = r->at;
    if (skip_digits(r) == 0 || (*digits == '0' && r->at - digits > 1)) return false;
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (skip_digits(r) == 0) return false;
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        if (skip_digits(r) == 0) return false;
    }
    *out = (pw_str){start, (size_t)(r->at - start)};
    return true;
}

/* --- nested -------------------------------------------------------------------------------- */

static pw_json *read_value(reader *r, int depth);

/* The member with this key, among the ones read so far. */
static pw_json *find_member(pw_json *first, uint32_t count, pw_hashmap *by_key, pw_str key) {
    if (count > MEMBERS_SCANNED_MAX) return pw_hashmap_get(by_key, key);
    for (pw_json *member = first; member; member = (pw_json *)(uintptr_t)member->next)
        if (pw_str_equal(member->key, key)) return member;
    return NULL;
}

static void index_members(pw_json *first, pw_json *added, uint32_t count, pw_hashmap *by_key) {
    if (count < MEMBERS_SCANNED_MAX + 1) return;
    if (count > MEMBERS_SCANNED_MAX + 1) {
        pw_hashmap_put(by_key, added->key, added);
        return;
    }
    for (pw_json *member = first; member; member = (pw_json *)(uintptr_t)member->next)
        pw_hashmap_put(by_key, member->key, member);
}

static bool read_object(reader *r, int depth, pw_json *out, pw_hashmap *by_key) {
    pw_json *first = NULL, *last = NULL;
    if (take(r, '}')) return true;
    do {
        pw_str key;
        if (!take(r, '"') || !read_string(r, &key) || !take(r, ':')) return false;
        pw_json *value = read_value(r, depth + 1);
        if (!value) return false;
        value->key = key;
        pw_json *former = find_member(first, out->count, by_key, key);
        if (former) {
            value->next = former->next;
            *former = *value;
            continue;
        }
        if (last) last->next = value;
        if (!first) out->first = first = value;
        last = value;
        out->count++;
        index_members(first, value, out->count, by_key);
    } while (take(r, ','));
    return take(r, '}');
}

static bool read_array(reader *r, int depth, pw_json *out) {
    pw_json *last = NULL;
    if (take(r, ']')) return true;
    do {
        pw_json *value = read_value(r, depth + 1);
        if (!value) return false;
        if (last) last->next = value;
        if (!out->first) out->first = value;
        last = value;
        out->count++;
    } while (take(r, ','));
    return take(r, ']');
}

static pw_json *read_value(reader *r, int depth) {
    pw_json *out = PW_NEW(r->arena, pw_json);
    bool is_good = true;
    skip_space(r);
    if (r->at == r->end || depth > PW_JSON_DEPTH_MAX) return NULL;
    char c = *r->at;
    if (c == '{' || c == '[') {
        r->at++;
        out->kind = c == '{' ? PW_JSON_OBJECT : PW_JSON_ARRAY;
        if (c == '{') {
            pw_hashmap by_key;
            pw_hashmap_init(&by_key);
            is_good = read_object(r, depth, out, &by_key);
            pw_hashmap_deinit(&by_key);
        } else {
            is_good = read_array(r, depth, out);
        }
    } else if (c == '"') {
        r->at++;
        out->kind = PW_JSON_STRING;
        is_good = read_string(r, &out->text);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        out->kind = PW_JSON_NUMBER;
        is_good = read_number(r, &out->text);
    } else if (take_word(r, "null")) {
        out->kind = PW_JSON_NULL;
    } else if (take_word(r, "true")) {
        out->kind = PW_JSON_TRUE;
    } else if (take_word(r, "false")) {
        out->kind = PW_JSON_FALSE;
    } else {
        is_good = false;
    }
    return is_good ? out : NULL;
}

const pw_json *pw_json_parse(pw_arena *arena, pw_str text) {
    reader r = {arena, text.data, text.data + text.length};
    const pw_json *value = text.length ? read_value(&r, 0) : NULL;
    skip_space(&r);
    return value && r.at == r.end ? value : NULL;
}

/* --- writing ------------------------------------------------------------------------------- */

/* A number with an exponent is written as Java's BigDecimal writes it. */
static void print_number(pw_str text, pw_buf *out) {
    pw_i128 unscaled = 0;
    int32_t scale = 0;
    bool has_exponent = memchr(text.data, 'e', text.length) || memchr(text.data, 'E', text.length);
    if (has_exponent && pw_decimal_parse(text, &unscaled, &scale)) {
        pw_decimal_print_java(unscaled, scale, out);
    } else {
        pw_buf_add_str(out, text);
    }
}

void pw_json_tree_print(const pw_json *value, pw_buf *out) {
    switch (value->kind) {
    case PW_JSON_NULL: pw_buf_add_literal(out, "null"); return;
    case PW_JSON_FALSE: pw_buf_add_literal(out, "false"); return;
    case PW_JSON_TRUE: pw_buf_add_literal(out, "true"); return;
    case PW_JSON_NUMBER: print_number(value->text, out); return;
    case PW_JSON_STRING: pw_buf_add_json_string(out, value->text); return;
    case PW_JSON_ARRAY:
    case PW_JSON_OBJECT: break;
    }
    bool is_object = value->kind == PW_JSON_OBJECT;
    pw_buf_add_char(out, is_object ? '{' : '[');
    for (const pw_json *child = value->first; child; child = child->next) {
        if (child != value->first) pw_buf_add_char(out, ',');
        if (is_object) {
            pw_buf_add_json_string(out, child->key);
            pw_buf_add_char(out, ':');
        }
        pw_json_tree_print(child, out);
    }
    pw_buf_add_char(out, is_object ? '}' : ']');
}

const pw_json *pw_json_member(const pw_json *object, pw_str key) {
    if (object->kind != PW_JSON_OBJECT) return NULL;
    for (const pw_json *child = object->first; child; child = child->next)
        if (pw_str_equal(child->key, key)) return child;
    return NULL;
}

const pw_json *pw_json_element(const pw_json *array, int64_t index) {
    if (array->kind != PW_JSON_ARRAY || index < 0 || index >= (int64_t)array->count) return NULL;
    const pw_json *child = array->first;
    while (index-- > 0)
        child = child->next;
    return child;
}
