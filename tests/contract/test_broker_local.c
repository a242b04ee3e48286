/* Contract, for the embedded broker: what a cluster does only after minutes, and what several
 * processes and bad files have to do with it. SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static int64_t wait_for_low(pw_str topic, int64_t wanted) {
    int64_t low = -1, high;
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (low != wanted && pw_clock_mono_ns() < until_ns) {
        assert_ok(pw_topic_offsets(contract.broker, topic, 0, &low, &high, err));
        pw_clock_sleep_ms(5);
    }
    return low;
}

static void test_retention(void **state) {
    (void)state;
    seen_record seen[2];
    pw_str topic = new_topic("retention", 1);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    for (int i = 0; i < 12000; i++) /* more than one step of the cleaner */
        send_text(producer, handle, 0, "k", "old", 1000);
    send_text(producer, handle, 0, "k", "young", pw_clock_wall_ms());
    send_text(producer, handle, 0, "k", "old behind a young one", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    pw_reader *before = open_reader(topic, 0, 0);
    assert_ok(pw_topic_set_retention(contract.broker, topic, 3600000, err));
    assert_int_equal(wait_for_low(topic, 12000), 12000);
    assert_int_equal(read_some(before, seen, 2), 2); /* what is gone is passed over */
    assert_int_equal(seen[0].offset, 12000);
    assert_string_equal(seen[0].value, "young");
    pw_reader_close(before);
    pw_reader *after = open_reader(topic, 0, 5);
    assert_int_equal(pw_reader_position(after), 12000);
    pw_reader_close(after);
}

static void test_compaction(void **state) {
    (void)state;
    enum { KEYS = 10, COUNT = 12000 };
    static seen_record seen[COUNT];
    pw_topic_spec spec = {.name = new_topic_name("compact"),
                          .partition_count = 1,
                          .retention_ms = -1,
                          .is_compacted = true};
    assert_ok(pw_topic_create(contract.broker, &spec, err));
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, spec.name);
    for (int i = 0; i < COUNT; i++) {
        char key[8], value[16];
        snprintf(key, sizeof key, "k%d", i % KEYS);
        snprintf(value, sizeof value, "%d", i);
        send_text(producer, handle, 0, key, i == COUNT - 1 ? NULL : value, pw_clock_wall_ms());
    }
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    /* The cleaner may have come by while records were still arriving: at least the first ones go.
     */
    int64_t low = 0, high = 0;
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (low == 0 && pw_clock_mono_ns() < until_ns) {
        assert_ok(pw_topic_offsets(contract.broker, spec.name, 0, &low, &high, err));
        pw_clock_sleep_ms(5);
    }
    assert_true(low >= 9000);
    assert_int_equal(high, COUNT);
    pw_reader *reader = open_reader(spec.name, 0, 0);
    size_t count = 0;
    while (!pw_reader_is_at_end(reader))
        count += read_some(reader, seen + count, 1);
    assert_true(count >= KEYS && count < COUNT / 2);
    for (size_t i = 1; i < count; i++)
        assert_true(seen[i].offset > seen[i - 1].offset);
    for (int i = 0; i < KEYS; i++) { /* the last record of each key, at its old place */
        const seen_record *last = &seen[count - KEYS + (size_t)i];
        assert_int_equal(last->offset, COUNT - KEYS + i);
    }
    assert_string_equal(seen[count - 1].value, "<null>");
    pw_reader_close(reader);
}

