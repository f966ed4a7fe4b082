#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stack as router between two kernels, and a kernel as router before the stack: what traceroute,
tracepath and redirects make of it, in both families."""
import json
import socket

import netns
from netns import check, equal, wait_until

netns.need("ping", "traceroute", "tracepath")
SCRATCH = netns.Scratch()
LEFT, RIGHT = netns.Namespace(), netns.Namespace()


class Router:
    """The stack between the two, a tap in each, with the addresses of both families."""

    def __init__(self, *options, second=()):
        self.up = netns.Up(LEFT, SCRATCH, "--addr", "fd09::2/64", *options, "--forward", "--link",
                           "tap:sea1", "--netns", RIGHT.name, "--addr", "10.9.1.2/24", "--addr",
                           "fd09:1::2/64", *options, *second)
        LEFT.ip("addr", "add", "fd09::1/64", "dev", "sea0", "nodad")
        RIGHT.ip("addr", "add", "10.9.1.1/24", "dev", "sea1")
        RIGHT.ip("addr", "add", "fd09:1::1/64", "dev", "sea1", "nodad")
        RIGHT.ip("link", "set", "sea1", "up")
        LEFT.ip("route", "add", "10.9.1.0/24", "via", "10.9.0.2")
        RIGHT.ip("route", "add", "10.9.0.0/24", "via", "10.9.1.2")
        LEFT.ip("-6", "route", "add", "fd09:1::/64", "via", "fd09::2")
        RIGHT.ip("-6", "route", "add", "fd09::/64", "via", "fd09:1::2")

    def __enter__(self):
        check(wait_until(lambda: " 0% packet loss" in LEFT.run(
            "ping", "-n", "-c", "1", "-W", "2", "fd09:1::1").stdout, 60), "no way over IPv6")
        return self

    def __exit__(self, kind, value, trace):
        self.up.kill()

    def counter(self, name):
        return json.loads(self.up.ask("stat", "--json").stdout)["counters"][name]


def hops(output):
    """The second word of each line that begins with a number."""
    return [line.split()[1] for line in output.splitlines() if line.split()[:1] and
            line.split()[0].isdigit()]


def traceroute_sees_the_router_and_the_host():
    with Router():
        for family, router, host in (("-4", "10.9.0.2", "10.9.1.1"),
                                     ("-6", "fd09::2", "fd09:1::1")):
            done = LEFT.run("traceroute", family, "-n", "-q", "1", "-w", "20", host)
            equal(hops(done.stdout), [router, host])
            done = LEFT.run("traceroute", family, "-n", "-I", "-q", "1", "-w", "20", host)
            equal(hops(done.stdout), [router, host])


def tracepath_finds_the_narrow_link():
    with Router(second=("--mtu", "1400")):
        for family, host in (("-4", "10.9.1.1"), ("-6", "fd09:1::1")):
            done = LEFT.run("tracepath", family, "-n", host)
            check("pmtu 1400" in done.stdout and "Resume: pmtu 1400 hops 2" in done.stdout,
                  done.stdout)
        LEFT.ip("route", "flush", "cache")


def large_datagrams_go_through_in_pieces():
    with Router(second=("--mtu", "1300")) as router:
        done = LEFT.run("ping", "-n", "-4", "-c", "2", "-i", "0.1", "-W", "20", "-M", "dont", "-s",
                        "1400", "10.9.1.1")
        check(" 0% packet loss" in done.stdout, done.stdout)
        check(router.counter("IpFragCreates") >= 4, "nothing was cut")


def the_kernel_obeys_our_redirect():
    """The stack knows that 10.9.2.1 stands behind the kernel's own neighbour 10.9.0.9."""
    up = netns.Up(LEFT, SCRATCH, "--forward", "--route", "10.9.2.0/24,via=10.9.0.9")
    LEFT.ip("route", "add", "10.9.2.0/24", "via", "10.9.0.2")
    # It believes in no router that it does not know already.
    LEFT.ip("neigh", "add", "10.9.0.9", "lladdr", "02:00:00:00:00:09", "dev", "sea0", "nud",
            "permanent")
    LEFT.run("ping", "-n", "-c", "2", "-i", "0.2", "-W", "0.2", "10.9.2.1")
    obeyed = wait_until(lambda: "via 10.9.0.9" in LEFT.run("ip", "route", "get",
                                                           "10.9.2.1").stdout, 20)
    up.kill()
    check(obeyed, "it sends to us still")


def a_kernel_is_the_router_before_the_stack():
    LEFT.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    up = netns.Up(LEFT, SCRATCH, "--gw", "10.9.0.1", "--service", "echo:7")
    LEFT.ip("link", "add", "far0", "type", "veth", "peer", "name", "far1", "netns", RIGHT.name)
    LEFT.ip("addr", "add", "10.9.3.1/24", "dev", "far0")
    LEFT.ip("link", "set", "far0", "up")
    RIGHT.ip("addr", "add", "10.9.3.2/24", "dev", "far1")
    RIGHT.ip("link", "set", "far1", "up")
    RIGHT.ip("route", "add", "10.9.0.0/24", "via", "10.9.3.1")
    done = RIGHT.run("traceroute", "-4", "-n", "-q", "1", "-w", "20", up.addr)
    equal(hops(done.stdout), ["10.9.3.1", up.addr])
    sock = RIGHT.socket(socket.SOCK_DGRAM)
    sock.sendto(b"hello", (up.addr, 7))
    equal(sock.recvfrom(100), (b"hello", (up.addr, 7)))
    up.kill()
    LEFT.ip("link", "del", "far0")


if __name__ == "__main__":
    netns.main([
        traceroute_sees_the_router_and_the_host,
        tracepath_finds_the_narrow_link,
        large_datagrams_go_through_in_pieces,
        the_kernel_obeys_our_redirect,
        a_kernel_is_the_router_before_the_stack,
    ])
