/* Configuration files, settings, and the layout of SQL files. SPDX-License-Identifier: Apache-2.0
 */
#include "session/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "pitwall.h"

static pw_arena arena;
static char folder[] = "/tmp/pitwall-config-XXXXXX";
static char path[128];
static pw_config config;
static pw_error err;

static int set_up(void **state) {
    (void)state;
    pw_arena_init(&arena, 0);
    pw_error_clear(&err);
    config = (pw_config){0};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    pw_arena_deinit(&arena);
    return 0;
}

static pw_status load(const char *name, const char *text) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return pw_config_load(&arena, pw_str_from(path), NULL, 0, &config, &err);
}

static pw_status load_entry(const char *name, const char *value) {
    pw_config_entry entry = {pw_str_from(name), pw_str_from(value), PW_STR("--set")};
    return pw_config_load(&arena, PW_STR_EMPTY, &entry, 1, &config, &err);
}

static void assert_text(pw_str text, const char *wanted) {
    assert_string_equal(pw_arena_cstr(&arena, text), wanted);
}

/* The message without the folder. */
static void assert_failed(pw_status status, const char *message, const char *hint) {
    assert_int_not_equal(status, PW_OK);
    const char *text = err.message;
    if (strncmp(text, folder, strlen(folder)) == 0) text += strlen(folder) + 1;
    assert_string_equal(text, message);
    assert_string_equal(err.hint, hint);
}

/* Value of a property for a client, "" if it has none. */
static const char *property(const char *name, bool for_producer) {
    const char *found = "";
    for (size_t i = 0; i < config.broker_property_count; i++) {
        const pw_broker_property *row = &config.broker_properties[i];
        if (!pw_str_equal(row->name, pw_str_from(name))) continue;
        if (for_producer ? row->for_producer : row->for_consumer)
            found = pw_arena_cstr(&arena, row->value);
    }
    return found;
}

static void test_defaults(void **state) {
    (void)state;
    assert_int_equal(pw_config_load(&arena, PW_STR_EMPTY, NULL, 0, &config, &err), PW_OK);
    assert_int_equal(config.settings->commit_interval_ms, 200);
    assert_int_equal(config.settings->cache_bytes, 256 << 20);
    assert_text(config.settings->auto_offset_reset, "earliest");
    assert_false(config.settings->emit_every_update);
    assert_int_equal(config.broker_property_count, 0);
}

/* Every default in the list must be one that the checks let pass. */
static void test_defaults_are_valid(void **state) {
    (void)state;
    size_t count;
    const pw_setting *rows = pw_setting_all(&count);
    pw_settings settings;
    pw_settings_init(&settings);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(
            pw_setting_set(&arena, &settings, &rows[i], rows[i].default_value, PW_STR_EMPTY, &err),
            PW_OK);
    }
}

static void test_ini(void **state) {
    (void)state;
    pw_status status = load("a.ini", "\xEF\xBB\xBF# a comment\r\n"
                                     "[consumer]\r\nfetch.min.bytes = 5\r\n"
                                     "auto.offset.reset=latest\n"
                                     "[default]\nbootstrap.servers = a:1,b:2\nlinger.ms=7\n"
                                     "; another\n[producer]\nlinger.ms: 20\n"
                                     "[pitwall]\ncommit.interval.ms=500\ncache.bytes=64M\n");
    assert_int_equal(status, PW_OK);
    assert_string_equal(property("bootstrap.servers", true), "a:1,b:2");
    assert_string_equal(property("bootstrap.servers", false), "a:1,b:2");
    assert_string_equal(property("linger.ms", true), "20");
    assert_string_equal(property("linger.ms", false), "7");
    assert_string_equal(property("fetch.min.bytes", false), "5");
    assert_string_equal(property("fetch.min.bytes", true), "");
    assert_text(config.settings->auto_offset_reset, "latest");
    assert_int_equal(config.settings->commit_interval_ms, 500);
    assert_int_equal(config.settings->cache_bytes, 64 << 20);
}

