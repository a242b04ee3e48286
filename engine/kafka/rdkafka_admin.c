/* Changes to the topics of a cluster, through the Admin API.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

typedef struct admin_call {
    kafka_broker *broker;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_queue_t *queue;
    rd_kafka_event_t *event; /* the answer */
} admin_call;

static void call_begin(admin_call *call, kafka_broker *broker, rd_kafka_admin_op_t kind) {
    char text[KAFKA_ERROR_BYTES];
    *call = (admin_call){.broker = broker};
    int timeout_ms = kafka_timeout(broker->base.timeout_ms);
    call->options = rd_kafka_AdminOptions_new(broker->main->rk, kind);
    rd_kafka_AdminOptions_set_request_timeout(call->options, timeout_ms, text, sizeof text);
    if (kind == RD_KAFKA_ADMIN_OP_CREATETOPICS || kind == RD_KAFKA_ADMIN_OP_DELETETOPICS)
        rd_kafka_AdminOptions_set_operation_timeout(call->options, timeout_ms, text, sizeof text);
    call->queue = rd_kafka_queue_new(broker->main->rk);
}

/* Waits for the answer; the request itself may have failed, what was asked may have failed too. */
static pw_status call_wait(admin_call *call, const char *doing, pw_error *err) {
    /* The library ends the request by itself; a second more lets its word be the last. */
    call->event =
        rd_kafka_queue_poll(call->queue, kafka_timeout(call->broker->base.timeout_ms + 1000));
    rd_kafka_resp_err_t code =
        call->event ? rd_kafka_event_error(call->event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    return code ? kafka_fail(call->broker, code, doing, err) : PW_OK;
}

static void call_end(admin_call *call) {
    if (call->event) rd_kafka_event_destroy(call->event);
    rd_kafka_queue_destroy(call->queue);
    rd_kafka_AdminOptions_destroy(call->options);
}

/* What the broker said about one topic. */
static pw_status topic_status(kafka_broker *broker, pw_str name, rd_kafka_resp_err_t code,
                              const char *text, pw_error *err) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return PW_OK;
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return pw_fail(err, PW_EXISTS, PW_SPAN_NONE, "topic %.*s exists already on %s",
                       PW_STR_ARGS(name), broker->base.name);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        int32_t ignored;
        PW_TRY(kafka_partition_check(broker, name, 0, &ignored, err));
    }
    bool is_users = code == RD_KAFKA_RESP_ERR_INVALID_PARTITIONS ||
                    code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||
                    code == RD_KAFKA_RESP_ERR_INVALID_CONFIG ||
                    code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
                    code == RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
    return pw_fail(err, is_users ? PW_INVALID : PW_BROKER, PW_SPAN_NONE, "%s: topic %.*s: %s",
                   broker->base.name, PW_STR_ARGS(name), text ? text : rd_kafka_err2str(code));
}

/* Asks until the topic is there with leaders (or, with is_there false, is gone). */
static pw_status wait_until(kafka_broker *broker, pw_str name, bool is_there, pw_error *err) {
    int64_t give_up_ns = pw_clock_mono_ns() + broker->base.timeout_ms * 1000000;
    for (;;) {
        pw_topic_info info;
        bool is_usable = false;
        pw_status status = kafka_topic_look(broker, name, &info, &is_usable, err);
        if (status != PW_OK && status != PW_NO_TOPIC) return status;
        if (is_there ? is_usable : status == PW_NO_TOPIC) return PW_OK;
        if (pw_clock_mono_ns() > give_up_ns)
            return pw_fail(err, PW_BROKER, PW_SPAN_NONE,
                           "%s: topic %.*s was %s, but that does not show after %lld ms",
                           broker->base.name, PW_STR_ARGS(name), is_there ? "created" : "deleted",
                           (long long)broker->base.timeout_ms);
        pw_clock_sleep_ms(LOOK_AGAIN_MS);
    }
}

/* --- create
 * --------------------------------------------------------------------------------------- */

static pw_status new_topic(kafka_broker *broker, const pw_topic_spec *spec,
                           rd_kafka_NewTopic_t **out, pw_error *err) {
    char text[KAFKA_ERROR_BYTES];
    char *name = pw_mem_cstr(spec->name);
    *out = rd_kafka_NewTopic_new(name, spec->partition_count > 0 ? spec->partition_count : -1,
                                 spec->replica_count > 0 ? spec->replica_count : -1, text,
                                 sizeof text);
    pw_mem_free(name);
    if (!*out)
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "%s: topic %.*s: %s", broker->base.name,
                       PW_STR_ARGS(spec->name), text);
    if (spec->retention_ms != 0) {
        char value[32];
        snprintf(value, sizeof value, "%lld", (long long)spec->retention_ms);
        rd_kafka_NewTopic_set_config(*out, "retention.ms", value);
    }
    if (spec->is_compacted) rd_kafka_NewTopic_set_config(*out, "cleanup.policy", "compact");
    return PW_OK;
}

