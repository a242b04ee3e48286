/* Values: each SQL type's own reading of JSON (ksqlDB reference, 5.5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_decode.h"

#include "base/assert.h"
#include "base/hashmap.h"
#include "base/limits.h"
#include "formats/formats_private.h"
#include "formats/json_number.h"
#include "formats/json_text.h"
#include "types/number_text.h"

/* Marks a map's value that did not fit, until it is known whether a later duplicate of its key
 * replaces it. */
enum { SLOT_IS_BAD = 2, MAP_PAIRS_SCANNED_MAX = 16 };

const pw_json_node *pw_json_node_new(pw_arena *arena, const pw_type *type) {
    pw_json_node *node = PW_NEW(arena, pw_json_node);
    node->type = type;
    if (type->kind == PW_TYPE_MAP) node->key = pw_json_node_new(arena, type->key);
    if (type->kind == PW_TYPE_MAP || type->kind == PW_TYPE_ARRAY) {
        node->element = pw_json_node_new(arena, type->element);
    }
    if (type->kind == PW_TYPE_STRUCT) {
        pw_column *columns = PW_NEW_ARRAY(arena, pw_column, type->field_count);
        for (uint32_t i = 0; i < type->field_count; i++) {
            columns[i].name = type->fields[i].name;
            columns[i].type = type->fields[i].type;
        }
        node->shape = pw_json_shape_new(arena, columns, type->field_count, NULL);
    }
    return node;
}

static void note_why(pw_json_context *context, const pw_json_node *node, char first,
                     const char *detail) {
    if (context->why.found) return;
    const char *found = "a number";
    if (first == '"')
        found = "a string";
    else if (first == '{')
        found = "an object";
    else if (first == '[')
        found = "an array";
    else if (first == 't' || first == 'f')
        found = "a boolean";
    context->why = (pw_json_why){.found = found, .detail = detail, .wanted = node->type->kind};
}

/* A value of a kind that the type never takes: passed over, as the rest must still be JSON. */
static const char *refuse(pw_json_context *context, const pw_json_node *node, const char *at) {
    note_why(context, node, *at, NULL);
    return pw_json_skip(&context->scan, at, context->depth);
}

/* The text of the string token at `at`, without escapes. */
static const char *read_text(pw_json_context *context, const char *at, pw_str *text) {
    bool has_escape;
    const char *start = at + 1;
    const char *close = pw_json_string(&context->scan, start, &has_escape);
    if (!close) return NULL;
    *text = (pw_str){start, (size_t)(close - start)};
    if (has_escape) {
        char *plain = pw_arena_alloc(context->arena, text->length);
        *text = (pw_str){plain, pw_json_unescape(*text, plain)};
    }
    return close + 1;
}

static bool is_number_start(char c) {
    return (c >= '0' && c <= '9') || c == '-';
}

static const char *read_integer(pw_json_context *context, const pw_json_node *node, const char *at,
                                pw_slot *out) {
    pw_type_kind kind = node->type->kind;
    const char *detail;
    const char *next;
    if (is_number_start(*at)) {
        pw_json_number number;
        next = pw_json_number_scan(&context->scan, at, &number);
        if (!next) return NULL;
        int64_t value = pw_json_number_wrap(&number);
        if (kind == PW_TYPE_INTEGER) {
            *out = pw_slot_i64((int32_t)(uint32_t)(uint64_t)value);
            return next;
        }
        detail = pw_time_fit(kind, value, out);
    } else if (*at == '"') {
        pw_str text;
        next = read_text(context, at, &text);
        if (!next) return NULL;
        detail = pw_integer_fit(kind, text, out);
    } else {
        return refuse(context, node, at);
    }
    if (detail) note_why(context, node, *at, detail);
    return next;
}

