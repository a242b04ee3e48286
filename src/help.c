/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include <string.h>

#include "options.h"
#include "pitwall.h"

enum { TEXT_COLUMNS = 78, COMMAND_COLUMNS = 18, NAME_COLUMNS = 28, OPTION_ROWS_MAX = 32 };

/* Prints words from column `at` on, broken at TEXT_COLUMNS and indented by `indent`. */
static void print_wrapped(FILE *out, const char *text, int at, int indent) {
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (at > indent && at + 1 + length > TEXT_COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, (size_t)length, out);
        at += length;
        text += length;
        while (*text == ' ')
            text++;
    }
    fputc('\n', out);
}

/* "  name      what it is", the text in a column of its own. */
static void print_entry(FILE *out, int columns, const char *name, const char *text) {
    int length = fprintf(out, "  %s", name);
    if (length >= columns) {
        fputc('\n', out);
        length = 0;
    }
    fprintf(out, "%*s", columns - length, "");
    print_wrapped(out, text, columns, columns);
}

static void print_lines(FILE *out, const char *lines, const char *indent) {
    while (lines && *lines) {
        size_t length = strcspn(lines, "\n");
        fprintf(out, "%s%.*s\n", indent, (int)length, lines);
        lines += length;
        if (*lines) lines++;
    }
}

static size_t collect_options(const command *cmd, const option_row **rows) {
    size_t count = 0;
    for (size_t i = 0; i < cmd->option_count; i++)
        rows[count++] = &cmd->options[i];
    return count + options_shared(cmd, rows + count, OPTION_ROWS_MAX - count);
}

void help_print_overview(FILE *out) {
    fprintf(out,
            "pitwall %s: stream processing over Kafka topics in SQL\n\n"
            "usage: pitwall COMMAND [options]\n\n",
            pitwall_version());
    for (size_t i = 0; i < command_count; i++)
        print_entry(out, COMMAND_COLUMNS, command_all[i]->name, command_all[i]->summary);
    print_entry(out, COMMAND_COLUMNS, "help [COMMAND]",
                "print this, or what a command does; `help settings` lists "
                "the settings");
    print_entry(out, COMMAND_COLUMNS, "--version", "print the version");
    fputs(
        "\nWithout bootstrap.servers (--set or --config) topics are kept by the embedded broker,\n"
        "in the data folder. A first look:\n\n"
        "  pitwall datagen\n"
        "  pitwall consume race-results --from-beginning --max 3\n",
        out);
}

void help_print_command(FILE *out, const command *cmd) {
    const option_row *rows[OPTION_ROWS_MAX];
    size_t count = collect_options(cmd, rows);
    fprintf(out, "usage: pitwall %s %s\n\n%s\n", cmd->name, cmd->arguments, cmd->details);
    if (count) fputs("\noptions:\n", out);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", rows[i]->name, rows[i]->argument ? " " : "",
                 rows[i]->argument ? rows[i]->argument : "");
        print_entry(out, NAME_COLUMNS, name, rows[i]->doc);
    }
    if (cmd->examples) fputs("\nexamples:\n", out);
    print_lines(out, cmd->examples, "  ");
}

void help_print_settings(FILE *out) {
    size_t count;
    const pitwall_setting_info *rows = pitwall_settings_list(&count);
    fputs(
        "Settings of pitwall: section [pitwall] of a configuration file, --set KEY=VALUE, or the\n"
        "environment (PITWALL_COMMIT_INTERVAL_MS stands for commit.interval.ms).\n",
        out);
    for (size_t i = 0; i < count; i++) {
        const pitwall_setting_info *row = &rows[i];
        fprintf(out, "\n  %s  (%s, default %s%s%s)\n    ", row->name, row->type,
                row->default_value[0] ? row->default_value : "empty", row->alias ? ", also " : "",
                row->alias ? row->alias : "");
        print_wrapped(out, row->doc, 4, 4);
    }
    fputs("\nSections [default], [producer] and [consumer] take every property of librdkafka.\n",
          out);
}

/* --- man page --------------------------------------------------------------------------------- */

