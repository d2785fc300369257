#!/usr/bin/env python3
"""How honest clients fare while others flood a broker.

  tests/bench/flood.py --bin build/release/bin [--loadgen build/release/tests/bench/loadgen]
                       [--seconds 20] [--connections 500] [--rate 2000] [--attacks idle,half-open,unread,garbage]

Starts a broker on a free port of this machine with a store below a temporary directory, and drives it with loadgen from
--connections connections at --rate messages a second, and with one consumer: calm, then under each attack. Prints a row for each: p50
and p99 of sends and of pulls, p99 in proportion to calm, sends that were refused, and the broker's memory without mapped files.
Attackers are processes of their own and come from 127.0.0.2 to 127.0.0.5; --attack runs one alone, against --port.

  idle        10,000 connections that have asked once and are silent
  half-open    1,000 connections that never send anything
  unread       1,000 connections that ask for messages and never read
  garbage      200 MB/s of bytes that are no requests

A process may have `ulimit -n` files: an attack that needs more is made smaller, and says so. Needs Python 3.8 and Linux.
"""

import argparse
import json
import os
import pathlib
import resource
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ATTACKS = {"idle": 10_000, "half-open": 1_000, "unread": 1_000, "garbage": 200}
TOPIC = "Flood"


def frame(code, fields, body=b""):
    header = json.dumps({"code": code, "language": "CPP", "version": 317, "opaque": 1, "flag": 0, "extFields": fields}).encode()
    return struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body


GET_MAX_OFFSET = frame(30, {"topic": TOPIC, "queueId": "0"})


def pull_request(queue):
    return frame(11, {"consumerGroup": "flood", "topic": TOPIC, "queueId": str(queue), "queueOffset": "0", "maxMsgNums": "32",
                      "sysFlag": "4", "commitOffset": "0", "suspendTimeoutMillis": "0", "subVersion": "0", "subscription": "*"})


def files_allowed():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connect(port, number=0, receive_bytes=0):
    """From an address of its own, so that ports do not run out."""
    link = socket.socket()
    if receive_bytes:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    link.bind((f"127.0.0.{2 + number % 4}", 0))
    link.connect(("127.0.0.1", port))
    return link


# --- attacks: each says "ready" when it is under way, and ends when it is ended ---


def hold(port, count, first_bytes, receive_bytes=0):
    links = [connect(port, k, receive_bytes) for k in range(count)]
    for link in links:
        if first_bytes:
            link.sendall(first_bytes)
    return links


def open_again(port, links, first_bytes):
    """Reads what comes, and opens again what the broker closes."""
    watch = selectors.DefaultSelector()
    for k, link in enumerate(links):
        watch.register(link, selectors.EVENT_READ, k)
    print("ready", flush=True)
    while True:
        for key, _ in watch.select(1):
            try:
                if key.fileobj.recv(65536):
                    continue
            except OSError:
                pass
            watch.unregister(key.fileobj)
            key.fileobj.close()
            time.sleep(0.001)
            link = connect(port, key.data)
            if first_bytes:
                link.sendall(first_bytes)
            watch.register(link, selectors.EVENT_READ, key.data)


def never_read(port, links, first_bytes):
    """Opens again what the broker closes, which is seen by asking once more."""
    print("ready", flush=True)
    while True:
        time.sleep(1)
        for k, link in enumerate(links):
            try:
                link.send(first_bytes, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except OSError:
                link.close()
                links[k] = connect(port, k, 4096)
                links[k].sendall(first_bytes)


def garbage(port, megabytes_per_second):
    """Of each second connection the frames have lengths that may be, of the others nothing makes sense."""
    piece = os.urandom(1 << 20)
    whole = struct.pack(">I", len(piece)) + piece
    unknown = frame(4_321, {}, piece)
    forms = [whole, unknown, piece]
    links = [None] * 16
    print("ready", flush=True)
    begun = time.monotonic()
    sent = 0
    turn = 0
    while True:
        turn += 1
        k = turn % len(links)
        try:
            if links[k] is None:
                links[k] = connect(port, k)
                links[k].settimeout(1)
            form = forms[k % len(forms)]
            links[k].sendall(form)
            sent += len(form)
        except OSError:
            sent += 1 << 16  # some of it arrived
            if links[k] is not None:
                links[k].close()
            links[k] = None
        ahead = sent / (megabytes_per_second * 1e6) - (time.monotonic() - begun)
        if ahead > 0:
            time.sleep(ahead)


def attack(name, port, count):
    allowed = files_allowed() - 64
    if name != "garbage" and count > allowed:
        print(f"{name}: {allowed} connections instead of {count}: ulimit -n", file=sys.stderr)
        count = allowed
    if name == "idle":
        open_again(port, hold(port, count, GET_MAX_OFFSET), GET_MAX_OFFSET)
    elif name == "half-open":
        open_again(port, hold(port, count, b""), b"")
    elif name == "unread":
        asked = b"".join(pull_request(queue) for queue in range(4)) * 50
        never_read(port, hold(port, count, asked, 4096), asked)
    else:
        garbage(port, count)


# --- measuring ---


def free_port():
    """The broker uses this one, the one two below and the next."""
    for port in range(20_011, 30_000, 10):
        try:
            for k in (-2, 0, 1):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port + k))
            return port
        except OSError:
            continue
    sys.exit("no free port")


