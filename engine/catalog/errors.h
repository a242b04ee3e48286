/* The error table: every record that could not be decoded or evaluated, bounded, queryable.
 *
 * pw_errors_add copies into memory and returns; it never waits for a disk. pw_errors_flush, called
 * with every commit, writes what came together into errors.db (table pitwall_errors) and deletes
 * the oldest rows beyond PW_ERRORS_KEPT_MAX. What does not fit into memory between two flushes is
 * counted, not kept: the counters are always right. Thread-safe. SPDX-License-Identifier:
 * Apache-2.0 */
#ifndef PW_CATALOG_ERRORS_H
#define PW_CATALOG_ERRORS_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"

typedef struct pw_errors pw_errors;

typedef struct pw_error_record {
    int64_t at_ms; /* wall clock */
    pw_status status;
    pw_str query_id;
    pw_str topic;      /* empty: not known */
    int32_t partition; /* -1: not known */
    int64_t offset;    /* -1: not known */
    pw_str column;     /* what was being made; empty: the record as a whole */
    pw_str reason;
    pw_str key;   /* raw bytes, data == NULL: null; cut to PW_ERROR_RECORD_BYTES_MAX */
    pw_str value; /* as key */
} pw_error_record;

/* path: data folder/errors.db, or ":memory:". A damaged file is moved aside (errors.db.damaged) and
 * a new one begun: no query must fail because its errors cannot be kept. */
PW_MUST_USE pw_status pw_errors_open(pw_str path, pw_errors **out, pw_error *err);
void pw_errors_close(pw_errors *errors); /* flushes as far as it can; NULL is fine */

/* Counts and, while there is room, keeps a copy. */
void pw_errors_add(pw_errors *errors, const pw_error_record *record);

/* Writes what is buffered, in one transaction. On failure the records are lost from the table (not
 * from the counters) and the status says why; the caller reports it once and goes on. */
PW_MUST_USE pw_status pw_errors_flush(pw_errors *errors, pw_error *err);

/* Since the program started. An empty query id: of all queries. */
uint64_t pw_errors_count(pw_errors *errors, pw_str query_id);
/* Of those, how many were counted without being kept. */
uint64_t pw_errors_overflow_count(pw_errors *errors);
/* The last kept error of a query, copied to `arena`; false: none. For "why is there no output". */
bool pw_errors_last(pw_errors *errors, pw_arena *arena, pw_str query_id, pw_error_record *out);
/* The query was dropped: its counter and sample go. Rows stay in the table. */
void pw_errors_forget(pw_errors *errors, pw_str query_id);

#endif
