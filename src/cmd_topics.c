/* pitwall topics: list, describe, create, delete, retention. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"
#include "cluster.h"
#include "output.h"
#include "say.h"

typedef struct topics_options {
    common_options common;
    int64_t partition_count;
    int64_t replica_count;
    int64_t retention_ms;
    bool is_compacted;
    bool with_internal;
    const char *output;
} topics_options;

enum { NUMBER_NOT_GIVEN = -2 };

#define FIELD(field) .field_offset = offsetof(topics_options, field)
static const option_row option_rows[] = {
    {"partitions", OPTION_NUMBER, "N", "create: how many partitions", FIELD(partition_count),
     .number_lowest = 1},
    {"replicas", OPTION_NUMBER, "N", "create: how many replicas", FIELD(replica_count),
     .number_lowest = 1},
    {"retention", OPTION_NUMBER, "MS", "create: how long records are kept; -1: for ever",
     FIELD(retention_ms), .number_default = NUMBER_NOT_GIVEN, .number_lowest = -1},
    {"compact", OPTION_FLAG, NULL, "create: keep the last record of each key", FIELD(is_compacted)},
    {"internal", OPTION_FLAG, NULL, "list: internal topics, too", FIELD(with_internal)},
    {"output", OPTION_TEXT, OUTPUT_CHOICES, "list, describe: the shape of the output",
     FIELD(output), .choices = OUTPUT_CHOICES},
};
#undef FIELD

typedef struct topics_state {
    const topics_options *options;
    cluster cluster;
    pw_str topic;
    pw_str argument; /* the MS of `retention` */
} topics_state;

enum { NUMBER_BYTES = 24 };

static const char *print_number(int64_t number, char *out) {
    snprintf(out, NUMBER_BYTES, "%" PRId64, number);
    return out;
}

static int list(topics_state *self) {
    pw_error err = {0};
    pw_topic_info *topics;
    size_t count;
    if (pw_topic_list(self->cluster.broker, &self->cluster.arena, &topics, &count, &err) != PW_OK)
        return say_error_at_start("topics", &err);
    const output_column columns[] = {{"topic", false}, {"partitions", true}, {"replicas", true}};
    output *out = output_open(self->options->output, columns, 3);
    for (size_t i = 0; i < count; i++) {
        char partitions[NUMBER_BYTES], replicas[NUMBER_BYTES];
        if (topics[i].is_internal && !self->options->with_internal) continue;
        pw_buf json;
        pw_buf_init(&json);
        pw_buf_add_json_string(&json, topics[i].name);
        const char *texts[] = {pw_arena_cstr(&self->cluster.arena, topics[i].name),
                               print_number(topics[i].partition_count, partitions),
                               print_number(topics[i].replica_count, replicas)};
        const char *jsons[] = {pw_buf_cstr(&json), partitions, replicas};
        output_row(out, texts, jsons);
        pw_buf_deinit(&json);
    }
    output_close(out);
    return EXIT_WELL;
}

static int describe(topics_state *self) {
    pw_error err = {0};
    pw_topic_info info;
    pw_broker *broker = self->cluster.broker;
    if (pw_topic_describe(broker, &self->cluster.arena, self->topic, &info, &err) != PW_OK)
        return say_error_at_start("topics", &err);
    const output_column columns[] = {
        {"partition", true}, {"oldest", true}, {"next", true}, {"records", true}};
    output *out = output_open(self->options->output, columns, 4);
    int64_t sum = 0;
    pw_status status = PW_OK;
    for (int32_t i = 0; i < info.partition_count && status == PW_OK; i++) {
        int64_t low, high;
        char texts[4][NUMBER_BYTES];
        status = pw_topic_offsets(broker, self->topic, i, &low, &high, &err);
        if (status != PW_OK) break;
        const char *row[] = {print_number(i, texts[0]), print_number(low, texts[1]),
                             print_number(high, texts[2]), print_number(high - low, texts[3])};
        output_row(out, row, row);
        sum += high - low;
    }
    output_close(out);
    if (status != PW_OK) return say_error("topics", &err);
    pw_str name = pw_broker_name(broker);
    say("topic %.*s on %.*s: %d partition%s, %d replica%s, at most %" PRId64 " record%s",
        PW_STR_ARGS(self->topic), PW_STR_ARGS(name), info.partition_count,
        plural((uint64_t)info.partition_count), info.replica_count,
        plural((uint64_t)info.replica_count), sum, plural((uint64_t)sum));
    return EXIT_WELL;
}

