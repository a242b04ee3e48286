/* The broker as the commands that touch topics open it: from --data, --config and --set.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_CLUSTER_H
#define PW_SRC_CLUSTER_H

#include "command.h"
#include "kafka/broker.h"
#include "session/config.h"

#define DATA_FOLDER_DEFAULT "pitwall-data"

typedef struct cluster {
    pw_arena arena;
    pw_config config;
    pw_broker *broker;
    const char *command_name;
} cluster;

/* Returns EXIT_WELL, or another exit status after having said what is wrong. may_create: the
 * embedded broker's data folder is made if there is none; otherwise a folder that is not there is
 * the user's mistake. */
int cluster_open(cluster *self, const command *cmd, const common_options *options, bool may_create);
void cluster_close(cluster *self);

/* "key=value" entries of --set as configuration entries. False after having said what is wrong. */
bool cluster_settings(pw_arena *arena, const command *cmd, const common_options *options,
                      pw_config_entry **out);

/* Makes the topic by the settings; partition_count 0: topic.partitions. One that is there already
 * is fine when `may_exist`. */
int cluster_make_topic(cluster *self, pw_str name, int64_t partition_count, bool is_compacted,
                       bool may_exist);

/* SIGINT and SIGTERM ask for an end: the flag rises, the second signal ends the process at once. */
void signals_catch(void (*also)(void));
bool signals_came(void);

#endif
