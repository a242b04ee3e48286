/* SPDX-License-Identifier: Apache-2.0 */
#include "types/type.h"

#include "base/assert.h"
#include "types/schema.h"

#define SCALAR(variable, KIND) const pw_type pw_type_##variable = {.kind = PW_TYPE_##KIND}
SCALAR(null, NULL);
SCALAR(boolean, BOOLEAN);
SCALAR(integer, INTEGER);
SCALAR(bigint, BIGINT);
SCALAR(double, DOUBLE);
SCALAR(string, STRING);
SCALAR(bytes, BYTES);
SCALAR(date, DATE);
SCALAR(time, TIME);
SCALAR(timestamp, TIMESTAMP);

static const char *const kind_texts[PW_TYPE_KIND_COUNT] = {
#define KIND_TEXT(name, text) text,
    PW_TYPE_KIND_MAP(KIND_TEXT)
#undef KIND_TEXT
};

const pw_type *pw_type_scalar(pw_type_kind kind) {
    static const pw_type *const scalars[PW_TYPE_KIND_COUNT] = {
        [PW_TYPE_NULL] = &pw_type_null,       [PW_TYPE_BOOLEAN] = &pw_type_boolean,
        [PW_TYPE_INTEGER] = &pw_type_integer, [PW_TYPE_BIGINT] = &pw_type_bigint,
        [PW_TYPE_DOUBLE] = &pw_type_double,   [PW_TYPE_STRING] = &pw_type_string,
        [PW_TYPE_BYTES] = &pw_type_bytes,     [PW_TYPE_DATE] = &pw_type_date,
        [PW_TYPE_TIME] = &pw_type_time,       [PW_TYPE_TIMESTAMP] = &pw_type_timestamp,
    };
    PW_ASSERT(kind < PW_TYPE_KIND_COUNT && scalars[kind]);
    return scalars[kind];
}

const pw_type *pw_type_decimal(pw_arena *arena, int32_t precision, int32_t scale) {
    pw_type *type = PW_NEW(arena, pw_type);
    *type = (pw_type){.kind = PW_TYPE_DECIMAL, .precision = precision, .scale = scale};
    return type;
}

const pw_type *pw_type_array(pw_arena *arena, const pw_type *element) {
    pw_type *type = PW_NEW(arena, pw_type);
    *type = (pw_type){.kind = PW_TYPE_ARRAY, .element = element};
    return type;
}

const pw_type *pw_type_map(pw_arena *arena, const pw_type *key, const pw_type *value) {
    pw_type *type = PW_NEW(arena, pw_type);
    *type = (pw_type){.kind = PW_TYPE_MAP, .key = key, .element = value};
    return type;
}

const pw_type *pw_type_struct(pw_arena *arena, const pw_field *fields, uint32_t field_count) {
    pw_type *type = PW_NEW(arena, pw_type);
    *type = (pw_type){.kind = PW_TYPE_STRUCT, .fields = fields, .field_count = field_count};
    return type;
}

bool pw_type_equal(const pw_type *a, const pw_type *b) {
    if (a == b) return true;
    if (a->kind != b->kind) return false;
    if (a->kind == PW_TYPE_DECIMAL) return a->precision == b->precision && a->scale == b->scale;
    if (a->kind == PW_TYPE_ARRAY) return pw_type_equal(a->element, b->element);
    if (a->kind == PW_TYPE_MAP) {
        return pw_type_equal(a->key, b->key) && pw_type_equal(a->element, b->element);
    }
    if (a->kind != PW_TYPE_STRUCT) return true;
    if (a->field_count != b->field_count) return false;
    for (uint32_t i = 0; i < a->field_count; i++) {
        if (!pw_str_equal(a->fields[i].name, b->fields[i].name)) return false;
        if (!pw_type_equal(a->fields[i].type, b->fields[i].type)) return false;
    }
    return true;
}

