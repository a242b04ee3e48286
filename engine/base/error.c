/* Rendering of errors and the search for what was meant. SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdio.h>

#include "base/utf8.h"

enum { NEAREST_BYTES_MAX = 64, LINE_BYTES_MAX = 400 };

static uint32_t count_characters(const char *text, size_t length) {
    uint32_t count = 0;
    for (size_t i = 0; i < length; i++) count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

pw_place pw_place_find(pw_str source, uint32_t offset) {
    size_t at = offset < source.length ? offset : source.length;
    size_t start = 0;
    pw_place place = {.line = 1};
    for (size_t i = 0; i < at; i++) {
        if (source.data[i] == '\n') {
            place.line++;
            start = i + 1;
        }
    }
    size_t end = start;
    while (end < source.length && source.data[end] != '\n') end++;
    if (end > start && source.data[end - 1] == '\r') end--;
    place.text = (pw_str){source.data + start, end - start};
    place.column = 1 + count_characters(source.data + start, at - start);
    return place;
}

/* The line, and under it the caret; tabs are kept so that both line up. */
static void render_excerpt(const pw_place *place, pw_span at, size_t line_start, pw_buf *out) {
    char number[16];
    int width = snprintf(number, sizeof number, "%u", place->line);
    pw_str line = place->text;
    size_t caret = at.start > line_start ? at.start - line_start : 0;
    if (line.length > LINE_BYTES_MAX && caret < LINE_BYTES_MAX) line.length = LINE_BYTES_MAX;
    if (line.length > LINE_BYTES_MAX) return;
    pw_buf_format(out, "  %s | %.*s\n  %*s | ", number, PW_STR_ARGS(line), width, "");
    for (size_t i = 0; i < caret && i < line.length; i++) {
        if (((unsigned char)line.data[i] & 0xC0) == 0x80) continue;
        pw_buf_add_char(out, line.data[i] == '\t' ? '\t' : ' ');
    }
    pw_buf_add_char(out, '^');
    size_t end = at.end > line_start ? at.end - line_start : 0;
    for (size_t i = caret + 1; i < end && i < line.length; i++) {
        if (((unsigned char)line.data[i] & 0xC0) != 0x80) pw_buf_add_char(out, '~');
    }
    pw_buf_add_char(out, '\n');
}

void pw_error_render(const pw_error *err, pw_str file, pw_str source, pw_buf *out) {
    bool has_place = err->at.end > err->at.start && source.length > 0;
    if (has_place) {
        pw_place place = pw_place_find(source, err->at.start);
        if (file.length) pw_buf_format(out, "%.*s:", PW_STR_ARGS(file));
        pw_buf_format(out, "%u:%u: %s\n", place.line, place.column, err->message);
        render_excerpt(&place, err->at, (size_t)(place.text.data - source.data), out);
    } else {
        if (file.length) pw_buf_format(out, "%.*s: ", PW_STR_ARGS(file));
        pw_buf_format(out, "%s\n", err->message);
    }
    if (err->hint[0]) pw_buf_format(out, "hint: %s\n", err->hint);
}

static unsigned char fold(char c) {
    return (unsigned char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* Levenshtein distance with swaps of neighbours, case-insensitive, or `bound` if not below it. */
static size_t edit_distance(pw_str a, pw_str b, size_t bound) {
    size_t rows[3][NEAREST_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.length; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            bool is_same = fold(a.data[i - 1]) == fold(b.data[j - 1]);
            size_t best = above[j - 1] + (is_same ? 0 : 1);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool is_swap = i > 1 && j > 1 && fold(a.data[i - 1]) == fold(b.data[j - 2]) &&
                           fold(a.data[i - 2]) == fold(b.data[j - 1]);
            if (is_swap && above2[j - 2] + 1 < best) best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    size_t distance = rows[a.length % 3][b.length];
    return distance < bound ? distance : bound;
}

pw_str pw_nearest(pw_str word, const pw_str *candidates, size_t candidate_count) {
    if (word.length == 0 || word.length > NEAREST_BYTES_MAX) return PW_STR_EMPTY;
    size_t best = word.length / 3 + 2; /* strictly below this is near enough */
    pw_str found = PW_STR_EMPTY;
    for (size_t i = 0; i < candidate_count; i++) {
        pw_str candidate = candidates[i];
        if (candidate.length == 0 || candidate.length > NEAREST_BYTES_MAX) continue;
        size_t distance = edit_distance(word, candidate, best);
        if (distance < best && distance < candidate.length) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}
