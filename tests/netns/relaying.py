# SPDX-License-Identifier: Apache-2.0
"""A stack that relays a port of its own to a server on the kernel's loopback."""
import contextlib
import os

import wires
from netns import skip

RELAY = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "tests/netns/relay_peer")
PORT = 5201  # iperf3's; wires.py tells tshark that what it carries is no protocol
# A receiver that is full takes no more, whatever window it had offered, and is asked again.
FULL = {"TCP_RCVBUF", "TCP_OOO_PRUNED", "TCP_ZERO_WINDOW"}


class Relay(wires.Stack):
    """To be used as wires.Stack: relay_peer instead of `seastack up`."""
    program = [RELAY]

    def __init__(self, wire, *options, **keywords):
        super().__init__(wire, "--relay", f"{PORT}=127.0.0.1:{PORT}", *options, **keywords)


@contextlib.contextmanager
def small_buffers(largest):
    """No socket holds more, the kernel's or the stack's, which gets these options for it."""
    sizes = {name: f"4096 65536 {largest}" for name in ("tcp_rmem", "tcp_wmem")}
    with wires.settings(**sizes):
        yield [word for name, value in sizes.items()
               for word in ("--sysctl", f"net.ipv4.{name}={value}")]


def main(*programs):
    if not os.access(RELAY, os.X_OK):
        skip("relay_peer was not built: no cmocka")
    wires.main(*programs)
