/* The public API (pitwall.h): opening, closing, waiting, progress. SPDX-License-Identifier:
 * Apache-2.0 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "session/session_private.h"

#ifndef PW_VERSION
#define PW_VERSION "0.1.0"
#endif

const char *pitwall_version(void) {
    return PW_VERSION;
}

void pitwall_free(void *memory) {
    pw_mem_free(memory);
}

/* --- errors ----------------------------------------------------------------------------------- */

static void fill_error(const pw_error *err, pw_str file, pw_str text, pitwall_error *out) {
    if (!out) return;
    pw_buf rendered;
    pw_buf_init(&rendered);
    pw_error_render(err, file, text, &rendered);
    snprintf(out->message, sizeof out->message, "%s", pw_buf_cstr(&rendered));
    out->line = out->column = 0;
    if (err->at.end > err->at.start && text.length) {
        pw_place place = pw_place_find(text, err->at.start);
        out->line = (int)place.line;
        out->column = (int)place.column;
    }
    pw_buf_deinit(&rendered);
}

pitwall_status session_report(pw_status status, const pw_error *err, pw_str file, pw_str text,
                              pitwall_error *out) {
    if (status == PW_OK) return PITWALL_OK;
    fill_error(err, file, text, out);
    return pw_status_blame(status) == PW_BLAME_USER ? PITWALL_USER : PITWALL_WORLD;
}

pitwall_status session_report_given(pw_status status, const pw_error *err, pw_str file, pw_str text,
                                    pitwall_error *out) {
    if (status == PW_OK) return PITWALL_OK;
    fill_error(err, file, text, out);
    return pw_status_blame(status) == PW_BLAME_ENGINE ? PITWALL_WORLD : PITWALL_USER;
}

/* --- opening ---------------------------------------------------------------------------------- */

static pw_status load_config(pitwall *p, const pitwall_options *options, pw_error *err) {
    pw_config_entry *entries = PW_NEW_ARRAY(&p->arena, pw_config_entry, options->setting_count + 1);
    for (size_t i = 0; i < options->setting_count; i++) {
        const pitwall_setting *setting = &options->settings[i];
        entries[i] = (pw_config_entry){
            pw_arena_str(&p->arena, pw_str_from(setting->name)),
            pw_arena_str(&p->arena, pw_str_from(setting->value)),
            pw_arena_str(&p->arena, pw_str_from(setting->origin)),
        };
    }
    PW_TRY(pw_config_load(&p->arena, pw_str_from(options->config_file), entries,
                          options->setting_count, &p->config, err));
    p->settings = *p->config.settings;
    static const char *const levels[] = {"debug", "info", "warn", "error", "off"};
    for (int i = 0; i < 5; i++) {
        if (pw_str_equal(p->settings.log_level, pw_str_from(levels[i])))
            pw_log_level_set((pw_log_level)i);
    }
    return PW_OK;
}

static pw_str path_in(pitwall *p, const char *name) {
    if (p->is_memory) return PW_STR(":memory:");
    return pw_arena_format(&p->arena, "%.*s/%s", PW_STR_ARGS(p->folder_path), name);
}

static pw_status open_folder(pitwall *p, pw_error *err) {
    if (!p->is_memory && !p->is_read_only)
        PW_TRY(pw_data_folder_open(p->folder_path, &p->folder, err));
    PW_TRY(pw_catalog_open(path_in(p, "catalog.db"), p->is_read_only, &p->catalog, err));
    if (p->is_read_only) return PW_OK;
    return pw_errors_open(path_in(p, "errors.db"), &p->errors, err);
}

static void fill_defaults(pitwall *p) {
    p->defaults.key_format = p->settings.ksql_persistence_default_format_key;
    p->defaults.value_format = p->settings.ksql_persistence_default_format_value;
    p->defaults.wrap_single = p->settings.ksql_persistence_wrap_single_values;
    p->defaults.topic_prefix = p->settings.ksql_output_topic_name_prefix;
}

pitwall_status pitwall_open(const pitwall_options *options, pitwall **out, pitwall_error *out_err) {
    pitwall *p = pw_mem_zalloc(1, sizeof *p);
    pw_error err = {0};
    pthread_mutex_init(&p->lock, NULL);
    pw_arena_init(&p->arena, 0);
    pw_hashmap_init(&p->variables);
    p->folder_path = pw_arena_str(
        &p->arena, pw_str_from(options->data_folder ? options->data_folder : "pitwall-data"));
    p->is_memory = pw_str_equal(p->folder_path, PW_STR(":memory:"));
    p->is_read_only = options->is_read_only;
    pw_status status = load_config(p, options, &err);
    if (status == PW_OK) status = open_folder(p, &err);
    if (status == PW_OK) {
        fill_defaults(p);
        status = session_load(p, &err);
    }
    if (status != PW_OK) {
        pitwall_close(p);
        return session_report_given(status, &err, PW_STR_EMPTY, PW_STR_EMPTY, out_err);
    }
    *out = p;
    return PITWALL_OK;
}

void pitwall_close(pitwall *p) {
    if (!p) return;
    pw_runtime_close(atomic_load(&p->runtime));
    while (p->queries) {
        session_query *query = p->queries;
        p->queries = query->next;
        pw_arena_deinit(&query->arena);
        pw_mem_free(query);
    }
    pw_errors_close(p->errors);
    pw_catalog_close(p->catalog);
    if (p->broker) pw_broker_close(p->broker);
    pw_data_folder_close(p->folder);
    pw_hashmap_deinit(&p->variables);
    pw_arena_deinit(&p->arena);
    pthread_mutex_destroy(&p->lock);
    pw_mem_free(p);
}

