#!/usr/bin/env python3
"""Writes first inputs for the fuzzing targets: seeds.py FOLDER makes FOLDER/TARGET/NAME.

They come from tests/vectors (what published clients and servers sent and stored) and from conf/.
"""
import hashlib
import io
import json
import pathlib
import struct
import sys
import tarfile

root = pathlib.Path(__file__).resolve().parent.parent.parent
vectors = root / "tests" / "vectors"
# Larger ones make the fuzzer slow, and find no more.
SEED_BYTES_MAX = 16 * 1024

# Request codes of which the body is JSON, by the targets that read it.
REQUEST_BODIES = {34: ("heartbeat", b""), 103: ("register_broker", b"\0"), 41: ("server_bodies", b"l"),
                  42: ("server_bodies", b"l"), 200: ("server_bodies", b"c"), 322: ("server_bodies", b"v"),
                  401: ("server_bodies", b"m")}
# The same of answers, by the request's code.
ANSWER_BODIES = {105: ("answer_bodies", b"r"), 106: ("answer_bodies", b"c"), 206: ("answer_bodies", b"t"),
                 202: ("answer_bodies", b"s"), 208: ("answer_bodies", b"u"), 38: ("answer_bodies", b"i"),
                 41: ("answer_bodies", b"k"), 203: ("answer_bodies", b"C"), 204: ("answer_bodies", b"p"),
                 300: ("answer_bodies", b"g"), 315: ("answer_bodies", b"b"), 321: ("answer_bodies", b"q"),
                 317: ("answer_bodies", b"B"), 222: ("answer_bodies", b"o"), 21: ("server_bodies", b"t"),
                 201: ("server_bodies", b"g"), 219: ("server_bodies", b"k"), 307: ("server_bodies", b"r")}
PULL_CODE = 11


def add(folder, target, content):
    """Keeps an input under the name of its content."""
    if len(content) > SEED_BYTES_MAX:
        return
    place = folder / target
    place.mkdir(parents=True, exist_ok=True)
    (place / hashlib.sha1(content).hexdigest()[:16]).write_bytes(content)


def add_frames(folder):
    for line in (vectors / "wire" / "frames.jsonl").read_text().splitlines():
        entry = json.loads(line)
        frame = bytes.fromhex(entry["hex"])
        add(folder, "frame", frame)
        header_bytes = struct.unpack(">I", frame[4:8])[0] & 0xFFFFFF
        header, body = frame[8:8 + header_bytes], frame[8 + header_bytes:]
        add(folder, "json_header" if entry["encoding"] == "json" else "binary_header", header)
        if body.startswith((b"{", b"[")):
            add(folder, "json", body)
        fields = entry["header"].get("extFields") or {}
        text = b"".join(f"{key}\x01{value}\x02".encode() for key, value in fields.items())
        if fields:
            # Any type: the fuzzer finds the one that takes these fields.
            add(folder, "request_header", bytes([entry["id"] % 57]) + text)
            for value in fields.values():
                add(folder, "addresses", str(value).encode())
            for name in ("properties", "i"):
                if name in fields:
                    add(folder, "properties", fields[name].encode())
            for name in ("subscription", "tags"):
                if name in fields:
                    add(folder, "tags", fields[name].encode())
        known = REQUEST_BODIES.get(entry["code"]) if entry["kind"] != "response" else \
            ANSWER_BODIES.get(entry["request_code"])
        if known and body:
            add(folder, known[0], known[1] + body)
        if entry["kind"] == "response" and entry["request_code"] == PULL_CODE and body:
            add(folder, "message_record", body)
            add(folder, "filter_records", b"\0\x10" + body)
        if entry["code"] == 320 and entry["kind"] != "response":
            add(folder, "batch", b"\0" + body)


def log_records(log):
    """The records at the front of a log, whole."""
    at = 0
    while at + 8 <= len(log):
        size, magic = struct.unpack(">iI", log[at:at + 8])
        if magic not in (0xDAA320A7, 0xDAA320AB) or size <= 0:
            return
        yield log[at:at + size]
        at += size


