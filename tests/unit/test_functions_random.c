/* Every scalar function, called with arguments picked at random from nasty ones, gives a value of
 * its type or fails the row; every aggregate refuses or survives random bytes as its state. Nothing
 * may crash, overflow or run away. The seed is fixed, so a failure comes again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "functions/functions_private.h"
#include "types/decimal.h"

enum { ROUNDS = 400, ARGS_MAX = 12, PIECES_MAX = 4 };

static uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);

static uint32_t pick(uint32_t count) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % count;
}

static const char *const pieces[] = {
    "",
    "a",
    "44",
    "-1",
    "2022-02-29",
    "yyyy-MM-dd",
    "HH:mm:ss.SSS",
    "12:30",
    "'",
    "''",
    "%",
    "%41",
    "{\"a\":[1]}",
    "[1,2",
    "\"",
    "$.a[0]",
    "\\u004b",
    "Ünïcödé",
    "🏎",
    "x*",
    "(a|b)+",
    "(?<n>a)",
    "[a-",
    "\\",
    "utf8",
    "hex",
    "base64",
    "ascii",
    "UTC",
    "Europe/Berlin",
    "+02:00",
    "desc",
    "http://",
    "u@h:80/p?q=1#f",
    ":",
    "\x01\x7f",
    "9999999999999999999",
    "1e999",
    "null",
    "DAYS",
    "BIG_ENDIAN",
    "\xEF\xBB\xBF",
    "[[",
    "]",
    "yyyyMMddHHmmss",
    "E e c w Y D",
    "zVVXxZO",
    "$1${n}\\",
};
static const int64_t numbers[] = {0,   1,   -1,   2,     3,        -7,     31,        32,
                                  127, 255, 1000, -1000, 0x10FFFF, 0xD800, INT32_MAX, INT32_MIN};
static const int64_t large[] = {INT64_MAX, INT64_MIN, INT64_C(253402300800000), -62167219200001};
static const double doubles[] = {0, -0.0, 0.5, -2.5, 1e300, -1e300, 5e-324, 91, 180.5, 1e18, 2.675};

static pw_slot any_text(pw_arena *arena) {
    pw_str out = PW_STR_EMPTY;
    for (uint32_t i = pick(PIECES_MAX) + 1; i > 0; i--)
        out = pw_arena_format(arena, "%.*s%s", PW_STR_ARGS(out),
                              pieces[pick(sizeof pieces / sizeof pieces[0])]);
    char *exact = pw_arena_alloc(arena, out.length + 1);
    memcpy(exact, out.data, out.length);
    return pw_slot_text(exact, out.length);
}

static int64_t any_number(const pw_type *type) {
    bool is_wide = type->kind == PW_TYPE_BIGINT || type->kind == PW_TYPE_TIMESTAMP;
    if (is_wide && pick(4) == 0) return large[pick(4)];
    int64_t number = numbers[pick(sizeof numbers / sizeof numbers[0])];
    if (type->kind == PW_TYPE_BOOLEAN) return number & 1;
    return type->kind == PW_TYPE_TIME ? (number < 0 ? 0 : number) % 86400000 : number;
}

static pw_slot any_value(pw_arena *arena, const pw_type *type);

static pw_slot any_items(pw_arena *arena, const pw_type *type) {
    bool is_struct = type->kind == PW_TYPE_STRUCT, is_map = type->kind == PW_TYPE_MAP;
    uint32_t count = is_struct ? type->field_count : pick(5);
    uint32_t slot_count = is_map ? 2 * count : count;
    pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, slot_count + 1);
    for (uint32_t i = 0; i < slot_count; i++)
        items[i] = any_value(arena, is_struct              ? type->fields[i].type
                                    : is_map && i % 2 == 0 ? type->key
                                                           : type->element);
    return pw_slot_items(items, count);
}

static pw_slot any_value(pw_arena *arena, const pw_type *type) {
    if (type->kind == PW_TYPE_NULL || pick(8) == 0) return pw_slot_null();
    if (pw_type_is_nested(type)) return any_items(arena, type);
    if (type->kind == PW_TYPE_STRING || type->kind == PW_TYPE_BYTES) return any_text(arena);
    if (type->kind == PW_TYPE_DOUBLE)
        return pw_slot_f64(doubles[pick(sizeof doubles / sizeof doubles[0])]);
    if (type->kind != PW_TYPE_DECIMAL) return pw_slot_i64(any_number(type));
    pw_i128 most = pw_decimal_power_of_ten(type->precision) - 1;
    static const int shares[] = {0, 1, -1, 2, -2, 3};
    int share = shares[pick(6)];
    return pw_decimal_slot(arena, type, share ? most / share : 0);
}

static const pw_type *any_type(pw_arena *arena, const pw_type_pattern *pattern) {
    static const pw_type *const scalars[] = {&pw_type_integer, &pw_type_string, &pw_type_double,
                                             &pw_type_bigint,  &pw_type_bytes,  &pw_type_boolean};
    switch (pattern->kind) {
    case PW_PATTERN_TYPE: return pattern->type;
    case PW_PATTERN_DECIMAL: {
        int32_t precision = (int32_t)pick(38) + 1;
        return pw_type_decimal(arena, precision, (int32_t)pick((uint32_t)precision + 1));
    }
    case PW_PATTERN_VARIABLE: /* one type for all variables of a round: see call_random */
    case PW_PATTERN_ANY: return scalars[(seed >> 60) % 6];
    case PW_PATTERN_ARRAY: return pw_type_array(arena, any_type(arena, pattern->element));
    case PW_PATTERN_MAP:
        return pw_type_map(arena, any_type(arena, pattern->key), any_type(arena, pattern->element));
    case PW_PATTERN_STRUCT:
    case PW_PATTERN_LAMBDA: break;
    }
    return NULL;
}

