/* Reads texts by a pattern (time_pattern.h). SPDX-License-Identifier: Apache-2.0 */
#include "functions/time_private.h"
#include "types/temporal.h"

typedef struct reader {
    pw_str text;
    size_t at;
    bool is_lenient;
    pw_time_fields fields;
} reader;

enum { DIGITS_MAX = 18 };

static const char *const no_match = "the text does not match the pattern";

static bool is_digit(const reader *r, size_t at) {
    return at < r->text.length && r->text.data[at] >= '0' && r->text.data[at] <= '9';
}

/* Two digits of a year mean 2000 to 2099; SimpleDateFormat's window of 80 years back is only
 * moved. */
static int64_t full_year(int64_t two_digits) {
    return 2000 + two_digits;
}

static bool allows_sign(char letter) {
    return letter == 'u' || letter == 'y' || letter == 'Y';
}

/* One number as DateTimeFormatter reads it; see link_numbers in time_pattern.c for `reserved`. */
static bool read_number(reader *r, const pw_time_element *e) {
    uint32_t least = 0, most = 0;
    size_t at = r->at, start;
    bool has_sign = false, is_negative = false;
    pw_time_width(e, &least, &most);
    bool is_fixed = least == most;
    if (allows_sign(e->letter) && !is_fixed && at < r->text.length &&
        (r->text.data[at] == '-' || (r->text.data[at] == '+' && e->count >= 4))) {
        has_sign = true;
        is_negative = r->text.data[at++] == '-';
    }
    start = at;
    while (is_digit(r, at) && at - start < most + (is_fixed ? 0 : e->reserved))
        at++;
    size_t length = at - start;
    if (!is_fixed && e->reserved) {
        size_t kept = length > e->reserved ? length - e->reserved : 0;
        length = kept > least ? kept : length < least ? length : least;
    }
    if (length < least || length > DIGITS_MAX || length > most) return false;
    if (allows_sign(e->letter) && e->count >= 4) {
        if (has_sign && !is_negative && length <= least) return false;
        if (!has_sign && length > least) return false;
    }
    int64_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value * 10 + (r->text.data[start + i] - '0');
    if (e->letter == 'S')
        for (size_t i = length; i < 9; i++)
            value *= 10;
    if (allows_sign(e->letter) && e->count == 2) value = full_year(value);
    r->at = start + length;
    pw_time_set(&r->fields, e->letter, is_negative ? -value : value);
    return true;
}

/* One number as SimpleDateFormat reads it: blanks and a sign first, then all digits unless another
 * number follows at once. */
static bool read_number_lenient(reader *r, const pw_time_element *e) {
    size_t at = r->at;
    while (at < r->text.length && (r->text.data[at] == ' ' || r->text.data[at] == '\t'))
        at++;
    bool is_negative = at < r->text.length && r->text.data[at] == '-' && !e->is_abutting;
    if (is_negative) at++;
    size_t start = at;
    int64_t value = 0;
    while (is_digit(r, at) && at - start < (e->is_abutting ? e->count : DIGITS_MAX))
        value = value * 10 + (r->text.data[at++] - '0');
    if (at == start) return false;
    if (allows_sign(e->letter) && e->count <= 2 && at - start == 2 && !is_negative)
        value = full_year(value);
    if (e->letter == 'S') { /* milliseconds, however many digits */
        if (value > INT64_C(1000000000000)) return false;
        value *= 1000000;
    }
    r->at = at;
    pw_time_set(&r->fields, e->letter, is_negative ? -value : value);
    return true;
}

static bool take_nocase(reader *r, pw_str wanted) {
    pw_str rest = {r->text.data + r->at, r->text.length - r->at};
    if (rest.length < wanted.length) return false;
    rest.length = wanted.length;
    if (!pw_str_equal_nocase(rest, wanted)) return false;
    r->at += wanted.length;
    return true;
}

/* One of the names, short or full as the count says (lenient: either); gives its index. */
static bool read_name(reader *r, const char *const *names, uint32_t count, uint32_t letters,
                      int64_t *index) {
    for (int is_full = 1; is_full >= 0; is_full--) {
        if (!r->is_lenient && is_full != (letters == 4)) continue;
        for (uint32_t i = 0; i < count; i++) {
            pw_str name = pw_str_from(names[i]);
            if (!is_full && name.length > PW_SHORT_NAME_BYTES) name.length = PW_SHORT_NAME_BYTES;
            if (!take_nocase(r, name)) continue;
            *index = i;
            return true;
        }
    }
    return false;
}

/* Sign, then digits and colons that make an offset: the longest piece that is one. */
static bool read_offset(reader *r, const pw_time_element *e) {
    bool takes_z = e->letter == 'X' || (e->letter == 'Z' && e->count == 5);
    if (e->letter == 'O' || (e->letter == 'Z' && e->count == 4)) {
        if (!take_nocase(r, PW_STR("GMT"))) return false;
        r->fields.has_offset = true;
        if (r->at == r->text.length || (r->text.data[r->at] != '+' && r->text.data[r->at] != '-'))
            return true;
    } else if (takes_z && take_nocase(r, PW_STR("Z"))) {
        r->fields.has_offset = true;
        return true;
    }
    size_t most = r->text.length - r->at < 9 ? r->text.length - r->at : 9;
    bool has_colons = e->count == 3 || e->count == 5 || e->letter == 'O' ||
                      (e->letter == 'Z' && e->count == 4) || r->is_lenient;
    for (size_t length = most; length >= 2; length--) {
        pw_str piece = {r->text.data + r->at, length};
        if (!has_colons && memchr(piece.data, ':', length)) continue;
        if (!pw_zone_parse_offset(piece, &r->fields.offset_ms)) continue;
        r->fields.has_offset = true;
        r->at += length;
        return true;
    }
    return false;
}

