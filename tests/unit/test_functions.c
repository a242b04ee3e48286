/* Functions called through the registry, without the expression engine.
 *
 * A case is a line: name, arguments as TYPE:value separated by " | ", and the result as CAST(... AS
 * STRING) prints it, NULL, or ERROR for a row that fails. Text at the top stands as it is; inside
 * arrays it is quoted: ARRAY<STRING>:['a', NULL]. The examples of aggregates are lines of the same
 * kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "functions/functions_private.h"
#include "test_functions.h"
#include "test_functions_text.h"
#include "test_functions_time.h"
#include "types/cast.h"
#include "types/compare.h"
#include "types/decimal.h"
#include "types/number_text.h"

/* --- types and values from text ------------------------------------------------------------ */

static const pw_type *type_from(pw_arena *arena, pw_str text) {
    pw_function function = {0};
    pw_str row = pw_arena_format(arena, "X(a %.*s) -> INT", PW_STR_ARGS(text));
    function.signature = row.data;
    pw_signature signature;
    assert_true(pw_signature_parse(arena, &function, "", &signature));
    assert_non_null(signature.parameters[0].type);
    return signature.parameters[0].type;
}

static void skip_blanks(pw_str *text) {
    while (text->length && text->data[0] == ' ')
        *text = (pw_str){text->data + 1, text->length - 1};
}

static bool take(pw_str *text, const char *literal) {
    skip_blanks(text);
    pw_str wanted = pw_str_from(literal);
    if (!pw_str_starts_with(*text, wanted)) return false;
    *text = (pw_str){text->data + wanted.length, text->length - wanted.length};
    return true;
}

/* One literal: up to a delimiter, or between quotes. */
static pw_str take_literal(pw_str *text) {
    skip_blanks(text);
    bool is_quoted = take(text, "'");
    size_t length = 0;
    while (length < text->length &&
           !(is_quoted ? text->data[length] == '\'' : strchr(",]}=)", text->data[length]) != NULL))
        length++;
    pw_str literal = {text->data, length};
    *text = (pw_str){text->data + length, text->length - length};
    if (is_quoted) assert_true(take(text, "'"));
    return is_quoted ? literal : pw_str_trim(literal);
}

static pw_slot scalar_from(pw_arena *arena, const pw_type *type, pw_str text) {
    pw_slot slot = pw_slot_null(), in = pw_slot_str(pw_arena_str(arena, text));
    int64_t number = 0;
    if (type->kind == PW_TYPE_STRING || type->kind == PW_TYPE_BYTES) return in;
    if (type->kind == PW_TYPE_DOUBLE) return pw_slot_f64(strtod(in.text, NULL));
    bool is_time =
        type->kind == PW_TYPE_DATE || type->kind == PW_TYPE_TIME || type->kind == PW_TYPE_TIMESTAMP;
    if (is_time && pw_str_to_i64(text, &number)) return pw_slot_i64(number);
    if (pw_cast(arena, &pw_type_string, &in, type, &slot))
        fail_msg("'%.*s' is no value of its type", PW_STR_ARGS(text));
    return slot;
}

static pw_slot value_from(pw_arena *arena, const pw_type *type, pw_str *text);

static pw_slot items_from(pw_arena *arena, const pw_type *type, pw_str *text) {
    pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, 256);
    bool is_array = type->kind == PW_TYPE_ARRAY;
    const char *end = is_array ? "]" : "}";
    uint32_t count = 0;
    assert_true(take(text, is_array ? "[" : "{"));
    while (!take(text, end)) {
        if (count > 0) assert_true(take(text, ","));
        if (is_array) {
            items[count++] = value_from(arena, type->element, text);
        } else if (type->kind == PW_TYPE_STRUCT) {
            items[count] = value_from(arena, type->fields[count].type, text);
            count++;
        } else {
            items[2 * count] = value_from(arena, type->key, text);
            assert_true(take(text, "="));
            items[2 * count + 1] = value_from(arena, type->element, text);
            count++;
        }
    }
    return pw_slot_items(items, count);
}

