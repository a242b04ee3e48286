/* Two jobs on a text that is not yet parsed: finding where its first statement ends, and putting
 * values in place of ${variables}. Both skip quoted text and comments exactly as lexer.l does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "parser/parser_private.h"

static bool is_at(pw_str text, size_t at, const char *word) {
    size_t length = strlen(word);
    return text.length - at >= length && memcmp(text.data + at, word, length) == 0;
}

static size_t line_end(pw_str text, size_t at) {
    while (at < text.length && text.data[at] != '\n' && text.data[at] != '\r')
        at++;
    return at;
}

/* Behind the quoted text, name or comment that begins at `at`; `at` itself if none does. */
static size_t skip_quoted(pw_str text, size_t at) {
    char quote = text.data[at];
    if (quote == '\'' || quote == '"' || quote == '`') {
        for (size_t i = at + 1; i < text.length; i++) {
            if (text.data[i] != quote) continue;
            if (i + 1 == text.length || text.data[i + 1] != quote) return i + 1;
            i++;
        }
        return text.length;
    }
    if (is_at(text, at, "--")) {
        bool is_directive = is_at(text, at, "--@");
        size_t first = at + (is_directive ? 2 : 3); /* the character behind -- may be a line end */
        return line_end(text, first < text.length ? first : text.length);
    }
    if (!is_at(text, at, "/*")) return at;
    for (size_t i = at + 2; i < text.length; i++) {
        if (is_at(text, i, "*/")) return i + 2;
    }
    return text.length;
}

pw_str pw_statement_first(pw_str text) {
    for (size_t i = 0; i < text.length;) {
        size_t next = skip_quoted(text, i);
        if (next == i && text.data[i] == ';') return (pw_str){text.data, i + 1};
        i = next > i ? next : i + 1;
    }
    return text;
}

/* ------------------------------------------------------------------ variables */

typedef struct substitution {
    pw_arena *arena;
    pw_str text;
    const pw_hashmap *variables;
    pw_buf *out;
    pw_error *err;
} substitution;

/* The length of `${name}` at `at`, 0 if none stands there. */
static size_t reference_length(pw_str text, size_t at) {
    if (!is_at(text, at, "${")) return 0;
    size_t i = at + 2;
    while (i < text.length && text.data[i] != '}')
        i++;
    if (i == text.length) return 0;
    return pw_str_is_plain_name((pw_str){text.data + at + 2, i - at - 2}) ? i + 1 - at : 0;
}

static const char *value_of(const substitution *s, pw_str reference) {
    pw_str name = {reference.data + 2, reference.length - 3};
    return pw_hashmap_get(s->variables, pw_arena_upper(s->arena, name));
}

/* `inner` between single quotes; a quote in it is doubled, a doubled one stays. */
static void add_quoted(pw_buf *out, pw_str inner, bool is_escaped) {
    pw_buf_add_char(out, '\'');
    for (size_t i = 0; i < inner.length; i++) {
        pw_buf_add_char(out, inner.data[i]);
        if (inner.data[i] != '\'') continue;
        pw_buf_add_char(out, '\'');
        if (is_escaped && i + 1 < inner.length && inner.data[i + 1] == '\'') i++;
    }
    pw_buf_add_char(out, '\'');
}

/* A value may stand for one name or one literal, never for more: a variable must not carry SQL. */
static bool is_single_token(pw_str value) {
    pw_tokens tokens = {0};
    pw_tokens_lex(&tokens, value);
    uint32_t first = tokens.items[0].kind == '-' ? 1 : 0;
    int kind = tokens.items[first].kind;
    bool is_number = kind == PW_TOKEN_INTEGER_NUMBER || kind == PW_TOKEN_DECIMAL_NUMBER ||
                     kind == PW_TOKEN_DOUBLE_NUMBER;
    bool is_word = kind == PW_TOKEN_TRUE || kind == PW_TOKEN_FALSE || kind == PW_TOKEN_NULL;
    bool is_one = is_number || (first == 0 && (is_word || pw_token_is_name(kind)));
    bool is_alone = tokens.count == first + 2;
    pw_tokens_deinit(&tokens);
    return is_one && is_alone;
}

static pw_status add_value(substitution *s, pw_span at, pw_str value) {
    bool is_text =
        value.length >= 2 && value.data[0] == '\'' && value.data[value.length - 1] == '\'';
    if (is_text) {
        add_quoted(s->out, (pw_str){value.data + 1, value.length - 2}, true);
        return PW_OK;
    }
    if (value.length <= INT32_MAX && is_single_token(value)) {
        pw_buf_add_str(s->out, value);
        return PW_OK;
    }
    pw_status status = pw_fail(s->err, PW_INVALID, at,
                               "variable %.*s cannot stand here: its value is neither a name nor a "
                               "literal: %.*s",
                               (int)(at.end - at.start), s->text.data + at.start,
                               value.length < 200 ? (int)value.length : 200, value.data);
    if (s->err) {
        pw_error_hint(
            s->err,
            "text needs quotes: define it with three of them, '''...''', or write '${...}'");
    }
    return status;
}

/* A string that is nothing but a reference gets the value, any other stays as it is. */
static void add_string(substitution *s, size_t from, size_t end) {
    pw_str whole = {s->text.data + from, end - from};
    bool is_escaped = whole.length > 2 && whole.data[1] == '$' && is_at(whole, 1, "$${");
    size_t start = is_escaped ? 2 : 1;
    size_t length = whole.length > start ? reference_length(whole, start) : 0;
    if (length == 0 || start + length + 1 != whole.length) {
        pw_buf_add_str(s->out, whole);
        return;
    }
    pw_str reference = {whole.data + start, length};
    const char *value = is_escaped ? NULL : value_of(s, reference);
    add_quoted(s->out, value ? pw_str_from(value) : reference, false);
}

static pw_status add_reference(substitution *s, size_t at, size_t length) {
    pw_str reference = {s->text.data + at, length};
    const char *value = value_of(s, reference);
    if (value)
        return add_value(s, (pw_span){(uint32_t)at, (uint32_t)(at + length)}, pw_str_from(value));
    pw_buf_add_str(s->out, reference);
    return PW_OK;
}

static pw_status substitute(substitution *s) {
    for (size_t i = 0; i < s->text.length;) {
        size_t next = skip_quoted(s->text, i);
        if (next > i) {
            if (s->text.data[i] == '\'') {
                add_string(s, i, next);
            } else {
                pw_buf_add(s->out, s->text.data + i, next - i);
            }
            i = next;
            continue;
        }
        size_t length = s->text.data[i] == '$' ? reference_length(s->text, i) : 0;
        if (length > 0) {
            PW_TRY(add_reference(s, i, length));
            i += length;
            continue;
        }
        size_t escaped = is_at(s->text, i, "$${") ? reference_length(s->text, i + 1) : 0;
        if (escaped > 0) i++;
        pw_buf_add(s->out, s->text.data + i, escaped > 0 ? escaped : 1);
        i += escaped > 0 ? escaped : 1;
    }
    return PW_OK;
}

pw_status pw_variables_substitute(pw_arena *arena, pw_str text, const pw_hashmap *variables,
                                  pw_str *out, pw_error *err) {
    pw_buf buf;
    pw_buf_init(&buf);
    substitution s = {
        .arena = arena, .text = text, .variables = variables, .out = &buf, .err = err};
    pw_status status = substitute(&s);
    if (status == PW_OK) *out = pw_arena_str(arena, pw_buf_str(&buf));
    pw_buf_deinit(&buf);
    return status;
}
