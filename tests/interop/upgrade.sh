#!/usr/bin/env bash
# The way from a Java broker to ours and back, on the directories that Java brokers wrote (tests/vectors/store): ours starts in
# place, has every message and offset, and takes more; an independent decoder reads what it leaves behind; where Maven has them,
# the published Java broker 5.5.0 starts on that, and ours again after it.
#   upgrade.sh BIN_DIR
# Exit status: 0 everything was there each time, 1 not so.
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vectors=$here/../vectors/store
# shellcheck source=tests/interop/processes.sh
. "$here/processes.sh"
stop_broker() { end TERM broker; }

# The published broker, when it is to be had.
with_java=
if command -v mvn >/dev/null && command -v java >/dev/null; then
  # shellcheck source=tests/interop/java_common.sh
  . "$here/java_common.sh"
  class_path java-servers-5 && with_java=yes
fi
[[ -n $with_java ]] || echo "the Java broker 5.5.0 is not installed: the way back is checked by the decoder only"
mkdir "$work/home"
export HOME=$work/home

# As a Java broker leaves its file after updateBrokerConfig: with keys that ours has no use for.
configure() {
  cat >"$work/broker.properties" <<CONF
brokerClusterName=GoldCluster
brokerName=gold-a
brokerId=0
listenPort=$port
brokerIP1=127.0.0.1
brokerIP2=127.0.0.1
bindAddress=127.0.0.1
storePathRootDir=$work/store
storePathCommitLog=$work/store/commitlog
mappedFileSizeCommitLog=262144
mappedFileSizeConsumeQueue=200
maxHashSlotNum=40
maxIndexNum=60
transactionCheckInterval=3600000
fileReservedTime=876000
diskMaxUsedSpaceRatio=95
timerWheelEnable=false
sendMessageThreadPoolNums=4
useEpollNativeSelector=false
brokerFastFailureEnable=false
CONF
}
start_ours() {
  launch broker "$bin/mqbroker" -c "$work/broker.properties"
  booted broker || fail "our broker did not start"
}
start_java() {
  launch broker java_server 5 broker.BrokerStartup -c "$work/broker.properties"
  booted broker || fail "the Java broker did not start"
}

