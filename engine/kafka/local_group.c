/* Consumer groups of the embedded broker. Members of all processes are rows of group_member with a
 * heartbeat. Each works out the same range assignment from the sorted list of living members, gives
 * up what is no longer its own, and takes what is its own as soon as the former owner (group_owner)
 * has let go or died: a partition has one reader at any time.
 *
 *   4 partitions, members a b c   ->   a: 0 1   b: 2   c: 3
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { MEMBER_ID_BYTES = 48, RECHECK_MS = 500 };

struct local_group {
    pw_group base;
    local_broker *broker;
    local_group *next;
    char *name;
    char *topic_name;
    char member[MEMBER_ID_BYTES];
    local_topic topic;
    bool is_from_beginning;
    pw_rebalance_fn *on_rebalance;
    void *opaque;
    pw_reader **readers; /* one per partition of the topic, NULL when it is not ours */
    int32_t turn;        /* partition to poll first */
    bool has_balanced;   /* the assignment was worked out at least once */
    bool is_incomplete;  /* something of ours is still somebody else's */
    unsigned seen_change;
    int64_t checked_ns;

    pthread_mutex_t lock;
    pthread_cond_t news;
    bool has_news;
};

static void group_wake(void *opaque) {
    local_group *group = opaque;
    pthread_mutex_lock(&group->lock);
    group->has_news = true;
    pthread_cond_signal(&group->news);
    pthread_mutex_unlock(&group->lock);
}

static pw_str name_of(const local_group *group) {
    return pw_str_from(group->name);
}

static pw_str member_of(const local_group *group) {
    return pw_str_from(group->member);
}

/* --- heartbeats
 * ----------------------------------------------------------------------------------- */

static pw_status write_member(local_group *group, pw_error *err) {
    local_broker *broker = group->broker;
    PW_TRY(local_begin(broker, err));
    pw_status status = local_exec(broker, broker->write.db, err,
                                  "INSERT OR REPLACE INTO group_member VALUES(?1, ?2, ?3, ?4)",
                                  "titi", name_of(group), group->topic.id, member_of(group),
                                  pw_clock_wall_ms() + LOCAL_MEMBER_MS);
    return local_end(broker, status, err);
}

void local_groups_heartbeat(local_broker *broker) {
    pw_error error;
    pthread_mutex_lock(&broker->groups_lock);
    for (local_group *group = broker->groups; group; group = group->next)
        if (write_member(group, &error) != PW_OK)
            pw_log(PW_LOG_WARN, "group-heartbeat", "group=%s reason=\"%s\"", group->name,
                   error.message);
    pthread_mutex_unlock(&broker->groups_lock);
}

void local_groups_changed(local_broker *broker) {
    atomic_fetch_add(&broker->change_count, 1);
    pthread_mutex_lock(&broker->groups_lock);
    for (local_group *group = broker->groups; group; group = group->next)
        group_wake(group);
    pthread_mutex_unlock(&broker->groups_lock);
}

/* --- assignment
 * ----------------------------------------------------------------------------------- */

/* Our share: the partitions [first, end), from our place among the living members. */
static pw_status wanted_range(local_group *group, sqlite3 *db, int32_t *first, int32_t *end,
                              pw_error *err) {
    sqlite3_stmt *statement;
    bool has_row = false;
    PW_TRY(local_query(group->broker, db, &statement, err,
                       "SELECT count(*), coalesce(sum(member < ?3), 0),"
                       " coalesce(sum(member = ?3), 0) FROM group_member"
                       " WHERE name = ?1 AND topic = ?2 AND (expires_ms >= ?4 OR member = ?3)",
                       "titi", name_of(group), group->topic.id, member_of(group),
                       pw_clock_wall_ms()));
    pw_status status = local_step(group->broker, statement, &has_row, err);
    int64_t members = has_row ? sqlite3_column_int64(statement, 0) : 0;
    int64_t before = has_row ? sqlite3_column_int64(statement, 1) : 0;
    bool is_member = has_row && sqlite3_column_int64(statement, 2) > 0;
    sqlite3_finalize(statement);
    *first = *end = 0;
    if (status != PW_OK || !is_member) return status; /* declared dead: nothing is ours */
    int64_t share = group->topic.partition_count / members;
    int64_t extra = group->topic.partition_count % members;
    *first = (int32_t)(before * share + (before < extra ? before : extra));
    *end = *first + (int32_t)(share + (before < extra ? 1 : 0));
    return PW_OK;
}

