/* Where a thing stands in a text: two byte offsets. Line and column are worked out only when an
 * error is shown (base/error.h). SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_SPAN_H
#define PW_BASE_SPAN_H

#include <stdint.h>

typedef struct pw_span {
    uint32_t start; /* first byte */
    uint32_t end;   /* one past the last byte; end == start means "nowhere in particular" */
} pw_span;

#define PW_SPAN_NONE ((pw_span){0, 0})

static inline pw_span pw_span_join(pw_span a, pw_span b) {
    if (a.start == a.end) return b;
    if (b.start == b.end) return a;
    return (pw_span){a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}

#endif
