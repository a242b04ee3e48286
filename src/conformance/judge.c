/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/judge.h"

const char *verdict_text(verdict v) {
    static const char *const texts[] = {"pass", "fail", "error", "unsupported"};
    return texts[v];
}

const char *judge_category(const world *w) {
    if (w->stage == WORLD_RUNNING) return "streams";
    return w->status == PW_SYNTAX ? "parse" : "statement";
}

static bool is_stated(const pw_json *value) {
    return value && value->kind != PW_JSON_NULL;
}

/* --- errors ----------------------------------------------------------------------------------- */

static bool says(const world *w, pw_str expected) {
    return expected.length == 0 || pw_str_find(w->message, expected) != SIZE_MAX;
}

static verdict judge_failure(const world *w, const pw_json *expected, pw_buf *detail) {
    if (is_stated(expected)) {
        const pw_json *category = pw_json_member(expected, PW_STR("category"));
        const pw_json *message = pw_json_member(expected, PW_STR("message"));
        bool is_late = category && pw_str_equal(category->text, PW_STR("streams"));
        bool is_known = w->status != PW_UNSUPPORTED;
        bool is_told = says(w, is_stated(message) ? message->text : PW_STR_EMPTY);
        bool is_at_its_time = is_late == (w->stage == WORLD_RUNNING);
        if (is_told && is_at_its_time && (is_known || (is_stated(message) && message->text.length)))
            return VERDICT_PASS;
        pw_buf_format(detail, "expected the error \"%.*s\", got: ",
                      is_stated(message) ? (int)message->text.length : 0,
                      is_stated(message) ? message->text.data : "");
    }
    pw_buf_add_str(detail, w->message);
    bool is_internal = pw_status_blame(w->status) == PW_BLAME_ENGINE;
    return w->status == PW_UNSUPPORTED ? VERDICT_UNSUPPORTED
           : is_internal               ? VERDICT_ERROR
                                       : VERDICT_FAIL;
}

/* --- outputs ---------------------------------------------------------------------------------- */

typedef struct place {
    pw_str topic;
    uint32_t index;
    bool is_exact;
} place;

static bool part_matches(world *w, const place *at, const pw_json *expected, const pw_json *actual,
                         const char *part, pw_buf *detail) {
    pw_str path = pw_arena_format(&w->arena, "topic %.*s record %u %s", PW_STR_ARGS(at->topic),
                                  at->index, part);
    pw_str name = pw_str_from(part);
    return values_match(pw_json_member(expected, name), pw_json_member(actual, name), at->is_exact,
                        path, detail);
}

static bool record_matches(world *w, const place *at, const pw_json *expected,
                           const pw_json *actual, pw_buf *detail) {
    static const char *const parts[] = {"key", "value", "window", "headers"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!part_matches(w, at, expected, actual, parts[i], detail)) return false;
    }
    if (!is_stated(pw_json_member(expected, PW_STR("timestamp")))) return true;
    return part_matches(w, at, expected, actual, "timestamp", detail);
}

static bool is_of(const pw_json *output, pw_str topic) {
    return pw_str_equal(pw_json_member(output, PW_STR("topic"))->text, topic);
}

static bool topic_matches(world *w, const pw_json *outputs, pw_str name, pw_buf *detail) {
    const pw_json *exact = pw_json_member(w->test, PW_STR("exactNumbers"));
    place at = {.topic = name, .is_exact = !exact || exact->kind != PW_JSON_FALSE};
    const kept_topic *topic = world_topic(w, name, false);
    const kept_record *record = topic ? topic->first : NULL;
    pw_buf text;
    pw_buf_init(&text);
    bool is_same = true;
    for (const pw_json *o = outputs->first; o && is_same; o = o->next) {
        if (!is_of(o, name)) continue;
        pw_buf_clear(&text);
        if (record) kept_record_print(topic->source, record, &text);
        const pw_json *actual = record ? pw_json_parse(&w->arena, pw_buf_str(&text)) : NULL;
        is_same = actual && record_matches(w, &at, o, actual, detail);
        if (!record) {
            pw_buf_format(detail, "topic %.*s record %u: nothing came, expected ",
                          PW_STR_ARGS(name), at.index);
            pw_json_tree_print(o, detail);
        }
        record = record ? record->next : NULL;
        at.index++;
    }
    if (is_same && record) {
        pw_buf_clear(&text);
        kept_record_print(topic->source, record, &text);
        pw_buf_format(detail, "topic %.*s record %u: none expected, got %.*s", PW_STR_ARGS(name),
                      at.index, PW_STR_ARGS(pw_buf_str(&text)));
        is_same = false;
    }
    pw_buf_deinit(&text);
    return is_same;
}

