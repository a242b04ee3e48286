/* FROM: tables, named queries, queries in parentheses, and joins of them. SPDX-License-Identifier:
 * Apache-2.0 */
#include "base/error.h"
#include "session/pull_private.h"

static pw_str new_name(pull *q, char letter) {
    return pw_arena_format(&q->arena, "%c%u", letter, ++q->name_count);
}

/* The columns of a query as those of a relation that SQLite calls `sql_alias`. */
static pull_columns columns_of(pull *q, const pull_columns *from, pw_str sql_alias) {
    pull_columns columns = {0};
    for (uint32_t i = 0; i < from->count; i++) {
        pull_column *column = pull_column_add(q, &columns);
        *column = from->items[i];
        column->is_pseudo = false;
        column->value.raw = PW_STR_EMPTY;
        column->value.may_be_gap = false;
        column->value.sql = pw_arena_format(&q->arena, "%.*s.c%u", PW_STR_ARGS(sql_alias), i);
    }
    return columns;
}

static const pull_cte *find_cte(const pull_cte *ctes, pw_str name) {
    while (ctes && !pw_str_equal(ctes->name, name))
        ctes = ctes->next;
    return ctes;
}

static pw_status from_source(pull_level *level, const pw_node *node, pw_str *sql) {
    pull *q = level->q;
    pw_str sql_alias = new_name(q, 't');
    const pw_node *alias = pw_child(node, 0);
    const pull_cte *cte = find_cte(level->ctes, node->text);
    pull_columns columns = {0};
    if (cte) {
        columns = columns_of(q, &cte->columns, sql_alias);
        *sql = pw_arena_format(&q->arena, "%.*s AS %.*s", PW_STR_ARGS(cte->sql_name),
                               PW_STR_ARGS(sql_alias));
    } else {
        PW_TRY(pull_table(q, node, sql_alias, &columns, sql));
    }
    pw_str name = pw_arena_str(&q->arena, alias ? alias->text : node->text);
    return pull_relation_add(level, name, node->span, &columns);
}

/* A query in FROM does not see the relations beside it, but those of the queries around. */
static pw_status from_derived(pull_level *level, const pw_node *node, pw_str *sql) {
    pull *q = level->q;
    pull_result result;
    PW_TRY(pull_query(q, level->outer, level->ctes, pw_child(node, 0), &result));
    pw_str sql_alias = new_name(q, 't');
    const pw_node *alias = pw_child(node, 1);
    pull_columns columns = columns_of(q, &result.columns, sql_alias);
    *sql = pw_arena_format(&q->arena, "(%.*s) AS %.*s", PW_STR_ARGS(result.sql),
                           PW_STR_ARGS(sql_alias));
    pw_str name = alias ? pw_arena_str(&q->arena, alias->text)
                        : pw_arena_format(&q->arena, "QUERY_%u", level->relation_count + 1);
    return pull_relation_add(level, name, node->span, &columns);
}

/* --- joins ------------------------------------------------------------------------------------ */

static const char *join_words(const pw_node *node) {
    switch ((pw_join_kind)node->number) {
    case PW_JOIN_INNER: return "JOIN";
    case PW_JOIN_LEFT: return "LEFT JOIN";
    case PW_JOIN_RIGHT: return "RIGHT JOIN";
    case PW_JOIN_FULL: return "FULL JOIN";
    case PW_JOIN_CROSS: break;
    }
    return "CROSS JOIN";
}

