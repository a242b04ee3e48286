/* How every kind of node is written: one template each, read by ast_print.c.
 *
 *   X(KIND, precedence of each child, template)
 *
 * Precedence: one character per child (the last one holds for the rest); a child that binds less
 * tightly is put in parentheses. 0 anything, 1 OR, 2 AND, 3 NOT, 4 predicate, 5 ||, 6 + -, 7 * / %,
 * 8 sign, A primary; ? that of the operator itself, + one more, for its right side.
 *
 *   $n name          $t text            $s text as string     $d number    $o operator
 *   $e topic         $q property name   $D DESCRIBE's name    $T TYPE      $u UNARY
 *   $j join kind     $b TRUE or FALSE   $l lambda parameters  $m frame bound without offset
 *   $0..$9 $A child  $* all children, by comma                $p pairs: k := v, k := v
 *   $+   children from the third, each after a blank
 *   $a   all children by comma, each after ADD COLUMN
 *   $|0  members of child 0 after a blank; laid out, one per line when there are several
 *   $(0  members of child 0 in parentheses, laid out likewise; $(* all children
 *   $w4  child 4, a LIST of CTE, with its WITH
 *   $&3  child 3, a condition; laid out, a long chain of AND takes a line for each
 *   $B1  child 1 in parentheses; laid out, a query stands on its own lines
 *
 *   {0?...} if there is a child 0        {FLAG?...} if the flag is set    {!...?...} if not
 *   {=WORD?...} if the text is WORD      {1+?...} if the number is not 1
 *
 *   BR blank or new line    CUT nothing or new line    IN OUT indentation    GAP blank, not after (
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_AST_PRINT_LIST_H
#define PW_PARSER_AST_PRINT_LIST_H

#define BR  "\x01"
#define CUT "\x02"
#define IN  "\x03"
#define OUT "\x04"
#define GAP "\x05"

/* clang-format off */
#define PW_PRINT_TAIL(order, limit, offset)                                                        \
    "{" order "?" BR "ORDER BY $" order "}{" limit "?" BR "LIMIT $" limit "}"                      \
    "{" offset "?" BR "OFFSET $" offset "}"
#define PW_PRINT_CREATE(word) "CREATE{OR_REPLACE? OR REPLACE}{SOURCE? SOURCE} " word               \
    "{IF_NOT_EXISTS? IF NOT EXISTS} $n"
#define PW_PRINT_BLOCK(child) "(" IN CUT "$" child OUT CUT ")"

