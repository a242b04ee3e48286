"""A start is quick and small; a stop by signal commits, ends with status 0, and the next run
begins exactly behind it. SPDX-License-Identifier: Apache-2.0"""

import json
import os
import random
import signal
import statistics
import time

import fault

RACES = fault.load_races()
FIRST_POLL_MS = 50
RESIDENT_MB = 25
random.seed(fault.SEED)


def resident_mb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class Start(fault.Case):
    def test_first_poll(self):
        """From the start of the process, the dynamic linker included, to the first read of a
        topic."""
        if fault.WITH_KAFKA:
            return  # a cluster's answer takes its own time
        self.produce("race-results", RACES.lines[:1000])
        script = self.standings_script("race-results", "standings")
        first, sizes, inside = [], [], []
        for _ in range(5):
            started = time.monotonic()
            process = self.start_run(script, "--set", "log.level=info")
            line = next(line for line in process.stderr if "runtime.first_poll" in line)
            first.append((time.monotonic() - started) * 1000)
            inside.append(float(line.split("ms=")[1]))
            time.sleep(1)
            sizes.append(resident_mb(process))
            process.terminate()
            self.assertEqual(process.wait(), 0)
        fault.say(
            f"first poll after {statistics.median(first):.1f} ms of "
            f"{sorted(round(ms, 1) for ms in first)} "
            f"({statistics.median(inside):.1f} ms of it since the runtime was opened); "
            f"{statistics.median(sizes):.1f} MB resident after 1 s"
        )
        self.assertLess(statistics.median(first), FIRST_POLL_MS * fault.SLOWER)
        self.assertLess(statistics.median(sizes), RESIDENT_MB * fault.SLOWER)


class Stop(fault.Case):
    def run_and_stop(self, script, number, pause):
        """Runs for a while; returns how many records it read, all of which must then be
        committed."""
        before = self.offsets_or_none()
        process = self.start_run(script, "--json", "--set", "commit.interval.ms=100000")
        time.sleep(pause)
        started = time.monotonic()
        process.send_signal(signal.SIGINT if number % 2 else signal.SIGTERM)
        status = process.wait()
        self.assertLess(time.monotonic() - started, 5)
        out, err = process.stdout.read(), process.stderr.read()
        # A signal before it listens to any ends it like any program.
        self.assertIn(status, (0, -signal.SIGINT, -signal.SIGTERM), err)
        count = sum(json.loads(line)["read"] for line in out.splitlines() if '"query"' in line)
        self.assertEqual(self.offsets_or_none() - before, count, f"stop {number}: {out} {err}")
        return count

    def offsets_or_none(self):
        return (
            self.offsets("STANDINGS")
            if os.path.exists(os.path.join(self.data, "STANDINGS.db"))
            else 0
        )

    def test_while_fed(self):
        """Many stops in the middle: the runs' counts add up to the records, so none was read twice
        or left out."""
        source, sink = self.topic("race-results"), self.topic("standings")
        self.create_topic(source, 6)
        script = self.standings_script(source, sink)
        feed = fault.Feed(self, source, RACES.lines)
        feed.allow(len(RACES.lines))
        parts = [
            self.run_and_stop(script, number, random.uniform(0.03, 0.5)) for number in range(8)
        ]
        self.assertEqual(feed.finish(), 0)
        (summary,) = self.run_to_end(script)
        parts.append(summary["read"])
        self.assertEqual(sum(parts), len(RACES.lines))
        written = self.check_standings(RACES, sink)
        fault.say(
            f"seed {fault.SEED}: 8 stops by SIGTERM and SIGINT, records read by each run {parts}; "
            f"{len(RACES.expected)} rows exact, {written} records on the output topic"
        )

    def test_at_full_speed(self):
        """The same with a backlog, so that every stop hits a run that reads as fast as it can."""
        source, sink = self.topic("race-results"), self.topic("standings")
        rounds = 10
        self.produce(source, RACES.lines * rounds, 2)
        script = self.standings_script(source, sink)
        parts, total = [], len(RACES.lines) * rounds
        while sum(parts) < total and len(parts) < 12:
            parts.append(
                self.run_and_stop(
                    script, len(parts), random.uniform(0.02, 0.1) + (0.1 if fault.WITH_KAFKA else 0)
                )
            )
        stops = len(parts)
        (summary,) = self.run_to_end(script)
        parts.append(summary["read"])
        self.assertEqual(sum(parts), total)
        table = {key: row.races for key, row in self.standings_table().items()}
        self.assertEqual(table, {key: row.races * rounds for key, row in RACES.expected.items()})
        fault.say(
            f"{stops} stops at full speed, records read by each run {parts}: {total} in all, "
            "counts exact"
        )


fault.main()
