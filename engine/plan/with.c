/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/with.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/error.h"

typedef enum { KIND_TEXT, KIND_COUNT, KIND_BOOLEAN, KIND_IGNORED } property_kind;

enum { IN_CREATE = 1, IN_CREATE_AS = 2, IN_INSERT = 4 };

typedef struct property_row {
    const char *name;
    property_kind kind;
    int where;
    size_t field;   /* pw_str or int64_t of pw_with */
    size_t span;    /* pw_span of pw_with, 0: not kept */
    int64_t lowest; /* KIND_COUNT */
} property_row;

#define FIELD(name) offsetof(pw_with, name)
static const property_row property_rows[] = {
    {"KAFKA_TOPIC", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(topic), FIELD(topic_at), 0},
    {"FORMAT", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(format), FIELD(format_at), 0},
    {"KEY_FORMAT", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(key_format), FIELD(key_format_at), 0},
    {"VALUE_FORMAT", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(value_format),
     FIELD(value_format_at), 0},
    {"KEY_DELIMITER", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(key_delimiter), 0, 0},
    {"VALUE_DELIMITER", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(value_delimiter), 0, 0},
    {"PARTITIONS", KIND_COUNT, IN_CREATE | IN_CREATE_AS, FIELD(partitions), 0, 1},
    {"REPLICAS", KIND_COUNT, IN_CREATE | IN_CREATE_AS, FIELD(replicas), 0, 1},
    {"RETENTION_MS", KIND_COUNT, IN_CREATE | IN_CREATE_AS, FIELD(retention_ms), 0, -1},
    {"WRAP_SINGLE_VALUE", KIND_BOOLEAN, IN_CREATE | IN_CREATE_AS, FIELD(wrap), FIELD(wrap_at), 0},
    {"TIMESTAMP", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(timestamp), FIELD(timestamp_at), 0},
    {"TIMESTAMP_FORMAT", KIND_TEXT, IN_CREATE | IN_CREATE_AS, FIELD(timestamp_format),
     FIELD(timestamp_format_at), 0},
    {"WINDOW_TYPE", KIND_TEXT, IN_CREATE, FIELD(window_type), FIELD(window_type_at), 0},
    {"WINDOW_SIZE", KIND_TEXT, IN_CREATE, FIELD(window_size), FIELD(window_size_at), 0},
    {"SOURCED_BY_CONNECTOR", KIND_IGNORED, IN_CREATE, 0, 0, 0},
    {"SOURCE_CONNECTOR", KIND_IGNORED, IN_CREATE, 0, 0, 0},
    {"QUERY_ID", KIND_TEXT, IN_INSERT, FIELD(query_id), 0, 0},
};
enum { PROPERTY_COUNT = sizeof property_rows / sizeof property_rows[0] };

static const property_row *find_property(pw_str name) {
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (pw_str_equal_nocase(pw_str_from(property_rows[i].name), name)) return &property_rows[i];
    }
    return NULL;
}

static pw_status fail_unknown(const pw_node *property, pw_error *err) {
    pw_str names[PROPERTY_COUNT];
    for (size_t i = 0; i < PROPERTY_COUNT; i++)
        names[i] = pw_str_from(property_rows[i].name);
    pw_fail(err, PW_INVALID, property->span, "Invalid config variable(s) in the WITH clause: %.*s",
            PW_STR_ARGS(property->text));
    pw_str nearest = pw_nearest(property->text, names, PROPERTY_COUNT);
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return PW_INVALID;
}

static pw_status read_count(const property_row *row, const pw_node *literal, int64_t *out,
                            pw_error *err) {
    int64_t value = 0;
    bool is_number = literal->kind == PW_NODE_INTEGER_LITERAL;
    if (is_number) {
        value = literal->number;
    } else if (literal->kind == PW_NODE_UNARY && literal->number == PW_OPERATOR_NEGATE &&
               pw_child(literal, 0)->kind == PW_NODE_INTEGER_LITERAL) {
        is_number = true;
        value = -pw_child(literal, 0)->number;
    } else if (literal->kind == PW_NODE_STRING_LITERAL) {
        is_number = pw_str_to_i64(literal->text, &value);
    }
    if (!is_number) {
        return pw_fail(err, PW_INVALID, literal->span,
                       "Invalid value for config %s: %.*s. It must be a number", row->name,
                       PW_STR_ARGS(literal->text));
    }
    if (value < row->lowest || value > INT32_MAX * (int64_t)1000000) {
        return pw_fail(err, PW_INVALID, literal->span,
                       "Invalid value %lld for %s: must be %lld or more", (long long)value,
                       row->name, (long long)row->lowest);
    }
    *out = value;
    return PW_OK;
}

