/* Arithmetic steps. A NULL operand is an error, as unboxing it is in ksqlDB: the result is
 * PW_SLOT_FAILED. The loops have no branch on NULL; errors are reported in a second pass, which
 * most batches do not need. Integers wrap as in Java, through unsigned. SPDX-License-Identifier:
 * Apache-2.0 */
#include <math.h>

#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/decimal.h"

static int64_t wrap_i32(uint64_t value) {
    return (int32_t)(uint32_t)value;
}

/* Reports the rows where an operand was NULL, unless that is the echo of an error reported before.
 */
static void report_nulls(pw_eval *eval, const pw_step *step, pw_vector a, pw_vector b) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    eval->has_failed = true;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i], null = pw_at(a, row)->is_null | pw_at(b, row)->is_null;
        if (null && !(null & PW_SLOT_FAILED)) pw_eval_report(eval, step, row, "NULL operand");
    }
}

#define ARITH_LOOP(field, expression)                                                              \
    for (uint32_t i = 0; i < count; i++) {                                                         \
        uint32_t row = rows[i];                                                                    \
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);                                      \
        uint32_t null = x->is_null | y->is_null;                                                   \
        any_null |= null;                                                                          \
        out[row] = (pw_slot){.is_null = (null != 0) * (uint32_t)PW_SLOT_FAILED,                    \
                             .length = 0,                                                          \
                             {.field = (expression)}};                                             \
    }

#define ARITH_BEGIN                                                                                \
    uint32_t count, any_null = 0;                                                                  \
    const uint32_t *rows = pw_eval_rows(eval, step, &count);                                       \
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b);            \
    pw_slot *out = pw_eval_register(eval, step->out).slots

#define U(slot) ((uint64_t)(slot)->i64)

/* a / b and a % b: truncating; the least integer by -1 wraps (to itself, and 0). */
static void divide_integers(pw_eval *eval, const pw_step *step, bool is_i32) {
    ARITH_BEGIN;
    bool is_modulo = step->detail == PW_OPERATOR_MODULO;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        uint32_t null = x->is_null | y->is_null;
        out[row] = pw_slot_i64(0);
        if (null) {
            any_null = out[row].is_null = PW_SLOT_FAILED;
        } else if (y->i64 == 0) {
            pw_eval_fail(eval, step, row, "division by zero");
        } else if (y->i64 == -1) {
            uint64_t negated = is_modulo ? 0 : 0 - U(x);
            out[row].i64 = is_i32 ? wrap_i32(negated) : (int64_t)negated;
        } else {
            out[row].i64 = is_modulo ? x->i64 % y->i64 : x->i64 / y->i64;
        }
    }
    if (any_null) report_nulls(eval, step, a, b);
}

void pw_step_arith_i32(pw_eval *eval, const pw_step *step) {
    if (step->detail == PW_OPERATOR_DIVIDE || step->detail == PW_OPERATOR_MODULO) {
        divide_integers(eval, step, true);
        return;
    }
    ARITH_BEGIN;
    if (step->detail == PW_OPERATOR_ADD) {
        ARITH_LOOP(i64, wrap_i32(U(x) + U(y)))
    } else if (step->detail == PW_OPERATOR_SUBTRACT) {
        ARITH_LOOP(i64, wrap_i32(U(x) - U(y)))
    } else {
        ARITH_LOOP(i64, wrap_i32(U(x) * U(y)))
    }
    if (any_null) report_nulls(eval, step, a, b);
}

void pw_step_arith_i64(pw_eval *eval, const pw_step *step) {
    if (step->detail == PW_OPERATOR_DIVIDE || step->detail == PW_OPERATOR_MODULO) {
        divide_integers(eval, step, false);
        return;
    }
    ARITH_BEGIN;
    if (step->detail == PW_OPERATOR_ADD) {
        ARITH_LOOP(i64, (int64_t)(U(x) + U(y)))
    } else if (step->detail == PW_OPERATOR_SUBTRACT) {
        ARITH_LOOP(i64, (int64_t)(U(x) - U(y)))
    } else {
        ARITH_LOOP(i64, (int64_t)(U(x) * U(y)))
    }
    if (any_null) report_nulls(eval, step, a, b);
}

