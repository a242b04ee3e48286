/* A script: parsed whole, validated whole, then carried out. Nothing is created or started by a
 * script that has a mistake anywhere. One exception: a statement that uses a name which the script
 * itself drops further up is validated after the statements before it were carried out, since only
 * then the name is free. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "session/session_private.h"

static statement_fn *const handlers[PW_NODE_KIND_COUNT] = {
    [PW_NODE_CREATE_STREAM] = stmt_create_source,
    [PW_NODE_CREATE_TABLE] = stmt_create_source,
    [PW_NODE_CREATE_STREAM_AS] = stmt_create_query,
    [PW_NODE_CREATE_TABLE_AS] = stmt_create_query,
    [PW_NODE_INSERT_SELECT] = stmt_insert_select,
    [PW_NODE_INSERT_VALUES] = stmt_insert_values,
    [PW_NODE_DROP_SOURCE] = stmt_drop_source,
    [PW_NODE_CREATE_TYPE] = stmt_create_type,
    [PW_NODE_DROP_TYPE] = stmt_drop_type,
    [PW_NODE_SET] = stmt_set,
    [PW_NODE_UNSET] = stmt_unset,
    [PW_NODE_DEFINE] = stmt_define,
    [PW_NODE_UNDEFINE] = stmt_undefine,
    [PW_NODE_SHOW] = stmt_show,
    [PW_NODE_DESCRIBE] = stmt_describe,
    [PW_NODE_EXPLAIN] = stmt_explain,
    [PW_NODE_TERMINATE] = stmt_terminate,
    [PW_NODE_PAUSE] = stmt_pause_resume,
    [PW_NODE_RESUME] = stmt_pause_resume,
    [PW_NODE_QUERY] = stmt_query,
};

action *script_add(script *s, const pw_node *statement,
                   pw_status (*run)(script *, action *, pw_error *)) {
    action *a = PW_NEW(&s->arena, action);
    a->statement = statement;
    a->run = run;
    a->span = (pw_span){statement->span.start + (uint32_t)s->base,
                        statement->span.end + (uint32_t)s->base};
    *s->end = a;
    s->end = &a->next;
    return a;
}

pw_str script_print(script *s, const pw_node *statement) {
    pw_buf text;
    pw_buf_init(&text);
    pw_ast_print(statement, &text);
    pw_str kept = pw_arena_str(&s->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return kept;
}

int32_t script_topic_partitions(const script *s, pw_str topic) {
    for (const action *a = s->first; a; a = a->next) {
        bool is_made = a->must_create_topic || a->query;
        if (is_made && a->source && pw_str_equal(a->source->topic, topic))
            return a->source->partitions;
    }
    return 0;
}

void script_answer(script *s, const char *format, ...) {
    if (!s->on_answer) return;
    pw_buf text, json;
    pw_buf_init(&text);
    pw_buf_init(&json);
    va_list args;
    va_start(args, format);
    pw_buf_format_v(&text, format, args);
    va_end(args);
    pw_buf_add_literal(&json, "{\"message\":");
    pw_buf_add_json_string(&json, pw_buf_str(&text));
    pw_buf_add_char(&json, '}');
    s->on_answer(s->opaque, pw_buf_cstr(&text), pw_buf_cstr(&json));
    pw_buf_deinit(&text);
    pw_buf_deinit(&json);
}

static pw_str kind_words(pw_arena *arena, const pw_node *statement) {
    pw_str name = pw_str_from(pw_node_kind_name(statement->kind));
    char *words = pw_arena_cstr(arena, name);
    for (size_t i = 0; i < name.length; i++) {
        if (words[i] == '_') words[i] = ' ';
    }
    return (pw_str){words, name.length};
}

/* Carries out what has been validated. What is done is not taken back. */
static pw_status carry_out(script *s, pw_error *err) {
    for (action *a = s->first; a; a = a->next) {
        pw_status status = a->run(s, a, err);
        if (status != PW_OK) {
            if (err->at.end <= err->at.start) err->at = a->span;
            return status;
        }
    }
    s->first = NULL;
    s->end = &s->first;
    s->added_count = 0;
    return PW_OK;
}

typedef struct drop_search {
    const script *s;
    bool is_found;
} drop_search;

static bool visit_dropped(const pw_node *node, void *opaque) {
    drop_search *search = opaque;
    for (const action *a = search->s->first; a && node->text.length; a = a->next) {
        search->is_found |= a->statement->kind == PW_NODE_DROP_SOURCE && a->is_known &&
                            pw_str_equal(a->name, node->text);
    }
    return !search->is_found;
}

/* Does the statement use a name that a DROP further up will have freed? It can be validated only
 * when that has happened. */
static bool uses_dropped(const script *s, const pw_node *statement) {
    drop_search search = {.s = s};
    pw_ast_walk(statement, visit_dropped, &search);
    return search.is_found;
}

static pw_status handle(script *s, const pw_node *statement, pw_error *err) {
    if (uses_dropped(s, statement)) {
        if (s->is_check_only)
            return PW_OK; /* its syntax was checked; nothing is dropped by a check */
        PW_TRY(carry_out(s, err));
    }
    statement_fn *handler = handlers[statement->kind];
    if (handler) return handler(s, statement, err);
    return pw_fail(err, PW_UNSUPPORTED, statement->span, "%.*s is not supported yet",
                   PW_STR_ARGS(kind_words(&s->arena, statement)));
}

/* One statement of the text: variables put in, parsed, validated. An error's place is one in the
 * script as it was given, as long as no variable changed the statement. */
