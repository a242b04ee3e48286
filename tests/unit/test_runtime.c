/* The runtime in one process: tasks on several workers, exchanges, commits, pauses and stops while
 * records come in, and one reader per partition for all queries of a script. For the sanitizers
 * above all. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "runtime/runtime_private.h"
#include "session/session_private.h"
#include "state_fixture.h"

enum { PARTITIONS = 4, RECORDS = 20000, DRIVERS = 37, PATIENCE_MS = 60000 };

static const char pipelines[] =
    "CREATE STREAM laps (car VARCHAR KEY, driver VARCHAR, ms INT)"
    " WITH (KAFKA_TOPIC='laps', VALUE_FORMAT='JSON', PARTITIONS=4);"
    "CREATE TABLE totals AS SELECT driver, SUM(ms) AS ms, COUNT(*) AS n FROM laps GROUP BY driver;"
    "CREATE TABLE cars AS SELECT car, COUNT(*) AS n FROM laps GROUP BY car;"
    "CREATE STREAM quick AS SELECT * FROM laps WHERE ms < 100 PARTITION BY driver;"
    "CREATE TABLE quick_count AS SELECT driver, COUNT(*) AS n FROM quick GROUP BY driver;";

static pitwall *engine;

/* --- records ---------------------------------------------------------------------------------- */

static void send_lap(pw_producer *producer, pw_topic_handle *topic, int i) {
    char key[16], value[64];
    int key_length = snprintf(key, sizeof key, "car-%d", i % 101);
    int length =
        snprintf(value, sizeof value, "{\"DRIVER\":\"d%d\",\"MS\":%d}", i % DRIVERS, i % 200);
    pw_outgoing record = {.topic = topic,
                          .partition = -1,
                          .key = key,
                          .key_length = (size_t)key_length,
                          .value = value,
                          .value_length = (size_t)length,
                          .timestamp_ms = i};
    size_t sent = 0;
    pw_error failure;
    while (sent == 0) {
        if (pw_producer_send(producer, &record, 1, &sent, &failure) != PW_OK) abort();
        if (sent == 0) pw_producer_poll(producer, 1);
    }
}

/* pauses: now and then, so that tasks fall asleep and are woken. */
static void *produce(void *opaque) {
    const bool *pauses = opaque;
    pw_producer *producer;
    pw_topic_handle *topic;
    int32_t partitions;
    pw_error failure;
    if (pw_producer_open(engine->broker, NULL, NULL, &producer, &failure) != PW_OK) abort();
    if (pw_producer_topic(producer, PW_STR("laps"), &topic, &partitions, &failure) != PW_OK)
        abort();
    for (int i = 0; i < RECORDS; i++) {
        send_lap(producer, topic, i);
        if (*pauses && i % 1000 == 0) pw_clock_sleep_ms(3);
    }
    if (pw_producer_flush(producer, -1, &failure) != PW_OK) abort();
    pw_producer_close(producer);
    return NULL;
}

/* --- the engine ---------------------------------------------------------------------------------
 */

static int open_engine(void **state) {
    const char *workers = *state ? *state : "3";
    if (fixture_make_folder(state) != 0) return -1;
    const pitwall_setting settings[] = {{"commit.interval.ms", "3", NULL},
                                        {"worker.threads", workers, NULL},
                                        {"batch.rows", "64", NULL}};
    pitwall_options options = {.data_folder = fixture_folder,
                               .settings = settings,
                               .setting_count = sizeof settings / sizeof *settings};
    pitwall_error failure;
    return pitwall_open(&options, &engine, &failure) == PITWALL_OK ? 0 : -1;
}

static int close_engine(void **state) {
    pitwall_close(engine);
    return fixture_remove_folder(state);
}

static void execute(const char *sql) {
    pitwall_error failure = {0};
    if (pitwall_execute(engine, sql, NULL, NULL, NULL, &failure) != PITWALL_OK)
        fail_msg("%s", failure.message);
}

static void wait_for(pitwall_until until) {
    pitwall_error failure = {0};
    if (pitwall_wait(engine, until, PATIENCE_MS, &failure) != PITWALL_OK)
        fail_msg("%s", failure.message);
}

