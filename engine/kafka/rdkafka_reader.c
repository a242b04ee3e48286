/* Readers of a cluster. The poll is the hot path of the whole engine: it takes messages from the
 * partition's own queue and points into them; there is no copy, no lock of ours, no allocation, and
 * headers are parsed only for who wants them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <string.h>

#include "base/log.h"

typedef struct kafka_reader {
    pw_reader base;
    kafka_client *client;
    kafka_topic *topic;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t **messages; /* of the last poll */
    uint32_t held;
    uint32_t capacity;
    int32_t partition;
    bool is_at_end; /* the end was reported after the last record */
    bool wants_headers;
    bool has_failed;
    void (*wake)(void *opaque);
    void *opaque;
    int64_t high_at_open;       /* -1 if it was not asked for */
    int64_t nudge_records_left; /* see kafka_client_nudge */
    int64_t nudge_bytes_left;
    pw_arena arena; /* headers of the last poll */
    pw_error failure;
} kafka_reader;

/* --- open and close
 * ------------------------------------------------------------------------------- */

static kafka_topic *find_topic(kafka_client *client, pw_str name) {
    kafka_topic *topic = client->topics;
    while (topic && !pw_str_equal(pw_str_from(topic->name), name))
        topic = topic->next;
    return topic;
}

static kafka_topic *add_topic(kafka_client *client, pw_str name, int32_t partition_count) {
    kafka_topic *topic = pw_mem_zalloc(1, sizeof *topic);
    topic->name = pw_mem_cstr(name);
    topic->handle = rd_kafka_topic_new(client->rk, topic->name, NULL);
    PW_ASSERT(topic->handle); /* the configuration was checked, and the name */
    topic->partition_count = partition_count;
    topic->is_read = pw_mem_zalloc((size_t)partition_count, sizeof *topic->is_read);
    topic->next = client->topics;
    client->topics = topic;
    return topic;
}

static void release_topic(kafka_client *client, kafka_topic *topic, int32_t partition) {
    topic->is_read[partition] = false;
    if (--topic->read_count > 0) return;
    kafka_topic **link = &client->topics;
    while (*link != topic)
        link = &(*link)->next;
    *link = topic->next;
    rd_kafka_topic_destroy(topic->handle);
    pw_mem_free(topic->is_read);
    pw_mem_free(topic->name);
    pw_mem_free(topic);
}

/* A client that does not read this partition yet: librdkafka allows one fetch per client and
 * partition, so a second reader of the same partition gets another client of the pool. */
static pw_status take_client(kafka_broker *broker, const pw_reader_spec *spec, kafka_reader *reader,
                             int32_t partition_count, pw_error *err) {
    for (kafka_client *client = broker->clients; client; client = client->next) {
        kafka_topic *topic = find_topic(client, spec->topic);
        if (topic && topic->partition_count <= spec->partition) continue; /* it grew meanwhile */
        if (topic && topic->is_read[spec->partition]) continue;
        reader->client = client;
        reader->topic = topic;
    }
    if (!reader->client) {
        rd_kafka_conf_t *conf;
        PW_TRY(kafka_conf_make(broker, KAFKA_READERS, &conf, err));
        PW_TRY(kafka_client_open(broker, RD_KAFKA_CONSUMER, conf, &reader->client, err));
        reader->client->next = broker->clients;
        broker->clients = reader->client;
    }
    if (!reader->topic) reader->topic = add_topic(reader->client, spec->topic, partition_count);
    reader->topic->is_read[spec->partition] = true;
    reader->topic->read_count++;
    return PW_OK;
}

static void wake_reader(rd_kafka_t *rk, void *opaque) {
    (void)rk;
    kafka_reader *reader = opaque;
    reader->wake(reader->opaque);
}

/* Turns "earliest" and "latest" into an offset now, so that the position is known at once. */
static pw_status find_start(kafka_broker *broker, const pw_reader_spec *spec, kafka_reader *reader,
                            int32_t *partition_count, pw_error *err) {
    PW_TRY(kafka_partition_check(broker, spec->topic, spec->partition, partition_count, err));
    reader->base.position = spec->offset;
    reader->high_at_open = -1;
    if (spec->offset >= 0) return PW_OK;
    int64_t low, high;
    PW_TRY(kafka_topic_offsets(&broker->base, spec->topic, spec->partition, &low, &high, err));
    reader->base.position = spec->offset == PW_OFFSET_LATEST ? high : low;
    reader->high_at_open = high;
    return PW_OK;
}

