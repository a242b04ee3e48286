/* Words for what does not parse: what stands there, what could, and what was probably meant.
 * ksqlDB's own wording is kept where it has a clear one ("is a reserved keyword", "Unknown
 * statement"); parse_ksqldb.c writes the rest of its texts for its clients.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "grammar.h"
#include "parser/expected.h"
#include "parser/parser_private.h"

pw_status pw_parser_fail(pw_parser *parser, pw_status status, pw_span at, const char *format, ...) {
    if (parser->status != PW_OK) return parser->status;
    parser->status = status;
    va_list args;
    va_start(args, format);
    pw_fail_v(parser->err, status, at, format, args);
    va_end(args);
    return status;
}

void pw_parser_fail_depth(pw_parser *parser, pw_span at) {
    if (parser->status != PW_OK) return;
    pw_parser_fail(parser, PW_LIMIT, at, "nested deeper than %d levels (PW_EXPR_DEPTH_MAX)",
                   (int)PW_EXPR_DEPTH_MAX);
    pw_error_hint(parser->err, "split a long chain of operators with parentheses, or use IN (...)");
}

static void fail_character(pw_parser *parser, pw_token token) {
    const char *text = parser->text.data + token.span.start;
    size_t bytes = 0;
    uint32_t code = pw_utf8_decode(text, parser->text.length - token.span.start, &bytes);
    if (code < 0x20 || code == 0x7f || code == 0xa0 || code == 0xfeff) {
        pw_parser_fail(parser, PW_SYNTAX, token.span, "unexpected character U+%04X",
                       (unsigned)code);
    } else {
        pw_parser_fail(parser, PW_SYNTAX, token.span, "unexpected character '%.*s'", (int)bytes,
                       text);
    }
}

void pw_parser_fail_bad_token(pw_parser *parser, pw_token token) {
    const char *text = parser->text.data + token.span.start;
    size_t length = token.span.end - token.span.start;
    pw_span opening = {token.span.start, token.span.start + 1};
    switch (text[0]) {
    case '\'':
        pw_parser_fail(parser, PW_SYNTAX, opening, "unterminated string: the closing ' is missing");
        break;
    case '"':
    case '`':
        pw_parser_fail(parser, PW_SYNTAX, opening,
                       "unterminated quoted name: the closing %c is missing", text[0]);
        break;
    case '/':
        pw_parser_fail(parser, PW_SYNTAX, token.span,
                       "unterminated comment: the closing */ is missing");
        break;
    case '$':
        if (length > 1) {
            int shown = length < 80 ? (int)length : 80;
            pw_parser_fail(parser, PW_SYNTAX, token.span, "variable %.*s is not defined", shown,
                           text);
            if (parser->status == PW_SYNTAX && text[length - 1] != '}') {
                pw_error_hint(parser->err, "a variable is written ${name}");
            }
            break;
        }
        fail_character(parser, token);
        break;
    default: fail_character(parser, token);
    }
}

/* --- what was meant --- */

enum { HINT_BYTES_MIN = 4 }; /* of a word worth guessing: shorter ones are near everything */

/* Among the words expected here. */
static pw_str nearest_expected(const pw_expected *expected, pw_str typed) {
    pw_str words[256];
    size_t count = 0;
    const pw_word *word;
    for (uint32_t i = 0; (word = pw_word_at(i)) != NULL && count < 256; i++) {
        bool has_token = word->class != PW_WORD_PLAIN && word->class != PW_WORD_UNUSED;
        bool is_long = word->text.length >= HINT_BYTES_MIN;
        if (has_token && is_long && pw_expected_has(expected, word->token))
            words[count++] = word->text;
    }
    return typed.length + 1 < HINT_BYTES_MIN ? PW_STR_EMPTY : pw_nearest(typed, words, count);
}

/* A misspelt keyword is often read as an alias (`FROM laps GRUOP BY v`): the mistake shows one
 * token later. */
