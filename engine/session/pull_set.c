/* UNION, INTERSECT, EXCEPT, and WITH. SPDX-License-Identifier: Apache-2.0 */
#include "session/pull_private.h"

/* --- one type per column ---------------------------------------------------------------------- */

/* Digits of a number type that is exact; 0: it is not one. */
static int32_t precision_of(const pw_type *type) {
    if (type->kind == PW_TYPE_INTEGER) return 10;
    if (type->kind == PW_TYPE_BIGINT) return 19;
    return type->kind == PW_TYPE_DECIMAL ? type->precision : 0;
}

/* The DECIMAL that holds both: DECIMAL(2, 1) and INTEGER, which is DECIMAL(10, 0), go into
 * DECIMAL(11, 1). */
static const pw_type *common_decimal(pull *q, const pw_type *a, const pw_type *b) {
    int32_t a_digits = precision_of(a) - a->scale, b_digits = precision_of(b) - b->scale;
    int32_t scale = a->scale > b->scale ? a->scale : b->scale;
    int32_t precision = (a_digits > b_digits ? a_digits : b_digits) + scale;
    if (precision > PW_DECIMAL_PRECISION_MAX) precision = PW_DECIMAL_PRECISION_MAX;
    return pw_type_decimal(&q->arena, precision, scale);
}

static pw_status common_type(pull *q, const pull_value *a, const pull_value *b,
                             const pw_type **out) {
    *out = a->type;
    if (pw_type_equal(a->type, b->type)) return PW_OK;
    bool has_decimal = a->type->kind == PW_TYPE_DECIMAL || b->type->kind == PW_TYPE_DECIMAL;
    if (has_decimal && precision_of(a->type) && precision_of(b->type)) {
        *out = common_decimal(q, a->type, b->type);
        return PW_OK;
    }
    pull_value ignored;
    if (b->type->kind != PW_TYPE_NULL && pull_convert(q, a, b->type, &ignored) == PW_OK) {
        *out = b->type;
        return PW_OK;
    }
    return pull_convert(q, b, a->type, &ignored);
}

/* `result` with its columns converted; the text is left alone where there is nothing to do. */
static pw_status convert_columns(pull *q, pull_result *result, const pw_type *const *types) {
    bool is_same = true;
    pw_buf list;
    pw_buf_init(&list);
    pw_status status = PW_OK;
    for (uint32_t i = 0; i < result->columns.count && status == PW_OK; i++) {
        pull_value *value = &result->columns.items[i].value;
        pull_value column = *value, converted;
        column.raw = PW_STR_EMPTY;
        column.sql = pw_arena_format(&q->arena, "c%u", i);
        status = pull_convert(q, &column, types[i], &converted);
        is_same &= pw_type_equal(value->type, types[i]);
        value->type = types[i];
        pw_buf_format(&list, "%s%.*s AS c%u", i ? ", " : "", PW_STR_ARGS(converted.sql), i);
    }
    if (!is_same) {
        result->sql = pw_arena_format(&q->arena, "SELECT %.*s FROM (%.*s)",
                                      PW_STR_ARGS(pw_buf_str(&list)), PW_STR_ARGS(result->sql));
    }
    pw_buf_deinit(&list);
    return status;
}

static pw_status fail_types(pull *q, const pw_node *node, uint32_t column, const pw_type *left,
                            const pw_type *right) {
    pw_buf a, b;
    pw_buf_init(&a);
    pw_buf_init(&b);
    pw_type_print(left, &a);
    pw_type_print(right, &b);
    pw_fail(q->err, PW_INVALID, pw_child(node, 1)->span,
            "column %u of the two sides of %.*s has types that do not go together: %s and %s",
            column + 1, PW_STR_ARGS(node->text), pw_buf_cstr(&a), pw_buf_cstr(&b));
    pw_error_hint(q->err, "CAST one of them to the type of the other");
    pw_buf_deinit(&a);
    pw_buf_deinit(&b);
    return PW_INVALID;
}

static pw_status bring_together(pull *q, const pw_node *node, pull_result *left,
                                pull_result *right) {
    uint32_t count = left->columns.count;
    if (count != right->columns.count) {
        return pw_fail(q->err, PW_INVALID, pw_child(node, 1)->span,
                       "the two sides of %.*s have %u and %u columns", PW_STR_ARGS(node->text),
                       count, right->columns.count);
    }
    const pw_type **types = PW_NEW_ARRAY(&q->arena, const pw_type *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        pull_value a = left->columns.items[i].value, b = right->columns.items[i].value;
        if (common_type(q, &a, &b, &types[i]) != PW_OK)
            return fail_types(q, node, i, a.type, b.type);
    }
    PW_TRY(convert_columns(q, left, types));
    return convert_columns(q, right, types);
}

/* --- ORDER BY of the whole -------------------------------------------------------------------- */

