# Sourced by the tests that run Java programs. Not a program.
#
# Leaves the test with status 77 where Java or Maven is not to be had. Makes the temporary directory $work, which is removed at
# the end, together with all processes whose ids are in $pids.

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

# resolve PROJECT: the class path of the Maven project in that folder beside this file, into $work/classpath.
resolve() {
  local goal=org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath
  for offline in -o ""; do
    (cd "$(dirname "${BASH_SOURCE[0]}")/$1" && timeout 300 mvn -q -B $offline $goal -Dmdep.outputFile="$work/classpath") \
      >"$work/mvn.log" 2>&1 && break
  done
  [ -s "$work/classpath" ] || skip "Maven cannot resolve what $1 needs"
}

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

# wait_for_boot OUTPUT: until the daemon that writes it says that it has booted; false after two minutes.
wait_for_boot() {
  for _ in $(seq 1200); do
    grep -q 'boot success' "$1" && return 0
    sleep 0.1
  done
  return 1
}

# wait_for_route PORT TOPIC: until the name server on that port has a route for the topic; false after two minutes.
wait_for_route() {
  python3 - "$@" <<'PY'
import json, socket, struct, sys, time

def asked(port, topic):
    header = json.dumps({"code": 105, "language": "OTHER", "version": 0, "opaque": 1, "flag": 0, "extFields": {"topic": topic}}).encode()
    with socket.create_connection(("127.0.0.1", port), 3) as s:
        s.sendall(struct.pack(">II", 4 + len(header), len(header)) + header)
        stream = s.makefile("rb")
        size = struct.unpack(">I", stream.read(4))[0]
        answer = stream.read(size)
    return json.loads(answer[4:4 + (struct.unpack(">I", answer[:4])[0] & 0xFFFFFF)])["code"]

for _ in range(1200):
    try:
        if asked(int(sys.argv[1]), sys.argv[2]) == 0: sys.exit(0)
    except (OSError, struct.error):
        pass
    time.sleep(0.1)
sys.exit(1)
PY
}
