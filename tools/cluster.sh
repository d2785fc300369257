#!/bin/bash
# A whole cluster on this machine's loopback address: two name servers, and the brokers of one of the deployments below conf/.
#
#   tools/cluster.sh up DEPLOYMENT [--dir DIR] [--bin DIR] [--ports N,N,B,B[,B,B]] [--set KEY=VALUE]…
#   tools/cluster.sh status [--dir DIR]
#   tools/cluster.sh down [--dir DIR]
#   tools/cluster.sh start|stop|kill NAME [--dir DIR]
#
# DEPLOYMENT  2m-noslave (two brokers), 2m-2s-async, 2m-2s-sync (four brokers)
# --dir       where everything lies: conf/, run/ with process ids and output, and each daemon's home with its store and logs.
#             build/cluster when it is left out. A second `up` continues with the stores and the ports that are there.
# --bin       where mqnamesrv and mqbroker lie; else that of the presets release and dev which is there
# --ports     listenPorts: of the two name servers, then of the brokers in the order in which `status` lists them; free ones
#             when left out. A broker takes B - 2, B and B + 1.
# --set       a further key for every broker
#
# `up` takes each broker's file from conf/ as it is and adds what a user with one machine has to: ports, addresses, name
# servers. `down` stops masters, slaves and name servers in this order, and keeps the stores. `start`, `stop` and `kill`
# (KILL, as a crash) do it to one daemon. Exit status: 0 done, and of `status`: all run; 1 not so.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
# shellcheck source=tools/daemons.sh
. "$root/tools/daemons.sh"

fail() {
  echo "cluster: $1" >&2
  exit 1
}
usage() {
  sed -n '4,7s/^#   /  /p' "$root/tools/cluster.sh" >&2
  exit 1
}

dir=$root/build/cluster
bin=
ports=()
settings=()
words=()
while (($# > 0)); do
  case $1 in
    --dir | --bin | --ports | --set)
      (($# > 1)) || usage
      case $1 in
        --dir) dir=$2 ;;
        --bin) bin=$2 ;;
        --ports) IFS=, read -ra ports <<<"$2" ;;
        --set) settings+=("$2") ;;
      esac
      shift
      ;;
    -*) usage ;;
    *) words+=("$1") ;;
  esac
  shift
done
set -- "${words[@]}"

# What there is: lines `NAME PROGRAM PORT` in the order of starting.
members() { cat "$dir/members"; }
port_of() { awk -v name="$1" '$1 == name { print $3 }' "$dir/members"; }
program_of() { awk -v name="$1" '$1 == name { print $2 }' "$dir/members"; }

# The clock tick at which a process began: with the id it names one process, also after the id was given to another. Nothing
# for one that has ended, also before its parent has noticed.
begin_of() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z ]] && echo "${fields[19]}"
}

# pid_of NAME: prints the id of the daemon's process if it runs.
pid_of() {
  local pid begin
  read -r pid begin 2>/dev/null <"$dir/run/$1.pid" || return 1
  [[ -n $begin && $(begin_of "$pid") == "$begin" ]] || return 1
  echo "$pid"
}

# launch NAME: starts a daemon whose file is written; it outlives this script and its terminal.
launch() {
  local name=$1 pid
  ! pid_of "$name" >/dev/null || fail "$name runs already"
  : >"$dir/run/$name.out"
  (
    unset NAMESRV_ADDR
    export HOME="$dir/$name" ROCKETMQ_HOME="$root"
    exec setsid "$(<"$dir/bin")/$(program_of "$name")" -c "$dir/conf/$name.properties" >"$dir/run/$name.out" 2>&1 </dev/null
  ) &
  pid=$!
  echo "$pid $(begin_of "$pid")" >"$dir/run/$name.pid"
}

# wait_for_boot NAME
wait_for_boot() {
  local deadline=$((SECONDS + 60))
  until grep -q 'boot success' "$dir/run/$1.out"; do
    if ! pid_of "$1" >/dev/null || ((SECONDS > deadline)); then
      tail -n 30 "$dir/run/$1.out" >&2
      echo "cluster: $1 did not start" >&2
      return 1
    fi
    sleep 0.02
  done
}

# end NAME SIGNAL: false when it does not end within 60 s.
end() {
  local pid deadline=$((SECONDS + 60))
  pid=$(pid_of "$1") || return 0
  kill "-$2" "$pid"
  while pid_of "$1" >/dev/null; do
    if ((SECONDS > deadline)); then
      echo "cluster: $1 (process $pid) does not stop" >&2
      return 1
    fi
    sleep 0.02
  done
  rm -f "$dir/run/$1.pid"
}

is_running() { pid_of "$1" >/dev/null; }

