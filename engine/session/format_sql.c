/* pitwall_format: statements laid out for reading, with every comment kept.
 *
 * The tree knows no comments, so they are taken from the text between statements, together with the
 * blank lines that group them. A statement with a comment or a ${variable} inside is left as its
 * author wrote it: nobody could say where in the new layout the comment belongs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "parser/parse.h"
#include "pitwall.h"

typedef struct formatter {
    pw_str text;
    size_t at; /* first byte not dealt with */
    pw_buf out;
    pw_arena arena_statement;
} formatter;

/* --- the text between statements -------------------------------------------------------------- */

/* Length of the comment at the start of `text`, without a line end behind it; 0 if there
 * is none. */
static size_t comment_length(pw_str text) {
    if (text.length < 2) return 0;
    if (text.data[0] == '-' && text.data[1] == '-') {
        const char *end = memchr(text.data, '\n', text.length);
        size_t length = end ? (size_t)(end - text.data) : text.length;
        return length && text.data[length - 1] == '\r' ? length - 1 : length;
    }
    if (text.data[0] != '/' || text.data[1] != '*') return 0;
    size_t end = pw_str_find((pw_str){text.data + 2, text.length - 2}, PW_STR("*/"));
    return end == SIZE_MAX ? text.length : end + 4;
}

static pw_str rest_of(const formatter *self) {
    return (pw_str){self->text.data + self->at, self->text.length - self->at};
}

/* White space: how many lines it ends. */
static int skip_space(formatter *self) {
    int line_count = 0;
    while (self->at < self->text.length && strchr(" \t\r\n\f\v", self->text.data[self->at])) {
        if (self->text.data[self->at] == '\0') break;
        line_count += self->text.data[self->at] == '\n';
        self->at++;
    }
    return line_count;
}

/* What stood on a new line begins one, what stood behind a blank line keeps it. */
static void begin_piece(formatter *self, int line_count, bool may_trail) {
    if (self->out.length == 0) return;
    if (line_count == 0 && may_trail) {
        pw_buf_add_char(&self->out, ' ');
        return;
    }
    pw_buf_add_char(&self->out, '\n');
    if (line_count > 1) pw_buf_add_char(&self->out, '\n');
}

/* Copies comments up to the next statement; returns the line ends in front of that. */
static int copy_gap(formatter *self) {
    int line_count = skip_space(self);
    for (size_t length; (length = comment_length(rest_of(self))) > 0;) {
        begin_piece(self, line_count, true);
        pw_buf_add_str(&self->out, pw_str_trim((pw_str){self->text.data + self->at, length}));
        self->at += length;
        line_count = skip_space(self);
    }
    return line_count;
}

/* --- statements ------------------------------------------------------------------------------- */

/* Is there a comment or a variable outside quotes, or a variable inside? */
static bool must_stay(pw_str statement) {
    char quote = '\0';
    for (size_t i = 0; i < statement.length; i++) {
        char c = statement.data[i];
        pw_str rest = {statement.data + i, statement.length - i};
        if (pw_str_starts_with(rest, PW_STR("${"))) return true;
        if (quote) {
            if (c == quote) quote = '\0'; /* a doubled quote opens again at once */
        } else if (c == '\'' || c == '"' || c == '`') {
            quote = c;
        } else if (comment_length(rest) > 0) {
            return true;
        }
    }
    return false;
}

static void add_as_written(formatter *self, pw_str statement) {
    pw_buf_add_str(&self->out, pw_str_trim(statement));
}

static pw_status add_statement(formatter *self, pw_str statement, pw_error *err) {
    if (must_stay(statement)) {
        add_as_written(self, statement);
        return PW_OK;
    }
    pw_arena_reset(&self->arena_statement);
    pw_statements parsed, again;
    PW_TRY(pw_parse(&self->arena_statement, statement, &parsed, err));
    if (parsed.count != 1) {
        add_as_written(self, statement);
        return PW_OK;
    }
    pw_buf laid_out;
    pw_buf_init(&laid_out);
    pw_ast_format(parsed.items[0], &laid_out);
    laid_out.length = pw_str_trim(pw_buf_str(&laid_out)).length;
    pw_buf_add_char(&laid_out, ';');
    /* A file is rewritten in place: trust nothing that does not read back as the same tree. */
    pw_error ignored;
    bool is_same =
        pw_parse(&self->arena_statement, pw_buf_str(&laid_out), &again, &ignored) == PW_OK &&
        again.count == 1 && pw_ast_equal(parsed.items[0], again.items[0]);
    if (is_same)
        pw_buf_add_str(&self->out, pw_buf_str(&laid_out));
    else
        add_as_written(self, statement);
    pw_buf_deinit(&laid_out);
    return PW_OK;
}

static pw_status format_all(formatter *self, pw_error *err) {
    for (;;) {
        int line_count = copy_gap(self);
        if (self->at >= self->text.length) return PW_OK;
        pw_str statement = pw_statement_first(rest_of(self));
        begin_piece(self, line_count, false);
        pw_status status = add_statement(self, statement, err);
        if (status != PW_OK) {
            err->at.start += (uint32_t)self->at;
            err->at.end += (uint32_t)self->at;
            return status;
        }
        self->at += statement.length;
    }
}

static pitwall_status fill_error(const pw_error *err, pw_str file, pw_str text,
                                 pitwall_error *out) {
    if (out) {
        pw_buf rendered;
        pw_buf_init(&rendered);
        pw_error_render(err, file, text, &rendered);
        memset(out, 0, sizeof *out);
        snprintf(out->message, sizeof out->message, "%s", pw_buf_cstr(&rendered));
        pw_buf_deinit(&rendered);
        if (err->at.end > err->at.start) {
            pw_place place = pw_place_find(text, err->at.start);
            out->line = (int)place.line;
            out->column = (int)place.column;
        }
    }
    return pw_status_blame(err->status) == PW_BLAME_USER ? PITWALL_USER : PITWALL_WORLD;
}

pitwall_status pitwall_format(const char *sql, const char *file_name, char **out,
                              pitwall_error *err) {
    *out = NULL;
    formatter self = {.text = pw_str_from(sql)};
    pw_error failure = {0};
    pw_buf_init(&self.out);
    pw_arena_init(&self.arena_statement, 0);
    pw_status status = PW_OK;
    if (self.text.length > UINT32_MAX)
        status = pw_fail(&failure, PW_LIMIT, PW_SPAN_NONE, "the text is larger than 4 GiB");
    else
        status = format_all(&self, &failure);
    pw_arena_deinit(&self.arena_statement);
    if (status != PW_OK) {
        pw_buf_deinit(&self.out);
        return fill_error(&failure, pw_str_from(file_name), self.text, err);
    }
    if (self.out.length) pw_buf_add_char(&self.out, '\n');
    pw_buf_cstr(&self.out);
    *out = self.out.data;
    return PITWALL_OK;
}
