/* The set of tokens that could stand at a place, and how to tell it to a person.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_EXPECTED_H
#define PW_PARSER_EXPECTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { PW_TOKEN_CODE_MAX = 511, PW_EXPECTED_SHOWN_MAX = 6 };

typedef struct pw_expected {
    bool has[PW_TOKEN_CODE_MAX + 1]; /* by token; as the grammar gave it */
} pw_expected;

void pw_expected_init(pw_expected *expected, const int *tokens, uint32_t count);
bool pw_expected_has(const pw_expected *expected, int token);
bool pw_expected_is_statement(const pw_expected *expected); /* the start of one, and no name */

/* "FROM, AS or ','": at most PW_EXPECTED_SHOWN_MAX, the likeliest; an expression, a name or a
 * statement as one thing; operators only where nothing else could follow. */
void pw_expected_list(const pw_expected *expected, char *out, size_t bytes);

/* The same choice as tokens, likeliest first, below 0 for a group; returns how many. */
uint32_t pw_expected_choose(const pw_expected *expected, int *out, uint32_t capacity);

/* A token as an error shows it: `'FROM'`, `the end of the text`, at most some 40 bytes. */
void pw_token_show(pw_str text, int kind, char *out, size_t bytes);

bool pw_token_starts_statement(int token); /* and can be nothing else there: SELECT, CREATE, ... */
bool pw_token_is_clause(int token);        /* begins a clause of a query: FROM, WHERE, ... */
bool pw_token_goes_on(int token); /* a keyword that follows an expression: FROM, WHERE, THEN, ... */

#endif
