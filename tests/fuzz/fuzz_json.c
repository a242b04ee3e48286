/* The JSON decoder against a tree: arbitrary bytes, arbitrary small schemas.
 *
 * The first bytes of an input make a schema and a mask of wanted columns, the rest is the payload.
 * It is decoded (a) with the mask, (b) with all columns wanted and (c) by jansson and a plain
 * conversion of its tree. All must agree on whether the record is good and on every slot. What was
 * decoded is then encoded, and must decode to the same again.
 *
 * jansson cannot tell what a number looked like and refuses big ones, so that the payload is
 * rewritten for it: each number becomes a string with a mark in front (see rewrite_numbers). Where
 * ksqlDB's reader, and so ours, is not jansson, the difference stands here:
 *   - a byte order mark is passed over;
 *   - no more than PW_JSON_DEPTH_MAX containers are open at once;
 *   - a number has at most 1000 characters and an exponent of 32 bits;
 *   - jansson has no names with a zero byte: such inputs are left out;
 *   - jansson forgets duplicate names: results that depend on their order are left out.
 * SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "formats/format.h"
#include "types/compare.h"
#include "types/number_text.h"
#include "types/temporal.h"

#include "plain_number.h"

enum {
    COLUMNS_MAX = 6,
    TYPE_DEPTH_MAX = 3,
};

#define MARK "\\u0001N" /* what stands in front of a rewritten number */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of tiny blocks: each piece is an allocation of its own, which AddressSanitizer watches. */
static pw_arena arena = {.block_bytes = 16};

/* Not knowable from jansson's tree: the comparison with it is left out. */
static bool is_ambiguous;
static bool has_duplicates;

static void demand(bool claim, const char *what, pw_str payload) {
    if (claim) return;
    fprintf(stderr, "fuzz_json: %s\npayload: %.*s\n", what, PW_STR_ARGS(payload));
    abort();
}

/* --- schema from bytes ------------------------------------------------------------------- */

typedef struct input {
    const uint8_t *at;
    const uint8_t *end;
} input;

static uint8_t next_byte(input *in) {
    return in->at < in->end ? *in->at++ : 0;
}

static const pw_type *make_type(input *in, int depth) {
    static const pw_type *const scalars[] = {
        &pw_type_boolean, &pw_type_integer, &pw_type_bigint, &pw_type_double,   &pw_type_string,
        &pw_type_bytes,   &pw_type_date,    &pw_type_time,   &pw_type_timestamp};
    static const char *const names[] = {"X", "y", "Y", "LAP"};
    uint8_t choice = next_byte(in) % 16;
    if (choice < 9) return scalars[choice];
    if (choice < 11 || depth >= TYPE_DEPTH_MAX) {
        int32_t precision = next_byte(in) % PW_DECIMAL_PRECISION_MAX + 1;
        return pw_type_decimal(&arena, precision, next_byte(in) % (precision + 1));
    }
    if (choice < 13) return pw_type_array(&arena, make_type(in, depth + 1));
    if (choice == 13) {
        return pw_type_map(&arena, &pw_type_string, make_type(in, depth + 1));
    }
    uint32_t count = next_byte(in) % 4 + 1u;
    pw_field *fields = PW_NEW_ARRAY(&arena, pw_field, count);
    for (uint32_t i = 0; i < count; i++) {
        fields[i] = (pw_field){pw_str_from(names[i]), make_type(in, depth + 1)};
    }
    return pw_type_struct(&arena, fields, count);
}

static void make_spec(input *in, pw_format_spec *spec, bool *wanted) {
    static const char *const names[COLUMNS_MAX] = {
        "A", "B", "lap", "LAP", "A longer name, quoted", "\xC3\x89t\xC3\xA9"};
    uint8_t shape = next_byte(in);
    uint8_t mask = next_byte(in);
    pw_column *columns = PW_NEW_ARRAY(&arena, pw_column, COLUMNS_MAX);
    *spec = (pw_format_spec){.name = PW_STR("JSON"), .side = PW_SIDE_VALUE, .columns = columns};
    spec->column_count = shape % COLUMNS_MAX + 1u;
    spec->is_wrapped = spec->column_count > 1 || (shape & 0x80);
    for (uint32_t i = 0; i < spec->column_count; i++) {
        columns[i] = (pw_column){.name = pw_str_from(names[i]), .type = make_type(in, 0)};
        wanted[i] = mask >> i & 1;
    }
}

/* --- the payload for jansson ----------------------------------------------------------------- */

