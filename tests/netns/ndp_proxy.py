#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A router answers for a host behind it (proxy_ndp): the stack in that place and the kernel give their
neighbours the same answers, byte for byte, and two kernels reach each other through either.
"""
import os
import subprocess
from concurrent import futures

import netns
from handmade import ICMP6, Wire, addr, ip, mac, option
from netns import check, equal

netns.need("ping", "sysctl")
PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/ndp_proxy_peer")
NEAR, BEHIND = "fd09::5", "fd09::99"
ROUTER_BEHIND = "fe80::ff:fe00:7702"


class World:
    """A host on each side of a router, which a subclass makes between near0 and behind0.

    `switch` is the branch of the sysctl that is on: "all" lets it also take what is sent to the
    other's address for it, and then it answers to who asks whether the other is still there.
    """

    def __init__(self, switch):
        self.switch = switch
        self.near, self.behind = netns.Namespace(), netns.Namespace()
        for ns in (self.near, self.behind):
            ns.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                   "net.ipv6.conf.default.router_solicitations=0")
        self.make()
        self.near.ip("link", "set", "near0", "up")
        self.behind.ip("link", "set", "behind0", "up")
        self.near.ip("addr", "add", f"{NEAR}/64", "dev", "near0", "nodad")
        self.behind.ip("addr", "add", f"{BEHIND}/128", "dev", "behind0", "nodad")
        self.behind.ip("-6", "route", "add", "default", "via", ROUTER_BEHIND, "dev", "behind0")
        self.wire, self.wire_behind = Wire(self.near, "near0"), Wire(self.behind, "behind0")


class Ours(World):
    def make(self):
        self.process = subprocess.Popen([PEER, self.near.name, self.behind.name, self.switch],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        equal(self.process.stdout.readline(), "ready\n")

    def end(self):
        self.process.stdin.close()
        equal(self.process.wait(60), 0)


class Kernel(World):
    def make(self):
        router = netns.Namespace()
        router.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        for number, (name, ns) in enumerate((("near0", self.near), ("behind0", self.behind)), 1):
            router.ip("link", "add", name, "address", f"02:00:00:00:77:0{number}", "type", "veth",
                      "peer", "name", name, "netns", ns.name)
            router.ip("link", "set", name, "up")
        router.ip("addr", "add", "fd09::1/64", "dev", "near0", "nodad")
        router.ip("-6", "route", "add", f"{BEHIND}/128", "dev", "behind0")
        router.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1",
                   f"net.ipv6.conf.{self.switch}.proxy_ndp=1")
        router.ip("neigh", "add", "proxy", BEHIND, "dev", "near0")

    def end(self):
        pass


def solicit(target, src="fd09::7", dst=None, told=True):
    """From a neighbour that is made up; to all who may have it, unless `dst` says otherwise."""
    group = "ff02::1:ff00:" + target.split("::")[1]
    message = bytes([135]) + bytes(7) + addr(target) + (option(1, mac(7)) if told else b"")
    packet = ip(src, dst or group, ICMP6, message, 255)
    return (mac(1) if dst else b"\x33\x33\xff" + addr(target)[13:]), packet


def advertised(target):
    return lambda frame: frame[12:14] == b"\x86\xdd" and frame[20] == ICMP6 and \
        frame[54] == 136 and frame[62:78] == addr(target)


def ask(wire, target, **words):
    to, packet = solicit(target, **words)
    return wire.ask(lambda: wire.send(mac(7), to, packet), advertised(target))


def silent(wire, target, **words):
    to, packet = solicit(target, **words)
    wire.send(mac(7), to, packet)
    return wire.wait(advertised(target), 1.5) is None


def answers(world):
    wire, again = world.wire, ask if world.switch == "all" else silent
    return {
        "one who looks for it": ask(wire, BEHIND),
        "one who asks whether it is still there": again(wire, BEHIND, dst=BEHIND, told=False),
        "one who wants the address": ask(wire, BEHIND, src="::", told=False),
        "one who looks for the router": ask(wire, "fd09::1"),
        "one who looks for another": silent(wire, "fd09::98"),
        "one on the other side": silent(world.wire_behind, BEHIND, src="fe80::7"),
    }


def reach(world):
    """Both ways, and by way of the router."""
    for ns, to in ((world.near, BEHIND), (world.behind, NEAR)):
        done = ns.run("ping", "-6", "-n", "-c", "1", "-W", "60", to)
        check(" 0% packet loss" in done.stdout, f"{type(world).__name__}: {done.stdout}")
    known = world.near.run("ip", "-6", "neigh", "show", BEHIND).stdout
    check("02:00:00:00:77:01" in known, known)


def neighbours_are_answered_as_by_a_kernel():
    worlds = [make(switch) for switch in ("all", "near0") for make in (Kernel, Ours)]
    with futures.ThreadPoolExecutor() as pool:  # there is silence to be waited for
        given = list(pool.map(answers, worlds))
    for by_kernel, by_us, world in zip(given[::2], given[1::2], worlds[::2]):
        for who, answer in by_kernel.items():
            check(answer == by_us[who],
                  f"{world.switch}, {who}: the kernel says {answer!r}, we {by_us[who]!r}")
        check(by_kernel["one who looks for another"], "the kernel answers for everybody")
    for world in worlds:
        world.end()


def kernels_reach_each_other_through_the_proxy():
    for make in (Kernel, Ours):
        world = make("near0")
        reach(world)
        world.end()


if not os.path.exists(PEER):
    netns.skip("ndp_proxy_peer was not built")
netns.main([neighbours_are_answered_as_by_a_kernel, kernels_reach_each_other_through_the_proxy])