def add_store(folder, archive):
    with tarfile.open(archive) as files:
        for member in files:
            if not member.isfile():
                continue
            content = files.extractfile(member).read()
            name = member.name
            if "/commitlog/" in name:
                records = list(log_records(content))
                add(folder, "commit_log", b"\0" + content[:4096])
                add(folder, "commit_log", b"\3" + b"".join(records[:8]))
                for record in records[::5]:
                    add(folder, "message_record", record)
                    add(folder, "filter_records", b"\1\1" + record)
                for record in records:
                    add(folder, "properties", record[-200:])
            elif "/consumequeue/" in name:
                add(folder, "consume_queue", b"\0" + bytes(8) + content[:640])
            elif "/index/" in name:
                add(folder, "index_file", b"\1" + struct.pack(">q", 1_700_000_000_000) + content[:72] + content[200:520])
            elif name.endswith("/checkpoint"):
                add(folder, "checkpoint", b"\0" + content)
            elif name.endswith(".json") or name.endswith(".json.bak"):
                kind = {"topics": b"t", "subscriptionGroup": b"g", "consumerOffset": b"o",
                        "consumerFilter": b"f"}.get(pathlib.Path(name).name.split(".")[0])
                add(folder, "json", content)
                if kind:
                    add(folder, "table_files", kind + content)


def add_made(folder):
    """What no vector has."""
    checkpoint = bytearray(4096)
    struct.pack_into(">3q", checkpoint, 0, 1, 2, 3)
    struct.pack_into(">4q", checkpoint, 1024, 0x524D512D43505031, 1, 2, 3)
    struct.pack_into(">q", checkpoint, 2048, 0x524D512D43505032)
    add(folder, "checkpoint", b"\1" + bytes(checkpoint))
    add(folder, "table_files", b'k{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"broker-a:4"}}}')
    add(folder, "table_files", b'f{"filterDataByTopic":{"T":{"groupFilterData":{"G":{"expression":"a > 5",'
                               b'"expressionType":"SQL92","bornTime":1,"deadTime":0,"clientVersion":1}},"topic":"T"}}}')
    head = struct.pack(">qi", 4096, 20)
    add(folder, "ha_slave", b"\5" + struct.pack(">q", 4096) + head + b"x" * 20 + struct.pack(">qi", 4116, 0))
    add(folder, "ha_master", b"\4\1\x10" + struct.pack(">4q", 0, 262144, 300000, 524288))
    property_text = b"TAGS\x01TagA\x02KEYS\x01k1\x02DELAY\x013\x02WAIT\x01false\x02"
    add(folder, "properties", property_text)
    entry = struct.pack(">iiiii", 22 + 5 + len(property_text), 0, 0, 0, 5) + b"hello"
    entry += struct.pack(">h", len(property_text)) + property_text
    add(folder, "batch", b"KEYS\x01k\x02\0" + entry + entry)
    add(folder, "filter_upload", b"-----BEGIN PUBLIC KEY-----\n"
        b"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n\0"
        b"#rmq-filter sql92\na > 3 AND b IN ('x', 'y')\n# rmq-signature " + b"A" * 86 + b"==\n")
    for tag_expression in (b"*", b"TagA || TagB", b" a||b || ", b"||"):
        add(folder, "tags", tag_expression)
    account = (b"accounts:\n- accessKey: RocketMQ\n  secretKey: 12345678\n  whiteRemoteAddress: 192.168.0.*\n"
               b"  admin: false\n  defaultTopicPerm: DENY\n  defaultGroupPerm: SUB\n  topicPerms:\n  - topicA=DENY\n"
               b"  - topicB=PUB|SUB\n  groupPerms:\n  - groupA=SUB\n")
    addresses = b"globalWhiteRemoteAddresses:\n- 10.10.103.*\n- 192.168.0.{1,2}\n- 10.1-5.*\n"
    add(folder, "acl", b"RocketMQ\0topicA=PUB,topicB=SUB\0" + addresses + account)
    add(folder, "acl", b"another\0" + b"10.{1,2}.3-4.*\0" + account)
    add(folder, "tools_yml", b"accessKey: rocketmq2\nsecretKey: '12345678'\nsecurityToken: t\n")
    for address in (b"10.0.0.1:10911", b"[::1]:9876", b"10.0.0.0/8;fd00::/8;127.0.0.1", b"1s 5s 10s 1m 2h 3d",
                    b"a:9876;b:9876", b"7F00000100002A9F0000000000000123", b"%RETRY%group-a_1"):
        add(folder, "addresses", address)
    add(folder, "mqadmin", b"-t\0TopicTest\0-b\0127.0.0.1:10911\0--queueNum=8\0-o\0true")
    add(folder, "mqadmin", b"2026-01-31#23:59:59:999")
    trace = "\x01".join(["Pub", "1700000000000", "region", "group", "T", "AC11000115", "TagA", "k", "10.0.0.1:1", "5",
                         "3", "0", "id", "true"]) + "\x02"
    trace += "\x01".join(["SubBefore", "1700000000000", "r", "group", "req", "AC11000115", "0", "k"]) + "\x02"
    trace += "\x01".join(["SubAfter", "req", "AC11000115", "5", "true", "k", "0", "1700000000005", "group"]) + "\x02"
    add(folder, "mqadmin", trace.encode())
    add(folder, "worker_frames", struct.pack("<I", 5) + b"group" + struct.pack("<I", 1) + b"T" +
        struct.pack("<I", 1) + b"C" + struct.pack("<I", 4) + b"text")
    add(folder, "worker_frames", struct.pack("<IIQIQQQQIIIIIIII", 1, 0, 1 << 26, 1, 5, 64, 0, 0, 5000, 0, 0, 0, 0, 0, 0, 0)[:88])


