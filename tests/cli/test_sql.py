"""run, query, check and explain on the embedded broker. SPDX-License-Identifier: Apache-2.0"""
import csv
import io
import json
import os
import signal
import sqlite3
import time

import cli

STANDINGS = """
CREATE STREAM results (raceId VARCHAR KEY, season INT, driverId VARCHAR, points DOUBLE)
    WITH (KAFKA_TOPIC = 'race-results', VALUE_FORMAT = 'JSON');
CREATE TABLE standings WITH (KAFKA_TOPIC = 'standings', KEY_FORMAT = 'JSON') AS
    SELECT season, driverId, SUM(points) AS points, COUNT(*) AS races
    FROM results GROUP BY season, driverId EMIT CHANGES;
"""


class Sql(cli.Case):
    def setUp(self):
        super().setUp()
        self.write("standings.sql", STANDINGS)

    def datagen(self, *words):
        self.well("datagen", "--topics", "race-results", "--partitions", "3", *words)

    def results(self):
        rows = self.well("consume", "race-results", "--until-end", "--output", "jsonl").lines()
        return [json.loads(row)["value"] for row in rows]

    def expected(self):
        points = {}
        for value in self.results():
            key = (value["season"], value["driverId"])
            points[key] = points.get(key, 0) + value["points"]
        return points

    def table(self):
        path = f"file:{self.folder}/pitwall-data/STANDINGS.db?mode=ro"
        with sqlite3.connect(path, uri=True) as db:
            rows = db.execute("SELECT season, driverId, points FROM STANDINGS").fetchall()
        db.close()
        return {(season, driver): points for season, driver, points in rows}


class Run(Sql):
    def test_types_made_of_types(self):
        self.well("topics", "create", "laps")
        self.write("types.sql", "CREATE TYPE tyre AS STRUCT<name VARCHAR, age INT>;\n"
                   "CREATE TYPE car AS STRUCT<number INT, tyres ARRAY<tyre>>;\n"
                   "CREATE STREAM laps (driver VARCHAR KEY, car car)\n"
                   "    WITH (KAFKA_TOPIC = 'laps', VALUE_FORMAT = 'JSON');\n")
        self.well("run", "types.sql", "--until-end")
        # The catalog reads them again: the second needs the first.
        self.write("use.sql", "CREATE STREAM tyres AS SELECT driver, car->tyres[1]->name AS name FROM laps;\n"
                   "CREATE TYPE pair AS ARRAY<car>;\n")
        self.well("run", "use.sql", "--until-end")

    def test_until_end(self):
        self.datagen()
        done = self.well("run", "standings.sql", "--until-end")
        self.assertRegex(done.out, r"STANDINGS +IDLE +400 ")
        self.assertIn("400 records read", done.err)
        self.assertIn("sqlite3 pitwall-data/STANDINGS.db", done.err)
        self.assertNotIn("\x1b", done.out + done.err)
        self.assertEqual(self.table(), self.expected())
        last = {}
        for row in self.well("consume", "standings", "--until-end", "--output", "jsonl").lines():
            record = json.loads(row)
            last[json.dumps(record["key"])] = record["value"]["POINTS"]
        self.assertEqual(sorted(last.values()), sorted(self.expected().values()))

    def test_goes_on_where_it_was(self):
        self.datagen()
        self.well("run", "standings.sql", "--until-end")
        self.well("datagen", "--topics", "race-results", "--first-season", "2026")
        done = self.well("run", "standings.sql", "--until-end", "--json")
        summary = json.loads(done.lines()[-1])
        self.assertEqual((summary["result"], summary["read"]), ("STANDINGS", 400))
        self.assertEqual(self.table(), self.expected())

    def test_signals_commit_and_stop(self):
        self.datagen()
        for number in (signal.SIGINT, signal.SIGTERM):
            running = self.start("run", "standings.sql")
            first = running.stdout.readline()  # it is past its start, where a signal just ends it
            self.wait_until(self.is_complete)
            running.send_signal(number)
            out, err = running.communicate(timeout=30)
            self.assertEqual(running.returncode, 0, first + err)
            self.assertIn("STANDINGS", out)
            self.assertIn("everything is committed", err)

    def is_complete(self):
        try:
            return self.table() == self.expected()
        except sqlite3.Error:
            return False

    def test_follows_new_records(self):
        self.datagen()
        running = self.start("run", "standings.sql")
        self.wait_until(self.is_complete)
        self.well("datagen", "--topics", "race-results", "--first-season", "2026")
        self.wait_until(self.is_complete)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
        self.assertEqual(running.returncode, 0)

    def test_stdin_and_sources_only(self):
        self.datagen()
        done = self.well("run", "-", stdin=STANDINGS.split(";", maxsplit=1)[0] + ";")
        self.assertIn("no query is running", done.err)

    def test_mistakes(self):
        done = self.wrong(1, "race-results", "run", "standings.sql", "--until-end")
        self.assertIn("standings.sql:2:1: ", done.err)
        self.datagen()
        self.write("a.sql", STANDINGS.replace("SUM(points)", "SUM(point)"))
        done = self.wrong(1, "a.sql:5:", "run", "a.sql", "--until-end")
        self.assertIn("did you mean POINTS?", done.err)
        self.assertIn("^~~~~", done.err)
        self.assertFalse(os.path.exists(f"{self.folder}/pitwall-data/STANDINGS.db"))
        self.write("b.sql", STANDINGS + "CREATE TABEL x AS SELECT 1;")
        self.wrong(1, "b.sql:7:", "run", "b.sql", "--until-end")
        self.write("file", "")
        self.wrong(1, "file", "run", "standings.sql", "--data", "file")
        self.wrong(1, "cannot read c.sql", "run", "standings.sql", "c.sql")
        self.assertFalse(os.path.exists(f"{self.folder}/pitwall-data/STANDINGS.db"))

    def test_a_folder_in_use(self):
        self.datagen()
        running = self.start("run", "standings.sql")
        self.wait_until(self.is_complete)
        done = self.wrong(1, "pitwall-data", "run", "standings.sql", "--until-end")
        self.assertIn(str(running.pid), done.err)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)

    def test_many_changes_are_committed_early(self):
        """What has changed must be kept in memory until it is committed: that is bounded, however long the interval."""
        self.datagen("--seasons", "40")
        slow = ("--set", "commit.interval.ms=3600000", "--set", "batch.rows=5")
        lines = self.well("run", "standings.sql", "--until-end", "--json", "--set", "cache.bytes=64k", *slow).lines()
        self.assertGreater(json.loads(lines[-1])["commits"], 1)
        self.assertEqual(self.table(), self.expected())

    def test_a_topic_made_anew(self):
        """State over records that are gone: told, not counted twice."""
        self.datagen()
        self.well("run", "standings.sql", "--until-end")
        before = self.table()
        self.well("topics", "delete", "race-results")
        self.well("topics", "create", "race-results", "--partitions", "3")
        result = self.wrong(1, "it was made anew", "run", "standings.sql", "--until-end")
        self.assertIn("DROP", result.err)
        self.assertEqual(self.table(), before)
        self.write("again.sql", "DROP TABLE standings;\nDROP STREAM results;\n" + STANDINGS)
        self.well("run", "again.sql", "--until-end")
        self.assertEqual(self.table(), {})

    def test_a_broker_that_is_not_there(self):
        begin = time.time()
        self.wrong(
            1, "127.0.0.1:1", "run", "standings.sql", "--set", "bootstrap.servers=127.0.0.1:1",
            "--set", "start.timeout.ms=500",
        )
        self.assertLess(time.time() - begin, 10)


