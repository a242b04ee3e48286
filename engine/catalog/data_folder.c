/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/data_folder.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file_lock.h"
#include "base/hashmap.h"
#include "base/mem.h"

enum { FILE_NAME_BYTES_MAX = 200 }; /* file systems take 255; suffixes such as .db-wal need some */

struct pw_data_folder {
    pw_arena arena;
    pw_str path;
    pw_file_lock *lock;
};

/* Creates the folder and those above it. */
static pw_status make_folders(pw_arena *arena, pw_str path, pw_error *err) {
    char *text = pw_arena_cstr(arena, path);
    for (size_t i = 1; i <= path.length; i++) {
        if (text[i] != '/' && text[i] != '\0') continue;
        char kept = text[i];
        text[i] = '\0';
        if (mkdir(text, 0755) != 0 && errno != EEXIST) {
            int code = errno;
            struct stat there;
            /* On a read-only file system EROFS comes even for a folder that is there. */
            bool is_there = stat(text, &there) == 0 && S_ISDIR(there.st_mode);
            if (!is_there) return pw_fail_errno(err, code, "create folder", pw_str_from(text));
        }
        text[i] = kept;
    }
    return PW_OK;
}

static pw_status check_folder(pw_str path, pw_error *err) {
    struct stat info;
    if (stat(path.data, &info) != 0) return pw_fail_errno(err, errno, "open folder", path);
    if (!S_ISDIR(info.st_mode)) {
        pw_fail(err, PW_IO, PW_SPAN_NONE, "%s is not a folder", path.data);
        pw_error_hint(err, "choose another data folder, or move the file away");
        return PW_IO;
    }
    if (access(path.data, R_OK | W_OK | X_OK) != 0) {
        return pw_fail_errno(err, errno, "write in folder", path);
    }
    return PW_OK;
}

static pw_status open_folder(pw_data_folder *folder, pw_str path, pw_error *err) {
    while (path.length > 1 && path.data[path.length - 1] == '/')
        path.length--;
    folder->path = pw_arena_str(&folder->arena, path.length ? path : PW_STR("."));
    PW_TRY(make_folders(&folder->arena, folder->path, err));
    PW_TRY(check_folder(folder->path, err));
    pw_str lock_path = pw_arena_format(&folder->arena, "%s/pitwall.lock", folder->path.data);
    pw_str what = pw_arena_format(&folder->arena, "data folder %s", folder->path.data);
    return pw_file_lock_take(lock_path, what.data, &folder->lock, err);
}

pw_status pw_data_folder_open(pw_str path, pw_data_folder **out, pw_error *err) {
    pw_data_folder *folder = pw_mem_zalloc(1, sizeof *folder);
    pw_arena_init(&folder->arena, 1024);
    pw_status status = open_folder(folder, path, err);
    if (status != PW_OK) {
        pw_data_folder_close(folder);
        return status;
    }
    *out = folder;
    return PW_OK;
}

void pw_data_folder_close(pw_data_folder *folder) {
    if (!folder) return;
    pw_file_lock_give(folder->lock);
    pw_arena_deinit(&folder->arena);
    pw_mem_free(folder);
}

pw_str pw_data_folder_path(const pw_data_folder *folder) {
    return folder->path;
}

static bool is_awkward(pw_str name, size_t i) {
    unsigned char c = (unsigned char)name.data[i];
    if (c < 0x20 || c == 0x7F || (c == '.' && i == 0)) return true;
    return strchr("/\\%?#:*\"<>|", c) != NULL;
}

pw_str pw_data_folder_file(pw_arena *arena, pw_str folder_path, pw_str name, pw_str suffix) {
    pw_buf file;
    pw_buf_init(&file);
    for (size_t i = 0; i < name.length; i++) {
        if (is_awkward(name, i))
            pw_buf_format(&file, "%%%02X", (unsigned char)name.data[i]);
        else
            pw_buf_add_char(&file, name.data[i]);
    }
    if (file.length > FILE_NAME_BYTES_MAX) {
        /* Cut, with a hash of the whole name so that two long names stay two files. */
        file.length = FILE_NAME_BYTES_MAX - 18;
        while (((unsigned char)file.data[file.length] & 0xC0) == 0x80)
            file.length--;
        pw_buf_format(&file, "%%%016llx",
                      (unsigned long long)pw_hash_bytes(name.data, name.length));
    }
    pw_str result = pw_arena_format(arena, "%.*s/%.*s%.*s", PW_STR_ARGS(folder_path),
                                    PW_STR_ARGS(pw_buf_str(&file)), PW_STR_ARGS(suffix));
    pw_buf_deinit(&file);
    return result;
}
