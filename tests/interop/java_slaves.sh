#!/usr/bin/env bash
# Our slave beside a published Java master, and the reverse: what travels besides the log.
#   java_slaves.sh BIN_DIR        BIN_DIR holds mqnamesrv and mqbroker
# Exit status: 0 all tables arrive, 1 something failed, 77 skipped because Java, Maven or the brokers' jars are not there.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=tests/interop/java_common.sh
. "$here/java_common.sh"
resolve java-servers-3
resolve java-servers-5
export HOME=$work

# configure NAME PORT ROLE ID: the configuration of one broker of the pair.
configure() {
  mkdir -p "$work/$1"
  cat >"$work/$1/broker.properties" <<END
brokerName=broker-a
brokerClusterName=DefaultCluster
brokerIP1=127.0.0.1
brokerIP2=127.0.0.1
listenPort=$2
haListenPort=$(($2 + 1))
namesrvAddr=127.0.0.1:$namesrv_port
brokerRole=$3
brokerId=$4
storePathRootDir=$work/$1/store
storePathCommitLog=$work/$1/store/commitlog
mapedFileSizeCommitLog=16777216
mappedFileSizeCommitLog=16777216
END
}

# run NAME RELEASE: our broker, or the published one of that release, until it has booted.
run() {
  if [ "$2" = ours ]; then
    launch "$1" "$bin/mqbroker" -c "$work/$1/broker.properties"
  else
    launch "$1" java_server "$2" broker.BrokerStartup -c "$work/$1/broker.properties" -n "127.0.0.1:$namesrv_port"
  fi
  booted "$1"
}

# fill PORT: a topic, a group, messages, a delayed message and an offset for the master on that port.
fill() {
  python3 - "$1" <<'PY'
import json, socket, struct, sys, time

def asked(code, ext, body):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as s:
        s.settimeout(30)
        head = json.dumps({"code": code, "language": "JAVA", "version": 401, "opaque": 1, "flag": 0,
                           "extFields": {name: str(value) for name, value in ext.items()}}).encode()
        s.sendall(struct.pack(">ii", 4 + len(head) + len(body), len(head)) + head + body)
        answer = s.makefile("rb")
        size, = struct.unpack(">i", answer.read(4))
        frame = answer.read(size)
        head_size = struct.unpack(">i", frame[:4])[0] & 0xFFFFFF
        return json.loads(frame[4:4 + head_size])

# A broker that has just begun, or is short of a processor, refuses what it accepts a moment later ("broker busy").
def ask(code, ext, body=b""):
    until = time.monotonic() + 120
    while True:
        try:
            reply = asked(code, ext, body)
        except (OSError, struct.error, ValueError) as error:
            reply = {"code": -1, "remark": repr(error)}
        if reply["code"] == 0:
            return
        if time.monotonic() > until:
            sys.exit("request %d: %s" % (code, reply))
        time.sleep(0.2)

ask(17, {"topic": "Orders", "defaultTopic": "TBW102", "readQueueNums": 3, "writeQueueNums": 3, "perm": 6,
         "topicFilterType": "SINGLE_TAG", "topicSysFlag": 0, "order": "false"})
ask(200, {}, json.dumps({"groupName": "payers", "retryMaxTimes": 7}).encode())
for n, properties in enumerate([""] * 9 + ["DELAY\x011\x02UNIQ_KEY\x01KEY\x02"]):
    ask(10, {"producerGroup": "p", "topic": "Orders", "defaultTopic": "TBW102", "defaultTopicQueueNums": 4, "queueId": n % 3,
             "sysFlag": 0, "bornTimestamp": int(time.time() * 1000), "flag": 0, "properties": properties, "reconsumeTimes": 0,
             "unitMode": "false"}, b"body")
ask(15, {"consumerGroup": "payers", "topic": "Orders", "queueId": 0, "commitOffset": 2})
PY
}

# has_tables NAME: until the slave has saved what its master has; false after four minutes, since 5.x begins after one. A delayed
# message that was sent twice, because a reply was late, is as good as one.
has_tables() {
  local config=$work/$1/store/config
  for _ in $(seq 1200); do
    grep -q '"Orders"' "$config/topics.json" 2>/dev/null && grep -q '"payers"' "$config/subscriptionGroup.json" 2>/dev/null &&
      tr -d ' \n\t"' <"$config/consumerOffset.json" 2>/dev/null | grep -q 'Orders@payers:{0:2}' &&
      tr -d ' \n\t"' <"$config/delayOffset.json" 2>/dev/null | grep -qE '\{1:[1-9]' && return 0
    sleep 0.2
  done
  echo "$1 lacks a table of its master:"; tail -n 30 "$config"/*.json "$work/$1.out"
  return 1
}

failed=0
for release in 3 5; do
  for java_is in master slave; do
    take_port namesrv_port
    take_port master_port
    take_port slave_port
    name=$release-$java_is
    printf 'listenPort=%s\n' "$namesrv_port" >"$work/ns-$name.properties"
    launch "ns-$name" "$bin/mqnamesrv" -c "$work/ns-$name.properties"
    booted "ns-$name" || exit 1
    configure "m-$name" "$master_port" ASYNC_MASTER 0
    configure "s-$name" "$slave_port" SLAVE 1
    if [ $java_is = master ]; then master=$release slave=ours; else master=ours slave=$release; fi
    run "m-$name" $master || exit 1
    fill "$master_port" || exit 1
    run "s-$name" $slave || exit 1
    if has_tables "s-$name"; then echo "release $release.x as $java_is: ok"; else failed=1; fi
    stop_pids
  done
done
exit $failed
