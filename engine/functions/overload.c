/* Which signature of a name fits the types of the arguments.
 *
 * As in ksqlDB there are two rounds: first without any conversion, then with the implicit ones
 * (numbers widen INTEGER -> BIGINT -> DECIMAL -> DOUBLE; text becomes BYTES or a time type). Within
 * a round a fixed number of arguments beats a variadic, and plain types beat type variables; a tie
 * is refused, so POWER(BIGINT, INTEGER) is ambiguous: (BIGINT, BIGINT) and (DOUBLE, DOUBLE) both
 * fit. Aggregates and table functions take no implicit conversions: AVG of a DECIMAL is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/error.h"
#include "functions/functions_private.h"

enum { VARIABLE_COUNT = 26, INTEGER_DIGITS = 10, BIGINT_DIGITS = 19 };

typedef struct binding {
    const pw_type *type; /* NULL while not bound */
    bool is_pinned;      /* bound inside an ARRAY or MAP: no other type would do */
} binding;

typedef struct match {
    pw_arena *arena;
    bool allows_casts;
    binding variables[VARIABLE_COUNT];
    const pw_type *first_decimal; /* of the converted arguments: what DECIMAL means as a result */
} match;

typedef struct question {
    pw_arena *arena;
    const pw_type *const *arg_types;
    uint32_t arg_count;
} question;

