/* Names from which race_season.c makes people and races. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_RACE_NAMES_H
#define PW_SRC_RACE_NAMES_H

#include "race_season.h"

enum {
    RACE_FIRST_NAMES = 30,
    RACE_LAST_NAMES = 30,
    RACE_NATIONALITIES = 12,
    RACE_RETIREMENTS = 8,
};

extern const char *const race_first_names[RACE_FIRST_NAMES];
extern const char *const race_last_names[RACE_LAST_NAMES];
extern const char *const race_nationalities[RACE_NATIONALITIES];
extern const char *const race_retirements[RACE_RETIREMENTS];

#endif
