/* Values on their way between SQLite, slots and the reader. SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "formats/format.h"
#include "session/pull_private.h"
#include "state/table_value.h"
#include "types/cast.h"
#include "types/decimal.h"
#include "types/temporal.h"

static pw_status fail_read(sqlite3_value *value, const pw_type *type, pw_error *err) {
    pw_buf name;
    pw_buf_init(&name);
    pw_type_print(type, &name);
    const char *text = (const char *)sqlite3_value_text(value);
    pw_fail(err, PW_CORRUPT, PW_SPAN_NONE,
            "a state file holds '%.64s' where a value of %s should be", text ? text : "",
            pw_buf_cstr(&name));
    pw_error_hint(err, "was it changed by another program? delete it and run its query again");
    pw_buf_deinit(&name);
    return PW_CORRUPT;
}

/* What a key column keeps for NULL is the form of no other value, so it is one wherever it comes
 * from: columns are always read as if they were keys. */
pw_status pull_value_read(pw_arena *arena, sqlite3_value *value, const pw_type *type, pw_slot *out,
                          pw_error *err) {
    pw_str json = PW_STR_EMPTY;
    *out = pw_slot_null();
    if (type->kind == PW_TYPE_NULL) return PW_OK;
    bool is_read = pw_table_value_read(arena, value, type, true, out, &json);
    if (is_read && !out->is_null && pw_type_is_nested(type)) {
        is_read = pw_json_read(arena, type, json, out);
    }
    return is_read ? PW_OK : fail_read(value, type, err);
}

/* --- to SQLite -------------------------------------------------------------------------------- */

static void print_stored(const pw_type *type, const pw_slot *value, pw_buf *out) {
    switch ((int)type->kind) {
    case PW_TYPE_DECIMAL: pw_decimal_print(pw_decimal_get(type, value), type->scale, out); return;
    case PW_TYPE_DATE: pw_date_print(value->i64, out); return;
    case PW_TYPE_TIMESTAMP: pw_timestamp_print(value->i64, out); return;
    case PW_TYPE_TIME: {
        int64_t seconds = value->i64 / 1000;
        pw_buf_format(out, "%02d:%02d:%02d.%03d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                      (int)(seconds % 60), (int)(value->i64 % 1000));
        return;
    }
    default: PW_ASSERT(pw_type_is_nested(type)); pw_table_json_print(type, value, out);
    }
}

void pull_value_result(sqlite3_context *context, const pw_type *type, const pw_slot *value) {
    if (value->is_null || type->kind == PW_TYPE_NULL) {
        sqlite3_result_null(context);
        return;
    }
    const char *text = value->length ? value->text : "";
    switch ((int)type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT: sqlite3_result_int64(context, value->i64); return;
    case PW_TYPE_DOUBLE:
        if (value->f64 == value->f64)
            sqlite3_result_double(context, value->f64);
        else
            sqlite3_result_text(context, "NaN", 3, SQLITE_STATIC);
        return;
    case PW_TYPE_STRING:
        sqlite3_result_text64(context, text, value->length, SQLITE_TRANSIENT, SQLITE_UTF8);
        return;
    case PW_TYPE_BYTES:
        sqlite3_result_blob64(context, text, value->length, SQLITE_TRANSIENT);
        return;
    default: break;
    }
    pw_buf stored;
    pw_buf_init(&stored);
    print_stored(type, value, &stored);
    sqlite3_result_text64(context, pw_buf_cstr(&stored), stored.length, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
    pw_buf_deinit(&stored);
}

/* --- to the reader ---------------------------------------------------------------------------- */

const char *pull_value_json(pw_arena *arena, const pw_type *type, const pw_slot *value) {
    if (value->is_null) return "null";
    pw_buf json;
    pw_buf_init(&json);
    pw_json_print_display(type, value, &json);
    const char *kept = pw_arena_cstr(arena, pw_buf_str(&json));
    pw_buf_deinit(&json);
    return kept;
}

/* Texts as they are, all else as in JSON without its quotes. */
const char *pull_value_text(pw_arena *arena, const pw_type *type, const pw_slot *value,
                            const char *json) {
    if (value->is_null) return NULL;
    if (type->kind == PW_TYPE_STRING) return pw_arena_cstr(arena, pw_slot_as_str(value));
    size_t length = strlen(json);
    bool is_quoted = length >= 2 && json[0] == '"';
    return is_quoted ? pw_arena_cstr(arena, (pw_str){json + 1, length - 2}) : json;
}
