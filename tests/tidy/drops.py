#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""drop.def lists no doubles, the stack gives each of its reasons, and a test names each."""
import collections
import re

import tidy

DEF = "tcpip/core/drop.def"
LINE = re.compile(r"^SEA_DROP\((\w+),", re.M)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
NAME = re.compile(r"\bSEA_DROP_([A-Z0-9_]+)\b")


def named(root, suffixes, folders):
    names = set()
    for path in tidy.sources(root, suffixes, folders):
        if "tidy" not in path.parts:
            names |= set(NAME.findall(COMMENT.sub("", tidy.text(root, path))))
    return names


def check(root):
    reasons = LINE.findall(tidy.text(root, DEF))
    given = named(root, [".c", ".h"], tidy.SHIPPED)
    tested = named(root, [""], ["tests", "packetimpact"])
    complaints = [f"{DEF}: {reason} is there {count} times"
                  for reason, count in collections.Counter(reasons).items() if count > 1]
    complaints += [f"SEA_DROP_{reason}: nothing gives it"
                   for reason in reasons if reason not in given]
    return complaints + [f"SEA_DROP_{reason}: no test reaches it"
                         for reason in reasons if reason in given and reason not in tested]


GOOD = {
    DEF: 'SEA_DROP(IP_SHORT, ip, "short")\n',
    "tcpip/ip/ip4.c": "x(SEA_DROP_IP_SHORT);\n",
    "tests/unit/tcpip/ip/ip4.c": "expect(SEA_DROP_IP_SHORT);\n",
    "link/queue.h": "/* with SEA_DROP_IP_TTL */\n",
}
TTL = 'SEA_DROP(IP_SHORT, ip, "short")\nSEA_DROP(IP_TTL, ip, "no hops left")\n'
BAD = [
    ({DEF: TTL}, "SEA_DROP_IP_TTL: nothing gives it"),
    ({DEF: TTL, "link/a.c": "x(SEA_DROP_IP_TTL);\n"}, "SEA_DROP_IP_TTL: no test"),
    ({"tests/unit/tcpip/ip/ip4.c": "/* SEA_DROP_IP_SHORT */\n"}, "SEA_DROP_IP_SHORT: no test"),
    ({"tests/unit/tcpip/ip/ip4.c": "expect(SEA_DROP_IP_SHORTER);\n"}, "SEA_DROP_IP_SHORT: no test"),
    ({DEF: 'SEA_DROP(IP_TTL, ip, "a")\nSEA_DROP(IP_TTL, ip, "b")\n'}, "IP_TTL is there 2 times"),
]

if __name__ == "__main__":
    tidy.self_test(check, GOOD, BAD)
    if not (tidy.SRCDIR / DEF).is_file():
        tidy.skip(f"{DEF} is not there")
    tidy.report(check(tidy.SRCDIR))
