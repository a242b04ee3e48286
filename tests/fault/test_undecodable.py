"""Records that cannot be decoded are counted and kept with topic, partition, offset and reason;
the rest flows on. SPDX-License-Identifier: Apache-2.0"""

import json
import os

import fault

SCRIPT = """
CREATE STREAM cars (k VARCHAR KEY, season INT, driver VARCHAR, points DOUBLE, laps ARRAY<INT>)
  WITH (KAFKA_TOPIC='{}', VALUE_FORMAT='JSON');
CREATE TABLE totals WITH (KAFKA_TOPIC='{}') AS
  SELECT driver, SUM(points) AS points, COUNT(*) AS races FROM cars GROUP BY driver EMIT CHANGES;
"""
GOOD = b'44\t{"season": 2021, "driver": "hamilton", "points": 25.0, "laps": [1, 2]}'
BAD = [
    b'44\t{"season": 2021, "driver": "hamilton", "points": 25.0, "laps": [1, 2]',  # truncated
    b'44\t{"season": 2021, "driver": ham}',  # no JSON
    b'44\t{"season": "next year", "driver": "hamilton", "points": 25.0}',  # wrong type
    b'44\t{"season": 2021, "driver": "hamilton", "points": {"a": 1}}',  # a structure for a number
    b'44\t{"season": 2021, "driver": "hamilton", "points": 1, "laps": {"a": 1}}',  # for an array
    b'44\t{"season": 2021, "driver": "h\xffmilton", "points": 25.0}',  # not UTF-8
    b"44\thamilton",
    b"44\t[1, 2",
    b'44\t{"driver": "hamilton", "points": 25.0} and more',
]
ROUNDS = 50


class Undecodable(fault.Case):
    def test_counted_and_kept(self):
        source, sink = self.topic("cars"), self.topic("totals")
        self.create_topic(source, 2)
        lines = [line for bad in BAD for line in (bad, GOOD)] * ROUNDS
        self.well(
            "produce",
            source,
            "--raw",
            "--key-separator",
            "\t",
            *self.where(),
            stdin=b"\n".join(lines) + b"\n",
        )
        script = self.write("cars.sql", SCRIPT.format(source, sink))
        (summary,) = self.run_to_end(script)
        count = len(BAD) * ROUNDS
        self.assertEqual((summary["read"], summary["undecodable"]), (2 * count, count))
        self.assertEqual(
            self.ask("TOTALS", "SELECT * FROM TOTALS")[0][:3], ("hamilton", 25.0 * count, count)
        )

        rows = self.ask(
            "errors",
            'SELECT topic, partition, "offset", reason, value, query'
            " FROM pitwall_errors ORDER BY 2, 3",
        )
        self.assertEqual(len(rows), count)
        partition = rows[0][1]
        values = [line.split(b"\t")[1] for line in lines]
        for number, (topic, row_partition, offset, reason, value, query) in enumerate(rows):
            self.assertEqual((topic, row_partition, offset), (source, partition, 2 * number))
            self.assertEqual(bytes(value), values[offset])
            self.assertEqual(query, summary["query"])
            self.assertTrue(reason)
        for topic, _, offset, reason, value, _ in rows[: len(BAD)]:
            fault.say(f"{topic} {partition}/{offset}: {reason}: {bytes(value)!r}")
        asked = self.well(
            "query",
            "SELECT * FROM pitwall_errors WHERE `OFFSET` < 4;",
            "--data",
            self.data,
            "--output",
            "jsonl",
        )
        self.assertEqual(len(asked.lines()), 2, asked.out)
        self.assertEqual({json.loads(line)["TOPIC"] for line in asked.lines()}, {source})
        fault.say(asked.lines()[0])

    def test_counted_once_over_a_restart(self):
        """What is committed is not reported again."""
        source, sink = self.topic("cars"), self.topic("totals")
        self.create_topic(source)
        script = self.write("cars.sql", SCRIPT.format(source, sink))
        for _ in range(3):
            self.well(
                "produce",
                source,
                "--raw",
                "--key-separator",
                "\t",
                *self.where(),
                stdin=BAD[0] + b"\n" + GOOD + b"\n",
            )
            (summary,) = self.run_to_end(script)
            self.assertEqual((summary["read"], summary["undecodable"]), (2, 1))
        self.assertEqual(self.ask("errors", "SELECT count(*) FROM pitwall_errors"), [(3,)])
        self.assertTrue(os.path.exists(os.path.join(self.data, "errors.db")))


fault.main()
