/* Syntax errors in ksqlDB's words, for its clients and for its own tests: "line 1:8: Syntax Error",
 * then what its parser says, then the statement. The text is parsed a second time for it, so the
 * usual way pays nothing. SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "base/error.h"
#include "grammar.h"
#include "parser/expected.h"
#include "parser/parser_private.h"

/* ksqlDB's statement words, and its distance: plain Levenshtein, first of the nearest. */
static const char *const statement_words[] = {
    "SELECT", "CREATE", "INSERT", "DESCRIBE", "PRINT", "EXPLAIN", "SHOW",  "LIST",  "TERMINATE",
    "DROP",   "SET",    "DEFINE", "UNDEFINE", "UNSET", "ASSERT",  "ALTER", "PAUSE", "RESUME",
};

static int distance(pw_str a, const char *b) {
    enum { WORD_BYTES_MAX = 32 };
    int row[WORD_BYTES_MAX + 1];
    int length = (int)strlen(b);
    if (a.length > WORD_BYTES_MAX) return INT_MAX;
    for (int j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; i < a.length; i++) {
        char c = (char)(a.data[i] >= 'a' && a.data[i] <= 'z' ? a.data[i] - 'a' + 'A' : a.data[i]);
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (int j = 1; j <= length; j++) {
            int replaced = diagonal + (c != b[j - 1]);
            int shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[length];
}

static const char *nearest_statement(pw_str word) {
    const char *best = NULL;
    int best_distance = INT_MAX;
    for (size_t i = 0; i < sizeof statement_words / sizeof statement_words[0]; i++) {
        int d = distance(word, statement_words[i]);
        if (d < best_distance) {
            best_distance = d;
            best = statement_words[i];
        }
    }
    return best;
}

static void add_label(pw_buf *out, int token) {
    const pw_word *word = pw_word_of_token(token);
    if (token == 0) {
        pw_buf_add_literal(out, "<EOF>");
    } else if (token == PW_TOKEN_INTEGER_NUMBER) {
        pw_buf_add_literal(out, "INTEGER_VALUE");
    } else if (token == PW_TOKEN_IDENTIFIER) {
        pw_buf_add_literal(out, "IDENTIFIER");
    } else if (token == PW_TOKEN_TEXT) {
        pw_buf_add_literal(out, "STRING");
    } else if (word) {
        pw_buf_format(out, "'%.*s'", PW_STR_ARGS(word->text));
    } else {
        pw_buf_format(out, "'%c'", token > 0 && token < 128 ? token : '?');
    }
}

/* What ksqlDB's parser adds below "Syntax Error": known for the plain cases, else nothing. */
void pw_parser_fail_as_ksqldb(pw_parser *parser, const pw_expected *expected, pw_token found) {
    pw_buf *out = parser->ksqldb;
    pw_str text = found.kind == 0 ? PW_STR("<EOF>") : pw_token_text(parser, parser->current);
    int tokens[PW_EXPECTED_SHOWN_MAX];
    uint32_t count = pw_expected_choose(expected, tokens, PW_EXPECTED_SHOWN_MAX);
    const pw_word *word = pw_word_find(text);
    bool is_reserved = word && (word->class == PW_WORD_RESERVED || word->class == PW_WORD_UNUSED);
    bool is_name_wanted = pw_expected_has(expected, PW_TOKEN_IDENTIFIER) &&
                          (pw_expected_has(expected, PW_TOKEN_CAST) || count == 1);
    if (pw_expected_is_statement(expected)) {
        pw_buf_format(out, "Unknown statement '%.*s'", PW_STR_ARGS(text));
        const char *nearest = nearest_statement(text);
        if (nearest) pw_buf_format(out, "\nDid you mean '%s'?", nearest);
    } else if (is_reserved && is_name_wanted) {
        pw_buf_format(
            out,
            "\"%.*s\" is a reserved keyword and it can't be used as an identifier. You can use "
            "it as an identifier by escaping it as '%.*s'",
            PW_STR_ARGS(text), PW_STR_ARGS(text));
    } else if (pw_expected_has(expected, ';') &&
               (found.kind == 0 || pw_token_starts_statement(found.kind))) {
        pw_buf_format(out, "missing ';' at '%.*s'", PW_STR_ARGS(text));
    } else if (count == 1 && tokens[0] >= 0) {
        pw_buf_add_literal(out, "missing ");
        add_label(out, tokens[0]);
        pw_buf_format(out, " at '%.*s'", PW_STR_ARGS(text));
    } else if (count > 1 && count < PW_EXPECTED_SHOWN_MAX && tokens[0] >= 0) {
        pw_buf_add_literal(out, "Expecting {");
        for (uint32_t i = count; i > 0; i--) {
            add_label(out, tokens[i - 1]);
            if (i > 1) pw_buf_add_literal(out, ", ");
        }
        pw_buf_add_char(out, '}');
    }
    pw_parser_fail(parser, PW_SYNTAX, found.span, "syntax error");
}

/* The statement around byte `at`, with its semicolon. */
static pw_str statement_at(pw_str text, uint32_t at) {
    for (;;) {
        pw_str first = pw_statement_first(text);
        if (first.length == text.length || at < first.length) return pw_str_trim(first);
        at -= (uint32_t)first.length;
        text = (pw_str){text.data + first.length, text.length - first.length};
    }
}

void pw_parse_error_as_ksqldb(pw_str text, const pw_error *err, pw_buf *out) {
    if (err->status != PW_SYNTAX) {
        pw_buf_format(out, "%s", err->message);
        return;
    }
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_buf detail;
    pw_buf_init(&detail);
    pw_error ignored = {0};
    pw_parser parser = {.arena = &arena,
                        .text = text,
                        .start = PW_TOKEN_START_STATEMENTS,
                        .err = &ignored,
                        .ksqldb = &detail};
    (void)!pw_parser_run(&parser);
    pw_place place = pw_place_find(text, err->at.start);
    pw_str statement = statement_at(text, err->at.start);
    pw_buf_format(out, "line %u:%u: Syntax Error\n%.*s\nStatement: %.*s", place.line, place.column,
                  (int)detail.length, pw_buf_cstr(&detail), PW_STR_ARGS(statement));
    pw_buf_deinit(&detail);
    pw_arena_deinit(&arena);
}
