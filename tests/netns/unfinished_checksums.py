#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A packet socket without offloads, and a kernel that leaves its checksums to a card that is not there:
the checksum of such a frame is unfinished, not wrong."""
import socket
import tempfile

import wires
from streams import ECHO, SERVICES, chargen, digest, download, exchange, pattern, upload

SIZE = 5_000_000


class Unfinished:
    def test_kernel_leaves_checksums_undone(self):
        # Else nothing here would be tested.
        with wires.Stack(self.wire, *SERVICES) as stack:
            said = wires.run("ethtool", "-k", stack.device)
            self.assertIn("tx-checksumming: on", said)

    def test_streams_are_intact(self):
        with wires.Stack(self.wire, *SERVICES) as stack:
            self.assertEqual(digest(exchange(pattern(SIZE))), digest(pattern(SIZE)))
            self.assertEqual(upload(pattern(SIZE)), b"")
            self.assertEqual(stack.counter("TcpInCsumErrors"), 0)
        # What is cut short is judged apart.
        with wires.Stack(self.wire, *SERVICES, expected=wires.CUT_SHORT):
            self.assertEqual(digest(download(SIZE)), digest(chargen(SIZE)))

    def test_datagrams_are_intact(self):
        with wires.Stack(self.wire, *SERVICES) as stack:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(wires.PATIENCE)
                sock.connect((wires.OURS, ECHO))
                for size in (0, 1, 2, 100, 1471, 1472):
                    sock.send(pattern(size, size))
                    self.assertEqual(sock.recv(65536), pattern(size, size))
            self.assertEqual(stack.counter("UdpInCsumErrors"), 0)

    def test_ping_is_answered(self):
        with wires.Stack(self.wire, *SERVICES):
            wires.run("ping", "-n", "-c", "3", "-i", "0.01", "-W", "60", wires.OURS)

    def test_curl_fetches_a_file(self):
        with tempfile.TemporaryDirectory(prefix="sea-netns-") as folder:
            with open(folder + "/file", "wb") as file:
                file.write(pattern(SIZE))
            with wires.Stack(self.wire, "--service", f"http:80={folder}"):
                got = wires.run("curl", "-s", f"http://{wires.OURS}/file", text=False)
        self.assertEqual(digest(got), digest(pattern(SIZE)))


wires.over(globals(), Unfinished, [wires.VETH_UNFINISHED])

if __name__ == "__main__":
    wires.main("curl", "ping")
