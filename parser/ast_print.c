/* Writes trees as SQL: a small interpreter for the templates of ast_print_list.h. Parentheses come
 * from precedence alone, so that what is written parses to the same tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include "parser/ast_print_list.h"

#include <ctype.h>

#include "base/assert.h"
#include "grammar.h"
#include "parser/parser_private.h"

enum { INDENT_BLANKS = 2, PRECEDENCE_PRIMARY = 10, CONDITION_BYTES_MAX = 70 };

/* The bytes behind the marks of ast_print_list.h. */
enum { LAYOUT_BR = 1, LAYOUT_CUT, LAYOUT_IN, LAYOUT_OUT, LAYOUT_GAP };

typedef struct printer {
    pw_buf *out;
    bool is_laid_out;
    int indent;
} printer;

static const struct {
    const char *needs;
    const char *text;
} templates[PW_NODE_KIND_COUNT] = {
#define PW_PRINT_ROW(kind, needs, text) [PW_NODE_##kind] = {needs, text},
    PW_PRINT_MAP(PW_PRINT_ROW)
#undef PW_PRINT_ROW
};

static void print_node(printer *p, const pw_node *node);
static void print_template(printer *p, const pw_node *node, const char *from, const char *end);

/* ------------------------------------------------------------------ entry points */

void pw_ast_print(const pw_node *node, pw_buf *out) {
    printer p = {.out = out};
    print_node(&p, node);
}

void pw_ast_format(const pw_node *node, pw_buf *out) {
    printer p = {.out = out, .is_laid_out = true};
    print_node(&p, node);
}

static void print_quoted(pw_str text, char quote, pw_buf *out) {
    pw_buf_add_char(out, quote);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == quote) pw_buf_add_char(out, quote);
        pw_buf_add_char(out, text.data[i]);
    }
    pw_buf_add_char(out, quote);
}

/* May this text stand without quotes where a name is wanted? ARRAY, MAP and STRUCT could begin a
 * constructor, words that depend on their neighbours are not worth the risk. */
static bool is_bare_name(pw_str text) {
    if (!pw_str_is_plain_name(text)) return false;
    const pw_word *word = pw_word_find(text);
    if (word == NULL || word->class == PW_WORD_PLAIN) return true;
    bool is_constructor = word->token == PW_TOKEN_ARRAY || word->token == PW_TOKEN_MAP ||
                          word->token == PW_TOKEN_STRUCT;
    return word->class == PW_WORD_NAME && !is_constructor;
}

static bool has_lower_case(pw_str text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] >= 'a' && text.data[i] <= 'z') return true;
    }
    return false;
}

void pw_ast_print_name(pw_str name, pw_buf *out) {
    if (is_bare_name(name) && !has_lower_case(name)) {
        pw_buf_add_str(out, name);
    } else {
        print_quoted(name, '`', out);
    }
}

/* ------------------------------------------------------------------ precedence */

static int binary_precedence(const pw_node *node) {
    switch ((pw_operator)node->number) {
    case PW_OPERATOR_CONCAT: return 5;
    case PW_OPERATOR_ADD:
    case PW_OPERATOR_SUBTRACT: return 6;
    case PW_OPERATOR_MULTIPLY:
    case PW_OPERATOR_DIVIDE:
    case PW_OPERATOR_MODULO: return 7;
    case PW_OPERATOR_NEGATE:
    case PW_OPERATOR_PLUS:
    case PW_OPERATOR_EQUAL:
    case PW_OPERATOR_NOT_EQUAL:
    case PW_OPERATOR_LESS:
    case PW_OPERATOR_LESS_EQUAL:
    case PW_OPERATOR_GREATER:
    case PW_OPERATOR_GREATER_EQUAL:
    case PW_OPERATOR_DISTINCT:
    case PW_OPERATOR_NOT_DISTINCT:
    case PW_OPERATOR_COUNT: break;
    }
    PW_UNREACHABLE();
}

static bool is_negative_number(const pw_node *node) {
    bool has_minus = node->text.length > 0 && node->text.data[0] == '-';
    if (node->kind == PW_NODE_INTEGER_LITERAL) return node->number < 0 || has_minus;
    return has_minus &&
           (node->kind == PW_NODE_DECIMAL_LITERAL || node->kind == PW_NODE_DOUBLE_LITERAL);
}

/* A query with ORDER BY, LIMIT, OFFSET or WITH stands in parentheses inside a set operation. */
static int query_precedence(const pw_node *query) {
    uint32_t first = query->kind == PW_NODE_SELECT ? PW_SELECT_ORDER_BY : 2;
    for (uint32_t i = first; i < query->child_count; i++) {
        if (query->children[i]) return 0;
    }
    if (query->kind == PW_NODE_SELECT) return PRECEDENCE_PRIMARY;
    return pw_str_equal(query->text, PW_STR("INTERSECT")) ? 2 : 1;
}

