/* Topics of the embedded broker: rows of the tables `topic` and `partition`, one table of records
 * per partition. SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <stdio.h>

enum { SQL_BYTES = 256 };

/* --- looking up
 * ----------------------------------------------------------------------------------- */

static pw_status no_topic(local_broker *broker, sqlite3 *db, pw_str name, pw_error *err) {
    pw_arena arena;
    pw_arena_init(&arena, 0);
    sqlite3_stmt *statement = NULL;
    pw_str *names = NULL;
    size_t count = 0;
    pw_status status =
        local_query(broker, db, &statement, err,
                    "SELECT name, (SELECT count(*) FROM topic) FROM topic LIMIT 10000", "");
    for (;;) {
        bool has_row = false;
        if (status == PW_OK) status = local_step(broker, statement, &has_row, err);
        if (!has_row) break;
        if (!names)
            names = PW_NEW_ARRAY(&arena, pw_str, (size_t)sqlite3_column_int64(statement, 1));
        pw_str found = {(const char *)sqlite3_column_text(statement, 0),
                        (size_t)sqlite3_column_bytes(statement, 0)};
        names[count++] = pw_arena_str(&arena, found);
    }
    sqlite3_finalize(statement);
    if (status == PW_OK) status = pw_fail_no_topic(&broker->base, name, names, count, err);
    pw_arena_deinit(&arena);
    return status;
}

pw_status local_topic_find(local_broker *broker, sqlite3 *db, pw_str name, local_topic *out,
                           pw_error *err) {
    sqlite3_stmt *statement;
    bool has_row = false;
    PW_TRY(local_query(broker, db, &statement, err,
                       "SELECT id, partitions, retention_ms, is_compacted FROM topic"
                       " WHERE name = ?1",
                       "t", name));
    pw_status status = local_step(broker, statement, &has_row, err);
    if (has_row)
        *out = (local_topic){.id = sqlite3_column_int64(statement, 0),
                             .partition_count = sqlite3_column_int(statement, 1),
                             .retention_ms = sqlite3_column_int64(statement, 2),
                             .is_compacted = sqlite3_column_int(statement, 3) != 0};
    sqlite3_finalize(statement);
    if (status != PW_OK) return status;
    if (!has_row) return no_topic(broker, db, name, err);
    if (out->retention_ms >= 0 || out->is_compacted)
        return local_start_threads(broker, LOCAL_CLEANER, err);
    return PW_OK;
}

pw_status local_partition_find(local_broker *broker, sqlite3 *db, pw_str name, int32_t partition,
                               local_topic *out, pw_error *err) {
    PW_TRY(local_topic_find(broker, db, name, out, err));
    if (partition >= 0 && partition < out->partition_count) return PW_OK;
    return pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE,
                   "topic %.*s has no partition %d: it has %d, counted from 0", PW_STR_ARGS(name),
                   partition, out->partition_count);
}

pw_status local_topic_describe(pw_broker *base, pw_arena *arena, pw_str name, pw_topic_info *out,
                               pw_error *err) {
    local_broker *broker = (local_broker *)base;
    local_topic topic;
    local_db *db = local_read_lock(broker);
    pw_status status = local_topic_find(broker, db->db, name, &topic, err);
    pthread_mutex_unlock(&db->lock);
    if (status != PW_OK) return status;
    *out = (pw_topic_info){.name = pw_arena_str(arena, name),
                           .partition_count = topic.partition_count,
                           .replica_count = 1,
                           .is_internal = false};
    return PW_OK;
}

static pw_status list_rows(local_broker *broker, sqlite3 *db, pw_arena *arena, pw_topic_info **out,
                           size_t *count, pw_error *err) {
    sqlite3_stmt *statement;
    PW_TRY(local_query(broker, db, &statement, err,
                       "SELECT name, partitions, (SELECT count(*) FROM topic) FROM topic"
                       " ORDER BY name",
                       ""));
    bool has_row;
    pw_status status;
    while ((status = local_step(broker, statement, &has_row, err)) == PW_OK && has_row) {
        if (!*out)
            *out = PW_NEW_ARRAY(arena, pw_topic_info, (size_t)sqlite3_column_int64(statement, 2));
        pw_str name = {(const char *)sqlite3_column_text(statement, 0),
                       (size_t)sqlite3_column_bytes(statement, 0)};
        (*out)[(*count)++] = (pw_topic_info){.name = pw_arena_str(arena, name),
                                             .partition_count = sqlite3_column_int(statement, 1),
                                             .replica_count = 1};
    }
    sqlite3_finalize(statement);
    return status;
}

pw_status local_topic_list(pw_broker *base, pw_arena *arena, pw_topic_info **out, size_t *count,
                           pw_error *err) {
    local_broker *broker = (local_broker *)base;
    local_db *db = local_read_lock(broker);
    pw_status status = list_rows(broker, db->db, arena, out, count, err);
    pthread_mutex_unlock(&db->lock);
    return status;
}

static pw_status offsets_row(local_broker *broker, sqlite3 *db, const local_topic *topic,
                             int32_t partition, int64_t *bounds, pw_error *err) {
    sqlite3_stmt *statement;
    bool has_row = false;
    PW_TRY(local_query(broker, db, &statement, err,
                       "SELECT low, next FROM partition WHERE topic = ?1 AND number = ?2", "ii",
                       topic->id, (int64_t)partition));
    pw_status status = local_step(broker, statement, &has_row, err);
    bounds[0] = has_row ? sqlite3_column_int64(statement, 0) : 0;
    bounds[1] = has_row ? sqlite3_column_int64(statement, 1) : 0;
    sqlite3_finalize(statement);
    return status;
}

