/* Nanoseconds per row of expressions over full batches, as filter and as value.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "base/assert.h"
#include "expr/expr.h"
#include "parser/parse.h"

enum { ROWS = PW_BATCH_ROWS_MAX, ROUNDS = 20000 };

static const pw_scope_column columns[] = {
    {.name = {"POSITION", 8}, .type = &pw_type_integer, .index = 0},
    {.name = {"PIT", 3}, .type = &pw_type_boolean, .index = 1},
    {.name = {"MS", 2}, .type = &pw_type_bigint, .index = 2},
    {.name = {"SPEED", 5}, .type = &pw_type_double, .index = 3},
    {.name = {"DRIVER", 6}, .type = &pw_type_string, .index = 4},
};

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static pw_batch *make_batch(pw_arena *arena) {
    static const char *const drivers[] = {"hamilton", "verstappen", "bottas", "norris"};
    pw_batch *batch = pw_batch_new(arena, 5, ROWS);
    uint32_t seed = 44;
    batch->row_count = batch->selected_count = ROWS;
    for (uint32_t r = 0; r < ROWS; r++) {
        seed = seed * 1664525u + 1013904223u;
        batch->selection[r] = r;
        batch->columns[0].slots[r] = pw_slot_i64(1 + (seed >> 16) % 20);
        batch->columns[1].slots[r] = pw_slot_i64((seed >> 8) % 10 == 0);
        batch->columns[2].slots[r] = pw_slot_i64(80000 + (seed >> 12) % 20000);
        batch->columns[3].slots[r] = pw_slot_f64((double)(seed >> 20));
        batch->columns[4].slots[r] = pw_slot_str(pw_str_from(drivers[(seed >> 24) % 4]));
        if (seed % 50 == 0) batch->columns[0].slots[r] = pw_slot_null();
    }
    return batch;
}

static void measure(const char *text, bool is_filter) {
    pw_arena arena, scratch;
    pw_error err = {0};
    pw_node *node = NULL;
    const pw_expr *expr = NULL;
    pw_program *program = NULL;
    pw_eval *eval = NULL;
    const pw_str name = PW_STR("OUT");
    const pw_scope scope = {.columns = columns, .column_count = 5};
    pw_arena_init(&arena, 0);
    pw_arena_init(&scratch, 1 << 20);
    if (pw_parse_expression(&arena, pw_str_from(text), &node, &err) != PW_OK ||
        pw_expr_bind(&arena, &scope, node, &expr, &err) != PW_OK ||
        pw_program_compile(&arena, &expr, &name, 1, &program, &err) != PW_OK ||
        pw_eval_open(&arena, program, &eval, &err) != PW_OK) {
        printf("%s: %s\n", text, err.message);
        return;
    }
    pw_batch *batch = make_batch(&arena);
    uint64_t kept = 0;
    double start = now_ns();
    for (uint32_t round = 0; round < ROUNDS; round++) {
        pw_arena_reset(&scratch);
        batch->arena = &scratch;
        if (is_filter) {
            for (uint32_t r = 0; r < ROWS; r++)
                batch->selection[r] = r;
            batch->selected_count = ROWS;
            pw_eval_filter(eval, batch, 0);
            kept += batch->selected_count;
        } else {
            pw_vector result;
            pw_eval_run(eval, batch, &result);
            kept += !pw_at(result, round % ROWS)->is_null;
        }
    }
    double ns = (now_ns() - start) / ((double)ROUNDS * ROWS);
    printf("%-7s %6.2f ns/row  %s  (%llu)\n", is_filter ? "filter" : "value", ns, text,
           (unsigned long long)kept);
    pw_eval_close(eval);
    pw_arena_deinit(&scratch);
    pw_arena_deinit(&arena);
}

int main(void) {
    measure("position <= 3 AND pit = FALSE", true);
    measure("position <= 3 AND pit = FALSE", false);
    measure("driver = 'hamilton'", true);
    measure("driver IN ('hamilton', 'norris')", true);
    measure("ms + position * 1000", false);
    measure("speed * 1.5e0 + ms / 2", false);
    measure(
        "CASE WHEN position <= 3 THEN 'podium' WHEN position <= 10 THEN 'points' ELSE 'none' END",
        false);
    measure("CAST(ms AS DECIMAL(10, 3)) / 3600", false);
    measure("driver LIKE '%ton'", true);
    return 0;
}
