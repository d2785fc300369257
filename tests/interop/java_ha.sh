#!/usr/bin/env bash
# Our brokers and the published Java brokers as peers of replication: our slave follows a Java master, a Java slave follows our
# master. Both at the same time, with our name server and a Java one.
#   java_ha.sh BIN_DIR VERSION        BIN_DIR holds our daemons and ha_traffic; VERSION is 3 (3.2.6) or 5 (5.5.0)
# Exit status: 0 both slaves have their master's log to the byte, and its tables; 1 not so; 77 skipped because Java, Maven or the
# brokers' jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file_bytes=1048576
release=$2
# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
resolve "java-servers-$release"
mkdir "$work/home"
export HOME=$work/home

declare -A port
# configure NAME BROKER_NAME ID ROLE: as in conf/, with what one machine needs. Both spellings of the size: 3.2.6 knows the one
# with a single p.
configure() {
  take_port "port[$1]"
  printf '%s\n' brokerClusterName=DefaultCluster "brokerName=$2" "brokerId=$3" "brokerRole=$4" deleteWhen=04 fileReservedTime=48 \
    flushDiskType=ASYNC_FLUSH "listenPort=${port[$1]}" brokerIP1=127.0.0.1 brokerIP2=127.0.0.1 "namesrvAddr=$namesrv" \
    "storePathRootDir=$work/$1" "storePathCommitLog=$work/$1/commitlog" "mapedFileSizeCommitLog=$file_bytes" \
    "mappedFileSizeCommitLog=$file_bytes" timerWheelEnable=false >"$work/$1.properties"
}
# run NAME…: brokers, ours or Java's by their names, until all have booted.
run() {
  local name
  for name in "$@"; do
    if [[ $name == java_* ]]; then
      launch "$name" java_server "$release" broker.BrokerStartup -c "$work/$name.properties"
    else
      launch "$name" "$bin/mqbroker" -c "$work/$name.properties"
    fi
  done
  booted "$@" || fail "not all of $* have started"
}
# Until both masters take messages: a client that knows one of them only is content with it.
masters_are_known() {
  local names
  for names in "${name_servers[@]}"; do
    wait_for_route "$names" "$1" broker-java broker-ours || fail "not both masters are registered at $names"
  done
}
traffic() { timeout 400 "$bin/ha_traffic" "$@" || fail "ha_traffic $*"; }
same_logs() {
  echo "$1"
  python3 "$here/java_ha.py" same "${port[java_master]}" "$work/java_master" "${port[our_slave]}" "$work/our_slave" $file_bytes ||
    fail "our slave of a Java master"
  python3 "$here/java_ha.py" same "${port[our_master]}" "$work/our_master" "${port[java_slave]}" "$work/java_slave" $file_bytes ||
    fail "a Java slave of our master"
}

take_port our_names
name_servers=("$our_names")
namesrv=127.0.0.1:$our_names
printf '%s\n' "listenPort=$our_names" bindAddress=127.0.0.1 >"$work/our_names.properties"
launch our_names "$bin/mqnamesrv" -c "$work/our_names.properties"
take_port java_names
name_servers+=("$java_names")
namesrv="127.0.0.1:$java_names;$namesrv"
echo "listenPort=$java_names" >"$work/java_names.properties"
launch java_names java_server "$release" namesrv.NamesrvStartup -c "$work/java_names.properties"
booted our_names java_names || fail "a name server did not start"

configure java_master broker-java 0 ASYNC_MASTER
configure our_slave broker-java 1 SLAVE
configure our_master broker-ours 0 SYNC_MASTER
configure java_slave broker-ours 1 SLAVE
run java_master our_master
run our_slave java_slave

# An empty slave gets its master's last file only: it follows before there is a second one.
masters_are_known TBW102
traffic create "$namesrv" TopicHa
masters_are_known TopicHa
traffic send "$namesrv" TopicHa 20 1000
same_logs "== within the first file"
traffic send "$namesrv" TopicHa 4000 1000
same_logs "== after several files"
traffic consume "$namesrv" TopicHa group_ha 4020

echo "== slaves are killed and come back"
end KILL our_slave java_slave
traffic send "$namesrv" TopicHa 2000 1000
run our_slave java_slave
traffic send "$namesrv" TopicHa 500 1000
same_logs "== after their return"

echo "== masters stop and come back"
end TERM java_master our_master
run java_master our_master
masters_are_known TopicHa
traffic send "$namesrv" TopicHa 500 1000
traffic consume "$namesrv" TopicHa group_ha 3000
same_logs "== after their return"

echo "== topics, groups, progress of consumers and of delayed messages"
python3 "$here/java_ha.py" tables "${port[java_master]}" "${port[our_slave]}" "$work/our_slave" TopicHa group_ha || fail "our slave's tables"
python3 "$here/java_ha.py" tables "${port[our_master]}" "${port[java_slave]}" "$work/java_slave" TopicHa group_ha || fail "the Java slave's tables"
echo "PASS"
