#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a host tells routers of its groups: the stack's IGMP and MLD beside the kernel's, byte for byte.

Both have the same addresses and make the same calls. What is heard in each step is compared as a set:
neither when nor how often, and in a report that has several records not their order.
"""
import os
import select
import socket
import struct
import subprocess

import netns
from netns import check, equal

PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/multicast_peer")
LINK = "seam0"
MAC = "02:00:00:00:00:02"  # of the peer
PATIENCE = 60
CALLS = {"join": 42, "block": 43, "unblock": 44, "leave": 45, "include": 46, "exclude": 47}
GROUPS = {4: ("239.1.2.3", "239.1.2.4"), 6: ("ff15::123", "ff15::124")}
SOURCES = {4: ("1.2.3.4", "1.2.3.5"), 6: ("2001:db8::5", "2001:db8::6")}
ROUTER = b"\x02\0\0\0\0\x09"


def family_of(addr):
    return 6 if ":" in addr else 4


def raw(addr):
    return socket.inet_pton(netns.family_of(addr), addr)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


# -- what is heard --

def sorted_records(message, size):
    """Of IGMPv3 and MLDv2: the records in an order of their own, their sources, too."""
    records, at = [], 8
    for _ in range(struct.unpack("!H", message[6:8])[0]):
        sources = struct.unpack("!H", message[at + 2:at + 4])[0]
        first, end = at + 4 + size, at + 4 + (sources + 1) * size
        listed = sorted(message[i:i + size] for i in range(first, end, size))
        records.append(message[at:first] + b"".join(listed))
        at = end
    equal(at, len(message))
    return message[:8] + b"".join(sorted(records))


def heard4(frame):
    ip = bytearray(frame[14:14 + struct.unpack("!H", frame[16:18])[0]])
    if ip[9] != 2:
        return None
    length = (ip[0] & 15) * 4
    equal(checksum(bytes(ip[:length])), 0)
    ip[4:6] = ip[10:12] = b"\0\0"  # the identification is nobody's business
    message = bytes(ip[length:])
    equal(checksum(message), 0)
    return bytes(ip[:length]) + (sorted_records(message, 4) if message[0] == 0x22 else message)


def heard6(frame):
    ip = frame[14:14 + 40 + struct.unpack("!H", frame[18:20])[0]]
    if ip[6] != 0 or ip[40] != 58 or ip[48] not in (131, 132, 143):
        return None
    message = ip[48:]
    equal(checksum(ip[8:40] + struct.pack("!II", len(message), 58) + message), 0)
    return ip[:48] + (sorted_records(message, 16) if message[0] == 143 else message)


def heard(frame, family):
    """A report as it is compared, with its link header; None: something else."""
    if frame[12:14] != (b"\x08\0" if family == 4 else b"\x86\xdd"):
        return None
    packet = heard4(frame) if family == 4 else heard6(frame)
    return packet and frame[:14] + packet


# -- the two hosts --

class Host:
    """`wire` is the other end of its link; reports of `family` are heard in this step, and before."""

    def listen(self, namespace, name):
        with namespace.inside():
            self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.wire.bind((name, 3))
        self.family, self.step, self.ready = 4, set(), False

    def take(self):
        while select.select([self.wire], [], [], 0)[0]:
            frame, meta = self.wire.recvfrom(4096)
            report = heard(frame, self.family) if meta[2] != socket.PACKET_OUTGOING else None
            if report:
                self.step.add(report)
        return self.step


class Stack(Host):
    def __init__(self):
        self.ns = netns.Namespace()
        self.ns.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        self.process = subprocess.Popen([PEER, self.ns.name, LINK], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        equal(self.process.stdout.readline(), "ready\n")
        self.ns.ip("link", "set", LINK, "up")
        self.listen(self.ns, LINK)

    def tell(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def set(self, name, value):
        equal(self.tell("set", name, value), 0)

    def stop(self):
        self.process.stdin.close()
        equal(self.process.wait(PATIENCE), 0)


class Kernel(Host):
    def __init__(self):
        self.ns, self.far = netns.Namespace(), netns.Namespace()
        self.far.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        self.ns.ip("link", "add", LINK, "address", MAC, "type", "veth", "peer", "name", "far",
                   "netns", self.far.name)
        self.far.ip("link", "set", "far", "up")
        self.listen(self.far, "far")
        self.ns.run("sysctl", "-qw", f"net.ipv6.conf.{LINK}.router_solicitations=0")
        self.ns.ip("addr", "add", "10.9.0.2/24", "dev", LINK)
        self.ns.ip("link", "set", LINK, "up")
        self.socket = self.ns.socket(socket.SOCK_DGRAM, socket.AF_INET6)
        with self.ns.inside():
            self.index = socket.if_nametoindex(LINK)

    def tell(self, verb, group, source=None):
        def storage(addr):
            data = struct.pack("=H2x", netns.family_of(addr)) + \
                (b"" if family_of(addr) == 4 else bytes(4)) + raw(addr)
            return data.ljust(128, b"\0")

        value = struct.pack("=I4x", self.index) + storage(group) + \
            (storage(source) if source else b"")
        try:
            self.socket.setsockopt(0 if family_of(group) == 4 else 41, CALLS[verb], value)
        except OSError as error:
            return error.errno
        return 0

    def set(self, name, value):
        check(self.ns.run("sysctl", "-qw", f"{name}={value}").returncode == 0, name)

    def stop(self):
        self.socket.close()


class Pair:
    """Each change is told twice, the second time soon, so that steps do not run into each other."""

    def __init__(self, version):
        self.version, self.family = version, 4 if version.startswith("igmp") else 6
        self.both = (Kernel(), Stack())
        self.before, number = set(), version[-1]
        for host in self.both:
            host.family = self.family
            for name in ("ipv4.conf.{}.igmpv2", "ipv4.conf.{}.igmpv3", "ipv6.conf.{}.mldv1",
                         "ipv6.conf.{}.mldv2"):
                host.set(f"net.{name.format(LINK)}_unsolicited_report_interval", "50")
            host.set("net.ipv4.conf.all.force_igmp_version" if self.family == 4 else
                     "net.ipv6.conf.all.force_mld_version", number)
        self.ready()

    def ready(self):
        """Addresses are theirs, what they say of those is said: both answer from them."""
        own = b"\xff\x02" + bytes(9) + b"\1\xff"

        def all_told():
            self.query(None)
            for host in self.both:
                host.step = set()
            netns.wait_until(lambda: all(h.take() for h in self.both), 2)
            for host in self.both:
                host.ready = any(own in r and r[22:24] == b"\xfe\x80" for r in host.step)
            return self.quiet() and all(h.ready for h in self.both)

        if self.family == 6:
            check(netns.wait_until(all_told, PATIENCE), "no addresses")
        check(self.quiet(), "one goes on and on")

    def quiet(self):
        """Nothing new for a while."""
        def nothing():
            for host in self.both:
                host.step = set()
            return not netns.wait_until(lambda: any(h.take() for h in self.both), 0.3)

        result = netns.wait_until(nothing, PATIENCE)
        for host in self.both:
            host.step = set()
        return result

    def query(self, group, *sources):
        """From a router; what is to be answered within 0.1 s."""
        if self.family == 4:
            to, data = group or "224.0.0.1", raw(group or "0.0.0.0")
            older = {"igmpv1": struct.pack("!BBH", 0x11, 0, 0), "igmpv2": struct.pack("!BBH", 0x11, 1, 0)}
            message = older[self.version] + data if self.version in older else \
                struct.pack("!BBH", 0x11, 1, 0) + data + struct.pack("!BBH", 2, 20, len(sources)) + \
                b"".join(map(raw, sources))
            message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
            ip = struct.pack("!BBHHHBBH", 0x46, 0xc0, 24 + len(message), 0, 0, 1, 2, 0) + \
                raw("10.9.0.9") + raw(to) + b"\x94\4\0\0"
            ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + message
            mac, kind = b"\x01\0\x5e" + bytes([raw(to)[1] & 0x7f]) + raw(to)[2:], b"\x08\0"
        else:
            to = group or "ff02::1"
            message = struct.pack("!BBHHH", 130, 0, 0, 100, 0) + raw(group or "::")
            if self.version == "mldv2":
                message += struct.pack("!BBH", 2, 20, len(sources)) + b"".join(map(raw, sources))
            addresses = raw("fe80::9") + raw(to)
            total = checksum(addresses + struct.pack("!II", len(message), 58) + message)
            message = message[:2] + struct.pack("!H", total) + message[4:]
            ip = struct.pack("!IHBB", 0x60000000, 8 + len(message), 0, 1) + addresses + \
                b"\x3a\0\5\2\0\0\1\0" + message
            mac, kind = b"\x33\x33" + raw(to)[12:], b"\x86\xdd"
        for host in self.both:
            host.wire.send(mac + ROUTER + kind + ip)

    def agree(self, what, silent):
        def same():
            kernel, stack = [host.take() for host in self.both]
            # What was said before may be said again late, on a busy machine.
            return kernel - self.before == stack - self.before and \
                (silent or (kernel and stack))

        if not netns.wait_until(same, PATIENCE):
            words = [[r[14:].hex() for r in sorted(host.step)] for host in self.both]
            raise AssertionError(f"{self.version}, {what}: the kernel {words[0]}, we {words[1]}")
        self.before |= self.both[0].step
        check(self.quiet(), "one goes on and on")

    def tell(self, *words, silent=False):
        answers = [host.tell(*words) for host in self.both]
        equal(answers[1], answers[0])
        self.agree(words, silent)

    def set(self, name, value, silent=False):
        for host in self.both:
            host.set(name, value)
        self.agree((name, value), silent)

    def ask(self, *words, silent=False):
        self.query(*words)
        self.agree(("query", *words), silent)

    def stop(self):
        for host in self.both:
            host.stop()


def calls(version):
    pair = Pair(version)
    (g, h), (a, b) = GROUPS[pair.family], SOURCES[pair.family]
    old, oldest = version in ("igmpv1", "igmpv2", "mldv1"), version == "igmpv1"
    pair.tell("join", g)
    pair.tell("block", g, a, silent=old)
    pair.tell("block", g, b, silent=old)
    pair.tell("unblock", g, a, silent=old)
    pair.tell("include", h, a)
    pair.tell("include", h, b, silent=old)
    pair.tell("exclude", h, a, silent=old)
    pair.tell("join", g, silent=True)  # it is in
    pair.ask(None)
    pair.ask(g)
    pair.ask(h)
    if not old:
        pair.ask(g, a, b)
        pair.ask(h, a, b)
        pair.ask(h, a, silent=True)
    pair.ask("239.9.9.9" if pair.family == 4 else "ff15::999", silent=True)
    pair.tell("exclude", h, b, silent=oldest)
    pair.tell("leave", g, silent=oldest)
    pair.tell("leave", g, silent=True)  # it is not in
    pair.ask(None, silent=pair.family == 4)
    pair.stop()


def named(version):
    def test():
        calls(version)
    test.__name__ = f"{version}_tells_routers_what_the_kernel_tells"
    return test


def who_forwards_is_in_the_groups_of_routers():
    pair, name = Pair("mldv2"), f"net.ipv6.conf.{LINK}.forwarding"
    pair.set(name, "1")
    pair.ask("ff02::2")
    pair.ask("ff05::2")
    pair.ask("ff01::2", silent=True)  # it is nobody else's business
    pair.set(name, "2", silent=True)
    pair.set(name, "0")
    pair.ask("ff02::2", silent=True)
    pair.set("net.ipv6.conf.all.forwarding", "1")
    pair.tell("join", "ff05::2", silent=True)
    pair.set("net.ipv6.conf.all.forwarding", "0")
    pair.ask("ff05::2")  # the socket's
    pair.stop()
    pair = Pair("igmpv3")
    pair.set("net.ipv4.ip_forward", "1", silent=True)  # there it is left to who routes
    pair.ask("224.0.0.2", silent=True)
    pair.stop()


netns.need()
if not os.path.exists(PEER):
    netns.skip("multicast_peer was not built")
netns.main([named(version) for version in ("igmpv1", "igmpv2", "igmpv3", "mldv1", "mldv2")] +
           [who_forwards_is_in_the_groups_of_routers])
