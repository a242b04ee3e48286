/* pitwall fmt: SQL files laid out for reading. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pitwall.h"
#include "say.h"
#include "text_file.h"

typedef struct fmt_options {
    common_options common;
    bool is_in_place;
    bool is_check;
} fmt_options;

#define FIELD(field) .field_offset = offsetof(fmt_options, field)
static const option_row option_rows[] = {
    {"write", OPTION_FLAG, NULL, "rewrite the files in place", FIELD(is_in_place)},
    {"check", OPTION_FLAG, NULL, "print the names of files that are laid out otherwise; exit 1",
     FIELD(is_check)},
};
#undef FIELD

/* The new text goes beside the file and takes its place as a whole: a full disk leaves the
 * old one. */
static int rewrite(const char *path, const char *text) {
    pw_buf beside;
    struct stat status;
    pw_buf_init(&beside);
    pw_buf_format(&beside, "%s.pitwall-new", path);
    const char *name = pw_buf_cstr(&beside);
    int failure = stat(path, &status) == 0 ? 0 : errno;
    FILE *stream = failure ? NULL : fopen(name, "wbe");
    if (!stream && !failure) failure = errno;
    if (stream) {
        bool is_written = fputs(text, stream) >= 0 && fflush(stream) == 0;
        is_written = is_written && fchmod(fileno(stream), status.st_mode & 07777) == 0;
        if (!is_written) failure = errno;
        if (fclose(stream) != 0 && !failure) failure = errno;
        if (!failure && rename(name, path) != 0) failure = errno;
        if (failure) unlink(name);
    }
    pw_buf_deinit(&beside);
    if (!failure) return EXIT_WELL;
    say_wrong("fmt", "cannot write %s: %s", path, strerror(failure));
    return failure == ENOSPC || failure == EIO ? EXIT_WORLD : EXIT_USER;
}

static int format_one(const fmt_options *options, const char *path, pw_buf *text) {
    pitwall_error err = {0};
    char *laid_out = NULL;
    if (!text_file_read(&command_fmt, path, text)) return EXIT_USER;
    pitwall_status status = pitwall_format(text->data, text_file_name(path), &laid_out, &err);
    if (status != PITWALL_OK) return say_api_error(status, &err);
    int exit_status = EXIT_WELL;
    bool is_same = strcmp(laid_out, text->data) == 0;
    bool is_stdin = strcmp(path, "-") == 0;
    if (options->is_check) {
        if (!is_same) printf("%s\n", text_file_name(path));
        if (!is_same) exit_status = EXIT_USER;
    } else if (options->is_in_place && !is_stdin) {
        if (!is_same) exit_status = rewrite(path, laid_out);
    } else {
        fputs(laid_out, stdout);
    }
    pitwall_free(laid_out);
    return exit_status;
}

static int run(const void *given) {
    const fmt_options *options = given;
    int exit_status = EXIT_WELL;
    pw_buf text;
    pw_buf_init(&text);
    for (size_t i = 0; i < options->common.word_count; i++) {
        int one_status = format_one(options, options->common.words[i], &text);
        if (one_status > exit_status) exit_status = one_status;
    }
    pw_buf_deinit(&text);
    return say_end_of_output(exit_status);
}

const command command_fmt = {
    .name = "fmt",
    .arguments = "FILE... [options]",
    .summary = "lay out SQL files for reading",
    .details =
        "Prints the statements in one style; \"-\" is stdin. Comments between statements and\n"
        "the blank lines that group them are kept; a statement with a comment or a\n"
        "${variable} inside stays as it is.",
    .examples = "pitwall fmt standings.sql\n"
                "pitwall fmt --write queries/*.sql\n"
                "pitwall fmt - < standings.sql",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof option_rows[0],
    .word_count_min = 1,
    .word_count_max = SIZE_MAX,
    .options_bytes = sizeof(fmt_options),
    .run = run,
};
