#!/usr/bin/env bash
# Our client against the published Java servers.
#   java_servers.sh BIN_DIR        BIN_DIR holds client_scenarios
# Exit status: 0 all scenarios work, 1 something failed, 77 skipped because Java, Maven or the servers' jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=tests/interop/java_broker.sh
. "$here/java_broker.sh"

namesrv_port=$(free_port)
broker_port=$(free_port)
printf 'listenPort=%s\n' "$namesrv_port" >"$work/namesrv.properties"
printf 'listenPort=%s\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\nstorePathRootDir=%s/store\nstorePathCommitLog=%s/store/commitlog\nmapedFileSizeCommitLog=67108864\n' \
  "$broker_port" "$work" "$work" >"$work/broker.properties"

# start NAME ARGUMENT…: one Java server, until it has booted. A broker that finds no name server registers 10 s later.
start() {
  run_java "${@:2}" >"$work/$1.out" 2>&1 & pids+=($!)
  wait_for_boot "$work/$1.out" || { echo "the Java $1 did not start:"; tail -20 "$work/$1.out"; exit 1; }
}
start namesrv com.alibaba.rocketmq.namesrv.NamesrvStartup -c "$work/namesrv.properties"
start broker com.alibaba.rocketmq.broker.BrokerStartup -c "$work/broker.properties" -n "127.0.0.1:$namesrv_port"
wait_for_route "$namesrv_port" TBW102 || { echo "the Java broker did not register:"; tail -20 "$work"/*.out; exit 1; }

timeout 900 "$bin/client_scenarios" "127.0.0.1:$namesrv_port"
