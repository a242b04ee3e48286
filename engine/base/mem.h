/* The three allocation calls of the engine outside arenas and buffers. They never return NULL: see
 * arena.h for why. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_MEM_H
#define PW_BASE_MEM_H

#include <stddef.h>

void *pw_mem_alloc(size_t bytes); /* not zeroed */
void *pw_mem_zalloc(size_t count, size_t bytes);
void *pw_mem_realloc(void *old, size_t bytes);
void pw_mem_free(void *memory); /* NULL is fine */

#endif
