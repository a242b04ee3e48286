/* Sources of the catalog: streams and tables by name, and who reads and writes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/mem.h"
#include "catalog/catalog.h"
#include "catalog/catalog_private.h"

const char *pw_window_kind_text(pw_window_kind kind) {
    switch (kind) {
    case PW_WINDOW_NONE: return "";
    case PW_WINDOW_TUMBLING: return "TUMBLING";
    case PW_WINDOW_HOPPING: return "HOPPING";
    case PW_WINDOW_SESSION: return "SESSION";
    }
    return "";
}

static pw_source_slot *find_slot(const pw_catalog *catalog, pw_str name) {
    return pw_hashmap_get(&catalog->source_by_name, name);
}

/* A slot begins with its source. */
static pw_source_slot *slot_at(const pw_catalog *catalog, size_t i) {
    return (pw_source_slot *)(uintptr_t)catalog->sources[i];
}

/* --- copies ---------------------------------------------------------------------------------- */

static void copy_format(pw_arena *arena, pw_source_format *format) {
    format->name = pw_arena_str(arena, format->name);
    format->schema_full_name = pw_arena_str(arena, format->schema_full_name);
    format->nullable_representation = pw_arena_str(arena, format->nullable_representation);
}

/* Takes the content of `from` and keeps who reads and writes the slot. */
static void fill_slot(pw_source_slot *slot, const pw_source *from) {
    pw_source old = slot->source;
    pw_source *to = &slot->source;
    pw_arena *arena = &slot->arena;
    *to = *from;
    to->name = pw_arena_str(arena, from->name);
    to->schema = pw_schema_copy(arena, &from->schema);
    to->topic = pw_arena_str(arena, from->topic);
    copy_format(arena, &to->key_format);
    copy_format(arena, &to->value_format);
    to->timestamp_column = pw_arena_str(arena, from->timestamp_column);
    to->timestamp_format = pw_arena_str(arena, from->timestamp_format);
    to->on_error_topic = pw_arena_str(arena, from->on_error_topic);
    to->query_id = pw_arena_str(arena, from->query_id);
    to->state_path = pw_arena_str(arena, from->state_path);
    to->statement = pw_arena_str(arena, from->statement);
    to->readers = old.readers;
    to->reader_count = old.reader_count;
    to->writers = old.writers;
    to->writer_count = old.writer_count;
}

static void free_slot(pw_source_slot *slot) {
    pw_mem_free(slot->readers);
    pw_mem_free(slot->writers);
    pw_arena_deinit(&slot->arena);
    pw_mem_free(slot);
}

void pw_catalog_sources_free(pw_catalog *catalog) {
    for (size_t i = 0; i < catalog->source_count; i++)
        free_slot(slot_at(catalog, i));
    pw_mem_free(catalog->sources);
}

/* --- adding and finding ---------------------------------------------------------------------- */

static const char *kind_word(const pw_source *source) {
    return source->is_table ? "table" : "stream";
}

pw_status pw_catalog_source_add(pw_catalog *catalog, const pw_source *source, const pw_source **out,
                                pw_error *err) {
    const pw_source_slot *taken = find_slot(catalog, source->name);
    if (taken) {
        return pw_fail(err, PW_EXISTS, PW_SPAN_NONE,
                       "Cannot add %s '%.*s': A %s with the same name already exists",
                       kind_word(source), PW_STR_ARGS(source->name), kind_word(&taken->source));
    }
    pw_source_slot *slot = pw_mem_zalloc(1, sizeof *slot);
    pw_arena_init(&slot->arena, 4096);
    fill_slot(slot, source);
    if (catalog->source_count == catalog->source_capacity) {
        catalog->source_capacity = catalog->source_capacity ? catalog->source_capacity * 2 : 16;
        catalog->sources =
            pw_mem_realloc(catalog->sources, catalog->source_capacity * sizeof *catalog->sources);
    }
    catalog->sources[catalog->source_count++] = &slot->source;
    pw_hashmap_put(&catalog->source_by_name, slot->source.name, slot);
    if (out) *out = &slot->source;
    return PW_OK;
}

pw_status pw_catalog_source_replace(pw_catalog *catalog, const pw_source *source, pw_error *err) {
    const pw_source *old = NULL;
    PW_TRY(pw_catalog_source_get(catalog, source->name, PW_SPAN_NONE, &old, err));
    fill_slot(find_slot(catalog, source->name), source);
    return PW_OK;
}

const pw_source *pw_catalog_source_find(const pw_catalog *catalog, pw_str name) {
    const pw_source_slot *slot = find_slot(catalog, name);
    return slot ? &slot->source : NULL;
}

pw_status pw_catalog_source_get(const pw_catalog *catalog, pw_str name, pw_span at,
                                const pw_source **out, pw_error *err) {
    *out = pw_catalog_source_find(catalog, name);
    if (*out) return PW_OK;
    pw_fail(err, PW_UNKNOWN, at, "%.*s does not exist.", PW_STR_ARGS(name));
    pw_str *names = pw_mem_alloc((catalog->source_count + 1) * sizeof *names);
    for (size_t i = 0; i < catalog->source_count; i++)
        names[i] = catalog->sources[i]->name;
    pw_str nearest = pw_nearest(name, names, catalog->source_count);
    if (nearest.length > 0) pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    pw_mem_free(names);
    return PW_UNKNOWN;
}

