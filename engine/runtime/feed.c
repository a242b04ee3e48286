/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/feed.h"

#include <stdatomic.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
    PAGES_MAX = 32, /* of a hub's window: bounds memory and how far feeds may be apart */
    PAGES_FREE_MAX = 4,
    LET_GO_AFTER_MS =
        200, /* a feed that holds a full window back for so long gets its own reader */
};

typedef struct page {
    struct page *next;
    pw_arena arena;
    pw_record records[PW_BATCH_ROWS_MAX];
    uint32_t count;
    uint32_t holders; /* feeds whose records point into it */
    bool is_in_window;
} page;

struct pw_feed {
    pw_feeds *feeds;
    pw_hub *hub; /* NULL: reads by itself */
    pw_reader *own;
    pw_reader_spec spec;
    page *at;               /* next page to read from, NULL: behind the newest */
    uint32_t index;         /* in `at` */
    page *held;             /* the last poll's records are in it */
    bool is_direct;         /* the last poll's records are the hub's reader's */
    bool is_let_go;         /* no member any more; its task takes note at its next call */
    bool is_blocked;        /* the last poll found the window full: no wake is to come, ask again */
    int64_t position;       /* next offset, once known */
    int64_t waits_since_ns; /* the window was full because of this feed */
    pw_feed *next;          /* of the hub */
};

struct pw_hub {
    char *topic;
    int32_t partition;
    bool wants_headers;
    int64_t start; /* where it was opened: an offset, or "earliest" or "latest" as asked for */
    pw_reader *reader;
    pthread_mutex_t lock; /* of all below; never taken inside `wake` */
    bool has_read;        /* its reader has given records */
    page *first, *last;   /* the window, oldest first */
    uint32_t page_count;
    page *free;
    uint32_t free_count;
    pthread_mutex_t wake_lock; /* of `members`, for the broker's threads */
    pw_feed *members;
    uint32_t member_count;
    uint32_t
        feed_count; /* feeds whose `hub` this is: members and those let go that do not know yet */
    pw_hub *next;
};

/* --- hubs ------------------------------------------------------------------------------------- */

void pw_feeds_init(pw_feeds *feeds, pw_broker *broker) {
    feeds->broker = broker;
    feeds->hubs = NULL;
    pthread_mutex_init(&feeds->lock, NULL);
}

void pw_feeds_deinit(pw_feeds *feeds) {
    PW_ASSERT(!feeds->hubs);
    pthread_mutex_destroy(&feeds->lock);
}

static void wake_members(void *opaque) {
    pw_hub *hub = opaque;
    pthread_mutex_lock(&hub->wake_lock);
    for (pw_feed *feed = hub->members; feed; feed = feed->next) {
        if (feed->spec.wake) feed->spec.wake(feed->spec.opaque);
    }
    pthread_mutex_unlock(&hub->wake_lock);
}

static void free_page(page *p) {
    pw_arena_deinit(&p->arena);
    pw_mem_free(p);
}

static void recycle(pw_hub *hub, page *p) {
    if (hub->free_count == PAGES_FREE_MAX) {
        free_page(p);
        return;
    }
    pw_arena_reset(&p->arena);
    p->next = hub->free;
    hub->free = p;
    hub->free_count++;
}

static void free_hub(pw_hub *hub) {
    if (hub->reader) pw_reader_close(hub->reader);
    for (page *lists[2] = {hub->first, hub->free}, **at = lists; at < lists + 2; at++) {
        while (*at) {
            page *next = (*at)->next;
            free_page(*at);
            *at = next;
        }
    }
    pthread_mutex_destroy(&hub->lock);
    pthread_mutex_destroy(&hub->wake_lock);
    pw_mem_free(hub->topic);
    pw_mem_free(hub);
}

static pw_status make_hub(pw_feeds *feeds, const pw_reader_spec *spec, pw_hub **out,
                          pw_error *err) {
    pw_hub *hub = pw_mem_zalloc(1, sizeof *hub);
    hub->topic = pw_mem_alloc(spec->topic.length + 1);
    memcpy(hub->topic, spec->topic.data, spec->topic.length);
    hub->topic[spec->topic.length] = '\0';
    hub->partition = spec->partition;
    hub->wants_headers = spec->wants_headers;
    hub->start = spec->offset;
    pthread_mutex_init(&hub->lock, NULL);
    pthread_mutex_init(&hub->wake_lock, NULL);
    pw_reader_spec own = *spec;
    own.topic = pw_str_from(hub->topic);
    own.wake = wake_members;
    own.opaque = hub;
    pw_status status = pw_reader_open(feeds->broker, &own, &hub->reader, err);
    if (status != PW_OK) {
        free_hub(hub);
        return status;
    }
    hub->next = feeds->hubs;
    feeds->hubs = hub;
    *out = hub;
    return PW_OK;
}

