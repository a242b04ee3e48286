/* Producers of the embedded broker. A record is copied into memory at once; the writer thread, a
 * poll or a flush writes everything gathered in one transaction and then shows it to the readers.
 *
 * A transaction that a full disk or another writer refused loses nothing: its records wait in
 * `writing` and are tried again, in order: by every flush, and by the writer thread now and then.
 * Meanwhile a flush, and a send that finds no room, say what is the matter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { STICKY_RECORDS = 256 }; /* records without a key that go to one partition in a row */

struct pw_topic_handle {
    pw_topic_handle *next;
    char *name;
    int64_t id;
    int32_t partition_count;
    bool is_compacted;
    local_partition **partitions;
    int32_t sticky_partition; /* under the producer's lock */
    uint32_t sticky_left;
};

typedef struct pending_record {
    pw_topic_handle *topic;
    size_t at; /* in `bytes`: key, value, headers */
    uint32_t key_length;
    uint32_t value_length;
    uint32_t headers_length;
    int32_t partition;
    int64_t timestamp_ms;
    int64_t offset; /* set when it is written */
    void *opaque;
    bool has_key;
    bool has_value;
    pw_status status; /* set when it is written */
    const char *reason;
} pending_record;

typedef struct outbox {
    pending_record *records;
    size_t count;
    size_t capacity;
    pw_buf bytes;
} outbox;

typedef struct delivery {
    pw_status status;
    int32_t partition;
    const char *reason;
    int64_t offset;
    void *opaque;
} delivery;

struct local_producer {
    pw_producer base;
    local_broker *broker;
    local_producer *next;
    pw_delivery_fn *on_delivery;
    void *opaque;

    pthread_mutex_t lock;
    pthread_cond_t news; /* something was sent or written */
    outbox filling;
    outbox writing; /* under the broker's write.lock; not empty: a try has failed */
    pw_error trouble;    /* of that try; status PW_OK while there is none */
    int64_t retry_at_ns; /* the next one, unless a flush asks for it */
    delivery *deliveries;
    size_t delivery_count;
    size_t delivery_capacity;
    pw_topic_handle *topics;
    pw_producer_stats stats;
    pw_error failure; /* the first; status PW_OK while there is none */
};

/* --- open and close
 * ------------------------------------------------------------------------------- */

