/* pitwall datagen: race seasons to try queries on. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "cluster.h"
#include "display.h"
#include "race_records.h"
#include "say.h"

typedef struct datagen_options {
    common_options common;
    int64_t season_count;
    int64_t first_season;
    int64_t seed;
    int64_t rate;
    int64_t partition_count;
    const char *topics;
} datagen_options;

#define FIELD(field) .field_offset = offsetof(datagen_options, field)
static const option_row option_rows[] = {
    {"seasons", OPTION_NUMBER, "N", "how many seasons of 20 races; 0: on and on, until Ctrl-C",
     FIELD(season_count), .number_default = 1},
    {"first-season", OPTION_NUMBER, "YEAR", "the year of the first one; 2025 if not given",
     FIELD(first_season), .number_default = 2025, .number_lowest = 1970},
    {"seed", OPTION_NUMBER, "N", "the same seed makes the same races; 1 if not given", FIELD(seed),
     .number_default = 1},
    {"rate", OPTION_NUMBER, "N", "records per second; as fast as possible if not given",
     FIELD(rate)},
    {"partitions", OPTION_NUMBER, "N", "of the topics that are created", FIELD(partition_count),
     .number_lowest = 1},
    {"topics", OPTION_TEXT, "LIST", "only these, with commas between; all if not given",
     FIELD(topics)},
};
#undef FIELD

enum { BATCH_RECORDS = 512, SEASON_YEAR_MAX = 9999 };

typedef struct datagen_state {
    const datagen_options *options;
    cluster cluster;
    pw_producer *producer;
    pw_topic_handle *handles[RACE_TOPIC_COUNT];
    uint64_t counts[RACE_TOPIC_COUNT];
    uint64_t record_count;
    race_sink sink;
    pw_outgoing batch[BATCH_RECORDS];
    size_t key_ats[BATCH_RECORDS], value_ats[BATCH_RECORDS];
    size_t batch_count;
    pw_buf bytes;
    int64_t started_ns;
    uint64_t races_done, races_total;
    pw_error err;
    race_season season;
    race_day race;
} datagen_state;

/* --- sending ---------------------------------------------------------------------------------- */

static void wait_for_rate(const datagen_state *self) {
    if (self->options->rate == 0) return;
    int64_t due_ns = (int64_t)((double)self->record_count / (double)self->options->rate * 1e9);
    while (!signals_came()) {
        int64_t early_ms = (due_ns - (pw_clock_mono_ns() - self->started_ns)) / 1000000;
        if (early_ms <= 0) return;
        pw_producer_poll(self->producer, (int)(early_ms < 100 ? early_ms : 100));
        if (early_ms > 1) pw_clock_sleep_ms(early_ms < 20 ? early_ms : 20);
    }
}

static void show_progress(const datagen_state *self, bool is_last) {
    display_state state = {
        .label = "datagen", .unit = "races", .done = self->races_done, .total = self->races_total};
    display_update(&state, 1, is_last);
}

static bool send_batch(datagen_state *self) {
    size_t done = 0;
    for (size_t i = 0; i < self->batch_count; i++) {
        self->batch[i].key = self->bytes.data + self->key_ats[i];
        self->batch[i].value = self->bytes.data + self->value_ats[i];
    }
    while (done < self->batch_count) {
        size_t sent = 0;
        if (pw_producer_send(self->producer, self->batch + done, self->batch_count - done, &sent,
                             &self->err) != PW_OK)
            return false;
        done += sent;
        if (done < self->batch_count) pw_producer_poll(self->producer, 100);
    }
    pw_producer_poll(self->producer, 0);
    self->record_count += self->batch_count;
    self->batch_count = 0;
    pw_buf_clear(&self->bytes);
    show_progress(self, false);
    wait_for_rate(self);
    return !signals_came();
}

