/* REGEXP_*: Java's regular expressions through PCRE2, which agree on all but exotic ones.
 *
 * A constant pattern is compiled when the call site opens, with memory of the task; others are
 * compiled into the batch's arena, once as long as rows have the same one. Steps and memory of a
 * match are limited: a pattern that runs away fails the row. SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"
#include "functions/functions_private.h"

enum { MATCH_STEPS_MAX = 2000000, MATCH_HEAP_KIB_MAX = 16 << 10 };

typedef struct regex {
    pcre2_code *code; /* NULL: the pattern is wrong */
    pcre2_match_data *match;
    pcre2_match_context *limits;
    const PCRE2_SIZE *span; /* of the last match: start and end of each group */
    uint32_t group_count;
} regex;

static void *arena_malloc(PCRE2_SIZE bytes, void *arena) {
    return pw_arena_alloc(arena, bytes ? bytes : 1);
}

static void arena_free(void *memory, void *arena) {
    (void)memory;
    (void)arena;
}

static regex *regex_compile(pw_arena *arena, pw_str pattern) {
    regex *out = PW_NEW(arena, regex);
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_general_context *general = pcre2_general_context_create(arena_malloc, arena_free, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    pcre2_set_newline(context, PCRE2_NEWLINE_ANY);
    out->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length,
                              PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C, &code,
                              &offset, context);
    if (!out->code) return out;
    out->match = pcre2_match_data_create_from_pattern(out->code, general);
    out->limits = pcre2_match_context_create(general);
    pcre2_set_match_limit(out->limits, MATCH_STEPS_MAX);
    pcre2_set_heap_limit(out->limits, MATCH_HEAP_KIB_MAX);
    pcre2_pattern_info(out->code, PCRE2_INFO_CAPTURECOUNT, &out->group_count);
    out->span = pcre2_get_ovector_pointer(out->match);
    return out;
}

typedef enum { NO_MATCH, MATCH, MATCH_FAILED } match_result;

static match_result regex_find(regex *re, pw_str text, size_t from, uint32_t options) {
    const char *data = text.length ? text.data : "";
    int code = pcre2_match(re->code, (PCRE2_SPTR)data, text.length, from,
                           options | PCRE2_NO_UTF_CHECK, re->match, re->limits);
    if (code == PCRE2_ERROR_NOMATCH) return NO_MATCH;
    return code < 0 || re->span[0] > re->span[1] ? MATCH_FAILED : MATCH;
}

/* Where the search goes on: behind an empty match one character further. */
static size_t next_start(const regex *re, pw_str text) {
    size_t end = re->span[1];
    if (re->span[0] != end) return end;
    size_t bytes = end < text.length ? pw_utf8_length(text.data + end, text.length - end) : 1;
    return end + (bytes ? bytes : 1);
}

static pw_slot group_slot(const regex *re, pw_str text, uint32_t group) {
    PCRE2_SIZE start = re->span[2 * group], end = re->span[2 * group + 1];
    if (start == PCRE2_UNSET) return pw_slot_null();
    return pw_slot_text(text.data + start, end - start);
}

/* --- patterns of a call -------------------------------------------------------------------- */

static pw_status open_at(pw_arena *arena, const pw_slot *pattern, void **state) {
    if (pattern && !pattern->is_null)
        *state = regex_compile(arena, pw_arena_str(arena, pw_slot_as_str(pattern)));
    return PW_OK;
}

static pw_status open_first(pw_arena *arena, const pw_slot *const *constants, uint32_t arg_count,
                            void **state, pw_error *err) {
    (void)arg_count;
    (void)err;
    return open_at(arena, constants[0], state);
}

static pw_status open_second(pw_arena *arena, const pw_slot *const *constants, uint32_t arg_count,
                             void **state, pw_error *err) {
    (void)arg_count;
    (void)err;
    return open_at(arena, constants[1], state);
}

typedef struct cursor {
    regex *re;
    pw_str pattern;
} cursor;

/* The expression for a row; NULL when the row has failed. */
static regex *regex_of(pw_call *call, cursor *c, uint32_t pattern_arg, uint32_t row) {
    if (call->state) {
        c->re = call->state;
    } else {
        pw_str pattern = pw_arg_str(call, pattern_arg, row);
        if (!c->re || !pw_str_equal(pattern, c->pattern)) {
            c->re = regex_compile(call->arena, pattern);
            c->pattern = pattern;
        }
    }
    if (c->re->code) return c->re;
    call->fail(call, row, "the regular expression is not valid");
    return NULL;
}

static void fail_limits(pw_call *call, uint32_t row) {
    call->fail(call, row, "the regular expression takes too many steps");
}

