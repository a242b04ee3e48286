/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/world.h"

#include "base/error.h"
#include "runtime/driver.h"

enum { PARTITIONS_UNSTATED = 4 }; /* of a topic that the case does not list */

/* --- topics ----------------------------------------------------------------------------------- */

kept_topic *world_topic(world *w, pw_str name, bool create) {
    for (kept_topic *topic = w->topics; topic; topic = topic->next) {
        if (pw_str_equal(topic->name, name)) return topic;
    }
    if (!create) return NULL;
    kept_topic *topic = PW_NEW(&w->arena, kept_topic);
    topic->name = pw_arena_str(&w->arena, name);
    topic->end = &topic->first;
    *w->topics_end = topic;
    w->topics_end = &topic->next;
    return topic;
}

static pw_str copy_bytes(pw_arena *arena, pw_str bytes) {
    return bytes.data ? pw_arena_str(arena, bytes) : bytes;
}

static const pw_headers *copy_headers(pw_arena *arena, const pw_headers *headers) {
    if (!headers || headers->count == 0) return NULL;
    pw_headers *copy = PW_NEW(arena, pw_headers);
    pw_header *items = PW_NEW_ARRAY(arena, pw_header, headers->count);
    for (uint32_t i = 0; i < headers->count; i++) {
        items[i] = headers->items[i];
        items[i].name = pw_arena_str(arena, items[i].name);
        if (!items[i].is_null) items[i].value = pw_arena_str(arena, items[i].value);
    }
    copy->items = items;
    copy->count = headers->count;
    return copy;
}

void world_keep(world *w, kept_topic *topic, const kept_record *record) {
    kept_record *copy = PW_NEW(&w->arena, kept_record);
    *copy = *record;
    copy->next = NULL;
    copy->key = copy_bytes(&w->arena, record->key);
    copy->value = copy_bytes(&w->arena, record->value);
    copy->headers = copy_headers(&w->arena, record->headers);
    *topic->end = copy;
    topic->end = &copy->next;
}

static pw_status make_topic(world *w, pw_str name, int64_t partitions) {
    pw_topic_spec spec = {.name = name, .partition_count = (int32_t)partitions, .replica_count = 1};
    pw_status status = pw_topic_create(w->engine->broker, &spec, &w->err);
    if (status != PW_OK && status != PW_EXISTS) return status;
    world_topic(w, name, true);
    return PW_OK;
}

static int64_t number_of(const pw_json *value, int64_t missing) {
    int64_t number;
    bool is_number = value && value->kind == PW_JSON_NUMBER && pw_str_to_i64(value->text, &number);
    return is_number ? number : missing;
}

/* The topic of a CREATE with columns, as its WITH clause has it. */
static pw_status make_created(world *w, const pw_node *statement) {
    const pw_node *properties = pw_child(statement, 1);
    pw_str topic = statement->text;
    int64_t partitions = PARTITIONS_UNSTATED;
    for (uint32_t i = 0; properties && i < properties->child_count; i++) {
        const pw_node *property = properties->children[i];
        const pw_node *value = pw_child(property, 0);
        if (!value) continue;
        if (pw_str_equal_nocase(property->text, PW_STR("KAFKA_TOPIC"))) topic = value->text;
        bool is_count = pw_str_equal_nocase(property->text, PW_STR("PARTITIONS"));
        if (is_count && value->number > 0) partitions = value->number;
    }
    return topic.length ? make_topic(w, topic, partitions) : PW_OK;
}

static pw_status make_topics(world *w, const pw_statements *statements) {
    const pw_json *topics = pw_json_member(w->test, PW_STR("topics"));
    for (const pw_json *t = topics ? topics->first : NULL; t; t = t->next) {
        pw_str name = pw_json_member(t, PW_STR("name"))->text;
        PW_TRY(make_topic(w, name, number_of(pw_json_member(t, PW_STR("partitions")), 1)));
    }
    for (uint32_t i = 0; i < statements->count; i++) {
        pw_node_kind kind = statements->items[i]->kind;
        if (kind != PW_NODE_CREATE_STREAM && kind != PW_NODE_CREATE_TABLE) continue;
        PW_TRY(make_created(w, statements->items[i]));
    }
    const pw_json *inputs = pw_json_member(w->test, PW_STR("inputs"));
    for (const pw_json *r = inputs ? inputs->first : NULL; r; r = r->next) {
        pw_str name = pw_json_member(r, PW_STR("topic"))->text;
        PW_TRY(make_topic(w, name, PARTITIONS_UNSTATED));
        world_topic(w, name, true)->is_fed = true;
    }
    return PW_OK;
}

/* --- statements ------------------------------------------------------------------------------- */

