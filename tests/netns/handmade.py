# SPDX-License-Identifier: Apache-2.0
"""Frames made by hand, and hosts that are spoken to with them: a stack on a tap, a kernel on a veth.

Whoever plays the rest of the network is a Wire: it answers for the addresses that it is told to have
(ARP, NDP), and shows what else the host sends.
"""
import contextlib
import itertools
import select
import socket
import struct
import time

import netns

ICMP, UDP, ICMP6 = 1, 17, 58
PORT = 7
BROADCAST = b"\xff" * 6


def addr(text):
    return socket.inet_pton(netns.family_of(text), text)


def mac(last):
    return b"\x02\0\0\0\x77" + bytes([last])


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, proto, length):
    return addr(src) + addr(dst) + struct.pack("!II", length, proto)


def ip(src, dst, proto, payload, ttl=64):
    """A packet of either family; in ICMPv6 the checksum is put in."""
    if ":" in src:
        if proto == ICMP6:
            whole = checksum(pseudo(src, dst, proto, len(payload)) + payload)
            payload = payload[:2] + struct.pack("!H", whole) + payload[4:]
        return struct.pack("!IHBB", 6 << 28, len(payload), proto, ttl) + addr(src) + addr(
            dst) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, ttl, proto,
                       0) + addr(src) + addr(dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(src, dst, sport, dport, data):
    head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    whole = checksum(pseudo(src, dst, UDP, 8 + len(data)) + head + data) or 0xffff
    return ip(src, dst, UDP, head[:6] + struct.pack("!H", whole) + data)


def icmp(type_, code, rest, data):
    head = struct.pack("!BBH", type_, code, 0) + rest
    return head[:2] + struct.pack("!H", checksum(head + data)) + head[4:] + data


def option(type_, data):
    """Of NDP: padded to whole units."""
    data += b"\0" * (-(len(data) + 2) % 8)
    return bytes([type_, (len(data) + 2) // 8]) + data


class Wire:
    """One end of a device's wire; `has`: which addresses are there, with which MAC."""

    def __init__(self, ns, device):
        with ns.inside():
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.sock.bind((device, 0))
        self.has, self.seen = {}, []

    def send(self, src_mac, dst_mac, packet, ethertype=None):
        if ethertype is None:
            ethertype = 0x86dd if packet[0] >> 4 == 6 else 0x0800
        with contextlib.suppress(OSError):
            self.sock.send(dst_mac + src_mac + struct.pack("!H", ethertype) + packet)

    def answer(self, frame):
        """Answers who asks for an address that is here."""
        kind, body = frame[12:14], frame[14:]
        if kind == b"\x08\x06" and body[6:8] == b"\0\1":
            asked = socket.inet_ntop(socket.AF_INET, body[24:28])
            if asked in self.has:
                self.send(self.has[asked], body[8:14], body[:6] + b"\0\2" + self.has[asked] +
                          body[24:28] + body[8:18], 0x0806)
        elif kind == b"\x86\xdd" and body[6] == ICMP6 and body[40] == 135 and any(body[8:24]):
            asked = socket.inet_ntop(socket.AF_INET6, body[48:64])
            asker = socket.inet_ntop(socket.AF_INET6, body[8:24])
            if asked in self.has:
                self.send(self.has[asked], frame[6:12],
                          ip(asked, asker, ICMP6, b"\x88\0\0\0\xe0\0\0\0" + body[48:64] +
                             option(2, self.has[asked]), 255))

    def frames(self, seconds):
        """What comes, until the time is over."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.sock], [], [], left)[0]:
                return
            frame, where = self.sock.recvfrom(65536)
            if where[2] != socket.PACKET_OUTGOING:
                self.answer(frame)
                yield frame

    def wait(self, match, seconds):
        """The first frame that `match` says yes to, or None."""
        return next((frame for frame in self.frames(seconds) if match(frame)), None)

    def ask(self, send, match, seconds=60):
        """Sends until the answer is there: frames may be lost."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            send()
            frame = self.wait(match, 2)
            if frame:
                return frame
        raise AssertionError("no answer")


class Host:
    """Somebody who echoes UDP on port 7 at 10.9.0.2 and fd09::2, by way of a router."""
    addr4, addr6 = "10.9.0.2", "fd09::2"
    numbers = itertools.count(1)

    def __init__(self, ns, device):
        self.wire = Wire(ns, device)
        self.mac = None

    def addr_for(self, far):
        return self.addr6 if ":" in far else self.addr4

    def find_mac(self, router="10.9.0.1"):
        request = (b"\0\1\x08\0\6\4\0\1" + self.wire.has[router] + addr(router) + bytes(6) +
                   addr(self.addr4))
        frame = self.wire.ask(
            lambda: self.wire.send(self.wire.has[router], BROADCAST, request, 0x0806),
            lambda f: f[12:14] == b"\x08\x06" and f[20:22] == b"\0\2")
        self.mac = frame[6:12]

    def ping(self, far, router_mac, seconds=60):
        """Sends an echo request as `far` does and shows the frame that comes back."""
        number = struct.pack("!I", next(self.numbers))
        here = self.addr_for(far)
        if ":" in far:
            request = ip(far, here, ICMP6, b"\x80\0\0\0" + bytes(4) + number)
        else:
            request = ip(far, here, ICMP, icmp(8, 0, bytes(4), number))
        return self.wire.ask(lambda: self.wire.send(router_mac, self.mac, request),
                             lambda f: f[-4:] == number and f[12:14] != b"\x08\x06", seconds)

    def echo(self, far, router_mac, seconds=60):
        """Sends as `far` does and shows the frame that comes back."""
        number = struct.pack("!I", next(self.numbers))
        here = self.addr_for(far)
        return self.wire.ask(
            lambda: self.wire.send(router_mac, self.mac, udp(far, here, 4000, PORT, number)),
            lambda f: f[-4:] == number and f[12:14] != b"\x08\x06", seconds)


class Kernel(Host):
    """A namespace behind a veth; without router6, it knows no router of IPv6."""

    def __init__(self, sysctls=(), router6="fe80::1"):
        self.ns, self.far = netns.Namespace(), netns.Namespace()
        self.far.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                     "net.ipv6.conf.default.disable_ipv6=1")
        self.ns.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        self.ns.ip("link", "add", "sea0", "type", "veth", "peer", "name", "far0", "netns",
                   self.far.name)
        self.far.ip("link", "set", "far0", "up")
        for one in sysctls:
            done = self.ns.run("sysctl", "-qw", one)
            netns.check(done.returncode == 0, done.stderr)
        self.ns.ip("link", "set", "sea0", "up")
        self.ns.ip("addr", "add", f"{self.addr4}/24", "dev", "sea0")
        self.ns.ip("addr", "add", f"{self.addr6}/64", "dev", "sea0", "nodad")
        self.ns.ip("route", "add", "default", "via", "10.9.0.1")
        if router6:
            self.ns.ip("-6", "route", "add", "default", "via", router6, "dev", "sea0")
        super().__init__(self.far, "far0")
        self.servers = []
        for family in (socket.AF_INET, socket.AF_INET6):
            server = self.ns.socket(socket.SOCK_DGRAM, family)
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            server.bind(("", PORT))
            server.setblocking(False)
            self.servers.append(server)

    def echo(self, far, router_mac, seconds=60):
        """The kernel's sockets are served here, between the frames."""
        number = struct.pack("!I", next(self.numbers))
        here, server = self.addr_for(far), self.servers[":" in far]

        def send():
            self.wire.send(router_mac, self.mac, udp(far, here, 4000, PORT, number))
            if select.select([server], [], [], 2)[0]:
                data, who = server.recvfrom(100)
                server.sendto(data, who)

        return self.wire.ask(send, lambda f: f[-4:] == number and f[12:14] != b"\x08\x06", seconds)

    def end(self):
        self.ns.delete()
        self.far.delete()


class Ours(Host):
    """A stack behind a tap; router6 as a Kernel's."""

    def __init__(self, scratch, sysctls=(), *options, router6="fe80::1"):
        self.ns = netns.Namespace()
        self.ns.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                    "net.ipv6.conf.default.disable_ipv6=1")
        words = [word for one in sysctls for word in ("--sysctl", one)]
        words += ["--gw", router6] if router6 else []
        self.up = netns.Up(self.ns, scratch, "--addr", f"{self.addr6}/64", "--no-offload", "--gw",
                           "10.9.0.1", "--service", f"echo:{PORT}", *words,
                           *options)
        self.ns.ip("addr", "flush", "dev", "sea0")
        super().__init__(self.ns, "sea0")

    def end(self):
        self.up.kill()
        self.ns.delete()