/* The group of argument 2, 0 without one; false: the result is settled. */
static bool group_of(pw_call *call, const regex *re, uint32_t row, uint32_t *group) {
    int64_t wanted = call->arg_count > 2 ? pw_arg(call, 2, row)->i64 : 0;
    *group = (uint32_t)wanted;
    call->out[row] = pw_slot_null();
    if (wanted < 0) call->fail(call, row, "the group is negative");
    return wanted >= 0 && wanted <= (int64_t)re->group_count;
}

/* --- functions ----------------------------------------------------------------------------- */

static void regexp_extract(pw_call *call) {
    cursor c = {0};
    PW_CALL_EACH_ROW(call, row) {
        uint32_t group = 0;
        pw_str text = pw_arg_str(call, 1, row);
        regex *re = regex_of(call, &c, 0, row);
        if (!re || !group_of(call, re, row, &group)) continue;
        match_result result = regex_find(re, text, 0, 0);
        if (result == MATCH) call->out[row] = group_slot(re, text, group);
        if (result == MATCH_FAILED) fail_limits(call, row);
    }
}

/* A growing array in the arena. */
typedef struct list {
    pw_slot *items;
    uint32_t count, capacity;
} list;

static void list_add(pw_arena *arena, list *l, pw_slot item) {
    if (l->count == l->capacity) {
        uint32_t capacity = l->capacity ? l->capacity * 2 : 8;
        pw_slot *items = pw_arena_alloc(arena, capacity * sizeof *items);
        if (l->count) memcpy(items, l->items, l->count * sizeof *items);
        l->items = items;
        l->capacity = capacity;
    }
    l->items[l->count++] = item;
}

static void regexp_extract_all(pw_call *call) {
    cursor c = {0};
    PW_CALL_EACH_ROW(call, row) {
        uint32_t group = 0;
        list found = {0};
        pw_str text = pw_arg_str(call, 1, row);
        regex *re = regex_of(call, &c, 0, row);
        if (!re || !group_of(call, re, row, &group)) continue;
        match_result result = NO_MATCH;
        for (size_t at = 0; at <= text.length && found.count < PW_FN_RESULT_ITEMS_MAX;) {
            result = regex_find(re, text, at, 0);
            if (result != MATCH) break;
            list_add(call->arena, &found, group_slot(re, text, group));
            at = next_start(re, text);
        }
        call->out[row] = pw_slot_items(found.items, found.count);
        if (result == MATCH_FAILED) fail_limits(call, row);
    }
}

/* Java's replacement text: $1 and ${name} are groups, \ takes the next character as it is. Of $12
 * only as many digits count as make a group there is. False when it is wrong. */
static bool add_replacement(pw_buf *out, const regex *re, pw_str text, pw_str replacement) {
    for (size_t i = 0; i < replacement.length; i++) {
        char b = replacement.data[i];
        if (b == '\\') {
            if (++i == replacement.length) return false;
            pw_buf_add_char(out, replacement.data[i]);
            continue;
        }
        if (b != '$') {
            pw_buf_add_char(out, b);
            continue;
        }
        uint32_t group = 0;
        size_t digits = 0;
        while (i + 1 + digits < replacement.length) {
            char d = replacement.data[i + 1 + digits];
            if (d < '0' || d > '9') break;
            uint32_t longer = group * 10 + (uint32_t)(d - '0');
            if (longer > re->group_count) break;
            group = longer;
            digits++;
        }
        if (digits == 0) {
            char name[64];
            pw_str rest = {replacement.data + i + 1, replacement.length - i - 1};
            size_t close = pw_str_find(rest, PW_STR("}"));
            if (close == SIZE_MAX || rest.data[0] != '{' || close - 1 >= sizeof name) return false;
            memcpy(name, rest.data + 1, close - 1);
            name[close - 1] = 0;
            int number = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);
            if (number < 0) return false;
            group = (uint32_t)number;
            digits = close + 1;
        }
        pw_slot value = group_slot(re, text, group);
        if (!value.is_null) pw_buf_add_str(out, pw_slot_as_str(&value));
        i += digits;
    }
    return true;
}

static void regexp_replace_row(pw_call *call, uint32_t row, regex *re, pw_buf *buf) {
    pw_str text = pw_arg_str(call, 0, row), replacement = pw_arg_str(call, 2, row);
    size_t copied = 0;
    match_result result = NO_MATCH;
    pw_buf_clear(buf);
    for (size_t at = 0; at <= text.length;) {
        result = regex_find(re, text, at, 0);
        if (result != MATCH) break;
        pw_buf_add(buf, text.data + copied, re->span[0] - copied);
        copied = re->span[1];
        if (!add_replacement(buf, re, text, replacement)) {
            call->fail(call, row, "the replacement is not valid");
            return;
        }
        if (buf->length > PW_FN_RESULT_BYTES_MAX) {
            call->fail(call, row, "the result is too long");
            return;
        }
        at = next_start(re, text);
    }
    if (result == MATCH_FAILED) {
        fail_limits(call, row);
        return;
    }
    pw_buf_add(buf, text.data + copied, text.length - copied);
    call->out[row] = pw_text_result(call->arena, buf);
}

