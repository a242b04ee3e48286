/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/csv_lex.h"

void pw_csv_init(pw_csv *csv, pw_str text, char delimiter) {
    *csv = (pw_csv){.at = text.data,
                    .end = text.data + text.length,
                    .delimiter = delimiter,
                    .is_line_start = true};
}

static bool is_line_end(char c) {
    return c == '\n' || c == '\r';
}

/* Behind the line end at csv->at. */
static void pass_line_end(pw_csv *csv) {
    bool is_return = *csv->at++ == '\r';
    if (is_return && csv->at < csv->end && *csv->at == '\n') csv->at++;
}

/* What stands behind a cell: a delimiter, a line end or the end of the text. */
static pw_csv_token finish_cell(pw_csv *csv) {
    csv->is_behind_delimiter = false;
    csv->is_line_start = false;
    if (csv->at == csv->end) return PW_CSV_LAST;
    if (*csv->at == csv->delimiter) {
        csv->at++;
        csv->is_behind_delimiter = true;
        return PW_CSV_CELL;
    }
    pass_line_end(csv);
    csv->is_line_start = true;
    return PW_CSV_LAST;
}

/* Bytes of the white space character at `at` as Java's Character.isWhitespace sees it (no-break
 * spaces are none), or 0. */
static size_t white_space(const char *at, const char *end) {
    uint8_t c = (uint8_t)*at;
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F);
    static const char wide[][4] = {"\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                   "\u2004", "\u2005", "\u2006", "\u2008", "\u2009",
                                   "\u200A", "\u2028", "\u2029", "\u205F", "\u3000"};
    if (end - at < 3) return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (memcmp(at, wide[i], 3) == 0) return 3;
    }
    return 0;
}

static pw_csv_token fail(pw_csv *csv, const char *error) {
    csv->error = error;
    return PW_CSV_BAD;
}

/* csv->at is at the opening quote. */
static pw_csv_token quoted_cell(pw_csv *csv) {
    const char *start = ++csv->at;
    for (;;) {
        const char *quote = memchr(csv->at, '"', (size_t)(csv->end - csv->at));
        if (!quote) return fail(csv, "a quoted cell has no closing quote");
        csv->at = quote + 1;
        if (csv->at == csv->end || *csv->at != '"') {
            csv->cell = (pw_str){start, (size_t)(quote - start)};
            break;
        }
        csv->has_doubled_quotes = true;
        csv->at++;
    }
    while (csv->at < csv->end && *csv->at != csv->delimiter && !is_line_end(*csv->at)) {
        size_t length = white_space(csv->at, csv->end);
        if (length == 0) return fail(csv, "text stands behind a quoted cell");
        csv->at += length;
    }
    return finish_cell(csv);
}

pw_csv_token pw_csv_next(pw_csv *csv) {
    csv->has_doubled_quotes = false;
    csv->cell = (pw_str){csv->at, 0};
    while (csv->is_line_start && csv->at < csv->end && is_line_end(*csv->at))
        pass_line_end(csv);
    if (csv->at == csv->end) return csv->is_behind_delimiter ? finish_cell(csv) : PW_CSV_END;
    if (*csv->at == '"') return quoted_cell(csv);
    const char *start = csv->at;
    while (csv->at < csv->end && *csv->at != csv->delimiter && !is_line_end(*csv->at))
        csv->at++;
    csv->cell = (pw_str){start, (size_t)(csv->at - start)};
    return finish_cell(csv);
}
