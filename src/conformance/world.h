/* The world of one conformance case: an engine in memory, topics as lists of records, queries
 * driven by hand. Nothing in here knows what is expected. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_CONFORMANCE_WORLD_H
#define PW_SRC_CONFORMANCE_WORLD_H

#include "functions/json_tree.h"
#include "session/session_private.h"

/* A record of a topic. data == NULL: null. */
typedef struct kept_record {
    pw_str key, value;
    int64_t timestamp_ms;
    const pw_headers *headers; /* may be NULL */
    struct kept_record *next;
} kept_record;

typedef struct kept_topic {
    pw_str name;
    const pw_source *source; /* how its records are written; NULL: nobody said */
    bool is_fed;             /* named by an input */
    kept_record *first, **end;
    struct kept_topic *next;
} kept_topic;

typedef enum {
    WORLD_PARSING,    /* the text as a whole */
    WORLD_STATEMENTS, /* one after the other */
    WORLD_RUNNING,    /* records go through the queries */
    WORLD_DONE,
} world_stage;

typedef struct world {
    pw_arena arena;
    const pw_json *test; /* the case */
    pw_str sql;          /* all statements, one a line */
    pitwall *engine;
    session_drive drive;
    kept_topic *topics, **topics_end;
    world_stage stage; /* where it is, or where it failed */
    pw_status status;
    pw_error err;
    pw_str message; /* of the failure, in ksqlDB's form */
    uint32_t query_count;
    uint32_t records_failed; /* records and values that could not be used */
    pw_str last_failure;
} world;

void world_init(world *w, const pw_json *test);
void world_deinit(world *w);

/* Runs the case as far as it goes; the outcome is in stage, status and message. */
void world_run(world *w);

kept_topic *world_topic(world *w, pw_str name, bool create);
void world_keep(world *w, kept_topic *topic, const kept_record *record);

/* records.c: between the JSON of a case and the bytes of a topic. */

/* A record of a case's `inputs` for a topic that `source` describes. */
pw_status kept_record_encode(world *w, const pw_source *source, const pw_json *input,
                             kept_record *out, pw_error *err);
/* {"key": ..., "value": ..., "timestamp": ..., "window": ..., "headers": [...]} */
void kept_record_print(const pw_source *source, const kept_record *record, pw_buf *out);

#endif
