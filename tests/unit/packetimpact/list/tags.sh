#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `packetimpact list --tags` has every label of RFC 9293's appendix B, each with a test or a reason, and says of tests what
# tools/rfc-tags says.
set -u
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

die() {
	echo "$*" >&2
	tail -n 3 "$scratch/table" >&2
	exit 1
}

"$SEA_BUILDDIR/packetimpact/packetimpact" list --tags >"$scratch/table" || die "a label has neither a test nor a reason"
for kind in MUST=69 SHLD=31 MAY=18 REC=1; do
	for n in $(seq "${kind#*=}"); do
		grep -q "^RFC9293:${kind%=*}-$n " "$scratch/table" || die "${kind%=*}-$n is not in the table"
	done
done
[ "$(grep -c '^RFC9293:' "$scratch/table")" -eq 120 ] || die "there are other labels, too"
tail -n 1 "$scratch/table" | grep -q '^120 labels: .*, 0 without either$' || die "the closing line is another"
command -v python3 >/dev/null || exit 0
"$SEA_SRCDIR/tools/rfc-tags" 9293 >"$scratch/other" || die "tools/rfc-tags failed"
for table in table other; do
	sed -n 's/^ \{24\}\([a-z_/]*:\{0,1\}.*\)$/\1/p' "$scratch/$table" | LC_ALL=C sort >"$scratch/$table.tests"
done
cmp -s "$scratch/table.tests" "$scratch/other.tests" ||
	die "the tables differ: $(diff "$scratch/table.tests" "$scratch/other.tests" | head -n 3)"
