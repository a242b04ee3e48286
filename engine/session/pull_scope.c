/* What can be named in a SELECT, and what stands in its expressions for something else: a subquery,
 * an aggregate, a column of a query around. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "session/pull_private.h"

void pull_level_init(pull_level *level, pull *q, pull_level *outer, const pull_cte *ctes) {
    memset(level, 0, sizeof *level);
    level->q = q;
    level->outer = outer;
    level->ctes = ctes;
    level->relations_end = &level->relations;
}

/* Arrays double in the query's arena; what is left behind is small. */
static void *grow(pull *q, void *items, uint32_t count, uint32_t *capacity, size_t item_bytes) {
    if (count < *capacity) return items;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *grown = pw_arena_calloc(&q->arena, *capacity, item_bytes);
    if (count) memcpy(grown, items, count * item_bytes);
    return grown;
}

pull_column *pull_column_add(pull *q, pull_columns *columns) {
    columns->items =
        grow(q, columns->items, columns->count, &columns->capacity, sizeof *columns->items);
    return &columns->items[columns->count++];
}

uint32_t pull_value_add(pull_level *level, pull_value value) {
    level->values =
        grow(level->q, level->values, level->value_count, &level->value_capacity, sizeof value);
    level->values[level->value_count] = value;
    return level->value_count++;
}

pw_status pull_relation_add(pull_level *level, pw_str alias, pw_span at,
                            const pull_columns *columns) {
    pull *q = level->q;
    for (const pull_relation *other = level->relations; other; other = other->next) {
        if (!pw_str_equal(other->alias, alias)) continue;
        pw_fail(q->err, PW_INVALID, at, "%.*s is in FROM twice", PW_STR_ARGS(alias));
        pw_error_hint(q->err, "give one of them another name: %.*s AS name", PW_STR_ARGS(alias));
        return PW_INVALID;
    }
    pull_relation *relation = PW_NEW(&q->arena, pull_relation);
    *relation =
        (pull_relation){.alias = alias, .first = level->name_count, .count = columns->count};
    *level->relations_end = relation;
    level->relations_end = &relation->next;
    level->relation_count++;
    for (uint32_t i = 0; i < columns->count; i++) {
        const pull_column *column = &columns->items[i];
        level->names =
            grow(q, level->names, level->name_count, &level->name_capacity, sizeof *level->names);
        level->names[level->name_count++] =
            (pw_scope_column){.source = alias,
                              .name = column->name,
                              .type = column->value.type,
                              .index = pull_value_add(level, column->value),
                              .is_pseudo = column->is_pseudo,
                              .is_time = column->value.is_time};
    }
    return PW_OK;
}

void pull_substitute_add(pull_level *level, const pw_node *node, bool is_group, uint32_t value) {
    pull_substitute *substitute = PW_NEW(&level->q->arena, pull_substitute);
    *substitute = (pull_substitute){node, is_group, value, level->substitutes};
    level->substitutes = substitute;
}

/* --- names ------------------------------------------------------------------------------------ */

int32_t pull_resolve(const pull_level *level, const pw_node *node) {
    const pw_node *source = pw_child(node, 0);
    for (const pull_merged *merged = level->merged; merged && !source; merged = merged->next) {
        if (pw_str_equal(merged->name, node->text)) return (int32_t)merged->value;
    }
    int32_t found = -1;
    for (uint32_t i = 0; i < level->name_count; i++) {
        const pw_scope_column *column = &level->names[i];
        if (!pw_str_equal(column->name, node->text)) continue;
        if (source && !pw_str_equal(column->source, source->text)) continue;
        if (found >= 0) return -1;
        found = (int32_t)column->index;
    }
    return found;
}

static bool is_named(const pull_level *level, const pw_node *node) {
    if (pull_resolve(level, node) >= 0) return true;
    const pw_node *source = pw_child(node, 0);
    for (uint32_t i = 0; i < level->name_count; i++) {
        if (source && !pw_str_equal(level->names[i].source, source->text)) continue;
        if (pw_str_equal(level->names[i].name, node->text)) return true;
    }
    return false;
}

/* Do both say the same here? Columns are compared by what they mean, not by how they
 * are written. */
bool pull_is_same(const pull_level *level, const pw_node *x, const pw_node *y) {
    if (!x || !y) return x == y;
    if (x->kind != y->kind) return false;
    if (x->kind == PW_NODE_COLUMN) {
        int32_t value = pull_resolve(level, x);
        return value >= 0 && value == pull_resolve(level, y);
    }
    if (x->number != y->number || x->child_count != y->child_count) return false;
    if ((x->flags ^ y->flags) & ~(uint32_t)PW_FLAG_QUOTED) return false;
    if (!pw_str_equal(x->text, y->text)) return false;
    for (uint32_t i = 0; i < x->child_count; i++) {
        if (!pull_is_same(level, x->children[i], y->children[i])) return false;
    }
    return true;
}

