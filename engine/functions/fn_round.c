/* CEIL, FLOOR, ROUND and TRUNC. ROUND is ksqlDB's: a tie goes towards positive infinity, so
 * ROUND(-2.5) = -2; places may be negative. A DECIMAL that carries into one more digit than its
 * type has keeps it: CEIL(9.9) is 10.0 although DECIMAL(2,1) has one digit before the point.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "functions/functions_private.h"
#include "types/decimal.h"

enum { DIGITS_MAX = PW_DECIMAL_PRECISION_MAX, DOUBLE_PLACES_MAX = 325 };

/* pw_decimal_slot asserts that the value has the digits of its type; see the head of this file. */
static pw_slot decimal_slot(pw_arena *arena, const pw_type *type, pw_i128 value) {
    if (pw_decimal_fits(value, type->precision)) return pw_decimal_slot(arena, type, value);
    if (type->precision <= PW_DECIMAL_PRECISION_INLINE) return pw_slot_i64((int64_t)value);
    pw_i128 *stored = pw_arena_alloc(arena, sizeof *stored);
    *stored = value;
    return (pw_slot){.is_null = 0, .length = 0, {.i128 = stored}};
}

/* Rounds to `places` decimals (negative: tens) and gives the result at `to_scale`. */
static bool round_decimal(pw_i128 value, int32_t scale, int32_t places, pw_rounding rounding,
                          int32_t to_scale, pw_i128 *out) {
    if (places >= scale) {
        return pw_decimal_rescale(value, scale, to_scale, PW_ROUND_UNNECESSARY, out);
    }
    if (scale - (int64_t)places > DIGITS_MAX) { /* the unit is beyond every digit */
        bool is_away = (rounding == PW_ROUND_CEILING && value > 0) ||
                       (rounding == PW_ROUND_FLOOR && value < 0);
        *out = 0;
        return !is_away;
    }
    pw_i128 unit = pw_decimal_power_of_ten(scale - places);
    pw_i128 rounded = 0;
    if (!pw_decimal_rescale(value, scale - places, 0, rounding, &rounded)) return false;
    if (__builtin_mul_overflow(rounded, unit, &rounded)) return false;
    return pw_decimal_rescale(rounded, scale, to_scale, PW_ROUND_UNNECESSARY, out);
}

static pw_rounding tie_up(bool is_positive) {
    return is_positive ? PW_ROUND_HALF_UP : PW_ROUND_HALF_DOWN;
}

static void each_decimal(pw_call *call, bool is_round, pw_rounding rounding, int32_t places) {
    const pw_type *type = call->arg_types[0];
    PW_CALL_EACH_ROW(call, row) {
        pw_i128 value = pw_decimal_get(type, pw_arg(call, 0, row));
        pw_i128 rounded = 0;
        pw_rounding how = is_round ? tie_up(value > 0) : rounding;
        int64_t wanted = call->arg_count > 1 ? pw_arg(call, 1, row)->i64 : places;
        int32_t bounded = wanted < -DIGITS_MAX  ? -DIGITS_MAX - 1
                          : wanted > DIGITS_MAX ? DIGITS_MAX
                                                : (int32_t)wanted;
        if (round_decimal(value, type->scale, bounded, how, call->result_type->scale, &rounded)) {
            call->out[row] = decimal_slot(call->arena, call->result_type, rounded);
        } else {
            call->fail(call, row, "Numeric field overflow");
        }
    }
}

static void ceil_decimal(pw_call *call) {
    each_decimal(call, false, PW_ROUND_CEILING, 0);
}
static void floor_decimal(pw_call *call) {
    each_decimal(call, false, PW_ROUND_FLOOR, 0);
}
static void round_decimals(pw_call *call) {
    each_decimal(call, true, PW_ROUND_HALF_UP, 0);
}
static void trunc_decimals(pw_call *call) {
    each_decimal(call, false, PW_ROUND_DOWN, 0);
}

static void same_i64(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = *pw_arg(call, 0, row);
}

static void ceil_double(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_f64(ceil(pw_arg(call, 0, row)->f64));
}

static void floor_double(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_f64(floor(pw_arg(call, 0, row)->f64));
}

/* x - floor(x) is exact, x + 0.5 is not. */
static void round_double(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        double x = pw_arg(call, 0, row)->f64, below = floor(x);
        call->out[row] = pw_slot_i64(pw_saturate_i64(x - below >= 0.5 ? below + 1 : below));
    }
}

static void trunc_double(pw_call *call) {
    PW_CALL_EACH_ROW(call, row)
    call->out[row] = pw_slot_i64(pw_saturate_i64(trunc(pw_arg(call, 0, row)->f64)));
}

/* Rounds the shortest decimal text of the double, as Java's BigDecimal.valueOf. A double whose
 * digits are all above, or all below, the wanted place needs no decimal. */
static bool round_double_places(double x, int64_t places, bool is_round, double *out) {
    if (!isfinite(x)) return false;
    pw_i128 value = 0, rounded = 0;
    int32_t scale = 0;
    if (places > DOUBLE_PLACES_MAX) places = DOUBLE_PLACES_MAX;
    if (places < -DOUBLE_PLACES_MAX) places = -DOUBLE_PLACES_MAX;
    *out = x;
    if (!pw_decimal_from_double(x, &value, &scale)) {
        if (fabs(x) < 1) {
            if (places < DIGITS_MAX / 2) *out = 0;
        } else if (places < -300) {
            *out = 0;
        }
        return true;
    }
    if (places >= scale) return true;
    pw_rounding rounding = is_round ? tie_up(value > 0) : PW_ROUND_DOWN;
    if (scale - places > DIGITS_MAX) {
        *out = 0;
        return true;
    }
    if (!pw_decimal_rescale(value, scale - (int32_t)places, 0, rounding, &rounded)) return false;
    *out = rounded == 0 ? 0.0 : pw_decimal_to_double(rounded, (int32_t)places);
    return true;
}

