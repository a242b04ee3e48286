/* CREATE STREAM and CREATE TABLE over a topic; and how the catalog's log becomes sources again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "session/session_private.h"

bool session_logged(pitwall *p, pw_arena *arena, pw_entry_kind kind, pw_str name,
                    pw_catalog_entry *out) {
    pw_catalog_entry *entries;
    size_t count;
    if (pw_catalog_log_list(p->catalog, arena, &entries, &count, NULL) != PW_OK) return false;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != kind || !pw_str_equal(entries[i].name, name)) continue;
        *out = entries[i];
        return true;
    }
    return false;
}

/* --- the topic -------------------------------------------------------------------------------- */

/* An existing topic must have the partitions that were asked for; a missing one is made if a count
 * was given. */
static pw_status settle_topic(script *s, const pw_node *statement, pw_source *source,
                              bool *must_create, pw_error *err) {
    pw_topic_info info;
    *must_create = false;
    PW_TRY(session_broker(s->p, err));
    pw_status status = pw_topic_describe(s->p->broker, &s->arena, source->topic, &info, err);
    int32_t made = status == PW_NO_TOPIC ? script_topic_partitions(s, source->topic) : 0;
    if (made > 0) { /* by a query further up */
        source->partitions = made;
        return PW_OK;
    }
    if (status == PW_NO_TOPIC && s->is_check_only && s->p->is_memory) {
        source->partitions =
            source->partitions > 0 ? source->partitions : 1; /* no broker to ask: assume */
        return PW_OK;
    }
    *must_create = status == PW_NO_TOPIC;
    if (status == PW_NO_TOPIC && source->partitions > 0) return PW_OK;
    if (status == PW_NO_TOPIC) {
        char hint[PW_ERROR_HINT_BYTES_MAX];
        memcpy(hint, err->hint, sizeof hint);
        pw_fail(err, PW_NO_TOPIC, statement->span, "Kafka topic does not exist: %.*s on %.*s",
                PW_STR_ARGS(source->topic), PW_STR_ARGS(pw_broker_name(s->p->broker)));
        if (hint[0])
            pw_error_hint(err, "%s", hint);
        else
            pw_error_hint(err, "WITH (PARTITIONS=1) makes it, as does: pitwall topics create %.*s",
                          PW_STR_ARGS(source->topic));
        return PW_NO_TOPIC;
    }
    PW_TRY(status);
    if (source->partitions > 0 && source->partitions != info.partition_count) {
        return pw_fail(
            err, PW_INVALID, statement->span,
            "A Kafka topic with the name '%.*s' already exists, with different partition/replica "
            "configuration than required. KSQL expects %d partitions (topic has %d)",
            PW_STR_ARGS(source->topic), source->partitions, info.partition_count);
    }
    source->partitions = info.partition_count;
    source->replicas = info.replica_count;
    return PW_OK;
}

static pw_status make_topic(pitwall *p, const pw_source *source, bool is_compacted, pw_error *err) {
    pw_topic_spec spec = {
        .name = source->topic,
        .partition_count = source->partitions,
        .replica_count =
            source->replicas > 0 ? source->replicas : (int32_t)p->settings.topic_replicas,
        .retention_ms =
            source->retention_ms >= 0 ? source->retention_ms : p->settings.topic_retention_ms,
        .is_compacted = is_compacted};
    pw_status status = pw_topic_create(p->broker, &spec, err);
    return status == PW_EXISTS ? PW_OK : status;
}

pw_status session_make_topic(pitwall *p, const pw_source *source, pw_error *err) {
    bool is_compacted = source->is_table && source->window_kind == PW_WINDOW_NONE;
    return make_topic(p, source, is_compacted, err);
}

/* --- CREATE ----------------------------------------------------------------------------------- */

