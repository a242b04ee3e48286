/* Feeds of several threads over one partition that grows meanwhile: each sees every record once and
 * in order, however slow it is, whenever it comes and goes. For ThreadSanitizer above all.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "runtime/feed.h"

enum { RECORDS = 60000, READERS = 5, PATIENCE_MS = 60000 };

typedef struct reader {
    pthread_t thread;
    uint64_t random;
    bool is_slow; /* stands still with a page in its hand, so that it is let go */
    bool comes_and_goes;
    int64_t next;      /* the offset that must come next */
    const char *wrong; /* NULL: nothing was */
    pw_record records[PW_BATCH_ROWS_MAX];
} reader;

static pw_broker *broker;
static pw_feeds feeds;
static reader readers[READERS];
static atomic_uint wakes;

static uint64_t draw(reader *self, uint64_t below) {
    self->random = self->random * 6364136223846793005u + 1442695040888963407u;
    return (self->random >> 33) % below;
}

static void on_wake(void *opaque) {
    (void)opaque;
    atomic_fetch_add(&wakes, 1);
}

static pw_feed *open_feed(reader *self) {
    pw_reader_spec spec = {.topic = PW_STR("t"),
                           .partition = 0,
                           .offset = self->next ? self->next : PW_OFFSET_EARLIEST,
                           .wake = on_wake,
                           .opaque = self};
    pw_error err;
    pw_feed *feed = NULL;
    if (pw_feed_open(&feeds, &spec, &feed, &err) != PW_OK) self->wrong = "a feed cannot be opened";
    return feed;
}

static bool is_right(const pw_record *record, int64_t offset) {
    char value[16];
    int length = snprintf(value, sizeof value, "%lld", (long long)offset);
    return record->offset == offset && record->value_length == (uint32_t)length &&
           memcmp(record->value, value, (size_t)length) == 0;
}

static bool are_right(const reader *self, int64_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!is_right(&self->records[i], first + i)) return false;
    }
    return true;
}

static void read_once(reader *self, pw_feed *feed) {
    uint32_t count = 0;
    pw_error err;
    uint32_t most = (uint32_t)draw(self, PW_BATCH_ROWS_MAX) + 1;
    if (pw_feed_poll(feed, self->records, most, &count, &err) != PW_OK) self->wrong = "poll failed";
    if (!are_right(self, self->next, count)) self->wrong = "not the records that follow";
    if (count == 0) pw_clock_sleep_ms(1);
    bool stops = self->is_slow && draw(self, 40) == 0;
    if (stops) pw_clock_sleep_ms((int64_t)draw(self, 300));
    /* They are lent until the next poll, whatever the others do. */
    if (stops && !are_right(self, self->next, count)) self->wrong = "lent records have changed";
    self->next += count;
}

static void *read_all(void *opaque) {
    reader *self = opaque;
    int64_t until_ns = pw_clock_mono_ns() + PATIENCE_MS * 1000000ll;
    pw_feed *feed = open_feed(self);
    while (!self->wrong && self->next < RECORDS) {
        read_once(self, feed);
        if (pw_clock_mono_ns() > until_ns) self->wrong = "too slow: it was forgotten";
        if (!self->comes_and_goes || draw(self, 30) != 0) continue;
        pw_feed_close(feed);
        feed = open_feed(self);
    }
    pw_feed_close(feed);
    return NULL;
}

static void produce_all(void) {
    pw_error err;
    pw_producer *producer;
    pw_topic_handle *topic;
    int32_t partitions;
    assert_int_equal(pw_producer_open(broker, NULL, NULL, &producer, &err), PW_OK);
    assert_int_equal(pw_producer_topic(producer, PW_STR("t"), &topic, &partitions, &err), PW_OK);
    for (int i = 0; i < RECORDS; i++) {
        char value[16];
        int length = snprintf(value, sizeof value, "%d", i);
        pw_outgoing record = {
            .topic = topic, .partition = 0, .value = value, .value_length = (size_t)length};
        size_t sent = 0;
        assert_int_equal(pw_producer_send(producer, &record, 1, &sent, &err), PW_OK);
        assert_int_equal(sent, 1);
        if (i % 2000 == 0) pw_producer_poll(producer, 0);
        if (i % 5000 == 0) pw_clock_sleep_ms(2);
    }
    assert_int_equal(pw_producer_flush(producer, PATIENCE_MS, &err), PW_OK);
    pw_producer_close(producer);
}

static void test_all_see_all(void **state) {
    (void)state;
    pw_error err;
    pw_broker_config config = {.local_path = PW_STR(":memory:")};
    pw_topic_spec spec = {.name = PW_STR("t"), .partition_count = 1, .retention_ms = -1};
    assert_int_equal(pw_broker_open(&config, &broker, &err), PW_OK);
    assert_int_equal(pw_topic_create(broker, &spec, &err), PW_OK);
    pw_feeds_init(&feeds, broker);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (reader){
            .random = (uint64_t)i * 7919 + 44, .is_slow = i == 1, .comes_and_goes = i >= 3};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
    }
    produce_all();
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        if (readers[i].wrong) fail_msg("reader %d: %s", i, readers[i].wrong);
        assert_int_equal(readers[i].next, RECORDS);
    }
    assert_int_equal(pw_feeds_reader_count(&feeds), 0);
    pw_feeds_deinit(&feeds);
    pw_broker_close(broker);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_see_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
