#!/usr/bin/env bash
# Our client against the published Java servers.
#   java_servers.sh BIN_DIR        BIN_DIR holds client_scenarios
# Exit status: 0 all scenarios work, 1 something failed, 77 skipped because Java, Maven or the servers' jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
resolve java-servers-3
export HOME=$work

take_port namesrv_port
take_port broker_port
printf 'listenPort=%s\n' "$namesrv_port" >"$work/namesrv.properties"
printf 'listenPort=%s\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\nstorePathRootDir=%s/store\nstorePathCommitLog=%s/store/commitlog\nmapedFileSizeCommitLog=67108864\n' \
  "$broker_port" "$work" "$work" >"$work/broker.properties"

# A broker that finds no name server registers 10 s later.
launch namesrv java_server 3 namesrv.NamesrvStartup -c "$work/namesrv.properties"
booted namesrv || exit 1
launch broker java_server 3 broker.BrokerStartup -c "$work/broker.properties" -n "127.0.0.1:$namesrv_port"
booted broker || exit 1
wait_for_route "$namesrv_port" TBW102 || { echo "the Java broker did not register:"; tail -20 "$work"/*.out; exit 1; }

timeout 900 "$bin/client_scenarios" "127.0.0.1:$namesrv_port"
