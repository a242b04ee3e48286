/* URL_*: parts of a URI as Java's java.net.URI splits it (RFC 2396, with other characters than
 * ASCII allowed). A text that is no URI fails the row. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"

typedef struct uri {
    pw_str scheme, host, path, query, fragment; /* data NULL: absent */
    int64_t port;                               /* -1: absent */
} uri;

static bool is_alpha(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Are all characters allowed: letters, digits, `punctuation`, %XX, or beyond ASCII? */
static bool is_legal(pw_str text, const char *punctuation) {
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == '%') {
            if (i + 2 >= text.length || hex_digit(text.data[i + 1]) < 0 ||
                hex_digit(text.data[i + 2]) < 0)
                return false;
            i += 2;
        } else if (!is_alpha(c) && !is_digit(c) && (uint8_t)c < 0x80 &&
                   (c == 0 || !strchr(punctuation, c))) {
            return false;
        }
    }
    return true;
}

static const char unreserved_and_reserved[] = "-_.!~*'();/?:@&=+$,[]";

/* Cuts `text` before the first `c`; what is behind it goes to *rest (data NULL if there is
 * none). */
static pw_str cut(pw_str text, char c, pw_str *rest) {
    const char *found = text.length ? memchr(text.data, c, text.length) : NULL;
    *rest = (pw_str){NULL, 0};
    if (!found) return text;
    size_t before = (size_t)(found - text.data);
    *rest = (pw_str){found + 1, text.length - before - 1};
    return (pw_str){text.data, before};
}

/* Labels of letters, digits and hyphens with points between; the last begins with a letter, or all
 * are the numbers of an IPv4 address. */
static bool is_host(pw_str host) {
    size_t start = 0;
    bool is_numeric = true;
    if (host.length && host.data[host.length - 1] == '.') host.length--;
    if (host.length == 0) return false;
    for (size_t i = 0; i <= host.length; i++) {
        char c = i < host.length ? host.data[i] : '.';
        if (c == '.') {
            if (i == start || host.data[start] == '-' || host.data[i - 1] == '-') return false;
            if (i == host.length) return is_numeric || is_alpha(host.data[start]);
            start = i + 1;
        } else if (!is_alpha(c) && !is_digit(c) && c != '-') {
            return false;
        }
        if (!is_digit(c) && c != '.') is_numeric = false;
    }
    return false;
}

/* [user@]host[:port]. What is no such thing may still name an authority of another kind: then there
 * is no host. */
static bool read_authority(pw_str authority, uri *out) {
    pw_str host = authority, port = {NULL, 0}, behind;
    cut(authority, '@', &behind);
    if (behind.data) host = behind;
    if (host.length && host.data[0] == '[') {
        size_t close = pw_str_find(host, PW_STR("]"));
        if (close == SIZE_MAX || !is_legal((pw_str){host.data + 1, close - 1}, ":.%")) return false;
        port = (pw_str){host.data + close + 1, host.length - close - 1};
        if (port.length && port.data[0] != ':') return false;
        if (port.length) port = (pw_str){port.data + 1, port.length - 1};
        out->host = (pw_str){host.data, close + 1};
    } else {
        pw_str name = cut(host, ':', &port);
        if (!is_legal(authority, "-_.!~*'();:@&=+$,")) return false;
        if (!is_host(name)) return true;
        out->host = name;
    }
    int64_t number = -1;
    if (port.length && (!is_digit(port.data[0]) || !pw_str_to_i64(port, &number))) {
        out->host = (pw_str){NULL, 0};
        return true;
    }
    out->port = number <= INT32_MAX ? number : -1;
    return true;
}

static bool read_scheme(pw_str *text, uri *out) {
    pw_str rest, scheme = cut(*text, ':', &rest);
    pw_str before_slash, unused;
    before_slash = cut(*text, '/', &unused);
    if (!rest.data || scheme.length > before_slash.length) return true;
    pw_str before_query = cut(*text, '?', &unused);
    if (scheme.length > before_query.length) return true;
    if (scheme.length == 0 || !is_alpha(scheme.data[0])) return false;
    for (size_t i = 0; i < scheme.length; i++)
        if (!is_alpha(scheme.data[i]) && !is_digit(scheme.data[i]) &&
            !strchr("+-.", scheme.data[i]))
            return false;
    out->scheme = scheme;
    *text = rest;
    return true;
}

