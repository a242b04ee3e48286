/* Lists of lines. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>

#include "golden.h"

void lines_add(lines *list, pw_str line) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        pw_str *items = PW_NEW_ARRAY(list->arena, pw_str, capacity);
        for (size_t i = 0; i < list->count; i++)
            items[i] = list->items[i];
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = pw_arena_str(list->arena, line);
}

void lines_add_text(lines *list, pw_str text) {
    while (text.length > 0) {
        const char *end = memchr(text.data, '\n', text.length);
        size_t length = end ? (size_t)(end - text.data) : text.length;
        size_t trimmed = length;
        while (trimmed > 0 && isspace((unsigned char)text.data[trimmed - 1]))
            trimmed--;
        lines_add(list, (pw_str){text.data, trimmed});
        size_t taken = end ? length + 1 : length;
        text = (pw_str){text.data + taken, text.length - taken};
    }
}

static int compare_lines(const void *a, const void *b) {
    return pw_str_compare(*(const pw_str *)a, *(const pw_str *)b);
}

void lines_sort(lines *list) {
    if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, compare_lines);
}

pw_str take_word(pw_str *text) {
    *text = pw_str_trim(*text);
    size_t length = 0;
    while (length < text->length && !isspace((unsigned char)text->data[length]))
        length++;
    pw_str word = {text->data, length};
    *text = pw_str_trim((pw_str){text->data + length, text->length - length});
    return word;
}
