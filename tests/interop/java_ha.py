"""What the tests with Java brokers as replication peers ask brokers and read from their disks. Times out after five minutes.

    java_ha.py same MASTER_PORT MASTER_STORE SLAVE_PORT SLAVE_STORE FILE_BYTES   the logs become the same, to the byte
    java_ha.py tables MASTER_PORT SLAVE_PORT SLAVE_STORE TOPIC GROUP    the slave's topics, groups and progress become its master's
"""

import json
import re
import socket
import struct
import sys
import time


def ask(port, code, **fields):
    header = {"code": code, "language": "OTHER", "version": 0, "opaque": 1, "flag": 0, "extFields": fields}
    text = json.dumps(header).encode()
    with socket.create_connection(("127.0.0.1", port), 3) as connection:
        connection.settimeout(5)
        connection.sendall(struct.pack(">II", 4 + len(text), len(text)) + text)
        stream = connection.makefile("rb")
        size = struct.unpack(">I", stream.read(4))[0]
        frame = stream.read(size)
    head = struct.unpack(">I", frame[:4])[0] & 0xFFFFFF
    return json.loads(frame[4 : 4 + head]), frame[4 + head :].decode("utf-8", "replace")


class NotYet(Exception):
    """A broker that has just begun, or a busy one, has replied something else than it will."""


def figure(port, name):
    # 3.2.6 replies with an error until it has sampled its statistics for the first time.
    header, body = ask(port, 28)
    found = re.search(f'"{name}":"([^"]*)"', body)
    if not found:
        raise NotYet(f"the broker at {port} has no {name}: {header} {body}")
    return found.group(1)


def log_of(store, end, file_bytes):
    log = b""
    for base in range(0, end, file_bytes):
        with open(f"{store}/commitlog/{base:020}", "rb") as file:
            log += file.read(min(file_bytes, end - base))
    return log


def eventually(what):
    """Until `what` returns nothing; else what it has returned at last is the reason."""
    until = time.monotonic() + 300
    while True:
        try:
            reason = what()
        except (NotYet, OSError, struct.error, ValueError) as error:
            reason = repr(error)
        if reason is None:
            return
        if time.monotonic() > until:
            sys.exit(f"java_ha: {reason}")
        time.sleep(0.2)


def same(master, master_store, slave, slave_store, file_bytes):
    def compare():
        end = int(figure(int(master), "commitLogMaxOffset"))
        has = int(figure(int(slave), "commitLogMaxOffset"))
        if has != end:
            return f"the slave's log ends at {has}, the master's at {end}"
        theirs, ours = (log_of(store, end, int(file_bytes)) for store in (master_store, slave_store))
        if theirs != ours:
            shorter = min(len(theirs), len(ours))
            differs = next((i for i in range(shorter) if theirs[i] != ours[i]), shorter)
            sys.exit(f"java_ha: the logs differ at {differs} of {end}")
        print(f"  {end} bytes, the same")
        return None

    eventually(compare)


def delay_offsets(text):
    return sorted(re.findall(r'"?(\d+)"?\s*:\s*(\d+)', text.split("offsetTable")[-1].split("}")[0]))


def tables(master, slave, slave_store, topic, group):
    def compare():
        for port in (int(master), int(slave)):
            if f'"{topic}"' not in ask(port, 21)[1]:
                return f"the broker at {port} has no topic {topic}"
            if f'"{group}"' not in ask(port, 201)[1]:
                return f"the broker at {port} has no group {group}"
        for queue in range(4):
            progress = [
                (ask(int(port), 14, topic=topic, consumerGroup=group, queueId=str(queue))[0].get("extFields") or {}).get("offset")
                for port in (master, slave)
            ]
            if progress[0] is None or progress[0] != progress[1]:
                return f"progress in queue {queue}: {progress[0]} at the master, {progress[1]} at the slave"
        # A slave keeps them in its file for the day on which it is a master, and delivers nothing.
        with open(f"{slave_store}/config/delayOffset.json", encoding="utf-8") as file:
            delays = [delay_offsets(ask(int(master), 45)[1]), delay_offsets(file.read())]
        if not delays[0] or delays[0] != delays[1]:
            return f"progress of delayed messages: {delays[0]} at the master, {delays[1]} at the slave"
        return None

    eventually(compare)


{"same": same, "tables": tables}[sys.argv[1]](*sys.argv[2:])