static bool read_uri(pw_str text, uri *out) {
    *out = (uri){.port = -1};
    text = cut(text, '#', &out->fragment);
    if (out->fragment.data && !is_legal(out->fragment, unreserved_and_reserved)) return false;
    if (!read_scheme(&text, out)) return false;
    if (out->scheme.data && text.length == 0) return false;
    if (out->scheme.data && text.data[0] != '/') /* opaque: mailto:a@b.c */
        return is_legal(text, unreserved_and_reserved);
    text = cut(text, '?', &out->query);
    if (out->query.data && !is_legal(out->query, unreserved_and_reserved)) return false;
    if (pw_str_starts_with(text, PW_STR("//"))) {
        pw_str rest = {text.data + 2, text.length - 2}, behind;
        pw_str authority = cut(rest, '/', &behind);
        if (authority.length == 0 && !behind.data) return false;
        if (authority.length && !read_authority(authority, out)) return false;
        text = (pw_str){rest.data + authority.length, rest.length - authority.length};
    }
    out->path = (pw_str){text.length ? text.data : "", text.length};
    return is_legal(out->path, "-_.!~*'():@&=+$,;/");
}

/* --- decoding ------------------------------------------------------------------------------ */

/* %XX to bytes to text; is_form: + is a blank. False for a % without two digits. */
static bool decode(pw_arena *arena, pw_str text, bool is_form, pw_str *out) {
    uint8_t *bytes = pw_arena_alloc(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == '%') {
            if (i + 2 >= text.length) return false;
            int high = hex_digit(text.data[i + 1]), low = hex_digit(text.data[i + 2]);
            if (high < 0 || low < 0) return false;
            bytes[length++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            bytes[length++] = (uint8_t)(is_form && c == '+' ? ' ' : c);
        }
    }
    pw_buf repaired;
    pw_buf_init(&repaired);
    pw_text_repair(bytes, length, &repaired);
    *out = pw_arena_str(arena, pw_buf_str(&repaired));
    pw_buf_deinit(&repaired);
    return true;
}

static pw_slot decoded_or_null(pw_arena *arena, pw_str part) {
    pw_str text;
    if (!part.data || !decode(arena, part, false, &text)) return pw_slot_null();
    return pw_slot_str(text);
}

/* --- functions ----------------------------------------------------------------------------- */

typedef enum { PART_PROTOCOL, PART_HOST, PART_PORT, PART_PATH, PART_QUERY, PART_FRAGMENT } uri_part;

static void each_part(pw_call *call, uri_part part) {
    PW_CALL_EACH_ROW(call, row) {
        uri parts;
        if (!read_uri(pw_arg_str(call, 0, row), &parts)) {
            call->fail(call, row, "the text is no valid URL");
            continue;
        }
        pw_slot *out = &call->out[row];
        switch (part) {
        case PART_PROTOCOL: *out = decoded_or_null(call->arena, parts.scheme); break;
        case PART_HOST: *out = decoded_or_null(call->arena, parts.host); break;
        case PART_PORT: *out = parts.port < 0 ? pw_slot_null() : pw_slot_i64(parts.port); break;
        case PART_PATH: *out = decoded_or_null(call->arena, parts.path); break;
        case PART_QUERY: *out = decoded_or_null(call->arena, parts.query); break;
        case PART_FRAGMENT: *out = decoded_or_null(call->arena, parts.fragment); break;
        }
    }
}

static void extract_protocol(pw_call *call) {
    each_part(call, PART_PROTOCOL);
}
static void extract_host(pw_call *call) {
    each_part(call, PART_HOST);
}
static void extract_port(pw_call *call) {
    each_part(call, PART_PORT);
}
static void extract_path(pw_call *call) {
    each_part(call, PART_PATH);
}
static void extract_query(pw_call *call) {
    each_part(call, PART_QUERY);
}
static void extract_fragment(pw_call *call) {
    each_part(call, PART_FRAGMENT);
}

