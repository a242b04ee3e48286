/* One SELECT: its clauses in the order in which names come into being. SPDX-License-Identifier:
 * Apache-2.0 */
#include "session/pull_private.h"

typedef struct select_parts {
    pull_level level;
    const pw_node *node;
    pull_item *items;
    uint32_t item_count;
    pw_str with, from, where, groups, having, order, limit;
} select_parts;

static const pw_node *part(const select_parts *s, pw_select_part index) {
    return pw_child(s->node, index);
}

/* --- what a pull query cannot have ------------------------------------------------------------ */

static pw_status check_clauses(pull *q, const pw_node *node) {
    if (pw_has_flag(node, PW_FLAG_EMIT_CHANGES | PW_FLAG_EMIT_FINAL)) {
        pw_fail(q->err, PW_UNSUPPORTED, node->span, "push queries are not supported yet: EMIT %s",
                pw_has_flag(node, PW_FLAG_EMIT_FINAL) ? "FINAL" : "CHANGES");
        pw_error_hint(q->err, "without EMIT the query answers from the table as it is now");
        return PW_UNSUPPORTED;
    }
    const pw_node *window = pw_child(node, PW_SELECT_WINDOW);
    const pw_node *partition = pw_child(node, PW_SELECT_PARTITION_BY);
    if (!window && !partition) return PW_OK;
    return pw_fail(q->err, PW_INVALID, (window ? window : partition)->span,
                   "Pull queries don't support %s clauses.", window ? "WINDOW" : "PARTITION BY");
}

/* --- names of the SELECT list in other clauses ------------------------------------------------ */

/* GROUP BY 1, ORDER BY points: an item by its place or, where no column is called so, by its name;
 * NULL: the node stands for itself. */
static pw_status find_item(select_parts *s, const pw_node *node, bool names_first,
                           const char *clause, const pull_item **out) {
    *out = NULL;
    if (node->kind == PW_NODE_INTEGER_LITERAL) {
        if (node->number < 1 || node->number > (int64_t)s->item_count) {
            return pw_fail(s->level.q->err, PW_INVALID, node->span,
                           "%s position %lld is not in the SELECT list, which has %u", clause,
                           (long long)node->number, s->item_count);
        }
        *out = &s->items[node->number - 1];
        return PW_OK;
    }
    if (node->kind != PW_NODE_COLUMN || pw_child(node, 0)) return PW_OK;
    if (!names_first && pull_resolve(&s->level, node) >= 0) return PW_OK;
    for (uint32_t i = 0; i < s->item_count; i++) {
        if (pw_str_equal(s->items[i].name, node->text)) *out = &s->items[i];
    }
    return PW_OK;
}

/* --- GROUP BY --------------------------------------------------------------------------------- */

static pw_status add_group(select_parts *s, const pw_node *node, pw_buf *sql) {
    pull *q = s->level.q;
    const pull_item *item;
    PW_TRY(find_item(s, node, false, "GROUP BY", &item));
    const pw_node *expr = item ? item->node : node;
    if (pull_has_aggregate(expr)) {
        return pw_fail(
            q->err, PW_INVALID, node->span,
            "GROUP BY does not support aggregate functions: %.*s is an aggregate function.",
            PW_STR_ARGS(expr->text));
    }
    pull_value value;
    PW_TRY(pull_expr(&s->level, expr, "GROUP BY", &value));
    pw_buf_format(sql, "%s%.*s", sql->length ? ", " : "", PW_STR_ARGS(value.sql));
    pull_substitute_add(&s->level, expr, true, pull_value_add(&s->level, value));
    return PW_OK;
}

static pw_status bind_groups(select_parts *s) {
    const pw_node *groups = part(s, PW_SELECT_GROUP_BY);
    if (!groups) return PW_OK;
    pw_buf sql;
    pw_buf_init(&sql);
    pw_status status = PW_OK;
    for (uint32_t i = 0; i < groups->child_count && status == PW_OK; i++) {
        status = add_group(s, groups->children[i], &sql);
    }
    s->groups = pw_arena_str(&s->level.q->arena, pw_buf_str(&sql));
    pw_buf_deinit(&sql);
    return status;
}

