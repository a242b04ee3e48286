/* pitwall conformance: files of cases in ksqlDB's own shape, each run in an engine of its own.
 *
 * A case runs in a child process, so that one that crashes or never ends is one error and the
 * others go on. SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "conformance/judge.h"
#include "say.h"
#include "text_file.h"

enum { CASE_MS_MAX = 10000, EXIT_ALL_PASSED = 0, EXIT_SOME_FAILED = 1, EXIT_NO_RUN = 2 };

typedef struct conformance_options {
    common_options common;
    bool json, emit, list;
    option_list cases;
} conformance_options;

static const option_row rows[] = {
    {.name = "case",
     .kind = OPTION_LIST,
     .argument = "NAME",
     .doc = "only the case of that name",
     .field_offset = offsetof(conformance_options, cases)},
    {.name = "json",
     .kind = OPTION_FLAG,
     .doc = "one line of JSON per case, nothing else",
     .field_offset = offsetof(conformance_options, json)},
    {.name = "emit",
     .kind = OPTION_FLAG,
     .doc = "judge nothing: one line of JSON per case that says what happened",
     .field_offset = offsetof(conformance_options, emit)},
    {.name = "list",
     .kind = OPTION_FLAG,
     .doc = "print the names of the cases and run nothing",
     .field_offset = offsetof(conformance_options, list)},
};

typedef struct totals {
    uint64_t counts[VERDICT_UNSUPPORTED + 1];
} totals;

static pw_str member_text(const pw_json *object, const char *name) {
    const pw_json *value = pw_json_member(object, pw_str_from(name));
    return value && value->kind == PW_JSON_STRING ? value->text : PW_STR_EMPTY;
}

/* --- what happened ---------------------------------------------------------------------------- */

static void emit_topics(const world *w, pw_buf *out) {
    bool is_first = true;
    for (const kept_topic *t = w->topics; t; t = t->next) {
        if (!t->first) continue;
        if (!is_first) pw_buf_add_char(out, ',');
        is_first = false;
        pw_buf_add_json_string(out, t->name);
        pw_buf_add_literal(out, ":[");
        for (const kept_record *r = t->first; r; r = r->next) {
            if (r != t->first) pw_buf_add_char(out, ',');
            kept_record_print(t->source, r, out);
        }
        pw_buf_add_char(out, ']');
    }
}

static void emit_sources(const world *w, pw_buf *out) {
    size_t count = 0;
    const pw_source *const *sources =
        w->engine ? pw_catalog_sources(w->engine->catalog, &count) : NULL;
    pw_buf schema;
    pw_buf_init(&schema);
    for (size_t i = 0; i < count; i++) {
        const pw_source *s = sources[i];
        pw_buf_clear(&schema);
        pw_schema_print(&s->schema, false, &schema);
        pw_buf_add_str(out, i ? PW_STR(",{\"name\":") : PW_STR("{\"name\":"));
        pw_buf_add_json_string(out, s->name);
        pw_buf_format(out, ",\"type\":\"%s\",\"schema\":", s->is_table ? "table" : "stream");
        pw_buf_add_json_string(out, pw_buf_str(&schema));
        pw_buf_format(out, ",\"keyFormat\":\"%.*s\",\"valueFormat\":\"%.*s\"}",
                      PW_STR_ARGS(s->key_format.name), PW_STR_ARGS(s->value_format.name));
    }
    pw_buf_deinit(&schema);
}

static void emit(const world *w, pw_str name, pw_buf *out) {
    pw_buf_add_literal(out, "{\"name\":");
    pw_buf_add_json_string(out, name);
    pw_buf_add_literal(out, ",\"error\":");
    if (w->status == PW_OK) {
        pw_buf_add_literal(out, "null");
    } else {
        pw_buf_format(out, "{\"category\":\"%s\",\"message\":", judge_category(w));
        pw_buf_add_json_string(out, w->message);
        pw_buf_add_char(out, '}');
    }
    pw_buf_add_literal(out, ",\"topics\":{");
    emit_topics(w, out);
    pw_buf_add_literal(out, "},\"sources\":[");
    emit_sources(w, out);
    pw_buf_add_literal(out, "],\"responses\":[]}");
}

/* --- one case, in the child ------------------------------------------------------------------- */

