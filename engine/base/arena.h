/* Memory by lifetime: an arena is filled by bumping a pointer and emptied all at once.
 *
 * Which arena a pointer comes from says how long it lives (docs/architecture.md, "Memory"). The
 * arena is always the explicit first parameter. Running out of memory ends the process with a
 * message: an engine without memory cannot keep its promises, and its state is safe at the last
 * commit. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_ARENA_H
#define PW_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Under AddressSanitizer every piece goes through the slow path, which unpoisons it. */
#if defined(__SANITIZE_ADDRESS__)
#define PW_ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PW_ARENA_POISON 1
#endif
#endif

typedef struct pw_arena_block pw_arena_block;

typedef struct pw_arena {
    uint8_t *next; /* first free byte of the current block */
    uint8_t *end;
    pw_arena_block *block;  /* current, newest first */
    pw_arena_block *spare;  /* kept by reset for the next round */
    size_t block_bytes;     /* size of a new block */
    size_t allocated_bytes; /* handed out since the last reset */
} pw_arena;

/* block_bytes: size of a block; 0 means 64 KiB. Nothing is allocated before the first use. */
void pw_arena_init(pw_arena *arena, size_t block_bytes);
void pw_arena_deinit(pw_arena *arena);

/* Forgets everything, keeps the blocks for reuse (up to a few MiB), poisons them under ASan. */
void pw_arena_reset(pw_arena *arena);

void *pw_arena_alloc_slow(pw_arena *arena, size_t bytes);

/* 16-byte aligned, not zeroed. Never NULL. */
static inline void *pw_arena_alloc(pw_arena *arena, size_t bytes) {
#ifndef PW_ARENA_POISON
    size_t rounded = (bytes + 15) & ~(size_t)15;
    if (rounded >= bytes && (size_t)(arena->end - arena->next) >= rounded) {
        void *result = arena->next;
        arena->next += rounded;
        arena->allocated_bytes += rounded;
        return result;
    }
#endif
    return pw_arena_alloc_slow(arena, bytes);
}

/* Zeroed; count * bytes is checked for overflow. */
void *pw_arena_calloc(pw_arena *arena, size_t count, size_t bytes);

#define PW_NEW(arena, type)              ((type *)pw_arena_calloc((arena), 1, sizeof(type)))
#define PW_NEW_ARRAY(arena, type, count) ((type *)pw_arena_calloc((arena), (count), sizeof(type)))

/* A copy of the bytes, with a zero byte behind it. */
pw_str pw_arena_str(pw_arena *arena, pw_str text);
char *pw_arena_cstr(pw_arena *arena, pw_str text);
pw_str pw_arena_format(pw_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Upper-cased copy (ASCII), as the dialect folds unquoted names. */
pw_str pw_arena_upper(pw_arena *arena, pw_str text);

#endif
