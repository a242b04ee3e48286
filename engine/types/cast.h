/* CAST between SQL types (ksqlDB reference, "CAST matrix"). SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_CAST_H
#define PW_TYPES_CAST_H

#include "types/slot.h"
#include "types/type.h"

/* May a value of `from` be cast to `to` at all? Decided when a statement is bound. */
bool pw_cast_is_allowed(const pw_type *from, const pw_type *to);

/* Casts one value; the types must allow it (asserted). Nested results and text live in `arena` or
 * where `value` lives. NULL in, NULL out. Returns NULL when fine, else why the value has no
 * counterpart (then *out is NULL): the message is static or in `arena`. */
const char *pw_cast(pw_arena *arena, const pw_type *from, const pw_slot *value, const pw_type *to,
                    pw_slot *out);

/* The text that CAST(value AS STRING) gives, appended; not for NULL. */
void pw_slot_print_text(const pw_type *type, const pw_slot *value, pw_buf *out);

#endif
