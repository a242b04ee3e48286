/* Contract: topics. SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <string.h>

#include "base/clock.h"

static int32_t partitions_of(pw_str name, bool *is_listed) {
    pw_arena arena;
    pw_topic_info info, *list;
    size_t count;
    pw_arena_init(&arena, 0);
    assert_ok(pw_topic_describe(contract.broker, &arena, name, &info, err));
    assert_true(pw_str_equal(info.name, name));
    assert_int_equal(info.replica_count, 1);
    assert_false(info.is_internal);
    assert_ok(pw_topic_list(contract.broker, &arena, &list, &count, err));
    *is_listed = false;
    for (size_t i = 0; i < count; i++)
        if (pw_str_equal(list[i].name, name)) *is_listed = true;
    int32_t result = info.partition_count;
    pw_arena_deinit(&arena);
    return result;
}

static void test_create_describe_list_delete(void **state) {
    (void)state;
    bool is_listed;
    pw_error error;
    pw_str name = new_topic("life", 3);
    assert_int_equal(partitions_of(name, &is_listed), 3);
    assert_true(is_listed);
    pw_topic_spec again = {.name = name, .partition_count = 1};
    assert_int_equal(pw_topic_create(contract.broker, &again, &error), PW_EXISTS);
    assert_non_null(strstr(error.message, name.data));
    assert_ok(pw_topic_delete(contract.broker, name, err));
    assert_int_equal(pw_topic_delete(contract.broker, name, &error), PW_NO_TOPIC);
    /* The name is free again, and what was there is gone. */
    pw_topic_spec other = {.name = name, .partition_count = 2};
    assert_ok(pw_topic_create(contract.broker, &other, err));
    assert_int_equal(partitions_of(name, &is_listed), 2);
}

static void test_default_partitions(void **state) {
    (void)state;
    bool is_listed;
    pw_topic_spec spec = {.name = new_topic_name("default")};
    assert_ok(pw_topic_create(contract.broker, &spec, err));
    assert_true(partitions_of(spec.name, &is_listed) >= 1);
}

static void test_missing_topic(void **state) {
    (void)state;
    pw_arena arena;
    pw_error error;
    pw_topic_info info;
    pw_reader *reader;
    pw_group *group;
    pw_topic_handle *handle;
    int32_t partitions;
    int64_t low, high;
    pw_broker *broker = contract.broker;
    pw_str there = new_topic("race-results", 1);
    char near[100];
    memcpy(near, there.data, there.length);
    near[there.length - 1] = 'x';
    pw_str name = {near, there.length};
    pw_arena_init(&arena, 0);
    assert_int_equal(pw_topic_describe(broker, &arena, name, &info, &error), PW_NO_TOPIC);
    assert_non_null(strstr(error.message, "does not exist"));
    assert_non_null(strstr(error.hint, "contract-"));
    assert_int_equal(pw_topic_offsets(broker, name, 0, &low, &high, &error), PW_NO_TOPIC);
    assert_int_equal(pw_topic_set_retention(broker, name, 1000, &error), PW_NO_TOPIC);
    pw_reader_spec spec = {.topic = name, .offset = PW_OFFSET_EARLIEST};
    assert_int_equal(pw_reader_open(broker, &spec, &reader, &error), PW_NO_TOPIC);
    assert_null(reader);
    pw_producer *producer = open_producer();
    assert_int_equal(pw_producer_topic(producer, name, &handle, &partitions, &error), PW_NO_TOPIC);
    pw_producer_close(producer);
    assert_int_equal(pw_group_join(broker, name, PW_STR("g"), true, NULL, NULL, &group, &error),
                     PW_NO_TOPIC);
    /* Asking did not make it, although this cluster makes topics on request. */
    assert_int_equal(pw_topic_describe(broker, &arena, name, &info, &error), PW_NO_TOPIC);
    pw_arena_deinit(&arena);
}