static pw_slot value_from(pw_arena *arena, const pw_type *type, pw_str *text) {
    skip_blanks(text);
    if (take(text, "NULL")) return pw_slot_null();
    if (pw_type_is_nested(type)) return items_from(arena, type, text);
    return scalar_from(arena, type, take_literal(text));
}

/* --- scalar functions ---------------------------------------------------------------------- */

static uint32_t failed_rows;

static void note_failure(pw_call *call, uint32_t row, const char *message) {
    assert_non_null(message);
    call->out[row] = pw_slot_null();
    failed_rows++;
}

enum { ARGS_MAX = 12 };

typedef struct arguments {
    const pw_type *types[ARGS_MAX];
    pw_slot values[ARGS_MAX];
    pw_slot cast_values[ARGS_MAX];
    pw_vector vectors[ARGS_MAX];
    const pw_slot *constants[ARGS_MAX];
    uint32_t count;
} arguments;

static void read_arguments(pw_arena *arena, const char *line, arguments *args) {
    pw_str rest = pw_str_from(line);
    memset(args, 0, sizeof *args);
    while (rest.length) {
        size_t end = pw_str_find(rest, PW_STR(" | "));
        pw_str piece = {rest.data, end == SIZE_MAX ? rest.length : end};
        rest =
            end == SIZE_MAX ? PW_STR_EMPTY : (pw_str){rest.data + end + 3, rest.length - end - 3};
        assert_true(args->count < ARGS_MAX);
        uint32_t i = args->count++;
        if (pw_str_equal(piece, PW_STR("NULL"))) {
            args->types[i] = &pw_type_null;
            args->values[i] = pw_slot_null();
            continue;
        }
        size_t colon = pw_str_find(piece, PW_STR(":"));
        assert_true(colon != SIZE_MAX);
        args->types[i] = type_from(arena, (pw_str){piece.data, colon});
        pw_str value = {piece.data + colon + 1, piece.length - colon - 1};
        if (pw_str_equal(value, PW_STR("NULL"))) {
            args->values[i] = pw_slot_null();
        } else if (pw_type_is_nested(args->types[i])) {
            args->values[i] = value_from(arena, args->types[i], &value);
        } else {
            args->values[i] = scalar_from(arena, args->types[i], value);
        }
    }
}

/* What the evaluator does around a function: casts, NULL rules, open. */
static void call_scalar(pw_arena *arena, const pw_function *function, arguments *args,
                        const pw_type *const *coerced, const pw_type *result_type, pw_slot *out) {
    bool has_null = false;
    for (uint32_t i = 0; i < args->count; i++) {
        args->cast_values[i] = args->values[i];
        if (args->types[i]->kind != PW_TYPE_NULL && !pw_type_equal(args->types[i], coerced[i]) &&
            pw_cast(arena, args->types[i], &args->values[i], coerced[i], &args->cast_values[i]))
            failed_rows++;
        has_null |= args->cast_values[i].is_null != 0;
        args->vectors[i] = pw_vector_constant(arena, args->cast_values[i]);
        args->constants[i] = &args->cast_values[i];
    }
    *out = pw_slot_null();
    if (has_null && function->flags & PW_FN_NULL_FAILS) failed_rows++;
    if (has_null && function->flags & (PW_FN_NULL_FAILS | PW_FN_NULL_IN_NULL_OUT)) return;
    pw_error err;
    uint32_t rows[1] = {0};
    pw_call call = {.arena = arena,
                    .args = args->vectors,
                    .arg_count = args->count,
                    .arg_types = coerced,
                    .result_type = result_type,
                    .out = out,
                    .rows = rows,
                    .row_count = 1,
                    .fail = note_failure};
    if (function->open && function->open(arena, args->constants, args->count, &call.state, &err)) {
        failed_rows++;
        return;
    }
    function->scalar(&call);
}

