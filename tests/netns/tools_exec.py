#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seastack exec`: unmodified programs in the network of a running stack, beside the kernel's."""
import difflib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

import netns
from netns import check, equal, wait_until

netns.need("ping", "unshare")
if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 0):
    netns.skip("the kernel is older than 6.0")
NS = netns.Namespace()
SCRATCH = netns.Scratch()
UP = netns.Up(NS, SCRATCH, "--service", "echo:7", "--name", "main")
BODY = pathlib.Path(__file__).with_name("exec_body.py")
EXEC = [netns.SEASTACK, "exec", "--control", str(UP.control), "--"]


def start(*command, **options):
    return subprocess.Popen([*EXEC, *map(str, command)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **options)


def run(*command, timeout=60):
    return subprocess.run([*EXEC, *map(str, command)], capture_output=True, text=True,
                          timeout=timeout, check=False)


def python(text):
    """It has said a line when this returns."""
    process = start(sys.executable, "-c", "import os, select, signal, socket, threading, time\n" + text)
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


def a_program_sees_what_it_sees_on_linux():
    command = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, BODY]
    linux = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    ours = run(sys.executable, BODY, timeout=120)
    equal((linux.returncode, linux.stderr), (0, ""))
    equal((ours.returncode, ours.stderr), (0, ""))
    lines = linux.stdout.splitlines()
    differ = list(difflib.unified_diff(lines, ours.stdout.splitlines(), "linux", "seastack", n=0))
    check(not differ, "\n".join(differ))
    check(len(lines) > 90, linux.stdout)
    all_sockets_are_gone()


def ping_prints_what_it_prints_on_linux():
    command = ["ping", "-c", "2", "-i", "0.2", "-W", "30"]
    ours, linux = run(*command, UP.kernel), NS.run(*command, UP.addr)
    plain = [re.sub(r"time[= ][\d.]+|\d+\.\d+(\.\d+\.\d+)?|, pipe \d+", "N", text.stdout)
             for text in (ours, linux)]
    equal(plain[0], plain[1])
    equal(ours.returncode, 0)


def curl_fetches_from_the_kernel():
    if not shutil.which("curl"):
        return
    (SCRATCH / "page").write_text("a page\n" * 1000)
    with NS.inside():
        server = subprocess.Popen([sys.executable, "-m", "http.server", "--bind", UP.kernel, "8080",
                                   "--directory", str(SCRATCH.path)], stderr=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL)
    try:
        check(wait_until(lambda: not run("curl", "-s", f"http://{UP.kernel}:8080/").returncode, 30), "no page")
        done = run("curl", "-sS", f"http://{UP.kernel}:8080/page")
        equal((done.stdout, done.stderr), ("a page\n" * 1000, ""))
    finally:
        server.kill()
        server.wait()


def programs_talk_to_services_of_their_own_stack():
    program = python(f"s = socket.create_connection(('{UP.addr}', 7))\n"
                     "s.sendall(b'x' * 99999)\nprint(s.recv(1))\nn = 1\n"
                     "while n < 99999: n += len(s.recv(99999))\nprint(n)\n")
    equal(rest_of(program), ("99999\n", 0))


def iperf3_measures_both_ways():
    if not shutil.which("iperf3"):
        return
    with NS.inside():
        server = subprocess.Popen(["iperf3", "-s", "-B", UP.kernel], stdout=subprocess.DEVNULL)
    try:
        for way in ((), ("-R",)):
            command = ("iperf3", "-c", UP.kernel, "-n", "1M", *way)
            check(wait_until(lambda args=command: not run(*args).returncode, 60), str(way))
    finally:
        server.kill()
        server.wait()


def sysctl_knows_the_stacks_links():
    if not shutil.which("sysctl"):
        return
    name = f"net.ipv4.conf.{UP.tap}.forwarding"
    equal(run("sysctl", name).stdout, f"{name} = 0\n")
    equal(run("sysctl", "-w", f"{name}=1").stdout, f"{name} = 1\n")
    equal(run("cat", "/proc/sys/" + name.replace(".", "/")).stdout, "1\n")
    equal(run("sysctl", "-n", f"{name}").stdout, "1\n")


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
            ping_prints_what_it_prints_on_linux,
            curl_fetches_from_the_kernel,
            programs_talk_to_services_of_their_own_stack,
            iperf3_measures_both_ways,
            sysctl_knows_the_stacks_links,
            signals_terminal_and_status_are_the_programs,
            mistakes_are_told_in_a_sentence,
            a_listener_is_asked_for,
            what_is_killed_leaves_nothing,
            who_floods_or_stalls_holds_nobody_up,
            when_the_stack_is_killed_calls_fail])
