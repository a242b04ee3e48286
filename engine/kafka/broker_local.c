/* The embedded broker: opens and closes the file of topics, and runs its helper threads. It makes a
 * machine without Kafka a full pitwall, survives restarts, and may be used by several processes at
 * once. See local_private.h for what is in the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kafka/local_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

static const char schema_sql[] =
    "CREATE TABLE IF NOT EXISTS topic(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, retention_ms INTEGER NOT NULL,"
    " is_compacted INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS partition(topic INTEGER, number INTEGER, low INTEGER NOT NULL,"
    " next INTEGER NOT NULL, cleaned INTEGER NOT NULL, PRIMARY KEY(topic, number)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS group_offset(name TEXT, topic INTEGER, partition INTEGER,"
    " next INTEGER NOT NULL, PRIMARY KEY(name, topic, partition)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS group_member(name TEXT, topic INTEGER, member TEXT,"
    " expires_ms INTEGER NOT NULL, PRIMARY KEY(name, topic, member)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS group_owner(name TEXT, topic INTEGER, partition INTEGER,"
    " member TEXT NOT NULL, PRIMARY KEY(name, topic, partition)) WITHOUT ROWID;"
    "PRAGMA user_version=1";

static void broker_close(pw_broker *base);

const pw_broker_class pw_broker_local_class = {
    .close = broker_close,
    .topic_describe = local_topic_describe,
    .topic_list = local_topic_list,
    .topic_create = local_topic_create,
    .topic_delete = local_topic_delete,
    .topic_set_retention = local_topic_set_retention,
    .topic_offsets = local_topic_offsets,
    .reader_open = local_reader_open,
    .reader_close = local_reader_close,
    .reader_poll = local_reader_poll,
    .reader_is_at_end = local_reader_is_at_end,
    .reader_high_watermark = local_reader_high_watermark,
    .producer_open = local_producer_open,
    .producer_close = local_producer_close,
    .producer_topic = local_producer_topic,
    .producer_send = local_producer_send,
    .producer_poll = local_producer_poll,
    .producer_flush = local_producer_flush,
    .producer_stats = local_producer_stats,
    .group_join = local_group_join,
    .group_poll = local_group_poll,
    .group_commit = local_group_commit,
    .group_is_at_end = local_group_is_at_end,
    .group_leave = local_group_leave,
};

/* --- partitions
 * ----------------------------------------------------------------------------------- */

local_partition *local_partition_get(local_broker *broker, int64_t topic_id, int32_t partition) {
    int64_t key[2] = {topic_id, partition};
    pw_str key_bytes = {(const char *)key, sizeof key};
    pthread_mutex_lock(&broker->registry_lock);
    local_partition *found = pw_hashmap_get(&broker->partitions, key_bytes);
    if (!found) {
        found = PW_NEW(&broker->arena, local_partition);
        memcpy(found->key, key, sizeof key);
        atomic_init(&found->high, 0);
        atomic_init(&found->is_gone, false);
        pw_str own = {(const char *)found->key, sizeof found->key};
        pw_hashmap_put(&broker->partitions, own, found);
    }
    pthread_mutex_unlock(&broker->registry_lock);
    return found;
}

static void wake_readers(local_partition *partition) {
    for (local_reader *reader = partition->readers; reader; reader = reader->next)
        if (reader->wake && atomic_exchange(&reader->is_waiting, false))
            reader->wake(reader->opaque);
}

void local_partition_grown(local_broker *broker, local_partition *partition, int64_t high) {
    pthread_mutex_lock(&broker->registry_lock);
    if (high > atomic_load(&partition->high)) {
        atomic_store(&partition->high, high);
        wake_readers(partition);
    }
    pthread_mutex_unlock(&broker->registry_lock);
}

void local_partition_gone(local_broker *broker, local_partition *partition) {
    pthread_mutex_lock(&broker->registry_lock);
    atomic_store(&partition->is_gone, true);
    wake_readers(partition);
    pthread_mutex_unlock(&broker->registry_lock);
}

/* --- helper threads
 * ------------------------------------------------------------------------------- */

static void wait_ms(local_broker *broker, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_cond_timedwait(&broker->thread_wake, &broker->thread_lock, &until);
}

