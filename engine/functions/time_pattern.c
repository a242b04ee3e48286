/* Compiles patterns (time_pattern.h). SPDX-License-Identifier: Apache-2.0 */
#include "functions/time_private.h"

enum { COUNT_MAX = 19, ELEMENTS_MAX = 256, DEPTH_MAX = 8 };

const char *const pw_month_names[12] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
const char *const pw_day_names[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                     "Friday", "Saturday", "Sunday"};

/* Most repetitions that Java accepts of a letter, 0 for one it does not know. */
static uint32_t count_max(char letter) {
    switch (letter) {
    case 'G':
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'E':
    case 'e':
    case 'c':
    case 'X':
    case 'x':
    case 'Z': return 5;
    case 'u':
    case 'y':
    case 'Y':
    case 'A':
    case 'n':
    case 'N': return COUNT_MAX;
    case 'D': return 3;
    case 'd':
    case 'h':
    case 'H':
    case 'k':
    case 'K':
    case 'm':
    case 's':
    case 'w': return 2;
    case 'W':
    case 'F':
    case 'a': return 1;
    case 'S': return 9;
    case 'V': return 2;
    case 'z':
    case 'O':
    case 'v': return 4;
    default: return 0;
    }
}

static bool is_count_good(char letter, uint32_t count) {
    if (count > count_max(letter)) return false;
    if (letter == 'V') return count == 2;
    if (letter == 'O' || letter == 'v') return count == 1 || count == 4;
    return true;
}

bool pw_time_is_number(const pw_time_element *element) {
    switch (element->letter) {
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'e':
    case 'c': return element->count <= 2;
    case 'u':
    case 'y':
    case 'Y':
    case 'D':
    case 'd':
    case 'h':
    case 'H':
    case 'k':
    case 'K':
    case 'm':
    case 's':
    case 'S':
    case 'w':
    case 'W':
    case 'F':
    case 'A':
    case 'n':
    case 'N': return true;
    default: return false;
    }
}

void pw_time_width(const pw_time_element *element, uint32_t *least, uint32_t *most) {
    *least = element->count;
    *most = COUNT_MAX;
    switch (element->letter) {
    case 'u':
    case 'y':
    case 'Y':
        if (element->count == 2) *most = 2;
        return;
    case 'D':
        if (element->count > 1) *most = 3;
        return;
    case 'S': *most = element->count; return;
    case 'A':
    case 'n':
    case 'N': return;
    case 'F':
    case 'W': *most = 1; return;
    default:
        if (element->count == 2) *most = 2;
        return;
    }
}

static void note_kind(char letter, pw_time_pattern *out) {
    if (strchr("GuyYMLQqdDEecwWF", letter)) out->has_date = true;
    if (strchr("ahKkHmsSAnN", letter)) out->has_time = true;
    if (strchr("VvzOXxZ", letter)) out->has_zone = true;
}

/* 'text' with '' for a quote inside; '' outside is a quote. Returns the bytes read, 0 if
 * unclosed. */
static size_t read_quoted(pw_arena *arena, pw_str rest, pw_str *out) {
    char *copy = pw_arena_alloc(arena, rest.length + 1);
    size_t length = 0, i = 1;
    if (rest.length > 1 && rest.data[1] == '\'') {
        *out = PW_STR("'");
        return 2;
    }
    for (; i < rest.length; i++) {
        if (rest.data[i] == '\'') {
            if (i + 1 >= rest.length || rest.data[i + 1] != '\'') break;
            i++;
        }
        copy[length++] = rest.data[i];
    }
    if (i >= rest.length) return 0;
    *out = (pw_str){copy, length};
    return i + 1;
}

/* Numbers that stand side by side share their digits: the first one leaves as many as the others
 * need at least. In lenient patterns a number that another one follows takes just its own
 * digits. */
static void link_numbers(pw_time_element *elements, uint32_t count) {
    for (uint32_t i = 0; i + 1 < count; i++) {
        elements[i].is_abutting =
            pw_time_is_number(&elements[i]) && pw_time_is_number(&elements[i + 1]);
        for (uint32_t j = i + 1; j < count && pw_time_is_number(&elements[j]); j++) {
            uint32_t least = 0, most = 0;
            pw_time_width(&elements[j], &least, &most);
            if (least != most) break;
            elements[i].reserved += most;
        }
    }
}

const char *pw_time_pattern_compile(pw_arena *arena, pw_str pattern, pw_time_pattern *out) {
    pw_time_element *elements = PW_NEW_ARRAY(arena, pw_time_element, ELEMENTS_MAX);
    uint32_t count = 0, depth = 0;
    *out = (pw_time_pattern){.elements = elements};
    for (size_t i = 0; i < pattern.length;) {
        char c = pattern.data[i];
        pw_str rest = {pattern.data + i, pattern.length - i};
        size_t bytes = 1;
        if (count == ELEMENTS_MAX) return "the pattern is too long";
        pw_time_element *element = &elements[count++];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            while (bytes < rest.length && rest.data[bytes] == c)
                bytes++;
            element->letter = c;
            element->count = bytes > COUNT_MAX ? COUNT_MAX + 1 : (uint32_t)bytes;
            if (count_max(c) == 0) return "the pattern has an unknown letter";
            if (!is_count_good(c, element->count)) return "the pattern has too many letters";
            note_kind(c, out);
        } else if (c == '[' || c == ']') {
            element->letter = c;
            depth = c == '[' ? depth + 1 : depth - 1;
            if (depth > DEPTH_MAX) return "the pattern has a ] without [ or too many of them";
        } else if (c == '{' || c == '}' || c == '#') {
            return "the pattern has a reserved character";
        } else if (c == '\'') {
            bytes = read_quoted(arena, rest, &element->literal);
            if (bytes == 0) return "the pattern has an open quote";
        } else {
            element->literal = (pw_str){pw_arena_str(arena, (pw_str){rest.data, 1}).data, 1};
        }
        i += bytes;
    }
    for (; depth > 0 && count < ELEMENTS_MAX; depth--)
        elements[count++].letter = ']';
    out->count = count;
    link_numbers(elements, count);
    return depth ? "the pattern is too long" : NULL;
}