static void test_ini_errors(void **state) {
    (void)state;
    assert_failed(load("a.ini", "[pitwall]\ncommit.intervall.ms=5\n"),
                  "a.ini:2: there is no setting commit.intervall.ms",
                  "did you mean commit.interval.ms?");
    assert_failed(load("a.ini", "[default]\n\nbootstrap.server=x\n"),
                  "a.ini:3: there is no setting bootstrap.server",
                  "did you mean bootstrap.servers?");
    assert_failed(load("a.ini", "[pitwall]\ncommit.interval.ms=soon\n"),
                  "a.ini:2: commit.interval.ms cannot be \"soon\"",
                  "allowed: a whole number of milliseconds, 1..3600000");
    assert_failed(load("a.ini", "[pitwall]\nauto.offset.reset=middle\n"),
                  "a.ini:2: auto.offset.reset cannot be \"middle\"", "allowed: earliest or latest");
    assert_failed(load("a.ini", "[prodcer]\n"), "a.ini:1: there is no section [prodcer]",
                  "did you mean [producer]?");
    assert_failed(load("a.ini", "[pitwall]\nacks=1\n"),
                  "a.ini:2: acks is a setting of Kafka's clients",
                  "it belongs in section [default], [producer] or [consumer]");
    assert_failed(load("a.ini", "[default]\ncache.bytes=1g\n"),
                  "a.ini:2: cache.bytes is a setting of pitwall",
                  "it belongs in section [pitwall]");
    assert_failed(load("a.ini", "[default]\nsasl.password secret\n"), "a.ini:2: this is no setting",
                  "a line is key=value, [section] or a comment that begins with #");
}

static void test_no_file(void **state) {
    (void)state;
    pw_status status =
        pw_config_load(&arena, PW_STR("/nowhere/config.ini"), NULL, 0, &config, &err);
    assert_int_equal(status, PW_CONFIG);
    assert_string_equal(err.message, "cannot read the configuration file /nowhere/config.ini: "
                                     "No such file or directory");
}

static void test_properties(void **state) {
    (void)state;
    pw_status status = load(
        "server.properties",
        "! ksqlDB's own\nlisteners=http://0.0.0.0:8088\nksql.service.id=race_\n"
        "bootstrap.servers=kafka\\:9092\nksql.streams.num.stream.threads=3\n"
        "ksql.streams.producer.linger.ms=9\nksql.streams.consumer.fetch.min.bytes=2\n"
        "ksql.streams.cache.max.bytes.buffering=1000000\n"
        "ksql.output.topic.name.prefix=race-\nsecurity.protocol=SASL_PLAINTEXT\n"
        "sasl.mechanism=PLAIN\n"
        "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\\n"
        "    username=\"me\" \\\n    password=\"s\\u00e9cret\";\n");
    assert_int_equal(status, PW_OK);
    assert_string_equal(property("bootstrap.servers", true), "kafka:9092");
    assert_int_equal(config.settings->worker_threads, 3);
    assert_int_equal(config.settings->cache_bytes, 1000000);
    assert_string_equal(property("linger.ms", true), "9");
    assert_string_equal(property("linger.ms", false), "");
    assert_string_equal(property("fetch.min.bytes", false), "2");
    assert_text(config.settings->ksql_output_topic_name_prefix, "race-");
    assert_string_equal(property("sasl.username", true), "me");
    assert_string_equal(property("sasl.password", true), "s\xC3\xA9"
                                                         "cret");
    assert_string_equal(property("sasl.jaas.config", true), "");
}

static void test_properties_errors(void **state) {
    (void)state;
    assert_failed(load("a.properties", "ksql.servise.id=x\n"),
                  "a.properties:1: there is no setting ksql.servise.id",
                  "did you mean ksql.service.id?");
    assert_failed(load("a.properties", "x\\\ny\n\nssl.truststore.location=/a.jks\n"),
                  "a.properties:1: this is no setting",
                  "a line is key=value, [section] or a comment that begins with #");
    assert_int_equal(load("a.properties", "\n\nssl.truststore.location=/a.jks\n"), PW_CONFIG);
    assert_non_null(strstr(err.message, ":3: ssl.truststore.location names a Java key store"));
}

static void test_entries_win(void **state) {
    (void)state;
    setenv("PITWALL_COMMIT_INTERVAL_MS", "700", 1);
    setenv("PITWALL_LINGER_MS", "3", 1);
    assert_int_equal(load("a.ini", "[pitwall]\ncommit.interval.ms=500\n[producer]\nlinger.ms=1\n"),
                     PW_OK);
    assert_int_equal(config.settings->commit_interval_ms, 700);
    assert_string_equal(property("linger.ms", true), "3");
    assert_int_equal(load_entry("commit.interval.ms", "900"), PW_OK);
    assert_int_equal(config.settings->commit_interval_ms, 900);
    unsetenv("PITWALL_COMMIT_INTERVAL_MS");
    unsetenv("PITWALL_LINGER_MS");
}

