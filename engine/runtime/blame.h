/* What becomes of a failure: the one place that decides. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_RUNTIME_BLAME_H
#define PW_RUNTIME_BLAME_H

#include "base/assert.h"
#include "base/status.h"

typedef enum {
    PW_RESPONSE_RETRY, /* wait and do the same again: nothing was lost */
    PW_RESPONSE_FAIL,  /* stop the query, keep its last commit */
} pw_response;

/* For a step that can be repeated as it is: handing output over, writing a cut. Single records
 * never get here (they are reported where they fail). */
static inline pw_response pw_respond_repeatable(pw_status status) {
    switch (pw_status_blame(status)) {
    case PW_BLAME_WORLD: return status == PW_CANCELLED ? PW_RESPONSE_FAIL : PW_RESPONSE_RETRY;
    case PW_BLAME_USER:
    case PW_BLAME_RECORD:
    case PW_BLAME_ENGINE: return PW_RESPONSE_FAIL;
    case PW_BLAME_NONE: break;
    }
    PW_UNREACHABLE();
}

#endif
