#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every folder of the top level has a README.md of one page, with a picture."""
import re

import tidy

# The architecture page may take more than one.
PAGE = {"tcpip": 400}
PAGE_MAX = 100
PAGE_MIN = 10
PICTURE = re.compile(r"^(?:    |\t).*(?:->|<-|--|─|│|←|→|\|)", re.M)
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)


def check(root):
    complaints = []
    for folder in tidy.FOLDERS:
        path = root / folder / "README.md"
        if not path.is_file():
            complaints.append(f"{folder}/README.md: missing")
            continue
        page = path.read_text(encoding="utf-8")
        lines = len(page.splitlines())
        if lines < PAGE_MIN or lines > PAGE.get(folder, PAGE_MAX):
            complaints.append(f"{folder}/README.md: {lines} lines are not one page")
        drawn = "\n".join("    " + line for block in FENCED.findall(page)
                          for line in block.splitlines())
        if not PICTURE.search(page) and not PICTURE.search(drawn):
            complaints.append(f"{folder}/README.md: no picture")
    return complaints


PAGE_GOOD = "# folder\n\n    a -> b\n" + "word\n" * 10
GOOD = {f"{folder}/README.md": PAGE_GOOD for folder in tidy.FOLDERS}
GOOD["tools/README.md"] = "# tools\n\n```\nframe ─ link ─ ip\n```\n" + "word\n" * 10
BAD = [
    ({"link/README.md": "# link\n" + "word\n" * 20}, "link/README.md: no picture"),
    ({"link/README.md": PAGE_GOOD + "word\n" * 100}, "link/README.md: 113 lines"),
    ({"link/README.md": "# a -> b\n"}, "link/README.md: 1 lines"),
]

if __name__ == "__main__":
    if "link/README.md: missing" not in tidy.judge(check, {}):
        tidy.sys.exit("self-test: a folder without README.md should be refused")
    tidy.run(check, GOOD, BAD)