/* Writes what producers have gathered, LOCAL_LINGER_MS after the first record or sooner. */
static void *writer_run(void *opaque) {
    local_broker *broker = opaque;
    pthread_mutex_lock(&broker->thread_lock);
    while (!broker->is_closing) {
        if (!broker->has_pending) {
            pthread_cond_wait(&broker->thread_wake, &broker->thread_lock);
            continue;
        }
        int64_t due_ns = pw_clock_mono_ns() + LOCAL_LINGER_MS * 1000000ll;
        while (!broker->is_hurried && !broker->is_closing) {
            int64_t left_ms = (due_ns - pw_clock_mono_ns()) / 1000000;
            if (left_ms <= 0) break;
            wait_ms(broker, left_ms);
        }
        broker->has_pending = false;
        broker->is_hurried = false;
        pthread_mutex_unlock(&broker->thread_lock);
        bool is_all = local_producers_commit(broker);
        pthread_mutex_lock(&broker->thread_lock);
        if (!is_all && !broker->is_closing) {
            broker->has_pending = true;
            wait_ms(broker, LOCAL_RETRY_MS);
        }
    }
    pthread_mutex_unlock(&broker->thread_lock);
    return NULL;
}

/* The partitions that somebody here reads, as an array of its own: the registry is not locked while
 * the file is asked. */
static local_partition **partitions_read(local_broker *broker, size_t *count) {
    pthread_mutex_lock(&broker->registry_lock);
    local_partition **list =
        pw_mem_alloc((broker->partitions.entry_count + 1) * sizeof(local_partition *));
    *count = 0;
    for (size_t i = 0; i < broker->partitions.entry_count; i++) {
        local_partition *partition = broker->partitions.entries[i].value;
        if (partition->readers) list[(*count)++] = partition;
    }
    pthread_mutex_unlock(&broker->registry_lock);
    return list;
}

/* False: it could not be told; to be tried again. */
static bool look_for_records(local_broker *broker) {
    size_t count;
    local_partition **list = partitions_read(broker, &count);
    local_db *db = local_read_lock(broker);
    sqlite3_stmt *select = NULL;
    pw_status status =
        local_query(broker, db->db, &select, NULL,
                    "SELECT next FROM partition WHERE topic = ?1 AND number = ?2", "");
    for (size_t i = 0; i < count && status == PW_OK; i++) {
        bool has_row;
        sqlite3_bind_int64(select, 1, list[i]->key[0]);
        sqlite3_bind_int64(select, 2, list[i]->key[1]);
        status = local_step(broker, select, &has_row, NULL);
        int64_t high = has_row ? sqlite3_column_int64(select, 0) : 0;
        sqlite3_reset(select);
        if (status != PW_OK) break;
        if (has_row)
            local_partition_grown(broker, list[i], high);
        else
            local_partition_gone(broker, list[i]);
    }
    sqlite3_finalize(select);
    pthread_mutex_unlock(&db->lock);
    pw_mem_free(list);
    return status == PW_OK;
}

/* A number that changes when another connection has committed. */
static int64_t data_version(local_broker *broker) {
    local_db *db = &broker->read[0];
    int64_t version = 0;
    sqlite3_stmt *statement = NULL;
    pthread_mutex_lock(&db->lock);
    if (local_query(broker, db->db, &statement, NULL, "PRAGMA data_version", "") == PW_OK) {
        bool has_row;
        if (local_step(broker, statement, &has_row, NULL) == PW_OK && has_row)
            version = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&db->lock);
    return version;
}

/* Notices what other processes do, and shows them that this one's group members are alive. */
static void *watcher_run(void *opaque) {
    local_broker *broker = opaque;
    int64_t version = 0;
    int64_t heartbeat_ns = 0;
    pthread_mutex_lock(&broker->thread_lock);
    while (!broker->is_closing) {
        pthread_mutex_unlock(&broker->thread_lock);
        int64_t now_version = broker->is_memory ? 0 : data_version(broker);
        if (now_version != version) {
            if (look_for_records(broker)) version = now_version;
            local_groups_changed(broker);
        }
        int64_t now_ns = pw_clock_mono_ns();
        if (now_ns - heartbeat_ns > LOCAL_HEARTBEAT_MS * 1000000ll) {
            heartbeat_ns = now_ns;
            local_groups_heartbeat(broker);
        }
        pthread_mutex_lock(&broker->thread_lock);
        if (!broker->is_closing) {
            /* A condition of its own is not needed: being woken for others' work costs little. */
            wait_ms(broker, broker->is_memory ? LOCAL_HEARTBEAT_MS / 4 : LOCAL_WATCH_MS);
        }
    }
    pthread_mutex_unlock(&broker->thread_lock);
    return NULL;
}

