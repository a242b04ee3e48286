/* pitwall inside a C program: define a table, read a topic to its end, ask. Error handling included, 40 lines. */
#include <pitwall.h>
#include <stdio.h>

static const char *const sql =
    "CREATE STREAM results (race VARCHAR KEY, season INT, driver VARCHAR, points DOUBLE)"
    "    WITH (KAFKA_TOPIC = 'results', VALUE_FORMAT = 'JSON');"
    "CREATE TABLE totals AS"
    "    SELECT driver, SUM(points) AS points FROM results GROUP BY driver EMIT CHANGES;";

static int fail(const pitwall_error *err) {
    fputs(err->message, stderr);
    return 1;
}

static void on_answer(void *opaque, const char *text, const char *json) {
    (void)opaque, (void)json;
    printf("engine: %s\n", text);
}

static bool on_row(void *opaque, const char *const *texts, const char *const *jsons, size_t count) {
    (void)jsons, (void)count;
    printf("%d. %s, %s points\n", ++*(int *)opaque, texts[0], texts[1]);
    return true;
}

int main(int argc, char **argv) {
    pitwall_options options = {.data_folder = argc > 1 ? argv[1] : "pitwall-data"};
    pitwall_error err;
    pitwall *engine;
    if (pitwall_open(&options, &engine, &err) != PITWALL_OK) return fail(&err);
    int place = 0;
    pitwall_rows rows = {.row = on_row, .opaque = &place};
    int status = 0;
    if (pitwall_execute(engine, sql, NULL, on_answer, NULL, &err) != PITWALL_OK ||
        pitwall_wait(engine, PITWALL_UNTIL_END, 10000, &err) != PITWALL_OK ||
        pitwall_query(engine, "SELECT driver, points FROM totals ORDER BY points DESC;", &rows, &err) != PITWALL_OK)
        status = fail(&err);
    pitwall_close(engine);
    return status;
}
