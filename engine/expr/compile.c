/* From trees to steps. Equal sub-expressions share a register: what was computed for a selection
 * serves every selection made from it. Branches that must be lazy run over a selection of their
 * own. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/decimal.h"

enum { MEMO_BUCKETS = 256 };
#define NO_STEP UINT32_MAX

/* What is computed already. */
typedef struct memo {
    const pw_expr *expr;
    uint32_t selection;
    uint32_t reg;
    uint32_t step; /* that writes it, or NO_STEP */
    struct memo *next;
} memo;

typedef struct compiler {
    pw_arena *arena;
    pw_code *code;
    uint32_t step_capacity, register_capacity, selection_capacity;
    uint32_t *parents; /* of selections */
    uint32_t owner;    /* expression that is compiled */
    memo *memos[MEMO_BUCKETS];
} compiler;

static uint32_t compile(compiler *c, const pw_expr *expr, uint32_t selection);

/* --- parts of a code -------------------------------------------------------------------------- */

/* Arrays double in the arena; what is left behind is as long-lived as the program and small. */
static void *grow(pw_arena *arena, void *items, uint32_t count, uint32_t *capacity,
                  size_t item_bytes) {
    if (count < *capacity) return items;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *grown = pw_arena_calloc(arena, *capacity, item_bytes);
    if (count) memcpy(grown, items, count * item_bytes);
    return grown;
}

static uint32_t new_register(compiler *c, pw_register reg) {
    pw_code *code = c->code;
    code->registers =
        grow(c->arena, code->registers, code->register_count, &c->register_capacity, sizeof reg);
    code->registers[code->register_count] = reg;
    return code->register_count++;
}

static uint32_t new_temporary(compiler *c) {
    return new_register(c, (pw_register){.kind = PW_REGISTER_TEMPORARY});
}

static uint32_t new_selection(compiler *c, uint32_t parent) {
    pw_code *code = c->code;
    c->parents = grow(c->arena, c->parents, code->selection_count, &c->selection_capacity,
                      sizeof *c->parents);
    c->parents[code->selection_count] = parent;
    return code->selection_count++;
}

static bool can_fail(pw_step_op op) {
    switch ((int)op) {
    case PW_STEP_arith_i32:
    case PW_STEP_arith_i64:
    case PW_STEP_arith_f64:
    case PW_STEP_arith_decimal:
    case PW_STEP_negate:
    case PW_STEP_compare_mixed:
    case PW_STEP_distinct:
    case PW_STEP_filter:
    case PW_STEP_and:
    case PW_STEP_or:
    case PW_STEP_not:
    case PW_STEP_like:
    case PW_STEP_cast:
    case PW_STEP_item:
    case PW_STEP_call: return true;
    default: return false;
    }
}

