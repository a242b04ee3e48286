/* Stores: the cache in front of the file must never be told from a plain map.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state_fixture.h"

static const char absent_key[] = "never there";

static void test_find_touch_remove(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(":memory:");
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    assert_null(fixture_find(store, "a", false));
    fixture_put(store, "a", 7);
    assert_int_equal(fixture_get(store, "a"), 7);
    assert_true(pw_store_dirty_bytes(store) > 0);
    fixture_commit(state, "t", 1);
    assert_int_equal(pw_store_dirty_bytes(store), 0);
    pw_store_remove(store, fixture_find(store, "a", false));
    assert_null(fixture_find(store, "a", false));
    /* A key that comes back begins anew. */
    assert_int_equal(*(int64_t *)fixture_find(store, "a", true)->object, 0);
    pw_state_close(state);
}

/* What was created and not touched is not kept; a removed key only looked at stays removed. */
static void test_untouched_is_not_kept(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(fixture_path("untouched.db"));
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    fixture_put(store, "kept", 1);
    fixture_put(store, "gone", 2);
    fixture_find(store, "looked at", true);
    fixture_commit(state, "t", 1);
    pw_store_remove(store, fixture_find(store, "gone", false));
    fixture_find(store, "gone", true);
    fixture_commit(state, "t", 2);
    pw_state_close(state);
    state = fixture_open(&spec);
    store = fixture_store(state, 0, 0, counter_class(false, false));
    assert_int_equal(pw_store_entry_count(store), 1);
    assert_int_equal(fixture_get(store, "kept"), 1);
    pw_state_close(state);
}

static void test_reopen(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(fixture_path("reopen.db"));
    spec.task_count = 2;
    spec.store_count = 2;
    pw_state *state = fixture_open(&spec);
    for (uint32_t task = 0; task < 2; task++) {
        for (uint32_t index = 0; index < 2; index++) {
            pw_store *store = fixture_store(state, index, task, counter_class(false, index == 1));
            fixture_put(store, "k", (int64_t)(task * 10 + index));
        }
    }
    fixture_commit(state, "t", 42);
    assert_int_equal(pw_state_epoch(state), 1);
    pw_state_close(state);
    state = fixture_open(&spec);
    assert_int_equal(pw_state_epoch(state), 1);
    assert_int_equal(pw_state_offset(state, PW_STR("t"), 0), 42);
    assert_int_equal(pw_state_offset(state, PW_STR("t"), 1), -1);
    assert_int_equal(pw_state_stream_time(state, 0), 420);
    assert_int_equal(pw_state_stream_time(state, 1), INT64_MIN);
    for (uint32_t task = 0; task < 2; task++) {
        for (uint32_t index = 0; index < 2; index++) {
            pw_store *store = fixture_store(state, index, task, counter_class(false, index == 1));
            assert_int_equal(fixture_get(store, "k"), task * 10 + index);
        }
    }
    pw_state_close(state);
}

/* --- scans ------------------------------------------------------------------------------------ */

typedef struct visits {
    pw_store *store;
    pw_buf keys;
    size_t count;
    size_t stop_after;
    bool removes;
} visits;

static bool note_visit(void *opaque, pw_store_entry *entry) {
    visits *seen = opaque;
    pw_buf_add(&seen->keys, entry->key, entry->key_length);
    pw_buf_add_char(&seen->keys, ' ');
    if (seen->removes) pw_store_remove(seen->store, entry);
    return ++seen->count != seen->stop_after;
}

static void expect_scan(pw_store *store, const char *prefix, const char *keys) {
    visits seen = {.store = store};
    pw_error err = {0};
    fixture_ok(pw_store_scan(store, pw_str_from(prefix), note_visit, &seen, &err), &err);
    assert_string_equal(pw_buf_cstr(&seen.keys), keys);
    pw_buf_deinit(&seen.keys);
}

