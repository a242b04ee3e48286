/* Comparisons, as values and as filters. Two-valued: with a NULL the answer is FALSE; only an error
 * passes through (PW_SLOT_FAILED). SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/cast.h"
#include "types/compare.h"
#include "types/decimal.h"
#include "types/temporal.h"

#define COMPARE_BEGIN                                                                              \
    uint32_t count;                                                                                \
    const uint32_t *rows = pw_eval_rows(eval, step, &count);                                       \
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b)

#define COMPARE_LOOP(expression)                                                                   \
    for (uint32_t i = 0; i < count; i++) {                                                         \
        uint32_t row = rows[i];                                                                    \
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);                                      \
        uint32_t null = x->is_null | y->is_null;                                                   \
        int64_t is_true = (int64_t)((null == 0) & (expression));                                   \
        out[row] = (pw_slot){.is_null = null & PW_SLOT_FAILED, .length = 0, {.i64 = is_true}};     \
    }

#define FILTER_LOOP(expression)                                                                    \
    for (uint32_t i = 0; i < count; i++) {                                                         \
        uint32_t row = rows[i];                                                                    \
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);                                      \
        kept[kept_count] = row;                                                                    \
        kept_count += (uint32_t)(((x->is_null | y->is_null) == 0) & (expression));                 \
    }

/* One loop per operator: the choice is made once a batch. NaN is neither equal nor unequal, as in
 * ksqlDB. */
#define COMPARE_BY_OPERATOR(LOOP, field)                                                           \
    switch ((int)step->detail) {                                                                   \
    case PW_OPERATOR_EQUAL: LOOP(x->field == y->field) break;                                      \
    case PW_OPERATOR_NOT_EQUAL: LOOP((x->field < y->field) | (x->field > y->field)) break;         \
    case PW_OPERATOR_LESS: LOOP(x->field < y->field) break;                                        \
    case PW_OPERATOR_LESS_EQUAL: LOOP(x->field <= y->field) break;                                 \
    case PW_OPERATOR_GREATER: LOOP(x->field > y->field) break;                                     \
    default: LOOP(x->field >= y->field) break;                                                     \
    }

static bool holds(pw_operator op, int order) {
    switch ((int)op) {
    case PW_OPERATOR_EQUAL: return order == 0;
    case PW_OPERATOR_NOT_EQUAL: return order != 0;
    case PW_OPERATOR_LESS: return order < 0;
    case PW_OPERATOR_LESS_EQUAL: return order <= 0;
    case PW_OPERATOR_GREATER: return order > 0;
    default: return order >= 0;
    }
}

/* Equality needs no order: most texts differ in length already. */
static bool text_holds(pw_operator op, const pw_slot *x, const pw_slot *y) {
    if (op == PW_OPERATOR_EQUAL) return pw_str_equal(pw_slot_as_str(x), pw_slot_as_str(y));
    if (op == PW_OPERATOR_NOT_EQUAL) return !pw_str_equal(pw_slot_as_str(x), pw_slot_as_str(y));
    return holds(op, pw_text_compare_utf16(pw_slot_as_str(x), pw_slot_as_str(y)));
}

void pw_step_compare_i64(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    COMPARE_BY_OPERATOR(COMPARE_LOOP, i64)
}

void pw_step_compare_f64(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    COMPARE_BY_OPERATOR(COMPARE_LOOP, f64)
}

void pw_step_compare_text(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    pw_operator op = step->detail;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        uint32_t null = x->is_null | y->is_null;
        out[row] = pw_slot_i64(!null && text_holds(op, x, y));
        out[row].is_null = null & PW_SLOT_FAILED;
    }
}

/* --- as filters ------------------------------------------------------------------------------- */

static uint32_t *begin_filter(pw_eval *eval, const pw_step *step, uint32_t count) {
    uint32_t *kept = pw_arena_alloc(eval->batch->arena, (count + 1) * sizeof *kept);
    eval->current->rows[step->out] = kept;
    return kept;
}

void pw_step_filter_i64(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    uint32_t *kept = begin_filter(eval, step, count), kept_count = 0;
    COMPARE_BY_OPERATOR(FILTER_LOOP, i64)
    eval->current->row_counts[step->out] = kept_count;
}

void pw_step_filter_f64(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    uint32_t *kept = begin_filter(eval, step, count), kept_count = 0;
    COMPARE_BY_OPERATOR(FILTER_LOOP, f64)
    eval->current->row_counts[step->out] = kept_count;
}

void pw_step_filter_text(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    uint32_t *kept = begin_filter(eval, step, count), kept_count = 0;
    pw_operator op = step->detail;
    for (uint32_t i = 0; i < count; i++) {
        const pw_slot *x = pw_at(a, rows[i]), *y = pw_at(b, rows[i]);
        kept[kept_count] = rows[i];
        kept_count += !(x->is_null | y->is_null) && text_holds(op, x, y);
    }
    eval->current->row_counts[step->out] = kept_count;
}

/* --- two types -------------------------------------------------------------------------------- */

typedef struct number {
    pw_i128 unscaled;
    int32_t scale;
} number;