print_status() {
  local name program port pid result=0
  while read -r name program port; do
    if pid=$(pid_of "$name"); then
      printf '%-12s %-10s 127.0.0.1:%-6s running, process %s\n' "$name" "$program" "$port" "$pid"
    else
      printf '%-12s %-10s 127.0.0.1:%-6s stopped\n' "$name" "$program" "$port"
      result=1
    fi
  done < <(members)
  return "$result"
}

name_servers() { awk '$2 == "mqnamesrv" { printf "%s127.0.0.1:%s", separator, $3; separator = ";" }' "$dir/members"; }

# write_broker_file NAME PORT: the deployment's own file, and what differs on one machine.
write_broker_file() {
  {
    cat "$root/conf/$deployment/$1.properties"
    printf '\n# one machine\n'
    printf '%s\n' "listenPort=$2" bindAddress=127.0.0.1 brokerIP1=127.0.0.1 brokerIP2=127.0.0.1 "namesrvAddr=$(name_servers)" \
      "storePathRootDir=$dir/$1/store"
    ((${#settings[@]} == 0)) || printf '%s\n' "${settings[@]}"
  } >"$dir/conf/$1.properties"
}

# remembered_ports: those of the cluster in $dir, if it is of the same deployment.
remembered_ports() {
  [[ -f $dir/deployment && $(<"$dir/deployment") == "$deployment" ]] && awk '{ print $3 }' "$dir/members"
}

up() {
  local names=(namesrv-1 namesrv-2 broker-a broker-b) name i
  case $deployment in
    2m-noslave) ;;
    2m-2s-async | 2m-2s-sync) names+=(broker-a-s broker-b-s) ;;
    *) usage ;;
  esac
  mkdir -p "$dir"/{conf,run} || exit 1
  dir=$(cd "$dir" && pwd)
  if [[ -f $dir/members ]]; then
    while read -r name _; do
      ! is_running "$name" || fail "$name runs already; tools/cluster.sh down --dir $dir"
    done < <(members)
    [[ $(<"$dir/deployment") == "$deployment" ]] || fail "$dir holds a cluster of $(<"$dir/deployment"): remove it, or give another --dir"
  fi
  for i in "$bin" "$root/build/release/bin" "$root/build/dev/bin"; do
    [[ -n $i && -x $i/mqbroker && -x $i/mqnamesrv ]] && bin=$(cd "$i" && pwd) && break
  done
  [[ -n $bin && -x $bin/mqbroker ]] || fail "mqnamesrv and mqbroker are not built; give their folder with --bin"
  ((${#ports[@]} > 0)) || mapfile -t ports < <(remembered_ports)
  ((${#ports[@]} > 0)) || mapfile -t ports < <(free_ports "${#names[@]}")
  ((${#ports[@]} == ${#names[@]})) || fail "$deployment needs ${#names[@]} ports, not ${#ports[@]}"

  echo "$deployment" >"$dir/deployment"
  echo "$bin" >"$dir/bin"
  for i in "${!names[@]}"; do
    [[ ${names[i]} == namesrv-* ]] && echo "${names[i]} mqnamesrv ${ports[i]}" || echo "${names[i]} mqbroker ${ports[i]}"
  done >"$dir/members"
  local program port
  while read -r name program port; do
    mkdir -p "$dir/$name"
    if [[ $program == mqnamesrv ]]; then
      printf '%s\n' "listenPort=$port" bindAddress=127.0.0.1 >"$dir/conf/$name.properties"
    else
      write_broker_file "$name" "$port"
    fi
  done < <(members)

  for program in mqnamesrv mqbroker; do
    for name in "${names[@]}"; do
      [[ $(program_of "$name") == "$program" ]] && launch "$name"
    done
    for name in "${names[@]}"; do
      [[ $(program_of "$name") == "$program" ]] || continue
      wait_for_boot "$name" || {
        stop_all
        exit 1
      }
    done
  done
  print_status
  echo "name servers for clients: $(name_servers)"
}

# Masters, then slaves, which so get all that their masters have; name servers last.
stop_all() {
  local name result=0
  for name in $(members | awk '$2 == "mqbroker" { print $1 }') $(members | awk '$2 == "mqnamesrv" { print $1 }'); do
    end "$name" TERM || result=1
  done
  return "$result"
}

command=${1:-}
case $command in
  up)
    (($# == 2)) || usage
    deployment=$2
    up
    exit 0
    ;;
  status | down) (($# == 1)) || usage ;;
  start | stop | kill) (($# == 2)) || usage ;;
  *) usage ;;
esac
[[ -f $dir/members ]] || fail "there is no cluster in $dir"
dir=$(cd "$dir" && pwd)
[[ $# == 1 || -n $(program_of "$2") ]] || fail "there is no $2; tools/cluster.sh status lists what there is"
case $command in
  status) print_status ;;
  down) stop_all ;;
  start)
    launch "$2"
    wait_for_boot "$2"
    ;;
  stop) end "$2" TERM ;;
  kill) end "$2" KILL ;;
esac
