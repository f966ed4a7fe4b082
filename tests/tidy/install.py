#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What make install leaves is enough: pkg-config finds it and the README's C example runs on it."""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import tidy

EXAMPLE = re.compile(r"^```c\n(.*?)^```", re.M | re.S)
PLAIN = """
#include <seastack/version.h>
int main(void)
{
	return !sea_version();
}
"""


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def install(stage):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MAKE", "MFLAGS"))}
    run(["make", "-s", "install", f"DESTDIR={stage}"], cwd=tidy.BUILDDIR, env=environment)
    pc_files = list(stage.rglob("seastack.pc"))
    if len(pc_files) != 1:
        sys.exit(f"make install left {len(pc_files)} files seastack.pc")
    return pc_files[0].parent


def flags(stage, pc_folder, *asked):
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(pc_folder),
                   "PKG_CONFIG_SYSROOT_DIR": str(stage)}
    return shlex.split(run(["pkg-config", *asked, "seastack"], env=environment))


def try_program(stage, pc_folder, source):
    (stage / "example.c").write_text(source, encoding="utf-8")
    sanitizers = os.environ.get("SEA_SANITIZERS")
    command = shlex.split(os.environ.get("CC") or "cc") + ["-Wall", "-Wextra", "-Werror"]
    command += [f"-fsanitize={sanitizers}"] if sanitizers else []
    compiled = flags(stage, pc_folder, "--cflags")
    linked = flags(stage, pc_folder, "--libs")
    libraries = next(flag[2:] for flag in linked if flag.startswith("-L"))
    run([*command, *compiled, "example.c", "-o", "example", *linked], cwd=stage)
    return run(["./example"], cwd=stage, env={**os.environ, "LD_LIBRARY_PATH": libraries},
               stdin=subprocess.DEVNULL)


def main():
    if os.environ.get("SEA_COVERAGE") == "yes" or os.environ.get("SEA_FUZZERS") == "yes":
        tidy.skip("a program of a user does not link with this build's instruments")
    examples = EXAMPLE.findall(tidy.text(tidy.SRCDIR, "README.md"))
    with tempfile.TemporaryDirectory() as folder:
        stage = pathlib.Path(folder).resolve()
        pc_folder = install(stage)
        for source in [PLAIN, *examples]:
            print(try_program(stage, pc_folder, source), end="")
    print(f"installed, and {1 + len(examples)} programs built and run")


if __name__ == "__main__":
    main()
