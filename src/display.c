/* SPDX-License-Identifier: Apache-2.0 */
#include "display.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    TERMINAL_INTERVAL_MS = 100,
    PLAIN_INTERVAL_MS = 5000, /* logs are read by people, too */
    BAR_COLUMNS = 24,
    LINE_BYTES = 512,
};

static struct {
    pthread_mutex_t lock; /* the log writes from any thread */
    bool is_running;
    int lines_drawn; /* of the bar, on the terminal now */
    int64_t started_ns;
    int64_t drawn_ns;
    uint64_t rate_done; /* at rate_ns: the rate is that of the last seconds, not of all time */
    int64_t rate_ns;
    double rate;
} display = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool display_is_terminal(void) {
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *display_number(double value, char *out, int out_bytes) {
    const char *units[] = {"", " k", " M", " G", " T"};
    int unit = 0;
    while (value >= 999.5 && unit < 4) {
        value /= 1000;
        unit++;
    }
    int digits = unit == 0 || value >= 99.95 ? 0 : 1;
    snprintf(out, (size_t)out_bytes, "%.*f%s", digits, value, units[unit]);
    return out;
}

static void clear_locked(void) {
    for (; display.lines_drawn > 0; display.lines_drawn--)
        fputs("\033[A\033[2K", stderr);
}

static void log_before(void) {
    pthread_mutex_lock(&display.lock);
    clear_locked();
}

static void log_after(void) {
    pthread_mutex_unlock(&display.lock);
}

void display_begin(void) {
    pthread_mutex_lock(&display.lock);
    display.is_running = true;
    display.started_ns = display.drawn_ns = display.rate_ns = pw_clock_mono_ns();
    display.rate_done = 0;
    display.rate = 0;
    display.lines_drawn = 0;
    pthread_mutex_unlock(&display.lock);
    pw_log_hook_set(log_before, log_after);
}

void display_end(void) {
    pw_log_hook_set(NULL, NULL);
    pthread_mutex_lock(&display.lock);
    clear_locked();
    display.is_running = false;
    pthread_mutex_unlock(&display.lock);
}

void display_step_aside(void) {
    pthread_mutex_lock(&display.lock);
    clear_locked();
    pthread_mutex_unlock(&display.lock);
}

/* Half of the old rate and half of the new one, once a second: steady, and not late by much. */
static void measure(uint64_t done, int64_t now_ns) {
    double seconds = (double)(now_ns - display.rate_ns) / 1e9;
    bool is_first = display.rate_done == 0 && display.rate_ns == display.started_ns;
    if (seconds < 1 && !is_first) return;
    if (seconds <= 0 || done < display.rate_done) return;
    double rate = (double)(done - display.rate_done) / seconds;
    display.rate = is_first ? rate : (display.rate + rate) / 2;
    if (seconds < 1) return;
    display.rate_done = done;
    display.rate_ns = now_ns;
}

static void print_eta(double seconds, char *out, size_t out_bytes) {
    long whole = seconds > 359999 ? 359999 : (long)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(out, out_bytes, "%ldh%02ldm", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        snprintf(out, out_bytes, "%ldm%02lds", whole / 60, whole % 60);
    else
        snprintf(out, out_bytes, "%lds", whole);
}

/* label  [=====>    ]  42 %  1.2 M/s  ETA 12s */
static void print_state(const display_state *state, bool has_bar, double rate, char *out) {
    char done[16], speed[16], eta[48];
    double part = state->total ? (double)state->done / (double)state->total : 0;
    if (part > 1) part = 1;
    int length = snprintf(out, LINE_BYTES, "%-20.40s ", state->label);
    if (state->total && has_bar) {
        char bar[BAR_COLUMNS + 1];
        int filled = (int)(part * BAR_COLUMNS);
        for (int i = 0; i < BAR_COLUMNS; i++)
            bar[i] = i < filled ? '=' : i == filled ? '>' : ' ';
        bar[BAR_COLUMNS] = '\0';
        length += snprintf(out + length, (size_t)(LINE_BYTES - length), "[%s] ", bar);
    }
    if (state->total)
        length +=
            snprintf(out + length, (size_t)(LINE_BYTES - length), "%3d %%  ", (int)(part * 100));
    length += snprintf(out + length, (size_t)(LINE_BYTES - length), "%s %s",
                       display_number((double)state->done, done, sizeof done), state->unit);
    if (rate <= 0) return;
    length += snprintf(out + length, (size_t)(LINE_BYTES - length), "  %s/s",
                       display_number(rate, speed, sizeof speed));
    if (state->total <= state->done) return;
    print_eta((double)(state->total - state->done) / rate, eta, sizeof eta);
    snprintf(out + length, (size_t)(LINE_BYTES - length), "  ETA %s", eta);
}

static int terminal_columns(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col;
}

static void draw_locked(const display_state *states, int state_count, bool is_terminal) {
    int columns = terminal_columns();
    uint64_t sum_done = 0;
    for (int i = 0; i < state_count; i++)
        sum_done += states[i].done;
    if (is_terminal) clear_locked();
    for (int i = 0; i < state_count; i++) {
        char line[LINE_BYTES];
        /* The rate is measured for all together; each gets its share by what it has done. */
        double share = sum_done ? (double)states[i].done / (double)sum_done : 0;
        print_state(&states[i], is_terminal, display.rate * share, line);
        if (is_terminal)
            fprintf(stderr, "%.*s\n", columns - 1, line);
        else
            fprintf(stderr, "%s\n", line);
    }
    if (is_terminal) display.lines_drawn = state_count;
    fflush(stderr);
}

void display_update(const display_state *states, int state_count, bool is_last) {
    bool is_terminal = display_is_terminal();
    int64_t now_ns = pw_clock_mono_ns();
    int64_t interval_ms = is_terminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
    pthread_mutex_lock(&display.lock);
    uint64_t done = 0;
    for (int i = 0; i < state_count; i++)
        done += states[i].done;
    measure(done, now_ns);
    bool is_due = now_ns - display.drawn_ns >= interval_ms * 1000000;
    if (display.is_running && (is_due || (is_last && !is_terminal))) {
        display.drawn_ns = now_ns;
        draw_locked(states, state_count, is_terminal);
    }
    pthread_mutex_unlock(&display.lock);
}
