/* Progress on stderr: a bar that is drawn over itself on a terminal, a plain line now and then
 * otherwise. One at a time. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_DISPLAY_H
#define PW_SRC_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct display_state {
    const char *label; /* "standings", "produce laps" */
    const char *unit;  /* "records", "bytes" */
    uint64_t done;
    uint64_t total; /* 0: not known, or without end */
} display_state;

void display_begin(void);
/* Draws if it is time to (or `is_last`); cheap otherwise. */
void display_update(const display_state *states, int state_count, bool is_last);
/* Removes the bar; plain lines stay. */
void display_end(void);

/* Clears the bar's line so that another line can be written; it comes back with the next update.
 * Any thread. */
void display_step_aside(void);

bool display_is_terminal(void);

/* "1.2 M", "34.5 k", "17": a number in few columns. */
const char *display_number(double value, char *out, int out_bytes);

#endif
