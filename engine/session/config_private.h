/* Between the files that read configurations. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SESSION_CONFIG_PRIVATE_H
#define PW_SESSION_CONFIG_PRIVATE_H

#include "session/config.h"

/* Where an entry stood, which says whom it may be for. */
typedef enum {
    PW_SECTION_NONE, /* no section: --set, the environment, above the first section */
    PW_SECTION_DEFAULT,
    PW_SECTION_PRODUCER,
    PW_SECTION_CONSUMER,
    PW_SECTION_PITWALL,
} pw_config_section;

typedef struct pw_config_line {
    pw_config_section section;
    pw_str name;
    pw_str value;
    pw_str origin;
    bool is_java; /* from a .properties file: names may be those of Java clients and of ksqlDB */
} pw_config_line;

typedef struct pw_config_lines {
    pw_config_line *items;
    size_t count;
    size_t capacity;
} pw_config_lines;

void pw_config_lines_add(pw_arena *arena, pw_config_lines *lines, pw_config_line line);

/* Reads a file, INI or .properties by its name. Names and values are not looked at yet. */
pw_status pw_config_read(pw_arena *arena, pw_str file, pw_config_lines *lines, pw_error *err);

/* What becomes of a name from a .properties file. */
typedef enum {
    PW_JAVA_KEEP,    /* `line` is now in our words, with the prefix taken off */
    PW_JAVA_IGNORE,  /* ksqlDB knows it, it has no meaning here */
    PW_JAVA_REFUSED, /* err is filled */
} pw_java_verdict;

/* Translates one line; what it becomes besides itself (user and password of a JAAS entry) goes to
 * `extra`. */
pw_java_verdict pw_config_translate(pw_arena *arena, pw_config_line *line, pw_config_lines *extra,
                                    pw_error *err);
/* The name of ksqlDB's that is nearest to `name` among those that are accepted, or empty. */
pw_str pw_config_java_nearest(pw_str name);

#endif
