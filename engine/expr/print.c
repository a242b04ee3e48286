/* Expressions and programs as text: for messages and EXPLAIN. Expressions read as ksqlDB writes
 * them, so that its messages can be matched: (A + 1), CAST(A AS DATE), true.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "expr/expr_private.h"

#include "base/utf8.h"
#include "types/cast.h"

static void print_literal(const pw_expr *expr, pw_buf *out) {
    const pw_slot *value = expr->constant;
    if (value->is_null) {
        pw_buf_add_literal(out, "null");
    } else if (expr->type->kind == PW_TYPE_STRING) {
        pw_buf_add_char(out, '\'');
        for (uint32_t i = 0; i < value->length; i++) {
            if (value->text[i] == '\'') pw_buf_add_char(out, '\'');
            pw_buf_add_char(out, value->text[i]);
        }
        pw_buf_add_char(out, '\'');
    } else {
        pw_slot_print_text(expr->type, value, out);
    }
}

static void print_args(const pw_expr *expr, uint32_t from, pw_buf *out) {
    for (uint32_t i = from; i < expr->arg_count; i++) {
        if (i > from) pw_buf_add_literal(out, ", ");
        pw_expr_print(expr->args[i], out);
    }
}

static void print_infix(const pw_expr *expr, const char *op, pw_buf *out) {
    pw_buf_add_char(out, '(');
    pw_expr_print(expr->args[0], out);
    pw_buf_format(out, " %s ", op);
    pw_expr_print(expr->args[1], out);
    pw_buf_add_char(out, ')');
}

static void print_case(const pw_expr *expr, pw_buf *out) {
    pw_buf_add_literal(out, "(CASE");
    for (uint32_t i = 1; i < expr->arg_count; i += 2) {
        pw_buf_add_literal(out, " WHEN ");
        pw_expr_print(expr->args[i], out);
        pw_buf_add_literal(out, " THEN ");
        pw_expr_print(expr->args[i + 1], out);
    }
    bool has_default = expr->args[0]->kind != PW_EXPR_LITERAL || !expr->args[0]->constant->is_null;
    if (has_default) {
        pw_buf_add_literal(out, " ELSE ");
        pw_expr_print(expr->args[0], out);
    }
    pw_buf_add_literal(out, " END)");
}

static void print_constructor(const pw_expr *expr, pw_buf *out) {
    bool is_struct = expr->kind == PW_EXPR_STRUCT;
    pw_buf_add_str(out, pw_str_from(is_struct ? "STRUCT(" : "MAP("));
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        bool is_map_value = !is_struct && i % 2;
        if (i) pw_buf_add_str(out, pw_str_from(is_map_value ? ":=" : ", "));
        if (is_struct) pw_buf_format(out, "%.*s:=", PW_STR_ARGS(expr->type->fields[i].name));
        pw_expr_print(expr->args[i], out);
    }
    pw_buf_add_char(out, ')');
}

static void print_call(const pw_expr *expr, pw_buf *out) {
    pw_buf_add_str(out, expr->signature->name);
    pw_buf_add_char(out, '(');
    print_args(expr, 0, out);
    pw_buf_add_char(out, ')');
}

static void print_like(const pw_expr *expr, pw_buf *out) {
    pw_buf_add_char(out, '(');
    pw_expr_print(expr->args[0], out);
    pw_buf_add_literal(out, " LIKE ");
    pw_expr_print(expr->args[1], out);
    if (expr->index) {
        char escape[4];
        size_t bytes = pw_utf8_encode(expr->index, escape);
        pw_buf_format(out, " ESCAPE '%.*s'", (int)bytes, escape);
    }
    pw_buf_add_char(out, ')');
}

static void print_postfix(const pw_expr *expr, pw_buf *out) {
    pw_expr_print(expr->args[0], out);
    if (expr->kind == PW_EXPR_FIELD) {
        pw_buf_format(out, "->%.*s", PW_STR_ARGS(expr->name));
        return;
    }
    pw_buf_add_char(out, '[');
    pw_expr_print(expr->args[1], out);
    pw_buf_add_char(out, ']');
}

static void print_cast(const pw_expr *expr, pw_buf *out) {
    if (!expr->is_implicit) pw_buf_add_literal(out, "CAST(");
    pw_expr_print(expr->args[0], out);
    if (expr->is_implicit) return;
    pw_buf_add_literal(out, " AS ");
    pw_type_print(expr->type, out);
    pw_buf_add_char(out, ')');
}

void pw_expr_print(const pw_expr *expr, pw_buf *out) {
    switch (expr->kind) {
    case PW_EXPR_LITERAL: print_literal(expr, out); return;
    case PW_EXPR_COLUMN: pw_buf_add_str(out, expr->name); return;
    case PW_EXPR_NEGATE:
        pw_buf_add_char(out, '-');
        pw_expr_print(expr->args[0], out);
        return;
    case PW_EXPR_ARITHMETIC:
    case PW_EXPR_JOIN_TEXT:
    case PW_EXPR_COMPARE: print_infix(expr, pw_operator_text(expr->op), out); return;
    case PW_EXPR_AND: print_infix(expr, "AND", out); return;
    case PW_EXPR_OR: print_infix(expr, "OR", out); return;
    case PW_EXPR_NOT:
        pw_buf_add_literal(out, "(NOT ");
        pw_expr_print(expr->args[0], out);
        pw_buf_add_char(out, ')');
        return;
    case PW_EXPR_IS_NULL:
        pw_buf_add_char(out, '(');
        pw_expr_print(expr->args[0], out);
        pw_buf_add_str(out, pw_str_from(expr->is_not ? " IS NOT NULL)" : " IS NULL)"));
        return;
    case PW_EXPR_IN:
        pw_buf_add_char(out, '(');
        pw_expr_print(expr->args[0], out);
        pw_buf_add_literal(out, " IN (");
        print_args(expr, 1, out);
        pw_buf_add_literal(out, "))");
        return;
    case PW_EXPR_LIKE: print_like(expr, out); return;
    case PW_EXPR_CASE: print_case(expr, out); return;
    case PW_EXPR_CAST: print_cast(expr, out); return;
    case PW_EXPR_SUBSCRIPT:
    case PW_EXPR_FIELD: print_postfix(expr, out); return;
    case PW_EXPR_ARRAY:
        pw_buf_add_literal(out, "ARRAY[");
        print_args(expr, 0, out);
        pw_buf_add_char(out, ']');
        return;
    case PW_EXPR_MAP:
    case PW_EXPR_STRUCT: print_constructor(expr, out); return;
    case PW_EXPR_CALL: print_call(expr, out); return;
    }
    PW_UNREACHABLE();
}

/* --- programs --------------------------------------------------------------------------------- */

