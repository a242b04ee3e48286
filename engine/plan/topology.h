/* The topology: how a persistent query runs, as read-only data. The session makes it once per
 * query, all tasks share it.
 *
 * A tree of operators whose root is the sink. An EXCHANGE cuts it into stages: a stage has one task
 * per partition (of its sources) or shard (behind an exchange), and each task has its own instance
 * of every operator of the stage. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PLAN_TOPOLOGY_H
#define PW_PLAN_TOPOLOGY_H

#include "catalog/catalog.h"
#include "expr/expr.h"
#include "formats/format.h"

/* kind, name in EXPLAIN, what it does */
#define PW_PLAN_OP_MAP(X)                                                                          \
    X(SOURCE, "source", "reads and decodes the columns in use of a topic")                         \
    X(FILTER, "filter", "keeps the rows of a stream that pass")                                    \
    X(FILTER_TABLE, "filter table", "keeps rows; one that passed before and fails now is deleted") \
    X(PROJECT, "project", "computes columns")                                                      \
    X(FLATTEN, "flatten", "one row per element: EXPLODE")                                          \
    X(EXCHANGE, "exchange", "moves rows to the task that owns their key")                          \
    X(AGGREGATE, "aggregate", "groups, per window if there is one")                                \
    X(JOIN_TABLE, "join table", "looks the row's key up in a table")                               \
    X(SINK, "sink", "encodes rows for the output topic and the visible table")

typedef enum {
#define PW_PLAN_OP_ENUM(name, text, doc) PW_PLAN_##name,
    PW_PLAN_OP_MAP(PW_PLAN_OP_ENUM)
#undef PW_PLAN_OP_ENUM
        PW_PLAN_OP_COUNT
} pw_plan_op_kind;

/* Columns of a source's batch: those of the source's schema, then these. Columns nobody reads have
 * no slots. */
typedef enum {
    PW_PSEUDO_ROWTIME,
    PW_PSEUDO_ROWPARTITION,
    PW_PSEUDO_ROWOFFSET,
    PW_PSEUDO_WINDOWSTART, /* the last two only of a windowed source */
    PW_PSEUDO_WINDOWEND,
    PW_PSEUDO_COUNT
} pw_pseudo;

typedef struct pw_plan_source {
    const pw_source *source;
    pw_str alias;
    bool *wanted; /* per column of the batch */
    pw_program
        *timestamp; /* event time in ms, over the source's batch; NULL: the record's timestamp */
} pw_plan_source;

typedef struct pw_plan_window {
    pw_window_kind kind;
    int64_t size_ms;    /* SESSION: the gap */
    int64_t advance_ms; /* TUMBLING: equal to size_ms */
    int64_t grace_ms;
    int64_t retention_ms;
    bool has_retention; /* RETENTION was stated: rows leave the visible table when it is over */
} pw_plan_window;

typedef struct pw_plan_aggregate {
    uint32_t group_count; /* leading columns of the input: the group */
    pw_aggregate_call *calls;
    uint32_t *arg_start; /* column of the first argument of call i; the others follow */
    uint32_t call_count;
    pw_plan_window window;
    /* output: group columns, WINDOWSTART and WINDOWEND if windowed, results */
} pw_plan_aggregate;

typedef struct pw_plan_flatten {
    const pw_signature *
        *functions; /* one per table function; argument i is result i of the program */
    const pw_type **arg_types;
    uint32_t function_count;
    /* output: the input's columns, then one per function */
} pw_plan_flatten;

typedef struct pw_plan_join {
    pw_join_kind kind; /* INNER or LEFT */
    /* left input: column 0 is the join key, then the left columns; right input: the table's batch,
     * key_index its primary key. output: left columns without the key column, then the right
     * columns. */
    uint32_t right_key_index;
} pw_plan_join;

typedef struct pw_plan_sink {
    pw_source sink; /* what the catalog is told: schema, topic, formats */
    uint32_t key_count;
    int32_t timestamp_index; /* column that gives the outgoing timestamp, -1: the row's time */
    bool is_windowed;        /* the key bytes are followed by the window's start (time windows) */
    bool has_table;          /* keep a visible table */
} pw_plan_sink;

typedef struct pw_plan_op {
    pw_plan_op_kind kind;
    uint32_t id; /* index in pw_topology.ops: inputs come before their readers */
    uint32_t input_count;
    struct pw_plan_op *inputs[2];
    struct pw_plan_op *output; /* NULL for the sink */
    uint32_t output_input;     /* which input of `output` this is */
    uint32_t stage;
    bool is_table;               /* rows are changes of a table: upserts and tombstones by key */
    uint32_t key_count;          /* leading columns that are the row's key, 0: not laid out so */
    pw_schema schema;            /* of the batches it emits */
    const pw_type **types;       /* of the columns, schema.column_count */
    int32_t store;               /* number of its store in the state file, -1: none */
    const pw_expr *const *exprs; /* what `program` was compiled from */
    uint32_t expr_count;
    pw_program *program; /* FILTER: one predicate; PROJECT: all columns; FLATTEN: arguments */
    pw_str program_text; /* for EXPLAIN */
    const pw_plan_source *source;
    const pw_plan_aggregate *aggregate;
    const pw_plan_flatten *flatten;
    const pw_plan_join *join;
    const pw_plan_sink *sink;
} pw_plan_op;

typedef struct pw_stage {
    uint32_t task_count;
    bool has_sources; /* else it is fed by an exchange */
} pw_stage;

typedef struct pw_topology {
    pw_plan_op **ops; /* the last one is the sink */
    uint32_t op_count;
    pw_stage *stages;
    uint32_t stage_count;
    uint32_t store_count;
    uint32_t task_count; /* of all stages; tasks are numbered stage by stage */
    pw_str query_id;
    pw_str statement;   /* printed AST */
    pw_str fingerprint; /* of everything that state depends on */
} pw_topology;

const char *pw_plan_op_name(pw_plan_op_kind kind);

/* The tree as text, sink first, one operator a line with its columns and expressions; stages and
 * exchanges shown. */
void pw_topology_print(const pw_topology *topology, pw_buf *out);

#endif
