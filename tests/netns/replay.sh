#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What this machine's kernel answers, recorded, is what Seastack answers to the same packets; and the kernel again.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
tests=$SEA_SRCDIR/packetimpact/tests
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
played=0

for script in close_first close_second data_is_read_in_order handshake_active gap_is_reported_and_filled \
	reset_in_window_is_challenged udp_goes_out_and_comes_in syn_without_a_listener_is_reset; do
	if ! timeout 60 "$program" record --out="$scratch/$script" "$tests/$script.pkt" >"$scratch/out" 2>&1; then
		# A machine that is busy may miss a script's times; one that has no namespaces says so each time.
		continue
	fi
	for device in seastack linux; do
		timeout 60 "$program" replay --no-times --dut=$device "$scratch/$script" >"$scratch/out" 2>&1 && continue
		grep -q "without libpcap" "$scratch/out" && echo "SKIP: there is no libpcap" && exit 77
		[ $device = linux ] && continue # as above
		echo "$script differs on $device:" >&2
		cat "$scratch/out" >&2
		exit 1
	done
	played=$((played + 1))
done
if [ $played -eq 0 ]; then
	echo "SKIP: this machine's kernel could not be recorded: $(tail -n 1 "$scratch/out")"
	exit 77
fi
echo "$played recordings of this machine's kernel are answered alike"
