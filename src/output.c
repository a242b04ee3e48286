/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Rows whose widths shape a table; those behind them are printed as they come. */
enum { TABLE_ROWS_HELD = 1000 };

typedef enum { OUTPUT_TABLE, OUTPUT_CSV, OUTPUT_JSON, OUTPUT_JSONL } output_kind;

struct output {
    output_kind kind;
    pw_arena arena;
    output_column *columns;
    size_t *widths;
    size_t column_count;
    const char ***held; /* rows of the table before its widths are known */
    size_t held_count;
    bool has_head;
    uint64_t row_count;
    pw_buf line;
};

static output_kind kind_of(const char *name) {
    if (strcmp(name, "csv") == 0) return OUTPUT_CSV;
    if (strcmp(name, "json") == 0) return OUTPUT_JSON;
    if (strcmp(name, "jsonl") == 0) return OUTPUT_JSONL;
    return OUTPUT_TABLE;
}

/* Columns on the screen, counted as characters. Line ends would break the table and are shown as
 * \n. */
static size_t width_of(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static const char *or_null(const char *text) {
    return text ? text : "NULL";
}

static bool write_line(output *self) {
    fwrite(self->line.data, 1, self->line.length, stdout);
    pw_buf_clear(&self->line);
    return !ferror(stdout);
}

/* --- table ------------------------------------------------------------------------------------ */

static void add_cell(output *self, size_t column, const char *text) {
    size_t width = width_of(text);
    size_t padding = self->widths[column] > width ? self->widths[column] - width : 0;
    bool is_last = column + 1 == self->column_count;
    if (column > 0) pw_buf_add_literal(&self->line, "  ");
    if (self->columns[column].is_right)
        for (size_t i = 0; i < padding; i++)
            pw_buf_add_char(&self->line, ' ');
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            pw_buf_add_literal(&self->line, "\\n");
        else
            pw_buf_add_char(&self->line, *c);
    }
    if (!self->columns[column].is_right && !is_last)
        for (size_t i = 0; i < padding; i++)
            pw_buf_add_char(&self->line, ' ');
}

static void add_table_row(output *self, const char *const *texts) {
    for (size_t i = 0; i < self->column_count; i++)
        add_cell(self, i, or_null(texts[i]));
    pw_buf_add_char(&self->line, '\n');
}

static void add_table_head(output *self) {
    for (size_t i = 0; i < self->column_count; i++)
        add_cell(self, i, self->columns[i].name);
    pw_buf_add_char(&self->line, '\n');
    for (size_t i = 0; i < self->column_count; i++) {
        if (i > 0) pw_buf_add_literal(&self->line, "  ");
        for (size_t j = 0; j < self->widths[i]; j++)
            pw_buf_add_char(&self->line, '-');
    }
    pw_buf_add_char(&self->line, '\n');
}

static bool print_held(output *self) {
    add_table_head(self);
    for (size_t i = 0; i < self->held_count; i++)
        add_table_row(self, self->held[i]);
    self->has_head = true;
    return write_line(self);
}

static bool table_row(output *self, const char *const *texts) {
    if (self->has_head) {
        add_table_row(self, texts);
        return write_line(self);
    }
    const char **row = PW_NEW_ARRAY(&self->arena, const char *, self->column_count + 1);
    for (size_t i = 0; i < self->column_count; i++) {
        row[i] = pw_arena_cstr(&self->arena, pw_str_from(or_null(texts[i])));
        size_t width = width_of(row[i]);
        if (width > self->widths[i]) self->widths[i] = width;
    }
    self->held[self->held_count++] = row;
    return self->held_count < TABLE_ROWS_HELD || print_held(self);
}

/* --- CSV and JSON ----------------------------------------------------------------------------- */

