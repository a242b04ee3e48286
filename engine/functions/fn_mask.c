/* MASK and its kin: letters and digits replaced by class. Positions count UTF-16 units; a character
 * beyond U+FFFF is two units of the class "other", as in ksqlDB. SPDX-License-Identifier:
 * Apache-2.0 */
#include <unicode/uchar.h>

#include "base/utf8.h"
#include "functions/functions_private.h"

enum { CLASS_UPPER, CLASS_LOWER, CLASS_DIGIT, CLASS_OTHER, CLASS_COUNT };

/* What stands for each class; empty: it is left as it is. */
typedef struct masks {
    pw_str text[CLASS_COUNT];
} masks;

static int class_of(uint32_t code) {
    if (code > 0xFFFF) return CLASS_OTHER;
    if (code < 0x80) {
        if (code >= 'A' && code <= 'Z') return CLASS_UPPER;
        if (code >= 'a' && code <= 'z') return CLASS_LOWER;
        return code >= '0' && code <= '9' ? CLASS_DIGIT : CLASS_OTHER;
    }
    if (u_isUUppercase((UChar32)code)) return CLASS_UPPER;
    if (u_isULowercase((UChar32)code)) return CLASS_LOWER;
    return u_isdigit((UChar32)code) ? CLASS_DIGIT : CLASS_OTHER;
}

/* The masks are the four last arguments, or Xxn-. False, and the row has failed, for a bad one. */
static bool read_masks(pw_call *call, uint32_t first, uint32_t row, masks *out) {
    static const char *const defaults[CLASS_COUNT] = {"X", "x", "n", "-"};
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        out->text[i] = pw_str_from(defaults[i]);
        if (call->arg_count <= first) continue;
        const pw_slot *given = pw_arg(call, first + i, row);
        out->text[i] = given->is_null ? PW_STR_EMPTY : pw_slot_as_str(given);
        if (!given->is_null && pw_text_units(out->text[i]) != 1) {
            call->fail(call, row, "a mask must be one character");
            return false;
        }
    }
    return true;
}

/* Masks the characters that begin in units [from, to). */
static void mask_range(pw_call *call, uint32_t row, const masks *with, int64_t from, int64_t to,
                       pw_buf *buf) {
    pw_str text = pw_arg_str(call, 0, row);
    int64_t unit = 0;
    pw_buf_clear(buf);
    for (size_t i = 0; i < text.length;) {
        size_t bytes = 0;
        uint32_t code = pw_utf8_decode(text.data + i, text.length - i, &bytes);
        if (bytes == 0) bytes = 1;
        pw_str mask = with->text[class_of(code)];
        int units = code > 0xFFFF ? 2 : 1;
        if (unit < from || unit >= to || mask.length == 0) {
            pw_buf_add(buf, text.data + i, bytes);
        } else {
            for (int u = 0; u < units; u++)
                pw_buf_add_str(buf, mask);
        }
        unit += units;
        i += bytes;
    }
    call->out[row] = pw_text_result(call->arena, buf);
}

typedef enum { MASK_ALL, MASK_FIRST, MASK_LAST, MASK_BUT_FIRST, MASK_BUT_LAST } mask_part;

static void each_mask(pw_call *call, mask_part part) {
    uint32_t first_mask = part == MASK_ALL ? 1 : 2;
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        masks with;
        const pw_slot *text = pw_arg(call, 0, row);
        if (part != MASK_ALL && (pw_arg(call, 1, row)->is_null || pw_arg(call, 1, row)->i64 < 0)) {
            call->fail(call, row, "the number of characters must be 0 or more");
            continue;
        }
        if (!read_masks(call, first_mask, row, &with)) continue;
        call->out[row] = pw_slot_null();
        if (text->is_null) continue;
        int64_t units = pw_text_units(pw_slot_as_str(text));
        int64_t n = part == MASK_ALL ? 0 : pw_arg(call, 1, row)->i64;
        int64_t left = n < units ? n : units, right = units - left;
        switch (part) {
        case MASK_ALL: mask_range(call, row, &with, 0, units, &buf); break;
        case MASK_FIRST: mask_range(call, row, &with, 0, left, &buf); break;
        case MASK_LAST: mask_range(call, row, &with, right, units, &buf); break;
        case MASK_BUT_FIRST: mask_range(call, row, &with, left, units, &buf); break;
        case MASK_BUT_LAST: mask_range(call, row, &with, 0, right, &buf); break;
        }
    }
    pw_buf_deinit(&buf);
}

static void mask(pw_call *call) {
    each_mask(call, MASK_ALL);
}
static void mask_left(pw_call *call) {
    each_mask(call, MASK_FIRST);
}
static void mask_right(pw_call *call) {
    each_mask(call, MASK_LAST);
}
static void mask_keep_left(pw_call *call) {
    each_mask(call, MASK_BUT_FIRST);
}
static void mask_keep_right(pw_call *call) {
    each_mask(call, MASK_BUT_LAST);
}

#define CLASSES ", upper STRING, lower STRING, digit STRING, other STRING) -> STRING"
#define CLASSES_DOC                                                                                \
    " Capitals, small letters, digits and all others become X, x, n and -, or what is given; a "   \
    "NULL leaves the class as it is."

#define MASK_ROWS(name_, doc_, example_, example_4_, scalar_)                                      \
    {.signature = name_ "(input STRING, numChars INT) -> STRING",                                  \
     .doc = doc_ CLASSES_DOC,                                                                      \
     .example = name_ "('Ham 44', 3) = " example_,                                                 \
     .scalar = scalar_},                                                                           \
    {                                                                                              \
        .signature = name_ "(input STRING, numChars INT" CLASSES, .doc = doc_ CLASSES_DOC,         \
        .example = name_ "('Ham 44', 3, 'U', 'l', '9', '.') = " example_4_, .scalar = scalar_      \
    }

static const pw_function mask_rows[] = {
    {.signature = "MASK(input STRING) -> STRING",
     .doc = "Masks the text." CLASSES_DOC,
     .example = "MASK('Ham 44') = 'Xxx-nn'",
     .scalar = mask},
    {.signature = "MASK(input STRING" CLASSES,
     .doc = "Masks the text." CLASSES_DOC,
     .example = "MASK('Ham 44', 'U', NULL, '9', '.') = 'Uam.99'",
     .scalar = mask},
    MASK_ROWS("MASK_LEFT", "Masks the first `numChars` characters.", "'Xxx 44'", "'Ull 44'",
              mask_left),
    MASK_ROWS("MASK_RIGHT", "Masks the last `numChars` characters.", "'Ham-nn'", "'Ham.99'",
              mask_right),
    MASK_ROWS("MASK_KEEP_LEFT", "Masks all but the first `numChars` characters.", "'Ham-nn'",
              "'Ham.99'", mask_keep_left),
    MASK_ROWS("MASK_KEEP_RIGHT", "Masks all but the last `numChars` characters.", "'Xxx 44'",
              "'Ull 44'", mask_keep_right),
};

const pw_function_family pw_functions_mask = PW_FUNCTION_FAMILY("STRING", mask_rows);
