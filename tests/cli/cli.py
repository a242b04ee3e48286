"""Runs the binary in a folder of its own. SPDX-License-Identifier: Apache-2.0"""
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "pitwall"
WAIT_SECONDS = 60


class Result:
    """Exit status, stdout and stderr of one call."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def lines(self):
        return self.out.splitlines()


class Case(unittest.TestCase):
    def setUp(self):
        self.started = []
        self.folder = tempfile.mkdtemp(prefix="pitwall-cli-")
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PITWALL_")
        }

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_binary(self, *words, stdin="", environment=None):
        done = subprocess.run(
            [BINARY, *words],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            timeout=WAIT_SECONDS,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def well(self, *words, **options):
        result = self.run_binary(*words, **options)
        self.assertEqual(result.status, 0, f"{words}: {result.err}")
        return result

    def wrong(self, status, message, *words, **options):
        """The call fails with this status and says `message` on stderr."""
        result = self.run_binary(*words, **options)
        self.assertEqual(result.status, status, f"{words}: {result.err}")
        self.assertIn(message, result.err)
        return result

    def start(self, *words, **options):
        process = subprocess.Popen(
            [BINARY, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.started.append(process)
        # A test that waits for a line that never comes must end all the same.
        timer = threading.Timer(WAIT_SECONDS, process.kill)
        timer.daemon = True
        timer.start()
        return process

    def follow(self, stream):
        """A list to which the lines of the stream are added as they come."""
        lines = []
        thread = threading.Thread(target=lambda: lines.extend(iter(stream.readline, "")))
        thread.daemon = True
        thread.start()
        return lines

    def wait_until(self, is_true, shown=None):
        deadline = time.time() + WAIT_SECONDS / 2
        while not is_true():
            self.assertLess(time.time(), deadline, shown)
            time.sleep(0.05)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()


def main():
    unittest.main(verbosity=1)
