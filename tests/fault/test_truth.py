"""The sum of points by season and driver is the official standing, whichever broker, partitions
and workers, and the output topic says the same as the table. SPDX-License-Identifier:
Apache-2.0"""

import time

import fault

RACES = fault.load_races()


class Truth(fault.Case):
    def check(self, partitions, workers):
        source, sink = self.topic("race-results"), self.topic("standings")
        self.produce(source, RACES.lines, partitions)
        script = self.standings_script(source, sink)
        started = time.monotonic()
        (summary,) = self.run_to_end(script, "--set", f"worker.threads={workers}")
        seconds = time.monotonic() - started
        self.assertEqual((summary["read"], summary["undecodable"]), (len(RACES.lines), 0))
        written = self.check_standings(RACES, sink)
        fault.say(
            f"{partitions} partitions, {workers} workers: {len(RACES.lines)} records read in "
            f"{seconds:.2f} s, "
            f"{len(RACES.expected)} rows exact, {len(RACES.official)} as in the official "
            "standings, "
            f"{written} records on the output topic"
        )

    def test_one_partition(self):
        self.check(1, 1)
        self.start_afresh()
        self.check(1, 2)

    def test_six_partitions(self):
        self.check(6, 1)
        self.start_afresh()
        self.check(6, 2)

    def start_afresh(self):
        """A new data folder for the second round."""
        self.data += "-2"


class Again(fault.Case):
    def test_goes_on_where_it_was(self):
        """Half of the records, a stop, the other half: a restart neither repeats nor leaves out."""
        source, sink = self.topic("race-results"), self.topic("standings")
        half = len(RACES.lines) // 2
        self.produce(source, RACES.lines[:half], 6)
        script = self.standings_script(source, sink)
        (first,) = self.run_to_end(script)
        self.produce(source, RACES.lines[half:], 6)
        (second,) = self.run_to_end(script)
        (third,) = self.run_to_end(script)
        self.assertEqual(
            [first["read"], second["read"], third["read"]], [half, len(RACES.lines) - half, 0]
        )
        self.check_standings(RACES, sink)


fault.main()
