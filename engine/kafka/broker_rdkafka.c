/* A real cluster through librdkafka: opening, closing, and what its threads have to say.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    CLOSE_SECONDS_MAX = 3,
    ATTEMPT_MS = 250,        /* of a metadata request while the broker is looked for */
    TROUBLE_TOLD_MS = 10000, /* a connection that fails longer than this is worth a warning */
    TROUBLE_AGAIN_MS = 60000,
};

static void broker_close(pw_broker *base);

const pw_broker_class pw_broker_rdkafka_class = {
    .close = broker_close,
    .topic_describe = kafka_topic_describe,
    .topic_list = kafka_topic_list,
    .topic_create = kafka_topic_create,
    .topic_delete = kafka_topic_delete,
    .topic_set_retention = kafka_topic_set_retention,
    .topic_offsets = kafka_topic_offsets,
    .reader_open = kafka_reader_open,
    .reader_close = kafka_reader_close,
    .reader_poll = kafka_reader_poll,
    .reader_is_at_end = kafka_reader_is_at_end,
    .reader_high_watermark = kafka_reader_high_watermark,
    .producer_open = kafka_producer_open,
    .producer_close = kafka_producer_close,
    .producer_topic = kafka_producer_topic,
    .producer_send = kafka_producer_send,
    .producer_poll = kafka_producer_poll,
    .producer_flush = kafka_producer_flush,
    .producer_stats = kafka_producer_stats,
    .group_join = kafka_group_join,
    .group_poll = kafka_group_poll,
    .group_commit = kafka_group_commit,
    .group_is_at_end = kafka_group_is_at_end,
    .group_leave = kafka_group_leave,
};

/* --- librdkafka's log
 * ----------------------------------------------------------------------------- */

/* Keeps the last word on a connection for error messages. Says it aloud only when it lasts: clients
 * reconnect by themselves, and a restart of the broker is nothing to worry anybody with. */
static void note_trouble(kafka_broker *broker, const char *client, const char *text) {
    int64_t now_ns = pw_clock_mono_ns();
    bool is_told = false;
    pthread_mutex_lock(&broker->trouble_lock);
    if (!strstr(text, "brokers are down")) {
        /* "[thrd:localhost:9092/bootstrap]: localhost:9092/bootstrap: reason" says it twice. */
        const char *start = strstr(text, "]: ");
        snprintf(broker->trouble, sizeof broker->trouble, "%s", start ? start + 3 : text);
    }
    if (strstr(text, "uthentication") || strstr(text, "SSL handshake failed"))
        broker->is_refused = true;
    if (now_ns - broker->trouble_last_ns > TROUBLE_AGAIN_MS * 1000000ll)
        broker->trouble_since_ns = now_ns;
    broker->trouble_last_ns = now_ns;
    if (now_ns - broker->trouble_since_ns > TROUBLE_TOLD_MS * 1000000ll &&
        now_ns - broker->trouble_told_ns > TROUBLE_AGAIN_MS * 1000000ll) {
        broker->trouble_told_ns = now_ns;
        is_told = true;
    }
    pthread_mutex_unlock(&broker->trouble_lock);
    pw_log(is_told ? PW_LOG_WARN : PW_LOG_DEBUG, "broker-connection", "client=%s text=\"%s\"",
           client, text);
}

static void log_message(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    kafka_client *client = rk ? rd_kafka_opaque(rk) : NULL;
    const char *name = rk ? rd_kafka_name(rk) : "-";
    bool is_connection = strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
                         strcmp(facility, "REQTMOUT") == 0;
    kafka_broker *broker = client ? atomic_load(&client->broker) : NULL;
    if (broker && is_connection) {
        note_trouble(broker, name, text);
        return;
    }
    enum { SYSLOG_ERR = 3, SYSLOG_WARNING = 4, SYSLOG_INFO = 6, SYSLOG_DEBUG = 7 }; /* syslog(3) */
    /* What the library warns of about properties we set on purpose (the user's own were checked by
     * name and client), and its first tries at an id for idempotence. */
    if (strcmp(facility, "CONFWARN") == 0) level = SYSLOG_DEBUG;
    if (strcmp(facility, "GETPID") == 0 && strstr(text, "retrying")) level = SYSLOG_DEBUG;
    pw_log_level ours = level <= SYSLOG_ERR       ? PW_LOG_ERROR
                        : level <= SYSLOG_WARNING ? PW_LOG_WARN
                        : level <= SYSLOG_INFO    ? PW_LOG_INFO
                                                  : PW_LOG_DEBUG;
    pw_log(ours, "librdkafka", "client=%s facility=%s text=\"%s\"", name, facility, text);
}

