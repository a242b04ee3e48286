/* The file of a query: opening, locking, crashes, full disks.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "state_fixture.h"

enum { CRASH_ROUNDS = 40, CRASH_KEYS = 50 };

static pw_status try_open(const pw_state_spec *spec, pw_error *err) {
    pw_state *state = NULL;
    pw_error_clear(err);
    pw_status status = pw_state_open(spec, &state, err);
    if (status == PW_OK) pw_state_close(state);
    return status;
}

static void write_file(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* Runs `body` in a process of its own; its result is the exit code. */
static int in_child(int (*body)(void *), void *opaque) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) _exit(body(opaque));
    int result = 0;
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void test_one_writer(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("locked.db"));
    pw_state *state = fixture_open(&spec);
    assert_int_equal(try_open(&spec, &err), PW_BUSY);
    char expected[64];
    snprintf(expected, sizeof expected, "is in use by process %ld", (long)getpid());
    assert_non_null(strstr(err.message, expected));
    pw_state_close(state);
    assert_int_equal(access(fixture_path("locked.db.lock"), F_OK), -1);
    assert_int_equal(try_open(&spec, &err), PW_OK);
}

/* A process that was killed holds nothing; its lock file is in nobody's way. */
static void test_lock_of_a_killed_process(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("killed.db"));
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pw_state *state = NULL;
        bool is_open = pw_state_open(&spec, &state, NULL) == PW_OK;
        if (write(ready[1], &is_open, 1) != 1) _exit(1);
        for (;;)
            pause();
    }
    bool is_open = false;
    assert_int_equal(read(ready[0], &is_open, 1), 1);
    assert_true(is_open);
    assert_int_equal(try_open(&spec, &err), PW_BUSY);
    char expected[64];
    snprintf(expected, sizeof expected, "process %ld", (long)pid);
    assert_non_null(strstr(err.message, expected));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(access(fixture_path("killed.db.lock"), F_OK), 0);
    assert_int_equal(try_open(&spec, &err), PW_OK);
}

static void test_wrong_files(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("text.db"));
    static const char text[4096] = "this is a shopping list, not a database. ";
    write_file(spec.path.data, text, sizeof text);
    assert_int_equal(try_open(&spec, &err), PW_CORRUPT);
    assert_non_null(strstr(err.message, "text.db is damaged: it is not a SQLite file"));
    assert_true(err.hint[0] != '\0');

    spec = fixture_spec(fixture_path("other.db"));
    assert_int_equal(try_open(&spec, &err), PW_OK);
    spec.fingerprint = PW_STR("f2");
    assert_int_equal(try_open(&spec, &err), PW_INVALID);
    assert_non_null(strstr(err.message, "holds the state of another query"));

    spec.fingerprint = PW_STR("f1");
    pw_state *state = fixture_open(&spec);
    fixture_ok(pw_state_run_sql(state, PW_STR("PRAGMA user_version = 99"), &err), &err);
    pw_state_close(state);
    assert_int_equal(try_open(&spec, &err), PW_INVALID);
    assert_non_null(strstr(err.message, "has format 99"));

    spec = fixture_spec(fixture_path("foreign.db"));
    state = fixture_open(&spec);
    fixture_ok(pw_state_run_sql(state, PW_STR("PRAGMA application_id = 5"), &err), &err);
    pw_state_close(state);
    assert_int_equal(try_open(&spec, &err), PW_INVALID);
    assert_non_null(strstr(err.message, "of another program"));
}

static void test_damaged_page(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("page.db"));
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    char key[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        fixture_put(store, key, i);
    }
    fixture_commit(state, "t", 1);
    pw_state_close(state);
    int file = open(spec.path.data, O_RDWR);
    struct stat info;
    assert_int_equal(fstat(file, &info), 0);
    static const char garbage[8192] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (off_t at = 8192 * 8; at < info.st_size; at += 8192) {
        assert_int_equal(pwrite(file, garbage, sizeof garbage, at), sizeof garbage);
    }
    close(file);
    pw_status status = pw_state_open(&spec, &state, &err);
    if (status == PW_OK) {
        pw_store_class counters = counter_class(false, false);
        status = pw_store_open(state, 0, 0, &counters, &store, &err);
        pw_state_close(state);
    }
    assert_int_equal(status, PW_CORRUPT);
    assert_non_null(strstr(err.message, "page.db is damaged"));
}

