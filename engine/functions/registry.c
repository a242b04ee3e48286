/* The families of functions and the table of their names.
 *
 * Start-up only hashes the names; the signatures of a name are parsed when it is first asked for
 * and live as long as the process. Thread-safe: the table is built once, parsing holds a lock and
 * publishes its result with a release store. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/hashmap.h"
#include "functions/functions_private.h"

/* To add a family: one line here, one in functions_private.h. */
static const pw_function_family *const families[] = {
    &pw_functions_math,        &pw_functions_round,      &pw_functions_trigonometry,
    &pw_functions_extreme,     &pw_functions_random,     &pw_functions_geo,
    &pw_functions_null,        &pw_functions_string,     &pw_functions_substring,
    &pw_functions_split,       &pw_functions_encode,     &pw_functions_hash,
    &pw_functions_mask,        &pw_functions_regex,      &pw_functions_url,
    &pw_functions_json,        &pw_functions_to_json,    &pw_functions_array,
    &pw_functions_array_set,   &pw_functions_map,        &pw_functions_time,
    &pw_functions_format_time, &pw_functions_count,      &pw_functions_sum,
    &pw_functions_avg,         &pw_functions_minmax,     &pw_functions_offset,
    &pw_functions_collect,     &pw_functions_topk,       &pw_functions_distinct,
    &pw_functions_histogram,   &pw_functions_statistics, &pw_functions_table,
};

enum { FAMILY_COUNT = sizeof families / sizeof families[0] };
enum { NAMES_MAX = 256, BUCKET_COUNT = 1024, NAME_BYTES_MAX = 64 };

/* All rows of one name; they stand next to each other in their family. */
typedef struct name_group {
    pw_str name;
    const pw_function_family *family;
    uint32_t first, count;
    const pw_signature *const *_Atomic parsed;
} name_group;

static struct {
    name_group groups[NAMES_MAX];
    uint16_t buckets[BUCKET_COUNT]; /* group index + 1, 0 is empty */
    uint32_t group_count;
    uint32_t row_count;
    pthread_mutex_t lock; /* guards arena and sorted */
    pw_arena arena;
    const pw_signature **sorted;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_once_t registry_once = PTHREAD_ONCE_INIT;

static uint32_t first_bucket(pw_str name) {
    return (uint32_t)pw_hash_bytes(name.data, name.length) & (BUCKET_COUNT - 1);
}

static void add_group(const pw_function_family *family, uint32_t first, uint32_t count) {
    PW_ASSERT(registry.group_count < NAMES_MAX);
    name_group *group = &registry.groups[registry.group_count++];
    group->name = pw_signature_name(family->rows[first].signature);
    group->family = family;
    group->first = first;
    group->count = count;
    uint32_t bucket = first_bucket(group->name);
    while (registry.buckets[bucket]) {
        PW_ASSERT(!pw_str_equal(registry.groups[registry.buckets[bucket] - 1].name, group->name));
        bucket = (bucket + 1) & (BUCKET_COUNT - 1);
    }
    registry.buckets[bucket] = (uint16_t)registry.group_count;
}

static void build(void) {
    pw_arena_init(&registry.arena, 16 << 10);
    for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
        const pw_function_family *family = families[f];
        for (uint32_t row = 0; row < family->row_count;) {
            pw_str name = pw_signature_name(family->rows[row].signature);
            uint32_t end = row + 1;
            while (end < family->row_count &&
                   pw_str_equal(name, pw_signature_name(family->rows[end].signature)))
                end++;
            add_group(family, row, end - row);
            registry.row_count += end - row;
            row = end;
        }
    }
}

static name_group *find_group(pw_str name) {
    char upper[NAME_BYTES_MAX];
    if (name.length == 0 || name.length > sizeof upper) return NULL;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    pw_str wanted = {upper, name.length};
    pthread_once(&registry_once, build);
    for (uint32_t b = first_bucket(wanted); registry.buckets[b]; b = (b + 1) & (BUCKET_COUNT - 1)) {
        name_group *group = &registry.groups[registry.buckets[b] - 1];
        if (pw_str_equal(group->name, wanted)) return group;
    }
    return NULL;
}

static const pw_signature *const *parse_group(name_group *group) {
    const pw_signature **list = PW_NEW_ARRAY(&registry.arena, const pw_signature *, group->count);
    for (uint32_t i = 0; i < group->count; i++) {
        pw_signature *signature = PW_NEW(&registry.arena, pw_signature);
        bool is_good = pw_signature_parse(&registry.arena, &group->family->rows[group->first + i],
                                          group->family->category, signature);
        PW_ASSERT(is_good);
        list[i] = signature;
    }
    return list;
}

static const pw_signature *const *group_signatures(name_group *group) {
    const pw_signature *const *list = atomic_load_explicit(&group->parsed, memory_order_acquire);
    if (list) return list;
    pthread_mutex_lock(&registry.lock);
    list = atomic_load_explicit(&group->parsed, memory_order_relaxed);
    if (!list) {
        list = parse_group(group);
        atomic_store_explicit(&group->parsed, list, memory_order_release);
    }
    pthread_mutex_unlock(&registry.lock);
    return list;
}

const pw_signature *const *pw_function_signatures(pw_str name, size_t *count) {
    name_group *group = find_group(name);
    *count = group ? group->count : 0;
    return group ? group_signatures(group) : NULL;
}

bool pw_function_is_aggregate(pw_str name) {
    const name_group *group = find_group(name);
    return group && group->family->rows[group->first].aggregate;
}

bool pw_function_is_table(pw_str name) {
    const name_group *group = find_group(name);
    return group && group->family->rows[group->first].table;
}

static int compare_names(const void *a, const void *b) {
    const pw_signature *const *left = a, *const *right = b;
    int order = pw_str_compare((*left)->name, (*right)->name);
    if (order != 0) return order;
    return ((*left)->function > (*right)->function) - ((*left)->function < (*right)->function);
}

const pw_signature *const *pw_function_all(size_t *count) {
    pthread_once(&registry_once, build);
    for (uint32_t i = 0; i < registry.group_count; i++)
        (void)group_signatures(&registry.groups[i]);
    pthread_mutex_lock(&registry.lock);
    if (!registry.sorted) {
        const pw_signature **all =
            PW_NEW_ARRAY(&registry.arena, const pw_signature *, registry.row_count);
        uint32_t filled = 0;
        for (uint32_t i = 0; i < registry.group_count; i++)
            for (uint32_t j = 0; j < registry.groups[i].count; j++)
                all[filled++] = registry.groups[i].parsed[j];
        qsort(all, filled, sizeof(const pw_signature *), compare_names);
        registry.sorted = all;
    }
    pthread_mutex_unlock(&registry.lock);
    *count = registry.row_count;
    return registry.sorted;
}
