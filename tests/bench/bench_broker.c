/* CPU time per record through broker.h, produced and consumed, on any broker.
 *
 *   bench_broker local:PATH | BOOTSTRAP [records [bytes [name=value ...]]]
 *
 * Makes a topic of 4 partitions, produces `records` of about `bytes` bytes with keys and
 * timestamps, reads them back with one reader per partition, and deletes the topic. On a cluster
 * the same topic is also read by a bare rd_kafka_consume_batch_queue loop: what a reader costs on
 * top of that is ours. Further arguments are client properties. SPDX-License-Identifier: Apache-2.0
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/broker.h"

enum { PARTITIONS = 4, SEND = 100, POLL = 1000, PROPERTIES_MAX = 32 };

typedef struct bench {
    pw_broker *broker;
    const char *bootstrap; /* NULL: embedded */
    long records;
    int bytes;
    pw_str topic;
    int64_t wall_ns;
    int64_t cpu_ns;
} bench;

static void check(pw_status status, const pw_error *err) {
    if (status == PW_OK) return;
    fprintf(stderr, "bench_broker: %s\n%s\n", err->message, err->hint);
    exit(1);
}

static void start(bench *b) {
    b->wall_ns = pw_clock_mono_ns();
    b->cpu_ns = pw_clock_cpu_ns();
}

static void stop(const bench *b, const char *what, long records) {
    double wall = (double)(pw_clock_mono_ns() - b->wall_ns);
    double cpu = (double)(pw_clock_cpu_ns() - b->cpu_ns);
    double count = (double)records;
    printf("%-22s %9ld records  %7.0f ns CPU each  %9.0f records/s\n", what, records, cpu / count,
           count * 1e9 / wall);
    fflush(stdout);
}

static void produce(bench *b) {
    static char values[SEND][4096];
    static char keys[SEND][24];
    pw_outgoing out[SEND];
    pw_error err;
    pw_producer *producer;
    pw_topic_handle *topic;
    int32_t partitions;
    check(pw_producer_open(b->broker, NULL, NULL, &producer, &err), &err);
    check(pw_producer_topic(producer, b->topic, &topic, &partitions, &err), &err);
    for (int i = 0; i < SEND; i++)
        memset(values[i], 'a' + i % 26, sizeof values[i]);
    start(b);
    for (long done = 0; done < b->records;) {
        for (int i = 0; i < SEND; i++) {
            int length = snprintf(keys[i], sizeof keys[i], "driver-%ld", (done + i) % 1000);
            out[i] = (pw_outgoing){.topic = topic,
                                   .partition = -1,
                                   .key = keys[i],
                                   .key_length = (size_t)length,
                                   .value = values[i],
                                   .value_length = (size_t)b->bytes,
                                   .timestamp_ms = 1735689600000 + done};
        }
        for (size_t at = 0, sent; at < SEND; at += sent) {
            check(pw_producer_send(producer, out + at, SEND - at, &sent, &err), &err);
            if (sent < SEND - at) pw_producer_poll(producer, 10);
        }
        done += SEND;
    }
    check(pw_producer_flush(producer, 60000, &err), &err);
    stop(b, "pw_producer_send", b->records);
    start(b);
    enum { FLUSHES = 200 };
    for (int i = 0; i < FLUSHES; i++) {
        size_t sent;
        check(pw_producer_send(producer, out, 1, &sent, &err), &err);
        check(pw_producer_flush(producer, 60000, &err), &err);
    }
    stop(b, "send 1 and flush", FLUSHES);
    pw_producer_close(producer);
}

static void consume(bench *b) {
    static pw_record records[POLL];
    pw_reader *readers[PARTITIONS];
    pw_error err;
    long taken = 0;
    uint64_t sum = 0;
    start(b);
    for (int i = 0; i < PARTITIONS; i++) {
        pw_reader_spec spec = {.topic = b->topic, .partition = i, .offset = PW_OFFSET_EARLIEST};
        check(pw_reader_open(b->broker, &spec, &readers[i], &err), &err);
    }
    while (taken < b->records) {
        uint32_t round = 0;
        for (int i = 0; i < PARTITIONS; i++) {
            uint32_t count;
            check(pw_reader_poll(readers[i], records, POLL, &count, &err), &err);
            for (uint32_t r = 0; r < count; r++)
                sum += records[r].value_length + (uint64_t)records[r].timestamp_ms;
            round += count;
        }
        taken += round;
        if (!round) pw_clock_sleep_ms(1);
    }
    stop(b, "pw_reader_poll", taken);
    if (sum == 0) puts("nothing read");
    start(b);
    long polls = 0;
    for (; polls < 1000000; polls++) {
        uint32_t count;
        check(pw_reader_poll(readers[polls % PARTITIONS], records, POLL, &count, &err), &err);
    }
    stop(b, "empty poll", polls);
    for (int i = 0; i < PARTITIONS; i++)
        pw_reader_close(readers[i]);
}

