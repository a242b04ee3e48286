/* Rows for people and programs: an aligned table, CSV, a JSON array or JSON lines on stdout.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_OUTPUT_H
#define PW_SRC_OUTPUT_H

#include "base/arena.h"
#include "base/buf.h"

/* The choices of --output, the default first. */
#define OUTPUT_CHOICES "table|csv|json|jsonl"

typedef struct output_column {
    const char *name;
    bool is_right; /* aligned to the right: numbers */
} output_column;

typedef struct output output;

/* kind: one of OUTPUT_CHOICES. Names are copied. */
output *output_open(const char *kind, const output_column *columns, size_t column_count);
/* texts[i] NULL is NULL; jsons may be NULL: then texts are JSON strings. Copies. False when stdout
 * takes no more. */
bool output_row(output *self, const char *const *texts, const char *const *jsons);
/* Prints what is left and frees; returns how many rows there were. */
uint64_t output_close(output *self);

#endif
