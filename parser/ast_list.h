/* Every kind of AST node: kind, then what it holds. One row each; the printer, the equality, the
 * walker and the tests read this list.
 *
 *   X(KIND, "children and fields")
 *
 * text = node->text, number = node->number, flags = PW_FLAG_...; [i] = children[i], "?" may be
 * NULL, "..." any number. Names are folded already (upper case unless quoted), topics as written.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_AST_LIST_H
#define PW_PARSER_AST_LIST_H

/* clang-format off */
#define PW_NODE_MAP(X)                                                                             \
  /* --- small parts --- */                                                                        \
  X(IDENTIFIER,        "text; flag QUOTED")                                                        \
  X(LIST,              "[...]: the members")                                                       \
  /* --- literals --- */                                                                           \
  X(NULL_LITERAL,      "")                                                                         \
  X(BOOLEAN_LITERAL,   "number: 0 or 1")                                                           \
  X(INTEGER_LITERAL,   "number; text as written, with its minus (-5 is one literal, -(5) is not)") \
  X(DECIMAL_LITERAL,   "text as written, with its minus: digits with a point")                     \
  X(DOUBLE_LITERAL,    "text as written, with its minus: has an exponent")                         \
  X(STRING_LITERAL,    "text without quotes, unescaped")                                           \
  X(TYPED_LITERAL,     "text: type word; [0] STRING_LITERAL: DATE '2020-01-01'")                   \
  /* --- expressions --- */                                                                        \
  X(COLUMN,            "text: name; [0]? IDENTIFIER of the source")                                \
  X(UNARY,             "number: pw_operator NEGATE or PLUS; [0]")                                  \
  X(BINARY,            "number: pw_operator ADD..CONCAT; [0] [1]")                                 \
  X(COMPARE,           "number: pw_operator EQUAL..NOT_DISTINCT; [0] [1]")                         \
  X(AND,               "[0] [1]")                                                                  \
  X(OR,                "[0] [1]")                                                                  \
  X(NOT,               "[0]")                                                                      \
  X(IS_NULL,           "[0]; flag NOT")                                                            \
  X(BETWEEN,           "[0] value [1] low [2] high; flag NOT")                                     \
  X(IN,                "[0] value [1] LIST or a query; flag NOT")                                  \
  X(LIKE,              "[0] value [1] pattern [2]? escape STRING_LITERAL; flag NOT")               \
  X(CASE,              "[0]? operand [1]? else [2...] WHEN")                                       \
  X(WHEN,              "[0] condition [1] result")                                                 \
  X(CAST,              "[0] value [1] TYPE")                                                       \
  X(SUBSCRIPT,         "[0] array or map [1] index")                                               \
  X(DEREFERENCE,       "text: field; [0] struct")                                                  \
  X(CALL,              "text: function, upper case; [...] arguments; flags STAR, DISTINCT")        \
  X(OVER,              "[0] CALL [1]? LIST partition by [2]? LIST of ORDER_ITEM [3]? FRAME")       \
  X(FRAME,             "text: ROWS, RANGE or GROUPS; [0] FRAME_BOUND [1]? FRAME_BOUND")            \
  X(FRAME_BOUND,       "text: PRECEDING, FOLLOWING or CURRENT ROW; [0]? offset (none: UNBOUNDED)") \
  X(LAMBDA,            "[0] LIST of IDENTIFIER [1] body")                                          \
  X(ARRAY,             "[...] elements")                                                           \
  X(MAP,               "[...] key, value, key, value")                                             \
  X(STRUCT,            "[...] STRUCT_FIELD")                                                       \
  X(STRUCT_FIELD,      "text: name; [0] value")                                                    \
  X(TIME_UNIT,         "text: unit in singular, upper case: DAYS, HOURS, ..., MILLISECOND as an "  \
                       "argument; DAY, HOUR, MINUTE and SECOND may be names and are COLUMNs")      \
  X(AT_TIME_ZONE,      "[0] value [1] zone")                                                       \
  X(SUBQUERY,          "[0] query")                                                                \
  X(EXISTS,            "[0] query")                                                                \
  /* --- types --- */                                                                              \
  X(TYPE,              "text: name, upper case (aliases resolved: INT, VARCHAR -> INTEGER, "       \
                       "STRING) or a custom type's name; DECIMAL: [0] [1] INTEGER_LITERAL; "       \
                       "ARRAY: [0] TYPE; MAP: [0] [1] TYPE; STRUCT: [...] TYPE_FIELD")             \
  X(TYPE_FIELD,        "text: name; [0] TYPE")                                                     \
  /* --- queries --- */                                                                            \
  X(SELECT,            "[0] LIST of items [1]? relation [2]? WINDOW [3]? where [4]? GROUP_BY "     \
                       "[5]? PARTITION_BY [6]? having [7]? LIST of ORDER_ITEM [8]? limit [9]? "    \
                       "offset [10]? LIST of CTE; flags EMIT_CHANGES, EMIT_FINAL, DISTINCT; "      \
                       "see pw_select_part")                                                       \
  X(SET_OPERATION,     "text: UNION, INTERSECT or EXCEPT; [0] [1] queries [2]? LIST of "           \
                       "ORDER_ITEM [3]? limit [4]? offset [5]? LIST of CTE; flag ALL")             \
  X(CTE,               "text: name; [0]? LIST of IDENTIFIER [1] query; flag RECURSIVE")            \
  X(SELECT_ITEM,       "[0] expression [1]? IDENTIFIER alias")                                     \
  X(SELECT_ALL,        "[0]? IDENTIFIER of the source: `*` or `source.*`")                         \
  X(SELECT_STRUCT_ALL, "[0] struct expression: `expr->*`")                                         \
  X(GROUP_BY,          "[...] expressions; flag PARENTHESES: around a list of none or several")    \
  X(PARTITION_BY,      "as GROUP_BY")                                                              \
  X(ORDER_ITEM,        "[0] expression; flags DESCENDING, NULLS_FIRST, NULLS_LAST")                \
  X(SOURCE,            "text: name; [0]? IDENTIFIER alias")                                        \
  X(DERIVED,           "[0] query [1]? IDENTIFIER alias")                                          \
  X(JOIN,              "number: pw_join_kind; [0] left [1] right [2]? WITHIN [3]? on [4]? "        \
                       "LIST using")                                                               \
  X(WITHIN,            "[0] DURATION before [1]? DURATION after [2]? DURATION grace")              \
  X(WINDOW,            "text: TUMBLING, HOPPING or SESSION; [0] DURATION size or gap [1]? "        \
                       "advance [2]? retention [3]? grace [4]? IDENTIFIER name")                   \
  X(DURATION,          "number (may be negative); text: unit in singular, upper case")             \
  /* --- statements --- */                                                                         \
  X(PROPERTIES,        "[...] PROPERTY: a WITH (...) list")                                        \
  X(PROPERTY,          "text: name, as written (upper case if unquoted); [0] literal; flag "       \
                       "QUOTED: a quoted name")                                                    \
  X(ELEMENT,           "text: column; [0] TYPE; [1]? STRING_LITERAL header key; flags KEY, "       \
                       "PRIMARY_KEY, HEADERS, HEADER")                                             \
  X(CREATE_STREAM,     "text: name; [0]? LIST of ELEMENT [1]? PROPERTIES; flags OR_REPLACE, "      \
                       "IF_NOT_EXISTS, SOURCE")                                                    \
  X(CREATE_TABLE,      "as CREATE_STREAM")                                                         \
  X(CREATE_STREAM_AS,  "text: name; [0]? PROPERTIES [1] query; flags OR_REPLACE, IF_NOT_EXISTS")   \
  X(CREATE_TABLE_AS,   "as CREATE_STREAM_AS")                                                      \
  X(ALTER_SOURCE,      "text: name; [...] ELEMENT; flag TABLE: ALTER TABLE")                       \
  X(DROP_SOURCE,       "text: name; flags TABLE, IF_EXISTS, DELETE_TOPIC")                         \
  X(CREATE_TYPE,       "text: name; [0] TYPE; flag IF_NOT_EXISTS")                                 \
  X(DROP_TYPE,         "text: name; flag IF_EXISTS")                                               \
  X(CREATE_CONNECTOR,  "text: name; [0] PROPERTIES; flags SINK (else source), IF_NOT_EXISTS")      \
  X(DROP_CONNECTOR,    "text: name; flag IF_EXISTS")                                               \
  X(CREATE_INDEX,      "text: name; [0] IDENTIFIER table [1] LIST of ORDER_ITEM [2]? where; "      \
                       "flags UNIQUE, IF_NOT_EXISTS")                                              \
  X(DROP_INDEX,        "text: name; flag IF_EXISTS")                                               \
  X(INSERT_SELECT,     "text: target; [0]? PROPERTIES [1] query")                                  \
  X(INSERT_VALUES,     "text: target; [0]? LIST of IDENTIFIER [1] LIST of expressions")            \
  X(QUERY,             "[0] SELECT or SET_OPERATION as a statement of its own")                    \
  X(PRINT,             "text: topic as written; [0]? interval INTEGER_LITERAL [1]? limit "         \
                       "INTEGER_LITERAL; flags FROM_BEGINNING, QUOTED")                            \
  X(SHOW,              "text: PROPERTIES, TOPICS, STREAMS, TABLES, QUERIES, FUNCTIONS, TYPES, "    \
                       "VARIABLES, CONNECTORS, SOURCE CONNECTORS, SINK CONNECTORS, CONNECTOR "     \
                       "PLUGINS; flags ALL, EXTENDED")                                             \
  X(DESCRIBE,          "text: source; flag EXTENDED")                                              \
  X(DESCRIBE_STREAMS,  "flag EXTENDED")                                                            \
  X(DESCRIBE_TABLES,   "flag EXTENDED")                                                            \
  X(DESCRIBE_FUNCTION, "text: name")                                                               \
  X(DESCRIBE_CONNECTOR, "text: name")                                                              \
  X(EXPLAIN,           "[0]? statement; text: query id when [0] is NULL; flag ANALYZE; flag WHY")  \
  X(TERMINATE,         "text: query id; flag ALL")                                                 \
  X(PAUSE,             "as TERMINATE")                                                             \
  X(RESUME,            "as TERMINATE")                                                             \
  X(SET,               "text: key; [0] STRING_LITERAL")                                            \
  X(UNSET,             "text: key")                                                                \
  X(ALTER_SYSTEM,      "text: key; [0] STRING_LITERAL")                                            \
  X(DEFINE,            "text: name; [0] STRING_LITERAL")                                           \
  X(UNDEFINE,          "text: name")                                                               \
  X(RUN_SCRIPT,        "[0] STRING_LITERAL")                                                       \
  X(ASSERT_TOPIC,      "text: topic as written; [0]? PROPERTIES [1]? DURATION timeout; "           \
                       "flags NOT_EXISTS, QUOTED")                                                 \
  X(ASSERT_SCHEMA,     "[0]? subject STRING_LITERAL, as written [1]? INTEGER_LITERAL id "          \
                       "[2]? DURATION timeout; flag NOT_EXISTS")                                   \
  X(ASSERT_VALUES,     "text: source; [0]? LIST of IDENTIFIER [1] LIST of expressions")            \
  X(ASSERT_NULL_VALUES, "text: source; [0]? LIST of IDENTIFIER [1] LIST of key expressions")       \
  X(ASSERT_STREAM,     "text: name; [0]? LIST of ELEMENT [1]? PROPERTIES")                         \
  X(ASSERT_TABLE,      "as ASSERT_STREAM")

