/* Dates and times to text and back. The pattern is always the second argument and the zone, where
 * there is one, the third. Constant ones are prepared when the call site opens; a pattern that is
 * wrong makes every row fail, as in ksqlDB. SPDX-License-Identifier: Apache-2.0 */
#include "functions/functions_private.h"
#include "functions/time_pattern.h"
#include "types/temporal.h"

typedef struct prepared {
    pw_time_pattern pattern;
    const char *pattern_error;
    bool has_pattern;
    pw_zone zone;
    bool has_zone, is_zone_known;
} prepared;

static pw_status open_pattern(pw_arena *arena, const pw_slot *const *constants, uint32_t arg_count,
                              void **state, pw_error *err) {
    (void)err;
    prepared *site = PW_NEW(arena, prepared);
    if (constants[1] && !constants[1]->is_null) {
        site->has_pattern = true;
        site->pattern_error =
            pw_time_pattern_compile(arena, pw_slot_as_str(constants[1]), &site->pattern);
    }
    if (arg_count > 2 && constants[2] && !constants[2]->is_null) {
        site->has_zone = true;
        site->is_zone_known = pw_zone_find(pw_slot_as_str(constants[2]), &site->zone);
    }
    *state = site;
    return PW_OK;
}

/* What a row uses: from the call site, or worked out and kept for the next row with the same
 * text. */
typedef struct cursor {
    pw_call *call;
    prepared now;
    pw_str pattern_text, zone_text;
} cursor;

/* fallback: the zone without a third argument. */
static cursor cursor_new(pw_call *call, const pw_zone *fallback) {
    cursor c = {.call = call};
    if (call->state) c.now = *(const prepared *)call->state;
    if (call->arg_count < 3) {
        c.now.zone = *fallback;
        c.now.has_zone = c.now.is_zone_known = true;
    }
    return c;
}

/* False when the row has failed. */
static bool cursor_move(cursor *c, uint32_t row) {
    pw_call *call = c->call;
    const prepared *site = call->state;
    if (!site || !site->has_pattern) {
        pw_str text = pw_arg_str(call, 1, row);
        if (!c->now.has_pattern || !pw_str_equal(text, c->pattern_text)) {
            c->now.pattern_error = pw_time_pattern_compile(call->arena, text, &c->now.pattern);
            c->now.has_pattern = true;
            c->pattern_text = text;
        }
    }
    if (call->arg_count > 2 && (!site || !site->has_zone)) {
        pw_str text = pw_arg_str(call, 2, row);
        if (!c->now.has_zone || !pw_str_equal(text, c->zone_text)) {
            c->now.is_zone_known = pw_zone_find(text, &c->now.zone);
            c->now.has_zone = true;
            c->zone_text = text;
        }
    }
    const char *message = c->now.pattern_error;
    if (!message && !c->now.is_zone_known) message = "the time zone is not known";
    if (message) call->fail(call, row, message);
    return message == NULL;
}

/* --- to text ------------------------------------------------------------------------------- */

typedef enum { KIND_TIMESTAMP, KIND_DATE, KIND_TIME } time_kind;

static void each_format(pw_call *call, time_kind kind, pw_zone fallback) {
    cursor c = cursor_new(call, &fallback);
    pw_buf buf;
    pw_buf_init(&buf);
    PW_CALL_EACH_ROW(call, row) {
        const char *message = NULL;
        int64_t value = pw_arg(call, 0, row)->i64;
        pw_moment moment = {0, 0, 0, &pw_zone_utc};
        if (!cursor_move(&c, row)) continue;
        const pw_time_pattern *pattern = &c.now.pattern;
        if (kind == KIND_TIMESTAMP) {
            moment = pw_moment_at(value, &c.now.zone);
        } else if (kind == KIND_DATE) {
            moment.days = value;
            if (pattern->has_time || pattern->has_zone) message = "a date has no time of day";
        } else {
            moment.ms_of_day = value;
            if (pattern->has_date || pattern->has_zone) message = "a time of day has no date";
        }
        pw_buf_clear(&buf);
        if (!message) message = pw_time_pattern_format(pattern, &moment, &buf);
        if (message) {
            call->fail(call, row, message);
        } else {
            call->out[row] = pw_text_result(call->arena, &buf);
        }
    }
    pw_buf_deinit(&buf);
}