/* With a GROUP BY or an aggregate anywhere, only groups and aggregates are known from here on. */
static pw_status group(select_parts *s) {
    pull_level *level = &s->level;
    const pw_node *order = part(s, PW_SELECT_ORDER_BY), *having = part(s, PW_SELECT_HAVING);
    bool has_any = part(s, PW_SELECT_GROUP_BY) != NULL;
    PW_TRY(bind_groups(s));
    for (uint32_t i = 0; i < s->item_count; i++) {
        PW_TRY(pull_aggregates(level, s->items[i].node, &has_any));
    }
    PW_TRY(pull_aggregates(level, having, &has_any));
    PW_TRY(pull_aggregates(level, order, &has_any));
    if (having && !has_any) {
        return pw_fail(level->q->err, PW_INVALID, having->span,
                       "HAVING requires a GROUP BY clause.");
    }
    if (!has_any) return PW_OK;
    level->is_grouped = true;
    for (uint32_t i = 0; i < s->item_count; i++) {
        PW_TRY(pull_check_grouped(level, s->items[i].node, "SELECT expression(s)"));
    }
    if (!having) return PW_OK;
    PW_TRY(pull_check_grouped(level, having, "HAVING expression(s)"));
    return pull_condition(level, having, "HAVING", &s->having);
}

/* --- ORDER BY, LIMIT -------------------------------------------------------------------------- */

const char *pull_direction(const pw_node *item) {
    static const char *const words[2][3] = {{"", " NULLS FIRST", " NULLS LAST"},
                                            {" DESC", " DESC NULLS FIRST", " DESC NULLS LAST"}};
    int nulls = pw_has_flag(item, PW_FLAG_NULLS_FIRST)  ? 1
                : pw_has_flag(item, PW_FLAG_NULLS_LAST) ? 2
                                                        : 0;
    return words[pw_has_flag(item, PW_FLAG_DESCENDING)][nulls];
}

static pw_status order_value(select_parts *s, const pw_node *node, pull_value *out) {
    const pull_item *item;
    PW_TRY(find_item(s, node, true, "ORDER BY", &item));
    if (item) {
        *out = item->value;
        return PW_OK;
    }
    if (s->level.is_grouped) PW_TRY(pull_check_grouped(&s->level, node, "ORDER BY expression(s)"));
    PW_TRY(pull_expr(&s->level, node, "ORDER BY", out));
    if (!pw_has_flag(s->node, PW_FLAG_DISTINCT)) return PW_OK;
    for (uint32_t i = 0; i < s->item_count; i++) {
        if (pw_str_equal(s->items[i].value.sql, out->sql)) return PW_OK;
    }
    return pw_fail(s->level.q->err, PW_INVALID, node->span,
                   "with DISTINCT, ORDER BY can only name what is in the SELECT list");
}

static pw_status order(select_parts *s) {
    const pw_node *list = part(s, PW_SELECT_ORDER_BY);
    pw_buf sql;
    pw_buf_init(&sql);
    pw_status status = PW_OK;
    for (uint32_t i = 0; list && i < list->child_count && status == PW_OK; i++) {
        const pw_node *item = list->children[i];
        pull_value value;
        pw_str key;
        status = order_value(s, pw_child(item, 0), &value);
        if (status == PW_OK) status = pull_order(s->level.q, &value, &key);
        if (status != PW_OK) break;
        pw_buf_format(&sql, "%s%.*s%s", i ? ", " : " ORDER BY ", PW_STR_ARGS(key),
                      pull_direction(item));
    }
    s->order = pw_arena_str(&s->level.q->arena, pw_buf_str(&sql));
    pw_buf_deinit(&sql);
    return status;
}

