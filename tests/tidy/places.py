#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing in the tree depends on one machine: no home folders, no registry or intranet hosts."""
import re

import tidy

TEXT = [".c", ".h", ".def", ".py", ".sh", ".mk", ".m4", ".md", ".in", ".ac", ".am", ".map", ".1"]
TOP = ["README.md", "configure.ac", "Makefile.am", ".ci/run", ".clang-format", ".gitignore"]
PATH = re.compile(r"(?<![\w.}*)-])/(?:home|Users|root|work|workspace|mnt|media)/[\w.~-]+")
HOST = re.compile(r"\b(?:(?:[\w-]+\.)*(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|pypi\.org|npmjs\.(?:org|com)"
                  r"|crates\.io|golang\.org|debian\.org|ubuntu\.com)|[\w-]+(?:\.[\w-]+)*\.internal"
                  r"|localhost:5000)\b", re.I)


def judged(root):
    named = tidy.sources(root, TEXT)
    # Scripts carry no suffix.
    scripts = [path for path in tidy.sources(root, [""])
               if not path.suffix and tidy.text(root, path).startswith("#!")]
    return named + scripts + [tidy.pathlib.Path(name) for name in TOP if (root / name).is_file()]


def check(root):
    complaints = []
    for path in judged(root):
        if path.name == "places.py":
            continue
        for number, line in enumerate(tidy.text(root, path).splitlines(), 1):
            for what, pattern in (("a machine's path", PATH), ("a registry's host", HOST)):
                match = pattern.search(line)
                if match:
                    complaints.append(f"{path}:{number}: {what}: {match.group()}")
    return complaints


GOOD = {
    "README.md": "see tools/check, /proc/net/tcp, tests/work/x and example.org\n",
    "tools/good": "#!/bin/sh\ncd /tmp && ls /etc/hosts ${x}/home/y\n",
}
BAD = [
    ({"README.md": "cd /home/someone/seastack\n"}, "/home/someone"),
    ({"tests/netns/a.sh": "x=/work/main/build\n"}, "/work/main"),
    ({"tools/bad": "#!/bin/sh\ncd /root/x\n"}, "/root/x"),
    ({".ci/run": "docker pull quay.io/x\n"}, "quay.io"),
    ({"Makefile.am": "# http://mirror.corp.internal/debian\n"}, "mirror.corp.internal"),
]

if __name__ == "__main__":
    tidy.run(check, GOOD, BAD)