/* As a user without rights: root may write everywhere. */
static int open_without_rights(void *opaque) {
    pw_error err = {0};
    if (geteuid() == 0 && setuid(65534) != 0) return 2;
    pw_status status = try_open(opaque, &err);
    bool names_path = strstr(err.message, "readonly/") && strstr(err.hint, "writable");
    return status == PW_IO && names_path ? 0 : 1;
}

static void test_read_only_folder(void **unused) {
    (void)unused;
    pw_error err = {0};
    assert_int_equal(chmod(fixture_folder, 0755), 0);
    assert_int_equal(mkdir(fixture_path("readonly"), 0755), 0);
    pw_state_spec spec = fixture_spec(fixture_path("readonly/T.db"));
    assert_int_equal(try_open(&spec, &err), PW_OK);
    assert_int_equal(chmod(fixture_path("readonly"), 0555), 0);
    assert_int_equal(in_child(open_without_rights, &spec), 0);
    spec = fixture_spec("/nowhere/at/all/T.db");
    assert_int_equal(try_open(&spec, &err), PW_IO);
    assert_non_null(strstr(err.message, "/nowhere/at/all/T.db"));
}

/* --- commits ---------------------------------------------------------------------------------- */

static void test_file_is_deleted(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("deleted.db"));
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    fixture_put(store, "a", 1);
    assert_int_equal(unlink(spec.path.data), 0);
    pw_cut *cut = pw_state_cut(state, NULL, 0, NULL, 0);
    assert_int_equal(pw_state_commit(state, cut, &err), PW_IO);
    assert_non_null(strstr(err.message, "was deleted or replaced while in use"));
    write_file(spec.path.data, "", 0);
    assert_int_equal(pw_state_commit(state, cut, &err), PW_IO);
    pw_cut_free(state, cut);
    pw_state_close(state);
}

static void test_nothing_to_write(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("nothing.db"));
    pw_state *state = fixture_open(&spec);
    fixture_commit(state, "t", 5);
    fixture_commit(state, "t", 5);
    assert_int_equal(pw_state_epoch(state), 1);
    pw_cut *cut = pw_state_cut(state, NULL, 0, NULL, 0);
    assert_int_equal(pw_cut_row_count(cut), 0);
    fixture_ok(pw_state_commit(state, cut, &err), &err);
    pw_cut_free(state, cut);
    assert_int_equal(pw_state_epoch(state), 1);
    fixture_commit(state, "t", 6);
    assert_int_equal(pw_state_epoch(state), 2);
    pw_state_close(state);
}

/* Another cut while the limit on file sizes says the disk is full; later there is room again. */
static int fill_disk(void *opaque) {
    const pw_state_spec *spec = opaque;
    pw_error err = {0};
    signal(SIGXFSZ, SIG_IGN);
    pw_state *state = fixture_open(spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    fixture_put(store, "first", 1);
    fixture_commit(state, "t", 1);
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    limit.rlim_cur = 300000;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
    char key[64];
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "a key that takes some room %d", i);
        fixture_put(store, key, i);
    }
    pw_cut_offset next = {PW_STR("t"), 0, 2};
    pw_cut *cut = pw_state_cut(state, &next, 1, NULL, 0);
    fixture_put(store, "later", 3); /* the query goes on */
    for (int attempt = 0; attempt < 3; attempt++) {
        if (pw_state_commit(state, cut, &err) != PW_DISK_FULL) return 4;
        if (!strstr(err.message, "no space is left") || pw_state_epoch(state) != 1) return 5;
        if (pw_state_offset(state, PW_STR("t"), 0) != 1) return 6;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 7;
    if (pw_state_commit(state, cut, &err) != PW_OK) return 8;
    pw_cut_free(state, cut);
    fixture_commit(state, "t", 3);
    pw_state_close(state);
    return 0;
}

