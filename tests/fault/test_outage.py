"""The cluster goes away while a query runs: it waits, says so, and goes on when the cluster is
back; the result is exact. Needs the broker that tests/kafka.sh started. SPDX-License-Identifier:
Apache-2.0"""

import os
import re
import signal
import subprocess
import time

import fault

RACES = fault.load_races()
AWAY_SECONDS = 10


def kafka_sh(word):
    script = os.path.join(fault.ROOT, "tests", "kafka.sh")
    environment = {**os.environ, "KAFKA_PORT": fault.KAFKA_PORT}
    done = subprocess.run(
        ["bash", script, word],
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    return done.stdout


def kafka_process():
    return int(re.search(r"process (\d+)", kafka_sh("status")).group(1))


class Outage(fault.Case):
    def setUp(self):
        super().setUp()
        self.frozen = None

    def tearDown(self):
        self.thaw()
        super().tearDown()

    def freeze(self):
        self.frozen = kafka_process()
        os.kill(self.frozen, signal.SIGSTOP)

    def thaw(self):
        if self.frozen:
            os.kill(self.frozen, signal.SIGCONT)
        self.frozen = None

    def begin(self, partitions, *settings):
        self.source, self.sink = self.topic("race-results"), self.topic("standings")
        self.create_topic(self.source, partitions)
        self.script = self.standings_script(self.source, self.sink)
        process = self.start_run(self.script, *settings)
        feed = fault.Feed(self, self.source, RACES.lines)
        feed.allow(8000)
        self.wait_until(lambda: self.offsets("STANDINGS") >= 3000)
        return process, self.follow(process.stderr), feed

    def finish(self, what, process, log, feed, committed):
        began = time.monotonic()
        self.assertEqual(feed.finish(), 0)
        self.wait_until(lambda: self.offsets("STANDINGS") == len(RACES.lines), log)
        seconds = time.monotonic() - began
        self.assertIsNone(process.poll(), log)
        process.terminate()
        self.assertEqual(process.wait(), 0, log)
        written = self.check_standings(RACES, self.sink)
        fault.say(
            f"{what}: {committed} of {len(RACES.lines)} committed before; all of it "
            f"{seconds:.1f} s after; "
            f"{len(RACES.expected)} rows exact, {written} records on the output topic; said: "
            f"{self.said(log)}"
        )

    def said(self, log):
        return [
            re.sub(r".*?(query\.\w+).*?(reason=.*|$)", r"\1 \2", line.strip())
            for line in log
            if "query." in line
        ]

    def test_frozen(self):
        """The broker's process stands still: connections stay open, nobody answers."""
        process, log, feed = self.begin(6, "--set", "commit.interval.ms=50")
        self.freeze()
        committed = self.offsets("STANDINGS")
        feed.allow(len(RACES.lines))
        time.sleep(AWAY_SECONDS)
        self.assertIsNone(process.poll(), log)
        self.thaw()
        self.finish(f"broker frozen for {AWAY_SECONDS} s", process, log, feed, committed)

    def test_restarted(self):
        """In the middle of a backlog. Nobody writes to the input meanwhile: a broker that is shut
        down may keep a batch that it has refused, and then takes it again from the producer that
        sends it once more."""
        rounds = 4
        source, self.sink = self.topic("race-results"), self.topic("standings")
        self.produce(source, RACES.lines * rounds, 2)
        script = self.standings_script(source, self.sink)
        process = self.start_run(
            script,
            "--set",
            "commit.interval.ms=20",
            "--set",
            "batch.rows=1",
            "--set",
            "worker.threads=1",
        )
        log = self.follow(process.stderr)
        self.wait_until(lambda: self.offsets("STANDINGS") >= 1000)
        kafka_sh("stop")
        committed = self.offsets("STANDINGS")
        time.sleep(3)
        self.assertIsNone(process.poll(), log)
        kafka_sh("start")
        began = time.monotonic()
        total = len(RACES.lines) * rounds
        self.wait_until(lambda: self.offsets("STANDINGS") == total, log)
        seconds = time.monotonic() - began
        process.terminate()
        self.assertEqual(process.wait(), 0, log)
        table = {key: row.races for key, row in self.standings_table().items()}
        self.assertEqual(table, {key: row.races * rounds for key, row in RACES.expected.items()})
        last = {
            (row["key"]["SEASON"], row["key"]["DRIVER"]): row["value"]["RACES"]
            for row in self.records(self.sink)
        }
        self.assertEqual(last, table)
        fault.say(
            f"broker stopped and started: {committed} of {total} committed when it was down; all "
            f"of it {seconds:.1f} s after; "
            f"counts exact in table and topic; said: {self.said(log)}"
        )

    def test_stop_while_away(self):
        """A stop does not wait for the broker for ever; what was committed stays, the next run
        goes on there."""
        process, log, feed = self.begin(2, "--set", "commit.interval.ms=50")
        self.freeze()
        time.sleep(1)
        started = time.monotonic()
        process.terminate()
        status = process.wait()
        seconds = time.monotonic() - started
        self.assertIn(status, (0, 2), log)
        self.assertLess(seconds, 30)
        self.thaw()
        self.assertEqual(feed.finish(), 0)
        before = self.offsets("STANDINGS")
        (summary,) = self.run_to_end(self.script)
        self.assertEqual(before + summary["read"], len(RACES.lines))
        self.check_standings(RACES, self.sink)
        fault.say(
            f"stop while the broker is away: {seconds:.1f} s, status {status}; the next run read "
            f"{summary['read']}, exact"
        )


fault.main()
