/* SHOW, DESCRIBE and EXPLAIN. SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "functions/function.h"
#include "session/session_private.h"

typedef void list_fn(script *s, pw_buf *out);

static void list_sources(script *s, bool is_table, pw_buf *out) {
    size_t count;
    const pw_source *const *sources = pw_catalog_sources(s->p->catalog, &count);
    pw_buf_format(out, "%-24s %-24s %-10s %-10s %s\n", is_table ? "Table" : "Stream", "Topic",
                  "Key format", "Value format", "Windowed");
    for (size_t i = 0; i < count; i++) {
        const pw_source *source = sources[i];
        if (source->is_table != is_table) continue;
        pw_buf_format(out, "%-24.*s %-24.*s %-10.*s %-12.*s %s\n", PW_STR_ARGS(source->name),
                      PW_STR_ARGS(source->topic), PW_STR_ARGS(source->key_format.name),
                      PW_STR_ARGS(source->value_format.name),
                      source->window_kind == PW_WINDOW_NONE
                          ? "no"
                          : pw_window_kind_text(source->window_kind));
    }
}

static void list_streams(script *s, pw_buf *out) {
    list_sources(s, false, out);
}

static void list_tables(script *s, pw_buf *out) {
    list_sources(s, true, out);
}

static void list_queries(script *s, pw_buf *out) {
    pw_buf_format(out, "%-28s %-20s %-12s %s\n", "Query", "Writes", "State", "Statement");
    for (session_query *query = s->p->queries; query; query = query->next) {
        if (!query->running) continue;
        pw_query_progress now;
        pw_query_progress_get(query->running, &now);
        pw_buf_format(out, "%-28.*s %-20.*s %-12s %.*s\n", PW_STR_ARGS(now.id),
                      PW_STR_ARGS(now.sink), pw_query_state_text(now.state),
                      PW_STR_ARGS(query->topology->statement));
    }
}

static void list_functions(script *s, pw_buf *out) {
    (void)s;
    size_t count;
    const pw_signature *const *all = pw_function_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (all[i]->function->flags & PW_FN_TEST_ONLY) continue;
        pw_buf_format(out, "%-14s %s\n", all[i]->category, all[i]->function->signature);
    }
}

static void list_types(script *s, pw_buf *out) {
    size_t count;
    const pw_custom_type **types = pw_catalog_types(s->p->catalog, &s->arena, &count);
    for (size_t i = 0; i < count; i++) {
        pw_buf_format(out, "%-24.*s ", PW_STR_ARGS(types[i]->name));
        pw_type_print(types[i]->type, out);
        pw_buf_add_char(out, '\n');
    }
}

static void list_variables(script *s, pw_buf *out) {
    const pw_hashmap *map = &s->p->variables;
    for (size_t i = 0; i < map->entry_count; i++) {
        if (map->entries[i].is_removed) continue;
        pw_buf_format(out, "%-24.*s %s\n", PW_STR_ARGS(map->entries[i].key),
                      (const char *)map->entries[i].value);
    }
}

static void list_properties(script *s, pw_buf *out) {
    size_t count;
    const pw_setting *all = pw_setting_all(&count);
    for (size_t i = 0; i < count; i++) {
        pw_buf_format(out, "%-44.*s ", PW_STR_ARGS(all[i].name));
        pw_setting_print(&s->p->settings, &all[i], out);
        pw_buf_add_char(out, '\n');
    }
}

static void list_topics(script *s, pw_buf *out) {
    pw_topic_info *topics;
    size_t count = 0;
    pw_error err;
    if (session_broker(s->p, &err) != PW_OK ||
        pw_topic_list(s->p->broker, &s->arena, &topics, &count, &err) != PW_OK) {
        pw_buf_format(out, "%s\n", err.message);
        return;
    }
    pw_buf_format(out, "%-32s %-10s %s\n", "Topic", "Partitions", "Replicas");
    for (size_t i = 0; i < count; i++) {
        if (topics[i].is_internal) continue;
        pw_buf_format(out, "%-32.*s %-10d %d\n", PW_STR_ARGS(topics[i].name),
                      topics[i].partition_count, topics[i].replica_count);
    }
}

static const struct {
    const char *what;
    list_fn *list;
} lists[] = {
    {"STREAMS", list_streams},       {"TABLES", list_tables}, {"QUERIES", list_queries},
    {"FUNCTIONS", list_functions},   {"TYPES", list_types},   {"VARIABLES", list_variables},
    {"PROPERTIES", list_properties}, {"TOPICS", list_topics},
};

static pw_status run_show(script *s, action *a, pw_error *err) {
    (void)err;
    pw_buf out;
    pw_buf_init(&out);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (pw_str_equal(a->statement->text, pw_str_from(lists[i].what))) lists[i].list(s, &out);
    }
    script_answer(s, "%s", pw_buf_cstr(&out));
    pw_buf_deinit(&out);
    return PW_OK;
}

pw_status stmt_show(script *s, const pw_node *statement, pw_error *err) {
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (!pw_str_equal(statement->text, pw_str_from(lists[i].what))) continue;
        script_add(s, statement, run_show);
        return PW_OK;
    }
    return pw_fail(err, PW_UNSUPPORTED, statement->span, "SHOW %.*s is not supported yet",
                   PW_STR_ARGS(statement->text));
}

/* --- DESCRIBE --------------------------------------------------------------------------------- */