/* Short names that stand for a region when they are read. */
static const struct {
    const char *name, *zone;
} zone_names[] = {
    {"CEST", "Europe/Paris"},    {"CET", "Europe/Paris"},        {"EEST", "Europe/Bucharest"},
    {"EET", "Europe/Bucharest"}, {"EDT", "America/New_York"},    {"EST", "America/New_York"},
    {"CDT", "America/Chicago"},  {"CST", "America/Chicago"},     {"MDT", "America/Denver"},
    {"MST", "America/Denver"},   {"PDT", "America/Los_Angeles"}, {"PST", "America/Los_Angeles"},
    {"BST", "Europe/London"},    {"IST", "Asia/Kolkata"},        {"JST", "Asia/Tokyo"},
    {"MSK", "Europe/Moscow"},    {"AEST", "Australia/Sydney"},   {"AEDT", "Australia/Sydney"},
};

static bool is_zone_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("/_+-:", c) != NULL;
}

static bool read_zone(reader *r, const pw_time_element *e) {
    if (e->letter != 'V') {
        for (size_t i = 0; i < sizeof zone_names / sizeof zone_names[0]; i++) {
            if (!take_nocase(r, pw_str_from(zone_names[i].name))) continue;
            r->fields.has_zone = pw_zone_find(pw_str_from(zone_names[i].zone), &r->fields.zone);
            return r->fields.has_zone;
        }
    }
    size_t most = 0;
    while (r->at + most < r->text.length && most < 40 && is_zone_byte(r->text.data[r->at + most]))
        most++;
    for (size_t length = most; length > 0; length--) {
        if (!pw_zone_find((pw_str){r->text.data + r->at, length}, &r->fields.zone)) continue;
        r->fields.has_zone = true;
        r->at += length;
        return true;
    }
    return false;
}

static bool read_era(reader *r, const pw_time_element *e) {
    static const char *const eras[2][2] = {{"BC", "Before Christ"}, {"AD", "Anno Domini"}};
    for (int i = 0; i < 2; i++) {
        if (!take_nocase(r, pw_str_from(eras[i][e->count == 4]))) continue;
        pw_time_set(&r->fields, 'G', i);
        return true;
    }
    return false;
}

static bool read_element(reader *r, const pw_time_element *e) {
    int64_t index = 0;
    if (pw_time_is_number(e)) return r->is_lenient ? read_number_lenient(r, e) : read_number(r, e);
    switch (e->letter) {
    case 0: return take_nocase(r, e->literal);
    case 'G': return read_era(r, e);
    case 'M':
    case 'L':
        if (!read_name(r, pw_month_names, 12, e->count, &index)) return false;
        pw_time_set(&r->fields, 'M', index + 1);
        return true;
    case 'E':
    case 'e':
    case 'c':
        if (!read_name(r, pw_day_names, 7, e->count, &index)) return false;
        pw_time_set(&r->fields, 'E', index + 1);
        return true;
    case 'Q':
    case 'q':
        if (!take_nocase(r, PW_STR("Q")) || !is_digit(r, r->at)) return false;
        pw_time_set(&r->fields, 'Q', r->text.data[r->at++] - '0');
        return true;
    case 'a':
        if (take_nocase(r, PW_STR("AM"))) {
            pw_time_set(&r->fields, 'a', 0);
        } else if (take_nocase(r, PW_STR("PM"))) {
            pw_time_set(&r->fields, 'a', 1);
        } else {
            return false;
        }
        return true;
    case 'V':
    case 'v':
    case 'z': return read_zone(r, e);
    default: return read_offset(r, e);
    }
}

static uint32_t closing(const pw_time_pattern *pattern, uint32_t open) {
    uint32_t depth = 0;
    for (uint32_t i = open; i < pattern->count; i++) {
        if (pattern->elements[i].letter == '[') depth++;
        if (pattern->elements[i].letter == ']' && --depth == 0) return i;
    }
    return pattern->count;
}

/* Elements [from, to); an optional part that does not match leaves no trace. */
static bool read_elements(reader *r, const pw_time_pattern *pattern, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        const pw_time_element *element = &pattern->elements[i];
        if (element->letter == ']') continue;
        if (element->letter == '[') {
            uint32_t end = closing(pattern, i);
            reader saved = *r;
            if (!read_elements(r, pattern, i + 1, end)) *r = saved;
            i = end;
            continue;
        }
        if (!read_element(r, element)) return false;
    }
    return true;
}

static const char *parse(const pw_time_pattern *pattern, pw_str text, bool is_lenient,
                         pw_time_parsed *out) {
    reader r = {.text = text, .is_lenient = is_lenient};
    if (!read_elements(&r, pattern, 0, pattern->count)) return no_match;
    if (!is_lenient && r.at != text.length) return "the text goes on behind the pattern";
    return pw_time_resolve(&r.fields, is_lenient, out);
}

const char *pw_time_pattern_parse(const pw_time_pattern *pattern, pw_str text,
                                  pw_time_parsed *out) {
    return parse(pattern, text, false, out);
}

const char *pw_time_pattern_parse_lenient(const pw_time_pattern *pattern, pw_str text,
                                          pw_time_parsed *out) {
    return parse(pattern, text, true, out);
}

int64_t pw_time_parsed_instant(const pw_time_parsed *parsed, const pw_zone *fallback) {
    int64_t local = parsed->days * PW_MS_PER_DAY + parsed->ms_of_day;
    return pw_zone_to_utc(parsed->has_zone ? &parsed->zone : fallback, local);
}
