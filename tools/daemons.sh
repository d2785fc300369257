# Sourced by scripts that need a name server and a broker for a while. Not a program.
#
# Everything lies in the temporary directory $daemons_dir; the daemons listen on free loopback ports and take it for their
# HOME. stop_daemons ends exactly the processes that were started here, and removes the directory.

daemons_dir=
daemon_pids=()
daemon_names=()

# free_ports [COUNT]: prints COUNT (1) ports p, one a line, of which p - 2, p and p + 1, the three that a broker takes, and
# p + 2 for a name server are free on the loopback address. They lie below the range from which the system gives outgoing
# connections theirs.
free_ports() {
  python3 - "${1:-1}" <<'PY'
import random, socket, sys
held = []
found = []
for _ in range(1000):
    if len(found) == int(sys.argv[1]):
        print(*found, sep="\n")
        sys.exit(0)
    base = random.randrange(20002, 32000)
    trial = []
    try:
        for port in (base - 2, base, base + 1, base + 2):
            trial.append(socket.socket())
            trial[-1].bind(("127.0.0.1", port))
        held += trial
        found.append(base)
    except OSError:
        for s in trial:
            s.close()
sys.exit("no free ports")
PY
}

# start_daemon NAME PROGRAM ARGUMENT…: starts it and waits until it says that it has booted.
start_daemon() {
  local name=$1 out=$daemons_dir/$1.out
  shift
  : >"$out"
  HOME=$daemons_dir ROCKETMQ_HOME=${ROCKETMQ_HOME:-$daemons_dir} "$@" >"$out" 2>&1 </dev/null &
  local pid=$!
  daemon_pids+=("$pid")
  daemon_names+=("$name")
  local deadline=$((SECONDS + 30))
  while ! grep -q 'boot success' "$out"; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS > deadline)); then
      echo "$name did not start. What it said:" >&2
      tail -n 30 "$out" >&2
      print_daemon_logs >&2
      return 1
    fi
    sleep 0.05
  done
  grep -m1 'boot success' "$out"
}

# start_daemons BIN_DIR [BROKER_SETTING…]: a name server and a broker. Sets $namesrv to the name server's address.
start_daemons() {
  local bin=$1 namesrv_port broker_port
  shift
  daemons_dir=$(mktemp -d) || return 1
  broker_port=$(free_ports) || return 1
  namesrv_port=$((broker_port + 2))
  namesrv=127.0.0.1:$namesrv_port
  printf '%s\n' "listenPort=$namesrv_port" bindAddress=127.0.0.1 >"$daemons_dir/namesrv.properties"
  printf '%s\n' "listenPort=$broker_port" bindAddress=127.0.0.1 brokerIP1=127.0.0.1 brokerIP2=127.0.0.1 brokerName=broker-a \
    "namesrvAddr=$namesrv" "storePathRootDir=$daemons_dir/store" "storePathCommitLog=$daemons_dir/store/commitlog" \
    "$@" >"$daemons_dir/broker.properties"
  start_daemon mqnamesrv "$bin/mqnamesrv" -c "$daemons_dir/namesrv.properties" &&
    start_daemon mqbroker "$bin/mqbroker" -c "$daemons_dir/broker.properties"
}

# start_filter_server BIN_DIR [SETTING…]: a filter server beside the broker that start_daemons has started.
start_filter_server() {
  local bin=$1 broker_port
  shift
  broker_port=$(sed -n 's/^listenPort=//p' "$daemons_dir/broker.properties") || return 1
  printf '%s\n' "connectWhichBroker=127.0.0.1:$broker_port" bindAddress=127.0.0.1 filterServerIP=127.0.0.1 "$@" \
    >"$daemons_dir/filter.properties"
  start_daemon mqfiltersrv "$bin/mqfiltersrv" -c "$daemons_dir/filter.properties"
}

print_daemon_logs() {
  local log
  for log in "$daemons_dir"/logs/rocketmqlogs/*.log; do
    [[ -s $log ]] || continue
    echo "--- the end of ${log##*/}:"
    tail -n 30 "$log"
  done
}

# stop_daemon NAME: stops one of them and waits for its end. Returns its exit status.
stop_daemon() {
  local i pid
  for i in "${!daemon_pids[@]}"; do
    [[ ${daemon_names[i]} == "$1" ]] || continue
    pid=${daemon_pids[i]}
    unset "daemon_pids[i]" "daemon_names[i]"
    daemon_pids=("${daemon_pids[@]}")
    daemon_names=("${daemon_names[@]}")
    kill -TERM "$pid"
    wait "$pid"
    return
  done
  echo "$1 does not run" >&2
  return 1
}

# Stops in reverse order, waiting for each. Returns false when one had to be killed or ended with a failure.
stop_daemons() {
  local i pid status result=0 deadline
  for ((i = ${#daemon_pids[@]} - 1; i >= 0; --i)); do
    pid=${daemon_pids[i]}
    kill -TERM "$pid" 2>/dev/null
    deadline=$((SECONDS + 30))
    while kill -0 "$pid" 2>/dev/null && ((SECONDS <= deadline)); do sleep 0.05; done
    if kill -0 "$pid" 2>/dev/null; then
      echo "${daemon_names[i]} did not stop within 30 s, killing it" >&2
      kill -KILL "$pid" 2>/dev/null
    fi
    wait "$pid"
    status=$?
    if ((status != 0)); then
      echo "${daemon_names[i]} ended with status $status" >&2
      result=1
    fi
  done
  daemon_pids=()
  daemon_names=()
  [[ -n $daemons_dir ]] && rm -rf "$daemons_dir"
  daemons_dir=
  return $result
}
