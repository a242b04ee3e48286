/* SPDX-License-Identifier: Apache-2.0 */
#include "race_records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const race_topic_row race_topic_rows[RACE_TOPIC_COUNT] = {
#define RACE_TOPIC_ROW(name, topic, is_table, doc) {topic, is_table, doc},
    RACE_TOPIC_MAP(RACE_TOPIC_ROW)
#undef RACE_TOPIC_ROW
};

enum { DAY_MS = 24 * 3600 * 1000 };

/* One record under way. */
typedef struct emitter {
    const race_sink *sink;
    const race_season *season;
    const race_day *race;
    char race_id[24];
    pw_buf value;
    bool is_stopped;
} emitter;

static void send(emitter *self, race_topic topic, const char *key, int64_t timestamp_ms) {
    if (!self->is_stopped && self->sink->is_wanted[topic])
        self->is_stopped = !self->sink->take(self->sink->opaque, topic, key,
                                             pw_buf_str(&self->value), timestamp_ms);
    pw_buf_clear(&self->value);
}

/* Metres as kilometres: 5310 is 5.31. */
static void add_km(pw_buf *out, int64_t metres) {
    pw_buf_format(out, "%" PRId64 ".%03d", metres / 1000, (int)(metres % 1000));
    while (out->data[out->length - 1] == '0' && out->data[out->length - 2] != '.')
        out->length--;
}

static const race_driver *driver_of(const emitter *self, const race_run *run) {
    return &self->season->drivers[run->driver];
}

