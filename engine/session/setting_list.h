/* Every setting of ours, once: X(field, name, ksqlDB's name or "", type, default, limits, doc).
 *
 * Types: TEXT (pw_str), INTEGER (int64), BOOLEAN (bool), MS (int64, milliseconds), BYTES (int64,
 * with the suffixes k, m and g). limits: "a|b|c" for a TEXT of few values, "lowest..highest" for a
 * number,
 * "" for no limit. The list makes the struct (settings.h), the checks, SHOW PROPERTIES and the
 * docs. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SESSION_SETTING_LIST_H
#define PW_SESSION_SETTING_LIST_H

#define PW_SETTING_MAP(X)                                                                          \
    X(auto_offset_reset, "auto.offset.reset", "", TEXT, "earliest", "earliest|latest",             \
      "where a query begins that has committed nothing yet")                                       \
    X(processing_guarantee, "processing.guarantee", "", TEXT, "at_least_once",                     \
      "at_least_once|exactly_once_v2",                                                             \
      "what a crash may do to output topics: at_least_once may repeat the records of one commit "  \
      "interval, tables are exact either way")                                                     \
    X(commit_interval_ms, "commit.interval.ms", "", MS, "200", "1..3600000",                       \
      "time between two commits of state and offsets")                                             \
    X(cache_bytes, "cache.bytes", "cache.max.bytes.buffering", BYTES, "256m", "64k..",             \
      "memory of the write-back caches of one query")                                              \
    X(worker_threads, "worker.threads", "num.stream.threads", INTEGER, "0", "0..1024",             \
      "threads that run tasks; 0: one per core")                                                   \
    X(max_task_idle_ms, "max.task.idle.ms", "", MS, "0", "0..3600000",                             \
      "how long a task waits for an empty partition before it goes on without it")                 \
    X(batch_rows, "batch.rows", "", INTEGER, "1024", "1..1024", "rows of a batch at most")         \
    X(emit_every_update, "emit.every.update", "", BOOLEAN, "false", "",                            \
      "publish each single change of a table, not only the last one of a key per batch")           \
    X(ksql_persistence_default_format_key, "ksql.persistence.default.format.key", "", TEXT,        \
      "KAFKA", "", "KEY_FORMAT of a source that does not say")                                     \
    X(ksql_persistence_default_format_value, "ksql.persistence.default.format.value", "", TEXT,    \
      "", "", "VALUE_FORMAT of a source that does not say; empty: it must say")                    \
    X(ksql_persistence_wrap_single_values, "ksql.persistence.wrap.single.values", "", TEXT, "",    \
      "|true|false",                                                                               \
      "WRAP_SINGLE_VALUE of a source that does not say; empty: as the format prefers")             \
    X(ksql_output_topic_name_prefix, "ksql.output.topic.name.prefix", "", TEXT, "", "",            \
      "goes in front of the names of topics that CREATE ... AS makes")                             \
    X(topic_partitions, "topic.partitions", "ksql.sink.partitions", INTEGER, "0", "0..10000",      \
      "partitions of a topic made without a count; 0: the broker's default")                       \
    X(topic_replicas, "topic.replicas", "ksql.internal.topic.replicas", INTEGER, "0", "0..32767",  \
      "replicas of a topic made without a count; 0: the broker's default")                         \
    X(topic_retention_ms, "topic.retention.ms", "", MS, "-1", "-1..",                              \
      "how long a topic that pitwall makes keeps its records; -1: for ever, since event times "    \
      "often lie where a broker would delete them at once; 0: the broker's default")               \
    X(start_timeout_ms, "start.timeout.ms", "", MS, "10000", "100..600000",                        \
      "how long to wait for a broker's answer when a connection begins")                           \
    X(log_level, "log.level", "", TEXT, "warn", "debug|info|warn|error|off",                       \
      "the least important events that are logged on stderr")

#endif
