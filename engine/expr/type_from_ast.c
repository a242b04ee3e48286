/* Types as the parser has them to pw_type. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/error.h"
#include "expr/expr_private.h"

static const pw_type *scalar_by_name(pw_str name) {
    static const struct {
        const char *name;
        const pw_type *type;
    } names[] = {
        {"BOOLEAN", &pw_type_boolean},     {"INTEGER", &pw_type_integer},
        {"INT", &pw_type_integer},         {"BIGINT", &pw_type_bigint},
        {"DOUBLE", &pw_type_double},       {"STRING", &pw_type_string},
        {"VARCHAR", &pw_type_string},      {"BYTES", &pw_type_bytes},
        {"DATE", &pw_type_date},           {"TIME", &pw_type_time},
        {"TIMESTAMP", &pw_type_timestamp},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (pw_str_equal(name, pw_str_from(names[i].name))) return names[i].type;
    }
    return NULL;
}

static pw_status decimal_from_ast(pw_arena *arena, const pw_node *node, const pw_type **out,
                                  pw_error *err) {
    if (!pw_child(node, 0) || !pw_child(node, 1)) {
        return pw_fail(err, PW_SYNTAX, node->span,
                       "DECIMAL needs precision and scale, e.g. DECIMAL(10, 2)");
    }
    int64_t precision = pw_child(node, 0)->number, scale = pw_child(node, 1)->number;
    if (precision < 1) {
        return pw_fail(err, PW_INVALID, node->span,
                       "DECIMAL precision must be >= 1: DECIMAL(%lld,%lld)", (long long)precision,
                       (long long)scale);
    }
    if (scale < 0) {
        return pw_fail(err, PW_INVALID, node->span,
                       "DECIMAL scale must be >= 0: DECIMAL(%lld,%lld)", (long long)precision,
                       (long long)scale);
    }
    if (scale > precision) {
        return pw_fail(err, PW_INVALID, node->span,
                       "DECIMAL precision must be >= scale: DECIMAL(%lld,%lld)",
                       (long long)precision, (long long)scale);
    }
    if (precision > PW_DECIMAL_PRECISION_MAX) {
        /* More digits than 38 cannot be kept; what fits 38 can, so the type is narrowed
         * (docs/differences.md). */
        precision = PW_DECIMAL_PRECISION_MAX;
        if (scale > precision) scale = precision;
    }
    *out = pw_type_decimal(arena, (int32_t)precision, (int32_t)scale);
    return PW_OK;
}

static pw_status unknown_type(const pw_node *node, const pw_hashmap *custom_types, pw_error *err) {
    pw_status status = pw_fail(err, PW_UNKNOWN, node->span, "Cannot resolve unknown type: %.*s",
                               PW_STR_ARGS(node->text));
    pw_str candidates[64] = {PW_STR("BOOLEAN"), PW_STR("INTEGER"),   PW_STR("BIGINT"),
                             PW_STR("DOUBLE"),  PW_STR("DECIMAL"),   PW_STR("STRING"),
                             PW_STR("VARCHAR"), PW_STR("BYTES"),     PW_STR("DATE"),
                             PW_STR("TIME"),    PW_STR("TIMESTAMP"), PW_STR("ARRAY"),
                             PW_STR("MAP"),     PW_STR("STRUCT")};
    size_t count = 14;
    for (size_t i = 0; custom_types && i < custom_types->entry_count && count < 64; i++) {
        if (!custom_types->entries[i].is_removed)
            candidates[count++] = custom_types->entries[i].key;
    }
    pw_str nearest = pw_nearest(node->text, candidates, count);
    if (err && nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return status;
}

static pw_status struct_from_ast(pw_arena *arena, const pw_node *node,
                                 const pw_hashmap *custom_types, const pw_type **out,
                                 pw_error *err) {
    pw_field *fields = PW_NEW_ARRAY(arena, pw_field, node->child_count + 1);
    for (uint32_t i = 0; i < node->child_count; i++) {
        const pw_node *field = node->children[i];
        fields[i].name = pw_arena_str(arena, field->text);
        PW_TRY(pw_type_from_ast(arena, pw_child(field, 0), custom_types, &fields[i].type, err));
        for (uint32_t j = 0; j < i; j++) {
            if (pw_str_equal(fields[j].name, fields[i].name)) {
                return pw_fail(err, PW_INVALID, field->span,
                               "Duplicate field names found in STRUCT: '%.*s'",
                               PW_STR_ARGS(fields[i].name));
            }
        }
    }
    *out = pw_type_struct(arena, fields, node->child_count);
    return PW_OK;
}

pw_status pw_type_from_ast(pw_arena *arena, const pw_node *node, const pw_hashmap *custom_types,
                           const pw_type **out, pw_error *err) {
    PW_ASSERT(node->kind == PW_NODE_TYPE);
    const pw_type *key = NULL, *element = NULL;
    if (pw_str_equal(node->text, PW_STR("DECIMAL"))) return decimal_from_ast(arena, node, out, err);
    if (pw_str_equal(node->text, PW_STR("STRUCT")))
        return struct_from_ast(arena, node, custom_types, out, err);
    if (pw_str_equal(node->text, PW_STR("ARRAY")) && node->child_count == 1) {
        PW_TRY(pw_type_from_ast(arena, pw_child(node, 0), custom_types, &element, err));
        *out = pw_type_array(arena, element);
        return PW_OK;
    }
    if (pw_str_equal(node->text, PW_STR("MAP")) && node->child_count == 2) {
        PW_TRY(pw_type_from_ast(arena, pw_child(node, 0), custom_types, &key, err));
        PW_TRY(pw_type_from_ast(arena, pw_child(node, 1), custom_types, &element, err));
        *out = pw_type_map(arena, key, element);
        return PW_OK;
    }
    *out = scalar_by_name(node->text);
    if (*out) return PW_OK;
    if (custom_types) {
        *out = pw_hashmap_get(custom_types, pw_arena_upper(arena, node->text));
        if (!*out) *out = pw_hashmap_get(custom_types, node->text);
    }
    return *out ? PW_OK : unknown_type(node, custom_types, err);
}
