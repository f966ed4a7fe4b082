#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/rfc-tags finds what it is for, every tag stands at a test, what is required has one."""
import subprocess
import sys
import tempfile
import pathlib

import tidy

TREE = {
    "tests/unit/a.c": "/* of the file */\n\n"
                      "/* RFC9293:MUST-12, RFC9293:MUST-2 */\n"
                      "static void above(void **state)\n{\n\tx(\"/* RFC1:MUST-1 */\");\n}\n\n"
                      "static void inside(void **state)\n{\n\t/*\n\t * RFC5961:3.2.\n\t */\n}\n",
    "tests/netns/b.sh": "#!/bin/sh\n# RFC9293:MUST-12\necho RFC2:MUST-1\n",
    "tests/rfc/9293.required": "# RFC9293:MUST-9 is none\nRFC9293:MUST-2 Two.\n"
                               "RFC9293:MUST-3 Three.\n\tnone: not built\nRFC9293:MUST-12 Twelve.\n"
                               "\tdiffers: as Linux\n",
}
TABLE = """RFC5961:3.2             tests/unit/a:inside
RFC9293:MUST-2          Two.
                        tests/unit/a:above
RFC9293:MUST-3          Three.
                        none: not built
RFC9293:MUST-12         Twelve.
                        tests/netns/b:b.sh
                        tests/unit/a:above
                        differs: as Linux
3 tags, 3 tests, 1 tags without
"""
BAD = [
    ({"tests/unit/c.c": "/* RFC9293:MUST-3 */\n\nstatic void f(void)\n{\n}\n"},
     "RFC9293:MUST-3 stands at no test"),
    ({"tests/rfc/7.required": "RFC7:1-a One.\n"}, "RFC7:1-a is required and no test"),
    ({"tests/rfc/5961.required": "RFC5961:3.2 One.\n\tnone: why\n"}, "a test and a reason"),
    ({"tests/rfc/5961.required": "RFC5961:3.1 One.\n\tnone: why\n"}, "RFC5961:3.2 is no label"),
    ({"tests/rfc/7.required": "RFC8:1-a One.\n\tnone: why\n"}, "7.required:1: neither"),
    ({"tests/rfc/7.required": "RFC7:1-a One.\n\tnone: why\nRFC7:1-a One.\n"},
     "7.required:3: neither"),
    ({"tests/rfc/7.required": "RFC7:1-a One.\nwhy\n"}, "7.required:2: neither"),
]


def table_of(root):
    return subprocess.run([sys.executable, str(tidy.SRCDIR / "tools/rfc-tags"), "--root", str(root)],
                          capture_output=True, text=True, check=False)


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        tidy.plant(root, TREE)
        done = table_of(root)
        if done.returncode or done.stdout != TABLE:
            sys.exit(f"self-test: expected\n{TABLE}but got\n{done.stdout}{done.stderr}")
    for tree, word in BAD:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            tidy.plant(root, {**TREE, **tree})
            done = table_of(root)
            if not done.returncode or word not in done.stderr:
                sys.exit(f"self-test: {tree} should be refused for '{word}': {done.stderr}")


if __name__ == "__main__":
    self_test()
    real = table_of(tidy.SRCDIR)
    print(real.stdout, end="")
    tidy.report(real.stderr.splitlines())
