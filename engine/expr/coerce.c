/* Implicit conversions (reference, "Coercion"): to a given type, and of several expressions to
 * their common one.
 *
 * Types widen: INTEGER -> BIGINT -> DECIMAL -> DOUBLE, STRING -> time types and BYTES, and so
 * inside ARRAY, MAP, STRUCT. Literals are lax: '5' is a number among numbers, 'no' a BOOLEAN among
 * BOOLEANs, 5 a text among texts. The first expression with a type decides what the others must
 * become. SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_private.h"

#include "types/cast.h"
#include "types/decimal.h"

typedef enum { MERGED, MISMATCH, BAD_TEXT } merge_result;

typedef struct merge_context {
    pw_arena *arena;
    const pw_type *bad_type; /* of a text that is none: what it should have been */
    pw_str bad_text;
} merge_context;

static bool is_literal(const pw_expr *expr) {
    return expr->is_literal && expr->constant && !expr->constant->is_null &&
           !pw_type_is_nested(expr->type);
}

/* A bare NULL, also one that got a type from its neighbours already: it takes any other. */
static bool is_null_literal(const pw_expr *expr) {
    return expr->kind == PW_EXPR_LITERAL && expr->is_literal && expr->constant->is_null;
}

static bool is_literal_text(const pw_expr *expr) {
    return is_literal(expr) && expr->type->kind == PW_TYPE_STRING;
}

static bool is_time_or_bytes(const pw_type *type) {
    return type->kind == PW_TYPE_DATE || type->kind == PW_TYPE_TIME ||
           type->kind == PW_TYPE_TIMESTAMP || type->kind == PW_TYPE_BYTES;
}

static int32_t whole_digits(const pw_type *type) {
    if (type->kind == PW_TYPE_INTEGER) return 10;
    return type->kind == PW_TYPE_BIGINT ? 19 : type->precision - type->scale;
}

static const pw_type *wider_number(pw_arena *arena, const pw_type *a, const pw_type *b) {
    if (a->kind == PW_TYPE_DOUBLE || b->kind == PW_TYPE_DOUBLE) return &pw_type_double;
    if (a->kind == PW_TYPE_DECIMAL || b->kind == PW_TYPE_DECIMAL) {
        int32_t scale = a->scale > b->scale ? a->scale : b->scale;
        int32_t whole = whole_digits(a) > whole_digits(b) ? whole_digits(a) : whole_digits(b);
        int32_t precision = whole + scale;
        if (precision > PW_DECIMAL_PRECISION_MAX) precision = PW_DECIMAL_PRECISION_MAX;
        return pw_type_decimal(arena, precision, scale);
    }
    return a->kind == PW_TYPE_BIGINT || b->kind == PW_TYPE_BIGINT ? &pw_type_bigint
                                                                  : &pw_type_integer;
}

/* --- literal texts ---------------------------------------------------------------------------- */

/* A prefix of true, yes, false or no that is not ambiguous (all are not: their first letters
 * differ). */
static bool parse_boolean(pw_str text, bool *value) {
    static const char *const words[] = {"true", "yes", "false", "no"};
    text = pw_str_trim(text);
    for (size_t i = 0; text.length && i < 4; i++) {
        if (text.length > strlen(words[i]) || strncasecmp(text.data, words[i], text.length) != 0)
            continue;
        *value = i < 2;
        return true;
    }
    return false;
}

/* The narrowest number type of a literal text; *value is exact. */
static const pw_type *number_type_of_text(pw_arena *arena, pw_str text, pw_i128 *value) {
    int32_t scale = 0;
    if (!pw_decimal_parse(pw_str_trim(text), value, &scale)) return NULL;
    while (scale > 0 && *value % 10 == 0) {
        *value /= 10;
        scale--;
    }
    if (scale < 0 && !pw_decimal_rescale(*value, scale, 0, PW_ROUND_UNNECESSARY, value))
        return NULL;
    if (scale < 0) scale = 0;
    if (scale == 0 && *value >= INT32_MIN && *value <= INT32_MAX) return &pw_type_integer;
    if (scale == 0 && *value >= INT64_MIN && *value <= INT64_MAX) return &pw_type_bigint;
    int32_t precision = scale + 1;
    while (precision < PW_DECIMAL_PRECISION_MAX && !pw_decimal_fits(*value, precision))
        precision++;
    return pw_type_decimal(arena, precision, scale);
}

static pw_slot number_slot(pw_arena *arena, const pw_type *type, pw_i128 value) {
    return type->kind == PW_TYPE_DECIMAL ? pw_decimal_slot(arena, type, value)
                                         : pw_slot_i64((int64_t)value);
}

