/* TO_JSON_STRING. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "functions/functions_private.h"
#include "types/cast.h"
#include "types/compare.h"
#include "types/decimal.h"
#include "types/number_text.h"

static void print_json(pw_arena *arena, const pw_type *type, const pw_slot *value, pw_buf *out);

typedef struct member {
    pw_str name;
    const pw_type *type;
    const pw_slot *value;
} member;

static int compare_members(const void *a, const void *b) {
    const member *left = a, *right = b;
    return pw_text_compare_utf16(left->name, right->name);
}

/* Fields of a struct and keys of a map come in the order of their names. */
static void print_members(pw_arena *arena, const pw_type *type, const pw_slot *value, pw_buf *out) {
    bool is_struct = type->kind == PW_TYPE_STRUCT;
    uint32_t count = is_struct ? type->field_count : value->length;
    member *members = PW_NEW_ARRAY(arena, member, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (is_struct) {
            members[i] = (member){type->fields[i].name, type->fields[i].type, &value->items[i]};
            continue;
        }
        const pw_slot *key = &value->items[2 * i];
        pw_buf text;
        pw_buf_init(&text);
        if (key->is_null) {
            pw_buf_add_literal(&text, "null");
        } else {
            pw_slot_print_text(type->key, key, &text);
        }
        pw_str name = pw_arena_str(arena, pw_buf_str(&text));
        pw_buf_deinit(&text);
        members[i] = (member){name, type->element, &value->items[2 * i + 1]};
    }
    qsort(members, count, sizeof *members, compare_members);
    pw_buf_add_char(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i) pw_buf_add_char(out, ',');
        pw_buf_add_json_string(out, members[i].name);
        pw_buf_add_char(out, ':');
        print_json(arena, members[i].type, members[i].value, out);
    }
    pw_buf_add_char(out, '}');
}

static void print_array(pw_arena *arena, const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_buf_add_char(out, '[');
    for (uint32_t i = 0; i < value->length; i++) {
        if (i) pw_buf_add_char(out, ',');
        print_json(arena, type->element, &value->items[i], out);
    }
    pw_buf_add_char(out, ']');
}

static void print_json(pw_arena *arena, const pw_type *type, const pw_slot *value, pw_buf *out) {
    if (value->is_null) {
        pw_buf_add_literal(out, "null");
        return;
    }
    switch (type->kind) {
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: pw_buf_add_literal(out, "null"); break;
    case PW_TYPE_BOOLEAN: pw_buf_add_str(out, value->i64 ? PW_STR("true") : PW_STR("false")); break;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: pw_buf_add_i64(out, value->i64); break;
    case PW_TYPE_DOUBLE:
        if (!isfinite(value->f64)) pw_buf_add_char(out, '"');
        pw_double_print(value->f64, out);
        if (!isfinite(value->f64)) pw_buf_add_char(out, '"');
        break;
    case PW_TYPE_DECIMAL: pw_decimal_print(pw_decimal_get(type, value), type->scale, out); break;
    case PW_TYPE_STRING: pw_buf_add_json_string(out, pw_slot_as_str(value)); break;
    case PW_TYPE_BYTES: /* base64: nothing to escape */
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
        pw_buf_add_char(out, '"');
        pw_slot_print_text(type, value, out);
        pw_buf_add_char(out, '"');
        break;
    case PW_TYPE_ARRAY: print_array(arena, type, value, out); break;
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: print_members(arena, type, value, out); break;
    }
}

static void to_json_string(pw_call *call) {
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        pw_buf_clear(&buf);
        print_json(call->arena, call->arg_types[0], pw_arg(call, 0, row), &buf);
        call->out[row] = pw_text_result(call->arena, &buf);
    }
    pw_buf_deinit(&buf);
}

static const pw_function to_json_rows[] = {
    {.signature = "TO_JSON_STRING(val ANY) -> STRING",
     .doc = "The value as JSON text; NULL gives the text null.",
     .example = "TO_JSON_STRING(ARRAY[1, NULL]) = '[1,null]'",
     .scalar = to_json_string},
};

const pw_function_family pw_functions_to_json = PW_FUNCTION_FAMILY("JSON", to_json_rows);
