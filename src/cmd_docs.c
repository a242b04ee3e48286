/* pitwall docs: what is made from the tables of commands, settings and functions. The build calls
 * it for the man page and the completion that are installed. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "docs_functions.h"
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
    else if (strcmp(what, "functions") == 0)
        docs_print_functions(stdout);
    else if (strcmp(what, "man") == 0)
        help_print_man(stdout);
    else if (strcmp(what, "bash") == 0)
        help_print_bash(stdout);
    else {
        say_wrong("docs", "there is no page \"%s\"", what);
        say_hint("settings, functions, man or bash");
        return EXIT_USER;
    }
    return say_end_of_output(EXIT_WELL);
}

const command command_docs = {
    .name = "docs",
    .arguments = "settings | functions | man | bash",
    .summary = "print the settings, the functions, the man page or the completion",
    .details = "All are made from the tables that the engine itself reads, so they tell what\n"
               "it does. `functions` is Markdown.",
    .examples = "pitwall docs settings\n"
                "pitwall docs functions > functions.md\n"
                "pitwall docs man > pitwall.1\n"
                "source <(pitwall docs bash)",
    .word_count_min = 1,
    .word_count_max = 1,
    .options_bytes = sizeof(docs_options),
    .run = run,
};
