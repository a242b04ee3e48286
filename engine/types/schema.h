/* The columns of a source, of a batch, of a result: key columns first, in order.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_SCHEMA_H
#define PW_TYPES_SCHEMA_H

#include "types/type.h"

typedef enum {
    PW_COLUMN_KEY,          /* KEY of a stream, PRIMARY KEY of a table */
    PW_COLUMN_VALUE,        /* from the record's value */
    PW_COLUMN_HEADERS,      /* all headers: ARRAY<STRUCT<KEY STRING, VALUE BYTES>> */
    PW_COLUMN_HEADER,       /* the last header named `header_key`: BYTES */
    PW_COLUMN_WINDOW_START, /* BIGINT; of a windowed key, after the key columns */
    PW_COLUMN_WINDOW_END,
    PW_COLUMN_ROWTIME,      /* pseudo columns: BIGINT, INTEGER, BIGINT; only where they are used */
    PW_COLUMN_ROWPARTITION,
    PW_COLUMN_ROWOFFSET,
} pw_column_kind;

typedef struct pw_column {
    pw_str name;
    const pw_type *type;
    pw_column_kind kind;
    pw_str header_key; /* PW_COLUMN_HEADER only */
} pw_column;

typedef struct pw_schema {
    const pw_column *columns;
    uint32_t column_count;
} pw_schema;

/* Index by exact name, or -1. */
int32_t pw_schema_find(const pw_schema *schema, pw_str name);
uint32_t pw_schema_count_kind(const pw_schema *schema, pw_column_kind kind);
pw_schema pw_schema_copy(pw_arena *arena, const pw_schema *schema);

/* "`ID` BIGINT KEY, `NAME` STRING": ksqlDB's text of a schema. is_table: PRIMARY KEY for KEY. */
void pw_schema_print(const pw_schema *schema, bool is_table, pw_buf *out);

#endif
