/* CREATE ... AS SELECT and INSERT INTO ... SELECT as a topology. (ksqlDB reference, 1.7, 1.8.)
 *
 *   FROM (sources, joins) - WHERE - table functions - GROUP BY - HAVING - SELECT list - sink
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/error.h"
#include "plan/plan_private.h"

/* --- WHERE and HAVING ------------------------------------------------------------------------- */

static pw_status add_filter(plan_builder *b, plan_relation *relation, const pw_node *node,
                            pw_scope *scope, bool is_table) {
    const pw_expr *predicate;
    PW_TRY(pw_expr_bind(b->arena, scope, node, &predicate, b->err));
    if (pw_expr_type(predicate)->kind != PW_TYPE_BOOLEAN) {
        pw_buf type;
        pw_buf_init(&type);
        pw_type_print(pw_expr_type(predicate), &type);
        pw_str text = plan_node_text(b, node);
        pw_fail(b->err, PW_INVALID, node->span,
                "Type error in %s expression: Should evaluate to boolean but is %.*s (%s) instead.",
                scope->clause, PW_STR_ARGS(text), pw_buf_cstr(&type));
        pw_buf_deinit(&type);
        return PW_INVALID;
    }
    return plan_op_filter(b, relation->op, predicate, is_table, &relation->op);
}

/* --- the key of the result -------------------------------------------------------------------- */

typedef struct key_part {
    const pw_node *node; /* GROUP BY or PARTITION BY expression; NULL: a column of the relation */
    uint32_t column;
    int32_t item; /* that projects it, -1: none */
} key_part;

typedef struct key_plan {
    key_part *parts;
    uint32_t count;
    bool is_one_of; /* a join: any one of the parts is the key */
    const char *what;
} key_plan;

static bool item_is_part(plan_builder *b, const plan_relation *relation, const plan_item *item,
                         const key_part *part) {
    if (item->is_as_value) return false;
    if (part->node) return plan_node_equal(b, relation, item->node, part->node);
    return item->node->kind == PW_NODE_COLUMN &&
           pw_expr_column(item->expr) == (int32_t)part->column;
}

static pw_str part_text(plan_builder *b, const plan_relation *relation, const key_part *part) {
    if (part->node) return plan_node_text(b, part->node);
    for (uint32_t i = 0; i < relation->column_count; i++) {
        const pw_scope_column *column = &relation->columns[i];
        if (column->index != part->column) continue;
        if (b->input_count == 1) return column->name;
        return pw_arena_format(b->arena, "%.*s.%.*s", PW_STR_ARGS(column->source),
                               PW_STR_ARGS(column->name));
    }
    PW_UNREACHABLE();
}

/* Of expressions those that are missing are named, of columns all. */
static bool is_named(const key_part *part) {
    return !part->node || part->item < 0;
}

static pw_status fail_missing(plan_builder *b, const plan_relation *relation, const key_plan *keys,
                              pw_str sink) {
    pw_buf names, example;
    pw_buf_init(&names);
    pw_buf_init(&example);
    uint32_t count = 0, at = 0;
    for (uint32_t k = 0; k < keys->count; k++)
        count += is_named(&keys->parts[k]);
    for (uint32_t k = 0; k < keys->count; k++) {
        if (!is_named(&keys->parts[k])) continue;
        pw_str text = part_text(b, relation, &keys->parts[k]);
        uint32_t i = at++;
        if (i) {
            bool is_last = i + 1 == count;
            pw_buf_add_str(&names, !is_last          ? PW_STR(", ")
                                   : keys->is_one_of ? PW_STR(" or ")
                                                     : PW_STR(" and "));
            if (!keys->is_one_of) pw_buf_add_literal(&example, ", ");
        }
        pw_buf_add_str(&names, text);
        if (i == 0 || !keys->is_one_of) pw_buf_add_str(&example, text);
    }
    pw_fail(b->err, PW_INVALID, pw_child(b->select, PW_SELECT_ITEMS)->span,
            "Key missing from projection (ie, SELECT). \n"
            "The query used to build `%.*s` must include the %s%s %s in its projection (eg, SELECT "
            "%s...).",
            PW_STR_ARGS(sink), keys->what, count > 1 ? "s" : "", pw_buf_cstr(&names),
            pw_buf_cstr(&example));
    pw_buf_deinit(&names);
    pw_buf_deinit(&example);
    return PW_INVALID;
}

