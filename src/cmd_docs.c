/* pitwall docs: what is made from the tables of commands and settings. The build calls it for the
 * man page and the completion that are installed. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "say.h"

typedef struct docs_options {
    common_options common;
} docs_options;

static int run(const void *given) {
    const docs_options *options = given;
    const char *what = options->common.words[0];
    if (strcmp(what, "settings") == 0)
        help_print_settings(stdout);
    else if (strcmp(what, "man") == 0)
        help_print_man(stdout);
    else if (strcmp(what, "bash") == 0)
        help_print_bash(stdout);
    else {
        say_wrong("docs", "there is no page \"%s\"", what);
        say_hint("settings, man or bash");
        return EXIT_USER;
    }
    return say_end_of_output(EXIT_WELL);
}

const command command_docs = {
    .name = "docs",
    .arguments = "settings | man | bash",
    .summary = "print the list of settings, the man page or the bash completion",
    .details = "All three are made from the same tables as the help, so they tell the same.",
    .examples = "pitwall docs settings\n"
                "pitwall docs man > pitwall.1\n"
                "source <(pitwall docs bash)",
    .word_count_min = 1,
    .word_count_max = 1,
    .options_bytes = sizeof(docs_options),
    .run = run,
};
