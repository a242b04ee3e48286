/* For tests of queries: a pitwall in a folder of its own, tables made through the state's own API,
 * and answers as text. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TESTS_UNIT_PULL_FIXTURE_H
#define PW_TESTS_UNIT_PULL_FIXTURE_H

#include "expr/expr.h"
#include "parser/parse.h"
#include "session/session_private.h"
#include "state_fixture.h"
#include "types/cast.h"

static pitwall *fixture_pitwall;
static pw_arena fixture_arena;

static inline int fixture_open_pitwall(void **unused) {
    if (fixture_make_folder(unused) != 0) return -1;
    pw_arena_init(&fixture_arena, 0);
    pitwall_error err;
    pitwall_options options = {.data_folder = fixture_folder};
    return pitwall_open(&options, &fixture_pitwall, &err) == PITWALL_OK ? 0 : -1;
}

static inline int fixture_close_pitwall(void **unused) {
    pitwall_close(fixture_pitwall);
    pw_arena_deinit(&fixture_arena);
    return fixture_remove_folder(unused);
}

/* "DRIVER STRING KEY, SEASON INT": as a schema, keys first. */
static inline pw_schema fixture_schema(const char *text) {
    pw_error err = {0};
    pw_statements statements;
    pw_str sql =
        pw_arena_format(&fixture_arena, "CREATE STREAM X (%s) WITH (KAFKA_TOPIC='x');", text);
    fixture_ok(pw_parse(&fixture_arena, sql, &statements, &err), &err);
    const pw_node *elements = pw_child(statements.items[0], 0);
    pw_column *columns = PW_NEW_ARRAY(&fixture_arena, pw_column, elements->child_count);
    for (uint32_t i = 0; i < elements->child_count; i++) {
        const pw_node *element = elements->children[i];
        columns[i].name = element->text;
        columns[i].kind = pw_has_flag(element, PW_FLAG_KEY) ? PW_COLUMN_KEY : PW_COLUMN_VALUE;
        fixture_ok(
            pw_type_from_ast(&fixture_arena, pw_child(element, 0), NULL, &columns[i].type, &err),
            &err);
    }
    return (pw_schema){columns, elements->child_count};
}

/* The schema of the file: the window's bounds behind the keys. */
static inline pw_schema fixture_stored_schema(const pw_schema *schema, bool is_windowed) {
    pw_column *columns = PW_NEW_ARRAY(&fixture_arena, pw_column, schema->column_count + 2);
    uint32_t count = 0;
    for (uint32_t i = 0; i <= schema->column_count; i++) {
        bool is_last_key = i > 0 && schema->columns[i - 1].kind == PW_COLUMN_KEY &&
                           (i == schema->column_count || schema->columns[i].kind != PW_COLUMN_KEY);
        if (is_windowed && is_last_key) {
            columns[count++] = (pw_column){PW_STR("WINDOWSTART"), &pw_type_bigint,
                                           PW_COLUMN_WINDOW_START, PW_STR_EMPTY};
            columns[count++] = (pw_column){PW_STR("WINDOWEND"), &pw_type_bigint,
                                           PW_COLUMN_WINDOW_END, PW_STR_EMPTY};
        }
        if (i < schema->column_count) columns[count++] = schema->columns[i];
    }
    return (pw_schema){columns, count};
}

/* One row as literals, "'HAM', 2021, NULL", cast to the columns' types. */
static inline void fixture_fill_row(const pw_schema *schema, pw_batch *batch, uint32_t row,
                                    const char *literals) {
    pw_error err = {0};
    pw_node *call;
    pw_scope nothing = {.column_count = 0};
    pw_str text = pw_arena_format(&fixture_arena, "F(%s)", literals);
    fixture_ok(pw_parse_expression(&fixture_arena, text, &call, &err), &err);
    assert_int_equal(call->child_count, schema->column_count);
    for (uint32_t c = 0; c < schema->column_count; c++) {
        const pw_node *node = call->children[c];
        const pw_expr *expr;
        pw_slot value;
        batch->columns[c].slots[row] = pw_slot_null();
        if (node->kind == PW_NODE_NULL_LITERAL) continue;
        fixture_ok(pw_expr_bind(&fixture_arena, &nothing, node, &expr, &err), &err);
        fixture_ok(pw_eval_constant(&fixture_arena, expr, &value, &err), &err);
        const char *why = pw_cast(&fixture_arena, pw_expr_type(expr), &value,
                                  schema->columns[c].type, &batch->columns[c].slots[row]);
        if (why) fail_msg("%s: %s", literals, why);
    }
}

