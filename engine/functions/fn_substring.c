/* SUBSTRING, INSTR, LPAD and RPAD: positions in UTF-16 units for text, in bytes for BYTES.
 * SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

/* --- SUBSTRING ----------------------------------------------------------------------------- */

/* The part [*from, *to) of something `length` long that position and count (-1: to the end) name.
 * position + count wraps as a Java int: SUBSTRING(s, 2, 2147483647) is empty. */
static void substring_range(int64_t length, int64_t position, bool has_count, int64_t count,
                            int64_t *from, int64_t *to) {
    int64_t start = position > 0 ? position - 1 : position < 0 ? length + position : 0;
    if (start < 0) start = 0;
    if (start > length) start = length;
    int64_t end = has_count ? pw_wrap_i32(start + count) : length;
    if (end > length) end = length;
    if (end < start) end = start;
    *from = start;
    *to = end;
}

static void each_substring(pw_call *call, bool is_text) {
    bool has_count = call->arg_count > 2;
    PW_CALL_EACH_ROW(call, row) {
        pw_str text = pw_arg_str(call, 0, row);
        int64_t count = has_count ? pw_arg(call, 2, row)->i64 : 0, from = 0, to = 0;
        int64_t length = is_text ? (int64_t)pw_text_units(text) : (int64_t)text.length;
        substring_range(length, pw_arg(call, 1, row)->i64, has_count, count, &from, &to);
        pw_str part = is_text ? pw_text_slice(call->arena, text, (size_t)from, (size_t)to)
                              : (pw_str){text.data + from, (size_t)(to - from)};
        call->out[row] = pw_slot_str(part);
    }
}

static void substring_text(pw_call *call) {
    each_substring(call, true);
}
static void substring_bytes(pw_call *call) {
    each_substring(call, false);
}

/* --- INSTR --------------------------------------------------------------------------------- */

/* Index of the `occurrence`-th `part` from the left, or -1. Occurrences may overlap; an empty part
 * is found at the start however often it is looked for. Indexes are in bytes. */
static int64_t find_forward(pw_str text, pw_str part, int64_t occurrence) {
    if (part.length == 0) return 0;
    size_t at = 0;
    for (int64_t i = 0; i < occurrence; i++) {
        if (i > 0) at++;
        if (at > text.length) return -1;
        size_t found = pw_str_find((pw_str){text.data + at, text.length - at}, part);
        if (found == SIZE_MAX) return -1;
        at += found;
    }
    return (int64_t)at;
}

static int64_t find_backward(pw_str text, pw_str part, int64_t occurrence) {
    if (part.length == 0) return (int64_t)text.length;
    if (part.length > text.length) return -1;
    int64_t left = occurrence;
    for (size_t at = text.length - part.length + 1; at-- > 0;)
        if (memcmp(text.data + at, part.data, part.length) == 0 && --left == 0) return (int64_t)at;
    return -1;
}

/* 1-based position in UTF-16 units, 0 if not found. */
static int64_t instr_position(pw_str text, pw_str part, int64_t position, int64_t occurrence) {
    int64_t units = pw_text_units(text);
    bool is_split = false;
    if (occurrence < 1 || position > units || -position > units) return 0;
    if (position > 0) {
        size_t skipped = pw_text_offset(text, (size_t)position - 1, &is_split);
        if (is_split) skipped += 4;
        pw_str rest = {text.data + skipped, text.length - skipped};
        int64_t at = find_forward(rest, part, occurrence);
        return at < 0 ? 0 : (int64_t)pw_text_units((pw_str){text.data, skipped + (size_t)at}) + 1;
    }
    size_t kept = pw_text_offset(text, (size_t)(units + position + 1), &is_split);
    int64_t at = find_backward((pw_str){text.data, kept}, part, occurrence);
    return at < 0 ? 0 : (int64_t)pw_text_units((pw_str){text.data, (size_t)at}) + 1;
}

static void instr(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t options[2] = {1, 1}; /* position, occurrence: primitives in ksqlDB */
        bool is_null = false;
        for (uint32_t i = 2; i < call->arg_count; i++) {
            is_null |= pw_arg(call, i, row)->is_null != 0;
            options[i - 2] = pw_arg(call, i, row)->i64;
        }
        if (is_null || options[0] == 0) {
            call->fail(call, row, "the position is NULL or 0");
        } else if (pw_arg(call, 0, row)->is_null || pw_arg(call, 1, row)->is_null) {
            call->out[row] = pw_slot_i64(0);
        } else {
            call->out[row] = pw_slot_i64(instr_position(
                pw_arg_str(call, 0, row), pw_arg_str(call, 1, row), options[0], options[1]));
        }
    }
}

/* --- LPAD, RPAD ---------------------------------------------------------------------------- */

/* Exactly `units` units of `pad`, repeated. */
static void add_padding(pw_buf *out, pw_str pad, int64_t pad_units, int64_t units, bool is_text,
                        pw_arena *arena) {
    for (; units >= pad_units; units -= pad_units)
        pw_buf_add_str(out, pad);
    if (units == 0) return;
    pw_buf_add_str(out, is_text ? pw_text_slice(arena, pad, 0, (size_t)units)
                                : (pw_str){pad.data, (size_t)units});
}

