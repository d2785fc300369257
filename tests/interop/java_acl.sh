#!/usr/bin/env bash
# Unmodified published Java clients that sign their requests, against our broker with access control.
#   java_acl.sh BIN_DIR        BIN_DIR holds mqnamesrv and mqbroker
# Exit status: 0 all of it works, 1 something failed, 77 skipped because Java, Maven or the client's jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
command -v javac >/dev/null || skip "a JDK is not installed"
resolve java-acl

classpath="$work/classes:$(cat "$work/java-acl.classpath")"
mkdir "$work/classes" "$work/home" "$work/home/conf"
javac -nowarn -encoding UTF-8 -cp "$classpath" -d "$work/classes" "$here"/java-acl/src/*.java || exit 1

export HOME="$work/home"
cat >"$work/home/conf/plain_acl.yml" <<'YAML'
accounts:
  - accessKey: java-client
    secretKey: java-secret
    topicPerms: [TopicAcl=PUB|SUB]
    groupPerms: [java_acl_consumer=SUB]
  - accessKey: java-reader
    secretKey: reader-secret
    topicPerms: [TopicAcl=SUB]
  - accessKey: administrator
    secretKey: admin-secret
    admin: true
YAML
cp "$work/home/conf/plain_acl.yml" "$work/accounts"
printf 'accessKey: administrator\nsecretKey: admin-secret\n' >"$work/home/conf/tools.yml"
take_port namesrv_port
take_port broker_port
namesrv="127.0.0.1:$namesrv_port"
printf 'listenPort=%s\nbindAddress=127.0.0.1\n' "$namesrv_port" >"$work/namesrv.properties"
printf '%s\n' "listenPort=$broker_port" bindAddress=127.0.0.1 brokerIP1=127.0.0.1 brokerName=broker-a "storePathRootDir=$work/store" \
  mappedFileSizeCommitLog=16777216 aclEnable=true "rocketmqHome=$work/home" >"$work/broker.properties"
launch namesrv "$bin/mqnamesrv" -c "$work/namesrv.properties"
booted namesrv || exit 1
launch broker "$bin/mqbroker" -c "$work/broker.properties" -n "$namesrv"
booted broker || exit 1
wait_for_route "$namesrv_port" TBW102 || fail "mqbroker did not register"
ROCKETMQ_HOME="$work/home" "$bin/mqadmin" updateTopic -b "127.0.0.1:$broker_port" -t TopicAcl -r 1 -w 1 >"$work/mqadmin.out" 2>&1 ||
  fail "mqadmin cannot make a topic"
wait_for_route "$namesrv_port" TopicAcl || fail "the topic has no route"

run_java() { timeout 270 java -Xmx256m -XX:TieredStopAtLevel=1 -Duser.home="$work/home" -cp "$classpath" JavaAcl "$namesrv" "$@"; }
status=0
check() {  # NAME FILE ARGUMENT…
  local name=$1 out=$work/$2
  shift 2
  if run_java "$@" >"$out" 2>"$out.err"; then echo "PASS $name"; else echo "FAIL $name:"; tail -n 5 "$out" "$out.err"; status=1; fi
}
check "a signed client sends, batches, commits and consumes" java_all TopicAcl java-client java-secret all
[[ $(cat "$work/java_all") == $'one\ntwo\nthree\nfour' ]] || { echo "FAIL it consumed:"; cat "$work/java_all"; status=1; }
check "a wrong secret is refused" java_wrong TopicAcl java-client wrong-secret refused
check "an unknown account is refused" java_unknown TopicAcl somebody java-secret refused
check "a topic without permission is refused" java_other OtherTopic java-client java-secret refused
check "an account that may only read is refused" java_reader TopicAcl java-reader reader-secret refused
cmp -s "$work/accounts" "$work/home/conf/plain_acl.yml" || { echo "FAIL the file of accounts has changed"; status=1; }
exit $status
