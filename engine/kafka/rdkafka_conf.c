/* Properties of the cluster's clients. Which names there are, and for which client, librdkafka
 * itself says (rd_kafka_conf_properties_show), so that a newer library brings its new names along.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* --- known names ------------------------------------------------------------------------------ */

typedef struct known_property {
    pw_str name;
    bool for_consumer;
    bool for_producer;
} known_property;

static struct {
    pthread_once_t once;
    pw_arena arena;
    known_property *rows;
    pw_str *names;
    size_t count;
} known = {.once = PTHREAD_ONCE_INIT};

/* Names in the library's list that stand for functions and pointers, or that we need ourselves. */
static bool is_settable(pw_str name) {
    static const char *const not_settable[] = {"builtin.features",
                                               "enabled_events",
                                               "opaque",
                                               "default_topic_conf",
                                               "ssl_key",
                                               "ssl_certificate",
                                               "ssl_ca",
                                               "log.queue",
                                               "enable_sasl_queue",
                                               "delivery.report.only.error"};
    for (size_t i = 0; i < sizeof not_settable / sizeof *not_settable; i++)
        if (pw_str_equal(name, pw_str_from(not_settable[i]))) return false;
    return !pw_str_ends_with(name, PW_STR("_cb"));
}

/* A line of the list: "name | C/P | range | ...", where C/P is "C", "P" or "*". */
static void add_line(pw_str line) {
    size_t bar = pw_str_find(line, PW_STR("|"));
    if (bar == SIZE_MAX || bar == 0) return;
    pw_str name = pw_str_trim((pw_str){line.data, bar});
    pw_str rest = {line.data + bar + 1, line.length - bar - 1};
    size_t second = pw_str_find(rest, PW_STR("|"));
    if (second == SIZE_MAX) return;
    pw_str role = pw_str_trim((pw_str){rest.data, second});
    bool is_both = pw_str_equal(role, PW_STR("*"));
    bool is_consumer = is_both || pw_str_equal(role, PW_STR("C"));
    bool is_producer = is_both || pw_str_equal(role, PW_STR("P"));
    if ((!is_consumer && !is_producer) || !is_settable(name)) return;
    for (size_t i = 0; i < known.count; i++) {
        if (!pw_str_equal(known.rows[i].name, name)) continue;
        known.rows[i].for_consumer |= is_consumer; /* global and topic property of one name */
        known.rows[i].for_producer |= is_producer;
        return;
    }
    known.names[known.count] = pw_arena_str(&known.arena, name);
    known.rows[known.count] = (known_property){known.names[known.count], is_consumer, is_producer};
    known.count++;
}

static void load_known(void) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    pw_arena_init(&known.arena, 0);
    if (!file) return;
    rd_kafka_conf_properties_show(file);
    fclose(file);
    size_t lines = 1;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    known.rows = PW_NEW_ARRAY(&known.arena, known_property, lines);
    known.names = PW_NEW_ARRAY(&known.arena, pw_str, lines);
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end ? (size_t)(end - text) - at : length - at;
        add_line((pw_str){text + at, line});
        at += line + 1;
    }
    free(text);
}

static const known_property *find_known(pw_str name) {
    pthread_once(&known.once, load_known);
    for (size_t i = 0; i < known.count; i++)
        if (pw_str_equal(known.rows[i].name, name)) return &known.rows[i];
    return NULL;
}

bool pw_broker_property_is_known(pw_str name) {
    return find_known(name) != NULL;
}

pw_str pw_broker_property_nearest(pw_str name) {
    pthread_once(&known.once, load_known);
    return pw_nearest(name, known.names, known.count);
}

/* --- the user's properties -------------------------------------------------------------------- */

bool kafka_property_is_secret(pw_str name) {
    static const char *const parts[] = {"password", "secret", "jaas", "oauthbearer.config", ".pem"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (pw_str_find(name, pw_str_from(parts[i])) != SIZE_MAX) return true;
    return false;
}

static void add_hint(pw_str name, pw_error *err) {
    if (pw_str_equal(name, PW_STR("sasl.jaas.config"))) {
        pw_error_hint(err, "set sasl.username and sasl.password instead");
        return;
    }
    pw_str nearest = pw_broker_property_nearest(name);
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
}

/* "config.ini:7: " or nothing. */
#define ORIGIN_FORMAT       "%.*s%s"
#define ORIGIN_ARGS(origin) PW_STR_ARGS(origin), (origin).length ? ": " : ""

/* Sets one property on a conf; on failure says where it came from and never what a secret was. */
static pw_status set_property(rd_kafka_conf_t *conf, pw_str name, pw_str value, pw_str origin,
                              pw_error *err) {
    char text[KAFKA_ERROR_BYTES];
    char *name_z = pw_mem_cstr(name);
    char *value_z = pw_mem_cstr(value);
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name_z, value_z, text, sizeof text);
    pw_mem_free(name_z);
    pw_mem_free(value_z);
    if (result == RD_KAFKA_CONF_OK) return PW_OK;
    if (kafka_property_is_secret(name))
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE,
                       ORIGIN_FORMAT "the value of %.*s is not valid (it is not shown)",
                       ORIGIN_ARGS(origin), PW_STR_ARGS(name));
    return pw_fail(err, PW_CONFIG, PW_SPAN_NONE, ORIGIN_FORMAT "%s", ORIGIN_ARGS(origin), text);
}

