/* COUNT_DISTINCT: exact for the first thousand values, then an estimate by HyperLogLog with 2^14
 * registers (Flajolet et al. 2007), whose error is below 1 %.
 *
 * The state is a set of hashes until it is full, then the registers. SPDX-License-Identifier:
 * Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "functions/functions_private.h"
#include "types/compare.h"

enum { REGISTER_BITS = 14, REGISTER_COUNT = 1 << REGISTER_BITS };
enum { HASHES_MAX = 1024, SLOT_COUNT = 2048 };

typedef struct distinct_state {
    uint64_t *hashes;   /* open addressing, 0 is empty; SLOT_COUNT */
    uint8_t *registers; /* REGISTER_COUNT; instead of hashes */
    uint64_t count;     /* of hashes */
} distinct_state;

static void distinct_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(distinct_state));
}

static void distinct_release(const pw_aggregate_call *call, void *opaque) {
    (void)call;
    distinct_state *state = opaque;
    pw_mem_free(state->hashes);
    pw_mem_free(state->registers);
    memset(state, 0, sizeof *state);
}

/* The place of the lowest one bit in what the register number leaves of the hash. */
static void add_to_register(uint8_t *registers, uint64_t hash) {
    uint64_t index = hash & (REGISTER_COUNT - 1), rest = hash >> REGISTER_BITS;
    int rank = rest ? __builtin_ctzll(rest) + 1 : 64 - REGISTER_BITS + 1;
    if (registers[index] < rank) registers[index] = (uint8_t)rank;
}

static void to_registers(distinct_state *state) {
    state->registers = pw_mem_zalloc(REGISTER_COUNT, 1);
    for (uint32_t i = 0; state->hashes && i < SLOT_COUNT; i++)
        if (state->hashes[i]) add_to_register(state->registers, state->hashes[i]);
    pw_mem_free(state->hashes);
    state->hashes = NULL;
    state->count = 0;
}

static void add_hash(distinct_state *state, uint64_t hash) {
    if (hash == 0) hash = 1;
    if (state->registers) {
        add_to_register(state->registers, hash);
        return;
    }
    if (!state->hashes) state->hashes = pw_mem_zalloc(SLOT_COUNT, sizeof *state->hashes);
    uint32_t at = (uint32_t)(hash >> 32) & (SLOT_COUNT - 1);
    while (state->hashes[at] && state->hashes[at] != hash)
        at = (at + 1) & (SLOT_COUNT - 1);
    if (state->hashes[at] == hash) return;
    state->hashes[at] = hash;
    if (++state->count > HASHES_MAX) to_registers(state);
}

/* Spreads the bits (the finaliser of SplitMix64): a hash of a number need not be spread. */
static uint64_t spread(uint64_t hash) {
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

static pw_status distinct_add(const pw_aggregate_call *call, uint8_t *const *states,
                              uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                              uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)failed_row;
    (void)err;
    const pw_type *type = call->arg_types[0];
    for (uint32_t i = 0; i < row_count; i++) {
        const pw_slot *value = pw_at(args[0], rows[i]);
        if (value->is_null) continue;
        add_hash(PW_STATE(distinct_state, states, i, state_offset),
                 spread(pw_slot_hash(type, value)));
    }
    return PW_OK;
}

static pw_status distinct_merge(const pw_aggregate_call *call, void *into, const void *from,
                                pw_error *err) {
    (void)call;
    (void)err;
    distinct_state *state = into;
    const distinct_state *other = from;
    for (uint32_t i = 0; other->hashes && i < SLOT_COUNT; i++)
        if (other->hashes[i]) add_hash(state, other->hashes[i]);
    if (!other->registers) return PW_OK;
    if (!state->registers) to_registers(state);
    for (uint32_t i = 0; i < REGISTER_COUNT; i++)
        if (state->registers[i] < other->registers[i]) state->registers[i] = other->registers[i];
    return PW_OK;
}

static pw_slot distinct_result(const pw_aggregate_call *call, const void *opaque, pw_arena *arena) {
    (void)call;
    (void)arena;
    const distinct_state *state = opaque;
    if (!state->registers) return pw_slot_i64((int64_t)state->count);
    const double count = REGISTER_COUNT;
    double sum = 0;
    uint32_t empty = 0;
    for (uint32_t i = 0; i < REGISTER_COUNT; i++) {
        sum += ldexp(1, -state->registers[i]);
        empty += state->registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
    if (estimate <= 2.5 * count && empty) estimate = count * log(count / empty);
    return pw_slot_i64((int64_t)(estimate + 0.5));
}

static int compare_hashes(const void *a, const void *b) {
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* 'S' and the hashes in order, or 'R' and the registers. */
static void distinct_encode(const pw_aggregate_call *call, const void *opaque, pw_buf *out) {
    (void)call;
    const distinct_state *state = opaque;
    uint64_t sorted[HASHES_MAX];
    uint32_t count = 0;
    pw_buf_add_char(out, state->registers ? 'R' : 'S');
    if (state->registers) pw_buf_add(out, state->registers, REGISTER_COUNT);
    for (uint32_t i = 0; state->hashes && i < SLOT_COUNT; i++)
        if (state->hashes[i]) sorted[count++] = state->hashes[i];
    qsort(sorted, count, sizeof *sorted, compare_hashes);
    for (uint32_t i = 0; i < count; i++)
        pw_buf_add_be64(out, sorted[i]);
}

static bool distinct_decode(const pw_aggregate_call *call, void *opaque, pw_str bytes) {
    (void)call;
    distinct_state *state = opaque;
    const uint8_t *b = (const uint8_t *)bytes.data;
    memset(state, 0, sizeof *state);
    if (bytes.length == 0) return false;
    if (b[0] == 'R') {
        if (bytes.length != REGISTER_COUNT + 1) return false;
        for (uint32_t i = 1; i <= REGISTER_COUNT; i++)
            if (b[i] > 64 - REGISTER_BITS + 1) return false;
        state->registers = pw_mem_alloc(REGISTER_COUNT);
        memcpy(state->registers, b + 1, REGISTER_COUNT);
        return true;
    }
    if (b[0] != 'S' || bytes.length % 8 != 1 || bytes.length > 1 + 8 * HASHES_MAX) return false;
    for (size_t i = 1; i < bytes.length; i += 8) {
        uint64_t hash = 0;
        for (size_t j = 0; j < 8; j++)
            hash = hash << 8 | b[i + j];
        add_hash(state, hash);
    }
    return true;
}

static const pw_aggregate count_distinct = {
    .state_bytes = sizeof(distinct_state),
    .init = distinct_init,
    .add = distinct_add,
    .merge = distinct_merge,
    .result = distinct_result,
    .encode = distinct_encode,
    .decode = distinct_decode,
    .release = distinct_release,
};

static const pw_function distinct_rows[] = {
    {.signature = "COUNT_DISTINCT(value T) -> BIGINT",
     .doc =
         "About how many different values there are: exact up to 1024, then within 1 %; NULLs are "
         "ignored.",
     .example = "COUNT_DISTINCT over ['a', 'b', NULL, 'a'] = 2",
     .aggregate = &count_distinct},
};

const pw_function_family pw_functions_distinct = PW_FUNCTION_FAMILY("AGGREGATE", distinct_rows);
