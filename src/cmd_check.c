/* pitwall check and pitwall explain: what a file would do, without doing it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine.h"
#include "say.h"
#include "text_file.h"

typedef struct check_options {
    common_options common;
} check_options;

static int check_one(pitwall *engine, const char *name, const char *text) {
    pitwall_error err = {0};
    pitwall_status status = pitwall_check(engine, text, name, &err);
    if (status != PITWALL_OK) return say_api_error(status, &err);
    printf("%s: ok\n", name);
    return EXIT_WELL;
}

static int explain_one(pitwall *engine, const char *name, const char *text) {
    pitwall_error err = {0};
    char *plan = NULL;
    pitwall_status status = pitwall_explain(engine, text, name, &plan, &err);
    if (status != PITWALL_OK) return say_api_error(status, &err);
    fputs(plan, stdout);
    pitwall_free(plan);
    return EXIT_WELL;
}

/* Every file is looked at, so that all mistakes are seen at once. */
static int for_each_file(const command *cmd, const common_options *common,
                         int (*one)(pitwall *engine, const char *name, const char *text)) {
    pw_arena arena;
    pw_buf text;
    pw_arena_init(&arena, 0);
    pw_buf_init(&text);
    pitwall *engine;
    const char *folder = engine_folder_if_any(common);
    int exit_status = engine_open(&arena, cmd, common, folder, true, &engine);
    if (exit_status == EXIT_WELL) {
        for (size_t i = 0; i < common->word_count; i++) {
            const char *path = common->words[i];
            int one_status = EXIT_USER;
            if (text_file_read(cmd, path, &text))
                one_status = one(engine, text_file_name(path), text.data);
            if (one_status > exit_status) exit_status = one_status;
        }
        pitwall_close(engine);
    }
    pw_buf_deinit(&text);
    pw_arena_deinit(&arena);
    return say_end_of_output(exit_status);
}

static int run_check(const void *given) {
    return for_each_file(&command_check, given, check_one);
}

static int run_explain(const void *given) {
    return for_each_file(&command_explain, given, explain_one);
}

const command command_check = {
    .name = "check",
    .arguments = "FILE... [options]",
    .summary = "parse and bind query files without running them",
    .details = "Finds what `pitwall run` would refuse, with line, column and what was meant, and\n"
               "starts and creates nothing. Sources that the data folder knows are known here.",
    .examples = "pitwall check queries/*.sql",
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 1,
    .word_count_max = SIZE_MAX,
    .options_bytes = sizeof(check_options),
    .run = run_check,
};

const command command_explain = {
    .name = "explain",
    .arguments = "FILE... [options]",
    .summary = "print how the queries of a file would run",
    .details =
        "One tree per query: sources with the columns that are decoded, operators, exchanges\n"
        "and the sink.",
    .examples = "pitwall explain queries/standings.sql",
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 1,
    .word_count_max = SIZE_MAX,
    .options_bytes = sizeof(check_options),
    .run = run_explain,
};
