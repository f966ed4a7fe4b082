#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/attack.cases names tests that are there, for each attack from 1 on, or says why it has none."""
import re

import tidy

CASE = re.compile(r"(\d+) \S.*$")
NAMED = re.compile(r"\t(tests/[\w/]+)(?::(\w+))?$")
NONE = re.compile(r"\tnone: \S.*$")


def has_test(root, where, name):
    """Is that a test program, and that a test of it? Without a name the whole program is meant."""
    path = root / (where + ".c")
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    if name is None:
        return True
    defined = re.search(rf"^(?:static )?void {name}\(void \*\*", text, re.M)
    return defined is not None and len(re.findall(rf"\b{name}\b", text)) > 1


class Reader:
    """Goes through the lines; what was wrong is in complaints."""

    def __init__(self, root):
        self.root, self.last, self.rows, self.complaints = root, 0, 1, []

    def complain(self, number, what):
        self.complaints.append(f"attack.cases:{number}: {what}")

    def end_of_case(self, number):
        if not self.rows:
            self.complain(number, f"case {self.last} has neither test nor reason")

    def read(self, number, line):
        case, named = CASE.match(line), NAMED.match(line)
        if case:
            self.end_of_case(number)
            if int(case.group(1)) != self.last + 1:
                self.complain(number, f"case {self.last + 1} should come here")
            self.last, self.rows = int(case.group(1)), 0
        elif named or NONE.match(line):
            self.rows += 1
            if named and not has_test(self.root, *named.groups()):
                self.complain(number, f"there is no test {line.strip()}")
        elif line and not line.startswith("#"):
            self.complain(number, "neither a case nor its test")


def check(root):
    reader = Reader(root)
    lines = (root / "tests" / "attack.cases").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        reader.read(number, line)
    reader.end_of_case(len(lines))
    return reader.complaints


GOOD = {
    "tests/unit/a.c": "static void t(void **state)\n{\n}\n\nint main(void)\n{\n\tT(t);\n}\n",
    "tests/attack.cases": "# of all\n1 One.\n\ttests/unit/a:t\n\ttests/unit/a\n\n"
                          "2 Two.\n\tnone: not built\n",
}
BAD = [
    ({"tests/attack.cases": "1 One.\n\ttests/unit/a:u\n"}, "there is no test"),
    ({"tests/attack.cases": "1 One.\n\ttests/unit/b:t\n"}, "there is no test"),
    ({"tests/attack.cases": "1 One.\n2 Two.\n\tnone: not built\n"}, "case 1 has neither"),
    ({"tests/attack.cases": "1 One.\n\tnone: not built\n2 Two.\n"}, "case 2 has neither"),
    ({"tests/attack.cases": "1 One.\n\tnone: no\n3 Three.\n\tnone: no\n"}, "case 2 should come"),
    ({"tests/attack.cases": "1 One.\n\tnone: not built\nwhat\n"}, "neither a case"),
    ({"tests/unit/a.c": "static void t(void **state)\n{\n}\n"}, "there is no test"),
]

if __name__ == "__main__":
    tidy.run(check, GOOD, BAD)
