#!/usr/bin/env python3
"""Sends damaged frames to running daemons, and asks them all the time whether they still answer.

    daemons.py --seconds N --seed N NAME=HOST:PORT…

The frames are those of tests/vectors/wire and tests/vectors/ha, changed at random. A port named `ha` gets bytes of the
replication. The exit status is 1 when a daemon did not answer; the frames sent to it last are kept then.
"""
import argparse
import json
import pathlib
import random
import select
import socket
import struct
import sys
import time

root = pathlib.Path(__file__).resolve().parent.parent.parent
FRAMES_BETWEEN_CHECKS = 200
CONNECTIONS = 8
KEPT_FRAMES = 400
ANSWER_SECONDS = 30
# GET_BROKER_RUNTIME_INFO, GET_ALL_TOPIC_LIST_FROM_NAMESERVER, and what no server knows: an answer all the same.
QUESTIONS = {"broker": 28, "namesrv": 206}
UNKNOWN_CODE = 60_000


def frame_of(header, body=b""):
    return struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body


def golden_frames():
    lines = (root / "tests" / "vectors" / "wire" / "frames.jsonl").read_text().splitlines()
    return [bytes.fromhex(json.loads(line)["hex"]) for line in lines]


def change_bytes(rng, data):
    """One to eight small changes anywhere."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(6)
        if kind == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at] = rng.choice(b"\x00\xff\x7f\x80{}[]\",:0-")
        elif kind == 2:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 16)))
        elif kind == 3:
            del data[at:at + rng.randint(1, 16)]
        elif kind == 4 and len(data) >= 4:
            at = rng.randrange(len(data) - 3)
            data[at:at + 4] = struct.pack(">I", rng.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000)))
        elif data:
            piece = data[at:at + rng.randint(1, 64)]
            data[at:at] = piece * rng.randint(1, 4)
    return bytes(data)


def change_fields(rng, header):
    """Another code or other values in a JSON header."""
    try:
        tree = json.loads(header)
    except ValueError:
        return change_bytes(rng, header)
    if rng.random() < 0.3:
        tree["code"] = rng.choice((rng.randrange(0, 400), rng.randrange(-10, 70_000), 2**31 - 1))
    fields = tree.setdefault("extFields", {})
    for key in list(fields):
        if rng.random() < 0.2:
            fields[key] = rng.choice(("", "-1", "0", "2147483647", "9223372036854775807", "-9223372036854775808", "%n%s",
                                      "../../x", "\u0000", "A" * rng.choice((10, 300, 40_000)), fields[key] * 2))
        elif rng.random() < 0.05:
            del fields[key]
    return json.dumps(tree).encode()


def mutate(rng, frame):
    header_bytes = struct.unpack(">I", frame[4:8])[0] & 0xFFFFFF
    kind, header, body = frame[4], frame[8:8 + header_bytes], frame[8 + header_bytes:]
    choice = rng.random()
    if choice < 0.15:
        return change_bytes(rng, frame)
    if choice < 0.55:
        header = change_fields(rng, header) if kind == 0 else change_bytes(rng, header)
    elif choice < 0.85:
        body = change_bytes(rng, body)
    else:
        body = body[:rng.randrange(len(body) + 1)]
    return struct.pack(">IBBH", 4 + len(header) + len(body), kind, len(header) >> 16 & 0xFF, len(header) & 0xFFFF) + header + body


def replication_bytes(rng):
    reports = [rng.choice((0, 1, -1, 262_144, 2**63 - 1, rng.randrange(2**40))) for _ in range(rng.randint(1, 6))]
    return change_bytes(rng, b"".join(struct.pack(">q", report) for report in reports))


class Target:
    """One port: connections to it, and what was sent last."""

    def __init__(self, name, host, port):
        self.name, self.address = name, (host, port)
        self.connections, self.sent, self.count = [], [], 0

    def connection(self, rng):
        if self.connections and rng.random() < 0.02:  # one may wait for the end of a frame forever
            self.connections.pop(0).close()
        if len(self.connections) < CONNECTIONS:
            link = socket.create_connection(self.address, ANSWER_SECONDS)
            link.setblocking(False)
            self.connections.append(link)
        return rng.choice(self.connections)

    def send(self, rng, data):
        self.sent = self.sent[-KEPT_FRAMES:] + [data]
        self.count += 1
        link = self.connection(rng)
        try:
            if not select.select([], [link], [], 0.05)[1]:
                raise ConnectionError  # a frame that promises more bytes than will come, or answers that are not read
            link.send(data)
            if select.select([link], [], [], 0)[0] and not link.recv(1 << 20):
                raise ConnectionError
        except BlockingIOError:
            pass
        except OSError:
            self.connections.remove(link)
            link.close()

    def answers(self):
        """Whether a new connection gets an answer."""
        if self.name == "ha":
            return True  # it answers slaves that are allowed only; the broker's own port tells whether it lives
        opaque = 4_711
        header = json.dumps({"code": QUESTIONS.get(self.name, UNKNOWN_CODE), "flag": 0, "language": "JAVA", "opaque": opaque,
                             "version": 401}).encode()
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            with socket.create_connection(self.address, ANSWER_SECONDS) as link:
                link.sendall(frame_of(header))
                received = b""
                while time.monotonic() < deadline:
                    link.settimeout(max(0.1, deadline - time.monotonic()))
                    piece = link.recv(65_536)
                    if not piece:
                        return False
                    received += piece
                    if f'"opaque":{opaque}'.encode() in received.replace(b" ", b""):
                        return True
        except OSError as reason:
            print(f"{self.name}: {reason}")
        return False


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=30)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    arguments.add_argument("--keep", default="daemon-frames.hex", help="where the last frames are kept")
    arguments.add_argument("targets", nargs="+", metavar="NAME=HOST:PORT")
    given = arguments.parse_args()
    targets = []
    for target in given.targets:
        name, address = target.split("=")
        host, port = address.rsplit(":", 1)
        targets.append(Target(name, host, int(port)))
    rng = random.Random(given.seed)
    frames = golden_frames()
    print(f"seed {given.seed}", flush=True)
    end = time.monotonic() + given.seconds
    while time.monotonic() < end:
        for target in targets:
            for _ in range(FRAMES_BETWEEN_CHECKS):
                if time.monotonic() >= end:
                    break
                data = replication_bytes(rng) if target.name == "ha" else mutate(rng, rng.choice(frames))
                try:
                    target.send(rng, data)
                except OSError as reason:
                    print(f"{target.name}: {reason}")
                    break
        for target in targets:
            if target.answers():
                continue
            pathlib.Path(given.keep).write_text("\n".join(data.hex() for data in target.sent) + "\n")
            print(f"FAIL {target.name} does not answer; the frames sent to it last are in {given.keep}")
            return 1
    for target in targets:
        print(f"PASS {target.name} answers after {target.count} frames")
    return 0


sys.exit(main())
