/* What the tests of formats share: decoding one payload to a line of text, and back.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TEST_FORMAT_H
#define PW_TEST_FORMAT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/format.h"

enum { TEST_COLUMNS_MAX = 16 };

/* One side of a source, with everything that reads and writes it. */
typedef struct fixture {
    pw_arena arena;
    pw_column columns[TEST_COLUMNS_MAX];
    pw_format_spec spec;
    bool wanted[TEST_COLUMNS_MAX];
    pw_decoder *decoder;
    pw_encoder *encoder;
    pw_vector vectors[TEST_COLUMNS_MAX];
    char reason[256]; /* of the last failure: "COLUMN: why" */
    bool is_null_row; /* of the last payload */
    pw_buf out;
} fixture;

static inline void fixture_note(void *opaque, uint32_t index, pw_str column, const char *reason) {
    fixture *f = opaque;
    assert_int_equal(index, 0);
    snprintf(f->reason, sizeof f->reason, "%.*s: %s", PW_STR_ARGS(column), reason);
}

static inline void fixture_init(fixture *f, const char *format, bool is_wrapped) {
    memset(f, 0, sizeof *f);
    pw_arena_init(&f->arena, 0);
    pw_buf_init(&f->out);
    f->spec.name = pw_str_from(format);
    f->spec.side = PW_SIDE_VALUE;
    f->spec.columns = f->columns;
    f->spec.is_wrapped = is_wrapped;
}

static inline void fixture_deinit(fixture *f) {
    pw_buf_deinit(&f->out);
    pw_arena_deinit(&f->arena);
}

static inline void fixture_add(fixture *f, const char *name, const pw_type *type) {
    assert_true(f->spec.column_count < TEST_COLUMNS_MAX);
    uint32_t i = f->spec.column_count++;
    f->columns[i] = (pw_column){.name = pw_str_from(name), .type = type, .kind = PW_COLUMN_VALUE};
    f->wanted[i] = true;
}

static inline void fixture_open(fixture *f) {
    const pw_format *format = pw_format_find(f->spec.name);
    assert_non_null(format);
    assert_int_equal(format->decoder_open(&f->arena, &f->spec, f->wanted, &f->decoder, NULL),
                     PW_OK);
    assert_int_equal(format->encoder_open(&f->arena, &f->spec, &f->encoder, NULL), PW_OK);
    f->decoder->fail = fixture_note;
    f->decoder->fail_opaque = f;
    f->decoder->null_rows = &f->is_null_row;
    for (uint32_t i = 0; i < f->spec.column_count; i++) {
        if (f->wanted[i]) f->vectors[i] = pw_vector_new(&f->arena, 1);
    }
}

/* The wanted columns as JSON with '|' between, or "!" and the reason. */
static inline const char *decoded_bytes(fixture *f, const char *bytes, size_t length) {
    bool ok = false;
    /* A copy without a byte behind it, so that AddressSanitizer sees a read too far. */
    char *copy = bytes ? pw_arena_alloc(&f->arena, length) : NULL;
    if (length) memcpy(copy, bytes, length);
    pw_str payload = {copy, length};
    f->decoder->decode(f->decoder, &f->arena, &payload, 1, f->vectors, 0, &ok);
    if (!ok) return pw_arena_format(&f->arena, "!%s", f->reason).data;
    pw_buf_clear(&f->out);
    for (uint32_t i = 0; i < f->spec.column_count; i++) {
        if (!f->wanted[i]) continue;
        if (f->out.length) pw_buf_add_char(&f->out, '|');
        pw_json_print(f->columns[i].type, f->vectors[i].slots, &f->out);
    }
    return pw_buf_cstr(&f->out);
}

static inline const char *decoded(fixture *f, const char *payload) {
    return decoded_bytes(f, payload, strlen(payload));
}

/* What was decoded last, encoded; NULL: no payload. */
static inline const char *encoded(fixture *f) {
    uint32_t row = 0;
    pw_piece piece;
    bool ok;
    pw_buf_clear(&f->out);
    f->encoder->encode(f->encoder, f->vectors, &row, 1, &f->out, &piece, &ok);
    assert_true(ok);
    if (piece.is_null) return NULL;
    assert_int_equal(piece.start + piece.length, f->out.length);
    return pw_buf_cstr(&f->out) + piece.start;
}

#endif
