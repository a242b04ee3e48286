/* Contract: readers. SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hashmap.h"

static void send_numbers(pw_str topic, int32_t partition, int first, int count) {
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    for (int i = 0; i < count; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", first + i);
        send_text(producer, handle, partition, "key", value, 1000 + first + i);
    }
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
}

static void test_order_and_offsets(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    static seen_record seen[COUNT];
    pw_str topic = new_topic("order", 2);
    send_numbers(topic, 1, 0, COUNT);
    pw_reader *reader = open_reader(topic, 1, PW_OFFSET_EARLIEST);
    assert_int_equal(pw_reader_position(reader), 0);
    assert_int_equal(read_some(reader, seen, COUNT), COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(seen[i].offset, i);
        assert_int_equal(seen[i].partition, 1);
        assert_int_equal(atoi(seen[i].value), i);
        assert_int_equal(seen[i].timestamp_ms, 1000 + i);
        assert_string_equal(seen[i].key, "key");
    }
    assert_int_equal(read_to_end(reader), 0);
    assert_int_equal(pw_reader_position(reader), COUNT);
    assert_int_equal(pw_reader_high_watermark(reader), COUNT);
    pw_reader_close(reader);
    reader = open_reader(topic, 0, PW_OFFSET_EARLIEST);
    assert_int_equal(read_to_end(reader), 0);
    pw_reader_close(reader);
}

static void test_where_to_start(void **state) {
    (void)state;
    seen_record seen[10];
    pw_str topic = new_topic("start", 1);
    send_numbers(topic, 0, 0, 50);
    pw_reader *from_40 = open_reader(topic, 0, 40);
    pw_reader *from_end = open_reader(topic, 0, PW_OFFSET_LATEST);
    pw_reader *from_50 = open_reader(topic, 0, 50);
    pw_reader *from_beyond = open_reader(topic, 0, 5000);
    assert_int_equal(pw_reader_position(from_40), 40);
    assert_int_equal(pw_reader_position(from_end), 50);
    assert_int_equal(read_to_end(from_40), 10);
    assert_int_equal(read_to_end(from_end), 0);
    assert_int_equal(read_to_end(from_50), 0);
    assert_int_equal(read_to_end(from_beyond), 50);
    send_numbers(topic, 0, 50, 5);
    assert_int_equal(read_some(from_end, seen, 5), 5);
    assert_int_equal(seen[0].offset, 50);
    assert_int_equal(read_some(from_50, seen, 5), 5);
    assert_int_equal(seen[0].offset, 50);
    pw_reader_close(from_40);
    pw_reader_close(from_end);
    pw_reader_close(from_50);
    pw_reader_close(from_beyond);
}

static void test_at_end(void **state) {
    (void)state;
    pw_record records[4];
    uint32_t count;
    pw_str topic = new_topic("end", 1);
    pw_reader *reader = open_reader(topic, 0, PW_OFFSET_EARLIEST);
    assert_int_equal(read_to_end(reader), 0);
    for (int i = 0; i < 3; i++) { /* polls that find nothing change nothing */
        assert_ok(pw_reader_poll(reader, records, 4, &count, err));
        assert_int_equal(count, 0);
        assert_true(pw_reader_is_at_end(reader));
    }
    send_numbers(topic, 0, 0, 6);
    seen_record seen[4];
    assert_int_equal(read_some(reader, seen, 4), 4);
    assert_false(pw_reader_is_at_end(reader));
    assert_int_equal(read_to_end(reader), 2);
    assert_true(pw_reader_is_at_end(reader));
    pw_reader_close(reader);
}

