/* Every step of a program: name, operands, meaning. Read by compile.c, which makes
 * them, eval.c, which runs them (a function pw_step_NAME each), and print.c (EXPLAIN).
 *
 * out, a, b, list: registers; rows: the selection a step runs over; => a selection it makes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_EXPR_STEP_LIST_H
#define PW_EXPR_STEP_LIST_H

/* clang-format off */
#define PW_STEP_MAP(X)                                                                            \
  /* --- arithmetic: NULL or an error gives an error --- */                                       \
  X(arith_i32,     "out a b",       "a op b, wraps at 32 bits")                                   \
  X(arith_i64,     "out a b",       "a op b, wraps at 64 bits")                                   \
  X(arith_f64,     "out a b",       "a op b, IEEE")                                               \
  X(arith_decimal, "out a b",       "a op b, exact; a and b are integers or decimals")            \
  X(negate,        "out a",         "-a")                                                         \
  X(join_text,     "out a b",       "texts one after the other; NULL is the text null")           \
  X(widen,         "out a",         "INTEGER or BIGINT to DOUBLE")                                \
  /* --- comparison: NULL gives FALSE --- */                                                      \
  X(compare_i64,   "out a b",       "BOOLEAN, INTEGER, BIGINT or one time type")                  \
  X(compare_f64,   "out a b",       "DOUBLE")                                                     \
  X(compare_text,  "out a b",       "STRING by UTF-16 code unit")                                 \
  X(compare_mixed, "out a b",       "BYTES, DECIMAL, time types and texts that are times")        \
  X(compare_deep,  "out a b",       "ARRAY, MAP, STRUCT: equal or not")                           \
  X(distinct,      "out a b",       "IS [NOT] DISTINCT FROM: NULL equals NULL")                   \
  /* --- the same as a filter --- */                                                              \
  X(filter_i64,    "=> out a b",    "rows where compare_i64 is TRUE")                             \
  X(filter_f64,    "=> out a b",    "rows where compare_f64 is TRUE")                             \
  X(filter_text,   "=> out a b",    "rows where compare_text is TRUE")                            \
  X(filter,        "=> out a",      "rows where a is TRUE")                                       \
  /* --- logic and laziness --- */                                                                \
  X(select_true,   "=> out a",      "rows where a is TRUE")                                       \
  X(select_false,  "=> out a",      "rows where a is FALSE")                                      \
  X(and,           "out a b",       "b where a is TRUE, else a; NULL is an error")                \
  X(or,            "out a b",       "b where a is FALSE, else a; NULL is an error")               \
  X(not,           "out a",         "NULL is an error")                                           \
  X(is_null,       "out a",         "IS [NOT] NULL")                                              \
  X(split,         "=> out, rest a", "rows where a is TRUE, and the rest; an error is the result") \
  X(copy,          "out a",         "a: the branch of a CASE")                                    \
  X(in,            "out a list",    "does a equal one of the list?")                              \
  X(like,          "out a b",       "LIKE; NULL is an error")                                     \
  /* --- values --- */                                                                            \
  X(cast,          "out a",         "CAST; an error gives NULL")                                  \
  X(item,          "out a b",       "ARRAY[index], from 1, negative from the end")                \
  X(lookup,        "out a b",       "MAP[key]")                                                   \
  X(field,         "out a",         "STRUCT->field")                                              \
  X(make_array,    "out list",      "ARRAY[...]; an error in an element is NULL")                 \
  X(make_map,      "out list",      "MAP(...); the later of equal keys wins")                     \
  X(make_struct,   "out list",      "STRUCT(...)")                                                \
  X(call,          "out list",      "a scalar function; an error gives NULL")
/* clang-format on */

#endif
