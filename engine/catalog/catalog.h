/* The catalog: which sources, types and statements there are.
 *
 * Two halves. The *log* is catalog.db in the data folder: every executed DDL statement in order,
 * each change in a transaction of its own. The *sources* and *types* are in memory only: the
 * session makes them by running the log's statements again when it starts. A statement is planned
 * and validated before it is appended; one that no longer plans at start-up is quarantined with its
 * reason, and the others start.
 *
 * Threads: none of this locks; the session that owns the catalog serialises its statements.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_CATALOG_CATALOG_H
#define PW_CATALOG_CATALOG_H

#include "base/arena.h"
#include "base/hashmap.h"
#include "base/status.h"
#include "base/str.h"
#include "types/schema.h"

typedef struct pw_catalog pw_catalog;

/* path: data folder/catalog.db, or ":memory:". is_read_only: for a process that only asks
 * (`pitwall query`); the log's changing calls are then refused, and a missing file is an empty log.
 * Errors: PW_IO, PW_DISK_FULL, PW_CORRUPT, PW_BUSY, PW_INVALID (written by a newer pitwall). */
PW_MUST_USE pw_status pw_catalog_open(pw_str path, bool is_read_only, pw_catalog **out,
                                      pw_error *err);
void pw_catalog_close(pw_catalog *catalog); /* NULL is fine */

/* --- the log -------------------------------------------------------------------------------- */

/* kind, text in the file. */
#define PW_ENTRY_KIND_MAP(X)                                                                       \
    X(CREATE_STREAM, "CREATE STREAM")                                                              \
    X(CREATE_TABLE, "CREATE TABLE")                                                                \
    X(CREATE_STREAM_AS, "CREATE STREAM AS")                                                        \
    X(CREATE_TABLE_AS, "CREATE TABLE AS")                                                          \
    X(INSERT_SELECT, "INSERT INTO")                                                                \
    X(ALTER_SOURCE, "ALTER")                                                                       \
    X(CREATE_TYPE, "CREATE TYPE")                                                                  \
    X(CREATE_INDEX, "CREATE INDEX")                                                                \
    X(CREATE_CONNECTOR, "CREATE CONNECTOR")                                                        \
    X(ALTER_SYSTEM, "ALTER SYSTEM")

typedef enum {
#define PW_ENTRY_KIND_ENUM(name, text) PW_ENTRY_##name,
    PW_ENTRY_KIND_MAP(PW_ENTRY_KIND_ENUM)
#undef PW_ENTRY_KIND_ENUM
        PW_ENTRY_KIND_COUNT
} pw_entry_kind;

const char *pw_entry_kind_text(pw_entry_kind kind);

/* One statement of the log. */
typedef struct pw_catalog_entry {
    int64_t id; /* order of execution; never given twice, so query ids can be made of it */
    pw_entry_kind kind;
    pw_str name;              /* of what it made or changed: source, type, index, connector, key */
    pw_str query_id;          /* of the persistent query it started; empty: none */
    pw_str statement;         /* as pw_ast_print writes it */
    int64_t created_ms;       /* wall clock */
    int32_t plan_version;     /* of the planner that validated it */
    bool is_paused;           /* PAUSE outlives a restart */
    pw_str quarantine_reason; /* why it does not run; empty: it does */
} pw_catalog_entry;

/* The id that the next append will give (for query ids such as CTAS_STANDINGS_7). */
int64_t pw_catalog_id_next(const pw_catalog *catalog);

/* Adds a statement at the end; sets entry->id. The entry is copied to the file. */
PW_MUST_USE pw_status pw_catalog_log_append(pw_catalog *catalog, pw_catalog_entry *entry,
                                            pw_error *err);

/* CREATE OR REPLACE: the entry with entry->id gets all of its other fields; its place in the order
 * stays, because statements behind it may build on it. PW_UNKNOWN if there is no such id. */
