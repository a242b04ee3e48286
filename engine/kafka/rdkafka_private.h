/* The inside of the broker that is a real cluster: clients of librdkafka and what is built on them.
 *
 *   broker     properties; a client for questions and administration; a pool of consumer clients.
 *              They are apart because a broker answers one connection in order: a question would
 *              wait behind a fetch that waits for records
 *   reader     one partition on one client, with a queue of its own, so that a poll touches
 *              nothing but that queue
 *   producer   a client of its own
 *   group      a client of its own, subscribed
 *
 * The legacy start/stop interface of librdkafka is used for readers: it needs no group, no
 * assignment and no coordinator, and starts and stops one partition without touching the others.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_KAFKA_RDKAFKA_PRIVATE_H
#define PW_KAFKA_RDKAFKA_PRIVATE_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kafka/broker_private.h"

enum {
    KAFKA_ERROR_BYTES = 512,
    LOOK_AGAIN_MS = 20, /* between two questions while a change has not settled */
};

typedef struct kafka_broker kafka_broker;
typedef struct kafka_client kafka_client;
typedef struct kafka_group kafka_group;

/* A topic on one client, there while one of its partitions is read. */
typedef struct kafka_topic kafka_topic;
struct kafka_topic {
    kafka_topic *next;
    char *name;
    rd_kafka_topic_t *handle;
    int32_t partition_count;
    int32_t read_count;
    bool *is_read; /* by partition */
};

struct kafka_client {
    kafka_broker *_Atomic broker; /* NULL when it was left to itself */
    kafka_client *next;
    rd_kafka_t *rk;
    kafka_topic *topics; /* under the broker's lock */
    /* Half of what a partition's queue holds: after this much a reader nudges the fetching thread.
     */
    int64_t nudge_records;
    int64_t nudge_bytes;
    kafka_group *group; /* of a group's client */
};

/* A property of the configuration, copied. */
typedef struct kafka_property {
    char *name;
    char *value;
    char *origin;
    bool for_consumer;
    bool for_producer;
} kafka_property;

struct kafka_broker {
    pw_broker base;
    kafka_property *properties;
    size_t property_count;
    pthread_mutex_t lock;
    kafka_client *clients; /* of readers, the newest first */
    kafka_client *main;    /* for administration and metadata */

    /* What librdkafka's threads said about connections, for messages and for the log. */
    pthread_mutex_t trouble_lock;
    char trouble[KAFKA_ERROR_BYTES];
    bool is_refused; /* the broker answers, but not to us: waiting longer does not help */
    int64_t trouble_since_ns;
    int64_t trouble_last_ns;
    int64_t trouble_told_ns;
};

/* --- rdkafka_conf.c: properties
 * ----------------------------------------------------------------------- */

typedef enum { KAFKA_READERS, KAFKA_GROUP, KAFKA_PRODUCER } kafka_role;

PW_MUST_USE pw_status kafka_properties_check(const pw_broker_config *config, pw_error *err);
bool kafka_property_is_secret(pw_str name);
/* Did the user set one of these names (NULL at the end) for this role? */
bool kafka_is_set(const kafka_broker *broker, kafka_role role, const char *const *names);
/* What the user set it to for this role, or NULL. */
const char *kafka_property_get(const kafka_broker *broker, kafka_role role, const char *name);
/* Our defaults, then the user's properties, then what must be. */
PW_MUST_USE pw_status kafka_conf_make(const kafka_broker *broker, kafka_role role,
                                      rd_kafka_conf_t **out, pw_error *err);
/* Sets what our own code relies on; a failure is ours. */
void kafka_conf_force(rd_kafka_conf_t *conf, const char *name, const char *value);

/* --- broker_rdkafka.c
 * --------------------------------------------------------------------------------- */

/* Becomes owner of `conf`. */
PW_MUST_USE pw_status kafka_client_open(kafka_broker *broker, rd_kafka_type_t type,
                                        rd_kafka_conf_t *conf, kafka_client **out, pw_error *err);