static pw_status fail_repeated(plan_builder *b, const plan_relation *relation, const key_part *part,
                               const plan_item *again) {
    pw_str first = b->items[part->item].name;
    if (part->node) {
        return pw_fail(b->err, PW_INVALID, again->node->span,
                       "The projection contains a key column more than once: `%.*s` and `%.*s`.",
                       PW_STR_ARGS(first), PW_STR_ARGS(again->name));
    }
    pw_str key = part_text(b, relation, part);
    for (size_t i = 0; i < key.length && b->input_count > 1; i++) {
        if (key.data[i] != '.') continue;
        key = pw_arena_format(b->arena, "%.*s_%.*s", (int)i, key.data, (int)(key.length - i - 1),
                              key.data + i + 1);
        break;
    }
    return pw_fail(
        b->err, PW_INVALID, again->node->span,
        "The projection contains a key column (`%.*s`) more than once, aliased as: %.*s and %.*s.\n"
        "Each key column must only be in the projection once. If you intended to copy the key into "
        "the value, then consider using the `AS_VALUE` function to indicate which key reference "
        "should be copied.",
        PW_STR_ARGS(key), PW_STR_ARGS(first), PW_STR_ARGS(again->name));
}

/* Finds for each part of the key the item that projects it: exactly one. */
static pw_status match_keys(plan_builder *b, const plan_relation *relation, key_plan *keys,
                            pw_str sink) {
    uint32_t found = 0;
    for (uint32_t k = 0; k < keys->count; k++) {
        key_part *part = &keys->parts[k];
        part->item = -1;
        for (uint32_t i = 0; i < b->item_count; i++) {
            if (!item_is_part(b, relation, &b->items[i], part)) continue;
            if (part->item >= 0) return fail_repeated(b, relation, part, &b->items[i]);
            part->item = (int32_t)i;
        }
        found += part->item >= 0;
        if (keys->is_one_of && found == 1 && part->item >= 0) {
            keys->parts[0] = *part;
            keys->count = 1;
            break;
        }
    }
    if (found < (keys->is_one_of ? (keys->count ? 1u : 0u) : keys->count)) {
        return fail_missing(b, relation, keys, sink);
    }
    for (uint32_t k = 0; k < keys->count; k++)
        b->items[keys->parts[k].item].key = (int32_t)k;
    if (keys->count == b->item_count) {
        return pw_fail(b->err, PW_INVALID, pw_child(b->select, PW_SELECT_ITEMS)->span,
                       "The projection contains no value columns.");
    }
    return PW_OK;
}

static pw_status choose_keys(plan_builder *b, const plan_relation *relation, key_plan *out) {
    const pw_node *group_by = pw_child(b->select, PW_SELECT_GROUP_BY);
    const pw_node *partition_by = pw_child(b->select, PW_SELECT_PARTITION_BY);
    const pw_node *list = group_by ? group_by : partition_by;
    memset(out, 0, sizeof *out);
    if (partition_by && relation->is_table) {
        return pw_fail(b->err, PW_INVALID, partition_by->span,
                       "PARTITION BY is not supported on a table: use GROUP BY");
    }
    uint32_t count = list ? list->child_count : relation->key_count;
    out->parts = PW_NEW_ARRAY(b->arena, key_part, count + 1);
    if (list) {
        bool is_null = !group_by && count == 1 && list->children[0]->kind == PW_NODE_NULL_LITERAL;
        out->what = group_by ? "grouping expression" : "partitioning expression";
        if (is_null) return PW_OK; /* PARTITION BY NULL: no key */
        for (uint32_t i = 0; i < count; i++)
            out->parts[out->count++].node = list->children[i];
        return PW_OK;
    }
    out->is_one_of = relation->keys_are_equal;
    out->what = relation->keys_are_equal ? "join expression" : "key column";
    for (uint32_t i = 0; i < count; i++)
        out->parts[out->count++].column = relation->keys[i];
    return PW_OK;
}

/* --- the SELECT list -------------------------------------------------------------------------- */