PW_MUST_USE pw_status pw_catalog_log_replace(pw_catalog *catalog, const pw_catalog_entry *entry,
                                             pw_error *err);

/* DROP: all `ids` go in one transaction (a source goes with its index and ALTER entries). */
PW_MUST_USE pw_status pw_catalog_log_delete(pw_catalog *catalog, const int64_t *ids,
                                            size_t id_count, pw_error *err);

/* An empty reason takes the entry out of quarantine. */
PW_MUST_USE pw_status pw_catalog_log_quarantine(pw_catalog *catalog, int64_t id, pw_str reason,
                                                pw_error *err);
PW_MUST_USE pw_status pw_catalog_log_pause(pw_catalog *catalog, int64_t id, bool is_paused,
                                           pw_error *err);

/* All entries in order, copied to `arena`. */
PW_MUST_USE pw_status pw_catalog_log_list(pw_catalog *catalog, pw_arena *arena,
                                          pw_catalog_entry **entries, size_t *entry_count,
                                          pw_error *err);

/* Several log changes as one: all of a script, or a DROP and a CREATE. No nesting. */
PW_MUST_USE pw_status pw_catalog_log_begin(pw_catalog *catalog, pw_error *err);
PW_MUST_USE pw_status pw_catalog_log_commit(pw_catalog *catalog, pw_error *err);
void pw_catalog_log_rollback(pw_catalog *catalog);

/* --- sources -------------------------------------------------------------------------------- */

typedef enum {
    PW_WINDOW_NONE,
    PW_WINDOW_TUMBLING,
    PW_WINDOW_HOPPING,
    PW_WINDOW_SESSION,
} pw_window_kind;

const char *pw_window_kind_text(pw_window_kind kind); /* "TUMBLING"; NONE gives "" */

/* ON ERROR of a source. */
typedef enum {
    PW_ON_ERROR_SKIP,
    PW_ON_ERROR_NULL,
    PW_ON_ERROR_FAIL,
    PW_ON_ERROR_TOPIC
} pw_on_error;

/* What the WITH clause settled for the key or the value. */
typedef struct pw_source_format {
    pw_str name;             /* "JSON", "KAFKA", "DELIMITED", "NONE", ...; upper case */
    char delimiter;          /* DELIMITED; 0 means the default */
    bool is_wrapped;         /* a single column is a member of a record, not the payload itself */
    bool is_wrapping_stated; /* WRAP_SINGLE_VALUE was given: a derived source inherits it */
    pw_str schema_full_name; /* AVRO, PROTOBUF, JSON_SR; empty: the default */
    int32_t schema_id;       /* -1: none given */
    pw_str nullable_representation; /* PROTOBUF; empty: the default */
} pw_source_format;

/* A stream or a table. Everything it points to lives until it is dropped or replaced. */
typedef struct pw_source {
    pw_str name;
    bool is_table;
    bool is_read_only; /* CREATE SOURCE STREAM|TABLE: no INSERT, topic is not dropped with it */
    pw_schema schema;  /* key columns first; a windowed key adds no columns here */

    pw_str topic;
    int32_t partitions;
    int32_t replicas;
    pw_source_format key_format;
    pw_source_format value_format;
    pw_str timestamp_column; /* empty: the record's timestamp */
    pw_str timestamp_format; /* Java pattern of a STRING timestamp column; empty: none */

    pw_window_kind window_kind; /* of the key */
    int64_t window_size_ms;     /* TUMBLING and HOPPING */

    pw_on_error on_error;
    pw_str on_error_topic; /* PW_ON_ERROR_TOPIC */
    int64_t retention_ms;  /* -1: not limited */
    int64_t ttl_ms;        /* tables, WITH (TTL=...); -1: rows stay */

    pw_str query_id;   /* of the query that created it (CREATE ... AS); empty: plain CREATE */
    pw_str state_path; /* the file that holds the table's rows; empty: not materialised */
    pw_str statement;  /* that created it */
    int64_t entry_id;  /* in the log; 0: not logged */
    int64_t created_ms;

    /* Ids of persistent queries, kept by pw_source_reader_* and pw_source_writer_*. */
    const pw_str *readers;
    uint32_t reader_count;
    const pw_str *writers; /* its own query_id included */
    uint32_t writer_count;
} pw_source;

