#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Groups through a router: the stack beside the kernel, packet for packet, and between real sockets.

The same calls and the same frames go to both. Compared is what comes out of each link, what the daemon
is told, and what is counted.
"""
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
import time

import netns
from netns import check, equal

PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/multicast_routing_peer")
PATIENCE = 60
MRT_INIT, MRT_ADD_VIF, MRT_DEL_VIF, MRT_ADD, MRT_DEL, MRT_ASSERT = 200, 202, 203, 204, 205, 207
MRT_ADD_PROXY, MRT_DEL_PROXY = 210, 211
SRC = {4: "10.0.0.9", 6: "2001:db8::9"}
OWN = {4: "10.0.0.1", 6: "2001:db8::1"}
MARK = {4: "239.255.0.1", 6: "ff1e::ffff"}


def af(family):
    return socket.AF_INET if family == 4 else socket.AF_INET6


def raw(family, addr):
    return socket.inet_pton(af(family), "0.0.0.0" if addr == "any" and family == 4 else
                            "::" if addr == "any" else addr)


def text(family, data):
    addr = socket.inet_ntop(af(family), data)
    return "any" if addr in ("0.0.0.0", "::") else addr


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


# -- frames --

def frame(family, src, dst, ttl=8, size=4, df=False, proto=17):
    a, b = raw(family, src), raw(family, dst)
    payload = (b"%-4d" % size) + bytes(size - 4)
    udp = struct.pack("!HHHH", 7, 7, 8 + size, 0) + payload
    pseudo = a + b + struct.pack("!II", len(udp), 17)
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp) or 0xffff) + udp[8:]
    if family == 4:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0x4000 if df else 0, ttl, proto,
                         0) + a + b
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        mac, kind = b"\x01\0\x5e" + bytes([b[1] & 0x7f]) + b[2:], b"\x08\0"
    else:
        ip = struct.pack("!IHBB", 0x60000000, len(udp), proto, ttl) + a + b
        mac, kind = b"\x33\x33" + b[12:], b"\x86\xdd"
    return mac + b"\x02\0\0\0\0\x09" + kind + ip + udp


def seen(data):
    """What is compared of a frame: the packet, without what each chooses for itself. Or None."""
    kind, ip = data[12:14], bytearray(data[14:])
    if kind == b"\x08\0" and ip[9] == 17 and ip[16] >> 4 == 14:
        own = socket.inet_ntoa(bytes(ip[12:16])) == OWN[4]
        ip = ip[:struct.unpack("!H", ip[2:4])[0]]
        ip[4:6] = ip[10:12] = b"\0\0"
        at = 26
    elif kind == b"\x86\xdd" and ip[6] == 17 and ip[24] == 0xff:
        own = socket.inet_ntop(socket.AF_INET6, bytes(ip[8:24])) == OWN[6]
        if own:
            ip[1:4] = bytes(3)  # the flow label
        at = 46
    elif kind == b"\x86\xdd" and ip[6] == 58 and ip[40] == 2:
        return bytes(ip[40:42] + ip[44:])  # too big: from whom, is not the router's choice alone
    else:
        return None
    if own:
        ip[at:at + 2] = b"\0\0"  # may be left to the device
    return bytes(ip)


# -- the two routers --

class Router:
    """Three links, of which the other ends are in self.hosts; `call` and `tell` as the peer knows."""

    def open_wires(self, names):
        self.wires = []
        with self.hosts.inside():
            for name in names:
                wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                wire.bind((name, 3))
                wire.setblocking(False)
                self.wires.append(wire)
        self.out, self.upcalls, self.marks = [], [], 0

    def inject(self, link, data):
        self.wires[link].send(data)

    def collect(self):
        for link, wire in enumerate(self.wires):
            while select.select([wire], [], [], 0)[0]:
                data, meta = wire.recvfrom(65536)
                packet = seen(data) if meta[2] != socket.PACKET_OUTGOING else None
                if packet and any(raw(f, MARK[f]) in packet for f in (4, 6)):
                    self.marks += 1
                elif packet:
                    self.out.append((link, packet))

    def all_out(self):
        self.collect()
        return sorted(self.out)

    def all_upcalls(self, family):
        self.upcalls += self.tell("upcalls", family)
        return self.upcalls

    def mark(self, family):
        """Everything before it has gone through when this has."""
        before = self.marks
        self.inject(0, frame(family, SRC[family], MARK[family]))

        def came():
            self.collect()
            return self.marks >= before + 2

        check(netns.wait_until(came, PATIENCE), "a mark does not come")


class Stack(Router):
    def __init__(self):
        self.hosts = netns.Namespace()
        self.hosts.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        self.process = subprocess.Popen([PEER, self.hosts.name], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        equal(self.process.stdout.readline(), "ready\n")
        for i in range(3):
            self.hosts.ip("link", "set", f"t{i}", "up")
        self.open_wires(["t0", "t1", "t2"])

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def call(self, *words):
        return int(self.ask(*words))

    def tell(self, *words):
        return self.ask(*words).split(";")[:-1]

    def stop(self):
        self.process.stdin.close()
        equal(self.process.wait(60), 0)


class Kernel(Router):
    """The same words as calls of the kernel's."""

    def __init__(self):
        self.hosts, self.ns = netns.Namespace(), netns.Namespace()
        for space in (self.hosts, self.ns):
            space.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                      "net.ipv6.conf.default.router_solicitations=0",
                      "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        self.hosts.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        for i in range(3):
            self.ns.ip("link", "add", f"r{i}", "type", "veth", "peer", "name", f"h{i}", "netns",
                       self.hosts.name)
            self.ns.ip("addr", "add", f"10.{i}.0.1/24", "dev", f"r{i}")
            self.ns.ip("addr", "add", f"2001:db8:{i}::1/64", "dev", f"r{i}", "nodad")
            self.ns.ip("link", "set", f"r{i}", "up")
            self.hosts.ip("link", "set", f"h{i}", "up")
        with self.ns.inside():
            self.ifindex = [socket.if_nametoindex(f"r{i}") for i in range(3)]
            self.daemons = {4: socket.socket(socket.AF_INET, socket.SOCK_RAW, 2),
                            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)}
        self.daemons[6].setsockopt(58, 1, b"\xff" * 32)  # no ICMPv6, please
        self.open_wires(["h0", "h1", "h2"])

    def option(self, family, name, data):
        try:
            self.daemons[family].setsockopt(0 if family == 4 else 41, name, data)
        except OSError as error:
            return error.errno
        return 0

    @staticmethod
    def route(family, parent, src, group, ttls):
        thresholds = bytearray(32)
        for word in ttls.split(",") if ttls != "-" else ():
            number, ttl = word.split(":")
            thresholds[int(number)] = int(ttl)
        a, b = raw(family, src), raw(family, group)
        if family == 4:
            return a + b + struct.pack("=H32s2x12x4x", parent, bytes(thresholds))
        outs = sum(1 << i for i in range(32) if thresholds[i])
        name = "=HHI16sI"
        return struct.pack(name, 10, 0, 0, a, 0) + struct.pack(name, 10, 0, 0, b, 0) + \
            struct.pack("=H2xQ24x", parent, outs)

    def call(self, verb, *w):
        return getattr(self, "do_" + verb)(*w)

    def do_start(self, family, tell):
        status = self.option(family, MRT_INIT, struct.pack("i", 1))
        return status or self.option(family, MRT_ASSERT, struct.pack("i", tell))

    def do_vif(self, family, number, link):
        index = self.ifindex[link] if link < 3 else link
        return self.option(family, MRT_ADD_VIF,
                           struct.pack("=HBBIi4x", number, 8, 1, 0, index) if family == 4 else
                           struct.pack("=HBBHxxI", number, 0, 1, index, 0))

    def do_novif(self, family, number):
        return self.option(family, MRT_DEL_VIF,
                           struct.pack("=H14x" if family == 4 else "=H", number))

    def do_add(self, family, parent, src, group, ttls, proxy):
        return self.option(family, MRT_ADD_PROXY if proxy else MRT_ADD,
                           self.route(family, parent, src, group, ttls))

    def do_del(self, family, parent, src, group, proxy):
        return self.option(family, MRT_DEL_PROXY if proxy else MRT_DEL,
                           self.route(family, parent, src, group, "-"))

    def do_mtu(self, link, size):
        self.ns.ip("link", "set", f"r{link}", "mtu", str(size))
        return 0

    def do_neigh(self, link, addr):
        self.ns.ip("neigh", "replace", addr, "lladdr", "02:00:00:00:00:09", "dev", f"r{link}")
        return 0

    def do_send(self, family, group, ttl, loop):
        sock = self.ns.socket(socket.SOCK_DGRAM, af(family))
        level, names = (0, (33, 34)) if family == 4 else (41, (18, 19))
        sock.setsockopt(level, names[0], ttl)
        sock.setsockopt(level, names[1], loop)
        if family == 6:
            sock.setsockopt(41, socket.IPV6_MULTICAST_IF, self.ifindex[0])
        sock.bind((OWN[family], 7))
        sock.sendto(b"own", (group, 7))
        sock.close()
        return 0

    def tell(self, what, family):
        return getattr(self, "tell_" + what)(family)

    def tell_upcalls(self, family):
        told, daemon = [], self.daemons[family]
        while select.select([daemon], [], [], 0)[0]:
            data = daemon.recv(4096)
            if family == 4 and data[9] == 0:
                told.append((data[8], data[10], data[12:16], data[16:20]))
            elif family == 6 and data[0] == 0:
                told.append((data[1], struct.unpack("=H", data[2:4])[0], data[8:24], data[24:40]))
        return [f"{k} {v} {text(family, s)} {text(family, g)}" for k, v, s, g in told]

    def table(self, name):
        return [line.split() for line in
                self.ns.run("cat", f"/proc/net/{name}").stdout.splitlines()[1:]]

    @staticmethod
    def named(family, word):
        if family == 4:
            return text(4, struct.pack("=I", int(word, 16)))
        return text(6, socket.inet_pton(socket.AF_INET6, word))

    def tell_routes(self, family):
        lines = self.table("ip_mr_cache" if family == 4 else "ip6_mr_cache")
        return [" ".join([self.named(family, w[1]), self.named(family, w[0]), *w[2:]])
                for w in lines if w[2] != "-1"]

    def tell_vifs(self, family):
        lines = self.table("ip_mr_vif" if family == 4 else "ip6_mr_vif")
        return [" ".join([w[0], *w[2:6]]) for w in lines]

    def stop(self):
        for daemon in self.daemons.values():
            daemon.close()


