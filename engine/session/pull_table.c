/* The tables a query names: in the catalog, then in their files. SPDX-License-Identifier:
 * Apache-2.0 */
#include <ctype.h>

#include "base/error.h"
#include "base/sqlite_util.h"
#include "session/pull_private.h"

/* --- what cannot be asked --------------------------------------------------------------------- */

static pw_status fail_stream(pull *q, const pw_node *node) {
    pw_fail(q->err, PW_UNSUPPORTED, node->span,
            "Pull queries are not supported on streams yet: `%.*s` is a stream",
            PW_STR_ARGS(node->text));
    pw_error_hint(q->err,
                  "keep what you want to ask in a table: CREATE TABLE name AS SELECT ... "
                  "FROM %.*s GROUP BY ...",
                  PW_STR_ARGS(node->text));
    return PW_UNSUPPORTED;
}

/* ksqlDB's words. */
static pw_status fail_table(pull *q, const pw_node *node) {
    pw_fail(
        q->err, PW_INVALID, node->span,
        "The `%.*s` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE "
        "QUERYABLE_%.*s AS SELECT * FROM %.*s'",
        PW_STR_ARGS(node->text), PW_STR_ARGS(node->text), PW_STR_ARGS(node->text));
    pw_error_hint(q->err, "only the table of a CREATE TABLE ... AS SELECT keeps its rows");
    return PW_INVALID;
}

static pw_status fail_unknown(pull *q, const pw_node *node) {
    size_t count;
    const pw_source *const *sources = pw_catalog_sources(q->p->catalog, &count);
    pw_str *names = PW_NEW_ARRAY(&q->arena, pw_str, count + 1);
    size_t name_count = 0;
    pw_buf list;
    pw_buf_init(&list);
    for (size_t i = 0; i < count; i++) {
        if (!sources[i]->is_table || sources[i]->state_path.length == 0) continue;
        names[name_count++] = sources[i]->name;
        if (name_count > 8) continue;
        pw_buf_format(&list, "%s%.*s", list.length ? ", " : "", PW_STR_ARGS(sources[i]->name));
    }
    pw_fail(q->err, PW_UNKNOWN, node->span, "%.*s does not exist.", PW_STR_ARGS(node->text));
    pw_str nearest = pw_nearest(node->text, names, name_count);
    if (nearest.length)
        pw_error_hint(q->err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    else if (name_count == 0)
        pw_error_hint(q->err, "there are no tables to ask in this data folder");
    else
        pw_error_hint(q->err, "tables: %s%s", pw_buf_cstr(&list), name_count > 8 ? ", ..." : "");
    pw_buf_deinit(&list);
    return PW_UNKNOWN;
}

/* --- columns in the file ---------------------------------------------------------------------- */

typedef struct stored_columns {
    const char *schema;
    pw_str table;
    pw_str *names;
    uint32_t count;
} stored_columns;

static pw_status read_names(pull *q, stored_columns *out) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(q->db, "SELECT name FROM pragma_table_info(?1, ?2)", -1, &statement,
                                NULL);
    if (rc != SQLITE_OK) return pull_fail_sqlite(q, rc);
    pw_sqlite_bind_str(statement, 1, out->table);
    pw_sqlite_bind_str(statement, 2, pw_str_from(out->schema));
    out->names = PW_NEW_ARRAY(&q->arena, pw_str, PW_COLUMNS_MAX + 8);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW && out->count < PW_COLUMNS_MAX + 8) {
        out->names[out->count++] = pw_arena_str(&q->arena, pw_sqlite_column_str(statement, 0));
    }
    pw_status status = rc == SQLITE_DONE || rc == SQLITE_ROW ? PW_OK : pull_fail_sqlite(q, rc);
    sqlite3_finalize(statement);
    return status;
}

/* A column of the file is called as ours, or, where SQLite cannot tell two of ours apart, so with a
 * number behind it. */
static bool is_name_of(pw_str stored, pw_str name) {
    if (stored.length < name.length) return false;
    if (!pw_str_equal_nocase((pw_str){stored.data, name.length}, name)) return false;
    return stored.length == name.length || stored.data[name.length] == '_';
}

