/* DELIMITED: one CSV record per payload, one cell per column (ksqlDB reference, 5.6).
 *
 * Only the first record of a payload counts, but all of it must be CSV. An empty cell is NULL, also
 * for STRING. Cells are quoted as commons-csv 1.4 quotes them, which has its own rules for the
 * first cell of a record: see needs_quotes. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "formats/csv_lex.h"
#include "formats/formats_private.h"
#include "types/base64.h"
#include "types/decimal.h"
#include "types/number_text.h"

/* --- decoder ---------------------------------------------------------------------------- */

typedef struct delimited_decoder {
    pw_decoder base;
    const pw_column *columns;
    uint32_t column_count;
    bool *wanted;
    pw_slot *row;
    char delimiter;
} delimited_decoder;

/* The record being decoded. */
typedef struct delimited_record {
    delimited_decoder *decoder;
    pw_arena *arena;
    uint32_t index;
} delimited_record;

static bool fail(const delimited_record *record, pw_str column, const char *reason) {
    const pw_decoder *base = &record->decoder->base;
    if (base->fail) base->fail(base->fail_opaque, record->index, column, reason);
    return false;
}

static pw_str undouble_quotes(pw_arena *arena, pw_str cell) {
    char *out = pw_arena_alloc(arena, cell.length);
    size_t length = 0;
    for (size_t i = 0; i < cell.length; i++) {
        out[length++] = cell.data[i];
        if (cell.data[i] == '"') i++;
    }
    return (pw_str){out, length};
}

