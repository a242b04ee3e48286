/* Base64 (RFC 4648, the plain alphabet): the text form of BYTES in casts and in JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_TYPES_BASE64_H
#define PW_TYPES_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Bytes of text for `length` bytes of data; the most bytes of data that `length` of text can hold.
 */
static inline size_t pw_base64_text_length(size_t length) {
    return (length + 2) / 3 * 4;
}
static inline size_t pw_base64_data_length_max(size_t length) {
    return length / 4 * 3 + 3;
}

/* Writes pw_base64_text_length(length) characters, with padding. */
void pw_base64_encode(const uint8_t *data, size_t length, char *out);

/* As Java's basic decoder: padding may be left out, but not be wrong; no white space. */
bool pw_base64_decode(pw_str text, uint8_t *out, size_t *length);

#endif
