/* CREATE STREAM and CREATE TABLE over an existing or new topic. (ksqlDB reference, 1.4 to 1.6.)
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/error.h"
#include "plan/plan_private.h"
#include "plan/with.h"
#include "functions/time_pattern.h"

static const pw_type *headers_type(pw_arena *arena) {
    pw_field *fields = PW_NEW_ARRAY(arena, pw_field, 2);
    fields[0] = (pw_field){PW_STR("KEY"), &pw_type_string};
    fields[1] = (pw_field){PW_STR("VALUE"), &pw_type_bytes};
    return pw_type_array(arena, pw_type_struct(arena, fields, 2));
}

static pw_status element_kind(const pw_plan_context *context, const pw_node *element, bool is_table,
                              pw_column *column, pw_error *err) {
    column->kind = PW_COLUMN_VALUE;
    if (pw_has_flag(element, PW_FLAG_KEY) || pw_has_flag(element, PW_FLAG_PRIMARY_KEY)) {
        column->kind = PW_COLUMN_KEY;
        if (pw_has_flag(element, PW_FLAG_KEY) && is_table) {
            return pw_fail(err, PW_INVALID, element->span,
                           "Column `%.*s` is a 'KEY' column: please use 'PRIMARY KEY' for tables.",
                           PW_STR_ARGS(element->text));
        }
        if (pw_has_flag(element, PW_FLAG_PRIMARY_KEY) && !is_table) {
            return pw_fail(err, PW_INVALID, element->span,
                           "Column `%.*s` is a 'PRIMARY KEY' column: please use 'KEY' for streams.",
                           PW_STR_ARGS(element->text));
        }
    }
    if (pw_has_flag(element, PW_FLAG_HEADERS)) {
        column->kind = PW_COLUMN_HEADERS;
        if (!pw_type_equal(column->type, headers_type(context->arena))) {
            return pw_fail(err, PW_INVALID, element->span,
                           "Invalid type for HEADERS column: expected ARRAY<STRUCT<`KEY` STRING, "
                           "`VALUE` BYTES>>");
        }
    }
    if (pw_has_flag(element, PW_FLAG_HEADER)) {
        column->kind = PW_COLUMN_HEADER;
        column->header_key = pw_arena_str(context->arena, pw_child(element, 1)->text);
        if (column->type->kind != PW_TYPE_BYTES) {
            return pw_fail(err, PW_INVALID, element->span,
                           "Invalid type for HEADER('%.*s') column: expected BYTES",
                           PW_STR_ARGS(column->header_key));
        }
    }
    return PW_OK;
}

static pw_status read_elements(const pw_plan_context *context, const pw_node *elements,
                               bool is_table, pw_column *columns, pw_error *err) {
    pw_hashmap types;
    pw_catalog_type_map(context->catalog, &types);
    pw_status status = PW_OK;
    for (uint32_t i = 0; i < elements->child_count && status == PW_OK; i++) {
        const pw_node *element = elements->children[i];
        pw_column *column = &columns[i];
        column->name = pw_arena_str(context->arena, element->text);
        if (plan_is_reserved(column->name)) {
            status = pw_fail(
                err, PW_INVALID, element->span,
                "'%.*s' is a reserved column name. You cannot use it as a name for a column.",
                PW_STR_ARGS(column->name));
            break;
        }
        for (uint32_t j = 0; j < i; j++) {
            if (!pw_str_equal(columns[j].name, column->name)) continue;
            status = pw_fail(err, PW_INVALID, element->span, "Duplicate column names: `%.*s`",
                             PW_STR_ARGS(column->name));
        }
        if (status == PW_OK) {
            status =
                pw_type_from_ast(context->arena, pw_child(element, 0), &types, &column->type, err);
        }
        if (status == PW_OK) status = element_kind(context, element, is_table, column, err);
    }
    pw_hashmap_deinit(&types);
    return status;
}

/* Key columns first, then all others, each in the order written. */
static pw_schema order_columns(pw_arena *arena, const pw_column *columns, uint32_t count) {
    pw_column *ordered = PW_NEW_ARRAY(arena, pw_column, count + 1);
    uint32_t at = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < count; i++) {
            if ((columns[i].kind == PW_COLUMN_KEY) == (pass == 0)) ordered[at++] = columns[i];
        }
    }
    return (pw_schema){ordered, count};
}

