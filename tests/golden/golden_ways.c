/* The ways in which every file is run, and what may differ between them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"
#include "golden.h"

const golden_way golden_ways[] = {
    {"each", "1", "true", "1", 1, false, false, false},
    {"batch", "1000", "true", "1", 1, false, false, false},
    {"restart", "1000", "true", "1", 1, true, false, false},
    {"default", "1024", "false", "1", 1, false, true, false},
    {"one-worker", "7", "false", "1", 4, false, true, true},
    {"two-workers", "1024", "false", "2", 4, false, true, true},
};
const size_t golden_way_count = sizeof golden_ways / sizeof *golden_ways;

bool golden_way_is_named(const golden_way *way, pw_str names) {
    if (names.length == 0) return true;
    while (names.length > 0) {
        if (pw_str_equal(take_word(&names), pw_str_from(way->name))) return true;
    }
    return false;
}

/* Between the time and the bar. */
static pw_str key_of(pw_str line) {
    size_t bar = pw_str_find(line, PW_STR(" |"));
    if (bar != SIZE_MAX) line.length = bar;
    take_word(&line);
    return line;
}

/* A key whose last change is a delete need not have been seen at all. */
static void add_last_changes(const lines *in, lines *out) {
    pw_hashmap last;
    pw_hashmap_init(&last);
    for (size_t i = 0; i < in->count; i++)
        pw_hashmap_put(&last, key_of(in->items[i]), &in->items[i]);
    for (size_t i = 0; i < last.entry_count; i++) {
        pw_str line = *(const pw_str *)last.entries[i].value;
        if (pw_str_find(line, PW_STR(" |")) != SIZE_MAX) lines_add(out, line);
    }
    pw_hashmap_deinit(&last);
    lines_sort(out);
}

/* Partition and offset, in brackets, go. */
static void add_without_place(pw_arena *arena, const lines *in, lines *out) {
    for (size_t i = 0; i < in->count; i++) {
        pw_str line = in->items[i];
        size_t open = pw_str_find(line, PW_STR("[")), close = pw_str_find(line, PW_STR("]"));
        if (open == SIZE_MAX || close == SIZE_MAX || close < open) {
            lines_add(out, line);
            continue;
        }
        pw_str rest = {line.data + close + 1, line.length - close - 1};
        line.length = open;
        lines_add(out, pw_arena_format(arena, "%.*s%.*s", PW_STR_ARGS(line), PW_STR_ARGS(rest)));
    }
    lines_sort(out);
}

lines golden_normalise(pw_arena *arena, const golden_way *way, block_kind kind, const lines *in) {
    lines out = {.arena = arena};
    bool is_changelog = kind == BLOCK_EXPECT_CHANGES || kind == BLOCK_EXPECT_WINDOWS;
    if (is_changelog && way->merges_updates) {
        add_last_changes(in, &out);
    } else if (kind == BLOCK_EXPECT_ERRORS && way->mixes_keys) {
        add_without_place(arena, in, &out);
    } else {
        for (size_t i = 0; i < in->count; i++)
            lines_add(&out, in->items[i]);
        if (kind == BLOCK_EXPECT_RECORDS && way->mixes_keys) lines_sort(&out);
    }
    return out;
}
