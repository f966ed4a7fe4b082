# SPDX-License-Identifier: Apache-2.0
"""What the tests against the kernel share: namespaces of their own, a running seastack, judgement.

A test is a function whose name is a sentence. Nothing that a test makes outlives it, even when it
fails; traffic stays within the namespaces made here.
"""
import atexit
import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

SEASTACK = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "seastack")
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def skip(reason):
    print("SKIP:", reason)
    sys.exit(77)


def need(*programs):
    """Skips where this cannot run at all."""
    if os.geteuid() != 0:
        skip("not root: network namespaces and taps take root")
    if not os.path.exists("/dev/net/tun"):
        skip("there is no /dev/net/tun")
    for program in ("ip", *programs):
        if not shutil.which(program):
            skip(f"there is no program {program}")
    probe = f"sea-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode:
        skip("the kernel makes no network namespace here")
    subprocess.run(["ip", "netns", "del", probe], check=False)


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Namespace:
    """A network namespace with its loopback up; it ends with the program."""
    made = 0

    def __init__(self):
        Namespace.made += 1
        self.name = f"sea-{os.getpid()}-{Namespace.made}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        atexit.register(self.delete)
        self.ip("link", "set", "lo", "up")

    def delete(self):
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL, check=False)

    def ip(self, *args):
        subprocess.run(["ip", "-n", self.name, *args], check=True)

    def run(self, *command, timeout=60):
        return subprocess.run(["ip", "netns", "exec", self.name, *command], capture_output=True,
                              text=True, timeout=timeout, check=False)

    @contextlib.contextmanager
    def inside(self):
        """Sockets made in here belong to the namespace, also later."""
        with open("/proc/self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.name}", "rb") as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                LIBC.setns(home.fileno(), CLONE_NEWNET)

    def socket(self, kind=socket.SOCK_STREAM, family=socket.AF_INET):
        with self.inside():
            sock = socket.socket(family, kind)
        sock.settimeout(20)
        return sock

    def connect(self, host, port):
        sock = self.socket(family=family_of(host))
        sock.connect((host, port))
        return sock


class Scratch:
    """A folder for files and control sockets of a test; its name is short, as sockets want it."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="sea-"))
        atexit.register(shutil.rmtree, self.path, ignore_errors=True)

    def __truediv__(self, name):
        return self.path / name


def seastack(*args, timeout=60, **options):
    return subprocess.run([SEASTACK, *map(str, args)], capture_output=True, text=True,
                          timeout=timeout, check=False, **options)


class Up:
    """`seastack up` on a tap in a namespace, whose kernel end gets an address as well.

    With net6, such as "fd00:9", both have one of IPv6, too; with neither the stack is told none.
    Without kernel_up, the kernel's end is left down.
    """

    def __init__(self, ns, scratch, *args, tap="sea0", net="10.9.0", net6=None, kernel_up=True):
        self.ns, self.tap = ns, tap
        self.addr, self.kernel = f"{net}.2", f"{net}.1"
        self.addr6, self.kernel6 = f"{net6}::2", f"{net6}::1"
        if net6:
            args = ("--addr", f"{self.addr6}/64", *args)
        if net:
            args = ("--addr", f"{self.addr}/24", *args)
        self.control = scratch / f"{tap}.sock"
        self.errors = open(scratch / f"{tap}.err", "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            [SEASTACK, "up", "--netns", ns.name, "--link", f"tap:{tap}", "--control",
             str(self.control), *map(str, args)],
            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        atexit.register(self.kill)
        self.banner = self.process.stdout.readline()
        if " is up: " not in self.banner:
            self.process.wait(10)
            raise AssertionError(f"it did not come up: {self.said()}")
        if net:
            ns.ip("addr", "add", f"{self.kernel}/24", "dev", tap)
        if net6:
            ns.ip("addr", "add", f"{self.kernel6}/64", "dev", tap, "nodad")
        if kernel_up:
            ns.ip("link", "set", tap, "up")

    def settle(self):
        """Its IPv6 addresses are looked for on the network before they are used."""
        check(wait_until(lambda: "tentative" not in self.ask("addrs", "-6").stdout, 60),
              self.ask("addrs", "-6").stdout)
        check(self.addr6 in self.ask("addrs", "-6").stdout, "no address")

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def ask(self, verb, *args):
        return seastack(verb, "--control", self.control, *args)

    def stop(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        return self.process.wait(20)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(got, expected):
    check(got == expected, f"expected {expected!r}, got {got!r}")


def main(tests):
    """Runs them in order, tells each, and exits."""
    failed = 0
    for test in tests:
        try:
            test()
            print(f"ok: {test.__name__}")
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED: {test.__name__}")
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    print(f"{len(tests) - failed} of {len(tests)} passed")
    sys.exit(1 if failed else 0)
