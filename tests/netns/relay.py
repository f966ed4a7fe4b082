#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel at both ends and the stack in the middle: what a relay takes on one side it gives on
the other, streams with their ends and resets, datagrams as they are."""
import socket
import struct
import threading

import wires
from relaying import FULL, PORT, Relay, main, small_buffers
from streams import digest, pattern, receive, receive_all

SIZE = 10_000_000
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: closing resets


def listen():
    server = socket.create_server(("127.0.0.1", PORT))
    server.settimeout(wires.PATIENCE)
    return server


def connect():
    sock = socket.socket()
    sock.settimeout(wires.PATIENCE)
    try:
        sock.connect((wires.OURS, PORT))
    except BaseException:
        sock.close()
        raise
    return sock


def accept(server):
    sock = server.accept()[0]
    sock.settimeout(wires.PATIENCE)
    return sock


def send_all(sock, data):
    """In a thread, with the end of the stream behind it."""
    def run():
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    sock.close()


class Streams:
    def pair(self, server):
        return connect(), accept(server)

    def test_both_directions_at_once_are_whole(self):
        up, down = pattern(SIZE, 1), pattern(SIZE, 2)
        with Relay(self.wire), listen() as server:
            near, far = self.pair(server)
            with near, far:
                threads = [send_all(near, up), send_all(far, down)]
                got = []
                reader = threading.Thread(target=lambda: got.append(receive_all(far)))
                reader.start()
                self.assertEqual(digest(receive_all(near)), digest(down))
                for thread in [*threads, reader]:
                    thread.join()
                self.assertEqual(digest(got[0]), digest(up))

    def test_half_closed_stream_still_flows_the_other_way(self):
        with Relay(self.wire), listen() as server:
            for turned in (False, True):
                first, second = reversed(self.pair(server)) if turned else self.pair(server)
                with first, second:
                    first.shutdown(socket.SHUT_WR)
                    self.assertEqual(receive_all(second), b"")
                    writer = send_all(second, pattern(SIZE))
                    self.assertEqual(digest(receive_all(first)), digest(pattern(SIZE)))
                    writer.join()

    def test_reader_that_waits_loses_nothing(self):
        # More than all buffers between them hold, so the writer is stopped until it is read.
        data = pattern(2 * SIZE)
        with small_buffers(1_000_000) as ours, Relay(self.wire, *ours, expected=FULL), \
                listen() as server:
            for turned in (False, True):
                first, second = reversed(self.pair(server)) if turned else self.pair(server)
                with first, second:
                    first.settimeout(1)
                    sent = 0
                    with self.assertRaises(TimeoutError):
                        while sent < len(data):
                            sent += first.send(data[sent:sent + 1_000_000])
                    first.settimeout(wires.PATIENCE)
                    writer = send_all(first, data[sent:])
                    self.assertEqual(digest(receive_all(second)), digest(data))
                    writer.join()

    def test_reset_is_passed_on(self):
        with Relay(self.wire, expected=wires.CUT_SHORT), listen() as server:
            for turned in (False, True):
                first, second = reversed(self.pair(server)) if turned else self.pair(server)
                with second:
                    first.sendall(b"x")
                    self.assertEqual(second.recv(1), b"x")
                    reset(first)
                    with self.assertRaises(ConnectionResetError):
                        second.recv(1)

    def test_missing_server_is_a_reset(self):
        with Relay(self.wire, expected=wires.CUT_SHORT):
            # Early enough, and connect() tells it.
            with self.assertRaises(ConnectionResetError), connect() as sock:
                sock.recv(1)

    def test_many_connections_one_after_the_other(self):
        with Relay(self.wire), listen() as server:
            for i in range(300):
                near, far = self.pair(server)
                with near, far:
                    near.sendall(pattern(1000, i))
                    self.assertEqual(receive(far, 1000), pattern(1000, i))
                    far.sendall(pattern(2000, i))
                    self.assertEqual(receive(near, 2000), pattern(2000, i))


class Datagrams:
    @staticmethod
    def open(**peer):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(wires.PATIENCE)
        if "bound" in peer:
            sock.bind(peer["bound"])
        else:
            sock.connect(peer["to"])
        return sock

    def test_each_peer_gets_its_own_answers(self):
        with Relay(self.wire), self.open(bound=("127.0.0.1", PORT)) as server:
            # Some more than the relay keeps in mind at a time.
            for i in range(100):
                with self.open(to=(wires.OURS, PORT)) as sock:
                    for size in (0, 1, 1472):
                        sock.send(pattern(size, i))
                        data, peer = server.recvfrom(65536)
                        self.assertEqual(data, pattern(size, i))
                        server.sendto(pattern(size, -i - 1), peer)
                        self.assertEqual(sock.recv(65536), pattern(size, -i - 1))

    def test_server_that_comes_late_is_reached(self):
        with Relay(self.wire), self.open(to=(wires.OURS, PORT)) as sock:
            for _ in range(3):
                sock.send(b"early")
            with self.open(bound=("127.0.0.1", PORT)) as server:
                sock.send(b"late")
                while server.recv(100) != b"late":
                    sock.send(b"late")


wires.over(globals(), Streams)
wires.over(globals(), Datagrams)

if __name__ == "__main__":
    main()
