/* A pitwall as the commands that run SQL open it: from --data, --config and --set.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_ENGINE_H
#define PW_SRC_ENGINE_H

#include "base/arena.h"
#include "command.h"
#include "pitwall.h"

/* data_folder: NULL takes that of --data or the default one. Returns EXIT_WELL, or another exit
 * status after having said what is wrong. */
int engine_open(pw_arena *arena, const command *cmd, const common_options *options,
                const char *data_folder, bool is_read_only, pitwall **out);

/* For commands that change nothing: the data folder, where there is one, so that what is defined in
 * it is known; otherwise nothing but memory. */
const char *engine_folder_if_any(const common_options *options);

#endif