/* Copies the payload with each number as a marked string. False if it cannot be valid. */
static bool rewrite_numbers(pw_str payload, pw_buf *out) {
    bool is_text = false;
    int depth = 0;
    for (size_t i = 0; i < payload.length; i++) {
        char c = payload.data[i];
        if (c == '\0') return false; /* jansson lets one pass behind `null` */
        if (is_text || !(c == '-' || (c >= '0' && c <= '9'))) {
            pw_buf_add_char(out, c);
            if (is_text && c == '\\' && i + 1 < payload.length) {
                pw_buf_add_char(out, payload.data[++i]);
            } else if (c == '"') {
                is_text = !is_text;
            } else if (!is_text) {
                depth += (c == '{' || c == '[') - (c == '}' || c == ']');
                if (depth > PW_JSON_DEPTH_MAX) return false;
            }
            continue;
        }
        size_t length = 0;
        while (i + length < payload.length && payload.data[i + length] &&
               strchr("+-.eE0123456789", payload.data[i + length])) {
            length++;
        }
        const char *text = pw_arena_cstr(&arena, (pw_str){payload.data + i, length});
        plain_number number;
        if (!parse_number(text, &number)) return false;
        pw_buf_add_literal(out, "\"" MARK);
        pw_buf_add(out, text, length);
        pw_buf_add_char(out, '"');
        i += length - 1;
    }
    return true;
}

/* --- jansson's tree to slots ------------------------------------------------------------------ */

static bool convert(const json_t *tree, const pw_type *type, pw_slot *out);

static pw_str tree_text(const json_t *tree) {
    return (pw_str){json_string_value(tree), json_string_length(tree)};
}

/* A rewritten number's text, or NULL. */
static const char *number_text(const json_t *tree) {
    if (!json_is_string(tree)) return NULL;
    pw_str text = tree_text(tree);
    bool is_number = text.length >= 2 && text.data[0] == '\1' && text.data[1] == 'N';
    return is_number ? text.data + 2 : NULL;
}

static bool is_integer_text(const char *text) {
    return !strpbrk(text, ".eE");
}

/* as_json: inside an object; else the text of an array's element. */
static void print_tree(const json_t *tree, bool as_json, pw_buf *out) {
    const char *number = number_text(tree);
    plain_number plain;
    if (number) {
        PW_ASSERT(parse_number(number, &plain));
        print_number(&plain, is_integer_text(number), out);
    } else if (json_is_string(tree)) {
        if (as_json)
            pw_buf_add_json_string(out, tree_text(tree));
        else
            pw_buf_add_str(out, tree_text(tree));
    } else if (json_is_array(tree)) {
        pw_buf_add_char(out, '[');
        for (size_t i = 0; i < json_array_size(tree); i++) {
            if (i) pw_buf_add(out, ", ", as_json ? 1 : 2);
            print_tree(json_array_get(tree, i), as_json, out);
        }
        pw_buf_add_char(out, ']');
    } else if (json_is_object(tree)) {
        if (has_duplicates) is_ambiguous = true; /* the text keeps them */
        pw_buf_add_char(out, '{');
        void *first = json_object_iter((json_t *)(uintptr_t)tree);
        for (void *i = first; i; i = json_object_iter_next((json_t *)(uintptr_t)tree, i)) {
            if (i != first) pw_buf_add_char(out, ',');
            pw_buf_add_json_string(out, pw_str_from(json_object_iter_key(i)));
            pw_buf_add_char(out, ':');
            print_tree(json_object_iter_value(i), true, out);
        }
        pw_buf_add_char(out, '}');
    } else {
        pw_buf_add_str(out, pw_str_from(json_is_true(tree)    ? "true"
                                        : json_is_false(tree) ? "false"
                                                              : "null"));
    }
}

static bool convert_string(const json_t *tree, pw_slot *out) {
    pw_buf text;
    pw_buf_init(&text);
    print_tree(tree, false, &text);
    *out = pw_slot_str(pw_arena_str(&arena, pw_buf_str(&text)));
    pw_buf_deinit(&text);
    return true;
}

