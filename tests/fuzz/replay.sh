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
	# libFuzzer's own status for a crash, 77, is what make check takes for a skipped test.
	exec "$1" -runs=0 -error_exitcode=1 -timeout_exitcode=1 "$corpus"
fi
exec "$1" "$corpus"
