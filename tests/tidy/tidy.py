# SPDX-License-Identifier: Apache-2.0
"""What the tidy checks share: the walk over the sources, and proving a check before using it.

A check is a function from the root of a source tree to a list of complaints. Before it judges the
real tree it must accept a small good tree and complain about every bad one; a check that cannot
see what it is for is worse than none.
"""
import os
import pathlib
import sys
import tempfile

FOLDERS = ["tcpip", "link", "transport", "netfilter", "sentry-glue", "packetimpact", "tests",
           "tools"]
SHIPPED = [folder for folder in FOLDERS if folder != "tests"]
# What tools/bootstrap and builds leave among them.
MADE = {"aux", "__pycache__", ".libs", ".deps"}
MADE_M4 = ("libtool.m4", "ltoptions.m4", "ltsugar.m4", "ltversion.m4", "lt~obsolete.m4")

SRCDIR = pathlib.Path(os.environ.get("SEA_SRCDIR") or pathlib.Path(__file__).parents[2]).resolve()
BUILDDIR = pathlib.Path(os.environ.get("SEA_BUILDDIR") or ".").resolve()


def sources(root, suffixes, folders=FOLDERS):
    """The files with one of these suffixes under these folders, sorted, as paths from root."""
    found = []
    for folder in folders:
        for path, names, files in os.walk(root / folder):
            names[:] = [name for name in names if name not in MADE]
            found += [pathlib.Path(path, file).relative_to(root) for file in files
                      if file.endswith(tuple(suffixes)) and file not in MADE_M4]
    return sorted(found)


def text(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace")


def skip(reason):
    print("SKIP:", reason)
    sys.exit(77)


def plant(root, tree):
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def judge(check, tree):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        plant(root, tree)
        return check(root)


def self_test(check, good, bad):
    """good: one tree; bad: pairs of a tree, laid over the good one, and a word of its complaint."""
    complaints = judge(check, good)
    if complaints:
        sys.exit(f"self-test: a good tree is refused: {complaints}")
    for tree, word in bad:
        complaints = judge(check, {**good, **tree})
        if not any(word in complaint for complaint in complaints):
            sys.exit(f"self-test: {tree} should be refused for '{word}', but: {complaints}")
    print(f"self-test: 1 good tree accepted, {len(bad)} bad trees refused")


def report(complaints):
    for complaint in complaints:
        print(complaint)
    print(f"{len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


def run(check, good, bad):
    self_test(check, good, bad)
    report(check(SRCDIR))