static int precedence_of(const pw_node *node) {
    if (is_negative_number(node)) return 8;
    if (node->kind == PW_NODE_OR || node->kind == PW_NODE_JOIN) return 1;
    if (node->kind == PW_NODE_AND) return 2;
    if (node->kind == PW_NODE_NOT) return 3;
    if (node->kind == PW_NODE_COMPARE || node->kind == PW_NODE_IS_NULL) return 4;
    if (node->kind == PW_NODE_BETWEEN || node->kind == PW_NODE_IN || node->kind == PW_NODE_LIKE)
        return 4;
    if (node->kind == PW_NODE_BINARY) return binary_precedence(node);
    if (node->kind == PW_NODE_UNARY) return 8;
    if (node->kind == PW_NODE_SELECT || node->kind == PW_NODE_SET_OPERATION)
        return query_precedence(node);
    return PRECEDENCE_PRIMARY;
}

/* The precedence that child `index` of `node` must have to stand without parentheses. */
static int precedence_needed(const pw_node *node, uint32_t index) {
    const char *needs = templates[node->kind].needs;
    size_t last = strlen(needs) - 1;
    char need = needs[index < last ? index : last];
    if (need == 'A') return PRECEDENCE_PRIMARY;
    if (need != '?' && need != '+') return need - '0';
    int own = 1;
    if (node->kind == PW_NODE_BINARY) own = binary_precedence(node);
    if (node->kind == PW_NODE_SET_OPERATION)
        own = pw_str_equal(node->text, PW_STR("INTERSECT")) ? 2 : 1;
    return need == '+' ? own + 1 : own;
}

/* ------------------------------------------------------------------ pieces */

static void print_line_break(printer *p, const char *instead) {
    if (!p->is_laid_out) {
        pw_buf_add(p->out, instead, strlen(instead));
        return;
    }
    pw_buf_add_char(p->out, '\n');
    for (int i = 0; i < p->indent * INDENT_BLANKS; i++)
        pw_buf_add_char(p->out, ' ');
}

static void print_child(printer *p, const pw_node *node, uint32_t index) {
    const pw_node *child = pw_child(node, index);
    if (child == NULL) return;
    bool needs_parentheses = precedence_of(child) < precedence_needed(node, index);
    if (needs_parentheses) pw_buf_add_char(p->out, '(');
    print_node(p, child);
    if (needs_parentheses) pw_buf_add_char(p->out, ')');
}

/* Children from `first`, each with `before`, `glue` between them. */
static void print_children(printer *p, const pw_node *node, uint32_t first, const char *before,
                           const char *glue) {
    for (uint32_t i = first; i < node->child_count; i++) {
        if (i > first) pw_buf_add(p->out, glue, strlen(glue));
        pw_buf_add(p->out, before, strlen(before));
        print_child(p, node, i);
    }
}

/* The members of a list: on one line, or laid out with a line for each when they are several. */
static void print_members(printer *p, const pw_node *list, const char *before_first) {
    if (!p->is_laid_out || list->child_count < 2) {
        pw_buf_add(p->out, before_first, strlen(before_first));
        print_children(p, list, 0, "", ", ");
        return;
    }
    p->indent++;
    for (uint32_t i = 0; i < list->child_count; i++) {
        if (i > 0) pw_buf_add_char(p->out, ',');
        print_line_break(p, "");
        print_child(p, list, i);
    }
    p->indent--;
}

static void print_members_in_parentheses(printer *p, const pw_node *list) {
    pw_buf_add_char(p->out, '(');
    print_members(p, list, "");
    if (list->child_count >= 2) print_line_break(p, "");
    pw_buf_add_char(p->out, ')');
}

static void print_pairs(printer *p, const pw_node *node) {
    for (uint32_t i = 0; i + 1 < node->child_count; i += 2) {
        if (i > 0) pw_buf_add_literal(p->out, ", ");
        print_child(p, node, i);
        pw_buf_add_literal(p->out, " := ");
        print_child(p, node, i + 1);
    }
}

/* `--` would be a comment, and `-5` a number rather than the negative of one. */
static void print_unary(printer *p, const pw_node *node) {
    const pw_node *operand = node->children[0];
    bool is_minus = node->number == PW_OPERATOR_NEGATE;
    bool is_number = operand->kind == PW_NODE_INTEGER_LITERAL ||
                     operand->kind == PW_NODE_DECIMAL_LITERAL ||
                     operand->kind == PW_NODE_DOUBLE_LITERAL;
    bool is_bare_number = is_minus && is_number && !is_negative_number(operand);
    pw_buf_add_char(p->out, is_minus ? '-' : '+');
    if (is_bare_number) {
        pw_buf_add_char(p->out, '(');
    } else if (precedence_of(operand) == 8) {
        pw_buf_add_char(p->out, ' ');
    }
    print_child(p, node, 0);
    if (is_bare_number) pw_buf_add_char(p->out, ')');
}