static pw_hub *find_hub(pw_feeds *feeds, const pw_reader_spec *spec) {
    for (pw_hub *hub = feeds->hubs; hub; hub = hub->next) {
        if (hub->partition == spec->partition && hub->wants_headers == spec->wants_headers &&
            pw_str_equal(pw_str_from(hub->topic), spec->topic)) {
            return hub;
        }
    }
    return NULL;
}

/* --- joining and leaving ---------------------------------------------------------------------- */

static void add_member(pw_hub *hub, pw_feed *feed) {
    pthread_mutex_lock(&hub->wake_lock);
    feed->next = hub->members;
    hub->members = feed;
    hub->member_count++;
    pthread_mutex_unlock(&hub->wake_lock);
    feed->hub = hub;
    feed->is_let_go = false;
    feed->waits_since_ns = 0;
    hub->feed_count++;
}

static void remove_member(pw_hub *hub, pw_feed *feed) {
    pthread_mutex_lock(&hub->wake_lock);
    for (pw_feed **at = &hub->members; *at; at = &(*at)->next) {
        if (*at != feed) continue;
        *at = feed->next;
        hub->member_count--;
        break;
    }
    pthread_mutex_unlock(&hub->wake_lock);
    feed->at = NULL;
}

/* Is the hub where the feed wants to be: at its reader's place, or within the window? A reader
 * whose records somebody is using directly cannot be shared before that one's next poll. hub->lock
 * is held. */
static bool try_join(pw_hub *hub, pw_feed *feed, int64_t offset) {
    for (pw_feed *member = hub->members; member; member = member->next) {
        if (member->is_direct) return false;
    }
    page *at = NULL;
    uint32_t index = 0;
    bool is_at_start =
        !hub->has_read && hub->start == offset; /* the reader has made a number of it */
    if (!is_at_start && pw_reader_position(hub->reader) != offset) {
        for (at = hub->first; at; at = at->next) {
            index = 0;
            while (index < at->count && at->records[index].offset < offset)
                index++;
            if (index < at->count && at->records[index].offset == offset) break;
        }
        if (!at) return false;
    }
    feed->at = at;
    feed->index = index;
    add_member(hub, feed);
    return true;
}

static bool join(pw_feeds *feeds, pw_feed *feed, int64_t offset) {
    bool is_in = false;
    pthread_mutex_lock(&feeds->lock);
    pw_hub *hub = find_hub(feeds, &feed->spec);
    if (hub) {
        pthread_mutex_lock(&hub->lock);
        is_in = try_join(hub, feed, offset);
        pthread_mutex_unlock(&hub->lock);
    }
    pthread_mutex_unlock(&feeds->lock);
    return is_in;
}

pw_status pw_feed_open(pw_feeds *feeds, const pw_reader_spec *spec, pw_feed **out, pw_error *err) {
    pw_feed *feed = pw_mem_zalloc(1, sizeof *feed);
    feed->feeds = feeds;
    feed->spec = *spec;
    feed->position = spec->offset;
    pw_status status = PW_OK;
    if (!join(feeds, feed, spec->offset)) {
        pthread_mutex_lock(&feeds->lock);
        if (find_hub(feeds, spec)) {
            status = pw_reader_open(feeds->broker, spec, &feed->own, err);
        } else {
            pw_hub *hub;
            status = make_hub(feeds, spec, &hub, err);
            if (status == PW_OK) add_member(hub, feed);
        }
        pthread_mutex_unlock(&feeds->lock);
    }
    if (status != PW_OK) {
        pw_mem_free(feed);
        return status;
    }
    *out = feed;
    return PW_OK;
}

/* --- the window ------------------------------------------------------------------------------- */

static void unlink_first(pw_hub *hub) {
    page *oldest = hub->first;
    hub->first = oldest->next;
    if (!hub->first) hub->last = NULL;
    hub->page_count--;
    oldest->is_in_window = false;
}

/* Drops the oldest pages that no member has yet to read; one that somebody holds lives on until
 * that one's next poll, however long it takes: a paused query must not hold up the others.
 * hub->lock is held. */
static bool shrink_window(pw_hub *hub) {
    bool is_shorter = false;
    while (hub->first) {
        page *oldest = hub->first;
        for (pw_feed *member = hub->members; member; member = member->next) {
            if (member->at == oldest) return is_shorter;
        }
        unlink_first(hub);
        if (oldest->holders == 0) recycle(hub, oldest);
        is_shorter = true;
    }
    return is_shorter;
}

