/* Contract: consumer groups. SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { PARTITIONS = 4 };

typedef struct member {
    pw_group *group;
    bool owns[PARTITIONS];
    int records[PARTITIONS];
} member;

static void on_rebalance(void *opaque, bool is_assigned, pw_str topic, const int32_t *partitions,
                         size_t partition_count) {
    member *self = opaque;
    assert_true(topic.length > 0);
    for (size_t i = 0; i < partition_count; i++) {
        assert_int_not_equal(self->owns[partitions[i]], is_assigned);
        self->owns[partitions[i]] = is_assigned;
    }
}

static void join(member *self, pw_str topic, const char *group, bool from_beginning) {
    memset(self, 0, sizeof *self);
    assert_ok(pw_group_join(contract.broker, topic, pw_str_from(group), from_beginning,
                            on_rebalance, self, &self->group, err));
}

static int owned(const member *self) {
    int count = 0;
    for (int i = 0; i < PARTITIONS; i++)
        count += self->owns[i];
    return count;
}

static int total(const member *self) {
    int count = 0;
    for (int i = 0; i < PARTITIONS; i++)
        count += self->records[i];
    return count;
}

static void poll_once(member *self) {
    pw_record records[50];
    uint32_t count;
    assert_ok(pw_group_poll(self->group, 20, records, 50, &count, err));
    for (uint32_t i = 0; i < count; i++) {
        assert_true(self->owns[records[i].partition]);
        self->records[records[i].partition]++;
    }
}

/* Polls all members in turn until each owns what it should. */
static void poll_until_owned(member **members, const int *wanted, int count) {
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    for (;;) {
        bool is_done = true;
        for (int i = 0; i < count; i++) {
            poll_once(members[i]);
            if (owned(members[i]) != wanted[i]) is_done = false;
        }
        if (is_done) return;
        if (pw_clock_mono_ns() > until_ns) fail_msg("the partitions were never shared as wanted");
    }
}

static void poll_until_records(member *self, int wanted) {
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (total(self) < wanted && pw_clock_mono_ns() < until_ns)
        poll_once(self);
    assert_int_equal(total(self), wanted);
}

static void send_to_all(pw_str topic, int each) {
    pw_producer *producer = open_producer();
    pw_topic_handle *handle = topic_of(producer, topic);
    for (int i = 0; i < each; i++)
        for (int p = 0; p < PARTITIONS; p++)
            send_text(producer, handle, p, "k", "v", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
}

static void test_commit_and_come_back(void **state) {
    (void)state;
    member one;
    pw_str topic = new_topic("group", PARTITIONS);
    send_to_all(topic, 10);
    join(&one, topic, topic.data, true);
    poll_until_records(&one, 40);
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (!pw_group_is_at_end(one.group) && pw_clock_mono_ns() < until_ns)
        poll_once(&one);
    assert_true(pw_group_is_at_end(one.group));
    assert_ok(pw_group_commit(one.group, err));
    pw_group_leave(one.group);
    assert_int_equal(owned(&one), 0);
    send_to_all(topic, 2);
    join(&one, topic, topic.data, true);
    poll_until_records(&one, 8);
    pw_group_leave(one.group); /* without a commit */
    join(&one, topic, topic.data, true);
    poll_until_records(&one, 8);
    pw_group_leave(one.group);
}

static void test_from_the_end(void **state) {
    (void)state;
    member one;
    pw_str topic = new_topic("late", PARTITIONS);
    send_to_all(topic, 5);
    join(&one, topic, topic.data, false);
    member *members[] = {&one};
    poll_until_owned(members, (int[]){PARTITIONS}, 1);
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (!pw_group_is_at_end(one.group) && pw_clock_mono_ns() < until_ns)
        poll_once(&one);
    assert_int_equal(total(&one), 0);
    send_to_all(topic, 1);
    poll_until_records(&one, 4);
    pw_group_leave(one.group);
}

static void test_members_share(void **state) {
    (void)state;
    member a, b, c;
    pw_str topic = new_topic("share", PARTITIONS);
    send_to_all(topic, 10);
    join(&a, topic, topic.data, true);
    poll_until_records(&a, 40);
    assert_ok(pw_group_commit(a.group, err));
    join(&b, topic, topic.data, true);
    member *two[] = {&a, &b};
    poll_until_owned(two, (int[]){2, 2}, 2);
    for (int p = 0; p < PARTITIONS; p++)
        assert_int_not_equal(a.owns[p], b.owns[p]);
    assert_int_equal(total(&b), 0); /* what was committed is not read again */
    join(&c, topic, topic.data, true);
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (owned(&a) + owned(&b) + owned(&c) != PARTITIONS || owned(&c) == 0) {
        poll_once(&a);
        poll_once(&b);
        poll_once(&c);
        if (pw_clock_mono_ns() > until_ns) fail_msg("the third member got nothing");
    }
    pw_group_leave(a.group);
    pw_group_leave(c.group);
    member *rest[] = {&b};
    poll_until_owned(rest, (int[]){PARTITIONS}, 1);
    send_to_all(topic, 3);
    poll_until_records(&b, 12);
    pw_group_leave(b.group);
}

static void test_groups_are_apart(void **state) {
    (void)state;
    member a, b;
    char other[100];
    pw_str topic = new_topic("apart", PARTITIONS);
    snprintf(other, sizeof other, "%s-other", topic.data);
    send_to_all(topic, 4);
    join(&a, topic, topic.data, true);
    join(&b, topic, other, true);
    poll_until_records(&a, 16);
    poll_until_records(&b, 16);
    pw_group_leave(a.group);
    pw_group_leave(b.group);
}

int check_groups(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit_and_come_back),
        cmocka_unit_test(test_from_the_end),
        cmocka_unit_test(test_members_share),
        cmocka_unit_test(test_groups_are_apart),
    };
    return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
