/* Order, equality and hashes of values. The three agree: equal means compare gives 0 and the hashes
 * are the same. SPDX-License-Identifier: Apache-2.0 */
#include "types/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "types/decimal.h"

/* How many bytes the two have in common at their beginnings. */
static size_t common_prefix(const char *a, const char *b, size_t length) {
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t a_word, b_word;
        memcpy(&a_word, a + i, 8);
        memcpy(&b_word, b + i, 8);
        if (a_word != b_word) break;
    }
    while (i < length && a[i] == b[i])
        i++;
    return i;
}

/* UTF-8 bytes sort by code point. UTF-16 differs in one thing: the code points from U+10000 (first
 * byte from F0) are pairs of D800 to DFFF there, so they come before U+E000 to U+FFFF (first byte
 * EE or EF). Where the first difference is a later byte of a character, both are of one class. */
static int utf16_rank(char c) {
    int byte = (unsigned char)c;
    return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
}

int pw_text_compare_utf16(pw_str a, pw_str b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    size_t same = common_prefix(a.data, b.data, shorter);
    if (same < shorter) return utf16_rank(a.data[same]) - utf16_rank(b.data[same]);
    return a.length < b.length ? -1 : a.length > b.length;
}

static int compare_bytes(const pw_slot *a, const pw_slot *b) {
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    size_t same = common_prefix(a->text, b->text, shorter);
    if (same < shorter) return (int8_t)a->bytes[same] - (int8_t)b->bytes[same];
    return a->length < b->length ? -1 : a->length > b->length;
}

/* -0.0 comes before 0.0; NaN is equal to itself and comes last. */
static int compare_doubles(double a, double b) {
    if (a < b) return -1;
    if (a > b) return 1;
    if (a != a || b != b) return (a != a) - (b != b);
    return (__builtin_signbit(b) != 0) - (__builtin_signbit(a) != 0);
}

static int compare_decimals(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    pw_i128 a_value = pw_decimal_get(type, a), b_value = pw_decimal_get(type, b);
    return a_value < b_value ? -1 : a_value > b_value;
}

/* NULL comes before everything else. */
static int compare_items(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    if (a->is_null || b->is_null) return (b->is_null != 0) - (a->is_null != 0);
    return pw_slot_compare(type, a, b);
}

static int compare_arrays(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    for (uint32_t i = 0; i < shorter; i++) {
        int order = compare_items(type->element, &a->items[i], &b->items[i]);
        if (order != 0) return order;
    }
    return a->length < b->length ? -1 : a->length > b->length;
}

static int compare_structs(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    for (uint32_t i = 0; i < type->field_count; i++) {
        int order = compare_items(type->fields[i].type, &a->items[i], &b->items[i]);
        if (order != 0) return order;
    }
    return 0;
}

/* The pairs of a map, for sorting by key. */
static int compare_pairs(const void *a, const void *b, void *key_type) {
    const pw_slot *const *a_pair = a, *const *b_pair = b;
    return compare_items(key_type, *a_pair, *b_pair);
}

static void sort_pairs(const pw_type *type, const pw_slot *map, const pw_slot **pairs) {
    for (uint32_t i = 0; i < map->length; i++)
        pairs[i] = &map->items[2 * (size_t)i];
    union {
        const pw_type *in;
        void *out;
    } key_type = {type->key}; /* qsort_r hands back a pointer that is not const */
    qsort_r(pairs, map->length, sizeof *pairs, compare_pairs, key_type.out);
}

/* Equal keys at the same places all along: then the places say all, and nothing is sorted. */
static bool has_same_key_order(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    if (a->length != b->length) return false;
    for (size_t i = 0; i < (size_t)a->length * 2; i += 2) {
        if (!pw_slot_equal(type->key, &a->items[i], &b->items[i])) return false;
    }
    return true;
}

enum { PAIRS_INLINE_MAX = 64 };

