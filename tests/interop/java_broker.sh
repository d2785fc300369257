# Sourced by the tests that run the published Java servers 3.2.6, beside which java_common.sh lies. Not a program.

# shellcheck source=tests/interop/java_common.sh
. "$(dirname "${BASH_SOURCE[0]}")/java_common.sh"
resolve java-servers

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
