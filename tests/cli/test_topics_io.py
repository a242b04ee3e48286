"""topics, produce, consume and datagen on the embedded broker.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pty
import signal
import subprocess
import time

import cli


class Topics(cli.Case):
    def test_create_list_describe_delete(self):
        self.assertIn("created", self.well("topics", "create", "laps", "--partitions", "3").err)
        self.well("topics", "create", "drivers", "--compact", "--retention", "-1")
        self.assertEqual(
            self.well("topics", "--output", "csv").lines(),
            ["topic,partitions,replicas", "drivers,1,1", "laps,3,1"],
        )
        listed = json.loads(self.well("topics", "list", "--output", "json").out)
        self.assertEqual(listed[1], {"topic": "laps", "partitions": 3, "replicas": 1})
        described = self.well("topics", "describe", "laps")
        self.assertEqual(len(described.lines()), 5)
        self.assertIn("3 partitions", described.err)
        self.assertIn("86400000 ms", self.well("topics", "retention", "laps", "86400000").err)
        self.assertIn("for ever", self.well("topics", "retention", "laps", "-1").err)
        self.well("topics", "delete", "laps")
        self.assertNotIn("laps", self.well("topics").out)

    def test_mistakes(self):
        self.wrong(1, "there is no data folder pitwall-data", "topics")
        self.well("topics", "create", "laps")
        self.wrong(1, "laps", "topics", "create", "laps")
        self.wrong(1, "did you mean laps?", "topics", "describe", "lap")
        self.wrong(1, "did you mean laps?", "topics", "delete", "lpas")
        self.wrong(1, "did you mean describe?", "topics", "descrbe", "laps")
        self.wrong(1, "something is missing", "topics", "create")
        self.wrong(1, "that is too much", "topics", "delete", "laps", "laps2")
        self.wrong(1, 'retention cannot be "soon"', "topics", "retention", "laps", "soon")
        self.wrong(1, '--partitions cannot be "0"', "topics", "create", "x", "--partitions", "0")
        self.wrong(1, "too many", "topics", "create", "x", "--partitions", "4000000000")
        self.wrong(1, "is not a topic name", "topics", "create", "a/b")


class ProduceConsume(cli.Case):
    LINES = [
        '{"key":"a","timestamp":1000,"value":{"x": 1.10, "b" : [1, 2E5]}}',
        '{"key":"b","timestamp":null,"value":null}',
        '{"key":null,"timestamp":-5,"value":"t\\u00e9xt \\ud83d\\ude00 \\"q\\""}',
        '{"key":{"id":7},"timestamp":4,"value":12.50,"headers":{"h":"v","n":null}}',
        '{"key":"d","timestamp":5,"value":true,"headers":[["a","1"],["a",{"b": 2}]]}',
        '{"keyBase64":"//4=","timestamp":6,"value":""}',
    ]

    def produce(self, *words, lines=None):
        text = "\n".join(lines if lines is not None else self.LINES)
        return self.well("produce", "t", "--create", *words, stdin=text)

    def test_text(self):
        self.produce()
        rows = [row.split("\t") for row in self.well("consume", "t", "--until-end").lines()]
        self.assertEqual(
            rows[0], ["0", "0", "1970-01-01T00:00:01.000Z", "a", '{"x":1.10,"b":[1,2E5]}']
        )
        self.assertEqual(rows[1][2:], ["1970-01-01T00:00:00.000Z", "b", "null"])
        self.assertEqual(rows[2][3:], ["null", 't\u00e9xt \U0001f600 "q"'])
        self.assertEqual(rows[3][3:], ['{"id":7}', "12.50", "h=v n=null"])
        self.assertEqual(rows[4][4:], ["true", 'a=1 a={"b":2}'])
        self.assertEqual(rows[5][3:], ["\\xff\\xfe", ""])

    def test_jsonl_comes_back_the_same(self):
        self.produce()
        first = self.well("consume", "t", "--until-end", "--output", "jsonl").out
        self.well("produce", "u", "--create", stdin=first)
        second = self.well("consume", "u", "--until-end", "--output", "jsonl").out
        self.assertEqual(first.replace('"topic":"t"', '"topic":"u"'), second)

    def test_timestamps(self):
        before = int(time.time() * 1000)
        self.produce(lines=['{"value":1}', '{"timestamp":null,"value":2}'])
        rows = self.well("consume", "t", "--until-end", "--output", "jsonl").lines()
        stamps = [json.loads(row)["timestamp"] for row in rows]
        self.assertTrue(before <= stamps[0] <= before + 60000)
        self.assertEqual(stamps[1], 0)

    def test_raw_and_keys(self):
        self.well("produce", "t", "--create", "--raw", stdin='{"not json\nplain\n\nlast')
        self.well("produce", "t", "--raw", "--key-separator", "::", stdin="k::v::w\nalone\n")
        rows = self.well("consume", "t", "--until-end", "--output", "jsonl").lines()
        pairs = [(json.loads(row)["key"], json.loads(row)["value"]) for row in rows]
        self.assertEqual(
            pairs,
            [(None, '{"not json'), (None, "plain"), (None, ""), (None, "last")]
            + [("k", "v::w"), (None, "alone")],
        )

    def test_partitions_as_kafka(self):
        lines = [json.dumps({"key": f"driver-{i}", "value": i}) for i in range(100)]
        self.produce("--partitions", "6", lines=lines)
        rows = self.well("consume", "t", "--until-end", "--output", "jsonl").lines()
        found = {json.loads(row)["key"]: json.loads(row)["partition"] for row in rows}
        for key, partition in found.items():
            self.assertEqual(partition, (murmur2(key.encode()) & 0x7FFFFFFF) % 6, key)

    def test_verbose_and_report(self):
        done = self.produce("--verbose", lines=['{"key":1,"value":1}', '{"key":1,"value":2}'])
        self.assertEqual(
            done.lines(), ["line 1: partition 0, offset 0", "line 2: partition 0, offset 1"]
        )
        report = self.produce("--report").out
        for word in ("records per second", "p50", "p99.9", "max", "embedded"):
            self.assertIn(word, report)

    def test_broken_lines(self):
        self.well("topics", "create", "t")
        good = '{"key":"a","value":{"x":1}}\n'
        cases = [
            ('{"key":"b","value":{"x":', "stdin:2: column 25: the line ends too early"),
            ('{"key":"b","vlaue":1}\n', 'did you mean "value"?'),
            ('{"key":"b"}\n', 'the record has no "value"'),
            ("plain\n", "--raw"),
            ('{"value":01}\n', "this is no number"),
            ('{"value":1} x\n', "there is more behind the value"),
            ('{"timestamp":"now","value":1}\n', "milliseconds"),
            ('{"value":' + "[" * 300 + "]" * 300 + "}\n", "nested too deeply"),
            ('{"valueBase64":"a"}\n', "base64"),
            ('{"headers":[1],"value":1}\n', "stdin:2"),
        ]
        for count, (line, message) in enumerate(cases, start=1):
            done = self.wrong(1, message, "produce", "t", stdin=good + line)
            self.assertIn("1 record before that went to topic t", done.err)
            rows = self.well("consume", "t", "--until-end").lines()
            self.assertEqual(len(rows), count)

    def test_large_file(self):
        count = 20000
        text = "".join(f'{{"key":"k{i}","value":{{"n":{i}}}}}\n' for i in range(count))
        path = self.write("big.jsonl", text)
        self.well("produce", "t", "--file", path, "--create", "--partitions", "4")
        rows = self.well("consume", "t", "--until-end", "--output", "jsonl").lines()
        self.assertEqual(sorted(json.loads(row)["value"]["n"] for row in rows), list(range(count)))

    def test_mistakes(self):
        self.wrong(1, "there is no data folder", "produce", "t")
        self.wrong(1, "cannot open nope.jsonl", "produce", "t", "--file", "nope.jsonl", "--create")
        self.wrong(1, "cannot open .: Is a directory", "produce", "t", "--file", ".", "--create")
        self.well("topics", "create", "races")
        done = self.wrong(1, "topic race does not exist", "produce", "race")
        self.assertIn("pitwall topics create race", done.err)
        self.wrong(1, "did you mean races?", "consume", "race")
        self.wrong(1, "--key-separator goes with --raw", "produce", "t", "--key-separator", "x")
        self.wrong(1, "--partitions goes with --create", "produce", "t", "--partitions", "2")
        self.write("file", "")
        self.wrong(1, "file is not a folder", "produce", "t", "--create", "--data", "file")

    def test_max_and_latest(self):
        self.produce()
        self.assertEqual(
            len(self.well("consume", "t", "--from-beginning", "--max", "2").lines()), 2
        )
        tail = self.start("consume", "t", "--max", "1", "--output", "jsonl")
        deadline = time.time() + 30
        while tail.poll() is None and time.time() < deadline:
            self.produce(lines=['{"key":"new","value":1}'])
            time.sleep(0.2)
        out, _ = tail.communicate(timeout=30)
        self.assertEqual(json.loads(out)["key"], "new")

    def test_reader_that_goes_away(self):
        for count in (3, 5000):  # all of it fits into the pipe; or not
            self.produce(lines=[f'{{"value":{i}}}' for i in range(count)])
            for more in ("", "--group g"):
                done = subprocess.run(
                    f"'{cli.BINARY}' consume t --from-beginning {more} | head -n 1",
                    shell=True, cwd=self.folder, capture_output=True, timeout=60, check=False,
                )
                self.assertEqual(done.stdout.count(b"\n"), 1)

    def test_signal_ends_cleanly(self):
        self.produce()
        consumer = self.start("consume", "t", "--from-beginning", "--group", "g")
        for _ in self.LINES:
            consumer.stdout.readline()
        consumer.send_signal(signal.SIGINT)
        _, err = consumer.communicate(timeout=30)
        self.assertEqual(consumer.returncode, 0)
        self.assertIn("6 records of topic t", err)
        again = self.well("consume", "t", "--group", "g", "--until-end")
        self.assertEqual(again.out, "")

    def test_group_shares_partitions(self):
        self.well("topics", "create", "t", "--partitions", "2")
        members = [self.start("consume", "t", "--group", "g") for _ in range(2)]
        told = [self.follow(member.stderr) for member in members]
        self.wait_until(lambda: [len(owned(lines)) for lines in told] == [1, 1], told)
        self.assertEqual(owned(told[0]) | owned(told[1]), {0, 1})
        members[0].send_signal(signal.SIGTERM)
        self.wait_until(lambda: owned(told[1]) == {0, 1}, told)
        members[1].send_signal(signal.SIGTERM)
        self.assertEqual([member.wait(timeout=30) for member in members], [0, 0])
        self.wait_until(lambda: owned(told[0]) == owned(told[1]) == set(), told)

    def test_progress_on_a_terminal(self):
        path = self.write("big.jsonl", '{"value":"' + "x" * 200 + '"}\n')
        with open(path, "a", encoding="utf-8") as file:
            file.write(('{"value":"' + "x" * 200 + '"}\n') * 200000)
        ours, theirs = pty.openpty()
        done = subprocess.Popen(
            [cli.BINARY, "produce", "t", "--create", "--file", path],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
            env={**self.environment, "TERM": "xterm"},
        )
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(ours)
        self.assertEqual(done.wait(timeout=60), 0)
        self.assertIn(b"200001 records to topic t", text)
        self.assertIn(b"\x1b[2K", text)
        self.assertIn(b"[=", text)
        plain = self.well("produce", "t", "--file", path)
        self.assertNotIn("\x1b", plain.err)


class Datagen(cli.Case):
    def consume(self, topic, *words):
        rows = self.well("consume", topic, "--until-end", "--output", "jsonl", *words).lines()
        return [json.loads(row) for row in rows]

    def test_a_season(self):
        self.well("datagen", "--partitions", "2")
        results = self.consume("race-results")
        self.assertEqual(len(results), 20 * 20)
        points = {}
        for record in results:
            value = record["value"]
            points[value["raceId"]] = points.get(value["raceId"], 0) + value["points"]
            self.assertEqual(record["key"], value["raceId"])
            self.assertEqual(value["position"] is None, value["reasonRetired"] is not None)
        self.assertTrue(all(total == 101.0 for total in points.values()))
        laps = self.consume("laps")
        done = {}
        for record in laps:
            key = (record["value"]["raceId"], record["value"]["driverId"])
            done[key] = done.get(key, 0) + 1
        for record in results:
            value = record["value"]
            self.assertEqual(done.get((value["raceId"], value["driverId"]), 0), value["laps"])
        nested = self.consume("tpc-race-data")[0]["value"]
        self.assertIn("country", nested["Races"][0]["Circuit"]["Location"])
        drivers = {record["key"] for record in self.consume("drivers")}
        self.assertTrue({record["value"]["driverId"] for record in results} <= drivers)

    def test_seed_and_choice(self):
        def season(folder, *words):
            self.well("datagen", "--topics", "race-results", "--data", folder, *words)
            return self.well("consume", "race-results", "--until-end", "--data", folder).out

        first = season("a")
        self.assertEqual(first, season("b"))
        self.assertNotEqual(first, season("c", "--seed", "2"))
        self.well("datagen", "--data", "d")
        self.assertEqual(
            first, self.well("consume", "race-results", "--until-end", "--data", "d").out
        )
        self.assertEqual(len(self.well("topics", "--data", "a").lines()), 3)

    def test_rate_and_signal(self):
        begin = time.time()
        endless = self.start("datagen", "--seasons", "0", "--rate", "500", "--topics", "laps")
        time.sleep(1.5)
        endless.send_signal(signal.SIGINT)
        _, err = endless.communicate(timeout=30)
        seconds = time.time() - begin
        self.assertEqual(endless.returncode, 0, err)
        count = len(self.consume("laps"))
        self.assertTrue(0 < count <= 500 * seconds + 100, count)

    def test_mistakes(self):
        self.wrong(1, "did you mean laps?", "datagen", "--topics", "drivers,lap")
        self.wrong(1, "--first-season cannot be", "datagen", "--first-season", "1949")
        self.wrong(1, '"x" is too much', "datagen", "x")
        self.well("datagen", "--topics", "laps")
        self.assertIn("has records already", self.well("datagen", "--topics", "laps").err)


def owned(lines):
    """The partitions a member has, from what it said."""
    partitions = set()
    for line in lines:
        words = line.replace(",", "").split()
        numbers = {int(word) for word in words if word.isdigit()}
        if "got" in words:
            partitions |= numbers
        if "lost" in words:
            partitions -= numbers
    return partitions


def murmur2(data):
    """Kafka's hash of keys, as its Java client has it."""
    length, seed, m = len(data), 0x9747B28C, 0x5BD1E995
    h = seed ^ length
    for i in range(0, length - length % 4, 4):
        k = int.from_bytes(data[i : i + 4], "little")
        k = (k * m) & 0xFFFFFFFF
        k ^= k >> 24
        k = (k * m) & 0xFFFFFFFF
        h = ((h * m) & 0xFFFFFFFF) ^ k
    tail = data[length - length % 4 :]
    for shift, byte in enumerate(tail):
        h ^= byte << (8 * shift)
    if tail:
        h = (h * m) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * m) & 0xFFFFFFFF
    return h ^ (h >> 15)


cli.main()
