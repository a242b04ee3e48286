/* UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_UTF8_H
#define PW_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes (1 to 4) of the valid character at the start of `text`, or 0 if there is none. */
size_t pw_utf8_length(const char *text, size_t length);

/* The code point at the start of `text`; *bytes = its length, or 0 if invalid. */
uint32_t pw_utf8_decode(const char *text, size_t length, size_t *bytes);

/* Writes `code` (a valid code point) to `out` (4 bytes of room); returns its length. */
size_t pw_utf8_encode(uint32_t code, char *out);

/* Offset of the first byte that is not valid UTF-8, or `length` if all is. */
size_t pw_utf8_check(const char *text, size_t length);

#endif
