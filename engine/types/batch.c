/* SPDX-License-Identifier: Apache-2.0 */
#include "types/batch.h"

#include "base/assert.h"

pw_vector pw_vector_new(pw_arena *arena, uint32_t row_capacity) {
    return (pw_vector){pw_arena_alloc(arena, (size_t)row_capacity * sizeof(pw_slot)), UINT32_MAX};
}

pw_vector pw_vector_constant(pw_arena *arena, pw_slot slot) {
    pw_slot *slots = pw_arena_alloc(arena, sizeof *slots);
    *slots = slot;
    return (pw_vector){slots, 0};
}

static pw_batch *new_frame(pw_arena *arena, uint32_t column_count, uint32_t row_capacity) {
    pw_batch *batch = PW_NEW(arena, pw_batch);
    batch->arena = arena;
    batch->column_count = column_count;
    batch->columns = PW_NEW_ARRAY(arena, pw_vector, column_count ? column_count : 1);
    batch->selection = pw_arena_alloc(arena, (row_capacity + 1) * sizeof *batch->selection);
    return batch;
}

pw_batch *pw_batch_new_frame(pw_arena *arena, uint32_t column_count, uint32_t row_capacity) {
    pw_batch *batch = new_frame(arena, column_count, row_capacity);
    batch->rowtime = pw_arena_alloc(arena, (row_capacity + 1) * sizeof *batch->rowtime);
    batch->flags = PW_NEW_ARRAY(arena, uint8_t, row_capacity + 1);
    batch->partition = pw_arena_alloc(arena, (row_capacity + 1) * sizeof *batch->partition);
    batch->offset = pw_arena_alloc(arena, (row_capacity + 1) * sizeof *batch->offset);
    return batch;
}

pw_batch *pw_batch_new(pw_arena *arena, uint32_t column_count, uint32_t row_capacity) {
    pw_batch *batch = pw_batch_new_frame(arena, column_count, row_capacity);
    for (uint32_t c = 0; c < column_count; c++)
        batch->columns[c] = pw_vector_new(arena, row_capacity);
    return batch;
}

pw_batch *pw_batch_view(pw_arena *arena, const pw_batch *batch) {
    pw_batch *view = pw_arena_alloc(arena, sizeof *view);
    *view = *batch;
    view->arena = arena;
    view->selection = pw_arena_alloc(arena, (batch->selected_count + 1) * sizeof *view->selection);
    memcpy(view->selection, batch->selection, batch->selected_count * sizeof *view->selection);
    return view;
}

pw_slot pw_slot_copy(pw_arena *arena, const pw_type *type, const pw_slot *slot) {
    if (slot->is_null) return pw_slot_null();
    pw_slot copy = *slot;
    switch (type->kind) {
    case PW_TYPE_NULL:
    case PW_TYPE_BOOLEAN:
    case PW_TYPE_INTEGER:
    case PW_TYPE_BIGINT:
    case PW_TYPE_DOUBLE:
    case PW_TYPE_DATE:
    case PW_TYPE_TIME:
    case PW_TYPE_TIMESTAMP: return copy;
    case PW_TYPE_DECIMAL:
        if (type->precision > 18) {
            pw_i128 *wide = pw_arena_alloc(arena, sizeof *wide);
            memcpy(wide, slot->i128, sizeof *wide);
            copy.i128 = wide;
        }
        return copy;
    case PW_TYPE_STRING:
    case PW_TYPE_BYTES: {
        char *text = pw_arena_alloc(arena, slot->length ? slot->length : 1);
        if (slot->length) memcpy(text, slot->text, slot->length);
        copy.text = text;
        return copy;
    }
    case PW_TYPE_ARRAY:
    case PW_TYPE_MAP:
    case PW_TYPE_STRUCT: {
        uint32_t count = type->kind == PW_TYPE_MAP ? slot->length * 2 : slot->length;
        pw_slot *items = pw_arena_alloc(arena, (count ? count : 1) * sizeof *items);
        for (uint32_t i = 0; i < count; i++) {
            const pw_type *item = type->kind == PW_TYPE_STRUCT              ? type->fields[i].type
                                  : type->kind == PW_TYPE_MAP && i % 2 == 0 ? type->key
                                                                            : type->element;
            items[i] = pw_slot_copy(arena, item, &slot->items[i]);
        }
        copy.items = items;
        return copy;
    }
    case PW_TYPE_KIND_COUNT: break;
    }
    PW_UNREACHABLE();
}

static const pw_headers *copy_headers(pw_arena *arena, const pw_headers *headers) {
    if (!headers) return NULL;
    pw_header *items = PW_NEW_ARRAY(arena, pw_header, headers->count ? headers->count : 1);
    for (uint32_t i = 0; i < headers->count; i++) {
        items[i].name = pw_arena_str(arena, headers->items[i].name);
        items[i].is_null = headers->items[i].is_null;
        if (!items[i].is_null) items[i].value = pw_arena_str(arena, headers->items[i].value);
    }
    pw_headers *copy = PW_NEW(arena, pw_headers);
    *copy = (pw_headers){items, headers->count};
    return copy;
}

static void copy_column(pw_arena *arena, const pw_batch *batch, uint32_t column,
                        const pw_type *type, pw_batch *copy) {
    pw_vector from = batch->columns[column];
    if (!from.slots) { /* nobody reads it: never decoded */
        copy->columns[column] = from;
        return;
    }
    copy->columns[column] = pw_vector_new(arena, batch->selected_count + 1);
    if (from.mask == 0) {
        copy->columns[column] = pw_vector_constant(arena, pw_slot_copy(arena, type, from.slots));
        return;
    }
    pw_slot *to = copy->columns[column].slots;
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        to[i] = pw_slot_copy(arena, type, &from.slots[batch->selection[i]]);
    }
}

pw_batch *pw_batch_copy_selected(pw_arena *arena, const pw_batch *batch,
                                 const pw_type *const *types) {
    uint32_t count = batch->selected_count;
    pw_batch *copy = pw_batch_new_frame(arena, batch->column_count, count ? count : 1);
    copy->row_count = copy->selected_count = count;
    copy->errors = batch->errors;
    if (batch->headers) copy->headers = PW_NEW_ARRAY(arena, const pw_headers *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = batch->selection[i];
        copy->selection[i] = i;
        copy->rowtime[i] = batch->rowtime[row];
        copy->flags[i] = batch->flags[row];
        copy->partition[i] = batch->partition[row];
        copy->offset[i] = batch->offset[row];
        if (batch->headers) copy->headers[i] = copy_headers(arena, batch->headers[row]);
    }
    for (uint32_t c = 0; c < batch->column_count; c++)
        copy_column(arena, batch, c, types[c], copy);
    if (batch->old) {
        pw_batch old = *batch->old;
        old.selection = batch->selection;
        old.selected_count = count;
        old.old = NULL;
        copy->old = pw_batch_copy_selected(arena, &old, types);
    }
    return copy;
}
