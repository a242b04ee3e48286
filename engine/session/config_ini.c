/* The two file shapes: INI as librdkafka's users have it, and Java's .properties.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "session/config_private.h"

enum { CONFIG_FILE_BYTES_MAX = 4 << 20 }; /* settings are written by hand: more is another file */

void pw_config_lines_add(pw_arena *arena, pw_config_lines *lines, pw_config_line line) {
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity ? lines->capacity * 2 : 32;
        pw_config_line *items = PW_NEW_ARRAY(arena, pw_config_line, capacity);
        if (lines->count) memcpy(items, lines->items, lines->count * sizeof *items);
        lines->items = items;
        lines->capacity = capacity;
    }
    lines->items[lines->count++] = line;
}

static pw_status read_whole(pw_arena *arena, pw_str file, pw_str *text, pw_error *err) {
    const char *path = pw_arena_cstr(arena, file);
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "cannot read the configuration file %s: %s",
                       path, strerror(errno));
    char *bytes = pw_arena_alloc(arena, CONFIG_FILE_BYTES_MAX + 1);
    errno = 0;
    size_t length = fread(bytes, 1, CONFIG_FILE_BYTES_MAX + 1, stream);
    int failure = ferror(stream) ? errno : 0;
    fclose(stream);
    if (failure)
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "cannot read the configuration file %s: %s",
                       path, strerror(failure));
    if (length > CONFIG_FILE_BYTES_MAX)
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE,
                       "%s is larger than 4 MiB: it is not a configuration file", path);
    *text = (pw_str){bytes, length};
    if (pw_str_starts_with(*text, PW_STR("\xEF\xBB\xBF"))) {
        text->data += 3;
        text->length -= 3;
    }
    return PW_OK;
}

/* Cuts the next line off `text`, without its end; false when there is none. */
static bool next_line(pw_str *text, pw_str *line) {
    if (text->length == 0) return false;
    const char *end = memchr(text->data, '\n', text->length);
    size_t length = end ? (size_t)(end - text->data) : text->length;
    *line = (pw_str){text->data, length};
    text->data += length + (end ? 1 : 0);
    text->length -= length + (end ? 1 : 0);
    if (line->length && line->data[line->length - 1] == '\r') line->length--;
    return true;
}

/* Splits at the first = or :, as both file shapes do. Java also takes a blank, which nobody writes
 * and which would make a forgotten "=" a key without a value. */
static pw_status split(pw_str line, pw_config_line *out, pw_error *err) {
    size_t at = 0;
    while (at < line.length && line.data[at] != '=' && line.data[at] != ':')
        at++;
    pw_str name = pw_str_trim((pw_str){line.data, at});
    if (at == line.length || name.length == 0) {
        /* The line itself is not shown: it may hold a secret. */
        pw_status status = pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%.*s: this is no setting",
                                   PW_STR_ARGS(out->origin));
        pw_error_hint(err, "a line is key=value, [section] or a comment that begins with #");
        return status;
    }
    out->name = name;
    out->value = pw_str_trim((pw_str){line.data + at + 1, line.length - at - 1});
    return PW_OK;
}

/* --- INI -------------------------------------------------------------------------------------- */

static const struct {
    pw_str name;
    pw_config_section section;
} section_rows[] = {
    {{"default", 7}, PW_SECTION_DEFAULT},
    {{"producer", 8}, PW_SECTION_PRODUCER},
    {{"consumer", 8}, PW_SECTION_CONSUMER},
    {{"pitwall", 7}, PW_SECTION_PITWALL},
};

enum { SECTION_COUNT = sizeof section_rows / sizeof section_rows[0] };

