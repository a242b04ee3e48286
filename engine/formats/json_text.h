/* The text a STRING column gets for a JSON value that is no string.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_JSON_TEXT_H
#define PW_FORMATS_JSON_TEXT_H

#include "base/arena.h"
#include "base/str.h"

/* `value`: one valid JSON object or array. An object becomes compact JSON ({"x":1,"y":[true]}), an
 * array the texts of its elements ([1, a, null]). Numbers are written as BigDecimal writes them. */
pw_str pw_json_container_text(pw_arena *arena, pw_str value);

#endif