static const char *text_of(compiler *c, const pw_expr *expr) {
    pw_buf text;
    pw_buf_init(&text);
    pw_expr_print(expr, &text);
    const char *copy = pw_arena_cstr(c->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return copy;
}

static pw_step *add_step(compiler *c, pw_step_op op, const pw_expr *expr, uint32_t selection) {
    pw_code *code = c->code;
    code->steps =
        grow(c->arena, code->steps, code->step_count, &c->step_capacity, sizeof *code->steps);
    pw_step *step = &code->steps[code->step_count++];
    *step = (pw_step){
        .op = op, .detail = PW_OPERATOR_COUNT, .rows = selection, .type = expr->type, .expr = expr};
    step->owners = pw_arena_alloc(c->arena, sizeof *step->owners);
    step->owners[0] = c->owner;
    step->owner_count = 1;
    if (can_fail(op)) step->text = text_of(c, expr);
    return step;
}

/* --- what is shared --------------------------------------------------------------------------- */

static bool is_within(const compiler *c, uint32_t selection, uint32_t ancestor) {
    while (selection != ancestor) {
        if (selection == 0) return false;
        selection = c->parents[selection];
    }
    return true;
}

static memo *find_memo(const compiler *c, const pw_expr *expr, uint32_t selection) {
    for (memo *m = c->memos[expr->hash % MEMO_BUCKETS]; m; m = m->next) {
        if (is_within(c, selection, m->selection) && pw_expr_equal(m->expr, expr)) return m;
    }
    return NULL;
}

static void remember(compiler *c, const pw_expr *expr, uint32_t selection, uint32_t reg,
                     uint32_t step) {
    memo *m = PW_NEW(c->arena, memo);
    memo **bucket = &c->memos[expr->hash % MEMO_BUCKETS];
    *m = (memo){expr, selection, reg, step, *bucket};
    *bucket = m;
}

/* A step that another expression uses too reports its failures under both names; not where that
 * expression needs it for some of the rows only: it would be blamed for the others. */
static void add_owner(compiler *c, const pw_expr *expr, uint32_t selection) {
    memo *m = find_memo(c, expr, selection);
    if (!m || m->selection != selection) return;
    if (m->step != NO_STEP) {
        pw_step *step = &c->code->steps[m->step];
        for (uint32_t i = 0; i < step->owner_count; i++) {
            if (step->owners[i] == c->owner) return;
        }
        uint32_t *owners = pw_arena_alloc(c->arena, (step->owner_count + 1) * sizeof *owners);
        memcpy(owners, step->owners, step->owner_count * sizeof *owners);
        owners[step->owner_count++] = c->owner;
        step->owners = owners;
    }
    /* The parts of a lazy branch ran over a selection below; they are found through their own. */
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        for (memo *part = c->memos[expr->args[i]->hash % MEMO_BUCKETS]; part; part = part->next) {
            bool is_part = is_within(c, part->selection, selection) &&
                           pw_expr_equal(part->expr, expr->args[i]);
            if (is_part) add_owner(c, part->expr, part->selection);
        }
    }
}

/* --- one function per shape of step ----------------------------------------------------------- */

static pw_step *add_unary(compiler *c, pw_step_op op, const pw_expr *expr, uint32_t selection) {
    uint32_t a = compile(c, expr->args[0], selection);
    pw_step *step = add_step(c, op, expr, selection);
    step->a = a;
    step->a_type = expr->args[0]->type;
    step->out = new_temporary(c);
    return step;
}

static pw_step *add_binary(compiler *c, pw_step_op op, const pw_expr *expr, uint32_t selection) {
    uint32_t a = compile(c, expr->args[0], selection);
    uint32_t b = compile(c, expr->args[1], selection);
    pw_step *step = add_step(c, op, expr, selection);
    step->a = a;
    step->b = b;
    step->a_type = expr->args[0]->type;
    step->b_type = expr->args[1]->type;
    step->detail = expr->op;
    step->out = new_temporary(c);
    return step;
}

static pw_step *add_list(compiler *c, pw_step_op op, const pw_expr *expr, uint32_t selection) {
    uint32_t *list = PW_NEW_ARRAY(c->arena, uint32_t, expr->arg_count + 1);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        list[i] = compile(c, expr->args[i], selection);
    pw_step *step = add_step(c, op, expr, selection);
    step->list = list;
    step->list_count = expr->arg_count;
    step->out = new_temporary(c);
    return step;
}

/* A selection of the rows of `selection` where register `a` is TRUE or FALSE. */
static uint32_t add_select(compiler *c, pw_step_op op, const pw_expr *condition, uint32_t a,
                           uint32_t selection) {
    pw_step *step = add_step(c, op, condition, selection);
    step->a = a;
    step->a_type = condition->type;
    uint32_t out = new_selection(c, selection);
    step->out = out;
    return out;
}

