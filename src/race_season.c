/* SPDX-License-Identifier: Apache-2.0 */
#include "race_season.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "race_names.h"

/* --- chance ----------------------------------------------------------------------------------- */

/* A counter through a mixer of bits (splitmix64): small, and good enough to race with. */
static uint64_t draw(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* 0 .. limit - 1 */
static int draw_below(uint64_t *state, int limit) {
    return (int)(draw(state) % (uint64_t)limit);
}

/* Around the middle of 0 .. limit - 1: the mean of three. */
static int draw_middle(uint64_t *state, int limit) {
    return (draw_below(state, limit) + draw_below(state, limit) + draw_below(state, limit)) / 3;
}

/* A generator of its own for a purpose: the season and round of a race. */
static uint64_t seed_for(uint64_t seed, int year, int round) {
    uint64_t state = seed ^ ((uint64_t)year << 32) ^ ((uint64_t)round << 20);
    return draw(&state);
}

/* --- the calendar ----------------------------------------------------------------------------- */

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to January 1 of the year. */
static int64_t days_to_year(int year) {
    int64_t before = year - 1;
    return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

/* The first Sunday of March and every second one after it, at 14:00 UTC: the last of 20 is in
 * November. */
static void set_date(race_day *out) {
    int64_t day = days_to_year(out->season) + 31 + days_of_month(out->season, 2);
    while (((day + 4) % 7 + 7) % 7 != 0)
        day++; /* 1970-01-01 was a Thursday */
    day += (int64_t)(out->round - 1) * 14;
    out->start_ms = (day * 24 + 14) * 3600 * 1000;
    int month = 1;
    int rest = (int)(day - days_to_year(out->season));
    while (rest >= days_of_month(out->season, month))
        rest -= days_of_month(out->season, month++);
    snprintf(out->date, sizeof out->date, "%04d-%02d-%02d", out->season, month, rest + 1);
}

/* --- people ----------------------------------------------------------------------------------- */

static void make_driver(uint64_t *state, int index, race_driver *out) {
    /* Each surname once per 30 drivers, first names shifted: no two have both in common. */
    const char *last = race_last_names[index % RACE_LAST_NAMES];
    const char *first =
        race_first_names[(index * 7 + index / RACE_LAST_NAMES + 3) % RACE_FIRST_NAMES];
    snprintf(out->name, sizeof out->name, "%s %s", first, last);
    snprintf(out->id, sizeof out->id, "%s-%s", first, last);
    for (char *c = out->id; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (int i = 0; i < 3; i++)
        out->code[i] = (char)toupper((unsigned char)last[i]);
    out->code[3] = '\0';
    out->number = index + 2;
    snprintf(out->born, sizeof out->born, "%04d-%02d-%02d", 1985 + draw_below(state, 20),
             1 + draw_below(state, 12), 1 + draw_below(state, 28));
    out->nationality = race_nationalities[draw_below(state, RACE_NATIONALITIES)];
    out->slowness = draw_middle(state, 90);
}

void season_init(race_season *self, uint64_t seed) {
    memset(self, 0, sizeof *self);
    self->seed = seed;
    uint64_t state = seed_for(seed, 0, 0);
    for (int i = 0; i < SEASON_DRIVER_POOL; i++)
        make_driver(&state, i, &self->drivers[i]);
}

void season_begin(race_season *self, int year) {
    uint64_t state = seed_for(self->seed, year, 0);
    self->year = year;
    for (int i = 0; i < SEASON_CONSTRUCTORS; i++)
        self->cars[i] = draw_middle(&state, 160);
    /* Two drivers leave every year and the next two of the pool take their seats. */
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        int turns = (year + SEASON_DRIVERS - 1 - i) / (SEASON_DRIVERS / 2);
        self->seats[i] = (i + turns * SEASON_DRIVERS) % SEASON_DRIVER_POOL;
    }
}

/* --- a race ----------------------------------------------------------------------------------- */

/* 55 m/s on average, less with many turns. */
static int base_lap_ms(const race_circuit *circuit) {
    return circuit->length_m * 1000 / 60 + circuit->turns * 350;
}

/* A lap of this driver in this car without traffic, tyres and luck. */
static int pace_ms(const race_season *self, const race_day *race, const race_run *run) {
    int slowness = self->drivers[run->driver].slowness + self->cars[run->constructor];
    return base_lap_ms(race->circuit) * (10000 + slowness) / 10000;
}

static int compare_qualifying(const void *a, const void *b) {
    const race_run *left = a, *right = b;
    for (int session = 2; session >= 0; session--) {
        int l = left->qualifying_ms[session], r = right->qualifying_ms[session];
        if (l == 0 && r == 0) continue;
        if (l == 0 || r == 0) return l == 0 ? 1 : -1;
        if (l != r) return l < r ? -1 : 1;
    }
    return left->driver - right->driver;
}

/* Three sessions: all, the best 15, the best 10. */
static void qualify(const race_season *self, race_day *out, uint64_t *state) {
    static const int starters[] = {SEASON_DRIVERS, 15, 10};
    for (int session = 0; session < 3; session++) {
        for (int i = 0; i < starters[session]; i++) {
            race_run *run = &out->runs[i];
            run->qualifying_ms[session] =
                pace_ms(self, out, run) * 97 / 100 - session * 250 + draw_middle(state, 900);
        }
        qsort(out->runs, SEASON_DRIVERS, sizeof out->runs[0], compare_qualifying);
    }
    for (int i = 0; i < SEASON_DRIVERS; i++)
        out->runs[i].grid = i + 1;
}

static void plan_stops(race_run *run, int lap_count, uint64_t *state) {
    int wanted = 1 + (draw_below(state, 100) < 45) + (draw_below(state, 100) < 8);
    for (int i = 0; i < wanted; i++) {
        int lap = lap_count * (i + 1) / (wanted + 1) + draw_below(state, 9) - 4;
        run->stops[i] = (race_stop){.lap = lap, .duration_ms = 20500 + draw_middle(state, 6000)};
        if (draw_below(state, 100) < 3) run->stops[i].duration_ms += 8000; /* a wheel sticks */
    }
    run->stop_count = wanted;
}

/* All laps, as if everybody drove to the end; retirement is decided first. */
static void drive(const race_season *self, race_day *out, race_run *run, uint64_t *state) {
    int pace = pace_ms(self, out, run), tyre_age = 0, next_stop = 0;
    plan_stops(run, out->lap_count, state);
    run->lap_count = out->lap_count;
    if (draw_below(state, 100) < 9) {
        run->lap_count = draw_below(state, out->lap_count);
        run->retired = race_retirements[draw_below(state, RACE_RETIREMENTS)];
    }
    for (int lap = 1; lap <= run->lap_count; lap++) {
        int ms = pace + tyre_age * 28 + draw_middle(state, 1400);
        if (lap == 1) ms += 3500 + run->grid * 240;
        tyre_age++;
        if (next_stop < run->stop_count && run->stops[next_stop].lap == lap) {
            ms += run->stops[next_stop++].duration_ms;
            tyre_age = 0;
        }
        run->total_ms[lap] = run->total_ms[lap - 1] + ms;
    }
    run->stop_count = next_stop;
}

/* When the leader is home everybody finishes the lap he is on. */
static void wave_the_flag(race_day *out) {
    int64_t end_ms = INT64_MAX;
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        const race_run *run = &out->runs[i];
        if (!run->retired && run->total_ms[run->lap_count] < end_ms)
            end_ms = run->total_ms[run->lap_count];
    }
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        race_run *run = &out->runs[i];
        int lap = 0;
        while (lap < run->lap_count && run->total_ms[lap] < end_ms)
            lap++;
        run->lap_count = lap;
        while (run->stop_count > 0 && run->stops[run->stop_count - 1].lap > lap)
            run->stop_count--;
    }
}

