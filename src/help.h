/* The table of commands as text: help, man page, completion. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_HELP_H
#define PW_SRC_HELP_H

#include <stdio.h>

#include "command.h"

void help_print_overview(FILE *out);
void help_print_command(FILE *out, const command *cmd);
void help_print_settings(FILE *out);
void help_print_man(FILE *out);  /* mdoc */
void help_print_bash(FILE *out); /* completion for bash */

#endif