static const struct {
    const char *name, *operands;
} step_words[PW_STEP_COUNT] = {
#define STEP_WORDS(name, operands, meaning) {#name, operands},
    PW_STEP_MAP(STEP_WORDS)
#undef STEP_WORDS
};

static void print_register(const pw_code *code, uint32_t index, const pw_type *type, pw_buf *out) {
    const pw_register *reg = &code->registers[index];
    if (reg->kind == PW_REGISTER_COLUMN) {
        pw_buf_format(out, " c%u", reg->column);
    } else if (reg->kind == PW_REGISTER_TEMPORARY) {
        pw_buf_format(out, " r%u", index);
    } else if (type) {
        pw_expr literal = {.kind = PW_EXPR_LITERAL, .type = type, .constant = reg->constant};
        pw_buf_add_char(out, ' ');
        print_literal(&literal, out);
    } else {
        pw_buf_format(out, " k%u", index);
    }
}

static void print_step(const pw_code *code, const pw_step *step, pw_buf *out) {
    bool makes_selection = strncmp(step_words[step->op].operands, "=>", 2) == 0;
    if (makes_selection) {
        pw_buf_format(out, "s%u => s%u", step->rows, step->out);
        if (step->op == PW_STEP_split) pw_buf_format(out, ", s%u", step->out_rest);
    } else {
        pw_buf_format(out, "s%u r%u", step->rows, step->out);
    }
    pw_buf_format(out, " = %s", step_words[step->op].name);
    if (step->detail != PW_OPERATOR_COUNT)
        pw_buf_format(out, " %s", pw_operator_text(step->detail));
    if (step->op == PW_STEP_call)
        pw_buf_format(out, " %.*s", PW_STR_ARGS(step->expr->signature->name));
    if (step->a_type) print_register(code, step->a, step->a_type, out);
    if (step->b_type) print_register(code, step->b, step->b_type, out);
    for (uint32_t i = 0; i < step->list_count; i++)
        print_register(code, step->list[i], step->expr->args[i]->type, out);
    pw_buf_add_char(out, '\n');
}

void pw_code_print(const pw_code *code, pw_buf *out) {
    for (uint32_t i = 0; i < code->step_count; i++)
        print_step(code, &code->steps[i], out);
}

void pw_program_print(const pw_program *program, pw_buf *out) {
    pw_code_print(&program->code, out);
    for (uint32_t i = 0; i < program->expr_count; i++) {
        uint32_t reg = program->code.results[i];
        pw_buf_format(out, "%.*s =", PW_STR_ARGS(program->names[i]));
        print_register(&program->code, reg, program->exprs[i]->type, out);
        pw_buf_add_char(out, '\n');
    }
}
