/* The SELECT list: `*` written out, names given as ksqlDB gives them. SPDX-License-Identifier:
 * Apache-2.0 */
#include "session/pull_private.h"

typedef struct item_list {
    pull_level *level;
    pull_item *items;
    uint32_t count, capacity;
} item_list;

static pull_item *add_item(item_list *list, pw_span span) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        pull_item *grown = PW_NEW_ARRAY(&list->level->q->arena, pull_item, list->capacity);
        if (list->count) memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
    }
    pull_item *item = &list->items[list->count++];
    *item = (pull_item){.span = span, .name = PW_STR_EMPTY};
    return item;
}

/* --- `*` -------------------------------------------------------------------------------------- */

/* source: empty for a column that is not of one relation. */
static pw_node *column_node(pw_arena *arena, pw_str source, pw_str name, pw_span span) {
    pw_node *column = PW_NEW(arena, pw_node);
    *column = (pw_node){.kind = PW_NODE_COLUMN, .span = span, .text = name};
    if (source.length == 0) return column;
    pw_node *qualifier = PW_NEW(arena, pw_node);
    *qualifier = (pw_node){.kind = PW_NODE_IDENTIFIER, .span = span, .text = source};
    column->child_count = 1;
    column->children = PW_NEW_ARRAY(arena, pw_node *, 1);
    column->children[0] = qualifier;
    return column;
}

static bool is_taken(const item_list *list, pw_str name) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].has_name && pw_str_equal(list->items[i].name, name)) return true;
    }
    return false;
}

/* What USING made one stands before all else. */
static void add_merged(item_list *list, const pull_merged *merged, pw_span span) {
    if (!merged) return;
    add_merged(list, merged->next, span);
    if (is_taken(list, merged->name)) return; /* a second USING of the same column */
    pull_item *item = add_item(list, span);
    item->name = merged->name;
    item->has_name = true;
    item->node = column_node(&list->level->q->arena, PW_STR_EMPTY, merged->name, span);
}

static bool is_merged(const pull_level *level, uint32_t name) {
    for (const pull_merged *m = level->merged; m; m = m->next) {
        if (m->left_name == name || m->right_name == name) return true;
    }
    return false;
}

static pw_status add_star(item_list *list, const pw_node *star) {
    pull_level *level = list->level;
    pull *q = level->q;
    const pw_node *only = pw_child(star, 0);
    bool is_found = false;
    if (level->relation_count == 0) {
        return pw_fail(q->err, PW_INVALID, star->span, "* needs a FROM clause");
    }
    if (!only) add_merged(list, level->merged, star->span);
    for (const pull_relation *relation = level->relations; relation; relation = relation->next) {
        if (only && !pw_str_equal(relation->alias, only->text)) continue;
        is_found = true;
        for (uint32_t i = relation->first; i < relation->first + relation->count; i++) {
            const pw_scope_column *column = &level->names[i];
            if (column->is_pseudo || (!only && is_merged(level, i))) continue;
            pull_item *item = add_item(list, star->span);
            item->node = column_node(&q->arena, column->source, column->name, star->span);
            item->has_name = true;
            item->name = level->relation_count > 1
                             ? pw_arena_format(&q->arena, "%.*s_%.*s", PW_STR_ARGS(column->source),
                                               PW_STR_ARGS(column->name))
                             : column->name;
        }
    }
    if (is_found) return PW_OK;
    return pw_fail(q->err, PW_UNKNOWN, only->span,
                   "'%.*s' is not a valid stream/table name or alias.", PW_STR_ARGS(only->text));
}

static pw_status add_struct_star(item_list *list, const pw_node *star) {
    pull *q = list->level->q;
    const pw_expr *base;
    PW_TRY(pull_bind(list->level, pw_child(star, 0), "SELECT", &base));
    const pw_type *type = pw_expr_type(base);
    if (type->kind != PW_TYPE_STRUCT) {
        return pw_fail(q->err, PW_INVALID, star->span, "'->*' needs a STRUCT on its left");
    }
    for (uint32_t i = 0; i < type->field_count; i++) {
        pw_node *field = PW_NEW(&q->arena, pw_node);
        *field = (pw_node){.kind = PW_NODE_DEREFERENCE,
                           .span = star->span,
                           .text = type->fields[i].name,
                           .child_count = 1,
                           .children = star->children};
        pull_item *item = add_item(list, star->span);
        item->node = field;
        item->name = type->fields[i].name;
        item->has_name = true;
    }
    return PW_OK;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_clashing(const pull_level *level, pw_str name) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < level->name_count; i++) {
        count += pw_str_equal(level->names[i].name, name);
    }
    return count > 1;
}

static pw_str column_name(item_list *list, const pw_node *node) {
    const pw_node *source = pw_child(node, 0);
    if (!source || list->level->relation_count < 2 || !is_clashing(list->level, node->text)) {
        return node->text;
    }
    return pw_arena_format(&list->level->q->arena, "%.*s_%.*s", PW_STR_ARGS(source->text),
                           PW_STR_ARGS(node->text));
}

/* `l.a` is A, or L_A when several relations have an A; `s->f` is F; all else KSQL_COL_n. */
static void name_unaliased(item_list *list) {
    pw_arena *arena = &list->level->q->arena;
    uint32_t generated = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        pull_item *item = &list->items[i];
        if (item->has_name) continue;
        const pw_node *node = item->node;
        if (node->kind == PW_NODE_COLUMN) {
            item->name = column_name(list, node);
        } else if (node->kind == PW_NODE_DEREFERENCE) {
            item->name = node->text;
            for (uint32_t n = 1; is_taken(list, item->name); n++) {
                item->name = pw_arena_format(arena, "%.*s_%u", PW_STR_ARGS(node->text), n);
            }
        } else {
            do {
                item->name = pw_arena_format(arena, "KSQL_COL_%u", generated++);
            } while (is_taken(list, item->name));
        }
        item->has_name = true;
    }
}

static pw_status check_names(item_list *list) {
    pull *q = list->level->q;
    pw_hashmap names;
    pw_hashmap_init(&names);
    pw_status status = PW_OK;
    for (uint32_t i = 0; i < list->count && status == PW_OK; i++) {
        if (!pw_hashmap_put(&names, list->items[i].name, &list->items[i])) continue;
        status = pw_fail(q->err, PW_INVALID, list->items[i].span,
                         "The projection contains duplicate columns: `%.*s`",
                         PW_STR_ARGS(list->items[i].name));
        pw_error_hint(q->err, "give one of them a name of its own: AS name");
    }
    pw_hashmap_deinit(&names);
    return status;
}

pw_status pull_items(pull_level *level, const pw_node *select, pull_item **items, uint32_t *count) {
    item_list list = {.level = level};
    const pw_node *nodes = pw_child(select, PW_SELECT_ITEMS);
    for (uint32_t i = 0; i < nodes->child_count; i++) {
        const pw_node *node = nodes->children[i];
        if (node->kind == PW_NODE_SELECT_ALL) {
            PW_TRY(add_star(&list, node));
        } else if (node->kind == PW_NODE_SELECT_STRUCT_ALL) {
            PW_TRY(add_struct_star(&list, node));
        } else {
            const pw_node *alias = pw_child(node, 1);
            pull_item *item = add_item(&list, node->span);
            item->node = pw_child(node, 0);
            item->has_name = alias != NULL;
            if (alias) item->name = pw_arena_str(&level->q->arena, alias->text);
        }
    }
    name_unaliased(&list);
    PW_TRY(check_names(&list));
    *items = list.items;
    *count = list.count;
    return PW_OK;
}