static const char *read_double(pw_json_context *context, const pw_json_node *node, const char *at,
                               pw_slot *out) {
    if (is_number_start(*at)) {
        pw_json_number number;
        const char *next = pw_json_number_scan(&context->scan, at, &number);
        if (next) *out = pw_slot_f64(pw_json_number_double(&number));
        return next;
    }
    if (*at != '"') return refuse(context, node, at);
    pw_str text;
    double value = 0;
    const char *next = read_text(context, at, &text);
    if (!next) return NULL;
    if (!pw_double_parse(text, &value)) note_why(context, node, '"', "not a DOUBLE");
    *out = pw_slot_f64(value);
    return next;
}

static const char *read_decimal(pw_json_context *context, const pw_json_node *node, const char *at,
                                pw_slot *out) {
    pw_str text;
    const char *next;
    if (is_number_start(*at)) {
        pw_json_number number;
        next = pw_json_number_scan(&context->scan, at, &number);
        text = number.text;
    } else if (*at == '"') {
        next = read_text(context, at, &text);
    } else {
        return refuse(context, node, at);
    }
    if (!next) return NULL;
    const char *detail = pw_decimal_fit(context->arena, node->type, text, out);
    if (detail) note_why(context, node, *at, detail);
    return next;
}

static const char *read_bytes(pw_json_context *context, const pw_json_node *node, const char *at,
                              pw_slot *out) {
    if (*at != '"') return refuse(context, node, at);
    pw_str text;
    const char *next = read_text(context, at, &text);
    if (!next) return NULL;
    if (!pw_base64_read(context->arena, text, out)) note_why(context, node, '"', "not base64");
    return next;
}

static const char *read_boolean(pw_json_context *context, const pw_json_node *node, const char *at,
                                pw_slot *out) {
    if (*at != 't' && *at != 'f') return refuse(context, node, at);
    *out = pw_slot_i64(*at == 't');
    return pw_json_literal(&context->scan, at);
}

/* A STRING column of something that is no string gets its text. */
static const char *read_string_other(pw_json_context *context, const char *at, pw_slot *out) {
    const char *next;
    if (is_number_start(*at)) {
        pw_json_number number;
        next = pw_json_number_scan(&context->scan, at, &number);
        if (!next) return NULL;
        bool is_as_written = number.is_integer && !(number.is_negative && number.mantissa == 0);
        if (context->is_kept && !is_as_written) {
            char *text = pw_arena_alloc(context->arena, number.text.length + 16);
            *out = pw_slot_text(text, pw_json_number_print(&number, text));
            return next;
        }
    } else if (*at == '{' || *at == '[') {
        next = pw_json_skip(&context->scan, at, context->depth);
        if (!next) return NULL;
        if (context->is_kept) {
            pw_str value = {at, (size_t)(next - at)};
            *out = pw_slot_str(pw_json_container_text(context->arena, value));
            return next;
        }
    } else if (*at == 't' || *at == 'f') {
        next = pw_json_literal(&context->scan, at);
        if (!next) return NULL;
    } else {
        return pw_json_bad(&context->scan, at);
    }
    *out = pw_slot_text(at, (size_t)(next - at));
    return next;
}

static inline const char *read_string(pw_json_context *context, const char *at, pw_slot *out) {
    if (*at != '"') return read_string_other(context, at, out);
    bool has_escape;
    const char *start = at + 1;
    const char *close = pw_json_string(&context->scan, start, &has_escape);
    if (!close) return NULL;
    pw_str text = {start, (size_t)(close - start)};
    if (has_escape && context->is_kept) {
        char *plain = pw_arena_alloc(context->arena, text.length);
        text = (pw_str){plain, pw_json_unescape(text, plain)};
    }
    *out = pw_slot_str(text);
    return close + 1;
}

/* --- containers ------------------------------------------------------------------------- */

/* Slots being collected. */
typedef struct slot_list {
    pw_slot *items;
    uint32_t count;
    uint32_t capacity;
} slot_list;

/* Room for `more` slots at the end of the list; the caller counts them. */
static pw_slot *list_room(pw_arena *arena, slot_list *list, uint32_t more) {
    if (list->capacity - list->count < more) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
        pw_slot *items = pw_arena_alloc(arena, capacity * sizeof *items);
        if (list->count) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count];
}

