/* pitwall query: one SELECT over the tables in a data folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cluster.h"
#include "engine.h"
#include "output.h"
#include "say.h"
#include "text_file.h"

typedef struct query_options {
    common_options common;
    const char *output;
} query_options;

static const option_row option_rows[] = {
    {"output", OPTION_TEXT, OUTPUT_CHOICES, "the shape of the answer",
     .field_offset = offsetof(query_options, output), .choices = OUTPUT_CHOICES},
};

typedef struct query_state {
    const query_options *options;
    output *out;
} query_state;

static bool is_number(const char *type) {
    static const char *const types[] = {"INTEGER", "BIGINT", "DOUBLE", "DECIMAL"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strncmp(type, types[i], strlen(types[i])) == 0) return true;
    return false;
}

static void on_header(void *opaque, const pitwall_column *columns, size_t column_count) {
    query_state *self = opaque;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    output_column *heads = PW_NEW_ARRAY(&arena, output_column, column_count + 1);
    for (size_t i = 0; i < column_count; i++)
        heads[i] = (output_column){.name = columns[i].name, .is_right = is_number(columns[i].type)};
    self->out = output_open(self->options->output, heads, column_count);
    pw_arena_deinit(&arena);
}

static bool on_row(void *opaque, const char *const *texts, const char *const *jsons,
                   size_t column_count) {
    query_state *self = opaque;
    (void)column_count;
    return output_row(self->out, texts, jsons);
}

static int run(const void *given) {
    query_state self = {.options = given};
    const common_options *common = &self.options->common;
    const char *folder = common->data_folder ? common->data_folder : DATA_FOLDER_DEFAULT;
    if (!text_file_is_folder(folder)) {
        say_wrong("query", "there is no data folder %s", folder);
        say_hint("--data DIR names another; `pitwall run FILE` makes tables to ask");
        return EXIT_USER;
    }
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pitwall *engine;
    int exit_status = engine_open(&arena, &command_query, common, folder, true, &engine);
    if (exit_status == EXIT_WELL) {
        pitwall_error err = {0};
        pitwall_rows rows = {.header = on_header, .row = on_row, .opaque = &self};
        pitwall_status status = pitwall_query(engine, common->words[0], &rows, &err);
        if (self.out) output_close(self.out);
        if (status != PITWALL_OK) exit_status = say_api_error(status, &err);
        pitwall_close(engine);
    }
    pw_arena_deinit(&arena);
    return say_end_of_output(exit_status);
}

const command command_query = {
    .name = "query",
    .arguments = "SQL [options]",
    .summary = "ask the tables of a data folder with one SELECT",
    .details = "Answers from the last commit of each table, also while `pitwall run` works on\n"
               "the same folder. Needs no broker.",
    .examples = "pitwall query \"SELECT driverId, points FROM standings WHERE season = 2021\"\n"
                "pitwall query \"SELECT * FROM standings\" --output csv > standings.csv",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .shared_options = DATA_FOLDER_OPTIONS | SETTING_OPTIONS,
    .word_count_min = 1,
    .word_count_max = 1,
    .options_bytes = sizeof(query_options),
    .run = run,
};