/* Small steps at a small rate, so that records come evenly and not in heaps. */
static size_t batch_limit(const datagen_state *self) {
    int64_t rate = self->options->rate;
    if (rate == 0 || rate / 20 >= BATCH_RECORDS) return BATCH_RECORDS;
    return rate < 20 ? 1 : (size_t)(rate / 20);
}

static bool take(void *opaque, race_topic topic, const char *key, pw_str value,
                 int64_t timestamp_ms) {
    datagen_state *self = opaque;
    size_t i = self->batch_count++;
    self->key_ats[i] = self->bytes.length;
    pw_buf_add(&self->bytes, key, strlen(key));
    self->value_ats[i] = self->bytes.length;
    pw_buf_add_str(&self->bytes, value);
    self->batch[i] = (pw_outgoing){
        .topic = self->handles[topic],
        .partition = -1,
        .key_length = strlen(key),
        .value_length = value.length,
        .timestamp_ms = timestamp_ms,
    };
    self->counts[topic]++;
    return self->batch_count < batch_limit(self) || send_batch(self);
}

/* --- topics ----------------------------------------------------------------------------------- */

static bool choose_topic(race_sink *sink, pw_str name) {
    pw_str names[RACE_TOPIC_COUNT];
    for (size_t i = 0; i < RACE_TOPIC_COUNT; i++) {
        names[i] = pw_str_from(race_topic_rows[i].name);
        if (!pw_str_equal(names[i], name)) continue;
        sink->is_wanted[i] = true;
        return true;
    }
    pw_str nearest = pw_nearest(name, names, RACE_TOPIC_COUNT);
    say_wrong("datagen", "it makes no topic \"%.*s\"", PW_STR_ARGS(name));
    if (nearest.length)
        say_hint("did you mean %.*s?", PW_STR_ARGS(nearest));
    else
        say_hint("`pitwall help datagen` lists its topics");
    return false;
}

static bool choose_topics(race_sink *sink, const char *list) {
    for (size_t i = 0; i < RACE_TOPIC_COUNT; i++)
        sink->is_wanted[i] = !list;
    while (list && *list) {
        size_t length = strcspn(list, ",");
        if (!choose_topic(sink, pw_str_trim((pw_str){list, length}))) return false;
        list += length;
        if (*list) list++;
    }
    return true;
}

/* Races that are run twice count twice: who calls it again by mistake should know. */
static void warn_of_records(datagen_state *self, pw_str name, int32_t partition_count) {
    pw_error ignored;
    int64_t sum = 0;
    for (int32_t i = 0; i < partition_count; i++) {
        int64_t low, high;
        pw_broker *broker = self->cluster.broker;
        if (pw_topic_offsets(broker, name, i, &low, &high, &ignored) == PW_OK) sum += high - low;
    }
    if (sum)
        say("topic %.*s has records already, the new ones come behind them", PW_STR_ARGS(name));
}

static int open_topics(datagen_state *self) {
    if (pw_producer_open(self->cluster.broker, NULL, NULL, &self->producer, &self->err) != PW_OK)
        return say_error_at_start("datagen", &self->err);
    for (size_t i = 0; i < RACE_TOPIC_COUNT; i++) {
        if (!self->sink.is_wanted[i]) continue;
        const race_topic_row *row = &race_topic_rows[i];
        pw_str name = pw_str_from(row->name);
        int32_t partition_count;
        int exit_status = cluster_make_topic(&self->cluster, name, self->options->partition_count,
                                             row->is_table, true);
        if (exit_status != EXIT_WELL) return exit_status;
        if (pw_producer_topic(self->producer, name, &self->handles[i], &partition_count,
                              &self->err) != PW_OK)
            return say_error_at_start("datagen", &self->err);
        if (!row->is_table) warn_of_records(self, name, partition_count);
    }
    return EXIT_WELL;
}

/* --- seasons ---------------------------------------------------------------------------------- */