/* --- the common type -------------------------------------------------------------------------- */

static merge_result merge_expr(merge_context *merger, const pw_type *common, const pw_expr *expr,
                               const pw_type **out);

static merge_result merge_bad_text(merge_context *merger, const pw_type *type,
                                   const pw_expr *expr) {
    merger->bad_type = type;
    merger->bad_text = pw_slot_as_str(expr->constant);
    return BAD_TEXT;
}

static merge_result merge_types(merge_context *merger, const pw_type *a, const pw_type *b,
                                const pw_type **out);

/* Fields of both, those of `a` first. `exprs`: the values of b's fields, where it is a constructor.
 */
static merge_result merge_structs(merge_context *merger, const pw_type *a, const pw_type *b,
                                  const pw_expr *const *exprs, const pw_type **out) {
    pw_field *fields = PW_NEW_ARRAY(merger->arena, pw_field, a->field_count + b->field_count + 1);
    uint32_t count = a->field_count;
    if (count) memcpy(fields, a->fields, count * sizeof *fields);
    for (uint32_t i = 0; i < b->field_count; i++) {
        int32_t at = pw_type_field_index(a, b->fields[i].name);
        if (at < 0) {
            fields[count++] = b->fields[i];
            continue;
        }
        merge_result result =
            exprs ? merge_expr(merger, fields[at].type, exprs[i], &fields[at].type)
                  : merge_types(merger, fields[at].type, b->fields[i].type, &fields[at].type);
        if (result != MERGED) return result;
    }
    *out = count == a->field_count && count == 0 ? a : pw_type_struct(merger->arena, fields, count);
    return MERGED;
}

static merge_result merge_types(merge_context *merger, const pw_type *a, const pw_type *b,
                                const pw_type **out) {
    const pw_type *key = NULL, *element = NULL;
    *out = a;
    if (pw_type_equal(a, b) || b->kind == PW_TYPE_NULL) return MERGED;
    if (pw_type_is_number(a) && pw_type_is_number(b)) {
        *out = wider_number(merger->arena, a, b);
        return MERGED;
    }
    if (is_time_or_bytes(a) && b->kind == PW_TYPE_STRING) return MERGED;
    if (a->kind != b->kind) return MISMATCH;
    if (a->kind == PW_TYPE_STRUCT) return merge_structs(merger, a, b, NULL, out);
    if (a->kind != PW_TYPE_ARRAY && a->kind != PW_TYPE_MAP) return MISMATCH;
    merge_result result = merge_types(merger, a->element, b->element, &element);
    if (result == MERGED && a->kind == PW_TYPE_MAP)
        result = merge_types(merger, a->key, b->key, &key);
    if (result != MERGED) return result;
    *out = key ? pw_type_map(merger->arena, key, element) : pw_type_array(merger->arena, element);
    return MERGED;
}

/* The members of an ARRAY or MAP constructor one by one: each may be a literal. */
static merge_result merge_constructor(merge_context *merger, const pw_type *common,
                                      const pw_expr *expr, const pw_type **out) {
    const pw_type *key = common->key, *element = common->element;
    bool is_map = common->kind == PW_TYPE_MAP;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        const pw_type **part = is_map && i % 2 == 0 ? &key : &element;
        merge_result result = merge_expr(merger, *part, expr->args[i], part);
        if (result != MERGED) return result;
    }
    *out =
        is_map ? pw_type_map(merger->arena, key, element) : pw_type_array(merger->arena, element);
    return MERGED;
}

static merge_result merge_expr(merge_context *merger, const pw_type *common, const pw_expr *expr,
                               const pw_type **out) {
    const pw_type *type = expr->type;
    *out = common;
    if (pw_type_equal(common, type) || is_null_literal(expr)) return MERGED;
    if (common->kind == PW_TYPE_NULL) {
        *out = type;
        return MERGED;
    }
    if (common->kind == PW_TYPE_STRING && is_literal(expr)) return MERGED;
    if (is_literal_text(expr) && pw_type_is_number(common)) {
        pw_i128 value = 0;
        const pw_type *number =
            number_type_of_text(merger->arena, pw_slot_as_str(expr->constant), &value);
        if (!number) return merge_bad_text(merger, common, expr);
        *out = wider_number(merger->arena, common, number);
        return MERGED;
    }
    if (is_literal_text(expr) && common->kind == PW_TYPE_BOOLEAN) {
        bool value = false;
        if (parse_boolean(pw_slot_as_str(expr->constant), &value)) return MERGED;
        return merge_bad_text(merger, common, expr);
    }
    if (expr->kind == PW_EXPR_STRUCT && common->kind == PW_TYPE_STRUCT) {
        return merge_structs(merger, common, type, expr->args, out);
    }
    bool is_constructor = (expr->kind == PW_EXPR_ARRAY && common->kind == PW_TYPE_ARRAY) ||
                          (expr->kind == PW_EXPR_MAP && common->kind == PW_TYPE_MAP);
    return is_constructor ? merge_constructor(merger, common, expr, out)
                          : merge_types(merger, common, type, out);
}