static int create(topics_state *self) {
    const topics_options *options = self->options;
    const pw_settings *settings = self->cluster.config.settings;
    pw_error err = {0};
    int64_t partition_count =
        options->partition_count ? options->partition_count : settings->topic_partitions;
    if (partition_count > PW_TASK_PARTITIONS_MAX) {
        say_wrong("topics", "%" PRId64 " partitions are too many", partition_count);
        say_hint("a topic has at most %d", PW_TASK_PARTITIONS_MAX);
        return EXIT_USER;
    }
    int64_t replica_count =
        options->replica_count ? options->replica_count : settings->topic_replicas;
    pw_topic_spec spec = {
        .name = self->topic,
        .partition_count = (int32_t)partition_count,
        .replica_count = (int32_t)(replica_count < INT16_MAX ? replica_count : INT16_MAX),
        .retention_ms = options->retention_ms == NUMBER_NOT_GIVEN ? settings->topic_retention_ms
                                                                  : options->retention_ms,
        .is_compacted = options->is_compacted,
    };
    if (pw_topic_create(self->cluster.broker, &spec, &err) != PW_OK)
        return say_error_at_start("topics", &err);
    say("topic %.*s is created", PW_STR_ARGS(self->topic));
    return EXIT_WELL;
}

static int delete_topic(topics_state *self) {
    pw_error err = {0};
    if (pw_topic_delete(self->cluster.broker, self->topic, &err) != PW_OK)
        return say_error_at_start("topics", &err);
    say("topic %.*s is deleted", PW_STR_ARGS(self->topic));
    return EXIT_WELL;
}

static int retention(topics_state *self) {
    pw_error err = {0};
    int64_t ms;
    if (!pw_str_to_i64(self->argument, &ms) || ms < -1) {
        say_wrong("topics", "retention cannot be \"%.*s\"", PW_STR_ARGS(self->argument));
        say_hint("a whole number of milliseconds is wanted, or -1 for ever");
        return EXIT_USER;
    }
    if (pw_topic_set_retention(self->cluster.broker, self->topic, ms, &err) != PW_OK)
        return say_error_at_start("topics", &err);
    if (ms < 0)
        say("topic %.*s keeps its records for ever", PW_STR_ARGS(self->topic));
    else
        say("topic %.*s keeps its records for %" PRId64 " ms", PW_STR_ARGS(self->topic), ms);
    return EXIT_WELL;
}

static const struct {
    const char *name;
    const char *arguments;
    size_t word_count; /* with the name */
    bool may_create;   /* the data folder */
    int (*run)(topics_state *self);
} action_rows[] = {
    {"list", "", 1, false, list},
    {"describe", "TOPIC", 2, false, describe},
    {"create", "TOPIC", 2, true, create},
    {"delete", "TOPIC", 2, false, delete_topic},
    {"retention", "TOPIC MS", 3, false, retention},
};

enum { ACTION_COUNT = sizeof action_rows / sizeof action_rows[0] };

/* The index of the action, ACTION_COUNT after having said what is wrong. */
static size_t find_action(const common_options *common) {
    pw_str word = pw_str_from(common->word_count ? common->words[0] : "list");
    pw_str names[ACTION_COUNT];
    size_t count = common->word_count ? common->word_count : 1;
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        names[i] = pw_str_from(action_rows[i].name);
        if (!pw_str_equal(word, names[i])) continue;
        if (count == action_rows[i].word_count) return i;
        say_wrong("topics", "%s",
                  count < action_rows[i].word_count ? "something is missing" : "that is too much");
        say_hint("pitwall topics %s %s", action_rows[i].name, action_rows[i].arguments);
        return ACTION_COUNT;
    }
    pw_str nearest = pw_nearest(word, names, ACTION_COUNT);
    say_wrong("topics", "there is no action \"%.*s\"", PW_STR_ARGS(word));
    if (nearest.length)
        say_hint("did you mean %.*s?", PW_STR_ARGS(nearest));
    else
        say_hint("list, describe, create, delete or retention");
    return ACTION_COUNT;
}

static int run(const void *given) {
    topics_state self = {.options = given};
    const common_options *common = &self.options->common;
    size_t action = find_action(common);
    if (action == ACTION_COUNT) return EXIT_USER;
    if (common->word_count > 1) self.topic = pw_str_from(common->words[1]);
    if (common->word_count > 2) self.argument = pw_str_from(common->words[2]);
    int exit_status =
        cluster_open(&self.cluster, &command_topics, common, action_rows[action].may_create);
    if (exit_status != EXIT_WELL) return exit_status;
    exit_status = action_rows[action].run(&self);
    cluster_close(&self.cluster);
    return say_end_of_output(exit_status);
}

const command command_topics = {
    .name = "topics",
    .arguments = "[list | describe TOPIC | create TOPIC | delete TOPIC | retention TOPIC MS]",
    .summary = "list, describe, create and delete topics",
    .details =
        "Without an action: list. `describe` shows oldest and next offset of every partition.\n"
        "A topic is created with the settings topic.partitions, topic.replicas and\n"
        "topic.retention.ms where no option says otherwise; so it keeps its records for\n"
        "ever by default.",
    .examples = "pitwall topics\n"
                "pitwall topics create laps --partitions 6\n"
                "pitwall topics create drivers --compact\n"
                "pitwall topics retention laps 86400000\n"
                "pitwall topics list --set bootstrap.servers=localhost:9092",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 0,
    .word_count_max = 3,
    .options_bytes = sizeof(topics_options),
    .run = run,
};
