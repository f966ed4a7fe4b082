#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What two of this machine's kernels say to each other is right: `packetimpact lint` finds nothing in it."""
import contextlib
import json
import os
import socket
import struct
import subprocess
import threading
import time

import netns
from netns import check, equal

LINT = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "packetimpact", "packetimpact")
ETH_P_ALL = 3
SCRATCH = netns.Scratch()
SIZE = 3 << 20


class Sniffer:
    """All packets of a device of a namespace, in a pcap file (nanoseconds)."""

    def __init__(self, ns, device, path):
        self.path, self.over = path, False
        with ns.inside():
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 128 << 20)  # SO_RCVBUFFORCE
        self.sock.bind((device, ETH_P_ALL))
        self.sock.settimeout(0.1)
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        # lo shows each packet twice: as it leaves, and as it comes in.
        frames = []
        while True:
            try:
                frame, addr = self.sock.recvfrom(1 << 17)
            except TimeoutError:
                if self.over:
                    break
                continue
            if addr[0] == "lo" and addr[2] == socket.PACKET_OUTGOING:
                continue
            frames.append((time.time_ns(), frame))
        with open(self.path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
            for now, frame in frames:
                out.write(struct.pack("<IIII", now // 10**9, now % 10**9, len(frame), len(frame)) + frame)

    def stop(self):
        self.over = True
        self.thread.join()
        self.sock.close()


@contextlib.contextmanager
def captured(name, ns, device):
    path = SCRATCH / f"{name}.pcap"
    sniffer = Sniffer(ns, device, path)
    try:
        yield path
        time.sleep(0.1)
    finally:
        sniffer.stop()


def lint(path, *options):
    return subprocess.run([LINT, "lint", *options, str(path)], capture_output=True, text=True, timeout=60,
                          check=False)


def lint_is_silent(path, flows):
    done = lint(path)
    check(done.returncode == 0, done.stdout + done.stderr)
    equal(done.stdout.splitlines()[-1], f"{flows} flows, 0 errors, 0 warnings, 0 notes")
    return json.loads(lint(path, "--json").stdout)


class Pair:
    """Two namespaces with a wire between them."""

    def __init__(self):
        self.a, self.b = netns.Namespace(), netns.Namespace()
        self.a.ip("link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", self.b.name)
        for ns, n in ((self.a, 1), (self.b, 2)):
            ns.ip("addr", "add", f"10.7.0.{n}/24", "dev", "wire")
            ns.ip("addr", "add", f"fd07::{n}/64", "dev", "wire", "nodad")
            ns.ip("link", "set", "wire", "up")
        netns.wait_until(lambda: "LOWER_UP" in self.a.run("ip", "link", "show", "wire").stdout)


def connection(client_ns, server_ns, host, small=False):
    listener = server_ns.socket(family=netns.family_of(host))
    if small:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind((host, 0))
    listener.listen()
    client = client_ns.connect(host, listener.getsockname()[1])
    server, _ = listener.accept()
    listener.close()
    server.settimeout(30)
    return client, server


def read_all(sock):
    total = 0
    while part := sock.recv(1 << 20):
        total += len(part)
    return total


def bulk(client, server):
    """One way; both close, the reader last."""
    sender = threading.Thread(target=lambda: (client.sendall(os.urandom(SIZE)), client.shutdown(socket.SHUT_WR)))
    sender.start()
    equal(read_all(server), SIZE)
    sender.join()
    server.close()
    equal(client.recv(1), b"")
    client.close()


def ping_pong(client, server):
    """Requests and answers, and the server closes first."""
    for i in range(50):
        client.sendall(b"x" * (i + 1))
        server.recv(1000)
        server.sendall(b"y" * (3 * i + 1))
        client.recv(1000)
    server.close()
    equal(client.recv(1), b"")
    client.close()


def reset(client, server):
    """What was not read resets."""
    client.sendall(b"x" * 1000)
    server.recv(1)
    server.close()
    with contextlib.suppress(ConnectionResetError):
        client.recv(1)
    client.close()


def zero_window(client, server):
    """The reader sleeps until it is probed."""
    client.setblocking(False)
    sent = 0
    end = time.monotonic() + 1
    while time.monotonic() < end:
        try:
            sent += client.send(b"z" * 8192)
        except BlockingIOError:
            time.sleep(0.02)
    client.setblocking(True)
    client.shutdown(socket.SHUT_WR)
    equal(read_all(server), sent)
    server.close()
    client.close()


def traffic(client_ns, server_ns, hosts):
    for host in hosts:
        bulk(*connection(client_ns, server_ns, host))
        ping_pong(*connection(client_ns, server_ns, host))
        reset(*connection(client_ns, server_ns, host))
    with contextlib.suppress(ConnectionRefusedError):
        client_ns.connect(hosts[0], 1)


def two_kernels_break_no_rule():
    pair = Pair()
    with captured("wire", pair.a, "wire") as path:
        traffic(pair.a, pair.b, ("10.7.0.2", "fd07::2"))
        zero_window(*connection(pair.a, pair.b, "10.7.0.2", small=True))
    report = lint_is_silent(path, 8)
    equal(report["flows"][0]["ended"], "with a FIN each way")
    equal(report["flows"][2]["ended"], "with a reset")
    check(report["flows"][0]["sides"][0]["bytes"] >= SIZE // 2, "the capture lacks half of it")


def with_ecn_neither():
    pair = Pair()
    for ns in (pair.a, pair.b):
        ns.run("sysctl", "-qw", "net.ipv4.tcp_ecn=1")
    with captured("ecn", pair.b, "wire") as path:
        bulk(*connection(pair.a, pair.b, "10.7.0.2"))
    lint_is_silent(path, 1)


def nor_on_loopback_without_timestamps():
    ns = netns.Namespace()
    ns.run("sysctl", "-qw", "net.ipv4.tcp_timestamps=0")
    with captured("lo", ns, "lo") as path:
        traffic(ns, ns, ("127.0.0.1", "::1"))
    lint_is_silent(path, 7)


def a_byte_that_changed_on_the_way_is_found():
    """The capture of the first test, with one byte of a segment's header turned round."""
    text = (SCRATCH / "wire.pcap").read_bytes()
    at = 24 + 16
    # The first frame of IPv4 and TCP is the SYN: its sequence number.
    while text[at + 12:at + 14] != b"\x08\x00" or text[at + 23] != 6:
        at += 16 + struct.unpack_from("<I", text, at - 8)[0]
    bad = bytearray(text)
    bad[at + 14 + 20 + 12] |= 0x0e
    path = SCRATCH / "bad.pcap"
    path.write_bytes(bad)
    done = lint(path)
    equal(done.returncode, 1)
    check("reserved bits are set" in done.stdout, done.stdout)


if __name__ == "__main__":
    netns.need("sysctl")
    netns.main([two_kernels_break_no_rule, with_ecn_neither, nor_on_loopback_without_timestamps,
                a_byte_that_changed_on_the_way_is_found])
