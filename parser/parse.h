/* From text to trees. The parser knows no catalog, no types and no settings.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_PARSE_H
#define PW_PARSER_PARSE_H

#include "base/hashmap.h"
#include "parser/ast.h"

typedef struct pw_statements {
    pw_node **items;
    uint32_t count;
} pw_statements;

/* Parses all statements of `text` (each ends with a semicolon; the last one too). Spans are byte
 * offsets in `text`, which must outlive the trees. Reentrant.
 * Errors: PW_SYNTAX with place, what was expected and, where a keyword is misspelt, what was meant;
 * PW_LIMIT beyond PW_STATEMENT_BYTES_MAX or PW_EXPR_DEPTH_MAX. */
PW_MUST_USE pw_status pw_parse(pw_arena *arena, pw_str text, pw_statements *out, pw_error *err);

/* One expression (no semicolon): for tests, settings and examples of functions. */
PW_MUST_USE pw_status pw_parse_expression(pw_arena *arena, pw_str text, pw_node **out,
                                          pw_error *err);

/* One type, e.g. "MAP<STRING, ARRAY<INT>>". */
PW_MUST_USE pw_status pw_parse_type(pw_arena *arena, pw_str text, pw_node **out, pw_error *err);

/* The text up to and with the first semicolon that ends a statement (outside quotes and comments);
 * the whole text if there is none. For running a file statement by statement: DEFINE changes what
 * follows. */
pw_str pw_statement_first(pw_str text);

/* Replaces ${name} by the values of `variables` (upper-cased name -> const char *), following
 * ksqlDB's rules (reference, "Variables"): `$${x}` escapes; undefined ones stay. */
PW_MUST_USE pw_status pw_variables_substitute(pw_arena *arena, pw_str text,
                                              const pw_hashmap *variables, pw_str *out,
                                              pw_error *err);

/* What ksqlDB says of the syntax error in `text`, as its clients know it ("line 2:5: Syntax Error",
 * a line of detail, then the statement). `text` failed in pw_parse with `err`; of an error other
 * than PW_SYNTAX only the message is written. */
void pw_parse_error_as_ksqldb(pw_str text, const pw_error *err, pw_buf *out);

#endif
