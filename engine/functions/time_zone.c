/* Time zones (time_zone.h). SPDX-License-Identifier: Apache-2.0 */
#include "functions/time_zone.h"

#include <pthread.h>
#include <stdio.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/arena.h"
#include "base/hashmap.h"

enum { TRANSITIONS_MAX = 2400, NAME_UNITS_MAX = 64, HOUR_MS = 3600000, MINUTE_MS = 60000 };

static const double rules_from_ms = -5e12;               /* 1811: before any zone had rules */
static const double rules_to_ms = 17e12;                 /* 2508: 400 years of today's rules */
static const int64_t cycle_ms = INT64_C(12622780800000); /* 400 Gregorian years, whole weeks */

typedef struct transition {
    int64_t at_ms;
    int32_t offset_ms;
    bool is_summer;
} transition;

struct pw_zone_rules {
    pw_str name;
    transition *transitions; /* the first one is at the beginning of time */
    uint32_t count;
    char standard_name[32], summer_name[32];
};

const pw_zone pw_zone_utc = {.is_named_utc = true, .name = "UTC"};

static struct {
    pthread_mutex_t lock;
    pthread_once_t once;
    pw_arena arena;
    pw_hashmap rules; /* by name; there are some 600 names */
} zones = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void zones_init(void) {
    pw_arena_init(&zones.arena, 0);
    pw_hashmap_init(&zones.rules);
}

/* --- short names --------------------------------------------------------------------------- */

/* ICU knows "GMT+1" where English has no name of its own; Java keeps the names of the tz
 * database. */
static const struct {
    const char *zone, *standard, *summer;
} short_names[] = {
    {"Asia/Kolkata", "IST", "IST"},
    {"Asia/Calcutta", "IST", "IST"},
    {"Asia/Tokyo", "JST", "JDT"},
    {"Asia/Seoul", "KST", "KDT"},
    {"Asia/Shanghai", "CST", "CDT"},
    {"Asia/Hong_Kong", "HKT", "HKST"},
    {"Asia/Singapore", "SGT", "SGT"},
    {"Asia/Dubai", "GST", "GST"},
    {"Asia/Jerusalem", "IST", "IDT"},
    {"Asia/Karachi", "PKT", "PKST"},
    {"Asia/Manila", "PHT", "PHST"},
    {"Asia/Jakarta", "WIB", "WIB"},
    {"Asia/Baku", "AZT", "AZST"},
    {"Asia/Bahrain", "AST", "AST"},
    {"Asia/Qatar", "AST", "AST"},
    {"Asia/Riyadh", "AST", "AST"},
    {"Australia/Melbourne", "AEST", "AEDT"},
    {"Australia/Sydney", "AEST", "AEDT"},
    {"Australia/Brisbane", "AEST", "AEDT"},
    {"Australia/Adelaide", "ACST", "ACDT"},
    {"Australia/Perth", "AWST", "AWDT"},
    {"Pacific/Auckland", "NZST", "NZDT"},
    {"America/Sao_Paulo", "BRT", "BRST"},
    {"Africa/Johannesburg", "SAST", "SAST"},
    {"Africa/Cairo", "EET", "EEST"},
    {"Africa/Lagos", "WAT", "WAST"},
    {"Africa/Nairobi", "EAT", "EAT"},
    {"Europe/London", "GMT", "BST"},
    {"Europe/Dublin", "GMT", "IST"},
    {"Europe/Istanbul", "TRT", "TRST"},
    {"Europe/Moscow", "MSK", "MSD"},
    {"Europe/Lisbon", "WET", "WEST"},
    {"CET", "CET", "CEST"},
    {"MET", "MET", "MEST"},
    {"EET", "EET", "EEST"},
    {"WET", "WET", "WEST"},
};

static void set_names(pw_zone_rules *rules, const char *standard, const char *summer) {
    snprintf(rules->standard_name, sizeof rules->standard_name, "%s", standard);
    snprintf(rules->summer_name, sizeof rules->summer_name, "%s", summer);
}

static void name_from_icu(UCalendar *calendar, UCalendarDisplayNameType type, char *out,
                          size_t out_bytes) {
    UChar name[NAME_UNITS_MAX];
    UErrorCode status = U_ZERO_ERROR;
    int32_t bytes = 0, units = ucal_getTimeZoneDisplayName(calendar, type, "en_US", name,
                                                           NAME_UNITS_MAX, &status);
    u_strToUTF8(out, (int32_t)out_bytes - 1, &bytes, name, units, &status);
    out[U_FAILURE(status) ? 0 : bytes] = 0;
}

