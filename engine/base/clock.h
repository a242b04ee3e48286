/* Time. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_CLOCK_H
#define PW_BASE_CLOCK_H

#include <stdint.h>

int64_t pw_clock_wall_ms(void); /* since 1970, UTC */
int64_t pw_clock_mono_ns(void); /* for intervals */
int64_t pw_clock_cpu_ns(void);  /* CPU time of this process */
void pw_clock_sleep_ms(int64_t ms);

#endif
