/* Contract: producers. SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { REPORTS = 200 };

typedef struct reports {
    int count;
    int failed;
    int64_t offsets[REPORTS];
} reports;

static void on_delivery(void *opaque, pw_status status, const char *reason, int32_t partition,
                        int64_t offset, void *record_opaque) {
    reports *all = opaque;
    (void)partition;
    if (status != PW_OK) {
        assert_non_null(reason);
        all->failed++;
    } else {
        all->offsets[(intptr_t)record_opaque] = offset;
    }
    all->count++;
}

static void test_deliveries(void **state) {
    (void)state;
    reports all = {0};
    pw_producer *producer;
    pw_str topic = new_topic("reports", 1);
    assert_ok(pw_producer_open(contract.broker, on_delivery, &all, &producer, err));
    pw_topic_handle *handle = topic_of(producer, topic);
    for (intptr_t i = 0; i < REPORTS; i++) {
        pw_outgoing out = {.topic = handle,
                           .key = "k",
                           .key_length = 1,
                           .opaque = (void *)i}; /* a number, not a place */
        size_t sent;
        assert_ok(pw_producer_send(producer, &out, 1, &sent, err));
        assert_int_equal(sent, 1);
    }
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    assert_int_equal(all.count, REPORTS);
    assert_int_equal(all.failed, 0);
    for (int i = 0; i < REPORTS; i++)
        assert_int_equal(all.offsets[i], i);
    pw_producer_stats stats = pw_producer_get_stats(producer);
    assert_int_equal(stats.sent, REPORTS);
    assert_int_equal(stats.acknowledged, REPORTS);
    assert_int_equal(stats.failed, 0);
    pw_producer_close(producer);
}

/* Without a flush, records appear all the same, and soon. */
static void test_visible_without_flush(void **state) {
    (void)state;
    seen_record seen[1];
    pw_str topic = new_topic("soon", 1);
    pw_producer *producer = open_producer();
    send_text(producer, topic_of(producer, topic), 0, "k", "v", 1000);
    pw_reader *reader = open_reader(topic, 0, 0);
    assert_int_equal(read_some(reader, seen, 1), 1);
    pw_reader_close(reader);
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (pw_producer_get_stats(producer).acknowledged < 1 && pw_clock_mono_ns() < until_ns)
        pw_producer_poll(producer, 10);
    assert_int_equal(pw_producer_get_stats(producer).acknowledged, 1);
    pw_producer_close(producer);
}

