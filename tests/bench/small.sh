#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Benchmarks that need nothing but themselves run to their end, with little to do; what they measure is looked at by nobody.
set -u
bench=$SEA_BUILDDIR/tests/bench
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

for run in "floods 2" "frag 10" "idle 1000" "route_dump 1000" "router 10" "segments 128" "sockets 100"; do
	# shellcheck disable=SC2086
	set -- $run
	if ! "$bench/$1" "$2" >"$said" 2>&1 || ! [ -s "$said" ]; then
		echo "$run fails:"
		cat "$said"
		exit 1
	fi
done
echo "all of them ran"
