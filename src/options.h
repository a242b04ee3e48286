/* Reads a command line by the rows of its command. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_OPTIONS_H
#define PW_SRC_OPTIONS_H

#include "base/arena.h"
#include "command.h"

/* Options may stand before, between and behind words; "--" ends them; "-" and "-1" are words.
 * Returns the struct of options, in `arena`, or NULL after having said on stderr what is wrong. */
void *options_parse(pw_arena *arena, const command *cmd, int argc, char **argv);

/* Does the line ask for help (--help or -h before a "--")? */
bool options_want_help(int argc, char **argv);

/* The rows that a command shares with others (--data, --config, --set), by its flags. */
size_t options_shared(const command *cmd, const option_row **rows, size_t capacity);

#endif