pw_status local_producer_open(pw_broker *base, pw_delivery_fn *on_delivery, void *opaque,
                              pw_producer **out, pw_error *err) {
    local_broker *broker = (local_broker *)base;
    PW_TRY(local_start_threads(broker, LOCAL_WRITER, err));
    local_producer *producer = pw_mem_zalloc(1, sizeof *producer);
    producer->base.class = &pw_broker_local_class;
    producer->broker = broker;
    producer->on_delivery = on_delivery;
    producer->opaque = opaque;
    pthread_mutex_init(&producer->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&producer->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pw_buf_init(&producer->filling.bytes);
    pw_buf_init(&producer->writing.bytes);
    pthread_mutex_lock(&broker->producers_lock);
    producer->next = broker->producers;
    broker->producers = producer;
    pthread_mutex_unlock(&broker->producers_lock);
    *out = &producer->base;
    return PW_OK;
}

static void free_outbox(outbox *box) {
    pw_mem_free(box->records);
    pw_buf_deinit(&box->bytes);
}

void local_producer_close(pw_producer *base) {
    local_producer *producer = (local_producer *)base;
    local_broker *broker = producer->broker;
    pw_error error;
    pw_error_clear(&error);
    if (local_producer_flush(base, -1, &error) != PW_OK)
        pw_log(PW_LOG_DEBUG, "producer-closed", "reason=\"%s\"", error.message);
    pthread_mutex_lock(&broker->producers_lock);
    local_producer **link = &broker->producers;
    while (*link != producer)
        link = &(*link)->next;
    *link = producer->next;
    pthread_mutex_unlock(&broker->producers_lock);
    while (producer->topics) {
        pw_topic_handle *topic = producer->topics;
        producer->topics = topic->next;
        pw_mem_free(topic->partitions);
        pw_mem_free(topic->name);
        pw_mem_free(topic);
    }
    free_outbox(&producer->filling);
    free_outbox(&producer->writing);
    pw_mem_free(producer->deliveries);
    pthread_cond_destroy(&producer->news);
    pthread_mutex_destroy(&producer->lock);
    pw_mem_free(producer);
}

static pw_topic_handle *make_handle(local_broker *broker, pw_str name, const local_topic *topic) {
    pw_topic_handle *handle = pw_mem_zalloc(1, sizeof *handle);
    handle->name = pw_mem_cstr(name);
    handle->id = topic->id;
    handle->partition_count = topic->partition_count;
    handle->is_compacted = topic->is_compacted;
    handle->partitions = pw_mem_alloc((size_t)topic->partition_count * sizeof(local_partition *));
    for (int32_t i = 0; i < topic->partition_count; i++)
        handle->partitions[i] = local_partition_get(broker, topic->id, i);
    return handle;
}

pw_status local_producer_topic(pw_producer *base, pw_str name, pw_topic_handle **out,
                               int32_t *partition_count, pw_error *err) {
    local_producer *producer = (local_producer *)base;
    local_topic topic;
    local_db *db = local_read_lock(producer->broker);
    pw_status status = local_topic_find(producer->broker, db->db, name, &topic, err);
    pthread_mutex_unlock(&db->lock);
    if (status != PW_OK) return status;
    pthread_mutex_lock(&producer->lock);
    pw_topic_handle *handle = producer->topics;
    while (handle && handle->id != topic.id)
        handle = handle->next;
    if (!handle) {
        handle = make_handle(producer->broker, name, &topic);
        handle->next = producer->topics;
        producer->topics = handle;
    }
    pthread_mutex_unlock(&producer->lock);
    *out = handle;
    *partition_count = topic.partition_count;
    return PW_OK;
}

/* --- send
 * ----------------------------------------------------------------------------------------- */

static int32_t choose_partition(pw_topic_handle *topic, const pw_outgoing *record) {
    if (record->partition >= 0) return record->partition;
    if (record->key)
        return pw_partition_of_key(record->key, record->key_length, topic->partition_count);
    if (topic->sticky_left == 0) {
        topic->sticky_left = STICKY_RECORDS;
        topic->sticky_partition = (topic->sticky_partition + 1) % topic->partition_count;
    }
    topic->sticky_left--;
    return topic->sticky_partition;
}

static void append(outbox *box, const pw_outgoing *record) {
    if (box->count == box->capacity) {
        box->capacity = box->capacity ? box->capacity * 2 : 256;
        box->records = pw_mem_realloc(box->records, box->capacity * sizeof *box->records);
    }
    pending_record *pending = &box->records[box->count++];
    *pending = (pending_record){.topic = record->topic,
                                .at = box->bytes.length,
                                .key_length = (uint32_t)record->key_length,
                                .value_length = (uint32_t)record->value_length,
                                .partition = choose_partition(record->topic, record),
                                .timestamp_ms = record->timestamp_ms > 0 ? record->timestamp_ms : 0,
                                .offset = -1,
                                .opaque = record->opaque,
                                .has_key = record->key != NULL,
                                .has_value = record->value != NULL};
    if (record->key) pw_buf_add(&box->bytes, record->key, record->key_length);
    if (record->value) pw_buf_add(&box->bytes, record->value, record->value_length);
    if (record->headers && record->headers->count) {
        size_t before = box->bytes.length;
        local_headers_encode(record->headers, &box->bytes);
        pending->headers_length = (uint32_t)(box->bytes.length - before);
    }
}

static pw_status check_record(const pw_outgoing *record, pw_error *err) {
    if (record->partition >= record->topic->partition_count)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                       "topic %s has no partition %d: it has %d, counted from 0",
                       record->topic->name, record->partition, record->topic->partition_count);
    size_t bytes = record->key_length + record->value_length;
    if (bytes > LOCAL_RECORD_BYTES_MAX)
        return pw_fail(err, PW_LIMIT, PW_SPAN_NONE,
                       "a record of %zu bytes is too large for topic %s: at most %d are allowed",
                       bytes, record->topic->name, LOCAL_RECORD_BYTES_MAX);
    return PW_OK;
}

static void deliver(local_producer *producer);

