/* The SELECT list: `*` written out, names given. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "plan/plan_private.h"

pw_str plan_node_text(plan_builder *b, const pw_node *node) {
    pw_buf text;
    pw_buf_init(&text);
    bool is_compound = node->kind == PW_NODE_BINARY || node->kind == PW_NODE_COMPARE ||
                       node->kind == PW_NODE_AND || node->kind == PW_NODE_OR;
    if (is_compound) pw_buf_add_char(&text, '(');
    pw_ast_print(node, &text);
    if (is_compound) pw_buf_add_char(&text, ')');
    pw_str kept = pw_arena_str(b->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return kept;
}

typedef struct call_search {
    bool (*is_wanted)(pw_str name);
    bool is_found;
} call_search;

static bool visit_call(const pw_node *node, void *opaque) {
    call_search *search = opaque;
    if (node->kind == PW_NODE_CALL && search->is_wanted(node->text)) search->is_found = true;
    return !search->is_found;
}

bool plan_has_aggregate(const pw_node *node) {
    call_search search = {pw_function_is_aggregate, false};
    if (node) pw_ast_walk(node, visit_call, &search);
    return search.is_found;
}

bool plan_has_table_function(const pw_node *node) {
    call_search search = {pw_function_is_table, false};
    if (node) pw_ast_walk(node, visit_call, &search);
    return search.is_found;
}

static int32_t resolve(const plan_relation *relation, const pw_node *node) {
    const pw_node *source = pw_child(node, 0);
    for (uint32_t i = 0; i < relation->column_count; i++) {
        const pw_scope_column *column = &relation->columns[i];
        if (!pw_str_equal(column->name, node->text)) continue;
        if (!source || pw_str_equal(column->source, source->text)) return (int32_t)column->index;
    }
    return -1;
}

bool plan_node_equal(plan_builder *b, const plan_relation *relation, const pw_node *x,
                     const pw_node *y) {
    if (!x || !y) return x == y;
    if (x->kind != y->kind) return false;
    if (x->kind == PW_NODE_COLUMN) {
        int32_t index = resolve(relation, x);
        return index >= 0 && index == resolve(relation, y);
    }
    if (x->number != y->number || x->child_count != y->child_count) return false;
    if ((x->flags & ~(uint32_t)PW_FLAG_QUOTED) != (y->flags & ~(uint32_t)PW_FLAG_QUOTED))
        return false;
    if (!pw_str_equal(x->text, y->text)) return false;
    for (uint32_t i = 0; i < x->child_count; i++) {
        if (!plan_node_equal(b, relation, x->children[i], y->children[i])) return false;
    }
    return true;
}

/* --- writing `*` out -------------------------------------------------------------------------- */

typedef struct item_list {
    plan_builder *b;
    plan_item *items;
    uint32_t count, capacity;
} item_list;

static plan_item *add_item(item_list *list) {
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 16;
        plan_item *grown = PW_NEW_ARRAY(list->b->arena, plan_item, capacity);
        if (list->count) memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->capacity = capacity;
    }
    plan_item *item = &list->items[list->count++];
    memset(item, 0, sizeof *item);
    item->key = -1;
    return item;
}

static pw_node *column_node(pw_arena *arena, pw_str source, pw_str name, pw_span span) {
    pw_node *qualifier = PW_NEW(arena, pw_node);
    *qualifier = (pw_node){.kind = PW_NODE_IDENTIFIER, .span = span, .text = source};
    pw_node *column = PW_NEW(arena, pw_node);
    *column = (pw_node){.kind = PW_NODE_COLUMN, .span = span, .text = name, .child_count = 1};
    column->children = PW_NEW_ARRAY(arena, pw_node *, 1);
    column->children[0] = qualifier;
    return column;
}

static bool is_key(const plan_relation *relation, const pw_scope_column *column) {
    for (uint32_t k = 0; k < relation->key_count; k++) {
        if (relation->keys[k] == column->index) return true;
    }
    return false;
}

static pw_status add_star(item_list *list, const plan_relation *relation, const pw_node *star) {
    plan_builder *b = list->b;
    const pw_node *only = pw_child(star, 0);
    bool is_join = b->input_count > 1;
    bool is_found = false;
    bool is_rekeyed = pw_child(b->select, PW_SELECT_PARTITION_BY) != NULL;
    uint32_t rounds = is_rekeyed ? 2 : 1; /* PARTITION BY: what was the key comes behind the rest */
    for (uint32_t i = 0; i < relation->column_count * rounds; i++) {
        const pw_scope_column *column = &relation->columns[i % relation->column_count];
        if (only && !pw_str_equal(column->source, only->text)) continue;
        is_found = true;
        if (column->is_pseudo) continue;
        bool is_second = i >= relation->column_count;
        if (is_rekeyed && is_key(relation, column) != is_second) continue;
        plan_item *item = add_item(list);
        item->node = column_node(b->arena, column->source, column->name, star->span);
        item->has_name = true;
        item->name = is_join ? pw_arena_format(b->arena, "%.*s_%.*s", PW_STR_ARGS(column->source),
                                               PW_STR_ARGS(column->name))
                             : column->name;
    }
    if (only && !is_found) {
        return pw_fail(b->err, PW_UNKNOWN, only->span,
                       "'%.*s' is not a valid stream/table name or alias.",
                       PW_STR_ARGS(only->text));
    }
    return PW_OK;
}

