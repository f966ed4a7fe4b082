#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seastack exec`: what a program sees of its sockets, beside the kernel's, and what it may not do to the stack."""
import difflib
import os
import pathlib
import signal
import socket
import subprocess

import netns
from exec_stack import (AT_REST, EXEC, NS, PYTHON, UP, all_sockets_are_gone, python, rest_of, run,
                        sockets)
from netns import check, equal, wait_until

BODY = pathlib.Path(__file__).with_name("exec_body.py")


def a_program_sees_what_it_sees_on_linux():
    command = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *PYTHON, BODY]
    linux = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    ours = run(*PYTHON, BODY, timeout=120)
    equal((linux.returncode, linux.stderr), (0, ""))
    equal((ours.returncode, ours.stderr), (0, ""))
    lines = linux.stdout.splitlines()
    differ = list(difflib.unified_diff(lines, ours.stdout.splitlines(), "linux", "seastack", n=0))
    check(not differ, "\n".join(differ))
    check(len(lines) > 90, linux.stdout)
    all_sockets_are_gone()


def signals_terminal_and_status_are_the_programs():
    equal(run("sh", "-c", "exit 7").returncode, 7)
    equal(run("sh", "-c", "kill -TERM $$").returncode, -signal.SIGTERM)
    program = python("s = socket.socket(2, 2)\ns.bind(('', 0))\n"
                     "try:\n    print('there', flush=True)\n    s.recv(9)\n"
                     "except KeyboardInterrupt: print('interrupted')\n")
    program.send_signal(signal.SIGINT)
    equal(rest_of(program), ("interrupted\n", 0))


def mistakes_are_told_in_a_sentence():
    for command, status, words in (
            (("exec", "nobody", "--", "true"), 1, "no stack named nobody is running"),
            (("exec", "--control", UP.control, "--", "/no/such/program"), 127, "cannot run"),
            (("exec", "--control", UP.control, "--", "/etc/passwd"), 126, "cannot run"),
            (("exec", "--control", UP.control), 2, "say which program to run"),
            (("exec", "a", "--control", UP.control, "--", "true"), 2, "not both"),
            ((*EXEC[1:], *EXEC, "true"), 1, "in another stack")):
        done = netns.seastack(*command)
        equal(done.returncode, status)
        check(words in done.stderr and done.stderr.count("\n") <= 2, done.stderr)


def a_listener_is_asked_for():
    for passed in ([], [0]):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(UP.control))
            socket.send_fds(sock, [b"exec\n"], passed)
            equal(sock.recv(99), b"error exec comes with a seccomp listener\n")


def what_is_killed_leaves_nothing():
    program = python("l = socket.create_server(('', 7777))\n"
                     "us = [socket.socket(2, 2) for _ in range(20)]\n"
                     "for u in us:\n    u.bind(('', 0))\n    threading.Thread(target=u.recv, args=(9,)).start()\n"
                     "print('there', flush=True)\nl.accept()\n")
    check(len(sockets()) >= AT_REST + 21, "\n".join(sockets()))
    before = descriptors()
    program.kill()
    program.wait()
    all_sockets_are_gone()
    check(wait_until(lambda: descriptors() <= before - 21, 30), str(descriptors()))


def descriptors():
    return len(os.listdir(f"/proc/{UP.process.pid}/fd"))


def who_floods_or_stalls_holds_nobody_up():
    flood = python("s = socket.socket(2, 2)\nprint('there', flush=True)\n"
                   f"def flood():\n    while True: s.sendto(bytes(60000), ('{UP.addr}', 9))\n"
                   "for _ in range(4): threading.Thread(target=flood).start()\n")
    stalled = python("s = socket.create_server(('', 7777))\nprint('there', flush=True)\ns.accept()\n")
    stalled.send_signal(signal.SIGSTOP)
    try:
        check(wait_until(lambda: not NS.run("ping", "-c", "1", "-W", "5", UP.addr).returncode, 30), "no answer")
        sock = NS.connect(UP.addr, 7)
        sock.sendall(b"echo")
        equal(sock.recv(9), b"echo")
        sock.close()
    finally:
        for program in (flood, stalled):
            program.kill()
            program.wait()
    all_sockets_are_gone()


def when_the_stack_is_killed_calls_fail():
    program = python("s = socket.create_server(('', 7777))\np = select.poll()\np.register(s, select.POLLIN)\n"
                     "print('there', flush=True)\nready = p.poll(60000)\n"
                     "try: s.accept()\nexcept OSError as err: os._exit(err.errno if ready[0][1] & 16 else 1)\n")
    UP.process.kill()
    equal(rest_of(program), ("", 38))


netns.main([a_program_sees_what_it_sees_on_linux,
            signals_terminal_and_status_are_the_programs,
            mistakes_are_told_in_a_sentence,
            a_listener_is_asked_for,
            what_is_killed_leaves_nothing,
            who_floods_or_stalls_holds_nobody_up,
            when_the_stack_is_killed_calls_fail])
