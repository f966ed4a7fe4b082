#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unmodified iperf3 at both ends, and the stack in the middle: a relay hands each connection and
datagram on to the server.

iperf3 stops counting before all has arrived: what is on its way when the client says that it is done
is in no receiver's count, between two kernels as well. So what is missing may be what the buffers on
the way hold, which are small here, or a datagram that somebody counted as dropped; never anything
else. That streams arrive to their last byte is shown in relay.py.
"""
import contextlib
import json
import pathlib
import subprocess

import wires
from relaying import FULL, PORT, Relay, main, small_buffers

SIZE = 24 << 20
DATAGRAM = 1400
# The largest buffer of a socket; four are on the way, and each may take one write too many.
BUFFER = 256 << 10
ON_THE_WAY = 4 * (BUFFER + 65536)
# iperf3 closes while bytes are on their way, and so does the relay.
ENDS = wires.CUT_SHORT | {"SOCKET_CLOSED"}


@contextlib.contextmanager
def server():
    command = ["iperf3", "-s", "-B", "127.0.0.1", "-p", str(PORT), "--forceflush"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as process:
        try:
            said = "It begins:"
            while said and "Server listening" not in said:
                said = process.stdout.readline()
            if not said:
                raise AssertionError("iperf3 -s ended")
            yield
        finally:
            process.terminate()
            process.stdout.read()


def client(*options):
    """What it reports at the end."""
    report = json.loads(wires.run("iperf3", "-c", wires.OURS, "-p", PORT, "--json",
                                  *options))
    if "error" in report:
        raise AssertionError(report["error"])
    return report["end"]


def kernel_drops(device):
    """Datagrams that the kernel has taken from a program and not given to one."""
    lines = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text("ascii").splitlines()
             if line.startswith("Udp:")]
    udp = dict(zip(lines[0][1:], map(int, lines[1][1:])))
    lost = json.loads(wires.run("ip", "-s", "-j", "link", "show", device))[0]["stats64"]
    return udp["RcvbufErrors"] + udp["SndbufErrors"] + lost["tx"]["dropped"] + lost["rx"]["dropped"]


class Iperf3:
    # -- streams --

    def streams(self, *options):
        """The report of a transfer of which nothing is missing but its end."""
        with small_buffers(BUFFER) as ours, server(), \
                Relay(self.wire, *ours, expected=ENDS | FULL):
            end = client("-n", SIZE, *options)
        self.assertGreater(end["sum_received"]["bytes"], SIZE // 2)
        for stream in end["streams"]:
            missing = stream["sender"]["bytes"] - stream["receiver"]["bytes"]
            self.assertGreaterEqual(missing, 0)
            self.assertLessEqual(missing, ON_THE_WAY)
        return end

    def test_one_stream(self):
        end = self.streams()
        self.assertEqual(end["sum_sent"]["bytes"], SIZE)

    def test_one_stream_from_the_stack(self):
        end = self.streams("-R")
        self.assertGreaterEqual(end["sum_received"]["bytes"], SIZE)

    def test_parallel_streams(self):
        end = self.streams("-P", 4)
        self.assertEqual(len(end["streams"]), 4)
        self.assertGreaterEqual(end["sum_sent"]["bytes"], SIZE)

    def test_parallel_streams_from_the_stack(self):
        end = self.streams("-P", 4, "-R")
        self.assertEqual(len(end["streams"]), 4)
        self.assertGreaterEqual(end["sum_received"]["bytes"], SIZE)

    def test_both_directions_at_once(self):
        end = self.streams("--bidir")
        self.assertEqual([stream["sender"]["sender"] for stream in end["streams"]], [True, False])
        self.assertGreater(end["sum_received_bidir_reverse"]["bytes"], 0)

    # -- datagrams --

    def datagrams(self, *options):
        drops = ["UDP_RCVBUF", "LINK_QUEUE_FULL"]
        with server(), Relay(self.wire, expected=drops) as stack:
            before = kernel_drops(stack.device)
            end = client("-u", "-b", "100M", "-l", DATAGRAM, "-n", SIZE // 4, *options)
            dropped = sum(stack.drops().get(reason, 0) for reason in drops)
            dropped += kernel_drops(stack.device) - before
        for stream in (stream["udp"] for stream in end["streams"]):
            self.assertEqual(stream["out_of_order"], 0)
            self.assertGreater(stream["packets"], stream["lost_packets"])
            # Which frames a packet socket had no room for is known to its owner alone.
            if self.wire[2] == "sea0":
                self.assertLessEqual(stream["lost_packets"], dropped)

    def test_datagrams_to_the_stack(self):
        self.datagrams()

    def test_datagrams_from_the_stack(self):
        self.datagrams("-R")

    def test_datagrams_of_parallel_streams(self):
        self.datagrams("-P", 3)


wires.over(globals(), Iperf3)

if __name__ == "__main__":
    main("iperf3")
