/* Trees: names of kinds, equality, copy, walk. Recursion is bounded: the parser makes no tree
 * deeper than PW_EXPR_DEPTH_MAX. SPDX-License-Identifier: Apache-2.0 */
#include "parser/ast.h"

#include "base/assert.h"

const char *pw_node_kind_name(pw_node_kind kind) {
    static const char *const names[] = {
#define PW_NODE_NAME(name, text) #name,
        PW_NODE_MAP(PW_NODE_NAME)
#undef PW_NODE_NAME
    };
    PW_ASSERT(kind < PW_NODE_KIND_COUNT);
    return names[kind];
}

const char *pw_operator_text(pw_operator op) {
    static const char *const texts[] = {
#define PW_OPERATOR_TEXT(name, text) text,
        PW_OPERATOR_MAP(PW_OPERATOR_TEXT)
#undef PW_OPERATOR_TEXT
    };
    PW_ASSERT(op < PW_OPERATOR_COUNT);
    return texts[op];
}

bool pw_ast_equal(const pw_node *a, const pw_node *b) {
    if (a == b) return true;
    if (a == NULL || b == NULL || a->kind != b->kind) return false;
    if (((a->flags ^ b->flags) & ~(uint32_t)PW_FLAG_QUOTED) != 0) return false;
    if (a->number != b->number || !pw_str_equal(a->text, b->text)) return false;
    uint32_t count = a->child_count > b->child_count ? a->child_count : b->child_count;
    for (uint32_t i = 0; i < count; i++) {
        if (!pw_ast_equal(pw_child(a, i), pw_child(b, i))) return false;
    }
    return true;
}

pw_node *pw_ast_copy(pw_arena *arena, const pw_node *node) {
    if (node == NULL) return NULL;
    pw_node *copy = PW_NEW(arena, pw_node);
    *copy = *node;
    copy->text = pw_arena_str(arena, node->text);
    if (node->child_count > 0) copy->children = PW_NEW_ARRAY(arena, pw_node *, node->child_count);
    for (uint32_t i = 0; i < node->child_count; i++) {
        copy->children[i] = pw_ast_copy(arena, node->children[i]);
    }
    return copy;
}

void pw_ast_walk(const pw_node *node, bool (*visit)(const pw_node *node, void *opaque),
                 void *opaque) {
    if (node == NULL || !visit(node, opaque)) return;
    for (uint32_t i = 0; i < node->child_count; i++)
        pw_ast_walk(node->children[i], visit, opaque);
}
