#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual page names every verb and option that --help does, and no other."""
import re
import subprocess
import sys

import tidy

LONG = re.compile(r"^  (?:-\w, )?--([a-z][a-z0-9-]*)", re.M)
SHORT = re.compile(r"^  -(\w), --", re.M)
VERB = re.compile(r"^  ([a-z]+)  +\S", re.M)
EVERYWHERE = {"help"}


def options(text):
    return set(LONG.findall(text)) | set(SHORT.findall(text))


def judge(verbs, helped, page):
    """helped: the options of all the verbs' --help."""
    lines = [line for line in page.splitlines() if not line.startswith('.\\"')]
    flags = set(re.findall(r"\bFl (?:Fl )?([a-zA-Z0-9][a-z0-9-]*)", "\n".join(lines)))
    listed = set(re.findall(r"^\.It Cm (\w+)$", page, re.M))
    return [f"the page does not describe --help's {name}" for name in sorted(verbs - listed)] + \
           [f"the page does not have --help's {name}" for name in sorted(helped - flags)] + \
           [f"--help does not have the page's {name}" for name in sorted(flags - helped)]


def self_test():
    page = ".It Cm up\n.It Fl o , Fl Fl output Ar FILE\n"
    told = options("  -o, --output FILE   where\n")
    if told != {"o", "output"} or VERB.findall("  up        run a stack\n") != ["up"]:
        sys.exit("self-test: --help is not understood")
    if judge({"up"}, told, page) or len(judge({"up", "get"}, told | {"mtu"}, page)) != 2 \
            or len(judge({"up"}, {"o"}, page)) != 1:
        sys.exit("self-test: a page that lacks or invents something should be refused, no other")


def helped(program, *verb):
    return subprocess.run([program, *verb, "--help"], capture_output=True, text=True,
                          check=True).stdout


if __name__ == "__main__":
    self_test()
    PROGRAM = tidy.BUILDDIR / "seastack"
    if not PROGRAM.exists():
        tidy.skip("seastack is not built")
    VERBS = set(VERB.findall(helped(PROGRAM)))
    TOLD = set().union(*(options(helped(PROGRAM, verb)) for verb in VERBS)) - {"h"} | EVERYWHERE
    tidy.report(judge(VERBS, TOLD, tidy.text(tidy.SRCDIR, "tools/man/seastack.1")))