pw_status local_producer_send(pw_producer *base, const pw_outgoing *records, size_t count,
                              size_t *sent, pw_error *err) {
    local_producer *producer = (local_producer *)base;
    pw_status status = PW_OK;
    pthread_mutex_lock(&producer->lock);
    outbox *box = &producer->filling;
    bool was_empty = box->count == 0;
    size_t bytes_before = box->bytes.length;
    while (*sent < count) {
        if (box->count >= LOCAL_QUEUE_RECORDS_MAX || box->bytes.length >= LOCAL_QUEUE_BYTES_MAX) {
            status = producer->trouble.status;
            if (status != PW_OK && err) *err = producer->trouble;
            break;
        }
        status = check_record(&records[*sent], err);
        if (status != PW_OK) break;
        append(box, &records[(*sent)++]);
    }
    producer->stats.sent += *sent;
    bool is_large = box->bytes.length >= LOCAL_HURRY_BYTES || *sent < count;
    bool was_large = bytes_before >= LOCAL_HURRY_BYTES;
    bool has_news = producer->delivery_count > 0;
    if (*sent) pthread_cond_broadcast(&producer->news);
    pthread_mutex_unlock(&producer->lock);
    if ((was_empty && *sent) || (is_large && !was_large) || *sent < count)
        local_kick(producer->broker, is_large, false);
    if (has_news) deliver(producer);
    return status;
}

/* --- writing
 * -------------------------------------------------------------------------------------- */

/* The partition as this transaction finds it: its next offset is read once per transaction, since
 * another process may have written meanwhile. */
static pw_status touch(local_broker *broker, local_partition *partition, bool *is_gone,
                       pw_error *err) {
    *is_gone = false;
    if (partition->transaction == broker->transaction) return PW_OK;
    sqlite3 *db = broker->write.db;
    sqlite3_stmt *statement;
    bool has_row = false;
    PW_TRY(local_query(broker, db, &statement, err,
                       "SELECT next FROM partition WHERE topic = ?1 AND number = ?2", "ii",
                       partition->key[0], partition->key[1]));
    pw_status status = local_step(broker, statement, &has_row, err);
    if (has_row) partition->next = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (status != PW_OK) return status;
    if (!has_row) {
        *is_gone = true;
        return PW_OK;
    }
    if (!partition->insert) {
        char sql[128];
        snprintf(sql, sizeof sql, "INSERT INTO records_%lld_%lld VALUES(?1, ?2, ?3, ?4, ?5)",
                 (long long)partition->key[0], (long long)partition->key[1]);
        PW_TRY(local_query(broker, db, &partition->insert, err, sql, ""));
    }
    partition->transaction = broker->transaction;
    partition->touched_next = broker->touched;
    broker->touched = partition;
    return PW_OK;
}

static void bind_bytes(sqlite3_stmt *statement, int index, const char *bytes, uint32_t length,
                       bool is_there) {
    if (!is_there)
        sqlite3_bind_null(statement, index);
    else /* A zero-length blob needs an address, or SQLite takes it for NULL. */
        sqlite3_bind_blob(statement, index, length ? bytes : "", (int)length, SQLITE_STATIC);
}

static pw_status write_record(local_broker *broker, pending_record *record, const char *bytes,
                              pw_error *err) {
    local_partition *partition = record->topic->partitions[record->partition];
    bool is_gone;
    PW_TRY(touch(broker, partition, &is_gone, err));
    if (is_gone) {
        record->status = PW_NO_TOPIC;
        record->reason = "the topic was deleted";
        return PW_OK;
    }
    if (record->topic->is_compacted && !record->has_key) {
        record->status = PW_INVALID;
        record->reason = "the topic is compacted: a record needs a key";
        return PW_OK;
    }
    const char *value = bytes + record->at + record->key_length;
    sqlite3_stmt *insert = partition->insert;
    sqlite3_bind_int64(insert, 1, partition->next);
    sqlite3_bind_int64(insert, 2, record->timestamp_ms);
    bind_bytes(insert, 3, bytes + record->at, record->key_length, record->has_key);
    bind_bytes(insert, 4, value, record->value_length, record->has_value);
    bind_bytes(insert, 5, value + record->value_length, record->headers_length,
               record->headers_length > 0);
    bool has_row;
    pw_status status = local_step(broker, insert, &has_row, err);
    sqlite3_reset(insert);
    if (status != PW_OK) return status;
    record->status = PW_OK;
    record->offset = partition->next++;
    return PW_OK;
}

