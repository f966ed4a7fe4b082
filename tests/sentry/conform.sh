#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What system calls give in the sandbox is what the host's kernel gives: the same program runs on
# both, on each platform, and every line of it must be the same.
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

mkdir "$scratch/native" "$scratch/sandbox"
conform=$SEA_BUILDDIR/tests/sentry/conform
timeout -s KILL 120 "$conform" "$scratch/native" >"$scratch/native.out" 2>&1 </dev/null
echo "$?" >>"$scratch/native.out"
failed=0
for platform in $platforms; do
	sandbox "$conform" "$scratch/sandbox" >"$scratch/sandbox.out" 2>&1 </dev/null
	echo "$?" >>"$scratch/sandbox.out"
	if ! diff "$scratch/native.out" "$scratch/sandbox.out"; then
		echo "the sandbox (>) on $platform is not like the host (<)"
		failed=1
	fi
	[ -z "$(ls "$scratch/sandbox")" ] || { echo "the sandbox wrote to the host"; exit 1; }
done
lines=$(wc -l <"$scratch/native.out")
# It must not have ended before its time, on both sides alike.
[ "$lines" -ge 1500 ] || { echo "only $lines lines"; failed=1; }
[ $failed -eq 1 ] || echo "$lines lines alike on $platforms"
exit $failed