static bool convert_integer(const json_t *tree, const pw_type *type, pw_slot *out) {
    const char *number = number_text(tree);
    plain_number plain;
    int64_t value = 0;
    if (number) {
        PW_ASSERT(parse_number(number, &plain));
        value = wrap_number(&plain);
        if (type->kind == PW_TYPE_INTEGER) value = (int32_t)(uint32_t)(uint64_t)value;
    } else if (!json_is_string(tree)) {
        return false;
    } else if (type->kind == PW_TYPE_INTEGER ? !pw_i32_parse(tree_text(tree), &value)
                                             : !pw_i64_parse(tree_text(tree), &value)) {
        return false;
    }
    if (type->kind == PW_TYPE_TIME && (value < 0 || value > PW_MS_PER_DAY)) return false;
    const int64_t days_max = INT64_MAX / PW_MS_PER_DAY;
    if (type->kind == PW_TYPE_DATE && value > days_max) value = days_max;
    if (type->kind == PW_TYPE_DATE && value < -days_max) value = -days_max;
    *out = pw_slot_i64(value);
    return true;
}

static bool convert_double(const json_t *tree, pw_slot *out) {
    const char *number = number_text(tree);
    double value = 0;
    if (number) {
        plain_number plain;
        PW_ASSERT(parse_number(number, &plain));
        if (plain.count) value = strtod(number, NULL);
    } else if (!json_is_string(tree) || !pw_double_parse(tree_text(tree), &value)) {
        return false;
    }
    *out = pw_slot_f64(value);
    return true;
}

/* BigDecimal's text is laxer than JSON's: made JSON's, then read as such. */
static bool convert_decimal(const json_t *tree, const pw_type *type, pw_slot *out) {
    const char *number = number_text(tree);
    plain_number plain;
    if (number) return parse_number(number, &plain) && decimal_of(&arena, &plain, type, out);
    if (!json_is_string(tree)) return false;
    pw_str text = tree_text(tree);
    if (text.length > NUMBER_BYTES_MAX / 2 || memchr(text.data, '\0', text.length)) {
        is_ambiguous = true; /* JSON's limit is not BigDecimal's */
        return true;
    }
    char plain_text[NUMBER_BYTES_MAX + 4];
    char *to = plain_text;
    const char *at = text.data;
    if (*at == '-')
        *to++ = *at++;
    else if (*at == '+')
        at++;
    size_t mantissa = strspn(at, "0123456789.");
    if (!strpbrk(at, "0123456789") || strpbrk(at, "0123456789") >= at + mantissa) return false;
    while (*at == '0')
        at++, mantissa--;
    if (mantissa == 0 || *at == '.') *to++ = '0';
    memcpy(to, at, mantissa);
    to += mantissa;
    if (mantissa && memchr(at, '.', mantissa) == at + mantissa - 1) to--;
    strcpy(to, at + mantissa);
    return parse_number(plain_text, &plain) && decimal_of(&arena, &plain, type, out);
}

static bool convert_bytes(const json_t *tree, pw_slot *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!json_is_string(tree) || number_text(tree)) return false;
    pw_str text = tree_text(tree);
    char *bytes = pw_arena_alloc(&arena, text.length + 3);
    size_t length = 0;
    for (size_t i = 0; i < text.length;) {
        if ((uint8_t)text.data[i] <= ' ') {
            i++;
            continue;
        }
        if (text.length - i < 4) return false;
        uint32_t bits = 0;
        int pads = 0;
        for (int k = 0; k < 4; k++, i++) {
            const char *digit = text.data[i] ? strchr(digits, text.data[i]) : NULL;
            if (text.data[i] == '=' && k >= 2)
                pads++;
            else if (!digit || pads)
                return false;
            bits = bits << 6 | (digit ? (uint32_t)(digit - digits) : 0);
        }
        for (int k = 0; k < 3 - pads; k++)
            bytes[length++] = (char)(bits >> (16 - 8 * k));
    }
    *out = pw_slot_text(bytes, length);
    return true;
}

static bool convert_array(const json_t *tree, const pw_type *type, pw_slot *out) {
    if (!json_is_array(tree)) return false;
    size_t count = json_array_size(tree);
    pw_slot *items = PW_NEW_ARRAY(&arena, pw_slot, count);
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        is_good &= convert(json_array_get(tree, i), type->element, &items[i]);
    }
    *out = pw_slot_items(items, (uint32_t)count);
    return is_good;
}

static bool convert_map(const json_t *tree, const pw_type *type, pw_slot *out) {
    if (!json_is_object(tree)) return false;
    json_t *object = (json_t *)(uintptr_t)tree;
    pw_slot *items = PW_NEW_ARRAY(&arena, pw_slot, 2 * json_object_size(tree));
    bool is_good = true;
    uint32_t count = 0;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i), count++) {
        pw_str key = pw_arena_str(&arena, pw_str_from(json_object_iter_key(i)));
        items[2 * count] = pw_slot_str(key);
        is_good &= convert(json_object_iter_value(i), type->element, &items[2 * count + 1]);
    }
    *out = pw_slot_items(items, count);
    return is_good;
}

