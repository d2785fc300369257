#!/usr/bin/env bash
# The unmodified Java client 3.2.6 uploads the tutorial's filter class to our filter server, which compiles and runs it, and gets
# the messages that it wants; the same with an installed filter in the place of what is uploaded.
#   java_filter.sh BIN_DIR        BIN_DIR holds mqnamesrv, mqbroker, mqfiltersrv, mqfilterworker, filter-worker.jar and mqadmin
# Exit status: 0 both work, 1 something failed, 77 skipped because Java, Maven or the client's jars are not there, or because this
# machine has nothing that holds a JVM.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
command -v javac >/dev/null || skip "a JDK is not installed"
mkdir "$work/published"
resolve published/java-3.2.6

export HOME="$work/home" INTEROP_BUILD="$work/interop"
mkdir "$HOME" "$INTEROP_BUILD"
take_port namesrv_port
take_port broker_port
take_port filter_port
namesrv="127.0.0.1:$namesrv_port"
printf 'listenPort=%s\nbindAddress=127.0.0.1\n' "$namesrv_port" >"$work/namesrv.properties"
printf 'listenPort=%s\nbindAddress=127.0.0.1\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\nstorePathRootDir=%s/store\nmappedFileSizeCommitLog=16777216\n' \
  "$broker_port" "$work" >"$work/broker.properties"
launch namesrv "$bin/mqnamesrv" -c "$work/namesrv.properties"
booted namesrv || exit 1
launch broker "$bin/mqbroker" -c "$work/broker.properties" -n "$namesrv"
booted broker || exit 1
wait_for_route "$namesrv_port" TBW102 || fail "mqbroker did not register"

# filter_server KEY=VALUE…: starts it, and waits until consumers can find it.
filter_server() {
  printf '%s\n' "connectWhichBroker=127.0.0.1:$broker_port" filterServerIP=127.0.0.1 bindAddress=127.0.0.1 \
    "filterServerPort=$filter_port" filterMessageDeadlineMillis=30000 filterBatchDeadlineMillis=60000 "$@" >"$work/filter.properties"
  launch filtersrv "$bin/mqfiltersrv" -c "$work/filter.properties"
  booted filtersrv >"$work/boot" || return 1
  local deadline=$((SECONDS + 240))
  until "$bin/mqadmin" topicRoute -n "$namesrv" -t TBW102 2>&1 | tr -d '\n' | grep -q "filterServerTable.*127.0.0.1:$filter_port"; do
    ((SECONDS < deadline)) || fail "the route has no filter server"
    sleep 0.1
  done
}
# filter_class WHAT: the client's test of the tutorial's filter class.
filter_class() {
  "$here/published/java-3.2.6/run.sh" --namesrv "$namesrv" --broker-addr "127.0.0.1:$broker_port" --only filter_class --opt filtersrv=1 \
    >"$work/suite.out" 2>&1 || fail "$1"
  grep -q '^1 passed, 0 failed$' "$work/suite.out" || fail "$1: no test was run"
  echo "PASS $1"
}

filter_server 'filterClass.interop32.MessageFilterImpl=expr:SequenceId % 3 = 0 AND SequenceId > 10' || { cat "$work/boot"; exit 1; }
filter_class "Java client 3.2.6, installed filter"
end TERM filtersrv

if ! filter_server 'filterEngines=expr;java'; then
  grep -q 'neither Landlock nor mount namespaces\|made without a JDK\|no JDK' "$work/boot" && skip "$(tail -n 1 "$work/boot")"
  cat "$work/boot"
  exit 1
fi
filter_class "Java client 3.2.6, the class that it uploads"