static void compile_logic(compiler *c, const pw_expr *expr, uint32_t selection) {
    bool is_and = expr->kind == PW_EXPR_AND;
    uint32_t a = compile(c, expr->args[0], selection);
    uint32_t rest = add_select(c, is_and ? PW_STEP_select_true : PW_STEP_select_false,
                               expr->args[0], a, selection);
    uint32_t b = compile(c, expr->args[1], rest);
    pw_step *step = add_step(c, is_and ? PW_STEP_and : PW_STEP_or, expr, selection);
    step->a = a;
    step->b = b;
    step->a_type = step->b_type = &pw_type_boolean;
    step->out = new_temporary(c);
}

static void add_copy(compiler *c, const pw_expr *expr, const pw_expr *branch, uint32_t selection,
                     uint32_t out) {
    uint32_t a = compile(c, branch, selection);
    pw_step *step = add_step(c, PW_STEP_copy, expr, selection);
    step->a = a;
    step->a_type = expr->type;
    step->out = out;
}

static void compile_case(compiler *c, const pw_expr *expr, uint32_t selection) {
    uint32_t out = new_temporary(c);
    for (uint32_t i = 1; i < expr->arg_count; i += 2) {
        uint32_t condition = compile(c, expr->args[i], selection);
        uint32_t taken = new_selection(c, selection), rest = new_selection(c, selection);
        pw_step *step = add_step(c, PW_STEP_split, expr, selection);
        step->a = condition;
        step->a_type = &pw_type_boolean;
        step->result = out;
        step->out = taken;
        step->out_rest = rest;
        add_copy(c, expr, expr->args[i + 1], taken, out);
        selection = rest;
    }
    add_copy(c, expr, expr->args[0], selection, out);
}

static bool is_i64(const pw_type *type) {
    return type->kind == PW_TYPE_BOOLEAN || type->kind == PW_TYPE_INTEGER ||
           type->kind == PW_TYPE_BIGINT || type->kind == PW_TYPE_DATE ||
           type->kind == PW_TYPE_TIME || type->kind == PW_TYPE_TIMESTAMP;
}

static bool is_whole(const pw_type *type) {
    return type->kind == PW_TYPE_INTEGER || type->kind == PW_TYPE_BIGINT;
}

static bool is_short_decimal(const pw_type *type) {
    return type->kind == PW_TYPE_DECIMAL && type->precision <= PW_DECIMAL_PRECISION_INLINE;
}

static pw_step_op compare_step(const pw_expr *expr) {
    const pw_type *a = expr->args[0]->type, *b = expr->args[1]->type;
    if (expr->op == PW_OPERATOR_DISTINCT || expr->op == PW_OPERATOR_NOT_DISTINCT)
        return PW_STEP_distinct;
    if (pw_type_is_nested(a)) return PW_STEP_compare_deep;
    if (is_whole(a) && is_whole(b)) return PW_STEP_compare_i64;
    if (is_short_decimal(a) && is_short_decimal(b) && a->scale == b->scale)
        return PW_STEP_compare_i64;
    if (a->kind != b->kind) return PW_STEP_compare_mixed;
    if (is_i64(a)) return PW_STEP_compare_i64;
    if (a->kind == PW_TYPE_DOUBLE) return PW_STEP_compare_f64;
    return a->kind == PW_TYPE_STRING ? PW_STEP_compare_text : PW_STEP_compare_mixed;
}

static pw_step_op arithmetic_step(const pw_expr *expr) {
    if (expr->type->kind == PW_TYPE_INTEGER) return PW_STEP_arith_i32;
    if (expr->type->kind == PW_TYPE_BIGINT) return PW_STEP_arith_i64;
    return expr->type->kind == PW_TYPE_DOUBLE ? PW_STEP_arith_f64 : PW_STEP_arith_decimal;
}

/* INTEGER is kept as BIGINT is: widening it is no step, unless an error has to stop here. */
static bool is_cast_free(const pw_expr *expr) {
    const pw_expr *arg = expr->args[0];
    return arg->type->kind == PW_TYPE_INTEGER && expr->type->kind == PW_TYPE_BIGINT &&
           (expr->is_implicit || arg->kind == PW_EXPR_COLUMN);
}

