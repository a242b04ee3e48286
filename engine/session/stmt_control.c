/* DROP, types, settings, variables, and control of running queries. SPDX-License-Identifier:
 * Apache-2.0 */
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/session_private.h"

/* --- DROP ------------------------------------------------------------------------------------- */

static void end_query(pitwall *p, session_query *query) {
    if (query->running) pw_runtime_stop(atomic_load(&p->runtime), query->running);
    query->running = NULL;
    pw_catalog_query_forget(p->catalog, query->topology->query_id);
    pw_errors_forget(p->errors, query->topology->query_id);
    for (session_query **at = &p->queries; *at; at = &(*at)->next) {
        if (*at != query) continue;
        *at = query->next;
        break;
    }
    pw_arena_deinit(&query->arena);
    pw_mem_free(query);
}

static void remove_state(pw_arena *arena, pw_str path) {
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        unlink(pw_arena_format(arena, "%.*s%s", PW_STR_ARGS(path), suffixes[i]).data);
    }
}

static pw_status delete_log_entry(pitwall *p, pw_arena *arena, pw_str name, pw_error *err) {
    pw_catalog_entry *entries;
    size_t count, found = 0;
    PW_TRY(pw_catalog_log_list(p->catalog, arena, &entries, &count, err));
    int64_t *ids = PW_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        bool is_source =
            entries[i].kind <= PW_ENTRY_CREATE_TABLE_AS || entries[i].kind == PW_ENTRY_ALTER_SOURCE;
        if (is_source && pw_str_equal(entries[i].name, name)) ids[found++] = entries[i].id;
    }
    return pw_catalog_log_delete(p->catalog, ids, found, err);
}

static pw_status run_drop(script *s, action *a, pw_error *err) {
    pitwall *p = s->p;
    const pw_source *source = a->is_known ? pw_catalog_source_find(p->catalog, a->name) : NULL;
    if (!source) { /* IF EXISTS; a statement further down may create it */
        script_answer(s, "Source %.*s does not exist", PW_STR_ARGS(a->name));
        return PW_OK;
    }
    pw_source gone = *source;
    gone.topic = pw_arena_str(&s->arena, gone.topic);
    gone.state_path = pw_arena_str(&s->arena, gone.state_path);
    gone.query_id = pw_arena_str(&s->arena, gone.query_id);
    /* First the catalog's word on who still uses it, then the rest. */
    PW_TRY(pw_catalog_source_drop(p->catalog, a->name, err));
    session_query *own = gone.query_id.length ? session_query_find(p, gone.query_id) : NULL;
    if (own) end_query(p, own);
    PW_TRY(delete_log_entry(p, &s->arena, a->name, err));
    if (gone.query_id.length && !p->is_memory) {
        remove_state(&s->arena, session_state_path(p, &s->arena, a->name));
    }
    if (pw_has_flag(a->statement, PW_FLAG_DELETE_TOPIC)) {
        PW_TRY(session_broker(p, err));
        pw_status status = pw_topic_delete(p->broker, gone.topic, err);
        if (status != PW_OK && status != PW_NO_TOPIC) return status;
    }
    script_answer(s, "Source %.*s (topic: %.*s) was dropped.", PW_STR_ARGS(a->name),
                  PW_STR_ARGS(gone.topic));
    return PW_OK;
}

pw_status stmt_drop_source(script *s, const pw_node *statement, pw_error *err) {
    const pw_source *source = pw_catalog_source_find(s->p->catalog, statement->text);
    const char *what = pw_has_flag(statement, PW_FLAG_TABLE) ? "Table" : "Stream";
    if (!source && !pw_has_flag(statement, PW_FLAG_IF_EXISTS)) {
        pw_status status =
            pw_catalog_source_get(s->p->catalog, statement->text, statement->span, &source, err);
        char hint[PW_ERROR_HINT_BYTES_MAX];
        memcpy(hint, err->hint, sizeof hint);
        status = pw_fail(err, status, statement->span, "%s %.*s does not exist.", what,
                         PW_STR_ARGS(statement->text));
        if (hint[0]) pw_error_hint(err, "%s", hint);
        return status;
    }
    if (source && source->is_table != pw_has_flag(statement, PW_FLAG_TABLE)) {
        return pw_fail(err, PW_INVALID, statement->span,
                       "Incompatible data source type is %s, but statement was DROP %s",
                       source->is_table ? "TABLE" : "STREAM",
                       source->is_table ? "STREAM" : "TABLE");
    }
    if (source && source->is_read_only && pw_has_flag(statement, PW_FLAG_DELETE_TOPIC)) {
        return pw_fail(err, PW_INVALID, statement->span,
                       "Cannot delete topic for read-only source: %.*s", PW_STR_ARGS(source->name));
    }
    action *a = script_add(s, statement, run_drop);
    a->name = pw_arena_str(&s->arena, statement->text);
    a->is_known = source != NULL;
    return PW_OK;
}

