/* Puts a configuration together: the file, then the environment, then what the caller says; every
 * entry is checked and goes to our settings or to the broker's properties.
 * SPDX-License-Identifier: Apache-2.0 */
#include "session/config.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "session/config_private.h"

typedef struct config_builder {
    pw_arena *arena;
    pw_settings *settings;
    pw_broker_property *properties;
    size_t property_count;
    size_t property_capacity;
} config_builder;

/* --- secrets ---------------------------------------------------------------------------------- */

static bool contains_nocase(pw_str text, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.length; i++)
        if (strncasecmp(text.data + i, word, length) == 0) return true;
    return false;
}

bool pw_config_is_secret(pw_str name) {
    static const char *const words[] = {"password", "secret",     "jaas",
                                        "token",    "credential", "key.pem",
                                        "keyfile",  "user.info",  "oauthbearer.config"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (contains_nocase(name, words[i])) return true;
    return false;
}

/* --- one entry -------------------------------------------------------------------------------- */

/* A later property of the same name and for the same clients takes the place of the former one. The
 * order of the list counts too: the broker applies it from first to last. */
static void add_property(config_builder *builder, const pw_config_line *line) {
    pw_broker_property property = {
        .name = pw_arena_str(builder->arena, line->name),
        .value = pw_arena_str(builder->arena, line->value),
        .origin = pw_arena_str(builder->arena, line->origin),
        .for_consumer = line->section != PW_SECTION_PRODUCER,
        .for_producer = line->section != PW_SECTION_CONSUMER,
    };
    size_t kept = 0;
    for (size_t i = 0; i < builder->property_count; i++) {
        pw_broker_property old = builder->properties[i];
        if (pw_str_equal(old.name, property.name)) {
            if (property.for_consumer) old.for_consumer = false;
            if (property.for_producer) old.for_producer = false;
            if (!old.for_consumer && !old.for_producer) continue;
        }
        builder->properties[kept++] = old;
    }
    builder->property_count = kept;
    if (builder->property_count == builder->property_capacity) {
        size_t capacity = builder->property_capacity ? builder->property_capacity * 2 : 32;
        pw_broker_property *items = PW_NEW_ARRAY(builder->arena, pw_broker_property, capacity);
        if (kept) memcpy(items, builder->properties, kept * sizeof *items);
        builder->properties = items;
        builder->property_capacity = capacity;
    }
    builder->properties[builder->property_count++] = property;
}

static pw_status fail_unknown(const pw_config_line *line, pw_error *err) {
    pw_status status = pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%.*s: there is no setting %.*s",
                               PW_STR_ARGS(line->origin), PW_STR_ARGS(line->name));
    pw_str candidates[] = {
        pw_setting_nearest(line->name),
        pw_broker_property_nearest(line->name),
        line->is_java ? pw_config_java_nearest(line->name) : PW_STR_EMPTY,
    };
    pw_str nearest = pw_nearest(line->name, candidates, 3);
    if (nearest.length)
        pw_error_hint(err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    else
        pw_error_hint(err, "`pitwall help settings` lists ours; Kafka's are librdkafka's");
    return status;
}

static pw_status fail_section(const pw_config_line *line, const char *whose, const char *section,
                              pw_error *err) {
    pw_status status = pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%.*s: %.*s is a setting of %s",
                               PW_STR_ARGS(line->origin), PW_STR_ARGS(line->name), whose);
    pw_error_hint(err, "it belongs in section %s", section);
    return status;
}

/* auto.offset.reset and its like are librdkafka's and ours: ours decides, wherever it stands. */
static pw_status apply(config_builder *builder, const pw_config_line *line, pw_error *err) {
    const pw_setting *setting = pw_setting_find(line->name);
    bool is_property = pw_broker_property_is_known(line->name);
    if (!setting && !is_property) return fail_unknown(line, err);
    if (line->section == PW_SECTION_PITWALL && !setting)
        return fail_section(line, "Kafka's clients", "[default], [producer] or [consumer]", err);
    bool is_kafka_section = line->section != PW_SECTION_NONE && line->section != PW_SECTION_PITWALL;
    if (is_kafka_section && !is_property && !line->is_java)
        return fail_section(line, "pitwall", "[pitwall]", err);
    if (setting)
        return pw_setting_set(builder->arena, builder->settings, setting, line->value, line->origin,
                              err);
    add_property(builder, line);
    return PW_OK;
}

