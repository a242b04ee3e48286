/* Percentiles of many durations in little memory: counts in buckets whose width is 1/32 of their
 * value, so a percentile is right to about three percent. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_LATENCY_H
#define PW_SRC_LATENCY_H

#include <stdint.h>

enum { LATENCY_BUCKET_COUNT = 60 * 32 };

typedef struct latency {
    uint64_t buckets[LATENCY_BUCKET_COUNT];
    uint64_t count;
    int64_t max_ns;
} latency;

void latency_add(latency *self, int64_t ns);
/* part: 0.5 is the median. 0 when there is nothing. */
int64_t latency_percentile_ns(const latency *self, double part);

#endif
