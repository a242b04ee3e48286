/* Opening and closing the catalog, and custom types. SPDX-License-Identifier: Apache-2.0 */
#include "catalog/catalog.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "catalog/catalog_private.h"

pw_status pw_catalog_open(pw_str path, bool is_read_only, pw_catalog **out, pw_error *err) {
    pw_catalog *catalog = pw_mem_zalloc(1, sizeof *catalog);
    pw_arena_init(&catalog->arena, 0);
    pw_hashmap_init(&catalog->source_by_name);
    pw_hashmap_init(&catalog->types);
    catalog->path = pw_arena_cstr(&catalog->arena, path);
    catalog->is_read_only = is_read_only;
    pw_status status = pw_catalog_log_open(catalog, err);
    if (status != PW_OK) {
        pw_catalog_close(catalog);
        return status;
    }
    *out = catalog;
    return PW_OK;
}

void pw_catalog_close(pw_catalog *catalog) {
    if (!catalog) return;
    pw_catalog_log_rollback(catalog);
    sqlite3_close(catalog->db);
    pw_catalog_sources_free(catalog);
    pw_hashmap_deinit(&catalog->source_by_name);
    pw_hashmap_deinit(&catalog->types);
    pw_arena_deinit(&catalog->arena);
    pw_mem_free(catalog);
}

/* --- custom types --------------------------------------------------------------------------- */

pw_status pw_catalog_type_add(pw_catalog *catalog, pw_str name, const pw_type *type,
                              int64_t entry_id, pw_error *err) {
    if (pw_hashmap_get(&catalog->types, name)) {
        return pw_fail(err, PW_EXISTS, PW_SPAN_NONE,
                       "Cannot register custom type '%.*s' since it is already registered",
                       PW_STR_ARGS(name));
    }
    pw_custom_type *custom = PW_NEW(&catalog->arena, pw_custom_type);
    custom->name = pw_arena_str(&catalog->arena, name);
    custom->type = pw_type_copy(&catalog->arena, type);
    custom->entry_id = entry_id;
    pw_hashmap_put(&catalog->types, custom->name, custom);
    return PW_OK;
}

const pw_custom_type *pw_catalog_type_find(const pw_catalog *catalog, pw_str name) {
    return pw_hashmap_get(&catalog->types, name);
}

static int compare_types(const void *a, const void *b) {
    const pw_custom_type *const *x = a;
    const pw_custom_type *const *y = b;
    return pw_str_compare((*x)->name, (*y)->name);
}

const pw_custom_type **pw_catalog_types(const pw_catalog *catalog, pw_arena *arena, size_t *count) {
    const pw_hashmap *map = &catalog->types;
    const pw_custom_type **list = PW_NEW_ARRAY(arena, const pw_custom_type *, map->count + 1);
    *count = 0;
    for (size_t i = 0; i < map->entry_count; i++) {
        if (!map->entries[i].is_removed) list[(*count)++] = map->entries[i].value;
    }
    if (*count > 1) qsort(list, *count, sizeof *list, compare_types);
    return list;
}

void pw_catalog_type_map(const pw_catalog *catalog, pw_hashmap *out) {
    const pw_hashmap *map = &catalog->types;
    pw_hashmap_init(out);
    for (size_t i = 0; i < map->entry_count; i++) {
        if (map->entries[i].is_removed) continue;
        const pw_custom_type *type = map->entries[i].value;
        union {
            const pw_type *read_only;
            void *value;
        } entry = {.read_only = type->type};
        pw_hashmap_put(out, type->name, entry.value);
    }
}

pw_status pw_catalog_type_drop(pw_catalog *catalog, pw_str name, pw_error *err) {
    if (pw_hashmap_remove(&catalog->types, name)) return PW_OK;
    pw_fail(err, PW_UNKNOWN, PW_SPAN_NONE, "Type %.*s does not exist.", PW_STR_ARGS(name));
    pw_arena arena;
    pw_arena_init(&arena, 0);
    size_t count = 0;
    const pw_custom_type **types = pw_catalog_types(catalog, &arena, &count);
    pw_str *names = PW_NEW_ARRAY(&arena, pw_str, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = types[i]->name;
    pw_str nearest = pw_nearest(name, names, count);
    if (nearest.length > 0) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    pw_arena_deinit(&arena);
    return PW_UNKNOWN;
}