static pw_status start(kafka_reader *reader, pw_error *err) {
    rd_kafka_topic_t *handle = reader->topic->handle;
    reader->queue = rd_kafka_queue_new(reader->client->rk);
    if (reader->wake) rd_kafka_queue_cb_event_enable(reader->queue, wake_reader, reader);
    if (rd_kafka_consume_start_queue(handle, reader->partition, reader->base.position,
                                     reader->queue) == 0)
        return PW_OK;
    return kafka_fail(reader->client->broker, rd_kafka_last_error(), "starting to read", err);
}

static void free_reader(kafka_reader *reader) {
    kafka_broker *broker = reader->client ? reader->client->broker : NULL;
    if (reader->queue) rd_kafka_queue_destroy(reader->queue);
    if (broker) {
        pthread_mutex_lock(&broker->lock);
        release_topic(reader->client, reader->topic, reader->partition);
        pthread_mutex_unlock(&broker->lock);
    }
    pw_arena_deinit(&reader->arena);
    pw_mem_free(reader->messages);
    pw_mem_free(reader);
}

pw_status kafka_reader_open(pw_broker *base, const pw_reader_spec *spec, pw_reader **out,
                            pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    int32_t partition_count = 0;
    kafka_reader *reader = pw_mem_zalloc(1, sizeof *reader);
    reader->base.class = &pw_broker_rdkafka_class;
    reader->partition = spec->partition;
    reader->wants_headers = spec->wants_headers;
    reader->wake = spec->wake;
    reader->opaque = spec->opaque;
    pw_arena_init(&reader->arena, 0);
    pw_status status = find_start(broker, spec, reader, &partition_count, err);
    if (status == PW_OK) {
        pthread_mutex_lock(&broker->lock);
        status = take_client(broker, spec, reader, partition_count, err);
        pthread_mutex_unlock(&broker->lock);
    }
    if (status == PW_OK) status = start(reader, err);
    if (status != PW_OK) {
        free_reader(reader);
        return status;
    }
    *out = &reader->base;
    return PW_OK;
}

static void release_messages(kafka_reader *reader) {
    for (uint32_t i = 0; i < reader->held; i++)
        rd_kafka_message_destroy(reader->messages[i]);
    reader->held = 0;
}

void kafka_reader_close(pw_reader *base) {
    kafka_reader *reader = (kafka_reader *)base;
    /* The queue calls back under its lock: after this no wake is under way. */
    rd_kafka_queue_cb_event_enable(reader->queue, NULL, NULL);
    release_messages(reader);
    if (rd_kafka_consume_stop(reader->topic->handle, reader->partition) != 0)
        pw_log(PW_LOG_DEBUG, "reader-close", "topic=%s partition=%d error=\"%s\"",
               reader->topic->name, reader->partition, rd_kafka_err2str(rd_kafka_last_error()));
    free_reader(reader);
}

/* --- records
 * -------------------------------------------------------------------------------------- */

void kafka_record_fill(const rd_kafka_message_t *message, pw_record *record) {
    rd_kafka_timestamp_type_t type;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    record->key = message->key;
    record->value = message->payload;
    record->key_length = (uint32_t)message->key_len;
    record->value_length = (uint32_t)message->len;
    record->offset = message->offset;
    record->timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp_ms;
    record->partition = message->partition;
    record->headers = NULL;
}

const pw_headers *kafka_record_headers(const rd_kafka_message_t *message, pw_arena *arena) {
    rd_kafka_headers_t *list;
    if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return NULL;
    size_t count = rd_kafka_header_cnt(list);
    pw_header *items = PW_NEW_ARRAY(arena, pw_header, count);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        const void *value;
        size_t length;
        rd_kafka_header_get_all(list, i, &name, &value, &length);
        items[i] = (pw_header){.name = pw_str_from(name),
                               .value = value ? (pw_str){value, length} : PW_STR_EMPTY,
                               .is_null = value == NULL};
    }
    pw_headers *headers = PW_NEW(arena, pw_headers);
    *headers = (pw_headers){items, (uint32_t)count};
    return headers;
}

