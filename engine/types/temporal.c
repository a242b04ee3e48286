/* Calendar arithmetic and the ISO texts of DATE, TIME and TIMESTAMP.
 *
 * The calendar is counted in years that begin on 1 March: the leap day is then the last day, and
 * the days before a month follow a straight line (153 days for every five months). Four hundred
 * years have always 146097 days; inside such an era only non-negative numbers occur.
 * SPDX-License-Identifier: Apache-2.0 */
#include "types/temporal.h"

#include <string.h>

#include "types/types_private.h"

enum {
    DAYS_PER_ERA = 146097,
    YEARS_PER_ERA = 400,
    DAYS_TO_1970 = 719468, /* from 1 March of year 0 */
    MS_PER_SECOND = 1000,
    MS_PER_MINUTE = 60000,
    MS_PER_HOUR = 3600000,
    ZONE_MINUTES_MAX = 18 * 60, /* Java's widest offset */
};

int64_t pw_days_from_civil(int64_t year, int32_t month, int32_t day) {
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t era = pw_floor_div(march_year, YEARS_PER_ERA);
    int64_t year_of_era = march_year - era * YEARS_PER_ERA;
    int64_t month_from_march = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t leap_days = year_of_era / 4 - year_of_era / 100;
    return era * DAYS_PER_ERA + year_of_era * 365 + leap_days + day_of_year - DAYS_TO_1970;
}

