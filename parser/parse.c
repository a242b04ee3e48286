/* Entry points of the parser (parse.h). SPDX-License-Identifier: Apache-2.0 */
#include "parser/parse.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "grammar.h"
#include "parser/parser_private.h"

pw_status pw_parser_run(pw_parser *parser) {
    if (parser->text.length > PW_STATEMENT_BYTES_MAX) {
        return pw_parser_fail(parser, PW_LIMIT, PW_SPAN_NONE,
                              "the text has %zu bytes, the limit is %d (PW_STATEMENT_BYTES_MAX)",
                              parser->text.length, (int)PW_STATEMENT_BYTES_MAX);
    }
    size_t valid = pw_utf8_check(parser->text.data, parser->text.length);
    if (valid < parser->text.length) {
        pw_span at = {(uint32_t)valid, (uint32_t)valid + 1};
        return pw_parser_fail(parser, PW_SYNTAX, at, "byte 0x%02x is not valid UTF-8",
                              (unsigned char)parser->text.data[valid]);
    }
    pw_tokens_lex(&parser->tokens, parser->text);
    int failed = pw_grammar_parse(parser);
    pw_tokens_deinit(&parser->tokens);
    if (failed && parser->status == PW_OK) {
        return pw_parser_fail(parser, PW_INTERNAL, PW_SPAN_NONE,
                              "the parser gave up without a reason");
    }
    return parser->status;
}

static pw_parser new_parser(pw_arena *arena, pw_str text, int start, pw_error *err) {
    return (pw_parser){.arena = arena, .text = text, .start = start, .err = err};
}

pw_status pw_parse(pw_arena *arena, pw_str text, pw_statements *out, pw_error *err) {
    pw_parser parser = new_parser(arena, text, PW_TOKEN_START_STATEMENTS, err);
    PW_TRY(pw_parser_run(&parser));
    *out = (pw_statements){parser.statements.items, parser.statements.count};
    return PW_OK;
}

pw_status pw_parse_expression(pw_arena *arena, pw_str text, pw_node **out, pw_error *err) {
    pw_parser parser = new_parser(arena, text, PW_TOKEN_START_EXPRESSION, err);
    PW_TRY(pw_parser_run(&parser));
    *out = parser.result;
    return PW_OK;
}

pw_status pw_parse_type(pw_arena *arena, pw_str text, pw_node **out, pw_error *err) {
    pw_parser parser = new_parser(arena, text, PW_TOKEN_START_TYPE, err);
    PW_TRY(pw_parser_run(&parser));
    *out = parser.result;
    return PW_OK;
}
