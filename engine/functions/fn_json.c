/* JSON in text. SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "functions/functions_private.h"
#include "functions/json_tree.h"
#include "types/number_text.h"

static const char *const not_json = "the text is no valid JSON";

/* The compact text of a value; of a string its content. */
static pw_slot text_of(pw_arena *arena, const pw_json *value, bool keeps_quotes, pw_buf *scratch) {
    if (value->kind == PW_JSON_STRING && !keeps_quotes)
        return pw_slot_str(pw_arena_str(arena, value->text));
    pw_buf_clear(scratch);
    pw_json_tree_print(value, scratch);
    return pw_text_result(arena, scratch);
}

/* --- EXTRACTJSONFIELD ---------------------------------------------------------------------- */

enum { STEPS_MAX = 64 };

typedef struct json_path {
    pw_str steps[STEPS_MAX];
    uint32_t count;
    bool is_good;
} json_path;

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == ':' || (uint8_t)c >= 0x80;
}

/* [n], [name], ['name'], ["name"] behind the bracket; returns the bytes read, 0 if it is none. */
static size_t read_subscript(pw_str rest, pw_str *step) {
    char quote = rest.length ? rest.data[0] : 0;
    size_t i = quote == '\'' || quote == '"' ? 1 : 0, start = i;
    while (i < rest.length && (start ? rest.data[i] != quote : is_name_byte(rest.data[i])))
        i++;
    *step = (pw_str){rest.data + start, i - start};
    if (start) i++;
    return step->length && i < rest.length && rest.data[i] == ']' ? i + 1 : 0;
}

/* $, then .name or [...] any number of times. */
static json_path read_path(pw_str text) {
    json_path path = {.is_good = text.length > 0 && text.data[0] == '$'};
    for (size_t i = 1; path.is_good && i < text.length;) {
        pw_str rest = {text.data + i + 1, text.length - i - 1}, step = {rest.data, 0};
        size_t bytes = 0;
        if (text.data[i] == '.') {
            while (step.length < rest.length && is_name_byte(rest.data[step.length]))
                step.length++;
            bytes = step.length;
        } else if (text.data[i] == '[') {
            bytes = read_subscript(rest, &step);
        }
        path.is_good = bytes > 0 && path.count < STEPS_MAX;
        if (path.is_good) path.steps[path.count++] = step;
        i += 1 + bytes;
    }
    return path;
}

static const pw_json *follow(const pw_json *value, const json_path *path) {
    for (uint32_t i = 0; i < path->count && value; i++) {
        int64_t index = 0;
        if (value->kind == PW_JSON_ARRAY) {
            bool is_index = pw_str_to_i64(path->steps[i], &index);
            value = is_index ? pw_json_element(value, index) : NULL;
        } else {
            value = pw_json_member(value, path->steps[i]);
        }
    }
    return value;
}

static pw_status open_path(pw_arena *arena, const pw_slot *const *constants, uint32_t arg_count,
                           void **state, pw_error *err) {
    (void)arg_count;
    (void)err;
    if (!constants[1] || constants[1]->is_null) return PW_OK;
    json_path *path = PW_NEW(arena, json_path);
    *path = read_path(pw_arena_str(arena, pw_slot_as_str(constants[1])));
    *state = path;
    return PW_OK;
}

static void extract_json_field(pw_call *call) {
    pw_buf scratch;
    pw_buf_init(&scratch);
    PW_CALL_EACH_ROW(call, row) {
        json_path path;
        pw_str text = pw_arg_str(call, 0, row);
        if (call->state) {
            path = *(const json_path *)call->state;
        } else {
            path = read_path(pw_arg_str(call, 1, row));
        }
        call->out[row] = pw_slot_null();
        if (!path.is_good) {
            call->fail(call, row, "the JSON path must be $ followed by .name or [index]");
            continue;
        }
        if (text.length == 0) { /* no value at all: as text it is empty */
            if (path.count == 0) call->out[row] = pw_slot_text("", 0);
            continue;
        }
        const pw_json *value = pw_json_parse(call->arena, text);
        if (!value) {
            call->fail(call, row, not_json);
            continue;
        }
        value = follow(value, &path);
        if (value) call->out[row] = text_of(call->arena, value, false, &scratch);
    }
    pw_buf_deinit(&scratch);
}

/* --- one JSON text ------------------------------------------------------------------------- */

static void is_json_string(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *text = pw_arg(call, 0, row);
        bool is_json = !text->is_null && pw_json_parse(call->arena, pw_slot_as_str(text)) != NULL;
        call->out[row] = pw_slot_i64(is_json);
    }
}

static void json_array_length(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_json *value = pw_json_parse(call->arena, pw_arg_str(call, 0, row));
        call->out[row] = pw_slot_null();
        if (!value) {
            call->fail(call, row, not_json);
        } else if (value->kind == PW_JSON_ARRAY) {
            call->out[row] = pw_slot_i64(value->count);
        }
    }
}

