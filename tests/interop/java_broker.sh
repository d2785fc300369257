# Sourced by the tests that run the published Java servers 3.2.6. Not a program.
#
# Leaves the test with status 77 where they are not to be had. Makes the temporary directory $work, which is removed at the
# end, together with all processes whose ids are in $pids.

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
  (cd "$(dirname "${BASH_SOURCE[0]}")/java-servers" && timeout 300 mvn -q -B $offline $goal -Dmdep.outputFile="$work/classpath") \
    >"$work/mvn.log" 2>&1 && break
done
[ -s "$work/classpath" ] || skip "Maven cannot resolve the Java servers"

# Prints a port p of which p - 2, p and p + 1, the three that a broker takes, are free.
free_port() {
  python3 - <<'PY'
import random, socket
while True:
    base = random.randrange(20000, 32000)
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

# run_java CLASS ARGUMENT…: in the background only: the process becomes the JVM, so that its id is the one to stop.
run_java() {
  exec java -Xmx512m -XX:TieredStopAtLevel=1 -Duser.home="$work/home" --add-opens=java.base/java.nio=ALL-UNNAMED \
    --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED \
    --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED -cp "$(cat "$work/classpath")" "$@"
}

# wait_for_boot OUTPUT: until the daemon that writes it says that it has booted; false after two minutes.
wait_for_boot() {
  for _ in $(seq 1200); do
    grep -q 'boot success' "$1" && return 0
    sleep 0.1
  done
  return 1
}
