/* Feeds: queries that share a reader do not hold each other up, and lose nothing when they part.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runtime/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"

enum { RECORDS = 100 * PW_BATCH_ROWS_MAX, FEEDS = 3, PATIENCE_MS = 10000 };

typedef struct fixture {
    pw_broker *broker;
    pw_feeds feeds;
    pw_feed *feed[FEEDS];
    int64_t next[FEEDS]; /* the offset that this one must see next */
    pw_record records[FEEDS][PW_BATCH_ROWS_MAX];
} fixture;

static fixture fix;
static pw_error failure;

static void produce_all(void) {
    pw_producer *producer;
    pw_topic_handle *topic;
    int32_t partitions;
    assert_int_equal(pw_producer_open(fix.broker, NULL, NULL, &producer, &failure), PW_OK);
    assert_int_equal(pw_producer_topic(producer, PW_STR("t"), &topic, &partitions, &failure),
                     PW_OK);
    for (int i = 0; i < RECORDS;) {
        char value[16];
        int length = snprintf(value, sizeof value, "%d", i);
        pw_outgoing record = {
            .topic = topic, .partition = 0, .value = value, .value_length = (size_t)length};
        size_t sent = 0;
        assert_int_equal(pw_producer_send(producer, &record, 1, &sent, &failure), PW_OK);
        if (sent == 0) pw_producer_poll(producer, 1);
        i += (int)sent;
    }
    assert_int_equal(pw_producer_flush(producer, PATIENCE_MS, &failure), PW_OK);
    pw_producer_close(producer);
}

static int open_fixture(void **state) {
    (void)state;
    memset(&fix, 0, sizeof fix);
    pw_broker_config config = {.local_path = PW_STR(":memory:")};
    pw_topic_spec spec = {.name = PW_STR("t"), .partition_count = 1, .retention_ms = -1};
    assert_int_equal(pw_broker_open(&config, &fix.broker, &failure), PW_OK);
    assert_int_equal(pw_topic_create(fix.broker, &spec, &failure), PW_OK);
    produce_all();
    pw_feeds_init(&fix.feeds, fix.broker);
    for (int i = 0; i < FEEDS; i++) {
        pw_reader_spec reader = {
            .topic = PW_STR("t"), .partition = 0, .offset = PW_OFFSET_EARLIEST};
        assert_int_equal(pw_feed_open(&fix.feeds, &reader, &fix.feed[i], &failure), PW_OK);
    }
    assert_int_equal(pw_feeds_reader_count(&fix.feeds), 1);
    return 0;
}

static int close_fixture(void **state) {
    (void)state;
    for (int i = 0; i < FEEDS; i++)
        pw_feed_close(fix.feed[i]);
    pw_feeds_deinit(&fix.feeds);
    pw_broker_close(fix.broker);
    return 0;
}

static void check_record(const pw_record *record, int64_t offset) {
    char value[16];
    int length = snprintf(value, sizeof value, "%lld", (long long)offset);
    assert_int_equal(record->offset, offset);
    assert_int_equal(record->value_length, length);
    assert_memory_equal(record->value, value, (size_t)length);
}

/* One poll; the records are the next ones, each with its own value. */
static uint32_t poll_feed(int i, uint32_t max) {
    uint32_t count = 0;
    assert_int_equal(pw_feed_poll(fix.feed[i], fix.records[i], max, &count, &failure), PW_OK);
    for (uint32_t r = 0; r < count; r++)
        check_record(&fix.records[i][r], fix.next[i]++);
    return count;
}

/* Polls one feed, as its task would, until it has all; nobody else moves. */
static void read_to_end(int i) {
    int64_t until_ns = pw_clock_mono_ns() + PATIENCE_MS * 1000000ll;
    while (fix.next[i] < RECORDS) {
        if (poll_feed(i, PW_BATCH_ROWS_MAX)) continue;
        assert_true(pw_clock_mono_ns() < until_ns);
        if (!pw_feed_is_at_end(fix.feed[i])) pw_clock_sleep_ms(5);
    }
}

/* A query that stands still in the middle of a page (paused, failed): the others go on. */
static void test_held_page(void **state) {
    (void)state;
    assert_int_equal(poll_feed(0, 10), 10);
    read_to_end(1);
    for (int64_t r = 0; r < 10; r++)
        check_record(&fix.records[0][r], r); /* lent until its next poll */
    read_to_end(2);
    read_to_end(0);
}

/* One that has used up the oldest page, and one that has not begun: neither keeps that page for
 * itself. */
static void test_used_page(void **state) {
    (void)state;
    assert_int_equal(poll_feed(0, PW_BATCH_ROWS_MAX), PW_BATCH_ROWS_MAX);
    for (int turn = 0; turn < 31; turn++)
        assert_int_equal(poll_feed(1, PW_BATCH_ROWS_MAX), PW_BATCH_ROWS_MAX);
    poll_feed(1, PW_BATCH_ROWS_MAX);
    read_to_end(0);
    read_to_end(2);
    read_to_end(1);
}

static void test_blocked_is_told(void **state) {
    (void)state;
    assert_int_equal(poll_feed(0, 1), 1);
    while (poll_feed(1, PW_BATCH_ROWS_MAX))
        assert_false(pw_feed_is_blocked(fix.feed[1]));
    assert_true(
        pw_feed_is_blocked(fix.feed[1])); /* no reader wakes it: whoever runs it must ask again */
    assert_false(pw_feed_is_at_end(fix.feed[1]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_held_page, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_used_page, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_blocked_is_told, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
