#!/usr/bin/env python3
"""Runs what a document shows and compares it with what it says comes out.

    run_blocks.py PITWALL FILE.md...            compares
    run_blocks.py PITWALL --update FILE.md...   writes what comes out into the document: look at the difference

Each document runs in a copy of its folder; its blocks share one data folder. What a block is, its first line says:

    ```console       "$ " begins a command for bash; below it, its output
    ```jsonl TOPIC   records, produced to the topic
    ```sql run       statements, run to the end of their input
    ```sql query     a SELECT, asked of the tables
    ```sql refused   statements that must be refused: exit status 1
    ```output        what the block above must have printed

Output is stdout; stderr only where a command failed. A line "..." stands for any lines.
SPDX-License-Identifier: Apache-2.0
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


class Mismatch(Exception):
    """A block that does not do what the document says."""


def blocks_of(text):
    """(line, kind, words, lines) of every fenced block."""
    blocks, opened = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if opened is None and line.startswith("```"):
            words = line[3:].split()
            opened = (number, words[0] if words else "", words[1:], [])
        elif opened is not None and line.startswith("```"):
            blocks.append(opened)
            opened = None
        elif opened is not None:
            opened[3].append(line)
    return blocks


def matches(wanted, got):
    parts = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + "\n" for line in wanted]
    text = "".join(line.rstrip() + "\n" for line in got)
    return re.fullmatch("".join(parts), text) is not None


class Document:
    def __init__(self, pitwall, path, is_update):
        self.path = path
        self.is_update = is_update
        self.changes = []  # (first line, line behind the last, new lines), from 0
        self.checked = 0
        self.folder = tempfile.mkdtemp(prefix="pitwall-docs-")
        source = os.path.dirname(os.path.abspath(path))
        self.work = os.path.join(self.folder, "work")
        shutil.copytree(source, self.work, ignore=shutil.ignore_patterns("*.md"))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PITWALL_")}
        self.environment["PATH"] = os.path.dirname(os.path.abspath(pitwall)) + ":" + os.environ["PATH"]

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, words, text=""):
        done = subprocess.run(
            words, input=text, capture_output=True, text=True, cwd=self.work, env=self.environment, timeout=120, check=False
        )
        return done.returncode, done.stdout + (done.stderr if done.returncode else "")

    def compare(self, line, wanted, got):
        """`wanted` begins in line `line` (from 1) of the document."""
        self.checked += 1
        if matches(wanted, got.splitlines()):
            return
        if self.is_update:
            self.changes.append((line - 1, line - 1 + len(wanted), [text.rstrip() for text in got.splitlines()]))
        else:
            raise Mismatch(f"{self.path}:{line}: the document says\n" + "\n".join(wanted) + "\n--- but it is\n" + got)

    def console(self, line, lines):
        commands = []  # [command, line of its output, output]
        for number, text in enumerate(lines, line + 1):
            if text.startswith("$ "):
                commands.append([text[2:], number + 1, []])
            elif commands and commands[-1][0].endswith("\\"):
                commands[-1][0] += "\n" + text
                commands[-1][1] = number + 1
            elif commands:
                commands[-1][2].append(text)
        for command, output_line, wanted in commands:
            _, got = self.call(["bash", "-c", command])
            self.compare(output_line, wanted, got)

    def sql(self, line, words, lines):
        """Output of a block, None for one that is not to be run."""
        text = "\n".join(lines) + "\n"
        if words == ["run"]:
            status, got = self.call(["pitwall", "run", "-", "--until-end"], text)
        elif words == ["query"]:
            status, got = self.call(["pitwall", "query", text])
        elif words == ["refused"]:
            status, got = self.call(["pitwall", "check", "-"], text)
        else:
            return None
        if status != (1 if words == ["refused"] else 0):
            raise Mismatch(f"{self.path}:{line}: exit status {status}\n{got}")
        self.checked += 1
        return got

    def run(self):
        with open(self.path, encoding="utf-8") as file:
            blocks = blocks_of(file.read())
        got = None
        for line, kind, words, lines in blocks:
            if kind == "console":
                self.console(line, lines)
            elif kind == "jsonl" and words:
                status, out = self.call(["pitwall", "produce", words[0], "--create"], "\n".join(lines) + "\n")
                if status:
                    raise Mismatch(f"{self.path}:{line}: {out}")
            elif kind == "sql" and words:
                got = self.sql(line, words, lines)
            elif kind == "output":
                if got is None:
                    raise Mismatch(f"{self.path}:{line}: output of nothing")
                self.compare(line + 1, lines, got)
        if self.changes:
            self.write()

    def write(self):
        with open(self.path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        for start, end, text in reversed(self.changes):
            lines[start:end] = text
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))


def main(pitwall, paths):
    failed = 0
    is_update = "--update" in paths
    for path in (path for path in paths if path != "--update"):
        document = Document(pitwall, path, is_update)
        try:
            document.run()
            print(f"ok      {path}: {document.checked} blocks and commands")
        except Mismatch as mismatch:
            failed += 1
            print(f"FAILED  {mismatch}")
        finally:
            document.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
