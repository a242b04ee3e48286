/* The cells of CSV text, as commons-csv 1.4 finds them in its default format: quotes around a cell,
 * doubled inside; a quote elsewhere is text; empty lines are passed over; lines end with CR, LF or
 * both. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_FORMATS_CSV_LEX_H
#define PW_FORMATS_CSV_LEX_H

#include <stdbool.h>

#include "base/str.h"

typedef enum {
    PW_CSV_CELL, /* another one follows in this record */
    PW_CSV_LAST, /* the record's last cell */
    PW_CSV_END,  /* no cell: the text is over */
    PW_CSV_BAD,  /* the quotes are wrong: `error` says how */
} pw_csv_token;

typedef struct pw_csv {
    const char *at;
    const char *end;
    char delimiter;           /* not a quote, CR or LF */
    bool is_behind_delimiter; /* then even an empty rest is a cell */
    bool is_line_start;
    pw_str cell;             /* without the quotes around it */
    bool has_doubled_quotes; /* the cell still has "" for each " */
    const char *error;
} pw_csv;

void pw_csv_init(pw_csv *csv, pw_str text, char delimiter);
pw_csv_token pw_csv_next(pw_csv *csv);

#endif
