/* INSERT INTO ... VALUES: one row, typed by its target. (ksqlDB reference, 1.9.)
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "plan/plan.h"

/* Column of the schema that value i is for; -1: ROWTIME. */
static pw_status target_column(const pw_source *target, const pw_node *names, uint32_t i,
                               int32_t *column, pw_error *err) {
    if (!names) {
        *column = (int32_t)i;
        return PW_OK;
    }
    const pw_node *name = names->children[i];
    if (pw_str_equal(name->text, PW_STR("ROWTIME"))) {
        *column = -1;
        return PW_OK;
    }
    *column = pw_schema_find(&target->schema, name->text);
    if (*column >= 0) return PW_OK;
    pw_str candidates[PW_COLUMNS_MAX];
    for (uint32_t c = 0; c < target->schema.column_count; c++)
        candidates[c] = target->schema.columns[c].name;
    pw_fail(err, PW_UNKNOWN, name->span, "Column name `%.*s` does not exist in %.*s.",
            PW_STR_ARGS(name->text), PW_STR_ARGS(target->name));
    pw_str nearest = pw_nearest(name->text, candidates, target->schema.column_count);
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return PW_UNKNOWN;
}

static pw_status check_target(const pw_source *target, const pw_node *statement,
                              const pw_node *names, const pw_node *values, pw_error *err) {
    if (target->is_read_only) {
        return pw_fail(err, PW_INVALID, statement->span,
                       "Cannot insert values into read-only %s: %.*s",
                       target->is_table ? "table" : "stream", PW_STR_ARGS(target->name));
    }
    if (target->window_kind != PW_WINDOW_NONE) {
        return pw_fail(err, PW_INVALID, statement->span, "Cannot insert values into windowed %s",
                       target->is_table ? "table" : "stream");
    }
    uint32_t expected = names ? names->child_count : target->schema.column_count;
    if (values->child_count != expected) {
        return pw_fail(err, PW_INVALID, values->span,
                       "Expected a value for each column. Expected Columns: %u. Got %u values",
                       expected, values->child_count);
    }
    return PW_OK;
}

static pw_status check_repeated(const pw_node *names, pw_error *err) {
    for (uint32_t i = 0; names && i < names->child_count; i++) {
        const pw_node *name = names->children[i];
        for (uint32_t j = 0; j < i; j++) {
            if (!pw_str_equal(names->children[j]->text, name->text)) continue;
            return pw_fail(err, PW_INVALID, name->span, "Column name `%.*s` is given twice",
                           PW_STR_ARGS(name->text));
        }
    }
    return PW_OK;
}

static pw_status evaluate(const pw_plan_context *context, const pw_node *node, const pw_type *type,
                          pw_slot *out, pw_error *err) {
    pw_scope scope = {.clause = "VALUES"};
    const pw_expr *expr;
    PW_TRY(pw_expr_bind(context->arena, &scope, node, &expr, err));
    PW_TRY(pw_expr_coerce(context->arena, expr, type, true, &expr, err));
    pw_status status = pw_eval_constant(context->arena, expr, out, err);
    if (status != PW_OK && err && err->at.end <= err->at.start) err->at = node->span;
    return status;
}

static pw_status check_keys(const pw_source *target, const pw_slot *slots, const pw_node *statement,
                            pw_error *err) {
    for (uint32_t i = 0; target->is_table && i < target->schema.column_count; i++) {
        const pw_column *column = &target->schema.columns[i];
        if (column->kind != PW_COLUMN_KEY || !slots[i].is_null) continue;
        return pw_fail(
            err, PW_INVALID, statement->span,
            "Failed to insert values into '%.*s'. Value for primary key column(s) %.*s is required "
            "for tables",
            PW_STR_ARGS(target->name), PW_STR_ARGS(column->name));
    }
    return PW_OK;
}

pw_status pw_plan_insert_values(const pw_plan_context *context, const pw_node *statement,
                                const pw_source **target, pw_slot **slots, int64_t *rowtime_ms,
                                pw_error *err) {
    const pw_node *names = pw_child(statement, 0), *values = pw_child(statement, 1);
    PW_TRY(pw_catalog_source_get(context->catalog, statement->text, statement->span, target, err));
    PW_TRY(check_target(*target, statement, names, values, err));
    uint32_t count = (*target)->schema.column_count;
    *slots = PW_NEW_ARRAY(context->arena, pw_slot, count + 1);
    *rowtime_ms = INT64_MIN;
    for (uint32_t i = 0; i < count; i++)
        (*slots)[i] = pw_slot_null();
    PW_TRY(check_repeated(names, err));
    for (uint32_t i = 0; i < values->child_count; i++) {
        int32_t column;
        PW_TRY(target_column(*target, names, i, &column, err));
        if (column < 0) {
            pw_slot time;
            PW_TRY(evaluate(context, values->children[i], &pw_type_bigint, &time, err));
            if (!time.is_null) *rowtime_ms = time.i64;
            continue;
        }
        PW_TRY(evaluate(context, values->children[i], (*target)->schema.columns[column].type,
                        &(*slots)[column], err));
    }
    return check_keys(*target, *slots, statement, err);
}
