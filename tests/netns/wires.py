# SPDX-License-Identifier: Apache-2.0
"""What tests share that run over every kind of wire: the wire, and a stack on one end of it.

The test itself moves into a new network namespace, so its sockets are the kernel's and all of it is
gone with the process. The kernel is KERNEL, the stack OURS. Whoever stops a stack judges it: what it
has dropped must have been expected, and in the capture of all its frames no checksum is wrong.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

from netns import CLONE_NEWNET, LIBC, SEASTACK, need, skip

KERNEL, OURS = "10.9.0.1", "10.9.0.2"
# Long enough for a slow machine under a sanitizer; only what hangs ever takes it.
PATIENCE = 300

# How the stack is attached, and which device is the kernel's end.
TAP = ("tap", ["--link", "tap:sea0"], "sea0")
TAP_SINGLE = ("tap_without_offload", ["--link", "tap:sea0", "--no-offload"], "sea0")
VETH = ("veth", ["--link", "packet:veth0"], "veth1")
VETH_SINGLE = ("veth_without_offload", ["--link", "packet:veth0", "--no-offload"], "veth1")
WIRES = [TAP, TAP_SINGLE, VETH, VETH_SINGLE]
# As the last, but the kernel leaves checksums to a card, which a veth has none of.
VETH_UNFINISHED = ("veth_with_unfinished_checksums", *VETH_SINGLE[1:])

# A sender that waits too long on a busy machine sends again, its FIN too, which then finds the
# connection at its end or gone, and is reset; and a stack that does not run for long has frames lost
# in front of AF_PACKET, and gets the last one again while it waits for those: drops that only tell of time.
TIMELY = {"TCP_OLD_DATA", "TCP_TIME_WAIT", "TCP_NO_SOCKET", "TCP_RESET", "TCP_OOO_DUPLICATE"}
# What the stack says of its groups before the kernel's end is up is lost, as there is no carrier yet.
TIMELY |= {"LINK_DOWN"}
# A veth hands frames over on the CPU that sends them: where the kernel's socket changes its CPU and the first one is
# busy, an ACK is overtaken by a later one. By then its timestamp is old and what it acknowledges is not SND.UNA, so that
# Linux drops it, too, and counts PAWSEstab (packetimpact/tests/ts/an_old_ack_of_something_new_is_not_taken).
OVERTAKEN = {"TCP_PAWS"}
# Closing before the end of a stream resets it; what was on its way is answered with more resets.
CUT_SHORT = {"TCP_INVALID_RESET"}

# The kernel writes 0xffff where a TCP checksum comes to 0, which is as good; tshark thinks it is not.
# An ICMP error quotes what came, and over a wire with offloads that is an unfinished checksum.
BAD_FRAMES = ("_ws.malformed or ip.checksum.status == bad or icmp.checksum.status == bad"
              " or icmpv6.checksum.status == bad"
              " or (udp.checksum.status == bad and not icmp and not icmpv6)"
              " or (tcp.checksum.status == bad and tcp.checksum != 0xffff and not icmp and not icmpv6)")


def run(*command, status=0, text=True):
    """Runs a program; its standard output. Any other exit status than this one is a failure."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=text,
                          timeout=PATIENCE, check=False)
    if done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n"
                             f"{done.stdout}\n{done.stderr}")
    return done.stdout


def sysctl(name, value):
    pathlib.Path("/proc/sys", name.replace(".", "/")).write_text(str(value), encoding="ascii")