static const pw_type *as_decimal(pw_arena *arena, const pw_type *type) {
    switch (type->kind) {
    case PW_TYPE_DECIMAL: return type;
    case PW_TYPE_INTEGER: return pw_type_decimal(arena, INTEGER_DIGITS, 0);
    case PW_TYPE_BIGINT: return pw_type_decimal(arena, BIGINT_DIGITS, 0);
    case PW_TYPE_NULL:
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_DOUBLE:
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    return NULL;
}

static int number_rank(const pw_type *type) {
    if (type->kind == PW_TYPE_INTEGER) return 1;
    if (type->kind == PW_TYPE_BIGINT) return 2;
    if (type->kind == PW_TYPE_DECIMAL) return 3;
    return type->kind == PW_TYPE_DOUBLE ? 4 : 0;
}

static bool can_widen(const pw_type *from, const pw_type *to) {
    if (number_rank(from) && number_rank(to)) return number_rank(from) <= number_rank(to);
    return from->kind == PW_TYPE_STRING &&
           (to->kind == PW_TYPE_BYTES || to->kind == PW_TYPE_DATE || to->kind == PW_TYPE_TIME ||
            to->kind == PW_TYPE_TIMESTAMP);
}

/* The type both widen to, or NULL. */
static const pw_type *common_type(pw_arena *arena, const pw_type *a, const pw_type *b) {
    if (pw_type_equal(a, b)) return a;
    int a_rank = number_rank(a), b_rank = number_rank(b);
    if (a_rank == 0 || b_rank == 0) return can_widen(b, a) ? a : can_widen(a, b) ? b : NULL;
    if (a_rank != 3 && b_rank != 3) return a_rank > b_rank ? a : b;
    if (a_rank == 4 || b_rank == 4) return &pw_type_double;
    const pw_type *x = as_decimal(arena, a), *y = as_decimal(arena, b);
    int32_t scale = x->scale > y->scale ? x->scale : y->scale;
    int32_t x_whole = x->precision - x->scale, y_whole = y->precision - y->scale;
    return pw_type_decimal(arena, (x_whole > y_whole ? x_whole : y_whole) + scale, scale);
}

static bool bind_variable(match *m, char name, const pw_type *type, bool is_nested) {
    binding *bound = &m->variables[name - 'A'];
    if (!bound->type || pw_type_equal(bound->type, type)) {
        bound->type = type;
        bound->is_pinned |= is_nested;
        return true;
    }
    if (!m->allows_casts) return false;
    const pw_type *common = common_type(m->arena, bound->type, type);
    if (!common) return false;
    if (bound->is_pinned && !pw_type_equal(common, bound->type)) return false;
    if (is_nested && !pw_type_equal(common, type)) return false;
    bound->type = common;
    bound->is_pinned |= is_nested;
    return true;
}

static bool match_type(match *m, const pw_type_pattern *pattern, const pw_type *type,
                       bool is_nested);

static bool match_struct(match *m, const pw_type_pattern *pattern, const pw_type *type) {
    if (type->kind != PW_TYPE_STRUCT || type->field_count != pattern->child_count) return false;
    for (uint32_t i = 0; i < type->field_count; i++)
        if (!pw_str_equal(type->fields[i].name, pattern->names[i]) ||
            !match_type(m, pattern->children[i], type->fields[i].type, true))
            return false;
    return true;
}

static bool match_type(match *m, const pw_type_pattern *pattern, const pw_type *type,
                       bool is_nested) {
    if (pattern->kind == PW_PATTERN_LAMBDA) return false;
    if (pattern->kind == PW_PATTERN_ANY || type->kind == PW_TYPE_NULL) return true;
    switch (pattern->kind) {
    case PW_PATTERN_TYPE:
        return pw_type_equal(pattern->type, type) ||
               (m->allows_casts && can_widen(type, pattern->type));
    case PW_PATTERN_DECIMAL:
        return type->kind == PW_TYPE_DECIMAL ||
               (m->allows_casts && number_rank(type) && number_rank(type) <= 3);
    case PW_PATTERN_VARIABLE: return bind_variable(m, pattern->variable, type, is_nested);
    case PW_PATTERN_ARRAY:
        return type->kind == PW_TYPE_ARRAY && match_type(m, pattern->element, type->element, true);
    case PW_PATTERN_MAP:
        return type->kind == PW_TYPE_MAP && match_type(m, pattern->key, type->key, true) &&
               match_type(m, pattern->element, type->element, true);
    case PW_PATTERN_STRUCT: return match_struct(m, pattern, type);
    case PW_PATTERN_ANY:
    case PW_PATTERN_LAMBDA: break;
    }
    return false;
}

/* The parameter that takes argument `index` of `arg_count`, or NULL when the count does not fit. */
static const pw_parameter *parameter_of(const pw_signature *signature, uint32_t index,
                                        uint32_t arg_count) {
    uint32_t count = signature->parameter_count;
    for (uint32_t v = 0; v < count; v++) {
        const pw_parameter *parameter = &signature->parameters[v];
        if (!parameter->is_variadic || index < v) continue;
        uint32_t repeats = arg_count - (count - 1);
        if (index < v + repeats) return parameter;
        return &signature->parameters[index - repeats + 1];
    }
    return &signature->parameters[index];
}

static bool count_fits(const pw_signature *signature, uint32_t arg_count) {
    for (uint32_t i = 0; i < signature->parameter_count; i++) {
        const pw_parameter *parameter = &signature->parameters[i];
        if (!parameter->is_variadic) continue;
        return arg_count >= signature->parameter_count - (parameter->is_optional_variadic ? 1 : 0);
    }
    return arg_count == signature->parameter_count;
}

static bool try_match(match *m, const pw_signature *signature, const question *q,
                      bool allows_casts) {
    *m = (match){.arena = q->arena, .allows_casts = allows_casts};
    if (!count_fits(signature, q->arg_count)) return false;
    for (uint32_t i = 0; i < q->arg_count; i++) {
        const pw_parameter *parameter = parameter_of(signature, i, q->arg_count);
        if (!match_type(m, parameter->pattern, q->arg_types[i], false)) return false;
    }
    return true;
}

static bool has_variable(const pw_type_pattern *pattern) {
    if (!pattern) return false;
    if (pattern->kind == PW_PATTERN_VARIABLE || pattern->kind == PW_PATTERN_ANY) return true;
    for (uint32_t i = 0; i < pattern->child_count; i++)
        if (has_variable(pattern->children[i])) return true;
    return has_variable(pattern->key) || has_variable(pattern->element);
}

/* Lower is preferred. */
static int preference(const pw_signature *signature) {
    int penalty = 0;
    for (uint32_t i = 0; i < signature->parameter_count; i++) {
        if (signature->parameters[i].is_variadic) penalty |= 2;
        if (has_variable(signature->parameters[i].pattern)) penalty |= 1;
    }
    return penalty;
}

/* The preferred match of one round; *is_tie: another one is as good. */
static const pw_signature *best_match(const pw_signature *const *list, size_t count,
                                      const question *q, bool allows_casts, bool *is_tie) {
    const pw_signature *best = NULL;
    *is_tie = false;
    for (size_t i = 0; i < count; i++) {
        match m;
        if (!try_match(&m, list[i], q, allows_casts)) continue;
        int difference = best ? preference(list[i]) - preference(best) : -1;
        if (difference == 0) *is_tie = true;
        if (difference >= 0) continue;
        best = list[i];
        *is_tie = false;
    }
    return best;
}

/* The type that a pattern stands for with the variables bound; `type` is the argument, if there is
 * one. NULL when a variable is not bound. */
static const pw_type *bound_type(const match *m, const pw_type_pattern *pattern,
                                 const pw_type *type) {
    switch (pattern->kind) {
    case PW_PATTERN_TYPE: return pattern->type;
    case PW_PATTERN_DECIMAL: return type ? as_decimal(m->arena, type) : m->first_decimal;
    case PW_PATTERN_VARIABLE: return m->variables[pattern->variable - 'A'].type;
    case PW_PATTERN_ANY:
    case PW_PATTERN_LAMBDA: return type;
    case PW_PATTERN_ARRAY: {
        const pw_type *element = bound_type(m, pattern->element, type ? type->element : NULL);
        return element ? pw_type_array(m->arena, element) : NULL;
    }
    case PW_PATTERN_MAP: {
        const pw_type *key = bound_type(m, pattern->key, type ? type->key : NULL);
        const pw_type *value = bound_type(m, pattern->element, type ? type->element : NULL);
        return key && value ? pw_type_map(m->arena, key, value) : NULL;
    }
    case PW_PATTERN_STRUCT: break;
    }
    pw_field *fields = PW_NEW_ARRAY(m->arena, pw_field, pattern->child_count);
    for (uint32_t i = 0; i < pattern->child_count; i++) {
        fields[i].name = pattern->names[i];
        fields[i].type = bound_type(m, pattern->children[i], type ? type->fields[i].type : NULL);
        if (!fields[i].type) return NULL;
    }
    return pw_type_struct(m->arena, fields, pattern->child_count);
}

/* ksqlDB registers some names in another case than upper, and says them so in messages. */
static pw_str spelled(pw_str name) {
    static const char *const others[] = {
        "Abs",      "Ceil",         "Chr",          "Exp",          "Floor",
        "Ln",       "Round",        "avg",          "collect_list", "collect_set",
        "concat",   "concat_ws",    "correlation",  "dateadd",      "datesub",
        "explode",  "geo_distance", "greatest",     "histogram",    "least",
        "map_keys", "map_values",   "parse_date",   "parse_time",   "parse_timestamp",
        "power",    "reduce",       "sign",         "sqrt",         "timeadd",
        "timesub",  "timestampadd", "timestampsub", "transform",    "filter",
        "ucase",    "lcase",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (pw_str_equal_nocase(name, pw_str_from(others[i]))) return pw_str_from(others[i]);
    return name;
}

static void print_types(const question *q, pw_buf *out) {
    for (uint32_t i = 0; i < q->arg_count; i++) {
        if (i) pw_buf_add_literal(out, ", ");
        if (q->arg_types[i]->kind == PW_TYPE_NULL) {
            pw_buf_add_literal(out, "null");
        } else {
            pw_type_print(q->arg_types[i], out);
        }
    }
}

/* ksqlDB says VARCHAR and INT in its lists of alternatives. */
static void print_alternative_type(pw_str text, pw_buf *out) {
    while (text.length) {
        if (pw_str_starts_with(text, PW_STR("STRING"))) {
            pw_buf_add_literal(out, "VARCHAR");
            text.data += 6;
            text.length -= 6;
        } else {
            pw_buf_add_char(out, *text.data++);
            text.length--;
        }
    }
}

static void print_alternatives(const pw_signature *const *list, size_t count, pw_buf *out) {
    for (size_t i = 0; i < count; i++) {
        pw_buf_format(out, "\n%.*s(", PW_STR_ARGS(list[i]->name));
        for (uint32_t p = 0; p < list[i]->parameter_count; p++) {
            const pw_parameter *parameter = &list[i]->parameters[p];
            if (p) pw_buf_add_literal(out, ", ");
            if (parameter->pattern->kind == PW_PATTERN_LAMBDA) pw_buf_add_literal(out, "LAMBDA ");
            print_alternative_type(parameter->type_text, out);
            pw_buf_format(out, "%s %.*s", parameter->is_variadic ? "..." : "",
                          PW_STR_ARGS(parameter->name));
        }
        pw_buf_add_char(out, ')');
    }
}

static pw_status fail_no_overload(const pw_signature *const *list, size_t count, const question *q,
                                  bool is_ambiguous, pw_span at, pw_error *err) {
    pw_buf text;
    pw_buf_init(&text);
    pw_str name = spelled(list[0]->name);
    pw_buf_format(&text, "Function '%.*s' %s (", PW_STR_ARGS(name),
                  is_ambiguous ? "cannot be resolved due to ambiguous method parameters"
                               : "does not accept parameters");
    print_types(q, &text);
    pw_buf_add_literal(&text, ").");
    if (is_ambiguous)
        pw_buf_add_literal(&text, "\nUse CAST() to explicitly cast your parameters to one of the "
                                  "supported function calls.\nValid function calls are:");
    else
        pw_buf_add_literal(&text, "\nValid alternatives are:");
    print_alternatives(list, count, &text);
    pw_buf_add_literal(&text, "\nFor detailed information on a function run: "
                              "DESCRIBE FUNCTION <Function-Name>;");
    pw_status status = pw_fail(err, PW_INVALID, at, "%.*s", PW_STR_ARGS(pw_buf_str(&text)));
    pw_buf_deinit(&text);
    return status;
}

static pw_status fail_unknown(pw_arena *arena, pw_str name, pw_span at, pw_error *err) {
    size_t count = 0, name_count = 0;
    const pw_signature *const *all = pw_function_all(&count);
    pw_str *names = PW_NEW_ARRAY(arena, pw_str, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!(all[i]->function->flags & PW_FN_TEST_ONLY) &&
            (name_count == 0 || !pw_str_equal(names[name_count - 1], all[i]->name)))
            names[name_count++] = all[i]->name;
    pw_str nearest = pw_nearest(name, names, name_count);
    pw_status status = pw_fail(err, PW_UNKNOWN, at, "Can't find any functions with the name '%.*s'",
                               PW_STR_ARGS(name));
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return status;
}

pw_status pw_function_find(pw_arena *arena, pw_str name, const pw_type *const *arg_types,
                           const bool *is_literal, uint32_t arg_count, pw_span at,
                           const pw_signature **signature, const pw_type ***coerced,
                           const pw_type **result_type, pw_error *err) {
    (void)is_literal;
    size_t count = 0;
    const pw_signature *const *list = pw_function_signatures(name, &count);
    if (count == 0) return fail_unknown(arena, name, at, err);

    question q = {arena, arg_types, arg_count};
    bool allows_casts = false, is_tie = false;
    const pw_signature *best = best_match(list, count, &q, false, &is_tie);
    if (!best && list[0]->function->scalar) {
        allows_casts = true;
        best = best_match(list, count, &q, true, &is_tie);
    }
    if (!best || is_tie) return fail_no_overload(list, count, &q, is_tie, at, err);

    match m;
    bool is_match = try_match(&m, best, &q, allows_casts);
    PW_ASSERT(is_match);
    const pw_type **types = PW_NEW_ARRAY(arena, const pw_type *, arg_count + 1);
    for (uint32_t i = 0; i < arg_count; i++) {
        const pw_type_pattern *pattern = parameter_of(best, i, arg_count)->pattern;
        const pw_type *argument = arg_types[i]->kind == PW_TYPE_NULL ? NULL : arg_types[i];
        types[i] = bound_type(&m, pattern, argument);
        if (!types[i]) types[i] = arg_types[i]; /* a NULL that nothing gives a type */
        if (!m.first_decimal && types[i]->kind == PW_TYPE_DECIMAL) m.first_decimal = types[i];
    }
    const pw_type *result = NULL;
    if (best->function->result_type) {
        const char *message = NULL;
        result = best->function->result_type(arena, types, arg_count, &message);
        if (!result && message) return pw_fail(err, PW_INVALID, at, "%s", message);
    } else {
        result = bound_type(&m, best->result, NULL);
    }
    if (!result) return fail_no_overload(list, count, &q, false, at, err);
    *signature = best;
    *coerced = types;
    *result_type = result;
    return PW_OK;
}
