#!/usr/bin/env bash
# Our client against the published Java servers.
#   java_servers.sh BIN_DIR        BIN_DIR holds client_scenarios
# Exit status: 0 all scenarios work, 1 something failed, 77 skipped because Java, Maven or the servers' jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

skip() { echo "SKIPPED: $1"; exit 77; }
command -v mvn >/dev/null && command -v java >/dev/null || skip "Maven or a JDK is not installed"

work=$(mktemp -d)
pids=()
clean_up() {
  for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

goal=org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath
for offline in -o ""; do
  (cd "$here/java-servers" && timeout 300 mvn -q -B $offline $goal -Dmdep.outputFile="$work/classpath") >"$work/mvn.log" 2>&1 && break
done
[ -s "$work/classpath" ] || skip "Maven cannot resolve the Java servers"

free_port() {
  python3 - <<'PY'
import random, socket
while True:  # a broker takes port - 2, port and port + 1
    base = random.randrange(20000, 50000)
    held = []
    try:
        for port in (base - 2, base, base + 1):
            s = socket.socket(); s.bind(("127.0.0.1", port)); held.append(s)
        print(base); break
    except OSError:
        pass
    finally:
        for s in held: s.close()
PY
}

# What the servers read from their home: logging, to the console.
mkdir -p "$work/home/conf"
for name in namesrv broker; do
  cat >"$work/home/conf/logback_$name.xml" <<'XML'
<configuration><appender name="A" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %m%n</pattern></encoder></appender>
<root level="WARN"><appender-ref ref="A"/></root></configuration>
XML
done
export ROCKETMQ_HOME="$work/home" HOME="$work/home"
namesrv_port=$(free_port)
broker_port=$(free_port)
printf 'listenPort=%s\n' "$namesrv_port" >"$work/namesrv.properties"
printf 'listenPort=%s\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\nstorePathRootDir=%s/store\nstorePathCommitLog=%s/store/commitlog\nmapedFileSizeCommitLog=67108864\n' \
  "$broker_port" "$work" "$work" >"$work/broker.properties"

# In the background only: the process becomes the JVM, so that its id is the one to stop.
run_java() {
  exec java -Xmx512m -XX:TieredStopAtLevel=1 -Duser.home="$work/home" --add-opens=java.base/java.nio=ALL-UNNAMED \
    --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED \
    --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED -cp "$(cat "$work/classpath")" "$@"
}
run_java com.alibaba.rocketmq.namesrv.NamesrvStartup -c "$work/namesrv.properties" >"$work/namesrv.out" 2>&1 & pids+=($!)
run_java com.alibaba.rocketmq.broker.BrokerStartup -c "$work/broker.properties" -n "127.0.0.1:$namesrv_port" >"$work/broker.out" 2>&1 & pids+=($!)
for daemon in namesrv broker; do
  for _ in $(seq 1200); do grep -q 'boot success' "$work/$daemon.out" && break; sleep 0.1; done
  grep -q 'boot success' "$work/$daemon.out" || { echo "the Java $daemon did not start:"; tail -20 "$work/$daemon.out"; exit 1; }
done

timeout 900 "$bin/client_scenarios" "127.0.0.1:$namesrv_port"
