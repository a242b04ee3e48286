/* The grammar: ksqlDB's dialect and, for queries on tables, standard SQL around it. It builds nodes
 * and nothing else; what the engine cannot run is refused when the tree is bound.
 *
 * Kept free of conflicts (%expect 0). Two devices make that possible: token_context.c turns words
 * into keywords only where they can be nothing else, and the last precedence lines below say that
 * `((SELECT 1))` is a query in two pairs of parentheses, not an expression in one.
 * SPDX-License-Identifier: Apache-2.0 */
%require "3.8"
%define api.pure full
%define api.prefix {pw_grammar_}
%define api.token.prefix {PW_TOKEN_}
%define api.location.type {pw_span}
%define parse.error custom
%define parse.lac full
%expect 0
%locations
%param {pw_parser *parser}

%code requires {
#include "parser/parser_private.h"
}

%code {
#include "base/mem.h"

/* Spans join; parts without text (an absent clause) do not count. */
#define YYLLOC_DEFAULT(current, rhs, count)                                                        \
    do {                                                                                           \
        (current) = PW_SPAN_NONE;                                                                  \
        for (int i_ = 1; i_ <= (count); i_++)                                                      \
            (current) = pw_span_join((current), YYRHSLOC(rhs, i_));                                \
    } while (0)

#define YYMALLOC pw_mem_alloc
#define YYFREE   pw_mem_free
/* Brackets are bounded by PW_EXPR_DEPTH_MAX, so only chains of prefixes come near this. */
#define YYMAXDEPTH 10000

static int pw_grammar_lex(PW_GRAMMAR_STYPE *value, pw_span *span, pw_parser *parser);
static void pw_grammar_error(const pw_span *span, pw_parser *parser, const char *message);

#define CHILDREN(...)                                                                              \
    ((pw_node *[]){__VA_ARGS__}), (uint32_t)(sizeof((pw_node *[]){__VA_ARGS__}) / sizeof(pw_node *))
#define NODE(kind, span, ...) pw_make(parser, PW_NODE_##kind, (span), CHILDREN(__VA_ARGS__))
#define LEAF(kind, span)      pw_make(parser, PW_NODE_##kind, (span), NULL, 0)
#define MANY(kind, span, list)                                                                     \
    pw_make(parser, PW_NODE_##kind, (span), (list)->items, (list)->count)
#define OPERATOR(kind, operator, span, ...)                                                        \
    with_number(NODE(kind, span, __VA_ARGS__), PW_OPERATOR_##operator)
#define APPEND(list, node) pw_nodes_add(parser, (list), (node))

static pw_node *with_number(pw_node *node, int64_t number) {
    node->number = number;
    return node;
}

static pw_node *with_flags(pw_node *node, uint32_t flags) {
    node->flags |= flags;
    return node;
}

static pw_node *with_span(pw_node *node, pw_span span) {
    node->span = span;
    return node;
}

static pw_node *with_text(pw_node *node, pw_str text) {
    node->text = text;
    return node;
}

/* The text of a name; flags of new_name, old_name and query_id go to the statement. */
static pw_node *with_name(pw_node *node, const pw_node *name) {
    node->text = name->text;
    node->flags |= name->flags & ~(uint32_t)PW_FLAG_QUOTED;
    return node;
}

static pw_node *with_quoted_name(pw_node *node, const pw_node *name) {
    node->text = name->text;
    node->flags |= name->flags;
    return node;
}
}

%union {
    pw_node *node;
    pw_nodes *list;
    uint32_t flags;
    int number;
    pw_str text;
}

/* --- made up: what to parse --- */
%token START_STATEMENTS START_EXPRESSION START_TYPE
/* --- not words --- */
%token IDENTIFIER QUOTED_NAME DIGIT_NAME TEXT INTEGER_NUMBER DECIMAL_NUMBER DOUBLE_NUMBER
%token BAD UNUSED_WORD
%token LESS_GREATER NOT_EQUAL LESS_EQUAL GREATER_EQUAL CONCAT FIELD_ARROW LAMBDA_ARROW ASSIGN
/* --- made in token_context.c --- */
%token LAMBDA_OPEN ARRAY_OPEN MAP_OPEN STRUCT_OPEN
/* --- words: keyword_list.h --- */
%token ADD ADVANCE ALL ALTER ANALYZE AND ARRAY AS ASC ASSERT AT BEGINNING BETWEEN BY CASE CAST
%token CHANGES COLUMN CONNECTOR CONNECTORS CREATE CROSS CURRENT DAY DAYS DECIMAL DEFINE DELETE DESC
%token DESCRIBE DISTINCT DROP ELSE EMIT END ESCAPE EXCEPT EXISTS EXPLAIN EXTENDED FALSE FINAL FIRST
%token FOLLOWING FROM FULL FUNCTION FUNCTIONS GRACE GROUP GROUPS HAVING HEADER HEADERS HOPPING HOUR
%token HOURS ID IF IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LAST LEFT LIKE LIMIT
%token LIST MAP MILLISECOND MILLISECONDS MINUTE MINUTES NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER
%token PARTITION PAUSE PERIOD PLUGINS PRECEDING PRIMARY PRINT PROPERTIES QUERIES RANGE RECURSIVE
%token REPLACE RESUME RETENTION RIGHT ROW ROWS RUN SAMPLE SCHEMA SCRIPT SECOND SECONDS SELECT
%token SESSION SET SHOW SINK SIZE SOURCE STREAM STREAMS STRING STRUCT SUBJECT SYSTEM TABLE TABLES
%token TERMINATE THEN TIME TIMEOUT TOPIC TOPICS TRUE TUMBLING TYPE TYPES UNBOUNDED UNDEFINE UNION
%token UNIQUE UNSET USING VALUES VARIABLES WHEN WHERE WHY WINDOW WITH WITHIN ZONE

%type <node> statement create create_head source_head drop show describe assertion explained
%type <node> connector_head index_head index_where print_interval print_limit
%type <node> query query_plain paren_query query_body query_unit select tail with_clause cte
%type <node> select_item from relation relation_primary within within_opt grace window window_body
%type <node> window_rest where group_by partition_by having order_by order_item limit offset
%type <node> duration signed_integer timeout_opt subject_opt id_opt
%type <node> expression and_expression not_expression predicate value sum product unary unary_other
%type <node> primary primary_other number any_number atom call frame frame_bound else when argument
%type <node> lambda struct_field literal over_partition over_order frame_opt
%type <node> type type_field element alter_element elements elements_opt properties properties_opt
%type <node> property column_names_opt name topic new_name old_name query_id
%type <list> select_items expressions names element_list property_list ctes order_items whens
%type <list> arguments map_entries struct_fields type_fields alter_elements
%type <flags> emit extended_opt distinct_opt between_word in_word like_word all_opt source_kind
%type <flags> constraint order_direction order_nulls not_exists_opt print_from
%type <number> join_kind compare_operator
%type <text> unit argument_unit frame_unit show_plain show_extendable

%left UNION EXCEPT
%left INTERSECT
/* A query in parentheses stays one as long as another `)` follows. */
%precedence QUERY_AS_OPERAND
%precedence ')'

%%

input:
  START_STATEMENTS statements
| START_EXPRESSION expression               { parser->result = $2; }
| START_TYPE type                           { parser->result = $2; }
;

statements:
  %empty
| statements ';'
| statements statement ';'                  { pw_parser_add_statement(parser, $2); }
;

/* ------------------------------------------------------------------ statements */

statement:
  query                                     { $$ = NODE(QUERY, @$, $1); }
| create
| drop
| show
| describe
| assertion
| ALTER source_kind name alter_elements
    { $$ = with_flags(with_name(MANY(ALTER_SOURCE, @$, $4), $3), $2); }
| INSERT INTO name query
    { $$ = with_name(NODE(INSERT_SELECT, @$, NULL, pw_require_from(parser, $4)), $3); }
| INSERT INTO name properties query
    { $$ = with_name(NODE(INSERT_SELECT, @$, $4, pw_require_from(parser, $5)), $3); }
| INSERT INTO name column_names_opt VALUES '(' expressions ')'
    { $$ = with_name(NODE(INSERT_VALUES, @$, $4, MANY(LIST, @7, $7)), $3); }
| PRINT topic print_from print_interval print_limit
    { $$ = with_flags(with_quoted_name(NODE(PRINT, @$, $4, $5), $2), $3); }
| EXPLAIN explained                         { $$ = with_span($2, @$); }
| EXPLAIN ANALYZE explained                 { $$ = with_flags(with_span($3, @$), PW_FLAG_ANALYZE); }
| EXPLAIN WHY explained                     { $$ = with_flags(with_span($3, @$), PW_FLAG_WHY); }
| TERMINATE query_id                        { $$ = with_name(LEAF(TERMINATE, @$), $2); }
| PAUSE query_id                            { $$ = with_name(LEAF(PAUSE, @$), $2); }
| RESUME query_id                           { $$ = with_name(LEAF(RESUME, @$), $2); }
| SET TEXT '=' TEXT
    { $$ = with_name(NODE(SET, @$, pw_make_string(parser, @4)), pw_make_string(parser, @2)); }
| UNSET TEXT
    { $$ = with_name(LEAF(UNSET, @$), pw_make_string(parser, @2)); }
| ALTER SYSTEM TEXT '=' TEXT
    {
      $$ = with_name(NODE(ALTER_SYSTEM, @$, pw_make_string(parser, @5)),
                     pw_make_string(parser, @3));
    }
| DEFINE name '=' TEXT
    { $$ = with_name(NODE(DEFINE, @$, pw_make_string(parser, @4)), $2); }
| UNDEFINE name                             { $$ = with_name(LEAF(UNDEFINE, @$), $2); }
| RUN SCRIPT TEXT
    { $$ = NODE(RUN_SCRIPT, @$, pw_make_string(parser, @3)); }
;

source_kind:
  STREAM                                    { $$ = 0; }
| TABLE                                     { $$ = PW_FLAG_TABLE; }
;

create:
  create_head                               { $$ = pw_make_source(parser, @$, $1, NULL, NULL); }
| create_head elements                      { $$ = pw_make_source(parser, @$, $1, $2, NULL); }
| create_head properties                    { $$ = pw_make_source(parser, @$, $1, NULL, $2); }
| create_head elements properties           { $$ = pw_make_source(parser, @$, $1, $2, $3); }
| source_head                               { $$ = pw_make_source(parser, @$, $1, NULL, NULL); }
| source_head elements                      { $$ = pw_make_source(parser, @$, $1, $2, NULL); }
| source_head properties                    { $$ = pw_make_source(parser, @$, $1, NULL, $2); }
| source_head elements properties           { $$ = pw_make_source(parser, @$, $1, $2, $3); }
| create_head AS query                      { $$ = pw_make_source_as(parser, @$, $1, NULL, $3); }
| create_head properties AS query           { $$ = pw_make_source_as(parser, @$, $1, $2, $4); }
| CREATE TYPE new_name AS type              { $$ = with_name(NODE(CREATE_TYPE, @$, $5), $3); }
| connector_head properties                 { $$ = with_name(NODE(CREATE_CONNECTOR, @$, $2), $1); }
| index_head ON name '(' order_items ')' index_where
    { $$ = with_name(NODE(CREATE_INDEX, @$, $3, MANY(LIST, @5, $5), $7), $1); }
;

/* A name that carries the flags of the statement it heads. */
create_head:
  CREATE source_kind new_name               { $$ = with_flags($3, $2); }
| CREATE OR REPLACE source_kind new_name    { $$ = with_flags($5, $4 | PW_FLAG_OR_REPLACE); }
;

source_head:
  CREATE SOURCE source_kind new_name        { $$ = with_flags($4, $3 | PW_FLAG_SOURCE); }
| CREATE OR REPLACE SOURCE source_kind new_name
    { $$ = with_flags($6, $5 | PW_FLAG_SOURCE | PW_FLAG_OR_REPLACE); }
;

connector_head:
  CREATE SOURCE CONNECTOR new_name          { $$ = $4; }
| CREATE SINK CONNECTOR new_name            { $$ = with_flags($4, PW_FLAG_SINK); }
;

index_head:
  CREATE INDEX new_name                     { $$ = $3; }
| CREATE UNIQUE INDEX new_name              { $$ = with_flags($4, PW_FLAG_UNIQUE); }
;

index_where:
  %empty                                    { $$ = NULL; }
| WHERE expression                          { $$ = $2; }
;

drop:
  DROP source_kind old_name
    { $$ = with_flags(with_name(LEAF(DROP_SOURCE, @$), $3), $2); }
| DROP source_kind old_name DELETE TOPIC
    { $$ = with_flags(with_name(LEAF(DROP_SOURCE, @$), $3), $2 | PW_FLAG_DELETE_TOPIC); }
| DROP TYPE old_name                        { $$ = with_name(LEAF(DROP_TYPE, @$), $3); }
| DROP CONNECTOR old_name                   { $$ = with_name(LEAF(DROP_CONNECTOR, @$), $3); }
| DROP INDEX old_name                       { $$ = with_name(LEAF(DROP_INDEX, @$), $3); }
;

show:
  show_word show_plain                      { $$ = with_text(LEAF(SHOW, @$), $2); }
| show_word show_extendable extended_opt    { $$ = with_flags(with_text(LEAF(SHOW, @$), $2), $3); }
| show_word ALL TOPICS extended_opt
    { $$ = with_flags(with_text(LEAF(SHOW, @$), PW_STR("TOPICS")), $4 | PW_FLAG_ALL); }
;

show_word:
  SHOW
| LIST
;

show_plain:
  PROPERTIES                                { $$ = PW_STR("PROPERTIES"); }
| FUNCTIONS                                 { $$ = PW_STR("FUNCTIONS"); }
| TYPES                                     { $$ = PW_STR("TYPES"); }
| VARIABLES                                 { $$ = PW_STR("VARIABLES"); }
| CONNECTORS                                { $$ = PW_STR("CONNECTORS"); }
| SOURCE CONNECTORS                         { $$ = PW_STR("SOURCE CONNECTORS"); }
| SINK CONNECTORS                           { $$ = PW_STR("SINK CONNECTORS"); }
| CONNECTOR PLUGINS                         { $$ = PW_STR("CONNECTOR PLUGINS"); }
;

show_extendable:
  TOPICS                                    { $$ = PW_STR("TOPICS"); }
| STREAMS                                   { $$ = PW_STR("STREAMS"); }
| TABLES                                    { $$ = PW_STR("TABLES"); }
| QUERIES                                   { $$ = PW_STR("QUERIES"); }
;

extended_opt:
  %empty                                    { $$ = 0; }
| EXTENDED                                  { $$ = PW_FLAG_EXTENDED; }
;

describe:
  DESCRIBE name extended_opt
    { $$ = with_flags(pw_make_describe(parser, @$, $2), $3); }
| DESCRIBE STREAMS extended_opt             { $$ = with_flags(LEAF(DESCRIBE_STREAMS, @$), $3); }
| DESCRIBE FUNCTION name                    { $$ = with_name(LEAF(DESCRIBE_FUNCTION, @$), $3); }
| DESCRIBE CONNECTOR name                   { $$ = with_name(LEAF(DESCRIBE_CONNECTOR, @$), $3); }
;

explained:
  statement                                 { $$ = NODE(EXPLAIN, @$, $1); }
| name                                      { $$ = with_name(NODE(EXPLAIN, @$, NULL), $1); }
;

query_id:
  name
| ALL                                       { $$ = with_flags(LEAF(IDENTIFIER, @$), PW_FLAG_ALL); }
;

print_from:
  %empty                                    { $$ = 0; }
| FROM BEGINNING                            { $$ = PW_FLAG_FROM_BEGINNING; }
;

print_interval:
  %empty                                    { $$ = NULL; }
| INTERVAL signed_integer                   { $$ = $2; }
| SAMPLE signed_integer                     { $$ = $2; }
;

print_limit:
  %empty                                    { $$ = NULL; }
| limit
;

assertion:
  ASSERT not_exists_opt TOPIC topic properties_opt timeout_opt
    { $$ = with_flags(with_quoted_name(NODE(ASSERT_TOPIC, @$, $5, $6), $4), $2); }
| ASSERT not_exists_opt SCHEMA subject_opt id_opt timeout_opt
    { $$ = with_flags(NODE(ASSERT_SCHEMA, @$, $4, $5, $6), $2); }
| ASSERT VALUES name column_names_opt VALUES '(' expressions ')'
    { $$ = with_name(NODE(ASSERT_VALUES, @$, $4, MANY(LIST, @7, $7)), $3); }
| ASSERT NULL VALUES name column_names_opt KEY '(' expressions ')'
    { $$ = with_name(NODE(ASSERT_NULL_VALUES, @$, $5, MANY(LIST, @8, $8)), $4); }
| ASSERT STREAM name elements_opt properties_opt
    { $$ = with_name(NODE(ASSERT_STREAM, @$, $4, $5), $3); }
| ASSERT TABLE name elements_opt properties_opt
    { $$ = with_name(NODE(ASSERT_TABLE, @$, $4, $5), $3); }
;

not_exists_opt:
  %empty                                    { $$ = 0; }
| NOT EXISTS                                { $$ = PW_FLAG_NOT_EXISTS; }
;

subject_opt:
  %empty                                    { $$ = NULL; }
| SUBJECT topic
    { $$ = with_name(LEAF(STRING_LITERAL, @2), $2); }
;

id_opt:
  %empty                                    { $$ = NULL; }
| ID signed_integer                         { $$ = $2; }
;

timeout_opt:
  %empty                                    { $$ = NULL; }
| TIMEOUT duration                          { $$ = $2; }
;

/* ------------------------------------------------------------------ parts of statements */

properties_opt:
  %empty                                    { $$ = NULL; }
| properties
;

properties:
  WITH '(' property_list ')'                { $$ = MANY(PROPERTIES, @$, $3); }
;

property_list:
  property                                  { $$ = APPEND(NULL, $1); }
| property_list ',' property                { $$ = APPEND($1, $3); }
;

property:
  name '=' literal                          { $$ = with_quoted_name(NODE(PROPERTY, @$, $3), $1); }
| TEXT '=' literal
    {
      $$ = with_flags(with_name(NODE(PROPERTY, @$, $3), pw_make_string(parser, @1)),
                      PW_FLAG_QUOTED);
    }
;

elements_opt:
  %empty                                    { $$ = NULL; }
| elements
;

elements:
  '(' element_list ')'                      { $$ = MANY(LIST, @$, $2); }
;

element_list:
  element                                   { $$ = APPEND(NULL, $1); }
| element_list ',' element                  { $$ = APPEND($1, $3); }
;

element:
  name type constraint
    { $$ = with_flags(with_name(NODE(ELEMENT, @$, $2, NULL), $1), $3); }
| name type HEADER '(' TEXT ')'
    {
      $$ = with_flags(with_name(NODE(ELEMENT, @$, $2, pw_make_string(parser, @5)), $1),
                      PW_FLAG_HEADER);
    }
;

constraint:
  %empty                                    { $$ = 0; }
| KEY                                       { $$ = PW_FLAG_KEY; }
| PRIMARY KEY                               { $$ = PW_FLAG_PRIMARY_KEY; }
| HEADERS                                   { $$ = PW_FLAG_HEADERS; }
;

alter_elements:
  alter_element                             { $$ = APPEND(NULL, $1); }
| alter_elements ',' alter_element          { $$ = APPEND($1, $3); }
;

alter_element:
  ADD name type                             { $$ = with_name(NODE(ELEMENT, @$, $3, NULL), $2); }
| ADD COLUMN name type                      { $$ = with_name(NODE(ELEMENT, @$, $4, NULL), $3); }
;

new_name:
  name
| IF NOT EXISTS name                        { $$ = with_flags($4, PW_FLAG_IF_NOT_EXISTS); }
;

old_name:
  name
| IF EXISTS name                            { $$ = with_flags($3, PW_FLAG_IF_EXISTS); }
;

column_names_opt:
  %empty                                    { $$ = NULL; }
| '(' names ')'                             { $$ = MANY(LIST, @$, $2); }
;

names:
  name                                      { $$ = APPEND(NULL, $1); }
| names ',' name                            { $$ = APPEND($1, $3); }
;

topic:
  name_token                                { $$ = pw_make_topic(parser, @1); }
| TEXT                                      { $$ = pw_make_topic(parser, @1); }
;

literal:
  TEXT                                      { $$ = pw_make_string(parser, @1); }
| NULL                                      { $$ = LEAF(NULL_LITERAL, @$); }
| TRUE                                      { $$ = with_number(LEAF(BOOLEAN_LITERAL, @$), 1); }
| FALSE                                     { $$ = LEAF(BOOLEAN_LITERAL, @$); }
| any_number
;

signed_integer:
  INTEGER_NUMBER
    { $$ = pw_make_number(parser, PW_NODE_INTEGER_LITERAL, @1, false); }
| '-' INTEGER_NUMBER
    { $$ = with_span(pw_make_number(parser, PW_NODE_INTEGER_LITERAL, @2, true), @$); }
;

any_number:
  number                                    { $$ = pw_make_positive(parser, $1); }
| '-' number                                { $$ = pw_make_negative(parser, @$, $2); }
;

/* An integer is made by the rule around it: 9223372036854775808 is one only after a minus. */
number:
  INTEGER_NUMBER                            { $$ = LEAF(INTEGER_LITERAL, @$); }
| DECIMAL_NUMBER
    { $$ = pw_make_number(parser, PW_NODE_DECIMAL_LITERAL, @1, false); }
| DOUBLE_NUMBER
    { $$ = pw_make_number(parser, PW_NODE_DOUBLE_LITERAL, @1, false); }
;

duration:
  signed_integer unit
    { $$ = with_text(with_number(LEAF(DURATION, @$), $1->number), $2); }
;

unit:
  argument_unit
| DAY                                       { $$ = PW_STR("DAY"); }
| HOUR                                      { $$ = PW_STR("HOUR"); }
| MINUTE                                    { $$ = PW_STR("MINUTE"); }
| SECOND                                    { $$ = PW_STR("SECOND"); }
;

/* The units that cannot be column names. */
argument_unit:
  DAYS                                      { $$ = PW_STR("DAY"); }
| HOURS                                     { $$ = PW_STR("HOUR"); }
| MINUTES                                   { $$ = PW_STR("MINUTE"); }
| SECONDS                                   { $$ = PW_STR("SECOND"); }
| MILLISECOND                               { $$ = PW_STR("MILLISECOND"); }
| MILLISECONDS                              { $$ = PW_STR("MILLISECOND"); }
;

/* ------------------------------------------------------------------ queries */

query:
  query_plain
| paren_query
;

paren_query:
  '(' query_plain ')'                       { $$ = $2; }
| '(' paren_query ')'                       { $$ = $2; }
;

/* A query that is more than another one in parentheses. */
query_plain:
  query_body
| query_body tail                           { $$ = pw_make_query(parser, @$, NULL, $1, $2); }
| paren_query tail                          { $$ = pw_make_query(parser, @$, NULL, $1, $2); }
| with_clause query_unit                    { $$ = pw_make_query(parser, @$, $1, $2, NULL); }
| with_clause query_unit tail               { $$ = pw_make_query(parser, @$, $1, $2, $3); }
;

query_unit:
  query_body
| paren_query                               %prec QUERY_AS_OPERAND
;

query_body:
  select
| query_unit UNION all_opt query_unit
    { $$ = pw_make_set_operation(parser, @$, PW_STR("UNION"), $1, $4, $3); }
| query_unit INTERSECT all_opt query_unit
    { $$ = pw_make_set_operation(parser, @$, PW_STR("INTERSECT"), $1, $4, $3); }
| query_unit EXCEPT all_opt query_unit
    { $$ = pw_make_set_operation(parser, @$, PW_STR("EXCEPT"), $1, $4, $3); }
;

all_opt:
  %empty                                    { $$ = 0; }
| DISTINCT                                  { $$ = 0; }
| ALL                                       { $$ = PW_FLAG_ALL; }
;

with_clause:
  WITH ctes                                 { $$ = MANY(LIST, @$, $2); }
| WITH RECURSIVE ctes                       { $$ = pw_make_recursive(MANY(LIST, @$, $3)); }
;

ctes:
  cte                                       { $$ = APPEND(NULL, $1); }
| ctes ',' cte                              { $$ = APPEND($1, $3); }
;

cte:
  name column_names_opt AS paren_query      { $$ = with_name(NODE(CTE, @$, $2, $4), $1); }
;

/* order by, limit, offset: children of the query they end. */
tail:
  order_by                                  { $$ = NODE(LIST, @$, $1, NULL, NULL); }
| order_by limit                            { $$ = NODE(LIST, @$, $1, $2, NULL); }
| order_by offset                           { $$ = NODE(LIST, @$, $1, NULL, $2); }
| order_by limit offset                     { $$ = NODE(LIST, @$, $1, $2, $3); }
| limit                                     { $$ = NODE(LIST, @$, NULL, $1, NULL); }
| limit offset                              { $$ = NODE(LIST, @$, NULL, $1, $2); }
| offset                                    { $$ = NODE(LIST, @$, NULL, NULL, $1); }
;

select:
  SELECT distinct_opt select_items from window where group_by partition_by having emit
    {
      $$ = with_flags(NODE(SELECT, @$, MANY(LIST, @3, $3), $4, $5, $6, $7, $8, $9, NULL, NULL, NULL,
                           NULL), $2 | $10);
    }
;

distinct_opt:
  %empty                                    { $$ = 0; }
| DISTINCT                                  { $$ = PW_FLAG_DISTINCT; }
;

select_items:
  select_item                               { $$ = APPEND(NULL, $1); }
| select_items ',' select_item              { $$ = APPEND($1, $3); }
;

select_item:
  '*'                                       { $$ = NODE(SELECT_ALL, @$, NULL); }
| name '.' '*'                              { $$ = NODE(SELECT_ALL, @$, $1); }
| primary FIELD_ARROW '*'                   { $$ = NODE(SELECT_STRUCT_ALL, @$, $1); }
| expression                                { $$ = NODE(SELECT_ITEM, @$, $1, NULL); }
| expression AS name                        { $$ = NODE(SELECT_ITEM, @$, $1, $3); }
| expression name                           { $$ = NODE(SELECT_ITEM, @$, $1, $2); }
;

from:
  %empty                                    { $$ = NULL; }
| FROM relation                             { $$ = $2; }
;

relation:
  relation_primary
| relation join_kind relation_primary within_opt ON expression
    { $$ = with_number(NODE(JOIN, @$, $1, $3, $4, $6, NULL), $2); }
| relation join_kind relation_primary within_opt USING '(' names ')'
    { $$ = with_number(NODE(JOIN, @$, $1, $3, $4, NULL, MANY(LIST, @7, $7)), $2); }
| relation CROSS JOIN relation_primary
    { $$ = with_number(NODE(JOIN, @$, $1, $4, NULL, NULL, NULL), PW_JOIN_CROSS); }
| relation CROSS JOIN relation_primary within_opt ON expression
    { $$ = pw_make_cross_join(parser, @$, @2, (pw_node *[]){$1, $4, $5, $7}); }
| relation ',' relation_primary
    { $$ = with_number(NODE(JOIN, @$, $1, $3, NULL, NULL, NULL), PW_JOIN_CROSS); }
;

join_kind:
  JOIN                                      { $$ = PW_JOIN_INNER; }
| INNER JOIN                                { $$ = PW_JOIN_INNER; }
| LEFT JOIN                                 { $$ = PW_JOIN_LEFT; }
| LEFT OUTER JOIN                           { $$ = PW_JOIN_LEFT; }
| RIGHT JOIN                                { $$ = PW_JOIN_RIGHT; }
| RIGHT OUTER JOIN                          { $$ = PW_JOIN_RIGHT; }
| FULL JOIN                                 { $$ = PW_JOIN_FULL; }
| FULL OUTER JOIN                           { $$ = PW_JOIN_FULL; }
;

relation_primary:
  name                                      { $$ = with_name(NODE(SOURCE, @$, NULL), $1); }
| name name                                 { $$ = with_name(NODE(SOURCE, @$, $2), $1); }
| name AS name                              { $$ = with_name(NODE(SOURCE, @$, $3), $1); }
| paren_query          %prec QUERY_AS_OPERAND { $$ = NODE(DERIVED, @$, $1, NULL); }
| paren_query name                          { $$ = NODE(DERIVED, @$, $1, $2); }
| paren_query AS name                       { $$ = NODE(DERIVED, @$, $1, $3); }
| '(' relation ')'                          { $$ = $2; }
;

within_opt:
  %empty                                    { $$ = NULL; }
| within
;

within:
  WITHIN duration grace                     { $$ = NODE(WITHIN, @$, $2, NULL, $3); }
| WITHIN '(' duration ',' duration ')' grace { $$ = NODE(WITHIN, @$, $3, $5, $7); }
;

grace:
  %empty                                    { $$ = NULL; }
| GRACE PERIOD duration                     { $$ = $3; }
;

window:
  %empty                                    { $$ = NULL; }
| WINDOW window_body                        { $$ = pw_make_window(@$, $2, NULL); }
| WINDOW name window_body                   { $$ = pw_make_window(@$, $3, $2); }
;

window_body:
  TUMBLING '(' SIZE duration window_rest ')'
    {
      $$ = with_text(NODE(WINDOW, @$, $4, NULL, $5->children[0], $5->children[1], NULL),
                     PW_STR("TUMBLING"));
    }
| HOPPING '(' SIZE duration ',' ADVANCE BY duration window_rest ')'
    {
      $$ = with_text(NODE(WINDOW, @$, $4, $8, $9->children[0], $9->children[1], NULL),
                     PW_STR("HOPPING"));
    }
| SESSION '(' duration window_rest ')'
    {
      $$ = with_text(NODE(WINDOW, @$, $3, NULL, $4->children[0], $4->children[1], NULL),
                     PW_STR("SESSION"));
    }
;

window_rest:
  %empty                                    { $$ = NODE(LIST, @$, NULL, NULL); }
| ',' RETENTION duration                    { $$ = NODE(LIST, @$, $3, NULL); }
| ',' GRACE PERIOD duration                 { $$ = NODE(LIST, @$, NULL, $4); }
| ',' RETENTION duration ',' GRACE PERIOD duration
    { $$ = NODE(LIST, @$, $3, $7); }
;

where:
  %empty                                    { $$ = NULL; }
| WHERE expression                          { $$ = $2; }
;

/* One pair of parentheses may stand around the whole list; around one value it is just that. */
group_by:
  %empty                                    { $$ = NULL; }
| GROUP BY values                           { $$ = MANY(GROUP_BY, @$, $3); }
| GROUP BY '(' ')'
    { $$ = with_flags(LEAF(GROUP_BY, @$), PW_FLAG_PARENTHESES); }
| GROUP BY '(' values_several ')'
    { $$ = with_flags(MANY(GROUP_BY, @$, $4), PW_FLAG_PARENTHESES); }
;

partition_by:
  %empty                                    { $$ = NULL; }
| PARTITION BY values                       { $$ = MANY(PARTITION_BY, @$, $3); }
| PARTITION BY '(' ')'
    { $$ = with_flags(LEAF(PARTITION_BY, @$), PW_FLAG_PARENTHESES); }
| PARTITION BY '(' values_several ')'
    { $$ = with_flags(MANY(PARTITION_BY, @$, $4), PW_FLAG_PARENTHESES); }
;

%type <list> values values_several;

values:
  value                                     { $$ = APPEND(NULL, $1); }
| values ',' value                          { $$ = APPEND($1, $3); }
;

values_several:
  value ',' value                           { $$ = APPEND(APPEND(NULL, $1), $3); }
| values_several ',' value                  { $$ = APPEND($1, $3); }
;

having:
  %empty                                    { $$ = NULL; }
| HAVING expression                         { $$ = $2; }
;

emit:
  %empty                                    { $$ = 0; }
| EMIT CHANGES                              { $$ = PW_FLAG_EMIT_CHANGES; }
| EMIT FINAL                                { $$ = PW_FLAG_EMIT_FINAL; }
;

order_by:
  ORDER BY order_items                      { $$ = MANY(LIST, @$, $3); }
;

order_items:
  order_item                                { $$ = APPEND(NULL, $1); }
| order_items ',' order_item                { $$ = APPEND($1, $3); }
;

order_item:
  expression order_direction order_nulls    { $$ = with_flags(NODE(ORDER_ITEM, @$, $1), $2 | $3); }
;

order_direction:
  %empty                                    { $$ = 0; }
| ASC                                       { $$ = 0; }
| DESC                                      { $$ = PW_FLAG_DESCENDING; }
;

order_nulls:
  %empty                                    { $$ = 0; }
| NULLS FIRST                               { $$ = PW_FLAG_NULLS_FIRST; }
| NULLS LAST                                { $$ = PW_FLAG_NULLS_LAST; }
;

limit:
  LIMIT signed_integer                      { $$ = $2; }
;

offset:
  OFFSET signed_integer                     { $$ = $2; }
;

/* ------------------------------------------------------------------ expressions */

expression:
  and_expression
| expression OR and_expression              { $$ = NODE(OR, @$, $1, $3); }
;

and_expression:
  not_expression
| and_expression AND not_expression         { $$ = NODE(AND, @$, $1, $3); }
;

not_expression:
  predicate
| NOT not_expression                        { $$ = NODE(NOT, @$, $2); }
;

predicate:
  value
| value compare_operator value              { $$ = with_number(NODE(COMPARE, @$, $1, $3), $2); }
| value IS DISTINCT FROM value              { $$ = OPERATOR(COMPARE, DISTINCT, @$, $1, $5); }
| value IS NOT DISTINCT FROM value          { $$ = OPERATOR(COMPARE, NOT_DISTINCT, @$, $1, $6); }
| value IS NULL                             { $$ = NODE(IS_NULL, @$, $1); }
| value IS NOT NULL                         { $$ = with_flags(NODE(IS_NULL, @$, $1), PW_FLAG_NOT); }
| value between_word value AND value        { $$ = with_flags(NODE(BETWEEN, @$, $1, $3, $5), $2); }
| value in_word '(' expressions ')'
    { $$ = with_flags(NODE(IN, @$, $1, MANY(LIST, @4, $4)), $2); }
| value in_word paren_query                 { $$ = with_flags(NODE(IN, @$, $1, $3), $2); }
| value like_word value                     { $$ = with_flags(NODE(LIKE, @$, $1, $3, NULL), $2); }
| value like_word value ESCAPE TEXT
    { $$ = with_flags(NODE(LIKE, @$, $1, $3, pw_make_string(parser, @5)), $2); }
;

compare_operator:
  '='                                       { $$ = PW_OPERATOR_EQUAL; }
| LESS_GREATER                              { $$ = PW_OPERATOR_NOT_EQUAL; }
| NOT_EQUAL                                 { $$ = PW_OPERATOR_NOT_EQUAL; }
| '<'                                       { $$ = PW_OPERATOR_LESS; }
| LESS_EQUAL                                { $$ = PW_OPERATOR_LESS_EQUAL; }
| '>'                                       { $$ = PW_OPERATOR_GREATER; }
| GREATER_EQUAL                             { $$ = PW_OPERATOR_GREATER_EQUAL; }
;

between_word:
  BETWEEN                                   { $$ = 0; }
| NOT BETWEEN                               { $$ = PW_FLAG_NOT; }
;

in_word:
  IN                                        { $$ = 0; }
| NOT IN                                    { $$ = PW_FLAG_NOT; }
;

like_word:
  LIKE                                      { $$ = 0; }
| NOT LIKE                                  { $$ = PW_FLAG_NOT; }
;

value:
  sum
| value CONCAT sum                          { $$ = OPERATOR(BINARY, CONCAT, @$, $1, $3); }
;

sum:
  product
| sum '+' product                           { $$ = OPERATOR(BINARY, ADD, @$, $1, $3); }
| sum '-' product                           { $$ = OPERATOR(BINARY, SUBTRACT, @$, $1, $3); }
;

product:
  unary
| product '*' unary                         { $$ = OPERATOR(BINARY, MULTIPLY, @$, $1, $3); }
| product '/' unary                         { $$ = OPERATOR(BINARY, DIVIDE, @$, $1, $3); }
| product '%' unary                         { $$ = OPERATOR(BINARY, MODULO, @$, $1, $3); }
;

/* A minus before a number is part of the number, as in ksqlDB. */
unary:
  number                                    { $$ = pw_make_positive(parser, $1); }
| unary_other
;

unary_other:
  primary_other
| '+' unary                                 { $$ = OPERATOR(UNARY, PLUS, @$, $2); }
| '-' number                                { $$ = pw_make_negative(parser, @$, $2); }
| '-' unary_other                           { $$ = OPERATOR(UNARY, NEGATE, @$, $2); }
;

primary:
  number                                    { $$ = pw_make_positive(parser, $1); }
| primary_other
;

primary_other:
  atom
| primary '[' expression ']'                { $$ = NODE(SUBSCRIPT, @$, $1, $3); }
| primary FIELD_ARROW name                  { $$ = with_name(NODE(DEREFERENCE, @$, $1), $3); }
| primary AT TIME ZONE TEXT
    { $$ = NODE(AT_TIME_ZONE, @$, $1, pw_make_string(parser, @5)); }
;

atom:
  TEXT                                      { $$ = pw_make_string(parser, @1); }
| NULL                                      { $$ = LEAF(NULL_LITERAL, @$); }
| TRUE                                      { $$ = with_number(LEAF(BOOLEAN_LITERAL, @$), 1); }
| FALSE                                     { $$ = LEAF(BOOLEAN_LITERAL, @$); }
| name TEXT
    { $$ = with_name(NODE(TYPED_LITERAL, @$, pw_make_string(parser, @2)), $1); }
| name                                      { $$ = with_name(NODE(COLUMN, @$, NULL), $1); }
| name '.' name                             { $$ = with_name(NODE(COLUMN, @$, $1), $3); }
| CASE whens else END                       { $$ = pw_make_case(parser, @$, NULL, $2, $3); }
| CASE expression whens else END            { $$ = pw_make_case(parser, @$, $2, $3, $4); }
| CAST '(' expression AS type ')'           { $$ = NODE(CAST, @$, $3, $5); }
| ARRAY_OPEN '[' ']'                        { $$ = LEAF(ARRAY, @$); }
| ARRAY_OPEN '[' expressions ']'            { $$ = MANY(ARRAY, @$, $3); }
| MAP_OPEN '(' ')'                          { $$ = LEAF(MAP, @$); }
| MAP_OPEN '(' map_entries ')'              { $$ = MANY(MAP, @$, $3); }
| STRUCT_OPEN '(' ')'                       { $$ = LEAF(STRUCT, @$); }
| STRUCT_OPEN '(' struct_fields ')'         { $$ = MANY(STRUCT, @$, $3); }
| call
| call OVER '(' over_partition over_order frame_opt ')'
    { $$ = NODE(OVER, @$, $1, $4, $5, $6); }
| EXISTS paren_query                        { $$ = NODE(EXISTS, @$, $2); }
| '(' expression ')'                        { $$ = $2; }
| paren_query          %prec QUERY_AS_OPERAND { $$ = NODE(SUBQUERY, @$, $1); }
;

expressions:
  expression                                { $$ = APPEND(NULL, $1); }
| expressions ',' expression                { $$ = APPEND($1, $3); }
;

whens:
  when                                      { $$ = APPEND(NULL, $1); }
| whens when                                { $$ = APPEND($1, $2); }
;

when:
  WHEN expression THEN expression           { $$ = NODE(WHEN, @$, $2, $4); }
;

else:
  %empty                                    { $$ = NULL; }
| ELSE expression                           { $$ = $2; }
;

map_entries:
  expression ASSIGN expression              { $$ = APPEND(APPEND(NULL, $1), $3); }
| map_entries ',' expression ASSIGN expression { $$ = APPEND(APPEND($1, $3), $5); }
;

struct_fields:
  struct_field                              { $$ = APPEND(NULL, $1); }
| struct_fields ',' struct_field            { $$ = APPEND($1, $3); }
;

struct_field:
  name ASSIGN expression                    { $$ = with_name(NODE(STRUCT_FIELD, @$, $3), $1); }
;

call:
  name '(' ')'                              { $$ = pw_make_call(LEAF(CALL, @$), parser, $1, 0); }
| name '(' '*' ')'
    { $$ = pw_make_call(LEAF(CALL, @$), parser, $1, PW_FLAG_STAR); }
| name '(' arguments ')'
    { $$ = pw_make_call(MANY(CALL, @$, $3), parser, $1, 0); }
| name '(' DISTINCT arguments ')'
    { $$ = pw_make_call(MANY(CALL, @$, $4), parser, $1, PW_FLAG_DISTINCT); }
;

arguments:
  argument                                  { $$ = APPEND(NULL, $1); }
| arguments ',' argument                    { $$ = APPEND($1, $3); }
;

argument:
  expression
| lambda
| argument_unit                             { $$ = with_text(LEAF(TIME_UNIT, @$), $1); }
;

lambda:
  name LAMBDA_ARROW expression              { $$ = NODE(LAMBDA, @$, NODE(LIST, @1, $1), $3); }
| LAMBDA_OPEN names ')' LAMBDA_ARROW expression
    { $$ = NODE(LAMBDA, @$, MANY(LIST, @2, $2), $5); }
;

over_partition:
  %empty                                    { $$ = NULL; }
| PARTITION BY expressions                  { $$ = MANY(LIST, @$, $3); }
;

over_order:
  %empty                                    { $$ = NULL; }
| order_by
;

frame_opt:
  %empty                                    { $$ = NULL; }
| frame
;

frame:
  frame_unit frame_bound                    { $$ = with_text(NODE(FRAME, @$, $2, NULL), $1); }
| frame_unit BETWEEN frame_bound AND frame_bound
    { $$ = with_text(NODE(FRAME, @$, $3, $5), $1); }
;

frame_unit:
  ROWS                                      { $$ = PW_STR("ROWS"); }
| RANGE                                     { $$ = PW_STR("RANGE"); }
| GROUPS                                    { $$ = PW_STR("GROUPS"); }
;

frame_bound:
  UNBOUNDED PRECEDING
    { $$ = with_text(NODE(FRAME_BOUND, @$, NULL), PW_STR("PRECEDING")); }
| UNBOUNDED FOLLOWING
    { $$ = with_text(NODE(FRAME_BOUND, @$, NULL), PW_STR("FOLLOWING")); }
| CURRENT ROW
    { $$ = with_text(NODE(FRAME_BOUND, @$, NULL), PW_STR("CURRENT ROW")); }
| any_number PRECEDING
    { $$ = with_text(NODE(FRAME_BOUND, @$, $1), PW_STR("PRECEDING")); }
| any_number FOLLOWING
    { $$ = with_text(NODE(FRAME_BOUND, @$, $1), PW_STR("FOLLOWING")); }
;

/* ------------------------------------------------------------------ types */

type:
  name                                      { $$ = pw_make_type(parser, @$, $1->text); }
| name '(' type_parameters ')'              { $$ = pw_make_type(parser, @$, $1->text); }
| DECIMAL '(' signed_integer ',' signed_integer ')'
    { $$ = with_text(NODE(TYPE, @$, $3, $5), PW_STR("DECIMAL")); }
| ARRAY '<' type '>'                        { $$ = with_text(NODE(TYPE, @$, $3), PW_STR("ARRAY")); }
| MAP '<' type ',' type '>'
    { $$ = with_text(NODE(TYPE, @$, $3, $5), PW_STR("MAP")); }
| STRUCT '<' type_fields '>'
    { $$ = with_text(MANY(TYPE, @$, $3), PW_STR("STRUCT")); }
| STRUCT '<' '>'                            { $$ = with_text(LEAF(TYPE, @$), PW_STR("STRUCT")); }
| STRUCT LESS_GREATER                       { $$ = with_text(LEAF(TYPE, @$), PW_STR("STRUCT")); }
| type ARRAY                                { $$ = with_text(NODE(TYPE, @$, $1), PW_STR("ARRAY")); }
;

/* ksqlDB takes and ignores them: VARCHAR(20), VARCHAR(STRING). */
type_parameters:
  type_parameter
| type_parameters ',' type_parameter
;

type_parameter:
  INTEGER_NUMBER
| STRING
;

type_fields:
  type_field                                { $$ = APPEND(NULL, $1); }
| type_fields ',' type_field                { $$ = APPEND($1, $3); }
;

type_field:
  name type                                 { $$ = with_name(NODE(TYPE_FIELD, @$, $2), $1); }
;

/* ------------------------------------------------------------------ names */

name:
  name_token                                { $$ = pw_make_name(parser, @1); }
;

name_token:
  IDENTIFIER | QUOTED_NAME | DIGIT_NAME
| ADD | ALTER | ANALYZE | ARRAY | ASC | ASSERT | CHANGES | CURRENT | DAY | DEFINE | DESC | EXPLAIN
| FINAL | FIRST | FOLLOWING | FUNCTION | FUNCTIONS | GRACE | GROUPS | HEADER | HEADERS | HOUR | ID
| IF | INDEX | INTERVAL | KEY | LAST | MAP | MINUTE | NULLS | PERIOD | PLUGINS | PRECEDING | PRIMARY
| RANGE | RECURSIVE | REPLACE | ROW | ROWS | SCHEMA | SECOND | SESSION | SET | SHOW | SINK | SOURCE
| STRING | STRUCT | SUBJECT | SYSTEM | TABLES | TIME | TIMEOUT | TYPE | TYPES | UNBOUNDED | UNDEFINE
| UNIQUE | VARIABLES | WHY | ZONE
;

%%

static int pw_grammar_lex(PW_GRAMMAR_STYPE *value, pw_span *span, pw_parser *parser) {
    (void)value;
    return pw_token_next(parser, span);
}

/* Called for what is no syntax error: the parser's stack is full. */
static void pw_grammar_error(const pw_span *span, pw_parser *parser, const char *message) {
    (void)message;
    pw_parser_fail_depth(parser, *span);
}

/* Symbols of the grammar to tokens; -1 for what is no token of the language. */
static int token_of_symbol(yysymbol_kind_t symbol) {
    for (int token = 0; token <= PW_TOKEN_ZONE; token++) {
        if (YYTRANSLATE(token) == symbol) return token;
    }
    return -1;
}

static int yyreport_syntax_error(const yypcontext_t *context, pw_parser *parser) {
    if (parser->status != PW_OK) return 0;
    enum { EXPECTED_MAX = YYNTOKENS };
    yysymbol_kind_t symbols[EXPECTED_MAX];
    int tokens[EXPECTED_MAX];
    int count = yypcontext_expected_tokens(context, symbols, EXPECTED_MAX);
    uint32_t kept = 0;
    for (int i = 0; i < count; i++) {
        int token = token_of_symbol(symbols[i]);
        if (token >= 0) tokens[kept++] = token;
    }
    pw_parser_fail_token(parser, tokens, kept);
    return 0;
}
