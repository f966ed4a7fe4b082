#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every file under version control is in the distribution: some local.mk lists it."""
import os
import pathlib
import shutil
import subprocess

import tidy

# Only a checkout has use for these.
CHECKOUT = {".gitattributes", ".gitignore"}


def tracked(root):
    if not shutil.which("git"):
        return []
    done = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files"],
                          capture_output=True, text=True, check=False)
    return [] if done.returncode else done.stdout.splitlines()


def distributed(root):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-s", "-f", "Makefile", "--eval",
                           "sea-print:;@printf '%s\\n' $(DISTFILES)", "sea-print"],
                          cwd=tidy.BUILDDIR, env=environment, capture_output=True, text=True,
                          check=True)
    names = done.stdout.split()
    # Most are named from the top, a few by way of $(srcdir).
    return set(names) | {os.path.relpath(tidy.BUILDDIR / name, root) for name in names} - {"."}


def missing(files, listed):
    """A folder that is listed stands for all that is in it."""
    return [f"{file}: no local.mk lists it" for file in files if file not in CHECKOUT
            and listed.isdisjoint([file, *map(str, pathlib.PurePath(file).parents)])]


if __name__ == "__main__":
    if missing(["a.c", "b.h", ".gitignore"], {"a.c"}) != ["b.h: no local.mk lists it"] \
            or missing(["a.c", "b/c/d"], {"a.c", "b/c", "e"}):
        tidy.sys.exit("self-test: an unlisted file should be refused, and no other")
    if not (tidy.SRCDIR / ".git").exists():
        tidy.skip("not a checkout: nothing says which files there should be")
    FILES = tracked(tidy.SRCDIR)
    if not FILES:
        tidy.skip("git does not answer here")
    tidy.report(missing(FILES, distributed(tidy.SRCDIR)))
