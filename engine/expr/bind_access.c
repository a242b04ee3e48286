/* Nested values: subscripts, fields and the constructors ARRAY, MAP, STRUCT.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "expr/expr_private.h"

static bool is_whole(const pw_type *type) {
    return type->kind == PW_TYPE_INTEGER || type->kind == PW_TYPE_BIGINT;
}

pw_status pw_bind_subscript(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *args[2] = {NULL, NULL};
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &args[0]));
    PW_TRY(pw_bind_node(binder, pw_child(node, 1), &args[1]));
    const pw_type *type = args[0]->type;
    const char *base = pw_binder_text(binder, args[0]), *index = pw_binder_text(binder, args[1]);
    const char *type_text = pw_type_text(binder->arena, type);
    if (type->kind == PW_TYPE_STRUCT) {
        return pw_fail(binder->err, PW_INVALID, node->span,
                       "Subscript expression (%s[%s]) do not apply to %s. Use the dereference "
                       "operator for STRUCTS: %s->%s",
                       base, index, type_text, base, index);
    }
    if (type->kind != PW_TYPE_ARRAY && type->kind != PW_TYPE_MAP) {
        return pw_fail(binder->err, PW_INVALID, node->span,
                       "Subscript expression (%s[%s]) do not apply to %s.", base, index, type_text);
    }
    pw_expr draft = {.kind = PW_EXPR_SUBSCRIPT, .type = type->element, .span = node->span};
    if (type->kind == PW_TYPE_ARRAY) {
        if (pw_expr_is_null_literal(args[1]))
            args[1] = pw_expr_make_null(binder->arena, &pw_type_integer, node->span);
        if (!is_whole(args[1]->type)) {
            return pw_fail(binder->err, PW_INVALID, args[1]->span,
                           "The index of an ARRAY must be an INTEGER: %s is %s", index,
                           pw_type_text(binder->arena, args[1]->type));
        }
    } else if (!pw_type_equal(args[1]->type, type->key)) {
        /* As in ksqlDB a key of another type is no mistake: it is just not in the map. */
        const pw_expr *key = NULL;
        if (pw_expr_coerce(binder->arena, args[1], type->key, false, &key, NULL) != PW_OK) {
            *out = pw_expr_make_null(binder->arena, type->element, node->span);
            return PW_OK;
        }
        args[1] = key;
    }
    *out = pw_expr_make(binder->arena, draft, args, 2);
    return PW_OK;
}

pw_status pw_bind_dereference(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_expr *arg = NULL;
    PW_TRY(pw_bind_node(binder, pw_child(node, 0), &arg));
    if (arg->type->kind != PW_TYPE_STRUCT) {
        return pw_fail(binder->err, PW_INVALID, node->span, "Expected STRUCT type, got: %s",
                       pw_type_text(binder->arena, arg->type));
    }
    int32_t index = pw_type_field_index(arg->type, node->text);
    if (index < 0) {
        pw_status status =
            pw_fail(binder->err, PW_UNKNOWN, node->span, "Could not find field '%.*s' in '%s'.",
                    PW_STR_ARGS(node->text), pw_binder_text(binder, arg));
        pw_str *names = PW_NEW_ARRAY(binder->arena, pw_str, arg->type->field_count + 1);
        for (uint32_t i = 0; i < arg->type->field_count; i++)
            names[i] = arg->type->fields[i].name;
        pw_str nearest = pw_nearest(node->text, names, arg->type->field_count);
        if (binder->err && nearest.length)
            pw_error_hint(binder->err, "did you mean %.*s?", PW_STR_ARGS(nearest));
        return status;
    }
    pw_expr draft = {.kind = PW_EXPR_FIELD, .index = (uint32_t)index, .span = node->span};
    draft.type = arg->type->fields[index].type;
    draft.name = arg->type->fields[index].name;
    *out = pw_expr_make(binder->arena, draft, &arg, 1);
    return PW_OK;
}

