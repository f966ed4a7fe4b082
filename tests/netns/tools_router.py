#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seastack up --forward`: the kernels of two namespaces talk through the stack."""
import hashlib
import json
import random
import re
import socket
import threading

import netns
from netns import check, equal, wait_until

netns.need("ping")
SCRATCH = netns.Scratch()
LEFT, RIGHT = netns.Namespace(), netns.Namespace()
FAR, FAR6 = "10.9.1.1", "fd00:9:1::1"
DATA = random.Random(1).randbytes(8 << 20)


class Router:
    """The stack between the two, a tap in each. Options are for both links, `second` for the right."""

    def __init__(self, *options, second=()):
        self.up = netns.Up(LEFT, SCRATCH, *options, "--forward", "--link", "tap:sea1", "--netns",
                           RIGHT.name, "--addr", "10.9.1.2/24", "--addr", "fd00:9:1::2/64",
                           *options, *second, net6="fd00:9")
        RIGHT.ip("addr", "add", "10.9.1.1/24", "dev", "sea1")
        RIGHT.ip("addr", "add", f"{FAR6}/64", "dev", "sea1", "nodad")
        RIGHT.ip("link", "set", "sea1", "up")
        LEFT.ip("route", "add", "10.9.1.0/24", "via", "10.9.0.2")
        RIGHT.ip("route", "add", "10.9.0.0/24", "via", "10.9.1.2")
        LEFT.ip("route", "add", "fd00:9:1::/64", "via", self.up.addr6)
        RIGHT.ip("route", "add", "fd00:9::/64", "via", "fd00:9:1::2")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.up.kill()

    def counter(self, name):
        return json.loads(self.up.ask("stat", "--json").stdout)["counters"][name]


def send_through(data, far=FAR):
    """From left to right, and back what came; their digests."""
    with RIGHT.inside():
        server = socket.create_server((far, 5201), family=netns.family_of(far))

    def echo():
        sock, _ = server.accept()
        with sock:
            while part := sock.recv(1 << 16):
                sock.sendall(part)

    thread = threading.Thread(target=echo, daemon=True)
    thread.start()
    sock, got = LEFT.connect(far, 5201), hashlib.sha256()
    sock.settimeout(300)

    def send():
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    while part := sock.recv(1 << 16):
        got.update(part)
    sender.join()
    thread.join()
    sock.close()
    server.close()
    return got.hexdigest(), hashlib.sha256(data).hexdigest()


def a_ping_goes_through_and_loses_one_hop():
    with Router() as router:
        done = LEFT.run("ping", "-n", "-c", "3", "-i", "0.05", "-W", "60", "10.9.1.1")
        check(" 0% packet loss" in done.stdout, done.stdout)
        equal(set(re.findall(r"ttl=(\d+)", done.stdout)), {"63"})
        equal(router.counter("IpForwDatagrams"), 6)


def a_hop_limit_of_one_ends_at_the_router():
    with Router():
        done = LEFT.run("ping", "-n", "-c", "1", "-W", "60", "-t", "1", "10.9.1.1")
        check("From 10.9.0.2 icmp_seq=1 Time to live exceeded" in done.stdout, done.stdout)


def what_leads_nowhere_is_told():
    with Router():
        LEFT.ip("route", "add", "10.9.7.0/24", "via", "10.9.0.2")
        done = LEFT.run("ping", "-n", "-c", "1", "-W", "60", "10.9.7.1")
        check("From 10.9.0.2 icmp_seq=1 Destination Net Unreachable" in done.stdout, done.stdout)


def without_forward_nothing_goes_through():
    up = netns.Up(LEFT, SCRATCH, "--link", "tap:sea1", "--netns", RIGHT.name, "--addr",
                  "10.9.1.2/24")
    RIGHT.ip("addr", "add", "10.9.1.1/24", "dev", "sea1")
    RIGHT.ip("link", "set", "sea1", "up")
    LEFT.ip("route", "add", "10.9.1.0/24", "via", "10.9.0.2")
    LEFT.run("ping", "-n", "-c", "1", "-W", "0.2", "10.9.1.1")
    check(wait_until(lambda: "IP_NOT_LOCAL" in up.ask("drops").stdout, 60), "where is it?")
    equal(json.loads(up.ask("stat", "--json").stdout)["counters"]["IpForwDatagrams"], 0)
    up.kill()


def streams_go_through_whole():
    for options, second in (((), ()), (("--no-offload",), ()), ((), ("--busy-poll", "100"))):
        with Router(*options, second=second):
            got, sent = send_through(DATA)
            equal(got, sent)


def a_narrow_link_behind_the_router_is_found():
    for options in ((), ("--no-offload",)):
        with Router(*options, second=("--mtu", "1300")):
            done = LEFT.run("ping", "-n", "-c", "1", "-W", "60", "-M", "do", "-s", "1400",
                            "10.9.1.1")
            check("Frag needed and DF set (mtu = 1300)" in done.stdout, done.stdout)
            LEFT.ip("route", "flush", "cache")
            got, sent = send_through(DATA)
            equal(got, sent)
            LEFT.ip("route", "flush", "cache")


def a_bad_wire_behind_the_router_does_no_harm():
    profile = "loss=1%,delay=2ms,jitter=1ms,reorder=1%,duplicate=1%,seed=3"
    with Router("--no-offload", second=("--fault", profile)):
        got, sent = send_through(DATA[:1 << 20])
        equal(got, sent)


def all_of_it_works_over_ipv6():
    with Router() as router:
        router.up.settle()
        done = LEFT.run("ping", "-6", "-n", "-c", "3", "-i", "0.05", "-W", "60", FAR6)
        check(" 0% packet loss" in done.stdout, done.stdout)
        equal(set(re.findall(r"ttl=(\d+)", done.stdout)), {"63"})
        check(router.counter("Ip6OutForwDatagrams") >= 6, "nothing was forwarded")
        done = LEFT.run("ping", "-6", "-n", "-c", "1", "-W", "60", "-t", "1", FAR6)
        check(f"From {router.up.addr6} icmp_seq=1 Time exceeded: Hop limit" in done.stdout,
              done.stdout)
        LEFT.ip("route", "add", "fd00:9:7::/64", "via", router.up.addr6)
        done = LEFT.run("ping", "-6", "-n", "-c", "1", "-W", "60", "fd00:9:7::1")
        check(f"From {router.up.addr6} icmp_seq=1 Destination unreachable: No route" in
              done.stdout, done.stdout)
        got, sent = send_through(DATA, FAR6)
        equal(got, sent)


def a_narrow_link_behind_the_router_is_found_over_ipv6():
    for options in ((), ("--no-offload",)):
        with Router(*options, second=("--mtu", "1300")) as router:
            router.up.settle()
            done = LEFT.run("ping", "-6", "-n", "-c", "1", "-W", "60", "-M", "do", "-s", "1400",
                            FAR6)
            check("Packet too big: mtu=1300" in done.stdout, done.stdout)
            LEFT.ip("-6", "route", "flush", "cache")
            got, sent = send_through(DATA, FAR6)
            equal(got, sent)
            LEFT.ip("-6", "route", "flush", "cache")


if __name__ == "__main__":
    netns.main([
        a_ping_goes_through_and_loses_one_hop,
        a_hop_limit_of_one_ends_at_the_router,
        what_leads_nowhere_is_told,
        without_forward_nothing_goes_through,
        streams_go_through_whole,
        a_narrow_link_behind_the_router_is_found,
        a_bad_wire_behind_the_router_does_no_harm,
        all_of_it_works_over_ipv6,
        a_narrow_link_behind_the_router_is_found_over_ipv6,
    ])