pw_status session_broker(pitwall *p, pw_error *err) {
    if (p->broker) return PW_OK;
    pw_broker_config config = {.properties = p->config.broker_properties,
                               .property_count = p->config.broker_property_count,
                               .local_path = path_in(p, "topics.db"),
                               .local_partitions = (int32_t)p->settings.topic_partitions,
                               .timeout_ms = p->settings.start_timeout_ms};
    return pw_broker_open(&config, &p->broker, err);
}

pw_status session_runtime(pitwall *p, pw_error *err) {
    if (atomic_load(&p->runtime)) return PW_OK;
    PW_TRY(session_broker(p, err));
    pw_runtime_options options = {
        .broker = p->broker,
        .errors = p->errors,
        .worker_count = (uint32_t)p->settings.worker_threads,
        .commit_interval_ms = p->settings.commit_interval_ms,
        .max_task_idle_ms = p->settings.max_task_idle_ms,
        .batch_rows = (uint32_t)p->settings.batch_rows,
        .cache_bytes = (size_t)p->settings.cache_bytes,
        .emits_every_update = p->settings.emit_every_update,
        .starts_at_latest = pw_str_equal(p->settings.auto_offset_reset, PW_STR("latest")),
    };
    pw_runtime *runtime;
    PW_TRY(pw_runtime_open(&options, &runtime, err));
    atomic_store(&p->runtime, runtime);
    return PW_OK;
}

pw_plan_context session_plan_context(pitwall *p, pw_arena *arena) {
    return (pw_plan_context){.arena = arena, .catalog = p->catalog, .defaults = &p->defaults};
}

pw_str session_state_path(pitwall *p, pw_arena *arena, pw_str name) {
    if (p->is_memory) return PW_STR(":memory:");
    return pw_data_folder_file(arena, p->folder_path, name, PW_STR(".db"));
}

session_query *session_query_find(pitwall *p, pw_str id) {
    for (session_query *query = p->queries; query; query = query->next) {
        if (pw_str_equal(query->topology->query_id, id)) return query;
    }
    return NULL;
}

/* --- running ---------------------------------------------------------------------------------- */

pitwall_status pitwall_wait(pitwall *p, pitwall_until until, int64_t timeout_ms,
                            pitwall_error *out_err) {
    pw_runtime *runtime = atomic_load(&p->runtime);
    if (!runtime) return PITWALL_OK;
    pw_error err = {0};
    pw_status status = until == PITWALL_UNTIL_END ? pw_runtime_wait_end(runtime, timeout_ms, &err)
                                                  : pw_runtime_wait_stop(runtime, timeout_ms, &err);
    bool is_stopped = status == PW_CANCELLED || (status == PW_OK && until == PITWALL_UNTIL_STOPPED);
    if (is_stopped) status = pw_runtime_halt(runtime, &err);
    pitwall_status result = session_report(status, &err, PW_STR_EMPTY, PW_STR_EMPTY, out_err);
    return result == PITWALL_OK ? PITWALL_OK : PITWALL_WORLD;
}

void pitwall_stop(pitwall *p) {
    pw_runtime *runtime = atomic_load(&p->runtime);
    if (runtime) pw_runtime_stop_request(runtime);
}

static void copy_text(char *to, size_t capacity, pw_str from) {
    size_t length = from.length < capacity - 1 ? from.length : capacity - 1;
    memcpy(to, from.data, length);
    to[length] = '\0';
}

/* Counting reads the whole table, so it is done once for each state of it, and only while nothing
 * else is. */
static int64_t count_rows(pitwall *p, const pw_query_progress *now) {
    if (p->is_memory || now->state != PW_QUERY_IDLE || now->commits == 0) return -1;
    if (pthread_mutex_trylock(&p->lock) != 0) return -1; /* a statement is being executed */
    int64_t rows = -1;
    session_query *query = session_query_find(p, now->id);
    const pw_topology *topology = query ? query->topology : NULL;
    if (topology && topology->ops[topology->op_count - 1]->sink->has_table) {
        if (query->rows_commits != now->commits) {
            query->rows = session_table_rows(query->state_path, now->sink);
            query->rows_commits = now->commits;
        }
        rows = query->rows;
    }
    pthread_mutex_unlock(&p->lock);
    return rows;
}

size_t pitwall_progress(pitwall *p, pitwall_query_progress *entries, size_t capacity) {
    pw_runtime *runtime = atomic_load(&p->runtime);
    if (!runtime) return 0;
    uint32_t count = pw_runtime_queries(runtime, NULL, 0);
    pw_query **queries = pw_mem_zalloc(count + 1, sizeof(pw_query *));
    count = pw_runtime_queries(runtime, queries, count);
    for (uint32_t i = 0; i < count && i < capacity; i++) {
        pw_query_progress now;
        pw_query_progress_get(queries[i], &now);
        pitwall_query_progress *entry = &entries[i];
        memset(entry, 0, sizeof *entry);
        copy_text(entry->id, sizeof entry->id, now.id);
        copy_text(entry->sink, sizeof entry->sink, now.sink);
        copy_text(entry->state, sizeof entry->state, pw_str_from(pw_query_state_text(now.state)));
        copy_text(entry->reason, sizeof entry->reason, pw_str_from(now.reason));
        copy_text(entry->why_nothing, sizeof entry->why_nothing, pw_str_from(now.why_nothing));
        entry->records_read = now.records_read;
        entry->records_total = now.records_total;
        entry->records_undecodable = now.records_undecodable;
        entry->rows_out = now.rows_out;
        entry->commits = now.commits;
        entry->table_rows = count_rows(p, &now);
    }
    pw_mem_free(queries);
    return count;
}
