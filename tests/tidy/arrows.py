#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes point only inwards: the arrows of tests/README.md."""
import re

import tidy

# A layer and all that it may include; the longest prefix of a path decides its layer.
CORE = ["tcpip/wire", "tcpip/core"]
TCPIP = CORE + ["tcpip/netlink", "tcpip/ip"]
OUTER = TCPIP + ["link", "link/os", "transport", "netfilter"]
MAY = {
    "tcpip/seastack": [],
    "tcpip/wire": ["tcpip/wire"],
    "tcpip/core": CORE,
    "tcpip/netlink": CORE + ["tcpip/netlink"],
    "tcpip/ip": TCPIP,
    "link": TCPIP + ["link"],
    "link/os": TCPIP + ["link", "link/os"],
    "transport": TCPIP + ["transport"],
    "netfilter": TCPIP + ["netfilter"],
    "sentry-glue": OUTER + ["sentry-glue"],
    "tools": OUTER + ["tools"],
}
ANYTHING = ("tests/", "packetimpact/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def layer_of(path):
    fits = [layer for layer in MAY if path.startswith(layer + "/")]
    return max(fits, key=len, default=None)


def found_from(root, name):
    """The file an include names, as a path from root: includes are written from tcpip/ or root."""
    for base in ("tcpip/", ""):
        if (root / (base + name)).is_file():
            return base + name
    return None


def complaint(root, layer, bracket, name):
    if name == "config.h" and layer != "tcpip/seastack":
        return None
    if name.startswith("seastack/"):
        return None if bracket == "<" else "write it <...>: it is a public header"
    target = found_from(root, name)
    if bracket == "<":
        return 'write it "...": it is not a public header' if target else None
    if layer == "tcpip/seastack":
        return "a public header includes only public headers and the system's"
    if not target:
        return "names no file from tcpip/ or from the top"
    if layer_of(target) not in MAY[layer]:
        return f"{layer} may not include {layer_of(target) or target.split('/')[0]}"
    return None


def check(root):
    complaints = []
    for path in tidy.sources(root, [".c", ".h", ".def"]):
        if str(path).startswith(ANYTHING):
            continue
        layer = layer_of(str(path))
        if not layer:
            complaints.append(f"{path}: lies in no layer")
            continue
        for match in INCLUDE.finditer(tidy.text(root, path)):
            why = complaint(root, layer, *match.groups())
            if why:
                complaints.append(f"{path}: includes {match.group(2)}: {why}")
    return complaints


GOOD = {
    "tcpip/seastack/stack.h": "#include <stdint.h>\n#include <seastack/time.h>\n",
    "tcpip/seastack/time.h": "",
    "tcpip/wire/ip4.h": "",
    "tcpip/core/pkt.h": '#include <seastack/stack.h>\n#include "wire/ip4.h"\n',
    "tcpip/netlink/nl.h": '#include "core/pkt.h"\n',
    "tcpip/ip/hook.h": '#include "netlink/nl.h"\n#include "core/pkt.h"\n',
    "link/queue.h": '#include "ip/hook.h"\n#include "config.h"\n',
    "link/os/tap.c": '#include "link/queue.h"\n#include <unistd.h>\n',
    "transport/tcp/conn.h": '#include "ip/hook.h"\n',
    "netfilter/table.h": '#include "ip/hook.h"\n',
    "sentry-glue/sockets/call.h": '#include "transport/tcp/conn.h"\n#include "link/os/poll.h"\n',
    "link/os/poll.h": "",
    "tools/seastack.c": '#include "link/queue.h"\n',
    "packetimpact/run.h": '#include "tools/x.h"\n',
    "tests/unit/link/queue.c": '#include "packetimpact/run.h"\n',
}
BAD = [
    ({"tcpip/wire/a.c": '#include "core/pkt.h"\n'}, "tcpip/wire may not include tcpip/core"),
    ({"tcpip/core/a.c": '#include "ip/hook.h"\n'}, "tcpip/core may not include tcpip/ip"),
    ({"tcpip/core/a.c": '#include "netlink/nl.h"\n'}, "may not include tcpip/netlink"),
    ({"tcpip/ip/a.c": '#include "transport/tcp/conn.h"\n'}, "may not include transport"),
    ({"link/a.c": '#include "transport/tcp/conn.h"\n'}, "link may not include transport"),
    ({"link/a.c": '  #  include "link/os/poll.h"\n'}, "link may not include link/os"),
    ({"transport/a.c": '#include "link/queue.h"\n'}, "transport may not include link"),
    ({"transport/a.c": '#include "netfilter/table.h"\n'}, "transport may not include netfilter"),
    ({"netfilter/a.c": '#include "transport/tcp/conn.h"\n'}, "may not include transport"),
    ({"tools/a.c": '#include "packetimpact/run.h"\n'}, "may not include packetimpact"),
    ({"tools/a.c": '#include "sentry-glue/sockets/call.h"\n'}, "may not include sentry-glue"),
    ({"link/a.c": '#include "tests/x.h"\n', "tests/x.h": ""}, "may not include tests"),
    ({"tcpip/seastack/a.h": '#include "core/pkt.h"\n'}, "a public header includes only"),
    ({"tcpip/seastack/a.h": "#include <core/pkt.h>\n"}, "not a public header"),
    ({"tcpip/core/a.c": '#include "seastack/stack.h"\n'}, "it is a public header"),
    ({"tcpip/core/a.c": '#include "pkt.h"\n'}, "names no file"),
    ({"tcpip/a.c": ""}, "lies in no layer"),
]

if __name__ == "__main__":
    tidy.run(check, GOOD, BAD)