/* A line beginning with . or ' would be a request, a backslash an escape. */
static void man_text(FILE *out, const char *text) {
    bool is_line_start = true;
    for (; *text; text++) {
        if (is_line_start && (*text == '.' || *text == '\'')) fputs("\\&", out);
        is_line_start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void man_command(FILE *out, const command *cmd) {
    const option_row *rows[OPTION_ROWS_MAX];
    size_t count = collect_options(cmd, rows);
    fprintf(out, ".Ss pitwall %s ", cmd->name);
    man_text(out, cmd->arguments);
    fputs("\n.Bd -literal\n", out);
    man_text(out, cmd->details);
    fputs("\n.Ed\n", out);
    if (count) fputs(".Bl -tag -width 22n\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, ".It Fl \\-%s", rows[i]->name);
        if (rows[i]->argument) fprintf(out, " Ar %s", rows[i]->argument);
        fputc('\n', out);
        man_text(out, rows[i]->doc);
        fputc('\n', out);
    }
    if (count) fputs(".El\n", out);
    if (!cmd->examples) return;
    fputs(".Pp\nExamples:\n.Bd -literal -offset indent\n", out);
    man_text(out, cmd->examples);
    fputs("\n.Ed\n", out);
}

void help_print_man(FILE *out) {
    size_t count;
    const pitwall_setting_info *settings = pitwall_settings_list(&count);
    fprintf(
        out,
        ".\\\" SPDX-License-Identifier: Apache-2.0\n.Dd November 22, 2026\n.Dt PITWALL 1\n.Os "
        "pitwall %s\n"
        ".Sh NAME\n.Nm pitwall\n.Nd stream processing over Kafka topics in SQL\n"
        ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Sh DESCRIPTION\n"
        "SQL defines streams and tables over Kafka topics; pitwall filters, joins and aggregates "
        "them into tables that are SQLite files, and into output topics.\nWithout "
        "bootstrap.servers the topics are kept by an embedded broker in the data folder.\n"
        ".Sh COMMANDS\n",
        pitwall_version());
    for (size_t i = 0; i < command_count; i++)
        man_command(out, command_all[i]);
    fputs(".Sh SETTINGS\nIn section [pitwall] of a configuration file, by \\-\\-set, or from the "
          "environment: PITWALL_COMMIT_INTERVAL_MS stands for commit.interval.ms.\nSections "
          "[default], [producer] and [consumer] take every property of librdkafka.\n"
          ".Bl -tag -width indent\n",
          out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, ".It %s ( %s , default %s )\n", settings[i].name, settings[i].type,
                settings[i].default_value[0] ? settings[i].default_value : "empty");
        man_text(out, settings[i].doc);
        if (settings[i].alias) fprintf(out, ".\nAlso %s", settings[i].alias);
        fputc('\n', out);
    }
    fputs(".El\n.Sh EXIT STATUS\n.Bl -tag -width indent\n.It 0\nAll went well.\n.It 1\n"
          "What was given is wrong: a statement, an option, a setting, a name, an address, a "
          "folder.\n.It 2\nThe world failed later on: broker, disk or network.\n.El\n",
          out);
}

/* --- bash ------------------------------------------------------------------------------------- */

void help_print_bash(FILE *out) {
    fputs("# bash completion for pitwall. SPDX-License-Identifier: Apache-2.0\n"
          "_pitwall() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options=\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "%s ", command_all[i]->name);
    fputs("help --version' -- \"$word\"))\n        return\n    fi\n"
          "    case $before in\n"
          "    --data) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
          "    --config|--file) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
          "    --set) COMPREPLY=($(compgen -S= -W '",
          out);
    size_t count;
    const pitwall_setting_info *settings = pitwall_settings_list(&count);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s ", settings[i].name);
    fputs("bootstrap.servers' -- \"$word\")); compopt -o nospace; return ;;\n"
          "    esac\n"
          "    case ${COMP_WORDS[1]} in\n"
          "    help) COMPREPLY=($(compgen -W '",
          out);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "%s ", command_all[i]->name);
    fputs("settings' -- \"$word\")); return ;;\n"
          "    topics) [ \"$COMP_CWORD\" -eq 2 ] && options='list describe create delete retention "
          "' ;;\n"
          "    esac\n"
          "    case ${COMP_WORDS[1]} in\n",
          out);
    for (size_t i = 0; i < command_count; i++) {
        const option_row *rows[OPTION_ROWS_MAX];
        size_t row_count = collect_options(command_all[i], rows);
        fprintf(out, "    %s) options+='", command_all[i]->name);
        for (size_t j = 0; j < row_count; j++)
            fprintf(out, "--%s ", rows[j]->name);
        fputs("--help' ;;\n", out);
    }
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
          "    [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- \"$word\"))\n"
          "}\n"
          "complete -o filenames -F _pitwall pitwall\n",
          out);
}
