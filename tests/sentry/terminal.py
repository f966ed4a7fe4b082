#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A shell with job control on a terminal does in the sandbox, on each platform, what it does outside; on a
terminal from outside, and on one that the sandbox has made."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

LIMIT = 60
BUILD = os.environ["SEA_BUILDDIR"]

# What is typed, and what has to be seen before the next is.
SESSION = [
    ("PS1='ready''> ' PS2=; bind 'set enable-bracketed-paste off' 2>/dev/null; stty -echo\n", r"ready> "),
    ("echo $(($(ps -o tpgid= -p $$ 2>/dev/null || echo $$) == $$))\n", r"\d\r\n[^\n]*ready> "),
    ("(echo go''ing; exec cat)\n", r"going\r\n"),
    ("line\n", r"line\r\n"),
    ("\x1a", r"Stopped.*ready> "),
    ("jobs\n", r"Stopped +[^\n]*cat *\)\r\n[^\n]*ready> "),
    ("fg\n", r"cat *\)\r\n"),
    ("more\n", r"more\r\n"),
    ("\x03", r"ready> "),
    ("echo status $?\n", r"status 130\r\n[^\n]*ready> "),
    ("cat &\n", r"ready> "),
    ("while [ -z \"$(jobs -s)\" ]; do sleep 0.1; done; jobs\n", r"Stopped[^\n]*cat\r\n[^\n]*ready> "),
    ("kill -KILL %1; while kill -0 %1 2>/dev/null; do sleep 0.1; done; echo gone\n", r"gone\r\n.*ready> "),
    ("stty tostop; (echo from behind) &\n", r"ready> "),
    ("while [ -z \"$(jobs -s)\" ]; do sleep 0.1; done; fg\n", r"from behind\r\n[^\n]*ready> "),
    ("stty -tostop; (trap '' TTOU; stty tostop; echo not stopped) & wait; stty -tostop\n", r"not stopped\r\n.*ready> "),
    ("(echo go''ing; exec sleep 1000) | (cat; exec sleep 1000)\n", r"going\r\n"),
    ("\x1a", r"Stopped.*ready> "),
    ("bg; kill %1; wait %1; echo status $?\n", r"status 143\r\n[^\n]*ready> "),
    ("read -t 60 -p 'ty''pe: ' x </dev/tty; echo got $x\n", r"type: "),
    ("something\n", r"got something\r\n[^\n]*ready> "),
    ("trap 'echo trapped' INT\n", r"ready> "),
    ("\x03", None),
    ("\n", r"trapped\r\n.*ready> "),
    ("exit 7\n", None),
]


def drive(argv):
    """Types the session and sees what is wanted; the status at the end."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    seen, end = [], None
    try:
        for typed, wanted in SESSION:
            os.write(fd, typed.encode())
            text, limit = "", time.monotonic() + LIMIT
            while wanted and not re.search(wanted, text, re.S):
                if not select.select([fd], [], [], max(0, limit - time.monotonic()))[0]:
                    raise SystemExit(f"{argv[0]}: after {typed!r} came only {text!r}; before: {seen[-2:]}")
                text += os.read(fd, 4096).decode()
            seen.append(text)
    except OSError as error:
        raise SystemExit(f"{argv[0]}: {error} after {seen}") from error
    finally:
        if len(seen) < len(SESSION):
            os.kill(pid, signal.SIGKILL)
    limit = time.monotonic() + LIMIT
    while time.monotonic() < limit and select.select([fd], [], [], 1)[0]:
        try:
            if not os.read(fd, 4096):
                break
        except OSError:
            break
    end = os.waitpid(pid, 0)[1]
    os.close(fd)
    return end


def main():
    if not shutil.which("bash"):
        print("SKIP: no bash here")
        return 77
    shell = ["bash", "--norc", "--noprofile", "-i"]
    if sys.argv[1:] == ["here"]:
        print(f"status {drive(shell)}")
        return 0
    native = drive(shell)
    failed = 0
    for platform in ("ptrace", "trap"):
        argv = [os.path.join(BUILD, "runsea"), "do", f"--platform={platform}"]
        for more in ([], ["--no-namespaces"]):
            ran = subprocess.run(argv + more + ["true"], capture_output=True, check=False)
            if ran.returncode == 0:
                break
        else:
            print(f"without {platform}: {ran.stderr.decode().strip()}")
            continue
        inside = drive(argv + more + ["--"] + shell)
        if inside != native:
            print(f"on {platform}, status {inside}, outside {native}")
            failed = 1
        ran = subprocess.run(argv + more + ["--", sys.executable, os.path.abspath(__file__), "here"],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10 * LIMIT, check=False)
        if ran.stdout != f"status {native}\n":
            print(f"on {platform}, on a terminal of its own: {ran.stdout}{ran.stderr}")
            failed = 1
    return failed


sys.exit(main())
