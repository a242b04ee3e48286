#!/usr/bin/env bash
# A real Apache Kafka for the tests: one node, KRaft, loopback only.
#
#   tests/kafka.sh start     prints the address, then a line for each further listener
#   tests/kafka.sh stop      stops it; data stays
#   tests/kafka.sh status    exit status 0 when it answers
#   tests/kafka.sh clean     stops it and deletes its data
#
# Environment:
#   KAFKA_PORT         port of the plain listener, 19292 if not set; the next four are used too
#                      (controller, SASL, TLS, SASL over TLS): brokers at ports 5 apart get along
#   KAFKA_SASL=1       SASL_PLAINTEXT as well: mechanism PLAIN, user "pitwall", password "box-box"
#   KAFKA_TLS=1        TLS as well; its CA is kafka-PORT/tls/ca.pem; with KAFKA_SASL SASL_SSL too
#   KAFKA_HEAP         Java heap, 384m if not set
#   PITWALL_TEST_DIR   where everything is written, ${TMPDIR:-/tmp}/pitwall-tests if not set
#
# The jars come from Maven Central on first use (tests/kafka/pom.xml). Java 17 and Maven are
# installed with apt-get when they are missing and this runs as root.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base=${PITWALL_TEST_DIR:-${TMPDIR:-/tmp}/pitwall-tests}
port=${KAFKA_PORT:-19292}
home=$base/kafka-$port
jars=$base/kafka-jars
pid_file=$home/pid
log=$home/broker.log
user=pitwall
password=box-box

say() { echo "kafka.sh: $*" >&2; }

is_alive() { [[ -s $pid_file ]] && kill -0 "$(<"$pid_file")" 2>/dev/null; }

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

need_tools() {
  local packages=()
  command -v java >/dev/null || packages+=(openjdk-17-jre-headless)
  command -v mvn >/dev/null || packages+=(maven)
  command -v openssl >/dev/null || packages+=(openssl)
  ((${#packages[@]})) || return 0
  if [[ $(id -u) != 0 ]]; then
    say "missing: ${packages[*]}. Install with: apt-get install ${packages[*]}"
    return 1
  fi
  say "installing ${packages[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy "${packages[@]}"; } >&2
}

# Several tests may want the jars at the same time: one gets them, the others wait.
need_jars() {
  mkdir -p "$base"
  (
    flock 9
    [[ -e $jars/.complete ]] && exit 0
    mkdir -p "$base/kafka-pom"
    cp "$source_dir/kafka/pom.xml" "$base/kafka-pom/"
    cd "$base/kafka-pom"
    mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$jars" >&2
    touch "$jars/.complete"
  ) 9>"$base/kafka-jars.lock"
}

make_certificates() {
  [[ -e $home/tls/server.pem ]] && return 0
  mkdir -p "$home/tls"
  (
    cd "$home/tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=pitwall test CA" \
      -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
    echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >names
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \
      -extfile names -out server.crt
    cat server.key server.crt ca.pem >server.pem
  ) >"$home/tls.log" 2>&1 || { cat "$home/tls.log" >&2; return 1; }
}

# Writes server.properties and log4j2.properties; prints the lines about further listeners.
configure() {
  local listeners="PLAINTEXT://127.0.0.1:$port"
  local protocols="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"
  local more=""
  local login="org.apache.kafka.common.security.plain.PlainLoginModule required"
  login+=" user_$user=\"$password\";"
  if [[ ${KAFKA_SASL:-0} == 1 ]]; then
    listeners+=",SASL_PLAINTEXT://127.0.0.1:$((port + 2))"
    protocols+=",SASL_PLAINTEXT:SASL_PLAINTEXT"
    more+="sasl.enabled.mechanisms=PLAIN"$'\n'
    more+="listener.name.sasl_plaintext.plain.sasl.jaas.config=$login"$'\n'
    echo "SASL_PLAINTEXT 127.0.0.1:$((port + 2))"
  fi
  if [[ ${KAFKA_TLS:-0} == 1 ]]; then
    make_certificates
    listeners+=",SSL://127.0.0.1:$((port + 3))"
    protocols+=",SSL:SSL"
    more+="ssl.keystore.type=PEM"$'\n'"ssl.keystore.location=$home/tls/server.pem"$'\n'
    echo "SSL 127.0.0.1:$((port + 3)) $home/tls/ca.pem"
    if [[ ${KAFKA_SASL:-0} == 1 ]]; then
      listeners+=",SASL_SSL://127.0.0.1:$((port + 4))"
      protocols+=",SASL_SSL:SASL_SSL"
      more+="listener.name.sasl_ssl.plain.sasl.jaas.config=$login"$'\n'
      echo "SASL_SSL 127.0.0.1:$((port + 4)) $home/tls/ca.pem"
    fi
  fi
  cat >"$home/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=$listeners,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=$listeners
listener.security.protocol.map=$protocols
log.dirs=$home/data
log.retention.ms=-1
num.partitions=3
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
$more
PROPERTIES
  cat >"$home/log4j2.properties" <<'PROPERTIES'
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=Out
appender.out.type=Console
appender.out.name=Out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
PROPERTIES
}

run_java() { # heap class argument...
  local heap=$1
  shift
  exec java "-Xms$heap" "-Xmx$heap" -XX:+UseSerialGC \
    "-Dlog4j2.configurationFile=$home/log4j2.properties" -cp "$jars/*" "$@"
}

format_storage() {
  [[ -e $home/data/meta.properties ]] && return 0
  local id
  id=$(head -c16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)
  (run_java 128m kafka.tools.StorageTool format "--cluster-id=$id" -c "$home/server.properties") \
    >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
}

wait_until_ready() {
  local i
  for ((i = 0; i < 480; i++)); do
    if ! is_alive; then
      say "the broker ended; the end of $log:"
      tail -n 20 "$log" >&2
      rm -f "$pid_file"
      return 1
    fi
    # The plain listener opens last of all, when the broker takes requests.
    is_open "$port" && return 0
    sleep 0.25
  done
  say "no answer after 120 s, see $log"
  return 1
}

start() {
  if ! is_alive; then
    if is_open "$port"; then
      say "port $port is taken by something else; set KAFKA_PORT"
      return 1
    fi
    need_tools
    need_jars
    mkdir -p "$home"
    configure >"$home/listeners"
    format_storage
    (
      exec 9>&- </dev/null >>"$log" 2>&1
      run_java "${KAFKA_HEAP:-384m}" kafka.Kafka "$home/server.properties"
    ) &
    echo $! >"$pid_file"
    disown
    wait_until_ready
  fi
  echo "127.0.0.1:$port"
  cat "$home/listeners"
}

stop() {
  local pid i
  if is_alive; then
    pid=$(<"$pid_file")
    kill -CONT "$pid" # a test may have stopped it
    kill "$pid"
    for ((i = 0; i < 80; i++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.25
    done
    if kill -0 "$pid" 2>/dev/null; then kill -9 "$pid"; fi
  fi
  rm -f "$pid_file"
}

case ${1:-} in
start) start ;;
stop) stop ;;
status)
  if is_alive && is_open "$port"; then
    echo "running on 127.0.0.1:$port, process $(<"$pid_file")"
  else
    echo "not running"
    exit 1
  fi
  ;;
clean)
  stop
  rm -rf "$home"
  ;;
*)
  echo "usage: tests/kafka.sh start|stop|status|clean" >&2
  exit 2
  ;;
esac
