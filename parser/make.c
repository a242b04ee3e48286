/* Makes nodes for the grammar: names folded, strings unescaped, numbers read, depth counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "base/assert.h"
#include "base/limits.h"
#include "parser/parser_private.h"

/* A node and, hidden before it, the depth of its tree: everything behind the parser may recurse
 * over trees because no tree is deeper than PW_EXPR_DEPTH_MAX. */
typedef struct made_node {
    _Alignas(16) uint32_t depth;
    pw_node node;
} made_node;

static made_node *made(pw_node *node) {
    return (made_node *)(void *)((char *)node - offsetof(made_node, node));
}

pw_node *pw_make(pw_parser *parser, pw_node_kind kind, pw_span span, pw_node *const *children,
                 uint32_t child_count) {
    made_node *result = PW_NEW(parser->arena, made_node);
    result->depth = 1;
    result->node.kind = kind;
    result->node.span = span;
    result->node.text = PW_STR_EMPTY;
    result->node.child_count = child_count;
    if (child_count > 0) {
        result->node.children = PW_NEW_ARRAY(parser->arena, pw_node *, child_count);
    }
    for (uint32_t i = 0; i < child_count; i++)
        pw_node_set_child(&result->node, i, children[i]);
    if (result->depth > PW_EXPR_DEPTH_MAX) pw_parser_fail_depth(parser, span);
    return &result->node;
}

/* The children's depths are at hand, so a tree grown wide costs nothing to measure. */
void pw_node_set_child(pw_node *node, uint32_t index, pw_node *child) {
    PW_ASSERT(index < node->child_count);
    node->children[index] = child;
    if (child && made(child)->depth >= made(node)->depth)
        made(node)->depth = made(child)->depth + 1;
}

pw_nodes *pw_nodes_add(pw_parser *parser, pw_nodes *list, pw_node *node) {
    if (list == NULL) list = PW_NEW(parser->arena, pw_nodes);
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
        pw_node **items = PW_NEW_ARRAY(parser->arena, pw_node *, capacity);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = node;
    return list;
}

static pw_str source_text(const pw_parser *parser, pw_span span) {
    return (pw_str){parser->text.data + span.start, span.end - span.start};
}

/* The text between quotes, doubled ones made single; borrowed where nothing is doubled. */
static pw_str unquote(const pw_parser *parser, pw_span token) {
    pw_str inner = source_text(parser, token);
    char quote = inner.data[0];
    inner = (pw_str){inner.data + 1, inner.length - 2};
    if (inner.length == 0 || memchr(inner.data, quote, inner.length) == NULL) return inner;
    char *copy = pw_arena_alloc(parser->arena, inner.length);
    size_t length = 0;
    for (size_t i = 0; i < inner.length; i++) {
        copy[length++] = inner.data[i];
        if (inner.data[i] == quote) i++;
    }
    return (pw_str){copy, length};
}

static bool is_quoted(const pw_parser *parser, pw_span token) {
    char first = parser->text.data[token.start];
    return first == '"' || first == '`' || first == '\'';
}

static pw_str folded(const pw_parser *parser, pw_str text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] >= 'a' && text.data[i] <= 'z') return pw_arena_upper(parser->arena, text);
    }
    return text;
}

pw_node *pw_make_name(pw_parser *parser, pw_span token) {
    pw_node *node = pw_make_topic(parser, token);
    if (!pw_has_flag(node, PW_FLAG_QUOTED)) node->text = folded(parser, node->text);
    return node;
}

pw_node *pw_make_topic(pw_parser *parser, pw_span token) {
    pw_node *node = pw_make(parser, PW_NODE_IDENTIFIER, token, NULL, 0);
    if (is_quoted(parser, token)) {
        node->text = unquote(parser, token);
        node->flags = PW_FLAG_QUOTED;
    } else {
        node->text = source_text(parser, token);
    }
    return node;
}

pw_node *pw_make_string(pw_parser *parser, pw_span token) {
    pw_node *node = pw_make(parser, PW_NODE_STRING_LITERAL, token, NULL, 0);
    node->text = unquote(parser, token);
    return node;
}

/* Reads digits, which reach one further below zero than above; false if they do not fit. */
static bool read_integer(pw_str digits, bool is_negative, int64_t *out) {
    int64_t value = 0;
    for (size_t i = 0; i < digits.length; i++) {
        int digit = digits.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_sub_overflow(value, digit, &value)) return false;
    }
    if (!is_negative && value == INT64_MIN) return false;
    *out = is_negative ? value : -value;
    return true;
}

static void set_number(pw_parser *parser, pw_node *node, bool is_negative) {
    pw_str digits = source_text(parser, node->span);
    node->text = digits;
    if (is_negative) {
        node->text = pw_arena_format(parser->arena, "-%.*s", PW_STR_ARGS(digits));
    }
    if (node->kind != PW_NODE_INTEGER_LITERAL) return;
    if (!read_integer(digits, is_negative, &node->number)) {
        pw_parser_fail(parser, PW_SYNTAX, node->span, "Invalid numeric literal: %.*s",
                       PW_STR_ARGS(node->text));
    }
}

pw_node *pw_make_number(pw_parser *parser, pw_node_kind kind, pw_span token, bool is_negative) {
    pw_node *node = pw_make(parser, kind, token, NULL, 0);
    set_number(parser, node, is_negative);
    return node;
}

pw_node *pw_make_positive(pw_parser *parser, pw_node *number) {
    set_number(parser, number, false);
    return number;
}

pw_node *pw_make_negative(pw_parser *parser, pw_span span, pw_node *number) {
    set_number(parser, number, true);
    number->span = span;
    return number;
}

pw_node *pw_make_type(pw_parser *parser, pw_span span, pw_str name) {
    pw_node *node = pw_make(parser, PW_NODE_TYPE, span, NULL, 0);
    node->text = name;
    if (pw_str_equal(name, PW_STR("INT"))) node->text = PW_STR("INTEGER");
    if (pw_str_equal(name, PW_STR("VARCHAR"))) node->text = PW_STR("STRING");
    return node;
}

pw_node *pw_make_case(pw_parser *parser, pw_span span, pw_node *operand, const pw_nodes *whens,
                      pw_node *otherwise) {
    pw_nodes *parts = pw_nodes_add(parser, NULL, operand);
    pw_nodes_add(parser, parts, otherwise);
    for (uint32_t i = 0; i < whens->count; i++)
        pw_nodes_add(parser, parts, whens->items[i]);
    return pw_make(parser, PW_NODE_CASE, span, parts->items, parts->count);
}

/* Functions have no case, quoted or not. */
pw_node *pw_make_call(pw_node *call, pw_parser *parser, const pw_node *name, uint32_t flags) {
    call->text = folded(parser, name->text);
    call->flags = flags;
    return call;
}
