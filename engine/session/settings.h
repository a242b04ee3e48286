/* Our settings as a struct, and the table that describes them. Both are made from setting_list.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SESSION_SETTINGS_H
#define PW_SESSION_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "pitwall.h"
#include "session/setting_list.h"

typedef enum {
    PW_SETTING_TEXT,
    PW_SETTING_INTEGER,
    PW_SETTING_BOOLEAN,
    PW_SETTING_MS,
    PW_SETTING_BYTES,
} pw_setting_type;

typedef pw_str pw_setting_c_TEXT;
typedef int64_t pw_setting_c_INTEGER;
typedef bool pw_setting_c_BOOLEAN;
typedef int64_t pw_setting_c_MS;
typedef int64_t pw_setting_c_BYTES;

/* A plain value: copy it to change some settings for one statement or session. Texts live in the
 * arena they were set with. */
typedef struct pw_settings {
#define PW_SETTING_FIELD(field, name, alias, type, value, limits, doc) pw_setting_c_##type field;
    PW_SETTING_MAP(PW_SETTING_FIELD)
#undef PW_SETTING_FIELD
} pw_settings;

/* One row of the list. */
typedef struct pw_setting {
    pw_str name;
    pw_str alias; /* empty: none */
    pw_setting_type type;
    pw_str default_value;
    pw_str limits;
    size_t field_offset; /* in pw_settings */
} pw_setting;

const pw_setting *pw_setting_all(size_t *count);
/* By name or alias; NULL if it is none of ours. */
const pw_setting *pw_setting_find(pw_str name);
/* The name of ours that is nearest to `name`, or empty. */
pw_str pw_setting_nearest(pw_str name);

/* Every setting at its default. */
void pw_settings_init(pw_settings *settings);

/* Checks `value` and sets it. A failure (PW_CONFIG, PW_UNSUPPORTED) names `origin` ("config.ini:7",
 * "--set"; may be empty), what was given and what is allowed. */
PW_MUST_USE pw_status pw_setting_set(pw_arena *arena, pw_settings *settings,
                                     const pw_setting *setting, pw_str value, pw_str origin,
                                     pw_error *err);

/* The value as text, as pw_setting_set takes it. */
void pw_setting_print(const pw_settings *settings, const pw_setting *setting, pw_buf *out);

#endif