static pw_status bind_items(plan_builder *b, pw_scope *scope) {
    for (uint32_t i = 0; i < b->item_count; i++) {
        plan_item *item = &b->items[i];
        PW_TRY(pw_expr_bind(b->arena, scope, item->node, &item->expr, b->err));
        if (pw_expr_type(item->expr)->kind == PW_TYPE_NULL) {
            pw_fail(b->err, PW_INVALID, item->node->span,
                    "Can't infer a type of null. Please explicitly cast it to a required type, "
                    "e.g. CAST(null AS "
                    "VARCHAR).");
            return PW_INVALID;
        }
    }
    return PW_OK;
}

/* Either side of ON names the key of a join, but it is the left one's value: a LEFT join has no
 * other when there is no partner. */
static const pw_expr *key_expr(plan_builder *b, const plan_relation *relation, const key_plan *keys,
                               const plan_item *item) {
    if (!keys->is_one_of || relation->key_count < 2) return item->expr;
    uint32_t column = relation->keys[0];
    return pw_expr_make_column(b->arena, column, relation->op->types[column], item->name);
}

/* Result columns: the key in its own order, the window, then the values as selected. */
static pw_status project(plan_builder *b, plan_relation *relation, const key_plan *keys,
                         bool is_windowed) {
    uint32_t count = 0, most = b->item_count + 2;
    const pw_expr **exprs = PW_NEW_ARRAY(b->arena, const pw_expr *, most);
    pw_str *names = PW_NEW_ARRAY(b->arena, pw_str, most);
    pw_column_kind *kinds = PW_NEW_ARRAY(b->arena, pw_column_kind, most);
    for (uint32_t k = 0; k < keys->count; k++) {
        const plan_item *item = &b->items[keys->parts[k].item];
        exprs[count] = key_expr(b, relation, keys, item);
        names[count] = item->name;
        kinds[count++] = PW_COLUMN_KEY;
    }
    for (int bound = 0; is_windowed && bound < 2; bound++) {
        pw_str name = bound ? PW_STR("WINDOWEND") : PW_STR("WINDOWSTART");
        int32_t column = pw_schema_find(&relation->op->schema, name);
        PW_ASSERT(column >= 0);
        exprs[count] = pw_expr_make_column(b->arena, (uint32_t)column, &pw_type_bigint, name);
        names[count] = name;
        kinds[count++] = bound ? PW_COLUMN_WINDOW_END : PW_COLUMN_WINDOW_START;
    }
    for (uint32_t i = 0; i < b->item_count; i++) {
        if (b->items[i].key >= 0) continue;
        exprs[count] = b->items[i].expr;
        names[count] = b->items[i].name;
        kinds[count++] = PW_COLUMN_VALUE;
    }
    return plan_op_project(b, relation->op, exprs, names, kinds, count, &relation->op);
}

/* --- the sink --------------------------------------------------------------------------------- */

/* The sink's own columns: those of the projection without the window bounds. */
static pw_schema sink_schema(plan_builder *b, const pw_schema *schema) {
    pw_column *columns = PW_NEW_ARRAY(b->arena, pw_column, schema->column_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < schema->column_count; i++) {
        pw_column_kind kind = schema->columns[i].kind;
        if (kind == PW_COLUMN_WINDOW_START || kind == PW_COLUMN_WINDOW_END) continue;
        columns[count++] = schema->columns[i];
    }
    return (pw_schema){columns, count};
}

static pw_status describe_sink(plan_builder *b, const pw_node *statement, bool is_table,
                               const pw_plan_window *window, pw_plan_sink *plan) {
    pw_source *sink = &plan->sink;
    const pw_source *left = b->inputs[0].source;
    pw_with with;
    PW_TRY(pw_with_read(b->arena, pw_child(statement, 0), PW_WITH_CREATE_AS, &with, b->err));
    sink->name = pw_arena_str(b->arena, statement->text);
    sink->is_table = is_table;
    sink->topic = with.has_topic ? with.topic
                                 : pw_arena_format(b->arena, "%.*s%.*s",
                                                   PW_STR_ARGS(b->context->defaults->topic_prefix),
                                                   PW_STR_ARGS(sink->name));
    sink->partitions = with.partitions > 0 ? (int32_t)with.partitions : left->partitions;
    sink->replicas = with.replicas > 0 ? (int32_t)with.replicas : left->replicas;
    sink->retention_ms = with.has_retention ? with.retention_ms : -1;
    sink->ttl_ms = -1;
    sink->window_kind = window->kind;
    sink->window_size_ms = window->size_ms;
    pw_status status = pw_with_format(b->context, &with, PW_SIDE_KEY, &sink->schema,
                                      &left->key_format, &sink->key_format, b->err);
    if (status == PW_OK) {
        status = pw_with_format(b->context, &with, PW_SIDE_VALUE, &sink->schema,
                                &left->value_format, &sink->value_format, b->err);
    }
    if (status != PW_OK) {
        if (b->err && b->err->at.end == b->err->at.start) b->err->at = statement->span;
        return status;
    }
    return pw_plan_timestamp(&with, sink, b->err);
}

