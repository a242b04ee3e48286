/* Retention and log compaction of the embedded broker. Both keep offsets: what is left keeps its
 * place. Rows are deleted in small transactions, so that producers get their turn.
 *
 * Compaction keeps the last record of each key, as Kafka does:
 *   offset 0 a=1 | 1 b=1 | 2 a=2 | 3 b=null   ->   2 a=2 | 3 b=null
 * A tombstone stays for a day of its own time, so that slow readers learn of the deletion.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

enum { SQL_BYTES = 512 };

typedef struct clean_job {
    int64_t topic_id;
    int32_t partition;
    int64_t retention_ms;
    bool is_compacted;
    int64_t next;
    int64_t cleaned; /* the end at the last compaction */
} clean_job;

static bool is_closing(local_broker *broker) {
    pthread_mutex_lock(&broker->thread_lock);
    bool result = broker->is_closing;
    pthread_mutex_unlock(&broker->thread_lock);
    return result;
}

/* Runs a deletion of at most LOCAL_CLEAN_ROWS rows and sets `low` to the oldest record kept. */
static pw_status delete_step(local_broker *broker, const clean_job *job, const char *sql,
                             int64_t argument, int *deleted, pw_error *err) {
    sqlite3 *db = broker->write.db;
    char low_sql[SQL_BYTES];
    *deleted = 0;
    snprintf(low_sql, sizeof low_sql,
             "UPDATE partition SET low = coalesce((SELECT min(offset) FROM records_%lld_%d), next)"
             " WHERE topic = ?1 AND number = ?2",
             (long long)job->topic_id, job->partition);
    PW_TRY(local_begin(broker, err));
    pw_status status = local_exec(broker, db, err, sql, "i", argument);
    if (status == PW_OK) {
        *deleted = sqlite3_changes(db);
        status = local_exec(broker, db, err, low_sql, "ii", job->topic_id, (int64_t)job->partition);
    }
    return local_end(broker, status, err);
}

/* Records are expired from the oldest on, up to the first one that is young enough, as Kafka does
 * with its segments: a young record is never lost because of an old one behind it. */
static pw_status expire(local_broker *broker, const clean_job *job, pw_error *err) {
    char sql[SQL_BYTES];
    long long id = (long long)job->topic_id;
    snprintf(sql, sizeof sql,
             "DELETE FROM records_%lld_%d WHERE offset < coalesce("
             "(SELECT min(offset) FROM (SELECT offset, timestamp FROM records_%lld_%d"
             " ORDER BY offset LIMIT %d) WHERE timestamp >= ?1),"
             "(SELECT max(offset) + 1 FROM (SELECT offset FROM records_%lld_%d"
             " ORDER BY offset LIMIT %d)))",
             id, job->partition, id, job->partition, LOCAL_CLEAN_ROWS, id, job->partition,
             LOCAL_CLEAN_ROWS);
    int deleted = LOCAL_CLEAN_ROWS;
    while (deleted == LOCAL_CLEAN_ROWS && !is_closing(broker))
        PW_TRY(
            delete_step(broker, job, sql, pw_clock_wall_ms() - job->retention_ms, &deleted, err));
    return PW_OK;
}

/* Offsets of the records that a later one with the same key supersedes, and of old tombstones. */
static pw_status superseded(local_broker *broker, const clean_job *job, pw_buf *offsets,
                            pw_error *err) {
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql,
             "SELECT offset FROM (SELECT offset, timestamp, value IS NULL AS is_tombstone,"
             " lead(offset) OVER (PARTITION BY key ORDER BY offset) AS later FROM records_%lld_%d"
             " WHERE offset < ?1 AND key IS NOT NULL)"
             " WHERE later IS NOT NULL OR (is_tombstone AND offset < ?2 AND timestamp < ?3)",
             (long long)job->topic_id, job->partition);
    local_db *db = local_read_lock(broker);
    sqlite3_stmt *statement;
    pw_status status = local_query(broker, db->db, &statement, err, sql, "iii", job->next,
                                   job->cleaned, pw_clock_wall_ms() - LOCAL_TOMBSTONE_MS);
    bool has_row = status == PW_OK;
    while (has_row) {
        status = local_step(broker, statement, &has_row, err);
        if (!has_row) break;
        int64_t offset = sqlite3_column_int64(statement, 0);
        pw_buf_add(offsets, &offset, sizeof offset);
    }
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&db->lock);
    return status;
}