/* The member for a column: its exact name, else the last whose upper-case form it is. */
static const json_t *find_member(const json_t *tree, pw_str name) {
    json_t *object = (json_t *)(uintptr_t)tree;
    const json_t *found = json_object_get(object, pw_arena_cstr(&arena, name));
    if (found) return found;
    int variants = 0;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        pw_str upper = pw_arena_upper(&arena, pw_str_from(json_object_iter_key(i)));
        if (!pw_str_equal(upper, name)) continue;
        found = json_object_iter_value(i);
        if (variants++ && has_duplicates) is_ambiguous = true;
    }
    return found;
}

static bool convert_field(const json_t *tree, pw_str name, const pw_type *type, pw_slot *out) {
    const json_t *member = find_member(tree, name);
    *out = pw_slot_null();
    return !member || convert(member, type, out);
}

static bool convert_struct(const json_t *tree, const pw_type *type, pw_slot *out) {
    if (!json_is_object(tree)) return false;
    pw_slot *items = PW_NEW_ARRAY(&arena, pw_slot, type->field_count);
    bool is_good = true;
    for (uint32_t i = 0; i < type->field_count; i++) {
        is_good &= convert_field(tree, type->fields[i].name, type->fields[i].type, &items[i]);
    }
    *out = pw_slot_items(items, type->field_count);
    return is_good;
}

