/* The WITH clause: one row per property, read and checked in one place.
 * (ksqlDB reference, "WITH properties".) SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PLAN_WITH_H
#define PW_PLAN_WITH_H

#include "plan/plan.h"

/* What a clause says; empty text, -1 and `has_` false where it says nothing. */
typedef struct pw_with {
    pw_str topic;
    pw_str format, key_format, value_format;
    pw_str key_delimiter, value_delimiter;
    pw_str timestamp, timestamp_format;
    pw_str window_type, window_size;
    int64_t partitions, replicas, retention_ms;
    bool has_wrap, wrap;
    bool has_topic, has_retention;
    pw_str query_id;
    pw_span format_at, key_format_at, value_format_at, timestamp_at, timestamp_format_at, topic_at;
    pw_span window_size_at, wrap_at, window_type_at;
} pw_with;

typedef enum { PW_WITH_CREATE, PW_WITH_CREATE_AS, PW_WITH_INSERT } pw_with_kind;

/* properties may be NULL: an empty clause. */
PW_MUST_USE pw_status pw_with_read(pw_arena *arena, const pw_node *properties, pw_with_kind kind,
                                   pw_with *out, pw_error *err);

/* Settles TIMESTAMP and TIMESTAMP_FORMAT against the schema of `out`. */
PW_MUST_USE pw_status pw_plan_timestamp(const pw_with *with, pw_source *out, pw_error *err);

/* "1 HOUR" as WINDOW_SIZE has it. False if it is none. */
bool pw_with_duration(pw_str text, int64_t *ms);

/* Settles the format of one side. inherited: of the left-most source, NULL for CREATE. column_count
 * is that side's. Checks delimiter, wrapping and that the format can hold the columns. */
PW_MUST_USE pw_status pw_with_format(const pw_plan_context *context, const pw_with *with,
                                     pw_side side, const pw_schema *schema,
                                     const pw_source_format *inherited, pw_source_format *out,
                                     pw_error *err);

#endif