static pw_status write_all(local_producer *producer, pw_error *err) {
    local_broker *broker = producer->broker;
    outbox *box = &producer->writing;
    const char *bytes = box->bytes.data ? box->bytes.data : "";
    for (size_t i = 0; i < box->count; i++)
        PW_TRY(write_record(broker, &box->records[i], bytes, err));
    sqlite3_stmt *update;
    PW_TRY(local_query(broker, broker->write.db, &update, err,
                       "UPDATE partition SET next = ?3 WHERE topic = ?1 AND number = ?2", ""));
    pw_status status = PW_OK;
    for (local_partition *partition = broker->touched; partition && status == PW_OK;
         partition = partition->touched_next) {
        bool has_row;
        sqlite3_bind_int64(update, 1, partition->key[0]);
        sqlite3_bind_int64(update, 2, partition->key[1]);
        sqlite3_bind_int64(update, 3, partition->next);
        status = local_step(broker, update, &has_row, err);
        sqlite3_reset(update);
    }
    sqlite3_finalize(update);
    return status;
}

/* Counts what became of the records and keeps it for on_delivery. */
static void settle(local_producer *producer, pw_status status, const pw_error *error) {
    outbox *box = &producer->writing;
    pthread_mutex_lock(&producer->lock);
    if (status != PW_OK && producer->failure.status == PW_OK) {
        producer->failure = *error;
        pw_log(PW_LOG_ERROR, "records-lost", "reason=\"%s\"", error->message);
    }
    for (size_t i = 0; i < box->count; i++) {
        pending_record *record = &box->records[i];
        if (status != PW_OK) {
            record->status = status;
            record->reason = producer->failure.message;
        }
        if (record->status == PW_OK) {
            producer->stats.acknowledged++;
        } else {
            producer->stats.failed++;
            if (producer->failure.status == PW_OK)
                pw_fail(&producer->failure, record->status, PW_SPAN_NONE,
                        "a record for topic %s was not kept: %s", record->topic->name,
                        record->reason);
        }
        if (!producer->on_delivery) continue;
        if (producer->delivery_count == producer->delivery_capacity) {
            producer->delivery_capacity =
                producer->delivery_capacity ? producer->delivery_capacity * 2 : 256;
            producer->deliveries = pw_mem_realloc(
                producer->deliveries, producer->delivery_capacity * sizeof *producer->deliveries);
        }
        producer->deliveries[producer->delivery_count++] =
            (delivery){record->status, record->partition, record->reason,
                       status == PW_OK ? record->offset : -1, record->opaque};
    }
    pthread_cond_broadcast(&producer->news);
    pthread_mutex_unlock(&producer->lock);
    box->count = 0;
    pw_buf_clear(&box->bytes);
}

/* What is over sooner or later: the disk has room again, the other writer is done. */
static bool is_passing(pw_status status) {
    return pw_status_blame(status) == PW_BLAME_WORLD;
}

/* What is to be written next: what was refused before, else what has been gathered since. */
static bool take_records(local_producer *producer) {
    if (producer->writing.count) return true;
    outbox box = producer->filling;
    producer->filling = producer->writing;
    producer->writing = box;
    return box.count > 0;
}

/* One transaction with all of `writing`. */
static pw_status write_once(local_producer *producer, pw_error *error) {
    local_broker *broker = producer->broker;
    pw_status status = local_begin_locked(broker, error);
    if (status == PW_OK) {
        status = write_all(producer, error);
        status = local_end_locked(broker, status, error);
    }
    if (status != PW_OK) return status;
    for (local_partition *partition = broker->touched; partition;
         partition = partition->touched_next)
        local_partition_grown(broker, partition, partition->next);
    return PW_OK;
}

/* Remembers that the world stands in the way, or that it does no longer. */
static void note_trouble(local_producer *producer, pw_status status, const pw_error *error) {
    pthread_mutex_lock(&producer->lock);
    bool was_troubled = producer->trouble.status != PW_OK;
    if (status == PW_OK)
        pw_error_clear(&producer->trouble);
    else
        producer->trouble = *error;
    producer->retry_at_ns = pw_clock_mono_ns() + LOCAL_RETRY_MS * 1000000ll;
    pthread_mutex_unlock(&producer->lock);
    if (status != PW_OK && !was_troubled)
        pw_log(PW_LOG_WARN, "records-wait", "reason=\"%s\"", error->message);
    if (status == PW_OK && was_troubled)
        pw_log(PW_LOG_WARN, "records-written", "broker=\"%s\"", producer->broker->base.name);
}

