# SPDX-License-Identifier: Apache-2.0
"""Runs conformance files and compares the number of cases that pass with the one on record.

    ratchet.py ratchet.txt path/to/pitwall FILE.json...

Fewer than on record, or any case that crashes, is a failure; more is said, so that the record can
be raised.
"""
import collections
import json
import subprocess
import sys


def main():
    record, pitwall, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(record, encoding="utf-8") as lines:
        least = int(next(line for line in lines if not line.startswith("#")))
    run = subprocess.run([pitwall, "conformance", "--json", *files], stdout=subprocess.PIPE,
                         check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"pitwall conformance ended with status {run.returncode}")
    results = [json.loads(line) for line in run.stdout.splitlines()]
    counts = collections.Counter(result["status"] for result in results)
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    for result in results:
        if result["status"] == "error":
            print(f"error: {result['name']}: {result['detail']}")
    if counts["error"]:
        sys.exit(1)
    if counts["pass"] < least:
        sys.exit(f"{counts['pass']} cases pass, {least} did before")
    if counts["pass"] > least:
        print(f"more than the {least} on record: write {counts['pass']} into ratchet.txt")


main()
