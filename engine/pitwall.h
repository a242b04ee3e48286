/* pitwall: streams and tables over Kafka topics, in SQL. The public C API, and the only header a
 * program needs.
 *
 *   pitwall *p;
 *   if (pitwall_open(&(pitwall_options){.data_folder = "pitwall-data"}, &p, &err)) ...
 *   pitwall_execute(p, sql, "standings.sql", NULL, NULL, &err);  // defines, starts queries
 *   pitwall_wait(p, PITWALL_UNTIL_END, -1, &err);                // everything read, committed
 *   pitwall_query(p, "SELECT * FROM standings;", &rows, &err);
 *   pitwall_close(p);
 *
 * Text is UTF-8, NUL-terminated unless a length says otherwise. A function returns 0 when all went
 * well and otherwise a pitwall_status, with the reason in *err. A pitwall may be used by several
 * threads; calls on it are taken one after the other, except for pitwall_stop and pitwall_progress,
 * which never wait for another call. SPDX-License-Identifier: Apache-2.0 */
#ifndef PITWALL_H
#define PITWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PITWALL_API __attribute__((visibility("default")))

/* Whose fault a failure is; also the exit status of the binary. */
typedef enum {
    PITWALL_OK = 0,
    PITWALL_USER = 1,  /* a statement, setting, name, address or folder that was given is wrong */
    PITWALL_WORLD = 2, /* broker, disk or network failed, or pitwall itself */
} pitwall_status;

typedef struct pitwall_error {
    char message[4096]; /* ready to print: message, place, source line, caret, hint; ends with a
                           newline */
    int line, column;   /* in the text given, from 1; 0 when there is no place */
} pitwall_error;

typedef struct pitwall pitwall;

typedef struct pitwall_setting {
    const char *name; /* any librdkafka property, or one of ours (pitwall_settings_list) */
    const char *value;
    const char *origin; /* where it was said, for messages: "config.ini:7", "--set"; may be NULL */
} pitwall_setting;

typedef struct pitwall_options {
    const char *data_folder;         /* NULL: "pitwall-data"; ":memory:": nothing is kept */
    const char *config_file;         /* INI or .properties file, may be NULL */
    const pitwall_setting *settings; /* win over the file */
    size_t setting_count;
    bool is_read_only; /* for pitwall_query alone: no lock is taken, no broker is asked */
} pitwall_options;

PITWALL_API const char *pitwall_version(void); /* "0.1.0" */

PITWALL_API pitwall_status pitwall_open(const pitwall_options *options, pitwall **out,
                                        pitwall_error *err);
/* Stops and commits what runs, then gives all back. */
PITWALL_API void pitwall_close(pitwall *p);

/* --- statements ------------------------------------------------------------------------------- */

/* What a statement has to say: one call per statement. `text` is for people, `json` is ksqlDB's
 * entity. */
typedef void (*pitwall_answer_fn)(void *opaque, const char *text, const char *json);

/* Executes all statements of `sql`, which is validated as a whole first. file_name is for messages
 * and may be NULL. A CREATE ... AS that is there already with the same text goes on from where it
 * was committed. */
PITWALL_API pitwall_status pitwall_execute(pitwall *p, const char *sql, const char *file_name,
                                           pitwall_answer_fn on_answer, void *opaque,
                                           pitwall_error *err);

/* Parses and binds everything, starts and creates nothing. */
PITWALL_API pitwall_status pitwall_check(pitwall *p, const char *sql, const char *file_name,
                                         pitwall_error *err);

/* Plan of every query in `sql`, as text. *out is freed with pitwall_free. */
PITWALL_API pitwall_status pitwall_explain(pitwall *p, const char *sql, const char *file_name,
                                           char **out, pitwall_error *err);

/* The statements laid out for reading, comments kept before the statements they stand above. Needs
 * no pitwall. */
PITWALL_API pitwall_status pitwall_format(const char *sql, const char *file_name, char **out,
                                          pitwall_error *err);
PITWALL_API void pitwall_free(void *memory);

/* --- running queries -------------------------------------------------------------------------- */

typedef enum {
    PITWALL_UNTIL_END,    /* every input read to its end as of this call, all of it committed */
    PITWALL_UNTIL_STOPPED /* pitwall_stop was called or every query failed */
} pitwall_until;

/* timeout_ms < 0: as long as it takes. PITWALL_WORLD with the first failed query's reason when
 * queries failed; when the time is over: PITWALL_WORLD, "timed out". */
PITWALL_API pitwall_status pitwall_wait(pitwall *p, pitwall_until until, int64_t timeout_ms,
                                        pitwall_error *err);

/* Asks for a clean stop: commit, then pitwall_wait returns. May be called from a signal handler. */
PITWALL_API void pitwall_stop(pitwall *p);

typedef struct pitwall_query_progress {
    char id[128];     /* CTAS_STANDINGS_1 */
    char sink[128];   /* STANDINGS */
    char state[16];   /* CATCHING UP, RUNNING, IDLE, STALLED, PAUSED, FAILED */
    char reason[256]; /* of FAILED and STALLED */
    uint64_t records_read;
    uint64_t records_total; /* to read until the end offsets as known now */
    uint64_t records_undecodable;
    uint64_t rows_out;
    uint64_t commits;
    int64_t table_rows;    /* -1: the sink is a stream */
    char why_nothing[512]; /* when rows_out is 0 and the input is read: what became of the rows */
} pitwall_query_progress;

/* Fills up to `capacity` entries and returns how many queries there are. */
PITWALL_API size_t pitwall_progress(pitwall *p, pitwall_query_progress *entries, size_t capacity);

/* --- asking tables ---------------------------------------------------------------------------- */

typedef struct pitwall_column {
    const char *name;
    const char *type; /* SQL text */
    bool is_key;
} pitwall_column;

typedef struct pitwall_rows {
    /* Once, before the first row. */
    void (*header)(void *opaque, const pitwall_column *columns, size_t column_count);
    /* texts[i]: the value for people, NULL for NULL; jsons[i]: as JSON. Return false to stop. */
    bool (*row)(void *opaque, const char *const *texts, const char *const *jsons,
                size_t column_count);
    void *opaque;
} pitwall_rows;

/* Answers one SELECT from the tables as of their last commit. */
PITWALL_API pitwall_status pitwall_query(pitwall *p, const char *sql, const pitwall_rows *rows,
                                         pitwall_error *err);

/* --- settings --------------------------------------------------------------------------------- */

typedef struct pitwall_setting_info {
    const char *name;
    const char *alias; /* ksqlDB's name for it, or NULL */
    const char *type;  /* "integer", "boolean", "text", "milliseconds", "bytes" */
    const char *default_value;
    const char *doc;
} pitwall_setting_info;

PITWALL_API const pitwall_setting_info *pitwall_settings_list(size_t *count);

#ifdef __cplusplus
}
#endif

#endif
