/* pitwall run: query files, with what they do shown while they do it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cluster.h"
#include "display.h"
#include "engine.h"
#include "output.h"
#include "say.h"
#include "text_file.h"

typedef struct run_options {
    common_options common;
    bool is_until_end;
    bool is_json;
} run_options;

#define FIELD(field) .field_offset = offsetof(run_options, field)
static const option_row option_rows[] = {
    {"until-end", OPTION_FLAG, NULL,
     "read every input to its present end, commit, print a summary and stop", FIELD(is_until_end)},
    {"json", OPTION_FLAG, NULL, "answers and summary as JSON lines, no progress", FIELD(is_json)},
};
#undef FIELD

enum {
    QUERIES_SHOWN_MAX = 256,
    BARS_MAX = 12,
    SHOW_INTERVAL_MS = 100,
    NOTHING_SEEN_MIN = 10, /* a second without a result is worth a word, the start is not */
};

typedef struct run_state {
    const run_options *options;
    pitwall *engine;
    int64_t started_ns;
    pthread_t shower;
    atomic_bool is_over;
    pitwall_query_progress entries[QUERIES_SHOWN_MAX];
    bool is_told[QUERIES_SHOWN_MAX];     /* a failure or a reason for nothing was shown */
    int nothing_seen[QUERIES_SHOWN_MAX]; /* how often in a row there was a reason for nothing */
    uint64_t read_shown;
    int64_t first_ms; /* wall clock when the first record was seen; for PITWALL_BENCH */
    int64_t first_ns, last_ns;
} run_state;

/* For the signal handler. NULL while there is nothing to stop. */
static pitwall *_Atomic engine_to_stop;

static void stop_engine(void) {
    pitwall *engine = atomic_load(&engine_to_stop);
    if (engine) pitwall_stop(engine);
}

/* --- showing ---------------------------------------------------------------------------------- */

static size_t read_progress(run_state *self) {
    size_t count = pitwall_progress(self->engine, self->entries, QUERIES_SHOWN_MAX);
    return count < QUERIES_SHOWN_MAX ? count : QUERIES_SHOWN_MAX;
}

static void show_bars(run_state *self, size_t count, bool is_last) {
    display_state states[BARS_MAX];
    uint64_t read = 0;
    int state_count = 0;
    for (size_t i = 0; i < count; i++) {
        const pitwall_query_progress *entry = &self->entries[i];
        read += entry->records_read;
        if (state_count == BARS_MAX) continue;
        states[state_count++] = (display_state){.label = entry->sink,
                                                .unit = "records",
                                                .done = entry->records_read,
                                                .total = entry->records_total};
    }
    /* A log file needs no line that says what the last one said. */
    if (read == self->read_shown && !display_is_terminal()) return;
    display_update(states, state_count, is_last);
    self->read_shown = read;
}

static void show_news(run_state *self, size_t count, bool is_last) {
    for (size_t i = 0; i < count; i++) {
        const pitwall_query_progress *entry = &self->entries[i];
        bool has_failed = strcmp(entry->state, "FAILED") == 0;
        self->nothing_seen[i] = entry->why_nothing[0] ? self->nothing_seen[i] + 1 : 0;
        bool has_nothing = self->nothing_seen[i] >= (is_last ? 1 : NOTHING_SEEN_MIN);
        if (self->is_told[i] || (!has_failed && !has_nothing)) continue;
        self->is_told[i] = true;
        if (has_failed)
            say("%s: FAILED: %s", entry->id, entry->reason);
        else
            say("%s: %s", entry->id, entry->why_nothing);
    }
}

static void note_bench(run_state *self, size_t count) {
    uint64_t read = 0;
    for (size_t i = 0; i < count; i++)
        read += self->entries[i].records_read;
    if (read == 0) return;
    int64_t now_ns = pw_clock_mono_ns();
    if (self->first_ns == 0) {
        self->first_ns = now_ns;
        self->first_ms = pw_clock_wall_ms();
    }
    if (read != self->read_shown || self->last_ns == 0) self->last_ns = now_ns;
}

