#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# packetimpact lint as a program: exit statuses, standard input, JSON, plots, full disks.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
corpus=$SEA_SRCDIR/tests/fuzz/corpus/lint
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

die() {
	echo "$*" >&2
	cat "$scratch/out" "$scratch/err" >&2
	exit 1
}

# expect STATUS ARG...: runs lint.
expect() {
	expected=$1
	shift
	"$program" lint "$@" >"$scratch/out" 2>"$scratch/err"
	[ $? -eq "$expected" ] || die "not status $expected: lint $*"
}

expect 2
expect 2 --nonsense "$corpus/one.pcap"
expect 2 --flow=0 "$corpus/one.pcap"
expect 2 --direction=up "$corpus/one.pcap"
expect 2 "$corpus/one.pcap" "$corpus/one.pcap"
expect 0 --help
expect 1 "$scratch/missing"
if "$program" lint "$corpus/one.pcap" 2>&1 | grep -q "without libpcap"; then
	echo "SKIP: there is no libpcap"
	exit 77
fi
expect 1 "$scratch"
grep -q "Is a directory" "$scratch/err" || die "it is not said that this is a folder"
expect 0 "$corpus/one.pcap"
grep -q "^0 flows, 0 errors, 0 warnings, 0 notes$" "$scratch/out" || die "the closing line is another"
expect 0 --quiet --svg="$scratch/plot.svg" "$corpus/conversation.pcap"
[ "$(wc -l <"$scratch/out")" -eq 1 ] || die "it is not quiet"
grep -q "</svg>" "$scratch/plot.svg" || die "there is no plot"
expect 1 --flow=1000 --svg="$scratch/none.svg" "$corpus/conversation.pcap"
[ ! -e "$scratch/none.svg" ] || die "there is a plot of nothing"
expect 1 --flow=1000 "$corpus/conversation.pcap"
grep -q "there is no flow 1000" "$scratch/err" || die "it is not said that there is no such flow"
expect 2 --svg "$corpus/conversation.pcap"
grep -q "one word" "$scratch/err" || die "it is not said how a value is given"
expect 1 --svg=/dev/full "$corpus/conversation.pcap"
expect 0 --json "$corpus/conversation.pcap"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(sys.stdin)' <"$scratch/out" || die "this is no JSON"
fi
"$program" lint - <"$corpus/one.pcap" >"$scratch/out" 2>"$scratch/err" || die "standard input is not read"
# A pipe cannot go back.
# shellcheck disable=SC2002
cat "$corpus/one.pcap" | "$program" lint - >"$scratch/out" 2>"$scratch/err" || die "a pipe is not read"
head -c 60 "$corpus/one.pcap" >"$scratch/cut.pcap"
expect 1 "$scratch/cut.pcap"
grep -q "what was whole is judged" "$scratch/err" || die "it is not said that it is cut"
"$program" lint "$corpus/one.pcap" >/dev/full 2>"$scratch/err" && die "a full disk is no failure"
echo "lint is a program as others are"
