/* Configuration: an INI file as Kafka users have it, ksqlDB .properties, --set and PITWALL_...
 * variables, checked key by key.
 *
 * INI: [default] [producer] [consumer] hold librdkafka properties, [pitwall] ours; above the first
 * section a key goes where it is known. A file whose name ends in .properties is read as Java does,
 * with ksqlDB's prefixes (ksql.streams., producer., consumer.) taken off. PITWALL_X_Y stands for
 * x.y. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SESSION_CONFIG_H
#define PW_SESSION_CONFIG_H

#include "base/arena.h"
#include "base/status.h"
#include "kafka/broker.h"
#include "session/settings.h"

typedef struct pw_config {
    const pw_settings *settings;
    pw_broker_property *broker_properties;
    size_t broker_property_count;
} pw_config;

typedef struct pw_config_entry {
    pw_str name;
    pw_str value;
    pw_str origin; /* "config.ini:7", "--set": where an error points */
} pw_config_entry;

/* Reads the file (may be empty), then PITWALL_... of the environment, then `entries`; later ones
 * win. Everything in *out is in `arena`. Errors: PW_CONFIG with file, line and the nearest valid
 * key, also for a file that cannot be read; PW_UNSUPPORTED for what is known but not built. The
 * values of secrets are never repeated. */
PW_MUST_USE pw_status pw_config_load(pw_arena *arena, pw_str file, const pw_config_entry *entries,
                                     size_t entry_count, pw_config *out, pw_error *err);

/* Must the value of this property be kept out of every message? */
bool pw_config_is_secret(pw_str name);

#endif
