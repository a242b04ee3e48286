/* What a text gave, field by field, to a date and a time (time_private.h).
 *
 * As DateTimeFormatter's SMART style: a day up to 31 moves to the end of a shorter month, 24:00 is
 * the next day; everything else out of range is an error. What is missing is that of 1970-01-01
 * 00:00. SPDX-License-Identifier: Apache-2.0 */
#include "functions/time_private.h"
#include "types/temporal.h"

enum { HOUR_MS = 3600000, MINUTE_MS = 60000, YEAR_MAX = 100000000 };

static const char *const out_of_range = "a field of the text is out of range";

static int64_t value_or(const pw_time_fields *fields, char letter, int64_t fallback) {
    return pw_time_has(fields, letter) ? fields->values[(uint8_t)letter] : fallback;
}

/* Is the field absent or in the range? */
static bool fits(const pw_time_fields *fields, char letter, int64_t least, int64_t most) {
    int64_t value = value_or(fields, letter, least);
    return value >= least && value <= most;
}

static bool is_leap(int64_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t year_of(const pw_time_fields *fields) {
    int64_t year = value_or(fields, 'u', value_or(fields, 'y', 1970));
    bool is_bc = pw_time_has(fields, 'G') && fields->values['G'] == 0;
    return is_bc && !pw_time_has(fields, 'u') ? 1 - year : year;
}

/* Week-based date: weeks begin on Sunday, the first one has 1 January. */
static int64_t days_of_week_date(const pw_time_fields *fields) {
    int64_t year = value_or(fields, 'Y', 1970), week = value_or(fields, 'w', 1);
    int64_t first = pw_days_from_civil(year, 1, 1);
    int64_t sunday = first - pw_weekday_from_sunday(first);
    int64_t weekday = value_or(fields, 'e', value_or(fields, 'c', 1)) - 1;
    if (pw_time_has(fields, 'E')) weekday = fields->values['E'] % 7;
    return sunday + (week - 1) * 7 + weekday;
}

static const char *resolve_days(const pw_time_fields *fields, bool is_lenient, int64_t *days) {
    int64_t year = year_of(fields), month = value_or(fields, 'M', value_or(fields, 'L', 1));
    int64_t day = value_or(fields, 'd', 1);
    bool is_good = fits(fields, 'M', 1, 12) && fits(fields, 'L', 1, 12) &&
                   fits(fields, 'd', 1, 31) && fits(fields, 'D', 1, is_leap(year) ? 366 : 365) &&
                   fits(fields, 'e', 1, 7) && fits(fields, 'c', 1, 7) && fits(fields, 'w', 1, 53) &&
                   fits(fields, 'Q', 1, 4) && fits(fields, 'q', 1, 4);
    if ((!is_lenient && !is_good) || year > YEAR_MAX || year < -YEAR_MAX) return out_of_range;
    if (month > YEAR_MAX || month < -YEAR_MAX || day > YEAR_MAX || day < -YEAR_MAX)
        return out_of_range;
    if (pw_time_has(fields, 'Y') && pw_time_has(fields, 'w')) {
        if (!fits(fields, 'w', 1, 53) || !fits(fields, 'Y', -YEAR_MAX, YEAR_MAX) ||
            !fits(fields, 'e', 1, 7) || !fits(fields, 'c', 1, 7))
            return out_of_range;
        *days = days_of_week_date(fields);
        return NULL;
    }
    if (pw_time_has(fields, 'D') && !pw_time_has(fields, 'd')) {
        int64_t day_of_year = fields->values['D'];
        if (day_of_year > YEAR_MAX || day_of_year < -YEAR_MAX) return out_of_range;
        *days = pw_days_from_civil(year, 1, 1) + day_of_year - 1;
        return NULL;
    }
    if (!pw_time_has(fields, 'M') && !pw_time_has(fields, 'L')) {
        int64_t quarter = value_or(fields, 'Q', value_or(fields, 'q', 1));
        if (quarter > 4 || quarter < 1) return out_of_range;
        month = (quarter - 1) * 3 + 1;
    }
    int64_t months = year * 12 + month - 1; /* carries a lenient month over */
    int64_t real_year = pw_floor_div(months, 12);
    int32_t real_month = (int32_t)(months - real_year * 12) + 1;
    if (!is_lenient)
        while (!pw_civil_is_valid(real_year, real_month, (int32_t)day))
            day--;
    *days = pw_days_from_civil(real_year, real_month, 1) + day - 1;
    if (!is_lenient && pw_time_has(fields, 'E') &&
        (pw_weekday_from_sunday(*days) + 6) % 7 + 1 != fields->values['E'])
        return "the day of the week is not that of the date";
    return NULL;
}

/* The hour from whichever letters there are: H, k, or K and h with a. */
static bool resolve_hour(const pw_time_fields *fields, bool is_lenient, int64_t *hour) {
    int64_t half = value_or(fields, 'K', pw_time_has(fields, 'h') ? fields->values['h'] % 12 : 0);
    if (!is_lenient && (!fits(fields, 'K', 0, 11) || !fits(fields, 'h', 1, 12))) return false;
    *hour = half + 12 * value_or(fields, 'a', 0);
    if (pw_time_has(fields, 'k')) {
        *hour = fields->values['k'] == 24 ? 0 : fields->values['k'];
        if (!is_lenient && !fits(fields, 'k', 1, 24)) return false;
    }
    if (pw_time_has(fields, 'H')) *hour = fields->values['H'];
    return *hour <= YEAR_MAX && *hour >= -YEAR_MAX;
}

static const char *resolve_time(const pw_time_fields *fields, bool is_lenient, int64_t *ms) {
    int64_t hour = 0, minute = value_or(fields, 'm', 0), second = value_or(fields, 's', 0);
    int64_t nano = value_or(fields, 'S', value_or(fields, 'n', 0));
    if (!resolve_hour(fields, is_lenient, &hour)) return out_of_range;
    if (minute > YEAR_MAX || minute < -YEAR_MAX || second > YEAR_MAX || second < -YEAR_MAX)
        return out_of_range;
    if (!is_lenient) {
        bool is_midnight = hour == 24 && minute == 0 && second == 0 && nano == 0;
        if (hour < 0 || (hour > 23 && !is_midnight) || minute < 0 || minute > 59 || second < 0 ||
            second > 59 || nano < 0 || nano > 999999999 || !fits(fields, 'A', 0, 86399999) ||
            !fits(fields, 'N', 0, INT64_C(86399999999999)))
            return out_of_range;
    }
    *ms = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + nano / 1000000;
    if (pw_time_has(fields, 'A')) *ms = fields->values['A'];
    if (pw_time_has(fields, 'N')) *ms = fields->values['N'] / 1000000;
    return NULL;
}

const char *pw_time_resolve(const pw_time_fields *fields, bool is_lenient, pw_time_parsed *out) {
    *out = (pw_time_parsed){0};
    const char *message = resolve_days(fields, is_lenient, &out->days);
    if (!message) message = resolve_time(fields, is_lenient, &out->ms_of_day);
    if (message) return message;
    int64_t carried = pw_floor_div(out->ms_of_day, PW_MS_PER_DAY);
    out->days += carried;
    out->ms_of_day -= carried * PW_MS_PER_DAY;
    out->has_zone = fields->has_zone || fields->has_offset;
    out->zone = fields->zone;
    if (fields->has_offset) out->zone = (pw_zone){.offset_ms = fields->offset_ms};
    return NULL;
}
