/* Objects: which member is which column.
 *
 * A column takes the member of exactly its name, else the one whose upper-case form is its name
 * (unquoted columns are upper case); among several of equal rank the last one in the document
 * counts. One member can so fill two columns, `lap` and LAP.
 *
 * Producers write members in much the same order record after record. The shape therefore keeps a
 * list of names as they were met and what they mean, and expects the one behind the last: the usual
 * member costs one comparison, one out of order a few, and only a new one is looked up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "base/limits.h"
#include "formats/json_decode.h"

enum {
    GUESS_BYTES = 32, /* of a name with its quotes; longer ones are looked up each time */
    GUESS_COUNT_MAX = 256,
    GUESS_COUNT_SPARE = 16, /* members that are no columns */
    GUESSES_TRIED_MAX = 16, /* about what a look-up costs */
    RANK_NONE = 0,
    RANK_FOLDED = 1,
    RANK_EXACT = 2,
    NO_COLUMN = -1,
};

typedef struct json_member {
    pw_str name;
    const pw_json_node *node;
    bool is_wanted;
} json_member;

/* What a member's name means: columns or NO_COLUMN. */
typedef struct json_match {
    int32_t exact;
    int32_t folded;
} json_match;

typedef struct json_guess {
    char name[GUESS_BYTES]; /* quotes included, zeros behind */
    uint32_t length;
    uint32_t mask; /* one bit for each byte of the name */
    json_match match;
} json_guess;

struct pw_json_shape {
    json_member *members;
    uint32_t count;
    uint8_t *ranks;   /* per column, of the object being read */
    pw_json_why *bad; /* per column, of the object being read; valid if any is bad */
    uint32_t *table;  /* names to column + 1, open addressing */
    uint32_t table_mask;
    size_t name_bytes_max;
    char *name_buffer; /* for undoing escapes and for folding */
    json_guess *guesses;
    uint32_t guess_count;
    uint32_t guess_capacity;
    uint32_t guess_victim; /* the next to be replaced when the list is full */
};

/* The object being read. */
typedef struct json_object {
    pw_json_context *context;
    pw_json_shape *shape;
    pw_slot *slots;
    uint32_t guess_next; /* the guess that is expected to be right */
    bool is_any_bad;
} json_object;

static void table_add(pw_json_shape *shape, uint32_t column) {
    pw_str name = shape->members[column].name;
    uint32_t at = (uint32_t)pw_hash_bytes(name.data, name.length) & shape->table_mask;
    while (shape->table[at])
        at = (at + 1) & shape->table_mask;
    shape->table[at] = column + 1;
}

static int32_t table_find(const pw_json_shape *shape, pw_str name) {
    if (name.length > shape->name_bytes_max) return NO_COLUMN;
    uint32_t at = (uint32_t)pw_hash_bytes(name.data, name.length) & shape->table_mask;
    for (; shape->table[at]; at = (at + 1) & shape->table_mask) {
        uint32_t column = shape->table[at] - 1;
        if (pw_str_equal(shape->members[column].name, name)) return (int32_t)column;
    }
    return NO_COLUMN;
}

pw_json_shape *pw_json_shape_new(pw_arena *arena, const pw_column *columns, uint32_t count,
                                 const bool *wanted) {
    pw_json_shape *shape = PW_NEW(arena, pw_json_shape);
    shape->count = count;
    shape->members = PW_NEW_ARRAY(arena, json_member, count);
    shape->ranks = PW_NEW_ARRAY(arena, uint8_t, count);
    shape->bad = PW_NEW_ARRAY(arena, pw_json_why, count);
    uint32_t slots = 4;
    while (slots < count * 2)
        slots *= 2;
    shape->table = PW_NEW_ARRAY(arena, uint32_t, slots);
    shape->table_mask = slots - 1;
    for (uint32_t i = 0; i < count; i++) {
        pw_str name = pw_arena_str(arena, columns[i].name);
        shape->members[i] = (json_member){.name = name,
                                          .node = pw_json_node_new(arena, columns[i].type),
                                          .is_wanted = !wanted || wanted[i]};
        table_add(shape, i);
        if (name.length > shape->name_bytes_max) shape->name_bytes_max = name.length;
    }
    /* An escape takes at most six bytes for one. */
    shape->name_buffer = pw_arena_alloc(arena, shape->name_bytes_max * 6 + 1);
    shape->guess_capacity = count + GUESS_COUNT_SPARE;
    if (shape->guess_capacity > GUESS_COUNT_MAX) shape->guess_capacity = GUESS_COUNT_MAX;
    shape->guesses = PW_NEW_ARRAY(arena, json_guess, shape->guess_capacity);
    return shape;
}

