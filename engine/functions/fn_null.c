/* COALESCE, IFNULL, NULLIF and AS_VALUE. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"
#include "types/compare.h"

static void coalesce(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        call->out[row] = pw_slot_null();
        for (uint32_t i = 0; i < call->arg_count; i++) {
            const pw_slot *value = pw_arg(call, i, row);
            if (value->is_null) continue;
            call->out[row] = *value;
            break;
        }
    }
}

static void nullif(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *value = pw_arg(call, 0, row), *other = pw_arg(call, 1, row);
        bool is_equal = pw_slot_equal(call->arg_types[0], value, other);
        call->out[row] = is_equal ? pw_slot_null() : *value;
    }
}

static void as_value(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = *pw_arg(call, 0, row);
}

static const pw_function null_rows[] = {
    {.signature = "COALESCE(first T, other T...?) -> T",
     .doc = "The first argument that is not NULL.",
     .example = "COALESCE(CAST(NULL AS INT), 44, 1) = 44",
     .scalar = coalesce},
    {.signature = "IFNULL(expression T, altValue T) -> T",
     .doc = "`expression`, or `altValue` where it is NULL.",
     .example = "IFNULL(CAST(NULL AS STRING), 'HAM') = 'HAM'",
     .scalar = coalesce},
    {.signature = "NULLIF(expr1 T, expr2 T) -> T",
     .doc = "NULL if both are equal, else the first.",
     .example = "NULLIF('HAM', 'HAM') IS NULL",
     .scalar = nullif},
    {.signature = "AS_VALUE(keyColumn T) -> T",
     .doc = "The argument itself; in a projection it copies a key column into the value.",
     .example = "AS_VALUE(44) = 44",
     .scalar = as_value},
};

const pw_function_family pw_functions_null = PW_FUNCTION_FAMILY("OTHER", null_rows);
