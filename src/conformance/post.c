/* What must be true when a case is over. SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>

#include "conformance/judge.h"
#include "expr/expr.h"

static bool is_stated(const pw_json *value) {
    return value && value->kind != PW_JSON_NULL;
}

static pw_str text_of(const pw_json *object, const char *name) {
    const pw_json *value = pw_json_member(object, pw_str_from(name));
    return is_stated(value) ? value->text : PW_STR_EMPTY;
}

static bool column_matches(world *w, const pw_node *element, const pw_column *column) {
    const pw_type *type;
    pw_error ignored;
    if (pw_type_from_ast(&w->arena, pw_child(element, 0), NULL, &type, &ignored) != PW_OK) {
        return false;
    }
    bool is_key = pw_has_flag(element, PW_FLAG_KEY) || pw_has_flag(element, PW_FLAG_PRIMARY_KEY);
    return pw_str_equal(element->text, column->name) && pw_type_equal(type, column->type) &&
           is_key == (column->kind == PW_COLUMN_KEY);
}

/* "K STRING KEY, V INT" against the columns of a source. */
static bool schema_matches(world *w, pw_str schema, const pw_source *source) {
    pw_str sql = pw_arena_format(&w->arena, "CREATE STREAM S (%.*s) WITH (KAFKA_TOPIC='T');",
                                 PW_STR_ARGS(schema));
    pw_statements statements;
    pw_error ignored;
    if (pw_parse(&w->arena, sql, &statements, &ignored) != PW_OK) return false;
    const pw_node *elements = pw_child(statements.items[0], 0);
    if (!elements || elements->child_count != source->schema.column_count) return false;
    for (uint32_t i = 0; i < elements->child_count; i++) {
        if (!column_matches(w, elements->children[i], &source->schema.columns[i])) return false;
    }
    return true;
}

static bool window_matches(const pw_json *key_format, const pw_source *source) {
    pw_str type = text_of(key_format, "windowType");
    pw_str size = text_of(key_format, "windowSizeMs");
    const pw_json *window = pw_json_member(key_format, PW_STR("window"));
    if (is_stated(window)) {
        type = text_of(window, "type");
        size = text_of(window, "size");
    }
    const char *kind = pw_window_kind_text(source->window_kind);
    if (!pw_str_equal_nocase(type, pw_str_from(kind))) return false;
    int64_t size_ms = 0;
    if (size.length && !pw_str_to_i64(size, &size_ms)) return false;
    bool has_size =
        source->window_kind == PW_WINDOW_TUMBLING || source->window_kind == PW_WINDOW_HOPPING;
    return size_ms == (has_size ? source->window_size_ms : 0);
}

static bool features_match(const pw_json *features, const pw_source_format *format) {
    bool wraps = false, unwraps = false;
    for (const pw_json *f = features->first; f; f = f->next) {
        wraps |= pw_str_equal(f->text, PW_STR("WRAP_SINGLES"));
        unwraps |= pw_str_equal(f->text, PW_STR("UNWRAP_SINGLES"));
    }
    if (!wraps && !unwraps) return !format->is_wrapping_stated;
    return format->is_wrapped == wraps;
}

static const char *source_problem(world *w, const pw_json *expected, const pw_source *source) {
    if (!source) return "does not exist";
    bool is_table = pw_str_equal_nocase(text_of(expected, "type"), PW_STR("table"));
    if (source->is_table != is_table) return "is of the other type";
    pw_str schema = text_of(expected, "schema");
    if (schema.length && !schema_matches(w, schema, source)) return "has another schema";
    const pw_json *key_format = pw_json_member(expected, PW_STR("keyFormat"));
    if (is_stated(key_format)) {
        pw_str name = text_of(key_format, "format");
        if (!pw_str_equal_nocase(name, source->key_format.name)) return "has another key format";
        if (!window_matches(key_format, source)) return "has another window";
    }
    const pw_json *value_format = pw_json_member(expected, PW_STR("valueFormat"));
    if (is_stated(value_format)) {
        pw_str name = value_format->kind == PW_JSON_STRING ? value_format->text
                                                           : text_of(value_format, "format");
        if (!pw_str_equal_nocase(name, source->value_format.name)) return "has another format";
    }
    const pw_json *features = pw_json_member(expected, PW_STR("valueFeatures"));
    if (is_stated(features) && !features_match(features, &source->value_format)) {
        return "wraps its value otherwise";
    }
    const pw_json *is_source = pw_json_member(expected, PW_STR("isSource"));
    if (is_stated(is_source) && (is_source->kind == PW_JSON_TRUE) != source->is_read_only) {
        return "is (not) read-only";
    }
    return NULL;
}