static pw_status check_insert_target(plan_builder *b, const pw_node *statement,
                                     const pw_schema *result, const pw_source *target) {
    bool is_same = !target->is_table && !target->is_read_only &&
                   result->column_count == target->schema.column_count;
    for (uint32_t i = 0; is_same && i < result->column_count; i++) {
        const pw_column *x = &result->columns[i], *y = &target->schema.columns[i];
        is_same =
            pw_str_equal(x->name, y->name) && pw_type_equal(x->type, y->type) && x->kind == y->kind;
    }
    if (is_same) return PW_OK;
    if (target->is_table) {
        return pw_fail(b->err, PW_INVALID, statement->span,
                       "INSERT INTO can only be used to insert into a stream. %.*s is a table.",
                       PW_STR_ARGS(target->name));
    }
    if (target->is_read_only) {
        return pw_fail(b->err, PW_INVALID, statement->span,
                       "Cannot insert into read-only stream: %.*s", PW_STR_ARGS(target->name));
    }
    pw_buf text;
    pw_buf_init(&text);
    pw_buf_add_literal(&text, "Incompatible schema between results and sink.\nResult schema is ");
    pw_schema_print(result, false, &text);
    pw_buf_add_literal(&text, "\nSink schema is ");
    pw_schema_print(&target->schema, false, &text);
    pw_fail(b->err, PW_INVALID, statement->span, "%s", pw_buf_cstr(&text));
    pw_buf_deinit(&text);
    return PW_INVALID;
}

static pw_status add_sink(plan_builder *b, const pw_node *statement, plan_relation *relation,
                          bool is_table, const pw_plan_window *window) {
    pw_plan_sink *plan = PW_NEW(b->arena, pw_plan_sink);
    plan->sink.schema = sink_schema(b, &relation->op->schema);
    plan->timestamp_index = -1;
    plan->is_windowed = window->kind != PW_WINDOW_NONE;
    if (statement->kind == PW_NODE_INSERT_SELECT) {
        const pw_source *target;
        PW_TRY(pw_catalog_source_get(b->context->catalog, statement->text, statement->span, &target,
                                     b->err));
        PW_TRY(check_insert_target(b, statement, &plan->sink.schema, target));
        plan->sink = *target;
    } else {
        PW_TRY(describe_sink(b, statement, is_table, window, plan));
        plan->has_table = is_table;
    }
    if (plan->sink.timestamp_column.length && plan->sink.timestamp_format.length) {
        pw_fail(b->err, PW_UNSUPPORTED, statement->span,
                "a TIMESTAMP that is text is not supported yet for a result");
        pw_error_hint(
            b->err,
            "PARSE_TIMESTAMP makes a column of type TIMESTAMP of it, which can be named instead");
        return PW_UNSUPPORTED;
    }
    if (plan->sink.timestamp_column.length) {
        plan->timestamp_index = pw_schema_find(&relation->op->schema, plan->sink.timestamp_column);
    }
    plan->key_count = pw_schema_count_kind(&plan->sink.schema, PW_COLUMN_KEY);
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, PW_PLAN_SINK, relation->op, &op));
    op->sink = plan;
    op->is_table = is_table;
    return PW_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static pw_status check_kind(plan_builder *b, const pw_node *statement, bool is_table) {
    bool wants_table = statement->kind == PW_NODE_CREATE_TABLE_AS;
    if (statement->kind == PW_NODE_INSERT_SELECT) {
        if (!is_table) return PW_OK;
        return pw_fail(
            b->err, PW_INVALID, statement->span,
            "Incompatible data sink and query result. Data sink (%.*s) type is STREAM but select "
            "query result is TABLE.",
            PW_STR_ARGS(statement->text));
    }
    if (wants_table == is_table) return PW_OK;
    return pw_fail(
        b->err, PW_INVALID, statement->span,
        "Invalid result type. Your SELECT query produces a %s. Please use CREATE %s AS SELECT "
        "statement instead.",
        is_table ? "TABLE" : "STREAM", is_table ? "TABLE" : "STREAM");
}

