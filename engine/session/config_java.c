/* Names of Java clients and of ksqlDB's server, in the words of librdkafka and of ours.
 *
 * Who moves here brings a ksql-server.properties with him. What it says about the cluster and the
 * queries is taken over; what concerns only ksqlDB's own workings is known and skipped, so that the
 * file needs no editing; everything else is a misspelling and refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "session/config_private.h"

/* Prefixes that ksqlDB and Kafka Streams put before the names of clients' properties. */
static const struct {
    pw_str prefix;
    pw_config_section section;
    bool is_skipped;
} prefix_rows[] = {
    {{"ksql.streams.", 13}, PW_SECTION_NONE, false},
    {{"streams.", 8}, PW_SECTION_NONE, false},
    {{"producer.", 9}, PW_SECTION_PRODUCER, false},
    {{"main.consumer.", 14}, PW_SECTION_CONSUMER, false},
    {{"consumer.", 9}, PW_SECTION_CONSUMER, false},
    {{"restore.consumer.", 17}, PW_SECTION_NONE, true},
    {{"global.consumer.", 16}, PW_SECTION_NONE, true},
    {{"admin.", 6}, PW_SECTION_NONE, true},
};

/* Known, without meaning here: whole names, or beginnings (with the dot at the end). */
static const char *const ignored_rows[] = {"ksql.service.id",
                                           "ksql.persistent.prefix",
                                           "ksql.transient.prefix",
                                           "ksql.create.topic.inherit.source.replicas.enabled",
                                           "ksql.sink.window.change.log.additional.retention",
                                           "ksql.insert.into.values.enabled",
                                           "ksql.create.or.replace.enabled",
                                           "ksql.suppress.",
                                           "ksql.lambdas.enabled",
                                           "ksql.headers.columns.enabled",
                                           "ksql.source.table.materialization.enabled",
                                           "ksql.variable.substitution.enable",
                                           "ksql.udfs.enabled",
                                           "ksql.udf.",
                                           "ksql.extension.dir",
                                           "ksql.query.",
                                           "ksql.fail.on.",
                                           "ksql.timestamp.throw.on.invalid",
                                           "ksql.nested.error.set.null",
                                           "ksql.cast.strings.preserve.nulls",
                                           "ksql.error.",
                                           "ksql.transient.query.",
                                           "ksql.hidden.topics",
                                           "ksql.readonly.topics",
                                           "ksql.properties.overrides.",
                                           "ksql.access.validator.enable",
                                           "ksql.authorization.",
                                           "ksql.authentication.",
                                           "ksql.assert.",
                                           "ksql.metastore.",
                                           "ksql.runtime.",
                                           "ksql.shared.runtimes.count",
                                           "ksql.functions.",
                                           "ksql.schema.registry.",
                                           "ksql.connect.",
                                           "ksql.queryanonymizer.",
                                           "ksql.deployment.type",
                                           "ksql.pull.",
                                           "ksql.logging.",
                                           "ksql.resource.",
                                           "ksql.security.",
                                           "ksql.server.",
                                           "ksql.heartbeat.",
                                           "ksql.lag.",
                                           "ksql.healthcheck.",
                                           "ksql.internal.",
                                           "ksql.command.",
                                           "ksql.advertised.",
                                           "ksql.queries.file",
                                           "ksql.verticle.",
                                           "ksql.worker.",
                                           "ksql.idle.",
                                           "ksql.max.",
                                           "ksql.websocket.",
                                           "ksql.rowpartition.",
                                           "ksql.cache.",
                                           "ksql.client.",
                                           "ksql.avro.",
                                           "ksql.metric.",
                                           "ksql.metrics.",
                                           "listeners",
                                           "advertised.listener",
                                           "host.name",
                                           "authentication.",
                                           "access.control.",
                                           "confluent.",
                                           "metric.reporters",
                                           "metrics.",
                                           "response.",
                                           "ssl.client.auth",
                                           "application.id",
                                           "application.server",
                                           "state.dir",
                                           "num.standby.replicas",
                                           "replication.factor",
                                           "topology.optimization",
                                           "default.",
                                           "buffered.records.",
                                           "task.timeout.ms",
                                           "shutdown.timeout.ms",
                                           "state.cleanup.delay.ms",
                                           "rocksdb.",
                                           "windowstore.",
                                           "acceptable.recovery.lag",
                                           "max.warmup.replicas",
                                           "probing.",
                                           "upgrade.from",
                                           "built.in.metrics.version",
                                           "max.poll.records",
                                           "max.block.ms",
                                           "buffer.memory",
                                           "interceptor.classes",
                                           "key.serializer",
                                           "value.serializer",
                                           "key.deserializer",
                                           "value.deserializer",
                                           "client.dns.lookup",
                                           "auto.include.jmx.reporter"};