static bool convert(const json_t *tree, const pw_type *type, pw_slot *out) {
    *out = pw_slot_null();
    if (json_is_null(tree)) return true;
    switch (type->kind) {
    case PW_TYPE_BOOLEAN: *out = pw_slot_i64(json_is_true(tree)); return json_is_boolean(tree);
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return convert_integer(tree, type, out);
    case PW_TYPE_DOUBLE: return convert_double(tree, out);
    case PW_TYPE_DECIMAL: return convert_decimal(tree, type, out);
    case PW_TYPE_STRING: return convert_string(tree, out);
    case PW_TYPE_BYTES: return convert_bytes(tree, out);
    case PW_TYPE_ARRAY: return convert_array(tree, type, out);
    case PW_TYPE_MAP: return convert_map(tree, type, out);
    case PW_TYPE_STRUCT: return convert_struct(tree, type, out);
    case PW_TYPE_NULL:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

/* A number where a name must be became a marked name: the payload is no JSON. */
static bool has_number_name(const json_t *tree) {
    json_t *node = (json_t *)(uintptr_t)tree;
    for (size_t i = 0; i < json_array_size(tree); i++) {
        if (has_number_name(json_array_get(tree, i))) return true;
    }
    if (!json_is_object(tree)) return false;
    for (void *i = json_object_iter(node); i; i = json_object_iter_next(node, i)) {
        if (strncmp(json_object_iter_key(i), "\1N", 2) == 0) return true;
        if (has_number_name(json_object_iter_value(i))) return true;
    }
    return false;
}

/* --- the comparison ------------------------------------------------------------------------- */

/* false: jansson cannot say. *is_good and slots: what the tree gives. */
static bool decode_tree(const pw_format_spec *spec, pw_str payload, pw_slot *slots, bool *is_good) {
    *is_good = false;
    is_ambiguous = false;
    if (payload.length >= 3 && memcmp(payload.data, "\xEF\xBB\xBF", 3) == 0) {
        payload = (pw_str){payload.data + 3, payload.length - 3};
    }
    pw_buf text;
    pw_buf_init(&text);
    json_error_t error = {0};
    json_t *tree = NULL;
    bool is_possible = rewrite_numbers(payload, &text);
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    if (is_possible) tree = json_loadb(text.data ? text.data : "", text.length, flags, &error);
    bool is_known = tree || !is_possible || json_error_code(&error) != json_error_null_byte_in_key;
    if (tree) {
        json_t *strict = json_loadb(text.data, text.length, flags | JSON_REJECT_DUPLICATES, &error);
        has_duplicates = !strict;
        json_decref(strict);
        *is_good = true;
        if (!spec->is_wrapped) {
            *is_good = convert(tree, spec->columns[0].type, &slots[0]);
        } else if (json_is_object(tree)) {
            for (uint32_t i = 0; i < spec->column_count; i++) {
                const pw_column *column = &spec->columns[i];
                *is_good &= convert_field(tree, column->name, column->type, &slots[i]);
            }
        } else {
            for (uint32_t i = 0; i < spec->column_count; i++)
                slots[i] = pw_slot_null();
            *is_good = json_is_null(tree);
        }
        if (has_number_name(tree)) *is_good = false;
        is_known = !is_ambiguous;
        json_decref(tree);
    }
    pw_buf_deinit(&text);
    return is_known;
}

/* Decodes the payload twice in one batch: the second time the names are expected. */
static bool decode(const pw_format_spec *spec, const bool *wanted, pw_str payload,
                   pw_vector *columns) {
    pw_decoder *decoder;
    pw_status status =
        pw_format_find(spec->name)->decoder_open(&arena, spec, wanted, &decoder, NULL);
    PW_ASSERT(status == PW_OK);
    pw_str payloads[2] = {payload, payload};
    bool ok[2];
    for (uint32_t i = 0; i < spec->column_count; i++) {
        columns[i] = !wanted || wanted[i] ? pw_vector_new(&arena, 2) : (pw_vector){0};
    }
    decoder->decode(decoder, &arena, payloads, 2, columns, 0, ok);
    demand(ok[0] == ok[1], "second decoding says otherwise", payload);
    for (uint32_t i = 0; ok[0] && i < spec->column_count; i++) {
        if (!columns[i].slots) continue;
        demand(pw_slot_equal(spec->columns[i].type, &columns[i].slots[0], &columns[i].slots[1]),
               "second decoding gives another slot", payload);
    }
    return ok[0];
}

static void check_round_trip(const pw_format_spec *spec, const pw_vector *columns, pw_str payload) {
    pw_encoder *encoder;
    pw_status status = pw_format_find(spec->name)->encoder_open(&arena, spec, &encoder, NULL);
    PW_ASSERT(status == PW_OK);
    pw_buf out;
    pw_buf_init(&out);
    uint32_t row = 0;
    pw_piece piece;
    bool ok;
    encoder->encode(encoder, columns, &row, 1, &out, &piece, &ok);
    demand(ok, "cannot be encoded", payload);
    pw_str text =
        piece.is_null ? (pw_str){NULL, 0} : (pw_str){out.data + piece.start, piece.length};
    pw_vector again[COLUMNS_MAX];
    demand(decode(spec, NULL, text, again), "what was encoded does not decode", text);
    /* The string "-0" is a negative zero, but a JSON number, read as a BigDecimal, never is. */
    bool may_lose_sign = text.data && memmem(text.data, text.length, "-0.0", 4);
    for (uint32_t i = 0; !may_lose_sign && i < spec->column_count; i++) {
        demand(pw_slot_equal(spec->columns[i].type, columns[i].slots, again[i].slots),
               "what was encoded decodes to another slot", text);
    }
    pw_buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size};
    pw_format_spec spec;
    bool wanted[COLUMNS_MAX];
    make_spec(&in, &spec, wanted);
    /* A copy of its own, so that a read behind the end is seen. */
    size_t length = (size_t)(in.end - in.at);
    char *bytes = malloc(length + !length);
    PW_ASSERT(bytes != NULL);
    if (length) memcpy(bytes, in.at, length);
    pw_str payload = {bytes, length};

    pw_vector some[COLUMNS_MAX], all[COLUMNS_MAX];
    pw_slot tree[COLUMNS_MAX];
    bool is_good = decode(&spec, wanted, payload, some);
    demand(decode(&spec, NULL, payload, all) == is_good, "all columns: otherwise", payload);
    bool is_tree_good;
    bool is_known = memmem(bytes, length, MARK, sizeof MARK - 1) == NULL &&
                    decode_tree(&spec, payload, tree, &is_tree_good);
    if (is_known) demand(is_tree_good == is_good, "the tree says otherwise", payload);
    for (uint32_t i = 0; is_good && i < spec.column_count; i++) {
        const pw_type *type = spec.columns[i].type;
        if (wanted[i]) {
            demand(pw_slot_equal(type, some[i].slots, all[i].slots), "projection", payload);
        }
        if (is_known) demand(pw_slot_equal(type, all[i].slots, &tree[i]), "tree", payload);
    }
    if (is_good) check_round_trip(&spec, all, payload);
    free(bytes);
    pw_arena_reset(&arena);
    return 0;
}