static void tell(local_group *group, bool is_assigned, const int32_t *partitions, size_t count) {
    if (count && group->on_rebalance)
        group->on_rebalance(group->opaque, is_assigned, pw_str_from(group->topic_name), partitions,
                            count);
}

/* False when we were silent for so long that somebody else has taken over. */
static bool is_owner(local_group *group, int32_t partition) {
    sqlite3_stmt *statement = NULL;
    bool has_row = true;
    local_db *db = local_read_lock(group->broker);
    pw_status status =
        local_query(group->broker, db->db, &statement, NULL,
                    "SELECT 1 FROM group_owner WHERE name = ?1 AND topic = ?2 AND partition = ?3"
                    " AND member = ?4",
                    "tiit", name_of(group), group->topic.id, (int64_t)partition, member_of(group));
    if (status == PW_OK) status = local_step(group->broker, statement, &has_row, NULL);
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&db->lock);
    return has_row || status != PW_OK;
}

/* Gives up what lies outside [first, end) or was taken from us. The callback comes first: it may
 * still commit. */
static pw_status release(local_group *group, int32_t first, int32_t end, pw_error *err) {
    local_broker *broker = group->broker;
    int32_t count = group->topic.partition_count;
    int32_t *leaving = pw_mem_alloc((size_t)count * sizeof *leaving);
    size_t leaving_count = 0;
    for (int32_t i = 0; i < count; i++)
        if (group->readers[i] && (i < first || i >= end || !is_owner(group, i)))
            leaving[leaving_count++] = i;
    tell(group, false, leaving, leaving_count);
    pw_status status = PW_OK;
    if (leaving_count) status = local_begin(broker, err);
    if (leaving_count && status == PW_OK) {
        for (size_t i = 0; i < leaving_count && status == PW_OK; i++)
            status = local_exec(broker, broker->write.db, err,
                                "DELETE FROM group_owner WHERE name = ?1 AND topic = ?2"
                                " AND partition = ?3 AND member = ?4",
                                "tiit", name_of(group), group->topic.id, (int64_t)leaving[i],
                                member_of(group));
        status = local_end(broker, status, err);
    }
    for (size_t i = 0; i < leaving_count; i++) {
        pw_reader_close(group->readers[leaving[i]]);
        group->readers[leaving[i]] = NULL;
    }
    if (leaving_count && broker->is_memory) local_groups_changed(broker);
    pw_mem_free(leaving);
    return status;
}

/* Takes partition if nobody living has it; *next = where to go on, or -1. */
static pw_status claim(local_group *group, int32_t partition, bool *is_ours, int64_t *next,
                       pw_error *err) {
    local_broker *broker = group->broker;
    sqlite3 *db = broker->write.db;
    sqlite3_stmt *statement;
    PW_TRY(local_exec(broker, db, err,
                      "INSERT INTO group_owner VALUES(?1, ?2, ?3, ?4)"
                      " ON CONFLICT DO UPDATE SET member = excluded.member"
                      " WHERE NOT EXISTS (SELECT 1 FROM group_member m WHERE m.name = ?1"
                      "  AND m.topic = ?2 AND m.member = group_owner.member"
                      "  AND m.expires_ms >= ?5)",
                      "tiiti", name_of(group), group->topic.id, (int64_t)partition,
                      member_of(group), pw_clock_wall_ms()));
    PW_TRY(local_query(broker, db, &statement, err,
                       "SELECT o.member = ?4, coalesce((SELECT next FROM group_offset g WHERE"
                       " g.name = ?1 AND g.topic = ?2 AND g.partition = ?3), -1)"
                       " FROM group_owner o WHERE o.name = ?1 AND o.topic = ?2"
                       " AND o.partition = ?3",
                       "tiit", name_of(group), group->topic.id, (int64_t)partition,
                       member_of(group)));
    bool has_row = false;
    pw_status status = local_step(broker, statement, &has_row, err);
    *is_ours = has_row && sqlite3_column_int(statement, 0) != 0;
    *next = has_row ? sqlite3_column_int64(statement, 1) : -1;
    sqlite3_finalize(statement);
    return status;
}

