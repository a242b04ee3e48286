/* Making the operators of a topology and cutting it into stages. SPDX-License-Identifier:
 * Apache-2.0 */
#include "base/assert.h"
#include "plan/plan_private.h"

const char *pw_plan_op_name(pw_plan_op_kind kind) {
    static const char *const names[PW_PLAN_OP_COUNT] = {
#define OP_NAME(name, text, doc) text,
        PW_PLAN_OP_MAP(OP_NAME)
#undef OP_NAME
    };
    return names[kind];
}

pw_status plan_op_add(plan_builder *b, pw_plan_op_kind kind, pw_plan_op *input, pw_plan_op **out) {
    if (b->op_count == PW_PLAN_OPS_MAX) {
        return pw_fail(b->err, PW_LIMIT, b->select->span, "a query of more than %d operators",
                       PW_PLAN_OPS_MAX);
    }
    pw_plan_op *op = PW_NEW(b->arena, pw_plan_op);
    op->kind = kind;
    op->id = b->op_count;
    op->store = -1;
    if (input) {
        op->inputs[op->input_count++] = input;
        input->output = op;
        op->is_table = input->is_table;
        op->key_count = input->key_count;
        op->schema = input->schema;
        op->types = input->types;
    }
    b->ops[b->op_count++] = op;
    *out = op;
    return PW_OK;
}

void plan_op_set_schema(plan_builder *b, pw_plan_op *op, const pw_column *columns, uint32_t count) {
    op->schema = (pw_schema){columns, count};
    op->types = PW_NEW_ARRAY(b->arena, const pw_type *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        op->types[i] = columns[i].type;
}

static pw_str expressions_text(plan_builder *b, const pw_expr *const *exprs, const pw_str *names,
                               uint32_t count) {
    pw_buf text;
    pw_buf_init(&text);
    for (uint32_t i = 0; i < count; i++) {
        if (i) pw_buf_add_literal(&text, ", ");
        pw_expr_print(exprs[i], &text);
        if (names) pw_buf_format(&text, " AS %.*s", PW_STR_ARGS(names[i]));
    }
    pw_str kept = pw_arena_str(b->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
    return kept;
}

pw_status plan_op_program(plan_builder *b, pw_plan_op *op, const pw_expr *const *exprs,
                          const pw_str *names, uint32_t count) {
    const pw_expr **kept = PW_NEW_ARRAY(b->arena, const pw_expr *, count + 1);
    memcpy(kept, exprs, count * sizeof *kept);
    op->exprs = kept;
    op->expr_count = count;
    return pw_program_compile(b->arena, op->exprs, names, count, &op->program, b->err);
}

pw_status plan_op_project(plan_builder *b, pw_plan_op *input, const pw_expr *const *exprs,
                          const pw_str *names, const pw_column_kind *kinds, uint32_t count,
                          pw_plan_op **out) {
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, PW_PLAN_PROJECT, input, &op));
    pw_column *columns = PW_NEW_ARRAY(b->arena, pw_column, count + 1);
    op->key_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        pw_column_kind kind = kinds ? kinds[i] : PW_COLUMN_VALUE;
        columns[i] = (pw_column){names[i], pw_expr_type(exprs[i]), kind, PW_STR_EMPTY};
        if (kind == PW_COLUMN_KEY) op->key_count++;
    }
    plan_op_set_schema(b, op, columns, count);
    PW_TRY(plan_op_program(b, op, exprs, names, count));
    op->program_text = expressions_text(b, exprs, names, count);
    *out = op;
    return PW_OK;
}

pw_status plan_op_filter(plan_builder *b, pw_plan_op *input, const pw_expr *predicate,
                         bool is_table, pw_plan_op **out) {
    pw_plan_op *op;
    PW_TRY(plan_op_add(b, is_table ? PW_PLAN_FILTER_TABLE : PW_PLAN_FILTER, input, &op));
    if (is_table) op->store = (int32_t)b->store_count++;
    pw_str name = PW_STR("WHERE");
    PW_TRY(plan_op_program(b, op, &predicate, &name, 1));
    op->program_text = expressions_text(b, &predicate, NULL, 1);
    *out = op;
    return PW_OK;
}

/* --- stages ----------------------------------------------------------------------------------- */

/* An operator runs in the stage of its inputs; behind an EXCHANGE a new one begins; a join brings
 * the stages of its two inputs together. */
static uint32_t stage_find(uint32_t *parents, uint32_t stage) {
    while (parents[stage] != stage)
        stage = parents[stage] = parents[parents[stage]];
    return stage;
}

static uint32_t task_count_wanted(const plan_builder *b, const uint32_t *parents, uint32_t stage) {
    uint32_t wanted = 0, all = 0;
    for (uint32_t i = 0; i < b->op_count; i++) {
        const pw_plan_op *op = b->ops[i];
        if (op->kind != PW_PLAN_SOURCE) continue;
        uint32_t partitions = (uint32_t)op->source->source->partitions;
        if (partitions > all) all = partitions;
        if (parents[op->stage] == stage && partitions > wanted) wanted = partitions;
    }
    return wanted ? wanted : all;
}

