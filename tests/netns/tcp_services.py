#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel's TCP with echo, discard and chargen, over every kind of wire."""
import select
import socket
import struct
import time

import wires
from streams import (CHARGEN, CLOSED, ECHO, SERVICES, chargen, connect, digest, download, exchange,
                     pattern, receive, receive_all, upload)

LISTENERS = 4  # echo is two: TCP and UDP
LINGER_RESET = struct.pack("ii", 1, 0)


def fill(sock):
    """Writes until a second has passed in which nothing could be written; what was written."""
    data, sent = pattern(64 << 20), 0
    sock.setblocking(False)
    while select.select([], [sock], [], 1)[1]:
        sent += sock.send(data[sent:sent + 65536])
    sock.settimeout(wires.PATIENCE)
    return data[:sent]


class Tcp:
    def stack(self, *options, **keywords):
        return wires.Stack(self.wire, *SERVICES, *options, **keywords)

    def await_sockets(self, stack, count):
        """Ours go when the stack has seen the kernel's last segment, so a little later."""
        deadline = time.monotonic() + wires.PATIENCE
        while stack.ask("stat")["memory"]["sockets"] != count:
            self.assertLess(time.monotonic(), deadline, "sockets are left")
            time.sleep(0.01)

    def test_echo_of_every_size_is_intact(self):
        with self.stack() as stack:
            for size in (0, 1, 1447, 1448, 1449, 65536, 5_000_000):
                data = pattern(size)
                self.assertEqual(digest(exchange(data)), digest(data), size)
            self.assertEqual(exchange(pattern(3000), piece=1), pattern(3000))
            self.await_sockets(stack, LISTENERS)

    def test_bulk_each_way_is_intact(self):
        with self.stack(expected=wires.CUT_SHORT) as stack:
            self.assertEqual(upload(pattern(5_000_000)), b"")
            self.assertEqual(digest(download(5_000_000)), digest(chargen(5_000_000)))
            self.await_sockets(stack, LISTENERS)

    def test_half_closed_connection_goes_on_receiving(self):
        with self.stack(expected=wires.CUT_SHORT):
            with connect(CHARGEN) as sock:
                sock.shutdown(socket.SHUT_WR)
                self.assertEqual(digest(receive(sock, 1_000_000)), digest(chargen(1_000_000)))

    def test_abort_of_the_kernel_ends_our_socket(self):
        with self.stack(expected=wires.CUT_SHORT) as stack:
            with connect(ECHO) as sock:
                sock.sendall(b"x")
                self.assertEqual(sock.recv(1), b"x")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self.await_sockets(stack, LISTENERS)
            self.assertEqual(stack.counter("TcpEstabResets"), 1)

    def test_end_of_the_stack_resets_the_kernels_socket(self):
        with self.stack() as stack, connect(ECHO) as sock:
            sock.sendall(b"x")
            self.assertEqual(sock.recv(1), b"x")
            self.assertEqual(stack.stop(), (0, ""))
            with self.assertRaises(ConnectionResetError):
                sock.recv(1)

    def test_two_hundred_connections_at_once(self):
        with self.stack() as stack:
            socks = [connect(ECHO) for _ in range(200)]
            for i, sock in enumerate(socks):
                sock.sendall(pattern(3000, i))
                sock.shutdown(socket.SHUT_WR)
            for i, sock in enumerate(socks):
                self.assertEqual(receive_all(sock), pattern(3000, i))
                sock.close()
            self.await_sockets(stack, LISTENERS)
            self.assertEqual(stack.counter("TcpPassiveOpens"), 200)

    def test_closed_port_refuses(self):
        with self.stack(expected=["TCP_NO_SOCKET"]), self.assertRaises(ConnectionRefusedError):
            connect(CLOSED)

    def test_keepalive_of_the_kernel_is_answered(self):
        with self.stack(), connect(ECHO) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
                sock.setsockopt(socket.IPPROTO_TCP, option, 1)
            time.sleep(2.5)
            sock.sendall(b"alive")
            self.assertEqual(receive(sock, 5), b"alive")

    def test_full_windows_open_again(self):
        # Small frames take more memory than the window counts, and probes of it bring data.
        expected = ["TCP_RCVBUF", "TCP_OOO_PRUNED", "TCP_ZERO_WINDOW"]
        sizes = {"SO_RCVBUF": 100_000, "SO_SNDBUF": 100_000}
        with self.stack(expected=expected), connect(ECHO, **sizes) as sock:
            data = fill(sock)
            self.assertGreater(len(data), 65536)
            self.assertEqual(digest(receive(sock, len(data))), digest(data))
            sock.sendall(b"end")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_all(sock), b"end")

    def test_reader_that_stops_gets_the_rest_later(self):
        with self.stack(expected=wires.CUT_SHORT):
            with connect(CHARGEN, SO_RCVBUF=8192) as sock:
                time.sleep(1)
                self.assertEqual(digest(receive(sock, 300_000)), digest(chargen(300_000)))


wires.over(globals(), Tcp)

if __name__ == "__main__":
    wires.main()
