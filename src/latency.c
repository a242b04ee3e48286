/* SPDX-License-Identifier: Apache-2.0 */
#include "latency.h"

/* Values below 32 have a bucket each; above, 5 bits behind the leading one choose the bucket:
 * 1000 = 0b1111101000 has its leading bit at 9, so bucket (9 - 4) * 32 + (1000 >> 4) - 32 = 190. */
static int bucket_of(uint64_t ns) {
    if (ns < 32) return (int)ns;
    int leading = 63 - __builtin_clzll(ns);
    int shift = leading - 5;
    return (shift + 1) * 32 + (int)(ns >> shift) - 32;
}

/* The largest value of a bucket. */
static int64_t bucket_end(int bucket) {
    if (bucket < 32) return bucket;
    int shift = bucket / 32 - 1;
    uint64_t lead = (uint64_t)(bucket % 32) + 32;
    return (int64_t)(((lead + 1) << shift) - 1);
}

void latency_add(latency *self, int64_t ns) {
    if (ns < 0) ns = 0;
    self->buckets[bucket_of((uint64_t)ns)]++;
    self->count++;
    if (ns > self->max_ns) self->max_ns = ns;
}

int64_t latency_percentile_ns(const latency *self, double part) {
    uint64_t wanted = (uint64_t)(part * (double)self->count);
    uint64_t seen = 0;
    for (int i = 0; i < LATENCY_BUCKET_COUNT; i++) {
        seen += self->buckets[i];
        if (seen > wanted) {
            int64_t end = bucket_end(i);
            return end < self->max_ns ? end : self->max_ns;
        }
    }
    return self->max_ns;
}
