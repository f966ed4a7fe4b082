#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real radvd advertises; the stack on a tap and the kernel on a veth, side by side on one bridge,
make the same of it."""
import json
import subprocess
import time

import netns
from netns import check, equal, wait_until

netns.need("radvd", "ping", "sysctl")
SCRATCH = netns.Scratch()
LAN, HOST = netns.Namespace(), netns.Namespace()
MAC = "02:00:00:00:5e:01"
IID = "ff:fe00:5e01"  # of that MAC, modified EUI-64
CONFIG = """
interface br0 {
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    AdvDefaultLifetime %(router)d;
    AdvDefaultPreference high;
    AdvCurHopLimit 99;
    AdvLinkMTU 1400;
    AdvReachableTime 45000;
    AdvRetransTimer 1100;
    prefix 2001:db8:1::/64 {
        AdvOnLink on;
        AdvAutonomous on;
        AdvValidLifetime %(valid)d;
        AdvPreferredLifetime %(preferred)d;
    };
    prefix 2001:db8:2::/64 {
        AdvOnLink on;
        AdvAutonomous off;
    };
    RDNSS 2001:db8:1::53 { AdvRDNSSLifetime %(dns)d; };
    DNSSL example.org { AdvDNSSLLifetime %(dns)d; };
};
"""


class Radvd:
    """The daemon, on the bridge, with these lifetimes."""

    def __init__(self, router=1800, valid=9000, preferred=8000, dns=600):
        self.config, self.log = SCRATCH / "radvd.conf", SCRATCH / "radvd.log"
        self.config.write_text(CONFIG % locals())
        self.config.chmod(0o644)
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", LAN.name, "radvd", "-n", "-C", str(self.config), "-m",
             "logfile", "-l", str(self.log), "-p", str(SCRATCH / "radvd.pid")])

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        self.process.wait(20)


def build():
    """One bridge; the router's address on it; the stack's tap and the kernel's veth as its ports."""
    LAN.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
    LAN.ip("link", "set", "br0", "up")
    LAN.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
    LAN.ip("addr", "add", "2001:db8:1::53/64", "dev", "br0", "nodad")
    LAN.ip("addr", "add", "2001:db8:9::9/128", "dev", "lo")
    LAN.ip("link", "add", "host", "type", "veth", "peer", "name", "eth0", "netns", HOST.name)
    LAN.ip("link", "set", "host", "master", "br0", "up")
    HOST.ip("link", "set", "eth0", "address", MAC[:-1] + "2", "up")
    up = netns.Up(LAN, SCRATCH, "--mac", MAC)
    LAN.ip("link", "set", up.tap, "master", "br0")
    return up


def kernel(*args):
    return json.loads(HOST.run("ip", "-json", "-6", *args).stdout)


def stack(verb):
    return json.loads(UP.ask(verb, "-6", "--json").stdout)


def link_of(links):
    return next(link for link in links if link and "LOOPBACK" not in link["flags"])


def addrs_of(links):
    """The global addresses of the Ethernet link, less what tells the two hosts apart."""
    return [{
        "suffix": addr["local"].replace("5e02", "5e01"),
        "prefixlen": addr["prefixlen"],
        "dynamic": addr.get("dynamic", False),
        "mngtmpaddr": addr.get("mngtmpaddr", False),
        "tentative": addr.get("tentative", False),
        "deprecated": addr.get("deprecated", False),
    } for addr in link_of(links)["addr_info"] if addr["scope"] == "global" and addr.get("family") == "inet6"]


def routes_of(routes):
    return sorted((r["dst"], bool(r.get("gateway")), r["protocol"], r["metric"]) for r in routes
                  if r["dst"] != "fe80::/64")


def both_settled(condition):
    """Waits until it holds of both: of the addresses and the routes of one."""
    def holds():
        return condition(addrs_of(stack("addrs")), routes_of(stack("routes"))) and condition(
            addrs_of(kernel("addr")), routes_of(kernel("route")))
    return wait_until(holds, 30)