static void *cleaner_run(void *opaque) {
    local_broker *broker = opaque;
    int64_t cleaned_ns = 0;
    pthread_mutex_lock(&broker->thread_lock);
    while (!broker->is_closing) {
        int64_t now_ns = pw_clock_mono_ns();
        int64_t left_ms = LOCAL_CLEAN_MS - (now_ns - cleaned_ns) / 1000000;
        if (cleaned_ns && left_ms > 0 && !broker->must_clean) {
            wait_ms(broker, left_ms);
            continue;
        }
        cleaned_ns = now_ns;
        broker->must_clean = false;
        pthread_mutex_unlock(&broker->thread_lock);
        local_clean(broker);
        pthread_mutex_lock(&broker->thread_lock);
    }
    pthread_mutex_unlock(&broker->thread_lock);
    return NULL;
}

static bool start_thread(bool *has, pthread_t *thread, void *(*run)(void *), local_broker *broker) {
    if (!*has) *has = pthread_create(thread, NULL, run, broker) == 0;
    return *has;
}

pw_status local_start_threads(local_broker *broker, int which, pw_error *err) {
    bool is_ok = true;
    pthread_mutex_lock(&broker->thread_lock);
    if (which & LOCAL_WRITER)
        is_ok = start_thread(&broker->has_writer, &broker->writer, writer_run, broker);
    if (is_ok && (which & LOCAL_WATCHER))
        is_ok = start_thread(&broker->has_watcher, &broker->watcher, watcher_run, broker);
    if (is_ok && (which & LOCAL_CLEANER))
        is_ok = start_thread(&broker->has_cleaner, &broker->cleaner, cleaner_run, broker);
    pthread_mutex_unlock(&broker->thread_lock);
    if (is_ok) return PW_OK;
    return pw_fail(err, PW_IO, PW_SPAN_NONE, "%s: a helper thread cannot be started: %s",
                   broker->base.name, strerror(errno));
}

void local_kick(local_broker *broker, bool is_hurried, bool must_clean) {
    pthread_mutex_lock(&broker->thread_lock);
    if (must_clean)
        broker->must_clean = true;
    else
        broker->has_pending = true;
    if (is_hurried) broker->is_hurried = true;
    pthread_cond_broadcast(&broker->thread_wake);
    pthread_mutex_unlock(&broker->thread_lock);
}

/* --- open and close
 * ------------------------------------------------------------------------------- */

static void stop_threads(local_broker *broker) {
    pthread_mutex_lock(&broker->thread_lock);
    broker->is_closing = true;
    pthread_cond_broadcast(&broker->thread_wake);
    pthread_mutex_unlock(&broker->thread_lock);
    if (broker->has_writer) pthread_join(broker->writer, NULL);
    if (broker->has_watcher) pthread_join(broker->watcher, NULL);
    if (broker->has_cleaner) pthread_join(broker->cleaner, NULL);
}

static void broker_close(pw_broker *base) {
    local_broker *broker = (local_broker *)base;
    stop_threads(broker);
    PW_ASSERT(!broker->producers && !broker->groups);
    for (size_t i = 0; i < broker->partitions.entry_count; i++) {
        local_partition *partition = broker->partitions.entries[i].value;
        PW_ASSERT(!partition->readers);
        sqlite3_finalize(partition->insert);
    }
    for (int i = 0; i < LOCAL_READ_CONNECTIONS; i++) {
        local_db_close(&broker->read[i]);
        pthread_mutex_destroy(&broker->read[i].lock);
    }
    local_db_close(&broker->write);
    pthread_mutex_destroy(&broker->write.lock);
    pthread_mutex_destroy(&broker->registry_lock);
    pthread_mutex_destroy(&broker->producers_lock);
    pthread_mutex_destroy(&broker->groups_lock);
    pthread_mutex_destroy(&broker->thread_lock);
    pthread_cond_destroy(&broker->thread_wake);
    pw_hashmap_deinit(&broker->partitions);
    pw_arena_deinit(&broker->arena);
    pw_mem_free(broker->path);
    pw_mem_free(broker->base.name);
    pw_mem_free(broker);
}

