/* A value as text: what CAST(value AS STRING) gives. Collections print as Java's toString does, and
 * what stands inside them as its Java class does: there a DECIMAL may have an exponent, a TIME has
 * its seconds and a TIMESTAMP is written as JDBC does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/cast.h"

#include <string.h>

#include "base/assert.h"
#include "types/base64.h"
#include "types/decimal.h"
#include "types/number_text.h"
#include "types/temporal.h"
#include "types/types_private.h"

/* "2021-03-28 13:45:10.5": java.sql.Timestamp leaves out zeros at the end, but for one. */
static void print_jdbc_timestamp(int64_t epoch_ms, pw_buf *out) {
    char *start = pw_buf_reserve(out, PW_TEMPORAL_TEXT_MAX);
    size_t length = pw_timestamp_write(epoch_ms, start);
    start[length - 13] = ' ';
    while (start[length - 1] == '0' && start[length - 2] != '.')
        length--;
    out->length += length;
}

static void print_jdbc_time(int64_t ms, pw_buf *out) {
    char *start = pw_buf_reserve(out, PW_TEMPORAL_TEXT_MAX);
    size_t length = pw_time_write(ms, start);
    out->length += length;
    if (length == 5) pw_buf_add_literal(out, ":00");
}

static void print_item(const pw_type *type, const pw_slot *item, pw_buf *out) {
    if (item->is_null) {
        pw_buf_add_literal(out, "null");
    } else if (type->kind == PW_TYPE_DECIMAL) {
        pw_decimal_print_java(pw_decimal_get(type, item), type->scale, out);
    } else if (type->kind == PW_TYPE_TIMESTAMP) {
        print_jdbc_timestamp(item->i64, out);
    } else if (type->kind == PW_TYPE_TIME) {
        print_jdbc_time(item->i64, out);
    } else {
        pw_slot_print_text(type, item, out);
    }
}

static void print_array(const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_buf_add_char(out, '[');
    for (uint32_t i = 0; i < value->length; i++) {
        if (i > 0) pw_buf_add_literal(out, ", ");
        print_item(type->element, &value->items[i], out);
    }
    pw_buf_add_char(out, ']');
}

static void print_map(const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_buf_add_char(out, '{');
    for (uint32_t i = 0; i < value->length; i++) {
        if (i > 0) pw_buf_add_literal(out, ", ");
        print_item(type->key, &value->items[2 * i], out);
        pw_buf_add_char(out, '=');
        print_item(type->element, &value->items[2 * i + 1], out);
    }
    pw_buf_add_char(out, '}');
}

/* Fields that are NULL are left out. */
static void print_struct(const pw_type *type, const pw_slot *value, pw_buf *out) {
    pw_buf_add_literal(out, "Struct{");
    bool is_first = true;
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (value->items[i].is_null) continue;
        if (!is_first) pw_buf_add_char(out, ',');
        is_first = false;
        pw_buf_add_str(out, type->fields[i].name);
        pw_buf_add_char(out, '=');
        print_item(type->fields[i].type, &value->items[i], out);
    }
    pw_buf_add_char(out, '}');
}

size_t pw_scalar_write(const pw_type *type, const pw_slot *value, char *out) {
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: memcpy(out, value->i64 ? "true" : "false", 5); return value->i64 ? 4 : 5;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: return pw_i64_write(value->i64, out);
    case PW_TYPE_DOUBLE: return pw_double_write(value->f64, out);
    case PW_TYPE_DECIMAL: return pw_decimal_write(pw_decimal_get(type, value), type->scale, out);
    case PW_TYPE_DATE: return pw_date_write(value->i64, out);
    case PW_TYPE_TIME: return pw_time_write(value->i64, out);
    case PW_TYPE_TIMESTAMP: return pw_timestamp_write(value->i64, out);
    case PW_TYPE_NULL:
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

void pw_slot_print_text(const pw_type *type, const pw_slot *value, pw_buf *out) {
    PW_ASSERT(!value->is_null);
    if (type->kind == PW_TYPE_STRING) {
        pw_buf_add_str(out, pw_slot_as_str(value));
    } else if (type->kind == PW_TYPE_BYTES) {
        size_t length = pw_base64_text_length(value->length);
        pw_base64_encode(value->bytes, value->length, pw_buf_reserve(out, length));
        out->length += length;
    } else if (type->kind == PW_TYPE_ARRAY) {
        print_array(type, value, out);
    } else if (type->kind == PW_TYPE_MAP) {
        print_map(type, value, out);
    } else if (type->kind == PW_TYPE_STRUCT) {
        print_struct(type, value, out);
    } else {
        out->length += pw_scalar_write(type, value, pw_buf_reserve(out, PW_SCALAR_TEXT_MAX));
    }
}
