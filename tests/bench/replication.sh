#!/usr/bin/env bash
# Sends to a master alone, to one with a slave, and to a SYNC_MASTER with a slave, in turn, in one run: 256 in flight, and one in
# flight. Then an empty slave catches up with the log of a master.
#   replication.sh [--apart] BIN_DIR LOADGEN [ROUNDS [SECONDS]]
# --apart: the load generator and the master share processor 0, without a slave as well as with one, and the slave has processor 1.
# So the slave takes nothing from its master but what replication costs the master, as on a machine of its own.
# One line for each: round, role, sends in flight, what loadgen prints. With a slave, its lag at the end of the sends and the
# seconds of processor time that it took follow.
set -u
here=() there=()
if [ "${1:-}" = --apart ]; then
  here=(taskset -c 0) there=(taskset -c 1)
  shift
fi
bin=$1 loadgen=$2 rounds=${3:-3} seconds=${4:-4}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

# configure NAME PORT ROLE ID MORE
configure() {
  printf '%s\n' brokerName=b brokerIP1=127.0.0.1 brokerIP2=127.0.0.1 bindAddress=127.0.0.1 "listenPort=$2" "brokerRole=$3" \
    "brokerId=$4" "storePathRootDir=$work/$1" "logPath=$work/$1-log" "$5" >"$work/$1.conf"
}
# start NAME: leaves the process id in $started.
start() {
  local on=("${here[@]}")
  [ "$1" = master ] || on=("${there[@]}")
  : >"$work/$1.out"
  HOME=$work "${on[@]}" "$bin/mqbroker" -c "$work/$1.conf" >"$work/$1.out" 2>&1 &
  started=$!
  until grep -q 'boot success' "$work/$1.out"; do
    kill -0 "$started" || { cat "$work/$1.out"; exit 1; }
    sleep 0.05
  done
}
# stop NAME PID
stop() {
  kill "$2"
  wait "$2"
  rm -rf "${work:?}/$1"
}

# send CONNECTIONS WINDOW MASTER_PID
send() {
  "${here[@]}" "$loadgen" send --addr 127.0.0.1:41911 --topic Bench --queues 8 --conns "$1" --window "$2" --size 1024 --secs "$seconds" \
    --pid "$3"
}
# figure PORT NAME: of brokerStatus.
figure() { "$bin/mqadmin" brokerStatus -b "127.0.0.1:$1" | awk -v name="$2" '$1 == name { print $NF }'; }
# ha_status NAME: a number that the master gives of its slaves.
ha_status() { "$bin/mqadmin" haStatus --json -b 127.0.0.1:41911 | sed -nE "s/.*\"$1\":([0-9]+).*/\1/p"; }
# processor_seconds PID
processor_seconds() { awk -v ticks="$(getconf CLK_TCK)" '{ print ($14 + $15) / ticks }' "/proc/$1/stat"; }

configure slave 42911 SLAVE 1 haMasterAddress=127.0.0.1:41912
for round in $(seq "$rounds"); do
  for what in ASYNC_MASTER ASYNC_MASTER+slave SYNC_MASTER+slave; do
    configure master 41911 "${what%+slave}" 0 ''
    start master
    master=$started
    "$loadgen" topic --addr 127.0.0.1:41911 --topic Bench --queues 8 >/dev/null
    if [ "$what" != ASYNC_MASTER ]; then
      start slave
      slave=$started
      until [ "$(ha_status inSyncSlaveNum)" = 1 ]; do sleep 0.1; done
    fi
    echo "$round $what 256 $(send 4 64 "$master")"
    if [ "$what" != ASYNC_MASTER ]; then
      echo "slave: $(ha_status diff) bytes behind, $(processor_seconds "$slave") processor seconds"
    fi
    echo "$round $what 1 $(send 1 1 "$master")"
    [ "$what" = ASYNC_MASTER ] || stop slave "$slave"
    stop master "$master"
  done
done

configure master 41911 ASYNC_MASTER 0 ''
start master
master=$started
"$loadgen" topic --addr 127.0.0.1:41911 --topic Bench --queues 8 >/dev/null
send 4 64 "$master" >/dev/null
end=$(figure 41911 commitLogMaxOffset)
begin=$EPOCHREALTIME
start slave
until [ "$(figure 42911 commitLogMaxOffset)" = "$end" ]; do sleep 0.02; done
awk -v bytes="$end" -v begin="$begin" -v end="$EPOCHREALTIME" \
  'BEGIN { printf "catch-up: %.0f MB in %.2f s from the start of an empty slave, %.0f MB/s\n", bytes / 1e6, end - begin, bytes / 1e6 / (end - begin) }'
stop slave "$started"
stop master "$master"
