"""Event times before 1970 window like any other: the window's start is rounded down, not towards
1970. Kafka cannot carry a negative timestamp: the outgoing one is clamped.
SPDX-License-Identifier: Apache-2.0"""

import collections
import datetime
import math

import fault

DAY_MS = 86_400_000
EPOCH = datetime.date(1970, 1, 1)
SCRIPT = """
CREATE STREAM races (k VARCHAR KEY, circuit VARCHAR, raced {type}, laps INT)
  WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON', TIMESTAMP='raced'{format});
CREATE TABLE laps_in WITH (KAFKA_TOPIC='{sink}', KEY_FORMAT='KAFKA') AS
  SELECT circuit, SUM(laps) AS laps, COUNT(*) AS races FROM races
  WINDOW {window} GROUP BY circuit EMIT CHANGES;
"""
GRACE = ", GRACE PERIOD 40000 DAYS"


def races():
    """Every ninth day from 1950 to 1976 and the days around the beginning of 1970; not in order."""
    days = list(range(-7300, 2200, 9)) + [-2, -1, 0, 1, -7, -8, 6, 7]
    days.sort(key=lambda day: (day * 7919) % 10007)
    return [(f"circuit-{day % 3}", day, 50 + day % 7) for day in days]


class Before1970(fault.Case):
    def check(self, window, size_days, advance_days, as_text):
        source, sink = self.topic("races"), self.topic("laps-in")
        expected = collections.defaultdict(lambda: [0, 0])
        lines = []
        for circuit, day, laps in races():
            raced = str(EPOCH + datetime.timedelta(days=day)) if as_text else day * DAY_MS + 1
            lines.append(
                {
                    "key": None,
                    "timestamp": None,
                    "value": {"CIRCUIT": circuit, "RACED": raced, "LAPS": laps},
                }
            )
            for i in range(size_days // advance_days):
                start = (math.floor(day / advance_days) - i) * advance_days
                key = (circuit, start * DAY_MS, (start + size_days) * DAY_MS)
                # As in ksqlDB, a row of 1970 or later opens no window that begins before; it counts
                # in one that is there.
                if start + size_days > day and (start >= 0 or day < 0 or key in expected):
                    cell = expected[key]
                    cell[0] += laps
                    cell[1] += 1
        self.produce(source, lines)
        script = self.write(
            "races.sql",
            SCRIPT.format(
                source=source,
                sink=sink,
                window=window,
                type="VARCHAR" if as_text else "BIGINT",
                format=", TIMESTAMP_FORMAT='yyyy-MM-dd'" if as_text else "",
            ),
        )
        (summary,) = self.run_to_end(script)
        self.assertEqual((summary["read"], summary["undecodable"]), (len(lines), 0))
        rows = self.ask(
            "LAPS_IN", "SELECT circuit, windowstart, windowend, laps, races FROM LAPS_IN"
        )
        got = {row[:3]: list(row[3:]) for row in rows}
        wrong = {
            key: (got.get(key), expected.get(key))
            for key in got.keys() | expected.keys()
            if got.get(key) != expected.get(key)
        }
        self.assertEqual(wrong, {}, "window: (is, should be)")
        negative = sum(row[1] < 0 for row in rows)
        across = sum(row[1] < 0 < row[2] for row in rows)
        self.assertGreater(negative, 100)
        first = self.ask(
            "LAPS_IN", "SELECT min(windowstart), min(rowtime), typeof(windowstart) FROM LAPS_IN"
        )[0]
        self.assertLess(first[1], 0)
        self.assertEqual(first[2], "integer")
        times = [record["timestamp"] for record in self.records(sink)]
        self.assertGreaterEqual(min(times), 0)
        self.assertGreater(max(times), 0)
        # 0 means "now" to the library that writes to a cluster; there it is 1.
        self.assertGreater(sum(time <= 1 for time in times), 100)
        fault.say(
            f"{window.split(',')[0]}: {len(rows)} windows, {negative} begin before 1970 (first "
            f"{first[0]}), {across} across it; "
            f"{sum(time <= 1 for time in times)} of {len(times)} outgoing timestamps clamped"
        )

    def test_tumbling_by_text(self):
        self.check("TUMBLING (SIZE 7 DAYS" + GRACE + ")", 7, 7, True)

    def test_hopping_by_number(self):
        self.check("HOPPING (SIZE 30 DAYS, ADVANCE BY 10 DAYS" + GRACE + ")", 30, 10, False)


fault.main()