/* --- errors
 * --------------------------------------------------------------------------------------- */

int kafka_timeout(int64_t timeout_ms) {
    if (timeout_ms < 0) return -1;
    return timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX;
}

static bool is_silence(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__RESOLVE ||
           code == RD_KAFKA_RESP_ERR__WAIT_COORD || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE;
}

pw_status kafka_fail(kafka_broker *broker, rd_kafka_resp_err_t code, const char *doing,
                     pw_error *err) {
    char trouble[KAFKA_ERROR_BYTES];
    pthread_mutex_lock(&broker->trouble_lock);
    memcpy(trouble, broker->trouble, sizeof trouble);
    bool is_refused = broker->is_refused;
    pthread_mutex_unlock(&broker->trouble_lock);
    if (!is_silence(code))
        return pw_fail(err, PW_BROKER, PW_SPAN_NONE, "%s: %s: %s", broker->base.name, doing,
                       rd_kafka_err2str(code));
    pw_fail(err, PW_BROKER, PW_SPAN_NONE, "%s: %s: no answer within %lld ms%s%s%s",
            broker->base.name, doing, (long long)broker->base.timeout_ms, trouble[0] ? " (" : "",
            trouble, trouble[0] ? ")" : "");
    if (is_refused)
        pw_error_hint(err, "check security.protocol, sasl.* and ssl.*: the broker is there but does"
                           " not accept this client");
    else
        pw_error_hint(err, "check that the broker runs, that bootstrap.servers is its address, and"
                           " that security.protocol is that of its listener");
    return PW_BROKER;
}

/* --- clients
 * -------------------------------------------------------------------------------------- */

static int64_t conf_number(rd_kafka_t *rk, const char *name, int64_t otherwise) {
    char value[32];
    size_t length = sizeof value;
    int64_t number;
    if (rd_kafka_conf_get(rd_kafka_conf(rk), name, value, &length) != RD_KAFKA_CONF_OK ||
        !pw_str_to_i64(pw_str_from(value), &number))
        return otherwise;
    return number;
}

static void set_nudge(kafka_client *client) {
    client->nudge_records = conf_number(client->rk, "queued.min.messages", 20000) / 2;
    client->nudge_bytes = conf_number(client->rk, "queued.max.messages.kbytes", 16384) * 512;
}

/* When the queues of a broker's partitions are full, its thread sleeps up to a second, whether they
 * are emptied meanwhile or not (later versions of the library have fetch.queue.backoff.ms for it).
 * Setting the credentials to what they are is the one call that wakes the threads and changes
 * nothing. Measured with a reader of 600 000 records/s: 114 000 records/s without. */
void kafka_client_nudge(kafka_client *client) {
    kafka_broker *broker = atomic_load(&client->broker);
    const char *user = kafka_property_get(broker, KAFKA_READERS, "sasl.username");
    const char *password = kafka_property_get(broker, KAFKA_READERS, "sasl.password");
    rd_kafka_error_t *error =
        rd_kafka_sasl_set_credentials(client->rk, user ? user : "", password ? password : "");
    if (error) rd_kafka_error_destroy(error);
}

pw_status kafka_client_open(kafka_broker *broker, rd_kafka_type_t type, rd_kafka_conf_t *conf,
                            kafka_client **out, pw_error *err) {
    char text[KAFKA_ERROR_BYTES];
    kafka_client *client = pw_mem_zalloc(1, sizeof *client);
    client->broker = broker;
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, log_message);
    rd_kafka_conf_enable_sasl_queue(conf, 1);
    client->rk = rd_kafka_new(type, conf, text, sizeof text);
    if (!client->rk) {
        rd_kafka_conf_destroy(conf);
        pw_mem_free(client);
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%s: the client cannot be made: %s",
                       broker->base.name, text);
    }
    /* Tokens (OAUTHBEARER) are renewed by a thread of the library, so that nobody has to poll. */
    rd_kafka_error_t *error = rd_kafka_sasl_background_callbacks_enable(client->rk);
    if (error) rd_kafka_error_destroy(error);
    set_nudge(client);
    *out = client;
    return PW_OK;
}

