/* Configuration: an INI file as Kafka users have it, ksqlDB .properties, --set and PITWALL_... variables, checked key by
 * key. [default] [producer] [consumer] hold librdkafka properties, [pitwall] ours; without sections a key goes where it
 * is known. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SESSION_CONFIG_H
#define PW_SESSION_CONFIG_H

#include "base/arena.h"
#include "base/status.h"
#include "kafka/broker.h"

/* Every setting of ours: X(field, name, ksqldb_alias or NULL, type, default, doc). Types: TEXT, INTEGER (int64), BOOLEAN, MS
 * (milliseconds), BYTES (with k/m/g suffixes). The list also makes the struct, SHOW PROPERTIES and the docs. */
#include "session/setting_list.h"

typedef struct pw_settings pw_settings; /* made from setting_list.h in settings.h */

typedef struct pw_config {
    const pw_settings *settings;
    pw_broker_property *broker_properties;
    size_t broker_property_count;
} pw_config;

typedef struct pw_config_entry {
    pw_str name;
    pw_str value;
    pw_str origin;
} pw_config_entry;

/* Reads the file (may be empty), then PITWALL_... of the environment, then `entries`; later ones win. Errors: PW_CONFIG with
 * file, line and the nearest valid key; PW_IO for a file that cannot be read. Secrets are never repeated. */
PW_MUST_USE pw_status pw_config_load(pw_arena *arena, pw_str file, const pw_config_entry *entries, size_t entry_count,
                         pw_config *out, pw_error *err);

#endif
