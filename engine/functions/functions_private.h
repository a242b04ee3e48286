/* What the files of this folder share and nobody else needs. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FUNCTIONS_FUNCTIONS_PRIVATE_H
#define PW_FUNCTIONS_FUNCTIONS_PRIVATE_H

#include "functions/function.h"

/* --- signatures (signature.c) -------------------------------------------------------------- */

typedef enum {
    PW_PATTERN_TYPE,     /* exactly `type` */
    PW_PATTERN_DECIMAL,  /* DECIMAL of any precision and scale */
    PW_PATTERN_VARIABLE, /* T: binds `variable` */
    PW_PATTERN_ANY,
    PW_PATTERN_ARRAY,  /* element */
    PW_PATTERN_MAP,    /* key, element */
    PW_PATTERN_STRUCT, /* children with names */
    PW_PATTERN_LAMBDA, /* children are the parameters, element is the result */
} pw_pattern_kind;

typedef struct pw_type_pattern pw_type_pattern;
struct pw_type_pattern {
    pw_pattern_kind kind;
    char variable; /* 'A' to 'Z' */
    const pw_type *type;
    const pw_type_pattern *key;
    const pw_type_pattern *element;
    const pw_type_pattern **children;
    const pw_str *names;
    uint32_t child_count;
};

/* Parses the signature of a row. False when the text is not one. */
bool pw_signature_parse(pw_arena *arena, const pw_function *function, const char *category,
                        pw_signature *out);

/* The name at the start of a signature text. */
pw_str pw_signature_name(const char *signature);

/* --- families (registry.c lists them) ------------------------------------------------------ */

extern const pw_function_family pw_functions_array, pw_functions_array_set, pw_functions_avg,
    pw_functions_collect, pw_functions_count, pw_functions_distinct, pw_functions_encode,
    pw_functions_extreme, pw_functions_format_time, pw_functions_geo, pw_functions_hash,
    pw_functions_histogram, pw_functions_json, pw_functions_map, pw_functions_mask,
    pw_functions_math, pw_functions_minmax, pw_functions_null, pw_functions_offset,
    pw_functions_random, pw_functions_regex, pw_functions_round, pw_functions_split,
    pw_functions_statistics, pw_functions_string, pw_functions_substring, pw_functions_sum,
    pw_functions_table, pw_functions_time, pw_functions_to_json, pw_functions_topk,
    pw_functions_trigonometry, pw_functions_url;

/* --- for scalar functions ------------------------------------------------------------------ */

static inline const pw_slot *pw_arg(const pw_call *call, uint32_t index, uint32_t row) {
    return pw_at(call->args[index], row);
}

static inline pw_str pw_arg_str(const pw_call *call, uint32_t index, uint32_t row) {
    return pw_slot_as_str(pw_arg(call, index, row));
}

/* INTEGER arithmetic wraps at 32 bits, as in Java. */
static inline int64_t pw_wrap_i32(int64_t value) {
    return (int32_t)(uint32_t)(uint64_t)value;
}

/* Java's (long) and (int) of a double: saturates, NaN gives 0. */
static inline int64_t pw_saturate_i64(double value) {
    if (value != value) return 0;
    if (value >= 9223372036854775808.0) return INT64_MAX;
    if (value <= -9223372036854775808.0) return INT64_MIN;
    return (int64_t)value;
}

/* No result text of a function is longer: a row that would be fails instead of filling the
 * memory. */
enum { PW_FN_RESULT_BYTES_MAX = 16 << 20, PW_FN_RESULT_ITEMS_MAX = 1 << 20 };

/* The three rows of a function of one number; an argument that is a DECIMAL is widened to DOUBLE.
 * `argument` is a text for the examples: NUMBER_ROWS("SQRT", ..., "4", "= 2") says SQRT(4) = 2. */
#define PW_FN_NUMBER_ROWS(name_, result_, doc_, argument_, claim_, of_i64_, of_f64_)               \
    {.signature = name_ "(value DOUBLE) -> " result_,                                              \
     .doc = doc_,                                                                                  \
     .example = name_ "(CAST(" argument_ " AS DOUBLE)) " claim_,                                   \
     .scalar = of_f64_,                                                                            \
     .flags = PW_FN_NULL_IN_NULL_OUT},                                                             \
        {.signature = name_ "(value INT) -> " result_,                                             \
         .doc = doc_,                                                                              \
         .example = name_ "(" argument_ ") " claim_,                                               \
         .scalar = of_i64_,                                                                        \
         .flags = PW_FN_NULL_IN_NULL_OUT},                                                         \
    {                                                                                              \
        .signature = name_ "(value BIGINT) -> " result_, .doc = doc_,                              \
        .example = name_ "(CAST(" argument_ " AS BIGINT)) " claim_, .scalar = of_i64_,             \
        .flags = PW_FN_NULL_IN_NULL_OUT                                                            \
    }