/* Looks in the decoded query: an & that was written as %26 separates too, as in ksqlDB. */
static pw_slot parameter_of(pw_str query, pw_str name) {
    while (query.data) {
        pw_str rest, value, pair = cut(query, '&', &rest);
        if (pw_str_equal(cut(pair, '=', &value), name))
            return value.data ? pw_slot_str(value) : pw_slot_text("", 0);
        query = rest;
    }
    return pw_slot_null();
}

static void extract_parameter(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        uri parts;
        pw_str query = {NULL, 0};
        if (!read_uri(pw_arg_str(call, 0, row), &parts)) {
            call->fail(call, row, "the text is no valid URL");
            continue;
        }
        bool has_query = parts.query.data && decode(call->arena, parts.query, false, &query);
        call->out[row] = has_query ? parameter_of(query, pw_arg_str(call, 1, row)) : pw_slot_null();
    }
}

static void encode_param(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_str text = pw_arg_str(call, 0, row);
        char *out = pw_arena_alloc(call->arena, text.length * 3 + 1);
        size_t length = 0;
        for (size_t i = 0; i < text.length; i++) {
            char c = text.data[i];
            if (is_alpha(c) || is_digit(c) || (c && strchr("-_.*", c))) {
                out[length++] = c;
            } else if (c == ' ') {
                out[length++] = '+';
            } else {
                out[length++] = '%';
                out[length++] = "0123456789ABCDEF"[(uint8_t)c >> 4];
                out[length++] = "0123456789ABCDEF"[(uint8_t)c & 15];
            }
        }
        call->out[row] = pw_slot_text(out, length);
    }
}

static void decode_param(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_str text;
        if (decode(call->arena, pw_arg_str(call, 0, row), true, &text)) {
            call->out[row] = pw_slot_str(text);
        } else {
            call->fail(call, row, "the text has a % without two hexadecimal digits");
        }
    }
}

#define ROW(signature_, doc_, example_, scalar_)                                                   \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT                                                            \
    }

static const pw_function url_rows[] = {
    ROW("URL_EXTRACT_PROTOCOL(input STRING) -> STRING", "The scheme of a URL.",
        "URL_EXTRACT_PROTOCOL('https://f1.example/laps') = 'https'", extract_protocol),
    ROW("URL_EXTRACT_HOST(input STRING) -> STRING", "The host of a URL, NULL without one.",
        "URL_EXTRACT_HOST('https://f1.example/laps') = 'f1.example'", extract_host),
    ROW("URL_EXTRACT_PORT(input STRING) -> INT", "The port of a URL, NULL without one.",
        "URL_EXTRACT_PORT('https://f1.example:8080/laps') = 8080", extract_port),
    ROW("URL_EXTRACT_PATH(input STRING) -> STRING", "The path of a URL, decoded.",
        "URL_EXTRACT_PATH('https://f1.example/pit%20lane') = '/pit lane'", extract_path),
    ROW("URL_EXTRACT_QUERY(input STRING) -> STRING",
        "What stands behind the ? of a URL, decoded; NULL without one.",
        "URL_EXTRACT_QUERY('https://f1.example/?car=44') = 'car=44'", extract_query),
    ROW("URL_EXTRACT_FRAGMENT(input STRING) -> STRING",
        "What stands behind the # of a URL, decoded; NULL without one.",
        "URL_EXTRACT_FRAGMENT('https://f1.example/#pit') = 'pit'", extract_fragment),
    ROW("URL_EXTRACT_PARAMETER(input STRING, paramToFind STRING) -> STRING",
        "The value of a parameter in a URL's query; empty without =, NULL if it is not there.",
        "URL_EXTRACT_PARAMETER('https://f1.example/?car=44&lap=1', 'lap') = '1'",
        extract_parameter),
    ROW("URL_ENCODE_PARAM(input STRING) -> STRING",
        "The text as it may stand in a query: blanks as +, other characters as %XX.",
        "URL_ENCODE_PARAM('a b&c') = 'a+b%26c'", encode_param),
    ROW("URL_DECODE_PARAM(input STRING) -> STRING", "The reverse of URL_ENCODE_PARAM.",
        "URL_DECODE_PARAM('a+b%26c') = 'a b&c'", decode_param),
};

const pw_function_family pw_functions_url = PW_FUNCTION_FAMILY("URL", url_rows);
