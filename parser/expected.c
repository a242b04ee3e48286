/* Which of the many tokens that could follow are worth telling (expected.h).
 * SPDX-License-Identifier: Apache-2.0 */
#include "parser/expected.h"

#include <stdio.h>

#include "base/utf8.h"
#include "grammar.h"
#include "parser/parser_private.h"

_Static_assert((int)PW_TOKEN_ZONE < (int)PW_TOKEN_CODE_MAX, "pw_expected has room for every token");

/* Told first when there are too many: what closes or separates, then clauses in their order. */
static const int priorities[] = {
    PW_TOKEN_FROM,
    PW_TOKEN_AS,
    PW_TOKEN_ON,
    PW_TOKEN_USING,
    PW_TOKEN_BY,
    PW_TOKEN_THEN,
    PW_TOKEN_WHEN,
    PW_TOKEN_ELSE,
    PW_TOKEN_END,
    ')',
    ']',
    '>',
    ',',
    ';',
    PW_TOKEN_WITH,
    PW_TOKEN_VALUES,
    PW_TOKEN_WHERE,
    PW_TOKEN_GROUP,
    PW_TOKEN_EMIT,
    PW_TOKEN_JOIN,
    PW_TOKEN_LIMIT,
    PW_TOKEN_PARTITION,
    PW_TOKEN_HAVING,
    PW_TOKEN_ORDER,
    PW_TOKEN_WINDOW,
};

/* What may begin an expression, and therefore says no more than "an expression". */
static const int expression_starts[] = {
    PW_TOKEN_TEXT,
    PW_TOKEN_INTEGER_NUMBER,
    PW_TOKEN_DECIMAL_NUMBER,
    PW_TOKEN_DOUBLE_NUMBER,
    PW_TOKEN_NULL,
    PW_TOKEN_TRUE,
    PW_TOKEN_FALSE,
    PW_TOKEN_CASE,
    PW_TOKEN_CAST,
    PW_TOKEN_NOT,
    PW_TOKEN_EXISTS,
    PW_TOKEN_ARRAY_OPEN,
    PW_TOKEN_MAP_OPEN,
    PW_TOKEN_STRUCT_OPEN,
    PW_TOKEN_LAMBDA_OPEN,
    PW_TOKEN_DISTINCT,
    PW_TOKEN_DAYS,
    PW_TOKEN_HOURS,
    PW_TOKEN_MINUTES,
    PW_TOKEN_SECONDS,
    PW_TOKEN_MILLISECOND,
    PW_TOKEN_MILLISECONDS,
    PW_TOKEN_SELECT,
    PW_TOKEN_WITH,
    '(',
    '+',
    '-',
};

