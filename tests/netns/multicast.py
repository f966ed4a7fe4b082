#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Groups across a wire: the kernel's sockets against the stack's, and what routers would hear."""
import os
import select
import socket
import struct
import subprocess
import time

import netns

PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/multicast_peer")
PORT = 7000
TAP = "seam0"
KERNEL4, OURS4 = "10.9.0.1", "10.9.0.2"
G4, G6 = "239.1.2.3", "ff15::123"
RECORDS = {1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}


class Peer:
    """The stack at the other end of the tap, which is told what to do."""

    def __init__(self, namespace):
        self.process = subprocess.Popen([PEER, namespace.name, TAP], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0)
        self.lines = b""
        netns.equal(self.line(20), "ready")

    def line(self, seconds):
        """The next line that it says, or None in that time."""
        until = time.monotonic() + seconds
        while b"\n" not in self.lines:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            read = os.read(self.process.stdout.fileno(), 4096)
            netns.check(read, "the peer lives")
            self.lines += read
        line, self.lines = self.lines.split(b"\n", 1)
        return line.decode()

    def tell(self, *words):
        self.process.stdin.write((" ".join(words) + "\n").encode())
        return int(self.line(20))

    def stop(self):
        self.process.stdin.close()
        netns.equal(self.process.wait(20), 0)


class World:
    def __init__(self):
        self.ns = netns.Namespace()
        self.ns.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        self.peer = Peer(self.ns)
        self.ns.ip("addr", "add", KERNEL4 + "/24", "dev", TAP)
        self.ns.ip("link", "set", TAP, "up")
        with self.ns.inside():
            self.ifindex = socket.if_nametoindex(TAP)
            self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.wire.bind((TAP, 3))
        time.sleep(2.5)  # link-local addresses of both ends

    def kernel_socket(self, family):
        sock = self.ns.socket(socket.SOCK_DGRAM, family)
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(KERNEL4))
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.ifindex)
        return sock

    def reports(self, seconds):
        """What the stack told routers, in words."""
        heard, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            if not select.select([self.wire], [], [], until - time.monotonic())[0]:
                break
            frame, meta = self.wire.recvfrom(4096)
            if meta[2] != socket.PACKET_OUTGOING:
                heard += records(frame)
        return heard


def records(frame):
    """Of a report of IGMPv3 or MLDv2: ["to_ex 239.1.2.3", ...]."""
    if frame[12:14] == b"\x08\0" and frame[23] == 2 and frame[14 + 24] == 0x22:
        family, size, report = socket.AF_INET, 4, frame[14 + 24:]
    elif frame[12:14] == b"\x86\xdd" and frame[20] == 0 and frame[14 + 48] == 143:
        family, size, report = socket.AF_INET6, 16, frame[14 + 48:]
    else:
        return []
    out, at = [], 8
    for _ in range(struct.unpack("!H", report[6:8])[0]):
        kind, _, sources = struct.unpack("!BBH", report[at:at + 4])
        addresses = [socket.inet_ntop(family, report[at + 4 + i * size:at + 4 + (i + 1) * size])
                     for i in range(sources + 1)]
        out.append(" ".join([RECORDS[kind], *addresses]))
        at += 4 + (sources + 1) * size
    return out


def group_req(world, group):
    family = netns.family_of(group)
    address = socket.inet_pton(family, group)
    storage = struct.pack("=H2x", family) + (b"" if family == socket.AF_INET else bytes(4))
    return struct.pack("=I4x", world.ifindex) + (storage + address).ljust(128, b"\0")


def both(test):
    def run(group, level):
        world = World()
        try:
            test(world, group, level)
        finally:
            world.peer.stop()
    return lambda: (run(G4, socket.IPPROTO_IP), run(G6, socket.IPPROTO_IPV6))


def the_kernel_is_heard_by_members_only(world, group, _level):
    sender = world.kernel_socket(netns.family_of(group))
    sender.sendto(b"early", (group, PORT))
    netns.equal(world.peer.line(0.5), None)
    netns.equal(world.peer.tell("join", group), 0)
    sender.sendto(b"now", (group, PORT))
    netns.equal(world.peer.line(20), "got now")
    netns.equal(world.peer.tell("leave", group), 0)
    sender.sendto(b"late", (group, PORT))
    netns.equal(world.peer.line(0.5), None)


def the_kernel_hears_what_is_sent(world, group, level):
    receiver = world.ns.socket(socket.SOCK_DGRAM, netns.family_of(group))
    receiver.bind(("", PORT))
    receiver.setsockopt(level, 42, group_req(world, group))  # MCAST_JOIN_GROUP
    netns.equal(world.peer.tell("send", group, "hello"), 0)
    netns.equal(receiver.recv(100), b"hello")
    netns.equal(world.peer.line(0.3), None)  # nobody is in it there
    netns.equal(world.peer.tell("join", group), 0)
    netns.equal(world.peer.tell("send", group, "again"), 0)
    netns.equal(receiver.recv(100), b"again")
    netns.equal(world.peer.line(20), "got again")


def routers_hear_of_groups(world, group, _level):
    other = "1.2.3.4" if group == G4 else "2001:db8::5"
    world.reports(0.5)
    netns.equal(world.peer.tell("join", group), 0)
    netns.equal(world.reports(2.5), ["to_ex " + group] * 2)
    netns.equal(world.peer.tell("block", group, other), 0)
    netns.equal(world.reports(2.5), [f"block {group} {other}"] * 2)
    netns.equal(world.peer.tell("unblock", group, other), 0)
    netns.equal(world.reports(2.5), [f"allow {group} {other}"] * 2)
    netns.equal(world.peer.tell("leave", group), 0)
    netns.equal(world.reports(2.5), ["to_in " + group] * 2)
    netns.equal(world.peer.tell("include", group, other), 0)
    netns.equal(world.reports(2.5), [f"allow {group} {other}"] * 2)
    netns.equal(world.peer.tell("exclude", group, other), 0)
    netns.equal(world.reports(2.5), [f"block {group} {other}"] * 2)


def sources_are_filtered():
    world = World()
    sender = world.kernel_socket(socket.AF_INET)
    netns.equal(world.peer.tell("include", G4, "1.2.3.4"), 0)
    sender.sendto(b"no", (G4, PORT))
    netns.equal(world.peer.line(0.5), None)
    netns.equal(world.peer.tell("include", G4, KERNEL4), 0)
    sender.sendto(b"yes", (G4, PORT))
    netns.equal(world.peer.line(20), "got yes")
    world.peer.stop()


def named(name, test):
    test.__name__ = name
    return test


netns.need()
if not os.path.exists(PEER):
    netns.skip("multicast_peer was not built")
netns.main([named(t.__name__, both(t)) for t in (the_kernel_is_heard_by_members_only,
                                                the_kernel_hears_what_is_sent,
                                                routers_hear_of_groups)] + [sources_are_filtered])
