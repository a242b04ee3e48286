/* One run of a golden file in one way: a data folder of its own, an engine on it, and a second
 * connection to its topics that sends and reads. SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "golden.h"
#include "golden_private.h"

enum { WAIT_MS = 30000 };

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *ftw) {
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static bool open_engine(run *self) {
    const golden_way *way = self->way;
    const pitwall_setting settings[] = {
        {"batch.rows", way->batch_rows, "golden"},
        {"emit.every.update", way->every_update, "golden"},
        {"worker.threads", way->workers, "golden"},
        {"log.level", "error", "golden"},
    };
    pitwall_options options = {.data_folder = self->folder,
                               .settings = settings,
                               .setting_count = sizeof settings / sizeof *settings};
    if (pitwall_open(&options, &self->engine, &self->failure) == PITWALL_OK) return true;
    fputs(self->failure.message, stderr);
    return false;
}

/* For steps that fail where nothing should. */
bool run_complain(const run *self, const block *b, const char *message) {
    size_t length = strlen(message);
    bool has_end = length > 0 && message[length - 1] == '\n';
    fprintf(stderr, "%s:%d: (%s) %s%s", self->file->path, b->line, self->way->name, message,
            has_end ? "" : "\n");
    return false;
}

bool run_settle(run *self, const block *b) {
    pitwall_error err;
    if (pitwall_wait(self->engine, PITWALL_UNTIL_END, WAIT_MS, &err) == PITWALL_OK) return true;
    return run_complain(self, b, err.message);
}

static bool restart(run *self, const block *b) {
    if (!self->way->restarts) return true;
    if (!run_settle(self, b)) return false;
    pitwall_close(self->engine);
    self->engine = NULL;
    if (!open_engine(self)) return false;
    pitwall_error err;
    const char *sql = pw_buf_cstr(&self->replay);
    if (pitwall_execute(self->engine, sql, NULL, NULL, NULL, &err) == PITWALL_OK) return true;
    return run_complain(self, b, err.message);
}

/* --- steps ------------------------------------------------------------------------------------ */

static bool execute(run *self, const block *b, pw_str sql) {
    pitwall_error err;
    const char *text = pw_arena_cstr(&self->arena, sql);
    if (pitwall_execute(self->engine, text, NULL, NULL, NULL, &err) != PITWALL_OK)
        return run_complain(self, b, err.message);
    bool is_once = strcasestr(text, "INSERT INTO") && strcasestr(text, "VALUES");
    if (!is_once) pw_buf_add_str(&self->replay, sql);
    return restart(self, b);
}

static bool make_topic(run *self, const block *b) {
    pw_str rest = b->argument;
    pw_topic_spec spec = {.name = take_word(&rest), .retention_ms = -1};
    int64_t partitions = self->way->partitions;
    if (pw_str_equal(take_word(&rest), PW_STR("partitions")))
        pw_str_to_i64(take_word(&rest), &partitions);
    spec.partition_count = (int32_t)partitions;
    if (pw_topic_create(self->topics.broker, &spec, &self->err) == PW_OK) return true;
    return run_complain(self, b, self->err.message);
}

/* Where the engine is restarted the records come in two halves. */
static bool send(run *self, const block *b) {
    size_t from = 0, sent = 1, at_once = SIZE_MAX;
    if (self->way->restarts) {
        lines all = {.arena = &self->arena};
        lines_add_text(&all, b->body);
        at_once = (all.count + 1) / 2;
    }
    while (sent > 0) {
        if (golden_send(&self->topics, b->argument, b->body, from, at_once, &sent) != PW_OK)
            return run_complain(self, b, self->err.message);
        from += sent;
        if (sent > 0 && !restart(self, b)) return false;
        if (at_once == SIZE_MAX) break;
    }
    return run_settle(self, b);
}