/* What may go on after any value. */
static const int operators[] = {
    '+',
    '-',
    '*',
    '/',
    '%',
    '=',
    '<',
    '>',
    '[',
    '.',
    '(',
    PW_TOKEN_LESS_GREATER,
    PW_TOKEN_NOT_EQUAL,
    PW_TOKEN_LESS_EQUAL,
    PW_TOKEN_GREATER_EQUAL,
    PW_TOKEN_CONCAT,
    PW_TOKEN_FIELD_ARROW,
    PW_TOKEN_LAMBDA_ARROW,
    PW_TOKEN_BETWEEN,
    PW_TOKEN_IN,
    PW_TOKEN_LIKE,
    PW_TOKEN_IS,
    PW_TOKEN_NOT,
    PW_TOKEN_AT,
    PW_TOKEN_OR,
    PW_TOKEN_ESCAPE,
    PW_TOKEN_OVER,
    PW_TOKEN_TEXT,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void pw_expected_init(pw_expected *expected, const int *tokens, uint32_t count) {
    memset(expected, 0, sizeof *expected);
    for (uint32_t i = 0; i < count; i++) {
        if (tokens[i] >= 0 && tokens[i] <= PW_TOKEN_CODE_MAX) expected->has[tokens[i]] = true;
    }
}

bool pw_expected_has(const pw_expected *expected, int token) {
    return token >= 0 && token <= PW_TOKEN_CODE_MAX && expected->has[token];
}

bool pw_expected_is_statement(const pw_expected *expected) {
    return expected->has[PW_TOKEN_CREATE] && expected->has[PW_TOKEN_DROP] &&
           !expected->has[PW_TOKEN_IDENTIFIER];
}

static void drop_all(pw_expected *set, const int *tokens, size_t count) {
    for (size_t i = 0; i < count; i++)
        set->has[tokens[i]] = false;
}

/* Every name is also one of some sixty words that may be names. */
static void drop_names(pw_expected *set) {
    const pw_word *word;
    for (uint32_t i = 0; (word = pw_word_at(i)) != NULL; i++) {
        if (word->class == PW_WORD_NAME) set->has[word->token] = false;
    }
    set->has[PW_TOKEN_QUOTED_NAME] = set->has[PW_TOKEN_DIGIT_NAME] = false;
}

enum { AN_EXPRESSION = -1, A_STATEMENT = -2, A_LITERAL = -3, AN_INTEGER = -4, A_UNIT = -5 };

static uint32_t take(pw_expected *set, int token, int *out, uint32_t count, uint32_t capacity) {
    if (!set->has[token] || count == capacity) return count;
    set->has[token] = false;
    out[count] = token;
    return count + 1;
}

static bool is_anything_left(const pw_expected *set) {
    for (int token = 0; token <= PW_TOKEN_CODE_MAX; token++) {
        if (set->has[token]) return true;
    }
    return false;
}

/* Behind a whole value or condition: operators and an alias go without saying, unless nothing else
 * could come. */
static void drop_operators(pw_expected *set) {
    pw_expected rest = *set;
    if (rest.has[PW_TOKEN_IDENTIFIER]) drop_names(&rest);
    rest.has[PW_TOKEN_IDENTIFIER] = false;
    drop_all(&rest, operators, COUNT(operators));
    if (set->has[PW_TOKEN_OR]) rest.has[PW_TOKEN_AND] = false;
    if (is_anything_left(&rest)) *set = rest;
}

/* Where one of a group of things is expected: the group as one thing in `out`, its members gone. */
static uint32_t choose_group(pw_expected *set, int *out, uint32_t count, uint32_t capacity) {
    if (set->has[PW_TOKEN_CREATE] && set->has[PW_TOKEN_DROP]) {
        bool has_name = set->has[PW_TOKEN_IDENTIFIER];
        memset(set, 0, sizeof *set);
        set->has[PW_TOKEN_IDENTIFIER] = has_name;
        out[count++] = A_STATEMENT;
    } else if (set->has[PW_TOKEN_CAST]) {
        drop_names(set);
        set->has[PW_TOKEN_IDENTIFIER] = false;
        drop_all(set, expression_starts, COUNT(expression_starts));
        out[count++] = AN_EXPRESSION;
    } else if (set->has['/'] || set->has[PW_TOKEN_OR]) {
        drop_operators(set);
    } else if (set->has[PW_TOKEN_TRUE]) {
        drop_all(set, expression_starts, COUNT(expression_starts));
        out[count++] = A_LITERAL;
    } else if (set->has['-'] && !set->has[PW_TOKEN_DECIMAL_NUMBER]) {
        drop_all(set, expression_starts, COUNT(expression_starts));
        out[count++] = AN_INTEGER;
    } else if (set->has[PW_TOKEN_DAYS] && set->has[PW_TOKEN_DAY]) {
        drop_names(set);
        drop_all(set, expression_starts, COUNT(expression_starts));
        out[count++] = A_UNIT;
    }
    if (set->has[PW_TOKEN_IDENTIFIER]) drop_names(set);
    return take(set, PW_TOKEN_IDENTIFIER, out, count, capacity);
}

uint32_t pw_expected_choose(const pw_expected *expected, int *out, uint32_t capacity) {
    pw_expected set = *expected;
    uint32_t count = choose_group(&set, out, 0, capacity);
    for (size_t i = 0; i < COUNT(priorities); i++) {
        count = take(&set, priorities[i], out, count, capacity);
    }
    for (int token = 0; token <= PW_TOKEN_CODE_MAX; token++) {
        count = take(&set, token, out, count, capacity);
    }
    return count;
}

static const struct {
    int token;
    const char *label;
} labels[] = {
    {A_STATEMENT, "a statement"},
    {AN_EXPRESSION, "an expression"},
    {A_LITERAL, "a literal (a string in ' ', a number, TRUE, FALSE, NULL)"},
    {AN_INTEGER, "an integer"},
    {A_UNIT, "a time unit (DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS)"},
    {0, "the end of the text"},
    {PW_TOKEN_IDENTIFIER, "a name"},
    {PW_TOKEN_TEXT, "a string in ' '"},
    {PW_TOKEN_INTEGER_NUMBER, "an integer"},
    {PW_TOKEN_DECIMAL_NUMBER, "a decimal number"},
    {PW_TOKEN_DOUBLE_NUMBER, "a number with an exponent"},
    {PW_TOKEN_LESS_GREATER, "'<>'"},
    {PW_TOKEN_NOT_EQUAL, "'!='"},
    {PW_TOKEN_LESS_EQUAL, "'<='"},
    {PW_TOKEN_GREATER_EQUAL, "'>='"},
    {PW_TOKEN_CONCAT, "'||'"},
    {PW_TOKEN_FIELD_ARROW, "'->'"},
    {PW_TOKEN_LAMBDA_ARROW, "'=>'"},
    {PW_TOKEN_ASSIGN, "':='"},
    {PW_TOKEN_GROUP, "GROUP BY"},
    {PW_TOKEN_ORDER, "ORDER BY"},
    {PW_TOKEN_PARTITION, "PARTITION BY"},
    {PW_TOKEN_LAMBDA_OPEN, "'('"},
};

static void label_of(int token, char *out, size_t bytes) {
    for (size_t i = 0; i < COUNT(labels); i++) {
        if (labels[i].token == token) {
            snprintf(out, bytes, "%s", labels[i].label);
            return;
        }
    }
    const pw_word *word = pw_word_of_token(token);
    if (word) {
        snprintf(out, bytes, "%.*s", PW_STR_ARGS(word->text));
    } else {
        snprintf(out, bytes, "'%c'", token < 128 ? token : '?');
    }
}

void pw_expected_list(const pw_expected *expected, char *out, size_t bytes) {
    int tokens[PW_EXPECTED_SHOWN_MAX + 1];
    uint32_t count = pw_expected_choose(expected, tokens, PW_EXPECTED_SHOWN_MAX + 1);
    bool is_cut = count > PW_EXPECTED_SHOWN_MAX;
    if (is_cut) count = PW_EXPECTED_SHOWN_MAX;
    size_t length = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < count && length < bytes; i++) {
        char label[80];
        label_of(tokens[i], label, sizeof label);
        bool is_last = i + 1 == count && !is_cut;
        const char *glue = i == 0 ? "" : is_last ? " or " : ", ";
        length += (size_t)snprintf(out + length, bytes - length, "%s%s", glue, label);
    }
    if (is_cut && length < bytes) snprintf(out + length, bytes - length, ", ...");
}

