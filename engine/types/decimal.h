/* DECIMAL(p,s): an unscaled integer of at most 38 digits, the scale in the type.
 * Result types and the no-rounding rule are ksqlDB's (reference, "Arithmetic").
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_DECIMAL_H
#define PW_TYPES_DECIMAL_H

#include "base/buf.h"
#include "types/slot.h"
#include "types/type.h"

enum { PW_DECIMAL_PRECISION_INLINE = 18 }; /* up to here the unscaled value is slot.i64 */

static inline pw_i128 pw_decimal_get(const pw_type *type, const pw_slot *slot) {
    return type->precision <= PW_DECIMAL_PRECISION_INLINE ? (pw_i128)slot->i64 : *slot->i128;
}

/* The slot for an unscaled value of at most 10^precision (asserted). That is one more than the
 * digits allow: as in ksqlDB, rounding comes after the overflow check, so CAST('999.95' AS
 * DECIMAL(4,1)) and CEIL can reach it. */
pw_slot pw_decimal_slot(pw_arena *arena, const pw_type *type, pw_i128 unscaled);

/* Does the value have at most `precision` digits? */
bool pw_decimal_fits(pw_i128 unscaled, int32_t precision);

/* 10 to the n-th, 0 <= n <= 38. */
pw_i128 pw_decimal_power_of_ten(int32_t n);

typedef enum {
    PW_ROUND_UNNECESSARY, /* an inexact result is an error */
    PW_ROUND_HALF_UP,     /* ties away from zero */
    PW_ROUND_HALF_DOWN,   /* ties towards zero */
    PW_ROUND_DOWN,        /* towards zero */
    PW_ROUND_UP,          /* away from zero */
    PW_ROUND_FLOOR,
    PW_ROUND_CEILING,
} pw_rounding;

/* Same value at another scale; false if it overflows 38 digits or rounding is not allowed. */
bool pw_decimal_rescale(pw_i128 unscaled, int32_t from_scale, int32_t to_scale,
                        pw_rounding rounding, pw_i128 *out);

/* <0, 0, >0; scales may differ; never overflows. */
int pw_decimal_compare(pw_i128 a, int32_t a_scale, pw_i128 b, int32_t b_scale);

typedef enum {
    PW_DECIMAL_ADD,
    PW_DECIMAL_SUB,
    PW_DECIMAL_MUL,
    PW_DECIMAL_DIV,
    PW_DECIMAL_MOD,
} pw_decimal_op;

/* Result type of `a op b` by ksqlDB's rules. A precision above 38 is kept at 38 (docs/
 * differences.md): the scale then gives way until 18 whole digits have room. */
const pw_type *pw_decimal_result_type(pw_arena *arena, pw_decimal_op op, const pw_type *a,
                                      const pw_type *b);

/* a op b in type `result`. NULL when fine, else why not ("Division by zero", "Rounding necessary",
 * "Numeric overflow"). */
const char *pw_decimal_apply(pw_decimal_op op, const pw_type *a_type, pw_i128 a,
                             const pw_type *b_type, pw_i128 b, const pw_type *result, pw_i128 *out);

/* Text "-12.50", "1e3", ".5" (as Java's BigDecimal accepts) to unscaled value and its own scale
 * (which may be negative); false if it is no number or has more than 38 significant digits. */
bool pw_decimal_parse(pw_str text, pw_i128 *unscaled, int32_t *scale);

/* Text as a value of DECIMAL(precision, scale), whatever number of digits it has. As in ksqlDB,
 * the overflow check looks at the number as it stands, then it is rounded HALF_UP: "999.95" is
 * 1000.0 as DECIMAL(4,1). is_rounding false: to need rounding is an error (as in records).
 * NULL when fine, else why not. */
const char *pw_decimal_parse_as(pw_str text, int32_t precision, int32_t scale, bool is_rounding,
                                pw_i128 *out);

/* A double as DECIMAL(precision, scale): its exact value rounded HALF_UP to `precision` digits,
 * then checked, then rounded HALF_UP to the scale. NULL when fine, else why not. */
const char *pw_decimal_cast_double(double value, int32_t precision, int32_t scale, pw_i128 *out);

/* The reasons the two functions above and pw_decimal_apply give. */
extern const char pw_decimal_overflow[], pw_decimal_inexact[];

/* Plain notation with exactly the scale's digits: "0.00", "-12.50". */
void pw_decimal_print(pw_i128 unscaled, int32_t scale, pw_buf *out);

/* Java's BigDecimal.toString: an exponent for small values ("0E-10"), as ksqlDB's JSON writes. */
void pw_decimal_print_java(pw_i128 unscaled, int32_t scale, pw_buf *out);

double pw_decimal_to_double(pw_i128 unscaled, int32_t scale);

/* The shortest decimal text of the double, as a decimal; false for NaN, infinities and overflow. */
bool pw_decimal_from_double(double value, pw_i128 *unscaled, int32_t *scale);

#endif