/* NULL, or why the text is no value of the type. */
static const char *read_cell(pw_arena *arena, const pw_type *type, pw_str cell, pw_slot *out) {
    double value = 0;
    switch (type->kind) {
    case PW_TYPE_STRING: *out = pw_slot_str(cell); return NULL;
    case PW_TYPE_BOOLEAN:
        *out = pw_slot_i64(pw_str_equal_nocase(cell, PW_STR("true")));
        return NULL;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return pw_integer_fit(type->kind, cell, out);
    case PW_TYPE_DOUBLE:
        if (!pw_double_parse(cell, &value)) return "not a DOUBLE";
        *out = pw_slot_f64(value);
        return NULL;
    case PW_TYPE_DECIMAL: return pw_decimal_fit(arena, type, cell, out);
    case PW_TYPE_BYTES: return pw_base64_read(arena, cell, out) ? NULL : "not base64";
    case PW_TYPE_NULL:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

/* One cell into its column. Cells of columns that nobody wants are checked as well. */
static bool take_cell(const delimited_record *record, const pw_csv *csv, uint32_t column) {
    const delimited_decoder *decoder = record->decoder;
    pw_slot *slot = &decoder->row[column];
    if (csv->cell.length == 0) {
        *slot = pw_slot_null();
        return true;
    }
    pw_str cell = csv->cell;
    if (csv->has_doubled_quotes) cell = undouble_quotes(record->arena, cell);
    const char *why = read_cell(record->arena, decoder->columns[column].type, cell, slot);
    return why ? fail(record, decoder->columns[column].name, why) : true;
}

static bool fail_count(const delimited_record *record, uint32_t found) {
    char reason[96];
    snprintf(reason, sizeof reason, "expected %u cells, found %u", record->decoder->column_count,
             found);
    return fail(record, PW_STR_EMPTY, reason);
}

/* The records behind the first say nothing, but their quotes must be right. */
static bool check_rest(const delimited_record *record, pw_csv *csv) {
    pw_csv_token token;
    do
        token = pw_csv_next(csv);
    while (token == PW_CSV_CELL || token == PW_CSV_LAST);
    return token == PW_CSV_END || fail(record, PW_STR_EMPTY, csv->error);
}

static bool decode_payload(const delimited_record *record, pw_str payload) {
    const delimited_decoder *decoder = record->decoder;
    pw_csv csv;
    pw_csv_init(&csv, pw_format_text_repair(record->arena, payload), decoder->delimiter);
    uint32_t count = 0;
    bool is_good = true; /* so far; the first bad cell is the one reported */
    pw_csv_token token;
    do {
        token = pw_csv_next(&csv);
        if (token == PW_CSV_BAD) return fail(record, PW_STR_EMPTY, csv.error);
        if (token == PW_CSV_END) return fail(record, PW_STR_EMPTY, "no cells in the record");
        if (is_good && count < decoder->column_count) is_good = take_cell(record, &csv, count);
        count++;
    } while (token == PW_CSV_CELL);
    if (!is_good) return false;
    if (count != decoder->column_count) return fail_count(record, count);
    return check_rest(record, &csv);
}

static void delimited_decode(pw_decoder *base, pw_arena *arena, const pw_str *payloads,
                             uint32_t count, const pw_vector *columns, uint32_t first_row,
                             bool *ok) {
    delimited_decoder *decoder = (delimited_decoder *)base;
    for (uint32_t i = 0; i < count; i++) {
        bool is_null = payloads[i].data == NULL;
        if (base->null_rows) base->null_rows[i] = is_null;
        delimited_record record = {.decoder = decoder, .arena = arena, .index = i};
        ok[i] = is_null || decode_payload(&record, payloads[i]);
        if (!ok[i]) continue;
        for (uint32_t c = 0; c < decoder->column_count; c++) {
            if (!decoder->wanted[c]) continue;
            columns[c].slots[first_row + i] = is_null ? pw_slot_null() : decoder->row[c];
        }
    }
}

static pw_status check_delimiter(char delimiter, pw_error *err) {
    if (delimiter != '"' && delimiter != '\r' && delimiter != '\n') return PW_OK;
    return pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                   "a quote or a line end cannot be the delimiter of the DELIMITED format");
}

static pw_status delimited_decoder_open(pw_arena *arena, const pw_format_spec *spec,
                                        const bool *wanted, pw_decoder **out, pw_error *err) {
    PW_TRY(check_delimiter(spec->delimiter, err));
    delimited_decoder *decoder = PW_NEW(arena, delimited_decoder);
    decoder->base.decode = delimited_decode;
    decoder->columns = spec->columns;
    decoder->column_count = spec->column_count;
    decoder->delimiter = spec->delimiter ? spec->delimiter : ',';
    decoder->wanted = PW_NEW_ARRAY(arena, bool, spec->column_count + 1);
    for (uint32_t i = 0; i < spec->column_count; i++)
        decoder->wanted[i] = !wanted || wanted[i];
    decoder->row = PW_NEW_ARRAY(arena, pw_slot, spec->column_count + 1);
    *out = &decoder->base;
    return PW_OK;
}

/* --- encoder ---------------------------------------------------------------------------- */

typedef struct delimited_encoder {
    pw_encoder base;
    const pw_column *columns;
    uint32_t column_count;
    char delimiter;
} delimited_encoder;

static bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The rule of commons-csv 1.4 as it is. A record must not look empty or like a comment, so that its
 * first cell is quoted unless it starts with a letter or digit: -10 becomes "-10" there. */
static bool needs_quotes(pw_str cell, bool is_first, char delimiter) {
    if (cell.length == 0) return is_first;
    if (is_first && !is_letter_or_digit(cell.data[0])) return true;
    if ((uint8_t)cell.data[0] <= '#' || (uint8_t)cell.data[cell.length - 1] <= ' ') return true;
    for (size_t i = 0; i < cell.length; i++) {
        char c = cell.data[i];
        if (c == '\n' || c == '\r' || c == '"' || c == delimiter) return true;
    }
    return false;
}

static void write_cell_text(const pw_type *type, const pw_slot *value, pw_buf *out) {
    size_t length;
    switch (type->kind) {
    case PW_TYPE_STRING: pw_buf_add_str(out, pw_slot_as_str(value)); return;
    case PW_TYPE_BOOLEAN:
        pw_buf_add_str(out, value->i64 ? PW_STR("true") : PW_STR("false"));
        return;
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: pw_buf_add_i64(out, value->i64); return;
    case PW_TYPE_DOUBLE: pw_double_print(value->f64, out); return;
    case PW_TYPE_DECIMAL: pw_decimal_print(pw_decimal_get(type, value), type->scale, out); return;
    case PW_TYPE_BYTES:
        length = pw_base64_text_length(value->length);
        pw_base64_encode(value->bytes, value->length, pw_buf_reserve(out, length));
        out->length += length;
        return;
    case PW_TYPE_NULL:
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT:
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

/* Puts quotes around the cell that starts at `start` and doubles those inside, in place. */
static void quote_cell(pw_buf *out, size_t start) {
    size_t length = out->length - start;
    size_t quotes = 2;
    for (size_t i = 0; i < length; i++)
        quotes += out->data[start + i] == '"';
    pw_buf_reserve(out, quotes);
    const char *from = out->data + out->length;
    char *to = out->data + out->length + quotes;
    out->length += quotes;
    *--to = '"';
    for (size_t i = 0; i < length; i++) {
        *--to = *--from;
        if (*to == '"') *--to = '"';
    }
    *--to = '"';
}

static void delimited_encode(pw_encoder *base, const pw_vector *columns, const uint32_t *rows,
                             uint32_t row_count, pw_buf *out, pw_piece *pieces, bool *ok) {
    const delimited_encoder *encoder = (const delimited_encoder *)base;
    for (uint32_t i = 0; i < row_count; i++) {
        size_t start = out->length;
        for (uint32_t c = 0; c < encoder->column_count; c++) {
            const pw_slot *value = pw_at(columns[c], rows[i]);
            if (c) pw_buf_add_char(out, encoder->delimiter);
            if (value->is_null) continue;
            pw_buf_reserve(out, 1); /* data is not NULL from here on, even for an empty cell */
            size_t cell = out->length;
            write_cell_text(encoder->columns[c].type, value, out);
            pw_str text = {out->data + cell, out->length - cell};
            if (needs_quotes(text, c == 0, encoder->delimiter)) quote_cell(out, cell);
        }
        pieces[i] = (pw_piece){.start = start, .length = out->length - start, .is_null = false};
        ok[i] = true;
    }
}

static pw_status delimited_encoder_open(pw_arena *arena, const pw_format_spec *spec,
                                        pw_encoder **out, pw_error *err) {
    PW_TRY(check_delimiter(spec->delimiter, err));
    delimited_encoder *encoder = PW_NEW(arena, delimited_encoder);
    encoder->base.encode = delimited_encode;
    encoder->columns = spec->columns;
    encoder->column_count = spec->column_count;
    encoder->delimiter = spec->delimiter ? spec->delimiter : ',';
    *out = &encoder->base;
    return PW_OK;
}

/* --- the format --------------------------------------------------------------------------- */

static bool delimited_can_hold(const pw_type *type, pw_side side, const char **why) {
    (void)side;
    const char *reason = NULL;
    if (type->kind == PW_TYPE_ARRAY) {
        reason = "The 'DELIMITED' format does not support type 'ARRAY'";
    } else if (type->kind == PW_TYPE_MAP) {
        reason = "The 'DELIMITED' format does not support type 'MAP'";
    } else if (type->kind == PW_TYPE_STRUCT) {
        reason = "The 'DELIMITED' format does not support type 'STRUCT'";
    }
    if (why && reason) *why = reason;
    return !reason;
}

const pw_format pw_format_delimited = {
    .name = "DELIMITED",
    .can_be_key = true,
    .can_be_value = true,
    .can_hold_many_columns = true,
    .can_unwrap = true,
    .has_delimiter = true,
    .can_hold = delimited_can_hold,
    .decoder_open = delimited_decoder_open,
    .encoder_open = delimited_encoder_open,
};
