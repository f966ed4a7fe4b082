#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random system calls with random arguments: the guest's children die of them, the sentry does not.
# Longer, and elsewhere:  hostile.sh SEED CHILDREN
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

timeout -s KILL 3600 "$runsea" do --memory=256 -- "$SEA_BUILDDIR/tests/sentry/hostile" \
	"${1:-7}" "${2:-25}" >"$scratch/out" 2>&1 </dev/null
status=$?
cat "$scratch/out"
[ $status -eq 0 ]