/* False when it was stopped, by a signal or by an error. */
static bool make_seasons(datagen_state *self) {
    const datagen_options *options = self->options;
    /* Tables are older than every event: joined by time they are always found. */
    season_begin(&self->season, (int)options->first_season);
    season_race(&self->season, 1, &self->race);
    int64_t tables_ms = self->race.start_ms - INT64_C(30) * 24 * 3600 * 1000;
    if (!race_emit_tables(&self->season, &self->sink, tables_ms > 0 ? tables_ms : 0)) return false;
    for (int64_t i = 0; options->season_count == 0 || i < options->season_count; i++) {
        int64_t year = options->first_season + i;
        if (year > SEASON_YEAR_MAX) break;
        season_begin(&self->season, (int)year);
        for (int round = 1; round <= SEASON_ROUNDS; round++) {
            season_race(&self->season, round, &self->race);
            if (!race_emit(&self->season, &self->race, &self->sink)) return false;
            self->races_done++;
        }
    }
    return send_batch(self);
}

static int generate(datagen_state *self) {
    int exit_status = open_topics(self);
    if (exit_status != EXIT_WELL) return exit_status;
    self->started_ns = pw_clock_mono_ns();
    display_begin();
    make_seasons(self);
    pw_error late = {0};
    if (pw_producer_flush(self->producer, -1, &late) != PW_OK && self->err.status == PW_OK)
        self->err = late;
    show_progress(self, true);
    display_end();
    double seconds = (double)(pw_clock_mono_ns() - self->started_ns) / 1e9;
    if (self->err.status != PW_OK) exit_status = say_error("datagen", &self->err);
    for (size_t i = 0; i < RACE_TOPIC_COUNT; i++)
        if (self->counts[i])
            printf("%-14s %10" PRIu64 "  %s\n", race_topic_rows[i].name, self->counts[i],
                   race_topic_rows[i].doc);
    say("%" PRIu64 " records of %" PRIu64 " races in %.1f s", self->record_count, self->races_done,
        seconds);
    return exit_status;
}

static int run(const void *given) {
    static datagen_state state; /* large, and there is one */
    datagen_state *self = &state;
    self->options = given;
    self->sink.take = take;
    self->sink.opaque = self;
    if (!choose_topics(&self->sink, self->options->topics)) return EXIT_USER;
    if (self->options->first_season > SEASON_YEAR_MAX) {
        say_wrong("datagen", "--first-season cannot be beyond %d", SEASON_YEAR_MAX);
        return EXIT_USER;
    }
    self->races_total = (uint64_t)self->options->season_count * SEASON_ROUNDS;
    season_init(&self->season, (uint64_t)self->options->seed);
    pw_buf_init(&self->bytes);
    signals_catch(NULL);
    int exit_status = cluster_open(&self->cluster, &command_datagen, &self->options->common, true);
    if (exit_status == EXIT_WELL) {
        exit_status = generate(self);
        pw_producer_close(self->producer);
        cluster_close(&self->cluster);
    }
    pw_buf_deinit(&self->bytes);
    return say_end_of_output(exit_status);
}

const command command_datagen = {
    .name = "datagen",
    .arguments = "[options]",
    .summary = "make race seasons: drivers, results, laps, pit stops",
    .details = "Invented drivers race 20 times a year; each race is simulated lap by lap, so\n"
               "results, laps, stops and fastest laps agree with each other. The topics are made\n"
               "if there are none:\n"
               "  drivers, constructors, circuits   tables by id\n"
               "  tpc-race-data                     a race each, nested\n"
               "  qualifying, race-results          per driver and race\n"
               "  laps, pit-stops, fastest-laps     per driver\n"
               "Timestamps are those of the races: --first-season says when. The points of a race\n"
               "are 25, 18, 15, 12, 10, 8, 6, 4, 2 and 1.",
    .examples = "pitwall datagen\n"
                "pitwall datagen --seasons 10 --first-season 2016 --partitions 6\n"
                "pitwall datagen --seasons 0 --rate 200 --topics laps,pit-stops",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 0,
    .word_count_max = 0,
    .options_bytes = sizeof(datagen_options),
    .run = run,
};