/* --- types ------------------------------------------------------------------------------------ */

static pw_status run_answer(script *s, action *a, pw_error *err) {
    (void)err;
    script_answer(s, "%.*s", PW_STR_ARGS(a->name));
    return PW_OK;
}

static pw_status run_create_type(script *s, action *a, pw_error *err) {
    PW_TRY(pw_catalog_log_append(s->p->catalog, &a->entry, err));
    return run_answer(s, a, err);
}

pw_status stmt_create_type(script *s, const pw_node *statement, pw_error *err) {
    if (pw_catalog_type_find(s->p->catalog, statement->text)) {
        if (!pw_has_flag(statement, PW_FLAG_IF_NOT_EXISTS)) {
            return pw_fail(
                err, PW_EXISTS, statement->span,
                "Cannot register custom type '%.*s' since it is already registered with type",
                PW_STR_ARGS(statement->text));
        }
        script_add(s, statement, run_answer)->name = PW_STR("Type is there already");
        return PW_OK;
    }
    const pw_type *type;
    pw_hashmap types;
    pw_catalog_type_map(s->p->catalog, &types);
    pw_status status = pw_type_from_ast(&s->arena, pw_child(statement, 0), &types, &type, err);
    pw_hashmap_deinit(&types);
    PW_TRY(status);
    PW_TRY(pw_catalog_type_add(s->p->catalog, statement->text, type, 0, err));
    action *a = script_add(s, statement, run_create_type);
    a->name = pw_arena_format(&s->arena, "Registered custom type with name '%.*s'",
                              PW_STR_ARGS(statement->text));
    a->entry = (pw_catalog_entry){.kind = PW_ENTRY_CREATE_TYPE,
                                  .name = pw_arena_str(&s->arena, statement->text),
                                  .statement = script_print(s, statement),
                                  .created_ms = pw_clock_wall_ms(),
                                  .plan_version = 1};
    return PW_OK;
}

static pw_status run_drop_type(script *s, action *a, pw_error *err) {
    pw_catalog_entry entry;
    if (session_logged(s->p, &s->arena, PW_ENTRY_CREATE_TYPE, a->statement->text, &entry)) {
        PW_TRY(pw_catalog_log_delete(s->p->catalog, &entry.id, 1, err));
    }
    return run_answer(s, a, err);
}

pw_status stmt_drop_type(script *s, const pw_node *statement, pw_error *err) {
    if (!pw_catalog_type_find(s->p->catalog, statement->text)) {
        if (!pw_has_flag(statement, PW_FLAG_IF_EXISTS)) {
            return pw_fail(err, PW_UNKNOWN, statement->span, "Type %.*s does not exist.",
                           PW_STR_ARGS(statement->text));
        }
        script_add(s, statement, run_answer)->name = PW_STR("There was no such type");
        return PW_OK;
    }
    PW_TRY(pw_catalog_type_drop(s->p->catalog, statement->text, err));
    script_add(s, statement, run_drop_type)->name =
        pw_arena_format(&s->arena, "Dropped type '%.*s'", PW_STR_ARGS(statement->text));
    return PW_OK;
}

/* --- settings and variables ------------------------------------------------------------------- */

static void refresh_defaults(pitwall *p) {
    p->defaults.key_format = p->settings.ksql_persistence_default_format_key;
    p->defaults.value_format = p->settings.ksql_persistence_default_format_value;
    p->defaults.wrap_single = p->settings.ksql_persistence_wrap_single_values;
    p->defaults.topic_prefix = p->settings.ksql_output_topic_name_prefix;
}

static pw_status find_setting(const pw_node *statement, const pw_setting **out, pw_error *err) {
    *out = pw_setting_find(statement->text);
    if (*out) return PW_OK;
    pw_fail(err, PW_CONFIG, statement->span, "Unknown property: %.*s",
            PW_STR_ARGS(statement->text));
    pw_str nearest = pw_setting_nearest(statement->text);
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return PW_CONFIG;
}