static bool has_map(const pw_type *type) {
    if (type->kind == PW_TYPE_MAP) return true;
    if (type->kind == PW_TYPE_ARRAY) return has_map(type->element);
    for (uint32_t i = 0; type->kind == PW_TYPE_STRUCT && i < type->field_count; i++) {
        if (has_map(type->fields[i].type)) return true;
    }
    return false;
}

static pw_status check_keys(const pw_schema *schema, const pw_node *statement, bool is_table,
                            pw_error *err) {
    if (is_table && pw_schema_count_kind(schema, PW_COLUMN_KEY) == 0) {
        return pw_fail(err, PW_INVALID, statement->span,
                       "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.");
    }
    for (uint32_t i = 0; i < schema->column_count; i++) {
        const pw_column *column = &schema->columns[i];
        if (column->kind != PW_COLUMN_KEY || !has_map(column->type)) continue;
        pw_buf type;
        pw_buf_init(&type);
        pw_type_print(column->type, &type);
        pw_fail(err, PW_INVALID, statement->span,
                "Map keys, including types that contain maps, are not supported as they may lead "
                "to unexpected "
                "behavior due to inconsistent serialization. Key column name: `%.*s`. Column type: "
                "%s. See "
                "https://github.com/confluentinc/ksql/issues/6621 for more.",
                PW_STR_ARGS(column->name), pw_buf_cstr(&type));
        pw_buf_deinit(&type);
        return PW_INVALID;
    }
    return PW_OK;
}

static pw_status read_window(const pw_with *with, pw_source *out, pw_error *err) {
    static const struct {
        const char *name;
        pw_window_kind kind;
    } kinds[] = {{"TUMBLING", PW_WINDOW_TUMBLING},
                 {"HOPPING", PW_WINDOW_HOPPING},
                 {"SESSION", PW_WINDOW_SESSION}};
    if (with->window_type.length) {
        for (size_t i = 0; i < 3; i++) {
            if (pw_str_equal_nocase(with->window_type, pw_str_from(kinds[i].name))) {
                out->window_kind = kinds[i].kind;
            }
        }
        if (out->window_kind == PW_WINDOW_NONE) {
            return pw_fail(
                err, PW_INVALID, with->window_type_at,
                "Invalid window type: %.*s. It must be one of SESSION, HOPPING or TUMBLING",
                PW_STR_ARGS(with->window_type));
        }
        if (pw_schema_count_kind(&out->schema, PW_COLUMN_KEY) == 0) {
            return pw_fail(err, PW_INVALID, with->window_type_at,
                           "Windowed sources require a key column.");
        }
    }
    bool needs_size =
        out->window_kind == PW_WINDOW_TUMBLING || out->window_kind == PW_WINDOW_HOPPING;
    if (needs_size && !with->window_size.length) {
        return pw_fail(
            err, PW_INVALID, with->window_type_at,
            "%s windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: "
            "'WINDOW_SIZE'='10 SECONDS'",
            pw_window_kind_text(out->window_kind));
    }
    if (!needs_size && with->window_size.length) {
        return pw_fail(
            err, PW_INVALID, with->window_size_at,
            "'WINDOW_SIZE' should not be set for SESSION windows or without 'WINDOW_TYPE'.");
    }
    if (needs_size &&
        (!pw_with_duration(with->window_size, &out->window_size_ms) || out->window_size_ms <= 0)) {
        return pw_fail(err, PW_INVALID, with->window_size_at,
                       "Invalid duration: '%.*s'. Expected, for example, '10 SECONDS'",
                       PW_STR_ARGS(with->window_size));
    }
    return PW_OK;
}

/* A pattern that no text could match is told now, not with every record. */
static pw_status check_pattern(const pw_with *with, pw_error *err) {
    if (!with->timestamp_format.length) return PW_OK;
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_time_pattern pattern;
    const char *why = pw_time_pattern_compile(&arena, with->timestamp_format, &pattern);
    pw_arena_deinit(&arena);
    if (!why) return PW_OK;
    return pw_fail(err, PW_INVALID, with->timestamp_format_at,
                   "Invalid timestamp format '%.*s' in the WITH clause: %s",
                   PW_STR_ARGS(with->timestamp_format), why);
}

