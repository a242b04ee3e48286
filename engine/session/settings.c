/* The table of settings: look-up, checks, defaults, printing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "session/settings.h"

#include <stddef.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"

static const pw_setting setting_rows[] = {
#define SETTING_ROW(field, name, alias, type, value, limits, doc)                                  \
    {{name, sizeof(name) - 1},   {alias, sizeof(alias) - 1},   PW_SETTING_##type,                  \
     {value, sizeof(value) - 1}, {limits, sizeof(limits) - 1}, offsetof(pw_settings, field)},
    PW_SETTING_MAP(SETTING_ROW)
#undef SETTING_ROW
};

enum { SETTING_COUNT = sizeof setting_rows / sizeof setting_rows[0] };

/* The same rows as the public API shows them. */
static const pitwall_setting_info setting_infos[] = {
#define TYPE_WORD_TEXT    "text"
#define TYPE_WORD_INTEGER "integer"
#define TYPE_WORD_BOOLEAN "boolean"
#define TYPE_WORD_MS      "milliseconds"
#define TYPE_WORD_BYTES   "bytes"
#define SETTING_INFO(field, name, alias, type, value, limits, doc)                                 \
    {name, sizeof(alias) > 1 ? alias : NULL, TYPE_WORD_##type, value, doc},
    PW_SETTING_MAP(SETTING_INFO)
#undef SETTING_INFO
};

const pitwall_setting_info *pitwall_settings_list(size_t *count) {
    *count = SETTING_COUNT;
    return setting_infos;
}

const pw_setting *pw_setting_all(size_t *count) {
    *count = SETTING_COUNT;
    return setting_rows;
}

const pw_setting *pw_setting_find(pw_str name) {
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const pw_setting *row = &setting_rows[i];
        if (pw_str_equal(row->name, name)) return row;
        if (row->alias.length && pw_str_equal(row->alias, name)) return row;
    }
    return NULL;
}

pw_str pw_setting_nearest(pw_str name) {
    pw_str names[SETTING_COUNT];
    for (size_t i = 0; i < SETTING_COUNT; i++)
        names[i] = setting_rows[i].name;
    return pw_nearest(name, names, SETTING_COUNT);
}

/* --- values ----------------------------------------------------------------------------------- */

/* Is `value` one of the words of "a|b|c"? An empty first word allows an empty value. */
static bool is_choice(pw_str choices, pw_str value) {
    size_t start = 0;
    for (size_t i = 0; i <= choices.length; i++) {
        if (i < choices.length && choices.data[i] != '|') continue;
        if (pw_str_equal((pw_str){choices.data + start, i - start}, value)) return true;
        start = i + 1;
    }
    return false;
}

/* "64k" is 65536; a suffix of k, m or g in either case. */
static bool read_bytes(pw_str text, int64_t *out) {
    int shift = 0;
    if (text.length) {
        switch (text.data[text.length - 1]) {
        case 'k':
        case 'K': shift = 10; break;
        case 'm':
        case 'M': shift = 20; break;
        case 'g':
        case 'G': shift = 30; break;
        }
    }
    if (shift) text.length--;
    int64_t number;
    if (!pw_str_to_i64(text, &number)) return false;
    return !__builtin_mul_overflow(number, (int64_t)1 << shift, out);
}

static bool read_number(pw_setting_type type, pw_str text, int64_t *out) {
    return type == PW_SETTING_BYTES ? read_bytes(text, out) : pw_str_to_i64(text, out);
}

/* Is the number within "lowest..highest"? Either may be left out. */
static bool is_in_range(const pw_setting *setting, int64_t number) {
    size_t dots = pw_str_find(setting->limits, PW_STR(".."));
    if (dots == SIZE_MAX) return true;
    pw_str low_text = {setting->limits.data, dots};
    pw_str high_text = {setting->limits.data + dots + 2, setting->limits.length - dots - 2};
    int64_t low, high;
    if (read_number(setting->type, low_text, &low) && number < low) return false;
    if (read_number(setting->type, high_text, &high) && number > high) return false;
    return true;
}

static bool read_boolean(pw_str text, bool *out) {
    *out = pw_str_equal_nocase(text, PW_STR("true"));
    return *out || pw_str_equal_nocase(text, PW_STR("false"));
}

