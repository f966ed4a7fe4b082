#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unmodified tools, their words about a stack beside those about a kernel's namespace that is set up alike.

The lines of transcripts.txt go to both, in order. What may differ, and why, is said at `neutral`.
"""
import concurrent.futures
import difflib
import fcntl
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess

import netns
from netns import check, equal, wait_until

netns.need("ip", "unshare")
if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 0):
    netns.skip("the kernel is older than 6.0")

NS, KERNEL, SCRATCH = netns.Namespace(), netns.Namespace(), netns.Scratch()
UP = netns.Up(NS, SCRATCH, "--name", "main", net=None)
EXEC = [netns.SEASTACK, "exec", "--control", str(UP.control), "--"]
TUNSETIFF, IFF_TAP_NO_PI = 0x400454ca, 0x1002


def in_stack(*command):
    return subprocess.run([*EXEC, *command], capture_output=True, text=True, timeout=300, check=False)


def in_kernel(*command):
    return KERNEL.run(*command, timeout=300)


def set_alike():
    """The kernel's sea0 is a tap as well, of the same address; whoever holds it keeps it up."""
    mac = re.search(r"ether ([0-9a-f:]{17})", in_stack("ip", "link", "show", "sea0").stdout)[1]
    with KERNEL.inside():
        tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"sea0", IFF_TAP_NO_PI))
    KERNEL.ip("link", "set", "lo", "up")
    KERNEL.ip("link", "set", "sea0", "address", mac, "up")
    for run in (in_kernel, in_stack):
        check(wait_until(lambda run=run: settled(run), 60), "an address is looked for for ever")
    return tap


def settled(run):
    shown = run("ip", "-6", "addr", "show", "dev", "sea0").stdout
    return "fe80::" in shown and "tentative" not in shown


def neutral(text):
    # A tap of the kernel's does not say whether it works, a stack's link does.
    text = re.sub(r"(sea\d: .*state |sea\d +)(UNKNOWN|UP)\b *", r"\1UP ", text)
    text = re.sub(r'("ifname":"sea\d".*"operstate":")(UNKNOWN|UP)"', r'\1UP"', text)
    # There is no MPTCP here.
    text = re.sub(r"^MPTcp.*\n", "", text, flags=re.M)
    # They are asked one after the other.
    return re.sub(r"(valid_lft|preferred_lft) (\d+)\d\dsec|expires (\d+)\d\dsec", r"\1 \2 \3 sec", text)


def parts():
    programs, lines = [], []
    text = pathlib.Path(__file__).with_name("transcripts.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            yield programs, lines
            programs, lines = line.strip("[]").split(), []
        elif line and not line.startswith("#"):
            lines.append(line)
    yield programs, lines


def typed(run, lines):
    """What each line says."""
    script = "".join(f"printf '\\001'; sh -c {shlex.quote(line)} 2>&1; echo exit $?\n" for line in lines)
    return run("sh", "-c", script).stdout.split("\1")[1:]


def differences(line, kernel, ours):
    diff = difflib.unified_diff(neutral(kernel).splitlines(True), neutral(ours).splitlines(True),
                                "kernel", "seastack", n=0)
    return "".join((f"$ {line}\n", *diff))


def tools_say_of_a_stack_what_they_say_of_a_kernel():
    tap, asked, differ = set_alike(), 0, []
    for programs, lines in parts():
        missing = [program for program in programs if not shutil.which(program)]
        if missing:
            print(f"left out: no {missing[0]} here")
            continue
        with concurrent.futures.ThreadPoolExecutor() as pool:
            texts = [pool.submit(typed, run, lines) for run in (in_kernel, in_stack)]
        asked += len(lines)
        for line, kernel, ours in zip(lines, *(text.result() for text in texts), strict=True):
            if neutral(kernel) != neutral(ours):
                differ.append(differences(line, kernel, ours))
    os.close(tap)
    print(f"{asked} lines, {len(differ)} differ", *differ, sep="\n")
    check(asked > 100, "hardly anything was asked")
    equal(len(differ), 0)


netns.main([tools_say_of_a_stack_what_they_say_of_a_kernel])
