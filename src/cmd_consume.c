/* pitwall consume: records of a topic on stdout, alone or as a member of a group.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cluster.h"
#include "record_json.h"
#include "say.h"

typedef struct consume_options {
    common_options common;
    bool is_from_beginning;
    const char *group;
    int64_t record_count_max;
    bool is_until_end;
    const char *output;
} consume_options;

#define FIELD(field) .field_offset = offsetof(consume_options, field)
static const option_row option_rows[] = {
    {"from-beginning", OPTION_FLAG, NULL,
     "begin with the oldest record; of a group: where it has committed nothing",
     FIELD(is_from_beginning)},
    {"group", OPTION_TEXT, "NAME",
     "share the partitions with every other member of this group, and commit what was printed",
     FIELD(group)},
    {"max", OPTION_NUMBER, "N", "stop after N records", FIELD(record_count_max),
     .number_lowest = 1},
    {"until-end", OPTION_FLAG, NULL,
     "stop at the present end; begins with the oldest record unless a group has committed",
     FIELD(is_until_end)},
    {"output", OPTION_TEXT, "text|jsonl", "jsonl can be fed to `pitwall produce`", FIELD(output),
     .choices = "text|jsonl"},
};
#undef FIELD

enum { POLL_RECORDS = 512, WAIT_MS = 200 };

typedef struct consume_state {
    const consume_options *options;
    cluster cluster;
    pw_str topic;
    bool is_jsonl;
    pw_buf out;
    uint64_t record_count;
    pw_record records[POLL_RECORDS];

    pthread_mutex_t lock; /* guards has_news, which readers set from their threads */
    pthread_cond_t news;
    bool has_news;
} consume_state;

/* --- printing --------------------------------------------------------------------------------- */

static void print_time(int64_t ms, pw_buf *out) {
    if (ms < 0) {
        pw_buf_add_char(out, '-');
        return;
    }
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    char text[32];
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    pw_buf_format(out, "%s.%03dZ", text, (int)(ms % 1000));
}

/* partition offset timestamp key value, between tabs. */
static void print_text(const pw_record *record, pw_buf *out) {
    pw_buf_format(out, "%d\t%" PRId64 "\t", record->partition, record->offset);
    print_time(record->timestamp_ms, out);
    pw_buf_add_char(out, '\t');
    record_print_text(record->key, record->key_length, out);
    pw_buf_add_char(out, '\t');
    record_print_text(record->value, record->value_length, out);
    for (uint32_t i = 0; record->headers && i < record->headers->count; i++) {
        const pw_header *header = &record->headers->items[i];
        pw_buf_add_char(out, i == 0 ? '\t' : ' ');
        record_print_text(header->name.data, header->name.length, out);
        pw_buf_add_char(out, '=');
        record_print_text(header->is_null ? NULL : header->value.data, header->value.length, out);
    }
    pw_buf_add_char(out, '\n');
}

static bool has_enough(const consume_state *self) {
    uint64_t max = (uint64_t)self->options->record_count_max;
    return max != 0 && self->record_count >= max;
}

/* How many records may still be taken in one go. */
static uint32_t room(const consume_state *self) {
    uint64_t max = (uint64_t)self->options->record_count_max;
    if (max == 0 || max - self->record_count > POLL_RECORDS) return POLL_RECORDS;
    return (uint32_t)(max - self->record_count);
}

/* False when nobody reads the output any more. */
static bool print_records(consume_state *self, uint32_t count) {
    if (count == 0) return true;
    pw_buf_clear(&self->out);
    for (uint32_t i = 0; i < count; i++) {
        if (self->is_jsonl)
            record_print(self->topic, &self->records[i], &self->out);
        else
            print_text(&self->records[i], &self->out);
    }
    self->record_count += count;
    fwrite(self->out.data, 1, self->out.length, stdout);
    return fflush(stdout) == 0;
}

/* Is the other end of a pipe closed? `consume | head` must end even if no further record comes
 * whose printing would fail. */
