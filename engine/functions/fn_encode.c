/* TO_BYTES, FROM_BYTES, ENCODE and numbers from bytes. SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "functions/functions_private.h"
#include "types/base64.h"

typedef enum {
    ENCODING_NONE,
    ENCODING_HEX,
    ENCODING_UTF8,
    ENCODING_ASCII,
    ENCODING_BASE64
} encoding;

static encoding encoding_of(pw_str name) {
    static const struct {
        const char *name;
        encoding value;
    } names[] = {{"hex", ENCODING_HEX},
                 {"utf8", ENCODING_UTF8},
                 {"ascii", ENCODING_ASCII},
                 {"base64", ENCODING_BASE64}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pw_str_equal_nocase(name, pw_str_from(names[i].name))) return names[i].value;
    return ENCODING_NONE;
}

/* --- text to bytes ------------------------------------------------------------------------- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pairs of digits; with allows_odd a single digit stands first. */
static bool decode_hex(pw_str text, bool allows_odd, pw_buf *out) {
    size_t i = 0;
    if (text.length % 2) {
        if (!allows_odd || hex_digit(text.data[0]) < 0) return false;
        pw_buf_add_char(out, (char)hex_digit(text.data[i++]));
    }
    for (; i < text.length; i += 2) {
        int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0) return false;
        pw_buf_add_char(out, (char)(high << 4 | low));
    }
    return true;
}

/* What ENCODE takes besides plain digits: 0x123 and X'0123'. */
static bool decode_hex_literal(pw_str text, pw_buf *out) {
    if (text.length >= 2 && text.data[0] == '0' && text.data[1] == 'x')
        return decode_hex((pw_str){text.data + 2, text.length - 2}, true, out);
    if (text.length >= 3 && (text.data[0] | 0x20) == 'x' && text.data[1] == '\'' &&
        text.data[text.length - 1] == '\'')
        return decode_hex((pw_str){text.data + 2, text.length - 3}, false, out);
    return decode_hex(text, false, out);
}

static void add_ascii(pw_str text, pw_buf *out) {
    for (size_t i = 0; i < text.length; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        if (byte < 0x80) pw_buf_add_char(out, text.data[i]);
        if (byte >= 0xC0) pw_buf_add_char(out, '?');
    }
}

static bool to_bytes_of(pw_str text, encoding from, bool allows_literal, pw_buf *out) {
    size_t length = 0;
    switch (from) {
    case ENCODING_NONE: return false;
    case ENCODING_HEX:
        return allows_literal ? decode_hex_literal(text, out) : decode_hex(text, false, out);
    case ENCODING_UTF8: pw_buf_add_str(out, text); return true;
    case ENCODING_ASCII: add_ascii(text, out); return true;
    case ENCODING_BASE64: break;
    }
    char *room = pw_buf_reserve(out, pw_base64_data_length_max(text.length));
    if (!pw_base64_decode(text, (uint8_t *)room, &length)) return false;
    out->length += length;
    return true;
}

/* --- bytes to text ------------------------------------------------------------------------- */

static bool from_bytes_of(pw_str bytes, encoding to, bool is_upper, pw_buf *out) {
    const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    switch (to) {
    case ENCODING_NONE: return false;
    case ENCODING_HEX:
        for (size_t i = 0; i < bytes.length; i++) {
            pw_buf_add_char(out, digits[(uint8_t)bytes.data[i] >> 4]);
            pw_buf_add_char(out, digits[(uint8_t)bytes.data[i] & 15]);
        }
        return true;
    case ENCODING_UTF8: pw_text_repair((const uint8_t *)bytes.data, bytes.length, out); return true;
    case ENCODING_ASCII:
        for (size_t i = 0; i < bytes.length; i++) {
            if ((uint8_t)bytes.data[i] < 0x80) {
                pw_buf_add_char(out, bytes.data[i]);
            } else {
                pw_buf_add_literal(out, "\xEF\xBF\xBD");
            }
        }
        return true;
    case ENCODING_BASE64: break;
    }
    char *room = pw_buf_reserve(out, pw_base64_text_length(bytes.length));
    pw_base64_encode((const uint8_t *)bytes.data, bytes.length, room);
    out->length += pw_base64_text_length(bytes.length);
    return true;
}

static const char *const bad_encoding =
    "the encoding must be hex, utf8, ascii or base64, and the text be in it";

static void to_bytes(pw_call *call) {
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        pw_buf_clear(&buf);
        if (to_bytes_of(pw_arg_str(call, 0, row), encoding_of(pw_arg_str(call, 1, row)), false,
                        &buf)) {
            call->out[row] = pw_text_result(call->arena, &buf);
        } else {
            call->fail(call, row, bad_encoding);
        }
    }
    pw_buf_deinit(&buf);
}

static void from_bytes(pw_call *call) {
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        pw_buf_clear(&buf);
        if (from_bytes_of(pw_arg_str(call, 0, row), encoding_of(pw_arg_str(call, 1, row)), true,
                          &buf)) {
            call->out[row] = pw_text_result(call->arena, &buf);
        } else {
            call->fail(call, row, bad_encoding);
        }
    }
    pw_buf_deinit(&buf);
}

