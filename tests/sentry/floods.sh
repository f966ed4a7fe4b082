#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest that takes all that it can get of sockets in flight, pipes and watches: each ends at its
# limit with Linux's errno, and what nobody can reach any more is given back.
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

case $platforms in *trap*) platform=trap ;; esac
cat >"$scratch/expected" <<'END'
in flight: -1 EAGAIN
chain: 900 EAGAIN
too many references: 1024 ETOOMANYREFS
sets of inotify: 128 EMFILE
watches: 65536 ENOSPC
small pipes: 1 0
no more pipes: 1 0
one more: -1 ENFILE
and again: 65536 0
END
mkdir "$scratch/work"
sandbox "$SEA_BUILDDIR/tests/sentry/floods" "$scratch/work" >"$scratch/out" 2>&1 </dev/null
status=$?
diff "$scratch/expected" "$scratch/out" && [ $status -eq 0 ] || { echo "status $status"; exit 1; }
