"""A disk that is full while a query runs: the query stops with the reason, the last commit stays
readable, and when there is room again it goes on without having lost anything. The disk is a small
tmpfs, or an image file behind a loop device where that is not allowed. SPDX-License-Identifier:
Apache-2.0"""

import json
import os
import subprocess
import time

import fault

RACES = fault.load_races()


class DiskFull(fault.Case):
    def setUp(self):
        super().setUp()
        self.small = os.path.join(self.folder, "small")
        os.mkdir(self.small)
        self.is_mounted = False

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        if self.is_mounted:
            subprocess.run(["umount", self.small], check=True)
        super().tearDown()

    def mount(self, megabytes):
        """A file system of so many megabytes at self.small."""
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", self.small]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            image = os.path.join(self.folder, "image")
            with open(image, "wb") as file:
                file.truncate(megabytes << 20)
            subprocess.run(["mke2fs", "-q", "-F", "-m", "0", image], check=True)
            subprocess.run(["mount", "-o", "loop", image, self.small], check=True)
        self.is_mounted = True

    def fill_up(self, left_kilobytes):
        """Takes the room of the small disk but for so much; less if others take it meanwhile."""
        there = os.statvfs(self.small)
        count = there.f_bavail * there.f_frsize - (left_kilobytes << 10)
        with open(os.path.join(self.small, "filler"), "wb", buffering=0) as file:
            try:
                while count > 0:
                    count -= file.write(b"\0" * min(count, 1 << 16))
            except OSError:
                pass

    def make_room(self):
        os.remove(os.path.join(self.small, "filler"))

    def put_file_elsewhere(self, name, folder):
        """A link at the file's place: SQLite keeps it, and what belongs to it, where the link
        leads."""
        os.makedirs(folder, exist_ok=True)
        os.makedirs(self.data, exist_ok=True)
        os.symlink(os.path.join(folder, name), os.path.join(self.data, name))

    def wait_for(self, lines, text):
        self.wait_until(lambda: any(text in line for line in lines), f"{text!r} in {lines}")
        return next(line for line in lines if text in line)

    def check_stalled(self, process, log):
        """It waits, and what was committed is a whole cut that can be read."""
        line = self.wait_for(log, "query.stalled")
        self.assertRegex(line, r"full|no space")
        time.sleep(1.2)  # more than one try
        self.assertIsNone(process.poll())
        committed = self.offsets("STANDINGS")
        cars = self.ask("STANDINGS", "SELECT coalesce(sum(races), 0) FROM STANDINGS")[0][0]
        self.assertEqual(cars, committed)
        self.assertLess(committed, len(RACES.lines))
        return committed, line.strip()

    def check_resumed(self, process, log, feed, what, committed, line):
        self.make_room()
        self.wait_for(log, "query.resumed")
        self.assertEqual(feed.finish(), 0)
        self.wait_until(lambda: self.offsets("STANDINGS") == len(RACES.lines))
        process.terminate()
        self.assertEqual(process.wait(), 0, log)
        self.check_files()
        written = self.check_standings(RACES, "standings")
        stalls = sum("query.stalled" in line for line in log)
        fault.say(
            f"{what}: stalled {stalls} times, first with {committed} of {len(RACES.lines)} "
            "committed and readable; "
            f"resumed, {len(RACES.expected)} rows exact, {written} records on the output topic\n "
            f" {line}"
        )

    def test_state(self):
        self.mount(8)
        self.put_file_elsewhere("STANDINGS.db", self.small)
        self.create_topic("race-results", 2)
        script = self.standings_script("race-results", "standings")
        process = self.start_run(script, "--set", "commit.interval.ms=20")
        log = self.follow(process.stderr)
        feed = fault.Feed(self, "race-results", RACES.lines, 100, 0.005)
        feed.allow(3000)
        self.wait_until(lambda: self.offsets("STANDINGS") >= 2500)
        self.fill_up(100)
        feed.allow(len(RACES.lines))
        committed, line = self.check_stalled(process, log)
        self.check_resumed(process, log, feed, "state file", committed, line)

    def test_topics(self):
        """Input and output are on the small disk: it is full for a producer as well, which waits,
        too."""
        self.mount(40)
        self.put_file_elsewhere("topics.db", self.small)
        first = len(RACES.lines) - 3000
        self.produce("race-results", RACES.lines[:first], 2)
        script = self.standings_script("race-results", "standings")
        self.fill_up(250)
        settings = ["--set", "commit.interval.ms=20", "--set", "emit.every.update=true"]
        process = self.start_run(script, *settings)
        log = self.follow(process.stderr)
        committed, line = self.check_stalled(process, log)
        feed = fault.Feed(self, "race-results", RACES.lines[first:], 100, 0.005)
        feed.allow(3000)
        self.wait_for(self.follow(feed.process.stderr), "records-wait")
        self.check_resumed(process, log, feed, "embedded topics", committed, line)

    def test_stop_while_full(self):
        """A stop does not wait for room: exit status 2 and the reason; nothing is lost."""
        self.mount(8)
        self.put_file_elsewhere("STANDINGS.db", self.small)
        self.produce("race-results", RACES.lines[:3000])
        script = self.standings_script("race-results", "standings")
        process = self.start_run(script, "--set", "commit.interval.ms=20")
        log = self.follow(process.stderr)
        self.wait_until(lambda: self.offsets("STANDINGS") == 3000)
        self.fill_up(0)
        self.produce("race-results", RACES.lines[3000:])
        self.wait_for(log, "query.stalled")
        started = time.monotonic()
        process.terminate()
        self.assertEqual(process.wait(), 2, log)
        seconds = time.monotonic() - started
        self.assertLess(seconds, 5)
        self.assertNotIn("everything is committed", "".join(log))
        self.make_room()
        (summary,) = self.run_to_end(script)
        self.assertEqual(self.offsets("STANDINGS"), len(RACES.lines))
        self.check_standings(RACES, "standings")
        fault.say(
            f"stop while full: {seconds:.2f} s, status 2; the next run read {summary['read']}, "
            "result exact"
        )

    def test_produce(self):
        """`produce` on a full disk says so and how much it kept; that much is on the topic, and
        whole."""
        self.mount(6)
        self.put_file_elsewhere("topics.db", self.small)
        self.create_topic("race-results")
        self.fill_up(1500)
        path = self.write("races.jsonl", "\n".join(RACES.lines) + "\n")
        result = self.wrong(2, "full", "produce", "race-results", "--file", path, *self.where())
        self.make_room()
        kept = len(self.records("race-results"))
        self.assertIn(f"{kept} record", result.err)
        self.assertLess(kept, len(RACES.lines))
        fault.say("produce: " + result.err.strip().replace("\n", "\n  "))
        self.check_files()
        for record, line in zip(self.records("race-results"), RACES.lines):
            self.assertEqual(record["value"], json.loads(line)["value"])


fault.main()
