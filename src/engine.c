/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include "cluster.h"
#include "say.h"
#include "text_file.h"

const char *engine_folder_if_any(const common_options *options) {
    if (options->data_folder) return options->data_folder;
    return text_file_is_folder(DATA_FOLDER_DEFAULT) ? DATA_FOLDER_DEFAULT : ":memory:";
}

int engine_open(pw_arena *arena, const command *cmd, const common_options *options,
                const char *data_folder, bool is_read_only, pitwall **out) {
    pw_config_entry *entries;
    if (!cluster_settings(arena, cmd, options, &entries)) return EXIT_USER;
    size_t count = options->settings.count;
    pitwall_setting *settings = PW_NEW_ARRAY(arena, pitwall_setting, count + 1);
    for (size_t i = 0; i < count; i++)
        settings[i] = (pitwall_setting){.name = pw_arena_cstr(arena, entries[i].name),
                                        .value = pw_arena_cstr(arena, entries[i].value),
                                        .origin = "--set"};
    if (!data_folder)
        data_folder = options->data_folder ? options->data_folder : DATA_FOLDER_DEFAULT;
    pitwall_options given = {
        .data_folder = data_folder,
        .config_file = options->config_file,
        .settings = settings,
        .setting_count = count,
        .is_read_only = is_read_only,
    };
    pitwall_error err = {0};
    pitwall_status status = pitwall_open(&given, out, &err);
    return status == PITWALL_OK ? EXIT_WELL : say_api_error(status, &err);
}
