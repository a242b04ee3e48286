"""The command line itself: help, options, check, fmt, docs. SPDX-License-Identifier: Apache-2.0"""
import os
import re
import subprocess

import cli

COMMANDS = ["run", "query", "check", "explain", "fmt", "produce", "consume", "topics", "datagen"]


class Help(cli.Case):
    def test_overview(self):
        out = self.well("help").out
        for name in COMMANDS:
            self.assertRegex(out, rf"(?m)^  {name} +\S")
        self.assertEqual(self.well("--help").out, out)
        nothing = self.run_binary()
        self.assertEqual((nothing.status, nothing.out, nothing.err), (1, "", out))

    def test_each_command(self):
        for name in COMMANDS + ["docs"]:
            out = self.well("help", name).out
            self.assertTrue(out.startswith(f"usage: pitwall {name}"))
            self.assertEqual(self.well(name, "--help").out, out)
            self.assertTrue(all(len(line) <= 100 for line in out.splitlines()), name)

    def test_version(self):
        self.assertRegex(self.well("--version").out, r"^pitwall \d+\.\d+\.\d+\n$")

    def test_settings(self):
        out = self.well("help", "settings").out
        for name in ("commit.interval.ms", "cache.bytes", "auto.offset.reset", "topic.partitions"):
            self.assertIn(f"  {name}  (", out)
        self.assertEqual(self.well("docs", "settings").out, out)


class Mistakes(cli.Case):
    def test_commands_and_options(self):
        self.wrong(1, "did you mean `pitwall consume`?", "consum")
        self.wrong(1, "`pitwall help` lists the commands", "xyzzy")
        self.wrong(1, 'there is no command "xyzzy"', "help", "xyzzy")
        self.wrong(1, "options stand behind the command", "--data", "x")
        self.wrong(1, "did you mean --until-end?", "run", "a.sql", "--until-edn")
        self.wrong(1, "options begin with two dashes", "run", "-x", "a.sql")
        self.wrong(1, "--data needs a value: --data DIR", "topics", "--data")
        self.wrong(1, "--raw takes no value", "produce", "t", "--raw=yes")
        self.wrong(1, '--max cannot be "x"', "consume", "t", "--max", "x")
        self.wrong(1, '--max cannot be "0"', "consume", "t", "--max=0")
        self.wrong(1, "allowed: text|jsonl", "consume", "t", "--output", "xml")
        self.wrong(1, "something is missing", "run")
        self.wrong(1, "something is missing", "consume")
        self.wrong(1, '"b" is too much', "consume", "a", "b")
        self.wrong(1, "settings, functions, man or bash", "docs", "html")

    def test_files(self):
        self.wrong(1, "cannot read nope.sql: No such file", "run", "nope.sql")
        self.wrong(1, "cannot read nope.sql: No such file", "fmt", "nope.sql")
        self.wrong(1, "Is a directory", "fmt", ".")
        self.write("zero.sql", "SELECT\0;")
        self.wrong(1, "zero byte", "fmt", "zero.sql")

    def test_words_behind_two_dashes(self):
        self.wrong(1, "cannot read --x: No such file", "fmt", "--", "--x")

    def test_full_output(self):
        if not os.path.exists("/dev/full"):
            return
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [cli.BINARY, "help"], stdout=full, stderr=subprocess.PIPE, check=False
            )
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot write the output", done.stderr)


class Pages(cli.Case):
    def test_man_page(self):
        page = self.well("docs", "man").out
        for name in COMMANDS:
            self.assertIn(f".Ss pitwall {name}", page)
        try:
            done = subprocess.run(
                ["groff", "-mdoc", "-Tutf8", "-ww"], input=page.encode(), capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            return  # the page is made without groff; only its looks are checked with it
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_completion(self):
        script = self.write("completion", self.well("docs", "bash").out)

        def complete(*words):
            line = " ".join(f"'{word}'" for word in words)
            done = subprocess.run(
                ["bash", "-c", f"source {script}; COMP_WORDS=({line}); "
                 f"COMP_CWORD={len(words) - 1}; _pitwall 2>/dev/null; echo ${{COMPREPLY[@]}}"],
                capture_output=True, text=True, cwd=self.folder, check=True,
            )
            return done.stdout.split()

        self.assertEqual(complete("pitwall", "pro"), ["produce"])
        self.assertEqual(complete("pitwall", "run", "--unt"), ["--until-end"])
        self.assertEqual(complete("pitwall", "topics", "des"), ["describe"])
        self.assertIn("commit.interval.ms=", complete("pitwall", "run", "--set", "commit"))


class Fmt(cli.Case):
    UGLY = (
        "-- Which laps were slow?\n"
        "create stream laps (d varchar key, ms int) with (kafka_topic='laps', value_format='json');"
        " -- raw\n\n\n/* grouped */\ncreate table slow as select d, count(*) as n from laps "
        "where ms>90000 group by d;\n"
        "select -- inside\n a from b;\n"
    )

    def test_comments_stay_and_twice_is_once(self):
        once = self.well("fmt", "-", stdin=self.UGLY).out
        for comment in ("-- Which laps were slow?\n", "; -- raw\n", "\n\n/* grouped */\n"):
            self.assertIn(comment, once)
        self.assertIn("select -- inside\n a from b;\n", once)
        self.assertRegex(once, r"CREATE TABLE `?slow|CREATE TABLE slow|CREATE TABLE SLOW")
        self.assertEqual(self.well("fmt", "-", stdin=once).out, once)
        comments = re.compile(r"--.*|/\*.*?\*/")
        self.assertEqual(comments.findall(once), comments.findall(self.UGLY))

    def test_write_and_check(self):
        path = self.write("a.sql", self.UGLY)
        os.chmod(path, 0o640)
        done = self.wrong(1, "", "fmt", "--check", "a.sql")
        self.assertEqual(done.out, "a.sql\n")
        self.assertEqual(self.read("a.sql"), self.UGLY)
        self.assertEqual(self.well("fmt", "--write", "a.sql").out, "")
        self.assertEqual(self.read("a.sql"), self.well("fmt", "-", stdin=self.UGLY).out)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual(self.well("fmt", "--check", "a.sql").out, "")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.sql"])

    def test_mistakes(self):
        self.write("bad.sql", "SET 'a' = 'b';\nSELEC a FROM b;\n")
        done = self.wrong(1, "bad.sql:2:1: ", "fmt", "--write", "bad.sql")
        self.assertIn("^~~~~", done.err)
        self.assertEqual(self.read("bad.sql"), "SET 'a' = 'b';\nSELEC a FROM b;\n")


cli.main()
