/* Angles are in radians. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "functions/functions_private.h"

static const double pi = 3.14159265358979323846;

PW_FN_OF_DOUBLE(fn_sin, sin(x))
PW_FN_OF_DOUBLE(fn_cos, cos(x))
PW_FN_OF_DOUBLE(fn_tan, tan(x))
PW_FN_OF_DOUBLE(fn_cot, 1.0 / tan(x))
PW_FN_OF_DOUBLE(fn_asin, asin(x))
PW_FN_OF_DOUBLE(fn_acos, acos(x))
PW_FN_OF_DOUBLE(fn_atan, atan(x))
PW_FN_OF_DOUBLE(fn_sinh, sinh(x))
PW_FN_OF_DOUBLE(fn_cosh, cosh(x))
PW_FN_OF_DOUBLE(fn_tanh, tanh(x))
/* In the order of operations of Java's Math, which decides the last digit. */
PW_FN_OF_DOUBLE(fn_degrees, x *(180.0 / pi))
PW_FN_OF_DOUBLE(fn_radians, x *(pi / 180.0))
PW_FN_OF_TWO_DOUBLES(fn_atan2, atan2(x, y))

static void fn_pi(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_f64(pi);
}

#define ATAN2_ROW(type_, example_, scalar_)                                                        \
    {                                                                                              \
        .signature = "ATAN2(y " type_ ", x " type_ ") -> DOUBLE",                                  \
        .doc = "The angle of the point (x, y), from -pi to pi.", .example = example_,              \
        .scalar = scalar_, .flags = PW_FN_NULL_IN_NULL_OUT                                         \
    }

static const pw_function trigonometry_rows[] = {
    PW_FN_NUMBER_ROWS("SIN", "DOUBLE", "Sine of an angle in radians.", "0", "= 0", fn_sin_i64,
                      fn_sin_f64),
    PW_FN_NUMBER_ROWS("COS", "DOUBLE", "Cosine of an angle in radians.", "0", "= 1", fn_cos_i64,
                      fn_cos_f64),
    PW_FN_NUMBER_ROWS("TAN", "DOUBLE", "Tangent of an angle in radians.", "0", "= 0", fn_tan_i64,
                      fn_tan_f64),
    PW_FN_NUMBER_ROWS("COT", "DOUBLE", "Cotangent of an angle in radians; infinite for 0.", "1",
                      "BETWEEN 0.642 AND 0.643", fn_cot_i64, fn_cot_f64),
    PW_FN_NUMBER_ROWS("ASIN", "DOUBLE", "Arc sine of `value`; NaN outside -1 to 1.", "0", "= 0",
                      fn_asin_i64, fn_asin_f64),
    PW_FN_NUMBER_ROWS("ACOS", "DOUBLE", "Arc cosine of `value`; NaN outside -1 to 1.", "1", "= 0",
                      fn_acos_i64, fn_acos_f64),
    PW_FN_NUMBER_ROWS("ATAN", "DOUBLE", "Arc tangent of `value`.", "0", "= 0", fn_atan_i64,
                      fn_atan_f64),
    ATAN2_ROW("DOUBLE", "ATAN2(0e0, 1e0) = 0", fn_atan2_f64),
    ATAN2_ROW("INT", "ATAN2(0, 1) = 0", fn_atan2_i64),
    ATAN2_ROW("BIGINT", "ATAN2(CAST(0 AS BIGINT), CAST(1 AS BIGINT)) = 0", fn_atan2_i64),
    PW_FN_NUMBER_ROWS("SINH", "DOUBLE", "Hyperbolic sine of `value`.", "0", "= 0", fn_sinh_i64,
                      fn_sinh_f64),
    PW_FN_NUMBER_ROWS("COSH", "DOUBLE", "Hyperbolic cosine of `value`.", "0", "= 1", fn_cosh_i64,
                      fn_cosh_f64),
    PW_FN_NUMBER_ROWS("TANH", "DOUBLE", "Hyperbolic tangent of `value`.", "0", "= 0", fn_tanh_i64,
                      fn_tanh_f64),
    PW_FN_NUMBER_ROWS("DEGREES", "DOUBLE", "Radians to degrees.", "0", "= 0", fn_degrees_i64,
                      fn_degrees_f64),
    PW_FN_NUMBER_ROWS("RADIANS", "DOUBLE", "Degrees to radians.", "180",
                      "BETWEEN 3.14159 AND 3.1416", fn_radians_i64, fn_radians_f64),
    {.signature = "PI() -> DOUBLE",
     .doc = "The ratio of a circle's circumference to its diameter.",
     .example = "PI() BETWEEN 3.14159 AND 3.1416",
     .scalar = fn_pi},
};

const pw_function_family pw_functions_trigonometry =
    PW_FUNCTION_FAMILY("MATHEMATICAL", trigonometry_rows);