static void check_value(const pw_function *row, const pw_type *type, const pw_slot *value) {
    if (value->is_null) return;
    bool is_good = true;
    if (type->kind == PW_TYPE_STRING)
        is_good = pw_utf8_check(value->text, value->length) == value->length;
    if (type->kind == PW_TYPE_INTEGER) is_good = value->i64 == pw_wrap_i32(value->i64);
    if (type->kind == PW_TYPE_BOOLEAN) is_good = value->i64 == 0 || value->i64 == 1;
    if (!is_good) fail_msg("%s gives no value of its type", row->signature);
    if (type->kind == PW_TYPE_ARRAY)
        for (uint32_t i = 0; i < value->length; i++)
            check_value(row, type->element, &value->items[i]);
}

static void note_failure(pw_call *call, uint32_t row, const char *message) {
    assert_non_null(message);
    call->out[row] = pw_slot_null();
}

static void call_random(pw_arena *arena, const pw_signature *signature) {
    const pw_type *types[ARGS_MAX], **coerced = NULL, *result_type = NULL;
    pw_slot values[ARGS_MAX], out = pw_slot_null();
    pw_vector vectors[ARGS_MAX];
    const pw_slot *constants[ARGS_MAX] = {0};
    const pw_signature *found = NULL;
    bool has_null = false, are_constant = pick(2) == 0;
    uint32_t count = signature->parameter_count, rows[1] = {0};
    pw_error err;
    uint64_t type_bits = (uint64_t)pick(6) << 60;
    for (uint32_t i = 0; i < count; i++) {
        seed = (seed & ~(UINT64_C(15) << 60)) | type_bits;
        types[i] = any_type(arena, signature->parameters[i].pattern);
        if (!types[i]) return;
        values[i] = any_value(arena, types[i]);
        has_null |= values[i].is_null != 0;
        vectors[i] = pw_vector_constant(arena, values[i]);
        if (are_constant) constants[i] = &values[i];
    }
    if (pw_function_find(arena, signature->name, types, NULL, count, PW_SPAN_NONE, &found, &coerced,
                         &result_type, &err) != PW_OK ||
        found != signature)
        return;
    const pw_function *row = signature->function;
    for (uint32_t i = 0; i < count; i++)
        if (!pw_type_equal(types[i], coerced[i])) return;
    if (has_null && row->flags & (PW_FN_NULL_IN_NULL_OUT | PW_FN_NULL_FAILS)) return;
    pw_call call = {.arena = arena,
                    .args = vectors,
                    .arg_count = count,
                    .arg_types = coerced,
                    .result_type = result_type,
                    .out = &out,
                    .rows = rows,
                    .row_count = 1,
                    .fail = note_failure};
    if (row->open && row->open(arena, constants, count, &call.state, &err) != PW_OK) return;
    row->scalar(&call);
    check_value(row, result_type, &out);
}

static void test_scalars(void **unused) {
    (void)unused;
    size_t count = 0;
    const pw_signature *const *all = pw_function_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (!all[i]->function->scalar) continue;
        pw_arena arena;
        pw_arena_init(&arena, 0);
        for (int round = 0; round < ROUNDS; round++) {
            call_random(&arena, all[i]);
            pw_arena_reset(&arena);
        }
        pw_arena_deinit(&arena);
    }
}

/* Bytes at random, and bytes that an empty state wrote with some of them changed. */
static void decode_random(pw_arena *arena, const pw_aggregate_call *call) {
    uint8_t bytes[64];
    uint32_t length = pick(sizeof bytes);
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = pick(3) ? (uint8_t)pick(3) : (uint8_t)pick(256);
    void *state = calloc(1, call->aggregate->state_bytes);
    call->aggregate->init(call, state);
    uint8_t *exact = malloc(length + 1);
    memcpy(exact, bytes, length);
    if (call->aggregate->decode(call, state, (pw_str){(const char *)exact, length})) {
        pw_buf out;
        pw_buf_init(&out);
        (void)call->aggregate->result(call, state, arena);
        call->aggregate->encode(call, state, &out);
        pw_buf_deinit(&out);
        call->aggregate->release(call, state);
    }
    free(exact);
    free(state);
}

static void test_states(void **unused) {
    (void)unused;
    size_t count = 0;
    const pw_signature *const *all = pw_function_all(&count);
    const pw_slot two[2] = {pw_slot_i64(2), pw_slot_i64(1)};
    for (size_t i = 0; i < count; i++) {
        const pw_function *row = all[i]->function;
        if (!row->aggregate || !row->aggregate->decode) continue;
        const pw_parameter *first = &all[i]->parameters[0];
        pw_arena arena;
        pw_error err;
        pw_arena_init(&arena, 0);
        for (int round = 0; round < ROUNDS; round++) {
            const pw_type *types[2] = {any_type(&arena, first->pattern), &pw_type_string};
            bool has_more = all[i]->parameter_count - row->init_arg_count > 1;
            pw_aggregate_call call = {.aggregate = row->aggregate,
                                      .arg_types = types,
                                      .arg_count = has_more ? 2 : 1,
                                      .init_args = two,
                                      .init_arg_count = row->init_arg_count,
                                      .result_type = types[0]};
            if (row->aggregate->open)
                assert_int_equal(row->aggregate->open(&arena, &call, &err), PW_OK);
            decode_random(&arena, &call);
            pw_arena_reset(&arena);
        }
        pw_arena_deinit(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scalars),
                                       cmocka_unit_test(test_states)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