def memory_mb(pid, what):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def start_broker(bin_dir, directory, port):
    configuration = pathlib.Path(directory) / "broker.properties"
    configuration.write_text(
        f"brokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\nbindAddress=127.0.0.1\nlistenPort={port}\nstorePathRootDir={directory}/store\n")
    broker = subprocess.Popen([f"{bin_dir}/mqbroker", "-c", str(configuration)], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "HOME": directory})
    for line in broker.stdout:
        if "boot success" in line:
            return broker
    sys.exit("the broker did not start")


def loadgen(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


class Puller(threading.Thread):
    """One pull after the other, from the beginning of a queue; how long each took."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.taken_us = []
        self.is_over = False

    def run(self):
        link = socket.create_connection(("127.0.0.1", self.port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = link.makefile("rb")
        while not self.is_over:
            asked = time.monotonic()
            link.sendall(pull_request(0))
            answers.read(struct.unpack(">I", answers.read(4))[0])
            self.taken_us.append((time.monotonic() - asked) * 1e6)
            time.sleep(0.005)

    def quantile(self, part):
        return sorted(self.taken_us)[int(part * (len(self.taken_us) - 1))] if self.taken_us else 0


def measure(options, port, pid):
    """Of sends, of pulls, and the memory that is not files."""
    puller = Puller(port)
    puller.start()
    send = loadgen(options.loadgen, "send", "--addr", f"127.0.0.1:{port}", "--topic", TOPIC, "--queues", 4,
                   "--conns", options.connections, "--window", 1, "--size", 1024, "--rate", options.rate,
                   "--secs", options.seconds, "--pid", pid)
    resident = memory_mb(pid, "RssAnon")
    puller.is_over = True
    puller.join(10)
    return send, puller, resident


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--loadgen")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    parser.add_argument("--attack", choices=ATTACKS)
    parser.add_argument("--port", type=int)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    if options.attack:
        return attack(options.attack, options.port, options.count or ATTACKS[options.attack])
    options.loadgen = options.loadgen or str(pathlib.Path(options.bin).parent / "tests/bench/loadgen")
    directory = tempfile.mkdtemp(prefix="flood-")
    port = free_port()
    broker = start_broker(options.bin, directory, port)
    try:
        loadgen(options.loadgen, "topic", "--addr", f"127.0.0.1:{port}", "--topic", TOPIC, "--queues", 4)
        measure(options, port, broker.pid)  # warms up, and leaves messages to be pulled
        print("| attack | send p50 us | send p99 us | to calm | pull p50 us | pull p99 us | to calm | errors | memory MB |")
        print("|---|---|---|---|---|---|---|---|---|")
        calm = None
        for name in ["calm", *options.attacks.split(",")]:
            attacker = None
            if name != "calm":
                attacker = subprocess.Popen([sys.executable, __file__, "--attack", name, "--port", str(port)]
                                            + (["--count", str(options.count)] if options.count else []),
                                            stdout=subprocess.PIPE, text=True)
                if attacker.stdout.readline().strip() != "ready":
                    sys.exit(f"the attack {name} did not begin")
            send, pull, resident = measure(options, port, broker.pid)
            if attacker is not None:
                attacker.send_signal(signal.SIGKILL)
                attacker.wait()
                time.sleep(1)
            send_p99, pull_p99 = send.get("p99_us", 0), pull.quantile(0.99)
            calm = calm or (max(1, send_p99), max(1, pull_p99))
            print(f"| {name} | {send.get('p50_us', 0):.0f} | {send_p99:.0f} | {send_p99 / calm[0]:.2f} "
                  f"| {pull.quantile(0.5):.0f} | {pull_p99:.0f} | {pull_p99 / calm[1]:.2f} "
                  f"| {sum(send.get('errors', {}).values())} | {resident:.0f} |", flush=True)
    finally:
        broker.terminate()
        broker.wait()
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