static void test_two_readers(void **state) {
    (void)state;
    seen_record seen[20];
    pw_str topic = new_topic("twice", 1);
    send_numbers(topic, 0, 0, 20);
    pw_reader *a = open_reader(topic, 0, PW_OFFSET_EARLIEST);
    pw_reader *b = open_reader(topic, 0, 10);
    pw_reader *c = open_reader(topic, 0, PW_OFFSET_EARLIEST);
    assert_int_equal(read_some(a, seen, 5), 5);
    assert_int_equal(read_to_end(b), 10);
    assert_int_equal(read_to_end(c), 20);
    pw_reader_close(c);
    assert_int_equal(read_some(a, seen, 5), 5);
    assert_int_equal(seen[0].offset, 5);
    assert_int_equal(read_to_end(a), 10);
    pw_reader_close(a);
    pw_reader_close(b);
    /* What was let go can be opened again. */
    a = open_reader(topic, 0, 15);
    assert_int_equal(read_to_end(a), 5);
    pw_reader_close(a);
}

static void test_nulls_and_headers(void **state) {
    (void)state;
    pw_str topic = new_topic("nulls", 1);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    const pw_header items[] = {{PW_STR("team"), PW_STR("MCL"), false},
                               {PW_STR("none"), PW_STR_EMPTY, true},
                               {PW_STR("team"), PW_STR(""), false}};
    const pw_headers headers = {items, 3};
    const pw_outgoing out[] = {
        {.topic = handle, .key = NULL, .value = "v", .value_length = 1, .timestamp_ms = 5},
        {.topic = handle, .key = "k", .key_length = 1, .value = NULL, .timestamp_ms = 5},
        {.topic = handle, .key = "", .value = "", .timestamp_ms = 5, .headers = &headers},
    };
    size_t sent;
    assert_ok(pw_producer_send(producer, out, 3, &sent, err));
    assert_int_equal(sent, 3);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    pw_reader *reader;
    pw_reader_spec spec = {.topic = topic, .offset = 0, .wants_headers = true};
    assert_ok(pw_reader_open(contract.broker, &spec, &reader, err));
    pw_record records[3];
    uint32_t count = 0;
    for (int tries = 0; tries < WAIT_MS && count == 0; tries++) {
        assert_ok(pw_reader_poll(reader, records, 3, &count, err));
        if (!count) pw_clock_sleep_ms(1);
    }
    assert_int_equal(count, 3); /* one flush, so they come together */
    assert_null(records[0].key);
    assert_null(records[0].headers);
    assert_non_null(records[0].value);
    assert_null(records[1].value);
    assert_non_null(records[2].key);
    assert_non_null(records[2].value);
    assert_int_equal(records[2].key_length + records[2].value_length, 0);
    assert_non_null(records[2].headers);
    assert_int_equal(records[2].headers->count, 3);
    const pw_header *got = records[2].headers->items;
    assert_true(pw_str_equal(got[0].name, PW_STR("team")));
    assert_true(pw_str_equal(got[0].value, PW_STR("MCL")));
    assert_true(got[1].is_null);
    assert_false(got[2].is_null);
    assert_int_equal(got[2].value.length, 0);
    pw_reader_close(reader);
}

