#!/usr/bin/env bash
# All tests, from a fresh clone: installs what is missing, builds every preset, runs everything.
#
#   tests/run.sh              everything (under 25 minutes on two cores)
#   tests/run.sh quick        the release build and its tests without Kafka (two minutes)
#   tests/run.sh fuzz N       the fuzz targets only, N seconds each
#
# A missing package or server is a failure, never a skip. The one thing that may be left out is what needs the
# conformance and race data, which are not part of the project: in a clone without ../shared this says so; with CI set they
# must be there.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
mode=${1:-all}
logs=$root/build/logs
mkdir -p "$logs"
started=$SECONDS
failed=()
passed=0

say() { printf '\n== [%3d s] %s\n' $((SECONDS - started)) "$*"; }

# run NAME COMMAND...: output to a log, shown when it fails.
run() {
    local name=$1
    shift
    local from=$SECONDS
    if "$@" >"$logs/$name.log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %-28s %4d s\n' "$name" $((SECONDS - from))
    else
        failed+=("$name")
        printf 'FAILED  %-28s %4d s\n' "$name" $((SECONDS - from))
        tail -n 60 "$logs/$name.log" | sed 's/^/    /'
    fi
}

build() { # PRESET [cmake arguments]
    local preset=$1
    shift
    run "configure-$preset" cmake --preset "$preset" "${cases[@]}" "$@"
    run "build-$preset" cmake --build --preset "$preset"
}

tests() { # PRESET [ctest arguments]
    local preset=$1
    shift
    run "test-$preset" ctest --test-dir "build/$preset" --output-on-failure --timeout 600 "$@"
    grep -E 'tests passed|Total Test time' "$logs/test-$preset.log" | sed 's/^/        /'
}

fuzz() { # SECONDS
    local each=$1 target name
    build fuzz
    run fuzz-seeds python3 tests/fuzz/make_seeds.py build/fuzz/seeds queries tests/golden "$shared/conformance"
    for target in build/fuzz/tests/fuzz/fuzz_*; do
        [ -f "$target" ] && [ -x "$target" ] || continue
        name=$(basename "$target")
        mkdir -p "build/fuzz/corpus/$name" "build/fuzz/seeds/${name#fuzz_}"
        run "$name-${each}s" "$target" -max_total_time="$each" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/corpus/$name/" "build/fuzz/corpus/$name" "build/fuzz/seeds/${name#fuzz_}"
    done
}

finish() {
    say "$passed steps passed, ${#failed[@]} failed${failed[*]:+: ${failed[*]}}"
    printf '%d passed, %d failed\n' "$passed" "${#failed[@]}"
    [ ${#failed[@]} -eq 0 ]
    exit
}

shared=${PITWALL_TEST_SHARED:-$root/../shared}
if [ ! -d "$shared/conformance" ]; then
    if [ -n "${CI:-}" ]; then
        echo "the folder $shared with conformance cases and race data must be there in CI" >&2
        exit 1
    fi
    echo "note: $shared is not there: the conformance cases and the real race data are left out"
fi
export PITWALL_TEST_SHARED=$shared
cases=()
[ -d "$shared/conformance" ] && cases=("-DPW_CONFORMANCE_DIR=$(cd "$shared/conformance" && pwd)")

say "packages"
tests/packages.sh test || exit 1

case "$mode" in
fuzz)
    fuzz "${2:-60}"
    finish
    ;;
quick)
    say "release"
    build release
    tests release -LE kafka
    finish
    ;;
all) ;;
*)
    echo "usage: tests/run.sh [quick | fuzz SECONDS]" >&2
    exit 1
    ;;
esac

say "release: every test, a real Kafka included"
build release
tests release
say "AddressSanitizer and UndefinedBehaviorSanitizer"
build dev
tests dev
say "ThreadSanitizer"
build tsan
TSAN_OPTIONS=suppressions=$root/tests/tsan.supp tests tsan -LE slow -E 'outage|conformance|docs|examples|tidy'
say "clang's warnings"
build clang
say "fuzz targets, a short run each"
fuzz 20
finish
