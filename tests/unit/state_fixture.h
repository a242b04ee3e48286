/* What the tests of engine/state share: a folder of their own, a spec, and a store of counters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_FIXTURE_H
#define STATE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hashmap.h"
#include "state/state.h"

static char fixture_folder[64];

static inline int fixture_make_folder(void **unused) {
    (void)unused;
    snprintf(fixture_folder, sizeof fixture_folder, "/tmp/pw_state_XXXXXX");
    return mkdtemp(fixture_folder) ? 0 : -1;
}

static inline int fixture_remove_folder(void **unused) {
    (void)unused;
    char command[192];
    snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", fixture_folder, fixture_folder);
    return system(command);
}

/* A path in the folder; static storage of a few calls. */
static inline const char *fixture_path(const char *name) {
    static char paths[8][128];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", fixture_folder, name);
    return path;
}

static inline pw_state_spec fixture_spec(const char *path) {
    return (pw_state_spec){.path = pw_str_from(path),
                           .query_id = PW_STR("CTAS_T_1"),
                           .statement = PW_STR("CREATE TABLE T AS SELECT 1"),
                           .fingerprint = PW_STR("f1"),
                           .task_count = 1,
                           .store_count = 1,
                           .cache_bytes = 64 << 20};
}

/* Fails the test with the error's text. */
static inline void fixture_ok(pw_status status, const pw_error *err) {
    if (status != PW_OK) fail_msg("%s: %s", pw_status_name(status), err->message);
}

static inline pw_state *fixture_open(const pw_state_spec *spec) {
    pw_error err = {0};
    pw_state *state = NULL;
    fixture_ok(pw_state_open(spec, &state, &err), &err);
    return state;
}

static inline void fixture_commit(pw_state *state, const char *topic, int64_t offset) {
    pw_error err = {0};
    pw_cut_offset next = {pw_str_from(topic), 0, offset};
    int64_t time_ms = offset * 10;
    pw_cut *cut = pw_state_cut(state, &next, 1, &time_ms, 1);
    fixture_ok(pw_state_commit(state, cut, &err), &err);
    pw_cut_free(state, cut);
}

/* --- a store of counters -------------------------------------------------------------------- */

static inline void counter_init(void *opaque, void *object) {
    (void)opaque;
    *(int64_t *)object = 0;
}
static inline bool counter_decode(void *opaque, void *object, pw_str bytes) {
    (void)opaque;
    if (bytes.length != sizeof(int64_t)) return false;
    memcpy(object, bytes.data, sizeof(int64_t));
    return true;
}
static inline void counter_encode(void *opaque, const void *object, pw_buf *out) {
    (void)opaque;
    pw_buf_add(out, object, sizeof(int64_t));
}

static inline pw_store_class counter_class(bool is_ordered, bool has_time) {
    return (pw_store_class){.object_bytes = sizeof(int64_t),
                            .init = counter_init,
                            .decode = counter_decode,
                            .encode = counter_encode,
                            .is_ordered = is_ordered,
                            .has_time = has_time};
}

static inline pw_store *fixture_store(pw_state *state, uint32_t index, uint32_t task,
                                      pw_store_class store_class) {
    pw_error err = {0};
    pw_store *store = NULL;
    fixture_ok(pw_store_open(state, index, task, &store_class, &store, &err), &err);
    return store;
}

static inline pw_store_entry *fixture_find(pw_store *store, const char *key, bool create) {
    pw_error err = {0};
    pw_store_entry *entry = NULL;
    size_t length = strlen(key);
    fixture_ok(pw_store_find(store, (pw_str){key, length}, pw_hash_bytes(key, length), create,
                             &entry, &err),
               &err);
    return entry;
}

static inline void fixture_put(pw_store *store, const char *key, int64_t value) {
    pw_store_entry *entry = fixture_find(store, key, true);
    *(int64_t *)entry->object = value;
    pw_store_touch(store, entry);
}

/* The counter of a key, or INT64_MIN when there is none. */
static inline int64_t fixture_get(pw_store *store, const char *key) {
    pw_store_entry *entry = fixture_find(store, key, false);
    return entry ? *(int64_t *)entry->object : INT64_MIN;
}

/* --- random numbers, the same in every run --------------------------------------------------- */

static inline uint64_t fixture_random(uint64_t *seed) {
    *seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

#endif
