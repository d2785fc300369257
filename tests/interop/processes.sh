# Sourced by the tests that run daemons of several origins. Not a program.
#
# Makes the temporary directory $work, which is removed at the end, together with all processes that launch() has started or whose
# ids are in $pids. Deadlines are those of a machine that does five other things: they are met early or not at all.

declare -F take_port >/dev/null && return 0
work=$(mktemp -d)
pids=()
# stop_pids: ends what still runs; what does not end within 30 s is killed.
stop_pids() {
  local pid deadline=$((SECONDS + 30))
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do
    while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  pids=()
}
clean_up() {
  stop_pids
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# take_port VARIABLE: sets it to a port p of which p - 2, p and p + 1, the three that a broker takes, are free. They stay this
# test's until it and what it has started have ended: a lock keeps other tests of this kind off, the range those of other kinds
# (tests/support/ports.hpp, tools/daemons.sh) and the system's outgoing connections.
port_block=$((RANDOM % 1999))
take_port() {
  local directory=${TMPDIR:-/tmp}/rocketmq-test-ports.$(id -u) tried lock first
  mkdir -p "$directory"
  for ((tried = 0; tried < 1999; ++tried)); do
    port_block=$(((port_block + 1) % 1999))
    first=$((12000 + 4 * port_block))
    exec {lock}>>"$directory/interop-$port_block" || continue
    if flock -n "$lock" && can_listen "$first" $((first + 2)) $((first + 3)); then
      printf -v "$1" %s $((first + 2))
      return 0
    fi
    exec {lock}>&-
  done
  echo "no free ports for a test" >&2
  exit 1
}
can_listen() {
  python3 - "$@" <<'PY'
import socket, sys
for port in sys.argv[1:]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", int(port)))
            probe.listen(1)
        except OSError:
            sys.exit(1)
PY
}

declare -A pid_of
# launch NAME COMMAND…: starts it in the background. What it prints goes to $work/NAME.out; what a process of that name printed
# before is gone when this returns, so that its boot line is not taken for the new one's.
launch() {
  local name=$1
  shift
  : >"$work/$name.out"
  "$@" >"$work/$name.out" 2>&1 </dev/null &
  pid_of[$name]=$!
  pids+=("$!")
}
# booted NAME…: until each of them says that it has booted; false when one has ended, or after four minutes.
booted() {
  local name deadline=$((SECONDS + 240))
  for name in "$@"; do
    until grep -q 'boot success' "$work/$name.out"; do
      if ! kill -0 "${pid_of[$name]}" 2>/dev/null || ((SECONDS > deadline)); then
        echo "$name did not start:"
        tail -n 20 "$work/$name.out"
        return 1
      fi
      sleep 0.1
    done
  done
}
# end SIGNAL NAME…: sends it the signal and waits until it has ended, a minute at most before it is killed. The status is the last
# one's.
end() {
  local name signal=$1 deadline=$((SECONDS + 60)) status=0
  shift
  for name in "$@"; do kill "-$signal" "${pid_of[$name]}"; done
  for name in "$@"; do
    while kill -0 "${pid_of[$name]}" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.05; done
    if kill -KILL "${pid_of[$name]}" 2>/dev/null; then echo "$name did not end within a minute"; fi
    wait "${pid_of[$name]}" 2>/dev/null
    status=$?
  done
  return "$status"
}

# fail REASON: ends the test with what each program printed at last, and the logs of our daemons and client.
fail() {
  echo "FAILED: $1"
  local log
  for log in "$work"/*.out "$HOME"/logs/rocketmqlogs/*.log; do
    [[ -s $log ]] || continue
    echo "--- the end of ${log#"$work"/}:"
    tail -n 40 "$log"
  done
  exit 1
}

# wait_for_route PORT TOPIC [BROKER…]: until the name server on that port has a route for the topic, with these brokers in it.
# wait_for_no_route PORT TOPIC: until it has none. Both are false after four minutes.
wait_for_route() { wait_until_routed 0 "$@"; }
wait_for_no_route() { wait_until_routed 17 "$@"; }
wait_until_routed() {
  python3 - "$@" <<'PY'
import json, re, socket, struct, sys, time

def asked(port, topic):
    header = json.dumps({"code": 105, "language": "OTHER", "version": 0, "opaque": 1, "flag": 0, "extFields": {"topic": topic}}).encode()
    with socket.create_connection(("127.0.0.1", port), 3) as s:
        s.settimeout(5)
        s.sendall(struct.pack(">II", 4 + len(header), len(header)) + header)
        stream = s.makefile("rb")
        size = struct.unpack(">I", stream.read(4))[0]
        answer = stream.read(size)
    head = struct.unpack(">I", answer[:4])[0] & 0xFFFFFF
    # Java writes the numbers of brokers without quotes.
    return json.loads(answer[4:4 + head])["code"], set(re.findall(r'"brokerName":\s*"([^"]*)"', answer[4 + head:].decode()))

until = time.monotonic() + 240
wanted, port, topic, *names = sys.argv[1:]
seen = None
while time.monotonic() < until:
    try:
        seen = asked(int(port), topic)
        if seen[0] == int(wanted) and seen[1].issuperset(names): sys.exit(0)
    except (OSError, struct.error, ValueError) as error:
        seen = error
    time.sleep(0.1)
sys.exit(f"the route of {topic}: {seen}")
PY
}