static void compile_cast(compiler *c, const pw_expr *expr, uint32_t selection) {
    bool is_widening = is_whole(expr->args[0]->type) && expr->type->kind == PW_TYPE_DOUBLE;
    add_unary(c, is_widening ? PW_STEP_widen : PW_STEP_cast, expr, selection)->index =
        expr->is_implicit;
}

static void compile_call(compiler *c, const pw_expr *expr, uint32_t selection) {
    pw_step *step = add_list(c, PW_STEP_call, expr, selection);
    step->index = c->code->call_count++;
}

/* Adds the steps of `expr`, the last of which writes its register. */
static void compile_steps(compiler *c, const pw_expr *expr, uint32_t selection) {
    switch (expr->kind) {
    case PW_EXPR_LITERAL:
    case PW_EXPR_COLUMN: PW_UNREACHABLE();
    case PW_EXPR_NEGATE: add_unary(c, PW_STEP_negate, expr, selection); return;
    case PW_EXPR_ARITHMETIC: add_binary(c, arithmetic_step(expr), expr, selection); return;
    case PW_EXPR_JOIN_TEXT: add_binary(c, PW_STEP_join_text, expr, selection); return;
    case PW_EXPR_COMPARE: add_binary(c, compare_step(expr), expr, selection); return;
    case PW_EXPR_AND:
    case PW_EXPR_OR: compile_logic(c, expr, selection); return;
    case PW_EXPR_NOT: add_unary(c, PW_STEP_not, expr, selection); return;
    case PW_EXPR_IS_NULL: add_unary(c, PW_STEP_is_null, expr, selection); return;
    case PW_EXPR_IN: add_list(c, PW_STEP_in, expr, selection); return;
    case PW_EXPR_LIKE:
        add_binary(c, PW_STEP_like, expr, selection);
        c->code->steps[c->code->step_count - 1].detail = PW_OPERATOR_COUNT;
        c->code->steps[c->code->step_count - 1].index = expr->index;
        return;
    case PW_EXPR_CASE: compile_case(c, expr, selection); return;
    case PW_EXPR_CAST: compile_cast(c, expr, selection); return;
    case PW_EXPR_SUBSCRIPT: {
        bool is_array = expr->args[0]->type->kind == PW_TYPE_ARRAY;
        add_binary(c, is_array ? PW_STEP_item : PW_STEP_lookup, expr, selection)->detail =
            PW_OPERATOR_COUNT;
        return;
    }
    case PW_EXPR_FIELD: add_unary(c, PW_STEP_field, expr, selection)->index = expr->index; return;
    case PW_EXPR_ARRAY: add_list(c, PW_STEP_make_array, expr, selection); return;
    case PW_EXPR_MAP: add_list(c, PW_STEP_make_map, expr, selection); return;
    case PW_EXPR_STRUCT: add_list(c, PW_STEP_make_struct, expr, selection); return;
    case PW_EXPR_CALL: compile_call(c, expr, selection); return;
    }
    PW_UNREACHABLE();
}

/* The register that holds `expr` for the rows of `selection`. */
static uint32_t compile(compiler *c, const pw_expr *expr, uint32_t selection) {
    memo *known = find_memo(c, expr, selection);
    if (known) {
        add_owner(c, expr, selection);
        return known->reg;
    }
    if (expr->constant) {
        uint32_t reg = new_register(
            c, (pw_register){.kind = PW_REGISTER_CONSTANT, .constant = expr->constant});
        remember(c, expr, 0, reg, NO_STEP);
        return reg;
    }
    if (expr->kind == PW_EXPR_COLUMN) {
        uint32_t reg =
            new_register(c, (pw_register){.kind = PW_REGISTER_COLUMN, .column = expr->index});
        remember(c, expr, 0, reg, NO_STEP);
        return reg;
    }
    if (expr->kind == PW_EXPR_CAST && is_cast_free(expr))
        return compile(c, expr->args[0], selection);
    compile_steps(c, expr, selection);
    uint32_t last = c->code->step_count - 1;
    uint32_t reg = c->code->steps[last].out;
    remember(c, expr, selection, reg, last);
    return reg;
}

