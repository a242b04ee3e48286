/* Consumer groups of a cluster: a subscribed client of its own. Used by the command line, so it
 * takes messages one by one, which lets the library do rebalances in between.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/rdkafka_private.h"

#include <string.h>

#include "base/log.h"

typedef struct owned_partition {
    bool is_assigned;
    bool is_at_end;
    int64_t next; /* to commit; -1: nothing was taken since it was assigned */
} owned_partition;

struct kafka_group {
    pw_group base;
    kafka_client *client;
    char *topic;
    pw_rebalance_fn *on_rebalance;
    void *opaque;
    owned_partition *partitions;
    int32_t partition_count;
    bool has_joined; /* the first assignment came, be it empty */
    rd_kafka_message_t **messages;
    uint32_t held;
    uint32_t capacity;
    pw_arena arena; /* headers of the last poll */
};

/* --- rebalance
 * ------------------------------------------------------------------------------------ */

static void tell(kafka_group *group, bool is_assigned,
                 const rd_kafka_topic_partition_list_t *list) {
    if (!group->on_rebalance || list->cnt == 0) return;
    int32_t *partitions = pw_mem_alloc((size_t)list->cnt * sizeof *partitions);
    for (int i = 0; i < list->cnt; i++)
        partitions[i] = list->elems[i].partition;
    group->on_rebalance(group->opaque, is_assigned, pw_str_from(group->topic), partitions,
                        (size_t)list->cnt);
    pw_mem_free(partitions);
}

static void mark(kafka_group *group, bool is_assigned,
                 const rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; i < list->cnt; i++) {
        int32_t partition = list->elems[i].partition;
        if (partition >= group->partition_count) {
            group->partitions = pw_mem_realloc(group->partitions,
                                               ((size_t)partition + 1) * sizeof *group->partitions);
            memset(group->partitions + group->partition_count, 0,
                   (size_t)(partition + 1 - group->partition_count) * sizeof *group->partitions);
            group->partition_count = partition + 1;
        }
        group->partitions[partition] =
            (owned_partition){.is_assigned = is_assigned, .is_at_end = false, .next = -1};
    }
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *list, void *opaque) {
    kafka_group *group = ((kafka_client *)opaque)->group;
    const char *protocol = rd_kafka_rebalance_protocol(rk);
    bool is_incremental = protocol && strcmp(protocol, "COOPERATIVE") == 0;
    bool is_assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    rd_kafka_error_t *error = NULL;
    if (is_assigned) {
        group->has_joined = true;
        mark(group, true, list);
        if (is_incremental)
            error = rd_kafka_incremental_assign(rk, list);
        else
            rd_kafka_assign(rk, list);
        tell(group, true, list);
    } else {
        tell(group, false, list); /* first, since the callback may still commit */
        mark(group, false, list);
        if (is_incremental)
            error = rd_kafka_incremental_unassign(rk, list);
        else
            rd_kafka_assign(rk, NULL);
    }
    if (!error) return;
    pw_log(PW_LOG_WARN, "group-rebalance", "topic=%s error=\"%s\"", group->topic,
           rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

/* --- join and leave
 * ------------------------------------------------------------------------------- */

static void free_group(kafka_group *group) {
    if (group->client) kafka_client_close(group->client);
    pw_arena_deinit(&group->arena);
    pw_mem_free(group->messages);
    pw_mem_free(group->partitions);
    pw_mem_free(group->topic);
    pw_mem_free(group);
}

static pw_status subscribe(kafka_group *group, pw_error *err) {
    rd_kafka_t *rk = group->client->rk;
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, group->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return code ? kafka_fail(group->client->broker, code, "joining the group", err) : PW_OK;
}

static pw_status open_client(kafka_broker *broker, const pw_group_spec *spec, kafka_group *group,
                             pw_error *err) {
    rd_kafka_conf_t *conf;
    PW_TRY(kafka_conf_make(broker, KAFKA_GROUP, &conf, err));
    char *name = pw_mem_cstr(spec->group);
    kafka_conf_force(conf, "group.id", name);
    pw_mem_free(name);
    kafka_conf_force(conf, "auto.offset.reset", spec->is_from_beginning ? "earliest" : "latest");
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    PW_TRY(kafka_client_open(broker, RD_KAFKA_CONSUMER, conf, &group->client, err));
    group->client->group = group;
    return subscribe(group, err);
}

pw_status kafka_group_join(pw_broker *base, const pw_group_spec *spec, pw_group **out,
                           pw_error *err) {
    kafka_broker *broker = (kafka_broker *)base;
    int32_t partition_count;
    PW_TRY(kafka_partition_check(broker, spec->topic, 0, &partition_count, err));
    kafka_group *group = pw_mem_zalloc(1, sizeof *group);
    group->base.class = &pw_broker_rdkafka_class;
    group->topic = pw_mem_cstr(spec->topic);
    group->on_rebalance = spec->on_rebalance;
    group->opaque = spec->opaque;
    group->partitions = pw_mem_zalloc((size_t)partition_count, sizeof *group->partitions);
    group->partition_count = partition_count;
    pw_arena_init(&group->arena, 0);
    pw_status status = open_client(broker, spec, group, err);
    if (status != PW_OK) {
        free_group(group);
        return status;
    }
    *out = &group->base;
    return PW_OK;
}

static void release_messages(kafka_group *group) {
    for (uint32_t i = 0; i < group->held; i++)
        rd_kafka_message_destroy(group->messages[i]);
    group->held = 0;
}

void kafka_group_leave(pw_group *base) {
    kafka_group *group = (kafka_group *)base;
    release_messages(group);
    rd_kafka_resp_err_t code = rd_kafka_consumer_close(group->client->rk);
    if (code)
        pw_log(PW_LOG_WARN, "group-leave", "topic=%s error=\"%s\"", group->topic,
               rd_kafka_err2str(code));
    free_group(group);
}

/* --- poll and commit
 * ------------------------------------------------------------------------------ */

/* Keeps a message that is a record; sees to everything else. */
static pw_status take_message(kafka_group *group, rd_kafka_message_t *message, pw_record *record,
                              pw_error *err) {
    pw_status status = PW_OK;
    owned_partition *owned = message->partition >= 0 && message->partition < group->partition_count
                                 ? &group->partitions[message->partition]
                                 : NULL;
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        kafka_record_fill(message, record);
        record->headers = kafka_record_headers(message, &group->arena);
        if (owned) owned->next = message->offset + 1;
        if (owned) owned->is_at_end = false;
        group->messages[group->held++] = message;
        return PW_OK;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (owned) owned->is_at_end = true;
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        status = pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE, "topic %s was deleted while it was read",
                         group->topic);
        break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR__FATAL:
        status = pw_fail(err, PW_BROKER, PW_SPAN_NONE, "%s: topic %s: %s",
                         group->client->broker->base.name, group->topic,
                         rd_kafka_message_errstr(message));
        break;
    default:
        pw_log(PW_LOG_DEBUG, "group-retry", "topic=%s error=\"%s\"", group->topic,
               rd_kafka_message_errstr(message));
    }
    rd_kafka_message_destroy(message);
    return status;
}