static void test_missing_partition(void **state) {
    (void)state;
    pw_error error;
    int64_t low, high;
    pw_reader *reader;
    pw_str name = new_topic("two", 2);
    assert_int_equal(pw_topic_offsets(contract.broker, name, 2, &low, &high, &error), PW_NO_TOPIC);
    assert_non_null(strstr(error.message, "no partition 2"));
    assert_int_equal(pw_topic_offsets(contract.broker, name, -1, &low, &high, &error), PW_NO_TOPIC);
    pw_reader_spec spec = {.topic = name, .partition = 7, .offset = 0};
    assert_int_equal(pw_reader_open(contract.broker, &spec, &reader, &error), PW_NO_TOPIC);
    spec = (pw_reader_spec){.topic = name, .partition = 0, .offset = -7};
    assert_int_equal(pw_reader_open(contract.broker, &spec, &reader, &error), PW_INVALID);
}

static void test_bad_names(void **state) {
    (void)state;
    pw_error error;
    char text[300];
    memset(text, 'a', sizeof text);
    const pw_str bad[] = {PW_STR(""),    PW_STR("."),   PW_STR(".."),
                          PW_STR("a b"), PW_STR("a/b"), PW_STR("\xc3\xa9")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pw_topic_spec spec = {.name = bad[i], .partition_count = 1};
        assert_int_equal(pw_topic_create(contract.broker, &spec, &error), PW_INVALID);
    }
    pw_topic_spec spec = {.name = {text, sizeof text}, .partition_count = 1};
    assert_int_equal(pw_topic_create(contract.broker, &spec, &error), PW_LIMIT);
    spec = (pw_topic_spec){.name = PW_STR("many"), .partition_count = -1};
    assert_int_equal(pw_topic_create(contract.broker, &spec, &error), PW_INVALID);
}

static void test_offsets(void **state) {
    (void)state;
    int64_t low = -5, high = -5;
    pw_str name = new_topic("offsets", 2);
    assert_ok(pw_topic_offsets(contract.broker, name, 1, &low, &high, err));
    assert_int_equal(low, 0);
    assert_int_equal(high, 0);
    pw_producer *producer = open_producer();
    for (int i = 0; i < 7; i++)
        send_text(producer, topic_of(producer, name), 1, "k", "v", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    assert_ok(pw_topic_offsets(contract.broker, name, 1, &low, &high, err));
    assert_int_equal(low, 0);
    assert_int_equal(high, 7);
    pw_producer_close(producer);
}

static void test_set_retention(void **state) {
    (void)state;
    pw_error error;
    pw_topic_spec spec = {.name = new_topic_name("kept"),
                          .partition_count = 1,
                          .retention_ms = 3600000,
                          .is_compacted = true};
    assert_ok(pw_topic_create(contract.broker, &spec, err));
    assert_ok(pw_topic_set_retention(contract.broker, spec.name, 7200000, err));
    assert_ok(pw_topic_set_retention(contract.broker, spec.name, -1, err));
    assert_int_equal(pw_topic_set_retention(contract.broker, spec.name, -2, &error), PW_INVALID);
    /* Still compacted: a record without a key is not taken. */
    pw_producer *producer = open_producer();
    send_text(producer, topic_of(producer, spec.name), 0, NULL, "v", 1000);
    assert_int_not_equal(pw_producer_flush(producer, WAIT_MS, &error), PW_OK);
    assert_non_null(strstr(error.message, spec.name.data));
    assert_int_equal(pw_producer_get_stats(producer).failed, 1);
    /* It stays so: a gap is a gap. */
    send_text(producer, topic_of(producer, spec.name), 0, "k", "v", 1000);
    assert_int_not_equal(pw_producer_flush(producer, WAIT_MS, &error), PW_OK);
    assert_int_equal(pw_producer_get_stats(producer).acknowledged, 1);
    pw_producer_close(producer);
}

int check_topics(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_describe_list_delete),
        cmocka_unit_test(test_default_partitions),
        cmocka_unit_test(test_missing_topic),
        cmocka_unit_test(test_missing_partition),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_set_retention),
    };
    return cmocka_run_group_tests_name("topics", tests, NULL, NULL);
}