static void no_header(void *opaque, const pitwall_column *columns, size_t count) {
    (void)opaque;
    (void)columns;
    (void)count;
}

static bool take_number(void *opaque, const char *const *texts, const char *const *jsons,
                        size_t count) {
    (void)jsons;
    (void)count;
    *(int64_t *)opaque = texts[0] ? strtoll(texts[0], NULL, 10) : 0;
    return true;
}

static int64_t ask(const char *sql) {
    int64_t number = -1;
    pitwall_rows rows = {.header = no_header, .row = take_number, .opaque = &number};
    pitwall_error failure = {0};
    if (pitwall_query(engine, sql, &rows, &failure) != PITWALL_OK) fail_msg("%s", failure.message);
    return number;
}

/* What the tables must say when all records are in, whatever happened in between. */
static void check_tables(void) {
    int64_t ms = 0, quick = 0;
    for (int i = 0; i < RECORDS; i++) {
        ms += i % 200;
        quick += i % 200 < 100;
    }
    assert_int_equal(ask("SELECT SUM(n) FROM totals;"), RECORDS);
    assert_int_equal(ask("SELECT SUM(ms) FROM totals;"), ms);
    assert_int_equal(ask("SELECT COUNT(*) FROM totals;"), DRIVERS);
    assert_int_equal(ask("SELECT SUM(n) FROM cars;"), RECORDS);
    assert_int_equal(ask("SELECT SUM(n) FROM quick_count;"), quick);
}

/* --- tests
 * ---------------------------------------------------------------------------------------- */

static void test_records_before(void **state) {
    (void)state;
    bool pauses = false;
    execute(pipelines);
    produce(&pauses);
    wait_for(PITWALL_UNTIL_END);
    check_tables();
}

static void test_records_meanwhile(void **state) {
    (void)state;
    bool pauses = true;
    pthread_t producer;
    execute(pipelines);
    assert_int_equal(pthread_create(&producer, NULL, produce, &pauses), 0);
    pitwall_query_progress entries[8];
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pitwall_progress(engine, entries, 8), 4);
        pw_clock_sleep_ms(1);
    }
    pthread_join(producer, NULL);
    wait_for(PITWALL_UNTIL_END);
    check_tables();
}

/* Three queries read `laps` and one reads `QUICK`: a reader for each partition of both. */
static void test_shared_readers(void **state) {
    (void)state;
    bool pauses = false;
    execute(pipelines);
    pw_runtime *runtime = atomic_load(&engine->runtime);
    assert_int_equal(pw_feeds_reader_count(&runtime->feeds), 2 * PARTITIONS);
    produce(&pauses);
    wait_for(PITWALL_UNTIL_END);
    assert_int_equal(pw_feeds_reader_count(&runtime->feeds), 2 * PARTITIONS);
    check_tables();
}

/* Queries that share readers with a paused one go on; it catches up when it may. */
static void test_pause(void **state) {
    (void)state;
    bool pauses = true;
    pthread_t producer;
    execute(pipelines);
    pitwall_query_progress entries[8];
    assert_int_equal(pitwall_progress(engine, entries, 8), 4);
    char sql[256];
    assert_int_equal(pthread_create(&producer, NULL, produce, &pauses), 0);
    for (int i = 0; i < 6; i++) {
        snprintf(sql, sizeof sql, "PAUSE %s;", entries[i % 3].id);
        execute(sql);
        pw_clock_sleep_ms(10);
        snprintf(sql, sizeof sql, "RESUME %s;", entries[i % 3].id);
        execute(sql);
    }
    snprintf(sql, sizeof sql, "PAUSE %s;", entries[1].id);
    execute(sql);
    pthread_join(producer, NULL);
    int64_t until_ns = pw_clock_mono_ns() + PATIENCE_MS * 1000000ll;
    while (ask("SELECT SUM(n) FROM totals;") < RECORDS) {
        assert_true(pw_clock_mono_ns() < until_ns);
        pw_clock_sleep_ms(5);
    }
    assert_int_equal(pitwall_progress(engine, entries, 8), 4);
    assert_string_equal(entries[1].state, "PAUSED");
    snprintf(sql, sizeof sql, "RESUME %s;", entries[1].id);
    execute(sql);
    wait_for(PITWALL_UNTIL_END);
    check_tables();
}

