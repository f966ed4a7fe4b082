#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone and twice; the public ones in strict C17 and in C++ as well."""
import concurrent.futures
import os
import shlex
import subprocess

import tidy

CC = shlex.split(os.environ.get("CC") or "cc")
CXX = shlex.split(os.environ.get("CXX_CHECK") or "")
WARN = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror"]


def compiles(root, path, command, language):
    """The compiler's complaint about a source that holds only this header, or None."""
    name = path.relative_to("tcpip") if path.parts[0] == "tcpip" else path
    line = f"#include <{name}>\n"
    paths = [f"-I{root / 'tcpip'}", f"-I{root}", f"-I{tidy.BUILDDIR}"]
    done = subprocess.run([*command, *WARN, *paths, "-x", language, "-"], input=line + line,
                          capture_output=True, text=True, check=False)
    return f"{path}: not alone in {' '.join(command)}:\n{done.stderr}" if done.returncode else None


def check(root):
    jobs = []
    for path in tidy.sources(root, [".h"]):
        jobs.append((path, CC + ["-std=gnu17", "-D_GNU_SOURCE"], "c"))
        if path.match("tcpip/seastack/*.h"):
            jobs.append((path, CC + ["-std=c17"], "c"))
            if CXX:
                jobs.append((path, CXX + ["-std=c++17"], "c++"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda job: compiles(root, *job), jobs)
    return [answer for answer in answers if answer]


GUARDED = "#ifndef H\n#define H\n%s\n#endif\n"
GOOD = {
    "tcpip/seastack/good.h": GUARDED % "#include <stdint.h>\nuint8_t f(int try_);",
    "tcpip/core/good.h": GUARDED % "#include <seastack/good.h>\nstruct s { int class; };",
}
BAD = [
    ({"tcpip/core/alone.h": GUARDED % "uint8_t f(void);"}, "tcpip/core/alone.h"),
    ({"link/once.h": "struct s { int x; };\n"}, "link/once.h"),
    ({"tcpip/seastack/gnu.h": GUARDED % "static inline int f(int x) { typeof(x) y = x; return y; }"},
     "-std=c17"),
]
if CXX:
    BAD.append(({"tcpip/seastack/plus.h": GUARDED % "struct s { int class; };"}, "-std=c++17"))

if __name__ == "__main__":
    if not CXX:
        print("no C++ compiler: the public headers are not tried in C++")
    tidy.run(check, GOOD, BAD)
