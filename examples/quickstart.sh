#!/usr/bin/env bash
# From a fresh Debian 12 to a championship table in one command:
#
#   examples/quickstart.sh            builds pitwall, makes up a race season, runs the shipped queries on it
#   examples/quickstart.sh FOLDER     the same over your own topics: one FOLDER/TOPIC.jsonl per topic, lines
#                                     {"key": ..., "timestamp": ms or null, "value": {...}}
#
# Everything is written below build/ and pitwall-data/ (QUICKSTART_DATA says otherwise); no Kafka is needed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
data=${QUICKSTART_DATA:-$root/pitwall-data/quickstart}
input=${1:-}
[ -z "$input" ] || input=$(cd "$input" && pwd)

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
[ -t 1 ] || step() { printf '\n== %s\n' "$*"; }

step "1/5 packages (compiler, librdkafka, SQLite, ...)"
"$root/tests/packages.sh" build
echo "all there"

step "2/5 build (about a minute the first time)"
mkdir -p "$root/build"
cmake -S "$root" -B "$root/build/quickstart" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=OFF \
    >"$root/build/quickstart.log" 2>&1 || { cat "$root/build/quickstart.log"; exit 2; }
cmake --build "$root/build/quickstart" --target pitwall
pitwall=$root/build/quickstart/src/pitwall

rm -rf "$data"
if [ -z "$input" ]; then
    step "3/5 a race season: results, laps and pit stops of five made-up years"
    "$pitwall" datagen --data "$data" --seed 1 --first-season 2021 --seasons 5
else
    step "3/5 your topics from $input"
    for file in "$input"/*.jsonl; do
        topic=$(basename "$file" .jsonl)
        case "$topic" in expected-*) continue ;; esac
        "$pitwall" produce "$topic" --create --partitions 1 --file "$file" --data "$data"
    done
fi

step "4/5 the championship queries, to the end of the data"
"$pitwall" run "$root/queries/standings.sql" "$root/queries/constructors.sql" "$root/queries/podiums.sql" \
    --data "$data" --until-end

step "5/5 the championship table"
"$pitwall" query --data "$data" "
    SELECT season, driver, points, races FROM standings ORDER BY season DESC, points DESC LIMIT 10;"

[ "$data" = "$root/pitwall-data/quickstart" ] && data=pitwall-data/quickstart # as seen from $root
cat <<TEXT

The table is a SQLite file. Any program can open it, also while a query writes it. What to try next:

  cd $root
  export PATH=$root/build/quickstart/src:\$PATH
  sqlite3 -box $data/STANDINGS.db 'SELECT * FROM STANDINGS LIMIT 5'

  # the output topic, every change of the table
  pitwall consume standings --from-beginning --max 5 --data $data

  # another question, another query file, and how a query runs
  pitwall query --data $data 'SELECT driver, wins FROM podiums ORDER BY wins DESC LIMIT 5'
  pitwall run queries/pit_stops.sql --data $data --until-end
  pitwall explain queries/pit_stops.sql --data $data

  # the same on a Kafka cluster
  pitwall run queries/standings.sql --set bootstrap.servers=HOST:9092

Lessons: examples/README.md. The language: docs/language.md.
TEXT
