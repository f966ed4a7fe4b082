#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scripts that are wrong in every way fail, one by one, and neither end nor hold up the tool; those after them pass.
# So do files that are none, places that are full, and runs that are ended in the middle.
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
"$program" run --jobs=2 --patience=2 --json="$scratch/json" "$here" "$scratch/good.pkt" >"$scratch/tap"
[ $? -eq 1 ] || die "the exit status is not 1"
[ "$(grep -c '^not ok' "$scratch/tap")" -eq "$all" ] || die "not each of $all scripts failed"
[ "$(tail -n 1 "$scratch/tap")" = "1 passed, $all failed, 0 skipped" ] || die "the closing line is another"
grep -q "^ok $((all + 1)) - $scratch/good.pkt" "$scratch/tap" || die "the good script did not pass after the bad ones"
grep -q "the run was ended by signal 9" "$scratch/tap" || die "it is not said what ended a run"
grep -q "the command did not end: sleep 1000" "$scratch/tap" || die "it is not said which command did not end"
grep -q "the code of this script did not end" "$scratch/tap" || die "it is not said that code did not end"
[ "$(grep -c 'ended by signal' "$scratch/tap")" -eq 1 ] || die "a script ended the tool"
grep -q "this script takes too much memory" "$scratch/tap" || die "a script took all memory"
[ "$(wc -c <"$scratch/tap")" -lt 1000000 ] || die "all that a command said is told"
python3 - "$scratch/json" "$all" <<'CODE' || die "the JSON is not right"
import json, sys
told = json.load(open(sys.argv[1], encoding="utf-8"))
assert (told["passed"], told["failed"], len(told["tests"])) == (1, int(sys.argv[2]), int(sys.argv[2]) + 1)
CODE

# -- files and places --

# refused STATUS WORDS ARGUMENT...: one sentence with these words
refused() {
	status=$1 words=$2
	shift 2
	"$program" "$@" >"$scratch/tap" 2>&1
	[ $? -eq "$status" ] || die "the exit status of '$*' is not $status"
	grep -q -- "$words" "$scratch/tap" || die "'$*' does not say: $words"
}

mkdir "$scratch/empty" "$scratch/beside"
refused 2 "there are no scripts" run "$scratch/empty"
refused 2 "no.pkt: No such file" run "$scratch/no.pkt"
ln -s nowhere "$scratch/link.pkt"
refused 2 "link.pkt: No such file" run "$scratch/link.pkt"
mkfifo "$scratch/fifo.pkt"
refused 2 "fifo.pkt: Invalid argument" run "$scratch/fifo.pkt"
refused 1 "json: No such file" run --json="$scratch/empty/no/json" "$scratch/good.pkt"
if [ -w /dev/full ]; then
	refused 1 "full: No space left" run --json=/dev/full "$scratch/good.pkt"
	"$program" run "$scratch/good.pkt" >/dev/full 2>&1 && die "output that did not arrive is no failure"
fi
cp "$scratch/good.pkt" "$scratch/beside"
: >"$scratch/beside/good.linux"
refused 1 "no recording: it has no section" run "$scratch/beside/good.pkt"
rm "$scratch/beside/good.linux"
mkdir "$scratch/beside/good.linux"
refused 1 "no recording: it is no file" run "$scratch/beside/good.pkt"

# -- ended in the middle: what commands and code started ends, too --

gone() {
	for _ in $(seq 300); do
		[ -e "/proc/$1" ] || return 0
		grep -q 'State:.Z' "/proc/$1/status" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

cat >"$scratch/long.pkt" <<SCRIPT
\`sh -c 'echo \$\$ >$scratch/pid.new; mv $scratch/pid.new $scratch/pid; sleep 1000; true'; true\`
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
SCRIPT
for signal in KILL TERM; do
	rm -f "$scratch/pid"
	"$program" run "$scratch/long.pkt" >/dev/null &
	run=$!
	for _ in $(seq 300); do
		[ -e "$scratch/pid" ] && break
		sleep 0.1
	done
	[ -e "$scratch/pid" ] || die "the command did not begin"
	kill -$signal $run
	wait $run 2>/dev/null && die "a run that was ended by SIG$signal was a success"
	gone "$(cat "$scratch/pid")" || die "a command outlived its run, which SIG$signal ended"
done

# -- jobs --

"$program" run --jobs=0 "$here" 2>"$scratch/tap" && die "no jobs at all are taken"
grep -q "jobs" "$scratch/tap" || die "what is wrong about --jobs is not said"
for jobs in 1 3; do
	"$program" run -j $jobs "$SEA_SRCDIR/packetimpact/tests/udp" "$SEA_SRCDIR/packetimpact/tests/poll" \
		>"$scratch/with.$jobs" || die "a script failed with -j $jobs"
done
cmp "$scratch/with.1" "$scratch/with.3" || die "what is printed depends on --jobs"
echo "$all hostile scripts failed, and nothing else did"