const pw_type *pw_type_copy(pw_arena *arena, const pw_type *type) {
    if (!pw_type_is_nested(type)) {
        if (type->kind != PW_TYPE_DECIMAL) return pw_type_scalar(type->kind);
        return pw_type_decimal(arena, type->precision, type->scale);
    }
    if (type->kind == PW_TYPE_ARRAY)
        return pw_type_array(arena, pw_type_copy(arena, type->element));
    if (type->kind == PW_TYPE_MAP) {
        const pw_type *key = pw_type_copy(arena, type->key);
        return pw_type_map(arena, key, pw_type_copy(arena, type->element));
    }
    pw_field *fields = PW_NEW_ARRAY(arena, pw_field, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) {
        fields[i].name = pw_arena_str(arena, type->fields[i].name);
        fields[i].type = pw_type_copy(arena, type->fields[i].type);
    }
    return pw_type_struct(arena, fields, type->field_count);
}

void pw_type_print(const pw_type *type, pw_buf *out) {
    pw_buf_add_str(out, pw_str_from(kind_texts[type->kind]));
    if (type->kind == PW_TYPE_DECIMAL) {
        pw_buf_format(out, "(%d, %d)", type->precision, type->scale);
    } else if (type->kind == PW_TYPE_ARRAY) {
        pw_buf_add_char(out, '<');
        pw_type_print(type->element, out);
        pw_buf_add_char(out, '>');
    } else if (type->kind == PW_TYPE_MAP) {
        pw_buf_add_char(out, '<');
        pw_type_print(type->key, out);
        pw_buf_add_literal(out, ", ");
        pw_type_print(type->element, out);
        pw_buf_add_char(out, '>');
    } else if (type->kind == PW_TYPE_STRUCT) {
        pw_buf_add_char(out, '<');
        for (uint32_t i = 0; i < type->field_count; i++) {
            pw_buf_format(out, "%s`%.*s` ", i ? ", " : "", PW_STR_ARGS(type->fields[i].name));
            pw_type_print(type->fields[i].type, out);
        }
        pw_buf_add_char(out, '>');
    }
}

int32_t pw_type_field_index(const pw_type *type, pw_str name) {
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (pw_str_equal(type->fields[i].name, name)) return (int32_t)i;
    }
    return -1;
}

int32_t pw_schema_find(const pw_schema *schema, pw_str name) {
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (pw_str_equal(schema->columns[i].name, name)) return (int32_t)i;
    }
    return -1;
}

uint32_t pw_schema_count_kind(const pw_schema *schema, pw_column_kind kind) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < schema->column_count; i++)
        count += schema->columns[i].kind == kind;
    return count;
}

pw_schema pw_schema_copy(pw_arena *arena, const pw_schema *schema) {
    pw_column *columns = PW_NEW_ARRAY(arena, pw_column, schema->column_count + 1);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        columns[i] = schema->columns[i];
        columns[i].name = pw_arena_str(arena, columns[i].name);
        columns[i].type = pw_type_copy(arena, columns[i].type);
        columns[i].header_key = pw_arena_str(arena, columns[i].header_key);
    }
    return (pw_schema){columns, schema->column_count};
}

void pw_schema_print(const pw_schema *schema, bool is_table, pw_buf *out) {
    for (uint32_t i = 0; i < schema->column_count; i++) {
        const pw_column *column = &schema->columns[i];
        pw_buf_format(out, "%s`%.*s` ", i ? ", " : "", PW_STR_ARGS(column->name));
        pw_type_print(column->type, out);
        if (column->kind == PW_COLUMN_KEY)
            pw_buf_add_str(out, pw_str_from(is_table ? " PRIMARY KEY" : " KEY"));
        if (column->kind == PW_COLUMN_HEADERS) pw_buf_add_literal(out, " HEADERS");
        if (column->kind == PW_COLUMN_HEADER) {
            pw_buf_format(out, " HEADER('%.*s')", PW_STR_ARGS(column->header_key));
        }
    }
}
