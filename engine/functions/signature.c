/* Reads signature texts such as "ARRAY_CONTAINS(array ARRAY<T>, value T) -> BOOLEAN" into patterns
 * that overload.c matches argument types against. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "functions/functions_private.h"

typedef struct cursor {
    pw_arena *arena;
    pw_str rest;
    bool is_bad;
} cursor;

enum { CHILDREN_MAX = 8, PARAMETERS_MAX = 12, NESTING_MAX = 8 };

static void skip(cursor *c, size_t bytes) {
    c->rest.data += bytes;
    c->rest.length -= bytes;
}

static void skip_space(cursor *c) {
    while (c->rest.length && c->rest.data[0] == ' ')
        skip(c, 1);
}

static bool take(cursor *c, const char *literal) {
    skip_space(c);
    pw_str wanted = pw_str_from(literal);
    if (!pw_str_starts_with(c->rest, wanted)) return false;
    skip(c, wanted.length);
    return true;
}

static void expect(cursor *c, const char *literal) {
    if (!take(c, literal)) c->is_bad = true;
}

static bool is_word_byte(char b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_';
}

static pw_str take_word(cursor *c) {
    skip_space(c);
    pw_str word = {c->rest.data, 0};
    while (word.length < c->rest.length && is_word_byte(word.data[word.length]))
        word.length++;
    skip(c, word.length);
    if (word.length == 0) c->is_bad = true;
    return word;
}

static int32_t take_number(cursor *c) {
    int64_t value = 0;
    if (!pw_str_to_i64(take_word(c), &value) || value < 0 || value > 1000) c->is_bad = true;
    return c->is_bad ? 0 : (int32_t)value;
}

static const pw_type_pattern *parse_type(cursor *c, int depth);

/* "(T, K) => R" */
static void parse_lambda(cursor *c, int depth, pw_type_pattern *out) {
    out->kind = PW_PATTERN_LAMBDA;
    out->children = PW_NEW_ARRAY(c->arena, const pw_type_pattern *, CHILDREN_MAX);
    do {
        if (out->child_count == CHILDREN_MAX) {
            c->is_bad = true;
            return;
        }
        out->children[out->child_count++] = parse_type(c, depth + 1);
    } while (!c->is_bad && take(c, ","));
    expect(c, ")");
    expect(c, "=>");
    out->element = parse_type(c, depth + 1);
}

/* "STRUCT<K STRING, V T>", names with ` where they are not upper case. */
static void parse_struct(cursor *c, int depth, pw_type_pattern *out) {
    pw_str *names = PW_NEW_ARRAY(c->arena, pw_str, CHILDREN_MAX);
    out->kind = PW_PATTERN_STRUCT;
    out->children = PW_NEW_ARRAY(c->arena, const pw_type_pattern *, CHILDREN_MAX);
    out->names = names;
    expect(c, "<");
    do {
        if (out->child_count == CHILDREN_MAX) {
            c->is_bad = true;
            return;
        }
        bool is_quoted = take(c, "`");
        names[out->child_count] = take_word(c);
        if (is_quoted) expect(c, "`");
        out->children[out->child_count++] = parse_type(c, depth + 1);
    } while (!c->is_bad && take(c, ","));
    expect(c, ">");
}

static void parse_decimal(cursor *c, pw_type_pattern *out) {
    out->kind = PW_PATTERN_DECIMAL;
    if (!take(c, "(")) return;
    int32_t precision = take_number(c);
    expect(c, ",");
    int32_t scale = take_number(c);
    expect(c, ")");
    if (precision < 1 || scale > precision) c->is_bad = true;
    if (c->is_bad) return;
    out->kind = PW_PATTERN_TYPE;
    out->type = pw_type_decimal(c->arena, precision, scale);
}

static bool scalar_named(pw_str word, const pw_type **out) {
    static const struct {
        const char *name;
        const pw_type *type;
    } names[] = {
        {"BOOLEAN", &pw_type_boolean},     {"INT", &pw_type_integer},
        {"INTEGER", &pw_type_integer},     {"BIGINT", &pw_type_bigint},
        {"DOUBLE", &pw_type_double},       {"STRING", &pw_type_string},
        {"VARCHAR", &pw_type_string},      {"BYTES", &pw_type_bytes},
        {"DATE", &pw_type_date},           {"TIME", &pw_type_time},
        {"TIMESTAMP", &pw_type_timestamp},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!pw_str_equal(word, pw_str_from(names[i].name))) continue;
        *out = names[i].type;
        return true;
    }
    return false;
}

