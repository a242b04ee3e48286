/* The door to topics: checks arguments, chooses the implementation, passes calls on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/broker_private.h"

#include <string.h>

#include "base/error.h"
#include "base/hashmap.h"

/* --- help for both implementations
 * ---------------------------------------------------------------- */

int32_t pw_partition_of_key(const char *key, size_t length, int32_t partition_count) {
    /* As org.apache.kafka's BuiltInPartitioner: toPositive clears the sign bit. */
    return (int32_t)((pw_murmur2(key, length) & 0x7fffffffu) % (uint32_t)partition_count);
}

char *pw_mem_cstr(pw_str text) {
    char *copy = pw_mem_alloc(text.length + 1);
    if (text.length) memcpy(copy, text.data, text.length);
    copy[text.length] = 0;
    return copy;
}

pw_status pw_fail_no_topic(const pw_broker *broker, pw_str name, const pw_str *names,
                           size_t name_count, pw_error *err) {
    pw_status status = pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE, "topic %.*s does not exist on %s",
                               PW_STR_ARGS(name), broker->name);
    pw_str nearest = pw_nearest(name, names, name_count);
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return status;
}

/* --- configuration
 * -------------------------------------------------------------------------------- */

static bool is_remote(const pw_broker_config *config) {
    for (size_t i = 0; i < config->property_count; i++) {
        pw_str name = config->properties[i].name;
        if (!config->properties[i].value.length) continue;
        if (pw_str_equal(name, PW_STR("bootstrap.servers"))) return true;
        if (pw_str_equal(name, PW_STR("metadata.broker.list"))) return true;
    }
    return false;
}

pw_status pw_broker_open(const pw_broker_config *config, pw_broker **out, pw_error *err) {
    *out = NULL;
    if (is_remote(config)) return pw_broker_rdkafka_open(config, out, err);
    return pw_broker_local_open(config, out, err);
}

void pw_broker_close(pw_broker *broker) {
    if (broker) broker->class->close(broker);
}

bool pw_broker_is_local(const pw_broker *broker) {
    return broker->class == &pw_broker_local_class;
}

pw_str pw_broker_name(const pw_broker *broker) {
    return pw_str_from(broker->name);
}

/* --- topics
 * --------------------------------------------------------------------------------------- */

/* Kafka's rules for a name; the embedded broker keeps to them so that a query can move to a
 * cluster. */
static pw_status check_topic_name(pw_str name, pw_error *err) {
    if (name.length == 0) return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "the topic name is empty");
    if (name.length > PW_TOPIC_NAME_BYTES_MAX)
        return pw_fail(err, PW_LIMIT, PW_SPAN_NONE,
                       "topic name %.*s... has %zu bytes, at most %d are allowed", 20, name.data,
                       name.length, PW_TOPIC_NAME_BYTES_MAX);
    bool is_dots = pw_str_equal(name, PW_STR(".")) || pw_str_equal(name, PW_STR(".."));
    for (size_t i = 0; i < name.length && !is_dots; i++) {
        char c = name.data[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && c != '.' && c != '_' && c != '-') is_dots = true;
    }
    if (!is_dots) return PW_OK;
    pw_status status =
        pw_fail(err, PW_INVALID, PW_SPAN_NONE, "%.*s is not a topic name", PW_STR_ARGS(name));
    pw_error_hint(err, "letters, digits, '.', '_' and '-' are allowed, but not \".\" or \"..\"");
    return status;
}

pw_status pw_topic_describe(pw_broker *broker, pw_arena *arena, pw_str name, pw_topic_info *out,
                            pw_error *err) {
    PW_TRY(check_topic_name(name, err));
    return broker->class->topic_describe(broker, arena, name, out, err);
}

pw_status pw_topic_list(pw_broker *broker, pw_arena *arena, pw_topic_info **out, size_t *count,
                        pw_error *err) {
    *out = NULL;
    *count = 0;
    return broker->class->topic_list(broker, arena, out, count, err);
}

pw_status pw_topic_create(pw_broker *broker, const pw_topic_spec *spec, pw_error *err) {
    PW_TRY(check_topic_name(spec->name, err));
    if (spec->partition_count < 0 || spec->partition_count > PW_TASK_PARTITIONS_MAX)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                       "topic %.*s cannot have %d partitions: 1 to %d are allowed",
                       PW_STR_ARGS(spec->name), spec->partition_count, PW_TASK_PARTITIONS_MAX);
    if (spec->replica_count < 0 || spec->replica_count > INT16_MAX)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "topic %.*s cannot have %d replicas",
                       PW_STR_ARGS(spec->name), spec->replica_count);
    if (spec->retention_ms < -1)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                       "topic %.*s cannot be kept for %lld ms: -1 means for ever",
                       PW_STR_ARGS(spec->name), (long long)spec->retention_ms);
    return broker->class->topic_create(broker, spec, err);
}