class Pair:
    """Both routers, told the same."""

    def __init__(self, family, tell=1):
        self.family, self.both = family, (Kernel(), Stack())
        self.call("start", family, tell)
        for i in range(3):
            self.call("vif", family, i, i)
        self.call("add", family, 0, SRC[family], MARK[family], "1:1,2:1", 0)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for router in self.both:
            router.stop()

    def call(self, *words):
        answers = [router.call(*words) for router in self.both]
        check(answers[0] == answers[1], f"{words}: the kernel says {answers[0]}, we {answers[1]}")
        return answers[0]

    def say(self, link, group, src=None, times=1, **more):
        data = frame(self.family, src or SRC[self.family], group, **more)
        for router in self.both:
            for _ in range(times):
                router.inject(link, data)

    def alike(self, what, ask):
        got = []

        def same():
            got[:] = [ask(router) for router in self.both]
            return got[0] == got[1]

        check(netns.wait_until(same, PATIENCE), f"{what}: the kernel {got[0]}, we {got[1]}")
        return got[0]

    def agree(self, what):
        """Both have let out, told and counted the same; what that is, and no more of it."""
        for router in self.both:
            router.mark(self.family)
        out = self.alike(what, Router.all_out)
        upcalls = self.alike(what, lambda r: r.all_upcalls(self.family))
        self.alike(what, lambda r: sorted(r.tell("routes", self.family)))
        self.alike(what, lambda r: r.tell("vifs", self.family))
        result = ([link for link, _ in out], [u.split(" ")[0] for u in upcalls])
        for router in self.both:
            router.out, router.upcalls = [], []
        return result


