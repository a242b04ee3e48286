/* Producers of a cluster. The partition is computed here, with Kafka's murmur2, so that records
 * with one key meet wherever they were produced.
 *
 * Deliveries come as events, not callbacks: then rd_kafka_flush sleeps until the last record is
 * acknowledged instead of looking every 10 ms. Without a callback of the user's only failures are
 * reported (delivery.report.only.error), and what is neither waiting nor failed was acknowledged.
 * That costs about as much CPU as reports for all (1.2 us per record either way), but a flush of a
 * few records takes 0.3 ms instead of one or two, since nobody has to take the reports meanwhile.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    STICKY_RECORDS = 256, /* without a key, to one partition in a row: they make full batches */
    FLUSH_SLICE_MS = 100, /* between two looks for failures while a flush waits */
    FLUSH_SLICE_REPORTED_MS = 1, /* ... and for reports, without which it would never end */
};

struct pw_topic_handle {
    pw_topic_handle *next;
    char *name;
    rd_kafka_topic_t *handle;
    int32_t partition_count;
    _Atomic uint32_t sticky;
};

typedef struct kafka_producer {
    pw_producer base;
    kafka_client *client;
    rd_kafka_queue_t *events;
    pw_delivery_fn *on_delivery;
    void *opaque;
    _Atomic uint64_t sent;
    _Atomic uint64_t acknowledged; /* with a callback only */
    _Atomic uint64_t failed;
    pthread_rwlock_t gate; /* held by senders; a flush closes it, or it might never end */
    pthread_mutex_t lock;
    pw_topic_handle *topics;
    pw_error failure; /* the first; status PW_OK while there is none */
    bool is_told;     /* a flush has returned it */
} kafka_producer;

/* --- open and close
 * ------------------------------------------------------------------------------- */

pw_status kafka_producer_open(pw_broker *base, pw_delivery_fn *on_delivery, void *opaque,
                              pw_producer **out, pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    rd_kafka_conf_t *conf;
    kafka_client *client;
    PW_TRY(kafka_conf_make(broker, KAFKA_PRODUCER, &conf, err));
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    kafka_conf_force(conf, "delivery.report.only.error", on_delivery ? "false" : "true");
    PW_TRY(kafka_client_open(broker, RD_KAFKA_PRODUCER, conf, &client, err));
    kafka_producer *producer = pw_mem_zalloc(1, sizeof *producer);
    producer->base.class = &pw_broker_rdkafka_class;
    producer->client = client;
    producer->events = rd_kafka_queue_get_main(client->rk);
    producer->on_delivery = on_delivery;
    producer->opaque = opaque;
    pthread_rwlockattr_t fair;
    pthread_rwlockattr_init(&fair);
    pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&producer->gate, &fair);
    pthread_rwlockattr_destroy(&fair);
    pthread_mutex_init(&producer->lock, NULL);
    *out = &producer->base;
    return PW_OK;
}

