/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void pw_assert_failed(const char *claim, const char *file, int line) {
    fprintf(stderr, "pitwall: assertion failed: %s (%s:%d)\n", claim, file, line);
    abort();
}
