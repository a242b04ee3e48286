/* The end-to-end benchmark's data and its judge (run.py drives it). Laps are made from a counter
 * alone, so that what a query must have written can be computed again without keeping anything.
 *
 *   bench_workload BROKERS gen-laps TOPIC RECORDS      4 partitions, keys driver-0 ... driver-999
 *   bench_workload BROKERS gen-drivers TOPIC           one record per key
 *   bench_workload BROKERS check CASE TOPIC RECORDS    f1, a1, a2 or j1;
 *                                                    exit status 0 only if the topic is right
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hashmap.h"
#include "base/mem.h"
#include "kafka/broker.h"

enum { DRIVERS = 1000, TEAMS = 10, PARTITIONS = 4, SEND_COUNT = 512, POLL_COUNT = 1024 };

typedef struct lap {
    uint32_t driver, team, lap, position, ms, speed10; /* speed10: tenths of a km/h */
    uint32_t sectors[3];
    bool pit;
    int64_t time_ms;
} lap;

static uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static lap make_lap(uint64_t i) {
    uint64_t x = mix(i);
    lap l = {.driver = (uint32_t)(x % DRIVERS),
             .lap = (uint32_t)(i % 70) + 1,
             .position = (uint32_t)(x >> 12) % 20 + 1,
             .ms = 70000 + (uint32_t)(x >> 20) % 30000,
             .speed10 = 1500 + (uint32_t)(x >> 36) % 2000,
             .pit = (x >> 50) % 20 == 0,
             .time_ms = 1735689600000 + (int64_t)i * 10};
    l.team = l.driver % TEAMS;
    for (int s = 0; s < 3; s++)
        l.sectors[s] = l.ms / 3 + (uint32_t)s * 17;
    return l;
}

static size_t lap_json(const lap *l, char *out, size_t capacity) {
    return (size_t)snprintf(out, capacity,
                            "{\"raceId\":%u,\"constructor\":\"team-%u\",\"lap\":%u,\"position\":%u,"
                            "\"lapTimeMs\":%u,\"speed\":%u.%u,\"sector\":[%u,%u,%u],\"pit\":%s}",
                            l->lap * 13, l->team, l->lap, l->position, l->ms, l->speed10 / 10,
                            l->speed10 % 10, l->sectors[0], l->sectors[1], l->sectors[2],
                            l->pit ? "true" : "false");
}

static void stop_on(pw_status status, const pw_error *err) {
    if (status == PW_OK) return;
    fprintf(stderr, "bench_workload: %s\n", err->message);
    exit(1);
}

/* --- producing -------------------------------------------------------------------------------- */

typedef struct sender {
    pw_producer *producer;
    pw_topic_handle *topic;
} sender;

static sender open_sender(pw_broker *broker, const char *topic) {
    pw_error err;
    pw_topic_spec spec = {
        .name = pw_str_from(topic), .partition_count = PARTITIONS, .retention_ms = -1};
    stop_on(pw_topic_create(broker, &spec, &err), &err);
    sender s;
    int32_t partitions;
    stop_on(pw_producer_open(broker, NULL, NULL, &s.producer, &err), &err);
    stop_on(pw_producer_topic(s.producer, spec.name, &s.topic, &partitions, &err), &err);
    return s;
}

static void send(sender *s, pw_str key, pw_str value, int64_t time_ms) {
    pw_error err;
    pw_outgoing record = {.topic = s->topic,
                          .partition = -1,
                          .key = key.data,
                          .key_length = key.length,
                          .value = value.data,
                          .value_length = value.length,
                          .timestamp_ms = time_ms};
    for (size_t sent = 0; sent == 0;) {
        stop_on(pw_producer_send(s->producer, &record, 1, &sent, &err), &err);
        if (sent == 0) pw_producer_poll(s->producer, 5);
    }
}

static void close_sender(sender *s) {
    pw_error err;
    stop_on(pw_producer_flush(s->producer, -1, &err), &err);
    pw_producer_close(s->producer);
}

static void generate_laps(pw_broker *broker, const char *topic, uint64_t count) {
    sender s = open_sender(broker, topic);
    for (uint64_t i = 0; i < count; i++) {
        lap l = make_lap(i);
        char key[32], value[256];
        size_t key_length = (size_t)snprintf(key, sizeof key, "driver-%u", l.driver);
        size_t length = lap_json(&l, value, sizeof value);
        send(&s, (pw_str){key, key_length}, (pw_str){value, length}, l.time_ms);
    }
    close_sender(&s);
}

static void generate_drivers(pw_broker *broker, const char *topic) {
    sender s = open_sender(broker, topic);
    for (uint32_t d = 0; d < DRIVERS; d++) {
        char key[32], value[256];
        size_t key_length = (size_t)snprintf(key, sizeof key, "driver-%u", d);
        size_t length = (size_t)snprintf(
            value, sizeof value, "{\"name\":\"Name %u\",\"team\":\"team-%u\",\"country\":\"C%u\"}",
            d, d % TEAMS, d % 30);
        send(&s, (pw_str){key, key_length}, (pw_str){value, length}, 1700000000000);
    }
    close_sender(&s);
}

/* --- judging ---------------------------------------------------------------------------------- */

typedef struct judge {
    uint64_t count, sum, square; /* a multiset as a count and two sums of hashes */
    double rows[DRIVERS][3];     /* n, best, mean of a group */
    bool seen[DRIVERS];
} judge;

static void judge_add(judge *j, const char *text, size_t length) {
    uint64_t hash = pw_hash_bytes(text, length);
    j->count++;
    j->sum += hash;
    j->square += hash * (hash | 1);
}