/* The members that every record of a driver in a race begins with. */
static void begin_run(emitter *self, const race_run *run) {
    pw_buf_format(&self->value,
                  "{\"raceId\":\"%s\",\"season\":%d,\"driverId\":\"%s\",\"constructorId\":\"%s\"",
                  self->race_id, self->race->season, driver_of(self, run)->id,
                  race_constructors[run->constructor].id);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void emit_drivers(emitter *self, int64_t timestamp_ms) {
    for (int i = 0; i < SEASON_DRIVER_POOL; i++) {
        const race_driver *driver = &self->season->drivers[i];
        pw_buf_format(&self->value,
                      "{\"driverId\":\"%s\",\"name\":\"%s\",\"code\":\"%s\",\"number\":%d,"
                      "\"dateOfBirth\":\"%s\",\"nationality\":\"%s\"}",
                      driver->id, driver->name, driver->code, driver->number, driver->born,
                      driver->nationality);
        send(self, RACE_TOPIC_DRIVERS, driver->id, timestamp_ms);
    }
}

static void emit_constructors(emitter *self, int64_t timestamp_ms) {
    for (int i = 0; i < SEASON_CONSTRUCTORS; i++) {
        const race_constructor *team = &race_constructors[i];
        pw_buf_format(&self->value, "{\"constructorId\":\"%s\",\"name\":\"%s\",\"country\":\"%s\"}",
                      team->id, team->name, team->country);
        send(self, RACE_TOPIC_CONSTRUCTORS, team->id, timestamp_ms);
    }
}

static void emit_circuits(emitter *self, int64_t timestamp_ms) {
    for (int i = 0; i < SEASON_ROUNDS; i++) {
        const race_circuit *circuit = &race_circuits[i];
        pw_buf_format(&self->value,
                      "{\"circuitId\":\"%s\",\"name\":\"%s\",\"locality\":\"%s\","
                      "\"country\":\"%s\",\"lat\":%s,\"long\":%s,\"lengthKm\":",
                      circuit->id, circuit->name, circuit->locality, circuit->country, circuit->lat,
                      circuit->lon);
        add_km(&self->value, circuit->length_m);
        pw_buf_format(&self->value, ",\"turns\":%d}", circuit->turns);
        send(self, RACE_TOPIC_CIRCUITS, circuit->id, timestamp_ms);
    }
}

bool race_emit_tables(const race_season *season, const race_sink *sink, int64_t timestamp_ms) {
    emitter self = {.sink = sink, .season = season};
    pw_buf_init(&self.value);
    emit_drivers(&self, timestamp_ms);
    emit_constructors(&self, timestamp_ms);
    emit_circuits(&self, timestamp_ms);
    pw_buf_deinit(&self.value);
    return !self.is_stopped;
}

/* --- one race --------------------------------------------------------------------------------- */

/* The shape of the Ergast API: numbers as text, the race inside an array. */
static void emit_race(emitter *self) {
    const race_day *race = self->race;
    const race_circuit *circuit = race->circuit;
    pw_buf_format(&self->value,
                  "{\"season\":\"%d\",\"round\":\"%d\",\"Races\":[{\"season\":\"%d\","
                  "\"round\":\"%d\",\"raceName\":\"%s Grand Prix\",\"Circuit\":{"
                  "\"circuitId\":\"%s\",\"circuitName\":\"%s\",\"Location\":{\"lat\":\"%s\","
                  "\"long\":\"%s\",\"locality\":\"%s\",\"country\":\"%s\"}},\"laps\":%d,"
                  "\"distanceKm\":",
                  race->season, race->round, race->season, race->round, circuit->locality,
                  circuit->id, circuit->name, circuit->lat, circuit->lon, circuit->locality,
                  circuit->country, race->lap_count);
    add_km(&self->value, (int64_t)circuit->length_m * race->lap_count);
    pw_buf_format(&self->value, ",\"date\":\"%s\"}]}", race->date);
    send(self, RACE_TOPIC_RACES, self->race_id, race->start_ms);
}

static void add_ms_or_null(pw_buf *out, const char *name, int64_t ms) {
    if (ms > 0)
        pw_buf_format(out, ",\"%s\":%" PRId64, name, ms);
    else
        pw_buf_format(out, ",\"%s\":null", name);
}

/* On the day before, in the order of the grid. */
static void emit_qualifying(emitter *self) {
    for (int grid = 1; grid <= SEASON_DRIVERS; grid++) {
        const race_run *run = self->race->runs;
        while (run->grid != grid)
            run++;
        begin_run(self, run);
        pw_buf_format(&self->value, ",\"position\":%d", grid);
        add_ms_or_null(&self->value, "q1Ms", run->qualifying_ms[0]);
        add_ms_or_null(&self->value, "q2Ms", run->qualifying_ms[1]);
        add_ms_or_null(&self->value, "q3Ms", run->qualifying_ms[2]);
        pw_buf_add_char(&self->value, '}');
        send(self, RACE_TOPIC_QUALIFYING, driver_of(self, run)->id,
             self->race->start_ms - DAY_MS + grid);
    }
}

/* The end of a lap, with the stop that was made in it. */
typedef struct race_event {
    int64_t at_ms;
    int run;
    int lap;
} race_event;

static int compare_events(const void *a, const void *b) {
    const race_event *left = a, *right = b;
    if (left->at_ms != right->at_ms) return left->at_ms < right->at_ms ? -1 : 1;
    if (left->run != right->run) return left->run - right->run;
    return left->lap - right->lap;
}

static void emit_stop(emitter *self, const race_run *run, const race_event *event) {
    for (int i = 0; i < run->stop_count; i++) {
        if (run->stops[i].lap != event->lap) continue;
        begin_run(self, run);
        pw_buf_format(&self->value, ",\"stop\":%d,\"lap\":%d,\"durationMs\":%d}", i + 1, event->lap,
                      run->stops[i].duration_ms);
        send(self, RACE_TOPIC_PIT_STOPS, driver_of(self, run)->id,
             self->race->start_ms + event->at_ms);
    }
}

static void emit_lap(emitter *self, const race_run *run, const race_event *event) {
    begin_run(self, run);
    pw_buf_format(&self->value, ",\"round\":%d,\"lap\":%d,\"position\":%d,\"timeMs\":%" PRId64 "}",
                  self->race->round, event->lap,
                  race_position_at(self->race, event->run, event->lap),
                  run->total_ms[event->lap] - run->total_ms[event->lap - 1]);
    send(self, RACE_TOPIC_LAPS, driver_of(self, run)->id, self->race->start_ms + event->at_ms);
}

static void emit_laps(emitter *self) {
    static race_event events[SEASON_DRIVERS * RACE_LAPS_MAX];
    size_t count = 0;
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        const race_run *run = &self->race->runs[i];
        for (int lap = 1; lap <= run->lap_count; lap++)
            events[count++] = (race_event){.at_ms = run->total_ms[lap], .run = i, .lap = lap};
    }
    qsort(events, count, sizeof events[0], compare_events);
    for (size_t i = 0; i < count && !self->is_stopped; i++) {
        const race_run *run = &self->race->runs[events[i].run];
        emit_stop(self, run, &events[i]);
        if (self->sink->is_wanted[RACE_TOPIC_LAPS]) emit_lap(self, run, &events[i]);
    }
}

