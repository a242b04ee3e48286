/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_text.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "formats/json_number.h"
#include "formats/json_scan.h"

/* Walks a value that is known to be valid and not too deep. The same walk runs twice: once to
 * count (out == NULL), once to write. */
typedef struct text_walk {
    pw_json_scan scan;
    const char *at;
    char *out;
    size_t length;
} text_walk;

static void write_json(text_walk *walk);

static void emit(text_walk *walk, const char *bytes, size_t length) {
    if (walk->out) memcpy(walk->out + walk->length, bytes, length);
    walk->length += length;
}

static char peek(text_walk *walk) {
    walk->at = pw_json_space(&walk->scan, walk->at);
    PW_ASSERT(walk->at < walk->scan.end);
    return *walk->at;
}

static void emit_escaped(text_walk *walk, uint32_t code) {
    static const char hex[17] = "0123456789ABCDEF";
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char text[6] = "\\u00";
    if (code >= 0x20 && code != '"' && code != '\\') {
        emit(walk, text, pw_utf8_encode(code, text));
        return;
    }
    text[1] = code >= 0x20 ? (char)code : letters[code];
    if (text[1]) {
        emit(walk, text, 2);
        return;
    }
    text[1] = 'u';
    text[4] = hex[code >> 4];
    text[5] = hex[code & 15];
    emit(walk, text, 6);
}

/* The string token at walk->at; with its quotes as JSON, or only its text. */
static void write_string(text_walk *walk, bool as_json) {
    bool has_escape;
    const char *start = walk->at + 1;
    const char *end = pw_json_string(&walk->scan, start, &has_escape);
    PW_ASSERT(end != NULL);
    walk->at = end + 1;
    if (as_json) emit(walk, "\"", 1);
    for (const char *at = start; at < end;) {
        const char *escape = has_escape ? memchr(at, '\\', (size_t)(end - at)) : NULL;
        const char *stop = escape ? escape : end;
        emit(walk, at, (size_t)(stop - at));
        at = stop;
        if (!escape) break;
        uint32_t code = pw_json_escape_read(&at);
        char text[4];
        if (as_json)
            emit_escaped(walk, code);
        else
            emit(walk, text, pw_utf8_encode(code, text));
    }
    if (as_json) emit(walk, "\"", 1);
}

static void write_number(text_walk *walk) {
    pw_json_number number;
    char text[PW_JSON_NUMBER_TEXT_BYTES_MAX];
    const char *end = pw_json_number_scan(&walk->scan, walk->at, &number);
    PW_ASSERT(end != NULL);
    walk->at = end;
    emit(walk, text, pw_json_number_print(&number, text));
}

static void write_scalar(text_walk *walk, bool as_json) {
    char first = *walk->at;
    if (first == '"') {
        write_string(walk, as_json);
    } else if (first == 't' || first == 'f' || first == 'n') {
        size_t length = first == 'f' ? 5 : 4;
        emit(walk, walk->at, length);
        walk->at += length;
    } else {
        write_number(walk);
    }
}

/* Behind an element: true if another one follows; passes the comma or the closing bracket. */
static bool has_more(text_walk *walk) {
    return peek(walk) == ',' ? (walk->at++, true) : (walk->at++, false);
}

static void write_object(text_walk *walk) {
    emit(walk, "{", 1);
    walk->at++;
    if (peek(walk) == '}') {
        walk->at++;
    } else {
        do {
            peek(walk);
            write_string(walk, true);
            peek(walk);
            walk->at++; /* the colon */
            emit(walk, ":", 1);
            write_json(walk);
            bool is_last = peek(walk) != ',';
            if (!is_last) emit(walk, ",", 1);
        } while (has_more(walk));
    }
    emit(walk, "}", 1);
}

/* In an object, arrays are JSON too. */
static void write_array(text_walk *walk, bool as_json) {
    emit(walk, "[", 1);
    walk->at++;
    if (peek(walk) == ']') {
        walk->at++;
    } else {
        do {
            char first = peek(walk);
            if (as_json)
                write_json(walk);
            else if (first == '[')
                write_array(walk, false);
            else if (first == '{')
                write_object(walk);
            else
                write_scalar(walk, false);
            if (peek(walk) == ',') emit(walk, ", ", as_json ? 1 : 2);
        } while (has_more(walk));
    }
    emit(walk, "]", 1);
}

static void write_json(text_walk *walk) {
    char first = peek(walk);
    if (first == '{')
        write_object(walk);
    else if (first == '[')
        write_array(walk, true);
    else
        write_scalar(walk, true);
}

static size_t walk_value(pw_str value, char *out) {
    text_walk walk = {.scan = {.end = value.data + value.length}, .at = value.data, .out = out};
    if (peek(&walk) == '{')
        write_object(&walk);
    else
        write_array(&walk, false);
    return walk.length;
}

pw_str pw_json_container_text(pw_arena *arena, pw_str value) {
    size_t length = walk_value(value, NULL);
    char *out = pw_arena_alloc(arena, length);
    walk_value(value, out);
    return (pw_str){out, length};
}
