/* CREATE ... AS SELECT and INSERT INTO ... SELECT: persistent queries. SPDX-License-Identifier:
 * Apache-2.0 */
#include "base/clock.h"
#include "base/mem.h"
#include "session/session_private.h"

/* Partition counts come from the broker each time: topics may have grown since the catalog was
 * written. */
static pw_status refresh_sources(script *s, const pw_node *query, pw_error *err) {
    pw_str *names;
    uint32_t count = pw_plan_sources(&s->arena, query, &names);
    PW_TRY(session_broker(s->p, err));
    for (uint32_t i = 0; i < count; i++) {
        const pw_source *source = pw_catalog_source_find(s->p->catalog, names[i]);
        if (!source) continue; /* the planner says so, with its place */
        pw_topic_info info;
        pw_status status = pw_topic_describe(s->p->broker, &s->arena, source->topic, &info, err);
        if (status == PW_NO_TOPIC && s->is_check_only && s->p->is_memory) continue;
        if (status == PW_NO_TOPIC && script_topic_partitions(s, source->topic) > 0) continue;
        if (status != PW_OK) {
            err->at = query->span;
            return status;
        }
        if (info.partition_count == source->partitions) continue;
        pw_source changed = *source;
        changed.partitions = info.partition_count;
        PW_TRY(pw_catalog_source_replace(s->p->catalog, &changed, err));
    }
    return PW_OK;
}

static session_query *new_query(pitwall *p) {
    session_query *query = pw_mem_zalloc(1, sizeof *query);
    pw_arena_init(&query->arena, 0);
    query->next = p->queries;
    p->queries = query;
    return query;
}

static pw_status run_query(script *s, action *a, pw_error *err) {
    pitwall *p = s->p;
    const pw_topology *topology = a->query->topology;
    const pw_source *sink = &topology->ops[topology->op_count - 1]->sink->sink;
    if (a->query->running) {
        script_answer(s, "Query %.*s is running already", PW_STR_ARGS(topology->query_id));
        return PW_OK;
    }
    if (!p->drive) PW_TRY(session_runtime(p, err));
    PW_TRY(session_make_topic(p, sink, err));
    if (!a->is_known) PW_TRY(pw_catalog_log_append(p->catalog, &a->entry, err));
    if (!p->drive) {
        PW_TRY(pw_runtime_start(atomic_load(&p->runtime), topology, a->query->state_path,
                                &a->query->running, err));
    }
    for (uint32_t i = 0; i < topology->op_count; i++) {
        if (topology->ops[i]->kind != PW_PLAN_SOURCE) continue;
        pw_source_reader_add(p->catalog, topology->ops[i]->source->source->name,
                             topology->query_id);
    }
    pw_source_writer_add(p->catalog, sink->name, topology->query_id);
    script_answer(s, "Query %.*s %s %.*s", PW_STR_ARGS(topology->query_id),
                  a->is_known ? "goes on writing" : "writes", PW_STR_ARGS(sink->name));
    return PW_OK;
}

/* Ids count what is logged and what this script adds before. */
static int64_t next_number(const script *s) {
    int64_t number = pw_catalog_id_next(s->p->catalog);
    for (const action *a = s->first; a; a = a->next)
        number += !a->is_known && a->entry.statement.length > 0;
    return number;
}

static pw_status plan(script *s, const pw_node *statement, const char *prefix,
                      const pw_catalog_entry *known, action **out, pw_error *err) {
    PW_TRY(refresh_sources(s, pw_child(statement, 1), err));
    session_query *query = new_query(s->p);
    pw_str id =
        known ? known->query_id
              : pw_arena_format(&s->arena, "%s%.*s%s%lld", prefix, PW_STR_ARGS(statement->text),
                                statement->text.length ? "_" : "", (long long)next_number(s));
    if (!known && statement->kind == PW_NODE_INSERT_SELECT) {
        id = pw_arena_format(&s->arena, "%s%lld", prefix, (long long)next_number(s));
    }
    pw_plan_context context = session_plan_context(s->p, &query->arena);
    /* The plan points into its statement and outlives the script. */
    const pw_node *kept = pw_ast_copy(&query->arena, statement);
    pw_status status = pw_plan_query(&context, kept, id, &query->topology, err);
    if (status != PW_OK) {
        s->p->queries = query->next;
        pw_arena_deinit(&query->arena);
        pw_mem_free(query);
        return status;
    }
    query->state_path = session_state_path(
        s->p, &query->arena,
        statement->kind == PW_NODE_INSERT_SELECT ? query->topology->query_id : statement->text);
    action *a = script_add(s, statement, run_query);
    a->query = query;
    a->name = pw_arena_str(&s->arena, statement->text);
    a->is_known = known != NULL;
    *out = a;
    return PW_OK;
}