/* A query ends while the others, whose readers it shares, go on. */
static void test_terminate(void **state) {
    (void)state;
    bool pauses = true;
    pthread_t producer;
    execute(pipelines);
    execute("CREATE TABLE more AS SELECT driver, MAX(ms) AS ms FROM laps GROUP BY driver;");
    pitwall_query_progress entries[8];
    assert_int_equal(pitwall_progress(engine, entries, 8), 5);
    assert_int_equal(pthread_create(&producer, NULL, produce, &pauses), 0);
    pw_clock_sleep_ms(15);
    char sql[256];
    snprintf(sql, sizeof sql, "TERMINATE %s;", entries[4].id);
    execute(sql);
    assert_int_equal(pitwall_progress(engine, entries, 8), 4);
    pthread_join(producer, NULL);
    wait_for(PITWALL_UNTIL_END);
    check_tables();
}

/* A stop request ends a wait with a commit of all that was read, and nothing is read after it. */
static void *stop_soon(void *opaque) {
    (void)opaque;
    pw_clock_sleep_ms(20);
    pitwall_stop(engine);
    return NULL;
}

static void test_stop(void **state) {
    (void)state;
    bool pauses = true;
    pthread_t producer, stopper;
    execute(pipelines);
    assert_int_equal(pthread_create(&producer, NULL, produce, &pauses), 0);
    assert_int_equal(pthread_create(&stopper, NULL, stop_soon, NULL), 0);
    wait_for(PITWALL_UNTIL_STOPPED);
    pitwall_query_progress before[8], after[8];
    assert_int_equal(pitwall_progress(engine, before, 8), 4);
    int64_t seen = ask("SELECT SUM(n) FROM totals;");
    assert_int_equal(seen < 0 ? 0 : seen, before[0].records_read);
    pthread_join(producer, NULL);
    pthread_join(stopper, NULL);
    assert_int_equal(pitwall_progress(engine, after, 8), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(after[i].records_read, before[i].records_read);
}

/* --- channels
 * ---------------------------------------------------------------------------------------- */

enum { SENDERS = 3, MESSAGES = 5000 };

typedef struct channel_fixture {
    pw_channel channel;
    pw_message_pool pool;
    pw_plan_op senders[SENDERS];
} channel_fixture;

static channel_fixture shared;
static atomic_int sender_next;

static void *send_messages(void *unused) {
    (void)unused;
    int number = atomic_fetch_add(&sender_next, 1);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        pw_message *message = pw_message_take(&shared.pool);
        message->from = &shared.senders[number];
        message->batch = (pw_batch *)PW_NEW_ARRAY(&message->arena, uint64_t, 1);
        memcpy(message->batch, &i, sizeof i);
        pw_channel_push(&shared.channel, message);
    }
    return NULL;
}

/* What one sender sends arrives in order and once. */
static void test_channel(void **state) {
    (void)state;
    pthread_t threads[SENDERS];
    uint32_t next[SENDERS] = {0};
    pw_channel_init(&shared.channel);
    pw_message_pool_init(&shared.pool);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_messages, NULL), 0);
    for (int count = 0; count < SENDERS * MESSAGES;) {
        pw_message *message = pw_channel_pop(&shared.channel);
        if (!message) continue;
        uint32_t number;
        memcpy(&number, message->batch, sizeof number);
        assert_int_equal(number, next[message->from - shared.senders]++);
        pw_message_give(&shared.pool, message);
        count++;
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_null(pw_channel_pop(&shared.channel));
    assert_int_equal(atomic_load(&shared.channel.length), 0);
    pw_channel_deinit(&shared.channel);
    pw_message_pool_deinit(&shared.pool);
}

int main(void) {
    static char one[] = "1";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channel),
        cmocka_unit_test_prestate_setup_teardown(test_records_before, open_engine, close_engine,
                                                 one),
        cmocka_unit_test_setup_teardown(test_records_before, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(test_records_meanwhile, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(test_shared_readers, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(test_pause, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(test_terminate, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(test_stop, open_engine, close_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