static void let_held_go(pw_hub *hub, pw_feed *feed) {
    feed->is_direct = false;
    if (!feed->held) return;
    feed->held->holders--;
    if (!feed->held->is_in_window && feed->held->holders == 0) recycle(hub, feed->held);
    feed->held = NULL;
}

static const pw_headers *copy_headers(pw_arena *arena, const pw_headers *headers) {
    if (!headers) return NULL;
    pw_header *items = PW_NEW_ARRAY(arena, pw_header, headers->count + 1);
    for (uint32_t i = 0; i < headers->count; i++) {
        items[i] = headers->items[i];
        items[i].name = pw_arena_str(arena, items[i].name);
        if (!items[i].is_null) items[i].value = pw_arena_str(arena, items[i].value);
    }
    pw_headers *copy = PW_NEW(arena, pw_headers);
    *copy = (pw_headers){items, headers->count};
    return copy;
}

/* Reads a page at the end of the window. *out is NULL when the topic has nothing. hub->lock is
 * held. */
static pw_status read_page(pw_hub *hub, page **out, pw_error *err) {
    *out = NULL;
    page *p = hub->free;
    if (p) {
        hub->free = p->next;
        hub->free_count--;
    } else {
        p = pw_mem_zalloc(1, sizeof *p);
        pw_arena_init(&p->arena, 256 << 10);
    }
    p->count = 0;
    pw_status status = pw_reader_poll(hub->reader, p->records, PW_BATCH_ROWS_MAX, &p->count, err);
    if (status != PW_OK || p->count == 0) {
        recycle(hub, p);
        return status;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        pw_record *record = &p->records[i];
        char *bytes =
            pw_arena_alloc(&p->arena, (size_t)record->key_length + record->value_length + 1);
        if (record->key) record->key = memcpy(bytes, record->key, record->key_length);
        if (record->value) {
            record->value = memcpy(bytes + record->key_length, record->value, record->value_length);
        }
        record->headers = copy_headers(&p->arena, record->headers);
    }
    hub->has_read = true;
    p->next = NULL;
    p->holders = 0;
    p->is_in_window = true;
    if (hub->last)
        hub->last->next = p;
    else
        hub->first = p;
    hub->last = p;
    hub->page_count++;
    *out = p;
    return PW_OK;
}

/* A full window: whoever still has its oldest page to read is let go if that lasts. hub->lock is
 * held. */
static void let_slow_go(pw_hub *hub, int64_t now) {
    for (pw_feed *member = hub->members, *next; member; member = next) {
        next = member->next;
        if (member->at != hub->first) {
            member->waits_since_ns = 0;
        } else if (member->waits_since_ns == 0) {
            member->waits_since_ns = now;
        } else if (now - member->waits_since_ns > (int64_t)LET_GO_AFTER_MS * 1000000) {
            remove_member(hub, member); /* opens its own reader at its next poll */
            member->is_let_go = true;
        }
    }
}

/* The last feed is gone: so is the hub. Nobody can find it meanwhile, since finding takes
 * feeds->lock. */
static void drop_unused(pw_feeds *feeds, pw_hub *hub) {
    pthread_mutex_lock(&feeds->lock);
    pw_hub **at = &feeds->hubs;
    while (*at && *at != hub)
        at = &(*at)->next;
    if (*at) { /* not dropped by another one already */
        pthread_mutex_lock(&hub->lock);
        bool is_unused = hub->feed_count == 0;
        pthread_mutex_unlock(&hub->lock);
        if (is_unused) {
            *at = hub->next;
            free_hub(hub);
        }
    }
    pthread_mutex_unlock(&feeds->lock);
}

/* --- polling ---------------------------------------------------------------------------------- */

static pw_status poll_page(pw_feed *feed, pw_hub *hub, pw_record *records, uint32_t max,
                           uint32_t *count, bool *has_news, pw_error *err) {
    if (!feed->at) {
        if (hub->page_count >= PAGES_MAX && !shrink_window(hub)) {
            let_slow_go(hub, pw_clock_mono_ns());
            feed->is_blocked = !shrink_window(hub);
            if (feed->is_blocked) return PW_OK;
        }
        PW_TRY(read_page(hub, &feed->at, err));
        feed->index = 0;
        if (!feed->at) return PW_OK;
        for (pw_feed *member = hub->members; member; member = member->next) {
            if (member == feed || member->at) continue;
            member->at = feed->at;
            member->index = 0;
        }
        *has_news = true;
    }
    page *p = feed->at;
    uint32_t n = p->count - feed->index;
    if (n > max) n = max;
    memcpy(records, p->records + feed->index, n * sizeof *records);
    feed->index += n;
    *count = n;
    feed->position = records[n - 1].offset + 1;
    feed->held = p;
    p->holders++;
    if (feed->index == p->count) {
        feed->at = p->next;
        feed->index = 0;
    }
    return PW_OK;
}