static pw_status find_column(pull *q, const pull_columns *columns, const pw_node *node,
                             uint32_t *out) {
    bool is_place = node->kind == PW_NODE_INTEGER_LITERAL;
    for (uint32_t i = 0; i < columns->count; i++) {
        bool is_name = node->kind == PW_NODE_COLUMN && !pw_child(node, 0) &&
                       pw_str_equal(node->text, columns->items[i].name);
        if (!is_name && !(is_place && node->number == (int64_t)i + 1)) continue;
        *out = i;
        return PW_OK;
    }
    pw_fail(q->err, PW_INVALID, node->span,
            "ORDER BY behind a set operation names a column of the result or its place");
    pw_error_hint(q->err, "for an expression: SELECT ... FROM (the two) AS q ORDER BY ...");
    return PW_INVALID;
}

static pw_status order_columns(pull *q, const pull_columns *columns, const pw_node *list,
                               pw_buf *sql) {
    for (uint32_t i = 0; list && i < list->child_count; i++) {
        const pw_node *item = list->children[i];
        uint32_t index;
        pw_str key;
        PW_TRY(find_column(q, columns, pw_child(item, 0), &index));
        pull_value value = columns->items[index].value;
        value.sql = pw_arena_format(&q->arena, "c%u", index);
        PW_TRY(pull_order(q, &value, &key));
        pw_buf_format(sql, "%s%.*s%s", i ? ", " : " ORDER BY ", PW_STR_ARGS(key),
                      pull_direction(item));
    }
    return PW_OK;
}

/* --- the operation ---------------------------------------------------------------------------- */

static void forget_places(pull_result *result) {
    for (uint32_t i = 0; i < result->columns.count; i++) {
        pull_value *value = &result->columns.items[i].value;
        value->is_time = false;
        value->is_key = false;
    }
}

static pw_status combine(pull *q, const pw_node *node, pull_result *left, pull_result *right,
                         pull_result *out) {
    if (pw_has_flag(node, PW_FLAG_ALL) && !pw_str_equal(node->text, PW_STR("UNION"))) {
        pw_fail(q->err, PW_UNSUPPORTED, node->span, "%.*s ALL is not supported",
                PW_STR_ARGS(node->text));
        pw_error_hint(q->err, "%.*s without ALL gives each row once", PW_STR_ARGS(node->text));
        return PW_UNSUPPORTED;
    }
    PW_TRY(bring_together(q, node, left, right));
    *out = *left;
    forget_places(out);
    out->sql =
        pw_arena_format(&q->arena, "SELECT * FROM (%.*s) %.*s%s SELECT * FROM (%.*s)",
                        PW_STR_ARGS(left->sql), PW_STR_ARGS(node->text),
                        pw_has_flag(node, PW_FLAG_ALL) ? " ALL" : "", PW_STR_ARGS(right->sql));
    return PW_OK;
}

pw_status pull_set(pull *q, pull_level *outer, const pull_cte *ctes, const pw_node *node,
                   pull_result *out) {
    pull_result left, right;
    pw_str with = PW_STR_EMPTY, limit;
    if (pw_child(node, 5)) PW_TRY(pull_with(q, outer, pw_child(node, 5), &ctes, &with));
    PW_TRY(pull_query(q, outer, ctes, pw_child(node, 0), &left));
    PW_TRY(pull_query(q, outer, ctes, pw_child(node, 1), &right));
    PW_TRY(combine(q, node, &left, &right, out));
    PW_TRY(pull_limit(q, pw_child(node, 3), pw_child(node, 4), &limit));
    pw_buf order;
    pw_buf_init(&order);
    pw_status status = order_columns(q, &out->columns, pw_child(node, 2), &order);
    if (order.length || limit.length || with.length) {
        out->sql = pw_arena_format(&q->arena, "%.*sSELECT * FROM (%.*s)%.*s%.*s", PW_STR_ARGS(with),
                                   PW_STR_ARGS(out->sql), PW_STR_ARGS(pw_buf_str(&order)),
                                   PW_STR_ARGS(limit));
    }
    pw_buf_deinit(&order);
    return status;
}

pw_status pull_query(pull *q, pull_level *outer, const pull_cte *ctes, const pw_node *node,
                     pull_result *out) {
    if (q->depth == PULL_DEPTH_MAX) {
        return pw_fail(q->err, PW_LIMIT, node->span, "queries nested more than %d deep",
                       PULL_DEPTH_MAX);
    }
    q->depth++;
    pw_status status = node->kind == PW_NODE_SELECT ? pull_select(q, outer, ctes, node, out)
                                                    : pull_set(q, outer, ctes, node, out);
    q->depth--;
    return status;
}

/* --- WITH ------------------------------------------------------------------------------------- */

static pw_status name_columns(pull *q, const pw_node *node, pull_columns *columns) {
    const pw_node *names = pw_child(node, 0);
    if (!names) return PW_OK;
    if (names->child_count != columns->count) {
        return pw_fail(q->err, PW_INVALID, names->span, "%.*s names %u columns, its query has %u",
                       PW_STR_ARGS(node->text), names->child_count, columns->count);
    }
    for (uint32_t i = 0; i < columns->count; i++) {
        columns->items[i].name = pw_arena_str(&q->arena, names->children[i]->text);
    }
    return PW_OK;
}

