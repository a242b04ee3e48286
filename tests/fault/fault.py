"""What the tests of this folder share: race data, a broker of either kind, and looking at files
and topics.

Usage of each test: test_x.py BINARY [embedded|kafka]. With `kafka` the broker at
127.0.0.1:$KAFKA_PORT is used (tests/kafka.sh start). SPDX-License-Identifier: Apache-2.0"""

import collections
import glob
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
if __name__ == "fault" and os.geteuid() != 0 and os.environ.get("PITWALL_TEST_MOUNTS") == "1":
    # Mounts need root, which everybody is in a namespace of their own.
    os.environ["PITWALL_TEST_MOUNTS"] = "0"
    os.execvp(
        "unshare",
        ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-B", *sys.argv],
    )
WITH_KAFKA = len(sys.argv) > 2 and sys.argv[2] == "kafka"
del sys.argv[2:3]
import cli  # noqa: E402 takes the binary from sys.argv

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
KAFKA_PORT = os.environ.get("KAFKA_PORT", "19292")
SHARED = os.environ.get("PITWALL_TEST_SHARED", os.path.join(ROOT, "..", "shared"))
SEED = int(os.environ.get("PITWALL_TEST_SEED", random.SystemRandom().randrange(1 << 30)))
PARTS_OF_RUN = f"{os.getpid():x}{int(time.time()) & 0xFFFF:x}"

# Sanitizers need time and memory of their own: bounds are wider by so much.
SLOWER = int(os.environ.get("PITWALL_TEST_SLOWER", "1"))

# Seasons in which every result counted (the data's README).
WHOLE_SEASONS = {*range(1968, 1979), *range(1981, 1985), *range(1991, 2027)}
DRIVER_SEASONS = 1133

STANDINGS = """
CREATE STREAM race_results (race_id VARCHAR KEY, season INT, driverId VARCHAR, points DOUBLE)
  WITH (KAFKA_TOPIC = '{source}', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');
CREATE TABLE standings WITH (KAFKA_TOPIC = '{sink}', KEY_FORMAT = 'JSON') AS
  SELECT season, driverId AS driver, SUM(points) AS points, COUNT(*) AS races
  FROM race_results GROUP BY season, driverId EMIT CHANGES;
"""

Standing = collections.namedtuple("Standing", "points races")


def say(text):
    print(text, file=sys.stderr, flush=True)


def is_near(a, b):
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


class Races:
    """Lines of race results, and what a plain sum over them gives."""

    def __init__(self):
        self.lines = []
        self.expected = {}
        self.official = {}

    def sum_up(self):
        points, races = collections.defaultdict(float), collections.Counter()
        for line in self.lines:
            value = json.loads(line)["value"]
            key = (value["season"], value["driverId"])
            points[key] += value["points"] or 0.0
            races[key] += 1
        self.expected = {key: Standing(points[key], races[key]) for key in races}
        return self


def real_races():
    races = Races()
    folder = os.path.join(SHARED, "data", "f1")
    with open(os.path.join(folder, "race-results.jsonl"), encoding="utf-8") as file:
        races.lines = file.read().splitlines()
    with open(os.path.join(folder, "expected-driver-standings.jsonl"), encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["season"] in WHOLE_SEASONS:
                races.official[(row["season"], row["driverId"])] = row["points"]
    assert len(races.official) == DRIVER_SEASONS, len(races.official)
    return races.sum_up()


def invented_races():
    """The same from `pitwall datagen`: 40 seasons."""
    races = Races()
    data = os.path.join(cli.tempfile.mkdtemp(prefix="pitwall-fault-"), "data")
    for words in (
        "datagen --seasons 40 --first-season 1985 --topics race-results".split() + ["--data", data],
        ["consume", "race-results", "--until-end", "--output", "jsonl", "--data", data],
    ):
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith("PITWALL_")
        }
        done = subprocess.run(
            [cli.BINARY, *words], capture_output=True, text=True, check=True, env=clean
        )
    for line in done.stdout.splitlines():
        record = json.loads(line)
        races.lines.append(
            json.dumps({name: record[name] for name in ("key", "timestamp", "value")})
        )
    cli.shutil.rmtree(os.path.dirname(data))
    return races.sum_up()


def load_races():
    if os.path.exists(os.path.join(SHARED, "data", "f1", "race-results.jsonl")):
        return real_races()
    if os.environ.get("CI"):
        sys.exit(
            f"the race data must be there in CI: {SHARED}/data/f1 (PITWALL_TEST_SHARED says where)"
        )
    say(
        f"note: {SHARED}/data/f1 is not there: the real race data is left out, invented races "
        "are used"
    )
    return invented_races()


