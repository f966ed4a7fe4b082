#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every verb and option that --help knows is in the manual, and none besides.
set -u
seastack=$SEA_BUILDDIR/seastack
manual=$SEA_SRCDIR/tools/man/seastack.1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

for verb in up get ping exec top stat drops sockets routes neigh addrs version; do
	"$seastack" $verb --help || exit 1
	grep -q "^\.Cm .*\b$verb\b" "$manual" || echo "no verb $verb in the manual" >&2
done >"$scratch/help" 2>"$scratch/wrong"
grep -oE -- '--[a-z][a-z0-9-]+' "$scratch/help" | sort -u >"$scratch/known"
grep -oE -- 'Fl Fl [a-z][a-z0-9-]+' "$manual" | sed 's/Fl Fl /--/' | sort -u >"$scratch/told"
comm -3 "$scratch/known" "$scratch/told" | tr -d '\t' | sed 's/$/: in only one of --help and manual/' \
	>>"$scratch/wrong"
cat "$scratch/wrong"
[ ! -s "$scratch/wrong" ] && echo "manual and --help agree"
