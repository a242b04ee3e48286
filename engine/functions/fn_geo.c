/* GEO_DISTANCE: great-circle distance on a sphere. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "functions/functions_private.h"

static const double earth_km = 6371, earth_miles = 3959;
static const double degree = 3.14159265358979323846 / 180;

/* Radius for a unit, 0 for an unknown one. NULL and blank mean kilometres. */
static double radius_of(const pw_slot *unit) {
    static const char *const km[] = {"",           "km",        "kilometer",
                                     "kilometers", "kilometre", "kilometres"};
    static const char *const miles[] = {"mi", "mile", "miles"};
    if (unit->is_null) return earth_km;
    pw_str name = pw_str_trim(pw_slot_as_str(unit));
    for (size_t i = 0; i < sizeof km / sizeof km[0]; i++)
        if (pw_str_equal_nocase(name, pw_str_from(km[i]))) return earth_km;
    for (size_t i = 0; i < sizeof miles / sizeof miles[0]; i++)
        if (pw_str_equal_nocase(name, pw_str_from(miles[i]))) return earth_miles;
    return 0;
}

/* Haversine formula, angles in degrees. */
static double distance(double lat1, double lon1, double lat2, double lon2, double radius) {
    double lat = sin((lat2 - lat1) * degree / 2), lon = sin((lon2 - lon1) * degree / 2);
    double a = lat * lat + lon * lon * cos(lat1 * degree) * cos(lat2 * degree);
    return radius * 2 * asin(sqrt(a < 1 ? a : 1));
}

static void geo_distance(pw_call *call) {
    static const pw_slot no_unit = {.is_null = 1};
    PW_CALL_EACH_ROW(call, row) {
        double at[4];
        bool is_good = true;
        for (uint32_t i = 0; i < 4; i++) {
            const pw_slot *value = pw_arg(call, i, row);
            at[i] = value->f64;
            is_good = is_good && !value->is_null && fabs(at[i]) <= (i % 2 ? 180 : 90);
        }
        double radius = radius_of(call->arg_count > 4 ? pw_arg(call, 4, row) : &no_unit);
        if (!is_good) {
            call->fail(call, row, "latitudes must be within 90 and longitudes within 180 degrees");
        } else if (radius == 0) {
            call->fail(call, row, "the unit must be kilometres or miles");
        } else {
            call->out[row] = pw_slot_f64(distance(at[0], at[1], at[2], at[3], radius));
        }
    }
}

static const pw_function geo_rows[] = {
    {.signature = "GEO_DISTANCE(lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE) -> DOUBLE",
     .doc = "Kilometres between two points given in degrees.",
     .example = "GEO_DISTANCE(37.4439e0, -122.1663e0, 51.5257e0, -0.1122e0) BETWEEN 8634 AND 8635",
     .scalar = geo_distance},
    {.signature = "GEO_DISTANCE(lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE, units STRING) "
                  "-> DOUBLE",
     .doc = "Distance between two points given in degrees, in kilometres (km) or miles (mi).",
     .example = "GEO_DISTANCE(37.4439e0, -122.1663e0, 51.5257e0, -0.1122e0, 'MI') "
                "BETWEEN 5365 AND 5366",
     .scalar = geo_distance},
};

const pw_function_family pw_functions_geo = PW_FUNCTION_FAMILY("GEOSPATIAL", geo_rows);