pw_status kafka_properties_check(const pw_broker_config *config, pw_error *err) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    pw_status status = PW_OK;
    for (size_t i = 0; i < config->property_count && status == PW_OK; i++) {
        const pw_broker_property *property = &config->properties[i];
        if (!pw_broker_property_is_known(property->name)) {
            status = pw_fail(err, PW_CONFIG, PW_SPAN_NONE,
                             ORIGIN_FORMAT "%.*s is not a property of Kafka clients",
                             ORIGIN_ARGS(property->origin), PW_STR_ARGS(property->name));
            add_hint(property->name, err);
            break;
        }
        status = set_property(conf, property->name, property->value, property->origin, err);
    }
    rd_kafka_conf_destroy(conf);
    return status;
}

static bool is_for_role(const kafka_property *property, kafka_role role) {
    const known_property *row = find_known(pw_str_from(property->name));
    if (role == KAFKA_PRODUCER) return property->for_producer && row && row->for_producer;
    return property->for_consumer && row && row->for_consumer;
}

bool kafka_is_set(const kafka_broker *broker, kafka_role role, const char *const *names) {
    for (size_t i = 0; i < broker->property_count; i++) {
        if (!is_for_role(&broker->properties[i], role)) continue;
        for (const char *const *name = names; *name; name++)
            if (strcmp(broker->properties[i].name, *name) == 0) return true;
    }
    return false;
}

const char *kafka_property_get(const kafka_broker *broker, kafka_role role, const char *name) {
    const char *value = NULL;
    for (size_t i = 0; i < broker->property_count; i++)
        if (is_for_role(&broker->properties[i], role) &&
            strcmp(broker->properties[i].name, name) == 0)
            value = broker->properties[i].value;
    return value;
}

/* --- making a conf ---------------------------------------------------------------------------- */

void kafka_conf_force(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char text[KAFKA_ERROR_BYTES];
    PW_ASSERT(rd_kafka_conf_set(conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK);
}

typedef struct preset {
    const char *name;
    const char *value;
} preset;

/* Better for an engine than the library's defaults; the user's own settings win. */
static const preset presets_any[] = {
    {"client.id", "pitwall"},
    {"log.connection.close", "false"}, /* idle connections are closed by brokers all the time */
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.max.ms", "2000"}, /* a broker that is back is found soon */
    {NULL, NULL},
};
static const preset presets_consumer[] = {
    {"fetch.wait.max.ms", "100"}, /* how long a new reader may wait for the fetch under way */
    {"fetch.error.backoff.ms", "100"},
    /* Per partition; small, since readers nudge the fetching thread when half of it is taken. */
    {"queued.min.messages", "20000"},
    {"queued.max.messages.kbytes", "16384"},
    {NULL, NULL},
};
static const preset presets_producer[] = {
    {"linger.ms", "20"},
    {"message.timeout.ms",
     "0"}, /* what was sent waits for the broker: a lost record is a lost result */
    {"queue.buffering.max.messages", "200000"}, /* bounds memory, then back-pressure */
    {"queue.buffering.max.kbytes", "131072"},
    {"acks", "all"},
    {"allow.auto.create.topics", "false"}, /* a topic that was deleted stays deleted */
    {NULL, NULL},
};
/* What our code relies on, whatever the user wrote. */
static const preset forced_readers[] = {
    {"enable.partition.eof", "true"},
    {"enable.auto.commit", "false"},
    {"auto.commit.enable", "false"}, /* the topic-level one */
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "earliest"}, /* an offset that is gone: better twice than never */
    {NULL, NULL},
};
static const preset forced_group[] = {
    {"enable.partition.eof", "true"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {NULL, NULL},
};

static void force_all(rd_kafka_conf_t *conf, const preset *rows) {
    for (; rows->name; rows++)
        kafka_conf_force(conf, rows->name, rows->value);
}

/* Idempotence keeps the order of a partition's records across retries. Whoever chose settings that
 * exclude it gets one request at a time instead, which keeps the order too. */
static void set_ordering(const kafka_broker *broker, rd_kafka_conf_t *conf) {
    static const char *const excluding[] = {"enable.idempotence",
                                            "acks",
                                            "request.required.acks",
                                            "max.in.flight",
                                            "max.in.flight.requests.per.connection",
                                            "retries",
                                            "message.send.max.retries",
                                            "queuing.strategy",
                                            NULL};
    static const char *const in_flight[] = {
        "max.in.flight", "max.in.flight.requests.per.connection", "enable.idempotence", NULL};
    if (!kafka_is_set(broker, KAFKA_PRODUCER, excluding))
        kafka_conf_force(conf, "enable.idempotence", "true");
    else if (!kafka_is_set(broker, KAFKA_PRODUCER, in_flight))
        kafka_conf_force(conf, "max.in.flight", "1");
}

/* Group settings have no meaning for readers and would make the client look for a coordinator. */
static bool is_group_only(const char *name) {
    return strcmp(name, "group.id") == 0 || strcmp(name, "group.instance.id") == 0;
}

pw_status kafka_conf_make(const kafka_broker *broker, kafka_role role, rd_kafka_conf_t **out,
                          pw_error *err) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    force_all(conf, presets_any);
    force_all(conf, role == KAFKA_PRODUCER ? presets_producer : presets_consumer);
    if (role == KAFKA_PRODUCER) set_ordering(broker, conf);
    pw_status status = PW_OK;
    for (size_t i = 0; i < broker->property_count && status == PW_OK; i++) {
        const kafka_property *property = &broker->properties[i];
        if (!is_for_role(property, role) || is_group_only(property->name)) continue;
        status = set_property(conf, pw_str_from(property->name), pw_str_from(property->value),
                              pw_str_from(property->origin), err);
    }
    if (status != PW_OK) {
        rd_kafka_conf_destroy(conf);
        *out = NULL;
        return status;
    }
    if (role == KAFKA_READERS) force_all(conf, forced_readers);
    if (role == KAFKA_GROUP) force_all(conf, forced_group);
    *out = conf;
    return PW_OK;
}