def groups(family):
    return ("239.1.1.1", "239.1.1.2", "239.1.1.3") if family == 4 else \
        ("ff1e::1", "ff1e::2", "ff1e::3")


def each(test):
    def run():
        for family in (4, 6):
            with Pair(family) as pair:
                test(pair, *groups(family))
    run.__name__ = test.__name__
    return run


@each
def packets_wait_for_routes_and_go_by_their_ttl(pair, g, *_):
    family = pair.family
    pair.say(0, g, times=6)
    equal(pair.agree("no route"), ([], ["1"]))
    pair.call("add", family, 0, "any", g, "0:1,1:1", 1)
    equal(pair.agree("another's route"), ([], []))
    pair.call("add", family, 0, SRC[family], g, "1:1,2:1" if family == 6 else "1:1,2:5", 0)
    equal(pair.agree("its route"), ([1] * 4 + [2] * 4, []))
    for ttl in (1, 2, 5, 6, 255):
        pair.say(0, g, ttl=ttl)
    pair.agree("by TTL")
    pair.say(1, g)
    equal(pair.agree("by another vif"), ([], ["2"]))
    pair.call("del", family, 0, SRC[family], g, 0)
    pair.say(0, g)
    equal(pair.agree("by the shared route")[1], [])


@each
def some_groups_and_sources_go_nowhere(pair, g, *_):
    family = pair.family
    more = ("224.0.0.77", "224.0.1.1", "232.1.1.1") if family == 4 else \
        ("ff02::77", "ff12::77", "ff01::7", "ff11::7", "ff00::7", "ff13::7", "ff05::7", "ff38::7")
    for group in more:
        pair.say(0, group)
        pair.agree(group)
    for src in ("0.0.0.0", "127.0.0.1", "169.254.1.1", "10.1.0.9", "224.1.1.1") if family == 4 \
            else ("fe80::9", "::", "::1", "2001:db8:1::9", "ff1e::9"):
        pair.say(0, g, src=src)
        pair.agree(src)
    if family == 4:
        pair.say(0, g, proto=2)
        pair.agree("IGMP")


