/* Time zones as Java names them: regions ("Europe/Berlin"), offsets ("+02:00", "Z") and offsets
 * behind UTC, GMT or UT ("GMT+2"). The rules of a region come from ICU once and are kept,
 * read-only, for the process. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUNCTIONS_TIME_ZONE_H
#define PW_FUNCTIONS_TIME_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct pw_zone_rules pw_zone_rules;

typedef struct pw_zone {
    const pw_zone_rules *rules; /* NULL: a fixed offset */
    int32_t offset_ms;          /* of a fixed offset */
    bool is_named_utc;          /* "UTC", "GMT", "UT": prints its name, not "Z" */
    char name[40];              /* as Java's ZoneId.toString */
} pw_zone;

extern const pw_zone pw_zone_utc;

/* False when Java's ZoneId.of would refuse the name. Thread-safe. */
bool pw_zone_find(pw_str name, pw_zone *out);

/* The zone of this machine. */
pw_zone pw_zone_system(void);

/* "+2", "+02", "+0200", "+02:00", "+02:00:30": milliseconds east; false if it is none. */
bool pw_zone_parse_offset(pw_str text, int32_t *offset_ms);

int32_t pw_zone_offset(const pw_zone *zone, int64_t epoch_ms);

/* Local time, as milliseconds, to UTC. In a gap it moves forward by the gap; of two possible
 * instants it is the later one, as ksqlDB has it. */
int64_t pw_zone_to_utc(const pw_zone *zone, int64_t local_ms);

/* "CET", "CEST"; "GMT+1" where English has no short name. */
pw_str pw_zone_short_name(const pw_zone *zone, int64_t epoch_ms);

#endif