static int compare_results(const void *a, const void *b) {
    const race_run *left = a, *right = b;
    if (!left->retired != !right->retired) return left->retired ? 1 : -1;
    if (left->lap_count != right->lap_count) return right->lap_count - left->lap_count;
    int64_t l = left->total_ms[left->lap_count], r = right->total_ms[right->lap_count];
    if (l != r) return l < r ? -1 : 1;
    return left->grid - right->grid;
}

void season_race(const race_season *self, int round, race_day *out) {
    uint64_t state = seed_for(self->seed, self->year, round);
    memset(out, 0, sizeof *out);
    out->season = self->year;
    out->round = round;
    out->circuit = &race_circuits[round - 1];
    out->lap_count = (305000 + out->circuit->length_m - 1) / out->circuit->length_m;
    set_date(out);
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        out->runs[i].driver = self->seats[i];
        out->runs[i].constructor = i / 2;
    }
    qualify(self, out, &state);
    for (int i = 0; i < SEASON_DRIVERS; i++)
        drive(self, out, &out->runs[i], &state);
    wave_the_flag(out);
    qsort(out->runs, SEASON_DRIVERS, sizeof out->runs[0], compare_results);
    for (int i = 0; i < SEASON_DRIVERS; i++)
        if (!out->runs[i].retired) out->runs[i].position = i + 1;
}

int race_points(int position) {
    static const int points[] = {0, 25, 18, 15, 12, 10, 8, 6, 4, 2, 1};
    return position > 0 && position <= 10 ? points[position] : 0;
}

int race_position_at(const race_day *self, int run, int lap) {
    int64_t ms = self->runs[run].total_ms[lap];
    int position = 1;
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        const race_run *other = &self->runs[i];
        if (i == run || other->lap_count < lap) continue;
        if (other->total_ms[lap] < ms || (other->total_ms[lap] == ms && i < run)) position++;
    }
    return position;
}
