/* The tree of a statement: uniform nodes, so that printing, comparing and walking are written once.
 * Every node has the span of the text it came from. Nodes live in the arena given to pw_parse.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_AST_H
#define PW_PARSER_AST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "parser/ast_list.h"

typedef enum {
#define PW_NODE_ENUM(name, text) PW_NODE_##name,
    PW_NODE_MAP(PW_NODE_ENUM)
#undef PW_NODE_ENUM
        PW_NODE_KIND_COUNT
} pw_node_kind;

typedef enum {
#define PW_OPERATOR_ENUM(name, text) PW_OPERATOR_##name,
    PW_OPERATOR_MAP(PW_OPERATOR_ENUM)
#undef PW_OPERATOR_ENUM
        PW_OPERATOR_COUNT
} pw_operator;

enum {
#define PW_FLAG_BIT(name) PW_FLAG_BIT_##name,
    PW_FLAG_MAP(PW_FLAG_BIT)
#undef PW_FLAG_BIT
};
enum {
#define PW_FLAG_ENUM(name) PW_FLAG_##name = 1 << PW_FLAG_BIT_##name,
    PW_FLAG_MAP(PW_FLAG_ENUM)
#undef PW_FLAG_ENUM
};

typedef enum {
    PW_JOIN_INNER,
    PW_JOIN_LEFT,
    PW_JOIN_RIGHT,
    PW_JOIN_FULL,
    PW_JOIN_CROSS
} pw_join_kind;

/* Children of a SELECT. */
typedef enum {
    PW_SELECT_ITEMS,
    PW_SELECT_FROM,
    PW_SELECT_WINDOW,
    PW_SELECT_WHERE,
    PW_SELECT_GROUP_BY,
    PW_SELECT_PARTITION_BY,
    PW_SELECT_HAVING,
    PW_SELECT_ORDER_BY,
    PW_SELECT_LIMIT,
    PW_SELECT_OFFSET,
    PW_SELECT_WITH,
    PW_SELECT_PART_COUNT
} pw_select_part;

typedef struct pw_node pw_node;
struct pw_node {
    pw_node_kind kind;
    uint32_t flags;
    pw_span span;
    pw_str text;
    int64_t number;
    uint32_t child_count;
    pw_node **children; /* entries may be NULL where ast_list.h says "?" */
};

/* The i-th child, NULL when there are fewer. */
static inline pw_node *pw_child(const pw_node *node, uint32_t i) {
    return i < node->child_count ? node->children[i] : NULL;
}

static inline bool pw_has_flag(const pw_node *node, uint32_t flag) {
    return (node->flags & flag) != 0;
}

const char *pw_node_kind_name(pw_node_kind kind);
const char *pw_operator_text(pw_operator op);

/* Same tree? Spans do not count, nor does how a name was quoted (flag QUOTED). */
bool pw_ast_equal(const pw_node *a, const pw_node *b);

/* Deep copy. */
pw_node *pw_ast_copy(pw_arena *arena, const pw_node *node);

/* SQL text of any node, on one line, keywords in upper case, names quoted with ` only where they
 * must be: parsing it gives an equal tree. A statement is printed without its semicolon. */
void pw_ast_print(const pw_node *node, pw_buf *out);

/* The same, laid out for reading over several lines (`pitwall fmt`, SHOW, the catalog). */
void pw_ast_format(const pw_node *node, pw_buf *out);

/* A name as SQL must write it so that it is read back as `name`. */
void pw_ast_print_name(pw_str name, pw_buf *out);

/* Calls `visit` for node and all below, parents first; stops going down where it returns false. */
void pw_ast_walk(const pw_node *node, bool (*visit)(const pw_node *node, void *opaque),
                 void *opaque);

#endif