/* Behind an element: *is_last says whether `close` was there; else the next element's start. */
static const char *pass_comma(pw_json_context *context, const char *at, char close, bool *is_last) {
    pw_json_scan *scan = &context->scan;
    at = pw_json_space(scan, at);
    if (at == scan->end) return pw_json_bad(scan, at);
    *is_last = *at == close;
    if (*is_last) return at + 1;
    if (*at != ',') return pw_json_bad(scan, at);
    at = pw_json_space(scan, at + 1);
    return at == scan->end ? pw_json_bad(scan, at) : at;
}

/* Enters the container at `at`; *is_empty: it is closed at once. */
static const char *enter(pw_json_context *context, const char *at, char close, bool *is_empty) {
    pw_json_scan *scan = &context->scan;
    if (context->depth >= PW_JSON_DEPTH_MAX) return pw_json_bad(scan, at);
    at = pw_json_space(scan, at + 1);
    if (at == scan->end) return pw_json_bad(scan, at);
    *is_empty = *at == close;
    return *is_empty ? at + 1 : at;
}

static const char *read_array(pw_json_context *context, const pw_json_node *node, const char *at,
                              pw_slot *out) {
    if (*at != '[') return refuse(context, node, at);
    slot_list list = {0};
    pw_slot unused;
    bool is_last;
    at = enter(context, at, ']', &is_last);
    if (!at) return NULL;
    context->depth++;
    while (!is_last) {
        pw_slot *slot = context->is_kept ? list_room(context->arena, &list, 1) : &unused;
        at = pw_json_value_read(context, node->element, at, slot);
        if (!at) return NULL;
        list.count += context->is_kept;
        at = pass_comma(context, at, ']', &is_last);
        if (!at) return NULL;
    }
    context->depth--;
    *out = pw_slot_items(list.items, list.count);
    return at;
}

static bool same_key(const pw_slot *a, const pw_slot *b) {
    return pw_str_equal(pw_slot_as_str(a), pw_slot_as_str(b));
}

/* The position of a key among the first `count` pairs, or `count`. table: of a big map. */
static uint32_t find_key(const slot_list *pairs, uint32_t count, const pw_slot *key,
                         uint32_t *table, uint32_t mask) {
    if (!table) {
        uint32_t i = 0;
        while (i < count && !same_key(&pairs->items[2 * i], key))
            i++;
        return i;
    }
    uint32_t at = (uint32_t)pw_hash_bytes(key->text, key->length) & mask;
    for (; table[at]; at = (at + 1) & mask) {
        if (same_key(&pairs->items[2 * (table[at] - 1)], key)) return table[at] - 1;
    }
    table[at] = count + 1;
    return count;
}

/* A key that comes again replaces the value of the one before. Keys are still text here. */
static void drop_duplicates(pw_arena *arena, slot_list *pairs) {
    uint32_t pair_count = pairs->count / 2;
    uint32_t *table = NULL;
    uint32_t slots = 4;
    if (pair_count > MAP_PAIRS_SCANNED_MAX) {
        while (slots < 2 * pair_count)
            slots *= 2;
        table = PW_NEW_ARRAY(arena, uint32_t, slots);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pair_count; i++) {
        const pw_slot *pair = &pairs->items[2 * i];
        uint32_t at = find_key(pairs, kept, pair, table, slots - 1);
        if (at == kept) pairs->items[2 * kept++] = pair[0];
        pairs->items[2 * at + 1] = pair[1];
    }
    pairs->count = 2 * kept;
}

/* Keys of another type than STRING (only in state files): their JSON is the text. */
static void convert_keys(pw_json_context *context, const pw_json_node *node, slot_list *pairs) {
    for (uint32_t i = 0; i < pairs->count; i += 2) {
        pw_str text = pw_slot_as_str(&pairs->items[i]);
        pw_slot *key = &pairs->items[i];
        if (node->type->kind == PW_TYPE_BYTES) {
            if (pw_base64_read(context->arena, text, key)) continue;
        } else if (node->type->kind == PW_TYPE_DOUBLE) {
            double value;
            if (pw_double_parse(text, &value)) {
                *key = pw_slot_f64(value);
                continue;
            }
        } else if (text.length) {
            pw_json_context inner = *context;
            inner.scan.end = text.data + text.length;
            const char *end = pw_json_value_read(&inner, node, text.data, key);
            if (end == inner.scan.end && !inner.why.found) continue;
        }
        note_why(context, node, '"', "not a key of this map");
        return;
    }
}

