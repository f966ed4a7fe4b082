#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Segments that are signed with MD5 (RFC 2385), between the kernel's TCP and ours."""
import os
import pathlib
import shutil
import socket
import struct
import threading

import wires
from netns import skip
from relaying import PORT, Relay, main
from relay import accept, listen, send_all
from streams import digest, pattern, receive_all

TCP_MD5SIG = 14
KEY = "a secret of both"
SIZE = 1_000_000
MEANT = {"TCP_MD5"}


def option(host, key):
    """struct tcp_md5sig."""
    peer = struct.pack("=H2x4s120x", socket.AF_INET, socket.inet_aton(host))
    return peer + struct.pack("=BBHi80s", 0, 0, len(key), 0, key.encode())


def connect(key, patience=wires.PATIENCE):
    sock = socket.socket()
    sock.settimeout(patience)
    try:
        if key:
            sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option(wires.OURS, key))
        sock.connect((wires.OURS, PORT))
    except BaseException:
        sock.close()
        raise
    return sock


def relay_with(wire, key):
    options = ["--md5", f"{wires.KERNEL}={key}"] if key else []
    return Relay(wire, *options, expected=MEANT)


class Signed:
    def test_streams_are_whole_both_ways_and_each_segment_is_signed(self):
        up, down = pattern(SIZE, 1), pattern(SIZE, 2)
        with relay_with(self.wire, KEY) as relay, listen() as server:
            near, far = connect(KEY), accept(server)
            with near, far:
                threads = [send_all(near, up), send_all(far, down)]
                got = []
                reader = threading.Thread(target=lambda: got.append(receive_all(far)))
                reader.start()
                self.assertEqual(digest(receive_all(near)), digest(down))
                for thread in [*threads, reader]:
                    thread.join()
                self.assertEqual(digest(got[0]), digest(up))
            for name in ("NotFound", "Unexpected", "Failure"):
                self.assertEqual(relay.counter("TcpExtTCPMD5" + name), 0)
            self.judge_signatures(relay)

    def judge_signatures(self, relay):
        if shutil.which("tshark"):
            self.assertEqual(wires.run("tshark", "-n", "-r", relay.capture, "-Y",
                                       "tcp and not tcp.options.md5"), "")


class Refused:
    def refused(self, ours, theirs, counter):
        """Nothing answers a SYN that the other side cannot take."""
        with relay_with(self.wire, ours) as relay:
            with self.assertRaises(TimeoutError):
                connect(theirs, patience=0.5).close()
            self.assertGreaterEqual(relay.counter("TcpExtTCPMD5" + counter), 1)

    def test_who_does_not_sign_is_not_answered(self):
        self.refused(KEY, None, "NotFound")

    def test_who_signs_with_another_key_is_not_answered(self):
        self.refused(KEY, KEY + "?", "Failure")

    def test_who_signs_though_there_is_no_key_is_not_answered(self):
        self.refused(None, KEY, "Unexpected")


wires.over(globals(), Signed, [wires.TAP, wires.VETH_SINGLE])
wires.over(globals(), Refused, [wires.TAP])


def skip_without_signatures():
    config = pathlib.Path(os.environ.get("SEA_BUILDDIR", "."), "config.h")
    if "#define HAVE_NETTLE 1" not in config.read_text(encoding="utf-8"):
        skip("built without nettle")
    with socket.socket() as sock:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option(wires.OURS, KEY))
        except OSError as error:
            skip(f"the kernel knows no signatures: {error.strerror}")


if __name__ == "__main__":
    skip_without_signatures()
    main()