static void parse_word_type(cursor *c, int depth, pw_type_pattern *out) {
    pw_str word = take_word(c);
    if (c->is_bad) return;
    if (scalar_named(word, &out->type)) {
        out->kind = PW_PATTERN_TYPE;
    } else if (word.length == 1 && word.data[0] >= 'A' && word.data[0] <= 'Z') {
        out->kind = PW_PATTERN_VARIABLE;
        out->variable = word.data[0];
    } else if (pw_str_equal(word, PW_STR("ANY"))) {
        out->kind = PW_PATTERN_ANY;
    } else if (pw_str_equal(word, PW_STR("DECIMAL"))) {
        parse_decimal(c, out);
    } else if (pw_str_equal(word, PW_STR("ARRAY"))) {
        out->kind = PW_PATTERN_ARRAY;
        expect(c, "<");
        out->element = parse_type(c, depth + 1);
        expect(c, ">");
    } else if (pw_str_equal(word, PW_STR("MAP"))) {
        out->kind = PW_PATTERN_MAP;
        expect(c, "<");
        out->key = parse_type(c, depth + 1);
        expect(c, ",");
        out->element = parse_type(c, depth + 1);
        expect(c, ">");
    } else if (pw_str_equal(word, PW_STR("STRUCT"))) {
        parse_struct(c, depth, out);
    } else {
        c->is_bad = true;
    }
}

static const pw_type_pattern *parse_type(cursor *c, int depth) {
    pw_type_pattern *out = PW_NEW(c->arena, pw_type_pattern);
    if (depth > NESTING_MAX) {
        c->is_bad = true;
    } else if (take(c, "(")) {
        parse_lambda(c, depth, out);
    } else {
        parse_word_type(c, depth, out);
    }
    return out;
}

/* The type a pattern without variables stands for, or NULL. */
static const pw_type *concrete(pw_arena *arena, const pw_type_pattern *pattern) {
    if (pattern->kind == PW_PATTERN_TYPE) return pattern->type;
    if (pattern->kind == PW_PATTERN_ARRAY) {
        const pw_type *element = concrete(arena, pattern->element);
        return element ? pw_type_array(arena, element) : NULL;
    }
    if (pattern->kind == PW_PATTERN_MAP) {
        const pw_type *key = concrete(arena, pattern->key);
        const pw_type *element = concrete(arena, pattern->element);
        return key && element ? pw_type_map(arena, key, element) : NULL;
    }
    if (pattern->kind == PW_PATTERN_STRUCT) {
        pw_field *fields = PW_NEW_ARRAY(arena, pw_field, pattern->child_count);
        for (uint32_t i = 0; i < pattern->child_count; i++) {
            fields[i] = (pw_field){pattern->names[i], concrete(arena, pattern->children[i])};
            if (!fields[i].type) return NULL;
        }
        return pw_type_struct(arena, fields, pattern->child_count);
    }
    return NULL;
}

static void parse_parameter(cursor *c, pw_parameter *out) {
    out->name = take_word(c);
    skip_space(c);
    const char *start = c->rest.data;
    out->pattern = parse_type(c, 0);
    out->type_text = (pw_str){start, (size_t)(c->rest.data - start)};
    if (c->is_bad) return;
    out->type = concrete(c->arena, out->pattern);
    if (take(c, "...")) {
        out->is_variadic = true;
        out->is_optional_variadic = take(c, "?");
    }
}

pw_str pw_signature_name(const char *signature) {
    pw_str name = {signature, 0};
    while (is_word_byte(name.data[name.length]))
        name.length++;
    return name;
}

bool pw_signature_parse(pw_arena *arena, const pw_function *function, const char *category,
                        pw_signature *out) {
    cursor c = {arena, pw_str_from(function->signature), false};
    pw_parameter *parameters = PW_NEW_ARRAY(arena, pw_parameter, PARAMETERS_MAX);
    uint32_t count = 0, variadic_count = 0;
    pw_str name = take_word(&c);
    expect(&c, "(");
    if (!c.is_bad && !take(&c, ")")) {
        do {
            if (count == PARAMETERS_MAX) return false;
            parse_parameter(&c, &parameters[count]);
            if (parameters[count++].is_variadic) variadic_count++;
        } while (!c.is_bad && take(&c, ","));
        expect(&c, ")");
    }
    expect(&c, "->");
    skip_space(&c);
    pw_str result_text = c.rest;
    if (c.is_bad || variadic_count > 1) return false;
    const pw_type_pattern *result = parse_type(&c, 0);
    if (c.is_bad || c.rest.length != 0) return false;
    *out = (pw_signature){
        .function = function,
        .name = name,
        .category = category,
        .parameters = parameters,
        .parameter_count = count,
        .result_text = result_text,
        .result = result,
    };
    return true;
}
