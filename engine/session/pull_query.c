/* Answers a SELECT from the state files (docs/architecture.md, "Asking tables"): the tree becomes
 * SQL for SQLite, whose rows are given to the caller one by one, as texts and as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/sqlite_util.h"
#include "session/pull_private.h"
#include "state/table_value.h"

static void pull_init(pull *q, pitwall *p, pw_error *err) {
    memset(q, 0, sizeof *q);
    q->p = p;
    q->err = err;
    q->parameters_end = &q->parameters;
    pw_arena_init(&q->arena, 0);
    pw_arena_init(&q->scratch, 0);
    pw_arena_init(&q->row, 0);
    pw_catalog_type_map(p->catalog, &q->custom_types);
}

/* Functions are the connection's: it goes before the memory they point to. */
static void pull_deinit(pull *q) {
    sqlite3_close(q->db);
    pw_hashmap_deinit(&q->custom_types);
    pw_arena_deinit(&q->row);
    pw_arena_deinit(&q->scratch);
    pw_arena_deinit(&q->arena);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void give_header(pull *q, const pull_columns *columns, const pitwall_rows *rows) {
    pitwall_column *header = PW_NEW_ARRAY(&q->arena, pitwall_column, columns->count + 1);
    pw_buf type;
    pw_buf_init(&type);
    for (uint32_t i = 0; i < columns->count; i++) {
        const pull_column *column = &columns->items[i];
        pw_buf_clear(&type);
        pw_type_print(column->value.type, &type);
        header[i] = (pitwall_column){.name = pw_arena_cstr(&q->arena, column->name),
                                     .type = pw_arena_cstr(&q->arena, pw_buf_str(&type)),
                                     .is_key = column->value.is_key};
    }
    pw_buf_deinit(&type);
    if (rows->header) rows->header(rows->opaque, header, columns->count);
}

static pw_status give_row(pull *q, sqlite3_stmt *statement, const pull_columns *columns,
                          const pitwall_rows *rows, bool *goes_on) {
    pw_arena_reset(&q->row);
    const char **texts = PW_NEW_ARRAY(&q->row, const char *, columns->count + 1);
    const char **jsons = PW_NEW_ARRAY(&q->row, const char *, columns->count + 1);
    for (uint32_t i = 0; i < columns->count; i++) {
        const pw_type *type = columns->items[i].value.type;
        pw_slot slot;
        PW_TRY(
            pull_value_read(&q->row, sqlite3_column_value(statement, (int)i), type, &slot, q->err));
        jsons[i] = pull_value_json(&q->row, type, &slot);
        texts[i] = pull_value_text(&q->row, type, &slot, jsons[i]);
    }
    *goes_on = !rows->row || rows->row(rows->opaque, texts, jsons, columns->count);
    return PW_OK;
}

static pw_status give_rows(pull *q, sqlite3_stmt *statement, const pull_columns *columns,
                           const pitwall_rows *rows) {
    bool goes_on = true;
    int rc = SQLITE_DONE;
    while (goes_on && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        PW_TRY(give_row(q, statement, columns, rows, &goes_on));
    }
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PW_OK : pull_fail_sqlite(q, rc);
}

/* --- the statement ---------------------------------------------------------------------------- */

static void bind_parameters(const pull *q, sqlite3_stmt *statement, pw_table_binder *binder) {
    int number = 0;
    for (const pull_parameter *p = q->parameters; p; p = p->next) {
        pw_table_value_bind(binder, statement, ++number, p->type, &p->value, false);
    }
}

static pw_status run(pull *q, const pull_result *result, const pitwall_rows *rows) {
    sqlite3_stmt *statement = NULL;
    PW_TRY(pull_connect(q));
    int rc = sqlite3_prepare_v2(q->db, result->sql.data, (int)result->sql.length, &statement, NULL);
    if (rc != SQLITE_OK) return pull_fail_sqlite(q, rc);
    pw_table_binder binder;
    pw_table_binder_init(&binder);
    bind_parameters(q, statement, &binder);
    give_header(q, &result->columns, rows);
    pw_status status = give_rows(q, statement, &result->columns, rows);
    sqlite3_finalize(statement);
    pw_table_binder_deinit(&binder);
    return status;
}

pw_status session_pull(pitwall *p, const pw_node *query, const pitwall_rows *rows, pw_error *err) {
    pull q;
    pull_result result;
    pull_init(&q, p, err);
    pw_status status = pull_query(&q, NULL, NULL, query, &result);
    if (status == PW_OK) status = run(&q, &result, rows);
    pull_deinit(&q);
    return status;
}