static void *destroy(void *opaque) {
    kafka_client *client = opaque;
    rd_kafka_destroy_flags(client->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    pw_mem_free(client);
    return NULL;
}

/* librdkafka's destroy may wait for ever for a reference that it lost itself (its issues 4362 and
 * 4674: a partition of a topic that was deleted meanwhile). A process must not hang for that: after
 * a while the client is left to itself. It has nothing left to do. */
void kafka_client_close(kafka_client *client) {
    PW_ASSERT(!client->topics);
    pthread_t thread;
    struct timespec until;
    if (pthread_create(&thread, NULL, destroy, client) != 0) {
        destroy(client);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until); /* the clock of pthread_timedjoin_np */
    until.tv_sec += CLOSE_SECONDS_MAX;
    if (pthread_timedjoin_np(thread, NULL, &until) == 0) return;
    atomic_store(&client->broker, NULL);
    pthread_detach(thread);
    pw_log(PW_LOG_DEBUG, "client-abandoned", "seconds=%d", CLOSE_SECONDS_MAX);
}

/* --- open and close
 * ------------------------------------------------------------------------------- */

static void broker_close(pw_broker *base) {
    kafka_broker *broker = (kafka_broker *)base;
    while (broker->clients) {
        kafka_client *client = broker->clients;
        broker->clients = client->next;
        kafka_client_close(client);
    }
    if (broker->main) kafka_client_close(broker->main);
    for (size_t i = 0; i < broker->property_count; i++) {
        kafka_property *property = &broker->properties[i];
        if (kafka_property_is_secret(pw_str_from(property->name)))
            explicit_bzero(property->value, strlen(property->value));
        pw_mem_free(property->name);
        pw_mem_free(property->value);
        pw_mem_free(property->origin);
    }
    pw_mem_free(broker->properties);
    pthread_mutex_destroy(&broker->lock);
    pthread_mutex_destroy(&broker->trouble_lock);
    pw_mem_free(broker->base.name);
    pw_mem_free(broker);
}

static void copy_properties(kafka_broker *broker, const pw_broker_config *config) {
    broker->property_count = config->property_count;
    broker->properties = pw_mem_zalloc(config->property_count, sizeof *broker->properties);
    for (size_t i = 0; i < config->property_count; i++) {
        const pw_broker_property *from = &config->properties[i];
        broker->properties[i] = (kafka_property){.name = pw_mem_cstr(from->name),
                                                 .value = pw_mem_cstr(from->value),
                                                 .origin = pw_mem_cstr(from->origin),
                                                 .for_consumer = from->for_consumer,
                                                 .for_producer = from->for_producer};
        if (pw_str_equal(from->name, PW_STR("bootstrap.servers")) ||
            pw_str_equal(from->name, PW_STR("metadata.broker.list"))) {
            pw_mem_free(broker->base.name);
            broker->base.name = pw_mem_cstr(from->value);
        }
    }
}

static bool is_refused(kafka_broker *broker) {
    pthread_mutex_lock(&broker->trouble_lock);
    bool result = broker->is_refused;
    pthread_mutex_unlock(&broker->trouble_lock);
    return result;
}

/* Asks for metadata until somebody answers. */
static pw_status wait_for_answer(kafka_broker *broker, pw_error *err) {
    int64_t give_up_ns = pw_clock_mono_ns() + broker->base.timeout_ms * 1000000;
    for (;;) {
        const struct rd_kafka_metadata *metadata = NULL;
        int64_t left_ms = (give_up_ns - pw_clock_mono_ns()) / 1000000;
        int attempt_ms = left_ms < ATTEMPT_MS ? (int)left_ms : ATTEMPT_MS;
        if (attempt_ms < 1) attempt_ms = 1;
        rd_kafka_resp_err_t code =
            rd_kafka_metadata(broker->main->rk, 0, NULL, &metadata, attempt_ms);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_metadata_destroy(metadata);
            return PW_OK;
        }
        if (left_ms <= ATTEMPT_MS || is_refused(broker))
            return kafka_fail(broker, code, "asking for metadata", err);
    }
}

static pw_status open_main_client(kafka_broker *broker, pw_error *err) {
    rd_kafka_conf_t *conf;
    PW_TRY(kafka_conf_make(broker, KAFKA_READERS, &conf, err));
    PW_TRY(kafka_client_open(broker, RD_KAFKA_CONSUMER, conf, &broker->main, err));
    return wait_for_answer(broker, err);
}

pw_status pw_broker_rdkafka_open(const pw_broker_config *config, pw_broker **out, pw_error *err) {
    PW_TRY(kafka_properties_check(config, err));
    kafka_broker *broker = pw_mem_zalloc(1, sizeof *broker);
    broker->base.class = &pw_broker_rdkafka_class;
    broker->base.timeout_ms =
        config->timeout_ms > 0 ? config->timeout_ms : PW_BROKER_TIMEOUT_MS_DEFAULT;
    pthread_mutex_init(&broker->lock, NULL);
    pthread_mutex_init(&broker->trouble_lock, NULL);
    copy_properties(broker, config);
    pw_status status = open_main_client(broker, err);
    if (status != PW_OK) {
        broker_close(&broker->base);
        return status;
    }
    *out = &broker->base;
    return PW_OK;
}
