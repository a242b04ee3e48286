/* The engine behind the public API: data folder, broker, catalog, runtime, and the statements.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SESSION_PRIVATE_H
#define PW_SESSION_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/data_folder.h"
#include "catalog/errors.h"
#include "kafka/broker.h"
#include "parser/parse.h"
#include "pitwall.h"
#include "plan/plan.h"
#include "runtime/runtime.h"
#include "session/config.h"
#include "session/settings.h"

/* A persistent query of this session: its plan lives as long as it runs. */
typedef struct session_query {
    pw_arena arena;
    pw_topology *topology;
    pw_query *running; /* NULL: planned only, or stopped */
    pw_str state_path;
    uint64_t rows_commits; /* commit at which `rows` was counted */
    int64_t rows;
    struct session_query *next;
} session_query;

/* A test that drives the queries itself (runtime/driver.h): they are planned, not started, and the
 * records of INSERT VALUES are given to it. */
typedef struct session_drive {
    pw_status (*insert)(void *opaque, const pw_source *target, const pw_outgoing *record,
                        pw_error *err);
    void *opaque;
} session_drive;

struct pitwall {
    const session_drive *drive; /* NULL: the runtime does */
    pthread_mutex_t lock;       /* one call at a time */
    pw_arena arena;
    pw_config config;
    pw_settings settings; /* with what SET changed */
    bool is_read_only, is_memory;
    pw_str folder_path;
    pw_data_folder *folder;
    pw_broker *broker; /* opened when first needed */
    pw_catalog *catalog;
    pw_errors *errors;
    pw_runtime *_Atomic runtime;
    session_query *queries;
    pw_hashmap variables; /* DEFINE */
    pw_plan_defaults defaults;
};

/* --- executing a script (execute.c) ----------------------------------------------------------- */

struct script;
struct action;

/* What a statement will do once the whole script has been found valid. */
typedef struct action {
    pw_status (*run)(struct script *script, struct action *action, pw_error *err);
    const pw_node *statement;
    pw_str name;             /* of the source */
    const pw_source *source; /* in the catalog */
    session_query *query;
    pw_catalog_entry entry;
    void *opaque; /* what the handler keeps for `run` */
    bool must_create_topic;
    bool is_known; /* was there already, with the same text */
    pw_span span;  /* in the script, for messages */
    struct action *next;
} action;

typedef struct script {
    pitwall *p;
    pw_arena arena;
    pw_str file, text;
    size_t base; /* where the statement being validated begins */
    bool is_check_only;
    pw_buf *plans; /* EXPLAIN of a whole script: every query's plan goes here */
    pitwall_answer_fn on_answer;
    void *opaque;
    action *first, **end;
    pw_str added[1024]; /* sources this script has put into the catalog: taken out if it fails */
    uint32_t added_count;
} script;

/* One handler per kind of statement: validates, changes the in-memory catalog, and adds actions. */
typedef pw_status statement_fn(script *s, const pw_node *statement, pw_error *err);

statement_fn stmt_create_source, stmt_create_query, stmt_insert_select, stmt_insert_values,
    stmt_drop_source, stmt_create_type, stmt_drop_type, stmt_set, stmt_unset, stmt_define,
    stmt_undefine, stmt_show, stmt_describe, stmt_explain, stmt_terminate, stmt_pause_resume,
    stmt_query;

action *script_add(script *s, const pw_node *statement,
                   pw_status (*run)(script *, action *, pw_error *));
/* A source of this script: in the catalog now, taken out again if the script fails. */
pw_status script_source_add(script *s, const pw_node *statement, const pw_source *source,
                            const pw_source **out, pw_error *err);
/* The name is taken: fine for the same statement (and IF NOT EXISTS), an error otherwise. */
pw_status script_known(script *s, const pw_node *statement, const pw_source *known, pw_str text,
                       bool *is_same, pw_error *err);
/* Partitions of a topic that an earlier statement of the script will make; 0: none does. */
int32_t script_topic_partitions(const script *s, pw_str topic);
/* The statement as one line of SQL, as the catalog keeps it. */
pw_str script_print(script *s, const pw_node *statement);
/* Answers a statement: text for people. */
void script_answer(script *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- shared ----------------------------------------------------------------------------------- */

/* Makes the catalog's sources from its log. */
pw_status session_load(pitwall *p, pw_error *err);
pw_status session_broker(pitwall *p, pw_error *err); /* opens it if it is not open yet */
pw_status session_runtime(pitwall *p, pw_error *err);
pw_plan_context session_plan_context(pitwall *p, pw_arena *arena);
/* The logged statement that made `name`; false: none. */
bool session_logged(pitwall *p, pw_arena *arena, pw_entry_kind kind, pw_str name,
                    pw_catalog_entry *out);
pw_str session_state_path(pitwall *p, pw_arena *arena, pw_str name);
/* Makes a sink's or source's topic if it is not there. */
pw_status session_make_topic(pitwall *p, const pw_source *source, pw_error *err);
/* Rows of a visible table in its file, -1 when it cannot be asked. Both texts are terminated. */
int64_t session_table_rows(pw_str path, pw_str table);
session_query *session_query_find(pitwall *p, pw_str id);

/* Executes a script; its own error, not one made for reading. */
pw_status session_execute(pitwall *p, pw_str sql, pw_error *err);

/* The plans of all queries of a script, as text. */
pitwall_status session_explain(pitwall *p, const char *sql, const char *file_name, pw_buf *out,
                               pitwall_error *err);

/* pull_query.c: answers a SELECT from the state files. */
pw_status session_pull(pitwall *p, const pw_node *query, const pitwall_rows *rows, pw_error *err);

pitwall_status session_report(pw_status status, const pw_error *err, pw_str file, pw_str text,
                              pitwall_error *out);
/* The same where what was given is at fault: an address nobody answers at, a folder that cannot be
 * written. */
pitwall_status session_report_given(pw_status status, const pw_error *err, pw_str file, pw_str text,
                                    pitwall_error *out);

#endif