pw_status pw_topic_delete(pw_broker *broker, pw_str name, pw_error *err) {
    PW_TRY(check_topic_name(name, err));
    return broker->class->topic_delete(broker, name, err);
}

pw_status pw_topic_set_retention(pw_broker *broker, pw_str name, int64_t retention_ms,
                                 pw_error *err) {
    PW_TRY(check_topic_name(name, err));
    if (retention_ms < -1)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                       "topic %.*s cannot be kept for %lld ms: -1 means for ever",
                       PW_STR_ARGS(name), (long long)retention_ms);
    return broker->class->topic_set_retention(broker, name, retention_ms, err);
}

pw_status pw_topic_offsets(pw_broker *broker, pw_str name, int32_t partition, int64_t *low,
                           int64_t *high, pw_error *err) {
    PW_TRY(check_topic_name(name, err));
    return broker->class->topic_offsets(broker, name, partition, low, high, err);
}

/* --- readers
 * -------------------------------------------------------------------------------------- */

pw_status pw_reader_open(pw_broker *broker, const pw_reader_spec *spec, pw_reader **out,
                         pw_error *err) {
    *out = NULL;
    PW_TRY(check_topic_name(spec->topic, err));
    if (spec->offset < PW_OFFSET_EARLIEST)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "%lld is not an offset of topic %.*s",
                       (long long)spec->offset, PW_STR_ARGS(spec->topic));
    return broker->class->reader_open(broker, spec, out, err);
}

void pw_reader_close(pw_reader *reader) {
    if (reader) reader->class->reader_close(reader);
}

pw_status pw_reader_poll(pw_reader *reader, pw_record *records, uint32_t max, uint32_t *count,
                         pw_error *err) {
    *count = 0;
    return reader->class->reader_poll(reader, records, max, count, err);
}

bool pw_reader_is_at_end(const pw_reader *reader) {
    return reader->class->reader_is_at_end(reader);
}

int64_t pw_reader_position(const pw_reader *reader) {
    return reader->position;
}

int64_t pw_reader_high_watermark(const pw_reader *reader) {
    return reader->class->reader_high_watermark(reader);
}

/* --- producers
 * ------------------------------------------------------------------------------------ */

pw_status pw_producer_open(pw_broker *broker, pw_delivery_fn *on_delivery, void *opaque,
                           pw_producer **out, pw_error *err) {
    *out = NULL;
    return broker->class->producer_open(broker, on_delivery, opaque, out, err);
}

void pw_producer_close(pw_producer *producer) {
    if (producer) producer->class->producer_close(producer);
}

pw_status pw_producer_topic(pw_producer *producer, pw_str topic, pw_topic_handle **out,
                            int32_t *partition_count, pw_error *err) {
    *out = NULL;
    *partition_count = 0;
    PW_TRY(check_topic_name(topic, err));
    return producer->class->producer_topic(producer, topic, out, partition_count, err);
}

pw_status pw_producer_send(pw_producer *producer, const pw_outgoing *records, size_t count,
                           size_t *sent, pw_error *err) {
    *sent = 0;
    return producer->class->producer_send(producer, records, count, sent, err);
}

void pw_producer_poll(pw_producer *producer, int timeout_ms) {
    producer->class->producer_poll(producer, timeout_ms);
}

pw_status pw_producer_flush(pw_producer *producer, int64_t timeout_ms, pw_error *err) {
    return producer->class->producer_flush(producer, timeout_ms, err);
}

pw_producer_stats pw_producer_get_stats(pw_producer *producer) {
    return producer->class->producer_stats(producer);
}

/* --- groups
 * --------------------------------------------------------------------------------------- */

pw_status pw_group_join(pw_broker *broker, pw_str topic, pw_str group, bool from_beginning,
                        pw_rebalance_fn *on_rebalance, void *opaque, pw_group **out,
                        pw_error *err) {
    *out = NULL;
    PW_TRY(check_topic_name(topic, err));
    if (group.length == 0)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "the name of the consumer group is empty");
    pw_group_spec spec = {.topic = topic,
                          .group = group,
                          .is_from_beginning = from_beginning,
                          .on_rebalance = on_rebalance,
                          .opaque = opaque};
    return broker->class->group_join(broker, &spec, out, err);
}

pw_status pw_group_poll(pw_group *group, int timeout_ms, pw_record *records, uint32_t max,
                        uint32_t *count, pw_error *err) {
    *count = 0;
    return group->class->group_poll(group, timeout_ms, records, max, count, err);
}

pw_status pw_group_commit(pw_group *group, pw_error *err) {
    return group->class->group_commit(group, err);
}

bool pw_group_is_at_end(pw_group *group) {
    return group->class->group_is_at_end(group);
}

void pw_group_leave(pw_group *group) {
    if (group) group->class->group_leave(group);
}