class Case(cli.Case):
    """A data folder, topics with names of their own, and questions about both."""

    def setUp(self):
        super().setUp()
        self.data = os.path.join(self.folder, "data")
        self.settings = []
        if WITH_KAFKA:
            self.settings = ["--set", f"bootstrap.servers=127.0.0.1:{KAFKA_PORT}"]
        self.made = []

    def tearDown(self):
        for topic in self.made if WITH_KAFKA else []:
            self.run_binary("topics", "delete", topic, *self.settings)
        super().tearDown()

    def topic(self, name):
        """A name that no other test uses; on a cluster it is deleted in the end."""
        if not WITH_KAFKA:
            return name
        made = f"{name}-{PARTS_OF_RUN}-{len(self.made)}"
        self.made.append(made)
        return made

    def where(self):
        return ["--data", self.data, *self.settings]

    def create_topic(self, name, partitions=1):
        self.well("topics", "create", name, "--partitions", str(partitions), *self.where())

    def produce(self, topic, lines, partitions=1, data=None):
        text = (
            "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
        )
        where = ["--data", data or self.data, *self.settings]
        return self.well(
            "produce", topic, "--create", "--partitions", str(partitions), *where, stdin=text
        )

    def start_run(self, script, *words):
        return self.start("run", script, *self.where(), *words)

    def run_to_end(self, script, *words):
        result = self.well("run", script, "--until-end", "--json", *self.where(), *words)
        return [json.loads(line) for line in result.lines() if '"query"' in line]

    # --- looking -----------------------------------------------------------------------------

    def open_table(self, name, data=None):
        """A reader of a state file, which never writes to it."""
        path = os.path.join(data or self.data, f"{name}.db")
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=10)

    def ask(self, name, sql):
        connection = self.open_table(name)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def offsets(self, name):
        """Records that the last commit covers, over all partitions; 0 before the first one."""
        try:
            return self.ask(name, "SELECT coalesce(sum(offset_next), 0) FROM pitwall_offsets")[0][0]
        except sqlite3.OperationalError:
            return 0

    def check_files(self):
        """SQLite's own check of every file in the data folder. It is made on copies: to open a
        file repairs it, which is what pitwall has to do by itself. The topics are in use by others
        and are opened where they are, for reading."""
        copies = os.path.join(self.folder, "copies")
        cli.shutil.rmtree(copies, ignore_errors=True)
        os.mkdir(copies)
        for path in glob.glob(os.path.join(self.data, "*.db")):
            name = os.path.basename(path)[:-3]
            if name == "topics":
                answer = self.ask(name, "PRAGMA integrity_check")
            else:
                for part in glob.glob(glob.escape(path) + "*"):
                    cli.shutil.copy(part, copies)
                connection = sqlite3.connect(os.path.join(copies, f"{name}.db"))
                answer = connection.execute("PRAGMA integrity_check").fetchall()
                connection.close()
            self.assertEqual(answer, [("ok",)], path)

    def records(self, topic):
        out = self.well("consume", topic, "--until-end", "--output", "jsonl", *self.where()).out
        return [json.loads(line) for line in out.splitlines()]

    def standings_table(self):
        rows = self.ask("STANDINGS", "SELECT season, driver, points, races FROM STANDINGS")
        return {(season, driver): Standing(points, races) for season, driver, points, races in rows}

    def check_standings(self, races, sink):
        """Table against the plain sum and the official standings, topic against the table."""
        table = self.standings_table()
        self.assertEqual(table.keys(), races.expected.keys())
        for key, want in races.expected.items():
            self.assertEqual(table[key].races, want.races, key)
            self.assertTrue(is_near(table[key].points, want.points), (key, table[key], want))
        for key, points in races.official.items():
            self.assertTrue(is_near(table[key].points, points), (key, table[key], points))
        last = {}
        records = self.records(sink)
        for record in records:
            last[(record["key"]["SEASON"], record["key"]["DRIVER"])] = record["value"]
        self.assertEqual(last.keys(), table.keys())
        for key, value in last.items():
            self.assertEqual((value["POINTS"], value["RACES"]), tuple(table[key]), key)
        return len(records)

    def standings_script(self, source, sink):
        return self.write("standings.sql", STANDINGS.format(source=source, sink=sink))


class Feed:
    """`pitwall produce` with lines given to it piece by piece, by a thread."""

    def __init__(self, case, topic, lines, piece=100, pause=0.01):
        self.process = case.start("produce", topic, *case.where())
        self.lines, self.piece, self.pause = lines, piece, pause
        self.fed = 0
        self.limit = 0
        self.is_broken = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while self.fed < len(self.lines):
                if self.fed >= self.limit:
                    time.sleep(0.005)
                    continue
                part = self.lines[self.fed : self.fed + self.piece]
                self.process.stdin.write("\n".join(part) + "\n")
                self.process.stdin.flush()
                self.fed += len(part)
                time.sleep(self.pause)
            self.process.stdin.close()
        except (OSError, ValueError):  # it ended, or the test did
            self.is_broken = True
        finally:
            self.process.stdin = None  # or the end of the test would flush it again

    def allow(self, count):
        """Feed up to so many lines."""
        self.limit = count

    def finish(self):
        self.limit = len(self.lines)
        self.thread.join(60)
        return self.process.wait(60)


def main():
    cli.main()