static pw_status fail_using(pull_level *level, const pw_node *name, const char *side,
                            uint32_t first, uint32_t end) {
    pull *q = level->q;
    pw_str *names = PW_NEW_ARRAY(&q->arena, pw_str, end + 1);
    size_t count = 0;
    for (uint32_t i = first; i < end; i++)
        names[count++] = level->names[i].name;
    pw_fail(q->err, PW_UNKNOWN, name->span,
            "USING column '%.*s' is not one column on the %s of the join", PW_STR_ARGS(name->text),
            side);
    pw_str nearest = pw_nearest(name->text, names, count);
    if (nearest.length && !pw_str_equal(nearest, name->text)) {
        pw_error_hint(q->err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    }
    return PW_UNKNOWN;
}

static bool is_merged_right(const pull_level *level, uint32_t name) {
    for (const pull_merged *m = level->merged; m; m = m->next) {
        if (m->right_name == name) return true;
    }
    return false;
}

static pw_status find_using(pull_level *level, const pw_node *name, const char *side,
                            uint32_t first, uint32_t end, uint32_t *out) {
    uint32_t found = 0;
    for (uint32_t i = first; i < end; i++) {
        if (!pw_str_equal(level->names[i].name, name->text) || is_merged_right(level, i)) continue;
        *out = i;
        found++;
    }
    return found == 1 ? PW_OK : fail_using(level, name, side, first, end);
}

/* The left side of a second USING (c) is the column that the first one made. */
static const pull_value *left_value(const pull_level *level, pw_str name, uint32_t left) {
    for (const pull_merged *m = level->merged; m; m = m->next) {
        if (pw_str_equal(m->name, name)) return &level->values[m->value];
    }
    return &level->values[level->names[left].index];
}

static pw_status join_column(pull_level *level, const pw_node *join, const pw_node *name,
                             uint32_t first, uint32_t middle, pw_buf *on) {
    pull *q = level->q;
    uint32_t left, right;
    PW_TRY(find_using(level, name, "left side", first, middle, &left));
    PW_TRY(find_using(level, name, "right side", middle, level->name_count, &right));
    pull_value a = *left_value(level, name->text, left);
    pull_value b = level->values[level->names[right].index];
    bool is_whole = pw_type_is_number(a.type) && pw_type_is_number(b.type) &&
                    a.type->kind <= PW_TYPE_BIGINT && b.type->kind <= PW_TYPE_BIGINT;
    if (!(is_whole || pw_type_equal(a.type, b.type)) || !pull_is_plain_equality(a.type)) {
        pw_fail(
            q->err, PW_UNSUPPORTED, name->span,
            "USING (%.*s) needs the same type on both sides, one that is no DOUBLE and not nested",
            PW_STR_ARGS(name->text));
        pw_error_hint(q->err, "write the condition behind ON");
        return PW_UNSUPPORTED;
    }
    pw_buf_format(on, "%s%.*s = %.*s", on->length ? " AND " : "", PW_STR_ARGS(a.sql),
                  PW_STR_ARGS(b.sql));
    pull_merged *merged = PW_NEW(&q->arena, pull_merged);
    *merged = (pull_merged){.name = pw_arena_str(&q->arena, name->text),
                            .left_name = left,
                            .right_name = right,
                            .next = level->merged};
    pull_value both = a;
    if (join->number == PW_JOIN_RIGHT || join->number == PW_JOIN_FULL) {
        both = (pull_value){.type = a.type->kind == PW_TYPE_BIGINT ? a.type : b.type,
                            .is_key = a.is_key};
        both.sql = pw_arena_format(&q->arena, "COALESCE(%.*s, %.*s)", PW_STR_ARGS(a.sql),
                                   PW_STR_ARGS(b.sql));
        both.raw = PW_STR_EMPTY;
    }
    merged->value = pull_value_add(level, both);
    level->merged = merged;
    return PW_OK;
}

static pw_status join_condition(pull_level *level, const pw_node *join, uint32_t first,
                                uint32_t middle, pw_buf *on) {
    const pw_node *condition = pw_child(join, 3), *using_list = pw_child(join, 4);
    if (condition) {
        pw_str sql;
        PW_TRY(pull_condition(level, condition, "JOIN", &sql));
        pw_buf_add_str(on, sql);
    }
    for (uint32_t i = 0; using_list && i < using_list->child_count; i++) {
        PW_TRY(join_column(level, join, using_list->children[i], first, middle, on));
    }
    return PW_OK;
}

static pw_status from_join(pull_level *level, const pw_node *node, pw_str *sql) {
    pull *q = level->q;
    if (pw_child(node, 2)) {
        return pw_fail(q->err, PW_INVALID, pw_child(node, 2)->span,
                       "WITHIN is for joins of streams: a pull query joins tables as they are now");
    }
    pw_str left, right;
    uint32_t first = level->name_count;
    PW_TRY(pull_from(level, pw_child(node, 0), &left));
    uint32_t middle = level->name_count;
    PW_TRY(pull_from(level, pw_child(node, 1), &right));
    pw_buf on;
    pw_buf_init(&on);
    pw_status status = join_condition(level, node, first, middle, &on);
    bool is_nested = pw_child(node, 1)->kind == PW_NODE_JOIN;
    *sql = pw_arena_format(&q->arena, "%.*s %s %s%.*s%s%s%.*s", PW_STR_ARGS(left), join_words(node),
                           is_nested ? "(" : "", PW_STR_ARGS(right), is_nested ? ")" : "",
                           on.length ? " ON " : "", PW_STR_ARGS(pw_buf_str(&on)));
    pw_buf_deinit(&on);
    return status;
}

pw_status pull_from(pull_level *level, const pw_node *relation, pw_str *sql) {
    switch ((int)relation->kind) {
    case PW_NODE_SOURCE: return from_source(level, relation, sql);
    case PW_NODE_DERIVED: return from_derived(level, relation, sql);
    case PW_NODE_JOIN: return from_join(level, relation, sql);
    default: break;
    }
    return pw_fail(level->q->err, PW_UNSUPPORTED, relation->span, "%s is not supported in FROM",
                   pw_node_kind_name(relation->kind));
}