static pw_status read_boolean(const property_row *row, const pw_node *literal, pw_with *out,
                              pw_error *err) {
    bool is_true = literal->kind == PW_NODE_BOOLEAN_LITERAL
                       ? literal->number == 1
                       : pw_str_equal_nocase(literal->text, PW_STR("true"));
    bool is_false = literal->kind == PW_NODE_BOOLEAN_LITERAL
                        ? literal->number == 0
                        : pw_str_equal_nocase(literal->text, PW_STR("false"));
    if (!is_true && !is_false) {
        return pw_fail(err, PW_INVALID, literal->span,
                       "Invalid value for %s: it must be true or false", row->name);
    }
    out->has_wrap = true;
    out->wrap = is_true;
    return PW_OK;
}

static pw_status read_property(pw_arena *arena, const property_row *row, const pw_node *property,
                               pw_with *out, pw_error *err) {
    const pw_node *literal = pw_child(property, 0);
    char *base = (char *)out;
    if (row->span) memcpy(base + row->span, &literal->span, sizeof literal->span);
    if (row->kind == KIND_COUNT) {
        if (row->field == FIELD(retention_ms)) out->has_retention = true;
        int64_t value = 0;
        PW_TRY(read_count(row, literal, &value, err));
        memcpy(base + row->field, &value, sizeof value);
        return PW_OK;
    }
    if (row->kind == KIND_BOOLEAN) return read_boolean(row, literal, out, err);
    if (row->kind == KIND_IGNORED) return PW_OK;
    if (literal->kind != PW_NODE_STRING_LITERAL && literal->kind != PW_NODE_INTEGER_LITERAL) {
        return pw_fail(err, PW_INVALID, literal->span, "Invalid value for %s: it must be a 'text'",
                       row->name);
    }
    if (row->field == FIELD(topic)) out->has_topic = true;
    pw_str text = pw_arena_str(arena, literal->text);
    memcpy(base + row->field, &text, sizeof text);
    return PW_OK;
}

pw_status pw_with_read(pw_arena *arena, const pw_node *properties, pw_with_kind kind, pw_with *out,
                       pw_error *err) {
    static const int places[] = {IN_CREATE, IN_CREATE_AS, IN_INSERT};
    memset(out, 0, sizeof *out);
    out->partitions = out->replicas = -1;
    if (!properties) return PW_OK;
    bool seen[PROPERTY_COUNT] = {false};
    for (uint32_t i = 0; i < properties->child_count; i++) {
        const pw_node *property = properties->children[i];
        const property_row *row = find_property(property->text);
        if (!row) return fail_unknown(property, err);
        if (!(row->where & places[kind])) {
            return pw_fail(err, PW_INVALID, property->span,
                           "Invalid config variable(s) in the WITH clause: %s", row->name);
        }
        if (seen[row - property_rows]) {
            return pw_fail(err, PW_INVALID, property->span, "Duplicate property in WITH: %s",
                           row->name);
        }
        seen[row - property_rows] = true;
        PW_TRY(read_property(arena, row, property, out, err));
    }
    return PW_OK;
}

bool pw_with_duration(pw_str text, int64_t *ms) {
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"MILLISECOND", 1},
                 {"SECOND", 1000},
                 {"MINUTE", 60000},
                 {"HOUR", 3600000},
                 {"DAY", 86400000}};
    pw_str trimmed = pw_str_trim(text);
    size_t digits = 0;
    while (digits < trimmed.length && trimmed.data[digits] >= '0' && trimmed.data[digits] <= '9') {
        digits++;
    }
    int64_t count;
    if (!pw_str_to_i64((pw_str){trimmed.data, digits}, &count)) return false;
    pw_str unit = pw_str_trim((pw_str){trimmed.data + digits, trimmed.length - digits});
    if (unit.length > 1 && (unit.data[unit.length - 1] | 0x20) == 's') unit.length--;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!pw_str_equal_nocase(unit, pw_str_from(units[i].unit))) continue;
        return !__builtin_mul_overflow(count, units[i].ms, ms);
    }
    return false;
}

/* --- formats ---------------------------------------------------------------------------------- */