static void find_names(pw_zone_rules *rules, UCalendar *calendar, int32_t raw_offset_ms) {
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++) {
        if (!pw_str_equal(rules->name, pw_str_from(short_names[i].zone))) continue;
        set_names(rules, short_names[i].standard, short_names[i].summer);
        return;
    }
    if (pw_str_starts_with(rules->name, PW_STR("Europe/"))) {
        if (raw_offset_ms == 0) set_names(rules, "WET", "WEST");
        if (raw_offset_ms == HOUR_MS) set_names(rules, "CET", "CEST");
        if (raw_offset_ms == 2 * HOUR_MS) set_names(rules, "EET", "EEST");
        if (raw_offset_ms == 3 * HOUR_MS) set_names(rules, "MSK", "MSD");
        if (rules->standard_name[0]) return;
    }
    name_from_icu(calendar, UCAL_SHORT_STANDARD, rules->standard_name, sizeof rules->standard_name);
    name_from_icu(calendar, UCAL_SHORT_DST, rules->summer_name, sizeof rules->summer_name);
}

/* --- rules --------------------------------------------------------------------------------- */

static transition transition_at(UCalendar *calendar, double at_ms, UErrorCode *status) {
    ucal_setMillis(calendar, at_ms, status);
    int32_t raw = ucal_get(calendar, UCAL_ZONE_OFFSET, status);
    int32_t summer = ucal_get(calendar, UCAL_DST_OFFSET, status);
    return (transition){(int64_t)at_ms, raw + summer, summer != 0};
}

static const pw_zone_rules *read_rules(pw_str name, const UChar *id) {
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar = ucal_open(id, -1, "en_US", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status)) return NULL;
    pw_zone_rules *rules = PW_NEW(&zones.arena, pw_zone_rules);
    transition *found = PW_NEW_ARRAY(&zones.arena, transition, TRANSITIONS_MAX);
    double at_ms = rules_from_ms;
    rules->name = pw_arena_str(&zones.arena, name);
    found[rules->count++] = transition_at(calendar, at_ms, &status);
    while (U_SUCCESS(status) && rules->count < TRANSITIONS_MAX &&
           ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &at_ms, &status) &&
           at_ms < rules_to_ms)
        found[rules->count++] = transition_at(calendar, at_ms, &status);
    rules->transitions = found;
    ucal_setMillis(calendar, 0, &status);
    find_names(rules, calendar, ucal_get(calendar, UCAL_ZONE_OFFSET, &status));
    ucal_close(calendar);
    return U_FAILURE(status) ? NULL : rules;
}

/* Three letters that ICU knows for a region but Java's ZoneId.of does not. */
static bool is_legacy(pw_str name) {
    static const char known[] = "CET EET MET WET GMT UCT UTC PRC ROC ROK ";
    if (name.length != 3) return false;
    for (size_t i = 0; i + 4 < sizeof known; i += 4)
        if (memcmp(name.data, known + i, 3) == 0) return false;
    return true;
}

static const pw_zone_rules *find_rules(pw_str name) {
    UChar id[NAME_UNITS_MAX], canonical[NAME_UNITS_MAX];
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = false;
    int32_t units = 0;
    if (name.length == 0 || name.length >= sizeof((pw_zone *)0)->name || is_legacy(name))
        return NULL;
    pthread_once(&zones.once, zones_init);
    pthread_mutex_lock(&zones.lock);
    const pw_zone_rules *rules = pw_hashmap_get(&zones.rules, name);
    if (!rules) {
        u_strFromUTF8(id, NAME_UNITS_MAX, &units, name.data, (int32_t)name.length, &status);
        ucal_getCanonicalTimeZoneID(id, units, canonical, NAME_UNITS_MAX, &is_system, &status);
        if (U_SUCCESS(status) && is_system) {
            rules = read_rules(name, id);
            if (rules) {
                void *value = (void *)(uintptr_t)rules;
                pw_hashmap_put(&zones.rules, rules->name, value);
            }
        }
    }
    pthread_mutex_unlock(&zones.lock);
    return rules;
}

/* --- offsets ------------------------------------------------------------------------------- */

static bool take_digits(pw_str *text, size_t count, int32_t *out) {
    if (text->length < count) return false;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        char c = text->data[i];
        if (c < '0' || c > '9') return false;
        *out = *out * 10 + (c - '0');
    }
    *text = (pw_str){text->data + count, text->length - count};
    return true;
}

bool pw_zone_parse_offset(pw_str text, int32_t *offset_ms) {
    if (text.length < 2 || (text.data[0] != '+' && text.data[0] != '-')) return false;
    bool is_west = text.data[0] == '-';
    int32_t parts[3] = {0, 0, 0};
    text = (pw_str){text.data + 1, text.length - 1};
    if (!take_digits(&text, text.length == 1 ? 1 : 2, &parts[0])) return false;
    bool has_colons = text.length > 0 && text.data[0] == ':';
    for (int i = 1; i < 3 && text.length > 0; i++) {
        if (has_colons) {
            if (text.data[0] != ':') return false;
            text = (pw_str){text.data + 1, text.length - 1};
        }
        if (!take_digits(&text, 2, &parts[i]) || parts[i] > 59) return false;
    }
    int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    if (text.length > 0 || seconds > 18 * 3600) return false;
    *offset_ms = (is_west ? -seconds : seconds) * 1000;
    return true;
}

