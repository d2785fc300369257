#!/usr/bin/env bash
# The published suite's checks of mqadmin, with ours as the program: published clients send and consume meanwhile.
#   mqadmin_scenarios.sh BIN_DIR        BIN_DIR holds mqnamesrv, mqbroker and mqadmin
# Exit status: 0 all passed, 1 something failed, 77 skipped because Java, Maven or the client's jars are not there.
set -u
bin=$(cd "$1" && pwd) || exit 1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
command -v javac >/dev/null || skip "a JDK is not installed"
# shellcheck source=tools/daemons.sh
. "$here/../../tools/daemons.sh"
trap 'stop_daemons; clean_up' EXIT

start_daemons "$bin" autoCreateTopicEnable=true autoCreateSubscriptionGroup=true traceTopicEnable=true \
  waitTimeMillsInSendQueue=3000 || exit 1
run() {  # ONLY REPORT
  INTEROP_SUITES=java-4.9 INTEROP_BUILD=$work "$here/published/run.sh" --namesrv "$namesrv" --parallel 3 --only "$1" \
    --opt "mqadmin=$bin/mqadmin" >"$2"
}
run admin_ "$work/report"
status=$?
cat "$work/report"
grep -q '^cannot resolve the dependencies' "$work/report" && skip "Maven cannot resolve what the suite needs"
# The published client that makes a scenario's topics does not try again when a connection takes long on a busy machine.
# What failed is run once more, by itself.
failed=$(sed -nE 's,^FAIL (java-4\.9/[^:]+):.*,\1,p' "$work/report" | paste -sd '|')
if ((status != 0)) && [[ -n $failed ]]; then
  echo "again: $failed"
  run "^($failed)\$" "$work/again"
  status=$?
  cat "$work/again"
fi
((status == 0)) || print_daemon_logs
exit "$status"