/* A table's file with these rows; ROWTIME is 1000 and so on. */
static inline void fixture_write_table(const char *path, const char *name, const pw_schema *stored,
                                       const char *const *rows, uint32_t row_count) {
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(path);
    spec.table_name = pw_str_from(name);
    spec.table_schema = stored;
    pw_state *state = fixture_open(&spec);
    pw_table *table;
    fixture_ok(pw_table_open(state, 0, &table, &err), &err);
    for (uint32_t at = 0; at < row_count; at += PW_BATCH_ROWS_MAX) {
        uint32_t count = row_count - at < PW_BATCH_ROWS_MAX ? row_count - at : PW_BATCH_ROWS_MAX;
        pw_batch *batch = pw_batch_new(&fixture_arena, stored->column_count, count);
        batch->row_count = batch->selected_count = count;
        for (uint32_t i = 0; i < count; i++) {
            batch->selection[i] = i;
            batch->rowtime[i] = 1000 * (int64_t)(at + i + 1);
            fixture_fill_row(stored, batch, i, rows[at + i]);
        }
        fixture_ok(pw_table_apply(table, batch, &err), &err);
    }
    fixture_commit(state, "topic", 1);
    pw_state_close(state);
}

static inline void fixture_add_source(const char *name, const pw_schema *schema, bool is_table,
                                      pw_window_kind window, const char *path) {
    pw_error err = {0};
    pw_source source = {.name = pw_str_from(name),
                        .is_table = is_table,
                        .schema = *schema,
                        .topic = PW_STR("topic"),
                        .partitions = 1,
                        .window_kind = window,
                        .window_size_ms = 60000,
                        .state_path = pw_str_from(path),
                        .retention_ms = -1,
                        .ttl_ms = -1};
    fixture_ok(pw_catalog_source_add(fixture_pitwall->catalog, &source, NULL, &err), &err);
}

/* A table in the catalog and its file. */
static inline void fixture_table(const char *name, const char *columns, bool is_windowed,
                                 const char *const *rows, uint32_t row_count) {
    pw_schema schema = fixture_schema(columns);
    pw_schema stored = fixture_stored_schema(&schema, is_windowed);
    pw_str path = pw_arena_format(&fixture_arena, "%s/%s.db", fixture_folder, name);
    fixture_write_table(path.data, name, &stored, rows, row_count);
    fixture_add_source(name, &schema, true, is_windowed ? PW_WINDOW_TUMBLING : PW_WINDOW_NONE,
                       path.data);
}

/* --- answers ---------------------------------------------------------------------------------- */

typedef struct answer {
    pw_buf text; /* rows as a|b, one a line; NULL as NULL */
    pw_buf json; /* the same as JSON */
    pw_buf header;
    uint32_t row_count, rows_wanted; /* 0: all */
} answer;

static inline void answer_header(void *opaque, const pitwall_column *columns, size_t count) {
    answer *self = opaque;
    for (size_t i = 0; i < count; i++) {
        pw_buf_format(&self->header, "%s%s %s%s", i ? ", " : "", columns[i].name, columns[i].type,
                      columns[i].is_key ? " KEY" : "");
    }
}

static inline bool answer_row(void *opaque, const char *const *texts, const char *const *jsons,
                              size_t count) {
    answer *self = opaque;
    if (self->row_count++) pw_buf_add_char(&self->text, '\n');
    if (self->row_count > 1) pw_buf_add_char(&self->json, '\n');
    for (size_t i = 0; i < count; i++) {
        pw_buf_format(&self->text, "%s%s", i ? "|" : "", texts[i] ? texts[i] : "NULL");
        pw_buf_format(&self->json, "%s%s", i ? "," : "", jsons[i]);
    }
    return self->rows_wanted == 0 || self->row_count < self->rows_wanted;
}

static inline void answer_init(answer *self) {
    memset(self, 0, sizeof *self);
    pw_buf_init(&self->text);
    pw_buf_init(&self->json);
    pw_buf_init(&self->header);
}

static inline void answer_deinit(answer *self) {
    pw_buf_deinit(&self->text);
    pw_buf_deinit(&self->json);
    pw_buf_deinit(&self->header);
}

static inline pitwall_status answer_ask(answer *self, const char *sql, pitwall_error *err) {
    pitwall_rows rows = {.header = answer_header, .row = answer_row, .opaque = self};
    memset(err, 0, sizeof *err);
    return pitwall_query(fixture_pitwall, sql, &rows, err);
}

#endif