static void format_timestamp(pw_call *call) {
    each_format(call, KIND_TIMESTAMP, pw_zone_utc);
}
static void format_date(pw_call *call) {
    each_format(call, KIND_DATE, pw_zone_utc);
}
static void format_time(pw_call *call) {
    each_format(call, KIND_TIME, pw_zone_utc);
}
static void timestamp_to_string(pw_call *call) {
    each_format(call, KIND_TIMESTAMP, pw_zone_system());
}

/* --- from text ----------------------------------------------------------------------------- */

typedef enum { WANT_INSTANT, WANT_DATE, WANT_MIDNIGHT, WANT_TIME } parse_result;

static void each_parse(pw_call *call, parse_result want, pw_zone fallback) {
    cursor c = cursor_new(call, &fallback);
    PW_CALL_EACH_ROW(call, row) {
        pw_time_parsed parsed = {0};
        pw_str text = pw_arg_str(call, 0, row);
        int64_t value = 0;
        if (!cursor_move(&c, row)) continue;
        const pw_time_pattern *pattern = &c.now.pattern;
        const char *message = want == WANT_MIDNIGHT
                                  ? pw_time_pattern_parse_lenient(pattern, text, &parsed)
                                  : pw_time_pattern_parse(pattern, text, &parsed);
        if (want == WANT_TIME && pattern->has_date) message = "a time of day has no date";
        if (!message) {
            switch (want) {
            case WANT_INSTANT: value = pw_time_parsed_instant(&parsed, &c.now.zone); break;
            case WANT_DATE: value = parsed.days; break;
            case WANT_TIME: value = parsed.ms_of_day; break;
            case WANT_MIDNIGHT: {
                int64_t epoch_ms = pw_time_parsed_instant(&parsed, &pw_zone_utc);
                value = pw_floor_div(epoch_ms, PW_MS_PER_DAY);
                if (value * PW_MS_PER_DAY != epoch_ms) message = "a date has no time of day";
                break;
            }
            }
        }
        if (message) {
            call->fail(call, row, message);
        } else {
            call->out[row] = pw_slot_i64(value);
        }
    }
}

static void parse_timestamp(pw_call *call) {
    each_parse(call, WANT_INSTANT, pw_zone_utc);
}
static void parse_date(pw_call *call) {
    each_parse(call, WANT_MIDNIGHT, pw_zone_utc);
}
static void parse_time(pw_call *call) {
    each_parse(call, WANT_TIME, pw_zone_utc);
}
static void string_to_timestamp(pw_call *call) {
    each_parse(call, WANT_INSTANT, pw_zone_system());
}
static void string_to_date(pw_call *call) {
    each_parse(call, WANT_DATE, pw_zone_utc);
}

#define ROW(signature_, doc_, example_, scalar_, flags_)                                           \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = flags_, .open = open_pattern                                                      \
    }

#define FORMAT_TIMESTAMP_DOC                                                                       \
    "The moment as text by a Java DateTimeFormatter pattern, in UTC or the given zone."
#define PARSE_TIMESTAMP_DOC                                                                        \
    "The moment of a text by a Java DateTimeFormatter pattern, in UTC or the given zone."
#define DEPRECATED_NULL_OUT (PW_FN_NULL_IN_NULL_OUT | PW_FN_DEPRECATED)
#define DEPRECATED_FAILS    (PW_FN_NULL_FAILS | PW_FN_DEPRECATED)

