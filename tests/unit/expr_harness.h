/* For tests of expressions: a row of columns of every type, given as text, and one expression on
 * it. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TESTS_UNIT_EXPR_HARNESS_H
#define PW_TESTS_UNIT_EXPR_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/assert.h"
#include "expr/expr.h"
#include "parser/parse.h"
#include "types/cast.h"

static const char *const harness_columns[][2] = {
    {"I", "INT"},
    {"J", "INT"},
    {"B", "BIGINT"},
    {"D", "DOUBLE"},
    {"M", "DECIMAL(5, 2)"},
    {"P", "DECIMAL(4, 1)"},
    {"W", "DECIMAL(30, 10)"},
    {"S", "STRING"},
    {"T", "STRING"},
    {"O", "BOOLEAN"},
    {"Q", "BOOLEAN"},
    {"Y", "BYTES"},
    {"DT", "DATE"},
    {"TM", "TIME"},
    {"TS", "TIMESTAMP"},
    {"A", "ARRAY<INT>"},
    {"AB", "ARRAY<BIGINT>"},
    {"X", "MAP<STRING, INT>"},
    {"R", "STRUCT<F INT, G STRING>"},
    {"ROWTIME", "BIGINT"},
};
enum { HARNESS_COLUMNS = sizeof harness_columns / sizeof harness_columns[0] };

typedef struct harness {
    pw_arena arena;
    pw_scope scope;
    pw_scope_column columns[HARNESS_COLUMNS];
    const pw_type *types[HARNESS_COLUMNS];
    pw_row_errors errors;
    uint32_t error_count;
    char last_error[256];
    char last_column[64];
    pw_error error;
} harness;

static inline void harness_report(pw_row_errors *self, const pw_batch *batch, uint32_t row,
                                  pw_status status, pw_str column, const char *message) {
    harness *h = (harness *)((char *)self - offsetof(harness, errors));
    (void)batch, (void)row;
    assert_int_equal(status, PW_BAD_VALUE);
    h->error_count++;
    snprintf(h->last_error, sizeof h->last_error, "%s", message);
    snprintf(h->last_column, sizeof h->last_column, "%.*s", PW_STR_ARGS(column));
}

static inline void harness_init(harness *h) {
    memset(h, 0, sizeof *h);
    pw_arena_init(&h->arena, 0);
    h->errors.report = harness_report;
    for (uint32_t i = 0; i < HARNESS_COLUMNS; i++) {
        pw_node *node = NULL;
        assert_int_equal(
            pw_parse_type(&h->arena, pw_str_from(harness_columns[i][1]), &node, &h->error), PW_OK);
        assert_int_equal(pw_type_from_ast(&h->arena, node, NULL, &h->types[i], &h->error), PW_OK);
        h->columns[i] = (pw_scope_column){.source = PW_STR("LAPS"),
                                          .name = pw_str_from(harness_columns[i][0]),
                                          .type = h->types[i],
                                          .index = i};
        h->columns[i].is_time = h->columns[i].is_pseudo =
            pw_str_equal(h->columns[i].name, PW_STR("ROWTIME"));
    }
    h->scope = (pw_scope){.columns = h->columns, .column_count = HARNESS_COLUMNS};
}

static inline void harness_deinit(harness *h) {
    pw_arena_deinit(&h->arena);
}

/* Binds; NULL with h->error filled. */
static inline const pw_expr *harness_bind(harness *h, const char *text) {
    pw_node *node = NULL;
    const pw_expr *expr = NULL;
    pw_error_clear(&h->error);
    if (pw_parse_expression(&h->arena, pw_str_from(text), &node, &h->error) != PW_OK) return NULL;
    if (pw_expr_bind(&h->arena, &h->scope, node, &expr, &h->error) != PW_OK) return NULL;
    return expr;
}

