/* A batch: up to PW_BATCH_ROWS_MAX rows as columns. It is what flows between operators.
 *
 * Rows are named by their index; `selection` lists the rows that are alive, in order. An operator
 * that drops rows shortens the selection and touches nothing else. Columns may be shared between
 * batches (a projection that renames copies nothing), so a slot is written once, by whoever made
 * the column.
 *
 * Everything a batch points to lives in `arena` or longer. The one who made the arena resets it
 * when the batch has gone through the whole chain; to keep something longer, copy it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_BATCH_H
#define PW_TYPES_BATCH_H

#include "base/arena.h"
#include "base/limits.h"
#include "types/schema.h"
#include "types/slot.h"

/* A column of slots. Row r is slots[r & mask]: mask is ~0u for a real column and 0 for a constant,
 * so that a loop over either is the same code without a branch. slots is NULL for a column that
 * nobody reads. */
typedef struct pw_vector {
    pw_slot *slots;
    uint32_t mask;
} pw_vector;

static inline const pw_slot *pw_at(pw_vector vector, uint32_t row) {
    return &vector.slots[row & vector.mask];
}

typedef struct pw_header {
    pw_str name;
    pw_str value;
    bool is_null;
} pw_header;

typedef struct pw_headers {
    const pw_header *items;
    uint32_t count;
} pw_headers;

/* Flags of a row. */
enum {
    PW_ROW_TOMBSTONE = 1, /* the record's value is null: in a table the row is deleted; in a stream
                             a null record that projections pass through. Value columns are NULL */
    PW_ROW_NULL_KEY = 2,  /* the record's key is null */
    PW_ROW_EXPIRED = 8,   /* with PW_ROW_TOMBSTONE: its retention is over. It leaves the visible
                             table; the topic has a retention of its own */
    PW_ROW_HAS_OLD = 4,   /* of a table: `old` holds the row as it was */
};

typedef struct pw_batch pw_batch;

/* Receives what went wrong with single rows (never ends a batch). */
typedef struct pw_row_errors pw_row_errors;
struct pw_row_errors {
    /* column: what was being made, may be empty; message: why. Both borrowed for the call. */
    void (*report)(pw_row_errors *self, const pw_batch *batch, uint32_t row, pw_status status,
                   pw_str column, const char *message);
};

struct pw_batch {
    pw_arena *arena;
    uint32_t row_count;    /* rows laid out, alive or not */
    uint32_t column_count; /* as in the schema that the plan has for this place */
    pw_vector *columns;

    uint32_t *selection; /* rows alive, ascending */
    uint32_t selected_count;

    int64_t *rowtime;           /* per row, ms since 1970, may be negative */
    uint8_t *flags;             /* per row, PW_ROW_... */
    int32_t *partition;         /* per row: where it came from (for errors and ROWPARTITION) */
    int64_t *offset;            /* per row */
    const pw_headers **headers; /* per row, entries may be NULL; NULL when no row has any */
    struct pw_batch *old;       /* tables whose reader wants it: the former rows; else NULL */
    pw_row_errors *errors;      /* may be NULL: nobody listens */
};

/* A batch with its arrays in `arena`: `row_capacity` rows of uninitialised slots, an identity
 * selection buffer with selected_count 0, flags zeroed. */
pw_batch *pw_batch_new(pw_arena *arena, uint32_t column_count, uint32_t row_capacity);

/* The same without columns: column_count vectors without slots. */
pw_batch *pw_batch_new_frame(pw_arena *arena, uint32_t column_count, uint32_t row_capacity);

/* A column of its own for `row_capacity` rows, uninitialised. */
pw_vector pw_vector_new(pw_arena *arena, uint32_t row_capacity);

/* A constant column. The slot is copied, what it points to is borrowed. */
pw_vector pw_vector_constant(pw_arena *arena, pw_slot slot);

/* Same rows and columns, own selection (a copy): for a consumer that will shorten it. */
pw_batch *pw_batch_view(pw_arena *arena, const pw_batch *batch);

/* Deep copy of the selected rows only, compacted: what goes over an exchange or into a buffer.
 * types: of the columns, column_count of them. */
pw_batch *pw_batch_copy_selected(pw_arena *arena, const pw_batch *batch,
                                 const pw_type *const *types);

/* Deep copy of a value into another arena. */
pw_slot pw_slot_copy(pw_arena *arena, const pw_type *type, const pw_slot *slot);

static inline void pw_batch_report(const pw_batch *batch, uint32_t row, pw_status status,
                                   pw_str column, const char *message) {
    if (batch->errors) batch->errors->report(batch->errors, batch, row, status, column, message);
}

#endif