static const pw_function format_time_rows[] = {
    ROW("FORMAT_TIMESTAMP(timestamp TIMESTAMP, formatPattern STRING) -> STRING",
        FORMAT_TIMESTAMP_DOC, "FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy-MM-dd') = '1970-01-01'",
        format_timestamp, PW_FN_NULL_IN_NULL_OUT),
    ROW("FORMAT_TIMESTAMP(timestamp TIMESTAMP, formatPattern STRING, timeZone STRING) -> STRING",
        FORMAT_TIMESTAMP_DOC, "FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'HH:mm', '+02:00') = '02:00'",
        format_timestamp, PW_FN_NULL_IN_NULL_OUT),
    ROW("FORMAT_DATE(date DATE, formatPattern STRING) -> STRING",
        "The date as text by a Java DateTimeFormatter pattern.",
        "FORMAT_DATE(FROM_DAYS(0), 'd MMMM yyyy') = '1 January 1970'", format_date,
        PW_FN_NULL_IN_NULL_OUT),
    ROW("FORMAT_TIME(time TIME, formatPattern STRING) -> STRING",
        "The time of day as text by a Java DateTimeFormatter pattern.",
        "FORMAT_TIME(PARSE_TIME('13:45', 'HH:mm'), 'h:mm a') = '1:45 PM'", format_time,
        PW_FN_NULL_IN_NULL_OUT),
    ROW("PARSE_TIMESTAMP(formattedTimestamp STRING, formatPattern STRING) -> TIMESTAMP",
        PARSE_TIMESTAMP_DOC,
        "PARSE_TIMESTAMP('1970-01-02', 'yyyy-MM-dd') = FROM_UNIXTIME(86400000)", parse_timestamp,
        PW_FN_NULL_IN_NULL_OUT),
    ROW("PARSE_TIMESTAMP(formattedTimestamp STRING, formatPattern STRING, timeZone STRING) -> "
        "TIMESTAMP",
        PARSE_TIMESTAMP_DOC, "PARSE_TIMESTAMP('02:00', 'HH:mm', '+02:00') = FROM_UNIXTIME(0)",
        parse_timestamp, PW_FN_NULL_IN_NULL_OUT),
    ROW("PARSE_DATE(formattedDate STRING, formatPattern STRING) -> DATE",
        "The date of a text by a Java SimpleDateFormat pattern, leniently.",
        "PARSE_DATE('01-JAN-1970', 'dd-MMM-yyyy') = FROM_DAYS(0)", parse_date,
        PW_FN_NULL_IN_NULL_OUT),
    ROW("PARSE_TIME(formattedTime STRING, formatPattern STRING) -> TIME",
        "The time of day of a text by a Java DateTimeFormatter pattern.",
        "PARSE_TIME('1:45 pm', 'h:mm a') = '13:45'", parse_time, PW_FN_NULL_IN_NULL_OUT),
    ROW("TIMESTAMPTOSTRING(epochMilli BIGINT, formatPattern STRING) -> STRING",
        "Use FORMAT_TIMESTAMP. Milliseconds since 1970 as text, in this machine's zone.",
        "LEN(TIMESTAMPTOSTRING(86400000, 'yyyy-MM-dd')) = 10", timestamp_to_string,
        DEPRECATED_NULL_OUT),
    ROW("TIMESTAMPTOSTRING(epochMilli BIGINT, formatPattern STRING, timeZone STRING) -> STRING",
        "Use FORMAT_TIMESTAMP. Milliseconds since 1970 as text, in the zone.",
        "TIMESTAMPTOSTRING(0, 'HH:mm z', 'Asia/Tokyo') = '09:00 JST'", timestamp_to_string,
        DEPRECATED_NULL_OUT),
    ROW("STRINGTOTIMESTAMP(formattedTimestamp STRING, formatPattern STRING) -> BIGINT",
        "Use PARSE_TIMESTAMP. Milliseconds since 1970 of a text in this machine's zone.",
        "STRINGTOTIMESTAMP('1970-01-01 +00', 'yyyy-MM-dd X') = 0", string_to_timestamp,
        DEPRECATED_FAILS),
    ROW("STRINGTOTIMESTAMP(formattedTimestamp STRING, formatPattern STRING, timeZone STRING) -> "
        "BIGINT",
        "Use PARSE_TIMESTAMP. Milliseconds since 1970 of a text in the zone.",
        "STRINGTOTIMESTAMP('00:00', 'HH:mm', 'UTC') = 0", string_to_timestamp, DEPRECATED_FAILS),
    ROW("DATETOSTRING(epochDays INT, formatPattern STRING) -> STRING",
        "Use FORMAT_DATE. Days since 1970 as text.", "DATETOSTRING(0, 'yyyy-MM-dd') = '1970-01-01'",
        format_date, DEPRECATED_FAILS),
    ROW("STRINGTODATE(formattedDate STRING, formatPattern STRING) -> INT",
        "Use PARSE_DATE. Days since 1970 of a text.",
        "STRINGTODATE('1970-01-02', 'yyyy-MM-dd') = 1", string_to_date, DEPRECATED_FAILS),
};

const pw_function_family pw_functions_format_time =
    PW_FUNCTION_FAMILY("DATE / TIME", format_time_rows);
