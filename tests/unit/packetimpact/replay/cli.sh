#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command lines of record and replay: what was recorded is answered again, in each format; what is no capture of a
# conversation is refused in one sentence.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
tests=$SEA_SRCDIR/packetimpact/tests
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

die() {
	echo "$*" >&2
	cat "$scratch/out" "$scratch/err" >&2
	exit 1
}

# does STATUS ARGUMENT...
does() {
	status=$1
	shift
	"$program" "$@" >"$scratch/out" 2>"$scratch/err"
	[ $? -eq "$status" ] || die "the exit status of '$*' is not $status"
}

# refused STATUS WORDS ARGUMENT...: one sentence with these words, and nothing else
refused() {
	status=$1 words=$2
	shift 2
	does "$status" "$@"
	grep -q -- "$words" "$scratch/err" || die "'$*' does not say: $words"
	[ "$(wc -l <"$scratch/err")" -eq 1 ] || die "'$*' says more than a sentence"
}

# -- record --

does 0 record --help
does 0 record --dut=seastack --out="$scratch/a.pcapng" "$tests/close_first.pkt"
grep -q "9 frames of .*close_first.pkt, which passed" "$scratch/out" || die "it is not said what was recorded"
refused 2 "say which script" record --dut=seastack --out="$scratch/b"
refused 2 "say where to" record --dut=seastack "$tests/close_first.pkt"
refused 2 "a program behind --" record --out="$scratch/b" --
refused 2 "a program behind --" record --out="$scratch/b" "$tests/close_first.pkt" -- true
refused 2 "runs on linux alone" record --dut=seastack --out="$scratch/b" -- true
refused 2 "there is no device toaster" record --dut=toaster --out="$scratch/b" "$tests/close_first.pkt"
refused 2 "--frobnicate" record --frobnicate --out="$scratch/b" "$tests/close_first.pkt"
refused 1 "no/b: No such file" record --dut=seastack --out="$scratch/no/b" "$tests/close_first.pkt"
if [ -w /dev/full ]; then
	refused 1 "/dev/full: No space left" record --dut=seastack --out=/dev/full "$tests/close_first.pkt"
fi

# -- replay --

does 0 replay --help
"$program" replay "$scratch/a.pcapng" >"$scratch/out" 2>"$scratch/err"
if grep -q "without libpcap" "$scratch/err"; then
	echo "SKIP: there is no libpcap"
	exit 77
fi
does 0 replay "$scratch/a.pcapng"
[ "$(tail -n 1 "$scratch/out")" = "5 packets in, 4 answers expected, 4 as captured, 0 deviations" ] ||
	die "the closing line is another"
grep -q "played on seastack; its program is as the capture tells" "$scratch/out" || die "the head is another"
does 0 replay --tap "$scratch/a.pcapng"
[ "$(grep -c '^ok' "$scratch/out")" -eq 4 ] || die "not each answer is a test"
grep -q '^1\.\.4$' "$scratch/out" || die "there is no plan"
does 0 replay --json "$scratch/a.pcapng"
grep -q '"played": 5, "expected": 4, "as_captured": 4, "deviations_in_all": 0' "$scratch/out" || die "the JSON is another"
does 0 replay --guess --quiet "$scratch/a.pcapng"
[ "$(wc -l <"$scratch/out")" -eq 1 ] || die "--quiet says more than the last line"
"$program" replay - <"$scratch/a.pcapng" >"$scratch/out" 2>"$scratch/err" || die "standard input is not played"

# A device that is set otherwise answers otherwise, and the capture's reason counts.
does 1 replay --sysctl=net.ipv4.tcp_sack=0 "$scratch/a.pcapng"
grep -q "frame 2, 0.000000 s: SACK-permitted: expected there, seen none" "$scratch/out" || die "a deviation is not told"
grep -q "RFC 2018 2; sack_permitted" "$scratch/out" || die "its clause is not told"
does 1 replay --tap --sysctl=net.ipv4.tcp_sack=0 "$scratch/a.pcapng"
grep -q '^not ok 1 - frame 2: S\. ' "$scratch/out" || die "no test failed"
does 1 replay --json --sysctl=net.ipv4.tcp_sack=0 "$scratch/a.pcapng"
grep -q '"name": "sack_permitted", "clause": "RFC 2018 2"' "$scratch/out" || die "the JSON has no deviation"
{
	echo "// differs from Linux: it is the test's business."
	cat "$tests/close_first.pkt"
} >"$scratch/reason.pkt"
does 0 record --dut=seastack --out="$scratch/reason.pcapng" "$scratch/reason.pkt"
does 0 replay --sysctl=net.ipv4.tcp_sack=0 "$scratch/reason.pcapng"
grep -q "the capture says why: it is the test's business." "$scratch/out" || die "the reason is not told"

# -- what is refused --

refused 2 "say which capture" replay
refused 2 "one capture at a time" replay "$scratch/a.pcapng" "$scratch/a.pcapng"
refused 2 "no such option" replay --frobnicate "$scratch/a.pcapng"
refused 2 "the device is seastack or linux" replay --dut=toaster "$scratch/a.pcapng"
refused 2 "first or second" replay --device=third "$scratch/a.pcapng"
refused 2 "a flow is a number" replay --flow=0 "$scratch/a.pcapng"
refused 2 "NAME=VALUE" replay --sysctl=net.ipv4.tcp_sack "$scratch/a.pcapng"
refused 1 "the device does not take no.such=1" replay --sysctl=no.such=1 "$scratch/a.pcapng"
refused 1 "there is no flow 2 of TCP, only 1" replay --flow=2 "$scratch/a.pcapng"
refused 1 "no conversation" replay --proto=udp "$scratch/a.pcapng"
refused 1 "No such file" replay "$scratch/none"
refused 1 "Is a directory" replay "$scratch"
: >"$scratch/empty"
refused 1 "the file is empty" replay "$scratch/empty"
refused 1 "this is no capture" replay "$0"
size=$(wc -c <"$scratch/a.pcapng")
head -c $((size - 9)) "$scratch/a.pcapng" >"$scratch/cut"
refused 1 "cut or damaged behind frame 8" replay "$scratch/cut"
# a capture of IEEE 802.11
printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\377\377\0\0\151\0\0\0' >"$scratch/wlan"
refused 1 "its link type is 105" replay "$scratch/wlan"
if command -v gzip >/dev/null; then
	gzip -c "$scratch/a.pcapng" >"$scratch/a.gz"
	"$program" replay "$scratch/a.gz" >"$scratch/out" 2>"$scratch/err"
	grep -q "as the capture tells" "$scratch/out" || grep -q "without the library" "$scratch/err" ||
		die "what is packed is not played with its comments"
fi
exit 0
