#!/usr/bin/env bash
# One store directory under our broker, then under the published Java broker 3.2.6, then under ours again.
#   java_store.sh BIN_DIR          BIN_DIR holds our daemons, and the quick start's programs in examples/
# Exit status: 0 each found what the other wrote, 1 not so, 77 skipped because Java, Maven or the broker's jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
resolve java-servers-3
mkdir "$work/home"
export HOME=$work/home

take_port port
take_port namesrv_port
namesrv=127.0.0.1:$namesrv_port
printf 'listenPort=%s\n' "$namesrv_port" >"$work/namesrv.properties"
# Both spellings of the size: 3.2.6 knows the one with a single p.
printf 'listenPort=%s\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\nstorePathRootDir=%s\nstorePathCommitLog=%s\n%s\n%s\n' "$port" \
  "$work/store" "$work/store/commitlog" mapedFileSizeCommitLog=67108864 mappedFileSizeCommitLog=67108864 >"$work/broker.properties"

start_broker() {
  launch broker "$@" -c "$work/broker.properties" -n "$namesrv"
  booted broker || fail "the broker did not start"
  wait_for_route "$namesrv_port" TBW102 || fail "the broker did not register"
}
# The route goes with its connection: the next broker's is then not taken for the last one's.
stop_broker() {
  end TERM broker
  wait_for_no_route "$namesrv_port" TBW102 || fail "the broker is still registered"
}
send_100() { timeout 240 "$bin/examples/quickstart_producer" "$namesrv" >"$work/producer.out" 2>&1 || fail "sending"; }
# consume_100 WHO: a consumer of the quick start's group gets 100 different messages. What it had not committed when it was
# stopped before may come again; everything would, if the other broker had not kept its offsets.
consume_100() {
  launch consumer "$bin/examples/quickstart_consumer" "$namesrv"
  # A client whose first requests time out, as they do on a machine under load, tries again after 20 to 30 s.
  for _ in $(seq 1800); do
    (($(grep -oE 'Hello RocketMQ [0-9]+' "$work/consumer.out" | sort -u | wc -l) >= 100)) && break
    sleep 0.1
  done
  end TERM consumer
  local all once
  all=$(grep -c 'Hello RocketMQ' "$work/consumer.out")
  once=$(grep -oE 'Hello RocketMQ [0-9]+' "$work/consumer.out" | sort -u | wc -l)
  [[ $all -lt 200 && $once == 100 ]] || fail "$1: $all messages came, $once different ones"
  echo "$1: $all messages, 100 different ones"
}

launch namesrv "$bin/mqnamesrv" -c "$work/namesrv.properties"
booted namesrv || fail "the name server did not start"

start_broker "$bin/mqbroker"
send_100
stop_broker
start_broker java_server 3 broker.BrokerStartup
consume_100 "the Java broker, of what ours stored"
send_100
stop_broker
start_broker "$bin/mqbroker"
consume_100 "our broker, of what the Java broker stored, from the offset that it kept"