static void *show_loop(void *opaque) {
    run_state *self = opaque;
    while (!atomic_load(&self->is_over)) {
        size_t count = read_progress(self);
        note_bench(self, count);
        if (self->options->is_json) {
            self->read_shown = 0;
            for (size_t i = 0; i < count; i++)
                self->read_shown += self->entries[i].records_read;
        } else {
            show_news(self, count, false);
            show_bars(self, count, false);
        }
        pw_clock_sleep_ms(SHOW_INTERVAL_MS);
    }
    return NULL;
}

/* --- the summary ------------------------------------------------------------------------------ */

static void print_summary(run_state *self, size_t count) {
    const output_column columns[] = {
        {"query", false},      {"result", false}, {"state", false},  {"read", true},
        {"undecodable", true}, {"out", true},     {"commits", true}, {"rows", true},
    };
    enum { COLUMNS = sizeof columns / sizeof columns[0], TEXT_BYTES = 24 };
    output *out = output_open(self->options->is_json ? "jsonl" : "table", columns, COLUMNS);
    for (size_t i = 0; i < count; i++) {
        const pitwall_query_progress *entry = &self->entries[i];
        char numbers[5][TEXT_BYTES];
        const char *texts[COLUMNS] = {entry->id, entry->sink, entry->state};
        const uint64_t values[] = {entry->records_read, entry->records_undecodable, entry->rows_out,
                                   entry->commits};
        for (int j = 0; j < 4; j++) {
            snprintf(numbers[j], TEXT_BYTES, "%" PRIu64, values[j]);
            texts[3 + j] = numbers[j];
        }
        snprintf(numbers[4], TEXT_BYTES, "%" PRId64, entry->table_rows);
        if (entry->table_rows >= 0)
            texts[7] = numbers[4];
        else
            texts[7] = self->options->is_json ? NULL : "-";
        pw_buf words[3];
        const char *jsons[COLUMNS];
        for (int j = 0; j < COLUMNS; j++)
            jsons[j] = texts[j];
        for (int j = 0; j < 3; j++) {
            pw_buf_init(&words[j]);
            pw_buf_add_json_string(&words[j], pw_str_from(texts[j]));
            jsons[j] = pw_buf_cstr(&words[j]);
        }
        output_row(out, texts, jsons);
        for (int j = 0; j < 3; j++)
            pw_buf_deinit(&words[j]);
    }
    output_close(out);
}

static void say_where(const run_state *self, size_t count) {
    const char *folder = self->options->common.data_folder;
    if (!folder) folder = DATA_FOLDER_DEFAULT;
    if (strcmp(folder, ":memory:") == 0) return;
    for (size_t i = 0; i < count; i++) {
        if (self->entries[i].table_rows < 0) continue;
        say("tables are SQLite files: sqlite3 %s/%s.db", folder, self->entries[i].sink);
        return;
    }
}

static void summarise(run_state *self) {
    size_t count = read_progress(self);
    double seconds = (double)(pw_clock_mono_ns() - self->started_ns) / 1e9;
    uint64_t read = 0;
    for (size_t i = 0; i < count; i++)
        read += self->entries[i].records_read;
    if (!self->options->is_json) show_news(self, count, true);
    print_summary(self, count);
    if (getenv("PITWALL_BENCH") && self->first_ns) {
        printf("FIRST %" PRId64 "\n", self->first_ms);
        printf("STEADY %.3f\n", (double)(self->last_ns - self->first_ns) / 1e9);
    }
    fflush(stdout);
    if (self->options->is_json) return;
    char rate[16];
    display_number(seconds > 0 ? (double)read / seconds : 0, rate, sizeof rate);
    say("%" PRIu64 " records read in %.1f s (%s/s), everything is committed", read, seconds, rate);
    say_where(self, count);
}

/* --- running ---------------------------------------------------------------------------------- */

static void on_answer(void *opaque, const char *text, const char *json) {
    const run_state *self = opaque;
    const char *answer = self->options->is_json ? json : text;
    if (!answer || !answer[0]) return;
    size_t length = strlen(answer);
    printf("%s%s", answer, answer[length - 1] == '\n' ? "" : "\n");
    fflush(stdout);
}