static void expect_expired(pw_store *store, int64_t before_ms, uint32_t max, const char *keys) {
    visits seen = {.store = store};
    pw_error err = {0};
    fixture_ok(pw_store_scan_expired(store, before_ms, max, note_visit, &seen, &err), &err);
    assert_string_equal(pw_buf_cstr(&seen.keys), keys);
    pw_buf_deinit(&seen.keys);
}

/* Memory over file: the file has a b c, memory changes b, removes c and adds d. A cache of one byte
 * makes the store forget everything that is clean. */
static void scan_merges(bool is_ordered, const char *name) {
    pw_state_spec spec = fixture_spec(fixture_path(name));
    spec.cache_bytes = 1;
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(is_ordered, false));
    fixture_put(store, "k/a", 1);
    fixture_put(store, "k/b", 1);
    fixture_put(store, "k/c", 1);
    fixture_put(store, "l/x", 1);
    fixture_put(store, "j/x", 1);
    fixture_commit(state, "t", 1);
    for (int i = 0; i < 3; i++)
        pw_store_trim(store);
    assert_int_equal(pw_store_entry_count(store), 0);
    expect_scan(store, "k/", "k/a k/b k/c ");
    fixture_put(store, "k/b", 2);
    pw_store_remove(store, fixture_find(store, "k/c", false));
    fixture_put(store, "k/d", 1);
    expect_scan(store, "k/", "k/a k/b k/d ");
    expect_scan(store, "", "j/x k/a k/b k/d l/x ");
    expect_scan(store, "m", "");
    /* The deletion is in a cut, not yet committed: the file still has the row. */
    pw_cut *cut = pw_state_cut(state, NULL, 0, NULL, 0);
    pw_store_trim(store);
    expect_scan(store, "k/", "k/a k/b k/d ");
    pw_error err = {0};
    fixture_ok(pw_state_commit(state, cut, &err), &err);
    pw_cut_free(state, cut);
    for (int i = 0; i < 3; i++)
        pw_store_trim(store);
    assert_int_equal(pw_store_entry_count(store), 0);
    expect_scan(store, "k/", "k/a k/b k/d ");
    visits seen = {.store = store, .stop_after = 2, .removes = true};
    fixture_ok(pw_store_scan(store, PW_STR("k/"), note_visit, &seen, &err), &err);
    assert_int_equal(seen.count, 2);
    pw_buf_deinit(&seen.keys);
    expect_scan(store, "k/", "k/d ");
    pw_state_close(state);
}

static void test_scan_merges_ordered(void **unused) {
    (void)unused;
    scan_merges(true, "scan1.db");
}
static void test_scan_merges_unordered(void **unused) {
    (void)unused;
    scan_merges(false, "scan2.db");
}

static void put_timed(pw_store *store, const char *key, int64_t time_ms) {
    pw_store_entry *entry = fixture_find(store, key, true);
    entry->time_ms = time_ms;
    pw_store_touch(store, entry);
}

static void test_scan_expired(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(fixture_path("expired.db"));
    spec.cache_bytes = 1;
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, true));
    put_timed(store, "a", -50);
    put_timed(store, "b", 20);
    put_timed(store, "c", 10);
    put_timed(store, "d", INT64_MAX);
    expect_expired(store, 20, 10, "a c ");
    expect_expired(store, 21, 10, "a c b ");
    fixture_commit(state, "t", 1);
    for (int i = 0; i < 3; i++)
        pw_store_trim(store);
    assert_int_equal(pw_store_entry_count(store), 0);
    expect_expired(store, 21, 2, "a c ");
    put_timed(store, "a", 100); /* memory says later than the file does */
    put_timed(store, "e", 5);
    expect_expired(store, 21, 10, "e c b ");
    visits seen = {.store = store, .removes = true};
    pw_error err = {0};
    fixture_ok(pw_store_scan_expired(store, 15, 10, note_visit, &seen, &err), &err);
    pw_buf_deinit(&seen.keys);
    expect_expired(store, 1000, 10, "b a ");
    fixture_commit(state, "t", 2);
    pw_state_close(state);
    spec.cache_bytes = 0;
    state = fixture_open(&spec);
    store = fixture_store(state, 0, 0, counter_class(false, true));
    expect_expired(store, 1000, 10, "b a ");
    pw_state_close(state);
}

