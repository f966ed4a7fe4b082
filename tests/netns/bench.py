#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tests of the bench pass on this machine's kernel, too: what they ask of Seastack is what Linux does."""
import os
import subprocess

import netns
from netns import check

PROGRAM = os.path.join(os.environ.get("SEA_BUILDDIR", "."), "packetimpact", "packetimpact")
# All of them take half a minute, most of it for the making of namespaces: SEA_BENCH=bench: runs these, too.
TESTS = os.environ.get("SEA_BENCH", "").split() or [
    "bench:fragments/any_cut_in_any_order_is_a_whole",
    "bench:fragments/pieces_that_overlap_end_the_whole",
    "bench:headers/unknown_options_are_treated_as_they_say",
    "bench:groups/of_sources_only_those_are_heard_that_were_joined",
    "bench:icmp_errors/no_error_ends_a_connection",
    "bench:listeners/a_closed_port_resets_all_but_resets",
    "bench:numbers/any_cut_in_any_order_is_the_stream",
    "bench:ping/of_many_sockets_each_hears_its_own",
]


def what_the_bench_asks_is_what_linux_does():
    ran = subprocess.run([PROGRAM, "run", "--dut=linux", "-j4", "--ip_version=all", *TESTS],
                         capture_output=True, text=True, timeout=600, check=False)
    check(ran.returncode == 0, ran.stdout + ran.stderr)


if __name__ == "__main__":
    netns.need()
    netns.main([what_the_bench_asks_is_what_linux_does])