/* --- sources of entries ----------------------------------------------------------------------- */

/* What stands in [default] is for every client that a section of its own does not overrule,
 * wherever in the file that section stands: so it is applied first. */
static pw_status apply_file(config_builder *builder, const pw_config_lines *lines, pw_error *err) {
    for (int is_specific = 0; is_specific < 2; is_specific++) {
        for (size_t i = 0; i < lines->count; i++) {
            const pw_config_line *line = &lines->items[i];
            bool is_client =
                line->section == PW_SECTION_PRODUCER || line->section == PW_SECTION_CONSUMER;
            if (is_client != (is_specific == 1)) continue;
            PW_TRY(apply(builder, line, err));
        }
    }
    return PW_OK;
}

static pw_status load_file(config_builder *builder, pw_str file, pw_error *err) {
    pw_config_lines read = {0}, lines = {0};
    PW_TRY(pw_config_read(builder->arena, file, &read, err));
    for (size_t i = 0; i < read.count; i++) {
        pw_config_line line = read.items[i];
        if (line.is_java) {
            pw_java_verdict verdict = pw_config_translate(builder->arena, &line, &lines, err);
            if (verdict == PW_JAVA_REFUSED) return PW_CONFIG;
            if (verdict == PW_JAVA_IGNORE) {
                pw_log(PW_LOG_INFO, "setting_without_effect", "at=%.*s name=%.*s",
                       PW_STR_ARGS(line.origin), PW_STR_ARGS(line.name));
                continue;
            }
        }
        pw_config_lines_add(builder->arena, &lines, line);
    }
    return apply_file(builder, &lines, err);
}

/* PITWALL_BENCH and PITWALL_TEST_... steer test harnesses and are not settings. */
static bool is_harness_variable(pw_str name) {
    return pw_str_equal(name, PW_STR("BENCH")) || pw_str_starts_with(name, PW_STR("TEST_"));
}

static pw_status load_environment(config_builder *builder, pw_error *err) {
    static const pw_str prefix = {"PITWALL_", 8};
    for (char **variable = environ; variable && *variable; variable++) {
        pw_str text = pw_str_from(*variable);
        const char *equals = strchr(*variable, '=');
        if (!equals || !pw_str_starts_with(text, prefix)) continue;
        size_t name_length = (size_t)(equals - *variable);
        pw_str name = {text.data + prefix.length, name_length - prefix.length};
        if (equals[1] == '\0' || is_harness_variable(name)) continue; /* empty means unset */
        char *dotted = pw_arena_cstr(builder->arena, name);
        for (char *c = dotted; *c; c++) {
            if (*c == '_')
                *c = '.';
            else if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        }
        pw_config_line line = {
            .name = pw_str_from(dotted),
            .value = pw_str_trim(pw_str_from(equals + 1)),
            .origin = pw_arena_format(builder->arena, "environment variable %.*s", (int)name_length,
                                      text.data),
        };
        PW_TRY(apply(builder, &line, err));
    }
    return PW_OK;
}

pw_status pw_config_load(pw_arena *arena, pw_str file, const pw_config_entry *entries,
                         size_t entry_count, pw_config *out, pw_error *err) {
    config_builder builder = {.arena = arena, .settings = PW_NEW(arena, pw_settings)};
    pw_settings_init(builder.settings);
    if (file.length) PW_TRY(load_file(&builder, file, err));
    PW_TRY(load_environment(&builder, err));
    for (size_t i = 0; i < entry_count; i++) {
        pw_config_line line = {
            .name = pw_str_trim(entries[i].name),
            .value = pw_str_trim(entries[i].value),
            .origin = entries[i].origin.length ? entries[i].origin : PW_STR("--set"),
        };
        PW_TRY(apply(&builder, &line, err));
    }
    *out = (pw_config){
        .settings = builder.settings,
        .broker_properties = builder.properties,
        .broker_property_count = builder.property_count,
    };
    return PW_OK;
}
