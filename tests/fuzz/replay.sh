#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# replay.sh TARGET: runs a fuzz target of this build once over its corpus.
set -eu
corpus=$SEA_SRCDIR/tests/fuzz/corpus/$(basename "$1" .fuzz)
if [ ! -d "$corpus" ]; then
	echo "no corpus: $corpus is missing" >&2
	exit 1
fi
if [ "$SEA_FUZZERS" = yes ]; then
	exec "$1" -runs=0 "$corpus"
fi
exec "$1" "$corpus"
