#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Anycast addresses of sockets and of routers: the kernel's answers and routes, and the stack's."""
import os
import socket
import struct
import subprocess

import netns
from netns import check, equal

PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/anycast_peer")
LINK = "seaa0"
JOIN, LEAVE, PKTINFO = 27, 28, 50


class Stack:
    def __init__(self):
        self.ns = netns.Namespace()
        self.process = subprocess.Popen([PEER, self.ns.name], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        equal(self.process.stdout.readline(), "ready\n")
        self.ns.ip("link", "set", LINK, "up")

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        equal(self.process.wait(60), 0)


class Kernel:
    def __init__(self):
        self.ns, self.socket = netns.Namespace(), None
        self.ns.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                    "net.ipv6.conf.default.router_solicitations=0")
        self.ns.ip("link", "add", LINK, "type", "veth", "peer", "name", "far")
        self.ns.run("sysctl", "-qw", "net.ipv6.conf.far.disable_ipv6=1")
        self.ns.ip("link", "set", LINK, "up")
        self.ns.ip("link", "set", "far", "up")
        self.ns.ip("addr", "add", "2001:db8::1/64", "dev", LINK, "nodad")
        with self.ns.inside():
            self.index = socket.if_nametoindex(LINK)

    def tell(self, verb, *words):
        try:
            return getattr(self, "do_" + verb)(*words) or 0
        except OSError as error:
            return error.errno

    def do_fresh(self, kind):
        if self.socket:
            self.socket.close()
        self.socket = self.ns.socket(socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM,
                                     socket.AF_INET6)

    def option(self, name, addr, link):
        index = self.index if link == 1 else link
        self.socket.setsockopt(41, name, socket.inet_pton(socket.AF_INET6, addr) +
                               struct.pack("I", index))

    def do_join(self, addr, link):
        self.option(JOIN, addr, link)

    def do_leave(self, addr, link):
        self.option(LEAVE, addr, link)

    def do_bind(self, addr):
        self.socket.bind((addr, 9))

    def do_from(self, addr):
        info = socket.inet_pton(socket.AF_INET6, addr) + bytes(4)
        self.socket.sendmsg([b"x"], [(41, PKTINFO, info)], 0, ("2001:db8::9", 9))

    def do_set(self, name, value):
        check(self.ns.run("sysctl", "-qw", f"{name}={value}").returncode == 0, name)

    def do_link(self, up):
        self.ns.ip("link", "set", LINK, "up" if up else "down")

    def do_has(self, addr):
        routes = self.ns.run("ip", "-6", "route", "show", "table", "local", "type", "anycast").stdout
        return int(addr in [line.split()[1] if line.startswith("anycast") else line.split()[0]
                            for line in routes.splitlines()])

    def stop(self):
        if self.socket:
            self.socket.close()


def alike(steps):
    kernel, stack = Kernel(), Stack()
    for step in steps:
        if step[0] == "has":  # routes may follow addresses late
            check(netns.wait_until(lambda s=step: kernel.tell(*s) == stack.tell(*s), 60),
                  f"{step}: the kernel says {kernel.tell(*step)}, we {stack.tell(*step)}")
            continue
        said = kernel.tell(*step)
        ours = stack.tell(*step)
        check(said == ours, f"{step}: the kernel says {said}, we {ours}")
    kernel.stop()
    stack.stop()


ADDRS = ("2001:db8::77", "2001:db8:9::1", "2001:db8::1", "::1", "ff02::1", "fe80::77", "::",
         "::ffff:1.2.3.4", "2001:db8::")


def joins_and_leaves(steps):
    for kind in ("udp", "tcp"):
        steps.append(("fresh", kind))
        for addr in ADDRS:
            for link in (1, 99):
                steps += [("join", addr, link), ("has", addr)]
        for addr in ADDRS:
            for link in (99, 0, 0, 1):
                steps += [("leave", addr, link), ("has", addr)]
    return steps


def a_host_joins_and_leaves_alike():
    alike(joins_and_leaves([("has", "fe80::"), ("has", "2001:db8::")]))


def a_router_joins_and_leaves_alike():
    alike(joins_and_leaves([("set", "net.ipv6.conf.all.forwarding", 1), ("has", "fe80::"),
                            ("has", "2001:db8::")]))


def routers_have_their_subnets_while_they_forward():
    check_them = [("has", "2001:db8::"), ("has", "fe80::")]
    alike([("set", "net.ipv6.conf.all.forwarding", 1), *check_them,
           ("set", f"net.ipv6.conf.{LINK}.forwarding", 0), *check_them,
           ("set", f"net.ipv6.conf.{LINK}.forwarding", 1), *check_them,
           ("link", 0), *check_them, ("link", 1), *check_them,
           ("set", "net.ipv6.conf.all.forwarding", 0), *check_them])


def sockets_end_with_theirs_and_speak_alike():
    alike([("fresh", "udp"), ("join", "2001:db8::77", 0), ("join", "2001:db8::77", 1),
           ("bind", "2001:db8::77"), ("from", "2001:db8::77"), ("from", "2001:db8::78"),
           ("has", "2001:db8::77"), ("fresh", "udp"), ("has", "2001:db8::77"),
           ("from", "2001:db8::77"), ("join", "2001:db8::77", 1), ("link", 0),
           ("has", "2001:db8::77"), ("link", 1), ("has", "2001:db8::77"),
           ("leave", "2001:db8::77", 1)])


netns.need()
if not os.path.exists(PEER):
    netns.skip("anycast_peer was not built")
netns.main([a_host_joins_and_leaves_alike, a_router_joins_and_leaves_alike,
            routers_have_their_subnets_while_they_forward,
            sockets_end_with_theirs_and_speak_alike])
