/* Feeds: how tasks read partitions. Queries at the same place of the same partition share one
 * reader of the broker: what costs most, fetching, is done once (design: "readers are shared").
 *
 * A *hub* is the shared reader of one partition. While one feed uses it, records go straight
 * through. With several, records are copied once into pages that all of them walk; the window of
 * pages is bounded. A feed that falls behind (a paused or slow query) is let go with a reader of
 * its own, so that it holds nobody back, and comes back when it has caught up.
 *
 * Threads: one task calls a feed at a time; feeds of one hub may be called by different threads.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_RUNTIME_FEED_H
#define PW_RUNTIME_FEED_H

#include <pthread.h>

#include "kafka/broker.h"

typedef struct pw_feed pw_feed;
typedef struct pw_hub pw_hub;

/* All hubs of a runtime. */
typedef struct pw_feeds {
    pw_broker *broker;
    pthread_mutex_t lock;
    pw_hub *hubs;
} pw_feeds;

void pw_feeds_init(pw_feeds *feeds, pw_broker *broker);
void pw_feeds_deinit(pw_feeds *feeds); /* all feeds must be closed */

/* As pw_reader_open; the calls below are as those of readers. */
PW_MUST_USE pw_status pw_feed_open(pw_feeds *feeds, const pw_reader_spec *spec, pw_feed **out,
                                   pw_error *err);
void pw_feed_close(pw_feed *feed);
PW_MUST_USE pw_status pw_feed_poll(pw_feed *feed, pw_record *records, uint32_t max, uint32_t *count,
                                   pw_error *err);
/* The last poll gave nothing because a slower feed of the same reader has not made room yet. Nobody
 * wakes for that. */
bool pw_feed_is_blocked(const pw_feed *feed);
bool pw_feed_is_at_end(pw_feed *feed);
int64_t pw_feed_position(pw_feed *feed);
int64_t pw_feed_high_watermark(pw_feed *feed);

/* For tests and SHOW: readers of the broker that are open now. */
uint32_t pw_feeds_reader_count(pw_feeds *feeds);

#endif
