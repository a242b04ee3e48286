"""Anybody's SQLite reads the table file while the query writes it: typed columns, and whole cuts
only. SPDX-License-Identifier: Apache-2.0"""

import time

import fault

RACES = fault.load_races()
SCRIPT = """
CREATE STREAM race_results (race_id VARCHAR KEY, season INT, driverId VARCHAR, points DOUBLE,
    position INT, reasonRetired VARCHAR, round INT)
  WITH (KAFKA_TOPIC = '{source}', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');
CREATE TABLE standings WITH (KAFKA_TOPIC = '{sink}', KEY_FORMAT = 'JSON') AS
  SELECT season, driverId AS driver, SUM(points) AS points, COUNT(*) AS races,
         MAX(round) AS last_round, CAST(SUM(points) AS DECIMAL(10, 2)) AS exact,
         COLLECT_SET(round) AS rounds, MAX(points) > 0 AS has_points
  FROM race_results GROUP BY season, driverId EMIT CHANGES;
"""
TYPES = {
    "season": "integer",
    "driver": "text",
    "points": "real",
    "races": "integer",
    "last_round": "integer",
    "exact": "text",
    "rounds": "text",
    "has_points": "integer",
    "rowtime": "integer",
}


class Reader(fault.Case):
    def check(self, partitions):
        source, sink = self.topic("race-results"), self.topic("standings")
        self.create_topic(source, partitions)
        script = self.write("standings.sql", SCRIPT.format(source=source, sink=sink))
        process = self.start_run(script, "--set", "commit.interval.ms=20")
        feed = fault.Feed(self, source, RACES.lines)
        feed.allow(len(RACES.lines))
        self.wait_until(lambda: self.offsets("STANDINGS") > 0)
        connection = self.open_table("STANDINGS")
        cuts, last = [], 0
        deadline = time.monotonic() + 40
        while last < len(RACES.lines) and time.monotonic() < deadline:
            connection.execute("BEGIN")
            (cars,) = connection.execute("SELECT coalesce(sum(races), 0) FROM STANDINGS").fetchone()
            (read,) = connection.execute("SELECT sum(offset_next) FROM pitwall_offsets").fetchone()
            connection.execute("COMMIT")
            self.assertEqual(cars, read, "rows and offsets of one snapshot disagree")
            self.assertGreaterEqual(read, last)
            if read != last:
                cuts.append(read)
            last = read
        self.assertEqual(last, len(RACES.lines))
        self.assertGreater(len(cuts), 10)
        for column, kind in TYPES.items():
            kinds = connection.execute(
                f"SELECT DISTINCT typeof({column}) FROM STANDINGS"
            ).fetchall()
            self.assertEqual(kinds, [(kind,)], column)
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'STANDINGS'"
        ).fetchone()
        connection.close()
        self.assertEqual(feed.finish(), 0)
        self.assertIsNone(process.poll())
        process.terminate()
        self.assertEqual(process.wait(), 0)
        table = self.standings_table()
        self.assertEqual(
            {key: row.races for key, row in table.items()},
            {key: row.races for key, row in RACES.expected.items()},
        )
        fault.say(
            f"{partitions} partitions: {len(cuts)} different cuts seen while it ran, each whole: "
            f"{cuts[:5]} ... {cuts[-1]}"
        )
        return sql

    def test_whole_cuts(self):
        self.check(1)

    def test_whole_cuts_of_many_tasks(self):
        fault.say(self.check(6))


fault.main()
