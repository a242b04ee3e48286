/* Formats: record bytes to typed slots and back. One row per format in the table of formats
 * (formats.c).
 *
 * A decoder is made for the columns somebody wants: those never read are skipped, not parsed
 * (projection decoding). It gives the same result as decoding everything would, on every input.
 *
 * (ksqlDB reference, section 5.) SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_FORMAT_H
#define PW_FORMATS_FORMAT_H

#include "base/buf.h"
#include "base/status.h"
#include "types/batch.h"

typedef enum { PW_SIDE_KEY, PW_SIDE_VALUE } pw_side;

/* What a WITH clause says of one side of a source. */
typedef struct pw_format_spec {
    pw_str name; /* "JSON", "KAFKA", "DELIMITED", "NONE", ... upper case */
    pw_side side;
    char delimiter;  /* DELIMITED; 0 means ',' */
    bool is_wrapped; /* the columns are members of a record (true), or the payload is the bare value
                        of a single column (false) */
    /* The columns on this side, in order; types as declared. Names and types are borrowed for as
     * long as the decoder or encoder lives. */
    const pw_column *columns;
    uint32_t column_count;
} pw_format_spec;

typedef struct pw_decoder pw_decoder; /* opaque; belongs to one task */
typedef struct pw_encoder pw_encoder;

/* How many columns and which types a format can hold. */
typedef struct pw_format {
    const char *name;
    bool can_be_key;
    bool can_be_value;
    bool can_hold_many_columns;
    bool can_wrap;   /* single column as a member */
    bool can_unwrap; /* single column bare */
    bool has_delimiter;
    /* Can it hold a column of this type? *why (static; why may be NULL) gets ksqlDB's reason, to
     * which ksqlDB adds ", column: `NAME`" for DELIMITED. */
    bool (*can_hold)(const pw_type *type, pw_side side, const char **why);
    pw_status (*decoder_open)(pw_arena *arena, const pw_format_spec *spec, const bool *wanted,
                              pw_decoder **out, pw_error *err);
    pw_status (*encoder_open)(pw_arena *arena, const pw_format_spec *spec, pw_encoder **out,
                              pw_error *err);
} pw_format;

/* The format of that name (case-insensitive) or NULL; the list is for error hints and SHOW. */
const pw_format *pw_format_find(pw_str name);
const pw_format *const *pw_format_all(size_t *count);

/* --- decoding ------------------------------------------------------------------------- */

/* First member of every decoder. */
struct pw_decoder {
    /* Decodes `count` payloads into rows first_row... of `columns` (column_count of the spec;
     * unwanted columns are NULL vectors (slots == NULL) and not touched). A null payload (data ==
     * NULL) fills NULLs. Text may point into the payload itself where nothing had to be unescaped:
     * payloads must live as long as the arena's contents. ok[i] is set to false for a payload that
     * cannot be decoded (its slots are then undefined) and `fail` is called with the column's name
     * (may be empty) and the reason. */
    void (*decode)(pw_decoder *decoder, pw_arena *arena, const pw_str *payloads, uint32_t count,
                   const pw_vector *columns, uint32_t first_row, bool *ok);
    /* May be NULL (a new decoder's is). `reason` is borrowed for the call. */
    void (*fail)(void *opaque, uint32_t index, pw_str column, const char *reason);
    void *fail_opaque;
    /* If not NULL, `count` flags for decode to set: true where the payload stands for no row at all
     * (a stream's null record, a table's tombstone): data == NULL, or a JSON payload that is
     * `null`. */
    bool *null_rows;
};

/* --- encoding ------------------------------------------------------------------------- */

/* Where one encoded payload lies in the buffer. is_null: no payload at all (tombstone, or NONE). */
typedef struct pw_piece {
    size_t start;
    size_t length;
    bool is_null;
} pw_piece;

struct pw_encoder {
    /* Appends the payloads of rows[0..row_count) to `out`, pieces[i] for rows[i]. columns: those of
     * the spec, in order. A row that cannot be encoded: ok[i] = false and `fail` (may be NULL) is
     * called. Every format of today can write every value of the types it can hold. A bare single
     * column (unwrapped, KAFKA) that is NULL has no payload. */
    void (*encode)(pw_encoder *encoder, const pw_vector *columns, const uint32_t *rows,
                   uint32_t row_count, pw_buf *out, pw_piece *pieces, bool *ok);
    void (*fail)(void *opaque, uint32_t index, pw_str column, const char *reason);
    void *fail_opaque;
};

/* --- JSON text of single values: results, state files ---------------------------------- */

/* Appends the value as JSON as the JSON format writes it; keys of a MAP that are no text become
 * their JSON. */
void pw_json_print(const pw_type *type, const pw_slot *value, pw_buf *out);

/* As results are shown (REST and `--output json`): times as ISO text, decimals without exponent. */
void pw_json_print_display(const pw_type *type, const pw_slot *value, pw_buf *out);

/* Reads what pw_json_print wrote (state files). False if it does not fit the type. The result lives
 * in `arena` and does not point into `text`. */
bool pw_json_read(pw_arena *arena, const pw_type *type, pw_str text, pw_slot *out);

#endif
