/* Reading and rewriting a golden file. A file is blocks with blank lines between them; a block is a
 * line that names it, a body, and for some kinds a line ---- and what is expected.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "golden_private.h"

typedef struct kind_row {
    const char *words;
    block_kind kind;
    enum { BODY_NONE, BODY_ONLY, BODY_EXPECTED, BODY_AND_EXPECTED } parts;
} kind_row;

/* The longer one of two that begin alike comes first. */
static const kind_row kind_rows[] = {
    {"topic", BLOCK_TOPIC, BODY_NONE},
    {"statement ok", BLOCK_STATEMENT_OK, BODY_ONLY},
    {"statement error", BLOCK_STATEMENT_ERROR, BODY_AND_EXPECTED},
    {"script", BLOCK_SCRIPT, BODY_NONE},
    {"send", BLOCK_SEND, BODY_ONLY},
    {"load", BLOCK_LOAD, BODY_NONE},
    {"datagen", BLOCK_DATAGEN, BODY_NONE},
    {"expect changes", BLOCK_EXPECT_CHANGES, BODY_EXPECTED},
    {"expect windows", BLOCK_EXPECT_WINDOWS, BODY_EXPECTED},
    {"expect table", BLOCK_EXPECT_TABLE, BODY_EXPECTED},
    {"expect errors", BLOCK_EXPECT_ERRORS, BODY_EXPECTED},
    {"expect", BLOCK_EXPECT_RECORDS, BODY_EXPECTED},
    {"query", BLOCK_QUERY, BODY_AND_EXPECTED},
    {"explain", BLOCK_EXPLAIN, BODY_AND_EXPECTED},
};

typedef struct reader {
    golden_file *file;
    size_t at;
    int line;
} reader;

static bool has_more(const reader *r) {
    return r->at < r->file->text.length;
}

static pw_str peek_line(const reader *r) {
    const char *start = r->file->text.data + r->at;
    size_t rest = r->file->text.length - r->at;
    const char *end = memchr(start, '\n', rest);
    return (pw_str){start, end ? (size_t)(end - start) : rest};
}

static pw_str next_line(reader *r) {
    pw_str line = peek_line(r);
    r->at += line.length + 1;
    if (r->at > r->file->text.length) r->at = r->file->text.length;
    r->line++;
    return line;
}

static bool is_blank(pw_str line) {
    return pw_str_trim(line).length == 0;
}

/* Lines up to a blank one or, where is_before is true, one of four dashes. */
static pw_str take_part(reader *r, bool is_before) {
    size_t start = r->at, end = r->at;
    while (has_more(r) && !is_blank(peek_line(r))) {
        if (is_before && pw_str_equal(pw_str_trim(peek_line(r)), PW_STR("----"))) break;
        next_line(r);
        end = r->at;
    }
    return (pw_str){r->file->text.data + start, end - start};
}

static const kind_row *find_kind(pw_str *line) {
    for (size_t i = 0; i < sizeof kind_rows / sizeof *kind_rows; i++) {
        pw_str words = pw_str_from(kind_rows[i].words);
        if (!pw_str_starts_with(*line, words)) continue;
        if (line->length > words.length && line->data[words.length] != ' ') continue;
        *line = pw_str_trim((pw_str){line->data + words.length, line->length - words.length});
        return &kind_rows[i];
    }
    return NULL;
}

static bool complain(const reader *r, const char *message) {
    fprintf(stderr, "%s:%d: %s\n", r->file->path, r->line, message);
    return false;
}

static bool read_block(reader *r, block *b) {
    b->head_start = r->at;
    pw_str line = pw_str_trim(next_line(r));
    b->head_end = b->head_start + line.length;
    b->line = r->line;
    const kind_row *row = find_kind(&line);
    if (!row) return complain(r, "a line that names no block; see tests/golden/README.md");
    b->kind = row->kind;
    b->argument = line;
    b->expected.arena = b->actual.arena = &r->file->arena;
    if (row->parts == BODY_ONLY) b->body = take_part(r, false);
    if (row->parts == BODY_AND_EXPECTED) {
        b->body = take_part(r, true);
        if (has_more(r) && !is_blank(peek_line(r))) next_line(r);
    }
    if (row->parts == BODY_EXPECTED || row->parts == BODY_AND_EXPECTED) {
        b->expected_start = r->at;
        pw_str part = take_part(r, false);
        b->expected_end = r->at;
        lines_add_text(&b->expected, part);
    }
    return true;
}

static bool read_directive(golden_file *file, pw_str line) {
    pw_str word = take_word(&line);
    if (pw_str_equal(word, PW_STR("ways")))
        file->ways = line;
    else if (pw_str_equal(word, PW_STR("needs-data")))
        file->needs_data = true;
    else
        return false;
    return true;
}

bool golden_text_read(golden_file *file, const char *path) {
    *file = (golden_file){.path = path};
    pw_arena_init(&file->arena, 0);
    FILE *in = fopen(path, "rb");
    if (!in) {
        perror(path);
        return false;
    }
    pw_buf text;
    pw_buf_init(&text);
    size_t got;
    while ((got = fread(pw_buf_reserve(&text, 65536), 1, 65536, in)) > 0)
        text.length += got;
    fclose(in);
    file->text = pw_arena_str(&file->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return true;
}

bool golden_file_read(golden_file *file, const char *path) {
    if (!golden_text_read(file, path)) return false;
    reader r = {.file = file};
    block **end = &file->first;
    while (has_more(&r)) {
        pw_str line = peek_line(&r);
        bool is_comment = line.length > 0 && line.data[0] == '#';
        if (is_blank(line) || is_comment || read_directive(file, line)) {
            next_line(&r);
            continue;
        }
        block *b = PW_NEW(&file->arena, block);
        if (!read_block(&r, b)) return false;
        *end = b;
        end = &b->next;
    }
    return true;
}

void golden_file_close(golden_file *file) {
    pw_arena_deinit(&file->arena);
}

/* The place of an error is in the block's first line. */
static void write_head(FILE *out, const golden_file *file, const block *b, lines *actual) {
    pw_str place = PW_STR_EMPTY;
    if (b->kind == BLOCK_STATEMENT_ERROR && actual->count > 0) {
        place = actual->items[0];
        actual->items++;
        actual->count--;
    }
    if (b->kind != BLOCK_STATEMENT_ERROR) {
        fwrite(file->text.data + b->head_start, 1, b->head_end - b->head_start, out);
        return;
    }
    fputs("statement error", out);
    if (place.length) fprintf(out, " at %.*s", PW_STR_ARGS(place));
}

bool golden_file_update(const golden_file *file) {
    FILE *out = fopen(file->path, "wb");
    if (!out) {
        perror(file->path);
        return false;
    }
    size_t at = 0;
    for (const block *b = file->first; b; b = b->next) {
        if (b->expected_start == 0) continue;
        lines actual = b->actual;
        fwrite(file->text.data + at, 1, b->head_start - at, out);
        write_head(out, file, b, &actual);
        fwrite(file->text.data + b->head_end, 1, b->expected_start - b->head_end, out);
        for (size_t i = 0; i < actual.count; i++)
            fprintf(out, "%.*s\n", PW_STR_ARGS(actual.items[i]));
        at = b->expected_end;
    }
    fwrite(file->text.data + at, 1, file->text.length - at, out);
    return fclose(out) == 0;
}