static pw_status poll_hub(pw_feed *feed, pw_record *records, uint32_t max, uint32_t *count,
                          pw_error *err) {
    pw_hub *hub = feed->hub;
    bool has_news = false;
    pthread_mutex_lock(&hub->lock);
    let_held_go(hub, feed);
    bool was_full = hub->page_count >= PAGES_MAX;
    has_news = shrink_window(hub) && was_full;
    pw_status status;
    if (feed->is_let_go) {
        feed->hub = NULL;
        hub->feed_count--;
        pthread_mutex_unlock(&hub->lock);
        drop_unused(feed->feeds, hub);
        return PW_OK;
    }
    if (hub->member_count == 1 && !feed->at) {
        status = pw_reader_poll(hub->reader, records, max, count, err);
        feed->is_direct = *count > 0;
        hub->has_read |= feed->is_direct;
        feed->position = pw_reader_position(hub->reader);
    } else {
        status = poll_page(feed, hub, records, max, count, &has_news, err);
        if (!feed->at && *count == 0) feed->position = pw_reader_position(hub->reader);
    }
    pthread_mutex_unlock(&hub->lock);
    if (has_news) wake_members(hub);
    return status;
}

static pw_status poll_own(pw_feed *feed, pw_record *records, uint32_t max, uint32_t *count,
                          pw_error *err) {
    if (!feed->own) {
        pw_reader_spec spec = feed->spec;
        spec.offset = feed->position;
        PW_TRY(pw_reader_open(feed->feeds->broker, &spec, &feed->own, err));
    }
    feed->position = pw_reader_position(feed->own);
    if (join(feed->feeds, feed, feed->position)) {
        pw_reader_close(feed->own);
        feed->own = NULL;
        return poll_hub(feed, records, max, count, err);
    }
    PW_TRY(pw_reader_poll(feed->own, records, max, count, err));
    feed->position = pw_reader_position(feed->own);
    return PW_OK;
}

pw_status pw_feed_poll(pw_feed *feed, pw_record *records, uint32_t max, uint32_t *count,
                       pw_error *err) {
    *count = 0;
    feed->is_blocked = false;
    if (feed->hub) {
        PW_TRY(poll_hub(feed, records, max, count, err));
        if (feed->hub || *count) return PW_OK;
    }
    return poll_own(feed, records, max, count, err);
}

/* --- state ------------------------------------------------------------------------------------ */

bool pw_feed_is_at_end(pw_feed *feed) {
    if (!feed->hub) return feed->own && pw_reader_is_at_end(feed->own);
    pw_hub *hub = feed->hub;
    pthread_mutex_lock(&hub->lock);
    bool is_at_end = !feed->is_let_go && !feed->at && pw_reader_is_at_end(hub->reader);
    pthread_mutex_unlock(&hub->lock);
    return is_at_end;
}

bool pw_feed_is_blocked(const pw_feed *feed) {
    return feed->is_blocked;
}

int64_t pw_feed_position(pw_feed *feed) {
    return feed->position;
}

int64_t pw_feed_high_watermark(pw_feed *feed) {
    pw_hub *hub = feed->hub;
    if (!hub) return feed->own ? pw_reader_high_watermark(feed->own) : -1;
    pthread_mutex_lock(&hub->lock);
    int64_t high = pw_reader_high_watermark(hub->reader);
    pthread_mutex_unlock(&hub->lock);
    return high;
}

uint32_t pw_feeds_reader_count(pw_feeds *feeds) {
    uint32_t count = 0;
    pthread_mutex_lock(&feeds->lock);
    for (pw_hub *hub = feeds->hubs; hub; hub = hub->next)
        count++;
    pthread_mutex_unlock(&feeds->lock);
    return count;
}

/* --- closing ---------------------------------------------------------------------------------- */

void pw_feed_close(pw_feed *feed) {
    if (!feed) return;
    pw_hub *hub = feed->hub;
    if (hub) {
        pthread_mutex_lock(&hub->lock);
        let_held_go(hub, feed);
        if (!feed->is_let_go) remove_member(hub, feed);
        shrink_window(hub);
        pthread_mutex_unlock(&hub->lock);
        wake_members(hub); /* the window may have room again */
        pthread_mutex_lock(&hub->lock);
        hub->feed_count--;
        pthread_mutex_unlock(&hub->lock);
        drop_unused(feed->feeds, hub);
    }
    if (feed->own) pw_reader_close(feed->own);
    pw_mem_free(feed);
}