#define PW_PRINT_MAP(X)                                                                            \
  X(IDENTIFIER,         "0",   "$n")                                                               \
  X(LIST,               "0",   "$*")                                                               \
  X(NULL_LITERAL,       "0",   "NULL")                                                             \
  X(BOOLEAN_LITERAL,    "0",   "$b")                                                               \
  X(INTEGER_LITERAL,    "0",   "$d")                                                               \
  X(DECIMAL_LITERAL,    "0",   "$t")                                                               \
  X(DOUBLE_LITERAL,     "0",   "$t")                                                               \
  X(STRING_LITERAL,     "0",   "$s")                                                               \
  X(TYPED_LITERAL,      "0",   "$n $0")                                                            \
  X(COLUMN,             "0",   "{0?$0.}$n")                                                        \
  X(UNARY,              "8",   "$u")                                                               \
  X(BINARY,             "?+",  "$0 $o $1")                                                         \
  X(COMPARE,            "5",   "$0 $o $1")                                                         \
  X(AND,                "23",  "$0 AND $1")                                                        \
  X(OR,                 "12",  "$0 OR $1")                                                         \
  X(NOT,                "3",   "NOT $0")                                                           \
  X(IS_NULL,            "5",   "$0 IS {NOT?NOT }NULL")                                             \
  X(BETWEEN,            "5",   "$0{NOT? NOT} BETWEEN $1 AND $2")                                   \
  X(IN,                 "50",  "$0{NOT? NOT} IN $B1")                                              \
  X(LIKE,               "5",   "$0{NOT? NOT} LIKE $1{2? ESCAPE $2}")                               \
  X(CASE,               "0",   "CASE{0? $0}$+{1? ELSE $1} END")                                    \
  X(WHEN,               "0",   "WHEN $0 THEN $1")                                                  \
  X(CAST,               "0",   "CAST($0 AS $1)")                                                   \
  X(SUBSCRIPT,          "A0",  "$0[$1]")                                                           \
  X(DEREFERENCE,        "A",   "$0->$n")                                                           \
  X(CALL,               "0",   "$n({DISTINCT?DISTINCT }{STAR?*}$*)")                               \
  X(OVER,               "0",   "$0 OVER ({1?" GAP "PARTITION BY $1}{2?" GAP "ORDER BY $2}"         \
                               "{3?" GAP "$3})")                                                   \
  X(FRAME,              "0",   "$t {1?BETWEEN }$0{1? AND $1}")                                     \
  X(FRAME_BOUND,        "0",   "{0?$0 $t}{!0?$m}")                                                 \
  X(LAMBDA,             "0",   "$l => $1")                                                         \
  X(ARRAY,              "0",   "ARRAY[$*]")                                                        \
  X(MAP,                "0",   "MAP($p)")                                                          \
  X(STRUCT,             "0",   "STRUCT($*)")                                                       \
  X(STRUCT_FIELD,       "0",   "$n := $0")                                                         \
  X(TIME_UNIT,          "0",   "$tS")                                                              \
  X(AT_TIME_ZONE,       "A0",  "$0 AT TIME ZONE $1")                                               \
  X(SUBQUERY,           "0",   PW_PRINT_BLOCK("0"))                                                \
  X(EXISTS,             "0",   "EXISTS " PW_PRINT_BLOCK("0"))                                      \
  X(TYPE,               "0",   "$T")                                                               \
  X(TYPE_FIELD,         "0",   "$n $0")                                                            \
  X(SELECT,             "0",   "{A?$wA" BR "}SELECT{DISTINCT? DISTINCT}$|0{1?" BR "FROM $1}"       \
                               "{2?" BR "WINDOW $2}{3?" BR "WHERE $&3}{4?" BR "$4}{5?" BR "$5}"    \
                               "{6?" BR "HAVING $&6}{EMIT_CHANGES?" BR "EMIT CHANGES}"             \
                               "{EMIT_FINAL?" BR "EMIT FINAL}" PW_PRINT_TAIL("7", "8", "9"))       \
  X(SET_OPERATION,      "?+0", "{5?$w5" BR "}$0" BR "$t{ALL? ALL}" BR "$1"                         \
                               PW_PRINT_TAIL("2", "3", "4"))                                       \
  X(CTE,                "0",   "$n{0? ($0)} AS " PW_PRINT_BLOCK("1"))                              \
  X(SELECT_ITEM,        "0",   "$0{1? AS $1}")                                                     \
  X(SELECT_ALL,         "0",   "{0?$0.}*")                                                         \
  X(SELECT_STRUCT_ALL,  "A",   "$0->*")                                                            \
  X(GROUP_BY,           "5",   "GROUP BY {PARENTHESES?(}$*{PARENTHESES?)}")                        \
  X(PARTITION_BY,       "5",   "PARTITION BY {PARENTHESES?(}$*{PARENTHESES?)}")                    \
  X(ORDER_ITEM,         "0",   "$0{DESCENDING? DESC}{NULLS_FIRST? NULLS FIRST}"                    \
                               "{NULLS_LAST? NULLS LAST}")                                         \
  X(SOURCE,             "0",   "$n{0? AS $0}")                                                     \
  X(DERIVED,            "0",   PW_PRINT_BLOCK("0") "{1? AS $1}")                                   \
  X(JOIN,               "120", "$0" IN BR "$j $1{2? $2}{3? ON $3}{4? USING ($4)}" OUT)             \
  X(WITHIN,             "0",   "WITHIN {1?(}$0{1?, $1)}{2? GRACE PERIOD $2}")                      \
  X(WINDOW,             "0",   "{4?$4 }$t ({!=SESSION?SIZE }$0{1?, ADVANCE BY $1}"                 \
                               "{2?, RETENTION $2}"                                                \
                               "{3?, GRACE PERIOD $3})")                                           \
  X(DURATION,           "0",   "$d $t{1+?S}")                                                      \
  X(PROPERTIES,         "0",   "WITH $(*")                                                         \
  X(PROPERTY,           "0",   "$q = $0")                                                          \
  X(ELEMENT,            "0",   "$n $0{KEY? KEY}{PRIMARY_KEY? PRIMARY KEY}{HEADERS? HEADERS}"       \
                               "{HEADER? HEADER($1)}")                                             \
  X(CREATE_STREAM,      "0",   PW_PRINT_CREATE("STREAM") "{0? $(0}{1? $1}")                        \
  X(CREATE_TABLE,       "0",   PW_PRINT_CREATE("TABLE") "{0? $(0}{1? $1}")                         \
  X(CREATE_STREAM_AS,   "0",   PW_PRINT_CREATE("STREAM") "{0? $0} AS" BR "$1")                     \
  X(CREATE_TABLE_AS,    "0",   PW_PRINT_CREATE("TABLE") "{0? $0} AS" BR "$1")                      \
  X(ALTER_SOURCE,       "0",   "ALTER {TABLE?TABLE}{!TABLE?STREAM} $n $a")                         \
  X(DROP_SOURCE,        "0",   "DROP {TABLE?TABLE}{!TABLE?STREAM}{IF_EXISTS? IF EXISTS} $n"        \
                               "{DELETE_TOPIC? DELETE TOPIC}")                                     \
  X(CREATE_TYPE,        "0",   "CREATE TYPE{IF_NOT_EXISTS? IF NOT EXISTS} $n AS $0")               \
  X(DROP_TYPE,          "0",   "DROP TYPE{IF_EXISTS? IF EXISTS} $n")                               \
  X(CREATE_CONNECTOR,   "0",   "CREATE {SINK?SINK}{!SINK?SOURCE} CONNECTOR"                        \
                               "{IF_NOT_EXISTS? IF NOT EXISTS} $n $0")                             \
  X(DROP_CONNECTOR,     "0",   "DROP CONNECTOR{IF_EXISTS? IF EXISTS} $n")                          \
  X(CREATE_INDEX,       "0",   "CREATE{UNIQUE? UNIQUE} INDEX{IF_NOT_EXISTS? IF NOT EXISTS} $n"     \
                               " ON $0 ($1){2? WHERE $2}")                                         \
  X(DROP_INDEX,         "0",   "DROP INDEX{IF_EXISTS? IF EXISTS} $n")                              \
  X(INSERT_SELECT,      "0",   "INSERT INTO $n{0? $0}" BR "$1")                                    \
  X(INSERT_VALUES,      "0",   "INSERT INTO $n{0? ($0)} VALUES ($1)")                              \
  X(QUERY,              "0",   "$0")                                                               \
  X(PRINT,              "0",   "PRINT $e{FROM_BEGINNING? FROM BEGINNING}{0? INTERVAL $0}"          \
                               "{1? LIMIT $1}")                                                    \
  X(SHOW,               "0",   "SHOW {ALL?ALL }$t{EXTENDED? EXTENDED}")                            \
  X(DESCRIBE,           "0",   "DESCRIBE $D{EXTENDED? EXTENDED}")                                  \
  X(DESCRIBE_STREAMS,   "0",   "DESCRIBE STREAMS{EXTENDED? EXTENDED}")                             \
  X(DESCRIBE_TABLES,    "0",   "DESCRIBE TABLES{EXTENDED? EXTENDED}")                              \
  X(DESCRIBE_FUNCTION,  "0",   "DESCRIBE FUNCTION $n")                                             \
  X(DESCRIBE_CONNECTOR, "0",   "DESCRIBE CONNECTOR $n")                                            \
  X(EXPLAIN,            "0",   "EXPLAIN {ANALYZE?ANALYZE }{WHY?WHY }{0?$0}{!0?$n}")                \
  X(TERMINATE,          "0",   "TERMINATE {ALL?ALL}{!ALL?$n}")                                     \
  X(PAUSE,              "0",   "PAUSE {ALL?ALL}{!ALL?$n}")                                         \
  X(RESUME,             "0",   "RESUME {ALL?ALL}{!ALL?$n}")                                        \
  X(SET,                "0",   "SET $s = $0")                                                      \
  X(UNSET,              "0",   "UNSET $s")                                                         \
  X(ALTER_SYSTEM,       "0",   "ALTER SYSTEM $s = $0")                                             \
  X(DEFINE,             "0",   "DEFINE $n = $0")                                                   \
  X(UNDEFINE,           "0",   "UNDEFINE $n")                                                      \
  X(RUN_SCRIPT,         "0",   "RUN SCRIPT $0")                                                    \
  X(ASSERT_TOPIC,       "0",   "ASSERT {NOT_EXISTS?NOT EXISTS }TOPIC $e{0? $0}{1? TIMEOUT $1}")    \
  X(ASSERT_SCHEMA,      "0",   "ASSERT {NOT_EXISTS?NOT EXISTS }SCHEMA{0? SUBJECT $0}{1? ID $1}"    \
                               "{2? TIMEOUT $2}")                                                  \
  X(ASSERT_VALUES,      "0",   "ASSERT VALUES $n{0? ($0)} VALUES ($1)")                            \
  X(ASSERT_NULL_VALUES, "0",   "ASSERT NULL VALUES $n{0? ($0)} KEY ($1)")                          \
  X(ASSERT_STREAM,      "0",   "ASSERT STREAM $n{0? $(0}{1? $1}")                                  \
  X(ASSERT_TABLE,       "0",   "ASSERT TABLE $n{0? $(0}{1? $1}")
/* clang-format on */

#endif
