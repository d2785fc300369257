#!/bin/bash
# Installs what is needed, builds, starts a name server and a broker, sends the lines of a text through them, compares
# what comes back, and stops everything.
#
#   tools/quickstart.sh [FILE]      FILE has one message a line; tools/data/quickstart.txt when it is left out
#
# Works from any directory, as root or with sudo. Nothing stays running, and nothing is written but build/release.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
if [[ $# -gt 1 || ${1:-} == -* ]]; then
  echo "usage: tools/quickstart.sh [FILE]" >&2
  exit 1
fi
file=$(realpath -- "${1:-$root/tools/data/quickstart.txt}") || exit 1
[[ -f $file && -r $file ]] || {
  echo "quickstart: cannot read $file" >&2
  exit 1
}
# shellcheck source=tools/daemons.sh
. "$root/tools/daemons.sh"

echo "== Installing what is missing"
"$root/tools/install-deps.sh" --no-checks || exit 1

echo "== Building (preset release, without tests; some minutes the first time)"
cd "$root" || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
build() {
  cmake --preset release && cmake --build --preset release --target mqnamesrv mqbroker rocketmq-quickstart
}
if ! build >"$log" 2>&1; then
  tail -n 60 "$log"
  echo "quickstart: the build failed" >&2
  exit 1
fi
echo "build/release/bin has mqnamesrv, mqbroker and rocketmq-quickstart"

trap 'stop_daemons; rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

echo "== Starting a name server and a broker"
start_daemons "$root/build/release/bin" || exit 1

echo "== Sending and receiving"
"$root/build/release/bin/rocketmq-quickstart" --namesrv "$namesrv" --topic TopicQuickStart --file "$file"
result=$?
((result == 0)) || print_daemon_logs

echo "== Stopping"
trap 'rm -f "$log"' EXIT
if stop_daemons; then
  echo "both daemons have stopped cleanly"
else
  result=1
fi
exit "$result"
