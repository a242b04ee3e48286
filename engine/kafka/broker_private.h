/* What stands between broker.h and its two implementations: one table of functions and the heads
 * that every broker, reader, producer and group begins with. Only this folder includes it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_KAFKA_BROKER_PRIVATE_H
#define PW_KAFKA_BROKER_PRIVATE_H

#include "base/assert.h"
#include "base/mem.h"
#include "kafka/broker.h"

enum {
    PW_BROKER_TIMEOUT_MS_DEFAULT = 10000,
    PW_TOPIC_NAME_BYTES_MAX =
        249, /* Kafka's own limit: the name becomes a folder with "-<number>" */
};

/* The arguments of pw_group_join, as one. */
typedef struct pw_group_spec {
    pw_str topic;
    pw_str group;
    bool is_from_beginning;
    pw_rebalance_fn *on_rebalance; /* may be NULL */
    void *opaque;
} pw_group_spec;

/* One entry per function of broker.h. Arguments are checked by broker.c. */
typedef struct pw_broker_class {
    void (*close)(pw_broker *broker);

    pw_status (*topic_describe)(pw_broker *broker, pw_arena *arena, pw_str name, pw_topic_info *out,
                                pw_error *err);
    pw_status (*topic_list)(pw_broker *broker, pw_arena *arena, pw_topic_info **out, size_t *count,
                            pw_error *err);
    pw_status (*topic_create)(pw_broker *broker, const pw_topic_spec *spec, pw_error *err);
    pw_status (*topic_delete)(pw_broker *broker, pw_str name, pw_error *err);
    pw_status (*topic_set_retention)(pw_broker *broker, pw_str name, int64_t retention_ms,
                                     pw_error *err);
    pw_status (*topic_offsets)(pw_broker *broker, pw_str name, int32_t partition, int64_t *low,
                               int64_t *high, pw_error *err);

    pw_status (*reader_open)(pw_broker *broker, const pw_reader_spec *spec, pw_reader **out,
                             pw_error *err);
    void (*reader_close)(pw_reader *reader);
    pw_status (*reader_poll)(pw_reader *reader, pw_record *records, uint32_t max, uint32_t *count,
                             pw_error *err);
    bool (*reader_is_at_end)(const pw_reader *reader);
    int64_t (*reader_high_watermark)(const pw_reader *reader);

    pw_status (*producer_open)(pw_broker *broker, pw_delivery_fn *on_delivery, void *opaque,
                               pw_producer **out, pw_error *err);
    void (*producer_close)(pw_producer *producer);
    pw_status (*producer_topic)(pw_producer *producer, pw_str topic, pw_topic_handle **out,
                                int32_t *partition_count, pw_error *err);
    pw_status (*producer_send)(pw_producer *producer, const pw_outgoing *records, size_t count,
                               size_t *sent, pw_error *err);
    void (*producer_poll)(pw_producer *producer, int timeout_ms);
    pw_status (*producer_flush)(pw_producer *producer, int64_t timeout_ms, pw_error *err);
    pw_producer_stats (*producer_stats)(pw_producer *producer);

    pw_status (*group_join)(pw_broker *broker, const pw_group_spec *spec, pw_group **out,
                            pw_error *err);
    pw_status (*group_poll)(pw_group *group, int timeout_ms, pw_record *records, uint32_t max,
                            uint32_t *count, pw_error *err);
    pw_status (*group_commit)(pw_group *group, pw_error *err);
    bool (*group_is_at_end)(pw_group *group);
    void (*group_leave)(pw_group *group);
} pw_broker_class;

struct pw_broker {
    const pw_broker_class *class;
    char *name; /* owned, for messages */
    int64_t timeout_ms;
};

struct pw_reader {
    const pw_broker_class *class;
    int64_t position; /* offset of the next record to take */
};

struct pw_producer {
    const pw_broker_class *class;
};

struct pw_group {
    const pw_broker_class *class;
};

/* The constructors behind pw_broker_open. */
PW_MUST_USE pw_status pw_broker_local_open(const pw_broker_config *config, pw_broker **out,
                                           pw_error *err);
PW_MUST_USE pw_status pw_broker_rdkafka_open(const pw_broker_config *config, pw_broker **out,
                                             pw_error *err);

extern const pw_broker_class pw_broker_local_class;
extern const pw_broker_class pw_broker_rdkafka_class;

/* The partition that Kafka's default partitioner chooses for a key that is there. */
int32_t pw_partition_of_key(const char *key, size_t length, int32_t partition_count);

/* Copy with a zero byte behind it; pw_mem_free gives it back. */
char *pw_mem_cstr(pw_str text);

/* PW_NO_TOPIC, with the nearest of the names there are as a hint. */
pw_status pw_fail_no_topic(const pw_broker *broker, pw_str name, const pw_str *names,
                           size_t name_count, pw_error *err);

#endif