static void test_disk_full(void **unused) {
    (void)unused;
    pw_state_spec spec = fixture_spec(fixture_path("full.db"));
    assert_int_equal(in_child(fill_disk, &spec), 0);
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    assert_int_equal(pw_state_epoch(state), 3);
    assert_int_equal(pw_state_offset(state, PW_STR("t"), 0), 3);
    assert_int_equal(fixture_get(store, "a key that takes some room 19999"), 19999);
    assert_int_equal(fixture_get(store, "first"), 1);
    assert_int_equal(fixture_get(store, "later"), 3);
    pw_state_close(state);
}

static void test_outbox(void **unused) {
    (void)unused;
    pw_error err = {0};
    pw_state_spec spec = fixture_spec(fixture_path("outbox.db"));
    spec.is_synchronous_full = true;
    pw_state *state = fixture_open(&spec);
    pw_cut *cut = pw_state_cut(state, NULL, 0, NULL, 0);
    pw_cut_outbox_add(cut, PW_STR("one"));
    pw_cut_outbox_add(cut, PW_STR(""));
    pw_cut_outbox_add(cut, PW_STR("t\0wo"));
    fixture_ok(pw_state_commit(state, cut, &err), &err);
    pw_cut_free(state, cut);
    pw_state_close(state);
    state = fixture_open(&spec);
    pw_arena arena;
    pw_arena_init(&arena, 0);
    uint64_t epoch = 0;
    pw_str *pieces = NULL;
    size_t count = 0;
    fixture_ok(pw_state_outbox_read(state, &arena, &epoch, &pieces, &count, &err), &err);
    assert_int_equal(epoch, 1);
    assert_int_equal(count, 3);
    assert_true(pw_str_equal(pieces[0], PW_STR("one")));
    assert_int_equal(pieces[1].length, 0);
    assert_true(pw_str_equal(pieces[2], PW_STR("t\0wo")));
    fixture_ok(pw_state_outbox_clear(state, &err), &err);
    fixture_ok(pw_state_outbox_read(state, &arena, &epoch, &pieces, &count, &err), &err);
    assert_int_equal(count, 0);
    pw_arena_deinit(&arena);
    pw_state_close(state);
}

/* --- a commit thread beside the task ---------------------------------------------------------- */

typedef struct commit_job {
    pw_state *state;
    pw_cut *cut;
    pw_status status;
} commit_job;

static void *run_commit(void *opaque) {
    commit_job *job = opaque;
    job->status = pw_state_commit(job->state, job->cut, NULL);
    return NULL;
}

/* The task changes, trims and misses while the last cut is being written; nothing may be lost. */
static void test_commit_beside_updates(void **unused) {
    (void)unused;
    enum { KEYS = 3000, ROUNDS = 60, CHANGES = 2000 };
    pw_state_spec spec = fixture_spec(fixture_path("beside.db"));
    spec.cache_bytes = 100000;
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(true, false));
    static int64_t values[KEYS];
    uint64_t seed = 5;
    char key[32];
    for (int round = 0; round < ROUNDS; round++) {
        pw_cut_offset next = {PW_STR("t"), 0, round};
        commit_job job = {state, pw_state_cut(state, &next, 1, NULL, 0), PW_OK};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, run_commit, &job), 0);
        for (int i = 0; i < CHANGES; i++) {
            uint64_t n = fixture_random(&seed) % KEYS;
            snprintf(key, sizeof key, "%u", (unsigned)n);
            pw_store_entry *entry = fixture_find(store, key, true);
            assert_int_equal(*(int64_t *)entry->object, values[n]);
            *(int64_t *)entry->object = ++values[n];
            pw_store_touch(store, entry);
            if (i % 100 == 0) pw_store_trim(store);
        }
        pthread_join(thread, NULL);
        assert_int_equal(job.status, PW_OK);
        pw_cut_free(state, job.cut);
    }
    fixture_commit(state, "t", ROUNDS);
    pw_state_close(state);
    state = fixture_open(&spec);
    store = fixture_store(state, 0, 0, counter_class(true, false));
    for (unsigned n = 0; n < KEYS; n++) {
        snprintf(key, sizeof key, "%u", n);
        assert_int_equal(fixture_get(store, key), values[n] ? values[n] : INT64_MIN);
    }
    pw_state_close(state);
}

/* --- kill -9 ---------------------------------------------------------------------------------- */