static bool is_output_gone(void) {
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/* --- alone: a reader per partition ------------------------------------------------------------ */

static void on_wake(void *opaque) {
    consume_state *self = opaque;
    pthread_mutex_lock(&self->lock);
    self->has_news = true;
    pthread_cond_signal(&self->news);
    pthread_mutex_unlock(&self->lock);
}

static void wait_for_news(consume_state *self) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_mutex_lock(&self->lock);
    if (!self->has_news) pthread_cond_timedwait(&self->news, &self->lock, &until);
    self->has_news = false;
    pthread_mutex_unlock(&self->lock);
}

typedef struct partition_state {
    pw_reader *reader;
    int64_t end; /* with --until-end: one past the last record to print */
} partition_state;

static pw_status open_readers(consume_state *self, partition_state *partitions, int32_t count,
                              pw_error *err) {
    const consume_options *options = self->options;
    bool is_from_beginning = options->is_from_beginning || options->is_until_end;
    for (int32_t i = 0; i < count; i++) {
        int64_t low;
        if (options->is_until_end)
            PW_TRY(pw_topic_offsets(self->cluster.broker, self->topic, i, &low, &partitions[i].end,
                                    err));
        pw_reader_spec spec = {
            .topic = self->topic,
            .partition = i,
            .offset = is_from_beginning ? PW_OFFSET_EARLIEST : PW_OFFSET_LATEST,
            .wants_headers = true,
            .wake = on_wake,
            .opaque = self,
        };
        PW_TRY(pw_reader_open(self->cluster.broker, &spec, &partitions[i].reader, err));
    }
    return PW_OK;
}

/* Records at or beyond the end came after the command began: they are left. */
static uint32_t cut_at_end(const consume_state *self, const partition_state *partition,
                           uint32_t count) {
    if (!self->options->is_until_end) return count;
    uint32_t kept = 0;
    while (kept < count && self->records[kept].offset < partition->end)
        kept++;
    return kept;
}

static bool is_at_end(const partition_state *partition) {
    return pw_reader_position(partition->reader) >= partition->end ||
           pw_reader_is_at_end(partition->reader);
}

static pw_status read_alone(consume_state *self, partition_state *partitions, int32_t count,
                            pw_error *err) {
    while (!signals_came()) {
        bool has_any = false, is_over = self->options->is_until_end;
        for (int32_t i = 0; i < count; i++) {
            uint32_t taken = 0;
            if (self->options->is_until_end && is_at_end(&partitions[i])) continue;
            PW_TRY(pw_reader_poll(partitions[i].reader, self->records, room(self), &taken, err));
            has_any |= taken > 0;
            taken = cut_at_end(self, &partitions[i], taken);
            if (!print_records(self, taken) || has_enough(self)) return PW_OK;
            if (self->options->is_until_end && !is_at_end(&partitions[i])) is_over = false;
        }
        if (is_over) return PW_OK;
        if (!has_any && is_output_gone()) return PW_OK;
        if (!has_any) wait_for_news(self);
    }
    return PW_OK;
}

static int consume_alone(consume_state *self) {
    pw_error err = {0};
    pw_topic_info info;
    pw_arena *arena = &self->cluster.arena;
    if (pw_topic_describe(self->cluster.broker, arena, self->topic, &info, &err) != PW_OK)
        return say_error_at_start("consume", &err);
    partition_state *partitions =
        PW_NEW_ARRAY(arena, partition_state, (size_t)info.partition_count);
    int exit_status = EXIT_WELL;
    if (open_readers(self, partitions, info.partition_count, &err) != PW_OK)
        exit_status = say_error_at_start("consume", &err);
    else if (read_alone(self, partitions, info.partition_count, &err) != PW_OK)
        exit_status = say_error("consume", &err);
    for (int32_t i = 0; i < info.partition_count; i++)
        pw_reader_close(partitions[i].reader);
    return exit_status;
}

/* --- as a member of a group ------------------------------------------------------------------- */