static pw_str nearest_clause(const pw_parser *parser, pw_str typed) {
    static const pw_str clauses[] = {
        {"FROM", 4},  {"WHERE", 5},  {"GROUP", 5}, {"PARTITION", 9}, {"HAVING", 6}, {"WINDOW", 6},
        {"LIMIT", 5}, {"INNER", 5},  {"LEFT", 4},  {"RIGHT", 5},     {"FULL", 4},   {"JOIN", 4},
        {"ORDER", 5}, {"WITHIN", 6}, {"UNION", 5}, {"OFFSET", 6},    {"EMIT", 4},   {"VALUES", 6},
    };
    uint32_t index = parser->current;
    if (index < 2 || typed.length + 1 < HINT_BYTES_MIN) return PW_STR_EMPTY;
    int before = parser->tokens.items[index - 2].kind;
    if (before == PW_TOKEN_AS || before == '.' || before == ',') return PW_STR_EMPTY;
    return pw_nearest(typed, clauses, sizeof clauses / sizeof clauses[0]);
}

/* Mistakes known by name. */
static bool hint_habit(pw_parser *parser, const pw_expected *expected, pw_token found) {
    int before = parser->current > 0 ? parser->tokens.items[parser->current - 1].kind : 0;
    const char *hint = NULL;
    if (before == '=' && found.kind == '=') hint = "equality is written with one =";
    int only[2];
    bool is_end = pw_expected_choose(expected, only, 2) == 1 && only[0] == ';';
    if (before == ')' && found.kind == ',' && is_end) hint = "one INSERT adds one row";
    if (pw_expected_has(expected, PW_TOKEN_JOIN) && found.kind == PW_TOKEN_WITHIN) {
        hint = "WITHIN stands before ON";
    }
    bool is_name_possible = pw_expected_has(expected, PW_TOKEN_IDENTIFIER);
    if (pw_expected_has(expected, ';') && pw_token_is_clause(found.kind) && !is_name_possible) {
        hint =
            "clauses stand in the order FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, EMIT, "
            "ORDER BY, LIMIT";
    }
    if (hint) pw_error_hint(parser->err, "%s", hint);
    return hint != NULL;
}

static void hint_meant(pw_parser *parser, const pw_expected *expected, pw_token found) {
    if (hint_habit(parser, expected, found)) return;
    uint32_t index = parser->current;
    if (pw_token_is_name(found.kind)) {
        pw_str meant = nearest_expected(expected, pw_token_text(parser, index));
        if (meant.length > 0) {
            pw_error_hint(parser->err, "did you mean %.*s?", PW_STR_ARGS(meant));
            return;
        }
    }
    if (index == 0 || parser->tokens.items[index - 1].kind != PW_TOKEN_IDENTIFIER) return;
    pw_str previous = pw_token_text(parser, index - 1);
    pw_str meant = nearest_expected(expected, previous);
    if (meant.length == 0) meant = nearest_clause(parser, previous);
    if (meant.length > 0) {
        pw_error_hint(parser->err, "did you mean %.*s instead of %.*s?", PW_STR_ARGS(meant),
                      PW_STR_ARGS(previous));
    }
}

/* --- the cases, most telling first --- */

static bool fail_missing_semicolon(pw_parser *parser, const pw_expected *expected, pw_token found) {
    if (!pw_expected_has(expected, ';')) return false;
    if (found.kind == 0) {
        uint32_t end = parser->current > 0 ? parser->tokens.items[parser->current - 1].span.end : 0;
        pw_parser_fail(parser, PW_SYNTAX, (pw_span){end, end + 1},
                       "missing ';' at the end of the statement");
        return true;
    }
    if (!pw_token_starts_statement(found.kind)) return false;
    pw_str text = pw_token_text(parser, parser->current);
    pw_parser_fail(parser, PW_SYNTAX, found.span, "missing ';' before %.*s", PW_STR_ARGS(text));
    return true;
}

static bool fail_unknown_statement(pw_parser *parser, const pw_expected *expected, pw_token found) {
    if (!pw_expected_is_statement(expected)) return false;
    pw_str text = pw_token_text(parser, parser->current);
    int shown = text.length < 80 ? (int)text.length : 80;
    pw_parser_fail(parser, PW_SYNTAX, found.span, "Unknown statement '%.*s'", shown, text.data);
    return true;
}