static pw_status read_count(pull *q, const pw_node *node, const char *word, pw_str *out) {
    if (node->number < 0) {
        return pw_fail(q->err, PW_INVALID, node->span, "%s must not be negative: %lld", word,
                       (long long)node->number);
    }
    *out = pull_parameter_add(q, &pw_type_bigint, pw_slot_i64(node->number));
    return PW_OK;
}

pw_status pull_limit(pull *q, const pw_node *limit, const pw_node *offset, pw_str *out) {
    pw_str rows = PW_STR("-1"), skipped = PW_STR("0");
    *out = PW_STR_EMPTY;
    if (!limit && !offset) return PW_OK;
    if (limit) PW_TRY(read_count(q, limit, "LIMIT", &rows));
    if (offset) PW_TRY(read_count(q, offset, "OFFSET", &skipped));
    *out = pw_arena_format(&q->arena, " LIMIT %.*s OFFSET %.*s", PW_STR_ARGS(rows),
                           PW_STR_ARGS(skipped));
    return PW_OK;
}

/* --- the text --------------------------------------------------------------------------------- */

static void add_part(pw_buf *sql, const char *word, pw_str text) {
    if (text.length) pw_buf_format(sql, "%s%.*s", word, PW_STR_ARGS(text));
}

static void write_select(select_parts *s, pull_result *out) {
    pull *q = s->level.q;
    pw_buf sql;
    pw_buf_init(&sql);
    add_part(&sql, "", s->with);
    pw_buf_add_literal(&sql, "SELECT ");
    if (pw_has_flag(s->node, PW_FLAG_DISTINCT)) pw_buf_add_literal(&sql, "DISTINCT ");
    *out = (pull_result){.sql = PW_STR_EMPTY};
    for (uint32_t i = 0; i < s->item_count; i++) {
        const pull_item *item = &s->items[i];
        pw_buf_format(&sql, "%s%.*s AS c%u", i ? ", " : "", PW_STR_ARGS(item->value.sql), i);
        pull_column *column = pull_column_add(q, &out->columns);
        *column = (pull_column){.name = item->name, .value = item->value};
    }
    add_part(&sql, " FROM ", s->from);
    add_part(&sql, " WHERE ", s->where);
    add_part(&sql, " GROUP BY ", s->groups);
    add_part(&sql, " HAVING ", s->having);
    add_part(&sql, "", s->order);
    add_part(&sql, "", s->limit);
    out->sql = pw_arena_str(&q->arena, pw_buf_str(&sql));
    pw_buf_deinit(&sql);
}

static pw_status bind_items(select_parts *s) {
    for (uint32_t i = 0; i < s->item_count; i++) {
        PW_TRY(pull_expr(&s->level, s->items[i].node, "SELECT", &s->items[i].value));
    }
    return PW_OK;
}

pw_status pull_select(pull *q, pull_level *outer, const pull_cte *ctes, const pw_node *node,
                      pull_result *out) {
    select_parts *s = PW_NEW(&q->arena, select_parts);
    s->node = node;
    PW_TRY(check_clauses(q, node));
    const pw_node *with = part(s, PW_SELECT_WITH), *from = part(s, PW_SELECT_FROM);
    const pw_node *where = part(s, PW_SELECT_WHERE);
    if (with) PW_TRY(pull_with(q, outer, with, &ctes, &s->with));
    pull_level_init(&s->level, q, outer, ctes);
    if (from) PW_TRY(pull_from(&s->level, from, &s->from));
    PW_TRY(pull_items(&s->level, node, &s->items, &s->item_count));
    if (where) PW_TRY(pull_condition(&s->level, where, "WHERE", &s->where));
    PW_TRY(group(s));
    PW_TRY(bind_items(s));
    PW_TRY(order(s));
    PW_TRY(pull_limit(q, part(s, PW_SELECT_LIMIT), part(s, PW_SELECT_OFFSET), &s->limit));
    write_select(s, out);
    return PW_OK;
}