#define PW_OPERATOR_MAP(X)                                                                         \
  X(NEGATE, "-") X(PLUS, "+")                                                                      \
  X(ADD, "+") X(SUBTRACT, "-") X(MULTIPLY, "*") X(DIVIDE, "/") X(MODULO, "%") X(CONCAT, "||")      \
  X(EQUAL, "=") X(NOT_EQUAL, "<>") X(LESS, "<") X(LESS_EQUAL, "<=") X(GREATER, ">")                \
  X(GREATER_EQUAL, ">=") X(DISTINCT, "IS DISTINCT FROM") X(NOT_DISTINCT, "IS NOT DISTINCT FROM")

#define PW_FLAG_MAP(X)                                                                             \
  X(QUOTED) X(NOT) X(STAR) X(ALL) X(OR_REPLACE) X(IF_NOT_EXISTS) X(IF_EXISTS) X(SOURCE) X(KEY)     \
  X(PRIMARY_KEY) X(HEADERS) X(HEADER) X(TABLE) X(DELETE_TOPIC) X(SINK) X(UNIQUE) X(FROM_BEGINNING) \
  X(EXTENDED) X(NOT_EXISTS) X(EMIT_CHANGES) X(EMIT_FINAL) X(DESCENDING) X(NULLS_FIRST)             \
  X(NULLS_LAST) X(PARENTHESES) X(RECURSIVE) X(ANALYZE) X(WHY) X(DISTINCT)
/* clang-format on */

#endif
