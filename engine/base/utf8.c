/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

uint32_t pw_utf8_decode(const char *text, size_t length, size_t *bytes) {
    const uint8_t *at = (const uint8_t *)text;
    *bytes = 0;
    if (length == 0) return 0;
    if (at[0] < 0x80) {
        *bytes = 1;
        return at[0];
    }
    size_t need = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || length < need) return 0;
    uint32_t code = (uint32_t)at[0] & (need == 2 ? 0x1Fu : need == 3 ? 0x0Fu : 0x07u);
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (at[i] & 0x3Fu);
    }
    if (need == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) return 0;
    if (need == 4 && (code < 0x10000 || code > 0x10FFFF)) return 0;
    *bytes = need;
    return code;
}

size_t pw_utf8_length(const char *text, size_t length) {
    size_t bytes;
    pw_utf8_decode(text, length, &bytes);
    return bytes;
}

size_t pw_utf8_encode(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t pw_utf8_check(const char *text, size_t length) {
    size_t i = 0;
    while (i < length) {
        uint64_t eight;
        if (length - i >= 8 && (memcpy(&eight, text + i, 8), (eight & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        size_t bytes = pw_utf8_length(text + i, length - i);
        if (bytes == 0) return i;
        i += bytes;
    }
    return length;
}
