#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random system calls with random arguments: the guest's children die of them, the sentry does not.
# Longer, and elsewhere:  hostile.sh SEED CHILDREN
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

failed=0
for platform in $platforms; do
	timeout -s KILL 3600 "$runsea" do $wall --memory=256 --platform="$platform" -- \
		"$SEA_BUILDDIR/tests/sentry/hostile" "${1:-7}" "${2:-25}" >"$scratch/out" 2>&1 </dev/null
	status=$?
	cat "$scratch/out"
	[ $status -eq 0 ] || { echo "status $status on $platform"; failed=1; }
done
exit $failed