static pw_str quoted(pull *q, pw_str name) {
    pw_buf text;
    pw_buf_init(&text);
    pw_buf_add_char(&text, '"');
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] == '"') pw_buf_add_char(&text, '"');
        pw_buf_add_char(&text, name.data[i]);
    }
    pw_buf_add_char(&text, '"');
    pw_str kept = pw_arena_str(&q->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return kept;
}

/* Is there a row whose first key column is the stored NULL? One look into the index. */
static pw_status has_gap(pull *q, const stored_columns *stored, const char *gap, bool *out) {
    pw_str sql = pw_arena_format(&q->arena, "SELECT EXISTS(SELECT 1 FROM %s.%.*s WHERE %.*s = %s)",
                                 stored->schema, PW_STR_ARGS(quoted(q, stored->table)),
                                 PW_STR_ARGS(quoted(q, stored->names[0])), gap);
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(q->db, sql.data, -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) *out = sqlite3_column_int(statement, 0) != 0;
    pw_status status = rc == SQLITE_ROW ? PW_OK : pull_fail_sqlite(q, rc);
    sqlite3_finalize(statement);
    return status;
}

static const char *gap_of(const pw_type *type) {
    return type->kind == PW_TYPE_BYTES ? "''" : "x''";
}

static pw_status add_column(pull *q, pull_columns *columns, const stored_columns *stored,
                            pw_column column, pw_str sql_alias) {
    uint32_t index = columns->count;
    if (index >= stored->count || !is_name_of(stored->names[index], column.name)) {
        pw_fail(q->err, PW_INVALID, PW_SPAN_NONE,
                "the file of table %.*s holds other columns: %.*s is not there",
                PW_STR_ARGS(stored->table), PW_STR_ARGS(column.name));
        pw_error_hint(q->err, "it was written by another query; delete it and run the query again");
        return PW_INVALID;
    }
    pull_column *added = pull_column_add(q, columns);
    added->name = column.name;
    pull_value *value = &added->value;
    value->type = column.type;
    value->raw = pw_arena_format(&q->arena, "%.*s.%.*s", PW_STR_ARGS(sql_alias),
                                 PW_STR_ARGS(quoted(q, stored->names[index])));
    value->sql = value->raw;
    bool is_bound = column.kind == PW_COLUMN_WINDOW_START || column.kind == PW_COLUMN_WINDOW_END;
    value->is_key = column.kind == PW_COLUMN_KEY || is_bound;
    value->is_time = is_bound || column.kind == PW_COLUMN_ROWTIME;
    added->is_pseudo = column.kind == PW_COLUMN_ROWTIME;
    if (column.kind != PW_COLUMN_KEY) return PW_OK;
    value->may_be_gap = true;
    if (index == 0) PW_TRY(has_gap(q, stored, gap_of(column.type), &value->may_be_gap));
    if (!value->may_be_gap) return PW_OK;
    value->sql = pw_arena_format(&q->arena, "NULLIF(%.*s, %s)", PW_STR_ARGS(value->raw),
                                 gap_of(column.type));
    return PW_OK;
}

static pw_status add_columns(pull *q, const pw_source *source, const stored_columns *stored,
                             pw_str sql_alias, pull_columns *columns) {
    static const pw_column bounds[] = {
        {{"WINDOWSTART", 11}, &pw_type_bigint, PW_COLUMN_WINDOW_START, {"", 0}},
        {{"WINDOWEND", 9}, &pw_type_bigint, PW_COLUMN_WINDOW_END, {"", 0}},
    };
    const pw_column rowtime = {PW_STR("ROWTIME"), &pw_type_bigint, PW_COLUMN_ROWTIME, PW_STR_EMPTY};
    const pw_schema *schema = &source->schema;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < schema->column_count; i++) {
            if ((schema->columns[i].kind == PW_COLUMN_KEY) != (pass == 0)) continue;
            PW_TRY(add_column(q, columns, stored, schema->columns[i], sql_alias));
        }
        for (int i = 0; pass == 0 && i < 2 && source->window_kind != PW_WINDOW_NONE; i++) {
            PW_TRY(add_column(q, columns, stored, bounds[i], sql_alias));
        }
    }
    return add_column(q, columns, stored, rowtime, sql_alias);
}