static bool run_program(run *self, const block *b, pw_str command) {
    char *arguments[32] = {NULL};
    size_t count = 0;
    arguments[count++] = pw_arena_cstr(&self->arena, pw_str_from(self->options->pitwall));
    for (pw_str word; (word = take_word(&command)).length > 0 && count < 31;)
        arguments[count++] = pw_arena_cstr(&self->arena, word);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(127);
        execv(arguments[0], arguments);
        _exit(127);
    }
    int status;
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
        WEXITSTATUS(status) == 0)
        return true;
    return run_complain(self, b, "the program failed");
}

static bool datagen(run *self, const block *b) {
    pw_str command = pw_arena_format(&self->arena, "datagen --data %s --partitions %d %.*s",
                                     self->folder, self->way->partitions, PW_STR_ARGS(b->argument));
    return run_program(self, b, command);
}

static bool load(run *self, const block *b) {
    if (!make_topic(self, b)) return false;
    pw_str command = pw_arena_format(&self->arena, "produce %.*s --data %s --file %s/%.*s.jsonl",
                                     PW_STR_ARGS(b->argument), self->folder, self->options->data,
                                     PW_STR_ARGS(b->argument));
    return run_program(self, b, command);
}

static bool run_script_file(run *self, const block *b) {
    pw_str path =
        pw_arena_format(&self->arena, "%s/%.*s", self->options->root, PW_STR_ARGS(b->argument));
    golden_file script;
    bool is_ok = golden_text_read(&script, path.data) && execute(self, b, script.text) &&
                 run_settle(self, b);
    golden_file_close(&script);
    return is_ok;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool step(run *self, block *b) {
    switch (b->kind) {
    case BLOCK_TOPIC: return make_topic(self, b);
    case BLOCK_STATEMENT_OK: return execute(self, b, b->body);
    case BLOCK_SCRIPT: return run_script_file(self, b);
    case BLOCK_SEND: return send(self, b);
    case BLOCK_LOAD: return load(self, b);
    case BLOCK_DATAGEN: return datagen(self, b);
    case BLOCK_STATEMENT_ERROR:
    case BLOCK_EXPECT_RECORDS:
    case BLOCK_EXPECT_CHANGES:
    case BLOCK_EXPECT_WINDOWS:
    case BLOCK_EXPECT_TABLE:
    case BLOCK_EXPECT_ERRORS:
    case BLOCK_QUERY:
    case BLOCK_EXPLAIN: break;
    }
    return run_check(self, b);
}

static bool start(run *self) {
    const char *base = getenv("TMPDIR");
    snprintf(self->folder, sizeof self->folder, "%s/pitwall-golden-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(self->folder)) {
        perror(self->folder);
        return false;
    }
    pw_broker_config config = {.local_path =
                                   pw_arena_format(&self->arena, "%s/topics.db", self->folder)};
    if (pw_broker_open(&config, &self->topics.broker, &self->err) == PW_OK) return true;
    fprintf(stderr, "%s\n", self->err.message);
    return false;
}

bool golden_run(golden_file *file, const golden_way *way, const golden_options *options) {
    run *self = calloc(1, sizeof *self);
    *self = (run){.file = file, .way = way, .options = options};
    pw_arena_init(&self->arena, 0);
    pw_buf_init(&self->replay);
    self->topics.arena = &self->arena;
    self->topics.err = &self->err;
    bool is_ok = start(self) && open_engine(self);
    bool has_passed = is_ok;
    for (block *b = file->first; is_ok && b; b = b->next) {
        bool is_check = b->expected_start > 0;
        bool passed = step(self, b);
        has_passed = has_passed && passed;
        is_ok = passed || is_check; /* after a difference the rest is still of interest */
    }
    pitwall_close(self->engine);
    if (self->topics.broker) pw_broker_close(self->topics.broker);
    nftw(self->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    pw_buf_deinit(&self->replay);
    pw_arena_deinit(&self->arena);
    free(self);
    return has_passed;
}