static bool fail_reserved_name(pw_parser *parser, const pw_expected *expected, pw_token found) {
    if (!pw_expected_has(expected, PW_TOKEN_IDENTIFIER)) return false;
    pw_str text = pw_token_text(parser, parser->current);
    const pw_word *word = pw_word_find(text);
    if (word == NULL || (word->class != PW_WORD_RESERVED && word->class != PW_WORD_UNUSED))
        return false;
    bool is_expression = pw_expected_has(expected, PW_TOKEN_CAST);
    if (is_expression && pw_token_goes_on(found.kind)) return false;
    if (pw_expected_has(expected, PW_TOKEN_AS) && !is_expression) return false;
    pw_parser_fail(
        parser, PW_SYNTAX, found.span,
        "\"%.*s\" is a reserved keyword and it can't be used as an identifier. You can use it "
        "as an identifier by escaping it as '%.*s'",
        PW_STR_ARGS(text), PW_STR_ARGS(text));
    pw_error_hint(parser->err, "to use it as a name, write `%.*s`", PW_STR_ARGS(text));
    return true;
}

/* EMIT, ORDER and PARTITION are names unless the right word follows: say which. */
static bool fail_half_keyword(pw_parser *parser, const pw_expected *expected, pw_token found) {
    if (parser->current < 2 || pw_expected_has(expected, PW_TOKEN_CAST)) return false;
    if (!pw_token_is_name(parser->tokens.items[parser->current - 2].kind)) return false;
    const char *wanted = NULL;
    pw_str candidates[2] = {PW_STR("CHANGES"), PW_STR("FINAL")};
    int kind = parser->tokens.items[parser->current - 1].kind;
    if (kind == PW_TOKEN_EMIT) wanted = "CHANGES or FINAL";
    if (kind == PW_TOKEN_ORDER || kind == PW_TOKEN_PARTITION) wanted = "BY";
    if (wanted == NULL) return false;
    pw_str text = pw_token_text(parser, parser->current);
    pw_str before = pw_token_text(parser, parser->current - 1);
    int shown = text.length < 80 ? (int)text.length : 80;
    pw_parser_fail(parser, PW_SYNTAX, found.span, "expected %s after %.*s, found '%.*s'", wanted,
                   PW_STR_ARGS(before), shown, text.data);
    pw_str meant = kind == PW_TOKEN_EMIT ? pw_nearest(text, candidates, 2) : PW_STR_EMPTY;
    if (meant.length > 0) pw_error_hint(parser->err, "did you mean %.*s?", PW_STR_ARGS(meant));
    return true;
}

static void fail_unexpected(pw_parser *parser, const pw_expected *expected, pw_token found) {
    char list[512];
    char before[64] = "";
    char here[64];
    pw_expected_list(expected, list, sizeof list);
    if (parser->current > 0 && parser->tokens.items[parser->current - 1].kind != ';') {
        pw_str text = pw_token_text(parser, parser->current - 1);
        pw_token_show(text, parser->tokens.items[parser->current - 1].kind, before, sizeof before);
    }
    pw_token_show(pw_token_text(parser, parser->current), found.kind, here, sizeof here);
    pw_parser_fail(parser, PW_SYNTAX, found.span, "expected %s%s%s, found %s", list,
                   before[0] ? " after " : "", before, here);
}

void pw_parser_fail_token(pw_parser *parser, const int *tokens, uint32_t token_count) {
    if (parser->status != PW_OK) return;
    pw_token found = parser->tokens.items[parser->current];
    pw_expected expected;
    pw_expected_init(&expected, tokens, token_count);
    if (parser->ksqldb) {
        pw_parser_fail_as_ksqldb(parser, &expected, found);
        return;
    }
    if (fail_missing_semicolon(parser, &expected, found)) return;
    if (fail_reserved_name(parser, &expected, found)) return;
    if (fail_half_keyword(parser, &expected, found)) return;
    if (!fail_unknown_statement(parser, &expected, found))
        fail_unexpected(parser, &expected, found);
    hint_meant(parser, &expected, found);
}
