/* The DELIMITED decoder over arbitrary bytes: whatever it takes must not depend on which columns
 * are wanted, and must come back the same after encoding and decoding.
 *
 * The first bytes of an input make a schema, a delimiter and a mask of wanted columns.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "formats/format.h"
#include "types/compare.h"

enum { COLUMNS_MAX = 5, HEADER_BYTES = 3 + 2 * COLUMNS_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of tiny blocks: each piece is an allocation of its own, which AddressSanitizer watches. */
static pw_arena arena = {.block_bytes = 16};

static void demand(bool claim, const char *what, pw_str payload) {
    if (claim) return;
    fprintf(stderr, "fuzz_delimited: %s\npayload: %.*s\n", what, PW_STR_ARGS(payload));
    abort();
}

static void make_spec(const uint8_t *header, pw_format_spec *spec, bool *wanted) {
    static const pw_type *const scalars[] = {
        &pw_type_boolean, &pw_type_integer, &pw_type_bigint, &pw_type_double,   &pw_type_string,
        &pw_type_bytes,   &pw_type_date,    &pw_type_time,   &pw_type_timestamp};
    static const char delimiters[] = {0, ',', '|', ';', '\t', ' ', '$', 'a', '1', '-', '.', '#'};
    pw_column *columns = PW_NEW_ARRAY(&arena, pw_column, COLUMNS_MAX);
    *spec =
        (pw_format_spec){.name = PW_STR("DELIMITED"), .side = PW_SIDE_VALUE, .columns = columns};
    spec->column_count = header[0] % COLUMNS_MAX + 1u;
    spec->delimiter = delimiters[header[1] % sizeof delimiters];
    for (uint32_t i = 0; i < spec->column_count; i++) {
        uint8_t choice = header[3 + 2 * i] % 11;
        int32_t precision = header[3 + 2 * i] / 11 * 2 % PW_DECIMAL_PRECISION_MAX + 1;
        columns[i].name = PW_STR("C");
        columns[i].type =
            choice < 9 ? scalars[choice]
                       : pw_type_decimal(&arena, precision, header[4 + 2 * i] % (precision + 1));
        wanted[i] = header[2] >> i & 1;
    }
}

static bool decode(const pw_format_spec *spec, const bool *wanted, pw_str payload,
                   pw_vector *columns) {
    pw_decoder *decoder;
    pw_status status =
        pw_format_find(spec->name)->decoder_open(&arena, spec, wanted, &decoder, NULL);
    PW_ASSERT(status == PW_OK);
    for (uint32_t i = 0; i < spec->column_count; i++) {
        columns[i] = !wanted || wanted[i] ? pw_vector_new(&arena, 1) : (pw_vector){0};
    }
    bool ok;
    decoder->decode(decoder, &arena, &payload, 1, columns, 0, &ok);
    return ok;
}

static void check_text(const pw_format_spec *spec, const pw_vector *columns, pw_str payload) {
    for (uint32_t i = 0; i < spec->column_count; i++) {
        const pw_slot *slot = columns[i].slots;
        if (spec->columns[i].type->kind != PW_TYPE_STRING || slot->is_null) continue;
        demand(slot->length > 0, "empty text", payload);
        demand(pw_utf8_check(slot->text, slot->length) == slot->length, "not UTF-8", payload);
    }
}

/* No bytes at all (base64 of white space) are written as nothing, which reads as NULL. */
static void empty_bytes_to_null(const pw_format_spec *spec, const pw_vector *columns) {
    for (uint32_t i = 0; i < spec->column_count; i++) {
        pw_slot *slot = columns[i].slots;
        bool is_empty = !slot->is_null && slot->length == 0;
        if (spec->columns[i].type->kind == PW_TYPE_BYTES && is_empty) *slot = pw_slot_null();
    }
}

static void check_round_trip(const pw_format_spec *spec, const pw_vector *columns, pw_str payload) {
    empty_bytes_to_null(spec, columns);
    if (spec->column_count == 1 && columns[0].slots[0].is_null) return; /* written as nothing */
    pw_encoder *encoder;
    pw_status status = pw_format_find(spec->name)->encoder_open(&arena, spec, &encoder, NULL);
    PW_ASSERT(status == PW_OK);
    pw_buf out;
    pw_buf_init(&out);
    uint32_t row = 0;
    pw_piece piece;
    bool ok;
    encoder->encode(encoder, columns, &row, 1, &out, &piece, &ok);
    demand(ok && !piece.is_null, "cannot be encoded", payload);
    pw_str text = {out.data + piece.start, piece.length};
    pw_vector again[COLUMNS_MAX];
    demand(decode(spec, NULL, text, again), "what was encoded does not decode", text);
    for (uint32_t i = 0; i < spec->column_count; i++) {
        demand(pw_slot_equal(spec->columns[i].type, columns[i].slots, again[i].slots),
               "what was encoded decodes to another slot", text);
    }
    pw_buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < HEADER_BYTES) return 0;
    pw_format_spec spec;
    bool wanted[COLUMNS_MAX];
    make_spec(data, &spec, wanted);
    size_t length = size - HEADER_BYTES;
    char *bytes = malloc(length + !length);
    PW_ASSERT(bytes != NULL);
    memcpy(bytes, data + HEADER_BYTES, length);
    pw_str payload = {bytes, length};

    pw_vector some[COLUMNS_MAX], all[COLUMNS_MAX];
    bool is_good = decode(&spec, wanted, payload, some);
    demand(decode(&spec, NULL, payload, all) == is_good, "all columns: otherwise", payload);
    for (uint32_t i = 0; is_good && i < spec.column_count; i++) {
        if (!wanted[i]) continue;
        demand(pw_slot_equal(spec.columns[i].type, some[i].slots, all[i].slots), "projection",
               payload);
    }
    if (is_good) {
        check_text(&spec, all, payload);
        check_round_trip(&spec, all, payload);
    }
    free(bytes);
    pw_arena_reset(&arena);
    return 0;
}
