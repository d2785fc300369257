#!/bin/bash
# Starts a name server, a broker and a filter server, sends them damaged frames (daemons.py), and stops them: each has to answer
# to the end, and to stop by itself. The last line says `N passed, N failed`.
#
#   tests/fuzz/daemons.sh [--bin FOLDER] [--seconds N] [--seed N]
#
# --bin      the daemons; default build/asan/bin, which tells most (cmake --preset asan, targets mqnamesrv mqbroker mqfiltersrv)
# --seconds  default 60
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
bin=$root/build/asan/bin
options=(--seconds 60)
while (($# > 1)); do
  case $1 in
    --bin) bin=$2 ;;
    --seconds | --seed) options+=("$1" "$2") ;;
    *) break ;;
  esac
  shift 2
done
if (($# > 0)) || [[ ! -x $bin/mqbroker ]]; then
  echo "usage: tests/fuzz/daemons.sh [--bin FOLDER] [--seconds N] [--seed N]; mqbroker is wanted in $bin" >&2
  exit 1
fi
# shellcheck source=tools/daemons.sh
. "$root/tools/daemons.sh"
trap 'stop_daemons' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if ! start_daemons "$bin" brokerRole=ASYNC_MASTER enablePropertyFilter=true mappedFileSizeCommitLog=16777216; then
  echo "0 passed, 1 failed"
  exit 1
fi
broker_port=$(sed -n 's/^listenPort=//p' "$daemons_dir/broker.properties")
targets=("namesrv=$namesrv" "broker=127.0.0.1:$broker_port" "fast=127.0.0.1:$((broker_port - 2))"
  "ha=127.0.0.1:$((broker_port + 1))")
filter_port=$(free_ports)
if start_filter_server "$bin" "filterServerPort=$filter_port"; then targets+=("filter=127.0.0.1:$filter_port"); fi

report=$(mktemp)
python3 "$root/tests/fuzz/daemons.py" "${options[@]}" --keep "$report.frames" "${targets[@]}" | tee "$report"
result=${PIPESTATUS[0]}
((result == 0)) || { print_daemon_logs; tail -n 40 "$daemons_dir"/*.out; }
passed=$(grep -c '^PASS' "$report")
failed=$(grep -c '^FAIL' "$report")
((result == 0 || failed > 0)) || failed=1
if stop_daemons; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
rm -f "$report"
echo "$passed passed, $failed failed"
((failed == 0))
