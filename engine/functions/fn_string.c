/* Case, length, joining and replacing of text. SPDX-License-Identifier: Apache-2.0 */
#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include "base/utf8.h"
#include "functions/functions_private.h"

/* --- case ---------------------------------------------------------------------------------- */

static pw_slot ascii_case(pw_arena *arena, pw_str text, bool is_upper) {
    char *copy = pw_arena_alloc(arena, text.length + 1);
    char first = is_upper ? 'a' : 'A', last = is_upper ? 'z' : 'Z';
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        copy[i] = c >= first && c <= last ? (char)(c ^ 0x20) : c;
    }
    return pw_slot_text(copy, text.length);
}

/* Full case mapping without a language: one character may become several, as in Java. */
static pw_slot unicode_case(pw_arena *arena, pw_str text, bool is_upper) {
    if (text.length > PW_FN_RESULT_BYTES_MAX) return pw_slot_null();
    int32_t capacity = (int32_t)text.length * 3 + 1, units = 0, cased = 0, bytes = 0;
    UChar *source = pw_arena_alloc(arena, sizeof(UChar) * (size_t)capacity);
    UChar *target = pw_arena_alloc(arena, sizeof(UChar) * (size_t)capacity);
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(source, capacity, &units, text.data, (int32_t)text.length, &status);
    cased = is_upper ? u_strToUpper(target, capacity, source, units, "", &status)
                     : u_strToLower(target, capacity, source, units, "", &status);
    if (U_FAILURE(status)) return pw_slot_null();
    char *out = pw_arena_alloc(arena, (size_t)cased * 3 + 1);
    u_strToUTF8(out, cased * 3 + 1, &bytes, target, cased, &status);
    return U_FAILURE(status) ? pw_slot_null() : pw_slot_text(out, (size_t)bytes);
}

static pw_slot in_case(pw_arena *arena, pw_str text, bool is_upper) {
    return pw_text_is_ascii(text) ? ascii_case(arena, text, is_upper)
                                  : unicode_case(arena, text, is_upper);
}

static void each_case(pw_call *call, bool is_upper) {
    PW_CALL_EACH_ROW(call, row) {
        call->out[row] = in_case(call->arena, pw_arg_str(call, 0, row), is_upper);
        if (call->out[row].is_null) call->fail(call, row, "the text is too long");
    }
}

static void ucase(pw_call *call) {
    each_case(call, true);
}
static void lcase(pw_call *call) {
    each_case(call, false);
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Upper case for the first character of each word; white space before the first word is lost. */
static void initcap(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_slot lower = in_case(call->arena, pw_arg_str(call, 0, row), false);
        if (lower.is_null) {
            call->fail(call, row, "the text is too long");
            continue;
        }
        pw_str text = pw_slot_as_str(&lower);
        char *out = pw_arena_alloc(call->arena, text.length * 3 + 1);
        size_t length = 0, i = 0;
        while (i < text.length && is_space(text.data[i]))
            i++;
        for (bool is_start = true; i < text.length;) {
            size_t bytes = 0;
            uint32_t code = pw_utf8_decode(text.data + i, text.length - i, &bytes);
            if (bytes == 0) break;
            if (is_start) code = (uint32_t)u_toupper((UChar32)code);
            is_start = is_space(text.data[i]);
            length += pw_utf8_encode(code, out + length);
            i += bytes;
        }
        call->out[row] = pw_slot_text(out, length);
    }
}

/* --- pieces -------------------------------------------------------------------------------- */

static void trim(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_str text = pw_arg_str(call, 0, row);
        while (text.length && (uint8_t)text.data[0] <= ' ') {
            text.data++;
            text.length--;
        }
        while (text.length && (uint8_t)text.data[text.length - 1] <= ' ')
            text.length--;
        call->out[row] = pw_slot_str(text);
    }
}

static void len_text(pw_call *call) {
    PW_CALL_EACH_ROW(call, row)
    call->out[row] = pw_slot_i64(pw_text_units(pw_arg_str(call, 0, row)));
}

static void len_bytes(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_i64(pw_arg(call, 0, row)->length);
}

