/* The data folder: where catalog, topics and state files are, and the lock that says who writes it.
 * One process writes a data folder; any number may read it meanwhile.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_CATALOG_DATA_FOLDER_H
#define PW_CATALOG_DATA_FOLDER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct pw_data_folder pw_data_folder;

/* Creates the folder (and those above it) if there is none, and takes its lock (pitwall.lock),
 * which the kernel gives back when the process ends, however it ends. Errors: PW_IO (not a folder,
 * read-only, no permission: with path and remedy), PW_DISK_FULL, PW_BUSY (names the process that
 * holds it). */
PW_MUST_USE pw_status pw_data_folder_open(pw_str path, pw_data_folder **out, pw_error *err);
void pw_data_folder_close(pw_data_folder *folder); /* NULL is fine */

pw_str pw_data_folder_path(const pw_data_folder *folder);

/* path/name + suffix, e.g. (folder, "STANDINGS", ".db"). Bytes of `name` that file systems or
 * SQLite's URIs take badly (/, %, control bytes, a leading dot) are written %XX. Terminated, in
 * `arena`. */
pw_str pw_data_folder_file(pw_arena *arena, pw_str folder_path, pw_str name, pw_str suffix);

#endif
