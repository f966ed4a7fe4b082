#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same routes and rules, chosen at random, in the kernel and in a stack: what both say of the way
to random destinations. A failure prints the seed, which the first argument sets."""
import json
import os
import random
import subprocess
import sys

import netns

LINKS = ("r0", "r1", "r2")
ADDRS = {"r0": "10.0.0.1/24", "r1": "10.1.0.1/24", "r2": "10.1.128.1/17"}
OWN = [addr.split("/")[0] for addr in ADDRS.values()]
TABLES = (254, 254, 254, 255, 100, 200)
ERRORS = {"Network is unreachable": "ENETUNREACH", "No route to host": "EHOSTUNREACH",
          "Permission denied": "EACCES", "Invalid argument": "EINVAL", "File exists": "EEXIST",
          "Nexthop has invalid gateway": "ENETUNREACH"}
PEER = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/routes_peer")


class Stack:
    """Ours, behind a pipe."""

    def __init__(self):
        self.peer = subprocess.Popen([PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     text=True)

    def ask(self, *words):
        self.peer.stdin.write(" ".join("-" if w is None else str(w) for w in words) + "\n")
        self.peer.stdin.flush()
        return self.peer.stdout.readline().strip()


class Kernel:
    def __init__(self):
        self.ns = netns.Namespace()
        for i, link in enumerate(LINKS):
            self.ns.ip("link", "add", link, "type", "veth", "peer", "name", f"peer{i}")
            self.ns.ip("link", "set", f"peer{i}", "up")
            self.ns.ip("link", "set", link, "up")
            self.ns.ip("addr", "add", ADDRS[link], "dev", link)

    def run(self, *words):
        done = subprocess.run(["ip", "-n", self.ns.name, *[str(w) for w in words]],
                              capture_output=True, text=True, check=False)
        if not done.returncode:
            return "OK", done.stdout
        for text, name in ERRORS.items():
            if text in done.stderr:
                return name, ""
        return done.stderr.strip(), ""


def options(**given):
    words = []
    for name, value in given.items():
        if value is not None:
            words += [name.rstrip("_"), value]
    return words


def random_addr(rnd):
    return f"10.{rnd.randrange(4)}.{rnd.choice((0, 1, 128, 129))}.{rnd.randrange(8)}"


def random_prefix(rnd):
    length = rnd.choice((0, 8, 9, 12, 16, 17, 24, 25, 30, 32))
    value = int.from_bytes(bytes(int(b) for b in random_addr(rnd).split(".")), "big")
    value &= (0xffffffff << (32 - length)) & 0xffffffff
    return ".".join(str(b) for b in value.to_bytes(4, "big")) + f"/{length}"


def add_route(rnd, kernel, stack):
    kind = rnd.choice(("unicast",) * 6 + ("local", "blackhole", "unreachable", "prohibit", "throw"))
    table, metric, prefix = rnd.choice(TABLES), rnd.randrange(3), random_prefix(rnd)
    tos = rnd.choice((0, 0, 0, 0x10))
    link = gateway = None
    if kind == "local":
        link = "lo"
    elif kind == "unicast":
        link = rnd.choice(LINKS)
        if rnd.randrange(3):
            gateway = {"r0": "10.0.0.", "r1": "10.1.0.", "r2": "10.1.129."}[link] + \
                str(rnd.randrange(2, 9))
    return (stack.ask("route", kind, table, metric, tos, prefix, gateway, link),
            kernel.run("route", "add", kind, prefix,
                       *options(table=table, metric=metric, tos=f"{tos:#x}" if tos else None, via=gateway,
                                dev=link))[0])


def add_rule(rnd, kernel, stack):
    action = rnd.choice(("lookup",) * 5 + ("prohibit", "unreachable"))
    table = rnd.choice((100, 200, 254, 255)) if action == "lookup" else None
    suppress = rnd.choice((None, None, 0, 8, 16)) if action == "lookup" else None
    source = rnd.choice(OWN) + "/32" if rnd.randrange(4) == 0 else None
    dest = random_prefix(rnd) if rnd.randrange(2) else None
    mark = rnd.choice((None, None, 1, 2))
    tos = rnd.choice((None, None, None, 0x10))
    port = rnd.choice((None, None, 80))
    priority = rnd.randrange(1, 32000)
    words = [action] if action != "lookup" else []
    return (stack.ask("rule", priority, action, table, source, dest, mark, tos, port, suppress),
            kernel.run("rule", "add", *options(pref=priority, from_=source or "0.0.0.0/0", to=dest,
                                               fwmark=mark, tos=tos and f"{tos:#x}",
                                               ipproto="tcp" if port else None, dport=port),
                       *words, *options(lookup=table, suppress_prefixlength=suppress))[0])


def ways(rnd, kernel, stack):
    dest, source = random_addr(rnd), rnd.choice((None, None, *OWN))
    link = rnd.choice((None, None, None, *LINKS))
    mark, tos, port = rnd.randrange(3), rnd.choice((0, 0x10)), rnd.choice((80, 443))
    ours = stack.ask("get", dest, source, link, mark, tos, port)
    said, text = kernel.run("-j", "route", "get", "to", dest,
                            *options(from_=source, oif=link, mark=mark, tos=f"{tos:#x}" if tos else None,
                                     ipproto="tcp", dport=port))
    theirs = said
    if said == "OK":
        way = json.loads(text)[0]
        theirs = f"{way['dev']} {way.get('gateway', way['dst'])} {way.get('prefsrc', source)}"
    return f"{dest} from {source} oif {link} mark {mark} tos {tos} dport {port}", ours, theirs


def agree(seed, with_rules):
    rnd = random.Random(seed)
    kernel, stack = Kernel(), Stack()
    done = []
    for link in LINKS:
        assert stack.ask("addr", link, ADDRS[link]) == "OK"
    try:
        for step in range(70):
            add = add_rule if with_rules and step % 10 == 9 else add_route
            ours, theirs = add(rnd, kernel, stack)
            done.append((add.__name__, ours, theirs))
            assert ours == theirs, f"seed {seed} step {step}: {add.__name__} {ours} != {theirs}"
        for _ in range(150):
            asked, ours, theirs = ways(rnd, kernel, stack)
            assert ours == theirs, f"seed {seed}: {asked}: {ours} != {theirs}"
    finally:
        stack.peer.stdin.close()
        stack.peer.wait()
    assert sum(ours == "OK" for _, ours, _ in done) > 20, f"seed {seed}: hardly any route got in"


def ways_are_the_kernels_with_the_first_rules():
    for seed in range(2):
        agree(SEED + seed, False)


def ways_are_the_kernels_with_random_rules():
    for seed in range(3):
        agree(SEED + 100 + seed, True)


SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 1

if __name__ == "__main__":
    netns.need()
    if not os.access(PEER, os.X_OK):
        netns.skip("routes_peer was not built")
    netns.main([
        ways_are_the_kernels_with_the_first_rules,
        ways_are_the_kernels_with_random_rules,
    ])
