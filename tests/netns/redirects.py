#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Redirects made by hand, right and wrong, to a stack and to a kernel: both take the same way after
them. And a kernel that is a router redirects the stack."""
import itertools
import struct

import netns
from handmade import ICMP, ICMP6, Kernel, Ours, addr, icmp, ip, mac, option
from netns import check, equal, wait_until

netns.need("sysctl")
SCRATCH = netns.Scratch()
OLD, BETTER = mac(1), mac(7)
ROUTERS = {"10.9.0.1": OLD, "10.9.0.7": BETTER, "fe80::1": OLD, "fe80::7": BETTER}
NAMES = {OLD: "old", BETTER: "better"}


def redirect4(sent, far, src="10.9.0.1", gateway="10.9.0.7", code=1, quote=None, break_sum=0):
    del far
    message = icmp(5, code, addr(gateway), sent if quote is None else quote)
    message = message[:3] + bytes([message[3] ^ break_sum]) + message[4:]
    return ip(src, "10.9.0.2", ICMP, message)


def redirect6(sent, far, src="fe80::1", target="fe80::7", dst=None, code=0, ttl=255, quote=None,
              with_mac=True, quoted=True, dst_group=None):
    message = bytes([137, code, 0, 0, 0, 0, 0, 0]) + addr(target or far) + addr(dst or far)
    if with_mac:
        message += option(2, BETTER)
    if quoted:
        data = sent if quote is None else quote
        message += option(4, bytes(6) + data + bytes(-len(data) % 8))
    return ip(src, dst_group or "fd09::2", ICMP6, message, ttl)


def other_port(sent):
    """The same packet, of a port that nobody has."""
    at = 40 if sent[0] >> 4 == 6 else 20
    return sent[:at] + struct.pack("!H", 4321) + sent[at + 2:]


CASES4 = [
    {},
    {"code": 0},
    {"code": 2},
    {"code": 3},
    {"code": 4},
    {"code": 9},
    {"src": "10.9.0.7"},
    {"src": "10.9.0.200"},
    {"src": "10.77.0.1"},
    {"gateway": "10.9.0.1"},
    {"gateway": "10.9.0.2"},
    {"gateway": "10.9.0.255"},
    {"gateway": "10.9.0.66"},
    {"gateway": "255.255.255.255"},
    {"gateway": "224.0.0.1"},
    {"gateway": "0.0.0.1"},
    {"gateway": "127.0.0.1"},
    {"gateway": "192.0.2.1"},
    {"break_sum": 1},
    {"quote": b""},
    {"quote": bytes(28)},
    {"change": lambda sent: sent[:20]},
    {"change": lambda sent: sent[:28]},
    {"change": other_port},
]
CASES6 = [
    {},
    {"with_mac": False},
    {"quoted": False},
    {"quoted": False, "src": "fe80::7"},
    {"quoted": False, "ttl": 254},
    {"quoted": False, "target": None},
    {"quoted": False, "target": "fd09::7"},
    {"quoted": False, "target": "ff02::7"},
    {"quoted": False, "target": "fe80::66", "with_mac": False},
    {"quoted": False, "dst": "ff02::5"},
    {"quoted": False, "dst": "fd77::99"},
    {"quoted": False, "code": 1},
    {"quoted": False, "src": "fd09::1"},
    {"src": "fe80::7"},
    {"src": "fd09::1"},
    {"ttl": 64},
    {"code": 1},
    {"target": None},
    {"target": "fd09::7"},
    {"quote": b""},
    {"quote": bytes(48)},
    {"change": lambda sent: sent[:40]},
    {"change": lambda sent: sent[:48]},
    {"change": other_port},
]


def ways(host, make, cases, far_of, verb):
    """Which router each destination is reached by after its redirect."""
    result, ask = [], getattr(host, verb)
    for number, case in enumerate(cases):
        case, far = dict(case), far_of(number)
        change = case.pop("change", None)
        frame = ask(far, OLD)
        # A host may want to find out about the router first; and frames may be lost.
        for _ in range(3):
            sent = frame[14:]
            if change:
                case["quote"] = change(sent)
            host.wire.send(OLD, host.mac, make(sent, far, **case))
            frame = ask(far, OLD)
        result.append(NAMES.get(frame[:6], "direct"))
    return result


def both(sysctls, make, cases, far_of, verb):
    found = []
    for host in (Kernel(sysctls), Ours(SCRATCH, sysctls)):
        host.wire.has.update(ROUTERS)
        for number in range(len(cases)):  # where somebody takes it to be on the link
            host.wire.has[far_of(number)] = mac(99)
        host.find_mac()
        found.append(ways(host, make, cases, far_of, verb))
        host.end()
    return found


def compare(make, cases, far_of, sysctls=(), verb="echo"):
    kernel, ours = both(sysctls, make, cases, far_of, verb)
    for case, by_kernel, by_us in zip(cases, kernel, ours):
        equal((sysctls, case, by_us), (sysctls, case, by_kernel))
    return kernel


def far4(number):
    return f"10.55.0.{number + 1}"


def far6(number):
    return f"fd55::{number + 1:x}"


def icmp_redirects_lead_where_they_lead_a_kernel():
    ways_taken = compare(redirect4, CASES4, far4)
    equal(ways_taken[:5], ["better"] * 4 + ["old"])
    compare(redirect4, CASES4, far4, verb="ping")


def ndp_redirects_lead_where_they_lead_a_kernel():
    ways_taken = compare(redirect6, CASES6, far6)
    equal(ways_taken[2:4], ["better", "old"])
    ways_taken = compare(redirect6, CASES6, far6, verb="ping")
    equal(ways_taken[:3], ["better"] * 3)


def sysctls_of_ipv4_mean_what_they_mean_to_a_kernel():
    cases = [{}, {"gateway": "192.0.2.1"}]
    for where, value in itertools.product(("all", "sea0"), (0, 1)):
        compare(redirect4, cases, far4, [f"net.ipv4.conf.{where}.accept_redirects={value}",
                                         "net.ipv4.conf.sea0.forwarding=1"])
    compare(redirect4, cases, far4, [f"net.ipv4.conf.{name}.accept_redirects=0"
                                     for name in ("all", "sea0")])
    no_media = [f"net.ipv4.conf.{name}.shared_media=0" for name in ("all", "sea0")]
    equal(compare(redirect4, cases, far4, no_media), ["old", "old"])
    insecure = [f"net.ipv4.conf.{name}.secure_redirects=0" for name in ("all", "sea0")]
    equal(compare(redirect4, cases, far4, no_media + insecure), ["better", "old"])


def sysctls_of_ipv6_mean_what_they_mean_to_a_kernel():
    cases = [{}, {"quoted": False}]
    for sysctl in ("accept_redirects=0", "forwarding=1"):
        equal(compare(redirect6, cases, far6, [f"net.ipv6.conf.sea0.{sysctl}"]), ["old", "old"])
    compare(redirect6, cases, far6, ["net.ipv6.conf.all.accept_redirects=0"])


def a_kernel_that_is_a_router_redirects_the_stack():
    """The stack's default router is the kernel, who knows that 10.66.0.0/16 is behind 10.9.0.7."""
    host = Ours(SCRATCH)
    ns, far = host.ns, "10.66.0.9"
    ns.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=1")
    ns.ip("addr", "add", "10.9.0.1/24", "dev", "sea0")
    ns.ip("route", "add", "10.66.0.0/16", "via", "10.9.0.7")
    kernel = ns.run("cat", "/sys/class/net/sea0/address").stdout
    host.wire.has.update({"10.9.0.3": mac(3), "10.9.0.7": BETTER})
    host.find_mac("10.9.0.3")
    equal(host.echo(far, mac(3))[:6], bytes.fromhex(kernel.replace(":", "")))
    # The redirect may be lost, and the better router is asked for first.
    check(wait_until(lambda: host.echo(far, mac(3))[:6] == BETTER, 60), "not obeyed")
    host.end()


if __name__ == "__main__":
    netns.main([
        icmp_redirects_lead_where_they_lead_a_kernel,
        ndp_redirects_lead_where_they_lead_a_kernel,
        sysctls_of_ipv4_mean_what_they_mean_to_a_kernel,
        sysctls_of_ipv6_mean_what_they_mean_to_a_kernel,
        a_kernel_that_is_a_router_redirects_the_stack,
    ])
