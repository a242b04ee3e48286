/* Positions in text count UTF-16 units, as Java does: a character beyond U+FFFF counts twice. Text
 * without such characters takes the short way. SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "functions/functions_private.h"

bool pw_text_is_ascii(pw_str text) {
    size_t i = 0;
    for (; i + 8 <= text.length; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, sizeof word);
        if (word & 0x8080808080808080u) return false;
    }
    for (; i < text.length; i++)
        if ((uint8_t)text.data[i] & 0x80) return false;
    return true;
}

/* Every character has one byte that is no continuation; those of four bytes make two units. */
uint32_t pw_text_units(pw_str text) {
    uint32_t units = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        units += (uint32_t)((byte & 0xC0) != 0x80) + (uint32_t)(byte >= 0xF0);
    }
    return units;
}

size_t pw_text_offset(pw_str text, size_t units, bool *is_split) {
    *is_split = false;
    size_t offset = 0;
    while (units > 0 && offset < text.length) {
        uint8_t byte = (uint8_t)text.data[offset];
        size_t bytes = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
        if (bytes == 4 && units == 1) {
            *is_split = true;
            return offset;
        }
        units -= bytes == 4 ? 2 : 1;
        offset += bytes;
    }
    return offset < text.length ? offset : text.length;
}

pw_str pw_text_slice(pw_arena *arena, pw_str text, size_t from, size_t to) {
    if (from >= to) return PW_STR_EMPTY;
    if (pw_text_is_ascii(text)) {
        if (from >= text.length) return PW_STR_EMPTY;
        if (to > text.length) to = text.length;
        return (pw_str){text.data + from, to - from};
    }
    bool splits_first = false, splits_last = false;
    size_t start = pw_text_offset(text, from, &splits_first);
    if (splits_first) start += 4;
    pw_str rest = {text.data + start, text.length - start};
    size_t units = to - from - (splits_first ? 1 : 0);
    size_t bytes = pw_text_offset(rest, units, &splits_last);
    if (!splits_first && !splits_last) return (pw_str){rest.data, bytes};
    char *copy = pw_arena_alloc(arena, bytes + 2);
    size_t length = 0;
    if (splits_first) copy[length++] = '?';
    if (bytes) memcpy(copy + length, rest.data, bytes);
    length += bytes;
    if (splits_last) copy[length++] = '?';
    return (pw_str){copy, length};
}

/* Bytes of the longest beginning of a character, at least 1. */
static size_t broken_length(const uint8_t *bytes, size_t length) {
    uint8_t first = bytes[0];
    if (first < 0xC2 || first > 0xF4) return 1;
    size_t wanted = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, i = 1;
    for (; i < wanted && i < length; i++) {
        uint8_t low = 0x80, high = 0xBF;
        if (i == 1 && first == 0xE0) low = 0xA0;
        if (i == 1 && first == 0xED) high = 0x9F;
        if (i == 1 && first == 0xF0) low = 0x90;
        if (i == 1 && first == 0xF4) high = 0x8F;
        if (bytes[i] < low || bytes[i] > high) break;
    }
    return i;
}

void pw_text_repair(const uint8_t *bytes, size_t length, pw_buf *out) {
    for (size_t i = 0; i < length;) {
        const char *rest = (const char *)bytes + i;
        size_t good = pw_utf8_check(rest, length - i);
        pw_buf_add(out, rest, good);
        i += good;
        if (i == length) return;
        pw_buf_add_literal(out, "\xEF\xBF\xBD");
        i += broken_length(bytes + i, length - i);
    }
}

pw_slot pw_text_result(pw_arena *arena, const pw_buf *buf) {
    return pw_slot_str(pw_arena_str(arena, pw_buf_str(buf)));
}