/* Adds a deep copy (readers and writers start empty). `out` may be NULL; it gets the copy, valid
 * until it is dropped or replaced. PW_EXISTS, with ksqlDB's words, if the name is taken. */
PW_MUST_USE pw_status pw_catalog_source_add(pw_catalog *catalog, const pw_source *source,
                                            const pw_source **out, pw_error *err);

/* CREATE OR REPLACE and ALTER: the source of that name gets the new content at the same address;
 * readers and writers stay. What the former content pointed to lives on until the source is
 * dropped, so a running query's borrowed pointers hold. PW_UNKNOWN if there is none. */
PW_MUST_USE pw_status pw_catalog_source_replace(pw_catalog *catalog, const pw_source *source,
                                                pw_error *err);

/* NULL when there is none. Names are exact: the parser has folded them. */
const pw_source *pw_catalog_source_find(const pw_catalog *catalog, pw_str name);

/* The same with an error: PW_UNKNOWN "NAME does not exist." and the nearest name as hint. */
PW_MUST_USE pw_status pw_catalog_source_get(const pw_catalog *catalog, pw_str name, pw_span at,
                                            const pw_source **out, pw_error *err);

/* Forgets a source. PW_UNKNOWN; PW_INVALID, naming them, while persistent queries read or write it
 * (the query that created it does not count: the session ends it with its source). */
PW_MUST_USE pw_status pw_catalog_source_drop(pw_catalog *catalog, pw_str name, pw_error *err);

/* In order of creation; borrowed until the next add or drop. */
const pw_source *const *pw_catalog_sources(const pw_catalog *catalog, size_t *count);

/* A persistent query starts or stops to read or write a source. Adding twice is once; unknown names
 * are ignored (the source may be gone already). The id is copied. */
void pw_source_reader_add(pw_catalog *catalog, pw_str source, pw_str query_id);
void pw_source_reader_remove(pw_catalog *catalog, pw_str source, pw_str query_id);
void pw_source_writer_add(pw_catalog *catalog, pw_str source, pw_str query_id);
void pw_source_writer_remove(pw_catalog *catalog, pw_str source, pw_str query_id);
/* The query is gone: from every source's lists. */
void pw_catalog_query_forget(pw_catalog *catalog, pw_str query_id);

/* --- custom types --------------------------------------------------------------------------- */

typedef struct pw_custom_type {
    pw_str name;
    const pw_type *type;
    int64_t entry_id; /* in the log */
} pw_custom_type;

/* PW_EXISTS if the name is taken. The type is copied. */
PW_MUST_USE pw_status pw_catalog_type_add(pw_catalog *catalog, pw_str name, const pw_type *type,
                                          int64_t entry_id, pw_error *err);
/* NULL when there is none. The type stays valid until the catalog is closed, even when dropped:
 * sources made with it keep it. */
const pw_custom_type *pw_catalog_type_find(const pw_catalog *catalog, pw_str name);
PW_MUST_USE pw_status pw_catalog_type_drop(pw_catalog *catalog, pw_str name, pw_error *err);
/* In order of name; copied to `arena`. */
const pw_custom_type **pw_catalog_types(const pw_catalog *catalog, pw_arena *arena, size_t *count);

/* The types by name, as binding wants them (upper-cased name -> const pw_type *): `out` is
 * initialised here and given back with pw_hashmap_deinit. Its values are the catalog's: nobody
 * writes through them. */
void pw_catalog_type_map(const pw_catalog *catalog, pw_hashmap *out);

#endif