/* The outcome of a case as text, in the arena. */
static const char *outcome(pw_arena *arena, const char *name, const char *line) {
    arguments args;
    pw_error err;
    const pw_signature *signature = NULL;
    const pw_type **coerced = NULL, *result_type = NULL;
    read_arguments(arena, line, &args);
    pw_error_clear(&err);
    if (pw_function_find(arena, pw_str_from(name), args.types, NULL, args.count, PW_SPAN_NONE,
                         &signature, &coerced, &result_type, &err) != PW_OK) {
        return pw_arena_cstr(arena, pw_str_from(err.message));
    }
    pw_slot out;
    failed_rows = 0;
    call_scalar(arena, signature->function, &args, coerced, result_type, &out);
    if (failed_rows) return "ERROR";
    if (out.is_null) return "NULL";
    pw_buf buf;
    pw_buf_init(&buf);
    if (result_type->kind == PW_TYPE_BYTES) {
        for (uint32_t i = 0; i < out.length; i++)
            pw_buf_format(&buf, "%02x", out.bytes[i]);
    } else {
        pw_slot_print_text(result_type, &out, &buf);
    }
    const char *text = pw_arena_cstr(arena, pw_buf_str(&buf));
    pw_buf_deinit(&buf);
    return text;
}

static uint32_t run_cases(const scalar_case *cases, size_t count) {
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        const scalar_case *c = &cases[i];
        pw_arena arena;
        pw_arena_init(&arena, 0);
        const char *got = outcome(&arena, c->name, c->arguments);
        bool is_message = strncmp(c->expected, "Function '", 10) == 0;
        if (is_message ? strncmp(got, c->expected, strlen(c->expected))
                       : strcmp(got, c->expected)) {
            print_error("%s(%s): %s, not %s\n", c->name, c->arguments, got, c->expected);
            bad++;
        }
        pw_arena_deinit(&arena);
    }
    return bad;
}

static void test_scalar_cases(void **unused) {
    (void)unused;
    uint32_t bad = run_cases(scalar_cases, sizeof scalar_cases / sizeof scalar_cases[0]);
    bad += run_cases(text_cases, sizeof text_cases / sizeof text_cases[0]);
    bad += run_cases(time_cases, sizeof time_cases / sizeof time_cases[0]);
    assert_int_equal(bad, 0);
}

/* --- aggregates ---------------------------------------------------------------------------- */

/* "NAME(literals) over [rows] = result", rows of several columns in parentheses. */
typedef struct aggregate_case {
    pw_aggregate_call call;
    const pw_type *types[ARGS_MAX];
    pw_slot init_args[ARGS_MAX];
    pw_slot *columns[ARGS_MAX];
    pw_vector vectors[ARGS_MAX];
    uint32_t row_count;
    pw_slot expected;
} aggregate_case;

enum { ROWS_MAX = 64 };

/* The type of a parameter; a variable stands for what the first literal of the rows looks like. */
static const pw_type *parameter_type(pw_arena *arena, const pw_parameter *parameter, pw_str rows) {
    if (parameter->type) return parameter->type;
    if (parameter->pattern->kind == PW_PATTERN_DECIMAL) return pw_type_decimal(arena, 6, 2);
    if (parameter->pattern->kind == PW_PATTERN_ARRAY) return pw_type_array(arena, &pw_type_integer);
    return pw_str_find(rows, PW_STR("'")) == SIZE_MAX ? &pw_type_integer : &pw_type_string;
}

