/* Runs golden files: golden [--update] [--way "NAME ..."] [--root DIR] [--pitwall BINARY]
 * FILE|FOLDER... SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

typedef struct totals {
    golden_options options;
    pw_str way;
    int file_count, run_count, failed_count;
} totals;

static bool is_wanted(const totals *all, const golden_file *file, const golden_way *way) {
    if (all->options.is_update) return way == &golden_ways[0];
    return golden_way_is_named(way, file->ways) && golden_way_is_named(way, all->way);
}

static void run_file(totals *all, const char *path) {
    golden_file file;
    bool is_ok = golden_file_read(&file, path);
    all->file_count++;
    all->failed_count += !is_ok;
    if (is_ok && file.needs_data && !all->options.data) {
        printf("%s: left out, it needs the race data (PITWALL_TEST_SHARED)\n", path);
        is_ok = false;
    }
    for (size_t i = 0; is_ok && i < golden_way_count; i++) {
        if (!is_wanted(all, &file, &golden_ways[i])) continue;
        bool has_passed = golden_run(&file, &golden_ways[i], &all->options);
        all->run_count++;
        all->failed_count += !has_passed;
        if (all->options.is_update && has_passed) golden_file_update(&file);
        if (all->options.is_verbose)
            printf("%-6s %s (%s)\n", has_passed ? "ok" : "FAILED", path, golden_ways[i].name);
    }
    golden_file_close(&file);
}

static int is_test(const struct dirent *entry) {
    return pw_str_ends_with(pw_str_from(entry->d_name), PW_STR(".test"));
}

static void run_path(totals *all, const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, is_test, alphasort);
    if (count < 0) {
        run_file(all, path);
        return;
    }
    for (int i = 0; i < count; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        run_file(all, file);
        free(entries[i]);
    }
    free(entries);
}

static const char *find_data(void) {
    static char folder[4096];
    const char *shared = getenv("PITWALL_TEST_SHARED");
    if (!shared) return NULL;
    snprintf(folder, sizeof folder, "%s/data/f1", shared);
    DIR *there = opendir(folder);
    if (there) closedir(there);
    return there ? folder : NULL;
}

int main(int argc, char **argv) {
    totals all = {.options = {.root = ".", .pitwall = "pitwall", .data = find_data()}};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--update") == 0) {
            all.options.is_update = true;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            all.options.is_verbose = true;
        } else if (strcmp(argv[i], "--way") == 0) {
            all.way = pw_str_from(value);
            i++;
        } else if (strcmp(argv[i], "--root") == 0) {
            all.options.root = value;
            i++;
        } else if (strcmp(argv[i], "--pitwall") == 0) {
            all.options.pitwall = value;
            i++;
        } else {
            run_path(&all, argv[i]);
        }
    }
    printf("%d files, %d runs, %d failed\n", all.file_count, all.run_count, all.failed_count);
    return all.failed_count == 0 && all.file_count > 0 ? 0 : 1;
}