/* Division by zero is IEEE's: an infinity or NaN, no error. */
void pw_step_arith_f64(pw_eval *eval, const pw_step *step) {
    ARITH_BEGIN;
    switch ((int)step->detail) {
    case PW_OPERATOR_ADD: ARITH_LOOP(f64, x->f64 + y->f64) break;
    case PW_OPERATOR_SUBTRACT: ARITH_LOOP(f64, x->f64 - y->f64) break;
    case PW_OPERATOR_MULTIPLY: ARITH_LOOP(f64, x->f64 * y->f64) break;
    case PW_OPERATOR_DIVIDE: ARITH_LOOP(f64, x->f64 / y->f64) break;
    default: ARITH_LOOP(f64, fmod(x->f64, y->f64)) break;
    }
    if (any_null) report_nulls(eval, step, a, b);
}

/* An operand as decimal: INTEGER and BIGINT are those of scale 0, read where they stand. */
static pw_i128 decimal_operand(const pw_type *type, const pw_slot *slot) {
    return type->kind == PW_TYPE_DECIMAL ? pw_decimal_get(type, slot) : (pw_i128)slot->i64;
}

void pw_step_arith_decimal(pw_eval *eval, const pw_step *step) {
    static const pw_type integer = {.kind = PW_TYPE_DECIMAL, .precision = 10},
                         bigint = {.kind = PW_TYPE_DECIMAL, .precision = 19};
    ARITH_BEGIN;
    pw_decimal_op op = (pw_decimal_op)(step->detail - PW_OPERATOR_ADD);
    const pw_type *types[2] = {step->a_type, step->b_type};
    for (uint32_t i = 0; i < 2; i++) {
        if (types[i]->kind == PW_TYPE_INTEGER) types[i] = &integer;
        if (types[i]->kind == PW_TYPE_BIGINT) types[i] = &bigint;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row), *y = pw_at(b, row);
        uint32_t null = x->is_null | y->is_null;
        out[row] = pw_slot_null();
        if (null) {
            any_null = out[row].is_null = PW_SLOT_FAILED;
            continue;
        }
        pw_i128 value = 0;
        const char *problem =
            pw_decimal_apply(op, types[0], decimal_operand(step->a_type, x), types[1],
                             decimal_operand(step->b_type, y), step->type, &value);
        if (problem) {
            pw_eval_fail(eval, step, row, problem);
        } else {
            out[row] = pw_decimal_slot(eval->batch->arena, step->type, value);
        }
    }
    if (any_null) report_nulls(eval, step, a, b);
}

void pw_step_negate(pw_eval *eval, const pw_step *step) {
    uint32_t count, any_null = 0;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a), b = a;
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    switch ((int)step->type->kind) {
    case PW_TYPE_INTEGER: ARITH_LOOP(i64, ((void)y, wrap_i32(0 - U(x)))) break;
    case PW_TYPE_BIGINT: ARITH_LOOP(i64, ((void)y, (int64_t)(0 - U(x)))) break;
    case PW_TYPE_DOUBLE: ARITH_LOOP(f64, ((void)y, -x->f64)) break;
    default:
        for (uint32_t i = 0; i < count; i++) {
            const pw_slot *x = pw_at(a, rows[i]);
            any_null |= x->is_null;
            out[rows[i]] = (pw_slot){.is_null = PW_SLOT_FAILED};
            if (x->is_null) continue;
            out[rows[i]] =
                pw_decimal_slot(eval->batch->arena, step->type, -pw_decimal_get(step->type, x));
        }
    }
    if (any_null) report_nulls(eval, step, a, b);
}

/* Java's concatenation: a NULL operand contributes the text null. Only an error in one of them is
 * an error. */
void pw_step_join_text(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        const pw_slot *x = pw_at(a, rows[i]), *y = pw_at(b, rows[i]);
        out[rows[i]] = (pw_slot){.is_null = PW_SLOT_FAILED};
        if ((x->is_null | y->is_null) & PW_SLOT_FAILED) continue;
        pw_str left = x->is_null ? PW_STR("null") : pw_slot_as_str(x);
        pw_str right = y->is_null ? PW_STR("null") : pw_slot_as_str(y);
        char *text = pw_arena_alloc(eval->batch->arena, left.length + right.length + 1);
        if (left.length) memcpy(text, left.data, left.length);
        if (right.length) memcpy(text + left.length, right.data, right.length);
        out[rows[i]] = pw_slot_text(text, left.length + right.length);
    }
}

void pw_step_widen(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    /* A CAST that the user wrote ends an error; one that we added passes it on. */
    uint32_t keep = step->index ? PW_SLOT_FAILED : 0;
    for (uint32_t i = 0; i < count; i++) {
        const pw_slot *x = pw_at(a, rows[i]);
        uint32_t null = x->is_null & keep ? (uint32_t)PW_SLOT_FAILED : x->is_null != 0;
        out[rows[i]] = (pw_slot){.is_null = null, .length = 0, {.f64 = (double)x->i64}};
    }
}