static bool as_number(const pw_type *type, const pw_slot *slot, number *out) {
    *out = (number){slot->i64, 0};
    if (type->kind == PW_TYPE_DOUBLE)
        return pw_decimal_from_double(slot->f64, &out->unscaled, &out->scale);
    if (type->kind == PW_TYPE_DECIMAL) *out = (number){pw_decimal_get(type, slot), type->scale};
    return true;
}

/* Brings a time to the unit of `other`: text is read as that type; a DATE beside a TIMESTAMP is its
 * midnight. */
static const char *as_time(pw_arena *arena, const pw_type *type, const pw_slot *slot,
                           const pw_type *other, int64_t *out) {
    *out = slot->i64;
    if (type->kind == PW_TYPE_DATE && other->kind == PW_TYPE_TIMESTAMP)
        *out = slot->i64 * PW_MS_PER_DAY;
    if (type->kind != PW_TYPE_STRING) return NULL;
    pw_slot time;
    const char *problem = pw_cast(arena, type, slot, other, &time);
    if (!problem) *out = time.i64;
    return problem;
}

/* The order of two values that are not NULL, of comparable types. */
static const char *compare_values(pw_arena *arena, const pw_step *step, const pw_slot *x,
                                  const pw_slot *y, int *order) {
    const pw_type *a = step->a_type, *b = step->b_type;
    if (pw_type_is_number(a) && (a->kind != b->kind || a->kind == PW_TYPE_DECIMAL)) {
        number p, q;
        if (!as_number(a, x, &p) || !as_number(b, y, &q))
            return "a DOUBLE that is no decimal number";
        *order = pw_decimal_compare(p.unscaled, p.scale, q.unscaled, q.scale);
        return NULL;
    }
    if (a->kind != b->kind) {
        int64_t p = 0, q = 0;
        const char *problem = as_time(arena, a, x, b, &p);
        if (!problem) problem = as_time(arena, b, y, a, &q);
        *order = (p > q) - (p < q);
        return problem;
    }
    *order = pw_slot_compare(a, x, y);
    return NULL;
}

void pw_step_compare_mixed(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        uint32_t null = x->is_null | y->is_null;
        int order = 0;
        const char *problem = null ? NULL : compare_values(eval->batch->arena, step, x, y, &order);
        out[row] = pw_slot_i64(!null && holds(step->detail, order));
        out[row].is_null = null & PW_SLOT_FAILED;
        if (problem) pw_eval_fail(eval, step, row, problem);
    }
}

void pw_step_compare_deep(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    bool wants_equal = step->detail == PW_OPERATOR_EQUAL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        uint32_t null = x->is_null | y->is_null;
        out[row] = pw_slot_i64(!null && pw_slot_equal(step->a_type, x, y) == wants_equal);
        out[row].is_null = null & PW_SLOT_FAILED;
    }
}

static const char *are_distinct(pw_arena *arena, const pw_step *step, const pw_slot *x,
                                const pw_slot *y, bool *is_distinct) {
    *is_distinct = !x->is_null != !y->is_null;
    if (x->is_null || y->is_null) return NULL;
    if (pw_type_equal(step->a_type, step->b_type)) {
        *is_distinct = !pw_slot_equal(step->a_type, x, y);
        return NULL;
    }
    int order = 0;
    const char *problem = compare_values(arena, step, x, y, &order);
    *is_distinct = order != 0;
    return problem;
}

void pw_step_distinct(pw_eval *eval, const pw_step *step) {
    COMPARE_BEGIN;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    bool wants_distinct = step->detail == PW_OPERATOR_DISTINCT;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        bool is_distinct = false;
        const char *problem = are_distinct(eval->batch->arena, step, x, y, &is_distinct);
        out[row] = pw_slot_i64(is_distinct == wants_distinct);
        out[row].is_null = (x->is_null | y->is_null) & PW_SLOT_FAILED;
        if (problem) pw_eval_fail(eval, step, row, problem);
    }
}

/* --- IN --------------------------------------------------------------------------------------- */

static bool is_i64(const pw_type *type) {
    return type->kind == PW_TYPE_BOOLEAN || type->kind == PW_TYPE_INTEGER ||
           type->kind == PW_TYPE_BIGINT || type->kind == PW_TYPE_DATE ||
           type->kind == PW_TYPE_TIME || type->kind == PW_TYPE_TIMESTAMP;
}

/* NULL equals nothing; the list is evaluated whole, so an error anywhere in it is the result. */
void pw_step_in(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector value = pw_eval_register(eval, step->list[0]);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    const pw_type *type = step->expr->args[0]->type;
    bool is_integer = is_i64(type), is_text = type->kind == PW_TYPE_STRING;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        out[row] = pw_slot_i64(0);
        out[row].is_null = pw_at(value, row)->is_null & PW_SLOT_FAILED;
    }
    for (uint32_t item = 1; item < step->list_count; item++) {
        pw_vector other = pw_eval_register(eval, step->list[item]);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t row = rows[i];
            const pw_slot *x = pw_at(value, row), *y = pw_at(other, row);
            out[row].is_null |= y->is_null & PW_SLOT_FAILED;
            if (x->is_null | y->is_null) continue;
            bool is_equal = is_integer ? x->i64 == y->i64
                            : is_text  ? pw_str_equal(pw_slot_as_str(x), pw_slot_as_str(y))
                                       : pw_slot_equal(type, x, y);
            out[row].i64 |= is_equal;
        }
    }
}