pw_status pw_bind_array(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    if (node->child_count == 0) {
        return pw_fail(binder->err, PW_INVALID, node->span,
                       "Array constructor cannot be empty. Please supply at least one element "
                       "(see https://github.com/confluentinc/ksql/issues/4239).");
    }
    const pw_expr **args = PW_NEW_ARRAY(binder->arena, const pw_expr *, node->child_count);
    for (uint32_t i = 0; i < node->child_count; i++)
        PW_TRY(pw_bind_node(binder, node->children[i], &args[i]));
    const pw_type *element = NULL;
    PW_TRY(pw_coerce_to_common(binder->arena, args, node->child_count, "", &element, binder->err));
    if (element->kind == PW_TYPE_NULL) {
        return pw_fail(binder->err, PW_INVALID, node->span,
                       "Cannot construct an array with all NULL elements (see "
                       "https://github.com/confluentinc/ksql/issues/4239). As a workaround, you "
                       "may cast a NULL "
                       "value to the desired type.");
    }
    pw_expr draft = {
        .kind = PW_EXPR_ARRAY, .type = pw_type_array(binder->arena, element), .span = node->span};
    *out = pw_expr_make(binder->arena, draft, args, node->child_count);
    return PW_OK;
}

pw_status pw_bind_map(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    uint32_t count = node->child_count / 2;
    if (count == 0) {
        return pw_fail(binder->err, PW_INVALID, node->span,
                       "Map constructor cannot be empty. Please supply at least one key value pair "
                       "(see https://github.com/confluentinc/ksql/issues/4239).");
    }
    const pw_expr **parts[2] = {PW_NEW_ARRAY(binder->arena, const pw_expr *, count),
                                PW_NEW_ARRAY(binder->arena, const pw_expr *, count)};
    const pw_type *types[2] = {NULL, NULL};
    for (uint32_t i = 0; i < 2 * count; i++) {
        PW_TRY(pw_bind_node(binder, node->children[i], &parts[i % 2][i / 2]));
    }
    for (uint32_t part = 0; part < 2; part++) {
        PW_TRY(
            pw_coerce_to_common(binder->arena, parts[part], count, "", &types[part], binder->err));
        if (types[part]->kind != PW_TYPE_NULL) continue;
        return pw_fail(binder->err, PW_INVALID, node->span,
                       "Cannot construct a map with all NULL %s (see "
                       "https://github.com/confluentinc/ksql/issues/4239). As a workaround, you "
                       "may cast a NULL "
                       "%s to the desired type.",
                       part ? "values" : "keys", part ? "value" : "key");
    }
    const pw_expr **args = PW_NEW_ARRAY(binder->arena, const pw_expr *, 2 * count);
    for (uint32_t i = 0; i < 2 * count; i++)
        args[i] = parts[i % 2][i / 2];
    pw_expr draft = {.kind = PW_EXPR_MAP, .span = node->span};
    draft.type = pw_type_map(binder->arena, types[0], types[1]);
    *out = pw_expr_make(binder->arena, draft, args, 2 * count);
    return PW_OK;
}

pw_status pw_bind_struct(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    uint32_t count = node->child_count;
    const pw_expr **args = PW_NEW_ARRAY(binder->arena, const pw_expr *, count + 1);
    pw_field *fields = PW_NEW_ARRAY(binder->arena, pw_field, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const pw_node *field = node->children[i];
        PW_TRY(pw_bind_node(binder, pw_child(field, 0), &args[i]));
        if (pw_expr_is_null_literal(args[i])) {
            return pw_fail(binder->err, PW_INVALID, field->span,
                           "Can't infer a type of null. Please explicitly cast it to a required "
                           "type, e.g. CAST(null AS VARCHAR).");
        }
        fields[i] = (pw_field){pw_arena_str(binder->arena, field->text), args[i]->type};
        for (uint32_t j = 0; j < i; j++) {
            if (!pw_str_equal(fields[j].name, fields[i].name)) continue;
            return pw_fail(binder->err, PW_INVALID, field->span,
                           "Duplicate field names found in STRUCT: '%s := %s'", fields[i].name.data,
                           pw_binder_text(binder, args[i]));
        }
    }
    pw_expr draft = {.kind = PW_EXPR_STRUCT,
                     .type = pw_type_struct(binder->arena, fields, count),
                     .span = node->span};
    *out = pw_expr_make(binder->arena, draft, args, count);
    return PW_OK;
}