/* Writes what has been gathered; is_patient: not before it is time for another try. Whoever comes
 * second waits for the first on write.lock, so that after this everything that was sent before is
 * settled, unless there is trouble. */
static void commit_pending(local_producer *producer, bool is_patient) {
    local_broker *broker = producer->broker;
    pthread_mutex_lock(&broker->write.lock);
    for (;;) {
        pthread_mutex_lock(&producer->lock);
        bool waits = is_patient && producer->trouble.status != PW_OK &&
                     pw_clock_mono_ns() < producer->retry_at_ns;
        bool has_records = !waits && take_records(producer);
        pthread_mutex_unlock(&producer->lock);
        if (!has_records) break;
        pw_error error;
        pw_error_clear(&error);
        pw_status status = write_once(producer, &error);
        bool is_kept = status != PW_OK && is_passing(status);
        if (status == PW_OK || is_kept) note_trouble(producer, status, &error);
        if (is_kept) break;
        settle(producer, status, &error);
    }
    pthread_mutex_unlock(&broker->write.lock);
}

static bool is_troubled(local_producer *producer) {
    pthread_mutex_lock(&producer->lock);
    bool is = producer->trouble.status != PW_OK;
    pthread_mutex_unlock(&producer->lock);
    return is;
}

bool local_producers_commit(local_broker *broker) {
    bool is_all = true;
    pthread_mutex_lock(&broker->producers_lock);
    for (local_producer *producer = broker->producers; producer; producer = producer->next) {
        commit_pending(producer, true);
        is_all &= !is_troubled(producer);
    }
    pthread_mutex_unlock(&broker->producers_lock);
    return is_all;
}

/* --- deliveries
 * ----------------------------------------------------------------------------------- */

static void deliver(local_producer *producer) {
    pthread_mutex_lock(&producer->lock);
    delivery *list = producer->deliveries;
    size_t count = producer->delivery_count;
    producer->deliveries = NULL;
    producer->delivery_count = producer->delivery_capacity = 0;
    pthread_mutex_unlock(&producer->lock);
    for (size_t i = 0; i < count; i++)
        producer->on_delivery(producer->opaque, list[i].status, list[i].reason, list[i].partition,
                              list[i].offset, list[i].opaque);
    pw_mem_free(list);
}

/* Nothing to deliver, and nothing that could be written now? producer->lock is held. */
static bool is_idle(const local_producer *producer) {
    bool can_write = producer->filling.count > 0 && producer->trouble.status == PW_OK;
    return !can_write && producer->delivery_count == 0;
}

static void wait_for_news(local_producer *producer, int timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + (int64_t)(timeout_ms % 1000) * 1000000;
    until.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&producer->lock);
    if (is_idle(producer)) pthread_cond_timedwait(&producer->news, &producer->lock, &until);
    pthread_mutex_unlock(&producer->lock);
}

void local_producer_poll(pw_producer *base, int timeout_ms) {
    local_producer *producer = (local_producer *)base;
    if (timeout_ms > 0) wait_for_news(producer, timeout_ms);
    commit_pending(producer, true);
    deliver(producer);
}

pw_status local_producer_flush(pw_producer *base, int64_t timeout_ms, pw_error *err) {
    local_producer *producer = (local_producer *)base;
    (void)timeout_ms; /* a commit takes as long as it takes; waiting for other writers is bounded */
    commit_pending(producer, false);
    deliver(producer);
    pthread_mutex_lock(&producer->lock);
    pw_error failure = producer->failure;
    pw_error trouble = producer->trouble;
    uint64_t failed = producer->stats.failed;
    pthread_mutex_unlock(&producer->lock);
    if (failure.status == PW_OK && trouble.status != PW_OK && err) *err = trouble;
    if (failure.status == PW_OK) return trouble.status;
    pw_status status = pw_fail(err, failure.status, PW_SPAN_NONE, "%s (%llu records lost)",
                               failure.message, (unsigned long long)failed);
    if (failure.hint[0]) pw_error_hint(err, "%s", failure.hint);
    return status;
}

pw_producer_stats local_producer_stats(pw_producer *base) {
    local_producer *producer = (local_producer *)base;
    pthread_mutex_lock(&producer->lock);
    pw_producer_stats stats = producer->stats;
    pthread_mutex_unlock(&producer->lock);
    return stats;
}
