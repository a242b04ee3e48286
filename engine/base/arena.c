/* Arenas (arena.h). Under AddressSanitizer every piece is followed by a poisoned gap and a reset
 * poisons all, so that a stale pointer stops the test at once. SPDX-License-Identifier: Apache-2.0
 */
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

#ifdef PW_ARENA_POISON
#include <sanitizer/asan_interface.h>
#define POISON(at, bytes)   __asan_poison_memory_region((at), (bytes))
#define UNPOISON(at, bytes) __asan_unpoison_memory_region((at), (bytes))
#else
#define POISON(at, bytes)   ((void)0)
#define UNPOISON(at, bytes) ((void)0)
#endif

enum { BLOCK_BYTES_DEFAULT = 64 << 10, SPARE_BYTES_MAX = 4 << 20 };

struct pw_arena_block {
    pw_arena_block *older;
    size_t bytes; /* of data[] */
    _Alignas(16) uint8_t data[];
};

void pw_arena_init(pw_arena *arena, size_t block_bytes) {
    memset(arena, 0, sizeof *arena);
    arena->block_bytes = block_bytes ? block_bytes : BLOCK_BYTES_DEFAULT;
}

static void free_blocks(pw_arena_block *block) {
    while (block) {
        pw_arena_block *older = block->older;
        UNPOISON(block->data, block->bytes);
        pw_mem_free(block);
        block = older;
    }
}

void pw_arena_deinit(pw_arena *arena) {
    free_blocks(arena->block);
    free_blocks(arena->spare);
    size_t block_bytes = arena->block_bytes;
    memset(arena, 0, sizeof *arena);
    arena->block_bytes = block_bytes;
}

void pw_arena_reset(pw_arena *arena) {
    size_t kept = 0;
    pw_arena_block *keep = NULL;
    pw_arena_block *lists[2] = {arena->block, arena->spare};
    for (int i = 0; i < 2; i++) {
        while (lists[i]) {
            pw_arena_block *block = lists[i];
            lists[i] = block->older;
            if (block->bytes == arena->block_bytes && kept + block->bytes <= SPARE_BYTES_MAX) {
                kept += block->bytes;
                POISON(block->data, block->bytes);
                block->older = keep;
                keep = block;
            } else {
                block->older = NULL;
                free_blocks(block);
            }
        }
    }
    arena->block = NULL;
    arena->spare = keep;
    arena->next = arena->end = NULL;
    arena->allocated_bytes = 0;
}

static void add_block(pw_arena *arena, size_t bytes) {
    pw_arena_block *block = arena->spare;
    if (block && bytes <= arena->block_bytes) {
        arena->spare = block->older;
    } else {
        size_t size = bytes > arena->block_bytes ? bytes : arena->block_bytes;
        block = pw_mem_alloc(sizeof *block + size);
        block->bytes = size;
        POISON(block->data, block->bytes);
    }
    block->older = arena->block;
    arena->block = block;
    arena->next = block->data;
    arena->end = block->data + block->bytes;
}

void *pw_arena_alloc_slow(pw_arena *arena, size_t bytes) {
    PW_ASSERT(bytes < (size_t)1 << 48);
    size_t rounded = (bytes + 15) & ~(size_t)15;
    if ((size_t)(arena->end - arena->next) < rounded) add_block(arena, rounded);
    uint8_t *result = arena->next;
    arena->next += rounded;
    arena->allocated_bytes += rounded;
    UNPOISON(result, rounded);
    return result;
}

void *pw_arena_calloc(pw_arena *arena, size_t count, size_t bytes) {
    PW_ASSERT(bytes == 0 || count < ((size_t)1 << 48) / bytes);
    void *result = pw_arena_alloc(arena, count * bytes);
    if (count > 0 && bytes > 0) memset(result, 0, count * bytes);
    return result;
}

char *pw_arena_cstr(pw_arena *arena, pw_str text) {
    char *copy = pw_arena_alloc(arena, text.length + 1);
    if (text.length) memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return copy;
}

pw_str pw_arena_str(pw_arena *arena, pw_str text) {
    return (pw_str){pw_arena_cstr(arena, text), text.length};
}

pw_str pw_arena_format(pw_arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    PW_ASSERT(length >= 0);
    char *text = pw_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return (pw_str){text, (size_t)length};
}

pw_str pw_arena_upper(pw_arena *arena, pw_str text) {
    char *copy = pw_arena_cstr(arena, text);
    for (size_t i = 0; i < text.length; i++) {
        if (copy[i] >= 'a' && copy[i] <= 'z') copy[i] = (char)(copy[i] - 'a' + 'A');
    }
    return (pw_str){copy, text.length};
}