static bool sources_hold(world *w, const pw_json *sources, pw_buf *detail) {
    for (const pw_json *s = is_stated(sources) ? sources->first : NULL; s; s = s->next) {
        pw_str name = text_of(s, "name");
        const pw_source *source = pw_catalog_source_find(w->engine->catalog, name);
        const char *problem = source_problem(w, s, source);
        if (!problem) continue;
        pw_buf_format(detail, "post: source %.*s %s", PW_STR_ARGS(name), problem);
        if (!source) return false;
        pw_buf_add_literal(detail, ": expected ");
        pw_json_tree_print(s, detail);
        pw_buf_add_literal(detail, ", got ");
        pw_schema_print(&source->schema, source->is_table, detail);
        return false;
    }
    return true;
}

static bool none_matches(world *w, pw_str pattern, pw_buf *detail) {
    regex_t regex;
    char *text = pw_arena_cstr(&w->arena, pattern);
    if (pattern.length == 0 || regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) != 0) return true;
    bool is_free = true;
    for (const kept_topic *t = w->topics; t && is_free; t = t->next) {
        is_free = regexec(&regex, pw_arena_cstr(&w->arena, t->name), 0, NULL, 0) != 0;
        if (is_free) continue;
        pw_buf_format(detail, "post: topic %.*s must not be there", PW_STR_ARGS(t->name));
    }
    regfree(&regex);
    return is_free;
}

/* ksqlDB's internal topics are no topics here: those expectations are passed over. */
static bool topics_hold(world *w, const pw_json *topics, pw_buf *detail) {
    for (const pw_json *t = is_stated(topics) ? topics->first : NULL; t; t = t->next) {
        const pw_json *internal = pw_json_member(t, PW_STR("internal"));
        if (internal && internal->kind == PW_JSON_TRUE) continue;
        pw_str name = text_of(t, "name");
        const kept_topic *topic = world_topic(w, name, false);
        int64_t partitions = -1;
        pw_str stated = text_of(t, "partitions");
        bool has_count = stated.length && pw_str_to_i64(stated, &partitions);
        const pw_json *key = pw_json_member(t, PW_STR("keyFormat"));
        const pw_json *value = pw_json_member(t, PW_STR("valueFormat"));
        const pw_source *source = topic ? topic->source : NULL;
        bool holds = source && (!has_count || source->partitions == partitions) &&
                     (!is_stated(key) ||
                      pw_str_equal_nocase(text_of(key, "format"), source->key_format.name)) &&
                     (!is_stated(value) ||
                      pw_str_equal_nocase(text_of(value, "format"), source->value_format.name));
        if (holds) continue;
        pw_buf_format(detail, "post: topic %.*s is not there as expected: ", PW_STR_ARGS(name));
        pw_json_tree_print(t, detail);
        return false;
    }
    return true;
}

bool post_holds(world *w, const pw_json *post, pw_buf *detail) {
    if (!is_stated(post)) return true;
    const pw_json *topics = pw_json_member(post, PW_STR("topics"));
    if (!sources_hold(w, pw_json_member(post, PW_STR("sources")), detail)) return false;
    if (!is_stated(topics)) return true;
    return none_matches(w, text_of(topics, "blacklist"), detail) &&
           topics_hold(w, pw_json_member(topics, PW_STR("topics")), detail);
}
