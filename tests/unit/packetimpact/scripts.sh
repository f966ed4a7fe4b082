#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our own scripts pass on seastack, over each family; a wrong one is told field by field, and in JSON.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

die() {
	echo "$*" >&2
	exit 1
}

if ! command -v python3 >/dev/null; then
	echo "SKIP: there is no python3 for the code in scripts"
	exit 77
fi
"$program" run --ip_version=all "$SEA_SRCDIR/packetimpact/tests" || die "a script failed"

cat >"$scratch/wrong.pkt" <<'SCRIPT'
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
   +0 < S 0:0(0) win 32792 <mss 1000>
   +0 > . 0:0(0) ack 2 <mss 1461>
SCRIPT
"$program" run --json="$scratch/json" "$scratch/wrong.pkt" >"$scratch/tap" && die "a wrong script passed"
while read -r line; do
	grep -qF -- "$line" "$scratch/tap" || die "the report lacks: $line"
done <<'LINES'
not ok 1 -
wrong.pkt:5: the packet is not the expected one
TCP flags: expected ., seen S.
TCP acknowledgement: expected 2, seen 1
TCP option 1: expected that of the script, seen another
script: > . 0:0(0) ack 2 <mss 1461>
device: > S. 0:0(0) ack 1
0 passed, 1 failed, 0 skipped
LINES
python3 - "$scratch/json" <<'CODE' || die "the JSON is not right"
import json, sys
told = json.load(open(sys.argv[1]))
assert told["failed"] == 1 and told["tests"][0]["line"] == 5, told
CODE

printf '0 socket(..., SOCK_STREAM, 0) = -1 EINVAL\n' >"$scratch/call.pkt"
"$program" run "$scratch/call.pkt" | grep -q "result: expected -1 EINVAL, seen [0-9]" ||
	die "a call's wrong result is not told"
printf '0 socket(..., SOCK_STREAM, 0) = 3\n+0 accept(3, ..., ...) = 4\n+1 %%{ assert tcpi_state == 1 }%%\n' \
	>"$scratch/code.pkt"
"$program" run "$scratch/code.pkt" | grep -q "code.pkt:2: accept() returned the wrong result" ||
	die "the line of a failure is not told"
printf '0 socket(..., SOCK_STREAM, 0) = 3\n+0 %%{ assert tcpi_state == 1 }%%\n' >"$scratch/code.pkt"
"$program" run "$scratch/code.pkt" | grep -q "tcpi_state = 7" || die "values of failed code are not told"
"$program" run --mtu=x "$scratch/code.pkt" 2>/dev/null
[ $? -eq 2 ] || die "a bad option is not refused"
[ "$("$program" list "$scratch" | wc -l)" -eq 3 ] || die "list does not find three scripts"
echo "scripts run, and what is wrong is told"