static const char *base_name(const pw_type *type, pw_arena *arena) {
    return type->kind == PW_TYPE_DECIMAL ? "DECIMAL" : pw_type_text(arena, type);
}

static pw_status fail_text(pw_arena *arena, const pw_type *type, pw_str text, pw_span at,
                           const char *prefix, pw_error *err) {
    return pw_fail(err, PW_INVALID, at, "%sinvalid input syntax for type %s: \"%.*s\".", prefix,
                   base_name(type, arena), PW_STR_ARGS(text));
}

static pw_status fail_mismatch(pw_arena *arena, const pw_type *common, const pw_expr *expr,
                               const char *prefix, pw_error *err) {
    pw_buf text;
    pw_buf_init(&text);
    pw_expr_print(expr, &text);
    pw_status status =
        pw_fail(err, PW_INVALID, expr->span, "%soperator does not exist: %s = %s (%.*s)", prefix,
                pw_type_text(arena, common), pw_type_text(arena, expr->type),
                PW_STR_ARGS(pw_buf_str(&text)));
    pw_buf_deinit(&text);
    if (err) pw_error_hint(err, "You might need to add explicit type casts.");
    return status;
}

pw_status pw_coerce_to_common(pw_arena *arena, const pw_expr **exprs, uint32_t count,
                              const char *prefix, const pw_type **type, pw_error *err) {
    merge_context merger = {.arena = arena};
    const pw_type *common = &pw_type_null;
    for (uint32_t i = 0; i < count; i++) {
        merge_result result = merge_expr(&merger, common, exprs[i], type);
        if (result == BAD_TEXT) {
            return fail_text(arena, merger.bad_type, merger.bad_text, exprs[i]->span, prefix, err);
        }
        if (result == MISMATCH) return fail_mismatch(arena, common, exprs[i], prefix, err);
        common = *type;
    }
    *type = common;
    if (common->kind == PW_TYPE_NULL) return PW_OK;
    for (uint32_t i = 0; i < count; i++) {
        PW_TRY(pw_expr_coerce(arena, exprs[i], common, true, &exprs[i], err));
    }
    return PW_OK;
}

/* --- to a given type -------------------------------------------------------------------------- */

static bool is_widening(const pw_type *from, const pw_type *to) {
    if (pw_type_equal(from, to) || from->kind == PW_TYPE_NULL) return true;
    if (from->kind == PW_TYPE_STRING && is_time_or_bytes(to)) return true;
    if (from->kind == PW_TYPE_INTEGER && to->kind == PW_TYPE_BIGINT) return true;
    if (pw_type_is_number(from) && to->kind == PW_TYPE_DOUBLE) return true;
    if (pw_type_is_number(from) && from->kind != PW_TYPE_DOUBLE && to->kind == PW_TYPE_DECIMAL) {
        /* A common type cut at 38 digits still takes all its members. */
        if (to->precision == PW_DECIMAL_PRECISION_MAX) return true;
        return to->scale >= from->scale && whole_digits(to) >= whole_digits(from);
    }
    if (from->kind != to->kind) return false;
    if (from->kind == PW_TYPE_ARRAY) return is_widening(from->element, to->element);
    if (from->kind == PW_TYPE_MAP)
        return is_widening(from->key, to->key) && is_widening(from->element, to->element);
    if (from->kind != PW_TYPE_STRUCT) return false;
    for (uint32_t i = 0; i < from->field_count; i++) {
        int32_t at = pw_type_field_index(to, from->fields[i].name);
        if (at < 0 || !is_widening(from->fields[i].type, to->fields[at].type)) return false;
    }
    return true;
}

static pw_status fail_coerce(pw_arena *arena, const pw_expr *expr, const pw_type *type,
                             pw_error *err) {
    return pw_fail(err, PW_INVALID, expr->span, "Expected type %s but got %s",
                   pw_type_text(arena, type), pw_type_text(arena, expr->type));
}

