/* What the contract tests of brokers share. The same tests run against a file of topics, against
 * topics in memory and against a real Apache Kafka; `contract.broker` is the one at hand.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TESTS_CONTRACT_H
#define PW_TESTS_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kafka/broker.h"

enum { WAIT_MS = 20000, CLUSTER_PROPERTIES_MAX = 16 };

typedef enum { KIND_FILE, KIND_MEMORY, KIND_CLUSTER } broker_kind;

typedef struct contract_state {
    broker_kind kind;
    const char *program;      /* to start another process of this test */
    const char *path;         /* of the file of topics */
    const char *bootstrap;    /* of the cluster */
    const char *cluster_home; /* where tests/kafka.sh keeps pid and certificates */
    int port;
    pw_broker *broker;
} contract_state;

extern contract_state contract;

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        pw_error assert_error;                                                                     \
        pw_error *err = &assert_error;                                                             \
        pw_error_clear(err);                                                                       \
        if ((call) != PW_OK) fail_msg("%s: %s", #call, err->message);                              \
    } while (0)

/* One record as the tests look at it, copied. */
typedef struct seen_record {
    char key[64]; /* "<null>" for a null key */
    char value[64];
    int64_t offset;
    int64_t timestamp_ms;
    int32_t partition;
    uint32_t value_length;
} seen_record;

/* A name that no other test has. */
pw_str new_topic_name(const char *word);
/* Makes a topic; its name lives as long as the program. */
pw_str new_topic(const char *word, int32_t partitions);
/* Opens a further broker of the kind at hand, with more properties for a cluster. */
pw_status open_broker(const pw_broker_property *more, size_t count, pw_broker **out, pw_error *err);
pw_reader *open_reader(pw_str topic, int32_t partition, int64_t offset);
pw_producer *open_producer(void);
pw_topic_handle *topic_of(pw_producer *producer, pw_str topic);
/* Sends one record with text key and value (NULL: null). */
void send_text(pw_producer *producer, pw_topic_handle *topic, int32_t partition, const char *key,
               const char *value, int64_t timestamp_ms);
/* Polls until `count` records came or WAIT_MS are over; returns how many came. */
size_t read_some(pw_reader *reader, seen_record *out, size_t count);
void see(const pw_record *record, seen_record *out);
/* Polls until the reader is at its end; fails the test if it never is. Returns the records passed.
 */
size_t read_to_end(pw_reader *reader);
/* Stops and continues the broker's process, as a network that is gone and comes back. */
void freeze_cluster(int is_frozen);

int check_topics(void);
int check_readers(void);
int check_producers(void);
int check_groups(void);
int check_configs(void);
int check_locals(void);
/* The other process of a test: produces `count` records. */
int child_produce(const char *path, const char *topic, int count);

#endif