void kafka_client_close(kafka_client *client);
/* Lets the client's threads look now whether there is something to fetch. */
void kafka_client_nudge(kafka_client *client);
/* PW_BROKER: `doing` did not work, with what is known of the connection. */
pw_status kafka_fail(kafka_broker *broker, rd_kafka_resp_err_t code, const char *doing,
                     pw_error *err);
/* A timeout for librdkafka, which takes an int. */
int kafka_timeout(int64_t timeout_ms);

/* --- rdkafka_topics.c
 * --------------------------------------------------------------------------------- */

PW_MUST_USE pw_status kafka_partition_check(kafka_broker *broker, pw_str name, int32_t partition,
                                            int32_t *partition_count, pw_error *err);
pw_status kafka_topic_describe(pw_broker *broker, pw_arena *arena, pw_str name, pw_topic_info *out,
                               pw_error *err);
pw_status kafka_topic_list(pw_broker *broker, pw_arena *arena, pw_topic_info **out, size_t *count,
                           pw_error *err);
pw_status kafka_topic_offsets(pw_broker *broker, pw_str name, int32_t partition, int64_t *low,
                              int64_t *high, pw_error *err);
/* The topic as its leader knows it: PW_NO_TOPIC without a hint if there is none. */
PW_MUST_USE pw_status kafka_topic_look(kafka_broker *broker, pw_str name, pw_topic_info *out,
                                       bool *is_usable, pw_error *err);

/* --- rdkafka_admin.c
 * ---------------------------------------------------------------------------------- */

pw_status kafka_topic_create(pw_broker *broker, const pw_topic_spec *spec, pw_error *err);
pw_status kafka_topic_delete(pw_broker *broker, pw_str name, pw_error *err);
pw_status kafka_topic_set_retention(pw_broker *broker, pw_str name, int64_t retention_ms,
                                    pw_error *err);

/* --- rdkafka_reader.c
 * --------------------------------------------------------------------------------- */

pw_status kafka_reader_open(pw_broker *broker, const pw_reader_spec *spec, pw_reader **out,
                            pw_error *err);
void kafka_reader_close(pw_reader *reader);
pw_status kafka_reader_poll(pw_reader *reader, pw_record *records, uint32_t max, uint32_t *count,
                            pw_error *err);
bool kafka_reader_is_at_end(const pw_reader *reader);
int64_t kafka_reader_high_watermark(const pw_reader *reader);
/* Fills `record` from a message without an error; it borrows the message's bytes. */
void kafka_record_fill(const rd_kafka_message_t *message, pw_record *record);
const pw_headers *kafka_record_headers(const rd_kafka_message_t *message, pw_arena *arena);

/* --- rdkafka_producer.c
 * ------------------------------------------------------------------------------- */

pw_status kafka_producer_open(pw_broker *broker, pw_delivery_fn *on_delivery, void *opaque,
                              pw_producer **out, pw_error *err);
void kafka_producer_close(pw_producer *producer);
pw_status kafka_producer_topic(pw_producer *producer, pw_str topic, pw_topic_handle **out,
                               int32_t *partition_count, pw_error *err);
pw_status kafka_producer_send(pw_producer *producer, const pw_outgoing *records, size_t count,
                              size_t *sent, pw_error *err);
void kafka_producer_poll(pw_producer *producer, int timeout_ms);
pw_status kafka_producer_flush(pw_producer *producer, int64_t timeout_ms, pw_error *err);
pw_producer_stats kafka_producer_stats(pw_producer *producer);

/* --- rdkafka_group.c
 * ---------------------------------------------------------------------------------- */

pw_status kafka_group_join(pw_broker *broker, const pw_group_spec *spec, pw_group **out,
                           pw_error *err);
pw_status kafka_group_poll(pw_group *group, int timeout_ms, pw_record *records, uint32_t max,
                           uint32_t *count, pw_error *err);
pw_status kafka_group_commit(pw_group *group, pw_error *err);
bool kafka_group_is_at_end(pw_group *group);
void kafka_group_leave(pw_group *group);

#endif