/* The order in which a map was filled does not matter: pairs are compared in the order of keys. */
static int compare_maps(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    const pw_slot *inline_pairs[2 * PAIRS_INLINE_MAX];
    const pw_slot **pairs = inline_pairs;
    size_t pair_count = (size_t)a->length + b->length;
    if (pair_count > 2 * PAIRS_INLINE_MAX) pairs = pw_mem_alloc(pair_count * sizeof *pairs);
    const pw_slot **a_pairs = pairs, **b_pairs = pairs + a->length;
    sort_pairs(type, a, a_pairs);
    sort_pairs(type, b, b_pairs);

    uint32_t shorter = a->length < b->length ? a->length : b->length;
    int order = 0;
    for (uint32_t i = 0; i < shorter && order == 0; i++) {
        order = compare_items(type->key, a_pairs[i], b_pairs[i]);
        if (order == 0) order = compare_items(type->element, a_pairs[i] + 1, b_pairs[i] + 1);
    }
    if (order == 0) order = a->length < b->length ? -1 : a->length > b->length;
    if (pairs != inline_pairs) pw_mem_free(pairs);
    return order;
}

int pw_slot_compare(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return a->i64 < b->i64 ? -1 : a->i64 > b->i64;
    case PW_TYPE_DOUBLE: return compare_doubles(a->f64, b->f64);
    case PW_TYPE_DECIMAL: return compare_decimals(type, a, b);
    case PW_TYPE_STRING: return pw_text_compare_utf16(pw_slot_as_str(a), pw_slot_as_str(b));
    case PW_TYPE_BYTES: return compare_bytes(a, b);
    case PW_TYPE_ARRAY: return compare_arrays(type, a, b);
    case PW_TYPE_MAP: return compare_maps(type, a, b);
    case PW_TYPE_STRUCT: return compare_structs(type, a, b);
    case PW_TYPE_NULL: return 0;
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

static bool equal_maps(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    if (a->length != b->length) return false;
    if (!has_same_key_order(type, a, b)) return compare_maps(type, a, b) == 0;
    for (size_t i = 1; i < (size_t)a->length * 2; i += 2) {
        if (!pw_slot_equal(type->element, &a->items[i], &b->items[i])) return false;
    }
    return true;
}

bool pw_slot_equal(const pw_type *type, const pw_slot *a, const pw_slot *b) {
    if (a->is_null || b->is_null) return a->is_null && b->is_null;
    if (type->kind == PW_TYPE_STRING || type->kind == PW_TYPE_BYTES) {
        return pw_str_equal(pw_slot_as_str(a), pw_slot_as_str(b));
    }
    if (type->kind == PW_TYPE_ARRAY && a->length != b->length) return false;
    if (type->kind == PW_TYPE_MAP) return equal_maps(type, a, b);
    return pw_slot_compare(type, a, b) == 0;
}

/* Every bit of the input reaches every bit of the result: multiply, then fold the halves. */
static uint64_t mix(uint64_t value) {
    value ^= value >> 32;
    value *= UINT64_C(0x9e3779b97f4a7c15);
    value ^= value >> 29;
    value *= UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

static uint64_t hash_double(double value) {
    if (value != value) return mix(1); /* all NaNs are one */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return mix(bits);
}

static uint64_t hash_decimal(const pw_type *type, const pw_slot *value) {
    pw_i128 unscaled = pw_decimal_get(type, value);
    return mix((uint64_t)unscaled ^ mix((uint64_t)(unscaled >> 64)));
}

static uint64_t hash_items(const pw_type *type, const pw_slot *value) {
    uint64_t hash = value->length;
    for (uint32_t i = 0; i < value->length; i++) {
        const pw_type *item = type->kind == PW_TYPE_ARRAY ? type->element : type->fields[i].type;
        hash = mix(hash) + pw_slot_hash(item, &value->items[i]);
    }
    return mix(hash);
}

/* A sum over the pairs, as their order does not matter. */
static uint64_t hash_map(const pw_type *type, const pw_slot *value) {
    uint64_t hash = value->length;
    for (size_t i = 0; i < (size_t)value->length * 2; i += 2) {
        uint64_t key = pw_slot_hash(type->key, &value->items[i]);
        hash += mix(mix(key) + pw_slot_hash(type->element, &value->items[i + 1]));
    }
    return mix(hash);
}

uint64_t pw_slot_hash(const pw_type *type, const pw_slot *value) {
    if (value->is_null) return mix(2);
    switch (type->kind) {
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return mix((uint64_t)value->i64);
    case PW_TYPE_DOUBLE: return hash_double(value->f64);
    case PW_TYPE_DECIMAL: return hash_decimal(type, value);
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES: return pw_hash_bytes(value->text, value->length);
    case PW_TYPE_ARRAY:
    case PW_TYPE_STRUCT: return hash_items(type, value);
    case PW_TYPE_MAP: return hash_map(type, value);
    case PW_TYPE_NULL: return mix(2);
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}