static void json_keys(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_json *value = pw_json_parse(call->arena, pw_arg_str(call, 0, row));
        call->out[row] = pw_slot_null();
        if (!value) call->fail(call, row, not_json);
        if (!value || value->kind != PW_JSON_OBJECT) continue;
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, value->count + 1);
        uint32_t count = 0;
        for (const pw_json *child = value->first; child; child = child->next)
            items[count++] = pw_slot_str(child->key);
        call->out[row] = pw_slot_items(items, count);
    }
}

static void json_items(pw_call *call) {
    pw_buf scratch;
    pw_buf_init(&scratch);
    PW_CALL_EACH_ROW(call, row) {
        const pw_json *value = pw_json_parse(call->arena, pw_arg_str(call, 0, row));
        if (!value || value->kind != PW_JSON_ARRAY) {
            call->fail(call, row, "the text is no JSON array");
            continue;
        }
        pw_slot *items = PW_NEW_ARRAY(call->arena, pw_slot, value->count + 1);
        uint32_t count = 0;
        for (const pw_json *child = value->first; child; child = child->next)
            items[count++] = text_of(call->arena, child, true, &scratch);
        call->out[row] = pw_slot_items(items, count);
    }
    pw_buf_deinit(&scratch);
}

static void json_records(pw_call *call) {
    pw_buf scratch;
    pw_buf_init(&scratch);
    PW_CALL_EACH_ROW(call, row) {
        const pw_json *value = pw_json_parse(call->arena, pw_arg_str(call, 0, row));
        call->out[row] = pw_slot_null();
        if (!value) call->fail(call, row, not_json);
        if (!value || value->kind != PW_JSON_OBJECT) continue;
        pw_slot *pairs = PW_NEW_ARRAY(call->arena, pw_slot, 2 * (size_t)value->count + 1);
        uint32_t count = 0;
        for (const pw_json *child = value->first; child; child = child->next, count++) {
            pairs[2 * count] = pw_slot_str(child->key);
            pairs[2 * count + 1] = text_of(call->arena, child, false, &scratch);
        }
        call->out[row] = pw_slot_items(pairs, count);
    }
    pw_buf_deinit(&scratch);
}

/* --- JSON_ARRAY_CONTAINS ------------------------------------------------------------------- */

static bool is_whole(pw_str number) {
    for (size_t i = 0; i < number.length; i++)
        if (number.data[i] == '.' || (number.data[i] | 0x20) == 'e') return false;
    return true;
}

/* Types are told apart: 1 is an INTEGER or BIGINT, 1.0 a DOUBLE, "1" a text. */
static bool json_equals(const pw_json *item, const pw_type *type, const pw_slot *value) {
    int64_t whole = 0;
    double number = 0;
    if (value->is_null) return item->kind == PW_JSON_NULL;
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: return item->kind == (value->i64 ? PW_JSON_TRUE : PW_JSON_FALSE);
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
        return item->kind == PW_JSON_NUMBER && is_whole(item->text) &&
               pw_i64_parse(item->text, &whole) && whole == value->i64;
    case PW_TYPE_DOUBLE:
        return item->kind == PW_JSON_NUMBER && !is_whole(item->text) &&
               pw_double_parse_json(item->text, &number) && number == value->f64;
    case PW_TYPE_STRING:
        return item->kind == PW_JSON_STRING && pw_str_equal(item->text, pw_slot_as_str(value));
    case PW_TYPE_NULL:
    case PW_TYPE_DECIMAL:
    case PW_TYPE_BYTES:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    return false;
}

static void json_array_contains(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *text = pw_arg(call, 0, row), *wanted = pw_arg(call, 1, row);
        call->out[row] = pw_slot_null();
        if (text->is_null) continue;
        const pw_json *value = pw_json_parse(call->arena, pw_slot_as_str(text));
        bool is_found = false;
        if (value && value->kind == PW_JSON_ARRAY)
            for (const pw_json *item = value->first; item && !is_found; item = item->next)
                is_found = json_equals(item, call->arg_types[1], wanted);
        call->out[row] = pw_slot_i64(is_found);
    }
}

/* --- JSON_CONCAT --------------------------------------------------------------------------- */

/* All objects: one object, in which the last of equal keys counts, at the place of the first. */
static void print_merged(const pw_json *const *values, uint32_t count, pw_buf *out) {
    pw_hashmap members;
    bool is_first = true;
    pw_hashmap_init(&members);
    for (uint32_t i = 0; i < count; i++)
        for (const pw_json *member = values[i]->first; member; member = member->next)
            pw_hashmap_put(&members, member->key, (void *)(uintptr_t)member);
    pw_buf_add_char(out, '{');
    for (size_t i = 0; i < members.entry_count; i++) {
        const pw_json *member = members.entries[i].value;
        if (!is_first) pw_buf_add_char(out, ',');
        is_first = false;
        pw_buf_add_json_string(out, member->key);
        pw_buf_add_char(out, ':');
        pw_json_tree_print(member, out);
    }
    pw_buf_add_char(out, '}');
    pw_hashmap_deinit(&members);
}