void pw_token_show(pw_str text, int kind, char *out, size_t bytes) {
    enum { SHOWN_BYTES_MAX = 40 };
    if (kind == 0) {
        snprintf(out, bytes, "the end of the text");
        return;
    }
    size_t shown = 0;
    while (shown < text.length && shown < SHOWN_BYTES_MAX && text.data[shown] != '\n') {
        size_t step = pw_utf8_length(text.data + shown, text.length - shown);
        shown += step ? step : 1;
    }
    const char *dots = shown < text.length ? "..." : "";
    bool is_quoted =
        text.length > 0 && (text.data[0] == '\'' || text.data[0] == '"' || text.data[0] == '`');
    const char *quote = is_quoted ? "" : "'";
    snprintf(out, bytes, "%s%.*s%s%s", quote, (int)shown, text.data, dots, quote);
}

bool pw_token_starts_statement(int token) {
    switch (token) {
    case PW_TOKEN_SELECT:
    case PW_TOKEN_CREATE:
    case PW_TOKEN_INSERT:
    case PW_TOKEN_DROP:
    case PW_TOKEN_DESCRIBE:
    case PW_TOKEN_PRINT:
    case PW_TOKEN_TERMINATE:
    case PW_TOKEN_PAUSE:
    case PW_TOKEN_RESUME:
    case PW_TOKEN_LIST:
    case PW_TOKEN_UNSET:
    case PW_TOKEN_RUN:
    case PW_TOKEN_SHOW:
    case PW_TOKEN_EXPLAIN:
    case PW_TOKEN_SET:
    case PW_TOKEN_DEFINE:
    case PW_TOKEN_UNDEFINE:
    case PW_TOKEN_ALTER:
    case PW_TOKEN_ASSERT: return true;
    default: return false;
    }
}

bool pw_token_is_clause(int token) {
    switch (token) {
    case PW_TOKEN_FROM:
    case PW_TOKEN_WINDOW:
    case PW_TOKEN_WHERE:
    case PW_TOKEN_GROUP:
    case PW_TOKEN_HAVING:
    case PW_TOKEN_EMIT:
    case PW_TOKEN_LIMIT: return true;
    default: return false;
    }
}

bool pw_token_goes_on(int token) {
    switch (token) {
    case PW_TOKEN_JOIN:
    case PW_TOKEN_ON:
    case PW_TOKEN_AS:
    case PW_TOKEN_BY:
    case PW_TOKEN_AND:
    case PW_TOKEN_OR:
    case PW_TOKEN_IS:
    case PW_TOKEN_IN:
    case PW_TOKEN_LIKE:
    case PW_TOKEN_BETWEEN:
    case PW_TOKEN_WHEN:
    case PW_TOKEN_THEN:
    case PW_TOKEN_ELSE:
    case PW_TOKEN_END: return true;
    default: return pw_token_is_clause(token);
    }
}