static const pw_column crash_columns[] = {
    {.name = {"K", 1}, .type = &pw_type_bigint, .kind = PW_COLUMN_KEY},
    {.name = {"V", 1}, .type = &pw_type_bigint, .kind = PW_COLUMN_VALUE},
};
static const pw_schema crash_schema = {crash_columns, 2};

static pw_state_spec crash_spec(void) {
    pw_state_spec spec = fixture_spec(fixture_path("crash.db"));
    spec.table_name = PW_STR("CRASH");
    spec.table_schema = &crash_schema;
    return spec;
}

/* Commits for ever; cut n sets every key, the table's rows, the offset and the stream time to n. */
static void commit_for_ever(void) {
    pw_state_spec spec = crash_spec();
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    pw_table *table = NULL;
    if (pw_table_open(state, 0, &table, NULL) != PW_OK) _exit(1);
    pw_arena arena;
    pw_arena_init(&arena, 0);
    for (int64_t n = (int64_t)pw_state_epoch(state) + 1;; n++) {
        pw_arena_reset(&arena);
        pw_batch *batch = pw_batch_new(&arena, 2, CRASH_KEYS);
        char key[32];
        for (uint32_t k = 0; k < CRASH_KEYS; k++) {
            snprintf(key, sizeof key, "k%u", k);
            fixture_put(store, key, n);
            batch->columns[0].slots[k] = pw_slot_i64(k);
            batch->columns[1].slots[k] = pw_slot_i64(n);
            batch->rowtime[k] = n;
            batch->selection[k] = k;
        }
        batch->row_count = batch->selected_count = CRASH_KEYS;
        if (pw_table_apply(table, batch, NULL) != PW_OK) _exit(1);
        fixture_commit(state, "t", n);
    }
}

static void check_is_prefix(void) {
    pw_error err = {0};
    pw_state_spec spec = crash_spec();
    pw_state *state = fixture_open(&spec);
    pw_store *store = fixture_store(state, 0, 0, counter_class(false, false));
    int64_t n = (int64_t)pw_state_epoch(state);
    assert_int_equal(pw_state_offset(state, PW_STR("t"), 0), n ? n : -1);
    assert_int_equal(pw_state_stream_time(state, 0), n ? n * 10 : INT64_MIN);
    char key[32];
    for (uint32_t k = 0; k < CRASH_KEYS; k++) {
        snprintf(key, sizeof key, "k%u", k);
        assert_int_equal(fixture_get(store, key), n ? n : INT64_MIN);
    }
    char sql[160];
    snprintf(sql, sizeof sql,
             "CREATE TEMP TABLE c(x CHECK(x = %d)); INSERT INTO c SELECT count(*) FROM CRASH"
             " WHERE V = %lld AND ROWTIME = V; DROP TABLE c",
             n ? CRASH_KEYS : 0, (long long)n);
    fixture_ok(pw_state_run_sql(state, pw_str_from(sql), &err), &err);
    pw_state_close(state);
}

static void test_kill(void **unused) {
    (void)unused;
    uint64_t seed = (uint64_t)pw_clock_mono_ns();
    uint64_t epoch = 0;
    for (int round = 0; round < CRASH_ROUNDS; round++) {
        pid_t pid = fork();
        if (pid == 0) commit_for_ever();
        usleep((useconds_t)(fixture_random(&seed) % 30000));
        kill(pid, SIGKILL);
        int result = 0;
        waitpid(pid, &result, 0);
        assert_true(WIFSIGNALED(result));
        check_is_prefix();
    }
    pw_state_spec spec = crash_spec();
    pw_state *state = fixture_open(&spec);
    epoch = pw_state_epoch(state);
    assert_true(epoch > 0);
    pw_state_close(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_writer),
        cmocka_unit_test(test_lock_of_a_killed_process),
        cmocka_unit_test(test_wrong_files),
        cmocka_unit_test(test_damaged_page),
        cmocka_unit_test(test_read_only_folder),
        cmocka_unit_test(test_file_is_deleted),
        cmocka_unit_test(test_nothing_to_write),
        cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_outbox),
        cmocka_unit_test(test_commit_beside_updates),
        cmocka_unit_test(test_kill),
    };
    return cmocka_run_group_tests_name("state", tests, fixture_make_folder, fixture_remove_folder);
}
