#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel's TCP, UDP and ping over IPv6 against the stack's services: intact, at every size around a limit."""
import socket
import time

import wires
from streams import CHARGEN, CLOSED, ECHO, SERVICES, chargen, digest, pattern, receive, receive_all

KERNEL6, OURS6 = "fd00:9::1", "fd00:9::2"
MTU = 1500
UNIT = 1448  # payload of a full fragment: 1500 less 40 and 8, in whole units of eight
# Around what one packet takes, and around each fragment more; the largest. UDP's header is in the first.
SIZES = sorted({size for n in (1, 2, 3, 10, 44) for size in range(n * UNIT - 8 - 9, n * UNIT - 8 + 10)}
               | set(range(MTU - 48 - 3, MTU - 48 + 4)) | {0, 1, 4000, 9000, 30000, 65506, 65507})
# What the kernel says of itself on a link (groups, a call for routers), and what only tells of time.
NOISE = ["IP_GROUP", "ICMP_TYPE", "NDP_", "MLD_", "IP_FRAG_TIMEOUT"]


def open_socket(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.settimeout(wires.PATIENCE)
    if kind == socket.SOCK_DGRAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    try:
        sock.connect((OURS6, port))
    except BaseException:
        sock.close()
        raise
    return sock


class Stack(wires.Stack):
    """With an address of each family, the kernel's end too, at once in use on both sides."""

    def __init__(self, wire, *options, expected=(), **keywords):
        super().__init__(wire, *SERVICES, "--addr", OURS6 + "/64",
                         "--sysctl", "net.ipv6.conf.default.accept_dad=0",
                         "--sysctl", "net.ipv6.conf.all.accept_dad=0", *options,
                         expected=[*NOISE, *expected], **keywords)

    def start(self):
        super().start()
        wires.sysctl(f"net.ipv6.conf.{self.device}.accept_dad", 0)
        wires.sysctl(f"net.ipv6.conf.{self.device}.disable_ipv6", 0)
        wires.run("ip", "addr", "add", KERNEL6 + "/64", "dev", self.device, "nodad")
        self.await_answer()

    @staticmethod
    def await_answer():
        """A tap's carrier, and the stack's own duplicate detection, take a moment."""
        deadline = time.monotonic() + wires.PATIENCE
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            while time.monotonic() < deadline:
                try:
                    sock.sendto(b"there?", (OURS6, ECHO))
                    if sock.recv(100) == b"there?":
                        return
                except OSError:
                    time.sleep(0.05)
        raise AssertionError("the stack does not answer over IPv6")


class Services:
    def test_datagrams_around_every_limit_come_back(self):
        with Stack(self.wire) as stack, open_socket(socket.SOCK_DGRAM, ECHO) as sock:
            sock.setsockopt(socket.IPPROTO_IPV6, 23, 0)  # IPV6_MTU_DISCOVER: cut what is too large
            for size in SIZES:
                sock.send(pattern(size, size))
                self.assertEqual(sock.recv(65536), pattern(size, size), size)
            cut = sum(size > MTU - 48 for size in SIZES)
            self.assertGreaterEqual(stack.counter("Ip6ReasmOKs"), cut)
            self.assertGreaterEqual(stack.counter("Ip6FragOKs"), cut)
            self.assertEqual(stack.counter("Ip6ReasmFails"), 0)

    def test_streams_are_intact(self):
        with Stack(self.wire, expected=wires.CUT_SHORT):
            for size in (0, 1, 1427, 1428, 1429, 65536, 1_000_000):
                data = pattern(size)
                with open_socket(socket.SOCK_STREAM, ECHO) as sock:
                    got = b""
                    for at in range(0, size, 65536):
                        part = data[at:at + 65536]
                        sock.sendall(part)
                        got += receive(sock, len(part))
                    sock.shutdown(socket.SHUT_WR)
                    self.assertEqual(digest(got + receive_all(sock)), digest(data), size)
            with open_socket(socket.SOCK_STREAM, CHARGEN) as sock:
                self.assertEqual(digest(receive(sock, 2_000_000)), digest(chargen(2_000_000)))

    def test_closed_ports_refuse(self):
        with Stack(self.wire, expected=["TCP_NO_SOCKET", "UDP_NO_SOCKET"]):
            with self.assertRaises(ConnectionRefusedError):
                open_socket(socket.SOCK_STREAM, CLOSED)
            with open_socket(socket.SOCK_DGRAM, CLOSED) as sock:
                sock.send(b"x")
                with self.assertRaises(ConnectionRefusedError):
                    sock.recv(1)

    def test_pings_of_every_kind_of_size_are_answered(self):
        with Stack(self.wire) as stack:
            for size in (0, 1, 56, 1452, 1453, 2900, 8000, 65507):
                wires.run("ping", "-6", "-n", "-c", "2", "-i", "0.01", "-W", "60", "-s", size, OURS6)
            for size in (56, 1453, 8000):
                wires.run(wires.SEASTACK, "ping", "--control", stack.control, "-c", 2, "-i", "0.01",
                          "-W", 60, "-s", size, KERNEL6)


wires.over(globals(), Services, [wires.TAP, wires.VETH])

if __name__ == "__main__":
    wires.main("ping")