/* Joins arguments first.. of one row, skipping NULLs; bytes and text alike. */
static void join_row(pw_call *call, uint32_t row, uint32_t first, pw_str separator) {
    size_t total = 0;
    uint32_t count = 0;
    for (uint32_t i = first; i < call->arg_count; i++) {
        const pw_slot *value = pw_arg(call, i, row);
        if (value->is_null) continue;
        total += value->length + (count++ ? separator.length : 0);
    }
    if (total > PW_FN_RESULT_BYTES_MAX) {
        call->fail(call, row, "the result is too long");
        return;
    }
    char *out = pw_arena_alloc(call->arena, total + 1);
    size_t length = 0;
    bool is_first = true;
    for (uint32_t i = first; i < call->arg_count; i++) {
        const pw_slot *value = pw_arg(call, i, row);
        if (value->is_null) continue;
        if (!is_first && separator.length) {
            memcpy(out + length, separator.data, separator.length);
            length += separator.length;
        }
        is_first = false;
        if (value->length) memcpy(out + length, value->text, value->length);
        length += value->length;
    }
    call->out[row] = pw_slot_text(out, length);
}

static void concat(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) join_row(call, row, 0, PW_STR_EMPTY);
}

static void concat_ws(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        if (pw_arg(call, 0, row)->is_null) {
            call->out[row] = pw_slot_null();
        } else {
            join_row(call, row, 1, pw_arg_str(call, 0, row));
        }
    }
}

/* An empty `old` stands before every character and at the end, as in Java. */
static bool replace_all(pw_buf *out, pw_str text, pw_str old, pw_str new_text) {
    for (size_t i = 0; i <= text.length && out->length <= PW_FN_RESULT_BYTES_MAX;) {
        pw_str rest = {text.data + i, text.length - i};
        size_t step = 0;
        if (old.length == 0) {
            pw_buf_add_str(out, new_text);
            if (rest.length == 0) break;
            step = pw_utf8_length(rest.data, rest.length);
            pw_buf_add(out, rest.data, step ? step : (step = 1));
            i += step;
            continue;
        }
        size_t at = pw_str_find(rest, old);
        if (at == SIZE_MAX) {
            pw_buf_add_str(out, rest);
            break;
        }
        pw_buf_add(out, rest.data, at);
        pw_buf_add_str(out, new_text);
        i += at + old.length;
    }
    return out->length <= PW_FN_RESULT_BYTES_MAX;
}

static void replace(pw_call *call) {
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        pw_buf_clear(&buf);
        if (replace_all(&buf, pw_arg_str(call, 0, row), pw_arg_str(call, 1, row),
                        pw_arg_str(call, 2, row))) {
            call->out[row] = pw_text_result(call->arena, &buf);
        } else {
            call->fail(call, row, "the result is too long");
        }
    }
    pw_buf_deinit(&buf);
}

/* --- characters by number ------------------------------------------------------------------ */

static void chr_integer(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t code = pw_arg(call, 0, row)->i64;
        call->out[row] = pw_slot_null();
        if (code < 0 || code > 0x10FFFF) continue;
        char *out = pw_arena_alloc(call->arena, 4);
        bool is_half = code >= 0xD800 && code <= 0xDFFF; /* half a pair: as Java writes it */
        call->out[row] = pw_slot_text(out, pw_utf8_encode(is_half ? '?' : (uint32_t)code, out));
    }
}

/* "\u004b" at the start of `text`: the unit, or -1. */
static int32_t escaped_unit(pw_str text) {
    if (text.length < 6 || text.data[0] != '\\' || text.data[1] != 'u') return -1;
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = u_digit((UChar32)(uint8_t)text.data[i], 16);
        if (digit < 0 || (uint8_t)text.data[i] >= 0x80) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static void chr_text(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_str text = pw_arg_str(call, 0, row);
        int32_t unit = escaped_unit(text);
        call->out[row] = pw_slot_null();
        if (unit < 0) continue;
        char *out = pw_arena_alloc(call->arena, text.length + 4);
        size_t length = 0;
        while (unit >= 0) {
            text = (pw_str){text.data + 6, text.length - 6};
            int32_t next = escaped_unit(text);
            uint32_t code = (uint32_t)unit;
            if (U16_IS_LEAD((uint32_t)unit) && next >= 0 && U16_IS_TRAIL((uint32_t)next)) {
                code = (uint32_t)U16_GET_SUPPLEMENTARY(unit, next);
                text = (pw_str){text.data + 6, text.length - 6};
                next = escaped_unit(text);
            } else if (U16_IS_SURROGATE((uint32_t)unit)) {
                code = '?';
            }
            length += pw_utf8_encode(code, out + length);
            unit = next;
        }
        if (text.length) memcpy(out + length, text.data, text.length);
        call->out[row] = pw_slot_text(out, length + text.length);
    }
}

