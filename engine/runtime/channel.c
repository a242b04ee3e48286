/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "runtime/runtime_private.h"

enum { MESSAGES_FREE_MAX = 256, MESSAGE_BLOCK_BYTES = 64 << 10 };

void pw_channel_init(pw_channel *channel) {
    memset(channel, 0, sizeof *channel);
    pthread_mutex_init(&channel->lock, NULL);
}

static void free_message(pw_message *message) {
    pw_arena_deinit(&message->arena);
    pw_mem_free(message);
}

void pw_channel_deinit(pw_channel *channel) {
    pw_message *message;
    while ((message = pw_channel_pop(channel)))
        free_message(message);
    pthread_mutex_destroy(&channel->lock);
}

void pw_channel_push(pw_channel *channel, pw_message *message) {
    message->next = NULL;
    pthread_mutex_lock(&channel->lock);
    if (channel->last)
        channel->last->next = message;
    else
        channel->first = message;
    channel->last = message;
    atomic_fetch_add(&channel->length, 1);
    pthread_mutex_unlock(&channel->lock);
}

pw_message *pw_channel_pop(pw_channel *channel) {
    pthread_mutex_lock(&channel->lock);
    pw_message *message = channel->first;
    if (message) {
        channel->first = message->next;
        if (!channel->first) channel->last = NULL;
        atomic_fetch_sub(&channel->length, 1);
    }
    pthread_mutex_unlock(&channel->lock);
    return message;
}

void pw_message_pool_init(pw_message_pool *pool) {
    memset(pool, 0, sizeof *pool);
    pthread_mutex_init(&pool->lock, NULL);
}

void pw_message_pool_deinit(pw_message_pool *pool) {
    while (pool->free) {
        pw_message *message = pool->free;
        pool->free = message->next;
        free_message(message);
    }
    pthread_mutex_destroy(&pool->lock);
}

pw_message *pw_message_take(pw_message_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pw_message *message = pool->free;
    if (message) {
        pool->free = message->next;
        pool->free_count--;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!message) {
        message = pw_mem_zalloc(1, sizeof *message);
        pw_arena_init(&message->arena, MESSAGE_BLOCK_BYTES);
    }
    message->next = NULL;
    return message;
}

void pw_message_give(pw_message_pool *pool, pw_message *message) {
    pw_arena_reset(&message->arena);
    pthread_mutex_lock(&pool->lock);
    bool is_kept = pool->free_count < MESSAGES_FREE_MAX;
    if (is_kept) {
        message->next = pool->free;
        pool->free = message;
        pool->free_count++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!is_kept) free_message(message);
}