static void on_rebalance(void *opaque, bool is_assigned, pw_str topic, const int32_t *partitions,
                         size_t partition_count) {
    consume_state *self = opaque;
    pw_buf list;
    pw_buf_init(&list);
    for (size_t i = 0; i < partition_count; i++)
        pw_buf_format(&list, "%s%d", i ? ", " : "", partitions[i]);
    say("group %s: %s %s %s of topic %.*s", self->options->group, is_assigned ? "got" : "lost",
        partition_count == 0   ? "no"
        : partition_count == 1 ? "partition"
                               : "partitions",
        partition_count ? pw_buf_cstr(&list) : "partition", PW_STR_ARGS(topic));
    pw_buf_deinit(&list);
}

static pw_status read_as_member(consume_state *self, pw_group *group, pw_error *err) {
    enum { COMMIT_INTERVAL_MS = 1000 };
    int64_t committed_ns = pw_clock_mono_ns();
    while (!signals_came()) {
        uint32_t count = 0;
        PW_TRY(pw_group_poll(group, WAIT_MS, self->records, room(self), &count, err));
        if (!print_records(self, count) || has_enough(self)) break;
        if (count == 0 && is_output_gone()) break;
        if (count == 0 && self->options->is_until_end && pw_group_is_at_end(group)) break;
        if (pw_clock_mono_ns() - committed_ns < COMMIT_INTERVAL_MS * INT64_C(1000000)) continue;
        PW_TRY(pw_group_commit(group, err));
        committed_ns = pw_clock_mono_ns();
    }
    return pw_group_commit(group, err);
}

static int consume_in_group(consume_state *self) {
    pw_error err = {0};
    pw_group *group;
    const consume_options *options = self->options;
    bool is_from_beginning = options->is_from_beginning || options->is_until_end;
    pw_status status = pw_group_join(self->cluster.broker, self->topic, pw_str_from(options->group),
                                     is_from_beginning, on_rebalance, self, &group, &err);
    if (status != PW_OK) return say_error_at_start("consume", &err);
    status = read_as_member(self, group, &err);
    int exit_status = status == PW_OK ? EXIT_WELL : say_error("consume", &err);
    pw_group_leave(group);
    return exit_status;
}

/* --- the command ------------------------------------------------------------------------------ */

static int run(const void *given) {
    static consume_state state; /* large, and there is one */
    consume_state *self = &state;
    self->options = given;
    self->topic = pw_str_from(self->options->common.words[0]);
    self->is_jsonl = strcmp(self->options->output, "jsonl") == 0;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->news, NULL);
    pw_buf_init(&self->out);
    signals_catch(NULL);
    int exit_status = cluster_open(&self->cluster, &command_consume, &self->options->common, false);
    if (exit_status == EXIT_WELL) {
        exit_status = self->options->group ? consume_in_group(self) : consume_alone(self);
        cluster_close(&self->cluster);
        if (exit_status == EXIT_WELL)
            say("%" PRIu64 " record%s of topic %.*s", self->record_count,
                plural(self->record_count), PW_STR_ARGS(self->topic));
    }
    pw_buf_deinit(&self->out);
    return say_end_of_output(exit_status);
}

const command command_consume = {
    .name = "consume",
    .arguments = "TOPIC [options]",
    .summary = "print the records of a topic",
    .details = "Without options: the records that come from now on, until Ctrl-C. Text output\n"
               "has partition, offset, timestamp, key, value and headers between tabs; bytes\n"
               "that cannot be shown are \\xNN. With --output jsonl each record is a line that\n"
               "`pitwall produce` takes back unchanged.\n"
               "Members of a --group share the partitions, whichever process or machine they are\n"
               "in, and say on stderr which they got and lost. What was printed is committed\n"
               "once a second and at the end.",
    .examples = "pitwall consume race-results --from-beginning --max 5\n"
                "pitwall consume STANDINGS --until-end --output jsonl\n"
                "pitwall consume laps --group dashboards",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 1,
    .word_count_max = 1,
    .options_bytes = sizeof(consume_options),
    .run = run,
};
