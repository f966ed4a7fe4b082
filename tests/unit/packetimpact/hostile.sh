#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scripts that are wrong in every way fail, one by one, and neither end nor hold up the tool; those after them pass.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
here=$SEA_SRCDIR/tests/unit/packetimpact/hostile
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

die() {
	echo "$*" >&2
	cat "$scratch/tap" >&2
	exit 1
}

if ! command -v python3 >/dev/null; then
	echo "SKIP: there is no python3 for the code in scripts"
	exit 77
fi
printf '`test -e /proc/sys/net/ipv4/tcp_sack`\n0 socket(..., SOCK_STREAM, 0) = 3\n' >"$scratch/good.pkt"
all=$(find "$here" -name '*.pkt' | wc -l)
"$program" run --jobs=2 --patience=2 "$here" "$scratch/good.pkt" >"$scratch/tap"
[ $? -eq 1 ] || die "the exit status is not 1"
[ "$(grep -c '^not ok' "$scratch/tap")" -eq "$all" ] || die "not each of $all scripts failed"
[ "$(tail -n 1 "$scratch/tap")" = "1 passed, $all failed, 0 skipped" ] || die "the closing line is another"
grep -q "^ok $((all + 1)) - $scratch/good.pkt" "$scratch/tap" || die "the good script did not pass after the bad ones"
grep -q "the run was ended by signal 9" "$scratch/tap" || die "it is not said what ended a run"
grep -q "the command did not end: sleep 1000" "$scratch/tap" || die "it is not said which command did not end"
grep -q "the code of this script did not end" "$scratch/tap" || die "it is not said that code did not end"
[ "$(grep -c 'ended by signal' "$scratch/tap")" -eq 1 ] || die "a script ended the tool"
"$program" run --jobs=0 "$here" 2>"$scratch/tap" && die "no jobs at all are taken"
grep -q "jobs" "$scratch/tap" || die "what is wrong about --jobs is not said"
for jobs in 1 3; do
	"$program" run -j $jobs "$SEA_SRCDIR/packetimpact/tests/udp" "$SEA_SRCDIR/packetimpact/tests/poll" \
		>"$scratch/with.$jobs" || die "a script failed with -j $jobs"
done
cmp "$scratch/with.1" "$scratch/with.3" || die "what is printed depends on --jobs"
echo "$all hostile scripts failed, and nothing else did"