pw_status kafka_group_poll(pw_group *base, int timeout_ms, pw_record *records, uint32_t max,
                           uint32_t *count, pw_error *err) {
    kafka_group *group = (kafka_group *)base;
    release_messages(group);
    pw_arena_reset(&group->arena);
    if (max > group->capacity) {
        group->messages = pw_mem_realloc(group->messages, max * sizeof *group->messages);
        group->capacity = max;
    }
    pw_status status = PW_OK;
    while (group->held < max && status == PW_OK) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(group->client->rk, timeout_ms);
        if (!message) break;
        status = take_message(group, message, &records[group->held], err);
        timeout_ms = 0;
    }
    *count = group->held;
    /* What came before a failure is given first; the library reports the failure again. */
    return *count ? PW_OK : status;
}

pw_status kafka_group_commit(pw_group *base, pw_error *err) {
    kafka_group *group = (kafka_group *)base;
    rd_kafka_topic_partition_list_t *offsets =
        rd_kafka_topic_partition_list_new(group->partition_count);
    for (int32_t i = 0; i < group->partition_count; i++) {
        if (!group->partitions[i].is_assigned || group->partitions[i].next < 0) continue;
        rd_kafka_topic_partition_list_add(offsets, group->topic, i)->offset =
            group->partitions[i].next;
    }
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (offsets->cnt) code = rd_kafka_commit(group->client->rk, offsets, 0);
    rd_kafka_topic_partition_list_destroy(offsets);
    return code ? kafka_fail(group->client->broker, code, "committing offsets", err) : PW_OK;
}

bool kafka_group_is_at_end(pw_group *base) {
    kafka_group *group = (kafka_group *)base;
    if (!group->has_joined) return false;
    for (int32_t i = 0; i < group->partition_count; i++)
        if (group->partitions[i].is_assigned && !group->partitions[i].is_at_end) return false;
    return true;
}
