"""Each mistake of a user and each fault of the world has one clear message with its place and what
to do, status 1 or 2, and costs nothing that was there. SPDX-License-Identifier: Apache-2.0"""

import json
import os
import re
import socket
import subprocess
import time

import fault

LAPS = [
    {"key": "44", "timestamp": 1000 + i, "value": {"DRIVER": "hamilton", "MS": 90000 + i}}
    for i in range(20)
]
SOURCE = (
    "CREATE STREAM laps (k VARCHAR KEY, driver VARCHAR, ms INT)"
    " WITH (KAFKA_TOPIC='{}', VALUE_FORMAT='JSON');\n"
)
BEST = "CREATE TABLE best AS SELECT driver, MIN(ms) AS ms FROM laps GROUP BY driver EMIT CHANGES;\n"


def show(what, err):
    fault.say(f"{what}:\n    " + err.strip().replace("\n", "\n    "))


class Mistakes(fault.Case):
    def setUp(self):
        super().setUp()
        self.produce("laps", LAPS)
        self.script = self.write("best.sql", SOURCE.format("laps") + BEST)

    def fails(self, what, status, patterns, *words, **options):
        """Status, and every pattern on stderr; a message is short."""
        result = self.run_binary(*words, **options)
        self.assertEqual(result.status, status, result.err)
        for pattern in patterns:
            self.assertRegex(result.err, pattern)
        self.assertLessEqual(len(result.err.strip().splitlines()), 6, result.err)
        show(what, result.err)
        return result

    def goes_on(self):
        """Nothing was lost: all records are there, and the right script gives the right table."""
        self.assertEqual(len(self.records("laps")), len(LAPS))
        self.run_to_end(self.script)
        self.assertEqual(self.ask("BEST", "SELECT driver, ms FROM BEST"), [("hamilton", 90000)])

    def test_missing_topic(self):
        path = self.write("bad.sql", SOURCE.format("lap") + BEST)
        self.fails(
            "missing topic",
            1,
            [r"bad\.sql:1:", r"\blap\b", r"laps"],
            "run",
            path,
            "--until-end",
            *self.where(),
        )
        self.assertFalse(os.path.exists(os.path.join(self.data, "BEST.db")))
        self.goes_on()

    def test_unknown_column(self):
        path = self.write("bad.sql", SOURCE.format("laps") + BEST.replace("MIN(ms)", "MIN(mss)"))
        self.fails(
            "unknown column",
            1,
            [r"bad\.sql:2:41", r"MSS", r"did you mean.*MS", r"\^"],
            "run",
            path,
            *self.where(),
        )
        self.goes_on()

    def test_misspelt_setting(self):
        ini = self.write("config.ini", "[pitwall]\nworker.threads = 2\ncommit.intervall.ms = 100\n")
        words = ["run", self.script, "--until-end", *self.where()]
        expected = [r"config\.ini:3", r"commit\.intervall\.ms", r"commit\.interval\.ms\b"]
        self.fails("misspelt key in a file", 1, expected, *words, "--config", ini)
        self.fails(
            "misspelt key in --set",
            1,
            [r"--set", r"worker\.thread\b", r"worker\.threads"],
            *words,
            "--set",
            "worker.thread=2",
        )
        ini = self.write("config.ini", "[default]\nbootstrap.server = localhost:9092\n")
        self.fails(
            "misspelt librdkafka key",
            1,
            [r"config\.ini:2", r"bootstrap\.servers"],
            *words,
            "--config",
            ini,
        )
        self.fails(
            "bad value", 1, [r"--set", r"batch\.rows", r"1024"], *words, "--set", "batch.rows=0"
        )
        self.goes_on()

    def test_no_broker(self):
        """Nobody listens at the port; and somebody who never answers."""
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        calls = []
        for port, what in ((9, "closed port"), (silent.getsockname()[1], "silent port")):
            for words in (["run", self.script], ["topics"], ["produce", "laps"]):
                where = ["--data", self.data, "--set", f"bootstrap.servers=127.0.0.1:{port}"]
                data = ["--data", f"{self.data}-{len(calls)}"] if words[0] == "run" else []
                calls.append((f"{what}: {words[0]}", port, self.start(*words, *where, *data)))
        started = time.monotonic()
        for what, port, process in calls:
            self.assertEqual(process.wait(), 1)
            seconds = time.monotonic() - started
            err = process.stderr.read()
            self.assertRegex(
                err, rf"127\.0\.0\.1:{port}.* no answer within|127\.0\.0\.1:{port}.* connect"
            )
            self.assertIn("bootstrap.servers", err)
            show(what, f"{err}after {seconds:.1f} s")
            self.assertLess(seconds, 15)
        self.goes_on()

    def test_folder_in_use(self):
        process = self.start_run(self.script)
        self.wait_until(lambda: self.offsets("BEST") == len(LAPS))
        started = time.monotonic()
        self.fails(
            "data folder in use",
            1,
            [str(process.pid), re.escape(self.data)],
            "run",
            self.script,
            *self.where(),
        )
        self.assertLess(time.monotonic() - started, 15)
        self.assertIsNone(process.poll())
        self.produce(
            "laps", [{"key": "63", "timestamp": 5000, "value": {"DRIVER": "russell", "MS": 1}}]
        )
        self.wait_until(lambda: self.offsets("BEST") == len(LAPS) + 1)
        process.terminate()
        self.assertEqual(process.wait(), 0)

    def test_truncated_line(self):
        lines = (
            [json.dumps(lap) for lap in LAPS[:7]]
            + ['{"key": "44", "value": {"DRIVER": "hami']
            + [json.dumps(LAPS[8])]
        )
        path = self.write("laps.jsonl", "\n".join(lines) + "\n")
        words = ["produce", "laps", "--file", path, *self.where()]
        self.fails("truncated line", 1, [r"laps\.jsonl:8: ", r"\b7 records"], *words)
        self.assertEqual(len(self.records("laps")), len(LAPS) + 7)

    def test_no_such_folder_or_file(self):
        self.fails("no such file", 1, [r"cannot read nope\.sql"], "run", "nope.sql", *self.where())
        not_one = self.write("file", "")
        self.fails(
            "a file for a folder", 1, [re.escape(not_one)], "run", self.script, "--data", not_one
        )

    def test_damaged_state(self):
        """A state file that is none is refused by name and left as it is."""
        self.goes_on()
        path = os.path.join(self.data, "BEST.db")
        with open(path, "wb") as file:
            file.write(b"these are not the laps you are looking for" * 200)
        self.fails(
            "damaged state file",
            2,
            [re.escape(path), "damaged", "hint: "],
            "run",
            self.script,
            "--until-end",
            *self.where(),
        )
        with open(path, "rb") as file:
            self.assertTrue(file.read().startswith(b"these are not"))
        os.remove(path)
        self.goes_on()


class ReadOnly(fault.Case):
    """A folder that may be read only. Access rights do not bind root: a read-only mount does."""

    def setUp(self):
        super().setUp()
        self.produce("laps", LAPS)
        self.script = self.write("best.sql", SOURCE.format("laps") + BEST)
        self.run_to_end(self.script)
        self.check_files()
        subprocess.run(["mount", "--bind", self.data, self.data], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", self.data], check=True)

    def tearDown(self):
        subprocess.run(["umount", self.data], check=True)
        super().tearDown()

    def test_read_only(self):
        with self.assertRaises(OSError):
            self.write("data/x", "")
        for words in (["run", self.script], ["produce", "laps"], ["topics", "create", "x"]):
            result = self.run_binary(*words, *self.where(), stdin="{}\n")
            show(f"read-only folder: {words[0]}", result.err)
            self.assertEqual(result.status, 1, result.err)
            self.assertRegex(result.err, re.escape(self.data))
            self.assertRegex(result.err, r"[Rr]ead-only|cannot be written|writable")
        answer = self.well(
            "query", "SELECT driver, ms FROM best;", "--data", self.data, "--output", "csv"
        )
        self.assertIn("hamilton,90000", answer.out)


fault.main()
