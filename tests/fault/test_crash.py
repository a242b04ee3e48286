"""kill -9 at random moments: the table stays exact, since state and offsets commit together; the
last record of each key on the output topic is the table's row; no file is damaged.
SPDX-License-Identifier: Apache-2.0"""

import json
import os
import random
import signal
import time

import fault

RACES = fault.load_races()
KILLS = 10
random.seed(fault.SEED)


class Crash(fault.Case):
    def kill_once(self, script, number, fed):
        """Starts the query and kills it: half the time as soon as may be, half the time at work."""
        before = self.offsets("STANDINGS")
        process = self.start_run(script, "--set", "commit.interval.ms=20")
        started = time.monotonic()
        if number % 2:
            deadline = started + 20
            while self.offsets("STANDINGS") <= before and time.monotonic() < deadline:
                time.sleep(0.005)
        time.sleep(random.uniform(0, 0.25))
        self.assertIsNone(process.poll(), "the query ended by itself")
        process.kill()
        process.wait()
        seconds = time.monotonic() - started
        self.check_files()
        after = self.offsets("STANDINGS")
        self.assertGreaterEqual(after, before)
        fault.say(
            f"kill {number + 1}: after {seconds:.3f} s, committed {before} -> {after} of {fed()} "
            "fed"
        )
        return after > before and after < fed()

    def check(self, partitions, workers):
        source, sink = self.topic("race-results"), self.topic("standings")
        self.create_topic(source, partitions)
        script = self.standings_script(source, sink)
        feed = fault.Feed(self, source, RACES.lines)
        hits = 0
        for number in range(KILLS):
            feed.allow(len(RACES.lines) * (number + 1) // (KILLS + 1))
            hits += self.kill_once(script, number, lambda: feed.fed)
        self.assertEqual(feed.finish(), 0)
        (summary,) = self.run_to_end(script, "--set", f"worker.threads={workers}")
        self.assertEqual(self.offsets("STANDINGS"), len(RACES.lines))
        written = self.check_standings(RACES, sink)
        self.assertGreater(hits, 0, "no kill hit the middle")
        fault.say(
            f"{partitions} partitions: {KILLS} kills, {hits} between two commits with records "
            "left; the last run read "
            f"{summary['read']}; {len(RACES.expected)} rows exact, {written} records on the "
            "output topic"
        )

    def test_one_partition(self):
        fault.say(f"seed {fault.SEED} (PITWALL_TEST_SEED)")
        self.check(1, 1)

    def test_six_partitions(self):
        self.check(6, 2)


class Producer(fault.Case):
    def test_killed_while_producing(self):
        """What is on the topic is the beginning of the file, record by record, and a later
        producer goes on behind it."""
        if fault.WITH_KAFKA:
            return
        path = self.write("races.jsonl", "\n".join(RACES.lines) + "\n")
        self.create_topic("cars")
        total, sizes = 0, []
        for _ in range(6):
            process = self.start("produce", "cars", "--file", path, *self.where())
            time.sleep(random.uniform(0.005, 0.08))
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.check_files()
            records = self.records("cars")
            self.assertEqual([record["offset"] for record in records], list(range(len(records))))
            for record, line in zip(records[total:], RACES.lines):
                want = json.loads(line)
                self.assertEqual((record["key"], record["value"]), (want["key"], want["value"]))
            sizes.append(len(records) - total)
            total = len(records)
        done = self.well("produce", "cars", "--file", path, *self.where())
        self.assertIn(f"{len(RACES.lines)} records to topic cars", done.err)
        self.assertEqual(len(self.records("cars")), total + len(RACES.lines))
        fault.say(
            f"producer killed 6 times after {sizes} of {len(RACES.lines)} records: none partial, "
            "none out of order"
        )
        self.assertTrue(os.path.exists(os.path.join(self.data, "topics.db")))


fault.main()
