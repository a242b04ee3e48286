/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

int pw_str_compare(pw_str a, pw_str b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    if (order != 0) return order;
    return a.length < b.length ? -1 : a.length > b.length;
}

bool pw_str_starts_with(pw_str text, pw_str prefix) {
    if (prefix.length == 0) return true;
    return text.length >= prefix.length && memcmp(text.data, prefix.data, prefix.length) == 0;
}

bool pw_str_ends_with(pw_str text, pw_str suffix) {
    if (suffix.length == 0) return true;
    return text.length >= suffix.length &&
           memcmp(text.data + text.length - suffix.length, suffix.data, suffix.length) == 0;
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

pw_str pw_str_trim(pw_str text) {
    while (text.length && is_space(text.data[0])) text.data++, text.length--;
    while (text.length && is_space(text.data[text.length - 1])) text.length--;
    return text;
}

size_t pw_str_find(pw_str text, pw_str needle) {
    if (needle.length == 0) return 0;
    if (text.length < needle.length) return SIZE_MAX;
    const char *at = memmem(text.data, text.length, needle.data, needle.length);
    return at ? (size_t)(at - text.data) : SIZE_MAX;
}

bool pw_str_to_i64(pw_str text, int64_t *out) {
    size_t i = 0;
    bool is_negative = false;
    if (i < text.length && (text.data[i] == '-' || text.data[i] == '+')) {
        is_negative = text.data[i] == '-';
        i++;
    }
    if (i == text.length) return false;
    uint64_t limit = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t value = 0;
    for (; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (value > (limit - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *out = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}
