/* A subcommand as data: the help, the man page, the completion and the parser of options all read
 * the same rows. One file cmd_<name>.c each. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_COMMAND_H
#define PW_SRC_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char *, NULL when not given */
    OPTION_NUMBER, /* int64_t, `number_default` when not given; not below `number_lowest` */
    OPTION_LIST,   /* option_list: may be given several times */
} option_kind;

typedef struct option_list {
    const char **items;
    size_t count;
} option_list;

typedef struct option_row {
    const char *name; /* without the dashes */
    option_kind kind;
    const char *argument; /* "FILE"; NULL for a flag */
    const char *doc;
    size_t field_offset; /* in the command's struct of options */
    int64_t number_default;
    int64_t number_lowest;
    const char *choices; /* of a TEXT: "a|b", the first is the default; NULL: any text */
} option_row;

/* First member of the options of every command. */
typedef struct common_options {
    const char *data_folder;
    const char *config_file;
    option_list settings; /* of --set: "key=value" */
    const char **words;   /* what is no option */
    size_t word_count;
} common_options;

enum { DATA_FOLDER_OPTIONS = 1, SETTING_OPTIONS = 2 };

typedef struct command {
    const char *name;
    const char *arguments; /* "FILE..." */
    const char *summary;   /* one line, begins with a verb, no full stop */
    const char *details;   /* sentences for `pitwall help NAME`, lines of at most 78 columns */
    const char *examples;  /* one a line */
    const option_row *options;
    size_t option_count;
    unsigned shared_options; /* DATA_FOLDER_OPTIONS | SETTING_OPTIONS */
    size_t word_count_min;
    size_t word_count_max;
    size_t options_bytes;            /* size of the struct whose first member is common_options */
    int (*run)(const void *options); /* the exit status */
} command;

extern const command command_run, command_query, command_produce, command_consume, command_topics,
    command_datagen, command_check, command_explain, command_fmt, command_docs,
    command_conformance;

/* All of them, in the order of the help. */
extern const command *const command_all[];
extern const size_t command_count;

const command *command_find(const char *name); /* NULL if there is none */

#endif
