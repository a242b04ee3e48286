/* The contract of kafka/broker.h, checked for one implementation:
 *
 *   test_broker file | memory | cluster
 *
 * `cluster` wants the broker that tests/kafka.sh started with the same KAFKA_PORT and
 * PITWALL_TEST_DIR. SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

contract_state contract;

/* --- help
 * ----------------------------------------------------------------------------------------- */

pw_str new_topic_name(const char *word) {
    static int number;
    static char names[256][80];
    char *name = names[number % 256];
    snprintf(name, sizeof names[0], "contract-%s-%d-%d", word, (int)getpid(), number++);
    return pw_str_from(name);
}

pw_str new_topic(const char *word, int32_t partitions) {
    pw_str name = new_topic_name(word);
    pw_topic_spec spec = {.name = name, .partition_count = partitions, .retention_ms = -1};
    assert_ok(pw_topic_create(contract.broker, &spec, err));
    return name;
}

pw_status open_broker(const pw_broker_property *more, size_t count, pw_broker **out,
                      pw_error *err) {
    pw_broker_property properties[CLUSTER_PROPERTIES_MAX];
    pw_broker_config config = {.properties = properties, .timeout_ms = 20000};
    if (contract.kind == KIND_CLUSTER) {
        properties[config.property_count++] =
            (pw_broker_property){PW_STR("bootstrap.servers"), pw_str_from(contract.bootstrap), true,
                                 true, PW_STR("test")};
        for (size_t i = 0; i < count; i++)
            properties[config.property_count++] = more[i];
    } else {
        config.local_path =
            contract.kind == KIND_FILE ? pw_str_from(contract.path) : PW_STR(":memory:");
    }
    return pw_broker_open(&config, out, err);
}

pw_reader *open_reader(pw_str topic, int32_t partition, int64_t offset) {
    pw_reader *reader;
    pw_reader_spec spec = {.topic = topic, .partition = partition, .offset = offset};
    assert_ok(pw_reader_open(contract.broker, &spec, &reader, err));
    return reader;
}

pw_producer *open_producer(void) {
    pw_producer *producer;
    assert_ok(pw_producer_open(contract.broker, NULL, NULL, &producer, err));
    return producer;
}

pw_topic_handle *topic_of(pw_producer *producer, pw_str topic) {
    pw_topic_handle *handle;
    int32_t partitions;
    assert_ok(pw_producer_topic(producer, topic, &handle, &partitions, err));
    return handle;
}

void send_text(pw_producer *producer, pw_topic_handle *topic, int32_t partition, const char *key,
               const char *value, int64_t timestamp_ms) {
    pw_outgoing record = {.topic = topic,
                          .partition = partition,
                          .key = key,
                          .key_length = key ? strlen(key) : 0,
                          .value = value,
                          .value_length = value ? strlen(value) : 0,
                          .timestamp_ms = timestamp_ms};
    size_t sent = 0;
    while (sent == 0) {
        assert_ok(pw_producer_send(producer, &record, 1, &sent, err));
        if (!sent) pw_producer_poll(producer, 10);
    }
}

static void copy_text(char *out, size_t room, const char *bytes, uint32_t length) {
    if (!bytes)
        snprintf(out, room, "<null>");
    else
        snprintf(out, room, "%.*s", (int)length, bytes);
}

void see(const pw_record *record, seen_record *out) {
    copy_text(out->key, sizeof out->key, record->key, record->key_length);
    copy_text(out->value, sizeof out->value, record->value, record->value_length);
    out->offset = record->offset;
    out->timestamp_ms = record->timestamp_ms;
    out->partition = record->partition;
    out->value_length = record->value_length;
}

size_t read_some(pw_reader *reader, seen_record *out, size_t count) {
    pw_record records[100];
    size_t done = 0;
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    while (done < count && pw_clock_mono_ns() < until_ns) {
        uint32_t taken;
        uint32_t max = count - done < 100 ? (uint32_t)(count - done) : 100;
        assert_ok(pw_reader_poll(reader, records, max, &taken, err));
        assert_true(taken <= max);
        for (uint32_t i = 0; i < taken; i++)
            see(&records[i], &out[done++]);
        if (!taken) pw_clock_sleep_ms(1);
    }
    return done;
}

size_t read_to_end(pw_reader *reader) {
    pw_record records[100];
    size_t done = 0;
    int64_t until_ns = pw_clock_mono_ns() + WAIT_MS * 1000000ll;
    for (;;) {
        uint32_t taken;
        assert_ok(pw_reader_poll(reader, records, 100, &taken, err));
        done += taken;
        if (!taken && pw_reader_is_at_end(reader)) return done;
        if (pw_clock_mono_ns() > until_ns) fail_msg("the end never came");
        if (!taken) pw_clock_sleep_ms(1);
    }
}

void freeze_cluster(int is_frozen) {
    char path[512];
    int process = 0;
    snprintf(path, sizeof path, "%s/pid", contract.cluster_home);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &process), 1);
    fclose(file);
    assert_true(process > 1);
    assert_int_equal(kill(process, is_frozen ? SIGSTOP : SIGCONT), 0);
}

/* --- the program
 * ---------------------------------------------------------------------------------- */

static const char *environment(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static void find_places(void) {
    static char path[512], bootstrap[64], home[512], folder[400];
    const char *temporary = environment("TMPDIR", "/tmp");
    snprintf(folder, sizeof folder, "%s/pitwall-tests", temporary);
    const char *base = environment("PITWALL_TEST_DIR", folder);
    contract.port = atoi(environment("KAFKA_PORT", "19292"));
    snprintf(bootstrap, sizeof bootstrap, "127.0.0.1:%d", contract.port);
    snprintf(home, sizeof home, "%s/kafka-%d", base, contract.port);
    mkdir(base, 0777);
    snprintf(path, sizeof path, "%s/contract-%d.db", base, (int)getpid());
    contract.path = path;
    contract.bootstrap = bootstrap;
    contract.cluster_home = home;
}

static void remove_file(void) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[600];
        snprintf(name, sizeof name, "%s%s", contract.path, suffixes[i]);
        unlink(name);
    }
}

int main(int argc, char **argv) {
    static const char *const kinds[] = {"file", "memory", "cluster"};
    if (argc == 5 && strcmp(argv[1], "child-produce") == 0)
        return child_produce(argv[2], argv[3], atoi(argv[4]));
    int kind = 0;
    while (kind < 3 && (argc != 2 || strcmp(argv[1], kinds[kind]) != 0))
        kind++;
    if (kind == 3) {
        fprintf(stderr, "usage: test_broker file|memory|cluster\n");
        return 2;
    }
    pw_error error;
    contract.kind = (broker_kind)kind;
    contract.program = argv[0];
    find_places();
    if (open_broker(NULL, 0, &contract.broker, &error) != PW_OK) {
        fprintf(stderr, "test_broker: %s\n%s\n", error.message, error.hint);
        return 1;
    }
    int failed = check_topics() + check_readers() + check_producers() + check_groups();
    if (contract.kind == KIND_CLUSTER)
        failed += check_configs();
    else
        failed += check_locals();
    pw_broker_close(contract.broker);
    remove_file();
    return failed ? 1 : 0;
}