/* Else an array of all: arrays give their elements, other values stand for themselves. */
static void print_joined(const pw_json *const *values, uint32_t count, pw_buf *out) {
    bool is_first = true;
    pw_buf_add_char(out, '[');
    for (uint32_t v = 0; v < count; v++) {
        bool is_array = values[v]->kind == PW_JSON_ARRAY;
        const pw_json *item = is_array ? values[v]->first : values[v];
        for (; item; item = is_array ? item->next : NULL) {
            if (!is_first) pw_buf_add_char(out, ',');
            is_first = false;
            pw_json_tree_print(item, out);
        }
    }
    pw_buf_add_char(out, ']');
}

static void json_concat(pw_call *call) {
    pw_buf scratch;
    pw_buf_init(&scratch);
    const pw_json **values = PW_NEW_ARRAY(call->arena, const pw_json *, call->arg_count);
    PW_CALL_EACH_ROW(call, row) {
        bool are_objects = true, is_good = true;
        for (uint32_t i = 0; i < call->arg_count && is_good; i++) {
            values[i] = pw_json_parse(call->arena, pw_arg_str(call, i, row));
            is_good = values[i] != NULL;
            are_objects = are_objects && is_good && values[i]->kind == PW_JSON_OBJECT;
        }
        if (!is_good) {
            call->fail(call, row, not_json);
            continue;
        }
        pw_buf_clear(&scratch);
        if (call->arg_count == 1) {
            pw_json_tree_print(values[0], &scratch);
        } else if (are_objects) {
            print_merged(values, call->arg_count, &scratch);
        } else {
            print_joined(values, call->arg_count, &scratch);
        }
        call->out[row] = pw_text_result(call->arena, &scratch);
    }
    pw_buf_deinit(&scratch);
}

#define ROW(signature_, doc_, example_, scalar_, flags_)                                           \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = flags_                                                                            \
    }

static const pw_function json_rows[] = {
    {.signature = "EXTRACTJSONFIELD(input STRING, path STRING) -> STRING",
     .doc = "The value at a path such as $.car.laps[0], as text; NULL if it is not there.",
     .example = "EXTRACTJSONFIELD('{\"car\": {\"laps\": [91, 90]}}', '$.car.laps[1]') = '90'",
     .scalar = extract_json_field,
     .flags = PW_FN_NULL_IN_NULL_OUT,
     .open = open_path},
    ROW("IS_JSON_STRING(input STRING) -> BOOLEAN", "Is the text valid JSON? FALSE for NULL.",
        "IS_JSON_STRING('[1, 2]')", is_json_string, 0),
    ROW("JSON_ARRAY_LENGTH(jsonArray STRING) -> INT",
        "The number of elements, NULL for what is no array.", "JSON_ARRAY_LENGTH('[1, 2]') = 2",
        json_array_length, PW_FN_NULL_IN_NULL_OUT),
    ROW("JSON_KEYS(jsonObj STRING) -> ARRAY<STRING>",
        "The keys of the object, NULL for what is none.",
        "JSON_KEYS('{\"a\": 1, \"b\": 2}') = ARRAY['a', 'b']", json_keys, PW_FN_NULL_IN_NULL_OUT),
    ROW("JSON_ITEMS(jsonItems STRING) -> ARRAY<STRING>", "The elements of the array as JSON texts.",
        "JSON_ITEMS('[1, {\"a\": 2}]') = ARRAY['1', '{\"a\":2}']", json_items,
        PW_FN_NULL_IN_NULL_OUT),
    ROW("JSON_RECORDS(jsonObj STRING) -> MAP<STRING, STRING>",
        "The members of the object: texts as they are, other values as JSON.",
        "JSON_RECORDS('{\"a\": \"x\", \"b\": [1]}')['b'] = '[1]'", json_records,
        PW_FN_NULL_IN_NULL_OUT),
    ROW("JSON_ARRAY_CONTAINS(jsonArray STRING, val T) -> BOOLEAN",
        "Is the value, of the same type, among the elements?", "JSON_ARRAY_CONTAINS('[1, 2]', 2)",
        json_array_contains, 0),
    ROW("JSON_CONCAT(jsonStrings STRING...) -> STRING",
        "Objects merged into one, or arrays and other values joined to an array.",
        "JSON_CONCAT('{\"a\": 1}', '{\"b\": 2}') = '{\"a\":1,\"b\":2}'", json_concat,
        PW_FN_NULL_IN_NULL_OUT),
};

const pw_function_family pw_functions_json = PW_FUNCTION_FAMILY("JSON", json_rows);