def add_compressed(folder):
    import zlib
    add(folder, "compressed_body", b"z" + zlib.compress(b"hello " * 40))
    # Frames as the tools lz4 and zstd write them.
    add(folder, "compressed_body", b"l" + bytes.fromhex("04224d186440a70b0000806" + "8656c6c6f20776f726c6400000000"))
    add(folder, "compressed_body", b"s" + bytes.fromhex("28b52ffd200b59000068656c6c6f20776f726c64"))
    body = {"topicConfigTable": {"T": {"topicName": "T", "readQueueNums": 4, "writeQueueNums": 4, "perm": 6}}}
    add(folder, "register_broker", b"\0" + json.dumps({"topicConfigSerializeWrapper": body, "filterServerList": []}).encode())
    version = json.dumps({"counter": 1, "timestamp": 2}).encode()
    config = b"T 8 8 6 SINGLE_TAG"
    packed = struct.pack(">i", len(version)) + version + struct.pack(">i", 1) + struct.pack(">i", len(config)) + config
    packed += struct.pack(">i", 2) + b"[]"
    add(folder, "register_broker", b"\1" + zlib.compress(packed))


def add_expressions(folder):
    rows = (vectors / "sql" / "expressions.tsv").read_text().splitlines()[1:]
    properties = b"a\x011\x02b\x01abc\x02c\x011.5\x02d\x01true\x02big\x019007199254740993\x02nan\x01NaN\x02neg\x01-3\x02"
    for number, row in enumerate(rows):
        expression = row.split("\t")[1].encode().decode("unicode_escape", "replace").encode("utf-8", "replace")
        add(folder, "sql92", bytes([number & 1]) + expression + b"\0" + properties)
    add(folder, "sql92", b"\1a + 3 * -b % 5 / 2 > 7\0" + properties)


def main():
    folder = pathlib.Path(sys.argv[1])
    add_frames(folder)
    for archive in sorted((vectors / "store").glob("*.tar.gz")):
        add_store(folder, archive)
    with tarfile.open(vectors / "ha" / "streams.tar.gz") as streams:
        for member in streams:
            if not member.isfile():
                continue
            content = streams.extractfile(member).read()
            if "master" in member.name:
                add(folder, "ha_slave", b"\x20" + content[:8] + content[:8000])
            else:
                add(folder, "ha_master", b"\4\1\0" + content[:800])
    for kind, pattern in ((b"b", "conf/**/broker*"), (b"n", "conf/namesrv*"), (b"f", "conf/filter*")):
        for file in root.glob(pattern):
            add(folder, "config_file", kind + file.read_bytes())
    add_made(folder)
    add_compressed(folder)
    add_expressions(folder)


main()