/* RFC 4180: quoted where it must be. NULL is an empty field, an empty text is "". */
static void add_csv_field(output *self, const char *text) {
    if (!text) return;
    if (*text && !strpbrk(text, ",\"\r\n")) {
        pw_buf_add(&self->line, text, strlen(text));
        return;
    }
    pw_buf_add_char(&self->line, '"');
    for (; *text; text++) {
        if (*text == '"') pw_buf_add_char(&self->line, '"');
        pw_buf_add_char(&self->line, *text);
    }
    pw_buf_add_char(&self->line, '"');
}

static void csv_head(output *self) {
    for (size_t i = 0; i < self->column_count; i++) {
        if (i > 0) pw_buf_add_char(&self->line, ',');
        add_csv_field(self, self->columns[i].name);
    }
    pw_buf_add_literal(&self->line, "\n");
}

static bool csv_row(output *self, const char *const *texts) {
    for (size_t i = 0; i < self->column_count; i++) {
        if (i > 0) pw_buf_add_char(&self->line, ',');
        add_csv_field(self, texts[i]);
    }
    pw_buf_add_literal(&self->line, "\n");
    return write_line(self);
}

static bool json_row(output *self, const char *const *texts, const char *const *jsons) {
    if (self->kind == OUTPUT_JSON)
        pw_buf_add_str(&self->line, self->row_count ? PW_STR(",\n ") : PW_STR("["));
    pw_buf_add_char(&self->line, '{');
    for (size_t i = 0; i < self->column_count; i++) {
        if (i > 0) pw_buf_add_char(&self->line, ',');
        pw_buf_add_json_string(&self->line, pw_str_from(self->columns[i].name));
        pw_buf_add_char(&self->line, ':');
        if (!texts[i])
            pw_buf_add_literal(&self->line, "null");
        else if (jsons)
            pw_buf_add_str(&self->line, pw_str_from(jsons[i]));
        else
            pw_buf_add_json_string(&self->line, pw_str_from(texts[i]));
    }
    pw_buf_add_char(&self->line, '}');
    if (self->kind == OUTPUT_JSONL) pw_buf_add_char(&self->line, '\n');
    return write_line(self);
}

/* --- open, row, close ------------------------------------------------------------------------- */

output *output_open(const char *kind, const output_column *columns, size_t column_count) {
    output *self = pw_mem_zalloc(1, sizeof *self);
    self->kind = kind_of(kind);
    self->column_count = column_count;
    pw_arena_init(&self->arena, 0);
    pw_buf_init(&self->line);
    self->columns = PW_NEW_ARRAY(&self->arena, output_column, column_count + 1);
    self->widths = PW_NEW_ARRAY(&self->arena, size_t, column_count + 1);
    self->held = PW_NEW_ARRAY(&self->arena, const char **, TABLE_ROWS_HELD);
    for (size_t i = 0; i < column_count; i++) {
        self->columns[i] = columns[i];
        self->columns[i].name = pw_arena_cstr(&self->arena, pw_str_from(columns[i].name));
        self->widths[i] = width_of(columns[i].name);
    }
    if (self->kind == OUTPUT_CSV) {
        csv_head(self);
        write_line(self);
    }
    return self;
}

bool output_row(output *self, const char *const *texts, const char *const *jsons) {
    bool is_written = false;
    switch (self->kind) {
    case OUTPUT_TABLE: is_written = table_row(self, texts); break;
    case OUTPUT_CSV: is_written = csv_row(self, texts); break;
    case OUTPUT_JSON:
    case OUTPUT_JSONL: is_written = json_row(self, texts, jsons); break;
    }
    self->row_count++;
    return is_written;
}

uint64_t output_close(output *self) {
    uint64_t count = self->row_count;
    if (self->kind == OUTPUT_TABLE && !self->has_head) print_held(self);
    if (self->kind == OUTPUT_JSON) fputs(count ? "]\n" : "[]\n", stdout);
    pw_buf_deinit(&self->line);
    pw_arena_deinit(&self->arena);
    pw_mem_free(self);
    return count;
}
