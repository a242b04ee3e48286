#!/usr/bin/env python3
"""The end-to-end benchmark: pitwall over a real Kafka, answers checked.

  tests/bench/run.py [--records N] [--runs N] [--workers N] [CASE...]      cases: f1 a1 a2 j1

Needs a release build (`cmake --preset release && cmake --build --preset release`). Starts its own Kafka with tests/kafka.sh and
stops it. Every run is a whole process, from its start to the last acknowledged output; CPU seconds are user and system time of
that process. One JSON line a run; the bars are those of the project's first issue. SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BARS = {"f1": 2.0, "a1": 2.2, "a2": 2.6, "j1": 4.0}  # CPU seconds per million records


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=5000000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--port", default="19592")
    parser.add_argument("cases", nargs="*", default=[])
    options = parser.parse_args()
    options.cases = options.cases or list(BARS)
    unknown = [case for case in options.cases if case not in BARS]
    if unknown:
        parser.error(f"no case called {unknown[0]}; there are {' '.join(BARS)}")
    return options


def run_once(options, brokers, case, number):
    pitwall = os.path.join(options.build, "src", "pitwall")
    workload = os.path.join(options.build, "tests", "bench", "bench_workload")
    out = f"bench-out-{case}-{os.getpid()}-{number}"
    names = {"${laps}": f"bench-laps-{options.records}", "${drivers}": "bench-drivers", "${out}": out}
    with open(os.path.join(HERE, "workload", case + ".sql"), encoding="utf-8") as file:
        sql = file.read()
    for name, value in names.items():
        sql = sql.replace(name, value)
    folder = tempfile.mkdtemp(prefix="pitwall-bench-")
    query = os.path.join(folder, case + ".sql")
    with open(query, "w", encoding="utf-8") as file:
        file.write(sql)
    command = [pitwall, "run", query, "--data", os.path.join(folder, "data"), "--until-end",
               "--set", f"bootstrap.servers={brokers}", "--set", f"worker.threads={options.workers}"]
    with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{case}: pitwall ended with status {process.returncode}; see {folder}/log")
    cpu = usage.ru_utime + usage.ru_stime
    verdict = subprocess.run([workload, brokers, "check", case, out, str(options.records)],
                             capture_output=True, text=True, check=False)
    result = {"case": case, "run": number, "records": options.records, "workers": options.workers,
              "cpu_s_per_m": round(cpu / options.records * 1e6, 3), "wall_s": round(wall, 2),
              "records_per_s": round(options.records / wall), "max_rss_mb": round(usage.ru_maxrss / 1024, 1),
              **json.loads(verdict.stdout or '{"ok": false}')}
    print(json.dumps(result), flush=True)
    subprocess.run([pitwall, "topics", "delete", out, "--set", f"bootstrap.servers={brokers}"],
                   capture_output=True, check=False)
    shutil.rmtree(folder)
    return result


def main():
    options = arguments()
    workload = os.path.join(options.build, "tests", "bench", "bench_workload")
    if not os.path.exists(workload):
        sys.exit("no release build: cmake --preset release && cmake --build --preset release")
    environment = {**os.environ, "KAFKA_PORT": options.port}
    kafka = os.path.join(ROOT, "tests", "kafka.sh")
    started = subprocess.run([kafka, "start"], env=environment, capture_output=True, text=True, check=False)
    if started.returncode:
        sys.exit(started.stderr)
    brokers = started.stdout.split()[0]
    is_fine = True
    try:
        subprocess.run([workload, brokers, "gen-laps", f"bench-laps-{options.records}", str(options.records)], check=True)
        subprocess.run([workload, brokers, "gen-drivers", "bench-drivers"], check=True)
        for case in options.cases:
            results = [run_once(options, brokers, case, i + 1) for i in range(options.runs)]
            median = statistics.median(r["cpu_s_per_m"] for r in results)
            is_right = all(r["ok"] for r in results)
            is_fine &= is_right and median <= BARS[case]
            print(f"{case}: median {median:.2f} CPU s per million records, bar {BARS[case]}, "
                  f"answers {'right' if is_right else 'WRONG'}", flush=True)
    finally:
        subprocess.run([kafka, "clean"], env=environment, capture_output=True, check=False)
    sys.exit(0 if is_fine else 1)


main()
