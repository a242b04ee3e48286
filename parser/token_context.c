/* Hands tokens to the grammar one by one, and decides there what a word means between its
 * neighbours. ksqlDB lets words such as ORDER, UNION, EMIT or PARTITION be names everywhere; the
 * grammar has one token of lookahead, which is too little where an alias without AS may stand
 * (`FROM laps ORDER BY v` could go on after an alias ORDER). Here the whole text is at hand, so a
 * word is a keyword exactly where the sentence could not be read with it as a name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "grammar.h"
#include "parser/parser_private.h"

static int kind_at(const pw_parser *parser, uint32_t index) {
    return index < parser->tokens.count ? parser->tokens.items[index].kind : 0;
}

pw_str pw_token_text(const pw_parser *parser, uint32_t index) {
    if (index >= parser->tokens.count) return PW_STR_EMPTY;
    pw_span span = parser->tokens.items[index].span;
    size_t end = span.end < parser->text.length ? span.end : parser->text.length;
    return span.start >= end ? PW_STR_EMPTY
                             : (pw_str){parser->text.data + span.start, end - span.start};
}

/* `(` `(` ... SELECT: the other side of a set operation. */
static bool is_query_ahead(const pw_parser *parser, uint32_t index) {
    while (kind_at(parser, index) == '(')
        index++;
    int kind = kind_at(parser, index);
    return kind == PW_TOKEN_SELECT || kind == PW_TOKEN_WITH;
}

static bool is_set_operation(const pw_parser *parser, uint32_t index) {
    int next = kind_at(parser, index + 1);
    return next == PW_TOKEN_ALL || next == PW_TOKEN_DISTINCT || is_query_ahead(parser, index + 1);
}

/* `EMIT CHANGES`, unless a column EMIT has the alias CHANGES: `SELECT emit changes FROM s`. */
static bool is_emit(const pw_parser *parser, uint32_t index) {
    int next = kind_at(parser, index + 1);
    if (next != PW_TOKEN_CHANGES && next != PW_TOKEN_FINAL) return false;
    int after = kind_at(parser, index + 2);
    return after != ',' && after != PW_TOKEN_FROM;
}

/* `ADD COLUMN x INT`, unless the new column itself is named COLUMN: `ADD column INT`. */
static bool is_add_column(const pw_parser *parser, uint32_t index) {
    if (index == 0 || kind_at(parser, index - 1) != PW_TOKEN_ADD) return false;
    int type = kind_at(parser, index + 2);
    return pw_token_is_name(kind_at(parser, index + 1)) &&
           (pw_token_is_name(type) || type == PW_TOKEN_DECIMAL);
}

/* `JOIN b USING (k)`: a call of a function USING has no name or parenthesis before it. */
static bool is_using(const pw_parser *parser, uint32_t index) {
    if (index == 0 || kind_at(parser, index + 1) != '(') return false;
    switch (kind_at(parser, index - 1)) {
    case ')':
    case PW_TOKEN_DAYS:
    case PW_TOKEN_HOURS:
    case PW_TOKEN_MINUTES:
    case PW_TOKEN_SECONDS:
    case PW_TOKEN_MILLISECOND:
    case PW_TOKEN_MILLISECONDS: return true;
    default: return pw_token_is_name(kind_at(parser, index - 1));
    }
}

/* `(` name {`,` name} `)` `=>` */
static bool is_lambda_open(const pw_parser *parser, uint32_t index) {
    do {
        if (!pw_token_is_name(kind_at(parser, index + 1))) return false;
        index += 2;
    } while (kind_at(parser, index) == ',');
    return kind_at(parser, index) == ')' && kind_at(parser, index + 1) == PW_TOKEN_LAMBDA_ARROW;
}

static int keyword_if(bool is_keyword, int kind) {
    return is_keyword ? kind : PW_TOKEN_IDENTIFIER;
}

/* What the token means to the grammar. */
static int kind_in_context(const pw_parser *parser, uint32_t index) {
    int kind = kind_at(parser, index);
    int next = kind_at(parser, index + 1);
    switch (kind) {
    case PW_TOKEN_ORDER:
    case PW_TOKEN_PARTITION: return keyword_if(next == PW_TOKEN_BY, kind);
    case PW_TOKEN_UNION:
    case PW_TOKEN_INTERSECT:
    case PW_TOKEN_EXCEPT: return keyword_if(is_set_operation(parser, index), kind);
    case PW_TOKEN_OFFSET: return keyword_if(next == PW_TOKEN_INTEGER_NUMBER, kind);
    case PW_TOKEN_EMIT: return keyword_if(is_emit(parser, index), kind);
    case PW_TOKEN_OVER:
        return keyword_if(index > 0 && kind_at(parser, index - 1) == ')' && next == '(', kind);
    case PW_TOKEN_USING: return keyword_if(is_using(parser, index), kind);
    case PW_TOKEN_CROSS: return keyword_if(next == PW_TOKEN_JOIN, kind);
    case PW_TOKEN_ESCAPE: return keyword_if(next == PW_TOKEN_TEXT, kind);
    case PW_TOKEN_COLUMN: return keyword_if(is_add_column(parser, index), kind);
    case PW_TOKEN_ARRAY: return next == '[' ? PW_TOKEN_ARRAY_OPEN : kind;
    case PW_TOKEN_MAP: return next == '(' ? PW_TOKEN_MAP_OPEN : kind;
    case PW_TOKEN_STRUCT: return next == '(' ? PW_TOKEN_STRUCT_OPEN : kind;
    case '(': return is_lambda_open(parser, index) ? PW_TOKEN_LAMBDA_OPEN : kind;
    default: return kind;
    }
}

static bool is_bracket_too_deep(pw_parser *parser, int kind) {
    if (kind == '(' || kind == '[') return ++parser->bracket_depth > PW_EXPR_DEPTH_MAX;
    if ((kind == ')' || kind == ']') && parser->bracket_depth > 0) parser->bracket_depth--;
    if (kind == ';') parser->bracket_depth = 0;
    return false;
}

/* After a failure the grammar is given a token it never knows, so that it stops; the complaint that
 * follows is not the first and therefore not kept. */
int pw_token_next(pw_parser *parser, pw_span *span) {
    if (!parser->is_started) {
        parser->is_started = true;
        *span = PW_SPAN_NONE;
        return parser->start;
    }
    uint32_t index = parser->current = parser->next;
    if (index + 1 < parser->tokens.count) parser->next++;
    pw_token token = parser->tokens.items[index];
    *span = token.span;
    if (parser->status != PW_OK) return PW_TOKEN_BAD;
    if (token.kind == PW_TOKEN_BAD) {
        pw_parser_fail_bad_token(parser, token);
    } else if (is_bracket_too_deep(parser, token.kind)) {
        pw_parser_fail_depth(parser, token.span);
        return PW_TOKEN_BAD;
    }
    return kind_in_context(parser, index);
}