static pw_status check_topic(script *s, const pw_node *statement, pw_source *sink, pw_error *err) {
    pw_topic_info info;
    pw_status status = pw_topic_describe(s->p->broker, &s->arena, sink->topic, &info, err);
    if (status == PW_NO_TOPIC) return PW_OK; /* it will be made */
    PW_TRY(status);
    const pw_node *properties = pw_child(statement, 0);
    bool is_stated = false;
    for (uint32_t i = 0; properties && i < properties->child_count; i++) {
        is_stated |= pw_str_equal_nocase(properties->children[i]->text, PW_STR("PARTITIONS"));
    }
    if (is_stated && info.partition_count != sink->partitions) {
        return pw_fail(
            err, PW_INVALID, statement->span,
            "A Kafka topic with the name '%.*s' already exists, with different partition/replica "
            "configuration than required. KSQL expects %d partitions (topic has %d)",
            PW_STR_ARGS(sink->topic), sink->partitions, info.partition_count);
    }
    sink->partitions = info.partition_count;
    return PW_OK;
}

pw_status stmt_create_query(script *s, const pw_node *statement, pw_error *err) {
    if (pw_has_flag(statement, PW_FLAG_OR_REPLACE)) {
        return pw_fail(err, PW_UNSUPPORTED, statement->span,
                       "CREATE OR REPLACE is not supported yet");
    }
    pw_str text = script_print(s, statement);
    bool is_table = statement->kind == PW_NODE_CREATE_TABLE_AS;
    const pw_source *known = pw_catalog_source_find(s->p->catalog, statement->text);
    pw_catalog_entry entry;
    action *a;
    if (known) {
        bool is_same;
        PW_TRY(script_known(s, statement, known, text, &is_same, err));
        session_query *running = session_query_find(s->p, known->query_id);
        if (running) {
            a = script_add(s, statement, run_query);
            a->query = running;
            a->name = known->name;
            a->is_known = true;
            return PW_OK;
        }
        bool is_logged = session_logged(
            s->p, &s->arena, is_table ? PW_ENTRY_CREATE_TABLE_AS : PW_ENTRY_CREATE_STREAM_AS,
            statement->text, &entry);
        if (!is_logged) return PW_OK; /* IF NOT EXISTS over a plain CREATE */
        return plan(s, statement, "", &entry, &a, err);
    }
    PW_TRY(plan(s, statement, is_table ? "CTAS_" : "CSAS_", NULL, &a, err));
    const pw_topology *topology = a->query->topology;
    pw_source source = topology->ops[topology->op_count - 1]->sink->sink;
    PW_TRY(check_topic(s, statement, &source, err));
    source.query_id = topology->query_id;
    source.state_path = is_table ? a->query->state_path : PW_STR_EMPTY;
    source.statement = text;
    source.created_ms = pw_clock_wall_ms();
    PW_TRY(script_source_add(s, statement, &source, &a->source, err));
    a->entry =
        (pw_catalog_entry){.kind = is_table ? PW_ENTRY_CREATE_TABLE_AS : PW_ENTRY_CREATE_STREAM_AS,
                           .name = a->source->name,
                           .query_id = topology->query_id,
                           .statement = text,
                           .created_ms = source.created_ms,
                           .plan_version = 1};
    return PW_OK;
}

/* The same INSERT again goes on with its query instead of starting a second one. */
static bool find_insert(script *s, pw_str text, pw_catalog_entry *out) {
    pw_catalog_entry *entries;
    size_t count;
    if (pw_catalog_log_list(s->p->catalog, &s->arena, &entries, &count, NULL) != PW_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != PW_ENTRY_INSERT_SELECT || !pw_str_equal(entries[i].statement, text))
            continue;
        *out = entries[i];
        return true;
    }
    return false;
}

pw_status stmt_insert_select(script *s, const pw_node *statement, pw_error *err) {
    pw_str text = script_print(s, statement);
    pw_catalog_entry entry;
    bool is_known = find_insert(s, text, &entry);
    session_query *running = is_known ? session_query_find(s->p, entry.query_id) : NULL;
    action *a;
    if (running) {
        a = script_add(s, statement, run_query);
        a->query = running;
        a->is_known = true;
        return PW_OK;
    }
    PW_TRY(plan(s, statement, "INSERTQUERY_", is_known ? &entry : NULL, &a, err));
    if (is_known) return PW_OK;
    a->entry = (pw_catalog_entry){.kind = PW_ENTRY_INSERT_SELECT,
                                  .name = a->name,
                                  .query_id = a->query->topology->query_id,
                                  .statement = text,
                                  .created_ms = pw_clock_wall_ms(),
                                  .plan_version = 1};
    return PW_OK;
}