pw_status plan_assign_stages(plan_builder *b, pw_topology *topology) {
    uint32_t *parents = PW_NEW_ARRAY(b->arena, uint32_t, b->op_count + 1);
    for (uint32_t i = 0; i < b->op_count; i++) {
        pw_plan_op *op = b->ops[i];
        parents[i] = i;
        op->stage = i;
        for (uint32_t k = 0; k < op->input_count; k++) {
            const pw_plan_op *input = op->inputs[k];
            if (input->kind == PW_PLAN_EXCHANGE) continue;
            uint32_t from = stage_find(parents, input->stage), to = stage_find(parents, op->stage);
            if (from < to)
                parents[to] = from;
            else
                parents[from] = to;
        }
    }
    for (uint32_t i = 0; i < b->op_count; i++)
        b->ops[i]->stage = stage_find(parents, b->ops[i]->stage);
    for (uint32_t i = 0; i < b->op_count; i++)
        parents[i] = b->ops[i]->stage;
    topology->stages = PW_NEW_ARRAY(b->arena, pw_stage, b->op_count + 1);
    uint32_t *numbers = PW_NEW_ARRAY(b->arena, uint32_t, b->op_count + 1);
    for (uint32_t i = 0; i < b->op_count; i++) {
        if (b->ops[i]->stage != i) continue;
        numbers[i] = topology->stage_count;
        topology->stages[topology->stage_count++].task_count = task_count_wanted(b, parents, i);
    }
    for (uint32_t i = 0; i < b->op_count; i++) {
        pw_plan_op *op = b->ops[i];
        op->stage = numbers[op->stage];
        if (op->kind == PW_PLAN_SOURCE) topology->stages[op->stage].has_sources = true;
    }
    for (uint32_t i = 0; i < topology->stage_count; i++) {
        topology->task_count += topology->stages[i].task_count;
    }
    return PW_OK;
}

/* --- EXPLAIN ---------------------------------------------------------------------------------- */

static void print_op(const pw_topology *topology, const pw_plan_op *op, int depth, pw_buf *out) {
    pw_buf_format(out, "%*s> %s", depth * 2, "", pw_plan_op_name(op->kind));
    if (op->source) {
        pw_buf_format(out, " %.*s, topic %.*s, %d partition%s",
                      PW_STR_ARGS(op->source->source->name), PW_STR_ARGS(op->source->source->topic),
                      op->source->source->partitions,
                      op->source->source->partitions == 1 ? "" : "s");
    }
    if (op->sink) {
        pw_buf_format(out, " %.*s, topic %.*s", PW_STR_ARGS(op->sink->sink.name),
                      PW_STR_ARGS(op->sink->sink.topic));
    }
    if (op->aggregate && op->aggregate->window.kind != PW_WINDOW_NONE) {
        const pw_plan_window *window = &op->aggregate->window;
        pw_buf_format(out, " %s size %lld ms advance %lld ms grace %lld ms",
                      pw_window_kind_text(window->kind), (long long)window->size_ms,
                      (long long)window->advance_ms, (long long)window->grace_ms);
    }
    if (op->join)
        pw_buf_add_str(out, op->join->kind == PW_JOIN_LEFT ? PW_STR(" LEFT") : PW_STR(" INNER"));
    pw_buf_format(out, " [stage %u, %u task%s]", op->stage, topology->stages[op->stage].task_count,
                  topology->stages[op->stage].task_count == 1 ? "" : "s");
    if (op->program_text.length) pw_buf_format(out, " %.*s", PW_STR_ARGS(op->program_text));
    pw_buf_format(out, "\n%*s    ", depth * 2, "");
    bool is_first = true;
    for (uint32_t i = 0; i < op->schema.column_count; i++) {
        if (op->source && !op->source->wanted[i]) continue;
        const pw_column *column = &op->schema.columns[i];
        pw_buf_format(out, "%s%.*s ", is_first ? "" : ", ", PW_STR_ARGS(column->name));
        pw_type_print(column->type, out);
        if (column->kind == PW_COLUMN_KEY) pw_buf_add_literal(out, " KEY");
        is_first = false;
    }
    pw_buf_add_char(out, '\n');
    for (uint32_t i = 0; i < op->input_count; i++)
        print_op(topology, op->inputs[i], depth + 1, out);
}

void pw_topology_print(const pw_topology *topology, pw_buf *out) {
    pw_buf_format(out, "query %.*s: %u stage%s, %u task%s, %u store%s\n",
                  PW_STR_ARGS(topology->query_id), topology->stage_count,
                  topology->stage_count == 1 ? "" : "s", topology->task_count,
                  topology->task_count == 1 ? "" : "s", topology->store_count,
                  topology->store_count == 1 ? "" : "s");
    print_op(topology, topology->ops[topology->op_count - 1], 0, out);
}
