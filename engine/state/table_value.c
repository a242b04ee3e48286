/* Values of the visible table (table_value.h says what each looks like).
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/table_value.h"

#include "base/assert.h"
#include "types/base64.h"
#include "types/cast.h"
#include "types/decimal.h"
#include "types/number_text.h"
#include "types/temporal.h"

static const char nan_text[] = "NaN";

void pw_table_binder_init(pw_table_binder *binder) {
    pw_arena_init(&binder->arena, 0);
    pw_buf_init(&binder->text);
}

void pw_table_binder_reset(pw_table_binder *binder) {
    pw_arena_reset(&binder->arena);
}

void pw_table_binder_deinit(pw_table_binder *binder) {
    pw_arena_deinit(&binder->arena);
    pw_buf_deinit(&binder->text);
}

/* --- text ------------------------------------------------------------------------------------- */

/* Always with milliseconds: exact, and texts sort as times do (pw_time_print leaves them out). */
static void print_time(int64_t ms, pw_buf *out) {
    int64_t seconds = ms / 1000;
    pw_buf_format(out, "%02d:%02d:%02d.%03d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                  (int)(seconds % 60), (int)(ms % 1000));
}

static void print_json_bytes(const pw_slot *slot, pw_buf *out) {
    pw_buf_add_char(out, '"');
    size_t length = pw_base64_text_length(slot->length);
    pw_base64_encode(slot->bytes, slot->length, pw_buf_reserve(out, length));
    out->length += length;
    pw_buf_add_char(out, '"');
}

static void print_json_double(double value, pw_buf *out) {
    bool is_number =
        value - value == 0; /* neither infinite nor NaN, which JSON has no numbers for */
    if (!is_number) pw_buf_add_char(out, '"');
    pw_double_print(value, out);
    if (!is_number) pw_buf_add_char(out, '"');
}

/* Member names are text whatever the type of a map's key. */
static void print_json_map(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    pw_buf name;
    pw_buf_init(&name);
    pw_buf_add_char(out, '{');
    for (uint32_t i = 0; i < slot->length; i++) {
        const pw_slot *key = &slot->items[2 * (size_t)i];
        if (i > 0) pw_buf_add_char(out, ',');
        pw_buf_clear(&name);
        if (key->is_null)
            pw_buf_add_literal(&name, "null");
        else
            pw_slot_print_text(type->key, key, &name);
        pw_buf_add_json_string(out, pw_buf_str(&name));
        pw_buf_add_char(out, ':');
        pw_table_json_print(type->element, key + 1, out);
    }
    pw_buf_add_char(out, '}');
    pw_buf_deinit(&name);
}

static void print_json_items(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    bool is_struct = type->kind == PW_TYPE_STRUCT;
    pw_buf_add_char(out, is_struct ? '{' : '[');
    for (uint32_t i = 0; i < slot->length; i++) {
        if (i > 0) pw_buf_add_char(out, ',');
        if (is_struct) {
            pw_buf_add_json_string(out, type->fields[i].name);
            pw_buf_add_char(out, ':');
        }
        pw_table_json_print(is_struct ? type->fields[i].type : type->element, &slot->items[i], out);
    }
    pw_buf_add_char(out, is_struct ? '}' : ']');
}

void pw_table_json_print(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    if (slot->is_null) {
        pw_buf_add_literal(out, "null");
        return;
    }
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: pw_buf_add_str(out, slot->i64 ? PW_STR("true") : PW_STR("false")); return;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: pw_buf_add_i64(out, slot->i64); return;
    case PW_TYPE_DOUBLE: print_json_double(slot->f64, out); return;
    case PW_TYPE_DECIMAL: pw_decimal_print(pw_decimal_get(type, slot), type->scale, out); return;
    case PW_TYPE_STRING: pw_buf_add_json_string(out, pw_slot_as_str(slot)); return;
    case PW_TYPE_BYTES: print_json_bytes(slot, out); return;
    case PW_TYPE_MAP: print_json_map(type, slot, out); return;
    case PW_TYPE_ARRAY:
    case PW_TYPE_STRUCT: print_json_items(type, slot, out); return;
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

/* Text of the types that are kept as text that is not theirs already. */
static void print_text(const pw_type *type, const pw_slot *slot, pw_buf *out) {
    if (type->kind == PW_TYPE_DATE)
        pw_date_print(slot->i64, out);
    else if (type->kind == PW_TYPE_TIME)
        print_time(slot->i64, out);
    else if (type->kind == PW_TYPE_TIMESTAMP)
        pw_timestamp_print(slot->i64, out);
    else if (type->kind == PW_TYPE_DECIMAL)
        pw_decimal_print(pw_decimal_get(type, slot), type->scale, out);
    else
        pw_table_json_print(type, slot, out);
}

/* --- binding ---------------------------------------------------------------------------------- */

static void bind_null(sqlite3_stmt *statement, int parameter, const pw_type *type, bool is_key) {
    if (!is_key)
        sqlite3_bind_null(statement, parameter);
    else if (type->kind == PW_TYPE_BYTES)
        sqlite3_bind_text(statement, parameter, "", 0, SQLITE_STATIC);
    else
        sqlite3_bind_zeroblob(statement, parameter, 0);
}

void pw_table_value_bind(pw_table_binder *binder, sqlite3_stmt *statement, int parameter,
                         const pw_type *type, const pw_slot *slot, bool is_key) {
    if (slot->is_null) {
        bind_null(statement, parameter, type, is_key);
        return;
    }
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: sqlite3_bind_int64(statement, parameter, slot->i64); return;
    case PW_TYPE_DOUBLE:
        if (slot->f64 == slot->f64)
            sqlite3_bind_double(statement, parameter, slot->f64);
        else
            sqlite3_bind_text(statement, parameter, nan_text, 3, SQLITE_STATIC);
        return;
    case PW_TYPE_STRING:
        sqlite3_bind_text64(statement, parameter, slot->length ? slot->text : "", slot->length,
                            SQLITE_STATIC, SQLITE_UTF8);
        return;
    case PW_TYPE_BYTES:
        sqlite3_bind_blob64(statement, parameter, slot->length ? slot->text : "", slot->length,
                            SQLITE_STATIC);
        return;
    case PW_TYPE_DECIMAL:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: {
        pw_buf_clear(&binder->text);
        print_text(type, slot, &binder->text);
        pw_str text = pw_arena_str(&binder->arena, pw_buf_str(&binder->text));
        sqlite3_bind_text64(statement, parameter, text.data, text.length, SQLITE_STATIC,
                            SQLITE_UTF8);
        return;
    }
    case PW_TYPE_NULL: sqlite3_bind_null(statement, parameter); return;
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

/* --- reading ---------------------------------------------------------------------------------- */

static pw_str value_text(sqlite3_value *value) {
    const char *text = (const char *)sqlite3_value_text(value);
    return text ? (pw_str){text, (size_t)sqlite3_value_bytes(value)} : PW_STR_EMPTY;
}

static bool is_stored_null(sqlite3_value *value, const pw_type *type, bool is_key) {
    int stored = sqlite3_value_type(value);
    if (stored == SQLITE_NULL) return true;
    int null_form = type->kind == PW_TYPE_BYTES ? SQLITE_TEXT : SQLITE_BLOB;
    return is_key && stored == null_form && sqlite3_value_bytes(value) == 0;
}

static bool read_integer(sqlite3_value *value, const pw_type *type, pw_slot *out) {
    if (sqlite3_value_type(value) != SQLITE_INTEGER) return false;
    *out = pw_slot_i64(sqlite3_value_int64(value));
    if (type->kind == PW_TYPE_BOOLEAN) return out->i64 == 0 || out->i64 == 1;
    return type->kind == PW_TYPE_BIGINT || out->i64 == (int32_t)out->i64;
}

static bool read_double(sqlite3_value *value, pw_slot *out) {
    if (sqlite3_value_type(value) == SQLITE_TEXT) {
        *out = pw_slot_f64((double)__builtin_nan(""));
        return pw_str_equal(value_text(value), PW_STR("NaN"));
    }
    *out = pw_slot_f64(sqlite3_value_double(value));
    return true;
}

static bool read_decimal(pw_arena *arena, pw_str text, const pw_type *type, pw_slot *out) {
    pw_i128 unscaled;
    int32_t scale;
    if (!pw_decimal_parse(text, &unscaled, &scale)) return false;
    if (!pw_decimal_rescale(unscaled, scale, type->scale, PW_ROUND_UNNECESSARY, &unscaled))
        return false;
    if (!pw_decimal_fits(unscaled, type->precision)) return false;
    *out = pw_decimal_slot(arena, type, unscaled);
    return true;
}

static bool read_temporal(pw_str text, const pw_type *type, pw_slot *out) {
    int64_t number;
    bool is_read = type->kind == PW_TYPE_DATE   ? pw_date_parse(text, &number)
                   : type->kind == PW_TYPE_TIME ? pw_time_parse(text, &number)
                                                : pw_timestamp_parse(text, &number);
    if (is_read) *out = pw_slot_i64(number);
    return is_read;
}

bool pw_table_value_read(pw_arena *arena, sqlite3_value *value, const pw_type *type, bool is_key,
                         pw_slot *out, pw_str *json) {
    *out = pw_slot_null();
    if (is_stored_null(value, type, is_key)) return true;
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: return read_integer(value, type, out);
    case PW_TYPE_DOUBLE: return read_double(value, out);
    case PW_TYPE_DECIMAL: return read_decimal(arena, value_text(value), type, out);
    case PW_TYPE_STRING: *out = pw_slot_str(pw_arena_str(arena, value_text(value))); return true;
    case PW_TYPE_BYTES: {
        const char *bytes = sqlite3_value_blob(value);
        pw_str blob = {bytes ? bytes : "", (size_t)sqlite3_value_bytes(value)};
        *out = pw_slot_str(pw_arena_str(arena, blob));
        return true;
    }
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return read_temporal(value_text(value), type, out);
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
        *json = pw_arena_str(arena, value_text(value));
        out->is_null = 0;
        return true;
    case PW_TYPE_NULL: return false;
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

/* SQLite derives a column's affinity from words in the declared type: INT wins, then CHAR or TEXT,
 * BLOB, DOUB. "DECIMAL" or "DATE" alone would be numeric and turn '12.50' into 12.5. */
void pw_table_type_print(const pw_type *type, pw_buf *out) {
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: pw_buf_add_literal(out, "BOOLEAN"); return;
    case PW_TYPE_INTEGER: pw_buf_add_literal(out, "INTEGER"); return;
    case PW_TYPE_BIGINT: pw_buf_add_literal(out, "BIGINT"); return;
    case PW_TYPE_DOUBLE: pw_buf_add_literal(out, "DOUBLE"); return;
    case PW_TYPE_DECIMAL:
        pw_buf_format(out, "DECIMAL TEXT(%d, %d)", type->precision, type->scale);
        return;
    case PW_TYPE_STRING: pw_buf_add_literal(out, "TEXT"); return;
    case PW_TYPE_BYTES: pw_buf_add_literal(out, "BLOB"); return;
    case PW_TYPE_DATE: pw_buf_add_literal(out, "DATE TEXT"); return;
    case PW_TYPE_TIME: pw_buf_add_literal(out, "TIME TEXT"); return;
    case PW_TYPE_TIMESTAMP: pw_buf_add_literal(out, "TIMESTAMP TEXT"); return;
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: pw_buf_add_literal(out, "JSON TEXT"); return;
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}
