/* pitwall produce: lines in, records out. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cluster.h"
#include "display.h"
#include "latency.h"
#include "lines.h"
#include "record_json.h"
#include "say.h"

typedef struct produce_options {
    common_options common;
    const char *file;
    const char *key_separator;
    bool is_raw;
    bool is_verbose;
    bool has_report;
    bool may_create;
    int64_t partition_count;
} produce_options;

#define FIELD(field) .field_offset = offsetof(produce_options, field)
static const option_row option_rows[] = {
    {"file", OPTION_TEXT, "FILE", "read this file; \"-\" or nothing is stdin", FIELD(file)},
    {"raw", OPTION_FLAG, NULL, "each line is a value as it stands, without a key", FIELD(is_raw)},
    {"key-separator", OPTION_TEXT, "TEXT",
     "with --raw: what stands before the first TEXT of a line is its key", FIELD(key_separator)},
    {"verbose", OPTION_FLAG, NULL, "print partition and offset of each record", FIELD(is_verbose)},
    {"report", OPTION_FLAG, NULL,
     "print rate, latencies until the acknowledgement, and the settings in force",
     FIELD(has_report)},
    {"create", OPTION_FLAG, NULL, "create the topic if there is none", FIELD(may_create)},
    {"partitions", OPTION_NUMBER, "N", "with --create: partitions of the topic",
     FIELD(partition_count), .number_lowest = 1},
};
#undef FIELD

enum { BATCH_RECORDS = 512, BATCH_BYTES = 4 << 20 };

/* What the acknowledgement of one record needs; only made for --verbose and --report. */
typedef struct delivery {
    int64_t sent_ns;
    uint64_t line;
} delivery;

typedef struct produce_state {
    const produce_options *options;
    cluster cluster;
    pw_str topic;
    pw_producer *producer;
    pw_topic_handle *handle;
    lines_reader lines;
    const char *file_name;
    pw_arena arena_batch;
    pw_buf bytes;
    record_line batch[BATCH_RECORDS];
    uint64_t batch_lines[BATCH_RECORDS];
    size_t batch_count;
    latency latency;
    int64_t started_ns;
    uint64_t failed_count;
    char failed_reason[256];
    uint64_t failed_line;
} produce_state;

/* --- sending ---------------------------------------------------------------------------------- */

static void on_delivery(void *opaque, pw_status status, const char *reason, int32_t partition,
                        int64_t offset, void *record_opaque) {
    produce_state *self = opaque;
    delivery *sent = record_opaque;
    if (status != PW_OK) {
        if (self->failed_count++ == 0) {
            snprintf(self->failed_reason, sizeof self->failed_reason, "%s", reason ? reason : "");
            self->failed_line = sent ? sent->line : 0;
        }
    } else if (sent) {
        latency_add(&self->latency, pw_clock_mono_ns() - sent->sent_ns);
        if (self->options->is_verbose)
            printf("line %" PRIu64 ": partition %d, offset %" PRId64 "\n", sent->line, partition,
                   offset);
    }
    pw_mem_free(sent);
}

static void make_outgoing(produce_state *self, size_t i, pw_outgoing *out) {
    const record_line *line = &self->batch[i];
    const char *bytes = self->bytes.data ? self->bytes.data : "";
    *out = (pw_outgoing){
        .topic = self->handle,
        .partition = -1,
        .key = line->has_key ? bytes + line->key_at : NULL,
        .key_length = line->key_length,
        .value = line->has_value ? bytes + line->value_at : NULL,
        .value_length = line->value_length,
        .timestamp_ms = line->timestamp_ms,
        .headers = line->headers,
    };
    if (!self->options->is_verbose && !self->options->has_report) return;
    delivery *sent = pw_mem_alloc(sizeof *sent);
    *sent = (delivery){.sent_ns = pw_clock_mono_ns(), .line = self->batch_lines[i]};
    out->opaque = sent;
}

