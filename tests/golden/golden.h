/* Golden tests: SQL and records in, records and rows out. The format is told in README.md.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "kafka/broker.h"
#include "pitwall.h"

/* --- lines (golden_lines.c) ------------------------------------------------------------------- */

typedef struct lines {
    pw_arena *arena;
    pw_str *items;
    size_t count, capacity;
} lines;

void lines_add(lines *list, pw_str line); /* copies */
/* Every line of `text`; an empty one at the end is none. */
void lines_add_text(lines *list, pw_str text);
void lines_sort(lines *list);
/* Takes the next word off *text, "" when there is none. */
pw_str take_word(pw_str *text);

/* --- the file (golden_file.c) ----------------------------------------------------------------- */

typedef enum {
    BLOCK_TOPIC,
    BLOCK_STATEMENT_OK,
    BLOCK_STATEMENT_ERROR,
    BLOCK_SCRIPT,
    BLOCK_SEND,
    BLOCK_LOAD,
    BLOCK_DATAGEN,
    BLOCK_EXPECT_RECORDS, /* every record of a stream's topic */
    BLOCK_EXPECT_CHANGES, /* the changelog of a table */
    BLOCK_EXPECT_WINDOWS, /* the same with windowed keys */
    BLOCK_EXPECT_TABLE,
    BLOCK_EXPECT_ERRORS,
    BLOCK_QUERY,
    BLOCK_EXPLAIN,
} block_kind;

typedef struct block {
    block_kind kind;
    int line;        /* in the file, from 1 */
    pw_str argument; /* what follows the words that name the block */
    pw_str body;     /* SQL, records to send */
    lines expected;
    lines actual;                        /* of --update */
    size_t head_start, head_end;         /* bytes of the block's first line in the file */
    size_t expected_start, expected_end; /* bytes of the expectation in the file */
    struct block *next;
} block;

typedef struct golden_file {
    pw_arena arena;
    const char *path;
    pw_str text;
    pw_str ways; /* "" or the ways named by `ways` */
    bool needs_data;
    block *first;
} golden_file;

bool golden_file_read(golden_file *file, const char *path);
void golden_file_close(golden_file *file);
/* Puts block->actual in the place of every expectation. */
bool golden_file_update(const golden_file *file);

/* --- ways to run a file (golden_ways.c) ------------------------------------------------------- */

typedef struct golden_way {
    const char *name;
    const char *batch_rows, *every_update, *workers;
    int32_t partitions;  /* of topics that do not say */
    bool restarts;       /* closed and opened again after every step */
    bool merges_updates; /* of a table only the last record of a key can be compared */
    bool mixes_keys;     /* the order of records of different keys says nothing */
} golden_way;

extern const golden_way golden_ways[];
extern const size_t golden_way_count;

bool golden_way_is_named(const golden_way *way, pw_str names);
/* What of `in` a run in this way must give: compared with the same of what it gave. */
lines golden_normalise(pw_arena *arena, const golden_way *way, block_kind kind, const lines *in);

/* --- records (golden_records.c) --------------------------------------------------------------- */

typedef struct golden_topics {
    pw_broker *broker;
    pw_arena *arena;
    pw_error *err;
} golden_topics;

/* Lines "@time key | value" to a topic; from, count: which of them. Returns how many there were. */
pw_status golden_send(const golden_topics *topics, pw_str topic, pw_str body, size_t from,
                      size_t count, size_t *sent);
void golden_escape(pw_buf *out, const void *bytes, size_t length);
/* All records of a topic as such lines; windowed keys as "key@start". */
pw_status golden_read(const golden_topics *topics, pw_str topic, bool is_windowed, lines *out);

/* --- running (golden_run.c) ------------------------------------------------------------------- */

typedef struct golden_options {
    bool is_update;
    bool is_verbose;
    const char *root;    /* of the sources: script paths begin there */
    const char *pitwall; /* the binary, for `datagen` and `load` */
    const char *data;    /* folder of race data, NULL: none */
} golden_options;

/* Runs the file once. Prints what differs and returns false then. */
bool golden_run(golden_file *file, const golden_way *way, const golden_options *options);

#endif