static void each_double_places(pw_call *call, bool is_round) {
    PW_CALL_EACH_ROW(call, row) {
        double result = 0;
        if (round_double_places(pw_arg(call, 0, row)->f64, pw_arg(call, 1, row)->i64, is_round,
                                &result)) {
            call->out[row] = pw_slot_f64(result);
        } else {
            call->fail(call, row, "Infinite or NaN");
        }
    }
}

static void round_double_to(pw_call *call) {
    each_double_places(call, true);
}
static void trunc_double_to(pw_call *call) {
    each_double_places(call, false);
}

/* DECIMAL(p,s) without its decimals. */
static const pw_type *whole_type(pw_arena *arena, const pw_type *const *arg_types,
                                 uint32_t arg_count, const char **message) {
    (void)arg_count;
    (void)message;
    int32_t digits = arg_types[0]->precision - arg_types[0]->scale;
    return pw_type_decimal(arena, digits > 0 ? digits : 1, 0);
}

#define ROW(signature_, doc_, example_, scalar_)                                                   \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT                                                            \
    }
#define PRIMITIVE_ROW(signature_, doc_, example_, scalar_)                                         \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_FAILS                                                                  \
    }
#define WHOLE_ROW(signature_, doc_, example_, scalar_)                                             \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT, .result_type = whole_type                                 \
    }

#define CEIL_DOC  "The least whole number not below `value`."
#define FLOOR_DOC "The greatest whole number not above `value`."
#define ROUND_DOC "The nearest whole number; a tie goes towards positive infinity."
#define ROUND_TO_DOC                                                                               \
    "`value` rounded to `places` decimals, negative places round to tens; a tie goes towards "     \
    "positive infinity."
#define TRUNC_DOC    "`value` without its decimals."
#define TRUNC_TO_DOC "`value` cut off after `places` decimals; negative places cut tens."

static const pw_function round_rows[] = {
    ROW("CEIL(value DECIMAL) -> DECIMAL", CEIL_DOC, "CEIL(1.25) = 2", ceil_decimal),
    ROW("CEIL(value DOUBLE) -> DOUBLE", CEIL_DOC, "CEIL(1.25e0) = 2", ceil_double),
    ROW("CEIL(value INT) -> INT", CEIL_DOC, "CEIL(44) = 44", same_i64),
    ROW("CEIL(value BIGINT) -> BIGINT", CEIL_DOC, "CEIL(44000000000) = 44000000000", same_i64),
    ROW("FLOOR(value DECIMAL) -> DECIMAL", FLOOR_DOC, "FLOOR(-1.25) = -2", floor_decimal),
    ROW("FLOOR(value DOUBLE) -> DOUBLE", FLOOR_DOC, "FLOOR(-1.25e0) = -2", floor_double),
    ROW("FLOOR(value INT) -> INT", FLOOR_DOC, "FLOOR(44) = 44", same_i64),
    ROW("FLOOR(value BIGINT) -> BIGINT", FLOOR_DOC, "FLOOR(44000000000) = 44000000000", same_i64),
    WHOLE_ROW("ROUND(value DECIMAL) -> DECIMAL", ROUND_DOC, "ROUND(-12.50) = -12", round_decimals),
    ROW("ROUND(value DOUBLE, places INT) -> DOUBLE", ROUND_TO_DOC, "ROUND(2.675e0, 2) = 2.68",
        round_double_to),
    PRIMITIVE_ROW("ROUND(value DOUBLE) -> BIGINT", ROUND_DOC, "ROUND(-2.5e0) = -2", round_double),
    ROW("ROUND(value DECIMAL, places INT) -> DECIMAL", ROUND_TO_DOC, "ROUND(1234.56, -2) = 1200",
        round_decimals),
    PRIMITIVE_ROW("ROUND(value INT) -> BIGINT", ROUND_DOC, "ROUND(44) = 44", same_i64),
    PRIMITIVE_ROW("ROUND(value BIGINT) -> BIGINT", ROUND_DOC, "ROUND(44000000000) = 44000000000",
                  same_i64),
    WHOLE_ROW("TRUNC(value DECIMAL) -> DECIMAL", TRUNC_DOC, "TRUNC(-12.99) = -12", trunc_decimals),
    ROW("TRUNC(value DOUBLE, places INT) -> DOUBLE", TRUNC_TO_DOC, "TRUNC(2.675e0, 2) = 2.67",
        trunc_double_to),
    PRIMITIVE_ROW("TRUNC(value DOUBLE) -> BIGINT", TRUNC_DOC, "TRUNC(-2.5e0) = -2", trunc_double),
    ROW("TRUNC(value DECIMAL, places INT) -> DECIMAL", TRUNC_TO_DOC, "TRUNC(1299.99, -2) = 1200",
        trunc_decimals),
    PRIMITIVE_ROW("TRUNC(value INT) -> BIGINT", TRUNC_DOC, "TRUNC(44) = 44", same_i64),
    PRIMITIVE_ROW("TRUNC(value BIGINT) -> BIGINT", TRUNC_DOC, "TRUNC(44000000000) = 44000000000",
                  same_i64),
};

const pw_function_family pw_functions_round = PW_FUNCTION_FAMILY("MATHEMATICAL", round_rows);