/* Java's ZoneOffset.getId: "Z", "+02:00", "-05:21:10". */
static void print_offset(int32_t offset_ms, char *out, size_t out_bytes) {
    int32_t seconds = (offset_ms < 0 ? -offset_ms : offset_ms) / 1000;
    char sign = offset_ms < 0 ? '-' : '+';
    if (seconds == 0) {
        snprintf(out, out_bytes, "Z");
    } else if (seconds % 60) {
        snprintf(out, out_bytes, "%c%02d:%02d:%02d", sign, seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
    } else {
        snprintf(out, out_bytes, "%c%02d:%02d", sign, seconds / 3600, seconds / 60 % 60);
    }
}

bool pw_zone_find(pw_str name, pw_zone *out) {
    static const char *const prefixes[] = {"UTC", "GMT", "UT"};
    *out = (pw_zone){0};
    if (pw_str_equal(name, PW_STR("Z")) || pw_zone_parse_offset(name, &out->offset_ms)) {
        print_offset(out->offset_ms, out->name, sizeof out->name);
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        pw_str prefix = pw_str_from(prefixes[i]);
        if (!pw_str_starts_with(name, prefix)) continue;
        pw_str rest = {name.data + prefix.length, name.length - prefix.length};
        if (rest.length && !pw_zone_parse_offset(rest, &out->offset_ms)) continue;
        char offset[16] = "";
        if (out->offset_ms) print_offset(out->offset_ms, offset, sizeof offset);
        snprintf(out->name, sizeof out->name, "%s%s", prefixes[i], offset);
        out->is_named_utc = true;
        return true;
    }
    out->rules = find_rules(name);
    if (out->rules) snprintf(out->name, sizeof out->name, "%.*s", PW_STR_ARGS(name));
    return out->rules != NULL;
}

static const transition *transition_of(const pw_zone_rules *rules, int64_t epoch_ms) {
    int64_t last_ms = (int64_t)rules_to_ms;
    if (epoch_ms >= last_ms) epoch_ms = last_ms - cycle_ms + (epoch_ms - last_ms) % cycle_ms;
    uint32_t low = 0, high = rules->count;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (rules->transitions[middle].at_ms <= epoch_ms) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &rules->transitions[low];
}

int32_t pw_zone_offset(const pw_zone *zone, int64_t epoch_ms) {
    return zone->rules ? transition_of(zone->rules, epoch_ms)->offset_ms : zone->offset_ms;
}

/* The offsets a day before and a day after are the only candidates. The smaller offset gives the
 * later instant; in a gap, where neither fits, the one before the gap moves the time forward. */
int64_t pw_zone_to_utc(const pw_zone *zone, int64_t local_ms) {
    if (!zone->rules) return local_ms - zone->offset_ms;
    const int64_t day_ms = INT64_C(86400000);
    int32_t before = pw_zone_offset(zone, local_ms - day_ms);
    int32_t after = pw_zone_offset(zone, local_ms + day_ms);
    bool fits_before = pw_zone_offset(zone, local_ms - before) == before;
    bool fits_after = pw_zone_offset(zone, local_ms - after) == after;
    if (fits_before && fits_after) return local_ms - (before < after ? before : after);
    if (fits_after) return local_ms - after;
    return local_ms - before;
}

pw_zone pw_zone_system(void) {
    UChar id[NAME_UNITS_MAX];
    char name[NAME_UNITS_MAX * 3];
    UErrorCode status = U_ZERO_ERROR;
    int32_t bytes = 0, units = ucal_getHostTimeZone(id, NAME_UNITS_MAX, &status);
    u_strToUTF8(name, sizeof name, &bytes, id, units, &status);
    pw_zone zone;
    pw_str found = {name, (size_t)bytes};
    bool is_utc = U_FAILURE(status) || pw_str_equal(found, PW_STR("Etc/UTC"));
    return !is_utc && pw_zone_find(found, &zone) ? zone : pw_zone_utc;
}

pw_str pw_zone_short_name(const pw_zone *zone, int64_t epoch_ms) {
    if (!zone->rules) return pw_str_from(zone->name);
    const transition *now = transition_of(zone->rules, epoch_ms);
    return pw_str_from(now->is_summer ? zone->rules->summer_name : zone->rules->standard_name);
}