static bool is_first_of_topic(const pw_json *outputs, const pw_json *output, pw_str name) {
    for (const pw_json *o = outputs->first; o != output; o = o->next) {
        if (is_of(o, name)) return false;
    }
    return true;
}

/* Where nothing is expected at all, the last query must be silent. */
static bool last_is_silent(const world *w, pw_buf *detail) {
    if (!w->engine->queries) return true;
    const pw_topology *topology = w->engine->queries->topology;
    pw_str name = topology->ops[topology->op_count - 1]->sink->sink.topic;
    for (const kept_topic *t = w->topics; t; t = t->next) {
        if (!pw_str_equal(t->name, name) || !t->first) continue;
        pw_buf_format(detail, "topic %.*s: no record was expected", PW_STR_ARGS(name));
        return false;
    }
    return true;
}

static bool outputs_match(world *w, pw_buf *detail) {
    const pw_json *outputs = pw_json_member(w->test, PW_STR("outputs"));
    const pw_json *inputs = pw_json_member(w->test, PW_STR("inputs"));
    if (!outputs || outputs->count == 0) {
        return !inputs || inputs->count == 0 || last_is_silent(w, detail);
    }
    for (const pw_json *o = outputs->first; o; o = o->next) {
        pw_str name = pw_json_member(o, PW_STR("topic"))->text;
        if (!is_first_of_topic(outputs, o, name)) continue;
        if (!topic_matches(w, outputs, name, detail)) return false;
    }
    return true;
}

/* --- the case --------------------------------------------------------------------------------- */

static verdict judge(world *w, pw_buf *detail) {
    const pw_json *expected = pw_json_member(w->test, PW_STR("expectedException"));
    if (w->status != PW_OK) return judge_failure(w, expected, detail);
    if (is_stated(expected)) {
        pw_buf_add_literal(detail, "an error was expected and none came: ");
        pw_json_tree_print(expected, detail);
        return VERDICT_FAIL;
    }
    if (w->query_count == 0) {
        pw_buf_add_literal(detail, "the case makes no persistent query");
        return VERDICT_FAIL;
    }
    if (!outputs_match(w, detail)) {
        if (w->records_failed) {
            pw_buf_format(detail, " (%u records or values failed, the last: %.*s)",
                          w->records_failed, PW_STR_ARGS(w->last_failure));
        }
        return VERDICT_FAIL;
    }
    bool holds = post_holds(w, pw_json_member(w->test, PW_STR("post")), detail);
    return holds ? VERDICT_PASS : VERDICT_FAIL;
}

/* Without inputs or outputs there is nothing to run: ksqlDB's test runner refuses that. */
static bool has_records(const world *w, const char *list) {
    const pw_json *records = pw_json_member(w->test, pw_str_from(list));
    return records && records->count > 0;
}

verdict judge_case(world *w, bool must_fail, pw_buf *detail) {
    verdict v = judge(w, detail);
    if (!must_fail || v == VERDICT_ERROR || v == VERDICT_UNSUPPORTED) return v;
    bool is_refused = !has_records(w, "inputs") || !has_records(w, "outputs");
    if (v == VERDICT_FAIL || is_refused) {
        pw_buf_clear(detail);
        return VERDICT_PASS;
    }
    pw_buf_add_literal(detail, "the run must not be what the case says, but it is");
    return VERDICT_FAIL;
}