static inline bool guess_is_right(const json_guess *guess, const char *at, const char *end) {
#if defined(__SSE2__)
    if (end - at >= GUESS_BYTES) {
        const __m128i *text = (const __m128i *)(const void *)at;
        const __m128i *name = (const __m128i *)(const void *)guess->name;
        __m128i low = _mm_cmpeq_epi8(_mm_loadu_si128(text), _mm_loadu_si128(name));
        __m128i high = _mm_cmpeq_epi8(_mm_loadu_si128(text + 1), _mm_loadu_si128(name + 1));
        uint32_t equal = (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
        return (equal & guess->mask) == guess->mask;
    }
#endif
    return (size_t)(end - at) >= guess->length && memcmp(at, guess->name, guess->length) == 0;
}

/* What a name means. token: between the quotes. */
static json_match match_name(const pw_json_shape *shape, pw_str token, bool has_escape) {
    json_match none = {NO_COLUMN, NO_COLUMN};
    pw_str name = token;
    if (has_escape) {
        if (token.length > shape->name_bytes_max * 6) return none;
        name = (pw_str){shape->name_buffer, pw_json_unescape(token, shape->name_buffer)};
    }
    if (name.length > shape->name_bytes_max) return none;
    json_match match = {table_find(shape, name), NO_COLUMN};
    bool is_folding = false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        bool is_lower = c >= 'a' && c <= 'z';
        shape->name_buffer[i] = is_lower ? (char)(c - 'a' + 'A') : c;
        is_folding |= is_lower;
    }
    if (is_folding) match.folded = table_find(shape, (pw_str){shape->name_buffer, name.length});
    return match;
}

static void add_guess(pw_json_shape *shape, pw_str name, json_match match) {
    json_guess *guess = &shape->guesses[shape->guess_count];
    if (shape->guess_count < shape->guess_capacity) {
        shape->guess_count++;
    } else {
        guess = &shape->guesses[shape->guess_victim];
        shape->guess_victim = (shape->guess_victim + 1) % shape->guess_capacity;
    }
    memset(guess->name, 0, sizeof guess->name);
    memcpy(guess->name, name.data, name.length);
    guess->length = (uint32_t)name.length;
    guess->mask = (uint32_t)((UINT64_C(1) << name.length) - 1);
    guess->match = match;
}

/* Passes the name at `at` (its opening quote) when the guesses behind the expected one, or a new
 * look-up, tell what it means. */
static const char *read_name_unexpected(json_object *object, const char *at, json_match *match) {
    pw_json_shape *shape = object->shape;
    pw_json_scan *scan = &object->context->scan;
    if (at == scan->end || *at != '"') return pw_json_bad(scan, at);
    uint32_t tries =
        shape->guess_count < GUESSES_TRIED_MAX ? shape->guess_count : GUESSES_TRIED_MAX;
    uint32_t index = object->guess_next;
    for (; tries > 0; tries--) {
        if (index >= shape->guess_count) index = 0;
        const json_guess *guess = &shape->guesses[index++];
        if (!guess_is_right(guess, at, scan->end)) continue;
        object->guess_next = index;
        *match = guess->match;
        return at + guess->length;
    }
    bool has_escape;
    const char *close = pw_json_string(scan, at + 1, &has_escape);
    if (!close) return NULL;
    *match = match_name(shape, (pw_str){at + 1, (size_t)(close - at - 1)}, has_escape);
    pw_str name = {at, (size_t)(close + 1 - at)};
    if (name.length <= GUESS_BYTES) add_guess(shape, name, *match);
    return close + 1;
}