static pw_status run_create(script *s, action *a, pw_error *err) {
    const char *what = a->source->is_table ? "Table" : "Stream";
    if (a->is_known) {
        script_answer(s, "%s %.*s is there already, unchanged", what, PW_STR_ARGS(a->name));
        return PW_OK;
    }
    if (a->must_create_topic) PW_TRY(session_make_topic(s->p, a->source, err));
    PW_TRY(pw_catalog_log_append(s->p->catalog, &a->entry, err));
    script_answer(s, "%s %.*s created", what, PW_STR_ARGS(a->name));
    return PW_OK;
}

pw_status script_source_add(script *s, const pw_node *statement, const pw_source *source,
                            const pw_source **out, pw_error *err) {
    pw_status status = pw_catalog_source_add(s->p->catalog, source, out, err);
    if (status != PW_OK) {
        err->at = statement->span;
        return status;
    }
    if (s->added_count == sizeof s->added / sizeof s->added[0]) {
        return pw_fail(err, PW_LIMIT, statement->span, "a script that creates more than %u sources",
                       s->added_count);
    }
    s->added[s->added_count++] = (*out)->name;
    return PW_OK;
}

/* What to do when the name is taken: nothing for the same statement, an error otherwise. */
pw_status script_known(script *s, const pw_node *statement, const pw_source *known, pw_str text,
                       bool *is_same, pw_error *err) {
    (void)s;
    *is_same = pw_str_equal(known->statement, text);
    if (*is_same || pw_has_flag(statement, PW_FLAG_IF_NOT_EXISTS)) {
        *is_same = true;
        return PW_OK;
    }
    pw_fail(err, PW_EXISTS, statement->span,
            "Cannot add %s '%.*s': A %s with the same name already exists",
            statement->kind == PW_NODE_CREATE_TABLE || statement->kind == PW_NODE_CREATE_TABLE_AS
                ? "table"
                : "stream",
            PW_STR_ARGS(statement->text), known->is_table ? "table" : "stream");
    pw_error_hint(
        err,
        "it was made by another statement; DROP it first, or use another data folder (--data)");
    return PW_EXISTS;
}

pw_status stmt_create_source(script *s, const pw_node *statement, pw_error *err) {
    if (pw_has_flag(statement, PW_FLAG_OR_REPLACE)) {
        return pw_fail(err, PW_UNSUPPORTED, statement->span,
                       "CREATE OR REPLACE is not supported yet");
    }
    pw_str text = script_print(s, statement);
    const pw_source *known = pw_catalog_source_find(s->p->catalog, statement->text);
    if (known) {
        bool is_same;
        PW_TRY(script_known(s, statement, known, text, &is_same, err));
        action *a = script_add(s, statement, run_create);
        a->name = known->name;
        a->source = known;
        a->is_known = true;
        return PW_OK;
    }
    pw_plan_context context = session_plan_context(s->p, &s->arena);
    pw_source source;
    bool must_create = false;
    PW_TRY(pw_plan_create(&context, statement, &source, err));
    source.statement = text;
    source.created_ms = pw_clock_wall_ms();
    PW_TRY(settle_topic(s, statement, &source, &must_create, err));
    const pw_source *added;
    PW_TRY(script_source_add(s, statement, &source, &added, err));
    action *a = script_add(s, statement, run_create);
    a->name = added->name;
    a->source = added;
    a->must_create_topic = must_create;
    a->entry =
        (pw_catalog_entry){.kind = source.is_table ? PW_ENTRY_CREATE_TABLE : PW_ENTRY_CREATE_STREAM,
                           .name = added->name,
                           .statement = text,
                           .created_ms = source.created_ms,
                           .plan_version = 1};
    return PW_OK;
}

/* --- loading ---------------------------------------------------------------------------------- */

/* A logged CREATE is planned again, but no broker is asked: partition counts are looked up when a
 * query needs them. */
