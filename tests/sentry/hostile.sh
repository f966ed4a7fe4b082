#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random system calls with random arguments: the guest's children die of them, the sentry does not.
# Longer, and elsewhere:  hostile.sh SEED CHILDREN  or, with new seeds till then:  hostile.sh --hours=N [SEED]
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

# attack SEED CHILDREN, on each platform
attack() {
	for platform in $platforms; do
		timeout -s KILL 3600 "$runsea" do $wall --memory=256 --platform="$platform" -- \
			"$SEA_BUILDDIR/tests/sentry/hostile" "$1" "$2" >"$scratch/out" 2>&1 </dev/null
		status=$?
		[ $status -eq 0 ] || { tail -n 60 "$scratch/out"; echo "seed $1: status $status on $platform"; return 1; }
	done
	tail -n 1 "$scratch/out"
}

case "${1:-}" in
--hours=*)
	end=$(($(date +%s) + ${1#--hours=} * 3600))
	seed=${2:-$(date +%s)}
	failed=0
	while [ "$(date +%s)" -lt $end ]; do
		attack "$seed" 60 || failed=1
		seed=$((seed + 60))
	done
	exit $failed
	;;
esac
attack "${1:-7}" "${2:-25}"
