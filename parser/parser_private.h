/* What the files of parser/ share: tokens, the state of one parse, the makers of nodes.
 *
 * The way: lexer.l cuts the text into an array of tokens; grammar.y asks pw_token_next for one
 * after the other (token_context.c decides there what a word means between its neighbours) and
 * builds nodes through make.c; parse_error.c words what goes wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_PARSER_PRIVATE_H
#define PW_PARSER_PARSER_PRIVATE_H

#include "base/arena.h"
#include "base/status.h"
#include "parser/ast.h"
#include "parser/expected.h"
#include "parser/parse.h"

typedef struct pw_token {
    int kind; /* PW_TOKEN_...; 0 at the end */
    pw_span span;
} pw_token;

typedef struct pw_tokens {
    pw_token *items; /* the last one is the end; malloced */
    uint32_t count;
    uint32_t capacity;
} pw_tokens;

/* A growing list of nodes, in the arena. */
typedef struct pw_nodes {
    pw_node **items;
    uint32_t count;
    uint32_t capacity;
} pw_nodes;

typedef struct pw_parser {
    pw_arena *arena;
    pw_str text;
    pw_tokens tokens;
    uint32_t current;       /* token last handed to the grammar */
    uint32_t next;          /* token to be handed next */
    int start;              /* first, made-up token: what to parse */
    bool is_started;        /* the made-up token was given */
    uint32_t bracket_depth; /* open ( and [ */
    pw_buf *ksqldb;         /* not NULL: write the error as ksqlDB would (parse_ksqldb.c) */
    pw_status status;       /* first failure */
    pw_error *err;
    pw_nodes statements;
    pw_node *result; /* of an expression or type */
} pw_parser;

/* --- words (keyword.c) --- */
typedef enum {
    PW_WORD_NONE,
    PW_WORD_RESERVED,
    PW_WORD_NAME,
    PW_WORD_CONTEXT,
    PW_WORD_PLAIN,
    PW_WORD_UNUSED
} pw_word_class;

typedef struct pw_word {
    pw_str text;
    int token;
    pw_word_class class;
} pw_word;

const pw_word *pw_word_find(pw_str text); /* any case; NULL: not a word of the language */
const pw_word *pw_word_of_token(int token);
const pw_word *pw_word_at(uint32_t index); /* NULL behind the last */
bool pw_token_is_name(int token);          /* may this token, as lexed, be a name? */
bool pw_str_is_plain_name(pw_str text);    /* letters, digits, _ and @, no digit first; any case */

/* --- tokens (lexer.l, token_context.c) --- */
void pw_tokens_lex(pw_tokens *tokens, pw_str text);
void pw_tokens_deinit(pw_tokens *tokens);
int pw_token_next(pw_parser *parser, pw_span *span);
pw_str pw_token_text(const pw_parser *parser, uint32_t index);

/* --- nodes (make.c) ---
 * They always give a node: a failure is kept in the parser and stops it at the next token. */
pw_node *pw_make(pw_parser *parser, pw_node_kind kind, pw_span span, pw_node *const *children,
                 uint32_t child_count);
pw_nodes *pw_nodes_add(pw_parser *parser, pw_nodes *list, pw_node *node); /* list may be NULL */
pw_node *pw_make_name(pw_parser *parser, pw_span token);                  /* IDENTIFIER, folded */
pw_node *pw_make_topic(pw_parser *parser, pw_span token); /* IDENTIFIER, as written */
pw_node *pw_make_string(pw_parser *parser, pw_span token);
pw_node *pw_make_number(pw_parser *parser, pw_node_kind kind, pw_span token, bool is_negative);
pw_node *pw_make_positive(pw_parser *parser, pw_node *number); /* reads an integer's digits */
pw_node *pw_make_negative(pw_parser *parser, pw_span span, pw_node *number);
pw_node *pw_make_type(pw_parser *parser, pw_span span, pw_str name);
pw_node *pw_make_case(pw_parser *parser, pw_span span, pw_node *operand, const pw_nodes *whens,
                      pw_node *otherwise);
pw_node *pw_make_call(pw_node *call, pw_parser *parser, const pw_node *name, uint32_t flags);

/* --- queries and statements (make_query.c) --- */
pw_node *pw_make_query(pw_parser *parser, pw_span span, pw_node *with, pw_node *body,
                       pw_node *tail);
pw_node *pw_make_set_operation(pw_parser *parser, pw_span span, pw_str word, pw_node *left,
                               pw_node *right, uint32_t flags);
pw_node *pw_make_recursive(pw_node *ctes);
pw_node *pw_make_window(pw_span span, pw_node *window, pw_node *name);
pw_node *pw_make_cross_join(pw_parser *parser, pw_span span, pw_span cross, pw_node *const *parts);
pw_node *pw_make_source(pw_parser *parser, pw_span span, const pw_node *head, pw_node *elements,
                        pw_node *properties);
pw_node *pw_make_source_as(pw_parser *parser, pw_span span, const pw_node *head,
                           pw_node *properties, pw_node *query);
pw_node *pw_make_describe(pw_parser *parser, pw_span span, const pw_node *name);
pw_node *pw_require_from(pw_parser *parser, pw_node *query);
void pw_node_set_child(pw_node *node, uint32_t index, pw_node *child);
void pw_parser_add_statement(pw_parser *parser, pw_node *statement);

/* Parses what `parser->start` says (parse.c). */
PW_MUST_USE pw_status pw_parser_run(pw_parser *parser);

/* --- errors (parse_error.c) --- */
pw_status pw_parser_fail(pw_parser *parser, pw_status status, pw_span at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The token `parser->current` cannot stand where it does. expected: PW_TOKEN_... */
void pw_parser_fail_token(pw_parser *parser, const int *expected, uint32_t expected_count);
void pw_parser_fail_bad_token(pw_parser *parser, pw_token token);
void pw_parser_fail_depth(pw_parser *parser, pw_span at);
void pw_parser_fail_as_ksqldb(pw_parser *parser, const pw_expected *expected, pw_token found);

#endif