static void test_environment_errors(void **state) {
    (void)state;
    setenv("PITWALL_COMMIT_INTERVALL_MS", "700", 1);
    assert_failed(pw_config_load(&arena, PW_STR_EMPTY, NULL, 0, &config, &err),
                  "environment variable PITWALL_COMMIT_INTERVALL_MS: there is no setting "
                  "commit.intervall.ms",
                  "did you mean commit.interval.ms?");
    unsetenv("PITWALL_COMMIT_INTERVALL_MS");
}

static void test_values(void **state) {
    (void)state;
    assert_int_equal(load_entry("cache.max.bytes.buffering", "2g"), PW_OK);
    assert_int_equal(config.settings->cache_bytes, INT64_C(2) << 30);
    assert_int_equal(load_entry("cache.bytes", "9999999999999g"), PW_CONFIG);
    assert_int_equal(load_entry("cache.bytes", "-1"), PW_CONFIG);
    assert_int_equal(load_entry("batch.rows", "0"), PW_CONFIG);
    assert_int_equal(load_entry("batch.rows", "1025"), PW_CONFIG);
    assert_int_equal(load_entry("batch.rows", "1"), PW_OK);
    assert_int_equal(load_entry("emit.every.update", "TRUE"), PW_OK);
    assert_true(config.settings->emit_every_update);
    assert_int_equal(load_entry("emit.every.update", "yes"), PW_CONFIG);
    assert_int_equal(load_entry("ksql.persistence.wrap.single.values", ""), PW_OK);
    assert_int_equal(load_entry("topic.retention.ms", "-1"), PW_OK);
    assert_int_equal(load_entry("topic.retention.ms", "-2"), PW_CONFIG);
    assert_int_equal(load_entry("processing.guarantee", "exactly_once_v2"), PW_UNSUPPORTED);
    assert_string_equal(err.message, "--set: processing.guarantee=exactly_once_v2 is not supported "
                                     "yet");
}

static void test_secrets(void **state) {
    (void)state;
    assert_true(pw_config_is_secret(PW_STR("sasl.password")));
    assert_true(pw_config_is_secret(PW_STR("ssl.key.pem")));
    assert_true(pw_config_is_secret(PW_STR("sasl.oauthbearer.client.secret")));
    assert_false(pw_config_is_secret(PW_STR("bootstrap.servers")));
    assert_int_equal(load("a.ini", "[default]\nsasl.pasword=hunter2\n"), PW_CONFIG);
    assert_null(strstr(err.message, "hunter2"));
    assert_null(strstr(err.hint, "hunter2"));
}

static void test_format(void **state) {
    (void)state;
    static const char source[] =
        "-- What is this?\n/* a */ select  a ,b from s  emit changes; -- why\n"
        "\n\n-- end\nset 'a'='b';\nselect /* in */ x from ${y};\n";
    char *once, *twice;
    pitwall_error failure = {0};
    assert_int_equal(pitwall_format(source, "a.sql", &once, &failure), PITWALL_OK);
    assert_non_null(strstr(once, "-- What is this?\n"));
    assert_non_null(strstr(once, "; -- why\n\n-- end\n"));
    assert_non_null(strstr(once, "select /* in */ x from ${y};\n"));
    assert_non_null(strstr(once, "SELECT"));
    assert_int_equal(pitwall_format(once, "a.sql", &twice, &failure), PITWALL_OK);
    assert_string_equal(once, twice);
    pitwall_free(once);
    pitwall_free(twice);
}

static void test_format_errors(void **state) {
    (void)state;
    char *out;
    pitwall_error failure = {0};
    assert_int_equal(
        pitwall_format("SELECT a FROM b;\n\n  SELEC b FROM c;", "a.sql", &out, &failure),
        PITWALL_USER);
    assert_int_equal(failure.line, 3);
    assert_int_equal(failure.column, 3);
    assert_int_equal(strncmp(failure.message, "a.sql:3:3: ", 11), 0);
    assert_int_equal(pitwall_format("", NULL, &out, &failure), PITWALL_OK);
    assert_string_equal(out, "");
    pitwall_free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_defaults_are_valid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ini, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ini_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_properties, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_properties_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entries_win, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_environment_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_secrets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_format, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_format_errors, set_up, tear_down),
    };
    if (!mkdtemp(folder)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
