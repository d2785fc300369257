# Sourced by the tests that run Java programs. Not a program.
#
# Leaves the test with status 77 where Java or Maven is not to be had. Processes, ports and the directory $work: processes.sh.

skip() { echo "SKIPPED: $1"; exit 77; }
command -v mvn >/dev/null && command -v java >/dev/null || skip "Maven or a JDK is not installed"
# shellcheck source=tests/interop/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

# class_path PROJECT: writes the class path of the Maven project in that folder beside this file to $work/PROJECT.classpath; false
# when Maven cannot resolve it.
class_path() {
  local goal=org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath offline
  for offline in -o ""; do
    (cd "$(dirname "${BASH_SOURCE[0]}")/$1" && timeout 300 mvn -q -B $offline $goal -Dmdep.outputFile="$work/$1.classpath") \
      >"$work/mvn.log" 2>&1 && break
  done
  [ -s "$work/$1.classpath" ]
}
resolve() { class_path "$1" || skip "Maven cannot resolve what $1 needs"; }

# java_server RELEASE CLASS ARGUMENT…: a published server, 3 (3.2.6) or 5 (5.5.0), of which the project java-servers-RELEASE has
# been resolved; its class without the package of the release. For launch() only: the process becomes the JVM, so that its id is
# the one to stop. TLS is off, because each 5.x server else makes a key pair and a certificate at its start, which takes up to a
# minute. Each has a home of its own in $work; 3.2.6 reads its logging from there, to the console.
java_server() {
  local release=$1 class=$2 package=org.apache.rocketmq home name
  shift 2
  home=$(mktemp -d "$work/home-XXXXXX")
  if [ "$release" = 3 ]; then
    package=com.alibaba.rocketmq
    mkdir "$home/conf"
    for name in namesrv broker; do
      cat >"$home/conf/logback_$name.xml" <<'XML'
<configuration><appender name="A" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %m%n</pattern></encoder></appender>
<root level="WARN"><appender-ref ref="A"/></root></configuration>
XML
    done
  fi
  ROCKETMQ_HOME=$home HOME=$home exec java -Xmx512m -XX:MaxDirectMemorySize=512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
    -Dtls.server.mode=disabled -Duser.home="$home" --add-opens=java.base/java.nio=ALL-UNNAMED \
    --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED \
    --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED \
    -cp "$(cat "$work/java-servers-$release.classpath")" "$package.$class" "$@"
}
