#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The core is sans-IO: what its objects call is in symbols.allow, and they own nothing writable.

Judges the objects of the pure convenience libraries; of link/os only that what it exports begins
with sea_; of the shared library, that the public headers declare what it exports.
"""
import fnmatch
import os
import re
import shlex
import subprocess

import tidy

PURE = ["libsea_tcpip.a", "libsea_link.a", "libsea_transport.a", "libsea_netfilter.a"]
IMPURE = ["libsea_os.a"]
CC = shlex.split(os.environ.get("CC") or "cc")
ALLOW = [line.strip() for line in tidy.text(tidy.SRCDIR, "tests/tidy/symbols.allow").splitlines()
         if line.strip() and not line.startswith("#")] + ["sea_*"]
PROMISE = re.compile(r"\bSEA_API\b[^;{}#]*?\b(sea_\w+)\s*[(;[]")
MEMBER = re.compile(r"\(([^()]+)\)$")
SECTION = re.compile(r"\[\s*\d+\]\s+(\S+)\s+(\S+)\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+"
                     r"\s+([A-Zolxp]*)\s")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def allowed(name):
    name = re.sub(r"^__(\w+)_chk$", r"\1", name) if name != "__stack_chk_fail" else name
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in ALLOW)


def symbols(file):
    """Triples of object, kind and name, as nm has them."""
    for line in output(os.environ.get("NM") or "nm", "-A", str(file)).splitlines():
        where, _, rest = line.rpartition(":")
        kind, name = rest.split()[-2:]
        yield where.rpartition("/")[2].rpartition(":")[2], kind, name


def calls(file):
    return [f"{where}: calls {name}, which symbols.allow does not list"
            for where, kind, name in symbols(file) if kind in "Uw" and not allowed(name)]


def exports(file):
    return [f"{where}: exports {name}, which does not begin with sea_"
            for where, kind, name in symbols(file)
            if kind in "ABCDGRSTVWu" and not name.startswith("sea_")]


def writable(file):
    """Sections that are written to at run time; .data.rel.ro is sealed before the program runs."""
    where = file.name
    for line in output("readelf", "-SW", str(file)).splitlines():
        member = MEMBER.search(line)
        if line.startswith("File:") and member:
            where = member.group(1)
        section = SECTION.search(line)
        if section and "W" in section.group(4) and int(section.group(3), 16) \
                and not section.group(1).startswith(".data.rel.ro"):
            yield f"{where}: owns writable data: {section.group(1)}"


def judge_pure(file):
    return calls(file) + exports(file) + list(writable(file))


def compile_and_judge(root):
    """For the self-test: a tree of sources becomes an archive, which is judged."""
    objects = []
    for path in tidy.sources(root, [".c"]):
        objects.append(str((root / path).with_suffix(".o")))
        subprocess.run([*CC, "-O2", "-fPIC", "-c", str(root / path), "-o", objects[-1]], check=True)
    archive = root / "libtest.a"
    subprocess.run([os.environ.get("AR") or "ar", "rc", str(archive), *objects], check=True)
    return judge_pure(archive)


GOOD = {
    "link/good.c": "#include <string.h>\n"
                   "static const char *const names[] = { \"a\", \"b\" };\n"
                   "const int sea_limits[] = { 1, 2 };\n"
                   "int sea_other(const char *);\n"
                   "int sea_f(int i);\n"
                   "int sea_f(int i) { return sea_other(names[i]) + (int)strlen(names[i & 1]); }\n",
}
BAD = [
    ({"link/io.c": "#include <unistd.h>\nint sea_g(void) { return close(3); }\n"}, "calls close"),
    ({"link/clock.c": "#include <time.h>\nlong sea_g(void) { return time(0); }\n"}, "calls time"),
    ({"link/heap.c": "#include <stdlib.h>\nvoid *sea_g(void) { return malloc(9); }\n"}, "malloc"),
    ({"link/data.c": "int sea_g(void) { static int n = 1; return n++; }\n"}, "writable data: .data"),
    ({"link/bss.c": "int sea_g(void) { static int n; return n++; }\n"}, "writable data: .bss"),
    ({"link/tls.c": "_Thread_local int sea_n = 3;\n"}, "writable data: .tdata"),
    ({"link/ctor.c": "void sea_h(void);\n__attribute__((constructor)) void sea_g(void) "
                      "{ sea_h(); }\n"}, "writable data: .init"),
    ({"link/table.c": "int sea_f(int);\nint (*sea_ops[])(int) = { sea_f };\n"}, "writable data"),
    ({"link/name.c": "int helper(void) { return 1; }\n"}, "exports helper"),
]


def dynamic(shared):
    names = [line.split()[-1].partition("@")[0] for line in
             output("nm", "-D", "--defined-only", str(shared)).splitlines()]
    return {name for name in names if not name.startswith("SEASTACK_")}


def judge_exports(promised, exported):
    """What the shared library exports is what the public headers promise, no less and no more."""
    return [f"exports {name}, which no public header declares" for name in sorted(exported)
            if not re.search(rf"\b{name}\b", promised)] + \
           [f"lacks {name}, which a public header declares"
            for name in sorted(set(PROMISE.findall(promised)) - exported)]


def check():
    found = {name: tidy.BUILDDIR / ".libs" / name for name in PURE + IMPURE}
    if not found["libsea_tcpip.a"].exists():
        return [f"{found['libsea_tcpip.a']}: not built"]
    complaints = []
    for name, file in found.items():
        if file.exists():
            complaints += judge_pure(file) if name in PURE else exports(file)
    promised = "\n".join(tidy.text(tidy.SRCDIR, path) for path in
                         tidy.sources(tidy.SRCDIR, [".h"], ["tcpip/seastack"]))
    for shared in sorted((tidy.BUILDDIR / ".libs").glob("libseastack.so.*.*.*")):
        complaints += [f"{shared.name}: {why}" for why in judge_exports(promised, dynamic(shared))]
    return complaints


if __name__ == "__main__":
    for instrument in ("SEA_SANITIZERS", "SEA_COVERAGE", "SEA_FUZZERS"):
        if os.environ.get(instrument, "no") not in ("", "no"):
            tidy.skip("this build's objects carry the compiler's instruments; judge a plain build")
    PROMISES = "SEA_API int sea_f(int sea_x);\nextern SEA_API const struct sea_module sea_tcp;\n"
    THERE = {"sea_f", "sea_tcp"}
    if judge_exports(PROMISES, THERE) or len(judge_exports(PROMISES, THERE | {"sea_g"})) != 1 \
            or len(judge_exports(PROMISES, {"sea_f"})) != 1:
        tidy.sys.exit("self-test: exports should be what the headers declare, no less and no more")
    tidy.self_test(compile_and_judge, GOOD, BAD)
    tidy.report(check())
