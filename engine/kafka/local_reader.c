/* Readers of the embedded broker: a prepared range query per partition. A reader that has
 * everything costs one comparison per poll; the writer or the watcher wakes it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <stdio.h>
#include <string.h>

/* --- headers
 * -------------------------------------------------------------------------------------- */

enum { HEADER_IS_NULL = -1 };

void local_headers_encode(const pw_headers *headers, pw_buf *out) {
    pw_buf_add_be32(out, headers->count);
    for (uint32_t i = 0; i < headers->count; i++) {
        const pw_header *header = &headers->items[i];
        pw_buf_add_be32(out, (uint32_t)header->name.length);
        pw_buf_add_str(out, header->name);
        pw_buf_add_be32(out, header->is_null ? (uint32_t)HEADER_IS_NULL
                                             : (uint32_t)header->value.length);
        if (!header->is_null) pw_buf_add_str(out, header->value);
    }
}

typedef struct header_bytes {
    const uint8_t *next;
    const uint8_t *end;
    bool is_cut; /* the bytes end too early: the file was changed by somebody else */
} header_bytes;

static uint32_t take_u32(header_bytes *in) {
    if (in->end - in->next < 4) {
        in->is_cut = true;
        return 0;
    }
    const uint8_t *at = in->next;
    in->next += 4;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static pw_str take_bytes(header_bytes *in, uint32_t length) {
    if ((size_t)(in->end - in->next) < length) {
        in->is_cut = true;
        return PW_STR_EMPTY;
    }
    pw_str bytes = {(const char *)in->next, length};
    in->next += length;
    return bytes;
}

const pw_headers *local_headers_decode(pw_arena *arena, const char *bytes, size_t length) {
    header_bytes in = {(const uint8_t *)bytes, (const uint8_t *)bytes + length, false};
    uint32_t count = take_u32(&in);
    /* A header takes 8 bytes at least, so a wild count is seen before it is allocated. */
    if (in.is_cut || count == 0 || count > length / 8) return NULL;
    pw_header *items = PW_NEW_ARRAY(arena, pw_header, count);
    for (uint32_t i = 0; i < count && !in.is_cut; i++) {
        items[i].name = pw_arena_str(arena, take_bytes(&in, take_u32(&in)));
        uint32_t value_length = take_u32(&in);
        items[i].is_null = value_length == (uint32_t)HEADER_IS_NULL;
        pw_str value = items[i].is_null ? PW_STR_EMPTY : take_bytes(&in, value_length);
        items[i].value = pw_arena_str(arena, value);
    }
    if (in.is_cut) return NULL;
    pw_headers *headers = PW_NEW(arena, pw_headers);
    *headers = (pw_headers){items, count};
    return headers;
}

/* --- open and close
 * ------------------------------------------------------------------------------- */

static pw_status prepare_select(local_reader *reader, const local_topic *topic, int32_t partition,
                                pw_error *err) {
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT offset, timestamp, key, value%s FROM records_%lld_%d"
             " WHERE offset >= ?1 AND offset < ?2 ORDER BY offset LIMIT ?3",
             reader->wants_headers ? ", headers" : "", (long long)topic->id, partition);
    return local_query(reader->broker, reader->db->db, &reader->select, err, sql, "");
}

static pw_status find_start(local_reader *reader, const pw_reader_spec *spec, local_topic *topic,
                            int64_t *high, pw_error *err) {
    sqlite3 *db = reader->db->db;
    PW_TRY(local_partition_find(reader->broker, db, spec->topic, spec->partition, topic, err));
    PW_TRY(prepare_select(reader, topic, spec->partition, err));
    sqlite3_stmt *statement;
    PW_TRY(local_query(reader->broker, db, &statement, err,
                       "SELECT low, next FROM partition WHERE topic = ?1 AND number = ?2", "ii",
                       topic->id, (int64_t)spec->partition));
    bool has_row = false;
    pw_status status = local_step(reader->broker, statement, &has_row, err);
    int64_t low = has_row ? sqlite3_column_int64(statement, 0) : 0;
    *high = has_row ? sqlite3_column_int64(statement, 1) : 0;
    sqlite3_finalize(statement);
    reader->base.position = spec->offset;
    if (spec->offset == PW_OFFSET_LATEST)
        reader->base.position = *high;
    else if (spec->offset < low || spec->offset > *high)
        reader->base.position = low; /* as auto.offset.reset=earliest: better twice than never */
    return status;
}