static inline pw_slot harness_value(harness *h, const pw_node *node, const pw_type *type) {
    const pw_expr *expr = NULL;
    pw_slot value = pw_slot_null(), cast = pw_slot_null();
    pw_scope nothing = {.column_count = 0};
    if (node->kind == PW_NODE_NULL_LITERAL) return value;
    if (pw_expr_bind(&h->arena, &nothing, node, &expr, &h->error) != PW_OK)
        fail_msg("%s", h->error.message);
    if (pw_eval_constant(&h->arena, expr, &value, &h->error) != PW_OK)
        fail_msg("%s", h->error.message);
    if (pw_cast(&h->arena, pw_expr_type(expr), &value, type, &cast)) fail_msg("bad column value");
    return cast;
}

/* rows: "I := 1, S := 'x'" each; columns not named are NULL. */
static inline pw_batch *harness_batch(harness *h, const char *const *rows, uint32_t row_count) {
    pw_batch *batch = pw_batch_new(&h->arena, HARNESS_COLUMNS, row_count);
    batch->row_count = batch->selected_count = row_count;
    batch->errors = &h->errors;
    for (uint32_t r = 0; r < row_count; r++) {
        batch->selection[r] = r;
        for (uint32_t c = 0; c < HARNESS_COLUMNS; c++)
            batch->columns[c].slots[r] = pw_slot_null();
        if (!rows[r][0]) continue;
        pw_node *node = NULL;
        pw_str text = pw_arena_format(&h->arena, "STRUCT(%s)", rows[r]);
        if (pw_parse_expression(&h->arena, text, &node, &h->error) != PW_OK)
            fail_msg("%s", h->error.message);
        for (uint32_t f = 0; f < node->child_count; f++) {
            const pw_node *field = node->children[f];
            uint32_t c = 0;
            while (c < HARNESS_COLUMNS && !pw_str_equal(field->text, h->columns[c].name))
                c++;
            assert_true(c < HARNESS_COLUMNS);
            batch->columns[c].slots[r] = harness_value(h, pw_child(field, 0), h->types[c]);
        }
    }
    h->error_count = 0;
    return batch;
}

static inline const char *harness_text(harness *h, const pw_type *type, const pw_slot *slot) {
    if (slot->is_null) {
        assert_int_equal(slot->is_null, 1);
        return "NULL";
    }
    pw_buf text;
    pw_buf_init(&text);
    pw_slot_print_text(type, slot, &text);
    const char *copy = pw_arena_cstr(&h->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return copy;
}

/* The value of `expr` for every row of the batch, as texts joined by a bar. */
static inline const char *harness_run(harness *h, const pw_expr *expr, const pw_batch *batch) {
    pw_program *program = NULL;
    pw_eval *eval = NULL;
    pw_vector result;
    const pw_str name = PW_STR("OUT");
    if (pw_program_compile(&h->arena, &expr, &name, 1, &program, &h->error) != PW_OK)
        return h->error.message;
    if (pw_eval_open(&h->arena, program, &eval, &h->error) != PW_OK) return h->error.message;
    pw_eval_run(eval, batch, &result);
    pw_eval_close(eval);
    pw_str text = PW_STR_EMPTY;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        const char *value = harness_text(h, pw_expr_type(expr), pw_at(result, batch->selection[i]));
        text = pw_arena_format(&h->arena, "%.*s%s%s", PW_STR_ARGS(text), i ? "|" : "", value);
    }
    return pw_arena_cstr(&h->arena, text);
}

/* Rows that pass `expr` as a filter, as numbers joined by a bar. */
static inline const char *harness_filter(harness *h, const pw_expr *expr, const pw_batch *batch) {
    pw_program *program = NULL;
    pw_eval *eval = NULL;
    const pw_str name = PW_STR("WHERE");
    if (pw_program_compile(&h->arena, &expr, &name, 1, &program, &h->error) != PW_OK)
        return h->error.message;
    if (pw_eval_open(&h->arena, program, &eval, &h->error) != PW_OK) return h->error.message;
    pw_batch *view = pw_batch_view(&h->arena, batch);
    pw_eval_filter(eval, view, 0);
    pw_str text = PW_STR_EMPTY;
    for (uint32_t i = 0; i < view->selected_count; i++) {
        text = pw_arena_format(&h->arena, "%.*s%s%u", PW_STR_ARGS(text), i ? "|" : "",
                               view->selection[i]);
    }
    return pw_arena_cstr(&h->arena, text);
}

#endif
