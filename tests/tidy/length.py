#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No function over 70 lines in what ships, no file over 600, nothing left for later.

In the format that format.py enforces, a function is what stands between a '{' and a '}' alone in
the first column, and its signature is what stands directly above.
"""
import re

import tidy

FUNCTION_MAX = 70
FILE_MAX = 600
CODE = [".c", ".h", ".def", ".py", ".sh", ".mk", ".m4"]
LATER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def functions(lines):
    """Pairs of the first line's number and the number of lines, for each function."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            while start > 1 and re.match(r"[^#/}*\n ]", lines[start - 2]) \
                    and not lines[start - 2].endswith((";", "*/")):
                start -= 1
        elif line.startswith("}") and start:
            yield start, number - start + 1
            start = None


def check(root):
    complaints = []
    for path in tidy.sources(root, CODE):
        lines = tidy.text(root, path).splitlines()
        if len(lines) > FILE_MAX:
            complaints.append(f"{path}: {len(lines)} lines, more than {FILE_MAX}")
        for number, line in enumerate(lines, 1):
            if LATER.search(line):
                complaints.append(f"{path}:{number}: left for later: {line.strip()}")
        if path.suffix in (".c", ".h") and path.parts[0] in tidy.SHIPPED:
            complaints += [f"{path}:{number}: a function of {count} lines, more than {FUNCTION_MAX}"
                           for number, count in functions(lines) if count > FUNCTION_MAX]
    return complaints


def function(lines, head="int f(int x)"):
    return f"#include <x.h>\n\n{head}\n{{\n" + "\tx++;\n" * (lines - 3) + "}\n"


GOOD = {
    "link/good.c": function(FUNCTION_MAX) + "\n" + function(5),
    "link/table.c": "const int x[] = {\n" + "\t1,\n" * 100 + "};\n",
    "tests/unit/long.c": function(FUNCTION_MAX + 30),
}
BAD = [
    ({"link/long.c": function(FUNCTION_MAX + 1)}, "link/long.c:3: a function of 71"),
    ({"tools/two.c": function(70, "static struct s *\nf(int x,\n\tint y)")}, "a function of 72"),
    ({"tcpip/core/inline.h": function(90)}, "a function of 90"),
    ({"tests/file.c": "int x;\n" * (FILE_MAX + 1)}, "601 lines"),
    ({"link/later.c": "/* TO" "DO: x */\n"}, "left for later"),
    ({"tools/later.sh": "# FIX" "ME\n"}, "left for later"),
]

if __name__ == "__main__":
    tidy.run(check, GOOD, BAD)
