/* The table of formats. To add one, write its pw_format row in a file of its own and list it here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "formats/formats_private.h"

static const pw_format *const all_formats[] = {
    &pw_format_delimited,
    &pw_format_json,
    &pw_format_kafka,
    &pw_format_none,
};

enum { FORMAT_COUNT = sizeof all_formats / sizeof *all_formats };

const pw_format *pw_format_find(pw_str name) {
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (pw_str_equal_nocase(pw_str_from(all_formats[i]->name), name)) return all_formats[i];
    }
    return NULL;
}

const pw_format *const *pw_format_all(size_t *count) {
    *count = FORMAT_COUNT;
    return all_formats;
}
