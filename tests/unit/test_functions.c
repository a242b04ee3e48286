/* Functions called through the registry, without the expression engine.
 *
 * A case is a line: name, arguments as TYPE:value separated by " | ", and the result as CAST(... AS
 * STRING) prints it, NULL, or ERROR for a row that fails. Text at the top stands as it is; inside arrays
 * it is quoted: ARRAY<STRING>:['a', NULL]. The examples of aggregates are lines of the same kind.
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
    while (text->length && text->data[0] == ' ') *text = (pw_str){text->data + 1, text->length - 1};
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
    bool is_time = type->kind == PW_TYPE_DATE || type->kind == PW_TYPE_TIME ||
                   type->kind == PW_TYPE_TIMESTAMP;
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
        rest = end == SIZE_MAX ? PW_STR_EMPTY : (pw_str){rest.data + end + 3, rest.length - end - 3};
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
        for (uint32_t i = 0; i < out.length; i++) pw_buf_format(&buf, "%02x", out.bytes[i]);
    } else {
        pw_slot_print_text(result_type, &out, &buf);
    }
    const char *text = pw_arena_cstr(arena, pw_buf_str(&buf));
    pw_buf_deinit(&buf);
    return text;
}

static void test_scalar_cases(void **unused) {
    (void)unused;
    uint32_t bad = 0;
    for (size_t i = 0; i < scalar_case_count; i++) {
        const scalar_case *c = &scalar_cases[i];
        pw_arena arena;
        pw_arena_init(&arena, 0);
        const char *got = outcome(&arena, c->name, c->arguments);
        if (strncmp(got, c->expected, strlen(c->expected)) != 0 ||
            (strlen(got) != strlen(c->expected) && !strstr(got, "Function '"))) {
            print_error("%s(%s): %s, not %s\n", c->name, c->arguments, got, c->expected);
            bad++;
        }
        pw_arena_deinit(&arena);
    }
    assert_int_equal(bad, 0);
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
        "",          "F",           "F()",           "F() -> ",          "F(a) -> INT",
        "F(a NO) -> INT", "F(a INT... , b INT...) -> INT", "F(a ARRAY<INT) -> INT",
        "F(a DECIMAL(0,1)) -> INT", "F(a INT) -> INT INT", "F(a ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<ARRAY<"
        "ARRAY<ARRAY<ARRAY<ARRAY<INT>>>>>>>>>>) -> INT",
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
        cmocka_unit_test(test_scalar_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
