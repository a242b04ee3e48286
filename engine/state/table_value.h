/* How a SQL value looks in a column of the visible table, for those who write it (commit) and those
 * who read it back (pull queries). README.md says why each type is kept the way it is.
 *
 *   BOOLEAN INTEGER BIGINT  INTEGER          DATE       TEXT 2021-03-28
 *   DOUBLE                  REAL, NaN: TEXT  TIME       TEXT 13:45:10.000
 *   DECIMAL                 TEXT, exact      TIMESTAMP  TEXT 2021-03-28T13:45:10.000
 *   STRING                  TEXT             ARRAY MAP STRUCT  JSON as TEXT
 *   BYTES                   BLOB             WINDOWSTART WINDOWEND ROWTIME  INTEGER, milliseconds
 *
 * A NULL in a primary key column, which SQLite refuses, is an empty BLOB (of BYTES: an empty TEXT).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_STATE_TABLE_VALUE_H
#define PW_STATE_TABLE_VALUE_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/buf.h"
#include "types/slot.h"
#include "types/type.h"

/* Holds what bound values point to until the statement has run. */
typedef struct pw_table_binder {
    pw_arena arena;
    pw_buf text;
} pw_table_binder;

void pw_table_binder_init(pw_table_binder *binder);
void pw_table_binder_reset(pw_table_binder *binder); /* bound values are no longer needed */
void pw_table_binder_deinit(pw_table_binder *binder);

/* Binds a value as the table keeps it, e.g. to compare a column with it. STRING and BYTES are
 * borrowed. */
void pw_table_value_bind(pw_table_binder *binder, sqlite3_stmt *statement, int parameter,
                         const pw_type *type, const pw_slot *slot, bool is_key);

/* A column back as a slot; text is copied to `arena`. Nested types give their JSON text as *json
 * and a slot that is only good for is_null. False for what no bind wrote. */
bool pw_table_value_read(pw_arena *arena, sqlite3_value *value, const pw_type *type, bool is_key,
                         pw_slot *out, pw_str *json);

/* Declared type in CREATE TABLE: it gives the column the affinity that leaves values as they are.
 */
void pw_table_type_print(const pw_type *type, pw_buf *out);

/* JSON of a nested value, as the JSON format writes it. */
void pw_table_json_print(const pw_type *type, const pw_slot *slot, pw_buf *out);

/* As pw_row_decode, but text points into `bytes`. */
bool pw_row_decode_borrowed(pw_arena *arena, const pw_type *const *types, uint32_t count,
                            pw_str bytes, pw_slot *slots);

#endif
