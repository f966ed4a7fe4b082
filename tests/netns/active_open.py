#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stack calls: python3's web server on the kernel's TCP, and hosts that do not answer."""
import contextlib
import functools
import http.server
import pathlib
import subprocess
import tempfile
import threading

import wires
from streams import digest, pattern

PORT = 8000
FAST = ["--sysctl", "net.ipv4.tcp_syn_retries=1"]


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def web_server(folder):
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer((wires.KERNEL, PORT), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class Calls:
    @contextlib.contextmanager
    def wire_up(self):
        """The kernel's end alone: each get brings a stack of its own."""
        link, device = self.wire[1], self.wire[2]
        if device == "sea0":
            wires.run("ip", "tuntap", "add", "sea0", "mode", "tap", *self.tap_flags(link))
        else:
            wires.add_veth("--no-offload" not in link)
        try:
            wires.run("ip", "addr", "add", wires.KERNEL + "/24", "dev", device)
            wires.run("ip", "link", "set", device, "up")
            with tempfile.TemporaryDirectory(prefix="sea-netns-") as folder:
                yield pathlib.Path(folder)
        finally:
            wires.run("ip", "link", "del", device)

    @staticmethod
    def tap_flags(link):
        return [] if "--no-offload" in link else ["vnet_hdr"]

    def get(self, path, *options, host=wires.KERNEL):
        return subprocess.run([wires.SEASTACK, "get", *self.wire[1], "--addr", wires.OURS + "/24",
                               *options, "-q", "-o", "-", f"http://{host}:{PORT}/{path}"],
                              capture_output=True, timeout=wires.PATIENCE, check=False)

    def refused(self, why, *options, **keywords):
        done = self.get("file", *options, **keywords)
        self.assertEqual((done.returncode, done.stdout), (1, b""), done.stderr)
        self.assertIn(why, done.stderr.decode())

    def test_file_is_fetched_whole(self):
        with self.wire_up() as folder:
            for size in (0, 1, 5_000_000):
                (folder / "file").write_bytes(pattern(size))
                with web_server(folder):
                    done = self.get("file")
                self.assertEqual(done.stderr, b"")
                self.assertEqual(digest(done.stdout), digest(pattern(size)))

    def test_one_after_the_other(self):
        with self.wire_up() as folder, web_server(folder):
            (folder / "file").write_bytes(pattern(5000))
            for i in range(50):
                done = self.get("file")
                self.assertEqual((done.stdout, done.stderr), (pattern(5000), b""), i)

    def test_file_is_fetched_over_a_bad_wire(self):
        with self.wire_up() as folder, web_server(folder):
            (folder / "file").write_bytes(pattern(1_000_000))
            done = self.get("file", "--fault", "loss=2%,delay=2ms,reorder=1%,duplicate=1%")
            self.assertEqual(digest(done.stdout), digest(pattern(1_000_000)))

    def test_closed_port_is_told(self):
        with self.wire_up():
            self.refused("refused")

    def test_host_that_is_not_there_is_told(self):
        with self.wire_up():
            self.refused("No route to host", host="10.9.0.77")

    def test_host_without_route_is_told(self):
        with self.wire_up():
            self.refused("Network is unreachable", host="10.77.0.1")

    def beyond(self, kind, why):
        """The kernel is the router, and this is what it knows of a network behind it."""
        with self.wire_up(), wires.settings(ip_forward=1):
            wires.run("ip", "route", "add", kind, "10.77.0.0/24")
            try:
                self.refused(why, "--gw", wires.KERNEL, *FAST, host="10.77.0.1")
            finally:
                wires.run("ip", "route", "del", kind, "10.77.0.0/24")

    def test_silence_times_out(self):
        self.beyond("blackhole", "timed out")

    def test_unreachable_host_is_told(self):
        self.beyond("unreachable", "No route to host")

    def test_forbidden_host_is_told(self):
        self.beyond("prohibit", "No route to host")


wires.over(globals(), Calls, [wires.TAP, wires.TAP_SINGLE, wires.VETH])

if __name__ == "__main__":
    wires.main()
