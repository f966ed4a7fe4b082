#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C file is formatted as .clang-format says."""
import os
import pathlib
import subprocess

import tidy

CLANG_FORMAT = os.environ.get("CLANG_FORMAT")


def check(root):
    files = [str(path) for path in tidy.sources(root, [".c", ".h"])]
    if not files:
        return []
    done = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror", "--ferror-limit=3", *files],
                          cwd=root, capture_output=True, text=True, check=False)
    if not done.returncode:
        return []
    return [f"{done.stderr}To repair: {CLANG_FORMAT} -i FILE"]


GOOD = {
    ".clang-format": tidy.text(tidy.SRCDIR, pathlib.Path(".clang-format")),
    "link/good.c": "int f(int x)\n{\n\treturn x;\n}\n",
}
BAD = [
    ({"link/spaces.c": "int f(int x)\n{\n  return x;\n}\n"}, "link/spaces.c"),
    ({"tests/unit/brace.c": "int f(int x) {\n\treturn x;\n}\n"}, "tests/unit/brace.c"),
]

if __name__ == "__main__":
    if not CLANG_FORMAT:
        tidy.skip("no clang-format here")
    tidy.run(check, GOOD, BAD)
