/* Parses every statement of conformance files, prints it and parses it again:
 *
 *     parse_all FILE.json...
 *
 * Each statement must parse, and what pw_ast_print and pw_ast_format write must parse to an equal
 * tree. Where a case expects a syntax error, the place we give must be ksqlDB's; a text that parses
 * all the same belongs to our superset (ORDER BY, sub-queries, ...) and is refused later, when it
 * is bound. Ends with "parse_all: N statements, N failed"; exit status 1 if any failed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "parser/parse.h"

typedef struct totals {
    unsigned statements;
    unsigned failed;
    unsigned syntax_errors; /* cases that expect one */
    unsigned superset;      /* ... and parse here */
    unsigned same_text;     /* ... and are told in ksqlDB's very words */
} totals;

static void complain(totals *t, const char *name, const char *what, pw_str sql) {
    t->failed++;
    printf("%s: %s\n    %.*s\n", name, what, PW_STR_ARGS(sql));
}

/* Does `written` parse to one statement equal to `node`? */
static bool reads_back(pw_arena *arena, const pw_node *node, pw_buf *written, pw_error *err) {
    pw_buf_add_char(written, ';');
    pw_statements again;
    if (pw_parse(arena, pw_buf_str(written), &again, err) != PW_OK) return false;
    return again.count == 1 && pw_ast_equal(node, again.items[0]);
}

static void check_statement(totals *t, const char *name, pw_str sql) {
    pw_arena arena;
    pw_buf text;
    pw_error err = {0};
    pw_statements statements;
    pw_arena_init(&arena, 0);
    pw_buf_init(&text);
    t->statements++;
    if (pw_parse(&arena, sql, &statements, &err) != PW_OK) {
        pw_error_render(&err, PW_STR("sql"), sql, &text);
        complain(t, name, pw_buf_cstr(&text), sql);
        goto done;
    }
    for (uint32_t i = 0; i < statements.count; i++) {
        pw_buf_clear(&text);
        pw_ast_print(statements.items[i], &text);
        if (!reads_back(&arena, statements.items[i], &text, &err)) {
            complain(t, name, "printed text reads back as another tree", pw_buf_str(&text));
        }
        pw_buf_clear(&text);
        pw_ast_format(statements.items[i], &text);
        if (!reads_back(&arena, statements.items[i], &text, &err)) {
            complain(t, name, "formatted text reads back as another tree", pw_buf_str(&text));
        }
    }
done:
    pw_buf_deinit(&text);
    pw_arena_deinit(&arena);
}

/* "line 2:40: Syntax Error" must be our place too. */
static void check_syntax_error(totals *t, const char *name, pw_str sql, const char *message) {
    pw_arena arena;
    pw_buf text;
    pw_error err = {0};
    pw_statements statements;
    pw_arena_init(&arena, 0);
    pw_buf_init(&text);
    t->syntax_errors++;
    if (pw_parse(&arena, sql, &statements, &err) == PW_OK) {
        t->superset++;
        goto done;
    }
    pw_parse_error_as_ksqldb(sql, &err, &text);
    if (strstr(pw_buf_cstr(&text), message)) t->same_text++;
    unsigned line = 0;
    unsigned column = 0;
    pw_place place = pw_place_find(sql, err.at.start);
    if (sscanf(message, "line %u:%u:", &line, &column) == 2 &&
        (line != place.line || column != place.column)) {
        pw_buf_clear(&text);
        pw_buf_format(&text, "place is %u:%u, ksqlDB's is %u:%u: %s", place.line, place.column,
                      line, column, err.message);
        complain(t, name, pw_buf_cstr(&text), sql);
    }
done:
    pw_buf_deinit(&text);
    pw_arena_deinit(&arena);
}

static pw_str string_of(const json_t *value) {
    return (pw_str){json_string_value(value), json_string_length(value)};
}

static const char *expected_message(const json_t *test) {
    json_t *expected = json_object_get(test, "expectedException");
    if (!json_is_object(expected)) expected = json_object_get(test, "expectedError");
    const char *message = json_string_value(json_object_get(expected, "message"));
    return message ? message : "";
}

static bool is_syntax_error(const json_t *test) {
    const char *category =
        json_string_value(json_object_get(json_object_get(test, "expectedException"), "category"));
    if (strstr(expected_message(test), "Syntax Error")) return true;
    return category && strcmp(category, "parse") == 0 && expected_message(test)[0] == '\0';
}

static void check_case(totals *t, const json_t *test) {
    const char *name = json_string_value(json_object_get(test, "name"));
    json_t *statements = json_object_get(test, "statements");
    json_t *steps = json_object_get(test, "steps");
    json_t *item;
    json_t *script;
    size_t i;
    size_t j;
    if (is_syntax_error(test)) {
        pw_buf text;
        pw_buf_init(&text);
        bool is_rest =
            json_object_get(test, "expectedError") != NULL; /* each statement by itself */
        json_array_foreach(statements, i, item) {
            if (is_rest) pw_buf_clear(&text);
            if (text.length > 0) pw_buf_add_char(&text, '\n');
            pw_buf_add_str(&text, string_of(item));
        }
        check_syntax_error(t, name, pw_buf_str(&text), expected_message(test));
        pw_buf_deinit(&text);
        return;
    }
    json_array_foreach(statements, i, item) check_statement(t, name, string_of(item));
    json_array_foreach(steps, i, item) {
        check_statement(t, name, string_of(json_object_get(item, "sql")));
        json_array_foreach(json_object_get(item, "script"), j, script) {
            check_statement(t, name, string_of(script));
        }
    }
}

/* Numbers of the cases may exceed what jansson holds (1e400, 30 digits); none matters here, so each
 * becomes a 0 and blanks. */
static void blank_numbers(char *text) {
    bool is_string = false;
    bool is_number = false;
    for (char *c = text; *c; c++) {
        if (is_string && *c == '\\' && c[1]) {
            c++;
        } else if (*c == '"') {
            is_string = !is_string;
        } else if (!is_string && strchr(is_number ? "-+.0123456789eE" : "-0123456789", *c)) {
            *c = is_number ? ' ' : '0';
            is_number = true;
            continue;
        }
        is_number = false;
    }
}

static json_t *load(const char *path, json_error_t *error) {
    pw_buf text;
    pw_buf_init(&text);
    FILE *file = fopen(path, "rb");
    size_t got = 0;
    do {
        got = file ? fread(pw_buf_reserve(&text, 1 << 16), 1, 1 << 16, file) : 0;
        text.length += got;
    } while (got > 0);
    if (file) fclose(file);
    pw_buf_add_char(&text, '\0');
    blank_numbers(text.data);
    json_t *json = json_loads(text.data, JSON_ALLOW_NUL, error);
    pw_buf_deinit(&text);
    return json;
}

int main(int argc, char **argv) {
    totals t = {0};
    for (int i = 1; i < argc; i++) {
        json_error_t error;
        json_t *file = load(argv[i], &error);
        if (file == NULL) {
            fprintf(stderr, "%s:%d: %s\n", argv[i], error.line, error.text);
            return 2;
        }
        json_t *test;
        size_t j;
        json_array_foreach(json_object_get(file, "cases"), j, test) check_case(&t, test);
        json_decref(file);
    }
    printf("parse_all: syntax errors expected in %u cases, %u of them valid in the superset, "
           "%u in ksqlDB's words\n",
           t.syntax_errors, t.superset, t.same_text);
    printf("parse_all: %u statements, %u failed\n", t.statements, t.failed);
    return t.failed > 0;
}