static pw_status take_statement(script *s, pw_str piece, size_t base, pw_error *err) {
    pw_str text = piece;
    s->base = base;
    PW_TRY(pw_variables_substitute(&s->arena, piece, &s->p->variables, &text, err));
    pw_statements statements;
    pw_status status = pw_parse(&s->arena, text, &statements, err);
    for (uint32_t i = 0; status == PW_OK && i < statements.count; i++) {
        status = handle(s, statements.items[i], err);
    }
    if (status == PW_OK || err->at.end <= err->at.start) return status;
    if (text.data == piece.data || pw_str_equal(text, piece)) {
        err->at.start += (uint32_t)base;
        err->at.end += (uint32_t)base;
    } else {
        err->at = (pw_span){(uint32_t)base, (uint32_t)(base + piece.length)};
    }
    return status;
}

static pw_status validate(script *s, pw_error *err) {
    size_t at = 0;
    while (at < s->text.length) {
        pw_str rest = {s->text.data + at, s->text.length - at};
        pw_str piece = pw_statement_first(rest);
        if (piece.length == 0) break;
        PW_TRY(take_statement(s, piece, at, err));
        at += piece.length;
    }
    return PW_OK;
}

/* What the log has stays: the session goes on as the next one will begin. */
static bool is_logged(const script *s, pw_str name) {
    for (const action *a = s->first; a; a = a->next) {
        if (a->entry.id > 0 && pw_str_equal(a->entry.name, name)) return true;
    }
    return false;
}

/* A script that failed leaves no source behind that it has not created. */
static void take_back(script *s) {
    for (uint32_t i = s->added_count; i > 0; i--) {
        pw_error ignored;
        if (is_logged(s, s->added[i - 1])) continue;
        if (pw_catalog_source_drop(s->p->catalog, s->added[i - 1], &ignored) != PW_OK) continue;
    }
    s->added_count = 0;
}

/* Syntax first, of the whole text: a mistake at the end is found before anything else is
 * looked at. */
static pw_status parse_all(script *s, pw_error *err) {
    if (pw_str_find(s->text, PW_STR("${")) != SIZE_MAX)
        return PW_OK; /* known only with its variables */
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_statements statements;
    pw_status status = pw_parse(&arena, s->text, &statements, err);
    pw_arena_deinit(&arena);
    return status;
}

static pw_status run_script(script *s, pw_error *err) {
    PW_TRY(parse_all(s, err));
    PW_TRY(validate(s, err));
    return s->is_check_only ? PW_OK : carry_out(s, err);
}

/* What a script is executed for. */
typedef struct purpose {
    bool is_check_only;
    pw_buf *plans;
    pitwall_answer_fn on_answer;
    void *opaque;
} purpose;

/* Queries that were planned but never started go: all of a check, the rest of a script
 * that failed. */
static void forget_planned(pitwall *p) {
    for (session_query **at = &p->queries; *at;) {
        session_query *query = *at;
        if (query->running) {
            at = &query->next;
            continue;
        }
        *at = query->next;
        pw_arena_deinit(&query->arena);
        pw_mem_free(query);
    }
}

static void print_plans(script *s) {
    for (const action *a = s->first; a; a = a->next) {
        if (!a->query) continue;
        if (s->plans->length) pw_buf_add_char(s->plans, '\n');
        pw_topology_print(a->query->topology, s->plans);
    }
}

static pw_status execute_text(pitwall *p, pw_str sql, pw_str file_name, purpose why,
                              pw_error *err) {
    script *s = pw_mem_zalloc(1, sizeof *s);
    pw_arena_init(&s->arena, 0);
    s->p = p;
    s->text = sql;
    s->file = file_name;
    s->is_check_only = why.is_check_only;
    s->plans = why.plans;
    s->on_answer = why.on_answer;
    s->opaque = why.opaque;
    s->end = &s->first;
    pthread_mutex_lock(&p->lock);
    pw_settings settings = p->settings;
    pw_status status = run_script(s, err);
    if (atomic_load(&p->runtime)) pw_runtime_begin(atomic_load(&p->runtime));
    if (status == PW_OK && s->plans) print_plans(s);
    if (status != PW_OK || s->is_check_only) {
        take_back(s);
        forget_planned(p);
        p->settings = settings;
    }
    pthread_mutex_unlock(&p->lock);
    pw_arena_deinit(&s->arena);
    pw_mem_free(s);
    return status;
}

static pitwall_status execute(pitwall *p, const char *sql, const char *file_name, purpose why,
                              pitwall_error *out_err) {
    pw_error err = {0};
    pw_str text = pw_str_from(sql), file = pw_str_from(file_name);
    pw_status status = execute_text(p, text, file, why, &err);
    return session_report_given(status, &err, file, text, out_err);
}

pw_status session_execute(pitwall *p, pw_str sql, pw_error *err) {
    return execute_text(p, sql, PW_STR_EMPTY, (purpose){0}, err);
}

pitwall_status pitwall_execute(pitwall *p, const char *sql, const char *file_name,
                               pitwall_answer_fn on_answer, void *opaque, pitwall_error *err) {
    return execute(p, sql, file_name, (purpose){.on_answer = on_answer, .opaque = opaque}, err);
}

pitwall_status pitwall_check(pitwall *p, const char *sql, const char *file_name,
                             pitwall_error *err) {
    return execute(p, sql, file_name, (purpose){.is_check_only = true}, err);
}

pitwall_status session_explain(pitwall *p, const char *sql, const char *file_name, pw_buf *out,
                               pitwall_error *err) {
    return execute(p, sql, file_name, (purpose){.is_check_only = true, .plans = out}, err);
}
