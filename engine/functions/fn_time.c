/* Moments without text: adding units, epochs, zones. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "functions/functions_private.h"
#include "functions/time_zone.h"
#include "types/temporal.h"

/* Milliseconds of a unit such as "HOURS", 0 for none. */
static int64_t unit_ms(pw_str unit) {
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"MILLISECOND", 1},
                 {"SECOND", 1000},
                 {"MINUTE", 60000},
                 {"HOUR", 3600000},
                 {"DAY", PW_MS_PER_DAY}};
    if (unit.length && (unit.data[unit.length - 1] | 0x20) == 's') unit.length--;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (pw_str_equal_nocase(unit, pw_str_from(units[i].name))) return units[i].ms;
    return 0;
}

/* The milliseconds that arguments 0 and 1 name; false, and the row has failed, for no unit. The
 * count is an INTEGER, so the product fits. */
static bool interval_of(pw_call *call, uint32_t row, int sign, int64_t *ms) {
    *ms = unit_ms(pw_arg_str(call, 0, row)) * pw_arg(call, 1, row)->i64 * sign;
    if (unit_ms(pw_arg_str(call, 0, row)) != 0) return true;
    call->fail(call, row, "the unit must be MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS");
    return false;
}

static void each_timestamp(pw_call *call, int sign) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t ms = 0;
        if (!interval_of(call, row, sign, &ms)) continue;
        if (__builtin_add_overflow(pw_arg(call, 2, row)->i64, ms, &ms)) {
            call->fail(call, row, "the result is out of range");
        } else {
            call->out[row] = pw_slot_i64(ms);
        }
    }
}

/* In milliseconds, then cut off towards 1970: a millisecond before day 5 is day 4. */
static void each_date(pw_call *call, int sign) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t ms = 0;
        if (!interval_of(call, row, sign, &ms)) continue;
        call->out[row] =
            pw_slot_i64((pw_arg(call, 2, row)->i64 * PW_MS_PER_DAY + ms) / PW_MS_PER_DAY);
    }
}

static void each_time(pw_call *call, int sign) {
    PW_CALL_EACH_ROW(call, row) {
        int64_t ms = 0;
        if (!interval_of(call, row, sign, &ms)) continue;
        ms += pw_arg(call, 2, row)->i64;
        call->out[row] = pw_slot_i64(ms - pw_floor_div(ms, PW_MS_PER_DAY) * PW_MS_PER_DAY);
    }
}

static void timestampadd(pw_call *call) {
    each_timestamp(call, 1);
}
static void timestampsub(pw_call *call) {
    each_timestamp(call, -1);
}
static void dateadd(pw_call *call) {
    each_date(call, 1);
}
static void datesub(pw_call *call) {
    each_date(call, -1);
}
static void timeadd(pw_call *call) {
    each_time(call, 1);
}
static void timesub(pw_call *call) {
    each_time(call, -1);
}

/* The same number under another type. */
static void same_number(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = *pw_arg(call, 0, row);
}

static void unix_timestamp_now(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_i64(pw_clock_wall_ms());
}

static void unix_date_now(pw_call *call) {
    pw_zone zone = pw_zone_system();
    int64_t now_ms = pw_clock_wall_ms();
    int64_t days = pw_floor_div(now_ms + pw_zone_offset(&zone, now_ms), PW_MS_PER_DAY);
    PW_CALL_EACH_ROW(call, row) call->out[row] = pw_slot_i64(days);
}

static void convert_tz(pw_call *call) {
    PW_CALL_EACH_ROW(call, row) {
        pw_zone from, to;
        int64_t epoch_ms = pw_arg(call, 0, row)->i64;
        if (!pw_zone_find(pw_arg_str(call, 1, row), &from) ||
            !pw_zone_find(pw_arg_str(call, 2, row), &to)) {
            call->fail(call, row, "the time zone is not known");
            continue;
        }
        int64_t shift = pw_zone_offset(&to, epoch_ms) - pw_zone_offset(&from, epoch_ms);
        if (__builtin_add_overflow(epoch_ms, shift, &epoch_ms)) {
            call->fail(call, row, "the result is out of range");
        } else {
            call->out[row] = pw_slot_i64(epoch_ms);
        }
    }
}