static void regexp_replace(pw_call *call) {
    cursor c = {0};
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        regex *re = regex_of(call, &c, 1, row);
        if (re) regexp_replace_row(call, row, re, &buf);
    }
    pw_buf_deinit(&buf);
}

/* A pattern that matches nothing at all splits as Java's Pattern.split: an empty match at the start
 * gives no part, and empty parts at the end are dropped. Others keep every part. */
static void regexp_split_row(pw_call *call, uint32_t row, regex *re) {
    pw_str text = pw_arg_str(call, 0, row);
    list parts = {0};
    size_t copied = 0;
    bool is_java_split =
        regex_find(re, PW_STR_EMPTY, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED) == MATCH;
    match_result result = NO_MATCH;
    for (size_t at = 0; at <= text.length && parts.count < PW_FN_RESULT_ITEMS_MAX;) {
        result = regex_find(re, text, at, 0);
        if (result != MATCH) break;
        at = next_start(re, text);
        if (is_java_split && re->span[1] == 0) continue;
        list_add(call->arena, &parts, pw_slot_text(text.data + copied, re->span[0] - copied));
        copied = re->span[1];
    }
    if (result == MATCH_FAILED) {
        fail_limits(call, row);
        return;
    }
    list_add(call->arena, &parts, pw_slot_text(text.data + copied, text.length - copied));
    bool is_split = parts.count > 1;
    while (is_java_split && is_split && parts.count > 0 && parts.items[parts.count - 1].length == 0)
        parts.count--;
    call->out[row] = pw_slot_items(parts.items, parts.count);
}

static void regexp_split_to_array(pw_call *call) {
    cursor c = {0};
    PW_CALL_EACH_ROW(call, row) {
        regex *re = regex_of(call, &c, 1, row);
        if (re) regexp_split_row(call, row, re);
    }
}

#define ROW(signature_, doc_, example_, scalar_, open_)                                            \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT, .open = open_                                             \
    }

#define EXTRACT_DOC     "What the pattern, or a group of it, first matches; NULL if it does not."
#define EXTRACT_ALL_DOC "Everything that the pattern, or a group of it, matches."

static const pw_function regex_rows[] = {
    ROW("REGEXP_EXTRACT(pattern STRING, input STRING) -> STRING", EXTRACT_DOC,
        "REGEXP_EXTRACT('[0-9]+', 'car 44') = '44'", regexp_extract, open_first),
    ROW("REGEXP_EXTRACT(pattern STRING, input STRING, group INT) -> STRING", EXTRACT_DOC,
        "REGEXP_EXTRACT('([a-z]+) ([0-9]+)', 'car 44', 2) = '44'", regexp_extract, open_first),
    ROW("REGEXP_EXTRACT_ALL(pattern STRING, input STRING) -> ARRAY<STRING>", EXTRACT_ALL_DOC,
        "REGEXP_EXTRACT_ALL('[0-9]+', '44, 1') = ARRAY['44', '1']", regexp_extract_all, open_first),
    ROW("REGEXP_EXTRACT_ALL(pattern STRING, input STRING, group INT) -> ARRAY<STRING>",
        EXTRACT_ALL_DOC, "REGEXP_EXTRACT_ALL('#([0-9])', '#4 #1', 1) = ARRAY['4', '1']",
        regexp_extract_all, open_first),
    ROW("REGEXP_REPLACE(str STRING, regexp STRING, newStr STRING) -> STRING",
        "Replaces what the pattern matches; $1 stands for a group.",
        "REGEXP_REPLACE('lap 12', '([a-z]+) ([0-9]+)', '$2 $1') = '12 lap'", regexp_replace,
        open_second),
    ROW("REGEXP_SPLIT_TO_ARRAY(string STRING, regexp STRING) -> ARRAY<STRING>",
        "The parts between what the pattern matches.",
        "REGEXP_SPLIT_TO_ARRAY('a, b,c', ', *') = ARRAY['a', 'b', 'c']", regexp_split_to_array,
        open_second),
};

const pw_function_family pw_functions_regex = PW_FUNCTION_FAMILY("REGULAR EXPRESSION", regex_rows);
