#!/usr/bin/env bash
# The recipes of docs/operations.md, each carried out on running daemons and checked. What it prints is what the page shows.
#   recipes.sh BIN_DIR
# Commands that our mqadmin does not have yet are those of the published one, where Maven has it.
# Exit status: 0 all did what the page says, 1 not so, 77 skipped because a command is to be had nowhere.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/daemons.sh
. "$here/../../tools/daemons.sh"
trap 'stop_daemons >/dev/null' EXIT
trap 'exit 1' INT TERM

fail() {
  echo "FAILED: $1"
  tail -n 20 "$daemons_dir"/*.out
  exit 1
}
skip() {
  echo "SKIPPED: $1"
  exit 77
}
java_class_path=
find_java() {
  [[ -n $java_class_path ]] && return 0
  command -v mvn >/dev/null && command -v java >/dev/null || skip "mqadmin has no $1 yet, and there is no Java"
  (cd "$here/published/java-4.9" && timeout 300 mvn -q -B -o org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath \
    -Dmdep.outputFile="$daemons_dir/classpath") >"$daemons_dir/mvn.log" 2>&1 || skip "mqadmin has no $1 yet, and Maven has not the Java one"
  java_class_path=$(cat "$daemons_dir/classpath")
  mkdir -p "$daemons_dir/conf"
  echo '<configuration/>' >"$daemons_dir/conf/logback_tools.xml"
}
# admin COMMAND …: shown as it is typed, with what it prints, which is in $said too.
said=
admin() {
  echo "\$ mqadmin $*"
  if "$bin/mqadmin" help "$1" >/dev/null 2>&1; then
    said=$("$bin/mqadmin" "$@" 2>&1)
  else
    find_java "$1"
    said=$(java -Xmx256m -XX:TieredStopAtLevel=1 -Duser.home="$daemons_dir" -Drocketmq.home.dir="$daemons_dir" -cp "$java_class_path" \
      org.apache.rocketmq.tools.command.MQAdminStartup "$@" 2>&1 | grep -v 'SLF4J\|RocketMQLog:WARN')
  fi
  echo "$said"
}
# has REGEX WHAT: the last command printed a line like this.
has() { grep -qE -- "$1" <<<"$said" || fail "$2"; }
# until_has REGEX WHAT COMMAND…: it prints such a line within a minute.
until_has() {
  local regex=$1 what=$2
  shift 2
  for _ in $(seq 60); do
    admin "$@" >"$daemons_dir/admin.out"
    grep -qE -- "$regex" "$daemons_dir/admin.out" && { cat "$daemons_dir/admin.out"; said=$(<"$daemons_dir/admin.out"); return 0; }
    sleep 1
  done
  cat "$daemons_dir/admin.out"
  fail "$what"
}
recipe() { printf '\n### %s\n' "$1"; }

start_daemons "$bin" mappedFileSizeCommitLog=16777216 autoCreateTopicEnable=true || fail "the daemons did not start"
export NAMESRV_ADDR=$namesrv
broker=127.0.0.1:$(sed -n 's/^listenPort=//p' "$daemons_dir/broker.properties")
send_100() { "$bin/examples/quickstart_producer" "$namesrv" >"$daemons_dir/producer.out" 2>&1 || fail "sending"; }
# consume_all: the quick start's consumer until it has had 100 different messages.
consume_all() {
  "$bin/examples/quickstart_consumer" "$namesrv" >"$daemons_dir/consumer.out" 2>&1 &
  local consumer=$!
  # A client whose first requests time out, as they do on a machine under load, tries again after 20 to 30 s.
  for _ in $(seq 1800); do
    (($(grep -oE 'Hello RocketMQ [0-9]+' "$daemons_dir/consumer.out" | sort -u | wc -l) >= 100)) && break
    sleep 0.1
  done
  kill "$consumer"
  wait "$consumer"
  (($(grep -oE 'Hello RocketMQ [0-9]+' "$daemons_dir/consumer.out" | sort -u | wc -l) == 100)) || fail "the consumer did not get everything"
}
topic=TopicQuickStart
group=quickstart_consumer

recipe 'Deploy'
admin clusterList
has "broker-a .*$broker" "the broker is not registered"
admin updateTopic -c DefaultCluster -t $topic -r 4 -w 4
has 'success' "the topic is not made"
send_100
consume_all

recipe 'Read the lag of a group'
send_100
until_has 'Diff Total: 100' "the lag is not 100" consumerProgress -g "$group"

recipe 'Find a message'
id=$(grep -oE 'offsetMsgId=[0-9A-F]+|msgId=[0-9A-F]{32}' "$daemons_dir/producer.out" | head -n 1 | cut -d= -f2)
unique=$(grep -oE '[0-9A-F]{32}' "$daemons_dir/producer.out" | head -n 1)
[[ -n $unique ]] || fail "the producer printed no id: $(head -n 2 "$daemons_dir/producer.out")"
admin queryMsgByUniqueKey -t $topic -i "$unique"
has "$topic" "the message is not found"

recipe 'Reset the offsets of a group'
admin resetOffsetByTime -g "$group" -t $topic -s -1
until_has 'Diff Total: 0' "the lag is not 0" consumerProgress -g "$group"

recipe 'Grow'
second=$(free_ports) || fail "no free port"
sed -e "s/^listenPort=.*/listenPort=$second/" -e 's/^brokerName=.*/brokerName=broker-b/' -e "s|$daemons_dir/store|$daemons_dir/store-b|g" \
  "$daemons_dir/broker.properties" >"$daemons_dir/broker-b.properties"
start_daemon mqbroker-b "$bin/mqbroker" -c "$daemons_dir/broker-b.properties" || fail "broker-b did not start"
until_has 'broker-b' "broker-b is not registered" clusterList
admin updateTopic -b "127.0.0.1:$second" -t $topic -r 4 -w 4
has 'success' "the topic is not made on broker-b"
admin topicRoute -t $topic
has 'broker-b' "the topic is not on broker-b"

recipe 'Retire a broker'
admin wipeWritePerm -b broker-a -n "$namesrv"
has '\] OK, [0-9]+' "the write permission is not wiped"
admin topicRoute -t $topic
grep -A6 '"brokerName":"broker-a"' <<<"$said" | grep -q '"perm":4' || fail "broker-a may still be written"
send_100
grep -q 'broker-a' "$daemons_dir/producer.out" && fail "a message went to broker-a"
until_has "$topic +broker-a" "the group's progress is not shown" consumerProgress -g "$group"
admin addWritePerm -b broker-a -n "$namesrv"
has '\] OK, [0-9]+' "the write permission is not given back"

recipe 'The disk fills up'
admin updateBrokerConfig -b "$broker" -k fileReservedTime -v 24
has 'success' "fileReservedTime is not changed"
admin updateBrokerConfig -b "$broker" -k diskSpaceWarningLevelRatio -v 0
has 'success' "diskSpaceWarningLevelRatio is not changed"
for _ in $(seq 600); do
  grep -qs 'the store takes no messages' "$daemons_dir"/logs/rocketmqlogs/*.log && break
  sleep 0.1
done
grep -hs 'physic disk maybe full soon' "$daemons_dir"/logs/rocketmqlogs/*.log | tail -n 1 | grep . || fail "store.log does not say that the disk is full"
admin updateBrokerConfig -b "$broker" -k diskSpaceWarningLevelRatio -v 90
has 'success' "diskSpaceWarningLevelRatio is not changed back"
admin deleteExpiredCommitLog -b "$broker"
admin getBrokerConfig -b "$broker" >"$daemons_dir/config"
said=$(<"$daemons_dir/config")
has 'fileReservedTime *= *24' "the change is not in the configuration"
grep -qx 'fileReservedTime=24' "$daemons_dir/broker.properties" || fail "the change is not in the file"
admin updateBrokerConfig -b "$broker" -k storePathRootDir -v /tmp
grep -qi 'success' <<<"$said" && fail "a path was changed"

recipe 'A slave becomes the master'
b_port=$(free_ports) || fail "no free port"
b=127.0.0.1:$b_port
a_file=$daemons_dir/broker.properties b_file=$daemons_dir/slave.properties
sed -e "s/^listenPort=.*/listenPort=$b_port/" -e "s|$daemons_dir/store|$daemons_dir/store-slave|g" "$a_file" >"$b_file"
printf '%s\n' "logPath=$daemons_dir/logs-slave" >>"$b_file"
# set_role FILE ROLE ID: as it is typed into the file of the configuration.
set_role() {
  sed -i -e '/^brokerRole=/d' -e '/^brokerId=/d' "$1"
  printf '%s\n' "brokerRole=$2" "brokerId=$3" >>"$1"
}
end_of() { "$bin/mqadmin" brokerStatus -b "$1" | awk '$1 == "commitLogMaxOffset" { print $NF }'; }
# follows SLAVE MASTER: within a minute it has the end of its master's log.
follows() {
  local end
  for _ in $(seq 600); do
    end=$(end_of "$2")
    [[ -n $end && $(end_of "$1") == "$end" ]] && return 0
    sleep 0.1
  done
  fail "$1 does not follow $2"
}
# change_places MASTER_NAME MASTER_FILE SLAVE_NAME SLAVE_FILE SLAVE_LOGS SLAVE MASTER: steps 1 to 5 of the page.
change_places() {
  follows "$6" "$7"
  grep -qs "THIS SLAVE'S LOG IS NOT A PART OF ITS MASTER'S" "$5"/*.log && fail "$3 has another log"
  stop_daemon "$1" || fail "$1 did not stop cleanly"
  stop_daemon "$3" || fail "$3 did not stop cleanly"
  set_role "$4" ASYNC_MASTER 0
  start_daemon "$3" "$bin/mqbroker" -c "$4" || fail "$3 did not start as the master"
  grep -hs "the store was a slave's; it is a master's from now on" "$5/broker.log" | tail -n 1 | grep . || fail "the log does not say that the store was a slave's"
  set_role "$2" SLAVE 1
  start_daemon "$1" "$bin/mqbroker" -c "$2" || fail "$1 did not start as the slave"
  until_has "broker-a +0 +$6 " "$3 is not the master" clusterList
  follows "$7" "$6"
}
set_role "$b_file" SLAVE 1
start_daemon slave "$bin/mqbroker" -c "$b_file" || fail "the slave did not start"
change_places mqbroker "$a_file" slave "$b_file" "$daemons_dir/logs-slave" "$b" "$broker"
send_100
consume_all
change_places slave "$b_file" mqbroker "$a_file" "$daemons_dir/logs/rocketmqlogs" "$broker" "$b"
send_100
consume_all
follows "$b" "$broker"

stop_daemons || { echo "FAILED: a daemon did not stop cleanly"; exit 1; }
echo
echo "PASS recipes"