static const pw_function string_rows[] = {
    {.signature = "UCASE(input STRING) -> STRING",
     .doc = "The text in upper case.",
     .example = "UCASE('Monza') = 'MONZA'",
     .scalar = ucase,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "LCASE(input STRING) -> STRING",
     .doc = "The text in lower case.",
     .example = "LCASE('Monza') = 'monza'",
     .scalar = lcase,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "INITCAP(input STRING) -> STRING",
     .doc = "Every word with a capital first and small letters behind.",
     .example = "INITCAP('max VERSTAPPEN') = 'Max Verstappen'",
     .scalar = initcap,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "TRIM(input STRING) -> STRING",
     .doc = "The text without blanks and control characters at both ends.",
     .example = "TRIM('  pit ') = 'pit'",
     .scalar = trim,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "LEN(input STRING) -> INT",
     .doc = "Length of the text in UTF-16 units.",
     .example = "LEN('Monza') = 5",
     .scalar = len_text,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "LEN(input BYTES) -> INT",
     .doc = "Length in bytes.",
     .example = "LEN(TO_BYTES('Spa', 'utf8')) = 3",
     .scalar = len_bytes,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "CONCAT(inputs STRING...) -> STRING",
     .doc = "The texts one after the other; NULLs are skipped.",
     .example = "CONCAT('pit', NULL, 'wall') = 'pitwall'",
     .scalar = concat},
    {.signature = "CONCAT(inputs BYTES...) -> BYTES",
     .doc = "The bytes one after the other; NULLs are skipped.",
     .example = "FROM_BYTES(CONCAT(TO_BYTES('a', 'utf8'), TO_BYTES('b', 'utf8')), 'utf8') = 'ab'",
     .scalar = concat},
    {.signature = "CONCAT_WS(separator STRING, inputs STRING...) -> STRING",
     .doc = "The texts with `separator` between them; NULLs are skipped.",
     .example = "CONCAT_WS(', ', 'HAM', NULL, 'VER') = 'HAM, VER'",
     .scalar = concat_ws},
    {.signature = "CONCAT_WS(separator BYTES, inputs BYTES...) -> BYTES",
     .doc = "The bytes with `separator` between them; NULLs are skipped.",
     .example = "FROM_BYTES(CONCAT_WS(TO_BYTES('-', 'utf8'), TO_BYTES('a', 'utf8'), "
                "TO_BYTES('b', 'utf8')), 'utf8') = 'a-b'",
     .scalar = concat_ws},
    {.signature = "REPLACE(str STRING, oldStr STRING, newStr STRING) -> STRING",
     .doc = "Replaces every `oldStr` in the text.",
     .example = "REPLACE('banana', 'an', 'AN') = 'bANANa'",
     .scalar = replace,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "CHR(decimalCode INT) -> STRING",
     .doc = "The character with this code point; NULL if there is none.",
     .example = "CHR(75) = 'K'",
     .scalar = chr_integer,
     .flags = PW_FN_NULL_IN_NULL_OUT},
    {.signature = "CHR(utf16Code STRING) -> STRING",
     .doc = "The character of one or two escapes such as \\u004b; NULL if it is none.",
     .example = "CHR('\\u004b') = 'K'",
     .scalar = chr_text,
     .flags = PW_FN_NULL_IN_NULL_OUT},
};

const pw_function_family pw_functions_string = PW_FUNCTION_FAMILY("STRING", string_rows);