static void test_null_keys_spread(void **state) {
    (void)state;
    enum { COUNT = 4000 };
    pw_str topic = new_topic("spread", 3);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    for (int i = 0; i < COUNT; i++)
        send_text(producer, handle, -1, NULL, "v", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    int64_t total = 0;
    for (int p = 0; p < 3; p++) {
        int64_t low, high;
        assert_ok(pw_topic_offsets(contract.broker, topic, p, &low, &high, err));
        assert_true(high > COUNT / 6);
        total += high;
    }
    assert_int_equal(total, COUNT);
    pw_producer_close(producer);
}

static void test_bad_partition(void **state) {
    (void)state;
    pw_error error;
    size_t sent;
    pw_producer *producer = open_producer();
    pw_outgoing out = {.topic = topic_of(producer, new_topic("bad", 2)), .partition = 2};
    assert_int_equal(pw_producer_send(producer, &out, 1, &sent, &error), PW_INVALID);
    assert_int_equal(sent, 0);
    assert_non_null(strstr(error.message, "no partition 2"));
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
}

static void test_queue_full(void **state) {
    (void)state;
    enum { COUNT = 64, BYTES = 800000 };
    const pw_broker_property small[] = {
        {PW_STR("queue.buffering.max.kbytes"), PW_STR("4000"), false, true, PW_STR("test")}};
    pw_broker *broker = contract.broker;
    pw_producer *producer;
    pw_str topic = new_topic("full", 1);
    if (contract.kind == KIND_CLUSTER) assert_ok(open_broker(small, 1, &broker, err));
    assert_ok(pw_producer_open(broker, NULL, NULL, &producer, err));
    pw_topic_handle *handle = topic_of(producer, topic);
    char *value = calloc(1, BYTES);
    pw_outgoing out[COUNT];
    for (int i = 0; i < COUNT; i++)
        out[i] = (pw_outgoing){.topic = handle, .value = value, .value_length = BYTES};
    bool was_full = false;
    for (size_t at = 0, sent; at < COUNT; at += sent) {
        assert_ok(pw_producer_send(producer, out + at, COUNT - at, &sent, err));
        if (sent == COUNT - at) continue;
        was_full = true;
        pw_producer_poll(producer, 10);
    }
    assert_true(was_full);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    int64_t low, high;
    assert_ok(pw_topic_offsets(contract.broker, topic, 0, &low, &high, err));
    assert_int_equal(high, COUNT);
    free(value);
    pw_producer_close(producer);
    if (broker != contract.broker) pw_broker_close(broker);
}

typedef struct sender {
    pw_producer *producer;
    pw_topic_handle *topic;
    int number;
} sender;

static void *send_many(void *opaque) {
    sender *self = opaque;
    for (int i = 0; i < 2000; i++) {
        char key[8], value[16];
        snprintf(key, sizeof key, "t%d", self->number);
        snprintf(value, sizeof value, "%d", i);
        send_text(self->producer, self->topic, 0, key, value, 1000);
        if (i % 500 == 0) assert_ok(pw_producer_flush(self->producer, WAIT_MS, err));
    }
    return NULL;
}

static void test_threads_share_a_producer(void **state) {
    (void)state;
    enum { THREADS = 3 };
    static seen_record seen[THREADS * 2000];
    pthread_t threads[THREADS];
    sender senders[THREADS];
    int next[THREADS] = {0};
    pw_str topic = new_topic("shared", 1);
    pw_producer *producer = open_producer();
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (sender){producer, topic_of(producer, topic), i};
        assert_int_equal(pthread_create(&threads[i], NULL, send_many, &senders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_reader *reader = open_reader(topic, 0, 0);
    assert_int_equal(read_some(reader, seen, THREADS * 2000), THREADS * 2000);
    for (int i = 0; i < THREADS * 2000; i++)
        assert_int_equal(atoi(seen[i].value), next[seen[i].key[1] - '0']++);
    pw_reader_close(reader);
    pw_producer_close(producer);
}

/* --- a broker that is gone for a while
 * ------------------------------------------------------------ */

static void test_record_too_large(void **state) {
    (void)state;
    if (contract.kind != KIND_CLUSTER) return;
    pw_error error;
    size_t sent;
    char *value = calloc(1, 3000000);
    pw_producer *producer = open_producer();
    pw_outgoing out = {
        .topic = topic_of(producer, new_topic("huge", 1)), .value = value, .value_length = 3000000};
    assert_int_equal(pw_producer_send(producer, &out, 1, &sent, &error), PW_LIMIT);
    assert_non_null(strstr(error.hint, "message.max.bytes"));
    pw_producer_close(producer);
    free(value);
}

static void test_broker_gone_and_back(void **state) {
    (void)state;
    if (contract.kind != KIND_CLUSTER) return;
    pw_error error;
    seen_record seen[2];
    pw_record record;
    uint32_t count;
    pw_str topic = new_topic("gone", 1);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    send_text(producer, handle, 0, "k", "before", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_reader *reader = open_reader(topic, 0, 0);
    assert_int_equal(read_some(reader, seen, 1), 1);
    freeze_cluster(1);
    send_text(producer, handle, 0, "k", "meanwhile", 1000);
    int64_t start_ns = pw_clock_mono_ns();
    pw_status status = pw_producer_flush(producer, 700, &error);
    int64_t took_ms = (pw_clock_mono_ns() - start_ns) / 1000000;
    pw_status polled = pw_reader_poll(reader, &record, 1, &count, &error);
    freeze_cluster(0);
    assert_int_equal(status, PW_BROKER);
    assert_in_range(took_ms, 600, 3000);
    assert_int_equal(polled, PW_OK);
    assert_int_equal(count, 0);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    assert_int_equal(read_some(reader, seen, 1), 1);
    assert_string_equal(seen[0].value, "meanwhile");
    assert_int_equal(seen[0].offset, 1);
    pw_reader_close(reader);
    pw_producer_close(producer);
}

static void test_lost_records_stay_lost(void **state) {
    (void)state;
    if (contract.kind != KIND_CLUSTER) return;
    const pw_broker_property brief[] = {
        {PW_STR("message.timeout.ms"), PW_STR("1000"), false, true, PW_STR("test")}};
    pw_error error;
    pw_broker *broker;
    pw_producer *producer;
    pw_str topic = new_topic("lost", 1);
    assert_ok(open_broker(brief, 1, &broker, err));
    assert_ok(pw_producer_open(broker, NULL, NULL, &producer, err));
    pw_topic_handle *handle = topic_of(producer, topic);
    send_text(producer, handle, 0, "k", "first", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    freeze_cluster(1);
    send_text(producer, handle, 0, "k", "lost", 1000);
    pw_status status = pw_producer_flush(producer, WAIT_MS, &error);
    freeze_cluster(0);
    assert_int_equal(status, PW_BROKER);
    assert_non_null(strstr(error.message, topic.data));
    assert_int_equal(pw_producer_flush(producer, WAIT_MS, &error), PW_BROKER);
    assert_int_equal(pw_producer_get_stats(producer).failed, 1);
    assert_int_equal(pw_producer_get_stats(producer).acknowledged, 1);
    pw_producer_close(producer);
    pw_broker_close(broker);
}

int check_producers(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deliveries),
        cmocka_unit_test(test_visible_without_flush),
        cmocka_unit_test(test_null_keys_spread),
        cmocka_unit_test(test_bad_partition),
        cmocka_unit_test(test_queue_full),
        cmocka_unit_test(test_threads_share_a_producer),
        cmocka_unit_test(test_record_too_large),
        cmocka_unit_test(test_broker_gone_and_back),
        cmocka_unit_test(test_lost_records_stay_lost),
    };
    return cmocka_run_group_tests_name("producers", tests, NULL, NULL);
}