static pw_status run_describe(script *s, action *a, pw_error *err) {
    const pw_source *source;
    PW_TRY(pw_catalog_source_get(s->p->catalog, a->statement->text, a->span, &source, err));
    pw_buf out;
    pw_buf_init(&out);
    pw_buf_format(&out, "%s %.*s, topic %.*s, %d partitions, key %.*s, value %.*s\n",
                  source->is_table ? "Table" : "Stream", PW_STR_ARGS(source->name),
                  PW_STR_ARGS(source->topic), source->partitions,
                  PW_STR_ARGS(source->key_format.name), PW_STR_ARGS(source->value_format.name));
    for (uint32_t i = 0; i < source->schema.column_count; i++) {
        const pw_column *column = &source->schema.columns[i];
        pw_buf_format(&out, "  %-24.*s ", PW_STR_ARGS(column->name));
        pw_type_print(column->type, &out);
        if (column->kind == PW_COLUMN_KEY)
            pw_buf_add_str(&out, pw_str_from(source->is_table ? " (primary key)" : " (key)"));
        pw_buf_add_char(&out, '\n');
    }
    if (source->state_path.length)
        pw_buf_format(&out, "  kept in %.*s\n", PW_STR_ARGS(source->state_path));
    pw_buf_format(&out, "  %.*s\n", PW_STR_ARGS(source->statement));
    script_answer(s, "%s", pw_buf_cstr(&out));
    pw_buf_deinit(&out);
    return PW_OK;
}

pw_status stmt_describe(script *s, const pw_node *statement, pw_error *err) {
    const pw_source *source;
    PW_TRY(pw_catalog_source_get(s->p->catalog, statement->text, statement->span, &source, err));
    script_add(s, statement, run_describe);
    return PW_OK;
}

/* --- EXPLAIN ---------------------------------------------------------------------------------- */

static bool is_query(const pw_node *statement) {
    return statement->kind == PW_NODE_CREATE_STREAM_AS ||
           statement->kind == PW_NODE_CREATE_TABLE_AS || statement->kind == PW_NODE_INSERT_SELECT;
}

static pw_status run_explain(script *s, action *a, pw_error *err) {
    (void)err;
    pw_buf out;
    pw_buf_init(&out);
    if (a->query) pw_topology_print(a->query->topology, &out);
    script_answer(s, "%s", pw_buf_cstr(&out));
    pw_buf_deinit(&out);
    return PW_OK;
}

pw_status stmt_explain(script *s, const pw_node *statement, pw_error *err) {
    const pw_node *inner = pw_child(statement, 0);
    if (!inner) {
        session_query *query = session_query_find(s->p, statement->text);
        if (!query) {
            return pw_fail(err, PW_UNKNOWN, statement->span,
                           "Query with id:%.*s does not exist, use SHOW QUERIES to "
                           "view the full set of queries.",
                           PW_STR_ARGS(statement->text));
        }
        script_add(s, statement, run_explain)->query = query;
        return PW_OK;
    }
    if (!is_query(inner)) {
        return pw_fail(err, PW_UNSUPPORTED, inner->span,
                       "The provided statement does not run a persistent query: EXPLAIN CREATE ... "
                       "AS SELECT or INSERT INTO ... SELECT");
    }
    pw_plan_context context = session_plan_context(s->p, &s->arena);
    session_query *query = PW_NEW(&s->arena, session_query);
    PW_TRY(pw_plan_query(&context, inner, PW_STR("EXPLAINED"), &query->topology, err));
    script_add(s, statement, run_explain)->query = query;
    return PW_OK;
}

/* --- pitwall_explain -------------------------------------------------------------------------- */

pitwall_status pitwall_explain(pitwall *p, const char *sql, const char *file_name, char **out,
                               pitwall_error *err) {
    pw_buf text;
    pw_buf_init(&text);
    pitwall_status status = session_explain(p, sql, file_name, &text, err);
    *out = NULL;
    if (status == PITWALL_OK) {
        char *copy = pw_mem_alloc(text.length + 1);
        memcpy(copy, pw_buf_cstr(&text), text.length + 1);
        *out = copy;
    }
    pw_buf_deinit(&text);
    return status;
}
