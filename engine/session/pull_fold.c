/* Aggregate functions that SQLite calls, row by row. Their state is the engine's, kept in memory
 * that SQLite gives per group and takes back after the final call, which it never leaves out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "session/pull_private.h"

typedef struct fold {
    pull *q;
    const pw_aggregate_call *call;
    pw_slot *args;      /* of one row */
    pw_vector *vectors; /* over them */
    pw_span at;
} fold;

/* Starts a group's memory, which SQLite gives zeroed; the state follows. */
typedef struct fold_head {
    uint64_t row_count;

} fold_head;

static uint8_t *state_of(fold_head *head) {
    return (uint8_t *)(head + 1);
}

static bool read_args(fold *self, sqlite3_context *context, sqlite3_value **values) {
    pull *q = self->q;
    pw_arena_reset(&q->scratch);
    for (uint32_t i = 0; i < self->call->arg_count; i++) {
        pw_status status = pull_value_read(&q->scratch, values[i], self->call->arg_types[i],
                                           &self->args[i], q->err);
        if (status == PW_OK) continue;
        pull_function_fail(q, context, status, NULL);
        return false;
    }
    return true;
}

static void fold_step(sqlite3_context *context, int count, sqlite3_value **values) {
    fold *self = sqlite3_user_data(context);
    const pw_aggregate *aggregate = self->call->aggregate;
    (void)count;
    fold_head *head =
        sqlite3_aggregate_context(context, (int)(sizeof *head + aggregate->state_bytes));
    if (!head) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (head->row_count == 0 && aggregate->init) aggregate->init(self->call, state_of(head));
    head->row_count++;
    if (self->q->failure != PW_OK || !read_args(self, context, values)) return;
    uint8_t *state = state_of(head);
    const uint32_t row = 0;
    uint32_t failed_row;
    pw_status status =
        aggregate->add(self->call, &state, 0, self->vectors, &row, 1, &failed_row, self->q->err);
    if (status != PW_OK) pull_function_fail(self->q, context, status, NULL);
}

static void fold_inverse(sqlite3_context *context, int count, sqlite3_value **values) {
    fold *self = sqlite3_user_data(context);
    const pw_aggregate *aggregate = self->call->aggregate;
    (void)count;
    fold_head *head = sqlite3_aggregate_context(context, 0);
    if (!head || self->q->failure != PW_OK || !read_args(self, context, values)) return;
    const pw_slot *args[PULL_ARGUMENTS_MAX];
    for (uint32_t i = 0; i < self->call->arg_count; i++)
        args[i] = &self->args[i];
    pw_status status = aggregate->undo
                           ? aggregate->undo(self->call, state_of(head), args, self->q->err)
                           : pw_fail(self->q->err, PW_UNSUPPORTED, PW_SPAN_NONE,
                                     "an aggregate over a frame that moves");
    if (status != PW_OK) pull_function_fail(self->q, context, status, NULL);
}

static void give_result(fold *self, sqlite3_context *context, const void *state) {
    pw_arena_reset(&self->q->scratch);
    pw_slot value = self->call->aggregate->result(self->call, state, &self->q->scratch);
    pull_value_result(context, self->call->result_type, &value);
}

static void release(const fold *self, void *state) {
    if (self->call->aggregate->release) self->call->aggregate->release(self->call, state);
}

/* Of no rows: the result of a state that nothing was added to. */
static void give_empty(fold *self, sqlite3_context *context) {
    void *state = pw_mem_zalloc(1, self->call->aggregate->state_bytes + 8);
    if (self->call->aggregate->init) self->call->aggregate->init(self->call, state);
    give_result(self, context, state);
    release(self, state);
    pw_mem_free(state);
}

static void fold_value(sqlite3_context *context) {
    fold *self = sqlite3_user_data(context);
    fold_head *head = sqlite3_aggregate_context(context, 0);
    if (head && head->row_count)
        give_result(self, context, state_of(head));
    else
        give_empty(self, context);
}

static void fold_final(sqlite3_context *context) {
    fold *self = sqlite3_user_data(context);
    fold_head *head = sqlite3_aggregate_context(context, 0);
    bool has_rows = head && head->row_count;
    if (self->q->failure == PW_OK) fold_value(context);
    if (has_rows) release(self, state_of(head));
}

pw_status pull_fold_add(pull *q, const pw_aggregate_call *call, pw_str *name) {
    PW_TRY(pull_connect(q));
    if (call->arg_count > PULL_ARGUMENTS_MAX) {
        return pw_fail(q->err, PW_LIMIT, PW_SPAN_NONE, "an aggregate of more than %d arguments",
                       PULL_ARGUMENTS_MAX);
    }
    fold *self = PW_NEW(&q->arena, fold);
    *self = (fold){.q = q, .call = call};
    self->args = PW_NEW_ARRAY(&q->arena, pw_slot, call->arg_count + 1);
    self->vectors = PW_NEW_ARRAY(&q->arena, pw_vector, call->arg_count + 1);
    for (uint32_t i = 0; i < call->arg_count; i++) {
        self->vectors[i] = (pw_vector){.slots = &self->args[i], .mask = 0};
    }
    *name = pw_arena_format(&q->arena, "pw_fold_%u", q->function_count++);
    int rc =
        sqlite3_create_window_function(q->db, name->data, (int)call->arg_count, SQLITE_UTF8, self,
                                       fold_step, fold_final, fold_value, fold_inverse, NULL);
    return rc == SQLITE_OK ? PW_OK : pull_fail_sqlite(q, rc);
}

/* --- the value of a subquery ------------------------------------------------------------------ */

/* Of each group: its value, kept by SQLite's own copy. */
typedef struct single {
    sqlite3_value *value;
} single;

static void single_step(sqlite3_context *context, int count, sqlite3_value **values) {
    fold *self = sqlite3_user_data(context);
    (void)count;
    single *state = sqlite3_aggregate_context(context, sizeof *state);
    if (!state) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (!state->value) {
        state->value = sqlite3_value_dup(values[0]);
        return;
    }
    if (self->q->failure == PW_OK) {
        self->q->failure = PW_BAD_VALUE;
        pw_fail(self->q->err, PW_BAD_VALUE, self->at, "the subquery has more than one row");
        pw_error_hint(self->q->err, "use IN, an aggregate such as MAX, or LIMIT 1");
    }
    sqlite3_result_error(context, "more than one row", -1);
}

static void single_final(sqlite3_context *context) {
    single *state = sqlite3_aggregate_context(context, 0);
    if (!state || !state->value) return;
    sqlite3_result_value(context, state->value);
    sqlite3_value_free(state->value);
    state->value = NULL;
}

pw_status pull_fold_add_single(pull *q, pw_span at, pw_str *name) {
    PW_TRY(pull_connect(q));
    fold *self = PW_NEW(&q->arena, fold);
    *self = (fold){.q = q, .at = at};
    *name = pw_arena_format(&q->arena, "pw_single_%u", q->function_count++);
    int rc = sqlite3_create_function_v2(q->db, name->data, 1, SQLITE_UTF8, self, NULL, single_step,
                                        single_final, NULL);
    return rc == SQLITE_OK ? PW_OK : pull_fail_sqlite(q, rc);
}
