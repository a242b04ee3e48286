/* SPLIT. SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "functions/functions_private.h"

/* An empty delimiter splits into characters, or bytes. */
static size_t next_piece(pw_str rest, pw_str delimiter, bool is_text, size_t *skipped) {
    if (delimiter.length == 0) {
        size_t bytes = is_text ? pw_utf8_length(rest.data, rest.length) : 1;
        *skipped = 0;
        return bytes ? bytes : 1;
    }
    size_t at = pw_str_find(rest, delimiter);
    *skipped = delimiter.length;
    return at;
}

static void split_row(pw_call *call, uint32_t row, bool is_text) {
    pw_str text = pw_arg_str(call, 0, row), delimiter = pw_arg_str(call, 1, row);
    uint32_t capacity = 8, count = 0;
    pw_slot *items = pw_arena_alloc(call->arena, capacity * sizeof *items);
    for (pw_str rest = text;;) {
        size_t skipped = 0;
        size_t bytes = rest.length ? next_piece(rest, delimiter, is_text, &skipped) : SIZE_MAX;
        bool is_last = bytes == SIZE_MAX || (delimiter.length == 0 && bytes >= rest.length);
        if (count == capacity) {
            pw_slot *larger = pw_arena_alloc(call->arena, capacity * 2 * sizeof *items);
            memcpy(larger, items, capacity * sizeof *items);
            items = larger;
            capacity *= 2;
        }
        items[count++] = pw_slot_text(rest.data, is_last ? rest.length : bytes);
        if (is_last) break;
        if (count >= PW_FN_RESULT_ITEMS_MAX) {
            call->fail(call, row, "the text has too many parts");
            return;
        }
        rest = (pw_str){rest.data + bytes + skipped, rest.length - bytes - skipped};
    }
    call->out[row] = pw_slot_items(items, count);
}

static void split_text(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) split_row(call, row, true);
}
static void split_bytes(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) split_row(call, row, false);
}

static const pw_function split_rows[] = {
    {.signature = "SPLIT(string STRING, delimiter STRING) -> ARRAY<STRING>",
     .doc = "The parts between delimiters; an empty delimiter splits into characters.",
     .example = "SPLIT('a,b,,c', ',') = ARRAY['a', 'b', '', 'c']",
     .scalar = split_text,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "SPLIT(bytes BYTES, delimiter BYTES) -> ARRAY<BYTES>",
     .doc = "The parts between delimiters; an empty delimiter splits into bytes.",
     .example = "ARRAY_LENGTH(SPLIT(TO_BYTES('a-b', 'utf8'), TO_BYTES('-', 'utf8'))) = 2",
     .scalar = split_bytes,
     .flags = PW_FN_NULL_IN_NULL_OUT},
};

const pw_function_family pw_functions_split = PW_FUNCTION_FAMILY("STRING", split_rows);
