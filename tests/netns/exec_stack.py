# SPDX-License-Identifier: Apache-2.0
"""A running stack, and programs in its network: what the tests of `seastack exec` share."""
import os
import subprocess
import sys

import netns
from netns import check, wait_until

netns.need("ping", "unshare")
if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 0):
    netns.skip("the kernel is older than 6.0")
NS = netns.Namespace()
SCRATCH = netns.Scratch()
UP = netns.Up(NS, SCRATCH, "--service", "echo:7", "--name", "main")
EXEC = [netns.SEASTACK, "exec", "--control", str(UP.control), "--"]
# Each file that it opens is a call to the stack: none of those that only some machines have.
PYTHON = [sys.executable, "-S", "-E"]


def start(*command, **options):
    return subprocess.Popen([*EXEC, *map(str, command)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **options)


def run(*command, timeout=60, **options):
    return subprocess.run([*EXEC, *map(str, command)], capture_output=True, text=True,
                          timeout=timeout, check=False, **options)


def python(text):
    """It has said a line when this returns."""
    process = start(*PYTHON, "-c", "import os, select, signal, socket, threading\n" + text)
    process.stdout.readline()
    return process


def rest_of(process):
    """communicate() would lose what readline() took beyond its line."""
    text = process.stdout.read()
    return text, process.wait(60)


def sockets():
    lines = UP.ask("sockets").stdout.splitlines()[1:]
    return [line for line in lines if "TIME_WAIT" not in line]


AT_REST = len(sockets())


def all_sockets_are_gone():
    check(wait_until(lambda: len(sockets()) == AT_REST, 30), "\n".join(sockets()))