pw_status local_topic_offsets(pw_broker *base, pw_str name, int32_t partition, int64_t *low,
                              int64_t *high, pw_error *err) {
    local_broker *broker = (local_broker *)base;
    local_topic topic;
    int64_t bounds[2] = {0, 0};
    local_db *db = local_read_lock(broker);
    pw_status status = local_partition_find(broker, db->db, name, partition, &topic, err);
    if (status == PW_OK) status = offsets_row(broker, db->db, &topic, partition, bounds, err);
    pthread_mutex_unlock(&db->lock);
    if (status != PW_OK) return status;
    *low = bounds[0];
    *high = bounds[1];
    return PW_OK;
}

/* --- changing
 * ------------------------------------------------------------------------------------- */

static pw_status create_rows(local_broker *broker, const pw_topic_spec *spec, int64_t retention_ms,
                             int32_t partition_count, pw_error *err) {
    sqlite3 *db = broker->write.db;
    PW_TRY(local_exec(broker, db, err,
                      "INSERT INTO topic(name, partitions, retention_ms, is_compacted)"
                      " VALUES(?1, ?2, ?3, ?4)",
                      "tiii", spec->name, (int64_t)partition_count, retention_ms,
                      (int64_t)spec->is_compacted));
    int64_t id = sqlite3_last_insert_rowid(db);
    for (int32_t i = 0; i < partition_count; i++) {
        char sql[SQL_BYTES];
        snprintf(sql, sizeof sql,
                 "CREATE TABLE records_%lld_%d(offset INTEGER PRIMARY KEY,"
                 " timestamp INTEGER NOT NULL, key BLOB, value BLOB, headers BLOB)",
                 (long long)id, i);
        PW_TRY(local_exec(broker, db, err, sql, ""));
        PW_TRY(local_exec(broker, db, err, "INSERT INTO partition VALUES(?1, ?2, 0, 0, 0)", "ii",
                          id, (int64_t)i));
    }
    return PW_OK;
}

static pw_status create_in_transaction(local_broker *broker, const pw_topic_spec *spec,
                                       int64_t retention_ms, pw_error *err) {
    sqlite3_stmt *statement;
    bool exists = false;
    PW_TRY(local_query(broker, broker->write.db, &statement, err,
                       "SELECT 1 FROM topic WHERE name = ?1", "t", spec->name));
    pw_status status = local_step(broker, statement, &exists, err);
    sqlite3_finalize(statement);
    if (status != PW_OK) return status;
    if (exists)
        return pw_fail(err, PW_EXISTS, PW_SPAN_NONE, "topic %.*s exists already on %s",
                       PW_STR_ARGS(spec->name), broker->base.name);
    int32_t partition_count =
        spec->partition_count > 0 ? spec->partition_count : broker->partition_count_default;
    return create_rows(broker, spec, retention_ms, partition_count, err);
}

pw_status local_topic_create(pw_broker *base, const pw_topic_spec *spec, pw_error *err) {
    local_broker *broker = (local_broker *)base;
    /* Unlike Kafka's 7 days, the default is for ever: the data is the user's only copy, and event
     * times of long ago would make it vanish at once. */
    int64_t retention_ms = spec->retention_ms > 0 ? spec->retention_ms : -1;
    PW_TRY(local_begin(broker, err));
    pw_status status = create_in_transaction(broker, spec, retention_ms, err);
    PW_TRY(local_end(broker, status, err));
    if (retention_ms >= 0 || spec->is_compacted)
        return local_start_threads(broker, LOCAL_CLEANER, err);
    return PW_OK;
}

static pw_status delete_rows(local_broker *broker, const local_topic *topic, pw_error *err) {
    sqlite3 *db = broker->write.db;
    static const char *const statements[] = {
        "DELETE FROM group_offset WHERE topic = ?1", "DELETE FROM group_member WHERE topic = ?1",
        "DELETE FROM group_owner WHERE topic = ?1",  "DELETE FROM partition WHERE topic = ?1",
        "DELETE FROM topic WHERE id = ?1",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        PW_TRY(local_exec(broker, db, err, statements[i], "i", topic->id));
    for (int32_t i = 0; i < topic->partition_count; i++) {
        char sql[SQL_BYTES];
        snprintf(sql, sizeof sql, "DROP TABLE records_%lld_%d", (long long)topic->id, i);
        PW_TRY(local_exec(broker, db, err, sql, ""));
    }
    return PW_OK;
}

pw_status local_topic_delete(pw_broker *base, pw_str name, pw_error *err) {
    local_broker *broker = (local_broker *)base;
    local_topic topic;
    PW_TRY(local_begin(broker, err));
    pw_status status = local_topic_find(broker, broker->write.db, name, &topic, err);
    if (status == PW_OK) status = delete_rows(broker, &topic, err);
    PW_TRY(local_end(broker, status, err));
    for (int32_t i = 0; i < topic.partition_count; i++)
        local_partition_gone(broker, local_partition_get(broker, topic.id, i));
    return PW_OK;
}

pw_status local_topic_set_retention(pw_broker *base, pw_str name, int64_t retention_ms,
                                    pw_error *err) {
    local_broker *broker = (local_broker *)base;
    local_topic topic;
    if (retention_ms == 0) retention_ms = -1;
    PW_TRY(local_begin(broker, err));
    pw_status status = local_topic_find(broker, broker->write.db, name, &topic, err);
    if (status == PW_OK)
        status = local_exec(broker, broker->write.db, err,
                            "UPDATE topic SET retention_ms = ?2 WHERE id = ?1", "ii", topic.id,
                            retention_ms);
    PW_TRY(local_end(broker, status, err));
    if (retention_ms < 0) return PW_OK;
    PW_TRY(local_start_threads(broker, LOCAL_CLEANER, err));
    local_kick(broker, false, true);
    return PW_OK;
}