static pw_status load_source(pitwall *p, pw_arena *arena, const pw_catalog_entry *entry,
                             const pw_node *statement, pw_error *err) {
    pw_plan_context context = session_plan_context(p, arena);
    pw_source source;
    if (entry->kind == PW_ENTRY_CREATE_STREAM || entry->kind == PW_ENTRY_CREATE_TABLE) {
        PW_TRY(pw_plan_create(&context, statement, &source, err));
    } else {
        pw_topology *topology;
        PW_TRY(pw_plan_query(&context, statement, entry->query_id, &topology, err));
        const pw_plan_op *sink = topology->ops[topology->op_count - 1];
        source = sink->sink->sink;
        source.query_id = entry->query_id;
        source.state_path =
            sink->sink->has_table ? session_state_path(p, arena, source.name) : PW_STR_EMPTY;
    }
    if (source.partitions <= 0) source.partitions = 1;
    source.statement = entry->statement;
    source.entry_id = entry->id;
    source.created_ms = entry->created_ms;
    return pw_catalog_source_add(p->catalog, &source, NULL, err);
}

static pw_status load_type(pitwall *p, pw_arena *arena, const pw_catalog_entry *entry,
                           const pw_node *statement, pw_error *err) {
    const pw_type *type;
    pw_hashmap types; /* a type may be made of those before it */
    pw_catalog_type_map(p->catalog, &types);
    pw_status status = pw_type_from_ast(arena, pw_child(statement, 0), &types, &type, err);
    pw_hashmap_deinit(&types);
    PW_TRY(status);
    return pw_catalog_type_add(p->catalog, entry->name, type, entry->id, err);
}

static pw_status load_entry(pitwall *p, pw_arena *arena, const pw_catalog_entry *entry,
                            pw_error *err) {
    pw_statements statements;
    pw_str text = pw_arena_format(arena, "%.*s;", PW_STR_ARGS(entry->statement));
    PW_TRY(pw_parse(arena, text, &statements, err));
    if (statements.count != 1) {
        return pw_fail(err, PW_CORRUPT, PW_SPAN_NONE, "a catalog entry of %u statements",
                       statements.count);
    }
    const pw_node *statement = statements.items[0];
    switch (entry->kind) {
    case PW_ENTRY_CREATE_STREAM:
    case PW_ENTRY_CREATE_TABLE:
    case PW_ENTRY_CREATE_STREAM_AS:
    case PW_ENTRY_CREATE_TABLE_AS: return load_source(p, arena, entry, statement, err);
    case PW_ENTRY_CREATE_TYPE: return load_type(p, arena, entry, statement, err);
    case PW_ENTRY_INSERT_SELECT:
    case PW_ENTRY_ALTER_SOURCE:
    case PW_ENTRY_CREATE_INDEX:
    case PW_ENTRY_CREATE_CONNECTOR:
    case PW_ENTRY_ALTER_SYSTEM: return PW_OK;
    case PW_ENTRY_KIND_COUNT: break;
    }
    return pw_fail(err, PW_CORRUPT, PW_SPAN_NONE, "a catalog entry of unknown kind %d",
                   (int)entry->kind);
}

/* One entry that no longer plans does not keep the others from starting: it is quarantined with its
 * reason. */
pw_status session_load(pitwall *p, pw_error *err) {
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_catalog_entry *entries;
    size_t count = 0;
    pw_status status = pw_catalog_log_list(p->catalog, &arena, &entries, &count, err);
    for (size_t i = 0; status == PW_OK && i < count; i++) {
        pw_error reason = {0};
        pw_status loaded = load_entry(p, &arena, &entries[i], &reason);
        if (p->is_read_only) continue;
        pw_str text = loaded == PW_OK ? PW_STR_EMPTY : pw_str_from(reason.message);
        if (pw_str_equal(text, entries[i].quarantine_reason)) continue;
        status = pw_catalog_log_quarantine(p->catalog, entries[i].id, text, err);
    }
    pw_arena_deinit(&arena);
    return status;
}
