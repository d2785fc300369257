#!/usr/bin/env bash
# The installed scripts as people type them: nohup sh mqnamesrv, nohup sh mqbroker -n … -c …, sh mqshutdown, options, and starts
# that cannot be.
#   scripts.sh BUILD_DIR
set -u
# mqshutdown ends all daemons of the user. Where the kernel lets us, the script has processes of its own, and sees no others.
if [[ -z ${SEES_OWN_PROCESSES_ONLY:-} ]] && unshare --mount --pid --fork --mount-proc true 2>/dev/null; then
  SEES_OWN_PROCESSES_ONLY=1 exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi
build=$(cd "$1" && pwd)
work=$(mktemp -d)
failures=0
export HOME=$work/home
unset ROCKETMQ_HOME NAMESRV_ADDR
mkdir -p "$HOME"
prefix=$work/rocketmq
# The ids of the daemons that were started here, and only those.
own_pids() {
  local exe
  for process in /proc/[0-9]*; do
    exe=$(readlink "$process/exe" 2>/dev/null) || continue
    [[ $exe == "$prefix"/* ]] && echo "${process#/proc/}"
  done
}
clean_up() {
  local pid
  for pid in $(own_pids); do kill -KILL "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
fail() {
  echo "FAIL $*"
  failures=$((failures + 1))
}
# wait_for FILE TEXT: until the file has a line with it; false after a minute.
wait_for() {
  for _ in $(seq 600); do
    grep -qs -- "$2" "$1" && return 0
    sleep 0.1
  done
  fail "$1 has no line with '$2'"
  cat "$1"
  return 1
}
# refused STATUS TEXT PROGRAM ARGUMENT… [<CONFIGURATION]: it ends with this status, and what it says on standard error is one line
# with this text.
refused() {
  local wanted=$1 text=$2 program=$3
  shift 3
  cat >"$work/refused.properties"
  sh "$program" -c "$work/refused.properties" "$@" 2>"$work/refused" >/dev/null
  local status=$?
  [[ $status == "$wanted" ]] || fail "$program: status $status, not $wanted"
  grep -qF -- "$text" "$work/refused" || fail "$program: no '$text' in: $(cat "$work/refused")"
  [[ $(wc -l <"$work/refused") == 1 ]] || fail "$program: more than one line: $(cat "$work/refused")"
}

cmake --install "$build" --prefix "$prefix" --component server >"$work/install.log" 2>&1 || { cat "$work/install.log"; exit 1; }
read -r port namesrv_port < <(python3 - <<'PY'
import random, socket
while True:
    base = random.randrange(20002, 31990)
    held = []
    try:
        for port in (base - 2, base, base + 1, base + 2):
            s = socket.socket(); s.bind(("127.0.0.1", port)); held.append(s)
        print(base, base + 2); break
    except OSError: pass
    finally:
        for s in held: s.close()
PY
)
printf '%s\n' "listenPort=$namesrv_port" bindAddress=127.0.0.1 >"$work/namesrv.properties"
cat "$prefix/conf/2m-noslave/broker-a.properties" - >"$work/broker.properties" <<CONF
listenPort=$port
bindAddress=127.0.0.1
brokerIP1=127.0.0.1
mappedFileSizeCommitLog=16777216
CONF

cd "$prefix/bin" || exit 1
for program in mqnamesrv mqbroker; do
  sh $program --help | grep -q "^usage: $program " || fail "$program --help"
  sh $program --version | grep -qE "^$program [0-9.]+$" || fail "$program --version"
  sh $program -x >/dev/null 2>&1
  [[ $? == 1 ]] || fail "$program takes -x"
done
for program in "$prefix"/bin/*; do
  "$program" --help >/dev/null 2>&1 || fail "${program##*/} --help"
  "$program" --version 2>/dev/null | grep -q '[0-9]\.[0-9]' || fail "${program##*/} --version"
done
sh mqbroker -p -c "$work/broker.properties" | grep -qx "listenPort=$port" || fail "mqbroker -p"
sh mqbroker -m | grep -q '^brokerName=' || fail "mqbroker -m"
sh mqshutdown filtersrv >"$work/out" && fail "mqshutdown stops what does not run"
[[ $(cat "$work/out") == "No mqfiltersrv running." ]] || fail "mqshutdown: $(cat "$work/out")"
sh mqshutdown >/dev/null && fail "mqshutdown without an argument"

nohup sh mqnamesrv -c "$work/namesrv.properties" >"$work/namesrv.out" 2>&1 &
wait_for "$work/namesrv.out" 'The Name Server boot success. serializeType=JSON'
nohup sh mqbroker -n "127.0.0.1:$namesrv_port" -c "$work/broker.properties" >"$work/broker.out" 2>&1 &
wait_for "$work/broker.out" 'boot success. serializeType=JSON and name server is'
logs=$HOME/logs/rocketmqlogs
for log in broker namesrv; do
  [[ -f $logs/$log.log ]] || fail "there is no $log.log"
done

# What cannot start says so in one line, and changes nothing.
refused 255 'Lock failed,MQ already started' mqbroker <"$work/broker.properties"
refused 255 "$port" mqbroker < <(cat "$work/broker.properties"; echo "storePathRootDir=$work/other")
refused 255 "$namesrv_port" mqnamesrv < <(cat "$work/namesrv.properties"; echo "kvConfigPath=$work/kv.json")
: >"$work/file"
refused 253 "$work/file" mqbroker <<<"storePathRootDir=$work/file/store"
refused 253 'Name Server Address[nonsense] illegal' mqbroker -n nonsense </dev/null

if [[ -n ${SEES_OWN_PROCESSES_ONLY:-} ]]; then
  sh mqshutdown broker 30 >"$work/out" || fail "mqshutdown broker 30"
  grep -qE '^The mqbroker\([0-9]+\) is running\.\.\.$' "$work/out" || fail "mqshutdown: $(cat "$work/out")"
  grep -qE '^Send shutdown request to mqbroker\([0-9]+\) OK$' "$work/out" || fail "mqshutdown: $(cat "$work/out")"
else
  echo "no process namespace is to be had: mqshutdown is not tried"
fi
for pid in $(own_pids); do kill -TERM "$pid"; done
for _ in $(seq 600); do
  [[ -z $(own_pids) ]] && break
  sleep 0.1
done
[[ -z $(own_pids) ]] || fail "a daemon has not stopped"
[[ ! -e $HOME/store/abort ]] || fail "the broker's stop was not orderly"
grep -q 'shutdown hook over' "$logs/namesrv.log" || fail "the name server's stop was not orderly"

((failures == 0)) && echo "PASS scripts"
exit $((failures > 0))