static void add_to_partition(local_reader *reader) {
    local_broker *broker = reader->broker;
    pthread_mutex_lock(&broker->registry_lock);
    reader->next = reader->partition->readers;
    reader->partition->readers = reader;
    pthread_mutex_unlock(&broker->registry_lock);
}

pw_status local_reader_open(pw_broker *base, const pw_reader_spec *spec, pw_reader **out,
                            pw_error *err) {
    local_broker *broker = (local_broker *)base;
    int64_t high = 0;
    local_topic topic;
    if (!broker->is_memory) PW_TRY(local_start_threads(broker, LOCAL_WATCHER, err));
    local_reader *reader = pw_mem_zalloc(1, sizeof *reader);
    reader->base.class = &pw_broker_local_class;
    reader->broker = broker;
    reader->wake = spec->wake;
    reader->opaque = spec->opaque;
    reader->wants_headers = spec->wants_headers;
    reader->db = local_read_lock(broker);
    pw_status status = find_start(reader, spec, &topic, &high, err);
    pthread_mutex_unlock(&reader->db->lock);
    if (status != PW_OK) {
        sqlite3_finalize(reader->select);
        pw_mem_free(reader);
        return status;
    }
    reader->topic = pw_mem_cstr(spec->topic);
    reader->partition = local_partition_get(broker, topic.id, spec->partition);
    pw_arena_init(&reader->arena, 0);
    atomic_init(&reader->is_waiting, true);
    add_to_partition(reader);
    local_partition_grown(broker, reader->partition, high);
    /* As with a cluster, where the end of an empty partition is news too: wake once in any case. */
    if (reader->wake && atomic_exchange(&reader->is_waiting, false)) reader->wake(reader->opaque);
    *out = &reader->base;
    return PW_OK;
}

void local_reader_close(pw_reader *base) {
    local_reader *reader = (local_reader *)base;
    local_broker *broker = reader->broker;
    pthread_mutex_lock(&broker->registry_lock);
    local_reader **link = &reader->partition->readers;
    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    pthread_mutex_unlock(&broker->registry_lock);
    pthread_mutex_lock(&reader->db->lock);
    sqlite3_finalize(reader->select);
    pthread_mutex_unlock(&reader->db->lock);
    pw_arena_deinit(&reader->arena);
    pw_mem_free(reader->topic);
    pw_mem_free(reader);
}

/* --- poll
 * ----------------------------------------------------------------------------------------- */

/* A copy of a column's bytes; NULL for SQL NULL. An empty value is not NULL. */
static const char *copy_column(local_reader *reader, int column, uint32_t *length) {
    if (sqlite3_column_type(reader->select, column) == SQLITE_NULL) {
        *length = 0;
        return NULL;
    }
    const void *bytes = sqlite3_column_blob(reader->select, column);
    *length = (uint32_t)sqlite3_column_bytes(reader->select, column);
    char *copy = pw_arena_alloc(&reader->arena, (size_t)*length + 1);
    if (*length) memcpy(copy, bytes, *length);
    copy[*length] = 0;
    return copy;
}