static pull_cte *new_cte(pull *q, const pw_node *node, const pull_cte *next) {
    pull_cte *cte = PW_NEW(&q->arena, pull_cte);
    cte->name = pw_arena_str(&q->arena, node->text);
    cte->sql_name = pw_arena_format(&q->arena, "w%u", ++q->name_count);
    cte->next = next;
    return cte;
}

typedef struct name_search {
    pw_str name;
    bool is_found;
} name_search;

static bool visit_source(const pw_node *node, void *opaque) {
    name_search *search = opaque;
    if (node->kind == PW_NODE_SOURCE && pw_str_equal(node->text, search->name))
        search->is_found = true;
    return !search->is_found;
}

static bool reads(const pw_node *query, pw_str name) {
    name_search search = {name, false};
    pw_ast_walk(query, visit_source, &search);
    return search.is_found;
}

/* The first side gives names and types; the second one, which reads the CTE itself, is converted to
 * them. */
static pw_status recursive(pull *q, pull_level *outer, const pw_node *node, pull_cte *cte,
                           pull_result *out) {
    const pw_node *query = pw_child(node, 1);
    bool is_union =
        query->kind == PW_NODE_SET_OPERATION && pw_str_equal(query->text, PW_STR("UNION"));
    if (!is_union || reads(pw_child(query, 0), node->text) || pw_child(query, 2) ||
        pw_child(query, 5)) {
        return pw_fail(q->err, PW_UNSUPPORTED, node->span,
                       "a recursive %.*s must be: first rows UNION [ALL] a SELECT from %.*s",
                       PW_STR_ARGS(node->text), PW_STR_ARGS(node->text));
    }
    pull_result first, next;
    pw_str limit;
    PW_TRY(pull_query(q, outer, cte->next, pw_child(query, 0), &first));
    PW_TRY(name_columns(q, node, &first.columns));
    forget_places(&first);
    cte->columns = first.columns;
    PW_TRY(pull_query(q, outer, cte, pw_child(query, 1), &next));
    if (next.columns.count != first.columns.count) {
        return bring_together(q, query, &first, &next); /* says so */
    }
    const pw_type **types = PW_NEW_ARRAY(&q->arena, const pw_type *, first.columns.count + 1);
    for (uint32_t i = 0; i < first.columns.count; i++) {
        pull_value value = next.columns.items[i].value, ignored;
        types[i] = first.columns.items[i].value.type;
        if (pull_convert(q, &value, types[i], &ignored) == PW_OK) continue;
        return fail_types(q, query, i, types[i], value.type);
    }
    PW_TRY(convert_columns(q, &next, types));
    PW_TRY(pull_limit(q, pw_child(query, 3), pw_child(query, 4), &limit));
    *out = first;
    /* SQLite wants the name of the CTE in FROM of the second side itself, so that is
     * not wrapped. */
    out->sql = pw_arena_format(
        &q->arena, "SELECT * FROM (%.*s) UNION%s %.*s%.*s", PW_STR_ARGS(first.sql),
        pw_has_flag(query, PW_FLAG_ALL) ? " ALL" : "", PW_STR_ARGS(next.sql), PW_STR_ARGS(limit));
    return PW_OK;
}

static pw_status add_cte(pull *q, pull_level *outer, const pw_node *node, const pull_cte **ctes,
                         pw_buf *sql) {
    pull_cte *cte = new_cte(q, node, *ctes);
    pull_result result;
    bool is_recursive =
        pw_has_flag(node, PW_FLAG_RECURSIVE) && reads(pw_child(node, 1), node->text);
    if (is_recursive) {
        PW_TRY(recursive(q, outer, node, cte, &result));
    } else {
        PW_TRY(pull_query(q, outer, *ctes, pw_child(node, 1), &result));
        PW_TRY(name_columns(q, node, &result.columns));
    }
    cte->columns = result.columns;
    pw_buf_format(sql, "%s%.*s(", sql->length ? ", " : "WITH RECURSIVE ",
                  PW_STR_ARGS(cte->sql_name));
    for (uint32_t i = 0; i < result.columns.count; i++)
        pw_buf_format(sql, "%sc%u", i ? ", " : "", i);
    pw_buf_format(sql, ") AS (%.*s)", PW_STR_ARGS(result.sql));
    *ctes = cte;
    return PW_OK;
}

pw_status pull_with(pull *q, pull_level *outer, const pw_node *with, const pull_cte **ctes,
                    pw_str *sql) {
    pw_buf text;
    pw_buf_init(&text);
    pw_status status = PW_OK;
    for (uint32_t i = 0; i < with->child_count && status == PW_OK; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (!pw_str_equal(with->children[i]->text, with->children[j]->text)) continue;
            status = pw_fail(q->err, PW_INVALID, with->children[i]->span, "%.*s is in WITH twice",
                             PW_STR_ARGS(with->children[i]->text));
        }
        if (status == PW_OK) status = add_cte(q, outer, with->children[i], ctes, &text);
    }
    if (status == PW_OK) pw_buf_add_char(&text, ' ');
    *sql = pw_arena_str(&q->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return status;
}