/* The answer's first byte is the verdict, the rest its detail or, with --emit, the line. */
static void run_case(const pw_json *test, pw_str kind, bool is_emit, pw_buf *answer) {
    pw_buf detail;
    pw_buf_init(&detail);
    bool is_must_fail = pw_str_equal(kind, PW_STR("qtt-must-fail"));
    verdict v = VERDICT_UNSUPPORTED;
    if (!is_must_fail && !pw_str_equal(kind, PW_STR("qtt"))) {
        pw_buf_format(&detail, "files of kind %.*s are not supported yet", PW_STR_ARGS(kind));
        if (is_emit) {
            pw_buf_add_literal(answer, "U{\"name\":");
            pw_buf_add_json_string(answer, member_text(test, "name"));
            pw_buf_add_literal(answer, ",\"error\":{\"category\":\"ksql\",\"message\":");
            pw_buf_add_json_string(answer, pw_buf_str(&detail));
            pw_buf_add_literal(answer, "},\"topics\":{},\"sources\":[],\"responses\":[]}");
            pw_buf_deinit(&detail);
            return;
        }
    } else {
        world w;
        world_init(&w, test);
        world_run(&w);
        if (is_emit) {
            v = VERDICT_PASS;
            emit(&w, member_text(test, "name"), &detail);
        } else {
            v = judge_case(&w, is_must_fail, &detail);
        }
        world_deinit(&w);
    }
    pw_buf_add_char(answer, "PFEU"[v]);
    pw_buf_add_str(answer, pw_buf_str(&detail));
    pw_buf_deinit(&detail);
}

static void write_all(int to, pw_str bytes) {
    while (bytes.length) {
        ssize_t written = write(to, bytes.data, bytes.length);
        if (written <= 0) return;
        bytes = (pw_str){bytes.data + written, bytes.length - (size_t)written};
    }
}

/* Reads what the child says until it ends or its time is over. */
static bool read_answer(int from, pw_buf *answer) {
    int64_t end_ns = pw_clock_mono_ns() + (int64_t)CASE_MS_MAX * 1000000;
    for (;;) {
        int64_t left_ms = (end_ns - pw_clock_mono_ns()) / 1000000;
        struct pollfd ready = {.fd = from, .events = POLLIN};
        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) <= 0) return false;
        ssize_t count = read(from, pw_buf_reserve(answer, 65536), 65536);
        if (count <= 0) return true;
        answer->length += (size_t)count;
    }
}

static verdict run_in_child(const pw_json *test, pw_str kind, bool is_emit, pw_buf *out) {
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0) return VERDICT_ERROR;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_case(test, kind, is_emit, out);
        write_all(ends[1], pw_buf_str(out));
        _exit(0);
    }
    close(ends[1]);
    bool is_in_time = child > 0 && read_answer(ends[0], out);
    close(ends[0]);
    int status = -1;
    if (child > 0) {
        if (!is_in_time) kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
    if (is_in_time && status == 0 && out->length) {
        char letter = out->data[0];
        out->length--;
        memmove(out->data, out->data + 1, out->length);
        return letter == 'P'   ? VERDICT_PASS
               : letter == 'F' ? VERDICT_FAIL
               : letter == 'E' ? VERDICT_ERROR
                               : VERDICT_UNSUPPORTED;
    }
    pw_buf_clear(out);
    if (!is_in_time)
        pw_buf_format(out, "took longer than %d s", CASE_MS_MAX / 1000);
    else
        pw_buf_add_literal(out, "crashed");
    return VERDICT_ERROR;
}

/* --- files ------------------------------------------------------------------------------------ */

static void print_line(const pw_json *test, verdict v, pw_str detail, int64_t ms) {
    pw_buf line;
    pw_buf_init(&line);
    pw_buf_add_literal(&line, "{\"name\":");
    pw_buf_add_json_string(&line, member_text(test, "name"));
    pw_buf_add_literal(&line, ",\"id\":");
    pw_buf_add_json_string(&line, member_text(test, "id"));
    pw_buf_format(&line, ",\"status\":\"%s\",\"detail\":", verdict_text(v));
    pw_buf_add_json_string(&line, detail);
    pw_buf_format(&line, ",\"ms\":%lld}\n", (long long)ms);
    fwrite(line.data, 1, line.length, stdout);
    pw_buf_deinit(&line);
}

static void print_emitted(const pw_json *test, verdict v, pw_str text) {
    if (v != VERDICT_ERROR) {
        printf("%.*s\n", PW_STR_ARGS(text));
        return;
    }
    pw_buf line;
    pw_buf_init(&line);
    pw_buf_add_literal(&line, "{\"name\":");
    pw_buf_add_json_string(&line, member_text(test, "name"));
    pw_buf_add_literal(&line, ",\"error\":{\"category\":\"ksql\",\"message\":");
    pw_buf_add_json_string(&line, text);
    pw_buf_add_literal(&line, "},\"topics\":{},\"sources\":[],\"responses\":[]}\n");
    fwrite(line.data, 1, line.length, stdout);
    pw_buf_deinit(&line);
}