/* Through bytes; the two encodings must differ. */
static void encode(pw_call *call) {
    pw_buf bytes, text;
    pw_buf_init(&bytes);
    pw_buf_init(&text);
    PW_CALL_EACH_ROW(call, row) {
        encoding from = encoding_of(pw_arg_str(call, 1, row));
        encoding to = encoding_of(pw_arg_str(call, 2, row));
        pw_buf_clear(&bytes);
        pw_buf_clear(&text);
        if (from != to && to_bytes_of(pw_arg_str(call, 0, row), from, true, &bytes) &&
            from_bytes_of(pw_buf_str(&bytes), to, false, &text)) {
            call->out[row] = pw_text_result(call->arena, &text);
        } else {
            call->fail(call, row, bad_encoding);
        }
    }
    pw_buf_deinit(&bytes);
    pw_buf_deinit(&text);
}

/* --- numbers from bytes -------------------------------------------------------------------- */

static void each_number(pw_call *call, uint32_t width) {
    PW_CALL_EACH_ROW(call, row) {
        const pw_slot *value = pw_arg(call, 0, row);
        pw_str order = PW_STR("BIG_ENDIAN");
        if (call->arg_count > 1) order = pw_arg_str(call, 1, row);
        bool is_little = pw_str_equal(order, PW_STR("LITTLE_ENDIAN"));
        if (!is_little && !pw_str_equal(order, PW_STR("BIG_ENDIAN"))) {
            call->fail(call, row, "the byte order must be BIG_ENDIAN or LITTLE_ENDIAN");
        } else if (value->length != width) {
            call->fail(call, row, "the number of bytes does not fit the type");
        } else {
            uint64_t bits = 0;
            for (uint32_t i = 0; i < width; i++)
                bits = bits << 8 | value->bytes[is_little ? width - 1 - i : i];
            int64_t number = (int64_t)bits;
            call->out[row] = pw_slot_i64(width == 4 ? pw_wrap_i32(number) : number);
        }
    }
}

static void int_from_bytes(pw_call *call) {
    each_number(call, 4);
}

/* Also for DOUBLE: the slot holds the same bits. */
static void eight_from_bytes(pw_call *call) {
    each_number(call, 8);
}

#define ROW(signature_, doc_, example_, scalar_)                                                   \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT                                                            \
    }

#define ORDER_DOC " The order is BIG_ENDIAN unless LITTLE_ENDIAN is given."

static const pw_function encode_rows[] = {
    ROW("TO_BYTES(value STRING, encoding STRING) -> BYTES",
        "The bytes of a text in the encoding hex, utf8, ascii or base64.",
        "LEN(TO_BYTES('4869', 'hex')) = 2", to_bytes),
    ROW("FROM_BYTES(value BYTES, encoding STRING) -> STRING",
        "The bytes as text in the encoding hex, utf8, ascii or base64.",
        "FROM_BYTES(TO_BYTES('Hi', 'utf8'), 'hex') = '4869'", from_bytes),
    ROW("ENCODE(str STRING, inputEncoding STRING, outputEncoding STRING) -> STRING",
        "The text in another encoding: hex, utf8, ascii or base64.",
        "ENCODE('Hi', 'utf8', 'base64') = 'SGk='", encode),
    ROW("INT_FROM_BYTES(value BYTES) -> INT", "The number in four bytes." ORDER_DOC,
        "INT_FROM_BYTES(TO_BYTES('0000002C', 'hex')) = 44", int_from_bytes),
    ROW("INT_FROM_BYTES(value BYTES, byteOrder STRING) -> INT",
        "The number in four bytes." ORDER_DOC,
        "INT_FROM_BYTES(TO_BYTES('2C000000', 'hex'), 'LITTLE_ENDIAN') = 44", int_from_bytes),
    ROW("BIGINT_FROM_BYTES(value BYTES) -> BIGINT", "The number in eight bytes." ORDER_DOC,
        "BIGINT_FROM_BYTES(TO_BYTES('000000000000002C', 'hex')) = 44", eight_from_bytes),
    ROW("BIGINT_FROM_BYTES(value BYTES, byteOrder STRING) -> BIGINT",
        "The number in eight bytes." ORDER_DOC,
        "BIGINT_FROM_BYTES(TO_BYTES('2C00000000000000', 'hex'), 'LITTLE_ENDIAN') = 44",
        eight_from_bytes),
    ROW("DOUBLE_FROM_BYTES(value BYTES) -> DOUBLE", "The number in eight bytes." ORDER_DOC,
        "DOUBLE_FROM_BYTES(TO_BYTES('3FF8000000000000', 'hex')) = 1.5", eight_from_bytes),
    ROW("DOUBLE_FROM_BYTES(value BYTES, byteOrder STRING) -> DOUBLE",
        "The number in eight bytes." ORDER_DOC,
        "DOUBLE_FROM_BYTES(TO_BYTES('000000000000F83F', 'hex'), 'LITTLE_ENDIAN') = 1.5",
        eight_from_bytes),
};

const pw_function_family pw_functions_encode = PW_FUNCTION_FAMILY("STRING", encode_rows);
