/* Writes moments (time_pattern.h). SPDX-License-Identifier: Apache-2.0 */
#include "functions/time_private.h"
#include "types/temporal.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };

typedef struct writer {
    const pw_moment *moment;
    pw_civil date;
    int64_t day_of_year;
    pw_buf *out;
} writer;

int32_t pw_weekday_from_sunday(int64_t days) {
    int64_t shifted = (days + 4) % 7; /* 1970-01-01 was a Thursday */
    return (int32_t)(shifted < 0 ? shifted + 7 : shifted);
}

pw_moment pw_moment_at(int64_t epoch_ms, const pw_zone *zone) {
    int64_t local = 0;
    if (__builtin_add_overflow(epoch_ms, (int64_t)pw_zone_offset(zone, epoch_ms), &local))
        local = epoch_ms; /* 292 million years away */
    int64_t days = pw_floor_div(local, PW_MS_PER_DAY);
    int64_t ms_of_day = local % PW_MS_PER_DAY; /* days * PW_MS_PER_DAY may not fit */
    return (pw_moment){days, ms_of_day < 0 ? ms_of_day + PW_MS_PER_DAY : ms_of_day, epoch_ms, zone};
}

/* A number with at least `width` digits; a year with more than four shows its sign. */
static void put_number(writer *w, int64_t value, uint32_t width, bool shows_plus) {
    char digits[32];
    uint32_t length = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[length++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) pw_buf_add_char(w->out, '-');
    if (value >= 0 && shows_plus && length > width) pw_buf_add_char(w->out, '+');
    for (uint32_t i = length; i < width; i++)
        pw_buf_add_char(w->out, '0');
    while (length > 0)
        pw_buf_add_char(w->out, digits[--length]);
}

/* Counts as Java's: up to 3 letters short, 4 full, 5 one letter. */
static void put_name(writer *w, const char *name, uint32_t count) {
    pw_str text = pw_str_from(name);
    if (count == 5) text.length = 1;
    if (count < 4 && text.length > PW_SHORT_NAME_BYTES) text.length = PW_SHORT_NAME_BYTES;
    pw_buf_add_str(w->out, text);
}

static void put_year(writer *w, int64_t year, uint32_t count) {
    if (count == 2) {
        put_number(w, (year % 100 + 100) % 100, 2, false);
    } else {
        put_number(w, year, count, count >= 4);
    }
}

/* Weeks begin on Sunday and the first one has 1 January, as in the United States: ksqlDB's
 * locale. */
static void week_of(const writer *w, int64_t *year, int64_t *week) {
    int64_t saturday = w->moment->days + 6 - pw_weekday_from_sunday(w->moment->days);
    *year = pw_civil_from_days(saturday).year;
    *week = (saturday - pw_days_from_civil(*year, 1, 1)) / 7 + 1;
}

static void put_quarter(writer *w, uint32_t count) {
    static const char *const names[4] = {"1st quarter", "2nd quarter", "3rd quarter",
                                         "4th quarter"};
    int32_t quarter = (w->date.month - 1) / 3;
    if (count <= 2) put_number(w, quarter + 1, count, false);
    if (count == 3) pw_buf_format(w->out, "Q%d", quarter + 1);
    if (count == 4) pw_buf_add_str(w->out, pw_str_from(names[quarter]));
    if (count == 5) put_number(w, quarter + 1, 1, false);
}

static void put_era(writer *w, uint32_t count) {
    bool is_ad = w->date.year > 0;
    const char *full = is_ad ? "Anno Domini" : "Before Christ";
    if (count == 5) {
        pw_buf_add(w->out, full, 1);
    } else {
        pw_buf_add_str(w->out, pw_str_from(count == 4 ? full : is_ad ? "AD" : "BC"));
    }
}

/* The part of a second to `digits` places. */
static void put_fraction(writer *w, uint32_t digits) {
    char text[9];
    int64_t nanos = w->moment->ms_of_day % 1000 * 1000000;
    for (int i = 8; i >= 0; i--) {
        text[i] = (char)('0' + nanos % 10);
        nanos /= 10;
    }
    pw_buf_add(w->out, text, digits);
}

static void put_offset(writer *w, char letter, uint32_t count) {
    int32_t offset = pw_zone_offset(w->moment->zone, w->moment->epoch_ms) / 1000;
    int32_t seconds = offset < 0 ? -offset : offset;
    int32_t hours = seconds / 3600, minutes = seconds / 60 % 60, rest = seconds % 60;
    char sign = offset < 0 ? '-' : '+';
    if (letter == 'O' || (letter == 'Z' && count == 4)) {
        pw_buf_add_literal(w->out, "GMT");
        if (seconds == 0) return;
        bool is_full = count == 4;
        pw_buf_format(w->out, is_full ? "%c%02d" : "%c%d", sign, hours);
        if (is_full || minutes || rest) pw_buf_format(w->out, ":%02d", minutes);
        if (rest) pw_buf_format(w->out, ":%02d", rest);
        return;
    }
    if (letter == 'Z' && count < 4) {
        letter = 'x';
        count = 2;
    } else if (letter == 'Z') {
        letter = 'X';
    }
    if (letter == 'X' && seconds == 0) {
        pw_buf_add_char(w->out, 'Z');
        return;
    }
    const char *colon = count == 3 || count == 5 ? ":" : "";
    pw_buf_format(w->out, "%c%02d", sign, hours);
    if (count > 1 || minutes) pw_buf_format(w->out, "%s%02d", colon, minutes);
    if (count > 3 && rest) pw_buf_format(w->out, "%s%02d", colon, rest);
}

