#!/usr/bin/env bash
# What a filter server adds to the time of a pull of 32 messages of 1 KiB, for filters of each language: starts the servers, and
# runs filter_latency.
#   filter_latency.sh BIN_DIR FILTER_LATENCY [PAIRS [LANGUAGE…]]
set -u
bin=$(cd "$1" && pwd) filter_latency=$2 pairs=${3:-20000}
languages=("${@:4}")
[[ ${#languages[@]} -gt 0 ]] || languages=(sql92 lua cpp)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/interop/processes.sh
. "$here/../interop/processes.sh"

export HOME="$work/home"
mkdir "$HOME"
take_port namesrv_port
take_port broker_port
take_port filter_port
namesrv="127.0.0.1:$namesrv_port"
engines=$(printf ';%s' "${languages[@]/#sql92/expr}")
printf '%s\n' "listenPort=$namesrv_port" bindAddress=127.0.0.1 >"$work/namesrv.properties"
printf '%s\n' "listenPort=$broker_port" bindAddress=127.0.0.1 brokerIP1=127.0.0.1 "storePathRootDir=$work/store" \
  >"$work/broker.properties"
printf '%s\n' "connectWhichBroker=127.0.0.1:$broker_port" bindAddress=127.0.0.1 filterServerIP=127.0.0.1 \
  "filterServerPort=$filter_port" "filterEngines=${engines:1}" \
  "filterCompilerIncludeDirectory=$(realpath "$here/../../filtersrv/include")" >"$work/filter.properties"
launch namesrv "$bin/mqnamesrv" -c "$work/namesrv.properties"
booted namesrv || exit 1
launch broker "$bin/mqbroker" -c "$work/broker.properties" -n "$namesrv"
booted broker || exit 1
wait_for_route "$namesrv_port" TBW102 || fail "mqbroker did not register"
launch filtersrv "$bin/mqfiltersrv" -c "$work/filter.properties"
booted filtersrv || exit 1

for language in "${languages[@]}"; do
  "$filter_latency" "$namesrv" "127.0.0.1:$broker_port" "127.0.0.1:$filter_port" "$language" "$pairs" || exit 1
done