static inline const char *read_name(json_object *object, const char *at, json_match *match) {
    const pw_json_shape *shape = object->shape;
    const json_guess *guess = &shape->guesses[object->guess_next];
    if (object->guess_next < shape->guess_count &&
        guess_is_right(guess, at, object->context->scan.end)) {
        object->guess_next++;
        *match = guess->match;
        return at + guess->length;
    }
    return read_name_unexpected(object, at, match);
}

static void note_bad(json_object *object, uint32_t column) {
    pw_json_shape *shape = object->shape;
    if (!object->is_any_bad) memset(shape->bad, 0, shape->count * sizeof *shape->bad);
    object->is_any_bad = true;
    shape->bad[column] = object->context->why;
    object->context->why.found = NULL;
}

static const char *read_column(json_object *object, int32_t column, uint8_t rank, const char *at) {
    pw_json_context *context = object->context;
    const json_member *member = &object->shape->members[column];
    object->shape->ranks[column] = rank;
    bool is_kept = context->is_kept;
    context->is_kept = is_kept & member->is_wanted;
    at = pw_json_value_read(context, member->node, at, &object->slots[column]);
    context->is_kept = is_kept;
    if (context->why.found || object->is_any_bad) note_bad(object, (uint32_t)column);
    return at;
}

/* The value of a member that is not exactly one column. */
static const char *read_other(json_object *object, json_match match, const char *at) {
    pw_json_context *context = object->context;
    const char *value = at;
    bool is_folding = match.folded != NO_COLUMN && object->shape->ranks[match.folded] != RANK_EXACT;
    if (match.exact != NO_COLUMN)
        at = read_column(object, match.exact, RANK_EXACT, value);
    else if (!is_folding)
        return pw_json_skip(&context->scan, value, context->depth);
    if (!at || !is_folding) return at;
    return read_column(object, match.folded, RANK_FOLDED, value);
}

static const char *read_members(json_object *object, const char *at) {
    pw_json_scan *scan = &object->context->scan;
    const char *end = scan->end;
    at = pw_json_space(scan, at);
    if (at < end && *at == '}') return at + 1;
    for (;;) {
        json_match match;
        at = read_name(object, at, &match);
        if (!at) return NULL;
        at = pw_json_space(scan, at);
        if (at == end || *at != ':') return pw_json_bad(scan, at);
        at = pw_json_space(scan, at + 1);
        if (at == end) return pw_json_bad(scan, at);
        if (match.exact != NO_COLUMN && match.folded == NO_COLUMN) {
            at = read_column(object, match.exact, RANK_EXACT, at);
        } else {
            at = read_other(object, match, at);
        }
        if (!at) return NULL;
        at = pw_json_space(scan, at);
        if (at == end) return pw_json_bad(scan, at);
        if (*at == '}') return at + 1;
        if (*at != ',') return pw_json_bad(scan, at);
        at = pw_json_space(scan, at + 1);
    }
}

const char *pw_json_object_read(pw_json_context *context, pw_json_shape *shape, const char *at,
                                pw_slot *slots, uint32_t *bad_column) {
    if (context->depth >= PW_JSON_DEPTH_MAX) return pw_json_bad(&context->scan, at);
    pw_json_why outer = context->why;
    context->why.found = NULL;
    context->depth++;
    json_object object = {.context = context, .shape = shape, .slots = slots};
    for (uint32_t i = 0; i < shape->count; i++) {
        shape->ranks[i] = RANK_NONE;
        slots[i] = pw_slot_null();
    }
    at = read_members(&object, at + 1);
    context->depth--;
    if (!at) return NULL;
    for (uint32_t i = 0; object.is_any_bad && i < shape->count; i++) {
        if (!shape->bad[i].found) continue;
        context->why = shape->bad[i];
        *bad_column = i;
        break;
    }
    if (outer.found) context->why = outer;
    return at;
}
