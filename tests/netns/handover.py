#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A transfer with the kernel is moved from process to process in its midst (TCP_REPAIR): the kernel notices nothing.

Three processes of handover_peer, one after the other, are one end of the connection: a stack each, on the same tap, with
the same address. Between two of them nobody is there, and what the kernel sends is lost.
"""
import hashlib
import os
import socket
import subprocess
import threading

import lint
import netns
from netns import check, equal, skip

PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/handover_peer")
OURS, KERNEL, PORT = "10.9.0.2", "10.9.0.1", 5000
SIZE = 24 << 20
MOVES = [5 << 20, 14 << 20]  # after so many bytes
PATIENCE = 300
SCRATCH = netns.Scratch()


class Process:
    """handover_peer, from where it says that it is ready."""

    def __init__(self, ns, mode, file, state, move_at, *more):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", ns.name, PEER, "sea0", OURS, mode, str(file), str(state), str(move_at), *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def expect(self, word):
        said = self.process.stdout.readline().strip()
        if said != word:
            self.process.kill()
            raise AssertionError(f"expected {word}, got {said!r}: {self.process.communicate()[1]}")

    def end(self):
        errors = self.process.communicate(timeout=PATIENCE)[1]
        equal((self.process.returncode, errors), (0, ""))


def digest(data):
    return hashlib.sha256(data).hexdigest()


def network():
    ns = netns.Namespace()
    ns.ip("tuntap", "add", "dev", "sea0", "mode", "tap")
    ns.ip("addr", "add", f"{KERNEL}/24", "dev", "sea0")
    ns.run("sysctl", "-qw", "net.ipv6.conf.sea0.disable_ipv6=1")
    ns.ip("link", "set", "sea0", "up")
    return ns


def move_all(ns, mode, file, connected):
    """Runs the processes one after the other; connected() is called when the first listens."""
    state = SCRATCH / f"{mode}.state"
    process = Process(ns, mode, file, state, MOVES[0])
    process.expect("listening")
    connected()
    for move_at in [*MOVES[1:], 0]:
        process.expect("moved")
        process.end()
        process = Process(ns, mode, file, state, move_at, "resume")
    return process


def closed(ns):
    """The kernel's end waits for no acknowledgment of its FIN any more."""
    lines = ns.run("cat", "/proc/net/tcp").stdout.splitlines()[1:]
    return not any(line.split()[3] in ("04", "05", "09", "0B") for line in lines)


def finish(ns, process):
    process.expect("done")
    netns.wait_until(lambda: closed(ns), PATIENCE)
    process.end()


def connect(ns):
    sock = ns.socket()
    sock.settimeout(PATIENCE)
    sock.connect((OURS, PORT))
    return sock


def judge(path):
    """No reset, no frame that is wrong; one connection, whole."""
    done = lint.lint(path)
    check(done.returncode == 0, done.stdout + done.stderr)
    check(" 0 errors" in done.stdout.splitlines()[-1], done.stdout)
    flows = lint.json.loads(lint.lint(path, "--json").stdout)["flows"]
    equal([flow["ended"] for flow in flows], ["with a FIN each way"])


def receiver_is_moved_and_the_kernel_notices_nothing():
    ns, data, sent = network(), os.urandom(SIZE), []
    file = SCRATCH / "received"

    def send():
        def run():
            with connect(ns) as sock:
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
                sent.append(sock.recv(1))

        thread = threading.Thread(target=run)
        thread.start()
        sent.append(thread)

    with lint.captured("receiving", ns, "sea0") as path:
        process = move_all(ns, "receive", file, send)
        sent[0].join(PATIENCE)
        equal(sent[1:], [b""])
        finish(ns, process)
    equal(digest(file.read_bytes()), digest(data))
    judge(path)


def sender_is_moved_and_the_kernel_notices_nothing():
    ns, data, got = network(), os.urandom(SIZE), bytearray()
    file = SCRATCH / "sent"
    file.write_bytes(data)
    ended = []

    def receive():
        def run():
            with connect(ns) as sock:
                while part := sock.recv(1 << 20):
                    got.extend(part)
            ended.append(True)

        thread = threading.Thread(target=run)
        thread.start()
        ended.append(thread)

    with lint.captured("sending", ns, "sea0") as path:
        process = move_all(ns, "send", file, receive)
        ended[0].join(PATIENCE)
        equal(ended[1:], [True])
        finish(ns, process)
    equal(digest(got), digest(data))
    judge(path)


if __name__ == "__main__":
    netns.need("sysctl")
    if not os.access(PEER, os.X_OK):
        skip("handover_peer was not built: no cmocka")
    netns.main([receiver_is_moved_and_the_kernel_notices_nothing, sender_is_moved_and_the_kernel_notices_nothing])
