/* SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "display.h"

static void say_line(const char *prefix, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void say_line(const char *prefix, const char *format, va_list args) {
    display_step_aside();
    fputs(prefix, stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void say_wrong(const char *command, const char *format, ...) {
    char prefix[64];
    snprintf(prefix, sizeof prefix, "pitwall%s%s: ", command ? " " : "", command ? command : "");
    va_list args;
    va_start(args, format);
    say_line(prefix, format, args);
    va_end(args);
}

void say_hint(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say_line("hint: ", format, args);
    va_end(args);
}

void say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say_line("", format, args);
    va_end(args);
}

int say_error(const char *command, const pw_error *err) {
    say_wrong(command, "%s", err->message);
    if (err->hint[0]) say_hint("%s", err->hint);
    return pw_status_blame(err->status) == PW_BLAME_USER ? EXIT_USER : EXIT_WORLD;
}

int say_error_at_start(const char *command, const pw_error *err) {
    int exit_status = say_error(command, err);
    bool is_given = err->status == PW_BROKER || err->status == PW_IO || err->status == PW_BUSY;
    return is_given ? EXIT_USER : exit_status;
}

int say_api_error(pitwall_status status, const pitwall_error *err) {
    display_step_aside();
    size_t length = strlen(err->message);
    bool has_end = length > 0 && err->message[length - 1] == '\n';
    fprintf(stderr, "%s%s", err->message, has_end ? "" : "\n");
    return status == PITWALL_USER ? EXIT_USER : EXIT_WORLD;
}

int say_end_of_output(int exit_status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
    if (errno == EPIPE) return exit_status; /* `pitwall consume | head`: the reader has enough */
    say_wrong(NULL, "cannot write the output: %s", strerror(errno));
    return EXIT_WORLD;
}
