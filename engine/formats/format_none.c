/* NONE: there is no payload, and no column (ksqlDB reference, 5.1). What a record carries all the
 * same is not looked at. SPDX-License-Identifier: Apache-2.0 */
#include "formats/formats_private.h"

static void none_decode(pw_decoder *base, pw_arena *arena, const pw_str *payloads, uint32_t count,
                        const pw_vector *columns, uint32_t first_row, bool *ok) {
    (void)arena;
    (void)columns;
    (void)first_row;
    for (uint32_t i = 0; i < count; i++) {
        ok[i] = true;
        if (base->null_rows) base->null_rows[i] = payloads[i].data == NULL;
    }
}

static void none_encode(pw_encoder *base, const pw_vector *columns, const uint32_t *rows,
                        uint32_t row_count, pw_buf *out, pw_piece *pieces, bool *ok) {
    (void)base;
    (void)columns;
    (void)rows;
    for (uint32_t i = 0; i < row_count; i++) {
        pieces[i] = (pw_piece){.start = out->length, .length = 0, .is_null = true};
        ok[i] = true;
    }
}

static pw_status none_decoder_open(pw_arena *arena, const pw_format_spec *spec, const bool *wanted,
                                   pw_decoder **out, pw_error *err) {
    (void)spec;
    (void)wanted;
    (void)err;
    *out = PW_NEW(arena, pw_decoder);
    (*out)->decode = none_decode;
    return PW_OK;
}

static pw_status none_encoder_open(pw_arena *arena, const pw_format_spec *spec, pw_encoder **out,
                                   pw_error *err) {
    (void)spec;
    (void)err;
    *out = PW_NEW(arena, pw_encoder);
    (*out)->encode = none_encode;
    return PW_OK;
}

static bool none_can_hold(const pw_type *type, pw_side side, const char **why) {
    (void)type;
    (void)side;
    if (why) *why = "The 'NONE' format can only be used when no columns are defined";
    return false;
}

const pw_format pw_format_none = {
    .name = "NONE",
    .can_be_key = true,
    .can_be_value = true,
    .can_hold = none_can_hold,
    .decoder_open = none_decoder_open,
    .encoder_open = none_encoder_open,
};