@each
def shared_trees_are_entered_alike(pair, g, h, _):
    family = pair.family
    pair.call("add", family, 0, "any", "any", "0:1,1:1", 1)
    for link in range(3):
        pair.say(link, g)
        pair.agree(f"(*,*) from {link}")
    pair.call("add", family, 0, "any", h, "2:1,1:1", 1)
    for link in range(3):
        pair.say(link, h)
        pair.agree(f"(*,G) from {link}")
    pair.call("del", family, 0, "any", "any", 1)
    pair.call("add", family, 2, "any", h, "0:1,1:1", 1)
    for link in range(2):
        pair.say(link, h)
        pair.agree(f"two (*,G) from {link}")


@each
def sizes_are_judged_alike(pair, g, *_):
    family = pair.family
    pair.call("mtu", 2, 600 if family == 4 else 1300)
    pair.call("neigh", 0, SRC[family])
    pair.call("add", family, 0, SRC[family], g, "1:1,2:1", 0)
    pair.say(0, g, size=1400)
    pair.agree("large")
    if family == 4:
        pair.say(0, g, size=1400, df=True)
        equal(pair.agree("large with DF"), ([1], []))


@each
def what_they_send_goes_on_alike(pair, g, *_):
    family = pair.family
    pair.call("send", family, g, 9, 1)
    equal(pair.agree("no route"), ([0], ["1"]))
    pair.call("add", family, 0, OWN[family], g, "1:1", 0)
    equal(pair.agree("a route"), ([1], []))
    for ttl, loop in ((9, 1), (1, 1), (9, 0)):
        pair.call("send", family, g, ttl, loop)
        pair.agree(f"ttl {ttl}, loop {loop}")
    pair.call("add", family, 1, OWN[family], g, "0:1,2:1", 0)
    pair.call("send", family, g, 9, 1)
    pair.agree("by another vif")


