/* Topics of a cluster: what there is. Asked of the broker each time, never created by asking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <string.h>

#include "base/clock.h"

static bool is_unknown(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

static void fill_info(const rd_kafka_metadata_topic_t *topic, pw_topic_info *out) {
    *out = (pw_topic_info){.name = pw_str_from(topic->topic),
                           .partition_count = topic->partition_cnt,
                           .is_internal = strncmp(topic->topic, "__", 2) == 0};
    if (topic->partition_cnt > 0) out->replica_count = topic->partitions[0].replica_cnt;
}

pw_status kafka_topic_look(kafka_broker *broker, pw_str name, pw_topic_info *out, bool *is_usable,
                           pw_error *err) {
    char *name_z = pw_mem_cstr(name);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(broker->main->rk, name_z, NULL);
    pw_mem_free(name_z);
    if (!handle) return kafka_fail(broker, rd_kafka_last_error(), "asking for a topic", err);
    rd_kafka_resp_err_t code = rd_kafka_metadata(broker->main->rk, 0, handle, &metadata,
                                                 kafka_timeout(broker->base.timeout_ms));
    rd_kafka_topic_destroy(handle);
    if (code) return kafka_fail(broker, code, "asking for a topic", err);
    pw_status status = PW_OK;
    *is_usable = false;
    const rd_kafka_metadata_topic_t *topic = metadata->topic_cnt ? &metadata->topics[0] : NULL;
    if (!topic || is_unknown(topic->err) || topic->partition_cnt == 0) {
        status = pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE, "topic %.*s does not exist on %s",
                         PW_STR_ARGS(name), broker->base.name);
    } else if (topic->err && topic->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
        status = kafka_fail(broker, topic->err, "asking for a topic", err);
    } else {
        fill_info(topic, out);
        out->name = name;
        *is_usable = !topic->err;
        for (int i = 0; i < topic->partition_cnt; i++)
            if (topic->partitions[i].leader < 0) *is_usable = false;
    }
    rd_kafka_metadata_destroy(metadata);
    return status;
}

pw_status kafka_topic_list(pw_broker *base, pw_arena *arena, pw_topic_info **out, size_t *count,
                           pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(broker->main->rk, 1, NULL, &metadata,
                                                 kafka_timeout(broker->base.timeout_ms));
    if (code) return kafka_fail(broker, code, "asking for the topics", err);
    *out = PW_NEW_ARRAY(arena, pw_topic_info, (size_t)metadata->topic_cnt + 1);
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *topic = &metadata->topics[i];
        if (is_unknown(topic->err)) continue; /* deleted just now */
        pw_topic_info *info = &(*out)[(*count)++];
        fill_info(topic, info);
        info->name = pw_arena_str(arena, info->name);
    }
    rd_kafka_metadata_destroy(metadata);
    return PW_OK;
}

/* Replaces a plain "does not exist" by one that knows the other names. */
static pw_status no_topic(kafka_broker *broker, pw_str name, pw_error *err) {
    pw_arena arena;
    pw_topic_info *topics;
    size_t count = 0;
    pw_arena_init(&arena, 0);
    pw_str *names = NULL;
    if (kafka_topic_list(&broker->base, &arena, &topics, &count, NULL) != PW_OK) count = 0;
    names = PW_NEW_ARRAY(&arena, pw_str, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = topics[i].name;
    pw_status status = pw_fail_no_topic(&broker->base, name, names, count, err);
    pw_arena_deinit(&arena);
    return status;
}

pw_status kafka_topic_describe(pw_broker *base, pw_arena *arena, pw_str name, pw_topic_info *out,
                               pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    bool is_usable;
    pw_status status = kafka_topic_look(broker, name, out, &is_usable, err);
    if (status == PW_NO_TOPIC) return no_topic(broker, name, err);
    if (status == PW_OK) out->name = pw_arena_str(arena, name);
    return status;
}

pw_status kafka_partition_check(kafka_broker *broker, pw_str name, int32_t partition,
                                int32_t *partition_count, pw_error *err) {
    bool is_usable;
    pw_topic_info info;
    pw_status status = kafka_topic_look(broker, name, &info, &is_usable, err);
    if (status == PW_NO_TOPIC) return no_topic(broker, name, err);
    if (status != PW_OK) return status;
    *partition_count = info.partition_count;
    if (partition >= 0 && partition < info.partition_count) return PW_OK;
    return pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE,
                   "topic %.*s has no partition %d: it has %d, counted from 0", PW_STR_ARGS(name),
                   partition, info.partition_count);
}

/* A topic made just now: the metadata names its leader before the leader itself knows. */
static bool is_settling(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE || is_unknown(code);
}

pw_status kafka_topic_offsets(pw_broker *base, pw_str name, int32_t partition, int64_t *low,
                              int64_t *high, pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    int32_t partition_count;
    if (partition < 0) return kafka_partition_check(broker, name, partition, &partition_count, err);
    char *name_z = pw_mem_cstr(name);
    int64_t give_up_ns = pw_clock_mono_ns() + broker->base.timeout_ms * 1000000;
    pw_status status = PW_OK;
    for (;;) {
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
            broker->main->rk, name_z, partition, low, high, kafka_timeout(broker->base.timeout_ms));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
        if (is_unknown(code))
            status = kafka_partition_check(broker, name, partition, &partition_count, err);
        bool is_final = !is_settling(code) || pw_clock_mono_ns() > give_up_ns;
        if (status == PW_OK && is_final)
            status = kafka_fail(broker, code, "asking for offsets", err);
        if (status != PW_OK) break;
        pw_clock_sleep_ms(LOOK_AGAIN_MS);
    }
    pw_mem_free(name_z);
    return status;
}