/* --- against a plain map ----------------------------------------------------------------------*/

enum { MODEL_KEYS = 20000, MODEL_STEPS = 1000000 };

typedef struct model {
    bool is_there[MODEL_KEYS];
    int64_t values[MODEL_KEYS];
    int64_t times[MODEL_KEYS];
    size_t count;
} model;

static const char *model_key(uint64_t n) {
    static char key[64];
    /* Short and long ones: in the item and apart from it. */
    snprintf(key, sizeof key,
             n % 3 ? "key/%06u" : "key/%06u/a-longer-tail-that-needs-its-own-memory", (unsigned)n);
    return key;
}

/* Keys are not terminated. */
static unsigned model_number(const pw_store_entry *entry) {
    unsigned n = 0;
    for (int i = 4; i < 10; i++)
        n = n * 10 + (unsigned)(entry->key[i] - '0');
    return n;
}

typedef struct model_scan {
    const model *expected;
    size_t seen;
    unsigned last;
} model_scan;

static bool check_visit(void *opaque, pw_store_entry *entry) {
    model_scan *scan = opaque;
    unsigned n = model_number(entry);
    assert_true(n < MODEL_KEYS);
    assert_true(scan->seen == 0 || n > scan->last);
    assert_true(scan->expected->is_there[n]);
    assert_int_equal(*(int64_t *)entry->object, scan->expected->values[n]);
    scan->last = n;
    scan->seen++;
    return true;
}

static void compare_with_model(pw_store *store, const model *expected) {
    model_scan scan = {.expected = expected};
    pw_error err = {0};
    fixture_ok(pw_store_scan(store, PW_STR("key/"), check_visit, &scan, &err), &err);
    assert_int_equal(scan.seen, expected->count);
}

static void model_step(pw_store *store, model *expected, uint64_t *seed) {
    uint64_t random = fixture_random(seed);
    uint64_t n = (random >> 8) % MODEL_KEYS;
    if (random % 4 == 0) n %= 64; /* some keys are hot */
    const char *key = model_key(n);
    pw_store_entry *entry = fixture_find(store, key, random % 16 < 8);
    if (random % 16 >= 8 && !expected->is_there[n]) assert_null(entry);
    if (expected->is_there[n]) {
        assert_non_null(entry);
        assert_int_equal(*(int64_t *)entry->object, expected->values[n]);
        assert_int_equal(entry->time_ms, expected->times[n]);
    }
    if (!entry) return;
    if (random % 16 < 6) {
        if (!expected->is_there[n]) expected->count++;
        expected->is_there[n] = true;
        *(int64_t *)entry->object = expected->values[n] = (int64_t)(random >> 20);
        entry->time_ms = expected->times[n] = (int64_t)(random >> 40);
        pw_store_touch(store, entry);
    } else if (random % 16 < 9 && expected->is_there[n]) {
        pw_store_remove(store, entry);
        expected->is_there[n] = false;
        expected->count--;
    } else if (!expected->is_there[n]) {
        pw_store_remove(store, entry); /* made by find, not wanted */
    }
}

typedef struct expiry {
    model *expected;
    pw_store *store;
    int64_t before_ms;
    int64_t last_ms;
    size_t count;
} expiry;

static bool expire_visit(void *opaque, pw_store_entry *entry) {
    expiry *run = opaque;
    unsigned n = model_number(entry);
    assert_true(run->expected->is_there[n]);
    assert_int_equal(entry->time_ms, run->expected->times[n]);
    assert_true(entry->time_ms < run->before_ms && entry->time_ms >= run->last_ms);
    run->last_ms = entry->time_ms;
    pw_store_remove(run->store, entry);
    run->expected->is_there[n] = false;
    run->expected->count--;
    run->count++;
    return true;
}

