/* Figures of engine/state: hits, misses, cuts, commits. Usage: bench_state [folder]
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "state/state.h"

typedef struct totals {
    int64_t count;
    double sum;
} totals;

static void totals_init(void *opaque, void *object) {
    (void)opaque;
    memset(object, 0, sizeof(totals));
}
static bool totals_decode(void *opaque, void *object, pw_str bytes) {
    (void)opaque;
    if (bytes.length != sizeof(totals)) return false;
    memcpy(object, bytes.data, sizeof(totals));
    return true;
}
static void totals_encode(void *opaque, const void *object, pw_buf *out) {
    (void)opaque;
    pw_buf_add(out, object, sizeof(totals));
}
static const pw_store_class totals_class = {.object_bytes = sizeof(totals),
                                            .init = totals_init,
                                            .decode = totals_decode,
                                            .encode = totals_encode};

static uint64_t random_state = 1;
static uint64_t next_random(void) {
    random_state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void check(pw_status status, const pw_error *err) {
    if (status == PW_OK) return;
    fprintf(stderr, "bench_state: %s\n", err->message);
    abort();
}

static void remove_files(const char *path) {
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[512];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static pw_state *open_state(const char *path, size_t cache_bytes, const pw_schema *schema) {
    pw_state_spec spec = {.path = pw_str_from(path),
                          .query_id = PW_STR("BENCH"),
                          .fingerprint = PW_STR("bench"),
                          .task_count = 1,
                          .store_count = schema ? 0 : 1,
                          .table_name = schema ? PW_STR("BENCH") : PW_STR_EMPTY,
                          .table_schema = schema,
                          .cache_bytes = cache_bytes};
    pw_error err = {0};
    pw_state *state = NULL;
    check(pw_state_open(&spec, &state, &err), &err);
    return state;
}

static size_t make_key(char *key, uint64_t n) {
    memcpy(key, "driver-0000000000000000", 23);
    for (int i = 22; n > 0; i--, n /= 10)
        key[i] = (char)('0' + n % 10);
    return 23;
}

/* One batch: encode the key, hash, find, change, touch. */
static void change(pw_store *store, uint64_t n) {
    char key[32];
    size_t length = make_key(key, n);
    pw_store_entry *entry = NULL;
    pw_error err = {0};
    check(
        pw_store_find(store, (pw_str){key, length}, pw_hash_bytes(key, length), true, &entry, &err),
        &err);
    totals *object = entry->object;
    object->count++;
    object->sum += (double)n;
    pw_store_touch(store, entry);
}

enum { PREFETCH_KEYS = 32 };

static double find_ns(pw_store *store, const uint64_t *numbers, size_t count, bool touches,
                      bool prefetches) {
    /* Keys are made before the clock starts: only hash, find and change are measured. */
    char(*keys)[24] = pw_mem_alloc(count * sizeof *keys);
    for (size_t i = 0; i < count; i++)
        make_key(keys[i], numbers[i]);
    pw_error err = {0};
    int64_t start = pw_clock_mono_ns();
    uint64_t hashes[PREFETCH_KEYS];
    for (size_t i = 0; i < count; i++) {
        size_t ahead = i % PREFETCH_KEYS;
        for (size_t k = 0; ahead == 0 && k < PREFETCH_KEYS; k++) {
            hashes[k] = pw_hash_bytes(keys[i + k < count ? i + k : i], 23);
        }
        if (prefetches && ahead == 0) pw_store_prefetch(store, hashes, PREFETCH_KEYS);
        pw_store_entry *entry = NULL;
        check(pw_store_find(store, (pw_str){keys[i], 23}, hashes[ahead], true, &entry, &err), &err);
        ((totals *)entry->object)->count++;
        if (touches) pw_store_touch(store, entry);
    }
    double ns = (double)(pw_clock_mono_ns() - start) / (double)count;
    pw_mem_free(keys);
    return ns;
}

static void bench_commit(pw_state *state, const char *what, int64_t offset) {
    pw_cut_offset next = {PW_STR("laps"), 0, offset};
    pw_error err = {0};
    int64_t start = pw_clock_mono_ns();
    pw_cut *cut = pw_state_cut(state, &next, 1, NULL, 0);
    int64_t cut_end = pw_clock_mono_ns();
    check(pw_state_commit(state, cut, &err), &err);
    int64_t end = pw_clock_mono_ns();
    double rows = (double)pw_cut_row_count(cut);
    printf("%-28s %8.0f rows: cut %5.1f ns/row, commit %8.0f rows/s\n", what, rows,
           (double)(cut_end - start) / rows, rows * 1e9 / (double)(end - cut_end));
    pw_cut_free(state, cut);
}

