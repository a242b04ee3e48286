/* Every limit of the engine: name, unit, reason. Beyond one, a status names it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_LIMITS_H
#define PW_BASE_LIMITS_H

enum {
    PW_STATEMENT_BYTES_MAX = 4 << 20, /* one SQL text: files are written by hand */
    PW_EXPR_DEPTH_MAX = 200,        /* nesting of an expression or type: recursion stays bounded */
    PW_JSON_DEPTH_MAX = 256,        /* nesting of a record: as above */
    PW_COLUMNS_MAX = 2000,          /* of one source: SQLite's own limit for a table */
    PW_BATCH_ROWS_MAX = 1024,       /* rows of a batch: its columns stay in the L2 cache */
    PW_CHANNEL_BATCHES_MAX = 16,    /* of an exchange channel: bounds memory, then back-pressure */
    PW_TASK_PARTITIONS_MAX = 10000, /* of one topic */
    PW_DECIMAL_PRECISION_MAX = 38,  /* digits that fit a signed 128-bit integer */
    PW_ERRORS_KEPT_MAX = 10000,     /* rows of pitwall_errors: the oldest go first */
    PW_ERROR_RECORD_BYTES_MAX = 4096, /* raw bytes kept of an undecodable record */
};

#endif