static void print_type(printer *p, const pw_node *type) {
    bool is_struct = pw_str_equal(type->text, PW_STR("STRUCT"));
    if (type->child_count == 0 && !is_struct) {
        pw_ast_print_name(type->text, p->out);
        return;
    }
    bool is_decimal = pw_str_equal(type->text, PW_STR("DECIMAL"));
    pw_buf_add_str(p->out, type->text);
    pw_buf_add_char(p->out, is_decimal ? '(' : '<');
    print_children(p, type, 0, "", ", ");
    pw_buf_add_char(p->out, is_decimal ? ')' : '>');
}

/* Topics have no fold: they are written as they are. */
static void print_topic(printer *p, pw_str topic) {
    if (is_bare_name(topic)) {
        pw_buf_add_str(p->out, topic);
    } else {
        print_quoted(topic, '`', p->out);
    }
}

static void print_property_name(printer *p, pw_str name) {
    if (is_bare_name(name) && !has_lower_case(name)) {
        pw_buf_add_str(p->out, name);
    } else {
        print_quoted(name, '\'', p->out);
    }
}

/* DESCRIBE TABLES is another statement than the description of a source with this name. */
static void print_described(printer *p, pw_str name) {
    if (pw_str_equal(name, PW_STR("TABLES"))) {
        print_quoted(name, '`', p->out);
    } else {
        pw_ast_print_name(name, p->out);
    }
}

static void print_join_kind(printer *p, const pw_node *node) {
    static const char *const kinds[] = {
        [PW_JOIN_INNER] = "JOIN",       [PW_JOIN_LEFT] = "LEFT JOIN",
        [PW_JOIN_RIGHT] = "RIGHT JOIN", [PW_JOIN_FULL] = "FULL JOIN",
        [PW_JOIN_CROSS] = "CROSS JOIN",
    };
    pw_buf_add(p->out, kinds[node->number], strlen(kinds[node->number]));
}

static void print_lambda_parameters(printer *p, const pw_node *node) {
    const pw_node *parameters = node->children[0];
    if (parameters->child_count != 1) pw_buf_add_char(p->out, '(');
    print_children(p, parameters, 0, "", ", ");
    if (parameters->child_count != 1) pw_buf_add_char(p->out, ')');
}

static void print_with(printer *p, const pw_node *ctes) {
    pw_buf_add_literal(p->out, "WITH ");
    if (pw_has_flag(ctes->children[0], PW_FLAG_RECURSIVE)) pw_buf_add_literal(p->out, "RECURSIVE ");
    print_children(p, ctes, 0, "", ", ");
}

static void print_block(printer *p, const pw_node *node, uint32_t index) {
    const pw_node *child = node->children[index];
    bool is_query = child->kind == PW_NODE_SELECT || child->kind == PW_NODE_SET_OPERATION;
    pw_buf_add_char(p->out, '(');
    p->indent++;
    if (is_query) print_line_break(p, "");
    print_child(p, node, index);
    p->indent--;
    if (is_query) print_line_break(p, "");
    pw_buf_add_char(p->out, ')');
}

/* The members of a chain of AND, each on a line behind its AND. */
static void print_conjuncts(printer *p, const pw_node *and) {
    if (and->children[0]->kind == PW_NODE_AND) {
        print_conjuncts(p, and->children[0]);
    } else {
        print_child(p, and, 0);
    }
    print_line_break(p, " ");
    pw_buf_add_literal(p->out, "AND ");
    print_child(p, and, 1);
}

static void print_condition(printer *p, const pw_node *condition) {
    pw_buf line;
    pw_buf_init(&line);
    if (p->is_laid_out && condition->kind == PW_NODE_AND) pw_ast_print(condition, &line);
    p->indent++;
    if (line.length > CONDITION_BYTES_MAX) {
        print_conjuncts(p, condition);
    } else {
        print_node(p, condition);
    }
    p->indent--;
    pw_buf_deinit(&line);
}

/* ------------------------------------------------------------------ templates */

static uint32_t child_index(char c) {
    return c == 'A' ? 10 : (uint32_t)(c - '0');
}