/* Variadic parameters stand for one argument each. */
static void set_up_call(pw_arena *arena, const pw_signature *signature, pw_str *text,
                        aggregate_case *c) {
    const pw_function *row = signature->function;
    uint32_t fixed = signature->parameter_count - row->init_arg_count;
    const pw_type *all[ARGS_MAX];
    pw_str rest = *text;
    for (uint32_t i = 0; i < signature->parameter_count; i++)
        all[i] = parameter_type(arena, &signature->parameters[i], rest);
    for (uint32_t i = 0; i < fixed; i++)
        c->types[i] = all[i];
    if (row->init_arg_count) assert_true(take(text, "("));
    for (uint32_t i = 0; i < row->init_arg_count; i++) {
        if (i) assert_true(take(text, ","));
        c->init_args[i] = value_from(arena, all[fixed + i], text);
    }
    if (row->init_arg_count) assert_true(take(text, ")"));
    const pw_signature *found = NULL;
    const pw_type **coerced = NULL;
    pw_error err;
    c->call = (pw_aggregate_call){.aggregate = row->aggregate,
                                  .arg_types = c->types,
                                  .arg_count = fixed,
                                  .init_args = c->init_args,
                                  .init_arg_count = row->init_arg_count};
    pw_error_clear(&err);
    if (pw_function_find(arena, signature->name, all, NULL, signature->parameter_count,
                         PW_SPAN_NONE, &found, &coerced, &c->call.result_type, &err))
        fail_msg("%s: %s", row->signature, err.message);
    assert_ptr_equal(found, signature);
}

static void read_rows(pw_arena *arena, pw_str *text, aggregate_case *c) {
    for (uint32_t a = 0; a < c->call.arg_count; a++) {
        c->columns[a] = PW_NEW_ARRAY(arena, pw_slot, ROWS_MAX);
        c->vectors[a] = (pw_vector){c->columns[a], ~UINT32_C(0)};
    }
    assert_true(take(text, "over"));
    assert_true(take(text, "["));
    while (!take(text, "]")) {
        if (c->row_count > 0) assert_true(take(text, ","));
        bool is_tuple = c->call.arg_count > 1;
        if (is_tuple) assert_true(take(text, "("));
        for (uint32_t a = 0; a < c->call.arg_count; a++) {
            if (a) assert_true(take(text, ","));
            pw_str before = *text;
            c->columns[a][c->row_count] = value_from(arena, c->types[a], text);
            assert_true(before.length != text->length);
        }
        if (is_tuple) assert_true(take(text, ")"));
        c->row_count++;
    }
    assert_true(take(text, "="));
    c->expected = value_from(arena, c->call.result_type, text);
}

static void *new_state(const pw_aggregate_call *call) {
    void *state = calloc(1, call->aggregate->state_bytes);
    call->aggregate->init(call, state);
    return state;
}

static void drop_state(const pw_aggregate_call *call, void *state) {
    if (call->aggregate->release) call->aggregate->release(call, state);
    free(state);
}

static void add_rows(aggregate_case *c, void *state, uint32_t from, uint32_t to) {
    uint8_t *states[ROWS_MAX];
    uint32_t rows[ROWS_MAX], failed = 0;
    pw_error err;
    for (uint32_t i = from; i < to; i++) {
        states[i - from] = state;
        rows[i - from] = i;
    }
    assert_int_equal(
        c->call.aggregate->add(&c->call, states, 0, c->vectors, rows, to - from, &failed, &err),
        PW_OK);
}

static bool near(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    if (type->kind != PW_TYPE_DOUBLE || a->is_null || b->is_null) return pw_slot_equal(type, a, b);
    double difference = a->f64 - b->f64;
    return pw_slot_equal(type, a, b) || (difference < 1e-9 && difference > -1e-9);
}

static void check_result(pw_arena *arena, const pw_function *row, aggregate_case *c,
                         const void *state, const char *how) {
    pw_slot got = c->call.aggregate->result(&c->call, state, arena);
    if (near(c->call.result_type, &got, &c->expected)) return;
    pw_buf text;
    pw_buf_init(&text);
    if (!got.is_null) pw_slot_print_text(c->call.result_type, &got, &text);
    fail_msg("%s, %s: got %s", row->example, how, got.is_null ? "NULL" : pw_buf_cstr(&text));
}

