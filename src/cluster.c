/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "say.h"

bool cluster_settings(pw_arena *arena, const command *cmd, const common_options *options,
                      pw_config_entry **out) {
    *out = PW_NEW_ARRAY(arena, pw_config_entry, options->settings.count + 1);
    for (size_t i = 0; i < options->settings.count; i++) {
        const char *text = options->settings.items[i];
        size_t name_length = strcspn(text, "=");
        if (text[name_length] != '=' || name_length == 0) {
            say_wrong(cmd->name, "--set %.*s has no value", (int)name_length, text);
            say_hint("--set KEY=VALUE, for example --set bootstrap.servers=localhost:9092");
            return false;
        }
        (*out)[i] = (pw_config_entry){.name = {text, name_length},
                                      .value = pw_str_from(text + name_length + 1),
                                      .origin = PW_STR("--set")};
    }
    return true;
}

static void apply_log_level(pw_str level) {
    static const char *const names[] = {"debug", "info", "warn", "error", "off"};
    for (int i = PW_LOG_DEBUG; i <= PW_LOG_OFF; i++)
        if (pw_str_equal(level, pw_str_from(names[i]))) pw_log_level_set((pw_log_level)i);
}

/* mkdir -p. Every part but the last may be there already. */
static bool make_folder(pw_arena *arena, const char *path) {
    char *part = pw_arena_cstr(arena, pw_str_from(path));
    for (char *c = part + 1; *c; c++) {
        if (*c != '/') continue;
        *c = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) return false;
        *c = '/';
    }
    return mkdir(part, 0777) == 0 || errno == EEXIST;
}

static bool has_bootstrap(const pw_config *config) {
    for (size_t i = 0; i < config->broker_property_count; i++) {
        pw_str name = config->broker_properties[i].name;
        if (!config->broker_properties[i].value.length) continue;
        if (pw_str_equal(name, PW_STR("bootstrap.servers"))) return true;
        if (pw_str_equal(name, PW_STR("metadata.broker.list"))) return true;
    }
    return false;
}

/* The folder of the embedded broker: made, or looked for. */
static int prepare_folder(cluster *self, const char *folder, bool may_create) {
    struct stat status;
    const char *name = self->command_name;
    if (stat(folder, &status) == 0) {
        if (S_ISDIR(status.st_mode)) return EXIT_WELL;
        say_wrong(name, "%s is not a folder", folder);
    } else if (errno != ENOENT) {
        say_wrong(name, "cannot open the data folder %s: %s", folder, strerror(errno));
    } else if (may_create) {
        if (make_folder(&self->arena, folder)) return EXIT_WELL;
        say_wrong(name, "cannot create the data folder %s: %s", folder, strerror(errno));
    } else {
        say_wrong(name, "there is no data folder %s", folder);
        say_hint("--data DIR names another; --set bootstrap.servers=HOST:PORT a Kafka cluster; "
                 "`pitwall topics create` begins an embedded one");
    }
    return EXIT_USER;
}

static int open_broker(cluster *self, const command *cmd, const common_options *options,
                       bool may_create) {
    pw_error err = {0};
    pw_config_entry *entries;
    if (!cluster_settings(&self->arena, cmd, options, &entries)) return EXIT_USER;
    pw_str file = pw_str_from(options->config_file);
    if (pw_config_load(&self->arena, file, entries, options->settings.count, &self->config, &err) !=
        PW_OK)
        return say_error_at_start(cmd->name, &err);
    const pw_settings *settings = self->config.settings;
    apply_log_level(settings->log_level);
    const char *folder = options->data_folder ? options->data_folder : DATA_FOLDER_DEFAULT;
    if (!has_bootstrap(&self->config)) {
        int exit_status = prepare_folder(self, folder, may_create);
        if (exit_status != EXIT_WELL) return exit_status;
    }
    pw_broker_config broker_config = {
        .properties = self->config.broker_properties,
        .property_count = self->config.broker_property_count,
        .local_path = pw_arena_format(&self->arena, "%s/topics.db", folder),
        .local_partitions = (int32_t)settings->topic_partitions,
        .timeout_ms = settings->start_timeout_ms,
    };
    if (pw_broker_open(&broker_config, &self->broker, &err) != PW_OK)
        return say_error_at_start(cmd->name, &err);
    return EXIT_WELL;
}

int cluster_open(cluster *self, const command *cmd, const common_options *options,
                 bool may_create) {
    *self = (cluster){.command_name = cmd->name};
    pw_arena_init(&self->arena, 0);
    int exit_status = open_broker(self, cmd, options, may_create);
    if (exit_status != EXIT_WELL) cluster_close(self);
    return exit_status;
}

void cluster_close(cluster *self) {
    pw_broker_close(self->broker);
    self->broker = NULL;
    pw_arena_deinit(&self->arena);
}

int cluster_make_topic(cluster *self, pw_str name, int64_t partition_count, bool is_compacted,
                       bool may_exist) {
    const pw_settings *settings = self->config.settings;
    pw_error err = {0};
    pw_topic_info info;
    if (may_exist && pw_topic_describe(self->broker, &self->arena, name, &info, &err) == PW_OK)
        return EXIT_WELL;
    pw_topic_spec spec = {
        .name = name,
        .partition_count =
            (int32_t)(partition_count > 0 ? partition_count : settings->topic_partitions),
        .replica_count = (int32_t)settings->topic_replicas,
        .retention_ms = settings->topic_retention_ms,
        .is_compacted = is_compacted,
    };
    pw_status status = pw_topic_create(self->broker, &spec, &err);
    if (status == PW_OK || (status == PW_EXISTS && may_exist)) return EXIT_WELL;
    return say_error_at_start(self->command_name, &err);
}

/* --- signals ---------------------------------------------------------------------------------- */

static volatile sig_atomic_t signal_count;
static void (*signal_also)(void);

static void on_signal(int number) {
    signal_count++;
    if (signal_count > 1) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    if (signal_also) signal_also();
}

void signals_catch(void (*also)(void)) {
    signal_also = also;
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* seen as an error of the write, so that the end is a clean one */
}

bool signals_came(void) {
    return signal_count > 0;
}
