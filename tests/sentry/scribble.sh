#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest that jumps into its stub's code and scribbles over what it shares with the sentry: the
# sandbox goes on, or says that it ends; it neither crashes nor hangs, and no stub outlives it.
# Longer, and elsewhere:  scribble.sh SEED CHILDREN RUNS
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

seed=${1:-1} failed=0
for platform in $platforms; do
	went=0
	for run in $(seq "${3:-2}"); do
		for what in jump write; do
			timeout -s KILL 300 "$runsea" do $wall --platform="$platform" -- \
				"$SEA_BUILDDIR/tests/sentry/scribble" $what $((seed + run)) "${2:-3}" \
				>"$scratch/out" 2>&1 </dev/null
			status=$?
			case "$status $(tail -n 1 "$scratch/out")" in
			"0 done") went=$((went + 1)) ;;
			"125 runsea: "*) ;;
			*)
				echo "$what $((seed + run)) on $platform: status $status: $(cat "$scratch/out")"
				failed=1
				;;
			esac
		done
	done
	echo "$went of $((2 * ${3:-2})) sandboxes went on, on $platform"
done
exit $failed
