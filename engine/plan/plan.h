/* From AST to typed statements and topologies. Every mistake of a user is found here, nothing is
 * changed or started. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PLAN_PLAN_H
#define PW_PLAN_PLAN_H

#include "plan/topology.h"

/* Defaults that settings give to statements. */
typedef struct pw_plan_defaults {
    pw_str key_format;     /* ksql.persistence.default.format.key */
    pw_str value_format;   /* ...value; empty: WITH must say */
    pw_str wrap_single;    /* "", "true" or "false" */
    pw_str topic_prefix;   /* ksql.output.topic.name.prefix */
    bool is_exactly_timed; /* reserved for grace defaults */
} pw_plan_defaults;

typedef struct pw_plan_context {
    pw_arena *arena; /* of the query or statement: everything made lives here */
    const pw_catalog *catalog;
    const pw_plan_defaults *defaults;
} pw_plan_context;

/* CREATE [SOURCE] STREAM|TABLE with columns. */
PW_MUST_USE pw_status pw_plan_create(const pw_plan_context *context, const pw_node *statement,
                                     pw_source *out, pw_error *err);

/* CREATE ... AS and INSERT INTO ... SELECT. The topology's sink holds the new source. partition
 * counts of the sources must be known (pw_source.partitions >= 1). */
PW_MUST_USE pw_status pw_plan_query(const pw_plan_context *context, const pw_node *statement,
                                    pw_str query_id, pw_topology **out, pw_error *err);

/* Names of the sources a statement reads, in order of appearance. */
uint32_t pw_plan_sources(pw_arena *arena, const pw_node *query, pw_str **names);

/* Column names and values of INSERT VALUES, evaluated and typed by the target's schema.
 * slots[i] belongs to column i of the target's schema; *rowtime_ms is INT64_MIN if not given. */
PW_MUST_USE pw_status pw_plan_insert_values(const pw_plan_context *context,
                                            const pw_node *statement, const pw_source **target,
                                            pw_slot **slots, int64_t *rowtime_ms, pw_error *err);

#endif