static void read_row(local_reader *reader, pw_record *record) {
    *record = (pw_record){.offset = sqlite3_column_int64(reader->select, 0),
                          .timestamp_ms = sqlite3_column_int64(reader->select, 1),
                          .partition = (int32_t)reader->partition->key[1]};
    record->key = copy_column(reader, 2, &record->key_length);
    record->value = copy_column(reader, 3, &record->value_length);
    if (!reader->wants_headers) return;
    if (sqlite3_column_type(reader->select, 4) == SQLITE_NULL) return;
    const char *bytes = sqlite3_column_blob(reader->select, 4);
    record->headers = local_headers_decode(&reader->arena, bytes,
                                           (size_t)sqlite3_column_bytes(reader->select, 4));
}

static pw_status fail_gone(local_reader *reader, pw_error *err) {
    return pw_fail(err, PW_NO_TOPIC, PW_SPAN_NONE, "topic %s was deleted while it was read",
                   reader->topic);
}

/* Has another process deleted the topic, and the watcher not seen it yet? */
static bool is_topic_gone(local_reader *reader) {
    local_topic topic;
    local_db *db = local_read_lock(reader->broker);
    pw_str name = pw_str_from(reader->topic);
    pw_status status = local_topic_find(reader->broker, db->db, name, &topic, NULL);
    pthread_mutex_unlock(&db->lock);
    return status == PW_NO_TOPIC || (status == PW_OK && topic.id != reader->partition->key[0]);
}

/* Takes records before `high`. */
static pw_status poll_range(local_reader *reader, int64_t high, pw_record *records, uint32_t max,
                            uint32_t *count, pw_error *err) {
    sqlite3_stmt *select = reader->select;
    pthread_mutex_lock(&reader->db->lock);
    sqlite3_bind_int64(select, 1, reader->base.position);
    sqlite3_bind_int64(select, 2, high);
    sqlite3_bind_int64(select, 3, max);
    bool has_row = true;
    pw_status status = PW_OK;
    while (*count < max && reader->arena.allocated_bytes < LOCAL_POLL_BYTES_MAX) {
        status = local_step(reader->broker, select, &has_row, err);
        if (status != PW_OK || !has_row) break;
        read_row(reader, &records[(*count)++]);
    }
    sqlite3_reset(select);
    pthread_mutex_unlock(&reader->db->lock);
    if (status != PW_OK) {
        *count = 0;
        return is_topic_gone(reader) ? fail_gone(reader, err) : status;
    }
    /* Offsets that compaction or retention took away are passed over. */
    reader->base.position = has_row ? records[*count - 1].offset + 1 : high;
    return PW_OK;
}

pw_status local_reader_poll(pw_reader *base, pw_record *records, uint32_t max, uint32_t *count,
                            pw_error *err) {
    local_reader *reader = (local_reader *)base;
    local_partition *partition = reader->partition;
    if (max == 0) return PW_OK;
    if (atomic_load(&partition->is_gone)) return fail_gone(reader, err);
    for (;;) {
        int64_t high = atomic_load(&partition->high);
        if (reader->base.position < high) {
            if (reader->arena.allocated_bytes) pw_arena_reset(&reader->arena);
            pw_status status = poll_range(reader, high, records, max, count, err);
            if (status == PW_BUSY) { /* passing: a checkpoint in another process */
                if (reader->wake) reader->wake(reader->opaque);
                return PW_OK;
            }
            if (status != PW_OK || *count > 0) {
                if (reader->base.position < high) return status;
                atomic_store(&reader->is_waiting, true);
                return status;
            }
        }
        /* Waiting is announced before the last look at the end, so that no wake gets lost. */
        atomic_store(&reader->is_waiting, true);
        if (atomic_load(&partition->high) <= reader->base.position) return PW_OK;
    }
}

bool local_reader_is_at_end(const pw_reader *base) {
    const local_reader *reader = (const local_reader *)base;
    return reader->base.position >= atomic_load(&reader->partition->high);
}

int64_t local_reader_high_watermark(const pw_reader *base) {
    const local_reader *reader = (const local_reader *)base;
    return atomic_load(&reader->partition->high);
}