/* The folder of the file, if it is missing; a failure shows when the file is opened. */
static void make_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path) return;
    char *folder = pw_mem_cstr((pw_str){path, (size_t)(slash - path)});
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        pw_log(PW_LOG_DEBUG, "topics-folder", "folder=%s error=\"%s\"", folder, strerror(errno));
    pw_mem_free(folder);
}

static pw_status read_version(local_broker *broker, int64_t *version, pw_error *err) {
    sqlite3_stmt *statement;
    bool has_row = false;
    PW_TRY(local_query(broker, broker->write.db, &statement, err, "PRAGMA user_version", ""));
    pw_status status = local_step(broker, statement, &has_row, err);
    *version = has_row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

static pw_status make_schema(local_broker *broker, pw_error *err) {
    int64_t version;
    PW_TRY(read_version(broker, &version, err));
    if (version == LOCAL_SCHEMA_VERSION) return PW_OK;
    if (version != 0)
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE,
                       "%s: the file has version %lld, this program knows version %d",
                       broker->base.name, (long long)version, LOCAL_SCHEMA_VERSION);
    PW_TRY(local_begin(broker, err));
    pw_status status = PW_OK;
    if (sqlite3_exec(broker->write.db, schema_sql, NULL, NULL, NULL) != SQLITE_OK)
        status = local_fail(broker, broker->write.db, "making the tables", err);
    return local_end(broker, status, err);
}

static pw_status open_connections(local_broker *broker, pw_error *err) {
    PW_TRY(local_db_open(broker, &broker->write, err));
    PW_TRY(make_schema(broker, err));
    if (broker->is_memory) return PW_OK;
    for (int i = 0; i < LOCAL_READ_CONNECTIONS; i++)
        PW_TRY(local_db_open(broker, &broker->read[i], err));
    return PW_OK;
}

static void init_locks(local_broker *broker) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&broker->thread_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&broker->write.lock, NULL);
    for (int i = 0; i < LOCAL_READ_CONNECTIONS; i++)
        pthread_mutex_init(&broker->read[i].lock, NULL);
    pthread_mutex_init(&broker->registry_lock, NULL);
    pthread_mutex_init(&broker->producers_lock, NULL);
    pthread_mutex_init(&broker->groups_lock, NULL);
    pthread_mutex_init(&broker->thread_lock, NULL);
}

pw_status pw_broker_local_open(const pw_broker_config *config, pw_broker **out, pw_error *err) {
    if (config->local_path.length == 0)
        return pw_fail(err, PW_CONFIG, PW_SPAN_NONE,
                       "neither bootstrap.servers nor a file for embedded topics is set");
    local_broker *broker = pw_mem_zalloc(1, sizeof *broker);
    broker->base.class = &pw_broker_local_class;
    broker->base.timeout_ms =
        config->timeout_ms > 0 ? config->timeout_ms : PW_BROKER_TIMEOUT_MS_DEFAULT;
    broker->partition_count_default = config->local_partitions > 0 ? config->local_partitions : 1;
    broker->path = pw_mem_cstr(config->local_path);
    broker->is_memory = pw_str_equal(config->local_path, PW_STR(":memory:"));
    pw_buf name;
    pw_buf_init(&name);
    pw_buf_format(&name, "embedded (%s)", broker->path);
    broker->base.name = pw_mem_cstr(pw_buf_str(&name));
    pw_buf_deinit(&name);
    pw_hashmap_init(&broker->partitions);
    pw_arena_init(&broker->arena, 0);
    init_locks(broker);
    if (!broker->is_memory) make_folder(broker->path);
    pw_status status = open_connections(broker, err);
    if (status != PW_OK) {
        broker_close(&broker->base);
        return status;
    }
    *out = &broker->base;
    return PW_OK;
}