# check ARCHIVE SENT…: every message that the archive's table has for GoldTopicA, then the bodies SENT, are in its queues, and the
# group's offsets are those that the Java broker stored. send BODY: into queue 0. Both speak with the broker on $port.
client() {
  python3 - "$port" "$vectors" "$work" "$@" <<'PY'
import json, os, re, socket, struct, sys, time, zlib
port, vectors, work, what, *arguments = sys.argv[1:]
connection = socket.create_connection(("127.0.0.1", int(port)), 30)
stream = connection.makefile("rb")

def ask(code, fields, body=b""):
    header = json.dumps({"code": code, "language": "OTHER", "version": 0, "opaque": 1, "flag": 0, "extFields": fields}).encode()
    connection.sendall(struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body)
    size = struct.unpack(">I", stream.read(4))[0]
    answer = stream.read(size)
    length = struct.unpack(">I", answer[:4])[0] & 0xFFFFFF
    return json.loads(answer[4:4 + length]), answer[4 + length:]

def bodies_of(records):
    at = 0
    while at < len(records):
        size, = struct.unpack_from(">i", records, at)
        flags, = struct.unpack_from(">i", records, at + 36)
        body_at = at + 40 + 8 + (20 if flags & 16 else 8) + 8 + (20 if flags & 32 else 8) + 12
        length, = struct.unpack_from(">i", records, body_at)
        yield records[body_at + 4:body_at + 4 + length].decode()
        at += size

def pull_all(queue, count):
    found, until = [], time.monotonic() + 60
    while len(found) < count and time.monotonic() < until:
        answer, records = ask(11, {"consumerGroup": "CheckGroup", "topic": "GoldTopicA", "queueId": queue, "queueOffset": len(found),
                                   "maxMsgNums": 32, "sysFlag": 4, "commitOffset": 0, "suspendTimeoutMillis": 0, "subscription": "*",
                                   "subVersion": 0})
        if answer["code"] == 0: found += list(bodies_of(records))
        else: time.sleep(0.1)
    return found

if what == "send":
    until = time.monotonic() + 60
    while True:
        answer, _ = ask(10, {"producerGroup": "CheckProducer", "topic": "GoldTopicA", "defaultTopic": "TBW102",
                             "defaultTopicQueueNums": 4, "queueId": 0, "sysFlag": 0, "bornTimestamp": int(time.time() * 1000),
                             "flag": 0, "properties": "", "reconsumeTimes": 0, "unitMode": "false", "batch": "false"},
                        arguments[0].encode())
        # It stores nothing then, on a machine that is short of processors.
        if "busy" not in (answer.get("remark") or "") or time.monotonic() > until: break
        time.sleep(0.2)
    sys.exit(answer["code"] and f"send: {answer}")

archive, *sent = arguments
rows = [line.rstrip("\n").split("\t") for line in open(f"{vectors}/messages.tsv") if line.startswith(archive + "\t")]
for queue in ("0", "1"):
    count = sum(row[3] == "GoldTopicA" and row[4] == queue for row in rows)
    wanted = sent if queue == "0" else []
    found = pull_all(queue, count + len(wanted))
    if len(found) != count + len(wanted) or found[count:] != wanted:
        sys.exit(f"GoldTopicA queue {queue}: {len(found)} messages, expected {count} and then {wanted}; the last are {found[-4:]}")
    if not found[0].startswith("A-body-"): sys.exit(f"GoldTopicA queue {queue} begins with {found[0]}")
# Java writes the numbers of queues without quotes.
group = re.search(r'"GoldTopicA@GoldGroup":\{([^}]*)\}', open(f"{work}/offsets.json").read()).group(1)
stored = {queue: int(offset) for queue, offset in re.findall(r'(\d+)"?:(\d+)', group)}
if not stored: sys.exit("the Java broker stored no offsets")
for queue, offset in stored.items():
    answer, _ = ask(14, {"consumerGroup": "GoldGroup", "topic": "GoldTopicA", "queueId": int(queue)})
    if answer["code"] != 0 or int(answer["extFields"]["offset"]) != offset:
        sys.exit(f"the offset of GoldGroup in queue {queue} was {offset}: {answer}")
PY
}
check() { client check "$@" || fail "$*"; }
send() { client send "$1" || fail "sending $1"; }
# The independent decoder: every record, queue entry and index entry of what is in the directory.
decode() {
  python3 "$vectors/dumpstore.py" "$work/store" >"$work/dump.out" 2>&1 || { tail -n 5 "$work/dump.out"; fail "the decoder reads no store"; }
  grep -qE 'MISMATCH|INDEX MISS' "$work/dump.out" && { grep -E 'MISMATCH|INDEX MISS' "$work/dump.out" | head -n 5; fail "the decoder: $1"; }
  grep -q ' OK$' "$work/dump.out" || fail "the decoder found no record"
}

take_port port
for archive in store-java-4.9.8-clean store-java-4.9.8-killed store-java-5.3.3-clean; do
  rm -rf "$work/store"
  tar -xzf "$vectors/$archive.tar.gz" -C "$work" || fail "$archive cannot be unpacked"
  cp "$work/store/config/consumerOffset.json" "$work/offsets.json"
  configure
  start_ours
  check "$archive"
  for body in one two three; do send "$body"; done
  check "$archive" one two three
  stop_broker || fail "our broker did not stop cleanly"
  decode "after ours on $archive"
  [[ ! -e $work/store/abort ]] || fail "abort is still there"
  if [[ -n $with_java && $archive == *-clean ]]; then
    start_java
    check "$archive" one two three
    send four
    stop_broker
    start_ours
    check "$archive" one two three four
    stop_broker || fail "our broker did not stop cleanly"
    echo "$archive: there, to the Java broker 5.5.0 and back again"
  else
    echo "$archive: there; the decoder reads what ours leaves"
  fi
done
