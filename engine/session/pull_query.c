/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_private.h"

pw_status session_pull(pitwall *p, const pw_node *query, const pitwall_rows *rows, pw_error *err) {
    (void)p;
    (void)rows;
    return pw_fail(err, PW_UNSUPPORTED, query->span, "not linked");
}