static pw_status send_batch(produce_state *self, pw_error *err) {
    pw_outgoing records[BATCH_RECORDS];
    for (size_t i = 0; i < self->batch_count; i++)
        make_outgoing(self, i, &records[i]);
    size_t done = 0;
    while (done < self->batch_count) {
        size_t sent = 0;
        pw_status status =
            pw_producer_send(self->producer, records + done, self->batch_count - done, &sent, err);
        done += sent;
        if (status != PW_OK) {
            for (; done < self->batch_count; done++)
                pw_mem_free(records[done].opaque);
            self->batch_count = 0;
            return status;
        }
        if (done < self->batch_count) pw_producer_poll(self->producer, 100);
    }
    pw_producer_poll(self->producer, 0);
    self->batch_count = 0;
    pw_buf_clear(&self->bytes);
    pw_arena_reset(&self->arena_batch);
    return PW_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void read_raw(produce_state *self, pw_str line, record_line *out) {
    *out = (record_line){.has_value = true, .timestamp_ms = pw_clock_wall_ms()};
    const char *separator = self->options->key_separator;
    size_t at = separator ? pw_str_find(line, pw_str_from(separator)) : SIZE_MAX;
    if (at != SIZE_MAX) {
        out->has_key = true;
        out->key_at = self->bytes.length;
        out->key_length = at;
        pw_buf_add(&self->bytes, line.data, at);
        size_t skipped = at + strlen(separator);
        line = (pw_str){line.data + skipped, line.length - skipped};
    }
    out->value_at = self->bytes.length;
    out->value_length = line.length;
    pw_buf_add_str(&self->bytes, line);
}

static pw_status add_line(produce_state *self, pw_str line, pw_error *err) {
    record_line *out = &self->batch[self->batch_count];
    if (self->options->is_raw) {
        read_raw(self, line, out);
    } else {
        if (pw_str_trim(line).length == 0) return PW_OK;
        PW_TRY(record_read(&self->arena_batch, line, pw_clock_wall_ms(), &self->bytes, out, err));
    }
    self->batch_lines[self->batch_count++] = self->lines.number;
    return PW_OK;
}

static void show_progress(produce_state *self, bool is_last) {
    if (self->lines.bytes_total == 0 || self->options->is_verbose) return;
    display_state state = {.label = self->options->common.words[0],
                           .unit = "bytes",
                           .done = self->lines.bytes_done,
                           .total = self->lines.bytes_total};
    display_update(&state, 1, is_last);
}

static pw_status read_lines(produce_state *self, pw_error *err) {
    for (;;) {
        pw_str line;
        bool is_complete;
        lines_result result = lines_next(&self->lines, &line, &is_complete);
        if (result == LINES_END || signals_came()) return PW_OK;
        if (result == LINES_FAILED) {
            return pw_fail(err, PW_IO, PW_SPAN_NONE, "cannot read %s: %s", self->file_name,
                           strerror(errno));
        }
        bool is_full = self->batch_count == BATCH_RECORDS || self->bytes.length > BATCH_BYTES;
        if (result == LINES_WOULD_WAIT || is_full) {
            PW_TRY(send_batch(self, err));
            show_progress(self, false);
        }
        /* Who types lines wants to see what became of one before the next. */
        bool is_typed = result == LINES_WOULD_WAIT && self->lines.bytes_total == 0;
        if (is_typed && self->options->is_verbose) {
            PW_TRY(pw_producer_flush(self->producer, -1, err));
            fflush(stdout);
        }
        if (result == LINES_LINE) PW_TRY(add_line(self, line, err));
    }
}

/* All lines to their end. What stood before a mistake is sent all the same. */
static pw_status read_all(produce_state *self, pw_error *err) {
    pw_error late;
    pw_status status = read_lines(self, err);
    pw_status sent = send_batch(self, status == PW_OK ? err : &late);
    return status == PW_OK ? sent : status;
}

/* --- reporting -------------------------------------------------------------------------------- */

static pw_str setting_in_force(const produce_state *self, const char *name, const char *alias) {
    const pw_config *config = &self->cluster.config;
    for (size_t i = config->broker_property_count; i-- > 0;) {
        const pw_broker_property *property = &config->broker_properties[i];
        bool is_named = pw_str_equal(property->name, pw_str_from(name)) ||
                        pw_str_equal(property->name, pw_str_from(alias));
        if (property->for_producer && is_named) return property->value;
    }
    return PW_STR_EMPTY;
}

/* otherwise: what kafka/rdkafka_conf.c presets or librdkafka does when nothing is set. */
static void print_setting(const produce_state *self, const char *name, const char *alias,
                          const char *otherwise) {
    pw_str value = setting_in_force(self, name, alias);
    if (value.length)
        printf("  %-17s %.*s\n", name, PW_STR_ARGS(value));
    else
        printf("  %-17s %s (default)\n", name, otherwise);
}

static void print_report(const produce_state *self, uint64_t count, double seconds) {
    static const struct {
        const char *name;
        double part;
    } rows[] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};
    printf("records             %" PRIu64 "\n", count);
    printf("seconds             %.3f\n", seconds);
    printf("records per second  %.0f\n", seconds > 0 ? (double)count / seconds : 0);
    printf("latency from sending to acknowledgement, in milliseconds\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        printf("  %-17s %.3f\n", rows[i].name,
               (double)latency_percentile_ns(&self->latency, rows[i].part) / 1e6);
    printf("  %-17s %.3f\n", "max", (double)self->latency.max_ns / 1e6);
    printf("settings in force\n");
    pw_str name = pw_broker_name(self->cluster.broker);
    printf("  %-17s %.*s\n", "broker", PW_STR_ARGS(name));
    if (pw_broker_is_local(self->cluster.broker)) return;
    print_setting(self, "acks", "request.required.acks", "all");
    print_setting(self, "batch.size", "batch.size", "1000000");
    print_setting(self, "linger.ms", "queue.buffering.max.ms", "20");
    print_setting(self, "compression", "compression.type", "none");
}