const pw_source *const *pw_catalog_sources(const pw_catalog *catalog, size_t *count) {
    *count = catalog->source_count;
    return catalog->sources;
}

/* --- dropping -------------------------------------------------------------------------------- */

/* "[A, B]" of the queries that are not `own`; how many there are. */
static size_t list_others(const pw_str *ids, uint32_t count, pw_str own, pw_buf *out) {
    size_t listed = 0;
    pw_buf_add_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (pw_str_equal(ids[i], own)) continue;
        if (listed++ > 0) pw_buf_add_literal(out, ", ");
        pw_buf_add_str(out, ids[i]);
    }
    pw_buf_add_char(out, ']');
    return listed;
}

static pw_status check_unused(const pw_source *source, pw_error *err) {
    pw_buf readers;
    pw_buf writers;
    pw_buf_init(&readers);
    pw_buf_init(&writers);
    size_t used = list_others(source->readers, source->reader_count, source->query_id, &readers) +
                  list_others(source->writers, source->writer_count, source->query_id, &writers);
    if (used > 0) {
        pw_fail(err, PW_INVALID, PW_SPAN_NONE,
                "Cannot drop %.*s.\nThe following queries read from this source: %s.\n"
                "The following queries write into this source: %s.\n"
                "You need to terminate them before dropping %.*s.",
                PW_STR_ARGS(source->name), pw_buf_cstr(&readers), pw_buf_cstr(&writers),
                PW_STR_ARGS(source->name));
    }
    pw_buf_deinit(&readers);
    pw_buf_deinit(&writers);
    return used > 0 ? PW_INVALID : PW_OK;
}

pw_status pw_catalog_source_drop(pw_catalog *catalog, pw_str name, pw_error *err) {
    const pw_source *source = NULL;
    PW_TRY(pw_catalog_source_get(catalog, name, PW_SPAN_NONE, &source, err));
    PW_TRY(check_unused(source, err));
    pw_source_slot *slot = pw_hashmap_remove(&catalog->source_by_name, name);
    size_t at = 0;
    while (catalog->sources[at] != source)
        at++;
    catalog->source_count--;
    memmove(catalog->sources + at, catalog->sources + at + 1,
            (catalog->source_count - at) * sizeof *catalog->sources);
    free_slot(slot);
    return PW_OK;
}

/* --- readers and writers --------------------------------------------------------------------- */

static uint32_t find_id(const pw_str *ids, uint32_t count, pw_str id) {
    uint32_t i = 0;
    while (i < count && !pw_str_equal(ids[i], id))
        i++;
    return i;
}

static void add_id(pw_arena *arena, pw_str **ids, uint32_t *count, pw_str id) {
    if (find_id(*ids, *count, id) < *count) return;
    *ids = pw_mem_realloc(*ids, ((size_t)*count + 1) * sizeof **ids);
    (*ids)[(*count)++] = pw_arena_str(arena, id);
}

static void remove_id(pw_str *ids, uint32_t *count, pw_str id) {
    uint32_t at = find_id(ids, *count, id);
    if (at == *count) return;
    (*count)--;
    memmove(ids + at, ids + at + 1, (*count - at) * sizeof *ids);
}

void pw_source_reader_add(pw_catalog *catalog, pw_str source, pw_str query_id) {
    pw_source_slot *slot = find_slot(catalog, source);
    if (!slot) return;
    add_id(&slot->arena, &slot->readers, &slot->source.reader_count, query_id);
    slot->source.readers = slot->readers;
}

void pw_source_reader_remove(pw_catalog *catalog, pw_str source, pw_str query_id) {
    pw_source_slot *slot = find_slot(catalog, source);
    if (slot) remove_id(slot->readers, &slot->source.reader_count, query_id);
}

void pw_source_writer_add(pw_catalog *catalog, pw_str source, pw_str query_id) {
    pw_source_slot *slot = find_slot(catalog, source);
    if (!slot) return;
    add_id(&slot->arena, &slot->writers, &slot->source.writer_count, query_id);
    slot->source.writers = slot->writers;
}

void pw_source_writer_remove(pw_catalog *catalog, pw_str source, pw_str query_id) {
    pw_source_slot *slot = find_slot(catalog, source);
    if (slot) remove_id(slot->writers, &slot->source.writer_count, query_id);
}

void pw_catalog_query_forget(pw_catalog *catalog, pw_str query_id) {
    for (size_t i = 0; i < catalog->source_count; i++) {
        pw_source_slot *slot = slot_at(catalog, i);
        remove_id(slot->readers, &slot->source.reader_count, query_id);
        remove_id(slot->writers, &slot->source.writer_count, query_id);
    }
}
