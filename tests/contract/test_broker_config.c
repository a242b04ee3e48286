/* Contract, on a cluster: configuration, security and what messages say.
 * SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static pw_broker_property property(const char *name, const char *value) {
    return (pw_broker_property){pw_str_from(name), pw_str_from(value), true, true,
                                PW_STR("config.ini:7")};
}

static pw_status try_open(const char *bootstrap, const pw_broker_property *more, size_t count,
                          pw_broker **out, pw_error *err) {
    pw_broker_property properties[CLUSTER_PROPERTIES_MAX];
    properties[0] = property("bootstrap.servers", bootstrap);
    for (size_t i = 0; i < count; i++)
        properties[i + 1] = more[i];
    pw_broker_config config = {
        .properties = properties, .property_count = count + 1, .timeout_ms = 3000};
    pw_error_clear(err);
    return pw_broker_open(&config, out, err);
}

static void assert_refused(const pw_broker_property *more, pw_status status, const char *text,
                           const char *hint) {
    pw_error error;
    pw_broker *broker;
    assert_int_equal(try_open(contract.bootstrap, more, 1, &broker, &error), status);
    assert_null(broker);
    if (!strstr(error.message, text)) fail_msg("no \"%s\" in: %s", text, error.message);
    if (!strstr(error.hint, hint)) fail_msg("no \"%s\" in: %s", hint, error.hint);
    assert_null(strstr(error.message, "s3cret"));
}

static void test_bad_properties(void **state) {
    (void)state;
    pw_broker_property bad = property("fetch.min.byte", "1");
    assert_refused(&bad, PW_CONFIG, "config.ini:7: fetch.min.byte", "fetch.min.bytes");
    bad = property("sasl.jaas.config", "s3cret");
    assert_refused(&bad, PW_CONFIG, "sasl.jaas.config", "sasl.username");
    bad = property("linger.ms", "soon");
    assert_refused(&bad, PW_CONFIG, "config.ini:7: ", "");
    bad = property("ssl.key.pem", "s3cret");
    bad.value = PW_STR("s3cret");
    bad.name = PW_STR("ssl.ca.pm");
    assert_refused(&bad, PW_CONFIG, "ssl.ca.pm", "ssl.ca.pem");
    assert_true(pw_broker_property_is_known(PW_STR("bootstrap.servers")));
    assert_true(pw_broker_property_is_known(PW_STR("sasl.password")));
    assert_true(pw_broker_property_is_known(PW_STR("compression.type")));
    assert_false(pw_broker_property_is_known(PW_STR("dr_msg_cb")));
    assert_false(pw_broker_property_is_known(PW_STR("key.serializer")));
    assert_true(pw_str_equal(pw_broker_property_nearest(PW_STR("linger_ms")), PW_STR("linger.ms")));
}

/* Properties of [default] are for both clients, also those that only one of them knows. */
static void test_default_section(void **state) {
    (void)state;
    pw_error error;
    pw_broker *broker;
    pw_producer *producer;
    const pw_broker_property mixed[] = {
        property("linger.ms", "3"), property("acks", "1"), property("auto.offset.reset", "latest"),
        property("group.id", "ours"), property("fetch.min.bytes", "1")};
    assert_int_equal(try_open(contract.bootstrap, mixed, 5, &broker, &error), PW_OK);
    pw_str topic = new_topic("mixed", 1);
    assert_ok(pw_producer_open(broker, NULL, NULL, &producer, err));
    send_text(producer, topic_of(producer, topic), 0, "k", "v", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    assert_true(pw_str_equal(pw_broker_name(broker), pw_str_from(contract.bootstrap)));
    assert_false(pw_broker_is_local(broker));
    pw_broker_close(broker);
}

static void test_nobody_there(void **state) {
    (void)state;
    pw_error error;
    pw_broker *broker;
    int64_t start_ns = pw_clock_mono_ns();
    assert_int_equal(try_open("127.0.0.1:1", NULL, 0, &broker, &error), PW_BROKER);
    assert_in_range((pw_clock_mono_ns() - start_ns) / 1000000, 2500, 6000);
    assert_non_null(strstr(error.message, "127.0.0.1:1"));
    assert_non_null(strstr(error.message, "refused"));
    assert_non_null(strstr(error.hint, "bootstrap.servers"));
}

static void use_listener(int number, const pw_broker_property *more, size_t count) {
    char address[64];
    pw_error error;
    pw_broker *broker;
    pw_arena arena;
    pw_topic_info *topics;
    pw_producer *producer;
    size_t topic_count;
    snprintf(address, sizeof address, "127.0.0.1:%d", contract.port + number);
    if (try_open(address, more, count, &broker, &error) != PW_OK) fail_msg("%s", error.message);
    pw_arena_init(&arena, 0);
    assert_ok(pw_topic_list(broker, &arena, &topics, &topic_count, err));
    pw_arena_deinit(&arena);
    pw_str topic = new_topic("secure", 1);
    assert_ok(pw_producer_open(broker, NULL, NULL, &producer, err));
    send_text(producer, topic_of(producer, topic), 0, "k", "v", 1000);
    assert_ok(pw_producer_flush(producer, WAIT_MS, err));
    pw_producer_close(producer);
    pw_reader *reader;
    pw_reader_spec spec = {.topic = topic};
    assert_ok(pw_reader_open(broker, &spec, &reader, err));
    assert_int_equal(read_to_end(reader), 1);
    pw_reader_close(reader);
    pw_broker_close(broker);
}

static void test_security(void **state) {
    (void)state;
    char ca[600];
    snprintf(ca, sizeof ca, "%s/tls/ca.pem", contract.cluster_home);
    const pw_broker_property sasl[] = {
        property("security.protocol", "SASL_PLAINTEXT"), property("sasl.mechanism", "PLAIN"),
        property("sasl.username", "pitwall"), property("sasl.password", "box-box")};
    use_listener(2, sasl, 4);
    const pw_broker_property tls[] = {property("security.protocol", "SSL"),
                                      property("ssl.ca.location", ca)};
    use_listener(3, tls, 2);
    const pw_broker_property both[] = {
        property("security.protocol", "SASL_SSL"), property("ssl.ca.location", ca),
        property("sasl.mechanism", "PLAIN"), property("sasl.username", "pitwall"),
        property("sasl.password", "box-box")};
    use_listener(4, both, 5);
}

static void test_wrong_password(void **state) {
    (void)state;
    char address[64];
    pw_error error;
    pw_broker *broker;
    const pw_broker_property sasl[] = {
        property("security.protocol", "SASL_PLAINTEXT"), property("sasl.mechanism", "PLAIN"),
        property("sasl.username", "pitwall"), property("sasl.password", "s3cret")};
    snprintf(address, sizeof address, "127.0.0.1:%d", contract.port + 2);
    assert_int_equal(try_open(address, sasl, 4, &broker, &error), PW_BROKER);
    assert_non_null(strstr(error.hint, "sasl"));
    assert_null(strstr(error.message, "s3cret"));
}

int check_configs(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_properties), cmocka_unit_test(test_default_section),
        cmocka_unit_test(test_nobody_there),   cmocka_unit_test(test_security),
        cmocka_unit_test(test_wrong_password),
    };
    return cmocka_run_group_tests_name("configuration", tests, NULL, NULL);
}