static pw_status choose_name(const pw_plan_context *context, const pw_with *with, pw_side side,
                             uint32_t column_count, const pw_source_format *inherited, pw_str *name,
                             pw_span *at, pw_error *err) {
    pw_str own = side == PW_SIDE_KEY ? with->key_format : with->value_format;
    *at = side == PW_SIDE_KEY ? with->key_format_at : with->value_format_at;
    if (own.length && with->format.length) {
        const char *which = side == PW_SIDE_KEY ? "KEY_FORMAT" : "VALUE_FORMAT";
        return pw_fail(
            err, PW_INVALID, *at,
            "Cannot supply both '%s' and 'FORMAT' properties, as 'FORMAT' sets both key and value "
            "formats. Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.",
            which);
    }
    *name = own.length ? own : with->format;
    if (!own.length && with->format.length) *at = with->format_at;
    if (name->length) return PW_OK;
    if (side == PW_SIDE_KEY && column_count == 0 && inherited) {
        *name = PW_STR("NONE"); /* a result without a key */
    } else if (inherited && !pw_str_equal(inherited->name, PW_STR("NONE"))) {
        *name = inherited->name;
    } else {
        *name =
            side == PW_SIDE_KEY ? context->defaults->key_format : context->defaults->value_format;
    }
    if (name->length) return PW_OK;
    pw_fail(err, PW_INVALID, PW_SPAN_NONE,
            "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide "
            "one or set a default "
            "via the 'ksql.persistence.default.format.value' config.");
    return PW_INVALID;
}

static pw_status find_format(pw_str name, pw_span at, const pw_format **out, pw_error *err) {
    *out = pw_format_find(name);
    if (*out) return PW_OK;
    static const char *const planned[] = {"AVRO", "JSON_SR", "PROTOBUF", "PROTOBUF_NOSR"};
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++) {
        if (!pw_str_equal_nocase(name, pw_str_from(planned[i]))) continue;
        pw_fail(err, PW_UNSUPPORTED, at, "format %s is not supported yet", planned[i]);
        pw_error_hint(err, "JSON, DELIMITED and KAFKA are");
        return PW_UNSUPPORTED;
    }
    size_t count;
    const pw_format *const *all = pw_format_all(&count);
    pw_str names[32];
    if (count > 32) count = 32;
    for (size_t i = 0; i < count; i++)
        names[i] = pw_str_from(all[i]->name);
    pw_fail(err, PW_INVALID, at, "Unknown format: %.*s", PW_STR_ARGS(name));
    pw_str nearest = pw_nearest(name, names, count);
    if (nearest.length) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    return PW_INVALID;
}

static pw_status read_delimiter(const pw_with *with, pw_side side, const pw_format *format,
                                const pw_source_format *inherited, char *out, pw_error *err) {
    pw_str text = side == PW_SIDE_KEY ? with->key_delimiter : with->value_delimiter;
    *out = 0;
    if (!text.length) {
        if (inherited && pw_str_equal(inherited->name, pw_str_from(format->name))) {
            *out = inherited->delimiter;
        }
        return PW_OK;
    }
    if (!format->has_delimiter) {
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                       "%s does not support the following configs: [delimiter]", format->name);
    }
    if (pw_str_equal_nocase(text, PW_STR("SPACE")))
        *out = ' ';
    else if (pw_str_equal_nocase(text, PW_STR("TAB")))
        *out = '\t';
    else if (text.length == 1 && text.data[0] != ' ' && text.data[0] != '\t')
        *out = text.data[0];
    if (*out) return PW_OK;
    const char *property = side == PW_SIDE_KEY ? "KEY_DELIMITER" : "VALUE_DELIMITER";
    if (pw_str_trim(text).length == 0) {
        return pw_fail(
            err, PW_INVALID, PW_SPAN_NONE,
            "Configuration %s is invalid: Delimiter cannot be empty, if you meant to have a tab or "
            "space for delimiter, please use the special values 'TAB' or 'SPACE'\n"
            "Example valid value: ';'",
            property);
    }
    return pw_fail(
        err, PW_INVALID, PW_SPAN_NONE,
        "Configuration %s is invalid: Invalid delimiter value: '%.*s'. Delimiter must be a single "
        "character or TAB,SPACE\nExample valid value: ';'",
        property, PW_STR_ARGS(text));
}

/* The columns of one side. */
static pw_schema side_schema(pw_arena *arena, const pw_schema *schema, pw_column_kind kind) {
    pw_column *columns = PW_NEW_ARRAY(arena, pw_column, schema->column_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (schema->columns[i].kind == kind) columns[count++] = schema->columns[i];
    }
    return (pw_schema){columns, count};
}