static int finish(produce_state *self, pw_status status, pw_error *err) {
    int exit_status = EXIT_WELL;
    pw_error late = {0};
    pw_status flushed = pw_producer_flush(self->producer, -1, &late);
    show_progress(self, true);
    display_end();
    double seconds = (double)(pw_clock_mono_ns() - self->started_ns) / 1e9;
    uint64_t count = pw_producer_get_stats(self->producer).acknowledged;
    if (status == PW_BAD_DATA) {
        say_wrong("produce", "%s:%" PRIu64 ": %s", self->file_name, self->lines.number,
                  err->message);
        if (err->hint[0]) say_hint("%s", err->hint);
        exit_status = EXIT_USER;
    } else if (status != PW_OK) {
        exit_status = say_error("produce", err);
    }
    if (flushed != PW_OK) {
        exit_status = say_error("produce", &late);
        if (self->failed_line)
            say("the first record that failed is that of line %" PRIu64 ": %s", self->failed_line,
                self->failed_reason);
    }
    if (exit_status != EXIT_WELL)
        say("%" PRIu64 " record%s before that went to topic %.*s", count, plural(count),
            PW_STR_ARGS(self->topic));
    else if (!self->options->has_report)
        say("%" PRIu64 " record%s to topic %.*s in %.1f s", count, plural(count),
            PW_STR_ARGS(self->topic), seconds);
    if (self->options->has_report) print_report(self, count, seconds);
    return say_end_of_output(exit_status);
}