static pw_status read_section(pw_str line, pw_str origin, pw_config_section *section,
                              pw_error *err) {
    size_t end = line.length && line.data[line.length - 1] == ']' ? line.length - 1 : 0;
    pw_str name = end ? pw_str_trim((pw_str){line.data + 1, end - 1}) : PW_STR_EMPTY;
    pw_str names[SECTION_COUNT];
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        names[i] = section_rows[i].name;
        if (!pw_str_equal_nocase(name, names[i])) continue;
        *section = section_rows[i].section;
        return PW_OK;
    }
    pw_status status = pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%.*s: there is no section %.*s",
                               PW_STR_ARGS(origin), PW_STR_ARGS(line));
    pw_str nearest = pw_nearest(name, names, SECTION_COUNT);
    if (nearest.length)
        pw_error_hint(err, "did you mean [%.*s]?", PW_STR_ARGS(nearest));
    else
        pw_error_hint(err, "sections are [default], [producer], [consumer] and [pitwall]");
    return status;
}

static pw_status read_ini(pw_arena *arena, pw_str file, pw_str text, pw_config_lines *lines,
                          pw_error *err) {
    pw_config_section section = PW_SECTION_NONE;
    pw_str line;
    for (unsigned number = 1; next_line(&text, &line); number++) {
        line = pw_str_trim(line);
        if (line.length == 0 || line.data[0] == '#' || line.data[0] == ';') continue;
        pw_config_line entry = {.origin =
                                    pw_arena_format(arena, "%.*s:%u", PW_STR_ARGS(file), number)};
        if (line.data[0] == '[') {
            PW_TRY(read_section(line, entry.origin, &section, err));
            continue;
        }
        PW_TRY(split(line, &entry, err));
        entry.section = section;
        pw_config_lines_add(arena, lines, entry);
    }
    return PW_OK;
}

/* --- .properties ------------------------------------------------------------------------------ */

static bool read_hex4(pw_str text, uint32_t *code) {
    if (text.length < 4) return false;
    *code = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = text.data[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16) return false;
        *code = *code * 16 + digit;
    }
    return true;
}

/* Backslashes as java.util.Properties reads them: \t \n \r \f \uXXXX, and any other character
 * itself. */
static pw_str unescape(pw_arena *arena, pw_str text) {
    char *out = pw_arena_alloc(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c != '\\' || i + 1 == text.length) {
            out[length++] = c;
            continue;
        }
        c = text.data[++i];
        uint32_t code;
        pw_str rest = {text.data + i + 1, text.length - i - 1};
        if (c == 'u' && read_hex4(rest, &code) && (code < 0xD800 || code > 0xDFFF)) {
            length += pw_utf8_encode(code, out + length); /* at most 3 bytes for 6 of the source */
            i += 4;
            continue;
        }
        out[length++] = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
    }
    out[length] = '\0';
    return (pw_str){out, length};
}

/* Does the line end in an odd number of backslashes? Then the next one belongs to it. */
static bool is_continued(pw_str line) {
    size_t count = 0;
    while (count < line.length && line.data[line.length - 1 - count] == '\\')
        count++;
    return count % 2 == 1;
}

static pw_status read_properties(pw_arena *arena, pw_str file, pw_str text, pw_config_lines *lines,
                                 pw_error *err) {
    pw_str line;
    for (unsigned number = 1; next_line(&text, &line); number++) {
        line = pw_str_trim(line);
        if (line.length == 0 || line.data[0] == '#' || line.data[0] == '!') continue;
        pw_config_line entry = {.is_java = true,
                                .origin =
                                    pw_arena_format(arena, "%.*s:%u", PW_STR_ARGS(file), number)};
        pw_str more;
        while (is_continued(line)) {
            line.length--;
            if (!next_line(&text, &more)) break;
            number++;
            more = pw_str_trim(more);
            line = pw_arena_format(arena, "%.*s%.*s", PW_STR_ARGS(line), PW_STR_ARGS(more));
        }
        PW_TRY(split(line, &entry, err));
        entry.name = unescape(arena, entry.name);
        entry.value = unescape(arena, entry.value);
        pw_config_lines_add(arena, lines, entry);
    }
    return PW_OK;
}

pw_status pw_config_read(pw_arena *arena, pw_str file, pw_config_lines *lines, pw_error *err) {
    pw_str text;
    PW_TRY(read_whole(arena, file, &text, err));
    if (pw_str_ends_with(file, PW_STR(".properties")))
        return read_properties(arena, file, text, lines, err);
    return read_ini(arena, file, text, lines, err);
}
