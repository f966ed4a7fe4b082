#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seastack top`: its screen as text, and on a terminal, which is put back whatever ends it."""
import fcntl
import os
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time

import netns
from netns import check, equal, wait_until

netns.need()
NS = netns.Namespace()
SCRATCH = netns.Scratch()
UP = netns.Up(NS, SCRATCH, "--service", "echo:7", "--name", "main")
LEFT = b"\x1b[?25h\x1b[?1049l"


def take_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Top:
    """`seastack top` on a terminal of its own, and what it has drawn there."""

    def __init__(self, *args, rows=30, columns=120):
        self.screen, ours = pty.openpty()
        self.ours = ours
        self.resize(rows, columns)
        self.before = termios.tcgetattr(ours)
        self.errors = open(SCRATCH / "top.err", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [netns.SEASTACK, "top", "--control", str(UP.control), "--interval", "0.1", *args],
            stdin=ours, stdout=ours, stderr=self.errors, start_new_session=True,
            preexec_fn=take_terminal)
        self.drawn = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        if select.select([self.screen], [], [], seconds)[0]:
            self.drawn += os.read(self.screen, 1 << 16)

    def until(self, condition):
        """Of all that was drawn since the call before."""
        end = time.monotonic() + 60
        while not condition():
            check(time.monotonic() < end, repr(self.drawn[-3000:]))
            self.read(0.05)
        drawn, self.drawn = self.drawn, b""
        return drawn

    def shows(self, *texts):
        """A whole screen that has these."""
        return self.until(lambda: any(all(text in screen for text in texts) for screen in self.screens()))

    def screens(self):
        return [screen for screen in self.drawn.split(b"\x1b[H") if b"\x1b[J" in screen]

    def keys(self, text):
        os.write(self.screen, text)

    def is_back(self):
        equal(termios.tcgetattr(self.ours), self.before)
        check(LEFT in self.drawn, repr(self.drawn[-300:]))

    def end(self):
        """How it ended, with the terminal put back."""
        self.until_ended()
        self.is_back()
        os.close(self.screen)
        os.close(self.ours)
        self.errors.seek(0)
        return self.process.returncode, self.errors.read()

    def until_ended(self):
        end = time.monotonic() + 60
        while self.process.poll() is None:
            check(time.monotonic() < end, repr(self.drawn[-3000:]))
            self.read(0.05)
        while select.select([self.screen], [], [], 0)[0]:
            self.read(0)


def once_prints_one_screen_with_rates():
    sock = NS.connect(UP.addr, 7)
    port = sock.getsockname()[1]
    top = subprocess.Popen([netns.SEASTACK, "top", "--control", str(UP.control), "--once", "-i", "0.5"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while top.poll() is None:
        sock.sendall(b"x" * 1000)
        sock.recv(1000)
    text = top.stdout.read()
    equal(top.returncode, 0)
    line = next(line for line in text.splitlines() if f":{port} " in line)
    equal(line.split()[-4:], ["tcp", f"[::ffff:{UP.addr}]:7", f"[::ffff:{UP.kernel}]:{port}", "ESTABLISHED"])
    check(re.match(r" *[\d.]+ k?M?B +[\d.]+ k?M?B \w+ +[\d.]+ [um]?s +\d+ +\d+ tcp", line), line)
    check(not re.match(r" *0 B", line), line)
    check(re.search(r"^sea0 +[\d.]+ k?M?B +[\d.]+ ", text, re.M), text)
    check(text.startswith("stack main: seastack ") and "\x1b" not in text, text)
    check(len(text.splitlines()) <= 50, text)


def drops_are_shown_by_reason():
    sock = NS.socket(netns.socket.SOCK_DGRAM)
    sock.sendto(b"nobody", (UP.addr, 4242))
    check(wait_until(lambda: "NO_SOCKET" in UP.ask("drops").stdout, 30), UP.ask("drops").stdout)
    text = UP.ask("top", "--once", "-i", "0.1").stdout
    check(re.search(r"^ +\d+ +\d+ +\S+ +\S*NO_SOCKET ", text, re.M), text)


def keys_sort_and_end():
    top = Top()
    top.shows(b"link ", b"sockets by both", b"q ends")
    top.keys(b"d")
    top.shows(b"sockets by rtt")
    top.keys(b"?w")
    top.shows(b"sockets by cwnd")
    top.keys(b"q")
    equal(top.end(), (0, ""))


def every_signal_puts_the_terminal_back():
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
        top = Top("--sort", "tx")
        top.shows(b"sockets by tx")
        top.process.send_signal(signum)
        equal(top.end(), (-signum, ""))


def the_screen_follows_the_terminals_size():
    top = Top(rows=40, columns=150)
    top.shows(b"q ends")
    top.resize(14, 50)
    top.until(lambda: any(len(screen.split(b"\n")) <= 14 and max(widths(screen)) <= 50 and b"q ends" in screen
                          for screen in top.screens()))
    top.resize(3, 20)
    top.until(lambda: any(len(screen.split(b"\n")) == 3 and max(widths(screen)) <= 20
                          for screen in top.screens()))
    top.keys(b"q")
    equal(top.end(), (0, ""))


def widths(screen):
    return [len(line.strip(b"\r")) for line in re.sub(rb"\x1b\[[\d?]*[A-Za-z]", b"", screen).split(b"\n")]


def a_stop_gives_the_terminal_back_meanwhile():
    top = Top()
    top.shows(b"q ends")
    top.process.send_signal(signal.SIGTSTP)
    check(wait_until(lambda: state(top.process.pid) == "T", 30), "it goes on")
    top.until(lambda: LEFT in top.drawn)
    equal(termios.tcgetattr(top.ours), top.before)
    top.process.send_signal(signal.SIGCONT)
    top.shows(b"q ends")
    top.keys(b"q")
    equal(top.end(), (0, ""))


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def a_stack_that_hangs_does_not_hold_up_the_keys():
    top = Top()
    top.shows(b"q ends")
    UP.process.send_signal(signal.SIGSTOP)
    try:
        check(wait_until(lambda: state(UP.process.pid) == "T", 30), "it goes on")
        top.keys(b"r")
        top.shows(b"sockets by rx")
        top.keys(b"q")
        equal(top.end(), (0, ""))
    finally:
        UP.process.send_signal(signal.SIGCONT)


def a_terminal_that_stands_still_does_not_hold_up_the_end():
    top = Top(rows=200, columns=200)
    top.shows(b"q ends")
    fcntl.ioctl(top.ours, termios.TCXONC, termios.TCOOFF)
    top.process.send_signal(signal.SIGWINCH)
    top.process.send_signal(signal.SIGTERM)
    equal(top.process.wait(60), -signal.SIGTERM)
    equal(termios.tcgetattr(top.ours), top.before)


def the_end_of_the_stack_is_told_behind_the_screen():
    top = Top()
    top.shows(b"q ends")
    UP.kill()
    status, errors = top.end()
    equal(status, 1)
    check(re.fullmatch(r"seastack top: .*(not running any more|ended before its answer did)\n", errors), errors)


netns.main([once_prints_one_screen_with_rates,
            drops_are_shown_by_reason,
            keys_sort_and_end,
            every_signal_puts_the_terminal_back,
            the_screen_follows_the_terminals_size,
            a_stop_gives_the_terminal_back_meanwhile,
            a_stack_that_hangs_does_not_hold_up_the_keys,
            a_terminal_that_stands_still_does_not_hold_up_the_end,
            the_end_of_the_stack_is_told_behind_the_screen])
