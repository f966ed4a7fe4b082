#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Patched call sites do not show: registers, flags, vectors, segments, signals, single steps, jumps into
# them and code that changes are natively, with patches and without the same; and there are patches.
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"

patch=$SEA_BUILDDIR/tests/sentry/patch failed=0
timeout -s KILL 120 "$patch" >"$scratch/native" 2>&1 </dev/null
echo "status $?" >>"$scratch/native"

# alike NAME: what ran under that name said the same.
alike() {
	diff "$scratch/native" "$scratch/$1" || { echo "$1 (>) is not like native (<)"; failed=1; }
}

for platform in $platforms; do
	for patches in on off; do
		timeout -s KILL 120 "$runsea" do $wall --platform="$platform" --patch=$patches --stats -- \
			"$patch" >"$scratch/$platform-$patches" 2>"$scratch/stats" </dev/null
		echo "status $?" >>"$scratch/$platform-$patches"
		alike "$platform-$patches"
		n=$(sed -n 's/.* calls, \([0-9]*\) of them.*/\1/p' "$scratch/stats")
		case "$platform $patches" in
		"trap on")
			"$patch" able 2>/dev/null || { echo "without patches: no calls of i386"; continue; }
			[ "${n:-0}" -ge 1000 ] || { echo "only ${n:-no} calls at patched sites"; failed=1; }
			;;
		*) [ "${n:-none}" = 0 ] || { echo "${n:-no number} on $platform, $patches"; failed=1; } ;;
		esac
	done
done

# Patched is what is in programs' own code, too, wherever that is, and in code that they make.
"$patch" able 2>/dev/null || exit $failed
for platform in $platforms; do
	[ "$platform" = trap ] || continue
	for program in "$patch" "${patch}_low"; do
		timeout -s KILL 120 "$runsea" do $wall --platform=trap --stats -- "$program" itself \
			>"$scratch/itself" 2>"$scratch/stats" </dev/null
		[ "$(grep -c ' = 0$' "$scratch/itself")" = 2 ] || { cat "$scratch/itself"; failed=1; }
		n=$(sed -n 's/.* calls, \([0-9]*\) of them.*/\1/p' "$scratch/stats")
		# Half of them are the C library's.
		[ "${n:-0}" -ge 14000 ] || { echo "$program: only ${n:-no} calls at patched sites"; failed=1; }
	done
	timeout -s KILL 120 "${patch}_low" here >"$scratch/native" 2>&1 </dev/null
	timeout -s KILL 120 "$runsea" do $wall --platform=trap -- "${patch}_low" here >"$scratch/low" 2>&1 </dev/null
	alike low
done
exit $failed