pw_civil pw_civil_from_days(int64_t days) {
    int64_t shifted;
    if (__builtin_add_overflow(days, (int64_t)DAYS_TO_1970, &shifted)) shifted = INT64_MAX;
    int64_t era = pw_floor_div(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    /* Take the leap days out, so that every year has 365 days. The last day of a leap year, of a
     * century and of the era would make a year too many: each is one day less. */
    int64_t leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / (DAYS_PER_ERA - 1);
    int64_t year_of_era = (day_of_era - leap_days) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * YEARS_PER_ERA + year_of_era + (month <= 2);
    return (pw_civil){year, (int32_t)month, (int32_t)day};
}

static int32_t days_of_month(int64_t year, int32_t month) {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool pw_civil_is_valid(int64_t year, int32_t month, int32_t day) {
    return month >= 1 && month <= 12 && day >= 1 && day <= days_of_month(year, month);
}

static char *write_two(int64_t value, char *out) {
    *out++ = (char)('0' + value / 10);
    *out++ = (char)('0' + value % 10);
    return out;
}

/* Java's ISO year: four digits at least, a sign for negative ones and for more than four digits. */
static char *write_year(int64_t year, char *out) {
    if (year < 0) *out++ = '-';
    if (year > 9999) *out++ = '+';
    uint64_t magnitude = (uint64_t)(year < 0 ? -year : year);
    if (magnitude > 9999) return out + pw_u64_write(magnitude, out);
    out = write_two((int64_t)magnitude / 100, out);
    return write_two((int64_t)magnitude % 100, out);
}

size_t pw_date_write(int64_t days, char *out) {
    pw_civil civil = pw_civil_from_days(days);
    char *at = write_year(civil.year, out);
    *at++ = '-';
    at = write_two(civil.month, at);
    *at++ = '-';
    return (size_t)(write_two(civil.day, at) - out);
}

static char *write_clock(int64_t ms, char *out) {
    out = write_two(ms / MS_PER_HOUR, out);
    *out++ = ':';
    out = write_two(ms / MS_PER_MINUTE % 60, out);
    *out++ = ':';
    return write_two(ms / MS_PER_SECOND % 60, out);
}

size_t pw_time_write(int64_t ms, char *out) {
    ms = pw_floor_mod(ms, PW_MS_PER_DAY);
    char *end = write_clock(ms, out);
    if (ms / MS_PER_SECOND % 60 == 0) end -= 3;
    return (size_t)(end - out);
}

size_t pw_timestamp_write(int64_t epoch_ms, char *out) {
    int64_t days = pw_floor_div(epoch_ms, PW_MS_PER_DAY);
    int64_t ms = pw_floor_mod(epoch_ms, PW_MS_PER_DAY);
    char *at = out + pw_date_write(days, out);
    *at++ = 'T';
    at = write_clock(ms, at);
    *at++ = '.';
    *at++ = (char)('0' + ms % MS_PER_SECOND / 100);
    return (size_t)(write_two(ms % 100, at) - out);
}

void pw_date_print(int64_t days, pw_buf *out) {
    out->length += pw_date_write(days, pw_buf_reserve(out, PW_TEMPORAL_TEXT_MAX));
}

void pw_time_print(int64_t ms, pw_buf *out) {
    out->length += pw_time_write(ms, pw_buf_reserve(out, PW_TEMPORAL_TEXT_MAX));
}

void pw_timestamp_print(int64_t epoch_ms, pw_buf *out) {
    out->length += pw_timestamp_write(epoch_ms, pw_buf_reserve(out, PW_TEMPORAL_TEXT_MAX));
}

/* What is left to read. The readers take their piece off the front, or return false. */
typedef struct reader {
    const char *at;
    const char *end;
} reader;

static bool take(reader *in, char c) {
    if (in->at == in->end || *in->at != c) return false;
    in->at++;
    return true;
}

static bool take_two(reader *in, int32_t limit, int32_t *out) {
    if (in->end - in->at < 2 || !pw_is_digit(in->at[0]) || !pw_is_digit(in->at[1])) return false;
    *out = (in->at[0] - '0') * 10 + (in->at[1] - '0');
    in->at += 2;
    return *out <= limit;
}

/* Java's ISO year: exactly four digits, or up to nine behind a sign; a plus only where it is
 * needed, and no minus zero. */
static bool take_year(reader *in, int64_t *year) {
    char sign = in->at < in->end && (*in->at == '-' || *in->at == '+') ? *in->at++ : 0;
    const char *start = in->at;
    int64_t value = 0;
    while (in->at < in->end && pw_is_digit(*in->at) && in->at - start < 9) {
        value = value * 10 + (*in->at++ - '0');
    }
    ptrdiff_t count = in->at - start;
    if (count < 4 || (sign == 0 && count > 4) || (sign == '+' && count == 4)) return false;
    if (sign == '-' && value == 0) return false;
    *year = sign == '-' ? -value : value;
    return true;
}

/* Year, month and day. is_partial: month and day may be missing (then 1), not behind a minus. */
static bool take_date(reader *in, bool is_partial, pw_civil *out) {
    bool is_negative = in->at < in->end && *in->at == '-';
    *out = (pw_civil){0, 1, 1};
    if (!take_year(in, &out->year)) return false;
    is_partial = is_partial && !is_negative;
    if (is_partial && in->at == in->end) return true;
    if (!take(in, '-') || !take_two(in, 12, &out->month) || out->month == 0) return false;
    if (is_partial && in->at == in->end) return true;
    return take(in, '-') && take_two(in, 31, &out->day) && out->day > 0;
}

bool pw_date_parse(pw_str text, int64_t *days) {
    reader in = {text.data, text.data + text.length};
    pw_civil civil;
    if (!take_date(&in, true, &civil) || in.at != in.end) return false;
    if (!pw_civil_is_valid(civil.year, civil.month, civil.day)) return false;
    *days = pw_days_from_civil(civil.year, civil.month, civil.day);
    return true;
}

/* Up to nine digits behind the point; what is finer than a millisecond is cut off. */
static bool take_fraction(reader *in, int64_t *ms) {
    int64_t weight = 100;
    const char *start = in->at;
    for (*ms = 0; in->at < in->end && pw_is_digit(*in->at); in->at++, weight /= 10) {
        *ms += (*in->at - '0') * weight;
    }
    return in->at - start <= 9;
}

bool pw_time_parse(pw_str text, int64_t *ms) {
    reader in = {text.data, text.data + text.length};
    int32_t hour, minute, second = 0;
    int64_t fraction = 0;
    if (!take_two(&in, 23, &hour) || !take(&in, ':') || !take_two(&in, 59, &minute)) return false;
    if (in.at != in.end) {
        if (!take(&in, ':') || !take_two(&in, 59, &second)) return false;
        if (in.at != in.end && (!take(&in, '.') || !take_fraction(&in, &fraction))) return false;
    }
    *ms = (int64_t)hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + fraction;
    return in.at == in.end;
}

/* The time of day in front of a zone. What is missing behind the text is taken from 00:00:00.000,
 * as ksqlDB does it: "13" is 13:00:00.000, "13:45:10.5" is 13:45:10.500. "24:00" is the end of the
 * day. */
static bool parse_clock(const char *text, size_t length, int64_t *ms) {
    char clock[] = "00:00:00.000";
    if (length >= sizeof clock) return false;
    memcpy(clock, text, length);
    reader in = {clock, clock + sizeof clock - 1};
    int32_t hour, minute, second;
    int64_t fraction;
    if (!take_two(&in, 24, &hour) || !take(&in, ':') || !take_two(&in, 59, &minute)) return false;
    if (!take(&in, ':') || !take_two(&in, 59, &second)) return false;
    if (!take(&in, '.') || !take_fraction(&in, &fraction) || in.at != in.end) return false;
    *ms = (int64_t)hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + fraction;
    return *ms <= PW_MS_PER_DAY;
}

/* "Z", "+2", "+02", "+0200", "+02:00", with seconds too; milliseconds east of Greenwich. */
static bool parse_zone(const char *text, const char *end, int64_t *offset_ms) {
    *offset_ms = 0;
    if (text == end || (end - text == 1 && *text == 'Z')) return true;
    if (*text == 'Z') return false;
    reader in = {text + 1, end};
    int32_t hour, minute = 0, second = 0;
    if (end - text == 2) {
        if (!pw_is_digit(text[1])) return false;
        hour = text[1] - '0';
        in.at++;
    } else if (!take_two(&in, 18, &hour)) {
        return false;
    }
    bool has_colons = in.at < in.end && *in.at == ':';
    if (in.at != in.end && ((has_colons && !take(&in, ':')) || !take_two(&in, 59, &minute))) {
        return false;
    }
    if (in.at != in.end && ((has_colons && !take(&in, ':')) || !take_two(&in, 59, &second))) {
        return false;
    }
    int64_t seconds = hour * 3600 + minute * 60 + second;
    if (in.at != in.end || seconds > ZONE_MINUTES_MAX * 60) return false;
    *offset_ms = (*text == '-' ? -seconds : seconds) * MS_PER_SECOND;
    return true;
}

bool pw_timestamp_parse(pw_str text, int64_t *epoch_ms) {
    const char *end = text.data + text.length;
    const char *clock = text.length ? memchr(text.data, 'T', text.length) : NULL;
    reader in = {text.data, clock ? clock : end};
    pw_civil civil;
    if (!take_date(&in, !clock, &civil) || in.at != in.end) return false;
    int64_t ms = 0, offset_ms = 0;
    if (clock) {
        const char *zone = ++clock;
        while (zone < end && *zone != '+' && *zone != '-' && *zone != 'Z')
            zone++;
        if (!parse_clock(clock, (size_t)(zone - clock), &ms)) return false;
        if (!parse_zone(zone, end, &offset_ms)) return false;
    }
    /* A day past the end of its month is that month's last day: Java's lenient resolving, which a
     * TIMESTAMP gets and a DATE does not. */
    int32_t last = days_of_month(civil.year, civil.month);
    int64_t days = pw_days_from_civil(civil.year, civil.month, civil.day < last ? civil.day : last);
    if (__builtin_mul_overflow(days, (int64_t)PW_MS_PER_DAY, &days)) return false;
    return !__builtin_add_overflow(days, ms - offset_ms, epoch_ms);
}