/* Through the store and back; every beginning of the bytes is refused or decodes without harm. */
static void *reload(aggregate_case *c, void *state) {
    const pw_aggregate *aggregate = c->call.aggregate;
    void *copy = new_state(&c->call);
    if (!aggregate->encode) {
        memcpy(copy, state, aggregate->state_bytes);
        drop_state(&c->call, state);
        return copy;
    }
    pw_buf bytes;
    pw_buf_init(&bytes);
    aggregate->encode(&c->call, state, &bytes);
    for (size_t i = 0; i < bytes.length; i++) {
        void *partial = new_state(&c->call);
        char *exact = malloc(i + 1);
        memcpy(exact, pw_buf_str(&bytes).data, i);
        if (aggregate->decode(&c->call, partial, (pw_str){exact, i}))
            drop_state(&c->call, partial);
        else
            free(partial);
        free(exact);
    }
    assert_true(aggregate->decode(&c->call, copy, pw_buf_str(&bytes)));
    pw_buf_deinit(&bytes);
    drop_state(&c->call, state);
    return copy;
}

static void run_aggregate(pw_arena *arena, const pw_signature *signature) {
    const pw_function *row = signature->function;
    const pw_aggregate *aggregate = row->aggregate;
    aggregate_case c = {0};
    pw_error err;
    pw_str text = pw_str_from(row->example);
    text = (pw_str){text.data + signature->name.length, text.length - signature->name.length};
    set_up_call(arena, signature, &text, &c);
    if (signature->parameter_count == 0) {
        assert_true(take(&text, "over [] ="));
        c.expected = value_from(arena, c.call.result_type, &text);
    } else {
        read_rows(arena, &text, &c);
    }
    if (aggregate->open) assert_int_equal(aggregate->open(arena, &c.call, &err), PW_OK);

    void *state = new_state(&c.call);
    add_rows(&c, state, 0, c.row_count);
    check_result(arena, row, &c, state, "in one go");
    if (aggregate->undo && c.call.arg_count > 0) {
        const pw_slot *args[ARGS_MAX];
        add_rows(&c, state, 0, 1);
        for (uint32_t a = 0; a < c.call.arg_count; a++)
            args[a] = &c.columns[a][0];
        assert_int_equal(aggregate->undo(&c.call, state, args, &err), PW_OK);
        check_result(arena, row, &c, state, "after an undo");
    }
    state = reload(&c, state);
    check_result(arena, row, &c, state, "from the store");
    drop_state(&c.call, state);

    void *first = new_state(&c.call), *second = new_state(&c.call);
    add_rows(&c, first, 0, c.row_count / 2);
    add_rows(&c, second, c.row_count / 2, c.row_count);
    first = reload(&c, first);
    if (aggregate->merge) {
        assert_int_equal(aggregate->merge(&c.call, first, second, &err), PW_OK);
        check_result(arena, row, &c, first, "merged");
    }
    drop_state(&c.call, first);
    drop_state(&c.call, second);
}

static void test_aggregate_examples(void **unused) {
    (void)unused;
    size_t count = 0;
    const pw_signature *const *all = pw_function_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (!all[i]->function->aggregate) continue;
        pw_arena arena;
        pw_arena_init(&arena, 0);
        run_aggregate(&arena, all[i]);
        pw_arena_deinit(&arena);
    }
}

static void test_table_examples(void **unused) {
    (void)unused;
    size_t count = 0;
    const pw_signature *const *all = pw_function_all(&count);
    for (size_t i = 0; i < count; i++) {
        const pw_function *row = all[i]->function;
        if (!row->table) continue;
        pw_arena arena;
        pw_arena_init(&arena, 0);
        const pw_type *type = pw_type_array(&arena, &pw_type_integer);
        bool gives_arrays = all[i]->result->kind == PW_PATTERN_ARRAY;
        const pw_type *rows_type = pw_type_array(&arena, gives_arrays ? type : &pw_type_integer);
        pw_str text = pw_str_from(row->example);
        text = (pw_str){text.data + all[i]->name.length, text.length - all[i]->name.length};
        assert_true(take(&text, "over ["));
        pw_slot argument = value_from(&arena, type, &text);
        assert_true(take(&text, "] ="));
        pw_slot expected = value_from(&arena, rows_type, &text), *rows = NULL;
        uint32_t row_count = 0;
        const char *message = NULL;
        assert_int_equal(row->table(&arena, type, &argument, &rows, &row_count, &message), PW_OK);
        pw_slot got = pw_slot_items(rows, row_count);
        assert_true(pw_slot_equal(rows_type, &got, &expected));
        pw_arena_deinit(&arena);
    }
}