static pw_status check_columns(pw_arena *arena, const pw_format *format, pw_side side,
                               const pw_schema *schema, uint32_t count, pw_span at, pw_error *err) {
    pw_buf text;
    pw_buf_init(&text);
    pw_status status = PW_OK;
    pw_column_kind kind = side == PW_SIDE_KEY ? PW_COLUMN_KEY : PW_COLUMN_VALUE;
    const char *why = NULL;
    if (count > 1 && !format->can_hold_many_columns) why = "only supports a single field";
    for (uint32_t i = 0; i < schema->column_count && !why; i++) {
        const pw_column *column = &schema->columns[i];
        if (column->kind != kind || format->can_hold(column->type, side, &why)) continue;
        if (!why) why = "cannot hold it";
        if (format->has_delimiter) {
            pw_buf_format(&text, "%s, column: `%.*s`", why, PW_STR_ARGS(column->name));
        }
    }
    if (why) {
        pw_schema shown = side_schema(arena, schema, kind);
        pw_buf list;
        pw_buf_init(&list);
        pw_schema_print(&shown, false, &list);
        bool is_single = count > 1 && !format->can_hold_many_columns;
        if (is_single)
            pw_buf_format(&text, "The '%s' format only supports a single field", format->name);
        else if (!text.length)
            pw_buf_add_str(&text, pw_str_from(why));
        bool lists = is_single || (!format->can_wrap && !format->can_unwrap);
        if (lists) pw_buf_format(&text, ". Got: [%s]", pw_buf_cstr(&list));
        status = pw_fail(err, PW_INVALID, at,
                         "%s format does not support schema.\nformat: %s\nschema: "
                         "Persistence{columns=[%s], features=[]}\nreason: %s",
                         side == PW_SIDE_KEY ? "Key" : "Value", format->name, pw_buf_cstr(&list),
                         pw_buf_cstr(&text));
        pw_buf_deinit(&list);
    }
    pw_buf_deinit(&text);
    return status;
}

/* Wrapped or bare? Only a single value column leaves a choice. */
static pw_status choose_wrapping(const pw_plan_context *context, const pw_with *with, pw_side side,
                                 const pw_format *format, uint32_t count, pw_source_format *out,
                                 pw_error *err) {
    out->is_wrapped = count != 1 ? format->can_hold_many_columns : format->can_wrap;
    if (side == PW_SIDE_KEY) {
        if (count == 1 && format->can_unwrap) out->is_wrapped = false;
        return PW_OK;
    }
    if (with->has_wrap) {
        if (count != 1) {
            return pw_fail(err, PW_INVALID, with->wrap_at,
                           "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
        }
        if (with->wrap ? !format->can_wrap : !format->can_unwrap) {
            return pw_fail(err, PW_INVALID, with->wrap_at,
                           "Format '%s' does not support 'WRAP_SINGLE_VALUE' set to '%s'.",
                           format->name, with->wrap ? "true" : "false");
        }
        out->is_wrapped = with->wrap;
        out->is_wrapping_stated = true;
    } else if (count == 1 && context->defaults->wrap_single.length) {
        bool wrap = pw_str_equal_nocase(context->defaults->wrap_single, PW_STR("true"));
        if (wrap ? format->can_wrap : format->can_unwrap) out->is_wrapped = wrap;
    }
    return PW_OK;
}

pw_status pw_with_format(const pw_plan_context *context, const pw_with *with, pw_side side,
                         const pw_schema *schema, const pw_source_format *inherited,
                         pw_source_format *out, pw_error *err) {
    memset(out, 0, sizeof *out);
    out->schema_id = -1;
    pw_column_kind kind = side == PW_SIDE_KEY ? PW_COLUMN_KEY : PW_COLUMN_VALUE;
    uint32_t count = pw_schema_count_kind(schema, kind);
    pw_str name;
    pw_span at;
    const pw_format *format;
    PW_TRY(choose_name(context, with, side, count, inherited, &name, &at, err));
    PW_TRY(find_format(name, at, &format, err));
    bool is_none = !format->can_wrap && !format->can_unwrap && !format->can_hold_many_columns;
    if (side == PW_SIDE_KEY && count == 0 && inherited && with->key_format.length && !is_none) {
        return pw_fail(err, PW_INVALID, with->key_format_at,
                       "Key format specified for stream without key columns.");
    }
    out->name = pw_str_from(format->name);
    if (side == PW_SIDE_KEY ? !format->can_be_key : !format->can_be_value) {
        return pw_fail(err, PW_INVALID, at, "The '%s' format cannot be used for %ss", format->name,
                       side == PW_SIDE_KEY ? "key" : "value");
    }
    PW_TRY(read_delimiter(with, side, format, inherited, &out->delimiter, err));
    PW_TRY(check_columns(context->arena, format, side, schema, count, at, err));
    return choose_wrapping(context, with, side, format, count, out, err);
}