static bool is_chosen(const conformance_options *options, pw_str name) {
    for (size_t i = 0; i < options->cases.count; i++) {
        if (pw_str_equal(name, pw_str_from(options->cases.items[i]))) return true;
    }
    return options->cases.count == 0;
}

static void take_case(const conformance_options *options, const pw_json *test, pw_str kind,
                      totals *sum) {
    pw_str name = member_text(test, "name");
    if (options->list) {
        printf("%.*s\n", PW_STR_ARGS(name));
        return;
    }
    pw_buf answer;
    pw_buf_init(&answer);
    int64_t start_ns = pw_clock_mono_ns();
    verdict v = run_in_child(test, kind, options->emit, &answer);
    int64_t ms = (pw_clock_mono_ns() - start_ns) / 1000000;
    pw_str detail = pw_buf_str(&answer);
    sum->counts[v]++;
    if (options->emit)
        print_emitted(test, v, detail);
    else if (options->json)
        print_line(test, v, detail, ms);
    else if (v != VERDICT_PASS)
        printf("%s %.*s\n    %.*s\n", verdict_text(v), PW_STR_ARGS(name), PW_STR_ARGS(detail));
    pw_buf_deinit(&answer);
}

static int run_file(const conformance_options *options, const char *path, totals *sum) {
    pw_buf text;
    pw_arena arena;
    pw_buf_init(&text);
    pw_arena_init(&arena, 1 << 20);
    const pw_json *root = NULL;
    bool is_read = text_file_read(&command_conformance, path, &text);
    if (is_read) root = pw_json_parse(&arena, pw_buf_str(&text));
    const pw_json *cases = root ? pw_json_member(root, PW_STR("cases")) : NULL;
    if (is_read && !cases) {
        say_wrong("conformance", "%s: not a file of conformance cases", text_file_name(path));
    }
    pw_str kind = root ? member_text(root, "kind") : PW_STR_EMPTY;
    for (const pw_json *test = cases ? cases->first : NULL; test; test = test->next) {
        if (is_chosen(options, member_text(test, "name"))) take_case(options, test, kind, sum);
    }
    pw_arena_deinit(&arena);
    pw_buf_deinit(&text);
    return cases ? EXIT_ALL_PASSED : EXIT_NO_RUN;
}

static int run_conformance(const void *given) {
    const conformance_options *options = given;
    totals sum = {0};
    int exit_status = EXIT_ALL_PASSED;
    for (size_t i = 0; i < options->common.word_count; i++) {
        int file_status = run_file(options, options->common.words[i], &sum);
        if (file_status > exit_status) exit_status = file_status;
    }
    const uint64_t *counts = sum.counts;
    bool is_judged = !options->emit && !options->list;
    if (is_judged && !options->json) {
        printf("%llu passed, %llu failed, %llu errors, %llu unsupported\n",
               (unsigned long long)counts[VERDICT_PASS], (unsigned long long)counts[VERDICT_FAIL],
               (unsigned long long)counts[VERDICT_ERROR],
               (unsigned long long)counts[VERDICT_UNSUPPORTED]);
    }
    uint64_t others = counts[VERDICT_FAIL] + counts[VERDICT_ERROR] + counts[VERDICT_UNSUPPORTED];
    if (exit_status == EXIT_ALL_PASSED && is_judged && others) exit_status = EXIT_SOME_FAILED;
    return say_end_of_output(exit_status);
}

const command command_conformance = {
    .name = "conformance",
    .arguments = "FILE... [options]",
    .summary = "run files of ksqlDB query cases and compare",
    .details = "Each case has statements, input records and what must come of them. It runs in an\n"
               "engine of its own, in memory, without a broker. Exit status: 0 all passed, 1 some\n"
               "did not, 2 a file or an option is bad. Kinds of files: qtt, qtt-must-fail.",
    .examples = "pitwall conformance cases/filter.json\n"
                "pitwall conformance cases/*.json --json",
    .options = rows,
    .option_count = sizeof rows / sizeof rows[0],
    .word_count_min = 1,
    .word_count_max = SIZE_MAX,
    .options_bytes = sizeof(conformance_options),
    .run = run_conformance,
};