/* --- poll
 * ----------------------------------------------------------------------------------------- */

static void fail_reader(kafka_reader *reader, const rd_kafka_message_t *message) {
    reader->has_failed = true;
    if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
        message->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
        pw_fail(&reader->failure, PW_NO_TOPIC, PW_SPAN_NONE,
                "topic %s was deleted while it was read", reader->topic->name);
    else
        pw_fail(&reader->failure, PW_BROKER, PW_SPAN_NONE,
                "%s: topic %s, partition %d, offset %lld: %s", reader->client->broker->base.name,
                reader->topic->name, reader->partition, (long long)reader->base.position,
                rd_kafka_message_errstr(message));
}

/* What came instead of a record: the end, passing trouble, or something for good. */
static void take_event(kafka_reader *reader, const rd_kafka_message_t *message) {
    switch ((int)message->err) { /* the library adds codes: -Wswitch-enum has no say here */
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        reader->is_at_end = true;
        /* Past control records and aborted ones, which are never seen. */
        if (message->offset > reader->base.position) reader->base.position = message->offset;
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__FATAL: fail_reader(reader, message); break;
    default:
        pw_log(PW_LOG_DEBUG, "reader-retry", "topic=%s partition=%d error=\"%s\"",
               reader->topic->name, reader->partition, rd_kafka_message_errstr(message));
    }
}

static void grow(kafka_reader *reader, uint32_t max) {
    reader->messages = pw_mem_realloc(reader->messages, max * sizeof *reader->messages);
    reader->capacity = max;
}

/* Fills records from `taken` messages behind the held ones; keeps those that are records. */
static void fill_records(kafka_reader *reader, ssize_t taken, pw_record *records) {
    rd_kafka_message_t **from = reader->messages + reader->held;
    uint32_t held = reader->held;
    size_t bytes = 0;
    for (ssize_t i = 0; i < taken; i++) {
        rd_kafka_message_t *message = from[i];
        if (message->err) {
            take_event(reader, message);
            rd_kafka_message_destroy(message);
            continue;
        }
        kafka_record_fill(message, &records[held]);
        reader->base.position = message->offset + 1;
        reader->is_at_end = false;
        bytes += message->len;
        reader->messages[held++] = message;
    }
    reader->held = held;
    reader->nudge_records_left -= taken;
    reader->nudge_bytes_left -= (int64_t)bytes;
    if (reader->nudge_records_left > 0 && reader->nudge_bytes_left > 0) return;
    reader->nudge_records_left = reader->client->nudge_records;
    reader->nudge_bytes_left = reader->client->nudge_bytes;
    kafka_client_nudge(reader->client);
}

pw_status kafka_reader_poll(pw_reader *base, pw_record *records, uint32_t max, uint32_t *count,
                            pw_error *err) {
    kafka_reader *reader = (kafka_reader *)base;
    release_messages(reader);
    if (max > reader->capacity) grow(reader, max);
    while (reader->held < max && !reader->has_failed) {
        uint32_t room = max - reader->held;
        ssize_t taken =
            rd_kafka_consume_batch_queue(reader->queue, 0, reader->messages + reader->held, room);
        if (taken <= 0) break;
        fill_records(reader, taken, records);
        if (taken < (ssize_t)room) break; /* the queue was empty; the next message wakes */
    }
    *count = reader->held;
    if (reader->wants_headers) {
        pw_arena_reset(&reader->arena);
        for (uint32_t i = 0; i < reader->held; i++)
            records[i].headers = kafka_record_headers(reader->messages[i], &reader->arena);
    }
    if (!reader->has_failed || *count > 0) return PW_OK; /* what came before it is given first */
    if (err) *err = reader->failure;
    return reader->failure.status;
}

bool kafka_reader_is_at_end(const pw_reader *base) {
    const kafka_reader *reader = (const kafka_reader *)base;
    return reader->is_at_end && rd_kafka_queue_length(reader->queue) == 0;
}

int64_t kafka_reader_high_watermark(const pw_reader *base) {
    const kafka_reader *reader = (const kafka_reader *)base;
    int64_t low, high;
    rd_kafka_resp_err_t code = rd_kafka_get_watermark_offsets(
        reader->client->rk, reader->topic->name, reader->partition, &low, &high);
    if (code || high < reader->high_at_open) return reader->high_at_open;
    return high;
}
