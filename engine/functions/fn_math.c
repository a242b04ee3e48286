/* ABS, SIGN, roots, powers and logarithms. Numbers that Java would wrap wrap here too: ABS of the
 * least BIGINT is itself. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "functions/functions_private.h"
#include "types/decimal.h"

static void abs_integer(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t value = pw_arg(call, 0, row)->i64;
        call->out[row] = pw_slot_i64(pw_wrap_i32(value < 0 ? -value : value));
    }
}

static void abs_bigint(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t value = pw_arg(call, 0, row)->i64;
        call->out[row] = pw_slot_i64(value < 0 ? (int64_t)(0 - (uint64_t)value) : value);
    }
}

static void abs_double(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_f64(fabs(pw_arg(call, 0, row)->f64));
}

static void abs_decimal(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_i128 value = pw_decimal_get(call->arg_types[0], pw_arg(call, 0, row));
        call->out[row] =
            pw_decimal_slot(call->arena, call->result_type, value < 0 ? -value : value);
    }
}

static void sign_i64(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t value = pw_arg(call, 0, row)->i64;
        call->out[row] = pw_slot_i64((value > 0) - (value < 0));
    }
}

static void sign_f64(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        double value = pw_arg(call, 0, row)->f64;
        call->out[row] = pw_slot_i64((value > 0) - (value < 0));
    }
}

/* The logarithm to a base is not defined for bases up to 0 and for 1. */
static double log_to_base(double base, double value) {
    return base <= 0 || base == 1 ? (double)NAN : log(value) / log(base);
}

/* C says pow(1, NaN) and pow(-1, infinity) are 1; Java says NaN. */
static double java_power(double base, double exponent) {
    if (isnan(exponent)) return exponent;
    if (fabs(base) == 1 && isinf(exponent)) return (double)NAN;
    return pow(base, exponent);
}

PW_FN_OF_DOUBLE(fn_sqrt, sqrt(x))
/* cbrt is a digit off for 27; rounding the longer result is not. */
PW_FN_OF_DOUBLE(fn_cbrt, (double)cbrtl((long double)x))
PW_FN_OF_DOUBLE(fn_exp, exp(x))
PW_FN_OF_DOUBLE(fn_ln, log(x))
PW_FN_OF_TWO_DOUBLES(fn_log, log_to_base(x, y))
PW_FN_OF_TWO_DOUBLES(fn_power, java_power(x, y))

#define TWO_NUMBER_ROW(name_, x_, y_, type_, doc_, example_, scalar_)                              \
    {                                                                                              \
        .signature = name_ "(" x_ " " type_ ", " y_ " " type_ ") -> DOUBLE", .doc = doc_,          \
        .example = example_, .scalar = scalar_, .flags = PW_FN_NULL_IN_NULL_OUT                    \
    }

#define ABS_DOC   "Distance of `value` from zero."
#define LOG_DOC   "Natural logarithm of `value`; with a base, the logarithm to that base."
#define LOG_2_DOC "Logarithm of `value` to `base`. NaN for a base up to 0 and for 1."
#define POWER_DOC "`base` to the power `exponent`."

static const pw_function math_rows[] = {
    {.signature = "ABS(value DECIMAL) -> DECIMAL",
     .doc = ABS_DOC,
     .example = "ABS(-4.5) = 4.5",
     .scalar = abs_decimal,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "ABS(value DOUBLE) -> DOUBLE",
     .doc = ABS_DOC,
     .example = "ABS(-4e0) = 4e0",
     .scalar = abs_double,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "ABS(value INT) -> INT",
     .doc = ABS_DOC,
     .example = "ABS(-44) = 44",
     .scalar = abs_integer,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "ABS(value BIGINT) -> BIGINT",
     .doc = ABS_DOC,
     .example = "ABS(-44000000000) = 44000000000",
     .scalar = abs_bigint,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    PW_FN_NUMBER_ROWS("SIGN", "INT", "-1, 0 or 1: the sign of `value`. NaN gives 0.", "-44", "= -1",
                      sign_i64, sign_f64),
    PW_FN_NUMBER_ROWS("SQRT", "DOUBLE", "Square root of `value`; NaN below zero.", "4", "= 2",
                      fn_sqrt_i64, fn_sqrt_f64),
    PW_FN_NUMBER_ROWS("CBRT", "DOUBLE", "Cube root of `value`.", "27", "= 3", fn_cbrt_i64,
                      fn_cbrt_f64),
    PW_FN_NUMBER_ROWS("EXP", "DOUBLE", "e to the power `value`.", "0", "= 1", fn_exp_i64,
                      fn_exp_f64),
    PW_FN_NUMBER_ROWS("LN", "DOUBLE", "Natural logarithm of `value`; NaN below zero.", "1", "= 0",
                      fn_ln_i64, fn_ln_f64),
    PW_FN_NUMBER_ROWS("LOG", "DOUBLE", LOG_DOC, "1", "= 0", fn_ln_i64, fn_ln_f64),
    TWO_NUMBER_ROW("LOG", "base", "value", "DOUBLE", LOG_2_DOC,
                   "LOG(2e0, 8e0) BETWEEN 2.999 AND 3.001", fn_log_f64),
    TWO_NUMBER_ROW("LOG", "base", "value", "INT", LOG_2_DOC, "LOG(2, 8) BETWEEN 2.999 AND 3.001",
                   fn_log_i64),
    TWO_NUMBER_ROW("LOG", "base", "value", "BIGINT", LOG_2_DOC,
                   "LOG(CAST(2 AS BIGINT), CAST(8 AS BIGINT)) BETWEEN 2.999 AND 3.001", fn_log_i64),
    TWO_NUMBER_ROW("POWER", "base", "exponent", "DOUBLE", POWER_DOC, "POWER(2e0, 1e1) = 1024",
                   fn_power_f64),
    TWO_NUMBER_ROW("POWER", "base", "exponent", "INT", POWER_DOC, "POWER(2, 10) = 1024",
                   fn_power_i64),
    TWO_NUMBER_ROW("POWER", "base", "exponent", "BIGINT", POWER_DOC,
                   "POWER(CAST(2 AS BIGINT), CAST(10 AS BIGINT)) = 1024", fn_power_i64),
};

const pw_function_family pw_functions_math = PW_FUNCTION_FAMILY("MATHEMATICAL", math_rows);