static pw_status check_clauses(plan_builder *b) {
    static const struct {
        pw_select_part part;
        const char *text;
    } refused[] = {{PW_SELECT_ORDER_BY, "ORDER BY"},
                   {PW_SELECT_LIMIT, "LIMIT"},
                   {PW_SELECT_OFFSET, "OFFSET"},
                   {PW_SELECT_WITH, "WITH (common table expressions)"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const pw_node *part = pw_child(b->select, refused[i].part);
        if (!part) continue;
        return pw_fail(b->err, PW_UNSUPPORTED, part->span,
                       "%s is not supported in a persistent query: it has no end", refused[i].text);
    }
    if (pw_has_flag(b->select, PW_FLAG_DISTINCT)) {
        return pw_fail(b->err, PW_UNSUPPORTED, b->select->span,
                       "SELECT DISTINCT is not supported in a persistent query: use GROUP BY");
    }
    if (pw_has_flag(b->select, PW_FLAG_EMIT_FINAL)) {
        return pw_fail(b->err, PW_UNSUPPORTED, b->select->span, "EMIT FINAL is not supported yet");
    }
    if (pw_child(b->select, PW_SELECT_WINDOW) && !pw_child(b->select, PW_SELECT_GROUP_BY)) {
        return pw_fail(b->err, PW_INVALID, pw_child(b->select, PW_SELECT_WINDOW)->span,
                       "WINDOW clause requires a GROUP BY clause.");
    }
    return PW_OK;
}

/* Behind an aggregate the window bounds are columns too; nothing else of the sources is. */
static void aggregate_scope(plan_builder *b, const plan_relation *relation, pw_scope *scope) {
    pw_scope_column *columns = PW_NEW_ARRAY(b->arena, pw_scope_column, 2);
    uint32_t count = 0;
    for (uint32_t i = 0; i < relation->op->schema.column_count; i++) {
        const pw_column *column = &relation->op->schema.columns[i];
        if (column->kind != PW_COLUMN_WINDOW_START && column->kind != PW_COLUMN_WINDOW_END)
            continue;
        columns[count++] = (pw_scope_column){.name = column->name,
                                             .type = column->type,
                                             .index = i,
                                             .is_pseudo = true,
                                             .is_time = true};
    }
    scope->columns = columns;
    scope->column_count = count;
}

static pw_status build_aggregate(plan_builder *b, plan_relation *relation, plan_substitutes *done,
                                 pw_scope *scope, pw_plan_window *window) {
    if (relation->is_table) {
        return pw_fail(b->err, PW_UNSUPPORTED, pw_child(b->select, PW_SELECT_GROUP_BY)->span,
                       "GROUP BY over a table is not supported yet");
    }
    for (uint32_t i = 0; i < b->item_count; i++) {
        if (!plan_has_table_function(b->items[i].node)) continue;
        return pw_fail(b->err, PW_INVALID, b->items[i].node->span,
                       "Table functions cannot be used with aggregations.");
    }
    PW_TRY(plan_aggregate(b, relation, done, window));
    for (uint32_t i = 0; i < b->item_count; i++) {
        PW_TRY(plan_check_grouped(b, done, b->items[i].node, "SELECT expression(s)"));
    }
    aggregate_scope(b, relation, scope);
    const pw_node *having = pw_child(b->select, PW_SELECT_HAVING);
    if (!having) return PW_OK;
    PW_TRY(plan_check_grouped(b, done, having, "HAVING expression"));
    pw_scope having_scope = *scope;
    having_scope.clause = "HAVING";
    return add_filter(b, relation, having, &having_scope, true);
}

static pw_status build(plan_builder *b, const pw_node *statement, pw_topology *topology) {
    plan_relation relation, named;
    pw_plan_window window = {.kind = PW_WINDOW_NONE};
    PW_TRY(check_clauses(b));
    PW_TRY(plan_from(b, pw_child(b->select, PW_SELECT_FROM), &relation));
    const pw_node *where = pw_child(b->select, PW_SELECT_WHERE);
    if (where) {
        pw_scope scope = plan_scope(b, &relation, "WHERE");
        PW_TRY(add_filter(b, &relation, where, &scope, relation.is_table));
    }
    PW_TRY(plan_items(b, &relation));
    b->is_aggregate = pw_child(b->select, PW_SELECT_GROUP_BY) != NULL;
    for (uint32_t i = 0; i < b->item_count; i++)
        b->is_aggregate |= plan_has_aggregate(b->items[i].node);
    named = relation; /* in whose names the SELECT list is written */
    plan_substitutes done = {.b = b, .relation = &named};
    pw_scope scope = plan_scope(b, &named, "SELECT");
    scope.substitute = plan_substitute;
    scope.opaque = &done;
    if (b->is_aggregate)
        PW_TRY(build_aggregate(b, &relation, &done, &scope, &window));
    else
        PW_TRY(plan_flatten(b, &relation, &done));
    bool is_table = b->is_aggregate || relation.is_table;
    PW_TRY(check_kind(b, statement, is_table));
    PW_TRY(bind_items(b, &scope));
    key_plan keys;
    PW_TRY(choose_keys(b, &named, &keys));
    PW_TRY(match_keys(b, &named, &keys, statement->text));
    PW_TRY(project(b, &relation, &keys, window.kind != PW_WINDOW_NONE));
    PW_TRY(add_sink(b, statement, &relation, is_table, &window));
    plan_mark_sources(b);
    return plan_assign_stages(b, topology);
}

pw_status pw_plan_query(const pw_plan_context *context, const pw_node *statement, pw_str query_id,
                        pw_topology **out, pw_error *err) {
    plan_builder *b = PW_NEW(context->arena, plan_builder);
    b->context = context;
    b->arena = context->arena;
    b->err = err;
    b->select = pw_child(statement, 1);
    if (b->select->kind != PW_NODE_SELECT) {
        return pw_fail(err, PW_UNSUPPORTED, b->select->span,
                       "%.*s is not supported in a persistent query", PW_STR_ARGS(b->select->text));
    }
    pw_catalog_type_map(context->catalog, &b->custom_types);
    pw_topology *topology = PW_NEW(b->arena, pw_topology);
    pw_status status = build(b, statement, topology);
    pw_hashmap_deinit(&b->custom_types);
    PW_TRY(status);
    topology->op_count = b->op_count;
    topology->ops = PW_NEW_ARRAY(b->arena, pw_plan_op *, b->op_count);
    memcpy(topology->ops, b->ops, b->op_count * sizeof *topology->ops);
    topology->store_count = b->store_count;
    topology->query_id = pw_arena_str(b->arena, query_id);
    pw_buf text;
    pw_buf_init(&text);
    pw_ast_print(statement, &text);
    topology->statement = pw_arena_str(b->arena, pw_buf_str(&text));
    pw_buf_clear(&text);
    pw_topology_print(topology, &text);
    topology->fingerprint = pw_arena_format(
        b->arena, "1-%016llx", (unsigned long long)pw_hash_bytes(text.data, text.length));
    pw_buf_deinit(&text);
    *out = topology;
    return PW_OK;
}

/* --- which sources a query reads -------------------------------------------------------------- */

typedef struct source_names {
    pw_arena *arena;
    pw_str *names;
    uint32_t count;
} source_names;

static bool visit_source(const pw_node *node, void *opaque) {
    source_names *list = opaque;
    if (node->kind == PW_NODE_SOURCE && list->count < PW_PLAN_SOURCES_MAX) {
        list->names[list->count++] = pw_arena_str(list->arena, node->text);
    }
    return true;
}

uint32_t pw_plan_sources(pw_arena *arena, const pw_node *query, pw_str **names) {
    source_names list = {arena, PW_NEW_ARRAY(arena, pw_str, PW_PLAN_SOURCES_MAX), 0};
    pw_ast_walk(query, visit_source, &list);
    *names = list.names;
    return list.count;
}
