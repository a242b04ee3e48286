/* Every word of the language, in alphabetical order: the lexer searches by halves.
 *
 *   RESERVED  a keyword: a name only in quotes
 *   NAME      means something in the grammar, yet may be a name anywhere
 *   CONTEXT   a name, unless its neighbours make it a keyword (token_context.c says when)
 *   PLAIN     not reserved and without meaning in the grammar: an ordinary name (types, functions)
 *   UNUSED    reserved in ksqlDB though no statement has it
 *
 * Words of the standard-SQL superset (ORDER, UNION, OVER, ...) are never RESERVED: ksqlDB lets them
 * be names. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_PARSER_KEYWORD_LIST_H
#define PW_PARSER_KEYWORD_LIST_H

/* clang-format off */
#define PW_KEYWORD_MAP(RESERVED, NAME, CONTEXT, PLAIN, UNUSED)                                     \
  NAME(ADD) RESERVED(ADVANCE) RESERVED(ALL) NAME(ALTER) NAME(ANALYZE) RESERVED(AND) NAME(ARRAY)    \
  RESERVED(AS) NAME(ASC) NAME(ASSERT) RESERVED(AT)                                                 \
  RESERVED(BEGINNING) RESERVED(BETWEEN) RESERVED(BY)                                               \
  RESERVED(CASE) RESERVED(CAST) UNUSED(CATALOG) NAME(CHANGES) CONTEXT(COLUMN) PLAIN(COLUMNS)       \
  RESERVED(CONNECTOR) RESERVED(CONNECTORS) RESERVED(CREATE) CONTEXT(CROSS) NAME(CURRENT)           \
  PLAIN(DATE) NAME(DAY) RESERVED(DAYS) RESERVED(DECIMAL) NAME(DEFINE) RESERVED(DELETE) NAME(DESC)  \
  RESERVED(DESCRIBE) RESERVED(DISTINCT) RESERVED(DROP)                                             \
  RESERVED(ELSE) CONTEXT(EMIT) RESERVED(END) CONTEXT(ESCAPE) CONTEXT(EXCEPT) RESERVED(EXISTS)      \
  NAME(EXPLAIN) UNUSED(EXPORT) RESERVED(EXTENDED)                                                  \
  RESERVED(FALSE) NAME(FINAL) NAME(FIRST) NAME(FOLLOWING) RESERVED(FROM) RESERVED(FULL)            \
  NAME(FUNCTION) NAME(FUNCTIONS)                                                                   \
  NAME(GRACE) RESERVED(GROUP) NAME(GROUPS)                                                         \
  RESERVED(HAVING) NAME(HEADER) NAME(HEADERS) RESERVED(HOPPING) NAME(HOUR) RESERVED(HOURS)         \
  NAME(ID) NAME(IF) RESERVED(IN) NAME(INDEX) RESERVED(INNER) RESERVED(INSERT) PLAIN(INTEGER)       \
  CONTEXT(INTERSECT) NAME(INTERVAL) RESERVED(INTO) RESERVED(IS)                                    \
  RESERVED(JOIN)                                                                                   \
  NAME(KEY)                                                                                        \
  NAME(LAST) RESERVED(LEFT) RESERVED(LIKE) RESERVED(LIMIT) RESERVED(LIST) UNUSED(LOAD)             \
  NAME(MAP) UNUSED(MATERIALIZED) RESERVED(MILLISECOND) RESERVED(MILLISECONDS) NAME(MINUTE)         \
  RESERVED(MINUTES) PLAIN(MONTH) UNUSED(MONTHS)                                                    \
  UNUSED(NAMESPACE) RESERVED(NOT) RESERVED(NULL) NAME(NULLS)                                       \
  CONTEXT(OFFSET) RESERVED(ON) RESERVED(OR) CONTEXT(ORDER) RESERVED(OUTER) CONTEXT(OVER)           \
  CONTEXT(PARTITION) PLAIN(PARTITIONS) RESERVED(PAUSE) NAME(PERIOD) NAME(PLUGINS) NAME(PRECEDING)  \
  NAME(PRIMARY) RESERVED(PRINT) RESERVED(PROPERTIES)                                               \
  RESERVED(QUERIES) UNUSED(QUERY)                                                                  \
  NAME(RANGE) NAME(RECURSIVE) UNUSED(RENAME) NAME(REPLACE) PLAIN(RESET) RESERVED(RESUME)           \
  RESERVED(RETENTION) RESERVED(RIGHT) NAME(ROW) NAME(ROWS) RESERVED(RUN)                           \
  RESERVED(SAMPLE) NAME(SCHEMA) RESERVED(SCRIPT) NAME(SECOND) RESERVED(SECONDS) RESERVED(SELECT)   \
  NAME(SESSION) NAME(SET) NAME(SHOW) NAME(SINK) RESERVED(SIZE) NAME(SOURCE) RESERVED(STREAM)       \
  RESERVED(STREAMS) NAME(STRING) NAME(STRUCT) NAME(SUBJECT) NAME(SYSTEM)                           \
  RESERVED(TABLE) NAME(TABLES) RESERVED(TERMINATE) RESERVED(THEN) NAME(TIME) NAME(TIMEOUT)         \
  PLAIN(TIMESTAMP) UNUSED(TO) RESERVED(TOPIC) RESERVED(TOPICS) RESERVED(TRUE) RESERVED(TUMBLING)   \
  NAME(TYPE) NAME(TYPES)                                                                           \
  NAME(UNBOUNDED) NAME(UNDEFINE) CONTEXT(UNION) NAME(UNIQUE) RESERVED(UNSET) CONTEXT(USING)        \
  RESERVED(VALUES) NAME(VARIABLES) UNUSED(VIEW)                                                    \
  RESERVED(WHEN) RESERVED(WHERE) NAME(WHY) RESERVED(WINDOW) RESERVED(WITH) RESERVED(WITHIN)        \
  PLAIN(YEAR) UNUSED(YEARS)                                                                        \
  NAME(ZONE)
/* clang-format on */

#endif
