/* Arrays as sets: the order of first occurrence is kept and NULL counts as a value.
 * SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"
#include "types/compare.h"

/* Values seen so far, found by hash. */
typedef struct value_set {
    const pw_type *type;
    const pw_slot **slots; /* open addressing */
    uint32_t mask;
} value_set;

static value_set set_new(pw_arena *arena, const pw_type *type, uint64_t count_max) {
    uint32_t size = 8;
    while (size < 2 * count_max && size < UINT32_C(1) << 31)
        size *= 2;
    return (value_set){type, PW_NEW_ARRAY(arena, const pw_slot *, size), size - 1};
}

/* The place of an equal value, or the free place for it. */
static const pw_slot **set_find(value_set *set, const pw_slot *value) {
    uint32_t at = (uint32_t)pw_slot_hash(set->type, value) & set->mask;
    while (set->slots[at] && !pw_slot_equal(set->type, set->slots[at], value))
        at = (at + 1) & set->mask;
    return &set->slots[at];
}

/* Adds; true if it was not there. */
static bool set_add(value_set *set, const pw_slot *value) {
    const pw_slot **place = set_find(set, value);
    if (*place) return false;
    *place = value;
    return true;
}

typedef enum { KEEP_ALL, KEEP_THOSE_IN_RIGHT, KEEP_THOSE_NOT_IN_RIGHT } keep_rule;

static pw_slot distinct(pw_arena *arena, const pw_type *type, const pw_slot *left,
                        const pw_slot *right, bool is_union, keep_rule rule) {
    uint64_t most = (uint64_t)left->length + (right ? right->length : 0);
    value_set seen = set_new(arena, type, most + 1), others = {0};
    pw_slot *items = PW_NEW_ARRAY(arena, pw_slot, most + 1);
    uint32_t count = 0;
    if (rule != KEEP_ALL) {
        others = set_new(arena, type, (uint64_t)right->length + 1);
        for (uint32_t i = 0; i < right->length; i++)
            set_add(&others, &right->items[i]);
    }
    for (uint32_t i = 0; i < left->length; i++) {
        const pw_slot *item = &left->items[i];
        if (rule != KEEP_ALL && (*set_find(&others, item) != NULL) != (rule == KEEP_THOSE_IN_RIGHT))
            continue;
        if (set_add(&seen, item)) items[count++] = *item;
    }
    for (uint32_t i = 0; is_union && i < right->length; i++)
        if (set_add(&seen, &right->items[i])) items[count++] = right->items[i];
    return pw_slot_items(items, count);
}

static void each_pair(pw_call *call, bool is_union, keep_rule rule) {
    PW_CALL_EACH_ROW(call, row)
    call->out[row] = distinct(call->arena, call->result_type->element, pw_arg(call, 0, row),
                              call->arg_count > 1 ? pw_arg(call, 1, row) : NULL, is_union, rule);
}

static void array_distinct(pw_call *call) {
    each_pair(call, false, KEEP_ALL);
}
static void array_union(pw_call *call) {
    each_pair(call, true, KEEP_ALL);
}
static void array_intersect(pw_call *call) {
    each_pair(call, false, KEEP_THOSE_IN_RIGHT);
}
static void array_except(pw_call *call) {
    each_pair(call, false, KEEP_THOSE_NOT_IN_RIGHT);
}

#define ROW(signature_, doc_, example_, scalar_)                                                   \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT                                                            \
    }

static const pw_function array_set_rows[] = {
    ROW("ARRAY_DISTINCT(array ARRAY<T>) -> ARRAY<T>", "The different elements.",
        "ARRAY_DISTINCT(ARRAY[1, 2, 1]) = ARRAY[1, 2]", array_distinct),
    ROW("ARRAY_UNION(left ARRAY<T>, right ARRAY<T>) -> ARRAY<T>",
        "The different elements of both arrays.",
        "ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3]) = ARRAY[1, 2, 3]", array_union),
    ROW("ARRAY_INTERSECT(array1 ARRAY<T>, array2 ARRAY<T>) -> ARRAY<T>",
        "The different elements that are in both arrays.",
        "ARRAY_INTERSECT(ARRAY[1, 2], ARRAY[2, 3]) = ARRAY[2]", array_intersect),
    ROW("ARRAY_EXCEPT(array1 ARRAY<T>, array2 ARRAY<T>) -> ARRAY<T>",
        "The different elements of the first array that are not in the second.",
        "ARRAY_EXCEPT(ARRAY[1, 2], ARRAY[2, 3]) = ARRAY[1]", array_except),
};

const pw_function_family pw_functions_array_set = PW_FUNCTION_FAMILY("ARRAY", array_set_rows);