enum { IGNORED_COUNT = sizeof ignored_rows / sizeof ignored_rows[0] };

static bool is_ignored(pw_str name) {
    for (size_t i = 0; i < IGNORED_COUNT; i++) {
        pw_str row = pw_str_from(ignored_rows[i]);
        bool is_beginning = row.data[row.length - 1] == '.';
        if (is_beginning ? pw_str_starts_with(name, row) : pw_str_equal(name, row)) return true;
    }
    return false;
}

pw_str pw_config_java_nearest(pw_str name) {
    pw_str rows[IGNORED_COUNT];
    for (size_t i = 0; i < IGNORED_COUNT; i++)
        rows[i] = pw_str_from(ignored_rows[i]);
    return pw_nearest(name, rows, IGNORED_COUNT);
}

/* The quoted value of `word` in a JAAS entry: username="me". Empty if there is none. */
static pw_str jaas_value(pw_str text, const char *word) {
    size_t word_length = strlen(word);
    for (size_t i = 0; i + word_length < text.length; i++) {
        if (strncmp(text.data + i, word, word_length) != 0) continue;
        if (i > 0 && text.data[i - 1] != ' ' && text.data[i - 1] != '\t') continue;
        size_t at = i + word_length;
        while (at < text.length && text.data[at] == ' ')
            at++;
        if (at == text.length || text.data[at] != '=') continue;
        at++;
        while (at < text.length && text.data[at] == ' ')
            at++;
        if (at == text.length || (text.data[at] != '"' && text.data[at] != '\'')) continue;
        const char *start = text.data + at + 1;
        const char *end = memchr(start, text.data[at], text.length - at - 1);
        if (end) return (pw_str){start, (size_t)(end - start)};
    }
    return PW_STR_EMPTY;
}

/* PLAIN and SCRAM hold a user and a password, which are properties of their own in librdkafka. */
static pw_java_verdict translate_jaas(pw_arena *arena, pw_config_line *line, pw_config_lines *extra,
                                      pw_error *err) {
    pw_str user = jaas_value(line->value, "username");
    pw_str password = jaas_value(line->value, "password");
    if (user.length == 0 || password.length == 0) {
        pw_fail(err, PW_CONFIG, PW_SPAN_NONE,
                "%.*s: sasl.jaas.config has no username=\"...\" password=\"...\"",
                PW_STR_ARGS(line->origin));
        pw_error_hint(err, "use librdkafka's properties for this login: sasl.username, "
                           "sasl.password, sasl.oauthbearer.* or sasl.kerberos.*");
        return PW_JAVA_REFUSED;
    }
    pw_config_line login = *line;
    login.name = PW_STR("sasl.password");
    login.value = password;
    pw_config_lines_add(arena, extra, login);
    line->name = PW_STR("sasl.username");
    line->value = user;
    return PW_JAVA_KEEP;
}

static pw_java_verdict refuse_store(const pw_config_line *line, pw_error *err) {
    pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%.*s: %.*s names a Java key store, which cannot be read",
            PW_STR_ARGS(line->origin), PW_STR_ARGS(line->name));
    pw_error_hint(err, "export it as PEM and set ssl.ca.location, ssl.certificate.location and "
                       "ssl.key.location");
    return PW_JAVA_REFUSED;
}

pw_java_verdict pw_config_translate(pw_arena *arena, pw_config_line *line, pw_config_lines *extra,
                                    pw_error *err) {
    if (pw_setting_find(line->name)) return PW_JAVA_KEEP;
    for (size_t i = 0; i < sizeof prefix_rows / sizeof prefix_rows[0]; i++) {
        pw_str prefix = prefix_rows[i].prefix;
        if (!pw_str_starts_with(line->name, prefix)) continue;
        if (prefix_rows[i].is_skipped) return PW_JAVA_IGNORE;
        line->name.data += prefix.length;
        line->name.length -= prefix.length;
        if (prefix_rows[i].section != PW_SECTION_NONE) line->section = prefix_rows[i].section;
    }
    if (pw_str_equal(line->name, PW_STR("sasl.jaas.config")))
        return translate_jaas(arena, line, extra, err);
    bool is_store = pw_str_starts_with(line->name, PW_STR("ssl.truststore.")) ||
                    pw_str_equal(line->name, PW_STR("ssl.keystore.type"));
    if (is_store) return refuse_store(line, err);
    if (pw_setting_find(line->name) || pw_broker_property_is_known(line->name)) return PW_JAVA_KEEP;
    return is_ignored(line->name) ? PW_JAVA_IGNORE : PW_JAVA_KEEP;
}
