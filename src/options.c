/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "say.h"

static const option_row shared_rows[] = {
    {.name = "data",
     .kind = OPTION_TEXT,
     .argument = "DIR",
     .doc = "the data folder; ./pitwall-data if not given",
     .field_offset = offsetof(common_options, data_folder)},
    {.name = "config",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .doc =
         "an INI file with [default], [producer], [consumer] and [pitwall], or a .properties file",
     .field_offset = offsetof(common_options, config_file)},
    {.name = "set",
     .kind = OPTION_LIST,
     .argument = "KEY=VALUE",
     .doc = "a setting of librdkafka or of pitwall; wins over the file, may be repeated",
     .field_offset = offsetof(common_options, settings)},
};

enum { OPTION_COUNT_MAX = 32 };

size_t options_shared(const command *cmd, const option_row **rows, size_t capacity) {
    size_t count = 0;
    PW_ASSERT(capacity >= sizeof shared_rows / sizeof shared_rows[0]);
    if (cmd->shared_options & DATA_FOLDER_OPTIONS) rows[count++] = &shared_rows[0];
    if (cmd->shared_options & SETTING_OPTIONS) {
        rows[count++] = &shared_rows[1];
        rows[count++] = &shared_rows[2];
    }
    return count;
}

bool options_want_help(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

typedef struct parser {
    pw_arena *arena;
    const command *cmd;
    const option_row *rows[OPTION_COUNT_MAX];
    size_t row_count;
    char *out; /* the struct of options */
} parser;

/* --- values ----------------------------------------------------------------------------------- */

static void *field_of(const parser *self, const option_row *row) {
    return self->out + row->field_offset;
}

static bool is_choice(const char *choices, pw_str value) {
    while (*choices) {
        size_t length = strcspn(choices, "|");
        if (pw_str_equal((pw_str){choices, length}, value)) return true;
        choices += length;
        if (*choices) choices++;
    }
    return false;
}

static void add_to_list(parser *self, option_list *list, const char *value) {
    const char **items = PW_NEW_ARRAY(self->arena, const char *, list->count + 1);
    if (list->count) memcpy(items, list->items, list->count * sizeof *items);
    items[list->count++] = value;
    list->items = items;
}

static bool set_value(parser *self, const option_row *row, const char *value) {
    void *field = field_of(self, row);
    switch (row->kind) {
    case OPTION_FLAG: *(bool *)field = true; return true;
    case OPTION_LIST: add_to_list(self, field, value); return true;
    case OPTION_TEXT:
        if (row->choices && !is_choice(row->choices, pw_str_from(value))) {
            say_wrong(self->cmd->name, "--%s cannot be \"%s\"", row->name, value);
            say_hint("allowed: %s", row->choices);
            return false;
        }
        *(const char **)field = value;
        return true;
    case OPTION_NUMBER: {
        int64_t number;
        if (!pw_str_to_i64(pw_str_from(value), &number) || number < row->number_lowest) {
            say_wrong(self->cmd->name, "--%s cannot be \"%s\"", row->name, value);
            say_hint("a whole number from %lld is wanted", (long long)row->number_lowest);
            return false;
        }
        *(int64_t *)field = number;
        return true;
    }
    }
    PW_UNREACHABLE();
}

static void set_defaults(const parser *self) {
    for (size_t i = 0; i < self->row_count; i++) {
        const option_row *row = self->rows[i];
        void *field = field_of(self, row);
        if (row->kind == OPTION_NUMBER) *(int64_t *)field = row->number_default;
        if (row->kind == OPTION_TEXT && row->choices) {
            size_t length = strcspn(row->choices, "|");
            *(const char **)field = pw_arena_cstr(self->arena, (pw_str){row->choices, length});
        }
    }
}

/* --- the line --------------------------------------------------------------------------------- */

static bool say_unknown(const parser *self, pw_str name) {
    pw_str names[OPTION_COUNT_MAX];
    for (size_t i = 0; i < self->row_count; i++)
        names[i] = pw_str_from(self->rows[i]->name);
    say_wrong(self->cmd->name, "there is no option --%.*s", PW_STR_ARGS(name));
    pw_str nearest = pw_nearest(name, names, self->row_count);
    if (nearest.length)
        say_hint("did you mean --%.*s?", PW_STR_ARGS(nearest));
    else
        say_hint("`pitwall help %s` lists its options", self->cmd->name);
    return false;
}

/* Reads argv[*at], which begins with "--", and its value. */
static bool read_option(parser *self, int argc, char **argv, int *at) {
    const char *text = argv[*at] + 2;
    pw_str name = {text, strcspn(text, "=")};
    const char *value = text[name.length] == '=' ? text + name.length + 1 : NULL;
    const option_row *row = NULL;
    for (size_t i = 0; i < self->row_count && !row; i++)
        if (pw_str_equal(pw_str_from(self->rows[i]->name), name)) row = self->rows[i];
    if (!row) return say_unknown(self, name);
    if (row->kind == OPTION_FLAG && value) {
        say_wrong(self->cmd->name, "--%s takes no value", row->name);
        return false;
    }
    if (row->kind != OPTION_FLAG && !value) {
        if (*at + 1 == argc) {
            say_wrong(self->cmd->name, "--%s needs a value: --%s %s", row->name, row->name,
                      row->argument);
            return false;
        }
        value = argv[++*at];
    }
    return set_value(self, row, value);
}

static bool check_words(const command *cmd, const common_options *common) {
    size_t count = common->word_count;
    if (count >= cmd->word_count_min && count <= cmd->word_count_max) return true;
    if (count < cmd->word_count_min)
        say_wrong(cmd->name, "something is missing");
    else
        say_wrong(cmd->name, "\"%s\" is too much", common->words[cmd->word_count_max]);
    say_hint("pitwall %s %s", cmd->name, cmd->arguments);
    return false;
}

void *options_parse(pw_arena *arena, const command *cmd, int argc, char **argv) {
    parser self = {.arena = arena, .cmd = cmd};
    PW_ASSERT(cmd->option_count + sizeof shared_rows / sizeof shared_rows[0] <= OPTION_COUNT_MAX);
    for (size_t i = 0; i < cmd->option_count; i++)
        self.rows[self.row_count++] = &cmd->options[i];
    self.row_count +=
        options_shared(cmd, self.rows + self.row_count, OPTION_COUNT_MAX - self.row_count);
    self.out = pw_arena_calloc(arena, 1, cmd->options_bytes);
    set_defaults(&self);
    common_options *common = (common_options *)(void *)self.out;
    common->words = PW_NEW_ARRAY(arena, const char *, (size_t)argc + 1);
    bool is_over = false;
    for (int i = 0; i < argc; i++) {
        bool is_number = argv[i][0] == '-' && argv[i][1] >= '0' && argv[i][1] <= '9';
        if (is_over || is_number || argv[i][0] != '-' || argv[i][1] == '\0') {
            common->words[common->word_count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            is_over = true;
        } else if (argv[i][1] != '-') {
            say_wrong(cmd->name, "there is no option %s", argv[i]);
            say_hint("options begin with two dashes; `pitwall help %s` lists them", cmd->name);
            return NULL;
        } else if (!read_option(&self, argc, argv, &i)) {
            return NULL;
        }
    }
    return check_words(cmd, common) ? self.out : NULL;
}