static pw_status take_one(local_group *group, int32_t partition, pw_error *err) {
    bool is_ours = false;
    int64_t next = -1;
    PW_TRY(local_begin(group->broker, err));
    pw_status status = claim(group, partition, &is_ours, &next, err);
    PW_TRY(local_end(group->broker, status, err));
    if (!is_ours) {
        group->is_incomplete = true;
        return PW_OK;
    }
    if (next < 0) next = group->is_from_beginning ? PW_OFFSET_EARLIEST : PW_OFFSET_LATEST;
    pw_reader_spec spec = {.topic = pw_str_from(group->topic_name),
                           .partition = partition,
                           .offset = next,
                           .wants_headers = true,
                           .wake = group_wake,
                           .opaque = group};
    return pw_reader_open(&group->broker->base, &spec, &group->readers[partition], err);
}

static pw_status take(local_group *group, int32_t first, int32_t end, pw_error *err) {
    int32_t *taken = pw_mem_alloc((size_t)group->topic.partition_count * sizeof *taken);
    size_t taken_count = 0;
    pw_status status = PW_OK;
    group->is_incomplete = false;
    for (int32_t i = first; i < end && status == PW_OK; i++) {
        if (group->readers[i]) continue;
        status = take_one(group, i, err);
        if (group->readers[i]) taken[taken_count++] = i;
    }
    tell(group, true, taken, taken_count);
    pw_mem_free(taken);
    return status;
}

/* Looks at the members and corrects what we read, when something may have changed. */
static pw_status balance(local_group *group, pw_error *err) {
    unsigned change = atomic_load(&group->broker->change_count);
    int64_t now_ns = pw_clock_mono_ns();
    bool is_due = now_ns - group->checked_ns > RECHECK_MS * 1000000ll;
    if (group->has_balanced && change == group->seen_change && !is_due) return PW_OK;
    group->seen_change = change;
    group->checked_ns = now_ns;
    int32_t first, end;
    local_db *db = local_read_lock(group->broker);
    pw_status status = wanted_range(group, db->db, &first, &end, err);
    pthread_mutex_unlock(&db->lock);
    if (status != PW_OK) return status;
    PW_TRY(release(group, first, end, err));
    PW_TRY(take(group, first, end, err));
    group->has_balanced = true;
    return PW_OK;
}

/* --- join and leave
 * ------------------------------------------------------------------------------- */

static void make_member_id(local_group *group) {
    /* The address tells members of one process apart, the times those of processes with one id. */
    snprintf(group->member, sizeof group->member, "%llx-%x-%llx",
             (unsigned long long)pw_clock_wall_ms(), (unsigned)getpid(),
             (unsigned long long)(uintptr_t)group ^ (unsigned long long)pw_clock_mono_ns());
}

static void free_group(local_group *group) {
    pthread_cond_destroy(&group->news);
    pthread_mutex_destroy(&group->lock);
    pw_mem_free(group->readers);
    pw_mem_free(group->name);
    pw_mem_free(group->topic_name);
    pw_mem_free(group);
}

