/* Scalar functions that SQLite calls: programs run on one row, and keys to sort by.
 *
 * SQLite has worked out a function's arguments before it calls, and keeps no pointer into what it
 * is given back, so all functions share one scratch arena, emptied at each call.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/sqlite_util.h"
#include "session/pull_private.h"
#include "state/state.h"
#include "types/compare.h"

typedef struct scalar_function {
    pull *q;
    pw_eval *eval;
    const pw_type *type; /* of the result; of an order function, of its argument */
    pw_batch *batch;     /* one row */
    const uint32_t *columns;
    const pw_type *const *types;
    uint32_t count;
} scalar_function;

void pull_function_fail(pull *q, sqlite3_context *context, pw_status status, const char *message) {
    if (q->failure == PW_OK) {
        q->failure = status;
        if (message) pw_fail(q->err, status, PW_SPAN_NONE, "%s", message);
    }
    sqlite3_result_error(context, message ? message : "see the query's own error", -1);
}

static void call_program(sqlite3_context *context, int count, sqlite3_value **values) {
    scalar_function *self = sqlite3_user_data(context);
    pull *q = self->q;
    (void)count;
    pw_arena_reset(&q->scratch);
    pw_batch *batch = self->batch;
    for (uint32_t i = 0; i < self->count; i++) {
        pw_slot *slot = &batch->columns[self->columns[i]].slots[0];
        pw_status status = pull_value_read(&q->scratch, values[i], self->types[i], slot, q->err);
        if (status == PW_OK) continue;
        pull_function_fail(q, context, status, NULL);
        return;
    }
    batch->selection[0] = 0;
    batch->selected_count = 1;
    pw_vector result;
    pw_eval_run(self->eval, batch, &result);
    pull_value_result(context, self->type, pw_at(result, 0));
}

static pw_batch *one_row(pull *q, uint32_t column_count) {
    pw_batch *batch = pw_batch_new(&q->arena, column_count, 1);
    batch->arena = &q->scratch;
    batch->row_count = 1;
    batch->rowtime[0] = batch->offset[0] = 0;
    batch->partition[0] = 0;
    for (uint32_t i = 0; i < column_count; i++)
        batch->columns[i].slots[0] = pw_slot_null();
    return batch;
}

pw_status pull_function_add(pull *q, const pw_expr *expr, const uint32_t *columns,
                            const pw_type *const *types, uint32_t count, bool is_volatile,
                            pw_str *name) {
    PW_TRY(pull_connect(q));
    scalar_function *self = PW_NEW(&q->arena, scalar_function);
    pw_program *program;
    const pw_str label = PW_STR("expression");
    const pw_expr **kept = PW_NEW_ARRAY(&q->arena, const pw_expr *, 1);
    kept[0] = expr;
    *self =
        (scalar_function){.q = q, .type = pw_expr_type(expr), .columns = columns, .types = types};
    self->count = count;
    self->batch = one_row(q, count ? columns[count - 1] + 1 : 0);
    PW_TRY(pw_program_compile(&q->arena, kept, &label, 1, &program, q->err));
    PW_TRY(pw_eval_open(&q->arena, program, &self->eval, q->err));
    *name = pw_arena_format(&q->arena, "pw_eval_%u", q->function_count++);
    int flags = SQLITE_UTF8 | (is_volatile ? 0 : SQLITE_DETERMINISTIC);
    int rc = sqlite3_create_function_v2(q->db, name->data, (int)count, flags, self, call_program,
                                        NULL, NULL, NULL);
    return rc == SQLITE_OK ? PW_OK : pull_fail_sqlite(q, rc);
}

/* --- order ------------------------------------------------------------------------------------ */

static void call_order(sqlite3_context *context, int count, sqlite3_value **values) {
    scalar_function *self = sqlite3_user_data(context);
    pull *q = self->q;
    (void)count;
    pw_arena_reset(&q->scratch);
    pw_slot slot;
    pw_status status = pull_value_read(&q->scratch, values[0], self->type, &slot, q->err);
    if (status != PW_OK) {
        pull_function_fail(q, context, status, NULL);
        return;
    }
    if (slot.is_null) return; /* the result is NULL, for NULLS FIRST and LAST */
    pw_buf bytes;
    pw_buf_init(&bytes);
    const uint32_t index = 0;
    pw_vector column = {.slots = &slot, .mask = 0};
    pw_key_encode(&self->type, &column, &index, 1, 0, &bytes);
    sqlite3_result_blob64(context, bytes.data, bytes.length, SQLITE_TRANSIENT);
    pw_buf_deinit(&bytes);
}

pw_status pull_function_add_order(pull *q, const pw_type *type, pw_str *name) {
    PW_TRY(pull_connect(q));
    scalar_function *self = PW_NEW(&q->arena, scalar_function);
    *self = (scalar_function){.q = q, .type = type};
    *name = pw_arena_format(&q->arena, "pw_order_%u", q->function_count++);
    int rc = sqlite3_create_function_v2(q->db, name->data, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                        self, call_order, NULL, NULL, NULL);
    return rc == SQLITE_OK ? PW_OK : pull_fail_sqlite(q, rc);
}

static int compare_text(void *opaque, int a_length, const void *a, int b_length, const void *b) {
    (void)opaque;
    return pw_text_compare_utf16((pw_str){a, (size_t)a_length}, (pw_str){b, (size_t)b_length});
}

pw_status pull_collation_add(pull *q) {
    int rc = sqlite3_create_collation(q->db, PULL_COLLATION, SQLITE_UTF8, NULL, compare_text);
    return rc == SQLITE_OK ? PW_OK : pull_fail_sqlite(q, rc);
}