static void pad_row(pw_call *call, uint32_t row, bool is_left, bool is_text, pw_buf *buf) {
    pw_str text = pw_arg_str(call, 0, row), pad = pw_arg_str(call, 2, row);
    int64_t wanted = pw_arg(call, 1, row)->i64;
    if (wanted < 0 || pad.length == 0) {
        call->out[row] = pw_slot_null();
        return;
    }
    if (wanted > PW_FN_RESULT_BYTES_MAX / 4) {
        call->fail(call, row, "the result is too long");
        return;
    }
    int64_t units = is_text ? (int64_t)pw_text_units(text) : (int64_t)text.length;
    int64_t pad_units = is_text ? (int64_t)pw_text_units(pad) : (int64_t)pad.length;
    if (units >= wanted) {
        call->out[row] = pw_slot_str(is_text ? pw_text_slice(call->arena, text, 0, (size_t)wanted)
                                             : (pw_str){text.data, (size_t)wanted});
        return;
    }
    pw_buf_clear(buf);
    if (!is_left) pw_buf_add_str(buf, text);
    add_padding(buf, pad, pad_units, wanted - units, is_text, call->arena);
    if (is_left) pw_buf_add_str(buf, text);
    call->out[row] = pw_text_result(call->arena, buf);
}

static void each_pad(pw_call *call, bool is_left, bool is_text) {
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) pad_row(call, row, is_left, is_text, &buf);
    pw_buf_deinit(&buf);
}

static void lpad_text(pw_call *call) {
    each_pad(call, true, true);
}
static void lpad_bytes(pw_call *call) {
    each_pad(call, true, false);
}
static void rpad_text(pw_call *call) {
    each_pad(call, false, true);
}
static void rpad_bytes(pw_call *call) {
    each_pad(call, false, false);
}

#define ROW(signature_, doc_, example_, scalar_)                                                   \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT                                                            \
    }

#define SUBSTRING_DOC                                                                              \
    "The part from position `pos` (from 1; negative counts from the end), at most `length` long."
#define LPAD_DOC "Pads on the left, or cuts off, so that the result is exactly `length` long."
#define RPAD_DOC "Pads on the right, or cuts off, so that the result is exactly `length` long."
#define INSTR_DOC                                                                                  \
    "Position of `substring` in `str` (from 1), 0 if it is not there. A negative position looks "  \
    "backwards from that distance from the end."

static const pw_function substring_rows[] = {
    ROW("SUBSTRING(str STRING, pos INT) -> STRING", SUBSTRING_DOC,
        "SUBSTRING('Silverstone', 7) = 'stone'", substring_text),
    ROW("SUBSTRING(str STRING, pos INT, length INT) -> STRING", SUBSTRING_DOC,
        "SUBSTRING('Silverstone', 1, 6) = 'Silver'", substring_text),
    ROW("SUBSTRING(bytes BYTES, pos INT) -> BYTES", SUBSTRING_DOC,
        "FROM_BYTES(SUBSTRING(TO_BYTES('Monza', 'utf8'), -2), 'utf8') = 'za'", substring_bytes),
    ROW("SUBSTRING(bytes BYTES, pos INT, length INT) -> BYTES", SUBSTRING_DOC,
        "FROM_BYTES(SUBSTRING(TO_BYTES('Monza', 'utf8'), 2, 2), 'utf8') = 'on'", substring_bytes),
    {.signature = "INSTR(str STRING, substring STRING) -> INT",
     .doc = INSTR_DOC,
     .example = "INSTR('corporate floor', 'or') = 2",
     .scalar = instr},
    {.signature = "INSTR(str STRING, substring STRING, position INT) -> INT",
     .doc = INSTR_DOC,
     .example = "INSTR('corporate floor', 'or', 3) = 5",
     .scalar = instr},
    {.signature = "INSTR(str STRING, substring STRING, position INT, occurrence INT) -> INT",
     .doc = INSTR_DOC,
     .example = "INSTR('corporate floor', 'or', -3, 2) = 2",
     .scalar = instr},
    ROW("LPAD(input STRING, length INT, padding STRING) -> STRING", LPAD_DOC,
        "LPAD('7', 3, '0') = '007'", lpad_text),
    ROW("LPAD(input BYTES, length INT, padding BYTES) -> BYTES", LPAD_DOC,
        "LEN(LPAD(TO_BYTES('a', 'utf8'), 4, TO_BYTES('-', 'utf8'))) = 4", lpad_bytes),
    ROW("RPAD(input STRING, length INT, padding STRING) -> STRING", RPAD_DOC,
        "RPAD('HAM', 5, '.') = 'HAM..'", rpad_text),
    ROW("RPAD(input BYTES, length INT, padding BYTES) -> BYTES", RPAD_DOC,
        "LEN(RPAD(TO_BYTES('a', 'utf8'), 4, TO_BYTES('-', 'utf8'))) = 4", rpad_bytes),
};

const pw_function_family pw_functions_substring = PW_FUNCTION_FAMILY("STRING", substring_rows);