static void test_topic_deleted_under_a_reader(void **state) {
    (void)state;
    pw_error error;
    pw_record record;
    uint32_t count;
    pw_str topic = new_topic("vanishes", 1);
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    send_text(producer, handle, 0, "k", "v", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_reader *reader = open_reader(topic, 0, 0);
    assert_ok(pw_topic_delete(contract.broker, topic, err));
    assert_int_equal(pw_reader_poll(reader, &record, 1, &count, &error), PW_NO_TOPIC);
    assert_non_null(strstr(error.message, "deleted"));
    pw_reader_close(reader);
    send_text(producer, handle, 0, "k", "v", 1000);
    assert_int_equal(pw_producer_flush(producer, WAIT_MS, &error), PW_NO_TOPIC);
    pw_producer_close(producer);
}

/* --- several processes
 * ---------------------------------------------------------------------------- */

int child_produce(const char *path, const char *topic, int count) {
    pw_error error;
    contract.kind = KIND_FILE;
    contract.path = path;
    if (open_broker(NULL, 0, &contract.broker, &error) != PW_OK) return 1;
    pw_producer *producer;
    pw_topic_handle *handle;
    int32_t partitions;
    if (pw_producer_open(contract.broker, NULL, NULL, &producer, &error) != PW_OK) return 1;
    if (pw_producer_topic(producer, pw_str_from(topic), &handle, &partitions, &error) != PW_OK)
        return 1;
    for (int i = 0; i < count; i++) {
        char value[16];
        int length = snprintf(value, sizeof value, "%d", i);
        pw_outgoing out = {.topic = handle, .value = value, .value_length = (size_t)length};
        size_t sent = 0;
        if (pw_producer_send(producer, &out, 1, &sent, &error) != PW_OK || !sent) return 1;
        if (i % 100 == 0 && pw_producer_flush(producer, WAIT_MS, &error) != PW_OK) return 1;
    }
    int failed = pw_producer_flush(producer, WAIT_MS, &error) != PW_OK;
    pw_producer_close(producer);
    pw_broker_close(contract.broker);
    return failed;
}

static void test_processes(void **state) {
    (void)state;
    enum { CHILDREN = 3, COUNT = 1000 };
    static seen_record seen[CHILDREN * COUNT];
    if (contract.kind != KIND_FILE) return;
    pw_str topic = new_topic("processes", 1);
    pid_t children[CHILDREN];
    pw_reader *reader = open_reader(topic, 0, PW_OFFSET_LATEST);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            execl(contract.program, contract.program, "child-produce", contract.path, topic.data,
                  "1000", (char *)NULL);
            _exit(127);
        }
    }
    assert_int_equal(read_some(reader, seen, CHILDREN * COUNT), CHILDREN * COUNT);
    for (int i = 0; i < CHILDREN * COUNT; i++)
        assert_int_equal(seen[i].offset, i);
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    pw_reader_close(reader);
}

static void test_survives_closing(void **state) {
    (void)state;
    if (contract.kind != KIND_FILE) return;
    pw_broker *other;
    pw_reader *reader;
    pw_str topic = new_topic("kept", 1);
    pw_producer *producer = open_producer();
    send_text(producer, topic_of(producer, topic), 0, "k", "v", 1000);
    pw_producer_close(producer); /* closing writes what is there */
    assert_ok(open_broker(NULL, 0, &other, err));
    pw_reader_spec spec = {.topic = topic};
    assert_ok(pw_reader_open(other, &spec, &reader, err));
    assert_int_equal(read_to_end(reader), 1);
    pw_reader_close(reader);
    pw_broker_close(other);
}

static void test_bad_files(void **state) {
    (void)state;
    pw_error error;
    pw_broker *broker;
    pw_broker_config config = {.local_path = PW_STR("/proc/pitwall/topics.db")};
    assert_int_equal(pw_broker_open(&config, &broker, &error), PW_IO);
    assert_non_null(strstr(error.message, "/proc/pitwall/topics.db"));
    assert_non_null(strstr(error.hint, "writable"));
    config.local_path = PW_STR("");
    assert_int_equal(pw_broker_open(&config, &broker, &error), PW_CONFIG);
    char path[600];
    snprintf(path, sizeof path, "%s.garbage", contract.path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database ", file);
    fclose(file);
    config.local_path = pw_str_from(path);
    assert_int_equal(pw_broker_open(&config, &broker, &error), PW_CORRUPT);
    assert_null(broker);
    unlink(path);
}

int check_locals(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_compaction),
        cmocka_unit_test(test_topic_deleted_under_a_reader),
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_survives_closing),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests_name("embedded", tests, NULL, NULL);
}
