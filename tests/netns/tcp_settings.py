#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TCP against a kernel that is set up otherwise: options off, other sizes of frames, small buffers."""
import wires
from streams import SERVICES, chargen, digest, download, exchange, pattern, upload

SIZE = 1_000_000


class Settings:
    def check(self, *options, **sizes):
        # Cut down windows are overrun by single frames, which take more memory than they count.
        expected = wires.CUT_SHORT | {"TCP_RCVBUF", "TCP_OOO_PRUNED", "TCP_ZERO_WINDOW"}
        with wires.Stack(self.wire, *SERVICES, *options, expected=expected, **sizes):
            data = pattern(SIZE)
            self.assertEqual(digest(exchange(data)), digest(data))
            self.assertEqual(upload(data), b"")
            self.assertEqual(digest(download(SIZE)), digest(chargen(SIZE)))

    def test_kernel_without_timestamps(self):
        with wires.settings(tcp_timestamps=0):
            self.check()

    def test_kernel_without_sack(self):
        with wires.settings(tcp_sack=0):
            self.check()

    def test_kernel_without_window_scaling(self):
        with wires.settings(tcp_window_scaling=0):
            self.check()

    def test_kernel_without_any_option(self):
        with wires.settings(tcp_timestamps=0, tcp_sack=0, tcp_window_scaling=0):
            self.check()

    def test_kernel_with_ecn(self):
        with wires.settings(tcp_ecn=1):
            self.check()

    def test_kernel_with_reno(self):
        with wires.settings(tcp_congestion_control="reno"):
            self.check()

    def test_kernel_with_small_buffers(self):
        with wires.settings(tcp_rmem="4096 8192 16384", tcp_wmem="4096 8192 16384"):
            self.check()

    def test_stack_without_options(self):
        for name in ("tcp_timestamps", "tcp_sack", "tcp_window_scaling"):
            with self.subTest(name):
                self.check("--sysctl", f"net.ipv4.{name}=0")

    def test_stack_with_small_buffers(self):
        self.check("--sysctl", "net.ipv4.tcp_rmem=4096 8192 16384",
                   "--sysctl", "net.ipv4.tcp_wmem=4096 8192 16384")

    def test_small_frames(self):
        self.check(mtu=576)

    def test_jumbo_frames(self):
        self.check(mtu=9000)

    def test_the_smaller_mtu_of_the_two_ends_counts(self):
        for ours, kernels in ((1500, 1400), (1400, 1500), (9000, 1500)):
            with self.subTest(ours=ours, kernels=kernels):
                self.check(mtu=ours, kernel_mtu=kernels)


wires.over(globals(), Settings, [wires.TAP, wires.TAP_SINGLE, wires.VETH])

if __name__ == "__main__":
    wires.main()