static void bench_hits(const char *path, size_t key_count) {
    remove_files(path);
    pw_state *state = open_state(path, (size_t)4 << 30, NULL);
    pw_store *store = NULL;
    pw_error err = {0};
    check(pw_store_open(state, 0, 0, &totals_class, &store, &err), &err);
    int64_t start = pw_clock_mono_ns();
    for (size_t i = 0; i < key_count; i++)
        change(store, i);
    printf("%8zu keys: insert %6.1f ns", key_count,
           (double)(pw_clock_mono_ns() - start) / (double)key_count);
    enum { FINDS = 2000000 };
    uint64_t *numbers = pw_mem_alloc(FINDS * sizeof *numbers);
    for (size_t i = 0; i < FINDS; i++)
        numbers[i] = next_random() % key_count;
    double plain = find_ns(store, numbers, FINDS, false, false);
    double ahead = find_ns(store, numbers, FINDS, false, true);
    printf(", hit %6.1f ns, prefetched %6.1f ns, with touch %6.1f ns\n", plain, ahead,
           find_ns(store, numbers, FINDS, true, false));
    pw_mem_free(numbers);
    bench_commit(state, "store, first commit", 1);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < key_count / 10; i++)
            change(store, next_random() % key_count);
        bench_commit(state, "store, a tenth changed", round + 2);
    }
    for (size_t i = 0; i < key_count; i++)
        change(store, i);
    bench_commit(state, "store, all changed", 10);
    pw_state_close(state);
}

/* A million keys in the file, room for a fraction of them. */
static void bench_misses(const char *path) {
    pw_state *state = open_state(path, 4 << 20, NULL);
    pw_store *store = NULL;
    pw_error err = {0};
    check(pw_store_open(state, 0, 0, &totals_class, &store, &err), &err);
    enum { FINDS = 200000 };
    uint64_t *numbers = pw_mem_alloc(FINDS * sizeof *numbers);
    for (size_t i = 0; i < FINDS; i++)
        numbers[i] = next_random() % 1000000;
    int64_t start = pw_clock_mono_ns();
    for (size_t i = 0; i < FINDS; i += 1000) {
        find_ns(store, numbers + i, 1000, false, false);
        pw_store_trim(store);
    }
    printf("miss, one in a million keys: %6.1f ns\n",
           (double)(pw_clock_mono_ns() - start) / (double)FINDS);
    pw_mem_free(numbers);
    pw_state_close(state);
}

enum { TABLE_ROWS = 1000000 };

static void apply_rows(pw_table *table, pw_arena *arena, const pw_schema *schema, size_t first,
                       size_t count, bool is_random) {
    pw_error err = {0};
    for (size_t done = 0; done < count; done += PW_BATCH_ROWS_MAX) {
        pw_arena_reset(arena);
        uint32_t rows =
            (uint32_t)(count - done < PW_BATCH_ROWS_MAX ? count - done : PW_BATCH_ROWS_MAX);
        pw_batch *batch = pw_batch_new(arena, schema->column_count, rows);
        for (uint32_t r = 0; r < rows; r++) {
            uint64_t n = is_random ? next_random() % TABLE_ROWS : first + done + r;
            char *name = pw_arena_alloc(arena, 32);
            batch->columns[0].slots[r] = pw_slot_i64(1950 + (int64_t)(n % 75));
            batch->columns[1].slots[r] = pw_slot_text(name, make_key(name, n));
            batch->columns[2].slots[r] = pw_slot_i64((int64_t)n);
            batch->columns[3].slots[r] = pw_slot_f64((double)n / 3);
            batch->rowtime[r] = (int64_t)n;
            batch->selection[r] = r;
        }
        batch->row_count = batch->selected_count = rows;
        check(pw_table_apply(table, batch, &err), &err);
    }
}

static void bench_table(const char *path, size_t rows_per_commit) {
    static const pw_column columns[] = {
        {.name = {"SEASON", 6}, .type = &pw_type_integer, .kind = PW_COLUMN_KEY},
        {.name = {"DRIVER", 6}, .type = &pw_type_string, .kind = PW_COLUMN_KEY},
        {.name = {"POINTS", 6}, .type = &pw_type_bigint, .kind = PW_COLUMN_VALUE},
        {.name = {"SHARE", 5}, .type = &pw_type_double, .kind = PW_COLUMN_VALUE},
    };
    pw_schema schema = {columns, 4};
    remove_files(path);
    pw_state *state = open_state(path, 0, &schema);
    pw_table *table = NULL;
    pw_error err = {0};
    check(pw_table_open(state, 0, &table, &err), &err);
    pw_arena arena;
    pw_arena_init(&arena, 0);
    int64_t apply = 0;
    int64_t total = pw_clock_mono_ns();
    for (size_t first = 0; first < TABLE_ROWS; first += rows_per_commit) {
        int64_t start = pw_clock_mono_ns();
        apply_rows(table, &arena, &schema, first, rows_per_commit, true);
        apply += pw_clock_mono_ns() - start;
        bench_commit(state, "table, random upserts", (int64_t)first);
    }
    total = pw_clock_mono_ns() - total - apply;
    printf("table, %zu per commit: apply %.0f ns/row, commits %.0f rows/s in all\n",
           rows_per_commit, (double)apply / TABLE_ROWS, TABLE_ROWS * 1e9 / (double)total);
    pw_arena_deinit(&arena);
    pw_state_close(state);
    remove_files(path);
}

int main(int argc, char **argv) {
    char path[256];
    snprintf(path, sizeof path, "%s/bench_state.db", argc > 1 ? argv[1] : "/tmp");
    bench_hits(path, 1000);
    bench_hits(path, 100000);
    bench_hits(path, 1000000);
    bench_misses(path);
    remove_files(path);
    bench_table(path, 100000);
    bench_table(path, 500000);
    return 0;
}