static int execute_files(run_state *self, const pw_buf *texts) {
    const common_options *common = &self->options->common;
    for (size_t i = 0; i < common->word_count && !signals_came(); i++) {
        pitwall_error err = {0};
        pitwall_status status = pitwall_execute(
            self->engine, texts[i].data, text_file_name(common->words[i]), on_answer, self, &err);
        if (status != PITWALL_OK) return say_api_error(status, &err);
    }
    return EXIT_WELL;
}

static int wait_for_end(run_state *self) {
    if (read_progress(self) == 0) {
        say("no query is running: the statements define sources only, or answered at once");
        return EXIT_WELL;
    }
    if (!self->options->is_json) display_begin();
    bool is_shown = pthread_create(&self->shower, NULL, show_loop, self) == 0;
    pitwall_error err = {0};
    pitwall_until until = self->options->is_until_end ? PITWALL_UNTIL_END : PITWALL_UNTIL_STOPPED;
    /* A signal that came before there was anything to stop stops it now: with a commit. */
    if (signals_came()) pitwall_stop(self->engine);
    pitwall_status status = pitwall_wait(self->engine, until, -1, &err);
    atomic_store(&self->is_over, true);
    if (is_shown) pthread_join(self->shower, NULL);
    if (!self->options->is_json) display_end();
    if (status != PITWALL_OK) {
        print_summary(self, read_progress(self));
        fflush(stdout);
        return say_api_error(status, &err);
    }
    summarise(self);
    return EXIT_WELL;
}

static int run_files(run_state *self, const pw_buf *texts) {
    pw_arena arena;
    pw_arena_init(&arena, 0);
    signals_catch(stop_engine);
    int exit_status =
        engine_open(&arena, &command_run, &self->options->common, NULL, false, &self->engine);
    if (exit_status == EXIT_WELL) {
        atomic_store(&engine_to_stop, self->engine);
        self->started_ns = pw_clock_mono_ns();
        exit_status = execute_files(self, texts);
        if (exit_status == EXIT_WELL) exit_status = wait_for_end(self);
        atomic_store(&engine_to_stop, NULL);
        pitwall_close(self->engine);
    }
    pw_arena_deinit(&arena);
    return say_end_of_output(exit_status);
}

static int run(const void *given) {
    static run_state state; /* large, and there is one */
    state.options = given;
    const common_options *common = &state.options->common;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_buf *texts = PW_NEW_ARRAY(&arena, pw_buf, common->word_count);
    bool is_read = true;
    /* A file that is not there must not be found out about after the others have begun. */
    for (size_t i = 0; i < common->word_count && is_read; i++)
        is_read = text_file_read(&command_run, common->words[i], &texts[i]);
    int exit_status = is_read ? run_files(&state, texts) : EXIT_USER;
    for (size_t i = 0; i < common->word_count; i++)
        pw_buf_deinit(&texts[i]);
    pw_arena_deinit(&arena);
    return exit_status;
}

const command command_run = {
    .name = "run",
    .arguments = "FILE... [options]",
    .summary = "run query files: topics in, SQLite tables and topics out",
    .details =
        "Executes the statements of every file, in order (\"-\" is stdin), and runs the\n"
        "queries they define until Ctrl-C, or with --until-end until every input is read\n"
        "to its present end. A query begins with the oldest record (auto.offset.reset) and,\n"
        "run again, goes on where it committed last. Ctrl-C and SIGTERM commit and stop;\n"
        "a second one stops at once, and nothing that was committed is lost.\n"
        "Each table is a SQLite file in the data folder that any program may read while\n"
        "the query runs.",
    .examples = "pitwall run queries/standings.sql --until-end\n"
                "pitwall run standings.sql podiums.sql --set worker.threads=2\n"
                "pitwall run standings.sql --set bootstrap.servers=localhost:9092\n"
                "pitwall run standings.sql --config cluster.ini --data /var/lib/pitwall",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 1,
    .word_count_max = SIZE_MAX,
    .options_bytes = sizeof(run_options),
    .run = run,
};