/* Settings hold from their statement on: the statements behind are planned with them. */
pw_status stmt_set(script *s, const pw_node *statement, pw_error *err) {
    const pw_setting *setting;
    PW_TRY(find_setting(statement, &setting, err));
    pw_str value = pw_arena_str(&s->p->arena, pw_child(statement, 0)->text);
    pw_status status =
        pw_setting_set(&s->p->arena, &s->p->settings, setting, value, PW_STR("SET"), err);
    if (status != PW_OK) {
        err->at = statement->span;
        return status;
    }
    refresh_defaults(s->p);
    script_add(s, statement, run_answer)->name =
        pw_arena_format(&s->arena, "Property '%.*s' set", PW_STR_ARGS(setting->name));
    return PW_OK;
}

pw_status stmt_unset(script *s, const pw_node *statement, pw_error *err) {
    const pw_setting *setting;
    PW_TRY(find_setting(statement, &setting, err));
    pw_buf before;
    pw_buf_init(&before);
    pw_setting_print(s->p->config.settings, setting, &before);
    pw_str value = pw_arena_str(&s->p->arena, pw_buf_str(&before));
    pw_buf_deinit(&before);
    PW_TRY(pw_setting_set(&s->p->arena, &s->p->settings, setting, value, PW_STR("UNSET"), err));
    refresh_defaults(s->p);
    script_add(s, statement, run_answer)->name = pw_arena_format(
        &s->arena, "Property '%.*s' is as configured again", PW_STR_ARGS(setting->name));
    return PW_OK;
}

pw_status stmt_define(script *s, const pw_node *statement, pw_error *err) {
    (void)err;
    pw_str name = pw_arena_upper(&s->p->arena, statement->text);
    pw_hashmap_put(&s->p->variables, name,
                   pw_arena_cstr(&s->p->arena, pw_child(statement, 0)->text));
    script_add(s, statement, run_answer)->name =
        pw_arena_format(&s->arena, "Variable %.*s defined", PW_STR_ARGS(name));
    return PW_OK;
}

pw_status stmt_undefine(script *s, const pw_node *statement, pw_error *err) {
    pw_str name = pw_arena_upper(&s->arena, statement->text);
    if (!pw_hashmap_remove(&s->p->variables, name)) {
        return pw_fail(err, PW_UNKNOWN, statement->span,
                       "Cannot undefine variable '%.*s' which was never defined",
                       PW_STR_ARGS(statement->text));
    }
    script_add(s, statement, run_answer)->name = PW_STR("Variable undefined");
    return PW_OK;
}

/* --- running queries -------------------------------------------------------------------------- */

static pw_status for_queries(script *s, action *a,
                             void (*act)(script *, session_query *, const pw_node *),
                             pw_error *err) {
    bool is_all = pw_has_flag(a->statement, PW_FLAG_ALL);
    uint32_t count = 0;
    session_query *next;
    for (session_query *query = s->p->queries; query; query = next) {
        next = query->next;
        if (!query->running) continue;
        if (!is_all && !pw_str_equal_nocase(query->topology->query_id, a->statement->text))
            continue;
        act(s, query, a->statement);
        count++;
    }
    if (count || is_all) return PW_OK;
    return pw_fail(err, PW_UNKNOWN, a->span, "Unknown queryId: %.*s",
                   PW_STR_ARGS(a->statement->text));
}

static void terminate(script *s, session_query *query, const pw_node *statement) {
    (void)statement;
    script_answer(s, "Query %.*s terminated.", PW_STR_ARGS(query->topology->query_id));
    end_query(s->p, query);
}

static void pause_or_resume(script *s, session_query *query, const pw_node *statement) {
    bool is_pause = statement->kind == PW_NODE_PAUSE;
    pw_query_pause(query->running, is_pause);
    script_answer(s, "Query %.*s %s.", PW_STR_ARGS(query->topology->query_id),
                  is_pause ? "paused" : "resumed");
}

static pw_status run_terminate(script *s, action *a, pw_error *err) {
    return for_queries(s, a, terminate, err);
}

static pw_status run_pause(script *s, action *a, pw_error *err) {
    return for_queries(s, a, pause_or_resume, err);
}

pw_status stmt_terminate(script *s, const pw_node *statement, pw_error *err) {
    (void)err;
    script_add(s, statement, run_terminate);
    return PW_OK;
}

pw_status stmt_pause_resume(script *s, const pw_node *statement, pw_error *err) {
    (void)err;
    script_add(s, statement, run_pause);
    return PW_OK;
}
