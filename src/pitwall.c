/* The binary: finds the subcommand, reads its options, runs it.
 *
 * Exit status: 0 all went well; 1 what was given is wrong (a statement, an option, a name, an
 * address, a folder); 2 the world failed later on. Data goes to stdout, everything said to people
 * to stderr. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "help.h"
#include "options.h"
#include "pitwall.h"
#include "say.h"

const command *const command_all[] = {
    &command_run,     &command_query,   &command_check,  &command_explain, &command_fmt,
    &command_produce, &command_consume, &command_topics, &command_datagen, &command_docs,
    &command_conformance,
};
const size_t command_count = sizeof command_all / sizeof command_all[0];

const command *command_find(const char *name) {
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(command_all[i]->name, name) == 0) return command_all[i];
    return NULL;
}

static int say_unknown_command(const char *name) {
    enum { NAME_COUNT_MAX = 32 };
    pw_str names[NAME_COUNT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < command_count; i++)
        names[count++] = pw_str_from(command_all[i]->name);
    names[count++] = PW_STR("help");
    say_wrong(NULL, "there is no command \"%s\"", name);
    pw_str nearest = pw_nearest(pw_str_from(name), names, count);
    if (nearest.length)
        say_hint("did you mean `pitwall %.*s`?", PW_STR_ARGS(nearest));
    else
        say_hint("`pitwall help` lists the commands");
    return EXIT_USER;
}

static int help(int argc, char **argv) {
    if (argc == 0) {
        help_print_overview(stdout);
        return EXIT_WELL;
    }
    if (strcmp(argv[0], "settings") == 0) {
        help_print_settings(stdout);
        return EXIT_WELL;
    }
    const command *cmd = command_find(argv[0]);
    if (!cmd) return say_unknown_command(argv[0]);
    help_print_command(stdout, cmd);
    return EXIT_WELL;
}

static int run_command(const command *cmd, int argc, char **argv) {
    if (options_want_help(argc, argv)) {
        help_print_command(stdout, cmd);
        return EXIT_WELL;
    }
    pw_arena arena;
    pw_arena_init(&arena, 0);
    const void *options = options_parse(&arena, cmd, argc, argv);
    int exit_status = options ? cmd->run(options) : EXIT_USER;
    pw_arena_deinit(&arena);
    return exit_status;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        help_print_overview(stderr);
        return EXIT_USER;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("pitwall %s\n", pitwall_version());
        return say_end_of_output(EXIT_WELL);
    }
    bool is_help =
        strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    if (is_help) return say_end_of_output(help(argc - 2, argv + 2));
    if (name[0] == '-') {
        say_wrong(NULL, "there is no option %s", name);
        say_hint("options stand behind the command: pitwall COMMAND [options]");
        return EXIT_USER;
    }
    const command *cmd = command_find(name);
    if (!cmd) return say_unknown_command(name);
    return run_command(cmd, argc - 2, argv + 2);
}