void kafka_producer_close(pw_producer *base) {
    kafka_producer *producer = (kafka_producer *)base;
    pw_error error;
    pw_error_clear(&error);
    bool was_told = producer->is_told;
    if (kafka_producer_flush(base, producer->client->broker->base.timeout_ms, &error) != PW_OK &&
        !was_told)
        pw_log(PW_LOG_WARN, "producer-closed", "reason=\"%s\"", error.message);
    rd_kafka_purge(producer->client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka_producer_poll(base, 0);
    while (producer->topics) {
        pw_topic_handle *topic = producer->topics;
        producer->topics = topic->next;
        rd_kafka_topic_destroy(topic->handle);
        pw_mem_free(topic->name);
        pw_mem_free(topic);
    }
    rd_kafka_queue_destroy(producer->events);
    kafka_client_close(producer->client);
    pthread_rwlock_destroy(&producer->gate);
    pthread_mutex_destroy(&producer->lock);
    pw_mem_free(producer);
}

/* Lets the producer's own client learn where the topic lives, so that the first records do not
 * wait for it. A failure shows when they are sent. */
static void warm_up(kafka_producer *producer, rd_kafka_topic_t *handle) {
    const struct rd_kafka_metadata *metadata;
    int timeout_ms = kafka_timeout(producer->client->broker->base.timeout_ms);
    if (rd_kafka_metadata(producer->client->rk, 0, handle, &metadata, timeout_ms) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
}

pw_status kafka_producer_topic(pw_producer *base, pw_str name, pw_topic_handle **out,
                               int32_t *partition_count, pw_error *err) {
    kafka_producer *producer = (kafka_producer *)base;
    PW_TRY(kafka_partition_check(producer->client->broker, name, 0, partition_count, err));
    pthread_mutex_lock(&producer->lock);
    pw_topic_handle *topic = producer->topics;
    while (topic && (topic->partition_count != *partition_count ||
                     !pw_str_equal(pw_str_from(topic->name), name)))
        topic = topic->next;
    if (!topic) {
        topic = pw_mem_zalloc(1, sizeof *topic);
        topic->name = pw_mem_cstr(name);
        topic->handle = rd_kafka_topic_new(producer->client->rk, topic->name, NULL);
        PW_ASSERT(topic->handle); /* the configuration was checked, and the name */
        topic->partition_count = *partition_count;
        topic->next = producer->topics;
        producer->topics = topic;
        warm_up(producer, topic->handle);
    }
    pthread_mutex_unlock(&producer->lock);
    *out = topic;
    return PW_OK;
}

/* --- send
 * ----------------------------------------------------------------------------------------- */

static int32_t choose_partition(const pw_outgoing *record) {
    pw_topic_handle *topic = record->topic;
    if (record->partition >= 0) return record->partition;
    if (record->key)
        return pw_partition_of_key(record->key, record->key_length, topic->partition_count);
    uint32_t turn = atomic_fetch_add_explicit(&topic->sticky, 1, memory_order_relaxed);
    return (int32_t)(turn / STICKY_RECORDS % (uint32_t)topic->partition_count);
}

static rd_kafka_headers_t *copy_headers(const pw_headers *headers) {
    rd_kafka_headers_t *list = rd_kafka_headers_new(headers->count);
    for (uint32_t i = 0; i < headers->count; i++) {
        const pw_header *header = &headers->items[i];
        rd_kafka_header_add(list, header->name.data, (ssize_t)header->name.length,
                            header->is_null ? NULL : header->value.data,
                            header->is_null ? 0 : (ssize_t)header->value.length);
    }
    return list;
}

/* Hands one record to the library. */
static rd_kafka_resp_err_t send_one(kafka_producer *producer, const pw_outgoing *record) {
    rd_kafka_headers_t *headers =
        record->headers && record->headers->count ? copy_headers(record->headers) : NULL;
    /* The library takes const data into a union without const; with F_COPY it only reads. */
    union {
        const void *from;
        void *to;
    } key = {record->key}, value = {record->value};
    rd_kafka_vu_t fields[8] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = record->topic->handle},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = choose_partition(record)},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key.to, record->key_length}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {value.to, record->value_length}},
        /* 0 would mean "now" to the library: 1970 begins one millisecond late. */
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP,
         .u.i64 = record->timestamp_ms > 0 ? record->timestamp_ms : 1},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record->opaque},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error = rd_kafka_produceva(producer->client->rk, fields, headers ? 8 : 7);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers) rd_kafka_headers_destroy(headers); /* the library took them only on success */
    return code;
}

static pw_status fail_send(kafka_producer *producer, const pw_outgoing *record,
                           rd_kafka_resp_err_t code, pw_error *err) {
    kafka_broker *broker = producer->client->broker;
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        pw_status status =
            pw_fail(err, PW_LIMIT, PW_SPAN_NONE, "a record of %zu bytes is too large for topic %s",
                    record->key_length + record->value_length, record->topic->name);
        pw_error_hint(err, "message.max.bytes is the limit, here and on the broker");
        return status;
    }
    if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        return pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE, "topic %s has no partition %d any more",
                       record->topic->name, record->partition);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        char text[KAFKA_ERROR_BYTES];
        rd_kafka_fatal_error(producer->client->rk, text, sizeof text);
        return pw_fail(err, PW_BROKER, PW_SPAN_NONE, "%s: the producer had to stop: %s",
                       broker->base.name, text);
    }
    return kafka_fail(broker, code, "producing", err);
}

pw_status kafka_producer_send(pw_producer *base, const pw_outgoing *records, size_t count,
                              size_t *sent, pw_error *err) {
    kafka_producer *producer = (kafka_producer *)base;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    pw_status status = PW_OK;
    pthread_rwlock_rdlock(&producer->gate);
    for (; *sent < count; ++*sent) {
        const pw_outgoing *record = &records[*sent];
        if (record->partition >= record->topic->partition_count) {
            status =
                pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                        "topic %s has no partition %d: it has %d, counted from 0",
                        record->topic->name, record->partition, record->topic->partition_count);
            break;
        }
        code = send_one(producer, record);
        if (code) break;
    }
    atomic_fetch_add(&producer->sent, *sent);
    pthread_rwlock_unlock(&producer->gate);
    if (code && code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return fail_send(producer, &records[*sent], code, err);
    return status;
}

/* --- deliveries
 * ----------------------------------------------------------------------------------- */