static pw_status open_stored(pull *q, pw_str path, pw_str table, const pw_node *node,
                             stored_columns *out) {
    *out = (stored_columns){.table = table};
    PW_TRY(pull_file_open(q, path, table, node->span, &out->schema));
    PW_TRY(read_names(q, out));
    if (out->count > 0) return PW_OK;
    pw_fail(q->err, PW_BUSY, node->span, "table %.*s is being created", PW_STR_ARGS(table));
    pw_error_hint(q->err, "ask again in a moment");
    return PW_BUSY;
}

/* --- the error table -------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const pw_type *type;
    bool is_time;
} error_columns[] = {
    {"AT_MS", &pw_type_bigint, true},       {"STATUS", &pw_type_string, false},
    {"QUERY", &pw_type_string, false},      {"TOPIC", &pw_type_string, false},
    {"PARTITION", &pw_type_integer, false}, {"OFFSET", &pw_type_bigint, false},
    {"COLUMN", &pw_type_string, false},     {"REASON", &pw_type_string, false},
    {"KEY", &pw_type_bytes, false},         {"VALUE", &pw_type_bytes, false},
};

static pw_status add_error_columns(pull *q, const stored_columns *stored, pw_str sql_alias,
                                   pull_columns *columns) {
    for (size_t i = 0; i < sizeof error_columns / sizeof error_columns[0]; i++) {
        pw_str name = pw_str_from(error_columns[i].name);
        for (uint32_t s = 0; s < stored->count; s++) {
            if (!pw_str_equal_nocase(stored->names[s], name)) continue;
            pull_column *column = pull_column_add(q, columns);
            column->name = name;
            column->value.type = error_columns[i].type;
            column->value.is_time = error_columns[i].is_time;
            column->value.sql = pw_arena_format(&q->arena, "%.*s.%.*s", PW_STR_ARGS(sql_alias),
                                                PW_STR_ARGS(quoted(q, stored->names[s])));
            column->value.raw = column->value.sql;
            break;
        }
    }
    return PW_OK;
}

static pw_status error_table(pull *q, const pw_node *node, pw_str sql_alias, pull_columns *columns,
                             pw_str *sql) {
    if (q->p->is_memory) {
        return pw_fail(q->err, PW_UNSUPPORTED, node->span,
                       "PITWALL_ERRORS cannot be asked without a data folder");
    }
    stored_columns stored;
    pw_str path = pw_arena_format(&q->arena, "%.*s/errors.db", PW_STR_ARGS(q->p->folder_path));
    if (q->p->errors) PW_TRY(pw_errors_flush(q->p->errors, q->err));
    PW_TRY(open_stored(q, path, PW_STR("pitwall_errors"), node, &stored));
    *sql = pw_arena_format(&q->arena, "%s.pitwall_errors AS %.*s", stored.schema,
                           PW_STR_ARGS(sql_alias));
    return add_error_columns(q, &stored, sql_alias, columns);
}

/* --- any table -------------------------------------------------------------------------------- */

pw_status pull_table(pull *q, const pw_node *node, pw_str sql_alias, pull_columns *columns,
                     pw_str *sql) {
    const pw_source *source = pw_catalog_source_find(q->p->catalog, node->text);
    if (!source && pw_str_equal_nocase(node->text, PW_STR("PITWALL_ERRORS"))) {
        return error_table(q, node, sql_alias, columns, sql);
    }
    if (!source) return fail_unknown(q, node);
    if (!source->is_table) return fail_stream(q, node);
    if (source->state_path.length == 0) return fail_table(q, node);
    if (pw_str_equal(source->state_path, PW_STR(":memory:"))) {
        return pw_fail(q->err, PW_UNSUPPORTED, node->span,
                       "%.*s cannot be asked: this pitwall has no data folder",
                       PW_STR_ARGS(node->text));
    }
    stored_columns stored;
    PW_TRY(open_stored(q, source->state_path, source->name, node, &stored));
    pw_status status = add_columns(q, source, &stored, sql_alias, columns);
    if (status != PW_OK) q->err->at = node->span;
    *sql = pw_arena_format(&q->arena, "%s.%.*s AS %.*s", stored.schema,
                           PW_STR_ARGS(quoted(q, source->name)), PW_STR_ARGS(sql_alias));
    return status;
}
