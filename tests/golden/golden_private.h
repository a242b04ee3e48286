/* A run and what it checks. SPDX-License-Identifier: Apache-2.0 */
#ifndef GOLDEN_PRIVATE_H
#define GOLDEN_PRIVATE_H

#include "golden.h"

typedef struct run {
    golden_file *file;
    const golden_way *way;
    const golden_options *options;
    pw_arena arena;
    char folder[256];
    golden_topics topics;
    pitwall *engine;
    pw_buf replay; /* statements to execute again after a restart */
    pw_error err;
    pitwall_error failure;
} run;

/* Prints a message with the block's place; false, for `return run_complain(...)`. */
bool run_complain(const run *self, const block *b, const char *message);
/* Waits until everything sent has come out. */
bool run_settle(run *self, const block *b);

/* golden_check.c: makes what the block says and compares. */
bool run_check(run *self, block *b);

/* golden_file.c: only the text. */
bool golden_text_read(golden_file *file, const char *path);

#endif