static const char *read_pair(pw_json_context *context, const pw_json_node *node, const char *at,
                             pw_slot *pair) {
    pw_json_scan *scan = &context->scan;
    pw_str key;
    if (*at != '"') return pw_json_bad(scan, at);
    at = read_text(context, at, &key);
    if (!at) return NULL;
    pair[0] = pw_slot_str(key);
    at = pw_json_space(scan, at);
    if (at == scan->end || *at != ':') return pw_json_bad(scan, at);
    at = pw_json_space(scan, at + 1);
    if (at == scan->end) return pw_json_bad(scan, at);
    return pw_json_value_read(context, node->element, at, &pair[1]);
}

static const char *read_map(pw_json_context *context, const pw_json_node *node, const char *at,
                            pw_slot *out) {
    if (*at != '{') return refuse(context, node, at);
    /* Kept even if nobody wants it: which value of a duplicate key counts needs all keys. */
    bool is_kept = context->is_kept;
    pw_json_why outer = context->why, bad = {0};
    slot_list pairs = {0};
    bool is_last;
    at = enter(context, at, '}', &is_last);
    if (!at) return NULL;
    context->is_kept = true;
    context->depth++;
    context->why.found = NULL;
    while (!is_last) {
        pw_slot *pair = list_room(context->arena, &pairs, 2);
        at = read_pair(context, node, at, pair);
        if (!at) return NULL;
        if (context->why.found) {
            bad = context->why;
            context->why.found = NULL;
            pair[1].is_null = SLOT_IS_BAD;
        }
        pairs.count += 2;
        at = pass_comma(context, at, '}', &is_last);
        if (!at) return NULL;
    }
    drop_duplicates(context->arena, &pairs);
    if (node->key->type->kind != PW_TYPE_STRING) convert_keys(context, node->key, &pairs);
    for (uint32_t i = 1; bad.found && i < pairs.count; i += 2) {
        if (pairs.items[i].is_null == SLOT_IS_BAD) context->why = bad;
    }
    if (outer.found) context->why = outer;
    context->depth--;
    context->is_kept = is_kept;
    *out = pw_slot_items(pairs.items, pairs.count / 2);
    return at;
}

static const char *read_struct(pw_json_context *context, const pw_json_node *node, const char *at,
                               pw_slot *out) {
    if (*at != '{') return refuse(context, node, at);
    uint32_t count = node->type->field_count;
    uint32_t bad_field;
    pw_slot *items = pw_arena_alloc(context->arena, count * sizeof *items);
    *out = pw_slot_items(items, count);
    return pw_json_object_read(context, node->shape, at, items, &bad_field);
}

const char *pw_json_value_read(pw_json_context *context, const pw_json_node *node, const char *at,
                               pw_slot *out) {
    if (*at == 'n') {
        *out = pw_slot_null();
        return pw_json_literal(&context->scan, at);
    }
    switch (node->type->kind) {
    case PW_TYPE_STRING: return read_string(context, at, out);
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return read_integer(context, node, at, out);
    case PW_TYPE_DOUBLE: return read_double(context, node, at, out);
    case PW_TYPE_BOOLEAN: return read_boolean(context, node, at, out);
    case PW_TYPE_DECIMAL: return read_decimal(context, node, at, out);
    case PW_TYPE_BYTES: return read_bytes(context, node, at, out);
    case PW_TYPE_ARRAY: return read_array(context, node, at, out);
    case PW_TYPE_MAP: return read_map(context, node, at, out);
    case PW_TYPE_STRUCT: return read_struct(context, node, at, out);
    case PW_TYPE_NULL: return refuse(context, node, at);
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}
