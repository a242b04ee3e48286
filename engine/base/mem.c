/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void *checked(void *memory, size_t bytes) {
    if (memory || bytes == 0) return memory;
    fprintf(stderr, "pitwall: out of memory (%zu bytes wanted)\n", bytes);
    abort();
}

void *pw_mem_alloc(size_t bytes) {
    return checked(malloc(bytes ? bytes : 1), bytes);
}

void *pw_mem_zalloc(size_t count, size_t bytes) {
    return checked(calloc(count ? count : 1, bytes ? bytes : 1), bytes);
}

void *pw_mem_realloc(void *old, size_t bytes) {
    return checked(realloc(old, bytes ? bytes : 1), bytes);
}

void pw_mem_free(void *memory) {
    free(memory);
}
