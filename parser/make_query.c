/* Makes the nodes of queries and statements whose parts the grammar finds in another order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "parser/parser_private.h"

/* Where a query keeps ORDER BY, LIMIT, OFFSET and WITH: four children in this order. */
static uint32_t tail_index(const pw_node *query) {
    return query->kind == PW_NODE_SELECT ? PW_SELECT_ORDER_BY : 2;
}

enum { TAIL_PARTS = 3, WITH_PART = 3 };

static bool has_tail(const pw_node *query) {
    for (uint32_t i = 0; i < TAIL_PARTS; i++) {
        if (pw_child(query, tail_index(query) + i)) return true;
    }
    return false;
}

/* `query` as SELECT * FROM (query): for a LIMIT around a query in parentheses that has its own. */
static pw_node *wrapped(pw_parser *parser, pw_node *query) {
    pw_node *none = NULL;
    pw_node *derived = pw_make(parser, PW_NODE_DERIVED, query->span, (pw_node *[]){query, NULL}, 2);
    pw_node *all = pw_make(parser, PW_NODE_SELECT_ALL, query->span, &none, 1);
    pw_node *parts[PW_SELECT_PART_COUNT] = {NULL};
    parts[PW_SELECT_ITEMS] = pw_make(parser, PW_NODE_LIST, query->span, &all, 1);
    parts[PW_SELECT_FROM] = derived;
    return pw_make(parser, PW_NODE_SELECT, query->span, parts, PW_SELECT_PART_COUNT);
}

/* Gives `body` a WITH clause and a tail (a LIST of ORDER BY, LIMIT, OFFSET); both may be NULL. */
pw_node *pw_make_query(pw_parser *parser, pw_span span, pw_node *with, pw_node *body,
                       pw_node *tail) {
    bool is_taken =
        (tail && has_tail(body)) || (with && pw_child(body, tail_index(body) + WITH_PART));
    if (is_taken) body = wrapped(parser, body);
    uint32_t first = tail_index(body);
    for (uint32_t i = 0; tail && i < TAIL_PARTS; i++) {
        pw_node_set_child(body, first + i, pw_child(tail, i));
    }
    if (with) pw_node_set_child(body, first + WITH_PART, with);
    body->span = span;
    return body;
}

pw_node *pw_make_set_operation(pw_parser *parser, pw_span span, pw_str word, pw_node *left,
                               pw_node *right, uint32_t flags) {
    pw_node *parts[] = {left, right, NULL, NULL, NULL, NULL};
    pw_node *node = pw_make(parser, PW_NODE_SET_OPERATION, span, parts, 6);
    node->text = word;
    node->flags = flags;
    return node;
}

pw_node *pw_make_recursive(pw_node *ctes) {
    for (uint32_t i = 0; i < ctes->child_count; i++)
        ctes->children[i]->flags |= PW_FLAG_RECURSIVE;
    return ctes;
}

pw_node *pw_make_window(pw_span span, pw_node *window, pw_node *name) {
    window->span = span;
    pw_node_set_child(window, 4, name);
    return window;
}

/* `a CROSS JOIN b ON ...`: a cross join has no condition, so CROSS can only be a's alias, which
 * ksqlDB allows. parts: left, right, WITHIN, condition. */
pw_node *pw_make_cross_join(pw_parser *parser, pw_span span, pw_span cross, pw_node *const *parts) {
    pw_node *last = parts[0];
    while (last->kind == PW_NODE_JOIN)
        last = last->children[1];
    uint32_t alias = last->kind == PW_NODE_DERIVED ? 1 : 0;
    if (pw_child(last, alias)) {
        pw_parser_fail(parser, PW_SYNTAX, cross, "CROSS JOIN takes no ON condition");
    } else {
        pw_node_set_child(last, alias, pw_make_name(parser, cross));
    }
    pw_node *join[] = {parts[0], parts[1], parts[2], parts[3], NULL};
    pw_node *node = pw_make(parser, PW_NODE_JOIN, span, join, 5);
    node->number = PW_JOIN_INNER;
    return node;
}

static pw_node *named_by_head(pw_node *node, const pw_node *head) {
    node->text = head->text;
    node->flags = head->flags & ~(uint32_t)(PW_FLAG_QUOTED | PW_FLAG_TABLE);
    return node;
}

/* head: the name with the flags of the statement; TABLE decides which kind it is. */
pw_node *pw_make_source(pw_parser *parser, pw_span span, const pw_node *head, pw_node *elements,
                        pw_node *properties) {
    bool is_table = pw_has_flag(head, PW_FLAG_TABLE);
    pw_node_kind kind = is_table ? PW_NODE_CREATE_TABLE : PW_NODE_CREATE_STREAM;
    pw_node *parts[] = {elements, properties};
    return named_by_head(pw_make(parser, kind, span, parts, 2), head);
}

pw_node *pw_make_source_as(pw_parser *parser, pw_span span, const pw_node *head,
                           pw_node *properties, pw_node *query) {
    bool is_table = pw_has_flag(head, PW_FLAG_TABLE);
    pw_node_kind kind = is_table ? PW_NODE_CREATE_TABLE_AS : PW_NODE_CREATE_STREAM_AS;
    pw_node *parts[] = {properties, pw_require_from(parser, query)};
    return named_by_head(pw_make(parser, kind, span, parts, 2), head);
}

pw_node *pw_make_describe(pw_parser *parser, pw_span span, const pw_node *name) {
    bool is_all = !pw_has_flag(name, PW_FLAG_QUOTED) && pw_str_equal(name->text, PW_STR("TABLES"));
    pw_node_kind kind = is_all ? PW_NODE_DESCRIBE_TABLES : PW_NODE_DESCRIBE;
    pw_node *node = pw_make(parser, kind, span, NULL, 0);
    if (!is_all) node->text = name->text;
    return node;
}

/* A query on tables may do without FROM (SELECT 1), one that fills a stream or table may not. */
pw_node *pw_require_from(pw_parser *parser, pw_node *query) {
    if (query->kind == PW_NODE_SELECT && pw_child(query, PW_SELECT_FROM) == NULL) {
        const int expected[] = {',', PW_TOKEN_FROM};
        pw_parser_fail_token(parser, expected, 2);
    }
    return query;
}

void pw_parser_add_statement(pw_parser *parser, pw_node *statement) {
    pw_nodes_add(parser, &parser->statements, statement);
}