static pw_status coerce_text(pw_arena *arena, const pw_expr *expr, const pw_type *type,
                             const pw_expr **out, pw_error *err) {
    pw_str text = pw_slot_as_str(expr->constant);
    if (type->kind == PW_TYPE_BOOLEAN) {
        bool value = false;
        if (!parse_boolean(text, &value)) return fail_text(arena, type, text, expr->span, "", err);
        *out = pw_expr_make_constant(arena, type, pw_slot_i64(value), expr->span);
        return PW_OK;
    }
    pw_i128 value = 0;
    const pw_type *number = number_type_of_text(arena, text, &value);
    if (!number) return fail_text(arena, type, text, expr->span, "", err);
    const pw_expr *literal =
        pw_expr_make_constant(arena, number, number_slot(arena, number, value), expr->span);
    if (pw_expr_coerce(arena, literal, type, true, out, NULL) == PW_OK) return PW_OK;
    return fail_text(arena, type, text, expr->span, "", err);
}

/* A number literal may become any DECIMAL that holds it exactly: 1 as DECIMAL(2, 1). */
static bool coerce_number(pw_arena *arena, const pw_expr *expr, const pw_type *type,
                          const pw_expr **out) {
    if (type->kind != PW_TYPE_DECIMAL || expr->type->kind == PW_TYPE_DOUBLE) return false;
    pw_i128 value = expr->type->kind == PW_TYPE_DECIMAL ? pw_decimal_get(expr->type, expr->constant)
                                                        : (pw_i128)expr->constant->i64;
    if (!pw_decimal_rescale(value, expr->type->scale, type->scale, PW_ROUND_UNNECESSARY, &value))
        return false;
    if (!pw_decimal_fits(value, type->precision)) return false;
    *out = pw_expr_make_constant(arena, type, pw_decimal_slot(arena, type, value), expr->span);
    return true;
}

static pw_status coerce_constructor(pw_arena *arena, const pw_expr *expr, const pw_type *type,
                                    bool is_lax, const pw_expr **out, pw_error *err) {
    bool is_struct = expr->kind == PW_EXPR_STRUCT;
    uint32_t count = is_struct ? type->field_count : expr->arg_count;
    const pw_expr **args = PW_NEW_ARRAY(arena, const pw_expr *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const pw_type *part = is_struct                                 ? type->fields[i].type
                              : expr->kind == PW_EXPR_MAP && i % 2 == 0 ? type->key
                                                                        : type->element;
        int32_t from =
            is_struct ? pw_type_field_index(expr->type, type->fields[i].name) : (int32_t)i;
        if (from < 0) {
            args[i] = pw_expr_make_null(arena, part, expr->span);
        } else {
            PW_TRY(pw_expr_coerce(arena, expr->args[from], part, is_lax, &args[i], err));
        }
    }
    for (uint32_t i = 0; is_struct && i < expr->arg_count; i++) {
        if (pw_type_field_index(type, expr->type->fields[i].name) < 0)
            return fail_coerce(arena, expr, type, err);
    }
    pw_expr draft = {.kind = expr->kind, .type = type, .span = expr->span};
    *out = pw_expr_make(arena, draft, args, count);
    return PW_OK;
}

pw_status pw_expr_coerce(pw_arena *arena, const pw_expr *expr, const pw_type *type, bool is_lax,
                         const pw_expr **out, pw_error *err) {
    *out = expr;
    if (pw_type_equal(expr->type, type)) return PW_OK;
    if (is_null_literal(expr)) {
        *out = pw_expr_make_null(arena, type, expr->span);
        return PW_OK;
    }
    bool is_constructor = (expr->kind == PW_EXPR_ARRAY && type->kind == PW_TYPE_ARRAY) ||
                          (expr->kind == PW_EXPR_MAP && type->kind == PW_TYPE_MAP) ||
                          (expr->kind == PW_EXPR_STRUCT && type->kind == PW_TYPE_STRUCT);
    if (is_constructor) return coerce_constructor(arena, expr, type, is_lax, out, err);
    bool is_scalar_target = pw_type_is_number(type) || type->kind == PW_TYPE_BOOLEAN;
    if (is_lax && is_literal_text(expr) && is_scalar_target)
        return coerce_text(arena, expr, type, out, err);
    if (is_literal(expr) && pw_type_is_number(expr->type) && coerce_number(arena, expr, type, out))
        return PW_OK;
    bool becomes_text = is_lax && is_literal(expr) && type->kind == PW_TYPE_STRING;
    if (!becomes_text && !is_widening(expr->type, type)) return fail_coerce(arena, expr, type, err);
    if (!pw_cast_is_allowed(expr->type, type)) return fail_coerce(arena, expr, type, err);
    *out = pw_expr_make_cast(arena, expr, type);
    return PW_OK;
}