class CheckAndExplain(Sql):
    def test_check(self):
        self.datagen()
        self.assertEqual(self.well("check", "standings.sql").out, "standings.sql: ok\n")
        self.write("a.sql", STANDINGS.replace("points DOUBLE", "points DOUBEL"))
        self.write("b.sql", STANDINGS.replace("FROM results", "FROM result"))
        done = self.run_binary("check", "a.sql", "standings.sql", "b.sql")
        self.assertEqual(done.status, 1)
        self.assertEqual(done.out, "standings.sql: ok\n")
        self.assertIn("a.sql:2:", done.err)
        self.assertIn("b.sql:6:", done.err)
        self.assertEqual(self.well("topics", "--output", "csv").lines()[1:], ["race-results,3,1"])

    def test_explain(self):
        self.datagen()
        plan = self.well("explain", "standings.sql").out
        for word in ("sink STANDINGS", "aggregate", "source RESULTS", "race-results"):
            self.assertIn(word, plan)


class Query(Sql):
    def setUp(self):
        super().setUp()
        self.datagen()
        self.well("run", "standings.sql", "--until-end")

    def test_outputs(self):
        sql = "SELECT driverId, points FROM standings WHERE season = 2025"
        sql += " ORDER BY points DESC LIMIT 3"
        best = sorted(self.expected().values(), reverse=True)[:3]
        rows = json.loads(self.well("query", sql, "--output", "json").out)
        self.assertEqual([row["POINTS"] for row in rows], best)
        lines = self.well("query", sql + ";", "--output", "jsonl").lines()
        self.assertEqual([json.loads(line) for line in lines], rows)
        table = list(csv.reader(io.StringIO(self.well("query", sql, "--output", "csv").out)))
        self.assertEqual(table[0], ["DRIVERID", "POINTS"])
        self.assertEqual([float(row[1]) for row in table[1:]], best)
        text = self.well("query", sql).lines()
        self.assertEqual(text[0].split(), ["DRIVERID", "POINTS"])
        self.assertEqual(set(text[1]), {"-", " "})
        self.assertEqual(len(text), 5)

    def test_nothing(self):
        sql = "SELECT driverId FROM standings WHERE season = 1900"
        self.assertEqual(self.well("query", sql, "--output", "json").out, "[]\n")
        self.assertEqual(self.well("query", sql, "--output", "jsonl").out, "")

    def test_while_it_runs(self):
        running = self.start("run", "standings.sql")
        running.stdout.readline()
        self.well("query", "SELECT COUNT(*) AS n FROM standings", "--output", "jsonl")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)

    def test_mistakes(self):
        self.wrong(1, "did you mean POINTS?", "query", "SELECT point FROM standings")
        self.wrong(1, "did you mean STANDINGS?", "query", "SELECT points FROM standing")
        self.wrong(1, "^", "query", "SELEC points FROM standings")
        self.wrong(1, "there is no data folder nope", "query", "SELECT 1", "--data", "nope")


cli.main()