static pw_status delete_offsets(local_broker *broker, const clean_job *job, const int64_t *offsets,
                                size_t count, pw_error *err) {
    char sql[SQL_BYTES];
    sqlite3_stmt *statement;
    snprintf(sql, sizeof sql, "DELETE FROM records_%lld_%d WHERE offset = ?1",
             (long long)job->topic_id, job->partition);
    PW_TRY(local_begin(broker, err));
    pw_status status = local_query(broker, broker->write.db, &statement, err, sql, "");
    for (size_t i = 0; i < count && status == PW_OK; i++) {
        bool has_row;
        sqlite3_bind_int64(statement, 1, offsets[i]);
        status = local_step(broker, statement, &has_row, err);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return local_end(broker, status, err);
}

static pw_status compact(local_broker *broker, const clean_job *job, pw_error *err) {
    pw_buf buf;
    pw_buf_init(&buf);
    pw_status status = superseded(broker, job, &buf, err);
    size_t count = buf.length / sizeof(int64_t);
    const int64_t *offsets = (const int64_t *)(const void *)buf.data;
    for (size_t at = 0; at < count && status == PW_OK && !is_closing(broker);) {
        size_t step = count - at < LOCAL_CLEAN_ROWS ? count - at : LOCAL_CLEAN_ROWS;
        status = delete_offsets(broker, job, offsets + at, step, err);
        at += step;
    }
    pw_buf_deinit(&buf);
    if (status != PW_OK || is_closing(broker)) return status;
    int deleted;
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql,
             "UPDATE partition SET cleaned = ?1 WHERE topic = %lld AND number = %d",
             (long long)job->topic_id, job->partition);
    return delete_step(broker, job, sql, job->next, &deleted, err);
}

static pw_status find_jobs(local_broker *broker, pw_buf *jobs, pw_error *err) {
    local_db *db = local_read_lock(broker);
    sqlite3_stmt *statement;
    pw_status status = local_query(
        broker, db->db, &statement, err,
        "SELECT t.id, p.number, t.retention_ms, t.is_compacted, p.next, p.cleaned FROM topic t"
        " JOIN partition p ON p.topic = t.id WHERE t.retention_ms >= 0 OR t.is_compacted",
        "");
    bool has_row = status == PW_OK;
    while (has_row) {
        status = local_step(broker, statement, &has_row, err);
        if (!has_row) break;
        clean_job job = {.topic_id = sqlite3_column_int64(statement, 0),
                         .partition = sqlite3_column_int(statement, 1),
                         .retention_ms = sqlite3_column_int64(statement, 2),
                         .is_compacted = sqlite3_column_int(statement, 3) != 0,
                         .next = sqlite3_column_int64(statement, 4),
                         .cleaned = sqlite3_column_int64(statement, 5)};
        pw_buf_add(jobs, &job, sizeof job);
    }
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&db->lock);
    return status;
}

/* Worth it when as many records came as there were, so that the work per record stays bounded. */
static bool is_compaction_due(const clean_job *job) {
    int64_t fresh = job->next - job->cleaned;
    return job->is_compacted && fresh >= LOCAL_COMPACT_RECORDS_MIN && fresh * 2 >= job->next;
}

static pw_status clean_all(local_broker *broker, const pw_buf *jobs, pw_error *err) {
    for (size_t at = 0; at < jobs->length && !is_closing(broker); at += sizeof(clean_job)) {
        clean_job job;
        memcpy(&job, jobs->data + at, sizeof job);
        if (job.retention_ms >= 0) PW_TRY(expire(broker, &job, err));
        if (is_compaction_due(&job)) PW_TRY(compact(broker, &job, err));
    }
    return PW_OK;
}

void local_clean(local_broker *broker) {
    pw_error error;
    pw_buf jobs;
    pw_error_clear(&error);
    pw_buf_init(&jobs);
    pw_status status = find_jobs(broker, &jobs, &error);
    if (status == PW_OK) status = clean_all(broker, &jobs, &error);
    pw_buf_deinit(&jobs);
    /* A topic may be deleted meanwhile, and a full disk is told to the producers. */
    if (status != PW_OK) pw_log(PW_LOG_DEBUG, "topics-clean", "reason=\"%s\"", error.message);
}
