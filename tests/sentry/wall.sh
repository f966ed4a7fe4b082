#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sentry of a sandbox that runs, seen from outside: an empty root, namespaces of its own, no
# capabilities, the filter; and the README's table is what `runsea wall` prints.
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"
failed=0

fail() {
	echo "FAILED: $*"
	failed=1
}

"$runsea" wall >"$scratch/table" || fail "no table"
sed -n '/^| call | its arguments/,/^$/p' "$SEA_SRCDIR/sentry-glue/wall/README.md" | sed '/^$/d' >"$scratch/readme"
diff "$scratch/readme" "$scratch/table" || fail "the README's table is not what runsea wall prints"

if grep -q __asan_init "$runsea"; then
	echo "without the wall: this build has sanitizers, which make calls of their own"
	exit $failed
fi
[ -z "$wall" ] || exit $failed
for platform in $platforms; do
	exec 7<"$0"
	"$runsea" do --platform="$platform" -- sh -c 'echo up; exec sleep 1000' >"$scratch/up" 2>&1 </dev/null &
	pid=$!
	exec 7<&-
	for _ in $(seq 300); do
		[ -s "$scratch/up" ] && break
		sleep 0.1
	done
	grep -q up "$scratch/up" || fail "nothing came up on $platform: $(cat "$scratch/up")"
	for line in 'CapEff:.0*' 'CapPrm:.0*' 'CapBnd:.0*' 'NoNewPrivs:.1' 'Seccomp:.2'; do
		grep -q "^$line\$" "/proc/$pid/status" || fail "on $platform not $line"
	done
	[ -z "$(ls -A "/proc/$pid/root/")" ] || fail "on $platform the root is not empty"
	for space in user mnt net ipc uts cgroup; do
		[ "$(readlink "/proc/$pid/ns/$space")" != "$(readlink "/proc/self/ns/$space")" ] ||
			fail "on $platform the namespace $space is ours"
	done
	case "$(ls -l "/proc/$pid/fd")" in
	*wall.sh*) fail "on $platform it has a descriptor of its caller's" ;;
	esac
	kill -KILL $pid
	wait $pid 2>/dev/null
done
exit $failed
