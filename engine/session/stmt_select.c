/* SELECT as a statement of its own: answered from the tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "session/session_private.h"

/* In a script of `pitwall run` a SELECT has nowhere to send its rows. */
pw_status stmt_query(script *s, const pw_node *statement, pw_error *err) {
    (void)s;
    pw_fail(err, PW_INVALID, statement->span, "a SELECT alone is not a persistent query");
    pw_error_hint(
        err, "ask it with `pitwall query`, or keep its result: CREATE TABLE name AS SELECT ...");
    return PW_INVALID;
}

static pw_status parse_query(pw_arena *arena, pw_str text, const pw_node **out, pw_error *err) {
    pw_statements statements;
    pw_str trimmed = pw_str_trim(text);
    bool has_end = trimmed.length && trimmed.data[trimmed.length - 1] == ';';
    pw_str whole = has_end ? text : pw_arena_format(arena, "%.*s;", PW_STR_ARGS(text));
    PW_TRY(pw_parse(arena, whole, &statements, err));
    if (statements.count != 1 || statements.items[0]->kind != PW_NODE_QUERY) {
        pw_span at = statements.count ? statements.items[statements.count - 1]->span : PW_SPAN_NONE;
        return pw_fail(err, PW_INVALID, at, "expected one SELECT");
    }
    *out = pw_child(statements.items[0], 0);
    return PW_OK;
}

pitwall_status pitwall_query(pitwall *p, const char *sql, const pitwall_rows *rows,
                             pitwall_error *out_err) {
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_error err = {0};
    const pw_node *query = NULL;
    pthread_mutex_lock(&p->lock);
    pw_status status = parse_query(&arena, pw_str_from(sql), &query, &err);
    if (status == PW_OK) status = session_pull(p, query, rows, &err);
    pthread_mutex_unlock(&p->lock);
    pw_arena_deinit(&arena);
    return session_report_given(status, &err, PW_STR_EMPTY, pw_str_from(sql), out_err);
}