static void note_failure(kafka_producer *producer, const rd_kafka_message_t *message) {
    atomic_fetch_add(&producer->failed, 1);
    pthread_mutex_lock(&producer->lock);
    if (producer->failure.status == PW_OK) {
        pw_fail(&producer->failure, PW_BROKER, PW_SPAN_NONE,
                "%s: a record for topic %s, partition %d was not acknowledged: %s",
                producer->client->broker->base.name, rd_kafka_topic_name(message->rkt),
                message->partition, rd_kafka_err2str(message->err));
    }
    pthread_mutex_unlock(&producer->lock);
}

static void take_reports(kafka_producer *producer, rd_kafka_event_t *event) {
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event))) {
        if (message->err) note_failure(producer, message);
        if (!producer->on_delivery) continue;
        if (!message->err) atomic_fetch_add(&producer->acknowledged, 1);
        producer->on_delivery(producer->opaque, message->err ? PW_BROKER : PW_OK,
                              message->err ? rd_kafka_err2str(message->err) : NULL,
                              message->partition, message->err ? -1 : message->offset,
                              message->_private);
    }
}

void kafka_producer_poll(pw_producer *base, int timeout_ms) {
    kafka_producer *producer = (kafka_producer *)base;
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(producer->events, timeout_ms))) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) take_reports(producer, event);
        rd_kafka_event_destroy(event);
        timeout_ms = 0;
    }
}

/* The first record that was lost fails every flush after it: what it acknowledged has a gap. */
static pw_status sticky_failure(kafka_producer *producer, pw_error *err) {
    pthread_mutex_lock(&producer->lock);
    pw_error failure = producer->failure;
    producer->is_told = failure.status != PW_OK;
    pthread_mutex_unlock(&producer->lock);
    if (failure.status == PW_OK) return PW_OK;
    return pw_fail(err, failure.status, PW_SPAN_NONE, "%s (%llu records lost)", failure.message,
                   (unsigned long long)atomic_load(&producer->failed));
}

/* Not acknowledged in the time that was given: not lost, the library goes on trying. */
static pw_status fail_late(kafka_producer *producer, int waiting, pw_error *err) {
    kafka_broker *broker = producer->client->broker;
    char trouble[KAFKA_ERROR_BYTES];
    pthread_mutex_lock(&broker->trouble_lock);
    memcpy(trouble, broker->trouble, sizeof trouble);
    pthread_mutex_unlock(&broker->trouble_lock);
    return pw_fail(err, PW_BROKER, PW_SPAN_NONE, "%s: %d records wait to be acknowledged%s%s%s",
                   broker->base.name, waiting, trouble[0] ? " (" : "", trouble,
                   trouble[0] ? ")" : "");
}

static pw_status wait_for_all(kafka_producer *producer, int64_t timeout_ms, pw_error *err) {
    rd_kafka_t *rk = producer->client->rk;
    int slice_max = producer->on_delivery ? FLUSH_SLICE_REPORTED_MS : FLUSH_SLICE_MS;
    int64_t give_up_ns = pw_clock_mono_ns() + timeout_ms * 1000000;
    for (;;) {
        int slice_ms = slice_max;
        if (timeout_ms >= 0) {
            int64_t left_ms = (give_up_ns - pw_clock_mono_ns()) / 1000000;
            slice_ms = left_ms < slice_max ? (int)(left_ms > 0 ? left_ms : 0) : slice_max;
        }
        rd_kafka_resp_err_t code = rd_kafka_flush(rk, slice_ms);
        kafka_producer_poll(&producer->base, 0);
        int waiting = rd_kafka_outq_len(rk);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || waiting == 0) return PW_OK;
        if (timeout_ms < 0 || pw_clock_mono_ns() < give_up_ns) continue;
        return fail_late(producer, waiting, err);
    }
}

pw_status kafka_producer_flush(pw_producer *base, int64_t timeout_ms, pw_error *err) {
    kafka_producer *producer = (kafka_producer *)base;
    pthread_rwlock_wrlock(&producer->gate);
    pw_status status = wait_for_all(producer, timeout_ms, err);
    pthread_rwlock_unlock(&producer->gate);
    if (status != PW_OK) return status;
    return sticky_failure(producer, err);
}

pw_producer_stats kafka_producer_stats(pw_producer *base) {
    kafka_producer *producer = (kafka_producer *)base;
    pw_producer_stats stats = {.sent = atomic_load(&producer->sent),
                               .acknowledged = atomic_load(&producer->acknowledged),
                               .failed = atomic_load(&producer->failed)};
    if (producer->on_delivery) return stats;
    uint64_t open = stats.failed + (uint64_t)rd_kafka_outq_len(producer->client->rk);
    stats.acknowledged = stats.sent > open ? stats.sent - open : 0;
    return stats;
}