static void test_timestamps(void **state) {
    (void)state;
    seen_record seen[4];
    pw_str topic = new_topic("time", 1);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    send_text(producer, handle, 0, "k", "1950", -631152000000);
    send_text(producer, handle, 0, "k", "1970", 0);
    send_text(producer, handle, 0, "k", "2021", 1639317600000);
    send_text(producer, handle, 0, "k", "2020", 1607868000000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    pw_reader *reader = open_reader(topic, 0, 0);
    assert_int_equal(read_some(reader, seen, 4), 4);
    /* librdkafka cannot send 0, which means "now" to it: 1 is the nearest. */
    assert_in_range(seen[0].timestamp_ms, 0, 1);
    assert_in_range(seen[1].timestamp_ms, 0, 1);
    assert_int_equal(seen[2].timestamp_ms, 1639317600000);
    assert_int_equal(seen[3].timestamp_ms, 1607868000000);
    pw_reader_close(reader);
}

static void test_large_records(void **state) {
    (void)state;
    enum { BYTES = 900000, COUNT = 8 };
    pw_str topic = new_topic("large", 1);
    char *value = malloc(BYTES);
    assert_non_null(value);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    for (int i = 0; i < COUNT; i++) {
        memset(value, 'a' + i, BYTES);
        pw_outgoing out = {.topic = handle, .value = value, .value_length = BYTES};
        size_t sent = 0;
        while (!sent) {
            assert_ok(pw_producer_send(producer, &out, 1, &sent, err));
            if (!sent) pw_producer_poll(producer, 10);
        }
    }
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    free(value);
    seen_record seen[COUNT];
    pw_reader *reader = open_reader(topic, 0, 0);
    assert_int_equal(read_some(reader, seen, COUNT), COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(seen[i].value_length, BYTES);
        assert_int_equal(seen[i].value[40], 'a' + i);
    }
    pw_reader_close(reader);
}

static void count_wake(void *opaque) {
    atomic_fetch_add((atomic_int *)opaque, 1);
}

static void wait_for_wake(atomic_int *wakes) {
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (atomic_load(wakes) == 0) {
        if (pw_clock_mono_ns() > until_ns) fail_msg("nobody woke the reader");
        pw_clock_sleep_ms(1);
    }
}

static void test_wake(void **state) {
    (void)state;
    atomic_int wakes = 0;
    pw_reader *reader;
    pw_str topic = new_topic("wake", 1);
    pw_reader_spec spec = {.topic = topic, .wake = count_wake, .opaque = &wakes};
    assert_ok(pw_reader_open(contract.broker, &spec, &reader, err));
    wait_for_wake(&wakes); /* that it is empty is news too */
    assert_int_equal(read_to_end(reader), 0);
    for (int i = 0; i < 5; i++) {
        seen_record seen[1];
        atomic_store(&wakes, 0);
        send_numbers(topic, 0, i, 1);
        wait_for_wake(&wakes);
        assert_int_equal(read_some(reader, seen, 1), 1);
        read_to_end(reader);
    }
    pw_reader_close(reader);
}

/* From Apache Kafka's own tests of its hash, and the partition of four that follows from each. */
static void test_keys_to_partitions(void **state) {
    (void)state;
    static const struct {
        const char *key;
        int32_t hash;
    } known[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    enum { KNOWN = sizeof known / sizeof *known, PARTITIONS = 4 };
    pw_str topic = new_topic("keys", PARTITIONS);
    pw_producer *producer = open_producer();
    int expected[PARTITIONS] = {0};
    for (int i = 0; i < KNOWN; i++) {
        assert_int_equal((int32_t)pw_murmur2(known[i].key, strlen(known[i].key)), known[i].hash);
        expected[(known[i].hash & 0x7fffffff) % PARTITIONS]++;
        send_text(producer, topic_of(producer, topic), -1, known[i].key, "v", 1000);
    }
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    for (int p = 0; p < PARTITIONS; p++) {
        seen_record seen[KNOWN];
        pw_reader *reader = open_reader(topic, p, 0);
        assert_int_equal(read_some(reader, seen, (size_t)expected[p]), expected[p]);
        assert_int_equal(read_to_end(reader), 0);
        for (int s = 0; s < expected[p]; s++) {
            int i = 0;
            while (i < KNOWN && strcmp(known[i].key, seen[s].key) != 0)
                i++;
            assert_true(i < KNOWN);
            assert_int_equal((known[i].hash & 0x7fffffff) % PARTITIONS, p);
        }
        pw_reader_close(reader);
    }
}

int check_readers(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_offsets),
        cmocka_unit_test(test_where_to_start),
        cmocka_unit_test(test_at_end),
        cmocka_unit_test(test_two_readers),
        cmocka_unit_test(test_nulls_and_headers),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_large_records),
        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_keys_to_partitions),
    };
    return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
