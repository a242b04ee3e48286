/* GREATEST and LEAST. NULLs are skipped. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"
#include "types/compare.h"
#include "types/decimal.h"

static void each_extreme(pw_call *call, int sign) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *best = NULL;
        for (uint32_t i = 0; i < call->arg_count; i++) {
            const pw_slot *value = pw_arg(call, i, row);
            if (value->is_null) continue;
            if (!best || pw_slot_compare(call->result_type, value, best) * sign > 0) best = value;
        }
        call->out[row] = best ? *best : pw_slot_null();
    }
}

/* The arguments may differ in precision and scale; the result type holds all of them. */
static void each_extreme_decimal(pw_call *call, int sign) {
    PW_CALL_EACH_ROW(call, row) {
        pw_i128 best = 0;
        int32_t best_scale = 0;
        bool has_value = false;
        for (uint32_t i = 0; i < call->arg_count; i++) {
            const pw_slot *value = pw_arg(call, i, row);
            if (value->is_null) continue;
            pw_i128 number = pw_decimal_get(call->arg_types[i], value);
            int32_t scale = call->arg_types[i]->scale;
            if (has_value && pw_decimal_compare(number, scale, best, best_scale) * sign <= 0)
                continue;
            best = number;
            best_scale = scale;
            has_value = true;
        }
        call->out[row] = pw_slot_null();
        if (!has_value) continue;
        if (pw_decimal_rescale(best, best_scale, call->result_type->scale, PW_ROUND_UNNECESSARY,
                               &best) &&
            pw_decimal_fits(best, call->result_type->precision)) {
            call->out[row] = pw_decimal_slot(call->arena, call->result_type, best);
        } else {
            call->fail(call, row, "Numeric field overflow");
        }
    }
}

static void greatest(pw_call *call) {
    each_extreme(call, 1);
}
static void least(pw_call *call) {
    each_extreme(call, -1);
}
static void greatest_decimal(pw_call *call) {
    each_extreme_decimal(call, 1);
}
static void least_decimal(pw_call *call) {
    each_extreme_decimal(call, -1);
}

static const pw_type *widest_decimal(pw_arena *arena, const pw_type *const *arg_types,
                                     uint32_t arg_count, const char **message) {
    (void)message;
    int32_t whole = 0, scale = 0;
    for (uint32_t i = 0; i < arg_count; i++) {
        if (arg_types[i]->kind != PW_TYPE_DECIMAL) continue; /* a bare NULL */
        if (arg_types[i]->scale > scale) scale = arg_types[i]->scale;
        int32_t digits = arg_types[i]->precision - arg_types[i]->scale;
        if (digits > whole) whole = digits;
    }
    int32_t precision = whole + scale;
    if (precision > PW_DECIMAL_PRECISION_MAX) precision = PW_DECIMAL_PRECISION_MAX;
    return pw_type_decimal(arena, precision > 0 ? precision : 1, scale);
}

#define ROW(name_, type_, doc_, example_, scalar_)                                                 \
    {                                                                                              \
        .signature = name_ "(val " type_ ", vals " type_ "...?) -> " type_, .doc = doc_,           \
        .example = example_, .scalar = scalar_                                                     \
    }
#define DECIMAL_ROW(name_, doc_, example_, scalar_)                                                \
    {                                                                                              \
        .signature = name_ "(val DECIMAL, vals DECIMAL...?) -> DECIMAL", .doc = doc_,              \
        .example = example_, .scalar = scalar_, .result_type = widest_decimal                      \
    }

#define GREATEST_DOC "The greatest argument; NULLs are skipped."
#define LEAST_DOC    "The least argument; NULLs are skipped."

static const pw_function extreme_rows[] = {
    ROW("GREATEST", "TIME", GREATEST_DOC,
        "GREATEST(PARSE_TIME('10:00', 'HH:mm'), PARSE_TIME('11:00', 'HH:mm')) = '11:00'", greatest),
    ROW("GREATEST", "DATE", GREATEST_DOC, "GREATEST(FROM_DAYS(1), FROM_DAYS(2)) = FROM_DAYS(2)",
        greatest),
    ROW("GREATEST", "BYTES", GREATEST_DOC,
        "FROM_BYTES(GREATEST(TO_BYTES('a', 'utf8'), TO_BYTES('b', 'utf8')), 'utf8') = 'b'",
        greatest),
    ROW("GREATEST", "TIMESTAMP", GREATEST_DOC,
        "GREATEST(FROM_UNIXTIME(1), FROM_UNIXTIME(2)) = FROM_UNIXTIME(2)", greatest),
    DECIMAL_ROW("GREATEST", GREATEST_DOC, "GREATEST(1.25, 10.5) = 10.5", greatest_decimal),
    ROW("GREATEST", "INT", GREATEST_DOC, "GREATEST(1, NULL, 3) = 3", greatest),
    ROW("GREATEST", "BIGINT", GREATEST_DOC,
        "GREATEST(1000000000000, 2000000000000) = 2000000000000", greatest),
    ROW("GREATEST", "DOUBLE", GREATEST_DOC, "GREATEST(1e0, 2e0) = 2e0", greatest),
    ROW("GREATEST", "STRING", GREATEST_DOC, "GREATEST('HAM', 'VER') = 'VER'", greatest),
    ROW("LEAST", "TIME", LEAST_DOC,
        "LEAST(PARSE_TIME('10:00', 'HH:mm'), PARSE_TIME('11:00', 'HH:mm')) = '10:00'", least),
    ROW("LEAST", "DATE", LEAST_DOC, "LEAST(FROM_DAYS(1), FROM_DAYS(2)) = FROM_DAYS(1)", least),
    ROW("LEAST", "BYTES", LEAST_DOC,
        "FROM_BYTES(LEAST(TO_BYTES('a', 'utf8'), TO_BYTES('b', 'utf8')), 'utf8') = 'a'", least),
    ROW("LEAST", "TIMESTAMP", LEAST_DOC,
        "LEAST(FROM_UNIXTIME(1), FROM_UNIXTIME(2)) = FROM_UNIXTIME(1)", least),
    DECIMAL_ROW("LEAST", LEAST_DOC, "LEAST(1.25, 10.5) = 1.25", least_decimal),
    ROW("LEAST", "INT", LEAST_DOC, "LEAST(1, NULL, 3) = 1", least),
    ROW("LEAST", "BIGINT", LEAST_DOC, "LEAST(1000000000000, 2000000000000) = 1000000000000", least),
    ROW("LEAST", "DOUBLE", LEAST_DOC, "LEAST(1e0, 2e0) = 1e0", least),
    ROW("LEAST", "STRING", LEAST_DOC, "LEAST('HAM', 'VER') = 'HAM'", least),
};

const pw_function_family pw_functions_extreme = PW_FUNCTION_FAMILY("MATHEMATICAL", extreme_rows);
