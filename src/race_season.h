/* An invented race season, simulated lap by lap: the model behind `pitwall datagen`.
 *
 * The same seed gives the same season on every machine: only integers are computed with, and every
 * race draws from a generator of its own, so that no choice of topics changes what another one
 * holds. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_RACE_SEASON_H
#define PW_SRC_RACE_SEASON_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SEASON_DRIVERS = 20, /* on the grid */
    SEASON_CONSTRUCTORS = 10,
    SEASON_ROUNDS = 20,
    SEASON_DRIVER_POOL = 60, /* who may ever drive */
    RACE_LAPS_MAX = 110,
    RACE_STOPS_MAX = 3,
    NAME_BYTES = 48,
};

typedef struct race_driver {
    char id[NAME_BYTES]; /* "mara-lindqvist" */
    char name[NAME_BYTES];
    char code[4];
    int number;
    char born[40]; /* ISO date */
    const char *nationality;
    int slowness; /* hundredths of a percent of a lap */
} race_driver;

typedef struct race_constructor {
    const char *id, *name, *country;
} race_constructor;

typedef struct race_circuit {
    const char *id, *name, *locality, *country;
    const char *lat, *lon; /* as text: they go to the records as they stand */
    int length_m;
    int turns;
} race_circuit;

extern const race_constructor race_constructors[SEASON_CONSTRUCTORS];
extern const race_circuit race_circuits[SEASON_ROUNDS];

typedef struct race_stop {
    int lap;
    int duration_ms;
} race_stop;

/* One driver in one race. */
typedef struct race_run {
    int driver;           /* index in season.drivers */
    int constructor;      /* index in race_constructors */
    int qualifying_ms[3]; /* 0: did not take part in that session */
    int grid;
    int lap_count;                       /* laps completed */
    int64_t total_ms[RACE_LAPS_MAX + 1]; /* from the start to the end of each lap, [0] = 0 */
    race_stop stops[RACE_STOPS_MAX];
    int stop_count;
    int position;        /* 0: retired */
    const char *retired; /* why, or NULL */
} race_run;

typedef struct race_day {
    int season, round;
    const race_circuit *circuit;
    int64_t start_ms; /* since 1970 */
    char date[40];
    int lap_count;
    race_run runs[SEASON_DRIVERS]; /* in order of the result */
} race_day;

typedef struct race_season {
    uint64_t seed;
    int year;
    race_driver drivers[SEASON_DRIVER_POOL];
    int seats[SEASON_DRIVERS];     /* driver of seat i, which is constructor i / 2's */
    int cars[SEASON_CONSTRUCTORS]; /* slowness of the year's cars, as of drivers */
} race_season;

/* Makes the drivers of a seed; season_begin then seats them and builds the year's cars. */
void season_init(race_season *self, uint64_t seed);
void season_begin(race_season *self, int year);
/* round: 1..SEASON_ROUNDS. */
void season_race(const race_season *self, int round, race_day *out);

/* Points of a finishing position, 0 for the retired. */
int race_points(int position);
/* Position at the end of a lap, among those who completed it. */
int race_position_at(const race_day *self, int run, int lap);

#endif