static void expect_row(judge *j, const lap *l, const char *kase) {
    char text[512];
    int n =
        kase[0] == 'f'
            ? snprintf(text, sizeof text,
                       "driver-%u|{\"POSITION\":%u,\"LAPTIMEMS\":%u,\"SPEED\":%u.%u}", l->driver,
                       l->position, l->ms, l->speed10 / 10, l->speed10 % 10)
            : snprintf(text, sizeof text,
                       "driver-%u|{\"LAP\":%u,\"POSITION\":%u,\"LAPTIMEMS\":%u,\"NAME\":\"Name "
                       "%u\",\"TEAM\":\"team-%u\","
                       "\"COUNTRY\":\"C%u\"}",
                       l->driver, l->lap, l->position, l->ms, l->driver, l->team, l->driver % 30);
    judge_add(j, text, (size_t)n);
}

static void expect_group(judge *j, uint32_t group, const lap *l) {
    double *row = j->rows[group];
    row[0] += 1;
    if (!j->seen[group] || l->ms < row[1]) row[1] = l->ms;
    row[2] += l->speed10 / 10.0;
    j->seen[group] = true;
}

static void expect(judge *j, const char *kase, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        lap l = make_lap(i);
        if (kase[0] == 'f' && (l.position > 3 || l.pit)) continue;
        if (kase[0] == 'a')
            expect_group(j, kase[1] == '1' ? l.driver : l.team, &l);
        else
            expect_row(j, &l, kase);
    }
    for (int g = 0; g < DRIVERS; g++)
        j->rows[g][2] /= j->rows[g][0] > 0 ? j->rows[g][0] : 1;
}

static void take(judge *j, const char *kase, const pw_record *record) {
    char text[1024];
    int length = snprintf(text, sizeof text, "%.*s|%.*s", (int)record->key_length, record->key,
                          (int)record->value_length, record->value);
    if (kase[0] != 'a') {
        judge_add(j, text, (size_t)length);
        return;
    }
    unsigned group;
    double n, best, mean;
    const char *format = kase[1] == '1' ? "driver-%u|{\"N\":%lf,\"BEST\":%lf,\"AVG_SPEED\":%lf}"
                                        : "team-%u|{\"N\":%lf,\"BEST\":%lf,\"AVG_SPEED\":%lf}";
    j->count++;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (sscanf(text, format, &group, &n, &best, &mean) != 4 || group >= DRIVERS) return;
#pragma GCC diagnostic pop
    j->seen[group] = true; /* the last one of a key counts: a partition is read in order */
    j->rows[group][0] = n;
    j->rows[group][1] = best;
    j->rows[group][2] = mean;
}

static void read_topic(pw_broker *broker, const char *topic, const char *kase, judge *j) {
    static pw_record records[POLL_COUNT];
    pw_error err;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        pw_reader_spec spec = {
            .topic = pw_str_from(topic), .partition = p, .offset = PW_OFFSET_EARLIEST};
        pw_reader *reader;
        stop_on(pw_reader_open(broker, &spec, &reader, &err), &err);
        for (;;) {
            uint32_t count = 0;
            stop_on(pw_reader_poll(reader, records, POLL_COUNT, &count, &err), &err);
            for (uint32_t i = 0; i < count; i++)
                take(j, kase, &records[i]);
            if (count == 0 && pw_reader_is_at_end(reader)) break;
        }
        pw_reader_close(reader);
    }
}

static int check(pw_broker *broker, const char *kase, const char *topic, uint64_t count) {
    judge *wanted = pw_mem_zalloc(1, sizeof *wanted), *got = pw_mem_zalloc(1, sizeof *got);
    expect(wanted, kase, count);
    read_topic(broker, topic, kase, got);
    bool is_right = true;
    if (kase[0] == 'a') {
        for (int g = 0; g < DRIVERS; g++) {
            const double *x = wanted->rows[g], *y = got->rows[g];
            is_right &= wanted->seen[g] == got->seen[g] && x[0] == y[0] && x[1] == y[1] &&
                        fabs(x[2] - y[2]) <= 1e-9 * (1 + fabs(x[2]));
        }
    } else {
        is_right =
            wanted->count == got->count && wanted->sum == got->sum && wanted->square == got->square;
    }
    printf("{\"ok\": %s, \"out_records\": %llu}\n", is_right ? "true" : "false",
           (unsigned long long)got->count);
    pw_mem_free(wanted);
    pw_mem_free(got);
    return is_right ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: bench_workload BROKERS gen-laps|gen-drivers|check ...\n");
        return 1;
    }
    pw_broker_property property = {.name = PW_STR("bootstrap.servers"),
                                   .value = pw_str_from(argv[1]),
                                   .for_consumer = true,
                                   .for_producer = true};
    pw_broker_config config = {.properties = &property, .property_count = 1, .timeout_ms = 60000};
    pw_broker *broker;
    pw_error err;
    stop_on(pw_broker_open(&config, &broker, &err), &err);
    pw_str command = pw_str_from(argv[2]);
    int result = 0;
    if (pw_str_equal(command, PW_STR("gen-laps")) && argc == 5) {
        generate_laps(broker, argv[3], strtoull(argv[4], NULL, 10));
    } else if (pw_str_equal(command, PW_STR("gen-drivers"))) {
        generate_drivers(broker, argv[3]);
    } else if (pw_str_equal(command, PW_STR("check")) && argc == 6) {
        result = check(broker, argv[3], argv[4], strtoull(argv[5], NULL, 10));
    } else {
        fprintf(stderr, "bench_workload: unknown command %s\n", argv[2]);
        result = 1;
    }
    pw_broker_close(broker);
    return result;
}
