/* Order and equality of values (ksqlDB reference, "Comparison and logic").
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_COMPARE_H
#define PW_TYPES_COMPARE_H

#include "types/slot.h"
#include "types/type.h"

/* <0, 0, >0 of two non-NULL values of one type. STRING by UTF-16 code unit, BYTES by signed byte,
 * DECIMAL by value, DOUBLE as Double.compare (NaN is greatest, -0.0 before 0.0). Nested types:
 * element by element, NULL first; a MAP by its sorted keys, so the order of its entries does not
 * matter. A total order. */
int pw_slot_compare(const pw_type *type, const pw_slot *a, const pw_slot *b);

/* Null-safe equality, deep: NULL equals NULL. */
bool pw_slot_equal(const pw_type *type, const pw_slot *a, const pw_slot *b);

/* Equal values have equal hashes. */
uint64_t pw_slot_hash(const pw_type *type, const pw_slot *value);

/* UTF-8 texts in UTF-16 code unit order. */
int pw_text_compare_utf16(pw_str a, pw_str b);

#endif
