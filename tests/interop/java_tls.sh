#!/usr/bin/env bash
# Unmodified published Java clients over TLS, against our servers.
#   java_tls.sh BIN_DIR        BIN_DIR holds mqnamesrv and mqbroker
# Exit status: 0 all of it works, 1 something failed, 77 skipped because Java, Maven, openssl or the client's jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
command -v javac >/dev/null || skip "a JDK is not installed"
command -v openssl >/dev/null || skip "openssl is not installed"
resolve java-acl  # the same client

classpath="$work/classes:$(cat "$work/java-acl.classpath")"
mkdir "$work/classes" "$work/home"
javac -nowarn -encoding UTF-8 -cp "$classpath" -d "$work/classes" "$here"/java-tls/src/*.java || exit 1
export HOME="$work/home"

# An authority, and certificates of a server and a client; Java reads keys in PKCS #8 only.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null || exit 1
for name in server client; do
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$work/$name.rsa" -out "$work/$name.csr" 2>/dev/null &&
    openssl x509 -req -days 2 -in "$work/$name.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
      -out "$work/$name.pem" 2>/dev/null || exit 1
done
# As Java's guide encrypts them.
openssl pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 -provider legacy -provider default -passout pass:123456 -in "$work/server.rsa" \
  -out "$work/server.key" || exit 1
openssl pkcs8 -topk8 -nocrypt -in "$work/client.rsa" -out "$work/client.key" || exit 1
printf '%s\n' tls.test.mode.enable=false tls.server.need.client.auth=require "tls.server.certPath=$work/server.pem" \
  "tls.server.keyPath=$work/server.key" tls.server.keyPassword=123456 tls.server.authClient=true \
  "tls.server.trustCertPath=$work/ca.pem" tls.client.authServer=true "tls.client.trustCertPath=$work/ca.pem" \
  "tls.client.certPath=$work/client.pem" "tls.client.keyPath=$work/client.key" >"$work/tls.properties"
printf '%s\n' tls.test.mode.enable=false tls.client.authServer=true "tls.client.trustCertPath=$work/ca.pem" \
  >"$work/stranger.properties"

start_servers() {  # NAME KEY=VALUE…
  local name=$1
  shift
  take_port namesrv_port
  take_port broker_port
  namesrv="127.0.0.1:$namesrv_port"
  printf '%s\n' "listenPort=$namesrv_port" bindAddress=127.0.0.1 "$@" >"$work/$name-namesrv.properties"
  printf '%s\n' "listenPort=$broker_port" bindAddress=127.0.0.1 brokerIP1=127.0.0.1 brokerName=broker-a \
    "storePathRootDir=$work/$name-store" mappedFileSizeCommitLog=16777216 "$@" >"$work/$name-broker.properties"
  launch "$name-namesrv" "$bin/mqnamesrv" -c "$work/$name-namesrv.properties"
  booted "$name-namesrv" || exit 1
  launch "$name-broker" "$bin/mqbroker" -c "$work/$name-broker.properties" -n "$namesrv"
  booted "$name-broker" || exit 1
}

status=0
check() {  # NAME FILE TOPIC EXPECTATION JAVA_OPTION…
  local name=$1 out=$work/$2 topic=$3 expectation=$4
  shift 4
  if timeout 270 java -Xmx256m -XX:TieredStopAtLevel=1 -Duser.home="$work/home" "$@" -cp "$classpath" JavaTls "$namesrv" "$topic" \
    "$expectation" >"$out" 2>"$out.err"; then
    echo "PASS $name"
  else
    echo "FAIL $name:"
    tail -n 5 "$out" "$out.err"
    status=1
  fi
}

start_servers plain
wait_for_route "$namesrv_port" TBW102 || fail "mqbroker did not register"
check "a plain client works with servers that have no key of TLS" java_plain TopicPlain all
check "a TLS client in test mode works with the same servers" java_test_mode TopicTest all -Dtls.enable=true

start_servers strict tls.server.mode=enforcing "tls.config.file=$work/tls.properties"
check "a TLS client with a certificate, and the same tls.properties, works with enforcing servers" java_strict TopicStrict all \
  -Dtls.enable=true "-Dtls.config.file=$work/tls.properties"
check "a TLS client without a certificate is refused" java_stranger TopicStrict refused -Dtls.enable=true \
  "-Dtls.config.file=$work/stranger.properties"
check "a plain client is refused" java_refused TopicStrict refused
exit $status
