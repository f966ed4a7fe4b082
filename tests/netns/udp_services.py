#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel's UDP and ping against the stack's, over every kind of wire."""
import socket

import wires
from streams import CLOSED, ECHO, SERVICES, pattern

LARGEST = 1472  # without fragments


def open_socket(port, host=wires.OURS):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(wires.PATIENCE)
    sock.connect((host, port))
    return sock


class Datagrams:
    def stack(self, *options, **keywords):
        return wires.Stack(self.wire, *SERVICES, *options, **keywords)

    def test_echo_of_every_size_is_intact(self):
        with self.stack(), open_socket(ECHO) as sock:
            for size in range(LARGEST + 1):
                data = pattern(size, size)
                sock.send(data)
                self.assertEqual(sock.recv(65536), data, size)

    def test_jumbo_datagrams(self):
        with self.stack(mtu=9000), open_socket(ECHO) as sock:
            for size in (1473, 5000, 8972):
                sock.send(pattern(size))
                self.assertEqual(sock.recv(65536), pattern(size), size)

    def test_datagrams_without_checksum_are_taken(self):
        with self.stack(), open_socket(ECHO) as sock:
            sock.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK
            sock.send(b"no checksum")
            self.assertEqual(sock.recv(100), b"no checksum")

    def test_closed_port_refuses(self):
        with self.stack(expected=["UDP_NO_SOCKET"]) as stack, open_socket(CLOSED) as sock:
            sock.send(b"x")
            with self.assertRaises(ConnectionRefusedError):
                sock.recv(1)
            self.assertEqual(stack.counter("UdpNoPorts"), 1)

    def test_many_sockets_get_their_own_answers(self):
        with self.stack():
            socks = [open_socket(ECHO) for _ in range(100)]
            for at in range(10):
                for i, sock in enumerate(socks):
                    sock.send(pattern(100, at * 100 + i))
                for i, sock in enumerate(socks):
                    self.assertEqual(sock.recv(200), pattern(100, at * 100 + i))
            for sock in socks:
                sock.close()

    def test_every_datagram_of_a_flood_is_accounted_for(self):
        # What the stack's buffer has no room for is lost, as on Linux, but counted.
        with self.stack(expected=["UDP_RCVBUF", "LINK_QUEUE_FULL"]) as stack:
            with open_socket(ECHO) as sock:
                for i in range(5000):
                    sock.send(b"%d" % i)
            # Behind the flood, and sent until the kernel's queue has room again.
            wires.run("ping", "-n", "-c", "1", "-w", "60", wires.OURS)
            counters = stack.ask("stat")["counters"]
            self.assertGreater(counters["UdpInDatagrams"], 0)
            self.assertEqual(counters["UdpInDatagrams"] + counters["UdpInErrors"],
                             counters["IpInDelivers"] - counters["IcmpInMsgs"])

    @staticmethod
    def ask_until_answered(sock, text, to):
        # A busy machine may lose a datagram before the stack sees it; what that loses, it counts.
        sock.settimeout(2)
        for _ in range(int(wires.PATIENCE / 2)):
            sock.sendto(text, to)
            try:
                return sock.recvfrom(100)
            except TimeoutError:
                pass
        raise TimeoutError("nobody answers")

    def test_broadcast_is_answered_by_its_receiver(self):
        with self.stack(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self.assertEqual(self.ask_until_answered(sock, b"anyone", ("10.9.0.255", ECHO)),
                             (b"anyone", (wires.OURS, ECHO)))

    def test_ping_of_every_kind_of_size(self):
        with self.stack():
            for size in (0, 1, 7, 56, 1471, LARGEST):
                wires.run("ping", "-n", "-c", "2", "-i", "0.01", "-W", "60", "-M", "do", "-s", size,
                          wires.OURS)

    def test_ping_flood_is_answered(self):
        with self.stack():
            said = wires.run("ping", "-n", "-q", "-c", "1000", "-i", "0", "-W", "60", wires.OURS)
            self.assertIn(" 0% packet loss", said)

    def test_kernel_answers_our_ping(self):
        with self.stack() as stack:
            for size in (0, 1, 56, LARGEST):
                wires.run(wires.SEASTACK, "ping", "--control", stack.control, "-c", 3, "-i", "0.01",
                          "-W", 60, "-s", size, wires.KERNEL)


wires.over(globals(), Datagrams)

if __name__ == "__main__":
    wires.main("ping")
