/* How many rows a visible table has, for the summary of a run.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "session/session_private.h"

/* On a connection of its own, as anybody would ask the file. */
int64_t session_table_rows(pw_str path, pw_str table) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t rows = -1;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", table.data);
    bool is_fine = sql &&
                   sqlite3_open_v2(path.data, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                   sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK;
    if (is_fine && sqlite3_step(statement) == SQLITE_ROW) rows = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    sqlite3_free(sql);
    return rows;
}
