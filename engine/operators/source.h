/* From records to rows: the first thing a task does. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_OPERATORS_SOURCE_H
#define PW_OPERATORS_SOURCE_H

#include "kafka/broker.h" /* pw_record: what a topic holds; nothing else of it is used */
#include "operators/op.h"

typedef struct pw_source_op pw_source_op;

/* Told of a record that cannot be decoded. All borrowed for the call. */
typedef void pw_record_failed_fn(void *opaque, const pw_source *source, const pw_record *record,
                                 pw_str column, const char *reason);

PW_MUST_USE pw_status pw_source_open(pw_op_context *context, const pw_plan_op *plan, pw_op *next,
                                     pw_record_failed_fn *on_failure, void *opaque,
                                     pw_source_op **out, pw_error *err);
void pw_source_close(pw_source_op *self);

/* Decodes up to PW_BATCH_ROWS_MAX records into a batch in the context's batch arena. Text points
 * into the records, which must stay until the arena is reset. Undecodable records are reported and
 * not selected. */
pw_batch *pw_source_decode(pw_source_op *self, const pw_record *records, uint32_t count);

/* Pushes a decoded batch (or a view of some of its rows) into the operators. */
PW_MUST_USE pw_status pw_source_push(pw_source_op *self, pw_batch *batch, pw_error *err);

bool pw_source_wants_headers(const pw_plan_op *plan);
const pw_op_counters *pw_source_counters(const pw_source_op *self);

#endif