/* --- the registry -------------------------------------------------------------------------- */

static void test_every_row(void **unused) {
    (void)unused;
    size_t count = 0;
    const pw_signature *const *all = pw_function_all(&count);
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        const pw_function *row = all[i]->function;
        if (!row->doc || !row->doc[0] || !row->example || !row->example[0])
            fail_msg("%s has no doc or no example", row->signature);
        int kinds = (row->scalar != NULL) + (row->aggregate != NULL) + (row->table != NULL);
        if (kinds != 1) fail_msg("%s must be one kind of function", row->signature);
        for (size_t j = i + 1; j < count && pw_str_equal(all[i]->name, all[j]->name); j++)
            if (strcmp(row->signature, all[j]->function->signature) == 0)
                fail_msg("%s stands twice", row->signature);
        if (row->aggregate) {
            const pw_aggregate *aggregate = row->aggregate;
            assert_true(aggregate->state_bytes % 8 == 0);
            assert_true(aggregate->init && aggregate->add && aggregate->result);
            assert_true(!aggregate->encode == !aggregate->decode);
            if ((row->flags & PW_FN_TABLE_UNDO) && !aggregate->undo)
                fail_msg("%s cannot undo", row->signature);
        }
    }
}

static void test_names(void **unused) {
    (void)unused;
    size_t count = 0;
    assert_non_null(pw_function_signatures(PW_STR("abs"), &count));
    assert_int_equal(count, 4);
    assert_null(pw_function_signatures(PW_STR("NO_SUCH"), &count));
    assert_int_equal(count, 0);
    assert_true(pw_function_is_aggregate(PW_STR("Sum")));
    assert_false(pw_function_is_aggregate(PW_STR("ABS")));
}

static void test_unknown_name(void **unused) {
    (void)unused;
    pw_arena arena;
    pw_error err;
    pw_arena_init(&arena, 0);
    const pw_signature *signature = NULL;
    const pw_type **coerced = NULL, *result = NULL;
    pw_error_clear(&err);
    assert_int_equal(pw_function_find(&arena, PW_STR("ABSS"), NULL, NULL, 0, PW_SPAN_NONE,
                                      &signature, &coerced, &result, &err),
                     PW_UNKNOWN);
    assert_string_equal(err.message, "Can't find any functions with the name 'ABSS'");
    assert_string_equal(err.hint, "did you mean ABS?");
    pw_arena_deinit(&arena);
}

static void test_bad_signatures(void **unused) {
    (void)unused;
    static const char *const bad[] = {
        "",
        "F",
        "F()",
        "F() -> ",
        "F(a) -> INT",
        "F(a NO) -> INT",
        "F(a INT... , b INT...) -> INT",
        "F(a ARRAY<INT) -> INT",
        "F(a DECIMAL(0,1)) -> INT",
        "F(a INT) -> INT INT",
        "F(a ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<INT>>>>>>>>>) -> INT",
    };
    pw_arena arena;
    pw_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pw_function function = {.signature = bad[i]};
        pw_signature signature;
        if (pw_signature_parse(&arena, &function, "", &signature))
            fail_msg("'%s' is no signature", bad[i]);
    }
    pw_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_unknown_name),   cmocka_unit_test(test_bad_signatures),
        cmocka_unit_test(test_scalar_cases),   cmocka_unit_test(test_aggregate_examples),
        cmocka_unit_test(test_table_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