static void put_date(writer *w, const pw_time_element *e) {
    int32_t weekday = pw_weekday_from_sunday(w->moment->days);
    int64_t week_year = 0, week = 0;
    switch (e->letter) {
    case 'G': put_era(w, e->count); return;
    case 'u': put_year(w, w->date.year, e->count); return;
    case 'y': put_year(w, w->date.year > 0 ? w->date.year : 1 - w->date.year, e->count); return;
    case 'D': put_number(w, w->day_of_year, e->count, false); return;
    case 'M':
    case 'L':
        if (e->count <= 2) {
            put_number(w, w->date.month, e->count, false);
        } else {
            put_name(w, pw_month_names[w->date.month - 1], e->count);
        }
        return;
    case 'Q':
    case 'q': put_quarter(w, e->count); return;
    case 'd': put_number(w, w->date.day, e->count, false); return;
    case 'F': put_number(w, (w->date.day - 1) % 7 + 1, 1, false); return;
    case 'W':
        put_number(
            w,
            (w->date.day - 1 + pw_weekday_from_sunday(w->moment->days - w->date.day + 1)) / 7 + 1,
            1, false);
        return;
    case 'e':
    case 'c':
        if (e->count <= 2) {
            put_number(w, weekday + 1, e->count, false);
            return;
        }
        put_name(w, pw_day_names[(weekday + 6) % 7], e->count);
        return;
    case 'E': put_name(w, pw_day_names[(weekday + 6) % 7], e->count); return;
    default: break;
    }
    week_of(w, &week_year, &week);
    if (e->letter == 'Y') put_year(w, week_year, e->count);
    if (e->letter == 'w') put_number(w, week, e->count, false);
}

static void put_time(writer *w, const pw_time_element *e) {
    int64_t ms = w->moment->ms_of_day, hour = ms / HOUR_MS;
    switch (e->letter) {
    case 'a': pw_buf_add_str(w->out, hour < 12 ? PW_STR("AM") : PW_STR("PM")); return;
    case 'H': put_number(w, hour, e->count, false); return;
    case 'k': put_number(w, hour ? hour : 24, e->count, false); return;
    case 'K': put_number(w, hour % 12, e->count, false); return;
    case 'h': put_number(w, hour % 12 ? hour % 12 : 12, e->count, false); return;
    case 'm': put_number(w, ms / MINUTE_MS % 60, e->count, false); return;
    case 's': put_number(w, ms / 1000 % 60, e->count, false); return;
    case 'S': put_fraction(w, e->count); return;
    case 'A': put_number(w, ms, e->count, false); return;
    case 'n': put_number(w, ms % 1000 * 1000000, e->count, false); return;
    case 'N': put_number(w, ms * 1000000, e->count, false); return;
    default: return;
    }
}

static const char *put_zone(writer *w, const pw_time_element *e) {
    const pw_zone *zone = w->moment->zone;
    if (e->letter == 'V') {
        pw_buf_add_str(w->out, pw_str_from(zone->name));
    } else if (e->letter == 'z' || e->letter == 'v') {
        if (e->count == 4) return "full names of zones are not supported";
        pw_buf_add_str(w->out, pw_zone_short_name(zone, w->moment->epoch_ms));
    } else {
        put_offset(w, e->letter, e->count);
    }
    return NULL;
}

const char *pw_time_pattern_format(const pw_time_pattern *pattern, const pw_moment *moment,
                                   pw_buf *out) {
    pw_civil date = pw_civil_from_days(moment->days);
    writer w = {moment, date, moment->days - pw_days_from_civil(date.year, 1, 1) + 1, out};
    for (uint32_t i = 0; i < pattern->count; i++) {
        const pw_time_element *element = &pattern->elements[i];
        const char *message = NULL;
        if (element->letter == 0) {
            pw_buf_add_str(out, element->literal);
        } else if (strchr("GuyYMLQqdDEecwWF", element->letter)) {
            put_date(&w, element);
        } else if (strchr("VvzOXxZ", element->letter)) {
            message = put_zone(&w, element);
        } else {
            put_time(&w, element);
        }
        if (message) return message;
    }
    return NULL;
}
