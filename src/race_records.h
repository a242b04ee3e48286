/* A race season as records of topics. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_RACE_RECORDS_H
#define PW_SRC_RACE_RECORDS_H

#include "base/buf.h"
#include "race_season.h"

/* X(enum, topic, is a table: compacted, what its records are) */
#define RACE_TOPIC_MAP(X)                                                                          \
    X(DRIVERS, "drivers", true, "a table of drivers by id")                                        \
    X(CONSTRUCTORS, "constructors", true, "a table of teams by id")                                \
    X(CIRCUITS, "circuits", true, "a table of circuits by id")                                     \
    X(RACES, "tpc-race-data", false, "a race each, nested, keyed by season-round")                 \
    X(QUALIFYING, "qualifying", false, "a driver's times in a qualifying, keyed by driver")        \
    X(LAPS, "laps", false, "every lap of every driver, keyed by driver")                           \
    X(PIT_STOPS, "pit-stops", false, "every stop, keyed by driver")                                \
    X(RESULTS, "race-results", false, "a driver's result and points, keyed by race")               \
    X(FASTEST_LAPS, "fastest-laps", false, "a driver's best lap of a race, keyed by driver")

typedef enum {
#define RACE_TOPIC_ENUM(name, topic, is_table, doc) RACE_TOPIC_##name,
    RACE_TOPIC_MAP(RACE_TOPIC_ENUM)
#undef RACE_TOPIC_ENUM
        RACE_TOPIC_COUNT
} race_topic;

typedef struct race_topic_row {
    const char *name;
    bool is_table;
    const char *doc;
} race_topic_row;

extern const race_topic_row race_topic_rows[RACE_TOPIC_COUNT];

/* Takes one record; key and value are borrowed for the call. False ends the generation. */
typedef struct race_sink {
    bool is_wanted[RACE_TOPIC_COUNT];
    bool (*take)(void *opaque, race_topic topic, const char *key, pw_str value,
                 int64_t timestamp_ms);
    void *opaque;
} race_sink;

/* Drivers, teams and circuits, as of timestamp_ms. */
bool race_emit_tables(const race_season *season, const race_sink *sink, int64_t timestamp_ms);
/* Everything of one race, in the order in which it happened. */
bool race_emit(const race_season *season, const race_day *race, const race_sink *sink);

#endif
