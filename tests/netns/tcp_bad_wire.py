#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Streams over a wire that loses, delays, reorders, doubles and corrupts come through intact."""
import wires
from streams import SERVICES, chargen, digest, download, exchange, pattern, upload

SIZE = 2_000_000
PROFILE = "loss=2%,delay=5ms,reorder=1%,duplicate=1%,corrupt=0.1%"
# Damaged frames fail wherever the damaged bit is looked at; the rest is what loss leads to.
LAYERS = ("FAULT_", "LINK_", "ARP_", "IP_", "ICMP_", "UDP_", "TCP_")


class BadWire:
    def check(self, faults, seed):
        with wires.Stack(self.wire, *SERVICES, "--fault", f"{faults},seed={seed}",
                         expected=LAYERS, clean=False) as stack:
            data = pattern(SIZE, seed)
            self.assertEqual(digest(exchange(data)), digest(data))
            self.assertEqual(upload(data), b"")
            self.assertEqual(digest(download(SIZE)), digest(chargen(SIZE)))
            return stack.counter("TcpRetransSegs")

    def test_every_fault_at_once(self):
        for seed in (1, 2, 3):
            with self.subTest(seed=seed):
                self.assertGreater(self.check(PROFILE, seed), 0)

    def test_loss_in_one_direction(self):
        for direction in ("rx", "tx"):
            with self.subTest(direction=direction):
                self.check(f"{direction}:loss=5%,delay=2ms", 4)

    def test_reordering_alone(self):
        self.check("reorder=5%,delay=2ms", 5)

    def test_corruption_is_found_by_checksums(self):
        self.check("corrupt=2%,delay=1ms", 6)

    def test_narrow_wire_with_a_short_queue(self):
        self.check("rate=50mbit,delay=2ms,queue=30", 7)


wires.over(globals(), BadWire, [wires.TAP, wires.TAP_SINGLE, wires.VETH])

if __name__ == "__main__":
    wires.main()