def has_address(addrs, routes):
    return len(addrs) == 1 and not addrs[0]["tentative"] and any(r[0] == "default" for r in routes)


def an_advertised_prefix_becomes_the_address_that_the_kernel_would_make():
    with Radvd():
        check(both_settled(has_address), "no address: " + UP.said())
        equal(addrs_of(stack("addrs")), addrs_of(kernel("addr")))
        equal(addrs_of(stack("addrs"))[0]["suffix"], f"2001:db8:1::{IID}")
        equal(routes_of(stack("routes")), routes_of(kernel("route")))
        ours = link_of(stack("addrs"))["addr_info"][-2:]
        left = [a["valid_life_time"] for a in ours if a["scope"] == "global"]
        check(all(8990 <= s <= 9000 for s in left), f"lifetimes {left}")


def the_default_route_works():
    with Radvd():
        check(both_settled(has_address), "no address")
        # From an address that is on no link of the stack's: what it answers takes the default route.
        done = LAN.run("ping", "-6", "-n", "-c", "3", "-i", "0.05", "-W", "10", "-I",
                       "2001:db8:9::9", f"2001:db8:1::{IID}")
        check(" 0% packet loss" in done.stdout, done.stdout)
        check("ttl=99" in done.stdout, "the hop limit was not taken: " + done.stdout)


def name_servers_and_domains_are_seen():
    with Radvd():
        check(wait_until(lambda: link_of(stack("addrs")).get("name_servers"), 30), "no server")
        link = link_of(stack("addrs"))
        equal([s["address"] for s in link["name_servers"]], ["2001:db8:1::53"])
        equal([d["name"] for d in link["search_domains"]], ["example.org"])
        check(590 <= link["name_servers"][0]["life_time"] <= 600, str(link["name_servers"]))


def a_router_that_ends_says_so():
    with Radvd():
        check(both_settled(has_address), "no address")
    # radvd says a last word on its way out: a router lifetime of zero, and prefixes deprecated.
    check(both_settled(lambda addrs, routes: not any(r[0] == "default" for r in routes)),
          "the route stays")
    equal(routes_of(stack("routes")), routes_of(kernel("route")))
    equal(addrs_of(stack("addrs")), addrs_of(kernel("addr")))


def lifetimes_that_end_take_the_address_away():
    with Radvd(valid=9000, preferred=1):
        check(both_settled(lambda addrs, routes: addrs and addrs[0]["deprecated"]),
              "it is not deprecated")
        time.sleep(0.1)
        equal(addrs_of(stack("addrs")), addrs_of(kernel("addr")))


def a_stack_told_no_address_works_with_the_routers():
    up = netns.Up(LAN, SCRATCH, "--mac", MAC[:-1] + "3", tap="sea1", net=None)
    check("no address yet on sea1, mtu 1500, MAC " in up.banner, up.banner)
    LAN.ip("link", "set", "sea1", "master", "br0")
    with Radvd():
        addr = f"2001:db8:1::{IID[:-1]}3"

        def has_it():
            addrs = link_of(json.loads(up.ask("addrs", "-6", "--json").stdout))["addr_info"]
            return any(a["local"] == addr and not a.get("tentative") for a in addrs)

        check(wait_until(has_it, 60), up.ask("addrs").stdout)
        done = LAN.run("ping", "-6", "-n", "-c", "3", "-i", "0.05", "-W", "30", addr)
        check(" 0% packet loss" in done.stdout, done.stdout)
    equal(up.stop(), 0)


UP = build()
netns.main([
    an_advertised_prefix_becomes_the_address_that_the_kernel_would_make,
    the_default_route_works,
    name_servers_and_domains_are_seen,
    a_router_that_ends_says_so,
    lifetimes_that_end_take_the_address_away,
    a_stack_told_no_address_works_with_the_routers,
])