pw_status pw_plan_timestamp(const pw_with *with, pw_source *out, pw_error *err) {
    if (!with->timestamp.length) return PW_OK;
    PW_TRY(check_pattern(with, err));
    pw_str name = with->timestamp;
    int32_t index = -1;
    for (uint32_t i = 0; i < out->schema.column_count && index < 0; i++) {
        if (pw_str_equal_nocase(out->schema.columns[i].name, name)) index = (int32_t)i;
    }
    int32_t exact = pw_schema_find(&out->schema, name);
    if (exact >= 0) index = exact;
    if (index < 0) {
        return pw_fail(
            err, PW_INVALID, with->timestamp_at,
            "The TIMESTAMP column set in the WITH clause does not exist in the schema: '%.*s'",
            PW_STR_ARGS(name));
    }
    const pw_column *column = &out->schema.columns[index];
    bool is_string = column->type->kind == PW_TYPE_STRING;
    if (with->timestamp_format.length && !is_string) {
        return pw_fail(err, PW_INVALID, with->timestamp_format_at,
                       "A String timestamp field must be specified when setting a "
                       "timestamp_format. Timestamp column "
                       "`%.*s` is not a String",
                       PW_STR_ARGS(column->name));
    }
    bool is_fine = column->type->kind == PW_TYPE_BIGINT ||
                   column->type->kind == PW_TYPE_TIMESTAMP ||
                   (is_string && with->timestamp_format.length);
    if (!is_fine) {
        return pw_fail(
            err, PW_INVALID, with->timestamp_at,
            "Timestamp column, `%.*s`, should be LONG(INT64), TIMESTAMP, or a String with a "
            "timestamp_format specified",
            PW_STR_ARGS(column->name));
    }
    out->timestamp_column = column->name;
    out->timestamp_format = with->timestamp_format;
    return PW_OK;
}

pw_status pw_plan_create(const pw_plan_context *context, const pw_node *statement, pw_source *out,
                         pw_error *err) {
    bool is_table = statement->kind == PW_NODE_CREATE_TABLE;
    const pw_node *elements = pw_child(statement, 0);
    pw_with with;
    memset(out, 0, sizeof *out);
    PW_TRY(pw_with_read(context->arena, pw_child(statement, 1), PW_WITH_CREATE, &with, err));
    uint32_t count = elements ? elements->child_count : 0;
    if (count > PW_COLUMNS_MAX) {
        return pw_fail(err, PW_LIMIT, statement->span, "more than %d columns", PW_COLUMNS_MAX);
    }
    pw_column *columns = PW_NEW_ARRAY(context->arena, pw_column, count + 1);
    if (elements) PW_TRY(read_elements(context, elements, is_table, columns, err));
    out->name = pw_arena_str(context->arena, statement->text);
    out->is_table = is_table;
    out->is_read_only = pw_has_flag(statement, PW_FLAG_SOURCE);
    out->schema = order_columns(context->arena, columns, count);
    out->on_error = PW_ON_ERROR_SKIP;
    out->retention_ms = with.has_retention ? with.retention_ms : -1;
    out->ttl_ms = -1;
    if (count) PW_TRY(check_keys(&out->schema, statement, is_table, err));
    if (!with.has_topic || !with.topic.length) {
        return pw_fail(err, PW_INVALID, statement->span,
                       "Missing required property \"KAFKA_TOPIC\" which has no default value.");
    }
    out->topic = with.topic;
    out->partitions = (int32_t)with.partitions;
    out->replicas = (int32_t)with.replicas;
    pw_status status =
        pw_with_format(context, &with, PW_SIDE_KEY, &out->schema, NULL, &out->key_format, err);
    if (status == PW_OK) {
        status = pw_with_format(context, &with, PW_SIDE_VALUE, &out->schema, NULL,
                                &out->value_format, err);
    }
    if (status != PW_OK) {
        if (err && err->at.end == err->at.start) err->at = statement->span;
        return status;
    }
    if (count == 0) {
        pw_fail(err, PW_INVALID, statement->span, "No columns supplied.");
        pw_error_hint(err, "list the columns: %.*s (id VARCHAR %sKEY, ...)", PW_STR_ARGS(out->name),
                      is_table ? "PRIMARY " : "");
        return PW_INVALID;
    }
    PW_TRY(read_window(&with, out, err));
    return pw_plan_timestamp(&with, out, err);
}