static void emit_result(emitter *self, const race_run *run, int64_t timestamp_ms) {
    const race_day *race = self->race;
    pw_buf *out = &self->value;
    pw_buf_format(out,
                  "{\"raceId\":\"%s\",\"season\":%d,\"round\":%d,\"session\":\"RACE\","
                  "\"circuitId\":\"%s\"",
                  self->race_id, race->season, race->round, race->circuit->id);
    if (run->position)
        pw_buf_format(out, ",\"position\":%d,\"positionText\":\"%d\"", run->position,
                      run->position);
    else
        pw_buf_add_literal(out, ",\"position\":null,\"positionText\":\"DNF\"");
    pw_buf_format(out, ",\"driverId\":\"%s\",\"constructorId\":\"%s\",\"grid\":%d,\"laps\":%d",
                  driver_of(self, run)->id, race_constructors[run->constructor].id, run->grid,
                  run->lap_count);
    add_ms_or_null(out, "timeMs", run->retired ? 0 : run->total_ms[run->lap_count]);
    pw_buf_format(out, ",\"points\":%d.0,\"reasonRetired\":", race_points(run->position));
    if (run->retired)
        pw_buf_format(out, "\"%s\"}", run->retired);
    else
        pw_buf_add_literal(out, "null}");
    send(self, RACE_TOPIC_RESULTS, self->race_id, timestamp_ms);
}

static void emit_fastest_lap(emitter *self, const race_run *run, int64_t timestamp_ms) {
    int best = 0;
    int64_t best_ms = INT64_MAX;
    for (int lap = 1; lap <= run->lap_count; lap++) {
        int64_t ms = run->total_ms[lap] - run->total_ms[lap - 1];
        if (ms >= best_ms) continue;
        best = lap;
        best_ms = ms;
    }
    if (best == 0) return;
    begin_run(self, run);
    pw_buf_format(&self->value, ",\"lap\":%d,\"timeMs\":%" PRId64 "}", best, best_ms);
    send(self, RACE_TOPIC_FASTEST_LAPS, driver_of(self, run)->id, timestamp_ms);
}

/* When the last one is home. */
static void emit_results(emitter *self) {
    int64_t end_ms = 0;
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        const race_run *run = &self->race->runs[i];
        if (run->total_ms[run->lap_count] > end_ms) end_ms = run->total_ms[run->lap_count];
    }
    end_ms += self->race->start_ms;
    for (int i = 0; i < SEASON_DRIVERS; i++) {
        emit_result(self, &self->race->runs[i], end_ms + i + 1);
        emit_fastest_lap(self, &self->race->runs[i], end_ms + i + 1);
    }
}

bool race_emit(const race_season *season, const race_day *race, const race_sink *sink) {
    emitter self = {.sink = sink, .season = season, .race = race};
    snprintf(self.race_id, sizeof self.race_id, "%d-%d", race->season, race->round);
    pw_buf_init(&self.value);
    emit_qualifying(&self);
    emit_race(&self);
    emit_laps(&self);
    emit_results(&self);
    pw_buf_deinit(&self.value);
    return !self.is_stopped;
}
