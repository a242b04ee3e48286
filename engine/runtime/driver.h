/* One query driven by hand: one thread, no broker, no clock, one record at a time.
 *
 * All operators of all stages are opened in memory, each stage as one task; an exchange is a plain
 * call into the next stage. A record goes through to the sink before the call returns, aggregates
 * emit for every row, and what the sink encoded can then be read. So the answer depends on nothing
 * but the records and their order: what tests need. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_RUNTIME_DRIVER_H
#define PW_RUNTIME_DRIVER_H

#include "kafka/broker.h" /* pw_record */
#include "operators/op.h"

typedef struct pw_driver pw_driver;

/* topology: borrowed until close. */
PW_MUST_USE pw_status pw_driver_open(const pw_topology *topology, pw_driver **out, pw_error *err);
void pw_driver_close(pw_driver *driver); /* NULL is fine */

/* Does the query read that topic? */
bool pw_driver_reads(const pw_driver *driver, pw_str topic);

/* Gives a record to every source of the query that reads `topic`. What the sink made of it is in
 * the outbox until the next call. A record that cannot be decoded and a row that cannot be
 * evaluated are counted and skipped, as in a running query. */
PW_MUST_USE pw_status pw_driver_feed(pw_driver *driver, pw_str topic, const pw_record *record,
                                     pw_error *err);
const pw_outbox *pw_driver_outbox(const pw_driver *driver);

/* Records and values that could not be used so far, and why the last one could not. */
uint64_t pw_driver_failure_count(const pw_driver *driver);
const char *pw_driver_last_failure(const pw_driver *driver);

#endif
