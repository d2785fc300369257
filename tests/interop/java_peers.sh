#!/usr/bin/env bash
# Our client on one side, an unmodified published Java client on the other, our servers between them.
#   java_peers.sh BIN_DIR        BIN_DIR holds mqnamesrv, mqbroker and examples/
# Exit status: 0 both directions work, 1 something failed, 77 skipped because Java, Maven or the client's jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=100

# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
command -v javac >/dev/null || skip "a JDK is not installed"
resolve java

classpath="$work/classes:$(cat "$work/java.classpath")"
mkdir "$work/classes" "$work/home"
javac -nowarn -encoding UTF-8 -cp "$classpath" -d "$work/classes" "$here"/java/src/*.java || exit 1
run_java() { timeout 270 java -Xmx256m -XX:TieredStopAtLevel=1 -Duser.home="$work/home" -cp "$classpath" "$@"; }

export HOME="$work/home"
take_port namesrv_port
take_port broker_port
printf 'listenPort=%s\nbindAddress=127.0.0.1\n' "$namesrv_port" >"$work/namesrv.properties"
printf 'listenPort=%s\nbindAddress=127.0.0.1\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\nstorePathRootDir=%s/store\nmappedFileSizeCommitLog=16777216\n' \
  "$broker_port" "$work" >"$work/broker.properties"
launch namesrv "$bin/mqnamesrv" -c "$work/namesrv.properties"
booted namesrv || exit 1
launch broker "$bin/mqbroker" -c "$work/broker.properties" -n "127.0.0.1:$namesrv_port"
booted broker || exit 1
wait_for_route "$namesrv_port" TBW102 || { echo "mqbroker did not register:"; cat "$work"/*.out; exit 1; }
namesrv="127.0.0.1:$namesrv_port"

expected=$(for i in $(seq 0 $((count - 1))); do echo "Hello RocketMQ $i"; done | sort)
same() {  # NAME FILE: the file's lines are the expected ones, each once
  if [ "$(sort "$2")" = "$expected" ]; then echo "PASS $1"; else echo "FAIL $1:"; diff <(sort "$2") <(echo "$expected") | head -20; return 1; fi
}

status=0
timeout 240 "$bin/examples/quickstart_producer" "$namesrv" >"$work/producer.out" 2>&1 || { echo "FAIL our producer"; tail -5 "$work/producer.out"; status=1; }
run_java JavaConsumer "$namesrv" TopicQuickStart $count 240 >"$work/java_consumed" 2>"$work/java.err" || tail -5 "$work/java.err"
same "our producer, Java consumer" "$work/java_consumed" || status=1

# The other way round on a broker topic of its own: our consumer example reads TopicQuickStart, so only new messages count.
launch consumer "$bin/examples/quickstart_consumer" "$namesrv"
consumed() { sed -n 's/.*msg : //p' "$work/consumer.out" | sort; }
wait_for() { for _ in $(seq 2400); do [ "$(consumed | wc -l)" -ge "$1" ] && return; sleep 0.1; done; }
wait_for $count
run_java JavaProducer "$namesrv" TopicQuickStart $count >"$work/java_produced" 2>"$work/java.err" || { echo "FAIL Java producer"; tail -5 "$work/java.err"; status=1; }
wait_for $((2 * count))
consumed | uniq -c | awk '$1 == 2 { $1 = ""; print substr($0, 2) }' >"$work/consumed_twice"
same "Java producer, our consumer" "$work/consumed_twice" || status=1
[ "$(consumed | wc -l)" = $((2 * count)) ] || { echo "FAIL our consumer saw $(consumed | wc -l) messages instead of $((2 * count))"; status=1; }
exit $status