static void expire_some(pw_store *store, model *expected, int64_t before_ms) {
    expiry run = {expected, store, before_ms, INT64_MIN, 0};
    pw_error err = {0};
    fixture_ok(pw_store_scan_expired(store, before_ms, 50, expire_visit, &run, &err), &err);
    if (run.count == 50) return;
    for (unsigned n = 0; n < MODEL_KEYS; n++) {
        assert_false(expected->is_there[n] && expected->times[n] < before_ms);
    }
}

/* Random operations with a cache far too small, cuts that stay under way for a while, reopening. */
static void test_against_model(void **unused) {
    (void)unused;
    model *expected = calloc(1, sizeof *expected);
    uint64_t seed = 20210328;
    pw_state_spec spec = fixture_spec(fixture_path("model.db"));
    spec.cache_bytes = 200000;
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(true, true));
    pw_cut *cut = NULL;
    pw_error err = {0};
    for (int step = 1; step <= MODEL_STEPS; step++) {
        model_step(store, expected, &seed);
        if (step % 64 == 0) pw_store_trim(store);
        if (step % 1500 == 0 && !cut) cut = pw_state_cut(state, NULL, 0, NULL, 0);
        if (step % 2200 == 0 && cut) {
            fixture_ok(pw_state_commit(state, cut, &err), &err);
            pw_cut_free(state, cut);
            cut = NULL;
        }
        if (step % 25000 == 0) expire_some(store, expected, 100 + step / 10);
        if (step % 100000 == 0) compare_with_model(store, expected);
        if (step % 250000 != 0) continue;
        if (cut) fixture_ok(pw_state_commit(state, cut, &err), &err);
        if (cut) pw_cut_free(state, cut);
        cut = NULL;
        fixture_commit(state, "t", step);
        pw_state_close(state);
        state = fixture_open(&spec);
        store = fixture_store(state, 0, 0, counter_class(true, true));
        compare_with_model(store, expected);
    }
    assert_null(fixture_find(store, absent_key, false));
    pw_cut_free(state, cut);
    pw_state_close(state);
    free(expected);
}

/* The hash table grows while entries come and go; nothing may be lost on the way. */
static void test_growth(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(":memory:");
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    char key[32];
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "%d", i);
        fixture_put(store, key, i);
        if (i % 3 == 0) {
            snprintf(key, sizeof key, "%d", i / 2);
            pw_store_entry *entry = fixture_find(store, key, false);
            if (entry) pw_store_remove(store, entry);
        }
        if (i % 10007 == 0) fixture_commit(state, "t", i + 1);
    }
    fixture_commit(state, "t", 1000000);
    fixture_commit(state, "t", 1000001);
    size_t count = 0;
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "%d", i);
        int64_t value = fixture_get(store, key);
        if (value == INT64_MIN) continue;
        assert_int_equal(value, i);
        count++;
    }
    assert_int_equal(count, pw_store_entry_count(store));
    pw_state_close(state);
}

static void test_damaged_row(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(fixture_path("damaged_row.db"));
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    fixture_put(store, "a", 1);
    fixture_commit(state, "t", 1);
    pw_error err = {0};
    fixture_ok(pw_state_run_sql(state, PW_STR("UPDATE pitwall_store_0 SET value = x'00'"), &err),
               &err);
    pw_state_close(state);
    state = fixture_open(&spec);
    pw_store_class counters = counter_class(false, false);
    assert_int_equal(pw_store_open(state, 0, 0, &counters, &store, &err), PW_CORRUPT);
    assert_non_null(strstr(err.message, "damaged_row.db is damaged"));
    pw_state_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_touch_remove),
        cmocka_unit_test(test_untouched_is_not_kept),
        cmocka_unit_test(test_reopen),
        cmocka_unit_test(test_scan_merges_ordered),
        cmocka_unit_test(test_scan_merges_unordered),
        cmocka_unit_test(test_scan_expired),
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_damaged_row),
    };
    return cmocka_run_group_tests_name("store", tests, fixture_make_folder, fixture_remove_folder);
}