static const pull_substitute *find_substitute(const pull_level *level, const pw_node *node) {
    for (const pull_substitute *s = level->substitutes; s; s = s->next) {
        if (s->node == node) return s;
        if (s->is_group && level->is_grouped && pull_is_same(level, s->node, node)) return s;
    }
    return NULL;
}

/* Asked by the binder for every node. */
static bool substitute(void *opaque, const pw_node *node, uint32_t *column, const pw_type **type) {
    const pull_level *level = opaque;
    const pull_substitute *found = find_substitute(level, node);
    int32_t value = found ? (int32_t)found->value : -1;
    if (!found && node->kind == PW_NODE_COLUMN && !pw_child(node, 0)) {
        for (const pull_merged *m = level->merged; m && value < 0; m = m->next) {
            if (pw_str_equal(m->name, node->text)) value = (int32_t)m->value;
        }
    }
    if (value < 0) return false;
    *column = (uint32_t)value;
    *type = level->values[value].type;
    return true;
}

pw_scope pull_scope(pull_level *level, const char *clause) {
    return (pw_scope){.columns = level->names,
                      .column_count = level->name_count,
                      .custom_types = &level->q->custom_types,
                      .substitute = substitute,
                      .opaque = level,
                      .clause = clause};
}

/* --- what is made before binding -------------------------------------------------------------- */

/* A column that is none of this SELECT may be one of a query around it: SQLite knows that query's
 * relations by the same names here. */
static pw_status prepare_column(pull_level *level, const pw_node *node) {
    if (is_named(level, node)) return PW_OK;
    for (pull_level *outer = level->outer; outer; outer = outer->outer) {
        if (!is_named(outer, node)) continue;
        const pull_substitute *group = find_substitute(outer, node);
        if (outer->is_grouped && !group)
            return pull_check_grouped(outer, node, "SELECT expression(s)");
        int32_t value = group ? (int32_t)group->value : pull_resolve(outer, node);
        if (value < 0) break; /* not one thing: the binder's words for it fit */
        pull_substitute_add(level, node, false, pull_value_add(level, outer->values[value]));
        return PW_OK;
    }
    return PW_OK;
}

pw_status pull_prepare(pull_level *level, const pw_node *node) {
    if (!node || find_substitute(level, node)) return PW_OK;
    switch ((int)node->kind) {
    case PW_NODE_COLUMN: return prepare_column(level, node);
    case PW_NODE_SUBQUERY:
    case PW_NODE_EXISTS: return pull_subquery(level, node);
    case PW_NODE_OVER: return pull_over(level, node);
    case PW_NODE_IN:
        if (pw_child(node, 1)->kind != PW_NODE_LIST) return pull_subquery(level, node);
        break;
    case PW_NODE_TYPE:
    case PW_NODE_LAMBDA: return PW_OK;
    default: break;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        PW_TRY(pull_prepare(level, node->children[i]));
    }
    return PW_OK;
}

/* --- GROUP BY --------------------------------------------------------------------------------- */

/* The first column below `node` that is part of no group and no aggregate. */
static const pw_node *find_stray(const pull_level *level, const pw_node *node) {
    if (!node || find_substitute(level, node)) return NULL;
    if (node->kind == PW_NODE_COLUMN) return is_named(level, node) ? node : NULL;
    if (node->kind == PW_NODE_SUBQUERY || node->kind == PW_NODE_EXISTS) return NULL;
    for (uint32_t i = 0; i < node->child_count; i++) {
        const pw_node *child = node->children[i];
        if (child && (child->kind == PW_NODE_SELECT || child->kind == PW_NODE_SET_OPERATION))
            continue;
        const pw_node *stray = find_stray(level, child);
        if (stray) return stray;
    }
    return NULL;
}

pw_status pull_check_grouped(pull_level *level, const pw_node *node, const char *what) {
    PW_ASSERT(level->is_grouped);
    const pw_node *stray = find_stray(level, node);
    if (!stray) return PW_OK;
    pw_buf text;
    pw_buf_init(&text);
    pw_ast_print(node, &text);
    pw_fail(level->q->err, PW_INVALID, stray->span,
            "Non-aggregate %s not part of GROUP BY: %s\n"
            "Either add the column(s) to the GROUP BY or remove them from the %s.",
            what, pw_buf_cstr(&text),
            what[0] == 'H'   ? "HAVING"
            : what[0] == 'O' ? "ORDER BY"
                             : "SELECT");
    pw_buf_deinit(&text);
    return PW_INVALID;
}