static int open_topic(produce_state *self) {
    pw_error err = {0};
    int32_t partition_count;
    if (self->options->may_create) {
        int exit_status = cluster_make_topic(&self->cluster, self->topic,
                                             self->options->partition_count, false, true);
        if (exit_status != EXIT_WELL) return exit_status;
    }
    pw_delivery_fn *callback = on_delivery;
    pw_status status =
        pw_producer_open(self->cluster.broker, callback, self, &self->producer, &err);
    if (status == PW_OK)
        status =
            pw_producer_topic(self->producer, self->topic, &self->handle, &partition_count, &err);
    if (status == PW_OK) return EXIT_WELL;
    int exit_status = say_error_at_start("produce", &err);
    if (err.status == PW_NO_TOPIC)
        say_hint("--create creates it, as does `pitwall topics create %.*s`",
                 PW_STR_ARGS(self->topic));
    return exit_status;
}

static int produce(produce_state *self) {
    int exit_status = open_topic(self);
    if (exit_status != EXIT_WELL) return exit_status;
    pw_error err = {0};
    self->started_ns = pw_clock_mono_ns();
    display_begin();
    return finish(self, read_all(self, &err), &err);
}

static int run(const void *given) {
    const produce_options *options = given;
    if (options->key_separator && (!options->is_raw || !options->key_separator[0])) {
        say_wrong("produce",
                  "--key-separator goes with --raw and a text of at least one character");
        return EXIT_USER;
    }
    if (options->partition_count && !options->may_create) {
        say_wrong("produce", "--partitions goes with --create");
        return EXIT_USER;
    }
    produce_state *self = pw_mem_zalloc(1, sizeof *self);
    self->options = options;
    self->topic = pw_str_from(options->common.words[0]);
    bool is_stdin = !options->file || strcmp(options->file, "-") == 0;
    self->file_name = is_stdin ? "stdin" : options->file;
    int exit_status = EXIT_USER;
    signals_catch(NULL);
    if (!lines_open(&self->lines, options->file)) {
        say_wrong("produce", "cannot open %s: %s", self->file_name, strerror(errno));
    } else {
        pw_arena_init(&self->arena_batch, 0);
        exit_status =
            cluster_open(&self->cluster, &command_produce, &options->common, options->may_create);
        if (exit_status == EXIT_WELL) {
            exit_status = produce(self);
            pw_producer_close(self->producer);
            cluster_close(&self->cluster);
        }
        lines_close(&self->lines);
        pw_arena_deinit(&self->arena_batch);
        pw_buf_deinit(&self->bytes);
    }
    pw_mem_free(self);
    return exit_status;
}

const command command_produce = {
    .name = "produce",
    .arguments = "TOPIC [options]",
    .summary = "send lines of a file or of stdin as records",
    .details =
        "Each line is a record as JSON:\n"
        "  {\"key\": \"hamilton\", \"timestamp\": 1496588400000, \"value\": {\"points\": 25.0},\n"
        "   \"headers\": {\"source\": \"live\"}}\n"
        "A string is sent as its characters; an object or array as its own text without\n"
        "white space between tokens, numbers and the order of members kept; null is no\n"
        "key, or no value (a tombstone). Without a timestamp a record gets the present\n"
        "time; null stands for a time before 1970, which Kafka cannot carry, and is sent\n"
        "as 0, as negative numbers are. Headers may also be [[\"name\", \"value\"], ...].\n"
        "topic, partition and offset, which `pitwall consume --output jsonl` prints, are\n"
        "skipped. A line that cannot be read ends the command with its number; what\n"
        "stood before it is sent.",
    .examples = "pitwall produce race-results --file race-results.jsonl --create --partitions 6\n"
                "pitwall consume old --until-end --output jsonl | pitwall produce new\n"
                "echo 'hamilton|44' | pitwall produce numbers --raw --key-separator '|'\n"
                "pitwall produce laps --file laps.jsonl --report --set acks=1 --set linger.ms=20",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 1,
    .word_count_max = 1,
    .options_bytes = sizeof(produce_options),
    .run = run,
};