/* --- filters ---------------------------------------------------------------------------------- */

static pw_step_op filter_step(const pw_expr *expr) {
    if (expr->kind != PW_EXPR_COMPARE) return PW_STEP_filter;
    pw_step_op compare = compare_step(expr);
    if (compare == PW_STEP_compare_i64) return PW_STEP_filter_i64;
    if (compare == PW_STEP_compare_f64) return PW_STEP_filter_f64;
    return compare == PW_STEP_compare_text ? PW_STEP_filter_text : PW_STEP_filter;
}

/* a AND b as a condition is b for the rows where a is TRUE: no BOOLEAN is ever written. */
static uint32_t compile_filter(compiler *c, const pw_expr *expr, uint32_t selection,
                               bool is_operand) {
    if (expr->kind == PW_EXPR_AND && !expr->constant) {
        selection = compile_filter(c, expr->args[0], selection, true);
        return compile_filter(c, expr->args[1], selection, true);
    }
    pw_step_op op = expr->constant ? PW_STEP_filter : filter_step(expr);
    if (op == PW_STEP_filter) {
        uint32_t a = compile(c, expr, selection);
        uint32_t out = add_select(c, PW_STEP_filter, expr, a, selection);
        c->code->steps[c->code->step_count - 1].index = is_operand;
        return out;
    }
    uint32_t a = compile(c, expr->args[0], selection), b = compile(c, expr->args[1], selection);
    uint32_t out = add_select(c, op, expr, a, selection);
    pw_step *step = &c->code->steps[c->code->step_count - 1];
    step->detail = expr->op;
    step->b = b;
    step->a_type = expr->args[0]->type;
    step->b_type = expr->args[1]->type;
    return out;
}

void pw_code_compile(pw_arena *arena, const pw_program *program, int32_t filter, pw_code *out) {
    *out = (pw_code){0};
    compiler c = {.arena = arena, .code = out};
    new_selection(&c, 0);
    if (filter >= 0) {
        c.owner = (uint32_t)filter;
        out->final_selection = compile_filter(&c, program->exprs[filter], 0, false);
        return;
    }
    out->results = PW_NEW_ARRAY(arena, uint32_t, program->expr_count + 1);
    for (uint32_t i = 0; i < program->expr_count; i++) {
        c.owner = i;
        out->results[i] = compile(&c, program->exprs[i], 0);
    }
}

pw_status pw_program_compile(pw_arena *arena, const pw_expr *const *exprs, const pw_str *names,
                             uint32_t count, pw_program **out, pw_error *err) {
    pw_program *program = PW_NEW(arena, pw_program);
    pw_str *copied_names = PW_NEW_ARRAY(arena, pw_str, count + 1);
    const pw_expr **copied = PW_NEW_ARRAY(arena, const pw_expr *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        copied[i] = exprs[i];
        copied_names[i] = pw_arena_str(arena, names[i]);
        if (exprs[i]->type->kind != PW_TYPE_NULL) continue;
        return pw_fail(err, PW_INVALID, exprs[i]->span,
                       "Can't infer a type of null. Please explicitly cast it to a required type, "
                       "e.g. CAST(null AS VARCHAR).");
    }
    *program = (pw_program){.exprs = copied, .names = copied_names, .expr_count = count};
    pw_code_compile(arena, program, -1, &program->code);
    program->filters = PW_NEW_ARRAY(arena, pw_code, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (exprs[i]->type->kind == PW_TYPE_BOOLEAN)
            pw_code_compile(arena, program, (int32_t)i, &program->filters[i]);
    }
    *out = program;
    return PW_OK;
}