def add_veth(offload, checksums=False):
    run("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
    run("ip", "link", "set", "veth0", "up")
    if not offload:
        run("ethtool", "-K", "veth1", "tx", "on" if checksums else "off", "tso", "off", "gso", "off")


class Stack:
    """`seastack up` on one end of a wire. As a context: up, and stopped and judged at its end."""
    program = [SEASTACK, "up"]  # or one that takes the same options and says the same

    def __init__(self, wire, *options, mtu=1500, kernel_mtu=None, expected=(), clean=True):
        """expected: how the reasons of drops begin that may be; clean: no frame may be damaged."""
        self.name, link, self.device = wire
        self.mtu, self.kernel_mtu, self.clean = mtu, kernel_mtu or mtu, clean
        self.expected = TIMELY | set(expected) | (OVERTAKEN if self.device == "veth1" else set())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sea-netns-"))
        self.control = str(self.folder / "control")
        self.capture = self.folder / "capture.pcapng"
        self.command = [*self.program, *link, "--addr", OURS + "/24", "--mtu", str(mtu),
                        "--control", self.control, *options]
        if "--capture" not in options:
            self.command += ["--capture", str(self.capture), "--capture-limit", "64M"]
        self.process = None
        self.ending = False  # somebody asked it to

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def start(self):
        self.ending = False
        if self.name.startswith("veth"):
            add_veth("--no-offload" not in self.command, self.name == VETH_UNFINISHED[0])
            run("ip", "link", "set", "veth0", "mtu", max(self.mtu, self.kernel_mtu))
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if " is up: " not in self.process.stdout.readline():
            raise AssertionError(f"{self.command}: {self.process.communicate()[1]}")
        threading.Thread(target=self.watch, args=(self.process,), daemon=True).start()
        run("ip", "link", "set", self.device, "mtu", self.kernel_mtu)
        run("ip", "addr", "add", KERNEL + "/24", "dev", self.device)
        run("ip", "link", "set", self.device, "up")

    def watch(self, process):
        """A stack that ends unasked ends the test: those who talk with it would wait for long."""
        status = process.wait()
        if process is self.process and not self.ending:
            print(f"{self.name}: the stack ended: {status}, {process.stderr.read()}",
                  file=sys.stderr, flush=True)
            os._exit(1)

    def ask(self, verb):
        return json.loads(run(SEASTACK, verb, "--control", self.control, "--json"))

    def counter(self, name):
        return self.ask("stat")["counters"][name]

    def drops(self):
        return {drop["reason"]: drop["count"] for drop in self.ask("drops") if drop["count"]}

    def stop(self, with_signal=signal.SIGTERM):
        """Its exit status and what it wrote to standard error."""
        self.ending = True
        self.process.send_signal(with_signal)
        errors = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, errors

    def judge(self):
        unexpected = {reason: count for reason, count in self.drops().items()
                      if not reason.startswith(tuple(self.expected))}
        status, errors = self.stop()
        if unexpected:
            raise AssertionError(f"{self.name}: unexpected drops: {unexpected}")
        if status or errors:
            raise AssertionError(f"{self.name}: status {status}, {errors}")
        if self.clean and self.capture.exists():
            judge_capture(self.capture)

    def remove(self):
        self.ending = True
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr) if self.process else ():
            pipe.close()
        if self.name.startswith("veth"):
            subprocess.run(["ip", "link", "del", "veth0"], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and self.process.poll() is None:
                self.judge()
        finally:
            self.remove()


# What tests send (to discard, and through relays) is random; to tshark some of it looks like a protocol,
# and a broken one: by its first bytes, or by the kernel's port, which may be one that tshark knows.
OPAQUE = [word for protocol in ("tcp", "udp") for port in (9, 5201)
          for word in ("-d", f"{protocol}.port=={port},data")]


def judge_capture(path):
    """No malformed frame and no wrong checksum, says tshark, where there is one."""
    if not shutil.which("tshark"):
        return
    checks = [word for protocol in ("ip", "tcp", "udp")
              for word in ("-o", f"{protocol}.check_checksum:TRUE")]
    bad = run("tshark", "-n", "-r", path, *checks, *OPAQUE, "-Y", BAD_FRAMES)
    if bad:
        raise AssertionError(f"bad frames in the capture:\n{bad[:4000]}")


@contextlib.contextmanager
def settings(**values):
    """Sysctls of the kernel below net.ipv4, set back at the end."""
    paths = {pathlib.Path("/proc/sys/net/ipv4", name): value for name, value in values.items()}
    before = {path: path.read_text(encoding="ascii") for path in paths}
    try:
        for path, value in paths.items():
            path.write_text(str(value), encoding="ascii")
        yield
    finally:
        for path, value in before.items():
            path.write_text(value, encoding="ascii")


def over(module, cases, wires=None):
    """Makes a test class of these cases for each wire; they find it in self.wire."""
    for wire in wires or WIRES:
        name = f"{cases.__name__}_over_{wire[0]}"
        module[name] = type(name, (cases, unittest.TestCase), {"wire": wire})


def main(*programs):
    """Runs the tests of the caller's module, with these programs, in a namespace."""
    need("ethtool", *programs)
    if LIBC.unshare(CLONE_NEWNET):
        skip("may not leave for a network namespace: " + os.strerror(ctypes.get_errno()))
    # Its neighbour discovery would be dropped for want of IPv6.
    if os.path.exists("/proc/sys/net/ipv6/conf/default/disable_ipv6"):
        sysctl("net.ipv6.conf.default.disable_ipv6", 1)
    run("ip", "link", "set", "lo", "up")
    unittest.main(verbosity=2)