static pw_status add_struct_star(item_list *list, const plan_relation *relation,
                                 const pw_node *star) {
    plan_builder *b = list->b;
    pw_scope scope = plan_scope(b, relation, "SELECT");
    const pw_expr *base;
    PW_TRY(pw_expr_bind(b->arena, &scope, pw_child(star, 0), &base, b->err));
    const pw_type *type = pw_expr_type(base);
    if (type->kind != PW_TYPE_STRUCT) {
        return pw_fail(b->err, PW_INVALID, star->span, "'->*' needs a STRUCT on its left");
    }
    for (uint32_t i = 0; i < type->field_count; i++) {
        pw_node *field = PW_NEW(b->arena, pw_node);
        *field = (pw_node){.kind = PW_NODE_DEREFERENCE,
                           .span = star->span,
                           .text = type->fields[i].name,
                           .child_count = 1,
                           .children = star->children};
        plan_item *item = add_item(list);
        item->node = field;
        item->name = type->fields[i].name;
        item->has_name = true;
    }
    return PW_OK;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_taken(const item_list *list, pw_str name) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].has_name && pw_str_equal(list->items[i].name, name)) return true;
    }
    return false;
}

static bool is_clashing(const plan_relation *relation, pw_str name) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < relation->column_count; i++) {
        count += pw_str_equal(relation->columns[i].name, name);
    }
    return count > 1;
}

/* `l.a` is A, or L_A when several sources of a join have an A; `s->f` is F; all else KSQL_COL_n. */
static void name_unaliased(item_list *list, const plan_relation *relation) {
    plan_builder *b = list->b;
    uint32_t generated = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        plan_item *item = &list->items[i];
        if (item->has_name) continue;
        const pw_node *node = item->node;
        if (node->kind == PW_NODE_COLUMN) {
            const pw_node *source = pw_child(node, 0);
            bool is_qualified = source && b->input_count > 1 && is_clashing(relation, node->text);
            item->name = is_qualified
                             ? pw_arena_format(b->arena, "%.*s_%.*s", PW_STR_ARGS(source->text),
                                               PW_STR_ARGS(node->text))
                             : node->text;
        } else if (node->kind == PW_NODE_DEREFERENCE) {
            item->name = node->text;
            for (uint32_t n = 1; is_taken(list, item->name); n++) {
                item->name = pw_arena_format(b->arena, "%.*s_%u", PW_STR_ARGS(node->text), n);
            }
        } else {
            do {
                item->name = pw_arena_format(b->arena, "KSQL_COL_%u", generated++);
            } while (is_taken(list, item->name));
        }
        item->has_name = true;
    }
}

static pw_status check_names(item_list *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        const plan_item *item = &list->items[i];
        if (plan_is_reserved(item->name)) {
            bool is_alias =
                item->node->kind != PW_NODE_COLUMN || !pw_str_equal(item->node->text, item->name);
            if (!is_alias) {
                return pw_fail(
                    list->b->err, PW_INVALID, item->node->span,
                    "Reserved column name in select: `%.*s`. Please remove or alias the column.",
                    PW_STR_ARGS(item->name));
            }
            return pw_fail(
                list->b->err, PW_INVALID, item->node->span,
                "`%.*s` is a reserved column name. You cannot use it as an alias for a column.",
                PW_STR_ARGS(item->name));
        }
        for (uint32_t j = 0; j < i; j++) {
            if (!pw_str_equal(list->items[j].name, item->name)) continue;
            return pw_fail(list->b->err, PW_INVALID, item->node->span,
                           "The projection contains duplicate columns: `%.*s`",
                           PW_STR_ARGS(item->name));
        }
    }
    return PW_OK;
}

pw_status plan_items(plan_builder *b, const plan_relation *relation) {
    item_list list = {.b = b};
    const pw_node *items = pw_child(b->select, PW_SELECT_ITEMS);
    for (uint32_t i = 0; i < items->child_count; i++) {
        const pw_node *node = items->children[i];
        if (node->kind == PW_NODE_SELECT_ALL) {
            PW_TRY(add_star(&list, relation, node));
        } else if (node->kind == PW_NODE_SELECT_STRUCT_ALL) {
            PW_TRY(add_struct_star(&list, relation, node));
        } else {
            plan_item *item = add_item(&list);
            item->node = pw_child(node, 0);
            const pw_node *alias = pw_child(node, 1);
            item->has_name = alias != NULL;
            if (alias) item->name = pw_arena_str(b->arena, alias->text);
        }
    }
    for (uint32_t i = 0; i < list.count; i++) {
        const pw_node *node = list.items[i].node;
        list.items[i].is_as_value =
            node->kind == PW_NODE_CALL && pw_str_equal(node->text, PW_STR("AS_VALUE"));
    }
    name_unaliased(&list, relation);
    b->items = list.items;
    b->item_count = list.count;
    return check_names(&list);
}
