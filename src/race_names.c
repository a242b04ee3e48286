/* Invented people, teams and circuits. SPDX-License-Identifier: Apache-2.0 */
#include "race_names.h"

const char *const race_first_names[RACE_FIRST_NAMES] = {
    "Mara",  "Tomas", "Ines",  "Jonas", "Leila", "Marco",  "Anouk", "Felix",  "Sofia", "Pavel",
    "Noemi", "Hugo",  "Katja", "Diego", "Yuna",  "Oscar",  "Petra", "Rafael", "Amara", "Viktor",
    "Elena", "Kenji", "Lucia", "Emil",  "Nadia", "Mateus", "Freya", "Arjun",  "Clara", "Henrik",
};

const char *const race_last_names[RACE_LAST_NAMES] = {
    "Lindqvist", "Okafor",   "Marchetti", "Duval",    "Novak",     "Tanaka",
    "Ferreira",  "Hartmann", "Castellan", "Whitlock", "Brandt",    "Sorel",
    "Kowalczyk", "Moreau",   "Iversen",   "Calloway", "Bianchini", "Ashdown",
    "Petrov",    "Ibarra",   "Vandamme",  "Nakamura", "Quintana",  "Eriksen",
    "Mbeki",     "Salonen",  "Rousset",   "Kessler",  "Aldana",    "Thornbury",
};

const char *const race_nationalities[RACE_NATIONALITIES] = {
    "Sweden", "Italy",  "France",  "Germany",   "Japan",  "Brazil",
    "Spain",  "Norway", "Czechia", "Australia", "Mexico", "Belgium",
};

const char *const race_retirements[RACE_RETIREMENTS] = {
    "Engine", "Gearbox",    "Hydraulics", "Collision",
    "Brakes", "Suspension", "Power unit", "Spun off",
};

const race_constructor race_constructors[SEASON_CONSTRUCTORS] = {
    {"aurora", "Aurora Racing", "Sweden"},     {"castellan", "Scuderia Castellan", "Italy"},
    {"northwind", "Northwind", "Norway"},      {"meridian", "Meridian GP", "France"},
    {"blackthorn", "Blackthorn", "Australia"}, {"tsubame", "Tsubame", "Japan"},
    {"solaris", "Team Solaris", "Brazil"},     {"kestrel", "Kestrel Engineering", "Germany"},
    {"vantor", "Vantor", "Belgium"},           {"palisade", "Palisade", "Mexico"},
};

const race_circuit race_circuits[SEASON_ROUNDS] = {
    {"sandgate", "Sandgate Circuit", "Sandgate", "Australia", "-37.912", "144.731", 5310, 14},
    {"lago-verde", "Autodromo Lago Verde", "Lago Verde", "Italy", "45.821", "9.104", 4870, 17},
    {"kitahama", "Kitahama Speedway", "Kitahama", "Japan", "34.705", "137.389", 5790, 18},
    {"dune-park", "Dune Park", "Al Sahra", "Bahrain", "26.011", "50.488", 5420, 15},
    {"monte-alto", "Circuito Monte Alto", "Monte Alto", "Spain", "41.603", "2.207", 4660, 16},
    {"port-royal", "Port Royal Street Circuit", "Port Royal", "Monaco", "43.741", "7.431", 3340,
     19},
    {"ile-aux-pins", "Circuit de l'Ile aux Pins", "Montreal", "Canada", "45.493", "-73.530", 4360,
     14},
    {"tannenring", "Tannenring", "Tannheim", "Austria", "47.226", "14.752", 4320, 10},
    {"harrow-down", "Harrow Down", "Harrow", "United Kingdom", "52.083", "-1.022", 5890, 18},
    {"puszta", "Pusztaring", "Kerekes", "Hungary", "47.577", "19.251", 4380, 14},
    {"hautes-fagnes", "Circuit des Hautes Fagnes", "Malmont", "Belgium", "50.441", "5.969", 7000,
     20},
    {"duinen", "Duinencircuit", "Zeeduin", "Netherlands", "52.390", "4.541", 4260, 14},
    {"villa-reale", "Autodromo Villa Reale", "Reale", "Italy", "45.618", "9.289", 5790, 11},
    {"marina", "Marina Street Circuit", "Marina", "Singapore", "1.290", "103.862", 4940, 19},
    {"red-mesa", "Red Mesa Raceway", "Austin", "United States of America", "30.134", "-97.638",
     5510, 20},
    {"sierra-alta", "Autodromo Sierra Alta", "Sierra Alta", "Mexico", "19.405", "-99.092", 4300,
     17},
    {"serra-azul", "Autodromo Serra Azul", "Serra Azul", "Brazil", "-23.703", "-46.699", 4310, 15},
    {"silver-strip", "Silver Strip", "Las Palmas", "United States of America", "36.109", "-115.162",
     6200, 17},
    {"pearl-coast", "Pearl Coast Circuit", "Al Lulu", "Qatar", "25.488", "51.450", 5380, 16},
    {"falcon-bay", "Falcon Bay Circuit", "Falcon Bay", "United Arab Emirates", "24.467", "54.603",
     5280, 16},
};