static bool has_flag_named(const pw_node *node, const char *name, size_t length) {
    static const pw_str names[] = {
#define PW_FLAG_NAME(flag) {#flag, sizeof #flag - 1},
        PW_FLAG_MAP(PW_FLAG_NAME)
#undef PW_FLAG_NAME
    };
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (pw_str_equal(names[i], (pw_str){name, length})) return (node->flags >> i & 1) != 0;
    }
    PW_UNREACHABLE();
}

/* The condition between `{` and `?`. */
static bool holds(const pw_node *node, const char *condition, size_t length) {
    if (condition[0] == '!') return !holds(node, condition + 1, length - 1);
    if (condition[0] == '=') return pw_str_equal(node->text, (pw_str){condition + 1, length - 1});
    if (length == 2 && condition[1] == '+') return node->number != condition[0] - '0';
    if (length == 1) return pw_child(node, child_index(condition[0])) != NULL;
    return has_flag_named(node, condition, length);
}

/* `from` stands behind `{`; returns what stands behind the matching `}`. */
static const char *print_conditional(printer *p, const pw_node *node, const char *from) {
    const char *question = strchr(from, '?');
    const char *end = question;
    for (int open = 1; open > 0;) {
        end++;
        open += *end == '{' ? 1 : *end == '}' ? -1 : 0;
    }
    if (holds(node, from, (size_t)(question - from))) print_template(p, node, question + 1, end);
    return end + 1;
}

/* Directives without an operand. */
static void print_text_directive(printer *p, const pw_node *node, char directive) {
    switch (directive) {
    case 'n': pw_ast_print_name(node->text, p->out); break;
    case 't': pw_buf_add_str(p->out, node->text); break;
    case 's': print_quoted(node->text, '\'', p->out); break;
    case 'e': print_topic(p, node->text); break;
    case 'q': print_property_name(p, node->text); break;
    case 'D': print_described(p, node->text); break;
    case 'T': print_type(p, node); break;
    case 'u': print_unary(p, node); break;
    case 'j': print_join_kind(p, node); break;
    case 'l': print_lambda_parameters(p, node); break;
    case 'p': print_pairs(p, node); break;
    case '*': print_children(p, node, 0, "", ", "); break;
    case '+': print_children(p, node, 2, " ", ""); break;
    case 'a': print_children(p, node, 0, "ADD COLUMN ", ", "); break;
    case 'b': pw_buf_format(p->out, "%s", node->number ? "TRUE" : "FALSE"); break;
    case 'o': pw_buf_format(p->out, "%s", pw_operator_text((pw_operator)node->number)); break;
    case 'm':
        if (!pw_str_equal(node->text, PW_STR("CURRENT ROW")))
            pw_buf_add_literal(p->out, "UNBOUNDED ");
        pw_buf_add_str(p->out, node->text);
        break;
    case 'd':
        if (node->kind == PW_NODE_INTEGER_LITERAL && node->text.length > 0) {
            pw_buf_add_str(p->out, node->text);
        } else {
            pw_buf_add_i64(p->out, node->number);
        }
        break;
    default: PW_UNREACHABLE();
    }
}

/* `from` stands behind `$`; returns what stands behind the directive. */
static const char *print_directive(printer *p, const pw_node *node, const char *from) {
    char directive = *from++;
    if (isdigit((unsigned char)directive) || directive == 'A') {
        print_child(p, node, child_index(directive));
    } else if (directive == '|') {
        print_members(p, pw_child(node, child_index(*from++)), " ");
    } else if (directive == '(') {
        char list = *from++;
        print_members_in_parentheses(p, list == '*' ? node : pw_child(node, child_index(list)));
    } else if (directive == '&') {
        print_condition(p, pw_child(node, child_index(*from++)));
    } else if (directive == 'B') {
        print_block(p, node, child_index(*from++));
    } else if (directive == 'w') {
        print_with(p, pw_child(node, child_index(*from++)));
    } else {
        print_text_directive(p, node, directive);
    }
    return from;
}

static void print_template(printer *p, const pw_node *node, const char *from, const char *end) {
    while (from < end) {
        char c = *from++;
        switch (c) {
        case '$': from = print_directive(p, node, from); break;
        case '{': from = print_conditional(p, node, from); break;
        case LAYOUT_BR: print_line_break(p, " "); break;
        case LAYOUT_CUT: print_line_break(p, ""); break;
        case LAYOUT_IN: p->indent++; break;
        case LAYOUT_OUT: p->indent--; break;
        case LAYOUT_GAP:
            if (p->out->data[p->out->length - 1] != '(') pw_buf_add_char(p->out, ' ');
            break;
        default: pw_buf_add_char(p->out, c);
        }
    }
}

static void print_node(printer *p, const pw_node *node) {
    PW_ASSERT(node->kind < PW_NODE_KIND_COUNT);
    const char *text = templates[node->kind].text;
    print_template(p, node, text, text + strlen(text));
}