pw_status local_group_join(pw_broker *base, const pw_group_spec *spec, pw_group **out,
                           pw_error *err) {
    local_broker *broker = (local_broker *)base;
    local_topic topic;
    local_db *db = local_read_lock(broker);
    pw_status status = local_topic_find(broker, db->db, spec->topic, &topic, err);
    pthread_mutex_unlock(&db->lock);
    if (status != PW_OK) return status;
    PW_TRY(local_start_threads(broker, LOCAL_WATCHER, err));
    local_group *group = pw_mem_zalloc(1, sizeof *group);
    group->base.class = &pw_broker_local_class;
    group->broker = broker;
    group->name = pw_mem_cstr(spec->group);
    group->topic_name = pw_mem_cstr(spec->topic);
    group->topic = topic;
    group->is_from_beginning = spec->is_from_beginning;
    group->on_rebalance = spec->on_rebalance;
    group->opaque = spec->opaque;
    group->readers = pw_mem_zalloc((size_t)topic.partition_count, sizeof *group->readers);
    make_member_id(group);
    pthread_mutex_init(&group->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&group->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    status = write_member(group, err);
    if (status != PW_OK) {
        free_group(group);
        return status;
    }
    pthread_mutex_lock(&broker->groups_lock);
    group->next = broker->groups;
    broker->groups = group;
    pthread_mutex_unlock(&broker->groups_lock);
    local_groups_changed(broker);
    *out = &group->base;
    return PW_OK;
}

static pw_status forget_member(local_group *group, pw_error *err) {
    local_broker *broker = group->broker;
    PW_TRY(local_begin(broker, err));
    pw_status status = local_exec(broker, broker->write.db, err,
                                  "DELETE FROM group_member WHERE name = ?1 AND topic = ?2"
                                  " AND member = ?3",
                                  "tit", name_of(group), group->topic.id, member_of(group));
    return local_end(broker, status, err);
}

void local_group_leave(pw_group *base) {
    local_group *group = (local_group *)base;
    local_broker *broker = group->broker;
    pw_error error;
    pw_error_clear(&error);
    pthread_mutex_lock(&broker->groups_lock);
    local_group **link = &broker->groups;
    while (*link != group)
        link = &(*link)->next;
    *link = group->next;
    pthread_mutex_unlock(&broker->groups_lock);
    pw_status status = release(group, 0, 0, &error);
    if (status == PW_OK) status = forget_member(group, &error);
    if (status != PW_OK) /* the others take over when the heartbeat is missed */
        pw_log(PW_LOG_WARN, "group-leave", "group=%s reason=\"%s\"", group->name, error.message);
    free_group(group);
    local_groups_changed(broker);
}

/* --- poll and commit
 * ------------------------------------------------------------------------------ */

static pw_status poll_readers(local_group *group, pw_record *records, uint32_t max, uint32_t *count,
                              pw_error *err) {
    int32_t partition_count = group->topic.partition_count;
    group->turn = (group->turn + 1) % partition_count;
    for (int32_t i = 0; i < partition_count && *count < max; i++) {
        pw_reader *reader = group->readers[(group->turn + i) % partition_count];
        uint32_t taken;
        if (!reader) continue;
        PW_TRY(pw_reader_poll(reader, records + *count, max - *count, &taken, err));
        *count += taken;
    }
    return PW_OK;
}

static void wait_for_news(local_group *group, int64_t until_ns) {
    /* Members in other processes let go without telling this one: look again before long. */
    int64_t recheck_ns = pw_clock_mono_ns() + RECHECK_MS * 1000000ll;
    if (until_ns > recheck_ns) until_ns = recheck_ns;
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
    pthread_mutex_lock(&group->lock);
    if (!group->has_news) pthread_cond_timedwait(&group->news, &group->lock, &until);
    group->has_news = false;
    pthread_mutex_unlock(&group->lock);
}

pw_status local_group_poll(pw_group *base, int timeout_ms, pw_record *records, uint32_t max,
                           uint32_t *count, pw_error *err) {
    local_group *group = (local_group *)base;
    int64_t until_ns = pw_clock_mono_ns() + (int64_t)timeout_ms * 1000000;
    for (;;) {
        PW_TRY(balance(group, err));
        PW_TRY(poll_readers(group, records, max, count, err));
        if (*count || pw_clock_mono_ns() >= until_ns) return PW_OK;
        wait_for_news(group, until_ns);
    }
}

pw_status local_group_commit(pw_group *base, pw_error *err) {
    local_group *group = (local_group *)base;
    local_broker *broker = group->broker;
    PW_TRY(local_begin(broker, err));
    pw_status status = PW_OK;
    for (int32_t i = 0; i < group->topic.partition_count && status == PW_OK; i++) {
        if (!group->readers[i]) continue;
        /* Whoever was declared dead and replaced must not set the group back. */
        status = local_exec(broker, broker->write.db, err,
                            "INSERT OR REPLACE INTO group_offset SELECT ?1, ?2, ?3, ?4"
                            " WHERE EXISTS (SELECT 1 FROM group_owner WHERE name = ?1"
                            " AND topic = ?2 AND partition = ?3 AND member = ?5)",
                            "tiiit", name_of(group), group->topic.id, (int64_t)i,
                            pw_reader_position(group->readers[i]), member_of(group));
    }
    return local_end(broker, status, err);
}

bool local_group_is_at_end(pw_group *base) {
    local_group *group = (local_group *)base;
    if (!group->has_balanced || group->is_incomplete) return false;
    for (int32_t i = 0; i < group->topic.partition_count; i++)
        if (group->readers[i] && !pw_reader_is_at_end(group->readers[i])) return false;
    return true;
}