#define UNIT_ROW(signature_, doc_, example_, scalar_)                                              \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = PW_FN_NULL_IN_NULL_OUT | PW_FN_TIME_UNIT                                          \
    }
#define ROW(signature_, doc_, example_, scalar_, flags_)                                           \
    {                                                                                              \
        .signature = signature_, .doc = doc_, .example = example_, .scalar = scalar_,              \
        .flags = flags_                                                                            \
    }

static const pw_function time_rows[] = {
    UNIT_ROW("TIMESTAMPADD(unit STRING, interval INT, timestamp TIMESTAMP) -> TIMESTAMP",
             "A moment `interval` units later.",
             "TIMESTAMPADD(SECONDS, 5, FROM_UNIXTIME(0)) = FROM_UNIXTIME(5000)", timestampadd),
    UNIT_ROW("TIMESTAMPSUB(unit STRING, interval INT, timestamp TIMESTAMP) -> TIMESTAMP",
             "A moment `interval` units earlier.",
             "TIMESTAMPSUB(SECONDS, 5, FROM_UNIXTIME(5000)) = FROM_UNIXTIME(0)", timestampsub),
    UNIT_ROW("DATEADD(unit STRING, interval INT, date DATE) -> DATE",
             "A date `interval` units later.", "DATEADD(DAYS, 5, FROM_DAYS(1)) = FROM_DAYS(6)",
             dateadd),
    UNIT_ROW("DATESUB(unit STRING, interval INT, date DATE) -> DATE",
             "A date `interval` units earlier.", "DATESUB(DAYS, 5, FROM_DAYS(6)) = FROM_DAYS(1)",
             datesub),
    UNIT_ROW("TIMEADD(unit STRING, interval INT, time TIME) -> TIME",
             "A time of day `interval` units later; it goes round at midnight.",
             "TIMEADD(HOURS, 2, PARSE_TIME('23:00', 'HH:mm')) = '01:00'", timeadd),
    UNIT_ROW("TIMESUB(unit STRING, interval INT, time TIME) -> TIME",
             "A time of day `interval` units earlier; it goes round at midnight.",
             "TIMESUB(HOURS, 2, PARSE_TIME('01:00', 'HH:mm')) = '23:00'", timesub),
    ROW("FROM_DAYS(days INT) -> DATE", "The date so many days after 1970-01-01.",
        "FROM_DAYS(1) = '1970-01-02'", same_number, PW_FN_NULL_FAILS),
    ROW("FROM_UNIXTIME(milliseconds BIGINT) -> TIMESTAMP",
        "The moment so many milliseconds after 1970-01-01, UTC.",
        "FROM_UNIXTIME(1000) = '1970-01-01T00:00:01'", same_number, PW_FN_NULL_IN_NULL_OUT),
    ROW("UNIX_DATE() -> INT", "Days since 1970-01-01, today.", "UNIX_DATE() > 19000", unix_date_now,
        PW_FN_VOLATILE),
    ROW("UNIX_DATE(date DATE) -> INT", "Days since 1970-01-01.", "UNIX_DATE(FROM_DAYS(7)) = 7",
        same_number, PW_FN_NULL_IN_NULL_OUT),
    ROW("UNIX_TIMESTAMP() -> BIGINT", "Milliseconds since 1970-01-01, now.",
        "UNIX_TIMESTAMP() > 1600000000000", unix_timestamp_now, PW_FN_VOLATILE),
    ROW("UNIX_TIMESTAMP(timestamp TIMESTAMP) -> BIGINT", "Milliseconds since 1970-01-01.",
        "UNIX_TIMESTAMP(FROM_UNIXTIME(44)) = 44", same_number, PW_FN_NULL_IN_NULL_OUT),
    ROW("CONVERT_TZ(timestamp TIMESTAMP, fromTz STRING, toTz STRING) -> TIMESTAMP",
        "Moves the moment by the difference of the two zones.",
        "CONVERT_TZ(FROM_UNIXTIME(0), 'UTC', '+02:00') = FROM_UNIXTIME(7200000)", convert_tz,
        PW_FN_NULL_IN_NULL_OUT),
};

const pw_function_family pw_functions_time = PW_FUNCTION_FAMILY("DATE / TIME", time_rows);