/* Two functions of one number `x`, seen as a double: name_i64 and name_f64. */
#define PW_FN_OF_DOUBLE(name_, expression_)                                                        \
    static void name_##_i64(pw_call *call) {                                                       \
        PW_CALL_EACH_ROW(call, row) {                                                              \
            double x = (double)pw_arg(call, 0, row)->i64;                                          \
            call->out[row] = pw_slot_f64(expression_);                                             \
        }                                                                                          \
    }                                                                                              \
    static void name_##_f64(pw_call *call) {                                                       \
        PW_CALL_EACH_ROW(call, row) {                                                              \
            double x = pw_arg(call, 0, row)->f64;                                                  \
            call->out[row] = pw_slot_f64(expression_);                                             \
        }                                                                                          \
    }

/* The same for two numbers `x` and `y`. */
#define PW_FN_OF_TWO_DOUBLES(name_, expression_)                                                   \
    static void name_##_i64(pw_call *call) {                                                       \
        PW_CALL_EACH_ROW(call, row) {                                                              \
            double x = (double)pw_arg(call, 0, row)->i64, y = (double)pw_arg(call, 1, row)->i64;   \
            call->out[row] = pw_slot_f64(expression_);                                             \
        }                                                                                          \
    }                                                                                              \
    static void name_##_f64(pw_call *call) {                                                       \
        PW_CALL_EACH_ROW(call, row) {                                                              \
            double x = pw_arg(call, 0, row)->f64, y = pw_arg(call, 1, row)->f64;                   \
            call->out[row] = pw_slot_f64(expression_);                                             \
        }                                                                                          \
    }

/* --- text in UTF-16 units (text.c) --------------------------------------------------------- */

bool pw_text_is_ascii(pw_str text);
uint32_t pw_text_units(pw_str text); /* length in UTF-16 units */

/* Byte offset of unit `units` (at most the length). *is_split: it falls inside a surrogate pair,
 * then the offset is that of the character. */
size_t pw_text_offset(pw_str text, size_t units, bool *is_split);

/* Units [from, to) of the text. Half a surrogate pair becomes '?', as when Java writes UTF-8.
 * Borrows from `text` where it can. */
pw_str pw_text_slice(pw_arena *arena, pw_str text, size_t from, size_t to);

/* Appends bytes as UTF-8 text: what is none becomes U+FFFD, one for each beginning of a character
 * that breaks off, as Java decodes. */
void pw_text_repair(const uint8_t *bytes, size_t length, pw_buf *out);

/* A pw_buf's content as a slot in the arena. */
pw_slot pw_text_result(pw_arena *arena, const pw_buf *buf);

/* --- values as bytes (value_codec.c) ------------------------------------------------------- */

/* Appends a value, NULL included, so that equal values of one type give equal bytes. */
void pw_value_encode(const pw_type *type, const pw_slot *value, pw_buf *out);

/* Reads one value; nested results and text are copied to `arena`. *at moves behind it. False for
 * bytes that pw_value_encode did not write for this type. arena and out NULL: only checks and
 * skips. */
bool pw_value_decode(const pw_type *type, const uint8_t **at, const uint8_t *end, pw_arena *arena,
                     pw_slot *out);

/* --- for aggregates ------------------------------------------------------------------------ */

/* The state of row `i` as a pointer to `type`. */
#define PW_STATE(type, states, i, state_offset) ((type *)(void *)((states)[i] + (state_offset)))

/* A growing list of encoded values, state of the aggregates that collect. As a set it finds a value
 * by hash; the index is rebuilt when needed and is no part of what is stored. All zero is empty. */
typedef struct pw_agg_list {
    uint8_t *data;
    uint32_t *index; /* offset of a value + 1, open addressing; NULL until needed */
    uint32_t length, capacity;
    uint32_t count;
    uint32_t index_size; /* power of two, or 0 */
} pw_agg_list;

enum { PW_AGG_LIST_BYTES_MAX = 64 << 20 };

/* False when the list would become too long. */
bool pw_agg_list_append(pw_agg_list *list, const uint8_t *value, uint32_t length);
/* Appends unless it is there. type: of the values. False when the list would become too long. */
bool pw_agg_list_add_distinct(pw_agg_list *list, const pw_type *type, const uint8_t *value,
                              uint32_t length);
/* Removes `count` values from the front; those of the type. */
void pw_agg_list_drop_first(pw_agg_list *list, const pw_type *type, uint32_t count);
/* Removes the last value equal to this one; false if there is none. */
bool pw_agg_list_remove_last(pw_agg_list *list, const pw_type *type, const uint8_t *value,
                             uint32_t length);
pw_slot pw_agg_list_array(const pw_agg_list *list, const pw_type *type, pw_arena *arena);
/* State as bytes and back. */
void pw_agg_list_encode(const pw_agg_list *list, pw_buf *out);
bool pw_agg_list_decode(pw_agg_list *list, const pw_type *type, pw_str bytes);
void pw_agg_list_release(pw_agg_list *list);

#endif