/* The same work with nothing of ours: per-partition queues, as a reader has them. */
static void consume_bare(bench *b, char **properties, int property_count) {
    static rd_kafka_message_t *messages[POLL];
    char text[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", b->bootstrap, text, sizeof text);
    rd_kafka_conf_set(conf, "group.id", "bench", text, sizeof text);
    for (int i = 0; i < property_count; i++) {
        char *equals = strchr(properties[i], '=');
        if (!equals) continue;
        *equals = 0;
        rd_kafka_conf_set(conf, properties[i], equals + 1, text, sizeof text);
        *equals = '=';
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, b->topic.data, NULL);
    rd_kafka_queue_t *queues[PARTITIONS];
    start(b);
    for (int i = 0; i < PARTITIONS; i++) {
        queues[i] = rd_kafka_queue_new(rk);
        rd_kafka_consume_start_queue(topic, i, RD_KAFKA_OFFSET_BEGINNING, queues[i]);
    }
    long taken = 0;
    uint64_t sum = 0;
    while (taken < b->records) {
        ssize_t round = 0;
        for (int i = 0; i < PARTITIONS; i++) {
            ssize_t count = rd_kafka_consume_batch_queue(queues[i], 0, messages, POLL);
            for (ssize_t m = 0; m < count; m++) {
                sum += messages[m]->len + (uint64_t)rd_kafka_message_timestamp(messages[m], NULL);
                rd_kafka_message_destroy(messages[m]);
            }
            round += count;
        }
        taken += round;
        if (!round) pw_clock_sleep_ms(1);
    }
    stop(b, "bare consume_batch", taken);
    if (sum == 0) puts("nothing read");
    for (int i = 0; i < PARTITIONS; i++) {
        rd_kafka_consume_stop(topic, i);
        rd_kafka_queue_destroy(queues[i]);
    }
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

static void open_broker(bench *b, const char *where, char **arguments, int count) {
    pw_broker_property properties[PROPERTIES_MAX];
    pw_broker_config config = {.properties = properties, .timeout_ms = 10000};
    pw_error err;
    if (strncmp(where, "local:", 6) == 0) {
        config.local_path = pw_str_from(where + 6);
    } else {
        b->bootstrap = where;
        properties[config.property_count++] = (pw_broker_property){
            PW_STR("bootstrap.servers"), pw_str_from(where), true, true, PW_STR("argument")};
    }
    for (int i = 0; i < count && config.property_count < PROPERTIES_MAX; i++) {
        const char *equals = strchr(arguments[i], '=');
        if (!equals) continue;
        pw_str name = {arguments[i], (size_t)(equals - arguments[i])};
        properties[config.property_count++] =
            (pw_broker_property){name, pw_str_from(equals + 1), true, true, PW_STR("argument")};
    }
    check(pw_broker_open(&config, &b->broker, &err), &err);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr,
                "usage: bench_broker local:PATH | BOOTSTRAP [records [bytes [name=value ...]]]\n");
        return 2;
    }
    bench b = {.records = argc > 2 ? atol(argv[2]) : 1000000,
               .bytes = argc > 3 ? atoi(argv[3]) : 150};
    char topic[64];
    pw_error err;
    int more = argc > 4 ? argc - 4 : 0;
    if (b.records < SEND || b.bytes < 1 || b.bytes > 4096) return 2;
    b.records -= b.records % SEND;
    snprintf(topic, sizeof topic, "bench_broker_%lld", (long long)pw_clock_wall_ms());
    b.topic = pw_str_from(topic);
    open_broker(&b, argv[1], argv + 4, more);
    pw_topic_spec spec = {.name = b.topic, .partition_count = PARTITIONS, .retention_ms = -1};
    check(pw_topic_create(b.broker, &spec, &err), &err);
    produce(&b);
    consume(&b);
    if (b.bootstrap) {
        consume_bare(&b, argv + 4, more);
        consume(&b); /* once more: whoever comes first reads from a colder broker */
    }
    check(pw_topic_delete(b.broker, b.topic, &err), &err);
    pw_broker_close(b.broker);
    return 0;
}