pw_status kafka_topic_create(pw_broker *base, const pw_topic_spec *spec, pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    rd_kafka_NewTopic_t *topic;
    PW_TRY(new_topic(broker, spec, &topic, err));
    admin_call call;
    call_begin(&call, broker, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(broker->main->rk, &topic, 1, call.options, call.queue);
    pw_status status = call_wait(&call, "creating a topic", err);
    if (status == PW_OK) {
        size_t count;
        const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(call.event), &count);
        PW_ASSERT(count == 1);
        status = topic_status(broker, spec->name, rd_kafka_topic_result_error(results[0]),
                              rd_kafka_topic_result_error_string(results[0]), err);
    }
    call_end(&call);
    rd_kafka_NewTopic_destroy(topic);
    if (status != PW_OK) return status;
    return wait_until(broker, spec->name, true, err);
}

/* --- delete
 * --------------------------------------------------------------------------------------- */

pw_status kafka_topic_delete(pw_broker *base, pw_str name, pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    char *name_z = pw_mem_cstr(name);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name_z);
    pw_mem_free(name_z);
    admin_call call;
    call_begin(&call, broker, RD_KAFKA_ADMIN_OP_DELETETOPICS);
    rd_kafka_DeleteTopics(broker->main->rk, &topic, 1, call.options, call.queue);
    pw_status status = call_wait(&call, "deleting a topic", err);
    if (status == PW_OK) {
        size_t count;
        const rd_kafka_topic_result_t **results = rd_kafka_DeleteTopics_result_topics(
            rd_kafka_event_DeleteTopics_result(call.event), &count);
        PW_ASSERT(count == 1);
        status = topic_status(broker, name, rd_kafka_topic_result_error(results[0]),
                              rd_kafka_topic_result_error_string(results[0]), err);
    }
    call_end(&call);
    rd_kafka_DeleteTopic_destroy(topic);
    if (status != PW_OK) return status;
    return wait_until(broker, name, false, err);
}

/* --- retention
 * ------------------------------------------------------------------------------------ */

/* Copies the settings that somebody made for this topic: AlterConfigs replaces them all, and this
 * version of the library has no incremental request. */
static pw_status copy_settings(kafka_broker *broker, rd_kafka_ConfigResource_t *to, pw_str name,
                               pw_error *err) {
    char *name_z = pw_mem_cstr(name);
    rd_kafka_ConfigResource_t *ask = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name_z);
    pw_mem_free(name_z);
    admin_call call;
    call_begin(&call, broker, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_DescribeConfigs(broker->main->rk, &ask, 1, call.options, call.queue);
    pw_status status = call_wait(&call, "reading the settings of a topic", err);
    if (status == PW_OK) {
        size_t count;
        const rd_kafka_ConfigResource_t **found = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(call.event), &count);
        PW_ASSERT(count == 1);
        status = topic_status(broker, name, rd_kafka_ConfigResource_error(found[0]),
                              rd_kafka_ConfigResource_error_string(found[0]), err);
        const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(found[0], &count);
        for (size_t i = 0; i < count && status == PW_OK; i++) {
            const char *key = rd_kafka_ConfigEntry_name(entries[i]);
            if (rd_kafka_ConfigEntry_source(entries[i]) !=
                    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG ||
                strcmp(key, "retention.ms") == 0)
                continue;
            rd_kafka_ConfigResource_set_config(to, key, rd_kafka_ConfigEntry_value(entries[i]));
        }
    }
    call_end(&call);
    rd_kafka_ConfigResource_destroy(ask);
    return status;
}

static pw_status alter(kafka_broker *broker, rd_kafka_ConfigResource_t *resource, pw_str name,
                       pw_error *err) {
    admin_call call;
    call_begin(&call, broker, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
    rd_kafka_AlterConfigs(broker->main->rk, &resource, 1, call.options, call.queue);
    pw_status status = call_wait(&call, "changing the settings of a topic", err);
    if (status == PW_OK) {
        size_t count;
        const rd_kafka_ConfigResource_t **results = rd_kafka_AlterConfigs_result_resources(
            rd_kafka_event_AlterConfigs_result(call.event), &count);
        PW_ASSERT(count == 1);
        status = topic_status(broker, name, rd_kafka_ConfigResource_error(results[0]),
                              rd_kafka_ConfigResource_error_string(results[0]), err);
    }
    call_end(&call);
    return status;
}

pw_status kafka_topic_set_retention(pw_broker *base, pw_str name, int64_t retention_ms,
                                    pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    int32_t ignored;
    PW_TRY(kafka_partition_check(broker, name, 0, &ignored, err));
    char *name_z = pw_mem_cstr(name);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name_z);
    pw_mem_free(name_z);
    pw_status status = copy_settings(broker, resource, name, err);
    if (status == PW_OK) {
        char value[32];
        snprintf(value, sizeof value, "%lld", (long long)retention_ms);
        /* Without an entry the broker's default holds. */
        if (retention_ms != 0) rd_kafka_ConfigResource_set_config(resource, "retention.ms", value);
        status = alter(broker, resource, name, err);
    }
    rd_kafka_ConfigResource_destroy(resource);
    return status;
}
