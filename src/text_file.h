/* SQL files, whole. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_TEXT_FILE_H
#define PW_SRC_TEXT_FILE_H

#include "base/buf.h"
#include "command.h"

/* Reads a file ("-": stdin) into `out`, which is terminated. False after having said what
 * is wrong. */
bool text_file_read(const command *cmd, const char *path, pw_buf *out);

/* For messages: "stdin" for "-". */
const char *text_file_name(const char *path);

/* Is there a folder of that name? */
bool text_file_is_folder(const char *path);

#endif