/* "what is wanted", e.g. "a number of milliseconds, 1..3600000". */
static void print_wanted(const pw_setting *setting, pw_buf *out) {
    switch (setting->type) {
    case PW_SETTING_TEXT:
        for (size_t i = 0; i < setting->limits.length; i++) {
            char c = setting->limits.data[i];
            if (c != '|')
                pw_buf_add_char(out, c);
            else if (i == 0)
                pw_buf_add_literal(out, "nothing or ");
            else
                pw_buf_add_literal(out, " or ");
        }
        return;
    case PW_SETTING_BOOLEAN: pw_buf_add_literal(out, "true or false"); return;
    case PW_SETTING_INTEGER: pw_buf_add_literal(out, "a whole number"); break;
    case PW_SETTING_MS: pw_buf_add_literal(out, "a whole number of milliseconds"); break;
    case PW_SETTING_BYTES: pw_buf_add_literal(out, "bytes, such as 64k, 256m or 2g"); break;
    }
    if (setting->limits.length) pw_buf_format(out, ", %.*s", PW_STR_ARGS(setting->limits));
}

static pw_status fail_value(const pw_setting *setting, pw_str value, pw_str origin, pw_error *err) {
    pw_buf wanted;
    pw_buf_init(&wanted);
    print_wanted(setting, &wanted);
    pw_status status =
        pw_fail(err, PW_CONFIG, PW_SPAN_NONE, "%.*s%s%.*s cannot be \"%.*s\"", PW_STR_ARGS(origin),
                origin.length ? ": " : "", PW_STR_ARGS(setting->name), PW_STR_ARGS(value));
    pw_error_hint(err, "allowed: %s", pw_buf_cstr(&wanted));
    pw_buf_deinit(&wanted);
    return status;
}

/* What the list allows and the engine cannot do yet. */
static pw_status check_supported(const pw_setting *setting, pw_str value, pw_str origin,
                                 pw_error *err) {
    if (setting->field_offset != offsetof(pw_settings, processing_guarantee)) return PW_OK;
    if (!pw_str_equal(value, PW_STR("exactly_once_v2"))) return PW_OK;
    pw_status status = pw_fail(err, PW_UNSUPPORTED, PW_SPAN_NONE,
                               "%.*s%sprocessing.guarantee=exactly_once_v2 is not supported yet",
                               PW_STR_ARGS(origin), origin.length ? ": " : "");
    pw_error_hint(err, "at_least_once is: its tables are exact, only output topics may repeat "
                       "records after a crash");
    return status;
}

static void *field_of(pw_settings *settings, const pw_setting *setting) {
    return (char *)settings + setting->field_offset;
}

pw_status pw_setting_set(pw_arena *arena, pw_settings *settings, const pw_setting *setting,
                         pw_str value, pw_str origin, pw_error *err) {
    void *field = field_of(settings, setting);
    switch (setting->type) {
    case PW_SETTING_TEXT:
        if (setting->limits.length && !is_choice(setting->limits, value))
            return fail_value(setting, value, origin, err);
        PW_TRY(check_supported(setting, value, origin, err));
        *(pw_str *)field = pw_arena_str(arena, value);
        return PW_OK;
    case PW_SETTING_BOOLEAN:
        if (!read_boolean(value, field)) return fail_value(setting, value, origin, err);
        return PW_OK;
    case PW_SETTING_INTEGER:
    case PW_SETTING_MS:
    case PW_SETTING_BYTES: {
        int64_t number;
        if (!read_number(setting->type, value, &number) || !is_in_range(setting, number))
            return fail_value(setting, value, origin, err);
        *(int64_t *)field = number;
        return PW_OK;
    }
    }
    PW_UNREACHABLE();
}

void pw_settings_init(pw_settings *settings) {
    memset(settings, 0, sizeof *settings);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const pw_setting *setting = &setting_rows[i];
        void *field = field_of(settings, setting);
        bool is_read = true;
        /* Texts point to the literals of the list, which live for ever: no arena is needed. */
        if (setting->type == PW_SETTING_TEXT)
            *(pw_str *)field = setting->default_value;
        else if (setting->type == PW_SETTING_BOOLEAN)
            is_read = read_boolean(setting->default_value, field);
        else
            is_read = read_number(setting->type, setting->default_value, field);
        PW_ASSERT(is_read);
    }
}

void pw_setting_print(const pw_settings *settings, const pw_setting *setting, pw_buf *out) {
    const void *field = (const char *)settings + setting->field_offset;
    switch (setting->type) {
    case PW_SETTING_TEXT: pw_buf_add_str(out, *(const pw_str *)field); return;
    case PW_SETTING_BOOLEAN:
        pw_buf_add_str(out, *(const bool *)field ? PW_STR("true") : PW_STR("false"));
        return;
    case PW_SETTING_INTEGER:
    case PW_SETTING_MS:
    case PW_SETTING_BYTES: pw_buf_add_i64(out, *(const int64_t *)field); return;
    }
}