@each
def calls_are_refused_alike(pair, g, *_):
    family = pair.family
    src, host = SRC[family], SRC[family]
    local = "224.0.0.5" if family == 4 else "ff02::5"
    for words, expected in (
            (("start", family, 1), errno.EADDRINUSE), (("vif", family, 0, 0), errno.EADDRINUSE),
            (("vif", family, 32, 0), errno.ENFILE), (("vif", family, 5, 999), errno.EADDRNOTAVAIL),
            (("vif", family, 31, 0), 0), (("novif", family, 31), 0),
            (("novif", family, 31), errno.EADDRNOTAVAIL),
            (("novif", family, 32), errno.ENFILE if family == 4 else errno.EADDRNOTAVAIL),
            (("add", family, 0, src, host, "1:1", 0), errno.EINVAL),
            (("add", family, 32, src, g, "1:1", 0), errno.ENFILE),
            (("add", family, 20, src, g, "1:1,7:1", 0), 0), (("del", family, 3, src, g, 0), 0),
            (("del", family, 3, src, g, 0), errno.ENOENT),
            (("add", family, 0, src, local, "1:1", 0), 0),
            (("add", family, 0, src, "any", "1:1", 0), 0),
            (("add", family, 0, "any", g, "1:1", 1), 0), (("add", family, 1, "any", g, "1:1", 1), 0),
            (("del", family, 2, "any", g, 1), errno.ENOENT),
            (("del", family, 1, "any", g, 1), 0), (("del", family, 1, "any", g, 0), 0)):
        equal(pair.call(*words), expected)
        pair.agree(words)


def who_takes_part_is_told_alike():
    with Pair(4) as pair:
        kernel, stack = pair.both
        names = [f"net.ipv4.conf.{link}.mc_forwarding" for link in ("all", "default", "lo")]
        equal(kernel.ns.run("sysctl", "-n", *names).stdout.split(), ["1", "0", "0"])
        for name in names:
            equal(stack.call("set", name, "1"), errno.EPERM)


# -- real sockets --

SCRATCH = netns.Scratch()


def a_stream_to_a_group_crosses_the_router():
    """Kernels on both sides of `seastack up`: each end is a multicast socket."""
    left, right = netns.Namespace(), netns.Namespace()
    up = netns.Up(left, SCRATCH, "--mroute", "239.9.9.9,from=sea0,to=sea1", "--mroute",
                  "ff1e::99,from=sea0,to=sea1,src=fd00:9::1", "--link", "tap:sea1", "--netns",
                  right.name, "--addr", "10.9.1.2/24", "--addr", "fd00:9:1::2/64", net6="fd00:9")
    right.ip("addr", "add", "10.9.1.1/24", "dev", "sea1")
    right.ip("addr", "add", "fd00:9:1::1/64", "dev", "sea1", "nodad")
    right.ip("link", "set", "sea1", "up")
    up.settle()
    for group in ("239.9.9.9", "ff1e::99"):
        family = netns.family_of(group)
        level = 0 if family == socket.AF_INET else 41
        hear, say = right.socket(socket.SOCK_DGRAM, family), left.socket(socket.SOCK_DGRAM, family)
        hear.bind(("", 7))
        hear.settimeout(PATIENCE)
        with right.inside():
            index = socket.if_nametoindex("sea1")
        storage = struct.pack("=H2x", family) + (b"" if level == 0 else bytes(4)) + \
            socket.inet_pton(family, group)
        hear.setsockopt(level, 42, struct.pack("=I4x", index) + storage.ljust(128, b"\0"))
        with left.inside():
            out = socket.if_nametoindex("sea0")
        if level == 0:
            say.setsockopt(0, socket.IP_MULTICAST_TTL, 5)
            say.setsockopt(0, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.1"))
        else:
            say.setsockopt(41, socket.IPV6_MULTICAST_HOPS, 5)
            say.setsockopt(41, socket.IPV6_MULTICAST_IF, out)
            say.bind(("fd00:9::1", 0))
        heard = set()
        end = time.monotonic() + PATIENCE
        while len(heard) < 100 and time.monotonic() < end:
            for i in set(range(100)) - heard:
                say.sendto(b"%d" % i, (group, 7))
                while select.select([hear], [], [], 0.01)[0]:
                    heard.add(int(hear.recv(100)))
        equal(len(heard), 100)
    up.kill()


netns.need()
if not os.path.exists(PEER):
    netns.skip("multicast_routing_peer was not built")
netns.main([
    packets_wait_for_routes_and_go_by_their_ttl,
    some_groups_and_sources_go_nowhere,
    shared_trees_are_entered_alike,
    sizes_are_judged_alike,
    what_they_send_goes_on_alike,
    calls_are_refused_alike,
    who_takes_part_is_told_alike,
    a_stream_to_a_group_crosses_the_router,
])
