#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Datagrams larger than the wire takes, between the kernel and the stack, both ways, over every kind of wire."""
import socket

import wires
from streams import ECHO, SERVICES, pattern

MTU = 1500
UNIT = 1480  # payload of a full fragment
# Around where one fragment more is needed, where 8 more bytes are, and the largest.
SIZES = sorted({size for n in (1, 2, 3, 10, 44) for size in range(n * UNIT - 8 - 9, n * UNIT - 8 + 10)}
               | {1, 4000, 9000, 30000, 65506, 65507} - {0})
# A fragment that is lost leaves the others behind; the test then fails by itself.
LATE = ["IP_FRAG_TIMEOUT"]


def open_socket(discover=0):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(wires.PATIENCE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.setsockopt(socket.IPPROTO_IP, 10, discover)  # IP_MTU_DISCOVER
    sock.connect((wires.OURS, ECHO))
    return sock


class Fragments:
    def stack(self, *options, **keywords):
        return wires.Stack(self.wire, *SERVICES, *options, expected=LATE, **keywords)

    def echo(self, sock, size):
        data = pattern(size, size)
        sock.send(data)
        self.assertEqual(sock.recv(65536), data, size)

    def test_echo_around_every_limit_is_intact(self):
        with self.stack() as stack, open_socket() as sock:
            for size in SIZES:
                self.echo(sock, size)
            cut = sum(size > MTU - 28 for size in SIZES)
            self.assertEqual(stack.counter("IpReasmOKs"), cut)
            self.assertEqual(stack.counter("IpFragOKs"), cut)
            self.assertEqual(stack.counter("IpReasmFails"), 0)

    def test_narrow_wire(self):
        with self.stack(mtu=576) as stack, open_socket() as sock:
            for size in (500, 548, 549, 1104, 1105, 5000, 65507):
                self.echo(sock, size)
            self.assertGreater(stack.counter("IpFragCreates"), 100)

    def test_ping_of_every_kind_of_size(self):
        with self.stack():
            for size in (1472, 1473, 2952, 2953, 8000, 65507):
                wires.run("ping", "-n", "-c", "2", "-i", "0.01", "-W", "60", "-s", size, wires.OURS)

    def test_kernel_answers_our_large_ping(self):
        with self.stack() as stack:
            for size in (1473, 8000, 65507):
                wires.run(wires.SEASTACK, "ping", "--control", stack.control, "-c", 3, "-i", "0.01",
                          "-W", 60, "-s", size, wires.KERNEL)

    def test_record_route_and_timestamps_come_back(self):
        with self.stack():
            said = wires.run("ping", "-n", "-c", "1", "-W", "60", "-R", wires.OURS)
            self.assertIn("RR:", said)
            self.assertEqual(said.count(wires.OURS + "\n"), 2, said)
            said = wires.run("ping", "-n", "-c", "1", "-W", "60", "-T", "tsandaddr", wires.OURS)
            self.assertIn("TS:", said)

    def test_kernel_is_told_of_a_datagram_that_never_became_whole(self):
        with self.stack("--sysctl", "net.ipv4.ipfrag_time=1") as stack:
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            ear = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            ear.settimeout(wires.PATIENCE)
            head = bytes([0x45, 0, 0, 0, 0, 7, 0x20, 0, 64, 17, 0, 0])
            raw.sendto(head + socket.inet_aton(wires.KERNEL) + socket.inet_aton(wires.OURS)
                       + bytes(16), (wires.OURS, 0))
            said = ear.recv(1000)
            self.assertEqual(said[20:22], bytes([11, 1]))
            self.assertEqual(stack.counter("IpReasmTimeout"), 1)
            raw.close()
            ear.close()


wires.over(globals(), Fragments)

if __name__ == "__main__":
    wires.main("ping")