static pw_status keep_insert(void *opaque, const pw_source *target, const pw_outgoing *record,
                             pw_error *err) {
    (void)err;
    world *w = opaque;
    kept_topic *topic = world_topic(w, target->topic, true);
    if (!topic->source) topic->source = target;
    kept_record kept = {.key = {record->key, record->key_length},
                        .value = {record->value, record->value_length},
                        .timestamp_ms = record->timestamp_ms};
    world_keep(w, topic, &kept);
    return PW_OK;
}

static void join_statements(world *w) {
    pw_buf text;
    pw_buf_init(&text);
    const pw_json *statements = pw_json_member(w->test, PW_STR("statements"));
    for (const pw_json *s = statements ? statements->first : NULL; s; s = s->next) {
        pw_buf_add_str(&text, s->text);
        pw_buf_add_char(&text, '\n');
    }
    w->sql = pw_arena_str(&w->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
}

/* The text with nothing but the piece in it: what is before it becomes space, so that lines and
 * columns stay those of the whole. */
static pw_str only(world *w, size_t start, size_t length) {
    char *text = pw_arena_cstr(&w->arena, (pw_str){w->sql.data, start + length});
    for (size_t i = 0; i < start; i++) {
        if (text[i] != '\n') text[i] = ' ';
    }
    return (pw_str){text, start + length};
}

static pw_status run_statements(world *w) {
    size_t at = 0;
    while (at < w->sql.length) {
        pw_str piece = pw_statement_first((pw_str){w->sql.data + at, w->sql.length - at});
        if (piece.length == 0) break;
        PW_TRY(session_execute(w->engine, only(w, at, piece.length), &w->err));
        at += piece.length;
    }
    return PW_OK;
}

/* --- records through queries ------------------------------------------------------------------ */

static const pw_source *source_of(world *w, pw_str topic) {
    size_t count;
    const pw_source *const *sources = pw_catalog_sources(w->engine->catalog, &count);
    for (size_t i = 0; i < count; i++) {
        if (pw_str_equal(sources[i]->topic, topic)) return sources[i];
    }
    return NULL;
}

static pw_status write_inputs(world *w) {
    const pw_json *inputs = pw_json_member(w->test, PW_STR("inputs"));
    for (const pw_json *r = inputs ? inputs->first : NULL; r; r = r->next) {
        kept_topic *topic = world_topic(w, pw_json_member(r, PW_STR("topic"))->text, true);
        if (!topic->source) topic->source = source_of(w, topic->name);
        kept_record record;
        PW_TRY(kept_record_encode(w, topic->source, r, &record, &w->err));
        world_keep(w, topic, &record);
    }
    return PW_OK;
}

/* One query under way. */
typedef struct feeding {
    world *w;
    pw_driver *driver;
    const pw_source *sink;
    kept_topic *to;
} feeding;

static void collect(feeding *f) {
    const pw_outbox *outbox = pw_driver_outbox(f->driver);
    const char *bytes = outbox->bytes.data;
    for (size_t i = 0; i < outbox->count; i++) {
        const pw_outbox_record *record = &outbox->records[i];
        kept_record kept = {.timestamp_ms = record->timestamp_ms < 0 ? 0 : record->timestamp_ms,
                            .headers = record->headers};
        if (record->has_key) kept.key = (pw_str){bytes + record->key_start, record->key_length};
        if (record->has_value) {
            kept.value = (pw_str){bytes + record->value_start, record->value_length};
        }
        world_keep(f->w, f->to, &kept);
    }
}

static pw_status feed(feeding *f, pw_str topic, const kept_record *record, int64_t offset) {
    pw_record given = {.key = record->key.data,
                       .key_length = (uint32_t)record->key.length,
                       .value = record->value.data,
                       .value_length = (uint32_t)record->value.length,
                       .timestamp_ms = record->timestamp_ms,
                       .offset = offset,
                       .headers = record->headers};
    PW_TRY(pw_driver_feed(f->driver, topic, &given, &f->w->err));
    collect(f);
    return PW_OK;
}

/* In the order of the case's inputs, over all topics that the query reads. */
static pw_status feed_inputs(feeding *f) {
    world *w = f->w;
    const pw_json *inputs = pw_json_member(w->test, PW_STR("inputs"));
    for (const pw_json *r = inputs ? inputs->first : NULL; r; r = r->next) {
        kept_topic *topic = world_topic(w, pw_json_member(r, PW_STR("topic"))->text, true);
        if (!pw_driver_reads(f->driver, topic->name)) continue;
        int64_t offset = 0;
        for (const pw_json *b = inputs->first; b != r; b = b->next) {
            offset += pw_str_equal(pw_json_member(b, PW_STR("topic"))->text, topic->name);
        }
        kept_record record;
        PW_TRY(kept_record_encode(w, topic->source, r, &record, &w->err));
        PW_TRY(feed(f, topic->name, &record, offset));
    }
    return PW_OK;
}

/* What earlier queries and INSERT VALUES have put there. */
static pw_status feed_derived(feeding *f) {
    for (kept_topic *topic = f->w->topics; topic; topic = topic->next) {
        if (topic->is_fed || !pw_driver_reads(f->driver, topic->name)) continue;
        const kept_record *last = NULL; /* a query may write to the topic that it reads */
        for (const kept_record *r = topic->first; r; r = r->next)
            last = r;
        int64_t offset = 0;
        for (const kept_record *r = topic->first; r; r = r->next) {
            PW_TRY(feed(f, topic->name, r, offset++));
            if (r == last) break;
        }
    }
    return PW_OK;
}

static pw_status run_query(world *w, const session_query *query) {
    const pw_topology *topology = query->topology;
    feeding f = {.w = w, .sink = &topology->ops[topology->op_count - 1]->sink->sink};
    f.to = world_topic(w, f.sink->topic, true);
    f.to->source = f.sink;
    PW_TRY(pw_driver_open(topology, &f.driver, &w->err));
    pw_status status = feed_inputs(&f);
    if (status == PW_OK) status = feed_derived(&f);
    w->records_failed += (uint32_t)pw_driver_failure_count(f.driver);
    if (pw_driver_failure_count(f.driver)) {
        w->last_failure = pw_arena_str(&w->arena, pw_str_from(pw_driver_last_failure(f.driver)));
    }
    pw_driver_close(f.driver);
    return status;
}

/* The session lists the newest first. */
static pw_status run_queries(world *w) {
    for (const session_query *q = w->engine->queries; q; q = q->next)
        w->query_count++;
    const session_query **queries =
        PW_NEW_ARRAY(&w->arena, const session_query *, w->query_count + 1);
    uint32_t at = w->query_count;
    for (const session_query *q = w->engine->queries; q; q = q->next)
        queries[--at] = q;
    PW_TRY(write_inputs(w));
    for (uint32_t i = 0; i < w->query_count; i++)
        PW_TRY(run_query(w, queries[i]));
    return PW_OK;
}

/* --- the case --------------------------------------------------------------------------------- */

void world_init(world *w, const pw_json *test) {
    memset(w, 0, sizeof *w);
    pw_arena_init(&w->arena, 0);
    w->test = test;
    w->topics_end = &w->topics;
    w->drive = (session_drive){keep_insert, w};
    w->message = PW_STR_EMPTY;
}

void world_deinit(world *w) {
    pitwall_close(w->engine);
    pw_arena_deinit(&w->arena);
}

/* Properties of ours are set; ksqlDB has more, which change nothing here. */
static pw_status open_engine(world *w) {
    const pw_json *properties = pw_json_member(w->test, PW_STR("properties"));
    uint32_t capacity = properties ? properties->count : 0;
    pitwall_setting *settings = PW_NEW_ARRAY(&w->arena, pitwall_setting, capacity + 2);
    pitwall_options options = {.data_folder = ":memory:", .settings = settings};
    settings[options.setting_count++] = (pitwall_setting){"log.level", "off", NULL};
    for (const pw_json *p = properties ? properties->first : NULL; p; p = p->next) {
        if (!pw_setting_find(p->key)) continue;
        const char *value = p->kind == PW_JSON_TRUE    ? "true"
                            : p->kind == PW_JSON_FALSE ? "false"
                                                       : pw_arena_cstr(&w->arena, p->text);
        settings[options.setting_count++] =
            (pitwall_setting){pw_arena_cstr(&w->arena, p->key), value, NULL};
    }
    pitwall_error err;
    if (pitwall_open(&options, &w->engine, &err) != PITWALL_OK) {
        return pw_fail(&w->err, PW_CONFIG, PW_SPAN_NONE, "%s", err.message);
    }
    w->engine->drive = &w->drive;
    return session_broker(w->engine, &w->err);
}

static pw_status run(world *w) {
    join_statements(w);
    w->stage = WORLD_PARSING;
    pw_statements statements;
    PW_TRY(pw_parse(&w->arena, w->sql, &statements, &w->err));
    w->stage = WORLD_STATEMENTS;
    PW_TRY(open_engine(w));
    PW_TRY(make_topics(w, &statements));
    PW_TRY(run_statements(w));
    w->stage = WORLD_RUNNING;
    PW_TRY(run_queries(w));
    w->stage = WORLD_DONE;
    return PW_OK;
}

void world_run(world *w) {
    w->status = run(w);
    if (w->status == PW_OK) return;
    pw_buf text;
    pw_buf_init(&text);
    if (w->status != PW_SYNTAX && w->err.at.end > w->err.at.start) { /* as ksqlDB writes a place */
        pw_place place = pw_place_find(w->sql, w->err.at.start);
        pw_buf_format(&text, "Line: %u, Col: %u: ", place.line, place.column);
    }
    pw_parse_error_as_ksqldb(w->sql, &w->err, &text);
    w->message = pw_arena_str(&w->arena, pw_buf_str(&text));
    pw_buf_deinit(&text);
}
