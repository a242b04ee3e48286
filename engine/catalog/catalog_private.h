/* What the files of engine/catalog share. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_CATALOG_PRIVATE_H
#define PW_CATALOG_PRIVATE_H

#include "base/hashmap.h"
#include "base/sqlite_util.h"
#include "catalog/catalog.h"

/* A source and what it points to. The arena goes with it. */
typedef struct pw_source_slot {
    pw_source source; /* first: a pw_source of the catalog is its slot */
    pw_arena arena;
    pw_str *readers;
    pw_str *writers;
} pw_source_slot;

struct pw_catalog {
    pw_arena arena; /* custom types */
    char *path;

    /* The log. NULL: opened for reading, and there is no file. */
    sqlite3 *db;
    bool is_read_only;
    bool is_in_transaction;
    int64_t id_next;

    pw_hashmap source_by_name; /* -> pw_source_slot */
    const pw_source **sources; /* their sources, in order of creation */
    size_t source_count;
    size_t source_capacity;

    pw_hashmap types; /* name -> pw_custom_type */
};

/* catalog_log.c */
pw_status pw_catalog_log_open(pw_catalog *catalog, pw_error *err);

/* catalog_source.c */
void pw_catalog_sources_free(pw_catalog *catalog);

#endif
