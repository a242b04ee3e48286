/* STDDEV_SAMP, STDDEV_SAMPLE and CORRELATION. STDDEV_SAMP gives the sample variance without the
 * square root: ksqlDB keeps that for compatibility, and so do we.
 *
 * Means and squared distances are updated value by value (Welford), merged (Chan) and undone by the
 * inverse step. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "functions/functions_private.h"

typedef struct moments {
    int64_t count;
    double mean_x, mean_y;
    double square_x, square_y; /* sums of squared distances from the mean */
    double product;            /* sum of products of distances */
} moments;

static void moments_init(const pw_aggregate_call *call, void *state) {
    (void)call;
    memset(state, 0, sizeof(moments));
}

static double number_of(const pw_type *type, const pw_slot *value) {
    return type->kind == PW_TYPE_DOUBLE ? value->f64 : (double)value->i64;
}

static void moments_add(moments *m, double x, double y) {
    double count = (double)++m->count;
    double from_x = x - m->mean_x, from_y = y - m->mean_y;
    m->mean_x += from_x / count;
    m->mean_y += from_y / count;
    m->square_x += from_x * (x - m->mean_x);
    m->square_y += from_y * (y - m->mean_y);
    m->product += from_x * (y - m->mean_y);
}

static void moments_remove(moments *m, double x, double y) {
    if (m->count <= 1) {
        memset(m, 0, sizeof *m);
        return;
    }
    double count = (double)--m->count;
    double from_x = x - m->mean_x, from_y = y - m->mean_y;
    m->mean_x -= from_x / count;
    m->mean_y -= from_y / count;
    m->square_x -= from_x * (x - m->mean_x);
    m->square_y -= from_y * (y - m->mean_y);
    m->product -= from_x * (y - m->mean_y);
}

/* x and y of a row; one argument stands for both. False if either is NULL. */
static bool read_pair(const pw_aggregate_call *call, const pw_slot *first, const pw_slot *second,
                      double *x, double *y) {
    if (first->is_null || second->is_null) return false;
    *x = number_of(call->arg_types[0], first);
    *y = number_of(call->arg_types[call->arg_count - 1], second);
    return true;
}

static pw_status statistics_add(const pw_aggregate_call *call, uint8_t *const *states,
                                uint32_t state_offset, const pw_vector *args, const uint32_t *rows,
                                uint32_t row_count, uint32_t *failed_row, pw_error *err) {
    (void)failed_row;
    (void)err;
    pw_vector first = args[0], second = args[call->arg_count - 1];
    for (uint32_t i = 0; i < row_count; i++) {
        double x = 0, y = 0;
        if (read_pair(call, pw_at(first, rows[i]), pw_at(second, rows[i]), &x, &y))
            moments_add(PW_STATE(moments, states, i, state_offset), x, y);
    }
    return PW_OK;
}

static pw_status statistics_undo(const pw_aggregate_call *call, void *state,
                                 const pw_slot *const *args, pw_error *err) {
    (void)err;
    double x = 0, y = 0;
    if (read_pair(call, args[0], args[call->arg_count - 1], &x, &y)) moments_remove(state, x, y);
    return PW_OK;
}

static pw_status statistics_merge(const pw_aggregate_call *call, void *into, const void *from,
                                  pw_error *err) {
    (void)call;
    (void)err;
    moments *m = into;
    const moments *other = from;
    if (other->count == 0) return PW_OK;
    double left = (double)m->count, right = (double)other->count, all = left + right;
    double from_x = other->mean_x - m->mean_x, from_y = other->mean_y - m->mean_y;
    m->square_x += other->square_x + from_x * from_x * left * right / all;
    m->square_y += other->square_y + from_y * from_y * left * right / all;
    m->product += other->product + from_x * from_y * left * right / all;
    m->mean_x += from_x * right / all;
    m->mean_y += from_y * right / all;
    m->count += other->count;
    return PW_OK;
}

static double variance(const void *state) {
    const moments *m = state;
    return m->count < 2 ? 0 : m->square_x / (double)(m->count - 1);
}

static pw_slot variance_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)call;
    (void)arena;
    return pw_slot_f64(variance(state));
}

static pw_slot deviation_result(const pw_aggregate_call *call, const void *state, pw_arena *arena) {
    (void)call;
    (void)arena;
    return pw_slot_f64(sqrt(variance(state)));
}

static pw_slot correlation_result(const pw_aggregate_call *call, const void *state,
                                  pw_arena *arena) {
    (void)call;
    (void)arena;
    const moments *m = state;
    if (m->count < 2 || m->square_x <= 0 || m->square_y <= 0) return pw_slot_f64((double)NAN);
    return pw_slot_f64(m->product / (sqrt(m->square_x) * sqrt(m->square_y)));
}

#define STATISTICS(name_, result_)                                                                 \
    static const pw_aggregate name_ = {.state_bytes = sizeof(moments),                             \
                                       .init = moments_init,                                       \
                                       .add = statistics_add,                                      \
                                       .undo = statistics_undo,                                    \
                                       .merge = statistics_merge,                                  \
                                       .result = result_};

STATISTICS(stddev_samp, variance_result)
STATISTICS(stddev_sample, deviation_result)
STATISTICS(correlation, correlation_result)

#define ROW(signature_, doc_, example_, aggregate_)                                                \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .aggregate = &aggregate_,       \
        .flags = PW_FN_TABLE_UNDO                                                                  \
    }

#define THREE_ROWS(name_, doc_, example_, aggregate_)                                              \
    ROW(name_ "(value DOUBLE) -> DOUBLE", doc_, example_, aggregate_),                             \
        ROW(name_ "(value INT) -> DOUBLE", doc_, example_, aggregate_),                            \
        ROW(name_ "(value BIGINT) -> DOUBLE", doc_, example_, aggregate_)

#define SAMP_DOC                                                                                   \
    "The sample variance (without the square root, as in ksqlDB), 0 below two values. Use "        \
    "STDDEV_SAMPLE for the standard deviation."
#define CORRELATION_DOC "Pearson's correlation of two columns, NaN below two rows."

static const pw_function statistics_rows[] = {
    THREE_ROWS("STDDEV_SAMP", SAMP_DOC, "STDDEV_SAMP over [1, 3, NULL, 5] = 4", stddev_samp),
    THREE_ROWS("STDDEV_SAMPLE", "The sample standard deviation, 0 below two values.",
               "STDDEV_SAMPLE over [1, 3, NULL, 5] = 2", stddev_sample),
    ROW("CORRELATION(x DOUBLE, y DOUBLE) -> DOUBLE", CORRELATION_DOC,
        "CORRELATION over [(1, 2), (2, 4), (3, 6), (NULL, 1)] = 1", correlation),
    ROW("CORRELATION(x INT, y INT) -> DOUBLE", CORRELATION_DOC,
        "CORRELATION over [(1, 6), (2, 4), (3, 2), (1, NULL)] = -1", correlation),
    ROW("CORRELATION(x BIGINT, y BIGINT) -> DOUBLE", CORRELATION_DOC,
        "CORRELATION over [(1, 2), (2, 4), (3, 6)] = 1", correlation),
};

const pw_function_family pw_functions_statistics = PW_FUNCTION_FAMILY("AGGREGATE", statistics_rows);
